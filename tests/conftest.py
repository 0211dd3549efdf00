"""Fixtures for everybody: the real program in an empty home, and the test data.

Nothing here is simulated: `hearth(...)` starts a process, with every `HEARTH_*` and `XDG_*`
variable of the developer's own environment taken away.
"""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings
from moulds import Mould, take
from program import ROOT, Hearth

if TYPE_CHECKING:
    from chat_kit import Talkers, Three
    from sharing_kit import Neighbour

    from hearth.ask.sources import Source

# How long anything takes says nothing about what it does, and other work may run beside a test.
settings.register_profile("hearth", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("hearth")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An empty home directory."""
    directory = tmp_path / "home"
    directory.mkdir(mode=0o700)
    return directory


@pytest.fixture
def hearth(home: Path, request: pytest.FixtureRequest) -> Hearth:
    """The real program, run in `home`; started cold, unless the module says `QUICK = True`."""
    return Hearth(home, quick=getattr(request.module, "QUICK", False))


@pytest.fixture(scope="session")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Mould:
    """A home with a hearth, in which a question has been answered once."""
    home = tmp_path_factory.mktemp("asked") / "home"
    home.mkdir(mode=0o700)
    program = Hearth(home, quick=True)
    assert program("init").code == 0
    assert program("ask", "how do i treat a burn").code == 0  # reads the guide in
    return take(home)


@pytest.fixture(scope="session")
def three(tmp_path_factory: pytest.TempPathFactory) -> Three:
    """Three neighbours who know each other: made once, to be copied."""
    from chat_kit import Three

    return Three(tmp_path_factory.mktemp("neighbours") / "three")


@pytest.fixture
def street(three: Three, tmp_path: Path) -> Talkers:
    """The three, for one test."""
    return three.copy(tmp_path)


@pytest.fixture
def ada(tmp_path: Path) -> Iterator[Neighbour]:
    """A neighbour alone."""
    from sharing_kit import Neighbour

    ada = Neighbour(tmp_path, "ada")
    yield ada
    ada.index.close()
    ada.home.close()


@pytest.fixture(scope="session")
def cards() -> Source:
    """The cards of the emergency guide, to be asked."""
    from hearth.ask.sources import guide_source

    source = guide_source(None)
    assert source is not None
    return source


@pytest.fixture(scope="session")
def test_data() -> Path:
    """The directory of real documents and vectors; skips where it is not on this machine."""
    named = os.environ.get("HEARTH_TEST_DATA")
    directory = Path(named) if named else ROOT.parent / "shared" / "data"
    if not (directory / "corpora").is_dir():
        pytest.skip("no test data (set HEARTH_TEST_DATA)")
    return directory


def pytest_sessionfinish(session: pytest.Session) -> None:
    """With HEARTH_STRICT_SKIPS, fail at every skip that allowed_skips.txt does not name."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or not os.environ.get("HEARTH_STRICT_SKIPS"):
        return
    skipped = [*reporter.stats.get("skipped", []), *reporter.stats.get("xfailed", [])]
    unexpected = [report for report in skipped if not _is_allowed(report)]
    for report in unexpected:
        reporter.write_line(f"NOT ALLOWED to be skipped: {report.nodeid}: {_reason(report)}")
    if unexpected and session.exitstatus == 0:
        session.exitstatus = 1


def _reason(report: pytest.TestReport) -> str:
    return str(report.longrepr[2]) if isinstance(report.longrepr, tuple) else str(report.longrepr)


def _is_allowed(report: pytest.TestReport) -> bool:
    text = (ROOT / "tests" / "allowed_skips.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        pattern, _, reason = line.partition("  ")
        if not line or line.startswith("#"):
            continue
        if reason.strip() in _reason(report) and fnmatch.fnmatchcase(report.nodeid, pattern):
            return True
    return False
