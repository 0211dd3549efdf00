"""Judging the rows of the catalogue: what in a community counts, as `judging` has it.

Descriptions are judged first, as they say who may state documents beside the maker; documents of
corpora of which they say something else now are judged once more.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import apsw

from hearth.corpora.cache import query
from hearth.corpora.catalogue import former_kept, whom_kept, writers
from hearth.corpora.judging import Judge, Members, Writers, control_state
from hearth.store.store import Store

JUDGED = ("catalogue_corpora", "catalogue_documents")


def judge(
    connection: apsw.Connection, store: Store, community: bytes, members: Members
) -> set[bytes]:
    """Judge what is new in a community, or everything if its control lane has changed; the corpora
    in which something counts now that did not, or does not that did. In the caller's transaction.
    """
    return _Judging(connection, community, members).all(control_state(store, community))


class _Judging:
    """The rows of one community."""

    def __init__(self, connection: apsw.Connection, community: bytes, members: Members) -> None:
        self._connection = connection
        self._community = community
        self._judge = cache(lambda: Judge(members(community)))
        self._changed: set[bytes] = set()

    def all(self, state: bytes) -> set[bytes]:
        known = "SELECT state FROM catalogue_judged WHERE community = ?"
        same = query(self._connection, known, (self._community,)) == [(state,)]
        self._corpora("AND d.counts IS NULL" if same else "")
        said = self._writers()
        anew = "d.corpus IN (SELECT corpus FROM catalogue_writers WHERE anew)"
        self._documents(f"AND (d.counts IS NULL OR {anew})" if same else "", said)
        self._settle(state)
        return self._changed

    def _corpora(self, which: str) -> None:
        for event, device, sequence, before, corpus, maker in self._rows(JUDGED[0], which):
            counts = self._judge().counts(maker, device, sequence, event)
            self._mark(JUDGED[0], event, corpus, before, counts)

    def _documents(self, which: str, said: dict[bytes, Writers]) -> None:
        for event, device, sequence, before, corpus, maker in self._rows(JUDGED[1], which):
            named = said.get(corpus)
            counts = self._judge().counts(maker, device, sequence, event, named)
            self._mark(JUDGED[1], event, corpus, before, counts)

    def _rows(self, table: str, which: str) -> list[tuple[Any, ...]]:
        return query(
            self._connection,
            "SELECT d.event, d.device, d.sequence, d.counts, d.corpus, m.device"
            f" FROM {table} AS d LEFT JOIN catalogue_makers AS m ON m.corpus = d.corpus"
            f" AND m.community = d.community WHERE d.community = ? {which}",
            (self._community,),
        )

    def _mark(
        self, table: str, event: bytes, corpus: bytes, before: int | None, counts: bool
    ) -> None:
        if counts != before:
            sql = f"UPDATE {table} SET counts = ? WHERE event = ?"
            self._connection.execute(sql, (int(counts), event))
        if counts != bool(before):
            self._changed.add(corpus)

    def _writers(self) -> dict[bytes, Writers]:
        """Who may state documents beside the maker, by corpus; notes where that is new."""
        now = writers(self._connection, self._community)
        sql = "SELECT corpus, writers, former FROM catalogue_writers WHERE community = ?"
        rows = query(self._connection, sql, (self._community,))
        before = {corpus: (named, former) for corpus, named, former in rows}
        nobody = (None, None)
        self._connection.executemany(
            "INSERT OR REPLACE INTO catalogue_writers VALUES(?, ?, ?, ?, 1)",
            [
                (corpus, self._community, *now.get(corpus, nobody))
                for corpus in now.keys() | before.keys()
                if now.get(corpus) != before.get(corpus)
            ],
        )
        return {
            each: Writers.of(whom_kept(named), former_kept(former))
            for each, (named, former) in now.items()
        }

    def _settle(self, state: bytes) -> None:
        mine = "community = ?"
        none = f"DELETE FROM catalogue_writers WHERE {mine} AND coalesce(writers, former) IS NULL"
        done = f"UPDATE catalogue_writers SET anew = 0 WHERE {mine} AND anew"
        for sql in (none, done):
            self._connection.execute(sql, (self._community,))
        sql = "INSERT OR REPLACE INTO catalogue_judged VALUES(?, ?)"
        self._connection.execute(sql, (self._community, state))
