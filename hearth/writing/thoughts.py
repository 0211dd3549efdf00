"""Where the thoughts of a sentence begin and end, and how far its negations reach."""

from __future__ import annotations

from hearth.ask.wording import imperative
from hearth.ask.words import among
from hearth.writing import lexicon
from hearth.writing.negating import cancelled, negates
from hearth.writing.parts import Negation, Reading

_HARD = among(
    """because since so but unless except if when whenever until while which who whose although
    though even otherwise whereas before after once"""
)
_OPENERS = among(
    "after before above below at for in with without once during if when while until unless"
)
_CASES = among("if when because since while unless once although though")
_LISTS = among(", or and")
_PLACING = among("in for on at during after before under until")
_RELATIVE = among("who which whose")
_PARTS = among("because since so but unless except although though otherwise whereas")
_STOPS = frozenset(".;:()!?—[]…")


def segment(found: Reading, text: str, places: list[int]) -> None:
    """Say of every token in which segment and part it stands."""
    tokens, segment, part = found.tokens, 0, 0
    for at, token in enumerate(tokens):
        wide = token in _PARTS or token in _STOPS or token == "–"
        if token == "but":
            wide = (
                tokens[at - 1] == ","
                or not tokens[at + 1 : at + 2][0:1]
                or not (tokens[at + 1].endswith(("ing", "ed")))
            )
        opens = token == "," and _opening(tokens, at)
        if token in (",", "and"):
            wide = _joins(found, text, places, at) or tokens[at : at + 2] == ["and", "without"]
        closes = opens and tokens[0] in _CASES and not _LISTS.intersection(tokens[at + 1 : at + 5])
        if at and (wide or closes or _hard(tokens, at)):
            segment += 1
            part += wide and not opens and token not in "()[]"
        found.segments.append(segment)
        found.parts.append(part)


def _hard(tokens: list[str], at: int) -> bool:
    """Whether a thought begins at a token: not with "at once"."""
    return tokens[at] in _HARD and tokens[at - 1 : at + 1] not in (["at", "once"], ["more", "once"])


def _opening(tokens: list[str], at: int) -> bool:
    """Whether a comma closes what a sentence opens with: "After disinfection, have it tested" is
    one thought."""
    return tokens[0] in _OPENERS and "," not in tokens[:at]


def _joins(found: Reading, text: str, places: list[int], at: int) -> bool:
    """Whether a comma, "and" or "or" begins a thought of its own: an instruction, or what points
    back to what was named."""
    tokens = found.tokens
    after = at + 1
    if tokens[at] == "," and after < len(tokens) and tokens[after] in ("and", "or", "then"):
        after += 1
    if after >= len(tokens):
        return False
    if tokens[at] != "," and _imperative_list(tokens, at):
        return False
    if after + 1 < len(tokens) and tokens[after + 1] in ("or", ","):
        return False  # a list
    if tokens[at] == "," and tokens[after] in ("it", "they", "you", "this", "that", "never"):
        return True
    return imperative(text[places[after] : places[after] + 60])


def _imperative_list(tokens: list[str], at: int) -> bool:
    """Whether "and" or "or" joins two verbs under one negation ("do not cut or suck")."""
    return any(negates(tokens, back) for back in range(max(0, at - 8), at))


_SO = among("that they it you the nobody nothing no he she")


def purpose(tokens: list[str], at: int) -> bool:
    """ "so that germs cannot get in": what is to be kept from happening, not what is so."""
    for back in range(at - 1, max(-1, at - 7), -1):
        if tokens[back] in _STOPS or tokens[back] in (",", "because", "if", "but"):
            return False
        if tokens[back] == "so" and tokens[back + 1] != "do":
            aim = tokens[back + 1] == "that" or tokens[back - 1] != ","
            return aim and tokens[back + 1] in _SO
    return False


def negate(found: Reading) -> None:
    """Find the negations and how far they reach."""
    tokens = found.tokens
    for at in range(len(tokens)):
        if cancelled(tokens, at):
            continue
        if negates(tokens, at):
            end = at + 1
            if tokens[at] in _AFTER_ITS_THING and tokens[at - 1 : at] == ["be"]:
                pass
            elif tokens[at] == "non":
                end = min(at + 3, len(tokens))
            else:
                while end < len(tokens) and not _ends(found, at, end):
                    end += 1
            start = _verb_before(tokens, at)
            found.negations.append(Negation(start, end, _subject(found, at, start)))


def _subject(found: Reading, at: int, start: int) -> int:
    """Where the reach begins if what stands before is what is denied: "it is not to be opened",
    "should never be drunk", "are to be avoided"."""
    tokens = found.tokens
    avoided = (
        tokens[at] == "avoid"
        and tokens[at + 1 : at + 2] != []
        and (tokens[at + 1] in _ALL_THAT and tokens[at + 2 : at + 3] in ([], ["."], ["!"], [","]))
    )
    if avoided or tuple(tokens[at + 1 : at + 3]) in _DO_IT:
        return max((back + 1 for back in range(at) if tokens[back] in ".!?"), default=0)
    before, after = tokens[at - 1 : at], tokens[at + 1 : at + 2]
    passive = (
        tokens[at] in _IS_NOT
        or (tokens[at] in _AFTER_ITS_THING and "be" in before)
        or (_IS & set(tokens[max(0, at - 2) : at]) and tokens[at] in ("not", "never"))
        or (after == ["be"] and tokens[at] != "without")
    )
    if not passive:
        return start
    back = at
    opens = tokens[0] in _OPENERS or tokens[0] in _PARTS
    while (
        back and found.segments[back - 1] == found.segments[at] and tokens[back - 1] not in _STOPS
    ):
        if opens and tokens[back - 1] == ",":
            return back
        if tokens[back - 1] in ("that", "which", "who") and not (
            _FINITE & set(tokens[back : at - 1])
        ):
            return start
        if tokens[back - 1] in ("if", "when") or tokens[back - 1] in _SUBJECTS:
            return back
        back -= 1
    return back


_DO_IT = frozenset(
    (verb, what) for verb in ("do", "try", "attempt") for what in ("it", "this", "that", "so")
)
_ALL_THAT = among("both it them this that these those")
"""What denies all that was said before: "…, so never do it"."""
_AFTER_ITS_THING = among("avoided forbidden prohibited refused")
_SUBJECTS = among("you they it we he she i")
_FINITE = among("is are was were has have had")
_IS = among("is are was were be been")
_IS_NOT = among("isn't aren't wasn't weren't")


def _verb_before(tokens: list[str], at: int) -> int:
    """Where the reach begins: "give nothing", "put no ice" deny the verb before, too."""
    if tokens[at] not in ("no", "nothing", "nobody") or not at:
        return at
    verb = tokens[at - 1]
    return at - 2 if verb[0].isalpha() and verb not in lexicon.STOP else at


def _ends(found: Reading, start: int, at: int) -> bool:
    """Whether the reach of the negation at `start` ends before the token `at`."""
    token = found.tokens[at]
    if found.tokens[start] in ("instead", "rather") and token in _PLACING:
        return True
    if token in _STOPS or (_hard(found.tokens, at) and token not in _RELATIVE and at > start + 1):
        return True
    if token in (",", "and", "or", "nor", "but") and (
        negates(found.tokens, at + 1)
        or (negates(found.tokens, at + 2) and found.tokens[at + 2] != "without")
    ):
        return True
    if token == ",":
        if found.segments[at] != found.segments[at - 1]:
            return True
        if {"that", "which", "who"} & set(found.tokens[max(0, start - 3) : start]):
            return True  # "a headache that does not go away, …"
        ahead = found.tokens[at + 1 : at + 7]
        return not any(word in (",", "or", "nor") for word in ahead)
    return token == "and" and found.segments[at] != found.segments[at - 1]
