"""One side of a session in a process of its own, for `bench/sync`: who serves, and who calls.

    python sync_sides.py serve STORE SESSIONS [OBJECTS]     prints its port, then what it took
    python sync_sides.py call STORE PORT [OBJECTS]          prints what it took

Both are what a program would be: a store on the disk, TCP, the handshake, a connection, a
session. OBJECTS is a file of ids in hex, a line each; who calls wants them, who serves gives them.
What is printed at the end is one line of JSON.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import anyio
from blake3 import blake3
from nacl.bindings import crypto_sign, crypto_sign_seed_keypair

from hearth.store import manifest
from hearth.store.store import Store
from hearth.sync.cipher import KeyPair
from hearth.sync.driver import Peer
from hearth.sync.handshake import Handshake, Local
from hearth.sync.meeting import meet
from hearth.sync.messages import What
from hearth.sync.opening import Door
from hearth.sync.replica import Grant
from hearth.sync.session import Session, session_salt
from hearth.sync.store_replica import StoreReplica
from hearth.sync.tcp import Server, connect

COMMUNITY = bytes(range(32))


class Signer:
    """A device key made from a seed."""

    def __init__(self, seed: bytes) -> None:
        self.device, self._secret = crypto_sign_seed_keypair(seed)

    def sign(self, message: bytes) -> bytes:
        return bytes(crypto_sign(message, self._secret)[:64])


def local(name: str) -> Local:
    """Who a side is: always the same, so that two that have met remember each other."""
    seeds = [blake3(f"{what} {name}".encode()).digest() for what in ("device", "static")]
    return Local.certified(Signer(seeds[0]), KeyPair.from_secret(seeds[1]))


def peak_kib() -> int:
    """The most memory this process has held; `ru_maxrss` would count its parent's too."""
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if "VmHWM" in line)


def wanted(store: Store, ids: Iterable[bytes]) -> Iterator[tuple[What, bytes]]:
    """Objects, and the chunks of those that are manifests and here."""
    for id in ids:
        yield What.OBJECT, id
        if store.has(id) and (parts := manifest.decode(store.get(id))) is not None:
            yield from ((What.OBJECT, chunk) for chunk, _ in parts.chunks)


class Side:
    """A store, and one session after another with it."""

    def __init__(self, path: Path, objects: Path | None) -> None:
        self.store = Store.open(path)
        words = [] if objects is None else objects.read_text().split()
        self.ids = [bytes.fromhex(word) for word in words]
        self.took: dict[str, Any] = {"sessions": 0, "peak": 0}

    async def talk(self, peer: Peer, wants: bool) -> None:
        before = time.process_time()
        ids = self.ids if wants else []
        replica = StoreReplica(
            self.store,
            peer.device,
            lambda device: {COMMUNITY: Grant(serves=lambda id: True)},
            lambda community: wanted(self.store, ids),
        )
        session = Session(replica, session_salt(peer.session.handshake_hash))
        summary = session.summary
        begun = time.perf_counter()
        times: dict[str, float] = {}
        count = 0

        def look() -> None:
            nonlocal count
            if summary.events_in > count:
                count = summary.events_in
                times["last"] = time.perf_counter() - begun
                times.setdefault("first", times["last"])

        await meet(peer, session, look)
        times["over"] = time.perf_counter() - begun
        self.took |= times
        self.took |= {
            "peer": peer,
            "sessions": self.took["sessions"] + 1,
            "cpu": self.took.get("cpu", 0.0) + time.process_time() - before,
            "rounds": summary.rounds,
            "events_in": summary.events_in,
            "objects_in": summary.objects_in,
            "equal": len(summary.equal),
        }

    def report(self) -> None:
        peer = self.took.pop("peer")
        self.took |= {"sent": peer.bytes_out, "received": peer.bytes_in, "peak": peak_kib()}
        print(json.dumps(self.took), flush=True)
        self.store.close()


async def serve(side: Side, sessions: int) -> None:
    async with await anyio.create_tcp_listener(local_host="127.0.0.1") as listener:
        port = listener.extra(anyio.abc.SocketAttribute.local_port)
        me = local("serves")
        async with anyio.create_task_group() as tasks:

            async def talk(peer: Peer) -> None:
                await side.talk(peer, False)

            def report(source: str, error: Exception) -> None:
                print(f"serving: {error!r}", file=sys.stderr)

            server = Server(lambda: Handshake.respond(me, [Door(COMMUNITY)]), talk, report)
            tasks.start_soon(server.serve, listener)
            print(port, flush=True)
            while side.took["sessions"] < sessions or server.sessions:
                await anyio.sleep(0.01)
            tasks.cancel_scope.cancel()


async def call(side: Side, port: int) -> None:
    handshake = Handshake.initiate(local("calls"), Door(COMMUNITY))
    async with connect("127.0.0.1", port, handshake) as peer:
        await side.talk(peer, True)


def main(words: list[str], run: Callable[..., Any] = anyio.run) -> None:
    role, path, number, *objects = words
    side = Side(Path(path), Path(objects[0]) if objects else None)
    run(serve if role == "serve" else call, side, int(number))
    side.report()


if __name__ == "__main__":
    main(sys.argv[1:])
