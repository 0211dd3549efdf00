"""hearth market show: a listing, its claims, and what is said of its lister."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from hearth.commands.context import Session
from hearth.commands.layout import count
from hearth.commands.market_lines import claim_line, data, ends, where
from hearth.commands.marketing import Stall, trading
from hearth.commands.options import community_option, json_option
from hearth.market.exports import claim_data
from hearth.market.words import category_name, told

if TYPE_CHECKING:
    from hearth.market.shapes import Item


@click.command("show")
@click.argument("listing")
@community_option
@json_option
@click.pass_obj
def show(session: Session, listing: str) -> None:
    """Show a listing: what it says, its claims, who vouches for its lister, where exactly."""
    with trading(session) as stall:
        item, reading = stall.item(listing), stall.market.reading
        if not session.json:
            _print(stall, item)
            return
        vouches = reading.vouches(item.community, item.person)
        session.terminal.out_json(
            {
                "v": 1,
                **data(stall, item, stall.market.read),
                "claims": [
                    claim_data(each, item.unit, stall.called(each.community, each.person))
                    for each in stall.market.claims.on(item.id)
                ],
                "exact": _exact(stall, item),
                "reports": [
                    {
                        "person": each.person.hex(),
                        "reason": each.reason,
                        "answered_by": None if each.answered_by is None else each.answered_by.hex(),
                        "answer": each.answer,
                    }
                    for each in reading.reports(item.id)
                ],
                "completed": reading.completed(item.community, item.person),
                "vouches": [{"person": each.author.hex(), "text": each.text} for each in vouches],
            }
        )


def _exact(stall: Stall, item: Item) -> str | None:
    """Where exactly, as far as this person was told."""
    claims, me = stall.market.claims, stall.market.me
    if item.may_decide(me):
        return claims.exact(item.id, None)
    mine = [each.id for each in claims.on(item.id) if each.person == me]
    return next((text for each in mine if (text := claims.exact(item.id, each))), None)


def _print(stall: Stall, item: Item) -> None:
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
        ("edited", count(item.versions - 1, "time") if item.versions > 1 else ""),
        ("photos", ", ".join(f"{clean(e.name)} ({e.object.hex()[:12]})" for e in record.photos)),
        ("delegates", ", ".join(stall.name(item.community, each) for each in record.delegates)),
    ):
        if text:
            out(f"{label:<10} {text}")
    if record.body:
        out(clean(record.body, body=True))
    if item.conflict:
        stall.session.terminal.warn("more of it was accepted, or handed over, than there is")
    for claim in stall.market.claims.on(item.id):
        out("claim      " + claim_line(stall, item, claim))
    for report in reading.reports(item.id):
        out(f'reported   {stall.name(item.community, report.person)}: "{clean(report.reason)}"')
        if report.answered_by is not None:
            by = stall.name(item.community, report.answered_by)
            out(f'answered   {by}: "{clean(report.answer or "")}"')
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
