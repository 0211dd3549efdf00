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
