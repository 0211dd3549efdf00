"""Blocks of events: built again byte for byte, or refused."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from contextlib import suppress
from itertools import islice

import pytest
from hypothesis import given, settings, strategies as st
from log_kit import COMMUNITY, Device, Made, Record, World, chain, conversation, make

from hearth.store.header import Lane
from hearth.store.incoming import read
from hearth.store.timely import Row
from hearth.sync import blocks, blocks_out
from hearth.sync.blocks import BACK, Blocks
from hearth.sync.blocks_out import BlockWriter
from hearth.sync.columns import column, read_column
from hearth.sync.packing import MAX_NUMBER, MessageError, PeerError, Reader

LIMIT = 1 << 17


def rows(made: Iterable[Made]) -> list[Row]:
    """Events as a table has them: in a run each names the one before it."""
    runs: dict[bytes, int] = {}
    found: list[Row] = []
    for number, each in enumerate(made):
        run = runs.pop(each.header.previous or b"", number)
        runs[each.id] = run
        found.append((run, each.header.sequence, each.lamport, each.header.kind, *each.record, 0))
    return found


def written(*pages: Sequence[Made], limit: int = LIMIT) -> list[bytes]:
    writer = BlockWriter(limit)
    every = iter(rows(each for page in pages for each in page))
    return [block for page in pages for block in writer.write(list(islice(every, len(page))))]


def read_all(found_blocks: Iterable[bytes], lane: int = Lane.CHAT) -> list[Record]:
    """The events in blocks; each is what reading its bytes gives."""
    reader = Blocks(COMMUNITY, lane)
    found: list[Record] = []
    for data in found_blocks:
        block = reader.copy().read(data)
        assert block == reader.read(data)
        records = list(zip(block.headers, block.signatures, block.payloads, strict=True))
        for at, record in enumerate(records):
            told = read(*record)
            fields = told.fields
            assert (told.id, fields.sequence, fields.lamport) == (
                block.ids[at], block.sequences[at], block.lamports[at])  # fmt: skip
            assert (fields.tick, fields.kind) == (block.ticks[at], block.kinds[at])
        found += records
    return found


def roundtrip(*pages: Sequence[Made], lane: int = Lane.CHAT) -> list[bytes]:
    made = written(*pages)
    assert read_all(made, lane) == [each.record for page in pages for each in page]
    return made


def test_every_kind_of_event_comes_back_as_it_was() -> None:
    one, two = Device("one"), Device("two")
    elsewhere = make(Device("three"))
    a = make(one)
    b = make(two, None, a, payload=None, refs=(bytes(32), b"r" * 32), kind=0)
    c = make(one, a, b, b"x" * 65536, audience=b"a" * 32, expiry=255, kind=2**32 - 1)
    d = make(one, c, elsewhere, acts=(b"a" * 32, b"b" * 32), audience=b"a" * 32, wall=0)
    e = make(one, d, lamport=2**53 - 1, audience=None, wall=2**53 - 1)
    f = make(one, e, lamport=1)  # untrue, and held all the same
    g = make(two, b, c)
    absent = Made(g.header, (*g.record[:2], None), g.id)
    roundtrip([a, b, c, d, e, f, absent])
    roundtrip([a, b], [c, d], [e], [f, absent])
    roundtrip([f, e, d, c, a], [absent, b])  # no order is required


def test_a_stretch_and_its_shape_are_told_once() -> None:
    made = chain(Device("long"), 20)
    (whole,) = roundtrip(made)
    first, second = roundtrip(made[:10], made[10:])
    assert len(first) + len(second) - len(whole) < 80  # metadata, twice
    apart = written(made[:10])[0], written(made[10:])[0]
    assert len(apart[0]) == len(first)
    assert len(apart[1]) - len(second) >= 64  # the device, and the id before the first


@pytest.mark.parametrize("back", [BACK - 1, BACK, BACK + 1])
def test_how_far_back_a_tick_is_told_by_that(back: int) -> None:
    other = make(Device("other"))
    made = chain(Device("long"), back)
    ticking = make(Device("late"), None, other)
    pages = [[other, *made[:-1]][at : at + 4000] for at in range(0, back, 4000)]
    near, far = written(*pages, [ticking])[-1], written([ticking])[-1]
    assert len(far) - len(near) >= (30 if back <= BACK else 0)
    roundtrip(*pages, [ticking])


def test_bytes_per_event() -> None:
    """DESIGN §10: at most 168 for a payload of 96 random hexadecimal digits."""
    made = conversation(1000)
    assert sum(map(len, roundtrip(made))) / 1000 <= 121  # 64 signature, 49 payload, the rest 8


def test_blocks_are_no_longer_than_they_may_be() -> None:
    rng = random.Random(1)
    payloads = [rng.randbytes(rng.choice((10, 3000, 65536))) for _ in range(60)]
    last, made = None, []
    for payload in payloads:
        refs = tuple(rng.randbytes(32) for _ in range(64))
        last = make(Device("one"), last, None, payload, refs=refs)
        made.append(last)
    found = roundtrip(made)
    assert all(len(block) <= LIMIT for block in found)
    assert len(found[0]) < 1 << 14  # the first ones are short


@pytest.mark.parametrize("seed", range(6))
def test_whole_worlds(seed: int) -> None:
    world = World(seed, 80)
    made = [m for m in world.made if m.header.community == COMMUNITY and m.header.lane == Lane.CHAT]
    roundtrip(made)
    roundtrip(made[:9], made[9:])
    random.Random(seed).shuffle(made)
    roundtrip(made)


@pytest.mark.parametrize("most", [21, 40, 60])
def test_a_reader_forgets_when_there_are_too_many(
    monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    """Of stretches, and of shapes; numbers of stretches are never given twice all the same."""
    for module in (blocks, blocks_out):
        monkeypatch.setattr(module, "MAX_KNOWN", most)
    chains = [chain(Device(f"device {n}"), 10) for n in range(40)]
    readers = [make(Device(f"reader {n}"), audience=bytes((n,)) * 32) for n in range(40)]
    made = [*(each[place] for place in range(10) for each in chains), *readers]
    pages = [made[at : at + 20] for at in range(0, len(made), 20)]
    found = written(*pages)
    assert read_all(found) == [each.record for each in made]
    assert sum(block[0] for block in found) >= 1
    reader = Blocks(COMMUNITY, Lane.CHAT)
    whose: dict[int, bytes] = {}
    for block in map(reader.read, found):
        for number, header in zip(block.stretches, block.headers, strict=True):
            assert whose.setdefault(number, header[38:70]) == header[38:70]
    assert len(reader._stretches) <= most
    with pytest.raises(MessageError):
        read_all([bytes(1) + block[1:] for block in found])


def some_blocks() -> list[bytes]:
    one = chain(Device("one"), 4)
    two = make(Device("two"), None, one[3], refs=(bytes(32),), audience=b"a" * 32, expiry=3)
    three = make(Device("three"), None, two, acts=(b"1" * 32, b"2" * 32))
    absent = Made(three.header, (*three.record[:2], None), three.id)
    return written(one, [two, absent])


BLOCKS = some_blocks()


def test_a_block_that_is_cut_anywhere_or_too_long_is_refused() -> None:
    for before, block in enumerate(BLOCKS):
        for data in [*(block[:cut] for cut in range(len(block))), block + b"\0"]:
            reader = Blocks(COMMUNITY, Lane.CHAT)
            for earlier in BLOCKS[:before]:
                reader.read(earlier)
            with pytest.raises(PeerError):
                reader.read(data)


def test_a_block_without_those_before_it_is_refused() -> None:
    made = chain(Device("long"), 20)
    _, second = written(made[:10], made[10:])
    with pytest.raises(PeerError):
        Blocks(COMMUNITY, Lane.CHAT).read(second)


@given(st.integers(0, 1), st.integers(0, 10_000), st.integers(1, 255), st.binary(max_size=3))
@settings(max_examples=300, deadline=None)
def test_a_block_that_is_changed_is_refused_or_read(
    which: int, at: int, flip: int, tail: bytes
) -> None:
    data = bytearray(BLOCKS[which] + tail)
    data[at % len(data)] ^= flip
    with suppress(PeerError):
        read_all([*BLOCKS[:which], bytes(data)])


class TestColumns:
    @given(st.lists(st.integers(0, MAX_NUMBER), max_size=50))
    def test_numbers_come_back(self, numbers: list[int]) -> None:
        data = column(numbers)
        reader = Reader(data)
        assert read_column(reader, len(numbers)) == numbers
        reader.end()
        width = (max(numbers, default=0).bit_length() + 7) // 8
        assert len(data) == 1 + width * len(numbers)

    def test_there_is_one_way_to_write_them(self) -> None:
        for bad in (b"\1\0\0", b"\2\1\2\0\0", b"\x08" + bytes(16), b"\2\1\2\3"):
            with pytest.raises(MessageError):
                read_column(Reader(bad), 2)

    @pytest.mark.parametrize("limit", [0, 255, 256, MAX_NUMBER - 1])
    def test_limits(self, limit: int) -> None:
        assert read_column(Reader(column([0, limit])), 2, limit) == [0, limit]
        with pytest.raises(PeerError):
            read_column(Reader(column([limit + 1, 0])), 2, limit)
