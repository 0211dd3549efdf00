"""hearth emergency board: shelters, water, power, food, medicine, and how they are now."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from hearth.commands.ask import Words
from hearth.commands.context import Session
from hearth.commands.emergency_board_lines import as_json, lines
from hearth.commands.options import community_option, json_option
from hearth.store.errors import Exit, NotFoundError, UsageError

if TYPE_CHECKING:
    from hearth.boards.judging import Site
    from hearth.boards.records import SiteRecord
    from hearth.commands.boarding import Opened


class UnknownSiteError(NotFoundError, code="unknown-site"):
    """No site of that name is on the board (exit 4)."""


@click.group(
    "board", invoke_without_command=True,
)  # fmt: skip
@click.option("--all", "every", is_flag=True, help="Everything that is here, however old.")
@community_option
@json_option
@click.pass_context
def board(ctx: click.Context, every: bool) -> int | None:
    """Where there is shelter, water, power, food and medicine, how it is there, and since when.

    A report is good for six hours. Then the state is shown as unknown, and never as open, and so it
    is where nobody knows when it was written. Where somebody said otherwise lately, there is a
    question mark, and what they said.
    """
    if ctx.invoked_subcommand is None:
        return _listed(ctx.ensure_object(Session), every)
    if every:
        raise UsageError("--all goes with hearth emergency board alone")
    return None


def _listed(session: Session, every: bool) -> int:
    from hearth.boards.judging import heard
    from hearth.commands.boarding import boarding

    with boarding(session) as opened:
        community = opened.square.place()
        found = opened.boards.sites(community, every=every)
        if session.json:
            sites = [as_json(opened, each) for each in found]
            session.terminal.out_json({"v": 1, "community": community.hex(), "sites": sites})
            return Exit.OK
        shown, more = (found, {}) if every else heard(found, opened.boards.stewards(community))
        for line in lines(opened, shown):
            session.terminal.out(line)
        for person, count in more.items():
            name = opened.square.person(community, person)
            session.terminal.out(f"and {count:,} more from {name}: hearth emergency board --all")
        if not found:
            session.terminal.out("nothing is on the board")
            session.terminal.note("hint: hearth emergency board report shelter open school gym")
    return Exit.OK


# saying how something is


@board.command("report", cls=Words)
@click.argument("sort", metavar="SORT")
@click.argument("state", metavar="STATE")
@click.argument("words", nargs=-1, metavar="NAME...")
@click.option("--capacity", type=int, metavar="N", help="For how many people there is room.")
@click.option("--taken", type=int, metavar="N", help="How many people are there now.")
@click.option("--has", "has", metavar="WORDS", help="water, power, food, medical, pets, access, "
              "beds, heat; commas between.")  # fmt: skip
@click.option("--where", metavar="TEXT", help="Where it is.")
@click.option("--note", metavar="TEXT", help="What else to know.")
@click.option("--exercise", is_flag=True, help="A rehearsal: shown apart, and as not real.")
@community_option
@json_option
@click.pass_obj
def report(
    session: Session, sort: str, state: str, words: tuple[str, ...], capacity: int | None,
    taken: int | None, has: str | None, where: str | None, note: str | None, exercise: bool,
) -> None:  # fmt: skip
    """Say how a site is: what it is there for, how it is now, what it is called.

    SORT is shelter, water, power, food or medicine; STATE is open (power: on), full, closing, out,
    closed (power: off), or gone to take it off the board. All other words are its name: whoever
    reports one of that name speaks of the same. Room, place and what there is stay as they were
    said last.
    """
    from hearth.boards import words as said
    from hearth.boards.records import SiteRecord
    from hearth.boards.words import SiteTextError
    from hearth.commands.boarding import boarding
    from hearth.commands.chatting import sentence

    kind, how = said.sort_named(sort), said.state_named(state)
    name = sentence(words)
    if name is None:
        raise SiteTextError("which one?", f"hearth emergency board report {sort} {state} NAME")
    record = SiteRecord(
        kind, said.line(name, "name", said.MAX_NAME), how,
        None if capacity is None else said.people(capacity, "--capacity"),
        None if taken is None else said.people(taken, "--taken"),
        None if has is None else said.has_named(has),
        None if where is None else said.line(where, "place", said.MAX_PLACE),
        None if note is None else said.line(note, "note", said.MAX_NOTE), exercise,
    )  # fmt: skip
    with boarding(session, writes=True) as opened:
        community = opened.square.place()
        before = opened.boards.sites(community, every=True)
        old = next((each for each in before if each.subject == record.subject), None)
        if old is not None:
            record = record.knowing(old.capacity, old.has, old.place)
        elif how is said.State.GONE:
            raise _unknown(name)
        written = opened.writer().report(record)
        if session.json:
            session.terminal.out_json(
                {
                    "v": 1, "id": written.event.id.hex(), "community": community.hex(),
                    "site": record.subject.hex(), "frames": written.frames, "real": not exercise,
                }
            )  # fmt: skip
            return
        _tell(opened, record, old, before)


def _tell(opened: Opened, record: SiteRecord, old: Site | None, before: list[Site]) -> None:
    from hearth.boards.words import sort_word, state_word
    from hearth.commands.boarding import EXERCISE, age

    terminal, now = opened.session.terminal, opened.session.now
    mark = EXERCISE if record.exercise else ""
    place = opened.square.title(opened.square.place())
    name = terminal.clean(record.name)
    said = f"{sort_word(record.sort)} {name}: {state_word(record.sort, record.state)}"
    if old is None:
        terminal.out(f'{mark}{said} (new on the board in "{place}")')
        near = _near(record, before)
        if near is not None:
            terminal.note(
                f'hint: there is "{terminal.clean(near)}" already; the same name makes it the same'
            )
    else:
        was = state_word(old.sort, old.last.record.state)
        terminal.out(f'{mark}{said} (in "{place}"; it was {was}, {age(old.last, now)})')
    opened.square.tell_next(opened.square.place())


def _near(record: SiteRecord, before: list[Site]) -> str | None:
    """The name of a site of that sort that may be meant."""
    import difflib

    names = [
        each.name for each in before if (each.sort, each.exercise) == (record.sort, record.exercise)
    ]
    folded = {each.casefold(): each for each in names}
    found = difflib.get_close_matches(record.name.casefold(), folded, 1, 0.75)
    return folded[found[0]] if found else None


@board.command("show", cls=Words)
@click.argument("words", nargs=-1, required=True, metavar="NAME...")
@community_option
@json_option
@click.pass_obj
def show(session: Session, words: tuple[str, ...]) -> int:
    """Show all that is known of a site, and who said it last."""
    from hearth.commands.boarding import boarding
    from hearth.commands.chatting import sentence

    with boarding(session) as opened:
        sites = _named(opened, sentence(words) or "")
        if session.json:
            data = [as_json(opened, each) for each in sites]
            session.terminal.out_json({"v": 1, "sites": data})
            return Exit.OK
        for line in lines(opened, sites):
            session.terminal.out(line)
    return Exit.OK


def _named(opened: Opened, text: str) -> list[Site]:
    wanted = " ".join(text.split()).casefold()
    every = opened.boards.sites(opened.square.place(), every=True)
    found = [each for each in every if each.name.casefold() == wanted]
    found = found or [each for each in every if wanted in each.name.casefold()]
    if not found:
        raise _unknown(text)
    return found


def _unknown(name: str) -> UnknownSiteError:
    hint = "hearth emergency board --all shows what there is"
    return UnknownSiteError(f'nothing on the board is called "{name}"', hint)
