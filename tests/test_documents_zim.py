"""ZIM files: written by libzim itself, whole, damaged, hostile; added, resumed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Timer
from typing import BinaryIO

import pytest
from program import Hearth
from zim_kit import page, write_zim

from hearth.corpora import adding, archives
from hearth.corpora.adding import Adder, Report
from hearth.corpora.catalogue import Catalogue
from hearth.corpora.index import Index
from hearth.corpora.library import Library
from hearth.documents import zim, zim_child
from hearth.documents.errors import DamagedError, ParserLimitError, UnsupportedError
from hearth.documents.zim import Article, Unread, articles
from hearth.home import Home, create
from hearth.identity.keyfile import MODERATE

pytestmark = pytest.mark.slow

QUICK = True
NOW = int(time.time())
LATER = NOW + 86_400  # files written by these tests are old by then

ARTICLES = {
    "Water": page("Water", "Boil the water for one minute."),
    "Fire/Tinder": page("Tinder", "Dry tinder lights at once, &amp; burns <b>fast</b>."),
    "Empty": "<html><body></body></html>",
    "Ünïcode 水": page("水", "饮用水必须煮沸。"),
}


@pytest.fixture
def library(tmp_path: Path) -> Path:
    others = {"style.css": ("text/css", b"body{}"), "note.txt": ("text/plain", b"secret words")}
    return write_zim(
        tmp_path / "small.zim",
        ARTICLES,
        others=others,
        redirects={"Wasser": "Water", "H2O": "Water"},
    )


def read(path: Path, start: int = 0) -> list[Article | Unread]:
    with path.open("rb") as file:
        return list(articles(file, start))


def test_articles_are_read_and_nothing_else(library: Path) -> None:
    found = {one.path: one for one in read(library)}
    assert set(found) == {"Water", "Fire/Tinder", "Ünïcode 水"}
    water, tinder = found["Water"], found["Fire/Tinder"]
    assert isinstance(water, Article)
    assert isinstance(tinder, Article)
    assert water.html == ARTICLES["Water"].encode()
    assert water.extracted.title == "Water"
    assert water.extracted.text == "# Water\n\nBoil the water for one minute.\n"
    assert "Dry tinder lights at once, & burns fast." in tinder.extracted.text


def test_reading_goes_on_at_any_entry(library: Path) -> None:
    whole = read(library)
    for start in range(12):
        assert read(library, start) == [one for one in whole if one.at >= start]


def test_without_time_it_is_given_up(library: Path) -> None:
    with library.open("rb") as file, pytest.raises(ParserLimitError):
        list(articles(file, 0, seconds=0))


def test_what_the_reader_takes_is_not_the_process_s_time(
    library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who adds a library on a slow card takes minutes over a few articles; none is dead for it."""
    gate = tmp_path / "gate"
    slow = (
        f"import os, time; from pathlib import Path\n"
        f"while not Path({str(gate)!r}).exists(): time.sleep(0.01)\n"
    )

    def before_each(descriptor: int, module: str, arguments: list[str]) -> object:
        boot = "import sys; sys.path[:] = sys.argv.pop(1).split('\\n'); "
        boot += "from hearth.documents import zim_child; say = zim_child._say\n"
        boot += "def late(head, *bodies):\n    if head.get('next'): exec(sys.argv[-1])\n"
        boot += "    say(head, *bodies)\nzim_child._say = late; zim_child.main(sys.argv[1:-1])"
        return subprocess.Popen(
            [sys.executable, "-I", "-c", boot, "\n".join(filter(None, sys.path)), *arguments, slow],
            stdin=descriptor,
            stdout=subprocess.PIPE,
        )

    class Clock:
        now = 0.0

        def monotonic(self) -> float:
            return self.now

    clock = Clock()
    monkeypatch.setattr(zim, "spawn", before_each)
    monkeypatch.setattr(zim, "time", clock)
    found = []
    with library.open("rb") as file:
        for one in articles(file):
            found.append(one)
            clock.now += 10 * zim.SECONDS
            if len(found) == 3:
                Timer(0.3, gate.touch).start()
    assert [one.path for one in found] == [one.path for one in read(library)]


def test_many_entries_take_several_processes(tmp_path: Path) -> None:
    many = {f"{n:05}": page(f"{n}", "Words.") for n in range(zim_child.AT_ONCE + 20)}
    found = read(write_zim(tmp_path / "many.zim", many))
    assert [one.path for one in found] == sorted(many)


def test_limits_of_an_article(tmp_path: Path) -> None:
    bodies = {}
    for more in (-1, 0, 1):
        html = page("Long", "{}")
        size = zim_child.ENTRY_BYTES + more - len(html) + 2
        bodies[f"size{more}"] = html.replace("{}", "word " * (size // 5) + "x" * (size % 5))
    path = write_zim(tmp_path / "big.zim", bodies)
    found = {one.path: one for one in read(path)}
    assert isinstance(found["size-1"], Article)
    assert isinstance(found["size0"], Article)
    one = found["size1"]
    assert isinstance(one, Unread)
    assert one.reason == "larger than 8 MiB"


def test_too_little_memory_is_survived(library: Path) -> None:
    with library.open("rb") as file, pytest.raises((DamagedError, ParserLimitError)):
        list(articles(file, memory=1 << 20))


@pytest.mark.parametrize("keep", [0, 4, 80, 300, 2000])
def test_a_file_cut_short_is_damaged(library: Path, keep: int) -> None:
    cut = library.with_name("cut.zim")
    cut.write_bytes(library.read_bytes()[:keep])
    with pytest.raises(DamagedError):
        read(cut)


def test_flipped_bits_never_escape(library: Path) -> None:
    data = library.read_bytes()
    bent = library.with_name("bent.zim")
    for at in range(0, len(data), max(1, len(data) // 20)):
        bent.write_bytes(data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :])
        try:
            found = read(bent)
        except (DamagedError, ParserLimitError):
            continue
        assert all(isinstance(one, Article | Unread) for one in found)


def test_without_libzim_it_is_said(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zim, "find_spec", lambda name: None)
    with pytest.raises(UnsupportedError) as caught:
        read(library)
    assert "extra zim" in caught.value.message
    assert 'pip install "hearth[zim]"' in caught.value.hints[0]


def test_without_libzim_one_in_a_folder_is_of_another_kind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    create(tmp_path / "h", "n", NOW, strength=MODERATE)
    (tmp_path / "files").mkdir()
    path = write_zim(tmp_path / "files" / "x.zim", ARTICLES)
    monkeypatch.setattr(adding, "readable", lambda: False)
    monkeypatch.setattr(zim, "find_spec", lambda name: None)
    report = Shelf(tmp_path / "h").add(path.parent)
    assert (report.other_kinds, report.skipped) == (1, [])
    [skipped] = Shelf(tmp_path / "h").add(path).skipped
    assert "extra zim" in skipped.reason
    assert skipped.hints


# through the program


def test_added_found_quoted(hearth: Hearth, library: Path) -> None:
    assert hearth("init", ".").code == 0
    run = hearth("add", str(library), "--json")
    assert (run.code, json.loads(run.out)["added"]) == (0, 3)
    run = hearth("search", "tinder", "--corpus", "library", "--json")
    [hit] = json.loads(run.out)["hits"]
    assert hit["title"] == "Fire/Tinder" or hit["title"] == "Tinder"
    listed = json.loads(hearth("ls", "--json").out)
    paths = {one["name"]: one for one in listed["documents"]}
    assert paths["small.zim/Water"]["media"] == "text/html"
    assert "small.zim/Wasser" not in paths
    assert hearth("search", "煮沸", "--corpus", "library").code == 0


def test_again_nothing_changes_and_a_new_edition_does(
    hearth: Hearth, library: Path, tmp_path: Path
) -> None:
    assert hearth("init", ".").code == 0
    os.utime(library, (1, 1))
    hearth("add", str(library))
    again = json.loads(hearth("add", str(library), "--json").out)
    assert (again["added"], again["changed"], again["unchanged"]) == (0, 0, 3)
    write_zim(library, ARTICLES | {"Water": page("Water", "Boil it for three minutes."),
                                   "New": page("New", "A new article.")})  # fmt: skip
    newer = json.loads(hearth("add", str(library), "--json").out)
    assert (newer["added"], newer["changed"], newer["unchanged"]) == (1, 1, 2)
    hearth("rm", "small.zim/New", "--corpus", "library")


def test_what_was_removed_comes_back(hearth: Hearth, library: Path) -> None:
    """The mark in cache.db says the file is done; the corpus says otherwise."""
    assert hearth("init", ".").code == 0
    old = 1_000_000_000
    os.utime(library, (old, old))
    hearth("add", str(library))
    assert hearth("rm", "small.zim/Water").code == 0
    assert json.loads(hearth("add", str(library), "--json").out)["added"] == 1


@dataclass
class Shelf:
    """A hearth without the program around it."""

    path: Path

    def add(self, zim: Path) -> Report:
        with Home.open(self.path) as home, Index.open(home.cache_path) as index:
            catalogue = Catalogue(index.connection)
            catalogue.update(home.store, home.community)
            adder = Adder(Library(home, catalogue), "c", now=LATER)
            return adder.add([os.fsencode(zim)], lambda *_: None)


def test_a_run_cut_short_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopped after two batches, the next run begins at the entry after them."""
    path = write_zim(tmp_path / "x.zim", {f"{n:03}": page(f"{n}", "Words.") for n in range(50)})
    create(tmp_path / "h", "n", NOW, strength=MODERATE)
    shelf = Shelf(tmp_path / "h")
    monkeypatch.setattr(adding, "BATCH_DOCUMENTS", 10)
    started: list[int] = []

    def stopping(file: BinaryIO, start: int) -> Iterator[Article | Unread]:
        started.append(start)
        for one in articles(file, start):
            if len(started) == 1 and one.path == "025":
                raise OSError(5, "stopped")
            yield one

    monkeypatch.setattr(archives, "articles", stopping)
    first = shelf.add(path)
    assert [one.reason for one in first.skipped] == ["stopped"]
    monkeypatch.setattr(archives, "articles", lambda file, start: stopping(file, start))
    second = shelf.add(path)
    assert started[0] == 0
    assert started[1] == 20  # what was pending with the stop went in at the end all the same
    assert (len(first.added), len(second.added), second.unchanged) == (25, 25, 25)
    third = shelf.add(path)
    assert started[2] > 50
    assert (third.added, third.unchanged) == ([], 50)


def test_two_articles_of_one_name(tmp_path: Path) -> None:
    path = write_zim(tmp_path / "x.zim", {"a b": page("A", "One."), "a  b": page("B", "Two.")})
    create(tmp_path / "h", "n", NOW, strength=MODERATE)
    report = Shelf(tmp_path / "h").add(path)
    assert report.added == [b"x.zim/a b"]
    assert [one.code for one in report.skipped] == ["same-name"]


def test_what_is_wrong_is_named(hearth: Hearth, library: Path) -> None:
    assert hearth("init", ".").code == 0
    bad = library.with_name("bad.zim")
    bad.write_bytes(b"ZIM\x04 and no more")
    other = library.with_name("other")
    other.write_bytes(library.read_bytes())
    run = hearth("add", str(bad), str(other))
    assert run.code == 3
    assert 'skipped "bad.zim": damaged' in run.err
    assert 'skipped "other": a ZIM file under another name' in run.err
    assert "Traceback" not in run.err
