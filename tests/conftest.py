"""Fixtures for everybody: the real program in an empty home, and the test data.

Nothing here is simulated: `hearth(...)` starts a process, with every `HEARTH_*` and `XDG_*`
variable of the developer's own environment taken away.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from program import ROOT, Hearth


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An empty home directory."""
    directory = tmp_path / "home"
    directory.mkdir(mode=0o700)
    return directory


@pytest.fixture
def hearth(home: Path) -> Hearth:
    """The real program, run in `home`."""
    return Hearth(home)


@pytest.fixture(scope="session")
def test_data() -> Path:
    """The directory of real documents and vectors; skips where it is not on this machine."""
    named = os.environ.get("HEARTH_TEST_DATA")
    directory = Path(named) if named else ROOT.parent / "shared" / "data"
    if not (directory / "corpora").is_dir():
        pytest.skip("no test data (set HEARTH_TEST_DATA)")
    return directory
