"""The agent with a model file run here: random weights, so what it does is noise held by a grammar.

Nothing is asked of what it says. What must hold is that the loop ends, calls only what is offered,
and leaves the documents' own answer.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator

import llm_model
import pytest
from agent_kit import guide_and_corpus

from hearth.agent import asking
from hearth.agent.run import STEPS, Taken
from hearth.ask.answering import answer
from hearth.llm.contract import LanguageModel, Request
from hearth.llm.opening import Means, local
from hearth.writing.checks import check

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        importlib.util.find_spec("llama_cpp") is None, reason="the extra llm is not installed"
    ),
]


class Counting:
    """Passes requests on, and keeps them with what was written."""

    def __init__(self, model: LanguageModel, seed: int) -> None:
        self._model, self._seed = model, seed
        self.written: list[tuple[Request, str]] = []
        self.name, self.where, self.local = model.name, model.where, model.local
        self.context = model.context

    def count(self, text: str) -> int:
        return self._model.count(text)

    def stream(self, request: Request) -> Iterator[str]:
        changed = Request(request.messages, request.schema, 700, 1.0, self._seed)
        said = ""
        for piece in self._model.stream(changed):
            said += piece
            yield piece
        self.written.append((request, said))

    def close(self) -> None:
        self._model.close()


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LanguageModel]:
    folder = tmp_path_factory.mktemp("llm")
    path = llm_model.write(folder / "tiny.gguf", context_length=16384)
    opened = local(folder, path, "tiny", bytes(32), Means(context=16384))
    yield opened
    opened.close()


@pytest.mark.parametrize("seed", range(4))
def test_noise_ends_in_the_documents_answer(model: LanguageModel, seed: int) -> None:
    sources = guide_and_corpus()
    told: list[Taken] = []
    counting = Counting(model, seed)
    account = asking.ask(
        "how do i treat a burn", lambda words: answer(words, sources), counting, check,
        clock=lambda: 0.0, told=told.append,
    )  # fmt: skip
    assert 1 <= len(counting.written) <= STEPS + 1
    for request, said in counting.written:
        assert request.schema is not None
        tools = request.schema["properties"]["tool"]["enum"]
        written = said.replace(": ", ":")
        assert any(f'"tool":"{each}"' in written for each in tools), said
    assert {each.how for each in told} <= {"done", "failed", "repeated", "malformed", "answer"}
    assert account.answered == "extractive"
    assert any("20 minutes" in each.text for each in account.shown)
