"""Events of many runs, together, about in the order in which they were made.

Whoever takes events in asks of each what it stands on, and that has nearly always been made a
little before. Chain after chain, as `served` gives them, nothing is there yet; in the order in
which events have come here nearly everything is, and within a page they are sorted by Lamport time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from operator import itemgetter
from typing import TYPE_CHECKING, Final

from hearth.store import database
from hearth.store.nogc import nogc

if TYPE_CHECKING:
    import apsw

PAGE: Final = 2048
NEAR: Final = 8
"""How many events that are not meant are read along with others, rather than asking twice."""
_LAMPORT: Final = itemgetter(2)


Row = tuple[int, int, int, int, bytes, bytes, "bytes | None", int]
"""Run, sequence, Lamport time, kind, header, signature, payload, and the number of its arrival."""


def pages(
    connection: apsw.Connection, spans: Iterable[tuple[int, int, int]]
) -> Iterator[list[Row]]:
    """The events of spans (run, first and last sequence), as far as they are there.

    At most `PAGE` at a time, each page by Lamport time, and of one run by sequence unless its
    author has lied about time. Which ones they are is settled when the first page is asked for; no
    statement is open between two pages. Memory: a byte for each event of the log, and a page.
    """
    marks = _marked(connection, spans)
    page: list[Row] = []
    for first, end in _stretches(marks):
        with nogc():
            page += _read(connection, marks, first, end)
        if len(page) >= PAGE:
            yield sorted(page[:PAGE], key=_LAMPORT)
            page = page[PAGE:]
    if page:
        yield sorted(page, key=_LAMPORT)


def _marked(connection: apsw.Connection, spans: Iterable[tuple[int, int, int]]) -> bytearray:
    """By number of arrival: 1 for what is meant, 0 for what is not."""
    marks = bytearray((database.value(connection, "SELECT max(arrival) FROM events") or 0) + 1)
    for span in spans:
        for (arrival,) in database.rows(
            connection,
            "SELECT arrival FROM events WHERE run = ? AND sequence BETWEEN ? AND ?",
            *span,
        ):
            marks[arrival] = 1
    return marks


def _stretches(marks: bytearray) -> Iterator[tuple[int, int]]:
    """First numbers, and the ones behind the last, of what lies near each other: a page at most."""
    first = marks.find(1)
    while first >= 0:
        end = first
        following = first
        while 0 <= following <= end + NEAR and following < first + PAGE:
            end = marks.find(0, following, first + PAGE)
            end = min(first + PAGE, len(marks)) if end < 0 else end
            following = marks.find(1, end)
        yield first, end
        first = following


def _read(connection: apsw.Connection, marks: bytearray, first: int, end: int) -> list[Row]:
    found: list[Row] = database.rows(
        connection,
        "SELECT run, sequence, lamport, kind, header, signature, payload, arrival FROM events"
        " WHERE arrival >= ? AND arrival < ? ORDER BY arrival",
        first,
        end,
    )
    if marks.count(1, first, end) == end - first:
        return found
    return [row for row in found if marks[row[-1]]]
