"""How two nodes learn whom they talk to, before either believes a word.

    initiator                                    responder
    opening   head, e                        ->
                                             <-  reply    version, e, s, proof
    finish    s, proof                       ->

Noise XX carries it, XXpsk3 at a door with a pre-shared key; every message is preceded by its
length in two bytes. What hearth adds to Noise:

* the **head** (`hearth.sync.opening`) lists the versions spoken and names the door knocked at. It
  is the prologue, so a list that was changed on the way breaks the handshake; no algorithm is
  ever negotiated, a version fixes them all. A responder answers nobody who does not know a door
  of its, so who it is stays hidden from strangers who probe it;
* the **proof** is the certificate of the static key, and the device's signature over role,
  version and everything said so far. A stolen transport key alone opens nothing, and what the
  initiator signs can never stand for what the responder signs.

The machine is the table `STEPS`. In each state exactly one message may come, its length bounded
before it is waited for; so all that a node can be sent before it knows its peer is `MAX_INPUT`
bytes. Nothing is answered to what is wrong, whatever it is; the one exception, the list of
versions, goes only to those who knew the door. The reason stays on this side, in
`HandshakeError.reason`, and every failure is final.

Sans-IO: bytes in (`receive`), bytes out (`data_to_send`), the same whatever pieces they come in.
Time limits are the driver's business. The layout to the byte is in docs/sync.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum, IntEnum, StrEnum
from typing import Final, NamedTuple

from hearth.store.event import SIGNATURE_SIZE, Signer, verifies
from hearth.sync import certificate as certificates, opening as openings
from hearth.sync.certificate import Certificate, TransportCertificateError
from hearth.sync.cipher import KEY, TAG, CipherState, KeyPair, NoiseError
from hearth.sync.errors import MisuseError, TransportError
from hearth.sync.noise import XX, XX_PSK3, HandshakeState
from hearth.sync.opening import MAGIC, Door, Opening, spoken

VERSIONS: Final = (1,)
"""The versions of the transport that this program speaks, ascending."""
PROOF: Final = certificates.LENGTH + SIGNATURE_SIZE
MAX_OPENING: Final = 2048
"""Far more than version 1 needs, so that a later version can speak in the same breath."""
REPLY: Final = 1 + KEY + (KEY + TAG) + (PROOF + TAG)
FINISH: Final = (KEY + TAG) + (PROOF + TAG)
MAX_INPUT: Final = 4096
"""The bound promised; what `STEPS` allows is 2,308 bytes."""
_PROOF_LABEL: Final = b"hearth/transport-handshake/1\0"
_REFUSED: Final = 0


class Role(IntEnum):
    """Which side of a handshake; the number is signed."""

    INITIATOR = 0
    RESPONDER = 1


class State(Enum):
    """What a side waits for."""

    OPENING = "opening"
    REPLY = "reply"
    FINISH = "finish"
    DONE = "done"
    FAILED = "failed"


class Reason(StrEnum):
    """Why a handshake failed: for this side's eyes, never told to the peer."""

    NOT_HEARTH = "what came is not a message of hearth's handshake"
    NO_DOOR = "the peer knocked at no door of ours"
    VERSION = "the two sides speak no common version of the transport"
    NOT_GENUINE = "a message was altered, replayed, or made with other keys"
    CERTIFICATE = "the certificate of the peer's transport key does not hold"
    SIGNATURE = "the peer did not sign this handshake"
    SAME_DEVICE = "the peer is this very device, or a copy of it"
    OTHER_PEER = "the peer is not a device that was wanted"
    CUT = "the peer hung up during the handshake"
    SLOW = "the handshake took too long"
    GAVE_WAY = "the handshake gave way to newer ones"


class HandshakeError(TransportError, code="handshake-failed"):
    """No session. `reason` says why, to this side; the peer is told nothing (exit 14)."""

    def __init__(self, reason: Reason, *hints: str) -> None:
        super().__init__(reason.value, *hints)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Local:
    """This node, as it shows itself: its device, and the transport key the device vouches for."""

    signer: Signer = field(repr=False)
    static: KeyPair
    certificate: Certificate

    @classmethod
    def certified(cls, signer: Signer, static: KeyPair) -> Local:
        """With a certificate made on the spot (one signature)."""
        return cls(signer, static, certificates.certify(signer, static.public))


@dataclass(frozen=True, slots=True)
class Established:
    """What a finished handshake leaves: a peer known by its device id, and keys for two ways.

    `handshake_hash` is the same 64 bytes on both sides and in no other session, for whatever must
    be bound to this one. `leftover` is what came after the last message: the peer's first frames.
    The cipher states are for one owner; used by two they would repeat nonces.
    """

    role: Role
    version: int
    door: Door
    peer: bytes
    handshake_hash: bytes
    sending: CipherState
    receiving: CipherState
    leftover: bytes


def anybody(device: bytes) -> bool:
    """Accept every device; whether it is a member is asked later."""
    return True


class Handshake:
    """One side of one handshake. Made by `initiate` or `respond`."""

    def __init__(
        self,
        role: Role,
        local: Local,
        doors: Iterable[Door],
        accept: Callable[[bytes], bool],
        versions: Sequence[int],
        ephemeral: KeyPair | None,
    ) -> None:
        self.role = role
        self.state = State.OPENING if role is Role.RESPONDER else State.REPLY
        self._local = local
        self._doors = tuple(doors)
        self._accept = accept
        self._versions = tuple(versions)
        self._ephemeral = ephemeral
        self._buffer = bytearray()
        self._out = bytearray()
        self._version = 0
        self._entered: tuple[Door, HandshakeState] | None = None
        self._peer = b""
        self._established: Established | None = None
        self._error: HandshakeError | None = None

    @classmethod
    def initiate(
        cls,
        local: Local,
        door: Door,
        *,
        accept: Callable[[bytes], bool] = anybody,
        versions: Sequence[int] = VERSIONS,
        ephemeral: KeyPair | None = None,
    ) -> Handshake:
        """Knock at `door`; the opening is ready in `data_to_send`.

        `accept` judges the responder's device id before this side says who it is itself.
        `ephemeral` is for vectors; an ephemeral key is never used twice.
        """
        ephemeral = ephemeral or KeyPair.generate()
        self = cls(Role.INITIATOR, local, (door,), accept, versions, ephemeral)
        opening = Opening(self._versions, door.hint(ephemeral.public), ephemeral.public)
        noise = self._enter(door, opening)
        self._say(opening.head + noise.write_message())
        return self

    @classmethod
    def respond(
        cls,
        local: Local,
        doors: Iterable[Door],
        *,
        accept: Callable[[bytes], bool] = anybody,
        versions: Sequence[int] = VERSIONS,
        ephemeral: KeyPair | None = None,
    ) -> Handshake:
        """Wait for a knock at one of `doors`; each door costs one hash per knock."""
        return cls(Role.RESPONDER, local, doors, accept, versions, ephemeral)

    def __repr__(self) -> str:
        return f"Handshake({self.role.name.lower()}, {self.state.value})"

    @property
    def done(self) -> bool:
        """Whether the peer is known."""
        return self.state is State.DONE

    @property
    def established(self) -> Established:
        """The session; MisuseError before `done`."""
        if self._established is None:
            raise MisuseError("the handshake is not done")
        return self._established

    def data_to_send(self) -> bytes:
        """What must be sent now, once; also after a failure, before hanging up."""
        data = bytes(self._out)
        self._out.clear()
        return data

    def receive(self, data: bytes) -> None:
        """Take what came, cut anywhere. Raises HandshakeError: then, and ever after."""
        self._check_usable()
        self._buffer += data
        try:
            while self.state is not State.DONE:
                step = STEPS[self.role, self.state]
                message = self._next_message(step)
                if message is None:
                    return
                step.read(self, message)
                self.state = step.then
        except NoiseError:
            raise self._fail(Reason.NOT_GENUINE) from None
        except HandshakeError as error:
            raise self._fail(error.reason, *error.hints) from None
        self._establish()

    def receive_eof(self) -> None:
        """The peer hung up: raises HandshakeError."""
        self._check_usable()
        hint = "a hearth hangs up on whom it does not know: are both in the same community?"
        raise self._fail(Reason.CUT, hint)

    def _check_usable(self) -> None:
        if self._error is not None:
            raise self._error
        if self.state is State.DONE:
            raise MisuseError("the handshake is done: what comes now belongs to the session")

    def _fail(self, reason: Reason, *hints: str) -> HandshakeError:
        self.state = State.FAILED
        self._error = HandshakeError(reason, *hints)
        self._entered = None
        self._buffer.clear()
        return self._error

    def _next_message(self, step: Step) -> bytes | None:
        """The one message that may come now; None until it is whole."""
        if len(self._buffer) < 2:
            return None
        length = int.from_bytes(self._buffer[:2], "big")
        message = bytes(self._buffer[2 : 2 + length])
        begun = message[: len(step.begins)]
        if not step.shortest <= length <= step.longest or not step.begins.startswith(begun):
            raise HandshakeError(Reason.NOT_HEARTH)
        if len(message) < length:
            return None
        del self._buffer[: 2 + length]
        return message

    def _read_opening(self, message: bytes) -> None:
        opening = openings.parse(message)
        if opening is None:
            raise HandshakeError(Reason.NOT_HEARTH)
        door = next((door for door in self._doors if door.is_meant(opening)), None)
        if door is None:
            raise HandshakeError(Reason.NO_DOOR)
        common = set(opening.versions) & set(self._versions)
        if not common:
            self._say(bytes((_REFUSED, *self._versions)))
            raise self._no_common_version(opening.versions)
        self._version = max(common)
        noise = self._enter(door, opening)
        noise.read_message(opening.message)  # its payload is room for later versions
        self._say(bytes((self._version,)) + self._prove(noise))

    def _read_reply(self, message: bytes) -> None:
        self._version, noise = message[0], self._inside()[1]
        if self._version == _REFUSED:
            theirs = openings.parse_versions(message[1:])
            if theirs is None or set(theirs) & set(self._versions):
                raise HandshakeError(Reason.NOT_HEARTH)
            raise self._no_common_version(theirs)
        if self._version not in self._versions or len(message) != REPLY:
            raise HandshakeError(Reason.NOT_HEARTH)
        self._learn(noise, noise.read_message(message[1:]))
        self._say(self._prove(noise))

    def _read_finish(self, message: bytes) -> None:
        noise = self._inside()[1]
        self._learn(noise, noise.read_message(message))

    def _no_common_version(self, theirs: Sequence[int]) -> HandshakeError:
        newer = "the peer's" if max(self._versions) < max(theirs) else "this"
        return HandshakeError(
            Reason.VERSION,
            f"the peer speaks {spoken(theirs)}, this hearth {spoken(self._versions)}",
            f"{newer} hearth is the newer one: update the other",
        )

    def _enter(self, door: Door, opening: Opening) -> HandshakeState:
        noise = HandshakeState(
            XX if door.psk is None else XX_PSK3,
            initiator=self.role is Role.INITIATOR,
            prologue=opening.prologue,
            static=self._local.static,
            psks=() if door.psk is None else (door.psk,),
            ephemeral=self._ephemeral,
        )
        self._entered = door, noise
        return noise

    def _inside(self) -> tuple[Door, HandshakeState]:
        if self._entered is None:
            raise MisuseError("the handshake has not begun")
        return self._entered

    def _say(self, message: bytes) -> None:
        self._out += len(message).to_bytes(2, "big") + message

    def _prove(self, noise: HandshakeState) -> bytes:
        """This side's next Noise message, with its proof for a payload."""
        noise.write_tokens()
        signed = _signed(self.role, self._version, noise.transcript)
        signature = self._local.signer.sign(_PROOF_LABEL + signed)
        return noise.write_payload(self._local.certificate.encode() + signature)

    def _learn(self, noise: HandshakeState, proof: bytes) -> None:
        """Believe the peer's proof, or raise HandshakeError."""
        try:
            shown = certificates.decode(proof[: certificates.LENGTH])
        except TransportCertificateError:
            raise HandshakeError(Reason.CERTIFICATE) from None
        if shown.static != noise.remote_static:
            raise HandshakeError(Reason.CERTIFICATE)
        other = Role.RESPONDER if self.role is Role.INITIATOR else Role.INITIATOR
        signed = _signed(other, self._version, noise.transcript)
        signature = proof[certificates.LENGTH :]
        if not verifies(shown.device, _PROOF_LABEL, signed, signature):
            raise HandshakeError(Reason.SIGNATURE)
        if shown.device == self._local.signer.device:
            raise HandshakeError(Reason.SAME_DEVICE)
        if not self._accept(shown.device):
            raise HandshakeError(Reason.OTHER_PEER, f'it is "{shown.device.hex()}"')
        self._peer = shown.device

    def _establish(self) -> None:
        door, noise = self._inside()
        sending, receiving = noise.split()
        self._established = Established(
            role=self.role,
            version=self._version,
            door=door,
            peer=self._peer,
            handshake_hash=noise.handshake_hash,
            sending=sending,
            receiving=receiving,
            leftover=bytes(self._buffer),
        )
        self._entered = None
        self._buffer.clear()


def _signed(role: Role, version: int, transcript: bytes) -> bytes:
    return bytes((role, version)) + transcript


class Step(NamedTuple):
    """The one message that may come: its length, how it begins, who reads it, what comes next."""

    shortest: int
    longest: int
    begins: bytes
    read: Callable[[Handshake, bytes], None]
    then: State


STEPS: Final = {
    (Role.RESPONDER, State.OPENING): Step(
        openings.SHORTEST, MAX_OPENING, MAGIC, Handshake._read_opening, State.FINISH
    ),
    (Role.RESPONDER, State.FINISH): Step(
        FINISH, FINISH, b"", Handshake._read_finish, State.DONE
    ),
    (Role.INITIATOR, State.REPLY): Step(2, REPLY, b"", Handshake._read_reply, State.DONE),
}  # fmt: skip
"""Every message that may ever come before the peer is known."""
