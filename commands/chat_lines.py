"""Messages as lines: when, who, what, and at the end how far one's own have come.

Text of others never stands left of its column, however long its words and whatever its line ends
are: so nobody can write a line that looks like somebody else's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from hearth.chat.shapes import Gap
from hearth.commands.chat_states import States
from hearth.commands.layout import columns, cut, cut_at, size
from hearth.commands.times import stamp

if TYPE_CHECKING:
    from hearth.chat.shapes import Message
    from hearth.commands.chat_room import Room

WIDEST_NAME = 20


class Lines:
    """Turns what `Talk.messages` gives into lines; the columns are as wide as these need."""

    def __init__(
        self,
        room: Room,
        items: Iterable[Message | Gap],
        *,
        ids: bool = False,
        before: Lines | None = None,
    ) -> None:
        """`before`: those that stand above, with which these are to line up."""
        self.room = room
        self.ids = ids
        self._states = States(room)
        self._width = min(room.session.terminal.width, 100)
        self._time: int = before._time if before else 0
        self._name: int = before._name if before else 0
        for each in items:
            if not isinstance(each, Gap):
                self._time = max(self._time, len(self._when(each)))
                name = min(columns(self.room.author(each)), WIDEST_NAME)
                self._name = max(self._name, name)

    def lines(self, item: Message | Gap) -> list[str]:
        """One message, or what is missing before the next."""
        if isinstance(item, Gap):
            return [self._gap(item)]
        when, name = self._when(item), self.room.author(item)
        id = f"{item.id.hex()[:8]}  " if self.ids else ""
        head = f"{id}{when:{self._time}}  {name}{' ' * (self._name - columns(name))}  "
        indent = " " * (len(id) + self._time + self._name + 4)
        body = self._body(item, max(20, self._width - len(indent)))
        if columns(name) > self._name:  # it does not fit its column: a line of its own
            body.insert(0, "")
        out = [(head + body[0]).rstrip(), *((indent + each).rstrip() for each in body[1:])]
        return self._with_state(item, out)

    def _when(self, message: Message) -> str:
        return stamp(message.wall, self.room.session.now)

    def _gap(self, gap: Gap) -> str:
        return "   " + self.room.session.terminal.style(missing(self.room, gap), "dim")

    def _body(self, message: Message, room: int) -> list[str]:
        style = self.room.session.terminal.style
        if message.retracted or message.expired or not message.readable:
            return [style(text_of(message), "dim")]
        lines = self._answered(message, room)
        topic = f"[{self.room.session.terminal.clean(message.topic)}] " if message.topic else ""
        if message.text or topic:
            lines += folded(topic + self.room.session.terminal.clean(message.text, body=True), room)
        if message.edited:
            lines[-1] += style(" (edited)", "dim")
        lines += self._attached(message)
        if message.reactions:
            lines += folded(self._reactions(message), room)
        return lines or [""]

    def _answered(self, message: Message, room: int) -> list[str]:
        """The beginning of the message that this one answers to."""
        if message.reply is None:
            return []
        from hearth.chat.errors import UnknownMessageError

        try:
            answered = self.room.talk.message(message.reply)
        except UnknownMessageError:
            return [f"> {message.reply.hex()[:8]}, which is not here"]
        text = self.room.session.terminal.clean(" ".join(answered.text.split()))
        name = self.room.author(answered)
        line = f"> {name}: {text or '(nothing left of it)'}"
        return [self.room.session.terminal.style(cut(line, room), "dim")]

    def _attached(self, message: Message) -> list[str]:
        clean = self.room.session.terminal.clean
        lines, here = [], [self.room.talk.has(each) for each in message.attachments]
        for each, is_here in zip(message.attachments, here, strict=True):
            note = "" if is_here else ", not here yet"
            lines.append(f"+ {clean(each.name)} ({size(each.size)}{note})")
        if any(here):
            lines.append(f"  hearth chat save {message.id.hex()[:8]} keeps what is attached")
        return lines

    def _reactions(self, message: Message) -> str:
        clean, community = self.room.session.terminal.clean, message.conversation.community
        return "  ".join(
            f"{clean(text)} {self.room.person(community, who)}" for who, text in message.reactions
        )

    def _with_state(self, message: Message, lines: list[str]) -> list[str]:
        if not message.mine or message.retracted or message.expired:
            return lines
        state = self._states.said(message)
        if not state:
            return lines
        room = self._width - columns(lines[-1]) - 2
        styled = self.room.session.terminal.style(state, "dim")
        if columns(state) <= room:
            lines[-1] += " " * (self._width - columns(lines[-1]) - columns(state)) + styled
        else:
            lines.append(" " * max(0, self._width - columns(state)) + styled)
        return lines


def text_of(message: Message) -> str:
    """The text, or why there is none."""
    if message.retracted:
        return "(taken back)"
    if message.expired:
        return "(expired)" if message.expiry else "(let go of here)"
    return message.text if message.readable else "(it came, and is not a message)"


def missing(room: Room, gap: Gap) -> str:
    """That so many events of somebody are missing. Which of them are messages, and to whom, is not
    known before they come."""
    name, lost = room.session.terminal.clean(gap.author_name) or gap.device.hex()[:8], gap.count
    if lost is None:
        return f"— messages of {name} may be missing here, and may come later —"
    what = "a message" if lost == 1 else f"up to {lost:,} messages"
    verb = "is" if lost == 1 else "are"
    they = "it" if lost == 1 else "they"
    return f"— {what} of {name} {verb} missing here; {they} may come later —"


def folded(text: str, width: int) -> list[str]:
    """Text, broken to lines of this width; spaces stay where a line fits as it is.

    Words that are too long are broken, too, unless they are ASCII (an address, which somebody may
    want to copy, and which cannot look like a line of ours).
    """
    lines: list[str] = []
    for line in text.expandtabs(4).split("\n"):
        lines += [line] if columns(line) <= width else _broken(line.split(), width)
    while len(lines) > 1 and not lines[-1].strip():
        lines.pop()
    return lines


def _broken(words: Sequence[str], width: int) -> list[str]:
    lines, line = [], ""
    for word in words:
        if line and columns(line) + 1 + columns(word) > width:
            lines.append(line)
            line = ""
        line = f"{line} {word}" if line else word
        while columns(line) > width and not line.isascii():
            first = cut_at(line, width)
            lines.append(line[:first])
            line = line[first:]
    lines.append(line)
    return lines
