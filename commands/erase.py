"""hearth erase: destroy what is here, and say what others still hold."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hearth.commands.agreeing import confirm, confirm_in_words
from hearth.commands.chatting import talking
from hearth.commands.context import Session, home_path
from hearth.commands.layout import count, size, size as sized
from hearth.commands.options import community_option, json_option
from hearth.commands.show import find
from hearth.store.errors import Exit, HearthError, LockedError, NotFoundError, UsageError

if TYPE_CHECKING:
    from hearth.chat.shapes import Conversation
    from hearth.commands.chatting import Room
    from hearth.erasing import Destroyed, Gone
    from hearth.store.event import Event

WORDS = "erase everything"


@click.command("erase")
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option("--chat", "who", metavar="WHO", help="Every message of one conversation.")
@click.option("--here", is_flag=True, help="Only here: ask nobody else. Needs no key.")
@click.option("--everything", is_flag=True, help="The whole hearth: keys, events, documents.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@community_option
@json_option
@click.pass_obj
def command(
    session: Session, ids: tuple[str, ...], who: str | None, here: bool, everything: bool, yes: bool
) -> Exit:
    """Destroy what is said here, and tell what others still hold.

    ID is an event or an object, whole or by its first digits. Of what you wrote, others are
    asked to erase theirs with the next sync; of what others wrote, only the copy here is destroyed.
    So it is of everything with --here, and once that is done nobody can be asked any more.
    That there was something stays known. Nothing that is destroyed comes back, but from a backup.
    """
    if sum((bool(ids), who is not None, everything)) != 1:
        raise UsageError("say what: ID..., --chat WHO or --everything, and one of them")
    if everything and here:
        raise UsageError("--everything destroys what is here, and asks nobody: leave --here out")
    if everything:
        return _everything(session, yes)
    with talking(session, writes=False) as room:
        if who is not None:
            conversation: Conversation | None = room.find(who)
            events, objects = _of_chat(room, conversation), list[bytes]()
        else:
            conversation = None
            events, objects = _of_ids(room, ids)
        _agree(session, room, events, objects, conversation, yes)
        done = _erase(session, room, events, objects, here=here)
        return _tell(session, room, done)


# what is meant


def _of_chat(room: Room, conversation: Any) -> list[Event]:
    return [event for id in room.talk.ids(conversation) for event in _worded(room, id)]


def _worded(room: Room, id: bytes) -> list[Event]:
    """A message and its edits, as far as their words are here."""
    log = room.square.home.store.log
    ids = dict.fromkeys((id, *(each.event for each in room.talk.history(id))))
    found = [log.get(each) for each in ids]
    return [event for event in found if not event.erased]


def _of_ids(room: Room, ids: tuple[str, ...]) -> tuple[list[Event], list[bytes]]:
    from hearth import kinds
    from hearth.erasing import check, check_object, unnamed

    home = room.square.home
    events: dict[bytes, Event] = {}
    objects: list[bytes] = []
    for text in ids:
        event, id = find(home, text)
        if event is None:
            check_object(home.store, id)
            objects.append(id)
            continue
        check([event])
        if event.erased:  # but not what only it named, if that was cut off
            objects += unnamed(home.store, event.header.refs)
        else:
            events[event.id] = event
        if event.header.kind == kinds.MESSAGE:
            events |= {each.id: each for each in _worded(room, event.id)}
    return list(events.values()), objects


def _agree(
    session: Session,
    room: Room,
    events: list[Event],
    objects: list[bytes],
    conversation: Conversation | None,
    yes: bool,
) -> None:
    what = [count(len(events), "event")] * bool(events)
    what += [count(len(objects), "object")] * bool(objects)
    where = "" if conversation is None else f" with {room.title(conversation)}"
    if not what:
        raise NotFoundError(f"nothing is left here to erase{where}")
    confirm(
        session,
        yes,
        "What is erased here is gone from this machine, and comes back from no other.",
        question=f"Erase {' and '.join(what)}{where}?",
    )


# doing it


def _erase(
    session: Session, room: Room, events: list[Event], objects: list[bytes], *, here: bool
) -> Destroyed:
    from hearth.identity.keyfile import KeyLockedError

    try:
        with session.terminal.waiting(lambda: _whom(room)):
            return _erase_all(session, room, events, objects, here=here)
    except KeyLockedError as error:
        hint = "or erase only what is here, and ask nobody else: --here"
        raise KeyLockedError(error.message, *error.hints, hint) from error


def _whom(room: Room) -> str:
    """Whom it may take to read on in cache.db, where the words are."""
    from hearth.corpora.cache import readers

    who = readers(room.square.home.cache_path)
    return f"waiting for {who}, reading in cache.db" if who else ""


def _erase_all(
    session: Session, room: Room, events: list[Event], objects: list[bytes], *, here: bool
) -> Destroyed:
    from hearth import erasing
    from hearth.retention import forget
    from hearth.store.header import Lane

    home, talk = room.square.home, room.talk
    done = erasing.erase(home, room.square.commons, events, objects, session.now, here=here)
    talk.update(session.now)  # takes away what this device has asked to be erased
    documents = [each.id for each in events if each.header.lane == Lane.CORPUS]
    asked = {each.event.id for each in done.events if each.asked}
    messages = [
        each.id for each in events if each.header.lane == Lane.CHAT and each.id not in asked
    ]
    others = [each.id for each in events if each.header.lane in (Lane.EMERGENCY, Lane.MARKET)]
    try:
        forget(home, documents, messages, others)
    except LockedError:  # as somebody reads: what is left of the words is the journal's
        return done._replace(complete=False)
    return done


# saying it


def _tell(session: Session, room: Room, done: Destroyed) -> Exit:
    if session.json:
        session.terminal.out_json(
            {
                "v": 1,
                "events": [_as_json(each) for each in done.events],
                "objects": done.objects,
                "freed": done.freed,
                "complete": done.complete,
            }
        )
        return Exit.OK if done.complete else Exit.WARNINGS
    out = session.terminal.out
    for line in _lines(room, done):
        out(line)
    if not done.complete:
        from hearth.corpora.cache import readers

        who = readers(room.square.home.cache_path) or "something else"
        session.terminal.warn(
            f"some of it still has to be overwritten, as {who} is reading here",
            "the next command that writes does so; hearth gc says whether it is done",
        )
        return Exit.WARNINGS
    return Exit.OK


def _lines(room: Room, done: Destroyed) -> list[str]:
    lines = []
    if done.events:
        mine = sum(each.mine for each in done.events)
        whose = f", {mine} of them yours" if 0 < mine < len(done.events) else ""
        lines.append(f"erased     the words of {count(len(done.events), 'event')} here{whose}")
    if done.objects:
        lines.append(
            f"erased     {count(done.objects, 'object')} here, {size(done.freed)} given back"
        )
    asked = sum(each.asked for each in done.events)
    if asked:
        lines.append(f"asked      others to erase {asked} of them, with the next sync")
    for text in _holding(room, done.events):
        lines.append(f"others     {text}")
    lines.append("stays      that there was something, by whom and when; and what backups hold")
    return lines


def _holding(room: Room, events: list[Gone]) -> list[str]:
    """Who holds what, as far as that is signed; and where it is not, that it is not known."""
    lines, holders = [], Counter[tuple[bytes, bytes]]()
    for each in events:
        community = each.event.header.community
        holders.update((community, holder.device) for holder in each.held_by or ())
    if holders:
        names = [room.device(*whose) for whose, _ in holders.most_common()]
        shown = ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")
        verb = "holds" if len(names) == 1 else "hold"
        lines.append(f"{count(len(names), 'other device')} {verb} it, as signed: {shown}")
    if any(each.held_by == [] for each in events):
        alone = all(
            each.event.header.community == room.square.home.community
            for each in events
            if each.held_by == []
        )
        what = "nobody: it was never sent" if alone else "of some" if holders else ""
        lines.append(
            what if alone else f"nobody has signed to hold {what or 'it'}; that is no proof"
        )
    if any(each.held_by is None for each in events):
        lines.append("who holds copies is not known: only what is chat is signed for")
    return lines


def _as_json(gone: Gone) -> dict[str, Any]:
    held = gone.held_by
    return {
        "id": gone.event.id.hex(),
        "mine": gone.mine,
        "asked": gone.asked,
        "held_by": None
        if held is None
        else [
            {"device": each.device.hex(), "person": each.person.hex(), "name": each.name or None}
            for each in held
        ],
    }


# everything


def _everything(session: Session, yes: bool) -> Exit:
    from hearth.erasing import destroy
    from hearth.store.disk import Disk

    path = home_path(session)
    told = _communities(session, path)
    confirm_in_words(
        session,
        yes,
        f"This destroys the hearth at {path} for good.",
        "Leave your communities first (hearth community leave), or nobody will know.",
        words=WORDS,
    )
    with session.terminal.progress("overwriting", unit="bytes") as progress:
        size = destroy(Disk(), path, progress.advance)
    if session.json:
        communities = [{"name": name, "members": members} for name, members in told]
        session.terminal.out_json(
            {"v": 1, "path": str(path), "bytes": size, "communities": communities}
        )
        return Exit.OK
    clean, out = session.terminal.clean, session.terminal.out
    out(f"destroyed  {clean(str(path))}: keys, events, documents ({sized(size)} overwritten)")
    for name, members in told:
        if members > 1:
            others = count(members - 1, "other member")
            out(f"others     what you said in {clean(name)} stays with its {others}")
    out("stays      backups, exports, and what this disk may keep of what was overwritten")
    return Exit.OK


def _communities(session: Session, path: Path) -> list[tuple[str, int]]:
    from hearth.overview import overview

    try:
        seen = overview(path, 0, session.now)
    except (HearthError, OSError):  # damaged, or half destroyed
        return []
    return [(each.name, each.members) for each in seen.communities]
