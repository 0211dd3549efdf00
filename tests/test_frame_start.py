"""What a start costs: which modules are imported is what decides it, so that is what is tested."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from program import Hearth, clean_environment

HEAVY = {
    "anyio", "apsw", "asyncio", "cbor2", "httpx", "importlib.metadata", "llama_cpp", "nacl",
    "numpy", "onnx", "onnxruntime", "pypdfium2", "rich", "snowballstemmer", "sqlite_vec",
    "tokenizers", "tomllib", "zeroconf",
}  # fmt: skip


def imported(home: Path, *argv: str) -> set[str]:
    """The modules that a run of the program imports, and their parents."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-P", "-m", "hearth", *argv],
        capture_output=True,
        text=True,
        env=clean_environment(home),
        cwd=home,
        check=False,
    )
    lines = [line.rsplit("|", 1)[1].strip() for line in done.stderr.splitlines() if "|" in line]
    assert "hearth.commands.main" in lines, done.stderr
    return {module for line in lines for module in (line, line.split(".")[0])}


@pytest.mark.parametrize("argv", [["--help"], ["-h"], [], ["serach"], ["config", "--help"]])
def test_help_imports_nothing_heavy(home: Path, argv: list[str]) -> None:
    assert not imported(home, *argv) & HEAVY


def test_version_imports_no_click(home: Path) -> None:
    ours = {name for name in imported(home, "--version") if name.startswith("hearth")}
    assert ours == {"hearth", "hearth.commands", "hearth.commands.main"}
    assert "click" not in imported(home, "--version")


def test_help_imports_no_verb(home: Path) -> None:
    from hearth.commands.verbs import VERBS

    verbs = {f"hearth.commands.{module}" for module, _ in VERBS.values()}
    assert not imported(home, "--help") & verbs


MINDS = {"httpx", "llama_cpp", "numpy", "onnx", "onnxruntime", "sqlite_vec", "tokenizers"}


@pytest.mark.parametrize("argv", [["ask", "is the water safe"], ["model"], ["gc"], ["doctor"]])
def test_without_models_nothing_that_runs_them_is_imported(
    home: Path, hearth: Hearth, argv: list[str]
) -> None:
    assert hearth("init", "--name", "x").code == 0
    assert not imported(home, *argv) & MINDS


def test_status_imports_neither_signatures_nor_parsers(home: Path, hearth: Hearth) -> None:
    assert hearth("init", "--name", "x").code == 0
    assert not imported(home, "status") & (HEAVY - {"apsw"})


@pytest.mark.parametrize("noun", ["market", "emergency"])
def test_the_help_of_a_noun_imports_none_of_its_verbs(home: Path, noun: str) -> None:
    found = imported(home, noun, "--help")
    assert not {name for name in found if name.startswith(f"hearth.commands.{noun}_")}
    assert not found & HEAVY


def test_sync_imports_neither_discovery_nor_parsers(home: Path, hearth: Hearth) -> None:
    """With sync.lan off, as it is in these tests, nobody looks for anybody by mDNS."""
    assert hearth("init", "--name", "x").code == 0
    needed = {"anyio", "apsw", "asyncio", "cbor2", "nacl", "tomllib"}
    assert not imported(home, "sync") & (HEAVY - needed)
    assert not imported(home, "gossip") & (HEAVY - needed)


def test_an_english_question_imports_no_other_language(home: Path) -> None:
    imported(home, "ask", "boil")  # makes the guide's index, which is told apart by language
    found = imported(home, "ask", "how do i boil the water to drink it")
    assert {name for name in found if name.startswith("hearth.languages")} == {"hearth.languages"}
    assert not found & {"snowballstemmer", "hearth.ask.foreign", "hearth.ask.condensing"}


def test_help_fits_a_screen_and_names_every_verb(hearth: Hearth) -> None:
    from hearth.commands.verbs import VERBS

    run = hearth("--help")
    assert run.code == 0
    assert all(len(line) <= 80 for line in run.out.splitlines())
    for verb, (_, help) in VERBS.items():
        assert f"  {verb} " in run.out
        assert help[:30] in run.out


def test_alone_without_a_hearth_it_shows_the_first_steps(hearth: Hearth) -> None:
    run = hearth()
    assert (run.code, run.err) == (0, "")
    assert "hearth init" in run.out
    assert "hearth ask" in run.out
    assert len(run.out.splitlines()) <= 15


def test_alone_with_a_hearth_it_shows_the_status(hearth: Hearth) -> None:
    hearth("init", "--name", "mill-lane-12")
    run = hearth()
    assert run.code == 0
    assert run.out == hearth("status").out
    assert '"mill-lane-12"' in run.out


def test_global_options_stand_before_or_after_the_verb(hearth: Hearth, tmp_path: Path) -> None:
    other = tmp_path / "other"
    assert hearth("--hearth", str(other), "init", "--name", "here").code == 0
    before = hearth("--hearth", str(other), "--json", "status")
    after = hearth("status", "--json", "--hearth", str(other))
    assert before.code == after.code == 0
    assert '"name": "here"' in before.out
    assert before.out.split('"free"')[0] == after.out.split('"free"')[0]


def test_json_where_a_verb_has_none_is_refused(hearth: Hearth) -> None:
    run = hearth("--json", "help")
    assert run.code == 2
    assert "no --json" in run.err


def test_a_bug_is_short_and_debug_shows_where(hearth: Hearth, tmp_path: Path) -> None:
    """A verb that raises what nobody foresaw: code 70, one line; the traceback on request."""
    script = tmp_path / "broken.py"
    script.write_text(
        "import sys\n"
        "import hearth.commands.config as verb\n"
        "def broken(show_origin): raise ZeroDivisionError('secret words')\n"
        "verb.list_.callback = broken\n"
        "from hearth.commands.main import main\n"
        "main()\n"
    )

    def run(*argv: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, script, *argv],
            capture_output=True,
            text=True,
            env=clean_environment(hearth.home),
            cwd=tmp_path,
            check=False,
        )

    short = run("config", "list")
    assert short.returncode == 70
    assert "Traceback" not in short.stderr
    assert len(short.stderr.splitlines()) == 2
    assert "Traceback" in run("config", "list", "--debug").stderr
    assert run("config", "list", "--json").stderr.startswith('{"v": 1, "error": {"code": "bug"')
    log = (hearth.home / ".local/state/hearth/diagnostic.log").read_text()
    assert "ZeroDivisionError" in log
    assert "secret words" not in log
