"""Messages of the Negentropy protocol, version 1, to the byte.

    message      version (1 byte: 60 + n hexadecimal) ‖ range ‖ range ‖ …
    range        upper bound ‖ mode (varint) ‖ payload
    upper bound  timestamp ‖ length of prefix (varint, 0 to 32) ‖ prefix
    timestamp    varint: 0 is infinity, else 1 + what to add to the last timestamp, at first 0
    payload      mode 0, skip: nothing
                 mode 1, fingerprint: 16 bytes
                 mode 2, id list: count (varint) ‖ ids (32 bytes each)

Ranges lie side by side: each begins where the one before ended, the first at the beginning. What
comes after the last is skipped. Zero bytes missing at the end of a prefix are implied.

The reader takes messages from strangers. It raises `MessageError` and nothing else, looks at each
byte once, and makes nothing larger than what it was given. It accepts everything that the
reference implementation writes, among it empty ranges, and refuses what would give one message a
second spelling or no meaning: varints that are longer than need be or exceed 64 bits, timestamps
beyond infinity, bounds that go backwards.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final, NamedTuple

from hearth.sync.fingerprints import (
    FINGERPRINT_SIZE,
    ID_SIZE,
    INFINITY,
    MAX_TIMESTAMP,
    START,
    Bound,
    Item,
    varint,
)
from hearth.sync.packing import PeerError

VERSION: Final = 0x61
_VERSIONS: Final = range(0x60, 0x70)
_MAX_VARINT: Final = 2**64 - 1


class Mode(IntEnum):
    """What a range carries."""

    SKIP = 0
    FINGERPRINT = 1
    ID_LIST = 2


class ReconcileError(PeerError, code="reconcile"):
    """The peer does not reconcile as it must, or not within the limits (exit 14)."""


class MessageError(ReconcileError, code="bad-reconcile-message"):
    """Bytes that are no message of this protocol."""


class CutShortError(MessageError, code="reconcile-cut-short"):
    """A message that ends in the middle of a range, or has no version."""


class VarintError(MessageError, code="reconcile-varint"):
    """A number that is spelt longer than need be, or exceeds 64 bits."""


class BoundError(MessageError, code="reconcile-bound"):
    """A bound that is nowhere: a prefix longer than an id, a timestamp beyond infinity."""


class OrderError(MessageError, code="reconcile-order"):
    """A range that ends before it begins."""


class ModeError(MessageError, code="reconcile-mode"):
    """A mode that version 1 does not have."""


class LongListError(MessageError, code="reconcile-long-list"):
    """More ids in a list than the limit allows."""


class VersionError(MessageError, code="reconcile-version"):
    """A message of a version that there cannot be, or that is not spoken here.

    `version`: its number, or None for a byte that is no version.
    """

    def __init__(self, message: str, version: int | None) -> None:
        super().__init__(message)
        self.version = version


class Range(NamedTuple):
    """One range of a message. `payload`: a fingerprint, or ids one after the other."""

    lower: Bound
    upper: Bound
    mode: Mode
    payload: bytes = b""


def version_of(message: bytes) -> int:
    """The number of a message's version, 0 to 15. Raises CutShortError, VersionError."""
    if not message:
        raise CutShortError("an empty reconciliation message")
    if message[0] not in _VERSIONS:
        raise VersionError(f"a reconciliation message of version byte {message[0]:#04x}", None)
    return message[0] - _VERSIONS.start


def between(before: Item, after: Item) -> Bound:
    """The shortest bound that has one item before it and the next one after it."""
    if before.timestamp != after.timestamp:
        return Bound(after.timestamp)
    differs = next(at for at in range(ID_SIZE) if before.id[at] != after.id[at])
    return Bound(after.timestamp, after.id[: differs + 1])


def before(item: Item) -> Bound:
    """The bound right before an item."""
    return Bound(item.timestamp, item.id.rstrip(b"\0"))


class MessageReader:
    """Takes the ranges from a message, in order. Anything after an error means nothing."""

    __slots__ = ("_at", "_max_ids", "_message", "_upper")

    def __init__(self, message: bytes, max_ids: int) -> None:
        """`max_ids`: the most ids that one list may have. The version byte is not looked at."""
        self._message = message
        self._max_ids = max_ids
        self._at = 1
        self._upper = START

    @property
    def at_end(self) -> bool:
        """Whether no range is left."""
        return self._at >= len(self._message)

    def read(self) -> Range:
        """The next range. Raises MessageError, and at the end CutShortError."""
        lower, upper = self._upper, self._bound()
        if upper < lower:
            raise OrderError("a range that ends before it begins")
        self._upper = upper
        mode = self._varint()
        if mode == Mode.SKIP:
            return Range(lower, upper, Mode.SKIP)
        if mode == Mode.FINGERPRINT:
            return Range(lower, upper, Mode.FINGERPRINT, self._take(FINGERPRINT_SIZE))
        if mode == Mode.ID_LIST:
            return Range(lower, upper, Mode.ID_LIST, self._ids())
        raise ModeError(f"a range of mode {mode}")

    def _bound(self) -> Bound:
        offset = self._varint()
        length = self._varint()
        if length > ID_SIZE:
            raise BoundError(f"a bound with {length} bytes of an id")
        prefix = self._take(length).rstrip(b"\0")
        if offset == 0:
            return INFINITY
        timestamp = self._upper.timestamp + offset - 1
        if timestamp > MAX_TIMESTAMP:
            raise BoundError("a bound beyond the highest timestamp")
        return Bound(timestamp, prefix)

    def _ids(self) -> bytes:
        count = self._varint()
        if count > self._max_ids:
            raise LongListError(f"a list of {count} ids; the limit is {self._max_ids}")
        return self._take(count * ID_SIZE)

    def _take(self, size: int) -> bytes:
        begin = self._at
        end = begin + size
        if end > len(self._message):
            raise CutShortError("a reconciliation message ends in the middle of a range")
        self._at = end
        return self._message[begin:end]

    def _varint(self) -> int:
        first = self._take(1)[0]
        if first < 128:
            return first
        if first == 128:
            raise VarintError("a number that begins with a zero digit")
        value = first & 127
        while True:
            digit = self._take(1)[0]
            value = value << 7 | digit & 127
            if value > _MAX_VARINT:
                raise VarintError("a number of more than 64 bits")
            if digit < 128:
                return value


class Mark(NamedTuple):
    """How far a message was written."""

    length: int
    upper: Bound
    first: tuple[Bound, Bound] | None


class MessageWriter:
    """Puts ranges side by side. Their bounds must ascend; this is not looked at."""

    __slots__ = ("_bytes", "_upper", "first")

    def __init__(self) -> None:
        self._bytes = bytearray((VERSION,))
        self._upper = START
        self.first: tuple[Bound, Bound] | None = None
        """(lower, upper) of the first range that is no skip."""

    def __len__(self) -> int:
        return len(self._bytes)

    def skip(self, upper: Bound) -> None:
        """Say that up to `upper` there is nothing left to do."""
        self._begin(upper, Mode.SKIP)

    def fingerprint(self, upper: Bound, fingerprint: bytes) -> None:
        """Say what the range up to `upper` looks like here."""
        self._begin(upper, Mode.FINGERPRINT)
        self._bytes += fingerprint

    def id_list(self, upper: Bound, ids: bytes) -> None:
        """Say which ids there are up to `upper`, all of them."""
        self._begin(upper, Mode.ID_LIST)
        self._bytes += varint(len(ids) // ID_SIZE)
        self._bytes += ids

    def mark(self) -> Mark:
        """A place to come back to."""
        return Mark(len(self._bytes), self._upper, self.first)

    def back_to(self, mark: Mark) -> None:
        """Forget what was written since."""
        del self._bytes[mark.length :]
        self._upper, self.first = mark.upper, mark.first

    def to_bytes(self) -> bytes:
        """The message so far."""
        return bytes(self._bytes)

    def _begin(self, upper: Bound, mode: Mode) -> None:
        if self.first is None and mode is not Mode.SKIP:
            self.first = self._upper, upper
        if upper == INFINITY:
            self._bytes += b"\0"
        else:
            self._bytes += varint(upper.timestamp - self._upper.timestamp + 1)
        self._bytes.append(len(upper.prefix))
        self._bytes += upper.prefix
        self._bytes.append(mode)
        self._upper = upper
