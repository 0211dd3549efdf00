"""hearth kit: a folder that turns a bare laptop into a hearth; made, checked, taken in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hearth.commands import kit_taking, kitting
from hearth.commands.context import Session
from hearth.commands.layout import count, size
from hearth.commands.options import community_option, json_option, time_option
from hearth.commands.times import DAY, moment
from hearth.store.errors import Exit, UsageError

if TYPE_CHECKING:
    from hearth.kit.create import Made
    from hearth.kit.manifest import Manifest, Verdict

_SHOWN = 20


@click.group("kit")
def command() -> None:
    """Make a folder that turns a bare laptop into a hearth, with no internet.

    The folder, on a stick for example, holds the program for several Pythons, documents, an
    invitation if wanted, and start.sh: "sh start.sh QUESTION" on a laptop that has never heard of
    hearth ends in an answer with sources.
    """


@command.command("create")
@click.argument("folder", metavar="DIR", type=click.Path(readable=False, path_type=Path))
@click.option("--platform", "platforms", multiple=True, metavar="LIST",
              help="For which machines: linux-x86_64,linux-aarch64 unless said.")  # fmt: skip
@click.option("--python", "pythons", multiple=True, metavar="LIST",
              help="For which Pythons: 3.11 to 3.14 unless said.")  # fmt: skip
@click.option("--corpus", "corpora", multiple=True, metavar="NAME",
              help='Put corpus NAME in; "*" means those shared with everybody.')  # fmt: skip
@click.option("--model", "models", multiple=True, metavar="NAME",
              help="Put model NAME in, and what runs it, if that is wheels.")  # fmt: skip
@click.option("--invite", is_flag=True, help="Put an invitation in: who holds the kit can use it.")
@time_option("--expires", help='Until when: "14 days" unless said.')
@click.option("--uses", metavar="N", type=click.IntRange(1, 1000),
              help="For how many people: 1 unless said.")  # fmt: skip
@click.option("--wheels", metavar="FROM",
              help="A folder of wheels, or installed: for machines like this one.")  # fmt: skip
@community_option
@json_option
@click.pass_obj
def create(
    session: Session,
    folder: Path,
    platforms: tuple[str, ...],
    pythons: tuple[str, ...],
    corpora: tuple[str, ...],
    models: tuple[str, ...],
    invite: bool,
    expires: int | None,
    uses: int | None,
    wheels: str | None,
) -> None:
    """Make a kit in DIR, which must not exist, or be empty.

    The wheels of what hearth needs are fetched with pip from the index that is set up for it, for
    every platform and Python; with --wheels, nothing is fetched. If one is missing, it is named,
    and nothing is left behind. Whoever finds a kit can read the corpora in it: those that are
    private go in only if they are named.
    """
    from hearth.commands.inviting import Wish
    from hearth.kit import create as kit, targets

    if not invite and (expires is not None or uses is not None or session.community is not None):
        raise UsageError("--expires, --uses and --community go with --invite")
    chosen = kit.check(wheels, targets.parse(platforms, pythons), given=bool(platforms or pythons))
    source = wheels if wheels in (None, kit.INSTALLED) else Path(session.cwd, wheels or "")
    place = Path(session.cwd, folder)
    wish = Wish("member", expires or 14 * DAY, uses, (), False, True, None) if invite else None
    made = kitting.make(session, place, chosen, source, corpora, models, wish)
    if session.json:
        session.terminal.out_json(_made_json(place, made))
    else:
        _show_made(session, place, made)


def _show_made(session: Session, place: Path, made: Made) -> None:
    out, clean = session.terminal.out, session.terminal.clean
    out(f"made a kit in {clean(str(place))} ({count(len(made.said.files), 'file')},"
        f" {size(made.size)})")  # fmt: skip
    for line in _machines(made.said):
        out(f"for     {line}")
    for each in made.said.corpora:
        licence = clean(each.licence) or "licence not stated"
        out(f"corpus  {clean(each.name)}: {count(each.documents, 'document')}, {licence}")
    for model in made.said.models:
        out(f"model   {clean(model.name)}: {clean(model.licence) or 'licence not stated'}")
    ticket = made.said.ticket
    if ticket is not None:
        people = "one person" if ticket["uses"] == 1 else f"{ticket['uses']} people"
        until = moment(ticket["expires"], session.now)
        out(f'invites {people} to "{clean(ticket["community"])}", until {until}')
    out(f"number  {made.number} (write it down: hearth kit verify tells it again)")
    out("there: sh start.sh QUESTION; README.txt is to be printed")


def _machines(said: Manifest) -> list[str]:
    kinds: dict[tuple[str, str | None], list[str]] = {}
    for each in said.machines:
        kinds.setdefault((each.target.platform, each.libc), []).append(each.target.python)
    return [
        f"{name} with Python {', '.join(pythons)}" + (f" and glibc {libc} or newer" if libc else "")
        for (name, libc), pythons in kinds.items()
    ]


def _machines_json(said: Manifest) -> list[dict[str, Any]]:
    return [
        {"platform": each.target.platform, "python": each.target.python, "libc": each.libc}
        for each in said.machines
    ]


def _made_json(place: Path, made: Made) -> dict[str, Any]:
    return {
        "v": 1,
        "path": str(place),
        "number": made.number,
        "files": len(made.said.files),
        "bytes": made.size,
        "targets": _machines_json(made.said),
        "corpora": [
            {"name": each.name, "licence": each.licence, "documents": each.documents}
            for each in made.said.corpora
        ],
        "models": [
            {"name": each.name, "kind": each.kind, "licence": each.licence}
            for each in made.said.models
        ],
        "ticket": None if made.said.ticket is None else dict(made.said.ticket),
    }


@command.command("verify")
@click.argument("folder", metavar="DIR", type=click.Path(readable=False, path_type=Path))
@json_option
@click.pass_obj
def verify(session: Session, folder: Path) -> int:
    """Compare every file of the kit in DIR with its manifest; needs no hearth and no network.

    Names what is missing, what has changed and what was added, and exits with 13. What start.sh,
    trade.sh and report.sh put beside is left out. This finds damage; who could write to the medium
    could write another manifest, too: compare the number with the one its maker wrote down.
    """
    from hearth.kit import manifest

    place = Path(session.cwd, folder)
    kit = manifest.load(place)
    total = sum(length for length, _ in kit.files.values())
    with session.terminal.progress("reading", total, unit="bytes") as progress:
        verdict = manifest.verify(place, kit, progress.advance)
    lacking = [each for each in kit.machines if not _is_complete(kit, each.wheels, verdict)]
    if session.json:
        session.terminal.out_json(
            {
                "v": 1, "path": str(place), "number": kit.number, "whole": verdict.whole,
                "missing": verdict.missing, "changed": verdict.changed, "added": verdict.added,
                "complete": [
                    each
                    for each, machine in zip(_machines_json(kit), kit.machines, strict=True)
                    if machine not in lacking
                ],
            }
        )  # fmt: skip
        return Exit.OK if verdict.whole else Exit.CORRUPT
    out = session.terminal.out
    _name(session, verdict)
    sound = [each for each in kit.machines if each not in lacking]
    for each in sound:
        out(f"complete for {each.target}" + (f", glibc {each.libc}" if each.libc else ""))
    for each in lacking:
        out(f"NOT complete for {each.target}")
    good = "all good" if verdict.whole else "NOT as it was made"
    out(f"{count(len(kit.files), 'file')}, {size(verdict.read)}: {good}")
    out(f"number {kit.number}")
    return Exit.OK if verdict.whole else Exit.CORRUPT


def _is_complete(kit: Manifest, wheels: tuple[str, ...], verdict: Verdict) -> bool:
    paths = {f"wheels/{name}" for name in wheels}
    return paths <= set(kit.files) and not paths & {*verdict.missing, *verdict.changed}


def _name(session: Session, verdict: Verdict) -> None:
    """Name what is wrong, each on a line; a few of each kind in full."""
    for word, paths in (
        ("missing", verdict.missing), ("changed", verdict.changed), ("added", verdict.added)
    ):  # fmt: skip
        for path in paths[:_SHOWN]:
            session.terminal.out(f"{word:<8} {session.terminal.clean(path)}")
        if len(paths) > _SHOWN:
            session.terminal.out(f"{word:<8} and {len(paths) - _SHOWN} more (--json names all)")


@command.command("take")
@click.argument("folder", metavar="DIR", type=click.Path(readable=False, path_type=Path))
@json_option
@click.pass_obj
def take(session: Session, folder: Path) -> int:
    """Add the corpora and models of the kit in DIR to this hearth; start.sh does it, too.

    Each once. They are private here, with the licence they came with. One that was removed
    afterwards does not come back, and one of the same name that is your own is left alone. Says
    nothing where there is nothing to do.
    """
    return kit_taking.take(session, Path(session.cwd, folder).resolve())
