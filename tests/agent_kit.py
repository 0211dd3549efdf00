"""A scripted model, and small things, for tests of the agent that need no server."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from ask_kit import corpus, guide

from hearth.agent import asking
from hearth.agent.account import Account
from hearth.agent.checking import Check
from hearth.agent.run import Taken
from hearth.agent.tools import Tool
from hearth.ask.answering import Answer, answer
from hearth.ask.sources import Source
from hearth.llm.contract import Request

Reply = str | dict[str, Any] | Exception | Callable[[Request], "str | dict[str, Any]"]


class Scripted:
    """A language model that answers from a script; the last reply is used again."""

    name, where, local = "scripted", "here", True

    def __init__(self, *replies: Reply, context: int = 8192) -> None:
        self.context = context
        self.requests: list[Request] = []
        self.closed = 0
        self._replies = replies

    def count(self, text: str) -> int:
        return len(text) // 3

    def stream(self, request: Request) -> Iterator[str]:
        self.requests.append(request)
        reply = self._replies[min(len(self.requests), len(self._replies)) - 1]
        if callable(reply):
            reply = reply(request)
        if isinstance(reply, Exception):
            raise reply
        text = reply if isinstance(reply, str) else json.dumps(reply)
        for at in range(0, len(text), 7):
            yield text[at : at + 7]

    def close(self) -> None:
        self.closed += 1


class Fault(NamedTuple):
    code: str
    text: str


def word_check(statement: str, passages: Sequence[str], contexts: Sequence[str]) -> list[Fault]:
    """A check that wants every longer word to stand in a passage."""
    known = " ".join(passages).lower() + " that litres"
    words = [word.strip(".,").lower() for word in statement.split()]
    return [Fault("words", f'"{word}"') for word in words if len(word) > 3 and word not in known]


def call(tool: str, **arguments: Any) -> dict[str, Any]:
    return {"thought": f"I try {tool}.", "tool": tool, **arguments}


def final(*statements: tuple[str, list[int]]) -> dict[str, Any]:
    listed = [{"text": text, "sources": sources} for text, sources in statements]
    return {"thought": "I know.", "tool": "answer", "statements": listed}


def guide_and_corpus(documents: dict[str, str] | None = None) -> list[Source]:
    """What is asked: a few cards, and a few documents."""
    return [guide(), corpus(documents)]


class Asked(NamedTuple):
    account: Account
    model: Scripted
    told: list[Taken]

    @property
    def how(self) -> list[str]:
        return [each.how for each in self.told]


def ask(
    question: str, *replies: Reply, documents: dict[str, str] | None = None,
    more: Sequence[Tool] = (), check: Check = word_check, context: int = 8192,
) -> Asked:  # fmt: skip
    """Put a question to the agent, over a few cards and documents."""
    sources = guide_and_corpus(documents)

    def find(words: str) -> Answer:
        return answer(words, sources)

    told: list[Taken] = []
    model = Scripted(*replies, context=context)
    account = asking.ask(
        question, find, model, check, clock=lambda: 0.0, told=told.append, more=more
    )
    return Asked(account, model, told)
