"""An invitation's ticket: one signed line of text that one person hands to another.

    hearth1 ‖ base32( body ‖ signature (64) ‖ checksum (2) )

    body = length of the last part (1) ‖ role (1) ‖ expires (4, unix seconds) ‖ pin (16)
           ‖ inviter's device (32) ‖ seed (16) ‖ request key (32) ‖ last part
    last part = length of the hint (1) ‖ hint (UTF-8) ‖ up to 2 addresses
    address   = 4 ‖ IPv4 (4) ‖ port (2),  or  6 ‖ IPv6 (16) ‖ port (2)

All numbers are big-endian. At most 190 bytes, so that every ticket is at most 311 characters,
which is what a version-10 QR code holds at level M in its alphanumeric mode.

The signature is the inviter's device's over "hearth/ticket/1" NUL and the body. It does not make
the inviter trustworthy (who invents a ticket invents a device as well); it lets nobody change a
ticket on its way and keep its inviter. What is joined is decided by the *pin*, the first 16 bytes
of the community's id: that is a hash of the founder's key, and to found another community with
the same pin takes 2^128 attempts. The checksum tells a slip of the pen from a forgery.

The seed is what a ticket is worth. From it come the key that proves the ticket was held, and the
pre-shared key of the handshake; whoever photographs a ticket can use it until it expires, or is
used. `Ticket.__repr__` does not show it, and nothing may log the text.

The alphabet is Crockford's base32 (`carriers.alphabet`); spaces, line breaks and hyphens between
are passed over.

Sans-IO.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final

from blake3 import blake3

from hearth.community.records import Role
from hearth.identity.identity import DeviceSigner
from hearth.store.errors import CorruptError, HearthError, NewerFormatError, UsageError
from hearth.store.event import DeviceKeyError, Signer, check_device, verifies
from hearth.sync.carriers.alphabet import Letters, SignError

PREFIX: Final = "HEARTH1"
PIN: Final = 16
SEED: Final = 16
MAX_BYTES: Final = 190
MAX_CHARACTERS: Final = 311
MAX_TYPED: Final = 1024
"""Characters looked at, separators among them: what is longer is refused unread."""
MAX_ADDRESSES: Final = 2
MAX_EXPIRES: Final = 2**32 - 1

_FIXED: Final = 102
_SIGNATURE: Final = 64
_CHECKSUM: Final = 2
MAX_LAST: Final = MAX_BYTES - _FIXED - _SIGNATURE - _CHECKSUM
"""Bytes for the hint (with its length) and the addresses."""
_LABEL: Final = b"hearth/ticket/1\0"
_CHECK_LABEL: Final = b"hearth/ticket-checksum/1\0"
_LETTERS: Final = Letters()
_SEPARATORS: Final = str.maketrans("", "", " \t\r\n-")
_UNREADABLE: Final = "ask for the ticket again, as text or as a QR code"
_WHOLE: Final = "type the whole of it: the dots stand for the rest"


class TicketError(HearthError, code="bad-ticket"):
    """Text that is no usable ticket. The base of everything `decode` and `check` raise."""


class NotATicketError(TicketError, UsageError, code="not-a-ticket"):
    """Something else altogether: empty, a link, another program's code (exit 2)."""


class TicketCutError(TicketError, UsageError, code="ticket-cut"):
    """A ticket that lacks its end, or goes on after it (exit 2)."""


class TicketMistypedError(TicketError, UsageError, code="ticket-mistyped"):
    """A ticket with a wrong character somewhere (exit 2)."""


class TicketForgedError(TicketError, CorruptError, code="ticket-forged"):
    """Well formed, but not what its inviter signed, or with keys that are none (exit 13)."""


class NewerTicketError(TicketError, NewerFormatError, code="newer-ticket"):
    """A ticket of a later version (exit 16)."""


class TicketExpiredError(TicketError, code="ticket-expired"):
    """The time in which it could be used is over."""


class OtherCommunityError(TicketError, CorruptError, code="other-community"):
    """Whoever answered is of another community than the ticket is for (exit 13)."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where the inviter may be found: an IPv4 or IPv6 address as text, and a TCP port."""

    host: str
    port: int

    def encode(self) -> bytes:
        """Its bytes. Raises ValueError for what is no address to connect to."""
        if not 1 <= self.port <= 0xFFFF:
            raise ValueError("a port out of its bounds")
        host = ip_address(self.host)
        if host.is_unspecified or host.is_multicast or getattr(host, "scope_id", None):
            raise ValueError("an address that nothing can be reached at from elsewhere")
        return bytes((host.version,)) + host.packed + self.port.to_bytes(2, "big")


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket whose signature has been checked (or that was made here).

    `pin` begins the community's id, `device` is the inviter's, `expires` in unix seconds, the
    last second in which it can be used. `hint` is what the inviter calls the community: foreign
    text, printable, and never what anything is decided by.
    """

    pin: bytes
    device: bytes
    seed: bytes = field(repr=False)
    request: bytes
    expires: int
    role: Role
    hint: str = ""
    addresses: tuple[Address, ...] = ()

    @property
    def public(self) -> bytes:
        """The ticket's Ed25519 public key, as the invitation's event states it."""
        return self.signer().device

    def signer(self) -> DeviceSigner:
        """Signs as the ticket: proves that it was held (`statements.sign_holder`)."""
        return DeviceSigner(blake3(b"hearth/ticket-key/1\0" + self.seed).digest())

    @property
    def psk(self) -> bytes:
        """The pre-shared key of the handshake; stewards find it in the invitation, sealed."""
        return blake3(b"hearth/ticket-psk/1\0" + self.seed).digest()

    @property
    def door(self) -> bytes:
        """What the joiner knocks at; every member can work it out from the invitation."""
        return door(self.public)

    def check(self, now: int) -> None:
        """Raise TicketExpiredError after its last second; `now` in unix seconds.

        A steward asks this with the later of its own clock and `Membership.log_time`.
        """
        if now > self.expires:
            raise TicketExpiredError("the ticket has expired", "ask for a new one")

    def check_community(self, community: bytes) -> None:
        """Raise OtherCommunityError unless the ticket is for the community with this id."""
        if len(community) != 32 or community[:PIN] != self.pin:
            raise OtherCommunityError(
                "whoever answered is not of the community that the ticket is for",
                "do not go on: compare the ticket with the person who gave it to you",
            )


def door(public: bytes) -> bytes:
    """The 32 bytes that the joiner knocks at (`hearth.sync.opening`), from the ticket's key."""
    return blake3(b"hearth/ticket-door/1\0" + public).digest()


def new_seed() -> bytes:
    """A fresh seed."""
    return os.urandom(SEED)


def encode(ticket: Ticket, signer: Signer) -> str:
    """The ticket as one line, signed by the inviter's device; upper case, for the QR code.

    Raises ValueError for a field out of its bounds, or where hint and addresses have no room
    together (22 bytes: an IPv4 address takes 7, an IPv6 address 19, the hint one more than itself).
    """
    last = _last(ticket)
    if len(last) > MAX_LAST:
        raise ValueError(f"hint and addresses take {len(last)} bytes: there is room for {MAX_LAST}")
    lengths = (len(ticket.pin), len(ticket.device), len(ticket.seed), len(ticket.request))
    if lengths != (PIN, 32, SEED, 32) or signer.device != ticket.device:
        raise ValueError("a key of the wrong length, or another device's signature")
    if not 1 <= ticket.expires <= MAX_EXPIRES:
        raise ValueError("an expiry out of its bounds")
    head = bytes((len(last), Role(ticket.role))) + ticket.expires.to_bytes(4, "big")
    body = head + ticket.pin + ticket.device + ticket.seed + ticket.request + last
    signed = body + signer.sign(_LABEL + body)
    return PREFIX + _to_text(signed + _checksum(signed))


def decode(text: str) -> Ticket:
    """Read what a person typed, pasted or photographed; 0.3 ms.

    Raises a TicketError and nothing else. What it returns its inviter's device has signed;
    whether it has expired is for `Ticket.check`.
    """
    data = _from_text(_letters(text))
    if not data or len(data) < (size := _FIXED + data[0] + _SIGNATURE + _CHECKSUM):
        raise TicketCutError("the ticket is not whole: its end is missing", _UNREADABLE)
    if len(data) > size:
        raise TicketCutError("the ticket goes on after its end", _UNREADABLE)
    if _checksum(data[:-_CHECKSUM]) != data[-_CHECKSUM:]:
        raise TicketMistypedError("the ticket has a wrong character somewhere", _UNREADABLE)
    body, signature = data[: -_SIGNATURE - _CHECKSUM], data[-_SIGNATURE - _CHECKSUM : -_CHECKSUM]
    device, request = body[22:54], body[70:102]
    try:
        check_device(device)
    except DeviceKeyError:
        raise TicketForgedError("the ticket names an inviter that cannot be") from None
    if not verifies(device, _LABEL, body, signature):
        raise TicketForgedError("the ticket was changed after its inviter signed it", _UNREADABLE)
    if body[1] > max(Role) or not _is_sound(request) or data[0] > MAX_LAST:
        raise TicketForgedError("the ticket was signed, but says what no ticket may say")
    hint, addresses = _read_last(body[_FIXED:])
    expires = int.from_bytes(body[2:6], "big")
    return Ticket(
        body[6:22], device, body[54:70], request, expires, Role(body[1]), hint, addresses
    )  # fmt: skip


def _letters(text: str) -> str:
    """The letters after the prefix, upper case."""
    if len(text) > MAX_TYPED:
        raise NotATicketError("this is too long to be a ticket")
    letters = text.translate(_SEPARATORS)
    if letters.endswith(("…", "...")):  # as `hearth invite` shows it, for short
        raise TicketCutError("the ticket is not whole: its end is missing", _WHOLE)
    if not letters.isascii():
        raise TicketMistypedError(
            "the ticket has a character in it that only looks right", _UNREADABLE
        )
    letters = letters.upper().removeprefix("HEARTHJOIN")
    if not letters.startswith(PREFIX[:-1]):
        raise NotATicketError("this is not a ticket", 'a ticket begins with "hearth1"')
    if len(letters) >= len(PREFIX) and letters[len(PREFIX) - 1] in "23456789":
        raise NewerTicketError("the ticket was made by a newer hearth")
    if not letters.startswith(PREFIX):
        raise NotATicketError("this is not a ticket", 'a ticket begins with "hearth1"')
    if len(letters) > MAX_CHARACTERS:
        raise TicketCutError("the ticket goes on after its end", _UNREADABLE)
    return letters[len(PREFIX) :]


def _to_text(data: bytes) -> str:
    return "".join(_LETTERS.spell(_LETTERS.pack(data)))


def _from_text(letters: str) -> bytes:
    """The whole bytes in the letters; one text for one ticket, so the bits left over are zero."""
    try:
        values = _LETTERS.values(letters)
    except SignError:
        raise TicketMistypedError(
            "the ticket has a character that none can have", _UNREADABLE
        ) from None
    if len(values) * _LETTERS.bits % 8 >= _LETTERS.bits:
        raise TicketCutError("the ticket is not whole: its end is missing", _UNREADABLE)
    try:
        return _LETTERS.unpack(values)
    except SignError:
        raise TicketMistypedError(
            "the ticket is not whole, or has a wrong character at its end", _UNREADABLE
        ) from None


def _checksum(signed: bytes) -> bytes:
    return blake3(_CHECK_LABEL + signed).digest()[:_CHECKSUM]


def _is_sound(request: bytes) -> bool:
    """Whether something can be sealed to this X25519 key: it is not of low order."""
    from nacl.bindings import crypto_scalarmult
    from nacl.exceptions import (
        CryptoError,  # fmt: skip
        RuntimeError as LowOrder,
    )

    try:
        crypto_scalarmult(bytes(31) + b"\x40", request)
    except (CryptoError, LowOrder):
        return False
    return True


def _last(ticket: Ticket) -> bytes:
    hint = ticket.hint.encode()
    if len(hint) > 0xFF or not ticket.hint.isprintable():
        raise ValueError("a hint is a short line of printable text")
    if len(ticket.addresses) > MAX_ADDRESSES:
        raise ValueError(f"a ticket has at most {MAX_ADDRESSES} addresses")
    addresses = b"".join(address.encode() for address in ticket.addresses)
    return bytes((len(hint),)) + hint + addresses


def _read_last(data: bytes) -> tuple[str, tuple[Address, ...]]:
    wrong = TicketForgedError("the ticket was signed, but says what no ticket may say")
    if not data or len(data) < 1 + data[0]:
        raise wrong
    try:
        hint = data[1 : 1 + data[0]].decode()
    except UnicodeDecodeError:
        raise wrong from None
    if not hint.isprintable():
        raise wrong
    addresses: list[Address] = []
    at = 1 + data[0]
    while at < len(data):
        size = {4: 7, 6: 19}.get(data[at], 0)
        item = data[at : at + size]
        if not size or len(item) < size or len(addresses) == MAX_ADDRESSES:
            raise wrong
        address = _address(item)
        if address is None:
            raise wrong
        addresses.append(address)
        at += size
    return hint, tuple(addresses)


def _address(item: bytes) -> Address | None:
    host = IPv4Address(item[1:5]) if item[0] == 4 else IPv6Address(item[1:17])
    address = Address(str(host), int.from_bytes(item[-2:], "big"))
    try:
        return address if address.encode() == item else None
    except ValueError:
        return None
