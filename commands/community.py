"""hearth community: found, list, show and leave communities, and choose the usual one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from hearth.commands.communities import called, community_json, opened, role_of
from hearth.commands.context import Session
from hearth.commands.layout import count
from hearth.commands.leaving import give_up, leave_for_good, step_down
from hearth.commands.options import json_option
from hearth.commands.times import day
from hearth.store.errors import HearthError

if TYPE_CHECKING:
    from hearth.commands.communities import Square
    from hearth.community.commons import Joined
    from hearth.community.membership import Membership


class TakenNameError(HearthError, code="name-taken"):
    """This hearth is in a community of that name already (exit 1)."""


@click.group("community", invoke_without_command=True)
@json_option
@click.pass_context
def command(ctx: click.Context) -> None:
    """Found, list, show and leave communities, and choose the usual one.

    A community is a group of people whose hearths keep the same things. Alone, it lists those of
    this hearth.
    """
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_)


@command.command("list")
@json_option
@click.pass_obj
def list_(session: Session) -> None:
    """List the communities of this hearth, and your role in each."""
    with opened(session, read_only=True) as square:
        data = [_as_json(square, each) for each in square.commons.all()]
    if session.json:
        session.terminal.out_json({"v": 1, "communities": data})
        return
    if not data:
        session.terminal.note("no communities yet")
        session.terminal.note("hearth community create NAME founds one, hearth join TICKET joins")
        return
    rows = [["community", "members", "you", "id", ""]]
    for each in data:
        you = each["role"] if each["state"] == "joined" else each["state"]
        rows.append(
            [
                session.terminal.clean(each["name"]),
                str(each["members"] or "-"),
                you or "-",
                each["id"][:12],
                "default" if each["default"] else "",
            ]
        )
    session.terminal.out(session.terminal.table(rows, right=frozenset([1])))


def _as_json(square: Square, joined: Joined) -> dict[str, Any]:
    membership = square.commons.membership(joined.id)
    return {
        **community_json(joined),
        "state": joined.state.name.lower(),
        "default": joined.default,
        "role": role_of(membership, square.me),
        "members": len(membership.members),
    }


@command.command("create")
@click.argument("name")
@json_option
@click.pass_obj
def create(session: Session, name: str) -> None:
    """Found community NAME, with you as its only member and first steward."""
    from hearth.community import acts
    from hearth.community.commons import State
    from hearth.identity.identity import checked_name

    name = checked_name(name)
    with opened(session) as square:
        home, commons = square.home, square.commons
        with home.store.batch() as batch, batch.transaction() as tx:
            if name in {each.name for each in commons.joined()}:
                raise TakenNameError(
                    f'this hearth is in a community "{name}" already',
                    "hearth community list shows them",
                )
            made = acts.found(home, tx, name, session.now)
            commons.note(tx, made, name, State.JOINED)
        home.store.seal()  # nobody else has it yet: worth a sync
        founded = next(each for each in commons.joined() if each.id == made)
        usual = next(each for each in commons.joined() if each.default)
    if session.json:
        session.terminal.out_json(
            {
                "v": 1,
                "name": founded.name,
                "id": founded.id.hex(),
                "role": "steward",
                "default": founded.default,
            }
        )
        return
    out, clean = session.terminal.out, session.terminal.clean
    out(f'founded "{clean(name)}"  {founded.id.hex()[:12]}')
    out("you are its steward: you invite, admit and remove, and can make others stewards")
    if not founded.default:
        out(f'where none is named, "{clean(usual.name)}" is still meant (hearth community use)')
    session.terminal.note("next: hearth invite")


@command.command("show")
@click.argument("community", required=False, metavar="[NAME]")
@json_option
@click.pass_obj
def show(session: Session, community: str | None) -> None:
    """Show community NAME, or the usual one: who is in it, what is open, what is disputed."""
    with opened(session, read_only=True) as square:
        joined = _any(square, community)
        membership = square.commons.membership(joined.id)
        data = _details(session, square, joined, membership)
    if session.json:
        session.terminal.out_json({"v": 1, **data})
        return
    _show(session, membership, data)


def _any(square: Square, name: str | None) -> Joined:
    """A community that is meant, also one that was left or is only being joined."""
    from hearth.community.commons import NoCommunityError, UnknownCommunityError

    try:
        return square.commons.choose(name)
    except (NoCommunityError, UnknownCommunityError):
        digits = (name or "").lower()
        found = [
            each
            for each in square.commons.all()
            if name == each.name or (len(digits) >= 4 and each.id.hex().startswith(digits))
        ]
        if len(found) != 1:
            raise
        return found[0]


def _details(
    session: Session, square: Square, joined: Joined, membership: Membership
) -> dict[str, Any]:
    from hearth.community.membership import State
    from hearth.kinds import GENESIS
    from hearth.store.header import Lane

    now = max(session.now, membership.log_time)
    log = square.home.store.log
    founding = next(iter(log.events(joined.id, Lane.CONTROL, kind=GENESIS, limit=1)), None)
    return {
        **_as_json(square, joined),
        "stewards": [person.hex() for person in membership.stewards],
        "invitations": sum(each.state(now) is State.OPEN for each in membership.invitations),
        "founded": None if founding is None else founding.header.wall,
        "orphaned": membership.orphaned,
        "contested": [
            {"removal": removal.hex(), "person": person.hex()}
            for removal, person in membership.contested
        ],
        "waiting": len(membership.waiting),
    }


def _show(session: Session, membership: Membership, data: dict[str, Any]) -> None:
    out, clean = session.terminal.out, session.terminal.clean
    mine = data["role"] if data["state"] == "joined" else data["state"]
    usual = " · the one meant where none is named" if data["default"] else ""
    out(f"community    {clean(data['name'])}{usual}")
    out(f"members      {data['members']} (you: {mine})")
    stewards = [called(session, membership, person) for person in membership.stewards]
    out(f"stewards     {', '.join(stewards) or 'nobody'}")
    out(f"invitations  {data['invitations']} open")
    if data["founded"] is not None:
        out(f"founded      {day(data['founded'])}")
    out(f"id           {data['id']}")
    if data["waiting"]:
        out(f"waiting      {count(data['waiting'], 'act')} whose past is not here yet")
    if data["orphaned"]:
        session.terminal.warn(
            "nobody is steward any more: nobody can invite, admit or remove",
            "the way on is a new community: hearth community create NAME",
        )
    for removal, person in membership.contested:
        session.terminal.warn(
            f'removal {removal.hex()[:12]} of "{called(session, membership, person)}" does not'
            " hold: somebody more senior had made them a steward",
            "talk to each other; both still belong",
        )


@command.command("use")
@click.argument("community", metavar="NAME")
@json_option
@click.pass_obj
def use(session: Session, community: str) -> None:
    """Let community NAME be the one that is meant where none is named."""
    with opened(session, signs=False) as square:
        joined = square.commons.choose(community)
        with square.home.store.batch() as batch, batch.transaction() as tx:
            square.commons.use(tx, joined.id)
    if session.json:
        session.terminal.out_json({"v": 1, "community": community_json(joined)})
        return
    session.terminal.out(f'"{session.terminal.clean(joined.name)}" is meant where none is named')


@command.command("leave")
@click.argument("community", required=False, metavar="[NAME]")
@click.option("--stewardship", is_flag=True, help="Stay a member; only stop being a steward.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@json_option
@click.pass_obj
def leave(session: Session, community: str | None, stewardship: bool, yes: bool) -> None:
    """Leave community NAME, or the usual one; or lay only the stewardship down.

    Asks first at a terminal; elsewhere --yes is needed. The last steward of others has to make
    another one first. Whoever has left comes back with a new ticket only.
    """
    from hearth.community.commons import State

    with opened(session) as square:
        joined = _any(square, community)
        if stewardship:
            step_down(session, square, joined, yes)
        elif joined.state is State.JOINED:
            leave_for_good(session, square, joined, yes)
        else:
            give_up(session, square, joined, yes)
