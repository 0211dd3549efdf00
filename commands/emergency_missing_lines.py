"""Who is looked for, for people and as data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from hearth.commands.times import moment, stamp
from hearth.people.lookout import Missing, Sighting, State, heard

if TYPE_CHECKING:
    from hearth.commands.mustering import Muster

TOLD = {
    "seeking": "information_sought",
    "alive": "believed_alive",
    "missing": "believed_missing",
    "dead": "believed_dead",
    "self": "is_note_author",
}
"""What is typed, and the status of a PFIF note that it stands for."""
BELIEFS = {"seeking": "is asked for", "self": "says it is them", "missing": "not seen"}
"""How that is worded, where it is not what is believed."""


def put(muster: Muster, one: Missing) -> None:
    """Print one in a line, or what fits."""
    terminal = muster.session.terminal
    begin = f"{one.id.hex()[:8]}  "
    terminal.out(terminal.wrap(line(muster, one), indent=begin, hanging=" " * len(begin)))


def line(muster: Muster, one: Missing) -> str:
    """Who it is, how it stands, and the latest that is known."""
    line, now = muster.session.terminal.line, muster.session.now
    if one.state is State.EXPIRED:
        return f"(over) reported {stamp(one.at, now)}"
    parts = [line(one.name) + " (a child: stewards only)" * one.minor]
    if one.state is State.FOUND:
        parts.append(f"FOUND, {_says(muster, one.found_by)}")
    else:
        parts.append(f"looked for since {stamp(one.at, now)}")
    if one.place:
        parts.append(f"last: {line(one.place)}")
    if one.here is not None:
        parts.append(f"has checked in themselves, {stamp(one.here.at, now)}")
    elif one.sightings and one.state is State.OPEN:
        last = one.sightings[-1]
        parts.append(f"{told_of(last)}, {_says(muster, last.author)} {stamp(last.at, now)}")
    return " · ".join(parts)


def _says(muster: Muster, person: bytes | None) -> str:
    if person == muster.square.me:
        return "you say"
    return f"says {'somebody' if person is None else muster.name(person)}"


def told_of(one: Sighting) -> str:
    """What somebody who has said something believes."""
    told = "" if one.told is None else one.told.name.lower()
    word = next((word for word, name in TOLD.items() if name == told), told)
    if one.found:
        return "found"
    return BELIEFS.get(word, f"believed {word}")


def details(muster: Muster, one: Missing) -> Iterator[str]:
    """All that is known of one, and who said it."""
    from hearth.commands.mustering import told

    terminal, now = muster.session.terminal, muster.session.now
    yield f"id           {one.id.hex()}"
    yield f"state        {one.state.value}" + (
        f", {_says(muster, one.found_by)}" if one.found_by else ""
    )
    yield f"reported     {stamp(one.at, now)} by {muster.name(one.author)}"
    if one.state is State.EXPIRED:
        yield "             it is over: what was said is not shown any more"
        return
    yield f"name         {terminal.line(one.name)}"
    yield f"until        {moment(one.until, now)}"
    for label, text in (("last seen", one.place), ("exactly", one.exact)):
        if text:
            only = ", for stewards only" if label == "exactly" else ""
            yield f"{label:<13}{terminal.line(text)}{only}"
    if one.minor:
        yield "             a child: sealed to the stewards"
    if one.here is not None:
        yield f"themselves   {told(muster, one.here)}"
    if one.text:
        yield ""
        yield terminal.wrap(terminal.line(one.text))
    shown, more = heard(reversed(one.sightings))
    for each in reversed(shown):
        yield ""
        yield f"{stamp(each.at, now)}  {muster.name(each.author)}: {told_of(each)}"
        for text in (each.place, each.exact, each.text):
            if text:
                yield terminal.wrap(terminal.line(text), indent="    ")
    for author, count in more.items():
        yield f"and {count:,} earlier by {muster.name(author)}: --json lists them"


def as_json(muster: Muster, one: Missing) -> dict[str, Any]:
    """The same as data."""
    from hearth.commands.mustering import as_json

    over = one.state is State.EXPIRED
    return {
        "id": one.id.hex(),
        "community": one.community.hex(),
        "state": one.state.value,
        "by": one.author.hex(),
        "at": one.at,
        "until": one.until or None,
        "sealed": one.sealed,
        "name": None if over else one.name,
        "place": one.place,
        "exact": one.exact,
        "description": one.text,
        "person": None if one.person is None else one.person.hex(),
        "minor": one.minor,
        "found_by": None if one.found_by is None else one.found_by.hex(),
        "here": None if one.here is None else as_json(muster, one.here),
        "sightings": [
            {
                "id": each.id.hex(),
                "by": each.author.hex(),
                "at": each.at,
                "told": None if each.told is None else each.told.name.lower(),
                "found": each.found,
                "place": each.place,
                "exact": each.exact,
                "text": each.text,
            }
            for each in one.sightings
        ],
    }
