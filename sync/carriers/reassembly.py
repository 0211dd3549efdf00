"""Messages out of frames: in any order, doubled, damaged, of several messages and senders at once.

A message is open from its first part until enough have come. What is kept is bounded: `MAX_OPEN`
messages, `MAX_PER_SENDER` of each sender where the carrier knows senders, `MAX_HELD` bytes; beyond,
the message that has waited longest for a part gives way. Which messages were completed is
remembered (`MAX_DONE`), so that repeats of them say nothing.

Anybody may send a part with another message's tag, or a link may damage one so that its check
still fits. Then what comes out does not fit the tag, and nothing is believed; with the next parts
it is tried to leave out one at a time, up to `MAX_TRIES` times and `MAX_WORK` bytes in all. If that
does not help either, the message is given up, and may begin anew.

Sans-IO. What is open can be saved with `state`, and gone on with later.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from blake3 import blake3

from hearth.store.errors import CorruptError
from hearth.sync.carriers import erasure, splitting
from hearth.sync.carriers.errors import SpoiledError, StateError
from hearth.sync.carriers.splitting import Message, Part
from hearth.sync.packing import PeerError, Reader, number

MAX_OPEN: Final = 64
MAX_PER_SENDER: Final = 4
MAX_HELD: Final = 16 << 20
MAX_DONE: Final = 1024
MAX_TRIES: Final = 256
MAX_WORK: Final = 8 << 20
MAX_SENDER: Final = 64
"""Bytes of a sender's name."""
_VERSION: Final = 1
_SEAL: Final = 8


@dataclass(frozen=True, slots=True)
class Key:
    """What the parts of one message have in common."""

    kind: int
    tag: bytes
    count: int
    size: int

    @property
    def tries(self) -> int:
        """How often it may be put together in vain."""
        return max(4, min(MAX_TRIES, MAX_WORK // (self.count * self.size)))


@dataclass(frozen=True, slots=True)
class Pending:
    """A message of which parts are missing: those with the indexes `held` are here, and `need`
    more will do."""

    kind: int
    tag: bytes
    count: int
    held: frozenset[int]
    need: int

    @property
    def missing(self) -> list[int]:
        """The parts of the message itself that are not here."""
        return [index for index in range(self.count) if index not in self.held]


@dataclass(slots=True)
class _Open:
    sender: bytes | None
    needs: list[int]
    parts: dict[int, bytes] = field(default_factory=dict)
    tries: int = 0

    @property
    def held(self) -> int:
        return sum(map(len, self.parts.values()))


class Reassembly:
    """Takes frames in, gives messages out. `given_up` counts the messages that had to give way."""

    def __init__(self) -> None:
        self._open: OrderedDict[Key, _Open] = OrderedDict()  # the one served longest ago first
        self._done: OrderedDict[tuple[int, bytes], None] = OrderedDict()
        self._held = 0
        self.given_up = 0

    def add(self, frame: bytes, sender: bytes | None = None) -> Message | None:
        """Take one frame in; the message that is complete with it, once.

        Raises FrameError and OverLimitError for what is no part of a message, SpoiledError for a
        message that is given up. None of them changes anything else.
        """
        found = splitting.read(frame)
        if isinstance(found, Message):
            return self._finish(found)
        if found is None:
            return None
        return self._part(found, None if sender is None else sender[:MAX_SENDER])

    def is_done(self, kind: int, tag: bytes) -> bool:
        """Whether such a message was completed here."""
        return (kind, tag) in self._done

    def pending(self) -> Iterator[Pending]:
        """The messages that are open."""
        for key, open in self._open.items():
            need = max(1, sum(open.needs))  # all are here and do not fit: one more may help
            yield Pending(key.kind, key.tag, key.count, frozenset(open.parts), need)

    def _part(self, part: Part, sender: bytes | None) -> Message | None:
        key = Key(part.kind, part.tag, part.count, len(part.content))
        if (part.kind, part.tag) in self._done:
            return None
        open = self._open.get(key)
        if open is None:
            open = self._begin(key, sender)
        if part.index in open.parts:
            return None
        self._open.move_to_end(key)
        open.parts[part.index] = part.content
        self._held += key.size
        block, _ = splitting.placed(part.index, part.count)
        open.needs[block] -= open.needs[block] > 0
        self._make_room(key)
        return None if any(open.needs) else self._complete(key, open)

    def _begin(self, key: Key, sender: bytes | None) -> _Open:
        """Open a message, and let others give way if there are too many."""
        if sender is not None:
            theirs = [each for each, open in self._open.items() if open.sender == sender]
            if len(theirs) >= MAX_PER_SENDER:
                self._give_up(theirs[0])
        if len(self._open) >= MAX_OPEN:
            self._give_up(next(iter(self._open)))
        open = self._open[key] = _Open(sender, list(splitting.blocks(key.count)))
        return open

    def _make_room(self, keep: Key) -> None:
        while self._held > MAX_HELD:
            self._give_up(next(each for each in self._open if each != keep))

    def _give_up(self, key: Key) -> None:
        self._close(key)
        self.given_up += 1

    def _close(self, key: Key) -> None:
        self._held -= self._open.pop(key).held

    def _complete(self, key: Key, open: _Open) -> Message | None:
        """Enough parts are here: the message, if they are it."""
        for parts in _choices(key, open.parts):
            open.tries += 1
            message = _joined(key, parts)
            if message is not None:
                self._close(key)
                return self._finish(message)
            if open.tries >= key.tries:
                self._give_up(key)
                raise SpoiledError(
                    "the parts of a message are here, and it is not what they say it is",
                    "have it sent again",
                )
        return None

    def _finish(self, message: Message) -> Message | None:
        name = message.kind, message.tag
        if name in self._done:
            self._done.move_to_end(name)
            return None
        self._done[name] = None
        if len(self._done) > MAX_DONE:
            self._done.popitem(last=False)
        for key in [each for each in self._open if (each.kind, each.tag) == name]:
            self._close(key)  # the same message, cut for other frames
        return message

    def state(self) -> bytes:
        """What is open and what was done, for a file; who sent it is forgotten."""
        out = [bytes((_VERSION,)), number(len(self._done))]
        out += [bytes((kind,)) + tag for kind, tag in self._done]
        out.append(number(len(self._open)))
        for key, open in self._open.items():
            out += [bytes((key.kind,)), key.tag, number(key.count), number(key.size)]
            out += [number(open.tries), number(len(open.parts))]
            out += [number(index) + content for index, content in open.parts.items()]
        data = b"".join(out)
        return data + blake3(data).digest(length=_SEAL)

    @classmethod
    def restore(cls, state: bytes) -> Reassembly:
        """Go on where `state` was taken. Raises StateError for anything else."""
        data, seal = state[:-_SEAL], state[-_SEAL:]
        if blake3(data).digest(length=_SEAL) != seal or data[:1] != bytes((_VERSION,)):
            raise StateError("the parts that were kept cannot be read", "begin anew without them")
        made = cls()
        try:
            made._load(Reader(data[1:]))
        except (PeerError, CorruptError):
            raise StateError("the parts that were kept make no sense") from None
        return made

    def _load(self, reader: Reader) -> None:
        for _ in range(reader.number(MAX_DONE)):
            self._done[reader.byte(15), reader.fixed(splitting.TAG)] = None
        for _ in range(reader.number(MAX_OPEN)):
            kind, tag = reader.byte(15), reader.fixed(splitting.TAG)
            count, size = reader.number(splitting.MAX_COUNT), reader.number(MAX_HELD)
            splitting.check(count, size)
            tries = reader.number(MAX_TRIES)
            for _ in range(reader.number(splitting.total(count))):
                index = reader.number(splitting.total(count) - 1)
                self._part(Part(kind, tag, index, count, reader.fixed(size)), None)
            key = Key(kind, tag, count, size)
            if key in self._open:
                self._open[key].tries = tries
        reader.end()


def _choices(key: Key, parts: dict[int, bytes]) -> Iterator[dict[int, bytes]]:
    """All parts; or all but one of a block that has more than it needs."""
    spare = [-need for need in splitting.blocks(key.count)]
    for index in parts:
        spare[splitting.placed(index, key.count)[0]] += 1
    if not any(spare):
        yield parts
        return
    for index in reversed(parts):  # the last one first: without it, it was tried before
        if spare[splitting.placed(index, key.count)[0]]:
            yield {each: content for each, content in parts.items() if each != index}


def _joined(key: Key, parts: dict[int, bytes]) -> Message | None:
    """The message of these parts, if its tag is theirs."""
    dealt: list[dict[int, bytes]] = [{} for _ in splitting.blocks(key.count)]
    for index, content in parts.items():
        block, place = splitting.placed(index, key.count)
        dealt[block][place] = content
    whole = [
        erasure.recover(count, held)
        for count, held in zip(splitting.blocks(key.count), dealt, strict=True)
    ]
    contents = [whole[index % len(whole)][index // len(whole)] for index in range(key.count)]
    data, _, zeros = b"".join(contents).rpartition(b"\x80")
    message = Message(key.kind, data)
    return message if not zeros.strip(b"\0") and message.tag == key.tag else None
