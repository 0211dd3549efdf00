"""Files sent along: into objects, and out of them into a folder of the person's own choice.

In a sealed conversation a file is sealed before it becomes an object, under a random key that only
the sealed message names; whoever carries it sees its padded length. In a channel it is plain, as
everybody there may read it. The name a sender gives is a hint and no more: `file_name` makes one
of it that stays in the folder, shows as what it is, and hides nothing.
"""

from __future__ import annotations

import mimetypes
import os
import stat
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from hearth.chat.errors import AttachmentMissingError, BadTextError
from hearth.chat.records import MAX_FILE_NAME
from hearth.chat.shapes import Attachment
from hearth.store import unfinished
from hearth.store.disk import DiskError, typed_errors
from hearth.store.errors import HearthError
from hearth.store.ids import short

if TYPE_CHECKING:
    from hearth.home import Home
    from hearth.store.batch import Batch

MAX_NAME: Final = 200
"""Bytes of a name that a file is given here."""
_MAX_SUFFIX: Final = 20
_TRIES: Final = 1000
_UNSAFE: Final = frozenset('<>:"|?*')
_RESERVED: Final = frozenset(
    ("con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10)))
)


# in


def put(batch: Batch, path: Path, *, sealed: bool) -> Attachment:
    """Stage a file; what a message says of it.

    Raises BadTextError for what is no file, or is being written to; DiskError, FileNotFoundError.
    """
    from hearth.audience import objects

    media = mimetypes.guess_type(path.name, strict=False)[0] or "application/octet-stream"
    with opened(path) as (file, size):
        counting = _Counting(file)
        try:
            if sealed:
                key = objects.new_key()
                id = batch.put_file(objects.Sealer(counting, size, key))
                return Attachment(hint(path), media, size, id, key)
            id = batch.put_file(counting)
        except ValueError as error:
            raise BadTextError(f'"{path}" changes while it is read: {error}') from error
        return Attachment(hint(path), media, counting.size, id, None)


@contextmanager
def opened(path: Path) -> Iterator[tuple[BinaryIO, int]]:
    """A file to be sent, and its size. Raises BadTextError for what is no file."""
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK  # never hang on a FIFO
    with typed_errors(path, "open"):
        fd = os.open(path, flags)
    found = os.fstat(fd)
    if not stat.S_ISREG(found.st_mode):
        os.close(fd)
        raise BadTextError(f'"{path}" is not a file')
    with os.fdopen(fd, "rb") as file, typed_errors(path, "read"):
        yield file, found.st_size


def hint(path: Path) -> str:
    """What a file is called where it is sent to: its name, at most so long."""
    name = os.fsencode(path.name).decode("utf-8", "replace") or "file"
    while len(name.encode()) > MAX_FILE_NAME:
        name = name[1:]  # its end says what it is
    return name


class _Counting:
    """A file that counts what was read of it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.size = 0

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes; fewer than `size` only at the end."""
        data = self._file.read(size)
        self.size += len(data)
        return data


# out


def pieces(home: Home, attachment: Attachment) -> Iterator[bytes]:
    """The bytes of a file, piece by piece as they are proved.

    Raises AttachmentMissingError; CorruptError where something is damaged, or not what it is said
    to be: then what came before is genuine, and not all of it.
    """
    from hearth.audience import objects

    if not home.store.has_file(attachment.object):
        raise AttachmentMissingError(
            f'"{attachment.name}" has not come here yet, or not all of it',
            f"hearth get {short(attachment.object)} asks for it at the next sync",
        )
    stored = home.store.open_file(attachment.object)
    if attachment.key is None:
        yield from stored
    else:
        yield from objects.unseal(_Joined(stored), attachment.size, attachment.key)


class _Joined:
    """Pieces, read as a file."""

    def __init__(self, parts: Iterable[bytes]) -> None:
        self._parts = iter(parts)
        self._left = b""

    def read(self, size: int, /) -> bytes:
        """The next bytes; fewer than `size` only at the end."""
        while len(self._left) < size:
            part = next(self._parts, None)
            if part is None:
                break
            self._left += part
        given, self._left = self._left[:size], self._left[size:]
        return given


def save(home: Home, attachment: Attachment, folder: Path) -> Path:
    """Write a file into a folder that exists, under a name that was free; where it lies.

    All of it or nothing. Raises as `pieces` does, and DiskError, NoSpaceError, FileNotFoundError.
    """
    disk, name = home.disk, file_name(attachment.name)
    unfinished.sweep(disk, folder / name)
    temporary = place = unfinished.beside(folder / name)
    try:
        with disk.open(temporary, write=True, exclusive=True, mode=0o644) as file:
            file.mark()
            at = 0
            for piece in pieces(home, attachment):
                file.write(at, piece)
                at += len(piece)
            file.sync()
        place = _reserved(home, folder, name)
        disk.replace(temporary, place)
    except BaseException:
        for each in (temporary, place):
            with suppress(OSError, HearthError):
                disk.unlink(each, missing_ok=True)
        raise
    disk.sync_dir(folder)
    return place


def _reserved(home: Home, folder: Path, name: str) -> Path:
    """A name that was free, with an empty file, so that nobody else takes it."""
    stem, dot, suffix = name.rpartition(".")
    if not dot or len(suffix) > _MAX_SUFFIX:
        stem, dot, suffix = name, "", ""
    for number in range(1, _TRIES):
        chosen = name if number == 1 else f"{stem} ({number}){dot}{suffix}"
        with suppress(FileExistsError):
            home.disk.open(folder / chosen, write=True, exclusive=True, mode=0o644).close()
            return folder / chosen
    raise DiskError(f'there are a thousand files called "{name}" in "{folder}"')


def file_name(hint: str) -> str:
    """A safe name for a file, from what its sender called it.

    One component, visible, not hidden, no device of any system, at most 200 bytes.
    """
    last = hint.replace("\\", "/").rstrip("/ .").rpartition("/")[2]
    kept = []
    for char in unicodedata.normalize("NFC", last):
        category = unicodedata.category(char)
        if category[0] == "C" or category in ("Zl", "Zp"):
            continue
        kept.append("_" if char in _UNSAFE else " " if category == "Zs" else char)
    name = "".join(kept).strip(" ").lstrip(".-~ ").rstrip(" .")
    if name.partition(".")[0].strip().lower() in _RESERVED:
        name = f"_{name}"
    return _cut(name) or "file"


def _cut(name: str) -> str:
    stem, dot, suffix = name.rpartition(".")
    if not dot or len(suffix.encode()) > _MAX_SUFFIX:
        stem, dot, suffix = name, "", ""
    room = MAX_NAME - len((dot + suffix).encode())
    return stem.encode()[:room].decode("utf-8", "ignore") + dot + suffix
