"""How visits to other hearths are told: in a line each, and as data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hearth.commands.context import Session
from hearth.commands.failures import explain
from hearth.commands.layout import count, size
from hearth.commands.times import stamp

if TYPE_CHECKING:
    from hearth.mesh.node import Node
    from hearth.mesh.peers import Place
    from hearth.mesh.visiting import Visit

MOVED = ("events_in", "events_out", "slots_in", "slots_out", "objects_in", "objects_out")


def label(node: Node, session: Session, visit: Visit) -> str:
    """The peer's name, else its address."""
    name = node.name_of(visit.device or visit.place.device)
    place = visit.place
    return session.terminal.clean(name or (place.address if place.port else place.host) or "?")


def line(node: Node, session: Session, visit: Visit) -> list[str]:
    """One visit as the cells of a table."""
    who, way = label(node, session, visit), visit.place.way
    if visit.error is not None:
        return [who, way, f"{_why(session, visit.error)}{_last(node, visit)}"]
    came, went = ("in", "out") if session.plain else ("↓", "↑")
    what = f"{came} {count(visit.total('events_in'), 'event')}  {went} {visit.total('events_out')}"
    objects = visit.total("objects_in"), visit.total("objects_out")
    if any(objects):
        what += f"  objects {came} {objects[0]} {went} {objects[1]}"
    moved = size(visit.bytes_in + visit.bytes_out)
    return [who, way, f"{what}  {moved}  {visit.seconds:.1f} s"]


def _why(session: Session, error: Exception) -> str:
    from hearth.sync.handshake import HandshakeError, Reason
    from hearth.sync.tcp import UnreachableError

    if isinstance(error, UnreachableError):
        return "not reachable"
    if isinstance(error, HandshakeError) and error.reason is Reason.NOT_HEARTH:
        return "no hearth answers there"
    if isinstance(error, HandshakeError) and error.reason is Reason.CUT:
        return "hung up: no fellow member"
    if isinstance(error, HandshakeError) and error.reason is Reason.NO_DOOR:
        return "is in none of your communities, and has no ticket that holds"
    if hung_up(error):
        return "answered, and hung up"
    return session.terminal.clean(explain(error).message)


def hung_up(error: Exception | None) -> bool:
    """Whether the peer broke off for a reason of its own, which it keeps to itself.

    So it does with whoever was put out.
    """
    from hearth.sync.driver import PeerLeftError
    from hearth.sync.errors import Code

    return isinstance(error, PeerLeftError) and error.reason == Code.FAILED


def _last(node: Node, visit: Visit) -> str:
    from hearth.mesh.peers import Peers

    for known in Peers(node.home.store).all():
        if known.place[:2] == visit.place[:2] and known.reached:
            return f", last reached {stamp(known.reached, node.now())}"
    return ""


def tell_plan(session: Session, node: Node, found: list[list[Place]], more: dict[str, Any]) -> None:
    """Say, for --dry-run, at which nodes one would call."""

    if session.json:
        peers = [
            {
                "peer": node.name_of(group[0].device),
                "device": None if group[0].device is None else group[0].device.hex(),
                "address": group[0].address,
                "way": group[0].way,
            }
            for group in found
        ]
        session.terminal.out_json({"v": 1, "dry_run": True, "peers": peers, **more})
        return
    clean = session.terminal.clean
    rows = [
        [
            clean(node.name_of(group[0].device) or group[0].address),
            group[0].way,
            "would be called at " + ", ".join(place.address for place in group),
        ]
        for group in found
    ]
    if rows:
        session.terminal.out(session.terminal.table(rows))


def as_json(node: Node, visit: Visit) -> dict[str, Any]:
    """One visit as data."""
    return {
        "peer": node.name_of(visit.device or visit.place.device),
        "device": None if visit.device is None else visit.device.hex(),
        "address": visit.place.address if visit.place.port else visit.place.host or None,
        "way": visit.place.way,
        "ok": visit.error is None,
        **{name: visit.total(name) for name in MOVED},
        "events_repeated": visit.total("duplicates"),
        "equal": bool(visit.sessions) and visit.error is None and not visit.sessions[-1].unequal,
        "bytes_in": visit.bytes_in,
        "bytes_out": visit.bytes_out,
        "round_trips": visit.round_trips,
        "seconds": round(visit.seconds, 3),
        "error": _error(visit.error),
        "refused": _error(visit.refused),
        "over_quota": [
            {
                "device": over.device.hex(),
                "name": node.name_of(over.device),
                "community": community.hex(),
                "quota": over.why.name.lower(),
                "limit": over.limit,
            }
            for community, over in sorted(visit.over)
        ],
    }


def _error(error: Exception | None) -> dict[str, str] | None:
    if error is None:
        return None
    failure = explain(error)
    return {"code": failure.code, "message": failure.message}
