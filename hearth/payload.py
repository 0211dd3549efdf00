"""What an event of chat, the market or an emergency says: a canonical CBOR map, salted.

Key 0 holds a salt, so that nobody who sees the payload's hash can guess what it says; what is
sealed is salted by its seal. A key that is not known is ignored. Whatever breaks a bound makes all
of it a `RecordError`, and whoever reads passes the event over: it may come from a newer hearth, or
from somebody who lies.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from itertools import pairwise
from typing import Any, Final, TypeGuard

from hearth.store import cbor
from hearth.store.errors import CorruptError

SALT: Final = 16
ID: Final = 32
MAX_TIME: Final = 2**53 - 1


class RecordError(CorruptError, code="record"):
    """What an event says is not what its kind says; never stops anything."""


def bad(key: int) -> RecordError:
    """The error for a field that is not what it can be."""
    return RecordError(f"bad record: field {key}")


def salted(fields: Mapping[int, Any], salt: bytes | None = None) -> bytes:
    """The payload, with a fresh salt unless one is given. Raises what `cbor.encode` raises."""
    return cbor.encode({0: os.urandom(SALT) if salt is None else salt, **fields})


def present(fields: Mapping[int, Any]) -> dict[int, Any]:
    """The fields that are not None."""
    return {key: value for key, value in fields.items() if value is not None}


def fields_of(data: bytes, *, sealed: bool = False) -> dict[int, Any]:
    """The map; `sealed`: it needs no salt. Raises RecordError."""
    try:
        fields: Any = cbor.decode(data)
    except cbor.CborError as error:
        raise RecordError(f"bad record: {error.message}") from error
    if not isinstance(fields, dict):
        raise RecordError("bad record: not a map")
    salt = fields.get(0)
    if not sealed and not (isinstance(salt, bytes) and len(salt) == SALT):
        raise RecordError("bad record: no salt")
    return fields


# the fields of such a map


def is_bytes(value: object, size: int) -> TypeGuard[bytes]:
    """Whether a value is so many bytes."""
    return isinstance(value, bytes) and len(value) == size


def ident(fields: dict[int, Any], key: int) -> bytes:
    """An id, or a person. Raises RecordError."""
    value = fields.get(key)
    if not isinstance(value, bytes) or len(value) != ID:
        raise bad(key)
    return value


def number(fields: dict[int, Any], key: int, least: int, most: int) -> int:
    """Raises RecordError."""
    value = fields.get(key)
    if type(value) is not int or not least <= value <= most:
        raise bad(key)
    return value


def text(fields: dict[int, Any], key: int, most: int, *, least: int = 1) -> str:
    """A text of so many bytes of UTF-8. Raises RecordError."""
    value = fields.get(key)
    if not isinstance(value, str) or not least <= len(value.encode()) <= most:
        raise bad(key)
    return value


def maybe_text(fields: dict[int, Any], key: int, most: int) -> str | None:
    """The same, if it is there. Raises RecordError."""
    return None if key not in fields else text(fields, key, most)


def idents(fields: dict[int, Any], key: int, most: int) -> tuple[bytes, ...]:
    """Ids that ascend, so that there is one way to state a set; none if it is not there. Raises
    RecordError."""
    value = fields.get(key, [])
    if not isinstance(value, list) or len(value) > most:
        raise bad(key)
    if not all(is_bytes(each, ID) for each in value):
        raise bad(key)
    if any(one >= other for one, other in pairwise(value)):
        raise bad(key)
    return tuple(value)
