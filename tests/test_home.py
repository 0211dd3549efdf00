"""Making a hearth, finishing one that was begun, and going on as a new device."""

from __future__ import annotations

import errno
import shutil
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from hearth import home, kinds
from hearth.home import Home
from hearth.identity import certificate, identity, keyfile
from hearth.identity.identity import Identity
from hearth.locate import NoHearthError
from hearth.store import cbor
from hearth.store.disk import Disk
from hearth.store.errors import HearthError, UsageError
from hearth.store.header import Lane
from hearth.store.repair import repair
from hearth.store.segments import unsealed
from hearth.store.store import Store

NOW = 1_800_000_000
FAST = keyfile.Strength(ops=1, memory=keyfile.MIN_MEMORY)


class FailsAt(Disk):
    """A disk on which the n-th system call fails once; `calls` counts them."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.calls = 0

    def call(self, operation: str, path: Path, function: Callable[..., Any], *args: Any) -> Any:
        if operation != "close":
            self.calls += 1
            if self.calls == self.number:
                raise OSError(errno.EIO, "planned")
        return super().call(operation, path, function, *args)


class Shared(Disk):
    """A disk that keeps no permissions: whatever lies on it can be read by others."""

    def call(self, operation: str, path: Path, function: Callable[..., Any], *args: Any) -> Any:
        done = super().call(operation, path, function, *args)
        if operation == "open":
            path.chmod(0o755)
        return done


def kinds_in(path: Path) -> list[int]:
    with Home.open(path) as opened:
        assert not opened.store.log.verify().problems
        return [event.header.kind for event in opened.store.log.events()]


def test_a_new_hearth_has_its_genesis(tmp_path: Path) -> None:
    made, new = home.create(tmp_path / "deep/er/.hearth", "otto", NOW)
    assert new
    with Home.open(tmp_path / "deep/er/.hearth") as opened:
        (event,) = opened.store.log.events()
        assert event.header.lane == Lane.CONTROL
        assert event.header.community == opened.community == made.community
        assert event.header.device == made.device
        payload: Any = cbor.decode(event.payload or b"")
        said = certificate.decode(payload[1])
        assert (said.person, said.device) == (made.person, made.device)
        assert identity.community_id(said.person, payload[2]) == opened.community
        assert payload[4] == "otto"


def test_again_changes_nothing(tmp_path: Path) -> None:
    first, _ = home.create(tmp_path, "otto", NOW)
    second, new = home.create(tmp_path, "somebody else", NOW + 9)
    assert (second, new) == (first, False)
    assert kinds_in(tmp_path) == [kinds.GENESIS]


def test_again_writes_nothing_at_all(tmp_path: Path) -> None:
    home.create(tmp_path, "otto", NOW)
    counting = FailsAt(0)
    home.create(tmp_path, "otto", NOW, counting)
    assert counting.calls == 0


def test_only_a_sealed_key_that_must_be_opened_is_asked_for(tmp_path: Path) -> None:
    asked = []

    def ask() -> str | None:
        asked.append(1)
        return "secret"

    home.create(tmp_path / "plain", "otto", NOW)
    home.create(tmp_path / "plain", "otto", NOW, ask=ask)
    home.create(tmp_path / "sealed", "otto", NOW, passphrase="secret", strength=FAST)
    home.create(tmp_path / "sealed", "otto", NOW, ask=ask)
    assert asked == []
    Store.create(tmp_path / "begun", now=NOW).close()
    identity.create(Disk(), tmp_path / "begun", "otto", NOW, "secret", FAST)
    home.create(tmp_path / "begun", "otto", NOW, ask=ask)
    assert asked == [1]
    assert kinds_in(tmp_path / "begun") == [kinds.GENESIS]


def test_every_failing_call_leaves_something_the_next_init_finishes(tmp_path: Path) -> None:
    counting = FailsAt(0)
    home.create(tmp_path / "whole", "otto", NOW, counting)
    failed = 0
    for number in range(1, counting.calls + 1):
        path = tmp_path / str(number)
        path.mkdir()
        try:
            home.create(path, "otto", NOW, FailsAt(number))
        except HearthError:
            failed += 1
        home.create(path, "otto", NOW)
        assert kinds_in(path) == [kinds.GENESIS]
    assert failed > 10


@pytest.mark.parametrize("length", [0, 4096])
def test_a_database_that_was_only_begun_is_finished(tmp_path: Path, length: int) -> None:
    """As SQLite leaves it where the disk is full: nothing, or a first page without tables."""
    path = tmp_path / "h"
    (path / "packs").mkdir(parents=True)
    database = path / "hearth.db"
    with sqlite3.connect(database) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
    connection.close()
    assert database.stat().st_size == 4096
    database.write_bytes(database.read_bytes()[:length])
    made, new = home.create(path, "n", NOW, strength=FAST)
    assert (made.name, new) == ("n", True)


def test_a_bad_name_makes_nothing(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        home.create(tmp_path / "a/h", "n" * 65, NOW, strength=FAST)
    assert not list(tmp_path.iterdir())


def test_where_nothing_can_be_its_owners_alone_nothing_is_made(tmp_path: Path) -> None:
    with pytest.raises(keyfile.KeyPermissionError, match="keeps nothing to its owner") as caught:
        home.create(tmp_path / "stick" / "hearth", "otto", NOW, Shared())
    assert "umask=077" in caught.value.hints[1]
    assert list((tmp_path / "stick").iterdir()) == []


def test_what_is_there_where_nothing_can_be_its_owners_alone_stays(tmp_path: Path) -> None:
    home.create(tmp_path, "otto", NOW)
    (tmp_path / "hearth.db").unlink()  # so that it has to be finished
    there = sorted(tmp_path.iterdir())
    with pytest.raises(keyfile.KeyPermissionError):
        home.create(tmp_path, "otto", NOW, Shared())
    assert sorted({*tmp_path.iterdir(), tmp_path / "lock.init"}) == there


def test_genesis_survives_the_database(tmp_path: Path) -> None:
    made, _ = home.create(tmp_path, "otto", NOW)
    (tmp_path / "hearth.db").unlink()
    repair(tmp_path, now=NOW)
    with Home.open(tmp_path) as opened:
        (event,) = opened.store.log.events()
        assert event.header.community == made.community


def test_a_rebuilt_hearth_goes_on_as_a_new_device(tmp_path: Path) -> None:
    made, _ = home.create(tmp_path, "otto", NOW, passphrase="secret", strength=FAST)
    (tmp_path / "hearth.db").unlink()
    repair(tmp_path, now=NOW)
    asked = []

    def ask() -> str | None:
        asked.append(1)
        return "secret"

    with Home.open(tmp_path, passphrase=ask) as opened:
        assert opened.store.rebuilt
        signer = opened.signer(NOW + 1)
        assert signer.device != made.device
        assert not opened.store.rebuilt
    assert asked == [1]
    assert kinds_in(tmp_path) == [kinds.GENESIS, kinds.DEVICE]
    with Home.open(tmp_path, passphrase=ask) as opened:
        assert opened.signer(NOW + 2).device == signer.device
        assert opened.identity.person == made.person


def test_a_hearth_that_is_shown_its_own_future_goes_on_as_a_new_device(tmp_path: Path) -> None:
    """A backup was taken, events were written and sent, and the backup was restored."""
    made, _ = home.create(tmp_path / "h", "otto", NOW)
    shutil.copytree(tmp_path / "h", tmp_path / "backup")
    with Home.open(tmp_path / "h") as opened, opened.store.batch() as batch:
        with batch.transaction() as tx:
            opened.store.log.append(tx, opened.signer(NOW), opened.community, 2, 128, wall=NOW)
        later = list(opened.store.log.records(opened.community))
    with Home.open(tmp_path / "backup") as opened:
        assert opened.signer(NOW).device == made.device
        with opened.store.batch() as batch, batch.transaction() as tx:
            opened.store.log.import_events(tx, later, own=made.device)
        renewed = opened.signer(NOW).device
        assert renewed != made.device
        assert opened.signer(NOW).device == renewed == opened.identity.device
    assert kinds_in(tmp_path / "backup") == [kinds.GENESIS, 128, kinds.DEVICE]


def test_a_hearth_whose_chain_has_forked_goes_on_as_a_new_device(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, _ = home.create(tmp_path, "otto", NOW)
    with Home.open(tmp_path) as opened:
        forks = []
        for payload in (b"one", b"two"):
            with suppress(KeyError), opened.store.batch() as batch, batch.transaction() as tx:
                signer = opened.signer(NOW)
                opened.store.log.append(tx, signer, opened.community, 2, 128, payload, wall=NOW)
                forks += list(opened.store.log.records(opened.community, 2))
                raise KeyError
        with opened.store.batch() as batch, batch.transaction() as tx:
            assert opened.store.log.import_events(tx, forks).forks == 1
        assert not opened.store.rebuilt
        with monkeypatch.context() as patched:  # cut off once the new key is there
            patched.setattr(home, "_payload", lambda fields: 1 // 0)
            with pytest.raises(ZeroDivisionError):
                opened.signer(NOW)
    assert identity.load(tmp_path).device != made.device
    with Home.open(tmp_path) as opened:
        device = opened.signer(NOW).device
        assert device != made.device
        (event,) = opened.store.log.events(kind=kinds.DEVICE)
        assert event.header.device == device
        assert opened.signer(NOW).device == device


def test_a_rebuilt_hearth_stays_locked_without_the_passphrase(tmp_path: Path) -> None:
    made, _ = home.create(tmp_path, "otto", NOW, passphrase="secret", strength=FAST)
    (tmp_path / "hearth.db").unlink()
    repair(tmp_path, now=NOW)
    with Home.open(tmp_path) as opened:
        with pytest.raises(keyfile.KeyLockedError):
            opened.signer(NOW)
        assert opened.store.rebuilt
    assert identity.load(tmp_path) == made


def test_no_hearth(tmp_path: Path) -> None:
    with pytest.raises(NoHearthError):
        Home.open(tmp_path)


def test_a_thousand_events_are_sealed_by_the_command_that_wrote_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.create(tmp_path, "otto", NOW)
    monkeypatch.setattr(home, "SEAL_AFTER", 10)
    for count, survive in ((9, 1), (10, 11)):  # genesis was sealed when it was made
        with Home.open(tmp_path) as opened:
            signer = opened.signer(NOW)
            with opened.store.batch() as batch, batch.transaction() as tx:
                for _ in range(count - unsealed(opened.store.connection)):
                    opened.store.log.append(
                        tx, signer, opened.community, Lane.CHAT, 128, b"hello", wall=NOW
                    )
        copy = tmp_path / f"copy{count}"
        shutil.copytree(tmp_path, copy, ignore=shutil.ignore_patterns("copy*", "hearth.db*"))
        repair(copy, now=NOW)
        assert len(kinds_in(copy)) == survive


def test_of_several_at_a_time_one_makes_it(tmp_path: Path) -> None:
    path = tmp_path / "hearth"
    ready = threading.Barrier(6)

    def make(number: int) -> tuple[Identity, bool]:
        ready.wait()
        return home.create(path, f"name{number}", NOW, strength=FAST)

    with ThreadPoolExecutor(6) as pool:
        made = list(pool.map(make, range(6)))
    assert len({each.person for each, _ in made}) == 1
    assert [new for _, new in made].count(True) == 1
    assert len(list((path / identity.KEYS).iterdir())) == 2
    with Home.open(path) as it:
        assert len(list(it.store.log.events(kind=kinds.GENESIS))) == 1
        assert it.identity == made[0][0]
