"""Frames as QR codes, and codes on printed sheets.

A code's text is `MARK` and the frame in base32 (`alphabet`), which the alphanumeric mode of QR
codes holds at 5.5 bits a letter, and which can be pasted as well as photographed. Level M: a code
may lose 15 % of itself.

A sheet is an A4 page of twelve codes in a PDF of our own: rectangles and Helvetica, nothing else,
no compression but zlib's. Under each code stands its number. As pictures, the same pages are drawn
by pypdfium2, so there is one layout.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Final, NamedTuple

from hearth.sync.carriers.alphabet import Letters, SignError
from hearth.sync.carriers.errors import FrameError

MARK: Final = "HTH:"
QUIET: Final = 4
COLUMNS, ROWS = 3, 4
PAGE: Final = COLUMNS * ROWS
_MM: Final = 72 / 25.4
_WIDTH, _HEIGHT = 210 * _MM, 297 * _MM
_MARGIN: Final = 14 * _MM
_TOP: Final = 32 * _MM
"""Where the codes begin, below the title."""
_CELL_WIDTH: Final = (_WIDTH - 2 * _MARGIN) / COLUMNS
_CELL_HEIGHT: Final = (_HEIGHT - _TOP - 12 * _MM) / ROWS
_CODE: Final = 57 * _MM
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
    contents = [
        _page(page, title, f"page {number} of {len(pages)}") for number, page in enumerate(pages, 1)
    ]
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    for number, content in enumerate(contents):
        packed = zlib.compress(content, 9)
        box = f"[0 0 {_WIDTH:.2f} {_HEIGHT:.2f}]"
        objects += [
            f"<< /Type /Page /Parent 2 0 R /MediaBox {box} /Contents {5 + 2 * number} 0 R"
            " /Resources << /Font << /F 3 0 R >> >> >>".encode(),
            f"<< /Length {len(packed)} /Filter /FlateDecode >>\nstream\n".encode()
            + packed
            + b"\nendstream",
        ]
    return _assembled(objects)


def _assembled(objects: Sequence[bytes]) -> bytes:
    out = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        table,
    )
    return bytes(out)


def _page(codes: Sequence[Code], title: Sequence[str], number: str) -> bytes:
    """What is drawn on a page; the origin is its lower left corner."""
    out = [b"0 g"]
    for at, line in enumerate(title[:3]):
        out.append(
            _text(_MARGIN + 2 * _MM, _HEIGHT - (14 + 5.5 * at) * _MM, line, 12 if not at else 9)
        )
    out.append(_text(_WIDTH - _MARGIN - 24 * _MM, _HEIGHT - 14 * _MM, number, 9))
    for at, code in enumerate(codes):
        left = _MARGIN + at % COLUMNS * _CELL_WIDTH
        top = _HEIGHT - _TOP - at // COLUMNS * _CELL_HEIGHT
        out.append(_drawn(matrix(code.text), left + (_CELL_WIDTH - _CODE) / 2, top))
        out.append(_text(left + _CELL_WIDTH / 2 - 7 * _MM, top - _CODE - 3 * _MM, code.caption, 10))
    return b"\n".join(out)


def _text(x: float, y: float, text: str, size: int) -> bytes:
    data = text.encode("cp1252", "replace")
    for sign in (b"\\", b"(", b")"):
        data = data.replace(sign, b"\\" + sign)
    return b"BT /F %d Tf %.2f %.2f Td (%b) Tj ET" % (size, x, y, data)


def _drawn(dots: Sequence[bytes], left: float, top: float) -> bytes:
    """A code in a square of `_CODE` with its quiet zone; dark dots in a row are one rectangle.

    The rectangles are a little larger than they should be, so that no light lines show between.
    """
    side = _CODE / (len(dots) + 2 * QUIET)
    out = []
    for y, row in enumerate(dots):
        x = 0
        while (x := row.find(1, x)) >= 0:
            end = row.find(0, x)
            end = len(row) if end < 0 else end
            place = left + (QUIET + x) * side, top - (QUIET + y + 1) * side
            out.append(b"%.3f %.3f %.3f %.3f re" % (*place, (end - x) * side, side * 1.02))
            x = end
    return b"\n".join(out) + b"\nf"
