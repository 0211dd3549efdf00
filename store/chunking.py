"""Where a big file is cut: FastCDC, so that a small change moves few cuts.

The parameters are frozen: other values, or another chunker, would still give files that every
reader can put together, but the same file would no longer meet its own chunks again. Without
the library (it is young) the cuts are fixed at 1 MiB: less is shared between versions of a
file, nothing else changes.

A chunk that would begin with the magic of a manifest is cut again after its first 4 bytes, so
that no chunk can be taken for a manifest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, Protocol

from hearth.store.manifest import MAGIC

MIN: Final = 256 << 10
AVERAGE: Final = 1 << 20
MAX: Final = 4 << 20
WHOLE: Final = 1 << 20
"""Files up to this many bytes are one object."""
_BLOCK: Final = 8 << 20


class Readable(Protocol):
    """Anything binary that `read(n)` gives up to n bytes of, and b"" at its end."""

    def read(self, length: int, /) -> bytes: ...


def read_fully(file: Readable, length: int) -> bytes:
    """`length` bytes; fewer only at the end of the file (pipes give what they have)."""
    data = file.read(length)
    if len(data) == length or not data:
        return data
    parts = [data]
    missing = length - len(data)
    while missing and (data := file.read(missing)):
        parts.append(data)
        missing -= len(data)
    return b"".join(parts)


def cut(file: Readable) -> Iterator[bytes]:
    """The chunks of a file, 1 byte to 4 MiB each; together they are the file.

    Holds 12 MiB, always the same ones: fresh memory for every block costs more than hashing it.
    """
    cutter = _fast_cutter() or _fixed_cut
    buffer = memoryview(bytearray(MAX + _BLOCK))
    held = 0
    ended = False
    while not ended:
        got = _fill(file, buffer[held : held + _BLOCK])
        ended = got < _BLOCK
        held += got
        end = 0
        for length in cutter(buffer[:held]):
            # A cut is certain only when the cutter could have looked MAX bytes ahead.
            if not ended and held - end < MAX:
                break
            yield from _apart(bytes(buffer[end : end + length]))
            end += length
        held -= end
        buffer[:held] = bytes(buffer[end : end + held])


def _fill(file: Readable, space: memoryview) -> int:
    """Read until `space` is full or the file has ended; how many bytes."""
    readinto = getattr(file, "readinto", None)
    done = 0
    while done < len(space):
        if readinto is not None:
            got = readinto(space[done:]) or 0
        else:
            data = file.read(len(space) - done)
            got = len(data)
            space[done : done + got] = data
        if not got:
            break
        done += got
    return done


def _apart(chunk: bytes) -> Iterator[bytes]:
    if chunk.startswith(MAGIC):
        yield chunk[:4]
        chunk = chunk[4:]
    yield chunk


def _fixed_cut(buffer: memoryview) -> Iterator[int]:
    for start in range(0, len(buffer), AVERAGE):
        yield min(AVERAGE, len(buffer) - start)


def _fast_cutter() -> Callable[[memoryview], Iterator[int]] | None:
    try:
        from pyfastcdc import FastCDC
    except ImportError:
        return None
    chunker: Any = FastCDC(AVERAGE, min_size=MIN, max_size=MAX, normalized_chunking=1, seed=0)
    return lambda buffer: (chunk.length for chunk in chunker.cut_buf(buffer))
