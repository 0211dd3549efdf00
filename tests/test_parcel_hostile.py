"""Parcels that somebody cut, changed, mixed, sealed again, or made to do harm."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from functools import cache

import pytest
from hypothesis import given, settings, strategies as st
from nacl.bindings import (
    crypto_core_ed25519_add,
    crypto_core_ed25519_scalar_add,
    crypto_core_ed25519_scalar_mul,
    crypto_core_ed25519_scalar_reduce,
    crypto_scalarmult_ed25519_base_noclamp,
)
from parcel_kit import (
    ALICE,
    BOB,
    CAROL,
    EXPIRES,
    KEY,
    MALLORY,
    TAG,
    opened,
    repeated,
    streamed,
    to_all,
    to_bob,
)
from sync_kit import Device, keys, seed

from hearth.store.errors import CorruptError, Exit, HearthError, NewerFormatError
from hearth.store.event import verifies
from hearth.sync import parcel_keys
from hearth.sync.cipher import KeyPair
from hearth.sync.errors import MisuseError
from hearth.sync.padding import STEPS, padded
from hearth.sync.parcel import PART, PIECE, Devices, Sealer, seal, signed, statement
from hearth.sync.parcel_errors import (
    AlteredParcelError,
    CutParcelError,
    NewerParcelError,
    NotOursError,
    PaddingError,
    ParcelError,
    ParcelFormatError,
    ParcelTooLargeError,
    SenderError,
)
from hearth.sync.parcel_keys import LABEL, Pieces
from hearth.sync.parcel_label import Label, read
from hearth.sync.parcel_open import Opener, unseal

REFUSALS = (ParcelError, NotOursError, NewerParcelError, ParcelTooLargeError)
HEAD = 22 + 4 * 80 + 32
"""Bytes of the head of a parcel for up to four devices."""
LOW_ORDER = [
    bytes(32),
    b"\1" + bytes(31),
    bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
    bytes.fromhex("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157"),
    bytes.fromhex("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
    bytes.fromhex("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
    bytes.fromhex("eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
]
BIG = [random.Random(n).randbytes(30_000) for n in range(7)]


@cache
def big() -> bytes:
    return to_bob(*BIG)


def flipped(data: bytes, at: int, bit: int) -> bytes:
    return data[:at] + bytes((data[at] ^ 1 << bit,)) + data[at + 1 :]


def again(head: bytes, before: Callable[[bytes], bytes], entropy: str) -> bytes:
    """The head of a parcel of which the key is known, changed, and sealed anew as it should be."""
    key = repeated(entropy)(32)
    changed = before(head[:-32])
    return changed + parcel_keys.seal(key, changed)


class TestCuts:
    @pytest.mark.parametrize("make", [to_bob, to_all])
    def test_a_small_parcel_at_every_byte(self, make: Callable[..., bytes]) -> None:
        parcel = make(b"bread", b"and salt")
        for at in range(len(parcel)):
            with pytest.raises(CutParcelError):
                opened(parcel[:at])

    def test_the_whole_frames_before_a_cut_come_out(self) -> None:
        """A frame comes out when the piece that it ends in is whole."""
        parcel, ends = big(), []
        at = 32
        for frame in BIG:
            at += 2 + len(frame)
            ends.append(HEAD + -(-at // PART) * PIECE)
        edges = [HEAD + n * PIECE for n in range(1, len(parcel) // PIECE + 1)]
        cuts = {edge + off for edge in edges for off in (-1, 0, 1) if edge + off < len(parcel)}
        cuts |= {*range(0, len(parcel), 9973), len(parcel) - 1}
        for cut in sorted(cuts):
            whole = [frame for frame, end in zip(BIG, ends, strict=True) if end <= cut]
            if cut < HEAD + PIECE:
                with pytest.raises(CutParcelError):
                    opened(parcel[:cut])
                continue
            found = opened(parcel[:cut])
            assert found.frames == whole, cut
            assert found.torn
            assert isinstance(found.damage, CutParcelError)
            assert found.sender == ALICE.device

    def test_a_cut_is_told_again_and_again_and_the_opener_is_never_whole(self) -> None:
        opener = Opener([BOB])
        with pytest.raises(CutParcelError):
            streamed(opener, [big()[:-1]])
        with pytest.raises(CutParcelError):
            opener.read()
        assert not opener.whole
        with pytest.raises(MisuseError):
            opener.feed(b"more")

    def test_bytes_after_the_end(self) -> None:
        for parcel in (to_bob(b"bread"), to_all(b"bread"), big()):
            for more in (b"\0", b"\0" * 64, parcel):
                with pytest.raises((AlteredParcelError, CutParcelError)):
                    raise_damage(parcel + more)

    def test_no_end_can_be_made(self) -> None:
        """Whole pieces and nothing more: the last of them was not sealed as the last."""
        found = opened(big()[: HEAD + 2 * PIECE])
        assert isinstance(found.damage, CutParcelError)
        assert len(found.frames) == 4


def raise_damage(parcel: bytes) -> None:
    damage = opened(parcel).damage
    if damage is not None:
        raise damage


class TestFlips:
    @pytest.mark.parametrize("make", [to_bob, to_all])
    def test_every_byte_of_a_small_parcel(self, make: Callable[..., bytes]) -> None:
        parcel = make(b"bread", b"and salt")
        codes = set()
        for at in range(len(parcel)):
            with pytest.raises(REFUSALS) as caught:
                opened(flipped(parcel, at, at % 8))
            codes.add(caught.value.code)
        expected = {"parcel-altered", "not-ours", "newer-parcel", "bad-parcel-format"}
        assert codes <= {*expected, "parcel-cut"}
        assert {"not-ours", "bad-parcel-format"} <= codes

    @settings(max_examples=60, deadline=None)
    @given(st.integers(0, len(big()) - 1), st.integers(0, 7))
    def test_any_byte_of_a_big_one_lets_through_only_what_came_before(
        self, at: int, bit: int
    ) -> None:
        opener = Opener([BOB])
        found, error = drained(opener, flipped(big(), at, bit))
        assert error is not None
        assert found == BIG[: len(found)]
        assert sum(2 + len(frame) for frame in found) <= max(0, (at - HEAD) // PIECE) * PART
        assert not opener.whole

    def test_a_flip_in_the_outside_is_found(self) -> None:
        """A carrier cannot change the day or the tag without spoiling the parcel."""
        parcel = to_bob(b"bread")
        for at in range(2, 20):
            with pytest.raises(AlteredParcelError):
                opened(flipped(parcel, at, 0))

    def test_a_flip_in_another_s_stanza_is_found(self) -> None:
        parcel = seal([b"x"], ALICE, Devices([BOB.public, CAROL.public]), TAG, EXPIRES)
        outcomes = set()
        for number in range(4):
            with pytest.raises((AlteredParcelError, NotOursError)) as caught:
                opened(flipped(parcel, 22 + 80 * number + 40, 3))
            outcomes.add(type(caught.value))
        assert outcomes == {AlteredParcelError, NotOursError}

    @settings(deadline=None)
    @given(st.binary(max_size=1000))
    def test_any_bytes(self, data: bytes) -> None:
        for parcel in (data, b"\1\1" + data, to_all(b"x")[:84] + data, to_bob(b"x")[:HEAD] + data):
            with pytest.raises(REFUSALS):
                opened(parcel)

    def test_pieces_in_another_order_twice_or_of_another_parcel(self) -> None:
        head, rest = big()[:HEAD], big()[HEAD:]
        first, second, third, *_ = (rest[at : at + PIECE] for at in range(0, len(rest), PIECE))
        other = to_bob(*BIG)[HEAD:][:PIECE]
        tail = rest[3 * PIECE :]
        for pieces in ((second, first, third), (first, first, third), (other, second, third)):
            with pytest.raises(AlteredParcelError):
                raise_damage(head + b"".join(pieces) + tail)
        assert isinstance(opened(head + first + third + tail).damage, AlteredParcelError)

    def test_the_head_of_one_with_the_pieces_of_another(self) -> None:
        one, other = to_bob(b"bread"), to_bob(b"salt")
        with pytest.raises(AlteredParcelError):
            opened(one[:HEAD] + other[HEAD:])


class TestVersionsAndKinds:
    @pytest.mark.parametrize("version", [2, 3, 127, 255])
    def test_a_newer_version_says_so_and_can_be_carried(self, version: int) -> None:
        parcel = bytes((version,)) + to_bob(b"x")[1:]
        with pytest.raises(NewerParcelError) as caught:
            opened(parcel)
        assert isinstance(caught.value, NewerFormatError)
        assert caught.value.exit_code is Exit.NEWER_FORMAT
        assert read(parcel) == Label(1, EXPIRES, TAG, version)

    def test_version_0(self) -> None:
        parcel = b"\0" + to_bob(b"x")[1:]
        for reading in (opened, read):
            with pytest.raises(ParcelFormatError):
                reading(parcel)

    @pytest.mark.parametrize("kind", [0, 3, 255])
    def test_other_kinds(self, kind: int) -> None:
        with pytest.raises(ParcelFormatError):
            opened(b"\1" + bytes((kind,)) + to_bob(b"x")[2:])

    def test_a_label_that_is_not_all_there(self) -> None:
        assert read(to_bob(b"x")[:20]).tag == TAG
        for size in (0, 1, 19):
            with pytest.raises(CutParcelError):
                read(to_bob(b"x")[:size])

    @pytest.mark.parametrize("count", [0, 1, 3, 5, 7, 1023, 1025, 0x7FFF, 0xFFFF])
    def test_numbers_of_stanzas_that_are_no_steps(self, count: int) -> None:
        """Refused before anything is waited for, tried or allocated."""
        opener = Opener([BOB])
        opener.feed(to_bob(b"x")[:20] + count.to_bytes(2, "big"))
        with pytest.raises(ParcelFormatError):
            opener.read()

    def test_a_promise_of_1024_stanzas_that_do_not_come(self) -> None:
        opener = Opener([BOB])
        opener.feed(to_bob(b"x")[:20] + STEPS[-1].to_bytes(2, "big") + bytes(1000))
        assert opener.read() is None
        opener.end()
        with pytest.raises(CutParcelError):
            opener.read()


class TestForwarding:
    """What a recipient, who knows the parcel's key, can make others believe: nothing."""

    def made(self, *frames: bytes) -> tuple[bytes, bytes]:
        """A parcel of Alice's to Bob and Carol, and the key in it, which both know."""
        both = Devices([BOB.public, CAROL.public])
        parcel = seal(frames, ALICE, both, TAG, EXPIRES, entropy=repeated("forwarding"))
        return parcel, repeated("forwarding")(32)

    def test_sealed_again_to_somebody_else(self) -> None:
        """Row 41: Bob makes a stanza for Mallory; Mallory is not told that Alice wrote to her."""
        parcel, key = self.made(b"meet me")
        extra = parcel_keys.stanza(key, MALLORY.public, repeated("extra"))

        def to_mallory(before: bytes) -> bytes:
            return before[:22] + extra + before[102:]

        forged = again(parcel[:HEAD], to_mallory, "forwarding") + parcel[HEAD:]
        with pytest.raises(SenderError):
            unseal(forged, [MALLORY])
        with pytest.raises(NotOursError):
            unseal(parcel, [MALLORY])

    @pytest.mark.parametrize("at", [2, 3, 4, 19])
    def test_the_outside_changed_and_sealed_again(self, at: int) -> None:
        parcel, _ = self.made(b"meet me")
        head = again(parcel[:HEAD], lambda before: flipped(before, at, 0), "forwarding")
        with pytest.raises(SenderError):
            opened(head + parcel[HEAD:])

    def test_other_words_under_the_sender_s_signature(self) -> None:
        parcel, key = self.made(b"meet me")
        plain = Pieces(key).decrypt(parcel[HEAD:], 0, True)
        assert plain is not None
        changed = plain.replace(b"meet me", b"hate me")
        assert changed != plain
        forged = parcel[:HEAD] + Pieces(key).encrypt(changed, 0, True)
        assert len(forged) == len(parcel)
        with pytest.raises(SenderError):
            unseal(forged, [CAROL])

    def test_another_s_name_on_one_s_own_words(self) -> None:
        parcel, key = self.made(b"meet me")
        plain = Pieces(key).decrypt(parcel[HEAD:], 0, True)
        assert plain is not None
        for sender in (Device("carol").device, bytes(32), b"\1" + bytes(31), b"\xff" * 32):
            changed = plain[:64] + sender + plain[96:]
            with pytest.raises(SenderError):
                opened(parcel[:HEAD] + Pieces(key).encrypt(changed, 0, True))

    def test_a_device_whose_key_has_a_part_of_low_order(self) -> None:
        """Its signature holds for libsodium, and for others not: nobody may be sent by it."""
        device, sign = mixed_order()
        with pytest.raises(SenderError, match="cannot be one"):
            opened(forged(b"x", device=device, sign=sign))

    def test_a_signature_for_another_purpose_is_none(self) -> None:
        def as_event(message: bytes) -> bytes:
            return ALICE.sign(b"hearth/event/1\0" + message[len(LABEL) :])

        with pytest.raises(SenderError):
            opened(forged(b"x", sign=as_event))

    def test_whole_pieces_left_out_of_the_end(self) -> None:
        """One who knows the key can seal a piece as the last; its sender did not sign it so."""
        parcel = seal(BIG, ALICE, Devices([BOB.public]), TAG, EXPIRES, entropy=repeated("end"))
        pieces = Pieces(repeated("end")(32))
        piece = pieces.decrypt(parcel[HEAD + PIECE : HEAD + 2 * PIECE], 1, False)
        assert piece is not None
        cut = parcel[: HEAD + PIECE] + pieces.encrypt(piece, 1, True)
        found = opened(cut)
        assert isinstance(found.damage, SenderError)
        assert found.frames == BIG[:2]

    def test_an_audience_s_parcel_under_another_audience_s_key(self) -> None:
        other = seed("another audience's key")
        parcel = to_all(b"meet me")
        nonce = parcel[20:52]
        key = parcel_keys.of_audience(KEY, nonce)
        plain = Pieces(key).decrypt(parcel[84:], 0, True)
        assert plain is not None
        new = parcel_keys.of_audience(other, nonce)
        again = (
            parcel[:52] + parcel_keys.seal(new, parcel[:52]) + Pieces(new).encrypt(plain, 0, True)
        )
        with pytest.raises(SenderError):
            unseal(again, [], [other])

    def test_one_parcel_does_not_open_under_two_keys(self) -> None:
        """Row 43: Alice gives Bob one key and Carol another. The seal holds for one of them."""
        one, other = seed("one key"), seed("other key")
        stanzas = [
            parcel_keys.stanza(one, BOB.public, repeated("1")),
            parcel_keys.stanza(other, CAROL.public, repeated("2")),
            *(parcel_keys.for_nobody(repeated(str(n))) for n in range(2)),
        ]
        before = Label(1, EXPIRES, TAG).encode() + b"\0\4" + b"".join(stanzas)
        parcel = before + parcel_keys.seal(one, before) + bytes(176)
        with pytest.raises(AlteredParcelError, match="head"):
            unseal(parcel, [CAROL])
        with pytest.raises(AlteredParcelError, match="end"):
            unseal(parcel, [BOB])


class TestLowOrder:
    @pytest.mark.parametrize("low", LOW_ORDER)
    def test_a_stanza_that_anybody_could_open_is_nobody_s(self, low: bytes) -> None:
        parcel = to_bob(b"bread")
        for number in range(4):
            at = 22 + 80 * number
            with pytest.raises((NotOursError, AlteredParcelError)):
                opened(parcel[:at] + low + parcel[at + 32 :])
        with pytest.raises(NotOursError):
            opened(parcel[:22] + (low + bytes(48)) * 4 + parcel[22 + 320 :])


def forged(
    *frames: bytes,
    content: Callable[[bytes], bytes] = lambda content: content,
    sign: Callable[[bytes], bytes] = ALICE.sign,
    device: bytes = ALICE.device,
) -> bytes:
    """A parcel to Bob by a sender whose program pads as it likes. One piece."""
    key = seed("forged")
    before = Label(1, EXPIRES, TAG).encode() + b"\0\4"
    before += parcel_keys.stanza(key, BOB.public, repeated("forged"))
    before += b"".join(parcel_keys.for_nobody(repeated(str(n))) for n in range(3))
    head = before + parcel_keys.seal(key, before)
    inside = b"".join(len(frame).to_bytes(2, "big") + frame for frame in frames) + b"\0\0"
    part = device + content(inside.ljust(padded(len(inside)), b"\0"))
    said = signed(statement(head, device), 0, True, part)
    return head + Pieces(key).encrypt(sign(LABEL + said) + part, 0, True)


def mixed_order() -> tuple[bytes, Callable[[bytes], bytes]]:
    """A key that is a proper one and a point of order 8 together, and how to sign for it."""
    eighth = bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")
    secret = crypto_core_ed25519_scalar_reduce(seed("mixed").ljust(64, b"\0"))
    device = crypto_core_ed25519_add(crypto_scalarmult_ed25519_base_noclamp(secret), eighth)

    def sign(message: bytes) -> bytes:
        for number in range(200):  # until the challenge is a multiple of 8: the part vanishes
            nonce = crypto_core_ed25519_scalar_reduce(seed(f"{number}").ljust(64, b"\0"))
            point = crypto_scalarmult_ed25519_base_noclamp(nonce)
            challenge = hashlib.sha512(point + device + message).digest()
            reduced = crypto_core_ed25519_scalar_reduce(challenge)
            if reduced[0] % 8 == 0:
                product = crypto_core_ed25519_scalar_mul(reduced, secret)
                signature = point + crypto_core_ed25519_scalar_add(nonce, product)
                assert verifies(device, b"", message, signature)
                return signature
        raise AssertionError

    return device, sign


class TestPadding:
    FRAMES = (b"a" * 40, b"b" * 50)

    def test_the_forger_s_parcel_would_do(self) -> None:
        found = opened(forged(*self.FRAMES))
        assert (found.frames, found.padding, found.damage) == ([*self.FRAMES], 32, None)

    @pytest.mark.parametrize(
        ("name", "content"),
        [
            ("one zero less", lambda c: c[:-1]),
            ("one zero more", lambda c: c + b"\0"),
            ("the next length", lambda c: c + bytes(64)),
            ("not zeros", lambda c: c[:-1] + b"\1"),
            ("not zeros at first", lambda c: c[:96] + b"\1" + c[97:]),
            ("no padding", lambda c: c[:96]),
            ("no end", lambda c: c[:94]),
            ("half an end", lambda c: c[:95]),
            ("a frame that is longer than the rest", lambda c: b"\xff\xff" + c[2:]),
            ("the length before it", lambda c: c[:64]),
        ],
    )
    def test_other_padding(self, name: str, content: Callable[[bytes], bytes]) -> None:
        damage = opened(forged(*self.FRAMES, content=content)).damage
        assert isinstance(damage, PaddingError), name

    def test_nothing_but_a_device(self) -> None:
        for content in (lambda c: b"", lambda c: c[:1]):
            with pytest.raises(PaddingError):
                raise_damage(forged(content=content))

    def test_no_frames_at_all_is_a_parcel(self) -> None:
        """So that one can be sent to say nothing."""
        for made in (to_bob(), forged()):
            found = opened(made)
            assert (found.frames, found.padding, found.damage) == ([], 62, None)

    def test_too_much_padding_over_many_pieces(self) -> None:
        """It is refused at the limit, and nothing is kept of it."""
        opener = Opener([BOB], limit=1 << 20)
        sealer = Sealer(ALICE, Devices([BOB.public]), TAG, EXPIRES)
        opener.feed(sealer.head + sealer.add(b"x" * 60_000))
        zeros = b"".join(sealer.add(bytes(60_000)) for _ in range(40))
        opener.feed(zeros)
        found, error = drained(opener, b"")
        assert len(found) < 20
        assert isinstance(error, ParcelTooLargeError)


class TestErrors:
    def test_each_has_its_code_and_says_something(self) -> None:
        kinds = [
            kind
            for kind in vars(__import__("hearth.sync.parcel_errors", fromlist=["x"])).values()
            if isinstance(kind, type) and issubclass(kind, HearthError)
        ]
        own = [kind for kind in kinds if kind.__module__ == "hearth.sync.parcel_errors"]
        assert len(own) == 11
        assert len({kind.code for kind in own}) == 11
        assert issubclass(ParcelError, CorruptError)

    @settings(max_examples=50, deadline=None)
    @given(st.data())
    def test_whatever_happens_to_a_parcel_it_opens_or_is_refused(self, data: st.DataObject) -> None:
        """Any number of cuts, copies and changes: what comes out is what Alice put in, in order."""
        frames = [*BIG[:1], b"bread", *BIG[1:4]]
        sound = to_bob(*frames)
        parcel = bytearray(sound)
        for _ in range(data.draw(st.integers(0, 4))):
            a, b = sorted(data.draw(st.tuples(*[st.integers(0, len(parcel))] * 2)))
            what = data.draw(st.sampled_from(("cut", "copy", "fill", "move")))
            if what == "cut":
                del parcel[a:b]
            elif what == "copy":
                parcel[b:b] = parcel[a:b]
            elif what == "fill":
                parcel[a:b] = bytes(b - a)
            else:
                parcel[:] = parcel[b:] + parcel[a:b] + parcel[:a]
        opener = Opener([BOB])
        found, error = drained(opener, bytes(parcel))
        assert found == frames[: len(found)]
        assert opener.whole == (error is None) == (bytes(parcel) == sound)


def drained(opener: Opener, data: bytes) -> tuple[list[bytes], HearthError | None]:
    """All that comes out of these bytes, and the refusal after it."""
    opener.feed(data)
    opener.end()
    found = []
    try:
        while (frame := opener.read()) is not None:
            found.append(frame)
    except REFUSALS as error:
        return found, error
    return found, None


def test_a_device_key_that_opens_nothing_costs_no_more_than_a_try_for_each_stanza() -> None:
    """Two keys and 1,024 stanzas: each is tried with each, and that is all."""
    publics = [keys(f"sealing {n}").public for n in range(1024)]
    parcel = seal([b"x"], ALICE, Devices(publics), TAG, EXPIRES)
    tried = 0

    class Counting(KeyPair):
        def shared(self, public: bytes) -> bytes:
            nonlocal tried
            tried += 1
            return super().shared(public)

    own = [Counting(pair.public, pair.secret) for pair in (MALLORY, BOB)]
    with pytest.raises(NotOursError):
        unseal(parcel, own)
    assert tried == 2 * 1024
