"""Keeping chat in cache.db level with the log, the slots, and the keys that there are.

Events become rows (`rows`), in the order of their arrival. What cannot become one yet waits, and is
tried again: for a key that may come, for this device's key to be unlocked, for its payload, for the
control event that says whose device wrote it. What this is no part of waits for ever, as an id.

An update is one transaction of cache.db. It goes on from the arrival number seen last; when the
event remembered under that number is another one now (the log was rebuilt from packs), it begins
anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final

from hearth import taking_back
from hearth.chat import records
from hearth.chat.cache_tables import (
    LOCKED,
    NO_PAYLOAD,
    UNKNOWN_AUTHOR,
    UNKNOWN_KEY,
    forget,
    note,
    state_of,
)
from hearth.chat.following import Following, Late
from hearth.chat.judging import ChangedError, Judge
from hearth.chat.level import came, is_behind, keys, seen
from hearth.chat.records import (
    EditRecord,
    GroupRecord,
    MessageRecord,
    ReactionRecord,
    Record,
)
from hearth.chat.rows import Origin, Rows, recount
from hearth.chat.shapes import Where
from hearth.corpora.cache import changing
from hearth.identity.keyfile import KeyLockedError
from hearth.kinds import EDIT, ERASE, GROUP, MESSAGE, REACTION
from hearth.payload import RecordError
from hearth.store.header import Lane

if TYPE_CHECKING:
    import apsw

    from hearth.audience.keyring import Held, Keyring
    from hearth.community.commons import Commons
    from hearth.home import Home
    from hearth.store.event import Event

_KINDS: Final = (ERASE, MESSAGE, EDIT, REACTION, GROUP)


def update(
    connection: apsw.Connection,
    home: Home,
    commons: Commons,
    keyring: Keyring | None,
    *,
    locked: bool = False,
) -> list[Late]:
    """Bring chat up to date. With `locked`, or without a keyring, nothing sealed is opened.

    Returns messages that marks count as read and that never were shown. Raises what cache.db and
    the store raise, and nothing for what an event may hold.
    """
    locked = locked or keyring is None
    if not is_behind(connection, home, locked):
        return []
    with changing(connection):
        fold = _follow(connection, home, commons, keyring, locked)
    if fold.erased:  # the journal must not keep the words; where somebody reads on, later
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    return fold.late


def drop(connection: apsw.Connection, events: Iterable[bytes], whole: Iterable[bytes] = ()) -> None:
    """Take away what these events said: their payloads were erased here, or those in `whole` are
    here no more themselves. One transaction."""
    with changing(connection):
        rows = Rows(connection)
        for id in events:
            rows.erase(id, None, b"", "expired")
        for id in whole:
            rows.drop(id)
        recount(connection, rows.changed)


def _follow(
    connection: apsw.Connection,
    home: Home,
    commons: Commons,
    keyring: Keyring | None,
    locked: bool,
) -> _Fold:
    if seen(connection, home) < 0:
        forget(connection)
    try:
        connection.execute("SAVEPOINT chat")
        fold = _Fold(connection, home, commons, keyring, locked)
        fold.follow()
    except ChangedError:
        connection.execute("ROLLBACK TO chat")
        forget(connection)
        fold = _Fold(connection, home, commons, keyring, locked)
        fold.follow()
    connection.execute("RELEASE chat")
    return fold


class _Fold:
    """One update, inside a transaction of cache.db."""

    def __init__(
        self,
        connection: apsw.Connection,
        home: Home,
        commons: Commons,
        keyring: Keyring | None,
        locked: bool,
    ) -> None:
        self._connection = connection
        self._execute: Callable[..., Any] = connection.execute
        self._home = home
        self._commons = commons
        self._keyring = keyring
        self._locked = locked
        self._rows = Rows(connection)
        self._judge = Judge(connection, home, commons, self._rows)
        self._me = home.identity.person
        self._keys: dict[bytes, Held | None] = {}
        self._own = Following(connection, home, commons, self._rows, self._judge)

    @property
    def late(self) -> list[Late]:
        """Messages that marks count as read and that never were shown."""
        return self._own.late

    @property
    def erased(self) -> bool:
        """Whether words were taken away."""
        return self._rows.erased

    def follow(self) -> None:
        """Take in all there is."""
        log = self._home.store.log
        seen = state_of(self._connection, "arrival") or 0
        last = next(log.events(reverse=True, limit=1), None)
        changed = self._judge.look_again(self._communities())
        self._own.follow(changed)
        for event in self._again(changed):
            self._take(event, late=True)
        for event in log.events(kinds=_KINDS, after=seen):
            self._take(event)
        self._judge.fold_groups()
        self._judge.hold_back(self._rows.changed)
        recount(self._connection, self._rows.changed)
        note(self._connection, "keys", keys(self._home))
        if last is not None:
            note(self._connection, "arrival", last.arrival)
            note(self._connection, "event", last.id)

    def _communities(self) -> set[bytes]:
        joined = {each.id for each in self._commons.all()} | {self._home.community}
        known = self._execute("SELECT DISTINCT community FROM chat_devices")
        return joined | {community for (community,) in known}

    # what waits

    def _again(self, changed: set[bytes]) -> Iterator[Event]:
        """What has waited and may have an end to it: it waits no longer, or again."""
        arrivals = came(self._connection, self._home)
        if not self._locked:
            arrivals += self._waiting("why = ?", LOCKED)
        if keys(self._home) != state_of(self._connection, "keys"):
            sql = "SELECT DISTINCT audience FROM chat_waiting WHERE why = ?"
            for (audience,) in self._execute(sql, (UNKNOWN_KEY,)).fetchall():
                if self._held(audience) is not None:
                    arrivals += self._waiting("why = ? AND audience = ?", UNKNOWN_KEY, audience)
        for community in changed:
            arrivals += self._waiting("why = ? AND community = ?", UNKNOWN_AUTHOR, community)
        for arrival in sorted(arrivals):
            self._execute("DELETE FROM chat_waiting WHERE arrival = ?", (arrival,))
            yield from self._home.store.log.events(after=arrival - 1, limit=1)

    def _waiting(self, where: str, *values: Any) -> list[int]:
        sql = f"SELECT arrival FROM chat_waiting WHERE {where}"
        return [arrival for (arrival,) in self._execute(sql, values)]

    def _wait(self, event: Event, why: int) -> None:
        header = event.header
        self._execute(
            "INSERT OR REPLACE INTO chat_waiting VALUES(?, ?, ?, ?, ?, ?)",
            (event.arrival, event.id, header.community, header.device, header.audience, why),
        )

    # events

    def _take(self, event: Event, *, late: bool = False) -> None:
        header = event.header
        if header.kind == ERASE:
            self._take_wish(event)
            return
        if header.lane is not Lane.CHAT or header.payload_hash is None:
            return
        if event.payload is None and not event.erased:
            self._wait(event, NO_PAYLOAD)
            return
        held = None if header.audience is None else self._held(header.audience)
        if header.audience is not None and held is None:
            self._wait(event, LOCKED if self._locked else UNKNOWN_KEY)
            return
        author = self._judge.person(header.community, header.device)
        if author is None:
            self._wait(event, UNKNOWN_AUTHOR)
            return
        if event.erased:
            self._take_erased(event, author, held, late)
        elif held is None:
            self._take_clear(event, author, late)
        else:
            self._take_sealed(event, author, held, late)

    def _take_wish(self, event: Event) -> None:
        """Take away what the device that wrote this asks to be erased, and what a person does."""
        header, own = event.header, event.header.device
        found = taking_back.device_of(self._home, event)
        for device in {own, found or own}:
            self._erase(header.refs, device, header.community)
        if found is None and taking_back.may_hold(self._home, event):
            self._wait(event, UNKNOWN_AUTHOR if event.payload else NO_PAYLOAD)

    def _take_erased(self, event: Event, author: bytes, held: Held | None, late: bool) -> None:
        header = event.header
        where = self._where(event, author, held)
        if where is None:
            return
        if header.kind == MESSAGE:
            taken_back = self._execute(
                "SELECT 1 FROM chat_retracted WHERE id = ? AND device = ? AND community = ?",
                (event.id, header.device, header.community),
            ).get
            gone = "retracted" if taken_back else "expired"
            origin = self._origin(event, author, where, late)._replace(unread=False)
            self._rows.message(origin, None, gone)
        elif header.kind == GROUP:
            self._take_act(event, where, None)

    def _take_clear(self, event: Event, author: bytes, late: bool) -> None:
        assert event.payload is not None
        try:
            record = records.decode(event.header.kind, event.payload, clear=True)
        except RecordError:
            return  # in no channel that could be named
        name = (record.channel or "") if isinstance(record, MessageRecord) else ""
        where = Where("channel", event.header.community, name.encode())
        self._add(self._origin(event, author, where, late), record)

    def _take_sealed(self, event: Event, author: bytes, held: Held, late: bool) -> None:
        where = self._where(event, author, held)
        if where is None:
            return
        try:
            inner = self._open(event)
        except KeyLockedError:
            self._wait(event, LOCKED)
            return
        record: Record | None = None
        try:
            if inner is not None:
                record = records.decode(event.header.kind, inner)
        except RecordError:
            record = None
        if isinstance(record, GroupRecord):
            if record.group == held.audience.subject:
                self._take_act(event, where, inner)
        elif record is not None or event.header.kind == MESSAGE:
            self._add(self._origin(event, author, where, late), record)

    def _open(self, event: Event) -> bytes | None:
        if self._locked or self._keyring is None:
            raise KeyLockedError("locked")
        try:
            return self._keyring.open(event)
        except KeyLockedError:
            self._locked = True
            raise

    def _held(self, id: bytes) -> Held | None:
        if id not in self._keys:
            self._keys[id] = None if self._keyring is None else self._keyring.key(id)
        return self._keys[id]

    def _where(self, event: Event, author: bytes, held: Held | None) -> Where | None:
        """In which conversation an event stands, by the key it is sealed under; None for none."""
        from hearth.audience.records import Scope

        header = event.header
        if held is None:
            return Where("channel", header.community, b"")
        community, scope, subject = held.audience
        if community != header.community:
            return None
        if (scope is Scope.ROSTER) != (header.kind == GROUP):
            return None
        if scope in (Scope.GROUP, Scope.ROSTER):
            return Where("group", community, subject)
        own = any(claim.author == header.device for claim in held.claims)
        if scope is not Scope.PAIR or not own or self._me not in (author, subject):
            return None  # a key that is for other things, or is not its author's
        return Where("person", community, subject if author == self._me else author)

    def _origin(self, event: Event, author: bytes, where: Where, late: bool) -> Origin:
        header = event.header
        mine = author == self._me
        return Origin(
            event.arrival, event.id, self._rows.conversation(where), author, header.device,
            header.lamport, header.sequence, header.wall, header.expiry, mine,
            not mine and header.kind == MESSAGE and self._own.is_unread(event, where, late),
            self._judge.flags(
                where, author, header.device, header.lamport, (header.sequence, event.id)
            ),
        )  # fmt: skip

    def _add(self, origin: Origin, record: Record | None) -> None:
        match record:
            case EditRecord():
                self._rows.edit(origin, record)
            case ReactionRecord():
                self._rows.reaction(origin, record)
            case MessageRecord() | None:
                self._rows.message(origin, record, None)

    def _take_act(self, event: Event, where: Where, data: bytes | None) -> None:
        header = event.header
        self._execute(
            "INSERT OR REPLACE INTO chat_acts VALUES(?, ?, ?, ?, ?, ?, ?)",
            (
                event.id, header.community, where.key, header.device, header.lamport, header.wall,
                data,
            ),
        )  # fmt: skip
        self._judge.touched.add((header.community, where.key))

    def _erase(self, ids: Iterable[bytes], device: bytes, community: bytes) -> None:
        for id in ids:
            self._execute(
                "INSERT OR IGNORE INTO chat_retracted VALUES(?, ?, ?)", (id, device, community)
            )
            self._rows.erase(id, device, community, "retracted")
            acts = "SELECT team FROM chat_acts WHERE id = ? AND device = ? AND community = ?"
            for (team,) in self._execute(acts, (id, device, community)).fetchall():
                self._execute("UPDATE chat_acts SET data = NULL WHERE id = ?", (id,))
                self._judge.touched.add((community, team))
