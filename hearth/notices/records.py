"""The payloads of NOTICE and ENDORSE events: canonical CBOR maps with a salt (docs/notices.md)."""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

from hearth.cap import packing, words
from hearth.cap.model import Alert
from hearth.payload import RecordError, bad, fields_of, ident, present, salted

HELP: Final = "hearth-help"
"""The `code` of an alert that asks for help."""


class NoticeRecord(NamedTuple):
    """An alert. `relayed`: its author hands it on, and the event's first reference is the object
    with the document as they received it."""

    alert: Alert
    relayed: bool = False

    def encode(self) -> bytes:
        """The payload, with a fresh salt. Raises ValueError for an alert that is too long."""
        fields = {1: words.NUMBER, 2: packing.pack(self.alert), 3: self.relayed or None}
        return salted(present(fields))

    @classmethod
    def decode(cls, payload: bytes) -> NoticeRecord:
        """Read a payload. Raises RecordError."""
        return cls.decode_with_digest(payload)[0]

    @classmethod
    def decode_with_digest(cls, payload: bytes) -> tuple[NoticeRecord, bytes]:
        """Read a payload: the record, and the digest of the alert. Raises RecordError."""
        fields = fields_of(payload)
        packed = fields.get(2)
        if fields.get(1) != words.NUMBER or not isinstance(packed, bytes):
            raise RecordError("bad notice: packed in a way that is not known here")
        try:
            alert, digest = packing.unpack_with_digest(packed)
        except packing.PackedError as error:
            raise RecordError(f"bad notice: {error.message}") from error
        return cls(alert, fields.get(3) is True), digest


class EndorseRecord(NamedTuple):
    """Its author stands for the alert with this digest, or does not any more."""

    digest: bytes
    stands: bool = True

    def encode(self) -> bytes:
        """The payload, with a fresh salt."""
        return salted({1: self.digest, 2: self.stands})

    @classmethod
    def decode(cls, payload: bytes) -> EndorseRecord:
        """Read a payload. Raises RecordError."""
        fields = fields_of(payload)
        digest, stands = ident(fields, 1), fields.get(2)
        if not isinstance(stands, bool):
            raise bad(2)
        return cls(digest, stands)


@lru_cache(1024)
def sender_of(person: bytes) -> str:
    """The CAP sender of what a member writes: nobody else's event with it is theirs."""
    return f"hearth-{person.hex()[:20]}"


def is_members(sender: str) -> bool:
    """Whether a CAP sender is one of those that `sender_of` gives to members."""
    return sender.startswith("hearth-")
