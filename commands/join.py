"""hearth join: join a community with a ticket."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING, Any

import click

from hearth.commands import neighbours, running
from hearth.commands.communities import called, role_of
from hearth.commands.context import Session, home_path
from hearth.commands.layout import count
from hearth.commands.options import json_option
from hearth.commands.tickets import read
from hearth.store.errors import UsageError

if TYPE_CHECKING:
    from hearth.community.ticket import Ticket
    from hearth.mesh.entering import Call, Entered
    from hearth.mesh.node import Node
    from hearth.mesh.peers import Place

LAN = 8.0
"""Seconds to look on the local network, when no address has answered."""


@click.command("join")
@click.argument("words", nargs=-1, metavar="[TICKET]")
@click.option("--file", metavar="FILE", help="Read the ticket from FILE.")
@click.option("--photo", metavar="FILE", help="Read the ticket from a picture of its QR code.")
@click.option(
    "--address",
    "addresses",
    multiple=True,
    metavar="HOST[:PORT]",
    help="Ask there first. May be repeated.",
)
@click.option("--by", metavar="FOLDER", help="Ask by a stick: leave a request in FOLDER.")
@json_option
@click.pass_obj
def command(
    session: Session,
    words: tuple[str, ...],
    file: str | None,
    photo: str | None,
    addresses: tuple[str, ...],
    by: str | None,
) -> None:
    """Join a community with the ticket that one of its stewards made.

    TICKET is the line that begins with hearth1; spaces and line breaks in it do not matter. With
    "-", or nothing, it is read from standard input. Asks at --address first, then where the
    ticket says, then on the local network. Running it again finishes what was interrupted, and
    changes nothing for somebody who is a member.

    With --by nobody is asked over a network: a request is left in FOLDER, as on a stick. Take it to
    any steward, who runs hearth sync FOLDER, and then run that here.
    """
    from hearth.mesh.peers import parse

    home_path(session)  # or nobody is to type a ticket in vain
    given = [parse(text) for text in addresses]
    used = read(session, words, file, photo)
    with neighbours.opened_node(session) as node:
        if by is not None:
            _ask_by(session, node, used, by)
            return
        done = running.run(_enter, session, node, used, given)
        if session.json:
            session.terminal.out_json(_as_json(node, done))
        else:
            _show(session, node, done)


def _ask_by(session: Session, node: Node, used: Ticket, by: str) -> None:
    """Keep the ticket, and leave a request in a folder."""
    from pathlib import Path

    from hearth.bundles import requests, trading
    from hearth.mesh.entering import member_of

    folder = Path(by)
    if not folder.is_dir():
        raise UsageError(f'"{by}" is no folder')
    if member_of(node, used) is not None:
        raise UsageError("you are a member there already: hearth sync FOLDER")
    used.check(node.now())
    requests.remember(node, used)
    trading.ask(node, node.home.disk, folder)
    if session.json:
        session.terminal.out_json({"v": 1, "asked": True, "folder": by, "expires": used.expires})
        return
    session.terminal.out(f'left a request to join in "{session.terminal.clean(by)}"')
    path = quote(by if "/" in by else f"./{by}")  # a word alone names a peer to sync
    session.terminal.note(f"take it to a steward: hearth sync {path} there, and then here")


async def _enter(session: Session, node: Node, used: Ticket, given: list[Place]) -> Entered:
    from hearth.mesh.entering import enter
    from hearth.mesh.peers import TICKET, Place

    places = [*given, *(Place(each.host, each.port, None, TICKET) for each in used.addresses)]

    async def near(call: Call) -> bool:
        from hearth.mesh.lan import call_near

        progress.update(progress.count, "looking on the local network")
        return await call_near(node, LAN, call)

    def trying(place: Place) -> None:
        progress.advance(1, f"asking {place.address}")

    with session.terminal.progress("joining") as progress:
        wanted = near if session.config.get("sync.lan") else None
        return await enter(node, used, places, wanted, trying)


def _show(session: Session, node: Node, done: Entered) -> None:
    out, me = session.terminal.out, node.home.identity.person
    membership = node.commons.membership(done.community)
    name = session.terminal.clean(membership.name)
    if done.already:
        out(f'you are a member of "{name}" already; nothing was changed')
        session.terminal.note("if you were put out: hearth community leave, then join again")
        return
    size = count(len(membership.members), "member")
    out(f'joined "{name}" ({size}, you: {role_of(membership, me)})')
    by = membership.members[me].admitted_by
    if by is not None:
        out(f"admitted by {called(session, membership, by)}")
    if done.visit is None or done.visit.error is not None:
        session.terminal.note("they hear your name with the next hearth sync")
    usual = next(each for each in node.commons.joined() if each.default)
    if usual.id != done.community:
        other = session.terminal.clean(usual.name)
        session.terminal.note(
            f'where none is named, "{other}" is still meant: hearth community use'
        )
    session.terminal.note(
        "next: hearth corpus, hearth member, hearth sync; hearth serve keeps you in touch"
    )


def _as_json(node: Node, done: Entered) -> dict[str, Any]:
    membership = node.commons.membership(done.community)
    me = membership.members[node.home.identity.person]
    joined = next(each for each in node.commons.joined() if each.id == done.community)
    return {
        "v": 1,
        "community": {"id": done.community.hex(), "name": membership.name},
        "already": done.already,
        "role": role_of(membership, me.person),
        "members": len(membership.members),
        "default": joined.default,
        "admitted_by": None if me.admitted_by is None else me.admitted_by.hex(),
        "address": None if done.place is None else done.place.address,
        "told": done.visit is not None and done.visit.error is None,
    }
