"""From a PDF's lines to paragraphs, lists and headings. Pure; knows nothing of pdfium.

A PDF holds no paragraphs, only lines somewhere on a page. What a line is, is decided from the
whole document: the body's type size and weight, its line pitch, and which lines stand again and
again in the margins.

Steps: drop running headers, footers and page numbers → cut each page into blocks → name the
headings → finish on the earlier page a sentence that runs over a page's end → write.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from hearth.documents.normal import TextBuilder, one_line
from hearth.documents.pdf_blocks import ENDED, Block, Body, Cutter, usual, vocabulary
from hearth.documents.pdf_margins import drop_running_lines
from hearth.documents.pdf_order import reading_order
from hearth.documents.pdf_read import CELL, PdfPage

_SENTENCE = re.compile(r"[.!?][\"'”’)\]]*(?:\s|$)")


def lay_out(pages: Sequence[PdfPage], builder: TextBuilder) -> str | None:
    """Write the pages into `builder`; return the words set largest at the start, if any."""
    drop_running_lines(pages)
    body, words = usual(pages), vocabulary(pages)
    laid = [reading_order(Cutter(page.lines, body, words).blocks()) for page in pages]
    _name_levels(laid, body)
    _join_titles(laid[:2])
    _join_over_pages(laid)
    for number, blocks in enumerate(laid):
        if number:
            builder.page_break()
        for block in blocks:
            if block.kind == "heading":
                builder.heading(block.level, block.text)
            elif block.kind == "item":
                builder.item(block.text, block.depth, block.number)
            elif block.kind == "row":
                builder.row(block.text.split(CELL))
            else:
                builder.paragraph(block.text)
    return _largest_words(laid[:2], body)


def _name_levels(laid: Sequence[list[Block]], body: Body) -> None:
    """Larger type is a higher level; bold type of the body's size comes below all of those."""
    headings = [block for blocks in laid for block in blocks if block.kind == "heading"]
    large = sorted({_rounded(block) for block in headings if _rounded(block) > body.size * 1.1})
    large.reverse()
    ranks = {size: min(rank, 4) for rank, size in enumerate(large, 1)}
    lowest = min(len(large), 4) + 1
    for block in headings:
        block.level = max(ranks.get(_rounded(block), lowest), 1)


def _rounded(block: Block) -> float:
    return float(round(median(line.size for line in block.lines)))


def _join_titles(laid: Sequence[list[Block]]) -> None:
    """Make one heading of the largest words of a title page, however many lines they take."""
    for blocks in laid:
        for before, block in pairwise(list(blocks)):
            if before.kind == block.kind == "heading" and before.level == block.level == 1:
                block.text = f"{before.text} {block.text}"
                blocks.remove(before)


def _join_over_pages(laid: Sequence[list[Block]]) -> None:
    """Finish a sentence that runs over a page's end on the page where it began."""
    for blocks, following in pairwise(laid):
        if not blocks or not following:
            continue
        last, first = blocks[-1], following[0]
        if last.kind == "heading" or first.kind != "text" or not first.text[0].islower():
            continue
        if ENDED.search(last.text):
            continue
        match = _SENTENCE.search(first.text)
        end = match.end() if match else len(first.text)
        last.text = f"{last.text} {first.text[:end].strip()}"
        first.text = first.text[end:].strip()
        if not first.text:
            del following[0]


def _largest_words(laid: Sequence[list[Block]], body: Body) -> str | None:
    """Return the largest heading of the first pages, if it is large and reads like a title."""
    headings = [b for blocks in laid for b in blocks if b.kind == "heading"]
    if not headings:
        return None
    size = max(_rounded(block) for block in headings)
    first = next(i for i, block in enumerate(headings) if _rounded(block) == size)
    words = headings[first].text
    for block in headings[first + 1 :]:
        if _rounded(block) != size:
            break
        words += f" {block.text}"
    count = len(words.split())
    return one_line(words) if size >= body.size * 1.1 and 1 < count <= 20 else None
