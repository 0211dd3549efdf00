"""hearth market conflicts: what was promised to more people than there is for, and who got it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from hearth.commands.context import Session
from hearth.commands.market_lines import claim_line, lines
from hearth.commands.marketing import Stall, trading
from hearth.commands.options import community_option, json_option
from hearth.market.exports import claim_data
from hearth.market.words import told
from hearth.store.errors import Exit

if TYPE_CHECKING:
    from hearth.market.shapes import Held, Item


def tell_loser(stall: Stall, item: Item) -> None:
    """Say to whoever was accepted, and gets nothing, why, and what there is instead."""
    from hearth.market.matching import alternatives

    title = stall.clean(item.title)
    if item.withdrawn:
        stall.session.terminal.warn(f'"{title}" was accepted for you, and then withdrawn')
    else:
        waits = () if item.standing == "fulfilled" else ("you are on the waiting list",)
        stall.session.terminal.warn(
            f'"{title}" was accepted for you and for somebody else, and is theirs', *waits
        )
    others = alternatives(stall.market.reading, item)
    stall.session.terminal.out("  instead:" if others else "  nothing like it is listed here now")
    if others:
        stall.session.terminal.out(lines(stall, others))


def claim_json(
    stall: Stall, item: Item, claim: Held, *, alternatives: bool = False
) -> dict[str, Any]:
    """A claim with its listing's title, and with what there is instead if it was in vain."""
    from hearth.market import matching

    found = claim_data(claim, item.unit, stall.called(claim.community, claim.person))
    found["title"] = item.title
    if alternatives and claim.status == "displaced":
        others = matching.alternatives(stall.market.reading, item)
        found["alternatives"] = [each.id.hex() for each in others]
    return found


@click.command("conflicts")
@community_option
@json_option
@click.pass_obj
def conflicts(session: Session) -> int:
    """List what was promised to more people than there is for, and who got it.

    Where two who may decide accept apart from each other, the earlier acceptance stands
    everywhere, and a recorded hand-over wins. Those you decide on are listed, and those that were
    accepted for you in vain, with what there is instead. Exit 3 if there are any.
    """
    with trading(session) as stall:
        found = stall.market.reading.conflicts(stall.community, stall.market.me)
        if session.json:
            session.terminal.out_json({"v": 1, "conflicts": [_as_json(stall, e) for e in found]})
        elif not found:
            session.terminal.note("nothing was promised to more people than there is for")
        else:
            for item in found:
                _print_conflict(stall, item)
        return Exit.WARNINGS if found else Exit.OK


def _as_json(stall: Stall, item: Item) -> dict[str, Any]:
    rivals = stall.market.claims.rivals(item.id)
    return {
        "listing": item.id.hex(),
        "title": item.title,
        "claims": [
            claim_json(stall, item, each, alternatives=each.person == stall.market.me)
            for each in rivals
        ],
    }


def _print_conflict(stall: Stall, item: Item) -> None:
    out, rivals = stall.session.terminal.out, stall.market.claims.rivals(item.id)
    there = told(item.quantity, item.unit)
    out(f'{item.id.hex()[:8]}  {item.sort.name.lower()} "{stall.clean(item.title)}"  {there}')
    for each in rivals:
        by = "" if each.decided_by is None else stall.name(each.community, each.decided_by)
        out(f"  {claim_line(stall, item, each)}" + (f"  (by {by})" if by else ""))
    if any(each.status == "displaced" and each.person == stall.market.me for each in rivals):
        tell_loser(stall, item)
    if item.may_decide(stall.market.me):
        stall.session.terminal.note(
            "hearth market decline CLAIM, or waitlist CLAIM, settles it"
            if any(each.status == "displaced" for each in rivals)
            else "hearth market edit LISTING --qty N says how much there really was"
        )
