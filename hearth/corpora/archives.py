"""Adding a ZIM file: every article in it becomes a document, at FILE.zim/PATH.

The source of such a document is the article's HTML. Articles go in by batches as files do; after
each, cache.db remembers how far this very file has been read for this corpus, so that a run that
was cut short goes on there, and one over a file that is done costs nothing. That is forgotten
where the file has changed, or where fewer of its articles are in the corpus than were put there.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from blake3 import blake3

from hearth.corpora.cache import query
from hearth.corpora.reading import ChangedError, Read, Reader, Stamp
from hearth.corpora.walk import Found
from hearth.documents.media import Media
from hearth.documents.normal import NORMAL_FORM
from hearth.documents.zim import Article, Unread, articles

if TYPE_CHECKING:
    from hearth.corpora.adding import Adder
    from hearth.store.batch import Batch

DIGEST = 16  # bytes of a mark that say what it is for


class Mark(NamedTuple):
    """How far a file has been read: the next entry, and how many articles are in the corpus."""

    next: int
    articles: int

    def pack(self, corpus: bytes) -> bytes:
        """The mark as cache.db keeps it, in place of a file's hash."""
        return _purpose(corpus) + self.next.to_bytes(8, "big") + self.articles.to_bytes(8, "big")


def _purpose(corpus: bytes) -> bytes:
    return blake3(b"hearth zim" + corpus + bytes([NORMAL_FORM])).digest(length=DIGEST)


def add(
    adder: Adder, find: Found, batch: Batch | None, progress: Callable[[int, str], None]
) -> None:
    """Add the articles of a ZIM file.

    Raises what `hearth.documents.zim.articles` does, and `ChangedError` when the file changes
    meanwhile; what was committed by then stays.
    """
    with Reader(find.place, Media.ZIM, os.fsdecode(find.path)) as reader:
        file = reader.open()
        stamp = Stamp.of(os.fstat(file.fileno()))
        prefix = find.path + b"/"
        present = {path for path in adder.held if path.startswith(prefix)}
        met: set[bytes] = set()
        start = _start(adder, find, stamp, len(present))
        adder.report.unchanged += start.articles
        for number, article in enumerate(articles(file, start.next), 1):
            path = prefix + article.path.encode("utf-8", "replace")
            one = Found(path, find.place + path[len(find.path) :], Media.HTML)
            progress(number, os.fsdecode(path))
            if path in met:
                adder.skip(one, "has the name of another article", "same-name")
            elif _one(adder, one, article, batch):
                present.add(path)
            met.add(path)
            if batch and adder.full:
                _commit(adder, find, batch, stamp, Mark(article.at + 1, len(present)))
        if Stamp.of(os.fstat(file.fileno())) != stamp:
            raise ChangedError("changes while it is being read")
        if batch:
            _commit(adder, find, batch, stamp, Mark(1 << 62, len(present)))


def _one(adder: Adder, find: Found, article: Article | Unread, batch: Batch | None) -> bool:
    """Add one article; whether it is in the corpus then."""
    if isinstance(article, Unread):
        adder.skip(find, article.reason, "document-damaged")
        return False
    hash = blake3(article.html).digest()
    held = adder.held.get(find.path)
    if held is not None and adder.is_whole(held) and held.hash == hash and held.form == NORMAL_FORM:
        adder.report.unchanged += 1
        return True
    stamp = Stamp(len(article.html), 0, 0, 0, 0)  # it lies in no file of its own
    read = Read(Media.HTML, stamp, hash, article.extracted, io.BytesIO(article.html))
    return adder.take(find, read, held, batch)


def _start(adder: Adder, find: Found, stamp: Stamp, present: int) -> Mark:
    """Where to begin: at the first entry, or where an earlier run got to."""
    sql = "SELECT size, mtime, ctime, inode, device, hash FROM seen_files WHERE path = ?"
    rows = query(adder.library.catalogue.connection, sql, (find.place,))
    if not rows or adder.id is None or Stamp(*rows[0][:5]) != stamp:
        return Mark(0, 0)
    kept: bytes = rows[0][5]
    if kept[:DIGEST] != _purpose(adder.id) or len(kept) != DIGEST + 16:
        return Mark(0, 0)
    numbers = kept[DIGEST:]
    mark = Mark(int.from_bytes(numbers[:8], "big"), int.from_bytes(numbers[8:], "big"))
    return mark if mark.articles <= present else Mark(0, 0)


def _commit(adder: Adder, find: Found, batch: Batch, stamp: Stamp, mark: Mark) -> None:
    adder.commit(batch)
    if adder.id is not None:
        adder.remember(find.place, stamp, mark.pack(adder.id))
