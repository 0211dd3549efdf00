"""Checking that what is on disk is what it should be.

Quick: SQLite's own check, sizes of packs, that everything referenced is here, and packs under
suspicion (a sync failed). Whole: every stored byte that counts is read and proved by its hash,
every record's header compared with the index. What is damaged goes to quarantine and on the
want-list; what was on it and proves whole again is taken off. The head of a pack follows from
its name, so a damaged one is reported and written anew.

With a budget the packs checked longest ago come first, each whole or not at all, and the time
is noted with it: a check cut short goes on where it stopped.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

import apsw

from hearth.store import manifest, packs, unread
from hearth.store.database import each, one, rows, transaction, translated
from hearth.store.disk import DiskError, File
from hearth.store.errors import CorruptError, HearthError
from hearth.store.ids import ObjectId
from hearth.store.objects import Place
from hearth.store.packs import Record, RecordType

if TYPE_CHECKING:
    from hearth.store.store import Store

Progress = Callable[[int, int], None]
"""Called with bytes done and bytes to do, now and then."""

_PLACES: Final = """
    SELECT 1, id, length, manifest, compressed, stored, offset FROM objects WHERE pack = ?1
    UNION ALL
    SELECT type, id, length, 0, compressed, stored, offset FROM records WHERE pack = ?1
    ORDER BY 7"""


class Finding(NamedTuple):
    """One damaged object or record: its id, where it lies and what is wrong, in words.

    `unread`: the disk did not give it this time, which does not say that it is damaged.
    """

    id: bytes
    type: int
    place: str
    why: str
    unread: bool = False


@dataclass(slots=True)
class Checked:
    """What a check found. `sound` is whether nothing at all is wrong."""

    objects: int = 0
    bytes: int = 0
    """Stored bytes that were read and proved."""
    damaged: list[Finding] = field(default_factory=list)
    missing: list[ObjectId] = field(default_factory=list)
    """Objects that references or manifests need and that are not here."""
    problems: list[str] = field(default_factory=list)
    """What is wrong with packs or the database as such, in words."""
    packs_left: int = 0
    """Packs that the budget left for the next time."""

    @property
    def sound(self) -> bool:
        return not (self.damaged or self.problems)


def check(
    store: Store,
    *,
    now: int,
    quick: bool = False,
    budget: float | None = None,
    progress: Progress | None = None,
) -> Checked:
    """Check the store. `budget` is in seconds; None reads everything.

    Writes only to the want-list, to quarantine, and when packs were verified (nothing at all if
    the store was opened read-only). Missing objects are not damage: they may simply not have
    come yet. Raises `DatabaseDamagedError` where the database cannot even be asked.
    """
    until = None if budget is None else time.monotonic() + budget
    with translated(store.path):
        checker = _Checker(store, now, progress)
        checker.database()
        checker.closure()
        if not quick:
            checker.rows()
        checker.packs(until, suspects_only=quick)
        checker.known()
    return checker.found


class _Checker:
    def __init__(self, store: Store, now: int, progress: Progress | None) -> None:
        self.found = Checked()
        self._store = store
        self._connection = store.connection
        self._now = now
        self._progress = progress
        self._listed = {id for (id,) in rows(self._connection, "SELECT id FROM damaged")}
        self._to_do = 0
        self._pack_id = b""

    def database(self) -> None:
        said = [line for (line,) in rows(self._connection, "PRAGMA quick_check(10)")]
        if said != ["ok"]:
            self.found.problems += [f"hearth.db is damaged: {line}" for line in said]

    def closure(self) -> None:
        """That everything named is here. Damaged manifests are reported where they lie."""
        seen: set[bytes] = set()
        for (id,) in rows(self._connection, "SELECT id FROM objects WHERE manifest = 1"):
            for chunk in self._chunks(id):
                self._need(chunk, seen)
        for (id,) in rows(self._connection, "SELECT id FROM refs"):
            self._need(id, seen)

    def rows(self) -> None:
        """The objects that are rows of the database."""
        statement = """
            SELECT id, length, manifest, compressed, stored, data FROM objects
            WHERE data IS NOT NULL"""
        for id, length, is_manifest, compressed, stored, data in each(self._connection, statement):
            record = Record(RecordType.OBJECT, bool(compressed), length, stored, id, 0)
            self._prove(Place(record, None, data, bool(is_manifest)), data)

    def packs(self, until: float | None, *, suspects_only: bool) -> None:
        """Check packs, those checked longest ago first, as far as the budget goes."""
        waiting = rows(
            self._connection,
            "SELECT number, id, end, suspect FROM packs ORDER BY verified_at NULLS FIRST, number",
        )
        self._to_do = sum(end for _, _, end, suspect in waiting if suspect or not suspects_only)
        for index, (number, pack, end, suspect) in enumerate(waiting):
            if until is not None and time.monotonic() >= until:
                self.found.packs_left = len(waiting) - index
                return
            self._pack(number, pack, end, whole=bool(suspect) or not suspects_only)
            if suspect == unread.UNREAD:
                self._unread(pack)

    def known(self) -> None:
        """What an earlier check or a reader found damaged, and this one did not look at."""
        found = {finding.id for finding in self.found.damaged}
        for id, type, place in rows(self._connection, "SELECT id, type, place FROM damaged"):
            if id not in found:
                where, _, why = place.partition(": ")
                self.found.damaged.append(Finding(id, type, where, why))

    def _pack(self, number: int, pack: bytes, end: int, *, whole: bool) -> None:
        self._pack_id = pack
        file = self._open(number, pack)
        if file is None:
            return
        with file:
            if file.size() < end:
                self.found.problems.append(
                    f"pack {number} is cut short: {file.size()} of {end} bytes are left"
                )
                whole = True
            elif file.size() < packs.HEAD:
                return
            self._head(file, number, pack)
            if whole:
                for place in self._places(number):
                    self._record(file, pack, place)
                self._verified(number)

    def _open(self, number: int, pack: bytes) -> File | None:
        try:
            return self._store.packs.open(pack)
        except (CorruptError, DiskError) as error:
            if self._repacked(number):
                return None
            self.found.problems.append(error.message)
            is_unread = isinstance(error, DiskError)
            why = "its pack cannot be opened" if is_unread else "its pack is missing"
            for place in self._places(number):
                self._report(place, why, is_unread=is_unread)
            return None

    def _unread(self, pack: bytes) -> None:
        """What of a pack could not be read when it was indexed, and whether it can be now."""
        with suppress(CorruptError, DiskError), self._store.packs.open(pack) as file:
            name = file.path.name
            bad = [
                item
                for item in packs.scan(file, pack)
                if isinstance(item, packs.Damage) and item.unread
            ]
            for item in bad:
                self.found.problems.append(
                    f'pack "{name}" cannot be read from byte {item.offset} to {item.end}: what lies'
                    " there is kept"
                )
            if not bad:
                self.found.problems.append(
                    f'pack "{name}" could not be read when it was indexed, and can be now'
                )

    def _head(self, file: File, number: int, pack: bytes) -> None:
        """Check a pack's head; a damaged one is written anew, as it follows from the name."""
        try:
            packs.check_head(file, pack)
        except DiskError as error:
            self.found.problems.append(error.message)
        except CorruptError as error:
            places = list(self._places(number))
            named = ", ".join(place.record.id.hex()[:12] for place in places[:3])
            more = f" and {len(places) - 3} more" if len(places) > 3 else ""
            self.found.problems.append(f"{error.message} (it holds {named}{more}); written anew")
            if not self._store.read_only:
                with self._store.disk.open(file.path, write=True) as writable:
                    writable.write(0, packs.encode_head(pack))
                    writable.sync()

    def _places(self, number: int) -> Iterator[Place]:
        for type, id, length, is_manifest, compressed, stored, offset in rows(
            self._connection, _PLACES, number
        ):
            record = Record(type, bool(compressed), length, stored, id, offset)
            yield Place(record, number, None, bool(is_manifest))

    def _record(self, file: File, pack: bytes, place: Place) -> None:
        record = place.record
        try:
            both = file.read(record.offset, packs.RECORD_HEAD + record.stored)
        except DiskError as error:
            self._report(place, error.message, is_unread=True)
            return
        if packs.decode_record(pack, record.offset, both) != record:
            self._report(place, "its header is damaged")
            return
        self._prove(place, both[packs.RECORD_HEAD :])

    def _prove(self, place: Place, stored: bytes) -> None:
        record = place.record
        try:
            data = packs.open_bytes(record, stored)
        except CorruptError as error:
            self._report(place, error.message)
            return
        if record.type == RecordType.OBJECT:
            self.found.objects += 1
            if (manifest.decode(data) is not None) != place.manifest:
                self._report(place, "the index is wrong about whether it is a manifest")
                return
        self.found.bytes += len(stored)
        if record.id in self._listed and not self._store.read_only:
            self._store.objects.clear(record.id)
        if self._progress is not None:
            self._progress(self.found.bytes, max(self._to_do, self.found.bytes))

    def _report(self, place: Place, why: str, *, is_unread: bool = False) -> None:
        record = place.record
        if self._moved(place):
            return
        self.found.damaged.append(Finding(record.id, record.type, place.words(), why, is_unread))
        if not self._store.read_only:
            self._store.objects.condemn(place, why)

    def _moved(self, place: Place) -> bool:
        """Whether gc or an erasure has taken the bytes away since the index was read."""
        if place.pack is not None and self._repacked(place.pack):
            return True
        now = self._store.objects.locate(place.record.type, place.record.id)
        return now is None or (now.pack, now.record.offset) != (place.pack, place.record.offset)

    def _repacked(self, number: int) -> bool:
        """Whether gc has done away with the pack being checked; its number may be another's now."""
        id = one(self._connection, "SELECT id FROM packs WHERE number = ?", number)
        return id is None or id[0] != self._pack_id

    def _verified(self, number: int) -> None:
        if not self._store.read_only:
            # A full disk must not keep anybody from checking it.
            with suppress(apsw.FullError), transaction(self._connection):
                self._connection.execute(
                    "UPDATE packs SET verified_at = ? WHERE number = ? AND id = ?",
                    (self._now, number, self._pack_id),
                )

    def _chunks(self, id: bytes) -> list[bytes]:
        try:
            found = manifest.decode(self._store.get(id))
        except HearthError:
            return []
        return [] if found is None else [chunk for chunk, _ in found.chunks]

    def _need(self, id: bytes, seen: set[bytes]) -> None:
        if id not in seen:
            seen.add(id)
            if one(self._connection, "SELECT 1 FROM objects WHERE id = ?", id) is None:
                self.found.missing.append(id)
