"""Tells whoever started this program how it is doing: the protocol of sd_notify(3).

A message is lines like `READY=1`, `STOPPING=1` or `STATUS=…`, sent as one datagram to the socket
that the service manager names in `NOTIFY_SOCKET`.
"""

from __future__ import annotations

import socket
from typing import Final

PATIENCE: Final = 1.0
"""Seconds for which a full socket is waited for."""


def notify(message: str, environ_socket: str | None) -> bool:
    """Send `message` to the socket of that name; whether it was sent. Never raises OSError.

    `environ_socket` is what `NOTIFY_SOCKET` says: a path, or a name in the abstract namespace
    after `@`. None and every other kind of address are nobody to tell.
    """
    if not environ_socket or environ_socket[0] not in "/@" or not hasattr(socket, "AF_UNIX"):
        return False
    address = "\0" + environ_socket[1:] if environ_socket[0] == "@" else environ_socket
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
            out.settimeout(PATIENCE)
            out.sendto(message.encode(), address)
    except (OSError, ValueError):  # a path with a NUL in it, or one that is too long
        return False
    return True
