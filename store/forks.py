"""Forks: two authentic events of one device at one place, and the proof of it.

A fork voids nothing. Both branches are held; the lowest place with two events, and the two
lowest ids there, stand for the fork in digests and are what its proof shows. A proof is
portable: it convinces somebody who has nothing else.

    proof = [1, side, side]         canonical CBOR; the side with the lower id first
    side  = [header, signature, header, signature, …]

A side begins with the event at the forked place. Usually that is all: its own signature
verifies. Where it does not, the event is authentic because a later one names it, and the side
goes on with the events that lead there, each naming the one before it, until a signature
verifies (at most 16 events, and 64 KiB for both sides; a longer way is not portable).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from hearth.store import cbor
from hearth.store.errors import CorruptError
from hearth.store.event import LABEL, check_device, event_id, verifies
from hearth.store.header import MAX_HEADER, Fields, chain_parts, scan

if TYPE_CHECKING:
    from hearth.store.chains import Book
    from hearth.store.runs import Chain, Run

EXTRA_QUOTA: Final = 1024
"""Events held per chain at places that were taken already. One more is refused, not swapped."""
MAX_SIDE: Final = 16
MAX_PROOF: Final = 64 * 1024
_VERSION: Final = 1


class ForkProofError(CorruptError, code="bad-fork-proof"):
    """Bytes that do not prove a fork."""


class Fork(NamedTuple):
    """A fork that has been proved: whose, where, and the two ids, the lower one first."""

    community: bytes
    device: bytes
    lane: int
    sequence: int
    low: bytes
    high: bytes
    records: tuple[tuple[bytes, bytes], ...]
    """Header and signature of every event in the proof, fit to be imported."""


def note(book: Book, chain: Chain, sequence: int) -> bool:
    """Two events are held at this place now: remember it if it is the lowest; True if so.

    The events must be in the table.
    """
    if chain.forked is not None and sequence > chain.forked:
        return False
    low, high = sorted(book.id_at(run, sequence) for run in chain.covering(sequence))[:2]
    if (chain.forked, chain.fork_low, chain.fork_high) == (sequence, low, high):
        return False
    chain.forked, chain.fork_low, chain.fork_high = sequence, low, high
    chain.changed = True
    return True


def store_proof(book: Book, chain: Chain) -> None:
    """Make the portable proof of a chain's fork and keep it, if it can be made yet."""
    if chain.forked is None:
        return
    sides: list[list[bytes]] = []
    for id in (chain.fork_low, chain.fork_high):
        runs = [run for run in chain.covering(chain.forked) if book.id_at(run, chain.forked) == id]
        side = _side(book, runs[0], chain.forked, MAX_SIDE)
        if side is None:
            return
        sides.append(side)
    longest = 2 * MAX_SIDE * (MAX_HEADER + 128)
    proof = cbor.encode([_VERSION, *sides], max_size=longest)
    if len(proof) <= MAX_PROOF:
        book.connection.execute(
            "INSERT OR REPLACE INTO fork_proofs VALUES (?, ?)", (chain.number, proof)
        )


def _side(book: Book, run: Run, sequence: int, left: int) -> list[bytes] | None:
    """The way from an event to a verified signature, or None if it is too long."""
    header, signature = book.stored(run, sequence)
    if verifies(run.chain.device, LABEL, header, signature):
        return [header, signature]
    following = [run] if sequence < run.last else []
    following += [child for child in run.chain.children(run) if child.first == sequence + 1]
    for candidate in following if left > 1 else ():
        rest = _side(book, candidate, sequence + 1, left - 1)
        if rest is not None:
            return [header, signature, *rest]
    return None


def read_proof(data: bytes) -> Fork:
    """Check a proof and say what it proves. Raises ForkProofError and nothing else."""
    try:
        value = cbor.decode(data, max_size=MAX_PROOF)
        if (
            not isinstance(value, list)
            or len(value) != 3
            or value[0] is True
            or value[0] != _VERSION
        ):
            raise ForkProofError("not a fork proof of version 1")
        low, high = (_check_side(side) for side in value[1:])
    except ForkProofError:
        raise
    except CorruptError as error:
        raise ForkProofError(f"bad fork proof: {error.message}") from error
    if low[0].chain != high[0].chain or low[0].sequence != high[0].sequence:
        raise ForkProofError("the two events are not at one place of one chain")
    if low[1] >= high[1]:
        raise ForkProofError("the two events are the same, or in the wrong order")
    return Fork(*chain_parts(low[0].chain), low[0].sequence, low[1], high[1], low[2] + high[2])


_Side = tuple[Fields, bytes, tuple[tuple[bytes, bytes], ...]]


def _check_side(side: cbor.Value) -> _Side:
    """The first event's fields and id, and all records, of a side that holds."""
    if not isinstance(side, list) or not 2 <= len(side) <= 2 * MAX_SIDE or len(side) % 2:
        raise ForkProofError("a side is not a list of headers and signatures")
    records: list[tuple[bytes, bytes]] = []
    fields: list[Fields] = []
    for header, signature in zip(side[::2], side[1::2], strict=True):
        if not isinstance(header, bytes) or not isinstance(signature, bytes):
            raise ForkProofError("a side is not a list of headers and signatures")
        now = scan(header)
        if fields and (
            now.chain != fields[0].chain
            or now.sequence != fields[-1].sequence + 1
            or now.previous != event_id(*records[-1])
        ):
            raise ForkProofError("a side's events do not follow each other")
        fields.append(now)
        records.append((header, signature))
    device = chain_parts(fields[0].chain)[1]
    check_device(device)
    if not verifies(device, LABEL, *records[-1]):
        raise ForkProofError("a side ends without a signature that verifies")
    return fields[0], event_id(*records[0]), tuple(records)
