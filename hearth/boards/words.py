"""The small fixed vocabularies of the board: what stands on it, how it is, what is there."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

from hearth import visible
from hearth.store.errors import UsageError

MAX_NAME: Final = 60
MAX_PLACE: Final = 80
MAX_NOTE: Final = 160
"""Bytes of UTF-8."""
MAX_PEOPLE: Final = 1_000_000


class SiteTextError(UsageError, code="site-text"):
    """What was said of a site cannot be said so (exit 2)."""


class Sort(IntEnum):
    """What a site is there for. The number is written; it never changes."""

    SHELTER = 0
    WATER = 1
    POWER = 2
    FOOD = 3
    MEDICINE = 4


class State(IntEnum):
    """How a site is. GONE: it is none any more, and comes off the board."""

    CLOSED = 0
    OPEN = 1
    FULL = 2
    CLOSING = 3
    OUT = 4
    GONE = 5


HAS: Final = ("water", "power", "food", "medical", "pets", "access", "beds", "heat")
"""What there may be at a site, by the number of its bit; `access`: without steps."""
_POWER: Final = {State.OPEN: "on", State.CLOSED: "off"}
_WORDS: Final = ("closed", "open", "full", "closing", "out", "gone")


def sort_word(sort: int) -> str:
    """What a sort of site is called; one that only a newer hearth knows, `other`."""
    return Sort(sort).name.lower() if sort in set(Sort) else "other"


def state_word(sort: int, state: int) -> str:
    """What a state is called: power is on or off. One that only a newer hearth knows: `unknown`."""
    if sort == Sort.POWER and state in _POWER:
        return _POWER[State(state)]
    return _WORDS[state] if 0 <= state < len(_WORDS) else "unknown"


def sort_named(text: str) -> Sort:
    """The sort of that name, or its plural. Raises SiteTextError."""
    word = text.strip().casefold()
    for each in Sort:
        if word in (each.name.lower(), each.name.lower() + "s"):
            return each
    raise SiteTextError(f'there is no "{text}" on the board', f"one of: {_listed(Sort)}")


def state_named(text: str) -> State:
    """The state of that name. Raises SiteTextError."""
    word = text.strip().casefold()
    for state, name in _POWER.items():
        if word == name:
            return state
    if word in _WORDS:
        return State(_WORDS.index(word))
    raise SiteTextError(f'a site is not "{text}"', "one of: " + ", ".join((*_WORDS, "on", "off")))


def has_named(text: str) -> int:
    """The bits of words with commas between them. Raises SiteTextError."""
    bits = 0
    for word in text.replace(",", " ").casefold().split():
        if word not in HAS:
            raise SiteTextError(f'"{word}" is not among what there may be', ", ".join(HAS))
        bits |= 1 << HAS.index(word)
    return bits


def has_words(bits: int) -> list[str]:
    """The words of bits; those that only a newer hearth knows are left out."""
    return [word for at, word in enumerate(HAS) if bits >> at & 1]


def line(text: str, what: str, most: int) -> str:
    """A text as it is written: one line. Raises SiteTextError."""
    return visible.line(text, f"the {what}", most, SiteTextError)


def people(number: int, what: str) -> int:
    """A number of people. Raises SiteTextError."""
    if not 0 <= number <= MAX_PEOPLE:
        raise SiteTextError(f'"{what}" is a number of people, 0 to {MAX_PEOPLE:,}')
    return number


def _listed(words: type[Sort]) -> str:
    return ", ".join(each.name.lower() for each in words)
