"""`hearth status`: who, where, how much, what is waiting."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from hearth.commands.context import Session, home_path
from hearth.commands.layout import count, size
from hearth.commands.options import json_option
from hearth.commands.times import ago, moment

if TYPE_CHECKING:
    from hearth.chat.glance import Waiting
    from hearth.condition.glance import Glance
    from hearth.overview import Commune, Meant, Overview
    from hearth.people.glance import Concern

_OLD = 3600
"""Seconds after which a look is old."""


@click.command("status")
@json_option
@click.pass_obj
def command(session: Session) -> None:
    """Show who this hearth is, where it lies, how much it holds and what is waiting."""
    show(session)


def show(session: Session) -> None:
    """Print the picture, as text or JSON."""
    from hearth.overview import overview

    seen = overview(home_path(session), session.config.get("store.budget"), session.now)
    people = [] if seen.quiet else _concerns(session)
    if session.json:
        told = [each._asdict() | {"community": each.community.hex()} for each, _ in people]
        document = {**_data(seen), "people": told, "key": _key(session, seen)}
        session.terminal.out_json(document)
    else:
        _print(session, seen, people)


def _concerns(session: Session) -> list[tuple[Concern, str]]:
    """Who needs help, and who asks, each with the option that names the community; read where that
    may be, as it takes as long as the rest."""
    from hearth.commands.communities import opened
    from hearth.people.glance import concerns

    with opened(session, read_only=True) as square:
        found = concerns(square.home, square.commons, session.now)
        return [(each, square.option(each.community)) for each in found]


def _print(session: Session, seen: Overview, people: list[tuple[Concern, str]]) -> None:
    out, clean = session.terminal.out, session.terminal.clean

    def tell(label: str, text: str) -> None:
        out(session.terminal.wrap(text, indent=f"{label:<11}", hanging=" " * 11))

    name = session.terminal.style(f'"{clean(seen.name)}"', "bold")
    out(f"hearth {name} · {_community(session, seen)}")
    if seen.communities or seen.peers:
        tell("last sync", _met(session, seen))
    out(f"where      {clean(str(seen.path))}")
    room = f"{size(seen.bytes_used)}, {size(seen.bytes_free)} free"
    if seen.budget:  # which what can be made anew does not count against
        room = f"{size(seen.counted)} of {size(seen.budget)}, {size(seen.bytes_used)} on disk"
    tell("store", f"{room} · {count(seen.events, 'event')}")
    tell("knows", _knowledge(seen))
    meant = seen.meaning and _meaning(session, seen.meaning)
    if meant:
        tell("meaning", meant)
    if seen.unread:
        tell("unread", f"{count(seen.unread, 'message')}: hearth chat read")
    for each in seen.outstanding:
        tell("waiting", _message(session, each))
    tell("waiting", _waiting(seen))
    tell("mode", _mode(session, seen.mode))
    for concern, where in people:
        if concern.needs:
            help = session.terminal.style(f"{concern.needs} NEED HELP", "bold", "red")
            tell("people", f"{help}: hearth emergency{where}")
        if concern.asked is not None:
            title = session.terminal.line(concern.asked)
            other = f"hearth emergency check-in{where}"
            tell("asked", f'"{title}", how are you: hearth safe{where}, or {other}')
    out()
    out("hearth ask …         hearth chat         hearth market        hearth emergency")
    out("hearth sync          hearth add …        hearth help          hearth doctor")


def _community(session: Session, seen: Overview) -> str:
    """The community that is meant where none is named, and what this person is in it."""
    default = next((each for each in seen.communities if each.default), None)
    if default is None:
        return "community home (only you)"
    role = "steward" if default.steward else "member"
    more = len(seen.communities) - 1
    others = f" + {more} more" if more else ""
    who = f"{count(default.members, 'member')}, you: {role}"
    return f"community {session.terminal.clean(default.name)} ({who}){others}"


def _met(session: Session, seen: Overview) -> str:
    if seen.met is None:
        return "never over a network: hearth sync looks for others; hearth sync FOLDER is a stick"
    met = f"{ago(session.now - seen.met.at)} with {session.terminal.clean(seen.met.name)}"
    silent = f" · {seen.silent} of {seen.peers} not reached for 3 days" if seen.silent else ""
    return f"{met} ({seen.met.way}){silent}"


def _message(session: Session, waiting: Waiting) -> str:
    """Messages that have not arrived, as far as is known here."""
    clean = session.terminal.clean
    what = f"{count(waiting.messages, 'message')} for {clean(waiting.name)}"
    if waiting.by is None:
        return f"{what}, not met since"
    since = "" if waiting.since is None else f" since {moment(waiting.since, session.now)}"
    return f"{what}, carried by {clean(waiting.by)}{since}"


def _mode(session: Session, mode: Glance | None) -> str:
    """The mode here, and how old that is if it is old."""
    if mode is None:
        return "not looked at yet: hearth emergency status"
    style = {"normal": (), "emergency": ("bold", "red")}.get(mode.mode, ("bold",))
    text = session.terminal.style(mode.mode, *style)
    if mode.mode != "normal" and mode.since is not None:
        text += f" since {moment(mode.since, session.now)}"
    if mode.mode != "normal" and mode.reasons:
        text += f" · {session.terminal.line(mode.reasons[0])}"
    if mode.looked is not None and session.now - mode.looked > _OLD:
        text += f" · looked {ago(session.now - mode.looked)}"
    if mode.unreal:
        text += f" · {count(mode.unreal, 'exercise')}, not real"
    return text


def _waiting(seen: Overview) -> str:
    parts = []
    if seen.waiting:
        parts.append(f"{count(seen.waiting, 'event')} for the next sync")
    if seen.to_come:
        parts.append(f"{count(seen.to_come, 'document')} to be fetched: hearth sync")
    if seen.asked:
        parts.append(f"{count(seen.asked, 'object')} asked for with hearth get")
    if seen.wanted:
        parts.append(f"{count(seen.wanted, 'damaged object')} to be healed: hearth fsck")
    return ", ".join(parts) or ("nothing else" if seen.outstanding else "nothing")


def _knowledge(seen: Overview) -> str:
    if not seen.corpora:
        return "the built-in guide"
    documents = count(sum(seen.corpora.values()), "document")
    corpora = count(len(seen.corpora), "corpus", "corpora")
    return f"the built-in guide + {corpora} ({documents})"


def _meaning(session: Session, meant: Meant) -> str:
    """How far finding by meaning is prepared: in the documents, or else in the guide."""
    where, found = "", meant
    if not meant.passages:
        where, found = " of the guide", _guide_meaning(session, meant.busy) or meant
    if not found.passages:
        return ""
    if found.having >= found.passages:
        return f"all {found.passages:,} passages{where} are found by meaning, too"
    now = "being made now" if found.busy else "hearth reindex --vectors makes the rest"
    return f"{found.having:,} of {found.passages:,} passages{where} are found by meaning; {now}"


def _guide_meaning(session: Session, busy: bool) -> Meant | None:
    from hearth.ask.sources import GUIDE_FILE
    from hearth.commands.asking import cache_dir
    from hearth.overview import guide_meaning

    folder = cache_dir(session)
    return None if folder is None else guide_meaning(folder / GUIDE_FILE, busy=busy)


def _data(seen: Overview) -> dict[str, object]:
    return {
        "v": 1,
        "name": seen.name,
        "path": str(seen.path),
        "person": seen.person.hex(),
        "device": seen.device.hex(),
        "community": _meant(seen),
        "home": seen.community.hex(),
        "communities": [_commune(each) for each in seen.communities],
        "met": None if seen.met is None else seen.met._asdict(),
        "peers": {"known": seen.peers, "silent": seen.silent},
        "waiting": seen.waiting,
        "to_come": seen.to_come,
        "asked": seen.asked,
        "unread": seen.unread,
        "outstanding": [
            {"name": name, "messages": number, "carried_by": by, "since": since}
            for name, number, by, since in seen.outstanding
        ],
        "bytes": {
            "used": seen.bytes_used,
            "free": seen.bytes_free,
            "budget": seen.budget or None,
            "counted": seen.counted,
        },
        "events": seen.events,
        "objects": seen.objects,
        "wanted": seen.wanted,
        "meaning": None if seen.meaning is None else seen.meaning._asdict(),
        "mode": None if seen.mode is None else seen.mode._asdict(),
        "corpora": [
            {"name": name, "documents": documents} for name, documents in seen.corpora.items()
        ],
    }


def _key(session: Session, seen: Overview) -> dict[str, object]:
    """How the person's key is protected (null: it cannot be looked at), and what opens it."""
    from hearth.commands.key import unlock_json
    from hearth.identity import identity, keyfile, unlock
    from hearth.store.errors import HearthError

    sealed: bool | None
    try:
        sealed = keyfile.read_key(seen.path / identity.KEYS / "person.key", "person").sealed
    except (HearthError, OSError):
        sealed = None
    return {"sealed": sealed, "unlock": unlock_json(unlock.chosen(session.config))}


def _meant(seen: Overview) -> dict[str, object]:
    default = next((each for each in seen.communities if each.default), None)
    if default is None:
        return {"id": seen.community.hex(), "name": "home", "members": 1}
    return _commune(default)


def _commune(commune: Commune) -> dict[str, object]:
    return {
        "id": commune.id.hex(),
        "name": commune.name,
        "members": commune.members,
        "steward": commune.steward,
        "default": commune.default,
    }
