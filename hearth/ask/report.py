"""An answer as data: numbered citations, titles as they are shown, and the JSON document."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from hearth.ask.answering import Answer
from hearth.ask.passages import Found
from hearth.ask.statements import Part, Quote
from hearth.corpora.index import whose
from hearth.guide import SHOWN

VERSION = 1
LONGEST = 60  # characters of a heading that are shown


class Reference(NamedTuple):
    """One line of the list of sources: a section of a document, with its number."""

    n: int
    found: Found


class Numbering:
    """Numbers sections in the order in which they are first cited."""

    def __init__(self) -> None:
        self._known: dict[tuple[bytes, str, int | None], Reference] = {}

    def number(self, found: Found) -> int:
        """The number under which the passage's section is listed."""
        hit = found.hit
        key = (hit.document, hit.heading, hit.page)
        if key not in self._known:
            self._known[key] = Reference(len(self._known) + 1, found)
        return self._known[key].n

    @property
    def references(self) -> list[Reference]:
        """The sources in the order of their numbers."""
        return list(self._known.values())


def title(found: Found) -> str:
    """The document's title as it is shown; foreign text, not yet cleaned for a terminal."""
    return f"{SHOWN} › {found.title}" if found.guide else found.title


def place(found: Found) -> str:
    """Title › heading › page, as the list of sources shows it; foreign text."""
    parts = [title(found), *_headings(found)]
    if found.hit.page is not None:
        parts.append(f"p. {found.hit.page}")
    return " › ".join(parts)


def _headings(found: Found) -> list[str]:
    """The last headings above a passage, without those that only repeat the title."""
    own = [one for one in found.hit.heading.split(" › ") if one and found.title not in one]
    return [one if len(one) <= LONGEST else one[: LONGEST - 1].rstrip() + "…" for one in own[-2:]]


def citations(part: Part, numbering: Numbering) -> list[dict[str, Any]]:
    """The quotes that prove a statement: its own, then those of others that say the same."""
    return cited(
        [*part.quotes, *(quote for other in part.others for quote in other.quotes)], numbering
    )


def cited(quotes: Sequence[Quote], numbering: Numbering) -> list[dict[str, Any]]:
    """Quotes as citations, numbered."""
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


def passage(found: Found) -> dict[str, Any]:
    """A passage shown as such, as data."""
    hit = found.hit
    return {
        "passage": hit.passage_id,
        "document": hit.document.hex(),
        "title": title(found),
        "heading": hit.heading,
        "page": hit.page,
        "corpus": hit.corpus,
        **whose(hit),
        "text": hit.text,
    }


def document(answer: Answer, node: str | None, nearest: int) -> dict[str, Any]:
    """The JSON document: `nearest` passages are added where there is no evidence."""
    numbering = Numbering()
    found: dict[str, Any] = {
        "v": VERSION,
        "question": answer.question.text,
        "verdict": answer.verdict,
        "statements": [
            {"text": part.text, "citations": citations(part, numbering), "omitted": part.cut}
            for part in answer.parts
        ],
        "answered_by": {"node": node, "kind": "extractive", "model": None},
        "read_as": [{"typed": typed, "as": word} for typed, word in answer.corrections],
        "ms": answer.ms,
    }
    if answer.question.condensed:
        found["condensed_from"] = answer.question.condensed
    if answer.question.beyond is not None:
        found["beyond"] = answer.question.beyond
    if not answer.parts:
        found["nearest"] = [passage(one) for one in answer.nearest[:nearest]]
    return found
