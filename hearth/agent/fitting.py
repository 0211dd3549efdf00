"""Keeping a request within the model's context: the results of the oldest steps are cut first."""

from __future__ import annotations

from collections.abc import Sequence

from hearth.agent.prompt import TOKENS, Turn, request
from hearth.agent.steps import schema
from hearth.agent.tools import Tool
from hearth.llm.contract import LanguageModel, Request
from hearth.llm.errors import TooLongError

TURN = 12
"""Tokens for what a chat template puts around each turn."""


def fitted(
    question: str,
    turns: Sequence[Turn],
    tools: Sequence[Tool],
    numbers: Sequence[int],
    model: LanguageModel,
) -> Request:
    """The request for the next step, as long as the model can take it. Raises TooLongError."""
    shape = schema(tools, numbers)
    for clipped in range(len(turns) + 1):
        made = request(question, turns, tools, shape, bool(numbers), clipped)
        # In one go: some servers are asked over the network how much a text is.
        said = model.count("\n".join(each.text for each in made.messages))
        if said + TURN * len(made.messages) + TOKENS <= model.context:
            return made
    raise TooLongError(
        f'what the agent has found does not fit into the {model.context} tokens of "{model.name}"',
        "ask more shortly, or with a model of a larger context",
    )
