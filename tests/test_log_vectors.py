"""The vectors of the event formats, and those of others for what they stand on."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import generator
import pytest
import vector_log
from log_kit import new_store

from hearth.store import cbor, event, forks, slots
from hearth.store.errors import HearthError
from hearth.store.header import encode

HERE = Path(__file__).parent / "vectors"
Vector = dict[str, Any]


def load(name: str) -> list[Vector]:
    vectors: list[Vector] = json.loads((HERE / name).read_text())
    return vectors


def named(name: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    return pytest.mark.parametrize("vector", load(name), ids=lambda vector: vector["name"])


def raw(text: str | None) -> bytes | None:
    return None if text is None else bytes.fromhex(text)


def meets(vector: Vector, work: Callable[[], Any]) -> Any:
    """Run what the vector is for; the result if that is what it expects, else None."""
    if vector["expect"] == "ok":
        return work()
    with pytest.raises(HearthError) as caught:
        work()
    assert caught.value.code == vector["expect"]
    return None


def data_of(given: str | Vector) -> bytes:
    if isinstance(given, str):
        return bytes.fromhex(given)
    middle: bytes = bytes.fromhex(given["repeat"]) * given["times"]
    return bytes.fromhex(given.get("before", "")) + middle + bytes.fromhex(given.get("then", ""))


def from_plain(value: Any) -> Any:
    if isinstance(value, list):
        return [from_plain(item) for item in value]
    if isinstance(value, dict):
        if "map" in value:
            return {key: from_plain(item) for key, item in value["map"]}
        return value["text"] if "text" in value else bytes.fromhex(value["bytes"])
    return value


@named("cbor.json")
def test_cbor(vector: Vector, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError("a tag handler ran")

    monkeypatch.setattr(re, "compile", never)
    data = data_of(vector["input"])
    value = meets(vector, lambda: cbor.decode(data))
    if vector["expect"] == "ok":
        assert value == from_plain(vector["value"])
        assert type(value) is type(from_plain(vector["value"]))
        assert cbor.encode(value) == data


@named("events.json")
def test_event(vector: Vector) -> None:
    header, signature = bytes.fromhex(vector["header"]), bytes.fromhex(vector["signature"])
    opened = meets(vector, lambda: event.check(header, signature, raw(vector["payload"])))
    if opened is not None:
        id, parsed = opened
        assert id.hex() == vector["id"]
        assert encode(parsed) == header
        for key, value in parsed._asdict().items():
            plain = value.hex() if isinstance(value, bytes) else value
            plain = [item.hex() for item in plain] if isinstance(plain, tuple) else plain
            assert plain == vector["fields"][key], key


@named("slots.json")
def test_slot(vector: Vector) -> None:
    statement, signature = bytes.fromhex(vector["statement"]), bytes.fromhex(vector["signature"])
    slot = meets(vector, lambda: slots.parse(statement, signature))
    assert slot is None or slot.id.hex() == vector["id"]


@named("forks.json")
def test_fork(vector: Vector) -> None:
    fork = meets(vector, lambda: forks.read_proof(bytes.fromhex(vector["proof"])))
    if fork is not None:
        assert [fork.low.hex(), fork.high.hex()] == vector["ids"]
        assert fork.sequence == vector["sequence"]


@named("logs.json")
def test_log(vector: Vector, tmp_path: Path) -> None:
    deliveries = [
        [tuple(map(raw, record)) for record in delivery] for delivery in vector["deliveries"]
    ]
    with new_store(tmp_path / "h") as store:
        assert vector_log.deliver(store, deliveries) == vector["expect"]  # type: ignore[arg-type]
        assert vector_log.state(store) == vector["then"]
        assert store.log.verify().problems == []


def test_the_files_are_what_the_generator_writes() -> None:
    module = generator.script("generate")
    for name in module.FILES:
        assert (HERE / name).read_text() == module.render(name), name
    assert {path.name for path in HERE.glob("*.json")} >= set(module.FILES)


# vectors of others


def test_wycheproof_ed25519(test_data: Path) -> None:
    groups = json.loads((test_data / "vectors/wycheproof_ed25519_test.json").read_text())
    seen = 0
    for group in groups["testGroups"]:
        key = bytes.fromhex(group["publicKey"]["pk"])
        for case in group["tests"]:
            signature, message = bytes.fromhex(case["sig"]), bytes.fromhex(case["msg"])
            verdict = event.verifies(key, b"", message, signature)
            assert verdict == (case["result"] == "valid"), case["comment"]
            seen += 1
    assert seen == groups["numberOfTests"]


def test_cctv_ed25519_is_frozen(test_data: Path) -> None:
    """Edge cases on which verifiers differ: what ours says, and that the key check ends it."""
    cases = json.loads((test_data / "vectors/cctv_ed25519vectors.json").read_text())
    frozen = json.loads((HERE / "cctv.json").read_text())
    accepted = sorted(
        case["number"]
        for case in cases
        if event.verifies(
            bytes.fromhex(case["key"]), b"", case["msg"].encode(), bytes.fromhex(case["sig"])
        )
    )
    assert (len(cases), accepted) == (frozen["cases"], frozen["accepted"])
    proper = []
    for case in cases:
        try:
            event.check_device(bytes.fromhex(case["key"]))
        except event.DeviceKeyError:
            continue
        if case["number"] in accepted:
            proper.append(case["number"])
    assert proper == frozen["accepted_with_a_proper_key"]


def test_blake3(test_data: Path) -> None:
    from hearth.store import ids

    cases = json.loads((test_data / "vectors/blake3_test_vectors.json").read_text())["cases"]
    for case in cases:
        data = bytes(number % 251 for number in range(case["input_len"]))
        assert ids.of(data).hex() == case["hash"][:64]


def test_the_example_in_the_specification_is_the_first_vector() -> None:
    page = (HERE.parent.parent / "docs" / "format-events.md").read_text()
    example = page.partition("## 15. An example")[2]
    header, _, rest = example.partition("signature ")
    items = "".join(line[4:74] for line in header.splitlines() if line.startswith("    "))
    signature, _, id = rest.partition("id ")
    vector = load("events.json")[0]
    assert "".join(items.split()) == vector["header"]
    assert "".join(signature.split()) == vector["signature"]
    assert id.strip() == vector["id"]


def test_the_specification_names_every_limit() -> None:
    """The numbers in the text are those in the code."""
    from hearth.store import header, importer, segments

    page = (HERE.parent.parent / "docs" / "format-events.md").read_text()
    for number in (
        cbor.MAX_SIZE,
        cbor.MAX_ITEMS,
        header.MAX_HEADER,
        header.MAX_PAYLOAD,
        header.MAX_REFS,
        forks.EXTRA_QUOTA,
        forks.MAX_SIDE,
        importer.BAD_SIGNATURES,
        slots.MAX_STATEMENT,
        slots.MAX_BODY,
        slots.MAX_NAME,
        segments.EVENTS,
        segments.ERASURES,
        segments.MAX_SIZE,
    ):
        assert re.search(rf"\b({number}|{number:,})\b", page), number
    for label in (event.LABEL, slots.LABEL):
        assert label.rstrip(b"\0").decode() in page


def test_anchors_make_of_chains_what_the_vectors_say() -> None:
    """After a change of the rules: `python tests/vectors/generate_anchors.py`."""
    committed = (HERE / "anchors.json").read_text(encoding="ascii")
    assert committed == generator.script("generate_anchors").text()
