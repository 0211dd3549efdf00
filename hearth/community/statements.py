"""What is signed inside control events, beside the events' own signatures.

A control event proves which device wrote it. Some acts need more: the person's consent, so that a
stolen device cannot do them, or proof that a ticket was held. Each has a label of its own and
covers the community, so that nothing signed for one purpose or place serves another:

    joins     person   community ‖ seat ‖ device            this device may sit in this seat
    holder    ticket   pin ‖ certificate                    I hold the ticket, and am these
    consent   device   pin ‖ ticket ‖ certificate           and this device agrees
    leaves    person   CBOR [place…, what, heads]           in a LEAVE
    retires   person   CBOR [place…, device, control, heads]  in a RETIRE_DEVICE

The *pin* is the first half of the community's id, which is all that a ticket says of it: so a
request can be made with nothing else (`hearth.bundles.requests`).

The *place* is community, device, sequence, previous and acts of the event that carries the
statement: exactly one causal past. Without it, a thief of the device could write the old
statement again in a fork whose past holds what has been granted since.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from hearth.community.records import Head, Left, heads_value
from hearth.community.ticket import PIN
from hearth.identity.identity import DeviceSigner
from hearth.store import cbor
from hearth.store.event import verifies

if TYPE_CHECKING:
    from hearth.store.header import Header

JOINS: Final = b"hearth/device-joins/1\0"
HOLDER: Final = b"hearth/ticket-holder/1\0"
CONSENT: Final = b"hearth/device-consent/1\0"
LEAVES: Final = b"hearth/leave/1\0"
RETIRES: Final = b"hearth/retire-device/1\0"

Sign = Callable[[bytes], bytes]
"""Signs a message with one Ed25519 key: `signer(seed)`."""
Place = tuple[bytes, bytes, int, bytes | None, tuple[bytes, ...]]
"""Community, device, sequence, previous id, acts."""


def signer(seed: bytes) -> Sign:
    """How to sign with the key of this 32-byte seed."""
    return DeviceSigner(seed).sign


def place(header: Header) -> Place:
    """The place of an event."""
    return (header.community, header.device, header.sequence, header.previous, header.acts)


def sign_joins(sign: Sign, community: bytes, seat: bytes, device: bytes) -> bytes:
    """Let the person's key say that this device may sit in this seat."""
    return sign(JOINS + community + seat + device)


def joins(person: bytes, community: bytes, seat: bytes, device: bytes, signature: bytes) -> bool:
    """Whether the person said so."""
    return verifies(person, JOINS, community + seat + device, signature)


def sign_holder(sign: Sign, community: bytes, certificate: bytes) -> bytes:
    """Let the ticket's key speak for the joiner. `community`: its id, or the pin."""
    return sign(HOLDER + community[:PIN] + certificate)


def holder(ticket: bytes, community: bytes, certificate: bytes, signature: bytes) -> bool:
    """Whether the ticket was held."""
    return verifies(ticket, HOLDER, community[:PIN] + certificate, signature)


def sign_consent(sign: Sign, community: bytes, ticket: bytes, certificate: bytes) -> bytes:
    """Let the joining device agree. `community`: its id, or the pin."""
    return sign(CONSENT + community[:PIN] + ticket + certificate)


def consent(community: bytes, ticket: bytes, certificate: bytes, signature: bytes) -> bool:
    """Whether the device in the certificate agreed."""
    signed = community[:PIN] + ticket + certificate
    return verifies(certificate[32:64], CONSENT, signed, signature)


def sign_leaves(sign: Sign, where: Place, what: Left, heads: tuple[Head, ...]) -> bytes:
    """Let the person's key leave, at this place and no other."""
    return sign(LEAVES + _leave(where, what, heads))


def leaves(
    person: bytes, where: Place, what: Left, heads: tuple[Head, ...], signature: bytes
) -> bool:
    """Whether the person leaves here."""
    return verifies(person, LEAVES, _leave(where, what, heads), signature)


def sign_retires(
    sign: Sign, where: Place, device: bytes, control: tuple[bytes, ...], heads: tuple[Head, ...]
) -> bytes:
    """Let the person's key retire a device, at this place and no other."""
    return sign(RETIRES + _retire(where, device, control, heads))


def retires(
    person: bytes,
    where: Place,
    device: bytes,
    control: tuple[bytes, ...],
    heads: tuple[Head, ...],
    signature: bytes,
) -> bool:
    """Whether the person retires the device here."""
    return verifies(person, RETIRES, _retire(where, device, control, heads), signature)


def _leave(where: Place, what: Left, heads: tuple[Head, ...]) -> bytes:
    return cbor.encode([*where[:4], list(where[4]), int(what), heads_value(heads)])


def _retire(
    where: Place, device: bytes, control: tuple[bytes, ...], heads: tuple[Head, ...]
) -> bytes:
    return cbor.encode(
        [*where[:4], list(where[4]), device, list(control), heads_value(heads)],
        max_size=2 * cbor.MAX_SIZE,
        max_items=2 * cbor.MAX_ITEMS,
    )
