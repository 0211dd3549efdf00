"""One look at this machine: what its interfaces, its power and its clock are, whom it has met.

Nothing here asks the network anything, but for the pages and the UPS that somebody has set.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from hearth.condition import power
from hearth.condition.axes import Clock, Link, Peers, Scale, Wan
from hearth.condition.wan import Nonsense, judge
from hearth.condition.ways import Ways
from hearth.seen import SANE

if TYPE_CHECKING:
    from hearth.community.commons import Commons
    from hearth.home import Home

LATELY: Final = 900
"""Seconds for which a meeting counts whatever came after."""
TRIED: Final = 3600
"""Where nobody was called at for so long, it is not known who could be reached."""
USUAL: Final = 7 * 86_400
"""Who was met in this time is usually met."""
FEWEST: Final = 2
"""Of fewer hearths that are usually met, silence says nothing."""
SLACK: Final = 600
"""Seconds that clocks may differ."""
_OWN: Final = re.compile(
    r"br-[0-9a-f]{12}|(?:docker|tailscale|tap|tun|utun|veth|virbr|wg|zt)\w*", re.ASCII
)
"""Names of interfaces that are there without any network: bridges of containers and of virtual
machines, tunnels."""
_NET: Final = Path("/sys/class/net")
_SYNCED: Final = Path("/run/systemd/timesync/synchronized")


class Asked(NamedTuple):
    """What others said: the pages that are set, and the UPS; None where none was asked."""

    wan: tuple[Wan, str] | None = None
    ups: tuple[power.Reading, str | None] | None = None
    whole: bool = True
    """Whether a UPS that is set was asked, so that the power is known."""


class Look(NamedTuple):
    """What was seen, by axis, without what was not looked at; and why, in words for people."""

    readings: Mapping[str, Scale]
    notes: Mapping[str, str]
    percent: int | None = None
    """What is left in the battery, if this machine runs on one."""


def ask(ways: Ways, *, outside: bool = True) -> Asked:
    """Ask whom a person has set; without `outside` nobody. Takes up to nine seconds, and touches
    nothing of the hearth: it may run in a thread. Without a network no page is asked for.
    """
    if not outside:
        nothing = None if ways.probes else judge([], Nonsense.SKIPPED)
        return Asked(nothing, None, whole=ways.ups is None)
    ups = None if ways.ups is None else power.ask(ways.ups)
    if not ways.probes:
        return Asked(judge([], Nonsense.SKIPPED), ups)
    if of_interfaces(interfaces())[0] is not Link.LAN:
        return Asked((Wan.NONE, "no network to ask through"), ups)
    from hearth.condition import probing

    return Asked(judge(*probing.look(ways.probes)), ups)


def look(home: Home, commons: Commons, asked: Asked, now: int) -> Look:
    """Look once. `now` is this machine's clock in unix seconds. Raises what the store raises."""
    link, said = of_interfaces(interfaces())
    readings: dict[str, Scale] = {"link": link}
    notes = {"link": said}
    reading, said = of_power(power.system(), asked.ups)
    if asked.whole:
        readings["power"], notes["power"] = reading.power, said
    readings["clock"], notes["clock"] = of_clock(home, commons, now)
    if asked.wan is not None:
        readings["wan"], notes["wan"] = asked.wan
    peers = of_peers(home, now)
    if peers is not None:
        readings["peers"], notes["peers"] = peers
    return Look(readings, notes, reading.percent)


# link


class Interface(NamedTuple):
    """An interface by its name, whether it carries anything, and its addresses."""

    name: str
    carries: bool
    addresses: tuple[str, ...]


def interfaces(root: Path = _NET) -> list[Interface]:
    """The interfaces of this machine that have addresses, without those of its own making."""
    import ifaddr

    found = []
    for adapter in ifaddr.get_adapters():
        if is_own(str(adapter.name)):
            continue
        hosts = [each.ip if isinstance(each.ip, str) else each.ip[0] for each in adapter.ips]
        found.append(Interface(str(adapter.name), _carries(root / str(adapter.name)), tuple(hosts)))
    return found


def is_own(name: str) -> bool:
    """Whether an interface of this name leads to nothing but this machine, or through others."""
    return _OWN.fullmatch(name) is not None


def _carries(path: Path) -> bool:
    """Whether an interface carries something, by the kernel; where it says nothing, it may."""
    try:
        state = (path / "operstate").read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return True
    return state in ("up", "unknown")


def of_interfaces(found: Sequence[Interface]) -> tuple[Link, str]:
    """What interfaces come to: a LAN takes an address on one that is no link-local address."""
    near, dead = [], []
    for each in found:
        for host in each.addresses:
            address = ipaddress.ip_address(host.partition("%")[0])
            if address.is_loopback or address.is_unspecified:
                continue
            if not each.carries:
                dead.append(each.name)
            elif address.is_link_local:
                near.append(each.name)
            else:
                return Link.LAN, f"{each.name} has an address"
    if near:
        return Link.LOCAL, f"{near[0]} has no address but its own"
    if dead:
        return Link.NONE, f"nothing at the other end of {dead[0]}"
    return Link.NONE, "no interface has an address"


# peers


def of_peers(home: Home, now: int) -> tuple[Peers, str] | None:
    """How many of those who are usually met answered when called at last, or were met of late; None
    where nobody was called at of late."""
    from hearth.mesh import contact
    from hearth.mesh.peers import Peers as Known

    usual: dict[bytes, int] = {}
    answer: set[bytes] = set()
    tried = 0
    for each in Known(home.store).all():
        tried = max(tried, each.tried or 0)
        device = each.place.device
        if device is None or each.reached is None or now - each.reached > USUAL:
            continue
        usual[device] = max(each.reached, usual.get(device, 0))
        if each.failure is None or now - each.reached <= LATELY:
            answer.add(device)
    came = contact.last_caller(home.store.connection)
    if came is not None and now - came[0] <= LATELY and not answer:
        return Peers.FEW if len(usual) > 1 else Peers.NORMAL, "somebody has called here"
    if len(usual) >= FEWEST and now - tried > TRIED:
        return None
    value = of_counts(len(usual), len(answer))
    if value is Peers.UNKNOWN:
        return value, "too few are usually met to tell"
    heard = max(0, sorted(now - at for at in usual.values())[len(usual) // 2])
    return value, f"{len(answer)} of {len(usual)} answer; half were met within {heard // 60} min"


def of_counts(usual: int, answer: int) -> Peers:
    """What it means that so many answer of those who are usually met: fewer than half is few."""
    if usual < FEWEST:
        return Peers.UNKNOWN
    if not answer:
        return Peers.NONE
    return Peers.FEW if 2 * answer < usual else Peers.NORMAL


# power, clock


def of_power(
    own: power.Reading, ups: tuple[power.Reading, str | None] | None
) -> tuple[power.Reading, str]:
    """What counts of what the kernel and a UPS say: the worse."""
    if ups is None:
        return own, own.told()
    found = power.worst([own, ups[0]])
    return found, found.told() if ups[1] is None else f"{found.told()}; {ups[1]}"


def of_clock(home: Home, commons: Commons, now: int) -> tuple[Clock, str]:
    """Whether this machine's clock can be believed: not if it was never set, nor if the second
    latest of what others write is dated ahead of it."""
    from hearth import corroborated

    if now < SANE:
        return Clock.DRIFTING, "not set since this machine started"
    for each in commons.joined():
        latest = corroborated.are_ahead(home, commons, each.id, now + SLACK)
        if latest is not None:
            ahead = (latest - now) // 60
            return Clock.DRIFTING, f"others write with clocks {ahead:,} min ahead"
    if _SYNCED.exists():
        return Clock.TRUSTED, "set by a time server"
    return Clock.UNKNOWN, "no time server has set it, and nothing speaks against it"
