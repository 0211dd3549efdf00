"""The payloads of CORPUS, DOCUMENT and SHARE events: canonical CBOR maps.

In the open they have a salt; what is meant for some readers is sealed, and `sealed` is the same map
without one. docs/corpora.md has the tables. A key that is not known is ignored, one that is missing
where it is needed makes the payload a `RecordError`, and the event is passed over: it may come from
a later version, and nothing about a neighbour's event may stop ours.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from hearth.store import cbor
from hearth.store.errors import CorruptError

SALT = 16
ID = 32
NAME_LIMIT = 64
LICENCE_LIMIT = 200
STEWARDS = 1
"""In a list of persons: whoever holds that `Role`."""
PERSONS_LIMIT = 500
"""Persons named as readers, or as writers, and devices whose earlier words still count."""


class RecordError(CorruptError, code="corpus-record"):
    """The payload of a CORPUS, DOCUMENT or SHARE event is not one."""


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


class Whom(NamedTuple):
    """Persons, by name or by office: those who are stewards when it is asked."""

    persons: tuple[bytes, ...] = ()
    stewards: bool = False

    @classmethod
    def of(cls, persons: Iterable[bytes], *, stewards: bool = False) -> Whom:
        """In the order in which they are written."""
        return cls(tuple(sorted({*persons})), stewards)

    def listed(self) -> list[Any]:
        """As it stands in a record."""
        return [*([STEWARDS] if self.stewards else []), *self.persons]

    @classmethod
    def read(cls, value: Any) -> Whom:
        """Raises `RecordError`."""
        if not isinstance(value, list):
            raise RecordError("persons that are no list")
        stewards = value[:1] == [STEWARDS] and not isinstance(value[0], bool)
        persons = value[1:] if stewards else value
        if any(not isinstance(each, bytes) or len(each) != ID for each in persons):
            raise RecordError("a list of persons with something else in it")
        if len(persons) > PERSONS_LIMIT or persons != sorted({*persons}):
            raise RecordError("a list of persons that is too long, or not in order")
        return cls(tuple(persons), stewards)

    def __bool__(self) -> bool:
        return self.stewards or bool(self.persons)


NOBODY = Whom()

Former = tuple[tuple[bytes, int], ...]
"""Devices of former writers, and the sequence in the lane up to which their words count."""


@dataclass(frozen=True, slots=True)
class CorpusRecord:
    """What a CORPUS event says. `corpus` is None in the event that creates it: its id names it.

    `circle` names the audience, and `readers` are those meant to read; None where all members are.
    `writers` may state documents beside the maker, and `former` writers' devices could.
    """

    name: str
    licence: str
    corpus: bytes | None = None
    removed: bool = False
    circle: bytes | None = None
    readers: Whom = NOBODY
    writers: Whom = NOBODY
    former: Former = ()

    def encode(self) -> bytes:
        """Return the payload, with a fresh salt."""
        return cbor.encode({0: os.urandom(SALT), **self._fields()})

    def sealed(self) -> bytes:
        """What is sealed in its place."""
        return cbor.encode(self._fields())

    def _fields(self) -> dict[int, Any]:
        fields: dict[int, Any] = {1: self.name, 2: self.licence}
        if self.corpus is not None:
            fields[3] = self.corpus
        if self.removed:
            fields[4] = True
        if self.circle is not None:
            fields |= {5: self.circle, 6: self.readers.listed()}
        if self.writers:
            fields[7] = self.writers.listed()
        if self.former:
            fields[8] = [list(each) for each in sorted(self.former)]
        return fields

    @classmethod
    def decode(cls, payload: bytes, *, sealed: bool = False) -> CorpusRecord:
        """Read a payload, or what was sealed; raises `RecordError`."""
        fields = _fields(payload, sealed)
        name, licence = _get(fields, 1, str), _get(fields, 2, str, "")
        if not is_name(name) or not is_licence(licence):
            raise RecordError("a name or a licence that cannot be one")
        return cls(
            name,
            licence,
            _id(fields, 3, None),
            fields.get(4) is True,
            _id(fields, 5) if sealed else None,
            Whom.read(fields.get(6, [])) if sealed else NOBODY,
            Whom.read(fields.get(7, [])),
            read_former(fields.get(8, [])),
        )


class Keys(NamedTuple):
    """What opens a sealed document: the keys of its source and its text, and of the opened text how
    many bytes it has and their BLAKE3."""

    source: bytes
    text: bytes
    length: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class DocumentRecord:
    """What a DOCUMENT event says: this text stands at `path` in `corpus` now.

    `path` is the name the document was added under, as bytes: file names need not be text.
    `source` and `text` are object ids, `hash` the BLAKE3 of the source's bytes, `form` the
    version of the text normal form. Without `text` it takes the document away. With `keys` the
    objects are sealed ones; `size` is still that of the source itself.
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
    keys: Keys | None = None

    @property
    def refs(self) -> tuple[bytes, ...]:
        """The objects the event needs, for its header."""
        return tuple(dict.fromkeys(id for id in (self.source, self.text) if id))

    def encode(self) -> bytes:
        """Return the payload, with a fresh salt."""
        return cbor.encode({0: os.urandom(SALT), **self._fields()})

    def sealed(self) -> bytes:
        """What is sealed in its place."""
        return cbor.encode(self._fields())

    def _fields(self) -> dict[int, Any]:
        fields: dict[int, Any] = {1: self.corpus, 2: self.path}
        if self.text:
            fields |= {3: self.title, 4: self.media, 5: self.size, 6: self.source, 7: self.text}
            fields |= {8: self.hash, 9: self.form}
            if self.pages is not None:
                fields[10] = self.pages
            if self.keys is not None:
                fields |= dict(zip((11, 12, 13, 14), self.keys, strict=True))
        return fields

    @classmethod
    def decode(cls, payload: bytes, *, sealed: bool = False) -> DocumentRecord:
        """Read a payload, or what was sealed; raises `RecordError`."""
        fields = _fields(payload, sealed)
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
            keys=_keys(fields) if sealed else None,
        )


@dataclass(frozen=True, slots=True)
class ShareRecord:
    """What a SHARE event says, in the home community: `corpus` is shared as `shared` elsewhere.

    `community` is where, `shared` the corpus there that is kept level with it. With `stopped` it is
    not shared any more, and what is left of `shared` is to be taken away. `circle`, `readers` and
    `writers` are as in the CORPUS record there.
    """

    corpus: bytes
    community: bytes
    shared: bytes
    stopped: bool = False
    circle: bytes | None = None
    readers: Whom = NOBODY
    writers: Whom = NOBODY

    def encode(self) -> bytes:
        """Return the payload, with a fresh salt."""
        fields: dict[int, Any] = {1: self.corpus, 2: self.community, 3: self.shared}
        if self.stopped:
            fields[4] = True
        if self.circle is not None:
            fields |= {5: self.circle, 6: self.readers.listed()}
        if self.writers:
            fields[7] = self.writers.listed()
        return cbor.encode({0: os.urandom(SALT), **fields})

    @classmethod
    def decode(cls, payload: bytes) -> ShareRecord:
        """Read a payload; raises `RecordError`."""
        fields = _fields(payload)
        return cls(
            _id(fields, 1),
            _id(fields, 2),
            _id(fields, 3),
            fields.get(4) is True,
            _id(fields, 5, None),
            Whom.read(fields.get(6, [])),
            Whom.read(fields.get(7, [])),
        )


def _fields(payload: bytes, sealed: bool = False) -> dict[int, Any]:
    fields = cbor.decode(payload)
    if not isinstance(fields, dict):
        raise RecordError("a payload that is no map")
    if not sealed and not isinstance(fields.get(0), bytes):
        raise RecordError("a payload without its salt")
    return fields


def _keys(fields: dict[int, Any]) -> Keys:
    return Keys(_id(fields, 11), _id(fields, 12), _get(fields, 13, int), _id(fields, 14))


def read_former(value: Any) -> Former:
    """What stands in a record of former writers; raises `RecordError`."""
    if not isinstance(value, list) or len(value) > PERSONS_LIMIT:
        raise RecordError("a list of former writers that is none, or too long")
    found = []
    for each in value:
        match each:
            case [bytes(device), int(sequence)] if len(device) == ID and sequence >= 0:
                found.append((device, sequence))
            case _:
                raise RecordError("a former writer that is none")
    if found != sorted(dict(found).items()):
        raise RecordError("a list of former writers that is not in order")
    return tuple(found)


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


def _id(fields: dict[int, Any], key: int, default: Any = _REQUIRED) -> Any:
    value = _get(fields, key, bytes, default)
    if value is not default and len(value) != ID:
        raise RecordError(f"a payload with a bad field {key}")
    return value
