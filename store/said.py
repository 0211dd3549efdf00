"""What events say, and who says it, without the rest of what they are: for whoever reads a whole
log, at half the cost of `Event`s.
"""

from __future__ import annotations

from collections.abc import Iterator
from operator import itemgetter
from typing import TYPE_CHECKING, Final, NamedTuple

from hearth.store import database
from hearth.store.erasures import ERASED
from hearth.store.event import Event, event_id
from hearth.store.header import COMMUNITY, DEVICE, LANE, encode, spread

if TYPE_CHECKING:
    import apsw

_PAGE: Final = 256
_COMMUNITY, _DEVICE, _LANE = map(itemgetter, (COMMUNITY, DEVICE, LANE))
_new: Final = tuple.__new__  # a named tuple without a call into Python


class Said(NamedTuple):
    """What an event says. `header` is its bytes; `sealed`: `payload` is sealed to an audience."""

    arrival: int
    id: bytes
    community: bytes
    device: bytes
    lane: int
    kind: int
    lamport: int
    sequence: int
    wall: int
    sealed: bool
    payload: bytes | None
    erased: bool
    header: bytes

    @classmethod
    def of(cls, event: Event) -> Said:
        """What an event says."""
        header = event.header
        return cls(
            event.arrival, event.id, header.community, header.device, header.lane, header.kind,
            header.lamport, header.sequence, header.wall, header.audience is not None,
            event.payload, event.erased, encode(header),
        )  # fmt: skip


def after(connection: apsw.Connection, kinds: tuple[int, ...], arrival: int) -> Iterator[Said]:
    """What events of these kinds say that came after an arrival number, as they arrived. Read in
    pages, so the log may be written to meanwhile; what arrives while this runs is part of it."""
    query = (
        "SELECT arrival, header, signature, kind, lamport, sequence, payload, flags FROM events"
        f" WHERE arrival > ? AND kind IN ({', '.join('?' * len(kinds))}) ORDER BY arrival LIMIT ?"
    )
    while True:
        with database.translated():
            rows = database.rows(connection, query, arrival, *kinds, _PAGE)
        if not rows:
            return
        arrivals, headers, signatures, numbers, lamports, places, payloads, flags = zip(
            *rows, strict=True
        )
        told = spread(headers)
        for each in zip(
            arrivals,
            map(event_id, headers, signatures),
            map(_COMMUNITY, headers),
            map(_DEVICE, headers),
            map(_LANE, headers),
            numbers,
            lamports,
            places,
            told.walls,
            [audience is not None for audience in told.audiences],
            payloads,
            [bool(flag & ERASED) for flag in flags],
            headers,
            strict=True,
        ):
            yield _new(Said, each)
        if len(rows) < _PAGE:
            return
        arrival = arrivals[-1]
