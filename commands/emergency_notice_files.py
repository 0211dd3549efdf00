"""hearth emergency notice import and export: CAP in and out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from hearth.commands.context import Session
from hearth.commands.options import community_option, json_option
from hearth.store.errors import CorruptError, Exit, HearthError, UsageError

if TYPE_CHECKING:
    from hearth.cap.model import Alert
    from hearth.cap.reading import Found, Reading
    from hearth.commands.noticing import Board
    from hearth.framed import Written
    from hearth.notices.judging import Notice


class NoAlertError(CorruptError, code="bad-cap"):
    """A document with no alert that can be read (exit 13). Hints name every fault."""


class NoDocumentError(HearthError, code="no-document"):
    """The document that was received is not here (exit 1)."""


@click.command("import", short_help="Hand on official alerts: CAP, or Atom, RSS, EDXL-DE.")
@click.argument("file", metavar="FILE|-")
@click.option("-y", "--yes", is_flag=True, help="Also what its sender meant for few.")
@community_option
@json_option
@click.pass_obj
def import_(session: Session, file: str, yes: bool) -> int:
    """Hand on the alerts in FILE: CAP 1.0, 1.1 or 1.2, alone or in Atom, RSS or EDXL-DE.

    The document is kept as it is, and goes along. An alert with a fault is refused, naming line and
    field; those beside it are taken. What is here already is not taken again.
    """
    from hearth.cap.reading import read
    from hearth.commands.noticing import noticing

    data = _bytes(session, file)
    reading = read(data)
    if not reading.found:
        raise NoAlertError(
            f'no alert in "{file}" can be read', *(str(each) for each in reading.faults)
        )
    with noticing(session, writes=True) as board:
        place = board.square.place()
        known = _known(board, place)
        new = _new(reading, known)
        _agree(session, [each.alert for each in new], yes)
        written = board.writer().relay(data, [each.alert for each in new])
        _tell(board, file, reading, new, written)
    return Exit.WARNINGS if reading.faults else Exit.OK


def _bytes(session: Session, file: str) -> bytes:
    from hearth.cap.xml import MAX_BYTES

    if file == "-":
        return session.terminal.read_bytes(MAX_BYTES + 1)
    path = Path(file)
    if not path.is_file():
        raise UsageError(f'"{file}" is not a file')
    try:
        with path.open("rb") as opened:
            return opened.read(MAX_BYTES + 1)
    except PermissionError:
        raise HearthError(f'cannot read "{file}"') from None


def _known(board: Board, place: bytes) -> set[bytes]:
    """Alerts that are here, and not taken back by who handed them on."""
    from hearth.notices.judging import State

    return {
        each.subject
        for each in board.desk.notices(place)
        if each.state not in (State.CANCELLED, State.REPLACED) or _mine(board, each)
    }


def _mine(board: Board, notice: Notice) -> bool:
    return any(each.person == board.square.me for each in notice.copies)


def _new(reading: Reading, known: set[bytes]) -> list[Found]:
    from hearth.cap import packing

    new: dict[bytes, Found] = {}
    for each in reading.found:
        digest = packing.digest(each.alert)
        if digest not in known:
            new.setdefault(digest, each)
    return list(new.values())


def _agree(session: Session, alerts: list[Alert], yes: bool) -> None:
    """Ask before something that its sender meant for few goes to everybody."""
    from hearth.commands.agreeing import confirm

    for each in alerts:
        if each.scope != "Public":
            meant = each.restriction or each.addresses or each.scope
            said = session.terminal.clean(" ".join(meant.split()))
            line = f"Its sender meant it for few ({each.scope}: {said})."
            confirm(session, yes, line, question="Hand it on to everybody?")


def _tell(
    board: Board, file: str, reading: Reading, new: list[Found], written: list[Written]
) -> None:
    from hearth.commands.noticing import headline, unreal

    session = board.session
    old = len(reading.found) - len(new)
    if session.json:
        session.terminal.out_json(
            {
                "v": 1,
                "written": [
                    {
                        "id": each.event.id.hex(),
                        "identifier": found.alert.identifier,
                        "signed": found.signed,
                        "version": found.version,
                        "bytes": each.bytes,
                        "frames": each.frames,
                    }
                    for found, each in zip(new, written, strict=True)
                ],
                "known": old,
                "faults": [
                    {"line": each.line, "field": each.field, "problem": each.problem}
                    for each in reading.faults
                ],
            }
        )
    else:
        for found, each in zip(new, written, strict=True):
            mark = unreal(found.alert.status)
            late = ", but it has expired" if _is_over(found.alert, session.now) else ""
            name = headline(session, found.alert)
            board.square.tell_written(each, f"{mark}{name}: handed on{late}")
        if old:
            session.terminal.note(f"{old:,} here already")
    for fault in reading.faults:
        session.terminal.warn(f'"{file}" {session.terminal.clean(str(fault))}')


def _is_over(alert: Alert, now: int) -> bool:
    """Whether all that an alert says has ended, by its sender's clock and this one."""
    from hearth.notices.fold import stated_end

    return bool(alert.infos) and stated_end(alert) <= now


@click.command("export", short_help="Write notices as CAP 1.2, several as an Atom feed.")
@click.argument("which", nargs=-1, metavar="[ID...]")
@click.option("--original", is_flag=True, help="The document as it was received, of one notice.")
@community_option
@click.pass_obj
def export(session: Session, which: tuple[str, ...], original: bool) -> int:
    """Write a notice as CAP 1.2 to standard output; several, or all in force, as an Atom feed."""
    from hearth.cap.feed import feed
    from hearth.cap.writing import write
    from hearth.commands.noticing import noticing
    from hearth.notices.judging import State

    if original and len(which) != 1:
        raise UsageError("--original needs one ID")
    with noticing(session) as board:
        if original:
            session.terminal.out_bytes(_original(board, which[0]))
            return Exit.OK
        found = [board.find(each) for each in which]
        if not which:
            every = [each for place in board.places() for each in board.desk.notices(place)]
            found = [each for each in every if each.state is State.FORCE]
        alerts = [board.desk.alert(each) for each in found]
        data = write(alerts[0]) if len(which) == 1 else feed(alerts, session.now)
        session.terminal.out_bytes(data)
    return Exit.OK


def _original(board: Board, which: str) -> bytes:
    found = board.find(which)
    for copy in found.copies:
        data = board.desk.document(copy)
        if data is not None:
            return data
    hint = "without --original it is written as CAP 1.2"
    raise NoDocumentError(f'no document of "{which}" is here', hint)
