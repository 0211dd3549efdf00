"""A visit to a folder in a process that is killed at a counted call: for `test_bundle_kill`.

    python killed_visit.py HEARTH STICK UNDER AT [OBJECT …]

Of the calls that change something below UNDER, number AT (from 0) is where `kill -9` comes: of a
write half has been done by then. Commits are made small, so that there is much to fall between.
Prints "ready", and if it gets so far how many such calls there were.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from audience_kit import Neighbour
from bundle_kit import want
from mesh_kit import Clock
from store_kit import Seam, SeamDisk

from hearth.audience.keyring import Keyring
from hearth.bundles import events, folder, objects, trading
from hearth.home import Home
from hearth.mesh.node import Node
from hearth.store import streaming

CHANGES = frozenset(
    ("write", "sync", "truncate", "allocate", "replace", "unlink", "mkdir", "sync-dir", "delete")
)


class Killer(Seam):
    """Counts calls, from several threads too, and ends this process at one of them."""

    def __init__(self, under: Path, at: int) -> None:
        self.under = under
        self.at = at
        self.calls = 0
        self.armed = False
        self._one = threading.Lock()

    def _is_it(self, operation: str, path: Path) -> bool:
        if not self.armed or operation not in CHANGES or not path.is_relative_to(self.under):
            return False
        with self._one:
            self.calls += 1
            return self.calls - 1 == self.at

    def disk(self, operation: str, path: Path, function: Callable[..., Any], args: Any) -> Any:
        if self._is_it(operation, path):
            if operation == "write":
                fd, data, offset = args
                function(fd, data[: len(data) // 2], offset)
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*args)

    def sqlite(self, operation: str, path: Path, function: Callable[..., Any], args: Any) -> Any:
        if self._is_it(operation, path):
            if operation == "write":
                data, offset = args
                function(data[: len(data) // 2], offset)
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*args)


class Watched(Neighbour):
    """Somebody all of whose writing goes through a seam."""

    disk: SeamDisk

    def open(self) -> None:
        self.home = Home.open(self.path, self.disk)
        self.node = Node(
            self.home, self.clock, wants=lambda community: (), serves=lambda community, id: False
        )
        self.keyring = Keyring(self.home, self.node.commons)


def main(hearth: str, stick: str, under: str, at: str, *ids: str) -> None:
    events.MOST, events.AT_ONCE, events.LOOKED_AT = 300, 1 << 15, 300  # type: ignore[misc]
    objects.AT_ONCE, folder._CHUNK = 300_000, 1 << 16  # type: ignore[misc]
    streaming.PIECE, streaming.PAST = 1 << 16, streaming.PAGE  # type: ignore[misc]
    killer = Killer(Path(under), int(at))
    Watched.disk = SeamDisk(killer)
    who = Watched.of(Path(hearth), Clock())
    want(who, *map(bytes.fromhex, ids))
    print("ready", flush=True)
    killer.armed = True
    trading.read(who.node, Watched.disk, Path(stick))
    trading.write(who.node, Watched.disk, Path(stick))
    killer.armed = False
    print(killer.calls, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
