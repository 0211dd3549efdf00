"""The agent's one tool that sends: a message to a channel of the community, if a person agrees.

It is there only at a terminal, in a hearth that belongs to a community. What it tells the model
never holds a name that somebody else chose.
"""

from __future__ import annotations

from hearth.agent.errors import ToolError
from hearth.agent.tools import Arguments, Outcome, Tool
from hearth.commands.chatting import talking
from hearth.commands.communities import opened
from hearth.commands.context import Session
from hearth.commands.failures import explain
from hearth.store.errors import HearthError
from hearth.store.ids import short

LONGEST = 500
"""Characters of a message."""


def posting(session: Session) -> list[Tool]:
    """The tool; none where nobody can be asked or there is nobody to post to."""
    if not session.terminal.interactive or not _belongs(session):
        return []

    def act(arguments: Arguments) -> Outcome:
        return _post(session, arguments["channel"].removeprefix("#"), arguments["text"])

    channel = {"type": "string", "minLength": 1, "maxLength": 33}
    text = {"type": "string", "minLength": 1, "maxLength": LONGEST}
    does = "post a message to a channel of the neighbourhood, if the person agrees"
    arguments = {"channel": channel, "text": text}
    return [Tool("post", does, arguments, act, ("channel", "text"), writes=True)]


def _belongs(session: Session) -> bool:
    try:
        with opened(session, read_only=True) as square:
            return bool(square.commons.joined())
    except (HearthError, OSError):
        return False


def _post(session: Session, channel: str, text: str) -> Outcome:
    """Ask the person, and post. Raises ToolError."""
    terminal = session.terminal
    text = terminal.clean(text, body=True).strip()  # what is sent is what the person has seen
    try:
        with talking(session, writes=True) as room:
            conversation = room.find(f"#{channel}")
            place = terminal.clean(room.place(conversation.community))
            for line in text.split("\n"):
                terminal.err(terminal.wrap(line, indent="  > "))
            question = f'Post this to {terminal.clean(conversation.name)} in "{place}"?'
            if not terminal.confirm(question):
                return Outcome("The person said no; nothing was posted.")
            sent = room.talk.send(conversation, text, now=session.now)
    except (HearthError, OSError) as error:
        terminal.warn(f"not posted: {explain(error).message}")
        raise ToolError("it could not be posted") from None
    terminal.note(f"posted as {short(sent.id)}; hearth sync takes it along")
    return Outcome("Posted.")
