"""hearth market export: the market as a table, as data, as a page, as a poster with slips."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from hearth.commands.context import Session
from hearth.commands.market_lines import data
from hearth.commands.marketing import Stall, trading
from hearth.commands.new_files import refuse_terminal, write_out
from hearth.commands.options import community_option
from hearth.commands.terminal import to_json
from hearth.commands.times import when
from hearth.market import exports
from hearth.market.posters import poster
from hearth.store.errors import UsageError

if TYPE_CHECKING:
    from hearth.market.shapes import Item

_MOST = 40
"""Pages of a poster."""


@click.command("export")
@click.argument("listing", nargs=-1, metavar="[LISTING...]")
@click.option("--format", "form", type=click.Choice(["csv", "json", "html", "poster"]),
              default="csv", help="Of what kind: csv unless said.")  # fmt: skip
@click.option("--out", metavar="FILE", help="Where to: standard output unless said.")
@click.option("--all", "every", is_flag=True, help="Also what is over, hidden or expired.")
@community_option
@click.pass_obj
def export(
    session: Session, listing: tuple[str, ...], form: str, out: str | None, every: bool
) -> None:
    """Write listings, all that are open or those named, as csv, json, html, or a poster.

    A poster is a PDF, a page for each listing, with slips to tear off. Each slip has a code:
    whoever brings one is entered with hearth market claim --code.
    """
    with trading(session) as stall:
        from hearth.market.shapes import Filter

        if listing:
            items = [stall.item(each) for each in listing]
        elif form == "poster":
            mine = Filter(stall.community, person=stall.market.me, closed=every)
            items = stall.market.reading.items(mine)
        else:
            items = stall.market.reading.items(Filter(stall.community, closed=every))
        data = _poster(stall, items, out) if form == "poster" else _text(stall, items, form)
    write_out(session, out, data)


def _text(stall: Stall, items: list[Item], form: str) -> bytes:
    if form in ("csv", "json"):
        rows = [data(stall, each, stall.market.read) for each in items]
        as_json = to_json({"v": 1, "listings": rows}) + "\n"
        return (exports.as_csv(rows) if form == "csv" else as_json).encode("utf-8", "replace")
    community = stall.clean(stall.square.commons.membership(stall.community).name)
    made = f"Printed {when(stall.session.now)}"
    page = exports.as_html(items, stall.lister, _until, f"Market of {community}", made)
    return page.encode("utf-8", "replace")


def _until(at: int) -> str:
    return time.strftime("%A, %d %B, %H:%M", time.localtime(at))


def _poster(stall: Stall, items: list[Item], out: str | None) -> bytes:
    if out is None:
        refuse_terminal(stall.session, "a PDF", "--out FILE.pdf")
    if not items:
        raise UsageError("no listing to print", "name LISTINGs, or hearth market post one")
    over = [each for each in items if each.standing not in ("open", "reserved")]
    if over:
        raise UsageError(
            f'"{over[0].id.hex()[:12]}" is {over[0].standing}: its slips could not be used',
            "name listings that are open",
        )
    if len(items) > _MOST:
        raise UsageError(f"a poster has at most {_MOST} pages, not {len(items)}", "name LISTINGs")
    return poster(items, stall.lister, _until)
