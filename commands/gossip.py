"""hearth gossip: go round to a few others at a time, again and again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from hearth.commands import neighbours, running, visit_lines
from hearth.commands.context import Session
from hearth.commands.options import json_option, time_option
from hearth.commands.syncing import on_lan
from hearth.store.errors import Exit

if TYPE_CHECKING:
    from hearth.mesh.node import Node
    from hearth.mesh.serving import Served
    from hearth.mesh.visiting import Visit


@click.command("gossip")
@click.option("--rounds", type=click.IntRange(min=1), metavar="N", help="Stop after N rounds.")
@time_option("--for", "length", help="Stop after so long, such as 10m.")
@time_option("--every", default="30s", help="From one round to the next (default: 30s).")
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
    length: int | None,
    every: int,
    wait_lock: float | None,
    dry_run: bool,
) -> int:
    """Call at up to three others in each round: those met longest ago, and one by chance.

    Without --rounds and --for it does one round. On a terminal each visit is a line, with --json
    a JSON line. It exits with 14 when nobody was reached in any round. On a battery at 30 % or less
    the pauses are four times as long. hearth serve does the same while it serves.
    """
    limit = rounds if rounds is not None or length is not None else 1
    if dry_run:
        with neighbours.reading_node(session) as node:
            return _dry(session, node)
    with neighbours.opened_node(session) as node, neighbours.alone(session, node, wait_lock):
        called: list[bool] = []
        running.run(_rounds, session, node, limit, length, every, called)
    if not called and session.terminal.stderr.isatty() and not session.json:
        session.terminal.note("nobody to call at; hearth peer find looks on this network")
    return Exit.OK if any(called) else Exit.UNREACHABLE


async def _rounds(
    session: Session,
    node: Node,
    limit: int | None,
    until: int | None,
    pause: int,
    called: list[bool],
) -> None:
    """Rounds until there were enough, or the time is over; `called`: how each visit went."""
    import anyio

    from hearth.condition import thrift
    from hearth.mesh.serving import Serving
    from hearth.mesh.visiting import visit_all

    def report(served: Served) -> None:
        if not served.visit.by_chance:
            called.append(served.visit.error is None)
            _show(session, node, served.visit)

    going, done = Serving(node, report), 0
    with anyio.move_on_after(until):
        while True:
            going.found = await on_lan(session, node)
            await visit_all(going.partners(), going.call)
            done += 1
            if limit is not None and done >= limit:
                break
            slower = thrift.slower(node.home.path, node.now())
            await anyio.sleep(pause * slower)


def _show(session: Session, node: Node, visit: Visit) -> None:
    if session.json:
        session.terminal.event({"v": 1, **visit_lines.as_json(node, visit)})
    elif session.watched:
        session.terminal.out("  ".join(visit_lines.line(node, session, visit)), flush=True)


def _dry(session: Session, node: Node) -> int:
    from hearth.mesh.serving import Serving

    chosen = Serving(node, lambda served: None).partners()
    visit_lines.tell_plan(session, node, chosen, {})
    if not chosen and not session.json:
        session.terminal.out("nobody is known to call at")
    return Exit.OK
