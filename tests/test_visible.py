"""Lines that people type for others: seen by them, and no longer than there is room for."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hearth.boards.words import SiteTextError, line as site_line
from hearth.chat import checking
from hearth.chat.errors import BadTextError, TooLongError
from hearth.condition.declaring import said
from hearth.people.errors import PeopleTextError
from hearth.people.writing import optional
from hearth.store.errors import HearthError, UsageError

Line = Callable[[str], str | None]
LINES: dict[str, tuple[Line, type[HearthError], type[HearthError], int]] = {
    "group": (checking.name, BadTextError, TooLongError, 64),
    "topic": (checking.topic, BadTextError, TooLongError, 60),
    "reaction": (checking.reaction, BadTextError, TooLongError, 32),
    "note": (lambda text: optional(text, "a note", 160), PeopleTextError, PeopleTextError, 160),
    "reason": (said, UsageError, UsageError, 160),
    "site": (lambda text: site_line(text, "name", 60), SiteTextError, SiteTextError, 60),
}


@pytest.mark.parametrize("kind", LINES)
def test_a_line_is_seen_by_others_and_bounded(kind: str) -> None:
    line, wrong, too_long, most = LINES[kind]
    assert line("  u\u0308ber \n uns ") == "über uns"
    for joined in ("می\u200cخواهم", "क\u094d\u200dष", "👩\u200d🌾"):
        assert line(joined) == joined, "Persian, Hindi and a family need what cannot be seen"
    for hidden in ("a\x1b[2Jb", "a\u202eb", "a\u200d\x07b", "\u200d", "a\ud800b"):
        with pytest.raises(wrong):
            line(hidden)
    assert line("x" * most) == "x" * most
    for text in ("x" * (most + 1), "ü" * (most // 2) + "xx"):
        with pytest.raises(too_long, match=f"at most {most} bytes, not"):
            line(text)


@pytest.mark.parametrize("kind", ["topic", "note", "site"])
def test_nothing_is_said_to_be_nothing(kind: str) -> None:
    line, wrong, _, _ = LINES[kind]
    for nothing in ("", " \n\t "):
        with pytest.raises(wrong, match="is empty"):
            line(nothing)
