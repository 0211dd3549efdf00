"""Whose devices wrote what is folded of a lane, and whether it counts: noted in cache.db.

Void is what somebody wrote who was no member. That is judged anew when the control lane has
changed, but only of devices that are not sound (current members'), or were not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import apsw

    from hearth.community.commons import Commons
    from hearth.lanes import Fold, Touched
    from hearth.store.store import Store


class Author(NamedTuple):
    """A device of a community: its number in the table, whose it is, whether that person is a
    member with it."""

    number: int
    person: bytes
    sound: bool
    community: bytes
    device: bytes


class Authors:
    """The devices that wrote in a lane. What has to be folded anew is added to `touched`."""

    def __init__(
        self,
        connection: apsw.Connection,
        commons: Commons,
        fold: Fold,
        touched: Touched,
    ) -> None:
        self._execute: Callable[..., Any] = connection.execute
        self._connection = connection
        self._commons = commons
        self._fold = fold
        self._table = fold.name
        self._touched = touched
        self._known: dict[tuple[bytes, bytes], Author | None] = {}

    def of(self, community: bytes, device: bytes) -> Author | None:
        """Whose a device is; None where the control event that says it is not here."""
        place = community, device
        if place not in self._known:
            self._known[place] = self._enter(community, device)
        return self._known[place]

    def _enter(self, community: bytes, device: bytes) -> Author | None:
        person, sound = self._look(community, device)
        if person is None:
            return None
        (number,) = self._execute(
            f"INSERT INTO {self._table}_devices(community, device, person, sound)"
            " VALUES(?, ?, ?, ?) ON CONFLICT DO UPDATE SET person = excluded.person,"
            " sound = excluded.sound RETURNING number",
            (community, device, person, sound),
        ).fetchone()
        return Author(number, person, sound, community, device)

    def _look(self, community: bytes, device: bytes) -> tuple[bytes | None, bool]:
        """Whose device it is or was, and whether that person is a member with it now."""
        membership = self._commons.membership(community)
        persons = membership.persons_of(device)
        person = next(iter(persons)) if len(persons) == 1 else None
        return person, person is not None and membership.person_of(device) == person

    def counts(self, community: bytes, device: bytes, sequence: int, id: bytes) -> bool:
        """Whether an event counts, by `Membership.verdict`."""
        from hearth.community.belonging import Place, Verdict

        place = Place(device, self._fold.lane, sequence, id)
        return self._commons.membership(community).verdict(place) is Verdict.COUNTS

    def look_again(self, store: Store) -> bool:
        """Judge anew where control lanes have changed; whether any has."""
        from hearth.corpora.judging import control_state

        judged, changed = f"{self._table}_judged", False
        known = {each: told for each, *told in self._execute(f"SELECT * FROM {judged}")}
        for community in {each.id for each in self._commons.all()} | known.keys():
            state = control_state(store, community)
            before, stewards = known.get(community, (None, None))
            if before != state:
                changed = True
                stewards = self._judge(community, stewards)
                sql = f"INSERT OR REPLACE INTO {judged} VALUES(?, ?, ?)"
                self._execute(sql, (community, state, stewards))
        return changed

    def _judge(self, community: bytes, stewards: bytes | None) -> bytes:
        """Judge what devices of a community wrote that are not sound, or were not, and what leans
        on who is a steward, if others were before; who is."""
        known = self._execute(
            f"SELECT number, device, person, sound FROM {self._table}_devices WHERE community = ?",
            (community,),
        ).fetchall()
        if not known:
            return b""
        doubtful = {}
        for number, device, person, sound in known:
            found, sound_now = self._look(community, device)
            self._known.pop((community, device), None)
            if (found, sound_now) != (person, True) or not sound:
                now = found or person
                doubtful[number] = device, now != person
                self._own(community, number, person, now, sound_now)
        self._judge_events(community, doubtful)
        lead = b"".join(sorted(self._commons.membership(community).stewards))
        if stewards is not None and lead != stewards:
            for each in self._fold.leaning(self._connection, community):
                self._touched[community, each] = None
        return lead

    def _own(self, community: bytes, number: int, was: bytes, now: bytes, sound: bool) -> None:
        """Note whose a device is, and that what was about its author is about somebody else."""
        self._execute(
            f"UPDATE {self._table}_devices SET person = ?, sound = ? WHERE number = ?",
            (now, sound, number),
        )
        if now != was:
            self._touched[community, was] = self._touched[community, now] = None
            self._execute(
                f"UPDATE {self._table}_events SET subject = ? WHERE author = ? AND subject = ?",
                (now, number, was),
            )

    def _judge_events(self, community: bytes, devices: dict[int, tuple[bytes, bool]]) -> None:
        """Judge each event of these, by their numbers; with each, whether it is somebody else's."""
        marks = ", ".join("?" * len(devices))
        rows = self._execute(
            f"SELECT arrival, sequence, id, subject, counts, author FROM {self._table}_events"
            f" WHERE author IN ({marks})",
            (*devices,),
        ).fetchall()
        for arrival, sequence, id, subject, counts, number in rows:
            device, anew = devices[number]
            now = self.counts(community, device, sequence, id)
            if now != bool(counts):
                self._execute(
                    f"UPDATE {self._table}_events SET counts = ? WHERE arrival = ?", (now, arrival)
                )
            if anew or now != bool(counts):
                self._touched[community, subject] = None
