"""Who is in a group: the fold against an oracle that goes by the words of the rules."""

from __future__ import annotations

import itertools
import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from hearth.chat import groups
from hearth.chat.groups import Act, Group, fold, group_id
from hearth.chat.records import MAX_PARENTS, Action

VECTORS = Path(__file__).parent / "vectors" / "chat.json"
COMMUNITY = b"c" * 32
NONCE = bytes(16)
ADA, BO, CY, DI, EVE = PEOPLE = [bytes([n]) * 32 for n in range(1, 6)]
GROUP = group_id(COMMUNITY, ADA, NONCE)


class Street:
    """Acts by people who have seen this and that."""

    def __init__(self) -> None:
        self.acts: list[Act] = []

    def act(
        self,
        author: bytes | None,
        action: Action,
        *persons: bytes,
        past: list[Act] | None = None,
        name: str | None = None,
        nonce: bytes | None = None,
        lamport: int | None = None,
    ) -> Act:
        """An act whose author has seen `past`, or everything."""
        seen = self.acts if past is None else past
        named = {parent for act in seen for parent in act.parents}
        heads = tuple(sorted(each.id for each in seen if each.id not in named))
        if lamport is None:
            lamport = 1 + max((each.lamport for each in seen), default=0)
        number = len(self.acts) + 1
        made = Act(
            number.to_bytes(32, "big"), author, author or b"", lamport, action,
            tuple(sorted(persons)), name, () if action is Action.CREATE else heads, nonce,
        )  # fmt: skip
        self.acts.append(made)
        return made

    def create(self, *persons: bytes) -> Act:
        return self.act(ADA, Action.CREATE, *persons, name="garden", nonce=NONCE)

    def fold(self, acts: list[Act] | None = None) -> Group:
        return fold(COMMUNITY, GROUP, self.acts if acts is None else acts)


def members(street: Street) -> list[bytes]:
    return list(street.fold().members)


def test_who_creates_is_in_with_whom_they_name() -> None:
    street = Street()
    street.create(BO)
    found = street.fold()
    assert (found.members, found.name) == ((ADA, BO), "garden")
    assert found.added_by == {ADA: ADA, BO: ADA}
    street.act(BO, Action.ADD, CY)
    street.act(CY, Action.RENAME, name="peas")
    found = street.fold()
    assert (found.members, found.name, found.added_by[CY]) == ((ADA, BO, CY), "peas", BO)
    assert (found.former, found.void, found.waiting) == ((), frozenset(), frozenset())


def test_who_is_put_out_or_goes_is_out_and_may_come_back() -> None:
    street = Street()
    street.create(BO, CY)
    out = street.act(BO, Action.REMOVE, CY)
    assert members(street) == [ADA, BO]
    assert street.fold().former == (CY,)
    assert street.fold().outs == {CY: out.lamport}
    street.act(CY, Action.ADD, DI)  # she knows that she is out
    assert members(street) == [ADA, BO]
    street.act(ADA, Action.ADD, CY)
    assert members(street) == [ADA, BO, CY]
    street.act(CY, Action.LEAVE)
    assert members(street) == [ADA, BO]


def test_a_group_emptied_by_two_people_at_once() -> None:
    street = Street()
    first = street.create(BO)
    street.act(ADA, Action.REMOVE, BO, past=[first])
    street.act(BO, Action.REMOVE, ADA, past=[first])
    found = street.fold()
    assert (found.members, found.former) == ((), (ADA, BO))
    for author in (ADA, BO):  # nobody is left who could take anybody in
        street.act(author, Action.ADD, CY)
    assert members(street) == []
    assert len(street.fold().void) == 2


def test_who_is_put_out_meanwhile_takes_nobody_in_and_renames_nothing() -> None:
    street = Street()
    first = street.create(BO)
    street.act(ADA, Action.REMOVE, BO, past=[first])
    add = street.act(BO, Action.ADD, CY, past=[first])
    named = street.act(BO, Action.RENAME, past=[first, add], name="mine")
    found = street.fold()
    assert (found.members, found.name) == ((ADA,), "garden")
    assert found.void == {add.id, named.id}
    assert found.former == (BO, CY)


def test_an_add_that_does_not_know_of_a_removal_does_not_undo_it() -> None:
    street = Street()
    first = street.create(BO, CY)
    street.act(ADA, Action.REMOVE, CY, past=[first])
    street.act(BO, Action.ADD, CY, past=[first])
    assert members(street) == [ADA, BO]


def test_nobody_else_creates_the_group_again() -> None:
    street = Street()
    street.act(EVE, Action.CREATE, EVE, name="mine", nonce=NONCE, lamport=1)
    street.act(EVE, Action.CREATE, EVE, name="mine", nonce=b"n" * 16, lamport=1)
    street.acts.append(street.acts[0]._replace(id=b"z" * 32, lamport=9))
    street.create(BO)
    street.act(EVE, Action.ADD, EVE)
    street.act(EVE, Action.REMOVE, ADA)
    assert members(street) == [ADA, BO]
    assert street.fold().name == "garden"


def test_an_act_waits_for_its_past() -> None:
    street = Street()
    first = street.create()
    second = street.act(ADA, Action.ADD, BO)
    third = street.act(BO, Action.ADD, CY)
    found = street.fold([first, third])
    assert (found.members, {*found.waiting}) == ((ADA,), {third.id})
    assert street.fold([third, second]).members == ()
    assert street.fold([third, second, first]).members == (ADA, BO, CY)


@pytest.mark.parametrize("lamport", [0, 1])
def test_an_act_that_lies_about_time_counts_for_nothing(lamport: int) -> None:
    street = Street()
    first = street.create(BO)
    street.act(BO, Action.REMOVE, ADA, past=[first], lamport=lamport)
    street.act(ADA, Action.ADD, CY, past=[first])
    assert members(street) == [ADA, BO, CY]
    assert len(street.fold().heads) == 2  # nobody is led to build on it


def test_nobody_cuts_the_past_of_others_by_erasing_an_act_of_their_own() -> None:
    street = Street()
    first = street.create(BO, CY)
    harmless = street.act(BO, Action.RENAME, name="peas")
    heads = street.fold().heads
    assert heads == (first.id, harmless.id)  # not only the last
    out = street.act(ADA, Action.REMOVE, BO)._replace(parents=heads)
    erased = Act(harmless.id, None, BO, harmless.lamport, Action.RENAME)
    for acts in itertools.permutations([first, erased, out]):
        found = street.fold(list(acts))
        assert (found.members, found.name) == ((ADA, CY), "garden")


def test_the_latest_acts_are_named_and_heads_before_all() -> None:
    street = Street()
    first = street.create()
    aside = street.act(ADA, Action.ADD, CY, past=[first])
    trunk = [first]
    for number in range(100):
        trunk.append(street.act(ADA, Action.RENAME, past=trunk, name=f"n{number}"))
    heads = street.fold().heads
    assert len(heads) == MAX_PARENTS
    assert {aside.id, trunk[-1].id, trunk[40].id} <= {*heads}
    assert first.id not in heads


def test_no_more_than_so_many_acts_are_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(groups, "MAX_ACTS", 5)
    street = Street()
    street.create()
    for person in (BO, CY, DI):
        street.act(ADA, Action.ADD, person)
    assert not street.fold().waiting
    street.act(ADA, Action.ADD, EVE)
    assert members(street) == [ADA, BO, CY, DI, EVE]
    street.act(ADA, Action.REMOVE, BO)
    assert members(street) == [ADA, BO, CY, DI, EVE]
    assert len(street.fold().waiting) == 1


def test_a_device_of_nobody_does_nothing() -> None:
    street = Street()
    street.create()
    street.act(None, Action.ADD, EVE)
    street.act(None, Action.CREATE, EVE, name="x", nonce=NONCE)
    assert members(street) == [ADA]


# the oracle: sets and the words of the rules, without masks, caches or order


class Oracle:
    def __init__(self, acts: list[Act]) -> None:
        self.acts = {each.id: each for each in acts}
        self.placed = {
            id for id in self.acts if self._whole(id, set()) and self._later_than_all(id)
        }

    def _whole(self, id: bytes, path: set[bytes]) -> bool:
        act = self.acts.get(id)
        return act is not None and all(self._whole(parent, path) for parent in act.parents)

    def _later_than_all(self, id: bytes) -> bool:
        """Nothing in its past claims a time that is not before it."""
        act = self.acts[id]
        return all(
            self.acts[parent].lamport < act.lamport and self._later_than_all(parent)
            for parent in act.parents
        )

    def past(self, id: bytes) -> set[bytes]:
        found: set[bytes] = set()
        for parent in self.acts[id].parents:
            found |= {parent} | self.past(parent)
        return found

    def counts(self, id: bytes) -> bool:
        """By its own past."""
        act = self.acts[id]
        if act.author is None:
            return False
        if act.action is Action.CREATE:
            return group_id(COMMUNITY, act.author, act.nonce or b"") == GROUP
        return self.is_in(act.author, self.past(id))

    def ends(self, person: bytes, seen: set[bytes]) -> set[bytes]:
        return {
            id
            for id in seen
            if self.counts(id)
            and (
                (self.acts[id].action is Action.REMOVE and person in self.acts[id].persons)
                or (self.acts[id].action is Action.LEAVE and person == self.acts[id].author)
            )
        }

    def is_void(self, id: bytes, seen: set[bytes]) -> bool:
        author = self.acts[id].author
        assert author is not None
        return any(
            end != id and end not in self.past(id) and id not in self.past(end)
            for end in self.ends(author, seen)
        )

    def is_in(self, person: bytes, seen: set[bytes]) -> bool:
        ends = self.ends(person, seen)
        for id in seen:
            act = self.acts[id]
            adds = act.action in (Action.ADD, Action.CREATE) and person in act.persons
            adds = adds or (act.action is Action.CREATE and act.author == person)
            if adds and self.counts(id) and not self.is_void(id, seen) and ends <= self.past(id):
                return True
        return False

    def members(self) -> tuple[bytes, ...]:
        return tuple(each for each in PEOPLE if self.is_in(each, self.placed))


@st.composite
def streets(draw: st.DrawFn) -> list[Act]:
    """Acts by anybody about anybody, each by somebody who had seen some of what was before."""
    street = Street()
    street.create(*draw(st.sets(st.sampled_from(PEOPLE[1:]), max_size=3)))
    for _ in range(draw(st.integers(0, 9))):
        seen = draw(st.sets(st.sampled_from(street.acts), min_size=1))
        closed = [each for each in street.acts if any(_reaches(street, one, each) for one in seen)]
        action = draw(st.sampled_from((Action.ADD, Action.REMOVE, Action.LEAVE, Action.ADD)))
        chosen = st.sets(st.sampled_from(PEOPLE), min_size=1, max_size=2)
        persons = () if action is Action.LEAVE else draw(chosen)
        street.act(draw(st.sampled_from(PEOPLE)), action, *persons, past=closed)
    return street.acts


def _reaches(street: Street, later: Act, earlier: Act) -> bool:
    by_id = {each.id: each for each in street.acts}
    return later is earlier or any(
        _reaches(street, by_id[parent], earlier) for parent in later.parents
    )


@settings(max_examples=200, deadline=None)
@given(streets(), st.randoms(use_true_random=False))
def test_the_fold_does_what_the_rules_say_in_any_order(acts: list[Act], rng: random.Random) -> None:
    expected = Oracle(acts).members()
    found = fold(COMMUNITY, GROUP, acts)
    assert found.members == expected
    shuffled = [*acts, *acts[:2]]
    rng.shuffle(shuffled)
    assert fold(COMMUNITY, GROUP, shuffled) == found
    some = [each for each in acts if rng.random() < 0.8]
    assert fold(COMMUNITY, GROUP, some).members == Oracle(some).members()


@pytest.mark.parametrize(
    "vector", json.loads(VECTORS.read_text())["groups"], ids=lambda v: v["what"]
)
def test_the_vectors_of_groups(vector: dict[str, Any]) -> None:
    community, group = bytes.fromhex(vector["community"]), bytes.fromhex(vector["group"])
    acts = [
        Act(
            bytes.fromhex(act["id"]), bytes.fromhex(act["author"]), bytes.fromhex(act["device"]),
            act["lamport"], Action[act["action"].upper()],
            tuple(map(bytes.fromhex, act["persons"])), act["name"],
            tuple(map(bytes.fromhex, act["parents"])),
            None if act["nonce"] is None else bytes.fromhex(act["nonce"]),
        )
        for act in vector["acts"]
    ]  # fmt: skip
    found = fold(community, group, acts)
    assert [each.hex() for each in found.members] == vector["members"]
    assert found.name == vector["name"]
    assert sorted(each.hex() for each in found.void) == vector["void"]
    assert [each.hex() for each in found.heads] == vector["heads"]
