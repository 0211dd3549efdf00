"""hearth gossip: go round to a few others at a time, again and again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from hearth.commands.context import Session
from hearth.commands.options import json_option
from hearth.store.errors import Exit, UsageError

if TYPE_CHECKING:
    from hearth.mesh.node import Node
    from hearth.mesh.peers import Place
    from hearth.mesh.visiting import Visit


@click.command("gossip")
@click.option("--rounds", type=click.IntRange(min=1), metavar="N", help="Stop after N rounds.")
@click.option("--for", "length", metavar="TIME", help="Stop after so long, such as 10m.")
@click.option(
    "--every", default="30s", metavar="TIME", help="From one round to the next (default: 30s)."
)
@click.option(
    "--wait-lock",
    type=click.FloatRange(min=0),
    metavar="SECONDS",
    help="Wait for another sync of this hearth to end.",
)
@click.option("-n", "--dry-run", is_flag=True, help="Say whom a round would call at, and stop.")
@json_option
@click.pass_obj
def command(
    session: Session,
    rounds: int | None,
    length: str | None,
    every: str,
    wait_lock: float | None,
    dry_run: bool,
) -> int:
    """Call at up to three others in each round: those met longest ago, and one by chance.

    Without --rounds and --for it does one round. With --json one JSON line a visit. It exits with
    14 when nobody was reached in any round. hearth serve does the same while it serves.
    """
    from hearth.commands import neighbours

    pause, until = _time("--every", every), None if length is None else _time("--for", length)
    limit = rounds if rounds is not None or until is not None else 1
    with neighbours.opened_node(session) as node:
        if dry_run:
            return _dry(session, node)
        with neighbours.alone(session, node, wait_lock):
            reached = neighbours.run(_rounds, session, node, limit, until, pause)
    return Exit.OK if reached else Exit.UNREACHABLE


def _time(option: str, value: str) -> int:
    from hearth.config import parse_duration

    try:
        return parse_duration(value)
    except ValueError as error:
        raise UsageError(f'"{option}" must be {error}, not "{value}"') from None


async def _rounds(
    session: Session, node: Node, limit: int | None, until: int | None, pause: int
) -> int:
    """Rounds until there were enough, or the time is over; how many visits went well."""
    import anyio

    from hearth.mesh import visiting

    reached = done = 0

    async def call(place: Place) -> None:
        nonlocal reached
        visit = await visiting.visit(node, place)
        reached += visit.error is None
        _show(session, node, visit)

    with anyio.move_on_after(until):
        while True:
            await visiting.visit_all(_partners(node), call)
            done += 1
            if limit is not None and done >= limit:
                break
            await anyio.sleep(pause)
    return reached


def _partners(node: Node) -> list[Place]:
    import random

    from hearth.mesh import visiting
    from hearth.mesh.peers import Peers
    from hearth.mesh.serving import partners

    known = {each.place[:2]: each for each in Peers(node.home.store).all()}
    return partners(visiting.places(node), known, random.Random())


def _show(session: Session, node: Node, visit: Visit) -> None:
    from hearth.commands import neighbours

    if session.json:
        session.terminal.out_json({"v": 1, **neighbours.as_json(node, visit)})
    else:
        session.terminal.out("  ".join(neighbours.line(node, session, visit)))
    session.terminal.flush()


def _dry(session: Session, node: Node) -> int:

    for place in _partners(node):
        name = node.name_of(place.device)
        if session.json:
            document = {"v": 1, "dry_run": True, "peer": name, "address": place.address}
            session.terminal.out_json(document)
        else:
            who = session.terminal.clean(name or place.address)
            session.terminal.out(f"{who}  would be called at {place.address}")
    return Exit.OK
