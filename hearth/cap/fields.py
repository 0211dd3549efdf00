"""The fields of CAP 1.2 as one table, in the order of its schema: reader, writer, packer.

CAP 1.2: docs.oasis-open.org/emergency/cap/v1.2. A field's `key` is its number in the packed form
(docs/notices.md) and never changes, as little as the place of a word in `words`: new ones go last.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import Any, Final, NamedTuple

from hearth.cap.model import Alert, Area, Info, Resource

NAMESPACES: Final = {
    "http://www.incident.com/cap/1.0": "1.0",
    "urn:oasis:names:tc:emergency:cap:1.1": "1.1",
    "urn:oasis:names:tc:emergency:cap:1.2": "1.2",
}
NAMESPACE: Final = "urn:oasis:names:tc:emergency:cap:1.2"


class Form(Enum):
    """How a field is written."""

    TEXT = auto()
    WORD = auto()
    MOMENT = auto()
    NAMED = auto()
    REFERENCES = auto()
    POLYGON = auto()
    CIRCLE = auto()
    DECIMAL = auto()
    SIZE = auto()
    GROUP = auto()


class Field(NamedTuple):
    """A field: its number, its element, its name in `model`, and what may stand in it."""

    key: int
    element: str
    name: str
    form: Form = Form.TEXT
    required: bool = False
    many: bool = False
    words: tuple[str, ...] = ()
    group: Any = None


class Group(NamedTuple):
    """An element that has fields, and the class of `model` that it becomes."""

    make: Any
    fields: tuple[Field, ...]

    def field(self, element: str) -> Field | None:
        """The field of that element, if there is one."""
        return next((each for each in self.fields if each.element == element), None)


STATUS: Final = ("Actual", "Exercise", "System", "Test", "Draft")
KIND: Final = ("Alert", "Update", "Cancel", "Ack", "Error")
SCOPE: Final = ("Public", "Restricted", "Private")
CATEGORY: Final = (
    "Geo", "Met", "Safety", "Security", "Rescue", "Fire", "Health", "Env", "Transport", "Infra",
    "CBRNE", "Other",
)  # fmt: skip
RESPONSE: Final = (
    "Shelter", "Evacuate", "Prepare", "Execute", "Avoid", "Monitor", "Assess", "AllClear", "None",
)  # fmt: skip
URGENCY: Final = ("Immediate", "Expected", "Future", "Past", "Unknown")
SEVERITY: Final = ("Extreme", "Severe", "Moderate", "Minor", "Unknown")
CERTAINTY: Final = ("Observed", "Likely", "Possible", "Unlikely", "Unknown")

OLD_WORDS: Final = {("certainty", "Very Likely"): "Likely"}
"""Words of CAP 1.0, and what 1.1 has for them (CAP 1.1, section 3.2.2)."""
OLD_DEFAULTS: Final[dict[str, dict[str, Any]]] = {
    "1.0": {
        "scope": "Public",
        "category": ("Other",),
        "mimeType": "application/octet-stream",
    },
    "1.1": {"mimeType": "application/octet-stream"},
    "1.2": {},
}
"""What 1.2 requires and earlier versions did not, with what it stands for where it is missing."""
FORGOTTEN: Final = {"1.0": ("password",), "1.1": (), "1.2": ()}
"""Fields of earlier versions that are passed over."""


def _word(
    key: int, element: str, name: str, words: tuple[str, ...], *, required: bool = True,
    many: bool = False,
) -> Field:  # fmt: skip
    return Field(key, element, name, Form.WORD, required, many, words)


RESOURCE: Final = Group(
    Resource,
    (
        Field(1, "resourceDesc", "description", required=True),
        Field(2, "mimeType", "media", required=True),
        Field(3, "size", "size", Form.SIZE),
        Field(4, "uri", "uri"),
        Field(5, "derefUri", "inline"),
        Field(6, "digest", "digest"),
    ),
)
AREA: Final = Group(
    Area,
    (
        Field(1, "areaDesc", "description", required=True),
        Field(2, "polygon", "polygons", Form.POLYGON, many=True),
        Field(3, "circle", "circles", Form.CIRCLE, many=True),
        Field(4, "geocode", "geocodes", Form.NAMED, many=True),
        Field(5, "altitude", "altitude", Form.DECIMAL),
        Field(6, "ceiling", "ceiling", Form.DECIMAL),
    ),
)
INFO: Final = Group(
    Info,
    (
        Field(1, "language", "language"),
        _word(2, "category", "categories", CATEGORY, many=True),
        Field(3, "event", "event", required=True),
        _word(4, "responseType", "responses", RESPONSE, required=False, many=True),
        _word(5, "urgency", "urgency", URGENCY),
        _word(6, "severity", "severity", SEVERITY),
        _word(7, "certainty", "certainty", CERTAINTY),
        Field(8, "audience", "audience"),
        Field(9, "eventCode", "event_codes", Form.NAMED, many=True),
        Field(10, "effective", "effective", Form.MOMENT),
        Field(11, "onset", "onset", Form.MOMENT),
        Field(12, "expires", "expires", Form.MOMENT),
        Field(13, "senderName", "sender_name"),
        Field(14, "headline", "headline"),
        Field(15, "description", "description"),
        Field(16, "instruction", "instruction"),
        Field(17, "web", "web"),
        Field(18, "contact", "contact"),
        Field(19, "parameter", "parameters", Form.NAMED, many=True),
        Field(20, "resource", "resources", Form.GROUP, many=True, group=RESOURCE),
        Field(21, "area", "areas", Form.GROUP, many=True, group=AREA),
    ),
)
ALERT: Final = Group(
    Alert,
    (
        Field(1, "identifier", "identifier", required=True),
        Field(2, "sender", "sender", required=True),
        Field(3, "sent", "sent", Form.MOMENT, required=True),
        _word(4, "status", "status", STATUS),
        _word(5, "msgType", "kind", KIND),
        Field(6, "source", "source"),
        _word(7, "scope", "scope", SCOPE),
        Field(8, "restriction", "restriction"),
        Field(9, "addresses", "addresses"),
        Field(10, "code", "codes", many=True),
        Field(11, "note", "note"),
        Field(12, "references", "references", Form.REFERENCES),
        Field(13, "incidents", "incidents"),
        Field(14, "info", "infos", Form.GROUP, many=True, group=INFO),
    ),
)
