"""Why a word that the source denies may stand in a clause undenied, and the reverse."""

from __future__ import annotations

from itertools import pairwise, takewhile

from hearth.ask.words import among
from hearth.writing import named, thoughts
from hearth.writing.beside import heads
from hearth.writing.evidence import Line
from hearth.writing.parts import Reading, Word

PRONOUNS = frozenset(("it", "its", "they", "them", "their", "this", "that", "these", "those"))


def conditions(reading: Reading) -> list[int]:
    """The segments that begin with "if" or "when"."""
    return [
        segment
        for at, segment in enumerate(reading.segments)
        if (at == 0 or reading.segments[at - 1] != segment) and reading.tokens[at] in ("if", "when")
    ]


def excused(reading: Reading, word: Word, line: Line, others: list[Word]) -> bool:
    """Whether a word that the source denies may stand here undenied: it is not what the source
    denies first, and something else in this clause is denied as there ("water that smells of fuel
    must not be drunk"), or the source goes on about it ("…, because they …")."""
    if (
        _state(reading, word, others)
        or _before(reading, word)
        or _left(reading, word)
        or _of_doing(reading, word)
    ):
        return True
    if (
        reading.tokens[0] == "only"
        or _unless(reading, word)
        or _than(reading, word)
        or _supposed(reading, word, line, others)
    ):
        return True
    if any(heads(line.reading, other) for other in others):
        return False
    if any(one.turned and any(other.turned for other in line.words(one)) for one in reading.words):
        return True
    borrowed = _borrowing(line.reading)
    mine = {one.segment for one in reading.words if one.segment == word.segment}
    beside = [
        other
        for one in reading.words
        if one is not word and one.segment in mine
        for other in line.words(one)
    ]
    return bool(borrowed) and any(other.segment in borrowed for other in beside)


def _state(reading: Reading, word: Word, others: list[Word]) -> bool:
    """Whether a word only says in what state a thing is ("frozen fingers"), and the source denies
    another form of it ("if they will not freeze")."""
    after = reading.tokens[word.at + 1 : word.at + 2]
    return (
        word.text.endswith(("ed", "en"))
        and not (word.at and reading.tokens[word.at - 1] in ("be", "been", "being"))
        and bool(after)
        and named.is_thing(after[0])
        and all(other.text != word.text for other in others)
    )


def _before(reading: Reading, word: Word) -> bool:
    """Whether a word stands after "before" or "until": what the source forbids may be named as
    what has to wait."""
    same = [
        token
        for token, segment in zip(reading.tokens, reading.segments, strict=True)
        if segment == word.segment
    ]
    return bool(same) and same[0] in ("before", "until")


def _unless(reading: Reading, word: Word) -> bool:
    """Whether a word stands after "unless", which says "if not"."""
    return ("unless", word.segment) in zip(reading.tokens, reading.segments, strict=True)


def _than(reading: Reading, word: Word) -> bool:
    """Whether a word is what something is compared to ("less than calls do")."""
    return "than" in reading.tokens[max(0, word.at - 3) : word.at]


def _supposed(reading: Reading, word: Word, line: Line, others: list[Word]) -> bool:
    """Whether a word stands in a condition here, and is denied outside of any there."""
    theirs = conditions(line.reading)
    if "even" in reading.tokens:
        return False
    begins = next((at for at, one in enumerate(reading.segments) if one == word.segment), 0)
    if "," in reading.tokens[begins : word.at]:
        return False  # it hangs on the condition
    return bool(others) and (
        word.segment in conditions(reading) and not any(other.segment in theirs for other in others)
    )


def meant(reading: Reading, at: int) -> bool:
    """Whether what is denied at a place is only to be kept from happening ("so that germs cannot
    get in")."""
    return any(
        one.reaches(at) and thoughts.purpose(reading.tokens, one.start) for one in reading.negations
    )


def so_that(source: Reading) -> bool:
    return any(pair == ("so", "that") for pair in pairwise(source.tokens))


def _left(reading: Reading, word: Word) -> bool:
    """Whether the clause says to leave it: what must not be touched is left."""
    return any(
        reading.tokens[at] in ("leave", "leaving")
        and reading.segments[at] == word.segment
        and (at == 0 or reading.tokens[at - 1] in ("and", ",", "then", "to", "always", "better"))
        for at in range(word.at)
    )


def _of_doing(reading: Reading, word: Word) -> bool:
    """Whether the clause says what doing it does ("rubbing the skin can harm it")."""
    return warns(reading) and reading.parts[word.at] == 0


def warns(reading: Reading) -> bool:
    """Whether it says what harm it does to do something."""
    tokens = reading.tokens
    if tokens[:2] == ["it", "is"]:  # "it is dangerous to …", and not "it is best to burn …"
        return bool(_HARMS.intersection(takewhile("to".__ne__, tokens[2:5])))
    return (
        tokens[0].endswith("ing")
        and bool(_HARMS.intersection(tokens))
        and not _PRAISE.intersection(tokens)
    )


_PRAISE = among("important best better good fine safe recommended essential necessary helps")
_HARMS = among(
    """damage damages harm harms cause causes injure injures worsen worse dangerous hurt hurts burn
    burns tear tears spread spreads infect infection risk risks unsafe poison harmful destroy
    waste useless poisonous deadly fatal toxic bad wrong mistake unwise pointless destroys delay
    delays delayed restart dirty kill kills"""
)


def _borrowing(source: Reading) -> set[int]:
    """Segments that begin by pointing back to what was said before."""
    found = set()
    for at, segment in enumerate(source.segments):
        first = at == 0 or source.segments[at - 1] != segment
        if first and segment and PRONOUNS & set(source.tokens[at : at + 3]):
            found.add(segment)
    return found
