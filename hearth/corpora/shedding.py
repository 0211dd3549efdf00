"""What gives way when the disk budget needs room: foreign documents, and in which order.

Foreign is what only others' events about corpora of a community name. Never given up is what home
holds, what this person published or wrote of anywhere, what is pinned, and what somebody stated
who is no member any more: nobody may be left to ask for it. Everybody else who stated something
has it, so ours is not the last copy known.

While what must stay cannot all be read, nobody knows what that needs: then nothing is given up.

First goes what belongs to no corpus that is followed and was not asked for, then the sources of
followed corpora, and last their texts and what was asked for. Within each, what came first.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hearth.corpora import naming
from hearth.corpora.judging import Members, members_of
from hearth.kinds import ERASE
from hearth.store import budget, database, servable, wishes
from hearth.store.header import Lane

if TYPE_CHECKING:
    from hearth.corpora.catalogue import Catalogue
    from hearth.corpora.index import Index
    from hearth.home import Home

KINDS = ("of corpora that are not followed", "sources of followed corpora", "texts")
"""What the three groups that are given up are, for people."""


@dataclass(frozen=True, slots=True)
class Made:
    """What making room took: objects given up of each of `KINDS`, and the bytes that are free."""

    given_up: tuple[int, int, int]
    freed: int


def make_room(
    home: Home,
    catalogue: Catalogue,
    index: Index,
    wanted: int,
    now: int,
    members: Members | None = None,
) -> Made:
    """Give things up until `wanted` bytes more fit the budget; does nothing where they fit.

    Whether it was enough is for the next write to find out. Raises what gc raises.
    """
    store = home.store
    if store.budget is None or budget.usage(store).total + wanted <= store.budget:
        return Made((0, 0, 0), 0)
    before = budget.usage(store).total
    budget.make_room(store, wanted, now=now)
    gone = [
        budget.give_up(store, wanted, group)
        for group in _groups(home, catalogue, members or members_of(store))
    ]
    given_up = {id for group in gone for id in group}
    index.forget({each.id: each.text for each in catalogue.documents() if each.text in given_up})
    first, second, third = map(len, gone or [[], [], []])
    return Made((first, second, third), before - budget.usage(store).total)


def _groups(home: Home, catalogue: Catalogue, members: Members) -> list[list[bytes]]:
    store = home.store
    with database.translated():
        foreign, kept = _named(home, members)
        needed = servable.whole_closure(store, kept)
        if needed is None:
            return []
        candidates = servable.closure(store, foreign) - needed
        local = naming.Local(store.connection, home.community)
        documents = [
            document
            for each in naming.held(catalogue, local)
            if each.place is naming.Place.FOLLOWED
            for document in catalogue.documents(each.corpus.id)
        ]
        texts = servable.closure(store, (each.text for each in documents))
        texts |= servable.closure(store, wishes.all_asked(store.connection))
        sources = servable.closure(store, (each.source for each in documents)) - texts
        return [
            _oldest(home, candidates - texts - sources),
            _oldest(home, candidates & sources),
            _oldest(home, candidates & texts),
        ]


def _named(home: Home, members: Members) -> tuple[set[bytes], set[bytes]]:
    """What only others' corpora need, perhaps; and what must stay. Chunks are not among them."""
    store = home.store
    own = {
        device
        for (device,) in database.rows(
            store.connection, "SELECT device FROM chains WHERE community = ?", home.community
        )
    }
    foreign: set[bytes] = set(wishes.all_asked(store.connection))
    kept = set(wishes.pinned(store.connection))
    kept.update(id for (id,) in database.rows(store.connection, "SELECT id FROM refs"))
    kept.update(store.slots.live_refs())
    for event in store.log.events():
        header = event.header
        if not header.refs or event.erased or header.kind == ERASE:
            continue
        theirs = (
            header.lane == Lane.CORPUS
            and header.community != home.community
            and header.device not in own
            and members(header.community).person_of(header.device) is not None
        )
        (foreign if theirs else kept).update(header.refs)
    return foreign, kept


def _oldest(home: Home, ids: Iterable[bytes]) -> list[bytes]:
    """In the order in which they came."""
    wanted = set(ids)
    numbered = database.rows(home.store.connection, "SELECT id FROM objects ORDER BY number")
    return [id for (id,) in numbered if id in wanted]
