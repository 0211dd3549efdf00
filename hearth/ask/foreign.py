"""The concepts of a question in German, French or Spanish.

A word stands for itself in its language's stems, and as it was typed (names, numbers); an emergency
word also for the others of its line and for the English it means (`emergencies.py`). An English
everyday word is not looked for as it was typed: "Kind" is no kind of anything.
"""

from __future__ import annotations

from functools import lru_cache

from hearth.ask import emergencies, synonyms, tongues, words
from hearth.ask.everyday import everyday
from hearth.ask.question import EQUAL, Concept, Stems, forms_of, in_table, longest_at
from hearth.ask.telling import folded
from hearth.languages import OTHERS, unaccented


def concepts(
    placed: list[tuple[str, str]], language: str, languages: list[str], corrected: dict[str, str]
) -> list[Concept]:
    """The concepts of a question in `language`; `languages` are those of the documents."""
    table, longest = _table(language)
    stop, light = _small(language)
    found: dict[Stems, Concept] = {}
    at = 0
    while at < len(placed):
        size = longest_at(placed, at, table, longest)
        chunk = placed[at : at + size]
        at += size
        sequence = tuple(stem for _, stem in chunk)
        written = " ".join(word for word, _ in chunk)
        plain = folded(written)
        known = sequence in table
        if plain in stop:  # "cómo" (how) has the stem of "comer" (to eat)
            continue
        if not known and len(plain) == 1 and plain.isascii() and plain > "9":
            continue
        if sequence not in found:
            one = Concept(
                written, _forms(sequence, written, language, languages),
                plain in light, plain[0].isdigit(),
            )  # fmt: skip
            one.topical = one.emergency = known and _urgent(sequence, language)
            one.corrected = any(word in corrected for word, _ in chunk)
            one.order = len(found)
            found[sequence] = one
    return list(found.values())


def also(written: str, languages: list[str]) -> dict[Stems, float]:
    """What stands for a word in documents of these languages: its stem in each."""
    return {sequence: 1.0 for one in languages if (sequence := tuple(words.stems(written, one)))}


def _forms(
    sequence: Stems, written: str, language: str, languages: list[str]
) -> dict[Stems, float]:
    table, _ = _table(language)
    forms = {sequence: 1.0}
    if not (everyday(written) or written in synonyms.STOP):
        forms[tuple(words.stems(written))] = 1.0
    forms |= also(written, [one for one in languages if one != language])
    for entry, others in table.get(sequence, ()):
        for other in others:
            forms.setdefault(other, EQUAL)
        for other, worth in forms_of(tuple(words.stems(entry))).items():
            forms.setdefault(other, min(worth, EQUAL))
    forms.pop((), None)
    return forms


Table = dict[Stems, list[tuple[str, list[Stems]]]]


@lru_cache(maxsize=len(OTHERS))
def _table(language: str) -> tuple[Table, int]:
    """Stem sequence, with accents or without → (English entry, all sequences) of its lines; the
    longest one's length."""
    table: Table = {}
    for entry, same in emergencies.groups(language):
        sequences = [tuple(words.stems(one, language)) for one in same]
        hurried = [tuple(words.stems(unaccented(one), language)) for one in same]
        for sequence in dict.fromkeys(sequences + hurried):
            table.setdefault(sequence, []).append((entry, sequences))
    return table, max(map(len, table))


@lru_cache(maxsize=len(OTHERS))
def _small(language: str) -> tuple[frozenset[str], frozenset[str]]:
    """The stop words and the light words, without accents."""
    tongue = tongues.of(language)
    assert tongue is not None
    return frozenset(map(folded, tongue.stop)), frozenset(map(folded, tongue.light))


@lru_cache(maxsize=256)
def _urgent(sequence: Stems, language: str) -> bool:
    """Whether one of a sequence's English entries stands in the English emergency table."""
    entries = [entry for entry, _ in _table(language)[0][sequence]]
    return any(in_table(tuple(words.stems(entry))) for entry in entries)


def stop(language: str) -> frozenset[str]:
    """The stop words of a language, without accents."""
    return _small(language)[0]
