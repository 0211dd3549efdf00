"""A store against a dictionary, whatever is done to it in whatever order."""

from __future__ import annotations

import io
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from store_kit import NOW, new_store, noise

from hearth.store import ids, packs
from hearth.store.fsck import check
from hearth.store.gc import gc
from hearth.store.packs import RecordType
from hearth.store.repair import repair
from hearth.store.store import Store

LENGTHS = (0, 1, 200, 16_384, 16_385, 60_000, 300_000)
names = st.sampled_from(["a", "b", "c", "d"])
blobs = st.builds(noise, st.integers(0, 5), st.sampled_from(LENGTHS)) | st.builds(
    lambda n, length: (b"text %d " % n * length)[:length],
    st.integers(0, 5),
    st.sampled_from(LENGTHS),
)


class StoreMachine(RuleBasedStateMachine):
    """Named objects are promised for ever; unnamed ones until a gc without grace."""

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.full, packs.FULL = packs.FULL, 250_000  # type: ignore[misc]
        self.store = new_store(self.folder)
        self.refs: dict[str, bytes] = {}
        self.objects: dict[bytes, bytes] = {}
        self.payloads: dict[bytes, bytes] = {}

    def teardown(self) -> None:
        if hasattr(self, "store"):
            packs.FULL = self.full  # type: ignore[misc]
            self.store.close()
            shutil.rmtree(self.folder)

    @rule(data=blobs)
    def put(self, data: bytes) -> None:
        id = self.store.put(data)
        assert id == ids.of(data)
        self.objects[id] = data

    @rule(named=st.dictionaries(names, blobs), commit=st.booleans())
    def put_named(self, named: dict[str, bytes], commit: bool) -> None:
        with self.store.batch() as batch:
            put = {name: batch.put_file(io.BytesIO(data)) for name, data in named.items()}
            if commit:
                with batch.transaction() as transaction:
                    for name, id in put.items():
                        transaction.set_ref(name, id)
        if commit:
            self.refs |= put
            self.objects |= {put[name]: data for name, data in named.items()}

    @rule(name=names)
    def drop(self, name: str) -> None:
        with self.store.batch() as batch, batch.transaction() as transaction:
            transaction.drop_ref(name)
        self.refs.pop(name, None)

    @rule(data=blobs.filter(len))
    def put_payload(self, data: bytes) -> None:
        with self.store.batch() as batch:
            id = batch.put_record(RecordType.PAYLOAD, data)
            with batch.transaction():
                pass
        self.payloads[id] = data

    @precondition(lambda self: self.payloads)
    @rule(pick=st.randoms(use_true_random=False))
    def erase_payload(self, pick: Any) -> None:
        id = pick.choice(sorted(self.payloads))
        with self.store.batch() as batch, batch.transaction() as transaction:
            transaction.erase_record(RecordType.PAYLOAD, id)
        del self.payloads[id]

    @rule(grace=st.booleans())
    def collect(self, grace: bool) -> None:
        gc(self.store, now=NOW, grace=1000 if grace else 0)
        if not grace:
            kept = set(self.refs.values())
            self.objects = {id: data for id, data in self.objects.items() if id in kept}
            for (id,) in self.store.connection.execute("SELECT id FROM objects"):
                assert id in kept

    @rule()
    def seal(self) -> None:
        with self.store.batch() as batch:
            batch.seal_rows()
            with batch.transaction():
                pass

    @rule()
    def reopen(self) -> None:
        self.store.close()
        self.store = Store.open(self.folder / ".hearth")

    @rule()
    def lose_the_database(self) -> None:
        """After sealing, only names are lost with it."""
        self.seal()
        self.store.close()
        os.unlink(self.folder / ".hearth" / "hearth.db")  # noqa: PTH108
        assert repair(self.folder / ".hearth", now=NOW).rebuilt
        self.reopen()
        with self.store.batch() as batch, batch.transaction() as transaction:
            for name, id in self.refs.items():
                transaction.set_ref(name, id)

    @invariant()
    def agrees(self) -> None:
        if not hasattr(self, "store"):
            return
        assert self.store.refs() == self.refs
        for id, data in self.objects.items():
            assert self.store.get(id) == data
        for id, data in self.payloads.items():
            assert self.store.read_record(RecordType.PAYLOAD, id) == data
        assert set(self.store.record_ids(RecordType.PAYLOAD)) == set(self.payloads)

    @rule()
    def check(self) -> None:
        found = check(self.store, now=NOW)
        assert found.sound
        assert not found.missing


TestStore = StoreMachine.TestCase
TestStore.settings = settings(
    max_examples=15,
    stateful_step_count=20,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)


TestStoreLonger: Any = pytest.mark.slow(type("TestStoreLonger", (TestStore,), {}))
TestStoreLonger.settings = settings(
    max_examples=80, stateful_step_count=30, deadline=None, derandomize=True,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
