"""hearth ask: answer a question from the documents here, with sources."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import click

from hearth.commands.context import Session
from hearth.commands.options import json_option
from hearth.store.errors import Exit, UsageError

if TYPE_CHECKING:
    from hearth.ask.answering import Answer
    from hearth.commands.asking import Place

_NUMBER = re.compile(r"-[\d.,]")
_HELD = "\0"  # before a word that begins like an option and is none; no argument can hold it
LONGEST_INPUT = 100_000  # bytes read from standard input


class Words(click.Command):
    """A command whose arguments are a sentence: `-20` in it is a word, not an option."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Hold back what looks like a negative number, unless it is an option's value."""
        takes = {
            name
            for option in self.params
            if isinstance(option, click.Option) and not option.is_flag
            for name in option.opts
        }
        held = [
            _HELD + word if _NUMBER.match(word) and (not at or args[at - 1] not in takes) else word
            for at, word in enumerate(args)
        ]
        return super().parse_args(ctx, held)


def said(words: tuple[str, ...]) -> str:
    """The sentence that the words given to a `Words` command make."""
    return " ".join(word.removeprefix(_HELD) for word in words)


@click.command(cls=Words)
@click.argument("words", nargs=-1, metavar="QUESTION...")
@click.option("--corpus", "corpora", multiple=True, metavar="NAME", help="Answer only from NAME.")
@click.option(
    "-k",
    "--most",
    type=click.IntRange(1, 50),
    default=None,
    metavar="N",
    help="Show at most N statements (or passages).",
)
@click.option("--passages", is_flag=True, help="Show the best passages instead of an answer.")
@json_option
@click.pass_obj
def command(
    session: Session, words: tuple[str, ...], corpora: tuple[str, ...], most: int | None,
    passages: bool,
) -> int:  # fmt: skip
    """Answer a question from the documents here, with sources.

    All words are one question; quotation marks are not needed. With - it is read from standard
    input. The built-in guide answers even where there is no hearth yet.
    """
    import time

    from hearth.ask import settings
    from hearth.ask.answering import answer
    from hearth.commands.asking import healing, opened
    from hearth.commands.meaning import of_question

    began = time.perf_counter()
    question = _question(session, words)

    def run(fresh: bool) -> int:
        with (
            opened(session, corpora, fresh) as place,
            of_question(session, place.path, place.sources) as meaning,
        ):
            found = answer(
                question, place.sources, k=most or settings.STATEMENTS,
                corpora=list(corpora) or None, clock=time.perf_counter, meaning=meaning,
            )  # fmt: skip
            found.ms["total"] = round((time.perf_counter() - began) * 1000, 1)
            code = _show(session, found, place, passages, most)
        return code or (Exit.WARNINGS if place.damaged else Exit.OK)

    return healing(session, run)


def _question(session: Session, words: tuple[str, ...]) -> str:
    text = said(words)
    if words == ("-",):
        stream: Any = getattr(session.terminal.stdin, "buffer", None)
        text = stream.read(LONGEST_INPUT).decode("utf-8", "replace") if stream else ""
    if not text.strip():
        raise UsageError("no question", "hearth ask how do i make flood water safe to drink")
    return text


def _show(session: Session, found: Answer, place: Place, passages: bool, most: int | None) -> int:
    from hearth.ask.report import document, passage
    from hearth.commands import asking

    shown = most or 3
    if session.json:
        data = document(found, place.node(), shown)
        if passages:
            data["passages"] = [passage(one) for one in found.nearest[:shown]]
        session.terminal.out_json(data)
    elif passages:
        asking.print_passages(session.terminal, found, shown)
    elif found.parts:
        asking.print_answer(session.terminal, found)
    else:
        asking.print_nothing(session.terminal, found, place.counts)
    nothing = not (found.nearest if passages else found.parts)
    return Exit.NOTHING_FOUND if nothing else Exit.OK
