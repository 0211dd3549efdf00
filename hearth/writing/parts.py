"""What a sentence is taken apart into."""

from __future__ import annotations

from typing import NamedTuple

from hearth.writing import lexicon
from hearth.writing.quantities import Quantity


class Word:
    """One word that counts: `key` is what it stands for, `keys` that, what it stands for by itself
    (where it belongs to a phrase such as "take … off") and its stem; `light` whether it says
    little, `reached` how many negations reach it, `turned` whether they are odd, `segment`
    where it stands, and `part` the wider stretch that is not cut before "who", "if" or
    "after"; `others` what it may stand for besides (`kinship.py`), `phrase` whether it is a
    phrase that tells to do something, `to` whether it follows "to"."""

    __slots__ = (
        "at", "key", "keys", "light", "others", "part", "phrase", "reached", "segment", "stem",
        "text", "to", "turned"
    )  # fmt: skip

    def __init__(self, text: str, stem: str, key: str, at: int) -> None:
        self.text = text
        self.stem = stem
        self.key = key
        self.keys = tuple(dict.fromkeys((key, key_of((stem,)), stem)))
        self.others = lexicon.also().get((stem,), ())
        self.phrase = False
        self.to = False
        self.reached = 0
        self.at = at
        self.light = False
        self.turned = False
        self.segment = 0
        self.part = 0

    def __repr__(self) -> str:
        return f"{'-' if self.turned else ''}{self.key}"


class Negation(NamedTuple):
    """One negation: the places it reaches, `start` (its own) to `end` (exclusive), and from `back`
    where it denies what stands before it ("salt tablets should be avoided")."""

    start: int
    end: int
    back: int

    def reaches(self, at: int) -> bool:
        """Whether the token at a place is denied."""
        return self.back <= at < self.end and at != self.start


class Reading:
    """A text taken apart. `words` leaves out stop words and figures; `tokens` holds everything,
    lower case; `capitals` are the places of names, `segments` and `parts` say in which each of
    these stands, `fixed` which belong to phrases such as "heat stroke"."""

    __slots__ = (
        "capitals",
        "figures",
        "fixed",
        "negations",
        "parts",
        "restrictors",
        "segments",
        "text",
        "tokens",
        "words",
    )

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens: list[str] = []
        self.capitals: set[int] = set()
        self.words: list[Word] = []
        self.figures: list[Quantity] = []
        self.negations: list[Negation] = []
        self.segments: list[int] = []
        self.fixed: set[int] = set()
        self.parts: list[int] = []
        self.restrictors: list[tuple[str, int]] = []

    @property
    def content(self) -> list[Word]:
        """The words that have to be borne out."""
        return [word for word in self.words if not word.light]


def key_of(stems: tuple[str, ...]) -> str:
    """What stems stand for: the name of their group, or themselves."""
    return lexicon.same().get(stems, " ".join(stems))
