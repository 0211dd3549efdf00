"""make ask and its setup: what reaches the program, and when pip is called.

The interpreter in `.venv` is replaced by a script that writes down how it was called; make, the
shell and `.ci/setup` are the real ones.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from program import ROOT

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="no make")

Make = Callable[..., subprocess.CompletedProcess[str]]

RECORDER = """\
#!/bin/sh
case "$1 $2" in
"-m pip") echo pip >>calls; exit {pip} ;;
"-m hearth") shift 2; printf '%s\\0' "$@" >argv; echo hearth >>calls; exit {hearth} ;;
esac
exit 0
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    directory = tmp_path / "it's a checkout"
    (directory / ".venv" / "bin").mkdir(parents=True)
    (directory / ".ci").mkdir()
    for name in ("Makefile", "pyproject.toml", ".ci/setup", ".ci/minds"):
        shutil.copy(ROOT / name, directory / name)
    return directory


@pytest.fixture
def make(checkout: Path) -> Make:
    def run(
        *arguments: str, pip: int = 0, hearth: int = 0, env: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        program = checkout / ".venv" / "bin" / "python"
        program.write_text(RECORDER.format(pip=pip, hearth=hearth))
        program.chmod(0o755)
        kept = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
        return subprocess.run(
            ["make", *arguments],
            cwd=checkout,
            capture_output=True,
            text=True,
            env=kept | (env or {}),
            check=False,
        )

    return run


def calls(checkout: Path) -> list[str]:
    path = checkout / "calls"
    found = path.read_text().split() if path.exists() else []
    path.unlink(missing_ok=True)
    return found


QUESTIONS = [
    "How do I make flood water safe to drink?",
    "it's my neighbour's",
    'is "boiled" enough',
    "what costs $5 or $HOME or ${HOME} or $$",
    "$(shell touch made-by-make) $(HOME) `touch made-by-sh` $(touch made-by-sh)",
    "a; touch made-by-sh & b | c > d # e",
    "back\\slash \\n %s",
    "-20 degrees, and --json",
    "tab\tand\nnewline",
    "żółć 日本 🔥",
    "*",
]


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_reaches_the_program_as_it_is(make: Make, checkout: Path, question: str) -> None:
    for given in ({"arguments": [f"Q={question}"]}, {"env": {"Q": question}}):
        done = make("ask", *given.get("arguments", []), env=given.get("env"))
        assert done.returncode == 0, done.stderr
        argv = (checkout / "argv").read_bytes().split(b"\0")[:-1]
        assert argv == [b"ask", b"--", question.encode()]
        assert not list(checkout.glob("made-by-*"))
        assert done.stderr.endswith('make install puts "hearth" on your path.\n')


def test_pip_is_called_once_and_never_again(make: Make, checkout: Path) -> None:
    assert make("ask", "Q=x").returncode == 0
    assert calls(checkout) == ["pip", "hearth"]
    assert make("ask", "Q=x").returncode == 0
    (checkout / "pyproject.toml").touch()
    assert make("ask", "Q=x").returncode == 0
    assert calls(checkout) == ["hearth", "hearth"]


def test_what_was_set_up_for_the_tests_serves_asking(make: Make, checkout: Path) -> None:
    make("test")
    calls(checkout)
    make("ask", "Q=x")
    assert calls(checkout) == ["hearth"]


def test_a_setup_that_was_stopped_early_is_begun_anew(checkout: Path) -> None:
    """Ctrl-C while the environment was made: an interpreter is there, and no pip yet."""
    half, maker = checkout / ".venv" / "bin" / "python", checkout / "python"
    half.write_text('#!/bin/sh\ncase "$2" in *nacl*) exit 1 ;; esac\n[ "$1 $2" != "-m pip" ]\n')
    whole = RECORDER.format(pip=0, hearth=0)
    maker.write_text(
        '#!/bin/sh\n[ "$1 $2" = "-m venv" ] || exit 0\necho venv >>calls\n'
        f"cat >.venv/bin/python <<'END'\n{whole}END\n"
    )
    for each in (half, maker):
        each.chmod(0o755)
    given = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    done = subprocess.run(
        ["make", "ask", "Q=x"], cwd=checkout, capture_output=True, text=True, check=False,
        env=given | {"PYTHON": "./python"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert calls(checkout) == ["venv", "pip", "hearth"]


def test_without_a_network_what_is_there_is_used(make: Make, checkout: Path) -> None:
    make("ask", "Q=x")
    with (checkout / "pyproject.toml").open("a") as file:
        file.write("# changed\n")
    calls(checkout)
    done = make("ask", "Q=x", pip=1)
    assert done.returncode == 0
    assert calls(checkout) == ["pip", "hearth"]
    assert "note: .venv could not be brought up to date" in done.stderr
    make("ask", "Q=x")  # the network is back
    assert calls(checkout) == ["pip", "hearth"]
    make("ask", "Q=x")
    assert calls(checkout) == ["hearth"]


def test_the_programs_failure_is_makes(make: Make) -> None:
    done = make("ask", "Q=x", hearth=13)
    assert done.returncode == 2  # make's own way of saying it
    assert "Error 13" in done.stderr


@pytest.mark.parametrize("code", [3, 4])
def test_no_evidence_is_an_answer(make: Make, code: int) -> None:
    done = make("ask", "Q=x", hearth=code)
    assert (done.returncode, "***" in done.stderr) == (0, False)


def test_minds_are_offered_where_there_are_none(make: Make, checkout: Path) -> None:
    """One line, and nothing waits for them."""
    assert make("ask", "Q=x").stderr.count("make minds") == 1
    (checkout / ".venv" / ".hearth-minds").touch()
    assert "make minds" not in make("ask", "Q=x").stderr


def test_minds_without_a_network_say_so(make: Make, checkout: Path) -> None:
    done = make("minds", pip=1, hearth=4)  # there is a hearth, and it has no such model
    assert done.returncode == 2
    assert "could not be fetched" in done.stderr
    assert "hearth get minilm" in done.stderr
    assert not [*(checkout / ".venv").glob("minds*")]
    assert "make minds" in make("ask", "Q=x").stderr


def test_minds_that_are_here_already_are_not_fetched(make: Make, checkout: Path) -> None:
    make("ask", "Q=x")
    calls(checkout)
    assert make("minds").returncode == 0
    assert "pip" not in calls(checkout)
    assert "make minds" not in make("ask", "Q=x").stderr


def test_no_question(make: Make, checkout: Path) -> None:
    done = make("ask")
    assert done.returncode == 2
    assert 'make ask Q="' in done.stderr
    assert calls(checkout) == []


@pytest.mark.parametrize("there", [True, False])
def test_minds_equip_what_is_installed_as_well(make: Make, checkout: Path, there: bool) -> None:
    """Not where an installation was broken off: pip would find another's hearth."""
    folder = checkout / "data" / "hearth-program" / "venv" / "bin"
    folder.mkdir(parents=True)
    installed = folder / "python"
    installed.write_text(
        '#!/bin/sh\n[ "$1" != -c ] || exit 1\nprintf "%s " "$@" >>installed-calls\n'
    )
    installed.chmod(0o755)
    if there:
        (folder / "hearth").touch(mode=0o755)
    done = make("minds", env={"XDG_DATA_HOME": str(checkout / "data")})
    assert done.returncode == 0, done.stderr
    called = checkout / "installed-calls"
    assert called.exists() is there
    if there:
        assert called.read_text().startswith("-m pip install --prefer-binary hearth[embed] ")
