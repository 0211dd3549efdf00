"""The text normal form: what every document becomes before it is indexed, cited and quoted.

A document's text is UTF-8, NFC, without control characters, made of *blocks* separated by one
empty line and ending in one line feed. It is a small part of Markdown, so that a person can read
it and a second program can parse it with one regular expression a line:

| block | its lines |
|---|---|
| heading | one line, `#` … `######`, a space, the words |
| paragraph | one line, whatever its length: hard wraps and hyphenation are undone |
| list | one line an item: two spaces a level, `- ` or `12. `, the words |
| table | one line a row: `| cell | cell |`; a `|` inside a cell becomes `/` |
| preformatted | lines that begin with four spaces, otherwise as they were |
| page break | one line holding only U+000C; it ends a page, the first page is page 1 |

Everything else (headings above a passage, its page, the title) is a pure function of this text,
so an index can be made anew without ever opening a PDF again. Inline markup is gone; a citation
quotes this text byte for byte. `TextBuilder` is the only writer of the form and `blocks` the
only reader. The form is specified in docs/corpora.md and has a version, kept in every document's
event: a better parser makes a new text object, never a changed one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

NORMAL_FORM = 1
"""Version of the text normal form, written into every DOCUMENT event."""

PAGE_BREAK = "\f"

Kind = Literal["heading", "paragraph", "item", "row", "pre", "page"]

_HEADING = re.compile(r"(#{1,6}) (.*)")
_ITEM = re.compile(r"((?:  )*)(?:-|(\d{1,9})\.) (.*)")
_ROW = re.compile(r"\| .*\|$")

# C0 (all but tab, line feed, form feed), C1, soft hyphen, zero-width space, direction embeddings,
# overrides and isolates, invisible operators, BOM, interlinear and tag characters, noncharacters.
# Joiners (U+200C/D) and marks (U+200E/F) carry meaning in real scripts and stay.
_JUNK = re.compile(
    "[\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u200b\u202a-\u202e\u2060-\u2064\u2066-\u206f"
    "\ufeff\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f]"
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_MARKS = re.compile("([\u0300-\u036f\u20d0-\u20ff]{8})[\u0300-\u036f\u20d0-\u20ff]+")
_LIGATURES = {0xFB00: "ff", 0xFB01: "fi", 0xFB02: "fl", 0xFB03: "ffi", 0xFB04: "ffl", 0xFB06: "st"}


def tidy(text: str) -> str:
    """Return `text` in NFC without control, invisible and direction-changing characters.

    Line feeds, tabs and form feeds stay. At most eight combining marks stay on one letter.
    """
    if text.isascii():
        return _JUNK.sub("", text) if not text.isprintable() else text
    text = _JUNK.sub("", _SURROGATE.sub("\ufffd", text)).translate(_LIGATURES)
    return unicodedata.normalize("NFC", _MARKS.sub(r"\1", text))


def one_line(text: str) -> str:
    """Return `text` tidied, with every run of white space (line ends too) as one space."""
    return " ".join(tidy(text).split())


class TextBuilder:
    """Writes the normal form block by block; every parser ends in one of these.

    Empty blocks are dropped, words are cleaned with `one_line`, so no input can make a text that
    is not in the normal form. `limit` (bytes, about) stops a bomb: `TextTooLarge` is raised.
    """

    def __init__(self, limit: int | None = None) -> None:
        self._parts: list[str] = []
        self._open: Kind | None = None  # the list, table or preformatted block still growing
        self._size = 0
        self._limit = limit

    def _add(self, line: str, kind: Kind) -> None:
        if self._parts:
            joins = kind == self._open and kind in ("item", "row", "pre")
            self._parts.append("\n" if joins else "\n\n")
        self._parts.append(line)
        self._open = kind
        self._size += len(line) + 2
        if self._limit is not None and self._size > self._limit:
            raise TextTooLarge(self._limit)

    def heading(self, level: int, words: str) -> None:
        """Add a heading; `level` is brought into 1..6."""
        if words := one_line(words):
            self._add(f"{'#' * min(max(level, 1), 6)} {words}", "heading")

    def paragraph(self, words: str) -> None:
        """Add a paragraph. One that would read as a heading gets a no-break space after `#`."""
        if words := one_line(words):
            if words[0] == "#" and (match := _HEADING.fullmatch(words)):
                words = f"{match[1]}\u00a0{match[2]}"
            elif words[0] == "|" and _ROW.match(words):
                words = f"|\u00a0{words[2:]}"
            kind: Kind = "item" if _ITEM.fullmatch(words) else "paragraph"
            self._add(words, kind)

    def item(self, words: str, depth: int = 0, number: int | None = None) -> None:
        """Add a list item at `depth` (0 = outermost, 8 at most); `number` makes it ordered."""
        if words := one_line(words):
            mark = "-" if number is None else f"{min(max(number, 0), 999_999_999)}."
            self._add(f"{'  ' * min(max(depth, 0), 8)}{mark} {words}", "item")

    def row(self, cells: Sequence[str]) -> None:
        """Add a table row; a row without words is dropped."""
        words = [one_line(cell).replace("|", "/") for cell in cells]
        if any(words):
            self._add(f"| {' | '.join(words)} |", "row")

    def preformatted(self, text: str) -> None:
        """Add lines whose layout matters; empty ones end the block."""
        for line in tidy(text).expandtabs(4).replace("\f", " ").splitlines():
            if stripped := line.rstrip():
                self._add(f"    {stripped}", "pre")
            else:
                self.end_block()

    def end_block(self) -> None:
        """Let the next item, row or preformatted line begin a block of its own."""
        self._open = None

    def page_break(self) -> None:
        """End the page."""
        self._add(PAGE_BREAK, "page")

    def text(self) -> str:
        """Return the whole text; empty when there were no words at all."""
        if not any(part.strip() for part in self._parts):
            return ""
        while self._parts and not self._parts[-1].strip():  # page breaks after the last words
            self._parts.pop()
        return "".join(self._parts) + "\n"


class TextTooLarge(ValueError):
    """The text grows beyond the builder's limit (`args[0]`, bytes)."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a text, read: what it is, its words without marks, and where its bytes lie.

    `start` and `end` are byte offsets of the whole line in the UTF-8 text, line feed excluded.
    `level` is the heading's level (1..6) or the item's depth (0..). `first` says that the line
    begins a block.
    """

    kind: Kind
    words: str
    start: int
    end: int
    level: int = 0
    first: bool = True


def lines(text: str) -> Iterator[Line]:
    """Yield every line of `text` that is not empty, in order. Linear; never raises."""
    ascii_only = text.isascii()
    offset = 0
    first = True
    in_list = False
    for raw in text.split("\n"):
        size = len(raw) if ascii_only else len(raw.encode("utf-8", "surrogatepass"))
        if raw:
            line = _read(raw, offset, offset + size, first, in_list)
            in_list = line.kind == "item"
            first = False
            yield line
        else:
            first, in_list = True, False
        offset += size + 1


def _read(raw: str, start: int, end: int, first: bool, in_list: bool) -> Line:
    lead = raw[0]
    if lead == "#" and (match := _HEADING.fullmatch(raw)):
        return Line("heading", match[2], start, end, len(match[1]), first)
    if lead == PAGE_BREAK:
        return Line("page", "", start, end, 0, first)
    if lead == "|" and _ROW.match(raw):
        return Line("row", raw[2:-1].strip(), start, end, 0, first)
    if (lead in "- " or lead.isdigit()) and (match := _ITEM.fullmatch(raw)):
        depth = len(match[1]) // 2
        if depth < 2 or in_list:  # four spaces and a dash begin a list only inside one
            words = match[3] if match[2] is None else f"{match[2]}. {match[3]}"
            return Line("item", words, start, end, depth, first)
    if raw.startswith("    "):
        return Line("pre", raw[4:], start, end, 0, first)
    return Line("paragraph", raw, start, end, 0, first)


def title_of(text: str) -> str | None:
    """Return the title a text states itself: its only level-1 heading, if that comes first."""
    first = text.lstrip(f"{PAGE_BREAK}\n")
    if not first.startswith("# ") or "\n# " in first:
        return None
    return first[2:].split("\n", 1)[0]
