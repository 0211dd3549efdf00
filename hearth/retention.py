"""Letting go of old payloads: by this hearth's settings, and by their authors' wishes.

A payload is erased here once it has been here for longer than the setting for its lane allows, or
than the expiry class in its header says (`EXPIRY`); in the market also some time after the end of
what it is about (`hearth.market.ending`). Headers stay, so which events exist, and what nodes tell
each other of them, does not change. Never let go of: the control lane, the home community, keys of
audiences, who is in a group, and what this person's own devices wrote in the lane corpus.

How old something is, and when that is not known: `ages`. Works in small transactions, so that it
may be stopped anywhere, and goes on where it was.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from hearth import ages as noted
from hearth.ages import DAY, Ages
from hearth.corpora.cache import translated
from hearth.corroborated import believed
from hearth.kinds import ERASE, GROUP, KEY
from hearth.store import database, parcels
from hearth.store.erasures import ERASED
from hearth.store.errors import LockedError
from hearth.store.event import event_id
from hearth.store.header import Header, Lane, encode, parse

if TYPE_CHECKING:
    from hearth.community.commons import Commons
    from hearth.home import Home

EXPIRY: Final[Mapping[int, int]] = {
    1: DAY, 2: 7 * DAY, 3: 30 * DAY, 4: 90 * DAY, 5: 365 * DAY, 6: 5 * 365 * DAY,
}  # fmt: skip
"""Expiry classes and their seconds. 0, and those not named here: never."""
STEP: Final = 500
"""Events looked at, and erased at most, in one transaction."""
_LANES: Final = (Lane.EMERGENCY, Lane.CHAT, Lane.MARKET, Lane.CORPUS)
_CLASS: Final = 16
"""Classes are numbered from here on in `Ages.done`, below lanes."""

_KEPT: Final = frozenset((KEY, GROUP, ERASE))
"""Kinds that are never let go of for their age: who can read what is kept follows from them, and
what is not to be kept."""

Policy = Mapping[Lane, int]
"""By lane: seconds after which payloads are let go; 0, or none: never."""


class _Search(NamedTuple):
    """What is looked for: events up to this arrival number, of a lane, or of an expiry class."""

    key: int
    until: int
    lanes: tuple[Lane, ...]
    expiry: int | None


class _Found(NamedTuple):
    arrival: int
    header: Header
    signature: bytes
    erased: bool
    held: bool

    @property
    def id(self) -> bytes:
        return event_id(encode(self.header), self.signature)

    @property
    def lane(self) -> Lane:
        return self.header.lane


def outlasting(seconds: int) -> int:
    """The first expiry class that is as long; 0, never, where none is."""
    return next((number for number, age in EXPIRY.items() if age >= seconds), 0)


def tend(home: Home, commons: Commons, policy: Policy, now: int) -> Generator[Counter[Lane]]:
    """Note what time it is, and erase what is old: a step each time, and what it erased by lane.
    At the end, parcels that have expired.

    To be gone through to its end; the next one finishes what was left. Raises what the store
    raises, and LockedError where cache.db still holds words because somebody reads on there. What
    was erased is gone everywhere once `Log.erasing` says so.
    """
    for each in commons.joined():
        ages = noted.look(home, commons, each.id, now)
        for search in _searches(ages, policy):
            yield from _erase(home, commons, each.id, ages, search)
            _save(home, each.id, ages, search)
        yield from _erase_ended(home, commons, each.id, ages, now)
    _erase_parcels(home, commons, now)


def _erase_parcels(home: Home, commons: Commons, now: int) -> None:
    """Erase what is carried for strangers and has expired, by the latest day that any community
    bears out: each of these is two other persons' word and this machine's clock together, and none
    of them is early unless all three are."""
    times = (believed(home, commons, each.id, now) for each in commons.joined())
    day = max((time // DAY for time in times if time is not None), default=None)
    if day is not None:
        parcels.clear(home.store, day)


def _searches(ages: Ages, policy: Policy) -> Iterator[_Search]:
    for lane in _LANES:
        if policy.get(lane):
            yield _Search(lane, ages.older(policy[lane]), (lane,), None)
    for number, age in EXPIRY.items():
        yield _Search(_CLASS + number, ages.older(age), _LANES, number)


def _erase(
    home: Home, commons: Commons, community: bytes, ages: Ages, search: _Search
) -> Generator[Counter[Lane]]:
    own = commons.membership(community).devices_of(home.identity.person)
    while page := _page(home, community, ages.done.get(search.key, 0), search):
        old = [
            each
            for each in page
            if search.expiry in (None, each.header.expiry)
            and not (each.lane is Lane.CORPUS and each.header.device in own)
            and each.header.kind not in _KEPT
        ]
        new = [each for each in old if not each.erased]
        if new:
            with home.store.batch() as batch, batch.transaction() as tx:
                home.store.log.erase_all(tx, [each.id for each in new])
        if old:
            forget(
                home,
                [each.id for each in old if each.lane is Lane.CORPUS],
                [each.id for each in old if each.lane is Lane.CHAT],
                [each.id for each in old if each.lane in (Lane.EMERGENCY, Lane.MARKET)],
            )
        ages.done[search.key] = page[-1].arrival  # noted at the end: a step cut off is repeated
        yield Counter(each.lane for each in new if each.held)
    ages.done[search.key] = max(search.until, ages.done.get(search.key, 0))


def _erase_ended(
    home: Home, commons: Commons, community: bytes, ages: Ages, now: int
) -> Generator[Counter[Lane]]:
    """What was listed in the market, and has ended, whatever its class says."""
    from hearth.market.ending import ended

    ids = ended(home, commons, community, ages, now)
    for start in range(0, len(ids), STEP):
        page = ids[start : start + STEP]
        with home.store.batch() as batch, batch.transaction() as tx:
            home.store.log.erase_all(tx, page)
        forget(home, [], [], page)
        yield Counter({Lane.MARKET: len(page)})


def _page(home: Home, community: bytes, after: int, search: _Search) -> list[_Found]:
    """The next events, erased ones and those without a payload among them, as they arrived."""
    with database.translated():
        rows = database.rows(
            home.store.connection,
            "SELECT e.arrival, e.header, e.signature, e.flags, e.payload IS NOT NULL"
            " FROM events e CROSS JOIN runs r ON r.number = e.run"
            " CROSS JOIN chains c ON c.number = r.chain"
            " WHERE e.arrival > ? AND e.arrival <= ? AND c.community = ?"
            f" AND c.lane IN ({', '.join(str(int(lane)) for lane in search.lanes)})"
            " ORDER BY e.arrival LIMIT ?",
            after,
            search.until,
            community,
            STEP,
        )
    found = []
    for arrival, data, signature, flags, held in rows:
        header = parse(data)
        erased = bool(flags & ERASED) or header.payload_hash is None
        found.append(_Found(arrival, header, signature, erased, bool(held)))
    return found


def _save(home: Home, community: bytes, ages: Ages, search: _Search) -> None:
    """Note how far a search has come, if that is further than noted."""
    done = ages.done[search.key]
    if done > noted.read(home, community).done.get(search.key, 0):
        with home.store.batch() as batch, batch.transaction() as tx:
            latest = noted.read(home, community)  # somebody else may have looked meanwhile
            latest.done[search.key] = max(done, latest.done.get(search.key, 0))
            noted.write(tx, community, latest)


def forget_dropped(home: Home, community: bytes) -> None:
    """Take what events said that checkpoints have let go of out of cache.db, too.

    Raises what `forget` raises; it may be done again at any time.
    """
    with database.translated():
        cuts = database.rows(
            home.store.connection,
            "SELECT c.lane, c.device, min(r.first) FROM chains c JOIN runs r ON r.chain = c.number"
            " WHERE c.community = ? GROUP BY c.number HAVING min(r.first) > 1",
            community,
        )
    chat = [(device, first) for lane, device, first in cuts if lane == Lane.CHAT]
    others = [cut for cut in cuts if cut[0] in (Lane.EMERGENCY, Lane.MARKET)]
    messages, rest = _told_before(home, community, chat, others)
    if messages or rest:
        forget(home, [], [], rest, messages)


def _told_before(
    home: Home,
    community: bytes,
    chat: list[tuple[bytes, int]],
    others: list[tuple[int, bytes, int]],
) -> tuple[list[bytes], list[bytes]]:
    """The events before these places of their chains of which cache.db still says something."""
    from hearth import lanes
    from hearth.chat import cache_tables
    from hearth.corpora.index import Index

    messages: list[bytes] = []
    rest: list[bytes] = []
    if not home.cache_path.exists() or not (chat or others):
        return messages, rest
    with translated(), Index.open(home.cache_path) as index:
        cache_tables.make(index.connection)
        for device, first in chat:
            found = index.connection.execute(_CHAT, {"c": community, "d": device, "s": first})
            messages += (id for (id,) in found)
        for fold in lanes.folds():
            lanes.make(index.connection, fold)
            for lane, device, first in others:
                if lane == fold.lane:
                    rest += lanes.told_before(index.connection, fold, community, device, first)
    return messages, rest


_CHAT: Final = " UNION ALL ".join(
    f"SELECT m.id FROM {table} m JOIN chat_conversations c ON c.number = m.conversation"
    " WHERE c.community = :c AND m.device = :d AND m.sequence < :s"
    for table in ("chat_messages", "chat_edits", "chat_reactions")
)


def forget(
    home: Home,
    documents: list[bytes],
    messages: list[bytes],
    others: Sequence[bytes] = (),
    dropped: Sequence[bytes] = (),
) -> None:
    """Take what erased events said out of cache.db; `others` are of the market, or emergencies,
    `dropped` messages that are not here any more at all.

    Raises LockedError where somebody reads on in it where the words still are.
    """
    from hearth import lanes
    from hearth.chat import cache_tables, folding as chat
    from hearth.community.commons import Commons
    from hearth.corpora import folding, following
    from hearth.corpora.catalogue import Catalogue
    from hearth.corpora.index import Index

    if home.cache_path.exists():
        with translated(), Index.open(home.cache_path) as index:
            Catalogue(index.connection)  # its tables are there, and of this version
            if documents:
                folding.drop(index.connection, documents)
                following.update(index, home)
            if messages or dropped:
                cache_tables.make(index.connection)
                chat.drop(index.connection, messages, dropped)
            if others:
                commons = Commons(home)
                for fold in lanes.folds():
                    lanes.drop(index.connection, commons, fold, others)
            busy = index.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").get[0]
            if busy:  # somebody reads on where the words still are: it is done again
                raise LockedError(
                    "what was erased is still being read in cache.db", "try again in a while"
                )
