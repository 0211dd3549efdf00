"""What a check-in says: a byte, and what it comes to.

The list is that of the Red Cross's Safe and Well messages and of numbered radiograms, cut down to
what a neighbour can act upon. Numbers are written and never change.
"""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import Final


class Code(IntEnum):
    """How somebody is."""

    NOBODY_THERE = 0
    """Somebody knocked, and nobody opened. Says nothing about how the person is."""
    SAFE = 1
    NEED_HELP_LATER = 2
    NEED_HELP_NOW = 3
    INJURED = 4
    EVACUATING = 5
    AT_SHELTER = 6
    UNABLE_TO_STAY = 7
    INFORMATION_WANTED = 8
    DENY = 9
    """By the person: what others said for me is not so."""


class Group(StrEnum):
    """What a code comes to in a count."""

    SAFE = "safe"
    NEEDS = "needs help"
    UNKNOWN = "unknown"


_SEVERITY: Final = (
    Code.NOBODY_THERE, Code.DENY, Code.SAFE, Code.AT_SHELTER, Code.EVACUATING,
    Code.INFORMATION_WANTED, Code.NEED_HELP_LATER, Code.UNABLE_TO_STAY, Code.NEED_HELP_NOW,
    Code.INJURED,
)  # fmt: skip
_SAFE: Final = frozenset((Code.SAFE, Code.AT_SHELTER, Code.EVACUATING, Code.INFORMATION_WANTED))
_UNKNOWN: Final = frozenset((Code.NOBODY_THERE, Code.DENY))
URGENT: Final = frozenset((Code.NEED_HELP_NOW, Code.INJURED))
"""Codes that somebody has to go for now."""


def severity(code: int) -> int:
    """The higher, the sooner somebody should go. What is not known comes below everything."""
    return _SEVERITY.index(Code(code)) if code in _NUMBERS else -1


def group(code: int) -> Group:
    """What a code comes to; `UNKNOWN` for one that a later version may know."""
    if code not in _NUMBERS or code in _UNKNOWN:
        return Group.UNKNOWN
    return Group.SAFE if code in _SAFE else Group.NEEDS


def word(code: int) -> str:
    """A code as it is typed and shown: `need-help-now`."""
    return Code(code).name.lower().replace("_", "-") if code in _NUMBERS else f"code {code}"


_NUMBERS: Final = frozenset(int(each) for each in Code)
WORDS: Final = {word(each): each for each in Code}
"""By the word that is typed."""
