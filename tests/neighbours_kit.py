"""Hearths beside each other: some serve in this process, the real program runs on others."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import anyio.to_thread
from mesh_kit import Member
from program import Hearth, Run, clean_environment

from hearth.mesh.peers import Place


def real_time() -> int:
    """The programs that are started read the real clock, so their neighbours do, too."""
    return int(time.time())


@contextmanager
def neighbours(folder: Path, *names: str) -> Iterator[list[Member]]:
    """Hearths in this process, by the real clock."""
    made = [Member(folder, name, real_time) for name in names]
    try:
        yield made
    finally:
        for member in made:
            member.home.close()


class Street:
    """Runs the program on hearths by their names: `await street("otto", "join", ticket)`."""

    def __init__(self, hearth: Hearth, folder: Path) -> None:
        self.hearth = hearth
        self.folder = folder

    def run(self, who: str, *argv: str, stdin: str = "") -> Run:
        here = ("--hearth", str(self.folder / who))
        return self.hearth(*here, *argv, stdin=stdin)

    async def __call__(self, who: str, *argv: str, stdin: str = "") -> Run:
        """In a thread: meanwhile hearths of this process serve."""
        return await anyio.to_thread.run_sync(lambda: self.run(who, *argv, stdin=stdin))

    def json(self, who: str, *argv: str) -> Any:
        run = self.run(who, *argv, "--json")
        assert run.code == 0, run
        return json.loads(run.out)

    def init(self, *names: str) -> None:
        for name in names:
            assert self.run(name, "init", "--name", name).code == 0

    def start(self, who: str, *argv: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self.hearth.command("--hearth", str(self.folder / who), *argv),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=clean_environment(self.hearth.home),
            cwd=self.hearth.home,
        )

    def ticket(self, who: str, place: Place | None, *argv: str) -> str:
        """A ticket made by the program, for a place where somebody serves."""
        at = () if place is None else ("--address", place.address)
        run = self.run(who, "invite", "--text", *at, *argv)
        assert run.code == 0, run
        return run.out.strip()
