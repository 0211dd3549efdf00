"""Whom this person's own messages have not reached yet, as of the last meeting.

Reckoned from receipts when something may have changed (a session, a bundle, a message written), and
noted, because `hearth status` must cost nothing. Only messages to one person count, of the last
`LATEST` that this device wrote in a community.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hearth import kinds
from hearth.audience.records import Scope
from hearth.chat import ledger as ledgers
from hearth.chat.glance import NOTE, Waiting
from hearth.chat.ledger import Ledger
from hearth.store import cbor
from hearth.store.header import Lane

if TYPE_CHECKING:
    from hearth.audience.keyring import Keyring
    from hearth.chat.ledger import State
    from hearth.community.commons import Commons
    from hearth.home import Home
    from hearth.store.event import Event

LATEST: Final = 100
MAX_NAMED: Final = 32


def note(home: Home, commons: Commons, keyring: Keyring) -> list[Waiting]:
    """Reckon it anew, and note it if it has changed; at most one small transaction."""
    found = [each for one in commons.joined() for each in _reckon(home, commons, keyring, one.id)]
    told: list[cbor.Value] = [list(each) for each in found[:MAX_NAMED]]
    data = cbor.encode(told)
    if home.store.meta(NOTE) != data:
        with home.store.batch() as batch, batch.transaction() as tx:
            tx.set_meta(NOTE, data)
    return found


def _reckon(home: Home, commons: Commons, keyring: Keyring, community: bytes) -> list[Waiting]:
    own = home.store.log.events(
        community, Lane.CHAT, kinds.MESSAGE, device=home.identity.device, reverse=True,
        limit=LATEST,
    )  # fmt: skip
    book = Ledger(home, commons, community)
    found: dict[bytes, list[State]] = {}
    for event in own:
        person = _addressee(home, keyring, event)
        if person is not None:
            state = _state(book, keyring, event, person)
            if state.word in ("queued", "carried") and _can_wait(book, keyring, event, person):
                found.setdefault(person, []).append(state)
    return [_waiting(book, person, states) for person, states in found.items()]


def _addressee(home: Home, keyring: Keyring, event: Event) -> bytes | None:
    """The one person whom a message is for; None for groups, channels and notes to oneself."""
    if event.header.audience is None or event.erased:
        return None
    held = keyring.key(event.header.audience)
    if held is None or held.audience.scope is not Scope.PAIR:
        return None
    person = held.audience.subject
    return None if person == home.identity.person else person


def _state(book: Ledger, keyring: Keyring, event: Event, person: bytes) -> State:
    """A pair's key is handed out in the chain of the message, before it: who holds that, has it."""
    held = keyring.key(event.header.audience or b"")
    return ledgers.state(book, event, {person}, readers=() if held is None else held.devices)


def _can_wait(book: Ledger, keyring: Keyring, event: Event, person: bytes) -> bool:
    """Whether a device in use has the key; if not, the message has come, or never will."""
    held, member = keyring.key(event.header.audience or b""), book.membership.members.get(person)
    return held is not None and member is not None and not held.devices.isdisjoint(member.devices)


def _waiting(book: Ledger, person: bytes, states: list[State]) -> Waiting:
    oldest = states[-1]
    member = book.membership.members.get(person)
    name = member.name if member is not None and member.name else person.hex()[:8]
    carrier = oldest.by[0] if oldest.by else None
    return Waiting(
        name, len(states), carrier and carrier.name, None if carrier is None else carrier.at
    )
