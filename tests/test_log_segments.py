"""Sealing into packs, coming back from them, and erasing for good."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tracemalloc
from contextlib import closing, suppress
from pathlib import Path

import apsw
import pytest
from log_kit import (
    COMMUNITY,
    WALL,
    Device,
    Made,
    chain,
    make,
    new_store,
    picture,
    take,
    transaction,
)

from hearth.store import cbor, database, erasures, importer, segments
from hearth.store.fsck import check
from hearth.store.gc import gc
from hearth.store.header import Lane
from hearth.store.packs import RECORD_HEAD, RecordType
from hearth.store.repair import repair
from hearth.store.segments import Segment, SegmentError
from hearth.store.store import Store

ANNE, BERT = Device("Anne"), Device("Bert")


def everything_on_disk(path: Path) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(path.rglob("*")) if file.is_file())


def fill(store: Store) -> None:
    take(store, chain(ANNE, 30))
    take(store, chain(BERT, 20, lane=Lane.CORPUS)[3:])  # lies beyond a gap
    take(store, [make(BERT, chain(BERT, 3)[-1], kind=9), *chain(BERT, 5)])  # forks
    with transaction(store) as tx:
        store.slots.state(tx, ANNE, COMMUNITY, 7, b"name", b"body", expires=WALL + 1)


def test_a_lost_database_comes_back_from_packs(tmp_path: Path) -> None:
    with new_store(tmp_path / "h") as store:
        fill(store)
        assert store.log.seal() == 53
        assert store.log.seal() == 0
        before = picture(store)
    for file in (tmp_path / "h").glob("hearth.db*"):
        file.unlink()
    repaired = repair(tmp_path / "h", now=WALL)
    assert (repaired.events, repaired.segments, repaired.payloads) == (53, 1, 51)
    with Store.open(tmp_path / "h") as store:
        assert picture(store) == before
        assert store.log.verify().problems == []
        assert segments.unsealed(store.connection) == 0
        assert store.log.fork_proofs()


def test_what_a_damaged_database_still_gives_comes_back_too(tmp_path: Path) -> None:
    with new_store(tmp_path / "h") as store:
        fill(store)
        store.log.seal()
        take(store, chain(ANNE, 6, lane=Lane.MARKET))
        before = picture(store)
        slot = store.slots.get(COMMUNITY, ANNE.device, 7, b"name")
        store.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        root = store.connection.execute(
            "SELECT rootpage FROM sqlite_schema WHERE name = 'objects_by_place'"
        ).get
    with open(tmp_path / "h" / "hearth.db", "r+b") as file:
        file.seek((root - 1) * 4096)
        file.write(os.urandom(4096))
    repair(tmp_path / "h", now=WALL)
    with Store.open(tmp_path / "h") as store:
        assert picture(store) == before
        assert store.slots.get(COMMUNITY, ANNE.device, 7, b"name") == slot
        assert segments.unsealed(store.connection) == 6


def test_rows_that_are_nothing_of_the_kind_stop_no_repair(tmp_path: Path) -> None:
    with new_store(tmp_path / "h") as store:
        take(store, made := chain(ANNE, 6))
        before = picture(store)
    with closing(sqlite3.connect(tmp_path / "h" / "hearth.db", isolation_level=None)) as lost:
        lost.execute("PRAGMA writable_schema = ON")
        for word in ("STRICT, ", "STRICT"):
            lost.execute("UPDATE sqlite_schema SET sql = replace(sql, ?, '')", (word,))
    with closing(sqlite3.connect(tmp_path / "h" / "hearth.db", isolation_level=None)) as lost:
        true = made[0].record[0]
        for wrong in ("text", 7, b"", bytes(31), bytes(33)):
            lost.execute("INSERT INTO erasures VALUES (?, ?, ?, 0)", (wrong, b"", wrong))
            lost.execute("INSERT INTO refs VALUES (?, ?)", (wrong, wrong))
            for header, signature, payload in ((wrong, wrong, wrong), (true, wrong, None)):
                lost.execute(
                    "INSERT INTO events VALUES (NULL, 1, 1, 1, 1, 1, 0, ?, ?, ?)",
                    (header, signature, payload),
                )
        [root] = lost.execute(
            "SELECT rootpage FROM sqlite_schema WHERE name = 'objects_by_place'"
        ).fetchone()
        lost.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with open(tmp_path / "h" / "hearth.db", "r+b") as file:
        file.seek((root - 1) * 4096)
        file.write(os.urandom(4096))
    assert repair(tmp_path / "h", now=WALL).rebuilt
    with Store.open(tmp_path / "h") as store:
        assert picture(store) == before


def test_a_repair_erases_nothing_that_is_merely_referred_to(tmp_path: Path) -> None:
    first = make(ANNE)
    second = make(ANNE, first, None, b"more", refs=(first.id,))
    with new_store(tmp_path / "h") as store:
        take(store, [first, second])
        store.log.seal()
    for file in (tmp_path / "h").glob("hearth.db*"):
        file.unlink()
    repair(tmp_path / "h", now=WALL)
    with Store.open(tmp_path / "h") as store:
        assert [event.payload for event in store.log.events()] == [b"words", b"more"]
        assert erasures.any_asked(store.connection) is False


@pytest.mark.parametrize("how", ["locally", "by an event"])
def test_erased_is_gone_from_every_file_and_stays_gone(tmp_path: Path, how: str) -> None:
    secret = b"a secret of seventeen words " + os.urandom(40).hex().encode()
    event = make(ANNE, None, None, secret)
    with new_store(tmp_path / "h") as store:
        take(store, [event])
        store.log.seal()
        assert secret in everything_on_disk(tmp_path / "h")
        with transaction(store) as tx:
            if how == "locally":
                assert store.log.erase(tx, event.id)
                assert not store.log.erase(tx, event.id)
            else:
                erasing = make(ANNE, event, None, None, kind=0, refs=(event.id,))
                store.log.import_events(tx, [erasing.record])
        assert not store.log.erasing()
        held = store.log.get(event.id)
        assert (held.payload, held.erased) == (None, True)
        assert secret not in everything_on_disk(tmp_path / "h")
        store.log.seal()
        take(store, [event])  # brought again by somebody else
        assert store.log.get(event.id).payload is None
        assert secret not in everything_on_disk(tmp_path / "h")
        before = picture(store)
    for file in (tmp_path / "h").glob("hearth.db*"):
        file.unlink()
    repair(tmp_path / "h", now=WALL)
    with Store.open(tmp_path / "h") as store:
        assert picture(store) == before
        take(store, [event])
        assert store.log.get(event.id).payload is None
    assert secret not in everything_on_disk(tmp_path / "h")


def test_erasures_come_before_payloads_in_a_repair(tmp_path: Path) -> None:
    """The payload's record survived (its overwriting failed, say), the erasure too."""
    secret = make(ANNE, None, None, b"erase me first")
    with new_store(tmp_path / "h") as store:
        take(store, [secret])
        store.log.seal()
        with transaction(store) as tx:
            tx.connection.execute("INSERT INTO erasures VALUES (?, x'', x'', 0)", (secret.id,))
        store.log.seal()
        assert next(store.record_ids(RecordType.PAYLOAD), None) is not None
    for file in (tmp_path / "h").glob("hearth.db*"):
        file.unlink()
    repair(tmp_path / "h", now=WALL)
    with Store.open(tmp_path / "h") as store:
        assert (store.log.get(secret.id).payload, store.log.get(secret.id).erased) == (None, True)


def test_only_the_author_erases(tmp_path: Path) -> None:
    event = make(ANNE)
    other = make(BERT, None, None, None, kind=0, refs=(event.id,))
    elsewhere = make(ANNE, None, None, None, kind=0, refs=(event.id,), community=bytes(32))
    for number, order in enumerate(([event, other, elsewhere], [elsewhere, other, event])):
        with new_store(tmp_path / str(number)) as store:
            for made in order:
                take(store, [made])
            assert store.log.get(event.id).payload == b"words"


def test_erasing_the_same_words_elsewhere_takes_none_from_control(tmp_path: Path) -> None:
    act, said = make(ANNE, lane=Lane.CONTROL), make(BERT)
    with new_store(tmp_path / "h") as store:
        take(store, [act, said])
        store.log.seal()
        take(store, [make(BERT, said, None, None, kind=0, refs=(said.id, act.id))])
        assert store.log.get(said.id).payload is None
        assert store.log.get(act.id).payload == b"words"
        assert store.read_record(RecordType.PAYLOAD, act.header.payload_hash or b"") == b"words"
        store.log.seal()
    for file in (tmp_path / "h").glob("hearth.db*"):
        file.unlink()
    repair(tmp_path / "h", now=WALL)
    with Store.open(tmp_path / "h") as store:
        assert store.log.get(said.id).payload is None
        assert store.log.get(act.id).payload == b"words"


def test_an_id_that_begins_like_another_erases_only_its_own(tmp_path: Path) -> None:
    """Eight bytes of an id can be found by trying; here the table is made to say so."""
    one, other = chain(ANNE, 2)
    with new_store(tmp_path / "h") as store:
        take(store, [one, other])
        with transaction(store) as tx:
            same = int.from_bytes(other.id[:8], "big", signed=True)
            tx.connection.execute("UPDATE events SET prefix = ?", (same,))
            assert store.log.erase(tx, other.id)
        assert [each.erased for each in store.log.events()] == [False, True]


def test_a_payload_that_comes_late_is_kept_and_sealed(tmp_path: Path) -> None:
    event = make(ANNE)
    with new_store(tmp_path / "h") as store:
        take(store, [(*event.record[:2], None)])
        store.log.seal()
        assert store.log.get(event.id).payload is None
        assert take(store, [event]).duplicate == 1
        assert store.log.get(event.id).payload == b"words"
        store.log.seal()
        assert store.read_record(RecordType.PAYLOAD, event.header.payload_hash or b"") == b"words"


def test_sealing_goes_in_segments_of_a_thousand(tmp_path: Path) -> None:
    with new_store(tmp_path / "h") as store:
        take(store, chain(ANNE, 2001))
        assert store.log.seal(at_least=2002) == 0
        assert store.log.seal(at_least=2001) == 2001
        assert len(list(store.record_ids(RecordType.SEGMENT))) == 3


@pytest.mark.parametrize(("less", "events"), [(-1, 3), (0, 3), (1, 2)])
def test_a_segment_has_no_more_bytes_than_it_may(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, less: int, events: int
) -> None:
    made = chain(ANNE, 10)
    sizes = [len(header) + len(signature) + 8 for header, signature, _ in (e.record for e in made)]
    monkeypatch.setattr(segments, "BYTES", sum(sizes[:3]) - less)
    with new_store(tmp_path / "h") as store:
        take(store, made)
        assert store.log.seal() == 10
        found = [decoded(store, id) for id in store.record_ids(RecordType.SEGMENT)]
    first = [(header, signature) for header, signature, _ in (e.record for e in made[:events])]
    assert [each.events for each in found if each.events[0] == first[0]] == [first]
    assert sum(len(each.events) for each in found) == 10


def test_more_erasures_than_a_segment_holds_go_into_several(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(segments, "ERASURES", 2)
    made = chain(ANNE, 5)
    with new_store(tmp_path / "h") as store:
        take(store, made)
        with transaction(store) as tx:
            store.log.erase_all(tx, [event.id for event in made])
        assert store.log.seal() == 5 + 2 + 1
        found = [decoded(store, id) for id in store.record_ids(RecordType.SEGMENT)]
        assert store.log.seal() == 0
    assert sorted(len(each.erasures) for each in found) == [1, 2, 2]
    asked = [erasure for each in found for erasure in each.erasures]
    assert sorted(asked) == sorted((event.id, b"", b"") for event in made)


def decoded(store: Store, id: bytes) -> Segment:
    return segments.decode(store.read_record(RecordType.SEGMENT, id))


@pytest.mark.parametrize("late", [False, True])
def test_sealing_holds_one_payload_in_memory(tmp_path: Path, late: bool) -> None:
    made: list[Made] = []
    for number in range(200):
        made.append(make(ANNE, made[-1] if made else None, payload=b"%03d" % number * 20_000))
    with new_store(tmp_path / "h") as store:
        if late:
            take(store, [(*event.record[:2], None) for event in made])
            store.log.seal()
        take(store, made)
        tracemalloc.start()
        try:
            store.log.seal()
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert peak < 1_000_000
        assert len(list(store.record_ids(RecordType.PAYLOAD))) == 200


def test_an_uncommitted_event_is_never_sealed(tmp_path: Path) -> None:
    with new_store(tmp_path / "h") as store:
        with suppress(ZeroDivisionError), transaction(store) as tx:
            store.log.append(tx, ANNE, COMMUNITY, Lane.CHAT, 128, b"never", wall=WALL)
            raise ZeroDivisionError
        assert store.log.seal() == 0
        with transaction(store) as tx:
            event = store.log.append(tx, ANNE, COMMUNITY, Lane.CHAT, 128, b"now", wall=WALL)
        assert (event.header.sequence, event.arrival) == (1, 1)


def test_a_segment_round_trips_and_hostile_ones_are_refused() -> None:
    segment = Segment([(b"h", b"s")], [(bytes(32), b"", b"")])
    data = segments.encode(segment)
    assert segments.decode(data) == segment
    for cut in range(len(data)):
        with pytest.raises(SegmentError):
            segments.decode(data[:cut])
    id, event = bytes(32), [b"h", b"s"]
    assert segments.decode(cbor.encode([1, event, [[id, b"d", b"c"]]])).erasures == [
        (id, b"d", b"c")
    ]
    for hostile in (
        [2, event, []], [True, event, []], [1, event], [1, event, [], []], {1: event}, b"", 1,
        [1, [b"h"], []], [1, [b"h", "s"], []], [1, [b"h", b"s", 1, b"s"], []], [1, b"hs", []],
        [1, event, b""], [1, event, {}], [1, event, [id]], [1, event, [b"abc"]],
        [1, event, [[id, b""]]], [1, event, [[id, b"", b"", b""]]], [1, event, [[id, b"", "c"]]],
        [1, event, [["x" * 32, b"", b""]]], [1, event, [[id[1:], b"", b""]]],
        [1, event, [[id + b"x", b"", b""]]], [1, event, [[id, b"", b""], 1]],
    ):  # fmt: skip
        with pytest.raises(SegmentError):
            segments.decode(cbor.encode(hostile))


def test_a_repair_takes_back_what_came_in_unsigned_however_it_is_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Events whose own signature is junk, but which the author's last one proves: neither are
    they lost where a chunk of the repair ends among them, nor does their number stop it."""
    junk = chain(ANNE, 1)
    while len(junk) < 40:
        junk.append(make(ANNE, junk[-1], kind=len(junk), signature=bytes(64)))
    junk.append(make(ANNE, junk[-1]))
    with new_store(tmp_path / "h") as store:
        take(store, junk)
        take(store, chain(BERT, 30))
        store.log.seal()
        before = picture(store)
    for file in (tmp_path / "h").glob("hearth.db*"):
        file.unlink()
    monkeypatch.setattr(importer, "CHUNK_EVENTS", 7)
    monkeypatch.setattr(importer, "BAD_SIGNATURES", 3)
    assert repair(tmp_path / "h", now=WALL).events == 71
    with Store.open(tmp_path / "h") as store:
        assert picture(store) == before
        assert store.log.verify().problems == []
        assert segments.unsealed(store.connection) == 0


def damage_index(store: Store) -> None:
    """Damage a page of hearth.db that holds no event: it must be rebuilt, and still gives all."""
    store.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    root = store.connection.execute(
        "SELECT rootpage FROM sqlite_schema WHERE name = 'objects_by_place'"
    ).get
    with open(store.path / "hearth.db", "r+b") as file:
        file.seek((root - 1) * 4096)
        file.write(os.urandom(4096))


def test_the_database_that_a_repair_replaced_keeps_nothing_erased(tmp_path: Path) -> None:
    secret = os.urandom(40).hex().encode()
    event = make(ANNE, None, None, secret)
    path = tmp_path / "h"
    with new_store(path) as store:
        take(store, [event])
        damage_index(store)
    kept = repair(path, now=WALL).kept
    assert kept is not None
    assert secret in kept.read_bytes()
    with Store.open(path) as store:
        with transaction(store) as tx:
            assert store.log.erase(tx, event.id)
        assert not store.log.erasing()
    assert secret not in everything_on_disk(path)


def test_a_repair_keeps_no_old_database_that_may_hold_what_was_erased(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut off between the commit that erases and the emptying of the WAL, then damaged."""
    secret = os.urandom(40).hex().encode()
    event = make(ANNE, None, None, secret)
    path, copy = tmp_path / "h", tmp_path / "copy"
    with new_store(path) as store:
        take(store, [event])
        store.log.seal()
        damage_index(store)
        monkeypatch.setattr(store, "scrub", lambda _: None)
        with transaction(store) as tx:
            assert store.log.erase(tx, event.id)
        shutil.copytree(path, copy)
    done = repair(copy, now=WALL)
    assert (done.rebuilt, done.kept) == (True, None)
    with Store.open(copy) as store:
        assert store.log.get(event.id).payload is None
        assert not store.log.erasing()
    assert secret not in everything_on_disk(copy)


def test_a_payload_that_lies_in_two_packs_is_erased_from_both(tmp_path: Path) -> None:
    """A repacking was cut off before the old pack went, and then the database was lost."""
    secret = os.urandom(40).hex().encode()
    event = make(ANNE, None, None, secret)
    path = tmp_path / "h"
    with new_store(path) as store:
        take(store, [event])
        store.log.seal()
        (old,) = store.packs.names().values()
        spare = old.read_bytes()
        store.connection.execute("UPDATE packs SET end = end * 100")  # mostly dead
        gc(store, now=WALL)
        assert not old.exists()
    old.write_bytes(spare)
    for file in path.glob("hearth.db*"):
        file.unlink()
    repair(path, now=WALL)
    with Store.open(path) as store:
        assert store.log.get(event.id).payload == secret
        with transaction(store) as tx:
            assert store.log.erase(tx, event.id)
        assert not store.log.erasing()
    assert secret not in everything_on_disk(path)


def test_an_erasure_committed_while_another_one_is_finished_stays_on_the_list(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two processes; the second is killed right after its commit."""
    events = [make(ANNE, kind=n, payload=os.urandom(20).hex().encode()) for n in range(2)]
    path = tmp_path / "h"
    with new_store(path) as store, Store.open(path) as other:
        take(store, events)
        real = database.empty_wal

        def emptied(connection: apsw.Connection) -> bool:
            done = real(connection)
            monkeypatch.setattr("hearth.store.scrub.empty_wal", real)
            monkeypatch.setattr(other, "scrub", lambda _: None)
            with transaction(other) as tx:
                assert other.log.erase(tx, events[1].id)
            return done

        monkeypatch.setattr("hearth.store.scrub.empty_wal", emptied)
        with transaction(store) as tx:
            assert store.log.erase(tx, events[0].id)
        assert store.log.erasing()
    with Store.open(path) as store:
        assert not store.log.erasing()


@pytest.mark.parametrize("size", [0, 2 << 20])
@pytest.mark.parametrize("begun", [False, True])
def test_erasing_is_not_done_while_somebody_else_may_be_writing_a_copy(
    tmp_path: Path, size: int, begun: bool
) -> None:
    """He sealed the payload when it was not yet erased, and will never commit."""
    event = make(ANNE, None, None, os.urandom(40).hex().encode())
    assert event.record[2] is not None
    path = tmp_path / "h"
    with new_store(path) as store, Store.open(path) as other:
        if begun:  # the pack that he goes on with
            take(store, [make(BERT)])
            store.log.seal()
        take(store, [event])
        with other.batch() as batch:
            batch.put_record(RecordType.PAYLOAD, event.record[2] + os.urandom(size))
            with transaction(store) as tx:
                assert store.log.erase(tx, event.id)
            assert store.log.erasing()
    with Store.open(path) as store:
        assert not store.log.erasing()
    assert event.record[2] not in everything_on_disk(path)


def test_what_goes_on_to_write_itself_erases_at_once(tmp_path: Path) -> None:
    event = make(ANNE)
    with new_store(tmp_path / "h") as store:
        take(store, [event])
        store.log.seal()
        with store.batch() as batch:
            batch.put_record(RecordType.PAYLOAD, b"another")
            with batch.transaction() as tx:
                assert store.log.erase(tx, event.id)
            assert not store.log.erasing()


def test_a_repacking_cut_off_before_the_old_pack_goes_is_not_the_end_of_erasing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = make(ANNE, None, None, os.urandom(40).hex().encode())
    assert event.record[2] is not None
    path = tmp_path / "h"
    with new_store(path) as store:
        take(store, [event])
        store.log.seal()
        monkeypatch.setattr(Store, "scrub", lambda *_: None)  # the disk was busy
        with transaction(store) as tx:
            assert store.log.erase(tx, event.id)
        store.connection.execute("UPDATE packs SET end = end * 100")  # mostly dead
        monkeypatch.setattr(store.packs, "forget", lambda _: 1 / 0)  # killed
        with pytest.raises(ZeroDivisionError):
            gc(store, now=WALL)
        assert event.record[2] in everything_on_disk(path)
        assert store.log.erasing()
    monkeypatch.undo()
    with Store.open(path) as store:
        assert not store.log.erasing()
    assert event.record[2] not in everything_on_disk(path)


@pytest.mark.parametrize("type", [RecordType.SEGMENT, RecordType.PAYLOAD])
def test_a_damaged_copy_in_a_pack_is_written_anew(tmp_path: Path, type: RecordType) -> None:
    """The database holds it all: the next sealing heals it, and a repair then finds it whole."""
    with new_store(tmp_path / "h") as store:
        fill(store)
        store.log.seal()
        before = picture(store)
        place = store.objects.locate(type, next(iter(store.record_ids(type))))
        assert place is not None
        (pack,) = (tmp_path / "h/packs").iterdir()
        data = bytearray(pack.read_bytes())
        data[place.record.offset + RECORD_HEAD + 5] ^= 4
        pack.write_bytes(data)
        found = check(store, now=WALL)
        assert [finding.type for finding in found.damaged] == [type]
        assert store.log.seal() == (53 if type == RecordType.SEGMENT else 0)
        assert check(store, now=WALL).sound
        assert segments.unsealed(store.connection) == 0
        assert segments._damaged(store.connection) == {}
        assert store.log.seal() == 0
    for file in (tmp_path / "h").glob("hearth.db*"):
        file.unlink()
    repaired = repair(tmp_path / "h", now=WALL)
    assert repaired.damaged == []
    with Store.open(tmp_path / "h") as store:
        assert picture(store) == before
