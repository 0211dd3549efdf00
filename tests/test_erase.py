"""Destroying what is here, and saying truly what others hold."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

import pytest
from chat_kit import Talkers
from keys_kit import EIO, FAST, NOW, Dead, Dies, files, talk
from leak_kit import find_leaks
from program import Hearth

from hearth import home as homes
from hearth.erasing import destroy
from hearth.home import Home
from hearth.identity import changing
from hearth.store import begun
from hearth.store.database import rows
from hearth.store.disk import Disk
from hearth.store.errors import HearthError, LockedError
from hearth.store.fsck import check
from hearth.store.gc import shed
from hearth.store.repair import repair

TEXT = "the spare key lies under the third stone"
FILE = b"a map of the garden with a cross on it, " * 2000


QUICK = True


def holds(path: Path, secret: str | bytes) -> bool:
    """Whether a hearth has it in the clear in any file, or in an object of it."""
    if any(find_leaks(content, [secret]) for content in files(path).values()):
        return True
    with Home.open(path) as home:
        ids = rows(home.store.connection, "SELECT id FROM objects")
        stored = b"".join(home.store.get(id) for (id,) in ids)
        payloads = b"".join(event.payload or b"" for event in home.store.log.events())
    return bool(find_leaks(stored + payloads, [secret]))


def test_a_message_of_mine(street: Talkers) -> None:
    (street.home / "map.txt").write_bytes(FILE)
    id = street.send("ada", "#here", TEXT, "--attach", "map.txt")
    assert street("ada", "chat", "edit", id, TEXT + ", or the fourth").code == 0
    street.meet("ada", "bo")
    street.meet("ada", "bo")
    assert holds(street.path("ada"), TEXT)
    done = street.json("ada", "erase", id, "--yes")
    assert {each["mine"] for each in done["events"]} == {True}
    assert {each["asked"] for each in done["events"]} == {True}
    assert len(done["events"]) == 2
    held = {each["device"] for event in done["events"] for each in event["held_by"]}
    assert held == {street.device("bo")}  # and cy has not signed
    assert done["objects"] >= 1
    assert done["complete"]
    again = street("ada", "erase", "--chat", "#here", "--yes")
    assert (again.code, "nothing is left here to erase" in again.err) == (4, True)
    for path in (street.path("ada"),):
        assert not holds(path, TEXT)
        assert not holds(path, FILE[:200])
    assert holds(street.path("bo"), TEXT)
    street.meet("ada", "bo")
    street("bo", "chat", "read", "#here")
    assert not holds(street.path("bo"), TEXT)  # as it was asked to
    assert street("ada", "fsck").code == 0


def test_a_message_of_somebody_else(street: Talkers) -> None:
    id = street.send("bo", "ada", TEXT)
    street.meet("ada", "bo")
    assert street.texts("ada", "bo") == [TEXT]
    assert holds(street.path("ada"), TEXT)
    done = street.json("ada", "erase", id, "--yes")
    [event] = done["events"]
    assert (event["mine"], event["asked"]) == (False, False)
    assert not holds(street.path("ada"), TEXT)
    street.meet("ada", "bo")
    assert TEXT not in street.texts("ada", "bo")
    assert not holds(street.path("ada"), TEXT)  # and it does not come back
    assert street.texts("bo", "ada") == [TEXT]
    assert "(let go of here)" in street("ada", "chat", "read", "bo").out  # it never expires
    assert street("ada", "chat", "show", id).out.endswith("\n(let go of here)\n")
    said = street("ada", "erase", id, "--yes")
    assert (said.code, said.out) == (4, "")
    assert "nothing is left here to erase" in said.err


def test_only_what_is_here_needs_no_key_and_asks_nobody(street: Talkers) -> None:
    """Not even the person's, for what an older device has said."""
    id, path = street.send("ada", "#here", TEXT), street.path("ada")
    street.meet("ada", "bo")
    assert street("ada", "key", "rotate", "--yes").code == 0
    changing.change(Disk(), path, None, lambda: "four score and seven", FAST)
    run = street("ada", "erase", id, "--yes")
    assert run.code == 12
    assert run.err.endswith("hint: or erase only what is here, and ask nobody else: --here\n")
    assert holds(path, TEXT)
    done = street.json("ada", "erase", id, "--here", "--yes")
    [event] = done["events"]
    assert (event["mine"], event["asked"], done["complete"]) == (True, False, True)
    assert not holds(path, TEXT)
    assert holds(street.path("bo"), TEXT)


def test_a_whole_chat(street: Talkers) -> None:
    for n in range(3):
        street.send("ada", "bo", f"{TEXT} {n}")
    street.send("ada", "#here", "something else")
    street.meet("ada", "bo")
    street.send("bo", "ada", f"{TEXT}? Thanks")
    street.meet("ada", "bo")
    assert len(street.texts("ada", "bo")) == 4
    run = street("ada", "erase", "--chat", "bo", "--yes")
    assert run.code == 0, run
    assert "the words of 4 events here, 3 of them yours" in run.out
    assert "asked      others to erase 3 of them" in run.out
    assert "others     1 other device holds it, as signed: bo" in run.out
    assert not holds(street.path("ada"), TEXT)
    assert street.texts("ada", "#here") == ["something else"]
    street.send("bo", "ada", "are you there?")  # what comes next is still read
    street.meet("ada", "bo")
    assert "are you there?" in street.texts("ada", "bo")


def test_a_chat_that_is_blocked_or_held_back(street: Talkers) -> None:
    street.send("bo", "ada", f"{TEXT}, says bo")
    street.send("cy", "ada", f"{TEXT}, says cy")
    street.meet("ada", "bo", "cy")
    street("ada", "chat")
    assert street("ada", "chat", "block", "bo").code == 0
    street.send("bo", "ada", f"{TEXT}, says bo again")
    street.meet("ada", "bo")
    street("ada", "chat")
    for who in ("bo", "cy"):
        run = street("ada", "erase", "--chat", who, "--yes")
        assert run.code == 0, run
    assert not holds(street.path("ada"), TEXT)


def test_a_document_and_an_object(street: Talkers) -> None:
    (street.home / "map.md").write_text("# Map\n\n" + TEXT + "\n")
    assert street("ada", "add", "map.md").code == 0
    [document] = street.json("ada", "ls")["documents"]
    refused = street("ada", "erase", document["source"], "--yes")
    assert refused.code == 2
    assert "is named by event" in refused.err
    assert holds(street.path("ada"), TEXT)
    assert street("ada", "rm", "map.md").code == 0
    assert holds(street.path("ada"), TEXT)  # gc would remove it in two weeks
    done = street.json("ada", "erase", document["source"], document["document"], "--yes")
    assert done["objects"] in (1, 2)  # they may be one and the same
    assert not holds(street.path("ada"), TEXT)
    assert street("ada", "fsck").code == 0


def test_of_a_file_that_has_begun_to_come_nothing_is_left(street: Talkers) -> None:
    (street.home / "map.txt").write_bytes(b"a map")
    id = street.send("ada", "#here", TEXT, "--attach", "map.txt")
    ada = street.inside("ada")
    store, community = ada.home.store, ada.home.store.log.get(bytes.fromhex(id)).header.community
    [file] = store.log.get(bytes.fromhex(id)).header.refs
    shed(store, [file])
    with store.batch() as batch, batch.transaction() as tx:
        begun.keep(store, tx, community, bytes(32), file, 0, FILE)
    ada.home.close()
    assert holds(street.path("ada"), FILE[:200])
    assert street.json("ada", "erase", id, "--yes")["complete"]
    assert not holds(street.path("ada"), FILE[:200])


def test_the_event_of_a_document(street: Talkers) -> None:
    (street.home / "map.md").write_text("# Map\n\n" + TEXT + "\n")
    assert street("ada", "add", "map.md").code == 0
    log = street("ada", "log", "--kind", "document", "--json").out
    import json

    id = json.loads(log.splitlines()[0])["id"]
    run = street("ada", "erase", id, "--yes")
    assert run.code == 0, run
    assert "nobody: it was never sent" in run.out
    assert not holds(street.path("ada"), TEXT)
    assert street.json("ada", "ls")["documents"] == []


@pytest.mark.slow  # it waits for the reader
def test_while_somebody_reads_it_is_not_said_to_be_gone(street: Talkers) -> None:
    ids = [street.send("ada", "#here", TEXT) for _ in range(2)]
    assert street("ada", "chat", "read", "#here").code == 0
    with closing(sqlite3.connect(street.path("ada") / "cache.db")) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM chat_messages").fetchall()
        run = street("ada", "erase", ids[0], "--yes")
        assert run.code == 3, run
        assert f"overwritten, as process {os.getpid()} is reading here" in run.err
        assert street.json("ada", "erase", ids[1], "--yes", code=3)["complete"] is False


def test_what_is_needed_stays(street: Talkers) -> None:
    import json

    street.send("ada", "bo", TEXT)
    events = [json.loads(line) for line in street("ada", "log", "--json").out.splitlines()]
    for event in events:
        if event["lane"] == "control" or event["kind"] == 128:
            assert street("ada", "erase", event["id"], "--yes").code == 2
    assert street("ada", "erase", "0123456789abcdef", "--yes").code == 4
    assert street("ada", "erase", "nonsense", "--yes").code == 2


def test_what_is_erased_does_not_come_back_with_a_repair(street: Talkers) -> None:
    id = street.send("ada", "#here", TEXT)
    street("ada", "gc")  # seals it into a pack
    assert street("ada", "erase", id, "--yes").code == 0
    path = street.path("ada")
    for name in ("hearth.db", "hearth.db-wal", "hearth.db-shm"):
        (path / name).unlink(missing_ok=True)
    repair(path, now=NOW)
    assert not holds(path, TEXT)


# everything


def made(path: Path) -> list[bytes]:
    homes.create(path, "otto", NOW, passphrase="secret", strength=FAST)
    seeds = [file.open("secret") for file in changing.held(path)]
    with Home.open(path, passphrase=lambda: "secret") as home:
        home.store.put(FILE[:40_000])
    return seeds


def test_everything_goes_keys_first(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("not ours")
    path = tmp_path / "h"
    made(path)
    (path / "link").symlink_to(outside)
    same = tmp_path / "same"
    same.hardlink_to(path / "keys/person.key")
    order: list[str] = []

    class Watch(Disk):
        def call(self, operation, where, function, *args):  # type: ignore[no-untyped-def]
            if operation == "unlink":
                order.append(str(Path(where).relative_to(path)))
            return super().call(operation, where, function, *args)

    told: list[int] = []
    assert destroy(Watch(), path, told.append) == sum(told) > 40_000
    assert not path.exists()
    assert outside.read_text() == "not ours"
    assert not same.read_bytes().strip(b"\0")
    assert [name.startswith("keys/") for name in order[:2]] == [True, True]
    assert order[-2:] == ["identity.json", "lock.gc"]


@pytest.mark.parametrize("fails", [0, EIO])
def test_killed_anywhere_the_next_one_finishes(tmp_path: Path, fails: int) -> None:
    made(tmp_path / "h")
    counting = Dies()
    shutil.copytree(tmp_path / "h", tmp_path / "counted/h")
    destroy(counting, tmp_path / "counted/h", lambda count: None)
    assert counting.calls > 20
    for number in range(1, counting.calls + 1):
        path = tmp_path / f"{number}/h"
        shutil.copytree(tmp_path / "h", path)
        with suppress(Dead, HearthError):
            destroy(Dies(number, fails=fails), path, lambda count: None)
        if (path / "identity.json").exists():
            destroy(Disk(), path, lambda count: None)
        elif path.exists():
            assert {each.name for each in path.iterdir()} <= {"lock.gc"}


def test_not_while_it_is_in_use(street: Talkers) -> None:
    with street.serving("ada"):
        run = street("ada", "erase", "--everything", "--yes")
        assert run.code == 11, run
        assert "in use" in run.err
    assert street("ada", "fsck").code == 0
    run = street("ada", "erase", "--everything", "--yes")
    assert run.code == 0, run
    assert "stays with its 2 other members" in run.out
    assert street("ada", "status").code == 10


def test_another_process_has_it_open(tmp_path: Path) -> None:
    made(tmp_path / "h")
    before = files(tmp_path / "h/keys")
    with Home.open(tmp_path / "h") as home:
        home.store.log.last_arrival()
        with pytest.raises(LockedError):
            destroy(Disk(), tmp_path / "h", lambda count: None)
    assert files(tmp_path / "h/keys") == before
    with Home.open(tmp_path / "h") as home:
        assert not check(home.store, now=NOW, quick=False).damaged


def test_a_damaged_hearth_is_destroyed_as_well(tmp_path: Path) -> None:
    made(tmp_path / "h")
    (tmp_path / "h/hearth.db").write_bytes(b"nonsense" * 1000)
    destroy(Disk(), tmp_path / "h", lambda count: None)
    assert not (tmp_path / "h").exists()


def test_it_takes_words(hearth: Hearth) -> None:
    assert hearth("init", "--name", "ada").code == 0
    path = hearth.home / ".local/share/hearth"
    asked = 'Type "erase everything" to go on: '
    for answer in ("y", "yes", "everything"):
        code, _ = talk(hearth, "erase", "--everything", answers={asked: answer})
        assert code == 1
        assert path.exists()
    code, seen = talk(hearth, "erase", "--everything", answers={asked: "erase everything"})
    assert code == 0, seen
    assert not path.exists()


@pytest.mark.parametrize(
    "argv",
    [
        [],
        ["--everything", "--chat", "bo"],
        ["1234", "--everything"],
        ["1234", "--chat", "bo"],
        ["--here"],
        ["--everything", "--here"],
    ],
)
def test_one_thing_at_a_time(hearth: Hearth, argv: list[str]) -> None:
    assert hearth("erase", *argv, "--yes").code == 2
