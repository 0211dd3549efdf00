"""A new cache.db that is filled at once is written once, and shared from the next opening on."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hearth.corpora.cache import changing, ensure, open_cache, stamp
from hearth.store.errors import LockedError

if TYPE_CHECKING:
    import apsw

ROWS = [(b"x" * 4000,)] * 100


def begun(path: Path) -> apsw.Connection:
    """A new file with one table, as whoever fills it at once has opened it."""

    def create(connection: apsw.Connection) -> None:
        connection.execute("CREATE TABLE one(told BLOB)")

    connection = open_cache(path, at_once=True)
    ensure(connection, "one", 1, (), create)
    return connection


def told(connection: apsw.Connection) -> int:
    return int(connection.execute("SELECT count(*) FROM one").get)


def test_what_is_filled_at_once_is_written_once(tmp_path: Path) -> None:
    connection = begun(tmp_path / "cache.db")
    with changing(connection):
        connection.executemany("INSERT INTO one VALUES(?)", ROWS)
    assert [each.name for each in tmp_path.iterdir()] == ["cache.db"]
    assert connection.pragma("synchronous") == 2  # a journal of what stood needs all its syncs
    connection.close()
    again = open_cache(tmp_path / "cache.db", at_once=True)  # nobody fills it any more
    assert (again.pragma("journal_mode"), again.pragma("synchronous")) == ("wal", 1)
    again.close()


def test_who_has_filled_it_follows_those_who_open_it_later(tmp_path: Path) -> None:
    first = begun(tmp_path / "cache.db")
    second = open_cache(tmp_path / "cache.db")
    assert second.pragma("journal_mode") == "wal"
    for count, each in enumerate((second, first, second, first), 1):
        with changing(each):
            each.execute("INSERT INTO one VALUES(NULL)")
        assert told(first) == told(second) == count
    second.close()
    first.close()


def test_while_it_is_filled_others_open_it_and_see_what_stood(tmp_path: Path) -> None:
    first = begun(tmp_path / "cache.db")
    with changing(first):
        first.execute("INSERT INTO one VALUES(NULL)")
        second = open_cache(tmp_path / "cache.db")
        second.set_busy_timeout(0)
        assert (stamp(second, "one"), told(second)) == (1, 0)
        with pytest.raises(LockedError), changing(second):
            pass
    with changing(second):
        second.execute("INSERT INTO one VALUES(NULL)")
    assert told(first) == told(second) == 2
    assert second.pragma("synchronous") == 2  # the journal is not a WAL yet
    second.close()
    first.close()


def test_killed_while_it_is_filled_nothing_of_it_is_left(tmp_path: Path) -> None:
    path, killed = tmp_path / "cache.db", tmp_path / "killed"
    first = begun(path)
    first.execute("PRAGMA cache_size=10")  # so that pages reach the file before the end
    killed.mkdir()
    with changing(first):
        first.executemany("INSERT INTO one VALUES(?)", ROWS)
        for name in ("cache.db", "cache.db-journal"):
            shutil.copy(tmp_path / name, killed / name)
    first.close()
    assert (killed / "cache.db").stat().st_size > 100_000
    looking = open_cache(killed / "cache.db", read_only=True)  # which may write nothing, nor mend
    assert not looking.filename
    looking.close()
    again = open_cache(killed / "cache.db")
    assert (stamp(again, "one"), told(again)) == (1, 0)
    again.close()


def test_who_opens_it_while_all_of_it_is_locked_waits(tmp_path: Path) -> None:
    first = begun(tmp_path / "cache.db")
    first.execute("BEGIN EXCLUSIVE")  # as whoever fills it with more than its memory holds
    done = threading.Timer(0.1, first.execute, ("COMMIT",))
    done.start()
    second = open_cache(tmp_path / "cache.db")
    done.join()
    assert told(second) == 0
    second.close()
    first.close()
