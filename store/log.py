"""The event log: appending, taking in, finding and erasing events.

Reading goes through the store's connection and sees what is committed; writing happens inside
a transaction of the store (`Batch.transaction`), so an event counts exactly when everything it
needs does. What events are: `header`, `event`. How they lie in the tables: `schema_log`,
`chains`. Taking in what others made: `importer`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from hearth.store import appending, control, database, digests, erasures, ids, queries, said
from hearth.store.bulk import Bulk
from hearth.store.chains import Book
from hearth.store.clock import Clockwork
from hearth.store.errors import UsageError
from hearth.store.event import LABEL, Event, Signer, verifies
from hearth.store.header import Lane, encode
from hearth.store.import_report import ImportReport
from hearth.store.importer import Importer

if TYPE_CHECKING:
    import apsw

    from hearth.store.batch import Transaction
    from hearth.store.incoming import Incoming
    from hearth.store.log_check import Problem
    from hearth.store.said import Said
    from hearth.store.salvage import Lost
    from hearth.store.store import Store

Order = Literal["arrival", "shown"]
Record = tuple[bytes, bytes, bytes | None]
"""Header, signature, and payload or None."""
KEPT: Final = 4096
"""Chains that are kept in memory from one transaction to the next."""


class ControlErasureError(UsageError, code="control-is-kept"):
    """A payload of the control lane was to be erased: membership follows from it (exit 2)."""


class LogReport(NamedTuple):
    """What `verify` found: the first 1000 problems, none if the log is whole.

    `vouched`: events whose own signature fails and which a later one proves.
    """

    events: int
    chains: int
    forked: int
    vouched: int
    problems: list[Problem]


class Log:
    """The events of a store. One per open store; one thread at a time."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._open: tuple[Transaction, Book, Clockwork | None] | None = None
        self._kept: tuple[tuple[int, int], Book, Clockwork | None] | None = None
        self._keep = True

    @property
    def _connection(self) -> apsw.Connection:
        return self._store.connection

    # writing

    def append(
        self,
        tx: Transaction,
        signer: Signer,
        community: bytes,
        lane: int,
        kind: int,
        payload: bytes | None = None,
        refs: Sequence[bytes] = (),
        *,
        wall: int,
        expiry: int = 0,
        audience: bytes | None = None,
        lean: bool = False,
    ) -> Event:
        """Sign an event that continues the signer's chain, and add it.

        It counts once the transaction has committed. `wall` is unix seconds, a hint; `refs` are
        ids of the objects and events it needs. An event of kind 0 erases the payloads of the
        signer's own events that `refs` names. `lean`: it names neither `tick` nor `acts`, for what
        has to be short and says by itself what it follows; the next event names them. Raises
        EventLimitError, OwnChainError, and whatever the signer raises; ValueError for a field out
        of its bounds.
        """
        content = appending.Content(kind, payload, tuple(refs), wall, expiry, audience, lean)
        return appending.append(tx, self._book(tx), signer, community, lane, content)

    def place(
        self, tx: Transaction, device: bytes, community: bytes, lane: int
    ) -> tuple[int, bytes | None, tuple[bytes, ...]]:
        """Where `append` puts the device's next event: sequence, previous, acts.

        For events whose payload signs its own place; `append` must follow in this transaction.
        """
        return appending.place(self._book(tx), community, device, lane)

    def import_events(
        self,
        tx: Transaction,
        records: Iterable[Record | Incoming],
        *,
        patient: bool = False,
        own: bytes | None = None,
    ) -> ImportReport:
        """Take in events made elsewhere; see `importer` for what is proved, and how.

        `records` is read once, as a stream; memory stays flat. Any order, any number of times:
        what is held already is counted as a duplicate. A bad record is refused and counted, the
        rest goes on. Counts once the transaction has committed. `patient` goes on checking
        however many signatures fail: for what comes from our own disk.

        `own` is this hearth's device. If an event of it is accepted, others hold a future of it
        that was not here: with the transaction it is noted that the device must not write on
        (`Store.rebuilt`), and the report counts it.
        """
        book = self._book(tx)
        importer = Importer(tx, book, self._clockwork(tx, book), patient=patient, own=own)
        importer.feed(records)
        return importer.finish()

    def bulk(
        self, tx: Transaction, admits: Callable[[bytes], bool], own: bytes | None = None
    ) -> Bulk:
        """Take in blocks of events that only lengthen chains; see `bulk`."""
        book = self._book(tx)
        return Bulk(tx, book, self._clockwork(tx, book), admits, own)

    def erase(self, tx: Transaction, id: bytes) -> bool:
        """Erase an event's payload here (redaction, expiry); True if there was one.

        The event stays. What has to be overwritten in packs and database pages is, after the
        commit; `erasing` says when nothing is left to do. An event that is not here yet will be
        held without its payload, unless it is of the control lane. Raises ControlErasureError for
        an event of the control lane.
        """
        held = queries.by_id(tx.connection, id)
        if held is not None and held.header.lane == Lane.CONTROL:
            raise ControlErasureError(
                f'event "{ids.short(id)}" is of the control lane, which is never erased',
                "who is a member follows from it, for everybody and for ever",
            )
        return bool(erasures.ask(tx, (id,), b"", erasures.HERE))

    def erase_all(self, tx: Transaction, ids: Iterable[bytes]) -> int:
        """Erase the payloads of these events here, as `erase` does; how many events were here.

        Those of the control lane are passed over. Cheaper than one after another.
        """
        return erasures.ask(tx, ids, b"", erasures.HERE)

    def erase_for(
        self, tx: Transaction, ids: Iterable[bytes], community: bytes, device: bytes
    ) -> int:
        """Erase the payloads of these events, held or still to come, as if the device that wrote
        them had asked for it; how many were here. Those of other devices are left alone."""
        return erasures.ask(tx, ids, community, device)

    def opened(self, tx: Transaction) -> tuple[Book, Clockwork]:
        """The chains as this transaction sees them, read anew, all in the tables; see `anchors`.

        Not kept for the next transaction: whoever asks for it changes what runs mean.
        """
        self._book(tx).write()
        book = Book(tx.connection)
        self._open = (tx, book, Clockwork(book))
        self._keep = False
        return book, self._clockwork(tx, book)

    def _book(self, tx: Transaction) -> Book:
        """The book of this transaction: the last one's, if nobody has written since."""
        if self._open is None or self._open[0] is not tx:
            kept, self._kept = self._kept, None
            others: int = database.value(tx.connection, "PRAGMA data_version")
            if kept is not None and kept[0] == (others, tx.connection.total_changes()):
                self._open = (tx, *kept[1:])
            else:
                self._open = (tx, Book(tx.connection), None)
            tx.after_commit(partial(self._close_book, others))
        return self._open[1]

    def _close_book(self, others: int) -> None:
        """Keep the book as long as neither others nor we ourselves write beside it."""
        if self._open is not None:
            tx, book, clockwork = self._open
            if self._keep and book.size <= KEPT:
                if clockwork is not None:
                    clockwork.rest()
                self._kept = ((others, tx.connection.total_changes()), book, clockwork)
        self._open, self._keep = None, True

    def _clockwork(self, tx: Transaction, book: Book) -> Clockwork:
        clockwork = None if self._open is None else self._open[2]
        if clockwork is None:
            clockwork = Clockwork(book)
            self._open = (tx, book, clockwork)
        return clockwork

    # reading

    def get(self, id: bytes) -> Event:
        """The event with this id, its own signature checked. Raises UnknownId."""
        with database.translated():
            event = queries.by_id(self._connection, id)
        if event is None:
            raise ids.UnknownId(f'no event "{ids.short(id)}" here')
        if event.verified:
            return event
        header = encode(event.header)
        return event._replace(
            verified=verifies(event.header.device, LABEL, header, event.signature)
        )

    def has(self, id: bytes) -> bool:
        """Whether the event is here."""
        with database.translated():
            return queries.by_id(self._connection, id) is not None

    def resolve(self, prefix: str) -> bytes:
        """The id of the one event that begins with these digits; AmbiguousId, UnknownId."""
        digits = ids.digits(prefix)
        with database.translated():
            return ids.choose(digits, queries.with_prefix(self._connection, digits), "event")

    def events(
        self,
        community: bytes | None = None,
        lane: int | None = None,
        kind: int | None = None,
        kinds: Iterable[int] | None = None,
        device: bytes | None = None,
        after: int = 0,
        order: Order = "arrival",
        reverse: bool = False,
        limit: int | None = None,
    ) -> Iterator[Event]:
        """The events that match, in the order of arrival here or as shown to people.

        "shown" is (Lamport time, device, lane, sequence), and the id where a fork leaves a tie:
        the same everywhere. `after` is an arrival number: only what came later. Read in pages,
        so the log may be written to meanwhile; events that arrive while an "arrival" iteration
        runs are part of it.
        """
        wanted = None if kinds is None else tuple(kinds)
        if kind is not None:
            wanted = (kind,) if wanted is None or kind in wanted else ()
        selection = queries.Selection(community, lane, wanted, device, after)
        return queries.select(self._connection, selection, order, reverse, limit)

    def said(self, kinds: Iterable[int], after: int = 0) -> Iterator[Said]:
        """What all events of these kinds say that came after an arrival number: `said.after`."""
        return said.after(self._connection, tuple(kinds), after)

    def numbered(self, arrivals: Sequence[int]) -> Iterator[Event]:
        """The events with these arrival numbers, in their order; those that there are."""
        return queries.numbered(self._connection, arrivals)

    def records(self, community: bytes, lane: int | None = None) -> Iterator[Record]:
        """Everything of a community as `import_events` takes it: chain by chain, control first.

        Payloads that were erased, or never came, are None. Read in pages.
        """
        return queries.records(self._connection, community, lane)

    def last_arrival(self) -> int:
        """The arrival number of the newest event; 0 for an empty log."""
        with database.translated():
            return self._connection.execute("SELECT max(arrival) FROM events").get or 0

    def frontier(self, community: bytes, lane: int | None = None) -> list[digests.Entry]:
        """What is held of every chain of a community; see `digests`."""
        with database.translated():
            return digests.frontier(self._connection, community, lane)

    def digest(self, community: bytes, lane: int) -> bytes:
        """One lane of a community in 32 bytes: equal where the same events are held."""
        with database.translated():
            return digests.digest(self._connection, community, lane)

    def clock(self, community: bytes, lane: int) -> int:
        """The highest Lamport time that counts in a lane of a community; 0 if there is none."""
        with database.translated():
            clocks = database.rows(
                self._connection,
                "SELECT lamport FROM clocks WHERE community = ? AND lane = ?",
                community,
                lane,
            )
        return clocks[0][0] if clocks else 0

    def heads(self, community: bytes) -> tuple[bytes, ...]:
        """The heads of the control lane, ascending, at most 64."""
        with database.translated():
            if self._connection.pragma("user_version") < database.WITH_CONTROL:  # for reading
                return control.heads(control.reckoned(self._connection), community)
            return control.heads(self._connection, community)

    def own_broken(self, device: bytes) -> bool:
        """Whether any chain of this device, in any community, has forked or does not reach its
        beginning: the device must not write on. Cost: the chains of the device."""
        with database.translated():
            return queries.own_broken(self._connection, device)

    def fork_proofs(self, community: bytes | None = None) -> list[bytes]:
        """The portable proofs of all forks held, fit for `forks.read_proof` anywhere."""
        with database.translated():
            return queries.fork_proofs(self._connection, community)

    def live_refs(self) -> Iterator[bytes]:
        """What gc must keep: the `refs` of all events whose payload has not been erased.

        An id may come several times, and may be that of an event or of something never here.
        """
        return queries.live_refs(self._connection)

    def erasing(self) -> bool:
        """Whether something erased is still to be overwritten in a pack or in the WAL."""
        with database.translated():
            return erasures.pending(self._connection)

    # beside the database

    def verify(self, *, signatures: bool = True) -> LogReport:
        """Prove the whole log from its headers up, believing no column; see `log_check`.

        Without `signatures` only those are verified that prove a whole stretch; a tenth of the
        time, and nothing unproved passes either way.
        """
        from hearth.store import log_check

        check = log_check.Check(self._connection, signatures=signatures)
        with database.translated():
            problems = list(islice(check.problems(), 1000))
            events: int = database.value(self._connection, "SELECT count(*) FROM events")
            chains: int = database.value(self._connection, "SELECT count(*) FROM chains")
            forked: int = database.value(
                self._connection, "SELECT count(*) FROM chains WHERE forked IS NOT NULL"
            )
        return LogReport(events, chains, forked, check.vouched, problems)

    def seal(self, at_least: int = 1) -> int:
        """Write what is in hearth.db only to packs as well, if it is so many events.

        To be called after a commit, at the end of bulk work and by gc. How many were sealed.
        """
        from hearth.store import segments

        return segments.seal(self._store, at_least)

    def rebuild(self, tx: Transaction, lost: Lost | None = None) -> int:
        """Take in what packs, and a damaged database, still give: see `rebuilding`."""
        from hearth.store import rebuilding

        return rebuilding.rebuild(self, self._store, tx, lost)

    def take_in(self, tx: Transaction) -> int:
        """Take in what packs hold and is not here yet; how many events there are then."""
        from hearth.store import rebuilding

        return rebuilding.take_in(self, self._store, tx)
