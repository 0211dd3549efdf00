"""What restricts a sentence ("unless", "only if", "until"), and the conditions it holds under.

A restriction may not be left out. A condition ("if …", "at altitudes above …") may, but then the
source's sentence has to be shown as well.
"""

from __future__ import annotations

from hearth.ask.words import among
from hearth.writing.evidence import Line, Pair
from hearth.writing.parts import Reading, Word

_CONDITIONS = among("if when whenever while")
_ONLY = among("if when after with for by in as on to once while")
_ENDS = among("until till before when after")
_CASES = among("at for in above below with after before under")


def faults(reading: Reading, line: Line) -> list[Pair]:
    """What is wrong, as (code, text) pairs; [] if nothing is."""
    source = line.reading
    more = "even" in reading.tokens and "even" not in source.tokens
    mine = set() if more else {token for token, _ in reading.restrictors}
    for token, at in source.restrictors:
        after = source.tokens[at + 1] if at + 1 < len(source.tokens) else ""
        if token == "only" and after not in _ONLY:
            continue
        segment = source.segments[at]
        first = not any(
            source.segments[back] == segment
            and source.tokens[back][0].isalpha()
            and source.tokens[back] not in ("but", "and")
            for back in range(at)
        )
        main, region = _parts(source, at, segment, first)
        if token == "until" and not any(word.turned for word in main):
            continue
        if not _uses(reading, line, main) or mine:
            continue
        if token == "only" and _denies(reading, line, main):
            continue  # what is denied altogether is not done in the wrong case
        conditional = _CONDITIONS & set(reading.tokens) or {
            "after",
            "once",
            "until",
            "before",
        } & set(reading.tokens)
        if ((token == "only" and not more) or (token == "until" and conditional)) and _uses(
            reading, line, region
        ):
            continue
        return [("restriction", f'the source restricts it ("{token} …")')]
    if "until" in reading.tokens and not _ENDS.intersection(source.tokens):
        return [("restriction", 'the source names no end ("until …")')]
    return []


def _parts(source: Reading, at: int, segment: int, first: bool) -> tuple[list[Word], list[Word]]:
    """What a restriction is about, and what it says."""
    own = [word for word in source.content if word.segment == segment]
    nxt = [word for word in source.content if word.segment == segment + 1]
    if not first:
        cut = max(
            (place for place in range(at) if source.tokens[place] in (",", "and")), default=-1
        )
        head = [word for word in own if cut < word.at < at]
        tail = [word for word in own if word.at > at]
        return head or own, tail or nxt
    before = [word for word in source.content if word.segment == segment - 1]
    return (before or nxt), own or nxt


def _uses(reading: Reading, line: Line, words: list[Word]) -> bool:
    """Whether a clause speaks of these words of the source: of half of them, or of two."""
    wanted = {word.key for word in words} - {"onli"}
    have = {other.key for word in reading.words for other in line.words(word)} & wanted
    return bool(wanted) and (2 * len(have) >= len(wanted) or len(have) >= 3)


def _denies(reading: Reading, line: Line, words: list[Word]) -> bool:
    """Whether a clause denies all of these words of the source that it has."""
    return all(
        word.turned
        for word in reading.content
        if any(other is one for other in line.words(word) for one in words)
    )


def left_out(reading: Reading, line: Line) -> bool:
    """Whether the sentence has a condition or a case of which the clause says nothing."""
    source = line.reading
    for at, token in enumerate(source.tokens):
        begins = at == 0 or source.segments[at - 1] != source.segments[at] or token in _CONDITIONS
        case = token in _CONDITIONS or (at == 0 and token in _CASES)
        if not begins or not case:
            continue
        segment = source.segments[at]
        end = _end_of_case(source, at) if at == 0 else len(source.tokens)
        region = [word for word in source.content if word.segment == segment and at < word.at < end]
        figures = [
            one for one in source.figures if source.segments[one.at] == segment and one.at < end
        ]
        hung = _hung(source, at, segment) or [
            word for word in source.content if word.segment == segment and word.at >= end
        ]
        if not _uses(reading, line, hung):
            continue
        if not region:
            continue
        have = {other.key for word in reading.words for other in line.words(word)}
        said = {word.key for word in region} & have
        if not said and not any(
            one.value == other.value for one in reading.figures for other in figures
        ):
            return True
    return False


def _end_of_case(source: Reading, at: int) -> int:
    """Where a case that opens a sentence ends if no comma says so: after its first figure."""
    first = next((one for one in source.figures if one.at < at + 8), None)
    return len(source.tokens) if first is None else first.end


def _hung(source: Reading, at: int, segment: int) -> list[Word]:
    """What a condition at a place is about: what stands before it in its part, else after it."""
    part = source.parts[at]
    before = [word for word in source.content if word.segment == segment - 1 and word.part == part]
    after = [word for word in source.content if word.segment > segment and word.part <= part + 1]
    return before or after
