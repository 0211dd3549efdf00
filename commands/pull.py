"""hearth pull: fetch what is new from others."""

from __future__ import annotations

import click

from hearth.commands.context import Session
from hearth.commands.sync_options import Wish, sync_options


@click.command("pull")
@sync_options
def command(session: Session, wish: Wish) -> int:
    """Fetch what PEER, or everyone reachable, has; send nothing.

    A PEER is a member's name, a device's first digits, or an address. Otherwise as hearth sync.
    """
    from hearth.commands.syncing import go_round
    from hearth.sync.messages import Flags

    return go_round(session, "pull", Flags.TAKES, wish)
