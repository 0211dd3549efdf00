"""Times of day that people type, on the days when the clocks are changed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from hearth.commands import daytime
from hearth.commands.context import Session
from hearth.commands.marketing import until
from hearth.commands.mustering import past

FORWARD = 1_774_746_000  # 2026-03-29 01:00 UTC: 02:00 becomes 03:00 in Berlin
BACK = 1_792_890_000  # 2026-10-25 01:00 UTC: 03:00 becomes 02:00 again
HOUR = 3600


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    def go(zone: str) -> None:
        monkeypatch.setenv("TZ", zone)
        time.tzset()

    go("Europe/Berlin")
    yield go
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("place")
class TestBerlin:
    def test_the_night_before_has_its_own_hours(self) -> None:
        noon = BACK + 10 * HOUR
        assert noon - daytime.last(noon, 23, 50) == 13 * HOUR + 600
        noon = FORWARD + 9 * HOUR
        assert time.localtime(noon)[3] == 12
        assert noon - daytime.last(noon, 23, 50) == 11 * HOUR + 600

    def test_what_was_a_quarter_of_an_hour_ago(self) -> None:
        for now in (BACK - HOUR // 2, BACK + HOUR // 2):  # 02:30 and, an hour later, 02:30
            assert time.localtime(now)[3:5] == (2, 30)
            assert daytime.last(now, 2, 15) == now - 900
            assert daytime.coming(now, 2, 45) == now + 900
        assert daytime.last(BACK + HOUR // 2, 2, 45) == BACK - 900  # the first time round

    def test_an_hour_that_was_left_out(self) -> None:
        assert daytime.last(FORWARD + HOUR, 2, 15) == FORWARD + 900  # a clock not changed yet
        assert daytime.coming(FORWARD - 60, 2, 15) == FORWARD + 900

    def test_every_minute_of_such_days_means_one_near(self) -> None:
        for now in range(BACK - 26 * HOUR, BACK + 26 * HOUR, 1117):
            shown = time.localtime(now)[3:5]
            assert 0 <= now - daytime.last(now, *shown) < 60
            assert daytime.last(now, *shown) < daytime.coming(now, *shown) <= now + 25 * HOUR

    def test_both_ways_to_type_it(self) -> None:
        session = Session.of_process({})
        session.now = BACK - HOUR // 2
        assert past(session, "02:15") == session.now - 900
        assert past(session, "23:50") == BACK - 3 * HOUR - 600
        assert until(session, "02:45") == session.now + 900
        assert until(session, "02:15") == session.now + 2700


def test_a_day_that_was_left_out(place: Callable[[str], None]) -> None:
    place("Pacific/Apia")
    now = 1_325_246_400  # 2011-12-31 02:00, after the 29th
    before = time.localtime(daytime.last(now, 12, 0))
    assert before[:4] == (2011, 12, 29, 12)
