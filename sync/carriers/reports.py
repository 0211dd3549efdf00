"""What the two ends of a link say to each other about a message.

    question  41 ‖ kind (1) ‖ tag (4) ‖ count (2) ‖ check (2)
    report    40 ‖ kind (1) ‖ tag (4) ‖ count (2) ‖ need (2) ‖ start (2) ‖ held ‖ check (2)

The sender asks when it has sent what there was, and falls silent; only then does a receiver speak.
So nobody talks while the other one does, which half-duplex links do not bear. `need`: how many
parts would suffice; 0 means the message is complete, and nothing follows but start = 0. `held`: a
bit for each part of the message itself from `start` on, the highest bit of a byte first, 1 for one
that is here; bits beyond the last part are 0. It ends where the frame does, so a long message is
reported piece by piece. A message of one frame has count 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from hearth.sync.carriers.errors import FrameError
from hearth.sync.carriers.reassembly import Pending
from hearth.sync.carriers.splitting import MAX_COUNT, TAG, checked, unchecked

_REPORT, _QUESTION = 0x40, 0x41
_HEAD: Final = 1 + 1 + TAG + 2
_FIXED: Final = _HEAD + 2 + 2 + 2


@dataclass(frozen=True, slots=True)
class Question:
    """What has come of this message?"""

    kind: int
    tag: bytes
    count: int


@dataclass(frozen=True, slots=True)
class Report:
    """What has come of it. `missing`: parts that are not here, the first ones at least."""

    kind: int
    tag: bytes
    count: int
    need: int
    missing: tuple[int, ...]


def ask(kind: int, tag: bytes, count: int) -> bytes:
    """A question's frame."""
    return checked(_head(_QUESTION, kind, tag, count))


def complete(question: Question) -> bytes:
    """The report of a message that is complete."""
    return checked(_head(_REPORT, question.kind, question.tag, question.count) + bytes(4))


def lacking(question: Question, pending: Pending | None, room: int) -> bytes:
    """The report of a message that is open, or of which nothing came; in a frame of `room`."""
    held = frozenset[int]() if pending is None else pending.held
    need = question.count if pending is None else pending.need
    missing = [index for index in range(question.count) if index not in held]
    start = missing[0] if missing else question.count
    last = min(question.count, start + (room - _FIXED) * 8)
    bits = bytearray(-(-(last - start) // 8))
    for index in range(start, last):
        if index in held:
            bits[(index - start) // 8] |= 0x80 >> (index - start) % 8
    numbers = need.to_bytes(2, "big") + start.to_bytes(2, "big")
    head = _head(_REPORT, question.kind, question.tag, question.count)
    return checked(head + numbers + bytes(bits))


def read(frame: bytes) -> Question | Report:
    """A question or a report. Raises FrameError for anything else."""
    data = unchecked(frame)
    if len(data) < _HEAD or data[0] not in (_REPORT, _QUESTION) or data[1] > 15:
        raise FrameError("a frame of a kind that is not known here")
    kind, tag = data[1], data[2 : 2 + TAG]
    count = int.from_bytes(data[_HEAD - 2 : _HEAD], "big")
    if not 1 <= count <= MAX_COUNT:
        raise FrameError("a report about a message that cannot be")
    if data[0] == _QUESTION:
        if len(data) != _HEAD:
            raise FrameError("a question with something behind it")
        return Question(kind, tag, count)
    return _report(kind, tag, count, data[_HEAD:])


def _report(kind: int, tag: bytes, count: int, data: bytes) -> Report:
    need, start = int.from_bytes(data[:2], "big"), int.from_bytes(data[2:4], "big")
    bits = data[4:]
    if len(data) < 4 or need > count or start > count or (not need and (start or bits)):
        raise FrameError("a report that contradicts itself")
    if len(bits) > -(-(count - start) // 8):
        raise FrameError("a report that contradicts itself")
    last = min(count, start + len(bits) * 8)
    missing = tuple(
        index
        for index in range(start, last)
        if not bits[(index - start) // 8] & 0x80 >> (index - start) % 8
    )
    return Report(kind, tag, count, need, missing)


def _head(type: int, kind: int, tag: bytes, count: int) -> bytes:
    return bytes((type, kind)) + tag + count.to_bytes(2, "big")
