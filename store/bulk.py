"""Events that only lengthen chains, many at once: straight from blocks into rows.

The importer takes events of any kind in any order and looks at each. Of those that begin a chain,
or go on where one ends, there is nothing to be found out by looking: a block's events follow each
other by their hashes, so the last one of each chain proves all others. These are written as rows
when they come, and proved before the transaction commits: one signature for each chain, however
many events there are. If anything turns out not to be so simple, a fork, a gap, what is here
already, an erasure, a bad signature, the transaction is given up (`NotSimpleError`), and the
importer takes the same events in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain, repeat
from struct import unpack
from typing import TYPE_CHECKING, Final

from hearth.store import anchors, database, erasures
from hearth.store.chains import INSERT_EVENT
from hearth.store.errors import HearthError
from hearth.store.event import LABEL, SIGNATURE_SIZE, DeviceKeyError, verifies
from hearth.store.header import Lane, chain_parts, scan

if TYPE_CHECKING:
    import apsw

    from hearth.store.batch import Transaction
    from hearth.store.block import Block
    from hearth.store.chains import Book
    from hearth.store.clock import Clockwork
    from hearth.store.runs import Run

ERASURES: Final = 1 << 16
"""Erasures that are kept in memory; a log with more of them takes events in one by one."""
_COLUMNS: Final = INSERT_EVENT.count("?")
_TOGETHER: Final = 16
_VALUES: Final = INSERT_EVENT[INSERT_EVENT.index("VALUES") + 6 :]
_INSERT_SOME: Final = INSERT_EVENT.replace("INSERT", "INSERT OR FAIL") + (
    f",{_VALUES}" * (_TOGETHER - 1)
)
"""Sixteen rows in one statement, a fifth faster. What it has done is not undone by itself if it
fails, which would cost as much again: whoever uses it gives the transaction up then."""


class NotSimpleError(HearthError, code="not-simple"):
    """Events that do more than lengthen chains: the importer must look at them."""


class Bulk:
    """Blocks of one lane on their way into the tables, within one transaction. `add` each, then
    `finish`; whatever either raises, the transaction must be given up.

    `admits`: whether a device's events are taken in; `own`: this hearth's device. `sizes`: by
    device, how many bytes of events have been added."""

    def __init__(
        self,
        tx: Transaction,
        book: Book,
        clockwork: Clockwork,
        admits: Callable[[bytes], bool],
        own: bytes | None,
    ) -> None:
        self._tx = tx
        self._book = book
        self._clockwork = clockwork
        self._admits = admits
        self._own = own
        self._anchored = anchors.any_in_force(book.connection)
        self._erased = {id for (id,) in database.rows(
            book.connection, "SELECT id FROM erasures LIMIT ?", ERASURES)}  # fmt: skip
        self._runs: dict[int, Run] = {}
        self._last: dict[int, int] = {}  # by run: the stretch that lengthens it
        self._over: set[int] = set()  # stretches whose runs others lengthen
        self._ends: dict[int, tuple[bytes, bytes]] = {}
        self._sizes: dict[int, int] = {}
        self.accepted = 0

    def add(self, block: Block) -> None:
        """Write a block's events as rows. Raises NotSimpleError."""
        numbers = set(block.stretches)
        for number in numbers - self._runs.keys():
            run = self._begin(block.headers[block.stretches.index(number)])
            self._runs[number] = run
            if run.number in self._last:
                self._over.add(self._last[run.number])
            self._last[run.number] = number
            self._sizes[number] = 0
        if not self._over.isdisjoint(numbers):
            raise NotSimpleError("two stretches that go on from one event")
        self._look(block)
        runs = [self._runs[number] for number in block.stretches]
        _insert(self._book.connection, _rows(block, runs))
        self.accepted += len(runs)
        sizes = self._sizes
        for number, header, payload in zip(
            block.stretches, block.headers, block.payloads, strict=True
        ):
            sizes[number] += len(header) + SIGNATURE_SIZE + len(payload or b"")
        for number, at in dict(zip(block.stretches, range(len(runs)), strict=True)).items():
            runs[at].go_to(block.sequences[at], block.lamports[at], block.ids[at])
            self._ends[number] = block.headers[at], block.signatures[at]
        self._clockwork.follow(runs, block.sequences, block.lamports, block.ticks, block.ids)
        self._clockwork.settle()

    def sizes(self) -> dict[bytes, int]:
        """By device: bytes of the events that have been added."""
        found: dict[bytes, int] = {}
        for number, size in self._sizes.items():
            device = self._runs[number].chain.device
            found[device] = found.get(device, 0) + size
        return found

    def finish(self) -> None:
        """Prove all that has been added, and bring the tables level. Raises NotSimpleError."""
        ends = [(self._runs[number], *end) for number, end in self._ends.items()]
        for run, header, signature in ends:
            if not verifies(run.chain.device, LABEL, header, signature):
                raise NotSimpleError("a signature that does not prove its stretch")
        if self._anchored:
            for run, _, _ in ends:
                anchors.look(self._book, self._clockwork, run.chain)
        self._book.write()
        self._clockwork.settle()
        self._book.write()
        self._book.connection.executemany(
            "UPDATE events SET flags = flags | ? WHERE run = ? AND sequence = ?",
            [(erasures.VERIFIED, run.number, run.last) for run, _, _ in ends],
        )

    def _begin(self, header: bytes) -> Run:
        """The run that a stretch lengthens with this event, begun if it is a new chain's."""
        name, sequence, previous, *_ = scan(header)
        _, device, lane = chain_parts(name)
        if lane == Lane.CONTROL or device == self._own or not self._admits(device):
            raise NotSimpleError("events of a kind that are looked at one by one")
        chain = self._book.chain(name)
        if chain is None and sequence == 1:
            try:
                return self._book.open_run(self._book.begin(name))
            except DeviceKeyError as error:
                raise NotSimpleError(error.message) from error
        top = None if chain is None else chain.top
        if chain is None or top is None or len(chain.runs) > 1 or not top.rooted:
            raise NotSimpleError("a chain with a gap or a fork")
        if (top.last + 1, top.head) != (sequence, previous):
            raise NotSimpleError("events that do not go on where their chain ends")
        return top

    def _look(self, block: Block) -> None:
        """What else follows from a block's events: nothing, or what they refer to is needed."""
        if len(self._erased) == ERASURES or not self._erased.isdisjoint(block.ids):
            raise NotSimpleError("payloads that are erased")
        for at, refs in block.refs.items():
            if block.kinds[at] == erasures.ERASE:
                raise NotSimpleError("an event that erases others")
            self._tx.touch(refs)


def _insert(connection: apsw.Connection, rows: Iterator[tuple[object, ...]]) -> None:
    """Add rows to `events`. After an error, what has been added is unknown."""
    every = list(rows)
    rest = len(every) % _TOGETHER
    values = chain.from_iterable(every[: len(every) - rest])
    connection.executemany(_INSERT_SOME, zip(*[values] * (_COLUMNS * _TOGETHER), strict=True))
    connection.executemany(INSERT_EVENT, every[len(every) - rest :])


def _rows(block: Block, runs: list[Run]) -> Iterator[tuple[object, ...]]:
    """The rows of `events`, as `INSERT_EVENT` has them."""
    flags: Iterable[int] = repeat(0)
    if block.refs:
        flags = [erasures.HAS_REFS if at in block.refs else 0 for at in range(len(runs))]
    prefixes = unpack(">" + "q24x" * len(runs), b"".join(block.ids))
    return zip(
        [run.number for run in runs], block.sequences, prefixes, block.lamports, block.kinds,
        flags, block.headers, block.signatures, block.payloads, strict=False,
    )  # fmt: skip
