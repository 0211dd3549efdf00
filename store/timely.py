"""Events of many runs, together, about in the order in which they were made.

Whoever takes events in asks of each what it stands on, and that has nearly always been made a
little before. Chain after chain, as `served` gives them, nothing is there yet; in the order in
which events have come here nearly everything is, and within a page they are sorted by Lamport time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import count
from operator import itemgetter
from typing import Final

import apsw

from hearth.store import database
from hearth.store.nogc import nogc

PAGE: Final = 2048
_LAMPORT: Final = itemgetter(2)
_numbers: Final = count(1)


Row = tuple[int, int, int, int, bytes, bytes, "bytes | None", int]
"""Run, sequence, Lamport time, kind, header, signature, payload, and the number of its arrival."""


def pages(
    connection: apsw.Connection, spans: Iterable[tuple[int, int, int]]
) -> Iterator[list[Row]]:
    """The events of spans (run, first and last sequence), as far as they are there.

    At most `PAGE` at a time, each page by Lamport time, and of one run by sequence unless its
    author has lied about time. Which ones they are is settled when the first page is asked for; no
    statement is open between two pages. Memory: 20 bytes for an event, and a page.
    """
    table = f"temp.chosen_{next(_numbers)}"
    connection.execute(f"CREATE TABLE {table} (arrival INTEGER PRIMARY KEY)")
    try:
        connection.executemany(
            f"INSERT OR IGNORE INTO {table} SELECT arrival FROM events"
            " WHERE run = ? AND sequence BETWEEN ? AND ?",
            spans,
        )
        last = 0
        while True:
            with nogc():
                found = database.rows(
                    connection,
                    "SELECT e.run, e.sequence, e.lamport, e.kind, e.header, e.signature, e.payload,"
                    f" e.arrival FROM {table} c CROSS JOIN events e ON e.arrival = c.arrival"
                    " WHERE c.arrival > ? ORDER BY c.arrival LIMIT ?",
                    last,
                    PAGE,
                )
            if not found:
                return
            last = found[-1][-1]
            yield sorted(found, key=_LAMPORT)
    finally:
        with suppress(apsw.Error):  # whoever gave up may have closed the connection by now
            connection.execute(f"DROP TABLE {table}")
