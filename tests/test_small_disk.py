"""A disk that is full to its last byte: what makes room works there, and what only reads. A disk
that is mounted read-only, and files that are somebody else's: it is said what is so."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import model_kit
import pytest
from program import Hearth, Run

from hearth.store import refused, reserve
from hearth.store.disk import Disk
from hearth.store.store import Store

ROOT = os.geteuid() == 0
ALONE = ["unshare", "--mount", *([] if ROOT else ["--map-root-user"])]
INSIDE = ["nsenter", "--mount", *([] if ROOT else ["--user", "--preserve-credentials"]), "--target"]
MOUNT = 'mount -t tmpfs -o size=16m tmpfs "$1" && cp -a "$2" "$1/hearth" && echo && exec cat'


class SmallDisk:
    """A disk of 16 MB of its own with a copy of a hearth on it."""

    def __init__(self, process: subprocess.Popen[bytes], folder: Path) -> None:
        self.outside = Path(f"/proc/{process.pid}/root{folder}")
        self.hearth = folder / "hearth"
        self.enter = [*INSIDE, str(process.pid)]
        self._files = 0

    def fill(self) -> None:
        """Fill it to its last byte."""
        self._files += 1
        with (
            (self.outside / f"fill{self._files}").open("wb", buffering=0) as file,
            contextlib.suppress(OSError),
        ):
            while file.write(bytes(4096)):
                pass
        assert os.statvfs(self.outside).f_bavail == 0


@pytest.fixture
def disk(hearth: Hearth, tmp_path: Path) -> Iterator[SmallDisk]:
    notes = hearth.home / "notes"
    notes.mkdir()
    for number in range(3):
        text = f"# Stove {number}\n\nOpen the window when stove {number} smokes.\n"
        (notes / f"{number}.md").write_text(text)
    here = {"HEARTH_ASK_BACKGROUND": "0"}
    hearth("init")
    assert hearth("add", "notes", env=here).code == 0
    model_kit.folder(hearth.home / "tiny")
    assert hearth("model", "add", "tiny", "--name", "tiny", env=here).code == 0
    folder = tmp_path / "small"
    folder.mkdir()
    argv = [*ALONE, "sh", "-c", MOUNT, "sh", folder, hearth.home / ".local/share/hearth"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(argv, **pipes) as process:  # type: ignore[call-overload]
        try:
            if process.stdout.readline() != b"\n":
                pytest.skip("no mounts of one's own here")
            yield SmallDisk(process, folder)
        finally:
            process.stdin.close()


needs_mounts = pytest.mark.skipif(
    shutil.which("unshare") is None, reason="no mounts of one's own here"
)


@needs_mounts
def test_reindex_keeps_the_index_where_there_is_no_room_for_another(
    hearth: Hearth, disk: SmallDisk
) -> None:
    def run(*argv: str) -> Run:
        return hearth("--hearth", disk.hearth, *argv, prefix=disk.enter)

    index = disk.outside / "hearth" / "cache.db"
    assert run("reindex").code == 0
    found, before = run("search", "stove").out, index.read_bytes()
    disk.fill()
    refused = run("reindex")
    assert refused.code == 15
    assert "no space left for a new index" in refused.err
    assert index.read_bytes() == before
    assert run("search", "stove").out == found


@needs_mounts
def test_room_can_be_made_and_everything_read(hearth: Hearth, disk: SmallDisk) -> None:
    def run(*argv: str, code: int = 0) -> str:
        disk.fill()
        done = hearth("--hearth", disk.hearth, *argv, prefix=disk.enter)
        assert done.code == code, (argv, done.err)
        return done.out

    assert "3 documents" in run("status")
    assert "Open the window when stove 1 smokes" in run("ask", "stove 1 smokes what do i do")
    assert "tiny" in run("model", "list")
    assert "all good" in run("fsck")
    big = hearth.home / "big.md"
    big.write_text("Snow lies on the roof. " * 40_000)
    run("add", str(big), "--corpus", "library", code=15)
    assert "removed notes/1.md" in run("rm", "notes/1.md")
    assert "notes/1.md" not in run("ls")
    assert 'removed "tiny"' in run("model", "remove", "tiny")
    assert "given back" in run("gc", "--now")
    assert 'removed corpus "library"' in run("corpus", "remove", "library")
    assert "0 objects in use" in run("gc", "--now")
    assert "all good" in run("fsck")
    assert (disk.outside / "hearth" / reserve.NAME).stat().st_size > reserve.SIZE / 2


def test_what_is_lent_and_what_is_given_up_is_kept_back_again(tmp_path: Path) -> None:
    place, disk = tmp_path / "hearth", Disk()
    with Store.create(place, now=1):
        pass
    kept = place / reserve.NAME
    assert kept.stat().st_blocks * 512 >= reserve.SIZE
    assert reserve.lend(place, disk)
    assert kept.stat().st_size == reserve.SIZE - reserve.LENT
    for _ in range(reserve.SIZE // reserve.LENT - 1):
        assert reserve.lend(place, disk)
    assert not reserve.lend(place, disk)
    reserve.keep(place, disk)
    assert kept.stat().st_size == reserve.SIZE
    reserve.give_up(place, disk)
    assert not reserve.lend(place, disk)
    assert not kept.exists()
    reserve.keep(place, disk)
    assert kept.stat().st_size == reserve.SIZE


@needs_mounts
def test_a_disk_that_is_mounted_read_only_is_called_so(hearth: Hearth, disk: SmallDisk) -> None:
    remount = ["mount", "-o", "remount,ro,bind", str(disk.hearth.parent)]  # all that no root may
    subprocess.run([*disk.enter, *remount], check=True)
    there = ("--hearth", disk.hearth)
    for argv in (
        ["rm", "notes/1.md"],
        ["model", "remove", "tiny"],
        ["gc"],
        ["config", "set", "store.budget", "1GB"],
    ):
        run = hearth(*there, *argv, prefix=disk.enter)
        assert run.code == 1
        assert "hint: the disk it lies on is mounted read-only" in run.err
        assert "who owns" not in run.err
    run = hearth(*there, "ls", prefix=disk.enter)
    assert (run.code, run.out.split()) == (0, ["notes/0.md", "notes/1.md", "notes/2.md"])
    assert (
        "Open the window when stove 1 smokes"
        in hearth(*there, "ask", "stove 1 smokes what do i do", prefix=disk.enter).out
    )


READING = (
    ["status"], ["log"], ["ls"], ["corpus"], ["model"], ["chat"],
    ["market"], ["emergency"], ["emergency", "report"], ["community"], ["member"], ["peer"],
    ["device"], ["id"], ["key"], ["config"], ["fsck"], ["verify"], ["search", "stove"],
)  # fmt: skip


@pytest.mark.slow
@needs_mounts
@pytest.mark.parametrize("closed", [True, False], ids=["closed", "not closed"])
def test_what_only_reads_works_where_nothing_can_be_written(
    hearth: Hearth, disk: SmallDisk, closed: bool
) -> None:
    """`not closed`: the system has made the disk read-only because it fails, as somebody wrote."""
    there, stick = ("--hearth", disk.hearth), hearth.home / "stick"
    stick.mkdir()
    hearth(*there, "community", "create", "Elm", prefix=disk.enter)
    hearth(*there, "bundle", "create", "--open", "--what", "corpus:library", stick / "a.hearth",
           prefix=disk.enter)  # fmt: skip
    if not closed:
        write = "import apsw, os, sys; c = apsw.Connection(sys.argv[1]);"
        write += " c.execute('UPDATE meta SET value = value + 1 WHERE key = ?', ('checkpoints',));"
        database = str(disk.hearth / "hearth.db")
        subprocess.run(
            [*disk.enter, sys.executable, "-c", write + " os._exit(0)", database], check=True
        )
    subprocess.run([*disk.enter, "mount", "-o", "remount,ro", str(disk.hearth.parent)], check=True)
    bundles = [["bundle", verb, str(stick / "a.hearth")] for verb in ("show", "verify")]
    for argv in (*READING, *bundles, ["bundle", "list", str(stick)]):
        run = hearth(*there, *argv, prefix=disk.enter)
        assert run.code == 0, (argv, run.err)


def test_whose_a_file_is_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody but root could try that for real, and root may write anything."""
    place = tmp_path / "hearth" / "hearth.db"
    refusing: list[Path] = []
    monkeypatch.setattr(os, "access", lambda path, how: Path(path) not in refusing)
    unsure = refused.why(None)
    assert "check who owns it" in unsure
    assert refused.why(place) == unsure  # nothing is in the way
    refusing.append(tmp_path)
    me = tmp_path.stat().st_uid
    monkeypatch.setattr(os, "geteuid", lambda: me + 4711)
    assert f'"{tmp_path}" belongs to user' in refused.why(place)
    assert f"and you are user {me + 4711}" in refused.why(place)
    monkeypatch.setattr(os, "geteuid", lambda: me)
    permits = "is yours, but its permissions are in the way: chmod"
    assert refused.why(place) == f'"{tmp_path}" {permits} u+rwx'
    place.parent.mkdir()
    place.touch()
    assert refused.why(place) == unsure
    refusing.append(place)
    assert refused.why(place) == f'"{place}" {permits} u+rw'
    refusing[:] = [place]
    assert refused.why(place.parent) == f'"{place}" {permits} u+rw'  # what lies in the folder
    monkeypatch.setattr(os, "geteuid", lambda: me + 4711)
    assert refused.why(place.parent).endswith(f": sudo chown -R $USER {place.parent}")
    monkeypatch.setattr(os, "geteuid", lambda: me)
    refusing[:] = [place.parent]
    assert refused.why(place) == f'"{place.parent}" {permits} u+rwx'
