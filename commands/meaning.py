"""Meaning in the verbs: what a question means, and keeping the passages' vectors up to date."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from hearth.commands import meaning_missing
from hearth.commands.context import Session, can_write
from hearth.commands.language import endpoints
from hearth.commands.running import clock
from hearth.store.errors import HearthError, LockedError

if TYPE_CHECKING:
    import apsw

    from hearth.ask.sources import Source
    from hearth.home import Home
    from hearth.models.reranking import Reranker
    from hearth.models.shelf import Model
    from hearth.vectors.meaning import Meaning, Minds

AT_ONCE = 5.0
"""Seconds that a verb spends on vectors until it leaves the rest to the background."""
SPARING = 10.0
"""Seconds from one look at the battery to the next, in the background."""


@contextmanager
def of_question(
    session: Session, path: Path | None, sources: list[Source]
) -> Iterator[Meaning | None]:
    """What finds by meaning, for questions to these sources; None where nothing has vectors."""
    if path is None:
        yield None
        return
    if not any(_has_vectors(source.index.connection) for source in sources):
        yield None
        meaning_missing.tell_unprepared(session, path)
        return
    from hearth.vectors.meaning import Meaning

    with ExitStack() as stack:
        meaning = Meaning(_opener(session, path, stack), session.config.get("ask.scanner"))
        stack.callback(meaning.close)
        yield meaning
        if meaning.problem is not None:
            problem = meaning.problem
            session.terminal.warn(problem.message, "searched by words alone", *problem.hints)
        elif not meaning.prepared(sources):
            meaning_missing.tell(session, path)


def _has_vectors(connection: apsw.Connection) -> bool:
    import apsw

    try:
        return bool(connection.execute("SELECT 1 FROM vector_models LIMIT 1").fetchall())
    except apsw.SQLError:  # no such table: the usual case without models, and cheap
        return False


def _opener(session: Session, path: Path, stack: ExitStack) -> Callable[[], Minds | None]:
    """Opens the models that are used; runs on a thread of its own, with its own connections."""

    def open() -> Minds | None:
        import os

        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # numpy's start, for one row: 12 ms less
        from hearth.home import Home
        from hearth.models import shelf
        from hearth.models.embedding import open_embedder
        from hearth.vectors import calibration
        from hearth.vectors.meaning import Minds

        home = Home.open(path, read_only=not can_write(session))
        stack.callback(home.close)
        model = shelf.chosen(home, "embed")
        if model is None:
            return None

        def found(corpus: bytes | None) -> calibration.Calibration | None:
            return calibration.decode(home.store.meta(calibration.key(corpus, model.id)))

        return Minds(open_embedder(home, model, brief=True), _reranker(session, home), found)

    return open


def _reranker(session: Session, home: Home) -> Reranker | None:
    """What puts passages in order: the model that is used for it, else a server named for it."""
    from hearth.models import shelf
    from hearth.models.reranking import Served, open_reranker

    model = shelf.chosen(home, "rerank")
    if model is not None:
        return open_reranker(home, model)
    endpoint = endpoints(session).used("rerank")
    return None if endpoint is None else Served(endpoint, session.environ)


def keep_up(
    session: Session, home: Home, connection: apsw.Connection, *, quiet: bool = False
) -> None:
    """After documents have come or a model was chosen: make the vectors that are missing.

    For AT_ONCE seconds here, with progress; what is left then is done by a process in the
    background, which `hearth status` shows. Without a model nothing happens, and on a battery that
    is nearly empty all of it waits. Whatever goes wrong is told, and fails nothing: the words are
    indexed. With `quiet`, for cron, nothing is said of what waits or of the missing extra.
    """
    try:
        model = _model(home)
        if model is None or not _waiting(session, connection, model):
            return
        from hearth.condition import thrift

        why = thrift.waits(home.path, session.now)
        if why is not None:
            if not quiet:
                session.terminal.note(f"preparing finding by meaning waits: {why}")
            return
        until = time.monotonic() + AT_ONCE
        with suppress(LockedError):  # another process is at it already
            if make(session, home, connection, model, lambda: time.monotonic() > until):
                left = _leave(session, home.path)
                if not quiet:
                    session.terminal.note(left)
    except (HearthError, OSError) as error:
        from hearth.commands.failures import explain
        from hearth.models.errors import MissingExtraError

        if quiet and isinstance(error, MissingExtraError):
            return
        failure = explain(error)
        session.terminal.warn(failure.message, "found by words alone for now", *failure.hints)


def prepare(session: Session, home: Home, model: Model) -> None:
    """Begin to use a model: if it is one for meaning, everything here gets a vector of it."""
    from hearth.corpora.index import Index

    if model.kind == "embed":
        with Index.open(home.cache_path) as index:
            keep_up(session, home, index.connection)


def _model(home: Home) -> Model | None:
    from hearth.models import shelf

    return shelf.chosen(home, "embed")


def _waiting(session: Session, connection: apsw.Connection, model: Model) -> bool:
    from hearth.vectors import keeping

    if keeping.lacking(connection, model.id, model.dimensions):
        return True
    guide = _guide(session)
    if guide is None:
        return False
    from hearth.corpora.index import Index

    with Index.open(guide, read_only=True) as index:
        return bool(keeping.lacking(index.connection, model.id, model.dimensions))


def _guide(session: Session) -> Path | None:
    """The guide's index as a file, made if need be; None where it cannot be kept."""
    from hearth.ask.sources import GUIDE_FILE, guide_source
    from hearth.commands.asking import cache_dir

    folder = cache_dir(session)
    source = None if folder is None else guide_source(folder)
    if source is None or folder is None:
        return None
    source.index.close()
    path = folder / GUIDE_FILE
    return path if path.exists() else None


def make(
    session: Session,
    home: Home,
    connection: apsw.Connection,
    model: Model,
    enough: Callable[[], bool] | None = None,
) -> int:
    """Make vectors, of the guide first; how many passages are left when `enough` was said.

    Raises LockedError while another process does so, and what models and cache.db raise.
    """
    from hearth.models.embedding import open_embedder
    from hearth.store.disk import DiskError
    from hearth.vectors import keeping

    with keeping.take(home.disk, home.path):
        embedder = open_embedder(home, model)
        try:
            with session.terminal.progress("meaning", unit="passages") as progress:
                left = 0
                guide = _guide(session)
                if guide is not None:
                    with suppress(OSError, DiskError):  # a folder that cannot be written
                        left = keeping.fill_guide(guide, embedder, progress.of, enough).left
                return left + keeping.fill(connection, embedder, progress.of, enough).left
        finally:
            embedder.close()


def sparing(session: Session, home: Home) -> Callable[[], bool] | None:
    """Says when work that nobody waits for is to stop, because power has become scarce: looked at
    now and then. None where a person is there, who has asked for it."""
    from hearth.condition import thrift

    if session.terminal.interactive:
        return None
    looked, why = 0.0, None

    def enough() -> bool:
        nonlocal looked, why
        if time.monotonic() - looked >= SPARING:
            looked, why = time.monotonic(), thrift.waits(home.path, clock())
        return why is not None

    return enough


def _leave(session: Session, path: Path) -> str:
    """Leave the rest to a process that is not waited for, and that steps back for all others.

    Returns what to say of it.
    """
    import subprocess
    import sys

    if not session.config.get("ask.background"):
        return "hearth reindex --vectors goes on preparing finding by meaning"
    program = [sys.executable, "-P", "-m", "hearth", "--hearth", str(path)]
    subprocess.Popen(
        [*program, "-q", "reindex", "--vectors"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        cwd="/",
    )
    return "finding by meaning is prepared in the background; see hearth status"
