"""Damage of every kind: found, named, kept apart, healed; and the database built anew."""

from __future__ import annotations

import errno
import io
import os
import random
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import apsw
import pytest
from store_kit import COMMUNITY, NOW, Seam, SeamDisk, TestSigner, new_store, noise, opened

from hearth.store import fsck, ids, packs
from hearth.store.database import DatabaseDamagedError
from hearth.store.disk import Disk, DiskError, File
from hearth.store.errors import CorruptError, LockedError, NoSpaceError
from hearth.store.fsck import check
from hearth.store.gc import gc
from hearth.store.header import Lane
from hearth.store.locks import Lock
from hearth.store.manifest import MAX_OBJECT
from hearth.store.objects import DamagedObjectError
from hearth.store.packs import Damage, RecordType
from hearth.store.repair import repair
from hearth.store.store import MovedError, ReplacedError, Store

HEADER_OF_10 = packs.HEAD + 10 * (packs.RECORD_HEAD + 40_000)
"""Where the eleventh record of so many bytes begins in a pack."""
OBJECTS = [noise(1, 300), b"compressed " * 60, b"", noise(2, 40)]


def packed(tmp_path: Path, objects: list[bytes]) -> Path:
    """A store whose objects all lie in one pack; that pack."""
    with new_store(tmp_path) as store:
        with store.batch() as batch:
            for data in objects:
                batch.put(data)
            with batch.transaction():
                pass
        with store.batch() as batch:
            batch.seal_rows()
            with batch.transaction():
                pass
        [path] = store.packs.names().values()
    return path


def put_all(tmp_path: Path, objects: list[bytes]) -> None:
    with opened(tmp_path) as store:
        for data in objects:
            store.put(data)


def flip(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1 << (at % 8)
    path.write_bytes(data)


class TestPacks:
    def test_a_scan_finds_every_record(self, tmp_path: Path) -> None:
        path = packed(tmp_path, OBJECTS)
        pack = packs.id_of(path)
        assert pack is not None
        with Disk().open(path) as file:
            found = [packs.open_bytes(*item) for item in packs.scan(file, pack) if len(item) == 2]
        assert sorted(found) == sorted(OBJECTS)

    def test_the_layout_is_the_one_documented(self) -> None:
        from blake3 import blake3

        pack = bytes(range(16))
        head = packs.encode_head(pack)
        assert head[:28] == b"\x89HPK\r\n\x1a\n\0\0\0\x01" + pack
        assert head[28:] == blake3(head[:28]).digest()[:4]
        record = packs.encode_record(pack, 32, 1, True, 300, b"i" * 32, 200)
        plain = b"\x95HR\x01\x01\x01\0\0" + b"\0\0\x01\x2c" + b"\0\0\0\xc8" + b"i" * 32
        assert record == plain + blake3(pack + bytes(7) + b"\x20" + plain).digest()[:8]
        assert len(record) == packs.RECORD_HEAD == 56

    @pytest.mark.parametrize("length", [MAX_OBJECT - 1, MAX_OBJECT])
    def test_longest_record(self, length: int) -> None:
        head = packs.encode_record(bytes(16), 32, 1, False, length, bytes(32), length)
        assert packs.decode_record(bytes(16), 32, head) is not None

    @pytest.mark.parametrize(("length", "stored"), [(1, 0), (0, 1)])
    def test_a_longer_one_is_no_record(self, length: int, stored: int) -> None:
        most = MAX_OBJECT
        head = packs.encode_record(bytes(16), 32, 1, False, most + length, bytes(32), most + stored)
        assert packs.decode_record(bytes(16), 32, head) is None

    def test_a_record_counts_in_its_place_only(self) -> None:
        head = packs.encode_record(bytes(16), 32, 1, False, 5, bytes(32), 5)
        assert packs.decode_record(bytes(16), 32, head) is not None
        assert packs.decode_record(bytes(16), 33, head) is None
        assert packs.decode_record(b"x" * 16, 32, head) is None

    def test_every_byte_flipped(self, tmp_path: Path) -> None:
        """A scan loses the one record that the flip has hit, never another."""
        path = packed(tmp_path, OBJECTS)
        pack = packs.id_of(path)
        assert pack is not None
        whole = path.read_bytes()
        for at in range(packs.HEAD, len(whole)):
            flip(path, at)
            good = 0
            with Disk().open(path) as file:
                for item in packs.scan(file, pack):
                    if not isinstance(item, Damage):
                        try:
                            packs.open_bytes(*item)
                        except CorruptError:
                            continue
                        good += 1
            assert good == len(OBJECTS) - 1, at
            path.write_bytes(whole)

    def test_every_truncation(self, tmp_path: Path) -> None:
        """A scan finds exactly the whole records before the cut."""
        path = packed(tmp_path, OBJECTS)
        pack = packs.id_of(path)
        assert pack is not None
        with Disk().open(path) as file:
            ends = [item[0].end for item in packs.scan(file, pack) if len(item) == 2]
        for size in range(path.stat().st_size - 1, packs.HEAD, -1):
            os.truncate(path, size)
            with Disk().open(path) as file:
                items = list(packs.scan(file, pack))
            whole = [item for item in items if not isinstance(item, Damage)]
            assert len(whole) == sum(end <= size for end in ends)

    def test_a_record_inside_a_file_is_not_taken_for_one(self, tmp_path: Path) -> None:
        """Bytes of a pack added as a file, and then the header before them is damaged."""
        path = packed(tmp_path, OBJECTS)
        inner = path.read_bytes()
        pack = packs.id_of(path)
        assert pack is not None
        place = path.stat().st_size
        put_all(tmp_path, [inner + noise(9, 20_000)])
        flip(path, place)
        with Disk().open(path) as file:
            items = list(packs.scan(file, pack))
        assert len([item for item in items if not isinstance(item, Damage)]) == len(OBJECTS)


class TestFsck:
    def test_a_sound_store(self, tmp_path: Path) -> None:
        path = packed(tmp_path, OBJECTS)
        put_all(tmp_path, [b"a row"])
        told: list[tuple[int, int]] = []
        with opened(tmp_path) as store:
            found = check(store, now=NOW, progress=lambda *how_far: told.append(how_far))
        assert found.sound
        assert found.objects == len(OBJECTS) + 1
        assert told
        assert told[-1][0] <= path.stat().st_size

    @pytest.mark.parametrize("step", [11, pytest.param(3, marks=pytest.mark.slow)])
    def test_one_byte_flipped_anywhere_in_a_pack(self, tmp_path: Path, step: int) -> None:
        """It is found, the object is named, adding it again heals it."""
        path = packed(tmp_path, OBJECTS)
        start = tmp_path / "start"
        shutil.copytree(tmp_path / ".hearth", start)
        names = {ids.of(data).hex()[:12] for data in OBJECTS}
        for at in range(0, path.stat().st_size, step):
            flip(path, at)
            with opened(tmp_path) as store:
                found = check(store, now=NOW)
                assert not found.sound, at
                if at >= packs.HEAD:
                    [finding] = found.damaged
                    assert finding.id.hex()[:12] in names
                    assert store.wanted() == [finding.id]
                    assert not store.has(finding.id)
                    assert not check(store, now=NOW, quick=True).sound
                else:
                    assert any(name in found.problems[0] for name in names)
                for data in OBJECTS:
                    store.put(data)
                again = check(store, now=NOW)
                assert again.sound, (at, again)
                assert store.wanted() == []
                for data in OBJECTS:
                    assert store.get(ids.of(data)) == data
            shutil.rmtree(tmp_path / ".hearth")
            shutil.copytree(start, tmp_path / ".hearth")

    def test_reading_damage_puts_it_on_the_want_list(self, tmp_path: Path) -> None:
        path = packed(tmp_path, [noise(1, 20_000)])
        id = ids.of(noise(1, 20_000))
        flip(path, 10_000)
        with opened(tmp_path) as store:
            with pytest.raises(DamagedObjectError, match=ids.short(id)):
                store.get(id)
            assert store.wanted() == [id]
            assert (store.path / "quarantine" / id.hex()).exists()
            store.put(noise(1, 20_000))
            assert store.get(id) == noise(1, 20_000)
            assert store.wanted() == []

    def test_a_file_is_here_only_with_all_its_chunks(self, tmp_path: Path) -> None:
        data = noise(1, 3 << 20)
        with new_store(tmp_path) as store:
            plain = store.put(b"plain")
            id = store.put_file(io.BytesIO(data))
            assert store.has_file(plain)
            assert store.has_file(id)
            assert not store.has_file(bytes(32))
            [path] = store.packs.names().values()
            flip(path, path.stat().st_size // 2)
            check(store, now=NOW)
            assert store.has(id)
            assert not store.has_file(id)
            assert store.put_file(io.BytesIO(data)) == id
            assert store.has_file(id)

    def test_a_disk_that_had_a_bad_moment(self, tmp_path: Path) -> None:
        path = packed(tmp_path, [noise(1, 20_000)])
        id = ids.of(noise(1, 20_000))
        flip(path, 10_000)
        with opened(tmp_path) as store:
            assert not check(store, now=NOW).sound
            flip(path, 10_000)
            assert check(store, now=NOW).sound
            assert store.wanted() == []
            assert store.has(id)

    def test_reading_only_writes_nothing(self, tmp_path: Path) -> None:
        flip(packed(tmp_path, OBJECTS), 200)
        with opened(tmp_path, read_only=True) as store:
            assert len(check(store, now=NOW).damaged) == 1
            assert store.wanted() == []

    def test_a_pack_cut_short_or_gone(self, tmp_path: Path) -> None:
        path = packed(tmp_path, OBJECTS)
        os.truncate(path, path.stat().st_size - 1)
        with opened(tmp_path) as store:
            found = check(store, now=NOW, quick=True)
            assert "cut short" in found.problems[0]
            assert len(found.damaged) == 1
        path.unlink()
        with opened(tmp_path) as store:
            found = check(store, now=NOW)
            assert "missing" in found.problems[0]
            assert len(found.damaged) == len(OBJECTS)
            for data in OBJECTS:
                store.put(data)
            assert check(store, now=NOW).damaged == []

    def test_a_missing_chunk_is_missing_not_damaged(self, tmp_path: Path) -> None:
        with new_store(tmp_path) as store:
            id = store.put_file(io.BytesIO(noise(1, 3 << 20)))
            chunk = ids.of(next(iter(store.open_file(id))))
            store.connection.execute("DELETE FROM objects WHERE id = ?", (chunk,))
            found = check(store, now=NOW, quick=True)
            assert found.missing == [chunk]
            assert found.sound

    def test_a_budget_goes_on_where_it_stopped(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(packs, "FULL", 50_000)
        with new_store(tmp_path) as store:
            with store.batch() as batch:
                for n in range(6):
                    batch.put(noise(n, 40_000))
                with batch.transaction():
                    pass
            total = len(store.packs.names())
            assert check(store, now=NOW, budget=0).packs_left == total
            clock = iter(range(100))
            monkeypatch.setattr("time.monotonic", lambda: next(clock))
            found = check(store, now=NOW, budget=2)
            assert found.packs_left == total - 1
            verified = "SELECT count(*) FROM packs WHERE verified_at IS NOT NULL"
            assert store.connection.execute(verified).get == 1
            assert check(store, now=NOW + 1, budget=2).packs_left == total - 1
            assert store.connection.execute(verified).get == 2

    def test_an_index_that_takes_it_for_a_manifest_stays_reported(self, tmp_path: Path) -> None:
        packed(tmp_path, OBJECTS[:1])
        with opened(tmp_path) as store:
            store.connection.execute("UPDATE objects SET manifest = 1")
            for _ in range(2):
                [finding] = check(store, now=NOW).damaged
                assert "manifest" in finding.why
                assert store.wanted() == [ids.of(OBJECTS[0])]
        repair(tmp_path / ".hearth", now=NOW)
        with opened(tmp_path) as store:
            assert store.wanted() == []
            assert check(store, now=NOW).sound

    def test_damaged_rows_are_found(self, tmp_path: Path) -> None:
        with new_store(tmp_path) as store:
            id = store.put(noise(1, 500))
            store.connection.execute("UPDATE objects SET data = zeroblob(500)")
            assert [finding.id for finding in check(store, now=NOW).damaged] == [id]
            store.put(noise(1, 500))
            assert check(store, now=NOW).sound


def furnished(tmp_path: Path) -> tuple[dict[bytes, bytes], list[bytes]]:
    """A store with objects, names and events; the files in it and the ids of the events."""
    files: dict[bytes, bytes] = {}
    events = []
    signer = TestSigner()
    with new_store(tmp_path) as store:
        for n in range(30):
            data = noise(n, 40_000) if n % 2 else b"words %d " % n * 20
            with store.batch() as batch:
                id = batch.put(data)
                with batch.transaction() as transaction:
                    transaction.set_ref(f"name {n}", id)
                    event = store.log.append(
                        transaction, signer, COMMUNITY, Lane.CORPUS, 300, b"p%d" % n, wall=NOW
                    )
            files[id] = data
            events.append(event.id)
        big = noise(77, 3 << 20)
        files[store.put_file(io.BytesIO(big))] = big
    return files, events


class TestRepair:
    def test_a_sound_store_is_left_alone(self, tmp_path: Path) -> None:
        files, _ = furnished(tmp_path)
        done = repair(tmp_path / ".hearth", now=NOW)
        assert not done.rebuilt
        with opened(tmp_path) as store:
            assert store.meta("rebuilt") is None
            assert all(store.read_file(id) == data for id, data in files.items())

    def test_a_deleted_database(self, tmp_path: Path) -> None:
        files, _ = furnished(tmp_path)
        for path in (tmp_path / ".hearth").glob("hearth.db*"):
            path.unlink()
        done = repair(tmp_path / ".hearth", now=NOW)
        assert done.rebuilt
        assert "missing" in done.why
        assert done.kept is None
        with opened(tmp_path) as store:
            assert store.meta("rebuilt") == NOW
            for id, data in files.items():
                if len(data) > 16_384:
                    assert store.read_file(id) == data
            assert check(store, now=NOW).sound
            store.put(noise(99, 50_000))

    def test_what_the_old_database_still_gives_is_taken_over(self, tmp_path: Path) -> None:
        files, _ = furnished(tmp_path)
        path = tmp_path / ".hearth" / "hearth.db"
        data = bytearray(path.read_bytes())
        data[68:72] = b"\0\0\0\0"  # the application id
        path.write_bytes(data)
        with pytest.raises(DatabaseDamagedError):
            Store.open(tmp_path / ".hearth")
        done = repair(tmp_path / ".hearth", now=NOW)
        assert (done.rebuilt, done.salvaged, done.names) == (True, 15, 30)
        assert done.kept is not None
        assert done.kept.exists()
        with opened(tmp_path) as store:
            assert all(store.read_file(id) == data for id, data in files.items())
            assert len(store.refs()) == 30

    @pytest.mark.parametrize("seed", range(12))
    def test_a_database_torn_anywhere(self, tmp_path: Path, seed: int) -> None:
        files, _ = furnished(tmp_path)
        path = tmp_path / ".hearth" / "hearth.db"
        choose = random.Random(seed)
        if seed % 3 == 0:
            os.truncate(path, choose.randrange(path.stat().st_size))
        else:
            data = bytearray(path.read_bytes())
            for _ in range(seed):
                page = choose.randrange(len(data) // 4096) * 4096
                data[page : page + 4096] = choose.randbytes(4096)
            path.write_bytes(data)
        repair(tmp_path / ".hearth", now=NOW)
        with opened(tmp_path) as store:
            assert check(store, now=NOW).sound
            for id, content in files.items():
                if len(content) > 16_384:
                    assert store.read_file(id) == content

    def test_damage_in_packs_is_named_and_wanted(self, tmp_path: Path) -> None:
        path = packed(tmp_path, OBJECTS)
        flip(path, packs.HEAD + packs.RECORD_HEAD + 5)
        (tmp_path / ".hearth" / "hearth.db").unlink()
        done = repair(tmp_path / ".hearth", now=NOW)
        assert len(done.damaged) == 1
        with opened(tmp_path) as store:
            assert store.wanted() == [done.damaged[0].id]
            put_all(tmp_path, OBJECTS)
            assert check(store, now=NOW).sound
            assert store.wanted() == []

    def test_a_wrong_index_is_set_right(self, tmp_path: Path) -> None:
        packed(tmp_path, OBJECTS)
        with opened(tmp_path) as store:
            store.connection.execute("UPDATE objects SET offset = offset + 1 WHERE length = 300")
            assert len(check(store, now=NOW).damaged) == 1
        done = repair(tmp_path / ".hearth", now=NOW)
        assert not done.rebuilt
        assert done.damaged == []
        with opened(tmp_path) as store:
            assert store.get(ids.of(OBJECTS[0])) == OBJECTS[0]
            assert check(store, now=NOW).sound

    def test_erased_payloads_do_not_come_back(self, tmp_path: Path) -> None:
        with new_store(tmp_path) as store, store.batch() as batch:
            id = batch.put_record(RecordType.PAYLOAD, b"secret" * 50)
            kept = batch.put_record(RecordType.PAYLOAD, b"not secret" * 50)
            with batch.transaction():
                pass
            with batch.transaction() as transaction:
                transaction.erase_record(RecordType.PAYLOAD, id)
        (tmp_path / ".hearth" / "hearth.db").unlink()
        done = repair(tmp_path / ".hearth", now=NOW)
        assert done.damaged == []
        with opened(tmp_path) as store:
            assert list(store.record_ids(RecordType.PAYLOAD)) == [kept]

    def test_records_of_types_to_come_are_kept(self, tmp_path: Path) -> None:
        with new_store(tmp_path) as store, store.batch() as batch:
            staging = batch._staging
            id = staging.add_record(200, b"from the future")  # type: ignore[arg-type]
            with batch.transaction():
                pass
        (tmp_path / ".hearth" / "hearth.db").unlink()
        done = repair(tmp_path / ".hearth", now=NOW)
        assert (done.objects, done.segments, done.payloads) == (0, 0, 0)
        with opened(tmp_path) as store:
            assert store.objects.read_record(200, id) == b"from the future"  # type: ignore[arg-type]
            [path] = store.packs.names().values()
            flip(path, path.stat().st_size - 1)
            assert [finding.type for finding in check(store, now=NOW).damaged] == [200]

    def test_events_come_back_from_segments(self, tmp_path: Path) -> None:
        files, events = furnished(tmp_path)
        with opened(tmp_path) as store:
            gc(store, now=NOW)
            before = {event.id: event.payload for event in store.log.events()}
        (tmp_path / ".hearth" / "hearth.db").unlink()
        done = repair(tmp_path / ".hearth", now=NOW)
        assert (done.events, done.missing) == (len(events), [])
        with opened(tmp_path) as store:
            assert {event.id: event.payload for event in store.log.events()} == before
            assert not store.log.verify().problems
            assert all(store.read_file(id) == data for id, data in files.items())

    def test_an_erasure_that_was_cut_off_is_finished(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        secret = b"the secret word is " + noise(1, 300)
        with new_store(tmp_path) as store, store.batch() as batch:
            with batch.transaction() as transaction:
                event = store.log.append(
                    transaction, TestSigner(), COMMUNITY, Lane.CHAT, 300, secret, wall=NOW
                )
            store.log.seal()
            monkeypatch.setattr(store, "scrub", lambda _: None)
            with batch.transaction() as transaction:
                store.log.erase(transaction, event.id)
            store.log.seal()
        (tmp_path / ".hearth" / "hearth.db").unlink()
        assert any(secret in path.read_bytes() for path in (tmp_path / ".hearth/packs").iterdir())
        repair(tmp_path / ".hearth", now=NOW)
        with opened(tmp_path) as store:
            assert store.log.get(event.id).payload is None
        for path in (tmp_path / ".hearth").rglob("*"):
            assert path.is_dir() or secret not in path.read_bytes(), path

    def test_not_while_somebody_writes(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        furnished(tmp_path)
        monkeypatch.setattr("hearth.store.locks.PATIENCE", 0.05)
        take = Lock.take
        monkeypatch.setattr(
            Lock, "take", lambda *args, **options: take(*args, **options | {"patience": 0.05})
        )
        with opened(tmp_path) as store, store.batch(), pytest.raises(LockedError):
            repair(tmp_path / ".hearth", now=NOW)


def test_what_was_healed_is_not_damaged_after_a_repair(tmp_path: Path) -> None:
    """The damaged bytes still lie in the pack, before the whole ones."""
    objects = [noise(1, 40_000), noise(2, 40_000)]
    path = packed(tmp_path, objects)
    flip(path, packs.HEAD + packs.RECORD_HEAD + 100)
    with opened(tmp_path) as store:
        assert len(check(store, now=NOW).damaged) == 1
    put_all(tmp_path, objects)
    home = path.parent.parent
    (home / "hearth.db").unlink()
    done = repair(home, now=NOW)
    assert (done.damaged, done.missing, done.objects) == ([], [], 2)
    with opened(tmp_path) as store:
        assert store.wanted() == []
        assert [store.get(ids.of(data)) for data in objects] == objects


@pytest.mark.parametrize("lost", [False, True], ids=["index whole", "index lost"])
@pytest.mark.parametrize(
    ("at", "flipped", "readable"),
    [(300_000, None, 29), (packs.HEAD, None, 29), (HEADER_OF_10, HEADER_OF_10 - 40_056, 28)],
    ids=["bytes", "first header", "between two headers"],
)
def test_what_lies_beside_a_bad_sector_comes_back(
    tmp_path: Path, lost: bool, at: int, flipped: int | None, readable: int
) -> None:
    every = [noise(n, 40_000) for n in range(30)]
    path = packed(tmp_path, every)
    root = tmp_path / ".hearth"
    if lost:
        (root / "hearth.db").unlink()
    if flipped is not None:
        flip(path, flipped)
    with SeamDisk(BadPage(path, at)) as disk:
        done = repair(root, disk, now=NOW)
        assert done.rebuilt == lost
        assert len(done.damaged) + done.holes >= 1
        with Store.open(root, disk) as store:
            whole = [data for data in every if store.has(ids.of(data))]
            assert len(whole) == readable
            assert [store.get(ids.of(data)) for data in whole] == whole


class BadPage(Seam):
    """A disk that can read anything but one page of one file."""

    def __init__(self, path: Path, at: int) -> None:
        self.path = path
        self.page = at // 4096

    def disk(self, operation: str, path: Path, function: Callable[..., Any], args: Any) -> Any:
        if operation == "read" and path == self.path:
            _, length, offset = args
            if offset // 4096 <= self.page <= (offset + length - 1) // 4096:
                raise OSError(errno.EIO, os.strerror(errno.EIO))
        return function(*args)


def test_a_repair_that_finds_no_room_leaves_nothing_behind(tmp_path: Path) -> None:
    packed(tmp_path, OBJECTS)
    root = tmp_path / ".hearth"
    (root / "hearth.db").write_bytes(b"SQLite format 3" + bytes(5000))
    seam = FullDatabase()
    with SeamDisk(seam) as disk, pytest.raises(NoSpaceError):
        repair(root, disk, now=NOW)
    assert seam.written > 10
    assert not list(root.glob("hearth.db.new*"))
    assert (root / "hearth.db").read_bytes() == b"SQLite format 3" + bytes(5000)
    assert repair(root, now=NOW).objects == len(OBJECTS)


class FullDatabase(Seam):
    """A disk that is full once SQLite has written for a while."""

    written = 0

    def sqlite(self, operation: str, path: Path, function: Callable[..., Any], args: Any) -> Any:
        self.written += operation == "write"
        if operation == "write" and self.written > 10:
            raise apsw.FullError("full")
        return function(*args)


def test_who_had_the_old_database_open_cannot_write_into_it_after_a_repair(
    tmp_path: Path,
) -> None:
    """It would be acknowledged and lost; and its gc would not know the new packs."""
    packed(tmp_path, OBJECTS)
    with opened(tmp_path) as late:
        assert late.get(ids.of(OBJECTS[0])) == OBJECTS[0]
        for name in ("hearth.db", "hearth.db-wal", "hearth.db-shm"):
            (tmp_path / ".hearth" / name).unlink(missing_ok=True)
        assert repair(tmp_path / ".hearth", now=NOW).rebuilt
        with opened(tmp_path) as store:
            store.put(noise(95, 100_000))
            new = store.packs.names()
        with pytest.raises(ReplacedError):
            late.put(noise(96, 100))
        with pytest.raises(ReplacedError):
            gc(late, now=NOW, grace=0)
        late.scrub()
        assert late.packs.names() == new
    with opened(tmp_path) as store:
        assert store.get(ids.of(noise(95, 100_000))) == noise(95, 100_000)


def test_where_the_disk_does_not_say_a_hearth_is_not_called_moved(tmp_path: Path) -> None:
    """Who serves it would not be started again."""
    packed(tmp_path, OBJECTS)
    there = tmp_path / ".hearth"
    with opened(tmp_path) as store:
        there.rename(tmp_path / "elsewhere")
        with pytest.raises(MovedError):
            store.check_place()
        there.symlink_to(there)  # which no system can follow
        with pytest.raises(DiskError):
            store.check_place()
        there.unlink()
        (tmp_path / "elsewhere").rename(there)
        store.check_place()


@pytest.mark.parametrize("killed_at", range(12))
def test_a_repair_killed_while_it_replaces_the_database_loses_nothing(
    tmp_path: Path, killed_at: int
) -> None:
    """What only the old database gave is in the new one; the old one is out of reach by then."""
    packed(tmp_path, OBJECTS)
    path = tmp_path / ".hearth"
    with opened(tmp_path) as store:
        only_here = store.put(b"a row of the database")
        store.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        statement = "SELECT rootpage FROM sqlite_schema WHERE name = 'objects_by_place'"
        root = store.connection.execute(statement).get
    with (path / "hearth.db").open("r+b") as file:
        file.seek((root - 1) * 4096)
        file.write(os.urandom(4096))

    class Dying(Disk):
        calls = 0
        replacing = False

        def call(self, operation: str, path: Path, function: Any, *args: Any) -> Any:
            self.replacing |= operation == "replace"
            if self.replacing and operation != "close":
                self.calls += 1
                if self.calls > killed_at:
                    raise KeyboardInterrupt
            return function(*args)

    with suppress(KeyboardInterrupt):
        repair(path, Dying(), now=NOW)
    repair(path, now=NOW)
    with opened(tmp_path) as store:
        assert store.get(only_here) == b"a row of the database"
        for data in OBJECTS:
            assert store.get(ids.of(data)) == data
        assert check(store, now=NOW).sound
    assert not (path / "hearth.db.new").exists()


@pytest.mark.parametrize("moment", ["opening a pack", "reading it"])
def test_a_pack_that_gc_takes_away_meanwhile_is_no_damage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """Another process repacks; the new pack gets the number of the old one."""
    with new_store(tmp_path) as store, opened(tmp_path) as other:
        with store.batch() as batch:
            kept = [batch.put(noise(n, 30_000)) for n in range(3)]
            with batch.transaction() as tx:
                for id in kept:
                    tx.set_ref(id.hex(), id)

        def repack() -> None:
            monkeypatch.undo()
            (old,) = other.packs.names()
            other.connection.execute("UPDATE packs SET end = end * 100")
            assert gc(other, now=NOW).repacked == 1
            other.connection.execute("UPDATE objects SET pack = 1")
            other.connection.execute("UPDATE packs SET number = 1")
            assert old not in other.packs.names()

        if moment == "opening a pack":
            real = store.packs.open

            def first(pack: bytes) -> File:
                repack()
                return real(pack)

            monkeypatch.setattr(store.packs, "open", first)
        else:
            monkeypatch.setattr(fsck._Checker, "_head", lambda *_: repack())
        found = check(store, now=NOW)
        assert (found.problems, found.damaged) == ([], [])
        assert store.wanted() == []
        assert check(store, now=NOW).objects == 3


def test_quarantine_is_bounded_in_bytes_and_the_want_list_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hearth.store.objects._MAX_QUARANTINED", 100_000)
    some = [noise(n, 40_000) for n in range(4)]
    path = packed(tmp_path, some)
    data = bytearray(path.read_bytes())
    for n in range(4):
        data[data.index(some[n][:64])] ^= 1
    path.write_bytes(data)
    with opened(tmp_path) as store:
        assert len(check(store, now=NOW).damaged) == 4
        assert len(store.wanted()) == 4
        assert len(list((store.path / "quarantine").iterdir())) == 2


def test_adding_makes_a_removed_folder_of_packs_again(tmp_path: Path) -> None:
    path = packed(tmp_path, [noise(1, 40_000)])
    shutil.rmtree(path.parent)
    with opened(tmp_path) as store:
        found = check(store, now=NOW)
        assert len(found.damaged) == 1
        id = store.put(noise(1, 40_000))
        assert store.get(id) == noise(1, 40_000)
        assert store.wanted() == []
