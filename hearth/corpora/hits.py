"""What a search gives: passages, each with where it stands."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from hearth.corpora.cache import damaged
from hearth.languages import ENGLISH, western

MARK_START, MARK_END = "\x01", "\x02"  # around highlighted words; no stored text holds them

COLUMNS = (
    "t.rowid, t.ordinal, t.heading, t.page, t.start, t.stop, t.text, t.checksum, e.document,"
    " e.title, t.language"
)
"""Of a passage and its document, in the order in which `hit_of` takes them."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found. `start` and `end` are byte offsets in the document's text.

    `score` is higher for better, comparable within one search only. `snippet` is set when asked
    for: a short stretch of the text, its matching words between MARK_START and MARK_END. `corpus`
    is what the corpus is called here; the guide has neither `corpus_id` nor `community`. `language`
    is the one the passage is indexed in ("en", "de", "fr", "es"). `row` is the passage's number in
    this index as it is now, nothing to keep.
    """

    passage_id: str
    document: bytes
    corpus: str
    title: str
    heading: str
    page: int | None
    ordinal: int
    start: int
    end: int
    text: str
    score: float
    snippet: str | None = None
    corpus_id: bytes | None = None
    community: bytes | None = None
    language: str = ENGLISH
    row: int = field(default=0, compare=False)


def whose(hit: Hit) -> dict[str, str | None]:
    """The ids of the hit's corpus and community, as data."""
    return {
        "corpus_id": None if hit.corpus_id is None else hit.corpus_id.hex(),
        "community": None if hit.community is None else hit.community.hex(),
    }


def checksum(*parts: str) -> int:
    """Of a passage's title, heading and text, by which it is known to be what was indexed."""
    return zlib.crc32("\0".join(parts).encode())


def hit_of(row: tuple[Any, ...], known: dict[str, tuple[bytes, bytes]]) -> Hit:
    """The hit of a row: COLUMNS, score, corpus and snippet; `known` are corpora as `Index.corpora`
    has them. Raises `DamagedCacheError` where it is not what was indexed."""
    (number, ordinal, heading, page, start, stop, text, kept, document, title, language, score,
     corpus, snippet) = row  # fmt: skip
    if kept != checksum(title, heading, text):
        raise damaged()
    name = f"{document.hex()[:12]}:{ordinal}"
    corpus_id, community = known.get(corpus or "", (None, None))
    return Hit(
        name,
        document,
        corpus or "",
        title,
        heading,
        page,
        ordinal,
        start,
        stop,
        text,
        score,
        snippet,
        corpus_id,
        community,
        language,
        number,
    )


def with_snippet(hit: Hit, terms: Sequence[str]) -> Hit:
    """The hit with a snippet of our own where SQLite cannot tell at which word a match stands."""
    if western(hit.text):
        return hit
    from hearth.corpora.snippets import snippet
    from hearth.languages import unspaced

    if not unspaced.any_in(hit.text):
        return hit
    return replace(hit, snippet=snippet(hit.text, terms, MARK_START, MARK_END))
