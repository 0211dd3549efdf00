"""Receipts: their bytes, what is claimed and what is not, and how they travel."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator
from itertools import pairwise
from pathlib import Path

import anyio
import pytest
from hypothesis import given, settings, strategies as st
from log_kit import Device, Record, chain as chain_of, take
from mesh_kit import NOW, Member, members
from receipts_kit import device, holders, marks, meet, names, say, settle, state_now, stated

from hearth.chat import receipts
from hearth.chat.receipt_codec import (
    MAX_HOLES,
    MAX_PEERS,
    PAGES,
    STEPS,
    Mark,
    Step,
    about,
    decode,
    encode,
    pages,
)
from hearth.mesh.peers import Place
from hearth.mesh.visiting import visit
from hearth.store import cbor
from hearth.store.cbor import MAX_INT
from hearth.store.errors import HearthError, NoSpaceError
from hearth.store.event import event_id
from hearth.store.header import Lane
from hearth.store.slots import MAX_BODY, QUOTA, Slot, SlotQuotaError
from hearth.sync.messages import Flags

COUNT = st.integers(1, 2**40)


@st.composite
def some_marks(draw: st.DrawFn) -> Mark:
    lengths = sorted(draw(st.sets(COUNT, min_size=1, max_size=STEPS)))
    via = st.none() | st.binary(min_size=8, max_size=8)
    steps = tuple(Step(n, draw(st.integers(0, MAX_INT)), draw(via)) for n in lengths)
    ends = sorted(draw(st.sets(st.integers(1, lengths[-1]), max_size=2 * MAX_HOLES)))
    first = ends[0] if ends else 1
    holes = tuple(zip(ends[::2], ends[1::2], strict=False))
    return Mark(
        draw(st.binary(min_size=4, max_size=4)),
        draw(st.binary(min_size=8, max_size=8)),
        steps,
        draw(st.integers(1, first)),
        holes,
    )


@given(st.lists(some_marks(), max_size=12))
def test_what_is_encoded_is_what_is_decoded(given_marks: list[Mark]) -> None:
    assert decode(encode(given_marks)) == tuple(given_marks)


@given(st.lists(some_marks(), max_size=12))
def test_what_is_about_one_chain_is_found_alone(given_marks: list[Mark]) -> None:
    body = encode(given_marks)
    for chain in {mark.chain for mark in given_marks} | {b"none"}:
        assert about(body, chain) == [mark for mark in given_marks if mark.chain == chain]


@given(some_marks(), st.integers(0, 2**41))
def test_a_mark_claims_what_lies_in_it_and_not_in_a_hole(mark: Mark, place: int) -> None:
    step = mark.step(place)
    inside = mark.first <= place <= mark.length
    if not inside or any(low <= place <= high for low, high in mark.holes):
        assert step is None
    else:
        assert step is not None
        assert step.length >= place
        assert not any(other.length >= place and other.length < step.length for other in mark.steps)


@settings(max_examples=400)
@given(st.binary(max_size=200) | st.lists(some_marks(), max_size=4).map(encode), st.data())
def test_hostile_bytes_claim_nothing_that_cannot_be_said(body: bytes, data: st.DataObject) -> None:
    if body and data.draw(st.booleans()):
        at = data.draw(st.integers(0, len(body) - 1))
        body = body[:at] + data.draw(st.binary(max_size=3)) + body[at + 1 :]
    for mark in decode(body):
        assert decode(encode([mark])) == (mark,)
        assert all(before.length < after.length for before, after in pairwise(mark.steps))
        assert 1 <= mark.first <= mark.length
        assert mark in about(body, mark.chain)
    for mark in about(body, body[20:24]):
        assert decode(encode([mark])) == (mark,)


def item(**changes: object) -> bytes:
    fields: dict[str, object] = {
        "version": 1, "chain": b"c" * 4, "head": b"h" * 8, "steps": [3, 9, 1], "ends": [2, 3, 3],
        "peers": [b"p" * 8],
    } | changes  # fmt: skip
    mark = [fields["chain"], fields["head"], fields["steps"], fields["ends"]]
    return cbor.encode({0: fields["version"], 1: fields["peers"], 2: [mark]}, max_items=1 << 14)


def test_what_is_no_mark_is_passed_over() -> None:
    assert decode(item()) == (Mark(b"c" * 4, b"h" * 8, (Step(3, 9, b"p" * 8),), 2, ((3, 3),)),)
    bad = [
        item(version=2), item(version=True), item(chain=b"c" * 3), item(chain=b"c" * 5),
        item(head=b"h" * 7), item(head="hhhhhhhh"), item(peers=[b"p" * 7]), item(peers=[1]),
        item(steps=[]), item(steps=[3, 9]), item(steps=[0, 9, 0]), item(steps=[-3, 9, 0]),
        item(steps=[3, 9, 2]), item(steps=[3, 9, True]), item(steps=[3, 9, 0, 3, 9, 0]),
        item(steps=[4, 9, 0, 3, 9, 0]), item(ends=[]), item(ends=[0]), item(ends=[4]),
        item(ends=[1, 2]), item(ends=[3, 2, 2]), item(ends=[2, 3, 4]), item(ends=[2, 3, 2]),
        item(ends=[1, 2, 3, 3, 3]), item(ends=b"x"), b"", b"\xff", b"\xa0", encode(())[:-1],
        cbor.encode([1, 2, 3]), cbor.encode({0: 1, 1: [], 2: 7}),
        cbor.encode({0: 1, 1: [], 2: [7]}),
    ]  # fmt: skip
    for body in bad:
        assert decode(body) == (), body.hex()
        assert about(body, b"cccc") == [], body.hex()


def test_limits_of_a_mark() -> None:
    for count in (STEPS - 1, STEPS, STEPS + 1):
        steps = [number for at in range(1, count + 1) for number in (at * 99, 9, 0)]
        assert bool(decode(item(steps=steps, ends=[1]))) is (count <= STEPS)
    for count in (MAX_HOLES - 1, MAX_HOLES, MAX_HOLES + 1):
        ends = [1, *(end for at in range(count) for end in (2 + 2 * at, 2 + 2 * at))]
        assert bool(decode(item(steps=[99, 9, 0], ends=ends))) is (count <= MAX_HOLES)
    for number in (MAX_INT - 1, MAX_INT):
        assert decode(item(steps=[number, number, 0], ends=[1]))
    for count in (MAX_PEERS - 1, MAX_PEERS, MAX_PEERS + 1):
        step = (Step(1, NOW, bytes((n >> 8, n & 255)) * 4) for n in range(count))
        told = [Mark(n.to_bytes(4, "big"), bytes(8), (each,)) for n, each in enumerate(step)]
        if count <= MAX_PEERS:
            assert decode(encode(told)) == tuple(told)
        else:
            with pytest.raises(ValueError, match="over the limit"):
                encode(told)
        packed = pages(told, PAGES)
        assert [mark for body in packed for mark in decode(body)] == told
        assert len(packed) == (1 if count <= MAX_PEERS else 2)


def test_as_many_pages_as_there_may_be() -> None:
    """What is left out where they do not suffice is what has not changed for longest."""
    rng = random.Random(4)

    def made(number: int) -> Mark:
        steps = tuple(Step(at + 1, NOW + number, None) for at in range(STEPS))
        return Mark(number.to_bytes(4, "big"), rng.randbytes(8), steps)

    one = [made(n) for n in range(1000)]
    fits = len(decode(pages(one, 1)[0]))
    assert len(encode(one[-fits:])) <= MAX_BODY
    for count in (2 * fits - 1, 2 * fits, 2 * fits + 1):
        told = [made(n) for n in range(count)]
        packed = pages(told, 2)
        held = [mark for body in packed for mark in decode(body)]
        assert len(packed) == 2
        assert all(len(body) <= MAX_BODY for body in packed)
        assert held == told[-min(count, 2 * fits) :]


def test_bytes_of_a_receipt() -> None:
    one = Mark(b"chan", b"headhead", (Step(1000, NOW, b"peerpeer"),))
    many = [one._replace(chain=n.to_bytes(4, "big")) for n in range(100)]
    assert len(encode([one])) == 41
    assert (len(encode(many)) - len(encode(many[:50]))) / 50 == 25


# what is claimed


Pair = tuple[Member, Member, bytes]


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    with members(tmp_path, "ada", "otto") as (ada, otto):
        community = ada.found()
        anyio.run(settle, community, ada, otto)
        yield ada, otto, community


def test_only_what_others_wrote_in_chats_is_receipted(pair: Pair) -> None:
    ada, otto, community = pair
    ada.say(community, "water at noon", Lane.MARKET)
    ada.say(community, "storm", Lane.EMERGENCY)
    anyio.run(meet, otto, ada)
    assert marks(ada, community) == marks(otto, community) == []
    said = say(ada, community)
    outcome = anyio.run(meet, otto, ada)
    assert outcome.total("slots_out") == 1
    assert marks(otto, community) == [
        Mark(device(ada)[:4], said.id[:8], (Step(1, NOW, device(ada)[:8]),))
    ]
    assert marks(ada, community) == []
    assert stated(ada, community, otto) == stated(otto, community)
    assert state_now(otto, community) == []


def test_receipts_of_receipts_there_are_none(pair: Pair) -> None:
    """Two who have told each other all there is go on agreeing in one round trip."""
    ada, otto, community = pair
    said, answer = say(ada, community), say(otto, community)

    def counters() -> list[int]:
        return [slot.counter for each in pair[:2] for slot in stated(each, community).values()]

    async def scenario() -> None:
        async with ada.serving() as place:
            place = Place(*place[:2])
            await visit(otto.node, place)
            assert counters() == [1, 1]
            assert holders(ada, said)
            assert holders(otto, answer)
            for _ in range(2):
                quiet = await visit(otto.node, place)
                assert quiet.round_trips == 1
                assert quiet.bytes_in + quiet.bytes_out <= 300
            assert counters() == [1, 1]

    anyio.run(scenario)


def test_a_receipt_costs_no_round_trip(pair: Pair) -> None:
    ada, otto, community = pair
    ada.say(community, "storm", Lane.MARKET)
    plain = anyio.run(meet, otto, ada)
    say(ada, community)
    receipted = anyio.run(meet, otto, ada)
    assert receipted.total("slots_out") == 1
    assert receipted.round_trips == plain.round_trips


def test_steps_tell_since_when_and_the_oldest_go(pair: Pair) -> None:
    ada, otto, community = pair
    said = []
    for number in range(STEPS + 2):
        ada.clock.now = NOW + number  # type: ignore[attr-defined]
        said.append(say(ada, community, str(number)))
        anyio.run(meet, otto, ada)
    (mark,) = marks(otto, community)
    assert [step.at for step in mark.steps] == [NOW + n for n in range(2, STEPS + 2)]
    assert [holders(ada, each)[0].at - NOW for each in said] == [2, 2, 2, 3, 4, 5]


def test_what_pull_and_push_say(pair: Pair) -> None:
    """A pull gives nothing, receipts neither, and a push takes none; the next meeting brings
    them."""
    ada, otto, community = pair
    said = say(ada, community)

    async def go(flags: Flags, caller: Member, called: Member) -> None:
        async with called.serving() as place:
            outcome = await visit(caller.node, place, flags)
            assert outcome.error is None

    anyio.run(go, Flags.TAKES, otto, ada)
    assert len(marks(otto, community)) == 1
    assert names(ada, said) == []
    anyio.run(go, Flags.GIVES, otto, ada)
    assert names(ada, said) == ["otto"]
    more = say(ada, community)
    anyio.run(go, Flags.GIVES, ada, otto)
    assert names(ada, more) == []
    anyio.run(go, Flags.TAKES, ada, otto)
    assert names(ada, more) == ["otto"]


def test_what_came_otherwise_is_stated_before_the_next_meeting(pair: Pair) -> None:
    ada, otto, community = pair
    said = say(ada, community)
    take(otto.home.store, records(ada, community))
    assert marks(otto, community) == []
    anyio.run(meet, otto, ada)
    assert [(each.name, each.via) for each in holders(ada, said)] == [("otto", None)]


def records(member: Member, community: bytes, bare: Collection[bytes] = ()) -> list[Record]:
    """All events of a community; these without their payloads."""
    return [
        (header, signature, None if event_id(header, signature) in bare else payload)
        for header, signature, payload in member.home.store.log.records(community)
    ]


def test_what_came_without_its_payload_is_not_claimed(pair: Pair) -> None:
    ada, otto, community = pair
    said = [say(ada, community, str(n)) for n in range(6)]
    bare = {said[n].id for n in (0, 2, 3)}
    take(otto.home.store, records(ada, community, bare))
    assert len(state_now(otto, community)) == 1
    (mark,) = marks(otto, community)
    assert (mark.first, mark.holes) == (2, ((3, 4),))
    assert state_now(otto, community) == []
    take(otto.home.store, records(ada, community))
    state_now(otto, community, {device(ada): device(ada)})
    (mark,) = marks(otto, community)
    assert (mark.first, mark.holes, len(mark.steps)) == (2, (), 1)


def test_what_is_erased_later_did_come(pair: Pair) -> None:
    ada, otto, community = pair
    said = say(ada, community)
    anyio.run(meet, otto, ada)
    with otto.home.store.batch() as batch, batch.transaction() as tx:
        otto.home.store.log.erase(tx, said.id)
    more = say(ada, community)
    anyio.run(meet, otto, ada)
    assert names(ada, said) == names(ada, more) == ["otto"]


@pytest.mark.parametrize("count", [MAX_HOLES - 1, MAX_HOLES, MAX_HOLES + 1])
def test_more_holes_than_can_be_told(pair: Pair, count: int) -> None:
    ada, otto, community = pair
    said = [say(ada, community, str(n)) for n in range(2 * count + 2)]
    take(otto.home.store, records(ada, community, {said[1 + 2 * n].id for n in range(count)}))
    state_now(otto, community)
    (mark,) = marks(otto, community)
    assert len(mark.holes) == min(count, MAX_HOLES)
    assert mark.first == (1 if count <= MAX_HOLES else 3)


def test_nothing_beyond_a_gap_is_claimed(pair: Pair) -> None:
    ada, otto, community = pair
    said = [say(ada, community, str(n)) for n in range(4)]
    every = records(ada, community)
    take(otto.home.store, [each for each in every if event_id(*each[:2]) != said[1].id])
    state_now(otto, community)
    assert [mark.length for mark in marks(otto, community)] == [1]
    take(otto.home.store, every)
    state_now(otto, community)
    assert [mark.length for mark in marks(otto, community)] == [4]


@pytest.mark.parametrize("count", [receipts.LATELY - 1, receipts.LATELY, receipts.LATELY + 1])
def test_what_changed_lately_stands_on_its_own_page(
    pair: Pair, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until that is too much; then it goes to the pages that are seldom stated."""
    _, otto, community = pair
    monkeypatch.setattr(receipts, "_counts", lambda chain, own, membership: chain.device != own)
    rng = random.Random(count)
    writers = [Device(f"writer {n}") for n in range(count)]
    made = {each.name: chain_of(each, 2, community=community) for each in writers}
    take(otto.home.store, [each[0] for each in made.values()])
    state_now(otto, community)
    assert len(marks(otto, community)) == count
    settled = {name for name, slot in stated(otto, community).items() if decode(slot.body)}
    assert settled == ({b"\0"} if count <= receipts.LATELY else {b"\1"})
    once = rng.choice(list(made.values()))
    take(otto.home.store, [once[1]])
    assert [slot.name for slot in state_now(otto, community)] == [b"\0"]
    lengths = sorted(mark.length for mark in marks(otto, community))
    assert lengths[-1] == 2
    assert state_now(otto, community) == []


@pytest.mark.parametrize("error", [NoSpaceError("full"), SlotQuotaError("too many")])
def test_where_there_is_no_room_for_a_receipt_it_comes_later(
    pair: Pair, error: HearthError, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, otto, community = pair
    said = say(ada, community)

    def full(*given: object) -> list[Slot]:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(receipts, "state", full)
        anyio.run(meet, otto, ada)
    assert otto.home.store.log.has(said.id)
    assert marks(otto, community) == []
    anyio.run(meet, otto, ada)
    assert [(each.name, each.via) for each in holders(ada, said)] == [("otto", device(ada))]


@pytest.mark.parametrize("spare", [0, 1])
def test_the_last_slot_of_a_device(pair: Pair, spare: int) -> None:
    ada, otto, community = pair
    signer = otto.home.signer(NOW)
    held = len(list(otto.home.store.slots.all(community, device=signer.device)))
    with otto.home.store.batch() as batch, batch.transaction() as tx:
        for number in range(QUOTA - spare - held):
            name = number.to_bytes(2, "big")
            otto.home.store.slots.state(tx, signer, community, 999, name)
    said = say(ada, community)
    anyio.run(meet, otto, ada)
    assert otto.home.store.log.has(said.id)
    assert names(ada, said) == (["otto"] if spare else [])


def test_whoever_brings_it_first_is_named(tmp_path: Path) -> None:
    """Also where the program ends before the receipt is stated, it is stated; then by nobody."""
    with members(tmp_path, "ada", "otto", "eve") as (ada, otto, eve):
        community = ada.found()
        anyio.run(settle, community, ada, otto, eve)
        said = say(ada, community)
        anyio.run(meet, otto, ada)
        anyio.run(meet, eve, otto)
        anyio.run(meet, eve, ada)
        found = {each.name: each.via_name for each in holders(ada, said)}
        assert found == {"otto": "ada", "eve": "otto"}
        later = say(ada, community)
        with eve.home.store.batch() as batch, batch.transaction() as tx:
            eve.home.store.log.import_events(tx, records(ada, community))
        eve.home.close()
        eve.open()
        anyio.run(meet, eve, ada)
        assert {each.via for each in holders(ada, later)} == {None}
