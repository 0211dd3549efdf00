"""Bundles in a folder, as on a stick: everybody's side by side, each hearth's own kept level.

    DIR/hearth/<16 hex digits>.hearth       one bundle each; the name says nothing
    DIR/hearth/.<16 hex digits>.part        one that is being written

What a folder holds of ours is found by reading the fronts of the bundles in it, not remembered: a
stick may have been copied, emptied, or written elsewhere. A new bundle of ours leaves out what our
others there hold. Ours are removed when all whose bundles were met here have stated that they have
everything in them; and when there are more than `MANY` of a community, one bundle with everything
takes their place.

A bundle is written beside, synced, renamed, and read back from the medium before anybody says that
it is there.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from hearth.bundles import level as levels
from hearth.bundles import taking
from hearth.bundles.taking import NotForUsError, Taken
from hearth.store.disk import Disk, DiskError
from hearth.store.errors import CorruptError, HearthError, NewerFormatError
from hearth.sync.bundle import FRONT_TYPES

if TYPE_CHECKING:
    from hearth.bundles.level import Level
    from hearth.mesh.node import Node

FOLDER: Final = "hearth"
SUFFIX: Final = ".hearth"
MANY: Final = 16
MAX_FILES: Final = 4096
_NAME: Final = re.compile(r"[0-9a-f]{16}\.hearth")
_PART: Final = re.compile(r"\.[0-9a-f]{16}\.part")
_CHUNK: Final = 1 << 20


class UnreadableError(DiskError):
    """What was written does not read back from the medium as it was written."""

    code = "written-badly"


class Found(NamedTuple):
    """A bundle in a folder, as its front says. `taken` and `level` are None where it could not be
    looked into; `why` says for what reason."""

    path: Path
    taken: Taken | None
    level: Level | None
    why: HearthError | None = None


def place(path: Path) -> Path:
    """Where the bundles of a folder are: in its subfolder, unless it is that itself."""
    return path if path.name == FOLDER else path / FOLDER


def files(path: Path) -> list[Path]:
    """The bundles in a folder, by name; nothing that is not a plain file. At most `MAX_FILES`."""
    found = []
    with suppress(FileNotFoundError), os.scandir(place(path)) as entries:
        for entry in entries:
            if _NAME.fullmatch(entry.name) and entry.is_file(follow_symlinks=False):
                found.append(Path(entry.path))
    return sorted(found)[:MAX_FILES]


def source(disk: Disk, path: Path) -> Callable[[], Iterator[bytes]]:
    """The bytes of a file, as often as they are asked for; symbolic links are refused."""

    def read() -> Iterator[bytes]:
        with disk.open(path) as file:
            at = 0
            while data := file.read(at, _CHUNK):
                at += len(data)
                yield data

    return read


def look(node: Node, disk: Disk, path: Path) -> Found:
    """A bundle's header and front; cheap, whatever is in it."""
    try:
        taken, records = taking.look(node, source(disk, path))
        for type, body in records:
            if type not in FRONT_TYPES:
                break
            taken.front.append((type, body))
        return Found(path, taken, levels.read(taken.header, taken.front))
    except (NotForUsError, CorruptError, NewerFormatError, DiskError, FileNotFoundError) as error:
        why = error if isinstance(error, HearthError) else DiskError(f'"{path}" is gone')
        return Found(path, None, None, why)


def own(node: Node, found: Iterable[Found], community: bytes) -> list[Found]:
    """Those of this device's own, for a community."""
    me = node.home.identity.device
    return [
        each
        for each in found
        if each.taken is not None
        and each.taken.header.device == me
        and each.taken.community == community
    ]


def write(disk: Disk, folder: Path, pieces: Iterator[bytes]) -> tuple[Path, int]:
    """Write a bundle into a folder; its path and size.

    When it returns, the file is there, durable, and was read back. Whatever goes wrong, nothing of
    that name is there. Raises DiskError, NoSpaceError, UnreadableError.
    """
    target = place(folder)
    if not target.is_dir():
        with suppress(FileExistsError):
            disk.mkdir(target, mode=0o755)
    stem = os.urandom(8).hex()
    part, path = target / f".{stem}.part", target / f"{stem}{SUFFIX}"
    try:
        size, digest = _write(disk, part, pieces)
        _check(disk, part, size, digest)
        disk.replace(part, path)
    except BaseException:
        with suppress(OSError, HearthError):
            disk.unlink(part, missing_ok=True)
        raise
    disk.sync_dir(target)
    return path, size


def write_file(disk: Disk, path: Path, pieces: Iterator[bytes]) -> int:
    """Write a bundle to a path, replacing what was there only once it is whole; its size."""
    part = path.with_name(f".{path.name}.{os.urandom(4).hex()}.part")
    try:
        size, digest = _write(disk, part, pieces)
        _check(disk, part, size, digest)
        disk.replace(part, path)
    except BaseException:
        with suppress(OSError, HearthError):
            disk.unlink(part, missing_ok=True)
        raise
    disk.sync_dir(path.parent)
    return size


def _write(disk: Disk, path: Path, pieces: Iterator[bytes]) -> tuple[int, bytes]:
    from blake3 import blake3

    hasher, at = blake3(), 0
    with disk.open(path, write=True, exclusive=True, mode=0o644) as file:
        waiting = bytearray()
        for piece in pieces:
            waiting += piece
            hasher.update(piece)
            if len(waiting) >= _CHUNK:
                file.write(at, waiting)
                at += len(waiting)
                waiting.clear()
        file.write(at, waiting)
        at += len(waiting)
        file.sync()
    return at, hasher.digest()


def _check(disk: Disk, path: Path, size: int, digest: bytes) -> None:
    """Read it again, from the medium where the system can be told to forget its copy."""
    from blake3 import blake3

    hasher, length = blake3(), 0
    _forget(path)
    for data in source(disk, path)():
        hasher.update(data)
        length += len(data)
    if (length, hasher.digest()) != (size, digest):
        raise UnreadableError(
            f'"{path.parent}" does not give back what was written to it',
            "do not trust this medium; try another one",
        )


def _forget(path: Path) -> None:
    if hasattr(os, "posix_fadvise"):
        with suppress(OSError):
            fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
            finally:
                os.close(fd)


def remove(disk: Disk, paths: Iterable[Path]) -> None:
    """Remove bundles of ours from a folder."""
    gone = False
    for path in paths:
        disk.unlink(path, missing_ok=True)
        gone = True
    if gone:
        disk.sync_dir(path.parent)


def sweep(disk: Disk, folder: Path) -> None:
    """Remove what an interrupted writer has left."""
    with suppress(FileNotFoundError), os.scandir(place(folder)) as entries:
        left = [Path(each.path) for each in entries if _PART.fullmatch(each.name)]
        for path in left:
            disk.unlink(path, missing_ok=True)
