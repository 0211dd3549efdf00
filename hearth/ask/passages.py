"""Finding passages: from concepts to full-text hits in one or more indexes, in one order."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from hearth.ask import settings
from hearth.ask.everyday import everyday
from hearth.ask.matching import Bag, Held, coverage, held, scaled, union
from hearth.ask.question import (
    CORRECTED,
    EQUAL,
    MOST_CONCEPTS,
    Concept,
    Question,
    content,
    contents,
    in_table,
)
from hearth.ask.sentences import Sentence, split
from hearth.ask.sources import SEPARATOR, Source
from hearth.ask.spelling import correct
from hearth.guide import CORPUS as GUIDE

if TYPE_CHECKING:
    from hearth.corpora.index import Hit
    from hearth.vectors.meaning import Meaning

_CPR = ("cpr",)


class Found:
    """A passage worth reading: the hit, what its headings express, its score (about 0..1.3).

    With an embedding model also `sense`, how near it is to the question in meaning (None: it has no
    vector yet), which is in the score too, `plain` being the score without; and `likeness`, the
    same of each of its sentences where that was asked for.
    """

    __slots__ = (
        "answers", "bag", "context", "heading", "hit", "keywords", "likeness", "plain", "score",
        "sense", "sentences", "source", "title", "topic", "whole",
    )  # fmt: skip

    def __init__(self, hit: Hit, source: Source, concepts: list[Concept]) -> None:
        self.hit = hit
        self.source = source
        self.title, _, rest = hit.title.partition(SEPARATOR)
        self.keywords, _, self.topic = rest.partition(SEPARATOR)
        self.bag = Bag(hit.text, hit.language)
        self.heading = held(Bag(hit.heading, hit.language), concepts)
        title = held(Bag(self.title, hit.language), concepts)
        words = held(Bag(self.keywords), concepts) if self.keywords else {}
        self.context: Held = union(
            scaled(title, settings.TITLE_WORTH),
            scaled(self.heading, settings.HEADING_WORTH),
            scaled(words, settings.KEYWORD_WORTH),
        )
        self.whole = union(held(self.bag, concepts), self.context)
        self.score = self.plain = self.answers = 0.0
        self.sense: float | None = None
        self.likeness: list[float] = []
        self.sentences: list[Sentence] = []

    @property
    def guide(self) -> bool:
        """Whether this is a card of the built-in guide."""
        return bool(self.hit.corpus == GUIDE)

    def title_means(self, question: Question) -> bool:
        """Whether its title names what the signs in the question mean."""
        return bool(question.means) and any(
            Bag(self.title).holds(concept) >= EQUAL
            for concept in question.concepts
            if concept.word in question.means
        )

    def read(self) -> list[Sentence]:
        """The passage's sentences, with byte offsets in the document."""
        if not self.sentences:
            self.sentences = split(self.hit.text, self.hit.start, self.hit.language)
        return self.sentences


def weigh(question: Question, sources: Sequence[Source]) -> None:
    """Give every concept its document frequency and weight in these sources together.

    A word that no source knows is read as a known one at a small edit distance, if there is one.
    A question of more than MOST_CONCEPTS is condensed to those that tell most.
    """
    total = max(settings.SMALL, sum(source.size() for source in sources))
    _measure(question, sources)
    repaired = {}
    for concept in question.concepts:
        if not concept.df and not concept.number and not concept.multi:
            if everyday(concept.word) or question.capital(concept.word):
                continue
            stem = next(iter(concept.forms))[0]
            if better := correct(concept.word, stem, sources, lambda one: in_table((one,))):
                repaired[concept.word] = better
    if repaired:
        question.respell(repaired)
        _measure(question, sources)
    for concept in question.concepts:
        if not concept.topical and concept.df:
            concept.topical = any(source.heads(concept.queries[0]) for source in sources)
        elif not concept.df:
            concept.name = _name(concept, question)
        concept.common = everyday(concept.word)
        concept.proper = not concept.emergency and question.capital(concept.word)
        _weigh(concept, total, concept.word in question.means)
    if len(question.concepts) > MOST_CONCEPTS:
        rarest = sorted(question.concepts, key=lambda one: (not one.df, -one.weight))
        kept = sorted(rarest[:MOST_CONCEPTS], key=lambda one: one.order)
        question.concepts[:] = kept


def _weigh(concept: Concept, total: int, meant: bool) -> None:
    idf = math.log((total - concept.df + 0.5) / (concept.df + 0.5) + 1)
    concept.weight = concept.rarity = idf / math.log(2 * total + 2) if total else 1.0
    if concept.light or concept.number:
        concept.weight *= settings.LIGHT
        concept.rarity *= settings.LIGHT
    elif concept.asked or concept.emergency:
        pass
    elif concept.common:
        concept.weight *= settings.EVERYDAY_TOPIC if concept.topical else settings.EVERYDAY
    elif concept.df and not concept.topical:
        concept.weight *= settings.PLAIN
    if concept.emergency and not concept.light:
        concept.weight = max(concept.weight, settings.EMERGENCY)
    if concept.corrected:
        concept.weight *= CORRECTED
    if meant:
        concept.weight = max(concept.weight, settings.MEANT_WEIGHT)


def _name(concept: Concept, question: Question) -> float:
    """How likely a word that no document has is a name, and so what the question is about."""
    if concept.number:
        return 1.0 if len(concept.word) > 2 else 0.0
    if concept.light or concept.part or everyday(concept.word):
        return 0.0
    code = any(char.isdigit() for char in concept.word)
    return 1.0 if code or question.capital(concept.word) else settings.UNKNOWN


def _frequency(concept: Concept, sources: Sequence[Source]) -> int:
    """In how many passages the concept's own word or an equal of it stands, about."""
    best = 0
    for form, worth in concept.forms.items():
        if worth >= 0.8:
            best = max(best, min(sum(one.frequency(stem) for one in sources) for stem in form))
    return best


def _measure(question: Question, sources: Sequence[Source]) -> None:
    for concept in question.concepts:
        concept.df = _frequency(concept, sources)


def terms(question: Question, source: Source) -> list[str]:
    """The words and phrases to look for; common ones are left out when rarer ones are there."""
    total = source.size()
    wanted = [one for one in question.concepts if one.df]
    rare = [one for one in wanted if one.df <= settings.COMMON * total]
    chosen = rare if len(rare) >= 2 else wanted
    found: dict[str, None] = {}
    for concept in chosen:
        for form, query in zip(concept.forms.items(), concept.queries, strict=True):
            if form[1] >= EQUAL or source.frequency(form[0][-1]) <= settings.COMPANION:
                found[query] = None
    return list(found)


def find(
    question: Question,
    sources: Sequence[Source],
    corpora: Sequence[str] | None,
    meaning: Meaning | None = None,
) -> list[Found]:
    """The passages to read, best first: by their words, and by their meaning where it is given."""
    stems = question.stems()
    found: list[Found] = []
    by_words = [_by_words(question, source, corpora) for source in sources]
    if meaning is not None and not meaning.ready(sources, question.language):
        meaning = None
    for source, hits in zip(sources, by_words, strict=True):
        top = max((hit.score for hit in hits), default=0.0)
        if meaning is not None:
            near = meaning.nearest(source, corpora, settings.FETCHED)
            known = {hit.row for hit in hits}
            hits = [*hits, *source.index.at([row for row in near if row not in known], corpora)]
        for hit in hits:
            one = Found(hit, source, question.concepts)
            one.plain = _score(one, question, stems, hit.score / top if top > 0 else 0.0)
            found.append(one)
    _sense(found, meaning)
    found.sort(key=lambda one: -one.score)
    return found[: settings.READ]


def _by_words(question: Question, source: Source, corpora: Sequence[str] | None) -> list[Hit]:
    wanted = terms(question, source)
    hits = source.hits(wanted, corpora, settings.FETCHED) if wanted else []
    meant = [one for one in question.concepts if one.word in question.means]
    if meant:
        known = {hit.row for hit in hits}
        queries = [query for one in meant for query in one.queries]
        named = source.titled(queries, corpora, settings.FETCHED)
        hits = [*hits, *(hit for hit in named if hit.row not in known)]
    return hits


def _sense(found: list[Found], meaning: Meaning | None) -> None:
    """Give passages their final score: their words', and what they mean."""
    senses = {}
    if meaning is not None:
        for source in {id(one.source): one.source for one in found}.values():
            rows = [one.hit.row for one in found if one.source is source]
            senses[id(source)] = meaning.senses(source, rows)
    for one in found:
        one.sense = senses.get(id(one.source), {}).get(one.hit.row)
        one.score = one.plain
        if one.sense is not None:
            one.score += settings.SENSE * max(0.0, one.sense - settings.SENSE_FROM)


def widen(question: Question, found: list[Found], meaning: Meaning | None = None) -> None:
    """Add the other passages of the best card: what to do often stands under its own heading,
    where the words of the question do not occur again."""
    best = next((one for one in found if one.guide), None)
    if best is None or best.score < found[0].score - settings.NEAR_BEST:
        return
    stems = question.stems()
    known = {one.hit.passage_id for one in found}
    added = [
        Found(hit, best.source, question.concepts)
        for hit in best.source.whole(best.hit)
        if hit.passage_id not in known
    ]
    for one in added:
        one.plain = _score(one, question, stems, 0.0)
    _sense(added, meaning)
    found += added


def _answers(one: Found, question: Question, stems: frozenset[str]) -> float:
    """How much of the title, the heading or a keyword the question is made of, 0..1: a heading
    is most often the question that its section answers."""
    said = question.text.lower()
    best = one.answers * 0.9
    best = max(best, _made_of(content(one.title, one.hit.language), stems))
    if any(" " in keyword and keyword in said for keyword in one.keywords.lower().split(", ")):
        return 1.0
    for keyword in contents(one.keywords) if one.keywords else ():
        best = max(best, _made_of(keyword, stems) * (1.0 if len(keyword) > 1 else 0.7))
    return best


def _made_of(own: frozenset[str], stems: frozenset[str]) -> float:
    return len(own & stems) / len(own) if own else 0.0


def _score(one: Found, question: Question, stems: frozenset[str], rank: float) -> float:
    concepts = question.concepts
    text = coverage(held(one.bag, concepts), concepts)
    both = coverage(one.whole, concepts)
    context = coverage(one.context, concepts)
    score = 0.25 * text + 0.45 * both + 0.30 * context + 0.15 * rank
    one.answers = _made_of(content(one.hit.heading, one.hit.language), stems)
    score += settings.HEADED * _answers(one, question, stems)
    if one.guide and _not_breathing(one, question):
        score += settings.NOT_BREATHING
    if one.guide and one.title_means(question):
        score += settings.MEANT
    return score + (settings.GUIDE if one.guide else 0.0)


def _not_breathing(one: Found, question: Question) -> bool:
    """Whether the question says that somebody does not breathe, and this card is for that: nothing
    else that is the matter with them can wait less."""
    return any(
        concept.forms.get(_CPR, 0.0) >= EQUAL and Bag(one.title).holds(concept) >= EQUAL
        for concept in question.concepts
    )
