"""Taking back what another device of one's own has said: the person's key asks, not the device's.

A device takes back its own words by naming them in an event of kind 0, and no other's. Who has lost
a laptop, or rotated its key, can have no such event signed by it; so an event of kind 0 may have a
payload, by which the person asks for all that one of their devices wrote:

    payload   = CBOR {1: seat, 2: signature}
    seat      = id of that device's GENESIS or DEVICE event, which holds the person's certificate
    signature = Ed25519 by that person over "hearth/take-back/1" NUL ‖ community ‖ seat ‖ refs…

Whoever steals a device cannot say it, so no old device takes back what a new one says. Nobody can
say it of another's device: the event that seats it is signed by the device itself. All of it stands
in these two events, so every node judges the same, in whatever order they come.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import chain
from operator import itemgetter
from typing import TYPE_CHECKING, Final

from hearth.identity import certificate as certificates
from hearth.kinds import DEVICE, ERASE, GENESIS
from hearth.store import cbor
from hearth.store.errors import HearthError, LockedError
from hearth.store.event import verifies
from hearth.store.header import MAX_REFS, Lane
from hearth.store.ids import SIZE
from hearth.taking_turns import in_turn

if TYPE_CHECKING:
    from hearth.home import Home
    from hearth.store.batch import Transaction
    from hearth.store.event import Event
    from hearth.store.header import Header

LABEL: Final = b"hearth/take-back/1\0"
_SEEN: Final = "taken back"
"""Up to which arrival number events were looked at."""
_WAITING: Final = "taken back waiting"
"""Ids of those that could not be judged yet, so many: of each device its latest, in turn."""
MAX_WAITING: Final = 256
_AGAIN: Final = 8192
"""So many events are looked through again rather than noted as looked at: it takes less than a
commit, and nearly always none of them is of kind 0."""
_PAYLOAD: Final = 128
"""Bytes of a payload at most; it has 104."""


def device_of(home: Home, event: Event) -> bytes | None:
    """The device whose words an event of kind 0 takes back besides its own author's, as far as is
    known here: that one again, if it says nothing else. None where it says something that does not
    hold, or not yet."""
    if event.header.payload_hash is None:
        return event.header.device
    seat, signature = _fields(event.payload)
    if not seat or not home.store.log.has(seat):
        return None
    return spoken_for(event.header, signature, home.store.log.get(seat))


def spoken_for(header: Header, signature: bytes, seating: Event) -> bytes | None:
    """The device for which a person speaks in an event of kind 0 with this header, by the event
    that seats it; None if that is no such event, or the person has not signed."""
    found = _seated(seating)
    if found is None or seating.header.community != header.community:
        return None
    signed = header.community + seating.id + b"".join(header.refs)
    return found.device if verifies(found.person, LABEL, signed, signature) else None


def is_own(home: Home, community: bytes, device: bytes) -> bool:
    """Whether this person can take back what a device said: it is this one, or one that sits, or
    sat, for this person."""
    return device == home.identity.device or _seat(home, community, device) is not None


def ask(home: Home, tx: Transaction, events: Iterable[Event], now: int) -> None:
    """Erase what devices of this person said, here and wherever the wish arrives.

    `is_own` holds for all of them. Needs the signer, and the person's for what another device
    wrote: raises KeyLockedError.
    """
    log, signer = home.store.log, home.signer(now)
    for (community, lane, device), ids in _by_chain(events).items():
        seat = None if device == signer.device else _seat(home, community, device)
        for start in range(0, len(ids), MAX_REFS):
            refs = ids[start : start + MAX_REFS]
            payload = None if seat is None else _payload(home, community, seat, refs)
            log.append(tx, signer, community, lane, ERASE, payload, refs, wall=now)
            log.erase_for(tx, refs, community, device)


def take_in(home: Home) -> None:
    """Erase what persons have taken back by the events that came since this was called last, and
    by those that waited for their payload, or for the event that says whose the device was."""
    log, store = home.store.log, home.store
    seen, until = store.meta(_SEEN) or 0, log.last_arrival()
    if seen >= until:
        return
    waited = list(_waited(home))
    came = any(True for _ in log.events(kind=ERASE, after=seen, limit=1))
    if not came and not waited and until - seen < _AGAIN:
        return
    found: list[tuple[Event, bytes]] = []
    waiting: list[tuple[bytes, bytes]] = []
    for event in chain(waited, log.events(kind=ERASE, after=seen)):
        if event.header.payload_hash is None:
            continue
        device = device_of(home, event)
        if device is not None:
            found.append((event, device))
        elif may_hold(home, event):
            waiting.append((event.header.device, event.id))
    if found:
        with store.batch() as batch, batch.transaction() as tx:
            for event, device in found:
                log.erase_for(tx, event.header.refs, event.header.community, device)
        try:
            _forget(home, [ref for event, _ in found for ref in event.header.refs])
        except LockedError:  # as somebody reads or writes there: next time
            return
    with store.batch() as batch, batch.transaction() as tx:
        tx.set_meta(_SEEN, until)
        tx.set_meta(_WAITING, b"".join(_kept(waiting)))


def _kept(waiting: list[tuple[bytes, bytes]]) -> list[bytes]:
    """Of devices and ids, the ids of those that go on waiting, in their order: nobody's keep out
    everybody else's."""
    kept = set(in_turn(reversed(waiting), itemgetter(0))[:MAX_WAITING])
    return [each[1] for each in waiting if each in kept]


def _waited(home: Home) -> Iterator[Event]:
    ids: bytes = home.store.meta(_WAITING) or b""
    for at in range(0, len(ids), SIZE):
        if home.store.log.has(ids[at : at + SIZE]):  # a checkpoint may have let gc drop it
            yield home.store.log.get(ids[at : at + SIZE])


def may_hold(home: Home, event: Event) -> bool:
    """Whether what an event asks for may yet turn out to hold."""
    if event.payload is None:
        return not event.erased
    seat, _ = _fields(event.payload)
    return bool(seat) and not home.store.log.has(seat)


def _forget(home: Home, ids: Iterable[bytes]) -> None:
    """Take what has been erased out of cache.db."""
    from hearth.retention import forget

    log = home.store.log
    erased = [event for id in ids if log.has(id) and (event := log.get(id)).erased]
    if erased:
        of = defaultdict[Lane, list[bytes]](list)
        for event in erased:
            of[Lane(event.header.lane)].append(event.id)
        others = [*of[Lane.EMERGENCY], *of[Lane.MARKET]]
        forget(home, of[Lane.CORPUS], of[Lane.CHAT], others)


def _by_chain(events: Iterable[Event]) -> dict[tuple[bytes, Lane, bytes], list[bytes]]:
    found = defaultdict[tuple[bytes, Lane, bytes], list[bytes]](list)
    for event in events:
        header = event.header
        found[header.community, Lane(header.lane), header.device].append(event.id)
    return found


def _seat(home: Home, community: bytes, device: bytes) -> bytes | None:
    """The event by which a device of this person's sat down in a community."""
    for event in home.store.log.events(
        community, Lane.CONTROL, kinds=(GENESIS, DEVICE), device=device
    ):
        found = _seated(event)
        if found is not None and found.person == home.identity.person:
            return event.id
    return None


def _seated(event: Event) -> certificates.Certificate | None:
    """The certificate by which an event says whose its author's device is; None if it does not."""
    if event.header.lane != Lane.CONTROL or event.header.kind not in (GENESIS, DEVICE):
        return None
    try:
        fields = cbor.decode(event.payload or b"")
        shown = fields.get(1) if isinstance(fields, dict) else None
        found = certificates.decode(shown if isinstance(shown, bytes) else b"")
    except HearthError:
        return None
    return found if found.device == event.header.device else None


def _payload(home: Home, community: bytes, seat: bytes, refs: list[bytes]) -> bytes:
    signature = home.person_signer().sign(LABEL + community + seat + b"".join(refs))
    return cbor.encode({1: seat, 2: signature})


def _fields(payload: bytes | None) -> tuple[bytes, bytes]:
    """Seat and signature; empty where there are none."""
    try:
        value = cbor.decode(payload or b"", max_size=_PAYLOAD)
    except cbor.CborError:
        value = None
    match value:
        case {1: bytes(seat), 2: bytes(signature)} if (len(seat), len(signature)) == (32, 64):
            return seat, signature
    return b"", b""
