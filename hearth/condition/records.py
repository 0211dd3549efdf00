"""The payload of a DECLARE event: a canonical CBOR map with a salt (docs/condition.md)."""

from __future__ import annotations

import os
from enum import IntEnum
from typing import Any, Final, NamedTuple

from hearth.store import cbor
from hearth.store.errors import CorruptError

SALT: Final = 16
ID: Final = 32
HOUR: Final = 3600
DEFAULT: Final = 24 * HOUR
"""Seconds for which a declaration stands unless it says otherwise, or is renewed."""
LONGEST: Final = 7 * 24 * HOUR
MAX_REASON: Final = 160
"""Bytes of UTF-8."""
MAX_ENDS: Final = 16
"""Declarations that one event ends."""


class Level(IntEnum):
    """What is declared."""

    OVER = 0
    WATCH = 1
    EMERGENCY = 2
    RECOVERY = 3


class Status(IntEnum):
    """Whether it is meant: as in CAP, and never changed by what comes later."""

    ACTUAL = 0
    EXERCISE = 1
    TEST = 2


class DeclareRecordError(CorruptError):
    """What a DECLARE event says is not what its kind says; never stops anything."""

    code = "declare-record"


class DeclareRecord(NamedTuple):
    """A level, for `long` seconds from when it was written, and the declarations (event ids) that
    are ended by it."""

    level: Level
    status: Status
    long: int
    reason: str = ""
    ends: tuple[bytes, ...] = ()

    def encode(self) -> bytes:
        """The payload, with a fresh salt. Raises ValueError for what no record may say."""
        fields: dict[int, Any] = {0: os.urandom(SALT), 1: int(self.level), 3: self.long}
        if self.status:
            fields[2] = int(self.status)
        if self.reason:
            fields[4] = self.reason
        if self.ends:
            fields[5] = list(self.ends)
        payload = cbor.encode(dict(sorted(fields.items())))
        self.decode(payload)
        return payload

    @classmethod
    def decode(cls, payload: bytes) -> DeclareRecord:
        """Read a payload. Raises DeclareRecordError."""
        try:
            fields = cbor.decode(payload)
        except cbor.CborError as error:
            raise DeclareRecordError(f"bad declaration: {error.message}") from error
        if not isinstance(fields, dict):
            raise DeclareRecordError("bad declaration: not a map")
        salt, reason, ends = fields.get(0), fields.get(4, ""), fields.get(5, [])
        if not isinstance(salt, bytes) or len(salt) != SALT:
            raise DeclareRecordError("bad declaration: no salt")
        level, status, long = fields.get(1), fields.get(2, 0), fields.get(3)
        if type(level) is not int or not 0 <= level <= max(Level):
            raise DeclareRecordError("bad declaration: a level that is not known here")
        if type(status) is not int or not 0 <= status <= max(Status):
            raise DeclareRecordError("bad declaration: a status that is not known here")
        if type(long) is not int or not 0 <= long <= LONGEST:
            raise DeclareRecordError(
                f"bad declaration: it stands for {LONGEST // HOUR} hours at most"
            )
        if not isinstance(reason, str) or len(reason.encode()) > MAX_REASON:
            raise DeclareRecordError("bad declaration: a reason that is too long")
        if not isinstance(ends, list) or len(ends) > MAX_ENDS:
            raise DeclareRecordError("bad declaration: it ends too many")
        ids = tuple(each for each in ends if isinstance(each, bytes) and len(each) == ID)
        if len(ids) != len(ends):
            raise DeclareRecordError("bad declaration: what it ends is no id")
        return cls(Level(level), Status(status), long, reason, ids)


def word(level: Level, status: Status = Status.ACTUAL) -> str:
    """What is declared, in words that cannot be mistaken: "an EXERCISE, NOT REAL: emergency"."""
    mark = "" if status is Status.ACTUAL else f"{status.name}, NOT REAL: "
    return mark + {
        Level.OVER: "the end", Level.WATCH: "a watch", Level.EMERGENCY: "an emergency",
        Level.RECOVERY: "recovery",
    }[level]  # fmt: skip
