"""hearth gc: let go of old payloads, and remove what nothing refers to any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from hearth.commands.context import Session, open_home
from hearth.commands.corpora import opened
from hearth.commands.keeping import policy
from hearth.commands.layout import count, size
from hearth.commands.options import json_option
from hearth.commands.room import say
from hearth.community.commons import Commons
from hearth.store.budget import is_over
from hearth.store.errors import Exit, NoSpaceError
from hearth.store.header import Lane

if TYPE_CHECKING:
    from hearth.corpora.shedding import Made
    from hearth.home import Home
    from hearth.store.gc import Collected


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
    """Let go of what is old, remove objects that nothing refers to, give their space back.

    What others wrote goes when the settings "retention.…" or its author say so, by a time that
    two others bear out.

    What is found unreferenced is marked first and removed by a run at least 14 days later, if
    nothing has come to need it meanwhile. Adding it again, or any new reference, clears the mark.
    Where more is stored than store.budget allows, documents of others are given up, too. Where
    the setting retention.headers says so, what others have said is dropped whole, as far as a
    checkpoint permits it.
    """
    from hearth.corpora.shedding import Made
    from hearth.store.gc import GRACE, gc

    made = Made((0, 0, 0), 0)
    with open_home(session) as home:
        erased = _let_go(session, home)
        dropped, contradicted = _drop(session, home)
        done = gc(home.store, now=session.now, grace=0 if at_once else GRACE)
        _sweep_models(session, home)
        if is_over(home.store):
            made = _keep_budget(session)
        erasing = home.store.log.erasing()
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
                "unread_packs": done.unread_packs,
                "given_up": dict(zip(("other", "sources", "texts"), made.given_up, strict=True)),
                "erased": erased,
                "erasing": erasing,
                "dropped": dropped,
            }
        )
    else:
        _tell(session, done, erased, erasing=erasing, at_once=at_once)
        if dropped:
            session.terminal.out(f"{count(dropped, 'event')} dropped below checkpoints")
    return Exit.WARNINGS if contradicted or done.unreadable or done.unread_packs else Exit.OK


def _sweep_models(session: Session, home: Home) -> None:
    """Delete files of models that are gone, and of downloads that nobody went on with."""
    from hearth.models import files

    if not (home.path / files.FOLDER).exists():
        return
    from hearth.models import shelf

    kept = [each.record for each in shelf.models(home) if each.own]
    files.sweep(home, kept, session.now)


def _let_go(session: Session, home: Home) -> dict[str, int]:
    """Erase what is old; how many payloads, by the name of their lane."""
    from collections import Counter
    from contextlib import suppress

    from hearth.retention import tend

    commons, keep, erased = Commons(home), policy(session), Counter[Lane]()

    def let_go() -> None:
        for step in tend(home, commons, keep, session.now):
            erased.update(step)

    with suppress(NoSpaceError):  # then gc makes room first, and the next one lets go
        home.store.with_reserve(let_go)
    return {lane.name.lower(): number for lane, number in sorted(erased.items())}


def _drop(session: Session, home: Home) -> tuple[int, int]:
    """Drop what checkpoints permit, if that is wanted; how many events it was, and of how many
    devices a checkpoint contradicts what is held."""
    from hearth import retention
    from hearth.community import checkpoints

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
        retention.forget_dropped(home, each.id)
        events += done.events
        contradicted += done.disagree
        if done.disagree:
            session.terminal.warn(
                f'checkpoints in "{session.terminal.clean(each.name)}" contradict what is held here'
                f" of {count(done.disagree, 'device')}: nothing of that is dropped",
                "hearth checkpoint list says whose they are",
            )
    return events, contradicted


def _tell(
    session: Session, done: Collected, erased: dict[str, int], *, erasing: bool, at_once: bool
) -> None:

    out = session.terminal.out
    held, freed = count(done.live, "object"), size(done.freed)
    out(f"{held} in use, {done.swept:,} removed, {freed} given back")
    for lane, number in erased.items():
        still = "; not yet everywhere, the next gc goes on" if erasing else ""
        out(f"{count(number, 'payload')} erased in {lane}{still}")
    if done.condemned and not at_once:
        out(f"{done.condemned:,} newly marked; to be removed by a gc in 14 days or later")
    if done.unreadable:
        session.terminal.warn(
            "nothing was removed: a manifest that is needed cannot be read",
            "hearth fsck names it; heal it, then run gc again",
        )
    elif done.unread_packs:
        session.terminal.warn(
            "nothing was removed: what is needed may be said where the disk could not be read"
            f" ({count(done.unread_packs, 'pack')})",
            "hearth fsck names it, hearth fsck --repair reads it again",
        )


def _keep_budget(session: Session) -> Made:
    from hearth.corpora.shedding import make_room

    with opened(session) as shelf:
        library = shelf.library
        made = make_room(library.home, library.catalogue, shelf.index, 0, session.now)
    say(session, made)
    return made
