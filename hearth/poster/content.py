"""What stands on a poster. The cards' text is taken as it is, word for word.

A page has no room for four whole cards, so sections may be left out, but only whole ones, never a
card's first words and never "When to get help"; which were left out is said on the page. For the
cards that are shown unless others are named, an order is given in which sections may go: what keeps
somebody from harm goes last, or not at all.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from hearth import guide
from hearth.guessing import did_you_mean
from hearth.guide import Card
from hearth.store.errors import NotFoundError, UsageError

MAX_CARDS: Final = 4
HELP: Final = "When to get help"
DEFAULT: Final = {
    "water-safe-to-drink": ("Can I drink water from a river, stream, lake or pond?",),
    "severe-bleeding": (
        "What do I do with a cut-off finger?",
        "When should I use a tourniquet?",
    ),
    "heating-without-power": (
        "How warm should the room be?",
        "What if the house gets too cold?",
    ),
    "phone-networks-overloaded": (
        "How do I write a good emergency text?",
        "Will the landline work in a power cut?",
        "How do I save the phone's battery?",
    ),
}
"""The cards of a poster, and what may be left out of each, first what goes first."""
_ITEM: Final = re.compile(r"(\d+\.|-) (.*)")


class Block(NamedTuple):
    """A paragraph, or an item of a list with its mark (`1.`, `-`)."""

    mark: str
    text: str


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a card; `title` is empty before the first heading."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(slots=True)
class Shown:
    """A card on the poster. `left`: titles of sections that are not shown; `may_go`: of those
    that may be left out, in this order."""

    title: str
    slug: str
    sections: list[Section]
    sources: tuple[str, ...]
    reviewed: str
    may_go: list[str]
    left: list[str] = field(default_factory=list)

    def drop(self) -> bool:
        """Leave one section out; False if none may go."""
        if not self.may_go:
            return False
        title = self.may_go.pop(0)
        self.sections = [each for each in self.sections if each.title != title]
        self.left.append(title)
        return True


class Invitation(NamedTuple):
    """A ticket, as text in upper case, and what is said of it."""

    text: str
    community: str
    until: str
    uses: int


class Poster(NamedTuple):
    """All that stands on it. `where`: lines about where the hearth is, `addresses` of its
    machine; `invitation` None: the page says where to ask."""

    title: str
    community: str | None
    where: tuple[str, ...]
    addresses: tuple[str, ...]
    invitation: Invitation | None
    cards: tuple[Shown, ...]
    made: str


def choose(names: Sequence[str]) -> list[Shown]:
    """The cards of these names (of their files), or the usual ones. Raises NotFoundError,
    UsageError."""
    wanted = [*dict.fromkeys(names)] or [*DEFAULT]
    if len(wanted) > MAX_CARDS:
        raise UsageError(f"a poster has room for {MAX_CARDS} cards, not {len(wanted)}")
    known = {card.slug: card for card in guide.cards()}
    for name in wanted:
        if name not in known:
            raise NotFoundError(f'no card "{name}" in the guide', *did_you_mean(name, known))
    return [show(known[name]) for name in wanted]


def show(card: Card) -> Shown:
    """A card in sections."""
    sections: list[Section] = []
    title, blocks = "", list[Block]()
    for part in [*card.text.split("\n\n")[1:], "## "]:
        if part.startswith("## "):
            if blocks:
                sections.append(Section(title, tuple(blocks)))
            title, blocks = part.removeprefix("## ").strip(), []
            continue
        for line in part.strip().split("\n"):
            item = _ITEM.fullmatch(line)
            blocks.append(Block(item[1], item[2]) if item else Block("", line))
    titles = [each.title for each in sections]
    may_go = [each for each in DEFAULT.get(card.slug, ()) if each in titles]
    if card.slug not in DEFAULT:
        may_go = [each for each in reversed(titles[1:]) if each not in ("", HELP)]
    return Shown(card.title, card.slug, sections, card.sources, card.reviewed, may_go)


def source(line: str) -> str:
    """A source without its address, which is no use on paper; a document's page stays."""
    return re.sub(r", https?://\S+$", "", line)
