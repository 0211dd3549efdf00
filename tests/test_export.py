"""What an export holds, and that no secret is in it; names that are safe wherever it lies."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from chat_kit import Talkers
from hypothesis import given, strategies as st
from keys_kit import talk
from leak_kit import find_leaks
from program import Hearth
from store_kit import Seam, SeamDisk

from hearth.audience.vault import PURPOSES, Vault
from hearth.backup import exporting
from hearth.backup.placing import MAX_DEPTH, MAX_PATH, Places
from hearth.home import Home
from hearth.identity import changing
from hearth.store import database, packs
from hearth.store.disk import DiskError, SyncFailedError, typed_errors

TEXT = "the pump is behind the house"
FILE = b"a photograph of the pump, " * 40


@pytest.fixture(scope="module")
def wrote(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """ada and bo have written to each other, in a group, and in a channel; made once."""
    folder = tmp_path_factory.mktemp("wrote")
    street = Talkers(folder)
    street.settle("ada", "bo")
    street.meet("ada", "bo")
    street.meet("ada", "bo")
    (street.home / "pump.jpg").write_bytes(FILE)
    street.send("ada", "bo", TEXT, "--attach", "pump.jpg")
    street.send("ada", "#here", "tea at four")
    assert street("ada", "chat", "group", "create", "stove", "bo").code == 0
    street.send("ada", "stove", "who has wood?")
    docs = street.home / "docs"
    docs.mkdir()
    (docs / "well.md").write_text("# The well\n\nMind the lid.\n")
    assert street("ada", "add", str(docs)).code == 0
    street.meet("ada", "bo")
    street.send("bo", "ada", "thanks for that")
    street.meet("ada", "bo")
    return folder


@pytest.fixture
def street(wrote: Path, tmp_path: Path) -> Talkers:
    shutil.copytree(wrote, tmp_path, dirs_exist_ok=True)
    return Talkers(tmp_path)


def keys(path: Path) -> list[bytes]:
    """Every secret key of a hearth, and what is derived of its device's."""
    found = [file.open() for file in changing.held(path)]
    with Home.open(path) as home:
        signer = home.signer(0)
        found += [signer.derive(purpose) for purpose in PURPOSES]
        vault = Vault(home.store.connection, signer)
        for (id,) in database.rows(home.store.connection, "SELECT id FROM audience_keys"):
            found.append(vault.key(id) or b"")
        places = database.rows(home.store.connection, "SELECT DISTINCT community FROM prekeys")
        for (community,) in places:
            found += [each.pair.secret for each in vault.prekeys(community)]
    assert len(found) > 6
    return found


def attachment_keys(street: Talkers, who: str) -> list[bytes]:
    from hearth.chat.shapes import Message
    from hearth.chat.talk import Talk
    from hearth.community.commons import Commons

    with Home.open(street.path(who)) as home, Talk.open(home, Commons(home)) as opened:
        return [
            each.key
            for conversation in opened.conversations()
            for item in opened.messages(conversation)
            if isinstance(item, Message)
            for each in item.attachments
            if each.key is not None
        ]


def everything(folder: Path) -> bytes:
    return b"\n".join(
        str(path).encode() + b"\n" + path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    )


def test_what_is_in_it_and_what_is_not(street: Talkers) -> None:
    target = street.home / "out"
    done = street.json("ada", "export", str(target))
    assert (done["documents"], done["chats"], done["files"], done["locked"]) == (1, 3, 1, 0)
    assert done["members"] == 2
    [well] = list(target.glob("documents/library/**/well.md"))
    assert well.read_text().startswith("# The well")
    texts = {path.name: path.read_text() for path in (target / "chats").glob("*.txt")}
    assert set(texts) == {"bo.txt", "#here.txt", "stove.txt"}
    assert TEXT in texts["bo.txt"]
    assert "thanks for that" in texts["bo.txt"]
    assert (target / "chats/bo/pump.jpg").read_bytes() == FILE
    lines = [json.loads(line) for line in (target / "chats/bo.jsonl").read_text().splitlines()]
    assert [line["text"] for line in lines] == [TEXT, "thanks for that"]
    events = [json.loads(line) for line in (target / "events.jsonl").read_text().splitlines()]
    assert {event["device"] for event in events} == {street.device("ada")}
    assert len(events) == done["events"]
    assert {"genesis", "corpus", "document"} <= {event["kind_name"] for event in events}
    members = [json.loads(line) for line in (target / "members.jsonl").read_text().splitlines()]
    assert {member["name"] for member in members} == {"ada", "bo"}
    [document] = [
        json.loads(line) for line in (target / "documents.jsonl").read_text().splitlines()
    ]
    assert target / document["file"] == well
    assert {path.stat().st_mode & 0o777 for path in target.rglob("*") if path.is_file()} == {0o600}

    secrets = [*keys(street.path("ada")), *attachment_keys(street, "ada")]
    assert len(attachment_keys(street, "ada")) == 1
    assert not find_leaks(everything(target), secrets)


def test_secrets_only_when_asked_for_in_words(street: Talkers) -> None:
    secrets = keys(street.path("ada"))
    target = street.home / "out"
    argv = ("--hearth", str(street.path("ada")), "export", str(target), "--include-secrets")
    hearth = Hearth(street.home)
    asked = 'Type "export my secrets" to go on: '
    for answer in ("yes", "", "export my secret"):
        code, seen = talk(hearth, *argv, answers={asked: answer})
        assert code == 1, seen
        assert not target.exists()
    code, seen = talk(hearth, *argv, answers={asked: "export my secrets"})
    assert code == 0, seen
    assert "in the clear" in seen
    found = [json.loads(line) for line in (target / "secrets/keys.jsonl").read_text().splitlines()]
    told = {bytes.fromhex(each["secret"]) for each in found}
    assert told <= {*secrets}
    assert {each["kind"] for each in found} == {"person", "device", "audience", "prekey"}
    for path in (target / "secrets").iterdir():
        path.unlink()
    assert not find_leaks(everything(target), secrets)


def test_parts_of_it(street: Talkers) -> None:
    run = street("ada", "export", "out", "--what", "members", "--what", "documents")
    assert run.code == 0, run
    names = {path.name for path in (street.home / "out").iterdir()}
    assert names == {"README.txt", "members.jsonl", "documents.jsonl", "documents"}
    assert street("ada", "export", "out", "--what", "secrets").code == 2


def test_nothing_is_overwritten_and_nothing_half_is_left(street: Talkers) -> None:
    (street.home / "out").mkdir()
    assert street("ada", "export", "out", "--what", "members").code == 0  # an empty one will do
    assert street("ada", "export", "out").code == 1
    assert street("ada", "export", "none/out").code == 1
    (street.home / "link").symlink_to(street.home / "nowhere")
    assert street("ada", "export", "link").code == 1
    (street.home / "file").touch()
    assert street("ada", "export", "file").code == 1
    before = sorted(path.name for path in street.home.iterdir())
    (street.path("ada") / "hearth.db").write_bytes(b"")
    assert street("ada", "export", "other").code == 13
    assert sorted(path.name for path in street.home.iterdir()) == before


def test_files_of_chats_that_are_damaged_are_left_out(street: Talkers) -> None:
    for path in (street.path("ada") / "packs").iterdir():
        os.truncate(path, 50)
    run = street("ada", "export", "out")
    assert (run.code, "1 files sent along are not here" in run.err) == (3, True), run
    assert not list((street.home / "out").rglob("pump.jpg"))
    assert (street.home / "out" / "members.jsonl").read_text()


class NotSynced(Seam):
    """A disk that loses the pages of one file, as it says when that is synced."""

    def disk(self, operation: str, path: Path, function: Callable[..., Any], args: Any) -> Any:
        if operation == "sync" and path.name == "a.txt":
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return function(*args)


def test_what_did_not_get_onto_the_medium_is_not_told_as_written(tmp_path: Path) -> None:
    def fill(folder: exporting.Folder) -> None:
        folder.write("notes/a.txt", [b"text"])
        folder.write("notes/b.txt", [b"text"])

    with SeamDisk(NotSynced()) as disk, pytest.raises(SyncFailedError):
        exporting.export(disk, tmp_path / "out", fill)
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_read_is_named_and_the_rest_is_written(
    street: Talkers, tmp_path: Path
) -> None:
    words = (hashlib.sha256(b"%d" % n).hexdigest() for n in range(4000))
    (street.home / "docs" / "long.md").write_text("# Long\n\n" + " ".join(words))
    assert street("ada", "add", str(street.home / "docs")).code == 0
    pack = max((street.path("ada") / "packs").iterdir(), key=lambda path: path.stat().st_size)
    data = bytearray(pack.read_bytes())
    data[10_000::10_000] = bytes(255 - each for each in data[10_000::10_000])
    pack.write_bytes(data)
    run = street("ada", "export", str(tmp_path / "out"), "--what", "documents", "--json")
    assert run.code == 3, run
    said = json.loads(run.out)
    assert (said["documents"], said["lacking"]) == (2, 1)
    lines = (tmp_path / "out" / "documents.jsonl").read_text().splitlines()
    told = {each["name"]: each["file"] for each in map(json.loads, lines)}
    assert told["docs/long.md"] is None
    assert sorted(path.name for path in (tmp_path / "out" / "documents").rglob("*.*")) == [
        "well.md"
    ]
    assert (tmp_path / "out" / str(told["docs/well.md"])).read_text().startswith("# The well")


def test_where_only_the_text_is_left_of_a_document_it_is_said(
    street: Talkers, tmp_path: Path
) -> None:
    (street.home / "docs" / "page.html").write_text("<h1>Page</h1><p>The pump is red.</p>")
    assert street("ada", "add", str(street.home / "docs")).code == 0
    path = street.path("ada")
    with Home.open(path) as home:
        [source] = [
            id
            for (id,) in database.rows(home.store.connection, "SELECT id FROM objects")
            if home.store.get(id).startswith(b"<h1>")
        ]
        place = home.store.objects.locate(1, source)
        assert place is not None
        [pack] = (path / "packs").glob("*.hpk")
    with pack.open("r+b") as file:
        file.seek(place.record.offset + packs.RECORD_HEAD)
        file.write(bytes(4))
    for out in ("once", "again"):
        run = street("ada", "export", str(tmp_path / out), "--what", "documents", "--json")
        said = json.loads(run.out)
        assert (run.code, said["lacking"], said["text_only"]) == (3, 0, 1), run
        assert "only the text" in run.err
        assert "The pump is red." in next((tmp_path / out).rglob("page.html.txt")).read_text()
        assert not list((tmp_path / out).rglob("page.html"))


def test_what_cannot_be_read_is_told_from_what_cannot_be_written(tmp_path: Path) -> None:
    def bad(error: int) -> Iterator[bytes]:
        yield b"x" * 10
        with typed_errors(tmp_path / "pack", "read"):
            raise OSError(error, os.strerror(error))

    with SeamDisk(Seam()) as disk:
        folder = exporting.Folder(disk, tmp_path)
        assert not folder.copy("a", bad(errno.EIO))
        assert list(tmp_path.iterdir()) == []
        with pytest.raises(DiskError):
            folder.copy("b", bad(errno.ENODEV))  # the hearth's own disk is gone

    class Worn(Seam):
        def disk(self, operation: str, path: Path, function: Callable[..., Any], args: Any) -> Any:
            if operation == "write":
                raise OSError(errno.EIO, os.strerror(errno.EIO))
            return function(*args)

    with SeamDisk(Worn()) as disk, pytest.raises(DiskError):
        exporting.Folder(disk, tmp_path).copy("c", [b"bytes"])


def test_a_locked_key(street: Talkers) -> None:
    done = street._program(
        "key", "passphrase", "--new-passphrase-fd", "0", stdin="four score and seven",
        env={"HEARTH_DIR": str(street.path("ada"))},
    )  # fmt: skip
    assert done.code == 0, done
    run = street("ada", "export", "out")
    assert run.code in (0, 3), run  # what was read before is there without the key
    secret = street("ada", "export", "more", "--include-secrets", "--yes")
    assert secret.code == 12
    assert not (street.home / "more").exists()


# names


@pytest.mark.parametrize(
    "name",
    ["..", "../x", "/etc/passwd", "C:\\x", "CON", "con.txt", "nul", "a\0b", ".", "", "x.", " x ",
     ".hidden", "a\u202egpj.exe", "x" * 300, "a\nb", "lpt1.md", "\u00e9", "e\u0301", "~", "-rf"],
)  # fmt: skip
def test_names_stay_inside_and_mean_the_same_everywhere(name: str) -> None:
    place = Places().place("documents", "library", *name.split("/"))
    assert not place.is_absolute()
    assert place.parts[:1] == ("documents",)
    for part in place.parts:
        assert part not in ("", ".", "..")
        assert not set(part) & set('\\/\0\n<>:"|?*')
        assert part.partition(".")[0].lower() not in ("con", "nul", "aux", "prn", "lpt1")
        assert part == part.strip(" ")
        assert not part.endswith(".")
        assert not part.startswith((".", "-", "~"))


def test_twins_are_told_apart() -> None:
    places = Places()
    found = [
        str(places.place("d", name))
        for name in ("a.md", "A.MD", "a.md", "\u00e9", "e\u0301", "\ufb01", "fi", "CON", "con")
    ]
    assert len({each.casefold() for each in found}) == len(found)
    assert found[:3] == ["d/a.md", "d/A (2).MD", "d/a (3).md"]


def test_a_file_and_a_folder_of_one_name() -> None:
    places = Places()
    assert str(places.place("d", "x")) == "d/x"
    assert str(places.place("d", "x", "y")) == "d/x (2)/y"
    assert str(places.place("d", "x", "z")) == "d/x (2)/z"
    assert str(places.place("d", "X", "z")) == "d/X (3)/z"


def test_long_and_deep_names() -> None:
    places = Places()
    deep = places.place("d", *["x"] * (MAX_DEPTH - 1), "y")
    assert len(deep.parts) == MAX_DEPTH + 1
    assert str(places.place("d", *["x"] * MAX_DEPTH, "y")) == "d/long names/y"
    assert str(places.place("d", *["x" * 190] * 5, "y")) == "d/long names/y (2)"
    assert len(str(places.place("d", *["x" * 190] * 3, "y")).encode()) <= MAX_PATH


@given(st.lists(st.lists(st.text(max_size=12), min_size=1, max_size=4), max_size=20))
def test_no_two_documents_share_a_place(names: list[list[str]]) -> None:
    places = Places()
    found = [places.place("documents", *parts) for parts in names]
    folded = {str(place).casefold() for place in found}
    assert len(folded) == len(found)
    parents = {parent for place in found for parent in place.parents}
    assert not parents & set(found)
