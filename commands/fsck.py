"""hearth fsck: check everything stored; repair what can be."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import click

from hearth.commands.context import Session, can_write, home_path, open_home
from hearth.commands.layout import count, size
from hearth.commands.options import json_option, time_option
from hearth.store.errors import Exit, HearthError, UsageError

if TYPE_CHECKING:
    from hearth.home import Home
    from hearth.store.fsck import Checked, Finding
    from hearth.store.repair import Repaired


@click.command("fsck")
@click.option("--quick", is_flag=True, help="Only the database, sizes, and what is missing.")
@click.option("--repair", is_flag=True, help="Rebuild a damaged database from the packs.")
@click.option(
    "--give-up",
    is_flag=True,
    help="With --repair: do without what the disk cannot read, for good.",
)
@time_option("--budget", help="Stop after e.g. 90s, 10m or 2h; the next run goes on there.")
@json_option
@click.pass_context
def command(
    ctx: click.Context, quick: bool, repair: bool, give_up: bool, budget: int | None
) -> None:
    """Read everything stored and compare it with its hashes and signatures.

    Damaged bytes are moved to quarantine and asked for from then on; whoever adds them again
    heals them. What the disk cannot read is kept where it lies, and read again by the next run.
    Exits 13 if anything was found damaged or cannot be read, also if --repair could mend it.
    """
    session = ctx.ensure_object(Session)
    if sum((quick, repair, budget is not None)) > 1:
        raise UsageError("--quick, --repair and --budget exclude each other")
    if give_up and not repair:
        raise UsageError("--give-up goes with --repair")
    sound = _repair(session, give_up=give_up) if repair else _check(session, quick, budget)
    ctx.exit(Exit.OK if sound else Exit.CORRUPT)


def _check(session: Session, quick: bool, budget: int | None) -> bool:
    from hearth.store.fsck import check

    begun = time.monotonic()
    read_only = not can_write(session)
    with open_home(session, read_only) as home:
        with session.terminal.progress("checking", unit="bytes") as progress:
            found = check(
                home.store,
                now=session.now,
                quick=quick,
                budget=budget,
                progress=progress.of,
            )
        links = None if quick else home.store.log.verify(signatures=False)
        if links is not None:
            found.problems += [problem.what for problem in links.problems]
        names = _names(home, found.damaged)
        elsewhere = _elsewhere(home, found.missing)
        found.missing = [id for id in found.missing if id not in elsewhere]
    seconds = time.monotonic() - begun
    events = None if links is None else links.events
    if session.json:
        session.terminal.out_json(
            {
                "v": 1,
                "sound": found.sound,
                "events": events,
                "objects": found.objects,
                "bytes": found.bytes,
                "damaged": [_finding(item, names) for item in found.damaged],
                "missing": [id.hex() for id in found.missing],
                "not_fetched": len(elsewhere),
                "problems": found.problems,
                "packs_left": found.packs_left,
                "seconds": round(seconds, 3),
            }
        )
    else:
        _tell(session, found, names, events, seconds, read_only=read_only)
    return found.sound


def _tell(
    session: Session,
    found: Checked,
    names: dict[bytes, list[str]],
    events: int | None,
    seconds: float,
    *,
    read_only: bool,
) -> None:

    terminal = session.terminal
    if events is None:
        terminal.out(f"quick check in {seconds:.1f} s; hearth fsck reads everything")
    else:
        read = f"{count(found.objects, 'object')}, {size(found.bytes)} read in {seconds:.1f} s"
        terminal.out(f"{count(events, 'event')}, {read}")
    if found.packs_left:
        terminal.out(f"{found.packs_left} packs are left for the next run")
    for problem in found.problems:
        terminal.err(f"hearth: error: {terminal.clean(problem)}")
    if found.problems:
        terminal.err("hint: hearth fsck --repair mends the database and the packs' index")
    _damage(session, found.damaged, names, moved=not read_only)
    _missing(session, found.missing)
    if found.sound and not found.packs_left and events is not None:
        terminal.out("all good")


def _names(home: Home, damaged: list[Finding]) -> dict[bytes, list[str]]:
    """The documents that damaged objects belong to, by object, shortened for showing."""
    if not damaged:
        return {}
    from hearth.corpora.owners import owners

    try:
        needed = owners(home, {item.id for item in damaged})
    except HearthError:  # cache.db is locked or damaged: what fsck found is told without names
        return {}
    return {id: [path.decode("utf-8", "replace") for path in paths] for id, paths in needed.items()}


def _elsewhere(home: Home, missing: list[bytes]) -> set[bytes]:
    """What is not here because nobody fetched it: documents of communities."""
    from hearth.corpora.owners import elsewhere

    return elsewhere(home, missing)


def _damage(
    session: Session, damaged: list[Finding], names: dict[bytes, list[str]], *, moved: bool = True
) -> None:
    terminal = session.terminal
    for item in damaged:
        of = "".join(f', of "{terminal.clean(name)}"' for name in names.get(item.id, [])[:3])
        what = "cannot be read" if item.unread else "is damaged"
        terminal.err(f"hearth: error: {_noun(item)} {item.id.hex()[:12]} {what}")
        terminal.err(f"  {item.place}{of}: {terminal.clean(item.why)}")
    if damaged and not moved:
        terminal.err("hint: nothing was moved or noted, because nothing can be written here")
        return
    if any(item.type == 1 and not item.unread for item in damaged):
        terminal.err("  moved to quarantine; asked for from every peer from now on")
    if any(item.unread for item in damaged):
        terminal.err("  what cannot be read is kept, and read again next time; peers are asked")
    if any(item.type == 1 for item in damaged):
        terminal.err("hint: adding the same files again heals them")
    if any(item.type != 1 for item in damaged):
        terminal.err("hint: hearth gc writes event segments and payloads anew from hearth.db")


def _missing(session: Session, missing: list[bytes]) -> None:
    if missing:
        named = ", ".join(id.hex()[:12] for id in missing[:3])
        more = f" and {len(missing) - 3:,} more" if len(missing) > 3 else ""
        session.terminal.warn(f"{len(missing):,} objects are named and not here: {named}{more}")


def _repair(session: Session, *, give_up: bool) -> bool:
    from hearth.store.repair import repair

    with session.terminal.progress("repairing", unit="bytes") as progress:
        done = repair(
            home_path(session),
            now=session.now,
            progress=progress.of,
            give_up=give_up,
        )
    if done.missing:
        with open_home(session, read_only=True) as home:
            elsewhere = _elsewhere(home, done.missing)
        done.missing = [id for id in done.missing if id not in elsewhere]
    if session.json:
        session.terminal.out_json(_repaired(done))
    else:
        _tell_repair(session, done, given_up=give_up)
    return not (done.rebuilt or done.damaged or done.unread)


def _tell_repair(session: Session, done: Repaired, *, given_up: bool) -> None:
    terminal = session.terminal
    if not done.rebuilt:
        terminal.out("the database is sound; nothing had to be rebuilt")
    else:
        terminal.out(f"rebuilt hearth.db: {terminal.clean(done.why)}")
        terminal.out(
            f"from {count(done.packs, 'pack')}: {count(done.events, 'event')},"
            f" {count(done.objects, 'object')}, {count(done.payloads, 'payload')};"
            f" {count(done.salvaged, 'small object')} from the old database"
        )
        if done.kept is not None:
            terminal.out(f"the old database is kept in {terminal.clean(str(done.kept))}")
        terminal.out(
            "events made since the last sealing may be missing; they come back from peers that"
            " have them"
        )
        terminal.out("the next thing you write is signed by a new device key, made then")
    if done.holes:
        terminal.warn(f"{done.holes} stretches of packs could not be recognised")
    if done.unread:
        unread = size(sum(each.end - each.offset for each in done.unread))
        if given_up:
            terminal.warn(f"{unread} of packs cannot be read and were given up")
        else:
            terminal.warn(
                f"{unread} of packs cannot be read now; all of it is kept, and gc removes nothing",
                "run hearth fsck --repair again later, or in a copy made on another disk",
                "with --give-up it does without what cannot be read, for good",
            )
    _damage(session, done.damaged, {})
    _missing(session, done.missing)


def _repaired(done: Repaired) -> dict[str, Any]:
    return {
        "v": 1,
        "rebuilt": done.rebuilt,
        "why": done.why,
        "packs": done.packs,
        "events": done.events,
        "objects": done.objects,
        "payloads": done.payloads,
        "salvaged": done.salvaged,
        "holes": done.holes,
        "unread": [
            {"pack": each.number, "offset": each.offset, "end": each.end} for each in done.unread
        ],
        "damaged": [_finding(item, {}) for item in done.damaged],
        "missing": [id.hex() for id in done.missing],
    }


def _noun(item: Finding) -> str:
    return {1: "object", 2: "event segment", 3: "payload"}.get(item.type, "record")


def _finding(item: Finding, names: dict[bytes, list[str]]) -> dict[str, Any]:
    return {
        "id": item.id.hex(),
        "type": _noun(item),
        "place": item.place,
        "why": item.why,
        "unread": item.unread,
        "documents": names.get(item.id, []),
    }
