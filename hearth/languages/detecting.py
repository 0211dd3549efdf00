"""Which of four languages a text is in, told by its small words (of questions: `ask.telling`).

English, German, French and Spanish are told apart by how many of their function words a text has.
Nothing else is recognised: a text in another language, or with too few such words, is taken for
`default`, and is then indexed as English is. A wrong guess costs stems, never the words themselves:
they are looked for as they were typed as well.
"""

from __future__ import annotations

from hearth.languages import ENGLISH, FRENCH, GERMAN, SPANISH

SAMPLE = 3000  # characters of a document that are looked at
LEAST = 3  # function words that a text must have to be taken for anything but the default
CLEAR = 1.5  # how many times more of them than of the default's
ALONE = 4  # how many times more of them than of any other's in a document of one language


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


FUNCTION = {
    ENGLISH: _set(
        """the of and to in is that it for was on are as with they at be this have from or by not
        but what all were when your can there which their if will each about how them then she he
        we you his her an my me than been who its now do does did into more out up so no our any
        only other after some these has had would could should may must before between under while
        because never always until unless through over am die war man hat plus pour comment son sin
        bad not also"""
    ),
    GERMAN: _set(
        """der die das und ist nicht ein eine einen einem einer eines zu zur zum im in den dem des
        mit auf für von sich auch es an als wie oder aber wenn sie er wir ihr ich man wird werden
        kann können muss müssen soll sollte sollen darf sind war waren hat haben nach bei bis aus
        um nur noch so durch über unter vor keine kein keinen mehr was wo wer warum wann welche
        welcher welches dass daß diese dieser dieses vom am ihre sein mein meine meinen mir mich
        uns ohne gegen immer nie jetzt wurde dann fuer ueber koennen"""
    ),
    FRENCH: _set(
        """le la les des du de un une et est à au aux en que qui dans pour pas par sur ne se ce
        cette ces il elle ils elles on nous vous je avec plus ou où mais sont être avoir ont peut
        peux puis doit dois faut si comme sans son sa ses leur leurs quand comment pourquoi quel
        quelle quels combien très tout tous toute toutes même avant après entre sous mon ma mes
        votre vos quoi l d qu tres apres meme etre chez jamais fait faire"""
    ),
    SPANISH: _set(
        """el la los las de del un una unos y es en que no se por con para al lo su sus como más
        pero si o ha han está están ser son este esta estos estas cuando donde dónde qué cómo
        cuánto cuánta cuántos cuántas cuál quién muy sin sobre entre también hasta desde hay puede
        pueden puedo debe deben debo antes después nunca todo todos cada yo mi mis tu le me nos
        mas cuanto cual quien tambien despues estan hacer hago tiene"""
    ),
}


def counts(text: str) -> dict[str, int]:
    """How many different function words of each language a text has; some count for several."""
    words = set(text.lower().split())
    return {language: len(known & words) for language, known in FUNCTION.items()}


def language(text: str, default: str = ENGLISH) -> str:
    """The language of a text: `default` unless another one is clearly told by its small words."""
    return _told(counts(text), default)


def _told(found: dict[str, int], default: str) -> str:
    best = max(found, key=lambda one: (found[one], one == default))
    if found[best] < LEAST or found[best] < found[default] * CLEAR:
        return default
    return best


def of_document(text: str) -> tuple[str, bool]:
    """The language of most of a document, and whether it is in several, as leaflets are: then
    each passage is to be looked at."""
    found = counts(_sample(text))
    first, second = sorted(found.values(), reverse=True)[:2]
    return _told(found, ENGLISH), first < second * ALONE


def _sample(text: str) -> str:
    """The beginning, the middle and the end of a long document."""
    if len(text) <= SAMPLE:
        return text
    third, middle = SAMPLE // 3, len(text) // 2
    return f"{text[:third]} {text[middle : middle + third]} {text[-third:]}"
