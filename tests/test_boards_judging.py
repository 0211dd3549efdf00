"""What is known of a site: six hours, two clocks, and whoever says otherwise."""

from __future__ import annotations

from itertools import permutations

import pytest
from boards_kit import DAY, HOUR, YEAR_1970, YEAR_2031
from hypothesis import given, strategies as st
from mesh_kit import NOW

from hearth.boards.judging import FRESH, HEARD, SHOWN, Said, Site, heard, is_shown, judge, observed
from hearth.boards.records import SiteRecord
from hearth.boards.words import MAX_NAME, MAX_PEOPLE, SiteTextError, State, line, people
from hearth.seen import SANE

COMMUNITY, SUBJECT = b"c" * 32, b"s" * 32
ADA, BO, CY = (name.encode().ljust(32, b"\0") for name in ("ada", "bo", "cy"))


def said(
    person: bytes, state: State, lamport: int, at: int | None = NOW, came: int = NOW, **more: object
) -> Said:
    record = SiteRecord(0, "gym", state, **more)  # type: ignore[arg-type]
    order = (lamport, person, 1, person + bytes((lamport,)))
    return Said(person, person, order[3], order, at, came, record)


def judged(*words: Said, stewards: tuple[bytes, ...] = (), now: int = NOW) -> Site | None:
    return judge(COMMUNITY, SUBJECT, words, stewards, now)


def site(*words: Said, stewards: tuple[bytes, ...] = (), now: int = NOW) -> Site:
    found = judged(*words, stewards=stewards, now=now)
    assert found is not None
    return found


@pytest.mark.parametrize(("age", "known"), [(FRESH - 1, True), (FRESH, True), (FRESH + 1, False)])
def test_after_six_hours_nobody_knows(age: int, known: bool) -> None:
    found = site(said(ADA, State.OPEN, 1, NOW - age, taken=3))
    assert found.state(NOW) == (State.OPEN if known else None)
    assert found.taken(NOW) == (3 if known else None)


def test_nothing_is_open_whose_age_is_not_known() -> None:
    assert site(said(ADA, State.OPEN, 1, None)).state(NOW) is None


@pytest.mark.parametrize(
    ("wall", "came", "now", "at"),
    [
        (NOW - 60, NOW, NOW, NOW - 60),  # by stick: as old as it was written
        (NOW, NOW - 60, NOW, NOW - 60),  # a clock a little ahead: as old as it is here
        (NOW + HOUR, NOW - 60, NOW, NOW - 60),
        (NOW + HOUR + 1, NOW - 60, NOW, None),
        (YEAR_2031, NOW, NOW, None),
        (YEAR_1970, NOW, NOW, None),
        (NOW, YEAR_1970, YEAR_1970, None),  # this machine's clock is not set
        (NOW - 60, NOW + DAY, NOW, NOW - 60),
        (SANE, SANE, SANE, SANE),
        (SANE - 1, SANE, SANE, None),
        (SANE, SANE, SANE - 1, None),
    ],
)
def test_the_older_of_two_clocks_counts(wall: int, came: int, now: int, at: int | None) -> None:
    assert observed(wall, came, now) == at


@given(st.integers(0, 1 << 33), st.integers(0, 1 << 33), st.integers(0, 1 << 33))
def test_nothing_is_younger_than_it_can_be(wall: int, came: int, now: int) -> None:
    at = observed(wall, came, now)
    assert at is None or at <= min(wall, came, now)


def test_the_last_in_the_logs_order_tells_and_whoever_differs_is_named() -> None:
    words = [
        said(ADA, State.OPEN, 1, NOW - HOUR),
        said(BO, State.CLOSED, 2, NOW - 2 * HOUR),
        said(CY, State.CLOSED, 3, NOW - 3 * HOUR),
    ]
    for each in permutations(words):
        found = site(*each)
        assert found.state(NOW) == State.CLOSED
        assert (found.community, found.subject, found.last.person) == (COMMUNITY, SUBJECT, CY)
        assert [one.person for one in found.others] == [ADA]


def test_who_differed_long_ago_is_not_named() -> None:
    found = site(said(BO, State.CLOSED, 1, NOW - FRESH - 1), said(ADA, State.OPEN, 2))
    assert found.others == ()
    for age, named in ((FRESH - 1, [BO]), (FRESH, [BO]), (FRESH + 1, [])):
        doubt = site(said(BO, State.CLOSED, 1, None, NOW - age), said(ADA, State.OPEN, 2))
        assert [each.person for each in doubt.others] == named


def test_what_seldom_changes_is_of_whoever_said_it_last() -> None:
    found = site(
        said(ADA, State.OPEN, 1, NOW - DAY, capacity=80, has=3, place="Mill Lane 4"),
        said(BO, State.FULL, 2, taken=80, has=1),
    )
    assert (found.capacity, found.has, found.place) == (80, 1, "Mill Lane 4")


def test_who_may_take_a_site_off_the_board() -> None:
    gone = said(BO, State.GONE, 3)
    assert judged(said(BO, State.OPEN, 1), gone) is None  # judged by the last of each
    assert judged(gone) is None
    assert judged(gone, said(ADA, State.GONE, 4)) is None  # of which nobody says anything else
    other = said(ADA, State.OPEN, 1)
    assert judged(other, gone, stewards=(BO,)) is None
    found = site(other, gone)
    assert found.state(NOW) == State.OPEN
    assert [each.record.state for each in found.others] == [State.GONE]
    again = site(gone, said(ADA, State.OPEN, 4), stewards=(BO,))
    assert again.state(NOW) == State.OPEN
    assert again.others == ()


def test_after_a_week_of_silence_it_leaves_the_board() -> None:
    for age, shown in ((SHOWN, True), (SHOWN + 1, False)):
        assert is_shown(site(said(ADA, State.OPEN, 1, NOW - age)), NOW) is shown
        assert is_shown(site(said(ADA, State.OPEN, 1, None, NOW - age)), NOW) is shown


def test_nobody_buries_the_others() -> None:
    flood = [site(said(CY, State.OPEN, at + 1)) for at in range(HEARD + 2)]
    borne_out = site(said(ADA, State.OPEN, 1), said(CY, State.OPEN, 2))
    shown, more = heard([*flood, borne_out], ())
    assert (len(shown), more) == (HEARD + 1, {CY: 2})
    assert borne_out in shown
    assert heard(flood, (CY,)) == (flood, {})


def test_limits_of_what_can_be_said() -> None:
    for size in (1, MAX_NAME - 1, MAX_NAME):
        assert line("é" * (size // 2) + "x" * (size % 2), "name", MAX_NAME)
    for number in (0, 1, MAX_PEOPLE):
        assert people(number, "--taken") == number
    for text in ("x" * (MAX_NAME + 1), "", " \n", "a\x07b", "a\u202eb", "\ud800"):
        with pytest.raises(SiteTextError):
            line(text, "name", MAX_NAME)
    for number in (-1, MAX_PEOPLE + 1, 10**18):
        with pytest.raises(SiteTextError):
            people(number, "--taken")
