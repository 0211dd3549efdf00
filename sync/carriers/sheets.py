"""Frames as QR codes, and codes on printed sheets.

A code's text is `MARK` and the frame in base32 (`alphabet`), which the alphanumeric mode of QR
codes holds at 5.5 bits a letter, and which can be pasted as well as photographed. Level M: a code
may lose 15 % of itself.

A sheet is an A4 page of twelve codes, in a PDF of our own (`pdf`), each with its number under it.
As pictures, the same pages are drawn by pypdfium2, so there is one layout.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from hearth.sync.carriers.alphabet import Letters, SignError
from hearth.sync.carriers.errors import FrameError
from hearth.sync.carriers.pdf import HEIGHT, MM, WIDTH, Page, document

MARK: Final = "HTH:"
SUBJECT: Final = b"/Subject (hearth, sheet of codes)"
"""What says in a PDF that it is one; other papers of ours lack it."""
COLUMNS, ROWS = 3, 4
PAGE: Final = COLUMNS * ROWS
_MARGIN: Final = 14 * MM
_TOP: Final = 32 * MM
"""Where the codes begin, below the title."""
_CELL_WIDTH: Final = (WIDTH - 2 * _MARGIN) / COLUMNS
_CELL_HEIGHT: Final = (HEIGHT - _TOP - 12 * MM) / ROWS
_CODE: Final = 57 * MM
_LETTERS = Letters()


class Code(NamedTuple):
    """A frame as a code, and what stands under it."""

    text: str
    caption: str


def to_text(frame: bytes) -> str:
    """What a code says."""
    return MARK + "".join(_LETTERS.spell(_LETTERS.pack(frame)))


def from_text(text: str) -> bytes | None:
    """The frame that a code says; None for a code of something else. Raises FrameError."""
    if text[: len(MARK)].upper() != MARK:
        return None
    try:
        return _LETTERS.unpack(_LETTERS.values(text[len(MARK) :]))
    except SignError:
        raise FrameError("a code was read wrong") from None


def matrix(text: str) -> list[bytes]:
    """The dots of a code, row by row, 1 for dark, without the quiet zone."""
    import segno

    code = segno.make_qr(text, error="m", boost_error=False)
    return [bytes(row) for row in code.matrix]


def pdf(codes: Sequence[Code], title: Sequence[str]) -> bytes:
    """The sheets. `title`: up to three short lines for the top of each page."""
    pages = [codes[at : at + PAGE] for at in range(0, len(codes), PAGE)]
    return document(
        [_page(each, title, f"page {at} of {len(pages)}") for at, each in enumerate(pages, 1)],
        " ".join(title[:1]),
        SUBJECT,
    )


def _page(codes: Sequence[Code], title: Sequence[str], number: str) -> Page:
    page = Page()
    for at, line in enumerate(title[:3]):
        page.text(_MARGIN + 2 * MM, HEIGHT - (14 + 5.5 * at) * MM, line, 9 if at else 12)
    page.text(WIDTH - _MARGIN - 24 * MM, HEIGHT - 14 * MM, number, 9)
    for at, code in enumerate(codes):
        left = _MARGIN + at % COLUMNS * _CELL_WIDTH
        top = HEIGHT - _TOP - at // COLUMNS * _CELL_HEIGHT
        page.code(matrix(code.text), left + (_CELL_WIDTH - _CODE) / 2, top, _CODE)
        page.text(left + _CELL_WIDTH / 2 - 7 * MM, top - _CODE - 3 * MM, code.caption, 10)
    return page
