"""Blocks of events on their way into a bundle: the writing side of `blocks`."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Final

from hearth.store.compress import Compressor
from hearth.store.event import event_id
from hearth.store.header import CHAIN, Spread, chain_parts, facts, lists, spread
from hearth.store.timely import Row
from hearth.sync.block_shapes import ABSENT, AUDIENCE, HERE, LISTS
from hearth.sync.blocks import BACK, MAX_EVENTS, MAX_KNOWN, STATED
from hearth.sync.columns import column
from hearth.sync.delta import MAX_PLAIN, squeezed
from hearth.sync.packing import number

FIRST: Final = 1 << 14
"""Bytes that the first block is to have; each may have twice as many as the one before: so of a
file that is cut, everything brings something."""
_NO_LISTS: Final = 2
"""Bytes of two empty lists; others have more."""
_IMPLIED: Final = 72
"""Bytes of a header that are not written, less those of the signature; at least."""
_REST: Final = 1 << 10
"""Bytes that a block has beside its events, and more for the columns of an event that is alone."""
_Rare = tuple[int, bytes]
"""What not every event has: its place, and the bytes."""


class BlockWriter:
    """Writes the events of one lane of a bundle, in blocks of at most `limit` bytes.

    `limit` is at least 2^17: so much fits the largest event."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._aim = FIRST
        self._stretches: dict[int, tuple[int, bytes]] = {}  # by run: number, id of the last event
        self._begun = 0
        self._shapes: dict[tuple[int, int, int, bytes | None], int] = {}
        self._places: dict[bytes, int] = {}
        self._before: dict[bytes, int] = {}
        self._count = 0
        self._compressor = Compressor(MAX_PLAIN)

    def write(self, rows: Sequence[Row]) -> Iterator[bytes]:
        """The blocks of these events, which follow those written before; all of them are made when
        the first is asked for. It is done column by column: a call for each event would be felt."""
        forget = max(self._begun, len(self._shapes)) + len(rows) > MAX_KNOWN
        if forget:
            self._stretches, self._begun, self._shapes = {}, 0, {}
        runs, sequences, lamports, kinds, headers, signatures, payloads, _ = zip(*rows, strict=True)
        told = spread(headers)
        begun, whose, ids = self._placed(runs, sequences, headers, signatures, told.previous)
        ticks, stated = self._ticks(told.ticks, ids)
        flags, lengths, absent, rare = _rest(headers, payloads, told)
        new, shaped = self._shaped(flags, kinds, told)
        sizes = [len(h) + length - _IMPLIED for h, length in zip(headers, lengths, strict=True)]
        for at, data in begun:
            sizes[at] += len(data)
        for first, end in self._cuts(sizes):
            part = slice(first, end)

            def of(rare: Iterable[tuple[int, bytes]], part: slice = part) -> Iterator[bytes]:
                return (data for at, data in rare if part.start <= at < part.stop)

            times, walls = lamports[part], told.walls[part]
            lowest, earliest = min(times), min(walls)
            columns = (
                whose[part], shaped[part], ticks[part], [each - lowest for each in times],
                [each - earliest for each in walls], lengths[part],
            )  # fmt: skip
            shapes = list(of(new))
            metadata = (
                number(len(shapes)), *shapes, number(lowest), number(earliest),
                *map(column, columns),
            )  # fmt: skip
            stretches = list(of(begun))
            here = (payload for payload in payloads[part] if payload is not None)
            yield b"".join(
                (
                    bytes((forget and not first,)),
                    number(end - first), number(len(stretches)), *stretches,
                    squeezed(b"".join(metadata), self._compressor),
                    squeezed(b"".join(here), self._compressor), *signatures[part],
                    *of(stated), *of(absent), *of(rare),
                )
            )  # fmt: skip

    def _cuts(self, sizes: Sequence[int]) -> Iterator[tuple[int, int]]:
        """The first and the end of each block; of one event at least."""
        sums = [0, *accumulate(sizes)]
        first = 0
        while first < len(sizes):
            end = bisect_right(sums, sums[first] + self._aim, first + 1) - 1
            end = max(first + 1, min(end, first + MAX_EVENTS))
            self._aim = min(2 * self._aim, self._limit - _REST)
            yield first, end
            first = end

    def _placed(
        self,
        runs: Sequence[int],
        sequences: Sequence[int],
        headers: Sequence[bytes],
        signatures: Sequence[bytes],
        previous: Sequence[bytes | None],
    ) -> tuple[list[_Rare], list[int], list[bytes]]:
        """The stretches that begin, by event the number of its stretch, and the ids.

        Mostly the next event of the run says what the id of this one is, which saves a hash."""
        stretches = self._stretches
        begun: list[_Rare] = []
        whose: list[int] = []
        ids: list[bytes | None] = [None] * len(runs)
        last: dict[int, int] = {}
        for at, (run, named) in enumerate(zip(runs, previous, strict=True)):
            before = last.get(run)
            if before is None:
                number_of, id = stretches.get(run, (-1, b""))
                follows = id == named
            else:
                number_of = whose[before]
                follows = sequences[before] + 1 == sequences[at]
                if follows:
                    ids[before] = named
            if not follows:
                number_of = self._begun
                self._begun += 1
                device = chain_parts(headers[at][CHAIN])[1]
                begun.append((at, device + number(sequences[at]) + (named or b"")))
            whose.append(number_of)
            last[run] = at
        found = [
            event_id(headers[at], signatures[at]) if id is None else id for at, id in enumerate(ids)
        ]
        for run, at in last.items():
            stretches[run] = whose[at], found[at]
        return begun, whose, found

    def _ticks(
        self, ticks: Sequence[bytes | None], ids: Sequence[bytes]
    ) -> tuple[list[int], list[_Rare]]:
        """How each tick is told, and those that are stated."""
        first = self._count
        self._count += len(ids)
        if len(self._places) > BACK:
            self._before, self._places = self._places, {}
        places, before = self._places, self._before
        places.update(zip(ids, range(first, self._count), strict=True))
        told: list[int] = []
        stated: list[_Rare] = []
        for at, tick in enumerate(ticks, first):
            if tick is None:
                told.append(0)
                continue
            place = places.get(tick)
            if place is None:
                place = before.get(tick, at)
            if 0 < at - place <= BACK:
                told.append(STATED + at - place)
            else:
                told.append(STATED)
                stated.append((at - first, tick))
        return told, stated

    def _shaped(
        self, flags: Sequence[int], kinds: Sequence[int], told: Spread
    ) -> tuple[list[_Rare], list[int]]:
        """The shapes that are new, and by event the number of its own."""
        shapes = self._shapes
        keys = list(zip(flags, kinds, told.expiries, told.audiences, strict=True))
        new: list[_Rare] = []
        for key in dict.fromkeys(keys):
            if key not in shapes:
                shapes[key] = len(shapes)
                flag, kind, expiry, audience = key
                said = bytes((flag,)) + number(kind) + bytes((expiry,)) + (audience or b"")
                new.append((keys.index(key), said))
        return new, [shapes[key] for key in keys]


def _rest(
    headers: Sequence[bytes], payloads: Sequence[bytes | None], told: Spread
) -> tuple[list[int], list[int], list[_Rare], list[_Rare]]:
    """Flags and lengths of payloads by event; hashes of those that are not here; acts and refs."""
    flags = [HERE if audience is None else HERE | AUDIENCE for audience in told.audiences]
    lengths = [0 if payload is None else len(payload) for payload in payloads]
    absent: list[_Rare] = []
    rare: list[_Rare] = []
    for at, length in enumerate(lengths):
        if not length:
            said = facts(headers[at])
            flags[at] += (ABSENT if said.payload_hash else 0) - HERE
            lengths[at] = said.payload_length
            absent.append((at, said.payload_hash or b""))
    for at, (header, lists_at) in enumerate(zip(headers, told.lists, strict=True)):
        if len(header) != lists_at + _NO_LISTS:
            flags[at] |= LISTS
            for ids in lists(header, facts(header)):
                rare.append((at, b"".join((bytes((len(ids),)), *ids))))
    return flags, lengths, absent, rare
