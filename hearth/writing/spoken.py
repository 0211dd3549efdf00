"""Whether the words of a clause stand in a sentence, or need not.

A word that says something must stand there as itself or as one that means the same, in what the
sentence hangs on, or beside the same words in another sentence of the passage. A writer's own
words may be added as far as they name no thing (`general.py`; what seems a verb, an adjective or an
adverb costs 1, another 2, of `NEW`), and are not the opposite of what the passages say.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from hearth.ask.wording import imperative
from hearth.writing import general, own
from hearth.writing.beside import binds
from hearth.writing.evidence import Line, Pair
from hearth.writing.lexicon import negated, opposites
from hearth.writing.parts import Reading, Word

SHARE = 0.5  # the least share of a clause's words that the sentence itself must have
LEAST = 3  # with fewer it must be more than that share
ALIKE = 0.01  # how much a token in common, whatever it is, speaks for a sentence
LINK = 6  # tokens between two words that belong together


class Fit(NamedTuple):
    """How a clause's words stand to a sentence: what it does not have, as faults; how well the
    others fit; and how many of them are the sentence's own."""

    missing: list[Pair]
    score: float
    direct: int


def fit(reading: Reading, line: Line, evidence: Sequence[Line]) -> Fit:
    """Hold the words of a clause against a sentence among the others."""
    wrong: list[Pair] = []
    score, free, direct, linked = 0.0, own.NEW, 0, 0
    content = reading.content
    told = content[0] if content and content[0].at == 0 and imperative(reading.text) else None
    slight = sum(word.light and bool(line.words(word)) for word in reading.words)
    for word in content:
        if line.words(word):
            direct += 1
        elif word is not told and line.context.intersection(word.keys):
            score += 0.25
        elif word.light:
            continue
        elif _turned(content, word, line, evidence):
            wrong.append(("opposite", f'the source says otherwise than "{word.text}"'))
        elif _linked(content, word, line, evidence):
            score += 0.5
            linked += 1
        else:
            elsewhere = any(other.words(word) for other in evidence)
            plain = general.names_nothing(word) and not word.phrase
            price = 0 if plain else own.price(reading, word, line)
            strict = bool(reading.figures) and (not plain or word.stem in opposites())
            if price <= free and not (elsewhere and strict) and not negated(word.text):
                free -= price
                continue
            wrong.append(
                ("subject", f'"{word.text}" is not what the source says this of')
                if elsewhere
                else ("words", f'"{word.text}" is not in the source')
            )
    score += direct + ALIKE * sum(token in line.tokens for token in set(reading.tokens))
    known = direct + linked + len(reading.figures)
    if direct < len(content) and (
        known < SHARE * len(content)
        or (known < LEAST and known <= SHARE * len(content))
        or linked > direct + slight
    ):
        wrong.append(("words", "too little of it is in the source"))
    return Fit(wrong, score, direct)


def _turned(content: Sequence[Word], word: Word, line: Line, evidence: Sequence[Line]) -> bool:
    """Whether the passages say the opposite of a word, or the word the other way round, beside
    what it stands beside here."""
    beside = _beside(content, word)
    own = [
        (one, other) for one in evidence for other in one.words(word) if _near(one, other, beside)
    ]
    if own and all(other.turned != word.turned for _, other in own):
        return True
    against = opposites().get(word.stem, frozenset())
    return any(
        other.turned == word.turned and _near(one, other, beside)
        for one in evidence
        for key in against
        for other in one.by_key.get(key, ())
        if not any(two is not word and key in two.keys for two in content)
    )


def _linked(content: Sequence[Word], word: Word, line: Line, evidence: Sequence[Line]) -> bool:
    """Whether another sentence of the passage has the word together with what stands beside it
    here, denied or affirmed alike: a statement may join what two sentences say."""
    known = [one for one in content if one is word or not general.names_nothing(one)]
    beside = [one for one in _beside(known, word) if not line.context.intersection(one.keys)]
    return any(
        other is not line
        and other.passage == line.passage
        and any(
            one.turned == word.turned and _near(other, one, beside) for one in other.words(word)
        )
        for other in evidence
    )


def _beside(content: Sequence[Word], word: Word) -> list[Word]:
    """The words right before and after one, without those that bind nothing."""
    near = [one for one in content if one is word or binds(one)]
    at = next(place for place, one in enumerate(near) if one is word)
    return [*near[max(0, at - 1) : at], *near[at + 1 : at + 2]]


def _near(line: Line, word: Word, beside: Sequence[Word]) -> bool:
    """Whether a word of the sentence stands close to one of these there."""
    return any(abs(word.at - other.at) <= LINK for one in beside for other in line.words(one))
