"""Searching by words and meaning together: the one order that `hearth search` shows.

Words are looked for in every source, and so is the meaning; `fusion` makes one order of both. BM25
counts words within one index, so scores of two sources are each measured by the best of their own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from hearth.ask.synonyms import STOP
from hearth.ask.words import placed_stems
from hearth.vectors import fusion
from hearth.vectors.texts import embedded_text

if TYPE_CHECKING:
    from hearth.ask.sources import Source
    from hearth.corpora.index import Hit
    from hearth.vectors.meaning import Meaning


_TERM = re.compile(r'"([^"]+)"|([^\s"]+)')


def terms(query: str) -> list[str]:
    """What to look for: words, and what stands in quotation marks as it is; each once.

    Words that tell nothing ("the", "how") are left out, if any other is there.
    """
    found: dict[str, bool] = {}
    for phrase, word in _TERM.findall(query):
        if phrase:
            found.setdefault(phrase, True)
        for one, _ in placed_stems(word):
            found.setdefault(one, False)
    kept = [one for one, exact in found.items() if exact or one not in STOP]
    return kept or list(found)


def search(
    question: str,
    terms: Sequence[str],
    sources: Sequence[Source],
    corpora: Sequence[str] | None,
    limit: int,
    meaning: Meaning,
) -> list[Hit] | None:
    """The best passages of all sources in one order, at most `limit`, `score` being the combined
    one; None where the meaning is not to be had. `meaning` has begun with the question."""
    depth = max(fusion.DEPTH, limit)
    hits: dict[tuple[int, int], Hit] = {}
    text: dict[tuple[int, int], float] = {}
    for at, source in enumerate(sources):
        found = source.index.search(terms, corpora, depth, snippets=True)
        top = max((hit.score for hit in found), default=0.0)
        for hit in found:
            hits[at, hit.row] = hit
            text[at, hit.row] = hit.score / top if top > 0 else 0.0
    if not meaning.ready(sources):
        return None
    for at, source in enumerate(sources):
        near = meaning.nearest(source, corpora, depth)
        missing = [row for row in near if (at, row) not in hits]
        hits.update({(at, hit.row): hit for hit in source.index.at(missing, corpora)})
    keys = list(hits)

    def moved(best: list[tuple[int, int]]) -> dict[tuple[int, int], float]:
        towards = [(sources[at], row) for at, row in best]
        return _senses(keys, sources, meaning.moved(towards, fusion.FEEDBACK))

    scores = fusion.fuse(text, _senses(keys, sources, meaning), len(terms), moved)
    order = sorted(keys, key=lambda key: (-scores[key], hits[key].document, hits[key].ordinal))
    found = [replace(hits[key], score=scores[key]) for key in order[: max(limit, fusion.RANKED)]]
    return _ranked(question, found, meaning)[:limit]


def _ranked(question: str, found: list[Hit], meaning: Meaning) -> list[Hit]:
    """The best few in the order of a model for ranking, if there is one, mixed with their own."""
    best = found[: fusion.RANKED]
    ranks = meaning.ranks(
        question, [embedded_text(one.title, one.heading, one.text) for one in best]
    )
    if ranks is None:
        return found
    own = fusion.standardised([one.score for one in best])
    mixed = [
        replace(one, score=best[0].score + fusion.OWN * mine + (1 - fusion.OWN) * rank)
        for one, mine, rank in zip(best, own, ranks, strict=True)
    ]
    return sorted(mixed, key=lambda one: -one.score) + found[fusion.RANKED :]


def _senses(
    keys: Sequence[tuple[int, int]], sources: Sequence[Source], meaning: Meaning
) -> dict[tuple[int, int], float]:
    found: dict[tuple[int, int], float] = {}
    for at, source in enumerate(sources):
        rows = [row for number, row in keys if number == at]
        found.update({(at, row): one for row, one in meaning.senses(source, rows).items()})
    return found
