"""Writing about people into the log: each act is one transaction, or nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from hearth import kinds
from hearth.framed import Written
from hearth.people import records
from hearth.people.calls import Call, Calls
from hearth.people.codes import URGENT, Code
from hearth.people.errors import (
    EndedCallError,
    NotYoursError,
    OlderWordError,
    OutsiderError,
    PeopleTextError,
)
from hearth.people.records import AssignRecord, CallRecord, CheckInRecord, Record, Status
from hearth.store.header import Lane
from hearth.store.ids import short
from hearth.visible import line

if TYPE_CHECKING:
    from hearth.people.register import Person, Register
    from hearth.store.batch import Transaction

MONTH: Final = 3
"""Expiry class of what is said of people: thirty days."""
LONGEST: Final = 14 * 86_400
"""Seconds that a roll call may be open."""
MINUTE: Final = 60
"""Seconds: as finely as people write times on paper."""
OFTEN: Final = 600
"""Seconds after an urgent check-in in which another one by the same device is asked about."""


class Writer:
    """Writes about people as this device, in one community. Needs its key."""

    def __init__(self, register: Register, community: bytes) -> None:
        self._register = register
        self._home = register.home
        self._now = register.now
        self.community = community
        self.membership = register.commons.membership(community)
        me = self._home.identity
        if self.membership.person_of(me.device) != me.person:
            raise OutsiderError(f'this device does not belong to "{self.membership.name}"')
        self.me = me.person
        self._signer = self._home.signer(self._now)

    # check-ins

    def check_in(
        self,
        code: Code,
        *,
        person: bytes | None = None,
        company: int = 0,
        note: str | None = None,
        card: int | None = None,
        name: str | None = None,
        at: int | None = None,
        status: Status = Status.ACTUAL,
        call: Call | None = None,
    ) -> Written:
        """Say how somebody is: this person, or another, or somebody with a card and a `name`.

        It names the check-ins that it follows, and the roll calls that are open for the person (or
        `call`). What stands on a card counts from when it was written (`at`): it answers no roll
        call that began later. Raises OlderWordError for one's own card, filled in before one's own
        last word.
        """
        about = person or self.me
        if name is not None:
            from hearth.people.fold import guest

            assert card is not None
            about = guest(card)
        real = status is Status.ACTUAL
        known = self._register.person(self.community, about, real=real)
        own = about == self.me and card is None
        if at is not None and about == self.me and known.own and at < known.at:
            raise OlderWordError(
                "you have said how you are since that card was filled in",
                "nothing was written: hearth emergency check-in says how you are now",
            )
        calls = (
            [call] if call else Calls(self._register).for_person(self.community, about, real=real)
        )
        marks = [
            each.mark
            for each in calls
            if each is call or (code != Code.NOBODY_THERE and (at is None or at + MINUTE > each.at))
        ]
        record = CheckInRecord(
            int(code), company, optional(note, "a note", records.MAX_NOTE),
            None if about == self.me or name is not None else about,
            optional(name, "a name", records.MAX_NAME),
            self._follows(known, own, at), tuple(marks[: records.MAX_MARKS]), status, card, at,
        )  # fmt: skip
        return self._alone(kinds.CHECK_IN, record, lean=True)

    def _follows(self, known: Person, own: bool, at: int | None) -> tuple[bytes, ...]:
        """What a check-in follows: all that is known, but for what came after a card was written.

        A device's own last word needs no naming where it speaks of its own person.
        """
        if at is not None and at < known.at:
            return ()
        if own and known.own and not known.others and self._wrote(known):
            return ()
        return known.heads

    def _wrote(self, known: Person) -> bool:
        event = next(self._home.store.log.events(after=known.arrival - 1, limit=1), None)
        return event is not None and event.header.device == self._home.identity.device

    def lately(self) -> int:
        """How many urgent check-ins this device has written within the last ten minutes."""
        rows = self._register.rows(
            "SELECT body FROM people_events JOIN people_devices ON number = author"
            " WHERE device = ? AND community = ? AND kind = ? AND wall > ? AND arrival > ?"
            " ORDER BY arrival DESC LIMIT 20",
            self._home.identity.device, self.community, kinds.CHECK_IN, self._now - OFTEN,
            self._register.seen.since(self._now - OFTEN),
        )  # fmt: skip
        said = [records.decode(kinds.CHECK_IN, body) for (body,) in rows if body is not None]
        return sum(isinstance(each, CheckInRecord) and each.code in URGENT for each in said)

    # roll calls

    def start(
        self,
        title: str,
        until: int,
        asked: Iterable[bytes] = (),
        status: Status = Status.ACTUAL,
    ) -> Written:
        """Ask everybody, or these persons, how they are."""
        if not 60 <= until - self._now <= LONGEST:
            raise PeopleTextError("a roll call is open for a minute to 14 days")
        persons = tuple(sorted({*asked}))
        if len(persons) > records.MAX_ASKED:
            raise PeopleTextError(f"a roll call names at most {records.MAX_ASKED} persons")
        text = line(title, "a title", records.MAX_NAME, PeopleTextError)
        return self._alone(kinds.ROLL_CALL, CallRecord(text, until, persons, status))

    def end(self, call: Call) -> Written:
        """Close a roll call before its time. Raises EndedCallError, NotYoursError."""
        if call.is_over(self._now):
            raise EndedCallError(
                f'roll call "{short(call.id)}" has ended already',
                "hearth emergency roll-call lists those that are open",
            )
        if call.author != self.me and not self.membership.is_steward(self.me):
            raise NotYoursError("a roll call is ended by who started it, or by a steward")
        return self._alone(kinds.ROLL_CALL, CallRecord(ends=call.id))

    def assign(self, call: Call, persons: Sequence[bytes], knocker: bytes | None) -> list[Written]:
        """Say who goes to these persons; None: nobody does any more. Raises NotYoursError."""
        if call.author != self.me and not self.membership.is_steward(self.me):
            going = Calls(self._register).going(call)
            others = [going[e] for e in persons if e in going and going[e].knocker != self.me]
            if knocker not in (self.me, None) or any(each.led or not knocker for each in others):
                raise NotYoursError(
                    "who goes where is said by who started the roll call, by a steward, or by who"
                    " goes"
                )
        with self._home.store.batch() as batch, batch.transaction() as tx:
            return [
                self._append(tx, kinds.ASSIGN, AssignRecord(call.id, each, knocker))
                for each in persons
            ]

    # appending

    def _alone(self, kind: int, record: Record, *, lean: bool = False) -> Written:
        with self._home.store.batch() as batch, batch.transaction() as tx:
            return self._append(tx, kind, record, lean=lean)

    def _append(
        self,
        tx: Transaction,
        kind: int,
        record: Record,
        *,
        expiry: int = MONTH,
        lean: bool = False,
    ) -> Written:
        event = self._home.store.log.append(
            tx, self._signer, self.community, Lane.EMERGENCY, kind, records.encode(record),
            wall=self._now, expiry=expiry, lean=lean,
        )  # fmt: skip
        return Written.of(event)


def optional(text: str | None, what: str, most: int) -> str | None:
    """A line of visible text, if there is to be one. Raises PeopleTextError."""
    return None if text is None else line(text, what, most, PeopleTextError)
