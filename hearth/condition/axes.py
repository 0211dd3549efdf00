"""What is told apart of the condition here: axes that stand for themselves, and the modes that
follow from them.

Each axis is a scale from good to bad. `UNKNOWN` is not bad: nobody has looked, or nothing is there
to look at.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Scale(StrEnum):
    """Words from good to bad, in the order in which a class lists them."""

    @property
    def rank(self) -> int:
        """0: good, or not known; the higher the worse."""
        return 0 if self.value == "unknown" else list(type(self)).index(self)


class Link(Scale):
    """What the interfaces of this machine have."""

    LAN = "lan"
    LOCAL = "link-local"
    NONE = "none"
    UNKNOWN = "unknown"


class Wan(Scale):
    """How far the wide net is there, by pages that were asked for (`wan`)."""

    FULL = "full"
    LIMITED = "limited"
    PORTAL = "portal"
    NONE = "none"
    UNKNOWN = "unknown"


class Peers(Scale):
    """How many of the hearths that are usually met were reached of late."""

    NORMAL = "normal"
    FEW = "few"
    NONE = "none"
    UNKNOWN = "unknown"


class Power(Scale):
    """What this machine runs on. `LOW`: a battery at 30 % or less, `CRITICAL`: at 10 % or less."""

    MAINS = "mains"
    BATTERY = "battery"
    LOW = "low"
    CRITICAL = "critical"
    UNKNOWN = "unknown"

    @property
    def is_scarce(self) -> bool:
        """Whether work is to be thinned."""
        return self in (Power.LOW, Power.CRITICAL)


class Clock(Scale):
    """Whether times shown here can be believed."""

    TRUSTED = "trusted"
    DRIFTING = "drifting"
    UNKNOWN = "unknown"


class Mode(StrEnum):
    """What follows from all of it, for people and scripts."""

    NORMAL = "normal"
    DEGRADED = "degraded"
    ISLAND = "island"
    EMERGENCY = "emergency"
    RECOVERY = "recovery"


class Values(NamedTuple):
    """A value on each axis."""

    link: Link = Link.UNKNOWN
    wan: Wan = Wan.UNKNOWN
    peers: Peers = Peers.UNKNOWN
    power: Power = Power.UNKNOWN
    clock: Clock = Clock.UNKNOWN


AXES = Values._fields


def technical(values: Values) -> Mode:
    """The mode without what people declare; being cut off is never an emergency.

    Island: no network, or none beyond the neighbourhood. Degraded: the wide net is there in part,
    or behind a portal; nobody is reached of the two or more hearths that usually are; or the
    battery is at 30 % or less.
    """
    if values.link in (Link.LOCAL, Link.NONE) or values.wan is Wan.NONE:
        return Mode.ISLAND
    if (
        values.wan in (Wan.LIMITED, Wan.PORTAL)
        or values.peers is Peers.NONE
        or values.power.is_scarce
    ):
        return Mode.DEGRADED
    return Mode.NORMAL
