"""hearth pin: keep documents whatever the disk budget says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from hearth.commands.context import Session
from hearth.commands.corpora import opened
from hearth.commands.following import ask_for, shown, target_json, targets, write
from hearth.commands.options import community_for, documents_argument, json_option
from hearth.store import wishes

if TYPE_CHECKING:
    from hearth.store.batch import Transaction


@click.command("pin")
@documents_argument
@community_for("Of this community.")
@json_option
@click.pass_obj
def command(session: Session, names: tuple[bytes, ...]) -> None:
    """Keep documents here, whatever the disk budget says and even if their author drops them.

    NAME is a document, a folder, a pattern or the first digits of an id, or the whole id of any
    object. What is not here yet is asked for, as by hearth get.
    """
    with opened(session) as shelf:
        found = targets(session, shelf, names)
        lacking = [target for target in found if not target.here(shelf)]

        def wish(tx: Transaction) -> None:
            wishes.pin(tx, (id for target in found for id in target.ids), session.now)
            ask_for(tx, lacking, session.now)

        write(shelf, wish)
        data = [target_json(shelf, target, pinned=True) for target in found]
    if session.json:
        session.terminal.out_json({"v": 1, "documents": data})
        return
    for target, each in zip(found, data, strict=True):
        note = "" if each["here"] else ", and asked for"
        session.terminal.out(f"pinned{note}: {shown(session, target)}")
