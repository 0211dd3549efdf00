"""Sealed objects: attachments and documents that others carry and cannot read.

    sealed object = header (24) ‖ chunk ‖ chunk ‖ …
    chunk         = libsodium's secretstream (XChaCha20-Poly1305) over up to 65,536 bytes, 17 more;
                    associated data "hearth/sealed-object/1" NUL; the last one is tagged final

Each object has a random key of its own, which stands in the sealed payload that names the object.
The plain bytes are followed by zeros up to a length of few significant bits (at most an eighth
more), and their true length stands in that payload too. Chunks cannot be left out, swapped,
repeated or cut off unnoticed; none is given out before it is proved.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from nacl.bindings import (
    crypto_secretstream_xchacha20poly1305_ABYTES as _MORE,
    crypto_secretstream_xchacha20poly1305_HEADERBYTES as _HEADER,
    crypto_secretstream_xchacha20poly1305_init_pull as _init_pull,
    crypto_secretstream_xchacha20poly1305_init_push as _init_push,
    crypto_secretstream_xchacha20poly1305_pull as _pull,
    crypto_secretstream_xchacha20poly1305_push as _push,
    crypto_secretstream_xchacha20poly1305_state as _State,
    crypto_secretstream_xchacha20poly1305_TAG_FINAL as _FINAL,
    crypto_secretstream_xchacha20poly1305_TAG_MESSAGE as _MESSAGE,
)
from nacl.exceptions import CryptoError, RuntimeError

from hearth.audience.sealing import SealedError

if TYPE_CHECKING:
    from hearth.store.chunking import Readable

KEY: Final = 32
CHUNK: Final = 65_536
LEAST: Final = 256
_AD: Final = b"hearth/sealed-object/1\0"


def new_key() -> bytes:
    """A key for one object."""
    return os.urandom(KEY)


def padded_size(size: int) -> int:
    """The length that so many plain bytes are given: at least 256, a multiple of an eighth of the
    power of two above."""
    if size <= LEAST:
        return LEAST
    step = 1 << max((size - 1).bit_length() - 4, 5)
    return -(-size // step) * step


def sealed_size(size: int) -> int:
    """How long the object is that `Sealer` makes of so many plain bytes."""
    padded = padded_size(size)
    return int(_HEADER) + padded + -(-padded // CHUNK) * int(_MORE)


class Sealer:
    """A file that is sealed while it is read: give it to `Batch.put_file`. `size` is its length.

    Raises ValueError where the file turns out to be shorter or longer than that.
    """

    def __init__(self, file: Readable, size: int, key: bytes) -> None:
        self._file = file
        self._size = size
        self._pieces = self._sealed(key)
        self._buffer = b""

    def read(self, size: int = -1, /) -> bytes:
        """The next sealed bytes; fewer than `size` only at the end."""
        while size < 0 or len(self._buffer) < size:
            piece = next(self._pieces, None)
            if piece is None:
                break
            self._buffer += piece
        size = len(self._buffer) if size < 0 else size
        given, self._buffer = self._buffer[:size], self._buffer[size:]
        return given

    def _sealed(self, key: bytes) -> Iterator[bytes]:
        state = _State()
        yield _init_push(state, key)
        left, padded = self._size, padded_size(self._size)
        while padded:
            want = min(CHUNK, padded)
            data = self._exactly(min(want, left))
            left -= len(data)
            padded -= want
            tag = _MESSAGE if padded else _FINAL
            yield _push(state, data.ljust(want, b"\0"), _AD, tag)
        if self._file.read(1):
            raise ValueError("the file has grown while it was read")

    def _exactly(self, size: int) -> bytes:
        parts = []
        while size:
            data = self._file.read(size)
            if not data:
                raise ValueError("the file has shrunk while it was read")
            parts.append(data)
            size -= len(data)
        return b"".join(parts)


def unseal(file: Readable, size: int, key: bytes) -> Iterator[bytes]:
    """The plain bytes of a sealed object, `size` of them, piece by piece as they are proved.

    Raises SealedError; then what was yielded before is genuine, and not all of it.
    """
    state = _State()
    header = file.read(_HEADER)
    try:
        _init_pull(state, header, key)
    except (CryptoError, RuntimeError, ValueError):
        raise SealedError("a sealed object that is cut short") from None
    left, padded = size, padded_size(size)
    while padded:
        want = min(CHUNK, padded)
        padded -= want
        data, tag = _opened(state, file.read(want + _MORE), want)
        if tag != (_MESSAGE if padded else _FINAL):
            raise SealedError("a sealed object that is not as long as stated")
        yield data[:left]
        left -= min(left, len(data))
    if file.read(1):
        raise SealedError("a sealed object that is not as long as stated")


def _opened(state: _State, chunk: bytes, size: int) -> tuple[bytes, int]:
    if len(chunk) != size + _MORE:
        raise SealedError("a sealed object that is cut short")
    try:
        data, tag = _pull(state, chunk, _AD)
    except (CryptoError, RuntimeError):
        raise SealedError("a sealed object that its key does not open") from None
    return data, tag
