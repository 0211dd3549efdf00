"""One event in one frame of a link that has no context: a radio, a printed code, a text message.

    frame  = type (1) ‖ tag of the veil (2) ‖ signature (64) ‖ body
    body   = shape (1) ‖ [more (1)] ‖ tag of the device (3) ‖ [tag (3) of the audience, or it (32)]
             ‖ kind ‖ sequence ‖ Lamport time ‖ wall clock ‖ [expiry (1)]
             ‖ [previous (32)] ‖ [tick (32)] ‖ [acts] ‖ [refs] ‖ payload

Nothing is sent that whoever is meant to hear it can find out: not the community, not the payload's
hash and length, and of the device and the audience three bytes of a hash. The receiver tries those
it knows (`Context`), and the event's own signature is the only thing that is believed. Everything
in a header is under that signature, so a frame that is changed anywhere is nobody's.

Nobody else learns from a frame whose it is. The tags are hashes keyed with what the community
knows (`Veil`), and over the signature, so they differ in every frame; and but for links on which
encryption is forbidden, the body goes through a stream cipher under such a key. That takes not a
byte: the nonce is a hash of the signature, which is as good as unique and differs wherever a
single byte of the event does, and what a MAC would prove the signature proves.

An event has one encoding for each veil and each type. What a hostile frame can cost is bounded:
`MAX_NAMES` hashes and `MAX_TRIED` signatures. docs/short-frames.md is the specification. Sans-IO.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product
from typing import Final, NamedTuple, Protocol

from blake3 import blake3
from nacl.bindings import (
    crypto_aead_xchacha20poly1305_ietf_encrypt as _encrypt,
)

from hearth.store.errors import UsageError
from hearth.store.event import LABEL, SIGNATURE_SIZE, verifies
from hearth.store.header import DEVICE, MAX_HEADER, MAX_PAYLOAD, Header, parse
from hearth.store.incoming import Incoming, read
from hearth.sync.packing import MessageError, OverLimitError, PeerError, Reader
from hearth.sync.short_body import TAG, Body, ShortFrameError, fields, read as read_body

MASKED: Final = 0x10
MASKED_WHOLE: Final = 0x11
CLEAR: Final = 0x12
CLEAR_WHOLE: Final = 0x13
"""The types: is the body masked, and is the audience (if there is one) named by a tag or whole?"""
VEIL_TAG: Final = 2
OVERHEAD: Final = 1 + VEIL_TAG + SIGNATURE_SIZE
"""Bytes before the body."""
MAX_SIZE: Final = MAX_HEADER + MAX_PAYLOAD
"""Bytes of a frame, at most; no event comes near it."""
MAX_NAMES: Final = 16_384
"""Veils, devices and audiences that are tried against the tags of one frame, at most."""
MAX_TRIED: Final = 8
"""Signatures that are tried for one frame, at most. Honest frames need one, rarely two."""

_VEIL: Final = "hearth 2026 veil of short frames"
_OF_VEIL, _OF_DEVICE, _OF_AUDIENCE, _OF_NONCE = b"\0", b"\1", b"\2", b"\3"
_MAC: Final = 16
_NONCE: Final = 24


class UnplacedError(PeerError, code="unplaced"):
    """A frame that no device known here has signed: of others, of newcomers, or damaged."""


class PayloadLackingError(UsageError, code="payload-lacking"):
    """An event without the payload that its header names does not go into a short frame."""


class Veil:
    """What a community's frames are known by: a key that its members have.

    `secret` is a key of 32 bytes that they share, best their community's audience key. Without
    one it is `thin`: everybody who knows the community's id can tell its frames and read them,
    all that ever were members or were invited.
    """

    __slots__ = ("_cipher", "_tags", "community", "thin")

    def __init__(self, community: bytes, secret: bytes | None = None) -> None:
        self.community = community
        self.thin = secret is None
        both = blake3(community + (secret or b""), derive_key_context=_VEIL).digest(length=64)
        self._tags, self._cipher = both[:32], both[32:]

    def tag(self, what: bytes, size: int) -> bytes:
        """The first bytes of a keyed hash."""
        return blake3(what, key=self._tags).digest(length=size)

    def mask(self, type: int, signature: bytes, body: bytes) -> bytes:
        """Mask a body, or take the mask away."""
        if type in (CLEAR, CLEAR_WHOLE):
            return body
        nonce = self.tag(_OF_NONCE + bytes((type,)) + signature, _NONCE)
        masked: bytes = _encrypt(body, None, nonce, self._cipher)
        return masked[:-_MAC]


class Context(Protocol):
    """What a receiver knows, each list with the likeliest first."""

    def veils(self) -> Iterable[Veil]:
        """The veils of its communities; a community may have several, the thin one too."""

    def devices(self, community: bytes) -> Iterable[bytes]:
        """The devices of the community's members now: across a gap, they are who may speak."""

    def audiences(self, community: bytes) -> Iterable[bytes]:
        """The ids of the audience keys that it has heard of."""


class Effort:
    """Counts what is done for one frame. Raises OverLimitError."""

    def __init__(self) -> None:
        self._names = self._tried = 0

    def name(self) -> None:
        """One more name is compared with a tag."""
        self._names += 1
        if self._names > MAX_NAMES:
            raise OverLimitError(f"more than {MAX_NAMES:,} names for the tags of one frame")

    def trial(self) -> None:
        """One more signature is verified."""
        self._tried += 1
        if self._tried > MAX_TRIED:
            raise OverLimitError(f"more than {MAX_TRIED} devices or audiences fit one frame")


class _Opened(NamedTuple):
    """A frame through one veil."""

    veil: Veil
    signature: bytes
    body: Body


def encode(
    veil: Veil,
    header: bytes,
    signature: bytes,
    payload: bytes | None,
    *,
    clear: bool = False,
    whole: bool = False,
) -> bytes:
    """The frame of an event of a log. `clear`: not masked, for links that forbid encryption, and
    through a thin veil only. `whole`: names its audience in full, for who has not heard of it.

    Raises PayloadLackingError; ValueError for another community's veil, or one that is not thin.
    """
    told = parse(header)
    if told.community != veil.community or (clear and not veil.thin):
        raise ValueError("not the veil for this event")
    if (payload is None) != (told.payload_hash is None):
        raise PayloadLackingError("the event's payload is not here, so it fits no short frame")
    whole = whole and told.audience is not None
    type = (CLEAR if clear else MASKED) + whole
    device = veil.tag(_OF_DEVICE + told.device + signature, TAG)
    audience = told.audience
    if audience is not None and not whole:
        audience = veil.tag(_OF_AUDIENCE + audience + signature, TAG)
    body = fields(told, device, audience) + (payload or b"")
    tag = veil.tag(_OF_VEIL + bytes((type,)) + signature, VEIL_TAG)
    return b"".join((bytes((type,)), tag, signature, veil.mask(type, signature, body)))


def size(header: Header, *, whole: bool = False) -> int:
    """The bytes of the frame of an event with this header."""
    audience = header.audience
    if audience is not None and not whole:
        audience = bytes(TAG)
    return OVERHEAD + len(fields(header, bytes(TAG), audience)) + header.payload_length


def decode(data: bytes, context: Context) -> Incoming:
    """The event in a frame, its signature verified, for `Log.import_events`.

    Raises ShortFrameError and UnplacedError; OverLimitError where it would cost too much to find
    out. All are PeerErrors.
    """
    if len(data) > MAX_SIZE:
        raise OverLimitError(f"a frame of {len(data):,} bytes, the limit is {MAX_SIZE:,}")
    effort = Effort()
    problem: PeerError = UnplacedError(
        "no device known here has signed this frame",
        "it may be under a key that has not come here yet: hearth sync, then receive it again",
    )
    for opened in _open(data, context, effort):
        if isinstance(opened, PeerError):
            problem = opened
            continue
        for header in _candidates(opened, context, effort):
            effort.trial()
            if verifies(header[DEVICE], LABEL, header, opened.signature):
                return read(header, opened.signature, opened.body.payload)
    raise problem


def _open(data: bytes, context: Context, effort: Effort) -> Iterator[_Opened | PeerError]:
    """The frame through every veil that its tag fits; or what is wrong with it there."""
    reader = Reader(data)
    try:
        type, tag = reader.byte(), reader.fixed(VEIL_TAG)
        signature, masked = reader.fixed(SIGNATURE_SIZE), reader.rest()
    except MessageError:
        raise ShortFrameError("a short frame ends too early") from None
    if not MASKED <= type <= CLEAR_WHOLE:
        raise ShortFrameError(f"{type} is no type of a short frame")
    clear, whole = type >= CLEAR, type in (MASKED_WHOLE, CLEAR_WHOLE)
    for veil in context.veils():
        effort.name()
        if (clear and not veil.thin) or tag != veil.tag(
            _OF_VEIL + bytes((type,)) + signature, VEIL_TAG
        ):
            continue
        try:
            body = read_body(veil.community, veil.mask(type, signature, masked), whole)
        except PeerError as error:
            yield error
        else:
            yield _Opened(veil, signature, body)


def _candidates(opened: _Opened, context: Context, effort: Effort) -> Iterator[bytes]:
    """The headers that the frame may stand for."""
    veil, signature, body = opened

    def fitting(names: Iterable[bytes], role: bytes, tag: bytes) -> Iterator[bytes]:
        for name in names:
            effort.name()
            if veil.tag(role + name + signature, TAG) == tag:
                yield name

    devices = list(fitting(context.devices(veil.community), _OF_DEVICE, body.device))
    if not devices:
        return
    audiences: Iterable[bytes | None] = (body.audience,)
    if body.audience is not None and len(body.audience) == TAG:
        names = context.audiences(veil.community)
        audiences = fitting(names, _OF_AUDIENCE, body.audience)
    for device, audience in product(devices, audiences):
        yield body.header(device, audience)
