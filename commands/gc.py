"""hearth gc: remove what nothing refers to any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from hearth.commands.context import Session, open_home
from hearth.commands.options import json_option
from hearth.store.errors import Exit, NoSpaceError

if TYPE_CHECKING:
    from hearth.home import Home


@click.command("gc")
@click.option(
    "--now",
    "at_once",
    is_flag=True,
    help="Remove what is unreferenced at once, without 14 days of grace.",
)
@json_option
@click.pass_obj
def command(session: Session, at_once: bool) -> Exit:
    """Remove objects that nothing refers to, and give their space back.

    What is found unreferenced is marked first and removed by a run at least 14 days later, if
    nothing has come to need it meanwhile. Adding it again, or any new reference, clears the mark.

    Where the setting retention.headers says so, what others have said is dropped, too, as far as a
    checkpoint permits it.
    """
    from hearth.commands.layout import size
    from hearth.store.gc import GRACE, gc

    with open_home(session) as home:
        dropped, contradicted = _drop(session, home)
        done = gc(home.store, now=session.now, grace=0 if at_once else GRACE)
    if session.json:
        session.terminal.out_json(
            {
                "v": 1,
                "live": done.live,
                "condemned": done.condemned,
                "removed": done.swept,
                "repacked": done.repacked,
                "freed": done.freed,
                "unreadable": done.unreadable,
                "dropped": dropped,
            }
        )
        return Exit.WARNINGS if contradicted else Exit.OK
    out = session.terminal.out
    out(f"{done.live:,} objects in use, {done.swept:,} removed, {size(done.freed)} given back")
    if dropped:
        out(f"{dropped:,} events dropped that lay below checkpoints")
    if done.condemned and not at_once:
        out(f"{done.condemned:,} newly marked; to be removed by a gc in 14 days or later")
    if done.unreadable:
        session.terminal.warn(
            "nothing was removed: a manifest that is needed cannot be read",
            "hearth fsck names it; heal it, then run gc again",
        )
    return Exit.WARNINGS if contradicted else Exit.OK


def _drop(session: Session, home: Home) -> tuple[int, int]:
    """Drop what checkpoints permit, if that is wanted; how many events it was, and of how many
    devices a checkpoint contradicts what is held."""
    from hearth.community import checkpoints
    from hearth.community.commons import Commons

    age = session.config.get("retention.headers")
    if not age:
        return 0, 0
    commons, events, contradicted = Commons(home), 0, 0
    for each in commons.joined():
        membership = commons.membership(each.id)
        try:
            with home.store.batch() as batch, batch.transaction() as tx:
                commons.anchor(tx, each.id)
                done = checkpoints.drop(home, tx, membership, age, session.now)
        except NoSpaceError:  # what follows makes room; the next gc drops
            break
        events += done.events
        contradicted += done.disagree
        if done.disagree:
            session.terminal.warn(
                f'checkpoints in "{session.terminal.clean(each.name)}" contradict what is held here'
                f" of {done.disagree} devices: nothing of that is dropped",
                "hearth checkpoint list says whose they are",
            )
    return events, contradicted
