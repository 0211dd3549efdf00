"""Writing TOML: change one key and leave the rest of a person's file alone.

`with_value` edits the text by lines, then reads the result back: if it does not say exactly what
was meant (an unusual spelling, a value over several lines), the whole file is written anew from
its values instead. So the result is always right, and comments survive in every usual file.
"""

from __future__ import annotations

import math
import re
import tomllib
from datetime import date, datetime, time
from typing import Any

from hearth.store.errors import UsageError

Table = dict[str, Any]

_BARE = re.compile(r"[A-Za-z0-9_-]+\Z")
_HEADER = re.compile(r"\s*\[\s*([^\[\]]+?)\s*\]\s*(?:#.*)?\Z")
_ESCAPES = {
    "\b": "\\b",
    "\t": "\\t",
    "\n": "\\n",
    "\f": "\\f",
    "\r": "\\r",
    '"': '\\"',
    "\\": "\\\\",
}


def with_value(text: str, section: str, key: str, value: Any) -> str:
    """`text` with `key` of `[section]` set to `value`, or taken away where `value` is None.

    Raises `tomllib.TOMLDecodeError` where `text` is not TOML, `UsageError` where `section` is
    not a table there or the value cannot be written.
    """
    meant = _changed(tomllib.loads(text), section, key, value)
    line = None if value is None else f"{key} = {_value(value)}"
    edited = _edited(text.splitlines(), section, key, line)
    try:
        if tomllib.loads(edited) == meant:
            return edited
    except tomllib.TOMLDecodeError:
        pass
    return dumps(meant)


def dumps(table: Table) -> str:
    """A whole file. Every value that `tomllib.loads` can return can be written."""
    lines: list[str] = []
    _write_table(table, (), lines)
    return "\n".join(lines).strip("\n") + "\n" if lines else ""


def _changed(table: Table, section: str, key: str, value: Any) -> Table:
    inner = table.get(section, {})
    if not isinstance(inner, dict):
        raise UsageError(f'"{section}" is not a table in this file')
    inner = {name: item for name, item in inner.items() if name != key or value is not None}
    if value is not None:
        inner[key] = value
    changed = {**table, section: inner}
    if not inner and section not in table:
        del changed[section]
    return changed


def _edited(lines: list[str], section: str, key: str, line: str | None) -> str:
    start = end = None  # the lines of the section, header excluded
    for number, text in enumerate(lines):
        header = _HEADER.match(text)
        if header is None and not text.lstrip().startswith("[["):
            continue
        if start is not None:
            end = number
            break
        if header is not None and header.group(1) == section:
            start = number + 1
    if start is None:
        added = [] if line is None else [*([""] if lines else []), f"[{section}]", line]
        return _joined(lines + added)
    end = len(lines) if end is None else end
    own = re.compile(rf"\s*(?:{re.escape(key)}|\"{re.escape(key)}\")\s*=")
    kept = [text for text in lines[start:end] if not own.match(text)]
    if line is not None:
        place = next((n for n, text in enumerate(lines[start:end]) if own.match(text)), None)
        if place is None:  # after the last line of the section that says something
            place = max((n + 1 for n, text in enumerate(kept) if text.strip()), default=0)
        kept.insert(place, line)
    return _joined(lines[:start] + kept + lines[end:])


def _joined(lines: list[str]) -> str:
    return "\n".join(lines) + "\n" if lines else ""


def _write_table(table: Table, path: tuple[str, ...], lines: list[str]) -> None:
    plain = {name: item for name, item in table.items() if not isinstance(item, dict)}
    if path and (plain or not table):
        lines += ["", f"[{'.'.join(map(_key, path))}]"]
    lines += [f"{_key(name)} = {_value(item)}" for name, item in plain.items()]
    for name, item in table.items():
        if isinstance(item, dict):
            _write_table(item, (*path, name), lines)


def _key(name: str) -> str:
    return name if _BARE.match(name) else _string(name)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, float) and not math.isfinite(value):
        return "nan" if math.isnan(value) else ("inf" if value > 0 else "-inf")
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, dict):
        return (
            "{" + ", ".join(f"{_key(name)} = {_value(item)}" for name, item in value.items()) + "}"
        )
    raise UsageError(f"a {type(value).__name__} cannot be written as TOML")


def _string(text: str) -> str:
    pieces = []
    for character in text:
        point = ord(character)
        if character in _ESCAPES:
            pieces.append(_ESCAPES[character])
        elif point < 0x20 or point == 0x7F:
            pieces.append(f"\\u{point:04x}")
        elif 0xD800 <= point <= 0xDFFF:
            raise UsageError("a setting must be valid UTF-8")
        else:
            pieces.append(character)
    return '"' + "".join(pieces) + '"'
