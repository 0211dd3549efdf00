"""What the events of a block have in common, and what only few of them have.

A shape is what most events share with many others: kind, expiry class, audience, and whether there
are a payload, acts and refs. `blocks` says how they are written.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from hearth.store import cbor
from hearth.store.header import ID, MAX_ACTS, MAX_KIND, MAX_REFS, NO_LISTS, NONE
from hearth.sync.packing import MessageError, Reader

HERE, ABSENT, LISTS, AUDIENCE = (1 << bit for bit in range(4))
"""The flags of a shape: the payload is here; it is not; there are acts or refs; an audience."""


class Shape(NamedTuple):
    """What many events have in common. `encoded`: the kind; `before` and `after`: what a header has
    around hash and length of the payload, or in their place."""

    flags: int
    kind: int
    encoded: bytes
    before: bytes
    after: bytes


def read_shape(reader: Reader) -> Shape:
    """The next shape. Raises MessageError, OverLimitError."""
    flags = reader.byte(HERE | ABSENT | LISTS | AUDIENCE)
    if flags & HERE and flags & ABSENT:
        raise MessageError("a payload that is and is not")
    kind, expiry = reader.number(MAX_KIND, "a kind"), reader.byte()
    audience = ID + reader.fixed(32) if flags & AUDIENCE else NONE
    hashed = ID if flags & (HERE | ABSENT) else NONE
    ending = b"" if flags & LISTS else NO_LISTS
    return Shape(flags, kind, cbor.head(0, kind), cbor.head(0, expiry) + hashed, audience + ending)


def add_lists(
    shapes: Sequence[Shape], endings: list[bytes], raw: Reader
) -> dict[int, tuple[bytes, ...]]:
    """Add acts and refs to the endings of headers that have some; the refs, by place. Raises
    MessageError."""
    refs: dict[int, tuple[bytes, ...]] = {}
    for at, shape in enumerate(shapes):
        if shape.flags & LISTS:
            acts, named = _ids(raw, MAX_ACTS), _ids(raw, MAX_REFS)
            if not (acts or named) or not all(map(bytes.__lt__, acts, acts[1:])):
                raise MessageError("lists that are empty or out of order")
            if len(set(named)) != len(named):
                raise MessageError("a list that names something twice")
            lists = (
                cbor.head(4, len(ids)) + b"".join(map(ID.__add__, ids)) for ids in (acts, named)
            )
            endings[at] += b"".join(lists)
            if named:
                refs[at] = named
    return refs


def _ids(raw: Reader, most: int) -> tuple[bytes, ...]:
    return tuple(raw.fixed(32) for _ in range(raw.byte(most)))
