"""A written answer as data: the JSON document of `hearth ask`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hearth.ask.report import Numbering, citations, title
from hearth.ask.statements import Part, Quote
from hearth.corpora.index import whose
from hearth.writing.written import Statement, Struck, Written


def cited(quotes: Sequence[Quote], numbering: Numbering) -> list[dict[str, Any]]:
    """Quotes as citations."""
    return [
        {
            "n": numbering.number(quote.found),
            "passage": quote.found.hit.passage_id,
            "document": quote.found.hit.document.hex(),
            "title": title(quote.found),
            "heading": quote.found.hit.heading,
            "page": quote.found.hit.page,
            "corpus": quote.found.hit.corpus,
            **whose(quote.found.hit),
            "quote": quote.text,
        }
        for quote in quotes
    ]


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
