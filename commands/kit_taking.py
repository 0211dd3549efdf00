"""Taking in what a kit holds: its corpora and models."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from hearth.commands.context import Session, open_home
from hearth.commands.corpora import opened
from hearth.commands.layout import count
from hearth.commands.meaning import prepare
from hearth.store.errors import Exit

if TYPE_CHECKING:
    from hearth.home import Home
    from hearth.kit.manifest import Manifest
    from hearth.kit.models import Taken as TakenModel
    from hearth.kit.take import Taken


def take(session: Session, place: Path) -> int:
    """Add what a kit holds, each once, and say so; the exit code."""
    from hearth.kit import manifest, take as taking

    kit = manifest.load(place)
    done: list[Taken] = []
    if kit.corpora:
        with opened(session) as shelf:
            if taking.waiting(shelf.library, kit):
                with session.terminal.progress("adding", unit="files") as progress:
                    done = taking.take(
                        shelf.library,
                        place,
                        kit,
                        session.now,
                        lambda count, path: progress.update(count, session.terminal.clean(path)),
                    )
                shelf.update(session)
    models = _models(session, place, kit)
    for each in done:
        _show(session, each)
    if session.json:
        data = {
            "corpora": [_as_json(each) for each in done],
            "models": [_model_json(each) for each in models],
        }
        session.terminal.out_json({"v": 1, **data})
    why = (*(each.why for each in done), *(each.why for each in models))
    codes = [each.exit_code for each in why if each is not None]
    problems = any(each.report is not None and each.report.problems for each in done)
    return max(codes, default=Exit.WARNINGS if problems else Exit.OK)


def _models(session: Session, place: Path, kit: Manifest) -> list[TakenModel]:
    from hearth.kit import models

    if not kit.models:
        return []
    with open_home(session) as home:
        done = models.take(home, place, kit, session.now)
        _prepare(session, home, kit)
    for each in done:
        if each.why is not None:
            session.terminal.warn(each.why.message, *each.why.hints)
        elif not session.json:
            name = session.terminal.clean(each.model.name)
            session.terminal.out(f'model "{name}": {"taken" if each.new else "here already"}')
    return done


def _prepare(session: Session, home: Home, kit: Manifest) -> None:
    """Begin to find by meaning with what the kit brought, or go on: the first time may have been
    cut off."""
    from hearth.models import shelf

    if any(each.kind == "embed" for each in kit.models):
        model = shelf.chosen(home, "embed")
        if model is not None:
            prepare(session, home, model)


def _model_json(each: TakenModel) -> dict[str, Any]:
    why = None if each.why is None else {"code": each.why.code, "message": each.why.message}
    return {"name": each.model.name, "new": each.new, "error": why}


def _show(session: Session, each: Taken) -> None:
    clean = session.terminal.clean
    if each.why is not None:
        session.terminal.warn(each.why.message, *each.why.hints)
    if each.report is None:
        return
    for one in each.report.problems:
        session.terminal.warn(f'skipped "{one.path.decode("utf-8", "replace")}": {one.reason}')
    if not session.json:
        new = count(len(each.report.added) + len(each.report.changed), "document")
        licence = clean(each.corpus.licence) or "licence not stated"
        session.terminal.out(f'corpus "{clean(each.corpus.name)}": {new} ({licence})')


def _as_json(each: Taken) -> dict[str, Any]:
    return {
        "name": each.corpus.name,
        "licence": each.corpus.licence,
        "added": 0 if each.report is None else len(each.report.added),
        "changed": 0 if each.report is None else len(each.report.changed),
        "skipped": 0 if each.report is None else len(each.report.problems),
        "error": None if each.why is None else {"code": each.why.code, "message": each.why.message},
    }
