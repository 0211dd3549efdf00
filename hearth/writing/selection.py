"""Which passages a model is given."""

from __future__ import annotations

from hearth.ask import authority
from hearth.ask.answering import Answer
from hearth.ask.passages import Found
from hearth.ask.statements import Part
from hearth.ask.wording import MEASURE


def passages(answer: Answer, most: int) -> list[Found]:
    """The passages that the answer without a model quotes, then the nearest; best first.

    Nobody speaks here who could not speak there: about the body, and about water to drink, no
    military manual and no dose of another document beside the guide's.
    """
    quoted = [part.found for part in sorted(answer.parts, key=lambda part: -part.score)]
    known: dict[str, Found] = {}
    for found in (*quoted, *answer.nearest):
        known.setdefault(found.hit.passage_id, found)
    guarded = any(found.guide for found in quoted) and authority.medical(
        answer.question, answer.parts
    )
    allowed = [one for one in known.values() if not guarded or one.guide or _may_speak(one)]
    return allowed[:most]


def _may_speak(found: Found) -> bool:
    return not (MEASURE.search(found.hit.text) or authority.military(found))


def help_parts(answer: Answer, shown: set[str]) -> list[Part]:
    """The parts that say when to call for help, unless their passages (`shown`, ids) are cited."""
    return [
        part
        for part in answer.parts
        if part.found.guide
        and authority.HELP.match(part.found.hit.heading)
        and part.found.hit.passage_id not in shown
    ]
