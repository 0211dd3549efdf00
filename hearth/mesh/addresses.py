"""Where this machine can be reached from elsewhere, as far as it knows itself.

A machine knows the addresses of its network cards. What a router makes of them, and from where
they can be reached, it does not know: a ticket therefore carries the likeliest ones, and whoever
forwards a port says so with `--address`.
"""

from __future__ import annotations

import ipaddress
from ipaddress import IPv4Address, IPv6Address
from typing import TYPE_CHECKING, Final

from hearth.community.ticket import Address
from hearth.mesh.peers import PORT, parse
from hearth.store.errors import UsageError

if TYPE_CHECKING:
    from hearth.store.store import Store

LISTENING: Final = "listening"
"""Where a serving hearth notes its addresses in the store, `host:port`, with commas between."""
_INSIDE: Final = ("docker", "br-", "veth", "virbr", "lxc", "lxd", "podman", "cni", "vmnet")
"""Beginnings of the names of cards that lead nowhere but into this machine."""
_UNIQUE_LOCAL: Final = ipaddress.ip_network("fc00::/7")


def own(port: int) -> list[Address]:
    """The addresses of this machine's cards, those a neighbour can likely use first.

    Private IPv4 first, then global IPv6, then the rest. Neither loopback nor link-local.
    """
    import ifaddr

    found: dict[str, tuple[int, str]] = {}
    for adapter in ifaddr.get_adapters():
        if adapter.nice_name.lower().startswith(_INSIDE):
            continue
        for each in adapter.ips:
            text = each.ip if isinstance(each.ip, str) else each.ip[0]
            rank = _rank(ipaddress.ip_address(text.partition("%")[0]))
            if rank is not None:
                found.setdefault(text, (rank, text))
    return [Address(text, port) for _, text in sorted(found.values(), key=lambda each: each[0])]


def _rank(address: IPv4Address | IPv6Address) -> int | None:
    """How soon to try an address; None for one that is of no use elsewhere."""
    if address.is_loopback or address.is_link_local or address.is_unspecified:
        return None
    if address.is_multicast or (address.is_reserved and not address.is_global):
        return None
    if isinstance(address, IPv4Address):
        return 0 if address.is_private else 3 if address.is_global else 4
    return 1 if address.is_global else 2 if address in _UNIQUE_LOCAL else 4


def listening(store: Store) -> list[Address]:
    """Where a serving hearth has noted that it listens; none if it never did.

    One that listens at every address of the machine stands for `own`.
    """
    noted = store.meta(LISTENING)
    found: dict[Address, None] = {}
    for text in noted.split(",") if isinstance(noted, str) else ():
        found.update(dict.fromkeys(_stated(text.strip())))
    return list(found)


def _stated(text: str) -> list[Address]:
    host, _, port = text.rpartition(":")
    if host.strip("[]") in ("", "*", "0.0.0.0", "::"):
        return own(int(port)) if port.isascii() and port.isdigit() else []
    try:
        return [of(text)]
    except UsageError:
        return []


def of(text: str, port: int = PORT) -> Address:
    """The address that a person means by `HOST`, `HOST:PORT` or `[IPV6]:PORT`, for a ticket.

    Raises UsageError, also for the name of a host: a ticket has room for addresses only.
    """
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


def configured(listen: str) -> int:
    """The port of the setting `sync.listen`."""
    return int(listen.rpartition(":")[2]) or PORT
