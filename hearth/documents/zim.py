"""ZIM: the offline libraries of Kiwix, thousands of articles in one file.

Needs the extra `zim` (libzim, GPL-3). The file is read in child processes, each for so many
entries; nothing they do can reach the hearth, and what they answer is believed only as far as its
sizes are within the limits. An entry that kills its process is named and passed over.
"""

from __future__ import annotations

import json
import os
import selectors
import time
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any, BinaryIO, NamedTuple

from hearth.documents.errors import DamagedError, ParserLimitError, UnsupportedError
from hearth.documents.extraction import TEXT_LIMIT, Extracted, finish
from hearth.documents.isolate import MEMORY, spawn
from hearth.documents.normal import one_line, tidy
from hearth.documents.zim_child import ENTRY_BYTES
from hearth.store import extras

SECONDS = 300  # of processor, for one process; twice that is how long it is waited for
PATH_LENGTH = 1000  # characters of an article's path
DEATHS = 20  # entries that may kill their process before the file is given up
_HEAD = 1 << 16


class Article(NamedTuple):
    """One article: its number in the file, the path in it, its HTML, what was read of it."""

    at: int
    path: str
    html: bytes
    extracted: Extracted


class Unread(NamedTuple):
    """An article that could not be read, and why."""

    at: int
    path: str
    reason: str


def readable() -> bool:
    """Whether ZIM files can be read here."""
    return find_spec("libzim") is not None


def check() -> None:
    """Raise `UnsupportedError` where ZIM files cannot be read."""
    if not readable():
        raise UnsupportedError(
            "a ZIM file, which needs the extra zim", f"{extras.install('zim')} installs it"
        )


def articles(
    file: BinaryIO, start: int = 0, *, memory: int = MEMORY, seconds: int = SECONDS
) -> Iterator[Article | Unread]:
    """Yield the articles of a ZIM file from entry `start` on, in the file's order.

    `file` needs a descriptor. Redirects, and what is not HTML, give nothing. Raises
    `UnsupportedError` without libzim, `DamagedError` for what is no ZIM file, `ParserLimitError`
    when reading it kills its process again and again.
    """
    check()
    at: int | None = start
    deaths = 0
    while at is not None:
        with _Child(file.fileno(), at, memory, seconds) as child:
            yield from child
        if child.died is not None:
            deaths += 1
            if deaths > DEATHS:
                raise ParserLimitError("reading it breaks the parser again and again")
            yield Unread(child.died, f"entry {child.died}", "reading it breaks the parser")
        at = child.next


class _Child:
    """One process; iterating yields what it found. Then `next` is the entry to go on with, None
    at the end, and `died` the entry that it did not survive."""

    def __init__(self, descriptor: int, at: int, memory: int, seconds: int) -> None:
        self.at = at
        self.next: int | None = at
        self.died: int | None = None
        self._patience = 2.0 * seconds
        self._data = bytearray()
        self._process = spawn(descriptor, "zim_child", [str(at), str(memory), str(seconds)])

    def __enter__(self) -> _Child:
        return self

    def __exit__(self, *exception: object) -> None:
        self._process.kill()
        self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()

    def __iter__(self) -> Iterator[Article | Unread]:
        try:
            while True:
                head = self._head()
                if "fatal" in head:
                    raise DamagedError(tidy(str(head["fatal"]))[:300])
                if "next" in head:
                    following, of = int(head["next"]), int(head["of"])
                    self.next = following if self.at <= following < of else None
                    return
                if "at" in head:
                    self.at = int(head["at"])
                elif "error" in head:
                    yield Unread(self.at, _path(head), tidy(str(head["error"]))[:300])
                else:
                    yield self._article(head)
        except _Gone:
            self.died, self.next = self.at, self.at + 1
        except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
            raise DamagedError("damaged: it cannot be read") from None

    def _article(self, head: dict[str, Any]) -> Article:
        size, length = int(head["html"]), int(head["text"])
        if not (0 <= size <= ENTRY_BYTES and 0 < length <= TEXT_LIMIT):
            raise ValueError("sizes")
        html, text = self._take(size), self._take(length).decode("utf-8")
        path = _path(head)
        title = one_line(str(head["title"] or ""))
        return Article(self.at, path, html, finish(title, text, name=path))

    def _head(self) -> dict[str, Any]:
        while (end := self._data.find(b"\n")) < 0:
            if len(self._data) > _HEAD:
                raise ValueError("no end")
            self._more()
        line = self._take(end + 1)
        head: dict[str, Any] = json.loads(line)
        return head

    def _take(self, size: int) -> bytes:
        while len(self._data) < size:
            self._more()
        taken = bytes(self._data[:size])
        del self._data[:size]
        return taken

    def _more(self) -> None:
        stream = self._process.stdout
        assert stream is not None
        began = time.monotonic()
        with selectors.DefaultSelector() as selector:
            selector.register(stream, selectors.EVENT_READ)
            if not selector.select(max(0.0, self._patience)):
                raise _Gone
        self._patience -= time.monotonic() - began  # what the reader takes is not the child's time
        piece = os.read(stream.fileno(), 1 << 20)
        if not piece:
            raise _Gone
        self._data += piece


class _Gone(Exception):
    """The process has ended, or takes too long."""


def _path(head: dict[str, Any]) -> str:
    return one_line(str(head["path"]))[:PATH_LENGTH].strip("/") or "untitled"
