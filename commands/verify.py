"""hearth verify: prove the whole log, signature by signature."""

from __future__ import annotations

import time

import click

from hearth.commands.context import Session, open_home
from hearth.commands.layout import count
from hearth.commands.options import json_option
from hearth.store.errors import Exit


@click.command("verify")
@json_option
@click.pass_context
def command(ctx: click.Context) -> None:
    """Verify the signature of every event and its link to the one before.

    Believes nothing that is only noted in the database. Names what does not hold and exits 13.
    A fork (two events of one device at one place) is reported, but is not damage.
    """
    session = ctx.ensure_object(Session)
    begun = time.monotonic()
    with open_home(session, read_only=True) as home:
        found = home.store.log.verify()
    seconds = time.monotonic() - begun
    problems = [problem.what for problem in found.problems]
    if session.json:
        session.terminal.out_json(
            {
                "v": 1,
                "sound": not problems,
                "events": found.events,
                "chains": found.chains,
                "forked": found.forked,
                "vouched": found.vouched,
                "problems": problems,
                "seconds": round(seconds, 3),
            }
        )
    else:
        terminal = session.terminal
        held = f"{count(found.events, 'event')} in {count(found.chains, 'chain')}"
        terminal.out(f"{held}, read in {seconds:.1f} s")
        for problem in problems:
            terminal.err(f"hearth: error: {terminal.clean(problem)}")
        if found.forked:
            terminal.out(f"{count(found.forked, 'chain')} forked; both branches are kept")
        if problems:
            terminal.err("hint: hearth fsck --repair rebuilds the log from what can be proved")
        elif found.vouched:
            terminal.out(f"every link holds; {count(found.vouched, 'event')} by a later signature")
        else:
            terminal.out("every signature and every link holds")
    ctx.exit(Exit.CORRUPT if problems else Exit.OK)
