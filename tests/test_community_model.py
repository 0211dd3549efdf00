"""Membership under random histories: partitions, forks, back-dated acts, everybody a rogue.

Replicas act on what they happen to know, and often on less than that: with `past`, as forks and
back-dated acts. Then:

* the fold gives what the rules give (`membership_oracle`), and the rules have exactly one answer;
* every replica's own prefix folds to the same in any order of arrival;
* nobody is a steward without a way of admissions that count from the founder;
* nothing that the removed date back changes anything, however it is forged.

A failure names the seed that repeats it.
"""

from __future__ import annotations

import random
from typing import Any

import membership_oracle
import pytest
from community_kit import PEOPLE, Replica, World, begin, key, owner, person

from hearth import kinds
from hearth.community import records
from hearth.community.membership import Membership
from hearth.community.records import Left, Role

ROLES = (Role.STEWARD, Role.STEWARD, Role.MEMBER)
NAMES = {person(name): name for name in PEOPLE}


class History:
    """A random history: a few people who admit each other, then `steps` acts of anybody."""

    def __init__(self, seed: int, people: int, steps: int) -> None:
        self.random = random.Random(seed)
        ada = begin()
        self.world: World = ada.world
        self.replicas = [ada]
        for name in PEOPLE[1:people]:
            host = self.random.choice(self.replicas)
            self.replicas.append(host.bring(name, self.random.choice(ROLES)))
            if self.random.random() < 0.7:
                for replica in self.replicas:
                    replica.learn(*self.replicas)
        for _ in range(steps):
            self.step(self.random.choice(self.replicas))
            for _ in range(self.random.randint(0, 2)):
                self.random.choice(self.replicas).learn(self.random.choice(self.replicas))

    def step(self, replica: Replica) -> None:
        how: dict[str, Any] = {}
        if self.random.random() < 0.25:  # a fork, or an act dated back
            held = sorted(replica.held)
            how["past"] = self.random.sample(held, min(len(held), self.random.randint(1, 2)))
        seen = self.world.past(how["past"]) if how else replica.held
        self.act(replica, sorted(seen), how)

    def act(self, replica: Replica, seen: list[bytes], how: dict[str, Any]) -> None:
        """One act of any kind, sensible or not."""
        choose, pick = self.random.choice, self.random.random()
        invitations = [id for id in seen if self.kind(id) == kinds.INVITE]
        seats = [id for id in seen if self.kind(id) == kinds.ADMIT]
        if pick < 0.22:
            replica.remove(choose(PEOPLE[: len(self.replicas) + 1]), **how)
        elif pick < 0.42 and seats:
            seat = choose(seats)
            replica.role(NAMES[self.sitter(seat)], seat, choose(ROLES), **how)
        elif pick < 0.46:
            replica.role("ada", None, choose(ROLES), **how)
        elif pick < 0.58:
            replica.invite(choose(ROLES), choose((1, 1, 2)), **how)
        elif pick < 0.76 and invitations:
            who = choose(PEOPLE[:9]) + choose(("", "", ".2"))
            replica.admit(choose(invitations), who, **how)
        elif pick < 0.80 and invitations:
            replica.revoke(choose(invitations), **how)
        elif pick < 0.86:
            replica.leave(choose((Left.STEWARDSHIP, Left.COMMUNITY)), **how)
        elif pick < 0.92:
            device = choose(self.replicas).device
            own = [id for id in seen if self.world.events[id].header.device == key(device).device]
            replica.retire(device, own and [choose(own)], **how)
        elif pick < 0.95:
            replica.checkpoint(**how)
        else:
            self.new_device(replica, [id for id in seats if self.sitter(id) == replica.person])

    def new_device(self, replica: Replica, seats: list[bytes]) -> None:
        name = f"{owner(replica.device)}.{self.random.randint(2, 3)}"
        if seats and all(other.device != name for other in self.replicas):
            other = Replica(self.world, name).learn(replica)
            other.sit(self.random.choice(seats))
            self.replicas.append(other)

    def kind(self, id: bytes) -> int:
        return self.world.events[id].header.kind

    def sitter(self, seat: bytes) -> bytes:
        return records.Admit.decode(self.world.events[seat].payload or b"").person


def check_against_the_rules(world: World, ids: set[bytes]) -> None:
    membership = world.fold(ids)
    sure = membership_oracle.solve(world, ids)
    judged = membership._judged
    order = judged.graph.order
    assert {
        (
            "stands",
            each.person,
            each.seat,
            each.rank,
            order[each.grant].id if each.grant >= 0 else None,
        )
        for each in judged.standings
    } == {atom for atom in sure if atom[0] == "stands"}
    assert {(order[number].id, rank) for number, rank in judged.admitted.items()} == {
        atom[1:3] for atom in sure if atom[0] == "admitted"
    }
    assert {
        person: int(member.role) for person, member in membership.members.items()
    } == membership_oracle.roles(world, ids)


def check_ways_from_the_founder(membership: Membership) -> None:
    for member in membership.members.values():
        hops = member
        for _ in range(member.path + 1):
            if hops.admitted_by is None:
                break
            graph = membership._judged.graph
            assert graph.index[hops.admission] in membership._judged.admitted
            by = membership.members.get(hops.admitted_by)
            if by is None:
                break  # admitted by somebody who was removed later
            hops = by
        assert member.path >= 0
    ranks = [membership.members[each].path for each in membership.stewards]
    assert ranks == sorted(ranks)


def check_the_removed_change_nothing(history: History) -> None:
    """Let everybody who was removed date back acts, and compare.

    Not who ever left: a leave dated back counts (docs/membership.md says what that can do).
    """
    world, rng = history.world, history.random
    ids = set(world.events)
    before = world.fold(ids)
    for gone, cuts in before.removed.items():
        if any(end.own for end in before._judged.ends[gone]):
            continue
        replica = next((each for each in history.replicas if each.person == gone), None)
        if replica is None:
            continue
        for _ in range(3):
            places = [id for id in sorted(ids) if not _sees(world, id, cuts[0].event)]
            past = rng.sample(places, min(2, len(places)))
            history.act(replica, sorted(world.past(past)), {"past": past})
    after = world.fold()
    assert len(world.events) >= len(ids)
    assert after.members == before.members
    assert after.stewards == before.stewards
    assert after.invitations == before.invitations
    assert set(after.void) >= set(world.events) - ids


def _sees(world: World, later: bytes, earlier: bytes) -> bool:
    return earlier in world.past([later])


def play(seed: int, people: int, steps: int, orders: int) -> None:
    history = History(seed, people, steps)
    world = history.world
    everything = set(world.events)
    check_against_the_rules(world, everything)
    check_ways_from_the_founder(world.fold())
    for replica in history.replicas:
        membership = replica.fold()
        check_ways_from_the_founder(membership)
        for _ in range(orders):
            ids = sorted(replica.held)
            history.random.shuffle(ids)
            assert world.fold(ids) == membership
    check_against_the_rules(world, history.random.choice(history.replicas).held)
    check_the_removed_change_nothing(history)


@pytest.mark.parametrize("seed", range(30))
def test_random_histories(seed: int) -> None:
    play(seed, people=3 + seed % 4, steps=18, orders=1)


@pytest.mark.slow
@pytest.mark.parametrize("block", range(20))
def test_many_random_histories(block: int) -> None:
    for seed in range(1000 + 25 * block, 1025 + 25 * block):
        play(seed, people=3 + seed % 4, steps=32, orders=2)


def test_what_is_torn_away_waits_and_comes_back() -> None:
    """Any subset folds, whatever is missing, and the whole is what it would have been."""
    for seed in range(10):
        history = History(seed, 4, 15)
        whole = history.world.fold()
        ids = sorted(history.world.events)
        torn = history.world.fold(history.random.sample(ids, len(ids) // 2))
        assert torn.waiting.isdisjoint(torn.void)
        assert history.world.fold(ids) == whole
