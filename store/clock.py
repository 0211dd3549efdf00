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
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hearth.store.header import Lane

if TYPE_CHECKING:
    from hearth.store.chains import Book, Run

REMEMBERED: Final = 1 << 16
"""Events whose places, and whose waiting facts, are kept in memory at most."""

Place = tuple["Run", int, int]


class Clockwork:
    """Finds out which events are sound, for one book."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._ready: list[Run] = []
        self._seen: dict[bytes, Place] = {}
        self._waiting: dict[bytes, list[int]] = {}
        for awaits, number in book.connection.execute(
            "SELECT awaits, number FROM runs WHERE awaits IS NOT NULL"
        ):
            self._waiting.setdefault(awaits, []).append(number)

    def saw(self, id: bytes, run: Run, sequence: int, lamport: int) -> None:
        """An event has been placed."""
        self._seen[id] = (run, sequence, lamport)

    def touch(self, run: Run) -> None:
        """A run has grown or been joined: look whether more of it is sound."""
        if run.awaits is None and not run.false:
            self._ready.append(run)

    def wait_anew(self, run: Run) -> None:
        """A run has a new first event, so it waits for something else now."""
        if run.awaits is not None:
            waiting = self._waiting.get(run.awaits, [])
            if run.number in waiting:
                waiting.remove(run.number)
            run.awaits = None
        self.touch(run)

    def settle(self) -> None:
        """Follow the rule until it yields nothing more. All events placed must be in the table."""
        ready = self._ready
        while ready:
            self._advance(ready.pop())
        if len(self._seen) > REMEMBERED:
            self._forget()

    def _forget(self) -> None:
        """Memory stays flat: what is needed again is read from the tables."""
        for run, _, _ in self._seen.values():
            run.tail.clear()
        self._seen.clear()

    def _advance(self, run: Run) -> None:
        if run.false or run.awaits is not None:
            return
        before = run.sound
        if run.sound < run.first and not self._start(run):
            return
        chain, waiting, seen = run.chain, self._waiting, self._seen
        highest = run.sound_lamport
        while run.sound < run.last:
            if not run.tail:
                self._book.reload(run)
            lamport, tick, id = run.tail[0]
            if tick is None:
                right = lamport == highest + 1
            else:
                place = seen.get(tick) or self._book.find(tick)
                if place is None or place[0].sound < place[1]:
                    self._wait(run, tick)
                    break
                right = self._allowed(run, place[0]) and lamport == 1 + max(highest, place[2])
            if not right:
                run.false, run.changed = True, True
                run.tail.clear()
                break
            run.tail.popleft()
            run.sound += 1
            highest = lamport
            head = id
            if waiting and id in waiting:
                self._wake(id)
        if run.sound > before:
            run.sound_lamport = highest
            run.changed = True
            self._book.move_clock(chain.community, chain.lane, highest, head)

    def _start(self, run: Run) -> bool:
        """Whether the event before the run's first one is sound; take its Lamport time over."""
        if run.previous is None:
            run.sound_lamport = 0
            return True
        parent = None if run.parent is None else self._book.run(run.parent)
        if parent is None or parent.sound < run.first - 1:
            self._wait(run, run.previous)
            return False
        place = self._seen.get(run.previous) or self._book.find(run.previous)
        if place is None:  # cannot be: the parent holds it
            return False
        run.sound_lamport = place[2]
        return True

    def _allowed(self, run: Run, other: Run) -> bool:
        """Whether a tick may come from that run: same community, and a lane that counts."""
        ours, theirs = run.chain, other.chain
        return ours.community == theirs.community and (
            theirs.lane == ours.lane or theirs.lane in {Lane.CONTROL, Lane.EMERGENCY}
        )

    def _wait(self, run: Run, id: bytes) -> None:
        run.awaits = id
        run.changed = True
        self._waiting.setdefault(id, []).append(run.number)

    def _wake(self, id: bytes) -> None:
        for number in self._waiting.pop(id):
            run = self._book.run(number)
            run.awaits = None
            run.changed = True
            self._ready.append(run)
