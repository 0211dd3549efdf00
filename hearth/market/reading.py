"""Finding what stands in the market: listings by filter, claims, vouches, all out of cache.db.

Everything in here was written by others and is as they wrote it. Whether something has expired is
reckoned when it is read (`hearth.seen`), so it needs no clock that is the same everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from hearth.corpora.cache import query
from hearth.corpora.index import any_of
from hearth.market import places
from hearth.market.codes import mark
from hearth.market.places import Where
from hearth.market.records import ListingRecord, listing_of
from hearth.market.words import Sort
from hearth.seen import DAY, SANE, Seen
from hearth.store import cbor, ids

if TYPE_CHECKING:
    import apsw

FAR: Final = 1e6
"""Kilometres that stand for an unknown distance."""
_COLUMNS: Final = (
    "number, id, community, person, lamport, wall, sort, title, category, quantity, unit, place,"
    " urgent, until, until_wall, until_arrival, standing, available, promised, delivered,"
    " conflict, versions, hidden_by, hidden_reason, record"
)
_CLAIM: Final = (
    "id, listing, community, person, arrival, lamport, wall, quantity, note, slip, behalf, status,"
    " accepted, handed, confirmed, until, decided_wall, decided_arrival, decided_by, answer"
)


@dataclass(slots=True)
class Item:
    """A listing. Amounts in thousandths of `unit`; `number` is its arrival here; `ends` until when
    it is shown here, in unix seconds; `distance` in kilometres, None where that is not known.

    `standing`: open, reserved, fulfilled, withdrawn, hidden or expired.
    """

    number: int
    id: bytes
    community: bytes
    person: bytes
    lamport: int
    wall: int
    sort: Sort
    title: str
    category: str
    quantity: int
    unit: str
    place: str | None
    urgent: bool
    ends: int
    standing: str
    available: int
    promised: int
    delivered: int
    conflict: bool
    versions: int
    hidden_by: bytes | None
    hidden_reason: str | None
    record: ListingRecord
    distance: float | None = None

    def may_decide(self, person: bytes) -> bool:
        """Whether a person is the lister, or named as a delegate."""
        return person == self.person or person in self.record.delegates


class Held(NamedTuple):
    """A claim. `ends`: when its reservation does, None where that was not said; `lapsed`: that has
    passed. `answer`: what was said with the decision."""

    id: bytes
    listing: bytes
    community: bytes
    person: bytes
    arrival: int
    lamport: int
    wall: int
    quantity: int
    note: str | None
    slip: int | None
    behalf: str | None
    status: str
    accepted: int
    handed: int
    confirmed: bool
    ends: int | None
    decided_by: bytes | None
    answer: str | None
    lapsed: bool


class Vouch(NamedTuple):
    """What a member has said for another."""

    author: bytes
    text: str
    wall: int


class Sum(NamedTuple):
    """Requests, or offers, of one category, place and unit that are listed now. `available` counts
    open ones alone."""

    category: str
    place: str | None
    unit: str
    request: bool
    quantity: int
    promised: int
    delivered: int
    available: int
    number: int
    open: int
    urgent: bool


@dataclass(slots=True)
class Filter:
    """Which listings are meant. `near` sorts by distance, `within` (kilometres) leaves out what is
    farther, or nowhere in particular; `after`: only what arrived later; `closed`: also what is
    reserved, done, withdrawn, hidden or expired."""

    community: bytes | None = None
    sorts: Sequence[Sort] = ()
    category: str | None = None
    tag: str | None = None
    words: str | None = None
    near: Where | None = None
    within: float | None = None
    urgent: bool = False
    after: int = 0
    person: bytes | None = None
    closed: bool = False
    limit: int | None = None


class Reading:
    """The market as it was folded last. `now`: unix seconds by this machine's clock."""

    def __init__(self, connection: apsw.Connection, seen: Seen, now: int) -> None:
        self._connection = connection
        self._seen = seen
        self._now = now

    # listings

    def items(self, wanted: Filter) -> list[Item]:
        """The listings that are meant: urgent first, then the nearest, then the latest. With words,
        the best match first."""
        where, values = self._conditions(wanted)
        self._functions(wanted.near)
        tables, order = "market_listings", "urgent DESC, near(place), lamport DESC, number"
        if wanted.words is not None:
            tables = "market_words JOIN market_listings ON number = market_words.rowid"
            where.append("market_words MATCH ?")
            values.append(any_of(wanted.words.split()) or '""')
            order = "market_words.rank, id"
        chosen = f"FROM {tables}" + (" WHERE " + " AND ".join(where) if where else "")
        chosen += f" ORDER BY {order} LIMIT ?"
        sql = f"SELECT {_columns()}, near(place) "
        if wanted.words is None:  # an index covers the choice: whole rows are read of few alone
            sql += f"FROM market_listings WHERE number IN (SELECT number {chosen}) ORDER BY {order}"
        else:
            sql += chosen
        limit = -1 if wanted.limit is None else wanted.limit
        return [self._item(row) for row in self._query(sql, *values, limit)]

    def _conditions(self, wanted: Filter) -> tuple[list[str], list[Any]]:
        tests: list[tuple[str, Any]] = []
        if wanted.community is not None:
            tests.append(("community = ?", wanted.community))
        if wanted.sorts:
            numbers = ", ".join(str(int(each)) for each in wanted.sorts)
            tests.append((f"sort IN ({numbers})", None))
        if wanted.category is not None:
            tests.append(("category = ?", wanted.category))
        if wanted.tag is not None:
            tests.append(("instr(lower(tags), ?)", f"\n{wanted.tag.lower()}\n"))
        if wanted.urgent:
            tests.append(("urgent", None))
        if wanted.after:
            tests.append(("number > ?", wanted.after))
        if wanted.person is not None:
            tests.append(("person = ?", wanted.person))
        if wanted.within is not None:
            tests.append(("near(place) <= ?", wanted.within))
        if not wanted.closed:
            tests.append((self._open(), None))
        return [sql for sql, _ in tests], [value for _, value in tests if value is not None]

    def _open(self) -> str:
        """What is true of listings that can be claimed now."""
        return f"standing = 'open' AND {self._listed()}"

    def _listed(self) -> str:
        """What is true of listings that are neither hidden nor expired."""
        sound = f"until > {self._now} AND until_wall BETWEEN {SANE} AND {self._now + DAY}"
        late = f"ends(until_arrival, until_wall, until) > {self._now}"
        return f"hidden_by IS NULL AND ({sound} OR {late})"

    def sums(self, community: bytes, category: str | None = None) -> list[Sum]:
        """Amounts of what is listed now, for the board."""
        self._functions(None)
        sql = (
            "SELECT category, place, unit, sort = 1, sum(quantity), sum(promised), sum(delivered),"
            " sum(CASE standing WHEN 'open' THEN available ELSE 0 END), count(*),"
            " sum(standing = 'open'), max(urgent AND standing = 'open') FROM market_listings"
            f" WHERE community = ?1 AND (?2 IS NULL OR category = ?2) AND standing != 'withdrawn'"
            f" AND {self._listed()} GROUP BY category, place, unit, sort = 1"
        )
        return [Sum._make(row) for row in self._query(sql, community, category)]

    def _functions(self, near: Where | None) -> None:
        """Let SQL reckon distances and ends."""

        @cache
        def far(place: str | None) -> float:
            if near is None or place is None:
                return FAR
            found = places.distance(near, places.known(place))
            return FAR if found is None else found

        create = self._connection.create_scalar_function
        create("near", far, 1, deterministic=True)
        ends: Any = self._seen.until
        create("ends", ends, 3, deterministic=True)

    def item(self, id: bytes) -> Item | None:
        """A listing by its id."""
        self._functions(None)
        sql = f"SELECT {_columns()}, near(place) FROM market_listings WHERE id = ?"
        return next((self._item(row) for row in self._query(sql, id)), None)

    def _item(self, row: tuple[Any, ...]) -> Item:
        (number, id, community, person, lamport, wall, sort, title, category, quantity, unit, place,
         urgent, until, until_wall, until_arrival, standing, available, promised, delivered,
         conflict, versions, hidden_by, hidden_reason, record, far) = row  # fmt: skip
        ends = self._seen.until(until_arrival, until_wall, until)
        if hidden_by is not None:
            standing = "hidden"
        elif standing in ("open", "reserved") and ends <= self._now:
            standing = "expired"
        fields: Any = cbor.decode(record)
        return Item(
            number, id, community, person, lamport, wall, Sort(sort), title, category, quantity,
            unit, place, bool(urgent), ends, standing, available, promised, delivered,
            bool(conflict), versions, hidden_by, hidden_reason, listing_of(fields),
            None if far >= FAR else far,
        )  # fmt: skip

    def resolve(self, text: str) -> bytes:
        """The listing meant by the first digits of its id, or of one of its claims'.

        Raises MalformedId, AmbiguousId, UnknownId.
        """
        return self._resolve(text, "market_listings", "listing")

    def resolve_claim(self, text: str) -> bytes:
        """The claim meant by the first digits of its id. Raises as `resolve`."""
        return self._resolve(text, "market_claims", "claim")

    def _resolve(self, text: str, table: str, noun: str) -> bytes:
        parsed = ids.parse(text)
        prefix = parsed.hex() if isinstance(parsed, bytes) else parsed
        low, high = ids.bounds(prefix)
        rows = self._query(f"SELECT id FROM {table} WHERE id BETWEEN ? AND ? LIMIT 9", low, high)
        return ids.choose(prefix, [id for (id,) in rows], noun)

    def with_mark(self, number: int) -> list[bytes]:
        """Listings whose slips begin like that."""
        found = self._query("SELECT id FROM market_listings")
        return [id for (id,) in found if mark(id) == number]

    # what belongs to them

    def claims(self, listing: bytes) -> list[Held]:
        """The claims on a listing, in their order."""
        sql = f"SELECT {_CLAIM} FROM market_claims WHERE listing = ? ORDER BY lamport, id"
        return [self._claim(row) for row in self._query(sql, listing)]

    def claims_by(self, person: bytes) -> list[Held]:
        """The claims of a person, the latest first."""
        sql = f"SELECT {_CLAIM} FROM market_claims WHERE person = ? ORDER BY lamport DESC, id"
        return [self._claim(row) for row in self._query(sql, person)]

    def to_decide(self, community: bytes, person: bytes, limit: int = 100) -> list[Held]:
        """Claims that wait for a person's word, on what is theirs or names them; the first come
        first: proposed ones, those displaced, and reservations that have lapsed."""
        sql = (
            f"SELECT {_claims()} FROM market_claims AS c CROSS JOIN market_listings AS l"
            " ON l.id = c.listing WHERE l.community = ?1 AND (l.person = ?2 OR l.id IN"
            " (SELECT listing FROM market_delegates WHERE person = ?2))"
            " AND l.standing IN ('open', 'reserved') AND l.hidden_by IS NULL"
            " AND c.status IN ('proposed', 'displaced', 'reserved') ORDER BY c.lamport, c.id"
        )
        rows = (self._claim(row) for row in self._query(sql, community, person))
        return [each for each in rows if each.status != "reserved" or each.lapsed][:limit]

    def decided_by(self, person: bytes) -> list[Item]:
        """The listings that a person may decide on: their own, and those that name them."""
        self._functions(None)
        sql = (
            f"SELECT {_columns()}, near(place) FROM market_listings WHERE person = ?1 OR id IN"
            " (SELECT listing FROM market_delegates WHERE person = ?1) ORDER BY lamport DESC, id"
        )
        return [self._item(row) for row in self._query(sql, person)]

    def claim(self, id: bytes) -> Held | None:
        """A claim by its id."""
        sql = f"SELECT {_CLAIM} FROM market_claims WHERE id = ?"
        return next((self._claim(row) for row in self._query(sql, id)), None)

    def _claim(self, row: tuple[Any, ...]) -> Held:
        *said, until, decided_wall, decided_arrival, decided_by, answer = row
        said[-1] = bool(said[-1])
        ends = None
        if until is not None:
            ends = self._seen.until(decided_arrival, decided_wall, until, 0)
        lapsed = said[11] == "reserved" and ends is not None and ends <= self._now
        return Held._make((*said, ends, decided_by, answer, lapsed))

    def exact(self, listing: bytes, claim: bytes | None) -> str | None:
        """Where exactly, as far as this person was told."""
        sql = "SELECT text FROM market_places WHERE listing = ? AND claim IS ? ORDER BY id LIMIT 1"
        return next((text for (text,) in self._query(sql, listing, claim)), None)

    def reports(self, listing: bytes) -> list[tuple[bytes, str]]:
        """(person, reason) of those who complained."""
        sql = "SELECT person, reason FROM market_reports WHERE listing = ?"
        return [(person, reason) for person, reason in self._query(sql, listing)]

    def vouches(self, community: bytes, person: bytes) -> list[Vouch]:
        """What others say for a person."""
        sql = (
            "SELECT author, text, wall FROM market_vouches WHERE community = ? AND person = ?"
            " AND text IS NOT NULL ORDER BY author"
        )
        return [Vouch(*row) for row in self._query(sql, community, person)]

    def completed(self, community: bytes, person: bytes) -> int:
        """How many claims have been brought to their end with a person on either side."""
        sql = (
            "SELECT count(*) FROM market_claims AS c JOIN market_listings AS l ON l.id = c.listing"
            " WHERE c.community = ?1 AND c.status = 'done' AND (l.person = ?2 OR c.person = ?2)"
        )
        return int(self._query(sql, community, person)[0][0])

    def _query(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        return query(self._connection, sql, values)


def _claims() -> str:
    return ", ".join(f"c.{each.strip()}" for each in _CLAIM.split(","))


def _columns() -> str:
    return ", ".join(f"market_listings.{each.strip()}" for each in _COLUMNS.split(","))
