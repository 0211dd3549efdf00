"""Roll calls: who has answered, by which way, who is silent since when, who knocks on which door.

Somebody has answered who checks in and names the roll call, or who has checked in since it began,
whether they had heard of it or not. Nobody has who was only knocked for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from hearth.payload import ID
from hearth.people.errors import UnknownCallError
from hearth.people.records import MARK, Status
from hearth.store import ids
from hearth.ways import Ways

if TYPE_CHECKING:
    from hearth.community.membership import Membership
    from hearth.people.register import Person, Register

HEARD: Final = 3
"""Open roll calls of one person that are counted as open; of more, the latest."""


class Call(NamedTuple):
    """A roll call. `at`: when it was started, `until`: until when it is open here, unix seconds;
    `asked`: persons, none of them: all members; `ended_by`: who has ended it before; `arrival`:
    the number under which it came."""

    id: bytes
    community: bytes
    author: bytes
    title: str
    at: int
    until: int
    asked: tuple[bytes, ...]
    status: Status
    ended_by: bytes | None
    open: bool
    arrival: int

    @property
    def real(self) -> bool:
        """Whether it is meant: no exercise, no test."""
        return self.status is Status.ACTUAL

    def is_over(self, now: int) -> bool:
        """Whether it was ended, or its time is over: it may also be closed as one too many."""
        return self.ended_by is not None or self.until <= now

    @property
    def mark(self) -> bytes:
        """How a check-in names it."""
        return self.id[:MARK]


class Answer(NamedTuple):
    """Somebody has answered. `way`: the first bytes of the device that brought it here, or what
    stands for a carrier; None where it was written here, or that is not known."""

    person: Person
    way: bytes | None


class Silence(NamedTuple):
    """Somebody has not. `heard`: when anything of theirs was last written, None for never;
    `knocker`: who is to go there; `knocked`: when somebody did, and nobody opened."""

    person: Person
    heard: int | None
    knocker: bytes | None
    knocked: int | None


class Going(NamedTuple):
    """Who is to go to somebody. `led`: on the word of the roll call's author, or of a steward."""

    knocker: bytes
    led: bool


class Sheet(NamedTuple):
    """A roll call as it stands. `guests` are on no list, and have been heard of all the same."""

    call: Call
    answered: list[Answer]
    silent: list[Silence]
    guests: list[Answer]


class Calls:
    """Reads roll calls from a register."""

    def __init__(self, register: Register) -> None:
        self._register = register

    def all(self, community: bytes) -> list[Call]:
        """Every roll call, the latest first."""
        rows = self._register.rows(
            "SELECT id, call, author, wall, arrival, ends, title, until, asked, status"
            " FROM people_calls WHERE community = ? ORDER BY lamport DESC, id",
            community,
        )
        membership = self._register.commons.membership(community)
        ended: dict[bytes, list[bytes]] = defaultdict(list)  # by roll call, by whom
        for row in rows:
            if row[5]:
                ended[row[1]].append(row[2])
        begun = [row for row in rows if not row[5]]
        found = [self._call(community, row, ended[row[0]], membership) for row in begun]
        count: dict[bytes, int] = {}
        for at, each in enumerate(found):
            count[each.author] = count.get(each.author, 0) + each.open
            if count[each.author] > HEARD:
                found[at] = each._replace(open=False)
        return found

    def _call(
        self, community: bytes, row: Any, enders: list[bytes], membership: Membership
    ) -> Call:
        id, _, author, wall, arrival, _, title, until, asked, status = row
        ended = next(
            (each for each in enders if each == author or membership.is_steward(each)), None
        )
        register = self._register
        shown = register.seen.until(arrival, wall, until)
        persons = tuple(asked[at : at + ID] for at in range(0, len(asked), ID))
        return Call(
            id, community, author, title, register.said_at(wall, arrival), shown, persons,
            Status(status), ended, ended is None and register.now < shown, arrival,
        )  # fmt: skip

    def find(self, community: bytes, text: str | None) -> Call:
        """The roll call meant by the first digits of its id, or by its title; without, the one that
        is open, or the latest. Raises UnknownCallError, AmbiguousId."""
        calls = self.all(community)
        if text is None:
            real = [each for each in calls if each.real] or calls
            latest = next((each for each in real if each.open), real[0] if real else None)
            if latest is None:
                raise UnknownCallError("no roll call here", "hearth emergency roll-call start")
            return latest
        try:
            digits = ids.digits(text)
        except ids.MalformedId:
            digits = ""
        fitting = [each.id for each in calls if digits and each.id.hex().startswith(digits)]
        if fitting:
            chosen = ids.choose(digits, fitting, "roll call")
            return next(each for each in calls if each.id == chosen)
        titled = [each for each in calls if each.title.casefold() == text.strip().casefold()]
        if len(titled) == 1:
            return titled[0]
        if titled:
            raise ids.AmbiguousId(
                f'{len(titled)} roll calls are called "{text}"',
                "give an id: " + ", ".join(each.id.hex()[:8] for each in titled[:5]),
            )
        raise UnknownCallError(
            f'no roll call "{text}" here', "hearth emergency roll-call lists them"
        )

    def for_person(self, community: bytes, person: bytes, *, real: bool = True) -> list[Call]:
        """Open roll calls in which this person is asked."""
        return [
            each
            for each in self.all(community)
            if each.open and each.real == real and (not each.asked or person in each.asked)
        ]

    def sheet(self, call: Call) -> Sheet:
        """How a roll call stands."""
        register, ways = self._register, Ways(self._register.home.store)
        membership = register.commons.membership(call.community)
        people = register.people(call.community, real=call.real)
        asked = dict.fromkeys(call.asked or membership.members)
        missing = [register.person(call.community, e) for e in asked if e not in people]
        people.update({each.person: each for each in missing})
        heard, going = register.heard(call.community), self.going(call)
        answered, silent, guests = [], [], []
        for person, each in people.items():
            if person not in asked:
                if each.name is not None and self._has_answered(each, call):
                    guests.append(Answer(each, ways.of(each.arrival)))
            elif self._has_answered(each, call):
                answered.append(Answer(each, ways.of(each.arrival)))
            else:
                knocked = max((one.at for one in each.knocks if one.at >= call.at), default=None)
                goes = going.get(person)
                knocker = None if goes is None else goes.knocker
                silent.append(Silence(each, heard.get(person), knocker, knocked))
        return Sheet(call, answered, silent, guests)

    def _has_answered(self, person: Person, call: Call) -> bool:
        """Whether somebody has answered a roll call: by naming it, or by a check-in as old as that
        at most, which did not come here before either; whatever its author's clock says."""
        if call.mark in person.answers or person.code is None:
            return call.mark in person.answers
        return min(person.at, self._register.seen.at(person.arrival)) >= call.at

    def going(self, call: Call) -> Mapping[bytes, Going]:
        """By person, who is to go there. Whoever goes may say so, and that they do not; what the
        roll call's author or a steward says stands before what anybody else says of themselves."""
        found: dict[bytes, Going] = {}
        membership = self._register.commons.membership(call.community)
        rows = self._register.rows(
            "SELECT person, author, knocker FROM people_assigned WHERE call = ? AND community = ?"
            " ORDER BY lamport, device, sequence",
            call.id, call.community,
        )  # fmt: skip
        for person, author, knocker in rows:
            leads = author == call.author or membership.is_steward(author)
            before = found.get(person)
            led = before is not None and before.led
            goes = before is not None and author == before.knocker
            if not (leads or goes or (author == knocker and not led)):
                continue
            if knocker is None:
                found.pop(person, None)
            else:
                found[person] = Going(knocker, leads or led)
        return found
