"""Turns of phrase that say something else, or more, than their words.

"A bit of apple" is no bite, and an arm that went dead is numb; "shes 3" and "8 month old" speak of
a child, for whom there are cards of their own.
"""

from __future__ import annotations

import re

from hearth.ask.seen import CHILD, KIN

_HINT = re.compile(
    r"\bbit\b|dead|\d|"
    r"\b(?:one|two|three|four|five|six|seven|eight|nine|ten) \w+ old\b"
)
# The rest is compiled only where there is a hint.
_BIT = (
    r"\b(?:an?|one|little|wee|tiny|quite a|every|this|big|small) bit\b"
    r"(?! (?:me|my|him|his|her|us|our|them|their|someone|somebody)\b)|\bbit (?=of\b)|"
    r"\bbit (?=(?:ok|okay|better|worse|more|less|late|cold|hot|warm|sore|too|longer)\b)"
)
_DEAD_LIMB = (
    r"\b((?:arm|leg|hand|foot|side|fingers?|toes|face)s? (?:\w+ )?"
    r"(?:gone|went|goes|feels?|is)) dead\b"
)
_COUNT = r"(?:\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten)"
_SAYS = (  # after an age that is somebody's: "2 year old drank", but not "2 year old generator"
    r"(?=\W*$|[.,!?;]|(?: and|has|had|is|isnt|hes|shes|cant|wont|not|got|who|with|just|keeps|"
    r"swallowed|ate|drank|licked|fell|choking|son|daughter|boy|girl|child|kid|baby|burnt|burned|"
    r"feels|stopped|went|gone|turned|cold|hot|blue)\b)"
)
_WHOSE = (  # "my 8 month old", "baby 2 months old", but not "the rice is 2 days old"
    rf"(?:^|\b(?:my|our|an?|the|her|his|hes|shes|(?:he|she|{KIN}|{CHILD}) is|{KIN}|{CHILD}) "
    r"(?:only |just |nearly |about |almost )?)"
)
_MONTHS = (
    rf"{_WHOSE}{_COUNT}[ -]?(?:d(?:ay)?|w(?:ee)?k|mo?n?th|mo)s?[ -]olds?\b ?{_SAYS}|\b\d\d? ?mo\b"
)
_YEARS = (
    rf"{_WHOSE}{_COUNT}[ -]?(?:y(?:ea)?r|y)s?[ -]olds?\b ?{_SAYS}|\b(?:\d|1[0-2]) ?y ?/?o\b|"
    r"\b(?:hes|shes|he is|she is|aged?) (?:only |just |nearly |about |almost )?(?:\d|1[0-2])"
    r"(?=\W*$|[.,!?;]| and | he | she | what | help)"
)
_NUMBER = re.compile(r"\d+")
_GROWN = 13


def plain(lower: str) -> str:
    """A question (lower case, contractions as one word) with these turns in plain words."""
    if not _HINT.search(lower):
        return lower
    lower = re.sub(_DEAD_LIMB, r"\1 numb", re.sub(_BIT, "piece ", lower))
    lower = re.sub(_MONTHS, lambda match: f"{match[0].rstrip()} baby ", lower)
    return re.sub(_YEARS, _child, lower)


def _child(match: re.Match[str]) -> str:
    age = _NUMBER.search(match[0])
    grown = age is not None and int(age[0]) >= _GROWN
    return match[0] if grown else f"{match[0].rstrip()} child "
