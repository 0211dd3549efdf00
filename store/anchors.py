"""Anchors: events that checkpoints name, from which on a chain needs nothing before it.

A checkpoint (who makes one, and when it is in force: docs/membership.md) names an event of each of
many chains. An id is a hash over links, so whoever holds the event knows that everything before it
was there, and which events these are, without holding them: the chain counts as reaching its
beginning, and *what lies below is not compared* any more. So of two nodes one may have dropped it
and the other not, and their digests agree.

* An anchor is *in effect* if a checkpoint in force names it, the event is held, and no fork of the
  chain at or below its place is known. A run that holds one is rooted. The highest one of a chain
  is its *floor*.
* All this follows from the events held and from nothing else. Where a checkpoint loses its force,
  or a fork comes to light, the run is an island again, as if there had never been a checkpoint,
  and what is missing is sent by whoever has it.

What a checkpoint is believed in is Lamport time. Where what comes before an anchor in effect is not
here, it cannot be checked: the run counts as sound up to there (it is *grounded*), and the anchor's
Lamport time is a *level*. In the lanes that may tick on this one, what is above its predecessor is
sound, whatever its tick, up to the level, and beyond it where it claims the least it can: its tick
may be what was dropped, and nothing can be gained so, as the clock has passed the level already. A
checkpoint that lies about that needs an event that says so, signed by its device, and moves the
clocks of those who have nothing to check it by, to `MAX_LEVEL` at most; nobody who holds the chain
believes it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING, Final, NamedTuple

from hearth.store import database, served
from hearth.store.header import chain_name, parse, scan

if TYPE_CHECKING:
    import apsw

    from hearth.store.batch import Transaction
    from hearth.store.chains import Book
    from hearth.store.clock import Clockwork
    from hearth.store.log import Log
    from hearth.store.runs import Chain, Run

MAX_LEVEL: Final = 1 << 40
"""The highest Lamport time that a checkpoint is believed."""


class Anchor(NamedTuple):
    """An event that a checkpoint names."""

    device: bytes
    lane: int
    sequence: int
    id: bytes


def any_in_force(connection: apsw.Connection) -> bool:
    """Whether any checkpoint says anything: usually not, which saves a query per chain."""
    return database.value(connection, "SELECT 1 FROM anchors WHERE force LIMIT 1") is not None


def any_grounded(connection: apsw.Connection) -> bool:
    """Whether anything counts as sound for being named."""
    return database.value(connection, "SELECT 1 FROM anchors WHERE lamport LIMIT 1") is not None


def level(connection: apsw.Connection, community: bytes, lanes: Collection[int]) -> int:
    """Up to which Lamport time nothing is checked in a lane that ticks on these; 0: all is."""
    highest: int | None = database.value(
        connection,
        "SELECT max(lamport) FROM anchors WHERE community = ? AND lamport"
        f" AND lane IN ({', '.join(str(int(lane)) for lane in lanes)})",
        community,
    )
    return highest or 0


def is_believed(level: int, before: int, lamport: int) -> bool:
    """Whether a Lamport time after another one is not checked, where this is the level."""
    return level > 0 and before < lamport <= max(level, before + 1)


def floors(connection: apsw.Connection, community: bytes) -> dict[int, int]:
    """By number of a chain: the place below which it is not compared."""
    if connection.pragma("user_version") < database.WITH_CONTROL:
        return {}  # opened for reading: there were no checkpoints then
    return dict(
        database.rows(
            connection,
            "SELECT f.chain, f.sequence FROM floors f JOIN chains c ON c.number = f.chain"
            " WHERE c.community = ?",
            community,
        )
    )


def stated(connection: apsw.Connection, community: bytes) -> set[Anchor]:
    """What the checkpoints in force in a community name, as it was last said."""
    held = database.rows(
        connection,
        "SELECT device, lane, sequence, id FROM anchors WHERE community = ? AND force",
        community,
    )
    return {Anchor(*row) for row in held}


def contradicted(connection: apsw.Connection, community: bytes | None = None) -> list[Anchor]:
    """What checkpoints in force name and is otherwise here: there is another event at that place.

    A steward lies, or the device has forked. In one community, or in all.
    """
    if connection.pragma("user_version") < database.WITH_CONTROL:
        return []  # opened for reading: there were no checkpoints then
    named = database.rows(
        connection,
        "SELECT community, device, lane, sequence, id FROM anchors"
        " WHERE force AND (?1 IS NULL OR community = ?1)",
        community,
    )
    return [Anchor(*each) for where, *each in named if contradicts(connection, where, *each)]


def contradicts(
    connection: apsw.Connection, community: bytes, device: bytes, lane: int, place: int, id: bytes
) -> bool:
    """Whether a chain is held at this place, and not this event."""
    here = served.ids_at(connection, community, lane, device, place)
    return bool(here) and id not in here


def in_force(connection: apsw.Connection, chain: Chain) -> list[tuple[int, bytes]]:
    """Place and id of what checkpoints name of a chain, the highest first."""
    return database.rows(
        connection,
        "SELECT sequence, id FROM anchors WHERE community = ? AND lane = ? AND device = ? AND force"
        " ORDER BY sequence DESC, id",
        chain.community,
        chain.lane,
        chain.device,
    )


def state(log: Log, tx: Transaction, community: bytes, anchors: Iterable[Anchor]) -> bool:
    """Say what the checkpoints in force in a community name; whether that is news.

    All of them each time: what is not named any more has lost its force.
    """
    book, clockwork = log.opened(tx)
    connection = book.connection
    now = set(anchors)
    before = stated(connection, community)
    for changed, force in ((before - now, 0), (now - before, 1)):
        connection.executemany(
            "INSERT INTO anchors VALUES (?, ?, ?, ?, ?, ?, 0, 0)"
            " ON CONFLICT DO UPDATE SET force = excluded.force",
            [
                (community, each.lane, each.device, each.sequence, each.id, force)
                for each in sorted(changed)
            ],
        )
    for device, lane in sorted({each[:2] for each in before ^ now}):
        chain = book.chain(chain_name(community, device, lane))
        if chain is not None:
            look(book, clockwork, chain)
    clockwork.settle()
    book.write()
    return before != now


def look(book: Book, clockwork: Clockwork, chain: Chain) -> None:
    """See what of a chain is rooted now, and by what. Its events must be in the table."""
    held = in_effect(book, chain)
    rooted: dict[int, bool] = {}
    for run in sorted(chain.runs, key=lambda run: run.first):  # parents come before
        above = run.parent is not None and rooted[run.parent]
        rooted[run.number] = run.first == 1 or above or run.number in held
        if run.rooted != rooted[run.number]:
            run.rooted = rooted[run.number]
            run.changed = True
    _note_floor(book, chain, max(held.values(), default=0))
    for run in list(chain.runs):
        if run.sound < held.get(run.number, 0) and _beginning(book, run) > 1:
            _ground(book, clockwork, run, held[run.number])


def _beginning(book: Book, run: Run) -> int:
    """The first place that a run reaches."""
    while run.parent is not None:
        run = book.run(run.parent)
    return run.first


def in_effect(book: Book, chain: Chain) -> dict[int, int]:
    """By number of a run: the highest place in it that is an anchor in effect."""
    named = [
        (place, id)
        for place, id in in_force(book.connection, chain)
        if chain.forked is None or place < chain.forked
    ]
    found: dict[int, int] = {}
    for run in chain.runs:
        for place, id in named:
            if run.first <= place <= run.last and book.id_at(run, place) == id:
                found[run.number] = place
                break
    return found


def _note_floor(book: Book, chain: Chain, floor: int) -> None:
    if floor:
        book.execute("INSERT OR REPLACE INTO floors VALUES (?, ?)", (chain.number, floor))
    else:
        book.execute("DELETE FROM floors WHERE chain = ?", (chain.number,))


def _ground(book: Book, clockwork: Clockwork, run: Run, place: int) -> None:
    """Believe the Lamport time of an anchor, unless what leads to it shows that it is false."""
    header, _ = book.stored(run, place)
    lamport = scan(header).lamport
    before: int | None = database.value(
        book.connection,
        "SELECT max(lamport) FROM events WHERE run = ? AND sequence < ?",
        run.number,
        place,
    )
    if lamport > MAX_LEVEL or (before or 0) >= lamport:
        return
    id = book.id_at(run, place)
    note_level(book, run.chain, place, id, lamport)
    clockwork.ground(run, place, lamport, id)


def note_level(
    book: Book, chain: Chain, place: int, id: bytes, lamport: int, *, checked: bool = False
) -> None:
    """What claims a Lamport time up to this one can be checked no more. `checked`: it has been,
    up to this event."""
    book.execute(
        "UPDATE anchors SET lamport = ?, checked = ? WHERE community = ? AND lane = ?"
        " AND device = ? AND sequence = ? AND id = ?",
        (lamport, checked, chain.community, chain.lane, chain.device, place, id),
    )


def candidates(
    connection: apsw.Connection, community: bytes, lane: int, before: int, least: int
) -> Iterator[Anchor]:
    """What a checkpoint could name of a lane: of each chain the last event before the first that
    states a wall clock after `before`.

    Only of chains that are whole here, without fork or gap, and whose Lamport times have been
    checked up to there, and only where it is `least` places beyond what is named already. Whole is
    a chain, too, of which this node itself has dropped the beginning, whatever became of the
    checkpoint by which it did.
    """
    for chain in served.chains(connection, community, lane):
        whole = len(chain.runs) == 1 and (
            chain.runs[0].rooted or was_checked(connection, community, lane, chain.device)
        )
        if chain.fork is None and whole:
            run = chain.runs[0]
            known: int | None = database.value(
                connection,
                "SELECT max(sequence) FROM anchors WHERE community = ? AND lane = ? AND device = ?"
                " AND force AND sequence <= ?",
                community,
                lane,
                chain.device,
                run.last,
            )
            sound: int = database.value(
                connection, "SELECT sound FROM runs WHERE number = ?", run.number
            )
            start = max(run.first, known or 0)
            last = min(sound, _last_before(connection, run, start, before))
            if last >= start and last - (known or 0) >= least:
                id = served.id_at(connection, run, last)
                yield Anchor(chain.device, lane, last, id)


def was_checked(connection: apsw.Connection, community: bytes, lane: int, device: bytes) -> bool:
    """Whether what is not here of a chain was here once, and was checked before it was dropped."""
    found = database.value(
        connection,
        "SELECT 1 FROM anchors WHERE community = ? AND lane = ? AND device = ? AND checked",
        community,
        lane,
        device,
    )
    return found is not None


def _last_before(connection: apsw.Connection, run: served.Run, start: int, before: int) -> int:
    """The last place of a run, from one on, before the first that states a later time."""
    at = start - 1
    for record in served.read(connection, run.number, start, run.last):
        if parse(record.header).wall > before:
            break
        at += 1
    return at
