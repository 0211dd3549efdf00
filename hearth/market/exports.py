"""The market for other programs: data, CSV, one HTML page."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from html import escape
from typing import TYPE_CHECKING, Any, Final

from hearth.market.words import category_name, told

if TYPE_CHECKING:
    from hearth.market.shapes import Held, Item

FIELDS: Final = (
    "id", "kind", "title", "category", "quantity", "unit", "available", "promised", "delivered",
    "place", "distance_km", "standing", "urgent", "person", "person_name", "behalf", "terms",
    "tags", "body", "time", "until", "unread", "stated_until",
)  # fmt: skip
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_STYLE: Final = (
    "@page { size: A4; margin: 12mm } body { font: 10pt/1.3 Helvetica, Arial, sans-serif }"
    " h2 { font-size: 12pt; margin: 4mm 0 1mm; border-top: 1px solid } p { margin: 0 }"
)


def amount(thousandths: int) -> float | int:
    """An amount as a number, for other programs."""
    whole, rest = divmod(thousandths, 1000)
    return whole if not rest else thousandths / 1000


def as_data(item: Item, name: str, unread: bool = False) -> dict[str, Any]:
    """A listing as data; text is as it was written, all of it foreign."""
    record = item.record
    return {
        "id": item.id.hex(),
        "kind": item.sort.name.lower(),
        "title": item.title,
        "category": category_name(item.category),
        "quantity": amount(item.quantity),
        "unit": item.unit,
        "available": amount(item.available),
        "promised": amount(item.promised),
        "delivered": amount(item.delivered),
        "place": item.place,
        "distance_km": None if item.distance is None else round(item.distance, 1),
        "standing": item.standing,
        "urgent": item.urgent,
        "person": item.person.hex(),
        "person_name": name,
        "behalf": record.behalf,
        "terms": record.terms,
        "tags": list(record.tags),
        "body": record.body,
        "time": item.wall,
        "until": item.ends,
        "stated_until": item.until,
        "unread": unread,
        "conflict": item.conflict,
        "hidden_reason": item.hidden_reason,
        "delegates": [each.hex() for each in record.delegates],
        "photos": [
            {"name": each.name, "media": each.media, "size": each.size, "object": each.object.hex()}
            for each in record.photos
        ],
    }


def claim_data(claim: Held, unit: str, name: str) -> dict[str, Any]:
    """A claim as data."""
    return {
        "id": claim.id.hex(),
        "listing": claim.listing.hex(),
        "person": claim.person.hex(),
        "person_name": name,
        "behalf": claim.behalf,
        "slip": claim.slip,
        "quantity": amount(claim.quantity),
        "accepted": amount(claim.accepted),
        "handed": amount(claim.handed),
        "unit": unit,
        "status": claim.status,
        "lapsed": claim.lapsed,
        "confirmed": claim.confirmed,
        "until": claim.ends,
        "pickup_from": claim.pickup,
        "pickup_until": None if claim.pickup is None else claim.pickup + (claim.takes or 0),
        "note": claim.note,
        "answer": claim.answer,
        "time": claim.wall,
    }


def as_csv(rows: Sequence[dict[str, Any]]) -> str:
    """A table with a header. A cell that a spreadsheet would compute begins with an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(FIELDS)
    for row in rows:
        writer.writerow([_cell(row[field]) for field in FIELDS])
    return out.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, list):
        value = " ".join(value)
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: ""}[value]
    if isinstance(value, str) and value.startswith(_FORMULA):
        return "'" + value
    return value


def as_html(
    items: Sequence[Item],
    name: Callable[[Item], str],
    until: Callable[[int], str],
    title: str,
    made: str,
) -> str:
    """One page on which nothing is loaded."""
    parts = [
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">',
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>",
        f"<h1>{escape(title)}</h1>",
    ]
    for item in items:
        record, who = item.record, name(item)
        parts.append(f"<h2>{escape('URGENT: ' * item.urgent + item.title)}</h2>")
        about = [
            item.sort.name.lower(), category_name(item.category), told(item.available, item.unit),
            item.place, record.terms, f"{record.behalf} (through {who})" if record.behalf else who,
            f"until {until(item.until)}",
        ]  # fmt: skip
        parts.append(f"<p>{escape(' · '.join(each for each in about if each))}</p>")
        if record.body:
            parts.append(f"<p>{escape(record.body)}</p>")
    parts.append(f"<p><small>{escape(made)}</small></p></body></html>")
    return "\n".join(parts) + "\n"
