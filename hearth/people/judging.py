"""How somebody is, from all check-ins about them: the same whatever came first. Pure.

* Of what one device says of a person the latest counts. What is typed in from paper counts beside
  it: it was written earlier than it was typed.
* A person's own word stands before anybody else's, unless that was said knowing it: a check-in for
  another names those it follows. So a denial, or any later word of the person, wins.
* Once the person has denied, nothing that others say counts, until they say something else.
* Of several that stand, none of which follows the other, the worst is shown.

Clocks decide nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from hearth.people.codes import Code, severity
from hearth.people.records import MARK

_Voice = tuple[bytes, bool, bool]
"""Of what one device says in one way the latest counts: the device, whether of its own person, and
whether not from paper."""
_Marks = dict[_Voice, set[bytes]]
"""What a voice has shown to know, by all that it said."""
MOST: Final = 8
"""What else was said of a person that is kept beside what is shown."""


class Statement(NamedTuple):
    """A check-in. `person`: whom it is about; `wall` and `at` in unix seconds, by its author's
    clock, and by what is written on a card."""

    id: bytes
    person: bytes
    author: bytes
    device: bytes
    lamport: int
    sequence: int
    arrival: int
    wall: int
    code: int
    company: int
    note: str | None
    name: str | None
    follows: tuple[bytes, ...]
    calls: tuple[bytes, ...]
    card: int | None
    at: int | None

    @property
    def own(self) -> bool:
        """Whether it is the person's own word."""
        return self.author == self.person

    @property
    def mark(self) -> bytes:
        """How others name it."""
        return self.id[:MARK]

    @property
    def order(self) -> tuple[int, bytes, int, bytes]:
        """The order shown to people."""
        return self.lamport, self.device, self.sequence, self.id


class Standing(NamedTuple):
    """How a person is. `shown`: None if nobody knows; `own`: their own last word, `others`: what
    else was said, the latest of each device, in order; `knocks`: when nobody opened. `heads`: what
    somebody follows who says something now and knows all of this. `calls`: the roll calls that are
    answered by what counts; `card`: the paper card that the person says was theirs."""

    shown: Statement | None
    own: Statement | None
    others: tuple[Statement, ...]
    knocks: tuple[Statement, ...]
    heads: tuple[bytes, ...]
    calls: tuple[bytes, ...]
    card: int | None


def standing(statements: Iterable[Statement]) -> Standing:
    """Judge what was said of one person, in any order."""
    said: dict[_Voice, Statement] = {}
    knocks: dict[bytes, Statement] = {}
    marks: dict[_Voice, set[bytes]] = defaultdict(set)
    for each in sorted(statements, key=lambda one: (one.sequence, one.id)):
        if each.code == Code.NOBODY_THERE:
            if not each.own:
                knocks[each.author] = each
            continue
        if each.code == Code.DENY and not each.own:
            continue
        voice = each.device, each.own, each.card is None
        said[voice] = each
        marks[voice].update(each.follows)
    latest = sorted(said.items(), key=lambda one: one[1].order)
    mine = [(voice, each) for voice, each in latest if each.own]
    own = _heads(mine, marks)
    denied = any(each.code == Code.DENY for each in own)
    wanted = {each.mark for each in own}
    others = [
        (voice, each)
        for voice, each in latest
        if not each.own and wanted <= {*each.follows} and not denied
    ]
    heads = _heads(others, marks)
    shown = _worst(heads) or _worst(own)
    rest = [each for _, each in latest if each is not shown][-MOST:]
    known = tuple(each.mark for each in (*own, *heads))[:MOST]
    counting = [each for _, each in (*mine, *others)]
    return Standing(
        shown, _worst(own), tuple(rest), tuple(sorted(knocks.values(), key=lambda one: one.order)),
        known, tuple(dict.fromkeys(mark for each in counting for mark in each.calls)),
        next((each.card for _, each in mine if each.card is not None), None),
    )  # fmt: skip


def _heads(said: Sequence[tuple[_Voice, Statement]], marks: _Marks) -> list[Statement]:
    """Those that none of the same sort follows; all, should they follow each other in a ring."""
    known = {mark for voice, _ in said for mark in marks[voice]}
    every = [each for _, each in said]
    return [each for each in every if each.mark not in known] or every


def _worst(said: Sequence[Statement]) -> Statement | None:
    return max(said, key=lambda each: (severity(each.code), each.order), default=None)
