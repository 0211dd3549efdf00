"""A street: whole hearths in one community, and the real program run in each of them.

The community is made in this process (as `mesh_kit` does it), with the real clock; what is tested
then happens in processes, on loopback: in forks of one that has imported the program (`warm`), but
for `start` and `serving`, or if the street is not `quick`.
"""

from __future__ import annotations

import functools
import hashlib
import json
import queue
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import anyio
import warm
from mesh_kit import Member
from moulds import Mould, pour, take
from program import Hearth, Run, clean_environment

BOUND = 60.0
"""Seconds for what is certain to happen; only a hang takes so long."""


def clock() -> int:
    return int(time.time())


def until(true: Callable[[], Any], bound: float = BOUND) -> Any:
    """Wait for a condition; what it gave."""
    deadline = time.monotonic() + bound
    while not (found := true()):
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.02)
    return found


class Serve:
    """A running `hearth serve --json`, and the lines that it has printed."""

    def __init__(self, process: subprocess.Popen[str] | warm.Piped) -> None:
        self.process = process
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self.heard: list[dict[str, Any]] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.ready = self.next("ready")
        self.port: int = self.ready["port"]
        self.address = f"127.0.0.1:{self.port}"

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line)
        self._lines.put(None)

    def next(self, event: str, where: Callable[[dict[str, Any]], Any] = bool) -> dict[str, Any]:
        """The next line about such an event."""
        while True:
            line = self._lines.get(timeout=BOUND)
            assert line is not None, f"it has ended: {self.stderr()}"
            document: dict[str, Any] = json.loads(line)
            self.heard.append(document)
            if document["event"] == event and where(document):
                return document

    def stderr(self) -> str:
        """What it said on stderr, once it has ended."""
        assert self.process.stderr is not None
        return self.process.stderr.read()

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send it a signal; its exit code. All that it printed has been read then."""
        self.process.send_signal(number)
        code = self.process.wait(BOUND)
        self._reader.join(BOUND)
        return code


@functools.cache
def _settled(names: tuple[str, ...], community: str) -> tuple[Mould, bytes]:
    """Hearths of these names, new, and the community in which they are."""
    with tempfile.TemporaryDirectory() as folder:
        members = [Member(Path(folder), name, clock) for name in names]

        async def join() -> bytes:
            first, *rest = members
            id = first.found(community)
            async with first.serving() as place:
                for other in rest:
                    await other.join(first.invite(id), place)
                    other.remember(place._replace(device=first.home.identity.device))
            return id

        try:
            id = anyio.run(join)
        finally:
            for member in members:
                member.home.close()
        return take(Path(folder)), id


class Street:
    """Hearths by name, under one folder."""

    def __init__(self, folder: Path, *, quick: bool = True) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.home.mkdir(mode=0o700, exist_ok=True)
        self._program = Hearth(self.home, quick=quick)

    def path(self, name: str) -> Path:
        return self.folder / name

    def environment(self, name: str, env: Mapping[str, str] | None = None) -> dict[str, str]:
        return clean_environment(self.home) | {"HEARTH_DIR": str(self.path(name)), **(env or {})}

    @contextmanager
    def member(self, name: str) -> Iterator[Member]:
        """The hearth opened in this process; made, if it is new."""
        member = Member(self.folder, name, clock)
        try:
            yield member
        finally:
            member.home.close()

    def settle(self, *names: str, community: str = "Mill Lane") -> bytes:
        """A community that the first one has founded, and the others have joined."""
        mould, id = _settled(names, community)
        pour(mould, self.folder)
        return id

    def say(self, name: str, community: bytes, *texts: str) -> None:
        """Write events of a chat."""
        with self.member(name) as member:
            for text in texts:
                member.say(community, text)

    def __call__(self, name: str, *argv: str, env: Mapping[str, str] | None = None) -> Run:
        """Run the program in a hearth, to its end."""
        given = {"HEARTH_DIR": str(self.path(name)), **(env or {})}
        return self._program(*argv, env=given)

    def json(self, name: str, *argv: str, code: int = 0) -> dict[str, Any]:
        """The document that it prints."""
        run = self(name, *argv, "--json")
        assert run.code == code, run
        document: dict[str, Any] = json.loads(run.out)
        return document

    def start(
        self, name: str, *argv: str, env: Mapping[str, str] | None = None, **more: Any
    ) -> subprocess.Popen[str]:
        """Start the program in a hearth."""
        return self.start_with([], name, *argv, env=env, **more)

    def start_with(
        self,
        before: Sequence[str],
        name: str,
        *argv: str,
        env: Mapping[str, str] | None = None,
        **more: Any,
    ) -> subprocess.Popen[str]:
        """Start it through another program."""
        return subprocess.Popen(
            [*before, sys.executable, "-P", "-m", "hearth", *argv],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
            env=self.environment(name, env),
            cwd=self.home,
            **more,
        )

    @contextmanager
    def hosting(self, name: str) -> Iterator[Serve]:
        """As `serving`, for a moment in which others call: the process is made as `quick` says."""
        argv = ("serve", "--listen", "127.0.0.1:0", "--json")
        environment = self.environment(name)
        if not self._program.quick or warm.cold(environment):
            with self.serving(name) as serve:
                yield serve
            return
        process = warm.Piped(argv, environment, self.home)
        try:
            yield Serve(process)
        finally:
            process.kill()
            process.wait(BOUND)
            process.stdout.close()
            process.stderr.close()

    @contextmanager
    def serving(
        self, name: str, *argv: str, env: Mapping[str, str] | None = None, **more: Any
    ) -> Iterator[Serve]:
        """A hearth that serves on loopback meanwhile."""
        listen = () if "--listen" in argv else ("--listen", "127.0.0.1:0")
        process = self.start(name, "serve", *listen, "--json", *argv, env=env, **more)
        try:
            yield Serve(process)
        finally:
            if process.poll() is None:
                process.kill()
            process.wait(BOUND)
            for stream in (process.stdout, process.stderr):
                if stream is not None:
                    stream.close()

    def device(self, name: str) -> str:
        """Its id."""
        id: str = self.json(name, "id")["device"]["id"]
        return id

    def log(self, name: str, community: bytes) -> list[str]:
        """`hearth log --json` of one community."""
        lines = self(name, "log", "--json").out.splitlines()
        return [line for line in lines if json.loads(line)["community"] == community.hex()]

    def communities(self, name: str) -> set[str]:
        """Those of which it holds events."""
        lines = self(name, "log", "--json").out.splitlines()
        return {json.loads(line)["community"] for line in lines}

    def set_meta(self, name: str, **values: int) -> None:
        """Put the clock of a hearth's memory where a test wants it."""
        with (
            self.member(name) as member,
            member.home.store.batch() as batch,
            batch.transaction() as tx,
        ):
            for key, value in values.items():
                tx.connection.execute(
                    "INSERT INTO meta VALUES (?, ?)"
                    " ON CONFLICT DO UPDATE SET value = excluded.value",
                    (key.replace("_", " "), value),
                )


def bytes_of(folder: Path) -> dict[str, str]:
    """Every file below, with a digest of what is in it."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def exchange(port: int, send: Sequence[bytes], *, wait: float = BOUND) -> bytes:
    """Connect, send these one after another, and read to the end; all that came."""
    with socket.create_connection(("127.0.0.1", port), timeout=wait) as line:
        for piece in send:
            line.sendall(piece)
        heard = b""
        try:
            while data := line.recv(65536):
                heard += data
        except (ConnectionError, TimeoutError):
            pass
        return heard
