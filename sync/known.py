"""What the receiver of events looks up: whose chain a tag means, and which event."""

from __future__ import annotations

from collections.abc import Iterable

from hearth.sync.delta import Salt
from hearth.sync.replica import Replica


class KnownLane:
    """One lane here, as `delta.decode` needs it. Lives as long as a session."""

    def __init__(self, replica: Replica, salt: Salt, community: bytes, lane: int) -> None:
        self._replica = replica
        self._salt = salt
        self._community = community
        self._lane = lane
        self._devices: dict[bytes, bytes | None] = {}
        self._all: set[bytes] = set()
        self.add(replica.devices(community, lane))

    def add(self, devices: Iterable[bytes]) -> None:
        """These devices have chains here now."""
        for device in set(devices) - self._all:
            self._all.add(device)
            tag = self._salt.device(device)
            self._devices[tag] = None if tag in self._devices else device

    def device(self, tag: bytes) -> bytes | None:
        return self._devices.get(tag)

    def previous(self, device: bytes, sequence: int, tag: bytes) -> bytes | None:
        ids = self._replica.ids_at(self._community, self._lane, device, sequence)
        found = [id for id in ids if self._salt.id(id) == tag]
        return found[0] if len(found) == 1 else None
