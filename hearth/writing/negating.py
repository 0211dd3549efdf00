"""Which words of a sentence turn round what follows them."""

from __future__ import annotations

import re

from hearth.ask.words import among
from hearth.writing import lexicon

_NOT_A_NEGATION = re.compile(
    r"(?:not only|not even|no(?:t)? (?:more|less|fewer|later|longer|shorter) than|no matter|or not|"
    r"if not(?! \w+(?:ed|en)\b))\b"
)


def negates(tokens: list[str], at: int) -> bool:
    """Whether the token at a place negates what follows it."""
    token = tokens[at] if at < len(tokens) else ""
    if token in ("stop", "stopping") and ceases(tokens, at):
        return True
    if _keeps_from(tokens, at) or _prefers(tokens, at):
        return True
    if not (token in lexicon.NEGATIONS or token.endswith("n't")):
        return (token, *tokens[at + 1 : at + 2]) in (("rather", "than"), ("instead", "of"))
    if token in ("avoid", "avoiding") and at and tokens[at - 1] == "to":
        return at > 1 and tokens[at - 2] in _BEFORE_TO_AVOID
    return not (
        _NOT_A_NEGATION.match(" ".join(tokens[at : at + 3]))
        or (at and _NOT_A_NEGATION.match(" ".join(tokens[at - 1 : at + 2])))
    )


def cancelled(tokens: list[str], at: int) -> bool:
    """Whether a negation undoes another: "don't stop pressing" says to go on."""
    if tokens[at] == "stop":
        return ceases(tokens, at) and at > 0 and negates(tokens, at - 1)
    return tokens[at + 1 : at + 2] == ["stop"] and ceases(tokens, at + 1) and negates(tokens, at)


def ceases(tokens: list[str], at: int) -> bool:
    """ "Stop using it": whether "stop" tells not to do what follows."""
    after = tokens[at + 1] if at + 1 < len(tokens) else ""
    return after.endswith("ing") and after not in _BY_ITSELF


_BY_ITSELF = among("breathing bleeding swelling shivering sweating shaking working running growing")


def _keeps_from(tokens: list[str], at: int) -> bool:
    """ "Stay away from it", "keep out of it", "keep water from flowing in"."""
    if at >= len(tokens):
        return False
    token, after = tokens[at], tuple(tokens[at + 1 : at + 3])
    if token in ("stay", "keep", "staying", "keeping"):
        return after in (("away", "from"), ("home", "from"), ("out", "of"), ("clear", "of"))
    if token == "from" and after and after[0].endswith("ing") and after[0] not in _BY_ITSELF:
        return bool(KEEPING.intersection(tokens[max(0, at - 6) : at]))
    return False


def _prefers(tokens: list[str], at: int) -> bool:
    """ "It is better to wait than to go": what follows "than" is what not to do."""
    if tokens[at : at + 1] != ["than"] or tokens[at + 1 : at + 2] not in _DOING:
        return False
    return bool(_BETTER.intersection(tokens[max(0, at - 12) : at]))


_DOING = (["to"], ["when"], ["if"])
_BETTER = among("better safer wiser easier easily")
KEEPING = among("keep keeps keeping stop stops stopping prevent prevents preventing")
"""What keeps something "from" happening."""
_BEFORE_TO_AVOID = among(
    """remember always also important best better try need needs want advised essential sure
    careful recommended
    necessary advisable vital crucial wise ought"""
)
