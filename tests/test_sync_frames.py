"""Frames and connections: one encoding, stated limits, and every lie noticed."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given, settings, strategies as st
from sync_kit import pieces, session

from hearth.store.errors import HearthError
from hearth.sync.cipher import CipherState, NotGenuineError
from hearth.sync.connection import (
    FRAGMENT,
    AfterCloseError,
    Closed,
    Connection,
    CutError,
    Event,
    Message,
    MessageTooLongError,
    Pong,
)
from hearth.sync.errors import Code, MisuseError, TransportError
from hearth.sync.flow import (
    GRANT,
    MAX_MESSAGE,
    OVERHEAD,
    WINDOW,
    Allowance,
    Credit,
    OverCreditError,
    Patience,
    cost,
)
from hearth.sync.frames import (
    BUCKETS,
    FRAMES_PER_KEY,
    MAX_BODY,
    MAX_CIPHERTEXT,
    SHAPES,
    Frame,
    FrameFormatError,
    FrameLengthError,
    FrameReader,
    FrameWriter,
    Kind,
    Padding,
    WornKeyError,
    decode,
    encode,
)
from hearth.sync.handshake import Established

PADDINGS = list(Padding)


def ends(
    padding: Padding = Padding.NONE, fragment: int = FRAGMENT, frames_per_key: int = FRAMES_PER_KEY
) -> tuple[Connection, Connection]:
    here, there = session()
    return (
        Connection(here, padding=padding, fragment=fragment, frames_per_key=frames_per_key),
        Connection(there, padding=padding, fragment=fragment, frames_per_key=frames_per_key),
    )


def liar() -> tuple[FrameWriter, Connection]:
    """A peer that writes whatever frames it likes, and an honest end."""
    here, there = session()
    return FrameWriter(here.sending), Connection(there)


def events(end: Connection) -> list[Event]:
    return list(iter(end.next_event, None))


def tell(end: Connection, frames: Iterable[Frame], writer: FrameWriter) -> list[Event]:
    end.receive_data(b"".join(map(writer.write, frames)))
    return events(end)


def pump(here: Connection, there: Connection, *, deal: bool = True) -> list[Event]:
    """Carry everything both ways until nothing moves; what `there` saw."""
    seen: list[Event] = []
    moved = True
    while moved:
        moved = False
        for sender, receiver in ((here, there), (there, here)):
            while data := sender.data_to_send():
                moved = True
                receiver.receive_data(data)
                for event in events(receiver):
                    if deal and isinstance(event, Message):
                        receiver.dealt_with(event)
                    if receiver is there:
                        seen.append(event)
    return seen


frames = st.one_of(
    *(
        st.builds(
            Frame,
            st.just(kind),
            st.binary(min_size=shape.shortest, max_size=min(shape.longest, 300)),
            st.booleans() if shape.may_be_urgent else st.just(False),
        )
        for kind, shape in SHAPES.items()
    )
)


class TestOneFrame:
    @given(frame=frames, padding=st.sampled_from(PADDINGS))
    def test_round_trip(self, frame: Frame, padding: Padding) -> None:
        assert decode(encode(frame, padding)) == frame

    @given(data=st.binary(max_size=40))
    def test_whatever_decodes_has_no_other_encoding_but_for_padding(self, data: bytes) -> None:
        try:
            frame = decode(data)
        except FrameFormatError:
            return
        plain = encode(frame)
        assert data == plain or data[0] == plain[0] | 0x80

    @pytest.mark.parametrize("kind", list(Kind))
    def test_lengths_of_bodies(self, kind: Kind) -> None:
        shape = SHAPES[kind]
        for length in {shape.shortest, shape.longest}:
            frame = Frame(kind, bytes(length))
            assert decode(encode(frame)) == frame
        for length in {shape.shortest - 1, shape.longest + 1} - {-1}:
            with pytest.raises(MisuseError):
                encode(Frame(kind, bytes(length)))
            with pytest.raises(FrameFormatError):
                decode(bytes((kind,)) + bytes(length))

    def test_every_control_byte(self) -> None:
        for control in range(256):
            kind, urgent = control & 0x6F, bool(control & 0x10)
            known = kind in set(Kind) and (not urgent or SHAPES[Kind(kind)].may_be_urgent)
            accepted = False
            for length in (0, 1, 4, 8):
                body = (b"\0\0" if control & 0x80 else b"") + b"x" * length
                try:
                    frame = decode(bytes((control,)) + body)
                except FrameFormatError:
                    continue
                accepted = True
                assert frame == (kind, b"x" * length, urgent)
            assert accepted == known, control

    def test_an_empty_plaintext(self) -> None:
        with pytest.raises(FrameFormatError):
            decode(b"")

    @pytest.mark.parametrize("bucket", BUCKETS)
    @pytest.mark.parametrize("near", range(-4, 2))
    def test_padded_ciphertexts_have_five_lengths(self, bucket: int, near: int) -> None:
        length = bucket - 17 + near
        if length > MAX_BODY:
            return
        frame = Frame(Kind.LAST, b"m" * length)
        plaintext = encode(frame, Padding.BUCKETS)
        assert decode(plaintext) == frame
        sealed = len(plaintext) + 16
        if length + 17 + 2 <= MAX_CIPHERTEXT:
            assert sealed in BUCKETS
        assert sealed <= MAX_CIPHERTEXT

    @pytest.mark.parametrize(
        "plaintext",
        [
            "81",  # no padding length
            "8100",
            "8100010001",  # padding that is not zeros
            "81000200ff00",
            "8100020000",  # a LAST with nothing but padding
            "810003" + "7800",  # more padding than frame
            "81ffff" + "00" * 20,
            "9100026d" + "0001",
        ],
    )
    def test_padding_that_is_none(self, plaintext: str) -> None:
        with pytest.raises(FrameFormatError):
            decode(bytes.fromhex(plaintext))


class TestStream:
    def pair(self, frames_per_key: int = FRAMES_PER_KEY) -> tuple[FrameWriter, FrameReader]:
        key = bytes(32)
        return (
            FrameWriter(CipherState(key), frames_per_key=frames_per_key),
            FrameReader(CipherState(key), frames_per_key=frames_per_key),
        )

    @pytest.mark.parametrize("length", [0, 1, 16])
    def test_lengths_that_no_frame_has(self, length: int) -> None:
        _, reader = self.pair()
        reader.feed(length.to_bytes(2, "big"))
        with pytest.raises(FrameLengthError):
            reader.read()

    @pytest.mark.parametrize("length", [17, MAX_CIPHERTEXT])
    def test_lengths_that_are_waited_for(self, length: int) -> None:
        """The driver's patience ends a wait, nothing here does; garbage does not open."""
        _, reader = self.pair()
        reader.feed(length.to_bytes(2, "big") + bytes(length - 1))
        assert reader.read() is None
        assert reader.waiting == length + 1
        reader.feed(b"\0")
        with pytest.raises(NotGenuineError):
            reader.read()

    def test_the_longest_frame(self) -> None:
        writer, reader = self.pair()
        data = writer.write(Frame(Kind.PART, bytes(MAX_BODY)))
        assert len(data) == 2 + MAX_CIPHERTEXT
        reader.feed(data)
        assert reader.read() == Frame(Kind.PART, bytes(MAX_BODY))

    @pytest.mark.parametrize("order", [[1, 0], [0, 0], [0, 2], [0, 1, 1], [1]])
    def test_frames_out_of_order_lost_or_repeated(self, order: list[int]) -> None:
        writer, reader = self.pair()
        made = [writer.write(Frame(Kind.LAST, bytes((number,)))) for number in range(3)]
        for number in order:
            reader.feed(made[number])
        with pytest.raises(NotGenuineError):
            list(iter(reader.read, None))

    def test_frames_sent_back_to_their_sender(self) -> None:
        here, _ = ends()
        here.send(1, b"mine")
        here.receive_data(here.data_to_send())
        with pytest.raises(NotGenuineError):
            here.next_event()

    def test_every_flip_is_noticed(self) -> None:
        for place in range(2 + 17 + 4):
            writer, reader = self.pair()
            data = bytearray(writer.write(Frame(Kind.LAST, b"text")))
            data[place] ^= 1 << place % 8
            reader.feed(bytes(data) + bytes(300))
            with pytest.raises((NotGenuineError, FrameLengthError)):
                reader.read()

    def test_a_key_is_renewed_with_its_last_frame(self) -> None:
        assert FRAMES_PER_KEY == 2**20
        writer, reader = self.pair(frames_per_key=4)
        for number in range(20):
            data = writer.write(Frame(Kind.LAST, bytes((number,))))
            reader.feed(data)
            seen = list(iter(reader.read, None))
            renewed = number > 0 and number % 3 == 0
            assert [f.kind for f in seen] == ([Kind.REKEY] if renewed else []) + [Kind.LAST]
            assert seen[-1].body == bytes((number,))

    @pytest.mark.parametrize(("sent", "fine"), [(2, True), (3, True), (4, False)])
    def test_a_worn_key_is_refused(self, sent: int, fine: bool) -> None:
        key = bytes(32)
        writer = FrameWriter(CipherState(key))
        reader = FrameReader(CipherState(key), frames_per_key=4)
        for _ in range(sent):
            reader.feed(writer.write(Frame(Kind.LAST, b"x")))
        if fine:
            reader.feed(writer.write(Frame(Kind.REKEY)))
            assert len(list(iter(reader.read, None))) == sent + 1
        else:
            with pytest.raises(WornKeyError):
                list(iter(reader.read, None))

    def test_after_a_rekey_the_old_key_opens_nothing(self) -> None:
        writer, reader = self.pair()
        old = CipherState(bytes(32))
        first, second = writer.write(Frame(Kind.REKEY)), writer.write(Frame(Kind.LAST, b"x"))
        assert old.decrypt(first[2:]) == b"\5"
        with pytest.raises(NotGenuineError):
            old.decrypt(second[2:])
        reader.feed(first + second)
        assert [frame.kind for frame in iter(reader.read, None)] == [Kind.REKEY, Kind.LAST]


class TestMessages:
    @pytest.mark.parametrize("padding", PADDINGS)
    @pytest.mark.parametrize(
        "size",
        [0, 1, FRAGMENT - 2, FRAGMENT - 1, FRAGMENT, 2 * FRAGMENT, MAX_MESSAGE - 1, MAX_MESSAGE],
    )
    def test_sizes(self, size: int, padding: Padding) -> None:
        here, there = ends(padding)
        body = bytes(range(251)) * (size // 251 + 1)
        here.send(200, body[:size])
        assert pump(here, there) == [Message(200, body[:size])]
        assert here.backlog == 0

    def test_one_byte_too_long_is_the_senders_mistake(self) -> None:
        here, _ = ends()
        with pytest.raises(MisuseError):
            here.send(1, bytes(MAX_MESSAGE + 1))

    def test_a_message_that_grows_too_long_is_refused_at_the_first_byte_beyond(self) -> None:
        writer, there = liar()
        parts = [Frame(Kind.PART, bytes(1 << 15))] * 32  # type and body: 1 MiB together
        assert tell(there, [*parts, Frame(Kind.PART, b"x")], writer) == []
        with pytest.raises(MessageTooLongError):
            tell(there, [Frame(Kind.PART, b"x")], writer)

    @pytest.mark.parametrize("padding", PADDINGS)
    def test_padded_connections_show_only_the_five_lengths(self, padding: Padding) -> None:
        here, there = ends(padding)
        for size in (0, 10, 300, 5000, 40000, 200000):
            here.send(1, bytes(size))
        here.close()
        data = b""
        while more := here.data_to_send():
            data += more
        lengths = set()
        at = 0
        while at < len(data):
            lengths.add(int.from_bytes(data[at : at + 2], "big"))
            at += 2 + int.from_bytes(data[at : at + 2], "big")
        assert (lengths <= set(BUCKETS)) == (padding is Padding.BUCKETS)
        there.receive_data(data)
        assert len(events(there)) == 7

    def test_urgent_overtakes_what_is_half_across(self) -> None:
        here, there = ends()
        here.send(1, bytes(MAX_MESSAGE))
        there.receive_data(here.data_to_send(limit=1))
        here.send(2, b"flood", urgent=True)
        there.receive_data(here.data_to_send(limit=1))
        assert events(there) == [Message(2, b"flood", urgent=True)]
        assert pump(here, there) == [Message(1, bytes(MAX_MESSAGE))]

    def test_urgent_goes_through_when_the_ordinary_channel_has_no_credit(self) -> None:
        here, there = ends()
        for _ in range(3):
            here.send(1, bytes(MAX_MESSAGE // 2))
        assert len(pump(here, there, deal=False)) == 2
        here.send(2, b"flood", urgent=True)
        assert pump(here, there, deal=False) == [Message(2, b"flood", urgent=True)]

    @given(
        sizes=st.lists(
            st.tuples(st.one_of(st.integers(0, 2000), st.integers(0, MAX_MESSAGE)), st.booleans()),
            max_size=12,
        ),
        fragment=st.sampled_from([1000, FRAGMENT, MAX_BODY]),
    )
    @settings(max_examples=20, deadline=None)
    def test_everything_arrives_in_order_and_nobody_waits_for_ever(
        self, sizes: list[tuple[int, bool]], fragment: int
    ) -> None:
        here, there = ends(fragment=fragment)
        sent = [
            Message(number, bytes((number,)) * size, urgent)
            for number, (size, urgent) in enumerate(sizes)
        ]
        for message in sent:
            here.send(message.type, message.body, urgent=message.urgent)
        here.close()
        *got, last = pump(here, there)
        assert last == Closed(Code.DONE)
        for urgent in (True, False):
            assert [m for m in got if isinstance(m, Message) and m.urgent == urgent] == [
                m for m in sent if m.urgent == urgent
            ]

    def test_the_longest_message_fits_whatever_is_owed(self) -> None:
        """The arithmetic of the window, at its worst: all but a grant owed, then 1 MiB."""
        here, there = ends()
        here.send(1, bytes(GRANT - 1 - cost(0)))
        assert len(pump(here, there)) == 1
        here.send(1, bytes(MAX_MESSAGE))
        assert len(pump(here, there)) == 1

    @given(
        cuts=st.lists(st.integers(0, 5000), max_size=20),
        flip=st.one_of(st.none(), st.integers(0, 10_000)),
        padding=st.sampled_from(PADDINGS),
    )
    @settings(max_examples=60, deadline=None)
    def test_any_cut_gives_the_same_events_and_the_same_error(
        self, cuts: list[int], flip: int | None, padding: Padding
    ) -> None:
        data = bytearray(script(padding))
        if flip is not None:
            data[flip % len(data)] ^= 1
        assert outcome(padding, pieces(bytes(data), cuts)) == outcome(padding, [bytes(data)])

    @pytest.mark.parametrize("padding", PADDINGS)
    def test_byte_by_byte(self, padding: Padding) -> None:
        data = script(padding)
        single = outcome(padding, [data[at : at + 1] for at in range(len(data))])
        assert single == outcome(padding, [data])
        assert len(single) == 6

    @pytest.mark.parametrize("fragment", [0, MAX_BODY + 1])
    def test_fragments_out_of_bounds(self, fragment: int) -> None:
        with pytest.raises(MisuseError):
            ends(fragment=fragment)


KEY = b"k" * 32


@cache
def once() -> Established:
    return session()[0]


def fixed_end(padding: Padding, *, sending: bool) -> Connection:
    ours, theirs = CipherState(KEY), CipherState(KEY[::-1])
    mine = replace(
        once(),
        sending=ours if sending else theirs,
        receiving=theirs if sending else ours,
    )
    return Connection(mine, padding=padding, fragment=400)


def script(padding: Padding) -> bytes:
    """A conversation's one direction, the same bytes every time."""
    here = fixed_end(padding, sending=True)
    here.send(1, b"first")
    here.ping(b"12345678")
    here.send(2, bytes(1000))
    here.rekey()
    here.send(3, b"urgent", urgent=True)
    here.send(4, b"")
    here.send(5, b"x" * 900, urgent=True)
    here.close()
    return here.data_to_send(1 << 20)


def outcome(padding: Padding, fed: Iterable[bytes]) -> list[object]:
    """Every event, and the type of the error that ended them."""
    there = fixed_end(padding, sending=False)
    seen: list[object] = []
    try:
        for piece in fed:
            there.receive_data(piece)
            seen.extend(iter(there.next_event, None))
    except TransportError as error:
        seen.append((type(error), str(error)))
    return seen


class TestAnything:
    """Whatever an authenticated peer sends, the only thing raised is a TransportError."""

    @given(plaintexts=st.lists(st.binary(max_size=30), max_size=8), padded=st.booleans())
    @settings(max_examples=300, deadline=None)
    def test_plaintexts(self, plaintexts: list[bytes], padded: bool) -> None:
        cipher = CipherState(KEY)
        there = fixed_end(Padding.NONE, sending=False)
        there.send(1, bytes(5000))
        there.data_to_send()
        for text in plaintexts:
            if padded:
                text = b"\x80\0\0" + text
            sealed = cipher.encrypt(text)
            there.receive_data(len(sealed).to_bytes(2, "big") + sealed)
        with contextlib.suppress(TransportError):
            events(there)
            there.receive_eof()
        there.abort(Code.BROKEN)
        there.data_to_send()

    @given(story=st.lists(frames, max_size=12))
    @settings(max_examples=300, deadline=None)
    def test_frames_in_any_order(self, story: list[Frame]) -> None:
        """Messages that come out are exactly those whose parts went in."""
        writer = FrameWriter(CipherState(KEY))
        there = fixed_end(Padding.NONE, sending=False)
        begun = {True: b"", False: b""}
        for frame in story:
            there.receive_data(writer.write(frame))
            try:
                seen = events(there)
            except TransportError:
                return
            if frame.kind in (Kind.PART, Kind.LAST):
                begun[frame.urgent] += frame.body
            if frame.kind is Kind.LAST:
                whole, begun[frame.urgent] = begun[frame.urgent], b""
                assert seen == [Message(whole[0], whole[1:], frame.urgent)]
            else:
                assert not any(isinstance(event, Message) for event in seen)


class TestCredit:
    def test_a_peer_that_never_reads_costs_one_window(self) -> None:
        here, _ = ends()
        for _ in range(5):
            here.send(1, bytes(MAX_MESSAGE))
        sent = 0
        while data := here.data_to_send():
            sent += len(data)
        assert sent < WINDOW * 1.01
        assert here.backlog == 5 * (MAX_MESSAGE + 1) + 2 * OVERHEAD - WINDOW

    @pytest.mark.parametrize("urgent", [True, False])
    def test_more_than_the_credit_is_refused(self, urgent: bool) -> None:
        writer, there = liar()
        bodies = [32768 - OVERHEAD] * 33 + [16384, 16128]
        assert sum(bodies) + 35 * OVERHEAD == WINDOW
        whole = [Frame(Kind.LAST, bytes(body), urgent) for body in bodies]
        assert len(tell(there, whole, writer)) == 35
        with pytest.raises(OverCreditError):
            tell(there, [Frame(Kind.LAST, b"x", urgent)], writer)

    @pytest.mark.parametrize(("spent", "granted"), [(0, 1), (300, 0), (300, 301), (260, 2**32 - 1)])
    def test_credit_for_nothing(self, spent: int, granted: int) -> None:
        writer, there = liar()
        if spent:
            there.send(1, bytes(spent - OVERHEAD - 1))
            there.data_to_send()
        with pytest.raises(OverCreditError):
            tell(there, [Frame(Kind.CREDIT, granted.to_bytes(4, "big"))], writer)

    def test_credit_is_given_back_at_the_grant_and_not_before(self) -> None:
        before, grant = Allowance().arrived(GRANT).dealt_with(GRANT - 1)
        assert (before.owed, grant) == (GRANT - 1, 0)
        after, grant = before.dealt_with(1)
        assert (after, grant) == (Allowance(), GRANT)

    def test_bounds_of_credit(self) -> None:
        assert Credit().spend(WINDOW).left == 0
        with pytest.raises(MisuseError):
            Credit().spend(WINDOW + 1)
        assert Credit(0).granted(WINDOW) == Credit()
        with pytest.raises(OverCreditError):
            Credit(0).granted(WINDOW + 1)
        assert Allowance().arrived(WINDOW).left == 0
        with pytest.raises(OverCreditError):
            Allowance().arrived(WINDOW + 1)
        with pytest.raises(MisuseError):
            Allowance().dealt_with(1)

    def test_dealing_with_a_message_twice_is_the_callers_mistake(self) -> None:
        here, there = ends()
        here.send(1, b"once")
        (message,) = pump(here, there)
        assert isinstance(message, Message)
        with pytest.raises(MisuseError):
            there.dealt_with(message)

    def test_a_small_session_sends_no_credit(self) -> None:
        here, there = ends()
        here.send(1, bytes(1000))
        there.receive_data(here.data_to_send())
        (message,) = events(there)
        assert isinstance(message, Message)
        there.dealt_with(message)
        assert there.data_to_send() == b""


class TestEnds:
    def test_close_is_an_event_and_the_other_direction_goes_on(self) -> None:
        here, there = ends()
        here.send(1, b"last words")
        here.close(Code.LEAVING)
        assert pump(here, there) == [Message(1, b"last words"), Closed(Code.LEAVING)]
        assert here.close_sent
        assert there.closed_by_peer
        there.receive_eof()
        there.send(2, b"yours")
        assert pump(there, here) == [Message(2, b"yours")]

    def test_every_cut_is_reported(self) -> None:
        """At every byte: what was whole is handed over, and only the whole stream ends well."""
        data = script(Padding.NONE)
        for at in range(len(data)):
            there = fixed_end(Padding.NONE, sending=False)
            there.receive_data(data[:at])
            seen = events(there)
            assert Closed(Code.DONE) not in seen
            with pytest.raises(CutError):
                there.receive_eof()
            with pytest.raises(CutError):
                there.next_event()

    @pytest.mark.parametrize("more", [b"x", b"\0\x11" + bytes(17)])
    def test_nothing_follows_a_close(self, more: bytes) -> None:
        here, there = ends()
        here.close()
        there.receive_data(here.data_to_send() + more)
        assert there.next_event() == Closed(Code.DONE)
        with pytest.raises(AfterCloseError):
            there.next_event()

    def test_no_frame_follows_a_close(self) -> None:
        writer, there = liar()
        assert tell(there, [Frame(Kind.CLOSE, b"\0")], writer) == [Closed(0)]
        with pytest.raises(AfterCloseError):
            tell(there, [Frame(Kind.PING, bytes(8))], writer)

    def test_done_in_the_middle_of_a_message_is_a_lie(self) -> None:
        writer, there = liar()
        with pytest.raises(FrameFormatError):
            tell(there, [Frame(Kind.PART, b"x"), Frame(Kind.CLOSE, b"\0")], writer)

    def test_an_abort_drops_what_is_half_across(self) -> None:
        here, there = ends()
        here.send(1, bytes(MAX_MESSAGE))
        there.receive_data(here.data_to_send(limit=1))
        here.abort(Code.LIMIT)
        assert pump(here, there) == [Closed(Code.LIMIT)]
        with pytest.raises(MisuseError):
            here.abort(Code.DONE)

    @pytest.mark.parametrize("code", [7, 254, 255])
    def test_codes_of_later_versions(self, code: int) -> None:
        writer, there = liar()
        assert tell(there, [Frame(Kind.CLOSE, bytes((code,)))], writer) == [Closed(code)]

    def test_what_cannot_be_done_after_closing(self) -> None:
        here, _ = ends()
        here.close()
        wrongs: list[Callable[[], None]] = [
            lambda: here.send(1, b""),
            lambda: here.ping(bytes(8)),
            here.rekey,
            here.close,
        ]
        for wrong in wrongs:
            with pytest.raises(MisuseError):
                wrong()

    def test_an_error_stays_and_later_bytes_are_dropped(self) -> None:
        writer, there = liar()
        with pytest.raises(FrameFormatError) as first:
            tell(there, [Frame(Kind.PART, b"x"), Frame(Kind.CLOSE, b"\0")], writer)
        there.receive_data(bytes(100_000))
        with pytest.raises(FrameFormatError) as second:
            there.next_event()
        assert first.value is second.value
        there.abort(Code.BROKEN)
        assert there.data_to_send() != b""


class TestSignsOfLife:
    def test_ping_and_pong(self) -> None:
        here, there = ends()
        here.ping(b"are you?")
        there.receive_data(here.data_to_send())
        assert events(there) == []
        here.receive_data(there.data_to_send())
        assert events(here) == [Pong(b"are you?")]

    def test_only_the_latest_of_many_pings_is_answered(self) -> None:
        writer, there = liar()
        tell(there, (Frame(Kind.PING, bytes((n % 256,)) * 8) for n in range(1000)), writer)
        answer = there.data_to_send()
        assert len(answer) == 2 + 17 + 8
        assert there.data_to_send() == b""

    @pytest.mark.parametrize("size", [0, 7, 9])
    def test_pings_of_other_lengths(self, size: int) -> None:
        with pytest.raises(MisuseError):
            ends()[0].ping(bytes(size))

    @pytest.mark.parametrize(
        ("idle", "asked", "what"),
        [
            (0.0, None, 30.0),
            (29.0, None, 1.0),
            (30.0, None, 0.0),
            (1000.0, None, 0.0),  # the machine slept: ask first
            (30.0, 0.0, 60.0),
            (89.0, 59.0, 1.0),
            (90.0, 60.0, None),
            (1000.0, 1.0, 59.0),
        ],
    )
    def test_patience(self, idle: float, asked: float | None, what: float | None) -> None:
        assert Patience().next_step(idle, asked) == what


def every_error(base: type[BaseException]) -> Iterator[type[BaseException]]:
    yield base
    for sub in base.__subclasses__():
        yield from every_error(sub)


def test_every_error_has_a_code_of_its_own() -> None:
    found = [e for e in every_error(TransportError) if issubclass(e, HearthError)]
    codes = [error.code for error in found]
    assert len(found) > 12
    assert len(codes) == len(set(codes))
