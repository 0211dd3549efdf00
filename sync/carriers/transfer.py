"""A message over a carrier: sent once, and where there is a way back, until it has arrived.

Over a one-way carrier all parts go out, with `extra` in a hundred more of them, and that is all.
Over a duplex one the sender then asks what has come (`reports`), waits `patience` seconds for the
answer, and sends what is missing, or further parts; `ROUNDS` times at most. The receiver answers
when it is asked, and never otherwise. Whatever is lost, questions and answers too, costs a round.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from hearth.store.errors import CorruptError
from hearth.sync.carriers import reports, splitting
from hearth.sync.carriers.contract import Carrier
from hearth.sync.carriers.reassembly import Reassembly
from hearth.sync.carriers.reports import Question, Report
from hearth.sync.carriers.splitting import Message, Parts
from hearth.sync.packing import OverLimitError

ROUNDS: Final = 16
"""How often a sender asks, at most."""
SILENT: Final = 8
"""How many questions in a row may stay without an answer."""
_LISTEN: Final = 1.0

Tell = Callable[[int, int], None]
"""Told how many frames have gone or come, and of how many."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a message: `frames` that went out, `rounds` of questions, and whether the
    other side said that it is complete there: None where it cannot say anything."""

    frames: int
    rounds: int
    confirmed: bool | None


def _nobody(_done: int, _of: int) -> None:
    pass


def send(
    carrier: Carrier, message: Message, *, only: frozenset[int] | None = None, tell: Tell = _nobody
) -> Sent:
    """Send one message. `only`: these parts and no others, with no questions asked.

    Raises TooLongError, UsageError for parts that there are none of, and what the carrier raises.
    """
    parts = Parts(message, carrier.room(len(message.data)))
    if only is not None:
        frames = [parts.frame(index) for index in sorted(only)]
        return Sent(_out(carrier, frames, 0, len(frames), tell), 0, None)
    frames = parts.frames(carrier.extra)
    sent = _out(carrier, frames, 0, len(frames), tell)
    if not carrier.duplex:
        return Sent(sent, 0, None)
    next, silent = len(frames), 0
    for asked in range(1, ROUNDS + 1):
        sent += carrier.send([reports.ask(message.kind, message.tag, parts.count)])
        answers = _answers(carrier, message, parts.count)
        if answers and all(not answer.need for answer in answers):
            return Sent(sent, asked, True)
        silent = 0 if answers else silent + 1
        if silent >= SILENT:
            return Sent(sent, asked, False)
        frames, next = _again(parts, answers, next)
        sent += _out(carrier, frames, sent, sent + len(frames), tell)
    return Sent(sent, ROUNDS, False)


def _out(carrier: Carrier, frames: list[bytes], done: int, of: int, tell: Tell) -> int:
    """Frames one by one where they go out one by one; on paper all at once."""
    if not carrier.duplex and carrier.patience == 0:
        sent = carrier.send(frames)
        tell(done + sent, of)
        return sent
    sent = 0
    for frame in frames:
        sent += carrier.send([frame])
        tell(done + sent, of)
    return sent


def _answers(carrier: Carrier, message: Message, count: int) -> list[Report]:
    """The reports on this message: the first one, or where everybody hears, all until silence."""
    found: list[Report] = []
    while (frame := carrier.recv(carrier.patience)) is not None:
        try:
            report = reports.read(frame)
        except CorruptError:
            continue
        about = report.kind, report.tag, report.count
        if isinstance(report, Report) and about == (message.kind, message.tag, count):
            found.append(report)
            if not carrier.broadcast:
                break
    return found


def _again(parts: Parts, answers: list[Report], next: int) -> tuple[list[bytes], int]:
    """What to send now: further parts that were never sent, if there are any, as each of them does
    for whatever was lost, by whomever; else those that are missing. A quarter more than needed."""
    need = max((answer.need for answer in answers), default=0)
    if need and parts.count <= splitting.NARROW and next < parts.total:
        last = min(parts.total, next + need + -(-need // 4))
        return [parts.frame(index) for index in range(next, last)], last
    missing = {index for answer in answers for index in answer.missing}
    return [parts.frame(index) for index in sorted(missing)], next


def receive(
    carrier: Carrier, held: Reassembly, *, wait: float | None, tell: Tell = _nobody
) -> Iterator[Message]:
    """All messages that come, each once, as soon as it is complete.

    Ends when nothing more can come, or nothing has come for `wait` seconds (None: never so).
    Questions are answered while the caller asks for more. Damaged frames are passed over and
    counted; the carrier's own errors are raised.
    """
    silence, came = 0.0, 0
    while not carrier.ended:
        step = _LISTEN if wait is None else min(_LISTEN, wait - silence)
        frame = carrier.recv(step)
        if frame is None:
            silence += step
            if wait is not None and silence >= wait:
                break
            continue
        silence, came = 0.0, came + 1
        tell(came, 0)
        try:
            message = held.add(frame)
            if message is not None:
                yield message
            elif carrier.duplex:
                _answer(carrier, held, frame)
        except (CorruptError, OverLimitError) as error:
            _note(carrier, error.message)


def _note(carrier: Carrier, fault: str) -> None:
    if fault not in carrier.faults and len(carrier.faults) < 16:
        carrier.faults.append(fault)


def _answer(carrier: Carrier, held: Reassembly, frame: bytes) -> None:
    """Answer if it was a question."""
    if splitting.read(frame) is not None:
        return
    question = reports.read(frame)
    if not isinstance(question, Question):
        return
    if held.is_done(question.kind, question.tag):
        carrier.send([reports.complete(question)])
        return
    asked = question.kind, question.tag, question.count
    found = (each for each in held.pending() if (each.kind, each.tag, each.count) == asked)
    carrier.send([reports.lacking(question, next(found, None), carrier.mtu)])
