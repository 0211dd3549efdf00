"""What is told of emergencies that have come: notices, declarations, and of people
(`notify_people`).

*Grave*, and so not held back in quiet hours, is by what it says, whoever says it: a notice that is
extreme or severe or asks for help, a declared emergency, somebody who needs help now. What is not
meant (an exercise, a test) is told and marked, and never grave.

*Once*: an alert, whoever hands it on; a declaration, and not that it is renewed; a roll call that
is not answered yet; that somebody needs help, and again if it is worse. Of one person `LOUD` an
hour are told, of what is grave as many more, and how many there are beyond them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final

from hearth.commands.context import Session
from hearth.commands.notify_news import News, Rung, Teller, Told

if TYPE_CHECKING:
    from hearth.commands.communities import Square
    from hearth.condition.declared import Declared
    from hearth.notices.desk import Desk
    from hearth.notices.judging import Notice

LOUD: Final = 5
"""News of one person in an hour that are told one by one."""
_HOUR: Final = 3600


def news(
    session: Session, square: Square, told: Told, last: int, now: int, *, held: bool
) -> tuple[list[News], int, tuple[Rung, ...]]:
    """What has come since, up to the arrival number `last` (what comes meanwhile is for the next
    time), and holds now, the grave first; how many more by those who have said so much within the
    hour; and what has rung within it, with these. Nothing of this person's own;
    where the rest is `held` back, what is grave alone."""
    from hearth.commands.notify_people import of_people
    from hearth.condition.declared import Declared
    from hearth.notices.desk import Desk
    from hearth.people.register import Register
    from hearth.seen import SANE, Seen

    wanted = session.config.get("emergency.endorsements")
    with ExitStack() as stack:
        home, commons = square.home, square.commons
        desk = stack.enter_context(Desk.open(home, commons, now, wanted))
        declared = stack.enter_context(Declared.open(home, commons, now))
        register = stack.enter_context(Register.open(home, commons, now))
        # by a clock that is not set nothing came an hour ago: the limit is for each time then
        recent = Seen(home, now).since(now - _HOUR) if now >= SANE else told.grave
        rung = [each for each in told.rung if recent < each.arrival <= told.grave]
        teller = Teller(session, square, told)
        found: list[News] = []
        for joined in commons.joined():
            found += _notices(teller, desk, joined.id)
            found += _declarations(teller, declared, joined.id)
            found += of_people(teller, register, joined.id)
    new = [
        each for each in found
        if told.of(each.grave) < each.arrival <= last and each.author != square.me
        and (each.grave or not held)
    ]  # fmt: skip
    loud = _loud(new, rung)
    rung += [Rung(each.arrival, each.author, each.grave) for each in loud]
    return loud, len(new) - len(loud), tuple(rung)


def _loud(found: Iterable[News], rung: Sequence[Rung]) -> list[News]:
    """Those that are told: nobody's flood rings without end. What has rung within the hour counts,
    whatever has become of it."""
    lately, loud = Counter((each.author, each.grave) for each in rung), []
    for each in sorted(found, key=lambda one: one.arrival):
        lately[each.author, each.grave] += 1
        if lately[each.author, each.grave] <= LOUD:
            loud.append(each)
    return sorted(loud, key=lambda each: (not each.grave, each.arrival))


# notices


def _notices(teller: Teller, desk: Desk, place: bytes) -> Iterator[News]:
    """Notices in force, and what has ended one that was told of."""
    from hearth.notices.judging import State

    found = desk.notices(place, every=False)
    told = [each for each in found if _came(each) <= teller.told.grave]
    over = {subject for each in told for subject in each.ended_by}
    for each in found:
        mine = any(copy.person == teller.square.me for copy in each.copies)
        ends = each.first.kind == "Cancel" and each.subject in over
        if not mine and _came(each) > teller.since and (each.state is State.FORCE or ends):
            yield _notice(teller, desk, each)


def _notice(teller: Teller, desk: Desk, notice: Notice) -> News:
    from hearth.commands.noticing import Board, asks_help, chosen, headline

    session, first, alert = teller.session, notice.first, desk.alert(notice)
    info, text, help = chosen(session, alert), headline(session, alert), asks_help(alert)
    severity = None if info is None else info.severity
    cancels = first.kind == "Cancel"
    what = "cancelled" if cancels else "asks for help" if help else "notice"
    weight = "" if severity in (None, "Unknown") else f"{severity}: "
    tier = Board(session, teller.square, desk).tier(notice)
    return teller.made(
        "notice", notice.community, first.id, first.person, _came(notice),
        f"{what}: {weight}{text} ({tier})", text=text, time=alert.sent.at, until=notice.until,
        status=alert.status, grave=not cancels and (severity in ("Extreme", "Severe") or help),
        kind=alert.kind, tier=notice.tier.value, severity=severity, asks_help=help,
    )  # fmt: skip


def _came(notice: Notice) -> int:
    """The number of the event that it first came by, whoever handed it on."""
    return min(each.arrival for each in notice.copies)


# declarations


def _declarations(teller: Teller, declared: Declared, place: bytes) -> Iterator[News]:
    """What stands, but for what is only renewed."""
    from hearth.commands.conditioning import declared_text
    from hearth.condition.records import Level

    stands = declared.of(place)
    for each in (*stands.actual, *stands.unreal):
        renewed = any(before <= teller.told.all for before in declared.renews(each))
        if each.arrival > teller.since and not renewed:
            said = declared_text(teller.session, teller.square.commons, each, marked=False)
            yield teller.made(
                "declaration", place, each.id, each.person, each.arrival, f"declared: {said}",
                text=teller.line(each.reason), time=each.wall, until=each.until,
                status=each.status.name.capitalize(), grave=each.level is Level.EMERGENCY,
                level=each.level.name.lower(),
            )  # fmt: skip
