"""What was last written into bundles that are on their way: this hearth's own word, and no receipt.

A bundle that was read back from its medium carries everything that had arrived here by then. So a
message that nobody is known to hold is *carried* by it, from then on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from hearth.store import cbor

if TYPE_CHECKING:
    from hearth.store.batch import Transaction
    from hearth.store.store import Store


class Written(NamedTuple):
    """Up to which arrival number everything is in a bundle, since when (unix seconds), and by which
    carrier it goes."""

    arrival: int
    at: int
    way: str


def note(tx: Transaction, community: bytes, written: Written) -> None:
    """Note a bundle with everything of a community up to there, once it is where it should be."""
    tx.set_meta(_key(community), cbor.encode(list(written)))


def written(store: Store, community: bytes) -> Written | None:
    """What was noted last."""
    data = store.meta(_key(community))
    try:
        match cbor.decode(data) if isinstance(data, bytes) else None:
            case [int(arrival), int(at), str(way)]:
                return Written(arrival, at, way)
    except cbor.CborError:
        pass
    return None


def _key(community: bytes) -> str:
    return f"bundle wrote {community.hex()}"
