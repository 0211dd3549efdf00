"""Noise handshakes (Noise Protocol Framework, revision 34), over `hearth.sync.cipher`.

A *pattern* is written as the specification writes it, and that text is the whole program:

    XX:  -> e                 the initiator sends an ephemeral key
         <- e, ee, s, es      the responder its own, and, encrypted, its static key
         -> s, se             the initiator, encrypted, its static key

`e` and `s` send a key; `ee`, `es`, `se` and `ss` mix in a shared secret of two keys (the first
letter is the initiator's); `psk` mixes in a key both already have. Lines before `...` say which
static keys are known beforehand. Every message ends in a payload, encrypted as soon as anything
can encrypt it. After the last message `split` gives each side its two cipher states.

hearth uses three patterns: XX between members, XXpsk3 where an invitation is used, and X for what
is sealed to somebody who is not there. `Pattern.parse` takes any other, so the tests run every
published vector of this suite through the same dozen lines.

A payload may have to speak of the message it is in, as a signature does. So a message can be
written in two steps: between `write_tokens` and `write_payload`, and after `read_message`,
`transcript` is the hash of everything up to and including the message's keys.

Whatever fails, fails for good: the state then refuses every further call.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final, TypeVar

from hearth.sync.cipher import (
    KEY,
    MAX_MESSAGE,
    TAG,
    CipherState,
    KeyPair,
    MessageLengthError,
    NoiseError,
    SymmetricState,
    checked_key,
)
from hearth.sync.errors import MisuseError

SUITE: Final = "25519_ChaChaPoly_BLAKE2b"
_INITIATOR_ARROW: Final = "->"
_TOKENS: Final = frozenset(("e", "s", "ee", "es", "se", "ss", "psk"))
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Pattern:
    """What is known beforehand, and what is sent: (by the initiator?, tokens) per message."""

    name: str
    before: tuple[tuple[bool, tuple[str, ...]], ...]
    messages: tuple[tuple[bool, tuple[str, ...]], ...]

    @classmethod
    def parse(cls, name: str, text: str) -> Pattern:
        """Read the specification's notation; `name` may end in psk modifiers (`XXpsk3`).

        Raises ValueError for an unknown token or a psk place that is not there.
        """
        before: list[tuple[bool, list[str]]] = []
        messages: list[tuple[bool, list[str]]] = []
        for line in filter(None, map(str.strip, text.strip().splitlines())):
            if line == "...":
                before, messages = messages, []
                continue
            arrow, _, tokens = line.partition(" ")
            messages.append((arrow == _INITIATOR_ARROW, tokens.replace(",", " ").split()))
        _, *places = name.replace("+", "").split("psk")
        for place in map(int, places):
            if place:
                messages[place - 1][1].append("psk")
            else:
                messages[0][1].insert(0, "psk")
        unknown = {token for _, tokens in before + messages for token in tokens} - _TOKENS
        if unknown or any(set(tokens) - {"s"} for _, tokens in before):
            raise ValueError(f'"{name}" is not a pattern')
        return cls(
            name,
            tuple((sender, tuple(tokens)) for sender, tokens in before),
            tuple((sender, tuple(tokens)) for sender, tokens in messages),
        )

    @property
    def protocol_name(self) -> bytes:
        """The whole name, which the handshake hash begins with."""
        return f"Noise_{self.name}_{SUITE}".encode("ascii")

    @property
    def psks(self) -> int:
        """How many pre-shared keys it takes."""
        return sum(tokens.count("psk") for _, tokens in self.messages)


XX: Final = Pattern.parse("XX", "-> e\n <- e, ee, s, es\n -> s, se")
XX_PSK3: Final = Pattern.parse("XXpsk3", "-> e\n <- e, ee, s, es\n -> s, se")
X: Final = Pattern.parse("X", "<- s\n ...\n -> e, es, s, ss")


class _Turn(Enum):
    """Whose move it is."""

    WRITE = "write"
    PAYLOAD = "payload"
    READ = "read"
    FINISHED = "finished"
    FAILED = "failed"


class HandshakeState:
    """One side of one handshake.

    Give `static` and `remote_static` where the pattern needs them, `psks` in the order in which
    it mixes them in, and `ephemeral` only where it must be known beforehand: it is used once.
    Raises MisuseError where something the pattern needs is missing.
    """

    __slots__ = (
        "_ephemeral",
        "_initiator",
        "_messages",
        "_pattern",
        "_pending",
        "_psks",
        "_remote_ephemeral",
        "_static",
        "_symmetric",
        "_turn",
        "remote_static",
        "transcript",
    )

    def __init__(
        self,
        pattern: Pattern,
        *,
        initiator: bool,
        prologue: bytes = b"",
        static: KeyPair | None = None,
        remote_static: bytes | None = None,
        psks: Sequence[bytes] = (),
        ephemeral: KeyPair | None = None,
    ) -> None:
        if len(psks) != pattern.psks:
            raise MisuseError(f"{pattern.name} takes {pattern.psks} pre-shared keys")
        self._pattern = pattern
        self._initiator = initiator
        self._messages = list(pattern.messages)
        self._static = static
        self._ephemeral = ephemeral
        self._remote_ephemeral: bytes | None = None
        self._psks = [checked_key(psk) for psk in psks]
        self._pending = b""
        self.remote_static = remote_static
        self.transcript = b""
        self._symmetric = SymmetricState(pattern.protocol_name)
        self._symmetric.mix_hash(prologue)
        for by_initiator, _ in pattern.before:
            own = by_initiator == initiator
            self._symmetric.mix_hash(
                self._own(static).public if own else checked_key(self._own(remote_static))
            )
        self._turn = _Turn.READ
        self._pass_turn()

    def __repr__(self) -> str:
        role = "initiator" if self._initiator else "responder"
        return f"HandshakeState({self._pattern.name}, {role}, {self._turn.value})"

    @property
    def finished(self) -> bool:
        """Whether the last message has been written or read."""
        return self._turn is _Turn.FINISHED

    @property
    def handshake_hash(self) -> bytes:
        """64 bytes that are the same on both sides, and in no other handshake, once finished."""
        self._expect(_Turn.FINISHED)
        return self._symmetric.hash

    def write_message(self, payload: bytes = b"") -> bytes:
        """The next message. Raises MessageLengthError if it would exceed 65,535 bytes."""
        self.write_tokens()
        return self.write_payload(payload)

    def write_tokens(self) -> None:
        """First half of `write_message`: the keys; then `transcript` can be signed."""
        self._expect(_Turn.WRITE)
        self._pending = self._guarded(self._write_tokens)
        self._turn = _Turn.PAYLOAD

    def write_payload(self, payload: bytes) -> bytes:
        """Second half: the payload. Returns the whole message."""
        self._expect(_Turn.PAYLOAD)
        message = self._guarded(lambda: self._finish_message(payload))
        self._pass_turn()
        return message

    def read_message(self, message: bytes) -> bytes:
        """The payload of the peer's message. Any NoiseError ends the handshake for good."""
        self._expect(_Turn.READ)
        payload = self._guarded(lambda: self._read_message(message))
        self._pass_turn()
        return payload

    def split(self) -> tuple[CipherState, CipherState]:
        """(for sending, for receiving), as this side sees it. One-way patterns use the first."""
        self._expect(_Turn.FINISHED)
        first, second = self._symmetric.split()
        return (first, second) if self._initiator else (second, first)

    def _write_tokens(self) -> bytes:
        parts: list[bytes] = []
        for token in self._messages.pop(0)[1]:
            if token == "e":
                self._ephemeral = self._ephemeral or KeyPair.generate()
                parts.append(self._ephemeral.public)
                self._mix_ephemeral(self._ephemeral.public)
            elif token == "s":
                parts.append(self._symmetric.encrypt_and_hash(self._own(self._static).public))
            else:
                self._mix(token)
        self.transcript = self._symmetric.hash
        return b"".join(parts)

    def _finish_message(self, payload: bytes) -> bytes:
        message = self._pending + self._symmetric.encrypt_and_hash(payload)
        if len(message) > MAX_MESSAGE:
            raise MessageLengthError(f"a handshake message of {len(message)} bytes")
        self._pending = b""
        return message

    def _read_message(self, message: bytes) -> bytes:
        if len(message) > MAX_MESSAGE:
            raise MessageLengthError(f"a handshake message of {len(message)} bytes")
        place = 0

        def take(length: int) -> bytes:
            nonlocal place
            place += length
            if place > len(message):
                raise MessageLengthError(f"a handshake message of only {len(message)} bytes")
            return message[place - length : place]

        for token in self._messages.pop(0)[1]:
            if token == "e":
                self._remote_ephemeral = take(KEY)
                self._mix_ephemeral(self._remote_ephemeral)
            elif token == "s":
                sealed = take(KEY + (TAG if self._symmetric.cipher.has_key else 0))
                self.remote_static = self._symmetric.decrypt_and_hash(sealed)
            else:
                self._mix(token)
        self.transcript = self._symmetric.hash
        return self._symmetric.decrypt_and_hash(message[place:])

    def _mix_ephemeral(self, public: bytes) -> None:
        self._symmetric.mix_hash(public)
        if self._pattern.psks:
            self._symmetric.mix_key(public)

    def _mix(self, token: str) -> None:
        """Mix in a pre-shared key, or the shared secret that two letters name."""
        if token == "psk":
            self._symmetric.mix_key_and_hash(self._psks.pop(0))
            return
        mine, theirs = (token[0], token[1]) if self._initiator else (token[1], token[0])
        secret = self._own(self._ephemeral if mine == "e" else self._static)
        public = self._own(self._remote_ephemeral if theirs == "e" else self.remote_static)
        self._symmetric.mix_key(secret.shared(public))

    def _own(self, key: _T | None) -> _T:
        if key is None:
            raise MisuseError(f"{self._pattern.name} needs a key that was not given")
        return key

    def _guarded(self, step: Callable[[], _T]) -> _T:
        try:
            return step()
        except (NoiseError, MisuseError):
            self._turn = _Turn.FAILED
            raise

    def _expect(self, turn: _Turn) -> None:
        if self._turn is not turn:
            raise MisuseError(f"cannot {turn.value} now: {self._turn.value}")

    def _pass_turn(self) -> None:
        if not self._messages:
            self._turn = _Turn.FINISHED
            self._ephemeral = None
        else:
            own = self._messages[0][0] == self._initiator
            self._turn = _Turn.WRITE if own else _Turn.READ
