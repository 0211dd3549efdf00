"""Changing the passphrase: every key file of a hearth anew, all at one moment.

    1. open every key with the old passphrase, so that nothing is begun in vain
    2. write every key sealed anew beside the old one, as `<name>.new`
    3. write `changed`: the commit. Until here the old passphrase opens every key, from here on
       the new one does: whoever reads a key takes `<name>.new` while `changed` is there
    4. overwrite each old file and put the new one in its place
    5. remove `changed`

Killed before 3, what lies beside means nothing and is removed by the next change; killed after
it, whoever opens the hearth for writing does what is left. There is never a moment at which two
keys need two passphrases.

What the old files held is overwritten where it lay. On flash, and on file systems that write
elsewhere, an old copy may remain all the same: a passphrase that has become known is no reason to
change it only, but to rotate the keys.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from hearth.identity import keyfile
from hearth.identity.identity import KEYS
from hearth.identity.keyfile import CHANGED, NEW, KeyFile, Strength
from hearth.store.disk import Disk
from hearth.store.locks import Lock

LOCK: Final = "lock.keys"
SUFFIX: Final = ".key"


def lock(disk: Disk, home: Path) -> Lock:
    """Held while key files are written. Raises `LockedError`."""
    return Lock.take(disk, home / LOCK, exclusive=True)


def held(home: Path) -> list[KeyFile]:
    """Every key file of the hearth, the person's first. Raises the errors of `read_key`."""
    return [keyfile.read_key(path, kind) for kind, path in _files(home)]


def change(
    disk: Disk, home: Path, old: str | None, ask: Callable[[], str | None], strength: Strength
) -> int:
    """Seal every key under what `ask` gives, once `old` has opened them; with None, not at all.

    Returns how many keys it were. Raises `KeyLockedError` if `old` does not open one of them, and
    what `ask`, the disk and the lock raise: in all of these the old passphrase still counts, or,
    where only the tidying up has failed, the new one does, and the next call finishes.
    """
    with lock(disk, home):
        _finish(disk, home)
        files = held(home)
        seeds = [file.open(old) for file in files]
        new = ask()
        for file, seed in zip(files, seeds, strict=True):
            beside = file.path.with_name(file.path.name + NEW)
            keyfile.write_key(disk, beside, file.kind, seed, new, strength)
        disk.write_atomic(
            home / KEYS / CHANGED, b"each .key.new here takes the place of its .key\n"
        )
        _finish(disk, home)
    return len(files)


def unfinished(home: Path) -> bool:
    """Whether a change has counted and is still to be tidied up."""
    return (home / KEYS / CHANGED).exists()


def finish(disk: Disk, home: Path) -> None:
    """Do what a change that was cut off left to be done."""
    with lock(disk, home):
        _finish(disk, home)


def overwrite(disk: Disk, path: Path) -> None:
    """Write zeros over a file, where it lies, durably. Nothing happens if it is not there."""
    with suppress(FileNotFoundError), disk.open(path, write=True) as file:
        left, zeros = file.size(), bytes(1 << 16)
        for offset in range(0, left, len(zeros)):
            file.write(offset, zeros[: left - offset])
        file.sync()


def _files(home: Path) -> list[tuple[str, Path]]:
    keys = home / KEYS
    person = keys / "person.key"
    devices = sorted({*keys.glob("*" + SUFFIX)} - {person})
    return [("person", person), *(("device", path) for path in devices)]


def _finish(disk: Disk, home: Path) -> None:
    keys = home / KEYS
    mark = keys / CHANGED
    beside = sorted(keys.glob(f"*{SUFFIX}{NEW}"))
    if mark.exists():
        for path in beside:
            place = path.with_name(path.name.removesuffix(NEW))
            overwrite(disk, place)
            disk.replace(path, place)
        if beside:
            disk.sync_dir(keys)
        _sweep(disk, keys)
        disk.unlink(mark)
    else:
        for path in beside:
            overwrite(disk, path)
            disk.unlink(path, missing_ok=True)
        if not beside and not _sweep(disk, keys):
            return
    disk.sync_dir(keys)


def _sweep(disk: Disk, keys: Path) -> bool:
    """Remove what writers that were cut off left behind; whether there was anything."""
    left = sorted(keys.glob(".*.tmp"))
    for path in left:
        overwrite(disk, path)
        disk.unlink(path, missing_ok=True)
    return bool(left)
