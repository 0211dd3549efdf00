"""hearth backup and hearth device add: the program itself, and what the neighbours make of it."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from random import Random

import pytest
from chat_kit import Talkers
from keys_kit import FAST, NOW, talk
from program import ROOT, Hearth
from street_kit import Street

from hearth.backup import making, restoring
from hearth.backup.items import Kind
from hearth.home import Home
from hearth.store.disk import Disk

SECRET = "four score and seven"
MAKE = ("--new-passphrase-fd", "0")
OPEN = ("--passphrase-fd", "0")
QUICK = True
VECTOR = ROOT / "tests/vectors/backup-1.hearth"


@pytest.fixture(scope="module")
def met(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """ada and bo, who know each other, and of a message; made once."""
    folder = tmp_path_factory.mktemp("met")
    street = Talkers(folder)
    street.settle("ada", "bo")
    street.meet("bo", "ada")
    street.meet("bo", "ada")
    street.send("bo", "ada", "the first")
    street.meet("bo", "ada")
    return folder


@pytest.fixture
def talkers(met: Path, tmp_path: Path) -> Talkers:
    shutil.copytree(met, tmp_path, dirs_exist_ok=True)
    return Talkers(tmp_path)


@pytest.fixture
def street(tmp_path: Path) -> Street:
    return Street(tmp_path)


def run(street: Street, name: str, *argv: str, stdin: str = SECRET, code: int = 0) -> str:
    done = street._program(*argv, env={"HEARTH_DIR": str(street.path(name))}, stdin=stdin)
    assert done.code == code, done
    return done.out


def sync(street: Street, here: str, there: str) -> None:
    with street.hosting(there) as serve:
        assert street.json(here, "sync", serve.address)["peers"][0]["equal"]


def corpora(street: Street, name: str) -> set[str]:
    return {each["name"].partition("@")[0] for each in street.json(name, "corpus")["corpora"]}


def share(street: Street, name: str, corpus: str) -> None:
    assert street(name, "corpus", "create", corpus).code == 0
    assert street(name, "corpus", "share", corpus).code == 0


def test_who_joined_after_the_backup_is_met_by_stick(street: Street) -> None:
    street.settle("ada")
    run(street, "ada", "backup", "create", "b", *MAKE)
    with street.serving("ada") as ada:
        ticket = street("ada", "invite", "--text", "--address", ada.address).out.strip()
        assert street("bo", "init").code == 0
        assert street("bo", "join", ticket).code == 0
    street.path("ada").rename(street.folder / "gone")
    run(street, "ada", "backup", "restore", "b", *OPEN)
    with street.serving("ada") as ada:
        strangers = street("bo", "sync", ada.address)
        assert strangers.code == 14
        assert "hint: the devices of both may be new: hearth sync FOLDER" in strangers.err
        (stick := street.folder / "stick").mkdir()
        for name in ("bo", "ada", "bo"):
            assert street(name, "sync", f"{stick}/").code == 0
        assert street("bo", "sync", ada.address).code == 0


@pytest.mark.parametrize("keys", [False, True])
def test_a_restored_hearth_goes_on_among_its_neighbours(street: Street, keys: bool) -> None:
    community = street.settle("ada", "bo", "cy")
    share(street, "ada", "before")
    sync(street, "ada", "bo")
    options = ["--keys-only"] * keys
    run(street, "ada", "backup", "create", "b", *options, *MAKE)
    share(street, "ada", "later")
    sync(street, "ada", "bo")
    first = street.device("ada")
    street.path("ada").rename(street.folder / "gone")

    said = json.loads(run(street, "ada", "backup", "restore", "b", *OPEN, "--json"))
    assert said["before"] == first
    assert said["device"] == street.device("ada") != first
    assert said["keys_only"] is keys
    assert said["communities"] == 1
    sync(street, "ada", "bo")  # it is served, and what was lost comes back
    assert {"before", "later"} <= corpora(street, "ada")
    share(street, "ada", "after")
    sync(street, "ada", "bo")
    sync(street, "cy", "bo")
    assert {"before", "later", "after"} <= corpora(street, "cy")
    sync(street, "ada", "bo")
    assert street.log("ada", community) == street.log("bo", community)
    assert street.log("cy", community) == street.log("bo", community)
    run(street, "ada", "device", "revoke", first[:12], "--yes")
    sync(street, "ada", "bo")
    assert not any(each["forked"] for each in street.json("ada", "device")["devices"])
    for name in ("ada", "bo", "cy"):
        assert street(name, "fsck").code == 0


def test_a_second_device_beside_the_first(street: Street) -> None:
    community = street.settle("ada", "bo")
    assert street("ada", "corpus", "create", "private").code == 0
    out = run(street, "ada", "device", "add", "stick", *MAKE)
    assert "hearth backup restore stick" in out
    run(street, "laptop", "backup", "restore", "stick", *OPEN)
    sync(street, "laptop", "ada")  # the home, too: to its person's own devices
    assert "private" in corpora(street, "laptop")
    share(street, "laptop", "from the laptop")
    sync(street, "laptop", "bo")
    share(street, "ada", "from the shelf")
    sync(street, "ada", "bo")
    sync(street, "laptop", "ada")
    for name in ("ada", "laptop", "bo"):
        assert {"from the laptop", "from the shelf"} <= corpora(street, name)
    assert street.log("ada", community) == street.log("bo", community)
    laptop = street.device("laptop")
    for few in ("", laptop[:3]):
        assert street("ada", "device", "revoke", few, "--yes").code == 2
    assert street("ada", "device", "revoke", laptop[:12]).code == 2  # nobody is there to agree
    own = street("ada", "device", "revoke", street.device("ada")[:12], "--yes")
    assert (own.code, "the device in use here" in own.err) == (2, True)
    assert not any(each["retired"] for each in street.json("ada", "device")["devices"])
    revoke = ("device", "revoke", laptop[:12], "--yes")
    there = street.json("ada", *revoke, "--community", "Mill Lane")
    assert there["device"] == laptop
    assert [each["community"] for each in there["events"]] == [community.hex()]
    assert run(street, "ada", *revoke) == f'revoked {laptop[:12]} in "home"\n'
    assert street("ada", *revoke).code == 4
    sync(street, "ada", "bo")
    states = {each["device"]: each["retired"] for each in street.json("ada", "device")["devices"]}
    assert states[laptop]
    assert not states[street.device("ada")]


def test_a_second_device_of_the_author_shuts_out_nobody(tmp_path: Path) -> None:
    """It is handed the key of a conversation as well, which says nothing of those it is for."""
    talkers = Talkers(tmp_path)
    talkers.settle("ada", "bo")
    talkers.meet("bo", "ada")
    run(talkers, "ada", "device", "add", "stick", *MAKE)
    run(talkers, "laptop", "backup", "restore", "stick", *OPEN)
    sync(talkers, "laptop", "ada")
    id = talkers.send("ada", "bo", "the first that she ever wrote to him")
    for _ in range(2):  # and its receipt
        sync(talkers, "laptop", "ada")
    for who in ("ada", "laptop"):
        seen = talkers.state(who, id)
        assert (seen["word"], seen["reason"]) == ("carried", None)
        assert [each["device"] for each in seen["by"]] == [talkers.device("laptop")]


@pytest.mark.parametrize("keys", [False, True])
def test_what_was_sealed_to_the_old_device_is_read_by_the_restored_one(
    talkers: Talkers, keys: bool
) -> None:
    """Also what was written after the backup, by somebody who knows only the old device."""
    street = talkers
    assert street.texts("ada", "bo") == ["the first"]
    run(street, "ada", "backup", "create", "b", *["--keys-only"] * keys, *MAKE)
    street.send("bo", "ada", "the second")
    street.path("ada").rename(street.folder / "gone")
    run(street, "ada", "backup", "restore", "b", *OPEN)
    street.meet("bo", "ada")
    assert street.texts("ada", "bo") == ["the first", "the second"]
    street.send("ada", "bo", "I am back")
    street.meet("bo", "ada")
    assert "I am back" in street.texts("bo", "ada")
    street.send("bo", "ada", "welcome")
    street.meet("bo", "ada")
    assert "welcome" in street.texts("ada", "bo")


def test_chat_goes_on_after_a_rotation(talkers: Talkers) -> None:
    street = talkers
    street.send("bo", "ada", "to the old key")
    assert street("ada", "key", "rotate", "--yes").code == 0
    street.meet("bo", "ada")
    assert street.texts("ada", "bo") == ["the first", "to the old key"]
    street.send("ada", "bo", "with the new key")
    street.meet("bo", "ada")
    street.meet("bo", "ada")
    street.send("bo", "ada", "to the new key")
    street.meet("bo", "ada")
    assert street.texts("ada", "bo")[-1] == "to the new key"
    assert "with the new key" in street.texts("bo", "ada")


def test_what_is_said(hearth: Hearth) -> None:
    assert hearth("init", "--name", "ada").code == 0
    made = hearth("backup", "create", "b", *MAKE, stdin=SECRET)
    assert made.code == 0
    assert "read back and proved" in made.out
    again = hearth("backup", "restore", "b", *OPEN, stdin=SECRET)
    assert again.code == 1
    assert "already" in again.err
    assert hearth("backup", "create", "b").code == 2  # nobody is there
    assert hearth("backup", "restore", "b", "--to", "x").code == 2
    (hearth.home / "letter").write_text("dear otto")
    assert hearth("backup", "create", "letter", *MAKE, stdin=SECRET).code == 1
    assert hearth("backup", "restore", "letter", "--to", "x", *OPEN, stdin=SECRET).code == 13
    assert hearth("backup", "restore", "none", "--to", "x", *OPEN, stdin=SECRET).code == 13
    for n in range(10):
        wrong = hearth("backup", "restore", "b", "--to", "x", *OPEN, stdin=f"wrong {n}")
        assert wrong.code == 12, wrong
    raw = (hearth.home / "b").read_bytes()
    for bad in (raw[:-1], raw[:-100], raw[:90], raw[:50] + b"x" + raw[51:], raw + b"x"):
        (hearth.home / "bad").write_bytes(bad)
        run = hearth("backup", "restore", "bad", "--to", "x", *OPEN, stdin=SECRET)
        assert run.code == 13, run
    assert not (hearth.home / "x").exists() or not list((hearth.home / "x").iterdir())
    assert hearth("backup", "restore", "b", "--to", "x", *OPEN, stdin=SECRET).code == 0
    assert hearth("--hearth", "x", "fsck").code == 0


def test_a_backup_of_a_hearth_that_is_not_whole_says_so(hearth: Hearth) -> None:
    assert hearth("init", "--name", "ada").code == 0
    (hearth.home / "big").write_bytes(Random(1).randbytes(1 << 20))
    assert hearth("hash-object", "-w", "big").code == 0
    (pack,) = (hearth.home / ".local/share/hearth/packs").iterdir()
    os.truncate(pack, 1000)
    for options in ([], ["--json"]):
        made = hearth("backup", "create", "b", *MAKE, *options, stdin=SECRET)
        assert made.code == 3, made
        assert "1 pack of the hearth could not" in made.err
    assert json.loads(made.out)["lacking"] == [pack.name]
    assert json.loads(made.out)["keys_only"] is False


def test_both_passphrases_from_one_descriptor_and_at_a_terminal(hearth: Hearth) -> None:
    assert hearth("init", "--passphrase-fd", "0", "--name", "ada", stdin="the own one").code == 0
    both = ("backup", "create", "b", "--keys-only", *OPEN, *MAKE)
    assert hearth(*both, stdin="the own one\n" + SECRET).code == 0
    assert hearth(*both, stdin="not it\n" + SECRET).code == 12
    new, again = "Passphrase of the backup: ", "The same again: "
    answers = {"Passphrase: ": "the own one", new: SECRET, again: SECRET}
    code, seen = talk(hearth, "backup", "create", "b", answers=answers)
    assert code == 0, seen
    assert "score" not in seen
    code, seen = talk(hearth, "backup", "restore", "b", "--to", "x", answers={new: SECRET})
    assert code == 0, seen
    assert "sealed by the backup's passphrase" in seen
    found = ("--hearth", "x", "community", "create", "M", *OPEN)
    assert hearth(*found, stdin="the own one").code == 12
    assert hearth(*found, stdin=SECRET).code == 0


def test_no_secret_is_told(hearth: Hearth) -> None:
    """Not in the process's arguments, its errors, its log of failures, nor with --debug."""
    assert hearth("init", "--name", "ada").code == 0
    made = hearth("--debug", "backup", "create", "b", *MAKE, stdin=SECRET)
    failed = hearth("--debug", "backup", "restore", "b", "--to", "x", *OPEN, stdin=SECRET + "!")
    for said in (made, failed):
        assert SECRET not in said.out + said.err
    for path in hearth.home.rglob("*"):
        if path.is_file():
            assert SECRET.encode() not in path.read_bytes()


def test_a_backup_made_today_is_read_in_ten_years(tmp_path: Path) -> None:
    """The file was made by the first version that made any (see below) and is never made anew."""
    done = restoring.restore(
        VECTOR, tmp_path / "h", Disk(), lambda: SECRET, FAST, NOW + 99, lambda count: None
    )
    assert done.identity.name == "ada"
    assert done.communities == 1
    with Home.open(tmp_path / "h", passphrase=lambda: SECRET) as home:
        assert home.signer(NOW + 100).device == done.identity.device


def make_vector(folder: Path) -> None:
    from test_keys_rotate import settled

    settled(folder / "h")
    with Home.open(folder / "h", passphrase=lambda: "secret") as home:
        making.make(home, VECTOR, Kind.KEYS, SECRET, FAST, NOW, lambda count: None)


if __name__ == "__main__":
    import tempfile

    os.umask(0o022)
    with tempfile.TemporaryDirectory() as made:
        make_vector(Path(made))
