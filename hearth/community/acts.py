"""What a person does in a community's control lane: found, invite, admit, remove, leave.

Each function writes one act as this hearth's device, in the caller's transaction, after asking
the membership whether it will count: an act that would be void is refused with the reason
instead of being written. The rules themselves are `judging`'s; here stands only what a kind
program says before it lets somebody do in vain what everybody else would ignore.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from blake3 import blake3

from hearth.community import records, statements, ticket
from hearth.community.membership import Invitation, Member, Membership, State
from hearth.community.records import Head, Left, Role
from hearth.identity.identity import community_id
from hearth.store import database, served
from hearth.store.errors import HearthError
from hearth.store.header import Lane

if TYPE_CHECKING:
    from hearth.community.records import Record
    from hearth.community.ticket import Address, Ticket
    from hearth.home import Home
    from hearth.identity.identity import DeviceSigner
    from hearth.store.batch import Transaction
    from hearth.store.event import Event
    from hearth.sync.cipher import KeyPair

MAX_SEALED_TO: Final = 200
"""Devices of stewards to which an invitation's request key is sealed: the most senior ones."""
_REQUEST: Final = "hearth 2026 request key of an invitation"


class NotStewardError(HearthError, code="not-a-steward"):
    """Only a steward may do this."""


class NotSeniorError(HearthError, code="not-senior"):
    """Only somebody more senior may do this."""


class NotMemberError(HearthError, code="not-a-member"):
    """The person is no member."""


class NotOpenError(HearthError, code="invitation-closed"):
    """The invitation cannot be used any more."""


class LeftSinceError(NotOpenError, code="left-since"):
    """Whoever asks was admitted by the same ticket before, and has left since."""


class LastStewardError(HearthError, code="last-steward"):
    """Nobody would be left who can admit or remove."""


def write(home: Home, tx: Transaction, community: bytes, record: Record, now: int) -> Event:
    """Append one act as this hearth's device."""
    return home.store.log.append(
        tx, home.signer(now), community, Lane.CONTROL, record.KIND, record.encode(), wall=now
    )


def found(home: Home, tx: Transaction, name: str, now: int) -> bytes:
    """Found a community with this person as its only member, and steward; returns its id."""
    me = home.identity
    nonce = os.urandom(records.NONCE)
    community = community_id(me.person, nonce)
    write(home, tx, community, records.Genesis(me.certificate, nonce, name, me.name), now)
    return community


def invite(
    home: Home,
    tx: Transaction,
    membership: Membership,
    *,
    role: Role,
    uses: int,
    expires: int,
    addresses: tuple[Address, ...],
    now: int,
) -> tuple[Ticket, Event]:
    """Offer `uses` places until `expires` (unix seconds); the ticket holds the secret half.

    `addresses` are where this hearth may be found, the most useful first; as many as there is
    room for go into the ticket. Raises NotStewardError.
    """
    check_steward(home, membership)
    signer, seed = home.signer(now), ticket.new_seed()
    chosen, hint = fitting(addresses, membership.name)
    opens = request_key(signer, seed)
    pin = membership.community[: ticket.PIN]
    made = ticket.Ticket(pin, signer.device, seed, opens.public, expires, role, hint, chosen)
    sealed = _for_stewards(home, tx, membership, opens, now)
    record = records.Invite(made.public, made.request, role, uses, expires, sealed)
    return made, write(home, tx, membership.community, record, now)


def _for_stewards(
    home: Home, tx: Transaction, membership: Membership, opens: KeyPair, now: int
) -> bytes:
    """The secret half of a request key, kept here, and sealed to all stewards' devices of which
    something has come that can be sealed to: stanzas, as in a KEY event (docs/audiences.md)."""
    from hearth.audience import prekeys, stanzas, vault

    signer, community = home.signer(now), membership.community
    chest = vault.Vault(tx.connection, signer)
    chest.add_prekey(tx, opens, community, prekeys.lived(home, now), request=True)
    devices = [each for one in membership.stewards for each in membership.members[one].devices]
    found = [
        stanzas.wrap(
            opens.secret, opens.public, community, signer.device, vault.sealing_key(signer),
            said.long,
        )
        for each in devices[:MAX_SEALED_TO]
        if each != signer.device and (said := prekeys.stated(home, community, each)) is not None
    ]  # fmt: skip
    return b"".join(stanzas.hidden(found)) if found else b""


def request_key(signer: DeviceSigner, seed: bytes) -> KeyPair:
    """The key under which a joiner seals a request; the inviter's device can make it again."""
    from hearth.sync.cipher import KeyPair

    return KeyPair.from_secret(blake3(seed, key=signer.derive(_REQUEST)).digest())


def fitting(addresses: Iterable[Address], name: str) -> tuple[tuple[Address, ...], str]:
    """As many addresses as a ticket has room for, and the community's name if it still fits."""
    room = ticket.MAX_LAST - 1
    chosen: list[Address] = []
    for address in addresses:
        size = len(address.encode())
        if size <= room and len(chosen) < ticket.MAX_ADDRESSES:
            chosen.append(address)
            room -= size
    fits = name.isprintable() and len(name.encode()) <= room
    return tuple(chosen), name if fits else ""


def revoke(
    home: Home, tx: Transaction, membership: Membership, invitation: Invitation, now: int
) -> Event:
    """Take an invitation back. Raises NotStewardError."""
    check_steward(home, membership)
    record = records.RevokeInvite(invitation.event)
    return write(home, tx, membership.community, record, now)


def admit(
    home: Home,
    tx: Transaction,
    membership: Membership,
    invitation: Invitation,
    certificate: bytes,
    holder: bytes,
    consent: bytes,
    now: int,
) -> Event:
    """Take the holder of a ticket in. Raises NotStewardError, NotOpenError.

    What `holder` and `consent` prove is for the caller to check (`statements`).
    """
    check_steward(home, membership)
    state = invitation.state(max(now, membership.log_time))
    if state is not State.OPEN:
        raise NotOpenError(f"the invitation cannot be used: {state}")
    record = records.Admit(invitation.event, certificate, holder, consent)
    return write(home, tx, membership.community, record, now)


def sit(home: Home, tx: Transaction, community: bytes, seat: bytes, now: int) -> None:
    """After an admission: say whose device this is, and how the person wants to be called."""
    write(home, tx, community, records.Device(home.identity.certificate, seat), now)
    write(home, tx, community, records.Profile(home.identity.name), now)


def remove(home: Home, tx: Transaction, membership: Membership, member: Member, now: int) -> Event:
    """Put somebody out. Raises NotStewardError, NotSeniorError.

    What the person's devices had written elsewhere, as far as it is held here, goes on counting.
    """
    check_senior(home, membership, member)
    record = records.Remove(member.person, _heads(home, membership, member.person))
    return write(home, tx, membership.community, record, now)


def set_role(
    home: Home, tx: Transaction, membership: Membership, member: Member, role: Role, now: int
) -> list[Event]:
    """Make somebody a steward or a member, in each of their seats.

    Raises NotStewardError, and NotSeniorError for demoting somebody who is not junior.
    """
    if role is Role.MEMBER:
        check_senior(home, membership, member)
    else:
        check_steward(home, membership)
    return [
        write(
            home,
            tx,
            membership.community,
            records.SetRole(member.person, seat or None, role),
            now,
        )
        for seat in member.seats
    ]


def leave(home: Home, tx: Transaction, membership: Membership, what: Left, now: int) -> Event:
    """Go, or lay the stewardship down. Raises NotMemberError, NotStewardError, and
    LastStewardError where other members would be left without any steward."""
    check_may_leave(home, membership, what)
    me = home.identity.person
    heads = _heads(home, membership, me) if what is Left.COMMUNITY else ()
    device = home.signer(now).device
    community = membership.community
    where = (community, device, *home.store.log.place(tx, device, community, Lane.CONTROL))
    signature = statements.sign_leaves(home.person_signer().sign, where, what, heads)
    return write(home, tx, community, records.Leave(what, signature, heads), now)


def check_may_leave(home: Home, membership: Membership, what: Left) -> None:
    """Raise what `leave` raises."""
    me = home.identity.person
    if me not in membership.members:
        raise NotMemberError("you are no member")
    if what is Left.STEWARDSHIP:
        check_steward(home, membership)
    if membership.stewards == (me,) and len(membership.members) > 1:
        raise LastStewardError(
            "you are the last steward: nobody could invite, admit or remove any more",
            "hearth member role NAME steward makes another one first",
        )


def check_steward(home: Home, membership: Membership) -> None:
    """Raise NotStewardError unless this hearth's person is a steward."""
    if not membership.is_steward(home.identity.person):
        names = [membership.members[each].name for each in membership.stewards[:3]]
        asked = " or ".join(f'"{name}"' for name in names if name)
        hints = [f"ask a steward: {asked}"] if asked else []
        raise NotStewardError(f'only a steward of "{membership.name}" may do this', *hints)


def check_senior(home: Home, membership: Membership, member: Member) -> None:
    """Raise unless this hearth's person is a steward and senior to the member."""
    check_steward(home, membership)
    order = membership.stewards
    if member.person == home.identity.person:
        raise NotSeniorError("you cannot do this to yourself", "hearth community leave is for that")
    if member.person in order and order.index(member.person) < order.index(home.identity.person):
        raise NotSeniorError(
            f'"{member.name}" is a steward more senior than you: it would count for nothing'
        )


def _heads(home: Home, membership: Membership, person: bytes) -> tuple[Head, ...]:
    """Where the person's chains outside the control lane stand here, branches too."""
    devices = membership.devices_of(person)
    found: list[Head] = []
    for lane in (Lane.EMERGENCY, Lane.CHAT, Lane.MARKET, Lane.CORPUS):
        for device in devices:
            found += [
                Head(device, lane, run.last, run.head)
                for run in tips(home, membership.community, lane, device)
            ]
    return tuple(sorted(found))[: records.MAX_HEADS]


def tips(home: Home, community: bytes, lane: int, device: bytes) -> list[served.Run]:
    """The last events of a chain: one, or one a branch and island."""
    with database.translated():
        chains = served.chains(home.store.connection, community, lane, device)
    return [
        run
        for chain in chains
        for run in chain.runs
        if not any(o.parent == run.number and o.first == run.last + 1 for o in chain.runs)
    ]
