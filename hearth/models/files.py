"""A model's files on the disk, made from its objects on demand, for what wants to map them.

They lie in `models/` in the hearth, named by the BLAKE3 of their bytes, and may be deleted at any
time. A file is compared with its name before it is used: small ones each time, large ones when
size, times or inode have changed since the last time (kept beside it, in a file of its own).
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from blake3 import blake3

from hearth.models.errors import DamagedModelError, ModelError, not_all_here
from hearth.models.records import GGUF, ONNX, ModelFile, ModelRecord
from hearth.store.disk import DiskError
from hearth.store.errors import CorruptError, NotFoundError

if TYPE_CHECKING:
    from hearth.home import Home
    from hearth.models.shelf import Model

FOLDER: Final = "models"
SMALL: Final = 256 << 20
"""Bytes of a file that is hashed whenever it is used."""
_DAY: Final = 86400


def path(home: Home, model: Model, role: str) -> Path:
    """The file of a role, on the disk and verified; made from the objects if it is not there.

    Raises `ModelError` for a role it has not or a model that is not complete here,
    `DamagedModelError`, and what the disk raises.
    """
    file = _file(model, role)
    place = _place(home, model, file)
    if not _is_whole(home, place, file):
        _make(home, model, file, place)
    return place


def path_or_bytes(home: Home, model: Model, role: str) -> Path | bytes:
    """As `path`; the bytes themselves where nothing can be written (a hearth on a read-only
    medium). Only for what is small."""
    try:
        return path(home, model, role)
    except DiskError:
        return read(home, model, role)


def read(home: Home, model: Model, role: str) -> bytes:
    """The bytes of a small file, verified. Raises as `path`."""
    file = _file(model, role)
    data = b"".join(_pieces(home, model, file))
    _check(model, file, blake3(data).digest())
    return data


def verify(home: Home, model: Model, role: str, tell: Callable[[int], None]) -> None:
    """Read a file's objects to their end; a copy on the disk that differs is deleted.

    `tell` is told of bytes as they are read. Raises as `path`.
    """
    file = _file(model, role)
    whole = blake3()
    for piece in _pieces(home, model, file):
        whole.update(piece)
        tell(len(piece))
    _check(model, file, whole.digest())
    place = _place(home, model, file)
    if place.exists() and not _is_whole(home, place, file, look=True):
        home.disk.unlink(place, missing_ok=True)


def unpacked(home: Home, model: Model) -> int:
    """Bytes that the model takes a second time, as files on the disk beside its objects."""
    total = 0
    for file in model.record.files:
        for each in (_place(home, model, file), _note(_place(home, model, file))):
            with suppress(OSError):
                total += each.lstat().st_size
    return total


def drop(home: Home, model: Model) -> None:
    """Delete what was made on the disk for a model."""
    for file in model.record.files:
        place = _place(home, model, file)
        for each in (place, _note(place)):
            home.disk.unlink(each, missing_ok=True)


def sweep(home: Home, kept: Iterable[ModelRecord], now: int) -> int:
    """Delete what no model that is kept needs, and what a process that was killed left; how many.

    Nothing that was touched within a day: somebody may be at it.
    """
    hashes = {file.hash.hex() for record in kept for file in record.files}
    gone = 0
    for folder, _, names in os.walk(home.path / FOLDER):
        for name in names:
            place = Path(folder, name)
            if name.partition(".")[0] in hashes:
                continue
            with suppress(FileNotFoundError):
                if place.lstat().st_mtime < now - _DAY:
                    home.disk.unlink(place, missing_ok=True)
                    gone += 1
    return gone


def _file(model: Model, role: str) -> ModelFile:
    for file in model.record.files:
        if file.role == role:
            return file
    raise ModelError(f'the model "{model.name}" has no {role}')


def _place(home: Home, model: Model, file: ModelFile) -> Path:
    ending = {ONNX: ".onnx", GGUF: ".gguf"}[model.format] if file.role == "model" else ""
    return home.path / FOLDER / (file.hash.hex() + ending)


def _note(place: Path) -> Path:
    return place.with_name(place.name + ".seen")


def _is_whole(home: Home, place: Path, file: ModelFile, *, look: bool = False) -> bool:
    """Whether the file is there and is what it should be; what is not is made anew. `look`: at the
    bytes of a large one, too."""
    try:
        status = place.stat(follow_symlinks=False)
    except OSError:
        return False
    if status.st_size != file.size:
        return False
    stamp = [status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino]
    if file.size > SMALL and not look and _seen(place) == stamp:
        return True
    hasher = blake3()
    hasher.update_mmap(place)
    if hasher.digest() != file.hash:
        return False
    if file.size > SMALL:
        with suppress(DiskError):
            home.disk.write_atomic(_note(place), json.dumps(stamp).encode())
    return True


def _seen(place: Path) -> list[int] | None:
    try:
        found = json.loads(_note(place).read_bytes())
    except (OSError, ValueError):
        return None
    return found if isinstance(found, list) else None


def _pieces(home: Home, model: Model, file: ModelFile) -> Iterator[bytes]:
    try:
        yield from home.store.open_file(file.object)
    except NotFoundError:
        raise not_all_here(model.name) from None
    except CorruptError as error:
        raise DamagedModelError(
            f'the model "{model.name}" is damaged: {error.message}', *error.hints
        ) from None


def _check(model: Model, file: ModelFile, found: bytes) -> None:
    if found != file.hash:
        raise DamagedModelError(
            f'the {file.role} of the model "{model.name}" is not what was added',
            "hearth model remove and add it again, or get it from somebody else",
        )


def _make(home: Home, model: Model, file: ModelFile, place: Path) -> None:
    """Write the file from its objects; under its name it is whole."""
    with suppress(FileExistsError):
        home.disk.mkdir(place.parent)
    temporary = place.with_name(f".{place.name}.{os.urandom(6).hex()}.tmp")
    whole, at = blake3(), 0
    try:
        with home.disk.open(temporary, write=True, exclusive=True) as target:
            for piece in _pieces(home, model, file):
                whole.update(piece)
                target.write(at, piece)
                at += len(piece)
            _check(model, file, whole.digest())
            target.sync()
        home.disk.replace(temporary, place)
    except BaseException:
        with suppress(OSError, DiskError):
            home.disk.unlink(temporary, missing_ok=True)
        raise
    home.disk.sync_dir(place.parent)
