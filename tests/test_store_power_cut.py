"""Power cuts at any moment: what was acknowledged is there, and fsck finds nothing."""

from __future__ import annotations

import io
import shutil
from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

import pytest
from power_cut import Op, Recorder, State, states
from store_kit import COMMUNITY, NOW, SeamDisk, TestSigner, noise

from hearth.store import anchors, dropping, gc as collector, ids, packs, streaming
from hearth.store.anchors import Anchor
from hearth.store.batch import Transaction
from hearth.store.errors import HearthError
from hearth.store.event import Event
from hearth.store.fsck import check
from hearth.store.header import Lane
from hearth.store.packs import RecordType
from hearth.store.store import Store


class Fact(NamedTuple):
    """What the program has told somebody: names, and files that something names."""

    refs: dict[str, bytes]
    files: dict[bytes, bytes]
    events: dict[bytes, bytes | None]


class Life:
    """The life of a store: it adds, replaces, erases, collects, seals, is closed and opened."""

    def __init__(self, folder: Path, forget: Collection[str] = ()) -> None:
        self.folder = folder
        self.root = folder / ".hearth"
        self.recorder = Recorder(folder, forget)
        self.refs: dict[str, bytes] = {}
        self.files: dict[bytes, bytes] = {}
        self.events: dict[bytes, bytes | None] = {}
        self.signer = TestSigner()

    def live(self) -> list[Op]:
        with SeamDisk(self.recorder) as disk:
            Store.create(self.root, disk, now=NOW).close()
            self.acknowledge()
            for day in range(3):
                with Store.open(self.root, disk) as store:
                    self.day(store, day)
        return self.recorder.trace

    def day(self, store: Store, day: int) -> None:
        self.add(store, [(f"note {day}", b"a small note of day %d" % day)])
        self.add(store, [(f"big {day}.{n}", noise(day * 10 + n, 30_000)) for n in range(3)])
        self.add(store, [(f"text {day}", b"words, words, words. " * 4000)])
        self.add(store, [(f"many {day}.{n}", noise(n + 100 * day, 9_000)) for n in range(40)])
        self.erase(store, day)
        if day:
            for name in [name for name in self.refs if name.startswith(f"many {day - 1}")]:
                self.drop(store, name)
            self.collect(store)
        with store.batch() as batch:
            batch.seal_rows()
            with batch.transaction():
                pass
        self.acknowledge()

    def add(self, store: Store, files: list[tuple[str, bytes]]) -> None:
        with store.batch() as batch:
            named = {name: batch.put_file(io.BytesIO(data)) for name, data in files}
            with batch.transaction() as transaction:
                for name, id in named.items():
                    transaction.set_ref(name, id)
                event = self.append(store, transaction, b"added " + files[0][0].encode())
        self.events[event.id] = event.payload
        self.refs |= named
        self.files |= {named[name]: data for name, data in files}
        self.acknowledge()

    def append(self, store: Store, transaction: Transaction, payload: bytes) -> Event:
        return store.log.append(
            transaction, self.signer, COMMUNITY, Lane.CORPUS, 300, payload, wall=NOW
        )

    def drop(self, store: Store, name: str) -> None:
        with store.batch() as batch, batch.transaction() as transaction:
            transaction.drop_ref(name)
        self.files.pop(self.refs.pop(name))
        self.acknowledge()

    def erase(self, store: Store, day: int) -> None:
        with store.batch() as batch:
            id = batch.put_record(RecordType.PAYLOAD, b"a secret of day %d" % day * 100)
            with batch.transaction() as transaction:
                event = self.append(store, transaction, b"to be erased on day %d" % day)
            self.events[event.id] = event.payload
            self.acknowledge()
            with batch.transaction() as transaction:
                transaction.erase_record(RecordType.PAYLOAD, id)
                store.log.erase(transaction, event.id)
        self.events[event.id] = None
        self.acknowledge()

    def collect(self, store: Store) -> None:
        collector.gc(store, now=NOW, grace=0)
        self.acknowledge()

    def acknowledge(self) -> None:
        self.recorder.acknowledge(Fact(dict(self.refs), dict(self.files), dict(self.events)))


class Thrift(Life):
    """It talks, drops what a checkpoint permits, and has segments written anew."""

    def day(self, store: Store, day: int) -> None:
        for number in range(4):
            with store.batch() as batch, batch.transaction() as transaction:
                for _ in range(5):
                    event = store.log.append(
                        transaction, self.signer, COMMUNITY, Lane.CHAT, 128,
                        noise(100 * day + number, 2000), wall=NOW,
                    )  # fmt: skip
                    self.events[event.id] = event.payload
            self.acknowledge()
            store.log.seal()
        self.add(store, [(f"note {day}", b"a small note of day %d" % day)])
        self.drop_below(store, event)
        self.collect(store)

    def drop_below(self, store: Store, event: Event) -> None:
        header = event.header
        named = Anchor(header.device, header.lane, header.sequence, event.id)
        with store.batch() as batch, batch.transaction() as transaction:
            anchors.state(store.log, transaction, COMMUNITY, [named])
        gone = {each.id for each in store.log.events(COMMUNITY, Lane.CHAT)} - {event.id}
        with store.batch() as batch, batch.transaction() as transaction:
            done = dropping.drop(store.log, transaction, COMMUNITY, Lane.CHAT, until=NOW)
        assert done.events == len(gone)
        for id in gone:
            del self.events[id]
        self.acknowledge()


def verdict(state: State, folder: Path, original: Path) -> str:
    """What is wrong with a store after this power cut; nothing, if all is well."""
    state.wreck.write_to(folder, original)
    root = folder / ".hearth"
    if state.acknowledged is None:
        return ""  # nobody has been told that there is a store
    try:
        with Store.open(root) as store:
            return judge(store, state.acknowledged, state.following or state.acknowledged)
    except HearthError as error:
        return f"cannot be opened: {error}"


def judge(store: Store, old: Fact, new: Fact) -> str:
    refs = store.refs()
    if refs not in (old.refs, new.refs):
        return "names are neither the old nor the new ones"
    events = {event.id: event.payload for event in store.log.events()}
    if (refs, events) not in ((old.refs, old.events), (new.refs, new.events)):
        return "names and events are not of one time"
    for id in refs.values():
        if store.read_file(id) != (old.files | new.files)[id]:
            return f"{ids.short(id)} is not what was added"
    if problems := store.log.verify().problems:
        return f"the log: {problems}"
    found = check(store, now=NOW)
    if not found.sound or found.missing:
        return f"fsck: {found.damaged} {found.problems} {found.missing}"
    # And life goes on: add, collect, check again.
    id = store.put(noise(99, 20_000))
    collector.gc(store, now=NOW)
    found = check(store, now=NOW)
    if store.get(id) != noise(99, 20_000) or not found.sound or found.missing:
        return f"afterwards: {found.damaged} {found.problems} {found.missing}"
    return ""


def verdicts(tmp_path: Path, trace: list[Op], count: int, seed: int) -> list[str]:
    bad = []
    for number, state in enumerate(states(trace, count, seed)):
        folder = tmp_path / f"state-{number}"
        said = verdict(state, folder, tmp_path / "life")
        shutil.rmtree(folder)
        if said:
            bad.append(f"{state.how} at {state.cut} of {len(trace)}: {said}")
    return bad


@pytest.fixture
def small_packs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packs, "FULL", 200_000)


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Much is written in pieces, past the system's copies, by another thread."""
    monkeypatch.setattr(streaming, "PIECE", 2 * streaming.PAGE)
    monkeypatch.setattr(streaming, "PAST", streaming.PAGE)


def lived(tmp_path: Path, forget: Collection[str] = (), life: type[Life] = Life) -> list[Op]:
    (tmp_path / "life").mkdir()
    return life(tmp_path / "life", forget).live()


@pytest.mark.usefixtures("small_packs", "small_pieces")
def test_power_cuts(tmp_path: Path) -> None:
    assert verdicts(tmp_path, lived(tmp_path), 48, seed=1) == []


@pytest.mark.usefixtures("small_packs")
def test_power_cuts_while_headers_are_dropped(tmp_path: Path) -> None:
    assert verdicts(tmp_path, lived(tmp_path, life=Thrift), 40, seed=1) == []


@pytest.mark.slow
@pytest.mark.usefixtures("small_packs")
@pytest.mark.parametrize("seed", range(2, 7))
def test_power_cuts_everywhere(tmp_path: Path, seed: int, request: pytest.FixtureRequest) -> None:
    if seed % 2:
        request.getfixturevalue("small_pieces")
    assert verdicts(tmp_path, lived(tmp_path), 150, seed) == []


@pytest.mark.usefixtures("small_packs")
@pytest.mark.parametrize("forgotten", ["packs", "sqlite", "names"])
def test_without_its_syncs_the_store_fails_this_suite(tmp_path: Path, forgotten: str) -> None:
    assert verdicts(tmp_path, lived(tmp_path, [forgotten]), 30, seed=1) != []
