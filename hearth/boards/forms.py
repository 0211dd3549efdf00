"""Forms that other services understand, as text: ICS-213 and the radiogram. Pure.

ICS 213, General Message: the ten blocks of FEMA's form, version 3. Radiogram: ARRL's Methods and
Practices Guidelines; its *check* is the number of groups between spaces in the text. Punctuation is
spelled out there: a full stop is X (never as the last group), a question mark QUERY, a point
between figures R, a dash DASH, the rest by its name; ARL before the check where the text has one of
ARRL's numbered texts in it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final, NamedTuple

from hearth.store.errors import UsageError

WIDE: Final = 80
USUAL: Final = 25
"""Words of a radiogram's text that are usual at most."""
MAX_WORDS: Final = 200
_A_LINE: Final = 5
_SPELLED: Final = {
    "?": "QUERY", ",": "COMMA", ":": "COLON", "-": "DASH", "–": "DASH", "—": "DASH", '"': "QUOTE",
    "(": "PAREN", ")": "PAREN", "@": "ATSIGN", "&": "AND", "%": "PERCENT", "+": "PLUS",
    "=": "EQUALS", "#": "NUMBER", "$": "DOLLARS", "€": "EUROS", "£": "POUNDS", "°": "DEGREES",
}  # fmt: skip
_LETTERS: Final = str.maketrans(
    {"Ä": "AE", "Ö": "OE", "Ü": "UE", "ß": "SS", "ẞ": "SS", "Å": "AA", "Ø": "OE", "Æ": "AE",
     "Œ": "OE", "Ł": "L", "Đ": "D", "’": "'", "‘": "'", "“": '"', "”": '"', "„": '"', "…": "."}
)  # fmt: skip
PRECEDENCES: Final = {"routine": "R", "welfare": "W", "priority": "P", "emergency": "EMERGENCY"}


class FormTextError(UsageError, code="form-text"):
    """What does not go into a form (exit 2)."""


class Message(NamedTuple):
    """An ICS-213. Texts may have several lines; what is empty is left for a pen."""

    incident: str
    to: str
    sender: str
    subject: str
    date: str
    time: str
    text: str
    approved: str = ""


class Radiogram(NamedTuple):
    """A radiogram. `groups` is the text as it is sent; `to` has a line each."""

    number: int
    precedence: str
    handling: str
    station: str
    place: str
    filed: str
    date: str
    to: tuple[str, ...]
    phone: str
    groups: tuple[str, ...]
    signature: str

    @property
    def check(self) -> str:
        """How many groups the text has."""
        return check(self.groups)


def count(text: str) -> int:
    """The words of a text, as they stand between spaces."""
    return len(text.split())


def check(groups: tuple[str, ...]) -> str:
    """A radiogram's check."""
    return f"ARL {len(groups)}" if "ARL" in groups else str(len(groups))


# ICS-213


def ics_213(message: Message) -> str:
    """The form, no wider than 80 columns."""
    rule = "-" * WIDE
    lines = ["GENERAL MESSAGE (ICS 213)", rule]
    lines += _block("1. Incident Name (Optional): ", message.incident)
    lines += _block("2. To (Name and Position): ", message.to)
    lines += _block("3. From (Name and Position): ", message.sender)
    lines += _block("4. Subject: ", message.subject)
    lines += [f"5. Date: {message.date:<28} 6. Time: {message.time}", rule]
    lines += [f"7. Message ({_words(message.text)}):", ""]
    for each in message.text.splitlines():
        lines += fill(each, WIDE - 2, "  ")
    lines += [
        "",
        rule,
        f"8. Approved by: {message.approved:<31} Signature: ",
        "   Position/Title: ",
    ]
    lines += [rule, "9. Reply:", *[""] * 6, rule, "10. Replied by: ", "    Position/Title: "]
    lines += [f"    {'Signature: ':<43} Date/Time: ", rule]
    return "\n".join(each.rstrip() for each in lines)


def _words(text: str) -> str:
    number = count(text)
    return f"{number:,} word{'' if number == 1 else 's'}"


def _block(title: str, text: str) -> list[str]:
    first, *rest = text.splitlines() or [""]
    lines = fill(first, WIDE - len(title)) or [""]
    lines += [line for each in rest for line in fill(each, WIDE - len(title))]
    return [title + lines[0], *(" " * len(title) + each for each in lines[1:])]


def fill(text: str, room: int, indent: str = "") -> list[str]:
    """Words in lines of at most so many columns; what is longer than a line is cut."""
    lines, line = list[str](), ""
    for word in text.split():
        while word:
            head, word = _cut(word, room)
            joined = f"{line} {head}" if line else head
            if line and _columns(joined) > room:
                lines.append(indent + line)
                joined = head
            line = joined
    return [*lines, indent + line] if line else lines


def _cut(word: str, room: int) -> tuple[str, str]:
    at = len(word)
    while _columns(word[:at]) > room:
        at -= 1
    return word[:at], word[at:]


def _columns(text: str) -> int:
    """Columns that a text takes: wide East Asian signs two, marks none."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(each) else 2 if unicodedata.east_asian_width(each) in "WF" else 1
        for each in text
    )


# the radiogram


def groups(text: str) -> tuple[str, ...]:
    """A text as it is sent: capitals and figures, punctuation spelled out.

    Raises FormTextError for signs that no code has, for no text, and for far too much of it.
    """
    found = tuple(_groups(text))
    if not found:
        raise FormTextError("a radiogram says something")
    if len(found) > MAX_WORDS:
        raise FormTextError(f"a radiogram has at most {MAX_WORDS} words, this one {len(found):,}")
    return found


def _groups(text: str) -> Iterator[str]:
    plain = unicodedata.normalize("NFC", text).upper().translate(_LETTERS)
    plain = "".join(
        each for each in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(each)
    )
    plain = plain.replace("'", "").replace(";", ".").replace("!", ".")
    plain = re.sub(r"(?<=\d)[.](?=\d)", "R", plain)
    plain = re.sub(r"(?<=\d)-(?=\d)", " ", plain)  # a telephone number goes in groups
    plain = re.sub(r"(?<=\d),(?=\d\d\d)", "", plain)
    plain = re.sub(r"(?<=\w)[.](?=\w)", " DOT ", plain)  # an address
    stops = re.sub(r"[.]+", " X ", plain)
    words = "".join(f" {_SPELLED[each]} " if each in _SPELLED else each for each in stops).split()
    kept = [each for at, each in enumerate(words) if each != "X" or _needed(words, at)]
    for word in kept:
        if not re.fullmatch(r"[A-Z0-9/]+", word):
            raise FormTextError(f'"{word}" cannot be sent as letters and figures')
        yield word


def _needed(words: list[str], at: int) -> bool:
    """Whether a stop stands between two sentences: not at the end, nor beside another mark."""
    return 0 < at < len(words) - 1 and words[at - 1] not in ("X", "QUERY")


def radiogram(message: Radiogram) -> str:
    """The form as it is sent: preamble, address, text five groups to a line, signature."""
    preamble = (
        f"NR {message.number}", message.precedence, message.handling, message.station or "______",
        message.check, message.place or "______", message.filed, message.date,
    )  # fmt: skip
    lines = ["RADIOGRAM", "  ".join(each for each in preamble if each)]
    for at, each in enumerate(message.to or ("______",)):
        lines += fill(each, WIDE - 8, "TO      " if not at else " " * 8)
    if message.phone:
        lines.append(f"PHONE   {message.phone}")
    lines.append("BREAK")
    rows = [message.groups[at : at + _A_LINE] for at in range(0, len(message.groups), _A_LINE)]
    lines += [line for row in rows for line in fill(" ".join(row), WIDE - 8, " " * 8)]
    lines += ["BREAK", f"SIG     {message.signature or '______'}", ""]
    lines += [f"number, precedence, handling, station of origin, check ({_groups_told(message)}),"]
    lines += ["place of origin, time filed (UTC), date"]
    return "\n".join(each.rstrip() for each in lines)


def _groups_told(message: Radiogram) -> str:
    number = len(message.groups)
    return f"{number} group{'' if number == 1 else 's'} of text"
