"""Reading CAP 1.0, 1.1 and 1.2, alone or in Atom, RSS or EDXL-DE: alerts, and every fault.

Each alert of a document stands for itself: one that has a fault is not read, and those beside it
are. The order of fields says nothing and is not judged; an empty field that may be missing is
missing. What comes from other namespaces inside an alert is passed over; that there is an XML
signature is told, and it is not judged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

from hearth.cap import values, xml
from hearth.cap.fields import (
    ALERT,
    FORGOTTEN,
    NAMESPACES,
    OLD_DEFAULTS,
    OLD_WORDS,
    Field,
    Form,
    Group,
)
from hearth.cap.model import Alert, Named
from hearth.cap.xml import Element, Fault, XmlError

MAX_FAULTS: Final = 100
"""Faults that are named; of more it is said that there are more."""
MAX_ALERTS: Final = 1_000
MAX_TEXT: Final = 1 << 20
"""Characters in one field."""
_SIGNATURE: Final = "http://www.w3.org/2000/09/xmldsig#"
_WRAPPERS: Final = {
    "http://www.w3.org/2005/Atom": {"feed", "entry"},
    "": {"rss"},
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#": {"RDF"},
    "urn:oasis:names:tc:emergency:EDXL:DE:1.0": {"EDXLDistribution"},
    "urn:oasis:names:tc:emergency:EDXL:DE:2.0": {"EDXLDistribution", "edxlDistribution"},
}


class Found(NamedTuple):
    """An alert, the version it was in, the line where it begins, and whether it has a signature."""

    alert: Alert
    version: str
    line: int
    signed: bool


class Reading(NamedTuple):
    """What a document holds. `wrapper`: the element around its alerts, or None."""

    found: tuple[Found, ...]
    faults: tuple[Fault, ...]
    wrapper: str | None = None


def read(data: bytes) -> Reading:
    """Read a document. Raises nothing: what is wrong is among `faults`."""
    try:
        root = xml.parse(data)
    except XmlError as error:
        return Reading((), (error.fault,))
    reader = _Reader()
    if root.name == "alert":
        return reader.reading([root], None)
    if root.name not in _WRAPPERS.get(root.namespace, ()):
        problem = "neither a CAP alert, nor Atom, RSS or EDXL-DE around one"
        return Reading((), (Fault(root.line, xml_name(root), problem),))
    inside = list(_inside(root))
    if not inside:
        problem = "there is no alert in it; where it has links, import what they lead to"
        return Reading((), (Fault(root.line, root.name, problem),), root.name)
    return reader.reading(inside, root.name)


def xml_name(element: Element) -> str:
    """An element's name, as it may be told."""
    return values.quoted(element.name)[1:-1]


def _inside(element: Element) -> Iterator[Element]:
    for child in element.children:
        if child.name == "alert":
            yield child
        else:
            yield from _inside(child)


class _Reader:
    """Reads alerts and gathers faults."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self._version = "1.2"
        self._namespace = ""
        self._bad = False
        self._told = 0

    def reading(self, elements: list[Element], wrapper: str | None) -> Reading:
        """What these elements hold; faults by line."""
        found = tuple(self.alerts(elements))
        return Reading(found, tuple(sorted(self.faults, key=lambda each: each.line)), wrapper)

    def alerts(self, elements: list[Element]) -> Iterator[Found]:
        """Those that have no fault."""
        for number, element in enumerate(elements, 1):
            path = "alert" if len(elements) == 1 else f"alert[{number}]"
            if number > MAX_ALERTS:
                self._fault(element, path, f"{len(elements):,} alerts; {MAX_ALERTS:,} are read")
                return
            self._bad = False
            version = NAMESPACES.get(element.namespace)
            if version is None:
                told = values.quoted(element.namespace)
                self._fault(element, path, f"namespace {told} is not that of CAP 1.0, 1.1 or 1.2")
                continue
            self._version, self._namespace = version, element.namespace
            alert = self._group(element, ALERT, path)
            signed = any(each.namespace == _SIGNATURE for each in element.children)
            if not self._bad:
                yield Found(alert, version, element.line, signed)

    def _fault(self, element: Element, path: str, problem: str) -> None:
        self._bad = True
        self._told += 1
        if len(self.faults) < MAX_FAULTS:
            self.faults.append(Fault(element.line, path, problem))
        elif len(self.faults) == MAX_FAULTS:
            self.faults.append(Fault(element.line, path, "there are more faults than are named"))

    def _group(self, element: Element, group: Group, path: str) -> Any:
        """The value of an element with fields; whatever it is, if there is a fault."""
        given: dict[str, list[tuple[Element, str]]] = {}
        counts: dict[str, int] = {}
        for child in element.children:
            if child.namespace == self._namespace:
                counts[child.name] = counts.get(child.name, 0) + 1
        for child in element.children:
            if child.namespace != self._namespace:
                continue
            below = f"{path}.{xml_name(child)}"
            field = group.field(child.name)
            if field is None:
                if child.name not in FORGOTTEN[self._version]:
                    self._fault(child, below, f"CAP {self._version} has no such field there")
                continue
            listed = given.setdefault(field.element, [])
            if listed and not field.many:
                self._fault(child, below, "it may be given once, and is given again")
                continue
            if counts[child.name] > 1:
                below += f"[{len(listed) + 1}]"
            listed.append((child, below))
        made = {
            field.name: self._field(element, field, given.get(field.element, []), path)
            for field in group.fields
        }
        self._check(element, made, path)
        return None if self._bad else group.make(**made)

    def _field(
        self, parent: Element, field: Field, given: list[tuple[Element, str]], path: str
    ) -> Any:
        read = []
        before = self._told
        for element, below in given:
            value = self._value(element, field, below)
            if value is not None:
                read.append(value)
        if not read and field.element in OLD_DEFAULTS[self._version]:
            return OLD_DEFAULTS[self._version][field.element]
        if not read and field.required:
            if not given:
                self._fault(parent, f"{path}.{field.element}", "is missing, and has to be there")
            elif self._told == before:
                self._fault(*given[0], "is empty, and has to say something")
        if field.many:
            return tuple(read)
        none: Any = () if field.form is Form.REFERENCES else None
        return read[0] if read else none

    def _value(self, element: Element, field: Field, path: str) -> Any:
        """What stands in a field; None if nothing, or if it has a fault."""
        if field.form is Form.GROUP:
            return self._group(element, field.group, path)
        if field.form is Form.NAMED:
            return self._named(element, path)
        text = self._text(element, path)
        if not text:
            return None
        if field.form is Form.TEXT:
            return text
        try:
            return self._parsed(text, field)
        except ValueError as error:
            self._fault(element, path, str(error))
            return None

    def _parsed(self, text: str, field: Field) -> Any:
        match field.form:
            case Form.WORD:
                word = OLD_WORDS.get((field.element, text), text)
                if word not in field.words:
                    raise ValueError(f"{values.quoted(text)} is none of {', '.join(field.words)}")
                return word
            case Form.MOMENT:
                return values.moment(text, self._version)
            case Form.REFERENCES:
                return values.references(text, self._version)
        return _PARSERS[field.form](text)

    def _text(self, element: Element, path: str) -> str:
        if element.children:
            self._fault(element.children[0], path, "it holds an element, and should be text")
        text = element.text
        if len(text) > MAX_TEXT:
            self._fault(element, path, f"{len(text):,} characters; {MAX_TEXT:,} are read")
        return text

    def _named(self, element: Element, path: str) -> Named | None:
        if self._version == "1.0" and not element.children:  # "name=value"
            name, equals, value = element.text.partition("=")
            return Named(name.strip(), value.strip()) if equals else Named("", name)
        found: dict[str, str] = {}
        for child in element.children:
            if child.namespace == self._namespace and child.name in ("valueName", "value"):
                if child.name in found:
                    self._fault(child, f"{path}.{child.name}", "it is given again")
                found[child.name] = self._text(child, f"{path}.{child.name}")
        for name in ("valueName", "value"):
            if name not in found:
                self._fault(element, f"{path}.{name}", "is missing, and has to be there")
        return Named(found["valueName"], found["value"]) if len(found) == 2 else None

    def _check(self, element: Element, made: dict[str, Any], path: str) -> None:
        """What no single field shows."""
        if "identifier" in made:
            for name in ("identifier", "sender"):
                text = made[name] or ""
                if any(char.isspace() or char in ",<&" for char in text):
                    problem = "white space, a comma, < or & in it: nothing could refer to it"
                    self._fault(_child(element, name), f"{path}.{name}", problem)
        if made.get("ceiling") is not None and made.get("altitude") is None:
            problem = "it goes with an altitude, and there is none"
            self._fault(_child(element, "ceiling"), f"{path}.ceiling", problem)


def _child(element: Element, name: str) -> Element:
    return next((each for each in element.children if each.name == name), element)


_PARSERS: Final[dict[Form, Callable[[str], Any]]] = {
    Form.POLYGON: values.polygon,
    Form.CIRCLE: values.circle,
    Form.DECIMAL: values.decimal,
    Form.SIZE: values.size,
}
