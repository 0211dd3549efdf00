"""What the wording of a sentence gives away: that it limits, forbids, points back, tells to do.

The tables here are of English, those of other languages in `tongues`; `of` gives what belongs to a
passage's language. First words are looked up in tables rather than matched by one great expression,
because compiling such an expression takes longer than answering.
"""

from __future__ import annotations

import re
from functools import lru_cache

from hearth.ask.words import among
from hearth.languages import ENGLISH

# Do not, must not, unless, but, only, danger: in scripts without spaces, wherever they stand.
_EASTERN = (
    "不要|不能|不可|不得|切勿|请勿|禁止|严禁|除非|否则|但是|然而|小心|警告|注意|危险|避免|只有|只能|"
    "ないで|てはいけ|てはなら|しかし|ただし|危険|以外|だけ|避け|อย่า|ห้าม|ยกเว้น|ระวัง|แต่|เท่านั้น"
)

RESTRICTS = re.compile(
    r"\b(?:not|cannot|never|unless|except|excluding|however|but|otherwise|although|though|avoid|"
    r"until|instead|stop|without|exceptions?|limit|toxic|deadly|fatal|kills?|unsafe|warnings?|cautions?|"
    r"danger(?:ous)?|beware|only (?:if|when|use|after|in|as|for|with|by|a|the)|rather than|risk of|"
    r"even (?:if|when|though)|no longer)\b|n['’]t\b|^only\b|" + _EASTERN,
    re.I,
)
"""In a sentence next to a quoted one: it limits, forbids or contrasts it."""

FORBIDS = re.compile(
    r"^(?:\W*(?:warning|caution|danger|important|note|avoid|only|no)\b)"
    r"|\b(?:never|unless|except|cannot|(?:do|must|should|may) not|only (?:if|when|use|after))\b"
    r"|\b(?:do|must|should|ca)n['’]t\b|" + _EASTERN,
    re.I,
)
"""The narrower kind: it forbids, or permits under one condition alone."""

CAUTIONS = re.compile(
    r"\W*(?:warning|caution|danger|important|note|exception|do not|don['’]t|never|however|but|"
    r"unless|except|only if)\b",
    re.I,
)
"""How a paragraph or item of its own begins that cautions about the one before it."""

LABEL = re.compile(r"\W*(?:warnings?|cautions?|danger|important|notes?|attention)\W*$", re.I)
"""A line that is nothing but "CAUTION": what follows is meant."""

LABELLED = re.compile(r"\W*(?:warning|caution|danger|attention)\b\s*(?:[:.!—–-]|$)", re.I)
"""The beginning of a paragraph that a manual sets apart as a warning."""

HEADING_FORBIDS = re.compile(
    r"\b(?:not|never|don['’]t|avoid|no|myths?|mistakes?|wrong|unless|except|only|without|unsafe|"
    r"dangerous)\b",
    re.I,
)

FIGURE = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|twelve|fifteen|twenty|thirty|forty|"
    r"sixty|half|double|once|twice|quarter|longer|shorter|more|less|fewer)\b",
    re.I,
)

MEASURE = re.compile(
    r"\d[\d.,/]*\s*(?:%|drops?|ml|mg|g\b|litres?|liters?|gallons?|quarts?|teaspoons?|tablespoons?|"
    r"cups?|minutes?|hours?|days?|°)",
    re.I,
)
"""A dose, a time or a temperature."""

_ENDED = re.compile(r"[.!?:;…。！？؟।](?:[\"'”’)\]*_」』]|\s?»)*$")
_TOKENS = re.compile(r"[a-z]+(?:['’-][a-z]+)*", re.I)

_CASES = among(
    """at above below for if when in over under after with adult adults children babies infants
    double twice half halve repeat add increase reduce older younger longer pregnant"""
)

_POINTERS = among(
    """this that these those it them they its their theirs he him his she her hers so such which
    it's that's"""
)
_BACKWARD = among(
    """this that these those it its it's they them their theirs he him his she her hers then thus
    therefore hence otherwise so such also instead however but and or nor yet still likewise
    similarly meanwhile afterward afterwards thereafter consequently furthermore moreover
    additionally besides conversely either neither both another other others next finally
    lastly second secondly third thirdly that's they're he's she's"""
)
_BEFORE_POINTER = among(
    """if when as once after before until while by because since unless in for from with to at of
    on during doing under without like despite use repeat follow continue do make one some
    all most each any none"""
)
_AFTER_THE = among("same other former latter above second third next resulting following rest")
_TWO_WORDS = frozenset(
    [("if", "so"), ("if", "not"), ("if", "necessary"), ("as", "above"), ("see", "above")]
)
_EXPLETIVE = re.compile(
    r"^\W*(?:it(?:['’]s| is| was| may be| can be| will be| would be)"
    r"(?: (?:also|often|usually|very|not|never|always|generally|best|still|more|much|extremely))* "
    r"\w+ (?:to|that|if|for)\b|it (?:takes|may take)\b|so (?:that|far)\b|both \w+ and\b|"
    r"either \w+ or\b|those (?:who|with|whose|in|at)\b|next to\b|another (?:person|adult|way)\b|"
    r"other people\b|in this (?:country|card|guide|section|manual|chapter)\b)",
    re.I,
)

_VERBS = among(
    """do don't don’t never always avoid add apply ask back begin bend blow boil bring brush bury
    call carry catch change charge check choose clean clear climb close collect cook cool
    count cover crawl cut dial dig dip discard disconnect dispose drain drink drive drop dry
    eat elevate empty evacuate expect fill filter find fit flush fold follow get give go
    have hang heat help hold immerse insulate keep kneel lay lean leave let lie lift light
    limit line listen lock look loosen lower make measure melt mix move mark note open pack
    pad phone pinch place plan plug point pour press prevent protect pull push put raise
    reach read reassure remember remove repeat replace rest return rinse roll run scrub seal
    search seek send separate set shake share shelter shine shut sit sleep slow smell soak
    speak splint split spread sprinkle squeeze stand start stay stick stir stop store strain
    stretch switch take talk teach tear tell test think throw tie tilt tip touch treat try
    turn unplug use ventilate wait walk warm wash watch wear weigh wet wipe work wrap write"""
)
_BEFORE_VERB = among("then first always also gently slowly immediately carefully please next again")
_CLAUSE = among("if when once while until before after for in at as with to during unless where")


def tokens(text: str, most: int = 4) -> list[str]:
    """The first words of a text, lower case."""
    found = []
    for match in _TOKENS.finditer(text):
        found.append(match.group().lower().replace("’", "'"))
        if len(found) == most:
            break
    return found


def dangles(text: str) -> bool:
    """Whether the sentence points back to something that stands before it."""
    begins = tokens(text)
    if not begins or _EXPLETIVE.match(text):
        return False
    first, second = begins[0], begins[1] if len(begins) > 1 else ""
    if first in _BACKWARD or (first == "the" and second in _AFTER_THE):
        return True
    if first in _BEFORE_POINTER and second in _POINTERS:
        return True
    if len(begins) > 2 and second in ("of", "doing") and begins[2] in _POINTERS:
        return True  # "one of these", "after doing this"
    if (first, second) in _TWO_WORDS or begins[:3] == ["as", "a", "result"]:
        return True
    return _object_points_back(begins)


def _object_points_back(begins: list[str]) -> bool:
    """ "Keep it dry", "Warm them slowly": told to do something to what stands before."""
    start = 1 if begins[0] in _BEFORE_VERB or begins[:2] == ["do", "not"] else 0
    start += begins[:2] == ["do", "not"]
    if start >= len(begins) or begins[start] not in _VERBS:
        return False
    return any(word in ("it", "them", "him", "her") for word in begins[start + 1 : start + 3])


def ended(text: str) -> bool:
    """Whether the sentence has an end of its own."""
    return _ENDED.search(text) is not None


def parallel(text: str, other: str) -> bool:
    """Whether two sentences begin alike and both hold figures: doses for different strengths."""
    return (
        tokens(text, 1) == tokens(other, 1) != []
        and MEASURE.search(text) is not None
        and MEASURE.search(other) is not None
    )


def imperative(text: str) -> bool:
    """Whether the sentence tells to do something, after a condition or at once."""
    begins = tokens(text)
    if begins and begins[0] in _CLAUSE:
        clause, comma, rest = text.partition(", ")
        if not comma or len(clause) > 110:
            return False
        begins = tokens(rest)
    while begins and begins[0] in _BEFORE_VERB:
        begins = begins[1:]
    return bool(begins) and begins[0] in _VERBS


class Wording:
    """What one language's wording gives away: for English, the functions and tables above."""

    restricts, forbids, cautions = RESTRICTS, FORBIDS, CAUTIONS
    label, labelled, heading = LABEL, LABELLED, HEADING_FORBIDS

    def dangles(self, text: str) -> bool:
        """Whether the sentence points back to something that stands before it."""
        return dangles(text)

    def imperative(self, text: str) -> bool:
        """Whether the sentence tells to do something."""
        return imperative(text)

    def changes(self, after: str) -> bool:
        """Whether a sentence gives another figure for another case."""
        begins = tokens(after, 1)
        return bool(begins) and begins[0] in _CASES and FIGURE.search(after) is not None

    def parallel(self, text: str, other: str) -> bool:
        """Whether two sentences begin alike and both hold figures: doses for strengths."""
        return parallel(text, other)


_ENGLISH = Wording()


@lru_cache(maxsize=8)
def of(language: str) -> Wording:
    """The wording of a language; English for what is not known."""
    if language == ENGLISH:
        return _ENGLISH
    from hearth.ask.foreign_wording import wording

    return wording(language)
