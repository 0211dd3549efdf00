"""What is known here in a bad week, room by room: for the picture and for the report.

Every section says where it is from and how old that is. What is not real is in none of them but
the last.
"""

from __future__ import annotations

from collections.abc import Callable

from hearth import lanes
from hearth.boards.judging import Site
from hearth.boards.sheet import Section
from hearth.boards.words import sort_word
from hearth.commands import conditioning
from hearth.commands.boarding import EXERCISE, age, state
from hearth.commands.context import Session
from hearth.commands.emergency_board_lines import room
from hearth.commands.emergency_known_people import people
from hearth.commands.emergency_rooms import Rooms, latest, section, some
from hearth.commands.noticing import Board, chosen, headline, unreal
from hearth.commands.times import moment
from hearth.condition.axes import AXES
from hearth.market.board import Line, board
from hearth.market.folding import FOLD
from hearth.market.words import category_name, told
from hearth.notices.judging import Notice, State
from hearth.people.calls import Calls
from hearth.seen import SANE, Seen

UNREAL = ", NOT REAL: "
"""What follows the word for something that is not meant, on every line of it."""


# the condition


def clock_doubt(session: Session) -> list[str]:
    """A line where this machine's clock has not been set, and every time below is a guess."""
    if session.now >= SANE:
        return []
    return ["this machine's clock is not set: do not rely on the times here"]


def condition(rooms: Rooms, most: int) -> Section:
    """The mode and why, what is declared, and the axes."""
    session, known = rooms.session, rooms.known
    lines = [conditioning.mode_text(session, known), *clock_doubt(session)]
    lines += [session.terminal.line(each) for each in known.reasons]
    declared = [
        "declared: " + conditioning.declared_text(session, rooms.square.commons, each)
        for each in known.declared
    ]
    lines += some(declared, most)
    axes = ", ".join(
        f"{conditioning.NAMES[name]} {getattr(known.values, name).value}" for name in AXES
    )
    looked = conditioning.looked_text(session, known)
    return section("mode", [*lines, axes], f"this machine, looked at {looked}")


# notices


def notices(rooms: Rooms, most: int) -> Section:
    """Notices in force, and the latest that have ended."""
    from hearth.notices.desk import heard

    board, now = rooms.notices, rooms.session.now
    found = [
        each
        for place in board.places()
        for each in board.desk.notices(place, every=False)
        if each.real and each.is_shown(now)
    ]
    force = [each for each in found if each.state is State.FORCE]
    shown, more = heard(force)
    lines = some([_notice(board, each) for each in shown], most)
    if more:
        lines.append(f"and {sum(more.values()):,} more of the same authors")
    if len(found) > len(force):
        lines.append(f"{len(found) - len(force)} ended in the last two days")
    came = max((board.desk.came(each.first) for each in found), default=None)
    return section(
        "notices in force", lines or ["none"], f"notices that have come here{latest(rooms, came)}"
    )


def _notice(board: Board, notice: Notice) -> str:
    session = board.session
    alert = board.desk.alert(notice)
    info = chosen(session, alert)
    severity = "" if info is None or info.severity == "Unknown" else f"{info.severity}: "
    areas = "" if info is None else ", ".join(each.description for each in info.areas)
    where = f", {session.terminal.clean(' '.join(areas.split()))[:40]}" if areas else ""
    end = moment(notice.until, session.now)
    said = headline(session, alert)
    return f"{severity}{said} ({board.tier(notice)}; until {end}{where})"


# what is needed


def needed(rooms: Rooms, most: int) -> Section:
    """What is lacking most, by the market."""
    last = lanes.latest(rooms.stall.market.connection, FOLD)
    came = None if last is None else Seen(rooms.square.home, rooms.session.now).at(last)
    source = f"market entries that have come here{latest(rooms, came)}"
    found = [e for e in board(rooms.stall.market.reading, rooms.community) if e.lacking]
    lines = some([_need(rooms, each) for each in found], most)
    return section("needed", lines or ["nothing that is known here"], source)


def _need(rooms: Rooms, line: Line) -> str:
    place = f" in {rooms.session.terminal.clean(line.place)}" if line.place else ""
    urgent = "URGENT: " if line.urgent else ""
    delivered = f", {told(line.delivered, line.unit)} delivered" if line.delivered else ""
    return (
        f"{urgent}{category_name(line.category)}{place}: {told(line.lacking, line.unit)} lacking"
        f" of {told(line.need, line.unit)}{delivered}"
    )


# the board


def sites(rooms: Rooms, most: int) -> Section:
    """Shelters and the like: what is known to be in use first, the unknown by name."""
    from hearth.boards.judging import heard

    now = rooms.session.now
    real = [each for each in rooms.boards.sites(rooms.community) if not each.exercise]
    shown, more = heard(real, rooms.boards.stewards(rooms.community))
    fresh = [each for each in shown if each.state(now) is not None]
    stale = [each for each in shown if each.state(now) is None]
    clean = rooms.session.terminal.clean
    lines = some([_site(rooms, each) for each in fresh], most)
    names = some([f"{sort_word(each.sort)} {clean(each.name)}" for each in stale], most + 1)
    if names:
        lines.append(f"unknown for more than 6 hours: {', '.join(names)}")
    if more:
        lines.append(f"and {sum(more.values()):,} more of the same authors")
    came = max((each.last.at or each.last.came for each in real), default=None)
    source = f"reports that have come here{latest(rooms, came)}"
    return section("board", lines or ["nothing"], source)


def _site(rooms: Rooms, site: Site) -> str:
    now, clean = rooms.session.now, rooms.session.terminal.clean
    parts = [
        state(site, now),
        room(site, now),
        f"{age(site.last, now)}, {rooms.person(site.last.person)}",
    ]
    said = ", ".join(each for each in parts if each)
    where = f" ({clean(site.place)})" if site.place else ""
    return f"{sort_word(site.sort)} {clean(site.name)}{where}: {said}"


# what is not real


def exercises(rooms: Rooms, most: int) -> list[str]:
    """What goes on as an exercise, each line saying so."""
    session, now = rooms.session, rooms.session.now
    lines = [
        conditioning.declared_text(session, rooms.square.commons, each)
        for each in rooms.known.unreal
    ]
    for each in rooms.boards.drills(rooms.community):
        if each.is_running(now):
            text = session.terminal.clean(each.start.record.text or "")
            lines.append(f'{EXERCISE}rehearsal "{text}": hearth emergency drill')
    for call in Calls(rooms.muster.register).all(rooms.community):
        if call.open and not call.real:
            title = session.terminal.line(call.title)
            lines.append(f'{unreal(call.status.name)}roll call "{title}"')
    return some(lines, most)


SECTIONS: tuple[Callable[[Rooms, int], Section], ...] = (condition, notices, people, needed, sites)
