"""Who is called what: names are chosen by those who bear them, so keys decide.

Two names are *alike* if they differ in case, width, encoding or invisible characters only.
Where several members bear names that are alike, each is shown with digits of the key, and the
name alone means none of them. Whose name it was when this person first wrote to them, or accepted
them, is remembered; where it is another key's now, that is shouted about until accepted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from hearth.chat.errors import AmbiguousNameError
from hearth.community.naming import alike, left, poses
from hearth.corpora.cache import query
from hearth.identity.fingerprint import fingerprint
from hearth.store.ids import MIN_PREFIX, SIZE, short

if TYPE_CHECKING:
    import apsw


class Person(NamedTuple):
    """A person in a community. `member`: belongs to it now. `related`: one admitted the other."""

    community: bytes
    key: bytes
    name: str
    member: bool
    related: bool


class Names:
    """The names in cache.db, as they were folded last."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self._persons: dict[bytes, dict[bytes, Person]] = {}
        self._former: dict[bytes, dict[bytes, str]] = {}
        self._known: dict[bytes, list[tuple[str, bytes]]] = {}
        self._borne: dict[bytes, dict[str, set[bytes]]] = {}
        self._shown: dict[tuple[bytes, bytes], str] = {}

    def persons(self, community: bytes) -> dict[bytes, Person]:
        """The members of a community, by key."""
        if community not in self._persons:
            rows = self._query(
                "SELECT person, name, related FROM chat_members WHERE community = ?", community
            )
            self._persons[community] = {
                key: Person(community, key, name, True, bool(related))
                for key, name, related in rows
            }
        return self._persons[community]

    def former(self, community: bytes) -> dict[bytes, str]:
        """Who belongs no more, by key, and what they called themselves last."""
        if community not in self._former:
            find = "SELECT person, name FROM chat_former WHERE community = ?"
            self._former[community] = dict(self._query(find, community))
        return self._former[community]

    def known(self, community: bytes) -> list[tuple[str, bytes]]:
        """(name, person) as this person knows them, in a community."""
        if community not in self._known:
            rows = self._query(
                "SELECT name, person FROM chat_names WHERE community = ? ORDER BY name", community
            )
            self._known[community] = [(name, person) for name, person in rows]
        return self._known[community]

    def of(self, community: bytes, key: bytes) -> str:
        """What somebody is called: by themselves, or as known before, or else digits of the key."""
        person = self.persons(community).get(key)
        if person is not None and person.name:
            return person.name
        known = next((name for name, who in self.known(community) if who == key), None)
        return known or self.former(community).get(key) or short(key)

    def shown(self, community: bytes, key: bytes) -> str:
        """The same, with digits of the key where several are called like that, or the name says
        what only the program says; and it says who has left."""
        place = (community, key)
        if place not in self._shown:
            name = self.of(community, key)
            several = self.is_shared(community, key)
            if key in self.former(community):
                gone = [self.of(community, each) for each in {*self.former(community)} - {key}]
                several = several or alike(name) in map(alike, gone)
                self._shown[place] = left(name, key, unique=not several)
            else:
                sure = not (several or poses(name))
                self._shown[place] = name if sure else f"{name} ({short(key)})"
        return self._shown[place]

    def is_shared(self, community: bytes, key: bytes) -> bool:
        """Whether another member bears a name that is alike to somebody's."""
        bearers = self._bearers(community).get(alike(self.of(community, key)), set())
        return bool(bearers - {key})

    def is_borne(self, community: bytes, name: str) -> bool:
        """Whether a member bears a name that is alike."""
        return alike(name) in self._bearers(community)

    def _bearers(self, community: bytes) -> dict[str, set[bytes]]:
        """By what names that look the same have in common, the members who bear one."""
        if community not in self._borne:
            borne: dict[str, set[bytes]] = {}
            for each in self.persons(community).values():
                borne.setdefault(alike(each.name), set()).add(each.key)
            self._borne[community] = borne
        return self._borne[community]

    def warning(self, community: bytes, key: bytes) -> str | None:
        """What must be said about somebody's name, or None."""
        name = self.of(community, key)
        looks = alike(name)
        before = {who for known, who in self.known(community) if alike(known) == looks}
        if not before or key in before:
            return None
        was = ", ".join(f"{short(each)} ({fingerprint(each)})" for each in sorted(before))
        return (
            f'THE KEY OF "{name}" HAS CHANGED: you knew this name as {was}; this is'
            f" {short(key)} ({fingerprint(key)}), and may be somebody else. Compare the words"
            " with them before you trust it"
        )

    def find(
        self, text: str, communities: Iterable[bytes], shown: Callable[[str], str]
    ) -> list[Person]:
        """Whom a text may mean, in these communities: by name, digits of a key, or its words."""
        found: list[Person] = []
        for community in communities:
            found += [
                each
                for each in self.persons(community).values()
                if self._means(each, text.strip(), shown)
            ]
        return found

    def _means(self, person: Person, text: str, shown: Callable[[str], str]) -> bool:
        digits = text.lower()
        if len(digits) == 2 * SIZE:
            return person.key.hex() == digits
        if person.name and alike(text) in (alike(person.name), alike(shown(person.name))):
            return True
        if len(digits) >= MIN_PREFIX and person.key.hex().startswith(digits):
            return True
        name, _, rest = text.rpartition(" (")
        if rest.endswith(")") and len(rest) > MIN_PREFIX and name:
            return person.key.hex().startswith(rest[:-1].lower()) and alike(name) in (
                alike(person.name),
                alike(shown(person.name)),
            )
        return digits.count("-") == 3 and fingerprint(person.key) == digits

    def _query(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        return query(self._connection, sql, values)


def ambiguous(text: str, persons: Iterable[Person]) -> AmbiguousNameError:
    """The error for a name of several."""
    listed = list(persons)
    return AmbiguousNameError(
        f'"{text}" may mean {len(listed)} persons',
        "name one by the key's first digits:",
        *(f"{short(each.key)}  {fingerprint(each.key)}  {each.name}" for each in listed[:8]),
    )
