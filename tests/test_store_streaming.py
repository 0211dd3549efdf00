"""Files that are written from front to back, in pieces, past the system's own copies."""

from __future__ import annotations

import errno
import fcntl
import io
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from store_kit import NOW, Seam, SeamDisk, contents, new_store, noise

from hearth.bundles import folder
from hearth.store import memory, streaming
from hearth.store.beside import Beside
from hearth.store.disk import Disk, DiskError, SyncFailedError
from hearth.store.errors import NoSpaceError
from hearth.store.fsck import check
from hearth.store.objects import MissingObject
from hearth.store.store import Store
from hearth.store.streaming import PAGE, PIECE, Stream

DIRECT = getattr(os, "O_DIRECT", 0)


class Watching(Seam):
    """Notes writes and syncs: `written` is offset, length, and whether copies were passed by.

    `passes`: whether they can be. `fails`: the number of a write or sync that fails, or None."""

    def __init__(self, passes: bool = True, fails: tuple[str, int] | None = None) -> None:
        self.passes = passes
        self.fails = fails
        self.calls = {"write": 0, "sync": 0}
        self.written: list[tuple[int, int, bool]] = []
        self.short = 0

    def disk(self, operation: str, path: Path, function: Callable[..., Any], args: Any) -> Any:
        if operation not in self.calls:
            return function(*args)
        if operation == "write":
            fd, data, offset = args
            past = bool(fcntl.fcntl(fd, fcntl.F_GETFL) & DIRECT)
            if past and not self.passes:
                raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
            if past and self.short:
                data, self.short = data[: self.short], 0
                self._unflagged(fd, function, data, offset)
                return len(data)
        self.calls[operation] += 1
        if self.fails == (operation, self.calls[operation]):
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        done = function(*args)
        if operation == "write":
            self.written.append((offset, done, past))
        return done

    def _unflagged(self, fd: int, function: Callable[..., Any], data: Any, offset: int) -> None:
        """Write a part that is not of whole pages, as a disk that ends in the middle would."""
        flags = fcntl.fcntl(fd, fcntl.F_GETFL)
        fcntl.fcntl(fd, fcntl.F_SETFL, flags & ~DIRECT)
        self.written.append((offset, function(fd, data, offset), True))


def can_pass(path: Path) -> bool:
    """Whether the file system of the tests has it: some have not, and nothing is to fail there."""
    with Disk().open(path / "probe", write=True, create=True) as file:
        return file.write_past(0, memory.pages(PAGE, large=False))


def stream_to(
    tmp_path: Path, seam: Seam, data: list[bytes], start: int = 0, flushed: bool = False
) -> bytes:
    """What lies in a file to which this has been written; `start` bytes were there before."""
    path = tmp_path / "file"
    path.write_bytes(b"x" * start)
    with SeamDisk(seam) as disk, disk.open(path, write=True) as file:
        stream = Stream(file, start)
        try:
            for each in data:
                stream.write(each)
                if flushed:
                    stream.flush()
                    assert path.stat().st_size == stream.end
                    held = [stream._first, stream._piece, *stream._spare, *stream._waiting]
                    assert held == [None, None]  # a batch may have any number of packs open
            stream.sync()
        finally:
            stream.stop()
    return path.read_bytes()


@pytest.mark.parametrize("passes", [True, False])
@pytest.mark.parametrize("start", [0, 1, PAGE - 1, PAGE, PAGE + 1, 3 * PAGE + 56])
def test_any_lengths_from_any_place_on(tmp_path: Path, start: int, passes: bool) -> None:
    sizes = (0, 1, 70, PAGE, PIECE - 1, PIECE, PIECE + 1, 3, 5 * PIECE + 77, 1)
    data = [noise(n, size) for n, size in enumerate(sizes)]
    seam = Watching(passes)
    assert stream_to(tmp_path, seam, data, start) == b"x" * start + b"".join(data)
    place = start
    for offset, length, past in seam.written:  # nothing is written twice, and nothing left out
        assert offset == place
        place += length
        assert not past or (offset % PAGE, length % PAGE) == (0, 0)
    passed = sum(length for _, length, past in seam.written if past)
    assert passed >= 7 * PIECE if passes and can_pass(tmp_path) else not passed


def test_what_was_flushed_is_there_and_not_written_again(tmp_path: Path) -> None:
    data = [noise(n, size) for n, size in enumerate((10, PAGE, PIECE // 2 + 5, PIECE, 9, PIECE))]
    seam = Watching()
    assert stream_to(tmp_path, seam, data, 100, flushed=True) == b"x" * 100 + b"".join(data)
    assert sum(length for _, length, _ in seam.written) == sum(map(len, data))


@pytest.mark.parametrize("short", [1, PAGE - 1, PAGE, PIECE - PAGE])
def test_of_a_piece_only_a_part_is_written(tmp_path: Path, short: int) -> None:
    data = [noise(1, 3 * PIECE + 5)]
    seam = Watching()
    seam.short = short
    assert stream_to(tmp_path, seam, data) == data[0]
    assert not seam.short or not can_pass(tmp_path)


def test_pieces_of_small_parts_only_are_written_the_ordinary_way(tmp_path: Path) -> None:
    """Those that hold something large, or a part of it, pass the copies by."""
    path = tmp_path / "file"
    seam = Watching()
    small, large = noise(1, 999), noise(2, 1000)
    data = [*[small] * (PIECE // 999 - 2), large, noise(3, 2 * PIECE), *[small] * (PIECE // 300)]
    with SeamDisk(seam) as disk, disk.open(path, write=True, create=True) as file:
        stream = Stream(file, large=1000)
        for each in data:
            stream.write(each)
        stream.sync()
        stream.stop()
    assert path.read_bytes() == b"".join(data)
    past = [offset // PIECE for offset, _, past in seam.written if past]
    assert past == ([0, 1, 2] if can_pass(tmp_path) else [])


def test_small_files_are_written_the_ordinary_way(tmp_path: Path) -> None:
    seam = Watching()
    stream_to(tmp_path, seam, [noise(1, streaming.PAST - 1)])
    assert seam.written == [(0, streaming.PAST - 1, False)]


@pytest.mark.parametrize("passes", [True, False])
@pytest.mark.parametrize("call", range(1, 8))
def test_a_write_that_fails_is_told_and_nothing_synced_after_it(
    tmp_path: Path, passes: bool, call: int
) -> None:
    seam = Watching(passes, ("write", call))
    with pytest.raises(DiskError):
        stream_to(tmp_path, seam, [noise(n, PIECE // 2) for n in range(18)])
    assert seam.calls["sync"] == 0
    assert len(seam.written) == call - 1


def test_where_copies_are_not_passed_by_it_is_synced_on_the_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming, "EASE", 2 * PIECE)
    seam = Watching(passes=False)
    stream_to(tmp_path, seam, [noise(n, PIECE) for n in range(9)])
    assert seam.calls["sync"] == 4 + 1


def test_a_sync_that_failed_is_told_and_none_follows_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming, "EASE", PIECE)
    seam = Watching(False, ("sync", 1))
    with SeamDisk(seam) as disk, pytest.raises(SyncFailedError):
        folder.write_file(disk, tmp_path / "file", (noise(n, PIECE) for n in range(9)))
    assert seam.calls["sync"] == 1
    assert list(tmp_path.iterdir()) == []


def test_whoever_gives_up_waits_for_what_is_being_written(tmp_path: Path) -> None:
    def torn() -> Iterator[bytes]:
        yield noise(1, 3 * PIECE)
        raise NoSpaceError("says the test")

    with pytest.raises(NoSpaceError):
        folder.write_file(Disk(), tmp_path / "file", torn())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("operation", ["write", "sync"])
def test_of_a_store_the_batch_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, operation: str
) -> None:
    """As with any write or sync that fails: nothing of it counts."""
    monkeypatch.setattr(streaming, "EASE", PIECE)
    new_store(tmp_path).close()
    place = tmp_path / ".hearth"

    def add(store: Store) -> None:
        with store.batch() as batch:
            for n in range(12):
                batch.put(noise(n, 1 << 20))
            with batch.transaction():
                pass

    seam = Watching(False, (operation, 3 if operation == "write" else 1))
    with SeamDisk(seam) as disk, Store.open(place, disk) as opened:
        with pytest.raises(DiskError):
            add(opened)
        assert seam.calls["sync"] <= 1
    with Store.open(place) as opened:
        assert not contents(opened)
        add(opened)
        assert len(contents(opened)) == 12


def test_packs_go_on_where_they_ended(tmp_path: Path) -> None:
    """Large and small records, over several commits and openings, some past the copies."""
    data = {n: noise(n, size) for n, size in enumerate((3 << 20, 20_000, 4 << 20, 70_000, 2 << 20))}
    ids = {}
    new_store(tmp_path).close()
    for n, each in data.items():
        with Store.open(tmp_path / ".hearth") as store:
            ids[n] = store.put(each)
            store.put(b"small" * 5000)
    with Store.open(tmp_path / ".hearth") as store:
        assert {n: store.get(id) for n, id in ids.items()} == data


@pytest.fixture
def no_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where ulimit -u lets none start."""

    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)


@pytest.mark.usefixtures("no_threads")
def test_without_a_thread_everything_comes_to_the_same(tmp_path: Path) -> None:
    data = noise(3, 20 << 20)
    with new_store(tmp_path) as store:
        id = store.put_file(io.BytesIO(data))
        assert store.read_file(id) == data
        some = [store.put(noise(n, 50_000)) for n in range(4)]
        assert [got for got, _ in store.objects.ahead([*some])] == some
        with pytest.raises(MissingObject):
            list(store.objects.ahead([bytes(32)]))
        assert check(store, now=NOW).sound


@pytest.mark.usefixtures("no_threads")
def test_what_fails_beside_fails_when_it_is_asked_for() -> None:
    with Beside() as beside:
        failed = beside.submit(int, "x")
        assert beside.submit(int, "7").result() == 7
        with pytest.raises(ValueError, match="invalid"):
            failed.result()
