"""How many frames a message takes on the thinnest links.

    link   frame                                                     bytes of ours in it
    lora   the payload of a Meshtastic packet                                       233
    qr     a version-10 code, level M, alphanumeric: 311 characters                 191
    sms    one text message of 160 GSM-7 characters                                 117

On a radio a frame is bytes. Codes and text messages are counted as text, which is what a person can
photograph, paste and send with any phone: `MARK` characters to know it by, the rest base32 (5
bits a character, as tickets are; a code's alphanumeric mode has no small letters) or base64url
(6 bits; all its characters are in the GSM-7 alphabet). A code in byte mode would hold 213 bytes and
a binary text message 140, for those who have a program at both ends.

A message that is longer is split (`carriers.splitting`), and each part has a header of 9 bytes.
Sans-IO.
"""

from __future__ import annotations

from enum import Enum
from typing import Final, NamedTuple

from hearth.sync.carriers import splitting

MARK: Final = 4
"""Characters at the beginning of a frame that is text."""


class Link(Enum):
    """A link, by the name that it is asked for with."""

    LORA = "lora"
    QR = "qr"
    SMS = "sms"

    @property
    def limit(self) -> int:
        """Bytes of ours that one frame holds."""
        return _LIMITS[self]


_LIMITS: Final = {Link.LORA: 233, Link.QR: (311 - MARK) * 5 // 8, Link.SMS: (160 - MARK) * 6 // 8}


class Fit(NamedTuple):
    """How a message fits a link: in so many frames of at most `limit` bytes. `used`: all bytes that
    are sent, headers of parts among them; `spare`: how much longer it may be in as many frames."""

    frames: int
    used: int
    limit: int
    spare: int


def measure(size: int, link: Link) -> Fit:
    """How a message of so many bytes (at least one) fits."""
    limit = link.limit
    if size <= limit:
        return Fit(1, size, limit, limit - size)
    cut = splitting.shape(size, limit)
    room = cut.count * (limit - cut.header) - 1
    return Fit(cut.count, cut.count * (cut.size + cut.header), limit, room - size)
