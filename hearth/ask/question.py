"""From what somebody typed to what they ask about.

A question becomes *concepts* (a word or phrase with everything that stands for it, weighted by how
rare it is in the collection) and *facets* (what kind of thing would answer it: steps, a number,
signs, a yes or no). Nothing a person types reaches the full-text index except as quoted tokens
made here, so FTS5's own syntax has no way in.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container
from functools import lru_cache
from itertools import takewhile

from hearth.ask import beyond, facets, figures, seen, signs, synonyms, telling, things, turns, words
from hearth.languages import ENGLISH, GERMAN, marked

LONG = 4000  # characters; a longer message is condensed
LONGEST_MESSAGE = 200_000  # characters read; what follows is not looked at
MOST_CONCEPTS = 14  # a longer question is condensed to its rarest
CORRECTED = 0.75  # weight of a word that was read as another
EQUAL, LOOSE = 0.9, 0.4  # how well a word of the same group, a companion, stands for the word

Stems = tuple[str, ...]

_ASKED = re.compile(
    r"\b(?:what|which)(?:'s| is| are| was| were)? (?:the |a |an |my |our |your )?"
    r"((?:[\w'-]+ ){0,3}?[\w'-]+)(?= (?:of|for|at|in|to|on|when|if|with|from|that|is|are|do|does|"
    r"did|should|can|will|would|was|were|has|have|i|we|you|after|during|per)\b|\s*[?.!,]|\s*$)"
)
_DEED = re.compile(
    r"\bhow (?:(?:often |long |much |many \w+ )?(?:do|can|could|should|would|must|shall) "
    r"(?:i|we|you|one) |(?:best )?to |i |do )"
    r"(?:best |safely |properly |quickly )?([\w'-]+)"
)
_DONE_TO = re.compile(
    _DEED.pattern
    + r" ((?:(?!(?:about|after|again|and|as|at|away|back|because|before|by|down|for|from|"
    r"if|in|into|near|of|off|on|onto|or|out|over|safely|so|than|that|then|through|to|together|under|"
    r"until|up|when|where|while|with|without|\w+ly)\b)[\w'-]+ ?){1,4})"
)
_CONTRACTED = re.compile(r"'(t|s|re|ve|ll|d|m)\b")
_SPELLED_OUT = re.compile(r"\b(?:[a-z][-.]){2,}[a-z]?\b")
_KIN = re.compile(rf"{seen.KIN}s")
_COMMA = "xcommax"  # stands for a comma where only words are kept
_NEGATED = re.compile(
    r"\b(?:without|no|not|can't|cant|cannot|can not|don't have|dont have|haven't|isn't|instead of|"
    r"never|ran out of|out of|run out of)\s+(?:any |a |the |enough |have )?([\w'-]+)"
)


class Concept:
    """One thing a question is about.

    - `forms` maps each stem sequence that expresses it to how well it does (0..1);
    - `df` is in how many passages it occurs, `rarity` 0 (all have it) to 1 (none has it), `weight`
      how much it tells of what is asked: its rarity, but less for everyday words;
    - `light` concepts and numbers never decide a verdict; `common` ones are everyday words;
      `emergency` ones stand in the table of emergency words, `topical` ones there or in titles or
      headings; `proper` ones were written with a capital; `name` is how likely a word that no
      document has is a name (0..1);
    - `asked` is the thing wanted ("password" in "what is the wifi password"), `negated` one the
      person does not have or want; `deed` what they want to do ("bleed" in "how do I bleed the
      radiator"), `done_to` what they want to do it to; `part` is a stretch of a script without
      spaces; `unlike` are words that have its stem and mean something else.
    """

    __slots__ = (
        "asked", "common", "corrected", "deed", "df", "done_to", "emergency", "forms", "light",
        "multi", "name", "negated", "number", "order", "part", "proper", "rarity", "single",
        "topical", "unlike", "weight", "word",
    )  # fmt: skip

    def __init__(self, word: str, forms: dict[Stems, float], light: bool, number: bool) -> None:
        self.word = word
        self.order = 0
        self.forms = forms
        self.light = light
        self.number = number
        self.weight = self.rarity = 0.0
        self.df = 0
        self.asked = self.deed = self.done_to = self.negated = False
        self.topical = self.emergency = self.common = self.proper = False
        self.name = 0.0
        self.corrected = False
        self.unlike: tuple[str, ...] = ()
        self.split()

    def split(self) -> None:
        """Bring what follows from `forms` up to date: those of one and of several stems."""
        self.single = {form[0]: worth for form, worth in self.forms.items() if len(form) == 1}
        self.part = any(" " in stem for stem in self.single)
        self.multi = [(form, worth) for form, worth in self.forms.items() if len(form) > 1]

    @property
    def queries(self) -> list[str]:
        """The words and phrases to look for, as written (the index stems them itself)."""
        own = " ".join(next(iter(self.forms))) if self.corrected else self.word
        return [
            " ".join(form) if _as_indexed(form) else _SPELLED.get(form, own) for form in self.forms
        ]

    def __repr__(self) -> str:
        marks = "".join(m for m, on in (("!", self.asked), ("-", self.negated)) if on)
        return f"{marks}{self.word}~{self.weight:.2f}"


class Question:
    """What was typed (cleaned), its language, its facets in order, and its concepts.

    `languages` are those other than English that the documents are in; `condensed` is how many
    characters were typed, if they were too many to be read one by one. `means` are the emergencies
    that its words are signs of; the words of the signs are then no concepts of their own.
    """

    __slots__ = (
        "_placed", "_rest", "beyond", "concepts", "condensed", "corrections", "facets", "language",
        "languages", "means", "text",
    )  # fmt: skip

    def __init__(self, text: str, languages: list[str] | None = None, condensed: int = 0) -> None:
        self.text = text
        self.condensed = condensed
        self.languages = languages or []
        lower = _lower(text)
        self.language = telling.language(lower)
        self.facets = facets.of(lower, self.language)
        self.beyond = beyond.kind(lower, self.language)
        self.means: tuple[str, ...] = ()
        if self.beyond != beyond.ANIMAL:
            lower, self.means = signs.read(things.without(lower))
        self._rest = lower
        self._placed = [
            pair
            for pair in words.placed_stems(lower, self.language)
            if len(pair[1]) <= words.LONGEST_TOKEN
        ]
        self.corrections: dict[str, str] = {}
        self.concepts: list[Concept] = self._read(lower, self._placed)

    def _read(self, lower: str, placed: list[tuple[str, str]]) -> list[Concept]:
        meant = [_meant(entry) for entry in self.means]
        return meant + self._said(lower, placed)

    def _said(self, lower: str, placed: list[tuple[str, str]]) -> list[Concept]:
        if self.language == ENGLISH:
            return _concepts(lower, placed, self.corrections, self.languages)
        from hearth.ask import foreign

        return foreign.concepts(placed, self.language, self.languages, self.corrections)

    def respell(self, corrections: dict[str, str]) -> None:
        """Read the given words (as written) as the given stems, and form the concepts anew."""
        self.corrections = corrections
        placed = [(word, corrections.get(word, stem)) for word, stem in self._placed]
        lower, rest = (
            " ".join(corrections.get(word, word) for word in each.split(" "))
            for each in (_lower(self.text), self._rest)
        )
        self.facets = facets.of(lower, self.language)
        self.concepts = self._read(rest, placed)

    def stems(self) -> frozenset[str]:
        """Every stem of the question and of what stands for its words, common words aside."""
        stop = _stop(self.language)
        found = {stem for word, stem in self._placed if word not in stop}
        for concept in self.concepts:
            for form, worth in concept.forms.items():
                if worth >= EQUAL:
                    found.update(form)
        return frozenset(found)

    def capital(self, word: str) -> bool:
        """Whether a word was written with a capital where a name would be."""
        if self.text.isupper() or self.language == GERMAN:  # where all nouns have one
            return False
        match = re.search(rf"(?<=[\w,] )\b{re.escape(word)}\b", self.text, re.I)
        return match is not None and match.group()[0].isupper()


def clean(typed: str) -> str:
    """One line of composed characters, without control characters and runs of white space."""
    kept = typed[:LONGEST_MESSAGE]
    kept = "".join(char if char.isprintable() else " " for char in kept)
    kept = (
        unicodedata.normalize("NFC", kept.encode("utf-8", "replace").decode("utf-8"))
        .replace("’", "'")
        .replace("‘", "'")
    )
    return " ".join(kept.split())


def parse(typed: str, languages: list[str] | None = None) -> Question:
    """Read a question to documents in English and in `languages`.

    A long message is condensed first. Concepts have no weight yet: `weigh` knows the collection.
    """
    text = clean(typed)
    if len(text) <= LONG:
        return Question(text, languages)
    from hearth.ask.condensing import condense

    return Question(condense(text), languages, len(typed))


def _stop(language: str) -> frozenset[str]:
    if language == ENGLISH:
        return synonyms.STOP
    from hearth.ask import foreign

    return foreign.stop(language)


def _as_indexed(form: Stems) -> bool:
    """Whether a form is already as the index has it: it is no English stem."""
    return any(marked(stem) or " " in stem for stem in form)


@lru_cache(maxsize=4096)
def content(text: str, language: str = ENGLISH) -> frozenset[str]:
    """The stems of a title, a heading or a keyword that are not stop words."""
    stop = _stop(language)
    return frozenset(stem for word, stem in words.placed_stems(text, language) if word not in stop)


@lru_cache(maxsize=256)
def contents(keywords: str) -> tuple[frozenset[str], ...]:
    """The same for each of several keywords between commas, cut in one go."""
    found: list[set[str]] = [set()]
    for word, stem in words.placed_stems(keywords.replace(",", f" {_COMMA} ")):
        if word == _COMMA:
            found.append(set())
        elif word not in synonyms.STOP:
            found[-1].add(stem)
    return tuple(frozenset(one) for one in found if one)


def _lower(text: str) -> str:
    """Lower case; contractions and spelled-out abbreviations (C-O-L-D) as one word."""
    lower = _CONTRACTED.sub(r"\1", text.lower())
    lower = _SPELLED_OUT.sub(lambda match: match.group().replace("-", "").replace(".", ""), lower)
    return figures.without(turns.plain(lower))


@lru_cache(maxsize=1)
def _stop_stems() -> frozenset[str]:
    """Stems of the longer stop words, so that "befor" is one, too."""
    return frozenset(words.stem(word) for word in synonyms.STOP if len(word) > 4)


@lru_cache(maxsize=1)
def _table() -> tuple[dict[Stems, list[tuple[int, str]]], int, list[tuple[list[Stems], list[str]]]]:
    """Stem sequence → its groups, and how they write it; the longest sequence's length; each
    group's own entries."""
    table: dict[Stems, list[tuple[int, str]]] = {}
    members: list[tuple[list[Stems], list[str]]] = []
    groups = synonyms.groups()
    stems = iter(words.many_stems([entry for same, _ in groups for entry in same]))
    for number, (same, loose) in enumerate(groups):
        sequences = [next(stems) for _ in same]
        members.append((sequences, loose))
        for sequence, entry in zip(sequences, same, strict=True):
            table.setdefault(sequence, []).append((number, entry))
            _SPELLED.setdefault(sequence, entry)
    return table, max(map(len, table)), members


_SPELLED: dict[Stems, str] = {}  # how a stem sequence is written; filled by `_table`


def in_table(sequence: Stems) -> bool:
    """Whether a stem sequence stands in the table of emergency words."""
    return sequence in _table()[0]


def spelled(stem: str) -> str:
    """A stem as the table of emergency words writes it, if it stands there alone."""
    _table()
    return _SPELLED.get((stem,), stem)


def _alike(sequence: Stems, written: str) -> tuple[list[int], list[str]]:
    """The groups of a stem sequence, and words that only share its stem: where two of the table do
    ("radiator", "radiation"), the one that is written more like what was typed is meant."""
    found = _table()[0].get(sequence, [])
    begun = {entry: _begun(entry, written) for _, entry in found}
    most = max(begun.values(), default=0)
    numbers = dict.fromkeys(number for number, entry in found if begun[entry] == most)
    return [*numbers], [entry for number, entry in found if number not in numbers]


def _begun(one: str, other: str) -> int:
    """With how many of the same characters two words begin."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def forms_of(sequence: Stems, written: str = "") -> dict[Stems, float]:
    """Everything that stands for a stem sequence (`written` so), itself first."""
    members = _table()[2]
    numbers, _ = _alike(sequence, written)
    forms = {sequence: 1.0}
    for number in numbers:
        for other in members[number][0]:
            forms.setdefault(other, EQUAL)
    for number in numbers:
        for entry in members[number][1]:
            other = tuple(words.stems(entry))
            _SPELLED.setdefault(other, entry)
            forms.setdefault(other, LOOSE)
    return forms


def _meant(entry: str) -> Concept:
    """The concept of an entry of the table that was not said, but is meant."""
    one = Concept(entry, forms_of(tuple(words.stems(entry))), light=False, number=False)
    one.topical = one.emergency = True
    return one


def _concepts(
    lower: str,
    placed: list[tuple[str, str]],
    corrections: dict[str, str],
    languages: list[str],
) -> list[Concept]:
    table, longest, _ = _table()
    asked, negated, deeds = _asked(lower), _marked(_NEGATED, lower), _deeds(lower)
    things = {stem for match in _DONE_TO.finditer(lower) for stem in words.stems(match[2])}
    concepts: dict[Stems, Concept] = {}
    at = 0
    while at < len(placed):
        size = longest_at(placed, at, table, longest)
        chunk = placed[at : at + size]
        at += size
        written = " ".join(word for word, _ in chunk)
        sequence = tuple(stem for _, stem in chunk)
        if size == 1 and (written in synonyms.STOP or sequence[0] in _stop_stems()):
            continue
        if size == 1 and len(written) == 1 and not (written.isdigit() or words.apart(written)):
            continue
        forms = forms_of(sequence, written)
        if languages:
            forms |= _also(written, languages)
        number = size == 1 and written[0].isdigit()
        one = concepts.get(sequence)
        if one is None:
            one = Concept(written, forms, size == 1 and _light(written), number)
            one.topical = one.emergency = sequence in table
            one.corrected = any(word in corrections for word, _ in chunk)
            one.order = len(concepts)
            one.unlike = tuple(_alike(sequence, written)[1])
            concepts[sequence] = one
        one.asked = one.asked or written in synonyms.DECISIVE or bool(asked.intersection(sequence))
        one.deed = one.deed or bool(deeds.intersection(sequence))
        one.done_to = one.done_to or bool(things.intersection(sequence))
        one.negated = one.negated or bool(negated.intersection(sequence) and size == 1)
    found = list(concepts.values())
    topics = [one for one in found if one.word not in synonyms.INTENT]
    return topics if any(not (one.light or one.number) for one in topics) else found


def _light(written: str) -> bool:
    """Whether a word tells little; whose something is tells as little ("my daughters phone")."""
    return written in synonyms.LIGHT or (
        written.removesuffix("s") in synonyms.LIGHT and _KIN.fullmatch(written) is not None
    )


def _also(written: str, languages: list[str]) -> dict[Stems, float]:
    from hearth.ask import foreign

    return foreign.also(written, languages)


def longest_at(
    placed: list[tuple[str, str]], at: int, table: Container[Stems], longest: int
) -> int:
    """How many words from `at` on are the longest entry of a table there; 1 if none has several, or
    if one as long begins within it: of "boire l'eau de mer" that is "eau de mer"."""
    size = _longest(placed, at, table, longest)
    within = range(at + 1, at + size)
    return 1 if any(_longest(placed, one, table, longest) >= size for one in within) else size


def _longest(placed: list[tuple[str, str]], at: int, table: Container[Stems], longest: int) -> int:
    for size in range(min(longest, len(placed) - at), 1, -1):
        if tuple(stem for _, stem in placed[at : at + size]) in table:
            return size
    return 1


def _asked(lower: str) -> set[str]:
    """Stems of the last word of "what <noun phrase>": the thing that is wanted."""
    found = set()
    for match in _ASKED.finditer(lower):
        phrase = match.group(1).split()
        if phrase and phrase[-1] not in synonyms.STOP and phrase[-1] not in synonyms.LIGHT:
            found.add(words.stem(phrase[-1]))
    return found


def _deeds(lower: str) -> set[str]:
    """Stems of what somebody asks how to do, but for words that any advice answers."""
    return {words.stem(word) for word in _DEED.findall(lower) if word not in synonyms.ANY_DEED}


def _marked(pattern: re.Pattern[str], lower: str) -> set[str]:
    return {words.stem(match.group(1)) for match in pattern.finditer(lower)}
