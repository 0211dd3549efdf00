"""hearth market list, search: what there is, by filter or by words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from hearth.commands.context import Session
from hearth.commands.marketing import KINDS
from hearth.commands.options import community_option, json_option, null_option
from hearth.store.errors import Exit, UsageError

if TYPE_CHECKING:
    from hearth.commands.marketing import Stall
    from hearth.market.shapes import Filter, Item

_NARROW = ("kind", "category", "tag", "within", "urgent")
"""What leaves something out: what is new stays new, then."""


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
        null_option,
        community_option,
        json_option,
    ):  # fmt: skip
        function = option(function)
    return function


@click.command("list")
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
        wanted.after = read if unread else None
        if mine:
            wanted.person, wanted.closed = stall.market.me, True
        found, whole = _show_list(stall, wanted, read, chosen["null"])
        stall.tell_unplaced(chosen["near"], found)
        if whole and not mine and not any(chosen[each] for each in _NARROW):
            stall.market.mark_read()
    return Exit.OK


@click.command("search")
@click.argument("words", nargs=-1, required=True, metavar="WORD...")
@_filters
@click.pass_obj
def search(session: Session, /, words: tuple[str, ...], **chosen: Any) -> int:
    """Find listings with any of these words, the best match first. Exit 4 if there is none."""
    from hearth.commands.marketing import trading

    with trading(session) as stall:
        wanted = _wanted(stall, chosen)
        wanted.words = " ".join(words)
        found = _show_list(stall, wanted, stall.market.read, chosen["null"])[0]
        stall.tell_unplaced(chosen["near"], found)
        return Exit.OK if found else Exit.NOTHING_FOUND


def _wanted(stall: Stall, chosen: dict[str, Any]) -> Filter:
    from hearth.commands.marketing import sorts
    from hearth.market.shapes import Filter
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


def _show_list(stall: Stall, wanted: Filter, read: int, null: bool) -> tuple[list[Item], bool]:
    """Show what is meant, up to the limit; that, and whether it is all there is."""
    from hearth.commands.market_lines import data, lines

    limit, terminal = wanted.limit or 0, stall.session.terminal
    wanted.limit = limit + 1
    items = stall.market.reading.items(wanted)
    items, whole = items[:limit], len(items) <= limit
    if stall.session.json:
        listed = [data(stall, each, read) for each in items]
        terminal.out_json({"v": 1, "listings": listed, "more": not whole})
    elif null:
        terminal.out_ids(each.id for each in items)
    elif items:
        terminal.out(lines(stall, items, read))
    else:
        terminal.note("no such listings here; hearth sync fetches what others have")
    if not (whole or stall.session.json):
        terminal.note("and more: --limit N")
    return items, whole
