"""`hearth ask` with a language model: opening it, showing what it writes, saying what became of it.

At a terminal what is being written runs through one line of stderr, marked as a draft, and each
statement is printed when it has been checked. A pipe, or JSON, gets checked statements at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from hearth.commands.ask_lines import print_statement
from hearth.commands.context import Session, reading_home
from hearth.commands.failures import explain
from hearth.commands.language import means
from hearth.store.errors import HearthError, NoSpaceError, NotFoundError

if TYPE_CHECKING:
    from hearth.ask.answering import Answer
    from hearth.ask.report import Numbering
    from hearth.ask.sources import Source
    from hearth.llm.contract import LanguageModel
    from hearth.writing.written import Statement, Written


ENDPOINTS = "endpoints.toml"
"""`hearth.llm.endpoints.FILE`; importing that takes json, which an answer does without."""


class Asked(NamedTuple):
    """What became of asking a model: what it wrote (None: none was asked), how many statements
    are printed already, and why there is no model although one is set up."""

    written: Written | None
    printed: int
    problem: str | None


NOBODY = Asked(None, 0, None)


def write(
    session: Session,
    path: Path | None,
    found: Answer,
    name: str | None,
    most: int | None,
    numbering: Numbering,
) -> Asked:
    """Have the model called `name`, or the one that is set up, answer from the passages found.

    A model that was asked for by name and cannot be had is an error; any other only a warning.
    """
    try:
        model = _open(session, path, name)
    except (HearthError, OSError) as error:
        if name is not None:
            raise
        return Asked(None, 0, _told(session, error))
    if model is None:
        return NOBODY
    with closing(model), ExitStack() as stack:
        terminal = session.terminal
        draft = stack.enter_context(terminal.draft())
        live = terminal.stdout.isatty() and not session.json
        shown: list[Statement] = []

        def show(one: Statement) -> None:
            draft.clear()
            print_statement(terminal, one, numbering)
            shown.append(one)

        def drafted(text: str) -> None:
            draft.show(terminal.clean(text))

        return _asked(model, found, most, drafted, show if live else None, shown)


def _asked(
    model: LanguageModel,
    found: Answer,
    most: int | None,
    on_draft: Callable[[str], None],
    on_statement: Callable[[Statement], None] | None,
    shown: list[Statement],
) -> Asked:
    from hearth.writing import prompt, selection
    from hearth.writing.writer import write as have_written

    passages = selection.passages(found, prompt.MOST_PASSAGES)
    question = found.question.text
    written = have_written(
        question, passages, model, most=most, on_draft=on_draft, on_statement=on_statement
    )
    return Asked(written, len(shown), None)


def may_be_one(session: Session, sources: Sequence[Source]) -> bool:
    """Whether a model may be set up. Costs one look at a folder and one at the cache, so that
    nothing is opened where there is none."""
    import apsw

    from hearth.config import user_path

    try:
        if user_path(session.environ).with_name(ENDPOINTS).exists():
            return True
    except OSError:  # where nobody may look; opening it says so
        return True
    for source in sources:
        try:
            if source.index.connection.execute("SELECT 1 FROM catalogue_models LIMIT 1").fetchone():
                return True
        except apsw.Error:
            continue  # an index that has no catalogue beside it: the guide's
    return False


def _open(session: Session, path: Path | None, name: str | None) -> LanguageModel | None:
    from hearth.llm.opening import open_model

    if path is None:
        if name is not None:
            raise NotFoundError(f'no model "{name}"', "there is no hearth yet: hearth init")
        return None
    with reading_home(session) as home:
        return open_model(home, name, means(session))


def _told(session: Session, error: Exception) -> str:
    """Warn that the model cannot be had, and why; the line itself."""
    failure = explain(error)
    hints = failure.hints if not isinstance(error, NoSpaceError) else failure.hints[:1]
    session.terminal.warn(
        f"no language model: {failure.message}", "the documents themselves answer", *hints
    )
    return failure.message
