"""Offers for a request, and requests for an offer: which fit, and why.

Candidates are found by category (an index) and by the words of title, tags and text (the full-text
index), then weighed. All of it is stated with the match, so nobody has to believe a number:

* category: 3 if it is the same, and not `other`
* words: 2 x the share of the wanted title's words that the other has
* amount: 1 if the units measure the same and there is enough, in part if there is some of it
* distance: 1 at the same place, falling to 0 at `FAR` km; unknown places count a half
* time: 1 if both are still listed when the first of them ends

The weights are a judgement, not measured: category and words decide what is looked at at all.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from hearth.market import places
from hearth.market.reading import Reading
from hearth.market.shapes import Filter, Item
from hearth.market.words import Sort, category_name, convert, told

FAR: Final = 30.0
"""Kilometres beyond which nearness counts nothing."""
CANDIDATES: Final = 60
_WORD: Final = re.compile(r"\w{3,}")
_OTHER: Final = "ot"
"""What two things that are in this category have in common is nothing."""
_LEAST: Final = 2.0
"""Below that two listings have nothing to do with each other."""
_OFFERS: Final = tuple(each for each in Sort if each is not Sort.REQUEST)


class Reason(NamedTuple):
    """One reason for a match: what kind, a sentence of ours and other people's words apart."""

    kind: str
    text: str


class Match(NamedTuple):
    """Two listings that fit. `covers`: thousandths of the other's unit that could be met, None
    where the units do not measure the same. `distance` in kilometres."""

    item: Item
    other: Item
    score: float
    reasons: tuple[Reason, ...]
    covers: int | None
    distance: float | None


def matches(reading: Reading, item: Item, limit: int = 10) -> list[Match]:
    """What fits a listing, the best first; equal ones by id."""
    sorts = _OFFERS if item.sort is Sort.REQUEST else (Sort.REQUEST,)
    fits = [each for each in _like(reading, item, sorts) if each.other.person != item.person]
    return fits[:limit]


def _like(reading: Reading, item: Item, sorts: Sequence[Sort]) -> list[Match]:
    """Open listings of these sorts that have to do with this one, the best first."""
    near = None if item.place is None else places.known(item.place)
    wanted = Filter(item.community, sorts, near=near, limit=CANDIDATES)
    wanted.words = " ".join((item.title, *item.record.tags))
    found = {each.id: each for each in reading.items(wanted)}
    if item.category != _OTHER:
        wanted.words, wanted.category = None, item.category
        found |= {each.id: each for each in reading.items(wanted)}
    weighed = [_weigh(item, each) for each in found.values() if each.id != item.id]
    kept = [each for each in weighed if each.score >= _LEAST]
    return sorted(kept, key=lambda each: (-each.score, each.other.id))


def _weigh(item: Item, other: Item) -> Match:
    reasons, score = [], 0.0
    if item.category == other.category != _OTHER:
        score += 3
        reasons.append(Reason("category", f"both {category_name(item.category)}"))
    words = _words(item)
    common = words & _words(other)
    if common:
        score += 2 * len(common) / len(words)
        reasons.append(Reason("words", "both say " + ", ".join(sorted(common))))
    covers = convert(other.available, other.unit, item.unit)
    if covers is not None and score:
        score += min(1.0, covers / max(1, item.available))
        reasons.append(Reason("amount", _amount(item, other, covers)))
    score += _nearness(other.distance) if score else 0
    if other.distance is not None:
        reasons.append(Reason("distance", f"{other.distance:.0f} km apart"))
    if score:
        score += 1
        reasons.append(Reason("time", "both listed for " + _days(item, other)))
    return Match(item, other, round(score, 3), tuple(reasons), covers, other.distance)


def _words(item: Item) -> set[str]:
    said = " ".join((item.title, *item.record.tags)).casefold()
    return {each.rstrip("s") for each in _WORD.findall(said)}


def _amount(item: Item, other: Item, covers: int) -> str:
    there, wanted = told(other.available, other.unit), told(item.available, item.unit)
    also = "" if other.unit == item.unit else f" ({told(covers, item.unit)})"
    offer, need = (there + also, wanted) if item.sort is Sort.REQUEST else (wanted, there + also)
    return f"{offer} for {need} asked for"


def _nearness(distance: float | None) -> float:
    return 0.5 if distance is None else max(0.0, 1 - distance / FAR)


def _days(item: Item, other: Item) -> str:
    """How long both are listed, from when the later of them was."""
    hours = max(0, min(item.ends, other.ends) - max(item.wall, other.wall)) // 3600
    return f"{hours // 24} days" if hours >= 48 else f"{hours} h"


def alternatives(reading: Reading, item: Item, limit: int = 3) -> list[Item]:
    """What somebody could have instead who did not get this one: listings of the same side, open,
    that are like it; the best first."""
    sorts = (Sort.REQUEST,) if item.sort is Sort.REQUEST else _OFFERS
    return [each.other for each in _like(reading, item, sorts)[:limit]]
