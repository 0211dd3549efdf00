"""What a session does not say: events that the other has, proofs it knows, rounds that bring
nothing, and goodbyes where nobody wants anything."""

from __future__ import annotations

from pathlib import Path

import pytest
from log_kit import Device, Made, chain, make
from session_kit import COMMUNITY, Node, fill, nodes, sync

from hearth.store.header import Lane
from hearth.sync.messages import Flags, Refusal, Type, What

FORKER = Device("forker")
TRUNK = chain(FORKER, 100)


def branch(after: Made, length: int, text: str) -> list[Made]:
    made = [after]
    for number in range(length):
        made.append(make(FORKER, made[-1], None, f"{text} {number}".encode()))
    return made[1:]


def give(node: Node, *made: Made) -> None:
    node.take(each.record for each in made)


def agree(one: Node, other: Node) -> None:
    """Both remember that they hold the same."""
    one.write(1, Lane.MARKET)
    sync(one, other)


def test_a_chain_that_both_got_elsewhere_and_whose_fork_one_does_not_know(tmp_path: Path) -> None:
    """It is told by its length alone: on which branch it is, a second round tells."""
    with nodes(tmp_path, "a", "b") as (a, b):
        agree(a, b)
        give(a, *TRUNK)
        give(b, *TRUNK, *branch(TRUNK[3], 3, "other"))
        talk = sync(a, b)
        assert a.ids() == b.ids()
        assert talk.here.summary.duplicates <= 2  # what the proof brought
        assert talk.here.summary.rounds == 2


def test_what_both_had_when_they_agreed_is_not_sent_again(tmp_path: Path) -> None:
    """Whatever the places are of which the other tells, now that its chain is longer."""
    with nodes(tmp_path, "a", "b") as (a, b):
        give(a, *TRUNK[:50], *branch(TRUNK[3], 6, "other"))
        give(b, *TRUNK[:50], *branch(TRUNK[3], 6, "other"))
        agree(a, b)
        give(a, *TRUNK[50:])
        talk = sync(a, b)
        assert a.picture() == b.picture()
        assert talk.here.summary.duplicates == 0


def test_a_chain_that_is_longer_there(tmp_path: Path) -> None:
    """It is told at some of its places, and ours ends between two of them."""
    with nodes(tmp_path, "a", "b") as (a, b):
        give(a, *TRUNK, *branch(TRUNK[90], 1, "other"))
        give(b, *TRUNK[:40])
        talk = sync(a, b)
        assert a.picture() == b.picture()
        assert talk.here.summary.duplicates == 0
        assert talk.here.summary.rounds == 1


def test_a_chain_that_only_seems_to_be_longer_there(tmp_path: Path) -> None:
    """It has forked between two places of which is told: then all is told, and comes."""
    with nodes(tmp_path, "a", "b") as (a, b):
        give(a, *TRUNK, *branch(TRUNK[90], 1, "other"))
        give(b, *TRUNK[:35], *branch(TRUNK[34], 4, "mine"))
        talk = sync(a, b)
        assert a.ids() == b.ids()
        assert talk.here.summary.equal


def test_an_island_that_is_longer_there(tmp_path: Path) -> None:
    with nodes(tmp_path, "a", "b") as (a, b):
        give(a, *TRUNK[15:23])
        give(b, *TRUNK[15:19])
        talk = sync(a, b)
        assert a.picture() == b.picture()
        assert talk.here.summary.duplicates == 0


def test_a_proof_goes_only_where_a_later_one_is_known(tmp_path: Path) -> None:
    early, late = branch(TRUNK[3], 1, "early"), branch(TRUNK[8], 1, "late")
    with nodes(tmp_path, "a", "b") as (a, b):
        give(a, *TRUNK[:10], *early)
        give(b, *TRUNK[:10], *late)
        talk = sync(b, a)
        assert a.ids() == b.ids()
        (flight,) = (each for each in talk.flights if any(m.type == Type.PROOFS for m in each))
        assert flight in talk.flights[1::2]  # a's: it knows the lower one
        assert a.store.log.fork_proofs() == b.store.log.fork_proofs()


def test_nothing_is_sent_to_a_disk_that_is_full(tmp_path: Path) -> None:
    """It says so before anything comes, takes nothing, gives, and one round is enough."""
    with nodes(tmp_path, "a", "b") as (a, b):
        a.write(30)
        b.write(3, Lane.MARKET)
        seam = fill(b)
        talk = sync(a, b)
        refused = talk.there.summary.refused
        assert refused is not None
        assert refused.why is Refusal.NO_SPACE
        assert talk.here.summary.refused_by_peer == refused
        assert talk.here.summary.events_out == 0
        assert talk.here.summary.events_in == 3
        assert talk.here.summary.rounds == 1
        seam.full = False
        sync(a, b)
        assert a.picture() == b.picture()


def test_a_full_disk_is_nobodys_business_while_nothing_is_new(tmp_path: Path) -> None:
    with nodes(tmp_path, "a", "b") as (a, b):
        agree(a, b)
        fill(b)
        talk = sync(a, b)
        assert talk.there.summary.refused is None
        assert talk.bytes <= 300


@pytest.mark.parametrize("met", [False, True], ids=["frontiers", "changes"])
def test_who_only_pulls_is_done_after_one_round(tmp_path: Path, met: bool) -> None:
    """The other lacks what it has, and that is no reason to tell everything again."""
    with nodes(tmp_path, "a", "b") as (a, b):
        if met:
            agree(a, b)
        a.write(3)
        b.write(2)
        talk = sync(a, b, {"flags": Flags.TAKES}, {"flags": Flags.GIVES})
        assert talk.here.summary.events_in == 2
        assert talk.here.summary.rounds == 1
        assert talk.here.summary.unequal


def test_who_only_pulls_learns_of_a_fork(tmp_path: Path) -> None:
    """Both have grown by as much since they agreed, on two branches: a change tells lengths."""
    with nodes(tmp_path, "a", "b") as (a, b):
        give(a, *TRUNK[:5])
        give(b, *TRUNK[:5])
        agree(a, b)
        give(a, *branch(TRUNK[4], 3, "mine"))
        give(b, *branch(TRUNK[4], 3, "yours"))
        talk = sync(a, b, {"flags": Flags.TAKES}, {"flags": Flags.GIVES})
        assert talk.here.summary.events_in == 3
        assert a.store.log.fork_proofs()


def test_a_bye_is_said_only_where_something_is_wanted(tmp_path: Path) -> None:
    with nodes(tmp_path, "a", "b") as (a, b):
        a.write(3)
        talk = sync(a, b)
        assert not talk.sent(Type.WANT, Type.BYE)
        assert talk.round_trips <= 2.5
        a.write(1)
        b.wanted[COMMUNITY] = [(What.OBJECT, bytes(32))]
        talk = sync(a, b)
        assert len(talk.sent(Type.WANT)) == 1
        assert len(talk.sent(Type.BYE)) == 2
