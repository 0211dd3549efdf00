"""Words, places, codes and records of the market, one by one."""

from __future__ import annotations

import random
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, strategies as st
from market_kit import listing

from hearth import kinds, paper
from hearth.market import codes, places, records, wording, words
from hearth.market.decoding import decode
from hearth.market.errors import (
    BadCodeError,
    BadListingError,
    BadPlaceError,
    BadQuantityError,
)
from hearth.market.folding import FOLD
from hearth.market.records import (
    Act,
    Action,
    ChangeRecord,
    ClaimRecord,
    DecisionRecord,
    PlaceRecord,
    Record,
    ReportRecord,
    Verdict,
    VouchRecord,
)
from hearth.market.words import MAX_QUANTITY
from hearth.payload import RecordError
from hearth.store import cbor

ID = bytes(range(32))
NOW = 1_790_000_000

# words


@pytest.mark.parametrize(
    ("text", "thousandths"),
    [("1", 1000), ("0.001", 1), ("2.5", 2500), (" 20 ", 20_000), ("1000000000", MAX_QUANTITY),
     ("2,5", 2500), ("0,25", 250), ("0,500", 500), ("20,", 20_000), (",5", 500)],
)  # fmt: skip
def test_quantities(text: str, thousandths: int) -> None:
    assert words.quantity(text) == thousandths


@pytest.mark.parametrize(
    "text",
    ["0", "-1", "1000000000.001", "1000000000000000000", "0.0001", "nan", "inf", "-inf", "", "two",
     "1e30", "1_000x"],
)  # fmt: skip
def test_no_quantities(text: str) -> None:
    with pytest.raises(BadQuantityError):
        words.quantity(text)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("1,000", ("1000", "1.000")),
        ("12,500", ("12500", "12.500")),
        ("1,000,000", ("1000000",)),
        ("1,234.5", ("1234.5",)),
        ("1.234,5", ("1234.5",)),
        ("1,2,3,4", ("1234",)),
    ],
)
def test_a_comma_that_may_part_thousands_is_asked_about(text: str, meant: tuple[str, ...]) -> None:
    with pytest.raises(BadQuantityError) as caught:
        words.quantity(text)
    said = " ".join(caught.value.hints)
    assert all(each in said for each in meant), said


def test_units_that_measure_the_same_are_converted() -> None:
    assert words.convert(30_000_000, "ml", "l") == 30_000
    assert words.convert(1000, "kWh", "Wh") == 1_000_000
    assert words.convert(1000, "gal", "ml") == 3_785_411
    assert words.convert(1000, "l", "kg") is None
    assert words.convert(500, "item", "item") == 500


def test_categories_by_name_code_and_beginning() -> None:
    assert [words.category(each) for each in ("water", "WA", "medica", "medicine")] == [
        "wa", "wa", "md", "mc",
    ]  # fmt: skip
    for text in ("", "med", "gold"):
        with pytest.raises(BadListingError):
            words.category(text)


def test_codes_and_names_of_categories_do_not_collide() -> None:
    assert not {*words.CATEGORIES} & {*words.CATEGORIES.values()}
    assert len({*words.CATEGORIES.values()}) == len(words.CATEGORIES)
    assert all(len(each) == 2 for each in words.CATEGORIES)


def test_how_long_things_are_listed() -> None:
    assert words.lifetime("wa", False) == 14 * 86400
    assert words.lifetime("fo", False) == 48 * 3600
    assert words.lifetime("wa", True) == words.lifetime("wa", False, True) == 72 * 3600
    assert words.lifetime("fo", True) == 48 * 3600


# places


def test_geohashes_against_published_ones() -> None:
    """The examples of the geohash article: Jutland, and the Baltic coast."""
    assert places.encode(57.64911, 10.40744, 11) == "u4pruydqqvj"
    assert places.encode(42.605, -5.603, 5) == "ezs42"
    north, east = places.decode("ezs42")
    assert (round(north, 3), round(east, 3)) == (42.605, -5.603)


@given(st.floats(-90, 90), st.floats(-180, 180))
def test_a_point_lies_in_its_cell(north: float, east: float) -> None:
    middle = places.decode(places.encode(north, east))
    assert abs(middle[0] - north) <= 0.03
    assert abs(middle[1] - east) <= 0.03


@pytest.mark.parametrize("text", ["90,180", "-90,-180", "0,0"])
def test_the_edges_of_the_globe(text: str) -> None:
    assert len(places.parse(text).name) == 5


@pytest.mark.parametrize(
    "text", ["90.1,0", "-90.1,0", "0,180.1", "999999,0", "1,2,3", "", " ", "x" * 41, "a\x1bb", "12"]
)
def test_what_is_no_place(text: str) -> None:
    with pytest.raises(BadPlaceError):
        places.parse(text)


def test_what_is_told_of_a_place_is_coarse() -> None:
    exact = places.parse("u33dc0cpk")
    assert exact.is_exact
    assert places.coarse(exact).name == "u33dc"
    assert places.parse("Mill Lane").point is None
    assert places.coarse(places.parse("Mill Lane")).name == "Mill Lane"


def test_distances() -> None:
    berlin, paris = places.parse("52.52,13.405"), places.parse("48.857,2.352")
    found = places.distance(berlin, paris)
    assert found is not None
    assert 870 < found < 885  # 878 km
    assert places.distance(places.parse("the hall"), places.parse("The Hall")) == 0
    assert places.distance(places.parse("the hall"), berlin) is None


# codes


def test_a_code_is_read_back() -> None:
    for number in (1, 31, 32, codes.MAX_SLIPS):
        code = codes.code(ID, number)
        for typed in (code, code.lower(), code.replace("-", " "), f"  {code}"):
            assert codes.read(typed) == codes.Slip(codes.mark(ID), number)


def test_every_wrong_sign_and_every_exchange_is_found() -> None:
    rng = random.Random(1)
    for _ in range(40):
        code = codes.code(rng.randbytes(32), rng.randint(1, codes.MAX_SLIPS)).replace("-", "")
        wrong = {
            code[:at] + sign + code[at + 1 :]
            for at in range(len(code))
            for sign in paper.ALPHABET
            if sign != code[at]
        }
        for one in range(len(code) - 1):
            swapped = list(code)
            swapped[one], swapped[one + 1] = swapped[one + 1], swapped[one]
            wrong.add("".join(swapped))
        for each in wrong - {code}:
            with pytest.raises(BadCodeError):
                codes.read(each)


@pytest.mark.parametrize("text", ["", "ABC", "ABC-DEF-GHJK", "0OI-L1A-BCD", "\u00e4BC-DEF-GHJ"])
def test_what_is_no_code(text: str) -> None:
    with pytest.raises(BadCodeError):
        codes.read(text)


def test_slips_end() -> None:
    for number in (0, codes.MAX_SLIPS + 1):
        with pytest.raises(BadCodeError, match="no slip"):
            codes.read(codes.code(ID, number))


# records

EVERY: list[tuple[int, Record]] = [
    (kinds.LISTING, listing(NOW)),
    (
        kinds.LISTING,
        listing(
            NOW, where="u33db", terms="gift", urgent=True, body="b", tags=("a", "b"),
            delegates=(ID,), behalf="Mrs Green", quantity=MAX_QUANTITY,
        ),
    ),
    (kinds.CHANGE, ChangeRecord(ID, Act.EDIT, listing(NOW))),
    (kinds.CHANGE, ChangeRecord(ID, Act.RENEW, None, NOW)),
    (kinds.CHANGE, ChangeRecord(ID, Act.WITHDRAW)),
    (kinds.CLAIM, ClaimRecord(ID, 1, "please", 7, "Mrs Green")),
    (kinds.DECISION, DecisionRecord(ID, ID, Action.ACCEPT, 1000, NOW, "come at six")),
    (kinds.DECISION, DecisionRecord(ID, ID, Action.HANDOVER, 1000)),
    (kinds.DECISION, DecisionRecord(ID, ID, Action.CANCEL)),
    (kinds.PLACE, PlaceRecord(ID, None, "Mill Lane 12")),
    (kinds.PLACE, PlaceRecord(ID, ID, "Mill Lane 12")),
    (kinds.REPORT, ReportRecord(ID, Verdict.HIDE, "a fraud")),
    (kinds.VOUCH, VouchRecord(ID, "kept her word")),
    (kinds.VOUCH, VouchRecord(ID, None)),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "record"), EVERY)
def test_records_are_read_back(kind: int, record: Record) -> None:
    assert decode(kind, records.encode(record)) == record


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (kinds.LISTING, {}),
        (kinds.LISTING, {2: "x" * 61}),
        (kinds.LISTING, {2: ""}),
        (kinds.LISTING, {4: 0}),
        (kinds.LISTING, {4: -1}),
        (kinds.LISTING, {4: MAX_QUANTITY + 1}),
        (kinds.LISTING, {4: 2**53 - 1}),
        (kinds.LISTING, {5: "parsec"}),
        (kinds.LISTING, {3: "water"}),
        (kinds.LISTING, {6: -1}),
        (kinds.LISTING, {1: 9}),
        (kinds.LISTING, {9: 0}),
        (kinds.LISTING, {10: "x" * 2001}),
        (kinds.LISTING, {11: ["t"] * 9}),
        (kinds.LISTING, {11: [1]}),
        (kinds.LISTING, {12: [["a", "b", -1, ID]]}),
        (kinds.LISTING, {13: [ID, ID]}),
        (kinds.LISTING, {13: [b"short"]}),
        (kinds.CLAIM, {2: 0}),
        (kinds.CLAIM, {1: b"short", 2: 1}),
        (kinds.CLAIM, {1: ID, 2: 1, 4: 0}),
        (kinds.CLAIM, {1: ID, 2: 1, 4: codes.MAX_SLIPS + 1}),
        (kinds.DECISION, {1: ID, 2: ID, 3: 0}),
        (kinds.DECISION, {1: ID, 2: ID, 3: 1, 4: 5}),
        (kinds.DECISION, {1: ID, 2: ID, 3: 7}),
        (kinds.CHANGE, {1: ID, 2: 0}),
        (kinds.CHANGE, {1: ID, 2: 2, 4: 7}),
        (kinds.REPORT, {1: ID, 2: 0}),
        (kinds.MESSAGE, {1: ID}),
    ],
)
def test_records_out_of_bounds_are_refused(kind: int, fields: dict[int, Any]) -> None:
    whole = listing(NOW).fields() if kind == kinds.LISTING and fields else {}
    data = cbor.encode({0: bytes(16), **whole, **fields})
    with pytest.raises(RecordError):
        decode(kind, data)


@pytest.mark.parametrize("data", [b"", b"\xff", cbor.encode([1]), cbor.encode({1: 2})])
@pytest.mark.parametrize("kind", FOLD.kinds)
def test_bytes_that_are_no_record(kind: int, data: bytes) -> None:
    with pytest.raises(RecordError):
        decode(kind, data)
    assert FOLD.read(kind, ID, data, False) == ((ID, None) if kind == kinds.LISTING else None)


@given(st.binary(max_size=200), st.sampled_from(FOLD.kinds))
def test_any_bytes_stop_nothing(data: bytes, kind: int) -> None:
    FOLD.read(kind, ID, data, False)
    with suppress(RecordError):
        decode(kind, data)


@given(st.sampled_from(EVERY), st.integers(0, 400), st.integers(0, 255))
def test_a_record_with_a_byte_changed_is_refused_or_another_one(
    which: tuple[int, Record], at: int, byte: int
) -> None:
    kind, record = which
    data = bytearray(records.encode(record))
    data[at % len(data)] = byte
    try:
        record = decode(kind, bytes(data))
    except RecordError:
        return
    assert decode(kind, records.encode(record)) == record


def test_joiners_are_part_of_words_and_alone_they_are_nothing() -> None:
    persian, family = "می\u200cخواهم", "\N{MAN}\u200d\N{WOMAN}\u200d\N{GIRL}"
    for name in (persian, family):
        assert wording.line(name, "a title", 200) == name
        assert places.parse(name).name == name
    for nothing in ("\u200d", "a\u202eb"):
        with pytest.raises(BadListingError):
            wording.line(nothing, "a title", 200)
        with pytest.raises(BadPlaceError):
            places.parse(nothing)


@pytest.mark.parametrize(
    ("title", "told"),
    [
        ("3 blankets", True),
        ("water, 20 l", True),
        ("water 20 litres", True),
        ("Generator, 2 kW", False),
        ("ride to town at 9", False),
        ("blankets 3", True),
        ("blankets", False),
    ],
)
def test_an_amount_in_a_title_is_told_from_other_numbers(title: str, told: bool) -> None:
    assert words.tells_amount(title) is told
