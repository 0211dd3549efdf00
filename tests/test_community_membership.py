"""Membership, story by story. Each story says what everybody must see once all has arrived.

A story is a function that plays it and returns its first replica; the expectation stands beside
it. `test_stories` folds what happened in many orders, and asks the oracle.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

import membership_oracle
import pytest
from community_kit import HOUR, WALL, Replica, begin, certificate, key, person, roles

from hearth.community import records
from hearth.community.membership import Place, State, Verdict, fold
from hearth.community.reading import Reason
from hearth.community.records import Head, Left, Role
from hearth.store.header import Lane

Story = Callable[[], Replica]
STORIES: list[tuple[Story, dict[str, str]]] = []


def story(**expected: str) -> Callable[[Story], Story]:
    def keep(play: Story) -> Story:
        STORIES.append((play, expected))
        return play

    return keep


@story(ada="steward")
def founding() -> Replica:
    return begin()


@story(ada="steward", bob="steward", cyd="member")
def an_admission_by_one_who_was_admitted() -> Replica:
    ada = begin()
    bob = ada.bring("bob", Role.STEWARD)
    return ada.learn(bob.learn(bob.bring("cyd")))


@story(ada="steward", bob="member")
def a_plain_member_admits_nobody() -> Replica:
    ada = begin()
    bob = ada.bring("bob")
    invitation = bob.invite()
    bob.admit(invitation, "cyd")
    return ada.learn(bob)


@story(ada="steward", bob="steward")
def an_invitation_works_while_the_inviter_is_away() -> Replica:
    ada = begin()
    bob = ada.bring("bob", Role.STEWARD)
    invitation = ada.invite()
    bob.learn(ada)
    bob.admit(invitation, "cyd")
    bob.remove("cyd")
    return ada.learn(bob)


@story(ada="steward", bob="steward", dan="member")
def two_join_on_one_use_and_the_senior_admission_wins() -> Replica:
    ada = begin()
    bob = ada.bring("bob", Role.STEWARD)
    invitation = ada.invite()
    bob.learn(ada)
    bob.admit(invitation, "cyd")
    ada.admit(invitation, "dan")
    return ada.learn(bob)


@story(ada="steward", bob="steward", cyd="member", dan="member")
def an_invitation_for_two_admits_two_in_two_partitions() -> Replica:
    ada = begin()
    bob = ada.bring("bob", Role.STEWARD)
    invitation = ada.invite(uses=2)
    bob.learn(ada)
    bob.admit(invitation, "cyd")
    ada.admit(invitation, "dan")
    return ada.learn(bob)


@story(ada="steward", bob="steward")
def removal_wins_over_a_concurrent_admission_of_the_same_person() -> Replica:
    ada = begin()
    bob = ada.bring("bob", Role.STEWARD)
    cyd = ada.bring("cyd")
    bob.learn(ada, cyd)
    ada.remove("cyd")
    ada.admit(ada.invite(), "cyd.2")  # back again, as ada sees it
    bob.remove("cyd")  # but bob removes, without having seen that
    return ada.learn(bob)


@story(ada="steward", cyd="member")
def readmitted_after_the_removal() -> Replica:
    ada = begin()
    cyd = ada.bring("cyd")
    ada.learn(cyd)
    ada.remove("cyd")
    ada.admit(ada.invite(), "cyd.2")
    return ada


@story(ada="steward", bob="steward")
def of_two_who_remove_each_other_the_senior_stays() -> Replica:
    ada = begin()
    bob = ada.bring("bob", Role.STEWARD)
    cyd = bob.bring("cyd", Role.STEWARD)
    for each in (ada, bob, cyd):
        each.learn(ada, bob, cyd)
    cyd.remove("bob")
    bob.remove("cyd")
    return ada.learn(bob, cyd)


@story(ada="steward", bob="steward")
def a_ring_of_removals() -> Replica:
    ada = begin()
    bob = ada.bring("bob", Role.STEWARD)
    cyd = ada.bring("cyd", Role.STEWARD)
    dan = ada.bring("dan", Role.STEWARD)
    everybody = (ada, bob, cyd, dan)
    for each in everybody:
        each.learn(*everybody)
    bob.remove("cyd")
    cyd.remove("dan")  # counts for nothing: bob, senior to cyd, removed cyd without seeing it
    dan.remove("bob")  # a junior: not heard
    bob.learn(dan)
    bob.remove("dan")
    return ada.learn(*everybody)


@story(ada="steward", bob="steward", cyd="steward")
def a_junior_does_not_remove_a_senior() -> Replica:
    ada = begin()
    bob = ada.bring("bob", Role.STEWARD)
    cyd = bob.bring("cyd", Role.STEWARD)
    cyd.remove("bob")
    cyd.remove("ada")
    return ada.learn(bob, cyd)


@story(ada="steward", cyd="member")
def what_a_removed_steward_dates_back_counts_for_nothing() -> Replica:
    ada = begin()
    bob = ada.bring("bob", Role.STEWARD)
    cyd = ada.bring("cyd")
    bob.learn(cyd)
    before = [bob.top or b""]
    ada.learn(bob, cyd)
    ada.remove("bob")
    bob.remove("cyd", past=before)
    bob.admit(bob.invite(past=before), "dan", past=list(bob.held))
    bob.leave(past=before)
    bob.retire("bob", past=before)  # to undo what bob did in office
    return ada.learn(bob)


@story(ada="steward", cyd="member", dan="member")
def what_a_removed_steward_did_before_the_cut_stays() -> Replica:
    ada = begin()
    bob = ada.bring("bob", Role.STEWARD)
    cyd = bob.bring("cyd")
    dan = bob.bring("dan")
    ada.learn(bob, cyd, dan)
    ada.remove("bob")
    return ada


@story(ada="steward")
def void_acts_void_what_rests_on_them() -> Replica:
    ada = begin()
    bob = ada.bring("bob", Role.STEWARD)
    ada.remove("bob")
    cyd = bob.bring("cyd", Role.STEWARD)  # ada had not seen this
    cyd.bring("dan", Role.STEWARD).bring("eve")
    return ada.learn(bob, cyd)


@story(ada="steward", bob="steward")
def a_promotion_rests_on_the_admission() -> Replica:
    ada = begin()
    bob = ada.bring("bob", Role.STEWARD)
    cyd = ada.bring("cyd", Role.STEWARD)
    everybody = [ada, bob, cyd]
    for each in everybody:
        each.learn(*everybody)
    dan = cyd.bring("dan")
    bob.learn(dan)
    bob.role("dan", dan.seat, Role.STEWARD)
    ada.remove("cyd")  # without having seen dan
    return ada.learn(bob)


@story(ada="steward", bob="steward", cyd="steward", dan="member")
def a_junior_cannot_make_anybody_senior_to_himself() -> Replica:
    ada = begin()
    bob = ada.bring("bob", Role.STEWARD)
    cyd = bob.bring("cyd", Role.STEWARD)
    dan = ada.bring("dan")  # admitted by the founder, like bob
    cyd.learn(dan)
    cyd.role("dan", dan.seat, Role.STEWARD)
    dan.learn(cyd)
    dan.remove("bob")
    dan.remove("cyd")
    bob.learn(dan)
    bob.role("dan", dan.seat, Role.MEMBER)
    return ada.learn(bob)


@story(ada="steward", bob="member")
def a_demoted_steward_s_concurrent_acts_count_for_nothing() -> Replica:
    ada = begin()
    bob = ada.bring("bob", Role.STEWARD)
    ada.learn(bob)
    ada.role("bob", bob.seat, Role.MEMBER)
    bob.bring("cyd")
    return ada.learn(bob)


@story(ada="steward", bob="steward")
def a_removal_by_a_voided_steward_is_void() -> Replica:
    ada = begin()
    bob = ada.bring("bob", Role.STEWARD)
    ada.learn(bob)
    cyd = ada.bring("cyd", Role.STEWARD)
    dan = bob.bring("dan", Role.STEWARD)
    for each in (bob, cyd, dan):
        each.learn(bob, cyd, dan)
    cyd.remove("dan")
    ada.remove("cyd")
    ada.learn(dan)
    ada.remove("dan")
    return ada.learn(bob, cyd)


@story(ada="steward")
def a_concurrent_promotion_by_one_junior_to_the_remover_loses() -> Replica:
    ada = begin()
    bob = ada.bring("bob", Role.STEWARD)
    cyd = ada.bring("cyd")
    bob.learn(cyd)
    ada.learn(bob)
    bob.role("cyd", cyd.seat, Role.STEWARD)
    ada.remove("cyd")
    ada.learn(bob)
    ada.remove("bob")
    return ada


@story(ada="steward", bob="steward")
def a_member_who_leaves_is_gone() -> Replica:
    ada = begin()
    bob = ada.bring("bob", Role.STEWARD)
    cyd = ada.bring("cyd")
    cyd.leave()
    return ada.learn(bob, cyd)


@story(bob="member")
def the_last_steward_leaves_and_the_community_is_orphaned() -> Replica:
    ada = begin()
    bob = ada.bring("bob")
    ada.learn(bob)
    ada.leave()
    bob.learn(ada)
    bob.admit(bob.invite(), "cyd")
    ada.found()  # founding anew does not bring a founder back who has left
    return ada.learn(bob)


@story(ada="member", bob="steward")
def a_founder_hands_over() -> Replica:
    ada = begin()
    bob = ada.bring("bob", Role.STEWARD)
    ada.learn(bob)
    ada.leave(Left.STEWARDSHIP)
    ada.remove("bob")
    return ada


@story(ada="steward", bob="steward")
def a_thief_with_the_device_alone_cannot_leave_or_retire() -> Replica:
    ada = begin()
    bob = ada.bring("bob", Role.STEWARD)
    forged = key("bob").sign(b"whatever")
    bob.write(records.Leave(Left.COMMUNITY, forged))
    bob.write(records.RetireDevice(key("bob").device, forged))
    return ada.learn(bob)


@story(ada="steward", bob="steward")
def a_stolen_device_is_retired_and_what_the_thief_did_is_void() -> Replica:
    ada = begin()
    bob = ada.bring("bob", Role.STEWARD)
    phone = Replica(ada.world, "bob.2").learn(bob)
    phone.sit(bob.seat)
    kept = bob.top
    bob.learn(phone)
    bob.bring("eve", Role.STEWARD)  # the thief, with the laptop
    bob.remove("ada")
    phone.learn(bob)  # seen, and answered
    phone.retire("bob", [kept or b""])
    return ada.learn(phone)


@story(ada="steward", bob="steward", cyd="member", dan="member")
def a_fork_voids_nothing() -> Replica:
    ada = begin()
    bob = ada.bring("bob", Role.STEWARD)
    place = [bob.top or b""]
    bob.bring("cyd")
    invitation = bob.invite(past=place)
    bob.admit(invitation, "dan", past=[invitation])
    return ada.learn(bob)


@story(ada="steward", bob="steward", dan="member")
def a_retirement_after_a_fork_keeps_the_branch_it_names() -> Replica:
    ada = begin()
    bob = ada.bring("bob", Role.STEWARD)
    phone = Replica(ada.world, "bob.2").learn(bob)
    phone.sit(bob.seat)
    place = [bob.top or b""]
    bob.bring("cyd")
    branch = bob.admit(invitation := bob.invite(past=place), "dan", past=[invitation])
    phone.learn(bob)
    phone.retire("bob", [branch])
    return ada.learn(phone)


@story(ada="steward", bob="steward")
def a_removal_beats_the_use_of_the_removed_steward_s_invitations() -> Replica:
    ada = begin()
    bob = ada.bring("bob", Role.STEWARD)
    cyd = ada.bring("cyd", Role.STEWARD)
    invitation = cyd.invite()
    bob.learn(cyd)
    ada.learn(cyd, bob)
    ada.remove("cyd")
    bob.admit(invitation, "dan")
    return ada.learn(bob)


@story(ada="steward", bob="steward")
def a_revocation_beats_a_concurrent_admission() -> Replica:
    ada = begin()
    bob = ada.bring("bob", Role.STEWARD)
    invitation = ada.invite()
    bob.learn(ada)
    ada.revoke(invitation)
    bob.admit(invitation, "cyd")
    return ada.learn(bob)


@story(ada="steward", bob="steward", cyd="member")
def a_revocation_after_the_admission_changes_nothing() -> Replica:
    ada = begin()
    bob = ada.bring("bob", Role.STEWARD)
    invitation = ada.invite()
    bob.learn(ada)
    bob.admit(invitation, "cyd")
    ada.learn(bob)
    ada.revoke(invitation)
    return ada


@story(ada="steward")
def an_admission_after_the_expiry_it_states_itself() -> Replica:
    ada = begin()
    ada.admit(ada.invite(), "bob", wall=WALL + HOUR + 1)
    return ada


@story(ada="steward", bob="member")
def an_admission_in_the_last_second() -> Replica:
    ada = begin()
    ada.admit(ada.invite(), "bob", wall=WALL + HOUR)
    return ada


@story(ada="steward")
def a_stranger_s_acts() -> Replica:
    ada = begin()
    eve = Replica(ada.world, "eve").learn(ada)
    eve.sit(None)  # claims the founder's seat
    eve.admit(eve.invite(), "gus")
    eve.remove("ada")
    return ada.learn(eve)


@story(ada="steward", bob="member")
def an_admission_without_the_ticket() -> Replica:
    ada = begin()
    bob = ada.bring("bob")
    ada.learn(bob)
    right = ada.admission(ada.invite(), "cyd")
    ada.write(records.Admit(right.invitation, right.certificate, bytes(64), right.consent))
    ada.write(records.Admit(right.invitation, right.certificate, right.holder, bytes(64)))
    other = certificate("dan", "dan")
    ada.write(records.Admit(right.invitation, other, right.holder, right.consent))
    return ada


@story(ada="steward", bob="member", cyd="member")
def a_demoted_steward_cannot_undo_what_was_done_in_office() -> Replica:
    ada = begin()
    bob = ada.bring("bob", Role.STEWARD)
    before = bob.top or b""
    cyd = bob.bring("cyd")
    ada.learn(bob, cyd)
    ada.role("bob", bob.seat, Role.MEMBER)
    phone = Replica(ada.world, "bob.2").learn(ada)
    phone.sit(bob.seat)
    phone.retire("bob", [before])  # the key is bob's own, but the rank is gone
    return ada.learn(phone)


@story(ada="steward", bob="steward")
def only_an_admission_brings_a_removed_person_back() -> Replica:
    ada = begin()
    bob = ada.bring("bob", Role.STEWARD)
    cyd = ada.bring("cyd")
    bob.learn(cyd)
    bob.remove("cyd")
    bob.role("cyd", cyd.seat, Role.MEMBER)
    bob.role("cyd", cyd.seat, Role.STEWARD)
    return ada.learn(bob)


@story(ada="steward", bob="steward", cyd="steward")
def a_demotion_in_the_wrong_seat_puts_nobody_out() -> Replica:
    ada = begin()
    bob = ada.bring("bob", Role.STEWARD)
    cyd = bob.bring("cyd", Role.STEWARD)
    ada.learn(bob, cyd)
    ada.role("cyd", bob.seat, Role.MEMBER)
    ada.role("cyd", None, Role.MEMBER)
    return ada


@story(ada="steward", bob="steward")
def the_old_device_does_not_come_back_with_its_person() -> Replica:
    ada = begin()
    bob = ada.bring("bob", Role.STEWARD)
    ada.learn(bob)
    ada.remove("bob")
    seat = ada.admit(ada.invite(Role.STEWARD), "bob.2")
    bob.learn(ada)
    bob.write(records.Device(certificate("bob", "bob"), seat))  # no word from the person
    bob.bring("eve")
    return ada.learn(bob)


@story(ada="steward", bob="steward")
def a_demotion_in_one_seat_leaves_the_office_in_the_other() -> Replica:
    ada = begin()
    bob = ada.bring("bob", Role.STEWARD)
    ada.admit(ada.invite(Role.STEWARD), "bob.2")
    ada.role("bob", bob.seat, Role.MEMBER)
    return ada


@story(ada="steward", bob="steward", cyd="member")
def who_founded_and_set_the_office_down_is_given_it_again_in_the_founder_s_seat() -> Replica:
    ada = begin()
    bob = ada.bring("bob", Role.STEWARD)
    bob.learn(ada.bring("cyd"))
    ada.leave(Left.STEWARDSHIP)
    bob.learn(ada)
    bob.role("ada", None, Role.STEWARD)
    bob.role("cyd", None, Role.STEWARD)  # it was never hers
    return ada.learn(bob)


@pytest.mark.parametrize(("play", "expected"), STORIES, ids=[play.__name__ for play, _ in STORIES])
def test_stories(play: Story, expected: dict[str, str]) -> None:
    replica = play()
    world = replica.world
    membership = replica.fold()
    assert roles(membership) == expected
    assert not membership.waiting
    numbers = {each: int(role == "steward") for each, role in expected.items()}
    asked = membership_oracle.roles(world, replica.held)
    assert asked == {person(name): role for name, role in numbers.items()}
    for turn in range(10):
        ids = sorted(replica.held)
        random.Random(turn).shuffle(ids)
        assert world.fold(ids) == membership


# what a membership says besides


def test_seniority_is_path_then_lamport() -> None:
    ada = begin()
    bob = ada.bring("bob", Role.STEWARD)
    cyd = ada.bring("cyd", Role.STEWARD)
    dan = bob.bring("dan", Role.STEWARD)
    membership = ada.learn(bob, cyd, dan).fold()
    assert membership.stewards == tuple(map(person, ("ada", "bob", "cyd", "dan")))
    assert [membership.members[each].path for each in membership.stewards] == [0, 1, 1, 2]
    assert membership.members[person("dan")].admitted_by == person("bob")
    assert membership.members[person("ada")].admitted_by is None


def test_two_admissions_by_one_steward_on_one_use_the_lower_id_wins() -> None:
    ada = begin()
    invitation = ada.invite()
    one = ada.admit(invitation, "bob", past=[invitation])
    two = ada.admit(invitation, "cyd", past=[invitation])
    membership = ada.fold()
    assert membership.void == {max(one, two): Reason.USED_UP}
    (told,) = list(membership.invitations)
    assert told.used == (min(one, two),)


def test_leaving_takes_back_what_was_agreed_to() -> None:
    ada = begin()
    invitation = ada.invite(uses=5)
    bob = Replica(ada.world, "bob").learn(ada)
    first = ada.admit(invitation, "bob")
    bob.learn(ada).sit(first)
    bob.leave()
    ada.learn(bob)
    again = ada.admit(invitation, "bob")
    unseen = ada.admit(invitation, "bob", past=[first])
    membership = ada.fold()
    assert membership.void == {again: Reason.LEFT_SINCE}
    assert person("bob") not in membership.members
    assert first in ada.held
    assert unseen in ada.held  # counts, and is ended by the leave
    fresh = ada.admit(ada.invite(), "bob")
    assert ada.fold().members[person("bob")].admission == fresh


def test_another_device_of_who_left_agrees_anew() -> None:
    """It has signed something of its own, and its certificate is another."""
    ada = begin()
    invitation = ada.invite(uses=5)
    bob = Replica(ada.world, "bob").learn(ada)
    first = ada.admit(invitation, "bob")
    bob.learn(ada).sit(first)
    bob.leave()
    ada.learn(bob)
    again = ada.admit(invitation, "bob.2")
    assert again not in ada.fold().void
    assert ada.fold().members[person("bob")].devices == (key("bob.2").device,)


def test_acts_about_what_nobody_has_seen_are_void() -> None:
    ada = begin()
    bob = ada.bring("bob")
    nowhere = bytes(32)
    acts = [ada.role("bob", nowhere, Role.STEWARD), ada.revoke(nowhere)]
    membership = ada.learn(bob).fold()
    assert membership.void == dict.fromkeys(acts, Reason.UNSEEN)
    assert membership.members[person("bob")].role is Role.MEMBER


def test_a_device_is_named_by_what_is_proved_alone() -> None:
    ada = begin()
    invitation = ada.invite(uses=2)
    ada.admit(invitation, "bob")
    ada.write(replace(ada.admission(invitation, "cyd"), consent=bytes(64)))
    membership = ada.fold()
    named = {name: membership.named(key(name).device) for name in ("ada", "bob", "cyd", "dan")}
    assert named == {"ada": True, "bob": True, "cyd": False, "dan": False}


def test_states_of_invitations() -> None:
    ada = begin()
    bob = ada.bring("bob", Role.STEWARD)
    ada.learn(bob)
    used, again, taken, open_ = (ada.invite(), ada.invite(uses=2), ada.invite(), ada.invite())
    gone = bob.invite()
    ada.learn(bob)
    ada.admit(used, "cyd")
    ada.admit(again, "dan")
    ada.revoke(taken)
    ada.remove("bob")
    by_id = {each.event: each for each in ada.fold().invitations}
    states = {id: by_id[id].state(WALL + HOUR) for id in (used, again, taken, open_, gone)}
    assert states == {
        used: State.USED, again: State.OPEN, taken: State.REVOKED, open_: State.OPEN,
        gone: State.INVITER_GONE,
    }  # fmt: skip
    assert by_id[open_].state(WALL + HOUR + 1) is State.EXPIRED


def test_the_log_s_time_is_one_that_two_persons_reached() -> None:
    ada = begin()
    assert ada.fold().log_time == 0
    bob = ada.bring("bob", Role.STEWARD)
    bob.profile("Bob", wall=WALL + 1_000_000_000)  # a clock in another century
    assert ada.learn(bob).fold().log_time == WALL
    ada.profile("Ada", wall=WALL + 50)
    assert ada.fold().log_time == WALL + 50


def test_the_removed_are_listed_with_their_cuts() -> None:
    ada = begin()
    bob = ada.bring("bob")
    ada.learn(bob)
    heads = (Head(key("bob").device, Lane.CHAT, 3, bytes(32)),)
    removal = ada.remove("bob", heads)
    (cut,) = ada.fold().removed[person("bob")]
    assert (cut.event, cut.by, cut.own, cut.heads) == (removal, person("ada"), False, heads)


def test_a_removal_that_meets_a_senior_promotion_is_contested() -> None:
    ada = begin()
    bob = ada.bring("bob", Role.STEWARD)
    cyd = ada.bring("cyd")
    dan = bob.bring("dan", Role.STEWARD)
    everybody = (ada, bob, cyd, dan)
    for each in everybody:
        each.learn(*everybody)
    removal = dan.remove("cyd")
    ada.role("cyd", cyd.seat, Role.STEWARD)
    membership = ada.learn(dan).fold()
    assert roles(membership)["cyd"] == "steward"
    assert membership.contested == ((removal, person("cyd")),)


def test_what_waits_for_its_past_is_not_judged() -> None:
    ada = begin()
    bob = ada.bring("bob", Role.STEWARD)
    removal = bob.remove("ada")
    profile = bob.profile("Bob")
    membership = ada.world.fold(bob.held - {removal})
    assert membership.waiting == {profile}
    assert membership.heads == (ada.world.events[removal].header.previous,)


def test_an_act_without_its_payload_counts_when_that_comes() -> None:
    ada = begin()
    ada.learn(ada.bring("bob"))
    removal = ada.remove("bob")
    world = ada.world
    event = world.events[removal]
    world.events[removal] = event._replace(payload=None)
    assert world.fold().void == {removal: Reason.NO_PAYLOAD}
    assert "bob" in roles(world.fold())
    world.events[removal] = event
    assert "bob" not in roles(world.fold())


def test_kinds_of_later_versions_link_and_do_nothing() -> None:
    ada = begin()
    world, profile = ada.world, ada.profile("Ada")
    event = world.events.pop(profile)
    unknown = event._replace(header=event.header._replace(kind=63), payload=b"\xff")
    world.events[profile] = unknown
    ada.bring("bob")
    assert roles(ada.fold()) == {"ada": "steward", "bob": "member"}
    assert not ada.fold().void


def test_a_malformed_payload_counts_for_nothing() -> None:
    ada = begin()
    ada.learn(ada.bring("bob"))
    removal = ada.remove("bob")
    ada.world.events[removal] = ada.world.events[removal]._replace(payload=b"\xa1\x00\x50")
    assert ada.world.fold().void == {removal: Reason.MALFORMED}


def test_events_of_elsewhere_are_refused() -> None:
    ada, world = begin(), begin("bob").world
    ada.world.events |= world.events
    with pytest.raises(ValueError, match="another community"):
        ada.world.fold()


# other lanes


def at(replica: Replica, sequence: int, id: bytes) -> Place:
    return Place(key(replica.device).device, Lane.CHAT, sequence, id)


def chat(*numbers: int, who: str = "bob") -> tuple[Head, ...]:
    return tuple(
        Head(key(who).device, Lane.CHAT, number, bytes([number]) * 32) for number in numbers
    )


def test_what_lies_beyond_a_removal_s_heads_is_void() -> None:
    ada = begin()
    bob = ada.bring("bob")
    before = ada.learn(bob).fold()
    third, fourth = at(bob, 3, b"\3" * 32), at(bob, 4, b"\4" * 32)
    assert before.verdict(fourth) is Verdict.COUNTS
    ada.remove("bob", chat(3))
    after = ada.fold()
    assert after.verdict(third) is Verdict.COUNTS
    assert after.verdict(at(bob, 2, b"\2" * 32)) is Verdict.COUNTS
    assert after.verdict(fourth) is Verdict.BEYOND
    assert after.verdict(third._replace(id=b"x" * 32)) is Verdict.BEYOND  # another branch
    assert after.verdict(third._replace(lane=Lane.MARKET)) is Verdict.BEYOND


def test_of_a_forked_chain_only_what_leads_to_a_stated_head_counts() -> None:
    ada = begin()
    bob = ada.bring("bob")
    ada.learn(bob)
    ada.remove("bob", chat(3))
    place, world = at(bob, 2, b"\2" * 32), ada.world
    acts = [world.events[id] for id in ada.held]
    asked = []

    def leads_to(one: Place, head: Head) -> bool:
        asked.append((one, head))
        return one.id == b"\2" * 32

    membership = fold(world.community, acts, leads_to=leads_to)
    assert membership.verdict(place) is Verdict.COUNTS
    assert membership.verdict(place._replace(id=b"x" * 32)) is Verdict.BEYOND
    assert asked[0] == (place, *chat(3))


def test_who_was_never_admitted_does_not_count() -> None:
    ada = begin()
    membership = ada.learn(ada.bring("bob")).fold()
    eve = Replica(ada.world, "eve").learn(ada)
    assert membership.verdict(at(eve, 1, b"")) is Verdict.STRANGER


def test_after_readmission_the_new_device_counts_and_the_old_one_does_not() -> None:
    ada = begin()
    bob = ada.bring("bob")
    ada.learn(bob)
    ada.remove("bob", chat(3))
    seat = ada.admit(ada.invite(), "bob.2")
    again = Replica(ada.world, "bob.2").learn(ada)
    again.sit(seat)
    bob.learn(again)
    membership = ada.learn(again).fold()
    assert membership.verdict(at(again, 1, b"\1" * 32)) is Verdict.COUNTS
    assert membership.verdict(at(bob, 4, b"\4" * 32)) is Verdict.BEYOND
    assert membership.verdict(at(bob, 3, b"\3" * 32)) is Verdict.COUNTS
    assert membership.person_of(key("bob.2").device) == person("bob")
    assert membership.person_of(key("bob").device) is None


def test_a_retired_device_counts_up_to_the_heads_that_are_kept() -> None:
    ada = begin()
    bob = ada.bring("bob")
    phone = Replica(ada.world, "bob.2").learn(bob)
    phone.sit(bob.seat)
    phone.retire("bob", [bob.top or b""], chat(2))
    membership = ada.learn(phone).fold()
    assert membership.verdict(at(bob, 2, b"\2" * 32)) is Verdict.COUNTS
    assert membership.verdict(at(bob, 3, b"\3" * 32)) is Verdict.RETIRED
    assert membership.members[person("bob")].devices == (key("bob.2").device,)
    assert membership.retired == (key("bob").device,)


def test_a_demotion_does_not_touch_what_was_said() -> None:
    ada = begin()
    bob = ada.bring("bob", Role.STEWARD)
    place = at(bob, 1, b"\1" * 32)
    ada.learn(bob)
    ada.role("bob", bob.seat, Role.MEMBER)
    assert ada.fold().verdict(place) is Verdict.COUNTS


def test_a_demotion_ends_the_office_and_nothing_that_a_member_may_do() -> None:
    ada = begin()
    bob = ada.bring("bob")
    ada.role("bob", bob.seat, Role.STEWARD)
    bob.learn(ada)
    ada.role("bob", bob.seat, Role.MEMBER)
    profile, invitation = bob.profile("Robert"), bob.invite()
    membership = ada.learn(bob).fold()
    assert profile not in membership.void
    assert membership.members[person("bob")].name == "Robert"
    assert membership.void == {invitation: Reason.REMOVED}


def test_a_removal_by_a_junior_cuts_nothing_off() -> None:
    ada = begin()
    bob = ada.bring("bob")
    ada.role("bob", bob.seat, Role.STEWARD)
    bob.learn(ada)
    cyd = bob.bring("cyd", Role.STEWARD)
    cyd.remove("bob", chat(3))
    membership = ada.learn(cyd).fold()
    assert membership.members[person("bob")].role is Role.STEWARD
    assert membership.verdict(at(bob, 4, b"\4" * 32)) is Verdict.COUNTS


def test_a_former_steward_removed_by_a_junior_dates_no_words_back() -> None:
    ada = begin()
    bob = ada.bring("bob", Role.STEWARD)
    cyd = bob.bring("cyd", Role.STEWARD)
    in_office = at(bob, 4, b"\4" * 32)
    bob.learn(cyd)
    bob.leave(Left.STEWARDSHIP)
    cyd.learn(bob)
    cyd.remove("bob", chat(3))
    membership = ada.learn(cyd).fold()
    assert person("bob") not in membership.members
    assert membership.verdict(in_office) is Verdict.BEYOND
    assert membership.verdict(in_office._replace(sequence=2)) is Verdict.COUNTS


def test_an_orphaned_community_says_so() -> None:
    ada = begin()
    ada.learn(ada.bring("bob"))
    assert not ada.fold().orphaned
    ada.leave()
    assert ada.fold().orphaned
    assert ada.fold().stewards == ()
    assert not ada.world.fold([]).orphaned  # nothing of it is known yet
