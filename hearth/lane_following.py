"""One update of a lane in cache.db: taking events in, and having it folded.

What `hearth.lanes` promises is done here, and in `lane_authors`; the tables are described there.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

from hearth import lanes
from hearth.kinds import ERASE
from hearth.lane_authors import Authors
from hearth.lanes import AUTHOR, LOCKED, TABLES, Entry, Fold, Subject, Touched
from hearth.store import database
from hearth.store.erasures import ERASED
from hearth.store.header import parse
from hearth.store.said import Said

if TYPE_CHECKING:
    import apsw

    from hearth.audience.keyring import Keyring
    from hearth.community.commons import Commons
    from hearth.home import Home

_UNKNOWN_KEY, _UNKNOWN_AUTHOR, _NO_PAYLOAD = 0, 2, 3
_PAGE: Final = 500
_AT_HAND: Final = 32 << 20
_ENTRY: Final = 350
"""Bytes of memory that entries may take while all is folded anew, so that they need not be read
back; and what one takes beside its body."""
_READ: Final = 32 << 20
_RECORD: Final = 500
"""Bytes of memory that may be taken by what was read, so that it need not be read again; and about
what one record takes beside what its body took."""
_COLUMNS: Final = "subject, author, arrival, id, kind, lamport, sequence, wall, sealed, body"
_new: Final = tuple.__new__  # a named tuple without a call into Python
_ORDER: Final = attrgetter("order")


class Following:
    """One update, inside a transaction of cache.db; `home` None only to drop what was erased."""

    def __init__(
        self,
        connection: apsw.Connection,
        home: Home | None,
        commons: Commons,
        fold: Fold,
        keyring: Keyring | None,
    ) -> None:
        self._execute: Callable[..., Any] = connection.execute
        self._connection = connection
        self._home: Any = home
        self._commons = commons
        self._fold = fold
        self._keyring = keyring
        self._locked = keyring is None
        self._table = fold.name
        self._lane = fold.lane
        self._touched: Touched = {}  # in the order in which they were
        self._room = 0  # for how many bytes more of entries that stay at hand
        self._records: dict[bytes, Any] = {}  # what was read, by event
        self._records_room = _READ
        self._authors = Authors(connection, commons, fold, self._touched)
        self._rows: list[tuple[Any, ...]] = []
        self.erased = False

    # whether there is anything

    def _state(self, key: str) -> Any:
        sql = f"SELECT value FROM {self._table}_state WHERE key = ?"
        return self._execute(sql, (key,)).get

    def _seen(self) -> int:
        """The arrival number seen last; -1 if the log is not the one that was seen."""
        arrival = self._state("arrival")
        if arrival is None:
            return -1
        event = next(self._home.store.log.events(after=arrival - 1, limit=1), None)
        same = event is not None and (event.arrival, event.id) == (arrival, self._state("event"))
        return arrival if same else -1

    def is_behind(self) -> bool:
        """Whether an update might change anything."""
        waiting = {
            why for (why,) in self._execute(f"SELECT DISTINCT why FROM {self._table}_waiting")
        }
        return bool(
            self._home.store.log.last_arrival() != self._state("arrival")
            or self._seen() < 0
            or waiting & self._lifted()
            or (_NO_PAYLOAD in waiting and self._come())
        )

    def _come(self) -> list[int]:
        """The arrival numbers of those that waited for a payload which is here now, or erased."""
        sql = f"SELECT arrival FROM {self._table}_waiting WHERE why = ? ORDER BY arrival"
        held = [arrival for (arrival,) in self._execute(sql, (_NO_PAYLOAD,))]
        found = list[int]()
        for start in range(0, len(held), _PAGE):
            page = held[start : start + _PAGE]
            with database.translated():
                rows = database.rows(
                    self._home.store.connection,
                    f"SELECT arrival FROM events WHERE arrival IN ({', '.join('?' * len(page))})"
                    f" AND (payload IS NOT NULL OR flags & {ERASED})",
                    *page,
                )
            found += [arrival for (arrival,) in rows]
        return found

    def _lifted(self) -> set[int]:
        """For what nothing has to wait any longer, as far as can be told without trying."""
        lifted = {LOCKED} if not self._locked else set[int]()
        if self._keys() != self._state("keys"):
            lifted.add(_UNKNOWN_KEY)
        return lifted

    def _keys(self) -> int:
        with database.translated():
            sql = "SELECT count(*) FROM audience_keys"
            return int(database.value(self._home.store.connection, sql))

    def take_keys(self, now: int) -> None:
        """Take in keys of audiences that have come, if this device's is at hand."""
        from hearth.identity.keyfile import KeyLockedError

        if self._keyring is None or self._home.store.read_only:
            return
        try:
            self._keyring.update(now)
        except KeyLockedError:
            self._locked = True

    # following

    def follow(self) -> None:
        """Take in all there is."""
        log, known = self._home.store.log, self._seen()
        last = next(log.events(reverse=True, limit=1), None)
        if known < 0:
            self._begin_anew()
        else:
            changed = self._authors.look_again(self._home.store)
            for said in self._again(authors=changed):
                self._take(said)
            for said in log.said((ERASE, *self._fold.kinds), after=known):
                self._take(said)
            self._flush()
        self.refold()
        noted = [("keys", self._keys())]
        if last is not None:
            noted += [("arrival", last.arrival), ("event", last.id)]
        self._connection.executemany(
            f"INSERT OR REPLACE INTO {self._table}_state VALUES(?, ?)", noted
        )

    def _begin_anew(self) -> None:
        """Take in the whole log, of which nothing is known."""
        events, devices = f"{self._table}_events", f"{self._table}_devices"
        held = f"SELECT DISTINCT community, subject FROM {events} JOIN {devices} ON number = author"
        self._touched.update(dict.fromkeys(self._execute(held)))
        for each in TABLES:
            self._execute(f"DELETE FROM {self._table}_{each}")
        erasing = []
        self._room = _AT_HAND
        with lanes.indexed_after(self._connection, events):
            for said in self._home.store.log.said((ERASE, *self._fold.kinds)):
                if said.kind == ERASE:
                    erasing.append(said)
                else:
                    self._take(said)
            self._flush()
        self._room = 0
        for said in erasing:  # what it names is erased already, but for what came meanwhile
            self._take(said)
        self._authors.look_again(self._home.store)

    def _again(self, *, authors: bool) -> Iterator[Said]:
        """What need not wait any longer, or will wait again. `authors`: who belongs has changed."""
        waiting = f"{self._table}_waiting"
        lifted = self._lifted() | ({_UNKNOWN_AUTHOR} if authors else set())
        held = self._execute(f"SELECT arrival, why FROM {waiting} ORDER BY arrival").fetchall()
        come = {*self._come()}
        arrivals = [arrival for arrival, why in held if why in lifted or arrival in come]
        self._connection.executemany(
            f"DELETE FROM {waiting} WHERE arrival = ?", [(each,) for each in arrivals]
        )
        return map(Said.of, self._home.store.log.numbered(arrivals))

    def _take(self, said: Said) -> None:
        (arrival, id, community, device, lane, kind, lamport, sequence, wall, sealed, body, erased,
         header) = said  # fmt: skip
        if kind == ERASE:
            self._flush()
            for each in parse(header).refs:
                self.erase(each, device, community)
            return
        if lane != self._lane or (body is None and parse(header).payload_hash is None):
            return
        author = self._authors.of(community, device)
        why = _UNKNOWN_AUTHOR if author is None else _NO_PAYLOAD
        if author is not None and sealed and body is not None:
            body, why = self._open(arrival)
        if author is None or (body is None and not erased):
            sql = f"INSERT OR REPLACE INTO {self._table}_waiting VALUES(?, ?)"
            self._execute(sql, (arrival, why))
            return
        read = self._fold.read(kind, id, body, sealed)
        if read is None:
            return
        subject, record = read
        if record is not None and self._records_room > 0:
            self._records_room -= _RECORD + len(body or b"")
            self._records[id] = record
        number, person, sound, community, device = author  # the same objects for all it wrote
        subject = person if subject == AUTHOR else subject
        counts = sound or self._authors.counts(community, device, sequence, id)
        self._rows.append((
            arrival, id, number, kind, lamport, sequence, wall, sealed, body, subject, counts,
        ))  # fmt: skip
        if self._room <= 0:
            self._touched[community, subject] = None
        elif (at_hand := self._touched.setdefault((community, subject), [])) is not None and counts:
            self._room -= _ENTRY + len(body or b"")
            at_hand.append(_new(Entry, (
                arrival, id, community, device, person, kind, lamport, sequence, wall, sealed, body,
            )))  # fmt: skip
        if len(self._rows) >= _PAGE:
            self._flush()

    def _flush(self) -> None:
        marks = ", ".join("?" * 11)
        sql = f"INSERT OR REPLACE INTO {self._table}_events VALUES({marks})"
        self._connection.executemany(sql, self._rows)
        self._rows = []

    def _open(self, arrival: int) -> tuple[bytes | None, int]:
        """What a sealed event says; why that is not to be told, else."""
        from hearth.identity.keyfile import KeyLockedError

        if self._locked or self._keyring is None:
            return None, LOCKED
        try:
            event = next(self._home.store.log.numbered([arrival]), None)
            return None if event is None else self._keyring.open(event), _UNKNOWN_KEY
        except KeyLockedError:
            self._locked = True
            return None, LOCKED

    def erase(self, id: bytes, device: bytes | None = None, community: bytes | None = None) -> None:
        """Take away what an event said; if a device is named, only if it is that one's."""
        events, devices = f"{self._table}_events", f"{self._table}_devices"
        found = self._execute(
            f"SELECT community, subject FROM {events} JOIN {devices} ON number = author"
            " WHERE ((id = ?1 AND subject = ?1) OR (id = ?1 AND id != subject))"  # two indices
            " AND (?2 IS NULL OR (device = ?2 AND community = ?3))"
            " AND body IS NOT NULL",
            (id, device, community),
        ).fetchone()
        if found is not None:
            self._touched[found] = None
            self._execute(f"UPDATE {events} SET body = NULL WHERE id = ?", (id,))
            self.erased = True

    # folding

    def refold(self) -> None:
        """Have all that was touched made anew."""
        if self._touched:
            touched = [*self._touched.items()]
            self._touched.clear()
            self._fold.refold(
                self._connection, self._commons.membership, self._subjects(touched), self._said
            )

    def _said(self, entry: Entry) -> Any:
        record = self._records.pop(entry.id, None)
        if record is None:
            read = self._fold.read(entry.kind, entry.id, entry.body, bool(entry.sealed))
            record = None if read is None else read[1]
        return record

    def _subjects(
        self, touched: list[tuple[Subject, list[Entry] | None]]
    ) -> Iterator[tuple[Subject, list[Entry]]]:
        """With each its entries: those at hand, if there are so few that all of them are folded."""
        few = min(self._fold.most.values(), default=sys.maxsize)
        for start in range(0, len(touched), _PAGE):
            page = touched[start : start + _PAGE]
            found = self._read({
                id for (_, id), at_hand in page if at_hand is None or len(at_hand) > few
            })  # fmt: skip
            for subject, at_hand in page:
                use = at_hand if at_hand is not None and len(at_hand) <= few else found[subject]
                if len(use) > 1:
                    use.sort(key=_ORDER)
                yield subject, use

    def _read(self, ids: set[bytes]) -> dict[Subject, list[Entry]]:
        """What counts about these, by subject, from the table."""
        found: dict[Subject, list[Entry]] = defaultdict(list)
        if ids:
            sql = f"SELECT number, community, device, person FROM {self._table}_devices"
            devices = {number: rest for number, *rest in self._execute(sql)}
            rows = self._execute(f"SELECT {_COLUMNS} FROM {self._latest(len(ids))}", [*ids])
            for subject, author, arrival, id, *said in rows.fetchall():
                community, device, person = devices[author]
                entry = _new(Entry, (arrival, id, community, device, person, *said))
                found[community, subject].append(entry)
        return found

    def _latest(self, subjects: int) -> str:
        """SQL for the events that count of so many subjects, of a flood only the latest."""
        marks = ", ".join("?" * subjects)
        of = f"{self._table}_events WHERE counts AND subject IN ({marks})"
        if not self._fold.most:
            return f"(SELECT * FROM {of})"
        mosts = " ".join(f"WHEN {kind} THEN place <= {n}" for kind, n in self._fold.most.items())
        return (
            "(SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY subject, author, kind,"
            f" body IS NULL ORDER BY sequence DESC, id DESC) AS place FROM {of})"
            f" WHERE CASE kind {mosts} ELSE TRUE END)"
        )
