"""What `hearth get` does with models: telling which names are theirs, and asking."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from hearth.commands.context import Session
from hearth.commands.corpora import Shelf, choose
from hearth.commands.layout import size
from hearth.store.errors import NotFoundError, UsageError

if TYPE_CHECKING:
    from hearth.models.shelf import Model

PREFIX = b"model:"


class Asked(NamedTuple):
    """A model, and the community it is asked for in; None where it is here already."""

    model: Model
    community: bytes | None


def split(shelf: Shelf, names: Sequence[bytes]) -> tuple[list[Model], list[bytes]]:
    """The models that some of these names mean, and the other names.

    A document of that name comes first; model:NAME always means a model. Raises `NotFoundError`.
    """
    from hearth.models import shelf as models

    home, catalogue = shelf.library.home, shelf.library.catalogue
    known = models.models(home, catalogue)
    found: list[Model] = []
    rest: list[bytes] = []
    for name in names:
        text = name.removeprefix(PREFIX).decode("utf-8", "replace")
        called = any(each.name == text for each in known)
        if name.startswith(PREFIX) or (called and choose(shelf, shelf.corpora(), [name])[1]):
            found.append(models.find(home, text, catalogue))
        else:
            rest.append(name)
    return found, rest


def ask(session: Session, shelf: Shelf, model: Model) -> Asked:
    """Ask for a model, unless it is one's own and all here. Raises NotFoundError, UsageError."""
    from hearth.community.commons import Commons
    from hearth.models import offering

    home = shelf.library.home
    if model.own and model.complete:
        return Asked(model, None)
    offers = model.offers
    if session.community is not None:
        chosen = Commons(home).choose(session.community).id
        offers = tuple(each for each in offers if each == chosen)
        if not offers:
            raise NotFoundError(f'nobody offers the model "{model.name}" there')
    if not offers and not model.own:
        raise UsageError(f'nobody offers the model "{model.name}" any more')
    community = offers[0] if offers else home.community
    offering.ask(home, model, community, session.now)
    return Asked(model, community)


def as_json(asked: Asked) -> dict[str, Any]:
    """A model that was asked for, as data."""
    model = asked.model
    return {
        "name": model.name,
        "id": model.id.hex(),
        "kind": model.kind,
        "size": model.size,
        "licence": model.licence,
        "community": None if asked.community is None else asked.community.hex(),
        "here": asked.community is None,
        "asked": asked.community is not None,
    }


def shown(session: Session, asked: Asked) -> str:
    """A model that was asked for, for people."""
    model = asked.model
    verb = "here already:" if asked.community is None else "asked for"
    return f'{verb} the model "{session.terminal.clean(model.name)}" ({size(model.size)})'
