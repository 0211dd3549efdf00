"""Payloads of control events: what is written is read, and whatever else comes is a RecordError."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

from hearth import kinds
from hearth.community import records, statements
from hearth.community.records import Head, Left, RecordError, Role
from hearth.store import cbor
from hearth.store.header import MAX_NUMBER

ID, OTHER = bytes(range(32)), bytes(range(1, 33))
CERTIFICATE, SIGNATURE = bytes(136), bytes(64)
HEAD = Head(ID, 2, 7, OTHER)
ALL: list[records.Record] = [
    records.Genesis(CERTIFICATE, bytes(16), "Elm Street", "Ada"),
    records.Device(CERTIFICATE),
    records.Device(CERTIFICATE, ID, SIGNATURE),
    records.Invite(ID, OTHER, Role.STEWARD, 1000, MAX_NUMBER, b"sealed"),
    records.Admit(ID, CERTIFICATE, SIGNATURE, SIGNATURE),
    records.Remove(ID, (HEAD,)),
    records.SetRole(ID, OTHER, Role.MEMBER),
    records.SetRole(ID, None, Role.STEWARD),
    records.RevokeInvite(ID),
    records.Leave(Left.COMMUNITY, SIGNATURE, (HEAD,)),
    records.RetireDevice(ID, SIGNATURE, (ID, OTHER), (HEAD,)),
    records.Profile("Ada"),
]

RIGHT: list[tuple[tuple[int, int], list[Any]]] = [
    ((kinds.ROLE, 2), [None]),
    ((kinds.INVITE, 5), [2**53 - 1]),
    ((kinds.INVITE, 6), [b"", b"x" * 31]),
]
"""Among the values tried, those that a field may have."""


def fields(record: records.Record) -> dict[int, Any]:
    value = cbor.decode(record.encode())
    assert isinstance(value, dict)
    return dict(value)


@pytest.mark.parametrize("record", ALL, ids=lambda record: type(record).__name__)
def test_round_trip(record: records.Record) -> None:
    assert records.decode(record.KIND, record.encode()) == record
    assert record.encode() != record.encode()  # salted


def test_every_kind_has_a_number_of_its_own() -> None:
    assert {record.KIND for record in ALL} == set(range(kinds.GENESIS, kinds.PROFILE + 1))
    assert records.decode(63, b"anything") is None


@pytest.mark.parametrize("record", ALL, ids=lambda record: type(record).__name__)
def test_what_is_missing_or_of_another_type_is_refused(record: records.Record) -> None:
    whole = fields(record)
    optional = {(kinds.DEVICE, 2), (kinds.DEVICE, 3)}
    wrongs: list[Any] = [None, True, -1, 2**53 - 1, b"", b"x" * 31, "", "x" * 65, [], [None], {}]
    for key in whole:
        for wrong in wrongs:
            if any(where == (record.KIND, key) and wrong in right for where, right in RIGHT):
                continue
            if wrong == [] and isinstance(whole[key], list):
                continue
            with pytest.raises(RecordError):
                records.decode(record.KIND, cbor.encode({**whole, key: wrong}))
        if (record.KIND, key) not in optional:
            less = {each: value for each, value in whole.items() if each != key}
            with pytest.raises(RecordError):
                records.decode(record.KIND, cbor.encode(less))


@pytest.mark.parametrize("record", ALL, ids=lambda record: type(record).__name__)
def test_fields_of_later_versions_are_passed_over(record: records.Record) -> None:
    assert records.decode(record.KIND, cbor.encode({**fields(record), 23: "later"})) == record


@pytest.mark.parametrize(
    ("key", "value"),
    [(3, 2), (4, 0), (4, 1001), (5, 0), (6, b"x" * (records.MAX_SEALED + 1))],
    ids=["no such role", "no use", "too many uses", "never expires", "too much sealed"],
)
def test_invitations_that_bind_nothing_are_refused(key: int, value: Any) -> None:
    whole = fields(ALL[3])
    with pytest.raises(RecordError):
        records.Invite.decode(cbor.encode({**whole, key: value}))


def test_an_invitation_that_would_be_refused_is_not_written() -> None:
    for uses, expires in ((0, 1), (1001, 1), (1, 0)):
        with pytest.raises(ValueError):
            records.Invite(ID, ID, Role.MEMBER, uses, expires).encode()


def numbered(count: int) -> tuple[Head, ...]:
    return tuple(Head(number.to_bytes(32, "big"), 2, 1, ID) for number in range(count))


def test_heads_up_to_the_limit() -> None:
    full = records.Remove(ID, numbered(records.MAX_HEADS))
    assert records.Remove.decode(full.encode()) == full
    with pytest.raises(ValueError):
        records.Remove(ID, numbered(records.MAX_HEADS + 1)).encode()


def test_a_retirement_with_all_heads_fits_an_event_and_can_be_signed() -> None:
    control = tuple(number.to_bytes(32, "big") for number in range(records.MAX_HEADS))
    heads = tuple(Head(ID, 2, number + 1, ID) for number in range(records.MAX_HEADS))
    record = records.RetireDevice(ID, SIGNATURE, control, heads)
    assert len(record.encode()) <= 65536
    place = (ID, ID, MAX_NUMBER, ID, tuple(number.to_bytes(32, "big") for number in range(64)))
    statements.sign_retires(lambda message: SIGNATURE, place, ID, control, heads)


@pytest.mark.parametrize(
    "heads",
    [
        [HEAD, HEAD], [Head(OTHER, 2, 7, ID), HEAD], [Head(ID, 0, 7, ID)], [Head(ID, 5, 7, ID)],
        [Head(ID, 2, 0, ID)], [Head(ID[:31], 2, 7, ID)], [Head(ID, 2, 7, b"")],
    ],
    ids=["repeated", "unordered", "control lane", "no such lane", "place 0", "no device", "no id"],
)  # fmt: skip
def test_heads_that_are_none(heads: list[Head]) -> None:
    with pytest.raises(ValueError):
        records.Remove(ID, tuple(heads)).encode()


def test_a_retirement_keeps_only_what_is_the_device_s() -> None:
    with pytest.raises(ValueError):
        records.RetireDevice(OTHER, SIGNATURE, (), (HEAD,)).encode()


def test_names_up_to_the_limit() -> None:
    records.Profile("x" * records.MAX_NAME).encode()
    for name in ("", " ", "x" * (records.MAX_NAME + 1), "\n\t"):
        with pytest.raises(ValueError):
            records.Profile(name).encode()


@given(st.integers(1, 10), st.binary(max_size=300))
def test_bytes_from_anywhere(kind: int, payload: bytes) -> None:
    with pytest.raises(RecordError):
        records.decode(kind, payload)


def test_no_two_statements_share_their_bytes() -> None:
    signed: list[bytes] = []

    def keep(message: bytes) -> bytes:
        signed.append(message)
        return SIGNATURE

    place = (ID, ID, 1, None, ())
    statements.sign_joins(keep, ID, ID, ID)
    statements.sign_holder(keep, ID, CERTIFICATE)
    statements.sign_consent(keep, ID, ID, CERTIFICATE)
    statements.sign_leaves(keep, place, Left.COMMUNITY, ())
    statements.sign_leaves(keep, place, Left.STEWARDSHIP, ())
    statements.sign_leaves(keep, (ID, ID, 1, None, (ID,)), Left.COMMUNITY, ())
    statements.sign_leaves(keep, (ID, ID, 2, ID, ()), Left.COMMUNITY, ())
    statements.sign_retires(keep, place, ID, (), ())
    statements.sign_retires(keep, place, ID, (ID,), ())
    assert len(set(signed)) == len(signed)
