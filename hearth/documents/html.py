"""HTML to the text normal form, with the standard library's tokenizer.

Nothing is fetched, nothing runs, no entity is defined by the document: `html.parser` knows only
HTML's own character references. Scripts, styles, navigation, forms and hidden elements give
nothing; tags that nobody closed are closed by what follows, as browsers do.
"""

from __future__ import annotations

import re
from html import escape
from html.parser import HTMLParser

from hearth.documents.normal import TextBuilder, one_line


def _names(words: str) -> frozenset[str]:
    return frozenset(words.split())


# Elements whose whole content is not the document's own words.
_SILENT = _names(
    "script style nav noscript template svg math iframe object applet canvas select option button "
    "textarea datalist footer dialog menu audio video map frameset"
)
_VOID = _names("area base br col embed hr img input link meta param source track wbr")
_BLOCK = _names(
    "p div section article main header aside address blockquote figure figcaption center details "
    "summary fieldset form legend hgroup body html dl ul ol caption thead tbody tfoot"
)
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.S)
_DOCTYPE = re.compile(r"<!DOCTYPE[^<>\[]*+(?:\[[^\]]*+\])?[^<>]*+>", re.I)
_CDATA = re.compile(r"<!\[CDATA\[(.*?)(?:\]\]>|\Z)", re.S)
_DECLARATION = re.compile(r"<![^<>]*+>")
_TAG = re.compile(
    r"<(?:[a-zA-Z/?](?:[^<>\"']|\"[^\"]{0,20000}\"|'[^']{0,20000}'|[\"'](?=[^\"'<>]*>))*+>)?"
)
_LONG_CELL = 400  # characters; a table with a longer cell was made for layout


def parse(source: str, builder: TextBuilder) -> str | None:
    """Write the HTML `source` into `builder`; return the words of `<title>`, if any."""
    reader = _Reader(builder)
    reader.feed(_close_off(source))
    reader.close()
    reader.finish()
    return one_line(reader.title) or None


def _close_off(source: str) -> str:
    """Take out comments and declarations, and spell out every `<` that begins no whole tag.

    html.parser looks for the end of an unclosed comment or tag again and again, to the end of
    the input (a page of nothing but `<a ` would keep it busy for hours), and fails on declarations
    that it does not know.
    """
    if "<!" in source:
        source = _COMMENT.sub(" ", source)
        if "<![CDATA[" in source:
            source = _CDATA.sub(lambda match: escape(match[1], quote=False), source)
        source = _DECLARATION.sub(" ", _DOCTYPE.sub(" ", source, count=1))
    return _TAG.sub(lambda match: match[0] if len(match[0]) > 1 else "&lt;", source)


class _Table:
    """Rows of cells, each cell a list of pieces (what would have been blocks)."""

    def __init__(self) -> None:
        self.rows: list[list[list[str]]] = []

    def write(self, out: TextBuilder) -> None:
        cells = [cell for row in self.rows for cell in row]
        width = max((len(row) for row in self.rows), default=0)
        if width <= 1 or any(sum(map(len, cell)) > _LONG_CELL for cell in cells):
            for cell in cells:
                for piece in cell:
                    out.paragraph(piece)
            return
        out.end_block()
        for row in self.rows:
            out.row(["; ".join(cell) for cell in row])
        out.end_block()


class _Reader(HTMLParser):
    """Turns tags into blocks; `buffer` holds the words of the block that is open."""

    def __init__(self, out: TextBuilder) -> None:
        super().__init__(convert_charrefs=True)
        self.out = out
        self.title = ""
        self.buffer: list[str] = []
        self.silent: list[str] = []  # open elements from the outermost silent one inwards
        self.in_title = self.in_term = False
        self.pre = 0
        self.heading: int | None = None
        self.lists: list[int | None] = []  # next number of each open list, None for bullets
        self.item: tuple[int, int | None] | None = None
        self.term = ""
        self.tables: list[_Table] = []
        self.breaks = 0

    # tokens

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self.silent:
            if tag not in _VOID and len(self.silent) < 1000:
                self.silent.append(tag)
            return
        if tag in _SILENT or (tag not in _VOID and _hidden(attrs)):
            if tag in _BLOCK:
                self._flush()
            self.silent.append(tag)
        elif tag == "title" and not self.title:
            self.in_title = True
        elif tag in _HEADINGS:
            self._flush()
            self.heading = _HEADINGS[tag]
        elif tag in ("ul", "ol"):
            self._flush()
            self.lists.append(_start(attrs) if tag == "ol" else None)
        elif tag == "br":
            self._break()
        elif tag == "hr":
            self._flush()
        elif tag == "pre":
            self._flush()
            self.pre += 1
        else:
            self._structure(tag)

    def _structure(self, tag: str) -> None:
        if tag == "li":
            self._flush()
            self._item()
        elif tag in ("dt", "dd"):
            if self.in_term:
                self._end_term()
            else:
                self._flush()
            self.in_term = tag == "dt"
            self.item = (len(self.lists), None)
        elif tag == "table":
            self._flush()
            self.tables.append(_Table())
        elif tag == "tr" and self.tables:
            self._flush()
            self.tables[-1].rows.append([])
        elif tag in ("td", "th") and self.tables:
            self._flush()
            if not self.tables[-1].rows:
                self.tables[-1].rows.append([])
            self.tables[-1].rows[-1].append([])
        elif tag in _BLOCK:
            self._flush(keep_item=True)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID and tag not in ("p", "div"):
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.silent:
            if tag in self.silent:
                while self.silent.pop() != tag:
                    pass
            elif tag in ("body", "html"):
                self.silent.clear()
            return
        if tag == "title":
            self.in_title = False
        elif tag in _HEADINGS:
            self._flush()
            self.heading = None
        elif tag in ("ul", "ol"):
            self._flush()
            if self.lists:
                self.lists.pop()
            if not self.lists:
                self.out.end_block()
        elif tag == "pre":
            self._flush()
            self.pre = max(self.pre - 1, 0)
        elif tag == "dt" and self.in_term:
            self._end_term()
        elif tag == "table":
            self._end_table()
        elif tag in ("li", "dd", "tr", "td", "th") or tag in _BLOCK:
            self._flush(keep_item=tag not in ("li", "dd"))

    def handle_data(self, data: str) -> None:
        if self.in_title:
            if len(self.title) < 1000:
                self.title += data
        elif not self.silent:
            self.buffer.append(data)
            if self.breaks and not data.isspace():
                self.breaks = 0

    # blocks

    def _item(self) -> None:
        depth = max(len(self.lists) - 1, 0)
        number = self.lists[-1] if self.lists else None
        if number is not None:
            self.lists[-1] = number + 1
        self.item = (depth, number)

    def _break(self) -> None:
        self.breaks += 1
        if self.pre:
            self.buffer.append("\n")
        elif self.breaks == 2:
            self._flush(keep_item=True)
        else:
            self.buffer.append(" ")

    def _end_term(self) -> None:
        self.term = one_line("".join(self.buffer)).rstrip(":")
        self.buffer = []
        self.in_term = False

    def _end_table(self) -> None:
        self._flush()
        if not self.tables:
            return
        table = self.tables.pop()
        if not self.tables:
            table.write(self.out)
            return
        around = self._cell()  # a table inside a cell: its words belong to that cell
        for row in table.rows:
            for cell in row:
                around += cell  # at once: of tables nested deeply each hands on all that are inside

    def _cell(self) -> list[str]:
        """The cell that is open in the innermost table."""
        rows = self.tables[-1].rows
        if not rows:
            rows.append([])
        if not rows[-1]:
            rows[-1].append([])
        return rows[-1][-1]

    def _flush(self, *, keep_item: bool = False) -> None:
        """End the open block. An item that has no words yet waits for them."""
        raw, self.buffer, self.breaks = "".join(self.buffer), [], 0
        if self.pre and not self.tables and raw.strip():
            self.out.end_block()
            self.out.preformatted(raw.strip("\n"))
            return
        words = one_line(raw)
        if not words:
            if not keep_item:
                self.item = None
            return
        if self.term:
            words, self.term = f"{self.term}: {words}", ""
        if self.tables:
            self._cell().append(words)
        elif self.heading is not None:
            self.out.heading(self.heading, words)
        elif self.item is not None:
            self.out.item(words, *self.item)
        else:
            self.out.paragraph(words)
        self.item = None

    def finish(self) -> None:
        """Write what is still open at the end."""
        while self.tables:
            self._end_table()
        self._flush()
        self.out.paragraph(self.term)


def _hidden(attrs: list[tuple[str, str | None]]) -> bool:
    for name, value in attrs:
        if name == "hidden" or (name == "aria-hidden" and value == "true"):
            return True
        if name == "role" and value in ("navigation", "search", "menu"):
            return True
        if name == "style" and value and "display:none" in value.replace(" ", "").lower():
            return True
    return False


def _start(attrs: list[tuple[str, str | None]]) -> int:
    for name, value in attrs:
        if name == "start" and value and value.strip().isdecimal() and len(value) < 10:
            return int(value)
    return 1
