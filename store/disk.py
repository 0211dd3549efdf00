"""The one module that writes durably.

Every durable write of the program passes through a `Disk`: packs, keys, configuration; and
SQLite's through the VFS that `Disk.vfs` names. So a test can fail, record, drop or tear each
single one of them, and only one place has to know what disks do:

* A write may be short: the rest is written again, or the error is reported.
* A failed sync is never retried. The kernel may have marked the pages clean already, and a
  second sync would succeed without having written anything. The error is a
  `SyncFailedError`; whoever gets it must treat everything since the last good sync as lost.
* Creating, renaming or removing a name is durable only after its directory has been synced.
  File systems that cannot do that (FAT, some network ones) say EINVAL or ENOTSUP: exactly
  those two are ignored.
* No space (ENOSPC, EDQUOT) is permanent: retrying is for the person, after making room.

The seam is `Disk.call`: each system call goes through it under a stable name
(`open read write sync truncate allocate seek free lock close replace unlink mkdir rmdir sync-dir`).
"""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from hearth.store import refused, unfinished
from hearth.store.errors import HearthError, NoSpaceError

_NO_SPACE: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
_NO_DIRECTORY_SYNC: Final = frozenset({errno.EINVAL, errno.ENOTSUP})
_REFUSED: Final = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
GONE: Final = frozenset({errno.ENODEV, errno.ENXIO, errno.ENOTCONN, errno.ESTALE})
"""What the system says of a medium that was taken out, or of one whose program has ended."""
IS_GONE: Final = "the medium is gone: put it in and mount it again, then run it again"
NO_LOCKS: Final = (
    "a hearth needs a file system with locks, or two programs would write at once: put it on a"
    " disk of this machine"
)


class DiskError(HearthError, code="disk"):
    """The disk or its file system refused a read or a write (exit 1)."""


class SyncFailedError(DiskError, code="sync-failed"):
    """A sync failed: what was written since the last good one must be taken as lost."""


def is_unreadable(error: DiskError) -> bool:
    """Whether it is the medium that does not give some bytes, and might give others."""
    return isinstance(error.__cause__, OSError) and error.__cause__.errno == errno.EIO


@contextmanager
def typed_errors(path: Path, doing: str) -> Iterator[None]:
    """Turn the `OSError` of one system call into an error a person can act on.

    `FileNotFoundError` and `FileExistsError` pass: to most callers they are an answer.
    """
    try:
        yield
    except (FileNotFoundError, FileExistsError):
        raise
    except OSError as error:
        why = os.strerror(error.errno or 0).lower()
        message = f'cannot {doing} "{path}": {why}'
        if error.errno in _NO_SPACE:
            raise NoSpaceError(
                message, "make room on this disk, then try again; nothing was lost"
            ) from error
        if error.errno == errno.EFBIG:
            raise NoSpaceError(message, *refused.too_large()) from error
        if error.errno in GONE:
            raise DiskError(message, IS_GONE) from error
        if doing == "sync":
            raise SyncFailedError(
                message, 'the disk may be failing, or gone; run "hearth fsck" and copy what matters'
            ) from error
        if doing == "lock":
            raise DiskError(message, NO_LOCKS) from error
        if error.errno in _REFUSED:
            raise DiskError(message, refused.why(path)) from error
        if error.errno == errno.ELOOP:
            raise DiskError(f'"{path}" is a symbolic link, which is refused here') from error
        if error.errno == errno.EIO:
            raise DiskError(
                message, 'the disk may be failing, or gone; "hearth fsck" checks what is stored'
            ) from error
        raise DiskError(message) from error


class File:
    """An open file of a `Disk`: positioned reads and writes, no buffer, no shared position."""

    __slots__ = ("_disk", "_fd", "path")

    def __init__(self, disk: Disk, path: Path, fd: int) -> None:
        self._disk = disk
        self._fd = fd
        self.path = path

    def read(self, offset: int, length: int) -> bytes:
        """The bytes at `offset`: fewer than `length` only at the end of the file."""
        with typed_errors(self.path, "read"):
            data = self._disk.call("read", self.path, os.pread, self._fd, length, offset)
            if len(data) == length or not data:
                return bytes(data)
            parts = [data]
            got = len(data)
            while got < length:
                data = self._disk.call(
                    "read", self.path, os.pread, self._fd, length - got, offset + got
                )
                if not data:
                    break
                parts.append(data)
                got += len(data)
            return b"".join(parts)

    def read_into(self, offset: int, buffer: memoryview) -> memoryview:
        """The bytes at `offset`, put into a buffer: fewer than it holds only at the end of the
        file. For files opened as `direct`, which take whole pages at whole pages only."""
        with typed_errors(self.path, "read"):
            return memoryview(self._disk.call("read", self.path, _fill, self._fd, buffer, offset))

    def write(self, offset: int, data: bytes | bytearray | memoryview) -> None:
        """Write all of `data` at `offset`. Not durable before `sync`."""
        view = memoryview(data)
        with typed_errors(self.path, "write"):
            while view:
                done = self._disk.call("write", self.path, os.pwrite, self._fd, view, offset)
                if done <= 0:
                    raise OSError(errno.EIO, os.strerror(errno.EIO))
                view = view[done:]
                offset += done

    def write_past(self, offset: int, data: memoryview) -> bool:
        """Write all of `data` past the system's own copies, and no other way; not durable before
        `sync`. `offset`, the length, and where it lies in memory are whole pages.

        False, and nothing has been written, where there is no such thing. Nobody else may use this
        file meanwhile.
        """
        with typed_errors(self.path, "write"):
            if not _pass_by(self._fd, True):
                return False
            try:
                done = self._disk.call("write", self.path, os.pwrite, self._fd, data, offset)
            except OSError as error:
                if error.errno != errno.EINVAL:
                    raise
                return False
            finally:
                _pass_by(self._fd, False)
        self.write(offset + done, data[done:])
        return True

    def sync(self) -> None:
        """Make the file's content and length durable. Never call it again after it failed."""
        with typed_errors(self.path, "sync"):
            self._disk.call("sync", self.path, _data_sync, self._fd)

    def truncate(self, length: int) -> None:
        with typed_errors(self.path, "truncate"):
            self._disk.call("truncate", self.path, os.ftruncate, self._fd, length)

    def allocate(self, offset: int, length: int) -> None:
        """Reserve `length` bytes of real disk space for the file at `offset`."""
        with typed_errors(self.path, "allocate"):
            self._disk.call("allocate", self.path, _allocate, self._fd, offset, length)

    def expect(self, length: int) -> None:
        """Raise NoSpaceError if a file of `length` bytes has no place here: so that nobody writes
        for an hour to learn it."""
        with typed_errors(self.path, "write"):
            try:
                self._disk.call("seek", self.path, os.lseek, self._fd, length, os.SEEK_SET)
            except OSError as error:  # beyond what its file system can count to
                if error.errno != errno.EINVAL:
                    raise
                raise OSError(errno.EFBIG, os.strerror(errno.EFBIG)) from None
            there = self._disk.call("free", self.path, os.fstatvfs, self._fd)
            if there.f_blocks and there.f_bavail * there.f_frsize < length:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def size(self) -> int:
        with typed_errors(self.path, "read"):
            return os.fstat(self._fd).st_size

    def stat(self) -> os.stat_result:
        with typed_errors(self.path, "read"):
            return os.fstat(self._fd)

    def lock(self, *, exclusive: bool) -> bool:
        """Try to take the kernel lock of this open file; False if somebody else holds it.

        It goes when the file is closed or the process ends, however it ends.
        """
        how = fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH
        with typed_errors(self.path, "lock"):
            try:
                self._disk.call("lock", self.path, fcntl.flock, self._fd, how | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
        return True

    def mark(self) -> None:
        """Take the lock, where there are locks, so that nobody takes this file for one that was
        left behind."""
        with suppress(DiskError):
            self.lock(exclusive=True)

    def close(self) -> None:
        """Close; closing twice is allowed. An error here loses nothing: `sync` came before."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            with suppress(OSError):
                self._disk.call("close", self.path, os.close, fd)

    def __enter__(self) -> File:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


class Disk:
    """The real disk. Tests subclass it and override `call` (and `vfs`)."""

    vfs: str | None = None
    """Name of the registered SQLite VFS that databases use; None is SQLite's own."""

    def call(self, operation: str, path: Path, function: Callable[..., Any], *args: Any) -> Any:
        """Make one system call: `function(*args)`. The only seam for faults and recorders."""
        return function(*args)

    def open(
        self,
        path: Path,
        *,
        write: bool = False,
        create: bool = False,
        exclusive: bool = False,
        direct: bool = False,
        mode: int = 0o600,
    ) -> File:
        """Open a file. `exclusive` creates it and raises `FileExistsError` if it is there.

        `direct` reads past the system's own copies, where there is such a thing; a file system
        that lacks it refuses with EINVAL, now or when it is read. Symbolic links are refused.
        Raises `FileNotFoundError`, `DiskError`, `NoSpaceError`.
        """
        flags = os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK  # never hang on a planted FIFO
        flags |= os.O_RDWR if write else os.O_RDONLY
        if exclusive:
            flags |= os.O_CREAT | os.O_EXCL
        elif create:
            flags |= os.O_CREAT
        if direct:
            flags |= getattr(os, "O_DIRECT", 0)
        with typed_errors(path, "create" if exclusive else "open"):
            fd = self.call("open", path, os.open, path, flags, mode)
        return File(self, path, fd)

    def mkdir(self, path: Path, mode: int = 0o700) -> None:
        """Make one directory and its name durable. Raises `FileExistsError`."""
        with typed_errors(path, "create"):
            self.call("mkdir", path, os.mkdir, path, mode)
        self.sync_dir(path.parent)

    def mkdirs(self, path: Path) -> None:
        """Make a directory and those above it that are missing: durable, and its owner's alone
        whatever the umask."""
        missing = [each for each in (path, *path.parents) if not each.exists()]
        for each in reversed(missing):
            with suppress(FileExistsError):  # another process was faster
                self.mkdir(each)

    def rmdir(self, path: Path) -> None:
        with typed_errors(path, "remove"):
            self.call("rmdir", path, os.rmdir, path)

    def replace(self, source: Path, target: Path) -> None:
        """Rename over `target`, atomically. Durable after `sync_dir`."""
        with typed_errors(target, "replace"):
            self.call("replace", target, os.replace, source, target)

    def unlink(self, path: Path, *, missing_ok: bool = False) -> None:
        try:
            with typed_errors(path, "remove"):
                self.call("unlink", path, os.unlink, path)
        except FileNotFoundError:
            if not missing_ok:
                raise

    def sync_dir(self, path: Path) -> None:
        """Make the names in a directory durable, where the file system can."""
        with typed_errors(path, "sync"):
            fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                self.call("sync-dir", path, os.fsync, fd)
            except OSError as error:
                if error.errno not in _NO_DIRECTORY_SYNC:
                    raise
            finally:
                os.close(fd)

    def write_atomic(self, path: Path, data: bytes, mode: int = 0o600) -> None:
        """Give `path` the content `data`: after any crash the old or the new, never between.

        Durable when it returns. The file gets `mode` whatever the umask says.
        """
        temporary = unfinished.beside(path)
        try:
            with self.open(temporary, write=True, exclusive=True, mode=mode) as file:
                file.mark()
                with suppress(OSError):  # FAT has no modes
                    os.fchmod(file._fd, mode)
                file.write(0, data)
                file.sync()
                self.replace(temporary, path)  # marked until it has its name
        except BaseException:
            with suppress(OSError, HearthError):
                self.unlink(temporary, missing_ok=True)
            raise
        self.sync_dir(path.parent)

    def free(self, path: Path) -> int:
        """Bytes that this user may still write on the file system of `path`."""
        with typed_errors(path, "read"):
            figures = os.statvfs(path)
        return figures.f_bavail * figures.f_frsize


def _fill(fd: int, buffer: memoryview, offset: int) -> memoryview:
    return buffer[: os.preadv(fd, [buffer], offset)]


def _pass_by(fd: int, past: bool) -> bool:
    """Have what is written next pass the system's copies by, or no more; False if it cannot."""
    direct: int = getattr(os, "O_DIRECT", 0)
    flags = fcntl.fcntl(fd, fcntl.F_GETFL)
    try:
        fcntl.fcntl(fd, fcntl.F_SETFL, flags | direct if past else flags & ~direct)
    except OSError:
        return False
    return bool(direct)


def _data_sync(fd: int) -> None:
    """Sync through to the medium: macOS needs its own call for that."""
    if hasattr(fcntl, "F_FULLFSYNC"):
        fcntl.fcntl(fd, fcntl.F_FULLFSYNC)
    else:
        os.fdatasync(fd)


def is_full(folder: Path) -> bool:
    """Whether there is no room in a folder for even an empty file."""
    import tempfile

    try:
        tempfile.NamedTemporaryFile(dir=folder).close()  # a name takes room, too
    except OSError as error:
        return error.errno in _NO_SPACE
    return False


def _allocate(fd: int, offset: int, length: int) -> None:
    """Like `posix_fallocate`, which some file systems lack: then write zeros."""
    try:
        os.posix_fallocate(fd, offset, length)
    except (AttributeError, OSError) as error:
        if isinstance(error, OSError) and error.errno not in {errno.EINVAL, errno.ENOTSUP}:
            raise
        zeros = bytes(min(length, 1 << 20))
        done = 0
        while done < length:
            done += os.pwrite(fd, zeros[: length - done], offset + done)
