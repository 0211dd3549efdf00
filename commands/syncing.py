"""What `sync`, `push` and `pull` share: one round to everybody meant, and what is said of it.

From cron nothing is said when all went well, nor when nobody was reachable for a while, or when
another sync is at it: only the exit code tells (14, 11). After `sync.warn-after` without anybody it
is said, once a day.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hearth.commands import neighbours, running, visit_lines
from hearth.commands.context import Session
from hearth.commands.keeping import tell_of_quotas
from hearth.commands.times import DAY, stamp
from hearth.store.errors import Exit

if TYPE_CHECKING:
    from hearth.commands.progress import Progress
    from hearth.commands.sync_options import Wish
    from hearth.mesh.node import Node
    from hearth.mesh.peers import Place
    from hearth.mesh.visiting import Visit
    from hearth.sync.intake import Summary
    from hearth.sync.messages import Flags

LOOK = 1.5
"""Seconds to look round on the local network."""
_WARNED = "sync warned"


def go_round(session: Session, verb: str, flags: Flags, wish: Wish) -> int:
    """Call at everybody who is meant; returns the exit code."""
    if wish.dry_run:
        with neighbours.reading_node(session) as node:
            return _dry(session, node, verb, wish)
    with neighbours.opened_node(session) as node:
        try:
            with neighbours.alone(session, node, wish.wait_lock):
                visits = running.run(_visits, session, node, verb, wish, flags)
                return _tell(session, node, verb, wish, visits)
        except neighbours.AnotherError as error:
            asked = session.json or wish.wait_lock is not None or _is_asked(session, wish)
            if asked or _is_due(session, node):
                raise
            return error.exit_code  # it may take hours: the next one goes on


async def _visits(session: Session, node: Node, verb: str, wish: Wish, flags: Flags) -> list[Visit]:
    from hearth.mesh.visiting import groups, places

    with session.terminal.progress("syncing", unit="events") as progress:
        if wish.peers:
            known = groups(_named(node, verb, wish))
            return await _round(node, wish, flags, known, progress)
        known = groups(places(node))
        visits = await _round(node, wish, flags, known, progress)
        tried = {place[:2] for group in known for place in group}
        met = {visit.device for visit in visits if visit.error is None}
        near = await on_lan(session, node)
        new = [group for group in near if not any(place[:2] in tried for place in group)]
        more = await _round(node, wish, flags, new, progress)
        return visits + [visit for visit in more if not visit.by_chance and visit.device not in met]


def _named(node: Node, verb: str, wish: Wish) -> list[Place]:
    """The places of the peers that were named; only sync goes to folders, too."""
    return neighbours.resolve(node, wish.peers, sticks=verb == "sync")


async def on_lan(session: Session, node: Node) -> list[list[Place]]:
    """Nodes found on the local network within a second or so, if that is wanted."""
    if not session.config.get("sync.lan"):
        return []
    from hearth.mesh.lan import near

    return await near(node, LOOK)


async def _round(
    node: Node, wish: Wish, flags: Flags, groups: list[list[Place]], progress: Progress
) -> list[Visit]:
    """Call at these nodes, each with its places."""
    from hearth.mesh import visiting

    visits: list[Visit] = []
    before, coming = progress.count, {}

    async def call(group: list[Place]) -> None:
        def on(visit: Visit, summary: Summary) -> None:
            coming[group[0]] = visit.total("events_in") + summary.events_in
            progress.update(before + sum(coming.values()))

        visits.append(
            await visiting.reach(
                node, group, flags, budget=wish.budget, idle=wish.timeout, progress=on
            )
        )

    await visiting.visit_all(groups, call)
    return visits


def _tell(session: Session, node: Node, verb: str, wish: Wish, visits: list[Visit]) -> int:
    from hearth.mesh import contact

    reached = [visit for visit in visits if visit.error is None]
    refused = [visit for visit in reached if visit.refused is not None]
    partial = any(visit.refused is not None or visit.over for visit in reached)
    code = Exit.WARNINGS if partial else Exit.OK if reached else Exit.UNREACHABLE
    if session.json:
        shown = [visit_lines.as_json(node, visit) for visit in visits]
        document = {
            "v": 1,
            "reached": len(reached),
            "peers": shown,
            "waiting": waiting(node),
            "last_reached": contact.last(node.home.store),
        }
        session.terminal.out_json(document)
        return code
    for visit in refused:
        who, why = visit_lines.label(node, session, visit), visit.refused
        session.terminal.warn(f'with "{who}": {why.message if why else ""}')
    tell_of_quotas(session, node, reached)
    if session.watched:
        _show(session, node, visits)
    if not reached:
        _nobody(session, node, verb, wish, visits)
    return code


def _show(session: Session, node: Node, visits: list[Visit]) -> None:
    if visits:
        rows = [visit_lines.line(node, session, each) for each in visits]
        session.terminal.out(session.terminal.table(rows))
        reached = sum(visit.error is None for visit in visits)
        if reached:
            session.terminal.out(f"{reached} of {len(visits)} synced")


def _nobody(session: Session, node: Node, verb: str, wish: Wish, visits: list[Visit]) -> None:
    """Say that nobody was reached: to a person at once, from cron after days and once a day."""
    from hearth.mesh import contact
    from hearth.mesh.visiting import StrangersError

    now, asked = node.now(), _is_asked(session, wish)
    since = contact.last_heard(node.home.store, now)
    if not asked and not _is_due(session, node):
        return
    names = [visit_lines.label(node, session, visit) for visit in visits]
    if not wish.peers and session.config.get("sync.lan"):
        names.append("lan")
    tried = ", ".join(dict.fromkeys(names))
    when = f" since {stamp(since, now)}" if since else ""
    held = waiting(node)
    waits = f"; {held} event{'s wait' if held != 1 else ' waits'}" if held else ""
    who = f"tried {tried}" if tried else "no peer is known yet"
    text = f"nobody reached{when} ({who}){waits}"
    session.terminal.err(f"hearth: {verb}: {session.terminal.clean(text)}")
    if any(isinstance(visit.error, StrangersError) for visit in visits):
        session.terminal.err(
            "hint: the devices of both may be new: hearth sync FOLDER, with a stick that goes both"
            " ways, makes them known, and so does anybody who knows both"
        )
    elif asked and not node.commons.joined():
        session.terminal.err(
            "hint: this hearth is in no community yet; hearth join TICKET joins one"
        )
    elif asked and any(visit_lines.hung_up(visit.error) for visit in visits):
        session.terminal.err(
            "hint: whoever was put out is not served, and is not told: ask a steward"
        )
    elif asked and not visits:
        session.terminal.err(
            "hint: hearth peer find looks on this network, hearth peer add ADDRESS says where"
        )


def _is_asked(session: Session, wish: Wish) -> bool:
    """Whether somebody is there to whom everything is told."""
    return bool(wish.peers) or session.terminal.stderr.isatty()


def _is_due(session: Session, node: Node) -> bool:
    """Whether it is time to say unasked that nobody is reached: after days and once a day."""
    from hearth.mesh import contact

    store, now = node.home.store, node.now()
    warned, patience = store.meta(_WARNED) or 0, session.config.get("sync.warn-after")
    since = contact.last_heard(store, now) or store.meta("created") or now
    if now - since < patience or warned <= now < warned + DAY:
        return False
    with store.batch() as batch, batch.transaction() as tx:
        tx.set_meta(_WARNED, now)
    return True


def waiting(node: Node) -> int:
    """How many of this device's events no other hearth is known to hold yet."""
    from hearth.mesh import contact

    shared = [
        each.id
        for each in node.commons.joined()
        if len(node.commons.membership(each.id).members) > 1  # or nobody is there to wait for it
    ]
    return contact.waiting(node.home.store.connection, node.home.identity.device, shared)


def _dry(session: Session, node: Node, verb: str, wish: Wish) -> int:
    """Say whom it would call at."""
    from hearth.mesh.visiting import groups, places

    found = groups(_named(node, verb, wish) if wish.peers else places(node))
    look = not wish.peers and session.config.get("sync.lan")
    visit_lines.tell_plan(session, node, found, {} if wish.peers else {"lan": look})
    if look and not session.json:
        session.terminal.out("and whoever is found on the local network")
    elif not found and not session.json:
        session.terminal.out("nobody is known to call at")
    return Exit.OK
