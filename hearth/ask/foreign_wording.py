"""What the wording of a sentence in German, French or Spanish gives away: see `wording`."""

from __future__ import annotations

import re

from hearth.ask import tongues
from hearth.ask.tongues import Tongue
from hearth.ask.wording import Wording

_DIGIT = re.compile(r"\d")
_LETTERS = re.compile(r"[^\W\d_]+")


class ForeignWording(Wording):
    """The same of a language that `tongues` has."""

    def __init__(self, tongue: Tongue) -> None:
        self.tongue = tongue
        self.restricts, self.forbids, self.cautions, self.label, self.labelled, self.heading = (
            re.compile(expression, re.I)
            for expression in (
                tongue.restricts, tongue.forbids, tongue.cautions, tongue.label, tongue.labelled,
                tongue.heading,
            )
        )  # fmt: skip
        self._tells = re.compile(tongue.tells, re.I)

    def dangles(self, text: str) -> bool:
        """Whether the sentence points back, by its first word."""
        return _first(text) in self.tongue.backward

    def imperative(self, text: str) -> bool:
        """Whether the sentence tells to do something, by its beginning or a verb of duty."""
        return self._tells.search(text) is not None

    def changes(self, after: str) -> bool:
        """Whether a sentence that begins with a case gives a figure."""
        return _first(after) in self.tongue.cases and _DIGIT.search(after) is not None

    def parallel(self, text: str, other: str) -> bool:
        """Whether two sentences begin alike and both hold figures."""
        same = _first(text) == _first(other) != ""
        return same and bool(_DIGIT.search(text) and _DIGIT.search(other))


def _first(text: str) -> str:
    match = _LETTERS.search(text)
    return match.group().lower() if match else ""


def wording(language: str) -> Wording:
    """The wording of a language that `tongues` has; English for others."""
    tongue = tongues.of(language)
    return Wording() if tongue is None else ForeignWording(tongue)
