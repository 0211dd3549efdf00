"""hearth search: find passages by their words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import click

from hearth.commands.context import Session
from hearth.commands.options import json_option
from hearth.store.errors import Exit, UsageError

if TYPE_CHECKING:
    from hearth.corpora.index import Hit

_QUERY_LIMIT = 10_000  # characters that are looked at
_SHOWN = 28  # words of a passage


@click.command("search")
@click.argument("words", nargs=-1, required=True, metavar="WORD...")
@click.option("--corpus", "corpora", multiple=True, metavar="NAME", help="Only in NAME.")
@click.option("-k", "--most", type=click.IntRange(1, 1000), default=10, metavar="N",
              help="Show at most N passages (10).")  # fmt: skip
@json_option
@click.pass_obj
def command(session: Session, words: tuple[str, ...], corpora: tuple[str, ...], most: int) -> int:
    """Find the passages that fit the words best, in the corpora here and the built-in guide.

    Any of the words may occur, but for those that tell nothing ("the", "how") beside others;
    "several words" inside quotation marks must stand together. No sign has a meaning of its own.
    With a model for meaning, passages that say the same in other words are found as well. With
    nothing found, the exit code is 4.
    """
    from hearth.commands.asking import healing, opened
    from hearth.commands.meaning import of_question
    from hearth.vectors import hybrid

    query = " ".join(words)
    terms = hybrid.terms(query[:_QUERY_LIMIT])
    if not any(any(map(str.isalnum, term)) for term in terms):
        raise UsageError("no word to look for", "hearth search flood water")

    def find(fresh: bool) -> tuple[list[Hit], bool]:
        with (
            opened(session, corpora, fresh) as place,
            of_question(session, place.path, place.sources) as meaning,
        ):
            named = list(corpora) or None
            if meaning is not None:
                meaning.begin(query.replace('"', ""))
                both = hybrid.search(query, terms, place.sources, named, most, meaning)
                if both is not None:
                    return both, place.damaged
            found = [
                source.index.search(terms, named, most, snippets=True) for source in place.sources
            ]
            return _interleaved(found), place.damaged

    hits, damaged = healing(session, find)
    if session.json:
        data = [_json(hit) for hit in hits[:most]]
        session.terminal.out_json({"v": 1, "query": query, "hits": data})
    else:
        for number, hit in enumerate(hits[:most], 1):
            _show(session, number, hit)
    if not hits:
        session.terminal.note("nothing found")
        return Exit.NOTHING_FOUND
    return Exit.WARNINGS if damaged else Exit.OK


def _interleaved(found: list[list[Hit]]) -> list[Hit]:
    """The best of each index, then the second best of each, one's own before the guide's.

    BM25 counts words within one index, so scores of two of them cannot be compared: a large one
    would bury a small one.
    """
    from itertools import zip_longest

    return [hit for rank in zip_longest(*reversed(found)) for hit in rank if hit is not None]


def title(hit: Hit) -> str:
    """The title to show: in the guide's index, words to find a card by stand behind it."""
    from hearth.ask.sources import SEPARATOR

    return hit.title.partition(SEPARATOR)[0]


def _show(session: Session, number: int, hit: Hit) -> None:
    from hearth.corpora.hits import MARK_END, MARK_START

    terminal = session.terminal
    where = [title(hit), *([hit.heading] if hit.heading else [])]
    where += [f"p. {hit.page}"] if hit.page is not None else []
    line = terminal.clean(" › ".join(where))
    line = f"{line} · {terminal.clean(hit.corpus)} · {hit.passage_id}"
    terminal.out(terminal.wrap(line, indent=f"[{number}] ", hanging="    "))
    snippet = _beginning(hit.text) if hit.snippet is None else hit.snippet
    pieces = re.split(f"([{MARK_START}{MARK_END}])", snippet)
    text, inside = "", False
    for piece in pieces:
        if piece in (MARK_START, MARK_END):
            inside = piece == MARK_START
        else:
            # Highlighted word by word, so that wrapping never splits a colour sequence.
            words = re.split(r"(\s+)", terminal.clean(piece, body=True))
            text += "".join(
                terminal.style(word, "bold") if inside and word.strip() else word for word in words
            )
    terminal.out(terminal.wrap(text, indent="    "))


def _beginning(text: str) -> str:
    """What to show of a passage that was found by its meaning: none of the words may be in it."""
    words = text.split()
    return " ".join(words[:_SHOWN]) + ("…" if len(words) > _SHOWN else "")


def _json(hit: Hit) -> dict[str, Any]:
    from hearth.corpora.hits import MARK_END, MARK_START, whose

    snippet, marks = "", []
    found = _beginning(hit.text) if hit.snippet is None else hit.snippet
    for piece in re.split(f"([{MARK_START}{MARK_END}])", found):
        if piece == MARK_START:
            marks.append([len(snippet), len(snippet)])
        elif piece == MARK_END:
            marks[-1][1] = len(snippet)
        else:
            snippet += piece
    return {
        "passage": hit.passage_id,
        "document": hit.document.hex(),
        "corpus": hit.corpus,
        **whose(hit),
        "title": title(hit),
        "heading": hit.heading,
        "page": hit.page,
        "score": round(hit.score, 4),
        "snippet": snippet,
        "highlights": marks,
        "text": hit.text,
    }
