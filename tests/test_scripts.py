"""The scripts of hearth-scripts(7), run as they are printed, by the sh that is here."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import textwrap
from pathlib import Path
from typing import Any

import pytest
from program import ROOT, Hearth, clean_environment
from street_kit import until

from hearth.commands.manual import render

PAGE = ROOT / "man" / "hearth-scripts.7"
SHELL = shutil.which("dash") or "sh"
ALERT = """<?xml version="1.0" encoding="UTF-8"?>
<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">
<identifier>river-1</identifier><sender>water@county.example</sender>
<sent>2026-11-28T09:00:00+00:00</sent><status>Actual</status><msgType>Alert</msgType>
<scope>Public</scope><info><category>Met</category><event>Flood</event>
<urgency>Immediate</urgency><severity>Severe</severity><certainty>Observed</certainty>
<headline>The river is rising</headline></info></alert>
"""
needs_jq = pytest.mark.skipif(shutil.which("jq") is None, reason="no jq here")


def printed() -> dict[str, str]:
    """The scripts on the page, by their names."""
    lines = [*render(PAGE.read_text(encoding="utf-8"), 72).splitlines(), ""]
    found: dict[str, str] = {}
    while "         #!/bin/sh" in lines:
        del lines[: lines.index("         #!/bin/sh")]
        end = next(at for at, line in enumerate(lines) if line[:9].strip())
        text = textwrap.dedent("\n".join(lines[:end])).rstrip() + "\n"
        del lines[:end]
        name = re.match(r"#!/bin/sh\n# ([a-z-]+):", text)
        assert name, text
        found[name[1]] = text
    return found


class Kit:
    """The scripts in a folder, a community, and programs that stand in for lp and mountpoint."""

    def __init__(self, hearth: Hearth) -> None:
        self.hearth, self.home = hearth, hearth.home
        self.kit, self.bin = self.home / "kit", self.home / "bin"
        self.paper = self.home / "paper"
        self.bin.mkdir()
        self.kit.mkdir()
        for name, text in printed().items():
            self._program(self.kit / name, text)
        start = " ".join(f'"{each!s}"' for each in hearth.command())
        self._program(self.bin / "hearth", f'#!/bin/sh\nexec {start} "$@"\n')
        self._program(self.bin / "lp", f'#!/bin/sh\nexec cat >>"{self.paper}"\n')
        self._program(self.bin / "mountpoint", '#!/bin/sh\n[ -e "$2/mounted" ]\n')
        self.environ = clean_environment(self.home)
        self.environ["PATH"] = f"{self.bin}:{os.environ['PATH']}"
        assert hearth("init", "--name", "ada").code == 0
        assert hearth("community", "create", "Mühlgasse").code == 0

    @staticmethod
    def _program(path: Path, text: str) -> None:
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755)

    def run(self, name: str, *argv: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [SHELL, str(self.kit / name), *argv],
            input=stdin, capture_output=True, env=self.environ, cwd="/", text=True, timeout=120,
            check=False,
        )  # fmt: skip

    def json(self, *argv: str) -> dict[str, Any]:
        run = self.hearth(*argv, "--json")
        assert run.code == 0, run
        found: dict[str, Any] = json.loads(run.out)
        return found


@pytest.fixture
def kit(hearth: Hearth) -> Kit:
    return Kit(hearth)


def test_every_script_is_printed_and_tried() -> None:
    names = set(printed())
    assert len(names) == PAGE.read_text(encoding="utf-8").count("#!/bin/sh") == 9
    tried = {name.removeprefix("test_").split("__")[0] for name in globals()}
    assert {name.replace("-", "_") for name in names} <= tried
    for text in printed().values():
        done = subprocess.run([SHELL, "-n"], input=text, text=True, check=False)
        assert done.returncode == 0
        assert max(map(len, text.splitlines())) <= 71  # with the margin, 80 columns


@pytest.mark.slow
def test_night(kit: Kit) -> None:
    words = kit.home / ".backup-words"
    words.write_text("five words that hardly belong together\n")
    words.chmod(0o600)
    stick = kit.home / "stick"
    stick.mkdir()
    for _ in range(2):
        done = kit.run("night", str(stick))
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert list(stick.iterdir()) == []  # nothing is mounted there
    (stick / "mounted").touch()
    done = kit.run("night", str(stick))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert len(list((stick / "hearth").iterdir())) == 1
    assert "SITUATION REPORT" in (kit.home / "kept/report").read_text(encoding="utf-8")
    assert (kit.home / "kept/backup").stat().st_mode & 0o077 == 0

    safe = kit.home / "safe"
    safe.mkdir()
    done = kit.run("night", str(stick), str(safe))
    assert done.stdout == f"no stick at {safe}: the backup stays on this disk\n"
    (safe / "mounted").touch()
    (kit.home / "kept/backup").unlink()
    done = kit.run("night", str(stick), str(safe))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (safe / "backup").exists()
    assert not (kit.home / "kept/backup").exists()

    shutil.rmtree(stick / "hearth")
    (stick / "hearth").touch()  # something is wrong with the stick: all else is done
    done = kit.run("night", str(stick))
    assert done.stdout.startswith("exit 1: hearth sync --wait-lock 60 ")
    assert "and no folder" in done.stdout
    assert done.stdout.count("exit ") == 1
    assert (kit.home / "kept/backup").exists()
    words.unlink()
    assert ".backup-words" in kit.run("night").stderr


@pytest.mark.slow
def test_keep_serving(kit: Kit) -> None:
    def serving() -> list[int]:
        found = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(process.pid)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        return [int(each) for each in found.stdout.split()]

    argv = [SHELL, str(kit.kit / "keep-serving"), "--listen", "127.0.0.1:0", "--no-lan"]
    script = (kit.kit / "keep-serving").read_text().replace("sleep 10", "sleep 0.1")
    (kit.kit / "keep-serving").write_text(script)
    with subprocess.Popen(argv, env=kit.environ, stdout=-1, stderr=-1) as process:
        until(lambda: len(serving()) == 1)
        [first] = serving()
        os.kill(first, signal.SIGKILL)
        until(lambda: len(serving()) == 1 and serving() != [first])
        [second] = serving()
        process.terminate()
        assert process.wait(timeout=60) == 0
        until(lambda: not Path(f"/proc/{second}").exists())
    assert kit.hearth("fsck", "--quick").code == 0
    (kit.home / ".local/share/hearth/identity.json").unlink()  # no hearth any more: 10
    done = subprocess.run(argv, env=kit.environ, capture_output=True, timeout=120, check=False)
    assert done.returncode == 1


def test_matter(kit: Kit) -> None:
    assert kit.hearth("emergency", "declare", "--yes", "river").code == 0
    assert kit.run("matter").stdout == "emergency\n"
    shutil.rmtree(kit.home / ".local/share/hearth")
    done = kit.run("matter")
    assert (done.returncode, done.stdout) == (1, "unknown\n")
    assert "no hearth" in done.stderr


@needs_jq
def test_changed(kit: Kit) -> None:
    program = {"HEARTH_EMERGENCY_HOOK": str(kit.kit / "changed"), "PATH": kit.environ["PATH"]}
    run = kit.hearth("emergency", "declare", "--yes", "river", env=program)
    assert (run.code, "warning" in run.err) == (0, False)
    assert (kit.home / "modes").read_text().endswith(" emergency\n")
    assert "MODE" in kit.paper.read_text(encoding="utf-8")


def test_alerts(kit: Kit) -> None:
    folder = kit.home / "alerts"
    folder.mkdir()
    for _ in range(2):
        (folder / "-1.xml").write_text(ALERT)
        (folder / "two words.cap").write_text(ALERT.replace("Flood", ""))
        done = kit.run("alerts", str(folder))
        assert (done.returncode, done.stdout) == (0, "")
        assert "event" in done.stderr
        assert sorted(str(each.relative_to(folder)) for each in folder.rglob("*.*")) == [
            "done/-1.xml", "refused/two words.cap",
        ]  # fmt: skip
    [notice] = kit.json("emergency", "notice")["notices"]
    assert notice["headline"] == "The river is rising"


@pytest.mark.slow
@needs_jq
def test_visit(kit: Kit) -> None:
    assert kit.run("visit").returncode == 4  # no roll call
    assert kit.hearth("emergency", "roll-call", "start", "storm").code == 0
    assert kit.run("visit").stdout == "ada\n"
    assert kit.hearth("safe").code == 0
    assert (kit.run("visit").returncode, kit.run("visit").stdout) == (0, "")


@pytest.mark.slow
def test_cards(kit: Kit) -> None:
    paper = kit.hearth("emergency", "card", "print", "--blank", "3").out
    codes = re.findall(r"I am safe +(\S+)", paper)
    typed = f"# typed on Saturday\n{codes[0]} 00:00 Otto Nö\n\n{codes[1]} 00:00 Cy\n"
    wrong = f"{codes[2][:-1]}{'2' if codes[2][-1] != '2' else '3'} 00:00 Bo"
    done = kit.run("cards", stdin=f"{typed}{wrong}\n{codes[2]} 00:00\n")
    assert done.returncode == 1
    lines = [line for line in done.stdout.splitlines() if not line.startswith("#")]
    assert lines == [wrong, f"{codes[2]} 00:00 "]
    assert "# hint: --name says whose it is" in done.stdout
    again = done.stdout.replace(wrong, "").replace("00:00 ", "00:00 Bo")
    assert kit.run("cards", stdin=again + typed).returncode == 0
    assert "3 safe" in kit.hearth("emergency").out


@pytest.mark.slow
def test_door(kit: Kit) -> None:
    typed = "1\nhow long do i boil water\n1\n--json\n1\nxyzzy plugh\n2\n3\n4\n9\n"
    done = kit.run("door", stdin=typed)
    assert done.returncode == 0
    assert "rolling boil" in done.stdout
    assert done.stdout.count("Nothing here says that.") == 2
    assert done.stdout.count("1 ask") == 8


@pytest.mark.slow
def test_tickets(kit: Kit) -> None:
    done = kit.run("tickets", "2")
    assert (done.returncode, done.stderr) == (0, "")
    first, second = (each.split("hearth join\n")[1] for each in done.stdout.split("\n\n")[:2])
    assert first != second
    for each in (first, second):
        assert 'a member of "Mühlgasse" already' in kit.hearth("join", stdin=each).out
