"""Keeping what a lane says in cache.db level with the log, where its state is a fold by subject.

Every event is about one *subject* (a listing, a roll call, a notice), and what stands in cache.db
of a subject is made from the set of all events about it that are here: so it is the same everywhere
where the same events are, whatever came first. An update takes in the events that have come, in the
order of their arrival, and has the `Fold` make anew the subjects they are about.

Void is what somebody wrote who was no member, by `Membership.verdict`; judged anew when the control
lane has changed, but only for devices that are not sound (current), or were not. What cannot be
taken in yet waits: for its payload, for a key, for this device's key to be unlocked, for the
control event that says whose device wrote it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from hearth import seen
from hearth.corpora.cache import changing, ensure, open_part, query, writable
from hearth.store.header import Lane
from hearth.store.nogc import nogc

if TYPE_CHECKING:
    import apsw

    from hearth.audience.keyring import Keyring
    from hearth.community.commons import Commons
    from hearth.community.membership import Membership
    from hearth.home import Home

Subject = tuple[bytes, bytes]
"""A community, and the id of what is spoken about in it."""
Touched = dict[Subject, "list[Entry] | None"]
"""What is to be folded anew; with each all its entries that count, or None: to be read."""
Members = Callable[[bytes], "Membership"]
Read = tuple[bytes, Any]
"""What an event is about, or `AUTHOR`, and what it says."""
Saying = Callable[["Entry"], Any]
"""What an event says that has a body, as its fold has read it."""
VERSION: Final = 3
"""Of the tables that are kept here; another one makes everything anew."""
TABLES: Final = ("events", "waiting", "devices", "judged", "state")
AUTHOR: Final = b""
"""In place of a subject: the event is about the person who wrote it."""
LOCKED: Final = 1
"""Why an event waits: its key is there, and this device's is locked."""


class Entry(NamedTuple):
    """An event as it was taken in. `person`: whose device wrote it. `sealed`: whether `body` was
    opened with an audience's key; `body` is None where it was erased."""

    arrival: int
    id: bytes
    community: bytes
    device: bytes
    person: bytes
    kind: int
    lamport: int
    sequence: int
    wall: int
    sealed: int
    body: bytes | None

    @property
    def order(self) -> tuple[int, bytes, int, bytes]:
        """The order shown to people, and in which the earlier of two prevails."""
        return self.lamport, self.device, self.sequence, self.id


class Fold(ABC):
    """What a lane's events come to. All its tables lie in cache.db, named in `tables`, made by
    `sql`."""

    name: str
    """Begins the names of the tables that are kept here."""
    version: int
    """Another one makes everything anew."""
    lane: Lane
    """The lane that is followed."""
    kinds: tuple[int, ...]
    """The kinds that are taken in."""
    tables: tuple[str, ...]
    sql: str
    most: Mapping[int, int] = MappingProxyType({})
    """By kind, how many events of one device about one subject are folded: the latest, by their
    places in its chain. All of the kinds that are not named."""

    @abstractmethod
    def read(self, kind: int, id: bytes, body: bytes | None, sealed: bool) -> Read | None:
        """None for what says nothing, and is passed over. Raises nothing for whatever bytes; None
        as `body`: it was erased."""

    @abstractmethod
    def refold(
        self,
        connection: apsw.Connection,
        members: Members,
        subjects: Iterable[tuple[Subject, list[Entry]]],
        said: Saying,
    ) -> None:
        """Make anew what stands of these subjects; with each, its events that count, in order.

        None are left where all are void or gone.
        """

    def leaning(self, connection: apsw.Connection, community: bytes) -> Iterable[bytes]:
        """Subjects whose state depends on who is a steward now; asked when that is others. None
        where whoever reads asks that."""
        return ()


# opening


@contextmanager
def opened(home: Home, fold: Fold) -> Iterator[apsw.Connection]:
    """The cache.db of `home` with this fold's tables; in memory, and empty, where it cannot be
    written and has none of this version."""
    connection = open_part(
        home.cache_path, fold.name, _version(fold), vfs=home.disk.vfs,
        read_only=home.store.read_only, at_once=True,
    )  # fmt: skip
    try:
        if writable(connection):
            make(connection, fold)
        yield connection
    finally:
        connection.close()


def make(connection: apsw.Connection, fold: Fold) -> None:
    """Have the tables, in this version."""

    def create(connection: apsw.Connection) -> None:
        connection.execute(_SQL.format(name=fold.name))
        connection.execute(fold.sql)

    tables = (*(f"{fold.name}_{each}" for each in TABLES), *fold.tables)
    ensure(connection, fold.name, _version(fold), tables, create)


def _version(fold: Fold) -> int:
    """The version of its tables and of those that are kept here."""
    return 1000 * VERSION + fold.version


_SQL: Final = """
    CREATE TABLE {name}_events(arrival INTEGER PRIMARY KEY, id BLOB NOT NULL,
        author INTEGER NOT NULL, kind INTEGER NOT NULL, lamport INTEGER NOT NULL,
        sequence INTEGER NOT NULL, wall INTEGER NOT NULL, sealed INTEGER NOT NULL, body BLOB,
        subject BLOB NOT NULL, counts INTEGER NOT NULL);
    CREATE INDEX {name}_events_about ON {name}_events(subject);
    CREATE INDEX {name}_events_by_id ON {name}_events(id) WHERE id != subject;
    CREATE TABLE {name}_devices(number INTEGER PRIMARY KEY, community BLOB NOT NULL,
        device BLOB NOT NULL, person BLOB NOT NULL, sound INTEGER NOT NULL,
        UNIQUE(community, device));
    CREATE TABLE {name}_waiting(arrival INTEGER PRIMARY KEY, why INTEGER NOT NULL);
    CREATE TABLE {name}_judged(community BLOB PRIMARY KEY, state BLOB, stewards BLOB) WITHOUT ROWID;
    CREATE TABLE {name}_state(key TEXT PRIMARY KEY, value) WITHOUT ROWID;
"""


_TABLE: Final = "SELECT 1 FROM sqlite_schema WHERE name = ?"


@contextmanager
def indexed_after(connection: apsw.Connection, *tables: str) -> Iterator[None]:
    """Have the indices of empty tables made after what is written meanwhile: sorted once, for a
    third of the time. Inside a transaction. Nothing may be looked up by them meanwhile."""
    marks = ", ".join("?" * len(tables))
    found = connection.execute(
        f"SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql NOT NULL"
        f" AND tbl_name IN ({marks})",
        tables,
    ).fetchall()
    for name, _ in found:
        connection.execute(f"DROP INDEX {name}")
    yield
    for _, sql in found:
        connection.execute(str(sql))


def counted(
    connection: apsw.Connection, fold: Fold, community: bytes, after: int
) -> dict[bytes, int] | None:
    """By person, how many events that count have come after an arrival number; None where what is
    open has no tables of this fold."""
    if not connection.execute(_TABLE, (f"{fold.name}_devices",)).fetchall():
        return None
    rows = connection.execute(
        f"SELECT d.person, count(*) FROM {fold.name}_events e JOIN {fold.name}_devices d"
        " ON d.number = e.author WHERE e.arrival > ? AND e.counts AND d.community = ?"
        " GROUP BY d.person",
        (after, community),
    )
    return dict(rows)


def latest(connection: apsw.Connection, fold: Fold) -> int | None:
    """The arrival number of the last event that was taken in; None for none."""
    found = connection.execute(f"SELECT max(arrival) FROM {fold.name}_events").get
    return None if found is None else int(found)


def subjects_of(
    connection: apsw.Connection, fold: Fold, community: bytes, *kinds: int
) -> list[bytes]:
    """What the events of some kinds are about."""
    marks = ", ".join("?" * len(kinds))
    found = connection.execute(
        f"SELECT DISTINCT subject FROM {fold.name}_events JOIN {fold.name}_devices"
        f" ON number = author WHERE community = ? AND kind IN ({marks})",
        (community, *kinds),
    )
    return [subject for (subject,) in found]


def told_before(
    connection: apsw.Connection, fold: Fold, community: bytes, device: bytes, sequence: int
) -> list[bytes]:
    """The events before this place of a device's chain of which something is still said here."""
    found = connection.execute(
        f"SELECT id FROM {fold.name}_events JOIN {fold.name}_devices ON number = author"
        " WHERE community = ? AND device = ? AND sequence < ? AND body IS NOT NULL",
        (community, device, sequence),
    )
    return [id for (id,) in found]


def folds() -> tuple[Fold, ...]:
    """Every fold there is."""
    from hearth.boards.fold import FOLD as BOARDS
    from hearth.condition.fold import FOLD as DECLARED
    from hearth.market.folding import FOLD as MARKET
    from hearth.notices.fold import FOLD as NOTICES
    from hearth.people.fold import FOLD as PEOPLE

    return (MARKET, NOTICES, DECLARED, PEOPLE, BOARDS)


def locked(connection: apsw.Connection, fold: Fold) -> int:
    """How many sealed events wait for this device's key to be unlocked."""
    sql = f"SELECT count(*) FROM {fold.name}_waiting WHERE why = ?"
    return int(query(connection, sql, (LOCKED,))[0][0])


# following


def update(
    connection: apsw.Connection,
    home: Home,
    commons: Commons,
    fold: Fold,
    keyring: Keyring | None = None,
    *,
    now: int,
) -> None:
    """Take in what has come since, and note when (`hearth.seen`): one transaction of cache.db.
    Where it is read-only, nothing.

    `keyring` opens what is sealed, where this device's key is at hand; without, that waits.
    Raises what cache.db and the store raise, and nothing for what an event may hold.
    """
    if not writable(connection):
        return
    from hearth.lane_following import Following

    one = Following(connection, home, commons, fold, keyring)
    if not one.is_behind():
        seen.note(home, now)  # what came last may have come too soon after a note
        return
    one.take_keys(now)
    with changing(connection), nogc():
        one.follow()
    if one.erased:  # the journal must not keep the words
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    seen.note(home, now)


def update_unasked(
    connection: apsw.Connection,
    home: Home,
    commons: Commons,
    fold: Fold,
    keyring: Callable[[], Keyring],
    *,
    now: int,
) -> None:
    """As `update`; what is sealed is opened if that may change anything, and needs no asking."""
    from hearth.lane_following import Following

    behind = Following(connection, home, commons, fold, None).is_behind()
    wanted = behind or locked(connection, fold)
    held = keyring() if wanted and home.unasked_signer() is not None else None
    update(connection, home, commons, fold, held, now=now)


def drop(
    connection: apsw.Connection, commons: Commons, fold: Fold, events: Iterable[bytes]
) -> None:
    """Take away what these events said: their payloads were erased here. One transaction."""
    make(connection, fold)
    from hearth.lane_following import Following

    one = Following(connection, None, commons, fold, None)
    with changing(connection):
        for id in events:
            one.erase(id)
        one.refold()
