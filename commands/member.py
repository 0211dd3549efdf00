"""hearth member: list and show members, change what they may do, put somebody out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from hearth.commands.agreeing import confirm
from hearth.commands.communities import (
    called,
    community_json,
    inside,
    member_named,
    opened,
    role_named,
    role_word,
)
from hearth.commands.context import Session
from hearth.commands.options import community_option, json_option
from hearth.commands.times import day
from hearth.store.errors import UsageError

if TYPE_CHECKING:
    from hearth.commands.communities import Square
    from hearth.community.membership import Member, Membership


@click.group("member", invoke_without_command=True)
@community_option
@json_option
@click.pass_context
def command(ctx: click.Context) -> None:
    """List and show members, make them stewards, put somebody out. Alone, it lists them.

    NAME is a name as it is shown, the first digits of an id, or the four words of a fingerprint.
    A name that several members have is refused: then give the id.
    """
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_)


@command.command("list")
@community_option
@json_option
@click.pass_obj
def list_(session: Session) -> None:
    """List the members: stewards first, the most senior before the others."""
    with opened(session, read_only=True) as square:
        joined, membership = square.choose()
        data = [as_json(square, membership, each) for each in ordered(membership)]
    if session.json:
        session.terminal.out_json({"v": 1, "community": community_json(joined), "members": data})
        return
    rows = [["member", "role", "devices", "since", "admitted by", "id"]]
    for member, each in zip(ordered(membership), data, strict=True):
        rows.append(_row(session, membership, member, each))
    session.terminal.out(session.terminal.table(rows, right=frozenset([2])))
    if not all(each.name for each in membership.members.values()):
        session.terminal.note(
            "who is shown by digits has told no name yet: it comes with what they write"
        )


def ordered(membership: Membership) -> list[Member]:
    """The members: stewards first, the most senior before the others."""
    order = {person: at for at, person in enumerate(membership.stewards)}
    return sorted(
        membership.members.values(),
        key=lambda each: (order.get(each.person, len(order)), each.name.casefold(), each.person),
    )


def _row(
    session: Session, membership: Membership, member: Member, data: dict[str, Any]
) -> list[str]:
    from hearth.store.ids import short

    clean = session.terminal.clean
    mine = " (you)" if data["you"] else ""
    by = member.admitted_by
    return [
        (clean(member.name) or short(member.person)) + mine,
        data["role"],
        str(len(member.devices)),
        day(data["since"]),
        "founder" if by is None else called(session, membership, by),
        short(member.person),
    ]


def as_json(square: Square, membership: Membership, member: Member) -> dict[str, Any]:
    """A member as data."""
    admission = square.home.store.log.get(member.admission)
    return {
        "person": member.person.hex(),
        "name": member.name or None,
        "role": role_word(member.role),
        "you": member.person == square.me,
        "seniority": membership.stewards.index(member.person) + 1
        if membership.is_steward(member.person)
        else None,
        "devices": [device.hex() for device in member.devices],
        "since": admission.header.wall,
        "admitted_by": None if member.admitted_by is None else member.admitted_by.hex(),
    }


@command.command("show")
@click.argument("name")
@community_option
@json_option
@click.pass_obj
def show(session: Session, name: str) -> None:
    """Show member NAME: the keys, the four words to compare, who admitted them."""
    from hearth.identity.fingerprint import fingerprint

    with opened(session, read_only=True) as square:
        joined, membership = square.choose()
        member = member_named(session, membership, name)
        data = as_json(square, membership, member)
    words = fingerprint(member.person)
    if session.json:
        session.terminal.out_json(
            {"v": 1, "community": community_json(joined), **data, "words": words}
        )
        return
    out, clean = session.terminal.out, session.terminal.clean
    out(f"name       {clean(member.name) or 'not known yet'}{' (you)' if data['you'] else ''}")
    out(f"community  {clean(joined.name)}")
    place = data["seniority"]
    order = f", {_ordinal(place)} of {len(membership.stewards)}" if place else ""
    out(f"role       {data['role']}{order}")
    by = member.admitted_by
    how = "founder" if by is None else f"admitted by {called(session, membership, by)}"
    out(f"since      {day(data['since'])}, {how}")
    out(f"person     {words}")
    out(f"           {member.person.hex()}")
    for device in member.devices:
        out(f"device     {fingerprint(device)}")
        out(f"           {device.hex()}")


def _ordinal(number: int) -> str:
    return "the most senior" if number == 1 else f"number {number} in seniority"


@command.command("role")
@click.argument("name")
@click.argument("role", type=click.Choice(["steward", "member"]))
@community_option
@json_option
@click.pass_obj
def role(session: Session, name: str, role: str) -> None:
    """Make member NAME a steward, or a steward a member again.

    Stewards invite, admit and remove. A steward can be made a member by a more senior one only.
    """
    from hearth.community import acts

    wanted = role_named(role)
    with opened(session) as square:
        joined, membership = square.choose()
        member = member_named(session, membership, name)
        if member.person == square.me and member.role is not wanted and role == "member":
            raise UsageError(
                "you lay your own stewardship down yourself", "hearth community leave --stewardship"
            )
        changed = member.role is not wanted
        if changed:
            with square.home.store.batch() as batch, batch.transaction() as tx:
                acts.set_role(square.home, tx, membership, member, wanted, session.now)
                square.commons.settle(tx)
    if session.json:
        _tell_json(session, joined, member, {"role": role, "changed": changed})
        return
    who = called(session, membership, member.person)
    said = "is now" if changed else "is already"
    session.terminal.out(f'"{who}" {said} a {role} {inside(session, joined.name)}')
    if changed:
        session.terminal.note("next: hearth sync tells the others")


@command.command("remove")
@click.argument("name")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@community_option
@json_option
@click.pass_obj
def remove(session: Session, name: str, yes: bool) -> None:
    """Put member NAME out: nothing more is given to any device of theirs.

    What they hold already stays with them, and what they wrote before stays with the others.
    Asks first at a terminal; elsewhere --yes is needed.
    """
    from hearth.community import acts
    from hearth.identity.fingerprint import fingerprint
    from hearth.store.ids import short

    with opened(session) as square:
        home, commons = square.home, square.commons
        joined, membership = square.choose()
        member = member_named(session, membership, name)
        acts.check_senior(home, membership, member)
        who, where = called(session, membership, member.person), inside(session, joined.name)
        confirm(
            session,
            yes,
            f'"{who}" {where}: {short(member.person)}, {fingerprint(member.person)}.',
            "They get nothing new any more. What they hold stays with them, what they wrote so far"
            " stays with you. Only a new ticket brings them back.",
            question=f'Remove "{who}"?',
        )
        with home.store.batch() as batch, batch.transaction() as tx:
            acts.remove(home, tx, commons.membership(joined.id), member, session.now)
            commons.settle(tx)
    if session.json:
        _tell_json(session, joined, member, {"removed": True})
        return
    session.terminal.out(f'removed "{who}" ({short(member.person)}) {where}')
    session.terminal.out("what they hold already stays with them")
    session.terminal.note("next: hearth sync tells the others, who stop serving them then")


def _tell_json(session: Session, joined: Any, member: Member, more: dict[str, Any]) -> None:
    session.terminal.out_json(
        {
            "v": 1,
            "community": community_json(joined),
            "person": member.person.hex(),
            "name": member.name or None,
            **more,
        }
    )
