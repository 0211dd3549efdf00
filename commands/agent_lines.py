"""How a run of the agent looks: its steps on stderr as they are taken, its answer on stdout."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from hearth.commands.layout import count, cut
from hearth.guide import CORPUS as GUIDE

if TYPE_CHECKING:
    from hearth.agent.account import Account
    from hearth.agent.run import Taken
    from hearth.commands.terminal import Terminal
    from hearth.llm.contract import LanguageModel, Request

LINES, WIDTH = 9, 76
"""What is shown of a result; all of it is in --json."""
_ENDED = {
    "answered": "the agent found no answer",
    "steps": "the agent found nothing to answer from",
    "malformed": "the model did not keep to the form of a step",
    "model": "the model failed",
}


class Thinking:
    """A model at which a person at a terminal sees that it is at work."""

    def __init__(self, model: LanguageModel, terminal: Terminal) -> None:
        self._model, self._terminal = model, terminal
        self.name, self.context = model.name, model.context
        self.where, self.local = model.where, model.local

    def count(self, text: str) -> int:
        """The tokens of a text."""
        return self._model.count(text)

    def stream(self, request: Request) -> Iterator[str]:
        """The answer, in pieces."""
        stream: Any = self._model.stream(request)
        with self._terminal.progress("thinking", unit="characters") as progress:
            try:
                for piece in stream:
                    progress.advance(len(piece))
                    yield piece
            finally:
                stream.close()

    def close(self) -> None:
        """Let go of the model."""
        self._model.close()


class Steps:
    """Tells each step when it has been taken; numbers them from 1."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._number = 0

    def __call__(self, taken: Taken) -> None:
        self._number += 1
        clean, note, wrap = self._terminal.clean, self._terminal.note, self._terminal.wrap
        note(wrap(clean(taken.thought) or "…", indent=f"{self._number}. ", hanging="   "))
        given = " ".join(f"{key}: {value}" for key, value in taken.arguments.items())
        if taken.tool:
            note(wrap(clean(f"{taken.tool} {given}"), indent="   → ", hanging="     "))
        if taken.how in ("refused", "failed", "repeated", "malformed"):
            note(wrap(clean(f"{taken.how}: {taken.result}"), indent="     "))
        else:
            self._result(taken.result)

    def _result(self, result: str) -> None:
        lines = [line for line in self._terminal.clean(result, body=True).split("\n") if line]
        for line in lines[:LINES]:
            self._terminal.note(f"     {cut(line, WIDTH - 5)}")
        if len(lines) > LINES:
            self._terminal.note(f"     … {len(lines) - LINES} more lines")


def print_account(terminal: Terminal, account: Account, record: str | None) -> None:
    """The statements with their marks, their sources, and what the answer rests on."""
    if not account.shown:
        terminal.out("No evidence: neither the agent nor the documents themselves answer this.")
    for said in account.shown:
        marks = "".join(f"[{number}]" for number in said.sources)
        lines = terminal.clean(said.text, body=True).split("\n")
        for line in lines[:-1]:
            terminal.out(terminal.wrap(line))
        terminal.out(terminal.wrap(f"{lines[-1]} {marks}"))
    if account.shown:
        terminal.out()
    for source in account.cited:
        where = terminal.clean(source.place)
        if source.corpus is not None and source.corpus != GUIDE:
            where += f" · {terminal.clean(source.corpus)}"
        terminal.out(terminal.wrap(where, indent=f"[{source.number}] ", hanging="    "))
    if account.shown:
        terminal.out()
    terminal.out(terminal.wrap(_grounds(terminal, account)))
    if account.struck:
        what = count(len(account.struck), "statement was struck", "statements were struck")
        terminal.note(f"{what}: the sources do not say it; --json shows why")
    if record is not None:
        from hearth.store.ids import short

        terminal.note(f"recorded: hearth ask --replay {short(bytes.fromhex(record))}")


def _grounds(terminal: Terminal, account: Account) -> str:
    from hearth.agent.account import AGENT

    seconds = f"{account.ms / 1000:.1f} s"
    model = terminal.clean(account.model)
    if account.answered != AGENT:
        why = _ENDED.get(account.end, "the agent ended")
        if account.struck:
            why = "what the agent said is not in its sources"
        return f"{account.verdict} · from the documents themselves: {why} · {seconds}"
    where = "here" if account.where == "here" else f"at {terminal.clean(account.where)}"
    calls = sum(taken.how == "done" for taken in account.taken)
    written = f'written by "{model}" {where} after {count(calls, "call")}, each statement checked'
    return f"{account.verdict} · {written} · {seconds}"
