"""What `sync`, `push` and `pull` share: one round to everybody meant, and what is said of it.

From cron nothing is said when all went well, nor when nobody was reachable for a while: only the
exit code tells (14). After `sync.warn-after` without anybody it is said, once a day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hearth.commands.context import Session
from hearth.store.errors import Exit

if TYPE_CHECKING:
    from hearth.mesh.node import Node
    from hearth.mesh.peers import Place
    from hearth.mesh.visiting import Visit
    from hearth.sync.messages import Flags

DAY = 86400
LOOK = 1.5
"""Seconds to look round on the local network."""
_REACHED = "sync reached"
_OFFERED = "sync offered"
_WARNED = "sync warned"


@dataclass(slots=True)
class Wish:
    """What a person asked for. `budget` in bytes, `idle` in seconds."""

    peers: Sequence[str]
    flags: Flags
    idle: float
    budget: int | None
    wait_lock: float | None
    dry_run: bool


def go_round(session: Session, wish: Wish) -> int:
    """Call at everybody who is meant; returns the exit code."""
    from hearth.commands import neighbours

    with neighbours.opened_node(session) as node:
        if wish.dry_run:
            return _dry(session, node, wish)
        with neighbours.alone(session, node, wish.wait_lock):
            visits = neighbours.run(_visits, session, node, wish)
            _note(node, visits)
            return _tell(session, node, wish, visits)


async def _visits(session: Session, node: Node, wish: Wish) -> list[Visit]:
    from hearth.commands import neighbours
    from hearth.mesh import visiting

    if wish.peers:
        return await _round(session, node, wish, neighbours.resolve(node, wish.peers))
    visits = await _round(session, node, wish, visiting.places(node))
    met = {visit.device for visit in visits if visit.error is None}
    tried = {visit.place[:2] for visit in visits} if visits else set()
    near = await on_lan(session, node)
    new = [each for each in near if each[:2] not in tried]
    more = await _round(session, node, wish, new)
    return visits + [visit for visit in more if visit.device not in met]


async def on_lan(session: Session, node: Node) -> list[Place]:
    """Fellow members found on the local network within a second or so, if that is wanted."""
    if not session.config.get("sync.lan"):
        return []
    from hearth.mesh.lan import near

    return await near(node, LOOK)


async def _round(session: Session, node: Node, wish: Wish, places: list[Place]) -> list[Visit]:
    """Call at these places; of several addresses of one device, until one has answered."""
    from hearth.mesh import visiting

    groups: dict[object, list[Place]] = {}
    for place in places:
        groups.setdefault(place.device or place[:2], []).append(place)
    visits: list[Visit] = []
    with session.terminal.progress("syncing", unit="events") as progress:

        def on(visit: Visit) -> None:
            progress.update(sum(each.total("events_in") for each in visits))

        async def call(first: Place) -> None:
            for place in groups[first.device or first[:2]]:
                visit = await visiting.visit(
                    node, place, wish.flags, budget=wish.budget, idle=wish.idle, progress=on
                )
                if visit.error is None or place == groups[first.device or first[:2]][-1]:
                    visits.append(visit)
                    return

        await visiting.visit_all([each[0] for each in groups.values()], call)
    return visits


def _note(node: Node, visits: list[Visit]) -> None:
    """Remember that somebody was reached: when, and how far the log had come then."""
    if any(visit.error is None for visit in visits):
        with node.home.store.batch() as batch, batch.transaction() as tx:
            _set(tx, _REACHED, node.now())
            _set(tx, _OFFERED, node.home.store.log.last_arrival())


def _set(tx: Any, key: str, value: int) -> None:
    tx.connection.execute(
        "INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
        (key, value),
    )


def _tell(session: Session, node: Node, wish: Wish, visits: list[Visit]) -> int:
    from hearth.commands import neighbours
    from hearth.commands.keeping import tell_of_quotas

    reached = [visit for visit in visits if visit.error is None]
    refused = [visit for visit in reached if visit.refused is not None]
    partial = any(visit.refused is not None or visit.over for visit in reached)
    code = Exit.WARNINGS if partial else Exit.OK if reached else Exit.UNREACHABLE
    if session.json:
        shown = [neighbours.as_json(node, visit) for visit in visits]
        document = {"v": 1, "reached": len(reached), "peers": shown, "waiting": waiting(node)}
        session.terminal.out_json(document)
        return code
    for visit in refused:
        who, why = neighbours.label(node, session, visit), visit.refused
        session.terminal.warn(f'with "{who}": {why.message if why else ""}')
    tell_of_quotas(session, node, reached)
    if session.terminal.stdout.isatty() or session.verbose:
        _show(session, node, visits)
    if not reached:
        _nobody(session, node, wish, visits)
    return code


def _show(session: Session, node: Node, visits: list[Visit]) -> None:
    from hearth.commands import neighbours
    from hearth.commands.layout import table

    if visits:
        session.terminal.out(table([neighbours.line(node, session, each) for each in visits]))
        reached = sum(visit.error is None for visit in visits)
        session.terminal.out(f"{reached} of {len(visits)} synced")


def _nobody(session: Session, node: Node, wish: Wish, visits: list[Visit]) -> None:
    """Say that nobody was reached: to a person at once, from cron after days and once a day."""
    from hearth.commands import neighbours

    since, now = last_reached(node), node.now()
    asked = bool(wish.peers) or session.terminal.stderr.isatty()
    if not asked:
        warned = node.home.store.meta(_WARNED) or 0
        patience = session.config.get("sync.warn-after")
        if now - (since or node.home.store.meta("created") or now) < patience:
            return
        if now - warned < DAY:
            return
        with node.home.store.batch() as batch, batch.transaction() as tx:
            _set(tx, _WARNED, now)
    tried = ", ".join(neighbours.label(node, session, visit) for visit in visits)
    when = f" since {neighbours.moment(since)}" if since else ""
    held = waiting(node)
    waits = f"; {held} event{'s wait' if held != 1 else ' waits'}" if held else ""
    text = f"nobody reached{when} (tried {tried or 'nobody: no peer is known'}){waits}"
    session.terminal.err(f"hearth: sync: {session.terminal.clean(text)}")
    if not visits and asked:
        session.terminal.err(
            "hint: hearth peer find looks on this network, hearth peer add ADDRESS"
        )


def last_reached(node: Node) -> int | None:
    """When somebody was last reached, in unix seconds; None for never."""
    at: int | None = node.home.store.meta(_REACHED)
    return at


def waiting(node: Node) -> int:
    """How many of this device's events nobody has been offered yet."""
    from hearth.store import database

    offered = node.home.store.meta(_OFFERED) or 0
    ids = [each.id for each in node.commons.joined()]
    count = 0
    for community in ids:
        with database.translated():
            count += database.value(
                node.home.store.connection,
                "SELECT count(*) FROM events e JOIN runs r ON r.number = e.run JOIN chains c"
                " ON c.number = r.chain WHERE e.arrival > ? AND c.community = ? AND c.device = ?",
                offered,
                community,
                node.home.identity.device,
            )
    return count


def _dry(session: Session, node: Node, wish: Wish) -> int:
    """Say whom it would call at."""
    from hearth.commands import neighbours
    from hearth.commands.layout import table
    from hearth.mesh import visiting

    places = neighbours.resolve(node, wish.peers) if wish.peers else visiting.places(node)
    names = [node.name_of(place.device) for place in places]
    if session.json:
        peers = [
            {"peer": name, "address": place.address, "way": place.way}
            for name, place in zip(names, places, strict=True)
        ]
        session.terminal.out_json({"v": 1, "dry_run": True, "peers": peers})
        return Exit.OK
    clean = session.terminal.clean
    rows = [
        [clean(name or place.address), place.way, f"would be called at {place.address}"]
        for name, place in zip(names, places, strict=True)
    ]
    session.terminal.out(table(rows) if rows else "nobody is known to call at")
    return Exit.OK
