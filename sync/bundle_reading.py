"""Reading a bundle: whole records as they come, up to the first that is not; see `bundle`.

Sans-IO.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Final

from hearth.store import cbor, ids
from hearth.store.event import DeviceKeyError, check_device, verifies
from hearth.sync.bundle import (
    AFTER,
    CHECK,
    FRONT_TYPES,
    HEAD,
    LABEL,
    MAGIC,
    MAX_BODY,
    MAX_COMMUNITIES,
    MAX_FRONT,
    MAX_FRONT_RECORDS,
    MAX_HEADER,
    MAX_VERSION,
    NOT_IN_FRONT,
    OBJECT_ID,
    BundleError,
    Header,
    NewerBundleError,
    TornBundleError,
    Type,
    check_of,
    front_hash,
    no_bundle,
    what_is_checked,
)

_NAME: Final = b"hearth-bundle-"


class _Bytes:
    """Bytes that came in chunks, taken from the front: each is copied once."""

    def __init__(self) -> None:
        self._chunks: deque[memoryview] = deque()
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def add(self, data: bytes) -> None:
        if data:
            self._chunks.append(memoryview(data))
            self._length += len(data)

    def peek(self, size: int) -> bytes:
        """The first bytes, as many as there are."""
        found = b""
        for chunk in self._chunks:
            found += chunk[: size - len(found)]
            if len(found) == size:
                break
        return found

    def pull(self, size: int) -> bytes:
        """Take so many, which must be there."""
        parts = []
        left = size
        while left:
            chunk = self._chunks.popleft()
            if len(chunk) > left:
                self._chunks.appendleft(chunk[left:])
                chunk = chunk[:left]
            parts.append(chunk)
            left -= len(chunk)
        self._length -= size
        return bytes(parts[0]) if len(parts) == 1 else b"".join(parts)


class Reader:
    """Finds the records in the bytes of a bundle, fed as they come, cut anywhere.

    `header` is there, and its signature checked, once the first record was read. Records at the
    front are given only when the end of the front has come and its hash is right. Once anything was
    wrong, nothing more is given, and the same error is raised again.
    """

    def __init__(self) -> None:
        self.header: Header | None = None
        self._over = False
        self._key = bytes(32)
        self._buffer = _Bytes()
        self._started = False
        self._ended = False
        self._number = 0
        self._front: list[tuple[int, bytes]] | None = []
        self._ready: deque[tuple[Type, bytes]] = deque()
        self._size = 0
        self._failed: Exception | None = None

    @property
    def whole(self) -> bool:
        """Whether everything has been read, to the end that its author made."""
        return self._over and self._failed is None

    def feed(self, data: bytes) -> None:
        """Take bytes as they come."""
        self._buffer.add(data)

    def end(self) -> None:
        """Say that nothing follows; then go on reading."""
        self._ended = True

    def read(self) -> tuple[Type, bytes] | None:
        """The next record after the header; None until more is fed, and after the last.

        After `end`, None means that the bundle was whole. Raises BundleError, TornBundleError,
        NewerBundleError once all that is sound has been read.
        """
        if self._failed is not None:
            raise self._failed
        try:
            while not self._ready:
                if self._over and self._buffer:
                    raise BundleError("a bundle that goes on after its end")
                if self._over or not self._advance():
                    break
            if self._ready:
                return self._ready.popleft()
            if self._ended and not self._over:
                raise TornBundleError("the bundle is cut short")
        except (BundleError, NewerBundleError) as error:
            self._failed = error
            raise
        return None

    def _advance(self) -> bool:
        """Take the next record from the buffer; False if it is not all there."""
        if not self._started:
            return self._start()
        head = self._buffer.peek(HEAD)
        if len(head) < HEAD:
            return False
        length = int.from_bytes(head[1:], "big")
        limit = MAX_BODY if self.header is not None else MAX_HEADER + 64
        if length > limit:
            raise BundleError(f"a record of {length:,} bytes in a bundle")
        if len(self._buffer) < HEAD + length + CHECK:
            return False
        self._buffer.pull(HEAD)
        body, check = self._buffer.pull(length), self._buffer.pull(CHECK)
        checked = what_is_checked(head[0], body)
        if check != check_of(self._key, self._number, head, checked) or not _is_itself(
            head[0], body
        ):
            raise BundleError(f"record {self._number} of the bundle is damaged")
        self._number += 1
        self._take(head[0], body)
        return True

    def _start(self) -> bool:
        have = self._buffer.peek(len(MAGIC))
        if not MAGIC.startswith(have):
            version = have.removeprefix(_NAME).rstrip(b"\n")
            if have.startswith(_NAME) and version.isdigit() and int(version) > MAX_VERSION:
                raise NewerBundleError("a bundle of a later version", "use a newer hearth")
            raise no_bundle()
        if len(have) < len(MAGIC):
            return False
        self._buffer.pull(len(MAGIC))
        self._started = True
        return True

    def _take(self, type: int, body: bytes) -> None:
        if self.header is None:
            if type != Type.HEADER:
                raise BundleError("a bundle without a header")
            self.header = _header(body)
            self._key = self.header.id
        elif self._front is not None:
            self._take_front(type, body)
        elif type == Type.END:
            if body:
                raise BundleError("the end of a bundle with something in it")
            self._over = True
        elif type in AFTER:
            self._ready.append((Type(type), body))
        elif type in FRONT_TYPES or type in (Type.HEADER, Type.FRONT):
            raise BundleError("a record of the front behind it")
        # what a later version has added is passed over

    def _take_front(self, type: int, body: bytes) -> None:
        assert self._front is not None
        assert self.header is not None
        if type == Type.FRONT:
            if body or front_hash(self._front) != self.header.front:
                raise BundleError("the front of the bundle is not what its author signed")
            known = ((Type(type), body) for type, body in self._front if type in FRONT_TYPES)
            self._ready.extend(known)
            self._front = None
            return
        if type in NOT_IN_FRONT:
            raise BundleError("the front of the bundle is not what its author signed")
        self._size += len(body)
        if self._size > MAX_FRONT or len(self._front) == MAX_FRONT_RECORDS:
            raise BundleError("a bundle with too long a front")
        self._front.append((type, body))


def records(chunks: Iterator[bytes], reader: Reader) -> Iterator[tuple[Type, bytes]]:
    """All records in bytes that come in chunks. Raises what `Reader.read` raises, at the end."""
    for chunk in chunks:
        reader.feed(chunk)
        while (record := reader.read()) is not None:
            yield record
    reader.end()
    while (record := reader.read()) is not None:
        yield record


def _is_itself(type: int, body: bytes) -> bool:
    """Whether it is no object, or one that its id is the hash of."""
    if type != Type.OBJECT:
        return True
    return len(body) >= OBJECT_ID and ids.of(memoryview(body)[OBJECT_ID:]) == body[:OBJECT_ID]


def _header(body: bytes) -> Header:
    """A header and its signature. Raises BundleError, NewerBundleError."""
    data, signature = body[:-64], body[-64:]
    try:
        value = cbor.decode(data, max_size=MAX_HEADER, max_depth=1, max_items=64)
    except cbor.CborError as error:
        raise BundleError(f"a bundle with a bad header: {error.message}") from error
    if isinstance(value, list) and value and type(value[0]) is int and value[0] > 1:
        raise NewerBundleError("a bundle of a later version", "use a newer hearth")
    match value:
        case [
            1, bytes(device), int(created), bytes(salt), bytes(front), bytes(joined), int(part),
            bool(more), int(events), int(slots), int(objects), int(size), bool(full),
        ]:  # fmt: skip
            communities = tuple(joined[at : at + 32] for at in range(0, len(joined), 32))
            right = (
                len(device) == len(salt) == len(front) == 32
                and len(joined) % 32 == 0
                and len(communities) <= MAX_COMMUNITIES
                and min(created, events, slots, objects, size) >= 0
                and part >= 1
                and list(communities) == sorted({*communities})
                and not any(each is True or each is False for each in (created, part, *value[8:12]))
            )
            if right:
                header = Header(
                    device, created, salt, front, communities, part, more, events, slots, objects,
                    size, full,
                )  # fmt: skip
                return _signed(header, data, signature)
    raise BundleError("a bundle with a bad header")


def _signed(header: Header, data: bytes, signature: bytes) -> Header:
    try:
        check_device(header.device)
    except DeviceKeyError:
        raise BundleError("a bundle by a device that cannot be one") from None
    if header.encode() != data or not verifies(header.device, LABEL, data, signature):
        raise BundleError("the header of the bundle is not what its author signed")
    return header
