"""What a sentence must never be quoted without.

A sentence taken out of its paragraph can say the opposite of its paragraph. `closure` returns
everything that has to travel with it, by these rules, applied until nothing more is added:

restriction  the next sentence, or a neighbouring item of the same list, that says "do not",
             "never", "unless", "only if", "except", "but", "however", "otherwise" and the like
             comes along, and so does the sentence before if it forbids or limits; a caution that
             stands in a paragraph of its own right after comes along too
figure       the next sentence, where it changes a figure for a case ("At altitudes above …",
             "Double the amount if …", "For children …"), comes along
antecedent   a sentence that begins with a word pointing backwards ("This", "It", "Then",
             "Otherwise") brings the sentence before; with nothing before it, it is not quoted
introduction a list item or table row brings the line its list hangs on, a sentence that ends in a
             colon brings what it introduces
list         fragments are quoted as the whole list; numbered steps from the first one on
heading      under a heading that itself forbids ("What not to do") the heading comes along
whole        what has no end (a line cut by a page break) is not quoted

When all this grows beyond a limit the sentence is not quoted at all: none beats half. Only lists
may be cut, at an item's end, and the cut is reported so that it can be said.
"""

from __future__ import annotations

import re

from hearth.ask.sentences import HEADING, ITEM, PRE, PROSE, ROW, Sentence, is_intro

MOST_WORDS = 260  # of one closure
MOST_ITEMS = 14  # of one list quoted whole
LIST_WORDS = 200

_NOT = r"(?:not|never|n't|nor|cannot|neither)"
RESTRICTS = re.compile(
    r"\b(?:do|does|did|must|should|can|could|will|would|may|might|is|are|was|were|has|have) ?not\b"
    r"|\w+n['’]t\b|\b(?:not|never|cannot|unless|except|excluding|however|but|otherwise|although|though|avoid|"
    r"until|only (?:if|when|use|after|in|as|for|with|by|a|the)|instead|even (?:if|when|though)|"
    r"warnings?|cautions?|danger(?:ous)?|beware|stop|without|no longer|exceptions?|rather than|"
    r"limit|toxic|deadly|fatal|kills?|risk of|unsafe)\b|^only\b",
    re.I,
)
FORBIDS = re.compile(
    r"^(?:\W*(?:warning|caution|danger|important|note)\b|do not\b|don['’]t\b|never\b|avoid\b|"
    r"only\b|unless\b|except\b|no )|\b(?:do not|don['’]t|never|must not|mustn['’]t|should not|"
    r"shouldn['’]t|cannot|can['’]t|unless|except|only (?:if|when|use|after))\b",
    re.I,
)
_CAUTION = re.compile(
    r"\W*(?:warning|caution|danger|important|note|exception|do not|don['’]t|never|however|but|"
    r"unless|except|only if)\b",
    re.I,
)
_HEADING_FORBIDS = re.compile(
    r"\b(?:not|never|don['’]t|avoid|no|myths?|mistakes?|wrong|unless|except|only|without|unsafe|"
    r"dangerous)\b",
    re.I,
)
_CASE = re.compile(
    r"^\W*(?:at|above|below|for|if|when|in|over|under|after|with|adults?|children|babies|infants|"
    r"double|twice|half|halve|repeat|add|increase|reduce|older|younger|longer|pregnant)\b",
    re.I,
)
_FIGURE = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|twelve|fifteen|twenty|thirty|half|"
    r"double|twice|quarter|longer|shorter|more|less|fewer)\b",
    re.I,
)
MEASURE = re.compile(
    r"\d[\d.,/]*\s*(?:%|drops?|ml|mg|g\b|litres?|liters?|gallons?|quarts?|teaspoons?|tablespoons?|"
    r"cups?|minutes?|hours?|days?|°)",
    re.I,
)
_BACKWARD = re.compile(
    r"^[\W_]*(?:this|that|these|those|it|its|it's|they|them|their|theirs|he|him|his|she|her|hers|"
    r"then|thus|therefore|hence|otherwise|so|such|also|instead|however|but|and|or|nor|yet|still|"
    r"likewise|similarly|meanwhile|afterwards?|thereafter|consequently|furthermore|moreover|"
    r"additionally|besides|conversely|either|neither|both|another|others?|the (?:same|other|former|"
    r"latter|above|second|third|next|resulting|following day)|the rest|if (?:so|not|this|that|it|"
    r"they|these|those|he|she|necessary)|when (?:this|that|it|they|these|he|she)|"
    r"(?:as|once|after|before|until|while|by|because|since|unless|in|for|from|with|to|at|of|on|"
    r"during|doing|under|without|like|despite|due to|as a result of|in addition to|instead of)"
    r" (?:this|that|it|them|these|those|they|so|he|she|such|doing (?:so|this|that)|which)"
    r"|in (?:this|that|such|these|either|both) (?:case|way|situation|event|manner)s?|"
    r"as a result|for (?:this|that|these) reasons?|"
    r"after(?:ward| that| this)|next|finally|lastly|second(?:ly)?|third(?:ly)?|one of (?:these|them)|"
    r"some of (?:these|them)|all of (?:these|them|this)|most of (?:these|them)|each of (?:these|them)|"
    r"(?:use|repeat|follow|continue|do|make) (?:the above|this|these|that|those|it|them|so)\b)\b",
    re.I,
)
_EXPLETIVE = re.compile(
    r"^\W*(?:it(?:'s| is| was| may be| can be| will be| would be)(?: (?:also|often|usually|very|"
    r"not|never|always|generally|best|still|more|much|extremely))* \w+ (?:to|that|if|for)\b|"
    r"it takes\b|it may take\b|so (?:that|far)\b|both \w+ and\b|either \w+ or\b|"
    r"that is why\b|those (?:who|with|whose|in|at)\b|still water\b|second[- ]hand\b|"
    r"next to\b|then again\b|another (?:person|adult|way)\b|"
    r"others? (?:people|person)\b|in this (?:country|card|guide|section|manual|chapter)\b)",
    re.I,
)
_OBJECT = re.compile(
    r"^\W*(?:\w+ ){1,2}(?:it|them|him|her|this|these|those)\b(?! (?:is|are|was|were)\b)", re.I
)
_ENDED = re.compile(r"[.!?:;…。！？؟।][\"'”’)\]*_]*$")


def _changes(text: str, after: str, anchor: bool) -> bool:
    """Whether the next sentence gives another figure for another case."""
    if not _FIGURE.search(after):
        return False
    return (anchor and bool(_CASE.match(after))) or _parallel(text, after)


def _parallel(text: str, other: str) -> bool:
    """Whether two sentences begin alike and both hold figures: doses for different strengths."""
    begins, likewise = text.split(None, 1), other.split(None, 1)
    return (
        bool(begins and likewise)
        and begins[0].lower() == likewise[0].lower()
        and len(begins) == len(likewise) == 2
        and bool(MEASURE.search(text) and MEASURE.search(other))
    )


class Closure:
    """Indices (ascending) that are quoted together; `cut` items of their list were left out."""

    __slots__ = ("cut", "indices")

    def __init__(self, indices: list[int], cut: int) -> None:
        self.indices = indices
        self.cut = cut


def dangles(text: str) -> bool:
    """Whether the sentence points back to something that stands before it."""
    if _EXPLETIVE.match(text):
        return False
    return bool(_BACKWARD.match(text)) or bool(_OBJECT.match(text))


def restricts(text: str) -> bool:
    """Whether the sentence limits, forbids or contrasts what stands next to it."""
    return RESTRICTS.search(text) is not None


def ended(text: str) -> bool:
    """Whether the sentence has an end of its own."""
    return _ENDED.search(text) is not None


def fragment(one: Sentence) -> bool:
    """Whether an item cannot stand alone: no end, and not an instruction of some length."""
    return not ended(one.text) or len(one.text.split()) < 4


class Guard:
    """Computes closures in one run of sentences (a stretch of one document, in order)."""

    def __init__(self, sentences: list[Sentence]) -> None:
        self.sentences = sentences

    def closure(self, index: int) -> Closure | None:
        """What `index` is quoted with, itself included; None when it must not be quoted."""
        chosen: set[int] = set()
        cut = 0
        waiting = [index]
        anchors = {index}
        while waiting:
            at = waiting.pop()
            if at in chosen:
                continue
            chosen.add(at)
            needed = self._needed(at, at in anchors)
            if needed is None:
                return None
            more, left = needed
            cut = max(cut, left)
            waiting.extend(one for one in more if one not in chosen)
            if len(chosen) > 40:
                return None
        indices = sorted(chosen)
        if sum(len(self.sentences[one].text.split()) for one in indices) > MOST_WORDS:
            return None
        return Closure(indices, cut)

    def _needed(self, at: int, anchor: bool) -> tuple[list[int], int] | None:
        """What sentence `at` itself needs; None if it cannot be quoted."""
        one = self.sentences[at]
        if one.kind == HEADING:
            return [], 0
        if one.kind == PRE:
            return None
        need: list[int] = []
        cut = 0
        if one.kind == PROSE and not ended(one.text):
            return None
        if one.intro is not None:
            need.append(one.intro)
        elif one.kind == ITEM and one.text[:1].islower() and one.first:
            return None  # the second half of a list whose beginning is elsewhere
        if dangles(one.text) or one.text[:1] in "([" or (one.text[:1].islower() and one.kind == PROSE):
            before = self._antecedent(at)
            if before is None:
                return None
            if before >= 0:
                need.append(before)
        if not one.first:
            need.extend(self._item_start(at))
        if (is_intro(one.text) and anchor) or (one.kind == ITEM and self._needs_list(at, anchor)):
            members, cut = self._list(at)
            if not members and is_intro(one.text):
                return None
            need.extend(members)
        need.extend(self._restrictions(at, anchor))
        need.extend(self._heading(at))
        return need, cut

    def _item_start(self, at: int) -> list[int]:
        """A later sentence of a list item hangs on the item's first."""
        if self.sentences[at].kind != ITEM:
            return []
        first = at
        while not self.sentences[first].first:
            first -= 1
        return [first]

    def _antecedent(self, at: int) -> int | None:
        """The sentence that a backward-pointing one needs; -1 if its introduction will do."""
        one = self.sentences[at]
        if not one.first:
            return at - 1
        if one.kind in (ITEM, ROW):
            if at and self.sentences[at - 1].kind == one.kind and one.marker[:-1].isdigit():
                return at - 1
            return -1 if one.intro is not None else self._previous_item(at)
        if at and self.sentences[at - 1].kind == PROSE and ended(self.sentences[at - 1].text):
            return at - 1
        return None

    def _previous_item(self, at: int) -> int | None:
        return at - 1 if at and self.sentences[at - 1].kind == ITEM else None

    def _needs_list(self, at: int, anchor: bool) -> bool:
        one = self.sentences[at]
        return anchor and (one.marker[:-1].isdigit() or fragment(one))

    def _list(self, at: int) -> tuple[list[int], int]:
        """The members of the list that `at` belongs to or introduces, and how many were left out.

        Members after the limit are left out, never those before `at`.
        """
        sentences = self.sentences
        if sentences[at].kind == ITEM:
            owner = sentences[at].intro
            start = at
            while start and sentences[start - 1].kind == ITEM:
                start -= 1
        else:
            owner, start = at, at + 1
        end = start
        while end < len(sentences) and sentences[end].kind in (ITEM, ROW):
            end += 1
        members = [i for i in range(start, end) if self._under(i, owner)]
        words, kept, firsts = 0, [], 0
        for number, member in enumerate(members):
            words += len(sentences[member].text.split())
            firsts += sentences[member].first
            if member > at and (words > LIST_WORDS or firsts > MOST_ITEMS) and number:
                break
            kept.append(member)
        left = sum(sentences[i].first for i in members[len(kept) :])
        while left and kept and kept[-1] > at and self._continues(kept[-1], members):
            kept.pop()
        return kept, left

    def _continues(self, last: int, members: list[int]) -> bool:
        """Whether the member after `last` is a later sentence of the same item."""
        following = last + 1
        return following in members and not self.sentences[following].first

    def _under(self, index: int, owner: int | None) -> bool:
        above = self.sentences[index].intro
        while above is not None and above != owner:
            above = self.sentences[above].intro
        return above == owner

    def _restrictions(self, at: int, anchor: bool) -> list[int]:
        one = self.sentences[at]
        need = []
        after = self.sentences[at + 1] if at + 1 < len(self.sentences) else None
        if after is not None and self._limits_after(one, after, anchor):
            need.append(at + 1)
        before = self.sentences[at - 1] if at else None
        if anchor and before is not None and before.kind == one.kind != HEADING:
            near = before.block == one.block
            if near and (FORBIDS.search(before.text) or _parallel(before.text, one.text)):
                need.append(at - 1)
            elif one.kind == ITEM and one.first and _CAUTION.match(before.text):
                need.append(at - 1)
        return need

    def _limits_after(self, one: Sentence, after: Sentence, anchor: bool) -> bool:
        if after.kind == HEADING:
            return False
        if after.block == one.block:
            limits = RESTRICTS if anchor else FORBIDS
            return bool(
                limits.search(after.text)
                or after.text[:1] == "("
                or _changes(one.text, after.text, anchor)
            )
        caution = bool(_CAUTION.match(after.text))
        if one.kind == ITEM == after.kind:
            return caution or (anchor and bool(FORBIDS.search(after.text)))
        return caution and (one.kind == PROSE == after.kind or (anchor and one.kind == ITEM))

    def _heading(self, at: int) -> list[int]:
        for index in range(at - 1, -1, -1):
            if self.sentences[index].kind == HEADING:
                return [index] if _HEADING_FORBIDS.search(self.sentences[index].text) else []
        return []
