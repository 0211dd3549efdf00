"""Hearths that never share a network: they trade by folders."""

from __future__ import annotations

from pathlib import Path

from audience_kit import Neighbour

from hearth.bundles import trading
from hearth.bundles.trading import Read, Wrote
from hearth.store.disk import Disk


def visit(who: Neighbour, stick: Path) -> tuple[Read, list[Wrote]]:
    """Stick in, everything read and written, stick out."""
    read = trading.read(who.node, Disk(), stick)
    wrote, _ = trading.write(who.node, Disk(), stick)
    return read, wrote


def all_events(who: Neighbour, community: bytes) -> list[bytes]:
    return sorted(event.id for event in who.home.store.log.events(community))
