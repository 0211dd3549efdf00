"""The detector over written-down weeks: what it makes of links that flap, portals, and silence."""

from __future__ import annotations

import json
import random
from itertools import pairwise, product
from pathlib import Path

import pytest
from condition_kit import TRACES, Replay, Trace, readings, replay, values

from hearth.condition import keeping
from hearth.condition.axes import (
    AXES,
    Clock,
    Link,
    Mode,
    Peers,
    Power,
    Scale,
    Values,
    Wan,
    technical,
)  # fmt: skip
from hearth.condition.damping import BAD_SECONDS, GOOD_SECONDS, MOST, Damped
from hearth.condition.detector import DWELL, FIRST, JITTER, LAST, PENDING, SCARCE, STALE, Detector

SEEDS = range(2)


def steady(found: Replay) -> None:
    """At most one change of the technical mode in two minutes."""
    gaps = [later - earlier for earlier, later in pairwise(found.technical)]
    assert all(gap >= DWELL for gap in gaps), found.technical


def test_there_are_ten_traces() -> None:
    assert len(TRACES) >= 10


@pytest.mark.parametrize("path", TRACES, ids=lambda path: path.stem)
@pytest.mark.parametrize("seed", SEEDS)
def test_a_trace(path: Path, seed: int) -> None:
    trace = Trace.read(path.read_text())
    found, expected = replay(trace, seed), trace.expected
    steady(found)
    modes = [mode.value for _, mode in found.changes]
    if modes[0] == "normal" and expected["modes"].split(",")[0] != "normal":
        modes = modes[1:]  # it takes half a minute to believe what was never otherwise
    assert ",".join(modes) == expected["modes"], found.changes
    assert modes[-1] == expected["mode"]
    assert int(found.known.exit_code) == int(expected["exit"])
    for name in AXES:
        if name in expected:
            assert values(found.known)[name] == expected[name]
    assert found.unstable >= set(filter(None, expected.get("unstable", "").split(",")))
    assert not found.known.unstable
    if "believed" in expected:
        at = found.changes[-1][0] - trace.changes[-1][0]
        assert BAD_SECONDS <= at <= float(expected["believed"])


def test_looks_become_seldom() -> None:
    """Six an hour and a few more where nothing happens."""
    found = replay(Trace.read("0 link=lan pages=page,page\n36000 end"))
    assert 50 <= found.looks <= 80
    scarce = replay(Trace.read("0 link=lan power=battery:20\n36000 end"))
    assert scarce.looks <= 30


@pytest.mark.parametrize("seed", range(12))
def test_any_week_changes_the_mode_seldom_and_ends_right(seed: int) -> None:
    rng = random.Random(seed)
    at, trace = 0.0, Trace()
    worlds = {
        "link": ["lan", "none", "link-local"],
        "pages": ["page,page", "other,other", "no_way,no_way"],
        "peers": ["3/4", "0/4"], "power": ["mains", "battery:50", "battery:25"],
    }  # fmt: skip
    while at < 6 * 3600:
        name = rng.choice(list(worlds))
        trace.changes.append((at, {name: rng.choice(worlds[name])}))
        at += rng.choice([3, 8, 20, 45, 100, 400]) * rng.uniform(0.5, 2)
    trace.end = at + 2 * 3600
    found = replay(trace, seed)
    steady(found)
    last = readings(trace.world(trace.end))
    assert found.known.mode is technical(Values(**last))  # type: ignore[arg-type]


# one axis


def fed(axis: Damped[Link], *looks: tuple[float, Link]) -> Damped[Link]:
    for at, reading in looks:
        axis.take(reading, at)
    return axis


def test_bad_news_take_three_looks_and_half_a_minute() -> None:
    none, lan = Link.NONE, Link.LAN
    assert fed(Damped(lan), (0, none), (29, none), (30 - 0.1, none)).value is lan
    assert fed(Damped(lan), (0, none), (30, none)).value is lan  # two looks
    assert fed(Damped(lan), (0, none), (15, none), (30, none)).value is none
    # one good look between them, and it begins anew
    looks = [(0, none), (10, none), (20, lan), (30, none), (40, none), (50, none)]
    assert fed(Damped(lan), *looks).value is lan
    assert fed(Damped(lan), *looks, (60, none)).value is none


def test_good_news_take_two_looks_and_two_minutes() -> None:
    none, lan = Link.NONE, Link.LAN
    assert fed(Damped(none), (0, lan), (GOOD_SECONDS - 1, lan)).value is none
    assert fed(Damped(none), (0, lan), (GOOD_SECONDS, lan)).value is lan
    assert fed(Damped(none), (0, lan), (60, none), (120, lan), (239, lan)).value is none


def test_a_turn_to_the_other_side_of_what_counts_begins_anew() -> None:
    worse, counts, better = Link.NONE, Link.LOCAL, Link.LAN
    assert fed(Damped(counts), (0, worse), (15, better), (30, worse)).value is counts
    assert fed(Damped(counts), (0, worse), (60, better), (121, better)).value is counts
    assert fed(Damped(counts), (0, worse), (60, better), (180, better)).value is better


def test_many_turns_are_no_news_before_half_a_minute() -> None:
    axis = Damped(Link.LAN)
    for at in range(0, 30, 2):
        fed(axis, (at, Link.NONE if at % 4 else Link.LAN))
    assert axis.held
    assert axis.value is Link.LAN
    began = axis.began
    assert fed(axis, (began + BAD_SECONDS - 0.1, Link.LAN)).value is Link.LAN
    assert fed(axis, (began + BAD_SECONDS, Link.LAN)).value is Link.NONE


def test_many_turns_hold_the_worse_until_they_have_died_down() -> None:
    axis = Damped(Link.LAN)
    at = 0.0
    while not axis.unstable(at):
        fed(axis, (at, Link.NONE), (at + 6, Link.LAN))
        at += 12
    assert at >= 30
    fed(axis, (at, Link.NONE), (at + 6, Link.LAN))
    assert axis.value is Link.NONE
    quiet = at + 6
    while axis.unstable(quiet):
        fed(axis, (quiet, Link.LAN))
        assert axis.value is Link.NONE
        quiet += 30
    assert 600 <= quiet - at <= 1000
    assert fed(axis, (quiet, Link.LAN)).value is Link.LAN


def test_the_penalty_has_an_end() -> None:
    axis = Damped(Link.LAN)
    for at in range(0, 4000, 10):
        axis.take(Link.NONE if at % 20 else Link.LAN, at)
    assert MOST - 1 < axis._penalty(4000) <= MOST
    assert axis.unstable(4000 + 900)
    assert not axis.unstable(4000 + 1000)


# between runs


def test_it_goes_on_from_what_was_kept() -> None:
    """Runs of a cron job believe what one that runs on would; each has a clock of its own."""
    looks = ((0, Link.LAN), (400, Link.NONE), (415, Link.NONE), (430, Link.NONE))
    data, kept, believed = None, 0.0, []
    for number, (at, link) in enumerate(looks):
        base = 1000.0 * number
        detector = Detector.restore(data, base + kept, random.Random(1))
        detector.forget_stale(base + at)
        detector.take({"link": link}, base + at, at_once=True)
        data, kept = json.loads(json.dumps(detector.data(base + at + 3))), at + 3
        believed.append(detector.values.link)
    assert believed == [Link.LAN, Link.LAN, Link.LAN, Link.NONE]
    assert detector.mode is Mode.ISLAND


def test_what_another_version_kept_is_begun_anew() -> None:
    detector = Detector(random.Random(1))
    detector.take({"link": Link.LAN}, 0.0, at_once=True)
    data = json.loads(json.dumps(detector.data(1.0)))
    assert Detector.restore(data, 1.0, random.Random(1)).values == detector.values
    data["version"] += 1
    new = Detector(random.Random(1))
    assert new.values != detector.values
    assert Detector.restore(data, 1.0, random.Random(1)).values == new.values


def test_what_is_kept_of_an_axis_is_all_of_it() -> None:
    axis = Damped(Link.LAN)
    for at in range(0, 200, 7):
        axis.take(Link.NONE if at % 2 else Link.LOCAL, at)
    again = Damped.restore(Link, axis.data(210), 5210)
    assert again.unstable(5210)
    assert again.data(5210) == pytest.approx(axis.data(210))


@pytest.mark.parametrize(
    "data",
    [
        None, {}, [], "x", {"version": 2}, {"version": 1},
        {"version": 1, "axes": {"link": ["lan"]}, "mode": "normal", "changed": 0, "looked": 0},
        {"version": 1, "axes": {"x": []}, "mode": "normal"},
        {"version": 1, "axes": {}, "mode": "fine", "pause": 1, "changed": 0, "looked": 0, "due": 0},
    ],
)  # fmt: skip
def test_what_was_kept_may_be_anything(data: object) -> None:
    detector = Detector.restore(data, 7.0, random.Random(1))
    assert detector.looked is None
    detector.forget_stale(7.0)
    detector.take({"link": Link.NONE}, 7.0, at_once=True)
    assert detector.mode is Mode.ISLAND


@pytest.mark.parametrize("age", [-1e15, -5.0])
def test_what_was_kept_of_the_future_holds_nothing_up(age: float) -> None:
    data = Detector(random.Random(1)).data(0.0) | {"changed": age, "looked": age}
    data["axes"] = {"link": ["lan", "lan", "lan", age, 0, False, 0.0, age, False]}
    detector = Detector.restore(json.loads(json.dumps(data)), 1000.0, random.Random(1))
    for second in range(1000, 1300, 20):
        detector.take({"link": Link.NONE}, float(second))
    assert detector.mode is Mode.ISLAND


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "9007199254740994"])
def test_numbers_that_are_none_are_not_kept(tmp_path: Path, number: str) -> None:
    (tmp_path / keeping.FILE).write_text(f'{{"v": 1, "due": {number}}}')
    assert keeping.read(tmp_path) is None
    (tmp_path / keeping.FILE).write_text('{"v": 1, "due": 9007199254740992, "x": -0.5}')
    assert keeping.read(tmp_path) == {"v": 1, "due": 2**53, "x": -0.5}


def test_after_a_long_pause_a_single_look_is_believed_by_who_looks_once() -> None:
    detector = Detector(random.Random(1))
    for number in range(20):
        detector.take({"link": Link.LAN}, 100.0 * number)
    last = 1900.0
    kept = detector.data(last)
    soon = Detector.restore(kept, last, random.Random(1))
    soon.forget_stale(last + STALE)
    soon.take({"link": Link.NONE}, last + STALE, at_once=True)
    assert soon.mode is Mode.NORMAL
    late = Detector.restore(kept, last, random.Random(1))
    at = last + 1.5 * LAST * (1 + JITTER) + 1
    late.forget_stale(at)
    late.take({"link": Link.NONE}, at, at_once=True)
    assert late.mode is Mode.ISLAND


def test_pauses_between_looks() -> None:
    class Middle(random.Random):
        def uniform(self, a: float, b: float) -> float:
            return (a + b) / 2

    detector, at, pauses = Detector(Middle()), 0.0, []
    for _ in range(10):
        detector.take({"link": Link.LAN}, at)
        pauses.append(detector.due - at)
        at = detector.due
    assert pauses == [FIRST, 10, 20, 40, 80, 160, 320, LAST, LAST, LAST]
    detector.take({"link": Link.NONE}, at)
    assert detector.due - at == FIRST
    detector.disturb(at + 1)
    assert detector.due == at + 1
    at += 1
    waits = []
    while detector.is_waiting:
        detector.take({"link": Link.NONE}, at)
        waits.append(detector.due - at)
        at = detector.due
    assert max(waits[:-1]) <= PENDING
    assert detector.due - at == 0


@pytest.mark.parametrize(("power", "times"), [(Power.BATTERY, 1), (Power.LOW, SCARCE)])
def test_on_a_scarce_battery_looks_are_four_times_as_seldom(power: Power, times: float) -> None:
    detector, at, pause = Detector(random.Random(1)), 0.0, 0.0
    for _ in range(20):
        detector.take({"link": Link.LAN, "power": power}, at)
        pause = detector.due - at
        at = detector.due
    assert LAST * times * 0.8 <= pause <= LAST * times * 1.2


# modes


@pytest.mark.parametrize(
    ("values", "mode"),
    [
        (Values(), Mode.NORMAL),
        (Values(link=Link.LAN, wan=Wan.FULL), Mode.NORMAL),
        (Values(link=Link.LAN, wan=Wan.LIMITED), Mode.DEGRADED),
        (Values(link=Link.LAN, wan=Wan.PORTAL), Mode.DEGRADED),
        (Values(link=Link.LAN, wan=Wan.NONE), Mode.ISLAND),
        (Values(link=Link.LOCAL), Mode.ISLAND),
        (Values(link=Link.NONE, wan=Wan.FULL), Mode.ISLAND),
    ],
)
def test_what_follows_from_what(values: Values, mode: Mode) -> None:
    assert technical(values) is mode


def test_nothing_that_is_seen_is_an_emergency() -> None:
    every: list[list[Scale]] = [list(each) for each in (Link, Wan, Peers, Power, Clock)]
    found = {technical(Values(*each)) for each in product(*every)}  # type: ignore[arg-type]
    assert found == {Mode.NORMAL, Mode.DEGRADED, Mode.ISLAND}
