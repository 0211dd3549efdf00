"""hearth emergency notice: publish a notice, word it anew, take it back, stand for one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from hearth.commands import emergency_notice_files, emergency_notice_list
from hearth.commands.agreeing import confirm
from hearth.commands.ask import Words
from hearth.commands.chatting import sentence
from hearth.commands.context import Session
from hearth.commands.emergency_notice_wording import draft, wording
from hearth.commands.noticing import NO_CALL, Board, moment_now, noticing
from hearth.commands.options import community_option, json_option, status_word
from hearth.notices import drafting
from hearth.notices.judging import Notice, State
from hearth.store.ids import short

if TYPE_CHECKING:
    from hearth.framed import Written

OFTEN = 600
"""Seconds after a notice in which another one by the same person is asked about."""


@click.group("notice", invoke_without_command=True)
@community_option
@json_option
@click.pass_context
def notice(ctx: click.Context) -> int | None:
    """Notices to everybody in the community: one's own, and official alerts handed on.

    Alone, it lists them. Each says how far it can be relied on: official and handed on by a member,
    verified by stewards, a neighbour's word, or unverified. None of them calls the emergency
    services.
    """
    if ctx.invoked_subcommand is None:
        return emergency_notice_list.listed(ctx.ensure_object(Session))
    return None


@notice.command("publish", cls=Words)
@click.argument("words", nargs=-1, metavar="TEXT...")
@wording
@click.option("--ask-help", is_flag=True, help="Ask for help; this calls no emergency services.")
@click.option("--exercise", is_flag=True, help="A rehearsal: shown apart, and as not real.")
@click.option("--test", is_flag=True, help="A test: shown apart, and as not real.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@community_option
@json_option
@click.pass_obj
def publish(
    session: Session, /, words: tuple[str, ...], ask_help: bool, exercise: bool, test: bool,
    yes: bool, **given: Any,
) -> None:  # fmt: skip
    """Publish a notice: TEXT is its headline, up to 160 bytes.

    All words are one text. It is in force for a day unless --for says otherwise, and goes first
    with whoever comes by. A second one within ten minutes is asked about: notices are for what
    cannot wait.
    """
    status = status_word(exercise, test).title()
    said = draft(sentence(words), given)
    with noticing(session, writes=True) as board:
        place, me = board.square.place(), board.square.me
        member = board.square.commons.membership(place).members.get(me)
        alert = drafting.publish(
            me, member.name if member else "", said, moment_now(session), status=status,
            asks_help=ask_help,
        )  # fmt: skip
        _often(board, place, yes)
        written = board.writer().publish(alert)
        what = "published" if status == "Actual" else f"published, marked as {status.upper()}"
        _tell(board, written, what)
        if ask_help:
            session.terminal.warn(NO_CALL, "if you can reach them, call them first")


def _often(board: Board, place: bytes, yes: bool) -> None:
    """Ask somebody who has published something a moment ago."""
    now, me = board.session.now, board.square.me
    lately = [
        each
        for each in board.desk.notices(place)
        if each.first.own and each.first.person == me and 0 <= now - each.first.wall < OFTEN
    ]
    if lately:
        line = "You published a notice within the last ten minutes; an update may do."
        confirm(board.session, yes, line, question="Publish another one?")


def _tell(board: Board, written: Written, what: str) -> None:
    board.square.tell_written(written, what)
    if not board.session.json:
        board.square.tell_next(written.event.header.community)


@notice.command("update", cls=Words)
@click.argument("which", metavar="ID")
@click.argument("words", nargs=-1, metavar="[TEXT...]")
@wording
@community_option
@json_option
@click.pass_obj
def update(session: Session, /, which: str, words: tuple[str, ...], **given: Any) -> None:
    """Word a notice of yours anew; what is not said stays as it was.

    It takes the place of the earlier one, and is in force for as long from now.
    """
    from hearth.notices.writing import NotOursError

    said = draft(sentence(words), given)
    with noticing(session, writes=True) as board:
        found = _in_force(board, which)
        if not found.first.own or found.first.person != board.square.me:
            raise NotOursError(
                f'"{which}" is not yours to change',
                "what is official is updated by importing its sender's update",
            )
        session.community = found.community.hex()
        alert = drafting.update(board.desk.alert(found), said, moment_now(session))
        _tell(board, board.writer().publish(alert), "published in place of the earlier one")


@notice.command("cancel", cls=Words)
@click.argument("which", metavar="ID")
@click.argument("words", nargs=-1, metavar="[REASON...]")
@community_option
@json_option
@click.pass_obj
def cancel(session: Session, which: str, words: tuple[str, ...]) -> None:
    """Take back a notice of yours, or one that you handed on.

    It stays visible as cancelled for two days. What others handed on too stays in force.
    """
    from hearth.notices.writing import NotOursError

    with noticing(session, writes=True) as board:
        found = _in_force(board, which)
        mine = [each for each in found.copies if each.person == board.square.me]
        if not mine:
            raise NotOursError(
                f'"{which}" is not yours to take back',
                "what is official is cancelled by importing its sender's cancellation",
            )
        session.community = found.community.hex()
        alert = drafting.cancel(board.desk.said(mine[0]), sentence(words), moment_now(session))
        _tell(board, board.writer().publish(alert), "cancelled")
        if len(mine) < len(found.copies):
            session.terminal.note("others handed it on too: it stays in force")


def _in_force(board: Board, which: str) -> Notice:
    """The notice meant. Raises NotInForceError where it has ended."""
    from hearth.notices.writing import NotInForceError

    found = board.find(which)
    if found.state is not State.FORCE:
        then = [board.desk.of(found.community, each) for each in found.ended_by]
        now = [short(each.first.id) for each in then if each and each.state is State.FORCE]
        raise NotInForceError(
            f'"{which}" is not in force: it is {found.state.value}',
            *(f"{each} took its place" for each in now),
        )
    return found


@notice.command("endorse")
@click.argument("which", metavar="ID")
@click.option("--withdraw", is_flag=True, help="Stand for it no longer.")
@community_option
@json_option
@click.pass_obj
def endorse(session: Session, which: str, withdraw: bool) -> None:
    """Stand for a notice, as a steward: you have seen it, or asked, and it is so.

    Where as many stewards stand for it as emergency.endorsements says, it is shown as verified.
    """
    with noticing(session, writes=True) as board:
        found = board.find(which)
        session.community = found.community.hex()
        written = board.writer().endorse(found.subject, stands=not withdraw)
        _tell(board, written, "you stand for it no longer" if withdraw else "you stand for it")


for each in (
    emergency_notice_list.list_,
    emergency_notice_list.show,
    emergency_notice_files.import_,
    emergency_notice_files.export,
):
    notice.add_command(each)
