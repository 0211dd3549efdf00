"""The tools that read: searching the corpora of the question, and reading a passage found.

Only the corpora that the question was put to are searched, and only what was found can be read,
by its number: no name of a corpus, document or file is ever an argument.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from hearth.agent.errors import ToolError
from hearth.agent.tools import Arguments, Outcome, Tool
from hearth.ask.answering import Answer
from hearth.ask.passages import Found
from hearth.ask.report import place
from hearth.corpora.index import Hit

if TYPE_CHECKING:
    from hearth.agent.evidence import Evidence, Item

FOUND: Final = 4
"""Passages that a search shows."""
GLANCE: Final = 500
"""Characters shown of each."""
WHOLE: Final = 4000
"""Characters shown of a passage that is read."""
LONGEST_QUERY: Final = 300

Ask = Callable[[str], "Answer"]


class Library:
    """Searches with `ask`, which answers a question from the corpora that were named."""

    def __init__(self, ask: Ask, evidence: Evidence) -> None:
        self._ask = ask
        self._evidence = evidence
        self.answers: list[Answer] = []

    def tools(self) -> list[Tool]:
        """Both tools; reading is ready once something was found."""
        query = {"type": "string", "minLength": 1, "maxLength": LONGEST_QUERY}
        number = {"type": "integer", "minimum": 1, "maximum": 999}
        return [
            Tool(
                "search", "find passages in the documents by a few words",
                {"query": query}, self.search, ("query",),
            ),
            Tool(
                "read", "read the passage of that number, with what stands around it",
                {"passage": number}, self.read, ("passage",), ready=self._has_passages,
            ),
        ]  # fmt: skip

    def _has_passages(self) -> bool:
        return any(item.found is not None for item in self._evidence)

    def search(self, arguments: Arguments) -> Outcome:
        """The best passages for the words."""
        found = self._ask(arguments["query"])
        self.answers.append(found)
        items = [self._evidence.passage(one, place(one)) for one in found.nearest[:FOUND]]
        if not items:
            return Outcome("Nothing found.")
        said = "\n".join(_glance(item) for item in items)
        return Outcome(said, tuple(item.number for item in items), foreign=True)

    def read(self, arguments: Arguments) -> Outcome:
        """The passage with its neighbours under the same heading."""
        item = self._evidence.get(arguments["passage"])
        if item is None or item.found is None:
            raise ToolError(f"there is no passage {arguments['passage']}")
        found = item.found
        hits = sorted([*found.source.around(found.hit), found.hit], key=lambda hit: hit.ordinal)
        items = [self._item(found, hit) for hit in hits]
        said = "\n".join(f"[{each.number}] {each.place}\n{each.text}" for each in items)
        numbers = tuple(each.number for each in items)
        return Outcome(shortened(said, WHOLE), numbers, foreign=True)

    def _item(self, beside: Found, hit: Hit) -> Item:
        found = beside if hit == beside.hit else Found(hit, beside.source, [])
        return self._evidence.passage(found, place(found))


def _glance(item: Item) -> str:
    return f"[{item.number}] {item.place}\n{shortened(item.text, GLANCE)}"


def shortened(text: str, most: int) -> str:
    """The text, or its beginning and a sign that there is more."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
