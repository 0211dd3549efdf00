"""Our sides against those of the Negentropy reference implementation, its JavaScript.

Its file is none of ours and not in the repository: `HEARTH_NEGENTROPY_JS` says where it is
(`js/Negentropy.js` of github.com/hoytech/negentropy), and node must be there to run it.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from reconcile_kit import (
    OVERLOOKED,
    STORAGES,
    Items,
    Session,
    differences,
    items_of,
    limits,
    random_sets,
    reconcile,
)

from hearth.sync.reconcile import Initiator, Responder

PEER = Path(__file__).with_name("reconcile_peer.js")
SETS = 1000
PART = 50


class Reference:
    """The reference implementation in a process of its own."""

    def __init__(self, library: str) -> None:
        self._process = subprocess.Popen(
            ["node", PEER, library], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def ask(self, **order: Any) -> dict[str, Any]:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(json.dumps(order) + "\n")
        stdin.flush()
        reply: dict[str, Any] = json.loads(stdout.readline())
        assert "error" not in reply, reply
        return reply

    def open(self, side: str, items: Items, frame: int | None) -> None:
        listed = [[item.timestamp, item.id.hex()] for item in items]
        self.ask(open=side, items=listed, frame=frame or 0)

    def start(self) -> bytes:
        return bytes.fromhex(self.ask(start="initiator")["message"])

    def receive(self, message: bytes) -> tuple[bytes | None, list[bytes], list[bytes]]:
        told = self.ask(receive="initiator", message=message.hex())
        reply = told["message"]
        have, need = ([bytes.fromhex(id) for id in told[which]] for which in ("have", "need"))
        return None if reply is None else bytes.fromhex(reply), have, need

    def respond(self, message: bytes) -> bytes:
        return bytes.fromhex(self.ask(receive="responder", message=message.hex())["message"])

    def close(self) -> None:
        self._process.communicate()


@pytest.fixture(scope="module")
def reference() -> Iterator[Reference]:
    library = os.environ.get("HEARTH_NEGENTROPY_JS")
    if not library or not shutil.which("node"):
        pytest.skip("no reference implementation (set HEARTH_NEGENTROPY_JS, install node)")
    process = Reference(library)
    yield process
    process.close()


def in_step(reference: Reference, ours: Items, theirs: Items, storage: str) -> Session:
    """Four sides: every message of ours must be the reference's, in both roles."""
    initiator = Initiator(STORAGES[storage](ours), limits(None))
    responder = Responder(STORAGES[storage](theirs), limits(None))
    reference.open("initiator", ours, None)
    reference.open("responder", theirs, None)

    def start() -> bytes:
        message = initiator.start()
        assert message == reference.start()
        return message

    def receive(message: bytes) -> tuple[bytes | None, list[bytes], list[bytes]]:
        told = initiator.receive(message)
        assert tuple(told) == reference.receive(message)
        return told

    def respond(message: bytes) -> bytes:
        reply = responder.receive(message)
        assert reply == reference.respond(message)
        return reply

    return reconcile(start, receive, respond)


def with_frames(
    reference: Reference, ours: Items, theirs: Items, frames: tuple[int | None, int | None]
) -> Iterator[Session]:
    """Ours begins and the reference answers; then the other way round."""
    initiator = Initiator(STORAGES["pages"](ours), limits(frames[0]))
    reference.open("responder", theirs, frames[1])
    yield reconcile(initiator.start, initiator.receive, reference.respond)
    responder = Responder(STORAGES["pages"](theirs), limits(frames[1]))
    reference.open("initiator", ours, frames[0])
    yield reconcile(reference.start, reference.receive, responder.receive)


def check(reference: Reference, seed: int) -> None:
    rng = random.Random(seed)
    ours, theirs = random_sets(rng)
    expected = differences(ours, theirs)
    session = in_step(reference, ours, theirs, rng.choice(sorted(STORAGES)))
    assert (set(session.have), set(session.need)) == expected
    frames = rng.choice((None, 4096, 8000)), rng.choice((None, 4096, 5000))
    for session in with_frames(reference, ours, theirs, frames):
        assert (set(session.have), set(session.need)) == expected
        for number, message in enumerate(session.messages):
            assert len(message) <= (frames[number % 2] or 1 << 30)


def parts() -> list[Any]:
    """The first is in the fast tier."""
    marks: Callable[[int], Any] = lambda first: [pytest.mark.slow] if first else []  # noqa: E731
    return [pytest.param(first, marks=marks(first)) for first in range(0, SETS, PART)]


@pytest.mark.parametrize("first", parts())
def test_random_sets(reference: Reference, first: int) -> None:
    """Byte for byte the same where no message is cut; the same differences where some are."""
    for seed in range(first, first + PART):
        check(reference, seed)


def test_nothing_is_overlooked_where_the_reference_would(reference: Reference) -> None:
    """One side of ours is enough."""
    ours, theirs = map(items_of, OVERLOOKED)
    for session in with_frames(reference, ours, theirs, (4096, 4096)):
        assert (set(session.have), set(session.need)) == differences(ours, theirs)


def test_the_reference_declines_other_versions_as_we_do(reference: Reference) -> None:
    reference.open("responder", [], None)
    for version in (0x60, 0x62, 0x6F):
        message = bytes((version,))
        assert reference.respond(message) == Responder(STORAGES["lists"]([])).receive(message)
