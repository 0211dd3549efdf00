"""Chains and runs as one transaction sees them.

A `Book` is opened by the first append or import of a transaction and lives as long as that
transaction: it holds the chains met so far in memory, so that a hundred thousand events cost
a hundred thousand dictionary look-ups and not as many queries. `write` puts what has changed
back into the tables; until then only the book knows. Nobody else can write meanwhile: the
transaction holds the database's write lock.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from hearth.store import database
from hearth.store.event import check_device, event_id
from hearth.store.header import Lane, chain_name, chain_parts, links
from hearth.store.runs import Chain, Run

if TYPE_CHECKING:
    import apsw

_CHAIN: Final = "INSERT OR REPLACE INTO chains VALUES (?,?,?,?,?,?,?,?,?)"
_RUN: Final = "INSERT OR REPLACE INTO runs VALUES (?,?,?,?,?,?,?,?,?,?,?,?)"
_CLOCK: Final = "INSERT OR REPLACE INTO clocks VALUES (?,?,?,?)"
INSERT_EVENT: Final = (
    "INSERT INTO events (run, sequence, prefix, lamport, kind, flags, header, signature, payload)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_RELOAD: Final = 32
"""Events read at once when a run's unchecked end is not in memory."""


class Book:
    """The chains of a log, open for writing within one transaction."""

    def __init__(self, connection: apsw.Connection) -> None:
        self.connection = connection
        self.execute = connection.cursor().execute  # for writing: a third faster than a new cursor
        self._chains: dict[bytes, Chain] = {}
        self._by_number: dict[int, Chain] = {}
        self._runs: dict[int, Run] = {}
        self._highest: dict[str, int] = {}
        self.clocks: dict[tuple[bytes, int], tuple[int, bytes]] = {}
        self.changed_clocks: set[tuple[bytes, int]] = set()
        self.heads: dict[bytes, tuple[bytes, ...]] = {}  # of the control lane, by community

    @property
    def size(self) -> int:
        """How many chains are in memory."""
        return len(self._by_number)

    def _next(self, table: str) -> int:
        """The next free number of a table; nobody else can take it meanwhile."""
        highest = self._highest.get(table)
        if highest is None:
            highest = database.value(self.connection, f"SELECT max(number) FROM {table}") or 0
        self._highest[table] = highest + 1
        return highest + 1

    def chain(self, name: bytes) -> Chain | None:
        """The chain of this name (see `header.CHAIN`), or None if none of its events is here."""
        chain = self._chains.get(name)
        if chain is None:
            community, device, lane = chain_parts(name)
            for row in database.rows(
                self.connection,
                "SELECT * FROM chains WHERE community = ? AND lane = ? AND device = ?",
                community,
                lane,
                device,
            ):
                chain = self._load(row)
        return chain

    def begin(self, name: bytes) -> Chain:
        """A new chain, which the book knows once it has a run. Raises DeviceKeyError for a device
        id that is no proper key."""
        community, device, lane = chain_parts(name)
        check_device(device)
        chain = Chain(self._next("chains"), community, device, lane)
        chain.changed = True
        return chain

    def numbered(self, number: int) -> Chain:
        """The chain with this number, which the book has met."""
        return self._by_number[number]

    def cut(self, run: Run, first: int, previous: bytes | None) -> None:
        """Let a run begin later; nothing before it is held any more. The rows are the caller's."""
        run.first, run.previous, run.parent = first, previous, None
        run.changed = True

    def remove(self, run: Run) -> None:
        """Forget a run whose events are gone, which is not the one that goes furthest."""
        self.connection.execute("DELETE FROM runs WHERE number = ?", (run.number,))
        run.chain.runs.remove(run)
        del self._runs[run.number]

    def run(self, number: int) -> Run:
        """The run with this number, which exists."""
        run = self._runs.get(number)
        if run is None:
            (row,) = database.rows(
                self.connection,
                "SELECT * FROM chains WHERE number = (SELECT chain FROM runs WHERE number = ?)",
                number,
            )
            self._load(row)
            run = self._runs[number]
        return run

    def _load(self, row: tuple[Any, ...]) -> Chain:
        number, community, device, lane, extra, forked, low, high, stated = row
        chain = Chain(number, community, device, lane)
        chain.extra, chain.forked = extra, forked
        chain.fork_low, chain.fork_high = low, high
        chain.stated_acts = stated
        for values in database.rows(
            self.connection, "SELECT * FROM runs WHERE chain = ? ORDER BY number", number
        ):
            run_number, _, parent, previous, first, last, head, lamport = values[:8]
            rooted, sound, sound_lamport, awaits = values[8:]
            run = Run(
                run_number, chain, parent, previous, first, last, head, lamport, bool(rooted),
                sound, sound_lamport, awaits,
            )  # fmt: skip
            run.false = awaits is None and run.sound < run.last
            self._adopt(run)
        return chain

    def _adopt(self, run: Run) -> None:
        chain = run.chain
        if not chain.runs:
            name = chain_name(chain.community, chain.device, chain.lane)
            self._chains[name] = self._by_number[chain.number] = chain
        chain.runs.append(run)
        self._runs[run.number] = run
        if chain.top is None or run.last > chain.top.last:
            chain.top = run

    def begin_run(
        self,
        chain: Chain,
        parent: Run | None,
        previous: bytes | None,
        sequence: int,
        lamport: int,
        tick: bytes | None,
        id: bytes,
    ) -> Run:
        """Begin a run with one event."""
        rooted = sequence == 1 or (parent is not None and parent.rooted)
        run = Run(
            self._next("runs"), chain, None if parent is None else parent.number, previous,
            sequence, sequence - 1, id, lamport, rooted, sequence - 1, 0, None,
        )  # fmt: skip
        run.append(lamport, tick, id)
        self._adopt(run)
        return run

    def open_run(self, chain: Chain) -> Run:
        """Begin a chain's first run, to which events must be added (`Run.go_to`)."""
        run = Run(self._next("runs"), chain, None, None, 1, 0, b"", 0, True, 0, 0, None)
        self._adopt(run)
        return run

    def merge(self, run: Run, gone: Run) -> None:
        """Add a run that hangs on this one's last event to it. Costs the length of that run."""
        chain = run.chain
        self.connection.execute(
            "UPDATE events SET run = ? WHERE run = ?", (run.number, gone.number)
        )
        self.connection.execute("DELETE FROM runs WHERE number = ?", (gone.number,))
        for child in chain.children(gone):
            child.parent = run.number
            child.changed = True
        if run.sound + len(run.tail) == run.last:
            run.tail.extend(gone.tail)
        run.last, run.head, run.lamport = gone.last, gone.head, gone.lamport
        run.changed = True
        gone.tail.clear()
        gone.into = run
        chain.runs.remove(gone)
        del self._runs[gone.number]
        if chain.top is gone:
            chain.top = run

    def stored(self, run: Run, sequence: int) -> tuple[bytes, bytes]:
        """Header and signature of the event at a place that this run covers."""
        ((header, signature),) = database.rows(
            self.connection,
            "SELECT header, signature FROM events WHERE run = ? AND sequence = ?",
            run.number,
            sequence,
        )
        return header, signature

    def id_at(self, run: Run, sequence: int) -> bytes:
        """The id of the event at a place that this run covers."""
        return run.head if sequence == run.last else event_id(*self.stored(run, sequence))

    def reload(self, run: Run) -> None:
        """Read the next events after the sound ones into `tail`. They must be in the table."""
        rows = database.rows(
            self.connection,
            "SELECT lamport, header FROM events WHERE run = ? AND sequence > ?"
            " ORDER BY sequence LIMIT ?",
            run.number,
            run.sound,
            _RELOAD + 1,
        )
        told = [links(header) for _, header in rows]
        ids = [previous for previous, _ in told[1:]]
        if run.sound + len(rows) == run.last:
            ids.append(run.head)
        run.tail = deque(
            (lamport, tick, id)
            for (lamport, _), (_, tick), id in zip(rows, told, ids, strict=False)
            if id is not None
        )

    def find(self, id: bytes) -> tuple[Run, int, int] | None:
        """Where the event with this id is held: its run, sequence and Lamport time."""
        prefix = int.from_bytes(id[:8], "big", signed=True)
        for number, sequence, lamport, header, signature in database.rows(
            self.connection,
            "SELECT run, sequence, lamport, header, signature FROM events WHERE prefix = ?",
            prefix,
        ):
            if event_id(header, signature) == id:
                return self.run(number), sequence, lamport
        return None

    def clock(self, community: bytes, lane: int) -> tuple[int, bytes]:
        """Lamport time and id of the highest sound event of a lane; (0, b"") if there is none."""
        clock = self.clocks.get((community, lane))
        if clock is None:
            for each in Lane:
                self.clocks[community, each] = (0, b"")
            for each, lamport, id in database.rows(
                self.connection,
                "SELECT lane, lamport, id FROM clocks WHERE community = ?",
                community,
            ):
                self.clocks[community, each] = (lamport, id)
            clock = self.clocks[community, lane]
        return clock

    def move_clock(self, community: bytes, lane: int, lamport: int, id: bytes) -> None:
        """A sound event has been seen: the higher counts, of equals the lower id."""
        highest, held = self.clock(community, lane)
        if lamport > highest or (lamport == highest and id < held):
            self.clocks[community, lane] = (lamport, id)
            self.changed_clocks.add((community, lane))

    def write_own(self, chain: Chain, run: Run) -> None:
        """Put one chain and its one changed run, and the clocks, into the tables."""
        execute = self.execute
        if chain.changed:
            chain.changed = False
            execute(_CHAIN, chain.row())
        run.changed = False
        if run.first == run.last:
            execute(_RUN, run.row())
        else:  # an update leaves the indexes alone
            execute(
                "UPDATE runs SET last = ?, head = ?, lamport = ?, sound = ?, sound_lamport = ?"
                " WHERE number = ?",
                (run.last, run.head, run.lamport, run.sound, run.sound_lamport, run.number),
            )
        for key in self.changed_clocks:
            execute(_CLOCK, (*key, *self.clocks[key]))
        self.changed_clocks.clear()

    def write(self) -> None:
        """Put everything that has changed into the tables."""
        many = self.connection.executemany
        many(_CHAIN, self._changed(self._by_number))
        many(_RUN, self._changed(self._runs))
        many(_CLOCK, [(*key, *self.clocks[key]) for key in sorted(self.changed_clocks)])
        self.changed_clocks.clear()

    def _changed(self, every: Mapping[int, Chain | Run]) -> Iterator[tuple[object, ...]]:
        """The rows of what has changed; it has not any more."""
        for each in every.values():
            if each.changed:
                each.changed = False
                yield each.row()


LANES_SEEN: Final[dict[int, tuple[int, ...]]] = {
    lane: tuple(sorted({int(lane), int(Lane.CONTROL), int(Lane.EMERGENCY)})) for lane in Lane
}
"""By lane, those that a tick in it may come from: itself and those every node holds."""
