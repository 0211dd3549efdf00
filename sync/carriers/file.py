"""A file as a carrier, and text in a file or a stream.

What stands in a plain file is the message and nothing else, so one that was sent is the same file
as the bundle itself. A short frame knows itself by its first byte; all else is a bundle.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from hearth.store import unfinished
from hearth.store.disk import Disk
from hearth.store.errors import NotFoundError, UsageError
from hearth.sync.carriers import armour, splitting
from hearth.sync.carriers.contract import Cost, Paper
from hearth.sync.carriers.errors import NothingHereError, TooLongError
from hearth.sync.carriers.splitting import Kind, Message, Parts
from hearth.sync.own_files import is_bundle, keep_others

MAX_FILE: Final = 64 << 20
"""Bytes of a file that is read whole; `hearth bundle apply` reads longer ones piece by piece."""


def read_file(path: Path, most: int) -> bytes:
    """What stands in a file. Raises NotFoundError, UsageError."""
    try:
        with path.open("rb") as file:
            data = file.read(most + 1)
    except FileNotFoundError:
        raise NotFoundError(f'there is no file "{path}"') from None
    except IsADirectoryError:
        raise UsageError(f'"{path}" is a directory', "name a file in it") from None
    except OSError as error:
        raise UsageError(f'cannot read "{path}": {error.strerror}') from None
    if len(data) > most:
        raise UsageError(f'"{path}" is longer than {most:,} bytes')
    return data


class FileCarrier(Paper):
    """One message in one file."""

    mtu = MAX_FILE
    cost = Cost.HANDS

    def __init__(self, path: Path, disk: Disk | None = None) -> None:
        super().__init__(MAX_FILE)
        self._path, self._disk = path, disk or Disk()
        self._message: bytes | None = None

    def send(self, frames: Sequence[bytes]) -> int:
        """Take the message. Raises UsageError for a second one, which has no place."""
        if self._message is not None:
            raise UsageError("a file holds one message", "name another file for the next one")
        found = splitting.read(frames[0])
        self._message = found.data if isinstance(found, Message) else b""
        return len(frames)

    def finish(self) -> None:
        """Write it: after a crash the old content is there, or the new one.

        Raises TakenFileError where something lies that is neither a bundle nor a short frame.
        """
        if self._message is not None:
            keep_others(self._path, _is_message, "bundle")
            unfinished.write(self._disk, self._path, self._message)
            self.written.append(self._path)
            self.summary = f"{len(self._message):,} bytes"

    def _read(self) -> list[bytes]:
        data = read_file(self._path, MAX_FILE)
        if not data:
            raise NothingHereError(f'"{self._path}" is empty')
        event = Message(Kind.EVENT, data)
        message = event if splitting.is_short(event) else Message(Kind.BUNDLE, data)
        return Parts(message, MAX_FILE + splitting.WHOLE_HEADER).frames()


def _is_message(data: bytes) -> bool:
    return is_bundle(data) or splitting.is_short(Message(Kind.EVENT, data))


class ArmourCarrier(Paper):
    """Messages as lines of text (`armour`), read from `source`, handed to `sink` in the end.

    `words`: the list for lines in words; they are written if `spoken`, and read if it is there.
    """

    def __init__(
        self,
        source: Callable[[], str],
        sink: Callable[[str], None],
        *,
        words: Sequence[str] | None = None,
        spoken: bool = False,
        size: int | None = None,
    ) -> None:
        super().__init__(size)
        self._source, self._sink = source, sink
        self._words, self._spoken = words, spoken
        self._texts: list[str] = []

    def room(self, length: int) -> int:
        """How long the frames are; raises TooLongError where lines cannot be that many."""
        room = super().room(length)
        if room > armour.longest_frame(self._spoken):
            raise TooLongError(f"frames of {room} bytes are too long for lines of text")
        return room

    def send(self, frames: Sequence[bytes]) -> int:
        """Take one message; several stand one behind the other."""
        self._texts.append(armour.write(frames, self._words if self._spoken else None))
        self.summary = self._texts[-1].splitlines()[-1].rpartition(", ")[2]
        return len(frames)

    def finish(self) -> None:
        """Hand the text over."""
        if self._texts:
            self._sink("\n".join(self._texts))

    def _read(self) -> list[bytes]:
        reading = armour.read(self._source(), self._words)
        self.faults += reading.faults
        if not reading.lines and not reading.faults:
            raise NothingHereError("there is no line of a message in this text")
        return list(reading.frames)
