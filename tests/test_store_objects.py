"""Objects in and out: batches, transactions, manifests, limits, locks, formats, budget."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import tracemalloc
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from store_kit import NOW, new_store, noise, opened

from hearth.store import budget, ids, manifest, packs, staging
from hearth.store.database import DatabaseDamagedError
from hearth.store.disk import DiskError
from hearth.store.errors import LockedError, NewerFormatError
from hearth.store.fsck import check
from hearth.store.locks import Lock
from hearth.store.manifest import MAX_OBJECT, TooLargeError
from hearth.store.objects import DamagedObjectError, MissingObject
from hearth.store.packs import RecordType
from hearth.store.store import AlreadyThereError, Store


def in_rows(store: Store) -> int:
    count: int = store.connection.execute("SELECT count(*) FROM objects WHERE data IS NOT NULL").get
    return count


class TestObjects:
    @pytest.mark.parametrize("length", [0, 1, 300, 16_384, 16_385, 1 << 20, MAX_OBJECT])
    def test_any_length_comes_back(self, tmp_path: Path, length: int) -> None:
        with new_store(tmp_path) as store:
            id = store.put(noise(1, length))
            assert id == ids.of(noise(1, length))
        with opened(tmp_path) as store:
            assert store.get(id) == noise(1, length)
            assert store.has(id)

    def test_over_the_limit(self, tmp_path: Path) -> None:
        with new_store(tmp_path) as store, pytest.raises(TooLargeError):
            store.put(bytes(MAX_OBJECT + 1))

    def test_missing(self, tmp_path: Path) -> None:
        with new_store(tmp_path) as store:
            assert not store.has(bytes(32))
            with pytest.raises(MissingObject):
                store.get(bytes(32))

    def test_small_ones_are_rows_and_others_are_packed(self, tmp_path: Path) -> None:
        with new_store(tmp_path) as store:
            store.put(noise(1, staging.ROW_OBJECT))
            assert (in_rows(store), len(store.packs.names())) == (1, 0)
            store.put(noise(2, staging.ROW_OBJECT + 1))
            assert (in_rows(store), len(store.packs.names())) == (1, 1)

    @pytest.mark.parametrize(("more", "rows"), [(0, 16), (1, 0)])
    def test_batches_over_256_kib_are_packed_whole(
        self, tmp_path: Path, more: int, rows: int
    ) -> None:
        with new_store(tmp_path) as store:
            with store.batch() as batch:
                for n in range(16):
                    batch.put(noise(n, staging.ROW_OBJECT))
                if more:
                    batch.put(b"x")
                with batch.transaction():
                    pass
            assert in_rows(store) == rows

    def test_the_same_bytes_are_stored_once(self, tmp_path: Path) -> None:
        with new_store(tmp_path) as store:
            store.put(noise(1, 50_000))
            size = sum(path.stat().st_size for path in store.packs.names().values())
            with store.batch() as batch:
                assert batch.put(noise(1, 50_000)) == batch.put(noise(1, 50_000))
                with batch.transaction():
                    pass
            assert size == sum(path.stat().st_size for path in store.packs.names().values())

    def test_adding_what_is_there_writes_nothing(self, tmp_path: Path) -> None:
        with new_store(tmp_path) as store:
            store.put(noise(1, 50_000))
            store.put(b"small")
            wal = (store.path / "hearth.db-wal").read_bytes()
            store.put(noise(1, 50_000))
            store.put(b"small")
            assert (store.path / "hearth.db-wal").read_bytes() == wal

    def test_resolve(self, tmp_path: Path) -> None:
        with new_store(tmp_path) as store:
            every = [store.put(b"%d" % n) for n in range(300)]
            twins = next(a for a in every if any(b[:1] == a[:1] and b[:2] != a[:2] for b in every))
            assert store.resolve(twins.hex()) == twins
            assert store.resolve(twins.hex()[:10].upper()) == twins
            with pytest.raises(ids.UnknownId):
                store.resolve("0" * 64)
            with pytest.raises(ids.MalformedId):
                store.resolve("xyz")

    def test_resolve_ambiguous(self, tmp_path: Path) -> None:
        with new_store(tmp_path) as store:
            seen: dict[str, bytes] = {}
            with store.batch() as batch:
                for n in range(2000):  # some two of 2,000 share 4 digits (birthdays)
                    data = b"%d" % n
                    prefix = ids.of(data).hex()[:4]
                    batch.put(data)
                    if prefix in seen:
                        break
                    seen[prefix] = data
                with batch.transaction():
                    pass
            with pytest.raises(ids.AmbiguousId):
                store.resolve(prefix)


class TestFiles:
    @pytest.mark.parametrize("length", [0, 1 << 20, (1 << 20) + 1, 6 << 20])
    def test_any_length_comes_back(self, tmp_path: Path, length: int) -> None:
        data = noise(5, length)
        with new_store(tmp_path) as store:
            id = store.put_file(io.BytesIO(data))
            assert store.read_file(id) == data
            assert (manifest.decode(store.get(id)) is not None) == (length > 1 << 20)

    def test_a_file_that_looks_like_a_manifest_is_wrapped(self, tmp_path: Path) -> None:
        with new_store(tmp_path) as store:
            real = store.put_file(io.BytesIO(noise(1, 3 << 20)))
            fake = store.get(real)
            id = store.put_file(io.BytesIO(fake))
            assert id != real
            assert store.read_file(id) == fake

    def test_two_versions_share_chunks(self, tmp_path: Path) -> None:
        data = noise(5, 12 << 20)
        with new_store(tmp_path) as store:
            store.put_file(io.BytesIO(data))
            before = budget.usage(store).packs
            store.put_file(io.BytesIO(data[:6_000_000] + b"!" + data[6_000_000:]))
            assert budget.usage(store).packs - before < 6 << 20

    def test_a_lying_manifest_is_found_out(self, tmp_path: Path) -> None:
        with new_store(tmp_path) as store:
            chunk = store.put(b"chunk")
            lies = manifest.Manifest(5, bytes(32), [(chunk, 5)])
            wrong = manifest.Manifest(6, bytes(32), [(chunk, 6)])
            for lie in (lies, wrong):
                id = store.put(manifest.encode(lie))
                with pytest.raises(DamagedObjectError):
                    store.read_file(id)

    def test_a_missing_chunk_is_named(self, tmp_path: Path) -> None:
        with new_store(tmp_path) as store:
            id = store.put(manifest.encode(manifest.Manifest(5, bytes(32), [(bytes(32), 5)])))
            with pytest.raises(MissingObject, match="000000000000"):
                store.read_file(id)

    def test_a_file_that_fails_while_read_adds_nothing(self, tmp_path: Path) -> None:
        class Broken(io.BytesIO):
            def read(self, length: int | None = -1, /) -> bytes:
                if self.tell() > 5 << 20:
                    raise OSError("gone")
                return super().read(length)

            def readinto(self, space: Any, /) -> int:
                if self.tell() > 5 << 20:
                    raise OSError("gone")
                return super().readinto(space)

        with new_store(tmp_path) as store:
            with pytest.raises(OSError, match="gone"):
                store.put_file(Broken(noise(1, 9 << 20)))
            assert store.connection.execute("SELECT count(*) FROM objects").get == 0
            assert store.put(noise(1, 20_000)) == ids.of(noise(1, 20_000))

    def test_a_file_that_shrinks_while_read_is_what_was_read(self, tmp_path: Path) -> None:
        """Read, never mapped: a mapping of a file that shrinks would end the process."""
        path = tmp_path / "shrinking"
        path.write_bytes(noise(1, 20 << 20))

        class Shrinking:
            def __init__(self) -> None:
                self.file = path.open("rb", buffering=0)

            def read(self, length: int, /) -> bytes:
                if self.file.tell() > 2 << 20:
                    os.truncate(path, 3 << 20)
                return self.file.read(length)

        with new_store(tmp_path) as store:
            file = Shrinking()
            id = store.put_file(file)
            file.file.close()
            data = store.read_file(id)
            assert 2 << 20 < len(data) < 20 << 20
            assert data == noise(1, 20 << 20)[: len(data)]


class TestTransactions:
    def test_leaving_a_batch_without_one_drops_it(self, tmp_path: Path) -> None:
        with new_store(tmp_path) as store:
            with store.batch() as batch:
                id = batch.put(noise(1, 100_000))
            assert not store.has(id)

    def test_an_exception_keeps_nothing_and_the_batch_goes_on(self, tmp_path: Path) -> None:
        with new_store(tmp_path) as store, store.batch() as batch:
            id = batch.put(noise(1, 100_000))
            with suppress(ZeroDivisionError), batch.transaction() as transaction:
                transaction.set_ref("x", id)
                raise ZeroDivisionError
            assert not store.has(id)
            assert store.refs() == {}
            with batch.transaction() as transaction:
                transaction.set_ref("x", id)
            assert store.get(id) == noise(1, 100_000)
            assert store.refs() == {"x": id}

    def test_one_batch_may_commit_several_times(self, tmp_path: Path) -> None:
        with new_store(tmp_path) as store:
            with store.batch() as batch:
                every = []
                for n in range(5):
                    every.append(batch.put(noise(n, 30_000)))
                    with batch.transaction():
                        pass
                    every.append(batch.put(b"small %d" % n))
                with batch.transaction():
                    pass
            assert all(store.has(id) for id in every)
            assert len(store.packs.names()) == 1

    def test_no_transaction_in_a_transaction(self, tmp_path: Path) -> None:
        with new_store(tmp_path) as store, store.batch() as one, store.batch() as two:
            outer = one.transaction()
            outer.__enter__()
            with pytest.raises(RuntimeError), two.transaction():
                pass
            assert store.connection.in_transaction
            outer.__exit__(None, None, None)

    def test_refs(self, tmp_path: Path) -> None:
        with new_store(tmp_path) as store, store.batch() as batch:
            a, b = batch.put(b"a"), batch.put(b"b")
            with batch.transaction() as transaction:
                transaction.set_ref("one/a", a)
                transaction.set_ref("one/b", a)
                transaction.set_ref("one/b", b)
                transaction.set_ref("two", b)
                transaction.drop_ref("two")
                transaction.drop_ref("never there")
            assert store.refs("one/") == {"one/a": a, "one/b": b}
            assert (store.ref("one/b"), store.ref("two")) == (b, None)

    def test_after_commit_runs_after_it_and_only_then(self, tmp_path: Path) -> None:
        done = []
        with new_store(tmp_path) as store, store.batch() as batch:
            with suppress(ZeroDivisionError), batch.transaction() as transaction:
                transaction.after_commit(lambda: done.append("never"))
                raise ZeroDivisionError
            with batch.transaction() as transaction:
                transaction.after_commit(lambda: done.append(str(store.connection.in_transaction)))
        assert done == ["False"]

    def test_two_writers_use_two_packs(self, tmp_path: Path) -> None:
        with new_store(tmp_path) as one, opened(tmp_path) as two:
            with one.batch() as first, two.batch() as second:
                a = first.put(noise(1, 50_000))
                b = second.put(noise(2, 50_000))
                with first.transaction():
                    pass
                with second.transaction():
                    pass
            assert one.get(b) == noise(2, 50_000)
            assert two.get(a) == noise(1, 50_000)
            assert len(one.packs.names()) == 2

    def test_packs_roll_over(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(packs, "FULL", 100_000)
        with new_store(tmp_path) as store:
            with store.batch() as batch:
                every = [batch.put(noise(n, 30_000)) for n in range(20)]
                with batch.transaction():
                    pass
            assert len(store.packs.names()) == 5
            assert [store.get(id) for id in every] == [noise(n, 30_000) for n in range(20)]

    def test_an_uncommitted_tail_is_cut_off_by_the_next_writer(self, tmp_path: Path) -> None:
        with new_store(tmp_path) as store:
            first = store.put(noise(1, 30_000))
            [path] = store.packs.names().values()
            size = path.stat().st_size
            with store.batch() as batch:
                batch.put(noise(2, 2_000_000))
                batch.put(noise(4, 2_000_000))
            assert path.stat().st_size > size
            second = store.put(noise(3, 30_000))
            assert path.stat().st_size == size + packs.RECORD_HEAD + 30_000
            assert store.get(first) + store.get(second) == noise(1, 30_000) + noise(3, 30_000)

    def test_a_tail_stays_while_somebody_reads(self, tmp_path: Path) -> None:
        with new_store(tmp_path) as store, opened(tmp_path) as reader:
            first = store.put(noise(1, 30_000))
            with store.batch() as batch:
                batch.put_record(RecordType.SEGMENT, noise(2, 4_000_000))
            reading = [each.connection.execute("SELECT id FROM packs") for each in (store, reader)]
            assert all(next(cursor) for cursor in reading)
            second = store.put(noise(3, 30_000))
            assert len(store.packs.names()) == 2
            del reading
            assert 2_000_000 < store.packs.cut_tails() < 4_000_000  # as much as had left memory
            assert store.get(first) + store.get(second) == noise(1, 30_000) + noise(3, 30_000)

    def test_records_live_beside_objects(self, tmp_path: Path) -> None:
        with new_store(tmp_path) as store:
            with store.batch() as batch:
                id = batch.put_record(RecordType.SEGMENT, b"segment")
                with batch.transaction():
                    pass
            assert not store.has(id)
            assert store.read_record(RecordType.SEGMENT, id) == b"segment"
            assert list(store.record_ids(RecordType.SEGMENT)) == [id]
            with pytest.raises(MissingObject):
                store.read_record(RecordType.PAYLOAD, id)

    def test_rows_can_be_sealed(self, tmp_path: Path) -> None:
        with new_store(tmp_path) as store:
            every = [store.put(b"row %d " % n * 50) for n in range(10)]
            with store.batch() as batch:
                assert batch.seal_rows() == 10
                with batch.transaction():
                    pass
            assert in_rows(store) == 0
            assert [store.get(id) for id in every] == [b"row %d " % n * 50 for n in range(10)]

    def test_sealing_rows_holds_a_few_of_them_in_memory(self, tmp_path: Path) -> None:
        with new_store(tmp_path) as store:
            for first in range(0, 320, 16):
                with store.batch() as batch:
                    for n in range(first, first + 16):
                        batch.put(noise(n, staging.ROW_OBJECT))
                    with batch.transaction():
                        pass
            assert in_rows(store) == 320
            tracemalloc.start()
            try:
                with store.batch() as batch:
                    assert batch.seal_rows() == 320
                    _, peak = tracemalloc.get_traced_memory()
                    with batch.transaction():
                        pass
            finally:
                tracemalloc.stop()
            assert peak < 1_000_000 < 320 * staging.ROW_OBJECT // 5
            assert in_rows(store) == 0

    def test_a_file_that_gc_takes_away_meanwhile_is_not_here(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with new_store(tmp_path) as store:
            id = store.put(b"a small thing")
            is_damaged = store.objects._is_damaged

            def late(id: bytes) -> bool:
                store.connection.execute("DELETE FROM objects WHERE id = ?", (id,))
                return is_damaged(id)

            monkeypatch.setattr(store.objects, "_is_damaged", late)
            store.has_file(id)
            assert not store.has_file(id)

    def test_what_is_read_ahead_and_cannot_be_opened_is_read_again(self, tmp_path: Path) -> None:
        with new_store(tmp_path) as store:
            first, second = (store.put(noise(n, 50_000)) for n in (1, 2))
            assert dict(store.objects.ahead([first, second])) == {
                first: noise(1, 50_000),
                second: noise(2, 50_000),
            }
            for path in store.packs.names().values():
                path.unlink()
            store.packs.close()
            with pytest.raises(DamagedObjectError):
                list(store.objects.ahead([first, second]))
            assert store.wanted() == [first]


class TestErasing:
    def test_no_byte_of_it_is_left(self, tmp_path: Path) -> None:
        secret = b"the secret word is " + noise(1, 300).hex().encode()
        with new_store(tmp_path) as store:
            keep = noise(2, 400)
            with store.batch() as batch:
                kept = batch.put_record(RecordType.PAYLOAD, keep)
                id = batch.put_record(RecordType.PAYLOAD, secret)
                row = batch.put(secret)
                with batch.transaction() as transaction:
                    transaction.set_ref(secret.decode(), row)
                with batch.transaction() as transaction:
                    transaction.erase_record(RecordType.PAYLOAD, id)
                    transaction.drop_ref(secret.decode())
                    transaction.connection.execute("DELETE FROM objects WHERE id = ?", (row,))
            with pytest.raises(MissingObject):
                store.read_record(RecordType.PAYLOAD, id)
            assert store.read_record(RecordType.PAYLOAD, kept) == keep
            for path in (tmp_path / ".hearth").rglob("*"):
                assert path.is_dir() or b"secret word" not in path.read_bytes(), path

    def test_no_second_copy_outlives_it(self, tmp_path: Path) -> None:
        """Put twice, by two at once, into a tail that was never committed: all are erased."""
        secret = b"the secret word is " + noise(1, 300).hex().encode()
        with new_store(tmp_path) as one, opened(tmp_path) as two:
            with one.batch() as lost:
                lost.put_record(RecordType.PAYLOAD, secret)
                lost._staging.writers[0].flush()
            with one.batch() as first, two.batch() as second:
                id = first.put_record(RecordType.PAYLOAD, secret)
                second.put_record(RecordType.PAYLOAD, secret)
                with first.transaction():
                    pass
                with second.transaction():
                    pass
                first.put_record(RecordType.PAYLOAD, secret)
                with first.transaction():
                    pass
            with one.batch() as batch, batch.transaction() as transaction:
                transaction.erase_record(RecordType.PAYLOAD, id)
            for pack in one.packs.names():
                with one.packs.open(pack) as file:
                    for item in packs.scan(file, pack):
                        assert isinstance(item, packs.Damage) or not any(item[1])
            assert check(one, now=NOW).sound


class TestOpening:
    def test_creating_twice(self, tmp_path: Path) -> None:
        new_store(tmp_path).close()
        with pytest.raises(AlreadyThereError):
            new_store(tmp_path)

    def test_files_are_for_their_owner_alone(self, tmp_path: Path) -> None:
        with new_store(tmp_path) as store:
            store.put(noise(1, 50_000))
            for path in (store.path, *store.path.rglob("*")):
                assert path.stat().st_mode & 0o077 == 0, path

    def test_a_missing_database(self, tmp_path: Path) -> None:
        with new_store(tmp_path) as store:
            store.put(noise(1, 50_000))
        (tmp_path / ".hearth" / "hearth.db").unlink()
        with pytest.raises(DatabaseDamagedError, match="missing") as caught:
            Store.open(tmp_path / ".hearth")
        assert "--repair" in caught.value.hints[0]
        with pytest.raises(DatabaseDamagedError):
            new_store(tmp_path)

    @pytest.mark.parametrize("cut", [0, 1, 99, 4096, 20_000])
    def test_a_database_cut_short(self, tmp_path: Path, cut: int) -> None:
        with new_store(tmp_path) as store:
            store.put(b"x")
        os.truncate(tmp_path / ".hearth" / "hearth.db", cut)
        with pytest.raises(DatabaseDamagedError), opened(tmp_path) as store:
            store.get(ids.of(b"x"))

    def test_a_newer_database(self, tmp_path: Path) -> None:
        with new_store(tmp_path) as store:
            store.connection.execute("PRAGMA user_version=4")
        with pytest.raises(NewerFormatError):
            Store.open(tmp_path / ".hearth")

    def test_a_database_of_format_1_is_brought_up_to_date(self, tmp_path: Path) -> None:
        with new_store(tmp_path) as store:
            for table in ("communities", "servable", "follows", "asked", "pins", "peers"):
                store.connection.execute(f"DROP TABLE {table}")
            store.connection.execute("PRAGMA user_version=1")
        Store.open(tmp_path / ".hearth", read_only=True).close()
        with opened(tmp_path) as store:
            assert store.connection.execute("SELECT count(*) FROM peers").get == 0
            assert store.connection.pragma("user_version") == 3

    def test_a_database_of_format_2_is_given_the_tables_of_audiences(self, tmp_path: Path) -> None:
        tables = ("audience_keys", "audience_claims", "audience_awaited", "prekeys")
        with new_store(tmp_path) as store:
            for table in tables:
                store.connection.execute(f"DROP TABLE {table}")
            store.connection.execute("PRAGMA user_version=2")
        Store.open(tmp_path / ".hearth", read_only=True).close()
        with opened(tmp_path) as store:
            for table in tables:
                assert store.connection.execute(f"SELECT count(*) FROM {table}").get == 0
            assert store.connection.pragma("user_version") == 3

    def test_a_newer_pack(self, tmp_path: Path) -> None:
        from blake3 import blake3

        with new_store(tmp_path) as store:
            id = store.put(noise(1, 50_000))
            [path] = store.packs.names().values()
        data = bytearray(path.read_bytes())
        data[11] = 2
        data[28:32] = blake3(data[:28]).digest()[:4]
        path.write_bytes(data)
        with opened(tmp_path) as store, pytest.raises(NewerFormatError):
            store.get(id)

    def test_reading_only(self, tmp_path: Path) -> None:
        with new_store(tmp_path) as writer:
            a = writer.put(b"before")
            with opened(tmp_path, read_only=True) as reader:
                b = writer.put(noise(1, 50_000))
                assert reader.get(a) + reader.get(b) == b"before" + noise(1, 50_000)
                with pytest.raises(DiskError), reader.batch():
                    pass

    def test_the_holder_of_the_lock_is_named(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        take = Lock.take
        monkeypatch.setattr(
            Lock, "take", lambda *args, **options: take(*args, **options | {"patience": 0.05})
        )
        with new_store(tmp_path) as one, opened(tmp_path) as two:
            with (
                one.batch() as first,
                two.batch() as second,
                first.transaction(),
                pytest.raises(LockedError, match=f"process {os.getpid()}"),
                second.transaction(),
            ):
                pass
            with one.gc_lock(exclusive=True), pytest.raises(LockedError), two.batch():
                pass


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="mounts need root")
@pytest.mark.parametrize("closed", [True, False], ids=["closed", "not closed"])
def test_read_only_media(tmp_path: Path, closed: bool) -> None:
    """`not closed`: the system has mounted a failing disk anew, as somebody was writing to it."""
    with new_store(tmp_path) as store:
        id = store.put(noise(1, 50_000))
    hearth = tmp_path / ".hearth"
    if not closed:
        with opened(tmp_path) as store:
            row = store.put(b"only in the WAL")
            hearth = tmp_path / "torn"
            shutil.copytree(tmp_path / ".hearth", hearth)
    mounted = tmp_path / "mounted"
    mounted.mkdir()
    bind = ["mount", "--bind", str(hearth), str(mounted)]
    if subprocess.run(bind, capture_output=True).returncode:
        pytest.skip("cannot mount here")
    try:
        remount = ["mount", "-o", "remount,bind,ro", str(mounted)]
        if subprocess.run(remount, capture_output=True).returncode:
            pytest.skip("cannot mount read-only here")
        with Store.open(mounted, read_only=True) as store:
            assert store.get(id) == noise(1, 50_000)
            assert closed or store.get(row) == b"only in the WAL"
        with pytest.raises(DiskError), Store.open(mounted) as store:
            store.put(b"x")
    finally:
        subprocess.run(["umount", str(mounted)], check=True)


class TestBudget:
    def test_over_it_nothing_is_added(self, tmp_path: Path) -> None:
        with new_store(tmp_path) as store:
            store.budget = budget.usage(store).total + 100_000
            id = store.put(noise(1, 60_000))
            with pytest.raises(budget.OverBudgetError):
                store.put(noise(2, 60_000))
            assert not store.has(ids.of(noise(2, 60_000)))
            assert store.put(noise(1, 60_000)) == id

    def test_room_is_made_of_what_nothing_needs(self, tmp_path: Path) -> None:
        with new_store(tmp_path) as store:
            with store.batch() as batch:
                kept = batch.put(noise(1, 60_000))
                batch.put(noise(2, 60_000))
                with batch.transaction() as transaction:
                    transaction.set_ref("kept", kept)
            store.budget = budget.usage(store).total + 50_000
            assert budget.make_room(store, 10_000, now=NOW) == 0
            assert budget.make_room(store, 90_000, now=NOW) > 50_000
            assert store.get(kept) == noise(1, 60_000)
            store.put(noise(3, 90_000))


@pytest.mark.parametrize("length", [10, 3_000_000])
def test_what_is_put_inside_a_transaction_is_not_dropped_in_silence(
    tmp_path: Path, length: int
) -> None:
    with new_store(tmp_path) as store:
        with store.batch() as batch:
            before = batch.put(b"before")
            with pytest.raises(RuntimeError), batch.transaction():
                batch.put(noise(1, length))
            with pytest.raises(RuntimeError), batch.transaction():
                batch.put_record(RecordType.PAYLOAD, noise(1, length))
            with batch.transaction():
                pass
        assert store.get(before) == b"before"
        assert not store.has(ids.of(noise(1, length)))


def test_a_quarantine_that_somebody_removed_is_no_error(tmp_path: Path) -> None:
    with new_store(tmp_path) as store:
        (store.path / "quarantine").rmdir()
        assert budget.usage(store).quarantine == 0
        store.budget = 10_000_000
        assert budget.make_room(store, 20_000_000, now=NOW) == 0
