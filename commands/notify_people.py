"""What is told of people in a bad week: who asks how one is, at whose door to knock, who needs
help, who is looked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from hearth.commands.notify_news import ACTUAL, News, Teller

if TYPE_CHECKING:
    from hearth.people.calls import Sheet
    from hearth.people.lookout import Missing
    from hearth.people.register import Register


def of_people(teller: Teller, register: Register, place: bytes) -> Iterator[News]:
    """All of a community."""
    yield from _calls(teller, register, place)
    yield from _needs(teller, register, place)
    yield from _missing(teller, register, place)


def _calls(teller: Teller, register: Register, place: bytes) -> Iterator[News]:
    """Open roll calls that ask this person, who has not answered; and where they are to knock."""
    from hearth.people.calls import Calls

    calls, me = Calls(register), teller.square.me
    for call in calls.all(place):
        if not call.open:
            continue
        sheet = calls.sheet(call)
        if call.arrival > teller.since and any(e.person.person == me for e in sheet.silent):
            by, text = teller.square.person(place, call.author), teller.line(call.title)
            there = teller.square.option(place)
            yield teller.made(
                "roll-call", place, call.id, call.author, call.arrival,
                f'roll call "{text}": {by} asks how you are; hearth safe{there} answers',
                text=text, time=call.at, until=call.until, status=call.status.name.capitalize(),
            )  # fmt: skip
        yield from _doors(teller, register, sheet)


def _doors(teller: Teller, register: Register, sheet: Sheet) -> Iterator[News]:
    """Where this person is to knock, by the word of others."""
    call, names = sheet.call, dict[bytes, list[str]]()
    last: dict[bytes, int] = {}
    for arrival, author, person in register.sent(call.id, teller.square.me, teller.since):
        if any(
            each.person.person == person and each.knocker == teller.square.me
            for each in sheet.silent
        ):
            names.setdefault(author, []).append(teller.square.person(call.community, person))
            last[author] = max(arrival, last.get(author, 0))
    for author, found in names.items():
        by, text = teller.square.person(call.community, author), ", ".join(found)
        [event] = register.home.store.log.numbered([last[author]])
        yield teller.made(
            "assignment", call.community, event.id, author, last[author],
            f'roll call "{teller.line(call.title)}": {by} sends you to knock at: {text}',
            text=text, time=event.header.wall, until=call.until,
            status=call.status.name.capitalize(), call=call.id.hex(),
        )  # fmt: skip


def _needs(teller: Teller, register: Register, place: bytes) -> Iterator[News]:
    """Who needs help, but for what was told and is no worse."""
    from hearth.commands.mustering import Muster, told
    from hearth.people.codes import URGENT, Group, severity, word

    muster = Muster(teller.session, teller.square, register)
    for real in (True, False):
        for each in register.people(place, real=real).values():
            if each.arrival <= teller.since or each.group is not Group.NEEDS:
                continue
            assert each.code is not None
            assert each.author is not None
            grave = each.code in URGENT and real
            by = min(teller.told.of(grave), each.arrival - 1)
            before = register.code_before(place, each.person, by, real=real)
            if before is not None and severity(before) >= severity(each.code):
                continue
            [event] = register.home.store.log.numbered([each.arrival])
            who = muster.who(each)
            yield teller.made(
                "check-in", place, event.id, each.author, each.arrival,
                f"needs help: {who}: {told(muster, each)}", text=teller.line(each.note or ""),
                time=each.at, status=ACTUAL if real else "Exercise", grave=grave,
                code=word(each.code), person=each.person.hex(), name=who,
            )  # fmt: skip


def _missing(teller: Teller, register: Register, place: bytes) -> Iterator[News]:
    """Who is looked for, and what is said of those that this person looks for."""
    from hearth.people.lookout import Lookout, State

    for one in Lookout(register).all(place):
        if one.state is not State.EXPIRED and one.name:
            name = teller.line(one.name)
            arrival = register.arrival(one.id)
            if one.state is State.OPEN and arrival > teller.since:
                where = f", last: {teller.line(one.place)}" if one.place else ""
                yield teller.made(
                    "missing", place, one.id, one.author, arrival, f"looked for: {name}{where}",
                    text=teller.line(one.text or ""), time=one.at, until=one.until, name=name,
                    person=None if one.person is None else one.person.hex(),
                )  # fmt: skip
            if one.author == teller.square.me:
                yield from _sightings(teller, register, one, name)


def _sightings(teller: Teller, register: Register, one: Missing, name: str) -> Iterator[News]:
    for each in one.sightings:
        arrival = register.arrival(each.id)
        if arrival > teller.since:
            by, text = teller.square.person(one.community, each.author), each.text or ""
            said = "is found" if each.found else "was heard of"
            more = f': "{teller.line(text)}"' if text else ""
            yield teller.made(
                "sighting", one.community, each.id, each.author, arrival,
                f"{name} {said}, says {by}{more}", text=teller.line(text), time=each.at,
                missing=one.id.hex(), name=name, found=each.found,
            )  # fmt: skip
