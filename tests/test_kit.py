"""hearth kit: made whole or not at all, verified to the byte, taken in once."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st
from kits import ARM, core, small_wheel, small_wheels
from program import ROOT, Hearth, Run

from hearth.corpora.catalogue import Corpus, Share
from hearth.corpora.naming import Named, Place
from hearth.kit import corpora, making, manifest, naming, readme
from hearth.kit.manifest import DamagedKitError, Machines, Manifest
from hearth.kit.models import Model
from hearth.kit.targets import Target
from hearth.store import unfinished
from hearth.store.disk import Disk, DiskError
from hearth.store.errors import HearthError, NoSpaceError

QUICK = True
PI = ("--platform", "linux-aarch64", "--python", "3.13")
SCRIPTS = sorted((ROOT / "hearth" / "kit" / "scripts").glob("*.sh"))
NOW = 1_800_000_000


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_wheels(tmp_path_factory.mktemp("index") / "wheels")


@pytest.fixture
def street(hearth: Hearth) -> Callable[..., Run]:
    """A hearth with a corpus that is private and one that is shared."""
    documents = hearth.home / "manuals"
    (documents / "Heating").mkdir(parents=True)
    (documents / "boiler.md").write_text("# Boiler\n\nPress the red button for 5 seconds.\n")
    (documents / "Heating" / "was ist: 100%?.txt").write_text("Turn the valve to the left.\n")
    (hearth.home / "diary.md").write_text("# Diary\n\nThe key is under the mat.\n")
    for line in (
        ["init", "--name", "ada"], ["community", "create", "Mill Lane"],
        ["add", "manuals", "--corpus", "manuals", "--licence", "CC-BY 4.0"],
        ["add", "diary.md", "--corpus", "diary"], ["corpus", "share", "manuals"],
    ):  # fmt: skip
        assert hearth(*line).code == 0
    return hearth


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


# making


def test_a_kit_is_made_of_a_folder_of_wheels(hearth: Hearth, wheels: Path) -> None:
    run = hearth("kit", "create", "a kit", "--wheels", str(wheels), "--json")
    assert run.code == 0, run
    said = json.loads(run.out)
    assert len(said["targets"]) == 8
    kit = hearth.home / "a kit"
    assert {"start.sh", "ask.sh", "trade.sh", "report.sh", "README.txt", "lib/kit.sh"} <= {
        *files(kit)
    }
    assert len(list((kit / "wheels").iterdir())) == len(core()) + 2
    page = (kit / "README.txt").read_text(encoding="ascii")
    assert all(len(line) <= 72 for line in page.splitlines())
    assert "Linux on aarch64, Python 3.11, 3.12, 3.13, 3.14" in page
    verified = hearth("kit", "verify", "a kit", "--json")
    assert verified.code == 0
    again = json.loads(verified.out)
    assert (again["whole"], again["number"]) == (True, said["number"])
    assert again["complete"] == said["targets"]
    assert not list(hearth.home.glob(".*.tmp"))


@pytest.mark.parametrize("name", ["apsw", "typing-more"])
def test_a_missing_wheel_is_named_and_nothing_is_left(
    hearth: Hearth, tmp_path: Path, name: str
) -> None:
    source = small_wheels(tmp_path / "few", without=[name])
    small_wheel(source, name, tag="cp312-cp312-manylinux_2_17_x86_64")
    before = {*hearth.home.rglob("*")}
    platform = ("--platform", "linux-x86_64", "--python", "3.12,3.11")
    run = hearth("kit", "create", "kit", "--wheels", str(source), *platform)
    assert run.code == 1
    assert run.err.startswith(f'hearth: error: no wheel of "{name}')
    assert "for linux-x86_64, Python 3.11" in run.err
    assert {*hearth.home.rglob("*")} - {hearth.home / ".local"} >= before
    assert not list(hearth.home.glob("*kit*"))


def test_through_pip_a_kit_gets_what_each_python_needs(hearth: Hearth, wheels: Path) -> None:
    """The real pip, whose index is a folder. It judges markers by its own Python: 3.11 needs
    typing-more, 3.13 does not; and a wheel for one target only is fetched for that one."""
    environment = {
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(wheels),
        "PIP_CONFIG_FILE": "/dev/null",
    }
    python = ("--platform", "linux-aarch64", "--python", "3.13,3.11")
    run = hearth("kit", "create", "kit", *python, env=environment)
    assert run.code == 0, run
    said = json.loads((hearth.home / "kit" / "manifest.json").read_bytes())
    has = [
        any(name.startswith("typing_more") for name in each["wheels"]) for each in said["targets"]
    ]
    assert has == [False, True]
    assert hearth("kit", "verify", "kit").code == 0


def test_through_pip_a_missing_wheel_is_named(hearth: Hearth, tmp_path: Path) -> None:
    source = small_wheels(tmp_path / "few", without=["blake3"])
    small_wheel(source, "blake3", tag=f"cp311-cp311-{ARM}")
    environment = {
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(source),
        "PIP_CONFIG_FILE": "/dev/null",
    }
    run = hearth("kit", "create", "kit", *PI, env=environment)
    assert run.code == 1
    assert 'no wheel of "blake3>=1.0" for linux-aarch64, Python 3.13' in run.err
    assert not list(hearth.home.glob("*kit*"))


def test_where_there_is_no_index_it_says_how_to_do_without(hearth: Hearth) -> None:
    environment = {
        "PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_RETRIES": "1", "PIP_TIMEOUT": "1",
        "PIP_CONFIG_FILE": "/dev/null", "PIP_FIND_LINKS": "", "PIP_EXTRA_INDEX_URL": "",
    }  # fmt: skip
    run = hearth("kit", "create", "kit", *PI, env=environment)
    assert run.code == 14, run
    assert "hint: without a network: --wheels FOLDER" in run.err
    assert not list(hearth.home.glob("*kit*"))


class Failing(Disk):
    """Fails at one operation."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.count = 0

    def call(self, operation: str, path: Path, function: Callable[..., Any], *args: Any) -> Any:
        if operation in ("open", "write", "sync", "mkdir", "replace", "rmdir", "sync-dir"):
            self.count += 1
            if self.count == self.at:
                raise OSError(errno.ENOSPC, "full")
        return function(*args)


def make(disk: Disk, folder: Path) -> None:
    with making.making(disk, folder) as made:
        made.put("start.sh", b"x")
        made.put("wheels/a.whl", iter([b"y" * 2_000_000, b"z"]))
        machines = Machines(Target("linux-x86_64", "3.11"), None, ("a.whl",))
        making.finish(disk, made, Manifest("1", NOW, (machines,), (), None, made.files))


@pytest.mark.parametrize("inside", [False, True])
def test_whatever_fails_nothing_is_left(tmp_path: Path, inside: bool) -> None:
    """Every write, sync and rename fails once; the folder that was there stays, empty."""
    counting = Failing(0)
    make(counting, tmp_path / "counted")
    assert counting.count > 12
    where = tmp_path / "where"
    where.mkdir()
    failed = 0
    for at in range(1, counting.count + 4):
        folder = where / "kit"
        if inside:
            folder.mkdir()
        try:
            make(Failing(at), folder)
        except (NoSpaceError, DiskError):
            failed += 1
            there = [path for path in where.rglob("*") if path != folder]
            assert (there, folder.exists()) == ([], inside), at
        else:
            assert manifest.verify(folder, manifest.load(folder)).whole
        shutil.rmtree(folder, ignore_errors=True)
    assert failed >= counting.count - 1


def test_a_stick_that_is_there_and_empty_is_filled(hearth: Hearth, wheels: Path) -> None:
    stick = hearth.home / "stick"
    for name in ("System Volume Information", ".Trashes", "lost+found"):
        (stick / name).mkdir(parents=True)
    (stick / "System Volume Information" / "IndexerVolumeGuid").write_bytes(b"x")
    (stick / "._.Trashes").write_bytes(b"x")
    left = unfinished.beside(stick / "stick")  # by one that was killed
    left.mkdir()
    (left / "start.sh").write_bytes(b"half")
    run = hearth("kit", "create", "stick", "--wheels", str(wheels), *PI)
    assert run.code == 0, run
    assert hearth("kit", "verify", "stick").code == 0
    assert not left.exists()


def test_what_a_person_has_there_is_in_the_way(hearth: Hearth, wheels: Path) -> None:
    (hearth.home / "stick").mkdir()
    (hearth.home / "stick" / ".notes").write_bytes(b"x")
    run = hearth("kit", "create", "stick", "--wheels", str(wheels), *PI)
    assert (run.code, "is not empty" in run.err) == (1, True)


# verifying


@pytest.fixture
def kit(tmp_path: Path) -> Path:
    make(Disk(), tmp_path / "kit")
    return tmp_path / "kit"


def test_every_flipped_byte_is_found(kit: Path) -> None:
    said = manifest.load(kit)
    assert manifest.verify(kit, said).whole
    for path in ("start.sh", "wheels/a.whl"):
        was = (kit / path).read_bytes()
        for at in {0, len(was) // 2, len(was) - 1}:
            (kit / path).write_bytes(was[:at] + bytes([was[at] ^ 1]) + was[at + 1 :])
            assert manifest.verify(kit, said).changed == [path]
        for longer in (was[:-1], was + b"\0"):
            (kit / path).write_bytes(longer)
            assert manifest.verify(kit, said).changed == [path]
        (kit / path).write_bytes(was)
    assert manifest.verify(kit, said).whole


def test_what_is_missing_and_what_was_added_is_found(kit: Path) -> None:
    said = manifest.load(kit)
    (kit / "start.sh").unlink()
    (kit / "wheels" / "b.whl").write_bytes(b"")
    (kit / "lib").symlink_to("/")
    for name in manifest.OURS:  # what the scripts put beside
        (kit / name).mkdir()
        (kit / name / "something").write_bytes(b"")
    verdict = manifest.verify(kit, said)
    assert (verdict.missing, verdict.added) == (["start.sh"], ["lib", "wheels/b.whl"])
    assert not verdict.changed
    (kit / "start.sh").symlink_to("wheels/a.whl")
    assert manifest.verify(kit, said).changed == ["start.sh"]
    (kit / "start.sh").unlink()
    (kit / "start.sh").mkdir()
    assert manifest.verify(kit, said).changed == ["start.sh"]


def test_what_systems_put_on_a_stick_is_no_damage(kit: Path) -> None:
    said = manifest.load(kit)
    for name in ("._start.sh", "desktop.ini", "wheels/.DS_Store", "wheels/Thumbs.db"):
        (kit / name).write_bytes(b"x")
    (kit / "System Volume Information").mkdir()
    (kit / "System Volume Information" / "WPSettings.dat").write_bytes(b"x")
    assert manifest.verify(kit, said).whole
    (kit / "autorun.inf").write_bytes(b"x")
    assert manifest.verify(kit, said).added == ["autorun.inf"]


def test_a_link_in_place_of_what_the_scripts_make_is_not_passed_over(kit: Path) -> None:
    said = manifest.load(kit)
    (kit / "local").symlink_to("wheels")
    (kit / "reports").write_bytes(b"")
    assert manifest.verify(kit, said).added == ["local", "reports"]


def test_a_manifest_with_any_byte_changed_is_one_or_is_refused(kit: Path) -> None:
    was = (kit / "manifest.json").read_bytes()
    number = manifest.load(kit).number
    for at in range(len(was)):
        for sign in (was[at] ^ 1, 0x22, 0xFF):
            (kit / "manifest.json").write_bytes(was[:at] + bytes([sign]) + was[at + 1 :])
            try:
                said = manifest.load(kit)
            except HearthError:
                continue
            assert (said.number == number) == (sign == was[at])


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "../x", "a/../b", "a//b", "./a", "a/", "C:x", "a\\b", "a\nb", ""]
)
def test_no_path_of_a_manifest_leads_out(kit: Path, path: str) -> None:
    said = json.loads((kit / "manifest.json").read_bytes())
    said["files"][path] = [0, "0" * 64]
    (kit / "manifest.json").write_text(json.dumps(said))
    with pytest.raises(DamagedKitError):
        manifest.load(kit)


def test_a_manifest_says_what_was_put_into_it(kit: Path) -> None:
    said = manifest.load(kit)
    brought = manifest.Corpus("m", "Manuals, all of them", "CC-BY", 3)
    ticket = {"file": "ticket.txt", "community": "Ü", "community_id": "ab", "expires": 5, "uses": 1}
    roles = ("model", "tokenizer")
    model = Model("m", "Ü", "embed", "onnx", roles, "", "", 9, 8, 7, "mean", "q: ", "")
    full = Manifest("1", NOW, said.machines, (brought,), ticket, said.files, (model,))
    (kit / "manifest.json").write_bytes(full.encode())
    read = manifest.load(kit)
    assert read == Manifest(
        "1", NOW, said.machines, (brought,), ticket, said.files, (model,), read.number
    )


# names


@given(st.lists(st.binary(min_size=1, max_size=40), max_size=8))
def test_names_are_safe_everywhere_and_never_the_same(paths: list[bytes]) -> None:
    names, seen = naming.Names(), set[str]()
    spelled: dict[str, str] = {}
    for path in paths:
        name = names.safe(path)
        key = unicodedata.normalize("NFC", name.casefold())
        assert key not in seen
        assert not any(each.startswith(key + "/") or key.startswith(each + "/") for each in seen)
        seen.add(key)
        manifest._checked(name)
        parts = name.split("/")
        for cut in range(1, len(parts)):  # FAT has a folder in one spelling only
            folder = "/".join(parts[:cut])
            key = unicodedata.normalize("NFC", folder.casefold())
            assert spelled.setdefault(key, folder) == folder
        for each in parts:
            assert each[-1] not in ". "
            assert len(each.encode()) <= 255
            assert not set(each) & set('\\:*?"<>|')
            assert each.split(".")[0].upper() not in ("CON", "NUL", "PRN", "AUX", "COM1", "LPT9")


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (b"wiki/water.md", "wiki/water.md"),
        ("Größe.md".encode(), "Größe.md"),
        (b"a: b?.md", "a%3A b%3F.md"),
        (b"100%.txt", "100%25.txt"),
        (b"nul", "%6Eul"),
        (b"aux.txt", "%61ux.txt"),
        (b"end.", "end%2E"),
        (b"\xff\x80.md", "%FF%80.md"),
        (b"../x", ".%2E/x"),
        (b"a\nb", "a%0Ab"),
    ],
)
def test_how_names_are_written(path: bytes, name: str) -> None:
    assert naming.Names().safe(path) == name


def test_names_that_differ_in_case_only_get_a_number() -> None:
    names = naming.Names()
    paths = (b"A.md", b"a.md", b"a.md/b", b"Docs/x", b"docs/y")
    wanted = ["A.md", "a (2).md", "a (3).md/b", "Docs/x", "Docs/y"]
    assert [names.safe(path) for path in paths] == wanted
    assert len(naming.Names().safe(b"x" * 300 + b".pdf")) <= naming.MAX_PART


# corpora


def named(label: str, place: Place, circle: bytes | None = None) -> Named:
    corpus = Corpus(label.encode().ljust(32, b"-"), b"c" * 32, label, "", b"", b"", circle)
    return Named(corpus, label, place, "Mill Lane")


class Shares:
    """Stands for a catalogue: what is shared."""

    def __init__(self, *found: Share) -> None:
        self._found = found

    def shares(self) -> list[Share]:
        return [*self._found]


def share(each: Named, *, stopped: bool = False, circle: bytes | None = None) -> Share:
    return Share(each.corpus.id, b"m" * 32, b"s" * 32, stopped, circle)


def test_who_may_read_a_corpus_decides_whether_a_pattern_means_it() -> None:
    private, shared = named("private", Place.HOME), named("shared", Place.HOME)
    stopped, some = named("stopped", Place.HOME), named("some", Place.HOME)
    followed, theirs = named("followed", Place.FOLLOWED), named("theirs", Place.FOLLOWED, b"r" * 32)
    elsewhere = named("elsewhere", Place.ELSEWHERE)
    everything = [private, shared, stopped, some, followed, theirs, elsewhere]
    catalogue: Any = Shares(
        share(shared), share(stopped, stopped=True), share(some, circle=b"r" * 32)
    )

    def meant(*names: str) -> dict[str, bool]:
        return {
            each.named.label: each.private for each in corpora.choose(catalogue, everything, names)
        }

    assert meant("*") == {"shared": False, "followed": False}
    assert meant("private") == {"private": True}
    assert meant("some", "stopped") == {"some": True, "stopped": True}
    assert meant("s*", "private", "shared") == {"shared": False, "private": True}
    for wrong in ("theirs", "elsewhere", "p*", "some*"):
        with pytest.raises(corpora.NotForAllError):
            meant(wrong)
    for wrong in ("nothing", "nothing*", "guide"):
        with pytest.raises(HearthError):
            meant(wrong)


def test_corpora_travel_with_their_licence_and_arrive_once(
    street: Hearth, wheels: Path, tmp_path: Path
) -> None:
    run = street("kit", "create", "kit", "--wheels", str(wheels), *PI, "--corpus", "*")
    assert run.code == 0, run
    assert "corpus  manuals: 2 documents, CC-BY 4.0" in run.out
    assert not list((street.home / "kit").rglob("diary*"))
    assert (
        "manuals: 2 documents; licence: CC-BY 4.0"
        in (street.home / "kit" / "README.txt").read_text()
    )
    (tmp_path / "otto").mkdir()
    otto = Hearth(tmp_path / "otto", quick=True)
    otto("init", "--name", "otto")
    kit = str(street.home / "kit")
    taken = otto("kit", "take", kit)
    assert (taken.code, taken.out) == (0, 'corpus "manuals": 2 documents (CC-BY 4.0)\n')
    listed = otto("ls").out.split("\n")
    assert "manuals/boiler.md" in listed
    assert "manuals/Heating/was ist%3A 100%25%3F.txt" in listed
    assert json.loads(otto("corpus", "show", "manuals", "--json").out)["licence"] == "CC-BY 4.0"
    assert otto("ask", "how do i restart the boiler press the red button").code == 0
    assert otto("kit", "take", kit) == (0, "", "", b"")
    otto("corpus", "remove", "manuals")
    assert otto("kit", "take", kit) == (0, "", "", b""), "what was removed does not come back"


def test_a_corpus_of_ones_own_is_left_alone(street: Hearth, wheels: Path, tmp_path: Path) -> None:
    street("kit", "create", "kit", "--wheels", str(wheels), *PI, "--corpus", "manuals")
    (tmp_path / "otto").mkdir()
    otto = Hearth(tmp_path / "otto", quick=True)
    otto("init", "--name", "otto")
    (otto.home / "mine.md").write_text("# Mine\n\nMy own words.\n")
    otto("add", "mine.md", "--corpus", "manuals")
    run = otto("kit", "take", str(street.home / "kit"), "--json")
    assert run.code == 1
    assert json.loads(run.out)["corpora"][0]["error"]["code"] == "corpus-exists"
    assert otto("ls").out == "mine.md\n"


def test_what_systems_put_beside_documents_is_not_in_the_way(
    street: Hearth, wheels: Path, tmp_path: Path
) -> None:
    street("kit", "create", "kit", "--wheels", str(wheels), *PI, "--corpus", "manuals")
    for name in ("desktop.ini", "Thumbs.db", ".DS_Store"):
        (street.home / "kit" / "corpora" / "manuals" / name).write_bytes(b"[words]\na = b\n")
    (tmp_path / "otto").mkdir()
    otto = Hearth(tmp_path / "otto", quick=True)
    otto("init", "--name", "otto")
    run = otto("kit", "take", str(street.home / "kit"))
    assert (run.code, "manuals" in run.out) == (0, True), run
    assert "desktop" not in otto("ls").out


def test_a_newer_kit_adds_to_what_an_earlier_one_brought(
    street: Hearth, wheels: Path, tmp_path: Path
) -> None:
    options = ("--wheels", str(wheels), *PI, "--corpus", "manuals")
    street("kit", "create", "one", *options)
    (street.home / "manuals" / "pump.md").write_text("# Pump\n\nIt needs a litre of oil.\n")
    street("add", "manuals", "--corpus", "manuals")
    street("kit", "create", "two", *options)
    (tmp_path / "otto").mkdir()
    otto = Hearth(tmp_path / "otto", quick=True)
    otto("init", "--name", "otto")
    assert otto("kit", "take", str(street.home / "one")).code == 0
    again = otto("kit", "take", str(street.home / "two"))
    assert (again.code, again.out) == (0, 'corpus "manuals": 1 document (CC-BY 4.0)\n')


def test_a_damaged_document_is_not_taken(street: Hearth, wheels: Path, tmp_path: Path) -> None:
    street("kit", "create", "kit", "--wheels", str(wheels), *PI, "--corpus", "manuals")
    path = street.home / "kit" / "corpora" / "manuals" / "manuals" / "boiler.md"
    path.write_bytes(path.read_bytes().replace(b"5", b"9"))
    assert street("kit", "verify", "kit").code == 13
    (tmp_path / "otto").mkdir()
    otto = Hearth(tmp_path / "otto", quick=True)
    otto("init", "--name", "otto")
    run = otto("kit", "take", str(street.home / "kit"))
    assert run.code == 13
    assert "corpora/manuals/manuals/boiler.md" in run.err
    assert otto("ls").out == ""


@pytest.mark.parametrize("link", [False, True])
def test_nothing_is_taken_that_was_put_into_a_kit_later(
    street: Hearth, wheels: Path, tmp_path: Path, link: bool
) -> None:
    street("kit", "create", "kit", "--wheels", str(wheels), *PI, "--corpus", "manuals")
    (tmp_path / "otto").mkdir()
    otto = Hearth(tmp_path / "otto", quick=True)
    otto("init", "--name", "otto")
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "letter.md").write_text("# A letter\n\nTo nobody.\n")
    planted = street.home / "kit" / "corpora" / "manuals" / "more"
    if link:
        planted.symlink_to(tmp_path / "secrets")
    else:
        shutil.copytree(tmp_path / "secrets", planted)
    (planted.parent / ".DS_Store").write_text("what a system leaves everywhere")
    run = otto("kit", "take", str(street.home / "kit"))
    assert run.code == 13
    assert "corpora/manuals/more/letter.md" in run.err
    assert otto("ls").out == ""
    planted.unlink() if link else shutil.rmtree(planted)
    assert otto("kit", "take", str(street.home / "kit")).code == 0


def test_where_a_file_is_in_the_way_it_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(HearthError, match="file"):
        make(Disk(), tmp_path / "file" / "kit")


def test_a_private_corpus_goes_in_only_by_name_and_it_is_said(street: Hearth, wheels: Path) -> None:
    options = ("--wheels", str(wheels), *PI, "--corpus")
    refused = street("kit", "create", "kit", *options, "d*")
    assert refused.code == 1
    assert "only corpora that are not shared with everybody" in refused.err
    assert not (street.home / "kit").exists()
    run = street("kit", "create", "kit", *options, "diary")
    assert run.code == 0
    assert 'corpus "diary" is not shared with everybody' in run.err


def test_an_invitation_is_made_last_and_says_until_when(street: Hearth, wheels: Path) -> None:
    options = ("--wheels", str(wheels), "--invite", "--expires", "3 days", "--uses", "4")
    few = street("kit", "create", "kit", *PI, "--wheels", str(street.home), "--invite")
    assert few.code == 1
    assert street("invite", "list").out == "", "what could not be made has invited nobody"
    run = street("kit", "create", "kit", *PI, *options, "--json")
    assert run.code == 0, run
    ticket = json.loads(run.out)["ticket"]
    assert (ticket["community"], ticket["uses"]) == ("Mill Lane", 4)
    [offered] = json.loads(street("invite", "list", "--json").out)["invitations"]
    assert (offered["expires"], offered["uses"]) == (ticket["expires"], 4)
    kit = street.home / "kit"
    assert (kit / "ticket.txt").read_text().startswith("hearth1")
    page = (kit / "README.txt").read_text()
    assert "invites 4 people to the community Mill Lane" in page
    assert "UNTIL " in page


def test_the_page_stays_72_columns_wide_whatever_stands_on_it() -> None:
    machines = [Machines(Target("linux-x86_64", "3.11"), "2.28", ())]
    brought = [manifest.Corpus("x", "a very long name " * 8, "licence " * 20, 1)]
    ticket = readme.Ticket("a community with a very long name " * 3, "Monday", 1)
    models = [
        Model("m", "a model with a long name " * 2, "embed", "onnx", (), "licence " * 20, "", 0, 0,
              0, "mean", "", "")
    ]  # fmt: skip
    page = readme.write(
        program="1", made="x", machines=machines, corpora=brought, models=models, ticket=ticket,
        size="1 MB",
    )  # fmt: skip
    assert max(map(len, page.splitlines())) <= 72


# scripts


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
@pytest.mark.parametrize("shell", ["dash", "sh", "bash"])
def test_shells_read_the_scripts(path: Path, shell: str) -> None:
    subprocess.run([shell, "-n", path], check=True)
    text = path.read_text(encoding="ascii")
    assert "[[" not in text
    assert "function " not in text


def sh(kit: Path, script: str, *argv: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["dash", kit / script, *argv], capture_output=True, text=True, check=False, cwd="/",
        env={"PATH": os.environ["PATH"], "HOME": str(kit.parent), **environ},
        stdin=subprocess.DEVNULL, timeout=60,
    )  # fmt: skip


@pytest.fixture
def foreign(hearth: Hearth, wheels: Path) -> Path:
    """A kit that no machine fits."""
    name = "it's a kit"
    assert hearth("kit", "create", name, "--wheels", str(wheels), "--python", "3.99").code == 0
    return hearth.home / name


def test_a_kit_for_other_machines_says_for_which(foreign: Path) -> None:
    run = sh(foreign, "start.sh", "what")
    assert run.returncode == 1
    assert "no Python here that this kit is for" in run.stderr
    assert "the kit is for linux-x86_64 with Python 3.99" in run.stderr
    assert not (foreign / "local").exists()


@pytest.mark.parametrize("script", ["ask.sh", "report.sh"])
def test_scripts_that_were_told_nothing(foreign: Path, script: str) -> None:
    run = sh(foreign, script)
    assert run.returncode == 2
    assert run.stderr.startswith(f"usage: sh {script}")


def test_a_stick_that_is_not_in(foreign: Path) -> None:
    run = sh(foreign, "trade.sh", "/media/nothing")
    assert run.returncode == 1
    assert "there is no folder /media/nothing" in run.stderr
