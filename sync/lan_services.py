"""What is believed of services on the LAN, and how many are remembered. Pure.

Every field was made by whoever wanted to: anybody on the LAN can announce anything. So a service
is a place to knock at and never more; who is there is proved by the handshake. Refused is what
hearth does not announce (other names, a text that is too long or has no hints), and addresses
that would make this node knock at itself, at everybody or somewhere beyond its LAN.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

from hearth.sync.lan_hint import HINT, PLACES, recognise

SERVICE: Final = "_hearth._tcp.local."
MAX_FOUND: Final = 64
MAX_REMEMBERED: Final = 256
MAX_TEXT: Final = 512
MAX_ADDRESSES: Final = 4
"""Of one service; what a machine with more interfaces needs, others must not make us try."""
AGE: Final = 900.0
"""Seconds for which a service is remembered that is not heard of again."""
_NAME: Final = re.compile(r"([0-9a-f]{16})\._hearth\._tcp\.local\.")

Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Found:
    """A place to knock at. `known` is the community of ours that its hint fits, if it fits one.

    `host` may be an IPv6 address with a scope, `fe80::1%2`. Places of the same `instance` are
    addresses of one node. Nothing of this is proved.
    """

    host: str
    port: int
    known: bytes | None = None
    instance: str = ""


@dataclass(frozen=True, slots=True)
class Service:
    """The fields of an announcement, as they came."""

    name: str
    port: int | None
    text: bytes
    addresses: Sequence[str]


def instance_of(name: str) -> str | None:
    """The instance in a service's whole name; None if hearth makes no such names."""
    found = _NAME.fullmatch(name.lower()) if len(name) < 64 else None
    return found[1] if found else None


def hints_in(text: bytes) -> bytes | None:
    """The hints in a TXT record: 1 to 8 of 8 bytes; None if it is not hearth's."""
    if len(text) > MAX_TEXT:
        return None
    at = 0
    while at < len(text):
        entry = text[at + 1 : at + 1 + text[at]]
        if len(entry) != text[at]:
            return None
        if entry.startswith(b"h="):
            said = entry[2:]
            return said if said and len(said) % HINT == 0 and len(said) <= HINT * PLACES else None
        at += 1 + len(entry)
    return None


def usable(address: str, networks: Sequence[Network], loopback: bool = False) -> str | None:
    """The address as `anyio.connect_tcp` takes it, or None if it is not to be knocked at.

    An address that is valid all over the world must be in one of this machine's `networks`:
    otherwise a liar on the LAN could send every hearth there to a place of their choice.
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return None
    if isinstance(parsed, IPv6Address):
        scoped = parsed.scope_id is not None
        if parsed.ipv4_mapped is not None or parsed.is_link_local != scoped:
            return None
    if parsed.is_loopback:
        return str(parsed) if loopback else None
    if parsed.is_unspecified or parsed.is_multicast or (parsed.version == 4 and parsed.is_reserved):
        return None
    if parsed.is_global and not any(
        parsed.version == network.version and parsed in network for network in networks
    ):
        return None
    return str(parsed)


def judge(
    service: Service,
    communities: Sequence[bytes],
    hour: int,
    networks: Sequence[Network] = (),
    *,
    loopback: bool = False,
) -> tuple[Found, ...]:
    """The places that a service stands for, at most `MAX_ADDRESSES`; none if it is refused."""
    instance = instance_of(service.name)
    said = hints_in(service.text)
    if instance is None or said is None or not 0 < (service.port or 0) < 1 << 16:
        return ()
    port = service.port or 0
    hosts: dict[str, None] = {}
    for address in service.addresses[: 4 * MAX_ADDRESSES]:
        if (host := usable(address, networks, loopback)) is not None:
            hosts[host] = None
    known = recognise(said, communities, hour, instance)
    return tuple(Found(host, port, known, instance) for host in list(hosts)[:MAX_ADDRESSES])


@dataclass(slots=True)
class Remembered:
    """The services heard of, at most `most`. Where there is no room, the unrecognised give way.

    Of those that may give way the one goes that was heard of longest ago. `at` are seconds of any
    clock that does not jump.
    """

    most: int = MAX_REMEMBERED
    _services: dict[str, tuple[float, tuple[Found, ...]]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self._services)

    def see(self, places: tuple[Found, ...], at: float) -> bool:
        """Remember a service's places; whether that is news."""
        instance = places[0].instance
        before = self._services.pop(instance, None)  # and then last: the order is by age
        if len(self._services) >= self.most and not self._make_room(places[0].known is not None):
            return False
        self._services[instance] = (at, places)
        return before is None or set(before[1]) != set(places)

    def _make_room(self, for_known: bool) -> bool:
        oldest = None
        for instance, (_, places) in self._services.items():
            if places[0].known is None:
                del self._services[instance]
                return True
            oldest = oldest or instance
        if for_known and oldest is not None:
            del self._services[oldest]
        return for_known

    def forget(self, instance: str) -> None:
        """It has said goodbye."""
        self._services.pop(instance, None)

    def age(self, at: float) -> None:
        """Forget those that have not been heard of for `AGE` seconds."""
        for instance, (seen, _) in list(self._services.items()):
            if at - seen <= AGE:
                return
            del self._services[instance]

    def places(self) -> list[Found]:
        """Every place once, recognised ones first, and what was heard of last first."""
        return ranked(place for _, places in reversed(self._services.values()) for place in places)


def ranked(places: Iterable[Found]) -> list[Found]:
    """Recognised ones first, one per (host, port); otherwise in the order given."""
    once: dict[tuple[str, int], Found] = {}
    for place in places:
        before = once.setdefault((place.host, place.port), place)
        if before.known is None and place.known is not None:
            once[place.host, place.port] = place
    return sorted(once.values(), key=lambda place: place.known is None)
