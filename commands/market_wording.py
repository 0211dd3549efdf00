"""What post, edit and renew share: the options that say what a listing says, and their meaning."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from hearth.commands.communities import member_named
from hearth.commands.market_lines import data, ends
from hearth.commands.options import community_option, json_option
from hearth.market import places
from hearth.market.words import HOUR, lifetime

if TYPE_CHECKING:
    from hearth.commands.marketing import Stall

_SAID = (
    click.option("--qty", metavar="N", help="How much; of something new, 1 unless said."),
    click.option("--unit", metavar="UNIT", help="Of what: item, l, kg, kWh, h, ..."),
    click.option("--category", metavar="NAME", help="What it is: water, food, power, ..."),
    click.option("--tag", multiple=True, metavar="TAG", help="A word to find it by; again."),
    click.option("--where", metavar="PLACE",
                 help="Coarsely: a geohash (cut to 5 characters), LAT,LON, or a name."),
    click.option("--until", metavar="TIME", help="How long it is listed: 3d, sunday, 2026-12-01."),
    click.option("--terms", metavar="TEXT", help="Gift, swap, lend till Sunday, ..."),
    click.option("--text", metavar="TEXT", help="More about it."),
    click.option("--for", "behalf", metavar="PERSON", help="For somebody who has no device."),
    click.option("--delegate", multiple=True, metavar="MEMBER",
                 help="A member who may decide, too; again."),
    click.option("--photo", multiple=True, metavar="FILE",
                 help="A picture, without where it was taken; again, up to 4."),
    click.option("--exact", metavar="TEXT",
                 help="The address, told to nobody but who is accepted, and delegates."),
)  # fmt: skip


def said(function: Any) -> Any:
    """The options that say what a listing says."""
    for option in reversed(_SAID):
        function = option(function)
    return json_option(community_option(function))


def usual_end(stall: Stall, category: str, urgent: bool) -> int:
    """Until when something is listed unless it is said: not for long while an emergency is
    declared; a rehearsal of one changes nothing."""
    from hearth.condition.declared import is_emergency

    square, now = stall.square, stall.session.now
    usual = lifetime(category, urgent)
    declared = is_emergency(square.home, square.commons, stall.community, now)
    long = lifetime(category, urgent, emergency=declared)
    if long < usual:
        stall.session.terminal.note(
            f"an emergency is declared: listed for {long // HOUR} hours; --until says otherwise"
        )
    return now + long


def place(stall: Stall, text: str | None) -> str | None:
    """Where everybody reads it: coarsely."""
    if text is None:
        return None
    where = places.parse(text)
    told = places.coarse(where).name
    numbered = where.point is None and any(map(str.isdigit, told))  # like a house
    if where.is_exact or numbered:
        stall.session.terminal.note(
            f'listed as "{told}": everybody reads it; --exact tells who is accepted'
        )
    return told


def delegates(stall: Stall, names: Sequence[str]) -> tuple[bytes, ...]:
    """The persons who may decide, too, by their names."""
    membership = stall.square.commons.membership(stall.community)
    found = {member_named(stall.session, membership, each).person for each in names}
    return tuple(sorted(found - {stall.market.me}))


def tell(stall: Stall, id: bytes, what: str) -> None:
    """Tell what has become of a listing."""
    item = stall.market.reading.item(id)
    assert item is not None
    if stall.session.json:
        stall.session.terminal.out_json({"v": 1, **data(stall, item)})
    else:
        more = "" if item.standing == "withdrawn" else f", until {ends(stall, item)}"
        stall.session.terminal.out(f"{what} {id.hex()[:12]}{more}")
