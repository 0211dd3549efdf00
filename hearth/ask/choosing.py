"""Choosing what to show: the best sentence of each facet, then what goes with it."""

from __future__ import annotations

from hearth.ask import authority, facets, settings
from hearth.ask.matching import Bag, coverage, held
from hearth.ask.passages import Found
from hearth.ask.question import EQUAL, Question, content
from hearth.ask.scoring import Scored, read, score
from hearth.ask.statements import Maker, Part, overlap, same
from hearth.ask.verdict import share

MOST_CITED = 3  # documents for one statement

# Facets that a card's section answers as a whole: steps and lists lose by being picked from, and
# whoever asks whether, why or where is served by the reasons beside the answer. A figure is not.
_WHOLE = frozenset(
    (
        facets.HOW, facets.PLAIN, facets.LIST, facets.SAFE, facets.SIGNS, facets.WHY, facets.WHERE,
        facets.DEFINE,
    )
)  # fmt: skip
# Facets that are answered by steps, under whatever heading says what to do.
_STEPS = frozenset((facets.HOW, facets.PLAIN, facets.LIST))


def choose(question: Question, passages: list[Found], maker: Maker, k: int) -> list[Part]:
    """The parts to show, best first within each facet."""
    sentences = [one for found in passages for one in read(found, question)]
    chosen: list[Part] = []
    wanted = question.facets
    each = max(1, -(-k // len(wanted)))
    budget = settings.ANSWER_WORDS if len(wanted) == 1 else settings.ANSWER_WORDS * 2 // 3
    for facet in wanted:
        for one in sentences:
            one.score = score(one, question, facet)
        _gather(chosen, sentences, maker, min(each, k - len(chosen)), budget, question, facet)
    _corroborate(chosen, sentences, maker)
    return chosen


def _corroborate(chosen: list[Part], sentences: list[Scored], maker: Maker) -> None:
    """Cite other documents that say the same as a sentence shown, however low they scored."""
    lines = [
        (part, words, Bag(words, part.found.hit.language))
        for part in chosen
        for _, words in part.lines
    ]
    for one in sentences:
        for part, words, bag in lines:
            known = {part.found.hit.document, *(it.found.hit.document for it in part.others)}
            if one.found.hit.document in known or len(known) > MOST_CITED:
                continue
            if overlap(bag, one.bag) < settings.SAME or not same(words, one.sentence.text):
                continue
            other = maker.part(one)
            if other is not None:
                part.others.append(other)
                break


def _gather(
    chosen: list[Part],
    sentences: list[Scored],
    maker: Maker,
    most: int,
    budget: int,
    question: Question,
    facet: str,
) -> None:
    """Add up to `most` parts of about `budget` words, the best first, then what goes with it."""
    first = _headed(sentences, question, facet, maker) or _first(chosen, sentences, maker)
    if first is None or most < 1:
        return
    first = _section(first, facet, maker) or first
    used = _add(chosen, first)
    passable = _Passable(first, question, facet)
    for one in sentences:
        if one.found is first.found:
            one.score += settings.SAME_PASSAGE
        elif one.found.hit.document == first.found.hit.document:
            one.score += settings.SAME_DOCUMENT
    count = 1
    for one in sorted(sentences, key=lambda one: -one.score):
        if count >= most or one.score < passable.floor:
            break
        if not passable.admits(one) or _shown(chosen, one):
            continue
        part = None
        if one.found.hit.document == first.found.hit.document:
            part = _section(one, facet, maker)
        if part is None or used + part.words > settings.STEPS_WORDS:
            part = maker.part(one)
            if part is None or used + part.words > budget:
                continue
        added = _add(chosen, part)
        used += added
        count += added > 0


def _section(one: Part | Scored, facet: str, maker: Maker) -> Part | None:
    """The whole section of a card, where that is the answer to such a question."""
    if facet not in _WHOLE or not one.found.guide or not _is_answer(one.found, facet):
        return None
    return maker.section(one.found, one.score, one.found.whole)


def _headed(sentences: list[Scored], question: Question, facet: str, maker: Maker) -> Part | None:
    """The section of a card whose heading asks how to do just this, no less and no more: it leads,
    even where sentences of others have more of the words. Of several the most precise."""
    found = [
        one
        for one in sentences
        if facet in (facets.HOW, facets.SAFE)
        and one.found.answers == 1.0
        and _precise(one.found) > 1
        and facets.headed(facets.HOW, one.found.hit.heading)
        and _wholly(one.found, question)
    ]
    if not found:
        return None
    return _section(max(found, key=lambda one: (_precise(one.found), one.score)), facet, maker)


def _wholly(found: Found, question: Question) -> bool:
    """Whether a heading speaks of everything that the question does."""
    return all(
        found.heading.get(at, 0.0) >= EQUAL
        for at, one in enumerate(question.concepts)
        if not (one.light or one.number)
    )


def _precise(found: Found) -> int:
    """How many words of its own a heading has."""
    return len(content(found.hit.heading, found.hit.language))


def _is_answer(found: Found, facet: str) -> bool:
    """Whether a card's section as a whole is what was asked for: it says what to do, or its
    heading is nearly the question."""
    steps = facet in _STEPS and authority.STEPS.match(found.hit.heading) is not None
    return steps or found.answers >= settings.IS_ANSWER


class _Passable:
    """What a further sentence must reach to be shown beside the first."""

    def __init__(self, first: Part, question: Question, facet: str) -> None:
        self.first = first
        self.question = question
        self.facet = facet
        worth = settings.WORTH_SHOWING if facet in _STEPS else settings.WORTH_SHOWING_FACT
        self.floor = first.score * worth
        self.cover = share(first.held, question)

    def admits(self, one: Scored) -> bool:
        """Whether it covers enough; more is asked of other documents than of the same."""
        elsewhere = one.found.hit.passage_id != self.first.found.hit.passage_id
        figure = self.facet != facets.AMOUNT or facets.answered(
            self.facet, one.sentence.text, one.found.hit.language
        )
        if elsewhere and not figure:
            return False
        covers = share(one.all, self.question)
        if one.found.hit.document == self.first.found.hit.document:
            return covers >= self.cover * settings.WORTH_COVERING
        return (
            covers >= self.cover * settings.OTHER_COVERING
            and one.score >= self.first.score * settings.OTHER_SHOWING
        )


def _first(chosen: list[Part], sentences: list[Scored], maker: Maker) -> Part | None:
    for one in sorted(sentences, key=lambda one: -one.score)[:40]:
        if _shown(chosen, one):
            continue
        part = maker.part(one)
        if part is not None:
            return part
    return None


def _shown(chosen: list[Part], one: Scored) -> bool:
    key = (one.found.hit.document, one.sentence.start)
    return any(key in part.keys for part in chosen)


def _add(chosen: list[Part], part: Part) -> int:
    """Add a part unless it only repeats another; the words that were added."""
    for other in chosen:
        if other.window is part.window and other.keys & part.keys:
            before = other.words
            other.absorb(part)
            return other.words - before
    for other in chosen:
        if overlap(part.bag, other.bag) >= settings.SAME:
            return 0
    chosen.append(part)
    return part.words


def with_help(
    question: Question, parts: list[Part], passages: list[Found], maker: Maker
) -> list[Part]:
    """Add to an answer about a body in danger what the best card says to do, where that was asked
    or nothing else was, and when to call for help; right after the best part."""
    best = _card(question, parts, passages)
    if best is None:
        return parts
    hurt = authority.injured(question) and authority.first_aid(best)
    if hurt or best.title_means(question):
        parts = [one for one in parts if not authority.astray(one, question)]
    known = {one.hit.passage_id: one for one in passages}
    mine = [
        known.get(hit.passage_id) or Found(hit, best.source, question.concepts)
        for hit in best.source.whole(best.hit)
    ]
    added: list[Part | None] = []
    if question.means or not {facets.SIGNS, facets.AMOUNT, facets.WHY}.issuperset(question.facets):
        steps = _steps(mine, question)
        if steps is not None:
            added.append(maker.section(steps, 0.0, steps.whole))
            named = bool(question.means) and not authority.STEPS.match(steps.hit.heading)
            if added[0] is not None and (named or authority.injured(question)):
                added[0].start = -2  # to do comes before to know
    last = next((one for one in mine if authority.HELP.match(one.hit.heading)), None)
    if last is not None:
        added.append(maker.section(last, 0.0, last.whole))
    new = [part for part in added if part is not None]
    kept = [part for part in parts if not any(part.keys <= other.keys for other in new)]
    if not parts:
        return new
    if kept and kept[0] is parts[0] and best.hit.document == parts[0].found.hit.document:
        return [parts[0], *new, *kept[1:]]
    if best.hit.document != parts[0].found.hit.document:
        # The question led elsewhere at first: what merely shares a word with it would confuse.
        kept = [part for part in kept if _belongs(part, best, question)]
    for part in new:
        if parts[0].keys <= part.keys and part.start >= 0:
            part.start = -1  # what answers best leads, even if it stands last on its card
    return [*new, *kept]


def _belongs(part: Part, best: Found, question: Question) -> bool:
    if part.found.hit.document == best.hit.document:
        return True
    return share(held(part.bag, question.concepts), question) >= settings.WHOLLY


def _card(question: Question, parts: list[Part], passages: list[Found]) -> Found | None:
    """The card to take steps from: the one on what the question's signs mean; where somebody is
    hurt the best on first aid, if there is one nearly as good; else the card that answers first, if
    it is about the body."""
    if not parts:
        return None
    if question.means or _STEPS.intersection(question.facets):
        cards = [one for one in (*(part.found for part in parts), *passages) if one.guide]
        meant = authority.meant(cards, question)
        if meant is not None:
            return meant
        least = parts[0].found.score - settings.NEAR_FIRST_AID
        hurt = [one for one in cards if one.score >= least and authority.first_aid(one)]
        if hurt and authority.injured(question):
            return next((one for one in hurt if authority.on_the_injury(one, question)), hurt[0])
    first = parts[0].found
    return first if first.guide and authority.medical(question, parts) else None


def _steps(mine: list[Found], question: Question) -> Found | None:
    """The section of a card that says what to do: by its heading, the first or, without signs, the
    one whose heading says most of the question ("What do I do with a knocked-out tooth?"); else the
    one that names what the signs mean, for who bleeds in pregnancy is not giving birth; else the
    first numbered one."""
    steps = [found for found in mine if authority.STEPS.match(found.hit.heading)]
    if steps and not question.means:
        return max(steps, key=lambda found: coverage(found.heading, question.concepts))
    if steps:
        return steps[0]
    meant = [at for at, one in enumerate(question.concepts) if one.word in question.means]
    for found in mine:
        if any(found.heading.get(at, 0.0) >= EQUAL for at in meant):
            return found
    return next((found for found in mine if found.hit.text.startswith("1. ")), None)
