"""What `hearth status` shows: who, where, how much, what is waiting. Cheap: no bytes are proved."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import apsw

    from hearth.chat.glance import Waiting
    from hearth.condition.glance import Glance
    from hearth.corpora.naming import Local

_CACHE = "cache.db"
_EMERGENCY_LANE, _CHAT_LANE, _CORPUS_LANE = 1, 2, 4  # of Lane
_LONG = 3 * 86400


class Commune(NamedTuple):
    """A community as it was when last looked at. `name` is foreign text."""

    id: bytes
    name: str
    members: int
    steward: bool
    default: bool


class Met(NamedTuple):
    """Who was met last: a name (foreign text) or an address, how, and when (unix seconds)."""

    name: str
    way: str
    at: int


class Meant(NamedTuple):
    """How far finding by meaning is prepared: passages that have a vector of the model whose
    vectors there are most of, passages there are, and whether a process is at it now."""

    having: int
    passages: int
    busy: bool


class Overview(NamedTuple):
    """Sizes in bytes, `budget` 0 for none, `counted` what counts against it; `corpora` maps names
    to numbers of documents.

    `waiting`: events of this device that nobody has been offered; `silent`: places where nobody
    was reached for three days, of `peers`. `to_come`: documents of followed corpora whose text is
    not here yet; `asked`: objects that were asked for one by one, and are not here yet. `unread`:
    messages, as chat stood when it was last looked at or synced; `outstanding`: whom messages of
    this device have not reached, as of the last meeting. `mode`: None where nobody has looked.
    `quiet`: nobody is known to need help, or to ask how this person is.
    """

    name: str
    path: Path
    person: bytes
    device: bytes
    community: bytes
    bytes_used: int
    bytes_free: int
    budget: int
    counted: int
    events: int
    objects: int
    wanted: int
    corpora: dict[str, int]
    communities: list[Commune]
    met: Met | None
    peers: int
    silent: int
    waiting: int
    to_come: int
    asked: int
    unread: int
    outstanding: list[Waiting]
    meaning: Meant | None
    mode: Glance | None
    quiet: bool


def overview(path: Path, budget: int, now: int) -> Overview:
    """Look at the hearth in the directory `path`. Costs one directory listing and a few counts.

    Reads the database directly: opening the whole store would take twice as long as everything
    else here. Raises what `identity.load` and `database.connect` raise.
    """
    from hearth.condition.glance import glance
    from hearth.identity import identity
    from hearth.store import database
    from hearth.store.budget import measured
    from hearth.store.disk import Disk

    disk = Disk()
    me = identity.load(path)
    connection = database.connect(path / database.NAME, disk, read_only=True)
    try:
        with database.translated(path):
            events, last = database.one(connection, "SELECT count(*), max(arrival) FROM events")
            objects = database.value(connection, "SELECT count(*) FROM objects")
            wanted = database.value(connection, "SELECT count(*) FROM damaged WHERE type = 1")
            counted = measured(connection, path).total
            lanes = database.rows(connection, "SELECT DISTINCT lane FROM chains")
            local = _local(connection, me.community) if (_CORPUS_LANE,) in lanes else None
        neighbours = _neighbours(connection, me.device, now)
        held = corpora(path, local, last or 0) if local is not None else {}
        fetching = _to_come(path, connection) if neighbours[0] else (0, 0)
        talk = (_unread(path), _outstanding(connection)) if (_CHAT_LANE,) in lanes else (0, [])
    finally:
        connection.close()
    return Overview(
        me.name, path, me.person, me.device, me.community, bytes_used(path), disk.free(path),
        budget, counted, events, objects, wanted, held, *neighbours, *fetching, *talk,
        _meaning(path),
        glance(path, last or 0, now, emergencies=(_EMERGENCY_LANE,) in lanes),
        (_EMERGENCY_LANE,) not in lanes or _is_quiet(path, last or 0, now),
    )  # fmt: skip


def counted(path: Path) -> int:
    """What counts against the budget of the hearth at `path`, in bytes. Raises what
    `database.connect` raises."""
    from hearth.store import database
    from hearth.store.budget import measured
    from hearth.store.disk import Disk

    connection = database.connect(path / database.NAME, Disk(), read_only=True)
    try:
        return measured(connection, path).total
    finally:
        connection.close()


def _meaning(path: Path) -> Meant | None:
    """None where no vector was ever made, which is told by a lock that was never taken, or where
    no model for meaning is used any more."""
    from hearth.store.errors import HearthError

    if not (path / "lock.vectors").exists() or not (path / _CACHE).exists():
        return None
    from hearth.home import Home
    from hearth.models import shelf
    from hearth.vectors import keeping, waiting

    try:
        with Home.open(path, read_only=True) as home:
            if shelf.chosen(home, "embed") is None:
                return None
    except HearthError:  # told elsewhere
        return None
    try:
        with _cache(path) as cache:
            return Meant(waiting.most(cache), waiting.size(cache), keeping.busy(path))
    except HearthError:  # no index there, or a damaged one: that is told elsewhere
        return None


def guide_meaning(index: Path, *, busy: bool) -> Meant | None:
    """The same for the built-in guide, whose index is kept in a file; None if it cannot be read."""
    from hearth.corpora.cache import CacheError, open_cache
    from hearth.store.errors import HearthError
    from hearth.vectors import waiting

    if not index.exists():
        return None
    try:
        kept = open_cache(index, read_only=True)
    except CacheError:
        return None
    try:
        return Meant(waiting.most(kept), waiting.size(kept), busy)
    except HearthError:
        return None
    finally:
        kept.close()


def _outstanding(connection: apsw.Connection) -> list[Waiting]:
    from hearth.chat.glance import noted

    return noted(connection)


def _neighbours(
    connection: apsw.Connection, device: bytes, now: int
) -> tuple[list[Commune], Met | None, int, int, int]:
    """Communities, who was met last, places known, silent ones, events that wait."""
    from hearth.mesh import contact
    from hearth.store import database

    try:
        with database.translated():
            meta = dict(
                database.rows(
                    connection,
                    "SELECT key, value FROM meta WHERE key = 'community'",
                )
            )
            joined = database.rows(
                connection,
                "SELECT id, name, members, steward FROM communities WHERE state = 1"
                " ORDER BY number",
            )
            peers = database.rows(
                connection, "SELECT host, port, name, source, reached, added FROM peers"
            )
            # where nobody else belongs, nothing waits for anybody
            shared = [id for id, _, members, _ in joined if members > 1]
            waiting = contact.waiting(connection, device, shared)
            came = contact.last_caller(connection)
            read = contact.last_bundle(connection)
    except database.NoTableError:  # format 1, opened for reading
        return [], None, 0, 0, 0
    chosen = meta.get("community")
    if chosen not in [each[0] for each in joined]:
        chosen = joined[0][0] if joined else None
    communities = [
        Commune(id, name, members, bool(steward), id == chosen)
        for id, name, members, steward in joined
    ]
    silent = sum(now - (reached or added) > _LONG for *_, reached, added in peers)
    return communities, _last_met(peers, came, read), len(peers), silent, waiting


def _last_met(
    peers: list[tuple[str, int, str | None, str, int | None, int]],
    came: tuple[int, str] | None,
    read: tuple[int, str] | None,
) -> Met | None:
    """Who was met last: at one of the peers' places, because they came here, or by a bundle."""
    from hearth.mesh.peers import CAME, Place

    met = [
        Met(name or f"{host}:{port}", Place(host, port, source=source).way, reached)
        for host, port, name, source, reached, _ in peers
        if reached
    ]
    if came is not None:
        met.append(Met(came[1], CAME, came[0]))
    if read is not None:
        met.append(Met(read[1], "bundle", read[0]))
    return max(met, key=lambda each: each.at, default=None)


def _to_come(path: Path, connection: apsw.Connection) -> tuple[int, int]:
    """Documents of followed corpora that are to be fetched, as the index last knew it, and objects
    that were asked for one by one."""
    from hearth.corpora.cache import query
    from hearth.store import database, servable, wishes

    with database.translated():
        asked = set(wishes.all_asked(connection))
        asked -= servable.held(connection, asked)
    with _cache(path) as cache:
        there = "SELECT 1 FROM sqlite_schema WHERE name = 'index_missing'"
        lacking = "SELECT object FROM index_missing WHERE NOT here"
        ids = {id for (id,) in query(cache, lacking)} if query(cache, there) else set()
    arrived = servable.held(connection, ids)
    arrived -= servable.manifests(connection, arrived)  # chunks may be missing: the index knows
    return len(ids - arrived), len(asked)


def _unread(path: Path) -> int:
    """Unread messages, as the cache has it."""
    from hearth.chat.glance import unread

    with _cache(path) as cache:
        return unread(cache)


def _is_quiet(path: Path, last: int, now: int) -> bool:
    """Whether nobody is of concern, as the cache has it, and it has seen the log up to `last`."""
    from hearth.people.glance import is_quiet

    with _cache(path) as cache:
        return is_quiet(cache, last, now)


@contextmanager
def _cache(path: Path) -> Iterator[apsw.Connection]:
    """cache.db as it is now, whoever else has it open; in memory and empty where there is none."""
    from hearth.corpora.cache import CacheError, open_cache

    file = path / _CACHE
    try:
        cache = open_cache(file if file.exists() else None)
    except CacheError:  # read-only media
        cache = open_cache(file, read_only=True)
    try:
        yield cache
    finally:
        cache.close()


def names(path: Path, *, held: bool) -> list[str]:
    """What the corpora held in the hearth at `path`, or the others, are called here.

    Raises as `overview` does.
    """
    from hearth.identity import identity
    from hearth.store import database
    from hearth.store.disk import Disk

    connection = database.connect(path / database.NAME, Disk(), read_only=True)
    try:
        local = _local(connection, identity.load(path).community)
    finally:
        connection.close()
    return list(corpora(path, local, held=held))


def _local(connection: apsw.Connection, home: bytes) -> Local:
    from hearth.corpora.naming import Local

    return Local(connection, home)


def bytes_used(path: Path) -> int:
    """The sizes of all files below `path` together; symbolic links are not followed."""
    total = 0
    with os.scandir(path) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                total += bytes_used(Path(entry.path))
            else:
                total += entry.stat(follow_symlinks=False).st_size
    return total


def corpora(path: Path, local: Local, last: int = -1, *, held: bool = True) -> dict[str, int]:
    """Corpora held (or the others) and how many documents each has, sorted by name.

    Writes nothing but cache.db. `local` is what hearth.db says of this hearth alone; `last` is the
    last arrival number of the log, if known: when the cache has seen it already, the log is not
    opened.
    """
    from hearth.corpora.cache import CacheError, open_cache, query
    from hearth.corpora.catalogue import Catalogue
    from hearth.corpora.naming import named

    cache = path / _CACHE
    try:
        connection = open_cache(cache if cache.exists() else None)
        catalogue = Catalogue(connection)
        if query(connection, "SELECT arrival FROM catalogue_state") != [(last,)]:
            from hearth.store.store import Store

            with Store.open(path, read_only=True) as store:
                catalogue.update(store, local.home)
    except CacheError:  # read-only media: as the cache stood when it was written
        connection = open_cache(cache, read_only=True)
        catalogue = Catalogue(connection, writable=False)
    try:
        found = {
            each.label: catalogue.count(each.corpus.id)
            for each in named(catalogue, local)
            if each.held is held
        }
    finally:
        connection.close()
    return dict(sorted(found.items()))
