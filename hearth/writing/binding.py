"""What a clause binds together, held against the sentence that has all its words.

Each rule returns (code, text) pairs; see `hearth.writing.checks`.
"""

from __future__ import annotations

from collections.abc import Iterator

from hearth.ask.wording import imperative
from hearth.writing import lexicon, quantities
from hearth.writing.evidence import Line
from hearth.writing.quantities import Quantity
from hearth.writing.reading import Negation, Reading, Word

Pair = tuple[str, str]
NEAR = 8  # tokens around a figure that tell what it is for
VERBATIM = 0.85  # of the source's words: whoever keeps so many keeps its negations, too
CLOSE = 3  # tokens between words of two segments that still belong together
_EMPTY = frozenset(["a", "an", "the", "of", "to", "and", ",", "is", "are", "be", "it"])
_PRONOUNS = frozenset(["it", "its", "they", "them", "their", "this", "that", "these", "those"])
_PLACING = frozenset(
    ["before", "after", "above", "below", "over", "under", "underneath", "beneath", "into", "from", "to", "inside", "outside", "on", "off", "up", "down", "in", "out", "towards", "toward", "away"]
)
_STRICT = (quantities.MORE, quantities.LESS)
_CONDITIONS = frozenset(["if", "when", "whenever", "while"])
_ONLY = frozenset(["if", "when", "after", "with", "for", "by", "in", "as", "on", "to", "once", "while"])


def faults(reading: Reading, line: Line) -> list[Pair]:
    """Everything that the clause binds otherwise than the sentence."""
    return [
        *_figures(reading, line),
        *_negations(reading, line),
        *_opposites(reading, line),
        *_restrictions(reading, line),
        *_repeats(reading, line),
        *_scattered(reading, line),
        *_replaced(reading, line),
    ]


# --- figures -------------------------------------------------------------------------------------


def _figures(reading: Reading, line: Line) -> list[Pair]:
    found: list[Pair] = []
    used: dict[int, int] = {}
    for one in reading.figures:
        fits = [other for other in line.reading.figures if _equal(one, other, line)]
        if not fits:
            known = any(one.value == other.value for other in line.reading.figures)
            code = "unit" if known else "number"
            found.append((code, f"{one.said} is not in the source"))
            continue
        near = [(_nearness(reading, one, line.reading, other), other) for other in fits]
        best, taken = max(near, key=lambda pair: pair[0])
        rivals = [
            _nearness(reading, one, line.reading, other)
            for other in line.reading.figures
            if other.unit == one.unit and other.value != one.value
        ]
        used[id(taken)] = used.get(id(taken), 0) + 1
        if rivals and (max(rivals) > best or used[id(taken)] > 1):
            found.append(("number", f"{one.said} stands for something else in the source"))
        elif not any(_bound_fits(one.bound, other.bound) for other in fits):
            found.append(("bound", f'"{one.bound or "exactly"} {one.said}" is not in the source'))
    return found


def _equal(one: Quantity, other: Quantity, line: Line) -> bool:
    if one.value != other.value:
        return False
    if one.unit == other.unit:
        return True
    if {one.unit, other.unit} <= {"degree", "°C", "°F"}:
        return "degree" in (one.unit, other.unit)
    counted = one.unit[:1] in ("#", "") and other.unit[:1] in ("#", "")
    return counted and (not one.unit or not other.unit or one.unit[1:] in line.by_key)


def _bound_fits(one: str, other: str) -> bool:
    if one in _STRICT or other in _STRICT:
        return one == other
    if one in (quantities.LEAST, quantities.MOST):
        return one == other
    return True


def _nearness(reading: Reading, one: Quantity, source: Reading, other: Quantity) -> float:
    """How alike what stands around two figures is, 0 to 1 (the cosine)."""
    mine, theirs = _around(reading, one), _around(source, other)
    shared = sum(near * theirs[key] for key, near in mine.items() if key in theirs)
    sizes = sum(near**2 for near in mine.values()) * sum(near**2 for near in theirs.values())
    return round(shared / sizes**0.5, 6) if sizes else 0.0


def _around(reading: Reading, figure: Quantity) -> dict[str, float]:
    found: dict[str, float] = {}
    keys = {word.at: word.key for word in reading.words}
    for one in reading.figures:
        keys[one.at] = f"{one.value} {one.unit}"
    segment = reading.segments[figure.at]
    for at in range(max(0, figure.at - NEAR), min(len(reading.tokens), figure.end + NEAR)):
        if figure.at <= at < figure.end or reading.tokens[at] in _EMPTY:
            continue
        if not (reading.tokens[at][0].isalnum() or at in keys):
            continue
        distance = figure.at - at if at < figure.at else at - figure.end + 1
        near = (1.0 if reading.segments[at] == segment else 0.4) / (1 + distance)
        if at not in keys:
            near *= 0.5
        key = keys.get(at, reading.tokens[at])
        found[key] = max(found.get(key, 0.0), near)
    return found


# --- negation ------------------------------------------------------------------------------------


def _negations(reading: Reading, line: Line) -> list[Pair]:
    for word in reading.words:
        if word.key in lexicon.GENERAL:
            continue
        others = _bound(reading, word, line)
        if not others:
            continue
        if word.turned and not any(other.turned for other in others):
            if _heads(reading, word) or not _turned_beside(reading, word, line):
                return [("negation", f'the source does not deny "{word.text}"')]
        elif not word.turned and all(other.turned for other in others):
            if word.reached or not _excused(reading, word, line, others):
                return [("negation", f'the source denies "{word.text}"')]
        elif not word.turned and any(other.turned for other in others):
            alone = not any(True for _ in neighbours(reading, word, line))
            if alone and not word.light:
                return [("negation", f'the source denies "{word.text}" elsewhere')]
    if (whole := _whole_parts(reading, line)) is not None:
        theirs = sum(
            line.reading.parts[one.end - 1] in whole and _concerns(reading, line, one)
            for one in line.reading.negations
        )
        if theirs != len(reading.negations):
            return [("negation", "the source denies more, or less")]
    if reading.negations and not (line.reading.negations or _denies(line.reading)):
        return [("negation", "the source does not deny it")]
    return []


def _concerns(reading: Reading, line: Line, negation: Negation) -> bool:
    """Whether a negation of the source reaches a word that the clause has, or none that says
    anything."""
    reached = [one for one in line.reading.content if negation.start < one.at < negation.end]
    used = {id(other) for word in reading.content for other in line.words(word)}
    return not reached or any(id(one) in used for one in reached)


def _whole_parts(reading: Reading, line: Line) -> set[int] | None:
    """The parts of the source that the clause takes over nearly whole, if it takes no others."""
    used = {id(other) for word in reading.content for other in _bound(reading, word, line)}
    sizes: dict[int, list[bool]] = {}
    for word in line.reading.content:
        sizes.setdefault(word.part, []).append(id(word) in used)
    whole = {part for part, taken in sizes.items() if sum(taken) >= VERBATIM * len(taken)}
    some = {part for part, taken in sizes.items() if any(taken)}
    return whole if whole and whole == some else None


def neighbours(reading: Reading, word: Word, line: Line) -> Iterator[list[Word]]:
    """What stands right before and after a word in its part, as words of the source."""
    mine = [
        one
        for one in reading.words
        if one is word or (_binds(one) and one.part == word.part and line.words(one))
    ]
    at = next(place for place, one in enumerate(mine) if one is word)
    if at > 0:
        yield line.words(mine[at - 1])
    if at < len(mine) - 1:
        yield line.words(mine[at + 1])


def _binds(word: Word) -> bool:
    return word.key not in lexicon.GENERAL and word.stem not in lexicon.RELATIONS


def _bound(reading: Reading, word: Word, line: Line) -> list[Word]:
    """The words of the source that this one stands for: those beside what it stands beside here,
    if there are any."""
    others = line.words(word)
    if len(others) < 2:
        return others
    near = [one for ones in neighbours(reading, word, line) for one in ones]
    for there in ({one.segment for one in near}, {-1 - one.part for one in near}):
        beside = [one for one in others if one.segment in there or -1 - one.part in there]
        if beside:
            return beside
    return others


def _denies(source: Reading) -> bool:
    return any(token in lexicon.NEGATED or token in lexicon.RESTRICTORS for token in source.tokens)


def _heads(reading: Reading, word: Word) -> bool:
    """Whether a word is the first that a negation reaches: what is denied."""
    for one in reading.negations:
        reached = [other for other in reading.words if one.start < other.at < one.end]
        strong = [other for other in reached if not other.light] or reached
        if strong and (strong[0] is word or reached[0] is word):
            return True
    return False


def _turned_beside(reading: Reading, word: Word, line: Line) -> bool:
    """Whether another word that the same negation reaches is denied in the source too."""
    return any(
        other is not word and other.turned and any(one.turned for one in line.words(other))
        for other in reading.words
        if other.segment == word.segment
    )


def _excused(reading: Reading, word: Word, line: Line, others: list[Word]) -> bool:
    """Whether a word that the source denies may stand here undenied: it is not what the source
    denies first, and something else in this clause is denied as there ("water that smells of fuel
    must not be drunk"), or the source goes on about it ("…, because they …")."""
    if any(_heads(line.reading, other) for other in others):
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


def _borrowing(source: Reading) -> set[int]:
    """Segments that begin by pointing back to what was said before."""
    found = set()
    for at, segment in enumerate(source.segments):
        first = at == 0 or source.segments[at - 1] != segment
        if first and segment and _PRONOUNS & set(source.tokens[at : at + 3]):
            found.add(segment)
    return found


# --- opposites -----------------------------------------------------------------------------------


def _opposites(reading: Reading, line: Line) -> list[Pair]:
    table = lexicon.opposites()
    mine, theirs = _marks(reading), _marks(line.reading)
    for at, stem in mine:
        against = table.get(stem)
        if not against:
            continue
        same = [place for place, other in theirs if other == stem]
        turned = [place for place, other in theirs if other in against]
        if not turned:
            continue
        if reading.tokens[at] in _PLACING:
            right = _object(reading, at)
            if (
                right
                and any(_object(line.reading, place) == right for place in turned)
                and not any(_object(line.reading, place) == right for place in same)
            ):
                return [
                    ("opposite", f'"{reading.tokens[at]}" is the other way round in the source')
                ]
            continue
        here = _beside(reading, at)
        if not same:
            direction = any(_beside(line.reading, place) & here for place in turned)
            if direction or not _known(reading, at, line):
                return [("opposite", f'the source says the opposite of "{reading.tokens[at]}"')]
            continue
        near = max(len(_beside(line.reading, place) & here) for place in same)
        wrong = max(len(_beside(line.reading, place) & here) for place in turned)
        if wrong > near:
            return [("opposite", f'"{reading.tokens[at]}" is said of something else in the source')]
    return []


def _object(reading: Reading, at: int) -> str:
    """What follows a preposition: the next word or figure."""
    things = {word.at: word.key for word in reading.words if not word.light}
    things |= {one.at: f"{one.value} {one.unit}" for one in reading.figures}
    after = [place for place in things if place > at]
    return things[min(after)] if after else ""


def _marks(reading: Reading) -> list[tuple[int, str]]:
    table = lexicon.opposites()
    found = []
    for at, token in enumerate(reading.tokens):
        if (
            token[0].isalpha()
            and at not in reading.fixed
            and (stem := lexicon.stem(token)) in table
        ):
            found.append((at, stem))
    return found


def _known(reading: Reading, at: int, line: Line) -> bool:
    return any(word.at == at and line.words(word) for word in reading.words)


def _beside(reading: Reading, at: int) -> frozenset[str]:
    """What stands right beside a place: two things on either side."""
    things = {word.at: word.key for word in reading.words}
    things |= {one.at: f"{one.value} {one.unit}" for one in reading.figures}
    after = sorted(place for place in things if place > at)[:2]
    before = sorted((place for place in things if place < at), reverse=True)[:2]
    return frozenset(things[place] for place in after + before)


# --- restrictions --------------------------------------------------------------------------------


def _restrictions(reading: Reading, line: Line) -> list[Pair]:
    source = line.reading
    mine = {token for token, _ in reading.restrictors}
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
        conditional = _CONDITIONS & set(reading.tokens) or {
            "after",
            "once",
            "until",
            "before",
        } & set(reading.tokens)
        if token in ("only", "until") and conditional and _uses(reading, line, region):
            continue
        if token in ("unless", "except") and _uses(reading, line, region) and reading.negations:
            if conditional and any(word.turned for word in reading.words if word in region):
                continue
        return [("restriction", f'the source restricts it ("{token} …")')]
    return []


def _parts(source: Reading, at: int, segment: int, first: bool) -> tuple[list[Word], list[Word]]:
    """What a restriction is about, and what it says."""
    own = [word for word in source.content if word.segment == segment]
    nxt = [word for word in source.content if word.segment == segment + 1]
    if not first:
        head = [word for word in own if word.at < at]
        tail = [word for word in own if word.at > at]
        return head or own, tail or nxt
    before = [word for word in source.content if word.segment == segment - 1]
    return (before or nxt), own or nxt


def _uses(reading: Reading, line: Line, words: list[Word]) -> bool:
    """Whether a clause speaks of these words of the source: of half of them, or of two."""
    wanted = {word.key for word in words} - {"onli"}
    have = {other.key for word in reading.words for other in line.words(word)} & wanted
    return bool(wanted) and (2 * len(have) >= len(wanted) or len(have) >= 3)


def left_out(reading: Reading, line: Line) -> bool:
    """Whether the sentence has a condition or a case of which the clause says nothing."""
    source = line.reading
    for at, token in enumerate(source.tokens):
        begins = at == 0 or source.segments[at - 1] != source.segments[at] or token in _CONDITIONS
        case = token in _CONDITIONS or (
            at == 0
            and token in ("at", "for", "in", "above", "below", "with", "after", "before", "under")
        )
        if not begins or not case:
            continue
        segment = source.segments[at]
        if not _uses(reading, line, _hung(source, at, segment)):
            continue
        region = [word for word in source.content if word.segment == segment and word.at > at]
        figures = [one for one in source.figures if source.segments[one.at] == segment]
        if not region:
            continue
        have = {other.key for word in reading.words for other in line.words(word)}
        said = {word.key for word in region} & have
        if not said and not any(
            one.value == other.value for one in reading.figures for other in figures
        ):
            return True
    return False


def _hung(source: Reading, at: int, segment: int) -> list[Word]:
    """What a condition at a place is about: what stands before it in its part, else after it."""
    part = source.parts[at]
    before = [word for word in source.content if word.segment == segment - 1 and word.part == part]
    after = [word for word in source.content if word.segment > segment and word.part <= part + 1]
    return before or after


# --- repeats -------------------------------------------------------------------------------------


def _repeats(reading: Reading, line: Line) -> list[Pair]:
    """One thing put in the place of another is often named twice then."""
    counts: dict[str, int] = {}
    spare = sum(token in _PRONOUNS for token in line.reading.tokens)
    for word in reading.content:
        counts[word.key] = counts.get(word.key, 0) + 1
        others = line.words(word)
        if others and counts[word.key] > max(1, len(others)) + spare:
            return [("subject", f'"{word.text}" is said twice, in the source once')]
    return []


def _scattered(reading: Reading, line: Line) -> list[Pair]:
    """A word that stands beside others here and apart from all of them in the source belongs to
    something else there."""
    first = _first_of_borrowing(line.reading)
    for word in reading.content:
        others = line.words(word)
        if not others or not _binds(word) or _leads(reading, word):
            continue
        near = list(neighbours(reading, word, line))
        if near and not any(
            _together(one, other, first) for other in others for ones in near for one in ones
        ):
            return [("subject", f'"{word.text}" belongs to something else in the source')]
    return []


def _first_of_borrowing(source: Reading) -> set[int]:
    """Places of the words that a pronoun ties to what was said before: the first of their part."""
    found: dict[int, int] = {}
    for word in source.words:
        found.setdefault(word.part, word.at)
    return {
        at
        for part, at in found.items()
        if part
        and any(
            token in _PRONOUNS and source.parts[place] == part and abs(place - at) <= 3
            for place, token in enumerate(source.tokens)
        )
    }


def _together(one: Word, other: Word, first: set[int]) -> bool:
    if one.part == other.part or abs(one.at - other.at) <= CLOSE:
        return True
    return (one.at in first and other.part < one.part) or (
        other.at in first and one.part < other.part
    )


def _replaced(reading: Reading, line: Line) -> list[Pair]:
    """A word that stands where the source has another, of which nothing is said here."""
    source = [(frozenset(word.keys), word.part) for word in line.reading.content]
    mine = [
        (
            frozenset(key for other in line.words(word) for key in other.keys)
            or frozenset(word.keys),
            word.part,
        )
        for word in reading.content
    ]
    said = frozenset(key for keys, _ in mine for key in keys)
    for at, word in enumerate(reading.content):
        before, after = _sides(mine, at)
        if (not before and not after) or _verb(word, reading, line):
            continue
        if not (before and after) and _in_place(reading, word, line):
            continue
        if _as_here(source, mine[at][0], before, after):
            continue
        for place, (other, _) in enumerate(source):
            left, right = _sides(source, place)
            fits = bool(left & before) if before else not left
            fits = fits and (bool(right & after) if after else not right)
            if fits and not other & said:
                return [("subject", f'the source does not say this of "{word.text}"')]
    return []


Placed = list[tuple[frozenset[str], int]]
"""Words in their order: what each stands for, and its part."""


def _sides(words: Placed, at: int) -> tuple[frozenset[str], frozenset[str]]:
    """The words right before and after one in its part; empty where it is the first or last."""
    part, nothing = words[at][1], frozenset[str]()
    before = words[at - 1] if at else (nothing, -1)
    after = words[at + 1] if at + 1 < len(words) else (nothing, -1)
    return (
        before[0] if before[1] == part else nothing,
        after[0] if after[1] == part else nothing,
    )


def _as_here(
    source: Placed, own: frozenset[str], before: frozenset[str], after: frozenset[str]
) -> bool:
    """Whether the word stands right beside one of its neighbours in the source, too."""
    for place, (other, _) in enumerate(source):
        if other & own:
            left, right = _sides(source, place)
            if left & before or right & after:
                return True
    return False


def _verb(word: Word, reading: Reading, line: Line) -> bool:
    """Whether a word is what is to be done: it leads an instruction here, or a negation or a part
    of the source."""
    if not line.words(word) and not line.context.intersection(word.keys):
        return False
    firsts = {one.part: one for one in reversed(reading.words)}
    if firsts[word.part] is word or _heads(reading, word):
        return True
    firsts = {one.part: one for one in reversed(line.reading.words)}
    return any(_heads(line.reading, one) or firsts[one.part] is one for one in line.words(word))


def _leads(reading: Reading, word: Word) -> bool:
    """Whether a word is the verb of an instruction."""
    return reading.content[0] is word and imperative(reading.text)


def _in_place(reading: Reading, word: Word, line: Line) -> bool:
    """Whether the source has the word in the same part as what stands beside it here."""
    near = {one.part for ones in neighbours(reading, word, line) for one in ones}
    return any(other.part in near for other in line.words(word))
