"""The codec and the header: round trips, the oracle, and every small damage refused."""

from __future__ import annotations

import io
from typing import Any

import cbor2
import pytest
from hypothesis import example, given, settings, strategies as st
from log_kit import COMMUNITY, Device, make

from hearth.store import cbor, event, header, slots
from hearth.store.errors import CorruptError, HearthError
from hearth.store.header import Header, HeaderError, Lane

ANNE = Device("Anne")
leaves = (
    st.none()
    | st.booleans()
    | st.integers(-cbor.MAX_INT, cbor.MAX_INT)
    | st.binary(max_size=300)
    | st.text(max_size=100)
)
values = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=6) | st.dictionaries(st.integers(0, 23), inner, max_size=6)
    ),
    max_leaves=30,
)


def same(one: Any, other: Any) -> bool:
    """Equal, and of the same types all through: 1 is not True."""
    if type(one) is not type(other):
        return False
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    return bool(one == other)


@given(values)
def test_a_value_comes_back_and_cbor2_agrees(value: Any) -> None:
    try:
        data = cbor.encode(value)
    except ValueError:
        return  # nested too deeply
    assert same(cbor.decode(data), value)
    assert same(cbor2.loads(data), value)
    assert cbor2.dumps(value, canonical=True) == data


@settings(max_examples=400)
@given(st.binary(max_size=40))
@example(b"\x81\xf6")
def test_what_we_accept_cbor2_reads_alike_and_writes_alike(data: bytes) -> None:
    try:
        value = cbor.decode(data)
    except cbor.CborError:
        return
    stream = io.BytesIO(data)
    assert same(cbor2.load(stream), value)
    assert stream.read() == b""
    assert cbor2.dumps(value, canonical=True) == data == cbor.encode(value)


@given(values, st.data())
def test_a_changed_byte_is_refused_or_another_value(value: Any, data: st.DataObject) -> None:
    try:
        whole = cbor.encode(value)
    except ValueError:
        return
    place = data.draw(st.integers(0, 8 * len(whole) - 1))
    changed = bytearray(whole)
    changed[place // 8] ^= 1 << place % 8
    try:
        other = cbor.decode(bytes(changed))
    except cbor.CborError:
        return
    assert not same(other, value)
    assert cbor.encode(other) == changed


@pytest.mark.parametrize(
    ("limit", "value"),
    [
        ("max_depth", [[[0]]]),
        ("max_items", [0, [1], {2: 3}]),
        ("max_size", b"123"),
    ],
)
def test_limits_hold_exactly(limit: str, value: Any) -> None:
    data = cbor.encode(value)
    at = {"max_depth": 3, "max_items": 7, "max_size": 4}[limit]
    for allowed in (at, at + 1):
        assert cbor.decode(data, **{limit: allowed}) == value
        assert cbor.encode(value, **{limit: allowed}) == data
    with pytest.raises(cbor.CborError):
        cbor.decode(data, **{limit: at - 1})
    with pytest.raises(ValueError):
        cbor.encode(value, **{limit: at - 1})


@pytest.mark.parametrize(
    "value",
    [2**53, -(2**53), 1.0, "\ud800", {24: 0}, {-1: 0}, {"a": 0}, {True: 0}, {1, 2}, b"a" * 65_534],
)
def test_what_has_no_encoding_is_not_written(value: Any) -> None:
    with pytest.raises((ValueError, TypeError)):
        cbor.encode(value)


def test_the_order_of_a_dictionary_does_not_matter() -> None:
    assert cbor.encode({9: 1, 0: 2}) == cbor.encode({0: 2, 9: 1}) == bytes.fromhex("a200020901")


IDS = tuple(bytes((number,)) * 32 for number in range(65))
ids = st.binary(min_size=32, max_size=32)
numbers = st.integers(1, header.MAX_NUMBER) | st.sampled_from(
    [edge + step for edge in (24, 256, 65_536, 2**32) for step in (-1, 0)]
)


@st.composite
def headers(draw: st.DrawFn) -> Header:
    sequence = draw(numbers)
    hashed = draw(st.none() | ids)
    return Header(
        draw(ids),
        draw(ids),
        draw(st.sampled_from(Lane)),
        sequence,
        None if sequence == 1 else draw(ids),
        draw(numbers),
        draw(st.none() | ids),
        draw(st.integers(0, header.MAX_KIND)),
        draw(st.integers(0, header.MAX_NUMBER)),
        draw(st.integers(0, header.MAX_EXPIRY)),
        hashed,
        0 if hashed is None else draw(st.integers(1, header.MAX_PAYLOAD)),
        draw(st.none() | ids),
        tuple(sorted(draw(st.sets(ids, max_size=30)))),
        tuple(draw(st.lists(ids, max_size=30, unique=True))),
    )


@given(headers())
def test_a_header_comes_back_and_the_strict_codec_agrees(facts: Header) -> None:
    data = header.encode(facts)
    parsed = header.parse(data)
    assert parsed == facts
    assert type(parsed.lane) is Lane
    flat = [1, *facts[:13], list(facts.acts), list(facts.refs)]
    assert cbor.encode(flat, max_items=200) == data
    fields = header.scan(data)
    assert header.chain_parts(fields.chain) == facts[:3]
    assert header.lists(data, fields) == (facts.acts, facts.refs)
    assert data[header.CHAIN] == fields.chain == header.chain_name(*facts[:3])


@given(headers(), st.data())
def test_a_damaged_header_is_refused_or_another_canonical_one(
    facts: Header, data: st.DataObject
) -> None:
    whole = header.encode(facts)
    place = data.draw(st.integers(0, 8 * len(whole) - 1))
    changed = bytearray(whole)
    changed[place // 8] ^= 1 << place % 8
    try:
        other = header.parse(bytes(changed))
    except (HeaderError, header.NewerEventError):
        return
    assert other != facts
    assert header.encode(other) == changed


@given(st.binary(max_size=300))
def test_noise_is_no_header(noise: bytes) -> None:
    with pytest.raises((HeaderError, header.NewerEventError)):
        header.parse(noise)


def test_every_truncation_and_every_flipped_bit_of_an_event_is_refused() -> None:
    made = make(ANNE, make(ANNE), make(Device("Bert")), refs=(bytes(32),), acts=(bytes(32),))
    data, signature, payload = made.record
    assert payload is not None
    assert event.check(data, signature, payload)[0] == made.id
    for cut in range(len(data)):
        with pytest.raises(CorruptError):
            event.check(data[:cut], signature, payload)
    for part in (data, signature, payload):
        for bit in range(8 * len(part)):
            changed = bytearray(part)
            changed[bit // 8] ^= 1 << bit % 8
            parts = [
                bytes(changed) if each is part else each for each in (data, signature, payload)
            ]
            with pytest.raises(HearthError):
                event.check(*parts)


@pytest.mark.parametrize(
    ("field", "at", "over"),
    [
        ("sequence", 2**53 - 1, 2**53),
        ("lamport", 2**53 - 1, 2**53),
        ("wall", 2**53 - 1, 2**53),
        ("kind", 2**32 - 1, 2**32),
        ("expiry", 255, 256),
        ("payload_length", 65_536, 65_537),
        ("refs", IDS[:64], IDS),
        ("acts", IDS[:64], IDS),
    ],
)  # fmt: skip
def test_limits_of_a_header(field: str, at: Any, over: Any) -> None:
    facts = make(ANNE, make(ANNE)).header
    assert header.parse(header.encode(facts._replace(**{field: at}))) == facts._replace(
        **{field: at}
    )
    with pytest.raises(ValueError):
        header.encode(facts._replace(**{field: over}))
    if over != 2**53:  # which the codec cannot write at all
        data = cbor.encode([1, *facts._replace(**{field: over})])
        with pytest.raises(HeaderError):
            header.parse(data)


def test_one_purpose_one_label() -> None:
    labels = [event.LABEL, slots.LABEL]
    assert len(set(labels)) == len(labels)
    assert all(label.endswith(b"\0") and label.count(b"\0") == 1 for label in labels)
    made = make(ANNE)
    assert not event.verifies(ANNE.device, slots.LABEL, made.record[0], made.record[1])
    assert COMMUNITY in made.record[0]


APPENDIX_A_ALLOWED = [
    "00",
    "01",
    "0a",
    "17",
    "1818",
    "1819",
    "1864",
    "1903e8",
    "1a000f4240",
    "1b000000e8d4a51000",
    "20",
    "29",
    "3863",
    "3903e7",
    "f4",
    "f5",
    "f6",
    "40",
    "4401020304",
    "60",
    "6161",
    "6449455446",
    "62225c",
    "62c3bc",
    "63e6b0b4",
    "64f0908591",
    "80",
    "83010203",
    "8301820203820405",
    "98190102030405060708090a0b0c0d0e0f101112131415161718181819",
    "a0",
    "a201020304",
]
APPENDIX_A_OUTSIDE = [
    "1bffffffffffffffff",
    "c249010000000000000000",
    "3bffffffffffffffff",
    "c349010000000000000000",
    "f90000",
    "f98000",
    "f93c00",
    "fb3ff199999999999a",
    "f93e00",
    "f97bff",
    "fa47c35000",
    "fa7f7fffff",
    "fb7e37e43c8800759c",
    "f90001",
    "f90400",
    "f9c400",
    "fbc010666666666666",
    "f97c00",
    "f97e00",
    "f9fc00",
    "fa7f800000",
    "fa7fc00000",
    "faff800000",
    "fb7ff0000000000000",
    "fb7ff8000000000000",
    "fbfff0000000000000",
    "f7",
    "f0",
    "f8ff",
    "c11a514b67b0",
    "c1fb41d452d9e200000000",
    "d74401020304",
    "d818456449455446",
    "a26161016162820203",
    "826161a161626163",
    "5f42010243030405ff",
    "7f657374726561646d696e67ff",
    "9fff",
    "9f018202039f0405ffff",
    "9f01820203820405ff",
    "83018202039f0405ff",
    "83019f0203ff820405",
    "bf61610161629f0203ffff",
    "826161bf61626163ff",
    "bf6346756ef563416d7421ff",
]


@pytest.mark.parametrize("data", APPENDIX_A_ALLOWED)
def test_examples_of_rfc_8949_within_the_profile(data: str) -> None:
    raw = bytes.fromhex(data)
    assert cbor.encode(cbor.decode(raw)) == raw
    assert same(cbor.decode(raw), cbor2.loads(raw))


@pytest.mark.parametrize("data", APPENDIX_A_OUTSIDE)
def test_examples_of_rfc_8949_outside_it(data: str) -> None:
    with pytest.raises(cbor.CborError):
        cbor.decode(bytes.fromhex(data))
