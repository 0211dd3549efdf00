"""hearth market edit: a listing worded anew."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hearth.commands import marketing
from hearth.commands.context import Session
from hearth.commands.market_wording import delegates, place, said, tell
from hearth.commands.marketing import Stall, trading
from hearth.market import words
from hearth.store.errors import UsageError

if TYPE_CHECKING:
    from hearth.market.shapes import Item

_MUST = object()
"""A listing always says that."""


@click.command("edit")
@click.argument("listing")
@said
@click.option("--title", metavar="TEXT", help="Another title.")
@click.option("--urgent/--no-urgent", default=None, help="Whether it cannot wait.")
@click.pass_obj
def edit(
    session: Session, /, listing: str, title: str | None, urgent: bool | None, **options: Any
) -> None:
    """Change what you have listed: what is named; the rest stays. Everybody sees that it was.

    An empty value takes away what there was, as in --terms "" or --delegate "". Where less is left
    than was promised, who was accepted last is on the waiting list.
    """
    given = {name: value for name, value in options.items() if value not in (None, ())}
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
        tell(stall, item.id, "changed")
        _tell_displaced(stall, item)


def _changes(stall: Stall, given: dict[str, Any]) -> dict[str, Any]:
    """The fields of a listing that become others; where the value is empty, what is left of it."""
    makers: tuple[tuple[str, str, Callable[[Any], Any], Any], ...] = (
        ("qty", "quantity", words.quantity, _MUST),
        ("unit", "unit", words.unit, _MUST),
        ("category", "category", words.category, _MUST),
        ("until", "until", lambda text: marketing.until(stall.session, text), _MUST),
        ("where", "where", lambda text: place(stall, text), None),
        ("terms", "terms", str, None),
        ("text", "body", str, None),
        ("behalf", "behalf", str, None),
        ("tag", "tags", tuple, ()),
        ("delegate", "delegates", lambda names: delegates(stall, names), ()),
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
    now = stall.market.reading.item(before.id)
    if now is None or before.conflict or not now.conflict:
        return
    claims = stall.market.claims.on(before.id)
    waiting = ", ".join(each.id.hex()[:8] for each in claims if each.status == "displaced")
    stall.session.terminal.warn(
        "there is less now than was promised",
        *([f"on the waiting list: {waiting}"] if waiting else []),
    )
