"""An event on its way in: what is known of it before anything about it is proved.

There are two ways to one: `read`, for bytes from anywhere; and making it, for whoever has just
built the header itself, from numbers within their bounds, and has hashed payload and event to do
so. Reading that header again would only find out what was put into it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from hearth.store.event import SIGNATURE_SIZE, SignatureError, check_payload, event_id
from hearth.store.header import Fields, chain_parts, scan

if TYPE_CHECKING:
    from hearth.store.runs import Run


class Incoming:
    """One event on its way in. Whoever makes one vouches that the header is canonical and has
    these fields, that the payload is the one it names, and that `id` is the event's."""

    __slots__ = ("fields", "flags", "header", "id", "payload", "run", "signature")
    run: Run

    def __init__(
        self, fields: Fields, header: bytes, signature: bytes, payload: bytes | None, id: bytes
    ) -> None:
        self.fields = fields
        self.header = header
        self.signature = signature
        self.payload = payload
        self.id = id
        self.flags = 0

    @property
    def sequence(self) -> int:
        """Its place in its chain."""
        return self.fields.sequence


def devices(events: Iterable[Incoming]) -> set[bytes]:
    """Who wrote these."""
    return {chain_parts(name)[1] for name in {event.fields.chain for event in events}}


def read(header: bytes, signature: bytes, payload: bytes | None) -> Incoming:
    """Check the bytes of an event, but not who signed it.

    Raises HeaderError, NewerEventError, SignatureError, PayloadError.
    """
    fields = scan(header)
    if len(signature) != SIGNATURE_SIZE:
        raise SignatureError(f"a signature has 64 bytes, not {len(signature)}")
    if payload is not None:
        check_payload(fields, payload)
    return Incoming(fields, header, signature, payload, event_id(header, signature))
