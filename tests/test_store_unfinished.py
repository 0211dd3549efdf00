"""What was begun and never ended beside its place; and file systems that have no locks."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import apsw
import pytest
from store_kit import Seam, SeamDisk, new_store, opened

from hearth.backup import exporting
from hearth.bundles import folder
from hearth.kit import making
from hearth.store import reserve, unfinished
from hearth.store.database import translate
from hearth.store.disk import Disk, DiskError
from hearth.store.errors import NoSpaceError


def left(where: Path) -> list[str]:
    return sorted(each.name for each in where.iterdir())


@pytest.mark.parametrize("name", ["x.hearth", "n" * 250, "ä" * 120, "a\nb", os.fsdecode(b"\xff")])
def test_the_next_to_write_it_removes_what_was_left(tmp_path: Path, name: str) -> None:
    disk, target = Disk(), tmp_path / name
    killed, dead, alive = (unfinished.beside(target) for _ in range(3))
    killed.write_bytes(b"half")
    (dead / "documents").mkdir(parents=True)
    (dead / "documents" / "1").write_bytes(b"half")
    other = tmp_path / f".{name[:50]}.notes.tmp"
    other.write_bytes(b"somebody's own")
    with disk.open(alive, write=True, exclusive=True) as file:
        file.mark()
        unfinished.sweep(disk, target)
        assert left(tmp_path) == sorted([alive.name, other.name])
    unfinished.sweep(disk, target)
    assert left(tmp_path) == [other.name]


def test_a_bundle_and_an_export_remove_what_those_before_them_left(tmp_path: Path) -> None:
    bundle, export = tmp_path / "b.hearth", tmp_path / "mine"
    unfinished.beside(bundle).write_bytes(b"half")
    unfinished.beside(export).mkdir()
    folder.write_file(Disk(), bundle, iter([b"bundle"]))

    def fill(folder: exporting.Folder) -> None:
        unfinished.sweep(Disk(), export)  # another export to the same place
        folder.write("a", [b"bytes"])

    exporting.export(Disk(), export, fill)
    assert left(tmp_path) == ["b.hearth", "mine"]
    assert left(export) == ["a"]


@pytest.mark.parametrize("name", ["poster.pdf", "n" * 250])
def test_a_persons_file_is_written_and_what_was_left_of_it_goes(tmp_path: Path, name: str) -> None:
    unfinished.beside(tmp_path / name).write_bytes(b"half")
    unfinished.write(Disk(), tmp_path / name, b"whole")
    assert left(tmp_path) == [name]
    assert (tmp_path / name).read_bytes() == b"whole"


class Twice(Seam):
    """Another one begins to write the same while one is read back, synced and given its name."""

    def __init__(self, target: Path) -> None:
        self.target = target
        self.marked = False

    def disk(self, operation: str, path: Path, function: Callable[..., Any], args: Any) -> Any:
        self.marked = self.marked or operation == "lock"
        if self.marked and operation in ("sync", "sync-dir", "read", "replace"):
            unfinished.sweep(Disk(), self.target)
            folder.sweep(Disk(), self.target)
        return function(*args)


def _kit(disk: Disk, target: Path) -> None:
    with making.making(disk, target) as made:
        made.put("start.sh", [b"bytes"])


def _text(new: exporting.Folder) -> None:
    new.write("a", [b"bytes"])


@pytest.mark.parametrize(
    "write",
    [
        lambda disk, target: unfinished.write(disk, target, b"bytes"),
        lambda disk, target: folder.write_file(disk, target, iter([b"bytes"])),
        lambda disk, target: target.mkdir() or folder.write(disk, target, iter([b"bytes"])),
        lambda disk, target: exporting.export(disk, target, _text),
        _kit,
    ],
    ids=["file", "bundle", "folder", "export", "kit"],
)
def test_what_is_written_is_not_taken_for_left_until_it_is_in_its_place(
    tmp_path: Path, write: Callable[[Disk, Path], object]
) -> None:
    with SeamDisk(Twice(tmp_path / "new")) as disk:
        write(disk, tmp_path / "new")
    assert left(tmp_path) == ["new"]
    assert (tmp_path / "new").is_file() or left(tmp_path / "new")


class NoLocks(Seam):
    """A file system that has none, as some that are mounted over a network."""

    def disk(self, operation: str, path: Path, function: Callable[..., Any], args: Any) -> Any:
        if operation == "lock":
            raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))
        return function(*args)


def test_without_locks_nothing_is_written_into_a_hearth_and_it_is_said_why(tmp_path: Path) -> None:
    with new_store(tmp_path) as store:
        id = store.put(b"before")
    with SeamDisk(NoLocks()) as disk, opened(tmp_path, disk) as store:
        assert store.get(id) == b"before"
        with pytest.raises(DiskError, match="cannot lock") as caught:
            store.put(b"after")
    assert any("file system with locks" in hint for hint in caught.value.hints)


def test_without_locks_a_stick_is_written_all_the_same(tmp_path: Path) -> None:
    with SeamDisk(NoLocks()) as disk:
        folder.write_file(disk, tmp_path / "b.hearth", iter([b"bundle"]))
        exporting.export(disk, tmp_path / "mine", lambda folder: None)
    assert left(tmp_path) == ["b.hearth", "mine"]


def test_where_sqlite_gets_no_lock_the_disk_is_not_blamed() -> None:
    error = apsw.IOError("disk I/O error")
    error.extendedresult = apsw.SQLITE_IOERR_LOCK  # type: ignore[attr-defined]
    told = translate(error)
    assert "cannot lock" in told.message
    assert not any("failing" in hint for hint in told.hints)


def test_where_files_cannot_be_mapped_the_disk_is_not_blamed() -> None:
    error = apsw.IOError("disk I/O error")
    error.extendedresult = apsw.SQLITE_IOERR_SHMMAP  # type: ignore[attr-defined]
    [hint] = translate(error).hints
    assert "put the hearth on a disk of this machine" in hint


def test_a_disk_without_room_for_a_name_is_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """XFS: a file that is there can be written, and SQLite cannot make the one it wants beside."""
    error = apsw.CantOpenError("unable to open database file")
    assert not isinstance(translate(error, tmp_path / "hearth.db"), NoSpaceError)
    assert left(tmp_path) == []

    def full(**options: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("tempfile.NamedTemporaryFile", full)
    assert isinstance(translate(error, tmp_path / "hearth.db"), NoSpaceError)


def test_the_reserve_is_kept_piece_by_piece(tmp_path: Path) -> None:
    """btrfs gives back what was allocated in one go only in one go."""

    class Counting(Seam):
        def __init__(self) -> None:
            self.asked: list[tuple[int, int]] = []

        def disk(self, operation: str, path: Path, function: Callable[..., Any], args: Any) -> Any:
            if operation == "allocate":
                self.asked.append(args[1:])
            return function(*args)

    counting = Counting()
    with SeamDisk(counting) as disk:
        reserve.keep(tmp_path, disk)
    starts = range(0, reserve.SIZE, reserve.LENT)
    assert counting.asked == [(start, reserve.LENT) for start in starts]
    assert (tmp_path / reserve.NAME).stat().st_size == reserve.SIZE
