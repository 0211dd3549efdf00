"""The text normal form and the passages of a text."""

from __future__ import annotations

import json
import re
from pathlib import Path

import generator
import pytest
from hypothesis import given, strategies as st

from hearth.documents.errors import DocumentError
from hearth.documents.extraction import extract
from hearth.documents.media import Media
from hearth.documents.normal import TextBuilder, TextTooLarge, lines, one_line, tidy, title_of
from hearth.documents.passages import LIMIT, TARGET, passages

_LINE = re.compile(r"\f|#{1,6} \S.*|(?:  )*(?:-|\d{1,9}\.) \S.*|\| .* \||    .*\S|\S.*")


def is_normal(text: str) -> bool:
    """Whether a text is in the form that docs/corpora.md states."""
    if text == "":
        return True
    if not text.endswith("\n") or text.endswith("\n\n") or text != tidy(text):
        return False
    return "\n\n\n" not in text and all(
        _LINE.fullmatch(row) for row in text[:-1].split("\n") if row
    )


def test_every_kind_of_block() -> None:
    builder = TextBuilder()
    builder.heading(9, "Deep  heading")
    builder.paragraph("one\ntwo")
    builder.item("a")
    builder.item("b", depth=1)
    builder.item("c", number=3)
    builder.page_break()
    builder.row(["x", "", "a|b"])
    builder.row(["", ""])
    builder.preformatted("  code\n\n\tmore")
    assert builder.text() == (
        "###### Deep heading\n\none two\n\n- a\n  - b\n3. c\n\n\f\n\n| x |  | a/b |\n\n"
        "      code\n\n        more\n"
    )


def test_a_paragraph_never_becomes_a_heading_or_a_row() -> None:
    builder = TextBuilder()
    builder.paragraph("# not a heading")
    builder.paragraph("| not | a row |")
    assert [line.kind for line in lines(builder.text())] == ["paragraph", "paragraph"]


def test_nothing_but_page_breaks_is_no_text() -> None:
    builder = TextBuilder()
    builder.page_break()
    builder.page_break()
    assert builder.text() == ""


def test_page_breaks_after_the_last_words_are_dropped() -> None:
    builder = TextBuilder()
    builder.paragraph("a")
    builder.page_break()
    assert builder.text() == "a\n"


def test_the_limit_is_met_at_its_size() -> None:
    for size, fits in ((98, True), (99, False)):
        builder = TextBuilder(100)
        if fits:
            builder.paragraph("x" * size)
        else:
            with pytest.raises(TextTooLarge):
                builder.paragraph("x" * size)


@pytest.mark.parametrize(
    ("dirty", "clean"),
    [
        ("a\x1b[31mb", "a[31mb"),
        ("a\u202eb\u2066c\u200bd\ufeffe\xad", "abcde"),
        ("e\u0301", "é"),
        ("ﬁre", "fire"),
        ("a" + "\u0301" * 500, "á" + "\u0301" * 7),
        ("a\ud800b", "a\ufffdb"),
        ("a\x85b", "a b"),
        ("tag\U000e0041", "tag"),
    ],
)
def test_what_cannot_be_seen_goes(dirty: str, clean: str) -> None:
    assert one_line(dirty) == clean


TOKENS = """
< ! [ ] > -- DOCTYPE CDATA <![foo[x]]> <!ELEMENT <?xml ?> </ /> <p> </p> <table> <tr> <td>
</table> <li> <ul> </ul> <dl> <dt> <dd> </dl> <h1> </h1> <pre> </pre> <title> </title> <script>
</script> <nav> </nav> word &amp; &#x41; &#99999999999; ' " = <a_href= <br> <div_hidden> </div>
** _ ` *_ #_ |_ |-| 1._ >_ --- === ``` \\ [x](y) ![ <!-- --> \u202e \ufb01
"""
SOUP = st.lists(
    st.sampled_from(
        [*(token.replace("_", " ") for token in TOKENS.split()), "\n", "\n\n", "\f", "    ", "\t"]
    ),
    max_size=40,
).map("".join)


@given(st.text(max_size=300) | SOUP, st.sampled_from([Media.PLAIN, Media.MARKDOWN, Media.HTML]))
def test_any_text_becomes_the_normal_form(source: str, media: Media) -> None:
    try:
        text = extract(source.encode("utf-8", "surrogatepass"), media, "x.md").text
    except DocumentError:  # a typed refusal is as good as a text
        return
    assert is_normal(text)
    for line in lines(text):
        written = text.encode()[line.start : line.end].decode()
        assert (written == "\f") if line.kind == "page" else line.words.strip() in written


@given(
    st.lists(
        st.sampled_from(
            ["# A", "## B", "### C", "\f", "- item one", "  - deeper", "| a | b |", "    code"]
            + ["word " * n + "end." for n in (1, 20, 90, 300)]
            + ["Ünïcödé sentence. " * 40 + "x"]
        ),
        max_size=30,
    )
)
def test_passages_are_exact_slices_and_keep_the_rules(blocks: list[str]) -> None:
    text = "\n\n".join(blocks) + "\n"
    data = text.encode()
    end = 0
    for number, passage in enumerate(passages(text)):
        assert passage.ordinal == number
        assert data[passage.start : passage.end].decode() == passage.text
        assert passage.start >= end
        assert "\f" not in passage.text
        assert passage.text == passage.text.strip("\n")
        assert len(passage.text.split()) <= LIMIT + TARGET
        if "\f" in text:
            assert passage.page == 1 + data[: passage.start].count(b"\f")
        end = passage.end
    covered = b"".join(data[p.start : p.end] for p in passages(text))
    for line in lines(text):
        if line.kind not in ("heading", "page"):
            assert data[line.start : min(line.end, line.start + 10)] in covered


def test_heading_path_leaves_the_title_out() -> None:
    text = "# Title\n\n## A\n\none\n\n### B\n\ntwo\n\n## C\n\nthree\n"
    assert title_of(text) == "Title"
    assert [p.heading for p in passages(text)] == ["A", "A › B", "C"]


def test_two_first_level_headings_are_no_title() -> None:
    text = "# One\n\na\n\n# Two\n\nb\n"
    assert title_of(text) is None
    assert [p.heading for p in passages(text)] == ["One", "Two"]


def test_a_list_stays_with_its_introduction() -> None:
    filler = "word " * 150
    items = "\n".join(f"- item {n} of the list" for n in range(12))
    text = f"{filler}end.\n\nTake these:\n\n{items}\n"
    found = [p.text for p in passages(text)]
    assert found[1].startswith("Take these:")
    assert "item 11" in found[1]


def test_long_paragraphs_are_cut_at_sentence_ends() -> None:
    text = "This is a sentence of eight words, really. " * 100
    for passage in passages(text.strip() + "\n"):
        assert passage.text.endswith("really.")
        assert passage.text.startswith("This")


def test_a_text_of_headings_alone_can_be_found() -> None:
    found = list(passages("## A\n\n## B\n"))
    assert [(p.heading, p.text) for p in found] == [("", "## A\n\n## B")]


@pytest.mark.parametrize("gap", [" ", "  ", "\t", "\u00a0", "\u2003", " \u3000 "])
def test_a_long_paragraph_is_cut_at_whatever_white_space_a_foreign_text_has(gap: str) -> None:
    """A neighbour's text is indexed as it is; whoever made it need not keep to the normal form."""
    first, second = "word " * 150 + "end.", "Étage " + "mot " * 150 + "finé"
    third = "漢" * 300 + "。" + "水が。" * 120
    text = f"{first}{gap}1 {second}\n\n{third}\n"
    found = list(passages(text))
    assert [each.text for each in found[:2]] == [first, f"1 {second}"]
    data = text.encode()
    assert [data[each.start : each.end].decode() for each in found] == [each.text for each in found]
    assert "".join(each.text for each in found[2:]) == third


def test_the_vectors_of_passages() -> None:
    """After a change of the rules: `python tests/vectors/generate_passages.py`; who has cited a
    passage by its number may then have another."""
    committed = Path(__file__).parent / "vectors" / "passages.json"
    assert (
        json.loads(committed.read_text(encoding="ascii"))
        == generator.script("generate_passages").vectors()
    )
