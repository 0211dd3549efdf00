"""What the header of a model's file says of the network in it, before any native code sees it.

`hearth.models.gguf` reads it, and refuses a file that ends before its last tensor or says lengths
that it cannot have: the library that runs models ends the process for some of these.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hearth.llm.errors import ModelFileError


@dataclass(frozen=True)
class Header:
    """`keys` is its metadata, `weights` the bytes of its tensors, `vocabulary` its tokens."""

    keys: dict[str, Any]
    weights: int
    vocabulary: int

    @property
    def architecture(self) -> str:
        """What llama.cpp calls the kind of network."""
        return str(self.keys.get("general.architecture", ""))

    @property
    def context(self) -> int:
        """The tokens it was trained for; 0 where it does not say."""
        return self.number("context_length")

    def number(self, name: str, default: int = 0) -> int:
        """A whole number under the architecture, such as `context_length`."""
        value = self.keys.get(f"{self.architecture}.{name}")
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1 << 40:
            return default
        return value

    def numbers(self, name: str, count: int) -> list[int]:
        """`count` whole numbers: a list as it is, or one number for each."""
        value = self.keys.get(f"{self.architecture}.{name}")
        if isinstance(value, list) and all(isinstance(each, int) for each in value):
            return [max(0, each) for each in value[:count]]
        return [self.number(name)] * count


def read(path: Path, name: str) -> Header:
    """The header of the file at `path`, of a model that writes and is called `name`.

    Raises ModelFileError.
    """
    from hearth.models import gguf
    from hearth.models.errors import ModelError

    try:
        found = gguf.read(path)
    except (ModelError, OSError) as error:
        hints = error.hints if isinstance(error, ModelError) else ()
        raise ModelFileError(f'"{name}": {error}', *hints) from None
    header = Header(found.keys, found.weights, found.tokens)
    why = _unfit(header)
    if why is not None:
        raise ModelFileError(f'"{name}" {why}')
    return header


def _unfit(header: Header) -> str | None:
    """Why a sound file is no model that writes; None if it is one."""
    from hearth.models import gguf

    kind = header.keys.get("general.type", "model")
    if kind != "model":
        return f'is of type "{kind}", not a model'
    if not gguf.writes(header.architecture):
        return f'is of the kind "{header.architecture}", which writes no text'
    for name in ("block_count", "embedding_length", "context_length"):
        if not header.number(name):
            return f"does not say its {name}"
    return None if header.vocabulary else "has no vocabulary"
