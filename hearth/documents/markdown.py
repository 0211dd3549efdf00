"""Markdown to the text normal form.

A line parser for what people really write (CommonMark's blocks, GitHub's tables and front
matter, wikis' HTML), not a conforming one: it never fails, is linear, and where Markdown is
ambiguous it prefers whole sentences. What differs from CommonMark on purpose:

- block quotes lose their mark and become paragraphs: cautions are often written that way;
- a short paragraph that is bold as a whole is a heading below the current one, because wikis and
  converted manuals write their inner headings so;
- pictures give nothing: their words are nearly always repeated in a caption;
- HTML blocks lose their tags; a whole `<table>` goes through the HTML parser.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from hearth.documents.inline import plain_words
from hearth.documents.normal import TextBuilder

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)")
_ATX = re.compile(r" {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$")
_SETEXT = re.compile(r" {0,3}(=+|-+)[ \t]*$")
_RULE = re.compile(r" {0,3}(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})$")
_BULLET = re.compile(r"([ \t]*)(?:[-*+•]|(\d{1,9})[.)])(?:[ \t]+(.*)|$)")
_QUOTE = re.compile(r" {0,3}>[ ]?")
_REFERENCE = re.compile(r" {0,3}\[[^\]^]+\]:\s+\S+.*$")
_FOOTNOTE = re.compile(r"\[\^[^\]]{1,100}\]:\s*")
_TABLE_RULE = re.compile(r"[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")
_BOLD = re.compile(r"(\*\*|__)(?!\s)((?:(?!\1).)+?)(?<!\s)\1$")
NO_HEADING = re.compile(  # captions and calls to attention belong to the text around them
    r"(?i)(?:figure|fig\.|table|photo|picture|illustration)\b"
    r"|(?:note|warning|caution|danger|important|tip|attention)s?\W*$"
)
_HTML_BLOCK = re.compile(
    r"\s*</?(?:table|tbody|thead|tr|td|th|ul|ol|li|div|center|p|br|hr|section|details|summary|dl|"
    r"dt|dd|figure|figcaption|blockquote|a|img|span|font|iframe|video|audio)\b",
    re.I,
)
_LIST_TAG = re.compile(r"<li\b[^>]*>", re.I)
_BREAK_TAG = re.compile(r"</?(?:td|th|tr|table|div|p|center|br|ul|ol|li)\b[^>]*>", re.I)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.S)
_ACTIVE = re.compile(r"<(script|style)\b.*?(?:</\1\s*>|\Z)", re.S | re.I)
_TABLE_START = re.compile(r"<table\b", re.I)
_TABLE_END = re.compile(r"</table\s{0,9}>", re.I)
_MARKED = re.compile(r"^\s*(?:[*+#>-]|\d+\.)\s|\*\*", re.M)
_HARD_BREAK = re.compile(r"(?:\s{2,}|\\)$")


@dataclass(slots=True)
class _Level:
    """An open list: the column its items begin at, and where their words begin."""

    indent: int
    content: int


def parse(source: str, builder: TextBuilder) -> str | None:
    """Write the Markdown `source` into `builder`; return the front matter's title, if any."""
    source = source.replace("\r\n", "\n").replace("\r", "\n")
    title, source = _front_matter(source)
    if "<" in source:
        source = _COMMENT.sub(" ", source)
        source = _ACTIVE.sub(" ", source)
    parser = _Parser(builder)
    position = 0
    for start, end in _tables(source):
        parser.feed(source[position:start])
        _html_table(source[start:end], builder)
        position = end
    parser.feed(source[position:])
    return title


def _tables(source: str) -> Iterator[tuple[int, int]]:
    """Yield where whole HTML tables stand. One with Markdown inside is read line by line."""
    end = 0
    for match in _TABLE_START.finditer(source):
        if match.start() < end:
            continue
        close = _TABLE_END.search(source, match.end())
        if close is None:
            return
        end = close.end()
        if not _MARKED.search(source, match.start(), end):
            yield match.start(), end


def _html_table(source: str, builder: TextBuilder) -> None:
    from hearth.documents.html import parse as parse_html

    parse_html(source, builder)


def _front_matter(source: str) -> tuple[str | None, str]:
    """Cut YAML front matter off; only its title is read, and only as a plain line."""
    if not source.startswith("---\n"):
        return None, source
    end = source.find("\n---", 3)
    line_end = source.find("\n", end + 1) if end >= 0 else -1
    if end < 0 or end > 65536 or source[end + 1 : line_end].strip() not in ("---", ""):
        return None, source
    body = source[4:end]
    if any(line and not re.match(r"\s|[\w-]+\s*:|-\s|#", line) for line in body.split("\n")):
        return None, source
    title = re.search(r"^title\s*:\s*[\"']?(.+?)[\"']?\s*$", body, re.M | re.I)
    return (title[1] if title else None), source[line_end:] if line_end >= 0 else ""


class _Parser:
    """Holds the paragraph being gathered and the open lists."""

    def __init__(self, builder: TextBuilder) -> None:
        self.out = builder
        self.buffer: list[str] = []  # lines of the open paragraph or item
        self.item: tuple[int, int | None] | None = None  # (depth, number) of the open item
        self.lists: list[_Level] = []
        self.level = 0  # of the last real heading
        self.shouting = False  # an all-capitals bold heading is open below it
        self.fence: str | None = None
        self.code: list[str] = []
        self.blank = True

    def feed(self, source: str) -> None:
        """Read `source`, which is a run of whole lines, to its end."""
        rows = source.split("\n")
        index = 0
        while index < len(rows):
            row = rows[index]
            following = rows[index + 1] if index + 1 < len(rows) else ""
            index += 1
            if self.fence is not None or _FENCE.match(row):
                self._fenced(row)
            elif "|" in row and "-" in following and _TABLE_RULE.match(following):
                index = self._table(rows, index - 1)
            elif row and following and self._setext(row, following):
                index += 1
            else:
                self._line(row)
        self._fence_end()
        self._flush()
        self.lists.clear()
        self.blank = True

    # fenced code

    def _fenced(self, row: str) -> None:
        match = _FENCE.match(row)
        if self.fence is None:
            self._flush()
            self.fence = match[1] if match else "```"
        elif match and match[1].startswith(self.fence) and not match[2].strip():
            self._fence_end()
        else:
            self.code.append(row)

    def _fence_end(self) -> None:
        if self.code:
            self.out.end_block()
            self.out.preformatted("\n".join(self.code))
        self.code = []
        self.fence = None

    # headings and tables

    def _setext(self, row: str, following: str) -> bool:
        match = _SETEXT.match(following)
        if not match or row.startswith(("#", ">", "|", "    ")) or _BULLET.match(row):
            return False
        if match[1][0] == "-" and len(match[1]) < 2 and not self.buffer:
            return False
        if self.item is not None or _RULE.match(row) or not row.strip():
            return False
        words = " ".join([*self.buffer, row])
        self.buffer = []
        self._heading(1 if match[1][0] == "=" else 2, words)
        return True

    def _heading(self, level: int, words: str) -> None:
        self._flush()
        self.lists.clear()
        self.level, self.shouting = level, False
        self.out.heading(level, plain_words(words))

    def _table(self, rows: list[str], index: int) -> int:
        self._flush()
        self.out.end_block()
        self.out.row(_cells(rows[index]))
        index += 2
        while index < len(rows) and "|" in rows[index] and rows[index].strip():
            self.out.row(_cells(rows[index]))
            index += 1
        return index

    # lines

    def _line(self, row: str) -> None:
        while row.lstrip(" ")[:1] == ">" and (match := _QUOTE.match(row)):
            row = row[match.end() :]
        stripped = row.strip()
        if not stripped:
            self._flush()
            self.blank = True
            return
        first = stripped[0]
        if first == "#" and (match := _ATX.match(row)):
            self._heading(len(match[1]), match[2] or "")
        elif first in "*-_" and _RULE.match(row):
            self._flush()
            self.lists.clear()
        elif (first in "*-+•" or first.isdecimal()) and (match := _BULLET.match(row)):
            self._bullet(match)
        elif first == "[" and _REFERENCE.match(row) and not self.buffer:
            return
        elif first == "<" and _HTML_BLOCK.match(row):
            self._html(row)
        else:
            self._words(row, stripped)
        self.blank = False

    def _html(self, row: str) -> None:
        """Strip the tags of a line of HTML; block tags end the paragraph before them."""
        for piece in _BREAK_TAG.sub("\n", _LIST_TAG.sub("\n* ", row)).split("\n"):
            words = piece.strip()
            if words.startswith("* "):
                self._flush()
                self.item, self.buffer = (0, None), [words[2:]]
            elif words:
                self.buffer.append(words)
            else:
                self._flush()

    def _bullet(self, match: re.Match[str]) -> None:
        number = int(match[2]) if match[2] else None
        indent = len(match[1].expandtabs(4))
        if self.buffer and self.item is None and number not in (None, 1):
            self._words(match[0], match[0].strip())  # a year at the start of a wrapped line
            return
        if not self.lists and indent >= 4 and self.blank:
            self.code.append(match[0])
            self._fence_end()
            return
        self._flush()
        while self.lists and indent < self.lists[-1].indent:
            self.lists.pop()
        if not self.lists or indent >= self.lists[-1].content:
            self.lists.append(_Level(indent, indent + 2))
        self.item = (len(self.lists) - 1, number)
        self.buffer = [match[3] or ""]

    def _words(self, row: str, stripped: str) -> None:
        indent = len(row) - len(row.lstrip())
        if self.blank and not self.buffer:
            if self.lists and indent < self.lists[0].content:
                self.lists.clear()
            if not self.lists and indent >= 4 and not row.startswith("\t\t"):
                self.out.preformatted(row[4:])
                return
        if not self.buffer:
            if stripped.startswith("[^") and (note := _FOOTNOTE.match(stripped)):
                stripped = stripped[note.end() :]
            if self.lists and self.item is None:
                self.item = (len(self.lists) - 1, -1)  # a later paragraph of the item
        self.buffer.append(stripped)
        if self.item is None and _HARD_BREAK.search(row) and _BOLD.match(stripped):
            self._flush()  # "**Tick**" and two spaces: a heading in all but name

    def _flush(self) -> None:
        """End the open paragraph or item."""
        buffer, item = self.buffer, self.item
        self.buffer, self.item = [], None
        if not buffer:
            return
        words = " ".join(buffer)
        if item is None:
            if (bold := _BOLD.match(words)) and self._bold_heading(bold[2]):
                return
            self.out.paragraph(plain_words(words))
        elif item[1] == -1:
            self.out.item(plain_words(words), item[0])
        else:
            self.out.item(plain_words(words), item[0], item[1])

    def _bold_heading(self, words: str) -> bool:
        words = plain_words(words)
        if not words or len(words.split()) > 12 or words[-1] in ".!?:;,":
            return False
        if NO_HEADING.match(words):
            return False
        capitals = words.upper() == words
        level = self.level + 1 if capitals or not self.shouting else self.level + 2
        self.shouting = capitals or self.shouting
        self.lists.clear()
        self.out.heading(max(level, 2), words)
        return True


def _cells(row: str) -> list[str]:
    row = row.strip()
    row = row.removeprefix("|")
    if row.endswith("|") and not row.endswith("\\|"):
        row = row[:-1]
    return [plain_words(cell.replace("\\|", "/")) for cell in re.split(r"(?<!\\)\|", row)]
