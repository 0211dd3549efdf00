"""A written answer as data: the JSON document of `hearth ask`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hearth.ask.report import Numbering, citations, cited
from hearth.ask.statements import Part
from hearth.writing.written import Statement, Struck, Written


def statements(
    written: Sequence[Statement], beside: Sequence[Part], numbering: Numbering
) -> list[dict[str, Any]]:
    """Written statements, and the parts in the documents' own words that stand beside them."""
    found = [
        {
            "text": one.text,
            "form": "written",
            "citations": cited(one.quotes, numbering),
            "with": cited(one.guards, numbering),
            "omitted": 0,
        }
        for one in written
    ]
    return found + [
        {
            "text": part.text,
            "form": "quoted",
            "citations": citations(part, numbering),
            "with": [],
            "omitted": part.cut,
        }
        for part in beside
    ]


def struck(written: Written) -> list[dict[str, Any]]:
    """What was struck, with the reasons."""
    return [_struck(one) for one in written.struck]


def _struck(one: Struck) -> dict[str, Any]:
    return {
        "text": one.draft.text,
        "cites": list(one.draft.cites),
        "why": [{"code": code, "text": text} for code, text in one.faults],
    }
