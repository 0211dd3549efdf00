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

_HAN = (
    "\u3005-\u3007\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9d\U00020000-\U000323af"
)  # and kana
_INDIC = (
    "\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0ecd\u0edc-\u0edf\u1000-\u103f\u1050-\u109d"
    "\u1780-\u17d3\u17dc\u17dd\uaa60-\uaa7f"
)  # Thai, Lao, Burmese, Khmer
RUN = re.compile(f"[{_HAN}]+|[{_INDIC}]+")
_INDIC_RUN = re.compile(f"[{_INDIC}]+")
_MARKS = re.compile(
    "[\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ecd\u102b-\u103e\u1056-\u1059"
    "\u105e-\u1060\u1062-\u1064\u1067-\u106d\u1071-\u1074\u1082-\u108d\u108f\u109a-\u109d"
    "\u17b4-\u17d3\u17dd]"
)
_SHIFT = 0xE000

HAN_GRAM, INDIC_GRAM = 2, 4  # characters that are looked for together where a whole run is not
"""Most Chinese words have two characters, and few syllables of the others fewer than three."""


def any_in(text: str) -> bool:
    """Whether a text has characters of these scripts."""
    return not text.isascii() and RUN.search(text) is not None


def apart(text: str) -> str:
    """The text with every character of these scripts as a word of its own, for the index."""
    return RUN.sub(lambda match: f" {' '.join(map(letter, match.group()))} ", text)


def letter(char: str) -> str:
    """A character as the index knows it."""
    return chr(ord(char) + _SHIFT) if _MARKS.match(char) else char


def grams(run: str) -> list[str]:
    """The stretches of a run of these scripts to look for, overlapping; the run itself if short."""
    size = INDIC_GRAM if _INDIC_RUN.match(run) else HAN_GRAM
    if len(run) <= size:
        return [run]
    return list(dict.fromkeys(run[at : at + size] for at in range(len(run) - size + 1)))


def width(text: str) -> int:
    """About how many words a text has that is written without spaces, beyond its spaces."""
    if text.isascii():
        return 0
    return sum(
        len(match.group()) // (INDIC_GRAM if _INDIC_RUN.match(match.group()) else HAN_GRAM)
        for match in RUN.finditer(text)
    )
