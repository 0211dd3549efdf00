"""Receipts inside a session: they go beside the checks, and cost neither a flight nor a round."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest
from blake3 import blake3
from log_kit import COMMUNITY, transaction
from session_kit import BOTH, Node, Talk, converse, nodes

from hearth.store.batch import Transaction
from hearth.store.header import Lane
from hearth.store.slots import Slot
from hearth.sync.messages import SLOTS, Flags, Type
from hearth.sync.session import Session
from hearth.sync.store_replica import StoreReplica

RECEIPTS = 3


class Receipts:
    """States how many events there are, if any have come."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.told: list[set[bytes]] = []
        self.new = False

    def came(self, community: bytes, devices: Iterable[bytes]) -> None:
        self.new = True
        self.told.append(set(devices))

    def arrived(self, tx: Transaction, first: int, last: int) -> None:
        raise AssertionError("nothing of the lane emergency")

    def state(self, community: bytes) -> Sequence[Slot]:
        if not self.new:
            return ()
        self.new = False
        body = len(self.node.ids()).to_bytes(4, "big")
        with transaction(self.node.store) as tx:
            return [
                self.node.store.slots.state(tx, self.node.signer, community, RECEIPTS, body=body)
            ]


def talk(here: Node, there: Node, *, receipts: bool, flags: Flags = BOTH) -> Talk:
    salt = blake3(here.device + there.device).digest()

    def side(node: Node, peer: Node, flags: Flags) -> Session:
        stating = Receipts(node) if receipts else None
        replica = StoreReplica(node.store, peer.device, node.access, node.wants, receipts=stating)
        return Session(replica, salt, flags=flags)

    done = converse(side(here, there, flags), side(there, here, BOTH))
    assert done.here.over
    assert done.there.over
    return done


def stated(node: Node, device: bytes) -> bytes | None:
    slot = node.store.slots.get(COMMUNITY, device, RECEIPTS)
    return None if slot is None else slot.body


def fill(rng: random.Random, here: Node, there: Node) -> None:
    """The same in two places, for the same seed."""
    for node in (here, there):
        for lane in (Lane.CHAT, Lane.MARKET, Lane.CORPUS):
            if rng.random() < 0.7:
                node.write(rng.randrange(1, 5), lane)
        if rng.random() < 0.5:
            with transaction(node.store) as tx:
                node.store.slots.state(tx, node.signer, COMMUNITY, 4, body=b"here")


@pytest.mark.parametrize("seed", range(20))
def test_receipts_cost_no_flight_and_both_sides_have_them(tmp_path: Path, seed: int) -> None:
    flights = []
    for receipts in (False, True):
        with nodes(tmp_path / str(receipts), "anne", "bert") as (anne, bert):
            fill(random.Random(seed), anne, bert)
            first = talk(anne, bert, receipts=receipts)
            flights.append(len(first.flights))
            assert anne.picture() == bert.picture()
            for node, other in ((anne, bert), (bert, anne)):
                came = bool(list(node.store.log.events(COMMUNITY, Lane.CHAT, device=other.device)))
                assert (stated(other, node.device) is not None) == (came and receipts)
            assert len(talk(anne, bert, receipts=receipts).flights) == 2
    assert flights[0] == flights[1]


def test_receipts_come_after_the_end_and_before_the_check(tmp_path: Path) -> None:
    with nodes(tmp_path, "anne", "bert") as (anne, bert):
        anne.write(3)
        done = talk(anne, bert, receipts=True)
        said = [each.type for flight in done.flights[1::2] for each in flight]
        assert said[-3:] == [Type.SLOTS, Type.CHECK, Type.BYE] or said[-2:] == [
            Type.SLOTS,
            Type.CHECK,
        ]
        assert stated(anne, bert.device) == (3).to_bytes(4, "big")


@pytest.mark.parametrize(("flags", "told"), [(Flags.TAKES, False), (Flags.GIVES, False)])
def test_where_only_one_side_gives(tmp_path: Path, flags: Flags, told: bool) -> None:
    """Who takes states it, and tells it when it may give."""
    with nodes(tmp_path, "anne", "bert") as (anne, bert):
        giver, taker = (bert, anne) if flags is Flags.TAKES else (anne, bert)
        giver.write(2)
        talk(anne, bert, receipts=True, flags=flags)
        assert stated(taker, taker.device) == (2).to_bytes(4, "big")
        assert (stated(giver, taker.device) is not None) is told
        talk(anne, bert, receipts=True)
        assert stated(giver, taker.device) == (2).to_bytes(4, "big")


def test_where_slots_are_not_shared(tmp_path: Path) -> None:
    with nodes(tmp_path, "anne", "bert") as (anne, bert):
        lanes = frozenset(range(SLOTS))
        anne.grants[COMMUNITY] = anne.grants[COMMUNITY].__class__(lanes=lanes)
        anne.write(2)
        done = talk(anne, bert, receipts=True)
        assert not done.sent(Type.SLOTS)
        assert stated(bert, bert.device) is None
