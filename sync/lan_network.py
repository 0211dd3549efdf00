"""This machine's addresses on its LANs, and the multicast sockets on them."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

import anyio
import ifaddr
import zeroconf
from zeroconf import IPVersion
from zeroconf.asyncio import AsyncZeroconf

from hearth.sync.errors import TransportError
from hearth.sync.lan_services import Network

MAX_ADDRESSES: Final = 16
CLOSING: Final = 3.0
"""Seconds within which the goodbye must be said."""
_log = logging.getLogger("zeroconf")
_log.addHandler(logging.NullHandler())
_log.propagate = False  # what comes of it is told by our errors; stderr is for people


class NoNetworkError(TransportError, code="no-network"):
    """This machine has no network but itself, or none that carries multicast (exit 14)."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where this machine is on its LANs: packed addresses' texts, networks, and sockets to open."""

    hosts: tuple[str, ...]
    networks: tuple[Network, ...]
    sockets: tuple[str | int, ...]
    """As zeroconf takes them: IPv4 addresses, and indexes of interfaces with IPv6."""


def addresses(only: Sequence[str] | None = None) -> Addresses:
    """The addresses of all interfaces but the loopback; those in `only`, if it is given.

    Raises NoNetworkError if there is none.
    """
    hosts: dict[str, None] = {}
    networks: dict[Network, None] = {}
    sockets: dict[str | int, None] = {}
    for adapter in ifaddr.get_adapters():
        for ip in adapter.ips:
            host = ip.ip if isinstance(ip.ip, str) else ip.ip[0]
            host = host.partition("%")[0]
            if not _is_on_a_lan(host) or (only is not None and host not in only):
                continue
            if len(hosts) < MAX_ADDRESSES:
                hosts[host] = None
                networks[ip_network(f"{host}/{ip.network_prefix}", strict=False)] = None
                sockets[host if isinstance(ip.ip, str) else adapter.index or 0] = None
    sockets.pop(0, None)
    if not sockets:
        raise NoNetworkError("this machine is in no network")
    return Addresses(tuple(hosts), tuple(networks), tuple(sockets))


def _is_on_a_lan(host: str) -> bool:
    address = ip_address(host)
    mapped = isinstance(address, IPv6Address) and address.ipv4_mapped is not None
    return not (address.is_loopback or address.is_unspecified or address.is_multicast or mapped)


class Lan:
    """Multicast sockets that follow the machine's addresses when `refresh` is called."""

    def __init__(self, only: Sequence[str] | None) -> None:
        self._only = only
        self.addresses = addresses(only)
        sockets = list(self.addresses.sockets)
        try:
            self.zeroconf = AsyncZeroconf(sockets, ip_version=_family(sockets))
        except (OSError, RuntimeError) as error:
            raise NoNetworkError("this machine's networks carry no multicast") from error

    async def refresh(self) -> bool:
        """Follow the machine; whether its addresses have changed. Where none is left, they stay.

        Sockets are looked after even if nothing has changed: an address of IPv6 can be there for
        some seconds before anything can be bound to it.
        """
        try:
            found = addresses(self._only)
            sockets = list(found.sockets)
            await self.zeroconf.async_update_interfaces(sockets, _family(sockets))
        except (NoNetworkError, OSError, RuntimeError, zeroconf.Error):
            return False
        moved = found != self.addresses
        self.addresses = found
        return moved


def _family(sockets: Sequence[str | int]) -> IPVersion:
    """Only what is there: a kernel without IPv6 has no socket to offer for it."""
    four = any(isinstance(one, str) for one in sockets)
    six = any(isinstance(one, int) for one in sockets)
    return IPVersion.All if four and six else IPVersion.V6Only if six else IPVersion.V4Only


@asynccontextmanager
async def on_the_lan(only: Sequence[str] | None) -> AsyncIterator[Lan]:
    """Open sockets, and close them whatever happens, with goodbyes for what was announced.

    Raises NoNetworkError before the block.
    """
    lan = Lan(only)
    try:
        try:
            await lan.zeroconf.zeroconf.async_wait_for_start()
        except zeroconf.Error as error:
            raise NoNetworkError("this machine's networks carry no multicast") from error
        yield lan
    finally:
        with anyio.move_on_after(CLOSING, shield=True):
            await lan.zeroconf.async_close()
