"""Bundles of any records, made without a hearth, and what a reader makes of bytes."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from sync_kit import Device, seed

from hearth.store import cbor, ids
from hearth.store.errors import HearthError
from hearth.sync.bundle import CHECK, LABEL, MAGIC, MAX_HEADER, Header, Type, Writer, front_hash
from hearth.sync.bundle_reading import Reader
from hearth.sync.packing import number

NOW = 1_800_000_000
ALICE = Device("alice")
COMMUNITY = seed("a community")
Record = tuple[int, bytes]

FRONT: list[Record] = [
    (Type.LIST, ids.of(b"text") + number(4)),
    (Type.FRONTIER, bytes((0, 2)) + number(0) + number(0)),
    (Type.WANTS, seed("object 2")),
]
RECORDS: list[Record] = [
    (Type.EVENTS, b"\2" + b"events"),
    (Type.PROOFS, b"\0\0"),
    (Type.SLOTS, b"\0\0"),
    (Type.OBJECT, ids.of(b"text") + b"text"),
]


def sound(type: int, data: bytes) -> Record:
    """A record of any type: of an object these are the bytes."""
    return type, ids.of(data) + data if type == Type.OBJECT else data


def header(front: Sequence[Record] = FRONT, **fields: Any) -> Header:
    salt = fields.pop("salt", seed("salt"))
    joined = fields.pop("communities", (COMMUNITY,))
    return Header(ALICE.device, NOW, salt, front_hash(front), joined)._replace(**fields)


class Forger(Writer):
    """A writer that takes records of any type."""

    def any(self, type: int, body: bytes) -> bytes:
        return self.record(type, body)  # type: ignore[arg-type]


def pieces(
    records: Sequence[Record] = RECORDS, front: Sequence[Record] = FRONT, **fields: Any
) -> Iterator[bytes]:
    """A bundle's magic and header, then each of its records."""
    writer = Forger(header(front, **fields), ALICE)
    yield writer.begin
    for type, body in front:
        yield writer.any(type, body)
    yield writer.any(Type.FRONT, b"")
    for type, body in records:
        yield writer.any(type, body)
    yield writer.end()


def bundle(*args: Any, **fields: Any) -> bytes:
    return b"".join(pieces(*args, **fields))


def headed(value: cbor.Value, signer: Device = ALICE, label: bytes = LABEL) -> bytes:
    """Magic and a header record of any value, signed and checked as it should be."""
    data = cbor.encode(value)
    writer = Writer(header(), ALICE)
    writer._number = 0
    body = data + signer.sign(label + data)
    return MAGIC + writer._framed(Type.HEADER, body, bytes(32))


def value(**fields: cbor.Value) -> list[cbor.Value]:
    """A header as it is written, some of it changed."""
    names = [
        "version", "device", "created", "salt", "front", "communities", "part", "more", "events",
        "slots", "objects", "size", "full",
    ]  # fmt: skip
    made: dict[str, cbor.Value] = dict(
        zip(names, cbor.decode(header().encode(), max_size=MAX_HEADER), strict=True)  # type: ignore[arg-type]
    )
    return list((made | fields).values())


class Out(NamedTuple):
    """What came of bytes: records, and in the end an error or none."""

    records: list[Record]
    error: HearthError | None
    reader: Reader

    @property
    def code(self) -> str | None:
        return None if self.error is None else self.error.code


def drained(data: bytes, *, step: int | None = None) -> Out:
    """Feed bytes, so many at a time, and read all there is."""
    reader = Reader()
    found: list[Record] = []
    try:
        for at in range(0, len(data), step or max(1, len(data))):
            reader.feed(data[at : at + (step or len(data))])
            while (record := reader.read()) is not None:
                found.append(record)
        reader.end()
        while (record := reader.read()) is not None:
            found.append(record)
    except HearthError as error:
        return Out(found, error, reader)
    return Out(found, None, reader)


def edges(data: bytes) -> list[int]:
    """Where each record ends, the header's first."""
    found, at = [], len(MAGIC)
    while at < len(data):
        at += 5 + int.from_bytes(data[at + 1 : at + 5], "big") + CHECK
        found.append(at)
    return found


def whole_before(data: bytes, cut: int, front: int = len(FRONT)) -> int:
    """How many records a reader is given of what ends here: none before the front has ended."""
    there = sum(1 for edge in edges(data) if edge <= cut)  # with header and front's end
    return max(0, min(there - 2, len(edges(data)) - 3)) if there >= front + 2 else 0


def flipped(data: bytes, at: int, bit: int) -> bytes:
    return data[:at] + bytes((data[at] ^ 1 << bit,)) + data[at + 1 :]


def noise(number: int, length: int) -> bytes:
    return random.Random(number).randbytes(length)
