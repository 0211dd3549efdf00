"""What events about people say: canonical CBOR maps with a salt; sealed ones without.

docs/people.md has the tables. A key that is not known is ignored; whatever breaks a bound makes the
whole a `PeopleRecordError`, and the event is passed over. `decode` of what `encode` returned gives
the record back.
"""

from __future__ import annotations

import os
from enum import IntEnum
from typing import Any, Final, NamedTuple, TypeAlias

from hearth import kinds
from hearth.people.errors import PeopleRecordError
from hearth.store import cbor

SALT: Final = 16
ID: Final = 32
MARK: Final = 4
"""Bytes of an event's id by which a check-in names it."""
MAX_MARKS: Final = 8
MAX_WITH: Final = 99
MAX_NOTE: Final = 160
MAX_NAME: Final = 80
MAX_PLACE: Final = 60
MAX_EXACT: Final = 200
MAX_TEXT: Final = 1000
MAX_ASKED: Final = 256
MAX_TIME: Final = 2**53 - 1
MAX_CARD: Final = 31**7 - 1
"""The number of a paper card (`cards`)."""


class Status(IntEnum):
    """Whether something is meant. The number is written; it never changes."""

    ACTUAL = 0
    EXERCISE = 1
    TEST = 2


class Told(IntEnum):
    """What somebody says of a missing person: the status of a PFIF note."""

    INFORMATION_SOUGHT = 0
    IS_NOTE_AUTHOR = 1
    BELIEVED_ALIVE = 2
    BELIEVED_MISSING = 3
    BELIEVED_DEAD = 4


class CheckInRecord(NamedTuple):
    """How somebody is. `person`: whom it is about, where that is not the author; `name` instead,
    where that is nobody's member. `follows` and `calls` are beginnings of ids (`MARK` bytes each):
    of the check-ins about the same person that its author knew, and of the roll calls it answers.
    `card`: the paper card it was typed from, or that its author had filled in; `at`: when that was
    written, unix seconds."""

    code: int
    company: int = 0
    note: str | None = None
    person: bytes | None = None
    name: str | None = None
    follows: tuple[bytes, ...] = ()
    calls: tuple[bytes, ...] = ()
    status: Status = Status.ACTUAL
    card: int | None = None
    at: int | None = None

    def fields(self) -> dict[int, Any]:
        """The map, without a salt."""
        return _present(
            {
                1: int(self.code), 2: self.company or None, 3: self.note, 4: self.person,
                5: self.name, 6: b"".join(self.follows) or None, 7: b"".join(self.calls) or None,
                8: int(self.status) or None, 9: self.card, 10: self.at,
            }
        )  # fmt: skip


class CallRecord(NamedTuple):
    """A roll call. `until` in unix seconds by its author's clock; `asked`: persons, ascending; none
    of them: all members. `ends`: the roll call that is over; then nothing else counts."""

    title: str = ""
    until: int = 0
    asked: tuple[bytes, ...] = ()
    status: Status = Status.ACTUAL
    ends: bytes | None = None

    def fields(self) -> dict[int, Any]:
        """The map, without a salt."""
        if self.ends is not None:
            return {1: self.ends}
        return {2: self.title, 3: self.until} | _present(
            {4: list(self.asked) or None, 5: int(self.status) or None}
        )


class AssignRecord(NamedTuple):
    """In the roll call `call` the person `knocker` goes to `person`; nobody does, if it is None."""

    call: bytes
    person: bytes
    knocker: bytes | None

    def fields(self) -> dict[int, Any]:
        """The map, without a salt."""
        return {1: self.call, 2: self.person} | _present({3: self.knocker})


class MissingRecord(NamedTuple):
    """Somebody is looked for. `until` in unix seconds by the author's clock; `person`: the member,
    if it is one; `place`: where they were last, coarsely. `exact` and `minor` are in sealed events
    only; with `about` it adds where exactly to what is said in the clear."""

    name: str = ""
    until: int = 0
    place: str | None = None
    text: str | None = None
    person: bytes | None = None
    minor: bool = False
    exact: str | None = None
    about: bytes | None = None

    def fields(self) -> dict[int, Any]:
        """The map, without a salt."""
        if self.about is not None:
            return {1: self.about} | _present({8: self.exact})
        return {2: self.name, 3: self.until} | _present(
            {
                4: self.place, 5: self.text, 6: self.person, 7: 1 if self.minor else None,
                8: self.exact,
            }
        )  # fmt: skip


class SightingRecord(NamedTuple):
    """What is known of somebody who is looked for. `found`: nobody needs to look any more."""

    missing: bytes
    told: Told
    text: str | None = None
    place: str | None = None
    found: bool = False
    exact: str | None = None

    def fields(self) -> dict[int, Any]:
        """The map, without a salt."""
        return {1: self.missing, 2: int(self.told)} | _present(
            {3: self.text, 4: self.place, 5: 1 if self.found else None, 8: self.exact}
        )


Record: TypeAlias = CheckInRecord | CallRecord | AssignRecord | MissingRecord | SightingRecord


def encode(record: Record, *, sealed: bool = False) -> bytes:
    """The payload of an event; what is sealed is salted by its seal."""
    fields = record.fields()
    return cbor.encode(fields if sealed else {0: os.urandom(SALT), **fields})


def decode(kind: int, payload: bytes, *, sealed: bool = False) -> Record:
    """Read a payload. Raises PeopleRecordError."""
    try:
        value = cbor.decode(payload)
    except cbor.CborError as error:
        raise PeopleRecordError(f"bad record of people: {error.message}") from error
    if not isinstance(value, dict):
        raise PeopleRecordError("bad record of people: not a map")
    fields = _Fields(value)
    if not sealed and len(fields.raw(0) or b"") != SALT:
        raise PeopleRecordError("bad record of people: no salt")
    record: Record = _READERS[kind](fields, sealed)
    return record


def _present(fields: dict[int, Any]) -> dict[int, Any]:
    return {key: value for key, value in fields.items() if value is not None}


class _Fields:
    """A map's values, each within its bounds."""

    def __init__(self, fields: dict[Any, Any]) -> None:
        self._fields = fields

    def raw(self, key: int, *sizes: int) -> bytes | None:
        value: bytes | None = self._get(key, bytes)
        if value is not None and sizes and len(value) not in sizes:
            raise _bad(key)
        return value

    def id(self, key: int) -> bytes | None:
        return self.raw(key, ID)

    def number(self, key: int, most: int) -> int | None:
        value: int | None = self._get(key, int)
        if value is not None and not 0 <= value <= most:
            raise _bad(key)
        return value

    def text(self, key: int, most: int) -> str | None:
        value: str | None = self._get(key, str)
        if value is not None and not 1 <= len(value.encode()) <= most:
            raise _bad(key)
        return value

    def marks(self, key: int) -> tuple[bytes, ...]:
        joined = self.raw(key) or b""
        count, rest = divmod(len(joined), MARK)
        if rest or count > MAX_MARKS:
            raise _bad(key)
        return tuple(joined[at : at + MARK] for at in range(0, len(joined), MARK))

    def persons(self, key: int) -> tuple[bytes, ...]:
        value: list[Any] = self._get(key, list) or []
        ids = [each for each in value if isinstance(each, bytes) and len(each) == ID]
        if len(ids) != len(value) or len(ids) > MAX_ASKED or ids != sorted({*ids}):
            raise _bad(key)
        return tuple(ids)

    def _get(self, key: int, kind: type) -> Any:
        value = self._fields.get(key)
        if value is not None and type(value) is not kind:
            raise _bad(key)
        return value


def _bad(key: int) -> PeopleRecordError:
    return PeopleRecordError(f"bad record of people: key {key} is not what it can be")


def _need(value: Any, key: int) -> Any:
    if value is None:
        raise _bad(key)
    return value


def _status(fields: _Fields, key: int) -> Status:
    return Status(fields.number(key, max(Status)) or 0)


def _check_in(fields: _Fields, sealed: bool) -> CheckInRecord:
    person, name = fields.id(4), fields.text(5, MAX_NAME)
    card = fields.number(9, MAX_CARD)
    if (person is not None and name is not None) or (name is not None and card is None):
        raise _bad(5)
    return CheckInRecord(
        _need(fields.number(1, 255), 1), fields.number(2, MAX_WITH) or 0, fields.text(3, MAX_NOTE),
        person, name, fields.marks(6), fields.marks(7), _status(fields, 8), card,
        fields.number(10, MAX_TIME),
    )  # fmt: skip


def _call(fields: _Fields, sealed: bool) -> CallRecord:
    ends = fields.id(1)
    if ends is not None:
        return CallRecord(ends=ends)
    return CallRecord(
        _need(fields.text(2, MAX_NAME), 2), _need(fields.number(3, MAX_TIME), 3),
        fields.persons(4), _status(fields, 5),
    )  # fmt: skip


def _assign(fields: _Fields, sealed: bool) -> AssignRecord:
    return AssignRecord(_need(fields.id(1), 1), _need(fields.id(2), 2), fields.id(3))


def _missing(fields: _Fields, sealed: bool) -> MissingRecord:
    about, exact = fields.id(1), fields.text(8, MAX_EXACT)
    minor = fields.number(7, 1) == 1
    if not sealed and (about is not None or exact is not None or minor):
        raise PeopleRecordError("bad record of people: what is for stewards only is not sealed")
    if about is not None:
        return MissingRecord(about=about, exact=_need(exact, 8))
    return MissingRecord(
        _need(fields.text(2, MAX_NAME), 2), _need(fields.number(3, MAX_TIME), 3),
        fields.text(4, MAX_PLACE), fields.text(5, MAX_TEXT), fields.id(6), minor, exact,
    )  # fmt: skip


def _sighting(fields: _Fields, sealed: bool) -> SightingRecord:
    exact = fields.text(8, MAX_EXACT)
    if not sealed and exact is not None:
        raise PeopleRecordError("bad record of people: what is for stewards only is not sealed")
    return SightingRecord(
        _need(fields.id(1), 1), Told(_need(fields.number(2, max(Told)), 2)),
        fields.text(3, MAX_TEXT), fields.text(4, MAX_PLACE), fields.number(5, 1) == 1, exact,
    )  # fmt: skip


_READERS: Final[dict[int, Any]] = {
    kinds.CHECK_IN: _check_in, kinds.ROLL_CALL: _call, kinds.ASSIGN: _assign,
    kinds.MISSING: _missing, kinds.SIGHTING: _sighting,
}  # fmt: skip
