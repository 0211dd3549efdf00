"""What the tests of the store share: disks that fail, and disks that remember.

`Seam` sees every system call of a `Disk` and every call of SQLite to its VFS, in one order. A
`Fault` makes the nth of them fail; a `Recorder` (see `power_cut`) writes them all down.
"""

from __future__ import annotations

import errno
import itertools
import os
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import apsw

from hearth.store.database import rows
from hearth.store.disk import Disk
from hearth.store.store import Store

NOW = 1_800_000_000

COMMUNITY = bytes(range(32))

_names = itertools.count()


class Seam:
    """Sees every call; the base lets all pass."""

    def disk(self, operation: str, path: Path, function: Callable[..., Any], args: Any) -> Any:
        return function(*args)

    def sqlite(self, operation: str, path: Path, function: Callable[..., Any], args: Any) -> Any:
        return function(*args)


class SeamDisk(Disk):
    """A disk, and a VFS of SQLite, whose every call goes through a seam. Use with `with`."""

    def __init__(self, seam: Seam) -> None:
        self.seam = seam
        self._vfs = SeamVFS(f"seam-{next(_names)}", seam)
        self.vfs = self._vfs.label

    def call(self, operation: str, path: Path, function: Callable[..., Any], *args: Any) -> Any:
        return self.seam.disk(operation, Path(path), function, args)

    def __enter__(self) -> SeamDisk:
        return self

    def __exit__(self, *exception: object) -> None:
        self._vfs.unregister()


class SeamVFS(apsw.VFS):
    def __init__(self, label: str, seam: Seam) -> None:
        self.label = label
        self.seam = seam
        super().__init__(label, "")

    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:
        path = Path(name.filename() if isinstance(name, apsw.URIFilename) else name)

        def opened() -> SeamFile:
            return SeamFile(self.seam, path, name, flags)

        return self.seam.sqlite("open", path, opened, ())  # type: ignore[no-any-return]

    def xDelete(self, filename: str, syncdir: bool) -> None:
        self.seam.sqlite("delete", Path(filename), super().xDelete, (filename, syncdir))


class SeamFile(apsw.VFSFile):
    def __init__(self, seam: Seam, path: Path, name: Any, flags: list[int]) -> None:
        self.seam = seam
        self.path = path
        super().__init__("", name, flags)

    def xRead(self, amount: int, offset: int) -> bytes:
        args = (amount, offset)
        return self.seam.sqlite("read", self.path, super().xRead, args)  # type: ignore[no-any-return]

    def xWrite(self, data: Any, offset: int) -> None:
        self.seam.sqlite("write", self.path, super().xWrite, (bytes(data), offset))

    def xTruncate(self, size: int) -> None:
        self.seam.sqlite("truncate", self.path, super().xTruncate, (size,))

    def xSync(self, flags: int) -> None:
        self.seam.sqlite("sync", self.path, super().xSync, (flags,))


class Fault(Seam):
    """Makes call number `at` fail (counted from 0), once; `kind`: "EIO", "ENOSPC", "short".

    A short write of a disk writes half of it and says so; one of SQLite's files writes half of
    it and fails, as its own VFS does when the disk is full.
    """

    NO_SPACE = frozenset({"open", "write", "allocate", "truncate", "mkdir", "replace", "sync"})

    def __init__(self, at: int, kind: str = "EIO") -> None:
        self.at = at
        self.kind = kind
        self.calls = 0
        self.hit = ""

    def _now(self, operation: str, path: Path) -> bool:
        now = self.calls == self.at
        self.calls += 1
        if now and self.kind == "ENOSPC" and operation not in self.NO_SPACE:
            return False
        if now and self.kind == "short" and operation != "write":
            return False
        if now:
            self.hit = f"{operation} {path.name}"
        return now

    def disk(self, operation: str, path: Path, function: Callable[..., Any], args: Any) -> Any:
        if operation in ("close", "lock") or not self._now(operation, path):
            return function(*args)
        if self.kind == "short":
            fd, data, offset = args
            return function(fd, data[: max(1, len(data) // 2)], offset)
        code = errno.ENOSPC if self.kind == "ENOSPC" else errno.EIO
        raise OSError(code, os.strerror(code))

    def sqlite(self, operation: str, path: Path, function: Callable[..., Any], args: Any) -> Any:
        if not self._now(operation, path):
            return function(*args)
        if self.kind == "short":
            data, offset = args
            function(data[: len(data) // 2], offset)
        if self.kind in ("ENOSPC", "short"):
            raise apsw.FullError("no space, says the test")
        error = apsw.IOError("broken, says the test")
        if operation == "sync":
            error.extendedresult = apsw.SQLITE_IOERR_FSYNC  # type: ignore[attr-defined]
        raise error


def new_store(tmp_path: Path, disk: Disk | None = None) -> Store:
    return Store.create(tmp_path / ".hearth", disk, now=NOW)


@contextmanager
def opened(tmp_path: Path, disk: Disk | None = None, **options: Any) -> Iterator[Store]:
    with Store.open(tmp_path / ".hearth", disk, **options) as store:
        yield store


def noise(seed: int, length: int) -> bytes:
    """Bytes that do not compress."""
    return random.Random(seed).randbytes(length)


def contents(store: Store) -> dict[bytes, bytes]:
    """Every object that counts, proved."""
    return {id: store.get(id) for (id,) in rows(store.connection, "SELECT id FROM objects")}


class TestSigner:
    """A device with a key of its own."""

    __test__ = False

    def __init__(self, seed: int = 1) -> None:
        from nacl.signing import SigningKey

        self._key = SigningKey(bytes([seed]) * 32)
        self.device = bytes(self._key.verify_key)

    def sign(self, message: bytes) -> bytes:
        return self._key.sign(message).signature
