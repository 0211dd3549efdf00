"""Noise: the published vectors, a second implementation, and what must not happen."""

from __future__ import annotations

import json
import os
import random
from pathlib import Path
from typing import Any

import pytest

from hearth.sync.cipher import (
    MAX_NONCE,
    BadPointError,
    CipherState,
    KeyPair,
    MessageLengthError,
    NoiseError,
    NonceError,
    NotGenuineError,
    SymmetricState,
    hkdf,
)
from hearth.sync.errors import MisuseError
from hearth.sync.noise import SUITE, XX, XX_PSK3, HandshakeState, Pattern, X

PATTERNS = {
    "N": "<- s\n...\n-> e, es",
    "K": "-> s\n<- s\n...\n-> e, es, ss",
    "X": "<- s\n...\n-> e, es, s, ss",
    "NN": "-> e\n<- e, ee",
    "KK": "-> s\n<- s\n...\n-> e, es, ss\n<- e, ee, se",
    "XK": "<- s\n...\n-> e, es\n<- e, ee\n-> s, se",
    "IK": "<- s\n...\n-> e, es, s, ss\n<- e, ee, se",
    "XX": "-> e\n<- e, ee, s, es\n-> s, se",
}
LOW_ORDER = [
    bytes(32),
    b"\1" + bytes(31),
    bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
    bytes.fromhex("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157"),
    bytes.fromhex("ec" + "ff" * 30 + "7f"),
    bytes.fromhex("ed" + "ff" * 30 + "7f"),
    bytes.fromhex("ee" + "ff" * 30 + "7f"),
]


def pattern(name: str) -> Pattern:
    return Pattern.parse(name, PATTERNS[name.partition("psk")[0]])


def load_vectors(test_data: Path) -> list[dict[str, Any]]:
    file = test_data / "vectors" / "noise_hearth_subset.json"
    vectors: list[dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))["vectors"]
    return vectors


def side(vector: dict[str, Any], which: str) -> HandshakeState:
    """One side of a vector; keys beyond what the pattern needs are given all the same."""

    def key(name: str) -> KeyPair | None:
        found = vector.get(f"{which}_{name}")
        return KeyPair.from_secret(bytes.fromhex(found)) if found else None

    chosen = pattern(vector["protocol_name"].split("_")[1])
    known = bool(chosen.before) and vector.get(f"{which}_remote_static")
    return HandshakeState(
        chosen,
        initiator=which == "init",
        prologue=bytes.fromhex(vector[f"{which}_prologue"]),
        static=key("static"),
        ephemeral=key("ephemeral"),
        remote_static=bytes.fromhex(known) if known else None,
        psks=[bytes.fromhex(psk) for psk in vector.get(f"{which}_psks", [])],
    )


def run_vector(vector: dict[str, Any]) -> None:
    here, there = side(vector, "init"), side(vector, "resp")
    messages = [
        (bytes.fromhex(m["payload"]), bytes.fromhex(m["ciphertext"])) for m in vector["messages"]
    ]
    one_way = len(pattern(vector["protocol_name"].split("_")[1]).messages) == 1
    sender, receiver = here, there
    while not here.finished:
        payload, ciphertext = messages.pop(0)
        assert sender.write_message(payload) == ciphertext
        assert receiver.read_message(ciphertext) == payload
        assert sender.transcript == receiver.transcript
        sender, receiver = receiver, sender
    assert there.finished
    assert here.handshake_hash == there.handshake_hash
    if "handshake_hash" in vector:
        assert here.handshake_hash.hex() == vector["handshake_hash"]
    forth, back = here.split()
    back_there, forth_there = there.split()
    ways = [(forth, forth_there), (back_there, back)]
    turn = 0 if one_way or sender is here else 1
    for payload, ciphertext in messages:
        sending, receiving = ways[turn]
        assert sending.encrypt(payload) == ciphertext
        assert receiving.decrypt(ciphertext) == payload
        turn = turn if one_way else 1 - turn


def test_every_published_vector(test_data: Path) -> None:
    vectors = load_vectors(test_data)
    assert len(vectors) == 35
    for vector in vectors:
        run_vector(vector)


def test_a_vector_with_one_bit_changed_fails(test_data: Path) -> None:
    """The runner itself can fail."""
    for vector in load_vectors(test_data):
        last = vector["messages"][-1]
        last["ciphertext"] = f"{int(last['ciphertext'], 16) ^ 1:0{len(last['ciphertext'])}x}"
        with pytest.raises(AssertionError):
            run_vector(vector)


def pair(chosen: Pattern, **both: Any) -> tuple[HandshakeState, HandshakeState]:
    a, b = KeyPair.generate(), KeyPair.generate()
    return (
        HandshakeState(chosen, initiator=True, static=a, **both),
        HandshakeState(chosen, initiator=False, static=b, **both),
    )


def finish(here: HandshakeState, there: HandshakeState) -> None:
    sender, receiver = here, there
    while not sender.finished:
        receiver.read_message(sender.write_message(b"payload"))
        sender, receiver = receiver, sender


class TestSecondImplementation:
    """Against `noiseprotocol`, which shares no line and no library with ours."""

    def other(
        self, name: str, initiator: bool, keys: dict[str, bytes], psk: bytes, prologue: bytes
    ) -> Any:
        connection = pytest.importorskip("noise.connection")
        made = connection.NoiseConnection.from_name(f"Noise_{name}_{SUITE}".encode())
        made.set_as_initiator() if initiator else made.set_as_responder()
        made.set_prologue(prologue)
        if "psk" in name:
            made.set_psks(psk)
        kind = connection.Keypair
        for key, value in keys.items():
            if key == "static":
                made.set_keypair_from_private_bytes(kind.STATIC, value)
            else:
                made.set_keypair_from_public_bytes(kind.REMOTE_STATIC, value)
        made.start_handshake()
        return made

    @pytest.mark.parametrize("name", ["XX", "XXpsk3", "X", "IK", "KK", "XK", "NN"])
    @pytest.mark.parametrize("we_begin", [True, False])
    def test_random_sessions_agree(self, name: str, we_begin: bool) -> None:
        rng = random.Random(f"{name}{we_begin}")
        chosen = pattern(name)
        for _ in range(5):
            ours, theirs = (KeyPair.from_secret(rng.randbytes(32)) for _ in range(2))
            psk, prologue = rng.randbytes(32), rng.randbytes(rng.choice((0, 1, 127, 128, 300)))
            known = {by_initiator for by_initiator, _ in chosen.before}
            other_keys = {"static": theirs.secret}
            if we_begin in known:
                other_keys["remote"] = ours.public
            other = self.other(name, not we_begin, other_keys, psk, prologue)
            own = HandshakeState(
                chosen,
                initiator=we_begin,
                static=ours,
                remote_static=theirs.public if (not we_begin) in known else None,
                psks=[psk] * chosen.psks,
                prologue=prologue,
            )
            for by_initiator, _ in chosen.messages:
                payload = rng.randbytes(rng.choice((0, 1, 16, 1000)))
                if by_initiator == we_begin:
                    assert bytes(other.read_message(own.write_message(payload))) == payload
                else:
                    assert own.read_message(bytes(other.write_message(payload))) == payload
            assert own.handshake_hash == other.get_handshake_hash()
            self.talk(rng, own, other, one_way=len(chosen.messages) == 1, we_begin=we_begin)

    def talk(
        self, rng: random.Random, own: HandshakeState, other: Any, one_way: bool, we_begin: bool
    ) -> None:
        sending, receiving = own.split()
        for number in range(6):
            payload = rng.randbytes(rng.choice((0, 1, 1000, 65519)))
            if not one_way or we_begin:
                assert bytes(other.decrypt(sending.encrypt(payload))) == payload
            if not one_way or not we_begin:
                assert receiving.decrypt(bytes(other.encrypt(payload))) == payload
            if number == 3 and not one_way:
                sending.rekey()
                other.rekey_inbound_cipher()
                receiving.rekey()
                other.rekey_outbound_cipher()


class TestKeys:
    @pytest.mark.parametrize("public", LOW_ORDER, ids=lambda point: point.hex()[:8])
    @pytest.mark.parametrize("high_bit", [0, 0x80])
    def test_low_order_points_are_refused(self, public: bytes, high_bit: int) -> None:
        public = public[:31] + bytes((public[31] | high_bit,))
        with pytest.raises(BadPointError):
            KeyPair.generate().shared(public)

    @pytest.mark.parametrize("public", LOW_ORDER, ids=lambda point: point.hex()[:8])
    def test_a_handshake_with_a_low_order_ephemeral_ends(self, public: bytes) -> None:
        _, there = pair(XX)
        there.read_message(public)
        with pytest.raises(BadPointError):
            there.write_message()
        with pytest.raises(MisuseError):
            there.write_message()

    @pytest.mark.parametrize("public", LOW_ORDER, ids=lambda point: point.hex()[:8])
    def test_nobody_seals_to_a_low_order_key(self, public: bytes) -> None:
        sealing = HandshakeState(X, initiator=True, static=KeyPair.generate(), remote_static=public)
        with pytest.raises(BadPointError):
            sealing.write_message(b"for somebody")

    def test_x25519_as_wycheproof_has_it(self, test_data: Path) -> None:
        file = test_data / "vectors" / "wycheproof_x25519_test.json"
        tests = [
            test
            for group in json.loads(file.read_text(encoding="utf-8"))["testGroups"]
            for test in group["tests"]
        ]
        assert len(tests) == 518
        for test in tests:
            own = KeyPair.from_secret(bytes.fromhex(test["private"]))
            public = bytes.fromhex(test["public"])
            if not any(bytes.fromhex(test["shared"])):
                with pytest.raises(BadPointError):
                    own.shared(public)
            else:
                assert own.shared(public).hex() == test["shared"], test["tcId"]

    @pytest.mark.parametrize("length", [0, 31, 33, 64])
    def test_keys_of_other_lengths_are_the_callers_mistake(self, length: int) -> None:
        for wrong in (KeyPair.generate().shared, KeyPair.from_secret, CipherState):
            with pytest.raises(MisuseError):
                wrong(bytes(length))
        with pytest.raises(MisuseError):
            HandshakeState(XX_PSK3, initiator=True, psks=[bytes(length)])

    def test_hkdf_outputs_are_prefixes_of_each_other(self) -> None:
        two, three = hkdf(bytes(64), b"x", 2), hkdf(bytes(64), b"x", 3)
        assert three[:2] == two
        assert len(set(three)) == 3


class TestCipherState:
    def test_the_last_nonce_but_one_is_the_last(self) -> None:
        sending, receiving = CipherState(bytes(32)), CipherState(bytes(32))
        sending.nonce = receiving.nonce = MAX_NONCE - 1
        last = sending.encrypt(b"last")
        assert receiving.decrypt(last) == b"last"
        for _ in range(2):
            with pytest.raises(NonceError):
                sending.encrypt(b"one more")
            with pytest.raises(NonceError):
                receiving.decrypt(last)

    def test_rekey_at_the_limit_does_not_start_the_counter_again(self) -> None:
        cipher = CipherState(bytes(32))
        cipher.nonce = MAX_NONCE
        cipher.rekey()
        with pytest.raises(NonceError):
            cipher.encrypt(b"")

    @pytest.mark.parametrize("length", range(17))
    def test_ciphertexts_around_the_length_of_a_tag(self, length: int) -> None:
        with pytest.raises(NotGenuineError):
            CipherState(bytes(32)).decrypt(bytes(length))

    def test_every_bit_counts_and_a_failure_leaves_the_counter(self) -> None:
        sending, receiving = CipherState(bytes(32)), CipherState(bytes(32))
        sealed = sending.encrypt(b"text", b"associated")
        for bit in range(len(sealed) * 8):
            flipped = bytearray(sealed)
            flipped[bit // 8] ^= 1 << bit % 8
            with pytest.raises(NotGenuineError):
                receiving.decrypt(bytes(flipped), b"associated")
        with pytest.raises(NotGenuineError):
            receiving.decrypt(sealed, b"associates")
        assert receiving.decrypt(sealed, b"associated") == b"text"
        with pytest.raises(NotGenuineError):
            receiving.decrypt(sealed, b"associated")

    def test_rekey_changes_the_key_and_needs_one(self) -> None:
        one, other = CipherState(bytes(32)), CipherState(bytes(32))
        one.rekey()
        assert one.encrypt(b"x") != other.encrypt(b"x")
        with pytest.raises(MisuseError):
            CipherState().rekey()


class TestHandshakeState:
    def test_messages_of_every_length_up_to_the_limit(self) -> None:
        here, there = pair(XX)
        payload = os.urandom(65535 - 32)
        assert there.read_message(here.write_message(payload)) == payload
        there, here = pair(XX)
        with pytest.raises(MessageLengthError):
            there.write_message(payload + b"!")
        with pytest.raises(MessageLengthError):
            here.read_message(bytes(65536))

    @pytest.mark.parametrize("chosen", [XX, XX_PSK3])
    def test_every_truncation_and_every_flip_ends_the_handshake(self, chosen: Pattern) -> None:
        """What neither side may do is finish; flips in message 1 show when message 2 is read."""
        keys = [KeyPair.from_secret(bytes((number,)) * 32) for number in range(1, 5)]
        psks = [b"p" * 32] * chosen.psks

        def attempt(message: int, change: Any) -> None:
            here = HandshakeState(
                chosen, initiator=True, static=keys[0], ephemeral=keys[1], psks=psks
            )
            there = HandshakeState(
                chosen, initiator=False, static=keys[2], ephemeral=keys[3], psks=psks
            )
            sides = [here, there, here, there]
            for number in range(3):
                said = sides[number].write_message(b"payload")
                sides[number + 1].read_message(change(said) if number == message else said)

        attempt(9, None)
        for message, length in ((0, 39 + 16 * chosen.psks), (1, 103), (2, 71)):
            for place in range(length):
                with pytest.raises(NoiseError):
                    attempt(message, lambda said, at=place: said[:at])
                with pytest.raises(NoiseError):
                    attempt(
                        message,
                        lambda said, at=place: said[:at] + bytes((said[at] ^ 1,)) + said[at + 1 :],
                    )

    def test_different_prologues_part_at_the_second_message(self) -> None:
        here = HandshakeState(XX, initiator=True, static=KeyPair.generate(), prologue=b"\1\2")
        there = HandshakeState(XX, initiator=False, static=KeyPair.generate(), prologue=b"\1")
        there.read_message(here.write_message())
        with pytest.raises(NotGenuineError):
            here.read_message(there.write_message())

    def test_a_wrong_pre_shared_key_fails_at_the_third_message(self) -> None:
        here = HandshakeState(XX_PSK3, initiator=True, static=KeyPair.generate(), psks=[b"a" * 32])
        there = HandshakeState(
            XX_PSK3, initiator=False, static=KeyPair.generate(), psks=[b"b" * 32]
        )
        there.read_message(here.write_message())
        here.read_message(there.write_message())
        with pytest.raises(NotGenuineError):
            there.read_message(here.write_message())

    def test_reflected_messages_open_nothing(self) -> None:
        here, there = pair(XX)
        first = here.write_message()
        with pytest.raises(NoiseError):
            here.read_message(first)
        here, there = pair(XX)
        there.read_message(here.write_message())
        second = there.write_message()
        with pytest.raises(NoiseError):
            there.read_message(second)

    def test_calls_out_of_turn_are_the_callers_mistake(self) -> None:
        here, there = pair(XX)
        for wrong in (
            lambda: here.read_message(bytes(32)),
            there.write_message,
            there.write_tokens,
            lambda: here.write_payload(b""),
            here.split,
            lambda: here.handshake_hash,
        ):
            with pytest.raises(MisuseError):
                wrong()
        finish(here, there)
        with pytest.raises(MisuseError):
            here.write_message()

    def test_missing_keys_are_the_callers_mistake(self) -> None:
        with pytest.raises(MisuseError):
            HandshakeState(X, initiator=True, static=KeyPair.generate())
        with pytest.raises(MisuseError):
            HandshakeState(XX_PSK3, initiator=True, static=KeyPair.generate())
        here = HandshakeState(XX, initiator=True)
        there = HandshakeState(XX, initiator=False, static=KeyPair.generate())
        there.read_message(here.write_message())
        here.read_message(there.write_message())
        with pytest.raises(MisuseError):
            here.write_message()

    def test_sealing_to_somebody_who_is_not_there(self) -> None:
        sender, reader = KeyPair.generate(), KeyPair.generate()
        sealing = HandshakeState(X, initiator=True, static=sender, remote_static=reader.public)
        opening = HandshakeState(X, initiator=False, static=reader)
        assert opening.read_message(sealing.write_message(b"sealed")) == b"sealed"
        assert opening.remote_static == sender.public

    @pytest.mark.parametrize("text", ["-> q", "-> e, eee", "<- e\n...\n-> e"])
    def test_what_is_no_pattern(self, text: str) -> None:
        with pytest.raises(ValueError, match="pattern"):
            Pattern.parse("Q", text)


def test_nothing_secret_is_shown() -> None:
    here, there = pair(XX_PSK3, psks=[b"p" * 32])
    finish(here, there)
    keys = KeyPair.from_secret(b"s" * 32)
    sending, _ = here.split()
    shown = [repr(thing) for thing in (here, there, keys, sending, SymmetricState(b"name"))]
    shown.append(str(CipherState(b"k" * 32)))
    for text in shown:
        assert "b'" not in text.replace(repr(keys.public), "")
        for secret in (b"s" * 32, b"p" * 32, b"k" * 32):
            assert secret.decode() not in text
            assert secret.hex() not in text
