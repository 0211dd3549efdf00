"""hearth get: ask a community for a document, or a model."""

from __future__ import annotations

import click

from hearth.commands import model_get
from hearth.commands.context import Session
from hearth.commands.corpora import opened
from hearth.commands.following import ask_for, shown, target_json, targets, write
from hearth.commands.options import community_for, documents_argument, json_option
from hearth.store.ids import short


@click.command("get")
@documents_argument
@community_for("Ask this community.")
@json_option
@click.pass_obj
def command(session: Session, names: tuple[bytes, ...]) -> None:
    """Ask a community for documents of corpora that are not followed; say which are here.

    NAME is a document, a folder, a pattern such as "*.pdf", or the first digits of an id, as
    hearth ls --corpus shows them; a model, as hearth model list shows it (model:NAME where a
    document is called the same); or the whole id of any object. What is not here is asked for
    in every session from now on, until it has come. All names must mean something.
    """
    with opened(session) as shelf:
        models, others = model_get.split(shelf, names)
        found = targets(session, shelf, others) if others else []
        asked = [model_get.ask(session, shelf, each) for each in models]
        here = [target.here(shelf) for target in found]
        lacking = [each for each, held in zip(found, here, strict=True) if not held]
        if lacking:
            write(shelf, lambda tx: ask_for(tx, lacking, session.now))
        data = [
            target_json(shelf, target, asked=not held and target.community is not None)
            for target, held in zip(found, here, strict=True)
        ]
    if session.json:
        asked_json = [model_get.as_json(each) for each in asked]
        session.terminal.out_json({"v": 1, "documents": data, "models": asked_json})
        return
    for each in asked:
        session.terminal.out(model_get.shown(session, each))
    for target, held in zip(found, here, strict=True):
        verb = "here already:" if held else "asked for"
        if not held and target.community is None:
            verb = "missing, and your own (hearth fsck):"
        session.terminal.out(f"{verb} {shown(session, target)}")
    if any(each.community is not None for each in lacking) or any(each.community for each in asked):
        session.terminal.note("next: hearth sync fetches what was asked for")
    elif len(found) == 1 and here == [True]:
        session.terminal.note(f"hearth cat-object {short(found[0].prints)} prints its text")
