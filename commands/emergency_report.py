"""hearth emergency report: what is known here, on one page, with sources and ages."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import click

from hearth import lanes
from hearth.boards import sheet
from hearth.boards.sheet import Report, Section
from hearth.commands.context import Session
from hearth.commands.new_files import refuse_terminal, write_out
from hearth.commands.options import community_option, json_option, time_option
from hearth.commands.times import ago, span
from hearth.mesh import contact
from hearth.mesh.peers import Peers
from hearth.seen import Seen
from hearth.store.errors import UsageError
from hearth.sync.carriers.pdf import lacking

if TYPE_CHECKING:
    from hearth.commands.emergency_rooms import Rooms

_NAMES = {
    "notices": "about notices", "people": "about people", "boards": "for the board",
    "market": "in the market", "declared": "about the mode",
}  # fmt: skip


@click.command("report")
@time_option("--period", default="12h", help="What came in so long: 12h unless said.")
@click.option("--format", "form", type=click.Choice(["txt", "html", "pdf"]), default="txt",
              help="As what: txt unless said.")  # fmt: skip
@click.option("--out", metavar="FILE", help="Where to: standard output unless said.")
@community_option
@json_option
@click.pass_obj
def report(session: Session, period: int, form: str, out: str | None) -> None:
    """Write a situation report: one page with counts, each with its source and its age.

    It says what is known on this hearth. Text has at most 80 columns and 60 lines, for a line
    printer, too; HTML is one file that loads nothing; both, and the PDF, print on one page of A4.
    Where lists are too long for that, they are cut, and say by how much; as JSON they are whole.
    Exercises stand apart.
    """
    from hearth.commands.emergency_rooms import entering

    if not 60 <= period <= 366 * 86_400:
        raise UsageError("a period is a minute to a year", "--period 12h")
    if form == "pdf" and out is None:
        refuse_terminal(session, "a PDF", "--out FILE.pdf")
    fits = {"txt": sheet.fits_text, "html": sheet.fits_html, "pdf": sheet.fits_page}[form]
    with entering(session, printed=True) as rooms:
        if session.json:
            session.terminal.out_json(_as_json(_made(rooms, period, 1_000_000), period))
            return
        made = sheet.fitted(lambda most: _made(rooms, period, most), fits)
    data = sheet.draw(made) if form == "pdf" else _encoded(made, form)
    if form == "pdf":
        _lacking(session, made)
    write_out(session, out, data)


def _as_json(made: Report, period: int) -> dict[str, Any]:
    parts = [
        {"title": each.title, "source": each.source, "lines": list(each.lines)}
        for each in made.sections
    ]
    return {
        "v": 1, "title": made.title, "about": list(made.about), "period": period,
        "sections": parts, "unreal": list(made.unreal), "foot": made.foot,
    }  # fmt: skip


def _encoded(made: Report, form: str) -> bytes:
    text = sheet.html(made) if form == "html" else sheet.text(made)
    return text.encode("utf-8", "replace")


def _lacking(session: Session, made: Report) -> None:
    """Say which signs a PDF cannot show."""
    missing = lacking("".join(each for one in made.sections for each in one.lines))
    if missing:
        session.terminal.warn(
            f'the PDF shows "?" for: {" ".join(missing)}', "--format html has all letters"
        )


def _made(rooms: Rooms, period: int, most: int) -> Report:
    """The report, with lists of at most so many lines."""
    from hearth.commands.emergency_known import SECTIONS, exercises

    now = rooms.session.now
    name = rooms.person(rooms.square.home.identity.person)
    about = (
        f"Made {_time(now)} on {name}'s hearth; period {span(period)}, from {_time(now - period)}.",
        "This is what is known on this hearth. Others may know more, or other things.",
    )
    sections = [make(rooms, most) for make in SECTIONS]
    return Report(
        f"Situation report: {rooms.name()}", about,
        (*sections, _links(rooms, period), _came(rooms, period)),
        tuple(exercises(rooms, most)),
        "Words of neighbours are as good as who said them. This calls no emergency services.",
    )  # fmt: skip


def _time(at: int) -> str:
    return time.strftime("%Y-%m-%d %H:%M %z", time.localtime(at))


def _links(rooms: Rooms, period: int) -> Section:
    """Who was met."""
    from hearth.commands.emergency_rooms import section

    store, now = rooms.square.home.store, rooms.session.now
    known = Peers(store).all()
    met = {each.place.device for each in known if each.reached and now - each.reached <= period}
    every = {each.place.device for each in known}
    last = contact.last(store)
    lines = [
        "no other hearth met over a network yet" if last is None else f"last met {ago(now - last)}"
    ]
    if every - {None}:
        reached = f"{len(met - {None})} of {len(every - {None})}"
        lines.append(f"{reached} nodes whose address is known were reached in the period")
    return section("links", lines, "this hearth's own calls")


def _came(rooms: Rooms, period: int) -> Section:
    """How much came in the period, and from how many; what is in conflict."""
    from hearth.commands.emergency_rooms import section

    home = rooms.square.home
    since = Seen(home, rooms.session.now).since(rooms.session.now - period)
    connection, parts, persons = rooms.stall.market.connection, list[str](), set[bytes]()
    for fold in lanes.folds():
        found = lanes.counted(connection, fold, rooms.community, since)
        if found is None:
            return section("came in the period", ["not known"], "this hearth cannot be written to")
        persons.update(found)
        if found:
            parts.append(f"{sum(found.values()):,} {_NAMES.get(fold.name, fold.name)}")
    members = rooms.square.commons.membership(rooms.community).members
    who = f"by {len(persons & {*members})} of {len(members)} members"
    lines = [f"events: {', '.join(parts)}, {who}" if parts else "nothing"]
    return section("came in the period", lines, "this hearth's log; up to an hour more")
