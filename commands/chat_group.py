"""hearth chat group: groups of some members, of which the others read nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from hearth.commands.chat_data import where_json
from hearth.commands.chatting import talking
from hearth.commands.communities import member_named
from hearth.commands.context import Session
from hearth.commands.options import community_option, json_option, null_option
from hearth.store.errors import UsageError

if TYPE_CHECKING:
    from hearth.chat.shapes import Conversation, Sent
    from hearth.commands.chat_room import Room


@click.group("group", invoke_without_command=True, short_help="Make groups, show and change them.")
@community_option
@json_option
@click.pass_context
def group(ctx: click.Context) -> None:
    """Make groups of some members, show them, and change who is in. Alone, it lists them.

    Everybody in a group may add and remove. Whoever is added reads what is written from then on;
    whoever is removed reads nothing that is written by those who know of it.
    """
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_)


@group.command("create")
@click.argument("name")
@click.argument("who", nargs=-1, required=True, metavar="WHO...")
@community_option
@json_option
@click.pass_obj
def create(session: Session, name: str, who: tuple[str, ...]) -> None:
    """Make a group NAME of these members and yourself."""
    with talking(session, writes=True) as room:
        community = room.square.commons.choose(session.community).id
        persons = _persons(room, community, who)
        _check_new(room, community, name)
        made = room.talk.create_group(name, persons, session.now, community)
        _tell(room, made, f"made: {_names(room, made)}", None)


def _check_new(room: Room, community: bytes, name: str, but: Conversation | None = None) -> None:
    """Refuse a second group of a name, or a member's: neither could be called by it."""
    from shlex import quote

    from hearth.chat.errors import GroupExistsError
    from hearth.community.naming import alike

    for member in room.membership(community).members.values():
        if alike(member.name) == alike(name):
            raise GroupExistsError(f'"{member.name}" is a member', "give the group another name")
    for each in room.talk.conversations():
        there = each.kind == "group" and each.community == community and not each.left
        if there and each.where != (but and but.where) and alike(each.name) == alike(name):
            raise GroupExistsError(
                f'you are in a group "{each.name}" already',
                f"hearth chat group add {quote(each.name)} WHO takes others in",
            )


@group.command("list")
@null_option
@community_option
@json_option
@click.pass_obj
def list_(session: Session, null: bool) -> None:
    """List groups, and who is in them."""
    from hearth.store.ids import short

    with talking(session) as room:
        every = room.talk.conversations()
        found = [each for each in every if each.kind == "group" and room.meant(each)]
        if session.json:
            data = [_as_json(room, each) for each in found]
            session.terminal.out_json({"v": 1, "groups": data})
        elif null:
            session.terminal.out_ids(each.key for each in found)
        elif found:
            rows = [["group", "members", "id", ""]]
            for each in found:
                left = "left" if each.left else ""
                members = str(len(each.members))
                rows.append([room.title(each), members, short(each.key), left])
            session.terminal.out(session.terminal.table(rows, right=frozenset([1])))
        else:
            session.terminal.note("no groups yet; hearth chat group create NAME WHO... makes one")


@group.command("show")
@click.argument("name")
@community_option
@json_option
@click.pass_obj
def show(session: Session, name: str) -> None:
    """Show who is in group NAME."""
    with talking(session) as room:
        found = _group(room, name)
        if session.json:
            session.terminal.out_json({"v": 1, **_as_json(room, found)})
            return
        out, clean = session.terminal.out, session.terminal.clean
        out(f"group      {clean(found.name)}")
        out(f"community  {clean(room.place(found.community))}")
        out(f"id         {found.key.hex()}")
        label = "members  "
        for person in found.members:
            out(f"{label}  {room.person(found.community, person)}  {person.hex()[:12]}")
            label = " " * len(label)
        if found.left:
            out("you are not in it any more")


@group.command("add", short_help="Take members into a group.")
@click.argument("name")
@click.argument("who", nargs=-1, required=True, metavar="WHO...")
@community_option
@json_option
@click.pass_obj
def add(session: Session, name: str, who: tuple[str, ...]) -> None:
    """Take members into group NAME: they read what is written from now on."""
    _change(session, name, "add", who)


@group.command("remove", short_help="Put members out of a group.")
@click.argument("name")
@click.argument("who", nargs=-1, required=True, metavar="WHO...")
@community_option
@json_option
@click.pass_obj
def remove(session: Session, name: str, who: tuple[str, ...]) -> None:
    """Put members out of group NAME: what is written from now on is not sealed to them.

    What they hold stays with them; and who has not heard of it yet still seals to them.
    """
    _change(session, name, "remove", who)


@group.command("leave")
@click.argument("name")
@community_option
@json_option
@click.pass_obj
def leave(session: Session, name: str) -> None:
    """Leave group NAME."""
    with talking(session, writes=True) as room:
        found = _group(room, name)
        sent = room.talk.leave(found, session.now)
        _tell(room, room.talk.at(found.where), "left", sent, found.name)


@group.command("rename", short_help="Call a group something else.")
@click.argument("name")
@click.argument("new")
@community_option
@json_option
@click.pass_obj
def rename(session: Session, name: str, new: str) -> None:
    """Call group NAME something else, NEW, for everybody in it."""
    with talking(session, writes=True) as room:
        found = _group(room, name)
        _check_new(room, found.community, new, but=found)
        sent = room.talk.rename(found, new, session.now)
        was = session.terminal.clean(found.name)
        _tell(room, room.talk.at(found.where), f'was "{was}" until now', sent)


def _change(session: Session, name: str, verb: str, who: tuple[str, ...]) -> None:
    with talking(session, writes=True) as room:
        found = _group(room, name)
        persons = _persons(room, found.community, who)
        if verb == "add" and not found.left and {*persons} <= {*found.members}:
            _nothing(room, found, len({*persons}))
            return
        sent = getattr(room.talk, verb)(found, persons, session.now)
        after = room.talk.at(found.where)
        _tell(room, after, f"now {_names(room, after)}", sent)


def _nothing(room: Room, found: Conversation, count: int) -> None:
    """Say that there was nothing to be done: they are in the group."""
    session = room.session
    if session.json:
        session.terminal.out_json({"v": 1, **_as_json(room, found), "lacking": []})
        return
    who = "they are" if count > 1 else "that member is"
    name, place = map(session.terminal.clean, (found.name, room.place(found.community)))
    session.terminal.out(f'group "{name}" (in "{place}"): nothing to do, {who} in it already')


def _group(room: Room, name: str) -> Conversation:
    found = room.find(name)
    if found.kind != "group":
        raise UsageError(f'"{name}" is a {found.kind}, not a group', "hearth chat group lists them")
    return found


def _persons(room: Room, community: bytes, who: tuple[str, ...]) -> list[bytes]:
    membership = room.membership(community)
    return [member_named(room.session, membership, each).person for each in who]


def _names(room: Room, found: Conversation) -> str:
    names = [room.person(found.community, each) for each in found.members]
    return ", ".join(sorted(names, key=lambda each: (each == "you", each.casefold())))


def _tell(
    room: Room, found: Conversation, done: str, sent: Sent | None, name: str | None = None
) -> None:
    session = room.session
    lacking = () if sent is None else sent.lacking
    if session.json:
        data = {**_as_json(room, found), "lacking": [each.hex() for each in lacking]}
        session.terminal.out_json({"v": 1, **data})
        return
    clean = session.terminal.clean
    place = clean(room.place(found.community))
    session.terminal.out(f'group "{clean(name or found.name)}" (in "{place}"): {done}')
    if lacking:
        devices = ", ".join(room.device(found.community, each) for each in lacking)
        session.terminal.note(f"{devices} cannot be told: nothing of them has come here yet")
    session.terminal.note("next: hearth sync tells the others")


def _as_json(room: Room, found: Conversation) -> dict[str, Any]:
    membership = room.membership(found.community)
    members = [
        {
            "person": each.hex(),
            "name": membership.members[each].name or None if each in membership.members else None,
        }
        for each in found.members
    ]
    return {**where_json(found, found.name), "members": members, "left": found.left}
