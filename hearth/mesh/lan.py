"""Fellow members on the local network: looking once, looking on, being found.

What mDNS says is only where to knock; who is there, the handshake proves. A machine without a
network is no error here: then nobody is near.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

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


class _Communities(Sequence[bytes]):
    """By which this node is recognised, and recognises: as they are whenever looked at."""

    def __init__(self, node: Node) -> None:
        self._node = node

    def _now(self) -> list[bytes]:
        commons = self._node.commons
        ours = (*commons.joined(), *commons.leaving())
        return [*(each.id for each in ours), self._node.home.community]

    def __len__(self) -> int:
        return len(self._now())

    def __getitem__(self, at: Any) -> Any:
        return self._now()[at]

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._now())


def communities(node: Node) -> Sequence[bytes]:
    """By which this node is recognised, and recognises: a view, not a copy."""
    return _Communities(node)


async def look(node: Node, seconds: float) -> list[Found]:
    """Everything found within so many seconds, members first; empty without a network."""
    try:
        return others(node, await discovery.find(communities(node), node.now, seconds))
    except NoNetworkError:
        return []


async def near(node: Node, seconds: float) -> list[list[Place]]:
    """Whom to try on this network: members, and a few that may be. Stops early when it can.

    The places of one node are together.
    """
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
    return chosen(others(node, found))


def others(node: Node, found: list[Found]) -> list[Found]:
    """What was found, without this very hearth serving beside us."""
    here = {(each.host, each.port) for each in listening(node.home.store)}
    ours = {each.instance for each in found if (each.host, each.port) in here}
    return [each for each in found if each.instance not in ours]


async def call_near(node: Node, seconds: float, call: Callable[[Place], Awaitable[bool]]) -> bool:
    """Call at every hearth as it is found within so many seconds, until a call says True.

    At most `STRANGERS` of those that do not show themselves as members. False without a network.
    """
    strangers = 0
    try:
        async with discovery.watch(communities(node), node.now) as watcher:
            until = anyio.current_time() + seconds
            while True:
                found = None
                with anyio.move_on_after(until - anyio.current_time()):
                    found = await anext(watcher)
                if found is None:
                    return False
                strangers += found.known is None
                if found.known is None and strangers > STRANGERS:
                    continue
                if await call(Place(found.host, found.port, None, LAN)):
                    return True
    except NoNetworkError:
        return False


def chosen(found: list[Found]) -> list[list[Place]]:
    """The nodes to try of those found, each with its places; members first."""
    members: dict[str, list[Place]] = {}
    others: dict[str, list[Place]] = {}
    for each in found:
        nodes = others if each.known is None else members
        nodes.setdefault(each.instance, []).append(Place(each.host, each.port, None, LAN))
    return [*members.values(), *list(others.values())[:STRANGERS]]


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
