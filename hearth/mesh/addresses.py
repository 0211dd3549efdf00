"""Where this machine can be reached by others: for tickets and presence statements."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING

from hearth.community.ticket import Address
from hearth.store.errors import UsageError

if TYPE_CHECKING:
    from hearth.store.store import Store

LISTENING = "listening"
"""The key in `meta` under which `serve` notes where it listened last."""


def may_be_stated(host: str, *, loopback: bool) -> bool:
    """Whether an address that somebody states of a node is knocked at.

    What others say must not make this machine call itself, every machine of a network at once,
    or what only looks like an address of a node: loopback (unless hearths are met there, as
    `loopback` says), link-local, multicast, reserved and IPv4 in IPv6 are left out.
    """
    address = ip_address(host)
    if address.is_loopback:
        return loopback
    return not (
        address.is_unspecified
        or address.is_multicast
        or address.is_link_local
        or (address.version == 4 and (address.is_reserved or address.packed[0] == 0))
        or (address.version == 6 and (address.ipv4_mapped or address.sixtofour or address.teredo))
        or (address.version == 6 and address.packed[:12] == bytes(12))
    )


def own(port: int) -> list[Address]:
    """This machine's addresses on its networks with this port: IPv4 first, link-local left out."""
    from hearth.sync.lan_network import NoNetworkError, addresses

    try:
        hosts = [ip_address(host) for host in addresses().hosts]
    except NoNetworkError:
        return []
    usable = [each for each in hosts if not each.is_link_local]
    usable.sort(key=lambda each: (each.version, not each.is_private))
    return [Address(str(each), port) for each in usable]


def listening(store: Store) -> list[Address]:
    """Where `hearth serve` listened last; empty if it never did."""
    from hearth.mesh.peers import parse

    text = store.meta(LISTENING)
    found = []
    for each in text.split(",") if isinstance(text, str) and text else ():
        try:
            place = parse(each)
        except UsageError:
            continue
        found.append(Address(place.host, place.port))
    return found
