"""cache.db is made anew where its tables have changed: each part's version went up with them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

import apsw
import pytest
from blake3 import blake3

from hearth import lanes
from hearth.boards.fold import FOLD as BOARDS
from hearth.chat import cache_tables, wanting
from hearth.condition.fold import FOLD as DECLARED
from hearth.corpora import catalogue_tables, index, index_tables
from hearth.corpora.cache import ensure, open_cache, stamp
from hearth.lanes import Fold
from hearth.market.folding import FOLD as MARKET
from hearth.notices.fold import FOLD as NOTICES
from hearth.people.fold import FOLD as PEOPLE
from hearth.vectors import tables as vectors

Make = Callable[[apsw.Connection], None]


def _of(fold: Fold) -> Make:
    return lambda connection: lanes.make(connection, fold)


def _catalogue(connection: apsw.Connection) -> None:
    version, create = catalogue_tables.VERSION, catalogue_tables.create
    ensure(connection, "catalogue", version, catalogue_tables.FOLDED, create)


def _index(connection: apsw.Connection) -> None:
    ensure(connection, "index", index.VERSION, index_tables.TABLES, index_tables.create)


def _refs(connection: apsw.Connection) -> None:
    ensure(connection, "chat-refs", wanting.VERSION, wanting._TABLES, wanting._create)


PARTS: Final[dict[str, tuple[Make, int, str]]] = {
    "market": (_of(MARKET), 3006, "3c0f6cabfebdb0e8"),
    "notices": (_of(NOTICES), 3002, "cb604871714c3c49"),
    "people": (_of(PEOPLE), 3002, "882a5c0659ee6e93"),
    "boards": (_of(BOARDS), 3001, "8197f27907db013e"),
    "declared": (_of(DECLARED), 3002, "f129f0abeccd555b"),
    "catalogue": (_catalogue, 6, "5d0e0fdcfc8fd3a2"),
    "index": (_index, 6, "e4269229d92cc883"),
    cache_tables.COMPONENT: (cache_tables.make, 3, "607914df3545fa8e"),
    "chat-refs": (_refs, 3, "a954dc900a74e4d3"),
    "vectors": (vectors.create, 1, "9502b4f3fa6b8e24"),
}
"""By part: what makes its tables, their version, and the digest of their SQL in that version."""


@pytest.mark.parametrize("part", PARTS)
def test_tables_that_change_have_another_version(part: str) -> None:
    make, version, digest = PARTS[part]
    connection = open_cache(None)
    make(connection)
    sql = (
        "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name <> 'stamps'"
        " AND sql NOT LIKE 'CREATE TABLE ''%' ORDER BY name"  # those FTS5 makes for itself
    )
    tables = " ".join(each for (each,) in connection.execute(sql))
    found = blake3(re.sub(r"\s+", " ", tables).encode()).hexdigest(8)
    assert (stamp(connection, part), found) == (version, digest), (
        "tables of cache.db have changed: raise their version, and note both here"
    )
