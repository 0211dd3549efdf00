"""Reading the header of GGUF files that the gguf package wrote, and of damaged ones."""

from __future__ import annotations

import random
import struct
from pathlib import Path

import gguf_kit
import pytest

from hearth.models import gguf, making
from hearth.models.errors import DamagedModelError, ModelError, NotAModelError


def test_the_header_says_what_the_file_is(tmp_path: Path) -> None:
    found = gguf.read(gguf_kit.write(tmp_path / "a.gguf", licence="mit", context=512))
    assert found == gguf.Header("llama", "Tiny story", "mit", 512, len(gguf_kit.TOKENS))
    assert isinstance(found.keys["tokenizer.chat_template"], str)
    bare = gguf.read(gguf_kit.write(tmp_path / "b.gguf", template=None))
    assert "tokenizer.chat_template" not in bare.keys


def test_cut_short_anywhere(tmp_path: Path) -> None:
    data = gguf_kit.write(tmp_path / "a.gguf").read_bytes()
    path = tmp_path / "cut.gguf"
    for length in (0, 3, 4, 8, 23, 24, 100, len(data) // 3, len(data) - 4000, len(data) - 1):
        path.write_bytes(data[:length])
        with pytest.raises(DamagedModelError, match="cut short"):
            gguf.read(path)
    path.write_bytes(data + b"more")  # what comes after the last tensor is nobody's business
    assert gguf.read(path).architecture == "llama"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"GGML" + bytes(40), "no GGUF"),
        (b"GGUF" + struct.pack("<IQQ", 1, 1, 0) + bytes(99), "version 1"),
        (b"GGUF" + struct.pack(">IQQ", 3, 1, 0) + bytes(99), "version"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 0) + bytes(99), "without tensors"),
        (b"GGUF" + struct.pack("<IQQ", 3, 100_001, 0) + bytes(99), "too many"),
        (b"GGUF" + struct.pack("<IQQ", 3, 1, 100_001) + bytes(99), "too many"),
        (b"GGUF" + struct.pack("<IQQQ", 3, 1, 1, (1 << 16) + 1) + bytes(99), "too long"),
        (b"GGUF" + struct.pack("<IQQQ", 3, 1, 1, 1) + b"k" + struct.pack("<I", 77), "type 77"),
        (
            b"GGUF" + struct.pack("<IQQQ", 3, 1, 1, 1) + b"k"
            + struct.pack("<IIQ", 9, 4, 10_000_001) + bytes(99),
            "too long",
        ),
        (
            b"GGUF" + struct.pack("<IQQQ", 3, 1, 1, 1) + b"k"
            + struct.pack("<IIQ", 9, 9, 1) * 6 + bytes(99),
            "too long",
        ),
    ],
)  # fmt: skip
def test_headers_that_lie(tmp_path: Path, data: bytes, said: str) -> None:
    path = tmp_path / "a.gguf"
    path.write_bytes(data)
    with pytest.raises(NotAModelError, match=said):
        gguf.read(path)


def test_any_damage_to_a_header_is_an_error_of_ours_or_none(tmp_path: Path) -> None:
    data = bytearray(gguf_kit.write(tmp_path / "a.gguf").read_bytes())
    rng = random.Random(6)
    path = tmp_path / "b.gguf"
    refused = 0
    for _ in range(400):
        broken = bytearray(data)
        for _ in range(rng.randint(1, 4)):
            broken[rng.randrange(2200)] = rng.randrange(256)
        path.write_bytes(broken)
        try:
            gguf.read(path)
        except ModelError:
            refused += 1
    assert refused > 100


def test_a_tokenizer_with_more_tokens_than_rows(tmp_path: Path) -> None:
    with pytest.raises(NotAModelError, match="belong together"):
        gguf.read(gguf_kit.write(tmp_path / "a.gguf", rows=len(gguf_kit.TOKENS) - 1))
    assert gguf.read(gguf_kit.write(tmp_path / "b.gguf", rows=len(gguf_kit.TOKENS) + 9)).tokens


def test_one_part_of_several(tmp_path: Path) -> None:
    assert gguf.read(gguf_kit.write(tmp_path / "a.gguf", parts=1)).weights
    with pytest.raises(NotAModelError, match="several parts"):
        gguf.read(gguf_kit.write(tmp_path / "b.gguf", parts=2))


@pytest.mark.parametrize("architecture", ["bert", "nomic-bert", "clip"])
def test_what_writes_no_text_is_no_language_model(tmp_path: Path, architecture: str) -> None:
    path = gguf_kit.write(tmp_path / "a.gguf", architecture=architecture)
    with pytest.raises(NotAModelError, match="writes no text"):
        making.from_gguf(path)


def test_names_are_cleaned(tmp_path: Path) -> None:
    path = gguf_kit.write(tmp_path / "a.gguf", name="\x1b[31mRed / \u202emodel", licence="a\nb")
    made = making.from_gguf(path)
    assert made.name == "31mRed-model"
    assert made.licence == "ab"
