"""Sessions over real connections: handshake, frames, credit; bytes as they are on the wire."""

from __future__ import annotations

import random
import tracemalloc
from pathlib import Path

import pytest
from log_kit import Device
from session_kit import COMMUNITY, Node, nodes
from sync_kit import session as established

from hearth.store.budget import OverBudgetError
from hearth.store.errors import NoSpaceError
from hearth.store.header import Lane
from hearth.sync.connection import Closed, Connection, Message
from hearth.sync.errors import Code
from hearth.sync.messages import Refusal, Refuse, What
from hearth.sync.replica import Grant
from hearth.sync.session import Session, session_salt

BACKLOG = 1 << 18


class End:
    """One side: a session on a connection, asked for more only while little waits to be sent."""

    def __init__(self, connection: Connection, session: Session) -> None:
        self.connection = connection
        self.session = session
        self.sent = 0
        self.flights = 0

    def turn(self, limit: int) -> bytes:
        while self.connection.backlog < BACKLOG and not self.connection.closing:
            message = self.session.next_message()
            if message is None:
                if self.session.over:
                    self.connection.close(Code.DONE)
                break
            self.connection.send(message.type, message.body, urgent=message.urgent)
        data = self.connection.data_to_send(limit)
        self.sent += len(data)
        self.flights += bool(data)
        return data

    def hear(self, data: bytes) -> None:
        self.connection.receive_data(data)
        while (event := self.connection.next_event()) is not None:
            if isinstance(event, Message):
                self.session.receive(event.type, event.body)
                self.connection.dealt_with(event)
            else:
                assert event == Closed(Code.DONE)


def connect(a: Node, b: Node) -> tuple[End, End]:
    here, there = established()
    assert here.handshake_hash == there.handshake_hash
    salt = session_salt(here.handshake_hash)
    return (
        End(Connection(here), a.session(b.device, salt)),
        End(Connection(there), b.session(a.device, salt)),
    )


def run(a: Node, b: Node, limit: int = 1 << 16) -> tuple[End, End]:
    ends = connect(a, b)
    sides = list(ends)
    silent = 0
    while silent < 2:
        data = sides[0].turn(limit)
        silent = 0 if data else silent + 1
        if data:
            sides[1].hear(data)
        sides.reverse()
    assert all(end.connection.closed_by_peer and end.connection.close_sent for end in ends)
    return ends


def test_nothing_new_in_300_bytes_and_one_round_trip(tmp_path: Path) -> None:
    with nodes(tmp_path, "a", "b") as (a, b):
        a.write(50)
        run(a, b)
        here, there = run(a, b)
        assert here.sent + there.sent == 212
        # hello; hello and close; close
        assert (here.flights, there.flights) == (2, 1)


@pytest.mark.parametrize("limit", [1, 5000, 1 << 20])
def test_much_goes_through_small_windows(tmp_path: Path, limit: int) -> None:
    rng = random.Random(1)
    with nodes(tmp_path, "a", "b") as (a, b):
        a.write(400, payload=rng.randbytes(4000))
        b.write(400, Lane.EMERGENCY, payload=rng.randbytes(4000))
        id = a.store.put(rng.randbytes(3 << 20))
        b.wanted[COMMUNITY] = [(What.OBJECT, id)]
        a.grants = {COMMUNITY: Grant(serves=lambda id: True)}
        here, there = run(a, b, limit)
        assert a.picture() == b.picture()
        assert b.store.has(id)
        assert here.sent > 3 << 20
        assert there.session.summary.objects_in == 1


@pytest.mark.parametrize(
    ("full", "why"),
    [(NoSpaceError("full"), Refusal.NO_SPACE), (OverBudgetError("over"), Refusal.BUDGET)],
)
def test_a_full_disk_is_told_and_the_full_node_goes_on_giving(
    tmp_path: Path, full: NoSpaceError, why: Refusal
) -> None:
    with nodes(tmp_path, "a", "b") as (a, b):
        a.write(3000, payload=random.Random(1).randbytes(500))
        b.write(3, Lane.MARKET)
        b.full = full
        here, there = run(a, b)
        assert here.session.summary.refused_by_peer == Refuse(why, 0)
        assert there.session.summary.events_in == 0
        assert here.session.summary.events_in == 3
        b.full = None
        run(a, b)
        assert a.picture() == b.picture()


@pytest.mark.slow
def test_memory_stays_flat(tmp_path: Path) -> None:
    """Twice the events, not more memory: what Python holds at its peak while sending and
    receiving 40,000 and 80,000 events of 20 devices. What is remembered from one frame to the
    next is full by the first number."""

    def peak(folder: Path, count: int) -> int:
        with nodes(folder, "a", "b") as (a, b):
            for number in range(20):
                a.write(count // 20, signer=Device(f"d {number}"), payload=bytes(96))
            tracemalloc.start()
            run(a, b)
            found = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            assert len(b.ids()) == count
            return found

    small, large = peak(tmp_path / "small", 40_000), peak(tmp_path / "large", 80_000)
    assert large < 1.25 * small
    assert large < 32 << 20
