"""Where passages come from: an index of the hearth's own corpora, and one of the built-in guide.

The guide's index is a file in the user's cache directory, made anew whenever a card or the rules
for passages change, because making it costs several times what answering does. Where no file can
be kept it is made in memory: slower, the same answers.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from hearth import guide
from hearth.store.errors import HearthError

if TYPE_CHECKING:
    from hearth.corpora.index import Hit, Index

GUIDE_FILE = "guide.db"
_ABANDONED = 3600
"""Seconds without a change after which nobody is making it any more."""
SEPARATOR = "\x1f"  # of a card's title, keywords and topic in the index's title column


class Source:
    """A full-text index to answer from. Frequencies asked for once are remembered."""

    __slots__ = ("_frequencies", "_size", "index")

    def __init__(self, index: Index) -> None:
        self.index = index
        self._frequencies: dict[str, int] = {}
        self._size: int | None = None

    def size(self) -> int:
        """How many passages there are."""
        if self._size is None:
            row = self.index.connection.execute("SELECT sum(count) FROM index_entries").fetchone()
            self._size = int(row[0] or 0) if row else 0
        return self._size

    def languages(self) -> list[str]:
        """The languages other than English that its passages are in."""
        return self.index.languages()

    def frequency(self, stem: str) -> int:
        """In how many passages a stem stands."""
        known = self._frequencies.get(stem)
        if known is None and " " in stem:  # characters of a script without spaces, together
            known = self._frequencies[stem] = self.index.frequency(stem)
        if known is None:
            row = self.index.connection.execute(
                "SELECT doc FROM passage_terms WHERE term = ?", (stem,)
            ).fetchone()
            known = self._frequencies[stem] = int(row[0]) if row else 0
        return known

    def heads(self, word: str) -> bool:
        """Whether a word stands in a title or a heading."""
        from hearth.corpora.index import quote

        match = "{title heading} : " + quote(word)
        row = self.index.connection.execute(
            "SELECT 1 FROM passage_text WHERE passage_text MATCH ? LIMIT 1", (match,)
        ).fetchone()
        return row is not None

    def vocabulary(self, first: str) -> list[tuple[str, int]]:
        """Every stem that begins with the letter `first`, with its frequency."""
        return list(self.index.vocabulary(first, first + "\U0010ffff"))

    def hits(self, terms: Sequence[str], corpora: Sequence[str] | None, limit: int) -> list[Hit]:
        """The best passages with any of the words or phrases, best first."""
        from hearth.corpora.index import any_of

        return self.index.search(any_of(terms), corpora, limit)

    def titled(self, terms: Sequence[str], corpora: Sequence[str] | None, limit: int) -> list[Hit]:
        """The best passages of documents with any of the words or phrases in their titles."""
        from hearth.corpora.index import Expression, any_of

        found = Expression(f"{{title}} : ({any_of(terms)})")
        return self.index.search(found, corpora, limit)

    def whole(self, hit: Hit) -> list[Hit]:
        """Every passage of the hit's document, in order."""
        return self.index.passages(hit.document)

    def around(self, hit: Hit) -> list[Hit]:
        """The passages right before and after, as far as they stand under the same heading."""
        return [
            other
            for other in self.index.neighbours(hit, 1)
            if other.heading == hit.heading and other.page == hit.page
        ]


def guide_source(cache_dir: Path | None) -> Source | None:
    """The built-in guide's index, from `cache_dir` where possible; None if there are no cards."""
    from hearth.corpora.index import VERSION, Index

    state = f"{VERSION}\n{guide.state()}"
    if state == f"{VERSION}\n":
        return None
    if cache_dir is None:
        return Source(_fill(Index.memory(), state))
    path = cache_dir / GUIDE_FILE
    index = _kept(path, state)
    if index is None:
        index = _keep(path, state)
    return Source(index if index is not None else _fill(Index.memory(), state))


def _kept(path: Path, state: str) -> Index | None:
    """The index in the file, if it is there and of this state."""
    import apsw

    from hearth.corpora.index import Index

    if not os.path.exists(path):  # noqa: PTH110 - Path's own raises where nobody may look
        return None
    try:
        index = Index.open(path, read_only=True)
        row = index.connection.execute(
            "SELECT value FROM index_state WHERE key = 'guide'"
        ).fetchone()
    except apsw.Error:
        return None
    if row is None or row[0] != state:
        index.close()
        return None
    return index


def _keep(path: Path, state: str) -> Index | None:
    """Make the file: whole under another name first, so that no other run sees half of it."""
    import apsw

    from hearth.corpora.cache import delete_cache
    from hearth.corpora.index import Index
    from hearth.store.disk import Disk

    disk = Disk()
    scratch = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        disk.mkdirs(path.parent)
        with _fill(Index.open(scratch), state) as index:
            _carry(index, path)
        disk.replace(scratch, path)
        _sweep(path)
        return _kept(path, state)
    except BaseException as error:
        with suppress(OSError):  # a full disk must not be filled with what could not be made
            delete_cache(scratch)
        if isinstance(error, OSError | apsw.Error | HearthError):
            return None
        raise


def _sweep(path: Path) -> None:
    """Remove what others had begun beside the file, which has just been made, and never ended."""
    for each in path.parent.glob(f"{path.name}.*"):
        with suppress(OSError):
            if each.stat().st_mtime < path.parent.stat().st_mtime - _ABANDONED:
                each.unlink()


def _carry(index: Index, path: Path) -> None:
    """Take over the vectors of the file that is replaced: most cards are what they were."""
    from hearth.vectors import keeping

    if path.exists():
        keeping.carry(index.connection, path)


def _fill(index: Index, state: str) -> Index:
    with index.batch():
        for card in guide.cards():
            title = SEPARATOR.join((card.title, ", ".join(card.keywords), card.topic))
            index.add_document(guide.CORPUS, card.document, title, card.text)
        index.connection.execute("INSERT OR REPLACE INTO index_state VALUES('guide', ?)", (state,))
    return index
