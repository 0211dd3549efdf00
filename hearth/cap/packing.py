"""Alerts in few bytes: a canonical CBOR map by the table of fields, deflated with a dictionary.

The map is one for each alert, so its hash tells whether two alerts say the same; the deflated bytes
may differ from one program to the next. docs/notices.md has the layout.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from typing import Any, Final, NamedTuple

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
_NO_NAME: Final = re.compile(r"[\s,<&]")
_FIRST: Final = -62_135_596_800 + 86_400
_LAST: Final = 253_402_300_799 - 86_400
"""The years 1 and 9999, a day short, so that any zone can be told."""
_new: Final = tuple.__new__  # a named tuple without a call into Python


class PackedError(CorruptError, code="packed-alert"):
    """Bytes that are no packed alert."""


def pack(alert: Alert) -> bytes:
    """The alert, deflated. Raises ValueError where it is too long for its map."""
    deflater = zlib.compressobj(9, zlib.DEFLATED, -15, 9, zlib.Z_DEFAULT_STRATEGY, DICTIONARY)
    return deflater.compress(encode(alert)) + deflater.flush()


def unpack(data: bytes) -> Alert:
    """The alert. Raises PackedError."""
    return decode(_inflate(data))


def unpack_with_digest(data: bytes) -> tuple[Alert, bytes]:
    """The alert, and its digest, for little more. Raises PackedError."""
    inner = _inflate(data)
    alert, unknown = _decode(inner)
    return alert, digest(alert) if unknown else _hash(inner)


def _inflate(data: bytes) -> bytes:
    inflater = zlib.decompressobj(-15, DICTIONARY)
    try:
        inner = inflater.decompress(data, MAX_INNER + 1)
    except zlib.error:
        raise PackedError("bytes that do not inflate") from None
    if len(inner) > MAX_INNER or not inflater.eof or inflater.unused_data:
        raise PackedError("it inflates to too much, or not to its end")
    return inner


def digest(alert: Alert) -> bytes:
    """32 bytes that two alerts have in common if and only if they say the same."""
    return _hash(encode(alert))


def _hash(inner: bytes) -> bytes:
    return blake3(_CONTEXT + inner).digest()


def encode(alert: Alert) -> bytes:
    """The map. Raises ValueError where it is too long."""
    fields = _put_group(alert, ALERT, alert.sent)
    data = cbor.encode(fields, max_size=2 * MAX_INNER, max_items=MAX_ITEMS)
    if len(data) > MAX_INNER:
        raise ValueError(f"an alert of {len(data):,} bytes; {MAX_INNER:,} are carried")
    return data


def decode(inner: bytes) -> Alert:
    """The alert of a map. Raises PackedError."""
    return _decode(inner)[0]


def _decode(inner: bytes) -> tuple[Alert, bool]:
    """The alert of a map, and whether there is something in it that is not known here. If not, it
    is the one map of the alert: whatever could be told in two ways is refused in all but one."""
    try:
        fields = cbor.decode(inner, max_size=MAX_INNER, max_items=MAX_ITEMS)
        sent = _get_moment(fields[3] if isinstance(fields, dict) else None, Moment(0))
        reader = _Reader(sent)
        alert: Alert = reader.group(fields, _ALERT)
    except (cbor.CborError, KeyError, ValueError, OverflowError) as error:
        raise PackedError(f"bad alert: {error}") from error
    return alert, reader.unknown


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


class _Reader:
    """Reads the groups of an alert that was sent then. `unknown`: there were keys of others."""

    __slots__ = ("sent", "unknown")

    def __init__(self, sent: Moment) -> None:
        self.unknown = False
        self.sent = sent

    def group(self, fields: Any, table: _Table) -> Any:
        """The group, as its class of `model`."""
        if not isinstance(fields, dict):
            raise ValueError("no map")
        known, made, place = table.known, [*table.lacking], 0
        try:
            for key, found in fields.items():
                if key not in known:
                    self.unknown = True
                    continue
                place, many, get = known[key]
                if not many:
                    made[place] = get(self, found)
                elif isinstance(found, list) and found:
                    made[place] = tuple([get(self, each) for each in found])
                else:
                    raise ValueError("no list")
        except ValueError as error:
            raise ValueError(f"{table.make._fields[place]}: {error}") from error
        if not table.required <= fields.keys():
            raise ValueError(f"{table.make.__name__.lower()}: something is missing")
        return _new(table.make, made)


_Get = Callable[[_Reader, Any], Any]


def _getter(field: Field) -> _Get:
    """What reads a field's value, made once: of an alert there are twenty."""
    match field.form:
        case Form.WORD:
            return _word_of(field.words)
        case Form.GROUP:
            table = _Table.of(field.group)
            return lambda reader, value: reader.group(value, table)
        case Form.POLYGON | Form.CIRCLE | Form.DECIMAL:
            check = _CHECKS[field.form]
            return lambda _, value: _get_numbers(value, check)
    if field.name == "sent":
        return lambda reader, _: reader.sent
    return _get_name if field.name in ("identifier", "sender") else _GETTERS[field.form]


def _word_of(words: tuple[str, ...]) -> _Get:
    by_number = dict(enumerate(words))

    def get(_: _Reader, value: Any) -> str:
        if type(value) is not int or value not in by_number:
            raise ValueError("no word that is known")
        return by_number[value]

    return get


def _get_text(_: _Reader, value: Any) -> str:
    if not isinstance(value, str) or value != value.strip() or not value:
        raise ValueError("no text")
    return value


def _get_name(reader: _Reader, value: Any) -> str:
    _check_name(_get_text(reader, value))
    return str(value)


def _get_references(reader: _Reader, value: Any) -> tuple[Reference, ...]:
    if not isinstance(value, list) or not value:
        raise ValueError("no list")
    return tuple(_get_reference(each, reader.sent) for each in value)


def _get_named(_: _Reader, value: Any) -> Named:
    match value:
        case [str(name), str(said)]:
            return Named(name, said)
    raise ValueError("no name and value")


_GETTERS: Final[dict[Form, _Get]] = {
    Form.TEXT: _get_text,
    Form.MOMENT: lambda reader, value: _get_moment(value, reader.sent),
    Form.NAMED: _get_named,
    Form.REFERENCES: _get_references,
    Form.SIZE: lambda _, value: _number(value, 0, 10**15),
}


class _Table(NamedTuple):
    """Of a group its class of `model`; its fields by key, each with its place in that, whether
    there may be many, and how it is read; what stands there where they are not told; which have to
    be."""

    make: Any
    known: dict[int, tuple[int, bool, _Get]]
    lacking: list[Any]
    required: frozenset[int]

    @classmethod
    def of(cls, group: Group) -> _Table:
        names = group.make._fields
        by_name = {each.name: each for each in group.fields}
        several = [by_name[each].many or by_name[each].form is Form.REFERENCES for each in names]
        return cls(
            group.make,
            {each.key: (names.index(each.name), each.many, _getter(each)) for each in group.fields},
            [() if each else None for each in several],
            frozenset(each.key for each in group.fields if each.required),
        )


def _number(value: Any, least: int, most: int) -> int:
    if type(value) is not int or not least <= value <= most:
        raise ValueError("a number out of its bounds")
    return int(value)


def _check_name(value: str) -> None:
    if _NO_NAME.search(value):
        raise ValueError("a name that nothing could refer to")


# times: the difference to when it was sent; the zone only where it is another one


def _put_moment(value: Moment, sent: Moment) -> Any:
    at = value.at - sent.at
    return at if value.offset == sent.offset else [at, value.offset]


def _get_moment(value: Any, sent: Moment) -> Moment:
    offset = sent.offset
    if isinstance(value, list) and len(value) == 2:
        value, offset = value
        if offset is not None:
            _number(offset, -14 * 60, 14 * 60)
        if offset == sent.offset:
            raise ValueError("a zone that need not be told")
    if type(value) is not int or not _FIRST <= value + sent.at <= _LAST:
        raise ValueError("no time")
    return _new(Moment, (value + sent.at, offset))


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

_ALERT: Final = _Table.of(ALERT)
