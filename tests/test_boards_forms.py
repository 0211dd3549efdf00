"""ICS-213 and the radiogram: the check, the words for punctuation, 80 columns."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from hearth.boards import forms
from hearth.boards.forms import FormTextError, Message, Radiogram, check, groups


def test_the_example_that_operators_learn_from() -> None:
    """licking-ares.org/Text-Message.html: its check is ARL 25."""
    found = groups(
        "ARL FORTY SIX. Do you want the 304/BA equipment? The six-B type is no longer available."
        " CU on 7013.5 73"
    )
    assert " ".join(found) == (
        "ARL FORTY SIX X DO YOU WANT THE 304/BA EQUIPMENT QUERY THE SIX DASH B TYPE IS NO LONGER"
        " AVAILABLE X CU ON 7013R5 73"
    )
    assert check(found) == "ARL 25"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        # wv8hat.org/count.html
        ("New York City", 3), ("527B", 1), ("NYC", 1), ("Fifty six", 2), ("H O Townsend", 3),
        ("W1YL/4", 1), ("860 594 0301", 3), ("594 0301", 2), ("594-0301", 2),
    ],
)  # fmt: skip
def test_counting(text: str, number: int) -> None:
    assert check(groups(text)) == str(number)


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("All safe.", "ALL SAFE"),  # X is never the last group
        ("...Safe", "SAFE"),
        ("Safe!! Come; now", "SAFE X COME X NOW"),
        ("Who? Me.", "WHO QUERY ME"),
        ("Don't go", "DONT GO"),
        ("1,200 people", "1200 PEOPLE"),
        ("bread, milk", "BREAD COMMA MILK"),
        ("ada@mill.test", "ADA ATSIGN MILL DOT TEST"),
        ("Grüße aus Łódź", "GRUESSE AUS LODZ"),
        ("José", "JOSE"),
    ],
)
def test_punctuation_is_spelled_out(text: str, sent: str) -> None:
    assert " ".join(groups(text)) == sent


@pytest.mark.parametrize("text", ["", " ", "...", "水", "a\x1b[2J", "y " * 201])
def test_what_cannot_be_sent_is_refused(text: str) -> None:
    with pytest.raises(FormTextError):
        groups(text)
    assert len(groups("y " * 200)) == 200


@given(st.text(max_size=200))
def test_whatever_is_sent_has_letters_and_figures_alone(text: str) -> None:
    try:
        found = groups(text)
    except FormTextError:
        return
    assert {*"".join(found)} <= {*"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/"}
    assert groups(" ".join(found)) == found


def test_a_radiogram() -> None:
    text = groups("We are all safe. Need 20.5 l of water")
    sent = forms.radiogram(
        Radiogram(7, "W", "HXC", "DK0XYZ", "MILL LANE", "1405Z", "NOV 28", ("BO SMITH", "HIGH ST"),
                  "594 0301", text, "ADA")
    )  # fmt: skip
    assert sent.splitlines()[:9] == [
        "RADIOGRAM",
        "NR 7  W  HXC  DK0XYZ  10  MILL LANE  1405Z  NOV 28",
        "TO      BO SMITH",
        "        HIGH ST",
        "PHONE   594 0301",
        "BREAK",
        "        WE ARE ALL SAFE X",
        "        NEED 20R5 L OF WATER",
        "BREAK",
    ]


@given(st.lists(st.text(max_size=120), min_size=6, max_size=6))
def test_an_ics_213_has_ten_blocks_in_80_columns(texts: list[str]) -> None:
    incident, to, sender, subject, text, approved = (
        " ".join(e.split()) if at != 4 else e for at, e in enumerate(texts)
    )
    form = forms.ics_213(
        Message(incident, to, sender, subject, "2026-11-28", "14:05 +0000", text, approved[:31])
    )
    for number in range(1, 11):
        assert f"{number}. " in form
    assert f"({forms.count(text):,} word" in form
    wide = [line for line in form.split("\n") if forms._columns(line) > 80]
    assert wide == []
