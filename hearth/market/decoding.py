"""Reading what market events say: `decode` of what `records.encode` returned gives it back.

A key that is not known is ignored; whatever breaks a bound makes the whole a `RecordError`,
and the event is passed over.
"""

from __future__ import annotations

from typing import Any, Final

from hearth import kinds
from hearth.chat.shapes import Attachment
from hearth.market.codes import MAX_SLIPS
from hearth.market.places import MAX_NAME
from hearth.market.records import (
    MAX_BODY,
    MAX_DELEGATES,
    MAX_EXACT,
    MAX_NOTE,
    MAX_PHOTOS,
    MAX_PICKUP,
    MAX_REASON,
    MAX_TAG,
    MAX_TAGS,
    MAX_TERMS,
    MAX_TITLE,
    Act,
    Action,
    ChangeRecord,
    ClaimRecord,
    DecisionRecord,
    ListingRecord,
    PlaceRecord,
    Record,
    ReportRecord,
    Verdict,
    VouchRecord,
)
from hearth.market.words import MAX_QUANTITY, UNITS, Sort
from hearth.payload import (
    ID,
    MAX_TIME,
    RecordError,
    bad,
    fields_of,
    ident,
    idents,
    maybe_text,
    number,
    text,
)

_MAX_FILE_NAME: Final = 255
_MAX_MEDIA: Final = 127
_SORTS: Final = tuple(Sort)  # to ask the class each time is half of the work
_ACTS: Final = tuple(Act)
_ACTIONS: Final = tuple(Action)


def decode(kind: int, data: bytes) -> Record:
    """Read what an event of this kind says. Raises RecordError."""
    fields = fields_of(data, sealed=kind == kinds.PLACE)
    match kind:
        case kinds.LISTING:
            return listing_of(fields)
        case kinds.CHANGE:
            return _change(fields)
        case kinds.CLAIM:
            behalf, note = maybe_text(fields, 5, MAX_TITLE), maybe_text(fields, 3, MAX_NOTE)
            slip = None if 4 not in fields else number(fields, 4, 1, MAX_SLIPS)
            return ClaimRecord(ident(fields, 1), _amount(fields, 2), note, slip, behalf)
        case kinds.DECISION:
            return _decision(fields)
        case kinds.PLACE:
            claim = None if 2 not in fields else ident(fields, 2)
            return PlaceRecord(ident(fields, 1), claim, text(fields, 3, MAX_EXACT))
        case kinds.REPORT:
            verdict = Verdict(number(fields, 2, 0, max(Verdict)))
            return ReportRecord(ident(fields, 1), verdict, text(fields, 3, MAX_REASON))
        case kinds.VOUCH:
            return VouchRecord(ident(fields, 1), maybe_text(fields, 2, MAX_REASON))
    raise RecordError("bad market record: not a kind of the market")


def listing_of(fields: dict[int, Any]) -> ListingRecord:
    """What the map of a listing says. Raises RecordError."""
    category, unit, urgent = fields.get(3), fields.get(5), 9 in fields
    if not isinstance(category, str) or len(category) != 2 or not category.isascii():
        raise bad(3)
    if not isinstance(unit, str) or unit not in UNITS:
        raise bad(5)
    if urgent and fields[9] != 1:
        raise bad(9)
    return ListingRecord(
        _SORTS[number(fields, 1, 0, len(_SORTS) - 1)],
        text(fields, 2, MAX_TITLE),
        category,
        number(fields, 4, 1, MAX_QUANTITY),
        unit,
        number(fields, 6, 0, MAX_TIME),
        text(fields, 7, MAX_NAME) if 7 in fields else None,
        text(fields, 8, MAX_TERMS) if 8 in fields else None,
        urgent,
        text(fields, 10, MAX_BODY) if 10 in fields else None,
        _tags(fields[11]) if 11 in fields else (),
        _photos(fields[12]) if 12 in fields else (),
        idents(fields, 13, MAX_DELEGATES) if 13 in fields else (),
        text(fields, 14, MAX_TITLE) if 14 in fields else None,
    )


def _change(fields: dict[int, Any]) -> ChangeRecord:
    act = _ACTS[number(fields, 2, 0, len(_ACTS) - 1)]
    edited: Any = fields.get(3)
    if (act is Act.EDIT) != isinstance(edited, dict):
        raise bad(3)
    if (act is Act.RENEW) != (4 in fields):
        raise bad(4)
    until = None if act is not Act.RENEW else number(fields, 4, 0, MAX_TIME)
    listing = None if act is not Act.EDIT else listing_of(edited)
    return ChangeRecord(ident(fields, 1), act, listing, until)


def _decision(fields: dict[int, Any]) -> DecisionRecord:
    action = _ACTIONS[number(fields, 3, 0, len(_ACTIONS) - 1)]
    if (action in (Action.ACCEPT, Action.HANDOVER)) != (4 in fields):
        raise bad(4)
    for key in (5, 7):
        if key in fields and action is not Action.ACCEPT:
            raise bad(key)
    return DecisionRecord(
        ident(fields, 1),
        ident(fields, 2),
        action,
        None if 4 not in fields else _amount(fields, 4),
        None if 5 not in fields else number(fields, 5, 0, MAX_TIME),
        maybe_text(fields, 6, MAX_NOTE),
        _pickup(fields.get(7)),
    )


def _pickup(value: Any) -> tuple[int, int] | None:
    match value:
        case None:
            return None
        case [int(start), int(seconds)] if 0 <= start <= MAX_TIME and 1 <= seconds <= MAX_PICKUP:
            if type(start) is int and type(seconds) is int:
                return start, seconds
    raise bad(7)


# fields


def _amount(fields: dict[int, Any], key: int) -> int:
    return number(fields, key, 1, MAX_QUANTITY)


def _tags(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) > MAX_TAGS:
        raise bad(11)
    if not all(isinstance(each, str) and 1 <= len(each.encode()) <= MAX_TAG for each in value):
        raise bad(11)
    return tuple(value)


def _photos(value: Any) -> tuple[Attachment, ...]:
    if not isinstance(value, list) or len(value) > MAX_PHOTOS:
        raise bad(12)
    found = []
    for each in value:
        match each:
            case [str(name), str(media), int(size), bytes(object)] if (
                1 <= len(name.encode()) <= _MAX_FILE_NAME
                and len(media.encode()) <= _MAX_MEDIA
                and type(size) is int
                and size >= 0
                and len(object) == ID
            ):
                found.append(Attachment(name, media, size, object, None))
            case _:
                raise bad(12)
    return tuple(found)
