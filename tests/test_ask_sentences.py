"""Sentences: where they end, and that their offsets are bytes of the stored text."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from hearth.ask.sentences import HEADING, ITEM, PRE, PROSE, ROW, spans, split

CASES = [
    ("One. Two.", ["One.", "Two."]),
    ("Boil for 5 min. Then cool it.", ["Boil for 5 min.", "Then cool it."]),
    ("Give 5 min. 30 sec. rest.", ["Give 5 min. 30 sec. rest."]),
    ("Use approx. 8 drops of bleach.", ["Use approx. 8 drops of bleach."]),
    ("Add 0.5 ml. Stir.", ["Add 0.5 ml.", "Stir."]),
    ("It weighs 3.5 kg and no more.", ["It weighs 3.5 kg and no more."]),
    ("Use bleach, e.g. Clorox, only.", ["Use bleach, e.g. Clorox, only."]),
    ("Ask Dr. Smith. He knows.", ["Ask Dr. Smith.", "He knows."]),
    ("See No. 5 on the list.", ["See No. 5 on the list."]),
    ("No. Never do that.", ["No.", "Never do that."]),
    ("The U.S. Army says so. We do not.", ["The U.S. Army says so.", "We do not."]),
    ("Come at 5 p.m. Bring water.", ["Come at 5 p.m. Bring water."]),
    ("Come at 5 p.m. The door is open.", ["Come at 5 p.m.", "The door is open."]),
    ("Step 1. Wash. Step 2. Dry!", ["Step 1. Wash.", "Step 2. Dry!"]),
    ("In 2008. The rule changed.", ["In 2008.", "The rule changed."]),
    ("Call 911. (Do not wait. Go.) Now.", ["Call 911.", "(Do not wait. Go.)", "Now."]),
    ("He said “Go!” and went.", ["He said “Go!” and went."]),
    ("Are you OK? Can you speak?", ["Are you OK?", "Can you speak?"]),
    ("Wait... then look.", ["Wait... then look."]),
    ("Visit water.epa.gov/drink for more.", ["Visit water.epa.gov/drink for more."]),
    ("水是生命。喝水。", ["水是生命。", "喝水。"]),
    ("an ( open bracket. Another one", ["an ( open bracket. Another one"]),
    ("   spaces   ", ["spaces"]),
    ("", []),
]


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_ends(line: str, expected: list[str]) -> None:
    assert [line[start:end] for start, end in spans(line)] == expected


def test_a_bracket_that_is_never_closed_ends_somewhere() -> None:
    line = "Open ( here. " + "More words follow. " * 40
    assert len(spans(line)) > 1


TEXT = """# Title é

Do not:

- go out. Ever
- come
  - deep

1. Wash.
2. Dry.

| Drug | Dose |
| A | 5 mg |

    code here

\f

Last — one.
"""


def test_kinds_markers_and_introductions() -> None:
    found = split(TEXT)
    assert [(one.kind, one.text) for one in found] == [
        (HEADING, "Title é"), (PROSE, "Do not:"), (ITEM, "go out."), (ITEM, "Ever"),
        (ITEM, "come"), (ITEM, "deep"), (ITEM, "Wash."), (ITEM, "Dry."), (ROW, "Drug | Dose"),
        (ROW, "A | 5 mg"), (PRE, "code here"), (PROSE, "Last — one."),
    ]  # fmt: skip
    texts = [one.text for one in found]
    above = {one.text: texts[one.intro] for one in found if one.intro is not None}
    assert above["go out."] == above["Ever"] == above["come"] == "Do not:"
    assert above["deep"] == "come"
    assert above["A | 5 mg"] == "Drug | Dose"
    assert [one.marker for one in found if one.kind == ITEM][-2:] == ["1.", "2."]


def test_a_minus_sign_marks_an_item() -> None:
    [one] = split("− Let the water cool.")
    assert (one.kind, one.marker, one.text) == (ITEM, "−", "Let the water cool.")


def check(text: str, offset: int = 0) -> None:
    data = text.encode("utf-8", "surrogatepass")
    last = 0
    for one in split(text, offset):
        start, end = one.start - offset, one.end - offset
        assert last <= start < end <= len(data)
        assert data[start:end] == one.text.encode("utf-8", "surrogatepass")
        assert one.text == one.text.strip()
        last = end


def test_offsets_are_bytes() -> None:
    check(TEXT)
    check(TEXT, 1000)


words = st.sampled_from(
    [
        "Boil",
        "water",
        "é",
        "5",
        "min.",
        "e.g.",
        "(",
        ")",
        "No.",
        "?",
        "!",
        ":",
        "。",
        "“",
        "”",
        "|",
        "\n",
        "\n\n",
        "- ",
        "1. ",
        "# ",
        "    ",
        "\x0c",
        "Then",
        "😀",
        "\u202e",
        "...",
    ]
)


@given(st.lists(words, max_size=60).map(" ".join))
@settings(max_examples=300, deadline=None)
def test_offsets_hold_for_anything_like_text(text: str) -> None:
    check(text)


@given(st.text(max_size=200))
@settings(max_examples=200, deadline=None)
def test_offsets_hold_for_anything(text: str) -> None:
    check(text)


@given(st.lists(words, max_size=40).map(" ".join))
@settings(max_examples=200, deadline=None)
def test_no_character_is_lost(text: str) -> None:
    line = text.replace("\n", " ")
    kept = "".join(line[start:end] for start, end in spans(line))
    assert "".join(kept.split()) == "".join(line.split())


def test_offsets_hold_in_real_documents(test_data: Path) -> None:
    from hearth.documents.extraction import extract
    from hearth.documents.media import media_of_name

    for path in sorted((test_data / "corpora").rglob("*.md"))[:12]:
        media = media_of_name(path.name)
        assert media is not None
        check(extract(path.read_bytes(), media, path.name).text)
