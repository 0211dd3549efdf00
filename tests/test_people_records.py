"""What events about people say: bounds, and bytes that are none of them. And the codes of cards."""

from __future__ import annotations

import itertools
import json
import random
import re
from pathlib import Path
from typing import Any

import generator
import pytest
from hypothesis import given, strategies as st

from hearth import kinds, paper
from hearth.payload import RecordError
from hearth.people import cards, records
from hearth.people.codes import WORDS, Code, Group, group, severity, word
from hearth.people.errors import CardCodeError
from hearth.people.fold import FOLD
from hearth.people.records import (
    AssignRecord,
    CallRecord,
    CheckInRecord,
    MissingRecord,
    Record,
    SightingRecord,
    Status,
    Told,
)
from hearth.store import cbor

A, B = b"a" * 32, b"b" * 32
EVERY: list[tuple[int, Record, bool]] = [
    (kinds.CHECK_IN, CheckInRecord(1), False),
    (kinds.CHECK_IN, CheckInRecord(255, 99, "n" * 160, A, None, (b"1234",) * 8), False),
    (kinds.CHECK_IN, CheckInRecord(3, name="N" * 80, card=records.MAX_CARD, at=5), False),
    (kinds.CHECK_IN, CheckInRecord(2, calls=(b"abcd",), status=Status.EXERCISE), False),
    (kinds.ROLL_CALL, CallRecord("Storm", 5, (A, B), Status.TEST), False),
    (kinds.ROLL_CALL, CallRecord(ends=A), False),
    (kinds.ASSIGN, AssignRecord(A, B, A), False),
    (kinds.ASSIGN, AssignRecord(A, B, None), False),
    (kinds.MISSING, MissingRecord("Anna", 7, "mill", "t" * 1000, A), False),
    (kinds.MISSING, MissingRecord("Tim", 7, minor=True, exact="e" * 200), True),
    (kinds.MISSING, MissingRecord(about=A, exact="Mill Lane 4"), True),
    (kinds.SIGHTING, SightingRecord(A, Told.BELIEVED_DEAD, "x", "y", found=True), False),
    (kinds.SIGHTING, SightingRecord(A, Told.IS_NOTE_AUTHOR, exact="z"), True),
]


@pytest.mark.parametrize(("kind", "record", "sealed"), EVERY)
def test_what_is_written_is_read(kind: int, record: Record, sealed: bool) -> None:
    assert records.decode(kind, records.encode(record, sealed=sealed), sealed=sealed) == record


S = {0: bytes(16)}


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (kinds.CHECK_IN, {**S}),
        (kinds.CHECK_IN, {1: 1}),
        (kinds.CHECK_IN, {0: bytes(15), 1: 1}),
        (kinds.CHECK_IN, {**S, 1: 256}),
        (kinds.CHECK_IN, {**S, 1: -1}),
        (kinds.CHECK_IN, {**S, 1: True}),
        (kinds.CHECK_IN, {**S, 1: 1, 2: 100}),
        (kinds.CHECK_IN, {**S, 1: 1, 3: "n" * 161}),
        (kinds.CHECK_IN, {**S, 1: 1, 3: ""}),
        (kinds.CHECK_IN, {**S, 1: 1, 4: b"a" * 31}),
        (kinds.CHECK_IN, {**S, 1: 1, 4: A, 5: "both", 9: 1}),
        (kinds.CHECK_IN, {**S, 1: 1, 5: "no card"}),
        (kinds.CHECK_IN, {**S, 1: 1, 6: b"12345"}),
        (kinds.CHECK_IN, {**S, 1: 1, 6: b"1234" * 9}),
        (kinds.CHECK_IN, {**S, 1: 1, 8: 3}),
        (kinds.CHECK_IN, {**S, 1: 1, 9: records.MAX_CARD + 1}),
        (kinds.ROLL_CALL, {**S, 3: 5}),
        (kinds.ROLL_CALL, {**S, 2: "x", 3: -1}),
        (kinds.ROLL_CALL, {**S, 2: "x", 3: 5, 4: [B, A]}),
        (kinds.ROLL_CALL, {**S, 2: "x", 3: 5, 4: [A, A]}),
        (kinds.ROLL_CALL, {**S, 2: "x", 3: 5, 4: [bytes([n // 256, n % 256]) for n in range(9)]}),
        (kinds.ASSIGN, {**S, 1: A}),
        (kinds.MISSING, {**S, 3: 5}),
        (kinds.MISSING, {**S, 2: "Tim", 3: 5, 7: 1}),
        (kinds.MISSING, {**S, 2: "Tim", 3: 5, 8: "Mill Lane 4"}),
        (kinds.MISSING, {**S, 1: A, 8: "Mill Lane 4"}),
        (kinds.SIGHTING, {**S, 1: A}),
        (kinds.SIGHTING, {**S, 1: A, 2: 5}),
        (kinds.SIGHTING, {**S, 1: A, 2: 1, 8: "Mill Lane 4"}),
    ],
)
def test_what_breaks_a_bound_is_passed_over(kind: int, fields: dict[int, Any]) -> None:
    payload = cbor.encode(fields)
    with pytest.raises(RecordError):
        records.decode(kind, payload)
    assert FOLD.read(kind, A, payload, False) is None


def test_what_only_a_later_version_knows_is_ignored() -> None:
    more = cbor.encode({**S, 1: 200, 23: "something"})
    found = records.decode(kinds.CHECK_IN, more)
    assert isinstance(found, CheckInRecord)
    assert (group(found.code), word(found.code), severity(200)) == (Group.UNKNOWN, "code 200", -1)


@given(st.sampled_from(FOLD.kinds), st.binary(max_size=120), st.booleans())
def test_no_bytes_stop_the_fold(kind: int, payload: bytes, sealed: bool) -> None:
    FOLD.read(kind, A, payload, sealed)


_SOME: Any = st.one_of(
    st.integers(-3, 300), st.binary(max_size=40), st.text(max_size=5), st.none(), st.booleans(),
    st.lists(st.binary(max_size=33), max_size=3),
)  # fmt: skip


@given(st.sampled_from(FOLD.kinds), st.dictionaries(st.integers(1, 12), _SOME), st.booleans())
def test_no_map_stops_the_fold(kind: int, fields: dict[int, Any], sealed: bool) -> None:
    FOLD.read(kind, A, cbor.encode({**S, **fields}), sealed)


# codes


def test_every_code_is_said_by_its_word() -> None:
    assert {word(each) for each in Code} == set(WORDS)
    assert [int(each) for each in Code] == list(range(10))
    assert len({severity(each) for each in Code}) == len(Code)


def test_any_one_or_two_wrong_signs_of_a_card_are_found() -> None:
    rng = random.Random(5)
    for _ in range(40):
        code = cards.write(rng.randrange(records.MAX_CARD + 1), Code.SAFE).replace("-", "")
        assert cards.read(code).code is Code.SAFE
        for one, two in itertools.combinations_with_replacement(range(10), 2):
            wrong = list(code)
            for place in {one, two}:
                wrong[place] = rng.choice([e for e in paper.ALPHABET if e != code[place]])
            with pytest.raises(CardCodeError):
                cards.read("".join(wrong))


def test_the_widest_card_fits_a_line_printer_and_has_every_code() -> None:
    page = cards.page(0, "M" * 90, "N" * 90)
    assert max(map(len, page.splitlines())) <= cards.WIDTH
    for code, _ in cards.LINES:
        assert cards.write(0, code) in page


def test_whose_card_it_is_follows_from_the_code() -> None:
    members = [bytes([n]) * 32 for n in range(20)]
    for each in members:
        assert cards.owners(cards.new(each), members) == [each]
    assert cards.owners(cards.new(None, members), members) == []


# vectors

FOLDER = Path(__file__).parent / "vectors"


def test_the_vectors_are_what_is_written() -> None:
    """After a change of the format: `python tests/vectors/generate_people.py`."""
    module = generator.script("generate_people")
    assert json.loads((FOLDER / "people.json").read_text(encoding="ascii")) == module.vectors()


def test_the_page_has_the_codes_of_the_program() -> None:
    page = (FOLDER.parent.parent / "docs" / "people.md").read_text(encoding="utf-8")
    section = page.split("## 2. Codes")[1].split("## 3. ")[0]
    stated = re.findall(r"^\| (\d) \| ([a-z-]+)[^|]*\| ([a-z ]+?) \|$", section, re.MULTILINE)
    worse = sorted(Code, key=severity)
    assert [int(number) for number, _, _ in stated] == worse
    assert [said for _, said, _ in stated] == [word(each) for each in worse]
    assert [to for _, _, to in stated[1:]] == [group(each) for each in worse[1:]]
    assert severity(200) < min(map(severity, Code))


def test_the_vectors_are_read() -> None:
    committed = json.loads((FOLDER / "people.json").read_text(encoding="ascii"))
    for each in committed["records"]:
        try:
            records.decode(each["kind"], bytes.fromhex(each["payload"]), sealed=each["sealed"])
            found = "ok"
        except RecordError as error:
            found = error.code
        assert found == each["expect"], each
    for each in committed["cards"]:
        assert cards.read(each["code"]) == (each["card"], each["ticked"])
