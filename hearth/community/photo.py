"""A ticket's text out of a picture of its QR code. Needs the extra `qr`."""

from __future__ import annotations

from pathlib import Path

from hearth.community.ticket import PREFIX, NotATicketError
from hearth.store.errors import UsageError
from hearth.sync.carriers import pictures


def read(path: Path) -> str:
    """The text of the one ticket in a picture.

    Raises what `pictures.codes` raises, NotATicketError where no code (or only others) can be
    found, and UsageError for several tickets.
    """
    texts = pictures.codes(path, "without: type the ticket, or read it from a file with --file")
    found = {text for text in texts if text.upper().startswith(PREFIX[:-1])}
    if not found:
        raise NotATicketError(
            f'no ticket can be seen in "{path.name}"', "take it again: whole, straight and sharp"
        )
    if len(found) > 1:
        raise UsageError(f'there are {len(found)} tickets in "{path.name}"', "show one at a time")
    return found.pop()
