"""What was just written, and what it takes on a thin link."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from hearth.sync import short
from hearth.sync.fit import Link, measure

if TYPE_CHECKING:
    from hearth.store.event import Event


class Written(NamedTuple):
    """An event that was written, the bytes of its short frame, and how many frames of a LoRa radio
    that takes."""

    event: Event
    bytes: int
    frames: int

    @classmethod
    def of(cls, event: Event) -> Written:
        """An event, measured."""
        size = short.size(event.header)
        return cls(event, size, measure(size, Link.LORA).frames)
