"""Where other nodes were, or are said to be: addresses to try, never believed.

An address comes from a person (`hearth peer add`), a ticket, the LAN, or a member's presence
statement. Who answers there is known only after a handshake; what is remembered of it is a hint
for next time. Addresses that nobody typed and that have not answered for a month are forgotten,
once somebody else answers.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Final, NamedTuple

from hearth.seen import DAY, SANE
from hearth.store import database
from hearth.store.errors import NotFoundError, UsageError

if TYPE_CHECKING:
    from hearth.store.batch import Transaction
    from hearth.store.store import Store

PORT: Final = 7411
"""The port that hearths listen on, unless they are told otherwise."""
MAX_PEERS: Final = 256
"""Addresses remembered that no person typed."""
FORGET: Final = 30 * DAY
PERSON, TICKET, LAN, MEMBER = "person", "ticket", "lan", "member"
CAME = "came"
"""Nowhere to call at: the peer has called here."""
_WORDS: Final = {PERSON: "added", TICKET: "ticket", LAN: "lan", MEMBER: "member"}


class UnknownPeerError(NotFoundError, code="unknown-peer"):
    """No peer of that name or address is known."""


class Place(NamedTuple):
    """An address and a port to try, and who is expected there (None: anybody of a community)."""

    host: str
    port: int
    device: bytes | None = None
    source: str = PERSON

    @property
    def address(self) -> str:
        """As a person writes it: `192.168.1.7:7411`, `[fe80::1]:7411`."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @property
    def way(self) -> str:
        """How it came to be known, in a word."""
        return _WORDS.get(self.source, self.source)


class Known(NamedTuple):
    """A place with what is remembered of it; times in unix seconds, None for never."""

    place: Place
    added: int
    tried: int | None
    reached: int | None
    failure: str | None


def parse(text: str, port: int = PORT) -> Place:
    """The place that a person means by `HOST`, `HOST:PORT` or `[IPV6]:PORT`.

    Raises UsageError.
    """
    host, colon, rest = text.strip(), "", ""
    if host.startswith("["):
        host, bracket, rest = host[1:].partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            raise UsageError(f'"{text}" is no address', "an IPv6 address goes in [brackets]")
        colon, rest = rest[:1], rest[1:]
    elif host.count(":") == 1:
        host, colon, rest = host.partition(":")
    if colon:
        if not (rest.isascii() and rest.isdigit() and 1 <= int(rest) <= 0xFFFF):
            raise UsageError(f'"{text}" has no port from 1 to 65535')
        port = int(rest)
    if not _is_host(host):
        raise UsageError(f'"{text}" is no address', "an address and a port, such as 192.168.1.7")
    return Place(host, port)


def _is_host(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        labels = host.removesuffix(".").split(".")
        plain = host.isascii() and len(host) <= 253 and not host.replace(".", "").isdigit()
        return plain and all(
            0 < len(each) <= 63 and each.replace("-", "").replace("_", "").isalnum()
            for each in labels
        )
    return not (address.is_unspecified or address.is_multicast)


class Peers:
    """The peers of a store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def all(self) -> list[Known]:
        """Every peer, those reached last first."""
        try:
            with database.translated():
                rows = database.rows(
                    self._store.connection,
                    "SELECT host, port, device, source, added, tried, reached, failure FROM peers"
                    " ORDER BY reached IS NULL, reached DESC, added, host, port",
                )
        except database.NoTableError:  # format 1, opened for reading
            return []
        return [Known(Place(*row[:4]), *row[4:]) for row in rows]

    def add(self, tx: Transaction, place: Place, now: int) -> bool:
        """Remember an address; False if it was known. What a person typed stays a person's."""
        held = {(each.place.host, each.place.port): each for each in self.all()}
        known = held.get((place.host, place.port))
        if known is None and place.source != PERSON:
            self._make_room(tx, list(held.values()))
        tx.connection.execute(
            "INSERT INTO peers VALUES (?1, ?2, ?3, ?4, ?5, NULL, NULL, NULL, NULL)"
            " ON CONFLICT (host, port) DO UPDATE SET device = coalesce(?3, device),"
            " source = CASE WHEN ?4 = 'person' THEN ?4 ELSE source END",
            (place.host, place.port, place.device, place.source, now),
        )
        return known is None

    def remove(self, tx: Transaction, place: Place) -> None:
        """Forget an address."""
        tx.connection.execute(
            "DELETE FROM peers WHERE host = ? AND port = ?", (place.host, place.port)
        )

    def note(
        self,
        tx: Transaction,
        place: Place,
        now: int,
        device: bytes | None,
        name: str | None,
        failure: str | None,
    ) -> None:
        """Remember how a visit went: who was there and what it is called, or why it failed."""
        tx.connection.execute(
            "UPDATE peers SET tried = ?3, device = coalesce(?4, device), failure = ?5,"
            " name = coalesce(?6, name), reached = CASE WHEN ?5 IS NULL THEN ?3 ELSE reached END"
            " WHERE host = ?1 AND port = ?2",
            (place.host, place.port, now, device, failure, name),
        )
        if failure is None:
            self._forget(tx, now)

    def _forget(self, tx: Transaction, now: int) -> None:
        """Forget where nobody has answered for a month, now that others do: so it is no fault of
        the line here. What a person typed stays, and what has not been tried again today."""
        for each in self.all():
            late = SANE <= (each.reached or each.added) < now - FORGET
            tried = each.failure is not None and now - DAY <= (each.tried or 0) <= now
            if late and tried and each.place.source != PERSON:
                self.remove(tx, each.place)

    def _make_room(self, tx: Transaction, held: list[Known]) -> None:
        loose = [each for each in held if each.place.source != PERSON]
        if len(loose) >= MAX_PEERS:
            self.remove(tx, min(loose, key=lambda each: each.reached or each.added).place)
