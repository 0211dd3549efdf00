"""Writing an alert as CAP 1.2: UTF-8, in the order of the schema, nothing that is empty."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from xml.sax.saxutils import escape

from hearth.cap import values
from hearth.cap.fields import ALERT, NAMESPACE, Field, Form, Group
from hearth.cap.model import Alert


def write(alert: Alert) -> bytes:
    """The document of one alert. Raises ValueError for a time beyond all calendars."""
    lines = "\n".join(_group(alert, ALERT, "  "))
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<alert xmlns="{NAMESPACE}">\n{lines}\n</alert>'
    return text.encode() + b"\n"


def _group(value: Any, group: Group, indent: str) -> Iterator[str]:
    for field in group.fields:
        found = getattr(value, field.name)
        for each in found if field.many else (found,):
            if each is not None and each != ():
                yield _field(each, field, indent)


def _field(value: Any, field: Field, indent: str) -> str:
    tag = field.element
    if field.form is Form.GROUP:
        below = "\n".join(_group(value, field.group, indent + "  "))
        return f"{indent}<{tag}>\n{below}\n{indent}</{tag}>"
    if field.form is Form.NAMED:
        name, said = _text(value.name), _text(value.value)
        below = f"<valueName>{name}</valueName><value>{said}</value>"
        return f"{indent}<{tag}>{below}</{tag}>"
    return f"{indent}<{tag}>{_text(_said(value, field.form))}</{tag}>"


def _said(value: Any, form: Form) -> str:
    match form:
        case Form.MOMENT:
            return values.write_moment(value)
        case Form.REFERENCES:
            return values.write_references(value)
        case Form.POLYGON:
            return values.write_polygon(value)
        case Form.CIRCLE:
            return values.write_circle(value)
        case Form.DECIMAL:
            return values.write_number(value.values[0], value.digits)
    return str(value)


def _text(text: str) -> str:
    """A text as it can stand in XML 1.0: what cannot be there at all becomes U+FFFD."""
    kept = "".join(char if _is_char(ord(char)) else "\ufffd" for char in text)
    return escape(kept, {"\r": "&#13;"})


def _is_char(code: int) -> bool:
    return (
        code in (0x9, 0xA, 0xD)
        or 0x20 <= code <= 0xD7FF
        or 0xE000 <= code <= 0xFFFD
        or (code >= 0x10000)
    )
