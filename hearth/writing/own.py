"""What a word costs that a writer adds and the source does not have."""

from __future__ import annotations

from hearth.ask.wording import imperative
from hearth.ask.words import among
from hearth.writing import named
from hearth.writing.evidence import Line
from hearth.writing.excuses import conditions
from hearth.writing.parts import Reading, Word

NEW = 4  # what a clause may spend on words of its own


_BEFORE_VERBS = among(
    """to can could may might will would shall should must do does did not never they you it he she
    who which that we and or then don't doesn't can't shouldn't mustn't won't always also"""
)
_AFTER_SUBJECTS = among(
    """is are was were can could may might will would shall should must does do did has have had not
    that which who of in on for with and or , isn't aren't can't won't doesn't don't shouldn't"""
)
_BEFORE_ADJECTIVES = among(
    """is are was were be been being isn't aren't very more most too so as feel feels look looks
    seem seems become becomes stay stays get gets keep remain"""
)
_WHO = (["you"], ["they"], ["people"], ["who"], ["she"], ["he"], ["we"], ["to"])
_DO = tuple([token] for token in among("not never don't can can't should must may might will"))
"""What stands before a verb, even one that could name a thing: "do not burn it"."""
_NO_NOUN = (
    "ly", "ed", "able", "ible", "ful", "ous", "ive", "less", "ary", "ic", "al", "ish", "ier",
    "iest", "ise", "ize", "ify",
)  # fmt: skip
_ARTICLES = among("the a an your his her its their our any some this that these those")


def price(reading: Reading, word: Word, line: Line) -> int:
    """What a word that the source does not have costs: 1 for what seems a verb, an adjective or an
    adverb, by its ending and by where it stands; 2 for another; too much for what names a thing."""
    if word.phrase:
        told = word.segment not in conditions(reading)
        return NEW + 1 if told and reading.tokens[word.at - 1 : word.at] not in _WHO else 1
    if any(
        reading.segments[at] == word.segment and reading.tokens[at : at + 2] == ["so", "that"]
        for at in range(word.at)
    ):
        return 1
    if named.is_thing(word.text) and reading.tokens[word.at - 1 : word.at] not in _DO:
        return NEW + 1
    if word.at in reading.capitals:
        return NEW + 1
    return 1 if _seems_no_noun(reading, word, line) else 2


def stands_as_subject(reading: Reading, word: Word) -> bool:
    """Whether what follows a word is what follows a subject: "is", "may"."""
    after = reading.tokens[word.at + 1] if word.at + 1 < len(reading.tokens) else ""
    return after in _AFTER_SUBJECTS


def _seems_no_noun(reading: Reading, word: Word, line: Line) -> bool:
    """Whether it seems a verb, an adjective or an adverb, by its ending and where it stands."""
    tokens, at = reading.tokens, word.at
    before = tokens[at - 1] if at else ""
    after = tokens[at + 1] if at + 1 < len(tokens) else ""
    if word.text.endswith(_NO_NOUN) or word.text.startswith("un"):
        return True
    if before in _BEFORE_VERBS or (not before and imperative(reading.text)):
        return True
    if not before and not stands_as_subject(reading, word):
        return True
    if before in _BEFORE_ADJECTIVES:
        return True
    if after in _ARTICLES and word.text.endswith(("ing", "s")):
        return True
    follows = next((one for one in reading.words if one.at == at + 1), None)
    return before in _ARTICLES and follows is not None and bool(line.words(follows))
