"""The payloads of SITE and DRILL events: canonical CBOR maps with a salt (docs/boards.md)."""

from __future__ import annotations

import unicodedata
from enum import IntEnum
from typing import Any, Final, NamedTuple

from blake3 import blake3

from hearth.boards.words import MAX_NAME, MAX_NOTE, MAX_PEOPLE, MAX_PLACE
from hearth.payload import (
    RecordError,
    bad,
    fields_of,
    ident,
    is_bytes,
    number,
    present,
    salted,
    text,
)
from hearth.store import cbor

WAY: Final = 8
"""Bytes that say how something came: the beginning of a device's id, or one of `CARRIERS`."""
_EXERCISE: Final = 9
_LABEL: Final = b"hearth/site/1\0"


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
        fields = dict(enumerate(self[:8], 1)) | {_EXERCISE: self.exercise or None}
        return salted(present(fields))

    @classmethod
    def decode(cls, payload: bytes) -> SiteRecord:
        """Read a payload. Raises RecordError."""
        fields = fields_of(payload)
        name = _text(fields, 2, MAX_NAME)
        if name is None:
            raise bad(2)
        return cls(
            number(fields, 1, 0, 255), name, number(fields, 3, 0, 255),
            _maybe(fields, 4, MAX_PEOPLE), _maybe(fields, 5, MAX_PEOPLE),
            _maybe(fields, 6, (1 << 32) - 1), _text(fields, 7, MAX_PLACE),
            _text(fields, 8, MAX_NOTE), fields.get(_EXERCISE) is True,
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
        begins = self.what is What.START
        fields = {
            1: int(self.what), 2: None if begins else self.drill, 3: self.until if begins else None,
            4: self.text, 5: self.way, 6: self.answered or None, _EXERCISE: True,
        }  # fmt: skip
        return salted(present(fields))

    @classmethod
    def decode(cls, payload: bytes) -> DrillRecord:
        """Read a payload. Raises RecordError."""
        fields = fields_of(payload)
        if fields.get(_EXERCISE) is not True:
            raise RecordError("bad drill: it does not say that it is an exercise")
        what = What(number(fields, 1, 0, max(What)))
        begins = what is What.START
        drill = None if begins else ident(fields, 2)
        until = number(fields, 3, 0, 1 << 40) if begins else 0
        way = fields.get(5)
        if way is not None and not is_bytes(way, WAY):
            raise bad(5)
        return cls(what, drill, until, _text(fields, 4, MAX_NOTE), way, fields.get(6) is True)


# what was not said may be left out, or be null


def _maybe(fields: dict[int, Any], key: int, most: int) -> int | None:
    return None if fields.get(key) is None else number(fields, key, 0, most)


def _text(fields: dict[int, Any], key: int, most: int) -> str | None:
    if fields.get(key) is None:
        return None
    found = text(fields, key, most)
    if not found.strip():
        raise bad(key)
    return found
