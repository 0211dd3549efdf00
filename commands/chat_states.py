"""How far messages of this person have come: what devices have signed, in words.

A state claims no more than the ledger proves. Whom a sealed message is meant for are the persons of
the devices that its key was handed to; that a device can open it is only said once it holds the
event that handed it the key, too.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from hearth.chat import ledger
from hearth.chat.told import Readers
from hearth.commands.times import hours

if TYPE_CHECKING:
    from hearth.audience.claims import Claim, Held
    from hearth.chat.ledger import Holder, Ledger, State
    from hearth.chat.shapes import Message
    from hearth.chat.told import Reader
    from hearth.commands.chat_room import Room
    from hearth.store.event import Event

WHY = {
    ledger.GONE: "nobody of them is a member any more",
    ledger.NO_KEY: "no device in use has its key; send it again",
}


class States:
    """The states of messages, with what is stated in each community read once."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self._ledgers: dict[bytes, Ledger] = {}
        self._told: dict[bytes, Readers] = {}

    def of(self, message: Message) -> State:
        """How far a message has come."""
        book = self._ledger(message.conversation.community)
        event = self._event(message.id)
        if event.header.audience is None:
            return ledger.state(book, event)
        held = self.room.talk.keyring.key(event.header.audience)
        persons = self._meant(message, held)
        if held is None:
            return ledger.state(book, event, persons, readers=())
        read = {each.person for each in self.readers(message)}
        able = self._able(book, held)
        return ledger.state(book, event, persons, readers=held.devices, able=able, read=read)

    def readers(self, message: Message) -> list[Reader]:
        """Those whom a message is meant for who have told that they read it, in the order of it."""
        community = message.conversation.community
        if community not in self._told:
            book, me = self._ledger(community), self.room.square.me
            self._told[community] = Readers(self.room.talk.connection, book, me)
        found = self._told[community].of(self._event(message.id), message.conversation)
        persons = self._persons(message) if found else set()
        return [each for each in found if each.person in persons]

    def as_json(self, message: Message) -> dict[str, Any]:
        """How far a message has come, as data."""
        membership = self._ledger(message.conversation.community).membership
        read = [
            {
                "person": each.person.hex(),
                "device": each.device.hex(),
                "name": membership.members[each.person].name or None,
                "at": each.at,
            }
            for each in self.readers(message)
        ]
        return {**state_json(self.of(message)), "read": read}

    def is_meant(self, message: Message, holder: Holder) -> bool:
        """Whether a holder is one whom the message is meant for."""
        return holder.person in self._persons(message)

    def silent(self, message: Message, state: State) -> list[bytes]:
        """The devices of those it is meant for that have not said that they hold it."""
        membership = self._ledger(message.conversation.community).membership
        own = message.device
        heard = {each.device for each in state.by} | {own}
        persons = self._persons(message)
        others = persons - membership.persons_of(own)
        devices = {
            device
            for person in (others or persons)
            if person in membership.members
            for device in membership.members[person].devices
        }
        return sorted(devices - heard)

    def _persons(self, message: Message) -> set[bytes]:
        audience = self._event(message.id).header.audience
        if audience is None:
            return set(self._ledger(message.conversation.community).membership.members)
        return self._meant(message, self.room.talk.keyring.key(audience))

    def _meant(self, message: Message, held: Held | None) -> set[bytes]:
        """The persons whom a sealed message is meant for."""
        if message.conversation.kind == "person":
            return {message.conversation.key if message.mine else self.room.square.me}
        person_of = self._ledger(message.conversation.community).membership.person_of
        devices = () if held is None else held.devices
        return {each for each in map(person_of, devices) if each is not None}

    def said(self, message: Message) -> str:
        """How far a message has come, in a few words for the end of a line."""
        state, readers = self.of(message), self.readers(message)
        if message.conversation.kind == "person":
            return said(self.room, message, state, readers)
        if state.word == "read":
            return "read by all"
        text = self._relayed(message, state)
        if readers:
            text += f", read by {len(readers)} of {len(self._others(message))}"
        return text

    def _others(self, message: Message) -> set[bytes]:
        """Whom a message is meant for, but for who wrote it."""
        membership = self._ledger(message.conversation.community).membership
        return self._persons(message) - membership.persons_of(message.device)

    def _relayed(self, message: Message, state: State) -> str:
        if state.word != "relayed":
            return said(self.room, message, state)
        book = self._ledger(message.conversation.community)
        persons = self._persons(message)
        own = book.membership.persons_of(message.device)
        audience = self._event(message.id).header.audience
        held = None if audience is None else self.room.talk.keyring.key(audience)
        able = held and self._able(book, held)
        have = {each.person for each in state.by if able is None or each.device in able}
        return f"relayed, {len(have & persons - own)} of {len(persons - own)} have it"

    def way(self, message: Message, holder: Holder) -> tuple[Holder, ...]:
        """By whom a message came to somebody who holds it, as far as they say; the holder last."""
        book = self._ledger(message.conversation.community)
        return ledger.path(book.holders(self._event(message.id)), holder)

    def _able(self, book: Ledger, held: Held) -> set[bytes] | None:
        """The devices that hold an event that hands them the key; None if no such event is here."""
        handed = self._handed(held)
        able: set[bytes] = set()
        for claim, event in handed:
            holders = {claim.author, *(each.device for each in book.holders(event))}
            able |= claim.devices & holders
        return able if handed else None

    def _handed(self, held: Held) -> list[tuple[Claim, Event]]:
        """What hands the key on, as far as it is here: a checkpoint may have let gc drop it."""
        log = self.room.square.home.store.log
        return [(each, log.get(each.event)) for each in held.claims if log.has(each.event)]

    def _event(self, id: bytes) -> Event:
        return self.room.square.home.store.log.get(id)

    def _ledger(self, community: bytes) -> Ledger:
        if community not in self._ledgers:
            home, commons = self.room.square.home, self.room.square.commons
            self._ledgers[community] = ledger.Ledger(home, commons, community)
        return self._ledgers[community]


def said(room: Room, message: Message, state: State, readers: Iterable[Reader] = ()) -> str:
    """A state in a few words, for the end of a line."""
    where = message.conversation.community
    match state.word:
        case "read":
            at = min((each.at for each in readers), default=None)
            return "read" if at is None else f"read {hours(at, message.wall)}"
        case "delivered" if state.by:
            first = state.by[0]
            when = hours(first.at, message.wall)
            several = len({each.person for each in state.by}) > 1
            if several and message.conversation.kind != "person":
                return f"{state.word} to all"
            return f"{state.word} {when}{_through(room, where, first)}"
        case "carried":
            if not state.by[0].device:
                return f"carried by {state.by[0].name} since {hours(state.by[0].at, message.wall)}"
            names = list(dict.fromkeys(room.holder(where, each) for each in state.by))
            more = f" and {len(names) - 1} more" if len(names) > 1 else ""
            return f"carried by {names[0]}{more}"
        case "failed":
            return f"failed: {WHY.get(state.reason or '', state.reason)}"
        case "queued" if not state.of:  # nobody is there to have it
            return ""
    return state.word


def _through(room: Room, community: bytes, holder: Holder) -> str:
    """Who brought it, unless that was this device itself."""
    if holder.via is None:
        return "" if holder.via_name is None else f" via {holder.via_name}"
    if holder.via == room.square.home.identity.device:
        return ""
    return f" via {room.device(community, holder.via)}"


def state_json(state: State) -> dict[str, Any]:
    """A state as data."""
    return {
        "word": state.word,
        "reason": state.reason,
        "devices": state.of,
        "by": [
            {
                "device": each.device.hex() or None,
                "person": each.person.hex() or None,
                "name": each.name,
                "at": each.at,
                "via": None if each.via is None else each.via.hex(),
                "via_name": each.via_name,
            }
            for each in state.by
        ],
    }
