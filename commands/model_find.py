"""hearth model find: language models that servers on this machine offer."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING, Any

from hearth.commands.context import Session
from hearth.store.errors import Exit

if TYPE_CHECKING:
    from hearth.llm.probing import Served, Server

KNOWN = {
    "llama-server": "llama-server", "ollama": "Ollama", "vllm": "vLLM", "lmstudio": "LM Studio",
    "other": "a server",
}  # fmt: skip


def look(session: Session, ports: tuple[int, ...]) -> int:
    """Look at the usual ports and at these, and show what answers."""
    from hearth.llm.probing import PORTS, find

    with session.terminal.progress("looking on this machine"):
        found = find(list(dict.fromkeys((*PORTS, *ports))))
    if session.json:
        session.terminal.out_json({"v": 1, "servers": [as_json(each) for each in found]})
    elif found:
        _show(session, found)
    else:
        session.terminal.note("no server with a language model found on this machine")
    return Exit.OK if found else Exit.NOTHING_FOUND


def _show(session: Session, found: list[Server]) -> None:

    rows = [["server", "address", "model", "context", "at once"]]
    clean = session.terminal.clean
    for server in found:
        models: list[Served | None] = [*server.models] or [None]
        for model in models:
            rows.append(
                [
                    KNOWN[server.kind] + (f" ({server.trouble})" if server.trouble else ""),
                    server.url,
                    clean(model.name) if model else "-",
                    f"{model.context:,}" if model and model.context else "?",
                    _slots(server),
                ]
            )
    session.terminal.out(session.terminal.table(rows, right=frozenset([3])))
    first = next((each for each in found if each.models), None)
    if first is not None:
        one = "" if len(first.models) == 1 else f" --model {quote(clean(first.models[0].name))}"
        session.terminal.note(f"next: hearth model add {first.url}{one}")


def _slots(server: Server) -> str:
    if server.slots is None:
        return "?"
    return f"{server.slots}" + (f", {server.busy} busy" if server.busy else "")


def as_json(server: Server) -> dict[str, Any]:
    """A server as data."""
    return {
        "server": server.kind,
        "url": server.url,
        "trouble": server.trouble or None,
        "slots": server.slots,
        "busy": server.busy,
        "models": [{"name": each.name, "context": each.context or None} for each in server.models],
    }
