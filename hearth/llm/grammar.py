"""A JSON schema as a grammar that holds a model while it writes.

The form is GBNF, llama.cpp's grammars/README.md. Written here and not taken from a library,
because the limits of the schema are kept by the grammar itself: a number that must be one of nine
cannot be another, no string holds a control character, and nothing is open-ended that the schema
bounds.
"""

from __future__ import annotations

import json
from typing import Any, Final

from hearth.llm.errors import BadSchemaError
from hearth.llm.schema import checked

MAX_CHOICES: Final = 256
"""Whole numbers that are written out one by one."""
REFUSED_REPEAT: Final = 2000
"""What llama.cpp refuses (MAX_REPETITION_THRESHOLD of src/llama-grammar.cpp; some versions take the
figure itself, none more): the upper bound of a repetition, and that times the rules made for the
group that it repeats. A name that is repeated counts as one rule whatever stands behind it. So
nothing but names is repeated here, and the bounds of what lies inside are never multiplied."""
MAX_REPEAT: Final = REFUSED_REPEAT - 1
"""Beyond, the grammar leaves it open and the schema's own check decides."""
_SHARED: Final = r"""
gap ::= " "?
char ::= [^"\\\x00-\x1F\x7F] | "\\" ["\\/bfnrt]
whole ::= "-"? ("0" | [1-9] [0-9]{0,15})
decimal ::= whole ("." [0-9]{1,9})?
""".strip()


def grammar(schema: dict[str, Any]) -> str:
    """The grammar, with the rule `root`. llama.cpp takes it whatever the bounds in the schema are.

    Raises BadSchemaError.
    """
    named = _Named()
    root = _rule(checked(schema), named)
    return f"root ::= {root}\n{named.text()}{_SHARED}\n"


class _Named:
    """Rules with names of their own; what is the same is written once."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}

    def __call__(self, rule: str) -> str:
        """The name of a rule."""
        return self._names.setdefault(rule, f"part-{len(self._names) + 1}")

    def text(self) -> str:
        return "".join(f"{name} ::= {rule}\n" for rule, name in self._names.items())


def _rule(schema: dict[str, Any], named: _Named) -> str:
    if "const" in schema:
        return _literal(schema["const"])
    if "enum" in schema:
        return _one_of([_literal(each) for each in schema["enum"]])
    match schema["type"]:
        case "object":
            return _object(schema, named)
        case "array":
            return _array(schema, named)
        case "string":
            return f'"\\"" char{_times(schema.get("minLength", 0), schema.get("maxLength"))} "\\""'
        case "integer":
            return _integer(schema)
        case "number":
            return "decimal"
        case "boolean":
            return _one_of(['"true"', '"false"'])
        case _:
            return '"null"'


def _literal(value: Any) -> str:
    """A JSON value as a GBNF string."""
    text = json.dumps(value, ensure_ascii=False)
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _one_of(rules: list[str]) -> str:
    if not rules:
        raise BadSchemaError("the schema leaves nothing to choose from")
    return f"({' | '.join(rules)})"


def _times(least: int, most: int | None) -> str:
    if most is not None and most < least:  # llama.cpp would count down from 2⁶⁴
        raise BadSchemaError(f"the schema asks for {least} at least and {most} at most")
    if most is None or most > MAX_REPEAT:
        return f"{{{min(least, MAX_REPEAT)},}}" if least else "*"
    return f"{{{least},{most}}}"


def _integer(schema: dict[str, Any]) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is None or high is None or high - low >= MAX_CHOICES:
        return "whole"
    return _one_of([_literal(each) for each in range(low, high + 1)])


def _array(schema: dict[str, Any], named: _Named) -> str:
    least, most = schema.get("minItems", 0), schema.get("maxItems")
    if most == 0 and not least:
        return '"[]"'
    item = named(_rule(schema["items"], named))
    another = named(f'"," gap {item}')
    more = _times(max(0, least - 1), None if most is None else most - 1)
    inside = f"{item} {another}{more}"
    return f'"[" {inside} "]"' if least else f'"[" {named(inside)}? "]"'


def _object(schema: dict[str, Any], named: _Named) -> str:
    """Properties in the order of the schema, those that may be left out after the others."""
    properties = schema.get("properties", {})
    required = schema.get("required", list(properties))
    if not required:
        raise BadSchemaError("the schema has an object that may be empty")
    pairs = {
        name: f'{_literal(name)} ":" gap {_rule(each, named)}' for name, each in properties.items()
    }
    first = ' "," gap '.join(pairs[name] for name in properties if name in required)
    others = [named(f'"," gap {pairs[name]}') for name in properties if name not in required]
    rest = "".join(f" {each}?" for each in others)
    return f'"{{" {first}{rest} "}}"'
