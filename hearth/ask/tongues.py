"""What `ask` knows of a language other than English: its small words, and how it asks and limits.

The tables of English are older, larger, and stand where they are used (synonyms, facets, wording).
Those of the others are smaller and are used in the same places; each is a module of its own,
imported when a question or a passage is in that language.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from hearth.languages import FRENCH, GERMAN, SPANISH


@dataclass(frozen=True)
class Tongue:
    """The tables of one language. Words are in lower case, expressions ignore case.

    - `stop` words are dropped from a question, `light` ones never decide;
    - `beyond`: by kind, how questions are worded that no document answers (see `beyond`);
    - `asked`, `answered`: by facet, how a question and an answer are worded (see `facets`);
    - `restricts`, `forbids`, `cautions`, `label`, `labelled`, `heading`, `backward`, `cases`: what
      a sentence's wording gives away (see `wording`); the last two are first words;
    - `tells` is how an instruction begins.
    """

    stop: frozenset[str]
    light: frozenset[str]
    beyond: Mapping[str, str]
    asked: Mapping[str, str]
    answered: Mapping[str, str]
    restricts: str
    forbids: str
    cautions: str
    label: str
    labelled: str
    heading: str
    backward: frozenset[str]
    cases: frozenset[str]
    tells: str


@lru_cache(maxsize=3)
def of(language: str) -> Tongue | None:
    """The tables of a language; None for English and for what is not known."""
    if language == GERMAN:
        from hearth.ask.german import TONGUE
    elif language == FRENCH:
        from hearth.ask.french import TONGUE
    elif language == SPANISH:
        from hearth.ask.spanish import TONGUE
    else:
        return None
    return TONGUE
