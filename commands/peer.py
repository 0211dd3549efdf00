"""hearth peer: where other hearths can be reached."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from hearth.commands.context import Session, open_home
from hearth.commands.neighbours import reading_node, resolve
from hearth.commands.options import json_option
from hearth.commands.running import run
from hearth.commands.times import stamp
from hearth.store.errors import Exit

if TYPE_CHECKING:
    from hearth.commands.progress import Progress
    from hearth.mesh.node import Node
    from hearth.mesh.peers import Known
    from hearth.sync.lan_services import Found


@click.group("peer", invoke_without_command=True)
@json_option
@click.pass_context
def command(ctx: click.Context) -> None:
    """Add, list, remove and find the places where other hearths can be reached.

    Peers also come from tickets, from the local network and from what other members state; this
    is for seeing them, and for those that nothing else knows. Alone, it lists them.
    """
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_)


@command.command("list")
@json_option
@click.pass_obj
def list_(session: Session) -> None:
    """List the places known, and when somebody was last reached there."""
    from hearth.mesh import visiting
    from hearth.mesh.peers import Known, Peers

    with reading_node(session) as node:
        known = Peers(node.home.store).all()
        listed = {each.place[:2] for each in known}
        stated = [place for place in visiting.places(node) if place[:2] not in listed]
        rows = known + [Known(place, 0, None, None, None) for place in stated]
        names = [node.name_of(each.place.device) for each in rows]
    if session.json:
        found = [_as_json(each, name) for each, name in zip(rows, names, strict=True)]
        session.terminal.out_json({"v": 1, "peers": found})
        return
    if not rows:
        session.terminal.note("no address of a peer yet; hearth peer find looks on this network")
        return
    clean = session.terminal.clean
    cells = [["peer", "address", "from", "last reached"]]
    for each, name in zip(rows, names, strict=True):
        last = stamp(each.reached, session.now) if each.reached else "never"
        if each.failure:
            last += f" ({clean(each.failure)})"
        cells.append([clean(name or "?"), each.place.address, each.place.way, last])
    session.terminal.out(session.terminal.table(cells))


def _as_json(known: Known, name: str | None) -> dict[str, Any]:
    place = known.place
    return {
        "peer": name,
        "device": None if place.device is None else place.device.hex(),
        "host": place.host,
        "port": place.port,
        "way": place.way,
        "reached": known.reached,
        "tried": known.tried,
        "failure": known.failure,
    }


@command.command("add")
@click.argument("address", metavar="ADDRESS")
@json_option
@click.pass_obj
def add(session: Session, address: str) -> None:
    """Remember that another hearth can be reached at ADDRESS: a host, and a port if not 7411."""
    from hearth.mesh.peers import Peers, parse

    place = parse(address)
    with open_home(session) as home, home.store.batch() as batch, batch.transaction() as tx:
        new = Peers(home.store).add(tx, place, session.now)
    if session.json:
        session.terminal.out_json({"v": 1, "host": place.host, "port": place.port, "added": new})
        return
    session.terminal.out(f"{'added' if new else 'known already:'} {place.address}")
    session.terminal.note(f"next: hearth sync {place.address}")


@command.command("remove", short_help="Forget where a peer was reached.")
@click.argument("peer", metavar="PEER")
@json_option
@click.pass_obj
def remove(session: Session, peer: str) -> None:
    """Forget where PEER (an address, or a member's name) was reached."""
    from hearth.mesh.peers import Peers, UnknownPeerError

    with reading_node(session, write=True) as node:
        peers = Peers(node.home.store)
        known = {each.place[:2] for each in peers.all()}
        places = [place for place in resolve(node, [peer]) if place[:2] in known]
        if not places:
            raise UnknownPeerError(f'no peer "{peer}"', "hearth peer list shows those known")
        with node.home.store.batch() as batch, batch.transaction() as tx:
            for place in places:
                peers.remove(tx, place)
    if session.json:
        session.terminal.out_json({"v": 1, "removed": [place.address for place in places]})
        return
    for place in places:
        session.terminal.out(f"forgot {place.address}")


@command.command("find")
@click.option(
    "--for",
    "seconds",
    type=click.FloatRange(0.1, 600),
    default=3.0,
    metavar="SECONDS",
    help="How long to look (default: 3).",
)
@json_option
@click.pass_obj
def find(session: Session, seconds: float) -> int:
    """Look for hearths on the local network.

    Those that show themselves as members of a community of yours come first; who they are is
    known only once they have been called at. Exits with 4 when none is found.
    """
    with reading_node(session) as node:
        with session.terminal.progress("looking round on the network") as progress:
            found = run(_looking, node, seconds, progress)
        names = {each.id: f"a member of {each.name}" for each in node.commons.joined()}
        names[node.home.community] = "a device of your own"
    if session.json:
        session.terminal.out_json(
            {
                "v": 1,
                "found": [
                    {
                        "host": each.host,
                        "port": each.port,
                        "community": None if each.known is None else each.known.hex(),
                        "instance": each.instance,
                    }
                    for each in found
                ],
            }
        )
    elif found:
        _show(session, found, names)
    else:
        session.terminal.note("no hearth found on this network")
    return Exit.OK if found else Exit.NOTHING_FOUND


async def _looking(node: Node, seconds: float, progress: Progress) -> list[Found]:
    import anyio

    from hearth.mesh.lan import look

    found: list[Found] = []

    async def tick() -> None:
        while True:
            await anyio.sleep(0.5)
            progress.update(0)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(tick)
        found = await look(node, seconds)
        tasks.cancel_scope.cancel()
    return found


def _show(session: Session, found: list[Found], names: dict[bytes, str]) -> None:
    """A line a node, with the address that is best."""
    from hearth.mesh.peers import Place

    nodes: dict[str, Found] = {}
    for each in found:
        nodes.setdefault(each.instance, each)
    rows = [
        [
            Place(each.host, each.port).address,
            session.terminal.clean(names.get(each.known or b"", "another hearth")),
        ]
        for each in nodes.values()
    ]
    session.terminal.out(session.terminal.table(rows))
    if any(each.known for each in nodes.values()):
        session.terminal.note("next: hearth sync")
