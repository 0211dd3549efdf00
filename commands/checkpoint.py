"""hearth checkpoint: state from where on history is needed, and list what was stated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from hearth.commands.communities import called, community_json, inside, opened
from hearth.commands.context import Session
from hearth.commands.layout import count
from hearth.commands.options import community_option, json_option, time_option
from hearth.commands.times import DAY, day

if TYPE_CHECKING:
    from hearth.commands.communities import Square
    from hearth.community.membership import Checkpoint, Membership
    from hearth.store.header import Lane

_LANES = ("emergency", "chat", "market")


@click.group("checkpoint", invoke_without_command=True)
@community_option
@json_option
@click.pass_context
def command(ctx: click.Context) -> None:
    """State what may be dropped of a community's history, or list what has been stated.

    A checkpoint names an event of each device. Whoever wants the space may then drop what comes
    before (see hearth gc), and who joins later may start there. Nobody has to drop anything.
    Alone, it lists the checkpoints.
    """
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_)


@command.command("list")
@community_option
@json_option
@click.pass_obj
def list_(session: Session) -> None:
    """List the checkpoints of a community, the oldest first."""
    from hearth.community import checkpoints

    with opened(session, read_only=True) as square:
        joined, membership = square.choose()
        found = [
            (each, len(checkpoints.differing(square.home, membership, each)))
            for each in membership.checkpoints
        ]
    if session.json:
        listed = [_as_json(membership, *each) for each in found]
        session.terminal.out_json(
            {"v": 1, "community": community_json(joined), "checkpoints": listed}
        )
    elif not found:
        session.terminal.note(f"there is no checkpoint {inside(session, joined.name)}")
    else:
        rows = [["checkpoint", "by", "on", "devices", ""]]
        rows += [_row(session, membership, *each) for each in found]
        session.terminal.out(session.terminal.table(rows, right=frozenset([3])))


def _row(session: Session, membership: Membership, each: Checkpoint, differ: int) -> list[str]:
    from hearth.store.ids import short

    state = "" if each.in_force else "lapsed: its steward was put out of office"
    return [
        short(each.event),
        called(session, membership, each.by),
        day(each.wall),
        str(len({head.device for head in each.heads})),
        f"contradicts what is here of {differ} chains" if differ else state,
    ]


def _as_json(membership: Membership, each: Checkpoint, differ: int) -> dict[str, Any]:
    by = membership.members.get(each.by)
    return {
        "id": each.event.hex(),
        "by": each.by.hex(),
        "by_name": by.name if by is not None and by.name else None,
        "at": each.wall,
        "chains": len(each.heads),
        "in_force": each.in_force,
        "differ": differ,
    }


@command.command("create")
@time_option("--keep", help='What is younger stays: "90 days" unless said.')
@click.option(
    "--lane",
    "lanes",
    multiple=True,
    type=click.Choice(_LANES),
    help="Of this lane only. May be repeated.",
)
@community_option
@json_option
@click.pass_obj
def create(session: Session, keep: int | None, lanes: tuple[str, ...]) -> None:
    """State that what is older than 90 days need not be held any more.

    Only stewards do. It says nothing of devices that have written little since the last time.
    """
    from hearth.store.header import Lane

    before = session.now - (keep or 90 * DAY)
    chosen = [Lane[lane.upper()] for lane in dict.fromkeys(lanes or _LANES)]
    with opened(session) as square:
        joined = square.commons.choose(session.community)
        ids, chains = _create(session, square, joined.id, chosen, before)
    if session.json:
        session.terminal.out_json(
            {
                "v": 1,
                "community": community_json(joined),
                "changed": bool(ids),
                "ids": [id.hex() for id in ids],
                "chains": chains,
                "before": before,
            }
        )
        return
    where = inside(session, joined.name)
    if not ids:
        session.terminal.out(f"there is nothing new to state {where}")
        return
    session.terminal.out(f"stated where {count(chains, 'chain')} stood on {day(before)} {where}")
    session.terminal.note('to drop what lies before: hearth config set retention.headers "90 days"')


def _create(
    session: Session, square: Square, community: bytes, lanes: list[Lane], before: int
) -> tuple[list[bytes], int]:
    """The acts that were written, and how many chains they name."""
    from hearth.community import checkpoints

    commons = square.commons
    with square.home.store.batch() as batch, batch.transaction() as tx:
        commons.anchor(tx, community)
        membership = commons.membership(community)
        made = checkpoints.create(square.home, tx, membership, lanes, before, session.now)
        commons.anchor(tx, community)
    ids = {event.id for event in made}
    named = [each for each in commons.membership(community).checkpoints if each.event in ids]
    return [event.id for event in made], sum(len(each.heads) for each in named)
