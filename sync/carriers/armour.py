"""Frames as lines of text that survive mail programs, paper and a voice on the radio.

    K7QX 3/20 0123456789ABCDEF…  WXYZ            in letters
    acid river 3 of 20: able acid …  zone        in words

A line has a name that all lines of one text share, its number and how many there are, 30 bytes in
letters (16 in words; the last line of a frame has what is left), and a checksum over all that. So
lines may come in any order, doubled, with those of other texts between them, and one that was
mistyped is known by its number. Each frame begins on a line of its own, and the name says how many
lines a frame has: a frame is read when all its lines are there, whatever else is missing.

    name      6 bits: lines of a frame. Letters: 14 bits, words: 16 bits of a hash of all frames
    checksum  the first 20 bits (words: 11) of BLAKE3 derive_key of
              name (4) ‖ number (2) ‖ how many (2) ‖ bytes of the line

Reading finds where lines begin, by their numbers, wherever they stand; a line ends where it has all
its bytes, or, the last one of a frame, at the last place where its checksum fits. Signs of quoting,
line breaks, spaces, hyphens and case mean nothing; other text is passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final, NamedTuple

from blake3 import blake3

from hearth.store.errors import UsageError
from hearth.sync.carriers.alphabet import Alphabet, Letters, SignError, Words

LETTERS_LINE: Final = 30
WORDS_LINE: Final = 16
MAX_LINES_OF_FRAME: Final = 63
MAX_LINES: Final = 0xFFFF
MAX_TEXT: Final = 8 << 20
"""Characters that are looked at."""
NAMED: Final = 12
"""Lines that are named one by one where something is missing."""
_LONGEST: Final = 4096
"""Characters of a line, at most, even where it is typed letter by letter."""
_LIKELY: Final = 8
"""Texts to which a line is tried that fits its own name in none."""
FIRST: Final = "hearth message, "
"""How the first line of a message begins."""
_CHECK_LABEL: Final = "hearth 2026 line of armour"
_NAME_LABEL: Final = "hearth 2026 name of an armour"
_QUOTING: Final = re.compile(r"^[\s>|]+", re.MULTILINE)
_JOINTS: Final = re.compile("[-=._\u00ad\u200b\u200c\u200d\u2060\ufeff]+")
_NUMBER: Final = r"([0-9oOiIlL]{1,5})"
_IN_LETTERS: Final = re.compile(
    rf"(?<![^\W_])([^\W_]{{4}})[\s:]+{_NUMBER}\s*/\s*{_NUMBER}(?![^\W_])[\s:]*"
)
_WORD: Final = r"([^\W\d_]{2,12})"
_IN_WORDS: Final = re.compile(
    rf"(?<![^\W_]){_WORD}[\s,]+{_WORD}[\s:,]+{_NUMBER}\s+[oO][fF]\s+{_NUMBER}(?![^\W_])[\s:]*"
)
_AS_DIGITS: Final = str.maketrans("oOiIlL", "001111")


class Reading(NamedTuple):
    """What a text held: whole frames, and in words what was wrong with it. `lines` were good."""

    frames: tuple[bytes, ...]
    faults: tuple[str, ...]
    lines: int


def alphabet(words: Sequence[str] | None) -> Alphabet:
    """Letters, or words of a list of 2,048."""
    return Letters() if words is None else Words(words)


def longest_frame(words: bool) -> int:
    """The most bytes that a frame may have."""
    return MAX_LINES_OF_FRAME * (WORDS_LINE if words else LETTERS_LINE)


def write(frames: Sequence[bytes], words: Sequence[str] | None = None) -> str:
    """Frames of one length as text. Raises UsageError for more than `MAX_LINES` lines."""
    step, signs = (LETTERS_LINE if words is None else WORDS_LINE), alphabet(words)
    each = -(-len(frames[0]) // step)
    count = each * len(frames)
    if each > MAX_LINES_OF_FRAME or len({len(frame) for frame in frames}) != 1:
        raise ValueError("frames that are too long, or of several lengths")
    if count > MAX_LINES:
        raise UsageError(f"{count:,} lines of text are too many", "a smaller bundle, or a file")
    name = _name(each, frames, signs)
    pieces = [frame[at : at + step] for frame in frames for at in range(0, len(frame), step)]
    lines = [_line(signs, name, at, count, piece) for at, piece in enumerate(pieces, 1)]
    said = f"{count} line{'s' if count != 1 else ''}"
    return "\n".join(
        (
            f"{FIRST}{said}. To read it, save this text, then:",
            "hearth bundle receive armour:FILE",
            "",
            *lines,
            "",
            f"end of the hearth message, {said}",
            "",
        )
    )


def _name(each: int, frames: Sequence[bytes], signs: Alphabet) -> int:
    bits = 14 if isinstance(signs, Letters) else 16
    hashed = blake3(b"".join(frames), derive_key_context=_NAME_LABEL).digest(length=2)
    return each << bits | int.from_bytes(hashed, "big") >> (16 - bits)


def _check(signs: Alphabet, name: int, number: int, count: int, data: bytes) -> list[int]:
    head = name.to_bytes(4, "big") + number.to_bytes(2, "big") + count.to_bytes(2, "big")
    hashed = blake3(head + data, derive_key_context=_CHECK_LABEL).digest(length=3)
    if isinstance(signs, Letters):
        return signs.pack(hashed)[:4]
    return [int.from_bytes(hashed, "big") >> 13]


def _line(signs: Alphabet, name: int, number: int, count: int, data: bytes) -> str:
    values = signs.pack(data)
    check = signs.spell(_check(signs, name, number, count, data))
    spelt = signs.spell(values)
    if isinstance(signs, Words):
        first, second = signs.spell([name >> 11, name & 0x7FF])
        return f"{first} {second} {number} of {count}: {' '.join(spelt)} {check[0]}"
    letters = "".join(spelt)
    groups = " ".join(letters[at : at + 8] for at in range(0, len(letters), 8))
    named = "".join(signs.spell([name >> 15, name >> 10 & 31, name >> 5 & 31, name & 31]))
    return f"{named} {number}/{count} {groups} {''.join(check)}"


@dataclass(slots=True)
class _Found:
    """Where a line begins, and all up to the next one."""

    signs: Alphabet
    name: int | None
    number: int
    count: int
    tokens: list[str]


@dataclass(slots=True)
class _Text:
    """The lines of one text that have been found."""

    lines: dict[int, bytes] = field(default_factory=dict)
    wrong: dict[int, str] = field(default_factory=dict)


_Texts = dict[tuple[type, int], dict[int, _Text]]
"""Letters or words, how many lines; name: what the lines of one text share."""


def read(text: str, words: Sequence[str] | None = None) -> Reading:
    """All frames in a text; with a list of words, those in words too. Raises UsageError for
    more than `MAX_TEXT` characters."""
    if len(text) > MAX_TEXT:
        raise UsageError(f"a text of more than {MAX_TEXT:,} characters")
    text = _JOINTS.sub("", _QUOTING.sub("", text.replace("\r", "\n")))
    texts: _Texts = {}
    unplaced = []
    for found in _beginnings(text, words):
        data = None if found.name is None else _fitting(found, found.name)
        if found.name is None or data is None:
            unplaced.append(found)
        else:
            alike = texts.setdefault((type(found.signs), found.count), {})
            alike.setdefault(found.name, _Text()).lines.setdefault(found.number, data)
    for found in unplaced:
        _place(found, texts)
    frames: list[bytes] = []
    faults: list[str] = []
    good = 0
    for (kind, count), alike in texts.items():
        for name, each in alike.items():
            frames += _frames(name >> (14 if kind is Letters else 16), count, each.lines)
            faults += _faults(count, each)
            good += len(each.lines)
    if unplaced and not texts:
        faults.append("all lines in it are mistyped, or it is of something else")
    return Reading(tuple(frames), tuple(faults), good)


def _beginnings(text: str, words: Sequence[str] | None) -> Iterator[_Found]:
    alphabets: list[tuple[re.Pattern[str], Alphabet]] = [(_IN_LETTERS, Letters())]
    if words is not None:
        alphabets.append((_IN_WORDS, Words(words)))
    heads = [(match, signs) for pattern, signs in alphabets for match in pattern.finditer(text)]
    heads.sort(key=lambda head: head[0].start())
    ends = [match.start() for match, _ in heads[1:]] + [len(text)]
    for (match, signs), end in zip(heads, ends, strict=False):
        *named, number, count = match.groups()
        at, of = (int(each.translate(_AS_DIGITS)) for each in (number, count))
        if 1 <= at <= of <= MAX_LINES:
            tokens = text[match.end() : min(end, match.end() + _LONGEST)].split()
            yield _Found(signs, _named(signs, named), at, of, tokens)


def _named(signs: Alphabet, named: Sequence[str | None]) -> int | None:
    """The name of a line out of its signs; None if they are none."""
    name = 0
    try:
        for sign in named:
            for value in signs.values(sign or ""):
                name = name << signs.bits | value
    except SignError:
        return None
    return name


def _fitting(found: _Found, name: int) -> bytes | None:
    """The bytes of a line: as many as a line has where it is not the last of its frame, else up to
    the last place where its checksum fits. (In words that has 11 bits: of two hundred lines one
    fits somewhere before its end, too.)"""
    signs, most, checks, shift = found.signs, LETTERS_LINE, 4, 14
    if isinstance(signs, Words):
        most, checks, shift = WORDS_LINE, 1, 16
    each = name >> shift
    is_last = not each or found.number % each == 0
    values: list[int] = []
    fits = None
    for token in found.tokens:
        try:
            values += signs.values(token)
            if len(values) <= checks:
                continue
            data = signs.unpack(values[:-checks])
        except SignError as error:
            if error.sign is not None:
                break
            continue
        if len(data) > most:
            break
        if data and (is_last or len(data) == most):
            check = _check(signs, name, found.number, found.count, data)
            fits = data if values[-checks:] == check else fits
    return fits


def _place(found: _Found, texts: _Texts) -> None:
    """A line that does not fit: perhaps only its name is wrong; else it is mistyped."""
    for name, text in islice(texts.get((type(found.signs), found.count), {}).items(), _LIKELY):
        if found.number in text.lines:
            continue
        data = _fitting(found, name)
        if data is not None:
            text.lines[found.number] = data
            text.wrong.pop(found.number, None)
        else:
            text.wrong[found.number] = _why(found)


def _why(found: _Found) -> str:
    if isinstance(found.signs, Letters):
        return "is mistyped"
    for token in found.tokens[:13]:
        try:
            found.signs.values(token)
        except SignError:
            return f'is mistyped: "{token[:20]}" is none of the words'
    return "is mistyped"


def _frames(each: int, count: int, lines: dict[int, bytes]) -> Iterator[bytes]:
    """The frames of which all lines are there; a frame has `each`."""
    if not each or count % each:
        return
    for first in range(1, count + 1, each):
        if all(number in lines for number in range(first, first + each)):
            yield b"".join(lines[number] for number in range(first, first + each))


def _faults(count: int, text: _Text) -> Iterator[str]:
    for number, why in sorted(text.wrong.items())[:NAMED]:
        yield f"line {number} of {count} {why}"
    there = text.lines.keys() | text.wrong.keys()
    missing = [number for number in range(1, count + 1) if number not in there]
    if missing:
        yield f"{listed('line', missing)} of {count} {'is' if len(missing) == 1 else 'are'} missing"


def listed(noun: str, numbers: Sequence[int]) -> str:
    """ "line 3", "lines 3 and 7", "lines 3, 4, 5, 9 and 12 more"."""
    if len(numbers) == 1:
        return f"{noun} {numbers[0]}"
    if len(numbers) > NAMED:
        rest = len(numbers) - NAMED + 1
        first, last = numbers[: NAMED - 1], f"{rest} more"
    else:
        first, last = numbers[:-1], str(numbers[-1])
    return f"{noun}s {', '.join(map(str, first))} and {last}"
