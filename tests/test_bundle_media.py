"""Reading back, reading ahead, taking objects in: what large bundles need."""

from __future__ import annotations

import errno
import os
import resource
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from blake3 import blake3
from store_kit import COMMUNITY, Seam, SeamDisk, contents, new_store, noise

from hearth.bundles import folder, objects, reading_back
from hearth.bundles.objects import ObjectIntake
from hearth.store import servable, staging
from hearth.store.batch import Transaction
from hearth.store.disk import Disk, DiskError
from hearth.store.errors import HearthError, NoSpaceError
from hearth.store.objects import DamagedObjectError, MissingObject
from hearth.store.store import Store

PIECE = reading_back.PIECE


class Refusing(Seam):
    """A disk on which one operation fails, as often as it is said; `calls` of it."""

    def __init__(self, operation: str, code: int, times: int = 1 << 30) -> None:
        self.operation = operation
        self.code = code
        self.times = times
        self.calls = 0

    def disk(self, operation: str, path: Path, function: Callable[..., Any], args: Any) -> Any:
        direct = operation == "open" and not args[1] & getattr(os, "O_DIRECT", 0)
        if operation == self.operation and not direct:
            self.calls += 1
            if self.calls <= self.times:
                raise OSError(self.code, os.strerror(self.code))
        return function(*args)


class TestReadingBack:
    @pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 2 * PIECE + 77])
    def test_any_length(self, tmp_path: Path, size: int) -> None:
        data = noise(1, size)
        path = tmp_path / "file"
        Disk().write_atomic(path, data)
        assert reading_back.digest(Disk(), path) == (size, blake3(data).digest())

    @pytest.mark.parametrize("operation", ["open", "read"])
    def test_where_the_systems_copies_cannot_be_passed_by(
        self, tmp_path: Path, operation: str
    ) -> None:
        data = noise(1, PIECE + 5)
        path = tmp_path / "file"
        Disk().write_atomic(path, data)
        with SeamDisk(Refusing(operation, errno.EINVAL, 1)) as disk:
            assert reading_back.digest(disk, path) == (len(data), blake3(data).digest())

    @pytest.mark.parametrize("code", [errno.EIO, errno.EINVAL])
    def test_a_medium_that_cannot_be_read(self, tmp_path: Path, code: int) -> None:
        path = tmp_path / "file"
        Disk().write_atomic(path, b"bytes")
        with SeamDisk(Refusing("read", code)) as disk, pytest.raises(DiskError):
            reading_back.digest(disk, path)

    def test_what_was_written_in_pieces_of_all_sizes(self, tmp_path: Path) -> None:
        pieces = [noise(n, size) for n, size in enumerate((0, 5, 1 << 18, 3, 3 << 20, 1 << 17, 9))]
        path = tmp_path / "file"
        assert folder.write_file(Disk(), path, iter(pieces)) == sum(map(len, pieces))
        assert path.read_bytes() == b"".join(pieces)


class Fat(Seam):
    """A medium whose files end below 4 GiB, as FAT32's do, with this much room."""

    def __init__(self, free: int) -> None:
        self.free = free
        self.written = 0

    def disk(self, operation: str, path: Path, function: Callable[..., Any], args: Any) -> Any:
        if operation == "seek" and args[1] > 0xFFFFFFFF:
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        if operation == "free":
            return SimpleNamespace(f_blocks=1 << 30, f_bavail=self.free // 512, f_frsize=512)
        self.written += operation == "write"
        return function(*args)


class TestRoom:
    @pytest.mark.parametrize(
        ("least", "free", "why"),
        [
            (0xFFFFFFFF, 8 << 30, ""),
            (0x100000000, 8 << 30, "file too large"),
            (1 << 20, 1 << 20, ""),
            ((1 << 20) + 1, 1 << 20, "no space left"),
        ],
    )
    def test_what_has_no_place_is_told_before_it_is_written(
        self, tmp_path: Path, least: int, free: int, why: str
    ) -> None:
        fat, path = Fat(free), tmp_path / "file"
        path.write_bytes(b"an older one")
        with SeamDisk(fat) as disk:
            if not why:
                assert folder.write_file(disk, path, iter([b"a bundle"]), least) == 8
                return
            with pytest.raises(NoSpaceError, match=why) as caught:
                folder.write_file(disk, path, iter([b"a bundle"]), least)
        assert fat.written == 0
        assert [each.name for each in tmp_path.iterdir()] == ["file"]
        assert path.read_bytes() == b"an older one"
        assert ("FAT32" in caught.value.hints[0]) == (why == "file too large")

    @pytest.mark.parametrize(
        ("code", "says"),
        [
            (errno.EFBIG, "FAT32"),
            (errno.ENODEV, "the medium is gone"),
            (errno.ENOTCONN, "the medium is gone"),
            (errno.ENOSPC, "make room"),
        ],
    )
    def test_what_to_do_where_a_medium_fails(self, tmp_path: Path, code: int, says: str) -> None:
        with SeamDisk(Refusing("write", code)) as disk, pytest.raises(HearthError) as caught:
            folder.write_file(disk, tmp_path / "file", iter([b"a bundle"]))
        assert says in caught.value.hints[0]
        assert isinstance(caught.value, NoSpaceError) == (code in (errno.EFBIG, errno.ENOSPC))
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize(("limit", "says"), [(4096, "ulimit -f"), (None, "FAT32")])
    def test_what_is_said_of_a_file_that_may_not_be_so_long_is_so(
        self, tmp_path: Path, limit: int | None, says: str
    ) -> None:
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit or before[0], before[1]))
        try:
            fault = Refusing("write", errno.EFBIG) if limit is None else Seam()
            with SeamDisk(fault) as disk, pytest.raises(NoSpaceError) as e:
                folder.write_file(disk, tmp_path / "file", iter([bytes(4096), b"+"]))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        assert says in e.value.hints[0]
        assert list(tmp_path.iterdir()) == []


class TestAhead:
    def test_in_order_and_proved(self, tmp_path: Path) -> None:
        data = [noise(n, size) for n, size in enumerate((10, 40_000, 0, 1 << 20, 300, 70_000))]
        data.append(b"words " * 30_000)  # compressed
        with new_store(tmp_path) as store:
            ids = [store.put(each) for each in data]
            assert list(store.objects.ahead(ids)) == list(zip(ids, data, strict=True))
            assert list(store.objects.ahead([])) == []
            assert list(store.objects.ahead(iter(ids[3:4]))) == [(ids[3], data[3])]

    def test_what_is_not_here(self, tmp_path: Path) -> None:
        with new_store(tmp_path) as store:
            id = store.put(noise(1, 40_000))
            found = store.objects.ahead([id, bytes(32)])
            assert next(found)[0] == id
            with pytest.raises(MissingObject):
                next(found)

    def test_what_is_damaged(self, tmp_path: Path) -> None:
        with new_store(tmp_path) as store:
            ids = [store.put(noise(n, 40_000)) for n in range(3)]
            (pack,) = store.packs.names().values()
            whole = pack.read_bytes()
            at = whole.index(noise(1, 40_000))
            with pack.open("r+b") as file:
                file.seek(at + 5)
                file.write(bytes((whole[at + 5] ^ 1,)))
            found = store.objects.ahead(ids)
            assert next(found)[0] == ids[0]
            with pytest.raises(DamagedObjectError):
                next(found)
            assert not store.has(ids[1])


class TestObjectIntake:
    def test_they_count_some_at_a_time(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(objects, "AT_ONCE", 100_000)
        with new_store(tmp_path) as store, Store.open(store.path) as other:
            told: list[int] = []

            def note(tx: Transaction, ids: Sequence[bytes]) -> None:
                told.append(len(ids))
                servable.allow(tx, COMMUNITY, ids)

            taken = ObjectIntake(store, note)
            for n in range(5):
                data = memoryview(noise(n, 40_000))
                taken.add(blake3(data).digest(), data)
            assert (taken.kept, told) == (3, [3])
            assert len(contents(other)) == 3
            taken.drop()
            assert (taken.kept, len(contents(other))) == (3, 3)
            taken.add(blake3(b"x").digest(), b"x")
            taken.commit()
            assert (taken.kept, told) == (4, [3, 1])
            assert other.get(blake3(b"x").digest()) == b"x"
            assert len(servable.all_allowed(other.connection, COMMUNITY)) == 4

    def test_however_small_no_more_waits_than_may(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(objects, "MOST", 3)
        with new_store(tmp_path) as store:
            taken = ObjectIntake(store, lambda tx, ids: None)
            for n in range(7):
                taken.add(blake3(bytes((n,))).digest(), bytes((n,)))
            assert taken.kept == 6
            taken.drop()
            assert len(contents(store)) == 6

    def test_with_a_budget_no_more_is_lost_than_goes_over_it(self, tmp_path: Path) -> None:
        budget = 3 * objects.UNDER_BUDGET
        with new_store(tmp_path) as store:
            store.budget = budget
            taken = ObjectIntake(store, lambda tx, ids: None)

            def fill() -> None:
                for n in range(100):
                    data = noise(n, 1 << 19)
                    taken.add(blake3(data).digest(), data)

            with pytest.raises(NoSpaceError):
                fill()
            assert taken.kept > 0
            assert len(contents(store)) == taken.kept
            with store.gc_lock(exclusive=True):
                pass  # nothing is held any more

    def test_a_view_is_as_good_as_bytes(self, tmp_path: Path) -> None:
        """As a row, packed, and compressed."""
        sizes = (10, staging.ROW_OBJECT + 1, 2 << 20)
        every = [noise(n, size) for n, size in enumerate(sizes)] + [b"words " * 40_000]
        with new_store(tmp_path) as store:
            for data in every:
                taken = ObjectIntake(store, lambda tx, ids: None)
                taken.add(blake3(data).digest(), memoryview(b"id" + data)[2:])
                taken.commit()
                assert store.get(blake3(data).digest()) == data
