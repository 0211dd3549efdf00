"""Who answers at an address: llama-server, Ollama, vLLM, LM Studio, or something that speaks the
dialect. Only read-only questions, each bounded in time and size; nothing that is said is believed
beyond its type."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final

from hearth.documents.normal import tidy
from hearth.llm.errors import ExtraMissingError, LanguageModelError
from hearth.llm.http import fetch_json

PORTS: Final = {8080: "llama-server", 11434: "ollama", 8000: "vllm", 1234: "lmstudio"}
"""Where they listen unless told otherwise (their own documentation)."""
SECONDS: Final = 2.0
MAX_MODELS: Final = 256
_TROUBLES: Final = {401: "wants a key", 403: "wants a key", 503: "loading"}


@dataclass
class Served:
    """A model that a server offers; its context in tokens, 0 where it does not say."""

    name: str
    context: int = 0


@dataclass
class Server:
    """What a server says of itself. `slots` and `busy` are None where it does not say.

    `trouble` is why it cannot be asked now (`loading`, `wants a key`), or nothing.
    """

    url: str
    kind: str
    models: list[Served] = field(default_factory=list)
    slots: int | None = None
    busy: int | None = None
    trouble: str = ""

    def model(self, name: str) -> Served | None:
        """The model of that name, or the only one where no name is given."""
        if name:
            return next((each for each in self.models if each.name == name), None)
        return self.models[0] if len(self.models) == 1 else None


def probe(url: str, *, key: str | None = None, seconds: float = SECONDS) -> Server | None:
    """What answers at an address, or None where nothing speaks the dialect there.

    Raises LanguageModelError where nobody answers, or too slowly.
    """

    def ask(path: str) -> tuple[int, Any]:
        return fetch_json(url + path, seconds=seconds, key=key)

    def perhaps(path: str) -> dict[str, Any]:
        try:
            status, told = ask(path)
        except ExtraMissingError:
            raise
        except LanguageModelError:
            return {}
        if status != 200:
            return {}
        return {"list": told} if isinstance(told, list) else told if isinstance(told, dict) else {}

    status, listed = ask("/v1/models")
    if status in _TROUBLES and isinstance(listed, dict):
        return Server(url, "other", trouble=_TROUBLES[status])
    if status != 200 or not isinstance(listed, dict) or not isinstance(listed.get("data"), list):
        return None
    models = [each for each in listed["data"][:MAX_MODELS] if isinstance(each, dict)]
    owners = {each.get("owned_by") for each in models if isinstance(each.get("owned_by"), str)}
    served = [Served(_text(each.get("id")), _number(each.get("max_model_len"))) for each in models]
    server = Server(url, "", [each for each in served if each.name])
    if "vllm" in owners:
        server.kind = "vllm"
    elif "llamacpp" in owners or "total_slots" in perhaps("/props"):
        _llama_server(server, perhaps)
    elif isinstance(perhaps("/api/version").get("version"), str):
        _ollama(server, perhaps)
    elif isinstance((native := perhaps("/api/v0/models")).get("data"), list):
        _lm_studio(server, native["data"])
    else:
        server.kind = "other"
    return server


def _llama_server(server: Server, perhaps: Any) -> None:
    """`/props` and `/slots` of llama.cpp's tools/server/README.md."""
    server.kind = "llama-server"
    props = perhaps("/props")
    settings = props.get("default_generation_settings")
    context = _number(settings.get("n_ctx")) if isinstance(settings, dict) else 0
    for each in server.models:
        each.context = context
    server.slots = _number(props.get("total_slots")) or None
    slots = perhaps("/slots").get("list")
    if slots is not None:
        known = [each for each in slots if isinstance(each, dict)]
        server.busy = sum(each.get("is_processing") is True for each in known)


def _ollama(server: Server, perhaps: Any) -> None:
    """`/api/ps` names the models that are loaded, and how much context each was given."""
    server.kind = "ollama"
    loaded = perhaps("/api/ps").get("models")
    given = {
        each.get("name"): _number(each.get("context_length"))
        for each in (loaded if isinstance(loaded, list) else [])
        if isinstance(each, dict) and isinstance(each.get("name"), str)
    }
    for each in server.models:
        each.context = given.get(each.name, 0)


def _lm_studio(server: Server, native: list[Any]) -> None:
    """`/api/v0/models` says what is loaded, and with how much context."""
    server.kind = "lmstudio"
    known = {_text(each.get("id")): each for each in native if isinstance(each, dict)}
    for each in server.models:
        told = known.get(each.name, {})
        each.context = _number(told.get("loaded_context_length"))


def _text(value: Any) -> str:
    """A model's name, if it is one that can be kept and shown."""
    usable = isinstance(value, str) and len(value) <= 256 and tidy(value) == value
    return value.strip() if usable and value.isprintable() else ""


def _number(value: Any) -> int:
    usable = isinstance(value, int) and not isinstance(value, bool) and 0 < value <= 1 << 24
    return value if usable else 0


def find(ports: list[int], seconds: float = SECONDS) -> list[Server]:
    """The servers on this machine that speak the dialect, in the order of the ports."""

    def at(port: int) -> Server | None:
        try:
            return probe(f"http://127.0.0.1:{port}", seconds=seconds)
        except ExtraMissingError:
            raise
        except LanguageModelError:
            return None

    with ThreadPoolExecutor(len(ports) or 1) as threads:
        return [each for each in threads.map(at, ports) if each is not None]
