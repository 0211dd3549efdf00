"""Whose device it is that shows its certificate, before its DEVICE event has come.

It is judged as that event would be (docs/membership.md, section 1): by the person's key, and by
what is known here of that person. So nobody gets further by it than by bringing the event.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hearth.community.quotas import seats
from hearth.community.records import Device, RecordError
from hearth.identity import certificate as certificates
from hearth.identity.certificate import CertificateError
from hearth.kinds import DEVICE
from hearth.store.header import Lane
from hearth.sync.introducing import Shown

if TYPE_CHECKING:
    from hearth.community.membership import Membership
    from hearth.home import Home

_FOUNDER = bytes(32)
_NONE = bytes(64)


def own(home: Home, community: bytes) -> Shown | None:
    """What shows whose device this hearth's is in a community, to somebody who does not know it.

    None for a device that an admission named, or that founded the community: whoever does not
    know of that has nothing to judge it by.
    """
    found = None
    for event in home.store.log.events(
        community, Lane.CONTROL, device=home.identity.device, kind=DEVICE
    ):
        try:
            record = Device.decode(event.payload or b"")
        except RecordError:
            continue
        if record.seat is None or record.joins is not None:
            found = Shown(record.seat or _FOUNDER, record.certificate, record.joins or _NONE)
    return found


def person(membership: Membership, shown: Shown, device: bytes) -> bytes | None:
    """The member whose device this is by what it has shown; None if it shows no such thing.

    A device that its person has retired, or that was put out, is nobody's whatever it shows.
    """
    try:
        certificate = certificates.decode(shown.certificate)
    except CertificateError:
        return None
    whose = certificate.person
    known = membership.seated(device) and membership.person_of(device) is None
    if certificate.device != device or known or membership.has_retired(whose, device):
        return None
    seat = None if shown.seat == _FOUNDER else shown.seat
    record = Device(shown.certificate, seat, shown.joins)
    return whose if seats(membership, membership.heads, whose, record) else None
