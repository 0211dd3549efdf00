"""hearth add: add files and folders to a corpus."""

from __future__ import annotations

import os
from collections.abc import Callable
from shlex import quote
from typing import TYPE_CHECKING, Any

import click

from hearth.commands.context import Session, absolute
from hearth.commands.layout import count
from hearth.commands.options import PATHS, json_option
from hearth.store.errors import Exit, LockedError, UsageError

if TYPE_CHECKING:
    from hearth.commands.corpora import Shelf
    from hearth.corpora.adding import Adder, Report
    from hearth.corpora.walk import Skipped


@click.command("add")
@click.argument(
    "paths",
    nargs=-1,
    required=True,
    type=PATHS,
    metavar="PATH...",
)
@click.option("--corpus", metavar="NAME", default=None, help='Add to NAME. Default: "library".')
@click.option("--licence", metavar="TEXT", default=None, help="State the corpus's licence.")
@click.option("-n", "--dry-run", is_flag=True, help="Only say what would be done.")
@json_option
@click.pass_obj
def command(
    session: Session,
    paths: tuple[bytes, ...],
    corpus: str | None,
    licence: str | None,
    dry_run: bool,
) -> int:
    """Add files and folders to a corpus, to be searched and asked.

    Markdown, plain text, HTML, PDF, EPUB and, with the extra zim, the articles of ZIM files are
    read; hidden files, and what a .hearthignore names, are not. A file that is in the corpus
    already and has not changed is left alone; one that has changed replaces its earlier version.
    A file that cannot be read is named and skipped, and the rest goes on (exit 3). A new corpus
    is private: only your own devices can read it. With NAME@COMMUNITY they go into a corpus of a
    community whose writer you are.
    """
    from hearth.commands.corpora import opened
    from hearth.commands.corpora_writing import desk
    from hearth.commands.meaning import keep_up
    from hearth.corpora.adding import Adder
    from hearth.corpora.library import DEFAULT, check_licence, check_name

    name = DEFAULT if corpus is None else corpus
    if "@" not in name:  # else it may be one of a community, as it is called here
        name = check_name(name)
    if licence is not None:
        check_licence(licence)
    places = absolute(session, paths)
    with opened(session) as shelf:
        theirs = desk(session, shelf, name) if "@" in name else None
        if theirs is None:
            name = check_name(name)
        elif licence is not None:
            raise UsageError("only its maker states a corpus's licence")

        def begin() -> Adder:
            library = shelf.library if theirs is None else theirs.library
            return Adder(library, name, licence=licence, now=session.now, dry_run=dry_run)

        adder, report = _add(session, shelf, begin, places)
        missing = 0 if dry_run else _index(session, shelf, report)
        if not dry_run:
            keep_up(session, shelf.library.home, shelf.index.connection)
        shared = [] if dry_run or theirs is not None else _level(session, shelf, adder)
        if theirs is not None:
            shared = [theirs.audience]
    if session.json:
        session.terminal.out_json(_json(adder, report, missing, shared))
    else:
        _show(session, adder, report, shared)
        if theirs is not None and not theirs.named.held and not dry_run:
            shown = quote(session.terminal.clean(theirs.named.label))
            session.terminal.note(f"not followed here: hearth follow {shown} has it searched")
    return _code(report, missing)


def _add(
    session: Session, shelf: Shelf, begin: Callable[[], Adder], places: list[bytes]
) -> tuple[Adder, Report]:
    """Add; where the disk budget is in the way, make room and go on as long as that helps."""
    from hearth.commands.room import relieve
    from hearth.store.budget import OverBudgetError

    earlier: list[Report] = []
    while True:
        adder = begin()
        try:
            with session.terminal.progress("adding", unit="files") as progress:
                report = adder.add(
                    places, lambda count, path: progress.update(count, session.terminal.clean(path))
                )
        except OverBudgetError as error:
            if not relieve(session, shelf, error.more):
                raise
            earlier.append(adder.report)
            shelf.library.update()
            continue
        for each in reversed(earlier):
            report.after(each)
        return adder, report


def _index(session: Session, shelf: Shelf, report: Report) -> int:
    """Index what was added; how many documents the index lacks. Stored they are in any case."""
    try:
        missing = shelf.update(session)
    except LockedError as error:
        missing = len(report.added) + len(report.changed)
        if missing:
            session.terminal.warn(error.message, "what was added is stored, and indexed later")
        return missing
    if missing:
        session.terminal.warn(f"{count(missing, 'document')} could not be indexed", "hearth fsck")
    return missing


def _level(session: Session, shelf: Shelf, adder: Adder) -> list[str]:
    """Bring what is shared level; the names of the communities that share this corpus."""
    from hearth.commands.corpora_data import shared_with
    from hearth.commands.corpora_writing import level_shares

    try:
        shelf.library.update()
        level_shares(session, shelf)
    except LockedError as error:  # of cache.db: what was added is stored
        if shelf.library.catalogue.shares():
            hint = "what is shared is brought level by the next hearth add"
            session.terminal.warn(error.message, hint)
    found = [each for each in shelf.corpora() if each.corpus.id == adder.id]
    return [name for each in found for name in shared_with(shelf, each)]


def _code(report: Report, missing: int) -> int:
    problems = report.problems
    done = report.added or report.changed or report.healed or report.unchanged
    if problems and not done and all(one.code == "unreadable" for one in problems):
        return Exit.FAILED
    return Exit.WARNINGS if problems or missing else Exit.OK


def _show(session: Session, adder: Adder, report: Report, shared: list[str]) -> None:
    from hearth.commands.layout import count

    terminal = session.terminal
    for one in report.skipped:
        _show_skipped(session, one)
    name = terminal.clean(adder.name)
    parts = [count(len(report.added), "new document")] if report.added else []
    parts += [f"{len(report.changed):,} changed"] if report.changed else []
    parts += [f"{len(report.healed):,} healed"] if report.healed else []
    parts += [f"{report.unchanged:,} unchanged"] if report.unchanged else []
    parts += [f"{len(report.skipped):,} skipped"] if report.skipped else []
    said = ", ".join(parts) or "nothing to add"
    terminal.out(f'{"would add to" if adder.dry_run else "corpus"} "{name}": {said}')
    if report.other_kinds:
        kinds = count(report.other_kinds, "file of another kind", "files of other kinds")
        terminal.note(f"{kinds} passed over")
    if report.added or report.changed:
        from hearth.commands.corpora_data import PRIVATE

        terminal.out(f"shared with {terminal.clean(', '.join(shared))}" if shared else PRIVATE)


def _show_skipped(session: Session, one: Skipped) -> None:
    from hearth.corpora.walk import Weight

    terminal = session.terminal
    line = f'skipped "{os.fsdecode(one.path)}": {one.reason}'
    if one.weight is Weight.PROBLEM:
        terminal.warn(line, *one.hints)
    else:
        terminal.note(terminal.clean(line))


def _json(adder: Adder, report: Report, missing: int, shared: list[str]) -> dict[str, Any]:
    from hearth.commands.corpora_data import name_fields
    from hearth.corpora.walk import Weight

    return {
        "v": 1,
        "corpus": adder.name,
        "id": adder.id.hex() if adder.id else None,
        "audience": "community" if shared else "private",
        "dry_run": adder.dry_run,
        "added": len(report.added),
        "changed": len(report.changed),
        "healed": len(report.healed),
        "unchanged": report.unchanged,
        "other_kinds": report.other_kinds,
        "not_indexed": missing,
        "skipped": [
            {
                **name_fields(one.path),
                "reason": one.reason,
                "code": one.code,
                "problem": one.weight is Weight.PROBLEM,
            }
            for one in report.skipped
        ],
    }
