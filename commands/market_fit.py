"""hearth market match, board: what fits what, and what is still needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from hearth.commands.context import Session
from hearth.commands.layout import count
from hearth.commands.marketing import Stall, trading
from hearth.commands.options import community_option, json_option
from hearth.market import words
from hearth.market.exports import amount
from hearth.market.words import category_name, told
from hearth.store.errors import Exit

if TYPE_CHECKING:
    from hearth.market.board import Line
    from hearth.market.matching import Match
    from hearth.market.shapes import Item


@click.command("match")
@click.argument("listing", required=False)
@click.option("--limit", metavar="N", type=click.IntRange(1, 100), default=5,
              help="At most N for each: 5 unless said.")  # fmt: skip
@community_option
@json_option
@click.pass_obj
def match(session: Session, listing: str | None, limit: int) -> int:
    """Find offers for requests and requests for offers, and say why they fit.

    For LISTING, or for each that you have listed and that is open. Category, words, amounts in
    units that measure the same, distance and time are weighed. Exit 4 if nothing fits.
    """
    from hearth.market.matching import matches

    with trading(session) as stall:
        reading = stall.market.reading
        if listing is not None:
            items = [stall.item(listing)]
        else:
            mine = reading.decided_by(stall.market.me)
            items = [e for e in mine if e.community == stall.community and e.standing == "open"]
        found = [one for each in items for one in matches(reading, each, limit)]
        if session.json:
            session.terminal.out_json({"v": 1, "matches": [_as_json(each) for each in found]})
        else:
            _print_matches(stall, items, found)
        return Exit.OK if found else Exit.NOTHING_FOUND


def _as_json(found: Match) -> dict[str, Any]:
    return {
        "listing": found.item.id.hex(),
        "other": found.other.id.hex(),
        "title": found.other.title,
        "score": found.score,
        "covers": None if found.covers is None else amount(found.covers),
        "unit": found.item.unit,
        "distance_km": None if found.distance is None else round(found.distance, 1),
        "reasons": [{"kind": each.kind, "text": each.text} for each in found.reasons],
    }


def _print_matches(stall: Stall, items: list[Item], found: list[Match]) -> None:
    terminal = stall.session.terminal
    if not items:
        terminal.note("you have listed nothing that is open; hearth market match LISTING")
    without = 0
    for item in items:
        fits = [each for each in found if each.item is item]
        if not fits and len(items) > 1:
            without += 1
            continue
        terminal.out(f'{item.id.hex()[:8]}  {item.sort.name.lower()} "{stall.clean(item.title)}"')
        for each in fits:
            who = stall.name(each.other.community, each.other.person)
            title = stall.clean(each.other.title)
            terminal.out(f'  {each.other.id.hex()[:8]}  "{title}" by {who}')
            reasons = stall.clean(" · ".join(reason.text for reason in each.reasons))
            terminal.out(terminal.wrap(reasons, indent="            "))
        if not fits:
            terminal.out("  nothing fits yet")
    if without:
        other = "the other " if found else ""
        terminal.out(f"nothing fits {other}{count(without, 'listing')} of yours yet")


@click.command("board")
@click.option("--category", metavar="NAME", help="Of this category.")
@click.option("--limit", metavar="N", type=click.IntRange(1, 100_000), default=50,
              help="At most N lines: 50 unless said.")  # fmt: skip
@community_option
@json_option
@click.pass_obj
def board(session: Session, category: str | None, limit: int) -> None:
    """Show what is needed, promised and delivered, by category and place.

    Urgent lines first, then those that lack the largest part of what is needed.
    """
    from hearth.market import board as boards

    with trading(session) as stall:
        code = None if category is None else words.category(category)
        every = boards.board(stall.market.reading, stall.community, code)
        found, left = every[:limit], len(every) - limit
        if session.json:
            lines = [_line(each) for each in found]
            session.terminal.out_json({"v": 1, "board": lines, "left_out": max(0, left)})
        elif not found:
            session.terminal.note("nothing is asked for")
        else:
            session.terminal.out(_table(stall, found))
            if left > 0:
                session.terminal.note(f"and {left:,} lines more: --category NAME, or --limit N")


_AMOUNTS = ("need", "promised", "delivered", "lacking", "offered")


def _line(line: Line) -> dict[str, Any]:
    return {
        "category": category_name(line.category),
        "place": line.place,
        "unit": line.unit,
        **{name: amount(getattr(line, name)) for name in _AMOUNTS},
        "requests": line.requests,
        "open": line.open,
        "urgent": line.urgent,
    }


def _table(stall: Stall, lines: list[Line]) -> str:
    rows = [["", "where", *_AMOUNTS, ""]]
    for line in lines:
        amounts = [told(getattr(line, name), line.unit) for name in _AMOUNTS]
        place = stall.clean(line.place or "-")
        urgent = "URGENT" if line.urgent else ""
        rows.append([category_name(line.category), place, *amounts, urgent])
    return stall.session.terminal.table(rows, right=frozenset(range(2, 7)))
