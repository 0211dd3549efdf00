"""Parsing in a child process with bounded memory, processor time and wall time.

PDF and EPUB readers are large programs that meet hostile files; nothing they do can reach the
hearth. The child gets an open descriptor, never a path, so what is parsed is the file that was
opened. It is killed when the wall time is up, when it answers too much, or when the caller is
interrupted.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from typing import IO, Any, BinaryIO

from hearth.documents import errors
from hearth.documents.errors import DamagedError, DocumentError, ParserLimitError
from hearth.documents.extraction import TEXT_LIMIT
from hearth.documents.media import MIB, Media
from hearth.documents.normal import tidy
from hearth.store.errors import HearthError

MEMORY = 1024 * MIB
SECONDS = 30
SECONDS_PER_MIB = 3
SECONDS_AT_MOST = 300
_HEAD = 1 << 16

_BOOT = "import sys; sys.path[:] = sys.argv.pop(1).split('\\n'); "
_BOOT += "from hearth.documents.{} import main; main(sys.argv[1:])"


class NoChildError(HearthError, code="no-process"):
    """The system starts no further process: nothing can be read, whatever file it is (exit 1)."""


@dataclass(frozen=True, slots=True)
class Isolated:
    """What the child found."""

    title: str | None
    text: str
    pages: int | None


def parse_isolated(
    source: bytes | BinaryIO,
    media: Media,
    *,
    memory: int = MEMORY,
    seconds: int | None = None,
) -> Isolated:
    """Parse `source` (bytes, or a file with a descriptor) in a child process.

    `seconds` bounds processor and wall time; without it they grow with the file's size, from 30
    to 300. Raises a `DocumentError`; `ParserLimitError` when a bound was met.
    """
    if isinstance(source, bytes):
        with tempfile.TemporaryFile() as file:
            file.write(source)
            file.seek(0)
            return _run(file, media, memory, seconds)
    source.seek(0)
    return _run(source, media, memory, seconds)


def _run(file: IO[bytes], media: Media, memory: int, seconds: int | None) -> Isolated:
    if seconds is None:
        size = os.fstat(file.fileno()).st_size
        seconds = min(SECONDS + SECONDS_PER_MIB * size // MIB, SECONDS_AT_MOST)
    os.lseek(file.fileno(), 0, os.SEEK_SET)
    limits = [str(memory), str(seconds), str(TEXT_LIMIT)]
    child = spawn(file.fileno(), "child", [media, *limits])
    try:
        answer = _read_all(child, time.monotonic() + 2 * seconds)
        status = child.wait(timeout=10)
    except subprocess.TimeoutExpired:
        raise ParserLimitError("reading it takes too long") from None
    finally:
        if child.poll() is None:
            child.kill()
            child.wait()
        if child.stdout:
            child.stdout.close()
    if status != 0:
        raise _died(status)
    return _understand(answer)


def spawn(descriptor: int, module: str, arguments: list[str]) -> subprocess.Popen[bytes]:
    """Start `main(arguments)` of a module of this package in a child, the file as its input.

    Raises `NoChildError`: not the file's fault, and the next one's neither.
    """
    boot, path = _BOOT.format(module), "\n".join(filter(None, sys.path))
    try:
        return subprocess.Popen(
            [sys.executable, "-I", "-c", boot, path, *arguments],
            stdin=descriptor,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"LC_ALL": "C.UTF-8"},
            cwd="/",
        )
    except OSError as error:
        raise NoChildError(
            f"documents are read by a process of their own, and none can be started:"
            f" {(error.strerror or str(error)).lower()}",
            "ulimit -u and ulimit -n say what is allowed here, free how much memory is left",
        ) from error


def _read_all(child: subprocess.Popen[bytes], deadline: float) -> bytes:
    """Read the child's answer to its end, bounded in size and by the deadline."""
    assert child.stdout is not None
    chunks: list[bytes] = []
    left = TEXT_LIMIT + 4 * _HEAD
    with selectors.DefaultSelector() as selector:
        selector.register(child.stdout, selectors.EVENT_READ)
        while True:
            wait = deadline - time.monotonic()
            if wait <= 0 or not selector.select(wait):
                raise ParserLimitError("reading it takes too long")
            chunk = os.read(child.stdout.fileno(), 1 << 20)
            if not chunk:
                return b"".join(chunks)
            left -= len(chunk)
            if left < 0:
                raise ParserLimitError("its text has no end")
            chunks.append(chunk)


def _died(status: int) -> DocumentError:
    if -status in (signal.SIGXCPU, signal.SIGKILL):
        return ParserLimitError("reading it takes too long, or too much memory")
    if -status in (signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGTRAP, signal.SIGILL):
        return ParserLimitError("reading it breaks the parser, or takes too much memory")
    return DamagedError("damaged: it cannot be read")


def _understand(answer: bytes) -> Isolated:
    head, _, text = answer.partition(b"\n")
    try:
        match json.loads(head):
            case {"error": name, "message": str(message), **more}:
                raise _told(str(name), message, more.get("hints"))
            case {"size": size, "title": str() | None as title, "pages": int() | None as pages} if (
                size == len(text)
            ):
                return Isolated(title, text.decode("utf-8"), pages)
    except (ValueError, RecursionError):
        pass
    raise DamagedError("damaged: it cannot be read")


def _told(name: str, message: str, hints: Any) -> DocumentError:
    """The error that a child tells of, if it is one of a document's."""
    kind = getattr(errors, name, DamagedError)
    if not (isinstance(kind, type) and issubclass(kind, DocumentError)):
        kind = DamagedError
    said = [message, *map(str, hints if isinstance(hints, list) else ())]
    return kind(*(tidy(each)[:300] for each in said))
