"""What others have told of their reading: taken in from slots, and what follows for a message.

A statement is opened once, when it comes, and lies in cache.db then, so looking at states needs no
key. Nothing in it is believed but with evidence: that the one who says so is a member now, on a
device of theirs; that the message is one of this conversation; and that what they name lies on the
chain that is held here (`ledger`). It is their word for themselves, and for nobody else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from hearth import kinds
from hearth.chat import read_codec
from hearth.chat.cache_tables import note
from hearth.chat.level import told, untold
from hearth.chat.shapes import Where
from hearth.corpora.cache import changing, query

if TYPE_CHECKING:
    import apsw

    from hearth.audience.keyring import Keyring
    from hearth.chat.ledger import Ledger, Proved
    from hearth.chat.read_codec import Told
    from hearth.home import Home
    from hearth.store.event import Event
    from hearth.store.slots import Slot


class Reader(NamedTuple):
    """A person who has stated to have read a message, on which device, and when at the latest, by
    its clock."""

    person: bytes
    device: bytes
    at: int


def update(connection: apsw.Connection, home: Home, keyring: Keyring) -> None:
    """Open what has come. While the key is locked it waits; nothing is raised for it."""
    if not untold(connection, home):
        return
    from hearth.chat.read_statements import conversation_of, opened
    from hearth.identity.keyfile import KeyLockedError

    state = told(home)
    known = {id for (id,) in query(connection, "SELECT id FROM chat_told")}
    there, locked = set(), False
    found: list[tuple[Slot, Where, bytes]] = []
    for slot in home.store.slots.all(kind=kinds.READ):
        if slot.device == home.identity.device:
            continue
        there.add(slot.id)
        if slot.id in known or locked:
            continue
        try:
            said = opened(keyring, slot)
        except KeyLockedError:
            locked = True
            continue
        if said is not None and said[1].inner != read_codec.NOTHING:
            found.append((slot, conversation_of(said[0]), said[1].inner))
    with changing(connection):
        for id in known - there:
            connection.execute("DELETE FROM chat_told WHERE id = ?", (id,))
        for slot, where, inner in found:
            connection.execute(
                "INSERT OR REPLACE INTO chat_told VALUES(?, ?, ?, ?, ?, ?)",
                (slot.id, slot.device, *where, inner),
            )
        if not locked:
            note(connection, "told", state)


class Readers:
    """Who has read what, in the community of a ledger. As long-lived as that."""

    def __init__(self, connection: apsw.Connection, ledger: Ledger, me: bytes) -> None:
        self._ledger = ledger
        self._me = me
        self._said: list[tuple[bytes, bytes, Where, Told]] = []
        rows = query(
            connection,
            "SELECT device, kind, community, key, inner FROM chat_told WHERE community = ?",
            (ledger.community,),
        )
        for device, kind, community, key, inner in rows:
            person, said = ledger.membership.person_of(device), read_codec.decode(inner)
            if person is not None and said is not None:
                self._said.append((person, device, Where(kind, community, key), said))
        self._proved: dict[tuple[bytes, bytes, bytes], list[Proved]] = {}

    def of(self, event: Event, where: Where) -> list[Reader]:
        """Who has stated to have read a message that stands there, but for its author; the first
        who says so first."""
        header, found = event.header, dict[bytes, Reader]()
        if header.audience is None:
            return []
        authors = self._ledger.membership.persons_of(header.device)
        for person, device, there, said in self._said:
            if person in authors or header.audience[: read_codec.KEY] not in said.keys:
                continue
            if there != (where if where.kind != "person" else where._replace(key=self._me)):
                continue
            if where.kind == "person" and person != where.key:
                continue
            place = (device, there.key, header.device)
            if place not in self._proved:
                marks = said.of(header.device)
                self._proved[place] = self._ledger.proved(header.device, marks)
            for each in self._proved[place]:
                step = self._ledger.step(each, event)
                if step is not None:
                    reader = Reader(person, device, step.at)
                    found[person] = min(reader, found.get(person, reader), key=lambda r: r.at)
        return sorted(found.values(), key=lambda each: (each.at, each.person))
