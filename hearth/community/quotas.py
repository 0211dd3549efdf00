"""How much of the control lane is held of whom, so that nobody fills it with junk.

Control events are never dropped, and every one of them makes the fold dearer. They are taken in
by who wrote them; so what one person, or somebody whom nobody knows, may have written is bounded:

* a device that no admission has named yet: 64 events, and all such devices together 4096. A device
  that proves to be a member's, or the founder's, is let in even when that is full: junk keeps
  nobody out. Of a community whose founding has not come, 16,384;
* a person who never held an office, with all devices: 1024;
* of those put out, no more than 64 events that count for nothing, when a stranger brings them;
* whoever is, or was, a steward: any number. Their acts may be what everything else rests on.

But for those put out, a large event counts as several: once, and once more for each whole KiB of
header and payload. Every fold reads all of them, so what they weigh is bounded as their number is.

Bounds are looked at once for each frame that arrives, so one frame may go beyond them. What is
refused may come again, and is taken once its author's seat is known.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

from hearth.community import statements
from hearth.community.reading import FOUNDER
from hearth.community.records import Device, Genesis
from hearth.identity import certificate as certificates
from hearth.identity.identity import community_id
from hearth.kinds import DEVICE, GENESIS
from hearth.store.errors import HearthError
from hearth.store.header import Fields, lists, scan

if TYPE_CHECKING:
    from hearth.community.membership import Membership

UNSEATED: Final = 64
"""Control events held of a device that no admission has named."""
STRANGERS: Final = 4096
"""Control events held of all such devices together."""
PLAIN: Final = 1024
"""Control events held of all devices of a person who never held an office."""
UNFOUNDED: Final = 1 << 14
"""Control events held of a community whose founding has not come yet."""


class Held(NamedTuple):
    """What is held of one device's control events: how many, and what they count as."""

    events: int
    weight: int


class Census:
    """Who has written how much of one community's control lane, as it is held now.

    `held`: by device.
    """

    def __init__(self, membership: Membership, held: Mapping[bytes, Held]) -> None:
        self._membership = membership
        self._held = held
        self._persons: Counter[bytes] = Counter()
        self._unseated = 0
        for device, (_, weight) in held.items():
            persons = membership.persons_of(device)
            self._persons.update(dict.fromkeys(persons, weight))
            if not persons:
                self._unseated += weight

    def admits(self, device: bytes, *, stranger: bool) -> bool:
        """Whether more control events of a device are taken in; `stranger`: from no member."""
        membership, held = self._membership, self._held.get(device, Held(0, 0))
        persons = membership.persons_of(device)
        if not persons:
            if not membership.founded:
                return sum(each.weight for each in self._held.values()) < UNFOUNDED
            return held.weight < UNSEATED and self._unseated < STRANGERS
        gone = stranger and membership.person_of(device) is None
        if gone and held.events - membership.counted(device) >= UNSEATED:
            return False
        return any(map(self._has_room, persons))

    def proves(self, header: bytes, payload: bytes | None) -> bool:
        """Whether this event, the first of its chain, makes its device a member's."""
        try:
            fields = scan(header)
            record = _seating(fields, payload)
            if record is None:
                return False
            certificate = certificates.decode(record.certificate)
        except HearthError:
            return False
        person, community = certificate.person, self._membership.community
        if certificate.device != header[38:70] or not self._has_room(person):
            return False
        if isinstance(record, Genesis):
            return community_id(person, record.nonce) == community
        return seats(self._membership, lists(header, fields)[0], person, record)

    def _has_room(self, person: bytes) -> bool:
        return self._persons[person] < PLAIN or self._membership.held_office(person)


def _seating(fields: Fields, payload: bytes | None) -> Genesis | Device | None:
    """What the first event of a chain says of its device. Raises RecordError."""
    if payload is None or fields.sequence != 1:
        return None
    kinds: dict[int, type[Genesis] | type[Device]] = {GENESIS: Genesis, DEVICE: Device}
    kind = kinds.get(fields.kind)
    return None if kind is None else kind.decode(payload)


def seats(membership: Membership, acts: tuple[bytes, ...], person: bytes, record: Device) -> bool:
    """Whether a DEVICE event that had seen `acts` seats its device with a member."""
    device = record.certificate[32:64]
    member, seat = membership.members.get(person), record.seat or FOUNDER
    if member is None or seat not in member.seats or not membership.seen(acts, seat):
        return False
    return seat == FOUNDER or (
        record.joins is not None
        and statements.joins(person, membership.community, seat, device, record.joins)
    )
