"""How much is held of what others write: limits to the byte, and a session that goes on."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from log_kit import COMMUNITY, Device, chain, make, transaction
from session_kit import Link, Node, nodes, sync

from hearth.store import held
from hearth.store.header import Lane
from hearth.store.incoming import read
from hearth.store.store import Store
from hearth.sync import message_codec, quotas
from hearth.sync.declining import MAX_DECLINES, Decline, Over, Quota
from hearth.sync.messages import Type
from hearth.sync.packing import OverLimitError
from hearth.sync.replica import Grant, Quotas

REST = (Lane.CHAT, Lane.MARKET, Lane.CORPUS)


def limit(node: Node, device: int | None = None, community: int | None = None) -> None:
    """Quotas for everybody but the node itself."""

    def of(whose: bytes) -> Quotas:
        return Quotas() if whose == node.device else Quotas(device, community)

    node.grants = {COMMUNITY: Grant(quotas=of)}


def size(node: Node, signer: Device | None = None, lane: int | None = None) -> int:
    """Bytes of a device's events, counted one by one."""
    device = (signer or node.signer).device
    return sum(
        len(header) + 64 + len(payload or b"")
        for header, _, payload in node.store.log.records(COMMUNITY, lane)
        if header[38:70] == device
    )


def counted(store: Store, device: bytes | None, lanes: tuple[Lane, ...] = REST) -> int:
    with transaction(store) as tx:
        held.count(tx)
        return held.of(tx.connection, COMMUNITY, device, lanes)


@pytest.mark.parametrize(("more", "taken"), [(-1, False), (0, True), (1, True)])
def test_a_devices_quota_holds_to_the_byte(tmp_path: Path, more: int, taken: bool) -> None:
    with nodes(tmp_path, "a", "b") as (a, b):
        a.write(5)
        limit(b, size(a) + more)
        talk = sync(a, b)
        assert len(b.ids()) == (5 if taken else 0)
        assert len(talk.sent(Type.DECLINE)) == (not taken)
        assert talk.there.summary.declined == (0 if taken else 5)


@pytest.mark.parametrize(("more", "taken"), [(-1, False), (0, True), (1, True)])
def test_what_is_held_already_counts(tmp_path: Path, more: int, taken: bool) -> None:
    with nodes(tmp_path, "a", "b") as (a, b):
        a.write(5)
        limit(b, 10_000)
        sync(a, b)
        a.write(4, Lane.CORPUS)
        limit(b, size(a) + more)
        sync(a, b)
        assert len(b.ids()) == (9 if taken else 5)
        assert counted(b.store, a.device) == size(b, a.signer)


def test_whoever_has_no_limit_may_come_first(tmp_path: Path) -> None:
    """One's own events come back before those of others: nothing has been counted till then."""
    other = Device("other")
    with nodes(tmp_path, "a", "b") as (a, b):
        a.write(1)
        a.write(1, signer=other)
        b.grants = {COMMUNITY: Grant(quotas=lambda d: Quotas(None if d == a.device else 10_000))}
        replica = b.replica(a.device)
        for header, signature, payload in a.store.log.records(COMMUNITY):
            replica.take(COMMUNITY, Lane.CHAT, [read(header, signature, payload)])
        assert len(b.ids()) == 2
        assert counted(b.store, other.device) == size(b, other)


def test_everything_else_goes_on_and_both_know(tmp_path: Path) -> None:
    other = Device("other")
    with nodes(tmp_path, "a", "b") as (a, b):
        a.write(40)
        a.write(3, signer=other)
        a.write(2, Lane.CONTROL)
        b.write(2)
        limit(b, size(a, other))
        talk = sync(a, b)
        over = (COMMUNITY, Over(a.device, Quota.DEVICE, size(a, other)))
        assert talk.there.summary.over == talk.here.summary.over_at_peer == {over}
        assert talk.here.summary.refused_by_peer is None
        assert (talk.there.summary.declined, talk.there.summary.events_in) == (40, 5)
        assert len(b.ids()) == 7
        assert len(a.ids()) == 47
        again = sync(a, b)  # it is said before anything of it is sent
        assert [d.body[2:34] for d in again.sent(Type.DECLINE)] == [a.device]
        assert not again.sent(Type.EVENTS)
        assert again.there.summary.over == {over}
        limit(b, 1 << 20)
        sync(a, b)
        assert a.picture() == b.picture()
        assert sync(a, b).bytes <= 300


def test_a_sender_stops_when_it_hears_of_it(tmp_path: Path) -> None:
    rng = random.Random(5)
    with nodes(tmp_path, "a", "b") as (a, b):
        a.write(300, payload=None, signer=Device("small"))
        with transaction(a.store) as tx:
            for _ in range(400):
                a.store.log.append(
                    tx, a.signer, COMMUNITY, Lane.CHAT, 128, rng.randbytes(8000), wall=1
                )
        limit(b, 1 << 20)
        link = Link(a, b, rng)
        while link.step(rng):
            pass
        assert link.over
        here, there = link.sessions
        assert 1 << 19 < size(b, a.signer) <= 1 << 20
        assert size(b, Device("small")) == size(a, Device("small"))
        assert here.summary.events_out < 700
        assert there.summary.over


def test_emergencies_have_room_of_their_own(tmp_path: Path) -> None:
    with nodes(tmp_path, "a", "b") as (a, b):
        a.write(9)
        a.write(2, Lane.EMERGENCY)
        limit(b, size(a, lane=Lane.EMERGENCY))
        talk = sync(a, b)
        assert [e.header.lane for e in b.store.log.events()] == [Lane.EMERGENCY] * 2
        assert [d.body[1] for d in talk.sent(Type.DECLINE)] == [Lane.CHAT]
        a.write(1, Lane.EMERGENCY)
        sync(a, b)
        assert len(b.ids()) == 2, "but not without an end"


def test_a_community_has_a_quota_of_its_own(tmp_path: Path) -> None:
    with nodes(tmp_path, "a", "b") as (a, b):
        a.write(5)
        a.write(1, Lane.CONTROL)
        b.write(5)
        limit(b, None, counted(b.store, None) + size(a, lane=Lane.CHAT) - 1)
        talk = sync(a, b)
        ((_, over),) = talk.here.summary.over_at_peer
        assert (over.device, over.why) == (a.device, Quota.COMMUNITY)
        assert len(b.ids()) == 6
        limit(b, None, over.limit + 1)
        sync(a, b)
        assert a.picture() == b.picture()


@pytest.mark.parametrize("more", [-1, 0])
def test_what_one_frame_brings_of_many_is_counted_together(tmp_path: Path, more: int) -> None:
    devices = [Device(f"device {number}") for number in range(6)]
    with nodes(tmp_path, "a", "b") as (a, b):
        for device in devices:
            a.write(3, signer=device)
        limit(b, None, counted(a.store, None) + more)
        sync(a, b)
        assert len(b.ids()) == 18 + 3 * more


def test_erasing_makes_room(tmp_path: Path) -> None:
    with nodes(tmp_path, "a", "b") as (a, b):
        a.write(3, payload=bytes(5000))
        limit(b, size(a))
        sync(a, b)
        a.write(1)
        assert sync(a, b).there.summary.over
        with transaction(b.store) as tx:
            first = next(b.store.log.events())
            assert b.store.log.erase_all(tx, [first.id]) == 1
        assert counted(b.store, a.device) == size(b, a.signer) == size(a) - size_of_last(a) - 5000
        sync(a, b)
        assert len(b.ids()) == 4


def size_of_last(node: Node) -> int:
    header, _, payload = list(node.store.log.records(COMMUNITY))[-1]
    return len(header) + 64 + len(payload or b"")


def test_payloads_that_come_later_count_too(tmp_path: Path) -> None:
    """Or headers could be brought first, and their payloads afterwards, as repetitions."""
    made = [each.record for each in chain(Device("d"), 6)]
    with nodes(tmp_path, "a", "b") as (a, b):
        a.take(made)
        a.write(1)
        b.take((header, signature, None) for header, signature, _ in made)
        bare = counted(b.store, Device("d").device)
        b.take(made[:2])
        filled = sum(len(payload or b"") for _, _, payload in made[:2])
        assert counted(b.store, Device("d").device) == bare + filled
        limit(b, bare + filled)
        replica = b.replica(a.device)
        taken = replica.take(COMMUNITY, Lane.CHAT, [read(*each) for each in made[:2]])
        assert (taken.report.duplicate, taken.declined) == (2, 0), "what is whole asks for no room"
        taken = replica.take(COMMUNITY, Lane.CHAT, [read(*each) for each in made])
        assert (taken.report.duplicate, taken.declined) == (0, 6)


def test_erasing_what_is_not_here_makes_no_room(tmp_path: Path) -> None:
    made = chain(Device("d"), 2)
    with nodes(tmp_path, "b") as (b,):
        b.take((header, signature, None) for header, signature, _ in (each.record for each in made))
        bare = counted(b.store, Device("d").device)
        with transaction(b.store) as tx:
            assert b.store.log.erase_all(tx, [made[0].id]) == 1
        assert counted(b.store, Device("d").device) == bare == size(b, Device("d"))


def test_who_is_over_is_over_with_what_is_small_too(tmp_path: Path) -> None:
    """Or it would lie behind a gap, and the rest of the room be gone."""
    large = make(Device("d"), payload=bytes(5000))
    small = make(Device("d"), large)
    with nodes(tmp_path, "b") as (b,):
        limit(b, 1000)
        replica = b.replica(Device("a").device)
        for each in (large, small):
            taken = replica.take(COMMUNITY, Lane.CHAT, [read(*each.record)])
            assert (taken.report.accepted, taken.declined) == (0, 1)


def test_what_others_bring_meanwhile_is_counted_again_and_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quotas, "RECOUNT", 0)
    made = [read(*each.record) for each in chain(Device("d"), 6)]
    with nodes(tmp_path, "b") as (b,):
        limit(b, sum(len(each.header) + 64 + 3 for each in made) - 1)
        one, two = b.replica(Device("a").device), b.replica(Device("c").device)
        taken = [
            replica.take(COMMUNITY, Lane.CHAT, made[at : at + 2]).declined
            for at, replica in ((0, one), (2, two), (4, one))
        ]
        assert taken == [0, 0, 2]


def test_what_is_held_is_counted_once_and_not_for_every_frame(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts: list[int] = []
    real = held.count

    def count(tx: object) -> None:
        counts.append(1)
        real(tx)  # type: ignore[arg-type]

    with nodes(tmp_path, "a", "b") as (a, b):
        a.write(300, payload=random.Random(1).randbytes(8000))
        limit(b, 1 << 30)
        monkeypatch.setattr("hearth.store.held.count", count)
        talk = sync(a, b)
        assert len(talk.sent(Type.EVENTS)) > 5
        assert len(counts) == 1
        assert counted(b.store, a.device) == size(b, a.signer) == size(a)


def test_a_peer_that_declines_and_declines_is_left(tmp_path: Path) -> None:
    with nodes(tmp_path, "a", "b") as (a, b):
        a.write(1)
        here, there = a.session(b.device, bytes(32)), b.session(a.device, bytes(32))
        hello = there.next_message()
        assert hello is not None
        here.receive(hello.type, hello.body)
        for number in range(MAX_DECLINES):
            over = Over(number.to_bytes(32, "big"), Quota.DEVICE, 1)
            here.receive(*message_codec.encode(Decline(0, Lane.CHAT, over)))
        with pytest.raises(OverLimitError):
            here.receive(
                *message_codec.encode(Decline(0, Lane.CHAT, Over(b"x" * 32, Quota.DEVICE, 1)))
            )
