"""hearth emergency drill: rehearse over the real paths, and see how far the news gets."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from hearth.commands.ask import Words
from hearth.commands.context import Session
from hearth.commands.emergency_drill_lines import as_json, lines
from hearth.commands.options import community_option, json_option, time_option
from hearth.store.errors import Exit, HearthError, NotFoundError

if TYPE_CHECKING:
    from hearth.boards.drills import Drill
    from hearth.cap.model import Alert
    from hearth.commands.boarding import Opened
    from hearth.store.event import Event


class NoDrillError(NotFoundError, code="no-drill"):
    """No rehearsal is known here, or none goes on (exit 4)."""


class DrillRunsError(HearthError, code="drill-runs"):
    """A rehearsal goes on already, or still (exit 1)."""


@click.group("drill", invoke_without_command=True)
@community_option
@json_option
@click.pass_context
def drill(ctx: click.Context) -> int | None:
    """Rehearse over the real paths: news that says it is an exercise, and who learnt of it.

    Alone, it shows the latest rehearsal: who has learnt of it, how, and how long that took. Each
    hearth answers by itself when the news comes, and each person with drill answer.
    """
    if ctx.invoked_subcommand is None:
        return _latest(ctx.ensure_object(Session))
    return None


def _latest(session: Session) -> int:
    from hearth.commands.boarding import boarding

    with boarding(session) as opened:
        found = opened.boards.drills(opened.square.place())
        if session.json:
            data = [as_json(opened, each) for each in reversed(found)]
            session.terminal.out_json({"v": 1, "drills": data})
            return Exit.OK
        if not found:
            session.terminal.out("no rehearsal is known here")
            session.terminal.note("hint: hearth emergency drill start TEXT begins one")
            return Exit.OK
        for line in lines(opened, found[-1]):
            session.terminal.out(line)
        _next(opened, found[-1])
    return Exit.OK


def _next(opened: Opened, found: Drill) -> None:
    note, mine = opened.session.terminal.note, found.start.person == opened.square.me
    if not found.is_running(opened.session.now):
        note("next: hearth emergency drill erase takes away here what was said in exercises")
    elif mine:
        note("next: hearth sync asks again; hearth emergency drill end")
    elif not any(e.read for e in found.learnt() if e.person == opened.square.me):
        note("next: hearth emergency drill answer")


# acting


def _zone(session: Session) -> int:
    return time.localtime(session.now).tm_gmtoff // 60


def _running(opened: Opened) -> Drill | None:
    found = opened.boards.drills(opened.square.place())
    return next((e for e in reversed(found) if e.is_running(opened.session.now)), None)


def _must_run(opened: Opened) -> Drill:
    found = _running(opened)
    if found is None:
        raise NoDrillError("no rehearsal goes on", "hearth emergency drill start TEXT begins one")
    return found


@drill.command("start", cls=Words)
@click.argument("words", nargs=-1, metavar="TEXT...")
@time_option("--for", "seconds", default="24h", help="For how long: 24h unless said.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@community_option
@json_option
@click.pass_obj
def start(session: Session, words: tuple[str, ...], seconds: int, yes: bool) -> None:
    """Begin a rehearsal, as a steward: TEXT is its news, which goes to everybody.

    It is a notice with the status Exercise: every line of it says so, wherever it is shown. What
    is written for it goes away by itself after a week.
    """
    from hearth.commands.agreeing import confirm
    from hearth.commands.boarding import EXERCISE, boarding
    from hearth.commands.chatting import sentence
    from hearth.commands.communities import by_radio

    text = sentence(words) or "this is a rehearsal: answer with hearth emergency drill answer"
    with boarding(session, writes=True) as opened:
        if _running(opened) is not None:
            hint = "hearth emergency drill end ends it"
            raise DrillRunsError("a rehearsal goes on already", hint)
        place = opened.square.place()
        writer = opened.writer()
        writer.checked(text, seconds)
        members = opened.square.commons.membership(place).members
        line = f"Everybody in {opened.square.title(place)} will get it, marked as an exercise."
        confirm(session, yes, line, question=f"Begin a rehearsal with {len(members) - 1} others?")
        me = members.get(opened.square.me)
        news, begun = writer.start(text, seconds, me.name if me else "", _zone(session))
        frames = news.frames + begun.frames
        if session.json:
            document = {
                "v": 1, "id": begun.event.id.hex(), "notice": news.event.id.hex(),
                "community": place.hex(), "frames": frames, "real": False,
            }  # fmt: skip
            session.terminal.out_json(document)
            return
        begins = f'{EXERCISE}begun (in "{opened.square.title(place)}"){by_radio(frames)}'
        session.terminal.out(begins)
        then = "hearth emergency drill shows it"
        opened.square.tell_next(place, then)


@drill.command("answer")
@community_option
@json_option
@click.pass_obj
def answer(session: Session) -> None:
    """Say that you have read the news of the rehearsal that goes on."""
    from hearth.commands.boarding import EXERCISE, boarding

    with boarding(session, writes=True) as opened:
        found = _must_run(opened)
        written = opened.writer().answer(found.id)
        _did(session, written.event, f"{EXERCISE}answered")


@drill.command("end")
@community_option
@json_option
@click.pass_obj
def end(session: Session) -> None:
    """End the rehearsal that goes on, as a steward; its news is cancelled."""
    from hearth.commands.boarding import EXERCISE, boarding

    with boarding(session, writes=True) as opened:
        found = _must_run(opened)
        written = opened.writer().end(found.id, _news(opened, found), _zone(session))
        _did(session, written.event, f"{EXERCISE}ended")
        if not session.json:
            session.terminal.note("next: hearth sync; hearth emergency drill shows who had heard")


def _news(opened: Opened, found: Drill) -> Alert | None:
    """The notice of a rehearsal, where it is here."""
    from hearth.notices.records import NoticeRecord

    log = opened.square.home.store.log
    refs = log.get(found.id).header.refs
    if not refs or not log.has(refs[0]):
        return None
    payload = log.get(refs[0]).payload
    return None if payload is None else NoticeRecord.decode(payload).alert


def _did(session: Session, event: Event, what: str) -> None:
    if session.json:
        session.terminal.out_json({"v": 1, "id": event.id.hex(), "real": False})
    else:
        session.terminal.out(what)


@drill.command("erase")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@community_option
@json_option
@click.pass_obj
def erase(session: Session, yes: bool) -> None:
    """Take away here rehearsals, their news and made-up sites, when no rehearsal goes on.

    Others are asked to do so with what this device wrote. By itself it goes after a week.
    """
    from hearth import erasing
    from hearth.boards.exercises import said
    from hearth.commands.agreeing import confirm
    from hearth.commands.boarding import boarding
    from hearth.commands.layout import count
    from hearth.retention import forget

    with boarding(session, writes=True) as opened:
        if _running(opened) is not None:
            raise DrillRunsError("a rehearsal goes on", "hearth emergency drill end ends it")
        home, place = opened.square.home, opened.square.place()
        events = said(home, place)
        what = count(len(events), "event")
        if events:
            confirm(session, yes, question=f"Erase {what} of exercises here?")
            erasing.erase(home, opened.square.commons, events, [], session.now)
    if events:
        forget(home, [], [], [each.id for each in events])
    if session.json:
        session.terminal.out_json({"v": 1, "erased": len(events), "community": place.hex()})
    else:
        session.terminal.out(f"{what} of exercises erased here" if events else "nothing to erase")
