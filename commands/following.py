"""What follow, unfollow, get, pin and unpin share: finding what is meant, noting it, saying so."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from hearth.commands.context import Session
from hearth.commands.corpora import Shelf, choose, not_found
from hearth.community.commons import Commons
from hearth.corpora.naming import Named, Place, find
from hearth.store import wishes
from hearth.store.errors import UsageError

if TYPE_CHECKING:
    from hearth.store.batch import Transaction


class Target(NamedTuple):
    """Objects that belong together. `community`: where to ask for them; None for one's own.

    `prints` is the id by which hearth cat-object prints it.
    """

    name: bytes
    ids: tuple[bytes, ...]
    community: bytes | None
    corpus: Named | None
    prints: bytes

    def here(self, shelf: Shelf) -> bool:
        """Whether all of it is here."""
        return all(shelf.library.home.store.has_file(id) for id in self.ids)


def write(shelf: Shelf, work: Callable[[Transaction], None]) -> None:
    """Do something to the tables of this hearth alone, in one transaction."""
    with shelf.library.home.store.batch() as batch, batch.transaction() as tx:
        work(tx)


def corpus_of_community(session: Session, shelf: Shelf, name: str) -> Named:
    """The corpus that `name` means among those of communities, or of the one that is named.

    Raises `NotFoundError`, and `UsageError` for one of home.
    """
    listed = shelf.corpora()
    if session.community is not None:
        community = Commons(shelf.library.home).choose(session.community).id
        listed = [each for each in listed if each.corpus.community == community]
        same = [each for each in listed if each.corpus.name == name]
        if len(same) == 1:
            return same[0]
    named = find(listed, name)
    if named.place is Place.HOME:
        raise UsageError(f'corpus "{named.label}" is your own: it is held here in any case')
    return named


def targets(session: Session, shelf: Shelf, names: Sequence[bytes]) -> list[Target]:
    """What names of documents, or ids of objects, mean; all must mean something.

    Documents may be anybody's; an id of 64 digits may be any object's. Raises `NotFoundError`.
    """
    home = shelf.library.home
    listed = shelf.corpora()
    if session.community is not None:
        chosen = Commons(home).choose(session.community).id
        listed = [each for each in listed if each.corpus.community == chosen]
    pairs, missing = choose(shelf, listed, names)
    found = [
        Target(
            document.path,
            tuple(dict.fromkeys((document.text, document.source))),
            None if named.corpus.community == home.community else named.corpus.community,
            named,
            document.id,
        )
        for named, document in pairs
    ]
    ids = [_id(name) for name in missing]
    lost = [name for name, id in zip(missing, ids, strict=True) if id is None]
    if lost:
        raise not_found(session, shelf, lost)
    for id in ids:
        if id is not None:
            known = shelf.library.home.store.has_file(id)
            community = None if known else Commons(home).choose(session.community).id
            found.append(Target(id.hex().encode(), (id,), community, None, id))
    return found


def ask_for(tx: Transaction, lacking: Sequence[Target], now: int) -> None:
    """Ask the communities of these targets for their objects."""
    for target in lacking:
        if target.community is not None:
            wishes.ask(tx, target.community, target.ids, now)


def _id(name: bytes) -> bytes | None:
    try:
        return bytes.fromhex(name.decode("ascii")) if len(name) == 64 else None
    except ValueError:
        return None


def target_json(shelf: Shelf, target: Target, **more: Any) -> dict[str, Any]:
    """A target as data."""
    from hearth.commands.corpora_data import name_fields

    return {
        **name_fields(target.name),
        "objects": [id.hex() for id in target.ids],
        "corpus": None if target.corpus is None else target.corpus.label,
        "corpus_id": None if target.corpus is None else target.corpus.corpus.id.hex(),
        "community": None if target.community is None else target.community.hex(),
        "here": target.here(shelf),
        **more,
    }


def shown(session: Session, target: Target) -> str:
    """A target for people: its name, and whose it is."""
    clean = session.terminal.clean
    name = clean(os.fsdecode(target.name))
    return name if target.corpus is None else f"{name} ({clean(target.corpus.label)})"
