"""The sample on which a model in 8 bits is held to full precision: questions and passages.

It is the built-in guide's, so it is there in every installation: short questions, as people type
them, and passages as they are embedded.
"""

from __future__ import annotations

from typing import Final

from hearth.guide import cards

COUNT: Final = 96
QUESTIONS: Final = (
    "is the water in the boiler safe to drink?",
    "I am shaking and cannot feel my fingers, what now",
    "how do i make flood water safe to drink",
    "the power is out, how long does food keep",
    "carbon monoxide alarm",
    "my neighbour does not answer the door",
    "what can I burn in the stove",
    "child with high fever",
    "where do people meet when phones do not work",
    "how much water for four people and a week",
    "smoke in the stairwell",
    "bleeding that does not stop",
    "Wie mache ich Wasser trinkbar?",
    "comment purifier l'eau",
    "el río sube, ¿qué hago?",
    "hypothermia signs",
)


def sample() -> list[str]:
    """`COUNT` texts, the same in every installation of a version."""
    from hearth.documents.passages import passages

    found = [each.text for card in cards() for each in passages(card.text)]
    step = max(1, len(found) // (COUNT - len(QUESTIONS)))
    return [*QUESTIONS, *found[::step][: COUNT - len(QUESTIONS)]]
