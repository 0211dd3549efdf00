"""Finding authentic events their place, and writing them as rows.

An event goes to the end of a run, before a run's first event, into a branch, or into a run of its
own beyond a gap; and what it joins is joined (see `schema_log`). Rows are written where something
must be read back, and at the end.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Final

from hearth.store import erasures
from hearth.store.chains import INSERT_EVENT
from hearth.store.header import DEVICE, NO_LISTS, lists
from hearth.store.import_report import GapQuotaError, ImportReport
from hearth.store.incoming import Incoming

if TYPE_CHECKING:
    from hearth.store.chains import Book
    from hearth.store.clock import Clockwork
    from hearth.store.runs import Chain, Run

GAP_QUOTA: Final = 1024
"""Islands held per chain; an event that would begin one more is refused until some have joined."""
MERGED: Final = 4096
"""Events of a run that is rewritten when the gap before it fills; longer runs stay as they are."""
_prefix: Final = Struct(">q").unpack_from


def _islands(chain: Chain) -> int:
    """How many runs of a chain begin beyond a gap."""
    return sum(run.parent is None and not run.rooted for run in chain.runs)


def _is_grounded(run: Run) -> bool:
    """Whether a run that hangs on nothing counts as sound: it stays by itself then."""
    return run.sound >= run.first


def _short(run: Run) -> bool:
    return run.last - run.first < MERGED


def _row(record: Incoming) -> tuple[object, ...]:
    """A record as a row of `events`."""
    _, sequence, _, lamport, _, kind, _, _, at = record.fields
    header = record.header
    if len(header) != at + len(NO_LISTS) and lists(header, record.fields)[1]:
        record.flags |= erasures.HAS_REFS
    return (
        record.run.number,
        sequence,
        _prefix(record.id)[0],
        lamport,
        kind,
        record.flags,
        header,
        record.signature,
        record.payload,
    )


class Placing:
    """The events of one import that have been placed since the last `clear`.

    `records`: they; `conflicts`: by number of a chain and place, where one was taken already.
    """

    def __init__(
        self, book: Book, clockwork: Clockwork, report: ImportReport, own: bytes | None
    ) -> None:
        self.records: list[Incoming] = []
        self.conflicts: dict[tuple[int, int], Chain] = {}
        self._written = 0
        self._book = book
        self._clockwork = clockwork
        self._report = report
        self._own = own

    def clear(self) -> None:
        """Begin anew: all has been written, and what follows from it."""
        self.records, self._written = [], 0
        self.conflicts.clear()

    def add(self, run: Run, record: Incoming) -> None:
        """Note that an event has its place in a run, which knows of it already."""
        record.run = run
        self.records.append(record)

    def begin(self, chain: Chain, parent: Run | None, record: Incoming) -> Run:
        """A run that begins with this event; `parent` holds the one before it."""
        fields = record.fields
        return self._book.begin_run(
            chain, parent, fields.previous, record.sequence, fields.lamport, fields.tick, record.id
        )

    def place(self, chain: Chain, record: Incoming) -> None:
        """Find an authentic event its run, and join what it joins."""
        sequence, fields = record.sequence, record.fields
        taken = bool(chain.covering(sequence))
        parent = self._parent(chain, record)
        orphans = [
            run
            for run in chain.runs
            if run.parent is None and run.first == sequence + 1 and run.previous == record.id
        ]
        free = [run for run in orphans if not _is_grounded(run)]
        if parent is not None and parent.last == sequence - 1:
            run = parent
            run.append(fields.lamport, fields.tick, record.id)
        elif parent is None and free:
            run = free[-1]
            orphans.remove(run)
            run.prepend(fields.previous, fields.lamport, fields.tick, record.id)
            self._clockwork.wait_anew(run)
        elif parent is None and sequence > 1 and _islands(chain) >= GAP_QUOTA:
            self._report.refuse(
                GapQuotaError(f'the chain of device "{chain.device.hex()[:12]}" has too many gaps')
            )
            return
        else:
            run = self.begin(chain, parent, record)
        if chain.top is None or run.last > chain.top.last:
            chain.top = run
        self.add(run, record)
        self._join(chain, run, orphans)
        self._clockwork.touch(run)
        if taken:
            chain.extra += 1
            chain.changed = True
            self.conflicts[chain.number, sequence] = chain

    def _parent(self, chain: Chain, record: Incoming) -> Run | None:
        """The run that holds the event this one names as its predecessor."""
        before = record.sequence - 1
        for run in chain.covering(before):
            if run.last != before:
                self.write()
            if self._book.id_at(run, before) == record.fields.previous:
                return run
        return None

    def _join(self, chain: Chain, run: Run, orphans: list[Run]) -> None:
        """Hang runs whose gap has been filled under the run that filled it, or merge the two."""
        for orphan in orphans:
            orphan.parent = run.number
            orphan.changed = True
        alone = len(orphans) == 1 and run.head == orphans[0].previous
        if alone and _short(orphans[0]) and not _is_grounded(orphans[0]):
            self.write()
            self._book.merge(run, orphans[0])
            self._clockwork.merged(run, orphans[0])
        if (orphans and run.rooted) or (run.first == 1 and not run.rooted):
            self._root(chain, run)

    def _root(self, chain: Chain, run: Run) -> None:
        """This run reaches the first event now, and so does what hangs on it."""
        pending = [run]
        while pending:
            run = pending.pop()
            if not run.rooted:
                run.rooted = run.changed = True
            pending += [child for child in chain.children(run) if not child.rooted]

    def write(self) -> None:
        """Write the rows of what has been placed since the last time."""
        placed = self.records[self._written :]
        if not placed:
            return
        self._written = len(self.records)
        if erasures.any_asked(self._book.connection):
            for record in placed:
                self._spare(record)
        self._book.connection.executemany(INSERT_EVENT, map(_row, placed))
        self._report.accepted += len(placed)
        if self._own is not None:
            self._report.own += sum(record.header[DEVICE] == self._own for record in placed)

    def _spare(self, record: Incoming) -> None:
        """Do not take in a payload that is to be erased."""
        if record.fields.payload_hash is not None and erasures.asked(
            self._book.connection, record.id, record.fields.chain
        ):
            record.payload = None
            record.flags |= erasures.ERASED
