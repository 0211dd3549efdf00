"""Writing declarations into the log: each is one event, or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hearth import kinds
from hearth.condition.records import (
    DEFAULT,
    LONGEST,
    MAX_ENDS,
    MAX_REASON,
    DeclareRecord,
    Level,
    Status,
    word,
)
from hearth.framed import Written
from hearth.retention import outlasting
from hearth.store.errors import HearthError, UsageError
from hearth.store.header import Lane
from hearth.visible import line

if TYPE_CHECKING:
    from hearth.community.commons import Commons
    from hearth.condition.declared import Declaration, Declared
    from hearth.home import Home

KEPT = 30 * 86_400
"""Seconds for which a declaration is worth keeping."""


class NotStewardError(HearthError, code="not-a-steward"):
    """Only a steward can declare something (exit 1)."""


class NothingDeclaredError(HearthError, code="nothing-declared"):
    """There is nothing to renew or to end (exit 1)."""


class AlreadyDeclaredError(HearthError, code="already-declared"):
    """It has been declared already (exit 1)."""


class Declarer:
    """Writes declarations as this device, in one community. Raises NotStewardError at once."""

    def __init__(
        self, home: Home, commons: Commons, declared: Declared, community: bytes, now: int
    ) -> None:
        membership = commons.membership(community)
        me = home.identity
        if membership.person_of(me.device) != me.person or not membership.is_steward(me.person):
            raise NotStewardError(
                "only a steward can declare an emergency, or end one",
                "anybody can publish a notice: hearth emergency notice publish TEXT",
            )
        self._home, self._declared, self._community, self._now = home, declared, community, now

    def declare(self, level: Level, status: Status, reason: str, long: int = DEFAULT) -> Written:
        """Declare something. Raises what `checked` raises."""
        reason = self.checked(level, status, reason, long)
        return self._write(DeclareRecord(level, status, long, reason), self._heads(status))

    def checked(self, level: Level, status: Status, reason: str, long: int = DEFAULT) -> str:
        """The reason as it would be written, if `declare` can. Raises AlreadyDeclaredError where
        that stands already, or an emergency that a watch would end; UsageError."""
        heads = self._heads(status)
        if heads and heads[0].level in (level, Level.EMERGENCY):
            raise AlreadyDeclaredError(
                f"{word(heads[0].level, status)} is declared already",
                "hearth emergency renew keeps it going, stand-down ends it",
            )
        if not reason.strip():
            raise UsageError("a declaration says why", "hearth emergency declare REASON")
        _check_length(long)
        return said(reason)

    def renew(self, status: Status, long: int = DEFAULT) -> Written:
        """Say again what stands, for so long from now. Raises NothingDeclaredError, UsageError."""
        heads = self._standing(status, "renew", "hearth emergency declare REASON begins one")
        first = heads[0]
        return self._write(DeclareRecord(first.level, status, long, first.reason), heads)

    def stand_down(self, status: Status, reason: str, long: int = DEFAULT) -> Written:
        """End what stands: after an actual emergency comes recovery, after all else nothing.

        Raises NothingDeclaredError, UsageError.
        """
        reason = said(reason)
        heads, level = self._heads(status), self.after(status)
        long = long if level is Level.RECOVERY else 0
        return self._write(DeclareRecord(level, status, long, reason), heads)

    def after(self, status: Status) -> Level:
        """What comes after what stands. Raises NothingDeclaredError."""
        first = self._standing(status, "end")[0]
        eases = first.level is Level.EMERGENCY and status is Status.ACTUAL
        return Level.RECOVERY if eases else Level.OVER

    def _standing(self, status: Status, verb: str, *hints: str) -> list[Declaration]:
        if heads := self._heads(status):
            return heads
        other = next((each for each in Status if self._heads(each)), None)
        if other is Status.ACTUAL:
            hints = (f"what is declared is real: without --{status.name.lower()}",)
        elif other is not None:
            hints = (f"what is declared is not real: --{other.name.lower()}",)
        raise NothingDeclaredError(f"there is nothing to {verb}", *hints)

    def _heads(self, status: Status) -> list[Declaration]:
        return self._declared.heads(self._community, status)

    def _write(self, record: DeclareRecord, heads: list[Declaration]) -> Written:
        _check_length(record.long)
        record = record._replace(ends=tuple(each.id for each in heads[:MAX_ENDS]))
        home = self._home
        with home.store.batch() as batch, batch.transaction() as tx:
            event = home.store.log.append(
                tx, home.signer(self._now), self._community, Lane.EMERGENCY, kinds.DECLARE,
                record.encode(), wall=self._now, expiry=outlasting(KEPT),
            )  # fmt: skip
        return Written.of(event)


def _check_length(long: int) -> None:
    if long > LONGEST:
        raise UsageError(f"a declaration stands for at most {LONGEST // 86_400} days")


def said(reason: str) -> str:
    """A reason as it is written: one line, or nothing. Raises UsageError."""
    return line(reason, "a reason", MAX_REASON, UsageError) if reason.strip() else ""
