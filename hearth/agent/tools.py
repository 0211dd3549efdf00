"""What the model may call: at most five tools, each with a few flat arguments.

A tool that writes or sends is offered only while nobody else's words are in the run (`Toolbox`),
and asks a person each time. Once a passage has been shown to the model, such tools are gone for
the rest of the run: whatever a document says, there is nothing left to obey it with.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

MOST_OFFERED = 5

Arguments: TypeAlias = Mapping[str, Any]


class Outcome(NamedTuple):
    """What a call gave: the text shown to the model, the numbers of what was found, and whether
    words of somebody else (a document, a peer) are in it."""

    text: str
    numbers: tuple[int, ...] = ()
    foreign: bool = False


@dataclass(frozen=True)
class Tool:
    """`arguments` are JSON schemas by name, `needed` those that must be given.

    `act` does it; it raises ToolError for what cannot be done. `ready` says whether there is
    anything to do it with yet.
    """

    name: str
    does: str
    arguments: dict[str, dict[str, Any]]
    act: Callable[[Arguments], Outcome]
    needed: tuple[str, ...]
    writes: bool = False
    ready: Callable[[], bool] = field(default=lambda: True)


class Toolbox:
    """The tools of one run, and whether foreign text has come into it."""

    def __init__(self, tools: Sequence[Tool]) -> None:
        self._tools = {tool.name: tool for tool in tools}
        self.tainted = False

    def offered(self) -> list[Tool]:
        """What may be called now."""
        found = [each for each in self._tools.values() if each.ready() and self._allows(each)]
        return found[:MOST_OFFERED]

    def _allows(self, tool: Tool) -> bool:
        return not (tool.writes and self.tainted)

    def why_not(self, name: str) -> str:
        """Why something is not offered, for whoever called it all the same."""
        tool = self._tools.get(name)
        if tool is not None and not self._allows(tool):
            return f'"{name}" is gone: it writes, and words of others have been read in this run'
        if name == "answer":
            return "nothing has been found yet that an answer could cite"
        return f'there is no tool "{name[:40]}" now'

    def call(self, name: str, arguments: Arguments) -> Outcome:
        """Do it. Raises ToolError, and KeyError for what is not offered."""
        tool = {each.name: each for each in self.offered()}[name]
        outcome = tool.act(arguments)
        self.tainted = self.tainted or outcome.foreign
        return outcome
