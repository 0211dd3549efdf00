"""Models for people and as data: what one is for, where it is, who offers it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hearth.commands.communities import Square
from hearth.commands.context import Session
from hearth.commands.layout import size

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
    """One that was added, as data."""
    likeness = None
    if added.likeness is not None:
        likeness = {
            "texts": added.likeness.texts,
            "mean": round(added.likeness.mean, 6),
            "least": round(added.likeness.least, 6),
        }
    return {**model_json(added.model, True), "new": added.new, "likeness": likeness}


# shown


def show_added(session: Session, added: Added) -> None:
    """Print what was added."""
    model, out, clean = added.model, session.terminal.out, session.terminal.clean
    verb = "added" if added.new else "here already:"
    out(f'{verb} "{clean(model.name)}" ({what(model)}, {size(model.size)})')
    if added.likeness is not None:
        out(
            f"in 8 bits; cosine to full precision {added.likeness.mean:.4f} on average,"
            f" {added.likeness.least:.4f} at the least, over {added.likeness.texts} texts"
        )
    session.terminal.note("hearth model share offers it to a community")


def show_model(
    session: Session, model: Model, used: bool, names: dict[bytes, str], offerers: list[str],
    unpacked: int,
) -> None:  # fmt: skip
    """Print what is known of one, and what it takes of the disk, where it may lie twice."""
    clean, out, record = session.terminal.clean, session.terminal.out, model.record
    out(f"model     {clean(model.name)}")
    out(f"for       {what(model)}{', used' if used else ''}")
    out(f"licence   {clean(model.licence) or 'not stated'}")
    out(f"from      {clean(record.source) or 'not stated'}")
    out(f"where     {clean(where(model, names))}")
    for line in offerers:
        out(f"offered   {line}")
    if record.dimensions:
        out(f"vectors   {record.dimensions} numbers; reads {record.max_tokens} tokens of a text")
    elif record.context:
        out(f"context   {record.context:,} tokens")
    for each in record.files:
        out(f"file      {each.role}, {size(each.size)}, {each.hash.hex()[:12]}")
    out(f"id        {model.id.hex()}")
    _show_room(session, model, unpacked)


def _show_room(session: Session, model: Model, unpacked: int) -> None:
    """How much of the disk it takes, which may be twice its size, and how that is had back."""
    stored = f"{size(model.size)} in the store" if model.complete else "not all in the store"
    session.terminal.out(f"room      {stored}, {size(unpacked)} unpacked to be used")
    if model.own:
        session.terminal.note(
            "hearth model remove gives back what is unpacked; hearth gc the rest, after 14 days"
            " (gc --now: at once)"
        )
