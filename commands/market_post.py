"""hearth market post, edit, renew, withdraw: what somebody lists, and changes of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hearth.commands.context import Session
from hearth.commands.marketing import KINDS
from hearth.commands.options import community_option, json_option
from hearth.store.errors import UsageError

if TYPE_CHECKING:
    from hearth.commands.marketing import Stall
    from hearth.market.records import ListingRecord
    from hearth.market.shapes import Item

_MUST = object()
"""A listing always says that."""
_SAID = (
    click.option("--qty", metavar="N", help="How much; of something new, 1 unless said."),
    click.option("--unit", metavar="UNIT", help="Of what: item, l, kg, kWh, h, ..."),
    click.option("--category", metavar="NAME", help="What it is: water, food, power, ..."),
    click.option("--tag", multiple=True, metavar="TAG", help="A word to find it by; again."),
    click.option("--where", metavar="PLACE",
                 help="Coarsely: a geohash (cut to 5 characters), LAT,LON, or a name."),
    click.option("--until", metavar="TIME", help="How long it is listed: 3d, or 2026-12-01."),
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


def _said(function: Any) -> Any:
    for option in reversed(_SAID):
        function = option(function)
    return json_option(community_option(function))


@click.command("post", short_help="Offer something, or ask for it.")
@click.argument("kind", type=click.Choice(KINDS), metavar="KIND")
@click.argument("title", nargs=-1, required=True, metavar="TITLE...")
@_said
@click.option("--urgent", is_flag=True, help="It cannot wait: shown first, for 3 days.")
@click.pass_obj
def post(
    session: Session,
    /,
    kind: str,
    title: tuple[str, ...],
    urgent: bool,
    **said: Any,
) -> None:
    """Offer something, or ask for it. KIND is offer, request, lend, ride, skill or space.

    Every listing ends: after 14 days, after 48 hours for food and meals, after 72 hours if it is
    urgent or an emergency is declared. Where is told coarsely, about 5 km; --exact is sealed to
    whose claim is accepted.
    """
    from hearth.commands.communities import inside
    from hearth.commands.market_lines import ends
    from hearth.commands.marketing import trading

    with trading(session, writes=True) as stall:
        community = stall.community
        record = _record(stall, KINDS.index(kind), " ".join(title), urgent, said)
        paths = [Path(session.cwd, each) for each in said["photo"]]
        if said["exact"] is not None:
            stall.market.keyring.tend(session.now)
        id = stall.market.actor.post(community, record, paths, said["exact"])
        item = stall.market.reading.item(id)
        assert item is not None
        if session.json:
            from hearth.commands.market_lines import data

            session.terminal.out_json({"v": 1, **data(stall, item)})
            return
        place = inside(session, stall.square.commons.membership(community).name)
        session.terminal.out(f"listed {id.hex()[:12]} {place} until {ends(stall, item)}")


def _record(
    stall: Stall, sort: int, title: str, urgent: bool, said: dict[str, Any]
) -> ListingRecord:
    from hearth.commands import marketing
    from hearth.market import words
    from hearth.market.records import ListingRecord

    category = words.category(said["category"]) if said["category"] else "ot"
    until = said["until"]
    ends = (
        _usual_end(stall, category, urgent)
        if until is None
        else marketing.until(stall.session, until)
    )
    return ListingRecord(
        words.Sort(sort),
        title,
        category,
        1000 if said["qty"] is None else words.quantity(said["qty"]),
        words.unit(said["unit"]) if said["unit"] else "item",
        ends,
        _place(stall, said["where"]),
        said["terms"],
        urgent,
        said["text"],
        said["tag"],
        (),
        _delegates(stall, said["delegate"]),
        said["behalf"],
    )


def _usual_end(stall: Stall, category: str, urgent: bool) -> int:
    """Until when something is listed unless it is said: not for long while an emergency is
    declared; a rehearsal of one changes nothing."""
    from hearth.condition.declared import is_emergency
    from hearth.market.words import HOUR, lifetime

    square, now = stall.square, stall.session.now
    usual = lifetime(category, urgent)
    declared = is_emergency(square.home, square.commons, stall.community, now)
    long = lifetime(category, urgent, emergency=declared)
    if long < usual:
        stall.session.terminal.note(
            f"an emergency is declared: listed for {long // HOUR} hours; --until says otherwise"
        )
    return now + long


def _place(stall: Stall, text: str | None) -> str | None:
    from hearth.market import places

    if text is None:
        return None
    where = places.parse(text)
    if where.is_exact:
        stall.session.terminal.note(
            f'listed as "{where.name[: places.COARSE]}": everybody reads it;'
            " --exact tells who is accepted"
        )
    return places.coarse(where).name


def _delegates(stall: Stall, names: Sequence[str]) -> tuple[bytes, ...]:
    from hearth.commands.communities import member_named

    membership = stall.square.commons.membership(stall.community)
    found = {member_named(stall.session, membership, each).person for each in names}
    return tuple(sorted(found - {stall.market.me}))


@click.command("edit", short_help="Change what you have listed.")
@click.argument("listing")
@_said
@click.option("--title", metavar="TEXT", help="Another title.")
@click.option("--urgent/--no-urgent", default=None, help="Whether it cannot wait.")
@click.pass_obj
def edit(
    session: Session, /, listing: str, title: str | None, urgent: bool | None, **said: Any
) -> None:
    """Change what you have listed: what is named; the rest stays. Everybody sees that it was.

    An empty value takes away what there was, as in --terms "" or --delegate "". Where less is left
    than was promised, who was accepted last is on the waiting list.
    """
    from hearth.commands.marketing import trading

    given = {name: value for name, value in said.items() if value not in (None, ())}
    if not given and title is None and urgent is None:
        raise UsageError("nothing to change", "hearth market edit LISTING --qty 10")
    with trading(session, writes=True) as stall:
        item, new = stall.item(listing), _changes(stall, given)
        if title is not None:
            new["title"] = title
        if urgent is not None:
            new["urgent"] = urgent
        stall.market.keyring.tend(session.now)
        photos = [Path(session.cwd, each) for each in given.get("photo", ()) if each]
        record = item.record._replace(**new)
        stall.market.actor.edit(item, record, photos, given.get("exact"))
        _tell(stall, item.id, "changed")
        _tell_displaced(stall, item)


def _changes(stall: Stall, given: dict[str, Any]) -> dict[str, Any]:
    """The fields of a listing that become others; where the value is empty, what is left of it."""
    from hearth.commands import marketing
    from hearth.market import words

    makers: tuple[tuple[str, str, Callable[[Any], Any], Any], ...] = (
        ("qty", "quantity", words.quantity, _MUST),
        ("unit", "unit", words.unit, _MUST),
        ("category", "category", words.category, _MUST),
        ("until", "until", lambda text: marketing.until(stall.session, text), _MUST),
        ("where", "where", lambda text: _place(stall, text), None),
        ("terms", "terms", str, None),
        ("text", "body", str, None),
        ("behalf", "behalf", str, None),
        ("tag", "tags", tuple, ()),
        ("delegate", "delegates", lambda names: _delegates(stall, names), ()),
        ("photo", "photos", lambda names: (), ()),  # the new ones come in their place
    )
    new = {}
    for name, field, make, empty in makers:
        value = given.get(name)
        if value is not None:
            gone = value in ("", ("",)) and empty is not _MUST
            new[field] = empty if gone else make(value)
    return new


def _tell_displaced(stall: Stall, before: Item) -> None:
    """Warn if by this change somebody who was promised something gets nothing."""
    held = [each.id for each in stall.market.claims.on(before.id) if each.status == "displaced"]
    now = stall.market.reading.item(before.id)
    if now is not None and now.conflict and not before.conflict:
        stall.session.terminal.warn(
            "there is less now than was promised"
            + (
                f"; on the waiting list: {', '.join(each.hex()[:8] for each in held)}"
                if held
                else ""
            )
        )


@click.command("renew", short_help="Have a listing shown for longer.")
@click.argument("listing")
@click.option("--until", metavar="TIME", help="Till when: its usual time from now, unless said.")
@community_option
@json_option
@click.pass_obj
def renew(session: Session, listing: str, until: str | None) -> None:
    """Have what you have listed shown for longer."""
    from hearth.commands import marketing

    with marketing.trading(session, writes=True) as stall:
        item = stall.item(listing)
        ends = (
            _usual_end(stall, item.category, item.urgent)
            if until is None
            else marketing.until(session, until)
        )
        stall.market.actor.renew(item, ends)
        _tell(stall, item.id, "renewed")


@click.command("withdraw", short_help="Take a listing back.")
@click.argument("listing")
@community_option
@json_option
@click.pass_obj
def withdraw(session: Session, listing: str) -> None:
    """Take back what you have listed. Whoever had something reserved is told."""
    from hearth.commands.marketing import trading

    with trading(session, writes=True) as stall:
        item = stall.item(listing)
        stall.market.actor.withdraw(item)
        _tell(stall, item.id, "withdrawn")


def _tell(stall: Stall, id: bytes, what: str) -> None:
    from hearth.commands.market_lines import data, ends

    item = stall.market.reading.item(id)
    assert item is not None
    if stall.session.json:
        stall.session.terminal.out_json({"v": 1, **data(stall, item)})
    else:
        more = "" if item.standing == "withdrawn" else f", until {ends(stall, item)}"
        stall.session.terminal.out(f"{what} {id.hex()[:12]}{more}")


COMMANDS = (post, edit, renew, withdraw)
