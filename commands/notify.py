"""Telling a person of what has come: a bell, a line, a program of their own.

`chat.notify` names a program. It is run without a shell, with the arguments that are set and no
others, and gets what has come as JSON on its standard input: nobody's text is ever in a command
line. Names and texts are cleaned as for a terminal. It has ten seconds; what goes wrong with it is
one warning, and never the failure of what brought the messages.

In the hours of `chat.quiet` nothing is told, and all of it once they are over, or an emergency is
declared in a community of this hearth.
"""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from hearth.commands.context import Session
from hearth.commands.failures import why
from hearth.settings import NOTIFY, QUIET
from hearth.store.errors import HearthError

if TYPE_CHECKING:
    from hearth.chat.shapes import Conversation, Message
    from hearth.commands.chat_room import Room
    from hearth.mesh.node import Node

LIMIT: Final = 10.0
"""Seconds that the program may take."""
AGAIN: Final = 300.0
"""Seconds after which it is looked again at what is held back, while serving."""
MOST: Final = 50
"""Messages told at once; of more, only how many there are."""
LONGEST: Final = 2000
"""Characters of one text that are told."""
_TOLD: Final = "chat told"


class Notice(NamedTuple):
    """Something to be told. `who`: where it came, for a line; `data`: for the program."""

    who: str
    data: Mapping[str, Any]


def is_quiet(hours: str, now: int) -> bool:
    """Whether a time lies in these hours of the local clock; the end of them does not."""
    if not hours:
        return False
    first, last = (int(each[:2]) * 60 + int(each[3:]) for each in hours.split("-"))
    local = time.localtime(now)
    minute = local.tm_hour * 60 + local.tm_min
    return first <= minute < last if first <= last else minute >= first or minute < last


def _is_held_back(session: Session, node: Node, now: int) -> bool:
    """Whether it has to wait for the end of quiet hours, which no emergency overrides."""
    from hearth.condition.declared import standing
    from hearth.condition.records import Level

    if not is_quiet(session.config.get(QUIET), now):
        return False
    declared = standing(node.home, node.commons, now).actual
    return all(each.level is not Level.EMERGENCY for each in declared)


def after(session: Session, node: Node) -> None:
    """Tell of the messages that have come since this was done last. Raises nothing that is not a
    signal: what has come is here, whoever is told of it."""
    try:
        tell(session, fresh(session, node))
    except HearthError as error:
        _untold(session, error)


def _untold(session: Session, error: HearthError) -> None:
    session.terminal.warn(f"new messages could not be told of: {error.message}", *error.hints)


def fresh(session: Session, node: Node) -> list[Notice]:
    """The messages to be told of now; they count as told then."""
    from hearth.chat.talk import Talk
    from hearth.commands.chat_room import Room
    from hearth.commands.communities import Square
    from hearth.corpora.cache import translated

    store, now = node.home.store, node.now()
    last, told = store.log.last_arrival(), store.meta(_TOLD) or 0
    if last == told:
        return []
    with translated(), Talk.open(node.home, node.commons) as talk:
        talk.update(now)
        if _is_held_back(session, node, now):
            return []
        room = Room(session, Square(session, node.home, node.commons), talk)
        notices = list(_notices(room, told, now))
    with store.batch() as batch, batch.transaction() as tx:
        if (store.meta(_TOLD) or 0) != told:
            return []  # another process was faster, and tells
        tx.set_meta(_TOLD, last)
    return notices


def _notices(room: Room, told: int, now: int) -> Iterable[Notice]:
    from hearth.chat.shapes import Gap

    for conversation in room.talk.conversations():
        if conversation.unread and not conversation.muted and not conversation.blocked:
            for each in room.talk.messages(conversation, unread=True):
                if not isinstance(each, Gap) and each.arrival > told:
                    yield _notice(room, conversation, each)


def _notice(room: Room, conversation: Conversation, message: Message) -> Notice:
    from hearth.commands.chat_data import where_json

    clean = room.session.terminal.clean
    data = {
        "id": message.id.hex(),
        "conversation": where_json(conversation, clean(conversation.name)),
        "community_name": clean(room.place(conversation.community)),
        "author": None if message.author is None else message.author.hex(),
        "author_name": room.author(message),
        "time": message.wall,
        "topic": None if message.topic is None else clean(message.topic),
        "text": clean(message.text[:LONGEST], body=True),
        "cut": len(message.text) > LONGEST,
        "files": [clean(each.name) for each in message.attachments],
    }
    return Notice(room.title(conversation), data)


async def keep_telling(session: Session, node: Node, came: Came) -> None:
    """Tell of what comes, while serving; a program that takes its time keeps nobody waiting."""
    import anyio

    while True:
        try:
            notices = fresh(session, node)
            if notices:
                await anyio.to_thread.run_sync(tell, session, notices, abandon_on_cancel=True)
        except HearthError as error:
            _untold(session, error)
        with anyio.move_on_after(AGAIN):  # quiet hours may have ended
            await came.wait()


class Came:
    """Set by whoever brings something; `wait` returns once, however often that was."""

    def __init__(self) -> None:
        self._event: Any = None
        self._set = False

    def set(self) -> None:
        """Something has come."""
        self._set = True
        if self._event is not None:
            self._event.set()

    async def wait(self) -> None:
        """Until something has come since this returned last."""
        import anyio

        self._event = anyio.Event()
        if not self._set:
            await self._event.wait()
        self._set, self._event = False, None


def tell(session: Session, notices: Sequence[Notice]) -> None:
    """Ring, say so on a terminal, and run the program."""
    from hearth.commands.layout import count

    if not notices:
        return
    terminal = session.terminal
    if terminal.stderr.isatty() and not terminal.quiet:
        if not terminal.plain:
            with suppress(OSError, ValueError):
                terminal.stderr.write("\a")
        names = list(dict.fromkeys(each.who for each in notices))
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        new = count(len(notices), "new message")
        terminal.note(f"{new}: {', '.join(names[:3])}{more}; hearth chat read shows them")
    told = [each.data for each in notices[:MOST]]
    call(session, NOTIFY, {"v": 1, "messages": told, "more": max(0, len(notices) - MOST)})


def call(session: Session, setting: str, document: Mapping[str, Any]) -> None:
    """Run the program that a setting names, if one is, with a document; what goes wrong is a
    warning. May be called in a thread."""
    program = session.config.get(setting)
    problem = run(shlex.split(program), document, session.environ) if program else None
    if problem:
        session.terminal.warn(f"{setting}: {problem}", f"the setting is: {program}")


def run(argv: Sequence[str], document: Mapping[str, Any], environ: Mapping[str, str]) -> str | None:
    """Run a program with a document on its standard input; what went wrong, or None."""
    from hearth.commands.terminal import to_json

    try:
        process = subprocess.Popen(
            argv, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            cwd="/", env=dict(environ), start_new_session=True,
        )  # fmt: skip
    except (OSError, ValueError) as error:
        return f'"{argv[0]}" cannot be run: {why(error)}'
    try:
        process.communicate(to_json(document).encode() + b"\n", timeout=LIMIT)
    except subprocess.TimeoutExpired:
        return f'"{argv[0]}" was ended after {LIMIT:.0f} s'
    finally:
        _end(process)
    if process.returncode:
        return f'"{argv[0]}" failed with exit code {process.returncode}'
    return None


def _end(process: subprocess.Popen[bytes]) -> None:
    """End what is still running of it, children included."""
    if process.poll() is None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
