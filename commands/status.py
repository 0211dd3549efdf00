"""`hearth status`: who, where, how much, what is waiting."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from hearth.commands.context import Session, home_path
from hearth.commands.options import json_option

if TYPE_CHECKING:
    from hearth.overview import Overview


@click.command("status")
@json_option
@click.pass_obj
def command(session: Session) -> None:
    """Show who this hearth is, where it lies, how much it holds and what is waiting."""
    show(session)


def show(session: Session) -> None:
    """Print the picture, as text or JSON."""
    from hearth.overview import overview

    seen = overview(home_path(session), session.config.get("store.budget"))
    if session.json:
        session.terminal.out_json(_data(seen))
    else:
        _print(session, seen)


def _print(session: Session, seen: Overview) -> None:
    from hearth.commands.layout import count, size

    out, clean = session.terminal.out, session.terminal.clean
    name = session.terminal.style(f'"{clean(seen.name)}"', "bold")
    out(f"hearth {name} · community home (only you)")
    out(f"where      {clean(str(seen.path))}")
    room = f" of {size(seen.budget)}" if seen.budget else f", {size(seen.bytes_free)} free"
    out(f"store      {size(seen.bytes_used)}{room} · {count(seen.events, 'event')}")
    out(f"knows      {_knowledge(seen)}")
    if seen.wanted:
        out(f"waiting    {count(seen.wanted, 'damaged object')} to be healed: hearth fsck")
    else:
        out("waiting    nothing")
    out()
    out("hearth ask …        hearth add …        hearth help        hearth doctor")


def _knowledge(seen: Overview) -> str:
    if not seen.corpora:
        return "the built-in guide"
    from hearth.commands.layout import count

    documents = count(sum(seen.corpora.values()), "document")
    corpora = f"{len(seen.corpora)} {'corpus' if len(seen.corpora) == 1 else 'corpora'}"
    return f"the built-in guide + {corpora} ({documents})"


def _data(seen: Overview) -> dict[str, object]:
    return {
        "v": 1,
        "name": seen.name,
        "path": str(seen.path),
        "person": seen.person.hex(),
        "device": seen.device.hex(),
        "community": {"id": seen.community.hex(), "name": "home", "members": 1},
        "bytes": {"used": seen.bytes_used, "free": seen.bytes_free, "budget": seen.budget or None},
        "events": seen.events,
        "objects": seen.objects,
        "wanted": seen.wanted,
        "corpora": [
            {"name": name, "documents": documents} for name, documents in seen.corpora.items()
        ],
    }
