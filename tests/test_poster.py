"""hearth poster: one page, the cards word for word, a code that reads; and the PDF writer."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
from html import escape
from html.parser import HTMLParser
from pathlib import Path

import pypdfium2  # type: ignore[import-untyped]
import pytest
from hypothesis import given, strategies as st
from program import Hearth

from hearth import guide
from hearth.poster import content, paper, web
from hearth.poster.content import HELP, Block, Invitation, Poster, Section, Shown
from hearth.store.errors import NotFoundError, UsageError
from hearth.sync.carriers import pdf
from hearth.sync.carriers.sheets import matrix

QUICK = True
TICKET = "HEARTH1" + "Q8Z0PX" * 49
LATIN = "".join(chr(code) for code in range(32, 256) if chr(code).isprintable()) + "€„“”’–—…•Œœ™"


def poster(
    *cards: str, invited: bool = False, where: tuple[str, ...] = ("Mill Lane 12",)
) -> Poster:
    invitation = Invitation(TICKET, "Mill Lane", "Saturday, 12 December 2026, 15:20", 10)
    return Poster(
        "Mill Lane: our hearth", "Mill Lane", where, ("192.168.1.7:7411",),
        invitation if invited else None, tuple(content.choose(cards)), "2026-11-28",
    )  # fmt: skip


def text_of(data: bytes) -> str:
    """All text of a PDF of one page, lines put together."""
    document = pypdfium2.PdfDocument(data)
    assert len(document) == 1
    text = document[0].get_textpage().get_text_range()
    return squeezed(text)


def squeezed(text: str) -> str:
    return " ".join(re.sub("[\r\n\ufffe•]+", " ", text).split())


# the cards


@pytest.mark.parametrize("invited", [False, True])
def test_the_usual_cards_are_there_word_for_word(invited: bool) -> None:
    page = poster(invited=invited)
    said = text_of(paper.draw(page))
    for card in page.cards:
        source = guide.parse(card.slug, (guide.folder() / f"{card.slug}.md").read_text("utf-8"))
        whole = squeezed(source.text)
        assert card.title in said
        for section in card.sections:
            assert section.title in said
            for block in section.blocks:
                assert squeezed(block.text) in said
                assert squeezed(block.text) in whole
        for line in card.sources:
            assert squeezed(content.source(line)) in said
        for title in card.left:
            assert title in said, "what is not shown is named"
    assert ("UNTIL Saturday, 12 December 2026, 15:20" in said) == invited
    assert "Mill Lane 12" in said
    assert "192.168.1.7:7411" in said


@pytest.mark.parametrize("card", guide.cards(), ids=lambda card: card.slug)
def test_every_card_is_taken_apart_without_a_loss(card: guide.Card) -> None:
    shown = content.show(card)
    pieces = [f"# {shown.title}"]
    for section in shown.sections:
        pieces += [f"## {section.title}"] * bool(section.title)
        pieces += [f"{block.mark} {block.text}".strip() for block in section.blocks]
    assert squeezed(" ".join(pieces)) == squeezed(card.text)
    assert shown.sections[-1].title == HELP


@pytest.mark.parametrize("card", guide.cards(), ids=lambda card: card.slug)
def test_what_may_be_left_out_is_never_the_beginning_nor_when_to_get_help(
    card: guide.Card,
) -> None:
    shown = content.show(card)
    first, last = shown.sections[0], shown.sections[-1]
    if card.slug in content.DEFAULT:
        assert shown.may_go == [*content.DEFAULT[card.slug]]
    while shown.drop():
        pass
    assert (shown.sections[0], shown.sections[-1]) == (first, last)


def test_where_there_is_room_nothing_is_left_out() -> None:
    page = poster("stroke", "burns")
    assert text_of(paper.draw(page))
    assert not any(card.left for card in page.cards)


@pytest.mark.parametrize("at", range(0, 102, 4))
def test_any_four_cards_fit(at: int) -> None:
    slugs = [card.slug for card in guide.cards()][at : at + 4]
    page = poster(*slugs, invited=True, where=("Mill Lane 12, side door", "daily 16 to 18"))
    said = text_of(paper.draw(page))
    assert all(card.title in said for card in page.cards)


def test_cards_that_are_not_there() -> None:
    with pytest.raises(NotFoundError) as raised:
        content.choose(["burn"])
    assert "burns" in raised.value.hints[0]
    with pytest.raises(UsageError):
        content.choose(["burns", "stroke", "shock", "choking", "flood"])
    assert len(content.choose(["burns", "burns"])) == 1


def test_only_the_address_of_a_source_is_left_out() -> None:
    assert content.source("NHS, Burns, 2020, https://nhs.uk/a?b=c,d") == "NHS, Burns, 2020"
    assert content.source("FEMA, Water, 2004, FEMA.pdf p. 3") == "FEMA, Water, 2004, FEMA.pdf p. 3"


# HTML


class Text(HTMLParser):
    """The text of a page, and whatever it would load."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.loads: list[str] = []

    def handle_data(self, data: str) -> None:
        self.parts.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.loads += [str(value) for name, value in attrs if name in ("src", "href")]


def test_the_page_for_browsers_says_the_same_and_loads_nothing() -> None:
    page = poster(invited=True, where=('<b>"Mill" & Lane</b>',))
    reader = Text()
    reader.feed(web.write(page))
    said = squeezed(" ".join(reader.parts))
    for card in page.cards:
        for section in card.sections:
            assert all(squeezed(block.text) in said for block in section.blocks)
    assert '<b>"Mill" & Lane</b>' in said
    assert not reader.loads


def test_the_page_for_browsers_has_no_mark_that_is_not_ours() -> None:
    evil = "<i a=\"1\" b='2'>&amp;"
    blocks = tuple(Block(mark, evil) for mark in ("", "-", "-", "1.", "2."))
    card = Shown(evil, "card", [Section(evil, blocks)], (evil,), evil, [], [evil])
    invitation = Invitation(TICKET, evil, evil, 1)
    invited = Poster(evil, evil, (evil,), (evil,), invitation, (card,), evil)
    for page, times in ((invited, 17), (invited._replace(invitation=None), 16)):
        said = web.write(page)
        assert said.count(escape(evil)) == times
        assert "<i " not in said
        assert (said.count("<ul>"), said.count("</ul>"), said.count("</ol>")) == (1, 1, times - 15)
    assert "For one person" in web.write(invited)
    assert 'class="blank"' not in web.write(invited)
    assert web.write(invited._replace(where=())).count('class="blank"') == 2


def test_the_code_of_the_page_for_browsers_has_all_dots() -> None:
    dots = matrix("HELLO")
    assert web.svg("HELLO").count("h1v1h-1z") == sum(map(sum, dots))


# the code


def test_the_code_on_paper_reads() -> None:
    zxingcpp = pytest.importorskip("zxingcpp", reason="the extra qr is not installed")
    pytest.importorskip("PIL.Image", reason="the extra qr is not installed")
    document = pypdfium2.PdfDocument(paper.draw(poster(invited=True)))
    image = document[0].render(scale=150 / 72, grayscale=True).to_pil()
    found = zxingcpp.read_barcodes(image)
    assert [each.text for each in found] == [TICKET]


# the PDF writer


def test_another_reader_takes_the_pdf_without_a_word(tmp_path: Path) -> None:
    if shutil.which("pdftotext") is None:
        pytest.skip("no pdftotext here")
    (tmp_path / "p.pdf").write_bytes(paper.draw(poster(invited=True)))
    done = subprocess.run(
        ["pdftotext", tmp_path / "p.pdf", "-"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "Severe bleeding" in done.stdout


def test_the_widths_are_those_of_the_font() -> None:
    """Beside pdfium's own Helvetica, in which four signs are wider than Adobe's."""
    for bold in (False, True):
        page = pdf.Page()
        signs = [
            each for each in LATIN if each.strip() and each not in "|«»@€" and not pdf.lacking(each)
        ]
        for at, sign in enumerate(signs):
            page.text(20, 820 - at * 3.5, sign + "|", 3, bold=bold)
        document = pypdfium2.PdfDocument(pdf.document([page]))
        text = document[0].get_textpage()
        bars = [at for at in range(text.count_chars()) if text.get_text_range(at, 1) == "|"]
        offset = text.get_charbox(bars[0], loose=True)[0] - 20 - pdf.width(signs[0], 3, bold=bold)
        wrong = [
            sign
            for sign, at in zip(signs, bars, strict=False)
            if abs(
                text.get_charbox(at, loose=True)[0] - 20 - pdf.width(sign, 3, bold=bold) - offset
            )
            > 0.05
        ]
        assert not wrong


@given(st.text(st.characters(codec="cp1252"), max_size=300), st.floats(20, 300))
def test_lines_are_no_wider_than_they_may_be_and_lose_nothing(text: str, room: float) -> None:
    lines = pdf.wrap(text, room, 9)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(pdf.width(line, 9) <= room or len(line) == 1 for line in lines)


@given(st.text(max_size=60))
def test_any_text_gives_a_pdf(text: str) -> None:
    page = pdf.Page()
    page.text(20, 700, text, 9)
    document = pypdfium2.PdfDocument(io.BytesIO(pdf.document([page, page], text[:20])))
    assert len(document) == 2


def test_what_cannot_be_printed_is_known() -> None:
    assert pdf.lacking("Größe – “a” 10 °C €") == ""
    assert pdf.lacking("Млин ₂") == "Млин₂"


# the verb


def test_a_poster_says_where_serve_listens_and_invites_only_once_all_is_well(
    hearth: Hearth,
) -> None:
    hearth("init", "--name", "ada")
    hearth("community", "create", "Mill Lane")
    wrong = hearth("poster", "--invite", "--cards", "nothing")
    assert wrong.code == 4
    long = hearth("poster", "--invite", *(["--where", "W" * 120] * 4), "--out", "no/p.pdf")
    assert long.code == 2
    assert hearth("invite", "list").out == "", "nobody was invited by what failed"
    run = hearth("poster", "--invite", "--uses", "3", "--where", "Mill Lane 12", "--out", "p.pdf")
    assert run.code == 0, run
    assert "whoever sees it can join" in run.err
    said = text_of((hearth.home / "p.pdf").read_bytes())
    assert "For 3 people, UNTIL" in said
    assert "3 of 3" in hearth("invite", "list").out


def test_to_standard_output(hearth: Hearth) -> None:
    run = hearth("poster", "--out", "-")
    assert run.code == 0
    assert "Making water safe to drink" in text_of(run.stdout)
