"""Who was put out: is served nothing more by anyone who knows, and opens nothing sealed by them.

Cy was a member, in a group with the others, and is removed. The test holds Cy's whole folder, as
it is and as it was at every earlier time; it is given, besides, everything that the others hold:
every event, slot and object, however it may have come by them, and every parcel. It tries each
private half it has on each stanza, each key it has or so finds on everything sealed, until nothing
more opens. What was written before the removal still opens for Cy, who had it; of what Ada and Bo
wrote after they knew, nothing does. What Dan writes who does not know yet does, too: that is not
promised otherwise, and shows that the trying is in earnest.
"""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import apsw
import pytest
from audience_kit import Neighbour, carry
from mesh_kit import Clock
from street_kit import Street
from talk_kit import Talker, mix, street as settled
from test_parcel_community import Street as Parcelling, community_key, made

from hearth import kinds
from hearth.audience import objects, sealing, stanzas, vault
from hearth.audience.records import KeyRecord
from hearth.chat.errors import NotMemberError
from hearth.identity import identity as identities
from hearth.identity.keyfile import read_key
from hearth.store.database import rows
from hearth.store.errors import HearthError
from hearth.store.event import Event
from hearth.sync.cipher import KeyPair
from hearth.sync.parcel_errors import NotOursError
from hearth.sync.parcel_open import unseal


class Secrets(NamedTuple):
    """All that a folder has by which anything could be opened."""

    own: list[KeyPair]
    audiences: set[bytes]


def secrets_of(folder: Path) -> Secrets:
    """Everything: prekeys, sealing and transport keys, and the seeds themselves as keys; looked for
    in the files, so that nothing in them changes."""
    identity = identities.load(folder)
    own, seeds = [], []
    for path in sorted((folder / "keys").rglob("*.key")):
        seeds.append(read_key(path, "person" if path.stem == "person" else "device").open(None))
    connection = apsw.Connection(str(folder / "hearth.db"))
    signer = identities.signer(folder, identity, lambda: None)
    chest = vault.Vault(connection, signer)
    for (community,) in rows(connection, "SELECT DISTINCT community FROM prekeys"):
        own += [each.pair for each in chest.prekeys(community)]
    for seed in seeds:
        other = identities.DeviceSigner(seed)
        own += [KeyPair.from_secret(seed), vault.sealing_key(other)]
        own += [KeyPair.from_secret(other.derive(each)) for each in vault.PURPOSES]
    ids = [id for (id,) in rows(connection, "SELECT id FROM audience_keys")]
    found = {key for id in ids if (key := chest.key(id)) is not None}
    connection.close()
    assert seeds
    return Secrets(own, found)


def opened(secrets: Secrets, events: Iterable[Event]) -> dict[bytes, bytes]:
    """What of these events opens, by id, with all of that and with whatever it leads to; the keys
    that are found are added."""
    left = {each.id: each for each in events if each.header.audience and each.payload is not None}
    found: dict[bytes, bytes] = {}
    while new := {id: inner for id, each in left.items() if (inner := _try(secrets, each))}:
        found |= new
        left = {id: each for id, each in left.items() if id not in new}
    return found


def _try(secrets: Secrets, event: Event) -> bytes | None:
    header, payload = event.header, event.payload or b""
    id = header.audience or b""
    if header.kind == kinds.KEY:
        record = KeyRecord.decode(payload)
        key = stanzas.find(record.stanzas, id, header.community, header.device, secrets.own)
        if key is not None:
            secrets.audiences.add(key)
            return key
        payload = record.box
    for key in secrets.audiences:
        try:
            return sealing.unseal(
                key, header.community, header.device, header.lane, header.kind, payload
            )
        except HearthError:
            continue
    return None


def cannot_open(secrets: Secrets, parcels: Iterable[bytes]) -> None:
    for parcel in parcels:
        with pytest.raises(NotOursError):
            unseal(parcel, secrets.own, sorted(secrets.audiences))


def sealed_parcels(who: Neighbour, community: bytes, to: list[Neighbour]) -> tuple[bytes, ...]:
    """One for these devices, one for the whole community, by the key that is in use now."""
    key = community_key(who, community, to)
    street = Parcelling(who, to[0], to[0], community, key, Clock())
    return made(street, key, to)


# in one process: when, and whose word it is


def told(members: Sequence[Talker], community: bytes) -> None:
    """They all come to hold what any holds, and look at it."""
    mix(members, community)
    for each in members:
        each.talk.update(each.clock())


class Past(NamedTuple):
    ada: Talker
    bo: Talker
    cy: Talker
    dan: Talker
    community: bytes
    folders: list[Path]
    """Cy's folder, as it was from time to time."""


@pytest.fixture
def past(tmp_path: Path) -> Iterator[Past]:
    """Four who have talked, in a group and each with each, for some weeks."""
    (ada, bo, cy, dan), community = settled(tmp_path / "now", "ada", "bo", "cy", "dan")
    folders: list[Path] = []

    def keep() -> None:
        cy.shut()
        cy.home.close()
        folders.append(tmp_path / f"cy {len(folders)}")
        shutil.copytree(cy.path, folders[-1])
        cy.open()

    keep()
    ada.talk.create_group("planning", [each.person for each in (bo, cy, dan)], ada.clock())
    told([ada, bo, cy, dan], community)
    keep()
    for week in range(3):
        for each in (ada, bo, cy, dan):
            each.keyring.tend(each.clock())
        told([ada, bo, cy, dan], community)
        ada.write("planning", f"before, week {week}")
        bo.write(cy, f"to cy, week {week}")
        cy.write(ada, f"from cy, week {week}")
        told([ada, bo, cy, dan], community)
        keep()
        ada.clock.now += 8 * 86_400  # type: ignore[attr-defined]
    yield Past(ada, bo, cy, dan, community, folders)
    for each in (ada, bo, cy, dan):
        each.shut()
        each.home.close()


def everything(members: Iterable[Neighbour], community: bytes) -> list[Event]:
    """Every event that any of them holds."""
    found = {each.id: each for who in members for each in who.home.store.log.events(community)}
    return list(found.values())


def test_who_was_removed_opens_nothing_of_those_who_know(past: Past) -> None:
    ada, bo, cy, dan, community, folders = past
    before = {each.id for each in everything([ada, bo, cy, dan], community)}
    early = sealed_parcels(ada, community, [bo, cy, dan])
    told([ada, bo, cy, dan], community)
    unaware = {each.id for each in everything([ada], community)} - before

    ada.remove(cy, community)
    carry(ada, bo, community)
    assert "cy" not in ada.names(community)
    after = [
        ada.write("planning", "after: by who removed"),
        bo.write("planning", "after: by who heard of it"),
        ada.write(bo, "after: between two"),
        bo.write(bo, "after: a note"),
        ada.talk.remove(ada.to("planning"), [dan.person], ada.clock()).id,
    ]
    late = sealed_parcels(ada, community, [bo, dan])
    carry(ada, bo, community)
    late += sealed_parcels(bo, community, [ada, dan])
    dans = dan.write("planning", "by who has not heard")
    keys = {each.id for each in everything([ada, bo], community) if each.header.kind == kinds.KEY}
    keys -= before | unaware
    assert len(keys) >= 4

    mix([ada, bo, dan], community)
    for who in (ada, bo, dan):  # whatever way it may have come
        carry(who, cy, community)
    cy.talk.update(cy.clock())
    cy.shut()
    cy.home.store.seal()
    known = everything([ada, bo, dan, cy], community)
    for folder in (*folders, cy.path):
        secrets = secrets_of(folder)
        found = opened(secrets, known)
        assert not found.keys() & {*after, *keys}
        cannot_open(secrets, late)
    assert found.keys() & before
    assert dans in found
    for parcel in early:
        assert unseal(parcel, secrets.own, sorted(secrets.audiences)).frames

    for who, reads in ((bo, {0, 1, 2}), (dan, {0, 1})):  # those whom it was for open it
        theirs = opened(secrets_of(who.path), known)
        assert {at for at, id in enumerate(after[:4]) if id in theirs} == reads
        assert before & theirs.keys()


def test_what_was_written_before_still_reads(past: Past) -> None:
    """For all who had it, also for who was removed, and when they have heard of that."""
    ada, bo, cy, dan, community, _ = past
    words = [f"before, week {week}" for week in range(3)]
    ada.remove(cy, community)
    mix([ada, bo, dan], community)
    bo.write("planning", "after")
    mix([ada, bo, dan], community)
    for each in (ada, bo, dan):
        each.reopen()
        assert [text for text in each.sees("planning") if text in (*words, "after")] == [
            *words, "after",
        ]  # fmt: skip
    assert "from cy, week 2" in ada.sees(cy)
    assert ada.to(cy).left
    with pytest.raises(NotMemberError):
        ada.write(cy, "one more word")
    for _ in range(2):
        texts = [each.text for each in cy.talk.search("before")]
        assert sorted(texts) == words
        assert [text for text in cy.sees(bo) if text.startswith("to cy")] == [
            f"to cy, week {week}" for week in range(3)
        ]
        carry(ada, cy, community)
        cy.afresh()  # from nothing but the log and the keys
        cy.reopen()
    assert not cy.talk.search("after")


# in processes: what is served


class Neighbours(Street):
    """A street whose hearths talk, meet, and are kept as they were."""

    def send(self, name: str, to: str, text: str, *options: str) -> bytes:
        """Write a message; its id."""
        return bytes.fromhex(self.json(name, "chat", "send", to, text, *options)["id"])

    def meet(self, host: str, *guests: str) -> None:
        """The guests call at the host, one after another."""
        with self.hosting(host) as serve:
            for guest in guests:
                assert self(guest, "sync", serve.address).code == 0

    def refused(self, host: str, guest: str) -> None:
        """The guest calls at the host, and gets nothing for it."""
        before = held(self.path(guest))
        with self.hosting(host) as serve:
            told = self.json(guest, "sync", serve.address, code=14)
            assert not any(visit["ok"] for visit in told["peers"])
            failed = serve.next("failed")
        assert failed["events_out"] == failed["slots_out"] == failed["objects_out"] == 0
        assert held(self.path(guest)) == before

    def keep(self, name: str) -> str:
        """A copy of a hearth as it is now; what it goes by."""
        kept = f"{name} {sum(1 for _ in self.folder.glob(f'{name} *'))}"
        shutil.copytree(self.path(name), self.path(kept))
        return kept

    def texts(self, name: str, *who: str) -> list[str]:
        """What a conversation shows."""
        run = self(name, "chat", "read", *who, "--json")
        assert run.code == 0, run
        lines = [json.loads(line) for line in run.out.splitlines()]
        return [each["text"] for each in lines if each["event"] == "message"]

    def person(self, name: str) -> str:
        """The key of somebody."""
        id: str = self.json(name, "id")["person"]["id"]
        return id

    def events(self, *names: str) -> list[Event]:
        """Everything that these hold."""
        found: dict[bytes, Event] = {}
        for name in names:
            with self.member(name) as member:
                found |= {each.id: each for each in member.home.store.log.events()}
        return list(found.values())


def held(folder: Path) -> list[int]:
    """How many events, slots of others, objects and keys a hearth has."""
    own = identities.load(folder).device
    connection = apsw.Connection(str(folder / "hearth.db"))
    counts = [
        rows(connection, f"SELECT count(*) FROM {table}")[0][0]
        for table in ("events", "objects", "audience_keys")
    ]
    [(slots,)] = rows(connection, "SELECT count(*) FROM slots WHERE device <> ?", own)
    connection.close()
    return [*counts, slots]


@pytest.mark.slow
def test_who_was_removed_is_served_nothing_more_by_anyone_who_knows(tmp_path: Path) -> None:
    """Nor is it in any state that it was in, nor when it serves itself; what it had, it reads."""
    street = Neighbours(tmp_path)
    plan = tmp_path / "plan.txt"
    plan.write_text("the old plan: meet at the bridge")
    street.settle("ada", "bo", "cy", "dan")
    folders = [street.keep("cy")]
    street.meet("ada", "bo", "cy", "dan", "bo", "cy")
    street.json("ada", "chat", "group", "create", "planning", "bo", "cy", "dan")
    street.meet("ada", "bo", "cy", "dan")
    folders.append(street.keep("cy"))
    early = [
        street.send("ada", "planning", "before, from ada", "--attach", str(plan)),
        street.send("bo", "planning", "before, from bo"),
        street.send("cy", "planning", "before, from cy"),
        street.send("bo", "cy", "to cy alone"),
        street.send("ada", "#hall", "hello hall"),
    ]
    street.meet("ada", "bo", "cy", "dan", "bo", "cy")
    before = ["before, from ada", "before, from bo", "before, from cy"]
    for name in ("ada", "bo", "cy"):
        assert sorted(street.texts(name, "planning")) == before
    folders.append(street.keep("cy"))
    past = {each.id for each in street.events("ada", "bo", "cy", "dan")}

    assert street("ada", "member", "remove", "cy", "--yes").code == 0
    street.meet("ada", "bo")
    plan.write_text("the new plan: meet at the mill")
    late = [
        street.send("ada", "planning", "after, from ada", "--attach", str(plan)),
        street.send("bo", "planning", "after, from bo"),
        street.send("ada", "bo", "after, to bo"),
    ]
    hall = street.send("ada", "#hall", "after, in the hall")
    street.meet("ada", "bo")
    for kept in (*folders, "cy"):
        for name in ("ada", "bo"):
            street.refused(name, kept)
    with street.serving("cy") as serve:  # who knows does not bring it anything, either
        had = held(street.path("cy"))
        assert street("ada", "sync", serve.address).code == 14
        assert street("bo", "sync", serve.address).code == 14
    assert held(street.path("cy")) == had

    unaware = street.send("dan", "planning", "from dan, who has not heard")
    street.meet("dan", "cy")
    assert "from dan, who has not heard" in street.texts("cy", "planning")
    street.meet("ada", "dan")
    street.refused("dan", "cy")
    assert hall not in {each.id for each in street.events("cy")}

    known = street.events("ada", "bo", "cy", "dan")  # however it may have come to Cy
    fresh = {each.id for each in known if each.header.kind == kinds.KEY} - past
    (box,) = (each for event in known if event.id == late[0] for each in event.header.refs)
    with street.member("ada") as member:
        file, size = member.home.store.read_file(box), len(plan.read_bytes())
    for kept in (*folders, "cy"):
        secrets = secrets_of(street.path(kept))
        found = opened(secrets, known)
        assert not found.keys() & set(late)
        assert found.keys() & fresh <= keys_by(street, known, "dan")
        for key in (*secrets.audiences, *(each.secret for each in secrets.own)):
            with pytest.raises(sealing.SealedError):
                list(objects.unseal(io.BytesIO(file), size, key))
    assert {*early[:4], unaware} <= found.keys()
    assert {*late[:2]} <= opened(secrets_of(street.path("bo")), known).keys()

    for name in ("ada", "bo", "cy"):
        shown = street.texts(name, "planning")
        assert set(before) <= set(shown)
        assert ("after, from ada" in shown) == (name != "cy")
    assert "to cy alone" in street.texts("cy", "bo")
    assert "to cy alone" in street.texts("bo", street.person("cy"))


def keys_by(street: Neighbours, events: Iterable[Event], name: str) -> set[bytes]:
    """Those of these events that hand on a key, by somebody."""
    device = bytes.fromhex(street.device(name))
    return {
        each.id for each in events if each.header.device == device and each.header.kind == kinds.KEY
    }
