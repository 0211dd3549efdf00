"""Documents that are only read: files given by name become an index in memory, and nothing else.

Nothing of them is stored, so nothing has to be removed afterwards.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from blake3 import blake3

from hearth.ask.sources import Source
from hearth.corpora import walk
from hearth.corpora.index import Index
from hearth.corpora.reading import Read, Reader
from hearth.documents.errors import DocumentError
from hearth.store.errors import HearthError, UsageError

CORPUS = "files"
MOST_FILES = 200
MOST_TEXT = 64 << 20
"""Bytes of text of all files together."""


class UnreadFilesError(HearthError, code="files-unread"):
    """None of the files could be read (exit 1)."""


class Files:
    """Files read into an index. `titles` are the documents in the order given, `skipped` what
    could not be read: (path, why, hints)."""

    def __init__(self) -> None:
        self.source = Source(Index.memory())
        self.titles: list[str] = []
        self.documents: list[bytes] = []
        self.skipped: list[tuple[str, str, tuple[str, ...]]] = []
        self._room = MOST_TEXT

    def read(self, places: Sequence[bytes], told: Callable[[int, str], None]) -> None:
        """Read every file at or below `places` (absolute paths); `told` hears (number, path).

        Raises UnreadFilesError if none can be read, UsageError for more than `MOST_FILES`.
        """
        for count, find in enumerate(walk.find(places), 1):
            path = os.fsdecode(find.path)
            told(count, path)
            if not isinstance(find, walk.Found):
                if find.code != walk.OTHER_KIND:
                    self.skipped.append((path, find.reason, find.hints))
            elif len(self.titles) >= MOST_FILES:
                raise UsageError(
                    f"more than {MOST_FILES} files", "hearth add makes a corpus of them"
                )
            else:
                self._one(find)
        if not self.titles:
            why = (
                f'"{self.skipped[0][0]}": {self.skipped[0][1]}' if self.skipped else "no file there"
            )
            raise UnreadFilesError(f"nothing could be read: {why}")

    def _one(self, find: walk.Found) -> None:
        path = os.fsdecode(find.path)
        try:
            with Reader(find.place, find.media, path) as reader:
                read = reader.read(lambda hash: False)
        except DocumentError as error:
            self.skipped.append((path, error.message, error.hints))
            return
        except OSError as error:
            self.skipped.append((path, (error.strerror or str(error)).lower(), ()))
            return
        assert isinstance(read, Read)
        text = read.extracted.text
        data = text.encode("utf-8")
        if len(data) > self._room:
            limit = f"the files hold more than {MOST_TEXT >> 20} MiB of text together"
            self.skipped.append((path, limit, ("hearth add makes a corpus of them",)))
            return
        self._room -= len(data)
        id = blake3(data).digest()
        if id not in self.documents:
            with self.source.index.batch():
                self.source.index.add_document(CORPUS, id, read.extracted.title, text)
            self.documents.append(id)
            self.titles.append(read.extracted.title)
