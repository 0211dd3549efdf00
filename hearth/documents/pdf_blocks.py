"""From the lines of a PDF's page to blocks: paragraphs, items, rows and headings.

What a line is, is decided by what is usual in the document. Where two lines might or might not
belong together, a small letter at the start of the second says they do: half a sentence is worse
than a paragraph too long.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from hearth.documents.markdown import NO_HEADING
from hearth.documents.pdf_read import CELL, HYPHEN, PdfLine, PdfPage
from hearth.documents.plain import FIRST_HALVES

_BULLET = re.compile(
    r"\s*(?:[•‣◦▪▫●○■□◆◇★☐☑☒✓✔❏❑➢➤►▶·∙\uf020-\uf0ff\ufffd]|[-–—−*o](?=\s))\s*(?=\S)"
)
_NUMBERED = re.compile(r"(?:\((\d{1,2})\)|(\d{1,2})[.)])\s+(?=\S)")
_LETTERED = re.compile(r"(?:\(?[a-z]\)|[a-z]\.)\s+(?=[A-Z])")
ENDED = re.compile(r"[.!?:;][\"'”’)\]]*\d{0,2}$")
_WORD = re.compile(r"[A-Za-z]+(?:-[A-Za-z]+)*")
_HEADING_WORDS = 18


@dataclass(slots=True)
class Block:
    """Lines that belong together; `depth` and `number` are an item's, `level` a heading's."""

    kind: Literal["text", "item", "row", "heading"]
    lines: list[PdfLine]
    text: str
    depth: int = 0
    number: int | None = None
    level: int = 0


@dataclass(slots=True)
class Body:
    """What is usual in this document."""

    size: float
    weight: int
    pitch: float  # distance of baselines, in type sizes


class Cutter:
    """Cuts one page's lines into blocks."""

    def __init__(self, lines: list[PdfLine], body: Body, vocabulary: frozenset[str]) -> None:
        self.lines = lines
        self.body = body
        self.vocabulary = vocabulary

    def blocks(self) -> list[Block]:
        """The blocks, as they were drawn."""
        found: list[Block] = []
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
        return found

    def _open(self, line: PdfLine, before: Block | None) -> Block:
        if CELL in line.text:
            if _BULLET.match(line.text) or len(line.text) > 200:
                line.text = line.text.replace(CELL, " ")
            else:
                return Block("row", [line], line.text)
        if match := _BULLET.match(line.text):
            return Block("item", [line], line.text[match.end() :])
        if (match := _NUMBERED.match(line.text)) and not self._large(line):
            return Block("item", [line], line.text[match.end() :], number=int(match[1] or match[2]))
        return Block("text", [line], line.text)

    def _begins(self, block: Block, index: int) -> bool:
        """Does the line at `index` begin a block of its own after `block`?"""
        line, last = self.lines[index], block.lines[-1]
        ended = bool(ENDED.search(last.text))
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

    def _breaks_by_place(self, block: Block, index: int, *, ended: bool, small: bool) -> bool:
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

    def _is_heading(self, block: Block) -> bool:
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

    def _depths(self, blocks: list[Block]) -> None:
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


def usual(pages: Sequence[PdfPage]) -> Body:
    """What most of the document is set in."""
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
    return Body(size, weight, steps.most_common(1)[0][0] if steps else 1.2)


def vocabulary(pages: Sequence[PdfPage]) -> frozenset[str]:
    """Every word of the document: tells "pre-exposure" from "medi-cine" at a line's end."""
    words: set[str] = set()
    for page in pages:
        for line in page.lines:
            words.update(word.lower() for word in _WORD.findall(line.text.replace(HYPHEN, " ")))
    return frozenset(words)
