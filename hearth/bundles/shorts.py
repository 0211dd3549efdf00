"""Short frames of a whole hearth: what it needs to know of its neighbours to read them.

A frame says in three bytes of a hash whose it is; here are all it could be: the communities of this
hearth, their members' devices, and the ids of keys that were handed out there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hearth import kinds
from hearth.audience.records import Audience, Scope
from hearth.bundles import offered
from hearth.bundles.single import shared_key
from hearth.store.header import Lane, encode
from hearth.sync import short
from hearth.sync.short import Veil

if TYPE_CHECKING:
    from hearth.mesh.node import Node
    from hearth.store.event import Event


class Neighbourhood:
    """What this hearth knows, for `short.decode`."""

    def __init__(self, node: Node) -> None:
        self._node = node

    def veils(self) -> list[Veil]:
        """By secrets that the members share; and, for frames from those who had none, without."""
        found = []
        for each in self._node.commons.joined():
            audience = Audience(each.id, Scope.COMMUNITY, each.id)
            secrets = (
                self._node.keyring.secret(held.id) for held in self._node.keyring.held(audience)
            )
            found += [Veil(each.id, secret) for secret in secrets if secret is not None]
        return [*found, *(Veil(each.id) for each in self._node.commons.joined())]

    def devices(self, community: bytes) -> list[bytes]:
        """The devices of current members."""
        members = self._node.commons.membership(community).members
        return [device for member in members.values() for device in member.devices]

    def audiences(self, community: bytes) -> set[bytes]:
        """The ids of all keys that were handed out, whoever has them."""
        events = self._node.home.store.log.events(community, Lane.CHAT, kind=kinds.KEY)
        return {event.header.audience for event in events if event.header.audience is not None}


def frame(node: Node, event: Event, *, clear: bool = False) -> bytes:
    """An event as one short frame. `clear`: for links on which nothing may be sealed.

    Raises what `short.encode` raises. Needs the signer (KeyLockedError).
    """
    header = event.header
    others = offered.others(node, header.community)
    secret = None if clear else shared_key(node, header.community, others)
    veil = Veil(header.community, secret)
    whole = header.kind == kinds.KEY
    return short.encode(
        veil, encode(header), event.signature, event.payload, clear=clear, whole=whole
    )


def take(node: Node, data: bytes, brought: bytes) -> tuple[bytes, bool]:
    """Take in the event of a short frame; its id, and whether it is new here.

    Raises what `short.decode` raises, and what importing refuses. The event may lie beyond a gap.
    """
    incoming = short.decode(data, Neighbourhood(node))
    device, community = incoming.header[38:70], incoming.header[4:36]
    grants = {community: node.access.grant(community)}
    replica = node.replica(device, grants, brought)
    lane = Lane(incoming.fields.chain[-1])
    report = replica.take(community, lane, [incoming]).report
    if report.refusals:
        raise report.refusals[0]
    node.settle()
    replica.receipts(community)
    node.attesting.hear()
    return incoming.id, report.accepted > 0
