"""A statement as one thought, and as several that may come from different sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from hearth.ask.sentences import spans
from hearth.ask.wording import imperative
from hearth.ask.words import among
from hearth.writing.reading import read

_CUT = re.compile(
    r"[;—]\s*|\s–\s|,?\s+(?:but|so|while|whereas|then)\s+|,\s+(?:and|or|which|because|since|as)\s+"
    r"|,\s+(?:ideally|preferably|plus|with)\s+"
    r"|\s+(?:and(?: then)?|because)\s+|,\s+|\s+(?=at a rate of )"
)
_JOINT = re.compile(
    r"\s*;\s*(?:and |but |also,? )?|\s[—–]\s|,\s+(?:and|but|so|while|whereas|then)(?:\s+also)?\s+"
    r"|\s+(?:and(?: then| also)?|but|while|whereas)\s+"
)
MOST_JOINTS = 6
_SUBJECT = re.compile(r"(?:it|they|you|he|she|we|this|that|never|do not|don['’]t|also)\b", re.I)
_VERB = re.compile(
    r"\b(?:is|are|was|were|can|cannot|may|might|must|should|will|does|do|has|have|means|kills?|"
    r"(?:is|are|was|were|ca|must|should|wo|does|do|has|have)n['’]t|can['’]t|won['’]t|"
    r"removes?|makes?|helps?|needs?|gives?|causes?|becomes?|damages?|injures?|spreads?|swells?|"
    r"harms?|draws?|loses?|poisons?|works?|lasts?|stops?)\b",
    re.I,
)
_CASE = re.compile(r"(?:(?:for|at|above|below|with|in|an?|about|up to|after)\b.{0,40})?\d", re.I)
_CONDITION = re.compile(r"(?:if|when|at|for|after|once|above|below|before|in|where)\b", re.I)
_EITHER = among("wet dry clean cool warm clear empty slow light open separate direct last")
"""Words that may tell to do something, or how a thing is ("clean, dry cloth")."""
LEAST = 2  # content words (or figures) of a clause


def sentences(statement: str) -> list[str]:
    """The sentences of a statement."""
    return [statement[start:end] for start, end in spans(statement)]


def clauses(sentence: str) -> Iterator[list[str]]:
    """Ways to cut a sentence into all its clauses, the strictest first."""
    for loose in (False, True):
        parts = _cut(sentence, loose)
        if len(parts) > 1:
            yield parts


def halves(sentence: str) -> Iterator[tuple[str, str]]:
    """Ways to cut a sentence in two where two sentences may have been joined."""
    for match in islice(_JOINT.finditer(sentence), MOST_JOINTS):
        left, right = sentence[: match.start()], sentence[match.end() :]
        if left.count("(") > left.count(")") or not (_stands(left) and _stands(right)):
            continue
        strong = match.group().strip() != "and" and len(read(right).content) > LEAST
        if strong or imperative(right) or _SUBJECT.match(right) or _VERB.search(right):
            yield left, right


def _cut(sentence: str, loose: bool) -> list[str]:
    """Cut before what can stand alone: an instruction, or words with a verb of their own."""
    parts: list[str] = []
    begin, open_condition = 0, _CONDITION.match(sentence) is not None
    for match in _CUT.finditer(sentence):
        left, right = sentence[begin : match.start()], sentence[match.end() :]
        mark = match.group().strip(" ,")
        if open_condition:  # a condition stays with what hangs on it
            open_condition = "," not in match.group()
            continue
        if not _stands(left) or not _stands(right) or left.count("(") > left.count(")"):
            continue
        if _apart(mark, right, loose):
            parts.append(left.strip(" ,"))
            begin, open_condition = match.end(), _CONDITION.match(right) is not None
    parts.append(sentence[begin:].strip())
    return parts


def _apart(mark: str, right: str, loose: bool) -> bool:
    """Whether what stands after a mark is a thought of its own."""
    if mark in ("because", "since", "as", "ideally", "preferably", "plus", "with"):
        return loose
    if mark[:1] in (";", "—", "–") or mark in ("but", "so", "while", "whereas", "then"):
        return True
    if mark == "" and right.split(" ", 1)[0].lower() in _EITHER:
        return False
    if imperative(right) or _SUBJECT.match(right) is not None:
        return True
    if loose and _CASE.match(right) is not None:
        return True
    return loose and mark != "" and _VERB.search(right) is not None


def _stands(text: str) -> bool:
    found = read(text)
    return bool(found.content) and len(found.content) + len(found.figures) >= LEAST
