"""The keys of audiences that are held here, and who is said to have each of them.

A key's id covers what it is for, so nobody who has a key can have it taken for another one's. That
somebody *has* a key is only claimed, by whoever wrote the event that handed it on.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, NamedTuple

from hearth.audience.records import Audience, Descriptor, Scope
from hearth.store import database

if TYPE_CHECKING:
    import apsw

    from hearth.audience.vault import Vault
    from hearth.store.batch import Transaction

_PREFIX: Final = 8


class Claim(NamedTuple):
    """That an author (a device) has handed a key to these devices, `fallback` of them by their
    long-lived key."""

    event: bytes
    author: bytes
    devices: frozenset[bytes]
    fallback: frozenset[bytes]


class Held(NamedTuple):
    """An audience's key that is here, and who is said to have it."""

    id: bytes
    audience: Audience
    made: int
    claims: tuple[Claim, ...]

    @property
    def author(self) -> bytes:
        """The device that first handed it out, as far as is known here."""
        return self.claims[0].author

    @property
    def devices(self) -> frozenset[bytes]:
        """Every device that anybody claims to have handed it to."""
        return frozenset().union(*(each.devices for each in self.claims))

    @property
    def authors(self) -> frozenset[bytes]:
        """Every device that has handed it on. That these have it is proved: what an event claims
        is sealed under the key itself."""
        return frozenset(each.author for each in self.claims)

    @property
    def makers(self) -> frozenset[bytes]:
        """Those of them that named themselves: who makes a key does, who hands one on does not."""
        return frozenset(each.author for each in self.claims if each.author in each.devices)

    @property
    def fallback(self) -> frozenset[bytes]:
        """Those of them to which it went by their long-lived key only."""
        return frozenset().union(*(each.fallback for each in self.claims))


def find(connection: apsw.Connection, id: bytes) -> Held | None:
    """The key with this id, if it is held."""
    with database.translated():
        row = database.one(
            connection,
            "SELECT community, scope, subject, made FROM audience_keys WHERE id = ?",
            id,
        )
        if row is None:
            return None
        rows = database.rows(
            connection,
            "SELECT event, author, devices, fallback FROM audience_claims WHERE key = ?"
            " ORDER BY number",
            id,
        )
    community, scope, subject, made = row
    claims = (Claim(event, author, _set(d), _set(f)) for event, author, d, f in rows)
    return Held(id, Audience(community, Scope(scope), subject), made, tuple(claims))


def of(connection: apsw.Connection, audience: Audience) -> list[Held]:
    """All keys held of an audience, by id."""
    with database.translated():
        rows = database.rows(
            connection,
            "SELECT id FROM audience_keys WHERE community = ? AND scope = ? AND subject = ?"
            " ORDER BY id",
            *audience,
        )
    return [each for (id,) in rows if (each := find(connection, id)) is not None]


def covering(connection: apsw.Connection, community: bytes) -> list[Held]:
    """All keys held in a community."""
    with database.translated():
        rows = database.rows(
            connection, "SELECT id FROM audience_keys WHERE community = ? ORDER BY id", community
        )
    return [each for (id,) in rows if (each := find(connection, id)) is not None]


def keep(
    tx: Transaction, vault: Vault, id: bytes, key: bytes, audience: Audience, made: int
) -> None:
    """Keep a key. Counts with the transaction; nothing happens if it is held."""
    tx.connection.execute(
        "INSERT OR IGNORE INTO audience_keys VALUES (?, ?, ?, ?, ?, ?)",
        (id, *audience, made, vault.seal(id, key)),
    )


def note(tx: Transaction, id: bytes, event: bytes, author: bytes, descriptor: Descriptor) -> None:
    """Note what an event by this device claims of a key. Nothing happens the second time."""
    joined = (b"".join(descriptor.devices), b"".join(descriptor.fallback))
    tx.connection.execute(
        "INSERT OR IGNORE INTO audience_claims (event, key, author, devices, fallback)"
        " VALUES (?, ?, ?, ?, ?)",
        (event, id, author, *joined),
    )


def shut(tx: Transaction, id: bytes, arrival: int) -> None:
    """Note a KEY event that nothing here opens: should its key come by another, it counts."""
    tx.connection.execute(
        "INSERT OR IGNORE INTO audience_shut VALUES (?, ?)", (id[:_PREFIX], arrival)
    )


def opened(tx: Transaction, ids: Iterable[bytes]) -> list[int]:
    """The arrival numbers of what was noted as shut about these keys; it is not, any more."""
    found: list[int] = []
    for id in ids:
        rows = database.rows(
            tx.connection, "DELETE FROM audience_shut WHERE key = ? RETURNING arrival", id[:_PREFIX]
        )
        found += [arrival for (arrival,) in rows]
    return sorted(found)


def _set(joined: bytes) -> frozenset[bytes]:
    return frozenset(joined[at : at + 32] for at in range(0, len(joined), 32))
