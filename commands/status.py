"""`hearth status`: who, where, how much, what is waiting."""

from __future__ import annotations

import click

from hearth.commands.context import Session, open_home
from hearth.commands.options import json_option


@click.command()
@json_option
@click.pass_obj
def command(session: Session) -> None:
    """Show who this hearth is, where it lies, how much it holds and what is waiting."""
    show(session)


def show(session: Session) -> None:
    """Print the picture, as text or JSON."""
    with open_home(session, read_only=True) as home:
        session.terminal.out(f'hearth "{session.terminal.clean(home.identity.name)}"')
