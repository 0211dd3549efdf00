"""Destroying what is here: the words of events, objects that nothing names, or the whole hearth.

What is destroyed is destroyed here: gone from the database, its journal, packs and cache.db. Of
what this person's devices wrote, others are asked to do the same (an event of kind 0); of
everything else they are not, as that is not ours to ask. Headers stay, so which events there were
stays known, and so does the control lane: who belongs must follow from it for ever.

Who holds a copy is known only where devices sign what they hold, which is in the lane chat; and
only what they have signed. Nothing calls a backup back.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import apsw

from hearth import kinds, taking_back
from hearth.identity import FILE as IDENTITY
from hearth.identity.identity import KEYS
from hearth.store import begun, database, manifest
from hearth.store.errors import CorruptError, HearthError, LockedError, UsageError
from hearth.store.gc import roots, shed
from hearth.store.header import Lane
from hearth.store.ids import short
from hearth.store.locks import Lock
from hearth.store.store import GC_LOCK

if TYPE_CHECKING:
    from hearth.chat.ledger import Holder
    from hearth.community.commons import Commons
    from hearth.home import Home
    from hearth.store.disk import Disk
    from hearth.store.event import Event
    from hearth.store.store import Store

_KEPT: Final = frozenset({kinds.KEY, kinds.GROUP, kinds.ERASE})
_ZEROS: Final = bytes(1 << 20)


class NeededError(UsageError, code="needed"):
    """Something else needs it: it cannot be erased alone (exit 2)."""


class Gone(NamedTuple):
    """An event whose payload is erased here. `mine`: this person wrote it; `asked`: others are
    asked to erase theirs; `held_by`: the devices of others that have signed to hold it, None where
    that is not told."""

    event: Event
    mine: bool
    asked: bool
    held_by: list[Holder] | None


class Destroyed(NamedTuple):
    """What was destroyed here. `complete`: everything has been overwritten; otherwise what is left
    of it is, by whatever writes here next."""

    events: list[Gone]
    objects: int
    freed: int
    complete: bool


def check(events: Iterable[Event]) -> None:
    """Raises `NeededError` for what others need to make sense of the rest."""
    for event in events:
        header = event.header
        if header.lane == Lane.CONTROL:
            raise NeededError(
                f'event "{short(event.id)}" is of the control lane, which is never erased',
                "who is a member follows from it, for everybody and for ever",
            )
        if header.kind in _KEPT:
            raise NeededError(
                f'event "{short(event.id)}" is needed to read, or to know of, others',
                "it holds no words: what was said in the chat can be erased",
            )


def erase(
    home: Home,
    commons: Commons,
    events: Sequence[Event],
    objects: Iterable[bytes],
    now: int,
    *,
    here: bool = False,
) -> Destroyed:
    """Erase the payloads of these events, what only they named, and these objects. `here`: nobody
    else is asked to.

    All of it or nothing is erased, in one transaction, but objects, which follow. Raises
    `NeededError`, `LockedError`, and `KeyLockedError` where others are to be asked.
    """
    check(events)
    store = home.store
    whose = {(event.header.community, event.header.device) for event in events}
    mine = {each for each in whose if taking_back.is_own(home, *each)}
    if mine and not here:
        home.signer(now)  # after which this may be another device
    told = [
        gone._replace(asked=gone.asked and not here) for gone in _gone(home, commons, events, mine)
    ]
    named = {ref for event in events for ref in event.header.refs}
    own = [gone.event for gone in told if gone.asked]
    others = [gone.event for gone in told if not gone.asked]
    with store.batch() as batch, batch.transaction() as tx:
        if own:
            taking_back.ask(home, tx, own, now)
        store.log.erase_all(tx, [event.id for event in others])
        begun.forget(tx.connection, named)  # what has begun to come is no object here yet
    found = [*objects, *unnamed(store, named)]
    done = shed(store, _with_chunks(store, found), overwrite=True) if found else None
    return Destroyed(
        told, done.swept if done else 0, done.freed if done else 0, not store.log.erasing()
    )


def _gone(
    home: Home, commons: Commons, events: Iterable[Event], own: set[tuple[bytes, bytes]]
) -> Iterator[Gone]:
    """What will be gone; `own`: communities and devices of what this person said."""
    from hearth.chat.ledger import Ledger

    me, ledgers = home.identity, dict[bytes, Ledger]()
    for event in events:
        header = event.header
        membership = commons.membership(header.community)
        mine = (header.community, header.device) in own
        asked = mine and not event.erased
        held: list[Holder] | None = None
        if header.community == home.community and len(membership.devices_of(me.person)) == 1:
            held = []
        elif header.lane == Lane.CHAT:
            if header.community not in ledgers:
                ledgers[header.community] = Ledger(home, commons, header.community)
            held = [
                each
                for each in ledgers[header.community].holders(event)
                if each.device != me.device
            ]
        yield Gone(event, mine, asked, held)


# objects


def check_object(store: Store, id: bytes) -> None:
    """Raises `NeededError` for an object that something here names: it would be fetched again."""
    if id not in set(roots(store)):
        return
    for event in store.log.events():
        if id in event.header.refs and not event.erased:
            raise NeededError(
                f'object "{short(id)}" is named by event "{short(event.id)}"',
                f"hearth erase {short(event.id)} destroys both",
                "hearth rm takes a document out of a corpus",
            )
    raise NeededError(
        f'object "{short(id)}" is in use here', "hearth unpin, or hearth unfollow, lets it go"
    )


def unnamed(store: Store, named: Iterable[bytes]) -> list[bytes]:
    """Those that are objects here and that nothing names any more."""
    here = [id for id in sorted(set(named)) if store.has(id)]
    return [id for id in here if id not in set(roots(store))] if here else []


def _with_chunks(store: Store, ids: Sequence[bytes]) -> set[bytes]:
    """These objects, and the chunks that no other manifest here needs."""
    mine, others = set[bytes](), set[bytes]()
    with database.translated():
        rows = database.rows(store.connection, "SELECT id FROM objects WHERE manifest = 1")
    for (id,) in rows:
        try:
            found = manifest.decode(store.get(id))
        except CorruptError:
            continue
        if found is not None:
            (mine if id in ids else others).update(chunk for chunk, _ in found.chunks)
    return {*ids, *(mine - others - set(roots(store)))}


# everything


def destroy(disk: Disk, path: Path, tell: Callable[[int], None]) -> int:
    """Destroy the hearth in the folder `path`: keys first, overwritten, then all else; its bytes.

    Killed anywhere, it is still found and destroyed by the next call. Symbolic links are taken
    away, and what they point at is left alone. Raises `LockedError` if another program has it open.
    """
    with Lock.take(disk, path / GC_LOCK, exclusive=True):
        _alone(disk, path)
        total = 0
        for file in _in_order(path):
            total += _destroy(disk, file, tell)
        for folder, _, _ in os.walk(path, topdown=False):
            if Path(folder) != path:
                disk.rmdir(Path(folder))
        total += _destroy(disk, path / IDENTITY, tell)
        disk.unlink(path / GC_LOCK, missing_ok=True)
    disk.rmdir(path)
    disk.sync_dir(path.parent)
    return total


def _alone(disk: Disk, path: Path) -> None:
    """Raises `LockedError` if another program has the database open."""
    if not (path / database.NAME).exists():
        return
    try:
        connection = apsw.Connection(
            str(path / database.NAME), flags=apsw.SQLITE_OPEN_READWRITE, vfs=disk.vfs
        )
    except apsw.Error:
        return  # damaged: nobody else can have it open for long
    try:
        connection.set_busy_timeout(database.MOMENT_MS)
        connection.execute("PRAGMA journal_mode=DELETE").fetchall()  # only if nobody else is here
    except (apsw.BusyError, apsw.LockedError):
        raise LockedError(
            f'the hearth in "{path}" is in use', "end what runs there, hearth serve for instance"
        ) from None
    except apsw.Error:
        pass
    finally:
        connection.close()


def _in_order(path: Path) -> list[Path]:
    """Every file but the two that come last: keys first, then databases."""
    files = [
        Path(folder, name)
        for folder, folders, names in os.walk(path)
        for name in (*names, *(each for each in folders if Path(folder, each).is_symlink()))
    ]
    kept = {path / IDENTITY, path / GC_LOCK}
    return sorted(
        (each for each in files if each not in kept),
        key=lambda each: (each.parent.name != KEYS, not each.name.startswith("hearth.db"), each),
    )


def _destroy(disk: Disk, file: Path, tell: Callable[[int], None]) -> int:
    """Overwrite a file where it lies, and remove it."""
    size = 0
    if file.is_file() and not file.is_symlink():
        with suppress(FileNotFoundError), disk.open(file, write=True) as open_file:
            size = open_file.size()
            for offset in range(0, size, len(_ZEROS)):
                open_file.write(offset, _ZEROS[: size - offset])
                tell(min(len(_ZEROS), size - offset))
            open_file.sync()
    disk.unlink(file, missing_ok=True)
    with suppress(HearthError):
        disk.sync_dir(file.parent)
    return size
