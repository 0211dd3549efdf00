"""hearth market: what neighbours offer and ask for, who gets it, and what is still needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from hearth.commands import (
    market_care,
    market_claims,
    market_find,
    market_fit,
    market_paper,
    market_post,
    market_show,
)
from hearth.commands.context import Session
from hearth.commands.options import community_option, json_option
from hearth.store.errors import Exit

if TYPE_CHECKING:
    from hearth.commands.marketing import Stall
    from hearth.market.shapes import Held, Item

_SHOWN = 10
_MOST = 40
_NEXT = {
    "decide": "hearth market accept CLAIM, decline CLAIM, or waitlist CLAIM",
    "fetch": "hearth market show LISTING says where; hearth market confirm CLAIM when it is done",
}


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
        return _picture(ctx.ensure_object(Session), near)
    return None


def _picture(session: Session, near: str | None) -> int:
    from hearth.commands.marketing import claim_line, data, lines, trading
    from hearth.market.shapes import Filter

    with trading(session) as stall:
        community, read = stall.community, stall.market.read
        wanted = Filter(community, near=stall.near(near), limit=_SHOWN)
        open = stall.market.reading.items(wanted)
        decide, mine = _waiting(stall, community)
        if session.json:
            session.terminal.out_json(
                {
                    "v": 1,
                    "open": [data(stall, each, read) for each in open],
                    "to_decide": [_claim(stall, *each) for each in decide],
                    "claims": [_claim(stall, *each, alternatives=True) for each in mine],
                }
            )
            return Exit.OK
        out, note = session.terminal.out, session.terminal.note
        out(lines(stall, open, read) if open else "nothing is offered or asked for")
        for title, key, found in (("to decide", "decide", decide), ("your claims", "fetch", mine)):
            if found:
                out(f"\n{title}")
                for item, claim in found:
                    out(f'{claim_line(stall, item, claim)}  on "{stall.clean(item.title)}"')
                    _tell_loser(stall, item, claim)
                note(_NEXT[key])
        stall.market.mark_read()
        if not open:
            note('hearth market post request "drinking water" --qty 20 --unit l')
        return Exit.OK


def _waiting(
    stall: Stall, community: bytes
) -> tuple[list[tuple[Item, Held]], list[tuple[Item, Held]]]:
    """Claims to be decided by this person, and those of theirs that are not over."""
    reading, me = stall.market.reading, stall.market.me
    decide = [
        (item, claim)
        for claim in stall.market.claims.to_decide(community, me, _MOST)
        if (item := reading.item(claim.listing)) is not None and item.standing != "expired"
    ]
    mine = []
    for claim in stall.market.claims.by(me)[:_MOST]:
        item = reading.item(claim.listing)
        if item is None or claim.community != community or item.person == me or claim.slip:
            continue
        over = claim.status in ("cancelled",) or (claim.status == "done" and claim.confirmed)
        if not over and item.standing != "expired":
            mine.append((item, claim))
    return decide, mine


def _tell_loser(stall: Stall, item: Item, claim: Held) -> None:
    """Say to whoever did not get it what there is instead."""
    from hearth.commands.marketing import lines
    from hearth.market.matching import alternatives

    if claim.status != "displaced" or claim.person != stall.market.me:
        return
    stall.session.terminal.warn(
        f'"{stall.clean(item.title)}" was accepted for you and for somebody else, and is theirs',
        "you are on the waiting list",
    )
    others = list(alternatives(stall.market.reading, item))
    if others:
        stall.session.terminal.out("  instead:")
        stall.session.terminal.out(lines(stall, others))


def _claim(stall: Stall, item: Item, claim: Held, alternatives: bool = False) -> dict[str, Any]:
    from hearth.market import matching
    from hearth.market.exports import claim_data

    found = claim_data(claim, item.unit, stall.name(claim.community, claim.person))
    found["title"] = item.title
    if alternatives and claim.status == "displaced":
        others = matching.alternatives(stall.market.reading, item)
        found["alternatives"] = [each.id.hex() for each in others]
    return found


for each in (
    *market_find.COMMANDS,
    *market_show.COMMANDS,
    *market_fit.COMMANDS,
    *market_post.COMMANDS,
    *market_claims.COMMANDS,
    *market_care.COMMANDS,
    *market_paper.COMMANDS,
):
    command.add_command(each)
