"""Unlocking for cron: a key file, a credential of systemd; and saying so aloud, but not in cron."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from keys_kit import FAST, NOW
from program import Hearth, Run

from hearth import home as homes
from hearth.config import Config
from hearth.identity import unlock
from hearth.identity.keyfile import MAX_FILE
from hearth.identity.unlock import Unlock, UnlockError

QUICK = True
SECRET = "open sesame, says the Pi"


@pytest.fixture
def sealed(hearth: Hearth) -> Hearth:
    path = hearth.home / ".local/share/hearth"
    homes.create(path, "ada", NOW, passphrase=SECRET, strength=FAST)
    return hearth


@pytest.fixture
def file(home: Path) -> Path:
    path = home / "passphrase"
    path.write_text(SECRET + "\n")
    path.chmod(0o600)
    return path


def signs(hearth: Hearth, **env: str) -> Run:
    return hearth("community", "create", "Mill Lane", env=env)


def found(hearth: Hearth, state: str = "warning") -> list[str]:
    checks = json.loads(hearth("doctor", "--json").out)["checks"]
    return [each["message"] for each in checks if each["state"] == state]


def test_a_key_file(sealed: Hearth, file: Path) -> None:
    assert signs(sealed).code == 12
    run = sealed("key", "unlock", "--file", "passphrase")
    assert run.code == 0
    assert f'key file "{file}"' in run.out
    assert "can sign as you" in run.err
    run = signs(sealed)
    assert run.code == 0, run
    assert "passphrase" not in run.out + run.err  # cron is told nothing
    assert SECRET not in run.out + run.err
    assert "can sign as you" in sealed("key").err
    assert any("can sign as you" in each for each in found(sealed, "note"))
    assert sealed("doctor").code == 0  # it was chosen: no mail every night
    status = json.loads(sealed("status", "--json").out)
    assert status["key"] == {"sealed": True, "unlock": {"file": str(file)}}
    text = (sealed.home / ".config/hearth/config.toml").read_text()
    assert SECRET not in text


def test_a_key_file_that_is_gone_is_told_before_cron_fails(sealed: Hearth, file: Path) -> None:
    assert sealed("key", "unlock", "--file", str(file)).code == 0
    file.unlink()
    assert signs(sealed).code == 12
    assert f'key file "{file}" is missing' in found(sealed)
    file.write_text("\n")
    file.chmod(0o600)
    assert f'the first line of the key file "{file}" is empty' in found(sealed)


def test_locking_again(sealed: Hearth, file: Path) -> None:
    assert sealed("key", "unlock", "--file", str(file)).code == 0
    run = sealed("key", "lock")
    assert run.code == 0
    assert "still there" in run.out
    assert "stays readable" in run.err
    assert file.read_text() == SECRET + "\n"
    assert signs(sealed).code == 12
    assert not any("can sign as you" in each for each in found(sealed, "note"))
    assert json.loads(sealed("status", "--json").out)["key"] == {"sealed": True, "unlock": None}
    assert "nothing was set" in sealed("key", "lock").out


def test_a_credential(sealed: Hearth, tmp_path: Path) -> None:
    run = sealed("key", "unlock", "--credential", "hearth.passphrase")
    assert run.code == 0
    assert "can sign as you" in run.err
    run = signs(sealed)
    assert run.code == 12
    assert "LoadCredential=hearth.passphrase:" in run.err
    folder = tmp_path / "credentials"
    folder.mkdir()
    (folder / "hearth.passphrase").write_text(SECRET)
    (folder / "hearth.passphrase").chmod(0o440)  # as systemd does it
    assert signs(sealed, CREDENTIALS_DIRECTORY=str(folder)).code == 0
    status = json.loads(sealed("status", "--json").out)
    assert status["key"]["unlock"] == {"credential": "hearth.passphrase"}
    (folder / "hearth.passphrase").unlink()
    (folder / "hearth.passphrase").write_text("another")
    run = sealed(
        "key", "unlock", "--credential", "hearth.passphrase",
        env={"CREDENTIALS_DIRECTORY": str(folder)},
    )  # fmt: skip
    assert run.code == 12


@pytest.mark.parametrize("name", ["", "../x", "a/b", "-x", "a b", "x" * 129, "a\nb", ".x"])
def test_names_that_are_no_credential(sealed: Hearth, name: str) -> None:
    assert sealed("key", "unlock", "--credential", name).code == 2
    assert signs(sealed).code == 12


def lay(path: Path, what: str) -> None:
    """Put something else in the place of the key file."""
    path.unlink()
    if what == "nothing":
        return
    if what == "symlink":
        path.with_name("real").write_text(SECRET)
        path.with_name("real").chmod(0o600)
        path.symlink_to("real")
    elif what == "fifo":
        os.mkfifo(path, 0o600)
    elif what == "folder":
        path.mkdir(0o700)
    else:
        content = {
            "wrong": b"not it\n", "empty": b"", "blank first line": b"\n" + SECRET.encode(),
            "no text": b"\xff\xfe\n", "too long": SECRET.encode() + b"\n" + b"x" * MAX_FILE,
        }.get(what, SECRET.encode())  # fmt: skip
        path.write_bytes(content)
        path.chmod(int(what, 8) if what.isdigit() else 0o600)


@pytest.mark.parametrize(
    "what",
    ["nothing", "symlink", "fifo", "folder", "0644", "0640", "0604", "0620", "wrong", "empty",
     "blank first line", "no text", "too long"],
)  # fmt: skip
def test_a_key_file_must_be_as_private_as_a_key(sealed: Hearth, file: Path, what: str) -> None:
    assert sealed("key", "unlock", "--file", str(file)).code == 0
    lay(file, what)
    run = signs(sealed)
    assert run.code == 12, run
    assert SECRET not in run.err
    assert sealed("key", "lock").code == 0
    assert sealed("key", "unlock", "--file", str(file)).code == 12
    assert json.loads(sealed("status", "--json").out)["key"]["unlock"] is None


def test_the_largest_key_file(sealed: Hearth, file: Path) -> None:
    file.write_bytes((SECRET + "\r\n").encode().ljust(MAX_FILE, b"#"))
    assert sealed("key", "unlock", "--file", str(file)).code == 0


def test_somebody_else_s_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getuid", lambda: file.stat().st_uid + 1)
    with pytest.raises(UnlockError, match="another user"):
        unlock.read(Unlock("key.file", str(file)), None)


@pytest.mark.parametrize("how", ["key.file", "key.credential"])
def test_no_hearth_says_what_is_read(tmp_path: Path, how: str) -> None:
    """A folder that somebody hands over must not name files for us to read."""
    user, here = tmp_path / "user.toml", tmp_path / "here.toml"
    section, name = how.split(".")
    here.write_text(f'[{section}]\n{name} = "/etc/passwd"\n')
    config = Config.load(user, here, {})
    assert unlock.chosen(config) is None
    assert "not heeded" in config.problems[0]
    assert unlock.chosen(Config.load(here, None, {"HEARTH_KEY_FILE": "/a"})) is not None


def test_what_is_typed_or_given_comes_first(sealed: Hearth, file: Path) -> None:
    assert sealed("key", "unlock", "--file", str(file)).code == 0
    run = sealed("--passphrase-fd", "0", "community", "create", "M", stdin="wrong\n")
    assert run.code == 12


def test_a_new_passphrase_and_the_old_file(sealed: Hearth, file: Path) -> None:
    assert sealed("key", "unlock", "--file", str(file)).code == 0
    run = sealed("key", "passphrase", "--new-passphrase-fd", "0", stdin="something else\n")
    assert run.code == 0  # the old one came from the file
    assert "still has to be given the new passphrase" in run.err
    assert signs(sealed).code == 12
    file.write_text("something else")
    assert signs(sealed).code == 0


def test_what_opens_keys_that_are_sealed_no_more_is_told_of(sealed: Hearth, file: Path) -> None:
    run = sealed("key", "passphrase", "--remove", "--new-passphrase-fd", "0", stdin="another one\n")
    assert (run.code, "takes no new passphrase" in run.err) == (2, True)
    assert json.loads(sealed("key", "--json").out)["sealed"]
    named = {"HEARTH_KEY_FILE": str(file)}
    run = sealed("key", "lock", env=named)
    assert (run.code, "unset HEARTH_KEY_FILE" in run.err) == (2, True)
    assert sealed("key", "unlock", "--file", str(file)).code == 0
    run = sealed("key", "passphrase", "--remove", "--json")
    assert run.code == 0
    unlock = {"file": str(file)}
    assert json.loads(run.out) == {"v": 1, "sealed": False, "keys": 2, "unlock": unlock}
    assert "is not needed any more" in run.err
    assert json.loads(sealed("key", "lock", "--json").out) == {
        "v": 1,
        "sealed": False,
        "was": unlock,
    }
    assert json.loads(sealed("key", "--json").out)["unlock"] is None


def test_there_must_be_something_to_unlock(hearth: Hearth, file: Path) -> None:
    assert hearth("init", "--name", "ada").code == 0
    assert hearth("key", "unlock", "--file", str(file)).code == 1
    assert hearth("key", "unlock").code == 2
    assert hearth("key", "unlock", "--file", str(file), "--credential", "x").code == 2
    assert "no passphrase" in hearth("key", "lock").err


@pytest.mark.parametrize("way", ["environment", "settings"])
def test_other_ways_to_say_it(sealed: Hearth, file: Path, way: str) -> None:
    said: Callable[[], Run] = lambda: signs(sealed)  # noqa: E731
    if way == "settings":
        assert sealed("config", "set", "key.file", str(file)).code == 0
    else:
        said = lambda: signs(sealed, HEARTH_KEY_FILE=str(file))  # noqa: E731
        run = sealed("key", "lock", env={"HEARTH_KEY_FILE": str(file)})
        assert run.code == 2
        assert "HEARTH_KEY_FILE" in run.err
    assert said().code == 0
