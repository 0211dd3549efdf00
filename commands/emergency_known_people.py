"""What is known here of people in a bad week: how they are, who is silent, who is looked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from hearth.commands.emergency_rooms import latest, section, some
from hearth.taking_turns import in_turn

if TYPE_CHECKING:
    from hearth.boards.sheet import Section
    from hearth.commands.emergency_rooms import Rooms
    from hearth.people.calls import Silence
    from hearth.people.register import Person

SILENT = 3 * 86_400
"""Seconds after which somebody who was not heard of is named, also without a roll call."""


def people(rooms: Rooms, most: int) -> Section:
    """How many are how; who needs help; who is silent; who is looked for."""
    from hearth.commands.mustering import told
    from hearth.people.codes import Group, severity

    muster, place = rooms.muster, rooms.community
    every = list(muster.register.people(place).values())
    count = muster.register.counts(place)
    company = f" (and {count.company} with them)" if count.company else ""
    known = f"{count.safe} safe{company}, {count.needs} need help, {count.unknown} not known"
    lines = [f"{known}, of {len(every)}"]
    needs = [each for each in every if each.group is Group.NEEDS]
    needs.sort(key=lambda each: (not each.own, -severity(each.code or 0), each.at))
    needs = in_turn(needs, lambda each: each.author)
    lines += some([f"NEEDS HELP: {muster.who(e)}: {told(muster, e)}" for e in needs], most)
    doubted = [each for each in every if _is_doubted(each)]
    lines += some([f"IN DOUBT: {muster.who(e)}: {told(muster, e)}" for e in doubted], most)
    lines += _calls(rooms, most)
    lines += silent(rooms, most)
    lines += missing(rooms, most)
    came = max((each.at for each in every if each.code is not None), default=None)
    source = f"check-ins of 48 hours that have come here{latest(rooms, came)}"
    return section("people", lines, source)


def _is_doubted(person: Person) -> bool:
    """Whether somebody counts as safe of whom another said since, not knowing that, that they need
    help; or has denied what others said, and nothing else."""
    from hearth.people.codes import Code, Group, group

    if person.code == Code.DENY:
        return not person.stale
    return person.group is Group.SAFE and any(
        group(each.code) is Group.NEEDS and each.at >= person.at for each in person.others
    )


def _calls(rooms: Rooms, most: int) -> Iterator[str]:
    """Open roll calls, and, once for all of them, who is silent."""
    from hearth.commands.times import stamp

    muster, now = rooms.muster, rooms.session.now
    silences: dict[bytes, Silence] = {}
    for sheet in rooms.muster.open_calls[:most]:
        asked = len(sheet.answered) + len(sheet.silent)
        title = rooms.session.terminal.line(sheet.call.title)
        yield (
            f'roll call "{title}": {len(sheet.answered)} of {asked} answered,'
            f" {len(sheet.silent)} silent"
        )
        silences |= {each.person.person: each for each in sheet.silent}
    silences.pop(rooms.square.me, None)
    ordered = sorted(silences.values(), key=lambda each: (each.heard or 0, muster.who(each.person)))
    names = [
        f"SILENT: {muster.who(each.person)}, "
        + ("never heard of" if each.heard is None else f"last heard {stamp(each.heard, now)}")
        for each in ordered
    ]
    yield from some(names, most)


def silent(rooms: Rooms, most: int) -> list[str]:
    """Members of whom nothing was heard for days, and whom no open roll call asks."""
    from hearth.commands.times import ago

    now, members = rooms.session.now, rooms.square.commons.membership(rooms.community).members
    asked = {rooms.square.home.identity.person}
    for sheet in rooms.muster.open_calls:
        asked |= {each.person.person for each in sheet.answered}
        asked |= {each.person.person for each in sheet.silent}
    heard = rooms.muster.register.heard(rooms.community)
    quiet = [
        (heard.get(each, 0), each)
        for each in members
        if each not in asked and now - heard.get(each, 0) > SILENT
    ]
    lines = [
        f"not heard of: {rooms.person(each)}" + (f", last {ago(now - at)}" if at else "")
        for at, each in sorted(quiet)
    ]
    return some(lines, most)


def missing(rooms: Rooms, most: int) -> list[str]:
    """Who is looked for; of children only how many, as paper gets around."""
    from hearth.commands.times import stamp
    from hearth.people.lookout import Lookout, State, heard

    line, now = rooms.session.terminal.line, rooms.session.now
    found = [
        e for e in Lookout(rooms.muster.register).all(rooms.community) if e.state is State.OPEN
    ]
    children = sum(each.minor or each.sealed for each in found)
    shown, more = heard([each for each in found if not (each.minor or each.sealed)])
    lines = [
        f"MISSING: {line(each.name)}, since {stamp(each.at, now)}"
        + (f", last: {line(each.place)}" if each.place else "")
        for each in in_turn(shown, lambda each: each.author)
    ]
    lines = some(lines, most)
    if more:
        lines.append(f"and {sum(more.values()):,} more of the same authors")
    if waits := rooms.muster.register.locked():
        lines.append(f"{waits:,} sealed events wait for the key: hearth emergency missing")
    if children:
        lines.append(
            f"MISSING: {children} of whom only stewards are told: hearth emergency missing"
        )
    return lines
