"""hearth chat read: show what was written, and note it as read."""

from __future__ import annotations

import select
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from hearth.chat.shapes import Gap
from hearth.commands.chat_pages import Show
from hearth.commands.chatting import locked, talking
from hearth.commands.context import Session
from hearth.commands.options import community_option, json_option, null_option
from hearth.commands.running import clock
from hearth.commands.signals import Stopped
from hearth.store.errors import Exit, NotFoundError, UsageError

if TYPE_CHECKING:
    from hearth.chat.shapes import Conversation, Message
    from hearth.commands.chat_room import Room

LOOK = 0.5
"""Seconds from one look at the log to the next, while following."""


class NothingThereError(NotFoundError, code="no-messages"):
    """There is no message to show (exit 4)."""


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
@null_option
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
    with talking(session) as room:
        show = Show(room, unread, topic, limit, ids, null)
        if who is None:
            every = room.talk.conversations()
            found = [each for each in every if not each.blocked and room.meant(each)]
            chosen = [each for each in found if each.unread or each.held]
        else:
            chosen = [room.find(who)]
        return _read(room, show, chosen, named=who is not None, keep=keep_unread, follow=follow)


def _read(
    room: Room,
    show: Show,
    chosen: Sequence[Conversation],
    *,
    named: bool,
    keep: bool,
    follow: bool,
) -> int:
    wanted = not keep and (follow or any(each.unread for each in chosen))
    marks = wanted and room.can_mark()
    begun = room.square.home.store.log.last_arrival()
    if follow:
        room.talk.update(room.session.now)  # so that what comes while this is shown is shown, too
    shown = sum([show.conversation(each, heading=not named, marks=marks) for each in chosen])
    if follow:
        _follow(room, show, chosen[0], begun, marks=marks)
        return Exit.OK
    waits = locked(room)
    if not shown and not waits:
        return _nothing(room, chosen[0] if named else None, unread=show.unread or not named)
    if not shown:
        return Exit.KEY_LOCKED
    return Exit.WARNINGS if waits or (wanted and not marks) else Exit.OK


def _nothing(room: Room, where: Conversation | None, *, unread: bool) -> int:
    """Say that there is nothing to show: no failure, and its exit code tells it to scripts."""
    terminal = room.session.terminal
    said = "nothing is unread" if unread else "no messages are here"
    name = f' "{terminal.clean(where.name)}"' if where else ""
    if where and where.blocked:
        said = f"you have blocked{name}"
    else:
        said += f" with{name}" if where else ""
    if room.session.json:
        raise NothingThereError(said)
    terminal.note(said)
    if where is None and room.talk.conversations():
        terminal.note("next: hearth chat read NAME shows what was read already")
    return Exit.NOTHING_FOUND


def _follow(room: Room, show: Show, conversation: Conversation, begun: int, *, marks: bool) -> None:
    """Show what comes after the arrival `begun`, until a signal comes.

    One number is read from the log at each look.
    """
    store = room.square.home.store
    seen, show.last = begun, max(show.last, begun)
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
