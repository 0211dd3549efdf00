"""Reading one file to be added: opened once, bounded, and the same before and after.

A file is opened without following a last link and without waiting (a FIFO put in its place
between looking and opening cannot hold anybody up), and everything that is learnt of it, its hash,
its text and the stored bytes, comes from that one descriptor. Size and times are compared
before and after; a file that changed meanwhile is read once more, then given up.
"""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from blake3 import blake3

from hearth.documents.errors import DocumentError, TooLargeError, UnsupportedError
from hearth.documents.extraction import Extracted, extract
from hearth.documents.media import MIB, Media, media_of_bytes

_PIECE = 1 << 20
_SNIFF = 4096


class ChangedError(DocumentError, code="document-changed"):
    """A file changed while it was being read, twice."""


class EmptyError(DocumentError, code="document-empty"):
    """A file of no bytes."""


class NoFileError(DocumentError, code="no-file"):
    """What lies there is no plain file (any more)."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What the file system says of a file; equal stamps of an old file mean equal bytes."""

    size: int
    mtime: int
    ctime: int
    inode: int
    device: int

    @classmethod
    def of(cls, found: os.stat_result) -> Stamp:
        """Make one from a stat; times in nanoseconds."""
        return cls(found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino, found.st_dev)

    def settled(self, now: int) -> bool:
        """True if the file was last changed well before `now` (unix seconds).

        A file written in the same instant as it is read could change again without its times
        showing it, so such a stamp is not to be trusted later.
        """
        return max(self.mtime, self.ctime) < (now - 2) * 1_000_000_000


@dataclass(frozen=True, slots=True)
class Read:
    """A file read and understood. `file` gives its bytes again, `hash` is their BLAKE3."""

    media: Media
    stamp: Stamp
    hash: bytes
    extracted: Extracted
    file: BinaryIO


class Reader:
    """Reads one file; a context manager that holds its descriptor."""

    def __init__(self, place: bytes, media: Media | None, name: str) -> None:
        self.place = place
        self.named = media
        self.name = name
        self._file: BinaryIO | None = None

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *exception: object) -> None:
        self._close()

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def read(self, known: Callable[[bytes], bool]) -> Read | tuple[Stamp, bytes]:
        """Read the file; only (stamp, hash) when `known` says of the hash that all is done.

        Raises a `DocumentError`, or OSError when the disk does.
        """
        for attempt in (1, 2):
            try:
                return self._read(known)
            except _Moved:
                self._close()
                if attempt == 2:
                    raise ChangedError("changes while it is being read") from None
        raise AssertionError("unreachable")

    def open(self) -> BinaryIO:
        """Open the file itself; closed with the reader."""
        self._file = self._open()
        return self._file

    def _read(self, known: Callable[[bytes], bool]) -> Read | tuple[Stamp, bytes]:
        file = self.open()
        before = os.fstat(file.fileno())
        stamp = Stamp.of(before)
        if stamp.size == 0:
            raise EmptyError("empty")
        media = self._media(file)
        if stamp.size > media.limit:
            raise TooLargeError(f"larger than {media.limit // MIB} MiB")
        if media.is_text:
            return self._read_text(file, media, stamp, known)
        hash = self._hash(file, stamp)
        if known(hash):
            return stamp, hash
        file.seek(0)
        extracted = self._settle(lambda: extract(file, media, self.name), stamp)
        return Read(media, stamp, hash, extracted, file)

    def _read_text(
        self, file: BinaryIO, media: Media, stamp: Stamp, known: Callable[[bytes], bool]
    ) -> Read | tuple[Stamp, bytes]:
        data = file.read(stamp.size + 1)
        self._unchanged(stamp)
        if len(data) != stamp.size:
            raise _Moved
        hash = blake3(data).digest()
        if known(hash):
            return stamp, hash
        extracted = extract(data, media, self.name)
        return Read(media, stamp, hash, extracted, io.BytesIO(data))

    def _open(self) -> BinaryIO:
        flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW
        descriptor = os.open(self.place, flags)
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise NoFileError("no plain file")
            return os.fdopen(descriptor, "rb", buffering=0)
        except BaseException:
            os.close(descriptor)
            raise

    def _media(self, file: BinaryIO) -> Media:
        if self.named is not None:
            return self.named
        found = media_of_bytes(file.read(_SNIFF) or b"")
        file.seek(0)
        if found is Media.ZIM:
            raise UnsupportedError("a ZIM file under another name", "name it FILE.zim")
        if found is None:
            raise UnsupportedError(
                "of a kind that is not read", "Markdown, text, HTML, PDF, EPUB and ZIM are"
            )
        return found

    def _hash(self, file: BinaryIO, stamp: Stamp) -> bytes:
        whole = blake3()
        left = stamp.size
        while left > 0 and (piece := file.read(min(_PIECE, left))):
            whole.update(piece)
            left -= len(piece)
        self._unchanged(stamp)
        if left:
            raise _Moved
        return whole.digest()

    def _settle(self, parse: Callable[[], Extracted], stamp: Stamp) -> Extracted:
        """Parse; what a parser says of a file that changed meanwhile is not worth telling."""
        try:
            return parse()
        except DocumentError:
            self._unchanged(stamp)
            raise

    def _unchanged(self, stamp: Stamp) -> None:
        if self._file is None or Stamp.of(os.fstat(self._file.fileno())) != stamp:
            raise _Moved


class HashingFile:
    """Passes a file's bytes on and hashes them: proves that what is stored is what was read."""

    def __init__(self, file: BinaryIO) -> None:
        file.seek(0)
        self._file = file
        self._whole = blake3()

    def read(self, length: int, /) -> bytes:
        """Read up to `length` bytes."""
        data = self._file.read(length)
        self._whole.update(data)
        return data

    def digest(self) -> bytes:
        """Return the hash of all that was read."""
        return self._whole.digest()


class _Moved(Exception):
    """The file changed under us."""
