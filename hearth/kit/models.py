"""Models in a kit: their files below `models/`, and what the manifest says of them.

Taken in, a model is stated at home with what the manifest says, each of its files compared with
the manifest first; so it is the same model, with the same id, as in the hearth the kit was made in.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from hearth.store.errors import HearthError, NotFoundError

if TYPE_CHECKING:
    from hearth.home import Home
    from hearth.kit.manifest import Manifest
    from hearth.models.records import ModelRecord

FOLDER: Final = "models"
EXTRAS: Final = {"embed": "embed", "rerank": "embed"}
"""By a model's kind: the extra that runs it, if that can be brought (all of it is wheels)."""
_TAKEN: Final = "kit taken "


@dataclass(frozen=True, slots=True)
class Model:
    """A model in a kit: its folder below models/, and what its record says."""

    folder: str
    name: str
    kind: str
    format: str
    roles: tuple[str, ...]
    licence: str
    source: str
    context: int
    dimensions: int
    max_tokens: int
    pooling: str
    question_prefix: str
    passage_prefix: str

    @classmethod
    def of(cls, folder: str, record: ModelRecord) -> Model:
        """As it stands in the hearth."""
        roles = tuple(each.role for each in record.files)
        return cls(
            folder, record.name, record.kind, record.format, roles, record.licence, record.source,
            record.context, record.dimensions, record.max_tokens, record.pooling,
            record.question_prefix, record.passage_prefix,
        )  # fmt: skip

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "roles": list(self.roles)}

    @classmethod
    def read(cls, said: Any) -> Model:
        """Raises ValueError, KeyError, TypeError. Taking it in looks closer."""
        numbers = ("context", "dimensions", "max_tokens")
        texts = [name for name in cls.__slots__ if name not in (*numbers, "roles")]
        if any(not isinstance(said[name], str) for name in texts):
            raise ValueError("a text that is none")
        if any(type(said[name]) is not int for name in numbers):
            raise ValueError("a number that is none")
        roles = said["roles"]
        if not isinstance(roles, list) or any(not isinstance(each, str) for each in roles):
            raise ValueError("roles that are none")
        return cls(**{**{name: said[name] for name in cls.__slots__}, "roles": tuple(roles)})


class Brought(NamedTuple):
    """A model to put in, with the bytes of its files by role."""

    record: ModelRecord
    files: dict[str, Iterator[bytes]]


class Taken(NamedTuple):
    """What became of a model: `new`, here already, or `why` not."""

    model: Model
    new: bool
    why: HearthError | None = None


def choose(home: Home, names: Sequence[str]) -> list[Brought]:
    """The models of these names, each once. Raises NotFoundError for one that is not all here."""
    from hearth.models import shelf

    found: dict[bytes, Brought] = {}
    for name in names:
        model = shelf.find(home, name)
        if not model.complete:
            raise NotFoundError(
                f'the model "{model.name}" is not all here',
                f"hearth get {quote(model.name)} asks for it",
            )
        files = {each.role: home.store.open_file(each.object) for each in model.record.files}
        found[model.id] = Brought(model.record, files)
    return [*found.values()]


def take(home: Home, folder: Path, kit: Manifest, now: int) -> list[Taken]:
    """Add the models of a kit that were not taken from it before. Raises what the store raises."""
    done = []
    for each in kit.models:
        key = f"{_TAKEN}{kit.number} model {each.folder}"
        if home.store.meta(key) is not None:
            continue
        try:
            done.append(Taken(each, _add(home, folder, kit, each, now)))
        except HearthError as error:
            done.append(Taken(each, False, error))
            continue
        with home.store.batch() as batch, batch.transaction() as tx:
            tx.set_meta(key, 1)
    return done


def _add(home: Home, folder: Path, kit: Manifest, each: Model, now: int) -> bool:
    from hearth.kit import manifest
    from hearth.models import adding
    from hearth.models.making import Draft

    files: dict[str, bytes | Path] = {}
    for role in each.roles:
        path = f"{FOLDER}/{each.folder}/{role}"
        try:
            sound = manifest.measure(folder / path) == kit.files.get(path)
        except (OSError, HearthError):
            sound = False
        if not sound:
            raise manifest.DamagedKitError(
                f'the model "{each.name}" was not taken: "{path}" is damaged or missing',
                "another kit, or a neighbour who shares it, has it whole",
            )
        files[role] = folder / path
    draft = Draft(
        each.name, each.kind, each.format, files, each.licence, each.source, each.context,
        each.dimensions, each.max_tokens, each.pooling, each.question_prefix, each.passage_prefix,
    )  # fmt: skip
    return adding.add(home, draft, now).new
