"""Hearths of one community that chat, and exchange what they hold as by files."""

from __future__ import annotations

from pathlib import Path

from audience_kit import Neighbour, admit, carry, made_once, mix
from mesh_kit import Clock

from hearth.audience.keyring import Keyring
from hearth.chat.shapes import Conversation, Gap, Message
from hearth.chat.talk import Talk
from hearth.corpora.cache import delete_cache, open_cache

__all__ = ["Clock", "Talker", "admit", "carry", "mix", "street"]


class Talker(Neighbour):
    """A member who talks."""

    def open(self) -> None:
        super().open()
        self.keyring = Keyring(self.home, self.node.commons)
        self._talk: Talk | None = None

    @property
    def talk(self) -> Talk:
        """Brought up to date each time it is asked for."""
        if self._talk is None:
            connection = open_cache(self.home.cache_path)
            self._talk = Talk(self.home, self.node.commons, self.keyring, connection)
        self._talk.update(self.clock())
        return self._talk

    def reopen(self) -> None:
        self.shut()
        self.home.close()
        self.open()

    def shut(self) -> None:
        if self._talk is not None:
            self._talk.connection.close()
            self._talk = None

    def afresh(self) -> None:
        """Lose everything derived."""
        self.shut()
        delete_cache(self.home.cache_path)

    def to(self, other: Talker | str) -> Conversation:
        """The conversation with somebody, or of that name."""
        text = other if isinstance(other, str) else other.person.hex()
        return self.talk.find(text)

    def write(self, other: Talker | str, text: str, **how: object) -> bytes:
        """Send a message; its id."""
        talk = self.talk
        return talk.send(self.to(other), text, now=self.clock(), **how).id  # type: ignore[arg-type]

    def sees(self, other: Talker | str) -> list[str]:
        """The texts shown in a conversation, gaps as numbers in brackets."""
        shown = []
        for each in self.talk.messages(self.to(other)):
            shown.append(f"({each.count})" if isinstance(each, Gap) else said(each))
        return shown

    def unread(self, other: Talker | str) -> int:
        return self.talk.at(self.to(other).where).unread


def said(message: Message) -> str:
    """A message in short, as a test compares it."""
    if message.retracted or message.expired:
        return "<retracted>" if message.retracted else "<expired>"
    return message.text if message.readable else "<unreadable>"


def street(folder: Path, *names: str, clock: Clock | None = None) -> tuple[list[Talker], bytes]:
    """A community that the first one has founded, all of whom know each other's keys."""
    return made_once(Talker, folder, names, clock or Clock())
