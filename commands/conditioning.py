"""What the verbs share about the condition here: looking once, and telling it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from hearth.commands.context import Session
from hearth.store.errors import HearthError

if TYPE_CHECKING:
    from hearth.commands.communities import Square
    from hearth.community.commons import Commons
    from hearth.condition.declared import Declaration
    from hearth.condition.known import Known
    from hearth.condition.ways import Ways
    from hearth.home import Home

NAMES: Final = {
    "link": "network", "wan": "wide net", "peers": "neighbours", "power": "power",
    "clock": "clock",
}  # fmt: skip


def ways(session: Session) -> Ways:
    """Whom else a person has set to be asked."""
    from hearth import settings
    from hearth.condition import ways

    return ways.ways(session.config.get(settings.PROBES), session.config.get(settings.UPS))


def look(session: Session, square: Square, *, outside: bool = True) -> Known:
    """What is known here: by a look now, or by whoever keeps watch. Runs the hook on a change."""
    from hearth.commands import condition_hook
    from hearth.commands.running import clock
    from hearth.condition import keeping
    from hearth.condition.keeper import keeping_watch
    from hearth.condition.known import known
    from hearth.condition.looking import ask

    home, commons = square.home, square.commons
    with keeping_watch(home, commons, keeping.moment(session.now)) as keeper:
        if keeper is None:
            return known(home, commons, keeping.moment(session.now))
        asked = ask(ways(session), outside=outside)
        found, change = keeper.take(asked, keeping.moment(clock()), at_once=True)
    if change is not None:
        condition_hook.run(session, condition_hook.document(session, commons, found, change))
    return found


def after(session: Session, home: Home, commons: Commons) -> None:
    """After others were met or something was declared: look, and see what is declared. Raises
    nothing that is not a signal; does nothing while `hearth serve` keeps watch."""
    from hearth.commands.communities import Square

    try:
        look(session, Square(session, home, commons), outside=False)
    except (HearthError, OSError) as error:
        from hearth.commands.failures import explain

        why = explain(error).message
        session.terminal.warn(f"the mode could not be brought up to date: {why}")


# telling


def lines(session: Session, commons: Commons, known: Known) -> Iterator[str]:
    """The condition for people."""
    from hearth.condition.axes import AXES

    yield row(session, "mode", mode_text(session, known))
    for each in known.reasons:
        yield row(session, "", session.terminal.line(each))
    yield from declared_lines(session, commons, known)
    for name in AXES:
        value, seen = getattr(known.values, name), getattr(known.seen, name)
        text = f"{value.value}: {known.notes[name]}" if name in known.notes else value.value
        if seen is not value and seen.rank != value.rank:
            text += f" ({seen.value} now; that counts when it lasts)"
        if name in known.unstable:
            text += " (UNSTABLE: the worse is held)"
        yield row(session, NAMES[name], session.terminal.clean(text))
    yield row(session, "looked", looked_text(session, known))


def row(session: Session, name: str, text: str) -> str:
    """A line of the picture, or several."""
    return session.terminal.wrap(text, indent=f"{name:<11}", hanging=" " * 11)


def mode_text(session: Session, known: Known) -> str:
    """The mode, since when."""
    from hearth.commands.times import moment

    since = "" if known.since is None else f" since {moment(known.since, session.now)}"
    return f"{known.mode.value}{since}"


def looked_text(session: Session, known: Known) -> str:
    """How old the look is."""
    from hearth.commands.times import ago

    return "never" if known.looked is None else ago(session.now - known.looked)


def declared_lines(session: Session, commons: Commons, known: Known) -> Iterator[str]:
    """What is declared, the unreal apart and in capitals."""
    from hearth.commands.times import moment

    for each in known.declared:
        yield row(session, "declared", declared_text(session, commons, each))
    for each in known.unreal:
        yield row(session, each.status.name.lower(), declared_text(session, commons, each))
    if known.expired is not None and not known.declared:
        ended = moment(known.expired.until, session.now)
        told = declared_text(session, commons, known.expired, until=False)
        yield row(session, "ended", f"{told} · not renewed, over since {ended}")


def declared_text(
    session: Session,
    commons: Commons,
    each: Declaration,
    *,
    until: bool = True,
    marked: bool = True,
) -> str:
    """A declaration in a line, safe to print; one that is not meant says so first, if `marked`."""
    from hearth.commands.communities import called
    from hearth.commands.times import moment
    from hearth.condition.records import Status, word

    membership = commons.membership(each.community)
    name = called(session, membership, each.person)
    place = session.terminal.clean(membership.name or "home")
    end = f", until {moment(each.until, session.now)}" if until else ""
    why = session.terminal.line(each.reason)
    what = word(each.level, each.status if marked else Status.ACTUAL)
    text = f'{what}, by {name} in "{place}"{end}'
    return f"{text}: {why}" if why else text


def watched_line(session: Session, known: Known) -> str:
    """What is known now in a line, for whoever watches."""
    from hearth.commands.times import stamp

    why = "; ".join(session.terminal.line(each) for each in known.reasons)
    return f"{stamp(session.now, session.now)}  {known.mode.value}" + (f"  {why}" if why else "")


def as_json(session: Session, commons: Commons, known: Known) -> dict[str, Any]:
    """The condition as data: for `--json` and for the hook."""
    from hearth.condition.axes import AXES

    clean = session.terminal.clean
    return {
        "mode": known.mode.value,
        "technical": known.technical.value,
        "since": known.since,
        "looked": known.looked,
        "reasons": [session.terminal.line(each) for each in known.reasons],
        "axes": {
            name: {
                "value": getattr(known.values, name).value,
                "seen": getattr(known.seen, name).value,
                "unstable": name in known.unstable,
                "note": clean(known.notes.get(name, "")),
            }
            for name in AXES
        },
        "percent": known.percent,
        "declared": [_as_json(session, commons, each) for each in known.declared],
        "unreal": [_as_json(session, commons, each) for each in known.unreal],
        "expired": None if known.expired is None else _as_json(session, commons, known.expired),
    }


def _as_json(session: Session, commons: Commons, each: Declaration) -> dict[str, Any]:
    from hearth.commands.communities import called

    membership = commons.membership(each.community)
    clean = session.terminal.clean
    return {
        "id": each.id.hex(),
        "community": {"id": each.community.hex(), "name": clean(membership.name)},
        "level": each.level.name.lower(),
        "status": each.status.name.lower(),
        "person": each.person.hex(),
        "name": called(session, membership, each.person),
        "reason": session.terminal.line(each.reason),
        "time": each.wall,
        "came": each.came,
        "until": each.until,
    }
