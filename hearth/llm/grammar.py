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
MAX_REPEAT: Final = 2000
"""llama.cpp refuses more repetitions; beyond, the schema's own check decides."""
_SHARED: Final = r"""
gap ::= " "?
char ::= [^"\\\x00-\x1F\x7F] | "\\" ["\\/bfnrt]
whole ::= "-"? ("0" | [1-9] [0-9]{0,15})
decimal ::= whole ("." [0-9]{1,9})?
""".strip()


def grammar(schema: dict[str, Any]) -> str:
    """The grammar, with the rule `root`. Raises BadSchemaError."""
    rules = _Rules()
    root = rules.of(checked(schema))
    named = "".join(f"{name} ::= {body}\n" for body, name in rules.named.items())
    return f"root ::= {root}\n{named}{_SHARED}\n"


class _Rules:
    """Turns a schema into rules. What repeats within, and may be repeated, has a rule of its own.

    llama.cpp writes a repetition out, and refuses one of too much (a string of 400 characters in an
    array of 12: 4,800): a rule's name counts as one, whatever stands behind it.
    """

    def __init__(self) -> None:
        self.named: dict[str, str] = {}

    def of(self, schema: dict[str, Any]) -> str:
        if "const" in schema:
            return _literal(schema["const"])
        if "enum" in schema:
            return _one_of([_literal(each) for each in schema["enum"]])
        match schema["type"]:
            case "object":
                return self._object(schema)
            case "array":
                return self._array(schema)
            case "string":
                times = _times(schema.get("minLength", 0), schema.get("maxLength"))
                return self._name(f'"\\"" char{times} "\\""')
            case "integer":
                return _integer(schema)
            case "number":
                return "decimal"
            case "boolean":
                return _one_of(['"true"', '"false"'])
            case _:
                return '"null"'

    def _name(self, body: str) -> str:
        return self.named.setdefault(body, f"part{len(self.named)}")

    def _array(self, schema: dict[str, Any]) -> str:
        least, most = schema.get("minItems", 0), schema.get("maxItems")
        if most == 0:
            return '"[]"'
        more = _times(max(0, least - 1), None if most is None else most - 1)
        item = self._name(self.of(schema["items"]))
        further = self._name(f'"," gap {item}')
        inside = self._name(f"{item} {further}{more}")
        return f'"[" {inside}{"" if least else "?"} "]"'

    def _object(self, schema: dict[str, Any]) -> str:
        """Properties in the order of the schema, those that may be left out after the others."""
        properties = schema.get("properties", {})
        required = schema.get("required", list(properties))
        if not required:
            raise BadSchemaError("the schema has an object that may be empty")
        pairs = {
            name: f'{_literal(name)} ":" gap {self.of(each)}' for name, each in properties.items()
        }
        first = ' "," gap '.join(pairs[name] for name in properties if name in required)
        rest = "".join(f' ("," gap {pairs[name]})?' for name in properties if name not in required)
        return f'"{{" {first}{rest} "}}"'


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
    if most is None or most > MAX_REPEAT:
        return f"{{{min(least, MAX_REPEAT)},}}" if least else "*"
    return f"{{{least},{most}}}"


def _integer(schema: dict[str, Any]) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is None or high is None or high - low >= MAX_CHOICES:
        return "whole"
    return _one_of([_literal(each) for each in range(low, high + 1)])
