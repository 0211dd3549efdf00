"""Messages to the byte: the vectors, and everything between them by properties."""

from __future__ import annotations

import json
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

import generator
import pytest
from hypothesis import given, strategies as st
from reconcile_kit import STORAGES, between_ours, items_of

from hearth.store.errors import HearthError
from hearth.sync.fingerprints import INFINITY, START, Bound, varint
from hearth.sync.negentropy_message import (
    CutShortError,
    MessageReader,
    MessageWriter,
    Mode,
    Range,
    ReconcileError,
    version_of,
)

HERE = Path(__file__).parent / "vectors"
Vector = dict[str, Any]


def load(name: str) -> list[Vector]:
    vectors: list[Vector] = json.loads((HERE / name).read_text())
    return vectors


MESSAGES = load("reconcile-messages.json")
SESSIONS = load("reconcile-sessions.json")


def test_the_vectors_are_what_is_generated() -> None:
    module = generator.script("generate_reconcile")
    for name, vectors in module.generated().items():
        assert (HERE / name).read_text() == module.text(vectors), "run the generator"


def read(message: bytes, max_ids: int = 1 << 15) -> list[Range]:
    version_of(message)
    reader = MessageReader(message, max_ids)
    found = []
    while not reader.at_end:
        found.append(reader.read())
    return found


@pytest.mark.parametrize("vector", MESSAGES, ids=lambda vector: vector["name"])
def test_message(vector: Vector) -> None:
    message = bytes.fromhex(vector["message"])
    if vector["expect"] != "ok":
        with pytest.raises(HearthError) as caught:
            read(message)
        assert caught.value.code == vector["expect"]
        return
    found = read(message)
    assert [shown(piece) for piece in found] == vector["ranges"]
    if vector["canonical"]:
        assert written(found) == message


def shown(piece: Range) -> Vector:
    timestamp = None if piece.upper == INFINITY else piece.upper.timestamp
    made: Vector = {"timestamp": timestamp, "prefix": piece.upper.prefix.hex()}
    if piece.mode is Mode.FINGERPRINT:
        return {**made, "fingerprint": piece.payload.hex()}
    if piece.mode is Mode.ID_LIST:
        ids = [piece.payload[at : at + 32].hex() for at in range(0, len(piece.payload), 32)]
        return {**made, "ids": ids}
    return made


def written(ranges: list[Range]) -> bytes:
    writer = MessageWriter()
    for piece in ranges:
        if piece.mode is Mode.SKIP:
            writer.skip(piece.upper)
        elif piece.mode is Mode.FINGERPRINT:
            writer.fingerprint(piece.upper, piece.payload)
        else:
            writer.id_list(piece.upper, piece.payload)
    return writer.to_bytes()


@pytest.mark.parametrize("storage", STORAGES)
@pytest.mark.parametrize("vector", SESSIONS, ids=lambda vector: vector["name"])
def test_session(vector: Vector, storage: str) -> None:
    """The same sets always say the same, from whatever they are stored in."""
    ours, theirs = items_of(vector["initiator"]), items_of(vector["responder"])
    frame, their_frame = vector["frames"]
    session = between_ours(ours, theirs, frame, their_frame, storage, storage)
    said = [
        {"length": len(message), "sha256": sha256(message).hexdigest()}
        if "sha256" in expected
        else {"message": message.hex()}
        for message, expected in zip(session.messages, vector["messages"], strict=True)
    ]
    assert said == vector["messages"]
    for found, expected in ((session.have, vector["have"]), (session.need, vector["need"])):
        assert sha256(b"".join(sorted(set(found)))).hexdigest() == expected["sha256"]
        assert len(set(found)) == expected["count"]


prefixes = st.binary(max_size=32).map(lambda prefix: prefix.rstrip(b"\0"))
uppers = st.builds(Bound, st.integers(0, 3) | st.integers(0, 2**64 - 2), prefixes)
payloads = st.one_of(
    st.just((Mode.SKIP, b"")),
    st.tuples(st.just(Mode.FINGERPRINT), st.binary(min_size=16, max_size=16)),
    st.tuples(st.just(Mode.ID_LIST), st.integers(0, 3).map(lambda count: bytes(32 * count))),
)


@given(st.lists(uppers | st.just(INFINITY), max_size=8), st.data())
def test_what_is_written_is_read(bounds: list[Bound], data: st.DataObject) -> None:
    ranges = []
    lower = START
    for upper in sorted(bounds):
        mode, payload = data.draw(payloads)
        ranges.append(Range(lower, upper, mode, payload))
        lower = upper
    message = written(ranges)
    assert read(message) == ranges
    for end in range(len(message)):
        shorter = message[:end]
        with suppress(CutShortError):
            assert read(shorter) == ranges[: len(read(shorter))]


@given(st.binary(max_size=60))
def test_bytes_of_any_kind_read_or_refused(data: bytes) -> None:
    """What is read is spelt in one way, but for zeros in prefixes and prefixes of infinity."""
    try:
        found = read(b"\x61" + data)
    except ReconcileError:
        return
    assert read(written(found)) == found
    assert len(written(found)) <= len(data) + 1


@given(st.integers(0, 2**64 - 1))
def test_varints(value: int) -> None:
    """Most significant digit first, as few digits as possible."""
    encoded = varint(value)
    assert len(encoded) == max(1, -(-value.bit_length() // 7))
    assert sum((digit & 127) << 7 * at for at, digit in enumerate(reversed(encoded))) == value
    assert [digit >> 7 for digit in encoded] == [1] * (len(encoded) - 1) + [0]
