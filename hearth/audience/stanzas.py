"""Handing an audience's key to devices: a Noise X message to each of them.

    stanza = Noise_X_25519_ChaChaPoly_BLAKE2b, 128 bytes: ephemeral key (32), the sender's sealing
             key, encrypted (48), the audience's key, encrypted (48)
    prologue = "hearth/audience-key/1" NUL ‖ community ‖ author's device ‖ id of the key

The recipient's key is either its latest prekey or its long-lived sealing key. A stanza does not say
whose it is: a receiver tries its keys on each (65 microseconds a try), so other members do not
learn who can read. Stanzas for nobody (random bytes) hide how many there are, roughly.

The prologue ties a stanza to one event's author and one key: copied elsewhere it opens no more.
Who wrote it is proved by the event's signature, which covers all stanzas.

Sans-IO.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import Final

from hearth.audience.sealing import KEY
from hearth.sync.cipher import KeyPair, NoiseError
from hearth.sync.noise import HandshakeState, X

SIZE: Final = 128
_LABEL: Final = b"hearth/audience-key/1\0"
_SMALL: Final = 16


def wrap(
    key: bytes,
    id: bytes,
    community: bytes,
    author: bytes,
    static: KeyPair,
    public: bytes,
    ephemeral: KeyPair | None = None,
) -> bytes:
    """A stanza with the key of this id for whoever has the private half of `public`; 0.2 ms.

    `static` is the author's sealing key; `ephemeral` only where it must be known beforehand.
    Raises BadPointError for a public key of low order.
    """
    state = HandshakeState(
        X,
        initiator=True,
        prologue=_prologue(id, community, author),
        static=static,
        remote_static=public,
        ephemeral=ephemeral,
    )
    return state.write_message(key)


def unwrap(stanza: bytes, id: bytes, community: bytes, author: bytes, own: KeyPair) -> bytes | None:
    """The audience's key in a stanza; None if it is not for `own`. Whether it is the one with that
    id, which covers what it is for, is for the caller to check."""
    state = HandshakeState(
        X, initiator=False, prologue=_prologue(id, community, author), static=own
    )
    try:
        key = state.read_message(stanza)
    except NoiseError:
        return None
    return key if len(key) == KEY else None


def find(
    stanzas: Sequence[bytes], id: bytes, community: bytes, author: bytes, own: Iterable[KeyPair]
) -> bytes | None:
    """The audience's key, if one of the stanzas is for one of our keys."""
    for pair in own:
        for stanza in stanzas:
            key = unwrap(stanza, id, community, author, pair)
            if key is not None:
                return key
    return None


def hidden(stanzas: Sequence[bytes]) -> list[bytes]:
    """The stanzas in random order, with some for nobody: 2, 4, 8, 16, then a multiple of 16."""
    from random import SystemRandom

    count = len(stanzas)
    size = next((n for n in (2, 4, 8, 16) if n >= count), -(-count // _SMALL) * _SMALL)
    mixed = [*stanzas, *(_for_nobody() for _ in range(size - count))]
    SystemRandom().shuffle(mixed)
    return mixed


def _for_nobody() -> bytes:
    return KeyPair.generate().public + os.urandom(SIZE - 32)


def _prologue(id: bytes, community: bytes, author: bytes) -> bytes:
    return _LABEL + community + author + id
