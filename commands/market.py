"""hearth market: what neighbours offer and ask for, who gets it, and what is still needed."""

from __future__ import annotations

import click

from hearth.commands.context import Session
from hearth.commands.noun import Verbs
from hearth.commands.options import community_option, json_option

VERBS = {
    "list": "market_find.list_",
    "search": "market_find.search",
    "show": "market_show.show",
    "match": "market_fit.match",
    "board": "market_fit.board",
    "post": "market_post.post",
    "renew": "market_post.renew",
    "withdraw": "market_post.withdraw",
    "edit": "market_edit.edit",
    "claim": "market_claims.claim",
    "accept": "market_claims.accept",
    "decline": "market_claims.decline",
    "waitlist": "market_claims.waitlist",
    "handover": "market_claims.handover",
    "confirm": "market_claims.confirm",
    "no-show": "market_claims.no_show",
    "cancel": "market_claims.cancel",
    "conflicts": "market_conflicts.conflicts",
    "report": "market_care.report",
    "vouch": "market_care.vouch",
    "export": "market_paper.export",
}


@click.group("market", commands=Verbs(VERBS), invoke_without_command=True)
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
        from hearth.commands.market_picture import picture

        return picture(ctx.ensure_object(Session), near)
    return None
