"""The first words of a connection: which versions are spoken, and at which door one knocks.

    head = "hearth" ‖ n (1) ‖ n versions, ascending (n) ‖ hint (8)
    hint = the first 8 bytes of BLAKE3("hearth/transport-hint/1" NUL ‖ door (32) ‖ ephemeral (32))

The head is the same in all versions of the transport, and so are the 32 bytes after it: the
ephemeral key of the handshake to which the hint is bound. Whoever does not know the door can
neither make a hint nor tell what one is for, and two hints for one door have nothing in common;
a hint that was overheard is good only for repeating that very opening, whose answer the one who
repeats it cannot read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from hmac import compare_digest
from typing import Final

from blake3 import blake3

from hearth.sync.cipher import KEY
from hearth.sync.errors import MisuseError

MAGIC: Final = b"hearth"
MAX_VERSIONS: Final = 8
HINT: Final = 8
SHORTEST: Final = len(MAGIC) + 2 + HINT + KEY
"""One version, and no more than the ephemeral key after the head."""
_LABEL: Final = b"hearth/transport-hint/1\0"
_PROLOGUE: Final = b"hearth/transport/1\0"


@dataclass(frozen=True, slots=True)
class Door:
    """What a peer knocks at: 32 bytes that both sides know, and a pre-shared key if there is one.

    A member's door is the community's id. An invitation may have one of its own, with a psk.
    `STRANGERS` is the door that everybody knows, for nodes that serve anybody.
    """

    key: bytes
    psk: bytes | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if len(self.key) != KEY or (self.psk is not None and len(self.psk) != KEY):
            raise MisuseError(f"a door's key, and its psk, have {KEY} bytes")

    def hint(self, ephemeral: bytes) -> bytes:
        """How one who knocks with this ephemeral public key names the door."""
        return blake3(_LABEL + self.key + ephemeral).digest()[:HINT]

    def is_meant(self, opening: Opening) -> bool:
        """Whether the opening knocks here; takes as long for a near miss as for a far one."""
        return compare_digest(self.hint(opening.ephemeral), opening.hint)


STRANGERS: Final = Door(bytes(KEY))


@dataclass(frozen=True, slots=True)
class Opening:
    """A parsed opening: its head, and the first Noise message."""

    versions: tuple[int, ...]
    hint: bytes
    message: bytes

    @property
    def ephemeral(self) -> bytes:
        """The public key that the hint is bound to."""
        return self.message[:KEY]

    @property
    def head(self) -> bytes:
        """What comes before the Noise message."""
        return MAGIC + bytes((len(self.versions), *self.versions)) + self.hint

    @property
    def prologue(self) -> bytes:
        """What the Noise handshake begins with on both sides."""
        return _PROLOGUE + self.head


def parse(data: bytes) -> Opening | None:
    """The opening in `data`, or None if it is none."""
    if len(data) < SHORTEST or not data.startswith(MAGIC):
        return None
    end = len(MAGIC) + 1 + data[len(MAGIC)]
    versions = parse_versions(data[len(MAGIC) + 1 : end])
    if versions is None or len(data) < end + HINT + KEY:
        return None
    return Opening(versions, data[end : end + HINT], data[end + HINT :])


def parse_versions(data: bytes) -> tuple[int, ...] | None:
    """One to eight versions, each from 1 to 255, ascending; None for anything else."""
    if not 1 <= len(data) <= MAX_VERSIONS or data[0] == 0:
        return None
    return tuple(data) if all(map(int.__lt__, data, data[1:])) else None


def spoken(versions: Sequence[int]) -> str:
    """Versions as a person reads them."""
    return ", ".join(map(str, versions))
