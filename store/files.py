"""A file of any size as objects: itself if it is small, else chunks behind a manifest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from blake3 import blake3

from hearth.store import chunking, manifest
from hearth.store.chunking import Readable
from hearth.store.ids import ObjectId
from hearth.store.manifest import Manifest

_FIRST: Final = 64 << 10


def put_file(file: Readable, put: Callable[[bytes], ObjectId]) -> ObjectId:
    """Read a file to its end once, `put` its objects, and return the id that stands for it.

    Up to 1 MiB it is one object; longer ones, and one that begins like a manifest, are cut
    behind a manifest, which is put last. Holds at most about 12 MiB of it in memory. With
    `ids.of` as `put` it only says which id the file would have. Raises `TooLargeError`.
    """
    head = chunking.read_fully(file, _FIRST)  # most files are small: no large buffer for them
    if len(head) == _FIRST:
        head += chunking.read_fully(file, chunking.WHOLE + 1 - _FIRST)
    if len(head) <= chunking.WHOLE and not head.startswith(manifest.MAGIC):
        return put(head)
    from hearth.store.beside import Beside

    whole = blake3()
    chunks: list[tuple[bytes, int]] = []
    length = 0
    with Beside() as beside:  # hashing lets other threads run
        hashed = None
        for chunk in chunking.cut(_Rewound(head, file)):
            if hashed is not None:
                hashed.result()
            hashed = beside.submit(whole.update, chunk)
            length += len(chunk)
            chunks.append((put(chunk), len(chunk)))
            if len(chunks) > manifest.MAX_CHUNKS:
                break
    return put(manifest.encode(Manifest(length, whole.digest(), chunks)))


class _Rewound:
    """A file of which the first bytes have been read already."""

    def __init__(self, head: bytes, file: Readable) -> None:
        self._head = head
        self._file = file

        self._readinto = getattr(file, "readinto", None)

    def read(self, length: int, /) -> bytes:
        if not self._head:
            return self._file.read(length)
        data, self._head = self._head[:length], self._head[length:]
        return data

    def readinto(self, space: memoryview, /) -> int:
        if not self._head and self._readinto is not None:
            return self._readinto(space) or 0
        data = self.read(len(space))
        space[: len(data)] = data
        return len(data)
