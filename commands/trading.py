"""What `sync DIR` and `bundle` share: reading and writing folders, and saying what happened."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hearth.commands import failures, neighbours
from hearth.commands.context import Session
from hearth.commands.failures import explain
from hearth.commands.layout import count, size
from hearth.commands.times import moment
from hearth.store.disk import DiskError
from hearth.store.errors import Exit, HearthError, NoSpaceError, UsageError

if TYPE_CHECKING:
    from hearth.bundles.opening import Taken
    from hearth.bundles.trading import Read, Wrote
    from hearth.mesh.node import Node


def sync_folders(
    session: Session, folders: list[Path], most: int | None, wait: float | None
) -> int:
    """Trade by folders, each whatever becomes of the others; the exit code is the highest."""
    for folder in folders:
        if not folder.is_dir():
            raise UsageError(f'"{folder}" is no folder: name folders, or peers')
    with neighbours.opened_node(session) as node, neighbours.alone(session, node, wait):
        code = 0
        for folder in folders:
            try:
                code = max(code, trade(session, node, folder, most))
            except (DiskError, NoSpaceError) as error:
                if len(folders) == 1:
                    raise
                failure = failures.explain(error)
                failures.tell(failure, session.terminal, as_json=session.json)
                code = max(code, failure.exit_code)
        return code


def trade(session: Session, node: Node, folder: Path, most: int | None) -> int:
    """Read what a folder has for this hearth, and bring it level there; the exit code."""
    from hearth.bundles import trading
    from hearth.bundles.folder import still, which

    before = which(folder)
    read = read_folder(session, node, folder)
    wrote: list[Wrote] = []
    gone: list[Path] = []
    trouble: Exception | None = None
    try:
        still(folder, before)
        with session.terminal.progress("writing", unit="bytes") as progress:
            wrote, gone = trading.write(
                node, node.home.disk, folder,
                most=trading.MOST if most is None else most,
                progress=progress.advance,
            )  # fmt: skip
        still(folder, before)
    except (DiskError, NoSpaceError) as error:
        if not any((read.taken, read.bad, read.joined, read.answered)):
            raise
        trouble = error
    return tell(session, node, read, wrote, gone, trouble)


def read_folder(session: Session, node: Node, folder: Path) -> Read:
    """Take in what a folder has for this hearth."""
    from hearth.bundles import trading

    with session.terminal.progress("reading", unit="events") as progress:
        coming: dict[Path, int] = {}

        def on(path: Path, taken: Taken) -> None:
            coming[path] = taken.summary.events_in
            progress.update(sum(coming.values()))

        return trading.read(node, node.home.disk, folder, on)


def tell(
    session: Session,
    node: Node,
    read: Read,
    wrote: list[Wrote],
    gone: list[Path],
    trouble: Exception | None = None,
    *,
    reads: bool = True,
    writes: bool = True,
    always: bool = False,
) -> int:
    """Say what a trade has done, or its half; the exit code. `always`: not only to somebody at a
    terminal."""
    cramped = sum(each.left for each in wrote if each.full)
    code = Exit.WARNINGS if read.bad or trouble is not None or cramped else Exit.OK
    if session.json:
        session.terminal.out_json(
            {
                "v": 1,
                "read": [{"path": str(path), **as_json(node, taken)} for path, taken in read.taken],
                "wrote": [_wrote_json(node, each) for each in wrote if each.paths or each.left],
                "removed": [str(path) for path in gone],
                "joined": [each.hex() for each in read.joined],
                "admitted": [each.person.hex() for each in read.answered if each.admission],
                "read_before": read.again,
                "for_others": read.others,
                "bad": [_bad_json(path, error) for path, error in read.bad],
                "error": None if trouble is None else explain(trouble).message,
            }
        )
        return code
    _warn_of(session, read.bad)
    if trouble is not None:
        failure = explain(trouble)
        session.terminal.warn(failure.message, *failure.hints)
    if cramped:
        session.terminal.warn(
            f"there was no room for {count(cramped, 'object')}: documents, files of chats, models",
            "make room there, or take a larger one; the next time goes on",
        )
    if always or session.watched:
        if reads:
            _show_read(session, node, read)
        if writes:
            _show_wrote(session, node, wrote, trouble is None, "wrote " if reads else "wrote")
    return code


def _warn_of(session: Session, bad: Sequence[tuple[Path, HearthError]]) -> None:
    """Say what is wrong with files, and what to do, but that once."""
    told: set[str] = set()
    for path, error in bad:
        message = f'"{session.terminal.clean(path.name)}": {error.message}'
        session.terminal.warn(message, *(each for each in error.hints if each not in told))
        told.update(error.hints)


def _show_read(session: Session, node: Node, read: Read) -> None:
    out = session.terminal.out
    for _, taken in read.taken:
        out(f"read   {summary(session, node, taken)}")
    for each in read.answered:
        who = session.terminal.clean(node.name_of(each.device) or each.person.hex()[:8])
        done = "let in" if each.admission else f"not let in: {each.why.message if each.why else ''}"
        out(f"       a request to join by {who}: {done}")
    for community in read.joined:
        name = session.terminal.clean(node.commons.membership(community).name)
        out(f'       you belong to "{name}" now')
    if not read.taken and not read.answered:
        others = f" ({count(read.others, 'bundle')} for others)" if read.others else ""
        out(f"read   nothing new{others}")


def _show_wrote(session: Session, node: Node, wrote: list[Wrote], safe: bool, verb: str) -> None:
    """`verb` is as wide as what stands above it."""
    out = session.terminal.out
    told = False
    for each in wrote:
        if each.paths:
            told = True
            documents = f", {count(each.objects, 'object')}" if each.objects else ""
            what = f"{count(each.events, 'event')}{documents}, {size(each.size)}"
            name = session.terminal.clean(node.commons.membership(each.community).name)
            whom = count(each.readers, "device") if each.readers else "nobody else yet"
            out(f"{verb} for {whom} of {name}: {what}")
        if each.left and not each.full:
            left = count(each.left, "object")
            out(f"       no room for {left}: hearth bundle create --max SIZE takes more")
    if not told and safe and not any(each.left for each in wrote):
        why = "it is there, or everybody has it"
        if not node.commons.joined():
            why = "this hearth belongs to no community yet"
        out(f"{verb} nothing: {why}")
    if safe:
        out("safe to remove")


def summary(session: Session, node: Node, taken: Taken) -> str:
    """One bundle in a line: whose, from when, what came of it."""
    who = session.terminal.clean(node.name_of(taken.header.device) or "somebody")
    when = moment(taken.header.created, session.now)
    what = count(taken.summary.events_in, "event")
    if taken.summary.objects_in:
        what += f", {count(taken.summary.objects_in, 'object')}"
    state = "all good" if taken.damage is None else "the rest is damaged or missing"
    if not taken.community:
        return f"an open bundle of {when}: {state}"
    return f"{who}'s bundle of {when}: {what} new, {state}"


def as_json(node: Node | None, taken: Taken) -> dict[str, Any]:
    """A bundle that was read, as data."""
    header, done = taken.header, taken.summary
    return {
        "id": header.id.hex(),
        "device": header.device.hex(),
        "name": None if node is None else node.name_of(header.device),
        "community": taken.community.hex(),
        "created": header.created,
        "part": header.part,
        "more_parts": header.more,
        "sealed": taken.sealed,
        "holds": {"events": header.events, "slots": header.slots, "objects": header.objects},
        "events_in": done.events_in,
        "events_repeated": done.duplicates,
        "slots_in": done.slots_in,
        "objects_in": done.objects_in,
        "objects_not_wanted": taken.skipped,
        "whole": taken.whole,
        "damage": None if taken.damage is None else taken.damage.message,
    }


def _bad_json(path: Path, error: HearthError) -> dict[str, Any]:
    hints = list(error.hints)
    return {"path": str(path), "code": error.code, "message": error.message, "hints": hints}


def _wrote_json(node: Node, wrote: Wrote) -> dict[str, Any]:
    return {
        "community": wrote.community.hex(),
        "community_name": node.commons.membership(wrote.community).name,
        "paths": [str(path) for path in wrote.paths],
        "devices": wrote.readers,
        "events": wrote.events,
        "slots": wrote.slots,
        "objects": wrote.objects,
        "objects_left": wrote.left,
        "bytes": wrote.size,
        "padding": wrote.padding,
    }
