"""hearth emergency notice list and show; and the notices in force, for `hearth emergency` alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from hearth.cap import values
from hearth.commands.context import Session
from hearth.commands.emergency_notice_data import as_json
from hearth.commands.layout import cut
from hearth.commands.noticing import NO_CALL, Board, asks_help, chosen, headline, noticing, unreal
from hearth.commands.options import community_option, json_option, null_option
from hearth.commands.times import moment
from hearth.notices.judging import Notice, State, Tier
from hearth.store.errors import Exit
from hearth.store.ids import short

PICTURE = 6
"""Notices in force that `hearth emergency` alone lists; of more, those that press most."""


@click.command("list", short_help="List notices: in force, ended lately, exercises apart.")
@click.option("--all", "every", is_flag=True, help="Everything that is here, however old.")
@null_option
@community_option
@json_option
@click.pass_obj
def list_(session: Session, every: bool, null: bool) -> int:
    """List notices: those in force, those that ended in the last two days, exercises apart.

    Of somebody who publishes many, the latest three are listed, and how many more there are.
    """
    return listed(session, every, null)


def listed(session: Session, every: bool = False, null: bool = False) -> int:
    """Print the list."""
    with noticing(session) as board:
        found = _found(board, every)
        if session.json:
            session.terminal.out_json({"v": 1, "notices": [as_json(board, e) for e in found]})
            return Exit.OK
        if null:
            session.terminal.out_ids(each.first.id for each in found)
            return Exit.OK
        for line in _all(board, found, every):
            session.terminal.out(line)
    return Exit.OK


def force_lines(board: Board) -> Iterator[str]:
    """The notices in force for people, and on stderr how many others there are."""
    found = _found(board, every=False)
    real = [each for each in found if each.real and _is_in_force(each)]
    if not real:
        yield "no notices in force"
    yield from _section(board, "notices in force", real, every=False, most=PICTURE)
    others = len(found) - len(real)
    if others:
        board.session.terminal.note(
            f"{others} more, ended lately or not real: hearth emergency notice list"
        )


def force_json(board: Board) -> list[dict[str, Any]]:
    """Notices in force as data, what is not real among them."""
    return [as_json(board, e) for e in _found(board, every=False) if _is_in_force(e)]


def _is_in_force(notice: Notice) -> bool:
    return notice.state is State.FORCE


def _found(board: Board, every: bool) -> list[Notice]:
    now = board.session.now
    found = [each for place in board.places() for each in board.desk.notices(place, every=every)]
    return [each for each in found if every or each.is_shown(now)]


def _all(board: Board, found: list[Notice], every: bool) -> Iterator[str]:
    if not found:
        yield "no notices; hearth emergency notice publish TEXT makes one"
    real = [each for each in found if each.real]
    force = [each for each in real if _is_in_force(each)]
    yield from _section(board, "in force", force, every)
    over = "ended" if every else "ended in the last two days, or before they came"
    yield from _section(board, over, [each for each in real if not _is_in_force(each)], every)
    unreal = [each for each in found if not each.real]
    yield from _section(board, "EXERCISES AND TESTS: nothing here is real", unreal, every)


def _section(
    board: Board, title: str, found: list[Notice], every: bool, most: int | None = None
) -> Iterator[str]:
    """Notices under a title; of more than `most` those first that press most."""
    from hearth.notices.desk import heard

    if not found:
        return
    shown, more = (found, {}) if every else heard(found)
    yield title
    if most is not None and len(shown) > most:
        shown = sorted(shown, key=lambda each: not _presses(board, each))
    for each in shown[:most]:
        yield from _lines(board, each)
    if most is not None and len(shown) > most:
        yield f"  and {len(shown) - most:,} more in force: hearth emergency notice list"
    for person, count in more.items():
        name = board.square.person(found[0].community, person)
        yield f"  and {count:,} more from {name}: hearth emergency notice list --all"


def _presses(board: Board, notice: Notice) -> bool:
    """Whether a notice is grave by what it says, asks for help, or is borne out by stewards."""
    alert = board.desk.alert(notice)
    info = chosen(board.session, alert)
    grave = info is not None and info.severity in ("Extreme", "Severe")
    return grave or asks_help(alert) or notice.verified


def _lines(board: Board, notice: Notice) -> Iterator[str]:
    session, terminal = board.session, board.session.terminal
    alert = board.desk.alert(notice)
    info, mark = chosen(session, alert), unreal(alert.status)
    severity = "" if info is None or info.severity == "Unknown" else f"{info.severity}: "
    line = cut(f"{mark}{severity}{headline(session, alert)}", 66)
    official = notice.tier is Tier.OFFICIAL and notice.real and _is_in_force(notice)
    styled = terminal.style(line, "bold", "red") if official else line
    yield f"{short(notice.first.id)}  {styled}"
    end = moment(_end(notice), session.now)
    state = f"until {end}" if _is_in_force(notice) else f"{notice.state.value} {end}"
    areas = "" if info is None else ", ".join(each.description for each in info.areas)
    where = f" · {cut(terminal.clean(' '.join(areas.split())), 40)}" if areas else ""
    yield terminal.wrap(f"{mark}{board.tier(notice)} · {state}{where}", indent=" " * 14)
    if asks_help(alert):
        yield terminal.wrap(f"{mark}asks for help: {NO_CALL}", indent=" " * 14)
    if notice.claims and _is_in_force(notice):
        said = "somebody who cannot has said that it is over: hearth emergency notice show"
        yield terminal.wrap(f"{mark}{said} {short(notice.first.id)}", indent=" " * 14)


def _end(notice: Notice) -> int:
    """When it ends or ended: for what had expired when it came, by its sender's clock."""
    ends = max(each.ends for each in notice.copies)
    return min(notice.until, ends) if notice.state is State.EXPIRED else notice.until


# one


@click.command("show")
@click.argument("which", metavar="ID")
@community_option
@json_option
@click.pass_obj
def show(session: Session, which: str) -> int:
    """Show all that a notice says, whose it is, and what was said of it since."""
    with noticing(session) as board:
        found = board.find(which)
        if session.json:
            session.terminal.out_json({"v": 1, **as_json(board, found, whole=True)})
            return Exit.OK
        for line in _details(board, found):
            session.terminal.out(line)
    return Exit.OK


def _details(board: Board, notice: Notice) -> Iterator[str]:
    session, now = board.session, board.session.now
    clean = session.terminal.clean
    alert, first = board.desk.alert(notice), notice.first
    if mark := unreal(alert.status):
        yield f"*** {mark}this is not happening ***"
    yield f"notice       {first.id.hex()}"
    yield f"relied on    {notice.tier.value} ({board.tier(notice)})"
    if asks_help(alert):
        yield f"asks help    {NO_CALL}"
    yield f"state        {notice.state.value}, {'until' if _is_in_force(notice) else 'since'} " + (
        moment(_end(notice), now)
    )
    yield f"sender       {clean(alert.sender)}  {clean(alert.identifier)}"
    yield f"sent         {moment(alert.sent.at, now)} by the sender's clock"
    for each in notice.copies:
        what = "handed on by" if each.relayed else "written by"
        who = board.square.person(notice.community, each.person)
        yield f"{what:<13}{who}, came {moment(board.desk.came(each), now)}{_document(board, each)}"
    for label, subjects in (("ended by", notice.ended_by), ("claimed over", notice.claims)):
        for subject in subjects:
            yield f"{label:<13}{_other(board, notice, subject)}"
    for info in alert.infos:
        yield ""
        yield from _info(board, info, mark)
    if alert.note:
        yield ""
        yield session.terminal.wrap(f"{mark}{clean(alert.note)}")


def _document(board: Board, copy: Any) -> str:
    if not copy.relayed:
        return ""
    from hearth.cap.reading import read

    held = board.desk.document(copy)
    if held is None:
        return ", its document is not here yet"
    signed = any(each.signed for each in read(held).found)
    return f", document {len(held):,} bytes{', with a signature that is not judged' * signed}"


def _other(board: Board, notice: Notice, subject: bytes) -> str:
    """Another notice that says something about this one."""
    other = board.desk.of(notice.community, subject)
    if other is None:
        return "something that is gone"
    who = board.persons(other, [each.person for each in other.copies])
    return f"{short(other.first.id)}  {other.first.kind.lower()} from {who}"


def _info(board: Board, info: Any, mark: str) -> Iterator[str]:
    terminal, now = board.session.terminal, board.session.now
    clean = terminal.clean
    title = info.headline or info.event
    yield terminal.wrap(f"{mark}{clean(' '.join(title.split()))}")
    judged = f"{info.severity}, {info.urgency}, {info.certainty}".lower()
    kinds = ", ".join((*info.categories, *info.responses))
    yield terminal.wrap(f"severity, urgency, certainty: {judged} · {kinds}", hanging="  ")
    times = [
        f"{word} {moment(at.at, now)}"
        for word, at in (("from", info.effective), ("begins", info.onset), ("to", info.expires))
        if at is not None
    ]
    if times:
        yield " · ".join(times)
    for area in info.areas:
        places = [values.write_circle(each) + " km" for each in area.circles]
        places += [f"polygon of {len(each.values) // 2} points" for each in area.polygons]
        text = ": ".join((clean(" ".join(area.description.split())), *filter(None, [
            ", ".join(places)])))  # fmt: skip
        yield terminal.wrap(f"where: {text}", hanging="  ")
    for text in (info.description, info.instruction):
        if text:
            yield ""
            for line in clean(text, body=True).splitlines():
                yield terminal.wrap(f"{mark}{line}" if line else "")
    for word, text in (("by", info.sender_name), ("contact", info.contact), ("more", info.web)):
        if text:
            yield terminal.wrap(f"{word}: {clean(' '.join(text.split()))}", hanging="  ")
