"""Strict canonical CBOR: one value, one encoding, and nothing that a decoder could be made to do.

The profile (RFC 8949 narrowed until nothing is left to choose):

* integers from -(2^53 - 1) to 2^53 - 1: every language and every database holds them exactly;
* byte strings; text strings in valid UTF-8; arrays; true, false, null;
* maps whose keys are the integers 0 to 23, ascending. In that range the two orders the RFCs
  know (length first, bytewise) agree, so no library can sort them differently;
* every length and number in its shortest form, everything of definite length;
* no tags, floats, `undefined`, other simple values, duplicate keys or trailing bytes.

Size, depth and number of items are checked before anything is allocated for them: a count that
cannot fit into the bytes that follow is refused when its head is read.

The decoder is our own. `cbor2` accepts duplicate keys, indefinite lengths and trailing bytes, and
runs its tag handlers (one compiles a regular expression chosen by the sender) with no way to turn
them off; a check made before it would have to walk every item, and that walk is most of the work
of decoding (docs/format-events.md has the measurements). `cbor2` is the oracle in the tests.

Sans-IO and without state.
"""

from __future__ import annotations

from hearth.store.errors import CorruptError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    Value: TypeAlias = "bool | int | bytes | str | list[Value] | dict[int, Value] | None"

MAX_SIZE = 64 * 1024
MAX_DEPTH = 8
MAX_ITEMS = 4096
MAX_INT = 2**53 - 1
MAX_KEY = 23

_UINT, _NINT, _BYTES, _TEXT, _ARRAY, _MAP, _TAG, _SIMPLE = range(8)
_SIMPLE_VALUES = {0xF4: False, 0xF5: True, 0xF6: None}
_WIDTHS = {major << 5 | 24 + info: 1 << info for major in range(_SIMPLE) for info in range(4)}
"""By the initial byte how many bytes of argument follow it, where any do."""
_LEAST = {1: 24, 2: 1 << 8, 4: 1 << 16, 8: 1 << 32}
"""The least argument that needs so many bytes."""
_LONGEST_NINT = _NINT << 5 | 27
_number = int.from_bytes


class CborError(CorruptError, code="bad-encoding"):
    """Bytes that are not exactly one value of the profile, within the limits."""


def _bad(what: str, pos: int) -> CborError:
    return CborError(f"bad CBOR at byte {pos}: {what}")


def decode(
    data: bytes,
    *,
    max_size: int = MAX_SIZE,
    max_depth: int = MAX_DEPTH,
    max_items: int = MAX_ITEMS,
) -> Value:
    """Return the one value that `data` encodes.

    Depth counts arrays and maps around an item: a bare integer has depth 0. Items count every
    data item, keys and containers among them. Raises CborError for anything else, never another
    exception, and never after reading more than `max_size` bytes. Linear in the size.
    """
    if len(data) > max_size:
        raise CborError(f"bad CBOR: {len(data)} bytes, more than the limit of {max_size}")
    value, end, _ = _whole(data, 0, max_depth, max_items)
    if end != len(data):
        raise _bad("trailing bytes", end)
    return value


def decode_at(
    data: bytes, at: int, *, max_depth: int = MAX_DEPTH, max_items: int = MAX_ITEMS
) -> Value:
    """The value whose encoding begins at a place; what follows it is not looked at."""
    return _whole(data, at, max_depth, max_items)[0]


def _whole(data: bytes, pos: int, depth_left: int, left: int) -> tuple[Value, int, int]:
    if left < 1:
        raise _bad("too many items", pos)
    try:
        return _item(data, pos, depth_left, left - 1)
    except IndexError:
        raise _bad("it ends too early", len(data)) from None
    except UnicodeDecodeError as error:
        raise _bad("text that is not UTF-8", data.find(error.object, pos)) from None


# Each of these takes where it begins, how many arrays and maps may be nested yet, and how many
# items may still come; and returns the last two with the value: where it ends, and what is left.


def _item(data: bytes, start: int, depth_left: int, left: int) -> tuple[Value, int, int]:
    initial, pos = data[start], start + 1
    argument = initial & 0x1F
    if argument > 23:
        argument, pos = _long(data, initial, pos)
    if initial < 0x20:
        return argument, pos, left
    if 0x40 <= initial < 0x80:
        end = pos + argument
        if end > len(data):
            raise _too_long(start)
        return data[pos:end] if initial < 0x60 else data[pos:end].decode(), end, left
    if 0x80 <= initial < 0xA0:
        return _array(data, pos, argument, depth_left - 1, left)
    if 0xA0 <= initial < 0xC0:
        return _map(data, pos, argument, depth_left - 1, left)
    return _rare(initial, argument, start), pos, left


def _array(
    data: bytes, pos: int, count: int, depth_left: int, left: int
) -> tuple[list[Value], int, int]:
    left -= count
    if count > len(data) - pos or left < 0 or depth_left < 0:  # before any work for them
        raise _beyond(count, len(data) - pos, depth_left, pos)
    found = []
    for _ in range(count):
        value, pos, left = _item(data, pos, depth_left, left)
        found.append(value)
    return found, pos, left


def _map(
    data: bytes, pos: int, count: int, depth_left: int, left: int
) -> tuple[dict[int, Value], int, int]:
    """Most of what is read are small numbers and strings in maps: read here, without a call."""
    end = len(data)
    left -= 2 * count
    if 2 * count > end - pos or left < 0 or depth_left < 0:
        raise _beyond(2 * count, end - pos, depth_left, pos)
    found: dict[int, Value] = {}
    previous = -1
    for _ in range(count):
        key = data[pos]
        if key <= previous or key > MAX_KEY:
            raise _bad_key(key, pos)
        previous = key
        initial = data[pos + 1]
        if initial < 24:
            found[key] = initial
            pos += 2
        elif 0x40 <= initial < 0x80:
            start, size = pos + 2, initial & 0x1F
            if size == 24 and data[start] > 23:
                size, start = data[start], start + 1
            elif size > 23:
                size, start = _long(data, initial, start)
            stop = start + size
            if stop > end:
                raise _too_long(pos + 1)
            found[key] = data[start:stop] if initial < 0x60 else data[start:stop].decode()
            pos = stop
        elif initial < 0x20:
            found[key], pos = _long(data, initial, pos + 2)
        else:
            found[key], pos, left = _item(data, pos + 1, depth_left, left)
    return found, pos, left


def _too_long(pos: int) -> CborError:
    return _bad("a string longer than what is there", pos)


def _beyond(items: int, room: int, depth_left: int, pos: int) -> CborError:
    """Why what an array or a map holds is not even looked at."""
    if depth_left < 0:
        return _bad("nested too deeply", pos)
    return _bad("a count larger than what is there" if items > room else "too many items", pos)


def _rare(initial: int, argument: int, start: int) -> Value:
    """A negative number, or one of the three other values there are."""
    if initial < 0x40:
        return -1 - argument
    if initial in _SIMPLE_VALUES:
        return _SIMPLE_VALUES[initial]
    raise _bad("a tag" if initial < 0xE0 else "a simple value that is not allowed", start)


def _long(data: bytes, initial: int, pos: int) -> tuple[int, int]:
    """The argument that follows an initial byte, and where it ends."""
    width = _WIDTHS.get(initial)
    if width is None:
        float_or_break = initial >> 5 == _SIMPLE
        raise _bad("a float or a break" if float_or_break else "an indefinite length", pos - 1)
    end = pos + width
    if end > len(data):
        raise IndexError
    argument = _number(data[pos:end], "big")
    if argument < _LEAST[width]:
        raise _bad("a number not in its shortest form", pos - 1)
    if width == 8 and argument > MAX_INT - (initial == _LONGEST_NINT):
        raise _bad("an integer beyond 2^53 - 1", pos - 1)
    return argument, end


def _bad_key(key: int, pos: int) -> CborError:
    if key > MAX_KEY:
        return _bad(f"a map key that is not an integer from 0 to {MAX_KEY}", pos)
    return _bad("map keys repeated or out of order", pos)


def encode(
    value: object,
    *,
    max_size: int = MAX_SIZE,
    max_depth: int = MAX_DEPTH,
    max_items: int = MAX_ITEMS,
) -> bytes:
    """Return the one encoding of `value`; what it returns, `decode` with the same limits accepts.

    Tuples are written as arrays. Raises ValueError (a TypeError for a type outside the profile):
    a value that cannot be written is a mistake of the caller's, not damage.
    """
    out = bytearray()
    items = _write(out, value, max_depth)
    if len(out) > max_size:
        raise ValueError(f"encodes to {len(out)} bytes, more than the limit of {max_size}")
    if items > max_items:
        raise ValueError(f"encodes to {items} items, more than the limit of {max_items}")
    return bytes(out)


def head(major: int, argument: int) -> bytes:
    """The shortest encoding of a major type and its argument."""
    if argument < 24:
        return bytes((major << 5 | argument,))
    if argument < 0x100:
        return bytes((major << 5 | 24, argument))
    for info, width in ((25, 2), (26, 4), (27, 8)):
        if argument < 1 << (8 * width):
            return bytes((major << 5 | info,)) + argument.to_bytes(width, "big")
    raise ValueError("a number beyond 64 bits")


def _write(out: bytearray, value: object, depth_left: int) -> int:
    """Append the encoding of `value`; return how many items it has."""
    if value is None or value is False or value is True:
        out += b"\xf6" if value is None else b"\xf5" if value else b"\xf4"
    elif isinstance(value, int):
        if not -MAX_INT <= value <= MAX_INT:
            raise ValueError("an integer beyond 2^53 - 1")
        out += head(_UINT, value) if value >= 0 else head(_NINT, -1 - value)
    elif isinstance(value, bytes):
        out += head(_BYTES, len(value))
        out += value
    elif isinstance(value, str):
        raw = value.encode("utf-8")
        out += head(_TEXT, len(raw))
        out += raw
    elif isinstance(value, list | tuple | dict):
        if depth_left <= 0:
            raise ValueError("nested too deeply")
        return _write_container(out, value, depth_left)
    else:
        raise TypeError(f"{type(value).__name__} cannot be written as CBOR here")
    return 1


def _write_container(
    out: bytearray, value: list[object] | tuple[object, ...] | dict[int, object], depth_left: int
) -> int:
    items = 1
    if not isinstance(value, dict):
        out += head(_ARRAY, len(value))
        for element in value:
            items += _write(out, element, depth_left - 1)
        return items
    out += head(_MAP, len(value))
    for key in value:
        if type(key) is not int or not 0 <= key <= MAX_KEY:
            raise ValueError(f"a map key that is not an integer from 0 to {MAX_KEY}")
    for key in sorted(value):
        out += head(_UINT, key)
        items += 1 + _write(out, value[key], depth_left - 1)
    return items
