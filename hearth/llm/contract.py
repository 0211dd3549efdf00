"""What a language model is to the rest of the program: a request in, pieces of text out.

Two things fulfil it: a model file run here (`hearth.llm.local`) and a server that speaks the
OpenAI dialect (`hearth.llm.remote`). Whatever a model writes is a stranger's text: nothing here
says that it is true, well-formed or short, and whoever uses it checks it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Protocol

Role = Literal["system", "user", "assistant"]


class Message(NamedTuple):
    """One turn of a conversation."""

    role: Role
    text: str


@dataclass(frozen=True)
class Request:
    """What a model is asked.

    `schema` is the JSON schema of the output (the subset in `hearth.llm.schema`), or None for
    free text; the backend turns it into a grammar where it can, and asks for it in words where it
    cannot, so the output is to be read with `hearth.llm.schema.read`. `max_tokens` bounds what is
    written. At temperature 0 the likeliest token is taken each time. `stop` are texts that end the
    answer and are not part of it.
    """

    messages: tuple[Message, ...]
    schema: dict[str, Any] | None = None
    max_tokens: int = 600
    temperature: float = 0.0
    seed: int = 0
    stop: tuple[str, ...] = ()


class LanguageModel(Protocol):
    """A language model that is ready to be asked. Close it when done."""

    @property
    def name(self) -> str:
        """What people call it."""

    @property
    def context(self) -> int:
        """Tokens of prompt and answer together."""

    @property
    def where(self) -> str:
        """`here`, or the endpoint's address."""

    @property
    def local(self) -> bool:
        """Whether what it is asked stays on this machine."""

    def count(self, text: str) -> int:
        """The tokens of a text: exact, or an upper estimate."""

    def stream(self, request: Request) -> Iterator[str]:
        """The answer, in pieces of valid text, as they are written.

        Closing the iterator cancels. Raises `hearth.llm.errors.LanguageModelError`, at the start
        or in the middle: what came before stays what it was.
        """

    def close(self) -> None:
        """Let go of memory and connections; may be called twice."""
