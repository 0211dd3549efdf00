"""PDF and EPUB: read in a bounded child process, and every way in which they are bad is named."""

from __future__ import annotations

import contextlib
import io
import random
import zipfile
from pathlib import Path

import pytest
from papers import CONTAINER, assemble, epub, page, pdf, pdf_of_streams, zipped_stream

from hearth.documents.errors import (
    DamagedError,
    DocumentError,
    EncryptedError,
    NoTextError,
    ParserLimitError,
    TooLargeError,
)
from hearth.documents.extraction import IN_PROCESS, extract
from hearth.documents.isolate import parse_isolated
from hearth.documents.media import Media
from hearth.documents.passages import passages

PROSE = [
    "Water that looks clear can still carry germs, so treat it before",
    "you drink it. Bring it to a rolling boil for one minute, and let it",
    "cool in a covered pot. Do not add ice that was made of other wa-",
    "ter. The pot must be clean.",
]


def of(data: bytes, media: Media = Media.PDF) -> str:
    """The text of a document."""
    return extract(data, media, "file").text


def test_lines_become_paragraphs_and_hyphens_go() -> None:
    text = of(pdf([page(PROSE)]))
    assert text == " ".join(PROSE).replace("wa- ter", "water") + "\n"


def test_hyphens_that_the_document_writes_stay() -> None:
    lines = ["A well-known rule holds here and for every other vessel: a pre-", "heated, well-",
             "known vessel is preheated."]  # fmt: skip
    assert "preheated, well-known vessel" in of(pdf([page(lines)]))


def test_a_compound_of_three_keeps_its_hyphens() -> None:
    lines = ["Tie a cup to the handle of the lid so that it hangs under the lid and right-",
             "side-up when the lid is upside-down."]  # fmt: skip
    assert "and right-side-up when" in of(pdf([page(lines)]))


def test_headings_bullets_and_title() -> None:
    words = [
        (72, 720, 20, "Safe Water"),
        *page(PROSE),
        (72, 600, 14, "Boiling"),
        (72, 580, 11, "\x95 Filter it first through a clean cloth."),
        (90, 560, 11, "- twice if it is cloudy"),
        (72, 540, 11, "\x95 Then boil it."),
    ]
    found = extract(pdf([words]), Media.PDF, "f.pdf")
    assert found.title == "Safe Water"
    assert found.pages == 1
    assert found.text.startswith("# Safe Water\n\nWater that looks clear")
    assert (
        "## Boiling\n\n- Filter it first through a clean cloth.\n  - twice if it is cloudy\n"
        "- Then boil it.\n" in found.text
    )


def test_title_of_the_file_beats_the_first_words_unless_it_is_a_tool_s() -> None:
    words = [(72, 720, 20, "Large Words"), *page(PROSE)]
    assert extract(pdf([words], title="A Stated Title"), Media.PDF).title == "A Stated Title"
    stated = "Microsoft Word - final2.doc"
    assert extract(pdf([words], title=stated), Media.PDF).title == "Large Words"


def test_running_lines_go_and_pages_stay() -> None:
    pages = [
        [
            (72, 770, 9, f"Handbook of Water, chapter {number}"),
            *page([f"Sentence number {number} stands alone on its page, and is long enough."]),
            (300, 30, 9, str(number)),
        ]
        for number in range(1, 6)
    ]
    text = of(pdf(pages))
    assert "Handbook" not in text
    assert text.count("\f") == 4
    assert [p.page for p in passages(text)] == [1, 2, 3, 4, 5]


def test_a_sentence_over_a_page_s_end_is_whole() -> None:
    first = page(["Keep the pot covered until the water has cooled, because open", "water can be"])
    second = page(["made unsafe by dirty hands. The next sentence is on page two."])
    text = of(pdf([first, second]))
    assert "open water can be made unsafe by dirty hands.\n\n\f\n\nThe next" in text


def test_columns_of_a_table_are_cells() -> None:
    words = [(72, 700, 11, "1 gallon"), (200, 700, 11, "8 drops"), (300, 700, 11, "6 drops")]
    assert of(pdf([[*words, *page(PROSE, top=600)]])).startswith("| 1 gallon | 8 drops | 6 drops |")


def test_two_columns_keep_their_order() -> None:
    left = [(72, 700 - 13 * n, 11, line) for n, line in enumerate(PROSE)]
    right = [
        (330, 700 - 13 * n, 11, line) for n, line in enumerate(["Second column here.", "End."])
    ]
    text = of(pdf([[*left, *right]]))
    assert text.index("must be clean") < text.index("Second column")


def test_encrypted() -> None:
    with pytest.raises(EncryptedError):
        of(pdf([page(PROSE)], encrypt=True))


@pytest.mark.parametrize("pages", [[[]], [[], []]])
def test_without_text(pages: list[list[tuple[float, float, float, str]]]) -> None:
    with pytest.raises(NoTextError) as caught:
        of(pdf(pages))
    assert "pictures" in caught.value.message
    assert caught.value.hints


@pytest.mark.parametrize(
    "data",
    [b"%PDF-1.7\n", b"no pdf at all", b"%PDF-1.4\n" + b"\xff" * 5000, b"\0" * 100],
    ids=["head only", "other", "noise", "zeros"],
)
def test_damaged(data: bytes) -> None:
    with pytest.raises(DamagedError):
        of(data)


def test_cut_anywhere_is_read_or_named() -> None:
    whole = pdf([page(PROSE)] * 3)
    for size in range(50, len(whole), len(whole) // 6):
        with contextlib.suppress(DamagedError, NoTextError, EncryptedError):
            assert "Water" in of(whole[:size])


def test_cross_reference_loop_and_deep_tree() -> None:
    loop = b"%PDF-1.4\nxref\n0 0\ntrailer << /Size 1 /Root 1 0 R /Prev 9 >>\nstartxref\n9\n%%EOF"
    kids = [b"<< /Type /Pages /Count 1 /Kids [%d 0 R] >>" % (n + 3) for n in range(3000)]
    deep = assemble([b"<< /Type /Catalog /Pages 2 0 R >>", *kids])
    claims = assemble(
        [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Count 1000000 /Kids [] >>"]
    )
    for data in (loop, deep, claims):
        with pytest.raises(DocumentError):
            of(data)


@pytest.mark.slow
def test_a_bomb_meets_its_limits() -> None:
    shown = zipped_stream(b"BT /F1 9 Tf 1 0 0 1 9 9 Tm (bomb) Tj ET\n" * 20_000_000)
    with pytest.raises(ParserLimitError):
        parse_isolated(pdf_of_streams([shown] * 3), Media.PDF, memory=400 << 20, seconds=5)


def test_memory_and_time_are_bounded() -> None:
    words = random.Random(5)
    chapter = "<p>" + " ".join(f"w{words.getrandbits(40):x}" for _ in range(500_000))
    data = epub({"a.html": chapter, "b.html": chapter})
    for memory, seconds in ((64 << 20, 30), (1 << 30, 1)):
        try:
            found = parse_isolated(data, Media.EPUB, memory=memory, seconds=seconds)
        except ParserLimitError:
            continue
        assert seconds == 1  # a fast machine may be done within a second
        assert found.text


def test_epub_in_the_order_of_its_spine() -> None:
    chapters = {
        "two.xhtml": "<html><head><title>x</title></head><body><h1>B</h1><p>second</p></html>",
        "one%20.xhtml": "<p>lost</p>",
        "three.xhtml": "<script>x</script><p>third</p>",
    }
    found = extract(epub(chapters, title="The &amp; Book"), Media.EPUB)
    assert found.title == "The & Book"
    assert found.text == "# B\n\nsecond\n\nthird\n"


def zip_of(entries: dict[str, bytes]) -> bytes:
    """A zip that is no EPUB."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"PK\x03\x04 nonsense", DamagedError),
        (zip_of({}), DamagedError),
        (zip_of({"META-INF/container.xml": b"<container/>"}), DamagedError),
        (epub({}), DamagedError),
        (epub({"a.html": "<p> </p>"}), NoTextError),
        (epub({"a.html": "<p>" + " " * (2 << 20)}), TooLargeError),
        (epub({"a.html": "<p>x"}, extra={f"x{n}": b"" for n in range(20_000)}), TooLargeError),
        (
            epub(
                {"a.html": "<p>x"},
                extra={"META-INF/encryption.xml": b'<x URI="OPS/a.html"/>'},
            ),
            EncryptedError,
        ),
    ],
)
def test_bad_epubs_are_named(data: bytes, error: type[DocumentError]) -> None:
    with pytest.raises(error):
        of(data, Media.EPUB)


def test_an_epub_whose_fonts_alone_are_locked_is_read() -> None:
    package = (
        b'<package><manifest><item id="a" href="a.html"/><item id="b"/></manifest>'
        b'<spine><itemref idref="a"/><itemref idref="b"/></spine></package>'
    )
    fonts = b'<encryption><CipherReference URI="OPS/fonts/serif.otf"/></encryption>'
    entries = {
        "META-INF/container.xml": CONTAINER.encode(),
        "META-INF/encryption.xml": fonts,
        "OPS/book.opf": package,
        "OPS/a.html": b"<p>words</p>",
    }
    assert of(zip_of(entries), Media.EPUB) == "words\n"


def test_epub_that_lies_about_its_sizes() -> None:
    data = bytearray(epub({"a.html": "<p>" + "words here " * 1000}))
    place = data.rindex(b"PK\x01\x02", 0, data.rindex(b"OPS/a.html"))
    data[place + 24 : place + 28] = (10).to_bytes(4, "little")  # uncompressed size
    with pytest.raises(DamagedError):
        of(bytes(data), Media.EPUB)


def test_epub_names_never_leave_the_zip() -> None:
    chapters = {"../../../../../../etc/passwd": "<p>inside the zip", "a.html": "<p>x"}
    assert "root:" not in of(epub(chapters), Media.EPUB)


def test_large_text_is_parsed_in_a_child_the_same() -> None:
    source = b"# Title\n\nA sentence that says something.\n\n" * (IN_PROCESS // 40 + 1)
    assert len(source) > IN_PROCESS
    found = extract(source, Media.MARKDOWN, "x.md")
    assert found.text == source.decode().rstrip() + "\n"


def test_a_child_that_dies_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hearth.documents.isolate._BOOT", "import os; os.abort()")
    with pytest.raises(ParserLimitError):
        of(pdf([page(PROSE)]))
    endless = '{{"size": 0, "title": null, "pages": Infinity}}'
    for said in ("no json", "[]", "7", endless, "[" * 9999):
        monkeypatch.setattr("hearth.documents.isolate._BOOT", f"print({said!r})")
        with pytest.raises(DamagedError):
            of(pdf([page(PROSE)]))
    boot = "import os, time; os.write(1, b'{}'); time.sleep(60)"
    monkeypatch.setattr("hearth.documents.isolate._BOOT", boot)
    with pytest.raises(ParserLimitError):
        parse_isolated(pdf([page(PROSE)]), Media.PDF, seconds=1)


QUOTES = {
    "EPA_Emergency_Water_Disinfection.pdf": [
        (
            "Bring water to a rolling boil for at least one minute. At altitudes above 5,000 feet "
            "(1,000 meters), boil water for three minutes."
        ),
        "| 1 gallon | 8 drops | 6 drops |",
        "Look for other sources of water in and around your home. Although bottled water is your",
    ],
    "FEMA_Food_Water_Emergency.pdf": [
        "Cardboard containers leak easily and are not designed for long-term storage of liquids.",
        "### Boiling\n\nBoiling is the safest method of treating water.",
    ],
    "FEMA_Are_You_Ready.pdf": [
        "directly from a nearby National Weather Service office to specially configured NOAA",
        "on very short notice in case of a grave threat",
    ],
    "CDC_Rabies_Prevention.pdf": [
        (
            "However, because of the almost universal fatality among untreated persons infected "
            "with rabies virus, no such controlled studies exist."
        ),
        "This statement 1) provides updated information",
    ],
    "CDC_Heat_Related_Illness.pdf": [
        "### WHAT TO DO\n\n- Call 911 right away-heat stroke is a medical emergency\n",
    ],
    "NIOSH_Heat_Stress_First_Aid.pdf": [
        (
            "- Fainting, dizziness, or lightheadedness after standing or suddenly rising from a "
            "sitting/lying position\n"
        ),
    ],
    "TC21-3_Cold_Weather_Ops.pdf": [
        "If you find it hard to remember things you have been taught, review orders and drills."
    ],
    "NWS_Car_Winter_Survival_Kit.pdf": ["Blankets/Sleeping Bag"],
}


@pytest.mark.parametrize("name", sorted(QUOTES))
def test_real_pdfs_can_be_quoted(test_data: Path, name: str) -> None:
    with open(test_data / "corpora" / "us-gov-pdf" / name, "rb") as file:
        text = extract(file, Media.PDF, name).text
    for quote in QUOTES[name]:
        assert quote in text
    for dirt in ("\x02", "\ufffe", "MMWR May 23", "specifi c", "offi ce"):
        assert dirt not in text


def test_a_cell_that_goes_on_is_whole() -> None:
    words = [
        (72, 700, 11, "Runners"),
        (250, 700, 11, "Volunteers carry"),
        (250, 687, 11, "messages from one place to another."),
        *page(PROSE, top=600),
    ]
    assert "| Runners | Volunteers carry messages from one place to another. |\n" in of(
        pdf([words])
    )


def test_numbers_begin_items_only_where_a_list_is() -> None:
    words = page(["Natural hazards", "1. Floods", "2. Fires", "", *PROSE[:1], "(25) or more days."])
    text = of(pdf([words]))
    assert "1. Floods\n2. Fires\n" in text
    assert "so treat it before (25) or more days." in text


def test_a_table_of_contents_is_dropped() -> None:
    names = ["Cold", "Clothing", "Tents", "Food", "Health", "Camps", "Movement"]
    contents = [
        word
        for n, name in enumerate(names)
        for word in ((72, 700 - 13 * n, 11, name), (400, 700 - 13 * n, 11, f"{n + 1}-1"))
    ]
    text = of(pdf([contents, page(PROSE)]))
    assert "Clothing" not in text
    assert "rolling boil" in text
    doses = [
        word
        for n, dose in enumerate([9, 2, 7, 1, 8, 3, 5])
        for word in ((72, 700 - 13 * n, 11, names[n]), (400, 700 - 13 * n, 11, str(dose)))
    ]
    assert "| Clothing | 2 |" in of(pdf([doses, page(PROSE)]))
