"""The sentences of a document that say the most of it, with no model.

A sentence is scored by how central it is (the cosine of its stems, weighted by how rare they are
among the document's passages, to the whole document's), by where it stands (first in the document,
first under a heading), and by how much of its headings it takes up; after each choice, what
repeats it loses (maximal marginal relevance: Carbonell and Goldstein, SIGIR 1998). What is chosen
is guarded as every quote is, so a sentence may bring others along.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from hearth.ask.matching import Bag
from hearth.ask.passages import Found
from hearth.ask.question import content
from hearth.ask.scoring import Scored
from hearth.ask.sentences import HEADING, PRE, is_intro
from hearth.ask.sources import Source
from hearth.ask.statements import Maker, Part, overlap
from hearth.corpora.index import Hit

EACH, MOST = 5, 12
"""Parts of one document, and of all together."""
LONGEST_PART = 120  # words
READ_PASSAGES = 400  # of one document; of a longer one, evenly spread
FIRST, FIRST_UNDER, HEADED, REPEAT = 0.25, 0.08, 0.2, 0.6
SAME = 0.6


def documents(source: Source, ids: Sequence[bytes]) -> list[list[Found]]:
    """The passages of each document, in order."""
    return [[Found(hit, source, []) for hit in source.index.passages(one)] for one in ids]


def summarise(found: Sequence[Sequence[Found]], most: int | None = None) -> list[Part]:
    """The best parts of each document in reading order, `most` at most altogether."""
    limit = most or min(MOST, max(EACH, 2 * len(found)))
    each = max(1, min(EACH if len(found) > 1 else limit, -(-limit // max(1, len(found)))))
    parts: list[Part] = []
    for passages in found:
        parts += _one(_spread(passages), each)
    return parts[:limit]


def _spread(passages: Sequence[Found]) -> list[Found]:
    step = max(1, -(-len(passages) // READ_PASSAGES))
    return list(passages[::step])


def _one(passages: list[Found], most: int) -> list[Part]:
    scored = rank(passages)
    maker = Maker()
    chosen: list[Part] = []
    while scored and len(chosen) < most:
        best = max(scored, key=lambda one: one.score)
        scored.remove(best)
        if best.score <= 0:
            break
        part = maker.part(best)
        if part is None or part.words > LONGEST_PART:
            continue
        if any(part.keys & other.keys or overlap(part.bag, other.bag) >= SAME for other in chosen):
            continue
        chosen.append(part)
        for one in scored:
            one.score -= REPEAT * overlap(one.bag, best.bag) * one.score
    return sorted(chosen, key=lambda part: (part.found.hit.ordinal, part.start))


def rank(passages: list[Found]) -> list[Scored]:
    """Every sentence that may be quoted, with its score, 0 to about 1.5."""
    frequency = Counter(stem for one in passages for stem in one.bag.present)
    total = len(passages)
    rarity = {stem: math.log(1 + total / count) for stem, count in frequency.items()}
    whole = Counter(
        stem for one in passages for stem in one.bag.order if stem in rarity and len(stem) > 2
    )
    weights = {stem: math.log(1 + count) * rarity[stem] for stem, count in whole.items()}
    size = math.sqrt(sum(weight**2 for weight in weights.values())) or 1.0
    scored: list[Scored] = []
    heading = None
    for passage in passages:
        first_under = passage.hit.heading != heading
        heading = passage.hit.heading
        for at, one in enumerate(passage.read()):
            if one.kind in (HEADING, PRE) or is_intro(one.text) or one.text.endswith("?"):
                continue
            bag = Bag(one.text)
            words = len(one.text.split())
            if words < 5:
                continue
            own = bag.present & weights.keys()
            length = math.sqrt(len(bag.present)) * max(rarity.values(), default=1.0)
            central = sum(weights[stem] * rarity[stem] for stem in own) / (size * length)
            score = central * (1.0 if words <= 40 else 40 / words)
            score += FIRST * (not scored) + FIRST_UNDER * (first_under and at == 0)
            score += HEADED * _headed(passage.hit, bag)
            scored.append(Scored(passage, at, bag, {}, {}))
            scored[-1].score = score
    return scored


def _headed(hit: Hit, bag: Bag) -> float:
    """How much of its title and heading a sentence takes up, 0 to 1."""
    own = content(f"{hit.title} {hit.heading.rpartition(' › ')[2]}")
    return len(own & bag.present) / len(own) if own else 0.0
