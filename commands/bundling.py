"""What `hearth bundle create` writes: into a folder, a file, or to standard output."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hearth.commands.bundle_choosing import named_models, wanted
from hearth.commands.context import Session
from hearth.store.errors import Exit, UsageError

if TYPE_CHECKING:
    from hearth.bundles.planning import Item, Plan
    from hearth.bundles.single import Choice, Made
    from hearth.mesh.node import Node


def is_folder(text: str) -> bool:
    """Whether a folder is meant, be it there or not."""
    return text.endswith("/") or Path(text).is_dir()


def check_folder(dest: str, options: list[str]) -> None:
    """Refuse options of one bundle for a folder, which is brought level for all members."""
    if options:
        example = shlex.quote(str(Path(dest, "one.hearth")))
        raise UsageError(
            f"{' and '.join(options)} {'goes' if len(options) == 1 else 'go'} with a file, and"
            f' "{dest}" is a folder: what lies there is for all members',
            f"a file in it can be named: hearth bundle create {example} {options[0]} …",
            "without it, the folder gets what is not in it yet",
        )


def into_folder(
    session: Session, node: Node, folder: Path, what: str | None, most: int | None, dry_run: bool
) -> int:
    """Bring a folder level with what this hearth holds."""
    from hearth.bundles import trading
    from hearth.bundles.trading import Read
    from hearth.commands.trading import tell

    if dry_run:
        raise UsageError("--dry-run is for one bundle: a folder is only brought level")
    if not folder.is_dir():
        node.home.disk.mkdir(folder, mode=0o755)
    joined = node.commons.choose(session.community) if session.community or what else None
    lanes, objects = wanted(node, joined.id, what) if joined else wanted(node, b"", None)
    with session.terminal.progress("writing", unit="bytes") as progress:
        wrote, gone = trading.write(
            node, node.home.disk, folder,
            communities=None if joined is None else [joined.id],
            lanes=lanes, objects=objects, models=named_models(node, what),
            most=trading.MOST if most is None else most,
            progress=progress.advance,
        )  # fmt: skip
    return tell(session, node, Read(), wrote, gone, reads=False, always=True)


def into_file(
    session: Session, node: Node, dest: str, choice: Choice, *, explain: bool, dry_run: bool
) -> int:
    """Write one bundle to a file or to standard output."""
    from hearth.bundles import folder, single

    if dest != "-" and not dry_run:
        check_file(dest)
    made = single.make(node, choice)
    if explain and not session.json:
        tell_plan(session, made, aside=dest == "-")
    if dry_run:
        _say(session, made, dest, 0, dry_run=True)
        return Exit.OK
    if dest == "-":
        size = to_stdout(session, made.pieces)
    else:
        least = sum(length for _, length in made.draft.content.objects)
        size = folder.write_file(node.home.disk, Path(dest), made.pieces, least)
    _say(session, made, dest, size)
    return Exit.OK


def check_file(dest: str) -> None:
    """Refuse a file that no bundle can be written to, or that is something else, and stays."""
    from hearth.sync.own_files import is_bundle, keep_others

    path = Path(dest)
    if not path.parent.is_dir():
        raise UsageError(f'there is no folder "{path.parent}"')
    keep_others(path, is_bundle, "bundle")


def to_stdout(session: Session, pieces: Iterable[bytes]) -> int:
    """Write a bundle to standard output; how many bytes that were."""
    written = 0
    for piece in pieces:
        session.terminal.out_bytes(piece)
        written += len(piece)
    session.terminal.flush()
    return written


def _say(session: Session, made: Made, dest: str, size: int, *, dry_run: bool = False) -> None:
    from hearth.commands.layout import count, size as sized

    if session.json and dest != "-":
        session.terminal.out_json({"v": 1, **as_json(made, dest, size, dry_run)})
        return
    content = made.draft.content
    what = count(content.events, "event")
    if content.objects:
        what += f", {count(len(content.objects), 'object')}"
    who = count(len(made.devices), "device") if made.devices else "nobody else yet"
    verb = "would write" if dry_run else "wrote"
    how = "" if dry_run else f", {sized(size)}"
    text = f"{verb} for {who}: {what}{how}"
    if dest == "-":
        session.terminal.note(text)
    else:
        session.terminal.out(text)
    if made.plan is not None and made.plan.stays:
        session.terminal.note(
            f"{count(len(made.plan.stays), 'event')} stayed: --explain lists them"
        )
    if made.left:
        session.terminal.note(f"no room for {count(made.left, 'object')}: --max says how much")


def as_json(made: Made, dest: str, size: int, dry_run: bool) -> dict[str, Any]:
    """A bundle that was written, as data."""
    content = made.draft.content
    return {
        "path": dest,
        "community": made.draft.community.hex(),
        "devices": [each.hex() for each in made.devices],
        "events": content.events,
        "slots": content.slots,
        "objects": len(content.objects),
        "objects_left": made.left,
        "bytes": size,
        "dry_run": dry_run,
        "plan": None if made.plan is None else _plan_json(made.plan),
    }


def _plan_json(plan: Plan) -> dict[str, Any]:
    def listed(items: Iterable[Item]) -> list[dict[str, Any]]:
        return [
            {"id": each.id.hex(), "class": each.urgency.name.lower(), "bytes": each.size}
            for each in items
        ]

    return {"goes": listed(plan.goes), "stays": listed(plan.stays)}


def tell_plan(session: Session, made: Made, *, aside: bool = False) -> None:
    """List what goes and what stays, and why; `aside`: on stderr."""
    from hearth.store.ids import short

    if made.plan is None:
        session.terminal.note("no budget: everything goes")
        return
    rows = [["event", "class", "bytes", ""]]
    for each in made.plan.goes:
        rows.append([short(each.id), each.urgency.name.lower(), str(each.size), "goes"])
    for each in made.plan.stays:
        why = "stays: no room left for its class"
        rows.append([short(each.id), each.urgency.name.lower(), str(each.size), why])
    tell = session.terminal.note if aside else session.terminal.out
    tell(session.terminal.table(rows, right=frozenset([2])))
