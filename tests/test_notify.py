"""Being told: quiet hours, and programs that misbehave."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest
from street_kit import until

from hearth.commands import notify_program
from hearth.commands.notify import is_quiet
from hearth.values import parse_hours, parse_program

DAY = 1_800_000_000 - 1_800_000_000 % 86400


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()


@pytest.mark.parametrize(
    ("hours", "minute", "quiet"),
    [
        ("22:00-07:00", 22 * 60 - 1, False),
        ("22:00-07:00", 22 * 60, True),
        ("22:00-07:00", 23 * 60 + 59, True),
        ("22:00-07:00", 0, True),
        ("22:00-07:00", 7 * 60 - 1, True),
        ("22:00-07:00", 7 * 60, False),
        ("12:00-13:00", 12 * 60 - 1, False),
        ("12:00-13:00", 12 * 60, True),
        ("12:00-13:00", 13 * 60 - 1, True),
        ("12:00-13:00", 13 * 60, False),
        ("12:00-12:00", 12 * 60, False),
        ("", 0, False),
    ],
)
def test_quiet_hours(hours: str, minute: int, quiet: bool) -> None:
    assert is_quiet(hours, DAY + minute * 60) is quiet


@pytest.mark.parametrize("text", ["24:00-07:00", "22:00", "22:60-07:00", "22-7", "22:00-07:00x"])
def test_what_are_no_hours(text: str) -> None:
    with pytest.raises(ValueError, match="22:00-07:00"):
        parse_hours(text)


def test_hours_and_programs() -> None:
    assert parse_hours(" 22:00 - 07:00 ") == "22:00-07:00"
    assert parse_hours("") == ""
    assert parse_program(["/bin/x", "two words"]) == "/bin/x 'two words'"
    assert parse_program(" notify-send hearth ") == "notify-send hearth"
    assert parse_program("") == ""
    for text in ("'", "''", "a\0b"):
        with pytest.raises(ValueError, match="quoted as in a shell"):
            parse_program(text)


ENVIRON = {"PATH": os.environ["PATH"]}


def test_a_program_that_reads_nothing() -> None:
    assert notify_program.run(["true"], {"text": "x" * 1_000_000}, ENVIRON) is None
    assert "exit code 3" in (notify_program.run(["sh", "-c", "exit 3"], {}, ENVIRON) or "")
    assert "cannot be run" in (notify_program.run(["/nowhere"], {}, ENVIRON) or "")


def test_a_program_that_never_ends_is_ended_with_its_children(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notify_program, "LIMIT", 1.0)
    file = tmp_path / "child"
    script = f"sleep 1000 & echo $! > {file}; wait"
    assert "was ended after 1 s" in (notify_program.run(["sh", "-c", script], {}, ENVIRON) or "")
    child = int(until(lambda: file.exists() and file.read_text().strip()))

    def gone() -> bool:
        try:
            os.kill(child, 0)
        except ProcessLookupError:
            return True
        state = Path(f"/proc/{child}/stat")
        return state.exists() and ") Z " in state.read_text()

    try:
        until(gone)
    finally:
        if not gone():
            os.kill(child, signal.SIGKILL)
