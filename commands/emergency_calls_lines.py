"""Roll calls, for people and as data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hearth.commands.noticing import unreal

if TYPE_CHECKING:
    from hearth.commands.mustering import Muster
    from hearth.people.calls import Answer, Call, Sheet, Silence


def title(muster: Muster, call: Call) -> str:
    """What it is called, safe to print."""
    return unreal(call.status.name) + muster.session.terminal.line(call.title)


def state(call: Call, now: int) -> str:
    """Whether it is open, and until when."""
    from hearth.commands.times import moment

    if call.open:
        return f"open until {moment(call.until, now)}"
    if call.ended_by is None and not call.is_over(now):
        return "closed: too many by one person"
    return "ended" if call.ended_by is not None else f"over since {moment(call.until, now)}"


def show_sheet(muster: Muster, sheet: Sheet, quiet: bool) -> None:
    """Print who has answered, unless `quiet`, and who is silent."""
    from hearth.commands.layout import count
    from hearth.commands.times import moment

    out, now = muster.session.terminal.out, muster.session.now
    call = sheet.call
    out(f"{call.id.hex()[:8]}  {title(muster, call)}")
    out(f"          by {muster.name(call.author)}, {moment(call.at, now)}, {state(call, now)}")
    asked = len(sheet.answered) + len(sheet.silent)
    guests = f" · {count(len(sheet.guests), 'guest')} on paper" if sheet.guests else ""
    out(f"          {len(sheet.answered)} of {asked} answered, {len(sheet.silent)} silent{guests}")
    mark = unreal(call.status.name)
    if not quiet:
        _answers(muster, mark + "answered", sheet.answered)
        _answers(muster, mark + "not on the list", sheet.guests)
    _silent(muster, mark + "silent", sheet.silent)
    if sheet.call.open and any(each.knocker is None for each in sheet.silent):
        muster.session.terminal.note(
            "next: hearth emergency roll-call assign WHO PERSON says who goes there"
        )


def _answers(muster: Muster, title: str, answers: list[Answer]) -> None:
    from hearth.commands.layout import cut
    from hearth.commands.mustering import rows, told
    from hearth.people.codes import severity

    if not answers:
        return
    muster.session.terminal.out(title)
    ordered = sorted(answers, key=lambda e: (-severity(e.person.code or 0), muster.who(e.person)))
    lines = [
        ["  " + cut(muster.who(each.person), 24), _way(muster, each), told(muster, each.person)]
        for each in ordered
    ]
    rows(muster, lines)


def _way(muster: Muster, answer: Answer) -> str:
    from hearth.chat.receipt_codec import CARRIERS
    from hearth.commands.mustering import WAYS

    way = muster.way(answer.way)
    way = WAYS.get(way, way) if answer.way in CARRIERS else way
    if answer.person.card is not None:
        return f"paper, via {way}" if way else "paper"
    return f"via {way}" if way else "here"


def _silent(muster: Muster, title: str, silent: list[Silence]) -> None:
    from hearth.commands.layout import cut
    from hearth.commands.mustering import rows
    from hearth.commands.times import stamp

    if not silent:
        return
    now = muster.session.now
    muster.session.terminal.out(title)
    lines = []
    for each in sorted(silent, key=lambda one: (one.heard or 0, muster.who(one.person))):
        heard = "never heard of" if each.heard is None else f"last heard {stamp(each.heard, now)}"
        goes = "nobody goes yet"
        if each.knocker is not None:
            name = muster.name(each.knocker)
            goes = "you knock" if name == "you" else f"{name} knocks"
        if each.knocked is not None:
            goes += f"; nobody opened {stamp(each.knocked, now)}"
        lines.append(["  " + cut(muster.who(each.person), 24), heard, goes])
    rows(muster, lines)


def call_json(call: Call) -> dict[str, Any]:
    """A roll call as data."""
    return {
        "id": call.id.hex(),
        "community": call.community.hex(),
        "title": call.title,
        "status": call.status.name.lower(),
        "real": call.real,
        "by": call.author.hex(),
        "at": call.at,
        "until": call.until,
        "open": call.open,
        "asked": [each.hex() for each in call.asked],
        "ended_by": None if call.ended_by is None else call.ended_by.hex(),
    }


def sheet_json(muster: Muster, sheet: Sheet) -> dict[str, Any]:
    """The same with who has answered, and who is silent."""
    from hearth.commands.mustering import as_json

    def answered(each: Answer) -> dict[str, Any]:
        return {**as_json(muster, each.person), "via": muster.way(each.way) or None}

    def silent(each: Silence) -> dict[str, Any]:
        return {
            "person": each.person.person.hex(),
            "name": each.person.name or muster.called(each.person.person),
            "last_heard": each.heard,
            "knocker": None if each.knocker is None else each.knocker.hex(),
            "nobody_opened": each.knocked,
        }

    return {
        "call": call_json(sheet.call),
        "answered": [answered(each) for each in sheet.answered],
        "silent": [silent(each) for each in sheet.silent],
        "guests": [answered(each) for each in sheet.guests],
    }
