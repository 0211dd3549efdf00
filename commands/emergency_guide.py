"""hearth emergency guide: the built-in cards, by topic, by name, or by a plain question."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NamedTuple

import click

from hearth import guide as cards
from hearth.ask.sources import guide_source
from hearth.commands.ask import Words
from hearth.commands.asking import cache_dir, healing
from hearth.commands.chatting import sentence
from hearth.commands.context import Session
from hearth.commands.options import json_option
from hearth.commands.paging import page
from hearth.guide import Card
from hearth.poster.content import Block, show, source
from hearth.store.errors import Exit

LIMITS = "It does not replace a doctor or the emergency services where they can be reached."


class Chosen(NamedTuple):
    """Cards that were meant, and by what: `topic`, `name`, `question`, or `nothing`. `others`:
    cards that may help, too."""

    by: str
    cards: list[Card]
    others: list[Card]


@click.command("guide", cls=Words)
@click.argument("words", nargs=-1, metavar="[TOPIC|CARD|QUESTION...]")
@json_option
@click.pass_obj
def guide(session: Session, words: tuple[str, ...]) -> int:
    """Read the cards of the built-in guide; nothing but this program is needed for it.

    Alone, it lists them by topic. With a topic it shows its cards, with a card's name that card;
    any other words are a question, and the card that answers it is shown. Where none does, it says
    so and exits with 4. On a terminal it goes through the pager.
    """
    every = cards.cards()
    text = sentence(words)
    if text is None:
        if session.json:
            session.terminal.out_json({"v": 1, "cards": [_as_json(each) for each in every]})
        else:
            page(session, "\n".join(_contents(session, every)))
        return Exit.OK
    found = choose(session, every, text)
    code = Exit.OK if found.cards else Exit.NOTHING_FOUND
    if session.json:
        data = [{**_as_json(each), "text": each.text} for each in found.cards]
        others = [each.slug for each in found.others]
        session.terminal.out_json({"v": 1, "by": found.by, "cards": data, "others": others})
    elif found.cards:
        page(session, "\n".join(_shown(session, found)))
    else:
        session.terminal.out("No card of the guide answers that.")
        session.terminal.note("hint: hearth emergency guide lists them; hearth ask looks in all")
    return code


def _as_json(card: Card) -> dict[str, Any]:
    return {
        "name": card.slug,
        "title": card.title,
        "topic": card.topic,
        "reviewed": card.reviewed,
        "sources": list(card.sources),
    }


# choosing


def choose(session: Session, every: list[Card], text: str) -> Chosen:
    """The cards of a topic, the one of a name or title, or what answers a question."""
    wanted = " ".join(text.split()).casefold()
    topic = [each for each in every if each.topic.casefold() == wanted]
    if topic:
        return Chosen("topic", topic, [])
    slug = wanted.replace(" ", "-")
    named = [each for each in every if each.slug == slug or each.title.casefold() == wanted]
    if not named and " " not in wanted:
        named = [each for each in every if each.slug.startswith(slug)]
    if len(named) == 1:
        return Chosen("name", named, [])
    return _asked(session, every, text)


def _asked(session: Session, every: list[Card], text: str) -> Chosen:
    """The card that answers a question, by its words, and cards that help as well."""
    from hearth.ask.answering import answer

    def run(fresh: bool) -> list[bytes]:
        source = guide_source(None if fresh else cache_dir(session))
        if source is None:
            return []
        try:
            return [part.found.hit.document for part in answer(text, [source]).parts]
        finally:
            source.index.close()

    known = {each.document: each for each in every}
    cards = [known[document] for document in dict.fromkeys(healing(session, run))]
    return Chosen("question" if cards else "nothing", cards[:1], cards[1:])


# showing


def _contents(session: Session, every: list[Card]) -> Iterator[str]:
    topics: dict[str, list[Card]] = defaultdict(list)
    for each in every:
        topics[each.topic].append(each)
    yield "hearth emergency guide TOPIC, or NAME, or a question"
    yield ""
    for topic in sorted(topics):
        names = ", ".join(each.slug for each in topics[topic])
        yield session.terminal.wrap(names, indent=f"{topic:<16}", hanging=" " * 16)
    yield ""
    yield session.terminal.wrap(LIMITS)


def _shown(session: Session, found: Chosen) -> Iterator[str]:
    wrap = session.terminal.wrap
    if len(found.cards) > 1:
        for each in found.cards:
            yield f"{each.slug:<28}{each.title}"
        yield ""
    for number, each in enumerate(found.cards):
        if number:
            yield "\n" + "-" * 72 + "\n"
        yield from lines(session, each)
    if found.others:
        names = ", ".join(each.slug for each in found.others)
        yield wrap(f"See also: hearth emergency guide {names}", hanging="  ")
    yield wrap(LIMITS)


def lines(session: Session, card: Card) -> Iterator[str]:
    """A card for people, its text word for word."""
    terminal = session.terminal
    yield terminal.style(card.title.upper(), "bold")
    for section in show(card).sections:
        yield ""
        if section.title:
            yield terminal.style(section.title, "bold")
        blocks = (Block("-", ""), *section.blocks)
        for before, block in pairwise(blocks):
            if not block.mark and not before.mark:
                yield ""
            mark = f"{block.mark} " if block.mark else ""
            yield terminal.wrap(block.text, indent=mark, hanging=" " * len(mark))
    yield ""
    said = "; ".join(map(source, card.sources))
    yield terminal.wrap(f"Sources: {said}. Reviewed {card.reviewed}.")
