"""Bundles in a folder, as on a stick: everybody's side by side, each hearth's own kept level.

    DIR/hearth/<16 hex digits>.hearth       one bundle each; the name says nothing
    DIR/hearth/.<16 hex digits>.part        one that is being written

What a folder holds of ours is found by reading the fronts of the bundles in it, not remembered: a
stick may have been copied, emptied, or written elsewhere. A new bundle of ours leaves out what our
others there bring. Ours are removed when all they are for have stated that they have what is in
them; when one is damaged, as soon as what was in it is there anew; and when there are `MANY` of a
community, one bundle with everything takes their place. So are those of a device of this person's
that was retired.

A bundle is written beside, synced, renamed, and read back from the medium before anybody says that
it is there.
"""

from __future__ import annotations

import os
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from hearth.bundles import front as fronts, opening, reading_back
from hearth.bundles.opening import NotForUsError, Taken
from hearth.store import unfinished
from hearth.store.disk import Disk, DiskError, File
from hearth.store.errors import CorruptError, HearthError, NewerFormatError
from hearth.store.streaming import Stream
from hearth.sync.bundle import FRONT_TYPES, BundleError, Type
from hearth.sync.packing import PeerError
from hearth.sync.parcel_errors import ParcelTooLargeError

if TYPE_CHECKING:
    from hearth.bundles.level import Level
    from hearth.mesh.node import Node

FOLDER: Final = "hearth"
SUFFIX: Final = ".hearth"
MANY: Final = 16
MAX_FILES: Final = 4096
MAX_CHECKED: Final = 64 << 20
"""Bytes of a bundle of ours that are read again, to see whether it is still whole."""
_NAME: Final = re.compile(r"[0-9a-f]{16}\.hearth")
_PART: Final = re.compile(r"\.[0-9a-f]{16}\.part")
_CHUNK: Final = 1 << 20


class UnreadableError(DiskError, code="written-badly"):
    """What was written does not read back from the medium as it was written."""


class GoneError(DiskError, code="medium-gone"):
    """Where a folder was there is none, or another one: the medium was taken out."""


class Found(NamedTuple):
    """A bundle in a folder, as its front says. `taken` and `level` are None where it could not be
    looked into; `why` says for what reason. `lists`: whether it lists objects."""

    path: Path
    taken: Taken | None
    level: Level | None
    why: HearthError | None = None
    lists: bool = False


def which(folder: Path) -> tuple[int, int]:
    """Which folder this is, whatever is mounted there later. Raises GoneError."""
    try:
        found = folder.stat()
    except OSError as error:
        why = os.strerror(error.errno or 0).lower()
        raise GoneError(f'"{folder}" cannot be reached any more: {why}') from error
    return found.st_dev, found.st_ino


def still(folder: Path, before: tuple[int, int]) -> None:
    """Raise GoneError if this is not the folder that it was before."""
    if which(folder) != before:
        raise GoneError(
            f'"{folder}" is not the folder any more that it was: it was unmounted meanwhile',
            "mount it again, then run it again: nothing was lost",
        )


def place(path: Path) -> Path:
    """Where the bundles of a folder are: in its subfolder, unless it is that itself."""
    return path if path.name == FOLDER else path / FOLDER


def _entries(path: Path) -> list[os.DirEntry[str]]:
    """What is in the place for bundles; nothing if there is none, or a link instead.

    Raises DiskError."""
    where = place(path)
    if where != path and where.is_symlink():
        return []
    try:
        with os.scandir(where) as entries:
            return list(entries)
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        why = os.strerror(error.errno or 0).lower()
        raise DiskError(f'cannot look into "{where}": {why}') from error


def files(path: Path) -> list[Path]:
    """The bundles in a folder, by name; nothing that is not a plain file. At most `MAX_FILES`.

    Raises DiskError."""
    found = []
    for entry in _entries(path):
        with suppress(OSError):
            if _NAME.fullmatch(entry.name) and entry.is_file(follow_symlinks=False):
                found.append(Path(entry.path))
    return sorted(found)[:MAX_FILES]


def source(disk: Disk, path: Path) -> Callable[[], Iterator[bytes]]:
    """The bytes of a file, as often as they are asked for; symbolic links are refused.

    Raises DiskError, if it is not there, too."""

    def read() -> Iterator[bytes]:
        try:
            file = disk.open(path)
        except FileNotFoundError:
            raise DiskError(f'"{path}" is not there') from None
        with file:
            at = 0
            while data := file.read(at, _CHUNK):
                at += len(data)
                yield data

    return read


def look(
    node: Node | None,
    disk: Disk,
    path: Path,
    listed: Callable[[Taken], bool] = lambda taken: False,
) -> Found:
    """A bundle's header and front; cheap, whatever is in it. Which objects it lists stands in its
    level only if `listed` says so: there may be millions."""
    try:
        taken, records = opening.look(node, source(disk, path))
        if not taken.community:  # open, for whoever asks for it: anybody can make any number
            return Found(path, taken, None)
        front, lists, wanted = [], False, listed(taken)
        for type, body in records:
            if type not in FRONT_TYPES:
                break
            lists = lists or type is Type.LIST
            if wanted or type is not Type.LIST:
                front.append((type, body))
            else:
                deque(fronts.listed_objects(body), maxlen=0)  # for what is none
        return Found(path, taken, fronts.read(taken.header, front), lists=lists)
    except PeerError as error:
        return Found(path, None, None, BundleError(f"a bundle with a bad front: {error.message}"))
    except (NotForUsError, CorruptError, NewerFormatError, ParcelTooLargeError, DiskError) as error:
        return Found(path, None, None, error)


def is_whole(node: Node, disk: Disk, found: Found) -> bool:
    """Whether a bundle of ours is what it was, to its end; a long one is believed to be."""
    try:
        with disk.open(found.path) as file:
            if file.size() > MAX_CHECKED:
                return True
        taken, records = opening.look(node, source(disk, found.path))
        for _ in records:
            pass
    except (HearthError, FileNotFoundError):
        return False
    return taken.whole


def of(found: Iterable[Found], community: bytes) -> list[Found]:
    """Those for a community."""
    return [each for each in found if each.taken and each.taken.community == community]


def is_own(node: Node, found: Found) -> bool:
    """Whether a bundle is one of this device's own."""
    return found.taken is not None and found.taken.header.device == node.home.identity.device


def is_retired(node: Node, found: Found) -> bool:
    """Whether a bundle is one of a device of this person's that speaks no more: nobody takes it."""
    if found.taken is None:
        return False
    community, device = found.taken.community, found.taken.header.device
    membership = node.commons.membership(community)
    ours = node.home.identity.person in membership.persons_of(device)
    return ours and membership.person_of(device) is None


def write(disk: Disk, folder: Path, pieces: Iterator[bytes], least: int = 0) -> tuple[Path, int]:
    """Write a bundle into a folder; its path and size.

    When it returns, the file is there, durable, and was read back. Whatever goes wrong, nothing of
    that name is there but all of it; where a file of `least` bytes has no place nothing is begun.
    Raises DiskError, NoSpaceError, UnreadableError.
    """
    target = made(disk, folder)
    stem = os.urandom(8).hex()
    path = target / f"{stem}{SUFFIX}"
    return path, _whole(disk, target / f".{stem}.part", path, pieces, least)


def made(disk: Disk, folder: Path) -> Path:
    """The place for bundles in a folder, made if it is not there. Raises DiskError."""
    target = place(folder)
    if target != folder and target.is_symlink():
        raise DiskError(f'"{target}" is a symbolic link, which is refused here')
    if not target.is_dir():
        try:
            disk.mkdir(target, mode=0o755)
        except FileExistsError:
            if not target.is_dir():
                raise DiskError(f'"{target}" is there, and no folder') from None
        except FileNotFoundError:
            raise DiskError(f'there is no folder "{folder}"') from None
    return target


def write_file(disk: Disk, path: Path, pieces: Iterator[bytes], least: int = 0) -> int:
    """Write a bundle to a path, replacing what was there only once it is whole; its size.

    Where a file of `least` bytes has no place nothing is begun. Raises as `write`."""
    unfinished.sweep(disk, path)
    return _whole(disk, unfinished.beside(path), path, pieces, least)


def _whole(disk: Disk, part: Path, path: Path, pieces: Iterator[bytes], least: int) -> int:
    try:
        with disk.open(part, write=True, exclusive=True, mode=0o644) as file:
            file.mark()
            file.expect(least)
            size, digest = _write(file, pieces)
            _check(disk, part, size, digest)
            disk.replace(part, path)
    except BaseException as error:
        with suppress(OSError, HearthError):
            disk.unlink(part, missing_ok=True)
        if isinstance(error, FileNotFoundError):
            raise DiskError(f'"{path.parent}" is gone') from None
        raise
    disk.sync_dir(path.parent)
    return size


def _write(file: File, pieces: Iterator[bytes]) -> tuple[int, bytes]:
    from blake3 import blake3

    hasher, stream = blake3(), Stream(file)
    try:
        for data in pieces:
            hasher.update(data)
            stream.write(data)
        stream.sync()
    finally:
        stream.stop()
    return stream.end, hasher.digest()


def _check(disk: Disk, path: Path, size: int, digest: bytes) -> None:
    """Read it again, from the medium as far as that is possible."""
    if reading_back.digest(disk, path) != (size, digest):
        raise UnreadableError(
            f'"{path.parent}" does not give back what was written to it',
            "do not trust this medium; try another one",
        )


def remove(disk: Disk, paths: Iterable[Path]) -> None:
    """Remove bundles of ours from a folder."""
    gone = False
    for path in paths:
        disk.unlink(path, missing_ok=True)
        gone = True
    if gone:
        disk.sync_dir(path.parent)


def sweep(disk: Disk, folder: Path) -> None:
    """Remove what an interrupted writer has left; not what somebody is writing.

    Raises DiskError."""
    for entry in _entries(folder):
        if not _PART.fullmatch(entry.name):
            continue
        with suppress(FileNotFoundError), disk.open(Path(entry.path)) as file:
            if file.lock(exclusive=True):
                disk.unlink(Path(entry.path), missing_ok=True)
