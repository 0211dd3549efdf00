"""What is known here in a bad week, room by room: for the picture and for the report.

Every section says where it is from and how old that is. What is not real is in none of them but
the last.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from hearth.commands.context import Session

if TYPE_CHECKING:
    from hearth.boards.reading import Boards
    from hearth.boards.sheet import Section
    from hearth.commands.boarding import Opened
    from hearth.commands.communities import Square
    from hearth.commands.marketing import Stall
    from hearth.commands.mustering import Muster
    from hearth.commands.noticing import Board
    from hearth.condition.known import Known
    from hearth.market.board import Line
    from hearth.people.calls import Sheet
    from hearth.people.register import Person

T = TypeVar("T")
UNREAL = ", NOT REAL: "
"""What follows the word for something that is not meant, on every line of it."""
SILENT = 3 * 86_400
"""Seconds after which somebody who was not heard of is named, also without a roll call."""


class Rooms(NamedTuple):
    """All rooms, opened for one run in one community."""

    session: Session
    square: Square
    community: bytes
    known: Known
    notices: Board
    muster: Muster
    opened: Opened
    stall: Stall

    @property
    def boards(self) -> Boards:
        """The board and rehearsals."""
        return self.opened.boards

    def person(self, person: bytes) -> str:
        """A person's name, safe to print."""
        return self.opened.person(self.community, person)

    def name(self) -> str:
        """What the community is called, safe to print."""
        return self.opened.where()


@contextmanager
def entering(session: Session, *, printed: bool = False) -> Iterator[Rooms]:
    """Open them, level with what has come. Needs no key; this machine is looked at, nobody asked
    outside of it. `printed`: for others to read, so this person is called by name and not "you"."""
    from hearth.boards.reading import Boards
    from hearth.commands import conditioning
    from hearth.commands.boarding import Opened
    from hearth.commands.communities import opened
    from hearth.commands.marketing import Stall
    from hearth.commands.mustering import Muster
    from hearth.commands.noticing import Board
    from hearth.corpora.cache import translated
    from hearth.market.market import Market
    from hearth.notices.desk import Desk
    from hearth.people.register import Register

    wanted = session.config.get("emergency.endorsements")
    with ExitStack() as stack:
        square = stack.enter_context(opened(session, read_only=True))
        stack.enter_context(translated())
        home, commons, now = square.home, square.commons, session.now
        known = conditioning.look(session, square, outside=False)
        if printed:
            square = _printed(square)
        desk = stack.enter_context(Desk.open(home, commons, now, wanted))
        register = stack.enter_context(Register.open(home, commons, now))
        boards = stack.enter_context(Boards.open(home, commons, now))
        market = stack.enter_context(Market.open(home, commons, now))
        board = Opened(session, square, boards)
        yield Rooms(
            session, square, board.place(), known, Board(session, square, desk),
            Muster(session, square, register), board, Stall(session, square, market),
        )  # fmt: skip


def _printed(square: Square) -> Square:
    """Communities in which nobody is "you"."""
    from hearth.commands.communities import Square

    class Printed(Square):
        """See above."""

        @property
        def me(self) -> bytes:
            """Nobody."""
            return b""

    return Printed(square.home, square.commons)


def some(lines: Sequence[str], most: int) -> list[str]:
    """At most so many lines, two or more, of which the last says how many more there are."""
    if len(lines) <= most:
        return list(lines)
    return [*lines[: most - 1], f"and {len(lines) - most + 1:,} more"]


def in_turn(items: Iterable[T], author: Callable[[T], object]) -> list[T]:
    """The first of each author, then the second of each, and so on; else in their order. So of a
    list of which only the beginning is shown nobody's flood is all."""
    ranks: dict[object, int] = {}
    ranked = []
    for each in items:
        by = author(each)
        ranks[by] = rank = ranks.get(by, 0) + 1
        ranked.append((rank, each))
    return [each for _, each in sorted(ranked, key=lambda pair: pair[0])]


def section(title: str, lines: Sequence[str], source: str) -> Section:
    """A section of the report."""
    from hearth.boards.sheet import Section

    return Section(title, tuple(lines), source)


# the condition


def clock_doubt(session: Session) -> list[str]:
    """A line where this machine's clock has not been set, and every time below is a guess."""
    from hearth.seen import SANE

    if session.now >= SANE:
        return []
    return ["this machine's clock is not set: do not rely on the times here"]


def condition(rooms: Rooms, most: int) -> Section:
    """The mode and why, what is declared, and the axes."""
    from hearth.commands import conditioning
    from hearth.condition.axes import AXES

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
    from hearth.notices.judging import State

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
        "notices in force", lines or ["none"], f"notices that have come here{_at(rooms, came)}"
    )


def _notice(board: Board, notice: object) -> str:
    from hearth.commands.communities import moment
    from hearth.commands.noticing import chosen, headline
    from hearth.notices.judging import Notice

    assert isinstance(notice, Notice)
    session = board.session
    alert = board.desk.alert(notice)
    info = chosen(session, alert)
    severity = "" if info is None or info.severity == "Unknown" else f"{info.severity}: "
    areas = "" if info is None else ", ".join(each.description for each in info.areas)
    where = f", {session.terminal.clean(' '.join(areas.split()))[:40]}" if areas else ""
    end = moment(notice.until, session.now)
    said = headline(session, alert)
    return f"{severity}{said} ({board.tier(notice)}; until {end}{where})"


def _at(rooms: Rooms, came: int | None) -> str:
    from hearth.commands.layout import ago

    return "" if came is None else f", the latest {ago(rooms.session.now - came)}"


# people


def people(rooms: Rooms, most: int) -> Section:
    """How many are how; who needs help; who is silent; who is looked for."""
    from hearth.commands.mustering import told
    from hearth.people.codes import Group, severity

    muster, place = rooms.muster, rooms.community
    every = list(muster.register.people(place).values())
    count = muster.register.counts(place)
    company = f" (and {count.company} with them)" if count.company else ""
    known = f"{count.safe} safe{company}, {count.needs} need help, {count.unknown} not known"
    lines = [f"{known}, of {len(every)}"]
    needs = [each for each in every if each.group is Group.NEEDS]
    needs.sort(key=lambda each: (not each.own, -severity(each.code or 0), each.at))
    needs = in_turn(needs, lambda each: each.author)
    lines += some([f"NEEDS HELP: {muster.who(e)}: {told(muster, e)}" for e in needs], most)
    doubted = [each for each in every if _is_doubted(each)]
    lines += some([f"IN DOUBT: {muster.who(e)}: {told(muster, e)}" for e in doubted], most)
    for sheet in open_calls(rooms)[:most]:
        lines += _call(rooms, sheet, most)
    lines += silent(rooms, most)
    lines += missing(rooms, most)
    came = max((each.at for each in every if each.code is not None), default=None)
    return section("people", lines, f"check-ins of 48 hours that have come here{_at(rooms, came)}")


def _is_doubted(person: Person) -> bool:
    """Whether somebody counts as safe of whom another said since, not knowing that, that they need
    help; or has denied what others said, and nothing else."""
    from hearth.people.codes import Code, Group, group

    if person.code == Code.DENY:
        return not person.stale
    return person.group is Group.SAFE and any(
        group(each.code) is Group.NEEDS and each.at >= person.at for each in person.others
    )


def open_calls(rooms: Rooms) -> list[Sheet]:
    """Roll calls that are open and meant."""
    from hearth.people.calls import Calls

    calls = Calls(rooms.muster.register)
    found = [each for each in calls.all(rooms.community) if each.open and each.real]
    return [calls.sheet(each) for each in found]


def _call(rooms: Rooms, sheet: Sheet, most: int) -> Iterator[str]:
    from hearth.commands.chatting import stamp

    muster, now = rooms.muster, rooms.session.now
    asked = len(sheet.answered) + len(sheet.silent)
    title = rooms.session.terminal.line(sheet.call.title)
    yield (
        f'roll call "{title}": {len(sheet.answered)} of {asked} answered,'
        f" {len(sheet.silent)} silent"
    )
    ordered = sorted(sheet.silent, key=lambda each: (each.heard or 0, muster.who(each.person)))
    if any(each.person.person == rooms.square.me for each in ordered):
        yield "you have not answered: hearth safe, or hearth emergency check-in"
    names = [
        f"SILENT: {muster.who(each.person)}, "
        + ("never heard of" if each.heard is None else f"last heard {stamp(each.heard, now)}")
        for each in ordered
        if each.person.person != rooms.square.me
    ]
    yield from some(names, most)


def silent(rooms: Rooms, most: int) -> list[str]:
    """Members of whom nothing was heard for days, and whom no open roll call asks."""
    from hearth.commands.layout import ago

    now, members = rooms.session.now, rooms.square.commons.membership(rooms.community).members
    asked = {rooms.square.home.identity.person}
    for sheet in open_calls(rooms):
        asked |= {each.person.person for each in sheet.answered}
        asked |= {each.person.person for each in sheet.silent}
    heard = rooms.muster.register.heard(rooms.community)
    quiet = [
        (heard.get(each, 0), each)
        for each in members
        if each not in asked and now - heard.get(each, 0) > SILENT
    ]
    lines = [
        f"not heard of: {rooms.person(each)}" + (f", last {ago(now - at)}" if at else "")
        for at, each in sorted(quiet)
    ]
    return some(lines, most)


def missing(rooms: Rooms, most: int) -> list[str]:
    """Who is looked for; of children only how many, as paper gets around."""
    from hearth.commands.chatting import stamp
    from hearth.people.lookout import Lookout, State, heard

    line, now = rooms.session.terminal.line, rooms.session.now
    found = [
        e for e in Lookout(rooms.muster.register).all(rooms.community) if e.state is State.OPEN
    ]
    children = sum(each.minor or each.sealed for each in found)
    shown, more = heard([each for each in found if not (each.minor or each.sealed)])
    lines = [
        f"MISSING: {line(each.name)}, since {stamp(each.at, now)}"
        + (f", last: {line(each.place)}" if each.place else "")
        for each in in_turn(shown, lambda each: each.author)
    ]
    lines = some(lines, most)
    if more:
        lines.append(f"and {sum(more.values()):,} more of the same authors")
    if waits := rooms.muster.register.locked():
        lines.append(f"{waits:,} sealed events wait for the key: hearth emergency missing")
    if children:
        lines.append(
            f"MISSING: {children} of whom only stewards are told: hearth emergency missing"
        )
    return lines


# what is needed


def needed(rooms: Rooms, most: int) -> Section:
    """What is lacking most, by the market."""
    from hearth import lanes
    from hearth.market.board import board
    from hearth.market.folding import FOLD
    from hearth.seen import Seen

    last = lanes.latest(rooms.stall.market.connection, FOLD)
    came = None if last is None else Seen(rooms.square.home, rooms.session.now).at(last)
    source = f"market entries that have come here{_at(rooms, came)}"
    found = [e for e in board(rooms.stall.market.reading, rooms.community) if e.lacking]
    lines = some([_need(rooms, each) for each in found], most)
    return section("needed", lines or ["nothing that is known here"], source)


def _need(rooms: Rooms, line: Line) -> str:
    from hearth.market.words import category_name, told

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
    from hearth.boards.words import sort_word

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
    return section("board", lines or ["nothing"], f"reports that have come here{_at(rooms, came)}")


def _site(rooms: Rooms, site: object) -> str:
    from hearth.boards.judging import Site
    from hearth.boards.words import sort_word
    from hearth.commands.boarding import age, state
    from hearth.commands.emergency_board import room

    assert isinstance(site, Site)
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
    from hearth.commands import conditioning
    from hearth.commands.boarding import EXERCISE
    from hearth.people.calls import Calls

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
            lines.append(f'{call.status.name}, NOT REAL: roll call "{title}"')
    return some(lines, most)


SECTIONS: tuple[Callable[[Rooms, int], Section], ...] = (condition, notices, people, needed, sites)
