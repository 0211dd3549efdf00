"""What `hearth chat export` writes: conversations as text, JSON lines, mail, and a page to print.

Text of others is cleaned for whatever reads it: of controls where people look at it, and escaped in
HTML, which has no scripts and asks for nothing from outside. A mailbox is `mboxrd`: lines of the
text that begin with From, after any number of >, get another >.
"""

from __future__ import annotations

import html
import re
import time
from collections.abc import Iterable, Iterator
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate
from typing import TYPE_CHECKING

from hearth.chat.shapes import Gap
from hearth.commands import chat_data
from hearth.commands.chat_lines import missing, text_of
from hearth.commands.terminal import to_json
from hearth.commands.times import when

if TYPE_CHECKING:
    from hearth.chat.shapes import Conversation, Message
    from hearth.commands.chat_room import Room

DOMAIN = "hearth.invalid"
"""Where no mail ever goes."""
_FROM = re.compile(rb"^(>*From )", re.MULTILINE)
_POLICY = SMTP.clone(linesep="\n", max_line_length=998)
_STYLE = (
    "body{font:11pt/1.4 serif;margin:2em auto;max-width:40em}"
    "h1{font-size:14pt;page-break-after:avoid}"
    "p{margin:.4em 0;white-space:pre-wrap;overflow-wrap:anywhere}"
    "time,.gap,.note{color:#555;font-size:9pt}b{font-weight:600}"
)


def as_text(room: Room, chosen: Iterable[Conversation]) -> Iterator[bytes]:
    """As `hearth chat read` shows it, with the date of every message."""
    clean = room.session.terminal.clean
    for number, conversation in enumerate(chosen):
        yield f"{chr(10) * bool(number)}{room.title(conversation)}\n\n".encode()
        for item in room.talk.messages(conversation):
            if isinstance(item, Gap):
                yield f"    {missing(room, item)}\n".encode()
                continue
            first, *rest = clean(text_of(item), body=True).split("\n")
            notes = "".join(f"\n    + {clean(each.name)}" for each in item.attachments)
            text = first + "".join(f"\n    {line}" for line in rest) + notes
            yield f"{when(item.wall)}  {room.author(item)}: {_topic(room, item)}{text}\n".encode()


def as_lines(room: Room, chosen: Iterable[Conversation]) -> Iterator[bytes]:
    """One JSON document a message, and one for what is missing; text as it was written."""
    for conversation in chosen:
        where = chat_data.where_json(conversation, conversation.name)
        for item in room.talk.messages(conversation):
            if isinstance(item, Gap):
                data = {"event": "gap", "conversation": where, **chat_data.gap_json(item)}
            else:
                data = {"event": "message", **chat_data.message_json(item)}
                data["conversation"] = where
            yield to_json({"v": 1, **data}).encode() + b"\n"


def as_mbox(room: Room, chosen: Iterable[Conversation]) -> Iterator[bytes]:
    """A mailbox with a mail a message."""
    for conversation in chosen:
        for item in room.talk.messages(conversation):
            if not isinstance(item, Gap):
                mail = _FROM.sub(rb">\1", _mail(room, conversation, item).as_bytes())
                line = f"From {(item.author or item.device).hex()}@{DOMAIN} {_asctime(item.wall)}\n"
                yield line.encode() + mail.rstrip(b"\n") + b"\n\n"


def _mail(room: Room, conversation: Conversation, message: Message) -> EmailMessage:
    clean = room.session.terminal.clean
    me = room.square.home.identity
    name = clean(me.name if message.mine else message.author_name)
    mail = EmailMessage(policy=_POLICY)
    author = (message.author or message.device).hex()
    mail["From"] = Address(_plain(name), author, DOMAIN)
    if conversation.kind == "person" and not message.mine:
        mail["To"] = Address(_plain(clean(me.name)), me.person.hex(), DOMAIN)
    else:
        mail["To"] = Address(_plain(clean(conversation.name)), _mailbox(conversation), DOMAIN)
    mail["Date"] = formatdate(_sane(message.wall), localtime=False)
    mail["Message-ID"] = f"<{message.id.hex()}@{DOMAIN}>"
    if message.reply is not None:
        mail["In-Reply-To"] = f"<{message.reply.hex()}@{DOMAIN}>"
    mail["Subject"] = _plain(clean(message.topic or conversation.name))
    text = clean(text_of(message), body=True)
    for each in message.attachments:
        text += f"\n[{clean(each.name)}, {each.size} bytes, object {each.object.hex()}]"
    mail.set_content(text)
    return mail


def _mailbox(conversation: Conversation) -> str:
    if conversation.kind == "channel":
        return "channel-" + conversation.key.decode("ascii", "replace")
    return ("" if conversation.kind == "person" else "group-") + conversation.key.hex()


def _plain(text: str) -> str:
    """What a mail's header may hold: printable, and no surrogates."""
    return text.encode("utf-8", "replace").decode() or "?"


def as_html(room: Room, chosen: Iterable[Conversation]) -> Iterator[bytes]:
    """One page that needs nothing but itself."""
    yield (
        '<!DOCTYPE html>\n<html><head><meta charset="utf-8">'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\';'
        f" style-src 'unsafe-inline'\"><title>hearth chat</title><style>{_STYLE}</style>"
        "</head><body>\n"
    ).encode()
    for conversation in chosen:
        yield f"<h1>{html.escape(room.title(conversation))}</h1>\n".encode()
        for item in room.talk.messages(conversation):
            yield _paragraph(room, item).encode()
    yield b"</body></html>\n"


def _paragraph(room: Room, item: Message | Gap) -> str:
    clean = room.session.terminal.clean
    if isinstance(item, Gap):
        return f'<p class="gap">{html.escape(missing(room, item))}</p>\n'
    text = html.escape(_topic(room, item) + clean(text_of(item), body=True))
    files = "".join(
        f'<br><span class="note">+ {html.escape(clean(each.name))}</span>'
        for each in item.attachments
    )
    at, who = html.escape(when(item.wall)), html.escape(room.author(item))
    return f'<p><time>{at}</time> <b>{who}</b> <bdi dir="auto">{text}</bdi>{files}</p>\n'


def _topic(room: Room, message: Message) -> str:
    return f"[{room.session.terminal.clean(message.topic)}] " if message.topic else ""


def _sane(wall: int) -> int:
    """A time that a calendar has: 0 for what no clock can show."""
    return wall if wall < 253_402_300_800 else 0


def _asctime(wall: int) -> str:
    return time.asctime(time.gmtime(_sane(wall)))
