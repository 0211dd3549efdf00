"""The guide's cards against the table of figures, and the table against its sources.

`docs/guide-figures.md` names for every number in a card two places that say the same. Nothing
here goes to the network: of an address only its form is held, of a PDF in the test data the page
itself. A quotation is compared with the page word by word, after hyphens, quotation marks,
ligatures and white space are made equal, because readers of PDF differ in these and in nothing
that matters.
"""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
from program import ROOT

from hearth import guide

MERGED = ROOT / "docs" / "guide-figures.md"
PARTS = ROOT / "docs" / "guide-figures"
HEADER = ("card", "figure", "locator 1", "quotation 1", "locator 2", "quotation 2")
MOST_WORDS_QUOTED = 20
FEWEST_WORDS, MOST_WORDS = 100, 450
PDF = re.compile(r"([\w.-]+\.pdf) p\. ([1-9]\d*)")
ADDRESS = re.compile(r"https?://[\w.-]+\.[a-z]{2,}(?::\d+)?(?:/\S*)?", re.IGNORECASE)
MARKER = re.compile(r"^[ \t]*\d+[.)](?=[ \t])", re.MULTILINE)


class Row(NamedTuple):
    """One figure of one card, and the two places that say the same."""

    card: str
    figure: str
    locators: tuple[str, str]
    quotations: tuple[str, str]

    def __str__(self) -> str:
        return f"{self.card}: {self.figure!r}"


def tables() -> list[Path]:
    """The merged table, or the parts as long as there is none."""
    return [MERGED] if MERGED.exists() else sorted(PARTS.glob("part*.md"))


def cells(line: str) -> tuple[str, ...]:
    r"""The cells of a table line; `\|` is a bar inside a cell."""
    inner = line.strip().removeprefix("|").removesuffix("|")
    return tuple(cell.strip().replace(r"\|", "|") for cell in re.split(r"(?<!\\)\|", inner))


def parse(text: str) -> Iterator[Row]:
    """The rows of every table in `text`; a line that is no row of six cells is an error."""
    for number, line in enumerate(text.splitlines(), 1):
        if not line.startswith("|"):
            continue
        found = cells(line)
        if found == HEADER or all(set(cell) <= set(":-") for cell in found):
            continue
        if len(found) != len(HEADER):
            raise ValueError(f"line {number} has {len(found)} cells: {line}")
        card, figure, *rest = found
        yield Row(card, figure, (rest[0], rest[2]), (rest[1], rest[3]))


@cache
def rows() -> tuple[Row, ...]:
    return tuple(row for path in tables() for row in parse(path.read_text(encoding="utf-8")))


@cache
def bodies() -> dict[str, str]:
    """What a card says, by slug: the file without its front matter."""
    found = {}
    for path in map(Path, guide.paths()):
        found[path.stem] = path.read_text(encoding="utf-8").split("\n---\n", 1)[1]
    return found


def uncovered(body: str, figures: Sequence[str]) -> list[str]:
    """The lines of `body` with a number that lies inside no figure, list markers apart."""
    covered = bytearray(len(body))
    for figure in figures:
        for match in re.finditer(re.escape(figure), body):
            covered[match.start() : match.end()] = b"\1" * len(match.group())
    for match in MARKER.finditer(body):
        covered[match.start() : match.end()] = b"\1" * len(match.group())
    bare = [m.start() for m in re.finditer(r"\d+", body) if not all(covered[m.start() : m.end()])]
    lines = (body[body.rfind("\n", 0, at) + 1 :].split("\n", 1)[0] for at in bare)
    return list(dict.fromkeys(lines))


def words(text: str) -> list[str]:
    """The words of `text` in one spelling of hyphens, quotation marks, ligatures and spaces."""
    plain = unicodedata.normalize("NFKC", text)
    plain = re.sub("[\u2010-\u2015\u2212\u2043\ufffe]", "-", plain).replace("\u00ad", "")
    plain = re.sub("[\u2018\u2019\u201a\u201b]", "'", plain)
    plain = re.sub("[\u201c\u201d\u201e\u201f]", '"', plain)
    plain = re.sub(r"(?<=\w)-[ \t]*\r?\n\s*(?=[a-z])", "-", plain)  # hyphenated at a line's end
    plain = re.sub(r"(?<=\d)[o\u00b0]\s*(?=F\b)", "\u00b0", plain)  # a raised o for degrees
    return plain.replace("\ufeff", "").split()


def contains(page: Sequence[str], quotation: Sequence[str]) -> bool:
    """Whether the words of `quotation` stand in a row on the page, punctuation around apart."""
    sought = re.escape(" ".join(quotation))
    return re.search(rf"(?<!\w){sought}(?!\w)", " ".join(page)) is not None


def page_words(path: Path, number: int) -> list[str] | None:
    """The words of page `number` (from 1), or None when the document has no such page."""
    import pypdfium2  # type: ignore[import-untyped]

    document = pypdfium2.PdfDocument(path)
    try:
        if number > len(document):
            return None
        text: str = document[number - 1].get_textpage().get_text_bounded()
        return words(text)
    finally:
        document.close()


def test_there_is_one_table_with_rows() -> None:
    assert tables(), "neither docs/guide-figures.md nor its parts"
    assert len(rows()) > 100
    assert not (MERGED.exists() and PARTS.exists()), "the parts are merged: remove them"


def test_every_row_belongs_to_a_card_and_stands_once() -> None:
    assert not [str(row) for row in rows() if row.card not in bodies()]
    named = [(row.card, row.figure) for row in rows()]
    assert not [one for one in named if named.count(one) > 1]


def test_every_figure_is_a_substring_of_its_card() -> None:
    assert not [str(row) for row in rows() if row.figure not in bodies().get(row.card, "")]
    assert not [str(row) for row in rows() if not re.search(r"\w", row.figure)]


def test_every_number_in_a_card_has_a_row() -> None:
    missing = []
    for slug, body in bodies().items():
        figures = [row.figure for row in rows() if row.card == slug]
        missing += [f"{slug}: {line}" for line in uncovered(body, figures)]
    assert not missing, "\n".join(missing)


def test_every_row_has_two_different_locators_of_a_known_form() -> None:
    wrong = []
    for row in rows():
        first, second = row.locators
        if first.rstrip("/").casefold() == second.rstrip("/").casefold():
            wrong.append(f"{row}: the same place twice")
        wrong += [
            f"{row}: {one}"
            for one in row.locators
            if not (PDF.fullmatch(one) or ADDRESS.fullmatch(one))
        ]
    assert not wrong, "\n".join(wrong)


def test_quotations_are_short_and_present() -> None:
    long = []
    for row in rows():
        for quotation in row.quotations:
            if not 1 <= len(quotation.split()) <= MOST_WORDS_QUOTED:
                long.append(f"{row}: {quotation}")
    assert not long, "\n".join(long)


def test_quotations_from_a_document_stand_on_the_page_named(test_data: Path) -> None:
    folder = test_data / "corpora" / "us-gov-pdf"
    pages: dict[str, list[str] | None] = {}
    wrong = []
    for row in rows():
        for locator, quotation in zip(row.locators, row.quotations, strict=True):
            match = PDF.fullmatch(locator)
            if match is None:
                continue
            path = folder / match[1]
            if locator not in pages:
                pages[locator] = page_words(path, int(match[2])) if path.is_file() else None
            page = pages[locator]
            if page is None or not contains(page, words(quotation)):
                wrong.append(f"{row}: {locator}: {quotation}")
    assert pages, "no row names a document"
    assert not wrong, "\n".join(wrong)


def test_front_matter_is_complete() -> None:
    wrong = []
    for card in guide.cards():
        if not (card.title and card.topic):
            wrong.append(f"{card.slug}: title or topic is missing")
        if len(card.keywords) < 3:
            wrong.append(f"{card.slug}: fewer than three keywords")
        if len(card.sources) < (1 if card.topic == "hearth" else 2):  # its own manual is one
            wrong.append(f"{card.slug}: too few sources")
        wrong += [f"{card.slug}: {line}" for line in card.sources if line.count(", ") < 3]
        if len(set(card.sources)) < len(card.sources):
            wrong.append(f"{card.slug}: a source twice")
        try:
            datetime.date.fromisoformat(card.reviewed)
        except ValueError:
            wrong.append(f"{card.slug}: reviewed {card.reviewed!r}")
    assert not wrong, "\n".join(wrong)


def test_every_card_says_when_to_get_help_and_is_short() -> None:
    wrong = []
    for slug, body in bodies().items():
        if not re.search(r"^## When to get help$", body, re.MULTILINE):
            wrong.append(f"{slug}: no section on when to get help")
        said = MARKER.sub("", body).split()
        count = sum(1 for word in said if re.search(r"\w", word))
        if not FEWEST_WORDS <= count <= MOST_WORDS:
            wrong.append(f"{slug}: {count} words")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("body", "figures", "expected"),
    [
        ("Boil for 1 minute.", ["1 minute"], []),
        ("Boil for 1 minute.", [], ["Boil for 1 minute."]),
        ("Wait 10 minutes.", ["0 minutes"], ["Wait 10 minutes."]),
        ("1. Wait.\n2. Go.", [], []),
        ("Wait.\n2. Go after 3 minutes.", ["2"], ["2. Go after 3 minutes."]),
    ],
)
def test_numbers_without_a_row_are_noticed(
    body: str, figures: list[str], expected: list[str]
) -> None:
    assert uncovered(body, figures) == expected


def test_words_are_compared_and_not_their_typesetting() -> None:
    page = words("Re\ufb01ll the hot\u2010\nwater tank \u2013 don\u2019t  wait.")
    assert contains(page, words("Refill the hot-water tank - don't wait"))
    assert not contains(page, words("Refill the water tank"))


def test_a_line_that_is_no_row_is_refused() -> None:
    with pytest.raises(ValueError, match="3 cells"):
        list(parse("| card | figure | locator |"))
    (row,) = parse(r"| a | 1 cup | https://example.org | x \| y | B.pdf p. 2 | z |")
    assert row.quotations == ("x | y", "z")
