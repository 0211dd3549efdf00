"""Compression of records: zstd level 3, kept only where it pays.

An id covers the plain bytes, so whether and how they are compressed is nobody's business but
the record's. Judged on the first 64 KiB: media and encrypted files are not compressed twice.
Decompression is bounded by the length the record declares: a record can never grow beyond it.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Final, TypeVar

from hearth.store.errors import CorruptError

LEVEL: Final = 3
SAMPLE: Final = 64 << 10
MIN_LENGTH: Final = 128
"""Shorter bytes are never worth a frame of their own."""
Plain = TypeVar("Plain", bound=bytes | memoryview)
_WINDOW: Final = 22
"""No frame may ask for more than 4 MiB of memory."""


def _zstd() -> ModuleType:
    """The library, imported when first needed: many commands never are."""
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd
    return zstd


class Compressor:
    """Compresses records one after another. Not for use by several threads at once.

    What is longer than `sample` is judged by so many bytes first.
    """

    def __init__(self, sample: int = SAMPLE) -> None:
        self._sample = sample
        self._frame = _zstd().ZstdCompressor(level=LEVEL)
        self._end = self._frame.FLUSH_FRAME

    def __call__(self, data: Plain) -> tuple[bool, bytes | Plain]:
        """Whether it paid (≥ 5 % saved), and the bytes to store."""
        if len(data) < MIN_LENGTH:
            return False, data
        sample = data if len(data) <= self._sample else memoryview(data)[: self._sample]
        short = self._frame.compress(sample, self._end)
        if not _pays(len(short), len(sample)):
            return False, data
        if len(data) > self._sample:
            short = self._frame.compress(data, self._end)
            if not _pays(len(short), len(data)):
                return False, data
        return True, short


def decompress(stored: bytes, length: int) -> bytes:
    """The `length` plain bytes of one frame. Raises `CorruptError` for anything else."""
    zstd = _zstd()
    frame = zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: _WINDOW})
    try:
        data = frame.decompress(stored, max_length=length + 1)
    except zstd.ZstdError as error:
        raise CorruptError("compressed bytes are damaged") from error
    if len(data) != length or not frame.eof or frame.unused_data:
        raise CorruptError("compressed bytes do not have the length they declare")
    return bytes(data)


def _pays(short: int, plain: int) -> bool:
    return short * 20 <= plain * 19
