"""hearth device: the devices of this person; adding one, revoking one."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from hearth.commands.agreeing import confirm
from hearth.commands.backup import write
from hearth.commands.communities import community_named
from hearth.commands.context import Session, open_home, reading_home
from hearth.commands.layout import size
from hearth.commands.options import community_for, json_option
from hearth.commands.secrets import new_passphrase_option
from hearth.store.errors import NotFoundError, UsageError

if TYPE_CHECKING:
    from hearth.home import Home


class UnknownDeviceError(NotFoundError, code="unknown-device"):
    """No device of this person's begins with these digits."""


class Seen(NamedTuple):
    """A device of this person's in one community."""

    community: bytes
    name: str
    device: bytes
    current: bool
    retired: bool
    forked: bool


@click.group("device", invoke_without_command=True)
@json_option
@click.pass_context
def command(ctx: click.Context) -> None:
    """Add a device of this person; list them; revoke one that is lost, stolen or was copied.

    A hearth that was restored from a copy goes on as a new device by itself. Alone, it lists them.
    """
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_)


@command.command("list")
@json_option
@click.pass_obj
def list_(session: Session) -> None:
    """List this person's devices in each community."""
    with reading_home(session) as home:
        seen = _seen(home)
    if session.json:
        session.terminal.out_json({"v": 1, "devices": [_as_json(each) for each in seen]})
        return
    clean = session.terminal.clean
    rows = [["device", "community", "state"]]
    rows += [[each.device.hex()[:12], clean(each.name), _state(each)] for each in seen]
    session.terminal.out(session.terminal.table(rows))
    if any(each.forked and not each.retired for each in seen):
        session.terminal.note(
            "forked: two copies of the device have written; hearth device revoke ends the old one"
        )


@command.command("add")
@click.argument("file")
@new_passphrase_option
@json_option
@click.pass_obj
def add(session: Session, file: str, new_fd: int | None) -> None:
    """Write FILE, an encrypted one, with which another machine becomes a device of yours.

    It is a backup of the keys: whoever has it and its passphrase can be you. It may be used for
    several machines; each becomes a device of its own.
    """
    from hearth.backup.items import Kind

    made, path = write(session, file, Kind.KEYS, new_fd)
    if session.json:
        session.terminal.out_json({"v": 1, "file": str(path), "bytes": made.length})
        return
    clean = session.terminal.clean
    session.terminal.out(f"wrote {clean(str(path))}, {size(made.length)}")
    session.terminal.out("on the other machine:")
    session.terminal.out(f"  hearth backup restore {shlex.quote(clean(path.name))}")
    session.terminal.out("  hearth sync")
    session.terminal.note("then destroy the file: with its passphrase, anybody can be you")


def _state(seen: Seen) -> str:
    words = ["this device"] if seen.current else []
    words += ["retired"] if seen.retired else []
    words += ["forked"] if seen.forked else []
    return ", ".join(words) or "in use elsewhere, or no more"


def _as_json(seen: Seen) -> dict[str, Any]:
    return {
        "device": seen.device.hex(),
        "community": seen.community.hex(),
        "community_name": seen.name,
        "current": seen.current,
        "retired": seen.retired,
        "forked": seen.forked,
    }


def _seen(home: Home) -> list[Seen]:
    from hearth.community.commons import Commons
    from hearth.store.header import Lane

    commons, found = Commons(home), []
    named = [(home.community, "home"), *((each.id, each.name) for each in commons.joined())]
    for community, name in named:
        membership = commons.membership(community)
        forked = {
            entry.device
            for lane in Lane
            for entry in home.store.log.frontier(community, lane)
            if entry.fork is not None
        }
        for device in membership.devices_of(home.identity.person):
            current = device == home.identity.device
            retired = device in membership.retired
            found.append(Seen(community, name, device, current, retired, device in forked))
    return found


@command.command("revoke", short_help="Say everywhere that a device of yours speaks no more.")
@click.argument("device", metavar="ID")
@community_for("Only there (default: everywhere).")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@json_option
@click.pass_obj
def revoke(session: Session, device: str, yes: bool) -> None:
    """Say everywhere that the device with these first digits speaks no more.

    What is here of it is kept, both branches of a fork too; what it writes from now on counts for
    nothing. Sync first: what has not come here yet is lost to everybody.
    """
    with open_home(session) as home:
        where = community_named(session, home)
        chosen = _chosen(home, device, where)
        confirm(
            session,
            yes,
            "What is here of it is kept; what has not come here yet, and whatever it writes from "
            "now on, counts for nothing. This cannot be taken back.",
            question=f"Revoke device {chosen[0].device.hex()[:12]}?",
        )
        done = _retire(session, home, chosen)
    if session.json:
        events = [{"community": id.hex(), "event": event.hex()} for id, event in done]
        document = {"v": 1, "device": chosen[0].device.hex(), "events": events}
        session.terminal.out_json(document)
        return
    for each in chosen:
        name = session.terminal.clean(each.name)
        session.terminal.out(f'revoked {each.device.hex()[:12]} in "{name}"')
    session.terminal.note("keys that it had are replaced with the next message to each audience")
    session.terminal.note("next: hearth sync tells the others")


def _chosen(home: Home, text: str, where: bytes | None) -> list[Seen]:
    """The device meant, in each community where it is not retired yet."""
    from hearth.store import ids

    digits = ids.digits(text)  # an unset variable in a script means no device
    chosen = [
        each
        for each in _seen(home)
        if each.device.hex().startswith(digits)
        and where in (None, each.community)
        and not each.retired
    ]
    if not chosen:
        raise UnknownDeviceError(
            f'no device "{digits}" of yours to revoke',
            "hearth device lists them",
            "somebody else's they revoke themselves; hearth member remove puts all of theirs out",
        )
    if len({each.device for each in chosen}) > 1:
        raise UsageError(f'"{digits}" means several devices', "give more digits")
    if any(each.current for each in chosen):
        raise UsageError(
            "that is the device in use here",
            "revoke it from another hearth of yours, or: hearth key rotate",
        )
    return chosen


def _retire(session: Session, home: Home, chosen: list[Seen]) -> list[tuple[bytes, bytes]]:
    from hearth.community import succession
    from hearth.community.commons import Commons

    commons, done = Commons(home), []
    home.signer(session.now)
    with home.store.batch() as batch, batch.transaction() as tx:
        for each in chosen:
            membership = commons.membership(each.community)
            event = succession.retire(home, tx, membership, each.device, session.now)
            done.append((each.community, event.id))
    return done
