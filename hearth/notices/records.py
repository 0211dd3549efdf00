"""The payloads of NOTICE and ENDORSE events: canonical CBOR maps with a salt (docs/notices.md)."""

from __future__ import annotations

import os
from functools import lru_cache
from typing import Any, Final, NamedTuple

from hearth.cap import packing, words
from hearth.cap.model import Alert
from hearth.store import cbor
from hearth.store.errors import CorruptError

SALT: Final = 16
ID: Final = 32
HELP: Final = "hearth-help"
"""The `code` of an alert that asks for help."""


class NoticeRecordError(CorruptError):
    """What a NOTICE or ENDORSE event says is not what its kind says; never stops anything."""

    code = "notice-record"


class NoticeRecord(NamedTuple):
    """An alert. `relayed`: its author hands it on, and the event's first reference is the object
    with the document as they received it."""

    alert: Alert
    relayed: bool = False

    def encode(self) -> bytes:
        """The payload, with a fresh salt. Raises ValueError for an alert that is too long."""
        fields: dict[int, Any] = {
            0: os.urandom(SALT), 1: words.NUMBER, 2: packing.pack(self.alert),
        }  # fmt: skip
        if self.relayed:
            fields[3] = True
        return cbor.encode(fields)

    @classmethod
    def decode(cls, payload: bytes) -> NoticeRecord:
        """Read a payload. Raises NoticeRecordError."""
        return cls.decode_with_digest(payload)[0]

    @classmethod
    def decode_with_digest(cls, payload: bytes) -> tuple[NoticeRecord, bytes]:
        """Read a payload: the record, and the digest of the alert. Raises NoticeRecordError."""
        fields = _fields(payload)
        packed = fields.get(2)
        if fields.get(1) != words.NUMBER or not isinstance(packed, bytes):
            raise NoticeRecordError("bad notice: packed in a way that is not known here")
        try:
            alert, digest = packing.unpack_with_digest(packed)
        except packing.PackedError as error:
            raise NoticeRecordError(f"bad notice: {error.message}") from error
        return cls(alert, fields.get(3) is True), digest


class EndorseRecord(NamedTuple):
    """Its author stands for the alert with this digest, or does not any more."""

    digest: bytes
    stands: bool = True

    def encode(self) -> bytes:
        """The payload, with a fresh salt."""
        return cbor.encode({0: os.urandom(SALT), 1: self.digest, 2: self.stands})

    @classmethod
    def decode(cls, payload: bytes) -> EndorseRecord:
        """Read a payload. Raises NoticeRecordError."""
        fields = _fields(payload)
        digest, stands = fields.get(1), fields.get(2)
        if not isinstance(digest, bytes) or len(digest) != ID or not isinstance(stands, bool):
            raise NoticeRecordError("bad endorsement")
        return cls(digest, stands)


def _fields(payload: bytes) -> dict[int, Any]:
    try:
        fields = cbor.decode(payload)
    except cbor.CborError as error:
        raise NoticeRecordError(f"bad notice: {error.message}") from error
    if not isinstance(fields, dict):
        raise NoticeRecordError("bad notice: not a map")
    salt = fields.get(0)
    if not isinstance(salt, bytes) or len(salt) != SALT:
        raise NoticeRecordError("bad notice: no salt")
    return fields


@lru_cache(1024)
def sender_of(person: bytes) -> str:
    """The CAP sender of what a member writes: nobody else's event with it is theirs."""
    return f"hearth-{person.hex()[:20]}"


def is_members(sender: str) -> bool:
    """Whether a CAP sender is one of those that `sender_of` gives to members."""
    return sender.startswith("hearth-")
