"""The payload of a MODEL event: a canonical CBOR map (docs/models.md has the table).

A key that is not known is ignored; what cannot be a model makes the payload a `RecordError`, and
the event is passed over: it may come from a later version, or from somebody with odd ideas.

A model's id is the BLAKE3 of everything that its results depend on: its kind, its format, how its
output is read, and the hashes of its files. Who gave it which name, and when, is not in it, so the
same model added twice is one model.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from blake3 import blake3

from hearth.corpora.records import ID, SALT, RecordError, is_licence, is_name
from hearth.store import cbor

EMBED, CHAT, RERANK = KINDS = ("embed", "chat", "rerank")
ONNX, GGUF = FORMATS = ("onnx", "gguf")
MEAN, CLS, DONE = POOLINGS = ("mean", "cls", "done")
"""How an output per token becomes one vector; `done`: the graph itself gives it."""
MODEL, TOKENIZER = "model", "tokenizer"
"""Roles of files."""
LABEL: Final = b"hearth-model-1\0"
SOURCE_LIMIT: Final = 500
PREFIX_LIMIT: Final = 500
FILES_LIMIT: Final = 16
NUMBER_LIMIT: Final = 1 << 24
"""Tokens, or dimensions."""
SIZE_LIMIT: Final = 1 << 40
_ROLE: Final = re.compile(r"[a-z][a-z0-9-]{0,31}")


class ModelFile(NamedTuple):
    """One file of a model: the object that holds it, its bytes, and their BLAKE3."""

    role: str
    object: bytes
    size: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class ModelRecord:
    """What a MODEL event says of a model. `context` and `max_tokens` are in tokens.

    `max_tokens` is how much of a text is read; a prefix is put before each text that is embedded,
    another one before a question. `dimensions` is 0 for what makes no vectors.
    """

    name: str
    kind: str
    format: str
    files: tuple[ModelFile, ...]
    licence: str = ""
    source: str = ""
    context: int = 0
    dimensions: int = 0
    max_tokens: int = 0
    pooling: str = DONE
    question_prefix: str = ""
    passage_prefix: str = ""

    @property
    def id(self) -> bytes:
        """The model's id."""
        files = [[each.role, each.size, each.hash] for each in self.files]
        said = [self.kind, self.format, self.context, self.dimensions, self.max_tokens]
        said += [self.pooling, self.question_prefix, self.passage_prefix, files]
        return blake3(LABEL + cbor.encode(said)).digest()

    @property
    def refs(self) -> tuple[bytes, ...]:
        """The objects that the event needs, for its header."""
        return tuple(dict.fromkeys(each.object for each in self.files))

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(each.size for each in self.files)

    def encode(self) -> bytes:
        """Return the payload, with a fresh salt."""
        fields: dict[int, Any] = {1: self.name, 2: self.kind, 3: self.format}
        fields |= {4: [list(each) for each in self.files], 5: self.licence, 6: self.source}
        fields |= {7: self.context, 8: self.dimensions, 9: self.max_tokens, 10: self.pooling}
        fields |= {11: self.question_prefix, 12: self.passage_prefix}
        return cbor.encode({0: os.urandom(SALT), **fields})


def removal(id: bytes) -> bytes:
    """The payload that takes a model away, with a fresh salt."""
    return cbor.encode({0: os.urandom(SALT), 13: id})


def decode(payload: bytes) -> ModelRecord | bytes:
    """What a payload says: a model, or the id of one that is taken away. Raises `RecordError`."""
    fields = cbor.decode(payload)
    if not isinstance(fields, dict) or not isinstance(fields.get(0), bytes):
        raise RecordError("a payload that is no map, or without its salt")
    gone = fields.get(13)
    if isinstance(gone, bytes) and len(gone) == ID:
        return gone
    record = ModelRecord(
        _one_of(fields, 1, is_name),
        _one_of(fields, 2, lambda text: text in KINDS),
        _one_of(fields, 3, lambda text: text in FORMATS),
        _files(fields.get(4)),
        _one_of(fields, 5, is_licence),
        _one_of(fields, 6, lambda text: is_line(text, SOURCE_LIMIT)),
        _number(fields, 7),
        _number(fields, 8),
        _number(fields, 9),
        _one_of(fields, 10, lambda text: text in POOLINGS),
        _one_of(fields, 11, lambda text: is_line(text, PREFIX_LIMIT)),
        _one_of(fields, 12, lambda text: is_line(text, PREFIX_LIMIT)),
    )
    check(record)
    return record


def is_line(text: str, limit: int) -> bool:
    """Whether this is one line of at most `limit` printable characters."""
    return len(text) <= limit and text.isprintable()


def check(record: ModelRecord) -> None:
    """Raises `RecordError` for what cannot be a model."""
    roles = [each.role for each in record.files]
    if not 1 <= len(roles) <= FILES_LIMIT or roles != sorted({*roles}):
        raise RecordError("a model with no files, too many, or files not in order")
    needed = {MODEL} if record.format == GGUF else {MODEL, TOKENIZER}
    if not needed <= {*roles}:
        raise RecordError("a model that lacks a file")
    if record.kind != CHAT and record.format == GGUF:
        raise RecordError("a GGUF file that is to do what it cannot do here")
    if record.kind == CHAT and record.format != GGUF:
        raise RecordError("a language model that is no GGUF file")
    if record.kind == EMBED and not (record.dimensions and record.max_tokens):
        raise RecordError("a model for vectors without dimensions, or that reads nothing")


def _files(value: Any) -> tuple[ModelFile, ...]:
    if not isinstance(value, list):
        raise RecordError("files that are no list")
    found = []
    for each in value:
        match each:
            case [str(role), bytes(object), int(size), bytes(hash)] if (
                _ROLE.fullmatch(role)
                and len(object) == len(hash) == ID
                and not isinstance(size, bool)
                and 0 < size < SIZE_LIMIT
            ):
                found.append(ModelFile(role, object, size, hash))
            case _:
                raise RecordError("a file that is none")
    return tuple(found)


def _one_of(fields: dict[int, Any], key: int, good: Any) -> str:
    value = fields.get(key)
    if not isinstance(value, str) or not good(value):
        raise RecordError(f"a payload with a bad field {key}")
    return value


def _number(fields: dict[int, Any], key: int) -> int:
    value = fields.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= NUMBER_LIMIT:
        raise RecordError(f"a payload with a bad field {key}")
    return value
