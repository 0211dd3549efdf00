"""Whether what was found answers the question: supported, weak, or no evidence.

Documents answer many questions that sound like theirs and are not: what it costs, who sells it,
what is open now. So an answer counts by the weight of the question's own telling words that one
quoted part expresses, together with its headings; by whether the thing asked for is among them;
and by whether it holds the kind of thing that was asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hearth.ask import beyond, facets, figures, settings
from hearth.ask.matching import Bag, Held
from hearth.ask.question import Concept, Question
from hearth.ask.statements import Part
from hearth.ask.words import among
from hearth.vectors.texts import embedded_text

if TYPE_CHECKING:
    from hearth.vectors.meaning import Meaning

SUPPORTED, WEAK, NONE = "supported", "weak", "none"
VERDICTS = (NONE, WEAK, SUPPORTED)


class Grounds:
    """The figures a verdict rests on, and `score`, their weighted sum (0 = as likely as not).

    `standing`: where the answer's corpus was calibrated, the share of its own questions that have
    their answers no nearer than this one is, and how many those questions are.
    """

    __slots__ = ("figures", "score", "standing")

    def __init__(
        self, question: Question, parts: list[Part], meaning: Meaning | None = None
    ) -> None:
        self.standing: tuple[float, int] | None = None
        self.figures = _figures(question, parts)
        weights = settings.GROUNDS
        if meaning is not None:
            weights = settings.GROUNDS_MEANING
            self.figures["sense"] = max((_sense(part, meaning) for part in parts), default=0.0)
            self.figures["kin"] = meaning.kin()
        self.score = weights["bias"] + sum(
            weights[name] * value for name, value in self.figures.items()
        )


def _sense(part: Part, meaning: Meaning) -> float:
    """How near in meaning the part's passage is; one without a vector yet is embedded for it."""
    found = part.found
    if found.sense is None:
        text = embedded_text(found.title, found.hit.heading, found.hit.text)
        (found.sense,) = meaning.likeness([text])
    return found.sense


def _standing(parts: list[Part], meaning: Meaning) -> tuple[float, int] | None:
    """The best standing of a part in its own corpus; None if one's corpus is not calibrated."""
    found = [meaning.standing(one.found.hit.corpus_id, _sense(one, meaning)) for one in parts]
    known = [one for one in found if one is not None]
    return max(known) if len(known) == len(found) and known else None


def _figures(question: Question, parts: list[Part]) -> dict[str, float]:
    concepts = question.concepts
    said = [
        one
        for at, one in enumerate(concepts)
        if not (one.light or one.number) and any(part.held.get(at, 0.0) >= 0.8 for part in parts)
    ]
    matched = max((_matched(part, question) for part in parts), default=0)
    return {
        "part": max((share(part.held, question) for part in parts), default=0.0),
        "passage": max((share(part.found.whole, question) for part in parts), default=0.0),
        "top": max((part.found.plain for part in parts), default=0.0),
        "matched": min(matched, 6) / 4,
        "emergency": float(any(one.emergency and not one.light for one in said)),
        "about": float(any(_about(part, question) for part in parts)),
        "guide": float(bool(parts) and parts[0].found.guide),
        "asked": float(_asked(question, parts)),
        "evidence": float(_evident(question, parts)),
        "beyond": float(_beyond(question, parts)),
        "names": _names(question, parts),
    }


def _names(question: Question, parts: list[Part]) -> float:
    """How many names of the question nothing quoted is about; where its signs name an emergency,
    a word of the story that no document has is no name."""
    if question.means:
        return 0.0
    return min(2.0, sum(_name(at, question, parts) for at in range(len(question.concepts))))


def _beyond(question: Question, parts: list[Part]) -> bool:
    """Whether it is of a kind that no document answers; a dose counts where it is really given."""
    if question.beyond != beyond.DOSE:
        return question.beyond is not None
    rarest = max(question.concepts, key=lambda one: one.rarity, default=None)
    return not any(
        rarest is not None and part.bag.holds(rarest) and beyond.gives_dose(part.text)
        for part in parts
    )


def _name(at: int, question: Question, parts: list[Part]) -> float:
    """How much a concept counts as a name that nothing quoted is about."""
    concept = question.concepts[at]
    if concept.name or not concept.proper:
        return concept.name
    return 0.0 if any(part.bag.holds(concept) for part in parts) else 1.0


def _matched(part: Part, question: Question) -> int:
    """How many telling concepts the part's passage expresses."""
    concepts = question.concepts
    return sum(worth >= 0.8 and not concepts[at].light for at, worth in part.found.whole.items())


def _asked(question: Question, parts: list[Part]) -> bool:
    """Whether what is asked for by name is in the quotes."""
    return all(
        any(
            (part.bag.holds(concept) or part.held.get(at, 0.0) >= 0.8)
            and share(part.held, question) >= settings.ASKED
            for part in parts
        )
        for at, concept in enumerate(question.concepts)
        if concept.asked
    )


def _evident(question: Question, parts: list[Part]) -> bool:
    """Whether a price, a date or a person is there where one is asked for."""
    return all(
        any(facets.answered(facet, part.text, part.found.hit.language) for part in parts)
        for facet in question.facets
        if facets.provable(facet)
    )


def _about(part: Part, question: Question) -> bool:
    """Whether a topic of the question is a topic of the section, or two are in the quote."""
    topics = [
        index
        for index, concept in enumerate(question.concepts)
        if concept.emergency or (concept.topical and not (concept.light or concept.common))
    ]
    if any(part.found.context.get(index, 0.0) >= 0.5 for index in topics):
        return True
    return sum(part.held.get(index, 0.0) >= 0.5 for index in topics) >= 2


def share(held: Held, question: Question) -> float:
    """The share, 0..1, of the telling concepts' weight that is expressed.

    Names that no document has are left out here and count apart; of a long question's weight
    settings.ENOUGH is enough.
    """
    concepts = question.concepts
    known = [at for at, one in enumerate(concepts) if not one.name]
    telling = [at for at in known if not (concepts[at].light or concepts[at].number)] or known
    total = sum(concepts[at].weight for at in telling)
    if not total:
        return 0.0
    expressed = sum(concepts[at].weight * held.get(at, 0.0) for at in telling)
    return min(1.0, expressed / min(max(total, settings.LEAST), settings.ENOUGH))


_BODILY = among(
    """finger fingers hand hands arm arms leg legs foot feet toe toes nose ear ears eye eyes lip
    lips face head neck back chest stomach belly skin mouth body knee ankle wrist shoulder hot cold
    warm wet soaked damp freezing blue white red grey gray pale black purple swollen limp floppy
    sore hurt hurts pain shaking dog cat pet puppy kitten horse baby child kid toddler man woman"""
)


def bodily(question: Question, parts: list[Part]) -> bool:
    """Whether what is quoted shares nothing with the question but whom it is about, a part of the
    body and how that looks or feels: a card on any other mishap would."""
    said = [
        one
        for at, one in enumerate(question.concepts)
        if not (one.light or one.number)
        and any(part.found.whole.get(at, 0.0) >= 0.8 for part in parts)
    ]
    return bool(said) and all(one.word in _BODILY for one in said)


def undone(question: Question, parts: list[Part]) -> bool:
    """Whether somebody asks how to do what nothing quoted speaks of: what it says of the thing
    alone ("fridge" in "how do I fix the fridge") is mostly beside the point; and so is the deed
    where it is done to something else ("charge the phone from a car" for "how do I charge the
    car")."""
    if question.means:
        return False
    deeds = [(at, one) for at, one in enumerate(question.concepts) if one.deed]
    if any(not any(_speaks(part, at, one) for part in parts) for at, one in deeds):
        return True
    things = [one for one in question.concepts if one.done_to and not (one.light or one.deed)]
    return bool(deeds and things) and not any(
        _done(part, deed, thing) for part in parts for _, deed in deeds for thing in things
    )


def unmeasured(question: Question, parts: list[Part]) -> bool:
    """Whether somebody asks how much and nothing quoted has a figure, or how long or how often and
    nothing says a time."""
    if question.facets != [facets.AMOUNT]:
        return False
    asked = question.text.lower()
    return not any(facets.measures(asked, part.text, part.found.hit.language) for part in parts)


def _done(part: Part, deed: Concept, thing: Concept) -> bool:
    """Whether the deed stands near the thing, as where it is done to it, or in the heading of a
    section that is about the thing."""
    language = part.found.hit.language
    title, heading, *said = (
        Bag(text, language)
        for text in (part.found.title, part.found.hit.heading, *(text for _, text in part.lines))
    )
    if heading.holds(deed) >= 0.8 and max(title.holds(thing), heading.holds(thing)) >= 0.8:
        return True
    return any(
        abs(there - here) <= settings.DONE_TO
        for bag in said
        for here in bag.places(deed)
        for there in bag.places(thing)
    )


def _speaks(part: Part, at: int, concept: Concept) -> bool:
    return part.held.get(at, 0.0) >= 0.8 or part.bag.holds(concept) >= 0.8


def judge(
    question: Question, parts: list[Part], meaning: Meaning | None = None
) -> tuple[str, Grounds]:
    """The verdict, and what it rests on: with `meaning` other figures, and other limits."""
    grounds = Grounds(question, parts, meaning)
    weak, supported = settings.WEAK, settings.SUPPORTED
    if meaning is not None:
        weak, supported = settings.WEAK_MEANING, settings.SUPPORTED_MEANING
    if not parts or not question.concepts:
        return NONE, grounds
    if grounds.score < weak:
        known = any(one.found.guide and one.found.title_means(question) for one in parts)
        return (WEAK if known else NONE), grounds  # an emergency that is known is never refused
    sure = grounds.score >= supported and not grounds.figures["beyond"]
    if bodily(question, parts) or undone(question, parts) or unmeasured(question, parts):
        sure = False
    if figures.told(question.text) and not question.means:
        sure = False
    if any(one.part for one in question.concepts):
        sure = False  # parts of sentences in a script without spaces: no figure here knows those
    if meaning is not None:
        grounds.standing = _standing(parts, meaning)
        if grounds.standing is not None:
            share, _ = grounds.standing
            if share < settings.REFUSED_STANDING:
                return NONE, grounds
            sure = sure and share >= settings.WEAK_STANDING
    return (SUPPORTED if sure else WEAK), grounds
