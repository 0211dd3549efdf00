"""Passages: the stretches of a text that are retrieved, cited and shown.

A pure function of the text, so that a passage can be named by its document and its ordinal
alone. The rules (docs/corpora.md has them for a second implementation):

- A passage lies under one heading and on one page; headings and page breaks end it.
- Inside those bounds blocks are gathered until the next would pass `TARGET` words. A block is
  never cut, except one longer than `LIMIT` words: a paragraph at sentence ends, a list or table
  between lines.
- A list, table or preformatted block stays with the paragraph that introduces it (the one right
  before it), even beyond the target, up to `LIMIT`.
- The last stretch under a heading joins the one before it when it is shorter than `SCRAP` words.
- A text of nothing but headings is cut as if they were paragraphs, so that it can be found too.

Words are separated by spaces; of scripts that write none, two characters (four of Thai, Lao, Khmer
and Burmese) count as a word.

A passage's `text` is the exact slice `start:end` of the UTF-8 text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from hearth.documents.normal import Line, lines, title_of
from hearth.languages import western

TARGET = 180
LIMIT = 260
SCRAP = 25

_SENTENCE_END = re.compile(r"(?<=[.!?][\"'”’)\]])\s+|(?<=[.!?])\s+(?=[\"'“‘(\[]?[A-Z0-9])")
_UNSPACED_END = re.compile(r"(?<=[。！？])(?![」』”’])|(?<=[。！？][」』”’])")
_SEPARATOR = " › "


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of a text. `start` and `end` are byte offsets; `page` is None without pages."""

    ordinal: int
    heading: str
    page: int | None
    start: int
    end: int
    text: str


@dataclass(slots=True)
class _Unit:
    """The smallest thing that stays together: a paragraph, a line of a list, a sentence."""

    start: int
    end: int
    words: int
    glued: bool  # belongs to the unit before it


def passages(text: str) -> Iterator[Passage]:
    """Yield the passages of `text` in order. Linear in its length; never raises."""
    data = text.encode("utf-8", "surrogatepass")
    paged = "\f" in text
    ordinal = 0
    for sections in (_sections(text), _headings(text)):
        for heading, page, units in sections:
            for start, end in _gather(units):
                words = data[start:end].decode("utf-8", "surrogatepass")
                yield Passage(ordinal, heading, page if paged else None, start, end, words)
                ordinal += 1
        if ordinal:
            return


def _sections(text: str) -> Iterator[tuple[str, int, list[_Unit]]]:
    """Yield (heading path, page, units) for each stretch between headings and page breaks."""
    title = title_of(text)
    path: list[tuple[int, str]] = []
    page = 1
    units: list[_Unit] = []
    for line in lines(text):
        if line.kind not in ("heading", "page"):
            _add(units, line)
            continue
        if units:
            yield _join(path), page, units
            units = []
        if line.kind == "page":
            page += 1
            continue
        while path and path[-1][0] >= line.level:
            path.pop()
        if not (title is not None and line.level == 1):
            path.append((line.level, line.words))
    if units:
        yield _join(path), page, units


def _headings(text: str) -> Iterator[tuple[str, int, list[_Unit]]]:
    """Yield the headings of each page as units."""
    page = 1
    units: list[_Unit] = []
    for line in lines(text):
        if line.kind == "heading":
            units.append(_Unit(line.start, line.end, _size(line.words), False))
            continue
        if units:
            yield "", page, units
            units = []
        page += 1
    if units:
        yield "", page, units


def _join(path: list[tuple[int, str]]) -> str:
    return _SEPARATOR.join(words for _, words in path)


def _add(units: list[_Unit], line: Line) -> None:
    words = _size(line.words)
    glued = bool(units) and line.kind in ("item", "row", "pre")
    if line.kind != "paragraph" or words <= LIMIT:
        units.append(_Unit(line.start, line.end, words, glued))
        return
    end, at = line.start, 0
    for sentence in _sentences(
        line.words
    ):  # some white space lies between two: any, in foreign texts
        found = line.words.index(sentence, at)
        start = end + _bytes(line.words[at:found])
        end, at = start + _bytes(sentence), found + len(sentence)
        units.append(_Unit(start, end, _size(sentence), False))


def _size(words: str) -> int:
    size = words.count(" ") + 1
    if western(words):
        return size
    from hearth.languages import unspaced

    return size + unspaced.width(words)


def _bytes(words: str) -> int:
    return len(words.encode("utf-8", "surrogatepass"))


def _sentences(words: str) -> Iterator[str]:
    """Cut a long paragraph at sentence ends, or by words where there are none."""
    for sentence in _SENTENCE_END.split(words):
        for part in [sentence] if western(sentence) else _UNSPACED_END.split(sentence):
            tokens = part.split(" ")
            for first in range(0, len(tokens), LIMIT):
                yield from _pieces(" ".join(tokens[first : first + LIMIT]))


def _pieces(words: str) -> Iterator[str]:
    """The words themselves, or where they are too many for want of spaces, cut by characters.

    No letter is parted from its marks; of the space at a cut the next piece has none.
    """
    if _size(words) <= LIMIT:
        yield words
        return
    at = 0
    while at < len(words):
        end = at + LIMIT
        while end < len(words) and unicodedata.category(words[end])[0] == "M":
            end += 1
        yield words[at:end]
        at = end + (words[end : end + 1] == " ")


def _gather(units: list[_Unit]) -> list[tuple[int, int]]:
    """Gather units into stretches of about TARGET words, glued ones kept together to LIMIT."""
    groups: list[list[_Unit]] = []
    for unit in units:
        if unit.glued and sum(u.words for u in groups[-1]) + unit.words <= LIMIT:
            groups[-1].append(unit)
        else:
            groups.append([unit])
    out: list[tuple[int, int]] = []
    size = 0
    for group in groups:
        words = sum(unit.words for unit in group)
        start, end = group[0].start, group[-1].end
        last = group is groups[-1] and words < SCRAP
        if out and (size + words <= TARGET or (last and size + words <= LIMIT)):
            out[-1] = (out[-1][0], end)
            size += words
        else:
            out.append((start, end))
            size = words
    return out
