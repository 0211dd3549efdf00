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

from typing import NamedTuple

from hearth.ask.sentences import HEADING, ITEM, PRE, PROSE, ROW, Sentence, is_intro
from hearth.ask.wording import Wording, ended, of
from hearth.languages import ENGLISH

MOST_WORDS = 320  # of one closure
MOST_ITEMS = 14  # of one list quoted whole
LIST_WORDS = 260
SECTION_WORDS = 260  # of a section quoted as a whole
MOST_FORBIDDING = 4  # items beyond a cut that forbid something come along all the same


class Closure(NamedTuple):
    """Indices (ascending) that are quoted together; `cut` items of their list were left out."""

    indices: list[int]
    cut: int


def fragment(one: Sentence) -> bool:
    """Whether an item cannot stand alone: no end, and not an instruction of some length."""
    return not ended(one.text) or len(one.text.split()) < 4


class Guard:
    """Computes closures in one run of sentences (a stretch of one document, in order)."""

    def __init__(self, sentences: list[Sentence], wording: Wording | None = None) -> None:
        self.sentences = sentences
        self.wording = wording or of(ENGLISH)

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

    def section(self, start: int, end: int) -> Closure | None:
        """The sentences `start:end` from the first on, cut at a sentence that may be last."""
        words, last = 0, start
        for at in range(start, end):
            one = self.sentences[at]
            words += len(one.text.split())
            if words > SECTION_WORDS and not (
                self.wording.forbids.search(one.text) or self.wording.dangles(one.text)
            ):
                break
            if not (is_intro(one.text) or self.wording.label.match(one.text)):
                last = at + 1
        kept = list(range(start, last))
        if (
            not kept
            or self.sentences[start].kind == PRE
            or self.wording.dangles(self.sentences[start].text)
        ):
            return None
        return Closure(self._heading(start) + kept, end - last)

    def limits(self, index: int) -> list[int]:
        """The sentences beside `index` that restrict it or caution about it."""
        return sorted({*self._restrictions(index, True), *self._set_apart(index)})

    def _needed(self, at: int, anchor: bool) -> tuple[list[int], int] | None:
        """What sentence `at` itself needs; None if it cannot be quoted."""
        one = self.sentences[at]
        if one.kind == HEADING:
            return [], 0
        if one.kind == PRE:
            return None
        need: list[int] = []
        cut = 0
        if one.kind == PROSE and self.wording.label.match(one.text):
            return self._labelled(at)
        if one.kind == PROSE and not ended(one.text):
            return None
        if one.intro is not None:
            need.append(one.intro)
        elif one.kind == ITEM and one.text[:1].islower() and one.first:
            return None  # the second half of a list whose beginning is elsewhere
        if (
            self.wording.dangles(one.text)
            or one.text[:1] in "(["
            or (one.text[:1].islower() and one.kind == PROSE)
        ):
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
        if anchor:
            need.extend(self._set_apart(at))
        need.extend(self._heading(at))
        return need, cut

    def _labelled(self, at: int) -> tuple[list[int], int] | None:
        """A line that says no more than "CAUTION" needs what it announces."""
        after = at + 1
        if after >= len(self.sentences) or self.sentences[after].kind == HEADING:
            return None
        return [after], 0

    def _set_apart(self, at: int) -> list[int]:
        """The warning that a manual sets apart right after the paragraph or list of `at`."""
        here = self.sentences[at]
        for index in range(at + 1, len(self.sentences)):
            one = self.sentences[index]
            if one.block == here.block or one.kind == here.kind == ITEM:
                continue
            return [index] if one.kind == PROSE and self.wording.labelled.match(one.text) else []
        return []

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
        rest = members[len(kept) :]
        forbidding = [
            i for i in rest if sentences[i].first and self.wording.forbids.search(sentences[i].text)
        ]
        kept_forbidding = forbidding[:MOST_FORBIDDING]
        left = sum(sentences[i].first for i in rest) - len(kept_forbidding)
        while rest and kept and kept[-1] > at and self._continues(kept[-1], members):
            kept.pop()
        return kept + kept_forbidding, max(0, left)

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
            cautions = one.kind == ITEM and one.first and self.wording.cautions.match(before.text)
            limits = self.wording.forbids.search(before.text) or self.wording.parallel(
                before.text, one.text
            )
            if cautions or (near and limits):
                need.append(at - 1)
        return need

    def _limits_after(self, one: Sentence, after: Sentence, anchor: bool) -> bool:
        if after.kind == HEADING:
            return False
        if after.block == one.block:
            limits = self.wording.restricts if anchor else self.wording.forbids
            return bool(
                limits.search(after.text)
                or after.text[:1] == "("
                or (anchor and self.wording.changes(after.text))
                or self.wording.parallel(one.text, after.text)
            )
        caution = bool(self.wording.cautions.match(after.text))
        if one.kind == ITEM == after.kind:
            return caution or (anchor and bool(self.wording.forbids.search(after.text)))
        return caution and (one.kind == PROSE == after.kind or (anchor and one.kind == ITEM))

    def _heading(self, at: int) -> list[int]:
        for index in range(at - 1, -1, -1):
            if self.sentences[index].kind == HEADING:
                return [index] if self.wording.heading.search(self.sentences[index].text) else []
        return []
