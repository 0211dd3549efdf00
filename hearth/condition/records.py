"""The payload of a DECLARE event: a canonical CBOR map with a salt (docs/condition.md)."""

from __future__ import annotations

from enum import IntEnum
from typing import Final, NamedTuple

from hearth.payload import ID, bad, fields_of, is_bytes, number, present, salted, text

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
        fields = {
            1: int(self.level), 2: int(self.status) or None, 3: self.long, 4: self.reason or None,
            5: list(self.ends) or None,
        }  # fmt: skip
        payload = salted(present(fields))
        self.decode(payload)
        return payload

    @classmethod
    def decode(cls, payload: bytes) -> DeclareRecord:
        """Read a payload. Raises RecordError."""
        fields = {2: 0, 5: []} | fields_of(payload)
        level, status = number(fields, 1, 0, max(Level)), number(fields, 2, 0, max(Status))
        ends = fields[5]
        if not isinstance(ends, list) or len(ends) > MAX_ENDS:
            raise bad(5)
        if not all(is_bytes(each, ID) for each in ends):
            raise bad(5)
        reason = text(fields, 4, MAX_REASON, least=0) if 4 in fields else ""
        long = number(fields, 3, 0, LONGEST)
        return cls(Level(level), Status(status), long, reason, tuple(ends))


def word(level: Level, status: Status = Status.ACTUAL) -> str:
    """What is declared, in words that cannot be mistaken: `EXERCISE, NOT REAL: an emergency`."""
    mark = "" if status is Status.ACTUAL else f"{status.name}, NOT REAL: "
    return mark + {
        Level.OVER: "all that was declared", Level.WATCH: "a watch",
        Level.EMERGENCY: "an emergency", Level.RECOVERY: "recovery",
    }[level]  # fmt: skip
