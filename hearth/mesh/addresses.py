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


def reachable(store: Store, port: int) -> list[Address]:
    """Where others can reach this hearth: where it listened last, as far as that is still its own
    address; else every address of this machine, with the port it listened at, or `port`.

    A machine that has been carried to another network has other addresses there.
    """
    noted = listening(store)
    now = {each.host for each in own(port)}
    current = [each for each in noted if each.host in now or ip_address(each.host).is_loopback]
    return current or own(noted[0].port if noted else port)


def of(text: str, port: int) -> Address:
    """The address that a person means by `HOST`, `HOST:PORT` or `[IPV6]:PORT`, for a ticket.

    Raises UsageError, also for the name of a host: a ticket has room for addresses only.
    """
    from hearth.mesh.peers import parse

    place = parse(text, port)
    address = Address(place.host, place.port)
    try:
        address.encode()
    except ValueError:
        raise UsageError(
            f'"{text}" cannot go into a ticket: it holds addresses, such as 192.168.1.7',
            f"who joins can name a host: hearth join TICKET --address {place.host}",
        ) from None
    return address
