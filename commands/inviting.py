"""Making an invitation: what the ticket says, and how it is handed over."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, NamedTuple

from hearth.commands.communities import community_json, opened, role_named, role_word
from hearth.commands.context import Session
from hearth.commands.new_files import new_path
from hearth.commands.qr import columns, drawing
from hearth.commands.times import DAY, moment
from hearth.seen import SANE
from hearth.store import unfinished
from hearth.store.errors import UsageError

if TYPE_CHECKING:
    from hearth.commands.communities import Square
    from hearth.community.commons import Joined
    from hearth.community.membership import Membership
    from hearth.community.ticket import Address, Ticket
    from hearth.store.event import Event

LONGEST = 3650 * DAY
"""Ten years."""


class Wish(NamedTuple):
    """What was asked for; None where nothing was said. `expires` in seconds from now."""

    role: str | None
    expires: int | None
    uses: int | None
    addresses: tuple[str, ...]
    qr: bool
    text: bool
    file: str | None


class Made(NamedTuple):
    """An invitation as it was made. `text` is the ticket in upper case."""

    joined: Joined
    ticket: Ticket
    event: Event
    text: str
    uses: int
    path: Path | None
    served: bool


def make(session: Session, wish: Wish) -> None:
    """Make the invitation and hand it over."""
    made = offer(session, wish)
    if session.json:
        _as_json(session, made)
    elif wish.text:
        session.terminal.out(made.text.lower())
    else:
        _show(session, wish, made)
    if not made.ticket.addresses:
        session.terminal.warn(
            "the ticket says no address: this machine is in no network",
            "they can use it only on the same network as a steward, or with join --address HOST",
        )
    if made.ticket.expires < SANE:
        session.terminal.warn(
            "this machine's clock is not set: where one is, the ticket has expired already",
            "set the clock (date -s), and invite again",
        )


def offer(session: Session, wish: Wish) -> Made:
    """Make the invitation; handing its text over is the caller's."""
    _check(wish)
    path = None if wish.file is None else new_path(session, wish.file)
    return _make(session, wish, _seconds(wish.expires), path)


def _check(wish: Wish) -> None:
    if wish.text and (wish.qr or wish.file is not None):
        raise UsageError("--text prints the ticket alone: without --qr and --file")
    if wish.file in ("", "-"):
        raise UsageError("--file needs the name of a file", "--text prints the ticket alone")


def _seconds(expires: int | None) -> int:
    if expires is not None and expires > LONGEST:
        raise UsageError("an invitation can be used for ten years at most")
    return expires or DAY


def _make(session: Session, wish: Wish, seconds: int, path: Path | None) -> Made:
    from hearth.community import acts, ticket

    with opened(session) as square:
        home = square.home
        joined, membership = square.choose()
        addresses, served = _addresses(session, square, wish.addresses)
        expires = until(session.now, membership, seconds)
        with home.store.batch() as batch, batch.transaction() as tx:
            made, event = acts.invite(
                home,
                tx,
                membership,
                role=role_named(wish.role or "member"),
                uses=wish.uses or 1,
                expires=expires,
                addresses=tuple(addresses),
                now=session.now,
            )
            text = ticket.encode(made, home.signer(session.now))
            if path is not None:  # before the commit: without the file nobody has the ticket
                unfinished.write(home.disk, path, text.lower().encode() + b"\n", mode=0o600)
    return Made(joined, made, event, text, wish.uses or 1, path, served)


def until(now: int, membership: Membership, seconds: int) -> int:
    """When a ticket that is good for so long ends: by the later of this clock and the log's, as
    it is judged, or a machine whose clock is not set would make tickets that are over already."""
    from hearth.community import ticket

    return min(max(now, membership.log_time) + seconds, ticket.MAX_EXPIRES)


def _addresses(
    session: Session, square: Square, given: tuple[str, ...]
) -> tuple[list[Address], bool]:
    """Where this hearth can be reached, and whether it has ever served."""
    from hearth.mesh import addresses
    from hearth.mesh.peers import PORT

    served = bool(addresses.listening(square.home.store))
    port = int(session.config.get("sync.listen").rpartition(":")[2]) or PORT
    if given:
        return list(dict.fromkeys(addresses.of(text, port) for text in given)), served
    return addresses.reachable(square.home.store, port), served


def _show(session: Session, wish: Wish, made: Made) -> None:
    terminal = session.terminal
    text = made.text.lower()
    if wish.qr or (terminal.stdout.isatty() and not terminal.plain and made.path is None):
        _draw(session, wish, made.text)
    if made.path is None:
        terminal.out(text)
    else:
        terminal.out(f"wrote the ticket to {terminal.clean(str(made.path))}")
    who = "one person" if made.uses == 1 else f"{made.uses:,} people"
    until = moment(made.ticket.expires, session.now)
    role = role_word(made.ticket.role)
    terminal.out(f'{who}, as {role} of "{terminal.clean(made.joined.name)}", until {until}')
    if made.path is None:
        terminal.out(f"They type: hearth join {text[:12]}…")
    else:
        terminal.out(f"They type: hearth join --file {terminal.clean(quote(made.path.name))}")
    if not made.served:
        terminal.note(
            "this hearth admits them only while it runs: hearth serve; or by a stick, join --by"
        )


def _draw(session: Session, wish: Wish, text: str) -> None:
    drawn = drawing(session, text)
    if drawn is not None:
        session.terminal.out(drawn)
        lines = drawn.count("\n") + 1
        if lines > session.terminal.height:
            session.terminal.note(f"a window of {lines} lines or more shows the whole QR code")
    elif wish.qr:
        width = columns(session, text)
        session.terminal.warn(f"this terminal is too narrow for the QR code of {width} columns")


def _as_json(session: Session, made: Made) -> None:
    session.terminal.out_json(
        {
            "v": 1,
            "community": community_json(made.joined),
            "id": made.event.id.hex(),
            "ticket": made.text.lower(),
            "role": role_word(made.ticket.role),
            "uses": made.uses,
            "expires": made.ticket.expires,
            "addresses": [{"host": each.host, "port": each.port} for each in made.ticket.addresses],
            "file": None if made.path is None else str(made.path),
        }
    )
