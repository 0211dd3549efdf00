"""Lamport time: checked, and never believed.

An event's Lamport time is 1 + the higher of its predecessor's and its tick's, where the tick is
the highest event that its author had seen in the same community and in the same lane, in
control or in emergency. An event is *sound* if that is so, and its predecessor and its tick are
sound themselves. Only sound events move clocks; all others are held and shown all the same.

Soundness grows along a run from its front, so a run remembers one number, how far it is sound,
and one id, the event whose soundness decides what comes next: the predecessor of the run's
first event, or a tick. When an event becomes sound, whoever waits for it goes on. An event that
says something false waits for nothing, for ever, and so does what stands on it.

Whether an event is sound follows from the events held and from nothing else: not from the
order in which they came. Sound events form the smallest set closed under the rule above, and a
smallest closed set is the same whichever way it is reached.

Where a chain's beginning was dropped there is nothing to check it by. There a checkpoint is
believed: `ground`, and `anchors` for what it costs if it lies.

The way taken here is upwards in Lamport time, through all runs that can go on at once: what an
event stands on is then behind it already. The events that were last found sound are remembered
by their ids, from one import to the next; only a tick from before these costs a query.
"""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heappop, heappush, heapreplace
from typing import TYPE_CHECKING, Final

from hearth.store import anchors, database
from hearth.store.chains import LANES_SEEN
from hearth.store.header import Lane

if TYPE_CHECKING:
    from hearth.store.chains import Book
    from hearth.store.runs import Run

REMEMBERED: Final = 1 << 16
"""Events not yet known to be sound that are kept in memory; the rest is read back."""
RESTING: Final = 1 << 14
"""The same between two transactions, all runs together."""
RECENT: Final = 1 << 13
"""Events found sound last that are remembered, at least; at most twice as many."""
_EVERY_NODE_HOLDS: Final = (Lane.CONTROL, Lane.EMERGENCY)


class Clockwork:
    """Finds out which events are sound, for one book."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._ready: list[tuple[int, int, Run]] = []
        self._recent: dict[bytes, tuple[Run, int]] = {}
        self._before: dict[bytes, tuple[Run, int]] = {}
        self._waiting: dict[bytes, list[int]] = {}
        for awaits, number in database.rows(
            book.connection, "SELECT awaits, number FROM runs WHERE awaits IS NOT NULL"
        ):
            self._waiting.setdefault(awaits, []).append(number)
        self._touched: dict[int, Run] = {}
        self._holding: dict[int, Run] = {}
        self._levels: dict[tuple[bytes, int], int] = {}
        self._risen: set[bytes] = set()
        self._grounded = anchors.any_grounded(book.connection)

    def touch(self, run: Run) -> None:
        """A run has grown or been joined: look, when settling, whether more of it is sound."""
        self._touched[run.number] = run

    def wait_anew(self, run: Run) -> None:
        """A run has a new first event, so it waits for something else now."""
        if run.awaits is not None:
            self._waiting[run.awaits].remove(run.number)
            run.awaits = None
        self.touch(run)

    def merged(self, run: Run, gone: Run) -> None:
        """A run has been added to another one (`Book.merge`)."""
        if gone.awaits is not None:
            self._waiting[gone.awaits].remove(gone.number)
        self._touched.pop(gone.number, None)
        self._holding.pop(gone.number, None)
        self.touch(run)

    def ground(self, run: Run, sequence: int, lamport: int, id: bytes) -> None:
        """A run whose beginning is not here is sound up to an event that a checkpoint names."""
        self._forget(run)
        run.sound, run.sound_lamport = sequence, lamport
        run.tail.clear()
        self._book.move_clock(run.chain.community, run.chain.lane, lamport, id)
        self._grounded = True
        self._levels.clear()
        self._risen.add(run.chain.community)

    def _forget(self, run: Run) -> None:
        """Look at a run again, whatever it waits for or has said."""
        if run.awaits is not None:
            self._waiting[run.awaits].remove(run.number)
            run.awaits = None
        run.false = False
        run.changed = True
        self.touch(run)

    def _look_at_all(self, community: bytes) -> None:
        """More counts as checked by others: what was held up or false may be sound by that."""
        self._book.write()
        for (number,) in database.rows(
            self._book.connection,
            "SELECT r.number FROM chains c CROSS JOIN runs r ON r.chain = c.number"
            " WHERE c.community = ? AND r.sound < r.last",
            community,
        ):
            self._forget(self._book.run(number))

    def _level_of(self, run: Run) -> int:
        """Up to which Lamport time nothing is checked here any more: see `anchors`."""
        key = run.chain.community, run.chain.lane
        level = self._levels.get(key)
        if level is None:
            level = self._levels[key] = anchors.level(
                self._book.connection, key[0], LANES_SEEN[key[1]]
            )
        return level

    def follow(
        self,
        runs: Sequence[Run],
        sequences: Sequence[int],
        lamports: Sequence[int],
        ticks: Sequence[bytes | None],
        ids: Sequence[bytes],
    ) -> None:
        """Judge events that runs have been lengthened by (`Run.go_to`), in the order of these
        columns: in that in which they were made, each can be judged at once. The rest waits for
        `settle`. All are of one lane of one community, and must be in the table."""
        highest, held = 0, b""
        recent, before, waiting = self._recent, self._before, self._waiting
        for run, sequence, lamport, tick, id in zip(
            runs, sequences, lamports, ticks, ids, strict=True
        ):
            if run.sound + 1 == sequence and not self._grounded:
                below = run.sound_lamport
                if tick is not None:
                    found = recent.get(tick) or before.get(tick)
                    if found is None or not _may_tick(run, found[0]):
                        below = -1
                    elif found[1] > below:
                        below = found[1]
                if lamport == below + 1:
                    run.sound, run.sound_lamport = sequence, lamport
                    recent[id] = run, lamport
                    if lamport > highest or (lamport == highest and id < held):
                        highest, held = lamport, id
                    if waiting and id in waiting:
                        self._release(id)
                    continue
            if run.sound + len(run.tail) + 1 == sequence:
                run.tail.append((lamport, tick, id))
            self._touched[run.number] = run
        if highest:
            chain = runs[0].chain
            self._book.move_clock(chain.community, chain.lane, highest, held)
        if len(recent) >= RECENT:
            self._before, self._recent = recent, {}

    def settle(self) -> None:
        """Follow the rule until it yields nothing more. All events placed must be in the table."""
        for community in self._risen:
            self._look_at_all(community)
        self._risen.clear()
        for run in self._touched.values():
            self._enter(run)
        self._climb()
        self._holding.update(self._touched)
        self._touched.clear()
        held = 0
        for number, run in list(self._holding.items()):
            held += len(run.tail)
            if held > REMEMBERED:
                run.tail.clear()
            if not run.tail:
                del self._holding[number]

    def rest(self) -> None:
        """Between two transactions: keep only the beginning of what is not known to be sound."""
        most = RESTING // (len(self._holding) or 1)
        for run in self._holding.values():
            while len(run.tail) > most:
                run.tail.pop()

    def _enter(self, run: Run) -> None:
        """Let a run climb if it can: its next event's predecessor must be sound."""
        if run.false or run.awaits is not None or run.sound == run.last:
            return
        if run.sound < run.first and not self._start(run):
            return
        if not run.tail:
            self._book.reload(run)
        heappush(self._ready, (run.tail[0][0], run.number, run))

    def _start(self, run: Run) -> bool:
        """Whether the event before the run's first one is sound; take its Lamport time over."""
        if run.previous is None:
            run.sound_lamport = 0
            return True
        parent = None if run.parent is None else self._book.run(run.parent)
        place = None
        if parent is not None and parent.sound >= run.first - 1:
            place = self._book.find(run.previous)
        if place is None:
            self._wait(run, run.previous)
            return False
        run.sound_lamport = place[2]
        return True

    def _climb(self) -> None:
        """Judge the lowest event that can be judged, again and again."""
        ready, waiting, recent = self._ready, self._waiting, self._recent
        climbed: dict[int, tuple[Run, bytes]] = {}
        while ready:
            level, _, run = ready[0]
            _, tick, id = run.tail[0]
            if not self._judge(run, level, tick):
                heappop(ready)
                continue
            run.tail.popleft()
            run.sound += 1
            run.sound_lamport = level
            recent[id] = run, level
            if run.sound < run.last:
                if not run.tail:
                    self._book.reload(run)
                heapreplace(ready, (run.tail[0][0], run.number, run))
            else:
                heappop(ready)
            climbed[run.number] = (run, id)
            if waiting and id in waiting:
                self._wake(id)
            if len(recent) >= RECENT:
                self._before, recent = recent, {}
                self._recent = recent
        for run, id in climbed.values():
            run.changed = True
            self._book.move_clock(run.chain.community, run.chain.lane, run.sound_lamport, id)

    def _judge(self, run: Run, lamport: int, tick: bytes | None) -> bool:
        """Whether a run's next event is sound; if not, it waits, or has said something false."""
        below = run.sound_lamport
        if self._grounded and anchors.is_believed(self._level_of(run), below, lamport):
            return True
        if tick is not None:
            found = self._recent.get(tick) or self._before.get(tick)
            if found is None:
                place = self._book.find(tick)
                if place is None or place[0].sound < place[1]:
                    self._wait(run, tick)
                    return False
                found = place[0], place[2]
            other, ticked = found
            if not _may_tick(run, other):
                below = lamport
            elif ticked > below:
                below = ticked
        if lamport != below + 1:
            run.false = run.changed = True
            run.tail.clear()
            return False
        return True

    def _wait(self, run: Run, id: bytes) -> None:
        run.awaits = id
        run.changed = True
        self._waiting.setdefault(id, []).append(run.number)

    def _wake(self, id: bytes) -> None:
        for run in self._release(id):
            self._enter(run)

    def _release(self, id: bytes) -> list[Run]:
        """The runs that have waited for this event: they are looked at when settling."""
        runs = [self._book.run(number) for number in self._waiting.pop(id)]
        for run in runs:
            run.awaits = None
            run.changed = True
            self._touched[run.number] = run
        return runs


def _may_tick(run: Run, other: Run) -> bool:
    """Whether a tick may come from that run: same community, and a lane that counts."""
    ours, theirs = run.chain, other.chain
    return ours.community == theirs.community and (
        theirs.lane == ours.lane or theirs.lane in _EVERY_NODE_HOLDS
    )
