"""hearth emergency alone: the mode and why, notices, who is silent, what is needed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from hearth.commands.context import Session
from hearth.store.errors import Exit

if TYPE_CHECKING:
    from hearth.boards.sheet import Section
    from hearth.commands.emergency_rooms import Rooms

MOST = 4
"""Lines of a list: the picture fits a screen, the verbs of each room show all."""


def picture(session: Session) -> int:
    """Print it."""
    from hearth.commands.emergency_rooms import entering

    with entering(session) as rooms:
        if session.json:
            session.terminal.out_json(_data(rooms))
            return Exit.OK
        for line in _lines(rooms):
            session.terminal.out(line)
    return Exit.OK


def _lines(rooms: Rooms) -> Iterator[str]:
    from hearth.commands import conditioning, emergency_known as known
    from hearth.commands.emergency_known_people import people
    from hearth.commands.emergency_notice_list import force_lines
    from hearth.commands.emergency_waiting import Waiting

    if len(rooms.square.commons.joined()) > 1:
        yield conditioning.row(rooms.session, "community", rooms.name())
    yield from _condition(rooms)
    yield from force_lines(rooms.notices)
    for number, line in enumerate(Waiting.of(rooms).lines(rooms)):
        yield conditioning.row(rooms.session, "" if number else "for you", line)
    for make in (people, known.needed, known.sites):
        yield from _section(rooms, make(rooms, MOST))
    for text in known.exercises(rooms, MOST):
        status, mark, said = text.partition(known.UNREAL)
        yield rooms.session.terminal.wrap(
            said if mark else status, indent=(status + mark) * bool(mark)
        )


def _condition(rooms: Rooms) -> Iterator[str]:
    from hearth.commands import conditioning
    from hearth.commands.emergency_known import clock_doubt

    session, known = rooms.session, rooms.known
    yield conditioning.row(session, "mode", conditioning.mode_text(session, known))
    for doubt in clock_doubt(session):
        yield conditioning.row(session, "", doubt)
    for why in known.reasons:
        yield conditioning.row(session, "", session.terminal.clean(why))
    for each in known.declared:
        text = conditioning.declared_text(session, rooms.square.commons, each)
        yield conditioning.row(session, "declared", text)


def _section(rooms: Rooms, section: Section) -> Iterator[str]:
    """A section, its title beside its first line."""
    from hearth.commands.conditioning import row

    for number, line in enumerate(section.lines):
        yield row(rooms.session, "" if number else section.title, line)


def _data(rooms: Rooms) -> dict[str, Any]:
    """The picture as data."""
    from hearth.commands import conditioning, emergency_known as known
    from hearth.commands.emergency_board_lines import as_json as site_json
    from hearth.commands.emergency_known_people import people
    from hearth.commands.emergency_notice_list import force_json
    from hearth.commands.emergency_waiting import Waiting
    from hearth.people.codes import Group

    session, place = rooms.session, rooms.community
    register = rooms.muster.register
    count = register.counts(place)
    every = register.people(place).values()
    drills = [each for each in rooms.boards.drills(place) if each.is_running(session.now)]
    return {
        "v": 1,
        "community": place.hex(),
        "condition": conditioning.as_json(session, rooms.square.commons, rooms.known),
        "notices": force_json(rooms.notices),
        "waiting": Waiting.of(rooms).as_json(rooms),
        "people": {
            "safe": count.safe,
            "needs": count.needs,
            "unknown": count.unknown,
            "with_them": count.company,
            "in_need": [
                {"person": each.person.hex(), "name": rooms.muster.who(each)}
                for each in every
                if each.group is Group.NEEDS
            ],
            "lines": list(people(rooms, 1000).lines),
        },
        "needed": list(known.needed(rooms, 1000).lines),
        "sites": [site_json(rooms.opened, each) for each in rooms.boards.sites(place)],
        "exercises": len(drills),
        "unreal": known.exercises(rooms, 1000),
    }
