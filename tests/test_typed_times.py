"""Times that a person types: what has been, on a machine whose clock changes with the season."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from carriers_kit import Desk

from hearth.commands.mustering import past
from hearth.store.errors import UsageError


@pytest.fixture(autouse=True)
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Its clocks were set forward on 2026-03-29, at two o'clock."""
    monkeypatch.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def at(text: str) -> int:
    return int(time.mktime(time.strptime(text, "%Y-%m-%d %H:%M")))


@pytest.mark.parametrize(
    ("now", "typed", "meant"),
    [
        ("2026-03-29 08:00", "07:30", "2026-03-29 07:30"),
        ("2026-03-29 08:00", "23:30", "2026-03-28 23:30"),
        ("2026-03-01 08:00", "09:00", "2026-02-28 09:00"),
        ("2026-03-29 08:00", " 2026-03-28 22:15 ", "2026-03-28 22:15"),
        ("2026-03-29 08:00", "2h", "2026-03-29 06:00"),
    ],
)
def test_what_has_been(now: str, typed: str, meant: str) -> None:
    session = Desk().session
    session.now = at(now)
    assert past(session, typed) == at(meant)


@pytest.mark.parametrize("typed", ["2026-03-29 08:01", "soon", "25:00", "1969-12-31 12:00"])
def test_what_cannot_have_been(typed: str) -> None:
    session = Desk().session
    session.now = at("2026-03-29 08:00")
    with pytest.raises(UsageError):
        past(session, typed)
