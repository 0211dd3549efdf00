"""Which attachments are fetched: those of every message and listing held, and the documents that
notices hand on, up to a size: of each author the smallest first, authors in turn, so that who names
what is nowhere keeps nobody else's from being asked for.

Every member fetches them, also of conversations it cannot read: so they reach who can, and what a
node asks for says nothing about whom it talks to. What is larger than the limit is fetched when it
was asked for (`hearth get`). How large a file is, its manifest says, which is fetched in any case.

What is named by which event is remembered in cache.db; whole files are not looked at again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import apsw

from hearth.chat.records import MAX_ATTACHMENTS
from hearth.corpora.cache import changing, ensure, query, translated, writable
from hearth.kinds import CHANGE, LISTING, MESSAGE, NOTICE
from hearth.store import budget, database, manifest, servable
from hearth.store.erasures import ERASED, HAS_REFS
from hearth.store.errors import HearthError, LockedError, NoSpaceError
from hearth.store.header import Lane, lists, scan
from hearth.sync.messages import What
from hearth.taking_turns import in_turn

if TYPE_CHECKING:
    from hearth.home import Home

LIMIT: Final = 5 << 20
"""Bytes of an attachment that is fetched unasked, where no setting says otherwise."""
VERSION: Final = 3
_PAGE: Final = 500
_MANIFEST: Final = 4096
"""Bytes that an object may have of which nothing is known yet; most are smaller."""
_TABLES: Final = ("chat_refs", "chat_refs_seen")


class Files:
    """What this hearth wants of the files of chats, and of photos of listings. `limit`: bytes a
    file may have; 0: any."""

    def __init__(self, home: Home, connection: apsw.Connection, limit: int = LIMIT) -> None:
        self._home = home
        self._store = home.store
        self._connection = connection
        self._limit = limit
        self.writable = writable(connection)
        if self.writable:
            ensure(connection, "chat-refs", VERSION, _TABLES, _create)

    def wants(self, community: bytes) -> Iterator[tuple[What, bytes]]:
        """What is wanted of members of a community: the smallest that each author has named, then
        the next of each.

        What arrived in this session is wanted in this session.
        """
        if not self.writable:
            return
        try:
            with database.translated(), suppress(LockedError):  # another process is at it
                self._update()
        except NoSpaceError:
            return
        with database.translated():
            room = self._room()
            seen: set[bytes] = set()
            for size, id, _ in in_turn(sorted(self._lacking(community)), lambda each: each[2]):
                if id in seen:
                    continue
                seen.add(id)
                room -= size
                if room < 0:
                    break
                yield What.OBJECT, id

    def _room(self) -> float:
        if self._store.budget is None:
            return float("inf")
        return self._store.budget - budget.usage(self._store).total

    # following the log

    def _update(self) -> None:
        seen = query(self._connection, "SELECT arrival, event FROM chat_refs_seen")
        after = seen[0][0] if seen and self._is_there(*seen[0]) else 0
        last = next(self._store.log.events(reverse=True, limit=1), None)
        if last is None or last.arrival == after:
            return
        with changing(self._connection):
            if not after:
                self._connection.execute("DELETE FROM chat_refs")
            self._follow(after)
            self._connection.execute("DELETE FROM chat_refs_seen")
            self._connection.execute(
                "INSERT INTO chat_refs_seen VALUES(?, ?)", (last.arrival, last.id)
            )

    def _is_there(self, arrival: int, id: bytes) -> bool:
        event = next(self._store.log.events(after=arrival - 1, limit=1), None)
        return event is not None and (event.arrival, event.id) == (arrival, id)

    def _follow(self, after: int) -> None:
        while True:
            page = database.rows(
                self._store.connection,
                "SELECT e.arrival, e.header, c.community FROM events e CROSS JOIN runs r"
                " ON r.number = e.run CROSS JOIN chains c ON c.number = r.chain"
                " WHERE e.arrival > ? AND e.flags & ? AND ((e.kind = ? AND c.lane = ?)"
                " OR (e.kind IN (?, ?) AND c.lane = ?) OR (e.kind = ? AND c.lane = ?))"
                " ORDER BY e.arrival LIMIT ?",
                after,
                HAS_REFS,
                MESSAGE,
                Lane.CHAT,
                LISTING,
                CHANGE,
                Lane.MARKET,
                NOTICE,
                Lane.EMERGENCY,
                _PAGE,
            )
            for after, header, community in page:
                for id in lists(header, scan(header))[1][:MAX_ATTACHMENTS]:
                    self._connection.execute(
                        "INSERT OR IGNORE INTO chat_refs VALUES(?, ?, ?, 0)",
                        (community, id, after),
                    )
            if len(page) < _PAGE:
                return

    # what lacks

    def _lacking(self, community: bytes) -> Iterator[tuple[int, bytes, bytes]]:
        """Size and id of objects that lack, those named and chunks of files within the limit, each
        with every device that has named it."""
        sql = "SELECT object, event FROM chat_refs WHERE community = ? AND NOT whole"
        named: dict[bytes, list[int]] = {}
        for id, event in query(self._connection, f"{sql} ORDER BY object, event", (community,)):
            named.setdefault(id, []).append(event)
        for start in range(0, len(named), _PAGE):
            page = dict(islice(named.items(), start, start + _PAGE))
            authors = self._authors(page)
            missing = self._missing(community, page)
            large = servable.manifests(self._store.connection, page)
            whole = []
            for id in page:
                if not authors[id]:
                    continue
                if id in missing:
                    yield from ((_MANIFEST, id, author) for author in authors[id])
                elif id in large:
                    chunks = list(self._chunks(community, id))
                    yield from ((*chunk, author) for chunk in chunks for author in authors[id])
                    if not chunks and self._fits(id):
                        whole.append(id)
                else:
                    whole.append(id)
            self._note_whole(community, whole)

    def _authors(self, page: dict[bytes, list[int]]) -> dict[bytes, set[bytes]]:
        """The devices that have named each by an event whose payload was not erased."""
        devices: dict[int, bytes] = {}
        events = [each for listed in page.values() for each in listed]
        for start in range(0, len(events), _PAGE):
            part = events[start : start + _PAGE]
            sql = (
                "SELECT e.arrival, c.device FROM events e CROSS JOIN runs r ON r.number = e.run"
                " CROSS JOIN chains c ON c.number = r.chain"
                " WHERE e.arrival IN ({}) AND NOT e.flags & ?"
            )
            marks = ", ".join("?" * len(part))
            devices |= database.rows(self._store.connection, sql.format(marks), *part, ERASED)
        return {
            id: {devices[event] for event in named if event in devices}
            for id, named in page.items()
        }

    def _chunks(self, community: bytes, id: bytes) -> Iterator[tuple[int, bytes]]:
        if not self._fits(id):
            return
        chunks = dict(servable.chunks(self._store, id))
        for chunk in self._missing(community, chunks):
            yield chunks[chunk], chunk

    def _fits(self, id: bytes) -> bool:
        if not self._limit:
            return True
        try:
            found = manifest.decode(self._store.get(id))
        except HearthError:
            return False
        return found is not None and found.length <= self._limit

    def _missing(self, community: bytes, ids: dict[bytes, Any]) -> list[bytes]:
        connection = self._store.connection
        if community != self._home.community:
            return servable.missing(connection, community, ids)
        held = servable.held(connection, ids)
        return [id for id in ids if id not in held]

    def _note_whole(self, community: bytes, ids: list[bytes]) -> None:
        with suppress(LockedError, NoSpaceError), translated(), changing(self._connection):
            self._connection.executemany(
                "UPDATE chat_refs SET whole = 1 WHERE community = ? AND object = ?",
                [(community, id) for id in ids],
            )


def _create(connection: apsw.Connection) -> None:
    connection.execute(
        """
        CREATE TABLE chat_refs(community BLOB, object BLOB, event INTEGER, whole INTEGER NOT NULL,
            PRIMARY KEY(community, object, event)) WITHOUT ROWID;
        CREATE INDEX chat_refs_open ON chat_refs(community, object, event) WHERE NOT whole;
        CREATE TABLE chat_refs_seen(arrival INTEGER, event BLOB);
        """
    )
