"""hearth chat send: write to a person, a group or a channel."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hearth.commands.agreeing import confirm
from hearth.commands.ask import Words
from hearth.commands.chat_data import where_json
from hearth.commands.chatting import EXPIRIES, expiry_class, talking, typed, typed_text
from hearth.commands.context import Session
from hearth.commands.layout import count
from hearth.commands.options import community_option, json_option
from hearth.store.errors import Exit, HearthError, UsageError

if TYPE_CHECKING:
    from hearth.chat.shapes import Conversation, Sent
    from hearth.commands.chat_room import Room

_CHANNEL = "a shell takes # for the beginning of a comment: write '#garden'"


class TooBigError(HearthError, code="does-not-fit"):
    """It does not fit one frame of the link, and --strict was given; nothing was sent (exit 1)."""


@click.command("send", short_help="Write to a person, a group or a channel.", cls=Words)
@click.argument("who", metavar="TO", required=False)
@click.argument("words", nargs=-1, metavar="[TEXT...|-]")
@click.option("--topic", metavar="TEXT", help="What it is about: up to 60 bytes.")
@click.option(
    "--attach",
    "files",
    multiple=True,
    type=click.Path(readable=False, path_type=Path),
    metavar="FILE",
    help="Send FILE along; may be given 16 times.",
)
@click.option("--reply", metavar="ID", help="In answer to this message.")
@click.option(
    "--expires",
    type=click.Choice(EXPIRIES),
    help="Let everybody's hearth forget it after so long.",
)
@click.option("--draft", is_flag=True, help="Keep TEXT as a draft, and send nothing.")
@click.option(
    "--fit",
    type=click.Choice(["lora", "qr", "sms"]),
    help="Say how many frames it takes on such a link.",
)
@click.option("--strict", is_flag=True, help="With --fit: send nothing that takes several frames.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask, whatever is the matter with TO.")
@community_option
@json_option
@click.pass_obj
def send(
    session: Session,
    who: str | None,
    words: tuple[str, ...],
    topic: str | None,
    files: tuple[Path, ...],
    reply: str | None,
    expires: str | None,
    draft: bool,
    fit: str | None,
    strict: bool,
    yes: bool,
) -> int:
    """Write TEXT to TO: a person, a group, or a channel such as '#garden'.

    All words after TO are one text; quotation marks are not needed. With - it is read from
    standard input, without any TEXT the draft is sent. It is written down here at once, and goes
    with whoever comes by. To a person it is sealed: only their devices can read it.
    """
    if who is None:
        raise UsageError("to whom?", "hearth chat send NAME hello", _CHANNEL)
    if strict and fit is None:
        raise UsageError("--strict needs --fit", "--fit lora, qr or sms says which link is meant")
    text = typed_text(session, words)
    with talking(session, writes=True) as room:
        conversation = room.find(who)
        if draft:
            return _keep(room, conversation, text)
        if text is None and not files:
            text = conversation.draft
            if text is None:
                name = session.terminal.clean(conversation.name)
                raise UsageError(f'no text, and no draft for "{name}"', "hearth chat send TO TEXT")
        _agree(room, conversation, yes)
        answered = None if reply is None else room.talk.resolve(reply)
        expiry = expiry_class(expires)
        if fit is not None:
            _meter(room, conversation, fit, strict, text or "", topic, answered, files, expiry)
        sent = room.talk.send(
            conversation, text or "", topic=topic, reply=answered, attachments=files,
            expiry=expiry, now=session.now,
        )  # fmt: skip
        _tell(room, conversation, sent)
    return Exit.OK


def _keep(room: Room, conversation: Conversation, text: str | None) -> int:
    """Keep a draft; an empty one is none."""
    session = room.session
    if text is None:
        raise UsageError("no text to keep as a draft", "hearth chat send --draft TO TEXT")
    room.talk.draft(conversation, text or None, session.now)
    if session.json:
        where = where_json(conversation, conversation.name)
        session.terminal.out_json({"v": 1, "draft": text or None, "conversation": where})
        return Exit.OK
    name = session.terminal.clean(conversation.name)
    if text:
        session.terminal.out(f'kept as a draft for "{name}"; nothing was sent')
        session.terminal.note(f"next: hearth chat send {typed(room, conversation)} sends it")
    else:
        session.terminal.out(f'there is no draft for "{name}" any more')
    return Exit.OK


def _agree(room: Room, conversation: Conversation, yes: bool) -> None:
    """Shout about what is the matter with somebody, and go on only if a person agrees."""
    if not conversation.warning:
        return
    from hearth.identity.fingerprint import fingerprint

    terminal = room.session.terminal
    terminal.warn(conversation.warning)
    name = terminal.clean(conversation.name)
    if conversation.kind == "person":
        terminal.err(f"hint: compare by voice: {name} is {fingerprint(conversation.key)} here")
    confirm(room.session, yes, question=f'Send to "{name}" all the same?')


def _meter(room: Room, conversation: Conversation, link: str, strict: bool, *message: Any) -> None:
    """Say on stderr what a message takes on a thin link, and refuse what --strict forbids."""
    from hearth.commands.chat_fit import measured

    preview = measured(room, conversation, link, *message)
    fit, terminal = preview.fit, room.session.terminal
    left = "no text fits one"
    if preview.room is not None:
        left = f"a text of up to {preview.room} bytes fits one"
    terminal.note(
        f"{link}: {count(preview.bytes, 'byte')}, {count(fit.frames, 'frame')} of {fit.limit};"
        f" {left}"
    )
    if preview.reason and not strict:
        terminal.note(terminal.wrap(f"{link}: {preview.reason}", hanging="  "))
    if strict and preview.reason:
        raise TooBigError(f"it does not go in one {link} frame; nothing was sent", preview.reason)


def _tell(room: Room, conversation: Conversation, sent: Sent) -> None:
    from hearth.store.ids import short

    session, clean = room.session, room.session.terminal.clean
    if session.json:
        session.terminal.out_json(
            {
                "v": 1,
                "id": sent.id.hex(),
                "conversation": where_json(conversation, conversation.name),
                "devices": sent.devices,
                "lacking": [each.hex() for each in sent.lacking],
                "fallback": [each.hex() for each in sent.fallback],
                "bytes": sent.bytes,
                "renewed": sent.renewed,
            }
        )
        return
    name, place = clean(conversation.name), clean(room.place(conversation.community))
    home = conversation.community == room.square.home.community
    own = home or conversation.key == room.square.me
    sealed = f", sealed to {count(sent.devices, 'device')}" if sent.devices else ""
    what = "noted for yourself" if own else f'queued for "{name}"'
    session.terminal.out(f'{short(sent.id)}  {what} (in "{place}"){sealed}')
    if home and conversation.key != room.square.me:
        session.terminal.note(
            'nobody else gets it: "home" is yours alone;'
            " hearth community create NAME, or hearth join TICKET"
        )
    if own:
        return
    for devices, what in (
        (sent.lacking, "cannot read it: nothing of them has come here yet to seal it to"),
        (sent.fallback, "got it by the long-lived key: no fresher one of theirs is here"),
    ):
        if devices:
            named = ", ".join(room.device(conversation.community, each) for each in devices)
            session.terminal.note(f"{named} {what}")
    far = f"hearth sync takes it along; hearth chat status {short(sent.id)[:8]} says how far"
    session.terminal.note(f"next: {far}")
