"""hearth chat read: show what was written, and note it as read."""

from __future__ import annotations

import select
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from hearth.commands.context import Session
from hearth.commands.options import community_option, json_option
from hearth.store.errors import Exit, NotFoundError, UsageError

if TYPE_CHECKING:
    from hearth.chat.shapes import Conversation, Gap, Message
    from hearth.commands.chat_lines import Lines
    from hearth.commands.chatting import Room

CONTEXT = 20
"""Messages shown at least where there are so many, and all that are unread."""
PAGE = 500
"""Unread messages shown at once; the next time the next ones are."""
LOOK = 0.5
"""Seconds from one look at the log to the next, while following."""


class NothingThereError(NotFoundError):
    """There is no message to show (exit 4)."""

    code = "no-messages"


@click.command("read", short_help="Show what was written, and note it as read.")
@click.argument("who", required=False)
@click.option("--unread", is_flag=True, help="Only what is unread.")
@click.option("--follow", is_flag=True, help="Go on showing what comes, until stopped.")
@click.option("--topic", metavar="TEXT", help="Only what was written on this topic.")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    metavar="N",
    help="At most the last N messages (with --unread, the first N).",
)
@click.option("--keep-unread", is_flag=True, help="Do not note it as read.")
@click.option("--ids", is_flag=True, help="Show the id of each message, too.")
@click.option("-z", "--null", is_flag=True, help="Print ids alone, each ended by NUL.")
@community_option
@json_option
@click.pass_obj
def read(
    session: Session,
    who: str | None,
    unread: bool,
    follow: bool,
    topic: str | None,
    limit: int | None,
    keep_unread: bool,
    ids: bool,
    null: bool,
) -> int:
    """Show what was written with WHO, or everything unread; what is shown counts as read.

    WHO is a person, a group or a channel (such as '#garden'). Times are those of whoever wrote, in
    local time; one that ends with ? has not come yet by this clock. What is missing is said. With
    --json each message is a JSON line.
    """
    if who is None and (follow or topic is not None or limit is not None):
        raise UsageError("--follow, --topic and --limit need to know whose messages are meant")
    from hearth.commands.chatting import talking

    with talking(session) as room:
        show = _Show(room, unread, topic, limit, ids, null)
        if who is None:
            every = room.talk.conversations(session.now)
            found = [each for each in every if not each.blocked and room.meant(each)]
            chosen = [each for each in found if each.unread or each.held]
        else:
            chosen = [room.find(who)]
        return _read(room, show, chosen, named=who is not None, keep=keep_unread, follow=follow)


def _read(
    room: Room,
    show: _Show,
    chosen: Sequence[Conversation],
    *,
    named: bool,
    keep: bool,
    follow: bool,
) -> int:
    from hearth.commands.chatting import locked

    wanted = not keep and (follow or any(each.unread for each in chosen))
    marks = wanted and room.can_mark()
    shown = sum([show.conversation(each, heading=not named, marks=marks) for each in chosen])
    if follow:
        _follow(room, show, chosen[0], marks=marks)
        return Exit.OK
    waits = locked(room)
    if not shown and not waits:
        nothing = "nothing is unread" if show.unread or not named else "nothing was written yet"
        where = f' with "{chosen[0].name}"' if named else ""
        raise NothingThereError(f"{nothing}{where}")
    if not shown:
        return Exit.KEY_LOCKED
    return Exit.WARNINGS if waits or (wanted and not marks) else Exit.OK


class _Show:
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
        from hearth.chat.shapes import Gap
        from hearth.commands.chat_people import question

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
        from hearth.chat.shapes import Gap
        from hearth.commands import chatting
        from hearth.commands.chat_lines import Lines
        from hearth.commands.chat_states import States, state_json

        terminal = self.room.session.terminal
        states = States(self.room)
        lines = self._lines = Lines(self.room, items, ids=self.ids, before=self._lines)
        for item in items:
            if not isinstance(item, Gap):
                self.last = max(self.last, item.arrival)
            if self.null and not isinstance(item, Gap):
                terminal.out_bytes(item.id.hex().encode() + b"\0")
            elif self.room.session.json and isinstance(item, Gap):
                terminal.out_json({"v": 1, "event": "gap", **chatting.gap_json(item)})
            elif self.room.session.json and not isinstance(item, Gap):
                data = chatting.message_json(self.room, item)
                state = state_json(states.of(item)) if item.mine else None
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
        from hearth.chat.shapes import Gap
        from hearth.commands.chatting import typed

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


def _follow(room: Room, show: _Show, conversation: Conversation, *, marks: bool) -> None:
    """Show what comes until a signal comes. One number is read from the log at each look."""
    from hearth.commands.neighbours import clock
    from hearth.commands.signals import Stopped

    store = room.square.home.store
    seen = show.last = max(show.last, store.log.last_arrival())
    known = {each.id for each in _unread(room, conversation)}
    with suppress(Stopped):
        while True:
            _pause(room)
            arrived = store.log.last_arrival()
            if arrived == seen:
                continue
            seen, room.session.now = arrived, clock()
            room.talk.update(room.session.now)
            items = room.talk.messages(conversation, after=show.last, topic=show.topic)
            # what came before, and could be opened only now
            late = [each for each in _unread(room, conversation) if each.id not in known]
            items = [*(each for each in late if each.arrival <= show.last), *items]
            known.update(each.id for each in late)
            show.last = arrived
            if items:
                show.print(items)
                room.session.terminal.flush()
                if marks:
                    show.mark(conversation, items)


def _unread(room: Room, conversation: Conversation) -> list[Message]:
    from hearth.chat.shapes import Gap

    found = room.talk.messages(conversation, unread=True)
    return [each for each in found if not isinstance(each, Gap)]


def _pause(room: Room) -> None:
    """Wait for a moment, or until nobody reads the output any more: then BrokenPipeError."""
    try:
        output = room.session.terminal.stdout.fileno()
    except (OSError, ValueError):
        output = -1
    waiter = select.poll()
    if output >= 0:
        waiter.register(output, 0)
    if waiter.poll(LOOK * 1000):
        raise BrokenPipeError
