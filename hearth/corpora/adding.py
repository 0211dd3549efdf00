"""Adding files to a corpus: what is new is stored, what changed supersedes, the rest is left.

A file is unchanged when the hash of its bytes is that of the document under its path. Hashing is
spared only where cache.db remembers the very same size, times and inode from an earlier run, and
the file had then not been touched for two seconds: a cache that is lost or old costs time, never
a change. Documents go in by batches, each one run of the write protocol: killed anywhere, what
was acknowledged is there, and the next run repeats at most one batch.

A file that cannot be added is named in the report and the rest goes on.

To a corpus of a community, too, its maker and writers may add (`writing`); what is sealed there is
sealed while it is read.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

import apsw

from hearth.corpora import archives, walk
from hearth.corpora.cache import query
from hearth.corpora.catalogue import Document
from hearth.corpora.library import Library
from hearth.corpora.reading import EmptyError, HashingFile, Read, Reader, Stamp
from hearth.corpora.records import DocumentRecord, Keys
from hearth.corpora.walk import Found, Skipped, Weight
from hearth.corpora.writing import Desk
from hearth.documents.errors import DocumentError
from hearth.documents.media import Media
from hearth.documents.normal import NORMAL_FORM
from hearth.documents.zim import readable

if TYPE_CHECKING:
    from hearth.store.batch import Batch, Transaction

BATCH_DOCUMENTS = 500
BATCH_BYTES = 32 << 20

Progress = Callable[[int, str], None]


@dataclass(slots=True)
class Report:
    """What adding did. Paths are names in the corpus, as bytes."""

    added: list[bytes] = field(default_factory=list)
    changed: list[bytes] = field(default_factory=list)
    healed: list[bytes] = field(default_factory=list)
    """Unchanged, but what was stored of them was damaged or missing; now it is whole again."""
    unchanged: int = 0
    other_kinds: int = 0
    skipped: list[Skipped] = field(default_factory=list)

    def after(self, earlier: Report) -> None:
        """Count in what an earlier run did that was cut short, as this one found it unchanged."""
        for mine, theirs in (
            (self.added, earlier.added),
            (self.changed, earlier.changed),
            (self.healed, earlier.healed),
        ):
            again = set(self.added) | set(self.changed) | set(self.healed)
            done = [path for path in theirs if path not in again]
            mine[:0] = done
            self.unchanged -= len(done)

    @property
    def problems(self) -> list[Skipped]:
        """What was meant to be added and is not."""
        return [one for one in self.skipped if one.weight is Weight.PROBLEM]


class Adder:
    """Adds files to one corpus; `add` does it all, in batches.

    With a `Desk` as library it is that corpus of a community, else one of home, made if need be.
    """

    def __init__(
        self,
        library: Library,
        corpus: str,
        *,
        licence: str | None = None,
        now: int,
        dry_run: bool = False,
    ) -> None:
        self.library = library
        self.name = corpus
        self.licence = licence
        self.now = now
        self.dry_run = dry_run
        self.report = Report()
        self.desk = library if isinstance(library, Desk) else None
        self.corpus = (
            library.catalogue.corpus(corpus, library.home.community)
            if self.desk is None
            else self.desk.corpus
        )
        self.id = self.corpus.id if self.corpus else None
        self.held: dict[bytes, Document] = {}
        if self.id is not None:
            self.held = {each.path: each for each in library.catalogue.documents(self.id)}
        self._places: dict[bytes, bytes] = {}  # path → where this run found it
        self._pending: list[DocumentRecord] = []
        self._healed = False  # objects have been put that no new event speaks of
        self._bytes = 0
        self._seen: list[tuple[bytes, Stamp, bytes]] = []

    def add(self, places: Sequence[bytes], progress: Progress) -> Report:
        """Add every file at or below `places` (absolute paths).

        `progress` is called with (files so far, path shown). Durable when it returns: see the
        module. Raises what the store raises (`NoSpaceError`, `DiskError`, `LockedError`); then
        what earlier batches added stays.
        """
        if self.dry_run:
            self._each(walk.find(places), None, progress)
            return self.report
        self.library.home.signer(self.now)  # asks for the passphrase, if any, before all else
        with self.library.home.store.batch() as batch:
            self._each(walk.find(places), batch, progress)
            self.commit(batch)
            self._describe(batch)
        self.library.seal()
        return self.report

    def _each(
        self, finds: Iterable[Found | Skipped], batch: Batch | None, progress: Progress
    ) -> None:
        for count, find in enumerate(finds, 1):
            if isinstance(find, Found):
                progress(count, os.fsdecode(find.path))
                self._one(find, batch, progress)
            elif find.code == walk.OTHER_KIND:
                self.report.other_kinds += 1
            else:
                self.report.skipped.append(find)
            if batch and self.full:
                self.commit(batch)

    @property
    def full(self) -> bool:
        """Whether so much is pending that it is to be committed."""
        return len(self._pending) >= BATCH_DOCUMENTS or self._bytes >= BATCH_BYTES

    def _one(self, find: Found, batch: Batch | None, progress: Progress) -> None:
        try:
            if self._clashes(find):
                return
            if find.media is Media.ZIM:
                if b"/" in find.path and not readable():
                    self.report.other_kinds += 1  # in a folder it is one of many
                else:
                    archives.add(self, find, batch, progress)
                return
            held = self.held.get(find.path)
            whole = held is None or self.is_whole(held)
            if whole and self._unchanged(find):
                return
            with Reader(find.place, find.media, os.fsdecode(find.path)) as reader:
                read = reader.read(lambda hash: whole and _same(held, hash))
                if isinstance(read, Read):
                    self.take(find, read, held, batch)
                else:
                    self.report.unchanged += 1
                    self._seen.append((find.place, *read))
        except EmptyError as error:
            self.skip(find, error.message, error.code, Weight.NOTE)
        except DocumentError as error:
            self.skip(find, error.message, error.code, hints=error.hints)
        except OSError as error:
            self.skip(find, (error.strerror or str(error)).lower(), "unreadable")

    def skip(
        self,
        find: Found,
        reason: str,
        code: str,
        weight: Weight = Weight.PROBLEM,
        hints: tuple[str, ...] = (),
    ) -> None:
        """Report that something is passed over."""
        self.report.skipped.append(Skipped(find.path, reason, weight, code, hints))

    def _clashes(self, find: Found) -> bool:
        """Two files of one run cannot both have one path: the later would silently win."""
        first = self._places.setdefault(find.path, find.place)
        if first == find.place:
            return False
        reason = f'has the name of "{os.fsdecode(first)}"'
        hint = "add the folder that holds both, or use another --corpus"
        self.skip(find, reason, "same-name", hints=(hint,))
        return True

    def _unchanged(self, find: Found) -> bool:
        """Tell from cache.db alone that a file is the one that was read before."""
        held = self.held.get(find.path)
        if held is None or held.form != NORMAL_FORM:
            return False
        connection = self.library.catalogue.connection
        rows = query(connection, "SELECT * FROM seen_files WHERE path = ?", (find.place,))
        if not rows or rows[0][6] != held.hash:
            return False
        if _stamp(find.place) != Stamp(*rows[0][1:6]):
            return False
        self.report.unchanged += 1
        return True

    def is_whole(self, held: Document) -> bool:
        """Whether what is stored of a document is here and not known to be damaged.

        What somebody else has stated need not be here.
        """
        if self.desk is not None and held.device != self.library.home.identity.device:
            return True
        store = self.library.home.store
        return store.has_file(held.source) and store.has_file(held.text)

    def _other_origin(self, find: Found, held: Document) -> bytes | None:
        """Return the place of another file, still as it was, that `held` came from, if any.

        Without this, adding b/README.md would supersede, and so erase, what a/README.md gave.
        """
        connection = self.library.catalogue.connection
        sql = "SELECT * FROM seen_files WHERE hash = ? AND path <> ? LIMIT 16"
        own = query(connection, "SELECT hash FROM seen_files WHERE path = ?", (find.place,))
        if own and own[0][0] == held.hash:
            return None
        for row in query(connection, sql, (held.hash, find.place)):
            place: bytes = row[0]
            if place.endswith(b"/" + held.path) and _stamp(place) == Stamp(*row[1:6]):
                return place
        return None

    def take(self, find: Found, read: Read, held: Document | None, batch: Batch | None) -> bool:
        """Store what was read, to be stated with the next commit; whether that was possible."""
        if held is not None and (other := self._other_origin(find, held)) is not None:
            reason = f'has the name of "{os.fsdecode(other)}", which is in the corpus'
            hint = "add the folder that holds it, or use another --corpus"
            self.skip(find, reason, "same-name", hints=(hint,))
            return False
        text = read.extracted.text.encode("utf-8")
        stored = Stored(b"", b"")
        if batch is not None:
            sealed = self.library.readers is not None
            found = _put_sealed(batch, read, text) if sealed else _put(batch, read, text)
            if found is None:
                self.skip(find, "changes while it is being read", "document-changed")
                return False
            stored = found
        self._bytes += read.stamp.size + len(text)
        if read.stamp.inode:
            self._seen.append((find.place, read.stamp, read.hash))
        same = held is not None and _same(held, read.hash) and stored.text in (held.text, b"")
        if same and stored.keys is None:  # what is sealed anew is another object
            self._healed = True
            self.report.healed.append(find.path)
            return True
        record = DocumentRecord(
            self.id or b"",
            find.path,
            read.extracted.title,
            str(read.media),
            read.stamp.size,
            stored.source,
            stored.text,
            read.hash,
            NORMAL_FORM,
            read.extracted.pages,
            stored.keys,
        )
        self._pending.append(record)
        (self.report.changed if held else self.report.added).append(find.path)
        return True

    # writing

    def _describe(self, batch: Batch) -> None:
        """Give a corpus that was there already its new licence."""
        corpus = self.corpus
        if corpus is not None and self.licence not in (None, corpus.licence):
            with batch.transaction() as tx:
                self.library.describe(tx, corpus, self.licence or "", self.now)

    def commit(self, batch: Batch) -> None:
        """Make what is pending durable in one transaction, then remember the files' stamps.

        The corpus is made with its first documents: a run that adds nothing makes none.
        """
        if self._pending or self._healed:
            with batch.transaction() as tx:
                if self.id is None and self._pending:
                    self.id = self._make_corpus(tx)
                records = [replace(each, corpus=self.id or b"") for each in self._pending]
                self._state(tx, records)
        self._remember()
        self._pending, self._healed, self._bytes = [], False, 0

    def _state(self, tx: Transaction, records: Sequence[DocumentRecord]) -> None:
        """State documents in place of those that had their paths."""
        old = [self.held[each.path] for each in records if each.path in self.held]
        if self.desk is not None:
            self.desk.publish(tx, records, old, self.now)
            return
        stated = self.library.catalogue.stated
        superseded = [pair for each in old for pair in stated(each.corpus, each.path)]
        for record in records:
            self.library.add(tx, record, self.now)
        self.library.erase(tx, superseded, self.now)

    def _make_corpus(self, tx: Transaction) -> bytes:
        """Make the corpus, unless another process has done so meanwhile."""
        self.library.update()
        corpus = self.library.catalogue.corpus(self.name, self.library.home.community)
        if corpus is not None:
            return corpus.id
        return self.library.create(tx, self.name, self.licence or "", self.now)

    def remember(self, place: bytes, stamp: Stamp, hash: bytes) -> None:
        """Keep in cache.db what is known of a file, if its stamp can be trusted later."""
        self._seen.append((place, stamp, hash))
        self._remember()

    def _remember(self) -> None:
        rows = [
            (place, stamp.size, stamp.mtime, stamp.ctime, stamp.inode, stamp.device, hash)
            for place, stamp, hash in self._seen
            if stamp.settled(self.now)
        ]
        self._seen = []
        if rows:
            connection = self.library.catalogue.connection
            # Only a memory aid in cache.db: a lock on it must not fail what is durable already.
            with suppress(apsw.BusyError), connection:
                connection.executemany(
                    "INSERT OR REPLACE INTO seen_files VALUES(?, ?, ?, ?, ?, ?, ?)", rows
                )


class Stored(NamedTuple):
    """Where a document was put: its objects, and what opens them if they are sealed."""

    source: bytes
    text: bytes
    keys: Keys | None = None


def _put(batch: Batch, read: Read, text: bytes) -> Stored | None:
    """Put source and text; None where the file is not the one any more that was read."""
    file = HashingFile(read.file)
    source = batch.put_file(file)
    if file.digest() != read.hash:
        return None
    return Stored(source, batch.put_file(io.BytesIO(text)))


def _put_sealed(batch: Batch, read: Read, text: bytes) -> Stored | None:
    from hearth.corpora.readers import keys_of, seal_object

    file = HashingFile(read.file)
    try:
        source, source_key = seal_object(batch, file, read.stamp.size)
    except ValueError:  # it has another length by now
        return None
    if file.digest() != read.hash:
        return None
    sealed, text_key = seal_object(batch, io.BytesIO(text), len(text))
    return Stored(source, sealed, keys_of(source_key, text_key, text))


def _same(held: Document | None, hash: bytes) -> bool:
    return held is not None and held.hash == hash and held.form == NORMAL_FORM


def _stamp(place: bytes) -> Stamp | None:
    try:
        return Stamp.of(os.lstat(place))
    except OSError:
        return None
