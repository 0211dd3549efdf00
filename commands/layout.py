"""Prose and tables in columns, by the width that characters take on a terminal."""

from __future__ import annotations

from collections.abc import Sequence


def columns(text: str) -> int:
    """How many columns `text` takes: wide East Asian characters two, combining marks none."""
    if text.isascii():
        return len(text)
    import unicodedata

    return sum(
        0
        if unicodedata.category(character) in ("Mn", "Me", "Cf")
        else 2
        if unicodedata.east_asian_width(character) in ("W", "F")
        else 1
        for character in text
    )


def fill(text: str, width: int, indent: str, hanging: str) -> str:
    """Break `text` into lines of at most `width` columns, between words; long words stay whole."""
    lines: list[str] = []
    line, start = indent, indent
    for word in text.split():
        if line != start and columns(line) + 1 + columns(word) > width:
            lines.append(line)
            line = start = hanging
        line += word if line == start else " " + word
    lines.append(line)
    return "\n".join(lines)


def cut_at(text: str, width: int) -> int:
    """How many characters of a text take at most so many columns; at least one.

    Marks stay with what they are on, and there are at most eight of them (`clean`).
    """
    taken = 0
    for at, character in enumerate(text):
        taken += columns(character)
        if taken > width and at:
            return at
    return len(text)


def cut(text: str, width: int) -> str:
    """The beginning of a line of text, with … if that is not all."""
    return text if columns(text) <= width else text[: cut_at(text, width - 1)] + "…"


def table(rows: Sequence[Sequence[str]], *, right: frozenset[int] = frozenset()) -> str:
    """Align `rows` in columns; those numbered in `right` to the right. The last is not padded."""
    if not rows:
        return ""
    widths = [max(columns(row[n]) for row in rows) for n in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = []
        for n, cell in enumerate(row):
            space = " " * (widths[n] - columns(cell))
            cells.append(space + cell if n in right else cell + space)
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def size(count: int) -> str:
    """Bytes for people: `0 B`, `18 kB`, `1.8 GB` (powers of 1000)."""
    if count < 1000:
        return f"{count} B"
    value = float(count)
    for unit in ("kB", "MB", "GB", "TB", "PB"):
        value /= 1000
        if value < 999.5:
            return f"{value:.1f} {unit}" if value < 9.95 else f"{value:.0f} {unit}"
    return f"{value:,.0f} PB"


def count(number: int, noun: str, plural: str = "") -> str:
    """A number with its noun: `1 event`, `2,000 events`, `3 corpora`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"
