"""Dropping old headers: what lies below an event that a checkpoint names.

A checkpoint permits it, and only where it agrees with what is held: the event named is here, at its
place, and everything before it is too, so that what goes is exactly what the checkpoint stands for.
Nothing is dropped of a chain

* that has forked, or in which something hangs on what would go: a branch, an island;
* whose Lamport times have not been checked up to there: afterwards nobody could;
* from its first event of kind 0 on: what an author has erased must stay erased, also where it has
  not been heard of yet; nor from the first one of a kind that the caller names;
* if the newest arrival of all would go: arrival numbers must never be given twice.

The event named stays. So a chain always has an event, and whoever knows nothing of it is given one
that its device has signed. Digests, frontiers and clocks are the same before and after. Payloads
go with their events, from packs too; segments are written anew by `segments.rewrite`.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Final, NamedTuple

from hearth.store import anchors, database, erasures, held
from hearth.store.errors import UsageError
from hearth.store.header import Lane, chain_name, parse, scan

if TYPE_CHECKING:
    import apsw

    from hearth.store.batch import Transaction
    from hearth.store.chains import Book
    from hearth.store.log import Log
    from hearth.store.runs import Chain, Run

MARK: Final = "dropped"
"""In log_meta: how often something was dropped since segments were last written anew."""


class ControlDroppedError(UsageError, code="control-is-kept"):
    """The control lane was to be dropped: membership follows from it (exit 2)."""


class Dropped(NamedTuple):
    """How much was dropped, of how many chains, and how many others a checkpoint contradicts."""

    events: int
    chains: int
    disagree: int


class _Place(NamedTuple):
    """An anchor in effect: the run that holds it, its place and its Lamport time."""

    run: Run
    sequence: int
    id: bytes
    lamport: int


def drop(
    log: Log,
    tx: Transaction,
    community: bytes,
    lane: int,
    *,
    until: int,
    spare: Collection[bytes] = (),
    keeps: Collection[int] = (),
) -> Dropped:
    """Drop what lies below anchors in effect up to which no event states a time after `until`.

    Not of the chains of the devices in `spare`, nor from an event of a kind in `keeps` on. Digests
    stay as they are. Raises ControlDroppedError for the control lane.
    """
    if lane == Lane.CONTROL:
        raise ControlDroppedError("the control lane is never dropped")
    book, _ = log.opened(tx)
    events = chains = 0
    wrong = {
        each.device for each in anchors.contradicted(tx.connection, community) if each.lane == lane
    }
    payloads: set[bytes] = set()
    for (device,) in database.rows(
        tx.connection,
        "SELECT DISTINCT device FROM anchors WHERE community = ? AND lane = ? AND force",
        community,
        lane,
    ):
        chain = book.chain(chain_name(community, device, lane))
        if chain is None:
            continue
        count = 0 if device in spare else _drop_of(book, chain, until, keeps, payloads)
        events += count
        chains += count > 0
    if events:
        _forget_payloads(tx, payloads)
        tx.connection.execute(
            "INSERT INTO log_meta VALUES (?, 1) ON CONFLICT DO UPDATE SET value = value + 1",
            (MARK,),
        )
    book.write()
    return Dropped(events, chains, len(wrong))


def _drop_of(
    book: Book, chain: Chain, until: int, keeps: Collection[int], payloads: set[bytes]
) -> int:
    """Drop the beginning of one chain; how many events went."""
    anchor = None if chain.forked is not None else _anchor(book, chain, until)
    if anchor is None or anchor.run.sound < anchor.sequence:
        return 0
    path = _path(chain, anchor.run)
    others = [run for run in chain.runs if run not in path]
    if not path or any(run.first <= anchor.sequence for run in others):
        return 0
    cut = _first_kept(book.connection, path, anchor.sequence, (erasures.ERASE, *keeps))
    if cut <= anchor.run.first and cut < anchor.sequence and len(path) > 1:
        return 0  # an event that is kept lies in a run before: all of that stays
    if cut <= path[-1].first or _goes_newest(book.connection, path, cut):
        return 0
    return _cut(book, anchor, path, cut, payloads)


def _anchor(book: Book, chain: Chain, until: int) -> _Place | None:
    """The highest anchor in effect that comes before all that states a later time. The chain has
    no fork."""
    named = anchors.in_force(book.connection, chain)
    lowest = min(run.first for run in chain.runs)
    if all(place <= lowest for place, _ in named):
        return None  # there is nothing to drop
    young = _first_young(book.connection, chain, until)
    for place, id in named:
        for run in chain.covering(place) if young is None or place < young else ():
            header, _ = book.stored(run, place)
            if book.id_at(run, place) == id:
                return _Place(run, place, id, scan(header).lamport)
    return None


def _first_young(connection: apsw.Connection, chain: Chain, until: int) -> int | None:
    """The first place of a chain that states a later time. One clock that is right is enough: what
    comes after it is as young, whatever it states."""
    for run in sorted(chain.runs, key=lambda run: run.first):
        for sequence, header in database.each(
            connection,
            "SELECT sequence, header FROM events WHERE run = ? ORDER BY sequence",
            run.number,
        ):
            if parse(header).wall > until:
                return int(sequence)
    return None


def _path(chain: Chain, run: Run) -> list[Run]:
    """A run and those it goes on from, back to the beginning of what is held, if that is rooted
    and sound and nothing branches off; else none."""
    path = [run]
    while run.parent is not None:
        parent = next(each for each in chain.runs if each.number == run.parent)
        if parent.last != run.first - 1 or parent.sound != parent.last:
            return []
        path.append(parent)
        run = parent
    return path if run.rooted else []


def _first_kept(
    connection: apsw.Connection, path: list[Run], place: int, kinds: Collection[int]
) -> int:
    """The first place that is kept: the anchor's, or that of an earlier event of these kinds."""
    kept, marks = place, ", ".join("?" * len(kinds))
    for run in path:
        first: int | None = database.value(
            connection,
            "SELECT min(sequence) FROM events WHERE run = ? AND sequence < ?"
            f" AND kind IN ({marks})",
            run.number,
            place,
            *kinds,
        )
        kept = min(kept, kept if first is None else first)
    return kept


def _goes_newest(connection: apsw.Connection, path: list[Run], cut: int) -> bool:
    """Whether the event that arrived last of all is among those that would go."""
    run, sequence = database.one(
        connection, "SELECT run, sequence FROM events ORDER BY arrival DESC LIMIT 1"
    )
    return any(each.number == run for each in path) and sequence < cut


def _cut(book: Book, anchor: _Place, path: list[Run], cut: int, payloads: set[bytes]) -> int:
    """Take everything before a place out of runs and tables."""
    header, _ = book.stored(anchor.run, cut)
    chain, place = anchor.run.chain, anchor.sequence
    checked = path[-1].first == 1 or anchors.was_checked(
        book.connection, chain.community, chain.lane, chain.device
    )
    count = 0
    for run in path:
        going = "FROM events WHERE run = ? AND sequence < ?"
        for (old,) in database.each(
            book.connection,
            f"SELECT header {going} AND flags & ?",
            run.number,
            cut,
            erasures.SEALED,
        ):
            payload = scan(old).payload_hash
            if payload is not None:
                payloads.add(payload)
        book.execute(
            f"DELETE FROM late_payloads WHERE arrival IN (SELECT arrival {going})",
            (run.number, cut),
        )
        held.drop(book.connection, run.number, cut)
        book.execute(f"DELETE {going}", (run.number, cut))
        count += book.connection.changes()
    for run in path[1:]:
        book.remove(run)
    book.cut(anchor.run, cut, scan(header).previous)
    anchors.note_level(book, chain, place, anchor.id, anchor.lamport, checked=checked)
    return count


def _forget_payloads(tx: Transaction, payloads: set[bytes]) -> None:
    """Overwrite in packs what was dropped, unless another event says the same."""
    if not payloads:
        return
    for (header,) in database.each(
        tx.connection, "SELECT header FROM events WHERE flags & ?", erasures.SEALED
    ):
        payload = scan(header).payload_hash
        if payload is not None:
            payloads.discard(payload)
    erasures.erase_records(tx, payloads)
