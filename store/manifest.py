"""Manifests: how a file larger than one object is put together again.

    offset  bytes  content (integers big-endian)
         0      8  89 48 4D 46 0D 0A 1A 0A          ("\\x89HMF", CR LF SUB LF)
         8      8  length of the whole file
        16     32  BLAKE3 of the whole file
        48      4  number of chunks, at least 1
        52     36  each chunk: id (32), length (4)

A manifest is an object like any other, told by its bytes alone: the magic, and that all of it
parses. So nothing has to remember which objects are manifests, and a repair finds them again.
Readers need only the manifest; how the file was cut is nobody's business afterwards.
No chunk this program writes begins with the magic (see `chunking`), so the bytes of somebody's
file can never be taken for a manifest.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Final, NamedTuple

from hearth.store.errors import HearthError

MAGIC: Final = b"\x89HMF\r\n\x1a\n"
MAX_OBJECT: Final = 4 << 20
"""Bytes in an object at most (and so in a chunk)."""
_HEAD: Final = struct.Struct(">8sQ32sI")
_CHUNK: Final = struct.Struct(">32sI")
MAX_CHUNKS: Final = (MAX_OBJECT - _HEAD.size) // _CHUNK.size


class TooLargeError(HearthError, code="too-large"):
    """More bytes than the format can hold."""


class Manifest(NamedTuple):
    """A whole file: its length in bytes, its BLAKE3, and its chunks (id, length) in order."""

    length: int
    whole: bytes
    chunks: Sequence[tuple[bytes, int]]


def encode(manifest: Manifest) -> bytes:
    """The object's bytes. Raises `TooLargeError` above 116,507 chunks."""
    if len(manifest.chunks) > MAX_CHUNKS:
        raise TooLargeError(
            f"a file of {manifest.length} bytes has more than {MAX_CHUNKS} chunks",
            "split it into several files",
        )
    head = _HEAD.pack(MAGIC, manifest.length, manifest.whole, len(manifest.chunks))
    return head + b"".join(_CHUNK.pack(id, length) for id, length in manifest.chunks)


def decode(data: bytes | memoryview) -> Manifest | None:
    """The manifest these bytes are, or None if they are anything else."""
    if data[: len(MAGIC)] != MAGIC or not _HEAD.size < len(data) <= MAX_OBJECT:
        return None
    _, length, whole, count = _HEAD.unpack_from(data)
    if count < 1 or len(data) != _HEAD.size + count * _CHUNK.size:
        return None
    chunks = list(_CHUNK.iter_unpack(memoryview(data)[_HEAD.size :]))
    if any(not 1 <= size <= MAX_OBJECT for _, size in chunks):
        return None
    if sum(size for _, size in chunks) != length:
        return None
    return Manifest(length, whole, chunks)
