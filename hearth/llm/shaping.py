"""Pieces of text made fit to be used: whole characters, no thinking aloud, ends where it should.

Every function takes an iterator of pieces and gives one; closing what it gives closes what it
took, so that whoever stops reading stops the model.
"""

from __future__ import annotations

import re
from collections.abc import Generator
from contextlib import closing
from typing import Final

from hearth.llm.contract import Request

_THINKS: Final = "<think>"
_THOUGHT: Final = "</think>"
Pieces = Generator[str, None, None]


def shaped(pieces: Pieces, request: Request) -> Pieces:
    """All of it, in the right order for a request."""
    answer = without_thinking(whole_characters(pieces))
    if request.schema is not None:
        return json_alone(answer)
    return until(answer, request.stop) if request.stop else answer


def whole_characters(pieces: Pieces) -> Pieces:
    """Joins the halves of surrogate pairs, which some servers send apart.

    A half that stays alone becomes U+FFFD.
    """
    held = ""
    with closing(pieces):
        for piece in pieces:
            text, held = held + piece, ""
            if text and "\ud800" <= text[-1] <= "\udbff":
                text, held = text[:-1], text[-1]
            if text:
                yield _joined(text)
    if held:
        yield "\ufffd"


def _joined(text: str) -> str:
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def without_thinking(pieces: Pieces) -> Pieces:
    """Leaves out `<think>…</think>` at the beginning, and blanks before the first word."""
    held: str | None = ""
    with closing(pieces):
        for piece in pieces:
            if held is None:
                yield piece
                continue
            held += piece
            begun = _past_thinking(held)
            if begun:
                held = None
                yield begun
    if held and not held.lstrip().startswith(_THINKS):
        yield held


def _past_thinking(text: str) -> str:
    """What comes after the thinking; nothing while that cannot be told."""
    text = text.lstrip()
    if not text.startswith(_THINKS):
        return "" if _THINKS.startswith(text) else text
    return _past_thinking(text.partition(_THOUGHT)[2])


def until(pieces: Pieces, stops: tuple[str, ...]) -> Pieces:
    """Ends before the first of the stop texts, even where a piece holds half of one."""
    held, longest = "", max(map(len, stops))
    with closing(pieces):
        for piece in pieces:
            held += piece
            found = [at for at in map(held.find, stops) if at >= 0]
            if found:
                if held[: min(found)]:
                    yield held[: min(found)]
                return
            sure = len(held) - longest + 1
            if sure > 0:
                yield held[:sure]
                held = held[sure:]
    if held:
        yield held


def json_alone(pieces: Pieces) -> Pieces:
    """The first JSON object or array, without what a talkative model puts around it.

    A text that holds neither passes whole: whoever reads it says what is wrong.
    """
    before, scan = "", _Nesting()
    with closing(pieces):
        for piece in pieces:
            if not scan.depth:
                before += piece
                start = re.search(r"[{\[]", before)
                if start is None:
                    continue
                piece = before[start.start() :]
            end = scan.feed(piece)
            yield piece[:end]
            if end is not None:
                return
    if not scan.depth and before:
        yield before


class _Nesting:
    """How deep in brackets one is, while reading a JSON value in pieces."""

    def __init__(self) -> None:
        self.depth = 0
        self._quoted = self._escaped = False

    def feed(self, piece: str) -> int | None:
        """Where in this piece the value ends, or None."""
        for at, char in enumerate(piece):
            if self._quoted:
                if self._escaped:
                    self._escaped = False
                elif char == "\\":
                    self._escaped = True
                elif char == '"':
                    self._quoted = False
            elif char == '"':
                self._quoted = True
            elif char in "{[":
                self.depth += 1
            elif char in "}]":
                self.depth -= 1
                if self.depth <= 0:
                    return at + 1
        return None
