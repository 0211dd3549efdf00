"""What ends what, and how far a notice can be relied on: the rules alone, in any order."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, strategies as st
from notice_kit import copy, judged

from hearth.notices.judging import SHOWN, State, Tier
from hearth.notices.records import sender_of

WEATHER = "w@weather.test"


def own(person: str) -> str:
    return sender_of(person.encode().ljust(32, b"\0"))


# who ends what


def test_ones_own_update_and_cancellation_count() -> None:
    first = copy("ada", own("ada"), "1", 1)
    update = copy("ada", own("ada"), "2", 2, kind="Update")
    cancel = copy("ada", own("ada"), "3", 3, kind="Cancel")
    found = judged([first, update], [(update, first)])
    assert found[first.subject].state is State.REPLACED
    assert found[first.subject].ended_by == (update.subject,)
    assert found[update.subject].state is State.FORCE
    found = judged([first, update, cancel], [(update, first), (cancel, update), (cancel, first)])
    assert {each.state for each in found.values()} == {State.CANCELLED, State.ANSWER}
    assert found[first.subject].until == 2  # when the first of what ended it came


@pytest.mark.parametrize("kind", ["Update", "Cancel"])
@pytest.mark.parametrize("sender", [WEATHER, own("ada"), own("cy"), "else@x.test"])
@pytest.mark.parametrize("relayed", [False, True])
def test_what_a_stranger_says_ends_nothing(kind: str, sender: str, relayed: bool) -> None:
    """A cancellation of an official alert, and of a neighbour's notice, by somebody else."""
    alert = copy("bo", WEATHER, "1", 1, relayed=True)
    notice = copy("ada", own("ada"), "1", 2)
    forged = copy("cy", sender, "9", 3, kind=kind, relayed=relayed)
    found = judged([alert, notice, forged], [(forged, alert), (forged, notice)], stewards=["ada"])
    for each in (alert, notice):
        assert found[each.subject].state is State.FORCE
        assert found[each.subject].claims == (forged.subject,)


def test_an_official_cancellation_counts_from_who_handed_the_alert_on_or_a_steward() -> None:
    alert = copy("bo", WEATHER, "1", 1, relayed=True)
    for person, stewards, ends in (
        ("bo", [], True),
        ("ada", ["ada"], True),
        ("cy", ["ada"], False),
    ):
        cancel = copy(person, WEATHER, "2", 2, kind="Cancel", relayed=True)
        found = judged([alert, cancel], [(cancel, alert)], stewards=stewards)
        assert (found[alert.subject].state is State.CANCELLED) == ends
    cancel = copy("cy", WEATHER, "2", 2, kind="Cancel", relayed=True)
    endorsed = {cancel.subject: ["ada"]}
    found = judged([alert, cancel], [(cancel, alert)], stewards=["ada"], endorsed=endorsed)
    assert found[alert.subject].state is State.CANCELLED
    found = judged([alert, cancel], [(cancel, alert)], stewards=[], endorsed=endorsed)
    assert found[alert.subject].state is State.FORCE


def test_an_alert_is_in_force_while_one_copy_of_it_is() -> None:
    """Who hands an alert on, too, and then takes it back takes back no more than their own."""
    first = copy("bo", WEATHER, "1", 1, relayed=True, subject=b"s")
    second = copy("cy", WEATHER, "1", 1, relayed=True, subject=b"s")._replace(arrival=2)
    cancel = copy("cy", WEATHER, "2", 3, kind="Cancel", relayed=True)
    found = judged([first, second, cancel], [(cancel, first), (cancel, second)])
    assert found[b"s"].state is State.FORCE
    assert found[b"s"].claims == (cancel.subject,)
    withdrawn = copy("bo", WEATHER, "3", 4, kind="Cancel")
    found = judged(
        [first, second, cancel, withdrawn],
        [(cancel, first), (cancel, second), (withdrawn, first)],
    )
    assert found[b"s"].state is State.CANCELLED
    assert found[b"s"].until == 4  # when the last copy was ended


def test_nothing_ends_what_is_later_and_two_that_name_each_other_never_vanish_both() -> None:
    one = copy("ada", own("ada"), "1", 1, kind="Update")
    two = copy("ada", own("ada"), "2", 2, kind="Update")
    found = judged([one, two], [(one, two), (two, one)])
    assert [found[each.subject].state for each in (one, two)] == [State.REPLACED, State.FORCE]
    # what is official goes by its sender's time, not by when it was handed on
    late = copy("bo", WEATHER, "1", 9, relayed=True)._replace(sent=1)
    update = copy("bo", WEATHER, "2", 2, kind="Update", relayed=True)
    assert judged([late, update], [(update, late)])[late.subject].state is State.REPLACED


def test_what_names_itself_ends_nothing_however_many_hand_it_on() -> None:
    one, two = (copy("bo", WEATHER, "1", at, kind="Update", relayed=True) for at in (1, 2))
    assert one.subject == two.subject
    [found] = judged([one, two], [(one, one), (two, two)], stewards=["bo"]).values()
    assert (found.state, found.claims) == (State.FORCE, ())


@pytest.mark.parametrize(("one", "other"), [("Actual", "Exercise"), ("Test", "Actual")])
def test_a_rehearsal_ends_nothing_real_nor_the_other_way_round(one: str, other: str) -> None:
    first = copy("ada", own("ada"), "1", 1, status=one)
    cancel = copy("ada", own("ada"), "2", 2, kind="Cancel", status=other)
    assert judged([first, cancel], [(cancel, first)])[first.subject].state is State.FORCE


def test_an_answer_ends_nothing() -> None:
    first = copy("ada", own("ada"), "1", 1)
    for kind in ("Ack", "Error", "Alert"):
        other = copy("ada", own("ada"), "2", 2, kind=kind)
        assert judged([first, other], [(other, first)])[first.subject].state is State.FORCE


@given(st.randoms(use_true_random=False))
def test_the_order_in_which_things_come_decides_nothing(rng: random.Random) -> None:
    """But for when they came: every state, tier and reason is the same."""
    people = ("ada", "bo", "cy")
    copies = []
    for at in range(1, 12):
        person = rng.choice(people)
        relayed = rng.random() < 0.5
        sender = WEATHER if relayed else own(rng.choice(people))
        kind = rng.choice(("Alert", "Update", "Cancel"))
        copies.append(copy(person, sender, str(rng.randrange(4)), at, kind=kind, relayed=relayed))
    named = [(later, target) for later in copies for target in copies if rng.random() < 0.3]
    before = judged(copies, named, stewards=["ada"])
    rng.shuffle(copies)
    rng.shuffle(named)
    assert judged(copies, named, stewards=["ada"]) == before


# tiers


def test_tiers() -> None:
    alert = copy("bo", WEATHER, "1", 1, relayed=True)
    found = judged([alert], [], holds=True)[alert.subject]
    assert (found.tier, found.verified) == (Tier.OFFICIAL, False)
    assert judged([alert], [], holds=None)[alert.subject].tier is Tier.NEIGHBOUR
    assert judged([alert], [], holds=False)[alert.subject].tier is Tier.UNVERIFIED
    notice = copy("bo", own("bo"), "1", 1)
    assert judged([notice], [])[notice.subject].tier is Tier.NEIGHBOUR
    for other in (copy("bo", own("cy"), "1", 1), copy("bo", WEATHER, "1", 1),
                  copy("bo", own("cy"), "1", 1, relayed=True)):  # fmt: skip
        assert judged([other], [])[other.subject].tier is Tier.UNVERIFIED


@pytest.mark.parametrize("wanted", [0, 1, 2, 3, 9])
def test_k_of_n_stewards(wanted: int) -> None:
    """One below, at and above; of fewer stewards all of them; others do not count."""
    notice = copy("bo", own("bo"), "1", 1)
    stewards = ["ada", "cy", "dee"]
    need = max(1, min(wanted, 3))
    for count in range(4):
        endorsed = {notice.subject: [*stewards[:count], "eve", "fay", "bo"]}
        found = judged([notice], [], stewards=stewards, endorsed=endorsed, wanted=wanted)
        assert found[notice.subject].verified == (count >= need)
        expected = Tier.VERIFIED if count >= need else Tier.NEIGHBOUR
        assert found[notice.subject].tier is expected
        assert len(found[notice.subject].endorsers) == count


def test_a_steward_stands_for_what_they_write() -> None:
    notice = copy("ada", own("ada"), "1", 1)
    stewards = ["ada", "cy"]
    assert not judged([notice], [], stewards=stewards)[notice.subject].verified
    endorsed = {notice.subject: ["cy"]}
    assert judged([notice], [], stewards=stewards, endorsed=endorsed)[notice.subject].verified


def test_what_is_official_and_verified_is_both() -> None:
    alert = copy("bo", WEATHER, "1", 1, relayed=True)
    endorsed = {alert.subject: ["ada", "cy"]}
    found = judged([alert], [], stewards=["ada", "cy"], endorsed=endorsed)[alert.subject]
    assert (found.tier, found.verified) == (Tier.OFFICIAL, True)


# for how long


def test_what_has_ended_is_shown_for_two_days() -> None:
    notice = copy("ada", own("ada"), "1", 1, ends=100)
    for now, state, shown in (
        (99, State.FORCE, True), (100, State.EXPIRED, True), (99 + SHOWN, State.EXPIRED, True),
        (100 + SHOWN, State.EXPIRED, False),
    ):  # fmt: skip
        found = judged([notice], [], now=now)[notice.subject]
        assert (found.state, found.is_shown(now)) == (state, shown)
    cancel = copy("ada", own("ada"), "2", 50, kind="Cancel")
    for now, shown in ((51, True), (49 + SHOWN, True), (50 + SHOWN, False)):
        found = judged([notice, cancel], [(cancel, notice)], now=now)[notice.subject]
        assert (found.state, found.is_shown(now)) == (State.CANCELLED, shown)
