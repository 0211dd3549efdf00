"""hearth poster: one A4 page: how to join, where the hearth is, four cards of the guide."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import click

from hearth.commands import kitting
from hearth.commands.communities import opened
from hearth.commands.context import Session, find_home
from hearth.commands.inviting import Wish
from hearth.commands.kitting import check_steward
from hearth.commands.new_files import new_path, refuse_terminal
from hearth.commands.options import community_option, time_option
from hearth.commands.times import DAY, day
from hearth.community.commons import NoCommunityError
from hearth.mesh import addresses
from hearth.mesh.peers import PORT, Place
from hearth.poster import content, paper, web
from hearth.poster.content import Invitation, Poster
from hearth.store.errors import UsageError
from hearth.sync.carriers.pdf import lacking

USES = 10
"""How many people an invitation on a wall is for, unless it is said."""
MAX_WHERE = 4
_ENDINGS = (".pdf", ".html", ".htm")
_LONG_TICKET = "HEARTH1" + "0" * 297
"""As long as a ticket gets: the page is laid out with it before one is made."""


class Here(NamedTuple):
    """What this hearth knows for a poster."""

    community: str | None
    addresses: tuple[str, ...]


@click.command("poster")
@click.option("--out", metavar="FILE", help='A .pdf or .html, or - (PDF). Default: "poster.pdf".')
@click.option("--cards", multiple=True, metavar="NAME",
              help="Cards of the guide, up to 4; again for several.")  # fmt: skip
@click.option("--where", multiple=True, metavar="TEXT",
              help="Where the hearth is; again for another line.")  # fmt: skip
@click.option("--invite", is_flag=True, help="With an invitation: whoever sees it can use it.")
@time_option("--expires", help='Until when: "7 days" unless said.')
@click.option("--uses", metavar="N", type=click.IntRange(1, 1000),
              help="For how many people: 10 unless said.")  # fmt: skip
@community_option
@click.pass_obj
def command(
    session: Session,
    out: str | None,
    cards: tuple[str, ...],
    where: tuple[str, ...],
    invite: bool,
    expires: int | None,
    uses: int | None,
) -> None:
    """Make a page to hang up: how to join, where the hearth is, and four cards of the guide.

    The cards' text is taken word for word, with their sources; where there is no room, whole
    sections are left out, and the page says which. Without --invite the page says where to ask; if
    it is not said with --where, there are lines to write on. It is black on white.
    """
    if not invite and (expires is not None or uses is not None):
        raise UsageError("--expires and --uses go with --invite")
    path = _path(session, out)
    poster = _plan(session, cards, where, invite)
    kind = "" if path is None else path.suffix.lower()
    if invite:
        from hearth.poster.content import Invitation

        longest = "Wednesday, 30 September 2026, 23:59"
        trial = Invitation(_LONG_TICKET, poster.community or "", longest, uses or USES)
        _drawn(poster._replace(invitation=trial), kind)  # whatever is wrong is said before
        poster = poster._replace(invitation=_invitation(session, expires, uses or USES))
    data = _drawn(poster, kind)
    _warn(session, poster, kind)
    if path is None:
        session.terminal.out_bytes(data)
    else:
        from hearth.store import unfinished
        from hearth.store.disk import Disk

        unfinished.write(Disk(), path, data)
        session.terminal.out(f"wrote {session.terminal.clean(str(path))}")
    if poster.invitation is not None:
        session.terminal.note(
            f'whoever sees it can join "{poster.community}" until {poster.invitation.until}:'
            " hearth invite revoke takes it back"
        )


def _path(session: Session, out: str | None) -> Path | None:
    """Where it is written to; None for standard output. Raises before anything is made."""
    if out == "-":
        refuse_terminal(session, "a PDF", "--out FILE.pdf")
        return None
    path = Path(session.cwd, out or "poster.pdf")
    if path.suffix.lower() not in _ENDINGS:
        raise UsageError(f'"{out}" should end in .pdf or .html')
    return new_path(session, str(path))


def _plan(session: Session, cards: tuple[str, ...], where: tuple[str, ...], invite: bool) -> Poster:
    """All that stands on it but the invitation."""
    chosen = content.choose([name for text in cards for name in text.split(",") if name])
    lines = [session.terminal.clean(line) for text in where for line in text.splitlines()]
    if len(lines) > MAX_WHERE or any(len(line) > 120 for line in lines):
        raise UsageError(f"--where takes {MAX_WHERE} lines of 120 characters at most")
    if invite:
        check_steward(session)
    here = _here(session)
    title = "Our hearth" if here.community is None else f"{here.community}: our hearth"
    return content.Poster(
        title, here.community, tuple(lines), here.addresses, None, tuple(chosen), day(session.now)
    )


def _here(session: Session) -> Here:
    """The community that is meant, and where `hearth serve` listens; without a hearth, neither."""
    if find_home(session) is None:
        if session.community is not None:
            from hearth.commands.context import home_path

            home_path(session)  # says that there is none
        return Here(None, ())
    with opened(session, read_only=True, signs=False) as square:
        store = square.home.store
        served = bool(addresses.listening(store))
        found = addresses.reachable(store, PORT) if served else []
        try:
            name = square.commons.choose(session.community).name
        except NoCommunityError:
            if session.community is not None:
                raise
            return Here(None, ())
    shown = tuple(Place(each.host, each.port).address for each in found[:2])
    return Here(session.terminal.clean(name), shown)


def _invitation(session: Session, expires: int | None, uses: int) -> Invitation:
    wish = Wish("member", expires or 7 * DAY, uses, (), False, True, None)
    made = kitting.invitation(session, wish)
    return Invitation(made.text.upper(), made.community, made.until, made.uses)


def _drawn(poster: Poster, kind: str) -> bytes:
    if kind in (".html", ".htm"):
        return web.write(poster).encode()
    return paper.draw(poster)


def _warn(session: Session, poster: Poster, kind: str) -> None:
    """Say which signs of names a PDF cannot show."""
    if kind in (".html", ".htm"):
        return
    missing = lacking("".join([poster.title, *poster.where]))
    if missing:
        session.terminal.warn(
            f'the PDF shows "?" for: {" ".join(missing)}', "--out poster.html has all letters"
        )
