"""Finding what stands in the market: listings by filter, and what is thought of them.

Everything in here was written by others and is as they wrote it. Whether something has expired is
reckoned when it is read (`hearth.seen`), so it needs no clock that is the same everywhere.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

from hearth.corpora.cache import query
from hearth.corpora.index import any_of
from hearth.market import places
from hearth.market.codes import mark
from hearth.market.decoding import listing_of
from hearth.market.ending import KEPT, remembered
from hearth.market.places import Where
from hearth.market.shapes import Filter, Item, Report, Sum, Vouch
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


class Reading:
    """The market as it was folded last, and as `me` may see it (`ending`). `now`: unix seconds by
    this machine's clock."""

    def __init__(
        self, connection: apsw.Connection, seen: Seen, now: int, me: bytes | None = None
    ) -> None:
        self._connection = connection
        self._seen = seen
        self._now = now
        self._me = me

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
        return self._items(sql, *values, limit)

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
        if wanted.after is not None:
            tests += [("number > ?", wanted.after), ("person IS NOT ?", self._me or b"")]
        if wanted.person is not None:
            tests.append(("person = ?", wanted.person))
        if wanted.within is not None:
            tests.append(("near(place) <= ?", wanted.within))
        tests.append((self._ending(KEPT) if wanted.closed else self._open(), None))
        return [sql for sql, _ in tests], [value for _, value in tests if value is not None]

    def _open(self) -> str:
        """What is true of listings that can be claimed now."""
        return f"standing = 'open' AND {self._listed()}"

    def _listed(self) -> str:
        """What is true of listings that are neither hidden nor expired."""
        return f"hidden_by IS NULL AND {self._ending(0)}"

    def _ending(self, after: int) -> str:
        """What is true of listings that end, or ended so many seconds ago at most."""
        since = self._now - after
        sound = f"until > {since} AND until_wall BETWEEN {SANE} AND {self._now + DAY}"
        return f"({sound} OR ends(until_arrival, until_wall, until) > {since})"

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
        """A listing by its id; None where it is not here, or is remembered no more."""
        self._functions(None)
        sql = f"SELECT {_columns()}, near(place) FROM market_listings WHERE id = ?"
        return next(iter(self._items(sql, id)), None)

    def _items(self, sql: str, *values: Any) -> list[Item]:
        found = [self._item(row) for row in self._query(sql, *values)]
        return [each for each in found if each.ends > self._now - KEPT]

    def _item(self, row: tuple[Any, ...]) -> Item:
        (number, id, community, person, lamport, wall, sort, title, category, quantity, unit, place,
         urgent, until, until_wall, until_arrival, standing, available, promised, delivered,
         conflict, versions, hidden_by, hidden_reason, record, far) = row  # fmt: skip
        ends = self._seen.until(until_arrival, until_wall, until)
        withdrawn = standing == "withdrawn"
        if hidden_by is not None:
            standing = "hidden"
        elif standing in ("open", "reserved") and ends <= self._now:
            standing = "expired"
        fields: Any = cbor.decode(record)
        item = Item(
            number, id, community, person, lamport, wall, Sort(sort), title, category, quantity,
            unit, place, bool(urgent), until, ends, standing, available, promised, delivered,
            bool(conflict), versions, hidden_by, hidden_reason, withdrawn, listing_of(fields),
            None if far >= FAR else far,
        )  # fmt: skip
        if ends <= self._now and not (self._me and item.may_decide(self._me)):
            item.record, item.place, item.distance = remembered(item.record), None, None
        return item

    def resolve(self, text: str) -> bytes:
        """The listing meant by the first digits of its id.

        Raises MalformedId, AmbiguousId, UnknownId.
        """
        return resolve(self._connection, text, "listing")

    def with_mark(self, number: int) -> list[bytes]:
        """Listings whose slips begin like that."""
        found = self._query("SELECT id FROM market_listings")
        return [id for (id,) in found if mark(id) == number]

    def decided_by(self, person: bytes) -> list[Item]:
        """The listings that a person may decide on: their own, and those that name them."""
        self._functions(None)
        sql = (
            f"SELECT {_columns()}, near(place) FROM market_listings WHERE person = ?1 OR id IN"
            " (SELECT listing FROM market_delegates WHERE person = ?1) ORDER BY lamport DESC, id"
        )
        return self._items(sql, person)

    def conflicts(self, community: bytes, person: bytes) -> list[Item]:
        """Listings of which more was accepted, or handed over, than there is, and that a person
        decides on, or was accepted for in vain; the latest first."""
        self._functions(None)
        sql = (
            f"SELECT {_columns()}, near(place) FROM market_listings WHERE community = ?1 AND"
            " conflict AND (person = ?2 OR id IN (SELECT listing FROM market_delegates"
            " WHERE person = ?2 UNION ALL SELECT listing FROM market_claims WHERE person = ?2"
            " AND status = 'displaced')) ORDER BY lamport DESC, id"
        )
        found = self._items(sql, community, person)
        return [each for each in found if each.standing != "expired"]

    def reported(self, community: bytes, limit: int) -> list[Item]:
        """Listings that are shown although somebody has complained of them, and which no steward
        has answered since; the latest first."""
        self._functions(None)
        sql = (
            f"SELECT {_columns()}, near(place) FROM (SELECT DISTINCT listing FROM market_reports"
            " WHERE answered_by IS NULL)"
            " CROSS JOIN market_listings ON id = listing"  # few complain, and many list
            " WHERE community = ? AND standing IN ('open', 'reserved') AND"
            f" {self._listed()} ORDER BY lamport DESC, id LIMIT ?"
        )
        return self._items(sql, community, limit)

    def reports(self, listing: bytes) -> list[Report]:
        """The complaints, the latest last."""
        sql = (
            "SELECT person, reason, answered_by, answer FROM market_reports WHERE listing = ?"
            " ORDER BY rowid"
        )
        return [Report._make(row) for row in self._query(sql, listing)]

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


def _columns() -> str:
    return ", ".join(f"market_listings.{each.strip()}" for each in _COLUMNS.split(","))


def resolve(connection: apsw.Connection, text: str, noun: str) -> bytes:
    """The id of the "listing" or "claim" that is meant by its first digits."""
    parsed = ids.parse(text)
    prefix = parsed.hex() if isinstance(parsed, bytes) else parsed

    def found(noun: str) -> list[bytes]:
        sql = f"SELECT id FROM market_{noun}s WHERE id BETWEEN ? AND ? LIMIT 9"
        return [id for (id,) in query(connection, sql, ids.bounds(prefix))]

    candidates, other = found(noun), "claim" if noun == "listing" else "listing"
    if not candidates and found(other):
        hint = "list" if noun == "listing" else f"show {prefix}"
        raise ids.UnknownId(
            f'"{prefix}" is a {other}, not a {noun}', f"hearth market {hint} shows the {noun}s"
        )
    return ids.choose(prefix, candidates, noun)
