"""What the OpenAI dialect says: a request as JSON, and an answer's pieces out of JSON.

Only what llama-server, Ollama, vLLM and LM Studio share. Nothing that comes in is believed to
have its right type. No socket here.
"""

from __future__ import annotations

import json
from typing import Any, Final, NamedTuple

from hearth.documents.normal import tidy
from hearth.llm import schema
from hearth.llm.contract import Message, Request
from hearth.llm.errors import BadEndpointError, OtherModelError, RefusedError
from hearth.llm.markers import defused

CHAT: Final = "/v1/chat/completions"
DONE: Final = "[DONE]"
_SHOWN: Final = 200
_THOUGHTS: Final = ("reasoning_content", "reasoning")


class Piece(NamedTuple):
    """A bit of an answer: its text, why it ends there (None: it goes on), who says to write it,
    and whether it is a thought, which is not shown, but a sign of life."""

    text: str
    finish: str | None
    model: str | None
    thinks: bool = False


def body(request: Request, model: str, *, formats: bool) -> dict[str, Any]:
    """The request as JSON. Without `formats`, a schema is asked for in words alone."""
    messages = [Message(each.role, defused(each.text)) for each in request.messages]
    asked: dict[str, Any] = {
        "model": model,
        "stream": True,
        "max_tokens": request.max_tokens,
        "temperature": request.temperature,
        "seed": request.seed,
    }
    if request.stop:
        asked["stop"] = list(request.stop)
    if request.schema is not None:
        schema.checked(request.schema)
        if formats:
            named = {"name": "answer", "strict": True, "schema": schema.strict(request.schema)}
            asked["response_format"] = {"type": "json_schema", "json_schema": named}
        else:
            messages = in_words(messages, request.schema)
    return asked | {"messages": [{"role": each.role, "content": each.text} for each in messages]}


def in_words(messages: list[Message], wanted: dict[str, Any]) -> list[Message]:
    """The messages with the schema said in words, for servers that take none."""
    said = "\n\n" + schema.in_words(wanted)
    first, *rest = messages
    if first.role == "system":
        return [Message("system", first.text + said), *rest]
    return [Message("system", said.strip()), *messages]


def piece(text: str) -> Piece:
    """The piece in one event, or in a whole answer sent at once.

    Raises BadEndpointError for what is none, RefusedError for an error told in it.
    """
    answer = decoded(text)
    if "error" in answer:
        raise RefusedError(f'the endpoint broke off: "{problem(answer)}"')
    choices = answer.get("choices")
    model = answer.get("model")
    name = model if isinstance(model, str) and model else None
    if choices == [] or (choices is None and "usage" in answer):
        return Piece("", None, name)  # some send a last event with figures alone
    if not isinstance(choices, list) or not isinstance(choices[0], dict):
        raise BadEndpointError("its answer has no choices: that is not the OpenAI dialect")
    inner = choices[0].get("delta", choices[0].get("message"))
    content = inner.get("content") if isinstance(inner, dict) else ""
    finish = choices[0].get("finish_reason")
    if not isinstance(content, str | None) or not isinstance(finish, str | None):
        raise BadEndpointError("its answer has no text where text belongs")
    thinks = isinstance(inner, dict) and any(inner.get(each) for each in _THOUGHTS)
    return Piece(content or "", finish, name, thinks)


def decoded(text: str | bytes) -> dict[str, Any]:
    """A JSON object. Raises BadEndpointError."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise BadEndpointError("its answer is not JSON") from None
    if not isinstance(value, dict):
        raise BadEndpointError("its answer is not a JSON object")
    return value


def problem(answer: Any) -> str:
    """What an error says, in one short line of clean text."""
    told = answer.get("error", answer) if isinstance(answer, dict) else answer
    if isinstance(told, dict):
        told = told.get("message", "")
    text = " ".join(tidy(str(told)).split())
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


def refusal(status: int, data: bytes) -> str:
    """What a refusal says, for people: its status, and its message where it has one."""
    try:
        told = problem(decoded(data))
    except BadEndpointError:
        told = ""
    return f'{status}, "{told}"' if told else str(status)


def same_model(asked: str, answered: str) -> bool:
    """Whether two names may mean one model: case, folders, `.gguf` and `:latest` aside."""

    def bare(name: str) -> str:
        last = name.strip().lower().replace("\\", "/").rpartition("/")[2]
        return last.removesuffix(":latest").removesuffix(".gguf")

    return bare(asked) == bare(answered)


def check_model(asked: str, answered: str | None) -> None:
    """Raises OtherModelError where an answer says that another model wrote it."""
    if answered is not None and asked and not same_model(asked, answered):
        raise OtherModelError(
            f'asked "{asked}", but the answer says it is by "{problem(answered)}"',
            "hearth model add with --model names the one that is meant",
        )
