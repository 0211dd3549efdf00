"""Scripts that write no spaces between words: Chinese, Japanese, Thai, Lao, Khmer, Burmese.

What stands between two spaces there is a sentence, not a word, and no rule cuts it into words
without a dictionary. So every character is a word of its own to the index, and whatever is looked
for is a phrase of such words: `饮用水` is found wherever these three characters stand together, and
`水` wherever it stands. No query is too short, and a phrase is as exact as the text.

SQLite's tokenizer takes the vowel signs and tone marks of Thai, Lao, Khmer and Burmese for gaps.
They are therefore written to the index as characters of the private use area (U+E000 further on),
which it takes for letters.
"""

from __future__ import annotations

import re
from functools import lru_cache

_HAN = (
    "\u3005-\u3007\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9d\U00020000-\U000323af"
)  # and kana
_INDIC = (
    "\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0ecd\u0edc-\u0edf\u1000-\u103f\u1050-\u109d"
    "\u1780-\u17d3\u17dc\u17dd\uaa60-\uaa7f"
)  # Thai, Lao, Burmese, Khmer
_MARKS = (
    "\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ecd\u102b-\u103e"
    "\u1056-\u1059\u105e-\u1060\u1062-\u1064\u1067-\u106d\u1071-\u1074\u1082-\u108d\u108f"
    "\u109a-\u109d\u17b4-\u17d3\u17dd"
)
_PARTICLES = frozenset("的了吗呢啊吧么嘛是在我你您他她它们这那和与或就也都很请把被让怎什如何哪谁")
_SHIFT = 0xE000

# U+0E00 to U+17FF, and U+3000 and above, in UTF-8: tells most texts apart, and is compiled in a
# hundredth of the time that the rest takes.
_PERHAPS = re.compile(rb"\xe0[\xb8-\xbf]|\xe1[\x80-\x9f]|[\xe3-\xf4]")

HAN_GRAM, INDIC_GRAM = 2, 3  # letters that are looked for together where a whole run is not
INDIC_WIDTH = 4  # characters of a word
"""Most Chinese words have two characters, and few syllables of the others fewer than three."""


def any_in(text: str) -> bool:
    """Whether a text has characters of these scripts."""
    if text.isascii() or not _PERHAPS.search(text.encode("utf-8", "surrogatepass")):
        return False
    return _run().search(text) is not None


def runs(text: str) -> list[str]:
    """The stretches of these scripts in a text."""
    return _run().findall(text) if any_in(text) else []


def is_run(text: str) -> bool:
    """Whether a text is one stretch of these scripts."""
    return any_in(text) and _run().fullmatch(text) is not None


def apart(text: str) -> str:
    """The text with every character of these scripts as a word of its own, for the index."""
    return _run().sub(lambda match: f" {' '.join(map(letter, match.group()))} ", text)


def letter(char: str) -> str:
    """A character as the index knows it."""
    return chr(ord(char) + _SHIFT) if _mark().match(char) else char


def grams(run: str) -> list[str]:
    """The stretches of a run of these scripts to look for, overlapping; the run itself if short."""
    size = INDIC_GRAM if indic(run) else HAN_GRAM
    letters = _with_marks().findall(run) if indic(run) else list(run)
    if len(letters) <= size:
        return [run]
    found = ("".join(letters[at : at + size]) for at in range(len(letters) - size + 1))
    return list(dict.fromkeys(found))


def split(text: str) -> list[str]:
    """The text cut into stretches of these scripts and what stands between them."""
    found, at = [], 0
    for match in _run().finditer(text):
        found += [text[at : match.start()], match.group()]
        at = match.end()
    return [one for one in [*found, text[at:]] if one]


def telling(run: str) -> list[str]:
    """A run without what only holds a sentence together: common Chinese particles, and hiragana
    beside kanji or katakana. Of the other scripts the run itself."""
    if indic(run):
        return [run]
    mixed = any(not _hiragana(char) for char in run)
    kept = (" " if char in _PARTICLES or (mixed and _hiragana(char)) else char for char in run)
    return "".join(kept).split() or [run]


def _hiragana(char: str) -> bool:
    return "\u3041" <= char <= "\u309f"


def indic(run: str) -> bool:
    """Whether a run is Thai, Lao, Burmese or Khmer."""
    return run[0] < "\u3005" or "\ua000" < run[0] < "\ub000"


def width(text: str) -> int:
    """About how many words a text has that is written without spaces, beyond its spaces."""
    return sum(len(run) // (INDIC_WIDTH if indic(run) else HAN_GRAM) for run in runs(text))


@lru_cache(maxsize=1)
def _run() -> re.Pattern[str]:
    return re.compile(f"[{_HAN}]+|[{_INDIC}]+")


@lru_cache(maxsize=1)
def _with_marks() -> re.Pattern[str]:
    return re.compile(f".[{_MARKS}]*")


@lru_cache(maxsize=1)
def _mark() -> re.Pattern[str]:
    return re.compile(f"[{_MARKS}]")
