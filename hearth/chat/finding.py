"""Which conversation is meant by what somebody typed: a person, a group, or a #channel.

Whatever may mean two means none of them, wherever the two are: it is refused, with their keys.
Where nobody is meant who is there, it may be somebody who was: what was written with who has been
put out, or in a community that was left, stays to be read.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from hearth.chat.errors import AmbiguousNameError, UnknownConversationError
from hearth.chat.names import Person, ambiguous
from hearth.chat.records import CHANNEL
from hearth.chat.shapes import Conversation, Where
from hearth.community.naming import alike
from hearth.guessing import did_you_mean
from hearth.store.ids import MIN_PREFIX, short

if TYPE_CHECKING:
    from hearth.chat.reading import Reading
    from hearth.chat.teams import Team
    from hearth.community.commons import Commons
    from hearth.home import Home


def find(
    reading: Reading,
    home: Home,
    commons: Commons,
    text: str,
    community: bytes | None,
    shown: Callable[[str], str],
) -> Conversation:
    """See `Talk.find`."""
    places = _places(home, commons) if community is None else [community]
    if text.startswith("#"):
        where = _channel(text, places)
        past = _past(reading, text, community, shown) if len(places) == 1 else []
        others = [each.where for each in past if each.kind == "channel"]
        return reading.at(where if where in others or not others else others[0])
    persons = {each.key: each for each in reversed(reading.names.find(text, places, shown))}
    teams = [
        (where, team)
        for where, team in reading.teams()
        if where.community in places and _means(where, team, text, shown)
    ]
    if len(persons) > 1:
        raise ambiguous(text, persons.values())
    if len(teams) + len(persons) > 1:
        listed = (f"{short(where.key)}  group {team.name}" for where, team in teams[:8])
        keys = (
            f"{short(each)}  {reading.names.of(p.community, each)}" for each, p in persons.items()
        )
        raise AmbiguousNameError(
            f'"{text}" may mean several conversations', "name one by its digits:", *listed, *keys
        )
    if teams:
        return reading.at(teams[0][0])
    if persons:
        return reading.at(_person(next(iter(persons.values())), home))
    past = _past(reading, text, community, shown)
    if len(past) > 1:
        raise AmbiguousNameError(
            f'"{text}" may mean several conversations', "name one by its digits:",
            *(f"{short(each.key)}  {each.kind} {each.name}" for each in past[:8]),
        )  # fmt: skip
    if past:
        return past[0]
    raise UnknownConversationError(
        f'no member, group or channel "{text}"',
        *did_you_mean(text, _known(reading, places)),
        "hearth member list shows who there is; a channel is written '#like-this', in quotes",
    )


def _known(reading: Reading, places: list[bytes]) -> set[str]:
    """The names of everybody and everything that could be meant."""
    persons = {each.name for place in places for each in reading.names.persons(place).values()}
    return persons - {""} | {each.name for each in reading.conversations()}


def _places(home: Home, commons: Commons) -> list[bytes]:
    joined = sorted(commons.joined(), key=lambda each: not each.default)
    return [*(each.id for each in joined), home.community]


def _channel(text: str, places: list[bytes]) -> Where:
    name = text[1:].lower()
    if not CHANNEL.fullmatch(name):
        raise UnknownConversationError(
            f'"{text}" is no channel',
            "a channel has a name of 1 to 32 small letters, digits, - and _",
        )
    return Where("channel", places[0], name.encode())


def _past(
    reading: Reading, text: str, community: bytes | None, shown: Callable[[str], str]
) -> list[Conversation]:
    """Conversations that there are, with whoever it was and wherever, which a text may mean."""
    looks, digits = alike(text), text.strip().lower()
    return [
        each
        for each in reading.conversations()
        if community in (None, each.community)
        and (
            looks in (alike(each.name), alike(shown(each.name)))
            or (len(digits) >= MIN_PREFIX and each.key.hex().startswith(digits))
        )
    ]


def _person(person: Person, home: Home) -> Where:
    own = person.key == home.identity.person
    return Where("person", home.community if own else person.community, person.key)


def _means(where: Where, team: Team, text: str, shown: Callable[[str], str]) -> bool:
    looks = (alike(team.name), alike(shown(team.name)))
    if team.name and alike(text) in looks:
        return True
    digits = text.strip().lower()
    if len(digits) >= MIN_PREFIX and where.key.hex().startswith(digits):
        return True
    name, _, rest = text.strip().rpartition(" (")
    if not (rest.endswith(")") and len(rest) > MIN_PREFIX and name):
        return False
    return where.key.hex().startswith(rest[:-1].lower()) and alike(name) in looks
