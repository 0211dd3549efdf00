"""Reading the head of a parcel: whether it is one, how long its head is, and whether it is ours."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from hearth.sync import parcel_keys as keys, parcel_label
from hearth.sync.cipher import KeyPair
from hearth.sync.padding import STEPS
from hearth.sync.parcel import AUDIENCE, DEVICES
from hearth.sync.parcel_errors import (
    AlteredParcelError,
    ExpiredParcelError,
    NewerParcelError,
    NotOursError,
    ParcelFormatError,
)
from hearth.sync.parcel_label import LENGTH, VERSION, Label

LOOK: Final = LENGTH + 2
"""Bytes from which `size` can tell how long the head is."""


def label(front: bytes, today: int | None) -> Label:
    """The label of a parcel that this version can open, at the front of it.

    Raises NewerParcelError, ParcelFormatError, and ExpiredParcelError if `today` is later.
    """
    found = parcel_label.read(front)
    if found.version > VERSION:
        raise NewerParcelError(f"a parcel of version {found.version}", "use a newer hearth")
    if found.kind not in (DEVICES, AUDIENCE):
        raise ParcelFormatError(f"a parcel of kind {found.kind}")
    if today is not None and found.expires < today:
        raise ExpiredParcelError("a parcel that has expired")
    return found


def size(label: Label, front: bytes) -> int | None:
    """How long the head is, seal included; None if these bytes do not tell yet.

    Raises ParcelFormatError for a number of stanzas that is none of `STEPS`.
    """
    if label.kind == AUDIENCE:
        return LENGTH + keys.NONCE + keys.SEAL
    if len(front) < LOOK:
        return None
    count = int.from_bytes(front[LENGTH:LOOK], "big")
    if count not in STEPS:
        raise ParcelFormatError(f"a parcel with {count:,} stanzas")
    return LOOK + count * keys.STANZA + keys.SEAL


def key(head: bytes, own: Iterable[KeyPair], audiences: Iterable[bytes]) -> bytes:
    """The parcel's key, out of a whole head.

    Raises NotOursError if nothing opens it, AlteredParcelError if something does and the rest of
    the head is not what was sealed with it.
    """
    before, seal = head[: -keys.SEAL], head[-keys.SEAL :]
    if head[1] == AUDIENCE:
        for audience in audiences:
            found = keys.of_audience(audience, before[LENGTH:])
            if keys.seal(found, before) == seal:
                return found
        raise NotOursError("a parcel for others")
    stanzas = [before[at : at + keys.STANZA] for at in range(LOOK, len(before), keys.STANZA)]
    opened = keys.find(stanzas, own)
    if opened is None:
        raise NotOursError("a parcel for others")
    if keys.seal(opened, before) != seal:
        raise AlteredParcelError("the head of a parcel was altered")
    return opened
