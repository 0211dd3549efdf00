"""What waits for this person in a bad week: to answer, to knock, to say that somebody is found."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from hearth.commands.emergency_rooms import Rooms
    from hearth.people.calls import Call, Sheet
    from hearth.people.lookout import Missing
    from hearth.people.register import Person


class Waiting(NamedTuple):
    """`calls`: open roll calls that this person has not answered; `doors`: who is silent in one,
    and they are to knock there; `silent`: an emergency is declared, and they have not said how they
    are; `found`: whom they look for, and somebody else says that they are found."""

    calls: list[Call]
    doors: list[tuple[Person, Call]]
    silent: bool
    found: list[Missing]

    @classmethod
    def of(cls, rooms: Rooms) -> Waiting:
        """All that waits in this community, of what is meant."""
        from hearth.condition.axes import Mode

        me, sheets = rooms.square.me, rooms.muster.open_calls
        calls = [each.call for each in sheets if _is_silent(each, me)]
        doors = [
            (each.person, sheet.call)
            for sheet in sheets
            for each in sheet.silent
            if each.knocker == me
        ]
        said = rooms.muster.register.person(rooms.community, me)
        declared = rooms.known.mode is Mode.EMERGENCY
        silent = declared and not calls and (said.code is None or said.stale)
        return cls(calls, doors, silent, _found(rooms))

    def lines(self, rooms: Rooms) -> Iterator[str]:
        """For people, with what to type."""
        there = rooms.square.option(rooms.community)
        say = f"hearth safe{there}, or hearth emergency check-in{there}"
        if self.calls:
            yield f"you have not answered: {say}"
        if self.silent:
            yield f"you have not said how you are: {say}"
        if self.doors:
            names = dict.fromkeys(rooms.muster.who(person) for person, _ in self.doors)
            yield (
                f"you are to knock at: {', '.join(names)}; then hearth emergency roll-call answer"
                f"{there} CODE --for NAME"
            )
        for each in self.found:
            name = rooms.session.terminal.line(each.name)
            by = rooms.person(next(one.author for one in each.sightings if one.found))
            yield (
                f"{by} says that {name} is found: hearth emergency missing found{there}"
                f" {_short(each)} ends the search"
            )

    def as_json(self, rooms: Rooms) -> dict[str, Any]:
        """As `hearth emergency --json` has it."""
        return {
            "roll_calls": [each.id.hex() for each in self.calls],
            "knock": [
                {"person": each.person.hex(), "name": rooms.muster.who(each), "call": call.id.hex()}
                for each, call in self.doors
            ],
            "check_in": self.silent,
            "found": [each.id.hex() for each in self.found],
        }


def _is_silent(sheet: Sheet, person: bytes) -> bool:
    return any(each.person.person == person for each in sheet.silent)


def _found(rooms: Rooms) -> list[Missing]:
    """Whom this person looks for, and others say that they are found."""
    from hearth.people.lookout import Lookout, State

    every = Lookout(rooms.muster.register).all(rooms.community)
    mine = [e for e in every if e.state is State.OPEN and e.author == rooms.square.me]
    return [each for each in mine if any(one.found for one in each.sightings)]


def _short(each: Missing) -> str:
    from hearth.store.ids import short

    return short(each.id)
