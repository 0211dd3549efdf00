"""The payloads of SITE and DRILL events: canonical CBOR maps with a salt (docs/boards.md)."""

from __future__ import annotations

import os
import unicodedata
from enum import IntEnum
from typing import Any, Final, NamedTuple

from blake3 import blake3

from hearth.boards.words import MAX_NAME, MAX_NOTE, MAX_PEOPLE, MAX_PLACE
from hearth.store import cbor
from hearth.store.errors import CorruptError

SALT: Final = 16
ID: Final = 32
WAY: Final = 8
"""Bytes that say how something came: the beginning of a device's id, or one of `CARRIERS`."""
_EXERCISE: Final = 9
_LABEL: Final = b"hearth/site/1\0"


class BoardRecordError(CorruptError):
    """What a SITE or DRILL event says is not what its kind says; never stops anything."""

    code = "board-record"


class SiteRecord(NamedTuple):
    """How a site is, as somebody saw it. What is None was not said.

    `sort` and `state`: numbers of `words`, or of a newer hearth's; `taken` of `capacity` people are
    there; `has`: bits of `words.HAS`.
    """

    sort: int
    name: str
    state: int
    capacity: int | None = None
    taken: int | None = None
    has: int | None = None
    place: str | None = None
    note: str | None = None
    exercise: bool = False

    @property
    def subject(self) -> bytes:
        """Which site it is: whoever reports one of that sort and name speaks of the same."""
        name = unicodedata.normalize("NFC", " ".join(self.name.split()).casefold())
        return blake3(_LABEL + cbor.encode([self.exercise, self.sort, name])).digest()

    def knowing(self, capacity: int | None, has: int | None, place: str | None) -> SiteRecord:
        """The same with what is known of what seldom changes, where it was not said anew: so every
        report says all of it."""
        return self._replace(
            capacity=capacity if self.capacity is None else self.capacity,
            has=has if self.has is None else self.has,
            place=place if self.place is None else self.place,
        )

    def encode(self) -> bytes:
        """The payload, with a fresh salt."""
        fields: dict[int, Any] = {0: os.urandom(SALT), 1: self.sort, 2: self.name, 3: self.state}
        for key, value in enumerate(self[3:8], 4):
            if value is not None:
                fields[key] = value
        if self.exercise:
            fields[_EXERCISE] = True
        return cbor.encode(fields)

    @classmethod
    def decode(cls, payload: bytes) -> SiteRecord:
        """Read a payload. Raises BoardRecordError."""
        get = _fields(payload).get
        name = _text(get(2), MAX_NAME)
        if name is None:
            raise BoardRecordError("bad site: no name")
        return cls(
            _number(get(1), 255), name, _number(get(3), 255), _optional(get(4), MAX_PEOPLE),
            _optional(get(5), MAX_PEOPLE), _optional(get(6), (1 << 32) - 1),
            _text(get(7), MAX_PLACE), _text(get(8), MAX_NOTE), get(_EXERCISE) is True,
        )  # fmt: skip


class What(IntEnum):
    """What a DRILL event says."""

    START = 0
    HEARD = 1
    END = 2


class DrillRecord(NamedTuple):
    """A rehearsal begins (`until`, `text`), was heard of (`way`; `answered`: a person says so, and
    not their hearth alone), or ends. `drill` is the id of the event that began it, None in that
    one. Every one says that it is an exercise, or it says nothing."""

    what: What
    drill: bytes | None = None
    until: int = 0
    text: str | None = None
    way: bytes | None = None
    answered: bool = False

    def encode(self) -> bytes:
        """The payload, with a fresh salt."""
        fields: dict[int, Any] = {0: os.urandom(SALT), 1: int(self.what), _EXERCISE: True}
        if self.what is What.START:
            fields[3] = self.until
        else:
            fields[2] = self.drill
        if self.text is not None:
            fields[4] = self.text
        if self.way is not None:
            fields[5] = self.way
        if self.answered:
            fields[6] = True
        return cbor.encode(fields)

    @classmethod
    def decode(cls, payload: bytes) -> DrillRecord:
        """Read a payload. Raises BoardRecordError."""
        get = _fields(payload).get
        if get(_EXERCISE) is not True:
            raise BoardRecordError("bad drill: it does not say that it is an exercise")
        number = _number(get(1), 255)
        if number not in set(What):
            raise BoardRecordError("bad drill: it says nothing that is known")
        what = What(number)
        drill = None if what is What.START else _bytes(get(2), ID)
        way = None if get(5) is None else _bytes(get(5), WAY)
        until = _number(get(3), 1 << 40) if what is What.START else 0
        return cls(what, drill, until, _text(get(4), MAX_NOTE), way, get(6) is True)


def _fields(payload: bytes) -> dict[int, Any]:
    try:
        fields = cbor.decode(payload)
    except cbor.CborError as error:
        raise BoardRecordError(f"bad record: {error.message}") from error
    if not isinstance(fields, dict):
        raise BoardRecordError("bad record: not a map")
    _bytes(fields.get(0), SALT)
    return fields


def _bytes(value: Any, size: int) -> bytes:
    if not isinstance(value, bytes) or len(value) != size:
        raise BoardRecordError("bad record: an id, a way or the salt")
    return value


def _number(value: Any, most: int) -> int:
    if type(value) is not int or not 0 <= value <= most:
        raise BoardRecordError("bad record: a number")
    return value


def _optional(value: Any, most: int) -> int | None:
    return None if value is None else _number(value, most)


def _text(value: Any, most: int) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or not value.strip() or len(value.encode()) > most:
        raise BoardRecordError("bad record: a text")
    return value
