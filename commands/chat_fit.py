"""The byte meter of `hearth chat send --fit`: what a message will take, before it is sent.

To know whether a new key has to go first, one is made in a transaction that is taken back.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from hearth.audience.records import Audience, Scope
from hearth.chat import checking, fitting
from hearth.chat.records import MessageRecord
from hearth.chat.shapes import Attachment
from hearth.sync.fit import Link

if TYPE_CHECKING:
    from hearth.chat.fitting import Place, Preview
    from hearth.chat.shapes import Conversation
    from hearth.commands.chat_room import Room
    from hearth.store.batch import Transaction


class _TakenBackError(Exception):
    """Ends a transaction that is not to count."""


def measured(
    room: Room,
    conversation: Conversation,
    link: str,
    text: str,
    topic: str | None,
    reply: bytes | None,
    files: tuple[Path, ...],
    expiry: int,
) -> Preview:
    """What a message takes on a link.

    Raises what sending it would raise: TooLongError, BadTextError, InnerTooLongError, NobodyError.
    """
    clear = conversation.kind == "channel"
    channel = conversation.key.decode("ascii", "replace") if clear else None
    attached = tuple(_attached(number, each, clear) for number, each in enumerate(files))
    record = MessageRecord(text, channel, topic, reply, attached)
    place = _place(room, conversation, expiry)
    return fitting.preview(place, checking.message(record, clear=clear), Link(link))


def _attached(number: int, file: Path, clear: bool) -> Attachment:
    """A file as it will be stated; of its object's id and key only the lengths count."""
    media = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    id = number.to_bytes(32, "big")
    return Attachment(file.name, media, file.stat().st_size, id, None if clear else bytes(32))


def _place(room: Room, conversation: Conversation, expiry: int) -> Place:
    home, now = room.square.home, room.session.now
    device = home.signer(now).device
    found: list[Place] = []
    try:
        with home.store.batch() as batch, batch.transaction() as tx:
            keyed = _is_keyed(room, tx, conversation)
            if keyed:
                found.append(_next(room, tx, device, conversation, expiry, keyed=True))
            raise _TakenBackError
    except _TakenBackError:
        pass
    if not found:
        with home.store.batch() as batch, batch.transaction() as tx:
            found.append(_next(room, tx, device, conversation, expiry, keyed=False))
    return found[0]


def _next(
    room: Room, tx: Transaction, device: bytes, conversation: Conversation, expiry: int, keyed: bool
) -> Place:
    return fitting.place(
        room.square.home.store.log, tx, device, conversation,
        now=room.session.now, expiry=expiry, keyed=keyed,
    )  # fmt: skip


def _is_keyed(room: Room, tx: Transaction, conversation: Conversation) -> bool:
    """Whether there is a key for the conversation that would be used now."""
    if conversation.kind == "channel":
        return True
    keyring = room.talk.keyring
    scope = Scope.PAIR if conversation.kind == "person" else Scope.GROUP
    audience = Audience(conversation.community, scope, conversation.key)
    before = _claims(room, audience)
    keyring.ensure(tx, audience, _persons(conversation), room.session.now)
    return _claims(room, audience) == before


def _persons(conversation: Conversation) -> Iterable[bytes]:
    return (conversation.key,) if conversation.kind == "person" else conversation.members


def _claims(room: Room, audience: Audience) -> int:
    return sum(len(each.claims) for each in room.talk.keyring.held(audience))
