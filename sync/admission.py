"""Who is let in to shake hands: a bounded number, whatever knocks.

Up to its end a handshake is worth nothing, and anybody can begin one; so there are at most
`in_all` unfinished ones, and at most `per_source` from one place. The newest is always admitted
and the oldest gives way: first the oldest of its own source, else the oldest of the source that
holds most. An honest handshake takes a few milliseconds, so it is over long before it is the
oldest, while those that dawdle are the ones that go. Refusing the newest instead would let 64
silent connections keep everybody out.

Pure bookkeeping: the driver hangs up on whom this names.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address
from typing import Final

HALF_OPEN: Final = 64
PER_SOURCE: Final = 8


@dataclass(frozen=True, slots=True, eq=False)
class Ticket:
    """One unfinished handshake."""

    source: str


@dataclass(slots=True)
class Admission:
    """The unfinished handshakes. Each call takes time proportional to their number, at most."""

    in_all: int = HALF_OPEN
    per_source: int = PER_SOURCE
    _tickets: dict[Ticket, None] = field(default_factory=dict)  # ordered by age

    def __len__(self) -> int:
        return len(self._tickets)

    def admit(self, source: str) -> tuple[Ticket, Ticket | None]:
        """(the newcomer's ticket, the ticket that gives way to it, if there must be one)."""
        evicted = self._who_gives_way(source)
        if evicted is not None:
            del self._tickets[evicted]
        ticket = Ticket(source)
        self._tickets[ticket] = None
        return ticket, evicted

    def leave(self, ticket: Ticket) -> None:
        """The handshake is over, well or badly; a ticket that gave way may leave as well."""
        self._tickets.pop(ticket, None)

    def _who_gives_way(self, source: str) -> Ticket | None:
        held: dict[str, int] = {}
        for ticket in self._tickets:
            held[ticket.source] = held.get(ticket.source, 0) + 1
        if held.get(source, 0) >= self.per_source:
            greediest = source
        elif len(self._tickets) >= self.in_all:
            greediest = max(held, key=held.__getitem__)
        else:
            return None
        return next(ticket for ticket in self._tickets if ticket.source == greediest)


def source_of(host: str) -> str:
    """What counts as one place: an IPv4 address, or the first 64 bits of an IPv6 address.

    A household has a whole /64 to itself, so counting its addresses one by one would count nothing.
    """
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return f"{IPv6Address(int(address) >> 64 << 64)}/64"
