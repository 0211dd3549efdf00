"""Finding the files that `add` was pointed at: what is read, what is passed over, and why.

Names are bytes: a file name need not be text. Nothing is opened here except `.hearthignore`;
every kind of thing that is not a plain file inside the folder is named and left alone, so no
FIFO can make anybody wait and no link can lead out of the folder.

A document's *path* is its name in the corpus: the last part of the PATH that was given, and what
comes below it. `add ~/docs/wiki` gives "wiki/water.md" wherever ~/docs is mounted tomorrow.
"""

from __future__ import annotations

import errno
import os
import posixpath  # names are bytes, which pathlib does not know
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from hearth.corpora import ignore
from hearth.documents.media import Media, media_of_name


@dataclass(frozen=True, slots=True)
class Found:
    """A file to read. `place` is where it lies, absolute; `media` None: look at its bytes."""

    path: bytes
    place: bytes
    media: Media | None


class Weight(Enum):
    """How much a thing passed over matters."""

    NOTE = "note"  # nothing is wrong: an empty file, a picture
    PROBLEM = "problem"  # something the person pointed at is not in the corpus


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something passed over: its path, why, what to do about it."""

    path: bytes
    reason: str
    weight: Weight = Weight.PROBLEM
    code: str = "skipped"
    hints: tuple[str, ...] = ()


OTHER_KIND = "other-kind"
"""Code of files in a folder whose kind is not read: usually many, so they are only counted."""


def find(places: Sequence[bytes]) -> Iterator[Found | Skipped]:
    """Yield every file below `places` (absolute paths), each folder in order of names."""
    for place in places:
        place = posixpath.normpath(place)
        path = posixpath.basename(place) or b"root"
        try:
            place = posixpath.realpath(place, strict=True)  # a link that was named is meant
            mode = os.lstat(place).st_mode
        except (OSError, ValueError) as error:
            yield Skipped(path, _why(error), code="unreadable")
            continue
        if stat.S_ISDIR(mode):
            yield from _Folder(place, path).walk()
        elif stat.S_ISREG(mode):
            yield Found(path, place, media_of_name(os.fsdecode(path)))
        else:
            yield Skipped(path, _what(mode), code="no-file")


class _Folder:
    """One folder that was given, walked without recursion."""

    def __init__(self, place: bytes, path: bytes) -> None:
        self.top = place  # the real one: no link is in it
        self.path = path

    def walk(self) -> Iterator[Found | Skipped]:
        waiting: list[tuple[bytes, tuple[ignore.Rule, ...]]] = [(b"", ())]
        while waiting:
            below, rules = waiting.pop()
            place = posixpath.join(self.top, below) if below else self.top
            try:
                with os.scandir(place) as entries:
                    listed = sorted(entries, key=lambda entry: entry.name)
            except OSError as error:
                yield Skipped(posixpath.join(self.path, below), _why(error), code="unreadable")
                continue
            rules += tuple(_rules(listed, below))
            inner: list[bytes] = []
            for entry in listed:
                name = entry.name
                if name.startswith(b"."):
                    continue
                yield from self._entry(entry, below + b"/" + name if below else name, rules, inner)
            waiting.extend((name, rules) for name in reversed(inner))

    def _entry(
        self,
        entry: os.DirEntry[bytes],
        below: bytes,
        rules: tuple[ignore.Rule, ...],
        inner: list[bytes],
    ) -> Iterator[Found | Skipped]:
        path = self.path + b"/" + below
        try:
            folder = entry.is_dir(follow_symlinks=False)
            if rules and ignore.ignored(rules, below, folder=folder):
                return
            if folder:
                inner.append(below)
            elif entry.is_symlink():
                yield from self._link(entry.path, path)
            elif entry.is_file(follow_symlinks=False):
                yield _of_kind(path, entry.path)
            else:
                mode = entry.stat(follow_symlinks=False).st_mode
                yield Skipped(path, _what(mode), code="no-file")
        except OSError as error:
            yield Skipped(path, _why(error), code="unreadable")

    def _link(self, place: bytes, path: bytes) -> Iterator[Found | Skipped]:
        """A link to a file of the same folder is that file under another name."""
        target = posixpath.realpath(place, strict=True)
        if not target.startswith(self.top.rstrip(b"/") + b"/"):
            yield Skipped(path, "a link that leads out of the folder", code="link-outside")
            return
        mode = os.lstat(target).st_mode
        if stat.S_ISDIR(mode):
            note = "a link to a folder that is added itself"
            yield Skipped(path, note, Weight.NOTE, code="link-inside")
        elif stat.S_ISREG(mode):
            yield _of_kind(path, target)
        else:
            yield Skipped(path, f"a link to {_what(mode)}", code="no-file")


def _of_kind(path: bytes, place: bytes) -> Found | Skipped:
    media = media_of_name(os.fsdecode(posixpath.basename(path)))
    if media is None:
        return Skipped(path, "of a kind that is not read", Weight.NOTE, code=OTHER_KIND)
    return Found(path, place, media)


def _rules(listed: list[os.DirEntry[bytes]], below: bytes) -> list[ignore.Rule]:
    for entry in listed:
        if entry.name == ignore.NAME and entry.is_file(follow_symlinks=False):
            try:
                with open(entry.path, "rb") as file:
                    return ignore.parse(
                        file.read(ignore.SIZE_LIMIT), below + b"/" if below else b""
                    )
            except OSError:
                return []
    return []


def _what(mode: int) -> str:
    for test, name in (
        (stat.S_ISFIFO, "a FIFO"),
        (stat.S_ISSOCK, "a socket"),
        (stat.S_ISCHR, "a device"),
        (stat.S_ISBLK, "a device"),
        (stat.S_ISDIR, "a folder"),
    ):
        if test(mode):
            return name
    return "no plain file"


def _why(error: OSError | ValueError) -> str:
    number = getattr(error, "errno", None)
    if number == errno.ELOOP:
        return "a link that leads back to itself"
    if number == errno.ENOENT:
        return "does not exist"
    return (os.strerror(number) if number else str(error)).lower()
