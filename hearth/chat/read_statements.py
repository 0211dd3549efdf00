"""Statements of how far a person has read: a slot (kind 5) for a conversation in which they tell.

It is stated under the conversation's key, by the device on which something was read; not again
where nothing more was read. The slot's name is a keyed hash, so it tells nobody what it is about,
and the names of two conversations, or of two devices, have nothing in common. What is not to be
told any more is stated once again, saying nothing. Who was told before may remember.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from blake3 import blake3

from hearth import kinds
from hearth.audience.records import Audience, Scope
from hearth.audience.sealing import unseal
from hearth.chat import read_codec
from hearth.chat.progress import Progress
from hearth.chat.read_codec import Told
from hearth.chat.shapes import Kind, Where
from hearth.chat.tags import tag
from hearth.store import database
from hearth.store.errors import CorruptError

if TYPE_CHECKING:
    import apsw

    from hearth.audience.keyring import Keyring
    from hearth.chat.sending import Line
    from hearth.community.commons import Commons
    from hearth.home import Home
    from hearth.store.batch import Transaction
    from hearth.store.slots import Slot

LANE: Final = 0xFF
"""Stands for the lane where a statement is sealed: it is in none."""
MOST: Final = 512
"""Conversations of a community in which a device tells at most: the rest of its slots is for other
things."""
_NAMES: Final = "hearth 2026 names of what a device tells of reading"
_NAME: Final = 16
_ID: Final = 32


def opened(keyring: Keyring, slot: Slot) -> tuple[Audience, Told] | None:
    """What a statement says, and to whom; None if it is not for us, or not one. Needs the signer
    only where its key is held (KeyLockedError)."""
    held = keyring.key(slot.body[:_ID])
    if held is None or held.audience.community != slot.community:
        return None
    if held.audience.scope is Scope.PAIR:
        if not any(claim.author == slot.device for claim in held.claims):
            return None  # a key that others have handed out
    elif held.audience.scope is not Scope.GROUP:
        return None
    key = keyring.secret(held.id)
    if key is None:
        return None
    try:
        inner = unseal(key, slot.community, slot.device, LANE, slot.kind, slot.body[_ID:])
    except CorruptError:
        return None
    told = read_codec.decode(inner)
    return None if told is None else (held.audience, told)


class Statements:
    """Those of this device. All of it needs the device's signer (KeyLockedError)."""

    def __init__(
        self, home: Home, commons: Commons, keyring: Keyring, connection: apsw.Connection
    ) -> None:
        self._home = home
        self._commons = commons
        self._keyring = keyring
        self._connection = connection

    def tell(self, tx: Transaction, line: Line, number: int, now: int) -> bool:
        """State how far the conversation of this number is read, if that is further than before.

        cache.db must be level with the log. Whether anything was stated. Raises NobodyError where
        nobody could be told, and what the store raises.
        """
        if line.audience is None:
            return False
        device = self._home.signer(now).device
        community = line.where.community
        before = self._stated(device, line.where, now)
        if before is None and self._count(community, device) >= MOST:
            return False
        said = None if before is None else opened(self._keyring, before)
        keys = self._held(line)
        stated = said[1].of if said is not None else read_codec.none_of
        progress = Progress(self._home, self._connection, line.where, number)
        inner = read_codec.encode(keys, progress.marks(stated, now))
        if said is not None and inner == said[1].inner:
            return False
        held = self._keyring.ensure(tx, line.audience, line.persons, now).held
        self._put(tx, line.where, held.id, inner, now)
        return True

    def take_back(self, tx: Transaction, tells: Callable[[Where], bool], now: int) -> int:
        """State once that nothing is told, wherever something is and is not to be; how often."""
        device, done = self._home.signer(now).device, 0
        for joined in self._commons.joined():
            for slot in self._home.store.slots.all(joined.id, kinds.READ, device):
                said = opened(self._keyring, slot)
                if said is None or said[1].inner == read_codec.NOTHING:
                    continue
                where = conversation_of(said[0])
                if not tells(where):
                    self._put(tx, where, slot.body[:_ID], read_codec.NOTHING, now)
                    done += 1
        return done

    def is_told(self, where: Where, now: int) -> bool:
        """Whether this device has stated something of a conversation that still stands."""
        slot = self._stated(self._home.signer(now).device, where, now)
        said = None if slot is None else opened(self._keyring, slot)
        return said is not None and said[1].inner != read_codec.NOTHING

    # slots

    def _stated(self, device: bytes, where: Where, now: int) -> Slot | None:
        slots = self._home.store.slots
        return slots.get(where.community, device, kinds.READ, self._name(where, now))

    def _name(self, where: Where, now: int) -> bytes:
        return blake3(tag(where), key=self._home.signer(now).derive(_NAMES)).digest(_NAME)

    def _put(self, tx: Transaction, where: Where, key: bytes, inner: bytes, now: int) -> None:
        held = self._keyring.key(key)
        assert held is not None
        signer = self._home.signer(now)
        body = key + self._keyring.seal(held, signer.device, LANE, kinds.READ, inner)
        name = self._name(where, now)
        self._home.store.slots.state(tx, signer, where.community, kinds.READ, name, body)

    def _count(self, community: bytes, device: bytes) -> int:
        sql = "SELECT count(*) FROM slots WHERE community = ? AND device = ? AND kind = ?"
        with database.translated():
            connection = self._home.store.connection
            return int(database.value(connection, sql, community, device, kinds.READ))

    def _held(self, line: Line) -> list[bytes]:
        """The ids of the keys under which the others write there, the newest first."""
        community, where = line.where.community, line.where
        if where.kind == "group":
            scope, subject = Scope.GROUP, where.key
        else:
            scope, subject = Scope.PAIR, self._home.identity.person
        membership = self._commons.membership(community)
        with database.translated():
            rows = database.rows(
                self._home.store.connection,
                "SELECT k.id, c.author FROM audience_keys k JOIN audience_claims c ON c.key = k.id"
                " WHERE k.community = ? AND k.scope = ? AND k.subject = ? ORDER BY k.made DESC",
                community,
                scope,
                subject,
            )
        found = (
            id
            for id, author in rows
            if where.kind == "group" or where.key in membership.persons_of(author)
        )
        return list(dict.fromkeys(found))


def conversation_of(audience: Audience) -> Where:
    """The conversation that an audience is of, as its sender sees it."""
    kind: Kind = "group" if audience.scope is Scope.GROUP else "person"
    return Where(kind, audience.community, audience.subject)
