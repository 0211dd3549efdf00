"""What a bundle for a community has to choose from: for whom, which objects, what to ask for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import TYPE_CHECKING

from hearth.bundles.level import MAX_WANTS
from hearth.store import database, servable
from hearth.sync.messages import What

if TYPE_CHECKING:
    from hearth.bundles.level import Level
    from hearth.mesh.node import Node
    from hearth.store.store import Store
    from hearth.sync.replica import Replica


def others(node: Node, community: bytes) -> list[bytes]:
    """The devices of members other than this one, ascending."""
    members = node.commons.membership(community).members.values()
    devices = {device for member in members for device in member.devices}
    return sorted(devices - {node.home.identity.device})


def lengths(store: Store) -> dict[bytes, int]:
    """Of every object that is here, how long it is."""
    with database.translated():
        return dict(database.rows(store.connection, "SELECT id, length FROM objects"))


def objects(
    node: Node,
    community: bytes,
    readers: Iterable[Level | None],
    models: Collection[bytes],
    may: Callable[[bytes], bool],
) -> list[tuple[bytes, int]]:
    """What may be served, with lengths: what readers want first, then the smallest first.

    `models`: objects of models that go although nobody has asked for them; `may`: whether an object
    is meant at all.
    """
    store = node.home.store
    held = servable.held(store.connection, servable.all_allowed(store.connection, community))
    wants = set().union(*(each.wants for each in readers if each is not None))
    held -= _models_unasked(node, community, wants) - {*models}
    found = [(id, length) for id, length in lengths(store).items() if id in held and may(id)]
    return sorted(found, key=lambda each: (each[0] not in wants, each[1], each[0]))


def _models_unasked(node: Node, community: bytes, wants: set[bytes]) -> set[bytes]:
    """The objects of models that are offered in a community, without those that are wanted."""
    from hearth.models import offering

    return offering.unasked(node.home, community) - servable.closure(node.home.store, wants)


def wanted(replica: Replica, community: bytes) -> list[bytes]:
    """The objects to ask for at the front of a bundle."""
    return [id for what, id in replica.wants(community, MAX_WANTS) if what is What.OBJECT]
