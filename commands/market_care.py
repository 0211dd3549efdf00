"""hearth market report, vouch: what members think of listings and of each other."""

from __future__ import annotations

import click

from hearth.commands.communities import member_named
from hearth.commands.context import Session
from hearth.commands.market_lines import data
from hearth.commands.marketing import trading
from hearth.commands.options import community_option, json_option
from hearth.market.records import Verdict
from hearth.store.errors import UsageError


@click.command("report")
@click.argument("listing")
@click.argument("reason", nargs=-1, required=True, metavar="REASON...")
@click.option("--hide", is_flag=True, help="Hide it, as a steward.")
@click.option("--show", is_flag=True, help="Hide it no longer, as a steward.")
@community_option
@json_option
@click.pass_obj
def report(session: Session, listing: str, reason: tuple[str, ...], hide: bool, show: bool) -> None:
    """Complain of a listing, with a reason that everybody sees. A steward can hide it."""
    if hide and show:
        raise UsageError("either --hide or --show")
    verdict = Verdict.HIDE if hide else Verdict.SHOW if show else Verdict.REPORT
    with trading(session, writes=True) as stall:
        item = stall.item(listing)
        stall.market.actor.report(item, verdict, " ".join(reason))
        now = stall.market.reading.item(item.id)
        assert now is not None
        if session.json:
            session.terminal.out_json({"v": 1, **data(stall, now)})
            return
        done = {Verdict.HIDE: "hidden", Verdict.SHOW: "shown", Verdict.REPORT: "reported"}
        session.terminal.out(f"{done[verdict]} {item.id.hex()[:12]}")
        membership = stall.square.commons.membership(item.community)
        if verdict is Verdict.REPORT and membership.is_steward(stall.market.me):
            session.terminal.note("it is shown all the same; as a steward you can --hide it")


@click.command("vouch")
@click.argument("member")
@click.argument("text", nargs=-1, metavar="[TEXT...]")
@click.option("--take-back", is_flag=True, help="Take back what you said.")
@community_option
@json_option
@click.pass_obj
def vouch(session: Session, member: str, text: tuple[str, ...], take_back: bool) -> None:
    """Say of a member that they can be relied on, in words; there are no stars."""
    if bool(text) == take_back:
        raise UsageError(
            "say something, or --take-back", 'hearth market vouch NAME "kept her word"'
        )
    with trading(session, writes=True) as stall:
        community = stall.community
        membership = stall.square.commons.membership(community)
        person = member_named(session, membership, member).person
        stall.market.actor.vouch(community, person, " ".join(text) if text else None)
        if session.json:
            found = stall.market.reading.vouches(community, person)
            vouches = [{"person": each.author.hex(), "text": each.text} for each in found]
            session.terminal.out_json({"v": 1, "member": person.hex(), "vouches": vouches})
            return
        name = stall.name(community, person)
        session.terminal.out(f"taken back for {name}" if take_back else f"vouched for {name}")
