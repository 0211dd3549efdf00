"""Packs: append-only files of self-delimiting records.

    pack    offset  bytes  content (integers big-endian)
                 0      8  89 48 50 4B 0D 0A 1A 0A      ("\\x89HPK", CR LF SUB LF)
                 8      4  version of the format, 1
                12     16  pack id, random; the file is called <pack id in hex>.hpk
                28      4  first 4 bytes of BLAKE3 over bytes 0 to 27
                32      -  records, one directly after the other

    record       0      4  95 48 52 01                  ("\\x95HR", 1)
                 4      1  type: 1 object, 2 event segment, 3 event payload
                 5      1  flags: bit 0 = compressed by zstd; all others 0
                 6      2  0
                 8      4  length of the plain bytes, at most 4 MiB
                12      4  length of the stored bytes, at most 4 MiB
                16     32  id: BLAKE3 of the plain bytes
                48      8  check: first 8 bytes of BLAKE3 over pack id, offset of the record
                           in the file (8 bytes) and bytes 0 to 47 of the record
                56      -  the stored bytes

A pack is written from front to back and never changed, but for one thing: the stored bytes of
an erased payload are overwritten by zeros where they lie. Which records count is what the
database says; the packs alone are enough to find every record again. That is what the check is
for: a scan that has met damage searches for the next magic, and because the check covers the
pack and the offset, bytes inside somebody's file never pass for a record.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import suppress
from enum import IntEnum
from pathlib import Path
from typing import Final, NamedTuple

from blake3 import blake3

from hearth.store import ids
from hearth.store.compress import decompress
from hearth.store.disk import Disk, DiskError, File
from hearth.store.errors import CorruptError, NewerFormatError
from hearth.store.manifest import MAX_OBJECT
from hearth.store.streaming import Stream

VERSION: Final = 1
FULL: Final = 256 << 20
"""Bytes at which a pack is closed and another one begun."""
SUFFIX: Final = ".hpk"
_MAGIC: Final = b"\x89HPK\r\n\x1a\n"
_HEAD: Final = struct.Struct(">8sI16s4s")
HEAD: Final = _HEAD.size
_RECORD_MAGIC: Final = b"\x95HR\x01"
_RECORD: Final = struct.Struct(">4sBBHII32s")
_PLACE: Final = struct.Struct(">16sQ")
_CHECK: Final = 8
RECORD_HEAD: Final = _RECORD.size + _CHECK
_BUFFER: Final = 1 << 20
_PAGE: Final = 4096
_LARGE: Final = 1 << 18
"""Bytes of a record that is probably not read again soon, as a document is that will be indexed."""


class RecordType(IntEnum):
    """What the plain bytes of a record are."""

    OBJECT = 1
    SEGMENT = 2
    PAYLOAD = 3


class Record(NamedTuple):
    """A record as its header states it; `offset` is where its header begins in the pack."""

    type: int
    compressed: bool
    length: int
    stored: int
    id: bytes
    offset: int

    @property
    def end(self) -> int:
        """Where the next record begins."""
        return self.offset + RECORD_HEAD + self.stored


class Damage(NamedTuple):
    """A stretch of a pack in which no record can be read."""

    offset: int
    end: int
    record: Record | None
    """The record that is damaged there, if its header still says which."""
    unread: bool = False
    """Whether the disk did not give all of it: then it may do so another time."""


def path_of(folder: Path, pack: bytes) -> Path:
    return folder / (pack.hex() + SUFFIX)


def id_of(path: Path) -> bytes | None:
    """The pack id in a file's name, or None if it is not the name of a pack."""
    try:
        pack = bytes.fromhex(path.stem)
    except ValueError:
        return None
    return pack if len(pack) == 16 and path.suffix == SUFFIX else None


def encode_head(pack: bytes) -> bytes:
    head = _HEAD.pack(_MAGIC, VERSION, pack, b"")[:-4]
    return head + blake3(head).digest()[:4]


def check_head(file: File, pack: bytes) -> None:
    """Raises `CorruptError` or `NewerFormatError` if this is not the head of that pack, and
    `DiskError` if it cannot be read."""
    head = file.read(0, HEAD)
    if len(head) < HEAD or blake3(head[:-4]).digest()[:4] != head[-4:]:
        raise CorruptError(f'the head of pack "{file.path.name}" is damaged')
    magic, version, named, _ = _HEAD.unpack(head)
    if magic != _MAGIC or named != pack:
        raise CorruptError(f'"{file.path.name}" is not the pack its name says')
    if version > VERSION:
        raise NewerFormatError(
            f'pack "{file.path.name}" has format {version}, this program knows {VERSION}',
            "use a newer hearth",
        )


def encode_record(
    pack: bytes, offset: int, type: int, compressed: bool, length: int, id: bytes, stored: int
) -> bytes:
    head = _RECORD.pack(_RECORD_MAGIC, type, int(compressed), 0, length, stored, id)
    return head + blake3(_PLACE.pack(pack, offset) + head).digest(_CHECK)


def decode_record(pack: bytes, offset: int, head: bytes) -> Record | None:
    """The record whose header these bytes are, or None if they are not one at this place."""
    if len(head) < RECORD_HEAD or not head.startswith(_RECORD_MAGIC):
        return None
    plain = head[: _RECORD.size]
    if blake3(_PLACE.pack(pack, offset) + plain).digest(_CHECK) != head[_RECORD.size : RECORD_HEAD]:
        return None
    _, type, flags, zero, length, stored, id = _RECORD.unpack(plain)
    if flags > 1 or zero or length > MAX_OBJECT or stored > MAX_OBJECT:
        return None
    return Record(type, bool(flags & 1), length, stored, id, offset)


def open_bytes(record: Record, stored: bytes) -> bytes:
    """The plain bytes of a record, verified against its id. Raises `CorruptError`."""
    if len(stored) != record.stored:
        raise CorruptError("the record is cut short")
    data = decompress(stored, record.length) if record.compressed else stored
    if len(data) != record.length or ids.of(data) != record.id:
        raise CorruptError("the bytes are not what their hash says")
    return data


def read_record(file: File, record: Record) -> bytes:
    """The plain bytes of a record that lies where the index says it does.

    Raises `CorruptError`. The header is not read: the id proves the bytes.
    """
    return open_bytes(record, file.read(record.offset + RECORD_HEAD, record.stored))


def scan(
    file: File, pack: bytes, start: int = HEAD, end: int | None = None
) -> Iterator[tuple[Record, bytes] | Damage]:
    """Every record from `start` on, with its stored bytes, and every stretch of damage.

    The bytes are not verified: `open_bytes` does. Reads the file once, from front to back; what the
    disk does not give is damage, and said to be unread.
    """
    end = file.size() if end is None else min(end, file.size())
    given, offset = _Given(file), start
    while offset < end:
        given.all = True
        record = decode_record(pack, offset, given(offset, RECORD_HEAD))
        if record is not None and record.end <= end:
            stored = given(offset + RECORD_HEAD, record.stored)
            lost = len(stored) != record.stored
            yield Damage(offset, record.end, record, not given.all) if lost else (record, stored)
            offset = record.end
            continue
        begin, offset = offset, _next_record(given, pack, offset + 1, end)
        yield Damage(begin, offset, record, not given.all)


class _Given:
    """What the disk gives of these bytes, asked twice: nothing, if it cannot read one of them."""

    __slots__ = ("_file", "all")

    def __init__(self, file: File) -> None:
        self._file = file
        self.all = True
        """Whether it has given everything since this was last set."""

    def __call__(self, offset: int, length: int) -> bytes:
        for _ in range(2):
            with suppress(DiskError):
                return self._file.read(offset, length)
        self.all = False
        return b""


def _next_record(given: _Given, pack: bytes, start: int, end: int) -> int:
    """Where the next record begins at or after `start`; `end` if nowhere."""
    while start < end:
        window = given(start, min(_BUFFER, end - start))
        if not window:  # what can be read before a bad page, or after it
            window = given(start, min(_PAGE - start % _PAGE, end - start))
        at = window.find(_RECORD_MAGIC)
        while at >= 0:
            head = given(start + at, RECORD_HEAD)
            if decode_record(pack, start + at, head) is not None:
                return start + at
            at = window.find(_RECORD_MAGIC, at + 1)
        if not window:
            start += _PAGE - start % _PAGE
        elif start + len(window) < end:
            start += max(1, len(window) - len(_RECORD_MAGIC) + 1)
        else:
            break
    return end


class Writer:
    """Appends to one pack that this process holds the kernel lock of.

    What is appended may be read back after `flush` and is durable after `sync`. It counts
    only once the database has committed it.
    """

    def __init__(self, file: File, pack: bytes, end: int) -> None:
        self.file = file
        self.pack = pack
        self.committed = end
        self._stream = Stream(file, end, _LARGE)

    @classmethod
    def create(cls, disk: Disk, folder: Path, pack: bytes) -> Writer | None:
        """Begin a pack. Its name is durable when this returns.

        None if somebody who was clearing away took it for an abandoned one before it was locked.
        """
        file = disk.open(path_of(folder, pack), write=True, exclusive=True)
        try:
            if not file.lock(exclusive=True) or not file.stat().st_nlink:
                file.close()
                return None
            file.write(0, encode_head(pack))
            disk.sync_dir(folder)
        except BaseException:
            file.close()
            raise
        return cls(file, pack, HEAD)

    def append(
        self, type: int, id: bytes, compressed: bool, length: int, stored: bytes | memoryview
    ) -> Record:
        offset = self.end
        head = encode_record(self.pack, offset, type, compressed, length, id, len(stored))
        self._stream.write(head)
        self._stream.write(stored)
        return Record(type, compressed, length, len(stored), id, offset)

    @property
    def end(self) -> int:
        """Where the next record begins."""
        return self._stream.end

    def flush(self) -> None:
        self._stream.flush()

    def sync(self) -> None:
        self._stream.sync()

    def cut_back(self) -> None:
        """Give the room of what is not committed back. Only while no transaction has named it."""
        self._stream.stop()
        self.file.truncate(self.committed)
        self._stream.go_back(self.committed)

    def close(self) -> None:
        """Let the pack go. What was not committed stays behind as a tail."""
        self._stream.stop()
        self.file.close()
