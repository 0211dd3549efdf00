"""From a PDF's lines to paragraphs, lists and headings. Pure; knows nothing of pdfium.

A PDF holds no paragraphs, only lines somewhere on a page. What a line is, is decided from the
whole document: the body's type size and weight, its line pitch, and which lines stand again and
again in the margins. Where two lines might or might not belong together, a small letter at the
start of the second says they do: half a sentence is worse than a paragraph too long.

Steps: drop running headers, footers and page numbers → cut each page into blocks → name the
headings → finish on the earlier page a sentence that runs over a page's end → write.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Literal

from hearth.documents.markdown import NO_HEADING
from hearth.documents.normal import TextBuilder, one_line
from hearth.documents.pdf_read import CELL, HYPHEN, PdfLine, PdfPage
from hearth.documents.plain import FIRST_HALVES

_MARGIN = 0.11  # of the page's height, at its top and at its bottom
_PAGE_NUMBER = re.compile(
    r"(?i)(?:page|p\.)?\s*[-–—]?\s*(?:[a-z]{0,2}-?\d{1,4}(?:[-–.]\d{1,4})?|[ivxl]{1,6})"
    r"(?:\s*(?:of|/)\s*\d{1,4})?\s*[-–—]?$"
)
_LEADERS = re.compile(r"(?:\.\s?){4,}\s*[\divxlc-]*\s*$")
_CONTENTS = re.compile(rf".*\S[{CELL} ]\s*(?:[A-Z]{{1,2}}-)?(\d{{1,4}})(?:[-–.](\d{{1,4}}))?\s*$")
_BULLET = re.compile(
    r"\s*(?:[•‣◦▪▫●○■□◆◇★☐☑☒✓✔❏❑➢➤►▶·∙\uf020-\uf0ff\ufffd]|[-–—−*o](?=\s))\s*(?=\S)"
)
_NUMBERED = re.compile(r"(?:\((\d{1,2})\)|(\d{1,2})[.)])\s+(?=\S)")
_LETTERED = re.compile(r"(?:\(?[a-z]\)|[a-z]\.)\s+(?=[A-Z])")
_ENDED = re.compile(r"[.!?:;][\"'”’)\]]*\d{0,2}$")
_SENTENCE = re.compile(r"[.!?][\"'”’)\]]*(?:\s|$)")
_WORD = re.compile(r"[A-Za-z]+(?:-[A-Za-z]+)*")
_HEADING_WORDS = 18


@dataclass(slots=True)
class _Block:
    """Lines that belong together; `depth` and `number` are an item's, `level` a heading's."""

    kind: Literal["text", "item", "row", "heading"]
    lines: list[PdfLine]
    text: str
    depth: int = 0
    number: int | None = None
    level: int = 0


@dataclass(slots=True)
class _Body:
    """What is usual in this document."""

    size: float
    weight: int
    pitch: float  # distance of baselines, in type sizes


def lay_out(pages: Sequence[PdfPage], builder: TextBuilder) -> str | None:
    """Write the pages into `builder`; return the words set largest at the start, if any."""
    _drop_running_lines(pages)
    body = _body(pages)
    vocabulary = _vocabulary(pages)
    laid = [_Cutter(page.lines, body, vocabulary).blocks() for page in pages]
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


# what is usual


def _body(pages: Sequence[PdfPage]) -> _Body:
    sizes: Counter[float] = Counter()
    weights: Counter[int] = Counter()
    for page in pages:
        for line in page.lines:
            sizes[round(line.size * 2) / 2] += len(line.text)
    size = sizes.most_common(1)[0][0] if sizes else 10.0
    steps: Counter[float] = Counter()
    for page in pages:
        for above, line in pairwise(page.lines):
            if abs(line.size - size) < 0.6:
                weights[line.weight] += len(line.text)
            step = (above.y - line.y) / max(line.size, 1.0)
            if abs(above.size - line.size) < 0.6 and 0.9 < step < 2.5:
                steps[round(step, 1)] += 1
    weight = weights.most_common(1)[0][0] if weights else 400
    return _Body(size, weight, steps.most_common(1)[0][0] if steps else 1.2)


def _vocabulary(pages: Sequence[PdfPage]) -> frozenset[str]:
    """Every word of the document: tells "pre-exposure" from "medi-cine" at a line's end."""
    words: set[str] = set()
    for page in pages:
        for line in page.lines:
            words.update(word.lower() for word in _WORD.findall(line.text.replace(HYPHEN, " ")))
    return frozenset(words)


def _drop_running_lines(pages: Sequence[PdfPage]) -> None:
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


# lines to blocks


class _Cutter:
    """Cuts one page's lines into blocks."""

    def __init__(self, lines: list[PdfLine], body: _Body, vocabulary: frozenset[str]) -> None:
        self.lines = lines
        self.body = body
        self.vocabulary = vocabulary

    def blocks(self) -> list[_Block]:
        found: list[_Block] = []
        for index, line in enumerate(self.lines):
            if not line.text.strip():
                continue
            if found and not self._begins(found[-1], index):
                block = found[-1]
                block.lines.append(line)
                block.text = self._joined(block.text, line.text)
            else:
                found.append(self._open(line, found[-1] if found else None))
        for block in found:
            block.text = self._mend_hyphens(block.text)
            if block.kind == "text" and self._is_heading(block):
                block.kind = "heading"
        self._depths(found)
        return _reading_order(found)

    def _open(self, line: PdfLine, before: _Block | None) -> _Block:
        if CELL in line.text:
            if _BULLET.match(line.text) or len(line.text) > 200:
                line.text = line.text.replace(CELL, " ")
            else:
                return _Block("row", [line], line.text)
        if match := _BULLET.match(line.text):
            return _Block("item", [line], line.text[match.end() :])
        if (match := _NUMBERED.match(line.text)) and not self._large(line):
            return _Block(
                "item", [line], line.text[match.end() :], number=int(match[1] or match[2])
            )
        return _Block("text", [line], line.text)

    def _begins(self, block: _Block, index: int) -> bool:
        """Does the line at `index` begin a block of its own after `block`?"""
        line, last = self.lines[index], block.lines[-1]
        ended = bool(_ENDED.search(last.text))
        small = line.text[0].islower()
        if CELL in line.text or _BULLET.match(line.text):
            return True
        if block.kind == "row":  # its last cell may go on, in a column of its own
            aside = line.x0 > block.lines[0].x0 + 3 * line.size
            below = 0.5 < (last.y - line.y) / max(line.size, 1.0) < self.body.pitch + 0.45
            return not (aside and below and small and not ended)
        if (numbered := _NUMBERED.match(line.text)) or _LETTERED.match(line.text):
            if ended or block.number is not None:
                return True  # else "(25)" or "7." may just stand where a line was wrapped
            plain = numbered is not None and numbered[2] is not None
            return plain and line.text[numbered.end()].isupper() if numbered else self._bold(last)
        difference = abs(line.size - last.size) / max(last.size, 1.0)
        if difference > 0.25 or (difference > 0.1 and (ended or not small)):
            return True
        if self._bold(line) != self._bold(last) and (ended or not small):
            return True
        step = (last.y - line.y) / max(line.size, 1.0)
        if step < -0.5:  # upwards: the next column
            return ended or not small
        if self._large(line) or self._bold(line):
            return step > self.body.pitch + 0.5
        if step > self.body.pitch + 0.45:
            return ended or not small or step > 2 * self.body.pitch + 0.5
        return self._breaks_by_place(block, index, ended=ended, small=small)

    def _breaks_by_place(self, block: _Block, index: int, *, ended: bool, small: bool) -> bool:
        line, last = self.lines[index], block.lines[-1]
        left = min(each.x0 for each in block.lines)
        if not small and line.x0 < left - 4 * line.size:
            return True
        if block.kind == "item":
            outside = line.x0 < block.lines[0].x0 + 0.3 * line.size
            if outside and (ended or not small):
                return True
        elif ended and line.x0 > left + 0.7 * line.size:
            return True
        if small or last.text.endswith((HYPHEN, "-", ",")):
            return False
        room = self._right_edge(index) - last.x1
        first_word = len(line.text.split(" ", 1)[0]) + 1
        width = (last.x1 - last.x0) / max(len(last.text), 1)
        return room > first_word * width * 1.15

    def _right_edge(self, index: int) -> float:
        """How far lines around here reach: those drawn near it that begin near its left."""
        line = self.lines[index]
        near = self.lines[max(index - 5, 0) : index + 5]
        return max(
            (each.x1 for each in near if abs(each.x0 - line.x0) < 2.5 * line.size), default=line.x1
        )

    def _large(self, line: PdfLine) -> bool:
        return line.size >= self.body.size * 1.12

    def _bold(self, line: PdfLine) -> bool:
        return line.weight >= self.body.weight + 150

    def _is_heading(self, block: _Block) -> bool:
        text = block.text
        words = len(text.split())
        if words > _HEADING_WORDS or sum(map(str.isalpha, text)) < max(3, len(text) // 2):
            return False
        if NO_HEADING.match(text) or text[0].islower() or text[-1] in ",;":
            return False
        if all(self._large(line) for line in block.lines):
            return not (words > 8 and text.endswith("."))
        bold = all(self._bold(line) for line in block.lines)
        sentence = text.endswith((".", ";")) and not text.endswith("...")
        return bold and not sentence and words <= 12

    def _joined(self, text: str, following: str) -> str:
        if text.endswith((HYPHEN, "—", "://")):
            return text + following
        if re.fullmatch(r"[A-Za-z]-", text[-2:]) and following[:1].islower():
            return text[:-1] + HYPHEN + following
        return f"{text} {following}"

    def _mend_hyphens(self, text: str) -> str:
        """Undo hyphenation: keep the hyphen only where the document itself writes it."""
        if HYPHEN not in text:
            return text
        return re.sub(
            rf"([A-Za-z]+(?:-[A-Za-z]+)*){HYPHEN}\s*([A-Za-z]+)?(-)?", self._mend_one, text
        ).replace(HYPHEN, "-")

    def _mend_one(self, match: re.Match[str]) -> str:
        head, tail, more = match[1], match[2] or "", match[3] or ""
        whole, compound = f"{head}{tail}".lower(), f"{head}-{tail}".lower()
        if compound in self.vocabulary:
            return f"{head}-{tail}{more}"
        if whole in self.vocabulary or not tail:
            return f"{head}{tail}{more}"
        keep = head.lower() in FIRST_HALVES or tail[0].isupper() or "-" in head or more
        return f"{head}-{tail}{more}" if keep else f"{head}{tail}{more}"

    def _depths(self, blocks: list[_Block]) -> None:
        """Give items their depth from where their bullets stand, list by list."""
        columns: list[float] = []
        for block in blocks:
            if block.kind != "item":
                columns.clear()
                continue
            line = block.lines[0]
            while columns and line.x0 < columns[-1] - 0.5 * line.size:
                columns.pop()
            if not columns or line.x0 > columns[-1] + 0.9 * line.size:
                shift = columns and line.x0 - columns[-1] > 12 * line.size
                if shift:
                    columns.clear()  # another column of the page
                columns.append(line.x0)
            columns[-1] = line.x0  # follows bullets set along a curve or a picture
            block.depth = min(len(columns) - 1, 3)


def _reading_order(blocks: list[_Block]) -> list[_Block]:
    """Put blocks that were drawn late, but stand above earlier ones, where one reads them.

    A block moves before the first one that is lower and in the same column; a heading also
    before the first that stands beside or below it on its right (a side heading). Columns are
    never mixed: blocks side by side keep the order in which they were drawn.
    """
    if len(blocks) > 400:
        return blocks
    out: list[_Block] = []
    place = 0
    for block in blocks:
        place = _place(block, out, place)
        out.insert(place, block)
        place += 1
    return out


def _place(block: _Block, out: list[_Block], after: int) -> int:
    """Return where `block` belongs in `out`; `after` is the place after the one drawn before."""
    bottom = min(line.y for line in block.lines)
    tops = [max(line.y for line in other.lines) for other in out]
    if 0 < after < len(out) and tops[after] < bottom < tops[after - 1]:
        return after  # goes on below a block that was moved
    for index, other in enumerate(out):
        if bottom > tops[index] + 0.2 * block.lines[0].size and _same_column(block, other):
            return index
        if block.kind == "heading" and _beside(block, other, tops[index]):
            return index
    return len(out)


def _extent(block: _Block) -> tuple[float, float]:
    return min(line.x0 for line in block.lines), max(line.x1 for line in block.lines)


def _same_column(block: _Block, other: _Block) -> bool:
    left, right = _extent(block)
    other_left, other_right = _extent(other)
    common = min(right, other_right) - max(left, other_left)
    return common > 0.25 * max(min(right - left, other_right - other_left), 1.0)


def _beside(heading: _Block, other: _Block, top: float) -> bool:
    size = heading.lines[0].size
    near = heading.lines[0].y >= top - 0.6 * size
    return near and _extent(heading)[1] <= _extent(other)[0] + size and other.kind != "heading"


# headings, pages, title


def _name_levels(laid: Sequence[list[_Block]], body: _Body) -> None:
    """Larger type is a higher level; bold type of the body's size comes below all of those."""
    headings = [block for blocks in laid for block in blocks if block.kind == "heading"]
    large = sorted({_rounded(block) for block in headings if _rounded(block) > body.size * 1.1})
    large.reverse()
    ranks = {size: min(rank, 4) for rank, size in enumerate(large, 1)}
    lowest = min(len(large), 4) + 1
    for block in headings:
        block.level = max(ranks.get(_rounded(block), lowest), 1)


def _rounded(block: _Block) -> float:
    return float(round(median(line.size for line in block.lines)))


def _join_titles(laid: Sequence[list[_Block]]) -> None:
    """Make one heading of the largest words of a title page, however many lines they take."""
    for blocks in laid:
        for before, block in pairwise(list(blocks)):
            if before.kind == block.kind == "heading" and before.level == block.level == 1:
                block.text = f"{before.text} {block.text}"
                blocks.remove(before)


def _join_over_pages(laid: Sequence[list[_Block]]) -> None:
    """Finish a sentence that runs over a page's end on the page where it began."""
    for blocks, following in pairwise(laid):
        if not blocks or not following:
            continue
        last, first = blocks[-1], following[0]
        if last.kind == "heading" or first.kind != "text" or not first.text[0].islower():
            continue
        if _ENDED.search(last.text):
            continue
        match = _SENTENCE.search(first.text)
        end = match.end() if match else len(first.text)
        last.text = f"{last.text} {first.text[:end].strip()}"
        first.text = first.text[end:].strip()
        if not first.text:
            del following[0]


def _largest_words(laid: Sequence[list[_Block]], body: _Body) -> str | None:
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
