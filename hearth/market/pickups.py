"""Pick-ups of one person that overlap in time: nobody is in two places at once.

An accepted claim may say from when, and for how long, somebody comes for it. Two of one person's
that overlap are told to whoever accepts the second, and to that person; it decides nothing. Times
are as their deciders' clocks had them. Who comes is the claim's author, or whom it is for; with a
slip nobody knows, unless it bears a name.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hearth.market.shapes import Held

Clash = tuple[Held, Held]


def clashes(claims: Sequence[Held], now: int) -> list[Clash]:
    """The pairs that overlap and are not over, the earlier pick-up first."""
    held = sorted(_held(claims, now), key=lambda each: (each.pickup or 0, each.id))
    return [
        (one, other)
        for place, one in enumerate(held)
        for other in held[place + 1 :]
        if (one.person, one.behalf) == (other.person, other.behalf) and overlap(one, other)
    ]


def with_one(claim: Held, claims: Iterable[Held], now: int) -> list[Held]:
    """Those that overlap with this one."""
    others = [each for each in claims if each.id != claim.id]
    found = clashes([claim, *others], now)
    return [one if other.id == claim.id else other for one, other in found if claim in (one, other)]


def overlap(one: Held, other: Held) -> bool:
    """Whether one begins before the other is over, and the other way round."""
    (a, b), (c, d) = _span(one), _span(other)
    return a < d and c < b


def _held(claims: Iterable[Held], now: int) -> Iterable[Held]:
    return (
        each
        for each in claims
        if each.status == "reserved"
        and each.pickup is not None
        and _span(each)[1] > now
        and (each.slip is None or each.behalf is not None)
    )


def _span(claim: Held) -> tuple[int, int]:
    start = claim.pickup or 0
    return start, start + (claim.takes or 0)
