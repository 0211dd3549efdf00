"""Conversations shown: what of them, as what, and what of it counts as read then."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hearth.chat.shapes import Gap
from hearth.commands import chat_data
from hearth.commands.chat_people import question
from hearth.commands.chatting import typed

if TYPE_CHECKING:
    from hearth.chat.shapes import Conversation, Message
    from hearth.commands.chat_lines import Lines
    from hearth.commands.chat_room import Room

CONTEXT = 20
"""Messages shown at least where there are so many, and all that are unread."""
PAGE = 500
"""Unread messages shown at once; the next time the next ones are."""


class Show:
    """What of a conversation is wanted, and how; prints it."""

    def __init__(
        self, room: Room, unread: bool, topic: str | None, limit: int | None, ids: bool, null: bool
    ) -> None:
        self.room = room
        self.unread = unread
        self.topic = topic
        self.limit = limit
        self.ids = ids
        self.null = null
        self.last = 0
        self._headings = 0
        self._lines: Lines | None = None

    def conversation(self, conversation: Conversation, *, heading: bool, marks: bool) -> int:
        """Show one; how many messages there were. Marks them as read once they are out."""
        items = self._items(conversation, heading)
        messages = [each for each in items if not isinstance(each, Gap)]
        if conversation.warning:
            self.room.session.terminal.warn(conversation.warning)
        if heading and not self._bare and messages:
            self._heading(conversation)
        self.print(items)
        self.room.session.terminal.flush()
        if marks and messages:
            self.mark(conversation, messages)
        if conversation.held and not self._bare:
            self.room.session.terminal.note(question(self.room, conversation))
        return len(messages)

    @property
    def _bare(self) -> bool:
        return self.null or self.room.session.json

    def _items(self, conversation: Conversation, all_unread: bool) -> list[Message | Gap]:
        talk, limit = self.room.talk, self.limit
        since = 0 if limit is not None else talk.since_unread(conversation)
        if self.unread or all_unread or since > PAGE:
            return talk.messages(
                conversation, unread=True, limit=limit or PAGE, oldest=True, topic=self.topic
            )
        return talk.messages(conversation, limit=limit or max(CONTEXT, since), topic=self.topic)

    def print(self, items: Sequence[Message | Gap]) -> None:
        """Print messages and gaps, in their order."""
        from hearth.commands.chat_lines import Lines
        from hearth.commands.chat_states import States

        terminal = self.room.session.terminal
        states = States(self.room)
        lines = self._lines = Lines(self.room, items, ids=self.ids, before=self._lines)
        for item in items:
            if not isinstance(item, Gap):
                self.last = max(self.last, item.arrival)
            if self.null and not isinstance(item, Gap):
                terminal.out_ids([item.id])
            elif self.room.session.json and isinstance(item, Gap):
                terminal.out_json({"v": 1, "event": "gap", **chat_data.gap_json(item)})
            elif self.room.session.json and not isinstance(item, Gap):
                data = chat_data.message_json(item)
                state = states.as_json(item) if item.mine else None
                terminal.out_json({"v": 1, "event": "message", **data, "state": state})
            elif not self.null:
                for line in lines.lines(item):
                    terminal.out(line)

    def _heading(self, conversation: Conversation) -> None:
        terminal = self.room.session.terminal
        new = "  new to you" if conversation.new else ""
        if self._headings:
            terminal.out()
        self._headings += 1
        terminal.out(terminal.style(f"{self.room.title(conversation)}{new}", "bold"))

    def mark(self, conversation: Conversation, messages: Sequence[Message | Gap]) -> None:
        """Note as read what was shown, up to the first unread message that was not."""
        talk = self.room.talk
        shown = {each.id for each in messages if not isinstance(each, Gap)}
        last: bytes | None = None
        unread = talk.messages(conversation, unread=True, limit=len(shown) + 1, oldest=True)
        for each in unread:
            if isinstance(each, Gap):
                continue
            if each.id not in shown:
                break
            last = each.id
        if last is not None:
            talk.mark_read(conversation, self.room.session.now, up_to=last)
        left = talk.at(conversation.where).unread
        if left and not self._bare:
            name = typed(self.room, conversation)
            self.room.session.terminal.note(
                f"{left:,} more unread: hearth chat read --unread {name} shows the first ones"
            )
