"""Chat, opened for one run: naming people, devices and conversations so that nobody is mistaken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hearth.commands.communities import HOME, community_named
from hearth.commands.context import Session

if TYPE_CHECKING:
    from hearth.chat.ledger import Holder
    from hearth.chat.names import Names
    from hearth.chat.shapes import Conversation, Message
    from hearth.chat.talk import Talk
    from hearth.commands.communities import Square
    from hearth.community.membership import Membership


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
        return community_named(self.session, self.square.home)

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
        from hearth.community.naming import poses
        from hearth.store.ids import short

        if person == self.square.me:
            return "you"
        if self._known is None:
            self._known = Names(self.talk.connection)
        clean = self.session.terminal.clean
        name = clean(self._known.shown(community, person))
        member, digits = self._known.persons(community).get(person), f"({short(person)})"
        unsure = member and poses(clean(member.name)) and not name.endswith(digits)
        return f"{name} {digits}" if unsure else name

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
