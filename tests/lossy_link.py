#!/usr/bin/env python3
"""A radio for the carrier `exec:` that loses frames: all who name one folder hear each other.

    python lossy_link.py FOLDER [--loss 20] [--seed 1] [--mtu 250] [--name a]

Frames come on standard input and go to standard output, each behind its length (2 bytes). The air
is half duplex: who sends hears nothing, and what came meanwhile is gone. Each frame is lost for
each listener with `--loss` in a hundred, by a generator of that listener's own seed and the frame's
number, so a run with the same frames loses the same ones. Longer frames than `--mtu` end the
program.
"""

from __future__ import annotations

import argparse
import os
import random
import select
import socket
import sys
from contextlib import suppress
from pathlib import Path


class Air:
    """One radio: a datagram socket in the folder that is the air."""

    def __init__(self, folder: Path, name: str, loss: int, seed: int) -> None:
        self._folder, self._own, self._loss = folder, folder / f"{name}.radio", loss
        self._chance = random.Random(seed)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(self._own))
        self._socket.settimeout(1)  # to send: the queue of a listener is ten frames long

    def fileno(self) -> int:
        return self._socket.fileno()

    def send(self, frame: bytes) -> None:
        """To everybody else; and deaf while sending."""
        for other in sorted(self._folder.glob("*.radio")):
            if other != self._own:
                with suppress(OSError):  # they may have gone
                    self._socket.sendto(frame, str(other))
        while self.hear(deaf=True) is not None:
            pass

    def hear(self, *, deaf: bool = False) -> bytes | None:
        """A frame from the air, empty if it was lost; None if there is none."""
        if not select.select([self.fileno()], [], [], 0)[0]:
            return None
        frame = self._socket.recv(65536)
        return b"" if deaf or self._chance.randrange(100) < self._loss else frame

    def close(self) -> None:
        self._own.unlink(missing_ok=True)


def exactly(count: int) -> bytes:
    """So many bytes of standard input; fewer at its end."""
    data = b""
    while len(data) < count and (more := os.read(0, count - len(data))):
        data += more
    return data


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--loss", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--mtu", type=int, default=250)
    parser.add_argument("--name", default=str(os.getpid()))
    chosen = parser.parse_args()
    air = Air(chosen.folder, chosen.name, chosen.loss, chosen.seed)
    try:
        while True:
            ready, _, _ = select.select([0, air.fileno()], [], [])
            if 0 in ready:
                head = exactly(2)
                if len(head) < 2:
                    return 0
                frame = exactly(int.from_bytes(head, "big"))
                if len(frame) > chosen.mtu:
                    print(f"a frame of {len(frame)} bytes", file=sys.stderr)
                    return 3
                air.send(frame)
            elif (heard := air.hear()) is not None and heard:
                os.write(1, len(heard).to_bytes(2, "big") + heard)
    finally:
        air.close()


if __name__ == "__main__":
    sys.exit(main())
