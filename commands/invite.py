"""hearth invite: offer somebody a place, list what was offered, take it back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from hearth.commands.communities import called, community_json, inside, opened, role_word
from hearth.commands.context import Session
from hearth.commands.options import community_option, json_option, time_option
from hearth.commands.times import moment
from hearth.store.errors import UsageError

if TYPE_CHECKING:
    from hearth.commands.communities import Square
    from hearth.community.membership import Invitation, Membership


@click.group("invite", invoke_without_command=True)
@click.option(
    "--role",
    type=click.Choice(["member", "steward"]),
    help="What they will be: member unless said.",
)
@time_option("--expires", help='How long it can be used: "24h" unless said.')
@click.option(
    "--uses", metavar="N", type=click.IntRange(1, 1000), help="For how many: 1 unless said."
)
@click.option(
    "--address",
    "addresses",
    multiple=True,
    metavar="HOST[:PORT]",
    help="Where they reach this hearth, in place of what it knows. May be repeated.",
)
@click.option("--qr", is_flag=True, help="Draw the QR code, whatever the output is.")
@click.option("--text", is_flag=True, help="Print the ticket and nothing else.")
@click.option("--file", metavar="FILE", help="Write the ticket to FILE, which must not exist.")
@community_option
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    role: str | None,
    expires: int | None,
    uses: int | None,
    addresses: tuple[str, ...],
    qr: bool,
    text: bool,
    file: str | None,
) -> None:
    """Offer somebody a place in a community, with a ticket to be handed over.

    Whoever holds the ticket can use it, so show it to nobody else. It is good for one person and
    a day unless said. Only stewards invite; a steward's hearth must be running (hearth serve)
    when the ticket is used, or they ask by a stick (hearth join --by).
    """
    from hearth.commands.inviting import Wish, make

    session = ctx.ensure_object(Session)
    wish = Wish(role, expires, uses, addresses, qr, text, file)
    if ctx.invoked_subcommand is None:
        make(session, wish)
    elif wish != Wish(None, None, None, (), False, False, None):
        raise UsageError(
            f'"hearth invite {ctx.invoked_subcommand}" makes no ticket, and takes none of that'
        )


@command.command("list")
@click.option("--all", "everything", is_flag=True, help="Used, expired and revoked ones, too.")
@community_option
@json_option
@click.pass_obj
def list_(session: Session, everything: bool) -> None:
    """List the invitations that can still be used."""
    with opened(session, read_only=True) as square:
        joined, membership = square.choose()
    now = max(session.now, membership.log_time)
    found = [each for each in membership.invitations if everything or each.state(now) == "open"]
    if session.json:
        listed = [_as_json(membership, each, now) for each in found]
        session.terminal.out_json(
            {"v": 1, "community": community_json(joined), "invitations": listed}
        )
        return
    if not found:
        session.terminal.note(
            f"no invitation{'' if everything else ' is open'} {inside(session, joined.name)}"
        )
        return
    rows = [["invitation", "for", "by", "left", "until", ""]]
    rows += [_row(session, membership, each, now) for each in found]
    session.terminal.out(session.terminal.table(rows, right=frozenset([3])))


def _row(session: Session, membership: Membership, each: Invitation, now: int) -> list[str]:
    from hearth.store.ids import short

    state = each.state(now)
    return [
        short(each.event),
        role_word(each.role),
        called(session, membership, each.by),
        f"{each.uses - len(each.used)} of {each.uses}",
        moment(each.expires, session.now),
        "" if state == "open" else str(state),
    ]


def _as_json(membership: Membership, each: Invitation, now: int) -> dict[str, Any]:
    by = membership.members.get(each.by)
    return {
        "id": each.event.hex(),
        "by": each.by.hex(),
        "by_name": by.name if by is not None and by.name else None,
        "role": role_word(each.role),
        "uses": each.uses,
        "used": len(each.used),
        "expires": each.expires,
        "state": str(each.state(now)),
    }


@command.command("revoke")
@click.argument("id")
@community_option
@json_option
@click.pass_obj
def revoke(session: Session, id: str) -> None:
    """Take invitation ID (its first digits will do) back; nobody can use its ticket any more.

    Who has come in with it stays a member.
    """
    from hearth.community import acts
    from hearth.store.ids import short

    with opened(session) as square:
        joined, membership = square.choose()
        invitation = _find(membership, id)
        acts.check_steward(square.home, membership)
        state = invitation.state(max(session.now, membership.log_time))
        if state == "open":
            _revoke(session, square, membership, invitation)
    if session.json:
        session.terminal.out_json(
            {
                "v": 1,
                "community": community_json(joined),
                "id": invitation.event.hex(),
                "changed": state == "open",
                "state": "revoked" if state == "open" else str(state),
            }
        )
        return
    where = f"invitation {short(invitation.event)} {inside(session, joined.name)}"
    if state != "open":
        session.terminal.out(f"{where} was closed already: {state}")
        return
    session.terminal.out(f"took back {where}")
    session.terminal.note("hearths that have not heard of it yet may still admit on it")


def _revoke(
    session: Session, square: Square, membership: Membership, invitation: Invitation
) -> None:
    from hearth.community import acts

    with square.home.store.batch() as batch, batch.transaction() as tx:
        acts.revoke(square.home, tx, membership, invitation, session.now)


def _find(membership: Membership, text: str) -> Invitation:
    from hearth.store import ids

    digits = ids.digits(text)
    found = {each.event: each for each in membership.invitations}
    return found[
        ids.choose(digits, [id for id in found if id.hex().startswith(digits)], "invitation")
    ]
