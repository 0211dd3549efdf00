"""Which language model is to be asked, made ready.

A name means an endpoint of this machine's user or a model of this hearth; without one, what
`hearth model use` says, else the model here, else the only endpoint. Nothing is loaded and nobody
is called before the first question.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Final

from hearth import free_memory
from hearth.llm import memory
from hearth.llm.contract import LanguageModel
from hearth.llm.endpoints import Endpoint, Endpoints
from hearth.llm.errors import ModelFileError, NoLanguageModelError
from hearth.llm.header import read as read_header
from hearth.store.errors import NotFoundError

if TYPE_CHECKING:
    from hearth.home import Home
    from hearth.models.shelf import Model

FOLDER: Final = "llm"
"""Under the hearth: the queue, and what models remember of prompts. May be deleted at any time."""


def _nobody(text: str) -> None:
    """Told of nothing."""


@dataclass(frozen=True)
class Means:
    """What this machine and its user allow: see the settings `llm.…` in hearth-config(1).

    `endpoints` is the user's `endpoints.toml`; `environ` is looked into for keys alone; `most` is
    in bytes, 0 what is free; `idle` and `patience` are in seconds. `told` hears, in a few words,
    what a person has to wait for.
    """

    endpoints: Path | None = None
    environ: Mapping[str, str] = field(default_factory=dict)
    context: int = 8192
    threads: int = 1
    most: int = 0
    idle: int = 300
    states: int = 256 << 20
    patience: int = 120
    told: Callable[[str], None] = _nobody

    def available(self) -> int | None:
        """Bytes of memory that a model may take; None where nobody knows."""
        free = free_memory.available()
        if not self.most:
            return free
        return self.most if free is None else min(self.most, free)


def open_model(home: Home, name: str | None, means: Means) -> LanguageModel | None:
    """The language model of that name, or the one to be asked; None where none is set up.

    Raises NotFoundError for a name that is none, and LanguageModelError: NotEnoughMemoryError,
    ModelFileError, NoKeyError.
    """
    known = None if means.endpoints is None else Endpoints(means.endpoints)
    if name is not None:
        endpoint = None if known is None else known.find(name)
        return _remote(endpoint, means) if endpoint else _local(home, _named(home, name), means)
    used = None if known is None else known.used("chat")
    if used is not None:
        return _remote(used, means)
    from hearth.models.shelf import chosen

    model = chosen(home, "chat")
    if model is not None:
        return _local(home, model, means)
    chats = [each for each in known.all() if each.kind == "chat"] if known is not None else []
    return _remote(chats[0], means) if len(chats) == 1 else None


def _named(home: Home, name: str) -> Model:
    from hearth.models.shelf import find

    model = find(home, name)
    if model.kind != "chat" or model.format != "gguf":
        raise _other(name, model.kind)
    if not model.complete:
        raise NotFoundError(
            f'"{name}" is not here yet', f"hearth get {quote(name)} asks others for it"
        )
    return model


def _other(name: str, kind: str) -> NoLanguageModelError:
    return NoLanguageModelError(
        f'"{name}" is no language model: it is one for {kind}',
        "hearth model lists them; those for chat write answers",
    )


def _remote(endpoint: Endpoint, means: Means) -> LanguageModel:
    from hearth.llm.http import Patience
    from hearth.llm.remote import RemoteModel

    if endpoint.kind != "chat":
        raise _other(endpoint.name, endpoint.kind)
    patience = Patience(first=float(means.patience))
    return RemoteModel(endpoint, endpoint.key(means.environ), patience)


def _local(home: Home, model: Model, means: Means) -> LanguageModel:
    from hearth.models import files
    from hearth.models.errors import ModelError

    try:
        path = files.path(home, model, "model")
    except ModelError as error:
        raise ModelFileError(f'"{model.name}": {error.message}', *error.hints) from None
    return local(home.path, path, model.name, model.id, means)


def local(hearth: Path, path: Path, name: str, model: bytes, means: Means) -> LanguageModel:
    """The model in a GGUF file, to be run here for the hearth at `hearth`.

    Its header is checked and its memory counted, so most of what can be wrong is said now. Raises
    ModelFileError, NotEnoughMemoryError.
    """
    from hearth.llm.local import LocalModel, Plan
    from hearth.llm.queue import Queue

    header = read_header(path, name)
    context = memory.fitting(header, name, means.context, means.available())
    folder = hearth / FOLDER
    plan = Plan(
        name=name,
        model=model,
        path=path,
        header=header,
        context=context,
        threads=means.threads,
        idle=float(means.idle),
        states=folder / "states",
        budget=means.states,
        available=means.available,
    )
    return LocalModel(plan, Queue(folder / "queue"), means.told)
