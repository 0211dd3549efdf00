"""hearth push: send what is new to others."""

from __future__ import annotations

import click

from hearth.commands.context import Session
from hearth.commands.sync_options import Wish, sync_options


@click.command("push")
@sync_options
def command(session: Session, wish: Wish) -> int:
    """Send what PEER, or everyone reachable, has not; take nothing.

    A PEER is a member's name, a device's first digits, or an address. Otherwise as hearth sync.
    """
    from hearth.commands.syncing import go_round
    from hearth.sync.messages import Flags

    return go_round(session, "push", Flags.GIVES, wish)
