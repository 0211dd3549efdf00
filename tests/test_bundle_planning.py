"""What goes over a thin link first, what stays, and that in the end all of it is over there."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from audience_kit import Neighbour, settle
from bundle_kit import all_events, made, taken
from hypothesis import given, settings, strategies as st

from hearth.bundles import content as contents, planning, single
from hearth.bundles.content import Content
from hearth.bundles.planning import Class, Item, Plan, fitted, plan
from hearth.bundles.single import Choice, Made, OverBudgetError
from hearth.store.header import Lane
from hearth.sync.judging import Task

BUDGET = 2048


def item(urgency: Class, size: int, number: int = 0, lane: Lane | None = None) -> Item:
    lanes = {
        Class.EMERGENCY: Lane.EMERGENCY, Class.PRIORITY: Lane.CONTROL, Class.WELFARE: Lane.CHAT,
        Class.ROUTINE: Lane.CORPUS,
    }  # fmt: skip
    id = number.to_bytes(32, "big")
    task = Task(bytes(32), 1, number + 1, number + 1, id, False, False)
    return Item(urgency, lane or lanes[urgency], size, number, id, task)


ITEMS = st.lists(
    st.tuples(st.sampled_from(Class), st.integers(100, 3000)), max_size=60
).map(lambda found: [item(each, size, n) for n, (each, size) in enumerate(found)])  # fmt: skip


class TestPlan:
    @settings(deadline=None)
    @given(ITEMS, st.integers(0, 20_000))
    def test_any_set(self, found: list[Item], room: int) -> None:
        done = plan(found, room)
        assert sorted([*done.goes, *done.stays]) == sorted(found)  # nothing is dropped
        assert done.used <= room
        assert [each.order for each in done.goes] == sorted(each.order for each in done.goes)
        assert [each.order for each in done.stays] == sorted(each.order for each in done.stays)
        self.check_order(done, room)
        shared = sum(each.size for each in done.goes if each.urgency > Class.PRIORITY)
        assert not shared or done.used <= int(room * 0.8)
        for each in done.stays:  # there is no room for it, beside what goes before it
            before = sum(other.size for other in done.goes if other.order < each.order)
            limit = room if each.urgency <= Class.PRIORITY else int(room * 0.8)
            assert before + each.size > limit

    def check_order(self, done: Plan, room: int) -> None:
        """Of each class the small go, and nothing less urgent takes the room of anything."""
        for each in (Class.EMERGENCY, Class.WELFARE, Class.ROUTINE):
            goes = [one.size for one in done.goes if one.urgency is each]
            stays = [one.size for one in done.stays if one.urgency is each]
            assert not goes or not stays or max(goes) <= min(stays)

    @pytest.mark.parametrize(("room", "count"), [(499, 3), (500, 4), (501, 4)])
    def test_a_fifth_is_kept(self, room: int, count: int) -> None:
        found = [item(Class.ROUTINE, 100, n) for n in range(10)]
        assert len(plan(found, room).goes) == count

    @pytest.mark.parametrize(("room", "count"), [(499, 4), (500, 5), (501, 5)])
    def test_what_is_urgent_may_have_it_all(self, room: int, count: int) -> None:
        for urgency in (Class.EMERGENCY, Class.PRIORITY):
            found = [item(urgency, 100, n) for n in range(10)]
            assert len(plan(found, room).goes) == count

    def test_control_events_go_in_the_order_of_their_making(self) -> None:
        found = [item(Class.PRIORITY, size, n) for n, size in enumerate((400, 100, 300, 200))]
        assert [each.lamport for each in plan(found, 2000).goes] == [0, 1, 2, 3]

    def test_stretches_are_put_together(self) -> None:
        found = [item(Class.WELFARE, 100, n) for n in (0, 1, 2, 5, 6, 9)]
        content = plan(found, 10_000).content()
        assert [(task.first, task.last) for task in content.tasks[Lane.CHAT]] == [
            (1, 3), (6, 7), (10, 10),
        ]  # fmt: skip
        assert [task.end[-1] for task in content.tasks[Lane.CHAT]] == [2, 6, 9]
        assert content.events == 6

    @settings(deadline=None)
    @given(ITEMS, st.integers(200, 5000))
    def test_the_largest_that_fits(self, found: list[Item], budget: int) -> None:
        sizes = {each.id: each.size for each in found}

        def measure(content: Content) -> int:
            ids = (n for tasks in content.tasks.values() for task in tasks
                   for n in range(task.first - 1, task.last))  # fmt: skip
            return 150 + sum(sizes[n.to_bytes(32, "big")] // 2 for n in ids)

        done, size = fitted(found, budget, measure)
        assert sorted([*done.goes, *done.stays]) == sorted(found)
        assert size <= budget
        if done.goes:
            assert measure(done.content()) == size
        if 150 + sum(each.size for each in found) <= budget:
            assert not done.stays
        self.check_order(done, done.room)


def budgeted(who: Neighbour, community: bytes, budget: int = BUDGET) -> tuple[Made, bytes]:
    made = single.make(who.node, Choice(community, budget=budget))
    return made, b"".join(made.pieces)


def queue(who: Neighbour, community: bytes, count: int) -> None:
    """Events of all classes, as they come: 1 in 25 an emergency, as many keys and invitations."""
    rng = random.Random(7)
    signer = who.home.signer(who.clock())
    for n in range(count):
        if n % 25 == 7:
            who.invite(community)
            continue
        lane, kind = Lane.EMERGENCY, 160
        if n % 25:
            lane, kind = rng.choice(((Lane.CHAT, 130), (Lane.CORPUS, 300), (Lane.MARKET, 200)))
        with who.home.store.batch() as batch, batch.transaction() as tx:
            size = rng.choice((20, 60, 60, 120, 300)) if lane > Lane.EMERGENCY else 40
            who.home.store.log.append(
                tx, signer, community, lane, kind, rng.randbytes(size), wall=who.clock()
            )


def waiting(who: Neighbour, community: bytes, other: Neighbour) -> dict[bytes, Class]:
    """The events that somebody lacks, and how urgent they are."""
    replica = who.node.replica(who.device, {community: who.node.access.grant(community)})
    content = contents.choose(replica, community, [None], ())
    tasks = [(lane, task) for lane, tasks in content.tasks.items() for task in tasks]
    return {
        each.id: each.urgency
        for each in planning.items(replica, tasks)
        if not other.home.store.log.has(each.id)
    }


class TestHearths:
    @pytest.mark.parametrize("most", [12, pytest.param(150, marks=pytest.mark.slow)])
    def test_five_hundred_events_over_two_kilobytes(self, tmp_path: Path, most: int) -> None:
        """What is urgent leaves first; what stays goes with the next ones, until all is there."""
        (ada, bo), community = settle(tmp_path, "ada", "bo")
        taken(ada, made(bo, community))
        queue(ada, community, 500)
        trips, classes = 0, list[Class]()
        while trips < most and (lacks := waiting(ada, community, bo)):
            plan_made, data = budgeted(ada, community)
            chosen = plan_made.plan
            assert chosen is not None
            assert len(data) == plan_made.size <= BUDGET
            goes, stays = ({each.id for each in some} for some in (chosen.goes, chosen.stays))
            assert goes | stays == set(lacks) or trips == 0
            assert not goes & stays
            for late in chosen.stays:  # it would not fit, beside what is as urgent
                rivals = [each.size for each in chosen.goes if each.order < late.order]
                if late.urgency <= Class.PRIORITY:
                    assert sum(rivals) + late.size > chosen.room
            late_ones = [each for each in chosen.stays if each.urgency is Class.EMERGENCY]
            if late_ones:
                assert {each.urgency for each in chosen.goes} == {Class.EMERGENCY}
            classes.append(max(each.urgency for each in chosen.goes))
            done = taken(bo, data)
            assert done.whole
            assert goes <= set(all_events(bo, community))
            assert not stays & set(all_events(bo, community))
            taken(ada, made(bo, community))  # what bo has by now
            trips += 1
        assert classes[:3] == [Class.EMERGENCY] * 3
        assert max(classes[:6]) == Class.PRIORITY
        if most > 12:
            assert 12 < trips < most
            assert all_events(ada, community) == all_events(bo, community)

    @pytest.mark.parametrize("budget", [600, 1000, 1500, 2048, 4096, 9000])
    def test_no_bundle_is_larger_than_it_may_be(self, tmp_path: Path, budget: int) -> None:
        (ada, bo), community = settle(tmp_path, "ada", "bo")
        taken(ada, made(bo, community))
        for n in range(40):
            ada.say(community, str(n) * 10)
        try:
            chosen, data = budgeted(ada, community, budget)
        except OverBudgetError:
            assert budget < 1000
            return
        assert len(data) <= budget
        assert taken(bo, data).summary.events_in == chosen.draft.content.events > 0

    def test_nothing_fits(self, tmp_path: Path) -> None:
        (ada, _), community = settle(tmp_path, "ada", "bo")
        ada.say(community)
        with pytest.raises(OverBudgetError):
            budgeted(ada, community, 100)

    def test_small_ones_beyond_a_gap_do_not_hold_up_a_large_one(self, tmp_path: Path) -> None:
        """What the other has beyond a gap is known, and is not sent again and again."""
        (ada, bo), community = settle(tmp_path, "ada", "bo")
        taken(ada, made(bo, community))
        large = ada.say(community, "x" + random.Random(1).randbytes(400).hex())
        for n in range(60):
            ada.say(community, f"small {n}")
        for _ in range(40):
            _, data = budgeted(ada, community)
            taken(bo, data)
            taken(ada, made(bo, community))
            if large in all_events(bo, community):
                break
        assert all_events(ada, community) == all_events(bo, community)
