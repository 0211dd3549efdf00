"""Where members that serve can be reached: a statement of each in a slot, told to members only.

body = canonical CBOR map {1: [[address (4 or 16 bytes), port], …]}, at most 8
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from hearth import kinds
from hearth.mesh.peers import MEMBER, Place
from hearth.store import cbor

if TYPE_CHECKING:
    from hearth.home import Home
    from hearth.store.batch import Transaction

LASTS: Final = 7 * 86400
"""Seconds that a statement is good for."""
RENEW: Final = 86400
MAX_PLACES: Final = 8


def state(
    home: Home, tx: Transaction, community: bytes, places: Iterable[tuple[str, int]], now: int
) -> bool:
    """State in a community where this node is; False if that has been said lately."""
    body = _encode(list(places)[:MAX_PLACES])
    slots, signer = home.store.slots, home.signer(now)
    held = slots.get(community, signer.device, kinds.PRESENCE)
    since = 0 if held is None else (held.expires or 0) - LASTS
    # What a clock has said that ran ahead would be good for years.
    if held is not None and held.body == body and now - RENEW < since <= now:
        return False
    slots.state(tx, signer, community, kinds.PRESENCE, body=body, expires=now + LASTS)
    return True


def places(home: Home, community: bytes, now: int) -> Iterator[Place]:
    """Where the other nodes of a community say that they are; what is past is left out.

    Whose word it is, and whether the address is one to knock at, is for the caller to judge.
    """
    for slot in home.store.slots.all(community, kinds.PRESENCE):
        if slot.device != home.identity.device and (slot.expires or 0) >= now:
            for host, port in _decode(slot.body):
                yield Place(host, port, slot.device, MEMBER)


def _encode(places: list[tuple[str, int]]) -> bytes:
    return cbor.encode({1: [[ipaddress.ip_address(host).packed, port] for host, port in places]})


def _decode(body: bytes) -> list[tuple[str, int]]:
    """The places in a statement by somebody else; none where it is not one."""
    try:
        fields = cbor.decode(body)
    except cbor.CborError:
        return []
    listed = fields.get(1) if isinstance(fields, dict) else None
    found: list[tuple[str, int]] = []
    for item in listed if isinstance(listed, list) else ():
        if not isinstance(item, list) or len(item) != 2:
            continue
        packed, port = item
        if not isinstance(packed, bytes) or len(packed) not in (4, 16):
            continue
        if type(port) is int and 1 <= port <= 0xFFFF:
            found.append((str(ipaddress.ip_address(packed)), port))
    return found[:MAX_PLACES]
