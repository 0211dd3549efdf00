"""The vectors of the transport: they are what their script writes, and they hold."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import generator
import pytest
from nacl.bindings import crypto_sign, crypto_sign_seed_keypair
from sync_kit import session

from hearth.sync import certificate as certificates
from hearth.sync.certificate import TransportCertificateError
from hearth.sync.cipher import CipherState, KeyPair
from hearth.sync.connection import Closed, Connection, Event, Message, Pong
from hearth.sync.errors import Code, TransportError
from hearth.sync.handshake import Established, Handshake, HandshakeError, Local
from hearth.sync.opening import Door

FOLDER = Path(__file__).parent / "vectors"


def load(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    return found


def cases(name: str) -> list[Any]:
    return [pytest.param(case, id=case["name"]) for case in load(name)["cases"]]


class Seeded:
    def __init__(self, seed: str) -> None:
        self.device, self._secret = crypto_sign_seed_keypair(bytes.fromhex(seed))

    def sign(self, message: bytes) -> bytes:
        return crypto_sign(message, self._secret)[:64]


def test_the_files_are_what_the_script_writes() -> None:
    """After a change of the format: `python tests/vectors/generate_sync.py`."""
    script = generator.script("generate_sync")
    for name, content in script.files().items():
        assert (FOLDER / name).read_text(encoding="utf-8") == script.text(content), name


@pytest.mark.parametrize("case", cases("sync-certificate.json"))
def test_certificates(case: dict[str, Any]) -> None:
    data = bytes.fromhex(case["certificate"])
    if case["expect"] != "ok":
        with pytest.raises(TransportCertificateError) as caught:
            certificates.decode(data)
        assert caught.value.code == case["expect"]
        return
    found = certificates.decode(data)
    assert found.device == Seeded(case["device_seed"]).device
    assert found.static == KeyPair.from_secret(bytes.fromhex(case["static_secret"])).public


def ends(case: dict[str, Any]) -> tuple[Handshake, Handshake]:
    people = load("sync-handshake.json")
    psk = case.get("psk")
    door = Door(bytes.fromhex(case["door"]), bytes.fromhex(psk) if psk else None)

    def key(name: str, which: str) -> KeyPair:
        return KeyPair.from_secret(bytes.fromhex(people[name][which]))

    def shown(name: str) -> Local:
        return Local.certified(Seeded(people[name]["device_seed"]), key(name, "static_secret"))

    return (
        Handshake.initiate(shown("alice"), door, ephemeral=key("alice", "ephemeral_secret")),
        Handshake.respond(shown("bob"), [door], ephemeral=key("bob", "ephemeral_secret")),
    )


@pytest.mark.parametrize("case", cases("sync-handshake.json"))
def test_handshakes(case: dict[str, Any]) -> None:
    here, there = ends(case)
    if case["expect"] != "ok":
        side = here if case["side"] == "initiator" else there
        *before, last = (bytes.fromhex(message) for message in case["hears"])
        for message in before:
            side.receive(message)
        with pytest.raises(HandshakeError) as caught:
            side.receive(last)
        assert caught.value.code == case["expect"]
        assert caught.value.reason.name == case["reason"]
        return
    sides = [here, there]
    for message in map(bytes.fromhex, case["messages"]):
        assert sides[0].data_to_send() == message
        sides[1].receive(message)
        sides.reverse()
    for end, close in ((here, "close_by_initiator"), (there, "close_by_responder")):
        assert end.established.handshake_hash.hex() == case["handshake_hash"]
        connection = Connection(end.established)
        connection.close(Code.DONE)
        assert connection.data_to_send().hex() == case[close]


@cache
def some_session() -> Established:
    return session()[0]


def plain(event: Event) -> list[Any]:
    if isinstance(event, Message):
        return ["message", event.type, event.body.hex(), event.urgent]
    if isinstance(event, Pong):
        return ["pong", event.token.hex()]
    assert isinstance(event, Closed)
    return ["closed", event.code]


@pytest.mark.parametrize("case", cases("sync-frames.json"))
def test_frames(case: dict[str, Any]) -> None:
    reading = Connection(replace(some_session(), receiving=CipherState(bytes.fromhex(case["key"]))))
    reading.receive_data(bytes.fromhex(case["wire"]))
    seen: list[list[Any]] = []
    code = "ok"
    try:
        while (event := reading.next_event()) is not None:
            seen.append(plain(event))
        if case["expect"] == "cut":
            reading.receive_eof()
    except TransportError as error:
        code = error.code
    assert (seen, code) == (case["events"], case["expect"])
