"""Asking to be let in by a file: for who has a ticket, and meets nobody.

    request = a parcel, sealed to the ticket's request key by the joining device, with
              "hearth-join-1" LF ‖ map {1 pin, 2 ticket's key, 3 certificate, 4 holder, 5 consent,
              6 the device's sealing key}

Who made the invitation can open it, and whoever was a steward with a known key then (acts.invite).
A steward who reads it admits, if a joiner at the door would be admitted; the next bundle of the
community is sealed to the newcomer as well, and brings everything else.

The ticket is kept, sealed, until that has come, or it has expired for as long as that may take.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Final, NamedTuple

from blake3 import blake3

from hearth.audience import prekeys, stanzas, vault
from hearth.community import statements, ticket
from hearth.community.commons import State as Stands
from hearth.community.membership import State
from hearth.community.records import Admit, Invite, RecordError, Role
from hearth.community.ticket import Ticket
from hearth.identity import certificate as certificates
from hearth.kinds import ADMIT
from hearth.mesh.joining import admit, genuine
from hearth.store import cbor
from hearth.store.errors import CorruptError, HearthError
from hearth.sync import parcel_label
from hearth.sync.cipher import KeyPair
from hearth.sync.joining import Request as Asked
from hearth.sync.padding import STEPS
from hearth.sync.parcel import DEVICES, Devices, seal
from hearth.sync.parcel_errors import NotOursError, ParcelError
from hearth.sync.parcel_label import TAG, expiry
from hearth.sync.parcel_open import unseal

if TYPE_CHECKING:
    from hearth.community.membership import Invitation
    from hearth.mesh.node import Node

MAGIC: Final = b"hearth-join-1\n"
MAX_REQUEST: Final = 8192
_LASTS: Final = 90
_TICKET: Final = "ticket "
_NEWCOMER: Final = "bundle newcomer "


class Request(NamedTuple):
    """What a joiner shows: all that an admission needs, and what to seal the answer to."""

    pin: bytes
    ticket: bytes
    certificate: bytes
    holder: bytes
    consent: bytes
    long: bytes

    def encode(self) -> bytes:
        return MAGIC + cbor.encode(dict(enumerate(self, 1)))

    @classmethod
    def decode(cls, data: bytes) -> Request:
        """Raises CorruptError."""
        value = cbor.decode(data.removeprefix(MAGIC), max_size=MAX_REQUEST)
        sizes = (ticket.PIN, 32, certificates.LENGTH, 64, 64, 32)
        if not data.startswith(MAGIC) or not isinstance(value, dict):
            raise CorruptError("this is no request to join")
        found = [value.get(key) for key in range(1, 7)]
        parts = [each for each in found if isinstance(each, bytes)]
        if [len(each) for each in parts] != list(sizes):
            raise CorruptError("a request to join that lacks something")
        return cls(*parts)


# the joiner's side


def remember(node: Node, used: Ticket) -> None:
    """Keep a ticket until what was asked for with it has come. Needs the signer."""
    signer = node.home.signer(node.now())
    kept: list[cbor.Value] = [
        used.pin, used.device, used.seed, used.request, used.expires, int(used.role),
    ]  # fmt: skip
    with node.home.store.batch() as batch, batch.transaction() as tx:
        chest = vault.Vault(tx.connection, signer)
        vault.note(tx, chest, _TICKET + used.pin.hex(), cbor.encode(kept))


def forget(node: Node, *pins: bytes) -> None:
    """Keep the tickets of these communities no longer: they are erased for good."""
    with node.home.store.batch() as batch, batch.transaction() as tx:
        for pin in pins:
            tx.drop_meta(vault.NOTED + _TICKET + pin.hex())
        tx.erases()


def pending(node: Node) -> list[Ticket]:
    """The tickets that are kept and can be asked with: neither expired, nor of use already. Needs
    the signer if any is kept."""
    return [each for each in _held(node) if node.now() <= each.expires and not _is_in(node, each)]


def tidy(node: Node) -> None:
    """Erase the tickets that nothing can come of any more: this hearth is in, or they have expired
    for as long as an answer may be on its way."""
    late = node.now() - _LASTS * parcel_label.DAY
    old = [each.pin for each in _held(node) if each.expires < late or _is_in(node, each)]
    if old:
        forget(node, *old)


def _is_in(node: Node, used: Ticket) -> bool:
    return any(each.id[: ticket.PIN] == used.pin for each in node.commons.joined())


def _held(node: Node) -> list[Ticket]:
    """All tickets that are kept, and can be opened."""
    connection = node.home.store.connection
    found = []
    for key, box in vault.noted(connection, _TICKET):
        chest = vault.Vault(connection, node.home.signer(node.now()))
        with suppress(HearthError, ValueError):
            found.append(_kept(cbor.decode(vault.read(chest, key, box))))
    return found


def _kept(value: cbor.Value) -> Ticket:
    match value:
        case [bytes(pin), bytes(device), bytes(seed), bytes(request), int(expires), int(role)]:
            return Ticket(pin, device, seed, request, expires, Role(role))
    raise CorruptError("a ticket that was not kept by this program")


def name(device: bytes, used: Ticket) -> str:
    """What the file with a device's request is called in a folder: 16 digits that say nothing."""
    return blake3(b"hearth/join-file/1\0" + used.seed + device).hexdigest()[:16]


def write(node: Node, used: Ticket) -> bytes:
    """The bytes of a request. Needs the signer."""
    now = node.now()
    signer, me = node.home.signer(now), node.home.identity
    request = Request(
        used.pin,
        used.public,
        me.certificate,
        statements.sign_holder(used.signer().sign, used.pin, me.certificate),
        statements.sign_consent(signer.sign, used.pin, used.public, me.certificate),
        vault.sealing_key(signer).public,
    )
    to = Devices([used.request])
    return seal([request.encode()], signer, to, os.urandom(TAG), expiry(now, _LASTS))


def expected(node: Node, community: bytes) -> Ticket | None:
    """The ticket that a bundle of a community nothing is known of may be the answer to. It may have
    expired since: what counts is when it was answered."""
    return next((each for each in _held(node) if each.pin == community[: ticket.PIN]), None)


def seat(node: Node, community: bytes) -> bytes | None:
    """The seat that was given to this device, once the control lane says so."""
    membership = node.commons.membership(community)
    me = membership.members.get(node.home.identity.person)
    for each in () if me is None else me.seats:
        event = node.home.store.log.get(each) if each else None
        if event is None or event.header.kind != ADMIT or event.payload is None:
            continue
        if Admit.decode(event.payload).certificate == node.home.identity.certificate:
            return each
    return None


def note_joining(node: Node, community: bytes) -> None:
    """Note a community whose control lane is about to come."""
    with node.home.store.batch() as batch, batch.transaction() as tx:
        if community not in {each.id for each in node.commons.all()}:
            node.commons.note(tx, community, "", Stands.JOINING)


# the steward's side


def keys(node: Node) -> Iterator[tuple[bytes, Invitation, KeyPair]]:
    """The request keys of invitations that this hearth may admit on: with community and
    invitation. Needs the signer if there is any."""
    for each in node.commons.joined():
        membership = node.commons.membership(each.id)
        if not membership.is_steward(node.home.identity.person):
            continue
        signer = node.home.signer(node.now())
        chest = vault.Vault(node.home.store.connection, signer)
        kept = {one.pair.public: one.pair for one in chest.prekeys(each.id, request=True)}
        for invitation in membership.invitations:
            old = node.now() > invitation.expires + _LASTS * parcel_label.DAY
            if old or invitation.closed is State.REVOKED:
                continue
            pair = kept.get(invitation.request) or _unsealed(node, each.id, invitation, signer)
            if pair is not None:
                yield each.id, invitation, pair


def _unsealed(
    node: Node, community: bytes, invitation: Invitation, signer: vault.Deriver
) -> KeyPair | None:
    """The request key out of somebody else's invitation, if it was sealed to this device."""
    event = node.home.store.log.get(invitation.event)
    try:
        sealed = Invite.decode(event.payload or b"").sealed
    except RecordError:
        return None
    size = stanzas.SIZE
    found = [sealed[at : at + size] for at in range(0, len(sealed), size)]
    own = [vault.sealing_key(signer)]
    secret = stanzas.find(found, invitation.request, community, event.header.device, own)
    if secret is None:
        return None
    pair = KeyPair.from_secret(secret)
    return pair if pair.public == invitation.request else None


class Answered(NamedTuple):
    """What became of a request: whose, in which community, and why not, if not."""

    community: bytes
    person: bytes
    device: bytes
    admission: bytes | None
    why: HearthError | None = None


def may_be(data: bytes) -> bool:
    """Whether a parcel can be a request at all: sealed to one key, and small. Costs nothing."""
    count = data[parcel_label.LENGTH : parcel_label.LENGTH + 2]
    sealed_to_one = data[1:2] == bytes((DEVICES,)) and int.from_bytes(count, "big") == STEPS[0]
    return sealed_to_one and len(data) <= MAX_REQUEST


def answer(node: Node, data: bytes) -> Answered | None:
    """Admit whoever made a request, if they may be; None if it is no request that this hearth can
    open. Idempotent: who was admitted by it is so still."""
    if not may_be(data):
        return None
    known = list(keys(node))
    try:
        opened = unseal(data, [pair for _, _, pair in known])
        request = Request.decode(b"".join(opened.frames))
    except (NotOursError, ParcelError, CorruptError):
        return None
    for community, invitation, _ in known:
        if (community[: ticket.PIN], invitation.ticket) == (request.pin, request.ticket):
            break
    else:
        return None
    asked = Asked(request.certificate, request.holder, request.consent)
    if not genuine(community, invitation, asked, opened.sender):
        return None
    if not prekeys.is_sound(request.long):  # no bundle could be sealed any more
        return None
    holder = certificates.decode(request.certificate)
    try:
        admission = admit(node, community, invitation, asked)
    except HearthError as error:
        return Answered(community, holder.person, holder.device, None, error)
    with node.home.store.batch() as batch, batch.transaction() as tx:
        tx.set_meta(_newcomer(community, holder.device), request.long)
    return Answered(community, holder.person, holder.device, admission)


def newcomers(node: Node, community: bytes, devices: Iterable[bytes]) -> list[bytes]:
    """Sealing keys, as requests gave them, of devices that have not stated theirs yet."""
    found = []
    for device in devices:
        long = node.home.store.meta(_newcomer(community, device))
        if isinstance(long, bytes) and prekeys.stated(node.home, community, device) is None:
            found.append(long)
    return found


def _newcomer(community: bytes, device: bytes) -> str:
    return f"{_NEWCOMER}{community.hex()} {device.hex()}"
