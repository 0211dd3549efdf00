"""What is carried for strangers: parcels, which nobody here can read, and how many there may be.

A row of hearth.db for each, at most 1 MiB; what is larger travels on sticks, or in several. A
parcel is held under its tag until it expires or room is needed. It is *not* dropped when somebody
has fetched it: it may be for several, and nobody can prove to a carrier that they were the last.

Whoever handed a parcel over is its *source*: the id of a member's device, or one word for all
strangers together, so that new names bring nobody more room. A parcel takes its length and 256
bytes. What gives way, and to what:

* within a source's quota, what expires soonest, then what came first; the new parcel too: it is
  not kept where it would expire before all others of its source. So a flood drives out itself;
* when all together are too many, the same, of the source that takes the most. So nobody drives
  out what takes less than they do;
* when the disk budget needs room, the same, and before anything else that is stored here.

A parcel's last day is over by the clock that others bear out (`hearth.corroborated`), or not at
all: a clock that runs ahead erases nothing. That clock may be late, so a day that seems too far
off is no reason to refuse: who states it gains nothing but against their own parcels.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import Enum
from typing import TYPE_CHECKING, Final, NamedTuple

from blake3 import blake3

from hearth.store import budget
from hearth.store.database import each, one, rows, translated, value
from hearth.store.manifest import TooLargeError

if TYPE_CHECKING:
    import apsw

    from hearth.store.batch import Transaction
    from hearth.store.store import Store

OVERHEAD: Final = 256
"""Bytes that a parcel takes beside its own."""


class Limits(NamedTuple):
    """Bytes: of one parcel; of all of one source, and of all, with `OVERHEAD` for each."""

    parcel: int = 1 << 20
    source: int = 16 << 20
    total: int = 64 << 20


class Answer(Enum):
    """What became of a parcel that was brought."""

    KEPT = "kept"
    HELD = "held already"
    EXPIRED = "expired"
    NO_ROOM = "no room"


class Held(NamedTuple):
    """A parcel that is here; `expires` is its last day, since the epoch."""

    id: bytes
    length: int
    expires: int


class Usage(NamedTuple):
    """How many parcels are here, and the bytes they take, `OVERHEAD` included."""

    parcels: int
    taken: int


class Shelf:
    """The parcels, within one transaction. `today` is the day that others bear out, if they do."""

    def __init__(
        self, store: Store, tx: Transaction, limits: Limits | None = None, today: int | None = None
    ) -> None:
        self._connection = tx.connection
        self._limits = limits or Limits()
        self._today = today
        totals = f"SELECT source, sum(length + {OVERHEAD}) FROM parcels GROUP BY source"
        self._taken: dict[bytes, int] = dict(rows(tx.connection, totals))
        self._room = self._limits.total
        if store.budget is not None:
            free = store.budget - budget.usage(store).total
            self._room = min(self._room, sum(self._taken.values()) + free)

    def keep(self, data: bytes, source: bytes, tag: bytes, expires: int) -> Answer:
        """Carry a parcel for somebody; says what became of it.

        Raises TooLargeError beyond the limit for one. Whatever the answer, nothing that is not a
        parcel has given way, and if it is not KEPT, nothing at all.
        """
        if len(data) > self._limits.parcel:
            raise TooLargeError(f"a parcel of {len(data):,} bytes is too large to carry")
        if self._today is not None and expires < self._today:
            return Answer.EXPIRED
        id = blake3(data).digest()
        if one(self._connection, "SELECT 1 FROM parcels WHERE id = ?", id):
            return Answer.HELD
        victims = self._victims(source, len(data) + OVERHEAD, expires)
        if victims is None:
            return Answer.NO_ROOM
        self._drop(victims)
        self._connection.execute(
            "INSERT INTO parcels (id, tag, source, expires, length, data)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (id, tag, source, expires, len(data), data),
        )
        self._taken[source] = self._taken.get(source, 0) + len(data) + OVERHEAD
        return Answer.KEPT

    def clear(self) -> int:
        """Erase what has expired, if the day is known; how many parcels that were."""
        if self._today is None:
            return 0
        old = rows(
            self._connection,
            f"SELECT number, source, length + {OVERHEAD} FROM parcels WHERE expires < ?",
            self._today,
        )
        self._drop(_Victim(*row) for row in old)
        return len(old)

    def shed(self, wanted: int) -> int:
        """Give up parcels that take so many bytes together, or all; how many they took."""
        queues = _Queues(self._connection)
        taken = dict(self._taken)
        victims = []
        freed = 0
        while freed < wanted and any(taken.values()):
            victim = queues.next(_largest(taken))
            taken[victim.source] -= victim.taken
            freed += victim.taken
            victims.append(victim)
        self._drop(victims)
        return freed

    def _victims(self, source: bytes, more: int, expires: int) -> list[_Victim] | None:
        """What gives way to a new parcel; None if that is the parcel itself."""
        taken = dict(self._taken)
        taken[source] = taken.get(source, 0) + more
        total = sum(taken.values())
        queues = _Queues(self._connection)
        victims: list[_Victim] = []
        while taken[source] > self._limits.source or total > self._room:
            own = taken[source] > self._limits.source
            giving = source if own else _largest(taken, source)
            if giving == source and taken[source] == more:
                return None  # it alone is too much
            victim = queues.next(giving)
            if giving == source and expires < victim.expires:
                return None
            taken[giving] -= victim.taken
            total -= victim.taken
            victims.append(victim)
        return victims

    def _drop(self, victims: Iterable[_Victim]) -> None:
        for victim in victims:
            self._connection.execute("DELETE FROM parcels WHERE number = ?", (victim.number,))
            self._taken[victim.source] -= victim.taken


class _Victim(NamedTuple):
    number: int
    source: bytes
    taken: int
    expires: int = 0


class _Queues:
    """The parcels of each source in the order in which they give way."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self._rows: dict[bytes, Iterator[tuple[int, bytes, int, int]]] = {}

    def next(self, source: bytes) -> _Victim:
        if source not in self._rows:
            self._rows[source] = each(
                self._connection,
                f"SELECT number, source, length + {OVERHEAD}, expires FROM parcels"
                " WHERE source = ? ORDER BY expires, number",
                source,
            )
        return _Victim(*next(self._rows[source]))


def _largest(taken: dict[bytes, int], new: bytes | None = None) -> bytes:
    """The source that takes the most; of several the newcomer's, then the highest."""
    return max(taken, key=lambda source: (taken[source], source == new, source))


def shed(store: Store, wanted: int) -> int:
    """Give up parcels that take so many bytes together, in a transaction of their own.

    Returns the bytes that they took; 0 if there are none.
    """
    with translated():
        if wanted <= 0 or not value(store.connection, "SELECT 1 FROM parcels LIMIT 1"):
            return 0
        with store.batch() as batch, batch.transaction() as tx:
            return Shelf(store, tx).shed(wanted)


def clear(store: Store, today: int) -> int:
    """Erase what expired before this day, in a transaction of its own; how many parcels."""
    with translated():
        if not value(store.connection, "SELECT 1 FROM parcels WHERE expires < ? LIMIT 1", today):
            return 0
        with store.batch() as batch, batch.transaction() as tx:
            return Shelf(store, tx, today=today).clear()


def under(connection: apsw.Connection, tags: Iterable[bytes]) -> list[Held]:
    """What is held under these tags, for each in the order in which it came."""
    found: list[Held] = []
    for tag in tags:
        held = rows(
            connection,
            "SELECT id, length, expires FROM parcels WHERE tag = ? ORDER BY number",
            tag,
        )
        found += (Held(*row) for row in held)
    return found


def read(connection: apsw.Connection, id: bytes) -> bytes | None:
    """The bytes of a parcel; None if it is not here (any more)."""
    found: bytes | None = value(connection, "SELECT data FROM parcels WHERE id = ?", id)
    return found


def usage(connection: apsw.Connection) -> Usage:
    """What all parcels take."""
    count, taken = one(
        connection, f"SELECT count(*), ifnull(sum(length + {OVERHEAD}), 0) FROM parcels"
    )
    return Usage(count, taken)
