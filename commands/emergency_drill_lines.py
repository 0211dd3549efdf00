"""Rehearsals, for people and as data: who has learnt of one, how, and how long that took."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from hearth.commands.boarding import EXERCISE, Opened
from hearth.commands.times import moment, span

if TYPE_CHECKING:
    from hearth.boards.drills import Drill, Learnt


def lines(opened: Opened, found: Drill) -> Iterator[str]:
    """A rehearsal for people; every line says that it is none but that."""
    session, now = opened.session, opened.session.now
    text = session.terminal.clean(found.start.record.text or "")
    who = opened.square.person(found.community, found.start.person)
    yield session.terminal.wrap(f'"{text}", by {who}', indent=EXERCISE)
    began = f"began {moment(found.start.wall, now)} by their clock"
    if found.start.person == opened.square.me:
        began = f"began {moment(found.start.wall, now)}"
    if found.ended is not None:
        state = f"ended {moment(found.ended.came, now)}"
    else:
        state = (
            f"{'runs until' if found.is_running(now) else 'was over'} {moment(found.until, now)}"
        )
    yield f"{EXERCISE}{began}, {state}"
    yield from _who(opened, found)


def _who(opened: Opened, found: Drill) -> Iterator[str]:
    members = opened.square.commons.membership(found.community).members
    others = [each for each in members if each != found.start.person]
    learnt = [each for each in found.learnt() if each.person in members]
    heard = {each.person for each in learnt}
    yield f"{EXERCISE}{len(learnt)} of {len(others)} others are known here to have learnt of it"
    for each in sorted(learnt, key=lambda one: one.within if one.after is None else one.after):
        yield opened.session.terminal.wrap(_learnt(opened, found, each), indent=EXERCISE)
    silent = [opened.square.person(found.community, each) for each in others if each not in heard]
    if silent:
        text = f"not known to have heard: {', '.join(sorted(silent))}"
        yield opened.session.terminal.wrap(text, indent=EXERCISE)


def _learnt(opened: Opened, found: Drill, each: Learnt) -> str:
    """Who, after how long, by which way; and what of that is doubtful."""
    who = opened.square.person(found.community, each.person)
    if each.after is None:
        when = f"within {span(each.within)} (their clock says nothing useful)"
    else:
        when = f"after {span(each.after)}"
    text = f"{who}: {when}, by {way_words(opened, found.community, each.way)}"
    if each.read:
        after = "" if each.answered is None else f" after {span(each.answered)}"
        text += f"; answered{after}"
    return text


def way_words(opened: Opened, community: bytes, way: bytes) -> str:
    """How news came: over the network from somebody, or by what was carried."""
    from hearth.boards.drills import OWN, carrier
    from hearth.commands.mustering import WAYS

    name = carrier(way)
    if name is not None:
        return WAYS.get(name, name)
    if way == OWN:
        return "a way that is not known"
    membership = opened.square.commons.membership(community)
    for person, member in membership.members.items():
        if any(device.startswith(way) for device in member.devices):
            return f"the network, from {opened.square.person(community, person)}"
    return "the network, from somebody who is no member now"


def as_json(opened: Opened, found: Drill) -> dict[str, Any]:
    """A rehearsal as data."""
    from hearth.boards.drills import OWN, carrier

    members = opened.square.commons.membership(found.community).members
    learnt = [each for each in found.learnt() if each.person in members]
    heard = {found.start.person, *(each.person for each in learnt)}

    def name(person: bytes) -> str:
        return opened.square.person(found.community, person)

    return {
        "id": found.id.hex(),
        "community": found.community.hex(),
        "real": False,
        "status": "Exercise",
        "text": found.start.record.text,
        "person": found.start.person.hex(),
        "began": found.start.wall,
        "until": found.until,
        "running": found.is_running(opened.session.now),
        "ended": None if found.ended is None else found.ended.came,
        "learnt": [
            {
                "person": each.person.hex(),
                "person_name": name(each.person),
                "device": each.device.hex(),
                "way": carrier(each.way) or ("unknown" if each.way == OWN else "network"),
                "way_told": way_words(opened, found.community, each.way),
                "after": each.after,
                "within": each.within,
                "answered": each.read,
                "answered_after": each.answered,
            }
            for each in learnt
        ],
        "silent": [
            {"person": each.hex(), "person_name": name(each)}
            for each in members
            if each not in heard
        ],
    }
