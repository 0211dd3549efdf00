"""Alerts in few bytes: a canonical CBOR map by the table of fields, deflated with a dictionary.

The map is one for each alert, so its hash tells whether two alerts say the same; the deflated bytes
may differ from one program to the next. docs/notices.md has the layout.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any, Final

from blake3 import blake3

from hearth.cap import values
from hearth.cap.fields import ALERT, Field, Form, Group
from hearth.cap.model import Alert, Moment, Named, Numbers, Reference
from hearth.cap.words import DICTIONARY
from hearth.store import cbor
from hearth.store.errors import CorruptError

MAX_INNER: Final = 256 * 1024
"""Bytes of the map."""
MAX_ITEMS: Final = 65_536
_CONTEXT: Final = b"hearth/alert/1\0"
_FIRST: Final = -62_135_596_800 + 86_400
_LAST: Final = 253_402_300_799 - 86_400
"""The years 1 and 9999, a day short, so that any zone can be told."""


class PackedError(CorruptError):
    """Bytes that are no packed alert."""

    code = "packed-alert"


def pack(alert: Alert) -> bytes:
    """The alert, deflated. Raises ValueError where it is too long for its map."""
    deflater = zlib.compressobj(9, zlib.DEFLATED, -15, 9, zlib.Z_DEFAULT_STRATEGY, DICTIONARY)
    return deflater.compress(encode(alert)) + deflater.flush()


def unpack(data: bytes) -> Alert:
    """The alert. Raises PackedError."""
    inflater = zlib.decompressobj(-15, DICTIONARY)
    try:
        inner = inflater.decompress(data, MAX_INNER + 1)
    except zlib.error:
        raise PackedError("bytes that do not inflate") from None
    if len(inner) > MAX_INNER or not inflater.eof or inflater.unused_data:
        raise PackedError("it inflates to too much, or not to its end")
    return decode(inner)


def digest(alert: Alert) -> bytes:
    """32 bytes that two alerts have in common if and only if they say the same."""
    return blake3(_CONTEXT + encode(alert)).digest()


def encode(alert: Alert) -> bytes:
    """The map. Raises ValueError where it is too long."""
    fields = _put_group(alert, ALERT, alert.sent)
    data = cbor.encode(fields, max_size=2 * MAX_INNER, max_items=MAX_ITEMS)
    if len(data) > MAX_INNER:
        raise ValueError(f"an alert of {len(data):,} bytes; {MAX_INNER:,} are carried")
    return data


def decode(inner: bytes) -> Alert:
    """The alert of a map. Raises PackedError."""
    try:
        fields = cbor.decode(inner, max_size=MAX_INNER, max_items=MAX_ITEMS)
        sent = _get_moment(fields[3] if isinstance(fields, dict) else None, Moment(0))
        alert: Alert = _get_group(fields, ALERT, sent)
    except (cbor.CborError, KeyError, ValueError, OverflowError) as error:
        raise PackedError(f"bad alert: {error}") from error
    return alert


# groups and fields


def _put_group(value: Any, group: Group, sent: Moment) -> dict[int, Any]:
    made = {}
    for field in group.fields:
        found = getattr(value, field.name)
        if found is None or found == ():
            continue
        made[field.key] = (
            [_put(e, field, sent) for e in found] if field.many else _put(found, field, sent)
        )
    return made


def _get_group(fields: Any, group: Group, sent: Moment) -> Any:
    if not isinstance(fields, dict):
        raise ValueError("no map")
    made: dict[str, Any] = {}
    for field in group.fields:
        found = fields.get(field.key)
        if found is None:
            if field.required or field.key in fields:
                raise ValueError(f"{field.element}: missing")
            made[field.name] = () if field.many or field.form is Form.REFERENCES else None
        elif field.many:
            if not isinstance(found, list) or not found:
                raise ValueError(f"{field.element}: no list")
            made[field.name] = tuple(_get(each, field, sent) for each in found)
        else:
            made[field.name] = _get(found, field, sent)
    return group.make(**made)


def _put(value: Any, field: Field, sent: Moment) -> Any:
    match field.form:
        case Form.WORD:
            return field.words.index(value)
        case Form.GROUP:
            return _put_group(value, field.group, sent)
        case Form.MOMENT:
            return _put_moment(value, Moment(0) if field.name == "sent" else sent)
        case Form.REFERENCES:
            return [_put_reference(each, sent) for each in value]
        case Form.NAMED:
            return list(value)
        case Form.POLYGON | Form.CIRCLE | Form.DECIMAL:
            return _put_numbers(value)
    return value


def _get(value: Any, field: Field, sent: Moment) -> Any:
    match field.form:
        case Form.WORD:
            return field.words[_number(value, 0, len(field.words) - 1)]
        case Form.GROUP:
            return _get_group(value, field.group, sent)
        case Form.MOMENT:
            return _get_moment(value, Moment(0) if field.name == "sent" else sent)
        case Form.REFERENCES:
            if not isinstance(value, list) or not value:
                raise ValueError("references: no list")
            return tuple(_get_reference(each, sent) for each in value)
        case Form.NAMED:
            match value:
                case [str(name), str(said)]:
                    return Named(name, said)
            raise ValueError("no name and value")
        case Form.SIZE:
            return _number(value, 0, 10**15)
        case Form.POLYGON | Form.CIRCLE | Form.DECIMAL:
            return _get_numbers(value, _CHECKS[field.form])
    if not isinstance(value, str) or value != value.strip() or not value:
        raise ValueError(f"{field.element}: no text")
    if field.name in ("identifier", "sender"):
        _check_name(value)
    return value


def _number(value: Any, least: int, most: int) -> int:
    if type(value) is not int or not least <= value <= most:
        raise ValueError("a number out of its bounds")
    return int(value)


def _check_name(value: str) -> None:
    if any(char.isspace() or char in ",<&" for char in value):
        raise ValueError("a name that nothing could refer to")


# times: the difference to when it was sent; the zone only where it is another one


def _put_moment(value: Moment, sent: Moment) -> Any:
    at = value.at - sent.at
    return at if value.offset == sent.offset else [at, value.offset]


def _get_moment(value: Any, sent: Moment) -> Moment:
    match value:
        case [int(at), None | int() as offset]:
            if offset is not None:
                _number(offset, -14 * 60, 14 * 60)
            if offset == sent.offset:
                raise ValueError("a zone that need not be told")
        case int(at):
            offset = sent.offset
        case _:
            raise ValueError("no time")
    if type(at) is not int or type(offset) is bool:
        raise ValueError("no time")
    return Moment(_number(at + sent.at, _FIRST, _LAST), offset)


def _put_reference(value: Reference, sent: Moment) -> list[Any]:
    if value.sent is None:
        return [value.sender, value.identifier]
    return [value.sender, value.identifier, _put_moment(value.sent, sent)]


def _get_reference(value: Any, sent: Moment) -> Reference:
    match value:
        case [str(sender), str(identifier), *rest] if sender and identifier and len(rest) < 2:
            for each in (sender, identifier):
                _check_name(each)
            return Reference(sender, identifier, _get_moment(rest[0], sent) if rest else None)
    raise ValueError("no reference")


# numbers: how many digits, then two that stand for themselves, then each as the difference to the
# one but one before


def _put_numbers(value: Numbers) -> list[int]:
    listed = value.values
    steps = [each - listed[at] for at, each in enumerate(listed[2:])] if len(listed) > 3 else []
    return [value.digits, *(listed[:2] if steps else listed), *steps]


def _get_numbers(value: Any, check: Callable[[Numbers], None]) -> Numbers:
    if not isinstance(value, list) or not 2 <= len(value) <= 2 * values.MAX_POINTS + 1:
        raise ValueError("no numbers")
    digits, *listed = (_number(each, -cbor.MAX_INT, cbor.MAX_INT) for each in value)
    if len(listed) > 3:
        for at in range(2, len(listed)):
            listed[at] += listed[at - 2]
    found = Numbers(_number(digits, 0, values.MAX_DIGITS), tuple(listed))
    if digits and all(each % 10 == 0 for each in listed):
        raise ValueError("digits that need not be told")
    check(found)
    return found


def _check_decimal(found: Numbers) -> None:
    if len(found.values) != 1:
        raise ValueError("not one number")


_CHECKS: Final = {
    Form.POLYGON: values.check_polygon,
    Form.CIRCLE: values.check_circle,
    Form.DECIMAL: _check_decimal,
}
