"""Documents for tests of CAP: made here, and what a document means, read by another parser."""

from __future__ import annotations

import os
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from program import ROOT

from hearth.cap.fields import NAMESPACES

V10, V11, V12 = NAMESPACES
VALID = (
    "australia.cap", "canada.cap", "earthquake-iso8859-1.cap", "example1.xml", "example2.xml",
    "example3.xml", "example4.xml", "no_optional_fields.cap", "weather.cap",
)  # fmt: skip
BROKEN = {
    "invalid.cap": [(2, "alert.scope")],
    "noaa_errors.cap": [
        (17, "alert.info.urgency"),
        (18, "alert.info.severity"),
        (19, "alert.info.certainty"),
        (66, "alert.info.area.polygon[1]"),
    ],
    "xee.cap": [(3, "document")],
}


def data_file(name: str) -> Path:
    """A file of the test data; skips where there is none."""
    folder = Path(os.environ.get("HEARTH_TEST_DATA") or ROOT.parent / "shared" / "data") / "cap"
    if not folder.is_dir():
        pytest.skip("no test data (set HEARTH_TEST_DATA)")
    return folder / name


def info(**fields: str) -> str:
    """An info element; a field of "" is left out, others are changed or added."""
    said = {
        "category": "Met", "event": "Storm", "urgency": "Expected", "severity": "Severe",
        "certainty": "Likely", **fields,
    }  # fmt: skip
    return "<info>" + "".join(f"<{k}>{v}</{k}>" for k, v in said.items() if v) + "</info>"


def alert(*inside: str, namespace: str = V12, **fields: str) -> str:
    """An alert; fields as in `info`."""
    said = {
        "identifier": "A1", "sender": "w@x.test", "sent": "2026-11-28T09:00:00+00:00",
        "status": "Actual", "msgType": "Alert", "scope": "Public", **fields,
    }  # fmt: skip
    body = "\n".join(f"<{k}>{v}</{k}>" for k, v in said.items() if v)
    return f'<alert xmlns="{namespace}">\n{body}\n{"".join(inside)}\n</alert>'


def meaning(document: bytes) -> list[tuple[str, str]]:
    """Every field of one alert that says something, by its path, in any order of fields; read by
    the standard library's ElementTree, with numbers and white space made alike."""
    found: list[tuple[str, str]] = []

    def walk(element: ElementTree.Element, path: str) -> None:
        namespace, _, name = element.tag.rpartition("}")
        if namespace[1:] not in NAMESPACES:
            return
        count: dict[str, int] = {}
        for child in element:
            number = count[child.tag] = count.get(child.tag, 0) + 1
            walk(child, f"{path}/{child.tag.rpartition('}')[2]}{number}")
        text = (element.text or "").strip()
        if not len(element) and (text or name in ("valueName", "value")):
            if name in ("polygon", "circle"):
                text = re.sub(r"[^ ,\s]+", lambda word: repr(float(word[0])), text)
            found.append((path, " ".join(text.split()) if name == "polygon" else text))

    walk(ElementTree.fromstring(document), "")
    return sorted(found)
