"""A kit on a bare machine: no network, an empty home, whatever the medium; with the real wheels."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import pytest
from kits import alone, real_wheels
from program import ROOT, Hearth

pytestmark = pytest.mark.slow
QUESTION = "How do I make flood water safe to drink?"
PATH = "/usr/local/bin:/usr/bin:/bin"


class Bare:
    """A machine without a network and with an empty home, and a kit on a stick."""

    def __init__(self, kit: Path, home: Path, python: str, prefix: Sequence[str]) -> None:
        self.kit = kit
        self.home = home
        self.python = python
        self.prefix = list(prefix)
        home.mkdir(exist_ok=True)

    @property
    def environ(self) -> dict[str, str]:
        """Nothing of the developer's; the Python that the kit is for is named."""
        return {
            "PATH": PATH, "HOME": str(self.home), "PYTHON": self.python, "HEARTH_SYNC_LAN": "0",
            "TZ": "UTC",
        }  # fmt: skip

    def __call__(
        self, script: str, *argv: str, environ: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*self.prefix, "dash", str(self.kit / script), *argv],
            capture_output=True, text=True, check=False, cwd="/", stdin=subprocess.DEVNULL,
            env=self.environ if environ is None else environ, timeout=300,
        )  # fmt: skip

    def hearth(self, *argv: str) -> str:
        """The program that was unpacked."""
        [python] = [*self.kit.glob("local/*/bin/python")]
        done = subprocess.run(
            [python, "-P", "-m", "hearth", *argv], env=self.environ, cwd="/",
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done
        return done.stdout


@pytest.fixture(scope="module")
def python() -> str:
    """The Python that this one's venv stands on."""
    return os.path.realpath(sys.executable)


@pytest.fixture(scope="module")
def maker(tmp_path_factory: pytest.TempPathFactory) -> Hearth:
    """A steward's hearth, with a corpus that is shared."""
    ada = Hearth(tmp_path_factory.mktemp("ada"))
    text = "# Boiler\n\nPress the red button for 5 seconds to restart it.\n"
    (ada.home / "boiler.md").write_text(text)
    for line in (
        ["init", "--name", "ada"], ["community", "create", "Mill Lane"],
        ["add", "boiler.md", "--corpus", "manuals", "--licence", "CC-BY 4.0"],
        ["corpus", "share", "manuals"],
    ):  # fmt: skip
        assert ada(*line).code == 0
    return ada


@pytest.fixture(scope="module")
def made(maker: Hearth, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A kit made of the wheels of this installation, with the corpus."""
    wheels = real_wheels(tmp_path_factory.mktemp("index") / "wheels")
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    run = maker(
        "kit", "create", "kit", "--wheels", str(wheels), "--corpus", "*", "--python", python,
        "--platform", f"linux-{os.uname().machine}",
    )  # fmt: skip
    assert run.code == 0, run
    return maker.home / "kit"


@pytest.fixture
def bare(made: Path, tmp_path: Path, python: str) -> Bare:
    kit = tmp_path / "Ada's stick" / "the kit"
    shutil.copytree(made, kit)
    return Bare(kit, tmp_path / "home", python, alone())


def answered(run: subprocess.CompletedProcess[str]) -> bool:
    return run.returncode == 0 and "[1] Built-in guide › " in run.stdout


def test_start_ends_in_a_cited_answer_and_again_quickly(bare: Bare) -> None:
    """Done: in a namespace without network and an empty home, start.sh ends in a cited answer."""
    first = bare("start.sh", QUESTION)
    assert answered(first), first
    assert "unpacking the program" in first.stderr
    assert 'corpus "manuals": 1 document (CC-BY 4.0)' in first.stdout
    again = bare("start.sh", QUESTION)
    assert answered(again), again
    assert "unpacking" not in again.stderr
    assert again.stdout.split("\n")[0] == first.stdout.split("\n")[1], "nothing is taken twice"
    own = bare("ask.sh", "how", "do", "i", "restart", "the", "boiler")
    assert own.returncode == 0, own
    assert "Press the red button for 5 seconds to restart it." in own.stdout
    assert "[1] Boiler · manuals" in own.stdout
    assert bare("start.sh", "--verify").returncode == 0
    bare.hearth("fsck")


def test_the_program_of_a_kit_passes_the_smoke_test_and_makes_a_kit(
    bare: Bare, tmp_path: Path
) -> None:
    """What is installed from a kit is whole; and a kit can be made of it, with the same wheels."""
    assert answered(bare("start.sh", QUESTION))
    [python] = [*bare.kit.glob("local/*/bin/python")]
    shutil.copy(ROOT / ".ci" / "smoke", tmp_path / "smoke")
    smoke = subprocess.run(
        [*bare.prefix, python, "-P", tmp_path / "smoke", tmp_path / "smoked"],
        capture_output=True, text=True, check=False, env=bare.environ, cwd=tmp_path,
    )  # fmt: skip
    assert smoke.returncode == 0, smoke
    again = tmp_path / "again"
    bare.hearth("kit", "create", str(again), "--wheels", "installed")
    assert {path.name: path.read_bytes() for path in (again / "wheels").iterdir()} == {
        path.name: path.read_bytes() for path in (bare.kit / "wheels").iterdir()
    }


def test_without_home_and_on_a_medium_where_nothing_may_run(bare: Bare, tmp_path: Path) -> None:
    """A stick that is read-only and noexec; no HOME. The program goes into the data folder."""
    mount = tmp_path / "mount"
    mount.mkdir()
    prefix = alone("-m")
    script = (
        'mount --bind "$1" "$2" && mount -o remount,bind,ro,noexec "$2" && shift && shift &&'
        ' exec "$@"'
    )
    stick = Bare(mount, bare.home, bare.python, [*prefix, "sh", "-c", script, "-", str(bare.kit),
                                                 str(mount)])  # fmt: skip
    data = tmp_path / "data"
    data.mkdir()
    environ = {"PATH": PATH, "PYTHON": bare.python, "XDG_DATA_HOME": str(data)}
    first = stick("start.sh", QUESTION, environ=environ)
    if "mount" in first.stderr and "permission denied" in first.stderr:
        pytest.skip("nothing can be mounted here")
    assert answered(first), first
    assert str(data / "hearth-kit") in first.stderr
    assert not (bare.kit / "local").exists()
    assert answered(stick("ask.sh", QUESTION, environ=environ))
    report = stick("report.sh", "all", "well", environ=environ)
    assert report.returncode == 0
    assert report.stdout.startswith(f"wrote {data}/hearth-kit/reports/")


def unpacking(local: Path) -> bool:
    """Whether a venv is being made there; the folder itself comes and goes at first."""
    with suppress(FileNotFoundError):
        return any(".new." in path.name for path in local.iterdir())
    return False


@pytest.mark.parametrize("after", [0.3, 1.0, 2.0])
def test_killed_while_it_unpacks_the_next_start_begins_again(bare: Bare, after: float) -> None:
    process = subprocess.Popen(
        ["dash", bare.kit / "start.sh", QUESTION], env=bare.environ, cwd="/",
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    until = time.monotonic() + 60
    while not unpacking(bare.kit / "local") and process.poll() is None:
        assert time.monotonic() < until
    try:
        process.wait(after)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert answered(bare("start.sh", QUESTION))
    assert len([*(bare.kit / "local").iterdir()]) == 1


def test_a_damaged_wheel_is_told_and_nothing_half_made_is_left(bare: Bare) -> None:
    [path] = (bare.kit / "wheels").glob("click-*.whl")
    was = path.read_bytes()
    path.write_bytes(was[:20_000] + bytes([was[20_000] ^ 1]) + was[20_001:])
    run = bare("start.sh", QUESTION)
    assert run.returncode == 1
    assert "the program could not be unpacked" in run.stderr
    assert not [*(bare.kit / "local").iterdir()]
    path.write_bytes(was)
    assert answered(bare("start.sh", QUESTION))


def test_by_stick_alone_a_stranger_joins_and_reports(
    maker: Hearth, made: Path, tmp_path: Path, python: str
) -> None:
    """A kit with a ticket, no network anywhere: start, trade, the steward, trade, report, trade."""
    run = maker(
        "kit", "create", str(tmp_path / "kit"), "--wheels", str(made / "wheels"), "--invite",
        "--python", made_for(made), "--platform", f"linux-{os.uname().machine}",
    )  # fmt: skip
    assert run.code == 0, run
    bare = Bare(tmp_path / "kit", tmp_path / "home", python, alone())
    stick = tmp_path / "stick"
    stick.mkdir()
    first = bare("start.sh", QUESTION)
    assert answered(first), first
    assert "not in the community yet" in first.stderr
    before = bare("report.sh", "all", "well")
    assert "nobody was told" in before.stderr
    [report] = (bare.kit / "reports").iterdir()
    assert report.read_text().endswith("  all well\n")
    assert bare("trade.sh", str(stick)).stdout.endswith("safe to remove\n")
    assert maker("sync", str(stick), "-v").out.endswith("safe to remove\n")
    back = bare("trade.sh", str(stick))
    assert 'you belong to "Mill Lane" now' in back.stdout, back
    assert back.stdout.endswith("safe to remove\n")
    told = bare("report.sh", "all", "well,", "need", "insulin")
    assert told.returncode == 0, told
    assert "it goes with the next sync or trade.sh" in told.stderr
    assert bare("trade.sh", str(stick)).returncode == 0
    assert maker("sync", str(stick)).code == 0
    assert "all well, need insulin" in maker("chat", "read", "#reports").out
    assert bare("start.sh", "--verify").returncode == 0


def made_for(kit: Path) -> str:
    said = json.loads((kit / "manifest.json").read_bytes())
    return str(said["targets"][0]["python"])
