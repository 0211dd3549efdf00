"""Finding what is in a bundle: what it says of itself, and its records, sealed or not.

Nothing is taken in here (`taking`); whatever is sound can be read, wherever the rest is damaged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from hearth.audience import vault
from hearth.audience.records import Audience, Scope
from hearth.store.disk import DiskError
from hearth.store.errors import HearthError
from hearth.sync.bundle import (
    MAGIC as OPEN,
    BundleError,
    Header,
    NewerBundleError,
    TornBundleError,
    Type,
    no_bundle,
)
from hearth.sync.bundle_reading import Reader
from hearth.sync.intake import Summary
from hearth.sync.parcel_errors import (
    CutParcelError,
    NotOursError,
    ParcelError,
    ParcelTooLargeError,
)
from hearth.sync.parcel_open import Opener
from hearth.sync.short import MASKED

if TYPE_CHECKING:
    from hearth.mesh.node import Node
    from hearth.sync.cipher import KeyPair

_OTHER: Final = MASKED
"""No parcel of any version that may be begins with a byte from here on: short frames and other
files do."""

Source = Callable[[], Iterator[bytes]]
"""Gives the bytes of a file from its beginning, as often as it is asked."""


class NotForUsError(HearthError, code="not-for-us"):
    """A bundle for others, or by somebody of whom nothing is taken."""


@dataclass(slots=True)
class Taken:
    """What became of a bundle. `damage`: why nothing came of the rest, if it is not whole.

    `skipped` are objects that nobody here wants."""

    header: Header
    sealed: bool
    summary: Summary = field(default_factory=Summary)
    skipped: int = 0
    damage: HearthError | None = None
    front: list[tuple[Type, bytes]] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        return self.damage is None

    @property
    def taken_in(self) -> bool:
        """Whether nothing of it has to be read again: neither damaged nor beyond what this hearth
        could make use of now."""
        done = self.summary
        left = done.foreign or done.unplaced or done.declined or done.refused is not None
        return self.whole and not left

    @property
    def community(self) -> bytes:
        """Of which community it is; empty for an open one, which is of none (`public`)."""
        return self.header.communities[0] if self.header.communities else b""


def records(node: Node | None, source: Source) -> Iterator[Taken | tuple[Type, bytes]]:
    """First what is known of the bundle, then its records, as far as they are sound.

    What is wrong with the rest stands in `Taken.damage` at the end. Raises NotForUsError for one
    that is sealed to others (to anybody, if there is no node), and BundleError, ParcelError or
    NewerFormatError if not even its header is sound.
    """
    chunks = source()
    first = next(chunks, b"")
    if not first:
        raise TornBundleError("the bundle is empty")
    sealed = first[:1] != OPEN[:1]
    if sealed and first[0] >= _OTHER:
        raise no_bundle()
    reader = Reader()
    taken: Taken | None = None
    plain = _opened(node, first, chunks) if sealed else _joined(first, chunks)
    try:
        for record in _records(reader, plain):
            if taken is None:
                taken = _begun(reader, sealed)
                yield taken
            yield record
        if taken is None:
            yield _begun(reader, sealed)
    except (BundleError, ParcelError, ParcelTooLargeError, NewerBundleError, DiskError) as error:
        if taken is None:
            if reader.header is None:
                raise _torn(error) from None
            taken = _begun(reader, sealed)
            yield taken
        taken.damage = _torn(error)


def _records(reader: Reader, plain: Iterator[bytes]) -> Iterator[tuple[Type, bytes]]:
    for chunk in plain:
        reader.feed(chunk)
        yield from iter(reader.read, None)
    reader.end()
    yield from iter(reader.read, None)


def _begun(reader: Reader, sealed: bool) -> Taken:
    header = reader.header
    assert header is not None
    if len(header.communities) > 1:
        raise BundleError("a bundle of several communities")
    return Taken(header, sealed)


def _torn(error: HearthError) -> HearthError:
    return (
        TornBundleError("the bundle is cut short") if isinstance(error, CutParcelError) else error
    )


def _joined(first: bytes, chunks: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from chunks


def _opened(node: Node | None, first: bytes, chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The bytes in a parcel, as far as they are sound. Raises NotForUsError and ParcelError."""
    if node is None:
        raise NotForUsError("this bundle is sealed, and there is no hearth here to open it")
    opener = Opener(_own(node), _audiences(node))
    try:
        for chunk in _joined(first, chunks):
            opener.feed(chunk)
            while (frame := opener.read()) is not None:
                yield frame
        opener.end()
        while (frame := opener.read()) is not None:
            yield frame
    except NotOursError:
        raise NotForUsError("this bundle is sealed, and not to this device") from None


def _own(node: Node) -> list[KeyPair]:
    """Everything that a bundle may have been sealed to: this device's long-lived key, and those of
    devices in whose place it has come. Not its prekeys: each of them would cost a second or so for
    a bundle that is for hundreds of others."""
    signer = node.home.keeper()
    if signer is None:
        return []
    return [vault.sealing_key(signer), *vault.Vault(node.home.store.connection, signer).former()]


def _audiences(node: Node) -> list[bytes]:
    """The keys of whole communities, under which small bundles may be sealed."""
    return [
        secret
        for each in node.commons.joined()
        for held in node.keyring.held(Audience(each.id, Scope.COMMUNITY, each.id))
        if (secret := node.keyring.secret(held.id)) is not None
    ]


def look(node: Node | None, source: Source) -> tuple[Taken, Iterator[tuple[Type, bytes]]]:
    """What a bundle says of itself, and its records. Raises what `records` raises."""
    found = records(node, source)
    taken = next(found, None)
    if not isinstance(taken, Taken):
        raise no_bundle()
    rest = (each for each in found if not isinstance(each, Taken))
    return taken, rest
