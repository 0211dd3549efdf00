"""A report on one page, whatever stands in it."""

from __future__ import annotations

from html import escape

import pypdfium2  # type: ignore[import-untyped]
import pytest
from hypothesis import given, settings, strategies as st

from hearth.boards import sheet
from hearth.boards.sheet import COLUMNS, LINES, NoRoomError, Report, Section
from hearth.commands.layout import columns

WORDS = st.text(st.characters(exclude_categories=("C", "Z")), max_size=100)
TEXTS = st.lists(WORDS, max_size=12).map(" ".join)


def report(lines: list[str], most: int = 99, unreal: tuple[str, ...] = ()) -> Report:
    parts = tuple(Section(f"part {at}", tuple(lines[:most]), "a source") for at in range(7))
    return Report("Situation report: Mill Lane", ("made today",), parts, unreal, "the end")


@settings(max_examples=40)
@given(st.lists(TEXTS, max_size=12))
def test_text_is_a_page_of_80_columns(lines: list[str]) -> None:
    try:
        made = sheet.fitted(lambda most: report(lines, most), sheet.fits_text)
    except NoRoomError:
        return  # two lines of each part may be too long
    printed = sheet.text(made).removesuffix("\n").split("\n")
    assert len(printed) <= LINES
    assert [each for each in printed if columns(each) > COLUMNS] == []


def test_what_is_cut_is_cut_no_further_than_it_must() -> None:
    lines = [f"line {at}" for at in range(30)]
    made = sheet.fitted(lambda most: report(lines, most), sheet.fits_text)
    assert len(made.sections[0].lines) == 6
    assert not sheet.fits_text(report(lines, 7))
    paper = sheet.fitted(lambda most: report(lines, most), sheet.fits_page)
    assert len(paper.sections[0].lines) > 6  # smaller letters
    with pytest.raises(NoRoomError):
        sheet.fitted(lambda most: report(["word " * 400], most), sheet.fits_text)


@settings(max_examples=15)
@given(st.lists(TEXTS, max_size=8))
def test_a_pdf_is_one_page_with_every_line_on_it(lines: list[str]) -> None:
    made = report(lines, 3, unreal=("EXERCISE: nothing",))
    if not sheet.fits_page(made):
        return
    document = pypdfium2.PdfDocument(sheet.draw(made))
    assert len(document) == 1
    shown = document[0].get_textpage().get_text_range()
    assert "the end" in shown
    assert "NOTHING BELOW IS REAL" in shown


def test_html_has_all_of_it_and_no_mark_that_is_not_ours() -> None:
    evil = "<i a=\"1\" b='2'>&amp;"
    page = sheet.html(Report(evil, (evil,), (Section(evil, (evil,), evil),), (evil,), evil))
    assert page.count(escape(evil)) == 8  # the title twice
    assert "<i" not in page
