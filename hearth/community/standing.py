"""Ranks, standings, and what ends them.

A *standing* is what one counted act gave to a seat: membership, or a stewardship with a rank. A
*rank* says how senior: the length of the way of admissions from the founder, then Lamport time,
then id, of the act that gave it. The founder's is the most senior; plain membership is junior to
every stewardship. Lower is more senior, so ranks compare as they are.

An *end* is what a counted removal, demotion or leave does to the standings of its person. It is
**heard** only by those junior to the rank it was made under (by those not senior, where a person
lays down what is their own). It ends what was not given in its sight: a removal or leave, every
standing in a seat whose admission does not have it in its past, so that only a new admission
brings anybody back; an end of the stewardship alone, those of its seat that were given by acts
which do not have it in their past.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from hearth.community.records import Head

Rank = tuple[int, int, bytes]

FOUNDING: Final[Rank] = (0, 0, b"")
MEMBERSHIP: Final[Rank] = (1 << 60, 0, b"")


class Standing(NamedTuple):
    """What the event numbered `grant` gave; the founder's grant is -1, and never given anew."""

    person: bytes
    seat: bytes
    rank: Rank
    grant: int

    @property
    def is_stewardship(self) -> bool:
        """Whether it is more than membership."""
        return self.rank < MEMBERSHIP


class End(NamedTuple):
    """What the event `number`, made under `rank`, ends of a person.

    `office`: the seat in which it ends stewardships; None for a removal or leave, which ends
    everything. `own`: the person's own leave. `heads`: how far what was written elsewhere counts.
    """

    number: int
    person: bytes
    rank: Rank
    office: bytes | None
    own: bool
    heads: tuple[Head, ...]

    def hears(self, standing: Standing) -> bool:
        """Whether a standing of this person is one that this end can reach at all."""
        if self.office is not None and (
            self.office != standing.seat or not standing.is_stewardship
        ):
            return False
        return self.rank <= standing.rank if self.own else self.rank < standing.rank


class Retirement(NamedTuple):
    """A person's device that speaks no more: what of its control chain is kept, as numbers."""

    number: int
    person: bytes
    device: bytes
    rank: Rank
    kept: frozenset[int]
    heads: tuple[Head, ...]
