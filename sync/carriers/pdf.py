"""Pages of A4 as PDF: text in Helvetica, lines, boxes and QR codes; nothing else is needed.

Helvetica and its bold are among the fonts that every reader has, so none is put in; how wide their
letters are stands here (Adobe's metrics), in thousandths of the size. Text is Windows' Latin-1
(cp1252); what it lacks becomes a question mark, and `lacking` says so before. Lengths are points
(1/72 inch), the origin is the lower left corner. The same input gives the same bytes.
"""

from __future__ import annotations

import unicodedata
import zlib
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

MM: Final = 72 / 25.4
WIDTH: Final = 210 * MM
HEIGHT: Final = 297 * MM
_PRODUCER: Final = b"/Producer (hearth)"
"""What says in a PDF who wrote it."""
QUIET: Final = 4
"""Light dots around a code: readers need them."""
_PLAIN: Final = (
    "278 278 355 556 556 889 667 191 333 333 389 584 278 333 278 278 556 556 556 556 556 556 556"
    " 556 556 556 278 278 584 584 584 556 1015 667 667 722 722 667 611 778 722 278 500 667 556 833"
    " 722 778 667 778 722 667 611 722 667 944 667 667 611 278 278 278 469 556 333 556 556 500 556"
    " 556 278 556 556 222 222 500 222 833 556 556 556 556 333 500 278 556 500 722 500 500 500 334"
    " 260 334 584"
)
_BOLD: Final = (
    "278 333 474 556 556 889 722 238 333 333 389 584 278 333 278 278 556 556 556 556 556 556 556"
    " 556 556 556 333 333 584 584 584 611 975 722 722 722 722 667 611 778 722 278 556 722 611 833"
    " 722 778 667 778 722 667 611 722 667 944 667 667 611 333 278 333 584 556 333 556 611 556 611"
    " 556 333 611 611 278 278 556 278 889 611 611 611 611 389 556 333 611 556 778 556 556 500 389"
    " 280 389 584"
)
_OTHERS: Final = {
    "‘": (222, 278), "’": (222, 278), "‚": (222, 278), "“": (333, 500), "”": (333, 500),
    "„": (333, 500), "–": (556, 556), "—": (1000, 1000), "…": (1000, 1000), "•": (350, 350),
    "°": (400, 400), "·": (278, 278), "×": (584, 584), "÷": (584, 584), "±": (584, 584),
    "½": (834, 834), "¼": (834, 834), "¾": (834, 834), "²": (333, 333), "³": (333, 333),
    "¹": (333, 333), "©": (737, 737), "®": (737, 737), "™": (1000, 1000), "æ": (889, 889),
    "Æ": (1000, 1000), "œ": (944, 944), "Œ": (1000, 1000), "ß": (611, 611), "ø": (611, 611),
    "Ø": (778, 778), "¡": (333, 333), "¿": (611, 611), "‹": (333, 333), "›": (333, 333),
    "¨": (333, 333), "¯": (333, 333), "´": (333, 333), "¸": (333, 333), "ˆ": (333, 333),
    "˜": (333, 333), "¬": (584, 584), "¶": (537, 556), "Ð": (722, 722), "Þ": (667, 667),
    "ð": (556, 611), "þ": (556, 611), "‰": (1000, 1000), "µ": (556, 611),
    "ì": (278, 278), "í": (278, 278), "î": (278, 278), "ï": (278, 278),
    "\xa0": (278, 278), "ª": (370, 370), "º": (365, 365), "¦": (260, 280),
}  # fmt: skip
_WIDTHS: Final = tuple(
    {
        **{chr(32 + at): int(each) for at, each in enumerate(table.split())},
        **{sign: both[bold] for sign, both in _OTHERS.items()},
    }
    for bold, table in enumerate((_PLAIN, _BOLD))
)
_USUAL: Final = 556


def lacking(text: str) -> str:
    """The signs of a text that cannot be printed, each once."""
    return "".join(dict.fromkeys(sign for sign in text if not _printable(sign)))


def _printable(sign: str) -> bool:
    try:
        return bool(sign.encode("cp1252")) and sign >= " "
    except UnicodeEncodeError:
        return False


def width(text: str, size: float, *, bold: bool = False) -> float:
    """How wide a line of text is, in points."""
    return _units(text, bold) * size / 1000


@lru_cache(maxsize=1 << 14)
def _units(text: str, bold: bool) -> int:
    table = _WIDTHS[bold]
    total = 0
    for sign in text:
        found = table.get(sign)
        if found is None:  # a letter with an accent is as wide as without
            found = table.get(unicodedata.normalize("NFD", sign)[0], _USUAL)
        total += found
    return total


def wrap(text: str, room: float, size: float, *, bold: bool = False) -> list[str]:
    """A text in lines no wider than `room`; a word that is wider than that is cut."""
    most = room * 1000 / size
    space = _units(" ", bold)
    lines: list[str] = []
    line: list[str] = []
    used = 0
    for word in text.split():
        units = _units(word, bold)
        if line and used + space + units <= most:
            line.append(word)
            used += space + units
            continue
        if line:
            lines.append(" ".join(line))
        while units > most and len(word) > 1:
            cut = len(word) - 1
            while cut > 1 and _units(word[:cut], bold) > most:
                cut -= 1
            lines.append(word[:cut])
            word = word[cut:]
            units = _units(word, bold)
        line, used = [word], units
    return [*lines, " ".join(line)] if line else lines


class Page:
    """A page that is drawn on, in the order of the calls."""

    def __init__(self) -> None:
        self._drawn: list[bytes] = [b"0 g 0 G"]

    def text(self, x: float, y: float, text: str, size: float, *, bold: bool = False) -> None:
        """A line of text; `y` is where the letters stand on."""
        data = text.encode("cp1252", "replace")
        for sign in (b"\\", b"(", b")"):
            data = data.replace(sign, b"\\" + sign)
        font = b"B" if bold else b"F"
        self._drawn.append(b"BT /%b %.2f Tf %.2f %.2f Td (%b) Tj ET" % (font, size, x, y, data))

    def line(self, x: float, y: float, to_x: float, to_y: float, thick: float = 0.7) -> None:
        """A straight line."""
        self._drawn.append(b"%.2f w %.2f %.2f m %.2f %.2f l S" % (thick, x, y, to_x, to_y))

    def box(self, x: float, y: float, wide: float, high: float, thick: float = 0.7) -> None:
        """The outline of a rectangle whose lower left corner is given."""
        self._drawn.append(b"%.2f w %.2f %.2f %.2f %.2f re S" % (thick, x, y, wide, high))

    def bar(self, x: float, y: float, wide: float, high: float, grey: float = 0.0) -> None:
        """A filled rectangle; `grey` from 0, black, to 1, white."""
        self._drawn.append(b"%.2f g %.2f %.2f %.2f %.2f re f 0 g" % (grey, x, y, wide, high))

    def white(self, x: float, y: float, text: str, size: float) -> None:
        """A line of bold white text, for a dark bar."""
        self._drawn.append(b"1 g")
        self.text(x, y, text, size, bold=True)
        self._drawn.append(b"0 g")

    def code(self, dots: Sequence[bytes], left: float, top: float, side: float) -> None:
        """A QR code in a square with its quiet zone; dark dots in a row are one rectangle.

        The rectangles are a little larger than they should be, so that no light lines show between.
        """
        step = side / (len(dots) + 2 * QUIET)
        out = []
        for y, row in enumerate(dots):
            x = 0
            while (x := row.find(1, x)) >= 0:
                end = row.find(0, x)
                end = len(row) if end < 0 else end
                place = left + (QUIET + x) * step, top - (QUIET + y + 1) * step
                out.append(b"%.3f %.3f %.3f %.3f re" % (*place, (end - x) * step, step * 1.02))
                x = end
        self._drawn.append(b"\n".join(out) + b"\nf")

    def content(self) -> bytes:
        """What was drawn."""
        return b"\n".join(self._drawn)


def document(pages: Sequence[Page], title: str = "", more: bytes = b"") -> bytes:
    """The PDF; `more` is said about it beside its title."""
    kids = " ".join(f"{6 + 2 * number} 0 R" for number in range(len(pages)))
    font = "<< /Type /Font /Subtype /Type1 /BaseFont /{} /Encoding /WinAnsiEncoding >>"
    name = title.encode("utf-16-be").hex().upper()
    about = b" ".join(filter(None, (f"<< /Title <FEFF{name}>".encode(), _PRODUCER, more, b">>")))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        font.format("Helvetica").encode(),
        font.format("Helvetica-Bold").encode(),
        about,
    ]
    for number, page in enumerate(pages):
        packed = zlib.compress(page.content(), 9)
        objects += [
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {WIDTH:.2f} {HEIGHT:.2f}]"
            f" /Contents {7 + 2 * number} 0 R"
            " /Resources << /Font << /F 3 0 R /B 4 0 R >> >> >>".encode(),
            b"<< /Length %d /Filter /FlateDecode >>\nstream\n%b\nendstream" % (len(packed), packed),
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
    out += b"trailer\n<< /Size %d /Root 1 0 R /Info 5 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        table,
    )
    return bytes(out)
