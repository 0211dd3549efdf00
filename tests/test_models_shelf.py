"""What is said of models, and which there are by it."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest
from sharing_kit import NOW, Neighbour

from hearth.corpora.records import RecordError
from hearth.kinds import MODEL as MODEL_EVENT
from hearth.models import adding, records, shelf
from hearth.models.making import Draft
from hearth.models.records import CHAT, EMBED, GGUF, MODEL, ONNX, TOKENIZER, ModelFile, ModelRecord
from hearth.models.shelf import Model
from hearth.store import cbor
from hearth.store.errors import NotFoundError, UsageError
from hearth.store.header import Lane

FILES = (
    ModelFile(MODEL, b"\1" * 32, 5, b"\2" * 32),
    ModelFile(TOKENIZER, b"\3" * 32, 6, b"\4" * 32),
)
RECORD = ModelRecord(
    "minilm", EMBED, ONNX, FILES, "apache-2.0", "a wheel", 512, 384, 256, "mean", "query: ", "p: "
)


def add(who: Neighbour, name: str, content: bytes | None = None, now: int = NOW) -> Model:
    """A language model of a few bytes: what is in a file is not looked at here."""
    made = Draft(name, CHAT, GGUF, {MODEL: content or name.encode()}, "mit", context=128)
    return adding.add(who.home, made, now).model


def names(who: Neighbour) -> list[str]:
    return [each.name for each in shelf.models(who.home)]


# records


def test_a_record_is_read_as_it_was_written() -> None:
    assert records.decode(RECORD.encode()) == RECORD
    assert records.decode(records.removal(RECORD.id)) == RECORD.id
    assert RECORD.encode() != RECORD.encode()  # a salt: equal models are not told by their hash
    assert RECORD.size == 11
    assert RECORD.refs == (b"\1" * 32, b"\3" * 32)


def test_the_id_depends_on_what_results_depend_on_and_nothing_else() -> None:
    from dataclasses import replace

    for same in ({"name": "x"}, {"licence": "mit"}, {"source": "y"}):
        assert replace(RECORD, **same).id == RECORD.id  # type: ignore[arg-type]
    moved = tuple(each._replace(object=bytes(32)) for each in FILES)
    assert replace(RECORD, files=moved).id == RECORD.id
    others: list[dict[str, Any]] = [
        {"kind": "rerank"}, {"pooling": "cls"}, {"dimensions": 383}, {"max_tokens": 255},
        {"question_prefix": ""}, {"passage_prefix": ""}, {"context": 511},
        {"files": (FILES[0], FILES[1]._replace(hash=bytes(32)))},
    ]  # fmt: skip
    ids = {RECORD.id, *(replace(RECORD, **each).id for each in others)}
    assert len(ids) == len(others) + 1


def fields(**changed: Any) -> bytes:
    found = cbor.decode(RECORD.encode())
    assert isinstance(found, dict)
    for key, value in changed.items():
        number = int(key[1:])
        if value is None:
            del found[number]
        else:
            found[number] = value
    return cbor.encode(found)


FILE = ["model", bytes(32), 5, bytes(32)]
OTHER = ["tokenizer", bytes(32), 5, bytes(32)]


@pytest.mark.parametrize(
    "payload",
    [
        cbor.encode([]), cbor.encode({0: bytes(16)}), fields(k0=None), fields(k0="salt"),
        fields(k1=None), fields(k1=""), fields(k1="a/b"), fields(k1="x" * 65), fields(k1=b"x"),
        fields(k2="sing"), fields(k3="zip"), fields(k4=None), fields(k4=[]), fields(k4=[FILE]),
        fields(k4=[OTHER, FILE]), fields(k4=[FILE, FILE, OTHER]), fields(k4=[[1], OTHER]),
        fields(k4=[["Model", bytes(32), 5, bytes(32)], FILE, OTHER]),
        fields(k4=[["model", bytes(31), 5, bytes(32)], OTHER]),
        fields(k4=[["model", bytes(32), 0, bytes(32)], OTHER]),
        fields(k4=[["model", bytes(32), 1 << 40, bytes(32)], OTHER]),
        fields(k4=[["model", bytes(32), True, bytes(32)], OTHER]),
        fields(k4=[[f"a{n:02}", bytes(32), 5, bytes(32)] for n in range(15)] + [FILE, OTHER]),
        fields(k5="two\nlines"), fields(k5="x" * 201), fields(k6="x" * 501), fields(k6="\x1b[m"),
        fields(k7=-1), fields(k7=(1 << 24) + 1), fields(k8=0), fields(k8=True), fields(k9=0),
        fields(k10="max"), fields(k11="\n"), fields(k12="x" * 501), fields(k2="chat"),
        fields(k3="gguf"), fields(k2="rerank", k3="gguf"),
    ],
    ids=lambda _: "payload",  # not the bytes: they are salted, and differ from run to run
)  # fmt: skip
def test_what_cannot_be_a_model(payload: bytes) -> None:
    with pytest.raises(RecordError):
        records.decode(payload)


def test_what_cannot_be_a_model_is_passed_over(ada: Neighbour) -> None:
    home = ada.home.community
    for payload in (b"\x00", b"\xff", fields(k1=""), fields(k4=[]), None):
        ada.append(home, Lane.CORPUS, MODEL_EVENT, payload)
    ada.append(home, Lane.CORPUS, MODEL_EVENT, RECORD.encode(), RECORD.refs)
    assert names(ada) == ["minilm"]


def test_at_the_limits() -> None:
    more = [[f"a{n:02}", bytes(32), (1 << 40) - 1, bytes(32)] for n in range(14)]
    for payload in (
        fields(k1="x" * 64, k5="x" * 200, k6="x" * 500, k11="x" * 500, k7=1 << 24),
        fields(k4=[*more, FILE, OTHER]),
        fields(k20="from a later version"),
    ):
        assert isinstance(records.decode(payload), ModelRecord)


def test_the_vectors_are_what_the_generator_writes_and_what_is_read() -> None:
    folder = Path(__file__).parent / "vectors"
    held = json.loads((folder / "models.json").read_text(encoding="utf-8"))
    spec = importlib.util.spec_from_file_location("generate_models", folder / "generate_models.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.vectors() == held
    for each in held["models"]:
        record = records.decode(bytes.fromhex(each["payload"]))
        assert isinstance(record, ModelRecord)
        assert record.id.hex() == each["id"]
        assert (record.name, record.kind) == (each["record"]["name"], each["record"]["kind"])
        assert record.encode()[module.HEAD :].hex() == each["payload"][2 * module.HEAD :]
    removal = held["removal"]
    assert records.decode(bytes.fromhex(removal["payload"])) == bytes.fromhex(removal["id"])


# which there are


def test_added_found_used_and_removed(ada: Neighbour) -> None:
    first = add(ada, "first")
    assert shelf.find(ada.home, "first") == first
    assert shelf.find(ada.home, first.id.hex()[:8]) == first
    assert first.own
    assert first.complete
    assert first.offers == ()
    with pytest.raises(NotFoundError):
        shelf.find(ada.home, "fir")
    with pytest.raises(NotFoundError):
        shelf.find(ada.home, first.id.hex()[:7])
    second = add(ada, "second", now=NOW + 1)
    assert shelf.chosen(ada.home, CHAT) == second  # what came last
    assert shelf.chosen(ada.home, EMBED) is None
    adding.use(ada.home, first)
    assert shelf.chosen(ada.home, CHAT) == first
    adding.remove(ada.home, first, NOW + 2)
    assert names(ada) == ["second"]
    assert shelf.chosen(ada.home, CHAT) == second
    assert b"first" not in b"".join(
        event.payload or b"" for event in ada.home.store.log.events(kind=MODEL_EVENT)
    )


def test_one_that_is_used_and_not_whole_gives_way(ada: Neighbour) -> None:
    first, second = add(ada, "first"), add(ada, "second")
    adding.use(ada.home, second)
    with ada.home.store.batch() as batch, batch.transaction() as tx:
        tx.connection.execute("DELETE FROM objects WHERE id = ?", (second.record.refs[0],))
    assert shelf.chosen(ada.home, CHAT) == first
    assert not shelf.find(ada.home, "second").complete


def test_one_added_again_after_it_was_removed(ada: Neighbour) -> None:
    adding.remove(ada.home, add(ada, "first"), NOW)
    assert add(ada, "first", now=NOW + 1).own
    assert names(ada) == ["first"]


def test_what_another_device_of_the_person_said_is_overruled(ada: Neighbour) -> None:
    model = add(ada, "first")
    ada.home.rotate(NOW + 5)  # a new device goes on
    adding.remove(ada.home, shelf.find(ada.home, "first"), NOW + 6)
    assert names(ada) == []
    ada.home.cache_path.unlink()
    ada.reopen()
    assert names(ada) == []
    assert add(ada, "first", now=NOW + 7).id == model.id
    assert names(ada) == ["first"]


def test_two_of_one_name_are_told_apart(ada: Neighbour) -> None:
    """As two devices of a person may add them before they meet."""
    one = ModelRecord("same", CHAT, GGUF, (FILES[0],))
    two = ModelRecord("same", CHAT, GGUF, (FILES[0]._replace(hash=bytes(32)),))
    for each in (one, two):
        ada.append(ada.home.community, Lane.CORPUS, MODEL_EVENT, each.encode(), each.refs)
    with pytest.raises(UsageError, match="2 models"):
        shelf.find(ada.home, "same")
    assert shelf.find(ada.home, two.id.hex()[:12]).record == two


def test_a_model_is_kept_by_gc_and_its_room_given_back_later(ada: Neighbour) -> None:
    from hearth.store.gc import gc

    model = add(ada, "kept", b"k" * 100_000)
    other = add(ada, "gone", b"g" * 100_000)
    adding.remove(ada.home, other, NOW + 1)
    for days in (1, 20, 40):
        gc(ada.home.store, now=NOW + days * 86400)
    assert ada.home.store.has_file(model.record.refs[0])
    assert not ada.home.store.has_file(other.record.refs[0])


def test_a_hearth_that_cannot_be_written_is_read(ada: Neighbour) -> None:
    from hearth.home import Home

    model = add(ada, "first")
    with Home.open(ada.path, read_only=True) as home:
        assert shelf.chosen(home, CHAT) == model
    ada.index.close()
    for path in ada.path.glob("cache.db*"):
        path.unlink()
    with Home.open(ada.path, read_only=True) as home:
        assert [each.name for each in shelf.models(home)] == ["first"]
