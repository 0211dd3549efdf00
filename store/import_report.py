"""What an import says it did, and why it did not take in everything."""

from __future__ import annotations

from typing import Final

from hearth.store.errors import CorruptError, HearthError

NAMED: Final = 16
"""Refusals a report names; the rest is only counted."""


class ForkQuotaError(HearthError, code="fork-quota"):
    """A chain has forked so often that no more of its branches are held."""


class GapQuotaError(HearthError, code="gap-quota"):
    """A chain has so many gaps that no event beyond another one is held."""


class PayloadMissingError(HearthError, code="payload-missing"):
    """A control event has come without its payload; it is taken in when it comes with it."""


class ImportReport:
    """What an import did. `gaps`: events that lie beyond a gap now; `forks`: chains newly found
    forked, or at a lower place; `own`: those accepted that this hearth's own device wrote and did
    not hold; `refusals`: the first errors, in no particular order, damage among them if any was
    met: what accuses somebody is not hidden behind what accuses nobody."""

    __slots__ = ("accepted", "duplicate", "forks", "gaps", "own", "refusals", "refused")

    def __init__(self) -> None:
        self.accepted = 0
        self.duplicate = 0
        self.gaps = 0
        self.forks = 0
        self.own = 0
        self.refused = 0
        self.refusals: list[HearthError] = []

    def refuse(self, error: HearthError) -> None:
        self.refused += 1
        if len(self.refusals) < NAMED:
            self.refusals.append(error)
        elif isinstance(error, CorruptError):
            self.refusals[-1] = error

    def __repr__(self) -> str:
        return (
            f"<{self.accepted} accepted, {self.duplicate} duplicate, {self.gaps} beyond gaps,"
            f" {self.forks} forks, {self.refused} refused>"
        )
