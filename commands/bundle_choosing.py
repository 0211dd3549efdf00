"""What goes into a bundle: what `--what` and `--for` mean."""

from __future__ import annotations

from collections.abc import Callable
from shlex import quote
from typing import TYPE_CHECKING

from hearth.commands.communities import member_named
from hearth.commands.context import Session
from hearth.store.errors import NotFoundError, UsageError

if TYPE_CHECKING:
    from hearth.bundles.single import Choice
    from hearth.mesh.node import Node

LANES = ("emergency", "chat", "market", "corpus")
_NAMED = ("corpus", "model")
"""What can be named one by one."""


def choose(
    session: Session,
    node: Node,
    whom: tuple[str, ...],
    full: bool,
    since: str | None,
    what: str | None,
    most: int | None,
    budget: int | None,
) -> Choice:
    """What a person wants in a bundle."""
    from hearth.bundles.single import Choice
    from hearth.bundles.trading import MOST

    joined = node.commons.choose(session.community)
    lanes, objects = wanted(node, joined.id, what)
    after = None
    if since is not None:
        after = node.home.store.log.get(node.home.store.log.resolve(since)).arrival
    return Choice(
        joined.id,
        devices=_devices(session, node, joined.id, whom),
        full=full,
        after=after,
        lanes=lanes,
        objects=objects,
        models=named_models(node, what),
        most=MOST if most is None else most,
        budget=budget,
    )


def _devices(
    session: Session, node: Node, community: bytes, whom: tuple[str, ...]
) -> list[bytes] | None:
    if not whom:
        return None
    membership = node.commons.membership(community)
    members = [member_named(session, membership, each) for each in whom]
    found = [device for member in members for device in member.devices]
    if set(found) <= {node.home.identity.device}:
        raise UsageError(
            f'"{whom[0]}" is you, on this device', "it is for others: --for somebody else, or none"
        )
    return found


def wanted(
    node: Node, community: bytes, what: str | None
) -> tuple[Callable[[int], bool], Callable[[bytes], bool]]:
    """Which lanes and objects a list such as `emergency,chat,corpus:maps` means.

    Models go only if they are named, or asked for by somebody it is for (`bundles`).
    """
    from hearth.store.header import Lane

    if what is None:
        return (lambda lane: True), (lambda id: True)
    lanes, objects = {int(Lane.CONTROL)}, set[bytes]()
    every = False
    for word in filter(None, map(str.strip, what.split(","))):
        kind, colon, name = word.partition(":")
        known = kind in _NAMED and name if colon else kind in LANES
        if not known:
            raise UsageError(
                f'"--what" does not know "{word}"',
                f"it knows {', '.join(LANES)}, corpus:NAME, model:NAME",
            )
        lane = Lane.CORPUS if kind == "model" else Lane[kind.upper()]
        lanes.add(int(lane))
        every = every or word == "corpus"
        if kind == "model":
            objects |= _of_model(node, community, name)
        elif colon:
            objects |= _of_corpus(node, community, name)
        elif kind != "corpus":
            objects |= _of_lane(node, community, lane)
    return (lambda lane: lane in lanes), (lambda id: every or id in objects)


def named_models(node: Node, what: str | None) -> set[bytes]:
    """The objects of the models that `--what` names: they go whether they were asked for or not."""
    words = [] if what is None else [word.strip() for word in what.split(",")]
    found: set[bytes] = set()
    for word in words:
        if word.startswith("model:"):
            found |= _of_model(node, None, word.removeprefix("model:"))
    return found


def _of_model(node: Node, community: bytes | None, name: str) -> set[bytes]:
    """The objects of a model that is offered in the community, by its name or id."""
    from hearth.models import offering, shelf

    model = shelf.find(node.home, name, members=node.commons.membership)
    if community is not None and community not in model.offers:
        raise NotFoundError(
            f'the model "{model.name}" is not offered there',
            f"hearth model share {quote(model.name)} offers it",
        )
    return offering.objects(node.home, [model.record])


def _of_corpus(node: Node, community: bytes, name: str) -> set[bytes]:
    """The objects of a corpus of the community, by the name that it has here or there."""
    from hearth.corpora import naming
    from hearth.corpora.catalogue import Catalogue
    from hearth.corpora.index import Index
    from hearth.store import servable

    with Index.open(node.home.cache_path) as index:
        catalogue = Catalogue(index.connection, writable=index.writable)
        catalogue.update(node.home.store, node.home.community, node.commons.membership)
        local = naming.Local(node.home.store.connection, node.home.community)
        found = [
            each.corpus
            for each in naming.named(catalogue, local)
            if each.corpus.community == community and name in (each.label, each.corpus.name)
        ]
        if not found:
            raise NotFoundError(f'no corpus "{name}" there', "hearth corpus list shows them")
        ids = {
            id
            for corpus in found
            for each in catalogue.documents(corpus.id)
            for id in (each.source, each.text)
        }
    return servable.closure(node.home.store, ids)


def _of_lane(node: Node, community: bytes, lane: int) -> set[bytes]:
    from hearth.store import servable

    events = node.home.store.log.events(community, lane)
    return servable.closure(node.home.store, {id for each in events for id in each.header.refs})
