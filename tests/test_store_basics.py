"""Ids, the disk, locks, compression, chunking, manifests: each limit below, at and above."""

from __future__ import annotations

import errno
import io
import os
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from store_kit import noise

from hearth.store import chunking, ids, manifest
from hearth.store.compress import Compressor, decompress
from hearth.store.disk import Disk, DiskError, SyncFailedError
from hearth.store.errors import CorruptError, LockedError, NoSpaceError
from hearth.store.locks import Lock
from hearth.store.manifest import MAGIC, MAX_CHUNKS, MAX_OBJECT, Manifest, TooLargeError


class Failing(Disk):
    """Fails one kind of call with one error number."""

    def __init__(self, operation: str, code: int) -> None:
        self.operation = operation
        self.code = code

    def call(self, operation: str, path: Path, function: Any, *args: Any) -> Any:
        if operation == self.operation:
            raise OSError(self.code, os.strerror(self.code))
        return function(*args)


class TestIds:
    def test_whole_ids_become_bytes_and_prefixes_lower_case(self) -> None:
        id = ids.of(b"x")
        assert ids.parse(id.hex().upper()) == id
        assert ids.parse(" ABCD ") == "abcd"
        assert ids.short(id) == id.hex()[:12]

    @pytest.mark.parametrize("text", ["", "abc", "abcg", "a" * 65, "hello", "ab cd", "١٢٣٤"])
    def test_malformed(self, text: str) -> None:
        with pytest.raises(ids.MalformedId):
            ids.parse(text)

    @pytest.mark.parametrize("text", ["abcd", "a" * 63])
    def test_shortest_and_longest_prefix(self, text: str) -> None:
        assert ids.parse(text) == text
        low, high = ids.bounds(text)
        assert low.hex().startswith(text)
        assert high.hex().startswith(text)
        assert low < high

    def test_choose(self) -> None:
        a, b = ids.of(b"a"), ids.of(b"b")
        assert ids.choose("abcd", [a]) == a
        with pytest.raises(ids.AmbiguousId, match=ids.short(b)):
            ids.choose("abcd", [a, b])
        with pytest.raises(ids.UnknownId):
            ids.choose("abcd", [])


class TestDisk:
    def test_write_atomic_replaces_and_leaves_nothing_else(self, tmp_path: Path) -> None:
        path = tmp_path / "file"
        Disk().write_atomic(path, b"old")
        Disk().write_atomic(path, b"new", mode=0o640)
        assert path.read_bytes() == b"new"
        assert path.stat().st_mode & 0o777 == 0o640
        assert list(tmp_path.iterdir()) == [path]

    @pytest.mark.parametrize("operation", ["open", "write", "sync", "replace"])
    def test_write_atomic_that_fails_leaves_the_old(self, tmp_path: Path, operation: str) -> None:
        path = tmp_path / "file"
        path.write_bytes(b"old")
        with pytest.raises(DiskError):
            Failing(operation, errno.EIO).write_atomic(path, b"new")
        assert path.read_bytes() == b"old"
        assert list(tmp_path.iterdir()) == [path]

    @pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
    def test_no_space(self, tmp_path: Path, code: int) -> None:
        with pytest.raises(NoSpaceError):
            Failing("write", code).write_atomic(tmp_path / "file", b"new")

    def test_failed_sync_is_told_apart_and_not_retried(self, tmp_path: Path) -> None:
        calls = []

        class Counting(Failing):
            def call(self, operation: str, path: Path, function: Any, *args: Any) -> Any:
                calls.append(operation)
                return super().call(operation, path, function, *args)

        with pytest.raises(SyncFailedError):
            Counting("sync", errno.EIO).write_atomic(tmp_path / "file", b"new")
        assert calls.count("sync") == 1

    @pytest.mark.parametrize("code", [errno.EINVAL, errno.ENOTSUP])
    def test_directories_that_cannot_be_synced_are_accepted(
        self, tmp_path: Path, code: int
    ) -> None:
        Failing("sync-dir", code).write_atomic(tmp_path / "file", b"new")
        assert (tmp_path / "file").read_bytes() == b"new"

    def test_directories_whose_sync_fails_are_not(self, tmp_path: Path) -> None:
        with pytest.raises(SyncFailedError):
            Failing("sync-dir", errno.EIO).write_atomic(tmp_path / "file", b"new")

    def test_symbolic_links_are_refused(self, tmp_path: Path) -> None:
        (tmp_path / "real").write_bytes(b"x")
        (tmp_path / "link").symlink_to("real")
        with pytest.raises(DiskError, match="symbolic link"):
            Disk().open(tmp_path / "link")

    def test_a_fifo_does_not_hang(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "fifo")
        with Disk().open(tmp_path / "fifo") as file, pytest.raises(DiskError):
            file.read(0, 1)

    def test_short_reads_and_writes_are_continued(self, tmp_path: Path) -> None:
        class Short(Disk):
            def call(self, operation: str, path: Path, function: Any, *args: Any) -> Any:
                if operation == "write":
                    fd, data, offset = args
                    return os.pwrite(fd, data[:3], offset)
                if operation == "read":
                    fd, length, offset = args
                    return os.pread(fd, min(length, 3), offset)
                return function(*args)

        with Short().open(tmp_path / "file", write=True, create=True) as file:
            file.write(2, b"0123456789")
            assert file.read(0, 100) == b"\0\x000123456789"
            assert file.read(4, 5) == b"23456"


class TestLocks:
    def test_shared_locks_meet_and_exclusive_ones_do_not(self, tmp_path: Path) -> None:
        path = tmp_path / "lock"
        one = Lock.take(Disk(), path, exclusive=False)
        two = Lock.take(Disk(), path, exclusive=False)
        with pytest.raises(LockedError, match=f"process {os.getpid()}, for 0 s"):
            Lock.take(Disk(), path, exclusive=True, patience=0)
        one.release()
        two.release()
        Lock.take(Disk(), path, exclusive=True, patience=0).release()

    def test_the_lock_goes_with_its_process(self, tmp_path: Path) -> None:
        path = tmp_path / "lock"
        code = (
            "import sys, pathlib; from hearth.store.locks import Lock;"
            "from hearth.store.disk import Disk;"
            f"lock = Lock.take(Disk(), pathlib.Path({str(path)!r}), exclusive=True);"
            "print('held', flush=True); sys.stdin.read()"
        )
        process = subprocess.Popen(
            [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert process.stdout is not None
        assert process.stdin is not None
        assert process.stdout.readline() == b"held\n"
        with pytest.raises(LockedError, match=f"process {process.pid}"):
            Lock.take(Disk(), path, exclusive=False, patience=0)
        process.kill()
        process.wait()
        Lock.take(Disk(), path, exclusive=True, patience=1).release()
        process.stdin.close()
        process.stdout.close()

    def test_a_holder_that_is_gone_is_not_named(self, tmp_path: Path) -> None:
        path = tmp_path / "lock"
        gone = subprocess.Popen([sys.executable, "-c", ""])
        gone.wait()
        with Lock.take(Disk(), path, exclusive=False):
            path.write_bytes(b"%-12d%-12d\n" % (gone.pid, 1))
            with pytest.raises(LockedError, match="by another process"):
                Lock.take(Disk(), path, exclusive=True, patience=0)

    def test_a_lock_that_was_not_got_holds_no_file_open(self, tmp_path: Path) -> None:
        with Lock.take(Disk(), tmp_path / "lock", exclusive=True):
            free = os.dup(0)
            os.close(free)
            with pytest.raises(LockedError) as raised:
                Lock.take(Disk(), tmp_path / "lock", exclusive=True, patience=0)
            os.close(now := os.dup(0))
            assert raised.traceback
            assert now == free

    @pytest.mark.parametrize(
        ("seconds", "said"),
        [(119, "119 s"), (120, "2 min"), (7199, "119 min"), (7200, "2 h"), (7199 + 3600, "2 h")],
    )
    def test_how_long_it_has_been_held_is_said(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seconds: int, said: str
    ) -> None:
        started = int(time.monotonic())
        monkeypatch.setattr(time, "monotonic", lambda: started + 0.5)
        with Lock.take(Disk(), tmp_path / "lock", exclusive=True):
            monkeypatch.setattr(time, "monotonic", lambda: started + seconds + 0.5)
            with pytest.raises(LockedError, match=f"process {os.getpid()}, for {said}$"):
                Lock.take(Disk(), tmp_path / "lock", exclusive=True, patience=0)

    def test_a_full_disk_does_not_stop_the_lock(self, tmp_path: Path) -> None:
        path = tmp_path / "lock"
        lock = Lock.take(Failing("write", errno.ENOSPC), path, exclusive=True)
        with pytest.raises(LockedError):
            Lock.take(Disk(), path, exclusive=True, patience=0)
        lock.release()
        Lock.take(Disk(), path, exclusive=True, patience=0).release()


class TestCompression:
    @pytest.mark.parametrize("length", [0, 127, 128, 65_535, 65_536, 65_537, MAX_OBJECT])
    def test_text_comes_back(self, length: int) -> None:
        data = (b"the quick brown fox " * (length // 20 + 1))[:length]
        compressed, stored = Compressor()(data)
        assert compressed == (length >= 128)
        assert (decompress(stored, length) if compressed else stored) == data

    def test_noise_is_left_alone(self) -> None:
        data = noise(1, 100_000)
        assert Compressor()(data) == (False, data)

    def test_judged_on_the_first_64_kib(self) -> None:
        data = noise(1, 65_536) + bytes(1 << 20)
        assert Compressor()(data) == (False, data)

    def test_kept_only_if_it_saves_a_twentieth(self) -> None:
        data = noise(1, 63_000) + bytes(2_536)
        assert not Compressor()(data)[0]
        data = noise(1, 60_000) + bytes(5_536)
        assert Compressor()(data)[0]

    def test_a_bomb_stops_at_its_declared_length(self) -> None:
        stored = Compressor()(bytes(MAX_OBJECT))[1]
        for declared in (0, 100, MAX_OBJECT - 1, MAX_OBJECT + 1):
            with pytest.raises(CorruptError):
                decompress(stored, declared)

    def test_damage_and_trailing_bytes_are_refused(self) -> None:
        stored = Compressor()(b"abc" * 1000)[1]
        for damaged in (b"", stored[:-1], stored + b"x", b"junk" + stored):
            with pytest.raises(CorruptError):
                decompress(damaged, 3000)


class TestManifest:
    one = Manifest(5, bytes(32), ((bytes(32), 5),))

    def test_the_layout_is_the_one_documented(self) -> None:
        data = manifest.encode(Manifest(6, b"w" * 32, ((b"a" * 32, 4), (b"b" * 32, 2))))
        assert data == (
            b"\x89HMF\r\n\x1a\n" + bytes(7) + b"\x06" + b"w" * 32 + bytes(3) + b"\x02"
            + b"a" * 32 + bytes(3) + b"\x04" + b"b" * 32 + bytes(3) + b"\x02"
        )  # fmt: skip
        assert manifest.decode(data) == Manifest(6, b"w" * 32, [(b"a" * 32, 4), (b"b" * 32, 2)])

    def test_what_is_not_quite_a_manifest_is_none(self) -> None:
        data = manifest.encode(self.one)
        assert manifest.decode(data) is not None
        for other in (
            b"", data[:-1], data + b"\0", b"x" + data[1:], data[:51] + b"\0",
            data[:15] + b"\x04" + data[16:],  # lengths do not add up
            manifest.encode(Manifest(0, bytes(32), ())),
            manifest.encode(Manifest(0, bytes(32), ((bytes(32), 0),))),
            manifest.encode(Manifest(MAX_OBJECT + 1, bytes(32), ((bytes(32), MAX_OBJECT + 1),))),
        ):  # fmt: skip
            assert manifest.decode(other) is None

    def test_chunk_of_the_greatest_length(self) -> None:
        largest = Manifest(MAX_OBJECT, bytes(32), [(bytes(32), MAX_OBJECT)])
        assert manifest.decode(manifest.encode(largest)) == largest

    def test_number_of_chunks(self) -> None:
        chunk = (bytes(32), 1)
        for count in (MAX_CHUNKS - 1, MAX_CHUNKS):
            data = manifest.encode(Manifest(count, bytes(32), [chunk] * count))
            assert len(data) <= MAX_OBJECT
            assert manifest.decode(data) is not None
        with pytest.raises(TooLargeError):
            manifest.encode(Manifest(MAX_CHUNKS + 1, bytes(32), [chunk] * (MAX_CHUNKS + 1)))


class Dripping:
    """A file that gives as little as it likes, as pipes do."""

    def __init__(self, data: bytes) -> None:
        self._file = io.BytesIO(data)
        self._random = random.Random(1)

    def read(self, length: int, /) -> bytes:
        return self._file.read(self._random.randint(1, max(1, length)))


class TestChunking:
    def test_cut_points_are_frozen(self) -> None:
        lengths = [len(chunk) for chunk in chunking.cut(io.BytesIO(noise(7, 12 << 20)))]
        assert lengths == CUTS

    def test_cuts_do_not_depend_on_how_the_file_reads(self) -> None:
        data = noise(7, 9 << 20)
        assert list(chunking.cut(io.BytesIO(data))) == list(chunking.cut(Dripping(data)))

    def test_a_change_moves_few_cuts(self) -> None:
        data = noise(7, 12 << 20)
        changed = data[:5_000_000] + b"one more line" + data[5_000_000:]
        before = set(chunking.cut(io.BytesIO(data)))
        assert len(set(chunking.cut(io.BytesIO(changed))) - before) <= 3

    @pytest.mark.parametrize("length", [0, 1, chunking.MIN, chunking.MAX - 1, chunking.MAX + 1])
    def test_zeros_are_cut_too(self, length: int) -> None:
        chunks = list(chunking.cut(io.BytesIO(bytes(length))))
        assert b"".join(chunks) == bytes(length)
        assert all(0 < len(chunk) <= MAX_OBJECT for chunk in chunks)

    def test_without_the_library_cuts_are_fixed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "pyfastcdc", None)
        data = noise(7, (2 << 20) + 5)
        assert [len(chunk) for chunk in chunking.cut(io.BytesIO(data))] == [1 << 20, 1 << 20, 5]

    def test_no_chunk_begins_like_a_manifest(self) -> None:
        data = MAGIC + bytes(100)
        assert list(chunking.cut(io.BytesIO(data))) == [MAGIC[:4], MAGIC[4:] + bytes(100)]


CUTS = [848218, 2257769, 1182347, 1903461, 1082757, 1576399, 1432183, 1781675, 518103]
