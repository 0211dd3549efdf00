"""Taking in events made elsewhere: any number, in any order, any number of times.

An event is authentic if its own signature verifies, or if an authentic event of the same chain
names it as its predecessor, one place further on; no other link proves who wrote it. So of a
stretch of linked events only the last one's signature is checked, and its hash vouches for the
rest. The last event before a tear, and one that comes alone, are the last of their stretch.

The work is done in chunks, and within a chunk chain by chain:

1. read: headers checked, ids computed, payloads compared with their hashes;
2. drop what is held already (a payload that was missing is kept), and control events that come
   without their payloads;
3. prove the rest authentic, from the highest place down;
4. place it, from the lowest place up: at the end of a run, before a run's first event, as a
   branch, or in a run of its own beyond a gap (see `schema_log`);
5. write rows; then forks, erasures, the control graph and clocks follow from them.

A chunk that merely continues a chain takes one pass and one signature, and no query. Nothing
is written before it is proved, memory does not grow with the number of events, and what is
refused is counted and named but stops nothing. Which events are held in the end depends on
which came, not on the order (but for the quota of forks, which the first to come fill).
"""

from __future__ import annotations

from collections.abc import Iterable
from operator import itemgetter
from typing import TYPE_CHECKING, Final

from hearth.store import anchors, control, database, erasures, forks, held
from hearth.store.clock import Clockwork
from hearth.store.errors import HearthError
from hearth.store.event import LABEL, DeviceKeyError, SignatureError, verifies
from hearth.store.header import DEVICE, Lane, chain_parts, lists
from hearth.store.import_report import (
    ForkQuotaError,
    ImportReport,
    PayloadMissingError,
)
from hearth.store.incoming import Incoming, read
from hearth.store.placing import Placing

if TYPE_CHECKING:
    from hearth.store.batch import Transaction
    from hearth.store.chains import Book
    from hearth.store.runs import Chain

CHUNK_EVENTS: Final = 8192
CHUNK_BYTES: Final = 8 << 20
BAD_SIGNATURES: Final = 256
"""Signatures that may fail in one import before unproved events are refused unchecked."""


def _named(chain: Chain) -> set[tuple[int, bytes | None]]:
    """Place and id of what is missing right before something held, which vouches for it."""
    return {(run.first - 1, run.previous) for run in chain.runs if run.parent is None}


def _is_control(name: bytes) -> bool:
    """Whether the chain of this name is of the control lane."""
    return chain_parts(name)[2] == Lane.CONTROL


def _lacks_payload(record: Incoming) -> bool:
    return record.payload is None and record.fields.payload_hash is not None


class Importer:
    """One import into one book. `feed` any number of times, then `finish`."""

    def __init__(
        self,
        tx: Transaction,
        book: Book,
        clockwork: Clockwork,
        *,
        patient: bool = False,
        own: bytes | None = None,
    ) -> None:
        self._tx = tx
        self._patient = patient
        self._book = book
        self._clockwork = clockwork
        self.report = ImportReport()
        self._placing = Placing(book, clockwork, self.report, own)
        self._groups: dict[bytes, list[Incoming]] = {}
        self._events = 0
        self._bytes = 0
        self._anchored = anchors.any_in_force(book.connection)
        self._bad_signatures = 0

    def feed(self, records: Iterable[Incoming | tuple[bytes, bytes, bytes | None]]) -> None:
        """Take in records of header, signature and payload (None: not here)."""
        for given in records:
            try:
                record = given if isinstance(given, Incoming) else read(*given)
            except HearthError as error:
                self.report.refuse(error)
                continue
            chain = record.fields.chain
            group = self._groups.get(chain)
            if group is None:
                self._groups[chain] = [record]
            else:
                group.append(record)
            self._events += 1
            self._bytes += len(record.header) + len(record.payload or b"")
            if self._events >= CHUNK_EVENTS or self._bytes >= CHUNK_BYTES:
                self.flush()

    def finish(self) -> ImportReport:
        """Write what is left and return the report."""
        self.flush()
        if self.report.own:
            self._tx.must_not_go_on()
        return self.report

    def flush(self) -> None:
        """Prove, place and write what has been fed."""
        groups, self._groups = self._groups, {}
        self._events = self._bytes = 0
        for name, group in groups.items():
            chain = self._book.chain(name)
            if not self._continues(chain, name, group):
                self._take_in(chain, name, group)
        self._placing.write()
        self._consequences()
        self._book.write()
        self._clockwork.settle()
        self._book.write()
        self._placing.clear()

    # a chain that goes on where it ended

    def _continues(self, chain: Chain | None, name: bytes, group: list[Incoming]) -> bool:
        """Take in a group that only lengthens its chain; False, and nothing done, if it is not."""
        top = None if chain is None else chain.top
        sequence, previous = (0, None) if top is None else (top.last, top.head)
        for record in group:
            sequence += 1
            fields = record.fields
            if fields[1] != sequence or fields[2] != previous:
                return False
            previous = record.id
        if _is_control(name) and any(map(_lacks_payload, group)):
            return False
        if not self._signed(group[-1]):
            return False
        if chain is None or top is None:
            try:
                chain = self._book.begin(name)
            except DeviceKeyError:
                return False
            top = self._placing.begin(chain, None, group[0])
            self._placing.add(top, group[0])
            group = group[1:]
        top.extend([(record.fields[3], record.fields[4], record.id) for record in group])
        for record in group:
            record.run = top
        self._placing.records += group
        self._clockwork.touch(top)
        return True

    def _signed(self, record: Incoming) -> bool:
        """Whether the event's own signature verifies."""
        if record.flags & erasures.VERIFIED:
            return True
        if self._bad_signatures >= BAD_SIGNATURES and not self._patient:
            return False
        if verifies(record.header[DEVICE], LABEL, record.header, record.signature):
            record.flags |= erasures.VERIFIED
            return True
        self._bad_signatures += 1
        return False

    # anything else

    def _take_in(self, chain: Chain | None, name: bytes, group: list[Incoming]) -> None:
        group = self._new(chain, group)
        if _is_control(name):
            group = self._complete(group)
        group = self._authentic(chain, group)
        if chain is None and group:
            try:
                chain = self._book.begin(name)
            except DeviceKeyError as error:
                for _ in group:
                    self.report.refuse(error)
                return
        if chain is not None:
            for record in reversed(self._within_quota(chain, group)):
                self._placing.place(chain, record)

    def _new(self, chain: Chain | None, group: list[Incoming]) -> list[Incoming]:
        """Those of a group that are not held yet, each once, from the highest place down."""
        new: dict[bytes, Incoming] = {}
        for record in group:
            known = new.setdefault(record.id, record)
            if known is not record:
                known.payload = known.payload or record.payload
                self.report.duplicate += 1
        if chain is not None:
            for record in list(new.values()):
                if self._held(chain, record):
                    del new[record.id]
                    self.report.duplicate += 1
        return sorted(new.values(), key=lambda record: record.sequence, reverse=True)

    def _held(self, chain: Chain, record: Incoming) -> bool:
        for run in chain.covering(record.sequence):
            for arrival, header, signature, flags, payload in database.rows(
                self._book.connection,
                "SELECT arrival, header, signature, flags, payload IS NULL FROM events"
                " WHERE run = ? AND sequence = ?",
                run.number,
                record.sequence,
            ):
                if header == record.header and signature == record.signature:
                    if payload and record.payload is not None and not flags & erasures.ERASED:
                        self._fill(arrival, record.payload)
                    return True
        return False

    def _complete(self, group: list[Incoming]) -> list[Incoming]:
        """Those of a group of control events that have come with what their headers promise.

        Membership follows from payloads: who could show an act without its payload could
        hold back what the act says. Nobody is accused for it; whoever has it may send it yet.
        """
        for record in group:
            if _lacks_payload(record):
                self.report.refuse(
                    PayloadMissingError(
                        f'control event "{record.id.hex()[:12]}" came without its payload'
                    )
                )
        return [record for record in group if not _lacks_payload(record)]

    def _fill(self, arrival: int, payload: bytes) -> None:
        """A payload has come for an event held without one."""
        execute = self._book.connection.execute
        execute("UPDATE events SET payload = ? WHERE arrival = ?", (payload, arrival))
        execute("INSERT OR IGNORE INTO late_payloads VALUES (?)", (arrival,))
        held.change(self._book.connection, arrival, len(payload))

    def _authentic(self, chain: Chain | None, group: list[Incoming]) -> list[Incoming]:
        """Those of a group, from the highest place down, that are authentic."""
        named = set() if chain is None else _named(chain)
        proved = []
        for record in group:
            if (record.sequence, record.id) in named or self._signed(record):
                named.add((record.sequence - 1, record.fields.previous))
                proved.append(record)
            else:
                self.report.refuse(
                    SignatureError(f'the signature of event "{record.id.hex()[:12]}" is wrong')
                )
        return proved

    def _within_quota(self, chain: Chain, group: list[Incoming]) -> list[Incoming]:
        """Those for which the chain's quota of forks has room; the first places first.

        What is refused is not held, so it vouches for nothing: who has only its word for a
        signature must show a good one.
        """
        room = forks.EXTRA_QUOTA - chain.extra
        if len(group) <= room:
            return group
        places: set[int] = set()
        over: set[bytes] = set()
        for record in reversed(group):
            if record.sequence not in places and not chain.covering(record.sequence):
                places.add(record.sequence)
            elif room > 0:
                room -= 1
            else:
                over.add(record.id)
                self.report.refuse(
                    ForkQuotaError(f'device "{chain.device.hex()[:12]}" has forked too often')
                )
        if not over:
            return group
        return self._authentic(chain, [each for each in group if each.id not in over])

    # what follows

    def _consequences(self) -> None:
        """Forks, the control graph, erasures, and references that gc must know."""
        for (_, sequence), chain in sorted(self._placing.conflicts.items(), key=itemgetter(0)):
            if forks.note(self._book, chain, sequence):
                forks.store_proof(self._book, chain)
                self.report.forks += 1
        if self._anchored:
            for number in sorted({record.run.chain.number for record in self._placing.records}):
                anchors.look(self._book, self._clockwork, self._book.numbered(number))
        acts: list[tuple[int, bytes, Incoming]] = []
        for record in self._placing.records:
            run = record.run
            while run.into is not None:
                run = run.into
            chain = run.chain
            if not run.rooted:
                self.report.gaps += 1
            if chain.lane == Lane.CONTROL:
                acts.append((record.fields.lamport, chain.community, record))
            if record.flags & erasures.HAS_REFS:
                refs = lists(record.header, record.fields)[1]
                if record.fields.kind == erasures.ERASE:
                    erasures.ask(self._tx, refs, chain.community, chain.device)
                else:
                    self._tx.touch(refs)
        acts.sort(key=lambda act: act[0])  # parents first, if authors are honest: nothing waits
        for _, community, record in acts:
            named = control.parents(record.header, record.fields)
            control.note(self._book.connection, community, record.id, named)
            self._book.heads.pop(community, None)
