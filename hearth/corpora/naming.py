"""What the corpora are called here, and whether they are held: at home, followed, or neither.

A corpus of home is called by its name. One of a community is called NAME if that is nobody else's
name here, else NAME@COMMUNITY, and where even that is another's, NAME@COMMUNITY/DIGITS with the
first digits of its id. What is not followed never changes what the others are called: whoever
makes a corpus in a community cannot rename what somebody follows. No corpus of a community is
called as the built-in guide is, and none with an @ in its own name by that name alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

import apsw
from blake3 import blake3

from hearth.store import database
from hearth.store.errors import NotFoundError

if TYPE_CHECKING:
    from hearth.corpora.catalogue import Catalogue, Corpus


GUIDE = "guide"
"""The built-in guide's name; no other corpus can have it."""


class Place(IntEnum):
    """Why a corpus is held here, or that it is not."""

    HOME = 0
    FOLLOWED = 1
    ELSEWHERE = 2


@dataclass(frozen=True, slots=True)
class Named:
    """A corpus under the name it has here. `community` is the name of its community."""

    corpus: Corpus
    label: str
    place: Place
    community: str

    @property
    def held(self) -> bool:
        """Whether its documents are kept and indexed here."""
        return self.place is not Place.ELSEWHERE

    @property
    def strange(self) -> bool:
        """Whether others state its documents."""
        return self.place is not Place.HOME


class Local:
    """What hearth.db knows of this hearth alone: which corpora it follows, which communities."""

    def __init__(self, connection: apsw.Connection, home: bytes) -> None:
        self.home = home
        self.follows: frozenset[bytes] = frozenset()
        self.communities: dict[bytes, str] = {}
        if database.value(connection, "SELECT 1 FROM sqlite_schema WHERE name = 'follows'"):
            self.follows = frozenset(
                corpus for (corpus,) in database.rows(connection, "SELECT corpus FROM follows")
            )
            self.communities = dict(
                database.rows(connection, "SELECT id, name FROM communities WHERE state = 1")
            )

    def place(self, corpus: Corpus) -> Place:
        """Where a corpus stands."""
        if corpus.community == self.home:
            return Place.HOME
        return Place.FOLLOWED if corpus.id in self.follows else Place.ELSEWHERE


def named(catalogue: Catalogue, local: Local) -> list[Named]:
    """Every corpus of home and of the communities this hearth belongs to, by name here.

    Those at home come first, then those followed, then the others.
    """
    known = {local.home, *local.communities}
    corpora = [each for each in catalogue.corpora() if each.community in known]
    # what this person shares is at home already, under its own name
    shared = {each.shared for each in catalogue.shares()}
    places = {
        each.id: local.place(each)
        for each in corpora
        if each.id not in shared or each.id in local.follows
    }
    labels: dict[bytes, str] = {}
    for place in Place:
        group = [each for each in corpora if places.get(each.id) is place]
        if place is Place.HOME:
            labels.update((each.id, each.name) for each in group)
        else:
            labels.update(_labels(group, {GUIDE, *labels.values()}, local.communities))
    found = [
        Named(each, labels[each.id], places[each.id], local.communities.get(each.community, "home"))
        for each in corpora
        if each.id in places
    ]
    return sorted(found, key=lambda each: (each.place, each.label))


def held(catalogue: Catalogue, local: Local) -> list[Named]:
    """Those whose documents are kept here: of home, and followed."""
    return [each for each in named(catalogue, local) if each.held]


def find(corpora: Iterable[Named], name: str) -> Named:
    """The corpus called `name` here, or whose id begins with these 8 or more digits.

    NAME@COMMUNITY is always understood. Raises `NotFoundError`.
    """
    listed = list(corpora)
    meanings: list[Callable[[Named], bool]] = [
        lambda each: each.label == name,
        lambda each: f"{each.corpus.name}@{each.community}" == name,
        lambda each: len(name) >= 8 and each.corpus.id.hex().startswith(name.lower()),
    ]
    for means in meanings:
        found = [each for each in listed if means(each)]
        if len(found) == 1 or (found and found[0].place is Place.HOME):
            return found[0]
    raise NotFoundError(f'no corpus "{name}"', "hearth corpus list shows them")


def stand(catalogue: Catalogue, corpora: Iterable[Named]) -> bytes:
    """32 bytes that are others when one of these corpora, or what it is called, has changed."""
    stands = catalogue.stands()
    digest = blake3()
    for each in corpora:
        digest.update(each.corpus.id + stands.get(each.corpus.id, b"") + each.label.encode())
    return digest.digest()


def _labels(
    group: list[Corpus], taken: set[str], communities: Mapping[bytes, str]
) -> dict[bytes, str]:
    """The first spelling of each that no other has, here or in the group."""

    def qualified(corpus: Corpus) -> str:
        return f"{corpus.name}@{communities[corpus.community]}"

    spellings: list[Callable[[Corpus], str]] = [
        lambda corpus: qualified(corpus) if "@" in corpus.name else corpus.name,
        qualified,
        lambda corpus: f"{qualified(corpus)}/{corpus.id.hex()[:8]}",
        lambda corpus: f"{qualified(corpus)}/{corpus.id.hex()}",
    ]
    found: dict[bytes, str] = {}
    left = group
    for spell in spellings:
        counts = Counter(map(spell, left))
        done = {
            each.id: spell(each)
            for each in left
            if counts[spell(each)] == 1 and spell(each) not in taken
        }
        found |= done
        taken = taken | set(done.values())
        left = [each for each in left if each.id not in done]
    return found
