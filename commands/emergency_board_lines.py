"""Sites of the board, for people and as data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from hearth.boards.words import has_words, sort_word, state_word
from hearth.commands.boarding import EXERCISE, Opened, age, state
from hearth.commands.layout import columns, cut

if TYPE_CHECKING:
    from hearth.boards.judging import Said, Site


def lines(opened: Opened, sites: list[Site]) -> Iterator[str]:
    """Sites for people, what is an exercise apart."""
    real = [each for each in sites if not each.exercise]
    yield from _site_lines(opened, real)
    made_up = [each for each in sites if each.exercise]
    if made_up:
        yield "EXERCISE: nothing here is real"
        yield from _site_lines(opened, made_up)


def _site_lines(opened: Opened, sites: list[Site]) -> Iterator[str]:
    """Sites for people: a line each, and what else is known below it."""
    session, now = opened.session, opened.session.now
    for site in sites:
        mark = EXERCISE if site.exercise else ""
        name = cut(session.terminal.clean(site.name), 26)
        head = f"{sort_word(site.sort):<10}{_pad(name, 28)}{state(site, now):<10}"
        yield session.terminal.wrap(
            _told(opened, site), indent=mark + head, hanging=f"{mark}{' ' * 12}"
        )
        for text in _more(opened, site):
            yield session.terminal.wrap(text, indent=f"{mark}{' ' * 12}")


def _pad(text: str, width: int) -> str:
    return text + " " * max(1, width - columns(text))


def _told(opened: Opened, site: Site) -> str:
    """Who said how it is, and when."""
    now, last = opened.session.now, site.last
    who = opened.square.person(site.community, last.person)
    if site.state(now) is None:
        said = state_word(site.sort, last.record.state)
        return f"said {said} {age(last, now)}, {who}"
    return f"{age(last, now)}, {who}"


def _more(opened: Opened, site: Site) -> Iterator[str]:
    """Lines of what else is known of a site."""
    clean, now = opened.session.terminal.clean, opened.session.now
    for each in site.others:
        who = opened.square.person(site.community, each.person)
        yield f"but {who} said {state_word(site.sort, each.record.state)} {age(each, now)}"
    parts = [room(site, now)]
    parts.append(", ".join(has_words(site.has or 0)))
    parts.append(clean(site.place or ""))
    if site.last.is_fresh(now):
        parts.append(clean(site.last.record.note or ""))
    said = " · ".join(each for each in parts if each)
    if said:
        yield said


def room(site: Site, now: int) -> str:
    """How many people are there, and how many there is room for."""
    taken = site.taken(now)
    if site.capacity is None:
        return "" if taken is None else f"{taken:,} {'person' if taken == 1 else 'people'}"
    return f"room for {site.capacity:,}" if taken is None else f"{taken:,} of {site.capacity:,}"


def as_json(opened: Opened, site: Site) -> dict[str, Any]:
    """A site as data."""
    now = opened.session.now
    known = site.state(now)
    return {
        "sort": sort_word(site.sort),
        "name": site.name,
        "state": "unknown" if known is None else state_word(site.sort, known),
        "real": not site.exercise,
        "capacity": site.capacity,
        "taken": site.taken(now),
        "has": has_words(site.has or 0),
        "place": site.place,
        "said": _said_json(opened, site, site.last),
        "others": [_said_json(opened, site, each) for each in site.others],
    }


def _said_json(opened: Opened, site: Site, said: Said) -> dict[str, Any]:
    return {
        "id": said.id.hex(),
        "state": state_word(site.sort, said.record.state),
        "person": said.person.hex(),
        "person_name": opened.square.person(site.community, said.person),
        "written": said.at,
        "came": said.came,
        "note": said.record.note,
    }
