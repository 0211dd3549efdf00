"""One step of the model: its schema, and reading what it wrote.

    {"thought": "…", "tool": "search", "query": "water per person"}
    {"thought": "…", "tool": "answer", "statements": [{"text": "…", "sources": [1, 3]}]}

One flat object, whatever the tool; which arguments a tool needs is checked here, because few
servers' grammars can say it. On the last step only the answer can be written.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from hearth.agent.errors import MalformedStepError, NotOfferedError
from hearth.agent.tools import Tool, Toolbox
from hearth.llm.errors import BadOutputError
from hearth.llm.schema import read as read_output

ANSWER: Final = "answer"
LONGEST_THOUGHT: Final = 300
"""Characters."""
LONGEST_STATEMENT: Final = 400
MOST_STATEMENTS: Final = 8
MOST_SOURCES: Final = 4
LONGEST_REPLY: Final = 20_000


class Statement(NamedTuple):
    """What the model says, and the numbers of what it says it rests on."""

    text: str
    sources: tuple[int, ...]


class Call(NamedTuple):
    """A tool to call."""

    thought: str
    tool: str
    arguments: dict[str, Any]


class Ending(NamedTuple):
    """The end: the statements of the answer; none means that it is not in the documents."""

    thought: str
    statements: tuple[Statement, ...]


Step = Call | Ending


def schema(tools: Sequence[Tool], numbers: Sequence[int]) -> dict[str, Any]:
    """What the next step may look like: these tools, and these numbers that can be cited.

    With no tools only the answer can be written, with no numbers only a tool be called.
    """
    properties: dict[str, Any] = {"thought": {"type": "string", "maxLength": LONGEST_THOUGHT}}
    names = [tool.name for tool in tools] + [ANSWER] * bool(numbers)
    properties["tool"] = {"type": "string", "enum": names}
    for tool in tools:
        properties |= tool.arguments
    required = ["thought", "tool"]
    if numbers:
        text = {"type": "string", "minLength": 1, "maxLength": LONGEST_STATEMENT}
        source = {"type": "integer", "enum": list(numbers)}
        listed = {"type": "array", "items": source, "minItems": 1, "maxItems": MOST_SOURCES}
        properties["statements"] = {**_statements(text, listed), "maxItems": MOST_STATEMENTS}
        required += [] if tools else ["statements"]
    return {"type": "object", "properties": properties, "required": required}


def _statements(text: dict[str, Any], sources: dict[str, Any]) -> dict[str, Any]:
    one = {"type": "object", "properties": {"text": text, "sources": sources}}
    return {"type": "array", "items": one}


def _lenient(tools: Sequence[Tool], numbers: Sequence[int]) -> dict[str, Any]:
    """What is accepted from a model that no grammar holds: a long thought is cut, statements too
    many are left out, and one that is long, empty or cites what is not there is struck later."""
    expected = schema(tools, numbers)
    expected["properties"]["thought"] = {"type": "string"}
    if numbers:
        sources = {"type": "array", "items": {"type": "integer"}}
        expected["properties"]["statements"] = _statements({"type": "string"}, sources)
    return expected


def read(reply: str, toolbox: Toolbox, tools: Sequence[Tool], numbers: Sequence[int]) -> Step:
    """The step that the model wrote, believing nothing.

    Raises NotOfferedError for a call of something else than `tools`, where there are any, and
    MalformedStepError.
    """
    if len(reply) > LONGEST_REPLY:
        raise MalformedStepError(f"a step has at most {LONGEST_REPLY} characters")
    expected = _lenient(tools, numbers)
    if tools:
        _check_offered(reply, toolbox, expected["properties"]["tool"]["enum"])
    try:
        value = read_output(reply, expected)
    except BadOutputError as error:
        raise MalformedStepError(error.message) from None
    name, thought = value["tool"], " ".join(value["thought"].split())[:LONGEST_THOUGHT]
    if name == ANSWER:
        _need(value, name, "statements")
        listed = value["statements"][:MOST_STATEMENTS]
        return Ending(thought, tuple(_statement(each) for each in listed))
    tool = next(each for each in tools if each.name == name)
    _need(value, name, *tool.needed)
    return Call(thought, name, {key: value[key] for key in tool.arguments if key in value})


def _check_offered(reply: str, toolbox: Toolbox, names: Sequence[str]) -> None:
    """Where a reply calls what is not offered, say so rather than that it is malformed."""
    try:
        value = json.loads(reply)
    except (ValueError, RecursionError):
        return
    name = value.get("tool") if isinstance(value, dict) else None
    if isinstance(name, str) and name not in names:
        raise NotOfferedError(toolbox.why_not(name))


def _need(value: dict[str, Any], name: str, *keys: str) -> None:
    for key in keys:
        if key not in value:
            raise MalformedStepError(f'"{name}" needs "{key}"')


def _statement(value: dict[str, Any]) -> Statement:
    sources = tuple(dict.fromkeys(value["sources"]))
    return Statement(" ".join(value["text"].split()), sources)
