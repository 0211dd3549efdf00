"""hearth show: one event or object, whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from hearth.commands.context import Session, open_home
from hearth.commands.layout import size
from hearth.commands.options import json_option
from hearth.commands.times import when

if TYPE_CHECKING:
    from hearth.home import Home
    from hearth.store.event import Event


@click.command("show")
@click.argument("id")
@json_option
@click.pass_obj
def command(session: Session, id: str) -> None:
    """Show the event or object with this ID, whole or by its first digits.

    Of an event: its header, whether its signature holds, and its payload. Of an object: its
    size, and what it is; hearth cat-object prints its bytes.
    """
    with open_home(session, read_only=True) as home:
        event, found = find(home, id)
        if event is not None:
            _show_event(session, event)
        else:
            _show_object(session, home, found)


def find(home: Home, text: str) -> tuple[Event | None, bytes]:
    """The event of this id, or None and the object's id."""
    from hearth.store.ids import AmbiguousId, UnknownId, parse

    parse(text)
    try:
        event_id = home.store.log.resolve(text)
    except UnknownId:
        try:
            return None, home.store.resolve(text)
        except UnknownId:
            raise UnknownId(f'no event or object "{text}" here') from None
    try:
        object_id = home.store.resolve(text)
    except UnknownId:
        return home.store.log.get(event_id), event_id
    raise AmbiguousId(
        f'"{text}" may mean event {event_id.hex()[:12]} or object {object_id.hex()[:12]}',
        "give more digits of the id",
    )


def _show_event(session: Session, event: Event) -> None:
    from hearth.commands.events import as_json, kind_name, lane_name, marks

    payload = decoded(event.payload)
    if session.json:
        document = as_json(event)
        document["type"] = "event"
        document["verified"] = event.verified
        document["signature"] = event.signature.hex()
        document["payload_value"] = plain(payload)
        session.terminal.out_json(document)
        return
    header = event.header
    lines = [
        ("event", event.id.hex()),
        ("signature", "holds" if event.verified else "DOES NOT HOLD"),
        ("community", header.community.hex()),
        ("device", header.device.hex()),
        ("place", f"{lane_name(header.lane)} {header.sequence}"),
        ("previous", _hex(header.previous)),
        ("time", f"Lamport {header.lamport}, {when(header.wall)} by its author's clock"),
        ("tick", _hex(header.tick)),
        *(("act", id.hex()) for id in header.acts),
        ("kind", f"{kind_name(header.kind)} ({header.kind})"),
        *(("ref", id.hex()) for id in header.refs),
        *(("mark", mark) for mark in marks(event)),
        ("payload", f"{header.payload_length} bytes" if header.payload_hash else "none"),
    ]
    for name, value in lines:
        session.terminal.out(f"{name:10} {value}")
    if payload is not None:
        import json

        text = json.dumps(plain(payload), ensure_ascii=False, indent=2)
        session.terminal.out(session.terminal.clean(text, body=True))


def _show_object(session: Session, home: Home, id: bytes) -> None:
    from hearth.store import manifest

    data = home.store.get(id)
    found = manifest.decode(data)
    length = len(data) if found is None else found.length
    if session.json:
        document: dict[str, Any] = {"v": 1, "type": "object", "id": id.hex(), "bytes": length}
        if found is not None:
            document["whole"] = found.whole.hex()
            document["chunks"] = [
                {"id": chunk.hex(), "bytes": count} for chunk, count in found.chunks
            ]
        session.terminal.out_json(document)
        return
    out = session.terminal.out
    out(f"object     {id.hex()}")
    out(f"size       {size(length)} ({length:,} bytes)")
    if found is not None:
        out(f"whole      {found.whole.hex()}")
        missing = sum(not home.store.has(chunk) for chunk, _ in found.chunks)
        out(f"chunks     {len(found.chunks)}, {missing} not here")


def decoded(payload: bytes | None) -> Any:
    """The payload's value; its bytes where it is not in the profile (a newer kind, sealed)."""
    if payload is None:
        return None
    from hearth.store import cbor

    try:
        return cbor.decode(payload)
    except cbor.CborError:
        return payload


def plain(value: Any) -> Any:
    """The same for JSON: bytes as hex digits, keys as text."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


def _hex(value: bytes | None) -> str:
    return "none" if value is None else value.hex()
