"""What `hearth ask` opens."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from hearth.commands.context import Session, can_write, find_home, open_home
from hearth.commands.failures import explain
from hearth.guide import CORPUS
from hearth.identity import identity
from hearth.store.errors import HearthError, LockedError, NoSpaceError, NotFoundError
from hearth.writing.keeping import CORPUS as ANSWERS

if TYPE_CHECKING:
    from hearth.ask.sources import Source
    from hearth.corpora.index import Index
    from hearth.home import Home

CACHE, DATABASE = "cache.db", "hearth.db"  # DESIGN §4
PATIENCE_MS = 2000  # for another process that writes cache.db: an answer is wanted now

T = TypeVar("T")


class Place:
    """What a question is answered from, and by whom: `corpora` by name, with so many `documents`;
    `all` if none is left out."""

    __slots__ = ("all", "corpora", "damaged", "documents", "path", "sources")

    def __init__(self) -> None:
        self.sources: list[Source] = []
        self.path: Path | None = None
        self.corpora: list[str] = []
        self.documents = 0
        self.all = True
        self.damaged = False

    @property
    def only(self) -> list[str] | None:
        """The corpora to answer from; None if that is all there are."""
        return None if self.all else self.corpora

    def node(self) -> str | None:
        """The device that answers, as hex; None where there is no hearth, or none to be read."""
        if self.path is None:
            return None
        try:
            return identity.load(self.path).device.hex()
        except (HearthError, OSError):
            return None


def healing(session: Session, run: Callable[[bool], T]) -> T:
    """Return `run(False)`; where an index turns out damaged, make it anew and run once more.

    Both indexes, the hearth's and the guide's, are derived: deleting them loses nothing. Where
    they cannot be deleted, `run(True)` is to use none that is kept.
    """
    from hearth.corpora.cache import DamagedCacheError, delete_cache, translated

    try:
        with translated():
            return run(False)
    except DamagedCacheError:
        session.terminal.warn("the index was damaged and is made anew; nothing is lost")
    kept = [place / name for place, name in _derived(session) if place is not None]
    for path in kept:
        with suppress(OSError):
            delete_cache(path)
    with translated():
        return run(any(path.exists() for path in kept))


def _derived(session: Session) -> list[tuple[Path | None, str]]:
    from hearth.ask.sources import GUIDE_FILE

    home = None
    with suppress(HearthError, OSError):
        home = find_home(session)
    return [(home, CACHE), (cache_dir(session), GUIDE_FILE)]


@contextmanager
def opened(session: Session, corpora: Sequence[str], fresh: bool = False) -> Iterator[Place]:
    """The guide, and the hearth's own corpora where there is a hearth.

    `fresh` makes the indexes anew, in memory.

    A hearth that cannot be read must not keep the guide from answering: that is told on stderr
    and marked, unless corpora were named. An unknown corpus is a NotFoundError.
    """
    from hearth.ask.sources import guide_source
    from hearth.corpora.cache import DamagedCacheError

    place = Place()
    place.path = _home(session, corpora, place)
    with ExitStack() as stack:
        if not corpora or CORPUS in corpora:
            guide = guide_source(None if fresh else cache_dir(session))
            if guide is not None:
                place.sources.append(guide)
                stack.callback(guide.index.close)
        path = place.path
        if path is not None and set(corpora) != {CORPUS}:
            try:
                _open_hearth(session, path, place, stack, fresh)
            except DamagedCacheError:
                raise  # to be healed
            except (HearthError, OSError) as error:
                if corpora:
                    raise
                _without(session, place, error)
        _count(place, corpora)
        yield place


def _home(session: Session, corpora: Sequence[str], place: Place) -> Path | None:
    """The hearth that applies; one that cannot be used only matters where it was asked for."""
    try:
        return find_home(session)
    except (HearthError, OSError) as error:
        if corpora or session.hearth:
            raise
        _without(session, place, error)
        return None


def _without(session: Session, place: Place, error: Exception) -> None:
    """Say that the hearth cannot be read, and why."""
    place.damaged = True
    failure = explain(error)
    session.terminal.warn(
        failure.message, "this answer is from the built-in guide alone", *failure.hints
    )


def _open_hearth(session: Session, path: Path, place: Place, stack: ExitStack, fresh: bool) -> None:
    from hearth.ask.sources import Source
    from hearth.corpora.index import Index

    cache = path / CACHE
    read_only = not can_write(session)
    index = None
    if fresh:
        index = stack.enter_context(Index.memory())
    elif cache.exists():
        index = stack.enter_context(Index.open(cache, read_only=read_only))
    mark = _mark(path)
    if index is None or not mark or _level(index) != mark:
        home = stack.enter_context(open_home(session, read_only))
        index = index or stack.enter_context(Index.open(home.cache_path, read_only=read_only))
        _follow(session, index, home, place, mark)
    place.sources.append(Source(index))


def _follow(session: Session, index: Index, home: Home, place: Place, mark: str) -> None:
    """Bring the index up to date; where it is locked or the disk full, answer without."""
    from hearth.corpora.cache import translated

    index.connection.set_busy_timeout(PATIENCE_MS)
    try:
        with translated():
            if not index.update(home) and mark and index.writable:
                _set_level(index, mark)
    except (LockedError, NoSpaceError) as error:
        place.damaged = True
        session.terminal.warn(error.message, "what was added last may not be found yet")


def _mark(path: Path) -> str:
    """What the database's files look like from outside: it changes whenever they are written."""
    parts = []
    for name in (DATABASE, f"{DATABASE}-wal"):
        try:
            status = (path / name).stat()
        except OSError:
            parts.append("-")
        else:
            parts.append(f"{status.st_ino}:{status.st_size}:{status.st_mtime_ns}")
    return " ".join(parts)


def _level(index: Index) -> str:
    """The mark of the database that this index was last level with.

    Opening the store and its log only to learn that nothing is new takes longer than answering.
    """
    row = index.connection.execute("SELECT value FROM index_state WHERE key = 'asked'").fetchone()
    return str(row[0]) if row else ""


def _set_level(index: Index, mark: str) -> None:
    index.connection.execute("INSERT OR REPLACE INTO index_state VALUES('asked', ?)", (mark,))


def _count(place: Place, corpora: Sequence[str]) -> None:
    """Note what is answered from: what is named, else everything but the answers kept here."""
    known: dict[str, int] = {}
    for source in place.sources:
        for name, stats in source.index.stats().items():
            known[name] = known.get(name, 0) + stats.documents
    for name in corpora:
        if name not in known:
            raise NotFoundError(f'no corpus "{name}"', "hearth corpus list shows them")
    place.corpora = list(dict.fromkeys(corpora)) or [one for one in known if one != ANSWERS]
    place.documents = sum(known[name] for name in place.corpora)
    place.all = len(place.corpora) == len(known)


def cache_dir(session: Session) -> Path | None:
    """`$XDG_CACHE_HOME/hearth` or its default; None where there is no home directory."""
    from pathlib import Path

    for name, below in (("XDG_CACHE_HOME", ""), ("HOME", ".cache")):
        base = session.environ.get(name, "")
        if base.startswith("/") and base.isprintable():  # SQLite's paths are UTF-8
            return Path(base) / below / "hearth"
    return None
