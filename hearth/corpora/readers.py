"""The readers of a corpus as an audience: who they are, and sealing to them.

Persons are named in the corpus's description, or by office; who that is is found by whoever states
something, as its view of the community has it, every time. The maker and the writers always read,
and so do all devices of these persons. A key that a former reader has is not used any more
(`Keyring.ensure`); all keys that there are are handed on to those who may read by now and could not
before.

Objects are sealed before they are stored, under keys that stand in the sealed payload.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from blake3 import blake3

from hearth.audience import objects, prekeys
from hearth.audience.records import Audience, Scope
from hearth.corpora.opening import Pieces
from hearth.corpora.records import Keys, Whom
from hearth.store import manifest
from hearth.store.header import Lane

if TYPE_CHECKING:
    from hearth.audience.keyring import Keyring, Ready
    from hearth.community.membership import Membership
    from hearth.home import Home
    from hearth.store.batch import Batch, Transaction
    from hearth.store.chunking import Readable
    from hearth.store.event import Event
    from hearth.store.store import Store


class Readers:
    """Who may read one corpus of a community. `owners` are persons who do in any case."""

    def __init__(
        self,
        home: Home,
        keyring: Keyring,
        membership: Membership,
        circle: bytes,
        *named: Whom,
        owners: Iterable[bytes] = (),
    ) -> None:
        self._home = home
        self._keyring = keyring
        self._membership = membership
        self.audience = Audience(membership.community, Scope.READERS, circle)
        self.persons = persons(membership, *named) | {*owners}
        self._ready: tuple[Transaction, Ready] | None = None

    def append(
        self, tx: Transaction, kind: int, inner: bytes, refs: Sequence[bytes], now: int
    ) -> Event:
        """Append an event of this device's, sealed to the readers there are now. Raises what
        `Keyring.ensure` and `Keyring.append` raise."""
        held = self.ready(tx, now).held
        return self._keyring.append(tx, held, Lane.CORPUS, kind, inner, now, refs)

    def ready(self, tx: Transaction, now: int) -> Ready:
        """The key for this transaction."""
        if self._ready is None or self._ready[0] is not tx:
            self._ready = tx, self._keyring.ensure(tx, self.audience, self.persons, now)
        return self._ready[1]

    def unhanded(self) -> int:
        """How many of the readers' devices lack a key of this audience and can be sealed to.

        Costs next to nothing where everybody has been handed everything.
        """
        lacking: set[bytes] = set()
        for held in self._keyring.held(self.audience):
            lacking |= self._devices() - held.devices
        community = self.audience.community
        stated = (prekeys.stated(self._home, community, each) for each in lacking)
        return sum(each is not None for each in stated)

    def lacking(self) -> int:
        """How many of the readers' devices cannot be sealed to, as nothing of theirs has come."""
        community, own = self.audience.community, self._home.identity.device
        stated = (prekeys.stated(self._home, community, each) for each in self._devices() - {own})
        return sum(each is None for each in stated)

    def hand_on(self, tx: Transaction, now: int) -> None:
        """Hand every key of the audience to the readers' devices that lack it: whoever may read
        now may read what was said before, too."""
        self._keyring.hand_on(tx, self.audience, self.persons, now)

    def _devices(self) -> set[bytes]:
        known = self._membership.members
        return {
            device for person in self.persons if person in known for device in known[person].devices
        }


def persons(membership: Membership, *named: Whom) -> set[bytes]:
    """Who is named, and who holds the office that is named."""
    found = {person for each in named for person in each.persons}
    if any(each.stewards for each in named):
        found.update(membership.stewards)
    return found


def seal_object(batch: Batch, file: Readable, size: int) -> tuple[bytes, bytes]:
    """Put `size` bytes sealed under a key of their own; (object, key)."""
    key = objects.new_key()
    return batch.put_file(objects.Sealer(file, size, key)), key


def seal_stored(batch: Batch, store: Store, id: bytes, size: int) -> tuple[bytes, bytes]:
    """The same for a file that is here. Raises MissingObject, DamagedObjectError; ValueError where
    it has another size."""
    return seal_object(batch, Pieces(store.open_file(id)), size)


def measure(store: Store, id: bytes) -> tuple[int, bytes]:
    """Bytes and BLAKE3 of a stored file. Raises MissingObject, DamagedObjectError."""
    data = store.get(id)
    found = manifest.decode(data)
    return (len(data), id) if found is None else (found.length, found.whole)


def keys_of(source: bytes, text: bytes, data: bytes) -> Keys:
    """What opens a document whose text is `data`."""
    return Keys(source, text, len(data), blake3(data).digest())


__all__ = ["Readers", "keys_of", "measure", "persons", "seal_object", "seal_stored"]
