"""XML into elements, with expat: no DOCTYPE, no entities of its own, nothing outside, and limits.

A document type is refused where it begins, so no entity is ever declared, none expands, and there
is nothing to fetch. Namespaces are resolved; attributes, comments and instructions are passed over.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, NoReturn
from xml.parsers import expat

MAX_BYTES: Final = 8 << 20
MAX_DEPTH: Final = 32
MAX_ELEMENTS: Final = 200_000
_ENCODINGS: Final = frozenset(("utf-8", "utf-16", "us-ascii", "iso-8859-1", "windows-1252"))
_PIECE: Final = 1 << 16


class Fault(NamedTuple):
    """What is wrong, in which line (from 1), in which field: `alert.info[2].area.circle`."""

    line: int
    field: str
    problem: str

    def __str__(self) -> str:
        return f"line {self.line}, {self.field}: {self.problem}"


class XmlError(Exception):
    """A document that is not read; `fault` says where it stopped."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault


@dataclass(slots=True)
class Element:
    """An element: its namespace ("" for none), name, line, the text in it, and its elements."""

    namespace: str
    name: str
    line: int
    pieces: list[str] = field(default_factory=list)
    children: list[Element] = field(default_factory=list)

    @property
    def text(self) -> str:
        """What stands in it, without white space at its ends."""
        return "".join(self.pieces).strip()


def parse(data: bytes) -> Element:
    """The root of a document. Raises XmlError."""
    if len(data) > MAX_BYTES:
        problem = f"{len(data):,} bytes are more than are read: at most {MAX_BYTES:,}"
        raise XmlError(Fault(1, "document", problem))
    return _Builder().build(data)


class _Builder:
    def __init__(self) -> None:
        self._parser = parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        parser.XmlDeclHandler = self._declaration
        parser.StartDoctypeDeclHandler = self._refuse("a DOCTYPE")
        parser.EntityDeclHandler = self._refuse("an entity")
        parser.ExternalEntityRefHandler = self._refuse("something outside")
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        self._open: list[Element] = []
        self._root: Element | None = None
        self._count = 0

    def build(self, data: bytes) -> Element:
        try:
            for at in range(0, len(data), _PIECE):
                self._parser.Parse(data[at : at + _PIECE], False)
            self._parser.Parse(b"", True)
        except expat.ExpatError as error:
            problem = f"not well-formed: {expat.ErrorString(error.code)}"
            raise XmlError(Fault(error.lineno, self._path(), problem)) from None
        assert self._root is not None
        return self._root

    def _path(self) -> str:
        return ".".join(each.name for each in self._open[:MAX_DEPTH]) or "document"

    def _fail(self, problem: str) -> NoReturn:
        raise XmlError(Fault(self._parser.CurrentLineNumber, self._path(), problem))

    def _refuse(self, what: str) -> Any:
        def handler(*_: Any) -> None:
            self._fail(f"{what} is refused: a document may declare nothing and fetch nothing")

        return handler

    def _declaration(self, version: str, encoding: str | None, standalone: int) -> None:
        if encoding is not None and encoding.lower() not in _ENCODINGS:
            self._fail(f'an encoding that is not read: "{encoding}"')

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        namespace, _, local = name.rpartition(" ")
        self._count += 1
        if len(self._open) >= MAX_DEPTH:
            self._fail(f"elements within elements, more than {MAX_DEPTH} deep")
        if self._count > MAX_ELEMENTS:
            self._fail(f"more than {MAX_ELEMENTS:,} elements")
        element = Element(namespace, local, self._parser.CurrentLineNumber)
        if self._open:
            self._open[-1].children.append(element)
        else:
            self._root = element
        self._open.append(element)

    def _end(self, name: str) -> None:
        self._open.pop()

    def _text(self, data: str) -> None:
        self._open[-1].pieces.append(data)
