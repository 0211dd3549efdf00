"""Finding files: .hearthignore, and everything in a folder that is no plain file."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from hearth.corpora import ignore
from hearth.corpora.reading import ChangedError, EmptyError, NoFileError, Read, Reader, Stamp
from hearth.corpora.walk import OTHER_KIND, Found, Skipped, Weight, find
from hearth.documents.errors import DocumentError, TooLargeError, UnsupportedError
from hearth.documents.media import Media


def found_in(place: Path) -> tuple[list[str], dict[str, Skipped]]:
    """Paths of the files found, and what was passed over by path."""
    files, passed = [], {}
    for one in find([os.fsencode(place)]):
        if isinstance(one, Found):
            files.append(os.fsdecode(one.path))
        else:
            passed[os.fsdecode(one.path)] = one
    return files, passed


@pytest.mark.parametrize(
    ("lines", "path", "folder", "verdict"),
    [
        ("*.tmp", "a/b.tmp", False, True),
        ("*.tmp", "b.tmpx", False, False),
        ("/a.md", "a.md", False, True),
        ("/a.md", "x/a.md", False, False),
        ("a/b", "a/b", False, True),
        ("a/b", "x/a/b", False, False),
        ("build/", "x/build", True, True),
        ("build/", "x/build", False, False),
        ("**/log", "x/y/log", False, True),
        ("**/log", "log", False, True),
        ("a/**/z", "a/z", False, True),
        ("a/**/z", "a/b/c/z", False, True),
        ("a/**", "a/b/c", False, True),
        ("a/**", "a", True, False),
        ("*.md\n!keep.md", "keep.md", False, False),
        ("*.md\n!keep.md\nkeep.md", "keep.md", False, True),
        ("?.md", "a.md", False, True),
        ("?.md", "ab.md", False, False),
        ("[ab].md", "b.md", False, True),
        ("[!ab].md", "b.md", False, False),
        ("[]x].md", "].md", False, True),
        ("[z-a]", "x", False, False),
        ("# x\n\\#y", "#y", False, True),
        ("\\!a", "!a", False, True),
        ("a  ", "a", False, True),
        ("a\\  ", "a ", False, True),
        ("a \t b", "a \t b", False, True),
        ("é*", "é.md", False, True),
        ("*/x", "a/b/x", False, False),
        ("a.b", "axb", False, False),
        ("[", "[", False, True),
        ("", "", False, False),
    ],
)
def test_ignore(lines: str, path: str, folder: bool, verdict: bool) -> None:
    rules = ignore.parse(lines.encode(), b"")
    assert ignore.ignored(rules, path.encode(), folder=folder) is verdict


def test_a_pattern_of_many_stars_is_quick() -> None:
    """As is a line of many spaces: tried from each of them on, it would take an hour."""
    rules = ignore.parse(b"*a" * 12 + b"b\na" + b" " * ignore.SIZE_LIMIT, b"")
    assert not ignore.ignored(rules, b"a" * 60, folder=False)
    assert ignore.parse(b"a" + b" " * (ignore.SIZE_LIMIT - 2) + b"b", b"") == []
    for length in (ignore.LONGEST - 1, ignore.LONGEST, ignore.LONGEST + 1):
        rules = ignore.parse(b"a" * length, b"")
        fits = ignore.ignored(rules, b"a" * length, folder=False)
        assert fits is (length <= ignore.LONGEST)


def test_folders_are_walked_in_order_and_ignored_ones_not_entered(tmp_path: Path) -> None:
    for name in ("z.md", "b/two.md", "b/one.txt", "a.md", ".hidden.md", ".git/x.md", "skip/s.md"):
        (tmp_path / "top" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "top" / name).write_text("x")
    (tmp_path / "top" / ".hearthignore").write_text("skip/\n")
    (tmp_path / "top" / "b" / ".hearthignore").write_text("*.txt\n!/../z.md")
    files, passed = found_in(tmp_path / "top")
    assert files == ["top/a.md", "top/z.md", "top/b/two.md"]
    assert passed == {}


def test_what_is_no_plain_file_is_named(tmp_path: Path) -> None:
    top = tmp_path / "top"
    (top / "inner").mkdir(parents=True)
    (top / "real.md").write_text("x")
    (tmp_path / "outside.md").write_text("secret")
    os.mkfifo(top / "fifo.md")
    (top / "loop.md").symlink_to("loop.md")
    (top / "dangling.md").symlink_to("nowhere")
    (top / "out.md").symlink_to(tmp_path / "outside.md")
    (top / "up.md").symlink_to("..")
    (top / "same.md").symlink_to("real.md")
    (top / "inner" / "back").symlink_to(top)
    (top / "device.md").symlink_to("/dev/zero")
    (top / "photo.jpg").write_bytes(b"x")
    listener = socket.socket(socket.AF_UNIX)
    here = Path.cwd()
    os.chdir(top)
    try:
        listener.bind("socket.md")
    finally:
        os.chdir(here)
        listener.close()
    files, passed = found_in(top)
    assert files == ["top/real.md", "top/same.md"]
    assert {path: (one.code, one.weight.value) for path, one in passed.items()} == {
        "top/fifo.md": ("no-file", "problem"),
        "top/socket.md": ("no-file", "problem"),
        "top/loop.md": ("unreadable", "problem"),
        "top/dangling.md": ("unreadable", "problem"),
        "top/out.md": ("link-outside", "problem"),
        "top/up.md": ("link-outside", "problem"),
        "top/device.md": ("link-outside", "problem"),
        "top/inner/back": ("link-outside", "problem"),
        "top/photo.jpg": (OTHER_KIND, "note"),
    }
    assert "leads back to itself" in passed["top/loop.md"].reason
    assert passed["top/fifo.md"].reason == "a FIFO"


def test_what_is_named_outright(tmp_path: Path) -> None:
    (tmp_path / "plain").write_text("text")
    (tmp_path / "link").symlink_to(tmp_path / "plain")
    os.mkfifo(tmp_path / "fifo")
    assert found_in(tmp_path / "link")[0] == ["link"]
    assert found_in(tmp_path / "fifo")[1]["fifo"].reason == "a FIFO"
    assert found_in(tmp_path / "nowhere")[1]["nowhere"].code == "unreadable"
    assert found_in(Path("/dev/null"))[1]["null"].reason == "a device"


def test_names_of_every_kind(tmp_path: Path) -> None:
    names = [
        b"new\nline.md",
        b"\x1b[2J.md",
        b"\xff\xfe.md",
        b"x" * 252 + b".md",
        "‮ gnp.md".encode(),
    ]
    for name in names:
        (tmp_path / os.fsdecode(name)).write_text("x")
    files, _ = found_in(tmp_path)
    assert sorted(os.fsencode(name).split(b"/", 1)[1] for name in files) == sorted(names)


def read(place: Path, media: Media | None = Media.MARKDOWN) -> Read:
    """Read one file as `add` does."""
    with Reader(os.fsencode(place), media, place.name) as reader:
        found = reader.read(lambda hash: False)
    assert isinstance(found, Read)
    return found


def test_reading_says_what_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "x.md"
    path.write_bytes(b"")
    with pytest.raises(EmptyError):
        read(path)
    path.write_bytes(b"\0\1")
    with pytest.raises(DocumentError):
        read(path)
    with pytest.raises(UnsupportedError):
        read(path, None)
    path.unlink()
    os.mkfifo(path)  # put there after the walk
    with pytest.raises(NoFileError):
        read(path)
    path.unlink()
    path.symlink_to("/etc/passwd")
    with pytest.raises(OSError, match="symbolic"):
        read(path)


@pytest.mark.parametrize(("media", "limit"), [(Media.MARKDOWN, 64 << 20), (Media.PDF, 512 << 20)])
def test_size_is_refused_before_reading(tmp_path: Path, media: Media, limit: int) -> None:
    path = tmp_path / "x"
    for size in (limit + 1, 5 << 30):
        with open(path, "wb") as file:
            file.truncate(size)
        with pytest.raises(TooLargeError):
            read(path, media)


def test_a_file_that_changes_is_read_again_then_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.md"
    path.write_text("before " * 100)
    changes = [1]
    stamp_of = Stamp.of

    def disturbed(found: os.stat_result) -> Stamp:
        if changes and changes.pop(0):
            path.write_text("shrunk")
        return stamp_of(found)

    monkeypatch.setattr(Stamp, "of", disturbed)
    assert read(path).extracted.text == "shrunk\n"
    changes[:] = [1, 0, 1, 0]
    path.write_text("before " * 100)

    def growing(found: os.stat_result) -> Stamp:
        with open(path, "a") as file:
            file.write("more")
        return stamp_of(found)

    monkeypatch.setattr(Stamp, "of", growing)
    with pytest.raises(ChangedError):
        read(path)


def test_a_stamp_is_settled_after_two_seconds() -> None:
    stamp = Stamp(1, 100_000_000_000, 90_000_000_000, 1, 1)
    assert [stamp.settled(now) for now in (101, 102, 103)] == [False, False, True]


def test_only_problems_weigh() -> None:
    assert Skipped(b"x", "empty", Weight.NOTE).weight is Weight.NOTE
