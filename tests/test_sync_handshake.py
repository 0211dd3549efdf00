"""The handshake: who may speak when, what is believed, and that nothing else is told."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st
from sync_kit import (
    COMMUNITY,
    INVITATION,
    Change,
    Device,
    converse,
    keys,
    local,
    pieces,
    seed,
    session,
    two,
    unchanged,
)

from hearth.store.event import LABEL as EVENT_LABEL
from hearth.sync import certificate as certificates, opening as openings
from hearth.sync.certificate import Certificate, TransportCertificateError
from hearth.sync.errors import MisuseError
from hearth.sync.handshake import (
    FINISH,
    MAX_INPUT,
    MAX_OPENING,
    REPLY,
    STEPS,
    Handshake,
    HandshakeError,
    Local,
    Reason,
    Role,
    State,
)
from hearth.sync.noise import XX, HandshakeState
from hearth.sync.opening import STRANGERS, Door

DOORS = [pytest.param(COMMUNITY, id="community"), pytest.param(INVITATION, id="invitation")]


def fails(reason: Reason, side: Handshake, data: bytes) -> HandshakeError:
    """`side` refuses `data` for `reason`, says nothing to the peer, and stays refused."""
    with pytest.raises(HandshakeError) as caught:
        side.receive(data)
    assert caught.value.reason is reason
    assert side.state is State.FAILED
    with pytest.raises(HandshakeError) as again:
        side.receive(b"")
    assert again.value is caught.value
    with pytest.raises(MisuseError):
        _ = side.established
    return caught.value


class TestBothSides:
    @pytest.mark.parametrize("door", DOORS)
    def test_each_learns_the_other(self, door: Door) -> None:
        here, there = session(door)
        assert (here.peer, there.peer) == (Device("bob").device, Device("alice").device)
        assert (here.role, there.role) == (Role.INITIATOR, Role.RESPONDER)
        assert here.handshake_hash == there.handshake_hash
        assert here.version == there.version == 1
        assert here.door == there.door == door
        assert there.receiving.decrypt(here.sending.encrypt(b"forth")) == b"forth"
        assert here.receiving.decrypt(there.sending.encrypt(b"back")) == b"back"

    def test_no_two_sessions_are_alike(self) -> None:
        assert session()[0].handshake_hash != session()[0].handshake_hash

    def test_what_follows_the_last_message_is_handed_on(self) -> None:
        here, there = two()
        there.receive(here.data_to_send())
        here.receive(there.data_to_send())
        there.receive(here.data_to_send() + b"the first frame")
        assert there.established.leftover == b"the first frame"
        with pytest.raises(MisuseError):
            there.receive(b"more")

    def test_a_responder_finds_the_door_among_many(self) -> None:
        doors = [Door(seed(f"door {number}")) for number in range(50)]
        here, there = two(doors[31], doors=doors)
        converse(here, there)
        assert there.established.door == doors[31]

    def test_strangers_may_knock_where_they_are_let_in(self) -> None:
        converse(*two(STRANGERS))
        here, there = two(STRANGERS, doors=[COMMUNITY])
        fails(Reason.NO_DOOR, there, here.data_to_send())

    @pytest.mark.parametrize("door", DOORS)
    @given(cuts=st.lists(st.integers(0, 700), max_size=12))
    @settings(max_examples=25, deadline=None)
    def test_any_cut_gives_the_same(self, door: Door, cuts: list[int]) -> None:
        here, there = two(door, fixed=True)
        sides = [here, there]
        while message := sides[0].data_to_send():
            for piece in pieces(message, cuts):
                sides[1].receive(piece)
            sides.reverse()
        whole, _ = two(door, fixed=True)
        assert here.established.handshake_hash == there.established.handshake_hash
        assert whole.data_to_send()[: 2 + 8] == b"\0" + bytes((len_of(door),)) + b"hearth\x01\x01"

    def test_byte_by_byte(self) -> None:
        here, there = two()
        sides = [here, there]
        while message := sides[0].data_to_send():
            for byte in message:
                sides[1].receive(bytes((byte,)))
            sides.reverse()
        assert here.done
        assert there.done


def len_of(door: Door) -> int:
    return 16 + 32 + (0 if door.psk is None else 16)


class TestLimits:
    def test_all_that_may_come_before_the_peer_is_known(self) -> None:
        """Summed over the table itself: nothing else is ever waited for."""
        for role in Role:
            most = sum(2 + step.longest for (whose, _), step in STEPS.items() if whose is role)
            assert most <= MAX_INPUT
        assert sum(2 + STEPS[Role.RESPONDER, s].longest for s in (State.OPENING, State.FINISH)) == (
            2308
        )

    def test_every_state_that_waits_has_exactly_one_step_and_all_lead_to_the_end(self) -> None:
        waiting = {State.OPENING, State.REPLY, State.FINISH}
        assert {state for _, state in STEPS} == waiting
        for (role, state), step in STEPS.items():
            seen = {state}
            while step.then is not State.DONE:
                assert step.then not in seen
                seen.add(step.then)
                step = STEPS[role, step.then]

    @pytest.mark.parametrize("length", [0, 1, openings.SHORTEST - 1, MAX_OPENING + 1, 65535])
    def test_lengths_of_openings_out_of_bounds(self, length: int) -> None:
        """Refused at the second byte, before anything is waited for."""
        fails(Reason.NOT_HEARTH, two()[1], length.to_bytes(2, "big"))

    @pytest.mark.parametrize("length", [openings.SHORTEST, MAX_OPENING])
    def test_lengths_of_openings_in_bounds(self, length: int) -> None:
        there = two()[1]
        there.receive(length.to_bytes(2, "big") + b"hear")
        assert there.state is State.OPENING

    @pytest.mark.parametrize("length", [0, 1, REPLY + 1, 65535])
    def test_lengths_of_replies(self, length: int) -> None:
        fails(Reason.NOT_HEARTH, two()[0], length.to_bytes(2, "big"))

    @pytest.mark.parametrize("length", [0, FINISH - 1, FINISH + 1, 65535])
    def test_lengths_of_the_finish(self, length: int) -> None:
        here, there = two()
        there.receive(here.data_to_send())
        fails(Reason.NOT_HEARTH, there, length.to_bytes(2, "big"))

    def test_an_opening_of_the_longest_kind_is_read(self) -> None:
        """Version 1 ignores the payload of the first message; later ones may use it."""
        there = two()[1]
        there.receive(opening_with(b"\1", rest=bytes(MAX_OPENING - openings.SHORTEST)))
        assert there.state is State.FINISH

    @pytest.mark.parametrize(
        "garbage",
        [
            b"GET / HTTP/1.1\r\nHost: hearth.local\r\n\r\n",
            bytes.fromhex("16030100c8010000c40303") + bytes(200),
            b"SSH-2.0-OpenSSH_9.2p1\r\n",
            b"\x00\x40" + b"hearts" + bytes(60),
            b"\x00\x40" + b"\0",
            b"\x00\x40" + b"hearth\x00" + bytes(57),
            b"\x00\x40" + b"hearth\x09" + bytes(range(1, 58)),
            b"\x00\x40" + b"hearth\x02\x01\x01" + bytes(55),
            b"\x00\x40" + b"hearth\x02\x02\x01" + bytes(55),
            b"\x00\x40" + b"hearth\x01\x00" + bytes(56),
            b"\x00\x40" + b"hearth\xff" + b"\1" * 57,
            b"\x00\x36" + b"hearth\x08" + bytes(range(1, 9)) + bytes(39),
        ],
    )
    def test_what_is_no_opening(self, garbage: bytes) -> None:
        there = two()[1]
        fails(Reason.NOT_HEARTH, there, garbage)
        assert there.data_to_send() == b""

    @pytest.mark.parametrize("count", [1, 8])
    def test_one_to_eight_versions_can_be_offered(self, count: int) -> None:
        there = two()[1]
        there.receive(opening_with(bytes(range(1, count + 1))))
        assert there.state is State.FINISH


def opening_with(versions: bytes, *, door: Door = COMMUNITY, rest: bytes = b"") -> bytes:
    ephemeral = keys("somebody").public
    body = b"hearth" + bytes((len(versions),)) + versions + door.hint(ephemeral) + ephemeral + rest
    return len(body).to_bytes(2, "big") + body


class TestVersions:
    def test_the_highest_common_one_is_spoken(self) -> None:
        here = Handshake.initiate(local("alice"), COMMUNITY, versions=(1, 2, 3))
        there = Handshake.respond(local("bob"), [COMMUNITY], versions=(1, 3, 4))
        converse(here, there)
        assert here.established.version == there.established.version == 3

    def test_a_downgrade_on_the_way_breaks_the_handshake(self) -> None:
        here = Handshake.initiate(local("alice"), COMMUNITY, versions=(1, 2))
        there = Handshake.respond(local("bob"), [COMMUNITY], versions=(1, 2))
        said = here.data_to_send()
        assert said[8:11] == b"\2\1\2"
        there.receive((len(said) - 3).to_bytes(2, "big") + said[2:8] + b"\1\1" + said[11:])
        fails(Reason.NOT_GENUINE, here, there.data_to_send())

    def test_a_version_changed_in_the_reply_is_not_signed_for(self) -> None:
        here = Handshake.initiate(local("alice"), COMMUNITY, versions=(1, 2))
        there = Handshake.respond(local("bob"), [COMMUNITY], versions=(1, 2))
        there.receive(here.data_to_send())
        reply = there.data_to_send()
        assert reply[2] == 2
        fails(Reason.SIGNATURE, here, reply[:2] + b"\1" + reply[3:])

    def test_a_version_that_was_not_offered(self) -> None:
        here, there = two()
        there.receive(here.data_to_send())
        reply = there.data_to_send()
        fails(Reason.NOT_HEARTH, here, reply[:2] + b"\2" + reply[3:])

    @pytest.mark.parametrize(
        ("ours", "theirs", "hint"),
        [
            ((1,), (2, 3), "the peer's hearth is the newer"),
            ((4,), (1,), "this hearth is the newer"),
        ],
    )
    def test_both_sides_learn_that_none_is_common(
        self, ours: tuple[int, ...], theirs: tuple[int, ...], hint: str
    ) -> None:
        here = Handshake.initiate(local("alice"), COMMUNITY, versions=ours)
        there = Handshake.respond(local("bob"), [COMMUNITY], versions=theirs)
        fails(Reason.VERSION, there, here.data_to_send())
        error = fails(Reason.VERSION, here, there.data_to_send())
        assert hint in error.hints[1]

    @pytest.mark.parametrize("refusal", ["0001", "000201", "0000", "00" + "010203040506070809"])
    def test_a_refusal_that_makes_no_sense(self, refusal: str) -> None:
        """Among them one that lists the very version that was offered."""
        said = bytes.fromhex(refusal)
        fails(Reason.NOT_HEARTH, two()[0], len(said).to_bytes(2, "big") + said)


class TestDoors:
    def test_a_stranger_is_told_nothing(self) -> None:
        here, there = two(Door(seed("another community")), doors=[COMMUNITY])
        fails(Reason.NO_DOOR, there, here.data_to_send())
        assert there.data_to_send() == b""

    def test_a_stranger_is_not_even_told_of_versions(self) -> None:
        there = Handshake.respond(local("bob"), [COMMUNITY], versions=(2,))
        fails(Reason.NO_DOOR, there, opening_with(b"\1", door=STRANGERS))
        assert there.data_to_send() == b""

    def test_hints_show_neither_the_door_nor_that_it_is_the_same(self) -> None:
        said = [two()[0].data_to_send() for _ in range(50)]
        assert len({message[10:18] for message in said}) == 50
        assert not any(COMMUNITY.key in message for message in said)

    def test_a_hint_moved_to_another_ephemeral_key_is_no_hint(self) -> None:
        here, there = two()
        said = here.data_to_send()
        fails(Reason.NO_DOOR, there, said[:18] + keys("mallory").public)

    def test_an_opening_repeated_by_an_eavesdropper_leads_nowhere(self) -> None:
        """It gets an answer, which only the holder of the ephemeral key can read."""
        here, there = two()
        said = here.data_to_send()
        there.receive(said)
        finish = finish_of(here, there.data_to_send())
        again = Handshake.respond(local("bob"), [COMMUNITY])
        again.receive(said)
        reply = again.data_to_send()
        for secret in (Device("bob").device, keys("static bob").public):
            assert secret not in reply
        fails(Reason.NOT_GENUINE, again, finish)

    @pytest.mark.parametrize("length", [0, 31, 33])
    def test_keys_of_other_lengths(self, length: int) -> None:
        with pytest.raises(MisuseError):
            Door(bytes(length))
        with pytest.raises(MisuseError):
            Door(bytes(32), bytes(length))


def flipping(number: int, place: int) -> Change:
    """Flip one bit of one byte of one message."""

    def change(index: int, said: bytes) -> bytes:
        if index != number:
            return said
        return said[:place] + bytes((said[place] ^ 1 << place % 8,)) + said[place + 1 :]

    return change


def finish_of(here: Handshake, reply: bytes) -> bytes:
    here.receive(reply)
    return here.data_to_send()


class TestOnTheWay:
    @pytest.mark.parametrize("door", DOORS)
    def test_no_flipped_bit_makes_a_session(self, door: Door) -> None:
        """One bit of every byte of every message: whoever hears it never gets to a session."""
        lengths = [len(message) for message in converse(*two(door, fixed=True))]
        assert lengths == [2 + len_of(door), 2 + REPLY, 2 + FINISH]
        for number, length in enumerate(lengths):
            for place in range(length):
                here, there = two(door, fixed=True)
                change = flipping(number, place)
                with contextlib.suppress(HandshakeError):
                    converse(here, there, change)
                assert not there.done, (number, place)
                assert here.done == (number == 2), (number, place)

    def test_whatever_is_wrong_with_the_last_message_looks_the_same(self) -> None:
        """Altered, wrong psk, wrong certificate, wrong signature: silence, and one type."""
        alice, mallory = local("alice"), Device("mallory")
        other_psk = Door(INVITATION.key, b"q" * 32)
        stolen = Local(mallory, alice.static, alice.certificate)
        mixed = Local(mallory, keys("static mallory"), alice.certificate)
        cases = [
            (alice, INVITATION, flipping(2, 2 + FINISH - 1), Reason.NOT_GENUINE),
            (alice, other_psk, unchanged, Reason.NOT_GENUINE),
            (mixed, INVITATION, unchanged, Reason.CERTIFICATE),
            (stolen, INVITATION, unchanged, Reason.SIGNATURE),
        ]
        for speaker, door, change, reason in cases:
            here = Handshake.initiate(speaker, door)
            there = Handshake.respond(local("bob"), [INVITATION])
            there.receive(here.data_to_send())
            finish = finish_of(here, there.data_to_send())
            error = fails(reason, there, change(2, finish))
            assert type(error) is HandshakeError
            assert there.data_to_send() == b""

    def test_reflected_messages(self) -> None:
        here, _ = two()
        fails(Reason.NOT_HEARTH, here, here.data_to_send())
        here, there = two()
        there.receive(here.data_to_send())
        fails(Reason.NOT_HEARTH, there, there.data_to_send())

    def test_a_reflected_finish(self) -> None:
        """Two sessions of one node, as initiator and as responder, do not fit each other."""
        here, there = two()
        there.receive(here.data_to_send())
        finish = finish_of(here, there.data_to_send())
        other = Handshake.respond(local("alice"), [COMMUNITY])
        other.receive(opening_with(b"\1"))
        fails(Reason.NOT_GENUINE, other, finish)

    @pytest.mark.parametrize("message", [1, 2])
    def test_messages_of_another_session(self, message: int) -> None:
        recorded = converse(*two())
        here, there = two()
        if message == 1:
            here.data_to_send()
            fails(Reason.NOT_GENUINE, here, recorded[1])
        else:
            there.receive(here.data_to_send())
            fails(Reason.NOT_GENUINE, there, recorded[2])

    def test_a_peer_that_hangs_up(self) -> None:
        for side in two():
            with pytest.raises(HandshakeError) as caught:
                side.receive_eof()
            assert caught.value.reason is Reason.CUT
        here, there = two()
        converse(here, there)
        with pytest.raises(MisuseError):
            here.receive_eof()

    def test_nothing_that_tells_who_speaks_is_readable(self) -> None:
        sent = b"".join(converse(*two()))
        for name in ("alice", "bob"):
            assert Device(name).device not in sent
            assert keys(f"static {name}").public not in sent
        assert COMMUNITY.key not in sent


class TestAnything:
    """Whatever bytes come, the only thing raised is HandshakeError, and nobody is believed."""

    @given(data=st.binary(max_size=400), valid=st.booleans(), role=st.sampled_from(Role))
    @settings(max_examples=300, deadline=None)
    def test_bytes(self, data: bytes, valid: bool, role: Role) -> None:
        here, there = two()
        if valid:  # as if the length were right
            data = len(data).to_bytes(2, "big") + data
        self.hear(here if role is Role.INITIATOR else there, data)

    @given(
        number=st.integers(0, 2), place=st.integers(0, 300), new=st.binary(max_size=40),
        gone=st.integers(0, 40),
    )  # fmt: skip
    @settings(max_examples=300, deadline=None)
    def test_messages_with_something_put_in_or_taken_out(
        self, number: int, place: int, new: bytes, gone: int
    ) -> None:
        here, there = two(fixed=True)
        sides = [here, there]
        for _ in range(number):
            sides[1].receive(sides[0].data_to_send())
            sides.reverse()
        said = sides[0].data_to_send()
        place %= len(said)
        changed = said[:place] + new + said[place + gone :]
        if not changed.startswith(said):
            self.hear(sides[1], changed)

    def hear(self, side: Handshake, data: bytes) -> None:
        with contextlib.suppress(HandshakeError):
            side.receive(data)
        assert not side.done


class Recorder(Device):
    """Remembers what it signed; or returns an old signature instead."""

    def __init__(self, name: str, old: bytes | None = None) -> None:
        super().__init__(name)
        self.made: list[tuple[bytes, bytes]] = []
        self.old = old

    def sign(self, message: bytes) -> bytes:
        signature = self.old or super().sign(message)
        self.made.append((message, signature))
        return signature


class TestPeers:
    def meet(self, alice: Local, bob: Local, **options: Any) -> tuple[Handshake, Handshake]:
        return (
            Handshake.initiate(alice, COMMUNITY, **options),
            Handshake.respond(bob, [COMMUNITY]),
        )

    def test_the_right_static_key_with_the_certificate_of_another(self) -> None:
        """Both keys of the certificate must be the ones at hand: no mixing of two nodes' keys."""
        thief = Local(Device("alice"), keys("static mallory"), local("alice").certificate)
        here, there = self.meet(thief, local("bob"))
        there.receive(here.data_to_send())
        fails(Reason.CERTIFICATE, there, finish_of(here, there.data_to_send()))

    def test_a_stolen_transport_key_without_the_device_key(self) -> None:
        alice = local("alice")
        thief = Local(Device("mallory"), alice.static, alice.certificate)
        here, there = self.meet(thief, local("bob"))
        there.receive(here.data_to_send())
        fails(Reason.SIGNATURE, there, finish_of(here, there.data_to_send()))
        here, there = self.meet(local("bob"), thief)
        there.receive(here.data_to_send())
        fails(Reason.SIGNATURE, here, there.data_to_send())

    def test_a_certificate_that_another_device_signed(self) -> None:
        static = keys("static mallory")
        forged = certificates.certify(Device("mallory"), static.public)
        wrong = Certificate(Device("alice").device, static.public, forged.signature)
        here, there = self.meet(Local(Device("alice"), static, wrong), local("bob"))
        there.receive(here.data_to_send())
        fails(Reason.CERTIFICATE, there, finish_of(here, there.data_to_send()))

    def test_what_the_initiator_signs_is_nothing_a_responder_can_use(self) -> None:
        """A responder that passes on a proof of role 0 is refused, though all else is right."""
        bob = local("bob")
        here = Handshake.initiate(local("alice"), COMMUNITY)
        said = here.data_to_send()
        opening = openings.parse(said[2:])
        assert opening is not None
        noise = HandshakeState(XX, initiator=False, static=bob.static, prologue=opening.prologue)
        noise.read_message(opening.message)
        noise.write_tokens()
        label = b"hearth/transport-handshake/1\0"
        signature = Device("bob").sign(label + b"\0\1" + noise.transcript)
        reply = b"\1" + noise.write_payload(bob.certificate.encode() + signature)
        fails(Reason.SIGNATURE, here, len(reply).to_bytes(2, "big") + reply)

    def test_a_signature_made_in_another_session(self) -> None:
        """A thief with the transport key, and a proof recorded while the device still spoke."""
        recorder = Recorder("alice")
        alice = Local(recorder, keys("static alice"), local("alice").certificate)
        here, there = self.meet(alice, local("bob"))
        converse(here, there)
        (recorded,) = recorder.made
        thief = Local(Recorder("alice", recorded[1]), alice.static, alice.certificate)
        here, there = self.meet(thief, local("bob"))
        there.receive(here.data_to_send())
        fails(Reason.SIGNATURE, there, finish_of(here, there.data_to_send()))

    def test_what_exactly_is_signed(self) -> None:
        """Label, role, version, and 64 bytes that are others in every message and session."""
        label = b"hearth/transport-handshake/1\0"
        transcripts = set()
        for _ in range(2):
            signers = [Recorder("alice"), Recorder("bob")]
            sides = [
                Local(signer, keys(f"static {name}"), local(name).certificate)
                for signer, name in zip(signers, ("alice", "bob"), strict=True)
            ]
            converse(*self.meet(sides[0], sides[1]))
            for role, signer in zip(Role, signers, strict=True):
                ((message, _),) = signer.made
                assert message[: len(label) + 2] == label + bytes((role, 1))
                assert len(message) == len(label) + 2 + 64
                transcripts.add(message[-64:])
        assert len(transcripts) == 4

    def test_oneself_or_a_copy_of_oneself(self) -> None:
        here, there = self.meet(local("alice"), local("alice"))
        there.receive(here.data_to_send())
        fails(Reason.SAME_DEVICE, here, there.data_to_send())
        assert here.data_to_send() == b""

    def test_an_initiator_tells_only_whom_it_wants_who_it_is(self) -> None:
        wanted = {Device("carol").device}
        here, there = self.meet(local("alice"), local("bob"), accept=wanted.__contains__)
        there.receive(here.data_to_send())
        error = fails(Reason.OTHER_PEER, here, there.data_to_send())
        assert Device("bob").device.hex() in error.hints[0]
        assert here.data_to_send() == b""

    def test_a_responder_can_choose_too(self) -> None:
        here = Handshake.initiate(local("alice"), COMMUNITY)
        there = Handshake.respond(local("bob"), [COMMUNITY], accept=lambda device: False)
        there.receive(here.data_to_send())
        fails(Reason.OTHER_PEER, there, finish_of(here, there.data_to_send()))


class TestCertificate:
    def test_round_trip(self) -> None:
        made = certificates.certify(Device("alice"), keys("static alice").public)
        assert certificates.decode(made.encode()) == made
        assert len(made.encode()) == certificates.LENGTH

    @pytest.mark.parametrize("length", [0, 127, 129])
    def test_other_lengths(self, length: int) -> None:
        data = local("alice").certificate.encode() + b"!"
        with pytest.raises(TransportCertificateError):
            certificates.decode(data[:length])

    def test_every_bit_counts(self) -> None:
        data = local("alice").certificate.encode()
        for bit in range(len(data) * 8):
            flipped = bytearray(data)
            flipped[bit // 8] ^= 1 << bit % 8
            with pytest.raises(TransportCertificateError):
                certificates.decode(bytes(flipped))

    def test_signatures_made_for_other_purposes(self) -> None:
        device, static = Device("alice"), keys("static alice").public
        for label in (
            b"",
            EVENT_LABEL,
            b"hearth/device-certificate/1\0",
            b"hearth/transport-handshake/1\0",
            b"hearth/transport-certificate/1",
        ):
            signature = device.sign(label + device.device + static)
            with pytest.raises(TransportCertificateError):
                certificates.decode(device.device + static + signature)

    @pytest.mark.parametrize("point", ["00" * 32, "01" + "00" * 31, "ec" + "ff" * 30 + "7f"])
    def test_devices_of_low_order(self, point: str) -> None:
        with pytest.raises(TransportCertificateError, match="is not a device's key"):
            certificates.decode(bytes.fromhex(point) + bytes(96))


def test_nothing_secret_is_shown() -> None:
    here, there = two(INVITATION)
    shown = [repr(side) for side in (here, there)]
    converse(here, there)
    shown += [repr(here), repr(here.established), repr(local("alice")), repr(INVITATION)]
    secrets = [keys("static alice").secret, b"p" * 32]
    for text in shown:
        for secret in secrets:
            assert repr(secret)[2:-1] not in text
            assert secret.hex() not in text
