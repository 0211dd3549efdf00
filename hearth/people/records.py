"""What events about people say: canonical CBOR maps with a salt; sealed ones without.

docs/people.md has the tables. A key that is not known is ignored; whatever breaks a bound makes the
whole a `RecordError`, and the event is passed over. `decode` of what `encode` returned gives
the record back.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from typing import Any, Final, NamedTuple, TypeAlias

from hearth import kinds
from hearth.payload import ID, MAX_TIME, RecordError, bad, fields_of, present, salted
from hearth.store import cbor

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
        return present(
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
        return {2: self.title, 3: self.until} | present(
            {4: list(self.asked) or None, 5: int(self.status) or None}
        )


class AssignRecord(NamedTuple):
    """In the roll call `call` the person `knocker` goes to `person`; nobody does, if it is None."""

    call: bytes
    person: bytes
    knocker: bytes | None = None

    def fields(self) -> dict[int, Any]:
        """The map, without a salt."""
        return {1: self.call, 2: self.person} | present({3: self.knocker})


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
            return {1: self.about} | present({8: self.exact})
        return {2: self.name, 3: self.until} | present(
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
        return {1: self.missing, 2: int(self.told)} | present(
            {3: self.text, 4: self.place, 5: 1 if self.found else None, 8: self.exact}
        )


Record: TypeAlias = CheckInRecord | CallRecord | AssignRecord | MissingRecord | SightingRecord


def encode(record: Record, *, sealed: bool = False) -> bytes:
    """The payload of an event; what is sealed is salted by its seal."""
    fields = record.fields()
    return cbor.encode(fields) if sealed else salted(fields)


def decode(kind: int, payload: bytes, *, sealed: bool = False) -> Record:
    """Read a payload. Raises RecordError."""
    build, shape = _SHAPES[kind]
    found: dict[str, Any] = {}
    for key, item in fields_of(payload, sealed=sealed).items():
        field = shape.get(key)
        if field is not None:
            name, read = field
            try:
                found[name] = read(item)
            except ValueError:
                raise bad(key) from None
    try:
        record: Record = build(**found)
    except TypeError:
        raise RecordError("bad record of people: something is missing in it") from None
    _check(record, sealed)
    return record


def _check(record: Record, sealed: bool) -> None:
    """Whether the parts of a record go together."""
    match record:
        case CheckInRecord(person=person, name=name, card=card) if name is not None:
            if person is not None or card is None:
                raise bad(5)
        case CallRecord(title=title, ends=None) if not title:
            raise bad(2)
        case MissingRecord(name=name, about=None) if not name:
            raise bad(2)
        case MissingRecord(about=about, exact=None) if about is not None:
            raise bad(8)
    if not sealed and isinstance(record, MissingRecord | SightingRecord):
        minor = isinstance(record, MissingRecord) and (record.minor or record.about is not None)
        if minor or record.exact is not None:
            raise RecordError("bad record of people: what is for stewards is not sealed")


# what a value may be: each returns it as it is kept, or raises ValueError


def _number(most: int) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        if type(value) is not int or not 0 <= value <= most:
            raise ValueError
        return value

    return read


def _text(most: int) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if type(value) is not str or not 1 <= len(value.encode()) <= most:
            raise ValueError
        return value

    return read


def _id(value: Any) -> bytes:
    if type(value) is not bytes or len(value) != ID:
        raise ValueError
    return value


def _marks(value: Any) -> tuple[bytes, ...]:
    if type(value) is not bytes or len(value) % MARK or not 0 < len(value) <= MARK * MAX_MARKS:
        raise ValueError
    return tuple(value[at : at + MARK] for at in range(0, len(value), MARK))


def _persons(value: Any) -> tuple[bytes, ...]:
    if type(value) is not list or not 0 < len(value) <= MAX_ASKED:
        raise ValueError
    ids = [_id(each) for each in value]
    if ids != sorted({*ids}):
        raise ValueError
    return tuple(ids)


def _yes(value: Any) -> bool:
    if type(value) is not int or value != 1:
        raise ValueError
    return True


def _status(value: Any) -> Status:
    return Status(_number(max(Status))(value))


def _told(value: Any) -> Told:
    return Told(_number(max(Told))(value))


_TIME: Final = _number(MAX_TIME)
_SHAPES: Final[dict[int, tuple[Any, dict[Any, tuple[str, Callable[[Any], Any]]]]]] = {
    kinds.CHECK_IN: (
        CheckInRecord,
        {
            1: ("code", _number(255)), 2: ("company", _number(MAX_WITH)),
            3: ("note", _text(MAX_NOTE)), 4: ("person", _id), 5: ("name", _text(MAX_NAME)),
            6: ("follows", _marks), 7: ("calls", _marks), 8: ("status", _status),
            9: ("card", _number(MAX_CARD)), 10: ("at", _TIME),
        },
    ),
    kinds.ROLL_CALL: (
        CallRecord,
        {
            1: ("ends", _id), 2: ("title", _text(MAX_NAME)), 3: ("until", _TIME),
            4: ("asked", _persons), 5: ("status", _status),
        },
    ),
    kinds.ASSIGN: (
        AssignRecord, {1: ("call", _id), 2: ("person", _id), 3: ("knocker", _id)},
    ),
    kinds.MISSING: (
        MissingRecord,
        {
            1: ("about", _id), 2: ("name", _text(MAX_NAME)), 3: ("until", _TIME),
            4: ("place", _text(MAX_PLACE)), 5: ("text", _text(MAX_TEXT)), 6: ("person", _id),
            7: ("minor", _yes), 8: ("exact", _text(MAX_EXACT)),
        },
    ),
    kinds.SIGHTING: (
        SightingRecord,
        {
            1: ("missing", _id), 2: ("told", _told), 3: ("text", _text(MAX_TEXT)),
            4: ("place", _text(MAX_PLACE)), 5: ("found", _yes), 8: ("exact", _text(MAX_EXACT)),
        },
    ),
}  # fmt: skip
