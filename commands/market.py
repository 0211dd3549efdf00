"""hearth market: what neighbours offer and ask for, who gets it, and what is still needed."""

from __future__ import annotations

import click

from hearth.commands.context import Session
from hearth.commands.noun import Noun
from hearth.commands.options import community_option, json_option

VERBS = {
    "list": ("market_find.list_", "List what is offered and asked for."),
    "search": ("market_find.search", "Find listings by their words."),
    "show": ("market_show.show", "Show a listing."),
    "match": ("market_fit.match", "Offers for requests, with the reason."),
    "board": ("market_fit.board", "What is needed, promised, delivered."),
    "post": ("market_post.post", "Offer something, or ask for it."),
    "renew": ("market_post.renew", "Have a listing shown for longer."),
    "withdraw": ("market_post.withdraw", "Take a listing back."),
    "edit": ("market_edit.edit", "Change what you have listed."),
    "claim": ("market_claims.claim", "Propose to take, or to give, some of it."),
    "accept": ("market_claims.accept", "Reserve something for a claimant."),
    "decline": ("market_claims.decline", "Say no to a claim."),
    "waitlist": ("market_claims.waitlist", "Put a claim on the waiting list."),
    "handover": ("market_claims.handover", "Record that something changed hands."),
    "confirm": ("market_claims.confirm", "Confirm, as the claimant, that it changed hands."),
    "no-show": ("market_claims.no_show", "Record that a claimant did not come."),
    "cancel": ("market_claims.cancel", "Take your own claim back."),
    "conflicts": (
        "market_conflicts.conflicts",
        "What was promised to more people than there is for.",
    ),
    "report": ("market_care.report", "Complain of a listing; a steward hides it."),
    "vouch": ("market_care.vouch", "Say that somebody can be relied on."),
    "export": ("market_paper.export", "Write listings as csv, json, html, or a poster."),
}


@click.group("market", cls=Noun, verbs=VERBS, invoke_without_command=True)
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
