"""Every I/O call of add, append, gc and fsck fails once: the old state or the new, never between.

For each operation the calls are counted first; then it is run again and again from the same
start, each time with another call failing. Whatever error comes out must be a `HearthError`;
the store must hold what it held before or what it should hold after; the next command must
work, and fsck find nothing.
"""

from __future__ import annotations

import errno
import io
import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import apsw
import pytest
from sim_disk import FrailSeam, frail
from store_kit import COMMUNITY, NOW, Fault, Seam, SeamDisk, TestSigner, contents, noise

from hearth.store import gc as collector, packs
from hearth.store.database import rows, translate
from hearth.store.disk import Disk, SyncFailedError
from hearth.store.errors import HearthError, NoSpaceError
from hearth.store.fsck import check
from hearth.store.header import Lane
from hearth.store.packs import RecordType
from hearth.store.repair import repair
from hearth.store.store import Store

KINDS = ("EIO", "ENOSPC", "short")


class Seen(NamedTuple):
    """Everything a store holds."""

    objects: dict[bytes, bytes]
    refs: dict[str, bytes]
    events: dict[bytes, bytes | None]


def seen(root: Path) -> Seen:
    with Store.open(root) as store:
        events = {event.id: event.payload for event in store.log.events()}
        return Seen(contents(store), store.refs(), events)


def prepare(root: Path) -> None:
    """A store with objects in rows and packs, a tail, something to collect and to erase."""
    with Store.create(root, now=NOW) as store:
        with store.batch() as batch:
            kept = batch.put(b"a small thing")
            big = batch.put_file(io.BytesIO(noise(1, 1_200_000)))
            dead = [batch.put(noise(n, 40_000)) for n in range(2, 60)]
            with batch.transaction() as transaction:
                transaction.set_ref("kept", kept)
                transaction.set_ref("big", big)
                transaction.set_ref("dead", dead[0])
        with store.batch() as batch:
            batch.put(b"another small thing")
            with batch.transaction() as transaction:
                transaction.drop_ref("dead")
        with store.batch() as batch:
            batch.put_record(RecordType.SEGMENT, noise(70, 50_000))  # never committed: a tail


def add(root: Path, disk: Disk) -> None:
    with Store.open(root, disk) as store, store.batch() as batch:
        small = batch.put(b"new and small")
        big = batch.put_file(io.BytesIO(b"new and big" * 5000 + noise(80, 1_100_000)))
        with batch.transaction() as transaction:
            transaction.set_ref("small", small)
            transaction.set_ref("new", big)


def add_rows(root: Path, disk: Disk) -> None:
    with Store.open(root, disk) as store, store.batch() as batch:
        for n in range(20):
            id = batch.put(b"row %d" % n * 100)
        with batch.transaction() as transaction:
            transaction.set_ref("row", id)


def append(root: Path, disk: Disk) -> None:
    with Store.open(root, disk) as store, store.batch() as batch:
        id = batch.put(b"what the event is about")
        with batch.transaction() as transaction:
            signer = TestSigner()
            store.log.append(
                transaction, signer, COMMUNITY, Lane.CHAT, 300, b"payload", (id,), wall=NOW
            )


def collect(root: Path, disk: Disk) -> None:
    with Store.open(root, disk) as store:
        collector.gc(store, now=NOW, grace=0)


def fsck(root: Path, disk: Disk) -> None:
    with Store.open(root, disk) as store:
        check(store, now=NOW)


def erase(root: Path, disk: Disk) -> None:
    with Store.open(root, disk) as store, store.batch() as batch:
        id = batch.put_record(RecordType.PAYLOAD, b"secret" * 1000)
        with batch.transaction():
            pass
        with batch.transaction() as transaction:
            transaction.erase_record(RecordType.PAYLOAD, id)


def seal(root: Path, disk: Disk) -> None:
    with Store.open(root, disk) as store, store.batch() as batch:
        batch.seal_rows()
        with batch.transaction():
            pass


OPERATIONS: dict[str, Callable[[Path, Disk], None]] = {
    "add": add,
    "add_rows": add_rows,
    "append": append,
    "collect": collect,
    "fsck": fsck,
    "erase": erase,
    "seal": seal,
}


class Bench:
    """One operation, its start, and what it leads to."""

    def __init__(self, folder: Path, operation: Callable[[Path, Disk], None]) -> None:
        self.folder = folder
        self.operation = operation
        self.start = folder / "start"
        prepare(self.start)
        self.old = seen(self.start)
        root = self._fresh()
        fault = Fault(-1)
        with SeamDisk(fault) as disk:
            operation(root, disk)
        self.calls = fault.calls
        self.new = seen(root)

    def _fresh(self) -> Path:
        root = self.folder / "run"
        shutil.rmtree(root, ignore_errors=True)
        shutil.copytree(self.start, root)
        return root

    def run(self, at: int, kind: str) -> str:
        """What is wrong after call `at` has failed; nothing, if all is well."""
        root = self._fresh()
        fault = Fault(at, kind)
        failed = False
        with SeamDisk(fault) as disk:
            try:
                self.operation(root, disk)
            except HearthError:
                failed = True
            except apsw.Error as error:
                return f"{kind} at {fault.hit} is not translated: {error!r}"
        try:
            return self._judge(root, fault, failed)
        except HearthError as error:
            return f"{kind} at {fault.hit}: {error!r}"

    def _judge(self, root: Path, fault: Fault, failed: bool) -> str:
        where = f"{fault.kind} at call {fault.at}, {fault.hit}"
        now = seen(root)
        if now != self.new and (now != self.old or not failed):
            return f"{where}: between the old state and the new"
        if now.refs != self.old.refs and now.objects == self.old.objects:
            return f"{where}: names without objects"
        if now == self.old:
            self.operation(root, Disk())
            if seen(root) != self.new:
                return f"{where}: repeating it does not help"
        with Store.open(root) as store:
            found = check(store, now=NOW)
        if found.missing or not found.sound:
            return f"{where}: fsck says {found.damaged} {found.problems} {found.missing}"
        return ""


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite's VFS layer tells `sys.unraisablehook` of errors at closing: they are ours."""
    monkeypatch.setattr("sys.unraisablehook", lambda _: None)


def failures(tmp_path: Path, name: str, step: int) -> list[str]:
    bench = Bench(tmp_path, OPERATIONS[name])
    assert bench.calls > 10
    said = []
    for number, kind in enumerate(KINDS):
        for at in range(number % step, bench.calls, step):
            said.append(bench.run(at, kind))
    return [line for line in said if line]


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_some_calls_fail(tmp_path: Path, name: str) -> None:
    assert failures(tmp_path, name, step=13) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_every_call_fails(tmp_path: Path, name: str) -> None:
    assert failures(tmp_path, name, step=1) == []


@pytest.mark.parametrize("step", [5, pytest.param(1, marks=pytest.mark.slow)])
def test_creation_that_fails_is_finished_by_trying_again(tmp_path: Path, step: int) -> None:
    root = tmp_path / ".hearth"
    fault = Fault(-1)
    with SeamDisk(fault) as disk:
        Store.create(root, disk, now=NOW).close()
    for at in range(0, fault.calls, step):
        shutil.rmtree(root)
        with SeamDisk(Fault(at)) as disk, suppress(HearthError):
            Store.create(root, disk, now=NOW).close()
        with suppress(HearthError):
            Store.create(root, now=NOW).close()
        with Store.open(root) as store:
            store.put(b"it works")
            assert check(store, now=NOW).sound


def bytes_in(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())


def _fill(store: Store, seam: FrailSeam) -> None:
    """Put objects until the disk is full."""
    with store.batch() as batch:
        for number in range(100, 180):
            batch.put(noise(number, 100_000))
            seam.full = number > 140


def test_what_filled_the_disk_in_vain_gives_its_room_back(tmp_path: Path) -> None:
    """Or nothing could be opened any more: SQLite itself needs a little."""
    root = tmp_path / "store"
    prepare(root)
    before = seen(root)
    disk = frail(root)
    assert isinstance(disk.seam, FrailSeam)
    with Store.open(root, disk) as store:
        size = bytes_in(store.packs.path)
        with pytest.raises(NoSpaceError):
            _fill(store, disk.seam)
        assert bytes_in(store.packs.path) <= size + packs.HEAD
        disk.seam.full = False
    assert seen(root) == before
    with Store.open(root) as store:
        assert check(store, now=NOW).sound


def test_no_room_for_what_sqlite_needs_is_no_failing_disk() -> None:
    error: Any = apsw.IOError("disk I/O error")
    error.extendedresult = apsw.SQLITE_IOERR_SHMSIZE
    assert isinstance(translate(error), NoSpaceError)
    error.extendedresult = apsw.SQLITE_IOERR_READ
    assert "the disk may be failing" in translate(error).hints


def test_a_pack_whose_sync_failed_is_suspect(tmp_path: Path) -> None:
    """It is never appended to again, and even a quick fsck reads all of it."""
    prepare(tmp_path / ".hearth")
    fault = FailingSync()
    with SeamDisk(fault) as disk, Store.open(tmp_path / ".hearth", disk) as store:
        before = store.packs.names()
        with store.batch() as batch:
            batch.put(noise(90, 50_000))
            with pytest.raises(SyncFailedError), batch.transaction():
                pass
            assert fault.failed == 1
            with pytest.raises(RuntimeError), batch.transaction():
                pass
        [(pack,)] = rows(store.connection, "SELECT id FROM packs WHERE suspect = 1")
        size = before[pack].stat().st_size
        store.put(noise(90, 50_000))
        assert before[pack].stat().st_size == size
        assert len(store.packs.names()) == len(before) + 1
        found = check(store, now=NOW, quick=True)
        assert found.sound
        assert found.bytes > 1_000_000
        with before[pack].open("r+b") as file:
            file.seek(packs.HEAD + packs.RECORD_HEAD)
            file.write(b"damage")
        assert len(check(store, now=NOW, quick=True).damaged) == 1


class FailingSync(Seam):
    """The first sync of a pack fails."""

    failed = 0

    def disk(self, operation: str, path: Path, function: Callable[..., Any], args: Any) -> Any:
        if operation == "sync" and path.suffix == ".hpk" and not self.failed:
            self.failed += 1
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return function(*args)


def repair_failures(tmp_path: Path, step: int) -> list[str]:
    start = tmp_path / "start"
    prepare(start)
    with Store.open(start) as store:
        store.put(noise(90, 50_000))
    append(start, Disk())
    collector.gc(Store.open(start), now=NOW)
    whole = seen(start)
    (start / "hearth.db").write_bytes(b"SQLite format 3" + bytes(5000))
    fault = Fault(-1)
    said = []
    for at in range(-1, 10_000, step):
        root = tmp_path / "run"
        shutil.rmtree(root, ignore_errors=True)
        shutil.copytree(start, root)
        fault = Fault(at)
        with SeamDisk(fault) as disk:
            try:
                again = bool(repair(root, disk, now=NOW).unread)
            except HearthError:
                again = True
        if again:
            repair(root, now=NOW)
        now = seen(root)
        if (now.objects, now.events) != (whole.objects, whole.events):
            said.append(f"EIO at {at}, {fault.hit}: not all came back")
        if at > fault.calls:
            return said
    raise AssertionError("repair never ends")


def test_some_calls_of_repair_fail(tmp_path: Path) -> None:
    assert repair_failures(tmp_path, step=17) == []


@pytest.mark.slow
def test_every_call_of_repair_fails(tmp_path: Path) -> None:
    assert repair_failures(tmp_path, step=1) == []
