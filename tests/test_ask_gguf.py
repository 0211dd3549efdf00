"""`hearth ask` with a model file run here: the program, llama.cpp and the answer's own grammar.

One model is noise, the others have weights that write what a test says. How good an answer of any
real model is, is not asked here.
"""

from __future__ import annotations

import importlib.util
import json
import re
from contextlib import closing
from pathlib import Path
from typing import Any

import llm_model
import pytest
from agent_kit import guide_and_corpus
from program import Hearth
from test_ask_written import HONEST, QUESTION
from test_frame_terminal import on_terminal

from hearth.ask.answering import answer
from hearth.llm.opening import Means, local
from hearth.writing import prompt, selection
from hearth.writing.writer import write

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        importlib.util.find_spec("llama_cpp") is None, reason="the extra llm is not installed"
    ),
]

QUICK = True
CONTEXT = 16384
BUTTER = "Put butter on burns."
"""A statement that no passage bears out."""
DOCUMENTS = "from the documents themselves, no model"


def words(text: str) -> list[str]:
    """A sentence as the tokens of a script, the first behind its quotation mark."""
    first, *others = text.split()
    return [f'▁"{first}', *(f"▁{each}" for each in others)]


def script(*statements: tuple[str, str]) -> list[str]:
    """The tokens of an answer, given each statement's text and its list of numbers.

    No two may be the same, so the first statement comes word by word, every other one whole.
    """
    (text, cites), *others = statements
    tokens = ['{"statements":', '▁[{"text":', *words(text), f'","cites":▁{cites}}}']
    tokens += [f',▁{{"text":"{each}","cites":{its}}}'.replace(" ", "▁") for each, its in others]
    return [*tokens, "]}"]


def with_model(hearth: Hearth, folder: Path, *tokens: str) -> None:
    """Make the tiny model, noise or a script, the one that is asked."""
    path = llm_model.write(folder / "tiny.gguf", script=tokens, context_length=CONTEXT)
    assert hearth("init").code == 0
    added = hearth("model", "add", path)
    assert added.code == 0, added.err


def asked(hearth: Hearth) -> tuple[dict[str, Any], int, str]:
    run = hearth("ask", "--json", QUESTION)
    return json.loads(run.out), run.code, run.err


def test_noise_leaves_the_documents_and_a_line_why(hearth: Hearth, tmp_path: Path) -> None:
    """Which line hangs on the noise: a statement may be struck, or none may come to an end."""
    with_model(hearth, tmp_path)
    run = hearth("ask", QUESTION)
    assert run.code == 0
    assert DOCUMENTS in run.out
    assert "20 minutes" in run.out
    assert re.search(
        "bear out too little of what the model wrote|wrote nothing that can be used", run.err
    )
    assert run.err.count("warning:") == 1


def test_an_honest_statement_stands_and_cites_what_was_retrieved(
    hearth: Hearth, tmp_path: Path
) -> None:
    with_model(hearth, tmp_path, *script((HONEST, "[1,2,3]"), (BUTTER, "[1]")))
    data, code, err = asked(hearth)
    assert (code, err) == (0, "")
    assert (data["answered_by"]["kind"], data["answered_by"]["model"]) == ("written", "tiny")
    [written] = [each for each in data["statements"] if each["form"] == "written"]
    assert written["text"] == HONEST
    assert [each["text"] for each in data["struck"]] == [BUTTER]
    text = hearth("cat-object", written["citations"][0]["document"]).out
    assert written["citations"]
    assert all(each["quote"] in text for each in written["citations"])
    run = hearth("ask", QUESTION)
    assert re.search(r"written by tiny\s+\(here\)", run.out)


def test_a_citation_of_what_was_not_retrieved_is_struck(hearth: Hearth, tmp_path: Path) -> None:
    with_model(hearth, tmp_path, *script((HONEST, "[77]")))
    data, code, _ = asked(hearth)
    assert code == 0
    assert data["answered_by"]["kind"] == "extractive"
    assert [each["why"][0]["code"] for each in data["struck"]] == ["citation"]


def test_it_streams(tmp_path: Path) -> None:
    """The draft grows word by word, and a statement is told of before the next one is begun."""
    tokens = script((HONEST, "[1,2,3]"), (BUTTER, "[1]"))
    path = llm_model.write(tmp_path / "tiny.gguf", script=tokens, context_length=CONTEXT)
    passages = selection.passages(answer(QUESTION, guide_and_corpus()), prompt.MOST_PASSAGES)
    heard: list[str] = []
    with closing(local(tmp_path, path, "tiny", bytes(32), Means(context=8192))) as model:
        written = write(
            QUESTION, passages, model, on_draft=heard.append,
            on_statement=lambda one: heard.append(f"stands: {one.text}"),
        )  # fmt: skip
    assert [one.text for one in written.statements] == [HONEST]
    assert [one.draft.text for one in written.struck] == [BUTTER]
    grown = [each for each in dict.fromkeys(heard) if each and HONEST.startswith(each)]
    assert grown[:3] == ["Hold", "Hold the", "Hold the burn"]
    assert heard.index(grown[-1]) < heard.index(f"stands: {HONEST}") < len(heard) - 1


def test_a_terminal_sees_what_stands(hearth: Hearth, tmp_path: Path) -> None:
    with_model(hearth, tmp_path, *script((HONEST, "[1,2,3]"), (BUTTER, "[1]")))
    code, seen = on_terminal(hearth, "ask", QUESTION)
    assert code == 0
    assert f"{HONEST} [1]" in seen
    assert BUTTER not in re.sub(r"draft, not checked: [^\r\n]*", "", seen)


def test_where_the_model_wants_another_shape_the_grammar_holds_it(
    hearth: Hearth, tmp_path: Path
) -> None:
    """It would write prose; what comes is JSON, or is cut by the limit, and nothing of it shown."""
    with_model(hearth, tmp_path, "▁Sure!", "▁Here▁is▁what▁I▁think:", "▁use▁butter.")
    data, code, _ = asked(hearth)
    assert code == 0
    assert data["answered_by"]["kind"] == "extractive"
    assert not data["model_problem"].startswith("the model failed")
    assert not any("butter." in each["text"] for each in data["statements"])
