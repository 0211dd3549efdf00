"""Sentences of a stored text, with the byte offsets at which they stand.

An answer quotes, so the splitter never rewrites: a sentence is a half-open byte range of the
stored text, and `text[start:end]` is what is shown and cited. It follows the normal form that
`hearth.documents` writes (blocks between blank lines, one paragraph per line, `#` headings, `- `
and `1. ` items, page breaks as a form feed of their own).

Where a full stop is in doubt (abbreviations, units, initials, open brackets) it does not split.
Two sentences shown as one cost a line; half a sentence shown as a whole one can cost a life.
"""

from __future__ import annotations

import re

from hearth.ask.words import among
from hearth.languages import ENGLISH, FRENCH, GERMAN, SPANISH

PROSE, ITEM, HEADING, ROW, PRE = "prose", "item", "heading", "row", "pre"

_ABBREVIATIONS = among(
    """mr mrs ms dr prof st jr sr rev gen col sgt capt lt maj dept gov hon vs viz cf al ca approx
    e.g i.e eg ie etc incl excl esp resp est max min. fig figs ref refs ed eds vol vols no
    nos pp para sec ch chap art inc ltd co corp bros jan feb mar apr jun jul aug sep sept
    oct nov dec mon tue tues wed thu thur thurs fri u.s u.k u.n a.m p.m a.k.a ph.d m.d r.n
    tel ext temp avg"""
)
_UNITS = among(
    """min mins hr hrs sec secs tsp tsps tbsp tbsps oz lb lbs ft in yd mi gal gals qt qts pt pts mg
    g kg ml cl l mm cm m km mph sq cu fl deg c f"""
)
# After a unit or an abbreviation that can also end a sentence, only these words begin a new one.
_STARTERS = among(
    """The Then If Do Don't After Before Let It This These Those That When While Use Never Always
    Keep Make Call Add Stir Wait You Your We They He She There Once Repeat In On At For To
    And But However Remove Place Boil Drink Give Check Follow Wash Cover Store Throw Discard
    Avoid Stop Turn Move Go Get Put Take Do A An As Some Most Not No"""
)
_ABROAD = {
    GERMAN: among(
        "bzw ca evtl ggf inkl max mind nr std usw z.b d.h u.a o.ä str tel abs hr fr bspw vgl"
    ),
    FRENCH: among("env ex p.ex mme mlle m mm no art av max min tél cf"),
    SPANISH: among("sr sra srta ud uds aprox pág p.ej ej núm máx mín tel art av dr dra"),
}
_NUMBERED = among("step no nos fig figure table chapter section part page rule item")
_ENDS = re.compile(r"[.!?…]+(?:[\"'”’)\]]|\s?»)*(?=\s)|[。！？]+[」』”’]?|[؟।]+(?=\s)")
_WORD_BEFORE = re.compile(r"([^\s(\[\"“‘']+)$")
_MARKER = re.compile(r"([ \t]*)([-*•–−]|\d{1,3}[.)]|[a-z][.)])[ \t]+(?=\S)")
_HEADING = re.compile(r"(#{1,6})[ \t]+")
_LONGEST_BRACKET = 400  # characters; a bracket open for longer was never closed


class Sentence:
    """One sentence of a stored text.

    `start`/`end` are byte offsets in the document's stored text, `text` the exact slice. `block`
    counts paragraphs, items and headings; `kind` is PROSE, ITEM, HEADING, ROW (of a table)
    or PRE (preformatted);
    `marker` is an item's own mark ("-", "3."), `depth` its indentation in characters or a
    heading's level. `intro` is the index of the line a list item or table row hangs on, or None.
    """

    __slots__ = ("block", "depth", "end", "first", "intro", "kind", "marker", "start", "text")

    def __init__(
        self, start: int, end: int, text: str, block: int, kind: str, marker: str, depth: int
    ) -> None:
        self.start = start
        self.end = end
        self.text = text
        self.block = block
        self.kind = kind
        self.marker = marker
        self.depth = depth
        self.first = False
        self.intro: int | None = None

    def __repr__(self) -> str:
        return f"Sentence({self.start}:{self.end} {self.kind} {self.text!r})"


def spans(line: str, language: str = ENGLISH) -> list[tuple[int, int]]:
    """Character ranges of the sentences in one paragraph.

    Ordered, disjoint, each without surrounding white space, together holding every character
    that is not white space.
    """
    found: list[tuple[int, int]] = []
    begin = 0
    for match in _ENDS.finditer(line):
        if match.start() < begin or not _is_end(line, begin, match, language):
            continue
        _append(found, line, begin, match.end())
        begin = match.end()
    _append(found, line, begin, len(line))
    return found


def _append(found: list[tuple[int, int]], line: str, begin: int, end: int) -> None:
    part = line[begin:end]
    stripped = part.strip()
    if stripped:
        start = begin + part.index(stripped[0])
        found.append((start, start + len(stripped)))


def _is_end(line: str, begin: int, match: re.Match[str], language: str) -> bool:
    mark = match.group()
    if mark[0] in "。！？؟।":
        return True
    rest = line[match.end() :].lstrip()
    if not rest:
        return True
    follower = rest[0]
    if follower.islower() or follower in ",;:)]":
        return False
    if _open_bracket(line[begin : match.end()]):
        return False
    if mark[0] != "." or (len(mark) > 1 and mark[1] == "."):
        return True
    before = line[begin : match.start()]
    return not (_abbreviated(before, rest) or _abbreviated_there(before, language))


def _abbreviated(before: str, rest: str) -> bool:
    """Whether the full stop after `before` belongs to an abbreviation or a number's label."""
    match = _WORD_BEFORE.search(before)
    if match is None:
        return False
    word = match.group(1)
    lower = word.lower()
    previous = before[: match.start()].split()
    starter = rest.split(None, 1)[0].rstrip(",.:!") in _STARTERS
    if lower in _UNITS and previous and previous[-1][-1:].isdigit():
        return not starter
    if re.fullmatch(r"\d+(?:\.\d+)?(?:min|hrs?|oz|lbs?|ft|mg|ml|tsp|tbsp|in)", lower):
        return not starter
    if lower in ("a.m", "p.m", "u.s", "u.k", "etc", "inc", "ltd", "co"):
        return not starter
    if lower == "no":
        return rest[0].isdigit()
    if lower in _ABBREVIATIONS:
        return True
    if len(word) == 1 and word.isalpha():
        return not starter
    if word.isdigit():
        return (bool(previous) and previous[-1].lower() in _NUMBERED) or not previous
    return False


def _abbreviated_there(before: str, language: str) -> bool:
    """The same for another language: its abbreviations, and numbers that count ("am 3. Tag")."""
    match = _WORD_BEFORE.search(before)
    if language == ENGLISH or match is None:
        return False
    word = match.group(1).lower()
    return word in _ABROAD[language] or (language == GERMAN and word.isdigit() and len(word) < 3)


def _open_bracket(part: str) -> bool:
    at = max(part.rfind("("), part.rfind("["))
    if at < 0 or len(part) - at > _LONGEST_BRACKET:
        return False
    return part.count("(") > part.count(")") or part.count("[") > part.count("]")


def split(text: str, offset: int = 0, language: str = ENGLISH) -> list[Sentence]:
    """Split a stored text, or a part of it that begins at a line, into sentences.

    `offset` is the part's byte offset in the document. Cost is linear in the text's length.
    """
    sentences: list[Sentence] = []
    block = 0
    position = offset  # bytes
    for line in text.split("\n"):
        size = len(line) if line.isascii() else len(line.encode("utf-8", "surrogatepass"))
        if line.strip():
            _split_line(sentences, line, position, block, language)
            block += 1
        position += size + 1
    _introduce(sentences)
    return sentences


def _split_line(
    sentences: list[Sentence], line: str, position: int, block: int, language: str
) -> None:
    kind, marker, depth, skip = PROSE, "", 0, 0
    if match := _HEADING.match(line):
        kind, depth, skip = HEADING, len(match.group(1)), match.end()
    elif match := _MARKER.match(line):
        kind, marker = ITEM, match.group(2)
        depth, skip = len(match.group(1)), match.end()
    elif line.startswith("| ") and line.endswith("|"):
        kind, skip = ROW, 2
        line = line[:-1]
    elif line.startswith("    "):
        kind = PRE
    if kind in (HEADING, ROW, PRE):
        ranges = [(skip + at, skip + end) for at, end in _whole(line[skip:])]
    else:
        ranges = [(skip + at, skip + end) for at, end in spans(line[skip:], language)]
    ascii_only = line.isascii()
    for number, (at, end) in enumerate(ranges):
        part = line[at:end]
        start = at if ascii_only else len(line[:at].encode("utf-8", "surrogatepass"))
        size = len(part) if ascii_only else len(part.encode("utf-8", "surrogatepass"))
        start += position
        one = Sentence(start, start + size, part, block, kind, marker, depth)
        one.first = number == 0
        sentences.append(one)


def _whole(line: str) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    _append(found, line, 0, len(line))
    return found


def _introduce(sentences: list[Sentence]) -> None:
    """Give every item and row the line it hangs on.

    An item hangs on the last sentence of the paragraph right before its list; a deeper item on
    the item above it that is less deep; a table's row on the table's first row.
    """
    lead: int | None = None  # the last prose sentence before the run of items or rows
    parents: list[tuple[int, int]] = []  # (depth, index) of items still open
    header: int | None = None
    for index, one in enumerate(sentences):
        if one.kind == ITEM:
            header = None
            if not one.first:
                one.intro = sentences[index - 1].intro
                continue
            while parents and parents[-1][0] >= one.depth:
                parents.pop()
            one.intro = parents[-1][1] if parents else lead
            parents.append((one.depth, index))
        elif one.kind == ROW:
            parents = []
            one.intro = header if header is not None else lead
            if header is None:
                header = index
        else:
            parents, header = [], None
            lead = index if one.kind == PROSE else None


def is_intro(text: str) -> bool:
    """Whether a line introduces what follows it."""
    return text.rstrip().endswith((":", "—", "–"))
