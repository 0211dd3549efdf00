"""Any history of partitions, removals, restored backups and copied disks: who reads what.

Hearths say things to a group and to each other, carry what they hold to one another in parts and
in any order, are put out, and are brought back from old copies of their folder, so that what they
wrote since is forked or comes back to them. Then everybody meets, and it must hold that

* all agree on who is a member, and on the key that is used next;
* whatever was sealed for somebody who was not set back, by somebody who was not, they read;
* nobody reads what was sealed by somebody who knew that they were out, with all their keys.
"""

from __future__ import annotations

import random
import shutil
import tempfile
from pathlib import Path
from typing import NamedTuple

import pytest
from audience_kit import Neighbour, carry, mix, settle
from hypothesis import HealthCheck, Phase, settings, strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)
from mesh_kit import Clock

from hearth.audience.records import Audience, Scope
from hearth.store.errors import HearthError
from hearth.store.header import Lane

GROUP = bytes(range(32))
ANY = st.integers(0, 5)


class Said(NamedTuple):
    """A sealed event: what it says, who was to read it, and whom the author knew to be out."""

    id: bytes
    author: bytes
    inner: bytes
    readers: frozenset[bytes]
    out: frozenset[bytes]


class Street(RuleBasedStateMachine):
    @initialize(count=st.integers(3, 6), seed=st.integers(0, 2**32))
    def begin(self, count: int, seed: int) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.rng = random.Random(seed)
        self.clock = Clock()
        names = [f"n{at}" for at in range(count)]
        self.all, self.community = settle(self.folder, *names, clock=self.clock)
        self.persons = [each.person for each in self.all]
        self.said: list[Said] = []
        self.set_back: set[bytes] = set()
        self.copies: dict[bytes, Path] = {}
        self.number = 0

    def one(self, at: int) -> Neighbour:
        return self.all[at % len(self.all)]

    def teardown(self) -> None:
        if not hasattr(self, "all"):
            return
        try:
            self.check()
        finally:
            for each in self.all:
                each.home.close()
            shutil.rmtree(self.folder)

    # what may happen

    @rule(source=ANY, other=ANY, whole=st.booleans())
    def meet(self, source: int, other: int, whole: bool) -> None:
        here, there = self.one(source), self.one(other)
        if here is not there:
            carry(here, there, self.community, None if whole else self.rng)
            there.keyring.update(self.clock())

    @rule(source=ANY)
    def say_to_the_group(self, source: int) -> None:
        self.say(self.one(source), Audience(self.community, Scope.GROUP, GROUP), self.persons)

    @rule(source=ANY, other=ANY)
    def say_to_one(self, source: int, other: int) -> None:
        here, there = self.one(source), self.one(other)
        self.say(here, Audience(self.community, Scope.PAIR, there.person), [there.person])

    @rule(days=st.integers(1, 8))
    def time_passes(self, days: int) -> None:
        self.clock.now += days * 86_400

    @precondition(lambda self: len(self.gone()) < 2)
    @rule(other=st.integers(1, 5))
    def put_out(self, other: int) -> None:
        victim = self.one(other)
        membership = self.all[0].node.commons.membership(self.community)
        if victim is not self.all[0] and victim.person in membership.members:
            self.all[0].remove(victim, self.community)

    @rule(other=ANY)
    def copy(self, other: int) -> None:
        """A backup, as somebody makes it who copies the folder."""
        here = self.one(other)
        here.home.close()
        to = self.folder / f"copy {self.number}"
        self.number += 1
        shutil.copytree(here.path, to)
        self.copies[here.person] = to
        here.open()

    @rule(other=ANY)
    def bring_back(self, other: int) -> None:
        """The folder is what it was when it was copied."""
        here = self.one(other)
        copy = self.copies.get(here.person)
        if copy is not None:
            here.home.close()
            shutil.rmtree(here.path)
            shutil.copytree(copy, here.path)
            here.open()
            self.set_back.add(here.person)

    # what must hold

    def gone(self) -> set[bytes]:
        membership = self.all[0].node.commons.membership(self.community)
        return {*self.persons} - {*membership.members}

    def say(self, here: Neighbour, audience: Audience, persons: list[bytes]) -> None:
        membership = here.node.commons.membership(self.community)
        if here.person not in membership.members:
            return
        inner = b"%d" % self.number
        self.number += 1
        now = self.clock()
        try:
            with here.home.store.batch() as batch, batch.transaction() as tx:
                ready = here.keyring.ensure(tx, audience, persons, now)
                event = here.keyring.append(tx, ready.held, Lane.CHAT, 129, inner, now)
        except HearthError:  # nobody can be sealed to, as far as is known here
            return
        owners = (membership.person_of(each) for each in ready.held.devices)
        readers = {each for each in owners if each is not None}
        out = {*self.persons} - {*membership.members}
        self.said.append(Said(event.id, here.person, inner, frozenset(readers), frozenset(out)))

    def check(self) -> None:
        for _ in range(3):  # who goes on as a new device has something to say again
            mix(self.all, self.community)
            for each in self.all:
                each.keyring.tend(self.clock())
                each.keyring.update(self.clock())
        views = [each.node.commons.membership(self.community) for each in self.all]
        assert all(view == views[0] for view in views)
        gone = {*self.persons} - {*views[0].members}
        for said in self.said:
            for each in self.all:
                read = each.reads(said.id)
                if each.person in said.out:
                    assert read is None, "read by somebody who was known to be out"
                elif each.person in said.readers and not {each.person, said.author} & self.set_back:
                    assert read == said.inner, "not read by somebody it was for"
                else:
                    assert read in (None, said.inner)
        self.agree_on_the_next([each for each in self.all if each.person not in gone])

    def agree_on_the_next(self, members: list[Neighbour]) -> None:
        audience = Audience(self.community, Scope.GROUP, GROUP)
        keys = []
        for each in members:
            each.keyring.update(self.clock())
            event = each.tell(audience, members, b"and now?")
            keys.append(event.header.audience)
            for other in members:
                if other is not each:
                    carry(each, other, self.community)
        assert len({*keys}) == 1


COMMON = settings(
    deadline=None,
    phases=[Phase.generate],  # to shrink a history takes minutes, and shows little more
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def test_a_few_histories() -> None:
    run_state_machine_as_test(
        Street, settings=settings(COMMON, max_examples=4, stateful_step_count=15)
    )


@pytest.mark.slow
def test_many_histories() -> None:
    run_state_machine_as_test(
        Street, settings=settings(COMMON, max_examples=60, stateful_step_count=30)
    )
