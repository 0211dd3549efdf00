"""Two sides find their differences, exactly, within their frames, and never go on for ever."""

from __future__ import annotations

import random
from bisect import bisect_left
from contextlib import suppress

import pytest
from hypothesis import given, settings, strategies as st
from reconcile_kit import (
    OVERLOOKED,
    STORAGES,
    Items,
    SortedItems,
    between_ours,
    differences,
    items_of,
    limits,
    random_sets,
    reconcile,
)

from hearth.sync.errors import MisuseError
from hearth.sync.fingerprints import INFINITY, START, Bound, Item, fingerprint, sum_of_ids
from hearth.sync.negentropy_message import (
    LongListError,
    MessageReader,
    MessageWriter,
    Mode,
    Range,
    ReconcileError,
    VersionError,
)
from hearth.sync.reconcile import (
    Initiator,
    Limits,
    LongMessageError,
    Responder,
    StalledError,
    State,
    TooManyRoundsError,
)

KINDS = st.sampled_from(sorted(STORAGES))
FRAMES = st.none() | st.integers(4096, 20_000)
LARGE = items_of([(0, 3000, 0, 1)])
STORED = SortedItems(LARGE)

short_ids = st.binary(max_size=3).map(lambda tail: tail.rjust(32, b"\7"))
round_ids = st.binary(max_size=3).map(lambda head: head.ljust(32, b"\0"))
close_items = st.builds(Item, st.integers(0, 3) | st.just(2**64 - 2), short_ids | round_ids)
close_sets = st.lists(close_items, unique_by=lambda item: item.id, max_size=120)


@st.composite
def wide_sets(draw: st.DrawFn) -> tuple[Items, Items]:
    return random_sets(random.Random(draw(st.integers(0, 2**32))), 3000)


@settings(deadline=None, max_examples=150)
@given(
    wide_sets(), FRAMES, FRAMES, st.sampled_from(list(STORAGES)), st.sampled_from(list(STORAGES))
)
def test_two_sets(
    sets: tuple[Items, Items], frame: int | None, their_frame: int | None, storage: str, their: str
) -> None:
    """Whatever they hold, in whatever roles, frames and storages."""
    session = between_ours(*sets, frame, their_frame, storage, their)
    assert (set(session.have), set(session.need)) == differences(*sets)
    for number, message in enumerate(session.messages):
        assert len(message) <= ((frame, their_frame)[number % 2] or 1 << 30)
        everything_is_true(message, sorted(sets[number % 2]))
    if frame is their_frame is None:
        assert len(set(session.have)) == len(session.have)
        assert len(set(session.need)) == len(session.need)


@settings(deadline=None, max_examples=200)
@given(close_sets, close_sets, st.sampled_from([None, 4096]))
def test_two_sets_of_ids_that_look_alike(ours: Items, theirs: Items, frame: int | None) -> None:
    """Same timestamps, long common prefixes, zero bytes at the end: the bounds' hard cases."""
    at = {item.id: item.timestamp for item in ours}
    theirs = [Item(at.get(item.id, item.timestamp), item.id) for item in theirs]
    session = between_ours(ours, theirs, frame, frame)
    assert (set(session.have), set(session.need)) == differences(ours, theirs)


@pytest.mark.parametrize("size", [0, 1, 31, 32, 3000])
def test_equal_sets_take_one_round_trip(size: int) -> None:
    session = between_ours(LARGE[:size], LARGE[:size])
    assert len(session.messages) == 2
    assert session.have == session.need == []
    if size >= 32:
        assert session.messages[1] == b"\x61"
        assert len(session.messages[0]) < 400


def test_rounds_grow_with_the_logarithm() -> None:
    """256 times as many items, one round trip more."""
    large = items_of([(0, 60_000, 0, 1)])
    rounds = [
        len(between_ours(items, items[:-1], storage="pages").messages) // 2
        for items in (large[:230], large[:60_000])
    ]
    assert rounds == [1, 2]


def test_nothing_is_overlooked_where_both_sides_cut() -> None:
    """The reference, with frames of 4096 bytes on both sides, finds 13 of these 607 differences.

    Both its cuts leave out the range that did not fit; the second is then a fingerprint of
    nothing, and so is the other side's idea of the range. See docs/sync-reconcile.md §5.
    """
    ours, theirs = map(items_of, OVERLOOKED)
    session = between_ours(ours, theirs, 4096, 4096)
    assert (set(session.have), set(session.need)) == differences(ours, theirs)
    for number, message in enumerate(session.messages):
        everything_is_true(message, (ours, theirs)[number % 2])
    assert len(session.have) + len(session.need) == 607


def test_a_fingerprint_of_nothing_is_never_sent() -> None:
    """Not even in a cut: it would equal any other range with nothing in it."""
    ours, theirs = map(items_of, OVERLOOKED)
    session = between_ours(ours, theirs, 4096, 4096)
    sent = [piece for message in session.messages for piece in ranges(message)]
    assert sum(piece.mode is Mode.FINGERPRINT for piece in sent) > 32
    assert fingerprint(0, 0) not in {piece.payload for piece in sent}


class Growing(SortedItems):
    """A set to which items come."""

    def add(self, item: Item) -> None:
        Growing.__init__(self, [*self._items, item])


def test_what_comes_between_messages_does_no_harm() -> None:
    """Indices shift; bounds do not. What was there at the start is still found."""
    ours, theirs = LARGE[:2000:2], LARGE[:2000:3]
    initiator = Initiator(SortedItems(ours), limits(4096))
    grown = Growing(theirs)
    responder = Responder(grown, limits(4096))
    added = iter(items_of([(10_000, 500, 0, 3)]))

    def respond(message: bytes) -> bytes:
        grown.add(next(added))
        return responder.receive(message)

    session = reconcile(initiator.start, initiator.receive, respond)
    have, need = differences(ours, theirs)
    assert set(session.have) == have
    assert set(session.need) >= need


class TestVersions:
    @pytest.mark.parametrize("version", [0x60, 0x62, 0x6F])
    def test_a_responder_names_its_own(self, version: int) -> None:
        assert Responder(SortedItems()).receive(bytes((version,)) + b"whatever") == b"\x61"

    @pytest.mark.parametrize(("version", "spoken"), [(0x60, 0), (0x62, 2), (0x6F, 15)])
    def test_an_initiator_learns_what_is_spoken(self, version: int, spoken: int) -> None:
        initiator = started()
        with pytest.raises(VersionError) as caught:
            initiator.receive(bytes((version,)))
        assert caught.value.version == spoken

    @pytest.mark.parametrize("first", [0x00, 0x5F, 0x70, 0xFF])
    def test_what_is_no_version(self, first: int) -> None:
        for receive in (started().receive, Responder(SortedItems()).receive):
            with pytest.raises(VersionError) as caught:
                receive(bytes((first,)))
            assert caught.value.version is None


class TestLimits:
    @pytest.mark.parametrize("frame", [4095, 0, -1])
    def test_a_frame_too_small(self, frame: int) -> None:
        with pytest.raises(MisuseError):
            Limits(frame=frame)
        assert Limits(frame=4096).frame == 4096

    def test_a_message_too_long(self) -> None:
        skip = b"\x61" + b"\2\0\0" * 33
        for accepts in (len(skip), len(skip) + 1):
            given = Limits(message=accepts)
            Responder(SortedItems(), given).receive(skip)
            started(limits=given).receive(skip)
        given = Limits(message=len(skip) - 1)
        for receive in (Responder(SortedItems(), given).receive, started(limits=given).receive):
            with pytest.raises(LongMessageError):
                receive(skip)

    def test_a_list_too_long(self) -> None:
        message = listing(LARGE[:5])
        for accepts in (5, 6):
            given = Limits(ids=accepts)
            Responder(SortedItems(), given).receive(message)
            assert len(started([], given).receive(message).need) == 5
        given = Limits(ids=4)
        for receive in (Responder(SortedItems(), given).receive, started(limits=given).receive):
            with pytest.raises(LongListError):
                receive(message)

    def test_too_many_messages_for_a_responder(self) -> None:
        responder = Responder(SortedItems(), Limits(rounds=3))
        for _ in range(3):
            responder.receive(b"\x61")
        with pytest.raises(TooManyRoundsError):
            responder.receive(b"\x61")

    @pytest.mark.parametrize("rounds", [1, 2, 7])
    def test_a_peer_that_advances_by_a_hair(self, rounds: int) -> None:
        """Every answer settles a little and leaves the rest open: progress, so it is counted."""
        initiator = started(LARGE, Limits(rounds=rounds))
        for number in range(rounds):
            assert initiator.receive(hair(number + 1)).reply
        with pytest.raises(TooManyRoundsError):
            initiator.receive(hair(rounds + 1))
        assert initiator.state is State.OVER


class TestPeersThatStall:
    def test_an_echo(self) -> None:
        initiator = Initiator(SortedItems(LARGE))
        echo = bytearray(initiator.start())
        echo[10] ^= 1
        with pytest.raises(StalledError):
            initiator.receive(bytes(echo))

    def test_one_fingerprint_for_everything(self) -> None:
        with pytest.raises(StalledError):
            started(LARGE).receive(hair(0))

    def test_one_fingerprint_for_exactly_the_first_range(self) -> None:
        initiator = Initiator(SortedItems(LARGE))
        first = ranges(initiator.start())[0]
        with pytest.raises(StalledError):
            initiator.receive(fingerprint_of(first.upper))

    def test_an_empty_list_of_an_empty_range_before_it(self) -> None:
        writer = MessageWriter()
        writer.id_list(START, b"")
        writer.fingerprint(INFINITY, b"?" * 16)
        with pytest.raises(StalledError):
            started(LARGE).receive(writer.to_bytes())

    def test_a_list_or_a_narrower_range_is_no_stall(self) -> None:
        for narrower in (Bound(1), Bound(0, b"\x50")):
            assert started(LARGE).receive(fingerprint_of(narrower)).reply
        assert started(LARGE).receive(listing(LARGE)).reply is None

    def test_what_was_settled_is_opened_again(self) -> None:
        """A second answer that begins before where the first one ended."""
        initiator = started(LARGE)
        assert initiator.receive(hair(1000)).reply
        with pytest.raises(StalledError):
            initiator.receive(hair(999))

    @settings(deadline=None, max_examples=300)
    @given(st.data())
    def test_a_peer_that_answers_at_random(self, data: st.DataObject) -> None:
        """Every session ends: by being done, or by an error of ours. Nothing else is raised."""
        initiator = started(LARGE[:100], Limits(frame=4096, rounds=20))
        with pytest.raises(ReconcileError):  # noqa: PT012
            for _ in range(21):
                reply = initiator.receive(data.draw(any_message())).reply
                if reply is None:
                    raise ReconcileError("done")


class TestStates:
    def test_an_answer_before_a_question(self) -> None:
        with pytest.raises(MisuseError):
            Initiator(SortedItems()).receive(b"\x61")

    def test_two_starts(self) -> None:
        with pytest.raises(MisuseError):
            started().start()

    def test_after_the_end(self) -> None:
        initiator = started()
        assert initiator.receive(b"\x61").reply is None
        assert initiator.state is State.OVER
        with pytest.raises(MisuseError):
            initiator.receive(b"\x61")

    def test_after_an_error(self) -> None:
        initiator = started(LARGE)
        with pytest.raises(ReconcileError):
            initiator.receive(b"\x61\0")
        with pytest.raises(MisuseError):
            initiator.receive(b"\x61")


@settings(deadline=None, max_examples=300)
@given(st.binary(max_size=200), st.integers(0, 2))
def test_bytes_of_any_kind(data: bytes, how: int) -> None:
    """After a version byte, or in the middle of a real message: an answer or a typed error."""
    initiator, responder = Initiator(STORED), Responder(STORED)
    real = initiator.start()
    message = (data, b"\x61" + data, real[: len(data)] + data + real[len(data) :])[how]
    for receive in (initiator.receive, responder.receive):
        with suppress(ReconcileError):
            receive(message)


class Counting(SortedItems):
    """Counts what is asked of it."""

    asked = 0

    def sum_before(self, index: int) -> int:
        self.asked += 1
        return super().sum_before(index)

    def lower_bound(self, bound: Bound) -> int:
        self.asked += 1
        return super().lower_bound(bound)


@pytest.mark.parametrize("width", [1, 40])
def test_work_is_bounded_by_what_comes_and_goes(width: int) -> None:
    """64 KiB of fingerprints that nobody has, each of a range of its own."""
    writer = MessageWriter()
    for timestamp in range(1, 3000 // width):
        writer.fingerprint(Bound(timestamp * width), b"x" * 16)
    storage = Counting(LARGE)
    reply = Responder(storage, Limits(frame=8192)).receive(writer.to_bytes())
    assert len(reply) <= 8192
    assert storage.asked < 4 * (len(writer) + len(reply)) // 19


def started(items: Items | None = None, limits: Limits = Limits()) -> Initiator:  # noqa: B008
    initiator = Initiator(SortedItems(items or []), limits)
    initiator.start()
    return initiator


def ranges(message: bytes) -> list[Range]:
    reader = MessageReader(message, 1 << 20)
    found = []
    while not reader.at_end:
        found.append(reader.read())
    return found


def everything_is_true(message: bytes, held: Items) -> None:
    """What a side says of a range is what it holds there, cut or not."""
    for piece in ranges(message):
        there = held[bisect_left(held, piece.lower) : bisect_left(held, piece.upper)]
        ids = b"".join(item.id for item in there)
        if piece.mode is Mode.FINGERPRINT:
            assert there
            assert piece.payload == fingerprint(sum_of_ids(ids), len(there))
        elif piece.mode is Mode.ID_LIST:
            assert piece.payload == ids


def listing(items: Items) -> bytes:
    writer = MessageWriter()
    writer.id_list(INFINITY, b"".join(item.id for item in items))
    return writer.to_bytes()


def fingerprint_of(upper: Bound) -> bytes:
    writer = MessageWriter()
    writer.fingerprint(upper, b"?" * 16)
    return writer.to_bytes()


def hair(timestamp: int) -> bytes:
    """Settled up to a timestamp; a fingerprint that nobody has for the rest."""
    writer = MessageWriter()
    if timestamp:
        writer.skip(Bound(timestamp))
    writer.fingerprint(INFINITY, b"?" * 16)
    return writer.to_bytes()


@st.composite
def any_message(draw: st.DrawFn) -> bytes:
    """Well-formed, with any ranges."""
    writer = MessageWriter()
    uppers = draw(st.lists(st.builds(Bound, st.integers(0, 110), st.just(b"")), max_size=6))
    for upper in [*sorted(uppers), INFINITY]:
        match draw(st.sampled_from(Mode)):
            case Mode.SKIP:
                writer.skip(upper)
            case Mode.FINGERPRINT:
                writer.fingerprint(upper, draw(st.binary(min_size=16, max_size=16)))
            case Mode.ID_LIST:
                chosen = draw(st.lists(st.sampled_from(LARGE[:110]), max_size=5))
                writer.id_list(upper, b"".join(item.id for item in chosen))
    return writer.to_bytes()
