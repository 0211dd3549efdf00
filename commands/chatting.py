"""What the verbs of chat share: opening it, naming people, telling times, messages as data."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from hearth.commands.context import Session
from hearth.store.errors import UsageError

if TYPE_CHECKING:
    from hearth.chat.ledger import Holder
    from hearth.chat.names import Names
    from hearth.chat.shapes import Attachment, Conversation, Gap, Message, Where
    from hearth.chat.talk import Talk
    from hearth.commands.communities import Square
    from hearth.community.membership import Membership

DOUBT = 600
"""Seconds by which another clock may be ahead of this one before its time is doubted."""
WEEK = 6 * 86400
EXPIRIES = ("1d", "7d", "30d", "90d", "1y", "5y")
"""How long a message may be meant to last: the words for classes 1 to 6 of a header."""


class Room:
    """Chat, opened for one run: `talk` does it, the rest says it to people."""

    def __init__(self, session: Session, square: Square, talk: Talk) -> None:
        self.session = session
        self.square = square
        self.talk = talk
        self._memberships: dict[bytes, Membership] = {}
        self._names: dict[tuple[bytes, bytes], str] = {}
        self._known: Names | None = None
        self._places: dict[bytes, str] | None = None

    @property
    def community(self) -> bytes | None:
        """The community that `--community` names, None if it was not given."""
        from hearth.commands.communities import community_of

        name = self.session.community
        return None if name is None else community_of(self.square.home, name)

    def find(self, text: str) -> Conversation:
        """The conversation that a person means. Raises UnknownConversationError and
        AmbiguousNameError."""
        return self.talk.find(text, self.community, self.session.terminal.clean)

    def signs(self) -> None:
        """Open this device's key, so that whoever is there is asked before all else."""
        self.square.home.signer(self.session.now)

    def can_mark(self) -> bool:
        """Whether what is shown can be noted as read; the key is opened for it. A wrong passphrase
        at a terminal raises KeyLockedError; where nobody can be asked, that is said."""
        from hearth.identity.keyfile import KeyLockedError

        if self.square.home.store.read_only:
            return False
        try:
            self.signs()
        except KeyLockedError:
            if self.session.terminal.interactive:
                raise
            self.session.terminal.warn(
                "not noted as read: the key is locked", "--keep-unread does not try to"
            )
            return False
        return True

    def meant(self, conversation: Conversation) -> bool:
        """Whether it is in the community that `--community` names, if it does."""
        return self.community in (None, conversation.community)

    def membership(self, community: bytes) -> Membership:
        """Who belongs to a community, by what is here; read once."""
        if community not in self._memberships:
            self._memberships[community] = self.square.commons.membership(community)
        return self._memberships[community]

    def place(self, community: bytes) -> str:
        """What a community is called, as it came."""
        from hearth.commands.communities import HOME

        if community == self.square.home.community:
            return HOME
        if self._places is None:
            self._places = {each.id: each.name for each in self.square.commons.joined()}
        return self._places.get(community) or self.membership(community).name

    def person(self, community: bytes, person: bytes) -> str:
        """A person's name, safe to print, and not to be taken for anybody else's."""
        key = community, person
        if key not in self._names:
            self._names[key] = self._called(community, person)
        return self._names[key]

    def _called(self, community: bytes, person: bytes) -> str:
        from hearth.chat.names import Names
        from hearth.store.ids import short

        if person == self.square.me:
            return "you"
        if self._known is None:
            self._known = Names(self.talk.connection)
        name = self.session.terminal.clean(self._known.shown(community, person))
        return f"{name} ({short(person)})" if name.strip().casefold() == "you" else name

    def author(self, message: Message) -> str:
        """Who wrote a message; "you" is nobody else."""
        if message.mine:
            return "you"
        community = message.conversation.community
        if message.author is None:
            return f"? {message.device.hex()[:8]}"
        return self.person(community, message.author)

    def device(self, community: bytes, device: bytes) -> str:
        """How a device is called: as its person, with digits where they have several; safe to
        print."""
        membership = self.membership(community)
        person = membership.person_of(device)
        if person is None:
            return device.hex()[:8]
        several = len(membership.members[person].devices) > 1
        return self.person(community, person) + (f"/{device.hex()[:4]}" if several else "")

    def holder(self, community: bytes, holder: Holder) -> str:
        """How something that holds a message is called: a device, or a bundle."""
        return self.device(community, holder.device) if holder.device else holder.name

    def title(self, conversation: Conversation) -> str:
        """What a conversation is called; with the community where it is not the usual one."""
        name = self.session.terminal.clean(conversation.name)
        place = self.place(conversation.community)
        if self._places and len(self._places) > 1:
            name += f" · {self.session.terminal.clean(place)}"
        return name


def typed(room: Room, conversation: Conversation) -> str:
    """A conversation's name as a shell takes it."""
    import shlex

    return shlex.quote(room.session.terminal.clean(conversation.name))


@contextmanager
def talking(session: Session, *, writes: bool = False) -> Iterator[Room]:
    """Open chat, brought up to date with what has come. With `writes` this device's key is opened
    before all else; without, nothing is asked for unless something sealed has come."""
    from hearth.chat.talk import Talk
    from hearth.commands.communities import opened
    from hearth.corpora.cache import translated

    with (
        opened(session, read_only=not writes) as square,
        translated(),
        Talk.open(square.home, square.commons) as talk,
    ):
        room = Room(session, square, talk)
        talk.update(session.now)
        yield room


def locked(room: Room) -> bool:
    """Whether something waits for the key; if so, that is said."""
    waits = room.talk.locked
    if waits:
        from hearth.commands.layout import count

        room.session.terminal.warn(
            f"{count(waits, 'sealed event')} cannot be opened while the key is locked",
            "at a terminal the passphrase is asked for; --passphrase-fd N reads it",
        )
    return bool(waits)


def message_id(room: Room, text: str) -> bytes:
    """The id of the message that a person means by its first digits.

    Raises MalformedId, AmbiguousId, UnknownId."""
    return room.talk.resolve(text)


def expiry_class(word: str | None) -> int:
    """The class of the header for one of EXPIRIES; 0 for None."""
    return 0 if word is None else EXPIRIES.index(word) + 1


# times


def stamp(at: int, now: int) -> str:
    """A time that somebody's clock has given, local: `Tue 21:40`, with the date if it is long ago.

    A time that has not come yet here ends with `?`: one of the clocks is wrong.
    """
    try:
        near = -WEEK < at - now <= 86400
        text = time.strftime("%a %H:%M" if near else "%Y-%m-%d %H:%M", time.localtime(at))
    except (OverflowError, OSError, ValueError):
        return "no such time"
    return text + "?" * (at - now > DOUBT)


def hours(at: int, beside: int) -> str:
    """A time near another: `21:47` on the same day, else with the day."""
    try:
        same = time.localtime(at)[:3] == time.localtime(beside)[:3]
        return time.strftime("%H:%M" if same else "%a %H:%M", time.localtime(at))
    except (OverflowError, OSError, ValueError):
        return "at no such time"


# data


def where_json(room: Room, where: Where | Conversation, name: str | None = None) -> dict[str, Any]:
    """Which conversation: `key` is the name for a channel, digits otherwise."""
    channel = where.kind == "channel"
    found: dict[str, Any] = {
        "kind": where.kind,
        "community": where.community.hex(),
        "key": where.key.decode("ascii", "replace") if channel else where.key.hex(),
    }
    if name is not None:
        found["name"] = name
    return found


def message_json(room: Room, message: Message) -> dict[str, Any]:
    """A message as data: text as it was written, all of it foreign."""
    return {
        "id": message.id.hex(),
        "conversation": where_json(room, message.conversation),
        "author": None if message.author is None else message.author.hex(),
        "author_name": message.author_name or None,
        "device": message.device.hex(),
        "mine": message.mine,
        "time": message.wall,
        "lamport": message.lamport,
        "sequence": message.sequence,
        "text": message.text,
        "topic": message.topic,
        "reply": None if message.reply is None else message.reply.hex(),
        "attachments": [attachment_json(each) for each in message.attachments],
        "expires": EXPIRIES[message.expiry - 1] if 1 <= message.expiry <= 6 else None,
        "edited": message.edited,
        "retracted": message.retracted,
        "expired": message.expired,
        "readable": message.readable,
        "held": message.held,
        "unread": message.unread,
        "reactions": [{"person": who.hex(), "text": text} for who, text in message.reactions],
    }


def attachment_json(attachment: Attachment) -> dict[str, Any]:
    """A file that was sent along. The key that opens it is not told."""
    return {
        "name": attachment.name,
        "media": attachment.media,
        "size": attachment.size,
        "object": attachment.object.hex(),
        "sealed": attachment.key is not None,
    }


def gap_json(gap: Gap) -> dict[str, Any]:
    """What is missing, as data."""
    return {"author_name": gap.author_name or None, "device": gap.device.hex(), "count": gap.count}


# what people type


def sentence(words: tuple[str, ...]) -> str | None:
    """The text that unquoted words make; None for none."""
    from hearth.commands.ask import said

    return said(words) if words else None


def from_stdin(session: Session, most: int = 1 << 20) -> str:
    """All of standard input as a text without its last line end.

    Raises UsageError if it is not UTF-8, or longer than a message can be by far.
    """
    stream: Any = getattr(session.terminal.stdin, "buffer", None)
    data = stream.read(most + 1) if stream else b""
    if len(data) > most:
        raise UsageError("standard input is much too long for a message")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise UsageError("what came on standard input is not UTF-8") from None
    return str(text).removesuffix("\n").removesuffix("\r")
