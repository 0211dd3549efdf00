"""Reading a PDF with pdfium: from pages to lines of text with their place, size and weight.

Runs in the child process only (`hearth.documents.child`): pdfium is C++ reading hostile files.
Lines come in pdfium's order, which is the order in which the page draws them, so columns stay
whole. What pdfium cannot know is mended here: a ligature glyph followed by a false space
("specifi c"), and rows that it splits in two.
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pypdfium2 as pdfium  # type: ignore[import-untyped]
import pypdfium2.raw as raw  # type: ignore[import-untyped]

PAGE_LIMIT = 20_000
CHARACTERS_PER_PAGE = 200_000
HYPHEN = "\x02"  # pdfium's mark for a word cut at a line's end
CELL = "\x1f"  # our mark for a gap wide enough to part the columns of a table
_HYPHENS = (2, 0xFFFE)
_LINE_ENDS = (10, 13, *_HYPHENS)
_CELL_LENGTH = 40  # characters; longer pieces side by side are columns of prose
_GAP = 1.6  # of the type's size


@dataclass(slots=True)
class PdfLine:
    """A line of a page. Points; `y` is the baseline, upwards. `size` is the type's size.

    `text` may hold HYPHEN and CELL marks; `upright` is False for text that runs up or down.
    """

    text: str
    x0: float
    x1: float
    y: float
    size: float
    weight: int
    upright: bool = True


@dataclass(slots=True)
class PdfPage:
    """A page: its lines as drawn, and its height and bottom in points."""

    lines: list[PdfLine]
    height: float
    bottom: float = 0.0


def open_pdf(source: Any) -> pdfium.PdfDocument:
    """Open a PDF from a file object; raises pypdfium2's PdfiumError."""
    return pdfium.PdfDocument(source)


def read_pages(document: pdfium.PdfDocument) -> Iterator[PdfPage]:
    """Yield every page's lines; a page that cannot be loaded is an empty one."""
    for number in range(len(document)):
        try:
            page = document[number]
        except pdfium.PdfiumError:
            yield PdfPage([], 0.0)
            continue
        left, bottom, right, top = page.get_cropbox()
        handle = raw.FPDFText_LoadPage(page.raw)
        try:
            reader = _PageReader(handle)
            lines = reader.lines() if handle else []
            lines = [line for line in lines if left - 5 <= line.x0 <= right + 5]
            if sum(line.upright for line in lines) * 2 >= len(lines):  # else a turned page
                lines = [line for line in lines if line.upright]
            yield PdfPage(_mend_rows(lines), top - bottom, bottom)
        finally:
            if handle:
                raw.FPDFText_ClosePage(handle)
            page.close()


class _PageReader:
    """Asks pdfium about single characters: all of them for their code, a few for the rest."""

    def __init__(self, handle: Any) -> None:
        self.handle = handle
        self.box = [ctypes.c_double() for _ in range(4)]
        self.matrix = raw.FS_MATRIX()

    def lines(self) -> list[PdfLine]:
        count = min(raw.FPDFText_CountChars(self.handle), CHARACTERS_PER_PAGE)
        code = raw.FPDFText_GetUnicode
        codes = [code(self.handle, index) for index in range(count)]
        found: list[PdfLine] = []
        start = 0
        for index in range(count + 1):
            if index == count or codes[index] in _LINE_ENDS:
                stop = index + (index < count and codes[index] in _HYPHENS)
                if stop > start and (line := self._line(codes, start, stop)):
                    found.append(line)
                start = index + 1
        return found

    def _line(self, codes: list[int], start: int, stop: int) -> PdfLine | None:
        seen = [i for i in range(start, stop) if codes[i] not in (0, 9, 32, 160, *_HYPHENS)]
        if not seen:
            return None
        pieces: list[str] = []
        for index in range(start, stop):
            code = codes[index]
            if code in (32, 160) and start < index < stop - 1:
                pieces.append(self._space(codes, index, start))
            elif code:
                pieces.append(HYPHEN if code in _HYPHENS else chr(code))
        first, middle, last = seen[0], seen[len(seen) // 2], seen[-1]
        weights = [raw.FPDFText_GetFontWeight(self.handle, i) for i in (middle, last)]
        left, y = self._box(first)[0], self._baseline(middle)
        size = self._size(middle)
        upright = abs(self.matrix.a) >= abs(self.matrix.b)
        text = "".join(pieces).strip(" \t" + CELL)
        return PdfLine(text, left, self._box(last)[1], y, size, max(min(weights), 0), upright)

    def _space(self, codes: list[int], index: int, start: int) -> str:
        """Return what a space stands for: a space, nothing after a ligature, or a column's gap."""
        gap = self._box(index + 1)[0] - self._box(index - 1)[1]
        if gap <= 0.0:
            return " "
        size = self._size(index - 1)
        if gap > _GAP * size and codes[index + 1] not in (32, 160):
            return CELL
        ligature = codes[index - 1] in (102, 105, 108) and index > start + 1
        if ligature and codes[index - 2] == 102 and gap < 0.12 * size:
            return ""
        return " "

    def _box(self, index: int) -> tuple[float, float]:
        left, right, bottom, top = self.box
        raw.FPDFText_GetCharBox(self.handle, index, left, right, bottom, top)
        return left.value, right.value

    def _baseline(self, index: int) -> float:
        x, y = self.box[:2]
        raw.FPDFText_GetCharOrigin(self.handle, index, x, y)
        return y.value

    def _size(self, index: int) -> float:
        size = float(raw.FPDFText_GetFontSize(self.handle, index))
        if raw.FPDFText_GetMatrix(self.handle, index, self.matrix):
            size *= math.hypot(self.matrix.c, self.matrix.d)
        return round(size, 1) if math.isfinite(size) and size > 0 else 1.0


def _mend_rows(lines: list[PdfLine]) -> list[PdfLine]:
    """Join a line to the one drawn before it where both are pieces of one row.

    Pieces right beside each other are one line; short ones further apart are cells of a table.
    """
    out: list[PdfLine] = []
    for line in lines:
        before = out[-1] if out else None
        if before is not None and (between := _between(before, line)) is not None:
            before.text += between + line.text
            before.x1 = line.x1
        else:
            out.append(line)
    return out


def _between(before: PdfLine, line: PdfLine) -> str | None:
    size = before.size
    gap = line.x0 - before.x1
    if abs(before.y - line.y) > 0.3 * size or gap < -0.5 * size or before.text.endswith(HYPHEN):
        return None
    if gap < 1.2 * size:
        return "" if gap < 0.15 * size or not line.text[0].isalnum() else " "
    last_cell = before.text.rpartition(CELL)[2]
    short = len(last_cell) <= _CELL_LENGTH and len(line.text) <= _CELL_LENGTH
    return CELL if short and line.text[0].isalnum() and last_cell[:1].isalnum() else None
