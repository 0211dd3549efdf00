"""hearth market: what neighbours offer and ask for, who gets it, and what is still needed."""

from __future__ import annotations

import click

from hearth.commands import (
    market_care,
    market_claims,
    market_conflicts,
    market_edit,
    market_find,
    market_fit,
    market_paper,
    market_picture,
    market_post,
    market_show,
)
from hearth.commands.context import Session
from hearth.commands.options import community_option, json_option


@click.group("market", invoke_without_command=True)
@click.option("--near", metavar="PLACE", help="Where you are, not as market.where says.")
@community_option
@json_option
@click.pass_context
def command(ctx: click.Context, near: str | None) -> int | None:
    """What neighbours offer and ask for. Alone: what is open near you, and what waits for you.

    A claim is a proposal; only the lister, or a delegate named in the listing, accepts it. Nobody
    has to be online: listings travel with hearth sync, hearth serve and by bundle, and what was
    decided apart comes to the same everywhere.
    """
    if ctx.invoked_subcommand is None:
        return market_picture.picture(ctx.ensure_object(Session), near)
    return None


for each in (
    *market_find.COMMANDS,
    *market_show.COMMANDS,
    *market_fit.COMMANDS,
    *market_post.COMMANDS,
    *market_edit.COMMANDS,
    *market_claims.COMMANDS,
    *market_conflicts.COMMANDS,
    *market_care.COMMANDS,
    *market_paper.COMMANDS,
):
    command.add_command(each)
