"""From scored sentences to statements: guarded, deduplicated, in reading order."""

from __future__ import annotations

import re

from hearth.ask import wording
from hearth.ask.guards import Closure, Guard
from hearth.ask.matching import Bag, Held, union
from hearth.ask.passages import Found
from hearth.ask.scoring import Scored
from hearth.ask.sentences import HEADING, ITEM, ROW, Sentence, split

_NUMBERS = re.compile(r"\d+(?:[.,]\d+)*")
_SMALL = "zero one two three four five six seven eight nine ten eleven twelve"
NUMBER_WORDS = {word: str(value) for value, word in enumerate(_SMALL.split())}
_NEGATION = re.compile(r"\b(?:not|never|no|unless|except|avoid|without|cannot)\b|n['’]t\b", re.I)


class Quote:
    """A stretch of one passage's stored text: `text` is the exact slice `start:end` (bytes)."""

    __slots__ = ("end", "found", "start", "text")

    def __init__(self, found: Found, start: int, end: int) -> None:
        self.found = found
        self.start = start
        self.end = end
        data = found.hit.text.encode("utf-8", "surrogatepass")
        self.text = data[start - found.hit.start : end - found.hit.start].decode(
            "utf-8", "surrogatepass"
        )


class Part:
    """What is quoted together: sentences of one section, and the quotes that prove them."""

    __slots__ = (
        "bag", "cut", "found", "held", "indices", "keys", "lines", "others", "quotes", "score",
        "start", "window",
    )  # fmt: skip

    def __init__(
        self, found: Found, score: float, expressed: Held, window: Window, closure: Closure
    ) -> None:
        self.found = found
        self.score = score
        self.cut = closure.cut
        self.others: list[Part] = []
        self.held = expressed
        self.keys: set[tuple[bytes, int]] = set()
        self.lines: list[tuple[str, str]] = []
        self.quotes: list[Quote] = []
        self.bag = Bag("")
        self.start = 0
        self.window = window
        self.indices: list[int] = []
        self._fill(closure.indices)

    def absorb(self, other: Part) -> None:
        """Take in a part of the same window that shares sentences with this one."""
        self.held = union(self.held, other.held)
        self.cut = min(self.cut, other.cut)
        self._fill(sorted({*self.indices, *other.indices}))

    def _fill(self, indices: list[int]) -> None:
        window, self.indices = self.window, indices
        chosen = [window.sentences[at] for at in indices]
        document = self.found.hit.document
        self.keys = {(document, one.start) for one in chosen}
        self.start = chosen[0].start
        self.bag = Bag(" ".join(one.text for one in chosen), self.found.hit.language)
        self.lines = _lines(chosen)
        runs: list[list[int]] = []
        for at in indices:
            if runs and runs[-1][-1] == at - 1 and window.owner[at] is window.owner[at - 1]:
                runs[-1].append(at)
            else:
                runs.append([at])
        self.quotes = [
            Quote(
                window.owner[run[0]],
                window.sentences[run[0]].start,
                window.sentences[run[-1]].end,
            )
            for run in runs
        ]

    @property
    def text(self) -> str:
        """The words, list items on lines of their own."""
        out: list[str] = []
        for form, words in self.lines:
            if form == "item":
                out.append("\n" + words)
            elif out:
                out.append(" " + words)
            else:
                out.append(words)
        return "".join(out).strip()

    @property
    def words(self) -> int:
        """How many words it has."""
        return sum(len(words.split()) for _, words in self.lines)


def _lines(chosen: list[Sentence]) -> list[tuple[str, str]]:
    lines: list[tuple[str, str]] = []
    for one in chosen:
        words = one.text
        if one.kind == HEADING:
            lines.append(("prose", words if words.endswith((".", "?", "!", ":")) else words + ":"))
        elif one.kind == ITEM and one.first:
            mark = one.marker if one.marker[:-1].isdigit() else "-"
            lines.append(("item", f"{mark} {words}"))
        elif one.kind == ITEM and lines:
            form, before = lines[-1]
            lines[-1] = (form, f"{before} {words}")
        elif one.kind == ROW:
            lines.append(("item", "- " + words.strip("| ").replace(" | ", ": ", 1)))
        else:
            lines.append(("prose", words))
    return lines


class Window:
    """The sentences of a passage and of its neighbours under the same heading, in order."""

    def __init__(self, found: Found) -> None:
        self.sentences: list[Sentence] = []
        self.owner: list[Found] = []
        beside = (Found(hit, found.source, []) for hit in found.source.around(found.hit))
        for part in sorted([found, *beside], key=lambda part: part.hit.ordinal):
            if part is found:
                self.offset = len(self.sentences)
            self._extend(part)
        self.guard = Guard(self.sentences, wording.of(found.hit.language))

    def _extend(self, part: Found) -> None:
        base, block = len(self.sentences), self.sentences[-1].block + 1 if self.sentences else 0
        for one in split(part.hit.text, part.hit.start, part.hit.language):
            one.block += block
            one.intro = None if one.intro is None else one.intro + base
            self.sentences.append(one)
            self.owner.append(part)


class Maker:
    """Makes parts of scored sentences; windows are read once a passage."""

    def __init__(self) -> None:
        self._windows: dict[str, Window] = {}

    def part(self, scored: Scored) -> Part | None:
        """The guarded part for a sentence, or None when it must not be quoted."""
        window = self._window(scored.found)
        closure = window.guard.closure(window.offset + scored.at)
        if closure is None:
            return None
        return Part(scored.found, scored.score, scored.all, window, closure)

    def section(self, found: Found, score: float, expressed: Held) -> Part | None:
        """A section from its first sentence on, whole or as far as is bearable: all that stands
        under the heading if that is not too long, else the passage."""
        window = self._window(found)
        closure = window.guard.section(0, len(window.sentences))
        if closure is None or closure.cut:
            closure = window.guard.section(window.offset, window.offset + len(found.read()))
        return None if closure is None else Part(found, score, expressed, window, closure)

    def _window(self, found: Found) -> Window:
        name = found.hit.passage_id
        if name not in self._windows:
            self._windows[name] = Window(found)
        return self._windows[name]


def numbers(text: str) -> frozenset[str]:
    """Every figure of a text, words for small numbers included, for comparing."""
    found = {number.replace(",", "") for number in _NUMBERS.findall(text)}
    found.update(NUMBER_WORDS[word] for word in text.lower().split() if word in NUMBER_WORDS)
    return frozenset(found)


def overlap(one: Bag, other: Bag) -> float:
    """The share of the shorter text's stems that the other has, 0..1."""
    small, large = sorted((one.present, other.present), key=len)
    return len(small & large) / len(small) if small else 0.0


def same(one: str, other: str) -> bool:
    """Whether two sentences of much the same words agree in their figures and in what they forbid,
    and differ in length by less than half."""
    short, long = sorted((len(one.split()), len(other.split())))
    return (
        short * 2 > long
        and numbers(one) == numbers(other)
        and bool(_NEGATION.search(one)) == bool(_NEGATION.search(other))
    )
