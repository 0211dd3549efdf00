"""How events are shown: what `log` and `show` share."""

from __future__ import annotations

from typing import Any

from hearth import kinds
from hearth.store.event import Event
from hearth.store.header import Lane


def kind_name(kind: int) -> str:
    """The kind's name, or `kind 4711` for one this program does not know."""
    return kinds.NAMES.get(kind, f"kind {kind}")


def lane_name(lane: int) -> str:
    """The lane's word in lower case."""
    return Lane(lane).name.lower()


def marks(event: Event) -> list[str]:
    """What a reader must know about an event besides its content."""
    found = []
    if event.gap:
        found.append("gap before it")
    if event.forked:
        found.append("forked")
    if event.erased:
        found.append("erased")
    elif event.payload is None and event.header.payload_length:
        found.append("payload not here")
    return found


def as_json(event: Event) -> dict[str, Any]:
    """The event's header as JSON: the same on every node that holds the event."""
    header = event.header
    return {
        "v": 1,
        "id": event.id.hex(),
        "community": header.community.hex(),
        "device": header.device.hex(),
        "lane": lane_name(header.lane),
        "sequence": header.sequence,
        "previous": _hex(header.previous),
        "lamport": header.lamport,
        "tick": _hex(header.tick),
        "acts": [id.hex() for id in header.acts],
        "wall": header.wall,
        "expiry": header.expiry,
        "kind": header.kind,
        "kind_name": kinds.NAMES.get(header.kind),
        "refs": [id.hex() for id in header.refs],
        "payload": _hex(header.payload_hash),
        "payload_length": header.payload_length,
        "audience": _hex(header.audience),
        "gap": event.gap,
        "forked": event.forked,
        "erased": event.erased,
    }


def _hex(value: bytes | None) -> str | None:
    return None if value is None else value.hex()
