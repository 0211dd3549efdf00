"""How long events have been here, at least: never by what they say of themselves.

An event's own clock may say 1970 or 2031, and arriving has no clock at all. So whoever looks (gc,
and a serving node once a day) notes how far the log has come, and at what time; what was here then
is as old as that note. Two clocks must both say so before anything counts as old:

* *Time that has passed* (`passed`) moves on with the time that is believed (`corroborated`), by a
  week at most from one look to the next, and never twice over the same stretch. So no leap of a
  clock, be it from 1970 to today, makes anything old.
* *The latest time it could have been* (`latest`) when the note was made: this machine's clock
  then, or the highest time believed so far if that is later. The time believed now must be beyond
  it by as much. So it does no harm that others were silent for long and are caught up with at once.

Both err towards keeping: where nobody looks, or nobody else writes, events grow old more slowly.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from hearth import corroborated
from hearth.store import cbor, database

if TYPE_CHECKING:
    from hearth.community.commons import Commons
    from hearth.home import Home
    from hearth.store.batch import Transaction

DAY: Final = 86_400
LEAP: Final = 7 * DAY
"""Seconds that pass between two looks at most."""
MAX_NOTES: Final = 400
_VERSION: Final = 1


class Note(NamedTuple):
    """What had arrived up to this number was here when so much had passed, at the latest then."""

    arrival: int
    passed: int
    latest: int


@dataclass(slots=True)
class Ages:
    """What is known of the ages of a community's events.

    `believed` is the time as of the last look, `highest` the highest ever. `done`: by what was
    being looked for, the arrival number up to which that has been dealt with.
    """

    believed: int = 0
    highest: int = 0
    passed: int = 0
    notes: list[Note] = field(default_factory=list)
    done: dict[int, int] = field(default_factory=dict)

    def look(self, believed: int, now: int, arrival: int) -> None:
        """The time believed is this, this machine's clock says `now`, so much has arrived."""
        if self.notes and believed > self.highest:
            self.passed += min(believed - self.highest, LEAP)
        self.believed, self.highest = believed, max(believed, self.highest)
        last = self.notes[-1] if self.notes else Note(0, -DAY, 0)
        if arrival > last.arrival and self.passed >= last.passed + DAY:
            self.notes.append(Note(arrival, self.passed, max(now, self.highest)))
        if len(self.notes) > MAX_NOTES:  # of each two the later stays: nothing looks older
            self.notes[: MAX_NOTES // 2] = self.notes[1 : MAX_NOTES // 2 : 2]

    def older(self, age: int) -> int:
        """The arrival number up to which everything has been here for so many seconds; or 0."""
        old = (
            note.arrival
            for note in self.notes
            if self.passed - note.passed >= age and self.believed - note.latest >= age
        )
        return max(old, default=0)


def read(home: Home, community: bytes) -> Ages:
    """What is noted; nothing yet where it cannot be read."""
    data = home.store.meta(_key(community))
    try:
        value = cbor.decode(data) if isinstance(data, bytes) else None
    except cbor.CborError:
        value = None
    match value:
        case [1, [int(believed), int(highest), int(passed)], list() as notes, list() as done]:
            numbers: Any = zip(notes[::3], notes[1::3], notes[2::3], strict=True)
            pairs: Any = zip(done[::2], done[1::2], strict=True)
            return Ages(believed, highest, passed, [Note(*each) for each in numbers], dict(pairs))
    return Ages()


def write(tx: Transaction, community: bytes, ages: Ages) -> None:
    """Note it, with the transaction."""
    notes = [number for note in ages.notes for number in note]
    done = [number for pair in sorted(ages.done.items()) for number in pair]
    value = [_VERSION, [ages.believed, ages.highest, ages.passed], notes, done]
    tx.set_meta(_key(community), cbor.encode(value))


def look(home: Home, commons: Commons, community: bytes, now: int) -> Ages:
    """Note what is here and what time it is, in a transaction. Without a time that is believed
    nothing is noted, and nothing is old."""
    with home.store.batch() as batch, batch.transaction() as tx:
        believed = corroborated.believed(home, commons, community, now)
        ages = read(home, community)
        if believed is None:
            ages.believed = 0
            return ages
        arrival = database.value(tx.connection, "SELECT max(arrival) FROM events") or 0
        ages.look(believed, now, arrival)
        write(tx, community, ages)
        return ages


def _key(community: bytes) -> str:
    return f"ages {community.hex()}"
