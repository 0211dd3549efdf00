"""How somebody is, by what was said of them: whatever came first."""

from __future__ import annotations

import itertools

from hypothesis import given, strategies as st
from people_kit import said

from hearth.people.codes import Code
from hearth.people.judging import Statement, standing

SAFE, HURT, NOW = Code.SAFE, Code.INJURED, Code.NEED_HELP_NOW


def shown(*statements: Statement) -> Statement | None:
    """What is shown, in whatever order they come."""
    found = {standing(each).shown for each in itertools.permutations(statements)}
    assert len(found) == 1
    return found.pop()


def test_of_one_device_the_latest_counts() -> None:
    first, second = said("ada", "ada", NOW, 1), said("ada", "ada", SAFE, 2)
    assert shown(first, second) == second


def test_ones_own_word_stands_before_what_others_did_not_say_knowing_it() -> None:
    own = said("ada", "ada", SAFE, 1)
    assert shown(own, said("ada", "bo", HURT, 9, lamport=99)) == own


def test_what_is_said_knowing_ones_own_word_stands_until_the_next() -> None:
    own = said("ada", "ada", SAFE, 1)
    other = said("ada", "bo", HURT, 9, follows=(own,))
    assert shown(own, other) == other
    again = said("ada", "ada", SAFE, 2)
    assert shown(own, other, again) == again


def test_a_denial_wins_even_over_who_has_read_it() -> None:
    first = said("ada", "bo", HURT, 1)
    denial = said("ada", "ada", Code.DENY, 1, follows=(first,))
    stubborn = said("ada", "bo", HURT, 2, follows=(denial,))
    assert shown(first, denial, stubborn) == denial
    assert shown(first, denial, stubborn, better := said("ada", "ada", SAFE, 2)) == better


def test_nobody_denies_for_somebody_else() -> None:
    assert shown(said("ada", "bo", Code.DENY, 1)) is None
    own = said("ada", "ada", SAFE, 1)
    assert shown(own, said("ada", "bo", Code.DENY, 1, follows=(own,))) == own


def test_of_two_that_know_nothing_of_each_other_the_worse_is_shown() -> None:
    hurt, safe = said("ada", "bo", HURT, 1), said("ada", "cy", SAFE, 1, lamport=50)
    assert shown(hurt, safe) == hurt
    later = said("ada", "cy", SAFE, 2, follows=(hurt,))
    assert shown(hurt, safe, later) == later


def test_two_devices_of_a_person_that_know_nothing_of_each_other() -> None:
    phone = said("ada", "ada", NOW, 1, device="phone")
    laptop = said("ada", "ada", SAFE, 7, device="laptop", lamport=70)
    assert shown(phone, laptop) == phone
    after = said("ada", "ada", SAFE, 8, device="laptop", follows=(phone,))
    assert shown(phone, laptop, after) == after
    # somebody who knew one of them does not speak over the other
    assert shown(phone, laptop, said("ada", "bo", SAFE, 1, follows=(laptop,))) == phone


def test_who_speaks_without_knowing_the_person_takes_nobodys_word_away() -> None:
    own = said("ada", "ada", SAFE, 1)
    hurt = said("ada", "bo", HURT, 1, follows=(own,))
    fine = said("ada", "cy", SAFE, 1, lamport=9, follows=(own,))
    idle = said("ada", "dan", SAFE, 1, follows=(hurt,))
    assert shown(own, hurt, fine, idle) == hurt


def test_what_does_not_count_answers_no_roll_call() -> None:
    call = b"call"
    own = said("ada", "ada", SAFE, 1)
    idle = said("ada", "bo", SAFE, 1)._replace(calls=(call,))
    assert standing([own, idle]).calls == ()
    seen = said("ada", "bo", SAFE, 2, follows=(own,))._replace(calls=(call,))
    assert standing([own, idle, seen]).calls == (call,)
    crowd = [said("ada", f"by {at}", HURT, 1, lamport=at, follows=(own,)) for at in range(20)]
    answered = own._replace(calls=(call,), card=7)
    assert (standing([answered, *crowd]).calls, standing([answered, *crowd]).card) == ((call,), 7)


def test_what_is_typed_from_paper_does_not_replace_what_its_typist_saw() -> None:
    seen = said("ada", "bo", HURT, 1)
    typed = said("ada", "bo", SAFE, 2, card=5)
    assert shown(seen, typed) == seen


def test_knocking_in_vain_says_nothing_about_a_person() -> None:
    found = standing([said("ada", "bo", Code.NOBODY_THERE, 1)])
    assert found.shown is None
    assert [each.code for each in found.knocks] == [Code.NOBODY_THERE]


@st.composite
def histories(draw: st.DrawFn) -> list[Statement]:
    """Check-ins about ada by three persons with a device or two each, each of which knew some of
    what was said before."""
    made: list[Statement] = []
    for at in range(draw(st.integers(1, 7))):
        by = draw(st.sampled_from(["ada", "bo", "cy"]))
        known = draw(st.lists(st.sampled_from(made), unique=True)) if made else []
        device = draw(st.sampled_from([f"{by} one", f"{by} two"]))
        code = draw(st.sampled_from(list(Code)))
        lamport = draw(st.integers(1, 4))
        made.append(said("ada", by, code, at, follows=tuple(known), device=device, lamport=lamport))
    return made


@given(histories(), st.randoms(use_true_random=False))
def test_the_order_of_arrival_decides_nothing(made: list[Statement], random: object) -> None:
    mixed = list(made)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    assert standing(mixed) == standing(made)


@given(histories())
def test_a_person_who_has_just_spoken_is_believed(made: list[Statement]) -> None:
    known = standing(made).heads
    last = said("ada", "ada", SAFE, 100, device="ada one")._replace(follows=known)
    assert standing([*made, last]).shown == last


@given(histories())
def test_nobody_vanishes_of_whom_something_was_said(made: list[Statement]) -> None:
    of_use = [
        each for each in made
        if each.code != Code.NOBODY_THERE and (each.own or each.code != Code.DENY)
    ]  # fmt: skip
    assert (standing(made).shown is not None) == bool(of_use)
