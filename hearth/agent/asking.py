"""A question put to the agent: the run, the check of what it says, and what is given without it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hearth.agent import account
from hearth.agent.account import AGENT, EXTRACTIVE, Account
from hearth.agent.checking import Check, judge
from hearth.agent.evidence import Evidence
from hearth.agent.library import Library
from hearth.agent.reckoning import Reckoning
from hearth.agent.run import Loop, Told
from hearth.agent.tools import Tool, Toolbox
from hearth.ask.answering import Answer
from hearth.llm.contract import LanguageModel


def ask(
    question: str,
    find: Callable[[str], Answer],
    model: LanguageModel,
    check: Check,
    *,
    clock: Callable[[], float],
    told: Told = lambda taken: None,
    more: Sequence[Tool] = (),
    corpora: Sequence[str] = (),
) -> Account:
    """Let the model answer with its tools; `find` answers from the documents alone.

    `more` are further tools, `clock` gives seconds, `told` hears of every step. What the model says
    is shown only as far as `check` finds no fault with it; where nothing is left, or the model
    fails, the documents' own sentences are the answer.
    """
    began = clock()
    evidence = Evidence(question)
    library = Library(find, evidence)
    toolbox = Toolbox([*library.tools(), *Reckoning(evidence).tools(), *more])
    run = Loop(question, toolbox, evidence, model, told).run()
    judged = [judge(each, evidence, check) for each in run.statements]
    shown = tuple(account.of_judged(each) for each in judged if not each.reasons)
    struck = tuple(account.of_judged(each) for each in judged if each.reasons)
    sources = tuple(account.of_item(item) for item in evidence)
    answered, verdict = AGENT, account.verdict(library.answers, bool(struck))
    if not shown:
        own = find(question)
        answered, verdict = EXTRACTIVE, own.verdict
        shown, sources = account.of_answer(own, sources)
    return Account(
        question, model.name, model.where, model.local, tuple(corpora), run.taken, run.end,
        run.failure.message if run.failure else "", answered, verdict, shown, struck, sources,
        round((clock() - began) * 1000),
    )  # fmt: skip
