"""`hearth ask --agent` and `--replay`: letting a model look things up, and showing how it did."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hearth.agent.errors import NoModelError
from hearth.commands.agent_lines import Steps, Thinking, print_account
from hearth.commands.agent_post import posting
from hearth.commands.ask_answer import How, find as answered
from hearth.commands.asking import Place, healing, opened
from hearth.commands.context import Session, open_home, reading_home
from hearth.commands.language import means
from hearth.commands.times import when
from hearth.store.errors import Exit, HearthError, UsageError

if TYPE_CHECKING:
    from hearth.agent.account import Account
    from hearth.llm.contract import LanguageModel


def check(how: How, agent: bool, replay: str | None, words: Sequence[str], files: object) -> None:
    """Raises UsageError for options that make no sense together."""
    if replay is not None and (agent or words or files or how != How()):
        raise UsageError("--replay takes no question and no other options")
    if files or how != How(how.corpora, model=how.model):
        raise UsageError("--agent goes with --corpus, --model and --json only")


def ask(session: Session, typed: str, how: How) -> int:
    """Answer a question with the agent, show each step, and record the run."""
    from hearth.ask.question import parse

    question = parse(typed).text

    def run(fresh: bool) -> int:
        with opened(session, how.corpora, fresh) as place:
            account = _run(session, question, place, how)
            node, damaged = place.node(), place.damaged
        record = _record(session, account)
        _show(session, account, node, record)
        if account.failure:
            session.terminal.warn(account.failure, "the documents themselves were asked instead")
        if not account.shown:
            return Exit.NOTHING_FOUND
        return Exit.WARNINGS if damaged or account.failure else Exit.OK

    return healing(session, run)


def _run(session: Session, question: str, place: Place, how: How) -> Account:
    import time
    from contextlib import closing

    from hearth.agent import asking
    from hearth.ask.answering import Answer
    from hearth.commands.meaning import of_question
    from hearth.writing.checks import check

    def find(words: str) -> Answer:
        return answered(words, place, how, meaning)

    with (
        closing(_model(session, how.model)) as model,
        of_question(session, place.path, place.sources) as meaning,
    ):
        return asking.ask(
            question, find, Thinking(model, session.terminal), check,
            clock=time.perf_counter, told=Steps(session.terminal), more=posting(session),
            corpora=how.corpora,
        )  # fmt: skip


def _model(session: Session, name: str | None) -> LanguageModel:
    """The model of that name, or the one chosen. Raises NoModelError, and what opening it does."""
    from hearth.llm.opening import open_model

    with reading_home(session) as home:
        model = open_model(home, name, means(session))
    if model is None:
        raise NoModelError(
            "--agent needs a language model, and none is set up",
            "hearth model find looks for one on this machine",
            "without --agent the documents themselves answer",
        )
    return model


def _record(session: Session, account: Account) -> str | None:
    """Record the run; where that cannot be, say why, and lose no answer for it."""
    from hearth.agent import records

    try:
        with open_home(session) as home:
            return records.write(home, account, session.now).hex()
    except (HearthError, OSError) as error:
        from hearth.commands.failures import explain

        failure = explain(error)
        session.terminal.warn(f"this run is not recorded: {failure.message}", *failure.hints)
        return None


def replay(session: Session, prefix: str) -> int:
    """Show a recorded run again; nothing is run."""
    from hearth.agent import records

    with open_home(session, read_only=True) as home:
        event, account = records.read(home, prefix)
    session.terminal.note(f"recorded {when(event.header.wall)}; nothing is run again")
    steps = Steps(session.terminal)
    for taken in account.taken:
        steps(taken)
    _show(session, account, event.header.device.hex(), event.id.hex())
    return Exit.OK if account.shown else Exit.NOTHING_FOUND


def _show(session: Session, account: Account, node: str | None, record: str | None) -> None:
    from hearth.agent.account import document

    if session.json:
        session.terminal.out_json(document(account, node, record))
    else:
        print_account(session.terminal, account, record)
