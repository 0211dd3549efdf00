"""Fellow members on the local network: looking once, looking on, being found.

What mDNS says is only where to knock; who is there, the handshake proves. A machine without a
network is no error here: then nobody is near.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

import anyio

from hearth.mesh.addresses import listening
from hearth.mesh.peers import LAN, Place
from hearth.sync import discovery
from hearth.sync.lan_network import NoNetworkError

if TYPE_CHECKING:
    from hearth.mesh.node import Node
    from hearth.sync.discovery import Watcher
    from hearth.sync.lan_services import Found

STRANGERS: Final = 8
"""Hearths tried that do not show themselves as members: they may be of another hour, or new."""
_SETTLE: Final = 0.3
"""Seconds to go on listening after a member was found: others answer at about the same time."""


def communities(node: Node) -> list[bytes]:
    """By which this node is recognised, and recognises."""
    return [*(each.id for each in node.commons.joined()), node.home.community]


async def look(node: Node, seconds: float) -> list[Found]:
    """Everything found within so many seconds, members first; empty without a network."""
    try:
        return await discovery.find(communities(node), node.now, seconds)
    except NoNetworkError:
        return []


async def near(node: Node, seconds: float) -> list[Place]:
    """Whom to try on this network: members, and a few that may be. Stops early when it can."""
    found: list[Found] = []
    try:
        async with discovery.watch(communities(node), node.now) as watcher:
            with anyio.move_on_after(seconds) as scope:
                async for each in watcher:
                    if each.known:
                        scope.deadline = min(scope.deadline, anyio.current_time() + _SETTLE)
            found = watcher.places()
    except NoNetworkError:
        pass
    ours = {(each.host, each.port) for each in listening(node.home.store)}
    return [place for place in chosen(found) if (place.host, place.port) not in ours]


def chosen(found: list[Found]) -> list[Place]:
    """The places to try of those found."""
    known = [each for each in found if each.known is not None]
    others = [each for each in found if each.known is None][:STRANGERS]
    return [Place(each.host, each.port, None, LAN) for each in known + others]


@asynccontextmanager
async def present(node: Node, port: int) -> AsyncIterator[Watcher | None]:
    """Be found at `port`, and watch for others, until the block is left; None: no network."""
    instance = discovery.new_instance()
    ids = communities(node)
    try:
        async with (
            discovery.announced(port, ids, node.now, instance=instance),
            discovery.watch(ids, node.now, own=(instance,)) as watcher,
        ):
            yield watcher
    except NoNetworkError:
        yield None
