"""Fixtures for everybody: the real program in an empty home, and the test data.

Nothing here is simulated: `hearth(...)` starts a process, with every `HEARTH_*` and `XDG_*`
variable of the developer's own environment taken away.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parent.parent


class Run(NamedTuple):
    """How a run of the program ended: exit code, and what it printed."""

    code: int
    out: str
    err: str
    stdout: bytes


Hearth = Callable[..., Run]


def clean_environment(home: Path) -> dict[str, str]:
    """An environment in which `home` is empty and nothing of the developer's shines through."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("HEARTH_", "XDG_", "LC_", "_HEARTH"))
        and name not in ("NO_COLOR", "CLICOLOR_FORCE", "COLUMNS", "LANG", "LANGUAGE")
    }
    return kept | {"HOME": str(home), "LC_ALL": "C.UTF-8", "TZ": "UTC", "TERM": "dumb"}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An empty home directory."""
    directory = tmp_path / "home"
    directory.mkdir(mode=0o700)
    return directory


@pytest.fixture
def hearth(home: Path) -> Hearth:
    """Run the real program: `hearth("ask", "…", stdin="…", env={…}, cwd=…)` gives a `Run`.

    It runs in `home` unless told otherwise, for at most two minutes.
    """

    def run(
        *argv: str | bytes | Path,
        stdin: str | bytes = b"",
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        prefix: Sequence[str] = (),
        timeout: float = 120,
    ) -> Run:
        environment = clean_environment(home) | dict(env or {})
        done = subprocess.run(
            [*prefix, sys.executable, "-P", "-m", "hearth", *argv],
            input=stdin.encode() if isinstance(stdin, str) else stdin,
            capture_output=True,
            env=environment,
            cwd=cwd or home,
            timeout=timeout,
            check=False,
        )
        return Run(
            done.returncode,
            done.stdout.decode("utf-8", "surrogateescape"),
            done.stderr.decode("utf-8", "surrogateescape"),
            done.stdout,
        )

    return run


@pytest.fixture(scope="session")
def test_data() -> Path:
    """The directory of real documents and vectors; skips where it is not on this machine."""
    named = os.environ.get("HEARTH_TEST_DATA")
    directory = Path(named) if named else ROOT.parent / "shared" / "data"
    if not (directory / "corpora").is_dir():
        pytest.skip("no test data (set HEARTH_TEST_DATA)")
    return directory
