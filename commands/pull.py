"""hearth pull: fetch what is new from others."""

from __future__ import annotations

import click

from hearth.commands.context import Session
from hearth.commands.options import json_option
from hearth.commands.sync_options import sync_options


@click.command("pull")
@click.argument("peers", nargs=-1, metavar="[PEER]...")
@sync_options
@json_option
@click.pass_obj
def command(
    session: Session,
    peers: tuple[str, ...],
    timeout: int,
    budget: int | None,
    wait_lock: float | None,
    dry_run: bool,
) -> int:
    """Fetch what PEER, or everyone reachable, has; send nothing.

    A PEER is a member's name, a device's first digits, or an address. Otherwise as hearth sync.
    """
    from hearth.commands.syncing import Wish, go_round
    from hearth.sync.messages import Flags

    return go_round(session, Wish("pull", peers, Flags.TAKES, timeout, budget, wait_lock, dry_run))
