"""Prekeys: what a device gives others to seal to, replaced every week and erased in time.

A device states in each community, in its PREKEYS slot, its long-lived sealing key and the current
prekey. Private halves are kept for `KEPT` and then erased, so that what was sealed to them and is
not kept here can be opened by nobody any more. A sender takes the newest statement that has come;
is that past its `until`, the long-lived key has to do, and the sender is told so.

*Time.* Erased too early, a key makes messages on their way unreadable; too late, it is a risk. A
machine may wake up in any year, so its clock alone erases nothing: what counts is the *life* of
this hearth, seconds that have passed between one look and the next, of which a leap adds a week at
most. A clock that ran ahead and was set right is gone on with, or it would stand still for years;
one that is not set yet is not, or each start without a battery would be a leap. Whoever was
switched off for a year finds its private halves, and can read what was sealed to them meanwhile.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from hearth import kinds
from hearth.audience import vault
from hearth.audience.records import MAX_TIME, Prekeys, RecordError
from hearth.seen import SANE
from hearth.store import database
from hearth.sync.cipher import BadPointError, KeyPair

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hearth.home import Home
    from hearth.store.batch import Transaction

DAY: Final = 86_400
RENEWED: Final = 7 * DAY
KEPT: Final = 90 * DAY
LEAP: Final = 7 * DAY
_LIFE: Final = "audience life"
_LOOKED: Final = "audience looked"


def due(home: Home, communities: Iterable[bytes], now: int) -> bool:
    """Whether `tend` would change anything but the time of the last look."""
    life = lived(home, now)
    if _oldest(home, life - KEPT) or SANE <= now < (home.store.meta(_LOOKED) or 0):
        return True
    return any(_lacks(home, community, life) for community in communities)


def tend(home: Home, tx: Transaction, communities: Iterable[bytes], now: int) -> int:
    """State prekeys where none, or an old one, is stated; erase old private halves.

    Returns how many were erased. Needs the device's signer (KeyLockedError).
    """
    life = lived(home, now)
    tx.set_meta(_LIFE, life)
    if now >= SANE or home.store.meta(_LOOKED) is None:
        tx.set_meta(_LOOKED, now)
    erased = vault.erase_prekeys(tx, life - KEPT)
    for community in communities:
        if _lacks(home, community, life):
            state(home, tx, community, now, life)
    return erased


def state(home: Home, tx: Transaction, community: bytes, now: int, life: int) -> None:
    """Make a new prekey for a community, and state it."""
    signer = home.signer(now)
    pair = KeyPair.generate()
    vault.Vault(tx.connection, signer).add_prekey(tx, pair, community, life)
    until = min(now + KEPT, MAX_TIME)
    body = Prekeys(vault.sealing_key(signer).public, pair.public, now, until).encode()
    home.store.slots.state(tx, signer, community, kinds.PREKEYS, body=body)


def stated(home: Home, community: bytes, device: bytes) -> Prekeys | None:
    """What a device has stated; None if nothing has come here, or nothing that can be sealed to."""
    slot = home.store.slots.get(community, device, kinds.PREKEYS)
    if slot is None:
        return None
    try:
        said = Prekeys.decode(slot.body)
    except RecordError:
        return None
    return said if is_sound(said.long) and is_sound(said.prekey) else None


@lru_cache(maxsize=4096)
def is_sound(key: bytes) -> bool:
    """Whether something can be sealed to a key: not to one of low order. 40 microseconds."""
    try:
        KeyPair.from_secret(bytes(31) + b"\x40").shared(key)
    except BadPointError:
        return False
    return True


def lived(home: Home, now: int) -> int:
    """Seconds of this hearth's life."""
    life, looked = home.store.meta(_LIFE), home.store.meta(_LOOKED)
    if not isinstance(life, int) or not isinstance(looked, int):
        return KEPT  # so that everything that was ever made lies within it
    return life + min(max(now - looked, 0), LEAP)


def _lacks(home: Home, community: bytes, life: int) -> bool:
    made = vault.newest(home.store.connection, community)
    if made is None or life - made >= RENEWED:
        return True
    said = stated(home, community, home.identity.device)
    return said is None  # a new device goes on


def _oldest(home: Home, before: int) -> bool:
    with database.translated():
        return bool(
            database.value(
                home.store.connection, "SELECT 1 FROM prekeys WHERE passed < ? LIMIT 1", before
            )
        )
