"""Adding models to this hearth and taking them away: objects and MODEL events at home."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from hearth.corpora.library import check_licence
from hearth.corpora.reading import HashingFile
from hearth.corpora.records import NAME_LIMIT, RecordError, is_name
from hearth.kinds import ERASE, MODEL
from hearth.models import files, gguf, making, records, shelf, sources
from hearth.models.errors import ModelError, ModelExistsError, NotAModelError
from hearth.models.making import Draft
from hearth.models.records import EMBED, RERANK, ModelFile, ModelRecord
from hearth.models.shelf import Model
from hearth.models.sources import Source
from hearth.store import wishes
from hearth.store.errors import UsageError
from hearth.store.header import Lane

if TYPE_CHECKING:
    from hearth.home import Home
    from hearth.store.batch import Batch, Transaction

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Added:
    """What adding did. `new`: it was not here before; `likeness` of one that was made anew."""

    model: Model
    new: bool
    likeness: making.Likeness | None


def check_name(name: str) -> str:
    """Return a model's name in NFC; raises `UsageError` for what cannot be one."""
    name = unicodedata.normalize("NFC", name.encode("utf-8", "replace").decode("utf-8"))
    if not name or not is_name(name):
        raise UsageError(
            f'"{name[:80]}" cannot be the name of a model',
            f"1 to {NAME_LIMIT} letters, digits, spaces inside, and signs other than / will do",
        )
    return name


def draft(path: Path, kind: str | None, progress: Progress) -> Draft:
    """What the model at a path is. Raises what `making`, `onnx_file` and `sources` raise."""
    if path.is_file() and _begins(path) == gguf.MAGIC:
        made = making.from_gguf(path)
    else:
        try:
            with sources.opened(path) as source:
                made = _drafted(source, kind, progress)
        except MemoryError:
            raise sources.little_memory(path.name) from None
    if kind is not None and made.kind != kind:
        raise NotAModelError(f'"{path.name}" is no model for {kind}: it is one for {made.kind}')
    return made


def _drafted(source: Source, kind: str | None, progress: Progress) -> Draft:
    named = source.onnx is not None or kind == RERANK or not source.has(making.WEIGHTS)
    if named and sources.onnx_in(source):
        from hearth.models.onnx_file import from_onnx

        progress("trying it")
        return from_onnx(source, kind or EMBED)
    if source.has(making.WEIGHTS):
        return making.from_bert(source, progress)
    if any(name.endswith(".safetensors.index.json") for name in source.names()):
        raise NotAModelError(
            f'the weights in "{source.name}" are in several files', "only model.safetensors is read"
        )
    raise NotAModelError(
        f'there are no weights in "{source.name}"', "model.safetensors or an ONNX file is needed"
    )


def _begins(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(4)


def add(
    home: Home,
    made: Draft,
    now: int,
    *,
    name: str | None = None,
    licence: str | None = None,
    source: str | None = None,
    tell: Callable[[int], None] = lambda size: None,
) -> Added:
    """Store a model and state it. One that is here already is left as it is, but for its name.

    `tell` is told of bytes as they are stored.

    Raises `ModelExistsError` where another one has the name, `UsageError`, and what the store
    raises; then nothing is stated.
    """
    name = check_name(made.name if name is None else name)
    said = check_licence(made.licence if licence is None else licence)
    signer = home.signer(now)  # asks for the passphrase, if any, before all else
    del signer
    with home.store.batch() as batch:
        record = _stored(batch, made, name, said, made.source if source is None else source, tell)
        held = {each.id: each for each in shelf.models(home) if each.own}
        if any(each.name == name and each.id != record.id for each in held.values()):
            raise ModelExistsError(
                f'there is a model "{name}" already', "hearth model remove, or another --name"
            )
        before = held.get(record.id)
        with batch.transaction() as tx:
            if before is None or before.record != record:
                old = shelf.stated(home, record.id, home.community)
                state(home, tx, record, now)
                erase(home, tx, old, home.community, now)
    home.store.seal()
    return Added(shelf.find(home, record.id.hex()), before is None, made.likeness)


class _Told(HashingFile):
    """Tells of each piece that is read, too."""

    def __init__(self, file: BinaryIO, tell: Callable[[int], None]) -> None:
        super().__init__(file)
        self._tell = tell

    def read(self, length: int, /) -> bytes:
        data = super().read(length)
        self._tell(len(data))
        return data


def _stored(
    batch: Batch,
    made: Draft,
    name: str,
    licence: str,
    source: str,
    tell: Callable[[int], None],
) -> ModelRecord:
    found = []
    for role, content in sorted(made.files.items()):
        with io.BytesIO(content) if isinstance(content, bytes) else content.open("rb") as file:
            hashing = _Told(file, tell)
            object = batch.put_file(hashing)
            found.append(ModelFile(role, object, file.tell(), hashing.digest()))
    record = ModelRecord(
        name, made.kind, made.format, tuple(found), licence, source, made.context,
        made.dimensions, made.max_tokens, made.pooling, made.question_prefix, made.passage_prefix,
    )  # fmt: skip
    try:
        records.check(record)
    except RecordError as error:
        raise ModelError(f"this cannot be stated as a model: {error.message}") from None
    return record


def state(
    home: Home, tx: Transaction, record: ModelRecord, now: int, community: bytes | None = None
) -> None:
    """Append the event that says this of a model."""
    home.store.log.append(
        tx, home.signer(now), community or home.community, Lane.CORPUS, MODEL, record.encode(),
        record.refs, wall=now,
    )  # fmt: skip


def use(home: Home, model: Model) -> None:
    """Have a model used for its kind from now on."""
    with home.store.batch() as batch, batch.transaction() as tx:
        tx.set_meta(shelf.setting(model.kind), model.id)


def remove(home: Home, model: Model, now: int) -> None:
    """Take a model away from home, with what was made of it on the disk; gc gives its room back.

    What others offer of it stays theirs. Raises `UsageError` for one that is none of one's own.
    """
    if not model.own:
        raise UsageError(f'the model "{model.name}" is not one of yours')
    said = shelf.stated(home, model.id, home.community)
    with home.store.batch() as batch, batch.transaction() as tx:
        withdraw(home, tx, model.id, said, home.community, now)
        wishes.drop(tx, model.record.refs)
        if home.store.meta(shelf.setting(model.kind)) == model.id:
            tx.drop_meta(shelf.setting(model.kind))
    home.store.seal()
    files.drop(home, model)


def withdraw(
    home: Home,
    tx: Transaction,
    id: bytes,
    said: list[tuple[bytes, bytes]],
    community: bytes,
    now: int,
) -> None:
    """Say no longer what this person's devices have said of a model: (event, device) each.

    What this device said is erased; what another one did is overruled.
    """
    signer = home.signer(now)
    if any(device != signer.device for _, device in said):
        home.store.log.append(
            tx, signer, community, Lane.CORPUS, MODEL, records.removal(id), wall=now
        )
    erase(home, tx, said, community, now)


def erase(
    home: Home, tx: Transaction, said: list[tuple[bytes, bytes]], community: bytes, now: int
) -> None:
    """Erase what this device has said, of what was said."""
    signer = home.signer(now)
    own = [event for event, device in said if device == signer.device]
    if own:
        home.store.log.append(tx, signer, community, Lane.CORPUS, ERASE, None, own, wall=now)
