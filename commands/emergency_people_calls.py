"""hearth emergency roll-call: ask how everybody is, answer, see who is silent, send somebody."""

from __future__ import annotations

import click

from hearth.commands.ask import Words
from hearth.commands.chatting import sentence
from hearth.commands.context import Session
from hearth.commands.emergency_calls_lines import call_json, sheet_json, show_sheet, state, title
from hearth.commands.emergency_people import CHOICE
from hearth.commands.layout import cut
from hearth.commands.marketing import until as parse
from hearth.commands.mustering import Muster, mustering
from hearth.commands.noticing import unreal
from hearth.commands.options import community_option, json_option, null_option, status_word
from hearth.people.calls import Call, Calls
from hearth.people.codes import WORDS, Code
from hearth.people.lookout import heard
from hearth.people.records import Status
from hearth.store.errors import Exit, UsageError


@click.group(
    "roll-call", invoke_without_command=True,
)  # fmt: skip
@null_option
@community_option
@json_option
@click.pass_context
def roll_call(ctx: click.Context, null: bool) -> int | None:
    """Ask how everybody is, and see who is silent. Alone, it lists roll calls."""
    if ctx.invoked_subcommand is None:
        return _listed(ctx.ensure_object(Session), null)
    return None


@roll_call.command("start", cls=Words)
@click.argument("words", nargs=-1, metavar="TITLE...")
@click.option(
    "--until", default="24h", metavar="TIME", help="How long it is open: 24h unless said."
)
@click.option("--for", "persons", multiple=True, metavar="PERSON",
              help="Ask PERSON; may be given several times. All members unless said.")  # fmt: skip
@click.option("--exercise", is_flag=True, help="A rehearsal: shown as not real.")
@click.option("--test", is_flag=True, help="A test: shown as not real.")
@community_option
@json_option
@click.pass_obj
def start(
    session: Session, words: tuple[str, ...], until: str, persons: tuple[str, ...],
    exercise: bool, test: bool,
) -> None:  # fmt: skip
    """Ask how everybody is: TITLE says why, in up to 80 bytes.

    Who answers with hearth safe, or with hearth emergency check-in, has answered; also who checks
    in without having heard of it.
    """
    status = Status[status_word(exercise, test)]
    title = sentence(words)
    if title is None:
        raise UsageError("say why: a TITLE is missing", "hearth emergency roll-call start Storm")
    with mustering(session, writes=True) as muster:
        asked = [muster.member(each) for each in persons]
        calls = Calls(muster.register).all(muster.place)
        before = next((each for each in calls if each.open and each.status is status), None)
        written = muster.writer().start(title, parse(session, until), asked, status)
        mark = "" if status is Status.ACTUAL else f", marked as {status.name}"
        muster.tell(written, f"roll call started{mark}")
        if before is not None and not session.json:
            session.terminal.note(
                f'open already: {before.id.hex()[:8]} "{session.terminal.line(before.title)}";'
                " one check-in answers both"
            )
        muster.tell_next("hearth emergency roll-call show")


@roll_call.command("answer")
@click.argument("code", default="safe", type=CHOICE, metavar="[CODE]")
@click.option("--call", "which", metavar="ID", help="Which one: the one that is open unless said.")
@click.option("--for", "persons", multiple=True, metavar="PERSON",
              help="Answer for PERSON; may be given several times.")  # fmt: skip
@click.option("--with", "company", type=click.IntRange(0, 99), default=0, metavar="N",
              help="So many more persons are there, and so, too.")  # fmt: skip
@click.option("--note", metavar="TEXT", help="A few words; all members can read them.")
@community_option
@json_option
@click.pass_obj
def answer(
    session: Session, code: str, which: str | None, persons: tuple[str, ...], company: int,
    note: str | None,
) -> None:  # fmt: skip
    """Answer a roll call: safe, unless CODE says otherwise (hearth emergency check-in has them).

    Who has knocked at a door answers with --for, once or for several; nobody-there says that nobody
    opened.
    """
    said = WORDS[code]
    if said is Code.NOBODY_THERE and not persons:
        raise UsageError("nobody-there is said of others", "--for PERSON")
    if said is Code.DENY and persons:
        raise UsageError("nobody can deny for somebody else", "leave --for out")
    with mustering(session, writes=True) as muster:
        call = Calls(muster.register).find(muster.place, which)
        writer = muster.writer()
        about = list(dict.fromkeys(muster.member(each) for each in persons)) or [writer.me]
        mark = unreal(call.status.name)
        done = []
        for each in about:
            written = writer.check_in(
                said, person=None if each == writer.me else each, company=company, note=note,
                status=call.status, call=call,
            )  # fmt: skip
            done.append({"person": each.hex(), "id": written.event.id.hex()})
            if len(about) == 1 or not session.json:
                muster.tell(written, f"{mark}{muster.name(each)}: {code}", code=code)
        if len(about) > 1 and session.json:
            session.terminal.out_json({"v": 1, "code": code, "answers": done})
        muster.tell_next()


@roll_call.command("assign")
@click.argument("knocker", metavar="WHO|nobody")
@click.argument("persons", nargs=-1, required=True, metavar="PERSON...")
@click.option("--call", "which", metavar="ID", help="Which one: the one that is open unless said.")
@community_option
@json_option
@click.pass_obj
def assign(session: Session, knocker: str, persons: tuple[str, ...], which: str | None) -> None:
    """Say who knocks at whose door: WHO goes to each PERSON.

    By who started the roll call, by stewards, and by whoever goes.
    """
    with mustering(session, writes=True) as muster:
        call = Calls(muster.register).find(muster.place, which)
        goes = None if knocker == "nobody" else muster.member(knocker)
        about = [muster.member(each) for each in persons]
        written = muster.writer().assign(call, about, goes)
        who = "nobody goes" if goes is None else f"{muster.name(goes)} goes"
        who = "you go" if goes == muster.square.me else who
        names = ", ".join(muster.name(each) for each in about)
        muster.tell(written[-1], f"{who} to {names}")
        muster.tell_next()


@roll_call.command("end")
@click.argument("which", required=False, metavar="[ID]")
@community_option
@json_option
@click.pass_obj
def end(session: Session, which: str | None) -> None:
    """Close a roll call before its time: who started it, or a steward."""
    with mustering(session, writes=True) as muster:
        call = Calls(muster.register).find(muster.place, which)
        if which is None:
            _only(muster, call)
        written = muster.writer().end(call)
        muster.tell(written, f'roll call "{title(muster, call)}" ended')
        muster.tell_next()


def _only(muster: Muster, call: Call) -> None:
    """Raise UsageError where more of the same sort are open: none ends by mistake."""
    others = [
        each
        for each in Calls(muster.register).all(muster.place)
        if each.open and each.real == call.real
    ]
    if len(others) > 1:
        listed = [f'{each.id.hex()[:8]} is "{title(muster, each)}"' for each in others[:5]]
        raise UsageError("several roll calls are open: say which ends", *listed)


@roll_call.command("show")
@click.argument("which", required=False, metavar="[ID]")
@click.option("--silent", "quiet", is_flag=True, help="Only who is silent: a sheet to knock by.")
@community_option
@json_option
@click.pass_obj
def show(session: Session, which: str | None, quiet: bool) -> int:
    """Show who has answered and by which way, who is silent, and who knocks where."""
    with mustering(session) as muster:
        calls = Calls(muster.register)
        sheet = calls.sheet(calls.find(muster.place, which))
        if session.json:
            session.terminal.out_json({"v": 1, **sheet_json(muster, sheet)})
        else:
            show_sheet(muster, sheet, quiet)
    return Exit.OK


def _listed(session: Session, null: bool) -> int:
    with mustering(session) as muster:
        calls = Calls(muster.register).all(muster.place)
        if session.json:
            found = [call_json(each) for each in calls]
            session.terminal.out_json({"v": 1, "calls": found})
            return Exit.OK
        if null:
            session.terminal.out_ids(each.id for each in calls)
            return Exit.OK
        if not calls:
            session.terminal.out("no roll calls; hearth emergency roll-call start TITLE asks")
            return Exit.OK
        shown, more = heard(calls)
        rows = [
            [
                each.id.hex()[:8],
                cut(title(muster, each), 36),
                f"by {muster.name(each.author)}",
                state(each, session.now),
            ]
            for each in shown
        ]
        session.terminal.out(session.terminal.table(rows))
        for author, count in more.items():
            by = muster.name(author)
            session.terminal.out(f"and {count:,} more by {by}: --json lists them")
    return Exit.OK
