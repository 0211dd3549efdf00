"""Where a document lies in an export: names that mean the same everywhere, and nothing else.

What a document was called comes from somebody's disk, or from somebody else. Each part of it
becomes one safe component (`attachments.file_name`: visible, no way up, no device of any system),
and what would be one file on a disk that does not tell capitals, or composed letters, apart becomes
two: the second is called `name (2)`.
"""

from __future__ import annotations

import unicodedata
from pathlib import PurePosixPath
from typing import Final

from hearth.chat.attachments import file_name

MAX_PATH: Final = 800
"""Bytes of a path in an export; what is longer lies in a folder for it."""
MAX_DEPTH: Final = 32
LONG: Final = "long names"


class Places:
    """Places given so far. Deterministic: the same names in the same order give the same places."""

    def __init__(self) -> None:
        self._taken: dict[PurePosixPath, set[str]] = {}
        self._folders: dict[tuple[PurePosixPath, str], PurePosixPath] = {}

    def place(self, *parts: str) -> PurePosixPath:
        """A place for a file that nobody has been given: the last part is its name."""
        *folders, name = [part for part in parts if part not in ("", ".")] or ["file"]
        size = sum(len(file_name(part).encode()) + 1 for part in (*folders, name))
        if size > MAX_PATH or len(folders) > MAX_DEPTH:
            folders = [folders[0], LONG] if folders else [LONG]
        at = PurePosixPath()
        for part in folders:
            at = self.folder(at, part)
        return self._new(at, name)

    def folder(self, within: PurePosixPath, name: str) -> PurePosixPath:
        """The folder for this name: the same for the same name."""
        key = within, name
        if key not in self._folders:
            self._folders[key] = self._new(within, name)
        return self._folders[key]

    def _new(self, within: PurePosixPath, name: str) -> PurePosixPath:
        safe = file_name(name)
        stem, dot, suffix = safe.rpartition(".")
        if not dot:
            stem, suffix = safe, ""
        taken = self._taken.setdefault(within, set())
        number, chosen = 1, safe
        while _folded(chosen) in taken:
            number += 1
            chosen = f"{stem} ({number}){dot}{suffix}"
        taken.add(_folded(chosen))
        return within / chosen


def _folded(name: str) -> str:
    """What disks that fold names make of one, or coarser."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
