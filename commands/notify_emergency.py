"""What is told of emergencies that have come: notices, declarations, roll calls, calls for help.

*Grave*, and so not held back in quiet hours, is by what it says, whoever says it: a notice that is
extreme or severe or asks for help, a declared emergency, somebody who needs help now. What is not
meant (an exercise, a test) is told and marked, and never grave.

*Once*: an alert, whoever hands it on; a declaration, and not that it is renewed; a roll call that
is not answered yet; that somebody needs help, and again if it is worse. Of one person `LOUD` an
hour are told, of what is grave as many more, and how many there are beyond them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from hearth.commands.context import Session

if TYPE_CHECKING:
    from hearth.commands.communities import Square
    from hearth.condition.declared import Declared
    from hearth.notices.desk import Desk
    from hearth.notices.judging import Notice
    from hearth.people.register import Register

LOUD: Final = 5
"""News of one person in an hour that are told one by one."""
_HOUR: Final = 3600


class News(NamedTuple):
    """Something to be told. `arrival`: the number of the event it came by; `line`: for a terminal,
    `data`: for the program, both clean."""

    arrival: int
    author: bytes
    grave: bool
    line: str
    data: Mapping[str, Any]


class Told(NamedTuple):
    """The arrival numbers up to which was told: of all, and of what is grave; the latter is later
    where quiet hours hold back the rest."""

    all: int
    grave: int

    def of(self, grave: bool) -> int:
        """Up to which of one sort was told."""
        return self.grave if grave else self.all


def news(session: Session, square: Square, told: Told, now: int) -> tuple[list[News], int]:
    """What has come since and holds now, the grave first; and how many more by those who have said
    so much within the hour. Nothing of this person's own."""
    from hearth.condition.declared import Declared
    from hearth.notices.desk import Desk
    from hearth.people.register import Register
    from hearth.seen import Seen

    wanted = session.config.get("emergency.endorsements")
    with ExitStack() as stack:
        home, commons = square.home, square.commons
        desk = stack.enter_context(Desk.open(home, commons, now, wanted))
        declared = stack.enter_context(Declared.open(home, commons, now))
        register = stack.enter_context(Register.open(home, commons, now))
        recent = Seen(home, now).since(now - _HOUR)
        since = min(recent, told.all)
        maker = _Maker(session, square, desk, declared, register, told, since)
        found = [
            each
            for joined in commons.joined()
            for each in maker.community(joined.id)
            if each.author != square.me
        ]
    return _loud(found, told, recent)


def _loud(found: Iterable[News], told: Told, recent: int) -> tuple[list[News], int]:
    """Those that are told, and how many are not: nobody's flood rings without end."""
    lately = Counter[tuple[bytes, bool]]()
    loud, more = [], 0
    for each in sorted(found, key=lambda one: one.arrival):
        lately[each.author, each.grave] += each.arrival > recent
        if each.arrival > told.of(each.grave):
            if lately[each.author, each.grave] > LOUD:
                more += 1
            else:
                loud.append(each)
    return sorted(loud, key=lambda each: (not each.grave, each.arrival)), more


class _Maker(NamedTuple):
    """Says what there is that came after `since`: also what was told within the hour, so that it
    can be counted who has said how much."""

    session: Session
    square: Square
    desk: Desk
    declared: Declared
    register: Register
    told: Told
    since: int

    def community(self, place: bytes) -> Iterator[News]:
        """All of a community."""
        yield from self._notices(place)
        yield from self._declarations(place)
        yield from self._calls(place)
        yield from self._people(place)

    def _made(
        self, what: str, place: bytes, id: bytes, author: bytes, real: bool, grave: bool, text: str,
        time: int, until: int | None, arrival: int, line: str, **more: Any,
    ) -> News:  # fmt: skip
        data = {
            "what": what, "id": id.hex(), "community": place.hex(),
            "community_name": self.square.title(place), "author": author.hex(),
            "author_name": self.square.person(place, author), "real": real, "grave": grave and real,
            "text": text, "time": time, "until": until, **more,
        }  # fmt: skip
        return News(arrival, author, grave and real, line, data)

    def _notices(self, place: bytes) -> Iterator[News]:
        """Notices in force, and what has ended one that was told of."""
        from hearth.notices.judging import State

        found = self.desk.notices(place, every=False)
        over = {
            subject for each in found if _came(each) <= self.told.grave for subject in each.ended_by
        }
        for each in found:
            mine = any(copy.person == self.square.me for copy in each.copies)
            ends = each.first.kind == "Cancel" and each.subject in over
            if not mine and _came(each) > self.since and (each.state is State.FORCE or ends):
                yield self._notice(each)

    def _notice(self, notice: Notice) -> News:
        from hearth.commands.noticing import Board, asks_help, chosen, headline, unreal

        board, first = Board(self.session, self.square, self.desk), notice.first
        alert = self.desk.alert(notice)
        info, text = chosen(self.session, alert), headline(self.session, alert)
        severity = None if info is None else info.severity
        weight = "" if severity in (None, "Unknown") else f"{severity}: "
        what = "asks for help" if asks_help(alert) else "notice"
        what = "cancelled" if first.kind == "Cancel" else what
        grave = first.kind != "Cancel" and (
            severity in ("Extreme", "Severe") or asks_help(alert)
        )  # fmt: skip
        return self._made(
            "notice", notice.community, first.id, first.person, notice.real, grave, text,
            alert.sent.at, notice.until, _came(notice),
            f"{unreal(alert.status)}{what}: {weight}{text} ({board.tier(notice)})",
            kind=alert.kind, status=alert.status, tier=notice.tier.value, severity=severity,
            asks_help=asks_help(alert),
        )  # fmt: skip

    def _declarations(self, place: bytes) -> Iterator[News]:
        from hearth.commands.conditioning import declared_text
        from hearth.condition.records import Level, Status

        stands = self.declared.of(place)
        for each in (*stands.actual, *stands.unreal):
            renewed = any(before <= self.told.all for before in self.declared.renews(each))
            if each.arrival > self.since and not renewed:
                real, text = each.status is Status.ACTUAL, self.session.terminal.line(each.reason)
                yield self._made(
                    "declaration", place, each.id, each.person, real,
                    each.level is Level.EMERGENCY, text, each.wall, each.until, each.arrival,
                    "declared: " + declared_text(self.session, self.square.commons, each),
                    level=each.level.name.lower(), status=each.status.name.capitalize(),
                )  # fmt: skip

    def _calls(self, place: bytes) -> Iterator[News]:
        """Open roll calls that ask this person, who has not answered."""
        from hearth.commands.noticing import unreal
        from hearth.people.calls import Calls

        calls, me = Calls(self.register), self.square.me
        for real in (True, False):
            for each in calls.for_person(place, me, real=real):
                if each.arrival <= self.since:
                    continue
                if any(one.person.person == me for one in calls.sheet(each).silent):
                    by, text = self.square.person(place, each.author), _line(self, each.title)
                    yield self._made(
                        "roll-call", place, each.id, each.author, real, False, text, each.at,
                        each.until, each.arrival,
                        f'{unreal(each.status.name)}roll call "{text}": {by} asks how you are',
                        status=each.status.name.capitalize(),
                    )  # fmt: skip

    def _people(self, place: bytes) -> Iterator[News]:
        """Who needs help, but for what was told and is no worse."""
        from hearth.commands.mustering import Muster, told
        from hearth.commands.noticing import unreal
        from hearth.people.codes import URGENT, Group, severity, word

        muster = Muster(self.session, self.square, self.register)
        for real in (True, False):
            for each in self.register.people(place, real=real).values():
                code, author = each.code, each.author
                if each.arrival <= self.since or each.group is not Group.NEEDS:
                    continue
                assert code is not None
                assert author is not None
                grave = code in URGENT and real
                before = self.register.code_before(
                    place, each.person, min(self.told.of(grave), each.arrival - 1), real=real
                )
                if before is not None and severity(before) >= severity(code):
                    continue
                [event] = self.square.home.store.log.numbered([each.arrival])
                who, mark = muster.who(each), unreal("ACTUAL" if real else "EXERCISE")
                yield self._made(
                    "check-in", place, event.id, author, real, grave,
                    _line(self, each.note or ""), each.at, None, each.arrival,
                    f"{mark}needs help: {who}: {told(muster, each)}",
                    code=word(code), person=each.person.hex(), name=who,
                    status="Actual" if real else "Exercise",
                )  # fmt: skip


def _line(maker: _Maker, text: str) -> str:
    return maker.session.terminal.line(text)


def _came(notice: Notice) -> int:
    """The number of the event that it first came by, whoever handed it on."""
    return min(each.arrival for each in notice.copies)
