"""hearth log: list events."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from hearth.commands.communities import community_named
from hearth.commands.context import Session, open_home
from hearth.commands.options import community_for, json_option
from hearth.commands.times import when
from hearth.store.errors import UsageError

if TYPE_CHECKING:
    from hearth.store.event import Event

_LANES = ("control", "emergency", "chat", "market", "corpus")


@click.command("log")
@click.option("-n", "limit", type=click.IntRange(min=1), metavar="N", help="At most N events.")
@click.option("--lane", type=click.Choice(_LANES), help="Only this lane.")
@click.option("--kind", metavar="KIND", help="Only this kind, by name or number.")
@click.option("--device", metavar="ID", help="Only events of this device (first digits will do).")
@community_for("Only this community; home is your own.")
@click.option("--reverse", is_flag=True, help="Oldest first.")
@json_option
@click.pass_obj
def command(
    session: Session,
    limit: int | None,
    lane: str | None,
    kind: str | None,
    device: str | None,
    reverse: bool,
) -> None:
    """List events, newest first, in the order in which all nodes show them.

    That order is Lamport time, not the clock: times are what the author's machine believed.
    With --json one JSON line an event, the same on every node that holds it.
    """
    from hearth.commands.events import as_json
    from hearth.store import ids

    number = _kind_number(kind)
    digits = None if device is None else ids.digits(device)
    with open_home(session, read_only=True) as home:
        found = home.store.log.events(
            community=community_named(session, home),
            lane=None if lane is None else _LANES.index(lane),
            kind=number,
            order="shown",
            reverse=not reverse,
            limit=limit if digits is None else None,
        )
        shown = 0
        for event in found:
            if digits is not None and not event.header.device.hex().startswith(digits):
                continue
            if limit is not None and shown == limit:
                break
            shown += 1
            if session.json:
                session.terminal.out_json(as_json(event))
            else:
                _line(session, event)


def _line(session: Session, event: Event) -> None:
    from hearth.commands.events import kind_name, lane_name, marks
    from hearth.store.ids import short

    header = event.header
    words = "  ".join(
        (
            short(event.id),
            f"{lane_name(header.lane):9}",
            f"{kind_name(header.kind):13}",
            f"{when(header.wall):16}",
            f"{header.device.hex()[:8]}/{header.sequence}",
            *marks(event),
        )
    )
    session.terminal.out(words.rstrip())


def _kind_number(kind: str | None) -> int | None:
    if kind is None:
        return None
    from hearth import kinds

    for number, name in kinds.NAMES.items():
        if kind == name:
            return number
    if kind.isascii() and kind.isdigit() and int(kind) < 1 << 32:
        return int(kind)
    names = ", ".join(kinds.NAMES.values())
    raise UsageError(f'no kind "{kind}"', f"kinds are a number or one of: {names}")
