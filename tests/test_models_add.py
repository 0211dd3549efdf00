"""Adding models from the disk: what is taken, and what is refused and why."""

from __future__ import annotations

import hashlib
import json
import os
import struct
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gguf_kit
import model_kit
import numpy as np
import pytest
from sharing_kit import NOW, Neighbour

from hearth import free_memory
from hearth.models import adding, making, shelf, sources
from hearth.models.embedding import open_embedder
from hearth.models.errors import (
    DamagedModelError,
    ModelError,
    ModelExistsError,
    NotAModelError,
)
from hearth.models.making import Draft
from hearth.models.records import CHAT, DONE, EMBED, GGUF, MEAN, MODEL, ONNX, RERANK
from hearth.models.safetensors import Tensors
from hearth.store.errors import NotFoundError, UsageError


def draft(path: Path, kind: str | None = None) -> Draft:
    return adding.draft(path, kind, lambda _: None)


def changed(name: str, data: bytes | None) -> dict[str, bytes]:
    """A model's files with one of them other than it should be, or away."""
    found = model_kit.files()
    found.pop(name)
    return found if data is None else {**found, name: data}


# what is taken


@pytest.mark.parametrize("make", [model_kit.folder, model_kit.wheel])
def test_safetensors_from_a_folder_and_from_a_wheel(
    tmp_path: Path, make: Callable[[Path], Path]
) -> None:
    made = draft(make(tmp_path / "tiny_model-1.0-py3-none-any.whl"))
    assert (made.kind, made.format, made.dimensions) == (EMBED, ONNX, model_kit.HIDDEN)
    assert (made.context, made.max_tokens, made.pooling) == (model_kit.POSITIONS, 48, DONE)
    assert made.licence == "apache-2.0"
    assert made.likeness is not None
    assert made.likeness.texts >= 64
    assert made.likeness.mean >= 0.99


def test_the_same_model_is_the_same_wherever_it_comes_from(ada: Neighbour, tmp_path: Path) -> None:
    model_kit.folder(tmp_path / "up" / "inside")
    made = [draft(tmp_path / "up"), draft(model_kit.wheel(tmp_path / "tiny.whl"))]
    first = adding.add(ada.home, made[0], NOW, name="tiny")
    second = adding.add(ada.home, made[1], NOW, name="tiny")
    assert first.new
    assert not second.new
    assert first.model.id == second.model.id
    assert len(shelf.models(ada.home)) == 1


def test_nothing_of_a_wheel_is_unpacked_or_run(tmp_path: Path) -> None:
    path = model_kit.wheel(tmp_path / "tiny.whl")
    with zipfile.ZipFile(path, "a") as wheel:
        wheel.writestr("../../outside.txt", "no")
        wheel.writestr("/etc/outside.txt", "no")
        wheel.writestr("tiny_model/model/../../../outside/model.safetensors.txt", "no")
    before = set(tmp_path.rglob("*"))
    assert draft(path).dimensions == model_kit.HIDDEN
    assert set(tmp_path.rglob("*")) == before


def test_cls_pooling_and_prefixes_are_taken_over(tmp_path: Path) -> None:
    prompts = {"query": "Represent this: ", "document": "passage: "}
    made = draft(model_kit.folder(tmp_path / "m", pooling="cls", prompts=prompts))
    assert made.question_prefix == "Represent this: "
    assert made.passage_prefix == "passage: "
    mean = draft(model_kit.folder(tmp_path / "n"))
    assert made.files[MODEL] != mean.files[MODEL]


def onnx(tmp_path: Path, **more: Any) -> dict[str, bytes]:
    found = model_kit.files()
    del found["model.safetensors"]
    return {**found, "model.onnx": model_kit.onnx_file(**more)}


@pytest.mark.parametrize(("shape", "pooling"), [("tokens", MEAN), ("vector", DONE)])
def test_an_onnx_file_is_taken_as_it_is(
    ada: Neighbour, tmp_path: Path, shape: str, pooling: str
) -> None:
    files = onnx(tmp_path, shape=shape)
    folder = model_kit.folder(tmp_path / "m", files)
    for path in (folder, folder / "model.onnx"):
        made = draft(path)
        assert (made.kind, made.dimensions, made.pooling) == (EMBED, 8, pooling)
        assert made.files[MODEL] == files["model.onnx"]
    model = adding.add(ada.home, made, NOW, name="eight").model
    rows = open_embedder(ada.home, model).embed(["boil the water", "fire"])
    assert rows.shape == (2, 8)


def test_below_onnx_it_is_found_too(tmp_path: Path) -> None:
    files = onnx(tmp_path)
    files["onnx/model.onnx"] = files.pop("model.onnx")
    assert draft(model_kit.folder(tmp_path / "m", files)).dimensions == 8


def test_one_for_ranking(tmp_path: Path) -> None:
    folder = model_kit.folder(tmp_path / "m", onnx(tmp_path, shape="score"))
    made = draft(folder, RERANK)
    assert (made.kind, made.dimensions) == (RERANK, 0)
    with pytest.raises(ModelError, match="array of"):
        draft(model_kit.folder(tmp_path / "n", onnx(tmp_path)), RERANK)


def test_a_gguf_file_is_a_language_model(ada: Neighbour, tmp_path: Path) -> None:
    path = gguf_kit.write(tmp_path / "story.gguf", licence="mit", context=512)
    made = draft(path)
    assert (made.kind, made.format, made.context, made.licence) == (CHAT, GGUF, 512, "mit")
    model = adding.add(ada.home, made, NOW).model
    assert model.name == "Tiny-story"
    assert model.size == path.stat().st_size
    assert shelf.chosen(ada.home, CHAT) == model


def test_the_onnx_file_that_is_named_is_the_one_that_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever lies beside it: another one, weights in another format, thousands of files."""
    other = model_kit.onnx_file(shape="vector")
    files = {**model_kit.files(), **onnx(tmp_path), "of-mine.onnx": other}
    folder = model_kit.folder(tmp_path / "m", files)
    monkeypatch.setattr(sources, "ENTRIES_LIMIT", 2)
    made = draft(folder / "of-mine.onnx")
    assert made.files[MODEL] == other
    assert draft(folder / "model.onnx").files[MODEL] == files["model.onnx"]
    (folder / "tokenizer.json").unlink()
    with pytest.raises(NotAModelError, match=r'no tokenizer\.json beside .*"of-mine\.onnx"'):
        draft(folder / "of-mine.onnx")


# what is refused


def test_what_is_no_file_is_not_even_opened(tmp_path: Path) -> None:
    """A device gives bytes until the memory is full; a pipe keeps its reader waiting."""
    os.mkfifo(tmp_path / "pipe")
    os.mkfifo(tmp_path / "pipe.onnx")
    (tmp_path / "link").symlink_to("/dev/zero")
    for path in (Path("/dev/zero"), tmp_path / "link", tmp_path / "pipe", tmp_path / "pipe.onnx"):
        with pytest.raises(NotAModelError, match="is no file, but a device"):
            draft(path)


def test_weights_are_told_by_their_beginning(tmp_path: Path) -> None:
    """As long as it may be, and none of it but the beginning is read."""
    folder = model_kit.folder(tmp_path / "m")
    with (folder / "model.safetensors").open("wb") as file:
        file.truncate(sources.WEIGHTS_LIMIT)
    tracemalloc.start()
    try:
        with pytest.raises(NotAModelError, match="no safetensors"):
            draft(folder)
        assert tracemalloc.get_traced_memory()[1] < 64 << 20
    finally:
        tracemalloc.stop()


def test_what_does_not_fit_into_memory_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = model_kit.folder(tmp_path / "m")
    size = (folder / "model.safetensors").stat().st_size
    for path in (folder, model_kit.wheel(tmp_path / "m.whl")):
        for free in (None, size):
            monkeypatch.setattr(free_memory, "available", lambda free=free: free)
            assert draft(path).dimensions
        monkeypatch.setattr(free_memory, "available", lambda: size - 1)
        with pytest.raises(ModelError, match="too little memory"):
            draft(path)


def test_a_folder_with_more_files_than_are_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = model_kit.folder(tmp_path / "m")
    number = sum(path.is_file() for path in folder.rglob("*"))
    monkeypatch.setattr(sources, "ENTRIES_LIMIT", number)
    assert draft(folder).dimensions
    monkeypatch.setattr(sources, "ENTRIES_LIMIT", number - 1)
    with pytest.raises(NotAModelError, match="holds more than"):
        draft(folder)


@pytest.mark.parametrize("large", [False, True])
def test_a_zip_whose_list_of_entries_is_too_long_is_not_read(tmp_path: Path, large: bool) -> None:
    path = tmp_path / "x.whl"
    for size, error in (
        (sources.DIRECTORY_LIMIT, DamagedModelError),  # what it states is not there
        (sources.DIRECTORY_LIMIT + 1, NotAModelError),
    ):
        record = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, 1, 1, size, 0)
        locator = struct.pack("<4sLQL", b"PK\6\7", 0, 0, 1)
        said = min(size, 1) if large else size
        end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, said, 0, 0)
        path.write_bytes((record + locator if large else b"PK") + end)
        with pytest.raises(ModelError) as caught:
            draft(path)
        assert type(caught.value) is error


@pytest.mark.parametrize(
    ("name", "data", "error", "said"),
    [
        ("model.safetensors", None, NotAModelError, "no weights"),
        ("config.json", None, NotAModelError, "kind"),
        ("config.json", b"{", NotAModelError, "no JSON"),
        ("config.json", b"[]", NotAModelError, "no JSON object"),
        ("config.json", b"[" * 100_000, NotAModelError, "no JSON"),
        ("tokenizer.json", None, NotAModelError, "no tokenizer.json"),
        ("tokenizer.json", b"{}", NotAModelError, "cannot be read"),
        ("tokenizer.json", b"\xff\xfe", NotAModelError, "cannot be read"),
        ("model.safetensors", b"", DamagedModelError, "cut short"),
        ("model.safetensors", b"\x89PNG\r\n\x1a\n" * 9, NotAModelError, "no safetensors"),
        ("sentence_bert_config.json", b'{"max_seq_length": 65}', NotAModelError, "max_seq"),
        ("sentence_bert_config.json", b'{"max_seq_length": 7}', NotAModelError, "max_seq"),
        ("sentence_bert_config.json", b'{"max_seq_length": "9"}', NotAModelError, "max_seq"),
        ("1_Pooling/config.json", b'{"pooling_mode_max_tokens": true}', NotAModelError, "pools"),
    ],
)
def test_files_that_do_not_do(
    tmp_path: Path, name: str, data: bytes | None, error: type[ModelError], said: str
) -> None:
    with pytest.raises(error, match=said):
        draft(model_kit.folder(tmp_path / "m", changed(name, data)))


def test_max_tokens_up_to_the_positions(tmp_path: Path) -> None:
    for number in (8, model_kit.POSITIONS):
        data = json.dumps({"max_seq_length": number}).encode()
        found = changed("sentence_bert_config.json", data)
        assert draft(model_kit.folder(tmp_path / str(number), found)).max_tokens == number


@pytest.mark.parametrize("words", [model_kit.WORDS[:-1], [*model_kit.WORDS, "more"]])
def test_a_tokenizer_that_has_more_tokens_than_the_model_has_vectors(
    tmp_path: Path, words: list[str]
) -> None:
    place = model_kit.folder(tmp_path / "m", words=words)
    if len(words) < len(model_kit.WORDS):
        assert draft(place).dimensions  # a row that no token uses is no harm
        return
    with pytest.raises(NotAModelError, match="do not belong together"):
        draft(place)


def test_a_tokenizer_of_quite_another_model(tmp_path: Path) -> None:
    """Far more vectors than tokens: they were not made for each other."""
    config = {**model_kit.CONFIG, "vocab_size": 30_000}
    with pytest.raises(NotAModelError, match="do not belong together"):
        draft(model_kit.folder(tmp_path / "m", config=config))


@pytest.mark.parametrize("rows", [model_kit.CONFIG["vocab_size"] - 1, 4])
def test_an_onnx_file_that_lacks_rows(tmp_path: Path, rows: int) -> None:
    with pytest.raises(NotAModelError, match="belong together"):
        draft(model_kit.folder(tmp_path / "m", onnx(tmp_path, rows=rows)))


def test_an_onnx_file_that_reads_other_files(tmp_path: Path) -> None:
    with pytest.raises(NotAModelError, match="in another file"):
        draft(model_kit.folder(tmp_path / "m", onnx(tmp_path, external=True)))


def test_an_onnx_file_cut_short(tmp_path: Path) -> None:
    data = model_kit.onnx_file()
    for length in (1, 10, len(data) // 2, len(data) - 1):
        found = {**onnx(tmp_path), "model.onnx": data[:length]}
        with pytest.raises(DamagedModelError, match="cut short"):
            draft(model_kit.folder(tmp_path / str(length), found))
    for other in (b"", b"Dear neighbour", b"\x89PNG\r\n\x1a\n"):
        found = {**onnx(tmp_path), "model.onnx": other}
        with pytest.raises(NotAModelError):
            draft(model_kit.folder(tmp_path / f"other-{len(other)}", found))


def test_an_onnx_file_that_gives_no_numbers(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no number"):
        draft(model_kit.folder(tmp_path / "m", onnx(tmp_path, last=np.nan)))


def test_weights_cut_short_at_any_place(tmp_path: Path) -> None:
    data = model_kit.files()["model.safetensors"]
    for length in (1, 7, 8, 500, len(data) // 2, len(data) - 1):
        found = changed("model.safetensors", data[:length])
        with pytest.raises(DamagedModelError, match="cut short"):
            draft(model_kit.folder(tmp_path / str(length), found))


def head(entries: Any, data: bytes = b"") -> bytes:
    text = json.dumps(entries).encode()
    return struct.pack("<Q", len(text)) + text + data


def entry(first: int, last: int, shape: Any = (1,), dtype: str = "F32") -> dict[str, Any]:
    return {"dtype": dtype, "shape": list(shape), "data_offsets": [first, last]}


@pytest.mark.parametrize(
    "data",
    [
        head([]),
        head({"a": 1}),
        head({"a": entry(0, 4, dtype="F33")}, bytes(4)),
        head({"a": entry(0, 4, (-1,))}, bytes(4)),
        head({"a": entry(0, 4, (True,))}, bytes(4)),
        head({"a": entry(0, 5)}, bytes(5)),
        head({"a": entry(4, 8)}, bytes(8)),
        head({"a": entry(0, 4), "b": entry(2, 6)}, bytes(6)),
        head({"a": entry(0, 4)}, bytes(5)),
        head({str(number): entry(0, 0, (0,)) for number in range(20_001)}),
        struct.pack("<Q", 1) + b"{",
        struct.pack("<Q", (16 << 20) + 1) + bytes(99),
        struct.pack("<Q", 1 << 63) + bytes(99),
    ],
)
def test_headers_of_safetensors_that_lie(data: bytes) -> None:
    with pytest.raises(NotAModelError):
        Tensors(data)


def test_a_header_of_safetensors_that_does_not(tmp_path: Path) -> None:
    tensors = Tensors(head({"a": entry(0, 4), "__metadata__": {"x": "y"}}, bytes(4)))
    assert tensors.names == ["a"]
    assert tensors.get("a", 1).tolist() == [0.0]
    with pytest.raises(NotAModelError, match="shape"):
        tensors.get("a", 2)
    half = Tensors(model_kit.safetensors({"h": np.array([1.5], dtype=np.float16)}))
    assert half.get("h", 1).dtype == np.float32


def test_a_wheel_cut_short_or_changed(tmp_path: Path) -> None:
    data = model_kit.wheel(tmp_path / "whole.whl").read_bytes()
    path = tmp_path / "cut.whl"
    for length in (2, 100, len(data) // 2, len(data) - 1):
        path.write_bytes(data[:length])
        with pytest.raises(DamagedModelError):
            draft(path)
    at = data.rindex(b"PK\1\2") + 6  # the version that the last entry needs
    path.write_bytes(data[:at] + b"\x63" + data[at + 1 :])
    with pytest.raises(DamagedModelError, match=r"version 9\.9"):
        draft(path)
    with zipfile.ZipFile(tmp_path / "whole.whl") as wheel:
        info = wheel.getinfo("tiny_model/model/model.safetensors")
    at = info.header_offset + 200
    path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
    with pytest.raises(ModelError):
        draft(path)


def test_an_entry_that_is_larger_than_it_may_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = model_kit.folder(tmp_path / "m")
    size = (folder / "model.safetensors").stat().st_size
    for path in (folder, model_kit.wheel(tmp_path / "m.whl")):
        monkeypatch.setattr(sources, "WEIGHTS_LIMIT", size)
        assert draft(path).dimensions
        monkeypatch.setattr(sources, "WEIGHTS_LIMIT", size - 1)
        with pytest.raises(NotAModelError, match="more than"):
            draft(path)


def test_several_models_in_one_place(tmp_path: Path) -> None:
    for name in ("one", "two"):
        model_kit.folder(tmp_path / "m" / name)
    with pytest.raises(NotAModelError, match="several models: one, two"):
        draft(tmp_path / "m")


def test_weights_in_several_files(tmp_path: Path) -> None:
    found = changed("model.safetensors", None)
    found["model.safetensors.index.json"] = b"{}"
    with pytest.raises(NotAModelError, match="in several files"):
        draft(model_kit.folder(tmp_path / "m", found))


def test_what_is_no_model_at_all(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear neighbour")
    with pytest.raises(NotAModelError, match="no model"):
        draft(path)
    with pytest.raises(NotFoundError):
        draft(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(NotAModelError, match="no weights"):
        draft(tmp_path / "empty")


def test_one_that_is_for_something_else(tmp_path: Path) -> None:
    with pytest.raises(NotAModelError, match="no model for chat"):
        draft(model_kit.folder(tmp_path / "m"), CHAT)
    with pytest.raises(NotAModelError, match="no model for embed"):
        draft(gguf_kit.write(tmp_path / "a.gguf"), EMBED)


def test_pinned_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    digest = hashlib.sha256(model_kit.files()["model.safetensors"]).hexdigest()
    monkeypatch.setitem(making.PINNED, "tiny_model-1.0", digest)
    path = model_kit.wheel(tmp_path / "tiny_model-1.0-py3-none-any.whl")
    assert draft(path).dimensions
    with pytest.raises(ModelError, match="not those that this version is known to have"):
        draft(model_kit.wheel(path, seed=2))
    renamed = model_kit.wheel(tmp_path / "other.zip", seed=2)
    with pytest.raises(ModelError, match="known to have"):
        draft(renamed)
    monkeypatch.delitem(making.PINNED, "tiny_model-1.0")
    assert draft(renamed).dimensions


def test_too_little_memory_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(making, "prove", full)
    with pytest.raises(ModelError, match="too little memory"):
        draft(model_kit.folder(tmp_path / "m"))


def test_8_bits_that_are_too_unlike_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making, "LIKE", 0.999999)
    with pytest.raises(ModelError, match="too unlike itself"):
        draft(model_kit.folder(tmp_path / "m"))


def test_names(ada: Neighbour, tmp_path: Path) -> None:
    made = draft(model_kit.folder(tmp_path / "one"))
    for name in ("", "-x", ".x", "a/b", "a\nb", "x" * 65):
        with pytest.raises(UsageError):
            adding.add(ada.home, made, NOW, name=name)
    assert adding.add(ada.home, made, NOW, name="x" * 64).new
    other = draft(model_kit.folder(tmp_path / "two", seed=2))
    with pytest.raises(ModelExistsError):
        adding.add(ada.home, other, NOW, name="x" * 64)
    assert adding.add(ada.home, made, NOW, name="better").model.name == "better"
    assert [each.name for each in shelf.models(ada.home)] == ["better"]
