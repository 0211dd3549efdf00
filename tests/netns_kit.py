"""A LAN of machines that share nothing but a bridge: network namespaces, for the tests of `sync/`.

Each machine has an interface `eth0` with an IPv4 address, and an IPv6 link-local address where
the kernel has IPv6; the names of namespaces and bridge belong to this process alone. The bridge
lives in a namespace of its own, so nothing of the real machine's network is touched.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Sequence
from typing import Any

import pytest

_IPV6 = "/proc/sys/net/ipv6/conf"
_numbers = itertools.count()
BOUND = 30.0
"""Seconds for anything that is to end by itself."""
LIFETIME = 120.0
"""Seconds after which a program is killed, so that nobody waits for ever for what it says."""


def available() -> bool:
    """Whether namespaces can be made: as root, with `ip`, in a kernel that lets us."""
    if os.geteuid() != 0 or shutil.which("ip") is None:
        return False
    name = f"hearth-try-{os.getpid()}"
    tried = subprocess.run(["ip", "netns", "add", name], capture_output=True, check=False)
    if tried.returncode == 0:
        subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)
    return tried.returncode == 0


needs_namespaces = pytest.mark.skipif(not available(), reason="no network namespaces here")


def ip(*argv: str) -> str:
    """Run `ip`; what it printed."""
    done = subprocess.run(["ip", *argv], capture_output=True, text=True, check=False, timeout=BOUND)
    if done.returncode:
        raise RuntimeError(f"ip {' '.join(argv)}: {done.stderr.strip()}")
    return done.stdout


class Lan:
    """`with Lan(3) as lan`: three machines, 0 to 2, at 10.77.N.1 to 10.77.N.3.

    Leaving kills what `run` has started and takes everything down, also after a failure.
    """

    def __init__(self, machines: int) -> None:
        self.machines = machines
        self._started: list[tuple[subprocess.Popen[Any], threading.Timer]] = []
        self.number = next(_numbers)
        self._stem = f"hearth-{os.getpid()}-{self.number}"
        self._net = f"10.77.{os.getpid() % 200}"

    def name(self, machine: int) -> str:
        """The namespace."""
        return f"{self._stem}-{machine}"

    @property
    def hub(self) -> str:
        """The namespace in which the bridge is, with a port for each machine: `port0`, …"""
        return f"{self._stem}-bridge"

    def address(self, machine: int) -> str:
        """Its IPv4 address."""
        return f"{self._net}.{machine + 1}"

    def link_local(self, machine: int) -> str | None:
        """Its IPv6 link-local address; None where the kernel has no IPv6."""
        shown = ip("-n", self.name(machine), "-6", "-o", "address", "show", "dev", "eth0")
        for word in shown.split():
            if word.startswith("fe80"):
                return word.partition("/")[0]
        return None

    def __enter__(self) -> Lan:
        try:
            self._make()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *exc: object) -> None:
        for process, timer in self._started:
            timer.cancel()
            if process.poll() is None:
                process.kill()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(BOUND)
            for stream in (process.stdin, process.stdout, process.stderr):
                if stream is not None:
                    stream.close()
        for name in (*map(self.name, range(self.machines)), self.hub):
            with contextlib.suppress(RuntimeError):
                ip("netns", "del", name)  # and with it its end of each cable, and the bridge

    def _make(self) -> None:
        hub = self.hub
        ip("netns", "add", hub)
        ip("-n", hub, "link", "add", "lan", "type", "bridge", "mcast_snooping", "0")
        ip("-n", hub, "link", "set", "lan", "up")
        for machine in range(self.machines):
            name, port = self.name(machine), f"port{machine}"
            ip("netns", "add", name)
            ip("-n", name, "link", "set", "lo", "up")
            with contextlib.suppress(RuntimeError):  # or wait for the search for duplicates below
                self.check(machine, ["sh", "-c", f"echo 0 >{_IPV6}/default/accept_dad"])
            ip("-n", name, "link", "add", "eth0", "type", "veth", "peer", "name", port,
               "netns", hub)  # fmt: skip
            ip("-n", hub, "link", "set", port, "master", "lan", "up")
            ip("-n", name, "address", "add", f"{self.address(machine)}/24", "dev", "eth0")
            ip("-n", name, "link", "set", "eth0", "up")
            ip("-n", name, "route", "add", "224.0.0.0/4", "dev", "eth0")
        self._settle()

    def _settle(self) -> None:
        """Until no IPv6 address is tentative any more: till then nothing can be bound to it."""
        until = time.monotonic() + BOUND
        for machine in range(self.machines):
            while "tentative" in ip("-n", self.name(machine), "-6", "address", "show"):
                if time.monotonic() > until:
                    raise RuntimeError("the addresses do not settle")
                time.sleep(0.05)

    def unplug(self, machine: int) -> None:
        """Take its interface out."""
        ip("-n", self.name(machine), "link", "del", "eth0")

    def without_ipv4(self, machine: int) -> None:
        """Take its IPv4 addresses away."""
        ip("-n", self.name(machine), "-4", "address", "flush", "dev", "eth0")

    def add_address(self, machine: int, address: str) -> None:
        """Give it another address, written with its prefix's length."""
        ip("-n", self.name(machine), "address", "add", address, "dev", "eth0")

    def run(
        self, machine: int | str, argv: Sequence[str], *, lifetime: float = LIFETIME, **options: Any
    ) -> subprocess.Popen[Any]:
        """Start a program on a machine, or in a namespace. It is killed at the end of the LAN, or
        of its lifetime."""
        name = machine if isinstance(machine, str) else self.name(machine)
        process = subprocess.Popen(["ip", "netns", "exec", name, *argv], **options)
        timer = threading.Timer(lifetime, process.kill)
        timer.daemon = True
        timer.start()
        self._started.append((process, timer))
        return process

    def running(self) -> int:
        """How many of the programs that were started still run."""
        return sum(process.poll() is None for process, _ in self._started)

    def check(self, machine: int, argv: Sequence[str], **options: Any) -> str:
        """Run a program on a machine to its end; what it printed. Raises if it fails."""
        done = subprocess.run(
            ["ip", "netns", "exec", self.name(machine), *argv],
            capture_output=True,
            text=True,
            check=False,
            **{"timeout": BOUND, **options},
        )
        if done.returncode:
            raise RuntimeError(f"{argv}: {done.returncode}\n{done.stdout}{done.stderr}")
        return str(done.stdout)
