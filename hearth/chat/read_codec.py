"""What a person tells of their reading, to the byte: how far they have read in one conversation.

It is the inner map of what stands, sealed, in a slot of kind 5 (docs/chat.md, section 7):

    {0: version 1, 1: keys, 2: page}
    keys = first 4 bytes of the ids of the conversation's keys that the device holds, one after
           another, ascending
    page = a page of marks, as receipts have it, without peers (`receipt_codec`)

A mark says that of a chain everything from its first to its last event is read that belongs to this
conversation and is sealed under one of these keys, but for its holes. A message under a key that
comes later was not read, wherever it stands; so it is not claimed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from hearth.chat import receipt_codec
from hearth.chat.receipt_codec import Mark
from hearth.store import cbor

VERSION: Final = 1
KEY: Final = 4
"""Bytes of a key's id that name it."""
MAX_KEYS: Final = 512
MAX_INNER: Final = 12_287
"""With its padding and the key's id this fits into a slot."""
_FRAME: Final = 24
"""Bytes of it beside its keys and marks, at most."""
_EMPTY: Final = receipt_codec.encode(())


class Told(NamedTuple):
    """What a device tells: the inner map itself, beginnings of keys' ids, and a page of marks."""

    inner: bytes
    keys: frozenset[bytes]
    page: bytes

    def of(self, device: bytes) -> list[Mark]:
        """The marks about the chain of a device."""
        return receipt_codec.about(self.page, device[: receipt_codec.CHAIN])


def none_of(device: bytes) -> list[Mark]:
    """The marks about the chain of a device where nothing was told."""
    return []


def encode(keys: Sequence[bytes] = (), marks: Iterable[Mark] = ()) -> bytes:
    """The inner map; as many of the keys' ids and of the marks as there is room for, the first
    ones first."""
    named = sorted({each[:KEY] for each in keys[:MAX_KEYS]})
    room = MAX_INNER - _FRAME - KEY * len(named)
    kept: list[Mark] = []
    for mark in marks:
        room -= len(receipt_codec.encode((mark,))) - len(_EMPTY)
        if room < 0:
            break
        kept.append(mark)
    page = receipt_codec.encode(sorted(kept, key=lambda mark: mark[:2]))
    return cbor.encode({0: VERSION, 1: b"".join(named), 2: page})


def decode(inner: bytes) -> Told | None:
    """What an inner map says; None where it is none, or of a later version."""
    try:
        fields = cbor.decode(inner, max_size=MAX_INNER, max_depth=1, max_items=16)
    except cbor.CborError:
        return None
    match fields:
        case {0: int(version), 1: bytes(keys), 2: bytes(page)} if (
            type(version) is int and version == VERSION and len(keys) % KEY == 0
        ):
            named = frozenset(keys[at : at + KEY] for at in range(0, len(keys), KEY))
            return Told(inner, named, page)
    return None


NOTHING: Final = encode()
"""The inner map that tells nothing."""
