"""Rules of the engine, broken one at a time: the simulator must notice each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import pytest
from sim_life import Mix

from hearth.store import database
from hearth.store.incoming import Incoming
from hearth.store.slots import Outcome, Slots, parse
from hearth.sync import judging, rounds
from hearth.sync.replica import Taken
from hearth.sync.store_replica import StoreReplica

SEEDS: Final = 8
MIX: Final = Mix(
    nodes=4, days=1, writes=10, batch=24, loss=0.15, crashes=8, backups=1, copies=2, forkers=1
)


def without_tail(patch: pytest.MonkeyPatch) -> None:
    """A frame is said to be taken in, and its last event is not."""
    take = StoreReplica.take

    def short(self: StoreReplica, community: bytes, lane: int, events: Sequence[Incoming]) -> Taken:
        return take(self, community, lane, events[: max(1, len(events) - 1)])

    patch.setattr(StoreReplica, "take", short)


def off_by_one(patch: pytest.MonkeyPatch) -> None:
    """Whoever tells a length is thought to have one event more."""
    against = judging.Judge.against_length

    def longer(self: Any, chain: Any, length: int, head: bytes | None) -> None:
        against(self, chain, length + (length > 0), None)

    patch.setattr(judging.Judge, "against_length", longer)


def no_branches(patch: pytest.MonkeyPatch) -> None:
    """The branches of a fork are not compared."""
    patch.setattr("hearth.sync.store_replica.MAX_BRANCHES", -1)


def one_round(patch: pytest.MonkeyPatch) -> None:
    """After a round both believe that they hold the same, whatever the digests say."""
    conclude = rounds.Rounds._conclude

    def trusting(self: Any, differ: Any, compared: Any, **found: Any) -> None:
        begun = self._summary.rounds > 0
        conclude(self, [] if begun else differ, compared, **found)

    patch.setattr(rounds.Rounds, "_conclude", trusting)


def counters_only(patch: pytest.MonkeyPatch) -> None:
    """Of two statements with one counter the one that came first stays."""
    put = Slots.put

    def first_wins(self: Any, tx: Any, statement: bytes, signature: bytes) -> Outcome:
        slot = parse(statement, signature)
        held = self._held(*slot[:4])
        if held is not None and held.counter == slot.counter:
            return Outcome.SAME
        return put(self, tx, statement, signature)

    patch.setattr(Slots, "put", first_wins)


def no_sync(patch: pytest.MonkeyPatch) -> None:
    """A commit is acknowledged before it is on the disk."""
    configure = database.configure

    def careless(connection: Any) -> None:
        configure(connection)
        for _ in connection.execute("PRAGMA synchronous=OFF"):
            pass

    patch.setattr(database, "configure", careless)


def everything_again(patch: pytest.MonkeyPatch) -> None:
    """Whoever lacks the end of a chain is sent all of it."""
    task = judging.Judge.task

    def whole(self: Any, chain: Any, run: Any, first: int, last: int, *known: bool) -> Any:
        return task(self, chain, run, run.first, last, known[0], False)

    patch.setattr(judging.Judge, "task", whole)


Break = Callable[[pytest.MonkeyPatch], None]

RULES: Final[dict[str, Break | None]] = {
    "none": None,
    "frames without their tail": without_tail,
    "lengths off by one": off_by_one,
    "branches not compared": no_branches,
    "one round believed": one_round,
    "slots compared by counter": counters_only,
    "commits not synced": no_sync,
    "chains sent whole": everything_again,
}
