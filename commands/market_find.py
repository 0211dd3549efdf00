"""hearth market list, search, show, match, board: finding what there is and what fits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from hearth.commands.context import Session
from hearth.commands.options import community_option, json_option
from hearth.store.errors import Exit, UsageError

if TYPE_CHECKING:
    from hearth.commands.marketing import Stall
    from hearth.market.board import Line
    from hearth.market.matching import Match
    from hearth.market.reading import Filter, Item

KINDS = ("offer", "request", "lend", "ride", "skill", "space")


def _filters(function: Any) -> Any:
    for option in (
        click.option("--kind", multiple=True, type=click.Choice(KINDS),
                     help="Of this kind; again for several."),
        click.option("--category", metavar="NAME", help="Of this category."),
        click.option("--tag", metavar="TAG", help="With this tag."),
        click.option("--near", metavar="PLACE", help="Where you are, not as market.where says."),
        click.option("--within", metavar="KM", type=click.FloatRange(0, 20_038),
                     help="No farther than that many kilometres."),
        click.option("--urgent", is_flag=True, help="Urgent ones alone."),
        click.option("--all", "every", is_flag=True,
                     help="Also what is reserved, over, hidden or expired."),
        click.option("--limit", metavar="N", type=click.IntRange(1, 100_000), default=50,
                     help="At most N: 50 unless said."),
        click.option("-z", "--null", is_flag=True, help="Print ids alone, each ended by NUL."),
        community_option,
        json_option,
    ):  # fmt: skip
        function = option(function)
    return function


@click.command("list", short_help="List what is offered and asked for.")
@click.option("--unread", is_flag=True, help="What has come since you looked last.")
@click.option("--mine", is_flag=True, help="What you have listed.")
@_filters
@click.pass_obj
def list_(session: Session, /, unread: bool, mine: bool, **chosen: Any) -> int:
    """List what is offered and asked for: urgent first, then the nearest, then the latest."""
    from hearth.commands.marketing import trading

    with trading(session) as stall:
        wanted = _wanted(stall, chosen)
        read = stall.market.read
        wanted.after = read if unread else 0
        if mine:
            wanted.person, wanted.closed = stall.market.me, True
        _show_list(stall, stall.market.reading.items(wanted), read, chosen["null"])
        if not (chosen["every"] or mine):
            stall.market.mark_read()
    return Exit.OK


@click.command("search", short_help="Find listings by their words.")
@click.argument("words", nargs=-1, required=True, metavar="WORD...")
@_filters
@click.pass_obj
def search(session: Session, /, words: tuple[str, ...], **chosen: Any) -> int:
    """Find listings with any of these words, the best match first. Exit 4 if there is none."""
    from hearth.commands.marketing import trading

    with trading(session) as stall:
        wanted = _wanted(stall, chosen)
        wanted.words = " ".join(words)
        found = stall.market.reading.items(wanted)
        _show_list(stall, found, stall.market.read, chosen["null"])
        return Exit.OK if found else Exit.NOTHING_FOUND


def _wanted(stall: Stall, chosen: dict[str, Any]) -> Filter:
    from hearth.commands.marketing import sorts
    from hearth.market.reading import Filter
    from hearth.market.words import category

    near = stall.near(chosen["near"])
    if chosen["within"] is not None and near is None:
        raise UsageError("--within needs --near PLACE, or the setting market.where")
    name = chosen["category"]
    return Filter(
        stall.community,
        sorts(chosen["kind"]),
        None if name is None else category(name),
        chosen["tag"],
        None,
        near,
        chosen["within"],
        chosen["urgent"],
        closed=chosen["every"],
        limit=chosen["limit"],
    )


def _show_list(stall: Stall, items: list[Item], read: int, null: bool) -> None:
    from hearth.commands.marketing import data, lines

    terminal = stall.session.terminal
    if stall.session.json:
        listed = [data(stall, each, read) for each in items]
        terminal.out_json({"v": 1, "listings": listed})
    elif null:
        terminal.out_bytes(b"".join(each.id.hex().encode() + b"\0" for each in items))
    elif items:
        terminal.out(lines(stall, items, read))
    else:
        terminal.note("no such listings here; hearth sync fetches what others have")


# one


@click.command("show")
@click.argument("listing")
@community_option
@json_option
@click.pass_obj
def show(session: Session, listing: str) -> None:
    """Show a listing: what it says, its claims, who vouches for its lister, where exactly."""
    from hearth.commands.marketing import data, trading
    from hearth.market.exports import claim_data

    with trading(session) as stall:
        item, reading = stall.item(listing), stall.market.reading
        claims = reading.claims(item.id)
        if not session.json:
            _print(stall, item)
            return
        vouches = reading.vouches(item.community, item.person)
        session.terminal.out_json(
            {
                "v": 1,
                **data(stall, item, stall.market.read),
                "claims": [
                    claim_data(each, item.unit, stall.name(each.community, each.person))
                    for each in claims
                ],
                "exact": _exact(stall, item),
                "reports": [
                    {"person": person.hex(), "reason": reason}
                    for person, reason in reading.reports(item.id)
                ],
                "completed": reading.completed(item.community, item.person),
                "vouches": [{"person": each.author.hex(), "text": each.text} for each in vouches],
            }
        )


def _exact(stall: Stall, item: Item) -> str | None:
    """Where exactly, as far as this person was told."""
    reading, me = stall.market.reading, stall.market.me
    if item.may_decide(me):
        return reading.exact(item.id, None)
    mine = [each.id for each in reading.claims(item.id) if each.person == me]
    return next((text for each in mine if (text := reading.exact(item.id, each))), None)


def _print(stall: Stall, item: Item) -> None:
    from hearth.commands.marketing import claim_line, ends, where
    from hearth.market.words import category_name, told

    out, clean, reading = stall.session.terminal.out, stall.clean, stall.market.reading
    record, name = item.record, stall.name(item.community, item.person)
    for label, text in (
        (item.sort.name.lower(), clean(item.title)),
        ("id", item.id.hex()),
        ("by", f"{clean(record.behalf)} (through {name})" if record.behalf else name),
        ("standing", item.standing + (", URGENT" if item.urgent else "")),
        ("hidden", _hidden(stall, item)),
        ("category", category_name(item.category)),
        ("amount", _amounts(item, told)),
        ("where", where(stall, item)),
        ("exactly", clean(_exact(stall, item) or "")),
        ("terms", clean(record.terms or "")),
        ("tags", clean(", ".join(record.tags))),
        ("until", ends(stall, item)),
        ("edited", f"{item.versions - 1} times" if item.versions > 1 else ""),
        ("photos", ", ".join(f"{clean(e.name)} ({e.object.hex()[:12]})" for e in record.photos)),
        ("delegates", ", ".join(stall.name(item.community, each) for each in record.delegates)),
    ):
        if text:
            out(f"{label:<10} {text}")
    if record.body:
        out(clean(record.body, body=True))
    if item.conflict:
        stall.session.terminal.warn("more of it was accepted, or handed over, than there is")
    for claim in reading.claims(item.id):
        out("claim      " + claim_line(stall, item, claim))
    for person, reason in reading.reports(item.id):
        out(f'reported   {stall.name(item.community, person)}: "{clean(reason)}"')
    out(f"completed  {reading.completed(item.community, item.person)} by {name}")
    for vouch in reading.vouches(item.community, item.person):
        out(f'vouched    {stall.name(item.community, vouch.author)}: "{clean(vouch.text)}"')


def _hidden(stall: Stall, item: Item) -> str:
    if item.hidden_by is None:
        return ""
    by = stall.name(item.community, item.hidden_by)
    return f'by {by}: "{stall.clean(item.hidden_reason or "")}"'


def _amounts(item: Item, told: Any) -> str:
    parts = [told(item.quantity, item.unit)]
    if item.promised:
        parts.append(f"promised {told(item.promised, item.unit)}")
    if item.delivered:
        parts.append(f"delivered {told(item.delivered, item.unit)}")
    return ", ".join(parts)


# matching


@click.command("match", short_help="Offers for requests, with the reason.")
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
    from hearth.commands.marketing import trading
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
    from hearth.market.exports import amount

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
    for item in items:
        fits = [each for each in found if each.item is item]
        terminal.out(f'{item.id.hex()[:8]}  {item.sort.name.lower()} "{stall.clean(item.title)}"')
        for each in fits:
            who = stall.name(each.other.community, each.other.person)
            title = stall.clean(each.other.title)
            terminal.out(f'  {each.other.id.hex()[:8]}  "{title}" by {who}')
            reasons = stall.clean(" · ".join(reason.text for reason in each.reasons))
            terminal.out(terminal.wrap(reasons, indent="            "))
        if not fits:
            terminal.out("  nothing fits yet")


@click.command("board", short_help="What is needed, promised, delivered.")
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
    from hearth.commands.marketing import trading
    from hearth.market import board as boards
    from hearth.market import words

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
    from hearth.market.exports import amount
    from hearth.market.words import category_name

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
    from hearth.commands.layout import table
    from hearth.market.words import category_name, told

    rows = [["", "where", *_AMOUNTS, ""]]
    for line in lines:
        amounts = [told(getattr(line, name), line.unit) for name in _AMOUNTS]
        place = stall.clean(line.place or "-")
        urgent = "URGENT" if line.urgent else ""
        rows.append([category_name(line.category), place, *amounts, urgent])
    return table(rows, right=frozenset(range(2, 7)))


COMMANDS = (list_, search, show, match, board)
