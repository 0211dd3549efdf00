"""JSON schemas for what a model writes: the subset that everybody's grammars understand.

Object (`properties`, `required`), array (`items`, `minItems`, `maxItems`), string (`maxLength`),
integer and number (`minimum`, `maximum`), boolean, null, `enum` and `const`. All properties of an
object are required unless `required` says less, and none other may be there. Whether a backend has
a grammar or not, what it wrote is read with `read`, which believes nothing.
"""

from __future__ import annotations

import json
from typing import Any, Final

from hearth.llm.errors import BadOutputError, BadSchemaError

MAX_DEPTH: Final = 12
_KEYS: Final = {
    "type", "properties", "required", "additionalProperties", "items", "minItems", "maxItems",
    "minLength", "maxLength", "minimum", "maximum", "enum", "const", "title", "description",
}  # fmt: skip
_TYPES: Final[dict[str, tuple[type, ...]]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}


def checked(schema: dict[str, Any], depth: int = 0) -> dict[str, Any]:
    """The schema itself. Raises BadSchemaError for what is outside the subset."""
    if depth > MAX_DEPTH:
        raise BadSchemaError("the schema is nested too deeply")
    unknown = set(schema) - _KEYS
    if unknown:
        raise BadSchemaError(f'the schema says "{min(unknown)}", which is not supported')
    if "enum" not in schema and "const" not in schema and schema.get("type") not in _TYPES:
        raise BadSchemaError(f'the schema has no type that is supported: "{schema.get("type")}"')
    if schema.get("type") == "array" and not isinstance(schema.get("items"), dict):
        raise BadSchemaError("the schema has an array without items")
    for inner in (*schema.get("properties", {}).values(), *filter(None, [schema.get("items")])):
        checked(inner, depth + 1)
    return schema


def read(text: str, schema: dict[str, Any]) -> Any:
    """The value that a model wrote. Raises BadOutputError where it is not what `schema` says."""
    try:
        value = json.loads(text, strict=False, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        why = "ends in the middle" if _is_cut(text.rstrip(), error) else "is not JSON"
        raise BadOutputError(f"what the model wrote {why}") from None
    wrong = fault(value, schema)
    if wrong is not None:
        raise BadOutputError(f"what the model wrote is not as asked: {wrong}")
    return value


def _is_cut(text: str, error: Exception) -> bool:
    """Whether there was nothing wrong but the end."""
    if not text or not isinstance(error, json.JSONDecodeError):
        return False
    return error.msg.startswith("Unterminated") or error.pos >= len(text) - 1


def _no_constant(name: str) -> Any:
    raise ValueError(name)  # NaN and Infinity are not JSON


def fault(value: Any, schema: dict[str, Any], place: str = "it") -> str | None:
    """The first thing in which a value is not what a schema says; None if there is none."""
    if "const" in schema and not _equal(value, schema["const"]):
        return f"{place} is not {json.dumps(schema['const'])}"
    if "enum" in schema and not any(_equal(value, each) for each in schema["enum"]):
        return f"{place} is none of the choices"
    kind = schema.get("type")
    if kind is None:
        return None
    if not isinstance(value, _TYPES[kind]) or (isinstance(value, bool) and kind != "boolean"):
        return f"{place} is not of type {kind}"
    return _beyond(value, schema, place) or _inside(value, schema, place)


def _equal(one: Any, other: Any) -> bool:
    return type(one) is type(other) and bool(one == other)  # True is not 1


def _beyond(value: Any, schema: dict[str, Any], place: str) -> str | None:
    """Where a limit is not kept."""
    if isinstance(value, int | float):
        size, low, high = value, schema.get("minimum"), schema.get("maximum")
    elif isinstance(value, list):
        size, low, high = len(value), schema.get("minItems"), schema.get("maxItems")
    elif isinstance(value, str):
        size, low, high = len(value), schema.get("minLength"), schema.get("maxLength")
    else:
        return None
    if low is not None and size < low:
        return f"{place} is less, or shorter, than {low}"
    if high is not None and size > high:
        return f"{place} is more, or longer, than {high}"
    return None


def _inside(value: Any, schema: dict[str, Any], place: str) -> str | None:
    """The first fault of an array's items, or an object's properties."""
    if isinstance(value, list):
        faults = (
            fault(each, schema["items"], f"item {at} of {place}") for at, each in enumerate(value)
        )
        return next(filter(None, faults), None)
    if not isinstance(value, dict):
        return None
    properties = schema.get("properties", {})
    for name in schema.get("required", properties):
        if name not in value:
            return f'{place} has no "{name}"'
    for name, each in value.items():
        if name not in properties:
            return f"{place} has something that was not asked for"
        wrong = fault(each, properties[name], f'"{name}"')
        if wrong is not None:
            return wrong
    return None


def strict(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema with everything said that the subset leaves unsaid, for those that take it."""
    whole = dict(schema)
    if schema.get("type") == "object":
        inner = schema.get("properties", {})
        whole["properties"] = {name: strict(each) for name, each in inner.items()}
        whole["required"] = list(schema.get("required", inner))
        whole["additionalProperties"] = False
    if schema.get("type") == "array":
        whole["items"] = strict(schema["items"])
    return whole


def in_words(schema: dict[str, Any]) -> str:
    """The schema as an instruction, for models that are held by no grammar."""
    told = json.dumps(strict(schema), ensure_ascii=False)
    return f"Answer with one JSON value and nothing else. It must match this JSON schema:\n{told}"
