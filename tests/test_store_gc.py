"""Collecting: what is needed stays, what is not goes, in its time; also on a full disk."""

from __future__ import annotations

import errno
import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import apsw
import pytest
from log_kit import Device, make
from store_kit import (
    COMMUNITY,
    NOW,
    Seam,
    SeamDisk,
    TestSigner,
    contents,
    new_store,
    noise,
    opened,
)

from hearth.store import gc as collector, ids, manifest, packs, reserve
from hearth.store.errors import NoSpaceError
from hearth.store.fsck import check
from hearth.store.gc import GRACE, gc
from hearth.store.header import Lane
from hearth.store.store import Store

DAY = 86_400


def add(store: Store, name: str, data: bytes) -> bytes:
    with store.batch() as batch:
        id = batch.put_file(io.BytesIO(data))
        with batch.transaction() as transaction:
            transaction.set_ref(name, id)
    return id


def drop(store: Store, name: str) -> None:
    with store.batch() as batch, batch.transaction() as transaction:
        transaction.drop_ref(name)


class TestMarks:
    def test_what_is_named_stays_and_the_rest_goes_after_the_grace(self, tmp_path: Path) -> None:
        with new_store(tmp_path) as store:
            kept = add(store, "kept", noise(1, 3 << 20))
            row = add(store, "row", b"small")
            add(store, "gone", noise(2, 3 << 20))
            alive = len(contents(store))
            drop(store, "gone")
            first = gc(store, now=NOW)
            assert (first.condemned > 1, first.swept) == (True, 0)
            assert gc(store, now=NOW + GRACE - 1).swept == 0
            assert len(contents(store)) == alive
            last = gc(store, now=NOW + GRACE)
            assert last.swept == first.condemned
            assert last.freed > 2 << 20
            assert store.read_file(kept) == noise(1, 3 << 20)
            assert store.get(row) == b"small"
            found = check(store, now=NOW)
            assert (found.sound, found.missing) == (True, [])

    def test_a_new_reference_clears_the_mark(self, tmp_path: Path) -> None:
        with new_store(tmp_path) as store:
            id = add(store, "x", noise(1, 50_000))
            drop(store, "x")
            gc(store, now=NOW)
            add(store, "y", noise(1, 50_000))
            condemned = "SELECT count(*) FROM objects WHERE condemned_at IS NOT NULL"
            assert store.connection.execute(condemned).get == 0
            gc(store, now=NOW + GRACE)
            assert store.has(id)

    @pytest.mark.parametrize("how", ["written here", "brought"])
    def test_an_event_that_names_it_clears_the_mark(self, tmp_path: Path, how: str) -> None:
        with new_store(tmp_path) as store:
            id = store.put(noise(1, 50_000))
            gc(store, now=NOW)
            with store.batch() as batch, batch.transaction() as tx:
                if how == "brought":
                    made = make(Device("Anne"), refs=(id,))
                    store.log.import_events(tx, [made.record])
                else:
                    store.log.append(
                        tx, TestSigner(), COMMUNITY, Lane.CHAT, 9, b"see", [id], wall=NOW
                    )
            condemned = "SELECT count(*) FROM objects WHERE condemned_at IS NOT NULL"
            assert store.connection.execute(condemned).get == 0

    def test_adding_it_again_starts_the_grace_anew(self, tmp_path: Path) -> None:
        with new_store(tmp_path) as store:
            id = store.put(noise(1, 50_000))
            gc(store, now=NOW)
            store.put(noise(1, 50_000))
            gc(store, now=NOW + GRACE)
            assert store.has(id)
            gc(store, now=NOW + 2 * GRACE)
            assert not store.has(id)

    def test_the_second_mark_sees_what_came_between(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with new_store(tmp_path) as store, opened(tmp_path) as other:
            id = add(store, "x", noise(1, 3 << 20))
            drop(store, "x")
            gc(store, now=NOW)
            condemn = collector._condemn

            def condemn_and_then(*args: Any) -> None:
                condemn(*args)
                with other.batch() as batch, batch.transaction() as transaction:
                    transaction.set_ref("x", id)

            monkeypatch.setattr(collector, "_condemn", condemn_and_then)
            assert gc(store, now=NOW + GRACE).swept == 0
            assert store.read_file(id) == noise(1, 3 << 20)

    def test_what_a_batch_is_adding_is_not_swept(self, tmp_path: Path) -> None:
        with new_store(tmp_path) as store, opened(tmp_path) as other:
            store.put(noise(1, 50_000))
            gc(store, now=NOW)
            with other.batch() as batch:
                id = batch.put(noise(1, 50_000))  # is here already, condemned
                with pytest.raises(Exception, match="locked"):
                    store.gc_lock(exclusive=True, patience=0.05)
                with batch.transaction() as transaction:
                    transaction.set_ref("x", id)
            gc(store, now=NOW + GRACE)
            assert store.get(id) == noise(1, 50_000)

    def test_events_keep_what_they_name_until_they_are_erased(self, tmp_path: Path) -> None:
        with new_store(tmp_path) as store:
            with store.batch() as batch:
                id = batch.put(noise(1, 50_000))
                with batch.transaction() as transaction:
                    event = store.log.append(
                        transaction,
                        TestSigner(),
                        COMMUNITY,
                        Lane.CORPUS,
                        300,
                        b"payload",
                        (id,),
                        wall=NOW,
                    )
            gc(store, now=NOW, grace=0)
            assert store.has(id)
            with store.batch() as batch, batch.transaction() as transaction:
                store.log.erase(transaction, event.id)
            gc(store, now=NOW, grace=0)
            assert not store.has(id)

    def test_a_live_manifest_that_cannot_be_read_stops_the_sweep(self, tmp_path: Path) -> None:
        with new_store(tmp_path) as store:
            id = add(store, "x", noise(1, 3 << 20))
            store.connection.execute(
                "UPDATE objects SET data = zeroblob(stored), pack = NULL WHERE id = ?", (id,)
            )
            done = gc(store, now=NOW, grace=0)
            assert (done.unreadable, done.swept) == (1, 0)
            whole = noise(1, 3 << 20)
            add(store, "x", whole)
            assert gc(store, now=NOW, grace=0).unreadable == 0
            assert store.read_file(id) == whole

    def test_manifests_of_manifests_and_of_missing_things(self, tmp_path: Path) -> None:
        with new_store(tmp_path) as store:
            a = manifest.encode(manifest.Manifest(5, bytes(32), [(bytes(32), 5)]))
            add_a = store.put(a)
            nested = manifest.Manifest(2 * len(a), bytes(32), [(add_a, len(a))] * 2)
            top = store.put(manifest.encode(nested))
            with store.batch() as batch, batch.transaction() as transaction:
                transaction.set_ref("top", top)
            assert gc(store, now=NOW, grace=0).live == 2


class TestPacks:
    def fill(self, store: Store, live: int, dead: int) -> list[bytes]:
        with store.batch() as batch:
            every = [batch.put(noise(n, 20_000)) for n in range(live + dead)]
            with batch.transaction() as transaction:
                for id in every[:live]:
                    transaction.set_ref(id.hex(), id)
        return every[:live]

    @pytest.mark.parametrize(("live", "repacked"), [(7, 0), (6, 0), (5, 1), (0, 1)])
    def test_repacked_below_60_percent(self, tmp_path: Path, live: int, repacked: int) -> None:
        with new_store(tmp_path) as store:
            kept = self.fill(store, live, 10 - live)
            names = set(store.packs.names())
            done = gc(store, now=NOW, grace=0)
            assert (done.swept, done.repacked) == (10 - live, repacked)
            assert (set(store.packs.names()) == names) == (not repacked)
            assert set(contents(store)) == set(kept)
            assert check(store, now=NOW).sound

    def test_another_process_reads_on(self, tmp_path: Path) -> None:
        with new_store(tmp_path) as store, opened(tmp_path) as reader:
            [id] = self.fill(store, 1, 9)
            assert reader.get(id) == noise(0, 20_000)
            gc(store, now=NOW, grace=0)
            assert reader.get(id) == noise(0, 20_000)
            reader.packs.close()
            assert reader.get(id) == noise(0, 20_000)

    def test_a_pack_with_damage_is_left_for_fsck(self, tmp_path: Path) -> None:
        with new_store(tmp_path) as store:
            self.fill(store, 2, 8)
            [path] = store.packs.names().values()
            with path.open("r+b") as file:
                file.seek(packs.HEAD + packs.RECORD_HEAD + 100)
                file.write(b"damage")
            assert gc(store, now=NOW, grace=0).repacked == 0
            assert path.exists()
            assert len(check(store, now=NOW).damaged) == 1

    def test_a_pack_on_a_bad_sector_is_left_for_fsck_and_the_others_are_not(
        self, tmp_path: Path
    ) -> None:
        seam = BadSector()
        with SeamDisk(seam) as disk, new_store(tmp_path, disk) as store:
            kept = self.fill(store, 2, 8)
            seam.bad, *_ = store.packs.names().values()
            store.connection.execute("UPDATE packs SET suspect = 1")  # what follows goes elsewhere
            add(store, "other", noise(20, 500_000))
            drop(store, "other")
            assert gc(store, now=NOW, grace=0).repacked == 1
            assert seam.bad.exists()
            seam.bad = Path()
            assert set(contents(store)) == set(kept)

    @pytest.mark.parametrize(("length", "live"), [(20_000, 1), (2 << 20, 3)])
    def test_a_copy_that_fails_holds_no_pack(self, tmp_path: Path, length: int, live: int) -> None:
        seam = NoRoom()
        with SeamDisk(seam) as disk, new_store(tmp_path, disk) as store:
            with store.batch() as batch:
                every = [batch.put(noise(n, length)) for n in range(10)]
                with batch.transaction() as transaction:
                    for id in every[:live]:
                        transaction.set_ref(id.hex(), id)
            seam.full = True
            with pytest.raises(NoSpaceError):
                gc(store, now=NOW, grace=0)
            seam.full = False
            for path in store.packs.names().values():
                with disk.open(path, write=True) as file:
                    assert file.lock(exclusive=True)
            assert store.get(every[0]) == noise(0, length)

    def test_tails_and_packs_nobody_committed_go(self, tmp_path: Path) -> None:
        with new_store(tmp_path) as store:
            with store.batch() as batch:
                batch.put(noise(1, 2_000_000))
                batch.put(noise(5, 2_000_000))
            assert len(store.packs.names()) == 1
            gc(store, now=NOW)
            assert store.packs.names() == {}
            kept = add(store, "x", noise(2, 50_000))
            [path] = store.packs.names().values()
            size = path.stat().st_size
            with store.batch() as batch:
                batch.put(noise(3, 2_000_000))
                batch.put(noise(6, 2_000_000))
            assert gc(store, now=NOW).freed >= 2_000_000
            assert path.stat().st_size == size
            assert store.get(kept) == noise(2, 50_000)

    def test_old_temporary_files_go(self, tmp_path: Path) -> None:
        with new_store(tmp_path) as store:
            for name, age in ((".a.123456.tmp", 2 * DAY), (".b.123456.tmp", DAY // 2)):
                (store.path / name).write_bytes(b"x")
                os.utime(store.path / name, (NOW - age, NOW - age))
            gc(store, now=NOW)
            assert not (store.path / ".a.123456.tmp").exists()
            assert (store.path / ".b.123456.tmp").exists()

    def test_a_temporary_file_that_goes_meanwhile_is_nobodys_fault(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        glob = Path.glob

        def late(folder: Path, pattern: str) -> list[Path]:
            """What lies in a folder, and what another process has just given its name."""
            return [*glob(folder, pattern), folder / ".config.json.123456.tmp"]

        with new_store(tmp_path) as store:
            monkeypatch.setattr(Path, "glob", late)
            (store.path / ".a.123456.tmp").write_bytes(b"x")
            os.utime(store.path / ".a.123456.tmp", (NOW - 2 * DAY, NOW - 2 * DAY))
            gc(store, now=NOW)
            assert not (store.path / ".a.123456.tmp").exists()


class BadSector(Seam):
    """A disk that can read anything but one file, from its second page on."""

    bad = Path()

    def disk(self, operation: str, path: Path, function: Callable[..., Any], args: Any) -> Any:
        if operation == "read" and path == self.bad and args[2] > 0:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return function(*args)


class NoRoom(Seam):
    """A disk on which packs cannot grow while it is `full`."""

    full = False

    def disk(self, operation: str, path: Path, function: Callable[..., Any], args: Any) -> Any:
        if self.full and operation == "write" and path.suffix == packs.SUFFIX and args[2]:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return function(*args)


class SmallDisk(Seam):
    """A disk with room for so many bytes under a folder, SQLite's files included."""

    def __init__(self, folder: Path, room: int) -> None:
        self.folder = folder
        self.room = room

    def _full(self, path: Path, offset: int, length: int) -> bool:
        used = sum(p.stat().st_blocks * 512 for p in self.folder.rglob("*") if p.is_file())
        size = path.stat().st_blocks * 512
        return used - size + max(size, offset + length) > self.room

    def disk(self, operation: str, path: Path, function: Callable[..., Any], args: Any) -> Any:
        if (operation == "write" and self._full(path, args[2], len(args[1]))) or (
            operation == "allocate" and self._full(path, args[1], args[2])
        ):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return function(*args)

    def sqlite(self, operation: str, path: Path, function: Callable[..., Any], args: Any) -> Any:
        if operation == "write" and self._full(path, args[1], len(args[0])):
            raise apsw.FullError("full")
        return function(*args)


def test_on_a_full_disk_gc_still_makes_room(tmp_path: Path) -> None:
    seam = SmallDisk(tmp_path, 12 << 20)
    with SeamDisk(seam) as disk, new_store(tmp_path, disk) as store:
        assert (store.path / "reserve").stat().st_size == reserve.SIZE
        kept = add(store, "kept", noise(0, 500_000))
        with pytest.raises(NoSpaceError):  # noqa: PT012
            for n in range(1, 100):
                add(store, f"dead {n}", noise(n, 300_000))
        seam.room *= 2  # for dropping the names; gc itself then finds the disk full
        for n in range(1, 100):
            if store.ref(f"dead {n}"):
                store.connection.execute("DELETE FROM refs WHERE name = ?", (f"dead {n}",))
        seam.room = sum(p.stat().st_blocks * 512 for p in tmp_path.rglob("*") if p.is_file())
        seam.room += 2 << 20
        with store.batch() as batch:  # something that gc would like to seal, and has no room for
            for n in range(300):
                batch.put(noise(n, 500))
            with batch.transaction():
                pass
        seam.room -= 2 << 20
        done = gc(store, now=NOW, grace=0)
        assert done.swept > 10
        assert done.freed > 4 << 20
        assert (store.path / "reserve").stat().st_size == reserve.SIZE
        assert store.get(kept) == noise(0, 500_000)
        assert check(store, now=NOW).sound
        assert ids.of(noise(0, 500_000)) == kept


def test_a_clock_set_back_delays_collecting_by_the_grace_at_most(tmp_path: Path) -> None:
    with new_store(tmp_path) as store:
        id = store.put(b"unwanted")
        assert gc(store, now=NOW + 80 * 365 * DAY).condemned == 1
        assert gc(store, now=NOW).condemned == 1
        assert gc(store, now=NOW).condemned == 0
        assert gc(store, now=NOW + GRACE - 1).swept == 0
        assert gc(store, now=NOW + GRACE).swept == 1
        assert not store.has(id)
