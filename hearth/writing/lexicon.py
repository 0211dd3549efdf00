"""Words as the checks of a written statement read them.

English only: in other languages words must simply be the same.
"""

from __future__ import annotations

import re
from functools import lru_cache

from hearth.ask import words
from hearth.ask.words import among
from hearth.writing.kinship import ALSO
from hearth.writing.likeness import IRREGULAR, SAME
from hearth.writing.opposing import OPPOSITE

STOP = among(
    """a an the and or but nor so as at by for from in into of on onto to with is are was were be
    been being am do does did doing done has have had having it its they them their theirs
    this that these those there here he she him her his hers you your yours we us our ours
    i me my who whom whose which what where how why than such own same both very also too
    just quite rather then thus therefore hence however still yet already can could may
    might shall should will would must ought need let lets once while whether either else
    per via etc eg ie about around during anyone everyone oneself themselves itself
    yourself himself herself any some each if when because whenever unless except every
    other others another one ones like there's it's that's he's she's they're you're we're
    what's who's i'm they've you've we've instead only just you'll it'll they'll we'll
    he'd she'd"""
)
"""Words that neither have to be in the source nor prove anything if they are."""

LIGHT = among(
    """important importantly necessary remember sure ensure always essential recommend
    recommended advise advised advice advisable possible possibly able try want wish
    following follow useful helpful make makes making made way thing things order mean
    means case cases situation simply please note use using used guide guidance document
    documents source sources passage passages card says said say according states state
    summary answer question know known best good properly correctly fully carefully safely
    proper correct because since due reason why therefore means result example instance
    including included include includes before after until over then first keep keeps kept
    get gets got getting become becomes need needs needed time even enough down up out
    away off on long"""
)
"""Words that a writer adds without saying more."""

NEGATIONS = among(
    """not never no cannot without avoid avoids avoiding avoided nor neither nobody nothing
    hardly rarely seldom refrain unable unlikely forbidden prohibited refuse refuses
    refused refusing trouble difficulty difficulties struggle struggles struggling dont
    doesnt didnt cant wont isnt arent shouldnt mustnt non"""
)
"""Words that turn round what follows them, beside everything that ends in n't."""
NEGATED = {
    "unsafe": "safe", "untreated": "treated", "unboiled": "boiled", "uncooked": "cooked",
    "uncovered": "covered", "impossible": "possible", "uncooled": "cooled", "unopened": "opened",
    "undiluted": "diluted", "unlocked": "locked", "unplugged": "plugged",
    "windowless": "window", "powerless": "power", "odourless": "smell", "odorless": "smell",
    "unsupervised": "supervised", "unattended": "attended", "untrained": "trained",
    "uninjured": "injured", "unscented": "scented", "unaware": "aware", "undamaged": "damaged",
    "unsuitable": "suitable", "invisible": "visible",
}  # fmt: skip
"""Words that hold their own negation, with what they negate."""
_UN = re.compile(r"un(?!der|i)([a-z]{3,}(?:ed|able|ible|ing|safe|clean|likely))$")


def negated(token: str) -> str:
    """The word that a word holds the negation of ("undamaged"), or ""."""
    if token in NEGATIONS or token in STOP:
        return ""
    found = _UN.match(token)
    return NEGATED.get(token) or (found.group(1) if found else "")


GENERAL = frozenset(("=person",))
"""What so many sentences are about that it binds nothing."""
UNDOING = among(
    """discard remove stop avoid prevent leave turn_off take_off take_out throw_away stay_away
    keep_away"""
)
"""What tells to undo or give up: whoever leaves it out tells the opposite."""
RELATIONS = among(
    """after befor abov below under over near around through round until up down off out awai first
    then around onli even further late earli soon long"""
)
"""Stems of words that say how others stand to each other."""
RESTRICTORS = among("unless except only until")


def _groups(table: str) -> dict[tuple[str, ...], str]:
    """Each entry's stems → the name of its group: the first entry with these stems."""
    found: dict[tuple[str, ...], str] = {}
    for line in table.strip().splitlines():
        entries = [tuple(map(stem, one.split())) for one in line.split(",")]
        name = "=" + "-".join(entries[0])
        for entry in entries:
            found.setdefault(entry, name)
    return found


@lru_cache(maxsize=1)
def same() -> dict[tuple[str, ...], str]:
    """The table of what may stand for each other."""
    return _groups(SAME.replace("\\\n", ""))


@lru_cache(maxsize=1)
def also() -> dict[tuple[str, ...], tuple[str, ...]]:
    """Stems → the names of what they may stand for beside their group."""
    found: dict[tuple[str, ...], list[str]] = {}
    for number, line in enumerate(ALSO.strip().splitlines()):
        for one in line.split(","):
            found.setdefault(tuple(map(stem, one.split())), []).append(f"~{number}")
    for number, line in enumerate(SAME.replace("\\\n", "").strip().splitlines()):
        entries = [tuple(map(stem, one.split())) for one in line.split(",")]
        name = "=" + "-".join(entries[0])
        if any(same()[entry] != name for entry in entries):  # one is of another group, too
            for entry in entries:
                found.setdefault(entry, []).append(f"={number}")
    return {stems: tuple(names) for stems, names in found.items()}


@lru_cache(maxsize=1)
def longest() -> dict[str, int]:
    """First stem of a phrase → how many stems the longest phrase that begins so has."""
    found: dict[str, int] = {}
    for entry in same():
        found[entry[0]] = max(found.get(entry[0], 1), len(entry))
    return found


@lru_cache(maxsize=1)
def _irregular() -> dict[str, str]:
    return {
        form: forms[0]
        for forms in (line.split() for line in IRREGULAR.split(":"))
        for form in forms[1:]
    }


_WHOLE = among("generator generators general one ones several")
"""Words whose stem would be another word's: generate, on, severe."""


@lru_cache(maxsize=8192)
def stem(word: str) -> str:
    """The stem of one word: SQLite's, after irregular forms, without a doubled last letter (so
    that "adding" is "add")."""
    if word in _WHOLE:
        return word.removesuffix("s")
    word = word.removesuffix("'s").removesuffix("'")
    found = words.stem(_irregular().get(word, word)) or word
    return found[:-1] if len(found) > 3 and found[-1] == found[-2] != "e" else found


@lru_cache(maxsize=1)
def opposites() -> dict[str, frozenset[str]]:
    """Stem of a word → the stems of what turns it round."""
    found: dict[str, set[str]] = {}
    for line in OPPOSITE.strip().splitlines():
        one, other = ({stem(word.strip()) for word in side.split(",")} for side in line.split(":"))
        for here, there in ((one, other), (other, one)):
            for word in here:
                found.setdefault(word, set()).update(there)
    return {word: frozenset(others) for word, others in found.items()}


@lru_cache(maxsize=1)
def undoing() -> frozenset[str]:
    """What the words of `UNDOING` stand for."""
    phrases = (tuple(map(stem, one.split("_"))) for one in UNDOING)
    return frozenset(same().get(phrase, " ".join(phrase)) for phrase in phrases)
