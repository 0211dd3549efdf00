"""The built-in guide: cards that answer even where there is no hearth yet.

A card is a Markdown file in `cards/`: front matter between two lines of `---` (plain
`key: value` lines, and a `sources:` list), then the text. Its *stored text* is the card's title
as the only level-1 heading and the body in the text normal form; the object id of that text names
the card, the same on every machine with the same version of the card. Sources and review date are
apart from the text, so that they are never quoted as advice.
"""

from __future__ import annotations

import os
from pathlib import Path

CORPUS = "guide"
SHOWN = "Built-in guide"


class CardError(ValueError):
    """A card is not in the form that this module reads; the message names file and line."""


class Card:
    """One card. `text` is its stored text (UTF-8 when encoded), `sources` one line each.

    `reviewed` is YYYY-MM-DD; `keywords` are words people use for the topic beyond its title.
    """

    __slots__ = ("keywords", "reviewed", "slug", "sources", "text", "title", "topic")

    def __init__(
        self, slug: str, fields: dict[str, str], sources: tuple[str, ...], text: str
    ) -> None:
        self.slug = slug
        self.title = fields["title"]
        self.topic = fields.get("topic", "")
        self.reviewed = fields.get("reviewed", "")
        keywords = fields.get("keywords", "").split(",")
        self.keywords = tuple(word for word in map(str.strip, keywords) if word)
        self.sources = sources
        self.text = text

    @property
    def document(self) -> bytes:
        """The object id of the stored text."""
        from blake3 import blake3

        return blake3(self.text.encode("utf-8")).digest()


def folder() -> Path:
    """Where the cards lie: beside this module, in a checkout and in an installed wheel alike."""
    return Path(__file__).resolve().parent / "cards"


def paths(where: Path | None = None) -> list[Path]:
    """The card files, sorted by name; empty when there are none."""
    try:
        return sorted(path for path in (where or folder()).iterdir() if path.suffix == ".md")
    except FileNotFoundError:
        return []


def state(where: Path | None = None) -> str:
    """A line that changes whenever a card may have changed. Costs one stat a card."""
    try:
        with os.scandir(where or folder()) as found:
            every = [(each.name, each.stat()) for each in found if each.name.endswith(".md")]
    except FileNotFoundError:
        return ""
    return "\n".join(
        f"{name}:{status.st_size}:{status.st_mtime_ns}" for name, status in sorted(every)
    )


def cards(where: Path | None = None) -> list[Card]:
    """Every card, sorted by slug. Reads and parses them all: about half a millisecond each.

    Raises CardError for a card without a title or with front matter that never ends.
    """
    return [parse(path.stem, path.read_text(encoding="utf-8")) for path in paths(where)]


def parse(slug: str, source: str) -> Card:
    """Read one card; raises CardError."""
    from hearth.documents.markdown import parse as write_markdown
    from hearth.documents.normal import TextBuilder

    fields, sources, body = _front_matter(slug, source)
    if not fields.get("title"):
        raise CardError(f'card "{slug}" has no title')
    builder = TextBuilder()
    builder.heading(1, fields["title"])
    first, _, rest = body.lstrip().partition("\n")
    if first.startswith("# "):  # the title repeated; the front matter's is the one that counts
        body = rest
    write_markdown(body, builder)
    return Card(slug, fields, sources, builder.text())


def _front_matter(slug: str, source: str) -> tuple[dict[str, str], tuple[str, ...], str]:
    lines = source.replace("\r\n", "\n").split("\n")
    if lines[0].strip() != "---":
        raise CardError(f'card "{slug}" does not begin with "---"')
    fields: dict[str, str] = {}
    sources: list[str] = []
    key = ""
    for number, line in enumerate(lines[1:], 2):
        if line.strip() == "---":
            return fields, tuple(sources), "\n".join(lines[number:])
        if line.lstrip().startswith("- ") and key == "sources":
            sources.append(line.strip()[2:].strip())
            continue
        name, colon, value = line.partition(":")
        if not colon:
            if line.strip():
                raise CardError(f'card "{slug}" line {number}: not "key: value"')
            continue
        key = name.strip().lower()
        fields[key] = _unquote(value.strip())
    raise CardError(f'card "{slug}": front matter never ends')


def _unquote(value: str) -> str:
    if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1]
    return value
