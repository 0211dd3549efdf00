"""Proving a log whole, from its headers up, believing no column.

Everything that the tables say beside headers, signatures and payloads is derived; here it is
derived again and compared: ids, places, links, gaps, forks, that Lamport times called sound are
so, the clocks, the control graph. Each run is read once, from its last event to its first, so
that every event is met with what the next one says of it.

The last signature of each stretch of linked events is always verified, which proves the rest
(see `importer`). With `signatures` all others are too, at 75 microseconds each; an event whose
own signature fails, but which an authentic one names, is no problem, only counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from blake3 import blake3

from hearth.store import anchors, control, database
from hearth.store.chains import LANES_SEEN
from hearth.store.erasures import ERASED
from hearth.store.errors import HearthError
from hearth.store.event import LABEL, check_device, event_id, verifies
from hearth.store.header import Fields, Lane, chain_parts, scan

if TYPE_CHECKING:
    import apsw

_PAGE: Final = 256
_GRAPH: Final = (
    "SELECT id, community, missing, named, parents FROM control",
    "SELECT child, community, parent FROM control_waiting",
)


class Problem(NamedTuple):
    """Something wrong with a log, in words; `arrival` if it is about one event."""

    what: str
    arrival: int | None = None


class _Run(NamedTuple):
    """A row of `runs` with its chain's."""

    number: int
    parent: int | None
    previous: bytes | None
    first: int
    last: int
    head: bytes
    lamport: int
    rooted: int
    sound: int
    sound_lamport: int
    community: bytes
    device: bytes | None
    lane: int
    chain: int | None
    forked: int | None


class _Row(NamedTuple):
    """A row of `events`."""

    arrival: int
    sequence: int
    header: bytes
    signature: bytes
    payload: bytes | None
    prefix: int
    lamport: int
    kind: int
    flags: int


class Check:
    """One check of a whole log. `vouched` counts events that only a later one proves."""

    def __init__(self, connection: apsw.Connection, *, signatures: bool = True) -> None:
        self._connection = connection
        self._signatures = signatures
        self.vouched = 0
        self._named: dict[tuple[bytes, bytes, int], dict[tuple[int, bytes], tuple[int, int]]] = {}
        self._levels: dict[tuple[bytes, int], int] = {}
        self._floors: dict[int, int] = {}
        self._anchored = self._grounded = 0

    def problems(self) -> Iterator[Problem]:
        """Every problem of the log, none if it is whole. Reads all of it, in pages."""
        self._read_anchors()
        for row in self._rows(
            "SELECT r.number, r.parent, r.previous, r.first, r.last, r.head, r.lamport, r.rooted,"
            " r.sound, r.sound_lamport, c.community, c.device, c.lane, c.number, c.forked"
            " FROM runs r LEFT JOIN chains c ON c.number = r.chain ORDER BY r.chain, r.first"
        ):
            yield from self._run(_Run(*row))
        yield from self._strays()
        yield from self._forks()
        yield from self._clocks()
        yield from self._graph()
        yield from self._floors_noted()

    def _read_anchors(self) -> None:
        """What checkpoints name: the one thing that does not follow from events of this lane, and
        is looked up in membership, not here."""
        if self._connection.pragma("user_version") < database.WITH_CONTROL:
            return
        for community, lane, device, sequence, id, force, lamport in self._rows(
            "SELECT community, lane, device, sequence, id, force, lamport FROM anchors"
        ):
            named = self._named.setdefault((community, device, lane), {})
            named[sequence, id] = force, lamport
            for each in Lane:
                if lane in LANES_SEEN[each]:
                    key = community, int(each)
                    self._levels[key] = max(lamport, self._levels.get(key, 0))

    def _note_anchor(self, run: _Run, sequence: int, id: bytes) -> None:
        """Note whether this event of the run is an anchor, and counts as sound for that."""
        named = self._named.get((run.community, run.device or b"", run.lane), {})
        force, lamport = named.get((sequence, id), (0, 0))
        if force and run.chain is not None and (run.forked is None or sequence < run.forked):
            self._anchored = max(self._anchored, sequence)
            self._floors[run.chain] = max(sequence, self._floors.get(run.chain, 0))
        if lamport:
            self._grounded = max(self._grounded, sequence)

    def _rows(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        return database.rows(self._connection, statement, *values)

    def _run(self, run: _Run) -> Iterator[Problem]:
        try:
            check_device(run.device or b"")
        except HearthError as error:
            yield Problem(error.message)
        self._anchored = self._grounded = 0
        expected: bytes | None = run.head
        sequence, proved = run.last, self._continued(run)
        above: tuple[int, Fields] | None = None
        for row in self._events(run):
            try:
                fields = scan(row.header)
            except HearthError as error:
                yield Problem(error.message, row.arrival)
                return
            id = event_id(row.header, row.signature)
            if (row.sequence, fields.sequence, id) != (sequence, sequence, expected):
                yield Problem("an event is not the one that the next one names", row.arrival)
                return
            self._note_anchor(run, sequence, id)
            yield from self._event(run, row, fields, proved)
            if above is not None:
                yield from self._time(run, above, fields.lamport)
            above = row.arrival, fields
            expected, sequence, proved = fields.previous, sequence - 1, True
        if (sequence, expected) != (run.first - 1, run.previous):
            yield Problem(f"run {run.number} does not begin where it should")
        elif above is not None:
            yield from self._hangs(run, above)

    def _events(self, run: _Run) -> Iterator[_Row]:
        below = run.last + 1
        while True:
            rows = self._rows(
                "SELECT arrival, sequence, header, signature, payload, prefix, lamport, kind,"
                " flags FROM events WHERE run = ? AND sequence < ?"
                " ORDER BY sequence DESC LIMIT ?",
                run.number,
                below,
                _PAGE,
            )
            yield from (_Row(*row) for row in rows)
            if len(rows) < _PAGE:
                return
            below = rows[-1][1]

    def _event(self, run: _Run, row: _Row, fields: Fields, proved: bool) -> Iterator[Problem]:
        """One event on its own: signature, columns, payload."""
        arrival, device = row.arrival, run.device or b""
        if chain_parts(fields.chain) != (run.community, device, run.lane):
            yield Problem("an event lies in another chain than it names", arrival)
        if (self._signatures or not proved) and not verifies(
            device, LABEL, row.header, row.signature
        ):
            self.vouched += proved
            if not proved:
                yield Problem("a signature is wrong and nothing vouches for the event", arrival)
        prefix = int.from_bytes(event_id(row.header, row.signature)[:8], "big", signed=True)
        if (row.prefix, row.lamport, row.kind) != (prefix, fields.lamport, fields.kind):
            yield Problem("the index of an event is not what its header says", arrival)
        stated = {run.last: run.lamport, run.sound: run.sound_lamport}
        if stated.get(row.sequence, fields.lamport) != fields.lamport:
            yield Problem("a run's Lamport time is not its event's", arrival)
        if row.payload is not None:
            hashed = len(row.payload), blake3(row.payload).digest()
            if row.flags & ERASED:
                yield Problem("an erased payload is still here", arrival)
            elif hashed != (fields.payload_length, fields.payload_hash):
                yield Problem("a payload is not the one its header names", arrival)

    def _continued(self, run: _Run) -> bool:
        """Whether a run that hangs on this one's last event vouches for it."""
        return bool(
            self._rows(
                "SELECT 1 FROM runs WHERE parent = ? AND first = ? AND previous = ?",
                run.number,
                run.last + 1,
                run.head,
            )
        )

    def _time(self, run: _Run, event: tuple[int, Fields], before: int) -> Iterator[Problem]:
        """An event that counts as sound must be so; `before` is its predecessor's time."""
        arrival, fields = event
        level = self._levels.get((run.community, run.lane), 0)
        if fields.sequence > run.sound or fields.sequence <= self._grounded:
            return
        if anchors.is_believed(level, before, fields.lamport):
            return
        ticked = 0
        if fields.tick is not None:
            found = self._find(fields.tick)
            if found is None or found[1:] not in {
                (run.community, lane) for lane in LANES_SEEN[run.lane]
            }:
                yield Problem("a Lamport time counts whose tick does not", arrival)
                return
            ticked = found[0]
        if fields.lamport != 1 + max(before, ticked):
            yield Problem("a false Lamport time counts as true", arrival)

    def _find(self, id: bytes) -> tuple[int, bytes, int] | None:
        """Lamport time, community and lane of a sound event."""
        for header, signature, *place in self._rows(
            "SELECT e.header, e.signature, e.lamport, c.community, c.lane FROM events e"
            " JOIN runs r ON r.number = e.run JOIN chains c ON c.number = r.chain"
            " WHERE e.prefix = ? AND e.sequence <= r.sound",
            int.from_bytes(id[:8], "big", signed=True),
        ):
            if event_id(header, signature) == id:
                lamport, community, lane = place
                return lamport, community, lane
        return None

    def _hangs(self, run: _Run, first: tuple[int, Fields]) -> Iterator[Problem]:
        """The event before a run's first one must be where the run says."""
        rooted, before, sound = run.first == 1, 0, run.first == 1
        if run.parent is not None:
            rows = self._rows(
                "SELECT e.header, e.signature, r.rooted, e.lamport, e.sequence <= r.sound"
                " FROM events e JOIN runs r ON r.number = e.run"
                " WHERE e.run = ? AND e.sequence = ?",
                run.parent,
                run.first - 1,
            )
            if not rows or event_id(*rows[0][:2]) != run.previous:
                yield Problem(f"run {run.number} hangs on an event that is not there")
                return
            _, _, rooted, before, sound = rows[0]
        if bool(run.rooted) != bool(rooted or self._anchored):
            yield Problem(f"run {run.number} lies beyond a gap, or not, against its word")
        if run.sound >= run.first and not (sound or self._grounded):
            yield Problem(f"run {run.number} counts as sound and stands on what is not")
        yield from self._time(run, first, before)

    def _floors_noted(self) -> Iterator[Problem]:
        """Chains of which something else is compared than follows from checkpoints."""
        if self._connection.pragma("user_version") < database.WITH_CONTROL:
            return
        noted = dict(self._rows("SELECT chain, sequence FROM floors"))
        for number in sorted(noted.keys() | self._floors.keys()):
            found, said = self._floors.get(number, 0), noted.get(number, 0)
            if said != found:
                yield Problem(f"chain {number} is compared from {found} on, and {said} is noted")

    def _strays(self) -> Iterator[Problem]:
        """Rows that no run accounts for, and runs that no chain does."""
        for (arrival,) in self._rows(
            "SELECT arrival FROM events e WHERE NOT EXISTS (SELECT 1 FROM runs r WHERE"
            " r.number = e.run AND e.sequence BETWEEN r.first AND r.last) LIMIT 100"
        ):
            yield Problem("an event belongs to no run", arrival)

    def _forks(self) -> Iterator[Problem]:
        """Chains whose lowest fork is not the one noted, or not noted."""
        for number, noted, found in self._rows(
            "SELECT c.number, c.forked, min(max(a.first, b.first)) FROM chains c"
            " LEFT JOIN runs a ON a.chain = c.number LEFT JOIN runs b ON b.chain = a.chain"
            " AND b.number > a.number AND max(a.first, b.first) <= min(a.last, b.last)"
            " GROUP BY c.number HAVING c.forked IS NOT"
            " min(CASE WHEN b.number IS NULL THEN NULL ELSE max(a.first, b.first) END)"
        ):
            yield Problem(f"chain {number} forks at {found}, and {noted} is noted")

    def _clocks(self) -> Iterator[Problem]:
        """Lanes whose clock is not that of their highest sound event."""
        for _, lane, lamport in self._rows(
            "SELECT c.community, c.lane, max(r.sound_lamport) AS highest FROM runs r"
            " JOIN chains c ON c.number = r.chain WHERE r.sound >= r.first"
            " GROUP BY c.community, c.lane HAVING highest IS NOT (SELECT lamport FROM clocks k"
            " WHERE k.community = c.community AND k.lane = c.lane)"
        ):
            yield Problem(f"the clock of lane {lane} should stand at {lamport}")

    def _graph(self) -> Iterator[Problem]:
        """Control events about which the tables say something else than the events do."""
        if self._connection.pragma("user_version") < database.WITH_CONTROL:
            return  # opened for reading: it is made anew before anything is built on it
        wrong: set[bytes] = set()
        with closing(control.reckoned(self._connection)) as reckoned:
            for statement in _GRAPH:
                said, found = (
                    set(database.rows(each, statement)) for each in (self._connection, reckoned)
                )
                wrong |= {row[0] for row in said ^ found}
        for id in sorted(wrong)[:100]:
            yield Problem(f"the control graph is wrong about event {id.hex()[:12]}")
