"""Who is looked for, and what is known of them: read from cache.db, and judged when it is read.

What is over is an id and its dates; what only stewards are told is here where it
could be opened, and nowhere else.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol, TypeVar

from hearth.people.errors import UnknownMissingError
from hearth.people.records import Told
from hearth.store import ids

if TYPE_CHECKING:
    from hearth.community.membership import Membership
    from hearth.people.register import Person, Register

HEARD: Final = 5
"""Reports, sightings, roll calls by one person that are listed before the rest is counted."""


class State(StrEnum):
    """What has become of a search."""

    OPEN = "looked for"
    FOUND = "found"
    EXPIRED = "expired"


class Sighting(NamedTuple):
    """What somebody says. `told` None: where exactly, by who looks for them; `at` in unix
    seconds."""

    id: bytes
    author: bytes
    at: int
    told: Told | None
    text: str | None
    place: str | None
    found: bool
    exact: str | None
    sealed: bool


class Missing(NamedTuple):
    """Somebody who is looked for. Once expired, nothing but `id`, `community`, `at` and `until`
    says anything. `here`: how the member who is looked for is, if they have said so themselves
    since; `found_by`: on whose word they are found."""

    id: bytes
    community: bytes
    author: bytes
    at: int
    until: int
    state: State
    sealed: bool
    name: str = ""
    place: str | None = None
    text: str | None = None
    person: bytes | None = None
    minor: bool = False
    exact: str | None = None
    sightings: tuple[Sighting, ...] = ()
    found_by: bytes | None = None
    here: Person | None = None


class Lookout:
    """Reads from a register who is looked for."""

    def __init__(self, register: Register) -> None:
        self._register = register

    def all(self, community: bytes) -> list[Missing]:
        """Everybody, those first who are still looked for, the latest first."""
        rows = self._register.rows(
            f"SELECT {_MISSING} FROM people_missing WHERE community = ? ORDER BY lamport DESC, id",
            community,
        )
        said: dict[bytes, list[Any]] = defaultdict(list)
        for row in self._register.rows(
            f"SELECT {_SIGHTINGS} FROM people_sightings WHERE community = ? ORDER BY lamport, id",
            community,
        ):
            said[row[0]].append(row[1:])
        membership = self._register.commons.membership(community)
        found = [self._missing(community, row, said[row[0]], membership) for row in rows]
        return sorted(found, key=lambda each: list(State).index(each.state))

    def _missing(
        self, community: bytes, row: Any, said: list[Any], membership: Membership
    ) -> Missing:
        (
            id, author, wall, arrival, sealed, gone, name, stated, place, text, person, minor,
            exact,
        ) = row  # fmt: skip
        register = self._register
        at = register.said_at(wall, arrival)
        until = 0 if gone else register.seen.until(arrival, wall, stated)
        found = Missing(id, community, author, at, until, State.EXPIRED, bool(sealed))
        if register.now >= until:
            return found
        sightings = [
            self._sighting(each) for each in said if each[5] is not None or each[1] == author
        ]
        by = next(
            (each.author for each in sightings
             if each.found and (each.author in (author, person)
                                or membership.is_steward(each.author))),
            None,
        )  # fmt: skip
        where = [each.exact for each in sightings if each.told is None]
        return found._replace(
            state=State.OPEN if by is None else State.FOUND,
            name=name,
            place=place,
            text=text,
            person=person,
            minor=bool(minor),
            exact=exact or (where[-1] if where else None),
            sightings=tuple(each for each in sightings if each.told is not None),
            found_by=by,
            here=None if person is None else self._here(community, person, at),
        )

    def _sighting(self, row: Any) -> Sighting:
        id, author, wall, arrival, sealed, told, text, place, found, exact = row
        return Sighting(
            id, author, self._register.said_at(wall, arrival), None if told is None else Told(told),
            text, place, bool(found), exact, bool(sealed),
        )  # fmt: skip

    def _here(self, community: bytes, person: bytes, since: int) -> Person | None:
        found = self._register.person(community, person)
        return found if found.own and found.at >= since else None

    def find(self, community: bytes, text: str) -> Missing:
        """Whoever is meant by the first digits of an id, or by a name that nobody else who is
        looked for has. Raises UnknownMissingError, AmbiguousId."""
        every = {each.id: each for each in self.all(community)}
        try:
            digits = ids.digits(text)
        except ids.MalformedId:
            return self._called(community, text)
        fitting = [id for id in every if id.hex().startswith(digits)]
        if not fitting:
            return self._called(community, text)
        return every[ids.choose(digits, fitting, "missing person")]

    def _called(self, community: bytes, text: str) -> Missing:
        wanted = _plain(text)
        found = [e for e in self.search(community, text) if _fits(wanted, _plain(e.name))]
        if not found:
            raise UnknownMissingError(
                f'nobody "{text}" is looked for here', "hearth emergency missing lists them"
            )
        if len(found) > 1:
            raise ids.AmbiguousId(
                f'"{text}" may be any of {len(found)} who are looked for',
                *(f"{each.id.hex()[:8]}  {each.name}" for each in found[:5]),
            )
        return found[0]

    def search(self, community: bytes, words: str) -> list[Missing]:
        """Those of whom every word is said in name, description or place, by beginnings of words;
        those first whose name has them all."""
        wanted = _plain(words)
        found = []
        for each in self.all(community):
            name = _plain(each.name)
            every = name + _plain(f"{each.text or ''} {each.place or ''}")
            if wanted and _fits(wanted, every):
                found.append((not _fits(wanted, name), each))
        return [each for _, each in sorted(found, key=lambda pair: pair[0])]


class _Authored(Protocol):
    @property
    def author(self) -> bytes: ...


A = TypeVar("A", bound=_Authored)


def heard(found: Iterable[A]) -> tuple[list[A], dict[bytes, int]]:
    """Those to list, and by author how many more there are: nobody's flood buries the others."""
    shown, count, more = list[A](), defaultdict[bytes, int](int), defaultdict[bytes, int](int)
    for each in found:
        count[each.author] += 1
        if count[each.author] <= HEARD:
            shown.append(each)
        else:
            more[each.author] += 1
    return shown, dict(more)


def _plain(text: str) -> list[str]:
    """Words without case and marks."""
    bare = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(each if each.isalnum() else " " for each in bare if not _is_mark(each))
    return kept.split()


def _is_mark(character: str) -> bool:
    return unicodedata.category(character) == "Mn"


def _fits(wanted: list[str], words: list[str]) -> bool:
    return all(any(word.startswith(each) for word in words) for each in wanted)


_MISSING: Final = (
    "id, author, wall, arrival, sealed, gone, name, until, place, text, person, minor, exact"
)
_SIGHTINGS: Final = "missing, id, author, wall, arrival, sealed, told, text, place, found, exact"
