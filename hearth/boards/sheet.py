"""A report as text, as HTML and as PDF: one page of A4, each figure with its source. Pure.

Text has at most 80 columns and 60 lines, so that a line printer or a teletype prints it on a page,
and nothing but ASCII is ours. HTML is one file in which nothing runs and nothing is loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from html import escape
from typing import Final, NamedTuple

from hearth.boards.forms import fill
from hearth.store.errors import HearthError
from hearth.sync.carriers import pdf
from hearth.sync.carriers.pdf import HEIGHT, MM, WIDTH, Page

COLUMNS: Final = 80
LINES: Final = 60
"""Lines of a page at six to an inch on A4 or Letter, with margins."""
MOST: Final = 12
"""Lines of a list in a section where there is room."""
_MARGIN: Final = 14 * MM
_LARGEST, _LEAST = 10.0, 7.0
_ASCII: Final = str.maketrans({"·": "-", "…": "...", "–": "-", "—": "-", "’": "'", "→": "->"})


class NoRoomError(HearthError, code="no-room"):
    """Not even the shortest report fits a page (exit 1)."""


class Section(NamedTuple):
    """A part of the report. `source`: where it is from, and how old."""

    title: str
    lines: tuple[str, ...]
    source: str


class Report(NamedTuple):
    """A report. `about`: lines below the title; `unreal`: lines about exercises, shown apart."""

    title: str
    about: tuple[str, ...]
    sections: tuple[Section, ...]
    unreal: tuple[str, ...]
    foot: str


def fitted(make: Callable[[int], Report], fits: Callable[[Report], bool]) -> Report:
    """The longest report that fits: lists are cut where they must, and say how much is left out.

    Raises NoRoomError.
    """
    for most in range(MOST, 1, -1):
        report = make(most)
        if fits(report):
            return report
    raise NoRoomError("the report does not fit on a page")


# text


def text(report: Report) -> str:
    """The report as text, ended by a line end."""
    return "\n".join(_text(report)) + "\n"


def fits_text(report: Report) -> bool:
    """Whether the text is a page."""
    return len(_text(report)) <= LINES


def _text(report: Report) -> list[str]:
    lines = [*fill(report.title.upper(), COLUMNS)]
    for each in report.about:
        lines += fill(each, COLUMNS)
    for section in report.sections:
        lines += ["-" * COLUMNS, *fill(f"{section.title.upper()} ({section.source})", COLUMNS)]
        for each in section.lines:
            lines += _hanging(each)
    if report.unreal:
        lines += ["-" * COLUMNS, "EXERCISES AND TESTS: NOTHING BELOW IS REAL"]
        for each in report.unreal:
            lines += _hanging(each)
    lines += ["-" * COLUMNS, *fill(report.foot, COLUMNS)]
    return [each.translate(_ASCII) for each in lines]


def _hanging(line: str) -> list[str]:
    first, *rest = fill(line, COLUMNS - 4) or [""]
    return [f"  {first}", *(f"    {each}" for each in rest)]


# HTML


_STYLE: Final = """\
@page { size: A4; margin: 14mm }
body { font: 9.5pt/1.25 Helvetica, Arial, sans-serif; color: #000; background: #fff;
 max-width: 182mm; margin: 0 auto }
h1 { font-size: 15pt; margin: 0 0 1mm } h2 { font-size: 10.5pt; margin: 2.5mm 0 .5mm;
 border-top: 1px solid; padding-top: 1mm } p, ul { margin: .5mm 0 } ul { padding-left: 4.5mm }
small { font-size: 8pt; font-weight: normal } .unreal { border: 2px solid; padding: 1mm 2mm;
 margin-top: 3mm }
"""


def html(report: Report) -> str:
    """The report as one HTML file."""
    return "\n".join(_html(report)) + "\n"


def _html(report: Report) -> Iterator[str]:
    yield "<!DOCTYPE html>"
    yield '<html lang="en"><head><meta charset="utf-8">'
    yield f"<title>{escape(report.title)}</title>"
    yield f"<style>\n{_STYLE}</style></head><body>"
    yield f"<h1>{escape(report.title)}</h1>"
    yield from (f"<p>{escape(each)}</p>" for each in report.about)
    for section in report.sections:
        title, source = escape(section.title.capitalize()), escape(section.source)
        yield f"<h2>{title} <small>({source})</small></h2>"
        yield from _items(section.lines)
    if report.unreal:
        yield '<div class="unreal"><b>EXERCISES AND TESTS: NOTHING HERE IS REAL</b>'
        yield from _items(report.unreal)
        yield "</div>"
    yield f"<p><small>{escape(report.foot)}</small></p></body></html>"


def _items(lines: Sequence[str]) -> Iterator[str]:
    yield "<ul>"
    yield from (f"<li>{escape(each)}</li>" for each in lines)
    yield "</ul>"


# PDF


def draw(report: Report) -> bytes:
    """The report as a PDF of one page, in the largest letters that fit."""
    page = Page()
    size = next((each for each in _sizes() if _height(report, each) <= _ROOM), _LEAST)
    _lay(page, report, size)
    return pdf.document([page], report.title)


def fits_page(report: Report) -> bool:
    """Whether the PDF fits a page of A4 in letters that can be read."""
    return _height(report, _LEAST) <= _ROOM


def fits_html(report: Report) -> bool:
    """Whether the HTML fits a page of A4: its letters of 9.5 points and its gaps take as much as
    the PDF's of 10.5."""
    return _height(report, 10.5) <= _ROOM


_ROOM: Final = HEIGHT - 2 * _MARGIN
_WIDE: Final = WIDTH - 2 * _MARGIN


def _sizes() -> Iterator[float]:
    size = _LARGEST
    while size > _LEAST:
        yield size
        size = round(size - 0.25, 2)


def _height(report: Report, size: float) -> float:
    return HEIGHT - _MARGIN - _lay(None, report, size)


def _lay(page: Page | None, report: Report, size: float) -> float:
    """Lay it out, and draw it if there is a page; where it ends."""
    y = _put(page, report.title, HEIGHT - _MARGIN, size * 1.5, bold=True)
    for each in report.about:
        y = _put(page, each, y, size)
    for section in report.sections:
        y = _rule(page, y, size)
        y = _put(page, f"{section.title.capitalize()} ({section.source})", y, size, bold=True)
        for each in section.lines:
            y = _put(page, each, y, size, indent=size)
    if report.unreal:
        y = _rule(page, y, size)
        y = _put(page, "EXERCISES AND TESTS: NOTHING BELOW IS REAL", y, size, bold=True)
        for each in report.unreal:
            y = _put(page, each, y, size, indent=size)
    return _put(page, report.foot, _rule(page, y, size), size * 0.85)


def _rule(page: Page | None, y: float, size: float) -> float:
    y -= size * 0.5
    if page is not None:
        page.line(_MARGIN, y, WIDTH - _MARGIN, y, 0.5)
    return y - size * 0.2


def _put(
    page: Page | None, text: str, y: float, size: float, *, indent: float = 0.0, bold: bool = False
) -> float:
    """Lines of text below `y`, those after the first further in; where they end."""
    for number, row in enumerate(pdf.wrap(text, _WIDE - 2 * indent, size, bold=bold)):
        y -= size * 1.2
        if page is not None:
            page.text(_MARGIN + indent * (2 if number else 1), y, row, size, bold=bold)
    return y
