"""Parcels: what goes in comes out, for those it is for, and shows nothing to those it is not."""

from __future__ import annotations

import itertools
import random
import tracemalloc
from collections.abc import Iterable, Iterator

import pytest
from hypothesis import given, settings, strategies as st
from leak_kit import find_leaks, stretches
from parcel_kit import (
    ALICE,
    BOB,
    CAROL,
    EXPIRES,
    KEY,
    MALLORY,
    NOW,
    SHARED,
    TAG,
    TODAY,
    opened,
    repeated,
    streamed,
    to_all,
    to_bob,
)
from sync_kit import Device, keys, seed

from hearth.store.errors import Exit
from hearth.sync.cipher import KeyPair
from hearth.sync.errors import MisuseError
from hearth.sync.padding import MAX_CONTENT, is_padded, padded, padded_count
from hearth.sync.parcel import (
    MAX_FRAME,
    MAX_SMALL,
    PART,
    PIECE,
    Audience,
    Devices,
    Sealer,
    seal,
)
from hearth.sync.parcel_errors import (
    ExpiredParcelError,
    NotOursError,
    ParcelTooLargeError,
    RecipientError,
)
from hearth.sync.parcel_label import (
    AHEAD,
    BACK,
    DAY,
    MAX_DAY,
    MAX_LIFE,
    Label,
    audience_mailbox,
    day_of,
    device_mailbox,
    expiry,
    read,
    tag,
    tags,
)
from hearth.sync.parcel_open import Opener, unseal

FRAMES = st.lists(st.binary(min_size=1, max_size=2000), max_size=60)
BIG = [random.Random(1).randbytes(size) for size in (1, MAX_FRAME, 40_000, MAX_FRAME, 7)]


class TestPadding:
    @given(st.integers(0, 1 << 20) | st.integers(0, MAX_CONTENT))
    def test_the_length_is_the_least_that_suffices_and_waste_is_bounded(self, size: int) -> None:
        found = padded(size)
        assert found >= size
        assert found % 64 == 0
        assert is_padded(found)
        assert padded(found) == found
        if size > 128:
            assert 3 * (found - size) < found
        if size > 4096:
            assert 9 * (found - size) < found

    def test_the_first_lengths(self) -> None:
        lengths = sorted({padded(size) for size in range(8193)})
        assert lengths == [
            64, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048, 3072, 4096,
            4608, 5120, 5632, 6144, 6656, 7168, 7680, 8192,
        ]  # fmt: skip

    def test_the_limit(self) -> None:
        assert padded(MAX_CONTENT - 1) == padded(MAX_CONTENT) == MAX_CONTENT
        for size in (MAX_CONTENT + 1, 2**63 - 1, 2**63, 2**64):
            with pytest.raises(ParcelTooLargeError):
                padded(size)
            assert not is_padded(size)

    def test_of_64_gibibytes_a_length_tells_six_bits_and_a_little(self) -> None:
        size, lengths = 0, 0
        while size < MAX_CONTENT:
            size = padded(size + 1)
            lengths += 1
        assert lengths == 204

    def test_the_number_of_recipients_is_rounded_up(self) -> None:
        assert [padded_count(n) for n in (1, 4, 5, 8, 9, 500, 1023, 1024)] == [
            4, 4, 8, 8, 16, 512, 1024, 1024,
        ]  # fmt: skip
        with pytest.raises(ParcelTooLargeError):
            padded_count(1025)


class TestTags:
    MAILBOX = device_mailbox(SHARED, BOB.public)

    def test_a_tag_is_of_one_mailbox_and_one_day(self) -> None:
        mailboxes = [
            self.MAILBOX,
            device_mailbox(SHARED, CAROL.public),
            device_mailbox(seed("other"), BOB.public),
            audience_mailbox(KEY),
            audience_mailbox(SHARED),
        ]
        found = {tag(mailbox, day) for mailbox in mailboxes for day in range(TODAY, TODAY + 400)}
        assert len(found) == len(mailboxes) * 400
        assert len({part for each in found for part in (each[:8], each[8:])}) == 2 * len(found)

    def test_no_two_days_have_anything_in_common_that_one_could_link_them_by(self) -> None:
        """Half of all bits differ, as between tags of different mailboxes: neither is nearer."""
        own = [tag(self.MAILBOX, day) for day in range(TODAY, TODAY + 300)]
        others = [tag(seed(f"mailbox {n}"), TODAY) for n in range(300)]

        def apart(one: bytes, other: bytes) -> int:
            return (int.from_bytes(one, "big") ^ int.from_bytes(other, "big")).bit_count()

        same = [apart(*pair) for pair in itertools.combinations(own, 2)]
        different = [apart(*pair) for pair in itertools.product(own[:150], others)]
        for found in (same, different):
            assert 63.5 < sum(found) / len(found) < 64.5
            assert min(found) > 20

    def test_a_tag_holds_nothing_of_what_it_is_made_of(self) -> None:
        found = b"".join(tag(self.MAILBOX, day) for day in range(TODAY, TODAY + 30))
        secrets = [self.MAILBOX, SHARED, BOB.public]
        assert not find_leaks(found, [part for each in secrets for part in stretches(each, 8)])

    @given(st.integers(-BACK, AHEAD))
    def test_the_window_holds_the_days_around(self, apart: int) -> None:
        """The sender's day as the recipient sees it: long on its way, or clocks that differ."""
        assert tag(self.MAILBOX, TODAY + apart) in tags(self.MAILBOX, NOW)

    def test_the_window_ends_where_it_says(self) -> None:
        found = tags(self.MAILBOX, NOW)
        assert len(found) == len(set(found)) == BACK + AHEAD + 1
        assert found[0] == tag(self.MAILBOX, TODAY)
        assert tag(self.MAILBOX, TODAY - BACK) in found
        assert tag(self.MAILBOX, TODAY - BACK - 1) not in found
        assert tag(self.MAILBOX, TODAY + AHEAD) in found
        assert tag(self.MAILBOX, TODAY + AHEAD + 1) not in found

    @pytest.mark.parametrize("now", [-(2**63), -1, 0, 1, MAX_DAY * DAY, 2**63, 2**64])
    def test_any_clock_has_a_window(self, now: int) -> None:
        found = tags(self.MAILBOX, now)
        assert tag(self.MAILBOX, day_of(now)) in found
        assert 15 <= len(found) <= BACK + AHEAD + 1

    def test_keys_of_other_lengths_are_a_mistake(self) -> None:
        for short in (b"", bytes(31), bytes(33)):
            with pytest.raises(MisuseError):
                device_mailbox(short, BOB.public)
            with pytest.raises(MisuseError):
                device_mailbox(SHARED, short)
            with pytest.raises(MisuseError):
                audience_mailbox(short)
            with pytest.raises(MisuseError):
                tag(short, TODAY)


class TestExpiry:
    @given(st.integers(0, MAX_DAY * DAY - 200 * DAY), st.integers(1, MAX_LIFE))
    def test_it_is_coarse_and_never_too_early(self, now: int, days: int) -> None:
        found = expiry(now, days)
        assert day_of(now) + days <= found <= day_of(now) + days + 6
        assert days <= 7 or found % 7 == 0

    def test_everything_made_in_a_week_for_a_month_expires_on_one_of_two_days(self) -> None:
        assert len({expiry(NOW + hour * 3600, 30) for hour in range(7 * 24)}) == 2

    @pytest.mark.parametrize("days", [-1, 0, MAX_LIFE + 1, 2**63])
    def test_other_lives(self, days: int) -> None:
        with pytest.raises(MisuseError):
            expiry(NOW, days)

    def test_the_last_day_there_is(self) -> None:
        assert expiry(2**63, 90) == MAX_DAY

    def test_a_parcel_is_refused_from_the_day_after_its_last(self) -> None:
        parcel = to_bob(b"bread")
        assert opened(parcel, today=EXPIRES - 1).frames == [b"bread"]
        assert opened(parcel, today=EXPIRES).frames == [b"bread"]
        with pytest.raises(ExpiredParcelError):
            opened(parcel, today=EXPIRES + 1)
        assert opened(parcel).frames == [b"bread"]

    def test_the_label_is_what_it_was_sealed_with(self) -> None:
        assert read(to_bob(b"x")) == Label(1, EXPIRES, TAG)
        assert read(to_all(b"x")[:20]) == Label(2, EXPIRES, TAG)

    @pytest.mark.parametrize(("expires", "mark"), [(-1, TAG), (MAX_DAY + 1, TAG), (1, b"short")])
    def test_labels_that_are_none(self, expires: int, mark: bytes) -> None:
        with pytest.raises(MisuseError):
            Label(1, expires, mark).encode()


class TestRoundTrip:
    @given(FRAMES)
    def test_to_a_device(self, frames: list[bytes]) -> None:
        found = opened(to_bob(*frames))
        assert (found.sender, found.frames, found.torn) == (ALICE.device, frames, False)

    @given(FRAMES.filter(lambda frames: sum(map(len, frames)) < 50_000))
    def test_for_an_audience(self, frames: list[bytes]) -> None:
        found = opened(to_all(*frames))
        assert (found.sender, found.frames, found.torn) == (ALICE.device, frames, False)

    def test_frames_over_several_pieces(self) -> None:
        parcel = to_bob(*BIG)
        assert len(parcel) > 2 * PIECE
        assert opened(parcel).frames == BIG

    @settings(max_examples=30)
    @given(st.data())
    def test_fed_in_any_pieces(self, data: st.DataObject) -> None:
        parcel = to_bob(*BIG)
        cuts = sorted(data.draw(st.lists(st.integers(0, len(parcel)), max_size=20)))
        pieces = [parcel[a:b] for a, b in itertools.pairwise([0, *cuts, len(parcel)])]
        opener = Opener([BOB])
        assert streamed(opener, pieces) == BIG
        assert opener.whole
        assert opener.sender == ALICE.device

    @pytest.mark.parametrize("off", [-2, -1, 0, 1, 2])
    @pytest.mark.parametrize("pieces", [1, 2])
    def test_content_that_ends_where_a_piece_does(self, off: int, pieces: int) -> None:
        """The padded length is what decides; its lengths are tried around the edge, too."""
        size = pieces * PART - 32 - 2 - 2 * pieces + off
        frames = [bytes([n + 1]) * (size // pieces) for n in range(pieces)]
        assert opened(to_bob(*frames)).frames == frames

    def test_every_recipient_opens_it_and_nobody_else(self) -> None:
        people = [keys(f"sealing {n}") for n in range(9)]
        parcel = seal([b"bread"], ALICE, Devices(each.public for each in people), TAG, EXPIRES)
        for each in people:
            assert unseal(parcel, [MALLORY, each]).frames == [b"bread"]
        with pytest.raises(NotOursError):
            unseal(parcel, [MALLORY, CAROL], [KEY])
        with pytest.raises(NotOursError):
            unseal(parcel)
        assert NotOursError.exit_code is Exit.NOTHING_FOUND

    def test_an_audience_s_parcel_opens_with_that_key_only(self) -> None:
        parcel = to_all(b"bread")
        assert unseal(parcel, [], [SHARED, KEY]).frames == [b"bread"]
        with pytest.raises(NotOursError):
            unseal(parcel, [BOB], [SHARED, seed("the key before it")])

    def test_one_key_named_twice_is_one_recipient(self) -> None:
        five = [keys(f"sealing {n}").public for n in range(4)] * 2
        assert len(seal([b"x"], ALICE, Devices(five), TAG, EXPIRES)) == len(to_bob(b"x"))

    def test_1024_recipients_and_not_one_more(self) -> None:
        publics = [keys(f"sealing {n}").public for n in range(1025)]
        parcel = seal([b"bread"], ALICE, Devices(publics[:1024]), TAG, EXPIRES)
        assert unseal(parcel, [keys("sealing 1023")]).frames == [b"bread"]
        with pytest.raises(ParcelTooLargeError):
            seal([b"bread"], ALICE, Devices(publics), TAG, EXPIRES)

    def test_sealed_to_nobody(self) -> None:
        with pytest.raises(MisuseError):
            seal([b"bread"], ALICE, Devices([]), TAG, EXPIRES)

    @pytest.mark.parametrize(
        "low", [bytes(32), b"\1" + bytes(31), b"\xec" + b"\xff" * 30 + b"\x7f"]
    )
    def test_nothing_is_sealed_to_a_key_of_low_order(self, low: bytes) -> None:
        with pytest.raises(RecipientError):
            seal([b"bread"], ALICE, Devices([BOB.public, low]), TAG, EXPIRES)


class TestLimits:
    def test_a_frame(self) -> None:
        for size in (1, MAX_FRAME - 1, MAX_FRAME):
            assert opened(to_bob(b"x" * size)).frames == [b"x" * size]
        for size in (0, MAX_FRAME + 1):
            with pytest.raises(MisuseError):
                to_bob(b"x" * size)

    def test_what_an_audience_s_parcel_holds(self) -> None:
        """A mark of 2 bytes after the frames, and 2 before each."""
        for size in (MAX_SMALL - 5, MAX_SMALL - 4):
            parcel = to_all(b"x" * size)
            assert len(parcel) < 64_000
            assert opened(parcel).frames == [b"x" * size]
        with pytest.raises(ParcelTooLargeError):
            to_all(b"x" * (MAX_SMALL - 3))
        assert opened(to_bob(b"x" * (MAX_SMALL - 3))).frames

    def test_what_is_refused_leaves_the_sealer_as_it_was(self) -> None:
        sealer = Sealer(ALICE, Audience(KEY), TAG, EXPIRES)
        parcel = sealer.head + sealer.add(b"bread")
        for frame, error in ((b"x" * 61_430, ParcelTooLargeError), (b"", MisuseError)):
            with pytest.raises(error):
                sealer.add(frame)
        parcel += b"".join(sealer.finish())
        assert opened(parcel).frames == [b"bread"]
        for call in (sealer.finish, lambda: sealer.add(b"more")):
            with pytest.raises(MisuseError):
                call()

    @pytest.mark.parametrize("limit", [1024, 1 << 17])
    def test_a_sealer_s_own_limit(self, limit: int) -> None:
        frames = [b"x" * 500] * (limit // 502)
        room = limit - 2 - 502 * len(frames) - 2
        for last in (room - 1, room):
            made = seal([*frames, b"y" * last], ALICE, Devices([BOB.public]), TAG, 1, limit=limit)
            assert len(opened(made, limit=limit).frames) == len(frames) + 1
        with pytest.raises(ParcelTooLargeError):
            seal([*frames, b"y" * (room + 1)], ALICE, Devices([BOB.public]), TAG, 1, limit=limit)

    @pytest.mark.parametrize("size", [1024, 1 << 17])
    def test_an_opener_s_own_limit(self, size: int) -> None:
        frames = [b"x" * 500] * ((size - 2) // 502)
        full = to_bob(*frames)
        assert opened(full, limit=size).frames == frames
        assert opened(full, limit=size + 1).frames == frames
        with pytest.raises(ParcelTooLargeError):
            opened(full, limit=size - 1)

    def test_an_audience_s_key_does_not_travel_under_itself(self) -> None:
        with pytest.raises(MisuseError):
            to_all(b"the new key is " + KEY)
        assert opened(to_all(b"the old key was " + SHARED)).frames
        assert opened(to_bob(b"the new key is " + KEY)).frames

    def test_memory_does_not_grow_with_the_parcel(self) -> None:
        frame = random.Random(2).randbytes(60_000)

        def peak(frames: int) -> int:
            opener = Opener([BOB])
            tracemalloc.start()
            sealer = Sealer(ALICE, Devices([BOB.public]), TAG, EXPIRES)
            opener.feed(sealer.head)
            made = (sealer.add(frame) for _ in range(frames))
            count = len(streamed_lengths(opener, itertools.chain(made, sealing_end(sealer))))
            found = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            assert count == frames
            assert opener.padding == sealer.padding
            return found

        peak(2)
        assert peak(400) < peak(40) + 200_000 < 2_000_000


def sealing_end(sealer: Sealer) -> Iterator[bytes]:
    """`finish`, when its turn comes."""
    yield from sealer.finish()


def streamed_lengths(opener: Opener, pieces: Iterable[bytes]) -> list[int]:
    """As `streamed`, keeping nothing."""
    found = []
    for piece in pieces:
        opener.feed(piece)
        while (frame := opener.read()) is not None:
            found.append(len(frame))
    opener.end()
    while (frame := opener.read()) is not None:
        found.append(len(frame))
    return found


NAME = "Zoë Lindqvist"
TEXT = "the key is under the third flower pot"


def secrets() -> list[bytes | str]:
    """Everything that stands for somebody or was said: even eight bytes of it are too much."""
    ids = [
        ALICE.device, ALICE.device[::-1], BOB.public, CAROL.public, SHARED, KEY,
        device_mailbox(SHARED, BOB.public), audience_mailbox(KEY), seed("community"),
    ]  # fmt: skip
    return [NAME, TEXT, *(part for each in ids for part in stretches(each, 8))]


class TestLeaks:
    FRAMES = (NAME.encode(), TEXT.encode() * 3, seed("community") + ALICE.device, SHARED)

    @pytest.mark.parametrize("times", [1, 400])
    def test_nothing_inside_shows_outside(self, times: int) -> None:
        both = Devices([BOB.public, CAROL.public])
        parcels = [
            seal(self.FRAMES * times, ALICE, both, TAG, EXPIRES),
            to_bob(*self.FRAMES * times),
            to_all(*self.FRAMES * min(times, 100)),
        ]
        assert not find_leaks(b"".join(parcels), secrets())

    def test_two_parcels_of_the_same_share_nothing_but_their_label(self) -> None:
        for make in (to_bob, to_all):
            one, other = make(*self.FRAMES), make(*self.FRAMES)
            assert len(one) == len(other)
            assert one[:20] == other[:20]
            parts = {one[at : at + 8] for at in range(22, len(one) - 8)}
            assert not parts & {other[at : at + 8] for at in range(22, len(other) - 8)}

    def test_lengths_and_counts_are_those_of_other_parcels(self) -> None:
        """A carrier cannot tell one recipient from four, nor one byte from sixty."""
        people = [keys(f"sealing {n}").public for n in range(4)]
        lengths = {
            len(seal([b"x" * size], ALICE, Devices(people[:count]), TAG, EXPIRES))
            for size in range(1, 61)
            for count in range(1, 5)
        }
        assert lengths == {614 - 64}

    def test_stanzas_for_nobody_are_made_like_the_others(self) -> None:
        """Each begins with a point of the curve: of random bytes one in four would."""
        p = 2**255 - 19
        for _ in range(20):
            parcel = to_bob(b"bread")
            for at in range(22, 22 + 4 * 80, 80):
                u = int.from_bytes(parcel[at : at + 32], "little")
                assert u < p
                assert pow(u**3 + 486662 * u * u + u, (p - 1) // 2, p) == 1

    def test_the_place_of_a_recipient_s_stanza_is_random(self) -> None:
        """With seals made from known randomness, each place comes up."""
        seen = set()
        for n in range(60):
            entropy = repeated(f"place {n}")
            entropy(32)  # the parcel's key
            mine = KeyPair.from_secret(entropy(32)).public
            made = seal(
                [b"x"], ALICE, Devices([BOB.public]), TAG, EXPIRES, entropy=repeated(f"place {n}")
            )
            seen.add(next(k for k in range(4) if made[22 + 80 * k :].startswith(mine)))
        assert seen == {0, 1, 2, 3}

    def test_another_sender_makes_parcels_that_look_the_same(self) -> None:
        one = to_bob(b"bread")
        other = seal([b"bread"], Device("carol"), Devices([BOB.public]), TAG, EXPIRES)
        assert (len(one), one[:22]) == (len(other), other[:22])


def test_padding_is_counted_apart() -> None:
    sealer = Sealer(ALICE, Devices([BOB.public]), TAG, EXPIRES)
    data = sealer.head + sealer.add(b"x" * 200) + b"".join(sealer.finish())
    assert (sealer.content, sealer.padding) == (204, 52)
    assert opened(data).padding == 52
    assert len(data) == len(sealer.head) + 16 + 64 + 32 + 204 + 52
