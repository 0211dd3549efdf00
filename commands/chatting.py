"""What the verbs of chat share: opening it, and what people type."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from hearth.commands.chat_room import Room as Room
from hearth.commands.context import Session
from hearth.store.errors import UsageError

if TYPE_CHECKING:
    from hearth.chat.shapes import Conversation

LONGEST = 1 << 20
"""Bytes of standard input that are read for one message."""
EXPIRIES = ("1d", "7d", "30d", "90d", "1y", "5y")
"""How long a message may be meant to last: the words for classes 1 to 6 of a header."""


def typed(room: Room, conversation: Conversation) -> str:
    """A conversation's name as a shell takes it."""
    import shlex

    return shlex.quote(room.session.terminal.clean(conversation.name))


@contextmanager
def talking(session: Session, *, writes: bool = False) -> Iterator[Room]:
    """Open chat, brought up to date with what has come. With `writes` this device's key is opened
    before all else; without, nothing is asked for unless something sealed has come."""
    from hearth.chat.talk import Talk
    from hearth.commands.communities import opened
    from hearth.corpora.cache import translated

    with (
        opened(session, read_only=not writes) as square,
        translated(),
        Talk.open(square.home, square.commons) as talk,
    ):
        room = Room(session, square, talk)
        talk.update(session.now)
        yield room


def locked(room: Room) -> bool:
    """Whether something waits for the key; if so, that is said."""
    waits = room.talk.locked
    if waits:
        from hearth.commands.secrets import tell_locked

        tell_locked(room.session, waits)
    return bool(waits)


def expiry_class(word: str | None) -> int:
    """The class of the header for one of EXPIRIES; 0 for None."""
    return 0 if word is None else EXPIRIES.index(word) + 1


# what people type


def sentence(words: tuple[str, ...]) -> str | None:
    """The text that unquoted words make; None for none."""
    from hearth.commands.ask import said

    return said(words) if words else None


def typed_text(session: Session, words: tuple[str, ...]) -> str | None:
    """The same, but that `-` alone means standard input, without its last line end.

    Raises UsageError if that is not UTF-8, or longer than a message can be by far.
    """
    if words != ("-",):
        return sentence(words)
    data = session.terminal.read_bytes(LONGEST + 1)
    if len(data) > LONGEST:
        raise UsageError("standard input is much too long for a message")
    try:
        return data.decode("utf-8").removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        raise UsageError("what came on standard input is not UTF-8") from None
