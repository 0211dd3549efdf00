"""Proving a log whole, from its headers up, believing no column.

Everything that the tables say beside headers, signatures and payloads is derived; here it is
derived again and compared. Signatures are all checked, whether or not they were before: 75
microseconds each, which is nearly all of the cost. An event whose own signature fails is
authentic if one that follows it is, and is no problem then.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from blake3 import blake3

from hearth.store import database
from hearth.store.erasures import ERASED
from hearth.store.errors import HearthError
from hearth.store.event import LABEL, check_device, event_id, verifies
from hearth.store.header import Fields, chain_parts, scan

if TYPE_CHECKING:
    import apsw

_PAGE: Final = 256


class Problem(NamedTuple):
    """Something wrong with a log, in words; `arrival` if it is about one event."""

    what: str
    arrival: int | None = None


def check(connection: apsw.Connection, *, signatures: bool = True) -> Iterator[Problem]:
    """Every problem of the log, none if it is whole. Reads all of it, in pages.

    Without `signatures` only those that authenticity hangs on are left out: bytes, links and
    hashes are still checked.
    """
    for run in database.rows(
        connection,
        "SELECT r.number, r.parent, r.previous, r.first, r.last, r.head, r.lamport, r.rooted,"
        " c.community, c.device, c.lane, c.forked FROM runs r LEFT JOIN chains c"
        " ON c.number = r.chain ORDER BY r.chain, r.first",
    ):
        yield from _Stretch(connection, run, signatures).check()
    yield from _strays(connection)


class _Stretch:
    """One run, checked from its last event to its first."""

    def __init__(self, connection: apsw.Connection, run: tuple[Any, ...], signatures: bool) -> None:
        self._connection = connection
        (
            self._number, self._parent, self._previous, self._first, self._last, self._head,
            self._lamport, self._rooted, *self._chain, self._forked,
        ) = run  # fmt: skip
        self._signatures = signatures

    def check(self) -> Iterator[Problem]:
        if self._chain[1] is None:
            yield Problem(f"run {self._number} belongs to no chain")
            return
        try:
            check_device(self._chain[1])
        except HearthError as error:
            yield Problem(error.message)
        expected, sequence = self._head, self._last
        proved = not self._signatures or self._continued()
        lamport = self._lamport
        for row in self._rows():
            arrival, place, *_ = row
            try:
                fields = self._fields(row)
            except HearthError as error:
                yield Problem(error.message, arrival)
                return
            id = event_id(row[2], row[3])
            if place != sequence or fields.sequence != sequence or id != expected:
                yield Problem("an event is not the one that the next one names", arrival)
                return
            if lamport is not None and fields.lamport != lamport:
                yield Problem("a run's Lamport time is not its last event's", arrival)
            proved = proved or verifies(self._chain[1], LABEL, row[2], row[3])
            if not proved:
                yield Problem("a signature is wrong and nothing vouches for the event", arrival)
            yield from self._columns(row, fields, id)
            expected, sequence, lamport = fields.previous, sequence - 1, None
        if sequence != self._first - 1 or expected != self._previous:
            yield Problem(f"run {self._number} does not begin where it should")
        yield from self._hangs()

    def _rows(self) -> Iterator[tuple[Any, ...]]:
        below = self._last + 1
        while True:
            rows = database.rows(
                self._connection,
                "SELECT arrival, sequence, header, signature, payload, prefix, lamport, kind,"
                " flags FROM events WHERE run = ? AND sequence < ?"
                " ORDER BY sequence DESC LIMIT ?",
                self._number,
                below,
                _PAGE,
            )
            yield from rows
            if len(rows) < _PAGE:
                return
            below = rows[-1][1]

    def _fields(self, row: tuple[Any, ...]) -> Fields:
        fields = scan(row[2])
        if chain_parts(fields.chain) != tuple(self._chain):
            raise HearthError("an event lies in another chain than it names")
        return fields

    def _columns(self, row: tuple[Any, ...], fields: Fields, id: bytes) -> Iterator[Problem]:
        arrival, _, _, _, payload, prefix, lamport, kind, flags = row
        if (prefix, lamport, kind) != (
            int.from_bytes(id[:8], "big", signed=True),
            fields.lamport,
            fields.kind,
        ):
            yield Problem("the index of an event is not what its header says", arrival)
        if payload is None:
            return
        if flags & ERASED:
            yield Problem("an erased payload is still here", arrival)
        elif len(payload) != fields.payload_length or blake3(payload).digest() != (
            fields.payload_hash
        ):
            yield Problem("a payload is not the one its header names", arrival)

    def _continued(self) -> bool:
        """Whether a run that hangs on this one's last event vouches for it."""
        return bool(
            database.rows(
                self._connection,
                "SELECT 1 FROM runs WHERE parent = ? AND first = ? AND previous = ?",
                self._number,
                self._last + 1,
                self._head,
            )
        )

    def _hangs(self) -> Iterator[Problem]:
        """The event before a run's first one must be where the run says."""
        if self._parent is None:
            if bool(self._rooted) != (self._first == 1):
                yield Problem(f"run {self._number} lies beyond a gap, or not, against its word")
            return
        rows = database.rows(
            self._connection,
            "SELECT e.header, e.signature, r.rooted FROM events e JOIN runs r ON r.number = e.run"
            " WHERE e.run = ? AND e.sequence = ?",
            self._parent,
            self._first - 1,
        )
        if not rows or event_id(*rows[0][:2]) != self._previous:
            yield Problem(f"run {self._number} hangs on an event that is not there")
        elif rows[0][2] != self._rooted:
            yield Problem(f"run {self._number} lies beyond a gap, or not, against its word")


def _strays(connection: apsw.Connection) -> Iterator[Problem]:
    """Rows that no run accounts for."""
    for (arrival,) in database.rows(
        connection,
        "SELECT arrival FROM events e WHERE NOT EXISTS (SELECT 1 FROM runs r WHERE"
        " r.number = e.run AND e.sequence BETWEEN r.first AND r.last) LIMIT 100",
    ):
        yield Problem("an event belongs to no run", arrival)
