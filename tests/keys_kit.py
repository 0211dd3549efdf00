"""What the tests of keys and backups share: disks on which the program dies, passphrases."""

from __future__ import annotations

import errno
import os
import pty
import select
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from program import Hearth, clean_environment

from hearth.identity.keyfile import MIN_MEMORY, Strength
from hearth.store.disk import Disk

NOW = 1_800_000_000
FAST = Strength(ops=1, memory=MIN_MEMORY)


class Dead(BaseException):
    """The program has been killed: nothing that it does from here on happens."""


class Dies(Disk):
    """A disk that the program sees die at its n-th call (from 1), or `fails` there once.

    With `torn`, half of what was to be written then is. 0 lets all pass; `calls` counts.
    """

    def __init__(self, number: int = 0, *, torn: bool = False, fails: int = 0) -> None:
        self.number, self.torn, self.fails = number, torn, fails
        self.calls = 0

    def call(self, operation: str, path: Path, function: Callable[..., Any], *args: Any) -> Any:
        if operation in ("close", "lock", "read") or path.name.startswith("lock."):
            return super().call(operation, path, function, *args)
        self.calls += 1
        if self.number and self.calls == self.number and self.fails:
            raise OSError(self.fails, "planned")
        if self.number and self.calls >= self.number and not self.fails:
            if self.torn and self.calls == self.number and operation == "write":
                descriptor, data, offset = args
                function(descriptor, data[: len(data) // 2], offset)
            raise Dead
        return super().call(operation, path, function, *args)


ENOSPC, EIO = errno.ENOSPC, errno.EIO


def files(folder: Path) -> dict[str, bytes]:
    """Every file below, with what is in it."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def talk(hearth: Hearth, *argv: str, answers: Mapping[str, str]) -> tuple[int, str]:
    """Run the program on a terminal and answer what it asks; (exit code, what was on it).

    `answers` is by the end of the line that asks, in the order in which it is asked.
    """
    ours, theirs = pty.openpty()
    environment = clean_environment(hearth.home) | {"TERM": "xterm"}
    process = hearth.on(theirs, argv, environment)
    os.close(theirs)
    seen, waiting = b"", list(answers.items())
    while select.select([ours], [], [], 60)[0]:
        try:
            data = os.read(ours, 65536)
        except OSError:  # Linux says EIO when the other end is closed
            break
        if not data:
            break
        seen += data
        if waiting and seen.endswith(waiting[0][0].encode()):
            os.write(ours, waiting.pop(0)[1].encode() + b"\n")
    os.close(ours)
    text = seen.decode("utf-8", "replace").replace("\r\n", "\n")
    assert not waiting, text
    return process.wait(timeout=60), text
