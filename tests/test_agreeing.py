"""What cannot be undone, or goes to everybody, is done only once somebody has agreed."""

from __future__ import annotations

import json

import pytest
from cap_kit import alert, info
from program import Hearth

QUICK = True


@pytest.fixture
def house(hearth: Hearth) -> Hearth:
    """Ada, a steward, who has said a few things."""
    for argv in (
        "init --name ada",
        "community create Mill_Lane",
        "chat send #general hello",
        "emergency notice publish the river rises",
        "emergency missing report Eve Berg",
        "emergency drill start --yes rehearsal",
        "emergency drill end",
    ):
        run = hearth(*argv.split())
        assert run.code == 0, run
    (hearth.home / "private.xml").write_text(
        alert(info(expires="2099-01-01T00:00:00-00:00"), scope="Restricted", restriction="crew")
    )
    return hearth


def test_where_nobody_can_be_asked_nothing_is_done_without_a_yes(house: Hearth) -> None:
    before = house("log", "--json").out
    (message,) = [line for line in before.splitlines() if '"message"' in line]
    for argv in (
        ("erase", json.loads(message)["id"]),
        ("erase", "--chat", "#general"),
        ("erase", "--everything"),
        ("export", "out", "--include-secrets"),
        ("key", "rotate"),
        ("community", "leave"),
        ("emergency", "declare", "storm"),
        ("emergency", "notice", "publish", "the", "river", "rises"),
        ("emergency", "notice", "import", "private.xml"),
        ("emergency", "missing", "report", "Eve", "Berg"),
        ("emergency", "drill", "start", "again"),
        ("emergency", "drill", "erase"),
    ):
        run = house(*argv, stdin="y\n")
        assert (run.code, run.out) == (2, ""), argv
        assert "nobody is there to agree" in run.err, argv
        assert "--yes does it without asking" in run.err, argv
        assert house("log", "--json").out == before, argv
    assert not (house.home / "out").exists()
