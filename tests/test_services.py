"""The units and the line for cron: what a service manager reads, read as it reads it."""

from __future__ import annotations

import configparser
import shlex
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from program import ROOT

from hearth.store.errors import Exit

FOLDER = ROOT / "docs" / "systemd"
UNITS = ("hearth.service", "hearth-sync.service", "hearth-sync.timer")
STICK = ("99-hearth-stick.rules", "hearth-stick@.service")


def unit(name: str) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None, delimiters="=", comment_prefixes="#")
    parser.optionxform = str  # type: ignore[assignment]
    parser.read_string((FOLDER / name).read_text(encoding="utf-8"))
    return parser


def test_the_folder_holds_these() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {*UNITS, *STICK, "crontab"}


def test_a_stick_is_traded_with_if_it_has_a_folder_for_that(tmp_path: Path) -> None:
    """What the unit runs, with a program that notes how it was called."""
    program = tmp_path / ".local" / "bin" / "hearth"
    program.parent.mkdir(parents=True)
    program.write_text('#!/bin/sh\nprintf "%s\\n" "$@" >"$HOME/called"\n')
    program.chmod(0o755)
    (tmp_path / "stick" / "hearth").mkdir(parents=True)
    (tmp_path / "other").mkdir()
    command = unit(STICK[1])["Service"]["ExecStart"]
    for name, called in (("other", False), ("stick", True)):
        place = command.replace("/run/hearth-stick-%i", str(tmp_path / name))
        done = subprocess.run(
            shlex.split(place), env={"HOME": str(tmp_path)}, check=False, timeout=60
        )
        assert (done.returncode, (tmp_path / "called").exists()) == (0, called)
    said = (tmp_path / "called").read_text().split("\n")
    assert said[:4] == ["sync", "--wait-lock", "60", f"{tmp_path}/stick/"]


def test_systemd_has_no_complaint_about_the_stick(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd-analyze here")
    text = (FOLDER / STICK[1]).read_text(encoding="utf-8")
    text = text.replace("man:hearth-bundle(1)", "https://example.org").replace(
        "User=pi", "User=root"
    )
    (tmp_path / "hearth-stick@sdb1.service").write_text(text)
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(tmp_path / "hearth-stick@sdb1.service")],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert [line for line in done.stderr.splitlines() if "hearth-stick" in line] == []


def test_the_rule_starts_the_unit_that_is_shipped() -> None:
    rule = (FOLDER / STICK[0]).read_text(encoding="utf-8")
    assert 'ENV{SYSTEMD_WANTS}+="hearth-stick@%k.service"' in rule
    assert 'ENV{ID_BUS}=="usb"' in rule


def test_units_of_a_user_are_installed_where_systemd_looks_for_them() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    patterns = project["tool"]["setuptools"]["data-files"]["share/systemd/user"]
    assert {path.name for each in patterns for path in ROOT.glob(each)} == {*UNITS}


def test_systemd_has_no_complaint(tmp_path: Path) -> None:
    """With the program where the units look for it, and the timer's service beside it."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd-analyze here")
    program = tmp_path / ".local" / "bin" / "hearth"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    (tmp_path / "run").mkdir(mode=0o700)
    for name in UNITS:
        text = (FOLDER / name).read_text(encoding="utf-8").replace("%h", str(tmp_path))
        (tmp_path / name).write_text(text.replace("man:hearth(1)", "https://example.org"))
    environment = {
        "HOME": str(tmp_path),
        "PATH": "/usr/bin:/bin",
        "XDG_RUNTIME_DIR": str(tmp_path / "run"),
    }
    done = subprocess.run(
        ["systemd-analyze", "verify", "--user", *(str(tmp_path / name) for name in UNITS)],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
        timeout=60,
    )
    ours = [line for line in done.stderr.splitlines() if "hearth" in line]
    assert (done.returncode, ours) == (0, [])


def test_the_node_is_restarted_where_that_helps() -> None:
    service = unit("hearth.service")["Service"]
    assert service["Type"] == "notify"
    assert service["ExecStart"] == "%h/.local/bin/hearth serve"
    assert service["Restart"] == "on-failure"
    hopeless = {Exit(int(code)) for code in service["RestartPreventExitStatus"].split()}
    assert hopeless == {Exit.USAGE, Exit.NO_HEARTH, Exit.KEY_LOCKED, Exit.NEWER_FORMAT}
    assert "AF_NETLINK" in service["RestrictAddressFamilies"]


def test_nobody_at_home_is_no_failure() -> None:
    service = unit("hearth-sync.service")["Service"]
    assert service["Type"] == "oneshot"
    fine = {Exit(int(code)) for code in service["SuccessExitStatus"].split()}
    assert fine == {Exit.LOCKED, Exit.UNREACHABLE}
    timer = unit("hearth-sync.timer")
    assert timer["Timer"]["Persistent"] == "true"
    assert timer["Timer"]["RandomizedDelaySec"]
    assert timer["Install"]["WantedBy"] == "timers.target"


def test_cron_gets_one_line() -> None:
    lines = (FOLDER / "crontab").read_text(encoding="utf-8").splitlines()
    jobs = [line for line in lines if line and not line.startswith("#")]
    assert len(jobs) == 1
    minutes, *fields, program, verb = jobs[0].split()
    assert [0 <= int(minute) < 60 for minute in minutes.split(",")] == [True] * 4
    assert fields == ["*"] * 4
    assert (program, verb) == ('"$HOME/.local/bin/hearth"', "sync")
    assert "%" not in jobs[0]  # cron would end the command there


@pytest.mark.parametrize("name", [*UNITS, "crontab"])
def test_each_says_how_to_install_it(name: str) -> None:
    text = (FOLDER / name).read_text(encoding="utf-8")
    commands = [line for line in text.splitlines() if line.startswith("#   ")]
    assert len(commands) == 2
