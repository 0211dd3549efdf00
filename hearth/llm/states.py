"""What a model remembers of the beginning of a prompt, on disk, so that it is read once only.

A file is named after what it is for: BLAKE3 over the model, the library that made it and the
tokens. docs/llm.md gives the format. Nothing in it is ever evaluated (no pickle), a damaged file
counts as missing, and the directory holds no more bytes than it may: the one used longest ago goes
first. Only what does not depend on a question is kept: the instructions, never what somebody
asked.
"""

from __future__ import annotations

import os
import struct
from contextlib import suppress
from pathlib import Path
from typing import Final

from blake3 import blake3

from hearth.store.disk import Disk
from hearth.store.errors import HearthError

MAGIC: Final = b"hearthKV"
VERSION: Final = 1
SUFFIX: Final = ".state"
_HEAD: Final = struct.Struct("<8sI32sIQ")


def key(model: bytes, engine: str, tokens: list[int]) -> bytes:
    """The 32 bytes that name the state of a model after these tokens."""
    hashed = blake3(b"hearth prompt state 1\0")
    hashed.update(struct.pack("<I", len(model)) + model)
    hashed.update(struct.pack("<I", len(engine.encode())) + engine.encode())
    hashed.update(_packed(tokens))
    return bytes(hashed.digest())


def _packed(tokens: list[int]) -> bytes:
    return struct.pack(f"<{len(tokens)}i", *tokens)


class States:
    """The states in a directory of at most `budget` bytes."""

    def __init__(self, directory: Path, budget: int, disk: Disk | None = None) -> None:
        self._directory, self._budget, self._disk = directory, budget, disk or Disk()

    def get(self, name: bytes, tokens: list[int]) -> bytes | None:
        """The state kept under a name, if it is whole and for exactly these tokens."""
        path = self._path(name)
        try:
            with self._disk.open(path) as file:
                data = file.read(0, file.size())
        except (OSError, HearthError):
            return None
        state = _unpacked(data, name, tokens)
        if state is None:
            with suppress(HearthError):
                self._disk.unlink(path, missing_ok=True)
            return None
        with suppress(OSError):
            os.utime(path)
        return state

    def put(self, name: bytes, tokens: list[int], state: bytes) -> bool:
        """Keep a state, if there is room for it; never raises for a disk that will not have it."""
        head = _HEAD.pack(MAGIC, VERSION, name, len(tokens), len(state))
        data = head + _packed(tokens) + state
        data += blake3(data).digest()
        if len(data) > self._budget:
            return False
        try:
            self._make_room(len(data))
            if not self._directory.exists():
                self._disk.mkdir(self._directory, mode=0o700)
            self._disk.write_atomic(self._path(name), data, mode=0o600)
        except (OSError, HearthError):
            return False
        return True

    def _make_room(self, length: int) -> None:
        if not self._directory.exists():
            return
        held = [(each.stat(), each) for each in self._directory.glob("*" + SUFFIX)]
        held.sort(key=lambda pair: pair[0].st_mtime_ns)
        total = sum(stat.st_size for stat, _ in held)
        for stat, path in held:
            if total + length <= self._budget:
                break
            self._disk.unlink(path, missing_ok=True)
            total -= stat.st_size

    def _path(self, name: bytes) -> Path:
        return self._directory / (name.hex() + SUFFIX)


def _unpacked(data: bytes, name: bytes, tokens: list[int]) -> bytes | None:
    """The state in a file's bytes, or None where anything about it is not as it must be."""
    packed = _packed(tokens)
    start = _HEAD.size + len(packed)
    if len(data) < start + 32 or blake3(data[:-32]).digest() != data[-32:]:
        return None
    magic, version, for_name, count, length = _HEAD.unpack_from(data)
    expected = (MAGIC, VERSION, name, len(tokens), len(data) - start - 32)
    if (magic, version, for_name, count, length) != expected:
        return None
    return data[start:-32] if data[_HEAD.size : start] == packed else None
