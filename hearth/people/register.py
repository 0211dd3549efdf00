"""Who is safe, who needs help, who is silent: read from cache.db.

What the verbs, and the picture of `hearth emergency`, call. Needs no key.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from hearth import kinds, lanes
from hearth.corpora.cache import query
from hearth.people import heard, records
from hearth.people.codes import Group, group
from hearth.people.fold import FOLD
from hearth.people.records import MARK, AssignRecord, CheckInRecord, Status
from hearth.seen import Seen
from hearth.store import cbor

if TYPE_CHECKING:
    import apsw

    from hearth.audience.keyring import Keyring
    from hearth.community.commons import Commons
    from hearth.community.membership import Membership
    from hearth.home import Home

FRESH: Final = 48 * 3600
"""Seconds for which a check-in says how somebody is; after that nobody knows."""


class Said(NamedTuple):
    """One more thing that was said of a person; `at` in unix seconds."""

    author: bytes
    arrival: int
    at: int
    code: int
    note: str | None


class Person(NamedTuple):
    """How somebody is. `code` is None where nothing was said, or all of it was let go; `at`: when
    it was said, unix seconds, 0 for never; `name`: what a card gives for somebody who is nobody's
    member. `own`: whether it is their own word; `own_code`: what that is, whoever was heard later.
    `answers`: beginnings of the ids of roll calls; `heads`: what a further check-in follows."""

    person: bytes
    code: int | None
    group: Group
    at: int
    author: bytes | None
    arrival: int
    own: bool
    own_code: int | None
    company: int
    note: str | None
    name: str | None
    card: int | None
    stale: bool
    others: tuple[Said, ...]
    knocks: tuple[Said, ...]
    answers: tuple[bytes, ...]
    heads: tuple[bytes, ...]


class Counts(NamedTuple):
    """How many persons are safe, need help, or are not known of; `company`: how many more are with
    those who are safe, by their word; `guests`: how many of all are no members."""

    safe: int
    needs: int
    unknown: int
    company: int
    guests: int


class Register:
    """Reads what was said of people. `now`: unix seconds by this machine's clock."""

    def __init__(self, home: Home, commons: Commons, connection: apsw.Connection, now: int) -> None:
        self.home = home
        self.commons = commons
        self.now = now
        self.connection = connection
        self.update()

    @classmethod
    @contextmanager
    def open(cls, home: Home, commons: Commons, now: int) -> Iterator[Register]:
        """The register of a hearth, level with the log."""
        with lanes.opened(home, FOLD) as connection:
            yield cls(home, commons, connection, now)

    @cached_property
    def keyring(self) -> Keyring:
        """The keys of audiences, for what only stewards are told."""
        from hearth.audience.keyring import Keyring

        return Keyring(self.home, self.commons)

    def update(self) -> None:
        """Take in what has come since. What is sealed is opened where the key needs no asking."""
        lanes.update_unasked(
            self.connection, self.home, self.commons, FOLD, lambda: self.keyring, now=self.now
        )
        self.seen = Seen(self.home, self.now)

    def locked(self) -> int:
        """How many sealed events wait for this device's key to be unlocked."""
        return lanes.locked(self.connection, FOLD)

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """The rows of a query of cache.db."""
        return query(self.connection, sql, values)

    def said_at(self, wall: int, arrival: int) -> int:
        """When something was written; see `heard.said_at`."""
        return heard.said_at(wall, arrival, self.seen, self.now)

    # people

    def people(self, community: bytes, *, real: bool = True) -> dict[bytes, Person]:
        """By person: every member, and whoever has filled in a card and is no member. `real`: not
        in exercises and tests.

        A guest whose card a member says was theirs is not counted twice; but who needs help is not
        lost by anybody's saying so.
        """
        rows = self.rows(
            f"SELECT {_COLUMNS} FROM people_said WHERE community = ? AND real = ?", community, real
        )
        members = self.commons.membership(community).members
        taken = {card for *_, card in rows if card is not None}
        found = {}
        for row in rows:
            one = self._person(row)
            lost = row[_CARD] in taken and one.group is not Group.NEEDS
            if row[0] in members or (row[_NAME] is not None and not lost):
                found[row[0]] = one
        for person in members:
            if person not in found:
                found[person] = _NOTHING._replace(person=person)
        return found

    def person(self, community: bytes, person: bytes, *, real: bool = True) -> Person:
        """One of them."""
        rows = self.rows(
            f"SELECT {_COLUMNS} FROM people_said WHERE community = ? AND real = ? AND person = ?",
            community, real, person,
        )  # fmt: skip
        return self._person(rows[0]) if rows else _NOTHING._replace(person=person)

    def _person(self, row: tuple[Any, ...]) -> Person:
        (
            person, author, arrival, wall, at, code, company, note, name, card, own, own_code,
            calls, heads, others, knocks, _,
        ) = row  # fmt: skip
        told = 0 if code is None else self.said_at(at or wall, arrival)
        stale = code is None or self.now - told > FRESH
        return Person(
            person, code, Group.UNKNOWN if stale else group(code), told, author, arrival or 0,
            bool(own), own_code, company or 0, note, name, card, stale and code is not None,
            self._others(others), self._others(knocks), _marks(calls), _marks(heads),
        )  # fmt: skip

    def _others(self, packed: bytes) -> tuple[Said, ...]:
        if packed == _NONE:
            return ()
        value: Any = cbor.decode(packed)
        return tuple(
            Said(author, arrival, self.said_at(at or wall, arrival), code, note)
            for author, arrival, wall, at, code, note in value
        )

    def code_before(
        self, community: bytes, person: bytes, arrival: int, *, real: bool = True
    ) -> int | None:
        """What the last check-in about a person said of those that had come by an arrival number
        and within `FRESH`; None for none."""
        since = self.seen.since(self.now - FRESH)
        found = self.rows(
            "SELECT body FROM people_events JOIN people_devices ON number = author"
            " WHERE subject = ? AND community = ? AND kind = ? AND counts"
            " AND arrival > ? AND arrival <= ? ORDER BY arrival DESC LIMIT 20",
            person, community, kinds.CHECK_IN, since, arrival,
        )  # fmt: skip
        for (body,) in found:
            said = None if body is None else records.decode(kinds.CHECK_IN, body)
            if isinstance(said, CheckInRecord) and (said.status is Status.ACTUAL) == real:
                return said.code
        return None

    def arrival(self, id: bytes) -> int:
        """The number under which an event about people came; 0 for one that is not known."""
        sql = (
            "SELECT arrival FROM people_events WHERE (id = ?1 AND id != subject)"
            " OR (subject = ?1 AND id = ?1)"
        )
        return next((arrival for (arrival,) in self.rows(sql, id)), 0)

    def sent(self, call: bytes, knocker: bytes, after: int) -> list[tuple[int, bytes, bytes]]:
        """(arrival, author, person) of what has come since an arrival number and sends somebody to
        a person's door, for a roll call; whether it counts, `Calls.going` says."""
        found = self.rows(
            "SELECT arrival, person, body FROM people_events JOIN people_devices ON number = author"
            " WHERE subject = ? AND kind = ? AND counts AND arrival > ? ORDER BY arrival",
            call, kinds.ASSIGN, after,
        )  # fmt: skip
        said = [
            (arrival, author, records.decode(kinds.ASSIGN, body))
            for arrival, author, body in found
            if body is not None
        ]
        return [
            (arrival, author, record.person)
            for arrival, author, record in said
            if isinstance(record, AssignRecord) and record.knocker == knocker
        ]

    def counts(self, community: bytes, *, real: bool = True) -> Counts:
        """How many are how, now."""
        people = self.people(community, real=real).values()
        by = dict.fromkeys(Group, 0)
        for each in people:
            by[each.group] += 1
        company = sum(each.company for each in people if each.group is Group.SAFE)
        guests = sum(each.name is not None for each in people)
        return Counts(by[Group.SAFE], by[Group.NEEDS], by[Group.UNKNOWN], company, guests)

    def heard(self, community: bytes) -> dict[bytes, int]:
        """By person, when anything of theirs was last written, in unix seconds."""
        membership: Membership = self.commons.membership(community)
        return heard.last(self.home, membership, self.seen, self.now)


def _marks(joined: bytes) -> tuple[bytes, ...]:
    return tuple(joined[at : at + MARK] for at in range(0, len(joined), MARK))


_COLUMNS: Final = (
    "person, author, arrival, wall, at, code, company, note, name, card, own, own_code, calls,"
    " heads, others, knocks, own_card"
)
_NAME, _CARD = 8, 9
_NONE: Final = b"\x80"
_NOTHING: Final = Person(
    b"", None, Group.UNKNOWN, 0, None, 0, False, None, 0, None, None, None, False, (), (), (), ()
)
