"""The sentences of cited passages, as a written statement is held against them."""

from __future__ import annotations

from collections.abc import Sequence

from hearth.ask.sentences import HEADING, ITEM, ROW, Sentence, is_intro, split
from hearth.ask.wording import HEADING_FORBIDS, dangles, ended
from hearth.ask.words import among
from hearth.languages import ENGLISH, unspaced
from hearth.languages.detecting import language
from hearth.writing.parts import Reading, Word
from hearth.writing.reading import read

_ENDINGS = among(
    """a al an ant ar ary at e ed er i ic ical if in ing ion ist it iti iv li ment n ness or ou t y
    s"""
) | {""}


Pair = tuple[str, str]
"""A code for programs, and the same for people."""


class Line:
    """One sentence that may bear a statement out.

    `reading` is the sentence, with the line it hangs on where it is no sentence without it;
    `context` what its words may be taken to be about: title, heading, the sentence that it points
    back to. `passage` is the number of its passage in the order given, `index` its own in there;
    `english` is whether that is in English, the only language that the rules know.
    """

    __slots__ = (
        "by_key", "context", "english", "index", "passage", "reading", "sentence", "tokens",
    )  # fmt: skip

    def __init__(
        self, sentence: Sentence, passage: int, index: int, text: str, context: str
    ) -> None:
        self.sentence = sentence
        self.passage = passage
        self.index = index
        self.english = True
        self.reading: Reading = read(text)
        self.context = frozenset(key for word in read(context).words for key in word.keys)
        self.tokens = frozenset(self.reading.tokens)
        self.by_key: dict[str, list[Word]] = {}
        for word in self.reading.words:
            for key in (*word.keys, *word.others):
                self.by_key.setdefault(key, []).append(word)

    def words(self, word: Word) -> list[Word]:
        """The sentence's own words that stand for this one."""
        for key in word.keys:
            if key in self.by_key:
                return self.by_key[key]
        if family := [
            one for key, ones in self.by_key.items() if akin(key, word.stem) for one in ones
        ]:
            return family
        return [one for key in word.others for one in self.by_key.get(key, ())]


def akin(one: str, other: str) -> bool:
    """Whether two stems are of one family: disinfect and disinfectant, poison and poisonous."""
    short, long = sorted((one, other), key=len)
    return len(short) >= 5 and long.startswith(short) and long[len(short) :] in _ENDINGS


def lines(passages: Sequence[str], contexts: Sequence[str] = ()) -> list[Line]:
    """Every sentence of the passages; `contexts` are their titles and headings, in order."""
    found: list[Line] = []
    for number, text in enumerate(passages):
        context = contexts[number] if number < len(contexts) else ""
        sentences = split(text)
        english = language(text) == ENGLISH and not unspaced.any_in(text)
        for index, one in enumerate(sentences):
            if one.kind == HEADING:
                continue
            above = _hangs_on(one, sentences, context)
            back = _points_back(one, index, sentences)
            line = Line(one, number, index, f"{above}{one.text}", f"{context}. {back}")
            line.english = english
            found.append(line)
    return found


def _hangs_on(one: Sentence, sentences: list[Sentence], context: str) -> str:
    """What a fragment has to be read together with: the line that introduces it, a table's first
    row, a heading that forbids."""
    above = sentences[one.intro] if one.intro is not None else None
    if one.kind == ROW and above is not None:
        return f"{above.text} "
    if one.kind == ITEM and above is not None and is_intro(above.text) and one.first:
        denies = bool(read(above.text).negations)
        return above.text.rstrip(":—– ") + (" " if denies else ": ")
    heading = context.rpartition(" › ")[2]
    if not ended(one.text) and HEADING_FORBIDS.search(heading):
        return f"{heading.rstrip('?')} "
    return ""


def _points_back(one: Sentence, index: int, sentences: list[Sentence]) -> str:
    """The sentence before, where this one points back to it, and the line that it hangs on."""
    parts = []
    if one.intro is not None:
        parts.append(sentences[one.intro].text)
    hangs = dangles(one.text) or (one.kind == ITEM and not one.first)
    if index and hangs and sentences[index - 1].kind != HEADING:
        parts.append(sentences[index - 1].text)
    return " ".join(parts)
