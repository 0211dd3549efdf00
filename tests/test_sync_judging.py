"""What follows for one chain from what the other has told of it, place by place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from log_kit import COMMUNITY, Device, Made, chain, make
from session_kit import Node, nodes

from hearth.store import placing
from hearth.store.header import Lane
from hearth.store.served import Chain
from hearth.sync.delta import Salt
from hearth.sync.judging import Judge, Plan, fork_of
from hearth.sync.messages import Knot, Span

ANNE, SALT = Device("Anne"), Salt(bytes(32))
LEFT = chain(ANNE, 6)
RIGHT = make(ANNE, LEFT[1], kind=9)  # another event at place 3
WRONG = bytes(8)

Sent = tuple[int, int, bool, bool]
"""First and last place, whether the other knows the device, and what was before."""


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with nodes(tmp_path, "a") as (made,):
        yield made


def held(node: Node, *parts: Sequence[Made], trusts: bool = False) -> tuple[Judge, Chain]:
    for part in parts:
        node.take([made.record for made in part])
    replica = node.replica(bytes(32))
    (found,) = replica.chains(COMMUNITY, Lane.CHAT)
    return Judge(replica, SALT, Plan(), trusts=trusts), found


def sent(plan: Plan) -> list[Sent]:
    return sorted(
        (task.first, task.last, task.device_known, task.previous_known) for task in plan.tasks
    )


def tag(made: Made) -> bytes:
    return SALT.id(made.id)


@pytest.mark.parametrize(
    ("length", "head", "tasks"),
    [
        (0, None, [(1, 5, False, False)]),
        (0, WRONG, [(1, 5, False, False)]),  # nonsense
        (1, tag(LEFT[0]), [(2, 5, True, True)]),
        (4, tag(LEFT[3]), [(5, 5, True, True)]),
        (4, None, [(5, 5, True, True)]),  # a change: heads were told before
        (5, tag(LEFT[4]), []),
        (6, WRONG, []),  # which is not here
        (1, WRONG, None),
        (4, WRONG, None),
        (5, WRONG, None),
    ],
)
def test_of_a_chain_without_fork_or_gap(
    node: Node, length: int, head: bytes | None, tasks: list[Sent] | None
) -> None:
    judge, found = held(node, LEFT[:5])
    judge.against_length(found, length, head)
    assert sent(judge.plan) == (tasks or [])
    assert judge.plan.marked == (set() if tasks is not None else {ANNE.device})
    assert judge.plan.forks == []


@pytest.mark.parametrize(
    ("length", "head", "tasks"),
    [
        (0, None, [(1, 3, False, False), (5, 6, False, False)]),
        (2, tag(LEFT[1]), [(3, 3, True, True), (5, 6, True, False)]),
        (3, tag(LEFT[2]), [(5, 6, True, False)]),
        (4, tag(LEFT[3]), [(5, 6, True, False)]),  # it cannot be known what ours hangs on
        (5, tag(LEFT[4]), [(6, 6, True, True)]),
        (6, tag(LEFT[5]), []),
    ],
)
def test_of_a_chain_with_a_gap(
    node: Node, length: int, head: bytes | None, tasks: list[Sent]
) -> None:
    judge, found = held(node, LEFT[:3], LEFT[4:])
    judge.against_length(found, length, head)
    assert (sent(judge.plan), judge.plan.marked) == (tasks, set())


@pytest.mark.parametrize(
    ("length", "tasks"),
    [
        (0, [(1, 4, False, False), (5, 6, False, False)]),
        (3, [(4, 4, True, True), (5, 6, True, False)]),
        (4, [(5, 6, True, True)]),
    ],
)
def test_of_a_long_chain_whose_gap_was_filled(
    node: Node, monkeypatch: pytest.MonkeyPatch, length: int, tasks: list[Sent]
) -> None:
    monkeypatch.setattr(placing, "MERGED", 0)
    judge, found = held(node, LEFT[:3], LEFT[4:], LEFT[3:4])
    assert [(run.first, run.last) for run in found.runs] == [(1, 4), (5, 6)]
    judge.against_length(found, length, None)
    assert sent(judge.plan) == tasks


BRANCHES = [(3, 3, True, False), (3, 4, True, True)]


@pytest.mark.parametrize(
    ("length", "head", "tasks"),
    [
        (0, None, [(1, 4, False, False), (3, 3, False, False)]),
        (0, WRONG, [(1, 4, False, False), (3, 3, False, False)]),
        (1, None, [(2, 4, True, True), (3, 3, True, False)]),
        (2, None, BRANCHES),
        (2, tag(LEFT[1]), BRANCHES),
        (3, None, None),  # on which branch it is will be told
        (4, None, None),
        (3, tag(LEFT[2]), [(3, 3, True, False), (4, 4, True, True)]),
        (3, tag(RIGHT), [(3, 4, True, True)]),
        (4, tag(LEFT[3]), [(3, 3, True, False)]),
        (4, WRONG, BRANCHES),  # up to the fork there is one way
        (9, WRONG, BRANCHES),
    ],
)
def test_of_a_chain_that_has_forked_here(
    node: Node, length: int, head: bytes | None, tasks: list[Sent] | None
) -> None:
    judge, found = held(node, LEFT[:4], [RIGHT])
    judge.against_length(found, length, head)
    assert sent(judge.plan) == (tasks or [])
    assert judge.plan.marked == (set() if tasks is not None else {ANNE.device})
    assert judge.plan.forks == ([ANNE.device] if length else [])


@pytest.mark.parametrize(
    ("forked", "told", "known"),
    [
        (False, (0, b""), True),
        (False, (3, WRONG), True),  # what is not known here cannot be told
        (True, (0, b""), False),
        (True, (1, WRONG), True),  # the lowest is what counts
        (True, (2, WRONG), True),
        (True, (3, WRONG), False),
        (True, (4, WRONG), False),
    ],
)
def test_whether_the_other_knows_that_a_chain_has_forked(
    node: Node, forked: bool, told: tuple[int, bytes], known: bool
) -> None:
    judge, found = held(node, LEFT[:4], [RIGHT] if forked else [])
    judge.against_knot(found, Knot(SALT.device(ANNE.device), None, 4, *told, ()))
    assert judge.plan.forks == ([] if known else [ANNE.device])
    judge.plan.forks.clear()
    judge.against_knot(found, Knot(SALT.device(ANNE.device), None, 4, *fork_of(SALT, found), ()))
    assert judge.plan.forks == []


@pytest.mark.parametrize("trusts", [False, True])
def test_what_is_taken_on_trust_is_not_settled(node: Node, trusts: bool) -> None:
    """Of a longer chain only places were told below ours and above: it nearly always has the rest.
    Later runs go first, for what follows an event may be all that proves it."""
    judge, found = held(node, LEFT[:5], trusts=trusts)
    span = Span(1, 9, (WRONG, tag(LEFT[2])))
    tags = {9: WRONG, 3: tag(LEFT[2])}
    covered = judge._covered(found, [(span, tags)])
    assert covered == {found.runs[0].number: [(1, 5 if trusts else 3)]}
    assert judge.plan.settled is not trusts
    judge._covered(found, [])
    assert judge.plan.settled is not trusts, "once is enough"


def test_later_runs_go_first(node: Node) -> None:
    judge, found = held(node, LEFT[:3], LEFT[4:])
    judge.against_knot(found, Knot(b"", ANNE.device, 0, 0, b"", ()))
    assert [task.first for task in judge.plan.tasks] == [5, 1]


def test_of_what_has_arrived_since_both_agreed(node: Node) -> None:
    judge, found = held(node, LEFT[:5])
    (run,) = found.runs
    judge.what_arrived(found, [(run.number, 3, 5)], known=True)
    judge.what_arrived(found, [(run.number, 1, 5)], known=False)
    assert sent(judge.plan) == [(1, 5, False, False), (3, 5, True, True)]
    assert judge.plan.forks == []


@pytest.mark.parametrize("arrived", [False, True])
def test_a_fork_is_told_of_with_what_has_arrived(node: Node, arrived: bool) -> None:
    judge, found = held(node, LEFT[:4], [RIGHT])
    (run,) = (run for run in found.runs if run.first == 3)
    judge.what_arrived(found, [(run.number, 3, 3)] if arrived else [], known=True)
    assert sent(judge.plan) == ([(3, 3, True, False)] if arrived else [])
    assert judge.plan.forks == ([ANNE.device] if arrived else [])
