"""A wire between two processes, for `bench/sync`: counts, and can be slow, far away and unreliable.

What comes in at its port goes to a port of its choice, or to a program that talks to a socket as
under inetd. It runs in threads of the one who measures, so what it takes is nobody's.
"""

from __future__ import annotations

import queue
import random
import socket
import subprocess
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

READ = 1 << 20


@dataclass(frozen=True)
class Weather:
    """`rate`: bytes a second each way, 0 for no limit; `delay`: seconds one way; `loss`: how
    likely it is, each second, that the connection is cut."""

    rate: int = 0
    delay: float = 0.0
    loss: float = 0.0


class Wire:
    """Connections through a port. `target`: a port, or the command of a program."""

    def __init__(self, target: int | Sequence[str], weather: Weather | None = None) -> None:
        self._target = target
        self._weather = weather or Weather()
        self._rng = random.Random(5)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.bytes = 0
        self.connections = 0
        self.cuts = 0
        self._programs: list[subprocess.Popen[bytes]] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *exception: object) -> None:
        """Close, and wait for the programs, so that what they took is counted."""
        self._listener.close()
        for program in self._programs:
            program.wait(30)

    def wait_for(self, count: int, while_running: subprocess.Popen[bytes]) -> bool:
        """Wait until so many bytes have passed; False if the process ended before."""
        while self.bytes < count:
            if while_running.poll() is not None:
                return False
            time.sleep(0.002)
        return True

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                near.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.connections += 1
                self._join(near, self._reach())

    def _reach(self) -> socket.socket:
        if isinstance(self._target, int):
            far = socket.create_connection(("127.0.0.1", self._target))
            far.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return far
        with socket.create_server(("127.0.0.1", 0)) as door:  # programs ask who calls
            far = socket.create_connection(door.getsockname())
            end, _ = door.accept()
        with end:
            program = subprocess.Popen(
                self._target, stdin=end, stdout=end, stderr=subprocess.DEVNULL
            )
        self._programs.append(program)
        return far

    def _join(self, near: socket.socket, far: socket.socket) -> None:
        for a, b in ((near, far), (far, near)):
            target = self._pump if self._weather == Weather() else self._slow
            threading.Thread(target=target, args=(a, b), daemon=True).start()
        if self._weather.loss:
            threading.Thread(target=self._cut, args=(near, far), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(READ):
                self.bytes += len(data)
                sink.sendall(data)
        with suppress(OSError):
            sink.shutdown(socket.SHUT_WR)

    def _slow(self, source: socket.socket, sink: socket.socket) -> None:
        """Pieces are read as fast as the line takes them, and arrive `delay` later."""
        weather = self._weather
        way: queue.SimpleQueue[tuple[float, bytes]] = queue.SimpleQueue()

        def deliver() -> None:
            with suppress(OSError):
                while True:
                    when, data = way.get()
                    time.sleep(max(0.0, when - time.monotonic()))
                    if not data:
                        break
                    sink.sendall(data)
            with suppress(OSError):
                sink.shutdown(socket.SHUT_WR)

        threading.Thread(target=deliver, daemon=True).start()
        source.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        with suppress(OSError):
            while data := source.recv(1400):
                self.bytes += len(data)
                if weather.rate:
                    time.sleep(len(data) / weather.rate)
                way.put((time.monotonic() + weather.delay, data))
        way.put((time.monotonic() + weather.delay, b""))

    def _cut(self, near: socket.socket, far: socket.socket) -> None:
        while self._rng.random() >= self._weather.loss:
            time.sleep(1.0)
            if near.fileno() < 0:
                return
        self.cuts += 1
        for end in (near, far):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
