"""The poster as PDF: one A4 page, black on white, in the largest letters that fit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from hearth.poster.content import Invitation, Poster, Shown, source
from hearth.store.errors import HearthError
from hearth.sync.carriers import pdf
from hearth.sync.carriers.pdf import HEIGHT, MM, WIDTH, Page
from hearth.sync.carriers.sheets import matrix

MARGIN: Final = 10 * MM
GAP: Final = 5.5 * MM
LARGEST, LEAST = 10.0, 7.0
"""Points of the cards' text. Below the second nobody reads it on a wall; sections go instead."""
_SOURCES: Final = 4.9
_LEADING: Final = 1.14
_BAR: Final = 11 * MM
_CODE: Final = 46 * MM
_FOOT: Final = 8 * MM
_BETWEEN: Final = 8.0
_WIDE: Final = (WIDTH - 2 * MARGIN - GAP) / 2
_SPLITS: Final = (((0, 2), (1, 3)), ((0, 1), (2, 3)), ((0, 3), (1, 2)))

_SAID: Final = (
    "Answers on water, cold, first aid and more, with their sources, and messages among"
    " neighbours: when the internet does not work."
)
_FIRST: Final = "Install hearth, or take the kit: a folder on a stick. It needs no internet."
_SECOND: Final = (
    "Read the code with a telephone: it is a text that begins with HEARTH1. On that machine type:"
    " hearth init, then: hearth join TEXT. Or copy a picture of it there: hearth join --photo"
    " PICTURE."
)


class NoRoomError(HearthError, code="no-room"):
    """The page has no room for all that was asked for (exit 1)."""


def draw(poster: Poster) -> bytes:
    """The PDF. Raises NoRoomError."""
    page = Page()
    top = _head(page, poster)
    room = top - MARGIN - _FOOT
    size = _fit(poster.cards, room)
    for number, cards in enumerate(_columns(poster.cards, size)):
        y, spare = top, room - _tall(cards, size)
        for card in cards:
            y = _laid(page, card, MARGIN + number * (_WIDE + GAP), y, size)
            y -= _BETWEEN + min(spare / len(cards), 6 * MM)
    _foot(page, poster)
    return pdf.document([page], poster.title)


def _columns(cards: Sequence[Shown], size: float) -> list[list[Shown]]:
    """The cards in two columns: in the way that takes the least height."""
    found = [
        [[cards[at] for at in column if at < len(cards)] for column in split] for split in _SPLITS
    ]
    return min(found, key=lambda columns: max(_tall(cards, size) for cards in columns))


def _tall(cards: Sequence[Shown], size: float) -> float:
    between = _BETWEEN * max(0, len(cards) - 1)
    return sum(-_laid(None, card, 0, 0, size) for card in cards) + between


def _fit(cards: Sequence[Shown], room: float) -> float:
    """The size of letters; sections are left out where even the least is too large."""

    def worst(size: float) -> list[Shown]:
        return max(_columns(cards, size), key=lambda each: _tall(each, size))

    while _tall(worst(LEAST), LEAST) > room:
        longest = sorted(worst(LEAST), key=lambda card: -_tall([card], LEAST))
        if not any(card.drop() for card in longest):
            raise NoRoomError(
                "that does not fit on one page", "fewer --cards, or fewer words --where"
            )
    size = LARGEST
    while size > LEAST and _tall(worst(size), size) > room:
        size = round(size - 0.1, 1)
    return size


# the head


def _head(page: Page, poster: Poster) -> float:
    """Title, how to join, where; where the cards begin."""
    top = HEIGHT - MARGIN - _BAR
    page.bar(MARGIN, top, WIDTH - 2 * MARGIN, _BAR)
    title = _cut(poster.title, WIDTH - 2 * MARGIN - 8 * MM, 19)
    page.white(MARGIN + 4 * MM, top + 3.2 * MM, title, 19)
    invitation = poster.invitation
    wide = WIDTH - 2 * MARGIN - (_CODE + 4 * MM if invitation else 0)
    if invitation is None:
        y = _paragraph(page, MARGIN, top - 2 * MM, _SAID, wide, 8.5)
        return _ask(page, poster, y - 2 * MM, wide) - 3 * MM
    page.code(matrix(invitation.text), WIDTH - MARGIN - _CODE, top, _CODE)
    return min(_join(page, invitation, poster, top - 1 * MM, wide), top - _CODE) - 2 * MM


def _join(page: Page, invitation: Invitation, poster: Poster, y: float, wide: float) -> float:
    y = _title(page, MARGIN, y, f"Join {invitation.community}", wide)
    who = "For one person" if invitation.uses == 1 else f"For {invitation.uses} people"
    for number, step in enumerate((_FIRST, _SECOND), 1):
        y = _paragraph(page, MARGIN, y, step, wide, 8.5, mark=f"{number}.")
    page.text(MARGIN, y - 15, f"{who}, UNTIL ", 9)
    indent = pdf.width(f"{who}, UNTIL ", 9)
    for line in pdf.wrap(invitation.until, wide - indent, 15, bold=True):
        y -= 15
        page.text(MARGIN + indent, y, line, 15, bold=True)
    return _where(page, poster, y - 6, wide)


def _ask(page: Page, poster: Poster, y: float, wide: float) -> float:
    half = (wide - GAP) / 2
    left = _title(page, MARGIN, y, "Join", half)
    whom = f"somebody of {poster.community}" if poster.community else "there"
    steps = (
        f"Ask {whom} for the kit (a folder on a stick) and for a ticket.",
        'On a laptop with Linux: sh start.sh "your question". It needs no internet.',
        "With the ticket: hearth join TICKET.",
    )
    for number, step in enumerate(steps, 1):
        left = _paragraph(page, MARGIN, left, step, half, 8.5, mark=f"{number}.")
    return min(left, _where(page, poster, y, half, MARGIN + half + GAP))


def _where(page: Page, poster: Poster, y: float, wide: float, x: float = MARGIN) -> float:
    y = _title(page, x, y, "Where the hearth is", wide)
    for line in poster.where:
        y = _paragraph(page, x, y, line, wide, 12, bold=True)
    if not poster.where:
        for _ in range(2):  # to be filled in by hand
            y -= 7 * MM
            page.line(x, y, x + wide, y, 0.4)
        y -= 1 * MM
    if poster.addresses:
        said = f"on the local network: {', '.join(poster.addresses)}"
        y = _paragraph(page, x, y, said, wide, 8.5)
    return y


# the cards


def _laid(page: Page | None, card: Shown, x: float, y: float, size: float) -> float:
    """Lay a card out, and draw it if there is a page; where it ends."""
    large, wide = size * 1.35, _WIDE
    if page is not None:
        page.line(x, y, x + wide, y, 1.4)
    for line in pdf.wrap(card.title, wide, large, bold=True):
        y -= large * 1.18
        if page is not None:
            page.text(x, y, line, large, bold=True)
    y -= size * 0.35
    for section in card.sections:
        if section.title:
            y = _paragraph(page, x, y - size * 0.3, section.title, wide, size, bold=True)
        for block in section.blocks:
            y = _paragraph(page, x, y, block.text, wide, size, mark=block.mark.replace("-", "•"))
    if card.left:
        more = f"Not shown here: {' '.join(card.left)} (hearth ask)"
        y = _paragraph(page, x, y - 2, more, wide, _SOURCES + 1)
    said = f"Sources: {'; '.join(map(source, card.sources))}. Reviewed {card.reviewed}."
    return _paragraph(page, x, y - 2, said, wide, _SOURCES)


# lines


def _title(page: Page, x: float, y: float, text: str, wide: float) -> float:
    for line in pdf.wrap(text, wide, 13, bold=True):
        y -= 15
        page.text(x, y, line, 13, bold=True)
    return y - 3


def _paragraph(
    page: Page | None,
    x: float,
    y: float,
    text: str,
    wide: float,
    size: float,
    *,
    mark: str = "",
    bold: bool = False,
) -> float:
    """Lines of text below `y`, with a mark before the first; where they end."""
    indent = size * 1.25 if mark else 0.0
    lines = pdf.wrap(text, wide - indent, size, bold=bold)
    for number, line in enumerate(lines):
        y -= size * _LEADING
        if page is None:
            continue
        if mark and not number:
            page.text(x, y, mark, size, bold=bold)
        page.text(x + indent, y, line, size, bold=bold)
    return y - size * 0.12


def _cut(text: str, wide: float, size: float) -> str:
    """A text that fits on a line, with an ellipsis where it had to be cut."""
    if pdf.width(text, size, bold=True) <= wide:
        return text
    while text and pdf.width(text + "…", size, bold=True) > wide:
        text = text[:-1]
    return text.rstrip() + "…"


def _foot(page: Page, poster: Poster) -> None:
    y = MARGIN + 2 * MM
    page.line(MARGIN, y + 4 * MM, WIDTH - MARGIN, y + 4 * MM, 0.4)
    said = (
        "From the guide built into hearth, word for word. It does not replace a doctor or the"
        " emergency services where they can be reached."
    )
    page.text(MARGIN, y, said, 6.5)
    made = f"printed {poster.made}"
    page.text(WIDTH - MARGIN - pdf.width(made, 6.5), y, made, 6.5)
