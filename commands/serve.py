"""hearth serve: answer other hearths, be found by them, and keep going round to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from hearth.commands.context import Session
from hearth.commands.options import json_option
from hearth.store.errors import Exit, HearthError, UsageError

if TYPE_CHECKING:
    from anyio.streams.stapled import MultiListener

    from hearth.mesh.node import Node
    from hearth.mesh.serving import Served


class CannotListenError(HearthError):
    """The address cannot be listened at: taken, or not this machine's (exit 1)."""

    code = "cannot-listen"


@click.command("serve")
@click.option(
    "--listen",
    metavar="[ADDR:]PORT",
    help="Where to listen (default: the setting sync.listen; port 0: any).",
)
@click.option("--no-lan", is_flag=True, help="Do not show up on the local network, nor look there.")
@json_option
@click.pass_obj
def command(session: Session, listen: str | None, no_lan: bool) -> int:
    """Answer other hearths until stopped, be found on the local network, and go round to others.

    It ends cleanly on TERM and INT (exit 0). Under systemd it says when it is ready. On a terminal
    each meeting is a line; --json makes each a JSON line. Other commands go on working meanwhile.
    """
    from hearth.commands import neighbours

    host, port = _address(listen or session.config.get("sync.listen"))
    lan = session.config.get("sync.lan") and not no_lan
    with neighbours.opened_node(session) as node:
        neighbours.run(_serve, session, node, host, port, lan)
    return Exit.OK


def _address(text: str) -> tuple[str | None, int]:
    host, colon, port = text.rpartition(":")
    host = host.strip("[]")
    if not (port.isascii() and port.isdigit() and int(port) <= 0xFFFF):
        raise UsageError(f'"--listen" must be an address and a port, or a port, not "{text}"')
    return (host if colon and host else None), int(port)


async def _serve(session: Session, node: Node, host: str | None, port: int, lan: bool) -> None:
    import signal

    import anyio
    from anyio.abc import SocketAttribute

    from hearth.commands.keeping import policy
    from hearth.mesh.serving import Serving
    from hearth.retention import tend

    listener = await _listen(host, port)
    bound = int(listener.extra(SocketAttribute.local_port))
    at = _addresses(host, bound)
    _remember(node, at)
    keep = policy(session)
    serving = Serving(node, lambda served: _tell(session, node, served))
    serving.upkeep = lambda: tend(node.home, node.commons, keep, node.now())
    with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT, signal.SIGHUP) as signals:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(serving.run, listener, at)
            if lan:
                tasks.start_soon(_be_near, node, serving, bound)
            _ready(session, at, bound)
            async for _ in signals:
                break
            tasks.cancel_scope.cancel()
    _say(session, "stopped", "stopped")


async def _listen(host: str | None, port: int) -> MultiListener[Any]:
    import anyio

    try:
        return await anyio.create_tcp_listener(local_host=host, local_port=port)
    except OSError as error:
        where = f"{host or '*'}:{port}"
        why = (error.strerror or str(error)).lower()
        raise CannotListenError(
            f'cannot listen at "{where}": {why}', "--listen names another address or port"
        ) from None


async def _be_near(node: Node, serving: Any, port: int) -> None:
    """Be found, and call at once at who appears."""
    from hearth.mesh.lan import chosen, present

    async with present(node, port) as watcher:
        if watcher is None:
            return
        async for found in watcher:
            serving.found = chosen(watcher.places())
            for place in chosen([found]):
                await serving.call(place)


def _addresses(host: str | None, port: int) -> list[tuple[str, int]]:
    """Where others can reach this node."""
    import ipaddress

    from hearth.mesh.addresses import own

    if host is not None:
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            return [(each.host, each.port) for each in own(port)]
        if not address.is_unspecified:
            return [(str(address), port)]
    return [(each.host, each.port) for each in own(port)]


def _remember(node: Node, at: list[tuple[str, int]]) -> None:
    from hearth.mesh.addresses import LISTENING
    from hearth.mesh.peers import Place

    text = ",".join(Place(*each).address for each in at)
    with node.home.store.batch() as batch, batch.transaction() as tx:
        tx.connection.execute(
            "INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
            (LISTENING, text),
        )


def _ready(session: Session, at: list[tuple[str, int]], port: int) -> None:
    from hearth.mesh.peers import Place
    from hearth.sync.ready import notify

    places = ", ".join(Place(*each).address for each in at) or f"port {port}"
    if session.json:
        document = {"v": 1, "event": "ready", "port": port, "at": [list(each) for each in at]}
        session.terminal.out_json(document)
        session.terminal.flush()
    else:
        session.terminal.note(f"serving at {places}; stop with Ctrl-C or TERM")
    notify("READY=1", session.environ.get("NOTIFY_SOCKET"))


def _say(session: Session, event: str, text: str) -> None:
    if session.json:
        session.terminal.out_json({"v": 1, "event": event})
        session.terminal.flush()
    elif session.terminal.stderr.isatty():
        session.terminal.note(text)


def _tell(session: Session, node: Node, served: Served) -> None:
    """One meeting as a line; what went wrong is told to a terminal and to --json only."""
    from hearth.commands import neighbours

    name = node.name_of(served.device)
    if session.json:
        document: dict[str, Any] = {"v": 1, "event": "met", "peer": name, "from": served.source}
        if served.device is not None:
            document["device"] = served.device.hex()
        if served.joined is not None:
            document |= {"event": "joined", "community": served.joined.hex()}
        if served.visit is not None:
            document["visit"] = neighbours.as_json(node, served.visit)
        if served.error is not None:
            document |= {"event": "failed", "error": str(served.error)}
        session.terminal.out_json(document)
        session.terminal.flush()
        return
    if not (session.terminal.stdout.isatty() or session.verbose):
        return
    who = session.terminal.clean(name or served.source or "somebody")
    if served.visit is not None:
        session.terminal.out("  ".join(neighbours.line(node, session, served.visit)), flush=True)
    elif served.error is not None:
        session.terminal.note(f"{who}: {session.terminal.clean(str(served.error))}")
    elif served.joined is not None:
        session.terminal.out(f"{who} joined", flush=True)
    else:
        session.terminal.out(f"{who} came by", flush=True)
