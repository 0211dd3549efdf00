"""Backups made and restored: what comes back, what never does, and what a crash leaves."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from keys_kit import EIO, ENOSPC, FAST, NOW, Dead, Dies, files
from leak_kit import find_leaks
from store_kit import Seam, SeamDisk, noise
from test_keys_rotate import KEY, settled
from test_store_unread import BadPages

from hearth import kinds
from hearth.audience.vault import Vault
from hearth.backup import items, making, restoring
from hearth.backup.items import Kind
from hearth.backup.making import NotReplacedError
from hearth.backup.restoring import InTheWayError
from hearth.backup.sealed import NotBackupError, Reader
from hearth.community.commons import Commons
from hearth.home import Home
from hearth.identity import identity, keyfile
from hearth.identity.keyfile import KeyLockedError, KeyPermissionError
from hearth.store import reserve
from hearth.store.disk import Disk, DiskError
from hearth.store.errors import (
    CorruptError,
    HearthError,
    LockedError,
    NewerFormatError,
    NoSpaceError,
)
from hearth.store.fsck import check
from hearth.store.header import Lane

SECRET = "four score and seven"
BIG = noise(1, 300_000)


@pytest.fixture(scope="module")
def hearth_of_ada(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ada") / "h"
    settled(path)
    with opened(path) as home:
        say(home, b"hello")
        with home.store.batch() as batch:
            id = batch.put(BIG)
            with batch.transaction() as tx:
                tx.set_ref("big", id)
    (path / "config.toml").write_text('[sync]\nlisten = "7999"\n')
    return path


@pytest.fixture
def ada(hearth_of_ada: Path, tmp_path: Path) -> Path:
    import shutil

    shutil.copytree(hearth_of_ada, tmp_path / "ada")
    return tmp_path / "ada"


def opened(path: Path, passphrase: str = "secret", disk: Disk | None = None) -> Home:
    return Home.open(path, disk, passphrase=lambda: passphrase)


def say(home: Home, payload: bytes) -> bytes:
    signer = home.signer(NOW)
    with home.store.batch() as batch, batch.transaction() as tx:
        event = home.store.log.append(tx, signer, home.community, Lane.CHAT, 150, payload, wall=NOW)
    return event.id


def nothing(count: int) -> None:
    pass


def back_up(
    path: Path,
    to: Path,
    kind: Kind = Kind.EVERYTHING,
    disk: Disk | None = None,
    tell: Callable[[int], None] = nothing,
) -> making.Made:
    with opened(path, disk=disk) as home:
        return making.make(home, to, kind, SECRET, FAST, NOW, tell)


def restore(
    file: Path, to: Path, disk: Disk | None = None, passphrase: str = SECRET
) -> restoring.Restored:
    return restoring.restore(file, to, disk or Disk(), lambda: passphrase, FAST, NOW + 5, nothing)


def of(path: Path) -> bytes:
    with opened(path) as home:
        [community] = [each.id for each in Commons(home).joined()]
    return community


def is_back(path: Path, first: Path) -> None:
    """The hearth at `path` is a new device of the same person, and opens what the first could."""
    before, me = identity.load(first), identity.load(path)
    assert (me.person, me.community, me.name) == (before.person, before.community, before.name)
    assert me.device != before.device
    with opened(path, SECRET) as home:
        signer = home.signer(NOW + 9)
        assert signer.device == me.device
        assert not home.store.rebuilt
        assert not check(home.store, now=NOW, quick=False).damaged
        assert not home.store.log.verify().problems
        [joined] = Commons(home).joined()
        assert joined.default
        membership = Commons(home).membership(joined.id)
        assert membership.person_of(me.device) == me.person
        vault = Vault(home.store.connection, signer)
        assert vault.key(KEY) == b"k" * 32
        assert len(vault.prekeys(joined.id)) == 2  # and the old one's long-lived key


def test_everything_comes_back(ada: Path, tmp_path: Path) -> None:
    made = back_up(ada, tmp_path / "b")
    assert made == ((tmp_path / "b").stat().st_size, [])
    assert (tmp_path / "b").stat().st_mode & 0o777 == 0o600
    done = restore(tmp_path / "b", tmp_path / "new/place")
    assert done.before == identity.load(ada).device
    assert done.communities == 1
    is_back(tmp_path / "new/place", ada)
    with opened(tmp_path / "new/place", SECRET) as home:
        assert home.store.read_file(home.store.ref("big") or b"") == BIG
        assert b"hello" in {event.payload for event in home.store.log.events(kind=150)}
    assert (tmp_path / "new/place/config.toml").read_text() == (ada / "config.toml").read_text()
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["place"]
    assert not (tmp_path / "new/place/lock.restore").exists()
    assert not (ada / ".backup.tmp").exists()


def test_the_keys_come_back(ada: Path, tmp_path: Path) -> None:
    back_up(ada, tmp_path / "b", Kind.KEYS)
    assert (tmp_path / "b").stat().st_size < 20_000
    restore(tmp_path / "b", tmp_path / "new")
    is_back(tmp_path / "new", ada)
    with opened(tmp_path / "new", SECRET) as home:
        assert {event.header.lane for event in home.store.log.events()} == {Lane.CONTROL}


@pytest.mark.parametrize("kind", list(Kind))
def test_a_hearth_without_a_passphrase_has_none_after(tmp_path: Path, kind: Kind) -> None:
    from hearth import home as homes

    homes.create(tmp_path / "h", "otto", NOW)
    with Home.open(tmp_path / "h") as home:
        making.make(home, tmp_path / "b", kind, SECRET, FAST, NOW, nothing)
    restore(tmp_path / "b", tmp_path / "new")
    assert not keyfile.read_key(tmp_path / "new/keys/person.key", "person").sealed
    with Home.open(tmp_path / "new") as home:
        assert home.signer(NOW).device != identity.load(tmp_path / "h").device


@pytest.mark.parametrize("kind", list(Kind))
def test_what_no_backup_holds(ada: Path, tmp_path: Path, kind: Kind) -> None:
    back_up(ada, tmp_path / "b", kind)
    with Disk().open(tmp_path / "b") as file:
        source, inside = Reader(file, SECRET), b""
        while (item := items.next_item(source)) is not None:
            inside += b"".join(items.pieces(source, item))
    me = identity.load(ada)
    device = keyfile.read_key(identity.device_path(ada, me.device), "device").open("secret")
    person = keyfile.read_key(ada / "keys/person.key", "person").open("secret")
    assert not find_leaks(inside, [device])
    assert find_leaks(inside, [person])
    sealed = (tmp_path / "b").read_bytes()
    secrets = [person, device, me.person, me.device, me.community, b"Mill Lane", b"k" * 32, KEY]
    assert not find_leaks(sealed, secrets)


def test_a_backup_can_be_restored_twice_and_each_is_a_device_of_its_own(
    ada: Path, tmp_path: Path
) -> None:
    back_up(ada, tmp_path / "b", Kind.KEYS)
    one, two = restore(tmp_path / "b", tmp_path / "1"), restore(tmp_path / "b", tmp_path / "2")
    assert len({one.identity.device, two.identity.device, one.before}) == 3


# what is in the way


def test_nothing_is_restored_over_what_is_there(ada: Path, tmp_path: Path) -> None:
    back_up(ada, tmp_path / "b", Kind.KEYS)
    before = files(ada)
    (tmp_path / "full").mkdir()
    (tmp_path / "full/x").touch()
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for place in (ada, tmp_path / "full", tmp_path / "file", tmp_path / "link"):
        with pytest.raises(InTheWayError):
            restore(tmp_path / "b", place)
    assert files(ada) == before
    (tmp_path / "empty").mkdir()
    restore(tmp_path / "b", tmp_path / "empty")


def test_only_a_backup_is_replaced(ada: Path, tmp_path: Path) -> None:
    (tmp_path / "letter").write_text("dear otto")
    with pytest.raises(NotReplacedError):
        back_up(ada, tmp_path / "letter", Kind.KEYS)
    assert (tmp_path / "letter").read_text() == "dear otto"
    with pytest.raises(NotReplacedError, match="no folder"):
        back_up(ada, tmp_path / "none/b", Kind.KEYS)
    back_up(ada, tmp_path / "b", Kind.KEYS)
    first = (tmp_path / "b").read_bytes()
    back_up(ada, tmp_path / "b", Kind.KEYS)
    assert (tmp_path / "b").read_bytes() != first


def test_wrong_passphrases(ada: Path, tmp_path: Path) -> None:
    with Home.open(ada) as home, pytest.raises(KeyLockedError):
        making.make(home, tmp_path / "b", Kind.KEYS, SECRET, FAST, NOW, nothing)
    assert not (tmp_path / "b").exists()
    back_up(ada, tmp_path / "b", Kind.KEYS)
    with pytest.raises(KeyLockedError):
        restore(tmp_path / "b", tmp_path / "new", passphrase="wrong")
    with pytest.raises(NotBackupError):
        restore(tmp_path / "none", tmp_path / "new")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ada", "b"]


@pytest.mark.parametrize("kind", list(Kind))
def test_damage_leaves_nothing(ada: Path, tmp_path: Path, kind: Kind) -> None:
    """The rest of the format is tested at every byte in test_backup_format."""
    back_up(ada, tmp_path / "b", kind)
    raw = (tmp_path / "b").read_bytes()
    places = [*range(0, len(raw), max(1, len(raw) // 12)), len(raw) - 1]
    for at in places:
        for bad in (raw[:at], raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]):
            (tmp_path / "b").write_bytes(bad)
            with pytest.raises((CorruptError, NewerFormatError)):
                restore(tmp_path / "b", tmp_path / "new")
            assert sorted(path.name for path in tmp_path.iterdir()) == ["ada", "b"]


# crashes


def steps(run: Callable[[Dies], object]) -> int:
    counting = Dies()
    run(counting)
    return counting.calls


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("fails", [0, ENOSPC, EIO])
def test_a_backup_cut_off_leaves_the_older_one(
    ada: Path, tmp_path: Path, kind: Kind, fails: int
) -> None:
    target = tmp_path / "b"
    back_up(ada, target, kind)
    older = target.read_bytes()
    for number in range(1, steps(lambda disk: back_up(ada, tmp_path / "c", kind, disk)) + 1):
        with suppress(Dead, HearthError):
            back_up(ada, target, kind, Dies(number, fails=fails))
        if target.read_bytes() != older:
            older = target.read_bytes()
            with Disk().open(target) as file:
                items.skim(Reader(file, SECRET), nothing)
        if fails:
            assert {path.name for path in tmp_path.iterdir()} == {"ada", "b", "c"}
    back_up(ada, target, kind)  # leaves nothing of those before
    assert {path.name for path in tmp_path.iterdir()} == {"ada", "b", "c"}
    with opened(ada) as home:
        assert not check(home.store, now=NOW, quick=False).damaged
    back_up(ada, target, kind)
    assert not (ada / ".backup.tmp").exists()


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("fails", [0, ENOSPC])
def test_a_restore_cut_off_leaves_nothing_or_all(
    ada: Path, tmp_path: Path, kind: Kind, fails: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    back_up(ada, tmp_path / "b", kind)
    whole = 0
    total = steps(lambda disk: restore(tmp_path / "b", tmp_path / "counted", disk))
    for number in range(1, total + 1, 1 if fails else 3):
        place = tmp_path / f"{number}/h"
        place.parent.mkdir()
        with monkeypatch.context() as patched, suppress(Dead, HearthError):
            if not fails:  # the dead do not tidy up
                patched.setattr(restoring, "clear", lambda folder: None)
            restore(tmp_path / "b", place, Dies(number, fails=fails))
        if place.exists():
            whole += 1
        else:
            restore(tmp_path / "b", place)
        assert [path.name for path in place.parent.iterdir()] == ["h"]
        if number % 10 == 1 or whole:
            is_back(place, ada)
    assert whole < 12 + reserve.SIZE // reserve.LENT  # without a piece of the reserve it is whole


def test_where_nothing_can_be_its_owners_alone_nothing_is_restored(
    ada: Path, tmp_path: Path
) -> None:
    class Shared(Disk):
        def call(self, operation: str, path: Path, function: Callable[..., Any], *args: Any) -> Any:
            done = super().call(operation, path, function, *args)
            if operation == "open" and args[1] & os.O_CREAT:
                path.chmod(0o755)
            return done

    back_up(ada, tmp_path / "b")
    with pytest.raises(KeyPermissionError):
        restore(tmp_path / "b", tmp_path / "new", Shared())
    assert [each.name for each in tmp_path.iterdir() if "new" in each.name] == []


def test_two_restores_to_one_place_at_once(ada: Path, tmp_path: Path) -> None:
    back_up(ada, tmp_path / "b", Kind.KEYS)
    tried: list[int] = []

    def meanwhile(count: int) -> None:
        if not tried:
            tried.append(1)
            with pytest.raises(LockedError):
                restore(tmp_path / "b", tmp_path / "new")

    restoring.restore(
        tmp_path / "b", tmp_path / "new", Disk(), lambda: SECRET, FAST, NOW, meanwhile
    )
    assert tried
    is_back(tmp_path / "new", ada)


# a hearth in use


def test_what_is_erased_meanwhile_is_overwritten_after(ada: Path, tmp_path: Path) -> None:
    text = noise(2, 3000)
    with opened(ada) as home:
        id = say(home, text)
        home.store.seal()
        assert any(text in content for content in files(ada / "packs").values())
    erased: list[bytes] = []

    def meanwhile(count: int) -> None:
        if erased:
            return
        with opened(ada) as other:
            signer = other.signer(NOW)
            with other.store.batch() as batch, batch.transaction() as tx:
                event = other.store.log.append(
                    tx, signer, other.community, Lane.CHAT, kinds.ERASE, None, (id,), wall=NOW
                )
            erased.append(event.id)
            assert other.store.log.erasing()  # and it is not called done before it is

    back_up(ada, tmp_path / "b", tell=meanwhile)
    assert erased
    with opened(ada) as home:
        assert not home.store.log.erasing()
    assert not any(text in content for content in files(ada).values())
    restore(tmp_path / "b", tmp_path / "new")
    with opened(tmp_path / "new", SECRET) as home:  # as it was when the backup was begun
        assert home.store.log.get(id).payload == text
        assert not check(home.store, now=NOW, quick=False).damaged


WRITER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from test_backup_restore import opened, say, noise
n = 0
while True:
    with opened(Path(sys.argv[1])) as home:
        for _ in range(20):
            n += 1
            say(home, noise(n, 2000))
        home.store.seal()
    print(n, flush=True)
"""


def test_while_another_process_writes(ada: Path, tmp_path: Path) -> None:
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(ada), str(Path(__file__).parent)],
        stdout=subprocess.PIPE,
    )
    assert writer.stdout is not None
    try:
        for n in range(3):
            told = int(writer.stdout.readline())
            back_up(ada, tmp_path / f"{n}")
            restore(tmp_path / f"{n}", tmp_path / f"h{n}")
            is_back(tmp_path / f"h{n}", ada)
            with opened(tmp_path / f"h{n}", SECRET) as home:
                held = {event.payload for event in home.store.log.events(kind=150)}
            assert {noise(each, 2000) for each in range(1, told + 1)} <= held
    finally:
        writer.kill()
        writer.wait()
        writer.stdout.close()


def test_one_backup_at_a_time(ada: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from hearth.store.locks import Lock

    with opened(ada) as home, home.store.still(), opened(ada) as other:
        assert other.store.has(home.store.ref("big") or b"")
        take = Lock.take

        def at_once(disk: Disk, path: Path, *, exclusive: bool, patience: float = 0.0) -> Lock:
            return take(disk, path, exclusive=exclusive, patience=0.0)

        monkeypatch.setattr(Lock, "take", at_once)
        with pytest.raises(LockedError):
            making.make(other, tmp_path / "b", Kind.EVERYTHING, SECRET, FAST, NOW, nothing)


def test_of_a_hearth_that_cannot_be_written(ada: Path, tmp_path: Path) -> None:
    with opened(ada):
        pass
    with Home.open(ada, read_only=True, passphrase=lambda: "secret") as home:
        making.make(home, tmp_path / "b", Kind.EVERYTHING, SECRET, FAST, NOW, nothing)
        making.make(home, tmp_path / "k", Kind.KEYS, SECRET, FAST, NOW, nothing)
    restore(tmp_path / "b", tmp_path / "new")
    is_back(tmp_path / "new", ada)


def test_a_damaged_hearth_is_backed_up_as_far_as_it_goes(ada: Path, tmp_path: Path) -> None:
    pack = max((ada / "packs").iterdir(), key=lambda path: path.stat().st_size)
    os.truncate(pack, 1000)
    assert back_up(ada, tmp_path / "b").lacking == [pack.name]
    pack.unlink()
    assert back_up(ada, tmp_path / "b").lacking == [pack.name]
    restore(tmp_path / "b", tmp_path / "new")
    with opened(tmp_path / "new", SECRET) as home:
        assert check(home.store, now=NOW, quick=False).damaged


def test_room_is_not_asked_for_packs_that_are_gone(ada: Path, tmp_path: Path) -> None:
    class Small(Seam):
        def disk(self, operation: str, path: Path, function: Callable[..., Any], args: Any) -> Any:
            if operation == "free":
                return SimpleNamespace(f_blocks=1 << 20, f_bavail=room // 512, f_frsize=512)
            return function(*args)

    pack = max((ada / "packs").iterdir(), key=lambda path: path.stat().st_size)
    room = sum(path.stat().st_size for path in (ada / "packs").iterdir()) // 2
    with SeamDisk(Small()) as disk:
        with pytest.raises(NoSpaceError):
            back_up(ada, tmp_path / "b", disk=disk)
        pack.unlink()
        assert back_up(ada, tmp_path / "b", disk=disk).lacking == [pack.name]


def test_a_page_that_cannot_be_read_stops_no_backup(ada: Path, tmp_path: Path) -> None:
    pack = max((ada / "packs").iterdir(), key=lambda path: path.stat().st_size)
    with opened(ada) as home:
        big = home.store.ref("big") or b""
    bad = BadPages()
    bad.spoil(pack, 100_000)
    with SeamDisk(bad) as disk:
        assert back_up(ada, tmp_path / "b", disk=disk).lacking == [pack.name]
        bad.shut.add(pack)
        assert back_up(ada, tmp_path / "none", disk=disk).lacking == [pack.name]
    there, kept = pack.read_bytes(), bytearray()
    restore(tmp_path / "b", tmp_path / "new")
    kept += (tmp_path / "new" / "packs" / pack.name).read_bytes()[: len(there)]
    page = 100_000 // 4096 * 4096
    assert kept == there[:page] + bytes(4096) + there[page + 4096 :]
    with opened(tmp_path / "new", SECRET) as home:
        assert [each.id for each in check(home.store, now=NOW).damaged] == [big]


def test_a_medium_that_does_not_take_a_backup_stops_it(ada: Path, tmp_path: Path) -> None:
    class Worn(BadPages):
        def disk(self, operation: str, path: Path, function: Callable[..., Any], args: Any) -> Any:
            if operation == "write" and path.parent == tmp_path and args[2] > 100_000:
                raise OSError(EIO, os.strerror(EIO))
            return super().disk(operation, path, function, args)

    with SeamDisk(Worn()) as disk, pytest.raises(DiskError):
        back_up(ada, tmp_path / "b", disk=disk)
    assert [each.name for each in tmp_path.iterdir()] == ["ada"]
