"""Prose and tables in columns, by the width that characters take on a terminal."""

from __future__ import annotations

import re
from collections.abc import Sequence


def columns(text: str) -> int:
    """How many columns `text` takes: wide East Asian characters two, marks and colours none."""
    if "\x1b" in text:
        text = re.sub("\x1b\\[[0-9;]*m", "", text)
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
    words: list[str] = []
    start, taken = indent, columns(indent)
    for word in text.split():
        wide = columns(word)
        if words and taken + 1 + wide > width:
            lines.append(start + " ".join(words))
            words, start, taken = [], hanging, columns(hanging)
        taken += wide + bool(words)
        words.append(word)
    lines.append(start + " ".join(words))
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


def fold(text: str, width: int) -> str:
    """Lines too wide for `width` columns, broken between words; what is left over is set in."""
    return "\n".join(
        line if columns(line) <= width else _folded(line, width) for line in text.split("\n")
    )


def _folded(line: str, width: int) -> str:
    if len(set(line)) == 1:  # a rule
        return line[:width]
    inset = " " * min(len(line) - len(line.lstrip()) + 2, width // 3)
    lines, current, taken = [], "", 0
    for word in re.findall(r"\s*\S+", line):
        more = columns(word)
        if taken and taken + more > width:
            lines.append(current)
            word = inset + word.lstrip()
            current, taken = word, columns(word)
        else:
            current, taken = current + word, taken + more
    return "\n".join([*lines, current])


def table(
    rows: Sequence[Sequence[str]],
    *,
    right: frozenset[int] = frozenset(),
    width: int | None = None,
) -> str:
    """Align `rows` in columns; those numbered in `right` to the right. The last is not padded.

    Where they take more than `width`, every row takes several lines, broken at the same columns.
    """
    if not rows:
        return ""
    widths = [max(columns(row[n]) for row in rows) for n in range(len(rows[0]))]
    shares = _shares(widths, width)
    lines = []
    for row in rows:
        for share in shares:
            cells = []
            for n in share:
                space = " " * (widths[n] - columns(row[n]))
                cells.append(space + row[n] if n in right else row[n] + space)
            line = "  ".join(cells).rstrip()
            if line or share is shares[0]:
                lines.append("  " * (share is not shares[0]) + line)
    return "\n".join(lines)


def _shares(widths: Sequence[int], width: int | None) -> list[list[int]]:
    """Which columns stand on a line together."""
    shares, taken = [list[int]()], 0
    for n, each in enumerate(widths):
        if shares[-1] and width is not None and taken + 2 + each > width:
            shares.append([])
            taken = 2
        taken += each + 2 * bool(shares[-1])
        shares[-1].append(n)
    return shares


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
