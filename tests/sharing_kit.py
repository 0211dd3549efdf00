"""Hearths of several people in one community, with real stores, and sessions between them."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol

import pytest
from blake3 import blake3
from session_kit import Talk, converse

from hearth import kinds
from hearth.community import records, statements
from hearth.community.records import Role
from hearth.corpora.adding import Adder, Report
from hearth.corpora.catalogue import Catalogue, Corpus
from hearth.corpora.index import Index
from hearth.corpora.judging import members_of
from hearth.corpora.library import Library
from hearth.corpora.naming import Local, Named, named
from hearth.corpora.sharing import Levelled, Sharing
from hearth.corpora.wanting import Wanting, serves
from hearth.home import Home, create
from hearth.identity.identity import DeviceSigner, community_id
from hearth.identity.keyfile import MODERATE, read_key
from hearth.store import servable
from hearth.store.header import Lane
from hearth.sync.replica import Grant
from hearth.sync.session import Session
from hearth.sync.store_replica import StoreReplica

NOW = 1_800_000_000
_salts = random.Random(11)


class Neighbour:
    """A person with one hearth."""

    def __init__(self, folder: Path, name: str) -> None:
        self.path = folder / name
        create(self.path, name, NOW, strength=MODERATE)
        self.home = Home.open(self.path)
        self.files = folder / f"files of {name}"
        self.files.mkdir()
        self.index = Index.open(self.home.cache_path)
        self.now = NOW

    @property
    def device(self) -> bytes:
        return self.home.identity.device

    @property
    def person(self) -> DeviceSigner:
        return DeviceSigner(read_key(self.path / "keys" / "person.key", "person").open(None))

    def reopen(self) -> None:
        """As after the process was killed."""
        self.index.close()
        self.home.close()
        self.home = Home.open(self.path)
        self.index = Index.open(self.home.cache_path)

    # communities

    def control(self, community: bytes, record: records.Record) -> bytes:
        return self.append(community, Lane.CONTROL, record.KIND, record.encode())

    def append(
        self, community: bytes, lane: Lane, kind: int, payload: bytes | None,
        refs: Iterable[bytes] = (), signer: DeviceSigner | None = None,
    ) -> bytes:  # fmt: skip
        self.now += 1
        with self.home.store.batch() as batch, batch.transaction() as tx:
            event = self.home.store.log.append(
                tx, signer or self.home.signer(NOW), community, lane, kind, payload, tuple(refs),
                wall=self.now,
            )  # fmt: skip
        return event.id

    def found(self, name: str = "Elm Street") -> bytes:
        nonce = blake3(name.encode()).digest()[:16]
        me = self.home.identity
        community = community_id(me.person, nonce)
        self.control(community, records.Genesis(me.certificate, nonce, name, me.name))
        self.join(community, name)
        return community

    def join(self, community: bytes, name: str) -> None:
        """Note that one belongs to it."""
        with self.home.store.batch() as batch, batch.transaction() as tx:
            tx.connection.execute(
                "INSERT INTO communities (id, number, name, state)"
                " VALUES (?, (SELECT count(*) + 1 FROM communities), ?, 1)",
                (community, name),
            )

    def admit(self, community: bytes, other: Neighbour, name: str = "Elm Street") -> None:
        """Take somebody in; they hold the control lane afterwards, and have said who they are."""
        ticket = DeviceSigner(os.urandom(32))
        invite = records.Invite(ticket.device, bytes(32), Role.MEMBER, 1, NOW + 9999)
        invitation = self.control(community, invite)
        cert = other.home.identity.certificate
        holder = statements.sign_holder(ticket.sign, community, cert)
        consent = statements.sign_consent(
            other.home.signer(NOW).sign, community, ticket.device, cert
        )
        seat = self.control(community, records.Admit(invitation, cert, holder, consent))
        other.copy(self, community, Lane.CONTROL)
        joins = statements.sign_joins(other.person.sign, community, seat, other.device)
        other.control(community, records.Device(cert, seat, joins))
        other.join(community, name)
        self.copy(other, community, Lane.CONTROL)

    def copy(self, other: Neighbour, community: bytes, lane: Lane) -> None:
        with self.home.store.batch() as batch, batch.transaction() as tx:
            self.home.store.log.import_events(tx, other.home.store.log.records(community, lane))

    # corpora

    @property
    def library(self) -> Library:
        library = Library(self.home, Catalogue(self.index.connection))
        library.update()
        return library

    @property
    def catalogue(self) -> Catalogue:
        return self.library.catalogue

    def write(self, files: Mapping[str, str]) -> None:
        for name, text in files.items():
            (self.files / name).write_text(text)

    def add(self, corpus: str, files: Mapping[str, str], licence: str | None = None) -> Report:
        self.write(files)
        self.now += 10
        adder = Adder(self.library, corpus, licence=licence, now=self.now)
        report = adder.add([os.fsencode(self.files / name) for name in files], lambda *_: None)
        self.index.update(self.home)
        return report

    def remove(self, corpus: str, *names: str) -> None:
        take_out(self.library, corpus, names, self.now)

    def sharing(self) -> Sharing:
        return Sharing(self.library, self.now)

    def share(self, corpus: str, community: bytes) -> Levelled:
        return self.sharing().share(self.library.find(corpus), community)

    def seen(self, community: bytes) -> dict[str, list[str]]:
        """The corpora of a community as the catalogue has them: names, and their paths."""
        catalogue = self.catalogue
        return {
            each.name: [doc.path.decode() for doc in catalogue.documents(each.id)]
            for each in catalogue.corpora(community)
        }

    def corpus(self, community: bytes, name: str) -> Corpus:
        found = self.catalogue.corpus(name, community)
        assert found is not None
        return found

    def names(self) -> list[Named]:
        return named(self.catalogue, Local(self.home.store.connection, self.home.community))

    def follow(self, community: bytes, name: str) -> None:
        corpus = self.corpus(community, name)
        with self.home.store.batch() as batch, batch.transaction() as tx:
            tx.connection.execute("INSERT INTO follows VALUES (?, ?)", (corpus.id, community))

    def ask_for(self, community: bytes, *ids: bytes) -> None:
        with self.home.store.batch() as batch, batch.transaction() as tx:
            tx.connection.executemany(
                "INSERT OR IGNORE INTO asked VALUES (?, ?, ?)", [(community, id, NOW) for id in ids]
            )

    def search(self, *words: str) -> list[str]:
        self.index.update(self.home)
        return [hit.title for hit in self.index.search(words)]

    def everything(self) -> bytes:
        """All bytes of all files of the hearth, one after another."""
        return b"".join(
            path.read_bytes() for path in sorted(self.path.rglob("*")) if path.is_file()
        )

    # sessions

    def allows(self, community: bytes, id: bytes) -> bool:
        return servable.allowed(self.home.store.connection, community, id)

    def access(self, peer: bytes) -> dict[bytes, Grant]:
        """What this hearth serves to `peer`: the communities whose member the peer is."""
        members = members_of(self.home.store)
        joined = Local(self.home.store.connection, self.home.community).communities
        return {
            each: Grant(serves=serves(self.home, each))
            for each in joined
            if members(each).person_of(peer) is not None
        }

    def replica(self, peer: bytes) -> StoreReplica:
        wanting = Wanting(self.home, Catalogue(self.index.connection))
        return StoreReplica(self.home.store, peer, self.access, wanting.wants)

    def sync(self, other: Neighbour) -> Talk:
        salt = _salts.randbytes(32)
        talk = converse(
            Session(self.replica(other.device), salt), Session(other.replica(self.device), salt)
        )
        assert talk.here.over
        assert talk.there.over
        return talk


def two(folder: Path) -> tuple[Neighbour, Neighbour, bytes]:
    """Ada and Bob, and the community that they are in."""
    ada, bob = Neighbour(folder, "ada"), Neighbour(folder, "bob")
    community = ada.found()
    ada.admit(community, bob)
    return ada, bob, community


__all__ = ["NOW", "Neighbour", "kinds", "two"]


class Killed(Exception):
    """The process is gone."""


class Killable(Protocol):
    """Somebody whose hearth can be opened again after that."""

    home: Home

    def reopen(self) -> None: ...


def killed_at_every_write(
    who: Killable, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Callable[[], object]], int]:
    """What does a piece of work until it is done: killed at the first event it writes, at its
    second, …, while each time what was begun goes on. It gives how often it was begun."""
    log = type(who.home.store.log)
    append = log.append
    left = 0

    def dying(self: Any, *args: Any, **fields: Any) -> Any:
        nonlocal left
        left -= 1
        if left == 0:
            raise Killed
        return append(self, *args, **fields)

    monkeypatch.setattr(log, "append", dying)

    def until_done(work: Callable[[], object]) -> int:
        nonlocal left
        for kills in range(1, 100):
            left = kills
            try:
                work()
            except Killed:
                who.reopen()
            else:
                left = 0
                return kills
        raise AssertionError("it never ends")

    return until_done


def take_out(library: Library, corpus: str, names: Iterable[str], now: int) -> None:
    """Take the documents of these names out of a corpus."""
    wanted = set(names)
    listed = library.catalogue.documents(library.find(corpus).id)
    gone = [each for each in listed if each.path.decode() in wanted]
    assert len(gone) == len(wanted)
    with library.home.store.batch() as batch, batch.transaction() as tx:
        library.remove_documents(tx, gone, now)
