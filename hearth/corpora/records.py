"""The payloads of CORPUS, DOCUMENT and SHARE events: canonical CBOR maps with a salt.

docs/corpora.md has the tables. A key that is not known is ignored, one that is missing where it
is needed makes the payload a `RecordError`, and the event is passed over: it may come from a
later version, and nothing about a neighbour's event may stop ours.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from hearth.store import cbor
from hearth.store.errors import CorruptError

SALT = 16
ID = 32
NAME_LIMIT = 64
LICENCE_LIMIT = 200


class RecordError(CorruptError):
    """The payload of a CORPUS, DOCUMENT or SHARE event is not one."""

    code = "corpus-record"


def is_name(name: str) -> bool:
    """Whether this can be the name of a corpus."""
    return (
        1 <= len(name) <= NAME_LIMIT
        and name.isprintable()
        and name == name.strip()
        and "/" not in name
        and name[0] not in "-."
    )


def is_licence(licence: str) -> bool:
    """Whether this can be a licence: one line of printable text."""
    return len(licence) <= LICENCE_LIMIT and licence.isprintable()


@dataclass(frozen=True, slots=True)
class CorpusRecord:
    """What a CORPUS event says. `corpus` is None in the event that creates it: its id names it."""

    name: str
    licence: str
    corpus: bytes | None = None
    removed: bool = False

    def encode(self) -> bytes:
        """Return the payload, with a fresh salt."""
        fields: dict[int, Any] = {1: self.name, 2: self.licence}
        if self.corpus is not None:
            fields[3] = self.corpus
        if self.removed:
            fields[4] = True
        return cbor.encode({0: os.urandom(SALT), **fields})

    @classmethod
    def decode(cls, payload: bytes) -> CorpusRecord:
        """Read a payload; raises `RecordError`."""
        fields = _fields(payload)
        corpus = _get(fields, 3, bytes, None)
        if corpus is not None and len(corpus) != ID:
            raise RecordError("a corpus id that is none")
        name, licence = _get(fields, 1, str), _get(fields, 2, str, "")
        if not is_name(name) or not is_licence(licence):
            raise RecordError("a name or a licence that cannot be one")
        return cls(name, licence, corpus, bool(fields.get(4)))


@dataclass(frozen=True, slots=True)
class DocumentRecord:
    """What a DOCUMENT event says: this text stands at `path` in `corpus` now.

    `path` is the name the document was added under, as bytes: file names need not be text.
    `source` and `text` are object ids, `hash` the BLAKE3 of the source's bytes, `form` the
    version of the text normal form. Without `text` it takes the document away.
    """

    corpus: bytes
    path: bytes
    title: str = ""
    media: str = ""
    size: int = 0
    source: bytes = b""
    text: bytes = b""
    hash: bytes = b""
    form: int = 0
    pages: int | None = None

    @property
    def refs(self) -> tuple[bytes, ...]:
        """The objects the event needs, for its header."""
        return tuple(dict.fromkeys(id for id in (self.source, self.text) if id))

    def encode(self) -> bytes:
        """Return the payload, with a fresh salt."""
        fields: dict[int, Any] = {1: self.corpus, 2: self.path}
        if self.text:
            fields |= {3: self.title, 4: self.media, 5: self.size, 6: self.source, 7: self.text}
            fields |= {8: self.hash, 9: self.form}
            if self.pages is not None:
                fields[10] = self.pages
        return cbor.encode({0: os.urandom(SALT), **fields})

    @classmethod
    def decode(cls, payload: bytes) -> DocumentRecord:
        """Read a payload; raises `RecordError`."""
        fields = _fields(payload)
        corpus, path = _id(fields, 1), _get(fields, 2, bytes)
        if 7 not in fields:
            return cls(corpus, path)
        return cls(
            corpus,
            path,
            title=_get(fields, 3, str),
            media=_get(fields, 4, str),
            size=_get(fields, 5, int),
            source=_id(fields, 6),
            text=_id(fields, 7),
            hash=_id(fields, 8),
            form=_get(fields, 9, int),
            pages=_get(fields, 10, int, None),
        )


@dataclass(frozen=True, slots=True)
class ShareRecord:
    """What a SHARE event says, in the home community: `corpus` is shared as `shared` elsewhere.

    `community` is where, `shared` the corpus there that is kept level with it. With `stopped` it is
    not shared any more, and what is left of `shared` is to be taken away.
    """

    corpus: bytes
    community: bytes
    shared: bytes
    stopped: bool = False

    def encode(self) -> bytes:
        """Return the payload, with a fresh salt."""
        fields: dict[int, Any] = {1: self.corpus, 2: self.community, 3: self.shared}
        if self.stopped:
            fields[4] = True
        return cbor.encode({0: os.urandom(SALT), **fields})

    @classmethod
    def decode(cls, payload: bytes) -> ShareRecord:
        """Read a payload; raises `RecordError`."""
        fields = _fields(payload)
        return cls(_id(fields, 1), _id(fields, 2), _id(fields, 3), bool(fields.get(4)))


def _fields(payload: bytes) -> dict[int, Any]:
    fields = cbor.decode(payload)
    if not isinstance(fields, dict) or not isinstance(fields.get(0), bytes):
        raise RecordError("a payload without its salt")
    return fields


_REQUIRED = object()


def _get(fields: dict[int, Any], key: int, kind: type, default: Any = _REQUIRED) -> Any:
    value = fields.get(key, default)
    if value is default and default is not _REQUIRED:
        return default
    if not isinstance(value, kind) or isinstance(value, bool):
        raise RecordError(f"a payload with a bad field {key}")
    if isinstance(value, int) and value < 0:
        raise RecordError(f"a payload with a bad field {key}")
    return value


def _id(fields: dict[int, Any], key: int) -> bytes:
    value: bytes = _get(fields, key, bytes)
    if len(value) != ID:
        raise RecordError(f"a payload with a bad field {key}")
    return value
