"""hearth ask: answer a question from the documents here, with sources."""

from __future__ import annotations

import re

import click

from hearth.commands.context import Session
from hearth.commands.options import json_option
from hearth.store.errors import UsageError

_NUMBER = re.compile(r"-[\d.,]")
_HELD = "\0"  # before a word that begins like an option and is none; no argument can hold it
LONGEST_INPUT = 1_000_000  # bytes read from standard input


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
@click.option("--no-llm", is_flag=True, help="Ask no language model.")
@click.option("--model", metavar="NAME", default=None, help="Ask this language model.")
@click.option(
    "--explain", is_flag=True, help="Show how the answer came about, and what was struck."
)
@click.option("--save", is_flag=True, help='Keep question and answer in the corpus "answers".')
@click.option(
    "--file",
    "files",
    multiple=True,
    metavar="FILE",
    help="Answer only from FILE, and store nothing.",
)
@click.option("--summary", is_flag=True, help="Say what the files say; words are files, too.")
@click.option("--agent", is_flag=True, help="Let a language model look things up and reckon.")
@click.option("--replay", metavar="ID", help="Show a recorded run of --agent again.")
@json_option
@click.pass_obj
def command(
    session: Session, words: tuple[str, ...], corpora: tuple[str, ...], most: int | None,
    passages: bool, no_llm: bool, model: str | None, explain: bool, save: bool,
    files: tuple[str, ...], summary: bool, agent: bool, replay: str | None,
) -> int:  # fmt: skip
    """Answer a question from the documents here, with sources.

    All words are one question; quotation marks are not needed. With - it is read from standard
    input. The built-in guide answers even where there is no hearth yet. Where a language model is
    set up it writes the answer, and of that only what the sources bear out is shown.
    """
    from hearth.commands.ask_answer import How, ask

    _check(no_llm, model, files, summary, corpora, passages, save)
    how = How(corpora, most, passages, no_llm, model, explain, save)
    if agent or replay is not None:
        from hearth.commands import ask_agent

        ask_agent.check(how, agent, replay, words, files or summary)
        if replay is not None:
            return ask_agent.replay(session, replay)
        return ask_agent.ask(session, _question(session, words), how)
    if summary:
        from hearth.commands.ask_file import summarise

        return summarise(session, (*files, *(word.removeprefix(_HELD) for word in words)), how)
    question = _question(session, words)
    if files:
        from hearth.commands.ask_file import ask_files

        return ask_files(session, files, question, how)
    return ask(session, question, how)


def _check(
    no_llm: bool, model: str | None, files: tuple[str, ...], summary: bool,
    corpora: tuple[str, ...], passages: bool, save: bool,
) -> None:  # fmt: skip
    if no_llm and model is not None:
        raise UsageError("--no-llm and --model contradict each other")
    if summary and not files:
        raise UsageError("--summary needs files", "hearth ask --summary --file report.pdf")
    if files and corpora:
        raise UsageError("--file and --corpus do not go together")
    if passages and (model is not None or save):
        raise UsageError("--passages shows passages, and no answer to be written or kept")
    if summary and passages:
        raise UsageError("--summary and --passages do not go together")


def _question(session: Session, words: tuple[str, ...]) -> str:
    text = said(words)
    if words == ("-",):
        data = session.terminal.read_bytes(LONGEST_INPUT + 1)
        text = data[:LONGEST_INPUT].decode("utf-8", "replace")
        if len(data) > LONGEST_INPUT:
            session.terminal.warn(
                f"only the first {LONGEST_INPUT:,} bytes of standard input were read",
                "a long text is better asked about as a file: hearth ask --file FILE QUESTION",
            )
    if not text.strip():
        raise UsageError("no question", "hearth ask how do i make flood water safe to drink")
    return text
