"""Models on servers, for `hearth model`: add one by its address, list, show, use and remove it."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any

from hearth.commands.context import Session, find_home, open_home
from hearth.commands.language import endpoints
from hearth.commands.model_find import KNOWN
from hearth.llm import errors
from hearth.llm.errors import LanguageModelError
from hearth.store.errors import UsageError

if TYPE_CHECKING:
    from hearth.llm.endpoints import Endpoint
    from hearth.llm.probing import Server


def is_address(source: str) -> bool:
    """Whether what was given to `hearth model add` is the address of a server, not a file's."""
    from hearth.models import fetching

    return fetching.is_address(source) and not fetching.is_file(source)


OPTIONS = ("model", "context", "key_file", "key_env")


def refuse_options(server: dict[str, Any]) -> None:
    """Raises UsageError where an option for servers was given with something else."""
    given = [name for name in OPTIONS if server.get(name) is not None]
    if given:
        option = "--" + given[0].replace("_", "-")
        raise UsageError(
            f"{option} is for the address of a server", "such as http://127.0.0.1:8080"
        )


def add(
    session: Session,
    source: str,
    name: str | None,
    kind: str | None,
    *,
    model: str | None,
    context: int | None,
    key_file: str | None,
    key_env: str | None,
) -> None:
    """Add the model on a server at an address, after having asked there, and show it.

    It is used from now on, unless another one is used for its kind. Raises UsageError where
    several models are offered and none is named, or another is called so; LanguageModelError.
    """
    from hearth.llm.endpoints import Endpoint, checked, parse_url

    url = parse_url(source)
    key_path = str(Path(session.cwd, key_file)) if key_file else ""
    asked = checked(
        Endpoint(name or "model", url, kind or "chat", key_file=key_path, key_environ=key_env or "")
    )
    server = _asked(session, asked)
    chosen = _model(server, model)
    told = next((each.context for each in server.models if each.name == chosen), 0)
    endpoint = replace(
        asked,
        name=name or default_name(chosen or server.kind),
        model=chosen,
        server=server.kind,
        context=context or told,
    )
    taken = _check_name(session, endpoint)
    known = endpoints(session)
    known.add(endpoint)
    if known.used(endpoint.kind) is None and not taken:
        known.use(endpoint.kind, endpoint.name)
    _show_added(session, endpoint)


def _asked(session: Session, endpoint: Endpoint) -> Server:
    """What answers there. Raises LanguageModelError naming the address."""
    from hearth.llm.probing import probe

    try:
        with session.terminal.progress(f"asking {endpoint.url}"):
            server = probe(endpoint.url, key=endpoint.key(session.environ))
        if server is None:
            raise errors.BadEndpointError("it does not say which models it has")
        if server.trouble == "loading":
            raise errors.ModelBusyError("it is still loading its model", "try again in a moment")
        if server.trouble:
            raise errors.RefusedError("it wants a key", "--key-file or --key-env names it")
    except errors.LanguageModelError as error:
        hint = "hearth model find looks for servers on this machine"
        raise type(error)(f'"{endpoint.url}": {error.message}', *error.hints, hint) from None
    return server


def _check_name(session: Session, endpoint: Endpoint) -> bool:
    """Whether a model here is used for the kind. Raises UsageError where one is called the same."""
    from hearth.models import shelf

    if find_home(session) is None:
        return False
    with open_home(session, read_only=True) as home:
        if any(each.name == endpoint.name for each in shelf.models(home)):
            raise UsageError(
                f'a model here is called "{endpoint.name}" already',
                "--name calls this one otherwise",
            )
        return shelf.chosen(home, endpoint.kind) is not None


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


def _show_added(session: Session, endpoint: Endpoint) -> None:
    used = is_used(session, endpoint)
    if session.json:
        session.terminal.out_json({"v": 1, **as_json(endpoint, used)})
        return
    clean = session.terminal.clean
    session.terminal.out(f'added "{clean(endpoint.name)}" ({described(endpoint)})')
    if not endpoint.local:
        plain = ", unencrypted" if endpoint.url.startswith("http:") else ""
        session.terminal.warn(f"what it is asked leaves this machine{plain}")
    if not used:
        session.terminal.note(
            f"hearth model use {quote(clean(endpoint.name))} makes it the one asked"
        )


def is_used(session: Session, endpoint: Endpoint) -> bool:
    """Whether it is the one to be asked for its kind."""
    used = endpoints(session).used(endpoint.kind)
    return used is not None and used.name == endpoint.name


def find(session: Session, name: str) -> Endpoint | None:
    """The endpoint of that name."""
    return endpoints(session).find(name)


def listed(session: Session) -> list[tuple[Endpoint, bool]]:
    """Every endpoint, and whether it is used."""
    return [(each, is_used(session, each)) for each in endpoints(session).all()]


def row(session: Session, endpoint: Endpoint, used: bool) -> list[str]:
    """An endpoint as a row of `hearth model list`."""
    kind = endpoint.kind + (" (used)" if used else "")
    return [session.terminal.clean(endpoint.name), kind, "-", "-", f"at {endpoint.url}", "-"]


def use(session: Session, endpoint: Endpoint) -> None:
    """Use it for its kind, in place of any other."""
    endpoints(session).use(endpoint.kind, endpoint.name)
    if session.json:
        session.terminal.out_json({"v": 1, **as_json(endpoint, True)})
        return
    session.terminal.out(f'using "{session.terminal.clean(endpoint.name)}" for {endpoint.kind}')


def use_none(session: Session, kind: str) -> None:
    """Use no endpoint for a kind any more: a model here was chosen."""
    known = endpoints(session)
    if known.used(kind) is not None:
        known.use(kind, None)


def remove(session: Session, endpoint: Endpoint) -> None:
    """Forget it; the server is not told."""
    endpoints(session).remove(endpoint.name)
    if session.json:
        session.terminal.out_json({"v": 1, "name": endpoint.name, "id": None})
        return
    session.terminal.out(f'removed "{session.terminal.clean(endpoint.name)}"')


def described(endpoint: Endpoint) -> str:
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
    from hearth.llm.probing import probe

    used = is_used(session, endpoint)
    server, problem = None, None
    try:
        server = probe(endpoint.url, key=endpoint.key(session.environ))
    except LanguageModelError as error:
        problem = error.message
    if session.json:
        now = None if server is None else {"slots": server.slots, "busy": server.busy}
        data = as_json(endpoint, used) | {"now": now, "problem": problem}
        session.terminal.out_json({"v": 1, **data})
        return
    out, clean = session.terminal.out, session.terminal.clean
    out(f"model     {clean(endpoint.name)}")
    out(f"for       {endpoint.kind}{', used' if used else ''}")
    out(f"where     {described(endpoint)}")
    out(f"its name  {clean(endpoint.model) or 'whatever it has'} there")
    if endpoint.key_file or endpoint.key_environ:
        out(f"key       in {clean(endpoint.key_file or '$' + endpoint.key_environ)}")
    if server is None:
        out(f"now       {clean(problem or 'does not speak the dialect')}")
    else:
        busy = "" if server.slots is None else f", {server.busy or 0} of {server.slots} busy"
        out(f"now       {server.trouble or 'ready'}{busy}")
