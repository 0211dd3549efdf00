"""One side of a trade by file in a process of its own, for `bench/bundle`: who writes, who reads.

    python bundle_sides.py write STORE DEST (open|sealed|unread) [REPLY]   all, or what REPLY lacks
    python bundle_sides.py verify STORE SRC                           read to the end, take nothing
    python bundle_sides.py read STORE SRC [OBJECTS]                   take in; wants these objects
    python bundle_sides.py reply STORE DEST                           what STORE has: a front alone

The code that runs is the program's, from reading the log to the sync; only who belongs to the
community is left out: everybody does. What is printed at the end is one line of JSON.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from blake3 import blake3
from nacl.bindings import crypto_sign, crypto_sign_seed_keypair

from hearth.audience import vault
from hearth.bundles import content as contents, folder, front as fronts, making, opening, taking
from hearth.bundles.content import Content
from hearth.bundles.level import Level
from hearth.bundles.making import Draft
from hearth.store import database, manifest, servable
from hearth.store.disk import Disk
from hearth.store.store import Store
from hearth.sync.bundle import FRONT_TYPES
from hearth.sync.bundle_reading import Reader, records
from hearth.sync.messages import What
from hearth.sync.replica import Grant
from hearth.sync.store_replica import StoreReplica

COMMUNITY = bytes(range(32))
NOW = 1_800_000_000


class Deriving:
    """A device key made from a name, and what is derived from it."""

    def __init__(self, name: str) -> None:
        self._seed = blake3(f"device {name}".encode()).digest()
        self.device, self._secret = crypto_sign_seed_keypair(self._seed)

    def sign(self, message: bytes) -> bytes:
        return bytes(crypto_sign(message, self._secret)[:64])

    def derive(self, purpose: str) -> bytes:
        return blake3(self._seed, derive_key_context=purpose).digest()


class Node:
    """As much of a node as bundles need."""

    def __init__(self, store: Store, name: str, objects: list[bytes] | None = None) -> None:
        self.signer = Deriving(name)
        self.home = SimpleNamespace(
            store=store,
            signer=lambda now: self.signer,
            identity=SimpleNamespace(device=self.signer.device),
        )
        self.commons = SimpleNamespace(all=list, joined=list)
        self.attesting = SimpleNamespace(hear=lambda: None)  # nobody rehearses here
        self._objects = objects or []

    def now(self) -> int:
        return NOW

    def name_of(self, device: bytes) -> str | None:
        """Nobody has a name."""
        return None

    def settle(self) -> None:
        """Nothing follows from what has come."""

    def replica(self, peer: bytes, grants: Any = None, brought: bytes | None = None) -> Any:
        store = self.home.store

        def wants(community: bytes) -> Iterator[tuple[What, bytes]]:
            for id in self._objects:
                yield What.OBJECT, id
                if store.has(id) and (parts := manifest.decode(store.get(id))) is not None:
                    yield from ((What.OBJECT, chunk) for chunk, _ in parts.chunks)

        return StoreReplica(store, peer, lambda device: {COMMUNITY: Grant()}, wants)


def peak_kib() -> int:
    """The most memory this process has held; `ru_maxrss` would count its parent's too."""
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if "VmHWM" in line)


def chunks(path: Path) -> Iterator[bytes]:
    return folder.source(Disk(), path)()


def front(path: Path) -> Level:
    """What the author of a bundle holds."""
    reader, found = Reader(), []
    for type, body in records(chunks(path), reader):
        if type not in FRONT_TYPES:
            break
        found.append((type, body))
    assert reader.header is not None
    return fronts.read(reader.header, found)


def write(store: Store, dest: Path, how: str, reply: Path | None) -> dict[str, Any]:
    node = Node(store, "writes")
    replica = node.replica(bytes(32))
    readers = [None if reply is None else front(reply)]
    content = contents.choose(replica, COMMUNITY, readers, ())
    held = servable.held(store.connection, servable.all_allowed(store.connection, COMMUNITY))
    rows = database.rows(store.connection, "SELECT id, length FROM objects")
    content.objects = sorted(
        ((id, length) for id, length in rows if id in held), key=lambda each: (each[1], each[0])
    )
    to = [vault.sealing_key(Deriving(name)).public for name in ("writes", "reads")]
    draft = Draft(COMMUNITY, replica, content, recipients=to, full=reply is None)
    if how == "unread":  # open, and not read back
        folder._check = lambda disk, path, size, digest: None  # type: ignore[assignment]
    size = folder.write_file(Disk(), dest, making.pieces(node, draft, sealed=how == "sealed"))  # type: ignore[arg-type]
    return {
        "bytes": size - draft.written.get("padding", 0),
        "padding": draft.written.get("padding", 0),
        "events": content.events,
        "objects": len(content.objects),
    }


def verify(store: Store, source: Path) -> dict[str, Any]:
    node = Node(store, "reads")
    taken, found = opening.look(node, folder.source(Disk(), source))  # type: ignore[arg-type]
    count = sum(1 for _ in found)
    assert taken.whole
    return {"records": count}


def read(store: Store, source: Path, objects: list[bytes]) -> dict[str, Any]:
    node = Node(store, "reads", objects)
    taken, found = opening.look(node, folder.source(Disk(), source))  # type: ignore[arg-type]
    way = taking._Taking(node, taken, {COMMUNITY: Grant()}, "file", lambda taken: None)  # type: ignore[arg-type]
    way.run(found)
    assert taken.whole, taken.damage
    done = taken.summary
    return {"events": done.events_in, "objects": done.objects_in, "skipped": taken.skipped}


def reply(store: Store, dest: Path) -> dict[str, Any]:
    node = Node(store, "reads")
    draft = Draft(COMMUNITY, node.replica(bytes(32)), Content())
    dest.write_bytes(b"".join(making.pieces(node, draft, sealed=False)))  # type: ignore[arg-type]
    return {}


def main(words: list[str]) -> None:
    role, path, file, *more = words
    started = time.process_time()
    with Store.open(Path(path)) as store:
        if role == "write":
            told = write(store, Path(file), more[0], Path(more[1]) if more[1:] else None)
        elif role == "verify":
            told = verify(store, Path(file))
        elif role == "read":
            named = Path(more[0]).read_text().split() if more else []
            told = read(store, Path(file), [bytes.fromhex(each) for each in named])
        else:
            told = reply(store, Path(file))
    told |= {"itself": time.process_time() - started, "peak": peak_kib()}
    print(json.dumps(told), flush=True)
    os._exit(0)  # as the program does (`commands.main`)


if __name__ == "__main__":
    main(sys.argv[1:])
