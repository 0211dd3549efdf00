"""Plain text to the text normal form: hard wraps undone, lists and underlined headings seen."""

from __future__ import annotations

import re

from hearth.documents.normal import TextBuilder

_BULLET = re.compile(r"\s*(?:[-*+•‣◦·−]|(\d{1,3})[.)])\s+(\S.*)")
_UNDERLINE = re.compile(r"(=+|-+|~+)$")
_CHAPTER = re.compile(r"(?i)(?:chapter|part|section|appendix)\s+[0-9ivxlc]+\b.{0,80}$")
_ALIGNED = re.compile(r"\S(?: {3,}|\t)\S")
_HYPHEN = re.compile(r"[^\W\d_]-$")


def _names(words: str) -> frozenset[str]:
    return frozenset(words.split())


# First halves of compounds that keep their hyphen when a line is broken at it.
FIRST_HALVES = _names(
    "well self low high long short non pre post anti co ex half cross over under multi semi "
    "first second third one two three four five six seven eight nine ten all full part hand air "
    "water heat cold life weather follow built ready face year day hour large small old new "
    "battery solar wind foot above below off on in so x"
)


def parse(source: str, builder: TextBuilder) -> None:
    """Write the plain text `source` into `builder`; a form feed in it is a page break."""
    source = source.replace("\r\n", "\n").replace("\r", "\n")
    for number, page in enumerate(source.split("\f")):
        if number:
            builder.page_break()
        for block in re.split(r"\n[ \t]*(?:\n[ \t]*)+", page):
            _block([row.rstrip() for row in block.split("\n") if row.strip()], builder)


def _block(rows: list[str], builder: TextBuilder) -> None:
    builder.end_block()
    if not rows:
        return
    if len(rows) >= 2 and _UNDERLINE.match(rows[1].strip()) and len(rows[1].strip()) >= 3:
        builder.heading(1 if rows[1].lstrip()[0] == "=" else 2, rows[0])
        rows = rows[2:]
    elif len(rows) == 1 and _is_heading(rows[0].strip()):
        builder.heading(2, rows[0])
        return
    if len(rows) > 1 and sum(bool(_ALIGNED.search(row.strip())) for row in rows) > len(rows) // 2:
        builder.preformatted("\n".join(rows))
        return
    _flow(rows, builder)


def _is_heading(row: str) -> bool:
    if _CHAPTER.match(row):
        return True
    return 3 < len(row) < 70 and row == row.upper() and sum(map(str.isalpha, row)) > len(row) // 2


def _flow(rows: list[str], builder: TextBuilder) -> None:
    """Join wrapped lines; a bullet begins an item, indented lines after it go on with it."""
    base = len(rows[0]) - len(rows[0].lstrip()) if rows else 0
    open_rows: list[str] = []
    item: tuple[int, int | None] | None = None
    for row in rows:
        match = _BULLET.match(row)
        if match and match[1] and open_rows and item is None:
            match = None  # a number at the start of a wrapped line
        if not match:
            open_rows.append(row.strip())
            continue
        _emit(open_rows, item, builder)
        indent = len(row) - len(row.lstrip()) - base
        item = (min(max(indent, 0) // 2, 3), int(match[1]) if match[1] else None)
        open_rows = [match[2]]
    _emit(open_rows, item, builder)


def _emit(rows: list[str], item: tuple[int, int | None] | None, builder: TextBuilder) -> None:
    words = join_wrapped(rows)
    if item is None:
        builder.paragraph(words)
    else:
        builder.item(words, *item)


def join_wrapped(rows: list[str]) -> str:
    """Join wrapped lines, undoing hyphenation.

    A hyphen at a line's end goes when a small letter follows: "medi-" + "cine". A compound that
    was broken at its own hyphen loses it too ("fire-" + "proof" → "fireproof") unless its first
    half is a common first half of compounds.
    """
    pieces: list[str] = []
    for row, following in zip(rows, [*rows[1:], ""], strict=False):
        if not (_HYPHEN.search(row[-2:]) and following[:1].islower()):
            pieces.append(f"{row} " if not row.endswith("\u00ad") else row[:-1])
            continue
        head = row[row.rfind(" ") + 1 : -1].lower()
        pieces.append(row if head in FIRST_HALVES or "-" in head else row[:-1])
    return "".join(pieces)
