"""hearth market post, renew, withdraw: what somebody lists, and for how long."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from hearth.commands import marketing
from hearth.commands.communities import inside
from hearth.commands.context import Session
from hearth.commands.market_lines import ends
from hearth.commands.market_wording import delegates, place, said, tell, usual_end
from hearth.commands.marketing import KINDS, Stall, trading
from hearth.commands.options import community_option, json_option
from hearth.market import words
from hearth.market.records import ListingRecord
from hearth.market.words import categories_in, tells_amount, told


@click.command("post")
@click.argument("kind", type=click.Choice(KINDS), metavar="KIND")
@click.argument("title", nargs=-1, required=True, metavar="TITLE...")
@said
@click.option("--urgent", is_flag=True, help="It cannot wait: shown first, for 3 days.")
@click.pass_obj
def post(
    session: Session,
    /,
    kind: str,
    title: tuple[str, ...],
    urgent: bool,
    **given: Any,
) -> None:
    """Offer something, or ask for it. KIND is offer, request, lend, ride, skill or space.

    Every listing ends: after 14 days, after 48 hours for food and meals, after 72 hours if it is
    urgent or an emergency is declared. Where is told coarsely, about 5 km; --exact is sealed to
    whose claim is accepted.
    """
    with trading(session, writes=True) as stall:
        community = stall.community
        record = _record(stall, KINDS.index(kind), " ".join(title), urgent, given)
        paths = [Path(session.cwd, each) for each in given["photo"]]
        if given["exact"] is not None:
            stall.market.keyring.tend(session.now)
        id = stall.market.actor.post(community, record, paths, given["exact"])
        item = stall.market.reading.item(id)
        assert item is not None
        if session.json:
            from hearth.commands.market_lines import data

            session.terminal.out_json({"v": 1, **data(stall, item)})
            return
        there = inside(session, stall.square.commons.membership(community).name)
        what = f'{kind} {told(item.quantity, item.unit)} "{stall.clean(item.title)}"'
        session.terminal.out(f"listed {id.hex()[:12]} {what} {there} until {ends(stall, item)}")
        stall.square.tell_next(community, "hearth market shows who claims it")
        if given["qty"] is None and tells_amount(item.title):
            session.terminal.note(
                f"its amount is 1, whatever its title says; hearth market edit {id.hex()[:12]}"
                " --qty N --unit UNIT"
            )
        if not given["category"] and (names := categories_in(item.title)):
            session.terminal.note(
                f"it counts as other; hearth market edit {id.hex()[:12]} --category {names[0]}"
            )


def _record(
    stall: Stall, sort: int, title: str, urgent: bool, given: dict[str, Any]
) -> ListingRecord:
    category = words.category(given["category"]) if given["category"] else "ot"
    until = given["until"]
    ends = (
        usual_end(stall, category, urgent)
        if until is None
        else marketing.until(stall.session, until)
    )
    return ListingRecord(
        words.Sort(sort),
        title,
        category,
        1000 if given["qty"] is None else words.quantity(given["qty"]),
        words.unit(given["unit"]) if given["unit"] else "item",
        ends,
        place(stall, given["where"]),
        given["terms"],
        urgent,
        given["text"],
        given["tag"],
        (),
        delegates(stall, given["delegate"]),
        given["behalf"],
    )


@click.command("renew")
@click.argument("listing")
@click.option("--until", metavar="TIME", help="Till when: its usual time from now, unless said.")
@community_option
@json_option
@click.pass_obj
def renew(session: Session, listing: str, until: str | None) -> None:
    """Have what you have listed shown for longer."""
    with marketing.trading(session, writes=True) as stall:
        item = stall.item(listing)
        ends = (
            usual_end(stall, item.category, item.urgent)
            if until is None
            else marketing.until(session, until)
        )
        stall.market.actor.renew(item, ends)
        tell(stall, item.id, "renewed")


@click.command("withdraw")
@click.argument("listing")
@community_option
@json_option
@click.pass_obj
def withdraw(session: Session, listing: str) -> None:
    """Take back what you have listed. Whoever had something reserved is told."""
    with trading(session, writes=True) as stall:
        item = stall.item(listing)
        stall.market.actor.withdraw(item)
        tell(stall, item.id, "withdrawn")
