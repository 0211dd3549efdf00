"""Writing a kit's folder: whole, or not at all.

Everything is written into a folder beside the one that is wanted (or inside, where that is there
already and empty, as a stick's own folder is), each file hashed on its way and synced. The manifest
comes last; only then is the folder given its name. Whatever goes wrong before, nothing is left.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from blake3 import blake3

from hearth.kit import manifest
from hearth.kit.manifest import Manifest
from hearth.kit.naming import is_of_system
from hearth.store import unfinished
from hearth.store.disk import Disk
from hearth.store.errors import HearthError

_WAITING: Final = 1 << 20


class TakenFolderError(HearthError, code="folder-exists"):
    """There is something where the kit is to be made (exit 1)."""


class Making:
    """A kit that is being made. `files`: what was put into it so far, as the manifest wants it."""

    def __init__(self, disk: Disk, folder: Path) -> None:
        self._disk = disk
        self.folder = folder
        self.files: dict[str, tuple[int, str]] = {}

    def put(self, path: str, content: bytes | Iterable[bytes]) -> None:
        """Write a file. Raises DiskError, NoSpaceError, and what the content raises."""
        place = self.folder / path
        self._folders(place.parent)
        hasher, at = blake3(), 0
        waiting = bytearray()
        with self._disk.open(place, write=True, exclusive=True, mode=0o644) as file:
            for piece in [content] if isinstance(content, bytes) else content:
                hasher.update(piece)
                waiting += piece
                if len(waiting) >= _WAITING:
                    file.write(at, waiting)
                    at += len(waiting)
                    waiting.clear()
            file.write(at, waiting)
            at += len(waiting)
            file.sync()
        self.files[path] = (at, hasher.hexdigest())

    def note(self, path: str) -> None:
        """Take a file in that somebody else (pip) has written there."""
        place = self.folder / path
        self.files[path] = manifest.measure(place)
        with self._disk.open(place, write=True) as file:
            file.sync()

    def room(self, name: str) -> Path:
        """A folder in the kit, made if need be."""
        place = self.folder / name
        self._folders(place)
        return place

    def _folders(self, place: Path) -> None:
        if place.is_dir():
            return
        self._folders(place.parent)
        with suppress(FileExistsError):
            self._disk.mkdir(place, mode=0o755)


@contextmanager
def making(disk: Disk, folder: Path) -> Iterator[Making]:
    """Make a kit in `folder`, which must not exist, or be empty but for what systems put there;
    `finish` inside, or it is lost.

    Raises TakenFolderError, DiskError, NoSpaceError.
    """
    inside = folder.is_dir() and not folder.is_symlink()
    target = folder / (folder.name or "kit") if inside else folder
    unfinished.sweep(disk, target)
    if inside and not all(is_of_system(each.name) for each in folder.iterdir()):
        raise TakenFolderError(
            f'"{folder}" is not empty', f"a folder in it: {folder / 'hearth-kit'}"
        )
    if not inside and (folder.exists() or folder.is_symlink()):
        raise TakenFolderError(f'"{folder}" is there already, and no folder')
    stage = unfinished.beside(target)
    done: list[Path] = []
    try:
        disk.mkdir(stage, mode=0o755)
        with disk.open(stage) as held:
            held.mark()
            yield Making(disk, stage)
            if inside:
                for each in sorted(stage.iterdir(), key=lambda path: path.name == manifest.FILE):
                    done.append(folder / each.name)
                    disk.replace(each, folder / each.name)
                disk.rmdir(stage)
            else:
                done.append(folder)
                disk.replace(stage, folder)
        disk.sync_dir(folder if inside else folder.parent)
    except BaseException as error:
        for each in (stage, *done):
            _remove(each)
        if isinstance(error, FileNotFoundError) and not folder.parent.is_dir():
            raise TakenFolderError(
                f'there is no folder "{folder.parent}" to make a kit in', "is the stick in?"
            ) from None
        raise


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):  # a stick that is out: what went wrong first is told
            path.unlink(missing_ok=True)


def finish(disk: Disk, made: Making, said: Manifest) -> str:
    """Write the manifest, the last file; the kit's number."""
    data = said.encode()
    with disk.open(made.folder / manifest.FILE, write=True, exclusive=True, mode=0o644) as file:
        file.write(0, data)
        file.sync()
    for path in sorted({made.folder, *(made.folder / name for name in _folders(made))}):
        disk.sync_dir(path)
    return manifest.number(data)


def _folders(made: Making) -> set[str]:
    return {str(Path(path).parent) for path in made.files}
