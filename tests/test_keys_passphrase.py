"""Changing the passphrase: every key at one moment, whatever happens meanwhile."""

from __future__ import annotations

import json
import re
import shutil
from contextlib import suppress
from pathlib import Path

import pytest
from keys_kit import EIO, ENOSPC, FAST, NOW, Dead, Dies, files, talk
from program import Hearth

from hearth import home as homes
from hearth.home import Home
from hearth.identity import changing, identity, keyfile
from hearth.identity.keyfile import KeyLockedError
from hearth.store.disk import Disk
from hearth.store.errors import HearthError, LockedError

QUICK = True


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("sealed") / "h")


def made(path: Path, passphrase: str | None = "old") -> Path:
    """A hearth with a person's key, its device's, and those of two devices before it."""
    homes.create(path, "otto", NOW, passphrase=passphrase, strength=FAST)
    for n in (1, 2):
        me = identity.load(path)
        identity.renew_device(Disk(), path, me, NOW + n, lambda: passphrase)
    return path


def copied(sealed: Path, to: Path) -> Path:
    shutil.copytree(sealed, to)
    return to


def opens(path: Path, passphrase: str | None) -> bool:
    """Whether this passphrase opens every key; that it opens some and not others is an error."""
    found = []
    for file in changing.held(path):
        try:
            file.open(passphrase)
        except KeyLockedError:
            found.append(False)
        else:
            found.append(True)
    assert len(found) == 4
    assert len(set(found)) == 1, found
    return found[0]


def change(path: Path, old: str | None, new: str | None, disk: Disk | None = None) -> int:
    return changing.change(disk or Disk(), path, old, lambda: new, FAST)


@pytest.mark.parametrize(("old", "new"), [("old", "new"), (None, "new"), ("old", None)])
def test_all_keys_are_sealed_anew(tmp_path: Path, old: str | None, new: str | None) -> None:
    path = made(tmp_path / "h", old)
    before = {file.path: file.open(old) for file in changing.held(path)}
    assert change(path, old, new) == 4
    assert {file.path: file.open(new) for file in changing.held(path)} == before
    assert opens(path, new)
    if new is not None:
        assert not opens(path, old)
        text = b"".join(files(path / "keys").values()).decode()
        assert not any(seed.hex() in text for seed in before.values())
    assert {each.stat().st_mode & 0o777 for each in (path / "keys").iterdir()} == {0o600}
    with Home.open(path, passphrase=lambda: new) as home:
        assert home.signer(NOW).device == identity.load(path).device


def steps(sealed: Path, to: Path) -> int:
    counting = Dies()
    change(copied(sealed, to), "old", "new", counting)
    return counting.calls


@pytest.mark.parametrize("torn", [False, True])
def test_killed_anywhere_one_passphrase_opens_everything_and_the_next_call_finishes(
    sealed: Path, tmp_path: Path, torn: bool
) -> None:
    seen = set()
    for number in range(1, steps(sealed, tmp_path / "whole") + 1):
        path = copied(sealed, tmp_path / f"{number}")
        with pytest.raises(Dead):
            change(path, "old", "new", Dies(number, torn=torn))
        counts = "new" if opens(path, "new") else "old"
        assert opens(path, counts)
        seen.add(counts)
        with Home.open(path, passphrase=lambda: counts) as home:  # noqa: B023
            assert home.signer(NOW).device
        assert opens(path, counts)
        assert not changing.unfinished(path)
        assert change(path, counts, "third") == 4
        assert opens(path, "third")
        names = {each.name for each in (path / "keys").iterdir()}
        assert len(names) == 4, names
        assert all(name.endswith(".key") for name in names)
    assert seen == {"old", "new"}


@pytest.mark.parametrize("fails", [EIO, ENOSPC])
def test_whatever_fails_one_passphrase_opens_everything(
    sealed: Path, tmp_path: Path, fails: int
) -> None:
    for number in range(1, steps(sealed, tmp_path / "whole") + 1):
        path = copied(sealed, tmp_path / f"{number}")
        with suppress(HearthError):
            change(path, "old", "new", Dies(number, fails=fails))
        counts = "new" if opens(path, "new") else "old"
        assert change(path, counts, "third") == 4
        assert opens(path, "third")


def test_killed_again_while_finishing(sealed: Path, tmp_path: Path) -> None:
    committed = tmp_path / "committed"
    for number in range(1, steps(sealed, tmp_path / "whole") + 1):
        shutil.rmtree(committed, ignore_errors=True)
        with suppress(Dead):
            change(copied(sealed, committed), "old", "new", Dies(number))
        if changing.unfinished(committed):
            break
    for number in range(1, 60):
        path = copied(committed, tmp_path / f"{number}")
        assert opens(path, "new")
        try:
            changing.finish(Dies(number), path)
        except Dead:
            assert opens(path, "new")
            continue
        assert opens(path, "new")
        assert not changing.unfinished(path)
        return
    pytest.fail("it never finishes")


def test_what_was_plain_is_overwritten_where_it_lay(tmp_path: Path) -> None:
    path = made(tmp_path / "h", None)
    key = path / "keys/person.key"
    (tmp_path / "same").hardlink_to(key)
    change(path, None, "new")
    assert not (tmp_path / "same").read_bytes().strip(b"\0")


def test_plain_keys_of_a_change_that_never_counted_are_overwritten_too(tmp_path: Path) -> None:
    path = made(tmp_path / "h")
    left = path / "keys" / f"person.key{keyfile.NEW}"
    left.write_bytes(b"a secret")
    (tmp_path / "same").hardlink_to(left)
    changing.finish(Disk(), path)
    assert not left.exists()
    assert (tmp_path / "same").read_bytes() == bytes(len(b"a secret"))
    assert opens(path, "old")


def test_a_key_that_another_passphrase_protects_is_named_and_nothing_changes(
    tmp_path: Path,
) -> None:
    path = made(tmp_path / "h")
    other = sorted((path / "keys").glob("[0-9a-f]*.key"))[0]
    seed = keyfile.read_key(other, "device").open("old")
    keyfile.write_key(Disk(), other, "device", seed, "another", FAST)
    before = files(path / "keys")
    with pytest.raises(KeyLockedError, match=other.name):
        change(path, "old", "new")
    assert files(path / "keys") == before


def test_two_changes_at_once_and_a_new_device_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = made(tmp_path / "h")
    monkeypatch.setattr("hearth.store.locks.PATIENCE", 0.0)
    monkeypatch.setattr(changing.Lock.take.__func__, "__kwdefaults__", {"patience": 0.0})  # type: ignore[attr-defined]
    with changing.lock(Disk(), path):
        with pytest.raises(LockedError):
            change(path, "old", "new")
        with pytest.raises(LockedError):
            identity.renew_device(Disk(), path, identity.load(path), NOW, lambda: "old")
    assert opens(path, "old")


# the program itself


def test_set_change_and_remove(hearth: Hearth) -> None:
    assert hearth("init", "--name", "ada").code == 0
    shown = hearth("key")
    assert "not sealed" in shown.out
    run = hearth("key", "passphrase", "--new-passphrase-fd", "0", stdin="correct horse battery\n")
    assert (run.code, run.out) == (0, "2 keys are sealed by a passphrase now\n")
    assert "passes over" in hearth("key").out
    run = hearth("community", "create", "Mill Lane")
    assert run.code == 12
    both = ("--passphrase-fd", "0", "--new-passphrase-fd", "0")
    run = hearth("key", "passphrase", *both, stdin="correct horse battery\nanother one, longer\n")
    assert (run.code, run.out) == (0, "2 keys have a new passphrase\n")
    for typed, code in (("correct horse battery\n", 12), ("another one, longer\n", 0)):
        assert hearth("--passphrase-fd", "0", "community", "create", "M", stdin=typed).code == code
    run = hearth(
        "key", "passphrase", "--remove", "--passphrase-fd", "0", stdin="another one, longer"
    )
    assert run.code == 0, run
    document = json.loads(hearth("key", "--json").out)
    assert document["sealed"] is False
    assert [key["sealed"] for key in document["keys"]] == [False, False]
    run = hearth("key", "passphrase", "--remove")
    assert run.code == 1
    assert "no passphrase" in run.err


def test_at_a_terminal_it_is_asked_for(hearth: Hearth) -> None:
    assert hearth("init", "--name", "ada").code == 0
    change = ("key", "passphrase")
    new, again = "New passphrase: ", "The same again: "
    code, seen = talk(hearth, *change, answers={new: "one two three", again: "one two three"})
    assert code == 0, seen
    assert "three" not in seen
    old = {"Passphrase: ": "one two three"}
    code, seen = talk(hearth, *change, answers={**old, new: "four five six", again: "four 5 six"})
    assert code == 2
    assert "differ" in seen
    code, seen = talk(hearth, *change, answers={"Passphrase: ": "four five six"})
    assert code == 12
    assert "New passphrase" not in seen
    code, seen = talk(
        hearth, *change, answers={**old, new: "four five six", again: "four five six"}
    )
    assert code == 0, seen


@pytest.mark.parametrize("new", ["\n", "", "x" * 4097 + "\n", "\xff\n".encode("latin-1")])
def test_passphrases_that_cannot_be(hearth: Hearth, new: str | bytes) -> None:
    assert hearth("init", "--name", "ada").code == 0
    before = files(hearth.home / ".local/share/hearth/keys")
    assert hearth("key", "passphrase", "--new-passphrase-fd", "0", stdin=new).code == 2
    assert files(hearth.home / ".local/share/hearth/keys") == before


def test_the_longest_passphrase(hearth: Hearth) -> None:
    assert hearth("init", "--name", "ada").code == 0
    longest = "x" * 4096
    run = hearth("key", "passphrase", "--new-passphrase-fd", "0", stdin=longest)
    assert run.code == 0, run
    run = hearth("--passphrase-fd", "0", "community", "create", "M", stdin=longest)
    assert run.code == 0, run


def test_nobody_is_there(hearth: Hearth) -> None:
    assert hearth("init", "--name", "ada").code == 0
    run = hearth("key", "passphrase")
    assert run.code == 2
    assert "--new-passphrase-fd" in run.err


def test_ten_wrong_passphrases_change_nothing(hearth: Hearth) -> None:
    assert hearth("init", "--passphrase-fd", "0", "--name", "ada", stdin="right").code == 0
    folder = hearth.home / ".local/share/hearth"
    before = files(folder)
    for n in range(10):
        run = hearth("--passphrase-fd", "0", "community", "create", "M", stdin=f"wrong {n}")
        assert run.code == 12, run
        assert "wrong passphrase" in run.err
    both = ("--passphrase-fd", "0", "--new-passphrase-fd", "0")
    assert hearth("key", "passphrase", *both, stdin="wrong\nnew\n").code == 12
    after = files(folder)
    assert after.keys() - before.keys() <= {"lock.keys", "diagnostics.log"}
    assert all(after[name] == content for name, content in before.items() if "key" in name)
    assert hearth("--passphrase-fd", "0", "community", "create", "M", stdin="right").code == 0


def test_the_name_is_asked_for_where_a_person_is_since_it_stays(hearth: Hearth) -> None:
    code, seen = talk(hearth, "init", "mine", answers={'") ': "Ada Lovelace"})
    assert code == 0
    assert "What will neighbours call you, for good? (Enter for " in seen
    assert 'made hearth "Ada Lovelace"' in seen
    code, seen = talk(hearth, "init", "mine", answers={})  # it is there: nothing is asked
    assert (code, "What will" in seen) == (0, False)
    code, seen = talk(hearth, "init", "other", answers={'") ': ""})
    assert code == 0
    assert re.search(r'Enter for "(.+)"\).*made hearth "\1"', seen, re.DOTALL)
    assert "What will" not in hearth("init", "third").err
