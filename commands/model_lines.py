"""Models for people and as data: what one is for, where it is, who offers it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hearth.commands.context import Session

if TYPE_CHECKING:
    from hearth.home import Home
    from hearth.models.adding import Added
    from hearth.models.shelf import Model

KINDS = ("embed", "chat", "rerank")


def what(model: Model) -> str:
    """What a model is for, in words."""
    return {
        "embed": "finds by meaning", "chat": "language model", "rerank": "ranks passages",
    }[model.kind]  # fmt: skip


def where(model: Model, names: dict[bytes, str]) -> str:
    """Where a model is, in a few words."""
    offered = ", ".join(names.get(id, id.hex()[:8]) for id in model.offers)
    if model.own and not model.complete:
        lacking = "asked for" if model.asked else "not all here"
        return f"{lacking}, offered in {offered}" if offered else lacking
    here = "here" if model.own else ""
    return ", ".join(filter(None, (here, f"offered in {offered}" if offered else "")))


def offered_by(session: Session, home: Home, model: Model) -> list[str]:
    """Who offers a model, and where, a line each."""
    from hearth.commands.communities import Square
    from hearth.community.commons import Commons

    square = Square(session, home, Commons(home))
    return [
        f"by {square.person(community, person)} in {square.title(community)}"
        for community, person in model.offered_by
    ]


def used_ids(home: Home) -> set[bytes]:
    """The models that are used now, one for each kind."""
    from hearth.models import shelf

    found = (shelf.chosen(home, kind) for kind in KINDS)
    return {each.id for each in found if each is not None}


def community_names(home: Home) -> dict[bytes, str]:
    """What the communities here are called."""
    from hearth.community.commons import Commons

    return {each.id: each.name for each in Commons(home).all()}


def model_json(model: Model, used: bool, unpacked: int | None = None) -> dict[str, Any]:
    """A model as data; with what it takes unpacked, where that is known."""
    record = model.record
    return {
        "name": model.name,
        "id": model.id.hex(),
        "kind": model.kind,
        "format": model.format,
        "licence": model.licence,
        "source": record.source,
        "size": model.size,
        "context": record.context,
        "dimensions": record.dimensions,
        "max_tokens": record.max_tokens,
        "own": model.own,
        "complete": model.complete,
        "asked": model.asked,
        "used": used,
        "offers": [id.hex() for id in model.offers],
        "offered_by": [
            {"community": community.hex(), "person": person.hex()}
            for community, person in model.offered_by
        ],
        "files": [
            {"role": each.role, "object": each.object.hex(), "size": each.size,
             "hash": each.hash.hex()}
            for each in record.files
        ],
        **({} if unpacked is None else {"unpacked": unpacked}),
    }  # fmt: skip


def added_json(added: Added) -> dict[str, Any]:
    likeness = None
    if added.likeness is not None:
        likeness = {
            "texts": added.likeness.texts,
            "mean": round(added.likeness.mean, 6),
            "least": round(added.likeness.least, 6),
        }
    return {**model_json(added.model, True), "new": added.new, "likeness": likeness}
