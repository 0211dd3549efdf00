"""Times that a person types: what has been, on a machine whose clock changes with the season."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from carriers_kit import Desk

from hearth.commands.marketing import until
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
        ("2026-03-29 08:00", "yesterday 10:15pm", "2026-03-28 22:15"),
        ("2026-03-29 08:00", "28.3.2026 22:15", "2026-03-28 22:15"),
        ("2026-03-29 08:00", "Sat 21:40", "2026-03-28 21:40"),
        ("2026-03-29 08:00", "sunday 07:59", "2026-03-29 07:59"),
        ("2026-03-29 08:00", "Sun 08:00", "2026-03-29 08:00"),
        ("2026-03-29 08:00", "Sun 08:01", "2026-03-22 08:01"),
        ("2026-03-29 08:00", "Wednesday 9am", "2026-03-25 09:00"),
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


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("18:00", "2026-03-29 18:00"),
        ("07:30", "2026-03-30 07:30"),
        ("6pm", "2026-03-29 18:00"),
        ("12am", "2026-03-30 00:00"),
        ("12:30 PM", "2026-03-29 12:30"),
        ("Tomorrow 6pm", "2026-03-30 18:00"),
        ("tomorrow at 18:00", "2026-03-30 18:00"),
        ("2026-04-01T18:00", "2026-04-01 18:00"),
        ("24.12.2026", "2026-12-24 23:59"),
        ("24. 12. 2026, 18:00", "2026-12-24 18:00"),
        ("2026-12-24", "2026-12-24 23:59"),
        ("tomorrow", "2026-03-30 23:59"),
        ("sunday", "2026-03-29 23:59"),
        ("Sun 08:00", "2026-04-05 08:00"),
        ("sun 08:01", "2026-03-29 08:01"),
        ("sat", "2026-04-04 23:59"),
        ("Tues at 6pm", "2026-03-31 18:00"),
        ("3 days", "2026-04-01 08:00"),
    ],
)
def test_what_is_to_come(typed: str, meant: str) -> None:
    session = Desk().session
    session.now = at("2026-03-29 08:00")
    assert until(session, typed) // 60 == at(meant) // 60


@pytest.mark.parametrize(
    "typed",
    ["", "soon", "13pm", "0am", "24:00", "18:60", "30.2.2026", "31/12/2026", "24.12.", "tomorrow 6",
     "2026-12-24 6", "morgen 18 Uhr", "sunny", "mond"],
)  # fmt: skip
def test_what_is_no_time_says_what_would_be(typed: str) -> None:
    with pytest.raises(UsageError, match="is no time") as caught:
        until(Desk().session, typed)
    assert "18:00" in caught.value.hints[0]
