"""Statements out of what a model writes, each as soon as it is whole.

What is asked for is `{"statements": [{"text": …, "cites": [1, 2]}, …]}` (`SCHEMA`). What comes may
be anything: nothing, no JSON, JSON in a fence, nested, endless. Every innermost object with a text
is taken as a statement, whatever stands around it; where there is no brace at all, sentences with
marks such as [2] are. Nothing here says that a statement is true.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final, NamedTuple

from hearth.ask.sentences import spans

MOST_TEXT: Final = 64 * 1024
"""Characters that are read of an answer."""
MOST_STATEMENTS: Final = 12
_SHOWN: Final = 400

SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {
        "statements": {
            "type": "array",
            "maxItems": MOST_STATEMENTS,
            "items": {
                "type": "object",
                "properties": {
                    "text": {"type": "string", "maxLength": _SHOWN},
                    "cites": {"type": "array", "items": {"type": "integer"}, "maxItems": 4},
                },
                "required": ["text", "cites"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["statements"],
    "additionalProperties": False,
}

_MARK = re.compile(r"\s*\[(\d{1,3}(?:\s*,\s*\d{1,3})*)\]")
_OPEN_TEXT = re.compile(r'"text"\s*:\s*"((?:[^"\\]|\\.)*)$', re.DOTALL)


class Draft(NamedTuple):
    """A statement as a model wrote it; `cites` are the numbers it gives that are numbers."""

    text: str
    cites: tuple[int, ...]


class Drafts:
    """Reads an answer piece by piece. Linear in its length."""

    def __init__(self) -> None:
        self.seen = 0
        self.full = False
        self._text: list[str] = []
        self._open: list[list[str]] = []
        self._inside = self._escaped = self._braces = False
        self._count = 0

    def feed(self, piece: str) -> list[Draft]:
        """The statements that this piece completes. When `full`, no more needs to be read."""
        found: list[Draft] = []
        for char in "" if self.full else piece[: MOST_TEXT - self.seen]:
            self.seen += 1
            if (draft := self._take(char)) is not None:
                found.append(draft)
                self._count += 1
                if self._count >= MOST_STATEMENTS:
                    self.full = True
                    return found
        self.full = self.full or self.seen >= MOST_TEXT
        return found

    def finish(self) -> list[Draft]:
        """The statements of an answer that is no JSON at all; to be called at its end."""
        return [] if self._braces else plain("".join(self._text))[:MOST_STATEMENTS]

    @property
    def partial(self) -> str:
        """What has been written of the statement that is not complete yet, for showing."""
        if not self._open:
            return ""
        match = _OPEN_TEXT.search("".join(self._open[-1][-_SHOWN:]))
        return match.group(1).replace("\\n", " ").replace('\\"', '"') if match else ""

    def _take(self, char: str) -> Draft | None:
        if not self._braces:
            self._text.append(char)
        if self._inside:
            self._add(char)
            if self._escaped:
                self._escaped = False
            elif char == "\\":
                self._escaped = True
            elif char == '"':
                self._inside = False
            return None
        if char == "{":
            self._braces = True
            self._open.append([char])
            return None
        self._add(char)
        if char == '"':
            self._inside = bool(self._open)
        elif char == "}" and self._open:
            return _draft("".join(self._open.pop()))
        return None

    def _add(self, char: str) -> None:
        if self._open:
            self._open[-1].append(char)


def _draft(text: str) -> Draft | None:
    """The statement that an object without objects in it holds."""
    try:
        value = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict) or not isinstance(value.get("text"), str):
        return None
    said, cites = value["text"], value.get("cites")
    numbers = cites if isinstance(cites, list) else [cites]
    own, marked = _marks(said)
    given = [one for one in numbers if isinstance(one, int) and not isinstance(one, bool)]
    return Draft(own, tuple(dict.fromkeys([*given, *marked])))


def _marks(text: str) -> tuple[str, list[int]]:
    """A text without its marks, and their numbers."""
    numbers = [int(one) for match in _MARK.finditer(text) for one in match.group(1).split(",")]
    return _one_line(_MARK.sub("", text)), numbers


def _one_line(text: str) -> str:
    return " ".join(text.encode("utf-8", "replace").decode("utf-8").split())


def plain(text: str) -> list[Draft]:
    """The statements of prose: its sentences, with the marks in or right after them."""
    found: list[Draft] = []
    for line in text.splitlines():
        moved = re.sub(r"([.!?])((?:\s*\[[\d, ]+\])+)", r"\2\1", line.strip(" \t-*•"))
        for start, end in spans(moved):
            own, numbers = _marks(moved[start:end])
            if own:
                found.append(Draft(own, tuple(dict.fromkeys(numbers))))
    return found
