"""A listing on paper: a page of A4 with slips to tear off, each with a code of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from hearth.market import places
from hearth.market.codes import code
from hearth.market.words import category_name, told
from hearth.sync.carriers import pdf
from hearth.sync.carriers.pdf import HEIGHT, MM, WIDTH, Page

if TYPE_CHECKING:
    from hearth.market.shapes import Item

SLIPS: Final = 10
"""Slips along the foot of a poster."""
_MARGIN: Final = 15 * MM
_SLIP: Final = 62 * MM


def poster(
    items: Sequence[Item], name: Callable[[Item], str], until: Callable[[int], str]
) -> bytes:
    """A PDF: a page of A4 for each listing, with slips to tear off, each with a code of its own."""
    return pdf.document([_page(each, name(each), until(each.until)) for each in items], "Market")


def _page(item: Item, name: str, until: str) -> Page:
    page, room = Page(), WIDTH - 2 * _MARGIN
    page.bar(_MARGIN, HEIGHT - _MARGIN - 14 * MM, room, 14 * MM)
    kind = "WANTED" if item.sort.name == "REQUEST" else item.sort.name
    head = f"{kind}: URGENT" if item.urgent else kind
    page.white(_MARGIN + 4 * MM, HEIGHT - _MARGIN - 9.5 * MM, head, 22)
    y = HEIGHT - _MARGIN - 22 * MM
    for text, size, bold in _said(item, name, until):
        for row in pdf.wrap(text, room, size, bold=bold):
            y -= size * 1.25
            if y < _SLIP + 22 * MM:
                break
            page.text(_MARGIN, y, row, size, bold=bold)
        y -= 3 * MM
    hint = (
        "Tear one off and bring it to whoever listed this, or to your steward: they type the code."
    )
    page.text(_MARGIN, _SLIP + 6 * MM, hint, 9)
    page.line(0, _SLIP, WIDTH, _SLIP)
    _slips(page, item)
    return page


def _said(item: Item, name: str, until: str) -> list[tuple[str, float, bool]]:
    """Lines, their size and whether they are bold; what may be too long for a page comes last."""
    record = item.record
    about = [category_name(item.category), told(item.available, item.unit), _place(item)]
    who = f"{record.behalf} (through {name})" if record.behalf else name
    lines = [
        (item.title, 30.0, True),
        (" · ".join(each for each in about if each), 18.0, False),
        (record.terms or "", 14.0, False),
        (f"Ask for {who}.", 14.0, False),
        (f"Until {until}.", 14.0, True),
        (record.body or "", 14.0, False),
    ]
    return [each for each in lines if each[0]]


def _place(item: Item) -> str:
    """Where, if that is a name: a geohash tells a passer-by nothing."""
    where = None if item.place is None else places.known(item.place)
    return "" if where is None or where.point is not None else where.name


def _slips(page: Page, item: Item) -> None:
    wide = WIDTH / SLIPS
    for number in range(1, SLIPS + 1):
        x = wide * (number - 1)
        if number > 1:
            page.line(x, 0, x, _SLIP, 0.4)
        signs = code(item.id, number).split("-")
        for at, group in enumerate(signs):
            page.text(x + 3 * MM, _SLIP - (12 + 9 * at) * MM, group, 15, bold=True)
        title = pdf.wrap(item.title, wide - 4 * MM, 7)[:4]
        for at, row in enumerate(title):
            page.text(x + 2 * MM, 20 * MM - at * 8, row, 7)
