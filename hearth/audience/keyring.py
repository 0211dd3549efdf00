"""The keys of audiences that this hearth has: taking them in, choosing one, making one, using one.

*Taking in.* A KEY event hands a key to some devices. If one of its stanzas is for us, the key is
kept (`vault`), with what the event claims (`claims`). More events may hand on the same key; what
they claim counts, too, also where they came before it and were not for us.

*Choosing.* For sending, of the keys held of an audience, one is used

* that somebody made who is in the audience (for a pair: this very device), and which is not just
  handed on by somebody who is: who made it names themselves among those who have it,
* that nobody has handed on who is not in it, now, and of which nobody claims that it was handed to
  a device that is not of somebody in it,
* that was handed, by the word of persons who are in it, to every device of theirs that can be
  sealed to, and that is not older than `AGE`;

of several the one with the lowest id. Otherwise a new one is made, just when something is to be
sent, by whoever sends. So where two removals cross, neither key is used once both are seen, and
nobody seals to somebody whose removal they know. Where just a further device of persons who can
read already is missing (or of newcomers, in a scope in which these may read what was before), the
key is handed on to it instead.

*Receiving* takes any key held: what was sealed to us we may read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

from hearth import kinds
from hearth.audience import claims, prekeys, sealing, stanzas, vault
from hearth.audience.claims import Held
from hearth.audience.reach import NobodyError, Reach, Target
from hearth.audience.records import MAX_STANZAS, Audience, Descriptor, KeyRecord, Scope
from hearth.store import database
from hearth.store.errors import CorruptError, NewerFormatError
from hearth.store.header import Lane

if TYPE_CHECKING:
    from hearth.community.commons import Commons
    from hearth.home import Home
    from hearth.store.batch import Transaction
    from hearth.store.event import Event

AGE: Final[Mapping[Scope, int]] = {
    Scope.COMMUNITY: 30 * prekeys.DAY,
    Scope.GROUP: 30 * prekeys.DAY,
    Scope.ROSTER: 365 * prekeys.DAY,
    Scope.PAIR: 7 * prekeys.DAY,
    Scope.READERS: 365 * prekeys.DAY,
    Scope.STEWARDS: 30 * prekeys.DAY,
}
"""Seconds after which a key is not used any more for sending."""
_HANDED_ON: Final = frozenset((Scope.ROSTER, Scope.READERS, Scope.STEWARDS))
"""Scopes in which newcomers are handed the keys that there are."""
AT_ONCE: Final = 200
"""Keys that are handed to a new device of this person's at a time."""
LAG: Final = 2000
"""Events that are looked through again and again for KEY events before that is noted."""
_SEEN: Final = "audience seen"

Targets = Mapping[bytes, Target]
"""By device, what to seal to."""


class Ready(NamedTuple):
    """A key to send with. `lacking` are devices that cannot be sealed to: nothing of theirs has
    come here yet, and they will not be able to read."""

    held: Held
    lacking: tuple[bytes, ...]


class Keyring:
    """The keys of an open hearth. As long-lived as a command; one thread.

    What needs the device's signer raises KeyLockedError.
    """

    def __init__(self, home: Home, commons: Commons) -> None:
        self._home = home
        self._commons = commons
        self._keys: dict[bytes, bytes] = {}
        self._now = 0

    # our own keys, and those that come

    def tend(self, now: int) -> None:
        """State prekeys where that is due, erase those that are old, and hand this person's other
        devices the keys that they lack. Needs the signer.
        """
        self._now = now
        self._home.signer(now)  # a new device may go on
        communities = [each.id for each in self._commons.joined()]
        if prekeys.due(self._home, communities, now):
            with self._home.store.batch() as batch, batch.transaction() as tx:
                prekeys.tend(self._home, tx, communities, now)
        for community in communities:
            self._share(community, now)

    def _share(self, community: bytes, now: int) -> None:
        """What this person may read, all their devices may: hand on what is not known to be there.

        The newest keys first, so many at a time.
        """
        reach = Reach(self._home, self._commons.membership(community), (), now)
        others = {*reach.targets(Scope.PAIR)} - {self._home.identity.device}
        if not others:
            return
        held = sorted(
            claims.covering(self._home.store.connection, community), key=lambda each: -each.made
        )
        lacking = [
            each for each in held if others - each.devices - each.authors and self.secret(each.id)
        ]
        if lacking:
            with self._home.store.batch() as batch, batch.transaction() as tx:
                for each in lacking[:AT_ONCE]:
                    targets = reach.targets(each.audience.scope)
                    missing = {one: targets[one] for one in others - each.devices - each.authors}
                    self._hand(tx, each.id, each.audience, missing, now)

    def waiting(self) -> bool:
        """Whether KEY events have come that were not looked at yet."""
        return next(self._news(), None) is not None

    def update(self, now: int) -> int:
        """Take in the keys that have come; how many are new. Idempotent.

        Needs the signer if any KEY event has come.
        """
        self._now = now
        seen = self._home.store.log.last_arrival()
        news = list(self._news())
        if not news and seen - self._seen() < LAG:
            return 0
        self._home.signer(now)
        with self._home.store.batch() as batch, batch.transaction() as tx:
            fresh: set[bytes | None] = set()
            for event in news:
                awaited = "DELETE FROM audience_awaited WHERE event = ?"
                if event.payload is None and not event.erased:
                    awaited = "INSERT OR IGNORE INTO audience_awaited VALUES (?)"
                tx.connection.execute(awaited, (event.id,))
                if self._take(tx, event):
                    fresh.add(event.header.audience)
            for arrival in claims.opened(tx, (id for id in fresh if id is not None)):
                for event in self._home.store.log.events(after=arrival - 1, limit=1):
                    self._take(tx, event)
            tx.set_meta(_SEEN, seen)
        return len(fresh)

    def _news(self) -> Iterator[Event]:
        """KEY events to be looked at: those that came since, and those whose payload has come."""
        log = self._home.store.log
        with database.translated():
            awaited = database.rows(
                self._home.store.connection, "SELECT event FROM audience_awaited"
            )
        for (id,) in awaited:
            if not log.has(id):  # a checkpoint has let gc drop it
                continue
            event = log.get(id)
            if event.payload is not None or event.erased:
                yield event
        yield from log.events(lane=Lane.CHAT, kind=kinds.KEY, after=self._seen())

    def _seen(self) -> int:
        """The arrival number up to which KEY events were looked at."""
        seen: int = self._home.store.meta(_SEEN) or 0
        return seen

    def _take(self, tx: Transaction, event: Event) -> bool:
        """Keep the key of a KEY event if it is for us; whether it is new here."""
        header = event.header
        if event.payload is None or header.audience is None:
            return False
        chest = vault.Vault(tx.connection, self._home.signer(self._now))
        try:
            record = KeyRecord.decode(event.payload)
            known = chest.key(header.audience)
            key = known or self._find(record, event, chest)
            if key is None:
                claims.shut(tx, header.audience, event.arrival)
                return False
            descriptor = Descriptor.decode(_unseal(key, event, record.box))
        except (CorruptError, NewerFormatError):  # nobody's event may stop ours
            return False
        audience = Audience(header.community, descriptor.scope, descriptor.subject)
        if sealing.key_id(audience, key) != header.audience:
            return False
        claims.keep(tx, chest, header.audience, key, audience, header.wall)
        claims.note(tx, header.audience, event.id, header.device, descriptor)
        return known is None

    def _find(self, record: KeyRecord, event: Event, chest: vault.Vault) -> bytes | None:
        community, device, id = event.header.community, event.header.device, event.header.audience
        assert id is not None
        long = vault.sealing_key(self._home.signer(self._now))
        own = [*(each.pair for each in chest.prekeys(community)), long]
        return stanzas.find(record.stanzas, id, community, device, own)

    # looking

    def key(self, id: bytes) -> Held | None:
        """The key with this id, if it is held."""
        return claims.find(self._home.store.connection, id)

    def held(self, audience: Audience) -> list[Held]:
        """All keys held of an audience, by id."""
        return claims.of(self._home.store.connection, audience)

    def open(self, event: Event) -> bytes | None:
        """What a sealed event says; None without a key, or if it is not what its key opens.

        Needs the signer for a key that was not used before in this run.
        """
        if event.header.audience is None or event.payload is None:
            return None
        key = self.secret(event.header.audience)
        try:
            return None if key is None else _unseal(key, event, event.payload)
        except (CorruptError, NewerFormatError):
            return None

    def secret(self, id: bytes) -> bytes | None:
        """A key itself, if it is held and opens. Needs the signer the first time."""
        if id not in self._keys:
            if claims.find(self._home.store.connection, id) is None:
                return None
            chest = vault.Vault(self._home.store.connection, self._home.signer(self._now))
            try:
                key = chest.key(id)
            except vault.VaultError:
                return None
            if key is None:
                return None
            self._keys[id] = key
        return self._keys[id]

    # sending

    def append(
        self,
        tx: Transaction,
        held: Held,
        lane: Lane,
        kind: int,
        inner: bytes,
        now: int,
        refs: Iterable[bytes] = (),
        expiry: int = 0,
    ) -> Event:
        """Append an event of this device's, sealed under a key. Needs the signer; raises what
        `Log.append` raises, InnerTooLongError, and VaultError."""
        self._now = now
        signer = self._home.signer(now)
        payload = self.seal(held, signer.device, lane, kind, inner)
        return self._home.store.log.append(
            tx, signer, held.audience.community, lane, kind, payload, tuple(refs),
            wall=now, expiry=expiry, audience=held.id,
        )  # fmt: skip

    def seal(self, held: Held, device: bytes, lane: int, kind: int, inner: bytes) -> bytes:
        """The sealed payload of an event of this device's."""
        key = self.secret(held.id)
        if key is None:
            raise vault.VaultError("a key in hearth.db cannot be opened with this device's key")
        return sealing.seal(key, held.audience.community, device, lane, kind, inner)

    def ensure(
        self, tx: Transaction, audience: Audience, persons: Iterable[bytes], now: int
    ) -> Ready:
        """A key for sending to these persons now; made, or handed on, in this transaction if need
        be. This person's own devices are always among them.

        Persons who are no members any more are left out. Needs the signer; raises NobodyError if
        there are others and none of their devices can be sealed to.
        """
        self._now = now
        self._home.signer(now)  # a new device may go on
        community = audience.community
        if prekeys.due(self._home, [community], now):
            prekeys.tend(self._home, tx, [community], now)
        reach = Reach(self._home, self._commons.membership(community), persons, now)
        reach.check()
        targets = reach.targets(audience.scope)
        for held in self.held(audience):
            if not self._may_use(held, reach, now):
                continue
            has = reach.has(held)
            missing = {each: targets[each] for each in targets if each not in has}
            if missing and not (audience.scope in _HANDED_ON or reach.known(has, missing)):
                continue
            if missing:
                self._hand(tx, held.id, audience, missing, now)
            return Ready(self.key(held.id) or held, reach.lacking)
        return Ready(self._make(tx, audience, targets, now), reach.lacking)

    def hand_on(
        self, tx: Transaction, audience: Audience, persons: Iterable[bytes], now: int
    ) -> None:
        """Hand every key held of an audience to those devices of these persons that lack it.

        For what newcomers are to read of the time before them. Persons who are no members any more
        are left out. Needs the signer.
        """
        self._now = now
        self._home.signer(now)
        reach = Reach(self._home, self._commons.membership(audience.community), persons, now)
        targets = reach.targets(audience.scope)
        for held in self.held(audience):
            has = reach.has(held)
            missing = {each: targets[each] for each in targets if each not in has}
            if missing and self.secret(held.id) is not None:
                self._hand(tx, held.id, audience, missing, now)

    def _may_use(self, held: Held, reach: Reach, now: int) -> bool:
        if abs(now - held.made) > AGE[held.audience.scope]:
            return False
        if not held.devices | held.authors <= reach.devices:
            return False
        if held.audience.scope is Scope.PAIR and self._home.identity.device not in held.makers:
            return False
        return bool(held.makers) and self.secret(held.id) is not None

    def _make(self, tx: Transaction, audience: Audience, targets: Targets, now: int) -> Held:
        key = sealing.new_key()
        id = sealing.key_id(audience, key)
        chest = vault.Vault(tx.connection, self._home.signer(now))
        claims.keep(tx, chest, id, key, audience, now)
        self._keys[id] = key
        self._hand(tx, id, audience, targets, now)
        made = self.key(id)
        assert made is not None
        return made

    def _hand(
        self, tx: Transaction, id: bytes, audience: Audience, targets: Targets, now: int
    ) -> None:
        """Append the KEY events that hand a key to these devices."""
        signer, key = self._home.signer(now), self._keys[id]
        static, community = vault.sealing_key(signer), audience.community
        order = sorted(targets)
        for at in range(0, len(order), MAX_STANZAS):
            page = order[at : at + MAX_STANZAS]
            fallback = tuple(each for each in page if targets[each].fallback)
            descriptor = Descriptor(audience.scope, audience.subject, tuple(page), fallback)
            wrapped = [
                stanzas.wrap(key, id, community, signer.device, static, targets[each].public)
                for each in page
            ]
            box = sealing.seal(
                key, community, signer.device, Lane.CHAT, kinds.KEY, descriptor.encode()
            )
            payload = KeyRecord(tuple(stanzas.hidden(wrapped)), box).encode()
            event = self._home.store.log.append(
                tx, signer, community, Lane.CHAT, kinds.KEY, payload, wall=now, audience=id
            )
            claims.note(tx, id, event.id, signer.device, descriptor)


def _unseal(key: bytes, event: Event, box: bytes) -> bytes:
    header = event.header
    return sealing.unseal(key, header.community, header.device, header.lane, header.kind, box)


__all__ = ["AGE", "Held", "Keyring", "NobodyError", "Ready"]
