"""Whole hearths of one community that share corpora with some, and sessions between them."""

from __future__ import annotations

import os
import random
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path

import audience_kit
import sharing_kit
from mesh_kit import Clock
from session_kit import Talk, converse

from hearth.corpora.adding import Adder, Report
from hearth.corpora.catalogue import Catalogue, Corpus, Document
from hearth.corpora.library import Library
from hearth.corpora.naming import Local, Named, named
from hearth.corpora.opening import Opener
from hearth.corpora.records import Whom
from hearth.corpora.sharing import Levelled, Sharing
from hearth.home import Home
from hearth.kinds import KEY
from hearth.mesh.whole import whole
from hearth.store import servable, wishes
from hearth.sync.session import Session

_salts = random.Random(5)


class Neighbour(audience_kit.Neighbour):
    """A person with one hearth, its corpora and its keys."""

    def open(self) -> None:
        self.home = Home.open(self.path)
        self._stack = ExitStack()
        self.node, self.index = self._stack.enter_context(whole(self.home, self.clock))
        self.keyring = self.node.keyring
        self.files = self.path.with_name(f"files of {self.path.name}")
        self.files.mkdir(exist_ok=True)

    def close(self) -> None:
        self._stack.close()
        self.home.close()

    def reopen(self) -> None:
        """As after the process was killed."""
        self.close()
        self.open()

    # corpora

    @property
    def library(self) -> Library:
        library = Library(self.home, Catalogue(self.index.connection))
        self.keyring.update(self.clock())
        library.update()
        return library

    @property
    def catalogue(self) -> Catalogue:
        return self.library.catalogue

    def add(self, corpus: str, files: Mapping[str, str], licence: str | None = None) -> Report:
        for name, text in files.items():
            (self.files / name).write_text(text)
        adder = Adder(self.library, corpus, licence=licence, now=self.clock() + 10)
        report = adder.add([os.fsencode(self.files / name) for name in files], lambda *_: None)
        self.index.update(self.home)
        return report

    def take_out(self, corpus: str, *names: str) -> None:
        sharing_kit.take_out(self.library, corpus, names, self.clock())

    def sharing(self) -> Sharing:
        return Sharing(self.library, self.clock(), self.node.commons.membership, self.keyring)

    def share(
        self,
        corpus: str,
        community: bytes,
        readers: Iterable[Neighbour] | None = None,
        writers: Iterable[Neighbour] | None = None,
        *,
        stewards: bool = False,
    ) -> Levelled:
        return self.sharing().share(
            self.library.find(corpus),
            community,
            None
            if readers is None
            else Whom.of([each.person for each in readers], stewards=stewards),
            None if writers is None else Whom.of(each.person for each in writers),
        )

    def level(self) -> list[Levelled]:
        return self.sharing().republish()

    def corpus(self, community: bytes, name: str) -> Corpus:
        found = self.catalogue.corpus(name, community)
        assert found is not None
        return found

    def seen(self, community: bytes) -> dict[str, list[str]]:
        """The corpora of a community as the catalogue has them: names, and their paths."""
        catalogue = self.catalogue
        return {
            each.name: [doc.path.decode() for doc in catalogue.documents(each.id)]
            for each in catalogue.corpora(community)
        }

    def documents(self, community: bytes, name: str) -> dict[str, Document]:
        catalogue = self.catalogue
        corpus = self.corpus(community, name)
        return {doc.path.decode(): doc for doc in catalogue.documents(corpus.id)}

    def corpora_here(self) -> list[Named]:
        return named(self.catalogue, Local(self.home.store.connection, self.home.community))

    def follow(self, community: bytes, name: str) -> None:
        corpus = self.corpus(community, name)
        with self.home.store.batch() as batch, batch.transaction() as tx:
            wishes.follow(tx, corpus.id, community)

    def search(self, *words: str) -> list[str]:
        self.keyring.update(self.clock())
        self.index.update(self.home)
        return [hit.title for hit in self.index.search(words)]

    def everything(self) -> bytes:
        """All bytes of all files of the hearth but the reserve, which is 4 MiB of nothing."""
        return b"".join(
            path.read_bytes()
            for path in sorted(self.path.rglob("*"))
            if path.is_file() and path.name != "reserve"
        )

    def allows(self, community: bytes, id: bytes) -> bool:
        return servable.allowed(self.home.store.connection, community, id)

    def opener(self) -> Opener:
        return Opener(self.home)

    # sessions

    def session(self, other: Neighbour, salt: bytes) -> Session:
        grants = self.node.access.of_member(other.device)
        return Session(self.node.replica(other.device, grants), salt)

    def sync(self, other: Neighbour) -> Talk:
        salt = _salts.randbytes(32)
        talk = converse(self.session(other, salt), other.session(self, salt))
        assert talk.here.over
        assert talk.there.over
        self.node.settle()
        other.node.settle()
        return talk


def street(folder: Path, *names: str) -> tuple[list[Neighbour], bytes]:
    """A community of these, all of whom have stated prekeys and know each other's."""
    made, community = audience_kit.made_once(Neighbour, folder, names, Clock())
    for each in made:
        each.node.settle()
    return made, community


def knows(neighbour: Neighbour) -> bytes:
    """Everything on a hearth's disk, and what is in its packs and its database once more, unpacked:
    payloads, objects, and whatever its keys open."""
    store = neighbour.home.store
    parts = [neighbour.everything()]
    parts += [store.get(id) for (id,) in store.connection.execute("SELECT id FROM objects")]
    opener = neighbour.opener()
    for event in store.log.events():
        parts.append(event.payload or b"")
        if event.header.audience is not None:
            parts.append(opener.open(event).inner or b"")
            if event.header.kind != KEY:
                parts.append(neighbour.keyring.open(event) or b"")
    return b"\n".join(parts)


def fold(neighbour: Neighbour) -> dict[str, list[tuple[object, ...]]]:
    """What the catalogue and the index hold, but for what is random or counts arrivals."""
    tables = {
        "catalogue_corpora": "event",
        "catalogue_documents": "event",
        "catalogue_shares": "event",
        "catalogue_makers": "corpus",
        "catalogue_sealed": "event",
        "catalogue_writers": "corpus",
        "index_corpora": "name",
        "index_missing": "document",
    }
    found = {
        name: list(neighbour.index.connection.execute(f"SELECT * FROM {name} ORDER BY {order}"))
        for name, order in tables.items()
    }
    passages = "SELECT title, heading, text FROM passage_text ORDER BY title, heading, text"
    return {**found, "passages": list(neighbour.index.connection.execute(passages))}
