"""Models on servers, for `hearth model`: add one by its address, list, show, use and remove it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from hearth.commands.context import Session
from hearth.commands.language import endpoints
from hearth.commands.model_find import KNOWN
from hearth.store.errors import UsageError

if TYPE_CHECKING:
    from hearth.llm.endpoints import Endpoint
    from hearth.llm.probing import Server


def is_address(source: str) -> bool:
    """Whether what was given to `hearth model add` is the address of a server, not a file's."""
    http = source.lower().startswith(("http://", "https://"))
    return http and not source.lower().endswith((".gguf", ".onnx", ".whl"))


def add(
    session: Session,
    source: str,
    name: str | None,
    kind: str | None,
    *,
    model: str | None = None,
    key_file: str | None = None,
    key_environ: str | None = None,
    context: int | None = None,
    taken: bool = False,
) -> Endpoint:
    """Add the model on a server at an address, after having asked there.

    `taken`: a model here is used for the kind already, so this one waits to be chosen. Raises
    UsageError where several models are offered and none is named, LanguageModelError.
    """
    from pathlib import Path

    from hearth.llm import errors
    from hearth.llm.endpoints import Endpoint, checked, parse_url
    from hearth.llm.probing import probe

    url = parse_url(source)
    key_path = str(Path(session.cwd, key_file)) if key_file else ""
    asked = Endpoint(
        "asked", url, kind or "chat", "", "", context or 0, key_path, key_environ or ""
    )
    key = checked(asked).key(session.environ)
    try:
        with session.terminal.progress(f"asking {url}"):
            server = probe(url, key=key)
    except errors.LanguageModelError as error:
        raise type(error)(
            f'"{url}": {error.message}', *error.hints, "hearth model find looks on this machine"
        ) from None
    if server is None:
        raise errors.BadEndpointError(
            f'"{url}" does not say which models it has', "is it a language model's address?"
        )
    chosen = _model(server, model)
    endpoint = checked(
        Endpoint(
            name=name or default_name(chosen or server.kind),
            url=url,
            kind=asked.kind,
            model=chosen,
            server=server.kind,
            context=context or next((e.context for e in server.models if e.name == chosen), 0),
            key_file=key_path,
            key_environ=key_environ or "",
        )
    )
    known = endpoints(session)
    known.add(endpoint)
    if known.used(endpoint.kind) is None and not taken:
        known.use(endpoint.kind, endpoint.name)
    return endpoint


def _model(server: Server, wanted: str | None) -> str:
    """The model's name on the server. Raises UsageError where it is not clear which."""
    names = [each.name for each in server.models]
    if wanted is None and len(names) <= 1:
        return names[0] if names else ""
    if wanted in names:
        return str(wanted)
    said = f"{len(names)} models" if wanted is None else f'no model "{wanted}"'
    shown = ", ".join(names[:8]) + (", …" if len(names) > 8 else "")
    raise UsageError(f'"{server.url}" offers {said}', f"--model names one of: {shown}")


def default_name(model: str) -> str:
    """A name for people, out of what a server calls a model."""
    last = model.replace("\\", "/").rstrip("/").rpartition("/")[2]
    last = re.sub(r"\.gguf$", "", last, flags=re.IGNORECASE)
    return re.sub(r"[^\w.:-]+", "-", last).strip("-_.:")[:64] or "model"


def show_added(session: Session, endpoint: Endpoint) -> None:
    """What `hearth model add` says of an endpoint."""
    used = endpoints(session).used(endpoint.kind)
    is_used = used is not None and used.name == endpoint.name
    if session.json:
        session.terminal.out_json({"v": 1, **as_json(endpoint, is_used)})
        return
    clean = session.terminal.clean
    session.terminal.out(f'added "{clean(endpoint.name)}" ({described(session, endpoint)})')
    if not endpoint.local:
        plain = ", unencrypted" if endpoint.url.startswith("http:") else ""
        session.terminal.warn(f"what it is asked leaves this machine{plain}")
    if not is_used:
        session.terminal.note(f"hearth model use {clean(endpoint.name)} makes it the one asked")


def described(session: Session, endpoint: Endpoint) -> str:
    """An endpoint in a few words."""
    server = KNOWN.get(endpoint.server, "a server")
    words = f"{endpoint.kind}, {server} at {endpoint.url}"
    return f"{words}, {endpoint.context:,} tokens of context" if endpoint.context else words


def as_json(endpoint: Endpoint, used: bool) -> dict[str, Any]:
    """An endpoint as data; of its key only whether it has one."""
    return {
        "name": endpoint.name,
        "kind": endpoint.kind,
        "format": "endpoint",
        "url": endpoint.url,
        "model": endpoint.model,
        "server": endpoint.server,
        "context": endpoint.context or None,
        "local": endpoint.local,
        "key": bool(endpoint.key_file or endpoint.key_environ),
        "used": used,
    }


def show(session: Session, endpoint: Endpoint) -> None:
    """What `hearth model show` says of an endpoint: what is known, and how it is now."""
    from hearth.llm.errors import LanguageModelError
    from hearth.llm.probing import probe

    used = endpoints(session).used(endpoint.kind)
    is_used = used is not None and used.name == endpoint.name
    server, problem = None, None
    try:
        server = probe(endpoint.url, key=endpoint.key(session.environ))
    except LanguageModelError as error:
        problem = error.message
    if session.json:
        now = None if server is None else {"slots": server.slots, "busy": server.busy}
        data = as_json(endpoint, is_used) | {"now": now, "problem": problem}
        session.terminal.out_json({"v": 1, **data})
        return
    out, clean = session.terminal.out, session.terminal.clean
    out(f"model     {clean(endpoint.name)}")
    out(f"for       {endpoint.kind}{', used' if is_used else ''}")
    out(f"where     {described(session, endpoint)}")
    out(f"its name  {clean(endpoint.model) or 'whatever it has'} there")
    if endpoint.key_file or endpoint.key_environ:
        out(f"key       in {clean(endpoint.key_file or '$' + endpoint.key_environ)}")
    if server is None:
        out(f"now       {clean(problem or 'does not speak the dialect')}")
    else:
        busy = "" if server.slots is None else f", {server.busy or 0} of {server.slots} busy"
        out(f"now       {'ready' if server.ready else 'loading'}{busy}")
