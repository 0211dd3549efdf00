"""What a person may write: one line, some text, a listing; or why not, and what to do instead."""

from __future__ import annotations

import unicodedata

from hearth.market import records
from hearth.market.errors import BadListingError, BadQuantityError
from hearth.market.records import ListingRecord
from hearth.market.words import COUNTED, LONGEST, THOUSAND, told
from hearth.visible import is_visible


def checked(record: ListingRecord, now: int) -> ListingRecord:
    """A listing fit to be written. Raises BadListingError."""
    if not 0 < record.until - now <= LONGEST:
        raise BadListingError(
            "a listing ends after now, and within a year", "--until 3d, or --until 2026-12-01"
        )
    if len(record.tags) > records.MAX_TAGS:
        raise BadListingError(f"a listing has at most {records.MAX_TAGS} tags")
    if len(record.delegates) > records.MAX_DELEGATES:
        raise BadListingError(f"a listing has at most {records.MAX_DELEGATES} delegates")
    terms, body, behalf = record.terms, record.body, record.behalf
    whole(record.quantity, record.unit)
    return record._replace(
        title=line(record.title, "a title", records.MAX_TITLE),
        tags=tuple(dict.fromkeys(line(each, "a tag", records.MAX_TAG) for each in record.tags)),
        terms=None if terms is None else line(terms, "terms", records.MAX_TERMS),
        body=None if body is None else text(body, "a description", records.MAX_BODY),
        behalf=None if behalf is None else line(behalf, "a name", records.MAX_TITLE),
        delegates=tuple(sorted({*record.delegates})),
    )


def whole(amount: int, unit: str) -> int:
    """An amount of what is counted is whole. Raises BadQuantityError."""
    if unit in COUNTED and amount % THOUSAND:
        raise BadQuantityError(f"{told(amount, unit)} is no whole number of what is counted")
    return amount


def line(value: str, what: str, most: int) -> str:
    """One line of visible text, composed (NFC). Raises BadListingError."""
    value = text(" ".join(value.split()), what, most)
    if not is_visible(value):
        raise BadListingError(f"{what} is one line of visible text")
    return value


def text(value: str, what: str, most: int) -> str:
    """Text that is there, and not too long, composed (NFC). Raises BadListingError."""
    value = unicodedata.normalize("NFC", value.strip())
    try:
        size = len(value.encode())
    except UnicodeEncodeError:
        raise BadListingError(f"{what} is not text: bytes that are no UTF-8") from None
    if size > most:
        raise BadListingError(f"{what} has at most {most:,} bytes, this one {size:,}")
    if not value:
        raise BadListingError(f"{what} says something")
    return value
