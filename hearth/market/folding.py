"""The market in cache.db: what `state` says of each listing, laid out for finding.

A listing's row is numbered by its arrival. What it says in words is in `market_words`, a full-text
index that keeps no copy of them: they are taken out again by what the row says, so that `version`
has to be another one when `_words_row` gives other words for a record, or a category gets another
name. Words of what was erased are overwritten (`secure_delete`, in FTS5 too).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from hearth import kinds
from hearth.lanes import Entry, Fold, Members, Read, Saying, Subject, indexed_after, subjects_of
from hearth.market.decoding import decode, listing_of
from hearth.market.records import ListingRecord, VouchRecord
from hearth.market.standing import Claim, Listing
from hearth.market.state import judge
from hearth.market.words import category_name
from hearth.payload import ID, RecordError, is_bytes
from hearth.store import cbor
from hearth.store.header import Lane

if TYPE_CHECKING:
    import apsw

_KINDS: Final = (
    kinds.LISTING, kinds.CHANGE, kinds.CLAIM, kinds.DECISION, kinds.PLACE, kinds.REPORT,
    kinds.VOUCH,
)  # fmt: skip
_ABOUT: Final = re.compile(rb"[\xa2-\xb7]\x00\x50.{16}\x01\x58\x20(.{32})", re.DOTALL).match
"""How nearly all records begin: a map, its salt, and the id of what they are about."""
_LISTING: Final = 26
_CLAIM: Final = 22

_SQL: Final = """
    CREATE TABLE market_listings(number INTEGER PRIMARY KEY, id BLOB NOT NULL,
        community BLOB NOT NULL, person BLOB NOT NULL, lamport INTEGER NOT NULL,
        wall INTEGER NOT NULL, sort INTEGER NOT NULL,
        title TEXT NOT NULL, category TEXT NOT NULL, quantity INTEGER NOT NULL,
        unit TEXT NOT NULL, place TEXT, urgent INTEGER NOT NULL, tags TEXT NOT NULL,
        until INTEGER NOT NULL, until_wall INTEGER NOT NULL, until_arrival INTEGER NOT NULL,
        standing TEXT NOT NULL, available INTEGER NOT NULL, promised INTEGER NOT NULL,
        delivered INTEGER NOT NULL, conflict INTEGER NOT NULL, versions INTEGER NOT NULL,
        hidden_by BLOB, hidden_reason TEXT, record BLOB NOT NULL);
    CREATE INDEX market_by_id ON market_listings(id);
    CREATE INDEX market_of ON market_listings(person);
    CREATE INDEX market_conflicts ON market_listings(community) WHERE conflict;
    CREATE INDEX market_board ON market_listings(community, category, place, unit, sort, standing,
        hidden_by, until, until_wall, until_arrival, quantity, promised, delivered, available,
        urgent, lamport);
    CREATE TABLE market_claims(id BLOB PRIMARY KEY, listing BLOB NOT NULL,
        community BLOB NOT NULL, person BLOB NOT NULL, arrival INTEGER NOT NULL,
        lamport INTEGER NOT NULL, wall INTEGER NOT NULL, quantity INTEGER NOT NULL, note TEXT,
        slip INTEGER, behalf TEXT, status TEXT NOT NULL, accepted INTEGER NOT NULL,
        handed INTEGER NOT NULL, confirmed INTEGER NOT NULL, until INTEGER, decided_wall INTEGER,
        decided_arrival INTEGER, decided_by BLOB, answer TEXT, pickup INTEGER, takes INTEGER)
        WITHOUT ROWID;
    CREATE INDEX market_claims_of ON market_claims(listing);
    CREATE INDEX market_claims_by ON market_claims(person);
    CREATE TABLE market_places(listing BLOB, claim BLOB, person BLOB NOT NULL, text TEXT NOT NULL,
        PRIMARY KEY(listing, claim)) WITHOUT ROWID;
    CREATE TABLE market_reports(listing BLOB NOT NULL, person BLOB NOT NULL, reason TEXT NOT NULL,
        answered_by BLOB, answer TEXT);
    CREATE INDEX market_reports_of ON market_reports(listing);
    CREATE TABLE market_delegates(person BLOB, listing BLOB, PRIMARY KEY(person, listing))
        WITHOUT ROWID;
    CREATE INDEX market_delegates_of ON market_delegates(listing);
    CREATE TABLE market_vouches(community BLOB, person BLOB, author BLOB, text TEXT,
        wall INTEGER NOT NULL, PRIMARY KEY(community, person, author)) WITHOUT ROWID;
    CREATE VIRTUAL TABLE market_words USING fts5(words, content='',
        tokenize='porter unicode61 remove_diacritics 2');
    INSERT INTO market_words(market_words, rank) VALUES('secure-delete', 1);
    INSERT INTO market_words(market_words, rank) VALUES('automerge', 0);
"""


class MarketFold(Fold):
    """See `hearth.lanes.Fold`."""

    name = "market"
    version = 6
    lane = Lane.MARKET
    kinds = _KINDS
    tables = (
        "market_words", "market_listings", "market_claims", "market_places", "market_reports",
        "market_vouches", "market_delegates",
    )  # fmt: skip
    sql = _SQL

    def read(self, kind: int, id: bytes, body: bytes | None, sealed: bool) -> Read | None:
        """The listing, or the person who is vouched for. What it says is read when it is judged,
        nearly always once."""
        if kind == kinds.LISTING:
            return id, None
        if body is None:
            return None
        if (usual := _ABOUT(body)) is not None:
            return usual[1], None
        try:
            fields: Any = cbor.decode(body)
        except cbor.CborError:
            return None
        about = fields.get(1) if isinstance(fields, dict) else None
        return (about, None) if is_bytes(about, ID) else None

    def refold(
        self,
        connection: apsw.Connection,
        members: Members,
        subjects: Iterable[tuple[Subject, list[Entry]]],
        said: Saying,
    ) -> None:
        """Make anew the rows of these listings and vouches."""
        stewards = cache(lambda community: members(community).is_steward)
        empty = not any(connection.execute(f"SELECT 1 FROM {each}").get for each in self.tables)
        rows = _Rows(connection, empty)
        with indexed_after(connection, *(self.tables if empty else ())):
            for (community, id), entries in subjects:
                rows.replace(community, id, judge(id, entries, stewards(community)), entries)
            rows.flush()

    def leaning(self, connection: apsw.Connection, community: bytes) -> list[bytes]:
        """Listings that somebody has reported or hidden, or claimed with a slip."""
        return subjects_of(connection, self, community, kinds.REPORT, kinds.CLAIM)


FOLD: Final = MarketFold()


class _Rows:
    """Writes rows, many at a time; `empty`: there are none yet."""

    def __init__(self, connection: apsw.Connection, empty: bool) -> None:
        self._connection = connection
        self._listings: list[tuple[Any, ...]] = []
        self._words: list[tuple[int, str]] = []
        self._claims: list[tuple[Any, ...]] = []
        self._empty = empty

    def replace(
        self, community: bytes, id: bytes, listing: Listing | None, entries: list[Entry]
    ) -> None:
        """Put what stands now in the place of what stood before."""
        stood = None if self._empty else self._clear(community, id)
        for entry in entries:
            if entry.kind == kinds.VOUCH:
                self._vouch(community, id, entry)
        row = None if listing is None else _listing_row(listing)
        if stood is not None and (row is None or row[0] != stood[0]):
            self._take_away(stood)
            stood = None
        if row is None or listing is None:
            return
        if row != stood:
            self._listings.append(row)
        if stood is None or row[-1] != stood[-1]:  # words are the dearest to write
            self._words.append(_words_row(row[0], listing.record))
            if stood is not None:
                self._connection.execute(_NO_WORDS, _words_of(stood))
        if listing.claims:
            self._claims += [_claim_row(id, community, each) for each in listing.claims.values()]
        for person in listing.record.delegates:
            self._connection.execute("INSERT INTO market_delegates VALUES(?, ?)", (person, id))
        for entry, place in listing.places:
            self._connection.execute(
                "INSERT OR REPLACE INTO market_places VALUES(?, ?, ?, ?)",  # the last one counts
                (id, place.claim or b"", entry.person, place.text),
            )
        for entry, reason, answer in listing.reports:
            said = (None, None) if answer is None else (answer[0].person, answer[1])
            self._connection.execute(
                "INSERT INTO market_reports VALUES(?, ?, ?, ?, ?)",
                (id, entry.person, reason, *said),
            )
        if len(self._listings) + len(self._claims) >= 1000:
            self.flush()

    def _clear(self, community: bytes, id: bytes) -> tuple[Any, ...] | None:
        """Take away what is rather written anew; the row of the listing that stood."""
        execute = self._connection.execute
        held = "SELECT * FROM market_listings WHERE id = ? AND community = ?"
        stood: tuple[Any, ...] | None = execute(held, (id, community)).fetchone()
        if stood is not None:
            for table in ("claims", "places", "reports", "delegates"):
                execute(f"DELETE FROM market_{table} WHERE listing = ?", (id,))
        execute("DELETE FROM market_vouches WHERE community = ? AND person = ?", (community, id))
        return stood

    def _take_away(self, stood: tuple[Any, ...]) -> None:
        """A listing is not here any more."""
        self._connection.execute(_NO_WORDS, _words_of(stood))
        self._connection.execute("DELETE FROM market_listings WHERE number = ?", (stood[0],))

    def _vouch(self, community: bytes, person: bytes, entry: Entry) -> None:
        try:
            record = decode(kinds.VOUCH, entry.body or b"")
        except RecordError:
            return
        assert isinstance(record, VouchRecord)
        if entry.person == person:
            return  # nobody vouches for themselves
        self._connection.execute(  # the later of one author's counts
            "INSERT OR REPLACE INTO market_vouches VALUES(?, ?, ?, ?, ?)",
            (community, person, entry.person, record.text, entry.wall),
        )

    def flush(self) -> None:
        """Write what was gathered."""
        put = self._connection.executemany
        self._words.sort()  # words that come in the order of their rows cost a quarter
        put(f"INSERT OR REPLACE INTO market_listings VALUES({_marks(_LISTING)})", self._listings)
        put("INSERT INTO market_words(rowid, words) VALUES(?, ?)", self._words)
        put(f"INSERT INTO market_claims VALUES({_marks(_CLAIM)})", self._claims)
        self._listings, self._words, self._claims = [], [], []


def _marks(count: int) -> str:
    return ",".join("?" * count)


def _listing_row(listing: Listing) -> tuple[Any, ...]:
    entry, record, stated = listing.entry, listing.record, listing.stated
    hidden = listing.hidden
    return (
        entry.arrival, entry.id, entry.community, entry.person, entry.lamport, entry.wall,
        record.sort, record.title, record.category, record.quantity, record.unit,
        record.where, record.urgent, _tags(record), listing.until, stated.wall, stated.arrival,
        listing.standing, listing.available, listing.promised, listing.delivered,
        listing.conflict, listing.versions, None if hidden is None else hidden[0].person,
        None if hidden is None else hidden[1], listing.body,
    )  # fmt: skip


def _tags(record: ListingRecord) -> str:
    return "".join(f"\n{each}" for each in record.tags) + "\n" if record.tags else ""


def _words_row(number: int, record: ListingRecord) -> tuple[int, str]:
    category = category_name(record.category)
    return number, "\n".join((record.title, *record.tags, category, record.body or ""))


def _words_of(row: tuple[Any, ...]) -> tuple[int, str]:
    """What was written of the words of a listing, by its row: the index keeps no copy."""
    fields: Any = cbor.decode(row[-1])
    return _words_row(row[0], listing_of(fields))


_NO_WORDS: Final = "INSERT INTO market_words(market_words, rowid, words) VALUES('delete', ?, ?)"


def _claim_row(listing: bytes, community: bytes, claim: Claim) -> tuple[Any, ...]:
    entry, decision = claim.entry, claim.decision
    return (
        entry.id, listing, community, entry.person, entry.arrival, entry.lamport, entry.wall,
        claim.record.quantity, claim.record.note, claim.record.slip, claim.record.behalf,
        str(claim.status), claim.accepted, claim.handed, claim.confirmed, claim.until,
        None if decision is None else decision.wall,
        None if decision is None else decision.arrival,
        None if decision is None else decision.person, claim.note, *(claim.pickup or (None, None)),
    )  # fmt: skip
