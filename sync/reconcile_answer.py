"""How a message is answered: range by range, until one does not fit any more.

An answer keeps back the skips, because those that follow each other are one, and the last of all
is never written. Whatever else is answered is first written and then measured: what goes beyond
`fill` is taken back, and a *cut* takes its place, a last range to infinity that says "later".

A cut never says less than the truth. Its fingerprint is that of all items from the end of what
was answered, and where there are none it is an empty list, for a fingerprint of nothing equals
that of every other range with nothing in it. (See docs/sync-reconcile.md §5 for what happens
otherwise.)

What may be written after `fill` bytes: a list goes over by at most one id (32) with its head (49)
and a skip before it (44), then a skip (44) and a fingerprint to infinity (19): 188 bytes.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Final

from hearth.sync.fingerprints import ID_SIZE, INFINITY, START, Bound, Storage, fingerprint
from hearth.sync.negentropy_message import (
    MessageReader,
    MessageWriter,
    Mode,
    Range,
    before,
    between,
)

BRANCHING: Final = 16
LONGEST_LIST: Final = 2 * BRANCHING - 1
"""Ranges with no more items than this are listed."""
SLACK: Final = 200


class Answer(ABC):
    """A message in the making."""

    def __init__(self, storage: Storage, frame: int | None) -> None:
        """`frame`: the most bytes it may have, at least 4096, or None."""
        self.out = MessageWriter()
        self._storage = storage
        self._fill = None if frame is None else frame - SLACK
        self._settled: Bound | None = None

    @abstractmethod
    def answer_list(self, theirs: Range, begin: int, end: int) -> bool:
        """Answer a list of ids, where we have the items from `begin` up to `end`.

        False: it did not fit, and the message is cut.
        """

    def take(self, reader: MessageReader) -> Range | None:
        """Answer a message; its first range that was open, no skip and not empty.

        Raises MessageError. What comes after the range that did not fit is not looked at.
        """
        first: Range | None = None
        at, end = START, 0
        while not reader.at_end:
            theirs = reader.read()
            if theirs.mode is Mode.SKIP or theirs.upper == theirs.lower:
                self.settle(theirs.upper)
                continue
            first = first or theirs
            begin = end if theirs.lower == at else self._storage.lower_bound(theirs.lower)
            at, end = theirs.upper, self._storage.lower_bound(theirs.upper)
            if theirs.mode is Mode.ID_LIST:
                fits = self.answer_list(theirs, begin, end)
            else:
                fits = self._answer_fingerprint(theirs, begin, end)
            if not fits:
                break
        return first

    def settle(self, upper: Bound) -> None:
        """Nothing is left to do up to `upper`."""
        self._settled = upper

    def divide(self, begin: int, end: int, upper: Bound) -> None:
        """Say more of a range than its fingerprint: 16 finer ones, or a list."""
        self._write_skip()
        if end - begin <= LONGEST_LIST:
            self.out.id_list(upper, self._storage.ids(begin, end))
            return
        least, more = divmod(end - begin, BRANCHING)
        total = self._storage.sum_before(begin)
        for bucket in range(BRANCHING):
            count = least + (bucket < more)
            begin += count
            last, total = total, self._storage.sum_before(begin)
            bound = upper
            if begin < end:
                bound = between(self._storage.item(begin - 1), self._storage.item(begin))
            self.out.fingerprint(bound, fingerprint(total - last, count))

    def list_ours(self, begin: int, end: int, upper: Bound) -> bool:
        """Say what we have in a range, as far as it fits; False: the message is cut."""
        if self._is_full():
            self._cut(begin)
            return False
        stop = end if self._fill is None else min(end, begin + self._room(self._fill))
        if stop < end:
            upper = before(self._storage.item(stop))
        self._write_skip()
        self.out.id_list(upper, self._storage.ids(begin, stop))
        if stop < end:
            self._cut(stop)
        return stop == end

    def _answer_fingerprint(self, theirs: Range, begin: int, end: int) -> bool:
        ours = self._storage.sum_before(end) - self._storage.sum_before(begin)
        if theirs.payload == fingerprint(ours, end - begin):
            self.settle(theirs.upper)
            return True
        mark, settled = self.out.mark(), self._settled
        self.divide(begin, end, theirs.upper)
        if not self._is_full():
            return True
        self.out.back_to(mark)
        self._settled = settled
        self._cut(begin)
        return False

    def _cut(self, begin: int) -> None:
        """Leave for later whatever lies beyond what was answered: the items from `begin` on."""
        self._write_skip()
        size = len(self._storage)
        if begin == size:
            self.out.id_list(INFINITY, b"")
            return
        rest = self._storage.sum_before(size) - self._storage.sum_before(begin)
        self.out.fingerprint(INFINITY, fingerprint(rest, size - begin))

    def _write_skip(self) -> None:
        if self._settled is not None:
            self.out.skip(self._settled)
            self._settled = None

    def _is_full(self) -> bool:
        return self._fill is not None and len(self.out) > self._fill

    def _room(self, fill: int) -> int:
        """How many ids still go in, the last of them beyond the brim."""
        return (fill - len(self.out)) // ID_SIZE + 1


class RespondersAnswer(Answer):
    """To a list the responder says what it has, so that the initiator can compare."""

    def answer_list(self, theirs: Range, begin: int, end: int) -> bool:
        return self.list_ours(begin, end, theirs.upper)


class InitiatorsAnswer(Answer):
    """With a list the initiator knows all it wanted to know of a range."""

    def __init__(self, storage: Storage, frame: int | None) -> None:
        super().__init__(storage, frame)
        self.have: list[bytes] = []
        self.need: list[bytes] = []

    def answer_list(self, theirs: Range, begin: int, end: int) -> bool:
        ours = _split(self._storage.ids(begin, end))
        unmatched = dict.fromkeys(_split(theirs.payload))
        self.have += [id for id in ours if id not in unmatched]
        for id in ours:
            unmatched.pop(id, None)
        self.need += unmatched
        self.settle(theirs.upper)
        return True


def _split(ids: bytes) -> list[bytes]:
    return [ids[at : at + ID_SIZE] for at in range(0, len(ids), ID_SIZE)]
