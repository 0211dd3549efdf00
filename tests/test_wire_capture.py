"""What somebody sees who takes down every packet: nothing that was said, and nobody's name or id.

Hearths live a day together as processes on machines of their own, which share a bridge, and once
more on one machine's loopback, while a raw socket records everything. In what it took is looked
for: every text, topic, name of a person, group, channel, corpus, file and community; every id of a
community, device, person, event, object and key, and any eight bytes of them, in every encoding;
every signature, certificate, prekey, secret and ticket; and any eight bytes in a row of anything
that the hearths hold. Then the same secrets are planted on the same wires, and all are found.

Last, all that hearths hold is put into parcels, as it would go by strangers: nothing of it is in
any byte of a parcel, nor in any file of the hearth that carries them.

What whoever listens does learn, and a test here holds against the capture: that these machines run
hearth (the opening and the mDNS service say so); which addresses talked, when, who called whom; how
many bytes went which way, in frames whose lengths are not padded on a local network (`sync.frames`:
padding is for relays), so that a long text can be told from a short one and a file from a text; the
random name that a node goes by while it runs; and ephemeral keys, which are random. Whoever knows
the community's id (members, former members) also recognises its hints.
"""

from __future__ import annotations

import base64
import itertools
import json
import random
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given, strategies as st
from leak_kit import find_leaks, stretches
from mesh_kit import Member
from netns_kit import Lan, needs_namespaces
from street_kit import Serve, Street, clock, until
from talk_kit import Talker, mix, street
from test_parcel_community import all_keys, community_key, sealing_keys
from wire_kit import SECONDS, Capture, Flow, Place, Recorder, find_ids, lengths, shared, spelt

from hearth.audience import vault
from hearth.community import ticket as tickets
from hearth.identity.keyfile import read_key
from hearth.store.database import rows
from hearth.store.header import encode
from hearth.store.parcels import Answer, Shelf
from hearth.sync import parcel_label
from hearth.sync.frames import BUCKETS
from hearth.sync.parcel import MAX_FRAME, Audience as For, Devices, seal
from hearth.sync.parcel_label import audience_mailbox, day_of, device_mailbox, expiry, tag
from hearth.sync.parcel_open import unseal

ZOE, OTTO, WANJIRU = "Zoë Lindqvist", "Otto Brandstetter", "Wanjiru Kamau"
PEOPLE = {"zoe": ZOE, "otto": OTTO, "wanjiru": WANJIRU}
COMMUNITY = "Thirteen Mill Lane"
CHANNEL, GROUP = "hollyhock-committee", "Surprise for Wanjiru"
CORPUS, FOR_OTTO = "Cellars and Wells", "Midwife's Register"
TOPIC = "Regenwasser im Keller"
TO_ZOE = "the key is under the third flower pot, grüße"
TO_GROUP = "we meet at the bakery at half past seven, tell nobody"
TO_ALL = "the pump in the cellar has stopped; who has a spanner?"
EDITED = "the key is with the neighbours at number eleven"
PLAN, PHOTO = "evacuation-plan-north.txt", "under the bed.bin"
MANUAL, REGISTER = "artesian-handbook.md", "births-since-may.md"
SENTENCES = (
    "Valve seven turns clockwise.",
    "The cistern holds nine thousand litres.",
    "Twins were born at number four.",
)


# taking down, and putting together


@given(st.binary(min_size=1, max_size=400), st.data())
def test_a_stream_is_put_together_from_segments_in_any_order(data: bytes, draw: Any) -> None:
    """Cut anywhere, repeated, overlapping, and across the end of the sequence numbers."""
    start = draw.draw(st.sampled_from([0, 2**32 - 1, 2**32 - 150, 2**31, 77]))
    cuts = st.integers(0, len(data))
    pieces = draw.draw(st.lists(st.tuples(cuts, cuts), max_size=20))
    edges = sorted({0, len(data), *(each for pair in pieces for each in pair)})
    pieces = draw.draw(st.permutations([*pieces, *itertools.pairwise(edges)]))
    flow = Flow(0.0, Place("a", 1), Place("b", 2), start)
    for one, other in pieces:
        low, high = sorted((one, other))
        flow.add((start + low) % 2**32, data[low:high])
    assert bytes(flow.data) == data
    assert not flow.missing


def test_a_stream_with_a_hole_is_known_to_have_one() -> None:
    flow = Flow(0.0, Place("a", 1), Place("b", 2), 5)
    flow.add(5, b"one")
    flow.add(9, b"three")
    assert flow.missing
    assert bytes(flow.data) == b"one"


def test_any_eight_bytes_are_found_and_seven_are_not() -> None:
    rng = random.Random(4)
    ids = [rng.randbytes(32) for _ in range(3)]
    noise = [rng.randbytes(5000) for _ in range(2)]
    for at in (0, 11, 24):
        part = ids[1][at : at + 8]
        for form in (part, part[::-1], part.hex().encode(), base64.b64encode(b"12345" + part)):
            assert find_ids(form.join(noise), ids), form
        assert shared(part.join(noise), ids) == {part}
        assert not find_ids(part[:7].join(noise), ids)
        assert not shared(part[:7].join(noise), ids)
    assert not find_ids(b"".join(noise), ids)


_LISTEN = """
import socket, sys
line = socket.create_server((sys.argv[1], 9999))
print("ready", flush=True)
for _ in range(int(sys.argv[2])):
    peer, _ = line.accept()
    while peer.recv(1 << 20):
        peer.sendall(b"k")
"""
_SAY = """
import json, socket, sys
for pieces in json.load(sys.stdin):
    with socket.create_connection((sys.argv[1], 9999)) as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in pieces:
            line.sendall(bytes.fromhex(piece))
            assert line.recv(1) == b"k"  # so that the next one is a packet of its own
"""


def plant(lan: Lan, source: int, target: int, host: str, said: Sequence[Sequence[bytes]]) -> None:
    """Say something in the clear: each a connection, each piece of it at least a packet."""
    options: dict[str, Any] = {"stdout": subprocess.PIPE, "text": True}
    argv = [sys.executable, "-c", _LISTEN, host, str(len(said))]
    listener = lan.run(target, argv, **options)
    assert listener.stdout is not None
    assert listener.stdout.readline() == "ready\n"
    document = json.dumps([[piece.hex() for piece in pieces] for pieces in said])
    lan.check(source, [sys.executable, "-c", _SAY, host], input=document)
    assert listener.wait(60) == 0


@contextmanager
def recorded(lan: Lan, path: Path, found: list[Capture], *, alone: bool = False) -> Iterator[None]:
    """Record meanwhile, on the bridge, or on the one machine that there is."""
    where = lan.name(0) if alone else lan.hub
    ports = ["lo,in", "eth0"] if alone else [f"port{at},in" for at in range(lan.machines)]
    recorder = Recorder(lan, where, path, *ports)
    yield
    found.append(recorder.stop())


@needs_namespaces
@pytest.mark.parametrize("alone", [False, True], ids=["bridge", "loopback"])
def test_what_goes_over_the_wire_is_found_however_it_is_cut(tmp_path: Path, alone: bool) -> None:
    """At every place a packet may end, and at every alignment of an encoding."""
    secret = b"hollyhocks and larkspur"
    cut = [[b"<" * 9 + secret[:at], secret[at:] + b">"] for at in range(1, len(secret))]
    spelt = [[base64.b64encode(bytes(at) + secret)] for at in range(3)]
    spelt += [[base64.b32encode(bytes(at) + secret)] for at in range(5)]
    spelt += [[secret.hex().encode()], [secret.decode().encode("utf-16-le")], [secret]]
    found: list[Capture] = []
    with Lan(1 if alone else 2) as lan:
        target, host = (0, "127.0.0.1") if alone else (1, lan.address(1))
        with recorded(lan, tmp_path / "wire", found, alone=alone):
            plant(lan, 0, target, host, [*cut, *spelt])
        (capture,) = found
    flows = [each for each in capture.streams if each.target.port == 9999]
    assert len(flows) == len(cut) + len(spelt)
    for flow, pieces in zip(flows, [*cut, *spelt], strict=True):
        assert bytes(flow.data) == b"".join(pieces)
        assert find_leaks(bytes(flow.data), [secret.decode()])
        assert (flow.source.host, flow.target.host) == (lan.address(0) if not alone else host, host)
    # By connection (source port): a machine that is busy may send a packet a second time.
    whole = {each[34:36] for each in capture.packets if secret in each}
    assert len(whole) == 1  # of those that were cut, no packet has it
    assert len(capture.haystack()) > 2000


# living


class Life:
    """Three people's hearths, on machines of their own or all on one, which do what hearths do."""

    def __init__(self, folder: Path, lan: Lan, alone: bool) -> None:
        self.street = Street(folder)
        self.lan = lan
        self.alone = alone
        self.said: list[str] = []

    def machine(self, name: str) -> int:
        return 0 if self.alone else list(PEOPLE).index(name)

    @property
    def host(self) -> str:
        """Where zoe's hearth is found."""
        return "127.0.0.1" if self.alone else self.lan.address(0)

    def _start(self, name: str, *argv: str) -> subprocess.Popen[Any]:
        return self.lan.run(
            self.machine(name), [sys.executable, "-P", "-m", "hearth", *argv], lifetime=SECONDS,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=self.street.environment(name, {"HEARTH_SYNC_LAN": "1"}), cwd=self.street.home,
        )  # fmt: skip

    def __call__(self, name: str, *argv: str) -> str:
        """Run a verb on somebody's machine; what it printed."""
        process = self._start(name, *argv, "--debug")
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, (argv, out, err)
        return str(out)

    def serve(self, name: str) -> Serve:
        """Until the LAN is taken down. On one machine it listens at loopback alone."""
        listen = ("--listen", "127.0.0.1:7411") if self.alone else ()
        return Serve(self._start(name, "serve", "--json", *listen))

    def send(self, name: str, to: str, text: str, *options: str) -> str:
        """Write a message; its id."""
        sent = json.loads(self(name, "chat", "send", to, text, "--json", *options))
        return str(sent["id"])

    def sync(self, name: str) -> None:
        """With zoe, who serves: from the LAN's announcements where there are any."""
        told = json.loads(self(name, "sync", "--json", *((self.host,) if self.alone else ())))
        assert any(visit["ok"] and visit["equal"] for visit in told["peers"]), told


class Lived(NamedTuple):
    """What is to be looked for."""

    texts: list[str]
    ids: list[bytes]
    material: list[bytes]
    """Everything that the hearths hold, and the files that were read in."""
    tickets: list[str]


def live(life: Life) -> Lived:
    """A community is made, joined, talked in, and shares documents; every word arrives."""
    files = life.street.folder / "files"
    files.mkdir()
    rng = random.Random(13)
    words = [
        bytes(rng.choices(b"abcdefghijklmnoprstuvwy", k=rng.randint(3, 9))) for _ in range(400)
    ]

    def prose(size: int) -> bytes:
        return b" ".join(rng.choices(words, k=size // 7))

    contents = {
        PLAN: prose(30_000) + SENTENCES[0].encode() + prose(30_000),
        PHOTO: rng.randbytes(20_000),
        MANUAL: b"# Wells\n\n" + prose(20_000) + b"\n\n" + SENTENCES[1].encode() + prose(9000),
        REGISTER: b"# Births\n\n" + prose(2000) + b"\n\n" + SENTENCES[2].encode() + prose(900),
    }
    for name, data in contents.items():
        (files / name).write_bytes(data)

    for name, person in PEOPLE.items():
        life(name, "init", "--name", person)
    life("zoe", "community", "create", COMMUNITY)
    serving = life.serve("zoe")
    made = [life("zoe", "invite", "--text", "--address", f"{life.host}:{port}").strip()
            for port in (7411, 7411 if life.alone else 1)]  # fmt: skip
    for name, ticket in zip(("otto", "wanjiru"), made, strict=True):
        life(name, "join", ticket)  # the second one finds nobody there, and looks on the LAN
        serving.next("joined")
    for name in ("otto", "wanjiru"):
        life.sync(name)

    life("zoe", "add", str(files / MANUAL), "--corpus", CORPUS)
    life("zoe", "corpus", "share", CORPUS)
    life("zoe", "add", str(files / REGISTER), "--corpus", FOR_OTTO)
    life("zoe", "corpus", "share", FOR_OTTO, "--with", OTTO)
    first = life.send("otto", ZOE, TO_ZOE, "--topic", TOPIC)
    life("otto", "chat", "edit", first, EDITED)
    life.sync("otto")
    until(lambda: EDITED in life("zoe", "chat", "read", OTTO, "--json"))
    life("zoe", "chat", "group", "create", GROUP, OTTO)
    life.send("zoe", GROUP, TO_GROUP, "--attach", str(files / PHOTO))
    life.send("zoe", f"#{CHANNEL}", TO_ALL, "--topic", TOPIC, "--attach", str(files / PLAN))
    life.send("wanjiru", OTTO, TO_ALL[::-1])
    for name in ("wanjiru", "otto", "wanjiru"):
        life.sync(name)
        if CORPUS not in life(name, "corpus"):
            raise AssertionError("the corpus has not come")
        life(name, "follow", CORPUS)
    life("otto", "follow", FOR_OTTO)
    for name in ("otto", "wanjiru"):
        life.sync(name)
    return gathered(life, contents, made)


def gathered(life: Life, contents: dict[str, bytes], made: list[str]) -> Lived:
    """All that must not show; and that it really went from hearth to hearth."""
    otto, wanjiru = (
        life(name, "chat", "export", "--format", "json") for name in PEOPLE if name != "zoe"
    )
    for text in (EDITED, TO_GROUP, TO_ALL, TOPIC, PHOTO, PLAN):
        assert text in otto, text
    assert TO_ALL in wanjiru
    assert TO_GROUP not in wanjiru
    for name in ("otto", "wanjiru"):
        assert SENTENCES[1] in life(name, "search", "cistern", "litres", "--json")
    assert SENTENCES[2] in life("otto", "search", "twins", "born", "--json")
    assert FOR_OTTO not in life("wanjiru", "corpus", "list")
    texts = [
        *PEOPLE.values(), *" ".join(PEOPLE.values()).split(), COMMUNITY, CHANNEL, GROUP, CORPUS,
        FOR_OTTO, TOPIC, TO_ZOE, EDITED, TO_GROUP, TO_ALL, TO_ALL[::-1], PLAN, PHOTO, MANUAL,
        REGISTER, *SENTENCES, "clockwise", "thousand litres", str(life.street.folder),
    ]  # fmt: skip
    if (machine := socket.gethostname()) not in "_hearth._tcp.local":
        texts.append(machine)
    ids: set[bytes] = set()
    material = list(contents.values())
    for name in PEOPLE:
        member = Member.of(life.street.path(name), clock)
        ids |= set(ids_of(member))
        material += [*blobs(member), *packs(member)]
        member.home.close()
    for line in made:
        ticket = tickets.decode(line)
        ids |= {ticket.public, ticket.door, ticket.psk, ticket.seed, ticket.pin}
    return Lived([each for each in texts if len(each.encode()) >= 5], sorted(ids), material, made)


def ids_of(member: Member) -> Iterator[bytes]:
    """Ids of whatever kind, public keys, and secrets, of one hearth."""
    home, me = member.home, member.home.identity
    signer = home.signer(member.clock())
    yield from (me.device, me.person, home.community, member.node.local.static.public)
    yield from (member.node.local.static.secret, vault.sealing_key(signer).secret)
    yield vault.sealing_key(signer).public
    for path in (member.path / "keys").rglob("*.key"):
        yield read_key(path, "person" if path.stem == "person" else "device").open(None)
    chest = vault.Vault(home.store.connection, signer)
    for each in member.node.commons.joined():
        yield each.id
        for prekey in chest.prekeys(each.id):
            yield from (prekey.pair.public, prekey.pair.secret)
    for (id,) in rows(home.store.connection, "SELECT id FROM audience_keys"):
        yield from (id, chest.key(id) or id)
    for event in home.store.log.events():
        yield from (event.id, event.header.community, event.header.device, *event.header.refs)
        yield event.signature
    for (id,) in rows(home.store.connection, "SELECT id FROM objects"):
        yield id


def blobs(member: Member) -> Iterator[bytes]:
    """Everything but numbers and words for itself in hearth.db: headers, payloads, slots, keys."""
    connection = member.home.store.connection
    for (table,) in rows(connection, "SELECT name FROM sqlite_schema WHERE type = 'table'"):
        for row in rows(connection, f'SELECT * FROM "{table}"'):
            yield from (each for each in row if isinstance(each, bytes) and len(each) >= 8)


def packs(member: Member) -> Iterator[bytes]:
    """Objects as they lie there."""
    for path in member.path.rglob("*"):
        if path.is_file() and path.suffix not in (".db", ".key", ".db-wal", ".db-shm", ".toml"):
            yield path.read_bytes()


def leaks(haystack: bytes, lived: Lived) -> list[Any]:
    """All that is found of it."""
    typed = [part for each in lived.tickets for part in stretches(each[7:].encode(), 16)]
    return [
        *find_leaks(haystack, [*lived.texts, *lived.tickets]),
        *find_ids(haystack, lived.ids),
        *find_leaks(spelt(haystack), typed),
    ]


@pytest.mark.slow
@needs_namespaces
@pytest.mark.parametrize("alone", [False, True], ids=["lan", "loopback"])
def test_nothing_of_a_day_of_hearths_shows_on_the_wire(tmp_path: Path, alone: bool) -> None:
    captures: list[Capture] = []
    with Lan(1 if alone else 3) as lan:
        life = Life(tmp_path, lan, alone)
        with recorded(lan, tmp_path / "wire", captures, alone=alone):
            lived = live(life)
        target = 0 if alone else 1
        host = "127.0.0.1" if alone else lan.address(1)
        with recorded(lan, tmp_path / "planted", captures, alone=alone):
            plant(lan, 0, target, host, list(planted(lived)))
    capture, after = captures

    enough(capture, alone)
    haystack = capture.haystack()
    assert not leaks(haystack, lived)
    assert not shared(haystack, lived.material)
    what_a_listener_learns(capture, life)

    haystack = after.haystack()  # all of it can be found there, by these very means
    assert {each.secret for each in find_leaks(haystack, lived.texts)} == set(lived.texts)
    seen = {each.secret for each in find_ids(haystack, lived.ids)}
    for id in lived.ids:
        assert id in seen or seen.intersection((*stretches(id, 8), *stretches(id[::-1], 8)))
    assert len(shared(haystack, lived.material)) > 1000


def planted(lived: Lived) -> Iterator[list[bytes]]:
    """The secrets in the clear: texts cut in two, ids spelt in one way or another, some content."""
    for text in lived.texts:
        data = text.encode()
        yield [b"." + data[: len(data) // 2], data[len(data) // 2 :] + b"."]
    spell: list[Callable[[bytes], bytes]] = [
        lambda id: id, lambda id: id.hex().encode(), base64.b64encode, base64.b32encode,
        lambda id: id[::-1], lambda id: b"x" + base64.urlsafe_b64encode(b"x" + id),
    ]  # fmt: skip
    for at, id in enumerate(lived.ids):
        yield [b"..." + spell[at % len(spell)](id) + b"..."]
    yield [each[:900] for each in lived.material]


def enough(capture: Capture, alone: bool) -> None:
    """It saw what there was to see: many sessions, all files once for each who fetched them."""
    assert len(capture.packets) > 150
    assert sum(len(each.data) for each in capture.streams) > 150_000
    assert len(sessions(capture)) >= 8
    if not alone:
        names = [each for each in capture.datagrams if each.target.port == 5353]
        assert len(names) > 5
        assert any(b"_hearth" in each.data for each in names)


def sessions(capture: Capture) -> list[tuple[Flow, Flow]]:
    """The conversations of hearths, as anybody can tell them: who called, and who answered."""
    back = {(each.source, each.target): each for each in capture.streams}
    return [
        (each, back[each.target, each.source])
        for each in capture.streams
        if each.data[2:8] == b"hearth" and (each.target, each.source) in back
    ]


def what_a_listener_learns(capture: Capture, life: Life) -> None:
    """Who talked to whom, and how much: the frames are not padded, as docs/sync.md says."""
    machines = {"127.0.0.1"} if life.alone else set(map(life.lan.address, range(3)))
    sizes: list[int] = []
    for there, back in sessions(capture):
        assert {there.source.host, there.target.host} <= machines or ":" in there.source.host
        opening, *_ = lengths(bytes(there.data))
        reply, *frames = lengths(bytes(back.data))
        assert 48 <= opening <= 100
        assert reply == 289
        sizes += frames
    assert any(size not in BUCKETS for size in sizes)
    assert max(sum(lengths(bytes(back.data))) for _, back in sessions(capture)) > 25_000


# what strangers carry


def frames(member: Talker, community: bytes) -> list[bytes]:
    """All that a hearth would hand on: events, slots, objects, cut into what a frame may have."""
    store = member.home.store
    whole = [
        encode(each.header) + each.signature + (each.payload or b"")
        for each in store.log.events(community)
    ]
    whole += [each.statement + each.signature for each in store.slots.all(community)]
    for (id,) in rows(store.connection, "SELECT id FROM objects"):
        whole.append(store.get(id))
    return [each[at : at + MAX_FRAME] for each in whole for at in range(0, len(each), MAX_FRAME)]


def sealed(member: Talker, key: bytes, to: list[bytes], content: list[bytes]) -> Iterator[bytes]:
    """Parcels with all of it: to one device, to all of them, and for whoever has the key."""
    signer, now = member.home.signer(member.clock()), member.clock()
    expires, day = expiry(now, 30), day_of(now)
    for devices in (to[:1], to):
        yield seal(content, signer, Devices(devices), tag(device_mailbox(key, to[0]), day), expires)
    mark, rest = tag(audience_mailbox(key), day), list(content)
    while rest:
        part, size = [], 0
        while rest and size + len(rest[0]) + 2 < 40_000:
            size += len(rest[0]) + 2
            part.append(rest.pop(0))
        yield seal(part, signer, For(key), mark, expires)


def test_who_carries_parcels_holds_nothing_that_is_in_them(tmp_path: Path) -> None:
    """Real events, sealed ones and plain ones, slots, files; every file of the carrier is read."""
    (zoe, otto, wanjiru), community = street(tmp_path, *PEOPLE.values())
    plan = tmp_path / PLAN
    plan.write_text(SENTENCES[0] + " " + random.Random(5).randbytes(9000).hex())
    zoe.talk.create_group(GROUP, [otto.person], zoe.clock())
    mix([zoe, otto, wanjiru], community)
    otto.write(zoe, TO_ZOE, topic=TOPIC)
    otto.write(GROUP, TO_GROUP)
    zoe.write(f"#{CHANNEL}", TO_ALL, attachments=[plan])
    mix([zoe, otto, wanjiru], community)
    members = [zoe, otto, wanjiru]
    key = community_key(zoe, community, members)
    mix(members, community)
    publics = sealing_keys(zoe, community, members)
    content = frames(zoe, community)
    parcels = [*sealed(zoe, key, publics, content)]
    assert sum(map(len, content)) > 20_000
    assert len(parcels) >= 3

    ids = [key, *publics, *(id for each in members for id in ids_of(each))]
    material = [*content, *(blob for each in members for blob in blobs(each))]
    texts = [
        *PEOPLE.values(), "Mill Lane", CHANNEL, GROUP, TOPIC, TO_ZOE, TO_GROUP, TO_ALL, PLAN,
        SENTENCES[0],
    ]  # fmt: skip
    everything = b"".join(parcels)
    assert not find_leaks(everything, texts)
    assert not find_ids(everything, ids)
    assert not shared(everything, material)

    (carrier,), _ = street(tmp_path / "elsewhere", "Eve Carrier")
    store = carrier.home.store
    with store.batch() as batch, batch.transaction() as tx:
        shelf = Shelf(store, tx)
        for parcel in parcels:
            label = parcel_label.read(parcel)
            assert shelf.keep(parcel, b"strangers", label.tag, label.expires) is Answer.KEPT
    carrier.shut()
    carrier.home.close()
    lies = b"\0\0".join(path.read_bytes() for path in carrier.path.rglob("*") if path.is_file())
    lies = re.sub(rb"\0{64,}", bytes(64), lies)  # the store keeps some room free
    assert parcels[0][:200] in lies
    texts.remove("Mill Lane")  # so it calls its own community, too
    assert not find_leaks(lies, texts)
    assert not find_ids(lies, ids)

    keys = all_keys(otto, community)  # it is all in there, and would have been found
    for at, parcel in enumerate(parcels[1:]):
        said = unseal(parcel, *keys).frames
        assert said == content if at == 0 else {*said} <= {*content}
    bare = b"".join(content)
    assert shared(bare, material)
    assert {each.secret for each in find_leaks(bare, [TO_ALL, CHANNEL, PLAN, SENTENCES[0]])} == {
        TO_ALL, CHANNEL, PLAN, SENTENCES[0],
    }  # fmt: skip
    for member in members:
        member.shut()
        member.home.close()
