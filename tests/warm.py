"""Processes that begin where the imports end, for tests that start the program dozens of times.

Most of what a short command costs is Python importing: a tenth of a second for `hearth id`, half
of one for `hearth sync`. Here one process imports the program once and then only forks. What a
test gets is a process of its own, with its own pid, streams, environment, folder and exit code,
that runs `hearth.commands.main.main` from its first line to its last. Two things differ from the
program started cold, as every transcript starts it: all modules are there already, and a guess
at a passphrase costs the least that libsodium allows. So what is about the start, about imports or
about that cost starts it cold; so does whatever changes how Python starts (`cold`).

Run as a script it is that first process: it takes requests from the socket that is its standard
input until that is closed.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import gc
import os
import pickle
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, TextIO

STARTS = ("PYTHON", "LC_", "LANG", "LD_", "MALLOC_", "TZDIR")
"""Variables that Python, or the loader, heeds before the program does."""


def cold(env: Mapping[str, str]) -> bool:
    """Whether a process in such an environment has to be started in full; on macOS all do."""
    return not hasattr(os, "pidfd_open") or _relevant(env) != _relevant(_started_with())


def _relevant(env: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in env.items() if name.startswith(STARTS)}


@functools.cache
def _started_with() -> dict[str, str]:
    from program import clean_environment

    return clean_environment(Path("/nowhere"))


class Child:
    """A process that runs the program; it is waited for, and sent signals, by its pid."""

    def __init__(self, pid: int, line: socket.socket) -> None:
        self.pid, self.returncode = pid, None
        self._line = line

    returncode: int | None

    def poll(self) -> int | None:
        """Its exit code (as in `subprocess`), or None while it runs."""
        return self._look(0)

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code; raises subprocess.TimeoutExpired."""
        code = self._look(timeout)
        if code is None:
            raise subprocess.TimeoutExpired("hearth", timeout or 0)
        return code

    def _look(self, timeout: float | None) -> int | None:
        if self.returncode is None and select.select([self._line], [], [], timeout)[0]:
            self.returncode = os.waitstatus_to_exitcode(int(self._line.recv(16)))
            self._line.close()
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class Piped(Child):
    """A child whose output is read meanwhile, as text."""

    stdout: TextIO
    stderr: TextIO

    def __init__(self, argv: Sequence[str], env: Mapping[str, str], cwd: Path) -> None:
        out, err = os.pipe(), os.pipe()
        with open(os.devnull, "rb") as nothing:
            child = start(argv, env, cwd, nothing.fileno(), out[1], err[1])
        os.close(out[1])
        os.close(err[1])
        super().__init__(child.pid, child._line)
        self.stdout = os.fdopen(out[0], encoding="utf-8")
        self.stderr = os.fdopen(err[0], encoding="utf-8")


def run(
    argv: Sequence[str | bytes | Path],
    stdin: bytes,
    env: Mapping[str, str],
    cwd: Path,
    timeout: float,
) -> tuple[int, bytes, bytes]:
    """Run it to its end: exit code, stdout, stderr."""
    into, out, err = os.pipe(), os.pipe(), os.pipe()
    child = start(argv, env, cwd, into[0], out[1], err[1])
    for each in (into[0], out[1], err[1]):
        os.close(each)
    found: list[bytes] = [b"", b""]
    threads = [threading.Thread(target=_write, args=(os.fdopen(into[1], "wb"), stdin), daemon=True)]
    for number, (end, _) in enumerate((out, err)):
        given = (os.fdopen(end, "rb"), found, number)
        threads.append(threading.Thread(target=_read, args=given, daemon=True))
    for thread in threads:
        thread.start()
    try:
        code = child.wait(timeout)
    finally:
        child.kill()
    for thread in threads:
        thread.join(timeout)
    return code, found[0], found[1]


def _write(file: BinaryIO, data: bytes) -> None:
    try:
        with file:
            file.write(data)
    except BrokenPipeError:
        pass  # it did not want to read it all


def _read(file: BinaryIO, found: list[bytes], number: int) -> None:
    with file:
        found[number] = file.read()


def start(
    argv: Sequence[str | bytes | Path],
    env: Mapping[str, str],
    cwd: Path,
    *streams: int,
    session: bool = False,
) -> Child:
    """Start the program with these three descriptors as its streams, or in its own session."""
    server = _server()
    here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)  # two messages come
    with there, open(os.memfd_create("request"), "wb") as request:
        pickle.dump(([os.fsdecode(each) for each in argv], dict(env), str(cwd), session), request)
        request.flush()
        socket.send_fds(server, [b"."], [*streams, request.fileno(), there.fileno()])
    pid = here.recv(16)
    assert pid, "the process that forks has gone"
    return Child(int(pid), here)


@functools.cache
def _server() -> socket.socket:
    """The socket of this process's server, which goes when this process does."""
    here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with there:
        process = subprocess.Popen(
            [sys.executable, "-P", __file__], stdin=there.fileno(), env=_started_with()
        )

    def end() -> None:
        here.close()
        process.wait()

    atexit.register(end)
    return here


# the first process


def serve() -> list[str]:
    """Fork for every request. It comes back only in a fork: with the argv of what it is to run."""
    line = socket.socket(fileno=os.dup(0))
    assert threading.active_count() == 1
    gc.collect()
    gc.freeze()  # a collection in a fork would copy every page
    running: dict[int, tuple[int, socket.socket]] = {}  # by what is readable once it has ended
    while True:
        for ready in select.select([line.fileno(), *running], [], [])[0]:
            if ready == line.fileno():
                argv = _fork(line, running)
                if argv is not None:
                    return argv
            else:
                os.close(ready)
                pid, reply = running.pop(ready)
                with reply:
                    _say(reply, os.waitpid(pid, 0)[1])


def _fork(line: socket.socket, running: dict[int, tuple[int, socket.socket]]) -> list[str] | None:
    """Take a request, and say which process runs it; in that process, its argv."""
    data, descriptors, _, _ = socket.recv_fds(line, 1, 5)
    if not data:
        os._exit(0)
    pid = os.fork()
    if not pid:
        for other, (_, reply) in running.items():
            os.close(other)
            reply.close()
        line.close()
        return _become(descriptors)
    *given, end = descriptors
    for each in given:
        os.close(each)
    reply = socket.socket(fileno=end)
    running[os.pidfd_open(pid)] = pid, reply
    _say(reply, pid)
    return None


def _say(reply: socket.socket, number: int) -> None:
    with contextlib.suppress(OSError):  # perhaps nobody waits for it any more
        reply.sendall(b"%d" % number)


def _become(descriptors: list[int]) -> list[str]:
    """Set up streams, environment and folder of what was asked for; its argv."""
    *streams, request, end = descriptors
    os.close(end)
    with open(request, "rb") as file:
        file.seek(0)
        argv, env, cwd, session = pickle.load(file)
    for number, each in enumerate(streams):
        os.dup2(each, number)
        os.close(each)
    os.environ.clear()
    os.environ.update(env)
    os.chdir(cwd)
    if session:
        os.setsid()
    _streams()
    return list(argv)


def _streams() -> None:
    """Standard streams as Python makes them when it starts."""
    import io
    import time

    time.tzset()
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        old = getattr(sys, f"__{name}__")
        buffer: Any = os.fdopen(number, "wb" if number else "rb", closefd=False)
        new = io.TextIOWrapper(
            buffer, old.encoding, old.errors, "\n",
            line_buffering=number == 2 or os.isatty(number),
        )  # fmt: skip
        setattr(sys, name, new)
        setattr(sys, f"__{name}__", new)


def _import_all() -> None:
    """Every module of the program, and what those import only once they are called."""
    import importlib
    import pkgutil

    import hearth
    import hearth.commands
    import hearth.store
    import hearth.sync

    for package in (hearth, hearth.commands, hearth.store, hearth.sync):
        for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    for name in ("anyio._backends._asyncio", "asyncio", "zeroconf.asyncio", "ifaddr", "click"):
        importlib.import_module(name)


def _weaken() -> None:
    """Passphrases are stretched for no longer than libsodium insists on."""
    from hearth.identity import keyfile

    weak = keyfile.Strength(ops=1, memory=keyfile.MIN_MEMORY)
    keyfile.strength_for = lambda physical_memory: weak


if __name__ == "__main__":
    _import_all()
    _weaken()
    sys.argv = ["hearth", *serve()]
    from hearth.commands.main import main

    main()
