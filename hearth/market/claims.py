"""Claims, as they stand in cache.db: on a listing, by a person, waiting for somebody's word.

Whether a reservation has lapsed is reckoned when it is read, as `reading` does with listings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hearth.corpora.cache import query
from hearth.market.reading import resolve
from hearth.market.shapes import Held
from hearth.seen import Seen

if TYPE_CHECKING:
    import apsw

_COLUMNS: Final = (
    "c.id, c.listing, c.community, c.person, c.arrival, c.lamport, c.wall, c.quantity, c.note,"
    " c.slip, c.behalf, c.status, c.accepted, c.handed, c.confirmed, c.until, c.decided_wall,"
    " c.decided_arrival, c.decided_by, c.answer, c.pickup, c.takes"
)
_DECIDED: Final = (
    "c.listing IN (SELECT id FROM market_listings WHERE person = ?2"
    " UNION SELECT listing FROM market_delegates WHERE person = ?2)"
)


class Claims:
    """The claims of a market as it was folded last. `now`: unix seconds by this machine's clock."""

    def __init__(self, connection: apsw.Connection, seen: Seen, now: int) -> None:
        self._connection = connection
        self._seen = seen
        self._now = now

    def get(self, id: bytes) -> Held | None:
        """A claim by its id."""
        return next(iter(self._held("c.id = ?", id)), None)

    def on(self, listing: bytes) -> list[Held]:
        """The claims on a listing, in their order."""
        return self._held("c.listing = ? ORDER BY c.lamport, c.id", listing)

    def open_by(self, community: bytes, person: bytes, limit: int) -> list[Held]:
        """The claims of a person on what is others', but for slips, that are not over: neither
        cancelled, nor done and confirmed; the latest first."""
        return self._held(
            "c.person = ?2 AND c.community = ?1 AND c.slip IS NULL AND c.status != 'cancelled'"
            " AND NOT (c.status = 'done' AND c.confirmed)"
            " AND (SELECT l.person FROM market_listings AS l WHERE l.id = c.listing) != ?2"
            " ORDER BY c.lamport DESC, c.id LIMIT ?3",
            community,
            person,
            limit,
        )

    def pickups_of(self, person: bytes) -> list[Held]:
        """The claims of a person for which it was said when somebody comes."""
        return self._held("c.person = ? AND c.status = 'reserved' AND c.pickup NOT NULL", person)

    def to_decide(self, community: bytes, person: bytes, limit: int = 100) -> list[Held]:
        """Claims that wait for a person's word, on what is theirs or names them; the first come
        first: proposed ones, those displaced, those waiting for which there is enough now, and
        reservations that have lapsed."""
        found = self._decided_by(
            "l.standing IN ('open', 'reserved') AND l.hidden_by IS NULL"
            " AND (c.status IN ('proposed', 'displaced', 'reserved')"
            " OR c.status = 'waiting' AND c.quantity <= l.available)",
            community,
            person,
        )
        return [each for each in found if each.status != "reserved" or each.lapsed][:limit]

    def promised(self, community: bytes, person: bytes, limit: int = 100) -> list[Held]:
        """Reservations on what is theirs or names them, to be fetched or brought; the first come
        first."""
        found = self._decided_by("c.status = 'reserved'", community, person)
        return [each for each in found if not each.lapsed][:limit]

    def rivals(self, listing: bytes) -> list[Held]:
        """Those of a listing's claims that something was accepted for, who got it first."""
        order = ("done", "reserved", "displaced")
        found = [each for each in self.on(listing) if each.status in order]
        return sorted(found, key=lambda each: order.index(each.status))

    def exact(self, listing: bytes, claim: bytes | None) -> str | None:
        """Where exactly, as far as this person was told, and as it was said last: to the author of
        a claim, or (None) to those who decide."""
        sql = "SELECT text FROM market_places WHERE listing = ? AND claim = ?"
        rows = query(self._connection, sql, (listing, claim or b""))
        return next((text for (text,) in rows), None)

    def resolve(self, text: str) -> bytes:
        """The claim meant by the first digits of its id.

        Raises MalformedId, AmbiguousId, UnknownId.
        """
        return resolve(self._connection, text, "claim")

    def _decided_by(self, condition: str, community: bytes, person: bytes) -> list[Held]:
        sql = (
            f"SELECT {_COLUMNS} FROM market_claims AS c CROSS JOIN market_listings AS l"
            f" ON l.id = c.listing WHERE {_DECIDED} AND l.community = ?1 AND {condition}"
            " ORDER BY c.lamport, c.id"
        )
        return [self._claim(row) for row in query(self._connection, sql, (community, person))]

    def _held(self, condition: str, *values: Any) -> list[Held]:
        sql = f"SELECT {_COLUMNS} FROM market_claims AS c WHERE {condition}"
        return [self._claim(row) for row in query(self._connection, sql, values)]

    def _claim(self, row: tuple[Any, ...]) -> Held:
        *said, until, wall, arrival, decided_by, answer, pickup, takes = row
        said[-1] = bool(said[-1])
        ends = None
        if until is not None:
            ends = self._seen.until(arrival, wall, until, 0)
        lapsed = said[11] == "reserved" and ends is not None and ends <= self._now
        return Held._make((*said, ends, decided_by, answer, pickup, takes, lapsed))
