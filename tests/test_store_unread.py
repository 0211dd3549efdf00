"""What a disk cannot read for a while is not lost: it is named, kept, and read again."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import apsw
import pytest
from store_kit import COMMUNITY, NOW, Seam, SeamDisk, TestSigner, new_store, noise

from hearth.store import budget, ids, packs
from hearth.store.disk import DiskError
from hearth.store.fsck import check
from hearth.store.gc import gc
from hearth.store.header import Lane
from hearth.store.packs import RecordType
from hearth.store.repair import repair
from hearth.store.store import Store

ROOT = ".hearth"
PAGE = 4096


class BadPages(Seam):
    """A disk that does not read these pages of these files, and cannot open those of `shut`."""

    def __init__(self) -> None:
        self.pages: dict[Path, set[int]] = {}
        self.shut: set[Path] = set()

    def spoil(self, path: Path, begin: int, end: int | None = None) -> None:
        """From one byte to another of a file; one page by default."""
        last = (begin if end is None else end - 1) // PAGE
        self.pages.setdefault(path, set()).update(range(begin // PAGE, last + 1))

    def heal(self) -> None:
        self.pages.clear()
        self.shut.clear()

    def _is_bad(self, path: Path, offset: int, length: int) -> bool:
        return any(offset < (page + 1) * PAGE and page * PAGE < offset + length
                   for page in self.pages.get(path, ()))  # fmt: skip

    def disk(self, operation: str, path: Path, function: Callable[..., Any], args: Any) -> Any:
        if (operation == "read" and self._is_bad(path, args[2], args[1])) or (
            operation == "open" and path in self.shut
        ):
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return function(*args)

    def sqlite(self, operation: str, path: Path, function: Callable[..., Any], args: Any) -> Any:
        if operation == "read" and self._is_bad(path, args[1], args[0]):
            raise apsw.IOError("broken, says the test")
        return function(*args)


@pytest.fixture
def seam() -> BadPages:
    return BadPages()


@pytest.fixture
def disk(seam: BadPages) -> Iterator[SeamDisk]:
    with SeamDisk(seam) as disk:
        yield disk


def opened(tmp_path: Path, disk: SeamDisk) -> Store:
    return Store.open(tmp_path / ROOT, disk)


def named(tmp_path: Path, count: int = 10) -> list[bytes]:
    """A store with so many objects in one pack, each with a name; their bytes."""
    every = [noise(n, 40_000) for n in range(count)]
    with new_store(tmp_path) as store, store.batch() as batch:
        ids_ = [batch.put(data) for data in every]
        with batch.transaction() as tx:
            for id in ids_:
                tx.set_ref(id.hex(), id)
    return every


def written(tmp_path: Path) -> tuple[bytes, bytes]:
    """A store in which only a sealed event names an object; the ids of both."""
    with new_store(tmp_path) as store:
        with store.batch() as batch:
            id = batch.put(noise(1, 50_000))
            with batch.transaction() as tx:
                event = store.log.append(
                    tx, TestSigner(), COMMUNITY, Lane.CORPUS, 300, b"said", wall=NOW, refs=(id,)
                )
        store.seal()
    return id, event.id


def record_of(store: Store, type: RecordType) -> tuple[Path, int, int]:
    """Where the only record of a type lies: its pack, its begin and its end."""
    [id] = store.record_ids(type)
    place = store.objects.locate(type, id)
    assert place is not None
    assert place.pack is not None
    path = packs.path_of(store.packs.path, store.packs.id(place.pack))
    return path, place.record.offset, place.record.end


def only_pack(tmp_path: Path) -> Path:
    [path] = (tmp_path / ROOT / "packs").iterdir()
    return path


def lose_database(tmp_path: Path) -> None:
    for path in (tmp_path / ROOT).glob("hearth.db*"):
        path.unlink()


def readable(store: Store, every: list[bytes]) -> int:
    return sum(store.has(ids.of(data)) and store.get(ids.of(data)) == data for data in every)


def test_what_a_reader_cannot_read_is_wanted(
    tmp_path: Path, seam: BadPages, disk: SeamDisk
) -> None:
    with new_store(tmp_path, disk) as store:
        with store.batch() as batch:
            id = batch.put(noise(1, 40_000))
            with batch.transaction() as tx:
                tx.set_ref("photo", id)
        seam.spoil(only_pack(tmp_path), 8192)
        with pytest.raises(DiskError):
            store.get(id)
        assert not store.has(id)  # so it is asked for
        with store.batch() as batch:
            batch.put(noise(1, 40_000))
            with batch.transaction():
                pass
        assert store.get(id) == noise(1, 40_000)


@pytest.mark.parametrize("whole_pack", [False, True], ids=["stretch", "pack"])
def test_gc_keeps_what_could_not_be_read_and_the_next_repair_brings_it_back(
    tmp_path: Path, seam: BadPages, disk: SeamDisk, whole_pack: bool
) -> None:
    every = named(tmp_path)
    pack = only_pack(tmp_path)
    lose_database(tmp_path)
    if whole_pack:
        seam.shut.add(pack)
    else:
        seam.spoil(pack, 50_000, 350_000)  # so that less than 60 % of it is known to be needed
    done = repair(tmp_path / ROOT, disk, now=NOW)
    assert done.rebuilt
    assert done.unread
    with opened(tmp_path, disk) as store:
        assert readable(store, every) == (0 if whole_pack else 2)
        collected = gc(store, now=NOW, grace=0)
        assert (collected.swept, collected.repacked, collected.unread_packs) == (0, 0, 1)
        store.budget = 1
        budget.make_room(store, 1 << 20, now=NOW)
        assert pack.exists()
        found = check(store, now=NOW)
        assert not found.sound
        assert any(pack.name in problem for problem in found.problems)
        assert not check(store, now=NOW, quick=True).sound

    again = repair(tmp_path / ROOT, disk, now=NOW)
    assert not again.rebuilt
    assert again.unread == done.unread

    seam.heal()
    with opened(tmp_path, disk) as store:
        assert not check(store, now=NOW).sound
    last = repair(tmp_path / ROOT, disk, now=NOW)
    assert (last.unread, last.damaged) == ([], [])
    with opened(tmp_path, disk) as store:
        assert readable(store, every) == len(every)
        assert store.wanted() == []
        assert check(store, now=NOW).sound
        assert gc(store, now=NOW).unread_packs == 0


def test_what_only_unread_events_need_is_not_collected(
    tmp_path: Path, seam: BadPages, disk: SeamDisk
) -> None:
    object, event = written(tmp_path)
    with opened(tmp_path, disk) as store:
        path, begin, end = record_of(store, RecordType.SEGMENT)
    lose_database(tmp_path)
    seam.spoil(path, begin, end)
    assert repair(tmp_path / ROOT, disk, now=NOW).events == 0
    for _ in range(2):
        with opened(tmp_path, disk) as store:
            gc(store, now=NOW, grace=0)
    seam.heal()
    assert repair(tmp_path / ROOT, disk, now=NOW).events == 1
    with opened(tmp_path, disk) as store:
        assert store.log.get(event).payload == b"said"
        gc(store, now=NOW, grace=0)
        assert store.get(object) == noise(1, 50_000)
        assert check(store, now=NOW).sound
        assert store.log.verify().problems == []


def test_events_whose_segment_stops_being_readable_while_the_log_is_made(
    tmp_path: Path, seam: BadPages, disk: SeamDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    object, event = written(tmp_path)
    with opened(tmp_path, disk) as store:
        place = record_of(store, RecordType.SEGMENT)
    lose_database(tmp_path)

    from hearth.store import pack_index

    made = pack_index.make

    def then_spoil(*args: Any) -> None:
        made(*args)
        seam.spoil(*place)

    monkeypatch.setattr(pack_index, "make", then_spoil)
    assert repair(tmp_path / ROOT, disk, now=NOW).events == 0
    with opened(tmp_path, disk) as store:
        assert not check(store, now=NOW).sound
        gc(store, now=NOW, grace=0)
    seam.heal()
    assert repair(tmp_path / ROOT, disk, now=NOW).events == 1
    with opened(tmp_path, disk) as store:
        assert store.log.get(event).payload == b"said"
        assert store.get(object) == noise(1, 50_000)


def test_what_is_erased_meanwhile_does_not_come_back(
    tmp_path: Path, seam: BadPages, disk: SeamDisk
) -> None:
    _, event = written(tmp_path)
    with opened(tmp_path, disk) as store:
        path, begin, end = record_of(store, RecordType.PAYLOAD)
        segment = record_of(store, RecordType.SEGMENT)
    lose_database(tmp_path)
    # One page holds both; what is erased here has an event and no payload.
    assert segment[0] == path
    seam.spoil(path, begin, end)
    repair(tmp_path / ROOT, disk, now=NOW)
    with opened(tmp_path, disk) as store:
        with store.batch() as batch, batch.transaction() as tx:
            store.log.erase(tx, event)
        assert store.log.erasing()
    seam.heal()
    assert b"said" in path.read_bytes()
    repair(tmp_path / ROOT, disk, now=NOW)
    with opened(tmp_path, disk) as store:
        assert store.log.get(event).payload is None
        assert not store.log.erasing()
    assert b"said" not in path.read_bytes()


def test_what_was_healed_from_elsewhere_needs_no_disk(
    tmp_path: Path, seam: BadPages, disk: SeamDisk
) -> None:
    every = named(tmp_path)
    pack = only_pack(tmp_path)
    lose_database(tmp_path)
    seam.spoil(pack, 60_000)  # in the bytes of the second object: its header says which it is
    [finding] = repair(tmp_path / ROOT, disk, now=NOW).damaged
    assert finding.unread
    assert finding.id == ids.of(every[1])
    with opened(tmp_path, disk) as store:
        assert store.wanted() == [finding.id]
        store.put(every[1])
    assert repair(tmp_path / ROOT, disk, now=NOW).unread == []
    with opened(tmp_path, disk) as store:
        assert readable(store, every) == len(every)
        assert check(store, now=NOW).sound
        assert gc(store, now=NOW).unread_packs == 0


def test_a_person_may_give_it_up(tmp_path: Path, seam: BadPages, disk: SeamDisk) -> None:
    every = named(tmp_path)
    pack = only_pack(tmp_path)
    lose_database(tmp_path)
    seam.spoil(pack, packs.HEAD, 300_000)
    repair(tmp_path / ROOT, disk, now=NOW)
    assert repair(tmp_path / ROOT, disk, now=NOW, give_up=True).unread
    with opened(tmp_path, disk) as store:
        collected = gc(store, now=NOW, grace=0)
        assert (collected.unread_packs, collected.repacked) == (0, 1)
        assert not pack.exists()
    seam.heal()
    with opened(tmp_path, disk) as store:
        assert readable(store, every) == 0  # nothing named the others any more
        assert check(store, now=NOW).sound


def test_giving_up_reads_once_more_first(tmp_path: Path, seam: BadPages, disk: SeamDisk) -> None:
    every = named(tmp_path)
    lose_database(tmp_path)
    seam.spoil(only_pack(tmp_path), 60_000)
    repair(tmp_path / ROOT, disk, now=NOW)
    seam.heal()
    assert repair(tmp_path / ROOT, disk, now=NOW, give_up=True).unread == []
    with opened(tmp_path, disk) as store:
        assert readable(store, every) == len(every)


def pages_of(path: Path) -> int:
    return path.stat().st_size // PAGE


def test_a_database_that_cannot_be_read_is_not_rebuilt(
    tmp_path: Path, seam: BadPages, disk: SeamDisk
) -> None:
    every = named(tmp_path)
    database = tmp_path / ROOT / "hearth.db"
    with opened(tmp_path, disk) as store:
        store.put(b"a row")
    before = database.read_bytes()
    for page in range(1, pages_of(database)):
        seam.heal()
        seam.spoil(database, page * PAGE)
        with pytest.raises(DiskError) as caught:
            repair(tmp_path / ROOT, disk, now=NOW)
        assert any("--give-up" in hint for hint in caught.value.hints)
        assert database.read_bytes() == before
        assert not list((tmp_path / ROOT).glob("hearth.db.new*"))
    seam.heal()
    assert not repair(tmp_path / ROOT, disk, now=NOW).rebuilt
    with opened(tmp_path, disk) as store:
        assert readable(store, [*every, b"a row"]) == len(every) + 1


def test_a_damaged_database_is_read_whole_or_not_replaced(
    tmp_path: Path, seam: BadPages, disk: SeamDisk
) -> None:
    """A page that is damaged, and later another that cannot be read: as rows are taken over."""
    named(tmp_path)
    database = tmp_path / ROOT / "hearth.db"
    with opened(tmp_path, disk) as store:
        row = store.put(b"a row")
        statement = "SELECT rootpage FROM sqlite_schema WHERE name = ?"
        root = store.connection.execute(statement, ("objects_by_place",)).get
        table = store.connection.execute(statement, ("objects",)).get
    with database.open("r+b") as file:
        file.seek((root - 1) * PAGE)
        file.write(os.urandom(PAGE))
    seam.spoil(database, (table - 1) * PAGE)
    with pytest.raises(DiskError):
        repair(tmp_path / ROOT, disk, now=NOW)
    assert repair(tmp_path / ROOT, disk, now=NOW, give_up=True).salvaged == 0
    (tmp_path / ROOT / "hearth.db").unlink()
    [old] = (tmp_path / ROOT / "quarantine").glob("hearth.db.*")
    old.rename(database)
    seam.heal()
    assert repair(tmp_path / ROOT, disk, now=NOW).salvaged == 1
    with opened(tmp_path, disk) as store:
        assert store.get(row) == b"a row"


def test_a_head_that_cannot_be_read_is_not_written_anew(
    tmp_path: Path, seam: BadPages, disk: SeamDisk
) -> None:
    """It may say that the pack is of a newer format."""
    named(tmp_path)
    pack = only_pack(tmp_path)
    seam.spoil(pack, 0)
    before = pack.read_bytes()
    with pack.open("r+b") as file:  # what is there now must stay there
        file.write(b"newer")
    with opened(tmp_path, disk) as store:
        found = check(store, now=NOW)
    assert any("cannot read" in problem for problem in found.problems)
    assert pack.read_bytes() == b"newer" + before[5:]


def test_a_check_goes_on_past_a_pack_that_cannot_be_opened(
    tmp_path: Path, seam: BadPages, disk: SeamDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packs, "FULL", 50_000)
    every = named(tmp_path, 6)
    with opened(tmp_path, disk) as store:
        first, *_ = store.packs.names().values()
        seam.shut.add(first)
        found = check(store, now=NOW)
        assert found.damaged
        assert all(finding.unread for finding in found.damaged)
        assert found.objects + len(found.damaged) == len(every)
        gc(store, now=NOW, grace=0)
    seam.heal()
    with opened(tmp_path, disk) as store:
        assert check(store, now=NOW).sound
        assert readable(store, every) == len(every)
        assert store.wanted() == []
