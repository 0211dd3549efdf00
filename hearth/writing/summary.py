"""The sentences of a document that say the most of it, with no model.

A sentence is scored by how central it is (the weights of its stems: often in the document, in few
of its passages; by the root of its length), by where it stands (first in the document, first under
a heading), and by how much of its headings it takes up; after each choice, what repeats it loses
(maximal marginal relevance: Carbonell and Goldstein, SIGIR 1998). What is chosen is guarded as
every quote is, so a sentence may bring others along.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence

from hearth.ask.matching import Bag
from hearth.ask.passages import Found
from hearth.ask.question import content
from hearth.ask.scoring import Scored
from hearth.ask.sentences import HEADING, ITEM, PRE, PROSE, Sentence, is_intro
from hearth.ask.sources import Source
from hearth.ask.statements import Maker, Part, overlap
from hearth.ask.wording import ended
from hearth.corpora.index import Hit

EACH, MOST = 6, 12
"""Parts of one document, and of all together."""
LONGEST_PART = 120  # words
READ_PASSAGES = 400  # of one document; of a longer one, evenly spread
FIRST, FIRST_UNDER, HEADED, REPEAT = 0.3, 0.1, 0.15, 0.8
SAME, FEW = 0.6, 3
_POINTS = re.compile(
    r"https?://|www\.|\S@\S|\bisbn\b|\bfor (?:more|further) information\b|"
    r"\bsee (?:figure|table|page|chapter|section|appendix)\b|\bet al\b|©|\.{4,}",
    re.I,
)
"""Sentences that only point elsewhere."""


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
        part = maker.part(best)
        if part is None or part.words > LONGEST_PART:
            continue
        if any(part.keys & other.keys or overlap(part.bag, other.bag) >= SAME for other in chosen):
            continue
        chosen.append(part)
        for one in scored:
            one.score -= REPEAT * overlap(one.bag, best.bag)
    return sorted(chosen, key=lambda part: (part.found.hit.ordinal, part.start))


def rank(passages: list[Found]) -> list[Scored]:
    """The sentences that say something by themselves, with their scores, 0 to about 1.6.

    Where there are hardly any (a list, a table), whatever may be quoted.
    """
    weights = _weights(passages)
    scored = _scored(passages, weights, _says)
    if len(scored) < FEW:
        scored = _scored(passages, weights, _may_be_quoted)
    most = max((one.score for one in scored), default=0.0) or 1.0
    heading, first = None, True
    for one in scored:
        one.score /= most
        hit = one.found.hit
        one.score += FIRST * first + FIRST_UNDER * (hit.heading != heading)
        one.score += HEADED * _headed(hit, one.bag)
        heading, first = hit.heading, False
    return scored


def _weights(passages: list[Found]) -> dict[str, float]:
    """What each stem counts: more the more often it stands there, less the more passages have
    it."""
    spread = Counter(stem for one in passages for stem in one.bag.present)
    often = Counter(stem for one in passages for stem in one.bag.order if len(stem) > 2)
    total = len(passages)
    return {
        stem: math.log(1 + count) * math.log(1 + total / spread[stem])
        for stem, count in often.items()
    }


def _scored(
    passages: list[Found], weights: dict[str, float], fit: Callable[[Sentence], bool]
) -> list[Scored]:
    found = []
    for passage in passages:
        for at, one in enumerate(passage.read()):
            if not fit(one):
                continue
            bag = Bag(one.text)
            words = len(one.text.split())
            scored = Scored(passage, at, bag, {}, {})
            scored.score = sum(weights.get(stem, 0.0) for stem in bag.present)
            scored.score /= math.sqrt(max(words, 8)) * max(1.0, words / 40)
            found.append(scored)
    return found


def _may_be_quoted(one: Sentence) -> bool:
    return one.kind not in (HEADING, PRE) and not is_intro(one.text)


def _says(one: Sentence) -> bool:
    """Whether a sentence says something by itself: no question, no reference, no scrap."""
    return (
        one.kind in (PROSE, ITEM)
        and ended(one.text)
        and not is_intro(one.text)
        and not one.text.endswith("?")
        and one.text.count(" ") >= 5
        and not _POINTS.search(one.text)
    )


def _headed(hit: Hit, bag: Bag) -> float:
    """How much of its title and heading a sentence takes up, 0 to 1."""
    own = content(f"{hit.title} {hit.heading.rpartition(' › ')[2]}")
    return len(own & bag.present) / len(own) if own else 0.0
