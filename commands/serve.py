"""hearth serve: answer other hearths, be found by them, and keep going round to them."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, Any

import click

from hearth.commands import neighbours, running, visit_lines
from hearth.commands.context import Session
from hearth.commands.failures import why
from hearth.commands.keeping import policy
from hearth.commands.options import json_option
from hearth.commands.signals import Stopped
from hearth.commands.times import stamp
from hearth.store.errors import Exit, HearthError, UsageError

if TYPE_CHECKING:
    from anyio.streams.stapled import MultiListener

    from hearth.mesh.node import Node
    from hearth.mesh.serving import Served, Serving


class CannotListenError(HearthError, code="cannot-listen"):
    """The address cannot be listened at: taken, or not this machine's (exit 1)."""


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

    It ends in good order on TERM, INT and HUP (exit 0). Under systemd it says when it is ready.
    On a terminal each meeting is a line; --json makes each a JSON line. Other commands go on
    working meanwhile.
    """
    host, port = _address(listen or session.config.get("sync.listen"))
    lan = session.config.get("sync.lan") and not no_lan
    with neighbours.opened_node(session) as node:
        try:
            running.run(_serve, session, node, host, port, lan)
        except Stopped:
            _stopped(session)
        except FileNotFoundError:
            node.home.store.check_place()
            raise
    return Exit.OK


def _address(text: str) -> tuple[str | None, int]:
    host, colon, port = text.rpartition(":")
    host = host.strip("[]")
    if not (port.isascii() and port.isdigit() and int(port) <= 0xFFFF):
        raise UsageError(f'"--listen" must be an address and a port, or a port, not "{text}"')
    return (host if colon and host else None), int(port)


async def _serve(session: Session, node: Node, host: str | None, port: int, lan: bool) -> None:
    import anyio
    from anyio.abc import SocketAttribute

    from hearth.commands import condition_serve, notify
    from hearth.mesh.serving import Serving
    from hearth.retention import tend

    listener = await _listen(host, port)
    bound = int(listener.extra(SocketAttribute.local_port))
    at = _addresses(listener)
    _remember(session, node, at)
    silent: set[str] = set()
    came = notify.Came()

    def report(served: Served) -> None:
        if served.visit.total("events_in"):
            came.set()
        _tell(session, node, served, silent)

    serving = Serving(node, report)
    keep = policy(session)
    serving.upkeep = lambda: tend(node.home, node.commons, keep, node.now())
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(serving.run, listener, at)
        tasks.start_soon(notify.keep_telling, session, node, came)
        tasks.start_soon(condition_serve.keep, session, node, serving)
        if lan:
            tasks.start_soon(_be_near, node, serving, bound)
        _ready(session, at, bound)


async def _listen(host: str | None, port: int) -> MultiListener[Any]:
    import anyio

    try:
        return await anyio.create_tcp_listener(local_host=host, local_port=port)
    except OSError as error:
        where, hints = f"{host or '*'}:{port}", ["--listen names another address or port"]
        if error.errno == errno.EADDRINUSE:
            hints.insert(0, "hearth serve may be running already, in another window, or always")
        raise CannotListenError(f'cannot listen at "{where}": {why(error)}', *hints) from None


async def _be_near(node: Node, serving: Serving, port: int) -> None:
    """Be found, and call at once at members who appear; strangers are tried in the rounds."""
    import anyio

    from hearth.mesh.lan import chosen, present

    async with present(node, port) as watcher:
        if watcher is None:
            return
        async with anyio.create_task_group() as tasks:
            async for found in watcher:
                serving.found = chosen(watcher.places())
                if found.known is not None:
                    tasks.start_soon(serving.call, chosen([found])[0])


def _addresses(listener: MultiListener[Any]) -> list[tuple[str, int]]:
    """Where others can reach this node."""
    import ipaddress

    from anyio.abc import SocketAttribute

    from hearth.mesh.addresses import own

    found: dict[tuple[str, int], None] = {}
    for one in listener.listeners:
        host = str(one.extra(SocketAttribute.local_address)[0])
        port = one.extra(SocketAttribute.local_port)
        if ipaddress.ip_address(host).is_unspecified:
            found.update(((each.host, each.port), None) for each in own(port))
        else:
            found[host, port] = None
    return list(found)


def _remember(session: Session, node: Node, at: list[tuple[str, int]]) -> None:
    """Note for tickets where this node listens; a full disk must not keep it from serving."""
    from hearth.mesh.addresses import LISTENING
    from hearth.mesh.peers import Place

    text = ",".join(Place(*each).address for each in at)
    try:
        with node.home.store.batch() as batch, batch.transaction() as tx:
            tx.set_meta(LISTENING, text)
    except HearthError as error:
        session.terminal.warn(error.message, *error.hints)


def _ready(session: Session, at: list[tuple[str, int]], port: int) -> None:
    from hearth.mesh.peers import Place
    from hearth.sync.ready import notify

    places = ", ".join(Place(*each).address for each in at) or f"port {port}"
    if session.json:
        document = {"v": 1, "event": "ready", "port": port, "at": [list(each) for each in at]}
        session.terminal.event(document)
    else:
        session.terminal.note(f"serving at {places}; stop with Ctrl-C or TERM")
    notify("READY=1", session.environ.get("NOTIFY_SOCKET"))


def _stopped(session: Session) -> None:
    from hearth.sync.ready import notify

    notify("STOPPING=1", session.environ.get("NOTIFY_SOCKET"))
    if session.json:
        session.terminal.event({"v": 1, "event": "stopped"})
    elif session.terminal.stderr.isatty():
        session.terminal.note("stopped")


def _tell(session: Session, node: Node, served: Served, silent: set[str]) -> None:
    """One meeting as a line; without a terminal and --json nothing is said.

    `silent`: who has not answered of late. That is said once on a terminal, not every minute.
    """
    visit = served.visit
    if session.json:
        joined = None if served.joined is None else served.joined.hex()
        what = "failed" if visit.error is not None else "joined" if joined else "met"
        document = {"v": 1, "event": what, **visit_lines.as_json(node, visit), "community": joined}
        session.terminal.event(document)
    elif session.watched:
        who = visit.place.address if visit.place.port else visit.place.host
        again = who in silent
        if visit.error is None:
            silent.discard(who)
        else:
            silent.add(who)
        if visit.error is not None and (again or visit.by_chance):
            return
        cells = visit_lines.line(node, session, visit)
        if served.joined is not None:
            cells[1] = "joined"
        session.terminal.out("  ".join([stamp(node.now(), node.now()), *cells]), flush=True)
