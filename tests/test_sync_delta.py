"""Events without what their chains imply: built again byte for byte, or refused."""

from __future__ import annotations

import json
from contextlib import suppress
from itertools import groupby
from pathlib import Path

import generator
import pytest
from hypothesis import given, settings, strategies as st
from log_kit import COMMUNITY, Device, Made, World, chain, conversation, make

from hearth.store.header import Lane
from hearth.store.incoming import Incoming, read
from hearth.sync import delta
from hearth.sync.delta import Record, Salt, Stretch
from hearth.sync.packing import PeerError

SALT = Salt(bytes(range(32)))


class Holds:
    """A receiver that holds these events."""

    def __init__(self, *held: Made) -> None:
        self._devices = {SALT.device(made.header.device): made.header.device for made in held}
        self._ids = {(m.header.device, m.header.sequence, SALT.id(m.id)): m.id for m in held}

    def device(self, tag: bytes) -> bytes | None:
        return self._devices.get(tag)

    def previous(self, device: bytes, sequence: int, tag: bytes) -> bytes | None:
        return self._ids.get((device, sequence, tag))


def test_the_vector_of_a_frame() -> None:
    """`sync-messages.json`: what was sent as events, read by who holds the first of a chain."""
    script = generator.script("generate_messages")
    written = json.loads((Path(__file__).parent / "vectors" / "sync-messages.json").read_text())
    told = written["frame"]
    [case] = [case for case in written["cases"] if case["name"] == "events"]
    data = bytes.fromhex(case["message"]["frame"])
    decoded = delta.decode(COMMUNITY, told["lane"], data, Holds(script.told()[0]))
    assert (told["salt"], decoded.unplaced) == (bytes(range(32)).hex(), 0)
    assert sorted(script.shown(decoded.records)) == sorted(told["events"])


def stretch(made: list[Made], known: bool = False) -> Stretch:
    first = made[0].header
    return Stretch(
        first.device, first.sequence, first.previous, known, known, [each.record for each in made]
    )


def roundtrip(stretches: list[Stretch], *held: Made, lane: int = Lane.CHAT) -> list[Record]:
    data = delta.encode(SALT, stretches)
    decoded = delta.decode(COMMUNITY, lane, data, Holds(*held))
    assert decoded.unplaced == 0
    assert all(map(is_as_read, decoded.events))
    return decoded.records


def is_as_read(event: Incoming) -> bool:
    """Whether what was built is what reading its bytes gives: the importer reads it no more."""
    again = read(event.header, event.signature, event.payload)
    return (again.fields, again.id, again.flags) == (event.fields, event.id, event.flags)


def test_every_kind_of_event_comes_back_as_it_was() -> None:
    one, two = Device("one"), Device("two")
    elsewhere = make(Device("three"))
    a = make(one)
    b = make(two, None, a, payload=None, refs=(bytes(32), b"r" * 32), kind=0)
    c = make(one, a, b, b"x" * 65536, audience=b"a" * 32, expiry=255, kind=2**32 - 1)
    d = make(one, c, elsewhere, acts=(b"a" * 32, b"b" * 32), audience=b"a" * 32, wall=0)
    e = make(one, d, lamport=2**53 - 1, audience=None, wall=2**53 - 1)
    f = make(one, e, lamport=1)  # untrue, and held all the same
    header, signature, _ = make(two, b, c).record
    absent = (header, signature, None)
    first = Stretch(one.device, 1, None, False, False, [m.record for m in (a, c, d, e, f)])
    second = Stretch(two.device, 1, None, False, False, [b.record, absent])
    found = roundtrip([first, second])
    assert sorted(found, key=repr) == sorted([*first.records, *second.records], key=repr)
    by_chain = [record for record in found if record[0][38:70] == one.device]
    assert by_chain == first.records  # a chain's events stay in their order


def test_what_the_receiver_holds_is_named_by_tags() -> None:
    made = chain(Device("long"), 10)
    known = delta.encode(SALT, [stretch(made[6:], known=True)])
    told = delta.encode(SALT, [stretch(made[6:])])
    assert len(told) - len(known) == (32 - 6) + (32 - 4)
    assert roundtrip([stretch(made[6:], known=True)], *made[:6]) == [m.record for m in made[6:]]


def test_what_cannot_be_placed_is_counted_and_so_is_what_ticks_on_it() -> None:
    lost, other = chain(Device("lost"), 4), chain(Device("other"), 2)
    ticking = make(Device("other"), other[1], lost[3])
    after = make(Device("other"), ticking)
    data = delta.encode(SALT, [stretch(lost[2:], known=True), stretch([*other, ticking, after])])
    decoded = delta.decode(COMMUNITY, Lane.CHAT, data, Holds())
    assert decoded.unplaced == 4
    assert decoded.records == [made.record for made in other]
    assert delta.decode(COMMUNITY, Lane.CHAT, data, Holds(*lost[:2])).unplaced == 0


def test_bytes_per_event() -> None:
    """DESIGN §10: at most 168 for a payload of 96 random hexadecimal digits; here 100 events of
    each of 10 devices, each ticking on the last one made."""
    made = conversation(1000)
    made.sort(key=lambda each: (each.header.device, each.header.sequence))
    groups = [list(group) for _, group in groupby(made, key=lambda each: each.header.device)]
    data = delta.encode(SALT, [stretch(group) for group in groups])
    assert len(data) / 1000 <= 122  # 64 signature, 49 payload, the rest 9
    alone = sum(len(delta.encode(SALT, [stretch(group)])) for group in groups)
    assert alone / 1000 <= 154  # chain by chain, ticks are elsewhere: 32 more


@pytest.mark.parametrize("seed", range(6))
def test_whole_worlds(seed: int) -> None:
    world = World(seed, 80)
    made = [m for m in world.made if m.header.community == COMMUNITY and m.header.lane == Lane.CHAT]
    found = roundtrip([stretch([each]) for each in made])
    assert sorted(found, key=repr) == sorted((each.record for each in made), key=repr)


def some_frame() -> bytes:
    one = chain(Device("one"), 4)
    two = make(Device("two"), None, one[3], refs=(bytes(32),), audience=b"a" * 32, expiry=3)
    return delta.encode(SALT, [stretch(one), stretch([two])])


def test_a_frame_that_is_cut_anywhere_is_refused() -> None:
    frame = some_frame()
    for cut in range(len(frame)):
        with pytest.raises(PeerError):
            delta.decode(COMMUNITY, Lane.CHAT, frame[:cut], Holds())


@given(st.integers(0, len(some_frame()) - 1), st.integers(1, 255), st.binary(max_size=3))
@settings(max_examples=300, deadline=None)
def test_a_frame_that_is_changed_is_refused_or_read(at: int, flip: int, tail: bytes) -> None:
    data = bytearray(some_frame() + tail)
    data[at] ^= flip
    with suppress(PeerError):
        assert all(map(is_as_read, delta.decode(COMMUNITY, Lane.CHAT, bytes(data), Holds()).events))
    with pytest.raises(PeerError):
        delta.decode(COMMUNITY, Lane.CHAT, some_frame() + b"\0", Holds())
