"""Which statements of a control lane have been verified, so that none is verified twice.

The log checks who signed an event when it comes in, and nobody checks it again who reads it. What
an event holds of other signatures (of a ticket, of whoever consents, of a person on a certificate)
is verified when it is folded, which each process would do anew: 0.3 ms for every member. So what
was found true is noted where the events are, in hearth.db, and trusted no more and no less.

A proof is noted by a hash of all that was verified, signature included: a byte that differs, in an
event or in a note that was damaged, is verified anew. What was found false is never noted.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from blake3 import blake3

_CONTEXT: Final = "hearth 2026 statement of membership that was verified"
_SIZE: Final = 32


class Proofs:
    """What has been verified of one community. `noted`: what `note` gave once, or nothing."""

    def __init__(self, noted: object = None) -> None:
        whole = noted if isinstance(noted, bytes) and len(noted) % _SIZE == 0 else b""
        self._held = {whole[at : at + _SIZE] for at in range(0, len(whole), _SIZE)}
        self._false: set[bytes] = set()
        self._noted = len(self._held)

    def hold(self, what: str, *parts: bytes, check: Callable[[], bool]) -> bool:
        """Whether a statement is true. `check` must follow from `what` and `parts` alone; it is
        asked unless that is known."""
        hasher = blake3(what.encode(), derive_key_context=_CONTEXT)
        for part in parts:
            hasher.update(len(part).to_bytes(4, "big") + part)
        mark = hasher.digest()
        if mark in self._held:
            return True
        if mark in self._false:
            return False
        found = check()
        (self._held if found else self._false).add(mark)
        return found

    def note(self) -> bytes | None:
        """What is to be noted, if something has been verified since it was."""
        if len(self._held) == self._noted:
            return None
        self._noted = len(self._held)
        return b"".join(sorted(self._held))
