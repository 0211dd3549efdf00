"""Which of four languages a question is in.

A question has few words, one or two of them small, so that what people ask for in an emergency
(`emergencies`) tells as well as the small words do. It is in another language than English if it
has more words of that one than it has of English.
"""

from __future__ import annotations

import re
from functools import lru_cache

from hearth.ask import synonyms
from hearth.ask.everyday import everyday
from hearth.ask.words import among
from hearth.languages import ENGLISH, FRENCH, GERMAN, OTHERS, SPANISH, unaccented

_WORD = re.compile(r"[^\W\d_]+")
_TO_DO = {
    GERMAN: among("behandeln erste hilfe machen stoppen tun"),
    FRENCH: among("arrêter soigner traiter"),
    SPANISH: among("auxilios ayuda curar detener parar socorro tratar"),
}
_SHORTEST = 3  # letters of a word out of an entry of several
# Words of the other languages' tables that are English as well, and on none of its lists.
_ENGLISH_TOO = among(
    """auto angst blitz cabinet cave charger commotion dent eruption essence gel grave herd
    insolation intoxication mort sang stark temporal tot"""
)


def language(lower: str) -> str:
    """The language of a question in lower case; English where nothing else is told."""
    words = _WORD.findall(lower)
    if sum(word in synonyms.STOP for word in words) * 2 > len(words):
        return ENGLISH  # mostly small words of English
    known = sum(map(_english, words))
    if known == len(words):
        return ENGLISH
    found = {one: _count(words, one) for one in OTHERS}
    best = max(found, key=lambda one: found[one])
    return best if found[best][0] > known else ENGLISH


def folded(word: str) -> str:
    """A word without accents, as hurried people type."""
    return unaccented(word).replace("ß", "ss")


def _count(words: list[str], language: str) -> tuple[int, int]:
    """How many words tell a language, and how many of these with their accents."""
    exact, plain = _telling(language)
    return sum(folded(word) in plain for word in words), sum(word in exact for word in words)


def _english(word: str) -> bool:
    return word in synonyms.STOP or everyday(word) or word in _english_words()


@lru_cache(maxsize=1)
def _english_words() -> frozenset[str]:
    """English words beside the everyday ones: small ones that others have, too, and emergencies."""
    from hearth.ask import emergencies
    from hearth.languages.detecting import FUNCTION

    entries = [entry for same, loose in synonyms.groups() for entry in (*same, *loose)]
    entries += [entry for entry, _ in emergencies.groups(OTHERS[0])]
    return FUNCTION[ENGLISH] | _ENGLISH_TOO | frozenset(_WORD.findall(" ".join(entries)))


@lru_cache(maxsize=len(OTHERS))
def _telling(language: str) -> tuple[frozenset[str], frozenset[str]]:
    """The words by which a language is told: as they are written, and without accents."""
    from hearth.ask import emergencies
    from hearth.languages.detecting import FUNCTION

    entries = [entry for _, same in emergencies.groups(language) for entry in same]
    words = {word for word in _WORD.findall(" ".join(entries)) if len(word) >= _SHORTEST}
    exact = FUNCTION[language] | _TO_DO[language] | words
    return exact, among(folded(" ".join(exact)))
