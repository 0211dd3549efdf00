"""Foreign text made harmless for a terminal.

Names, titles and passages come from files and from neighbours. Printed as they are, they could
clear the screen, write to the clipboard, forge a prompt, or read backwards. Two strengths:

- a *name* is one line of visible characters: everything that is not visible is spelled out
  (`^[`, `\\x9b`, `\\u202e`), so that two names that differ look different;
- a *body* keeps its lines, tabs and the joiners that Persian, Hindi and emoji are written with;
  invisible characters that carry no meaning there are dropped, dangerous ones spelled out.

In both, at most eight combining marks stay on one base character.
"""

from __future__ import annotations

MARKS_PER_BASE = 8

# Explicit direction: embeddings, overrides, isolates. Natural right-to-left text needs none.
_DIRECTION = frozenset([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])
_JOINERS = frozenset([0x200C, 0x200D])
# Invisible, and without meaning in a passage.
_INVISIBLE = frozenset(
    [
        0x00AD,  # soft hyphen
        0x034F,  # grapheme joiner
        0x061C,  # Arabic letter mark
        0x115F,
        0x1160,  # Hangul fillers
        0x17B4,
        0x17B5,
        0x180E,
        0x200B,
        0x200E,
        0x200F,
        *range(0x2060, 0x2066),
        *range(0x206A, 0x2070),
        0x3164,
        0xFEFF,
        0xFFA0,
        *range(0xFFF9, 0xFFFC),
        *range(0x1BCA0, 0x1BCA4),
        *range(0x1D173, 0x1D17B),
        *range(0xE0000, 0xE1000),  # tags and plane-14 variation selectors
    ]
)
_LINE_ENDS = frozenset([0x85, 0x2028, 0x2029])


def clean(text: str, *, body: bool = False) -> str:
    """Return `text` safe to print: one line, or with `body` several. Linear in its length."""
    if text.isascii() and text.isprintable():
        return text
    if body:
        text = text.replace("\r\n", "\n")
    return "".join(_pieces(text, body))


def _pieces(text: str, body: bool) -> list[str]:
    import unicodedata

    pieces: list[str] = []
    marks = 0
    for character in text:
        point = ord(character)
        if point >= 0x300 and unicodedata.category(character) in ("Mn", "Me"):
            marks += 1
            if marks <= MARKS_PER_BASE and point not in _INVISIBLE:
                pieces.append(character)
            continue
        marks = 0
        pieces.append(character if _harmless(character, point) else _shown(point, body))
    return pieces


def _harmless(character: str, point: int) -> bool:
    if point < 0x7F:
        return point >= 0x20
    return character.isprintable() and point not in _INVISIBLE


def _shown(point: int, body: bool) -> str:
    if body:
        if point in (0x09, 0x0A):
            return chr(point)
        if point in _LINE_ENDS or point == 0x0C:
            return "\n"
        if point in _JOINERS:
            return chr(point)
        if point in _INVISIBLE:
            return ""
    if point == 0xA0 or 0x2000 <= point <= 0x200A or point in (0x1680, 0x202F, 0x205F, 0x3000):
        return chr(point) if body else " "
    if point < 0x20 or point == 0x7F:
        return "^" + chr(point ^ 0x40)
    if 0xDC80 <= point <= 0xDCFF:  # a byte that was not UTF-8 (surrogateescape)
        return f"\\x{point - 0xDC00:02x}"
    if point < 0x100:
        return f"\\x{point:02x}"
    return f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"


def guard(text: str) -> str:
    """The last net under `Terminal.out`: spell out controls and direction marks that got this far.

    Our own text passes unchanged; what a verb forgot to clean loses its teeth.
    """
    if text.isascii() and text.replace("\n", "").isprintable():
        return text
    return "".join(
        character
        if character in "\n\t" or not (point < 0x20 or 0x7F <= point < 0xA0 or point in _DIRECTION)
        else _shown(point, body=False)
        for character, point in zip(text, map(ord, text), strict=True)
    )
