"""Markdown, plain text and HTML become the text normal form."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from hearth.documents.errors import BinaryError, DamagedError, NoTextError, TooLargeError
from hearth.documents.extraction import extract
from hearth.documents.media import Media


def of(source: str | bytes, media: Media = Media.MARKDOWN) -> str:
    """The text of a source."""
    data = source.encode() if isinstance(source, str) else source
    return extract(data, media, "name.md").text


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("a\nb\n\nc", "a b\n\nc\n"),
        ("# A #\n\nB\n=\n\nC\n---\n", "# A\n\n# B\n\n## C\n"),
        ("* a\n  continued\n* b\n    * c\n1. d\n2) e", "- a continued\n- b\n  - c\n1. d\n2. e\n"),
        ("* a\n\n  second paragraph\n* b", "- a\n- second paragraph\n- b\n"),
        ("> **WARNING:** do not", "WARNING: do not\n"),
        ("x\n\n**WATER**\n\ny", "x\n\n## WATER\n\ny\n"),
        ("**WARNING**\n\ny", "WARNING\n\ny\n"),
        ("**Figure 2-1. A still**\n\ny", "Figure 2-1. A still\n\ny\n"),
        ("**Never eat this.**", "Never eat this.\n"),
        ("|a|b|\n|-|-|\n|1|x\\|y|", "| a | b |\n| 1 | x/y |\n"),
        ("```\ncode  here\n```", "    code  here\n"),
        ("a [link](http://x.y/z_(1)) ![pic](p.png) [[Page|shown]] [^1]", "a link shown\n"),
        ("[ref]: http://x.y\n\ntext [ref][] `co*de` **b** _i_ snake_case_name", None),
        ("1\\. not a list \\*x\\*", "1. not a list *x*\n"),
        ("`a` &#xE000;", "a\n"),  # what stands for a piece that is held is no way in
        ("`a` &#xE000;5&#xE001; &#xE000;0&#xE001;", "a 5 0\n"),
        ("AT&amp;T &lt;b&gt; <b>bold</b><br>next", "AT&T <b> bold next\n"),
        ("<script>alert(1)</script>\n\nText <!-- gone --> here", "Text here\n"),
        ('---\ntitle: "Front"\n---\n\nbody', "body\n"),
        ("a\n\n---\n\nb", "a\n\nb\n"),
        ("In the year\n1998. it rained", "In the year 1998. it rained\n"),
        ("<table><tr><td>A</td><td>B</td></tr></table>", "| A | B |\n"),
    ],
)
def test_markdown(source: str, text: str | None) -> None:
    expected = "text ref co*de b i snake_case_name\n" if text is None else text
    assert of(source) == expected


def test_titles() -> None:
    assert extract(b"---\ntitle: 'Front'\n---\nx", Media.MARKDOWN, "n.md").title == "Front"
    assert extract(b"# Head\n\nx", Media.MARKDOWN, "n.md").title == "Head"
    assert extract(b"x", Media.MARKDOWN, "dir/SolarStill_two.md").title == "Solar Still two"
    assert extract(b"<title>T &amp; t</title><p>x", Media.HTML, "n.html").title == "T & t"


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("one\ntwo\n\nthree", "one two\n\nthree\n"),
        ("medi-\ncine and pre-\nExposure", "medicine and pre- Exposure\n"),
        ("HEADING\n\ntext", "## HEADING\n\ntext\n"),
        ("Title\n=====\n\ntext", "# Title\n\ntext\n"),
        ("- a\n  b\n- c", "- a b\n- c\n"),
        ("− a\n  b\n− c", "- a b\n- c\n"),
        ("a\x0cb", "a\n\n\f\n\nb\n"),
    ],
)
def test_plain_text(source: str, text: str) -> None:
    assert of(source, Media.PLAIN) == text


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("<h2>A</h2><p>one<br>two</p>", "## A\n\none two\n"),
        ("<p>a<br><br>b", "a\n\nb\n"),
        ("<ul><li>a<ul><li>b</ul><li><p>c</p></ul>", "- a\n  - b\n- c\n"),
        ("<ol start=4><li>d<li>e</ol>", "4. d\n5. e\n"),
        ("<script>x</script><style>y</style><nav>z</nav><p>t", "t\n"),
        ("<p hidden>x</p><div style='display: none'>y</div><p>t", "t\n"),
        ("<table><tr><th>A<th>B<tr><td>1<td>2</table>", "| A | B |\n| 1 | 2 |\n"),
        ("<table><tr><td>one column</table>", "one column\n"),
        ("<pre>a\n  b</pre>", "    a\n      b\n"),
        ("<dl><dt>Term<dd>what it means</dl>", "- Term: what it means\n"),
        ("&eacute;&#x1b;[2J&#0;", "é[2J\ufffd\n"),
        (
            "<p>a <![foo[x]]> b <![CDATA[c < d &amp; e]]> <!ELEMENT f",
            "a b c < d &amp; e <!ELEMENT f\n",
        ),
        ("<noscript><p>x</noscript><p>t<svg><text>s</text></svg>", "t\n"),
    ],
)
def test_html(source: str, text: str) -> None:
    assert of(source, Media.HTML) == text


def test_html_knows_no_entities_of_its_own() -> None:
    bomb = (
        '<!DOCTYPE x [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;">'
        '<!ENTITY e SYSTEM "file:///etc/passwd">]><p>&b; &e; end'
    )
    text = of(bomb, Media.HTML)
    assert text.endswith("&b; &e; end\n")
    assert "root:" not in text
    assert "lol lol" not in text


def test_encodings() -> None:
    assert of("\ufeffé".encode(), Media.PLAIN) == "é\n"
    assert of("é".encode("utf-16"), Media.PLAIN) == "é\n"
    assert of("é“x”".encode("cp1252"), Media.PLAIN) == "é“x”\n"
    page = "<meta charset=koi8-r><p>вода".encode("koi8-r")
    assert of(page, Media.HTML) == "вода\n"
    assert of(b"<meta charset=rot13><p>abc\xe9", Media.HTML) == "abcé\n"
    with pytest.raises(DamagedError):
        of(b"\xff\xfea", Media.PLAIN)


@pytest.mark.parametrize("data", [b"\x00\x01\x02", b"\x7fELF\x00", b"text\0text"])
def test_binary_is_named(data: bytes) -> None:
    with pytest.raises(BinaryError):
        of(data, Media.PLAIN)


@pytest.mark.parametrize("data", [b"", b" \n\t", b"<!-- x -->", "\ufeff".encode()])
def test_without_words(data: bytes) -> None:
    with pytest.raises(NoTextError):
        of(data)


def test_text_limit_is_stated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hearth.documents.extraction.TEXT_LIMIT", 1000)
    assert of("x" * 998)
    with pytest.raises(TooLargeError):
        of("x" * 999)


HOSTILE = """
**a |_a |[|[a](|![|<|`|<!--|> |* |- - |&#|\\|#|<script>|<table>|<li>|**|]]|[^|~~a |</|<a |<a x='|<!
<?|<![|<!DOCTYPE|&|<p>|<td>|<b
"""


@pytest.mark.parametrize(
    "piece",
    [*HOSTILE.strip().replace("\n", "|").split("|"), "|-", "a|b\n-|-\n", "\n\n    ", "a-\n"],
)
def test_hostile_repetition_comes_to_an_end(piece: str) -> None:
    """And what comes out is never much more than what went in."""
    source = piece * (60_000 // len(piece))
    for media in (Media.MARKDOWN, Media.HTML, Media.PLAIN):
        try:
            text = of(source, media)
        except NoTextError:
            continue
        assert len(text) < 3 * len(source)


def test_tables_within_tables_are_handed_up_at_once() -> None:
    """Each word once at every table around it would be hours for a page of nothing else."""

    def calls(depth: int) -> int:
        count = 0

        def called(frame: object, event: str, argument: object) -> None:
            nonlocal count
            count += event == "call"

        source = "<table><td>" * depth + "x<td>" * depth + "</table>" * depth
        sys.setprofile(called)
        try:
            of(source, Media.HTML)
        finally:
            sys.setprofile(None)
        return count

    calls(1)  # whatever is imported or compiled first
    assert calls(400) < 2.2 * calls(200)


def test_real_wiki_has_no_markup_left(test_data: Path) -> None:
    for path in sorted((test_data / "corpora" / "survival-wiki").glob("*.md")):
        text = of(path.read_bytes())
        for sign in ("**", "](", "<td", "<a ", "\\.", "&amp;"):
            assert sign not in text, (path.name, sign)
