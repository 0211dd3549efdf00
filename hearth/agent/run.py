"""The loop: at most six steps, one repair, no call twice, and an answer at the end.

| what happens | what follows |
|---|---|
| a call | it is done, its result shown to the model and to whoever watches |
| a call of what is not offered, or that fails | the model is told why; it has cost a step |
| a reply that is no step | the model is told what is wrong and may write it once more; once a run |
| the same call again | it is not done; the next step can only answer |
| the sixth step | it can only answer |
| an answer | the run is over |

No step can lengthen the run, and nothing but `Toolbox.call` does anything.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from hearth.agent.errors import MalformedStepError, NotOfferedError, ToolError
from hearth.agent.evidence import Evidence
from hearth.agent.fitting import fitted
from hearth.agent.prompt import Turn
from hearth.agent.steps import LONGEST_REPLY, Call, Ending, Statement, read
from hearth.agent.tools import Tool, Toolbox
from hearth.llm.contract import LanguageModel
from hearth.llm.errors import LanguageModelError

STEPS = 6

Told = Callable[["Taken"], None]


class Taken(NamedTuple):
    """A step as it was taken. `how`: "done", "failed", "refused", "repeated", "malformed" or
    "answer"; `result` is what the model was shown, or why not; `numbers` what was found."""

    how: str
    thought: str
    tool: str
    arguments: dict[str, Any]
    result: str
    numbers: tuple[int, ...] = ()


class Run(NamedTuple):
    """A run that is over. `end`: "answered", "steps" (nothing found to answer from), "malformed",
    or "model" (`failure` says what was the matter with it)."""

    taken: tuple[Taken, ...]
    statements: tuple[Statement, ...]
    end: str
    failure: LanguageModelError | None = None


class _Ended(Exception):
    """The run is over, for this reason."""


class Loop:
    """One run of the agent; `told` is called with every step when it has been taken."""

    def __init__(
        self, question: str, toolbox: Toolbox, evidence: Evidence, model: LanguageModel, told: Told
    ) -> None:
        self._question = question
        self._toolbox = toolbox
        self._evidence = evidence
        self._model = model
        self._told = told
        self._taken: list[Taken] = []
        self._turns: list[Turn] = []
        self._called: set[str] = set()
        self._repaired = self._must_answer = False

    def run(self) -> Run:
        """Take steps until the run is over; never raises for what the model does."""
        statements: tuple[Statement, ...] = ()
        failure: LanguageModelError | None = None
        end = "steps"
        try:
            for number in range(1, STEPS + 1):
                self._must_answer = self._must_answer or number == STEPS
                if self._must_answer and not len(self._evidence):
                    break
                ending = self._step()
                if ending is not None:
                    end, statements = "answered", ending.statements
                    break
        except _Ended as ended:
            end = str(ended)
        except LanguageModelError as error:
            end, failure = "model", error
        return Run(tuple(self._taken), statements, end, failure)

    def _step(self) -> Ending | None:
        tools = [] if self._must_answer else self._toolbox.offered()
        reply = self._ask(tools)
        try:
            step = read(reply, self._toolbox, tools, self._evidence.numbers)
        except NotOfferedError as error:
            self._note(Taken("refused", *_heard(reply), error.message), reply)
            return None
        except MalformedStepError as error:
            wrote = {"wrote": reply[:200]}
            self._note(Taken("malformed", "", "", wrote, error.message), reply[:LONGEST_REPLY])
            if self._repaired:
                raise _Ended("malformed") from None
            self._repaired = True
            return self._step()
        if isinstance(step, Ending):
            count = len(step.statements)
            said = "1 statement" if count == 1 else f"{count or 'no'} statements"
            self._note(Taken("answer", step.thought, "answer", {}, said), reply)
            return step
        self._note(self._do(step), reply)
        return None

    def _ask(self, tools: list[Tool]) -> str:
        numbers = self._evidence.numbers
        stream = self._model.stream(
            fitted(self._question, self._turns, tools, numbers, self._model)
        )
        with closing(stream):
            reply = ""
            for piece in stream:
                reply += piece
                if len(reply) > LONGEST_REPLY:
                    break  # closing it tells the model to stop
        return reply

    def _do(self, call: Call) -> Taken:
        key = json.dumps([call.tool, call.arguments], sort_keys=True).casefold()
        head = (call.thought, call.tool, call.arguments)
        if key in self._called:
            self._must_answer = True
            return Taken("repeated", *head, "that was called before; answer now")
        self._called.add(key)
        try:
            outcome = self._toolbox.call(call.tool, call.arguments)
        except ToolError as error:
            return Taken("failed", *head, error.message)
        return Taken("done", *head, outcome.text, outcome.numbers)

    def _note(self, taken: Taken, reply: str) -> None:
        self._taken.append(taken)
        self._turns.append(Turn(reply, taken.result))
        self._told(taken)


@contextmanager
def closing(stream: Iterator[str]) -> Iterator[None]:
    """Close the stream in the end, if it can be closed."""
    try:
        yield
    finally:
        close = getattr(stream, "close", None)
        if close is not None:
            close()


def _heard(reply: str) -> tuple[str, str, dict[str, Any]]:
    """Thought, tool and arguments of a reply that is JSON with a tool in it, as they came; an
    argument that is neither a text nor a whole number is "…", however deep or odd it is."""
    value = json.loads(reply)
    thought = value.get("thought", "")
    rest = {
        key: each if isinstance(each, str | int) else "…"
        for key, each in value.items()
        if key not in ("thought", "tool")
    }
    return (thought if isinstance(thought, str) else "")[:300], value["tool"][:40], rest
