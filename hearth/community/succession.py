"""Going on as a new device, and retiring an old one.

A device must not write on where it may have written already what is not here (a restored copy, a
log rebuilt from packs) or where its chain has forked. The person then certifies a new device, and
that takes the old one's seat in every community. Nothing of the old one is voided by that: what
it wrote, here or elsewhere, goes on counting.

Retiring says that a device speaks no more, and which of its last events are kept; what comes after
those counts for nothing, everywhere. It is for a stolen or copied device, is done by a person who
knows what is to be kept, and never by itself: events of the old device that have not come back yet
would be lost by it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hearth.community import acts, records, statements
from hearth.community.commons import Commons, State
from hearth.community.records import Head
from hearth.store import database
from hearth.store.errors import HearthError
from hearth.store.header import Lane

if TYPE_CHECKING:
    from hearth.community.membership import Membership
    from hearth.home import Home
    from hearth.store.batch import Transaction
    from hearth.store.event import Event


class NotYourDeviceError(HearthError, code="not-your-device"):
    """The device is none of this person's in the community, or is the one in use."""


def succeed(home: Home, tx: Transaction, now: int) -> list[bytes]:
    """Let this hearth's new device sit in its person's seats; the communities where it does.

    The new device's signer must be open. Communities that a repair has forgotten are found again.
    """
    commons, done = Commons(home), []
    for community in _communities(home):
        membership = commons.membership(community)
        me = membership.members.get(home.identity.person)
        if me is None:
            continue
        seat = me.seats[0] or None  # the founder's comes first
        joins = None
        if seat is not None:
            sign = home.person_signer().sign
            joins = statements.sign_joins(sign, community, seat, home.identity.device)
        record = records.Device(home.identity.certificate, seat, joins)
        acts.write(home, tx, community, record, now)
        commons.note(tx, community, membership.name, State.JOINED)
        done.append(community)
    return done


def _communities(home: Home) -> list[bytes]:
    """Every community that the log holds control events of, but home."""
    with database.translated():
        found = database.rows(
            home.store.connection,
            "SELECT DISTINCT community FROM chains WHERE lane = ? AND community <> ?"
            " ORDER BY community",
            Lane.CONTROL,
            home.community,
        )
    return [community for (community,) in found]


def retire(home: Home, tx: Transaction, membership: Membership, device: bytes, now: int) -> Event:
    """Retire another device of this person in a community, keeping all of it that is here.

    Raises NotYourDeviceError.
    """
    community, me = membership.community, home.identity
    if device == home.signer(now).device or device not in membership.devices_of(me.person):
        raise NotYourDeviceError(
            f'"{device.hex()[:12]}" is not another device of yours', "hearth device lists them"
        )
    control = tuple(sorted(tip.head for tip in acts.tips(home, community, Lane.CONTROL, device)))[
        : records.MAX_HEADS
    ]
    heads = tuple(
        sorted(
            Head(device, lane, tip.last, tip.head)
            for lane in Lane
            if lane is not Lane.CONTROL
            for tip in acts.tips(home, community, lane, device)
        )
    )[: records.MAX_HEADS]
    where = (
        community,
        me.device,
        *home.store.log.place(tx, me.device, community, Lane.CONTROL),
    )
    sign = home.person_signer().sign
    signature = statements.sign_retires(sign, where, device, control, heads)
    record = records.RetireDevice(device, signature, control, heads)
    return acts.write(home, tx, community, record, now)


def retire_everywhere(home: Home, tx: Transaction, device: bytes, now: int) -> list[Event]:
    """Retire another device of this person wherever it has a seat and speaks still."""
    commons, done = Commons(home), []
    for community in (home.community, *_communities(home)):
        membership = commons.membership(community)
        mine = membership.devices_of(home.identity.person)
        if device in mine and device not in membership.retired:
            done.append(retire(home, tx, membership, device, now))
    return done
