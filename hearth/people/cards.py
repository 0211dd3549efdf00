"""Paper check-in cards: a code for each thing that can be ticked, which anybody can type in later.

    code  = card (7) ‖ what is said (1) ‖ check (2), in an alphabet of 31 signs that are not alike
    card  = of a member: what of their id is in it (5) ‖ a random number (2); else seven at random

So who a member's card is of follows from the code, without anything being written anywhere, and the
same card typed in on two nodes is the same card. The check signs are those of a Reed-Solomon code
over the integers modulo 31, which is prime: any two wrong signs are found.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from hearth import paper
from hearth.people.codes import Code, word
from hearth.people.errors import CardCodeError

_CARD: Final = 7
_LENGTH: Final = _CARD + 1 + 2
_OWNERS: Final = paper.BASE**5
_SERIALS: Final = paper.BASE**2
LINES: Final = (
    (Code.SAFE, "I am safe"),
    (Code.NEED_HELP_NOW, "I need help now"),
    (Code.INJURED, "I am injured"),
    (Code.NEED_HELP_LATER, "I need help later"),
    (Code.UNABLE_TO_STAY, "I cannot stay where I am"),
    (Code.EVACUATING, "I am leaving"),
    (Code.AT_SHELTER, "I am at a shelter"),
    (Code.INFORMATION_WANTED, "I want to know more"),
)
"""What stands on a card, in this order."""
_ON_CARD: Final = frozenset(int(code) for code, _ in LINES)
WIDTH: Final = 72


class Ticked(NamedTuple):
    """A code that was read: the number of the card, and what was ticked."""

    card: int
    code: Code


def mark(person: bytes) -> int:
    """What of a person's id stands on their cards."""
    return int.from_bytes(person[:8], "big") % _OWNERS


def new(person: bytes | None = None, members: Iterable[bytes] = ()) -> int:
    """The number of a new card: a member's, or nobody's yet, which is no member's either."""
    if person is not None:
        return mark(person) * _SERIALS + secrets.randbelow(_SERIALS)
    taken = {mark(each) for each in members}
    while True:
        card = secrets.randbelow(_OWNERS * _SERIALS)
        if card // _SERIALS not in taken:
            return card


def owners(card: int, members: Iterable[bytes]) -> list[bytes]:
    """The members whose card it may be; none where it is a guest's."""
    return [each for each in members if mark(each) == card // _SERIALS]


def write(card: int, code: int) -> str:
    """The code to type in, in groups as it is printed."""
    signs = [*paper.digits(card, _CARD), code]
    return paper.grouped([*signs, *_checks(signs)])


def name(card: int) -> str:
    """A card's number, as it is shown."""
    return paper.text(paper.digits(card, _CARD))


def read(text: str) -> Ticked:
    """What a person has typed; spaces, dashes and small letters do no harm. Raises
    CardCodeError."""
    *signs, one, two = paper.typed(text, _LENGTH, "code of a card", CardCodeError)
    if [one, two] != _checks(signs):
        raise CardCodeError(f'"{text[:40]}" was mistyped', "compare it with the card, sign by sign")
    if signs[-1] not in _ON_CARD:
        raise CardCodeError(f'"{text[:40]}" says nothing that this version knows')
    return Ticked(paper.number(signs[:-1]), Code(signs[-1]))


def _checks(signs: Sequence[int]) -> list[int]:
    return [
        sum(each * place**power for place, each in enumerate(signs, 1)) % paper.BASE
        for power in (1, 2)
    ]


# on paper


def page(card: int, community: str, owner: str | None) -> str:
    """A card as text, at most 72 columns wide. `owner` None: to be filled in."""
    who = f"for {owner}" if owner is not None else "Name: " + "_" * 36
    lines = [
        "=" * WIDTH,
        f"CHECK-IN CARD  {community}"[: WIDTH - 14].ljust(WIDTH - 14) + f"card {name(card)}",
        "",
        who[:WIDTH],
        "",
        "Tick ONE line. Hand the card to somebody with a hearth, or type the",
        "code in yourself:  hearth emergency card enter CODE",
        "",
    ]
    lines += [f"  [ ] {text:<28}{write(card, code):<16}{word(code)}" for code, text in LINES]
    lines += [
        "",
        "When (day, time): ______________________   Others with me: ______",
        "Note: " + "_" * 58,
        "",
        "A card among neighbours: it does not call the emergency services.",
        "=" * WIDTH,
    ]
    return "\n".join(lines) + "\n"
