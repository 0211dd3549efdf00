"""What stands on a PDF's pages and is none of their text: running lines, page numbers, contents."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from hearth.documents.normal import one_line
from hearth.documents.pdf_read import CELL, PdfLine, PdfPage

_MARGIN = 0.11  # of the page's height, at its top and at its bottom
_PAGE_NUMBER = re.compile(
    r"(?i)(?:page|p\.)?\s*[-–—]?\s*(?:[a-z]{0,2}-?\d{1,4}(?:[-–.]\d{1,4})?|[ivxl]{1,6})"
    r"(?:\s*(?:of|/)\s*\d{1,4})?\s*[-–—]?$"
)
_LEADERS = re.compile(r"(?:\.\s?){4,}\s*[\divxlc-]*\s*$")
_CONTENTS = re.compile(rf".*\S[{CELL} ]\s*(?:[A-Z]{{1,2}}-)?(\d{{1,4}})(?:[-–.](\d{{1,4}}))?\s*$")


def drop_running_lines(pages: Sequence[PdfPage]) -> None:
    """Take out margin lines that repeat (digits aside), page numbers, and tables of contents."""
    counts: Counter[str] = Counter()
    for page in pages:
        counts.update({_pattern(line) for line in page.lines if _in_margin(line, page)})
    for page in pages[: max(12, len(pages) // 20)]:
        _drop_contents(page)
    enough = 3 if len(pages) > 3 else max(len(pages), 2)
    for page in pages:
        page.lines[:] = [line for line in page.lines if not _is_running(line, page, counts, enough)]


def _drop_contents(page: PdfPage) -> None:
    """Take out the lines of a table of contents: most of a page, ending in rising numbers.

    They hold a document's best words and none of its sentences.
    """
    ends = [match for line in page.lines if (match := _CONTENTS.match(line.text))]
    if len(ends) < 6 or len(ends) * 2 < len(page.lines):
        return
    numbers = [(int(match[1]), int(match[2] or 0)) for match in ends]
    rising = sum(before <= after for before, after in pairwise(numbers))
    if rising * 10 >= len(numbers) * 8:
        page.lines[:] = [line for line in page.lines if not _CONTENTS.match(line.text)]


def _is_running(line: PdfLine, page: PdfPage, counts: Counter[str], enough: int) -> bool:
    if _LEADERS.search(line.text[-200:]):
        return True
    if not _in_margin(line, page):
        return False
    return counts[_pattern(line)] >= enough or bool(_PAGE_NUMBER.fullmatch(line.text.strip(" *")))


def _in_margin(line: PdfLine, page: PdfPage) -> bool:
    height = line.y - page.bottom
    return not page.height * _MARGIN < height < page.height * (1 - _MARGIN)


def _pattern(line: PdfLine) -> str:
    return re.sub(r"\d+|\b[ivxl]+\b", "#", one_line(line.text).lower())
