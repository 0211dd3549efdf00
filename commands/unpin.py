"""hearth unpin: let the disk budget have documents that were pinned."""

from __future__ import annotations

import click

from hearth.commands.context import Session
from hearth.commands.options import community_for, documents_argument, json_option


@click.command("unpin")
@documents_argument
@community_for("Of this community.")
@json_option
@click.pass_obj
def command(session: Session, names: tuple[bytes, ...]) -> None:
    """Keep documents no longer than the disk budget allows, and ask for them no more.

    NAME is what hearth pin and hearth get take. Nothing is deleted at once.
    """
    from hearth.commands.corpora import opened
    from hearth.commands.following import shown, target_json, targets, write
    from hearth.store import wishes

    with opened(session) as shelf:
        found = targets(session, shelf, names)
        ids = [id for target in found for id in target.ids]
        write(shelf, lambda tx: wishes.drop(tx, ids))
        data = [target_json(shelf, target, pinned=False) for target in found]
    if session.json:
        session.terminal.out_json({"v": 1, "documents": data})
        return
    for target in found:
        session.terminal.out(f"no longer pinned: {shown(session, target)}")
