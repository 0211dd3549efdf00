"""Blocks of events on their way into a bundle: the writing side of `blocks`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from hearth.store.event import event_id
from hearth.store.header import CHAIN, Spread, chain_parts, facts, lists, spread
from hearth.store.timely import Row
from hearth.sync.blocks import ABSENT, AUDIENCE, BACK, HERE, LISTS, MAX_EVENTS, STATED
from hearth.sync.columns import column
from hearth.sync.delta import squeezed
from hearth.sync.packing import number

FIRST: Final = 1 << 14
"""Bytes that the first block is to have; each may have twice as many as the one before: so of a
file that is cut, everything brings something."""
_NO_LISTS: Final = b"\x80\x80"
_IMPLIED: Final = 72
"""Bytes of a header that are not written, less those of the signature; at least."""
_STRETCH: Final = 72
"""Bytes that the beginning of a stretch takes, at most."""


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

    def write(self, rows: Sequence[Row]) -> Iterator[bytes]:
        """The blocks of these events, which follow those written before."""
        at = 0
        while at < len(rows):
            end = self._end(rows, at)
            yield self._block(rows[at:end])
            at = end

    def _end(self, rows: Sequence[Row], at: int) -> int:
        """Up to which of the events after a place there is room in a block; one at least."""
        room = self._aim
        self._aim = min(2 * self._aim, self._limit)
        stretches = self._stretches
        end = min(len(rows), at + MAX_EVENTS)
        for place in range(at, end):
            run, _, _, _, header, _, payload, _ = rows[place]
            room -= len(header) - _IMPLIED + (32 if payload is None else len(payload))
            if run not in stretches:
                room -= _STRETCH
            if room < 0 and place > at:
                return place
        return end

    def _block(self, rows: Sequence[Row]) -> bytes:
        """One block. It is made column by column: a call for each event would be felt."""
        runs, sequences, lamports, kinds, headers, signatures, payloads, _ = zip(*rows, strict=True)
        told = spread(headers)
        begun, whose, ids = self._placed(runs, sequences, headers, signatures, told.previous)
        ticks, stated = self._ticks(told.ticks, ids)
        flags, lengths, absent, rare = _rest(headers, payloads, told)
        new, shaped = self._shaped(flags, kinds, told)
        lowest, earliest = min(lamports), min(told.walls)
        columns = (
            whose, shaped, ticks, [each - lowest for each in lamports],
            [each - earliest for each in told.walls], lengths,
        )  # fmt: skip
        metadata = (
            number(len(new)), *new, number(lowest), number(earliest), *map(column, columns)
        )  # fmt: skip
        here = b"".join(payload for payload in payloads if payload is not None)
        return b"".join(
            (
                number(len(rows)), number(len(begun)), *begun, squeezed(b"".join(metadata)),
                squeezed(here), *signatures, *stated, *absent, *rare,
            )
        )  # fmt: skip

    def _placed(
        self,
        runs: Sequence[int],
        sequences: Sequence[int],
        headers: Sequence[bytes],
        signatures: Sequence[bytes],
        previous: Sequence[bytes | None],
    ) -> tuple[list[bytes], list[int], list[bytes]]:
        """The stretches that begin here, by event the number of its stretch, and the ids.

        Mostly the next event of the run says what the id of this one is, which saves a hash."""
        stretches = self._stretches
        begun: list[bytes] = []
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
                begun.append(device + number(sequences[at]) + (named or b""))
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
    ) -> tuple[list[int], list[bytes]]:
        """How each tick is told, and those that are stated."""
        first = self._count
        self._count += len(ids)
        if len(self._places) > BACK:
            self._before, self._places = self._places, {}
        places, before = self._places, self._before
        places.update(zip(ids, range(first, self._count), strict=True))
        told: list[int] = []
        stated: list[bytes] = []
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
                stated.append(tick)
        return told, stated

    def _shaped(
        self, flags: Sequence[int], kinds: Sequence[int], told: Spread
    ) -> tuple[list[bytes], list[int]]:
        """The shapes that are new, and by event the number of its own."""
        shapes = self._shapes
        keys = list(zip(flags, kinds, told.expiries, told.audiences, strict=True))
        new = []
        for key in dict.fromkeys(keys):
            if key not in shapes:
                shapes[key] = len(shapes)
                flag, kind, expiry, audience = key
                new.append(bytes((flag,)) + number(kind) + bytes((expiry,)) + (audience or b""))
        return new, [shapes[key] for key in keys]


def _rest(
    headers: Sequence[bytes], payloads: Sequence[bytes | None], told: Spread
) -> tuple[list[int], list[int], list[bytes], list[bytes]]:
    """Flags and lengths of payloads by event; hashes of those that are not here; acts and refs."""
    flags = [HERE if audience is None else HERE | AUDIENCE for audience in told.audiences]
    lengths = [0 if payload is None else len(payload) for payload in payloads]
    absent: list[bytes] = []
    rare: list[bytes] = []
    for at, length in enumerate(lengths):
        if not length:
            said = facts(headers[at])
            flags[at] += (ABSENT if said.payload_hash else 0) - HERE
            lengths[at] = said.payload_length
            absent.append(said.payload_hash or b"")
    for at, (header, lists_at) in enumerate(zip(headers, told.lists, strict=True)):
        if header[lists_at:] != _NO_LISTS:
            flags[at] |= LISTS
            for ids in lists(header, facts(header)):
                rare += (bytes((len(ids),)), *ids)
    return flags, lengths, absent, rare
