"""hearth sync: exchange events and documents with everyone reachable."""

from __future__ import annotations

import click

from hearth.commands.context import Session
from hearth.commands.sync_options import Wish, sync_options
from hearth.store.errors import UsageError


@click.command("sync")
@sync_options
def command(session: Session, wish: Wish) -> int:
    """Exchange what is new with PEERs, or with everyone who can be reached.

    A PEER is a member's name, a device's first digits, or an address. From cron it says nothing
    when it went well; it exits with 14 when nobody could be reached, and speaks up about that
    only after sync.warn-after, once a day.

    A PEER may be a folder, as on a stick: then what others left there is read, and what they lack
    is written there. When it says "safe to remove", it is.
    """
    from pathlib import Path

    named = (each for each in wish.peers if "/" in each or each in (".", ".."))
    if any(Path(each).is_dir() for each in named):
        from hearth.commands.trading import sync_folders

        if wish.dry_run:
            raise UsageError("--dry-run does not go with a folder")
        folders = [Path(each) for each in wish.peers]
        return sync_folders(session, folders, wish.budget, wish.wait_lock)
    from hearth.commands.syncing import go_round
    from hearth.sync.messages import Flags

    return go_round(session, "sync", Flags.TAKES | Flags.GIVES, wish)
