"""What several tests use: the real program started as a process, in an empty home."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import warm

ROOT = Path(__file__).resolve().parent.parent


class Run(NamedTuple):
    """How a run of the program ended: exit code, and what it printed."""

    code: int
    out: str
    err: str
    stdout: bytes


def ruin_tables(path: Path) -> None:
    """Overwrite the first page of every table and index of an SQLite file with garbage."""
    with closing(sqlite3.connect(path)) as database:
        [(size,)] = database.execute("PRAGMA page_size")
        pages = database.execute("SELECT rootpage FROM sqlite_schema WHERE rootpage > 1").fetchall()
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with path.open("r+b") as file:
        for (page,) in pages:
            file.seek((page - 1) * size)
            file.write(b"\x5a" * size)


def clean_environment(home: Path) -> dict[str, str]:
    """An environment in which `home` is empty and nothing of the developer's shines through."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("HEARTH_", "XDG_", "LC_", "_HEARTH"))
        and name not in ("NO_COLOR", "CLICOLOR_FORCE", "COLUMNS", "LANG", "LANGUAGE")
        and name != "PYTHONUNBUFFERED"  # else nothing is left to be written at the end, or fail
        and name != "PYTHONDONTWRITEBYTECODE"  # else every process compiles every module anew
    }
    settled = {"HOME": str(home), "LC_ALL": "C.UTF-8", "TZ": "UTC", "TERM": "dumb"}
    return kept | settled | {"HEARTH_SYNC_LAN": "0"}  # nobody's real network is asked


class Hearth:
    """Runs the real program: `hearth("ask", "…", stdin="…", env={…}, cwd=…)` gives a `Run`.

    It runs in `home` unless told otherwise, for at most two minutes. With `quick`, the process is
    forked off one that has imported the program already (see `warm`), where that is the same.
    """

    def __init__(self, home: Path, *, quick: bool = False) -> None:
        self.home, self.quick = home, quick

    def command(self, *argv: str | bytes | Path) -> list[str | bytes | Path]:
        """The argv that starts the program, for tests that need the process itself."""
        return [sys.executable, "-P", "-m", "hearth", *argv]

    def __call__(
        self,
        *argv: str | bytes | Path,
        stdin: str | bytes = b"",
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        prefix: Sequence[str] = (),
        timeout: float = 120,
    ) -> Run:
        environment = clean_environment(self.home) | dict(env or {})
        given = stdin.encode() if isinstance(stdin, str) else stdin
        if self.quick and not prefix and not warm.cold(environment):
            code, out, err = warm.run(argv, given, environment, cwd or self.home, timeout)
        else:
            done = subprocess.run(
                [*prefix, *self.command(*argv)],
                input=given,
                capture_output=True,
                env=environment,
                cwd=cwd or self.home,
                timeout=timeout,
                check=False,
            )
            code, out, err = done.returncode, done.stdout, done.stderr
        text, told = (each.decode("utf-8", "surrogateescape") for each in (out, err))
        return Run(code, text, told, out)

    def on(
        self, terminal: int, argv: Sequence[str], env: Mapping[str, str]
    ) -> subprocess.Popen[bytes] | warm.Child:
        """Start it in a session of its own, with all three streams on a terminal."""
        if self.quick and not warm.cold(env):
            return warm.start(argv, env, self.home, *(terminal,) * 3, session=True)
        return subprocess.Popen(
            self.command(*argv),
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            env=env,
            cwd=self.home,
            start_new_session=True,
        )
