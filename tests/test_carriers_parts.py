"""Messages as parts: cut, coded, lost, doubled, mixed, damaged, forged; and put together again."""

from __future__ import annotations

import random
from functools import reduce

import pytest
from blake3 import blake3
from hypothesis import given, settings, strategies as st

from hearth.store.errors import CorruptError
from hearth.sync.carriers import erasure, reassembly, reports, splitting
from hearth.sync.carriers.errors import FrameError, SpoiledError, StateError, TooLongError
from hearth.sync.carriers.reassembly import Reassembly
from hearth.sync.carriers.reports import Question, Report
from hearth.sync.carriers.splitting import Kind, Message, Part, Parts
from hearth.sync.packing import OverLimitError, number
from hearth.sync.short import CLEAR_WHOLE, MASKED


def message(size: int, seed: int = 0, kind: int = Kind.BUNDLE) -> Message:
    return Message(kind, random.Random(seed).randbytes(size))


def feed(held: Reassembly, frames: list[bytes]) -> list[Message]:
    return [found for frame in frames if (found := held.add(frame)) is not None]


# the field and the code


def slow_product(a: int, b: int) -> int:
    """Multiplication as it is defined, bit by bit."""
    total = 0
    for bit in range(8):
        if b >> bit & 1:
            total ^= a << bit
    for bit in range(14, 7, -1):
        if total >> bit & 1:
            total ^= 0x11D << (bit - 8)
    return total


def test_division_is_the_inverse_of_multiplication() -> None:
    for a in range(256):
        for b in range(1, 256):
            assert slow_product(erasure.divide(a, b), b) == a


def test_the_first_further_part_is_the_xor_of_all() -> None:
    parts = [random.Random(at).randbytes(40) for at in range(200)]
    xor = reduce(lambda a, b: bytes(x ^ y for x, y in zip(a, b, strict=True)), parts)
    assert erasure.further(parts, 0) == xor
    assert {erasure.factor(0, column) for column in range(255)} == {1}


def test_a_further_part_is_the_sum_that_the_specification_says() -> None:
    parts = [b"\x01\x80", b"\xff\x02", b"\x00\x53"]
    for row in (1, 2, 77):
        total = [0, 0]
        for column, part in enumerate(parts):
            factor = erasure.divide(255 ^ column, (255 - row) ^ column)
            for at, byte in enumerate(part):
                total[at] ^= slow_product(factor, byte)
        assert erasure.further(parts, row) == bytes(total)


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_any_of_as_many_parts_as_there_are_suffice(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 40))
    rows = data.draw(st.integers(0, 40))
    parts = [random.Random(at).randbytes(17) for at in range(count)]
    coded = parts + [erasure.further(parts, row) for row in range(rows)]
    kept = data.draw(st.permutations(range(count + rows)))[:count]
    assert erasure.recover(count, {index: coded[index] for index in kept}) == parts


def test_the_largest_block_bears_the_largest_loss() -> None:
    parts = [random.Random(at).randbytes(9) for at in range(128)]
    further = {128 + row: erasure.further(parts, row) for row in range(128)}
    assert erasure.recover(128, further) == parts


@pytest.mark.parametrize(("count", "row"), [(1, 255), (192, 64), (255, 1), (3, -1)])
def test_a_block_has_so_many_parts_and_no_more(count: int, row: int) -> None:
    parts = [b"x"] * count
    if row > 0:
        erasure.further(parts, row - 1)
    with pytest.raises(ValueError):
        erasure.further(parts, row)


def test_too_few_parts_are_too_few() -> None:
    with pytest.raises(ValueError, match="too few"):
        erasure.recover(3, {0: b"a", 4: b"b"})


# cutting


@pytest.mark.parametrize("first", range(MASKED, CLEAR_WHOLE + 1))
def test_a_short_event_that_fits_a_frame_is_that_frame(first: int) -> None:
    event = Message(Kind.EVENT, bytes((first,)) + bytes(232))
    assert Parts(event, 233).frames(100) == [event.data]
    assert splitting.read(event.data) == event
    longer = Message(Kind.EVENT, event.data + b"x")
    assert len(Parts(longer, 233).frames()) == 2


@pytest.mark.parametrize("frame", [32, 191, 233, 603])
def test_a_message_that_fits_takes_one_frame_with_five_bytes_more(frame: int) -> None:
    fits = message(frame - splitting.WHOLE_HEADER)
    (whole,) = Parts(fits, frame).frames(25)
    assert (len(whole), whole[0], splitting.read(whole)) == (frame, 0x30, fits)
    parts = Parts(message(len(fits.data) + 1), frame)
    assert parts.count == 2
    assert len(parts.frames()) == 2


@given(st.integers(0, 9000), st.integers(32, 700), st.integers(0, 15), st.integers(0, 60))
@settings(deadline=None)
def test_whatever_is_cut_comes_together(size: int, frame: int, kind: int, percent: int) -> None:
    said = message(size, kind=kind)
    parts = Parts(said, frame)
    frames = parts.frames(percent)
    assert all(len(each) <= frame for each in frames)
    assert len({len(each) for each in frames}) == 1
    random.Random(size).shuffle(frames)
    assert feed(Reassembly(), frames) == [said]


@pytest.mark.parametrize("count", [192, 193, 384, 385])
def test_blocks_begin_where_one_is_full(count: int) -> None:
    """Wide parts, dealt out to blocks; a whole stretch may be lost."""
    frame = 700
    header = splitting.PART_HEADER if count <= 192 else splitting.WIDE_HEADER
    said = message(count * (frame - header) - 1)
    parts = Parts(said, frame)
    assert parts.count == count
    assert len(splitting.blocks(count)) == -(-count // 192)
    frames = parts.frames(25)
    lost = len(frames) - count - len(splitting.blocks(count))
    assert feed(Reassembly(), frames[40 + lost :] + frames[:40]) == [said]
    last = splitting.read(parts.frame(parts.total - 1))
    assert isinstance(last, Part)
    assert last.index == parts.total - 1


def test_longest_messages() -> None:
    assert splitting.shape(splitting.MAX_MESSAGE, 603).count <= splitting.MAX_COUNT
    with pytest.raises(TooLongError):
        splitting.shape(splitting.MAX_MESSAGE + 1, 603)
    most = splitting.MAX_COUNT * (32 - splitting.WIDE_HEADER) - 1
    assert splitting.shape(most, 32).count == splitting.MAX_COUNT
    with pytest.raises(TooLongError):
        splitting.shape(most + 1, 32)


@pytest.mark.parametrize(("kind", "frame"), [(16, 233), (-1, 233), (0, 31)])
def test_what_cannot_be_cut(kind: int, frame: int) -> None:
    with pytest.raises(ValueError):
        Parts(Message(kind, b"x"), frame)


# reading


def test_every_flip_and_every_cut_of_a_part_is_seen() -> None:
    frame = Parts(message(400), 233).frame(1)
    for at in range(len(frame) * 8):
        changed = bytearray(frame)
        changed[at // 8] ^= 1 << at % 8
        found = None
        try:
            found = splitting.read(bytes(changed))
        except CorruptError:
            continue
        assert found is None or found.kind == Kind.EVENT, at  # a first byte that means other things
    for cut in range(1, len(frame)):
        with pytest.raises(FrameError):
            splitting.read(frame[:cut])


def test_every_flip_and_every_cut_of_a_whole_message_is_seen() -> None:
    (frame,) = Parts(message(100), 233).frames()
    for at in range(8, len(frame) * 8):
        changed = bytearray(frame)
        changed[at // 8] ^= 1 << at % 8
        with pytest.raises(FrameError):
            splitting.read(bytes(changed))
    for cut in range(1, len(frame)):
        with pytest.raises(FrameError):
            splitting.read(frame[:cut])


def part(index: int, count: int, content: bytes = b"x", *, wide: bool = False) -> bytes:
    width = 2 if wide else 1
    numbers = index.to_bytes(width, "big") + count.to_bytes(width, "big")
    return splitting.checked(bytes((0x50 if wide else 0x20,)) + b"ttag" + numbers + content)


@pytest.mark.parametrize(
    "frame",
    [
        part(0, 0),
        part(0, 1),
        part(0, 193),
        part(0, 2, b""),
        part(0, 192, wide=True),
        part(0, 16_385, wide=True),
        part(193 + 2 * (256 - 97), 193, wide=True),
        b"",
        b"\x30",
        b"\x30tag",
        splitting.checked(b"\x20"),
    ],
)
def test_parts_that_no_message_has(frame: bytes) -> None:
    with pytest.raises((FrameError, OverLimitError)):
        Reassembly().add(frame)


@pytest.mark.parametrize("count", [2, 191, 192])
def test_the_last_index_of_a_narrow_message(count: int) -> None:
    assert isinstance(splitting.read(part(255, count)), Part)
    assert splitting.total(count) == 256


def test_a_short_frame_within_a_frame_is_refused() -> None:
    event = Message(Kind.EVENT, b"\x10abc")
    with pytest.raises(FrameError):
        splitting.read(b"\x31" + event.tag + event.data)


def test_a_message_that_would_be_too_long_is_refused_at_its_first_part() -> None:
    most = splitting.MAX_MESSAGE // 16_384
    splitting.read(part(0, 16_384, bytes(most + 1), wide=True))
    with pytest.raises(OverLimitError):
        Reassembly().add(part(0, 16_384, bytes(most + 2), wide=True))


# putting together


def test_messages_and_senders_may_be_mixed_and_everything_doubled() -> None:
    said = [message(2000, seed) for seed in range(4)]
    frames = [frame for each in said for frame in Parts(each, 191).frames(25)] * 2
    random.Random(7).shuffle(frames)
    held = Reassembly()
    found = []
    for at, frame in enumerate(frames):
        if (whole := held.add(frame, b"sender %d" % (at % 3))) is not None:
            found.append(whole)
    assert sorted(found) == sorted(said)
    assert not list(held.pending())
    assert held.add(Parts(said[0], 191).frame(3)) is None


def test_one_message_cut_for_two_links_is_given_once() -> None:
    said = message(700)
    held = Reassembly()
    assert feed(held, Parts(said, 191).frames()[:-1]) == []
    assert feed(held, Parts(said, 233).frames()) == [said]
    assert not list(held.pending())
    assert feed(held, Parts(said, 1024).frames()) == []


def test_what_is_pending_says_what_is_missing() -> None:
    parts = Parts(message(1000), 191)
    held = Reassembly()
    feed(held, [parts.frame(index) for index in (0, 3, parts.count)])
    (pending,) = held.pending()
    assert (pending.count, pending.need) == (6, 3)
    assert pending.missing == [1, 2, 4, 5]


def test_a_sender_has_so_many_messages_open() -> None:
    held = Reassembly()
    firsts = [Parts(message(500, seed), 191).frame(0) for seed in range(6)]
    for frame in firsts[: reassembly.MAX_PER_SENDER]:
        held.add(frame, b"one")
    held.add(firsts[4], b"other")
    assert (len(list(held.pending())), held.given_up) == (5, 0)
    held.add(firsts[5], b"one")
    assert (len(list(held.pending())), held.given_up) == (5, 1)
    tags = {pending.tag for pending in held.pending()}
    assert message(500, 0).tag not in tags  # its oldest gave way, and nobody else's


def test_so_many_messages_are_open_and_the_one_served_longest_ago_gives_way() -> None:
    held = Reassembly()
    said = [message(500, seed) for seed in range(reassembly.MAX_OPEN + 1)]
    for each in said[:-1]:
        held.add(Parts(each, 191).frame(0))
    assert (len(list(held.pending())), held.given_up) == (reassembly.MAX_OPEN, 0)
    held.add(Parts(said[0], 191).frame(1))
    held.add(Parts(said[-1], 191).frame(0))
    assert held.given_up == 1
    tags = {pending.tag for pending in held.pending()}
    assert said[0].tag in tags
    assert said[1].tag not in tags


def test_so_many_bytes_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = Parts(message(1800, 1), 191), Parts(message(1800, 2), 191)
    size = len(first.frame(0)) - splitting.PART_HEADER
    monkeypatch.setattr(reassembly, "MAX_HELD", 4 * size)
    held = Reassembly()
    feed(held, [first.frame(0), second.frame(0), second.frame(1), second.frame(2)])
    assert held.given_up == 0
    feed(held, [second.frame(3)])
    assert held.given_up == 1
    assert [pending.tag for pending in held.pending()] == [second.tag]


def test_so_many_completed_messages_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reassembly, "MAX_DONE", 2)
    held = Reassembly()
    frames = [Parts(message(50, seed), 191).frame(0) for seed in range(3)]
    assert len(feed(held, frames[:2] * 3)) == 2
    assert len(feed(held, frames[2:] + frames[:1])) == 2


def forged(parts: Parts, index: int) -> bytes:
    """A part with another's name and place, as an enemy makes it: the check fits."""
    frame = parts.frame(index)[: -splitting.CHECK]
    return splitting.checked(frame[:7] + bytes(len(frame) - 7))


@pytest.mark.parametrize("index", [0, 2, 5])
def test_a_forged_part_is_found_out_with_one_more(index: int) -> None:
    said = message(900)
    parts = Parts(said, 191)
    held = Reassembly()
    assert held.add(forged(parts, index)) is None
    assert feed(held, [parts.frame(at) for at in range(5)]) == ([said] if index == 5 else [])
    more = [parts.frame(at) for at in (5, 6, 7)]
    assert feed(held, more) == ([] if index == 5 else [said])


def test_a_message_of_many_forged_parts_is_given_up_and_may_come_again() -> None:
    said = message(900)
    parts = Parts(said, 191)
    held = Reassembly()
    with pytest.raises(SpoiledError):
        feed(held, [forged(parts, index) for index in range(256)])
    assert not list(held.pending())
    assert feed(held, parts.frames()) == [said]


# resuming


def test_a_state_goes_on_where_it_was_taken() -> None:
    done, open, other = message(300, 1), message(900, 2), message(90_000, 3)
    held = Reassembly()
    feed(held, Parts(done, 191).frames())
    feed(held, Parts(open, 191).frames()[1:4])
    feed(held, Parts(other, 233).frames()[:250])
    again = Reassembly.restore(held.state())
    assert again.state() == held.state()
    assert list(again.pending()) == list(held.pending())
    assert feed(again, Parts(done, 191).frames()) == []
    assert feed(again, Parts(open, 191).frames()) == [open]
    assert feed(again, Parts(other, 233).frames()[240:]) == [other]


def test_a_damaged_state_is_refused() -> None:
    held = Reassembly()
    feed(held, Parts(message(900), 191).frames()[:2])
    state = held.state()
    for at in range(len(state)):
        changed = bytearray(state)
        changed[at] ^= 1
        with pytest.raises(StateError):
            Reassembly.restore(bytes(changed))
        with pytest.raises(StateError):
            Reassembly.restore(state[:at])


@pytest.mark.parametrize(
    ("count", "size"), [(0, 8), (1, 8), (2, 0), (splitting.MAX_COUNT, splitting.MAX_MESSAGE)]
)
def test_a_state_with_a_message_that_cannot_be_is_refused(count: int, size: int) -> None:
    begun = b"".join((number(1), b"\0", bytes(4), number(count), number(size), number(0)))
    data = b"\1" + number(0) + begun + number(1) + number(0) + bytes(min(size, 64))
    with pytest.raises(StateError):
        Reassembly.restore(data + blake3(data).digest(length=8))


# questions and reports


@given(st.sets(st.integers(0, 299)), st.integers(2, 300), st.integers(32, 250))
def test_a_report_says_what_is_missing(held: set[int], count: int, room: int) -> None:
    tag = b"abcd"
    here = frozenset(index for index in held if index < count)
    question = Question(0, tag, count)
    assert reports.read(reports.ask(0, tag, count)) == question
    pending = reassembly.Pending(0, tag, count, here, max(1, count - len(here)))
    frame = reports.lacking(question, pending, room)
    assert len(frame) <= room
    report = reports.read(frame)
    assert isinstance(report, Report)
    assert (report.count, report.need) == (count, pending.need)
    assert list(report.missing) == pending.missing[: len(report.missing)]
    if room >= 14 + 38:
        assert list(report.missing) == pending.missing


def test_of_nothing_everything_is_missing() -> None:
    report = reports.read(reports.lacking(Question(0, b"abcd", 3), None, 32))
    assert report == Report(0, b"abcd", 3, 3, (0, 1, 2))
    assert reports.read(reports.complete(Question(1, b"abcd", 1))) == Report(1, b"abcd", 1, 0, ())


def raw(text: str) -> bytes:
    return splitting.checked(bytes.fromhex(text))


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        raw("41 00 61626364 0000"),  # of no parts
        raw("41 00 61626364 4001"),  # of too many
        raw("41 10 61626364 0002"),  # of no kind
        raw("41 00 61626364 0002 00"),
        raw("42 00 61626364 0002"),
        raw("40 00 61626364 0002"),
        raw("40 00 61626364 0002 0003 0000 00"),  # needs more than there are
        raw("40 00 61626364 0002 0001 0003"),
        raw("40 00 61626364 0002 0001 0000 0000"),  # more bits than parts
        raw("40 00 61626364 0002 0000 0001"),  # complete, but
        raw("40 00 61626364 0002 0000 0000 c0"),
        raw("40 00 61626364 0002 0001 0000 c0")[:-1],
    ],
)
def test_questions_and_reports_that_cannot_be(frame: bytes) -> None:
    with pytest.raises(FrameError):
        reports.read(frame)
