"""What shows on the outside of a parcel: until when to carry it, and under which mailbox.

    label = version (1) ‖ kind (1) ‖ expires (2, days since the epoch) ‖ tag (16)

The label is the same in every version, so a carrier carries what it could not open anyway.

A *mailbox* is a secret of 32 bytes that only those have who know the recipients; the *tag* of a day
is a keyed hash under it:

    tag = first 16 bytes of BLAKE3, keyed with the mailbox's secret, of day (4)

A carrier can neither compute tags nor tell which of two days belong together. The day is the
sender's, whose clock may be wrong, and the parcel may be on its way for weeks: so a recipient
looks for the tags of a window of days on both sides of its own. Whose mailbox it is, the caller
decides: one device's (`device_mailbox`), or one that a whole audience shares (`audience_mailbox`).

Whatever is carried expires. The day is coarse: whole days within a week, and beyond that the next
multiple of seven, so that it does not say to the hour when the parcel was made.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from blake3 import blake3

from hearth.sync.cipher import checked_key
from hearth.sync.errors import MisuseError
from hearth.sync.parcel_errors import CutParcelError, ParcelFormatError

VERSION: Final = 1
LENGTH: Final = 20
TAG: Final = 16
DAY: Final = 86400
WEEK: Final = 7
MAX_DAY: Final = 0xFFFF
MAX_LIFE: Final = 90
"""Days for which a parcel may be carried; as long as a device keeps old prekeys."""
BACK: Final = MAX_LIFE + 2 * WEEK
"""Days before today whose tags a recipient looks for: a whole life, and a clock two weeks off."""
AHEAD: Final = 2 * WEEK

_DEVICE: Final = "hearth 2026 mailbox of a device"
_AUDIENCE: Final = "hearth 2026 mailbox of an audience"


class Label(NamedTuple):
    """The outside of a parcel; `expires` is the last day, since the epoch, to carry it."""

    kind: int
    expires: int
    tag: bytes
    version: int = VERSION

    def encode(self) -> bytes:
        """The 20 bytes. Raises MisuseError for what is none."""
        if len(self.tag) != TAG or not 0 <= self.expires <= MAX_DAY:
            raise MisuseError("a tag has 16 bytes, and a day is a number of 16 bits")
        return bytes((self.version, self.kind)) + self.expires.to_bytes(2, "big") + self.tag


def read(data: bytes) -> Label:
    """The label at the front of a parcel of any version.

    Raises CutParcelError if it is not all there, ParcelFormatError for version 0.
    """
    if len(data) < LENGTH:
        raise CutParcelError(f"a parcel of only {len(data)} bytes")
    if not data[0]:
        raise ParcelFormatError("a parcel of version 0")
    return Label(data[1], int.from_bytes(data[2:4], "big"), bytes(data[4:LENGTH]), data[0])


def day_of(now: int) -> int:
    """The day since the epoch of unix seconds; the first and the last for clocks beyond them."""
    return min(max(0, now // DAY), MAX_DAY)


def expiry(now: int, days: int) -> int:
    """The day on which what is sealed now expires, if it is to be carried for at least so many.

    Raises MisuseError unless `days` is 1 to 90.
    """
    if not 1 <= days <= MAX_LIFE:
        raise MisuseError(f"a parcel is carried for 1 to {MAX_LIFE} days")
    last = day_of(now) + days
    return min(last if days <= WEEK else -(-last // WEEK) * WEEK, MAX_DAY)


def device_mailbox(shared: bytes, recipient: bytes) -> bytes:
    """The mailbox of one device, by its sealing key (32 bytes).

    `shared` is a secret of those who may write to it: best its community's present key, so that
    who has been put out cannot compute the tags any more.
    """
    return blake3(checked_key(shared) + checked_key(recipient), derive_key_context=_DEVICE).digest()


def audience_mailbox(key: bytes) -> bytes:
    """The mailbox that all who have an audience's key share."""
    return blake3(checked_key(key), derive_key_context=_AUDIENCE).digest()


def tag(mailbox: bytes, day: int) -> bytes:
    """The 16 bytes under which a mailbox goes on a day."""
    return blake3(day.to_bytes(4, "big"), key=checked_key(mailbox)).digest()[:TAG]


def tags(mailbox: bytes, now: int, back: int = BACK, ahead: int = AHEAD) -> list[bytes]:
    """The tags to look for at `now`: today's first, then the days around it, nearest first."""
    today = day_of(now)
    around = sorted(range(-back, ahead + 1), key=lambda apart: (abs(apart), apart))
    days = (today + apart for apart in around)
    return [tag(mailbox, day) for day in days if 0 <= day <= MAX_DAY]
