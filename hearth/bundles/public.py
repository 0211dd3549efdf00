"""Open bundles: corpora that anybody may have, for anybody, sealed to nobody.

What is in one is taken in by people who ask for it, never by itself: as corpora of their own home,
private like everything there. A page at the front lists the documents, as DOCUMENT events do, and
is signed with the front; their objects follow. A document counts when all of its objects have
come, so a torn bundle brings the whole ones.

Who takes in another bundle of the same author's corpus gets what is new or changed in it, into the
same corpus here; what is gone there stays.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, NamedTuple

from hearth.bundles import offered
from hearth.bundles.front import list_objects
from hearth.bundles.objects import ObjectIntake
from hearth.corpora.library import check_name
from hearth.corpora.records import DocumentRecord, RecordError, is_licence
from hearth.store import cbor, manifest, servable
from hearth.store.errors import HearthError, NotFoundError, UsageError
from hearth.sync.bundle import BundleError, Header, Type, Writer, front_hash

if TYPE_CHECKING:
    from hearth.bundles.opening import Taken
    from hearth.corpora.catalogue import Corpus, Document
    from hearth.corpora.library import Library
    from hearth.mesh.node import Node
    from hearth.store.store import Store

PAGE: Final = 200
"""Documents on a page."""
MAX_PAGE: Final = 1 << 20
MAX_TEXT: Final = 64 << 20
_ORIGIN: Final = "bundle corpus "
_BAD_TEXT: Final = re.compile(
    "[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\xad\u200b\u202a-\u202e\u2060-\u2064\u2066-\u206f"
    "\ufeff\ufff9-\ufffb]"
)


class Page(NamedTuple):
    """Documents of one corpus. `origin` is its id where it was made."""

    origin: bytes
    name: str
    licence: str
    documents: tuple[DocumentRecord, ...]

    def encode(self) -> bytes:
        told: list[cbor.Value] = [each.encode() for each in self.documents]
        return cbor.encode([1, self.origin, self.name, self.licence, told], max_size=MAX_PAGE)

    @classmethod
    def decode(cls, body: bytes) -> Page:
        """Raises BundleError."""
        try:
            match cbor.decode(body, max_size=MAX_PAGE):
                case [1 as one, bytes(origin), str(name), str(licence), list(told)] if (
                    one is not True and len(origin) == 32
                ):
                    documents = tuple(
                        DocumentRecord.decode(each) for each in told if isinstance(each, bytes)
                    )
                    if is_licence(licence) and check_name(name) == name:
                        return cls(origin, name, licence, documents)
        except (cbor.CborError, RecordError, UsageError) as error:
            raise BundleError(f"a bad page of documents: {error.message}") from error
        raise BundleError("a bad page of documents")


@dataclass(slots=True)
class Brought:
    """What came of an open bundle: by corpus, documents added, the same as before, and not whole or
    not fit to be shown."""

    name: str
    corpus: bytes
    added: int = 0
    same: int = 0
    lacking: int = 0
    pages: list[Page] = field(default_factory=list)


# writing


def pieces(node: Node, library: Library, corpora: Sequence[Corpus]) -> Iterator[bytes]:
    """The bytes of an open bundle with these corpora. Needs the signer.

    Raises NotFoundError for a document whose bytes are not here.
    """
    store = node.home.store
    found = [(each, list(library.catalogue.documents(each.id))) for each in corpora]
    front = [
        (Type.CORPUS, Page(each.id, each.name, each.licence, tuple(page)).encode())
        for each, documents in found
        for page in _paged([_record(one) for one in documents])
    ]
    objects = _objects(store, [one for _, documents in found for one in documents])
    front = [*list_objects(objects), *front]
    signer, now = node.home.signer(node.now()), node.now()
    total = sum(length for _, length in objects)
    header = Header(
        signer.device, now, os.urandom(32), front_hash(front), (), objects=len(objects),
        size=total, full=True,
    )  # fmt: skip
    writer = Writer(header, signer)
    yield writer.begin
    for type, body in front:
        yield writer.record(type, body)
    yield writer.record(Type.FRONT, b"")
    for id, data in store.objects.ahead(id for id, _ in objects):
        yield from writer.object(id, data)
    yield writer.end()


def least(node: Node, library: Library, corpora: Sequence[Corpus]) -> int:
    """Bytes of the objects in an open bundle with these corpora. Raises as `pieces`."""
    documents = (one for each in corpora for one in library.catalogue.documents(each.id))
    return sum(length for _, length in _objects(node.home.store, documents))


def _record(document: Document) -> DocumentRecord:
    if document.keys is not None:
        raise UsageError(f'"{document.title}" is meant for some readers only')
    d = document
    return DocumentRecord(
        bytes(32), d.path, d.title, d.media, d.size, d.source, d.text, d.hash, d.form, d.pages
    )


def _paged(documents: Sequence[DocumentRecord]) -> Iterator[Sequence[DocumentRecord]]:
    for at in range(0, max(len(documents), 1), PAGE):
        yield documents[at : at + PAGE]


def _objects(store: Store, documents: Iterable[Document]) -> list[tuple[bytes, int]]:
    """All objects of documents: manifests before their chunks, the small before the large."""
    ids = {id for each in documents for id in (each.source, each.text)}
    large = servable.manifests(store.connection, ids)
    wanted, there = servable.closure(store, ids), offered.lengths(store)
    if wanted != servable.held(store.connection, wanted):
        raise NotFoundError("not all documents of the corpus are here", "hearth sync first")
    return sorted(
        ((id, there[id]) for id in wanted),
        key=lambda each: (each[0] not in large, each[1], each[0]),
    )


# taking in


def take(
    node: Node, library: Library, taken: Taken, found: Iterator[tuple[Type, bytes]]
) -> list[Brought]:
    """Take in an open bundle, as far as it is sound; idempotent. Raises what the store raises."""
    pages: list[Page] = []
    wanted: set[bytes] = set()
    keeper = _Keeper(node.home.store)
    try:
        for type, body in found:
            if type is Type.CORPUS:
                pages.append(Page.decode(body))
                wanted |= {id for one in pages[-1].documents for id in one.refs}
            elif type is Type.OBJECT:
                keeper.take(body[:32], memoryview(body)[32:], wanted)
    except BundleError as error:
        taken.damage = error
    finally:
        keeper.objects.commit()
    taken.summary.objects_in, taken.skipped = keeper.objects.kept, keeper.skipped
    return [_level(node, library, taken.header.device, each) for each in _by_origin(pages)]


class _Keeper:
    """Puts objects that are wanted into the store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.objects = ObjectIntake(store, lambda tx, ids: None)
        self._names = True  # some may be here that name others
        self.skipped = 0

    def take(self, id: bytes, data: memoryview, wanted: set[bytes]) -> None:
        if id not in wanted and self._names:
            self.objects.commit()
            self._names = False
            for each in servable.manifests(self._store.connection, wanted):
                wanted |= {chunk for chunk, _ in servable.chunks(self._store, each)}
        if id not in wanted:
            self.skipped += 1
            return
        self._names = self._names or manifest.decode(data) is not None
        self.objects.add(id, data)


def _by_origin(pages: Iterable[Page]) -> Iterator[Brought]:
    found: dict[bytes, Brought] = {}
    for page in pages:
        found.setdefault(page.origin, Brought(page.name, page.origin)).pages.append(page)
    yield from found.values()


def _level(node: Node, library: Library, author: bytes, brought: Brought) -> Brought:
    """Bring the corpus here level with what has come."""
    corpus = _corpus(node, library, author, brought)
    held = {each.path: each for each in library.catalogue.documents(corpus)}
    brought.corpus = corpus
    new: list[DocumentRecord] = []
    for page in brought.pages:
        for record in page.documents:
            before = held.get(record.path)
            if before is not None and before.text == record.text:
                brought.same += 1
            elif _is_fit(node.home.store, record):
                new.append(record)
            else:
                brought.lacking += 1
    for at in range(0, len(new), PAGE):
        with node.home.store.batch() as batch, batch.transaction() as tx:
            for record in new[at : at + PAGE]:
                library.add(tx, replace(record, corpus=corpus), node.now())
    brought.added = len(new)
    library.update()
    return brought


def _corpus(node: Node, library: Library, author: bytes, brought: Brought) -> bytes:
    """The corpus here that was made for it, or a new one with a name that is free."""
    page = brought.pages[0]
    key = f"{_ORIGIN}{author.hex()} {page.origin.hex()}"
    known = {each.id: each for each in library.catalogue.corpora()}
    held = node.home.store.meta(key)
    if isinstance(held, bytes) and held in known:
        brought.name = known[held].name
        return held
    taken = {each.name for each in known.values() if each.community == library.community}
    names = (page.name, *(f"{page.name} {n}" for n in range(2, 1000)))
    brought.name = next(each for each in names if each not in taken)
    with node.home.store.batch() as batch, batch.transaction() as tx:
        made = library.create(tx, brought.name, page.licence, node.now())
        tx.set_meta(key, made)
    library.update()
    return made


def _is_fit(store: Store, record: DocumentRecord) -> bool:
    """Whether all of a document is here, and its text is one that may be shown."""
    if not record.text or not all(map(store.has, servable.closure(store, record.refs))):
        return False
    data = bytearray()
    try:
        for piece in store.open_file(record.text):
            data += piece
            if len(data) > MAX_TEXT:
                return False
        return _BAD_TEXT.search(data.decode()) is None
    except (UnicodeDecodeError, HearthError):
        return False
