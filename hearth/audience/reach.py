"""Who is in an audience now, and what can be sealed to.

Persons are given; their devices are those that membership has now, so nobody is among them who is
known to be out. What to seal to is what each device has stated (`prekeys`); a device of which
nothing has come here yet is *lacking*.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from hearth.audience import prekeys
from hearth.audience.records import Scope
from hearth.store.errors import HearthError

if TYPE_CHECKING:
    from hearth.audience.claims import Held
    from hearth.community.membership import Membership
    from hearth.home import Home


class NobodyError(HearthError, code="no-key"):
    """No device of those it is meant for can be sealed to: nothing of theirs has come here yet."""


class Target(NamedTuple):
    """What to seal to for a device, and whether that is its long-lived key in want of a prekey."""

    public: bytes
    fallback: bool


class Reach:
    """Who is in an audience now, and what can be sealed to."""

    def __init__(
        self, home: Home, membership: Membership, persons: Iterable[bytes], now: int
    ) -> None:
        self._home = home
        self._now = now
        me = home.identity
        self._membership = membership
        self.persons = {each for each in (*persons, me.person) if each in membership.members}
        self.devices = frozenset(
            device for each in self.persons for device in membership.members[each].devices
        )
        self._stated = {
            each: said
            for each in self.devices
            if (said := prekeys.stated(home, membership.community, each)) is not None
        }
        self.lacking = tuple(sorted(self.devices - {*self._stated} - {me.device}))

    def check(self) -> None:
        """Raise NobodyError if there are others, and none of them can be sealed to."""
        others = self.persons - {self._home.identity.person}
        reached = {self._membership.person_of(each) for each in self._stated}
        if others and not others & reached:
            raise NobodyError(
                "nothing of theirs has come here yet that could be sealed to",
                "hearth sync with them, or with somebody who has met them, first",
            )

    def targets(self, scope: Scope) -> dict[bytes, Target]:
        """By device, what to seal to: prekeys for a pair, else long-lived keys."""
        if scope is not Scope.PAIR:
            return {each: Target(said.long, False) for each, said in self._stated.items()}
        return {
            each: Target(said.long, True) if self._now > said.until else Target(said.prekey, False)
            for each, said in self._stated.items()
        }

    def has(self, held: Held) -> frozenset[bytes]:
        """The devices that have a key, by the word of those who are in the audience."""
        sets = (each.devices for each in held.claims if each.author in self.devices)
        return frozenset().union(*sets)

    def known(self, has: Iterable[bytes], missing: Iterable[bytes]) -> bool:
        """Whether everybody to whom the missing devices belong has the key on another one."""
        persons = {self._membership.person_of(each) for each in has}
        return all(self._membership.person_of(each) in persons for each in missing)
