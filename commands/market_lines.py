"""Listings and claims in a line, in a table, and as data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from hearth.commands.layout import cut
from hearth.commands.times import hours, moment, stamp
from hearth.market.exports import as_data
from hearth.market.words import told

if TYPE_CHECKING:
    from hearth.commands.marketing import Stall
    from hearth.market.shapes import Held, Item


def lines(stall: Stall, items: Sequence[Item], unread_after: int | None = None) -> str:
    """A table of listings."""
    rows = []
    for each in items:
        marks = [word for word, on in (("URGENT", each.urgent), (each.standing, True)) if on]
        if each.standing == "open":
            marks.remove("open")
        if _is_unread(stall, each, unread_after):
            marks.append("new")
        rows.append(
            [
                each.id.hex()[:8],
                each.sort.name.lower(),
                _left(each),
                cut(stall.clean(each.title), 28),
                cut(where(stall, each), 16),
                till(each, stall.session.now),
                ", ".join(marks),
            ]
        )
    return stall.session.terminal.table(rows, right=frozenset([2]))


def till(item: Item, now: int) -> str:
    """Until when it holds, as lists say it."""
    late = "was " if item.until <= now < item.ends else ""
    return f"{late}till {stamp(item.until, now).removesuffix('?')}"


def _left(item: Item) -> str:
    return told(item.available if item.standing == "open" else item.quantity, item.unit)


def where(stall: Stall, item: Item) -> str:
    """Where it is, and how far."""
    place = stall.clean(item.place or "")
    if item.distance is None:
        return place
    near = "here" if item.distance < 1 else f"{item.distance:,.0f} km"
    return f"{place} {near}".strip()


def ends(stall: Stall, item: Item) -> str:
    """Until when it holds; for what came late, till when it did."""
    now = stall.session.now
    late = f", and came late: shown until {moment(item.ends, now)}"
    return moment(item.until, now) + late * (item.until <= now < item.ends)


def data(stall: Stall, item: Item, unread_after: int | None = None) -> dict[str, Any]:
    """A listing as JSON has it."""
    return as_data(item, stall.lister(item), _is_unread(stall, item, unread_after))


def _is_unread(stall: Stall, item: Item, after: int | None) -> bool:
    """Whether it came after what was read, and is not one's own."""
    return after is not None and item.number > after and item.person != stall.market.me


def claim_line(stall: Stall, item: Item, claim: Held) -> str:
    """A claim in a line."""
    who = stall.name(claim.community, claim.person)
    if claim.behalf:
        who = f"{stall.clean(claim.behalf)} (through {who})"
    status = "lapsed" if claim.lapsed else claim.status
    if claim.confirmed:
        status += ", confirmed"
    parts = [claim.id.hex()[:8], who, told(claim.quantity, item.unit), status]
    if claim.accepted not in (0, claim.handed, claim.quantity):
        parts.append(f"{told(claim.accepted, item.unit)} accepted")
    if claim.handed and claim.handed != claim.quantity:
        parts.append(f"{told(claim.handed, item.unit)} handed over")
    if claim.pickup is not None and claim.status == "reserved":
        parts.append(f"pick-up {pickup(stall, claim)}")
    if claim.slip is not None:
        parts.append(f"slip {claim.slip}")
    if claim.note:
        parts.append(f'"{stall.clean(claim.note)}"')
    if claim.answer:
        parts.append(f'answer: "{stall.clean(claim.answer)}"')
    return "  ".join(parts)


def pickup(stall: Stall, claim: Held) -> str:
    """When somebody comes for it: `today 18:00-19:00`."""
    start, end = claim.pickup or 0, (claim.pickup or 0) + (claim.takes or 0)
    return f"{moment(start, stall.session.now)}-{hours(end, start)}"


def clash_said(stall: Stall, one: Held, other: Held) -> tuple[str, str]:
    """That two pick-ups overlap, and what can be done."""
    who = "you" if one.person == stall.market.me else stall.name(one.community, one.person)
    if one.behalf:
        who = stall.clean(one.behalf)
    times = f"{one.id.hex()[:8]} {pickup(stall, one)}, {other.id.hex()[:8]} {pickup(stall, other)}"
    return (
        f"two pick-ups of {who} overlap: {times}",
        "hearth market accept CLAIM --at TIME says another time; cancel CLAIM gives one up",
    )
