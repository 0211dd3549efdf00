"""hearth emergency check-in: say how somebody is; who is how."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from hearth.commands.agreeing import confirm
from hearth.commands.ask import Words
from hearth.commands.boarding import EXERCISE
from hearth.commands.chatting import sentence
from hearth.commands.context import Session
from hearth.commands.layout import cut
from hearth.commands.mustering import NO_CALL, Muster, as_json, mustering, of_oneself, rows, told
from hearth.commands.options import community_option, json_option
from hearth.people import cards
from hearth.people.codes import URGENT, WORDS, Code, Group, group, severity, word
from hearth.people.records import Status
from hearth.store.errors import Exit, UsageError

if TYPE_CHECKING:
    from hearth.people.register import Person

CODES = (
    "safe", "need-help-later", "need-help-now", "injured", "evacuating", "at-shelter",
    "unable-to-stay", "information-wanted", "deny", "nobody-there",
)  # fmt: skip
CHOICE = click.Choice(CODES, case_sensitive=False)
CRIES = 5
"""Calls for help by one person for others that are listed one by one."""


@click.command("check-in", cls=Words)
@click.argument("code", required=False, type=CHOICE, metavar="[CODE]")
@click.argument("words", nargs=-1, metavar="[NOTE...]")
@click.option("--note", metavar="TEXT", help="A few words; all members can read them.")
@click.option("--for", "person", metavar="PERSON", help="How somebody else is, as you know it.")
@click.option("--with", "company", type=click.IntRange(0, 99), default=0, metavar="N",
              help="So many more persons are there, and so, too.")  # fmt: skip
@click.option("--card", metavar="CODE", help="You had filled in this card: it is not one more.")
@click.option("--exercise", is_flag=True, help="A rehearsal: counts in exercises only.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@community_option
@json_option
@click.pass_obj
def check_in(
    session: Session, code: str | None, words: tuple[str, ...], note: str | None,
    person: str | None, company: int, card: str | None, exercise: bool, yes: bool,
) -> int:  # fmt: skip
    """Say how you are, in a word, one message by radio; without CODE, show who is how.

    All words after CODE are one note. CODE is safe, at-shelter, evacuating, information-wanted,
    need-help-later, unable-to-stay, need-help-now, or injured. Of yourself also deny: what others
    said for me is not so. Of others (--for) also nobody-there: you knocked, and nobody opened. A
    person's own word stands before what others say. It does not call the emergency services.
    """
    if code is None:
        if note or person or company or card or exercise:
            raise UsageError("say how: a CODE is missing", f"one of {', '.join(CODES)}")
        return listed(session)
    note = _note(words, note)
    said = WORDS[code]
    _check(said, person, card)
    with mustering(session, writes=True) as muster:
        writer = muster.writer()
        about = None if person is None else muster.member(person)
        if about == writer.me:
            about = None
            _check(said, None, card)
        if said in URGENT and not exercise:
            _often(muster, writer.lately(), yes)
        status = Status.EXERCISE if exercise else Status.ACTUAL
        number = None if card is None else cards.read(card).card
        before = muster.register.person(muster.place, writer.me, real=not exercise).own_code
        written = writer.check_in(
            said, person=about, company=company, note=note, card=number, status=status
        )
        whom = "you" if about is None else muster.name(about)
        mark = EXERCISE if exercise else ""
        muster.tell(written, f"{mark}{whom}: {code}{muster.noted(note)}", code=code)
        if about is None:
            of_oneself(muster, code, note)
        if said in URGENT and not exercise:
            session.terminal.warn(NO_CALL, "if you can reach them, call them first")
        if said is Code.DENY:
            _after_denial(muster, before)
        muster.tell_next()
    return Exit.OK


def _note(words: tuple[str, ...], note: str | None) -> str | None:
    """The note: the words after CODE, or --note."""
    if words and note is not None:
        raise UsageError("the note is given twice", "as words after CODE, or with --note")
    return sentence(words) or note


def _check(said: Code, person: str | None, card: str | None) -> None:
    if said is Code.DENY and person is not None:
        raise UsageError("nobody can deny for somebody else", "leave --for out")
    if said is Code.NOBODY_THERE and person is None:
        raise UsageError("nobody-there is said of others", "--for PERSON")
    if card is not None and person is not None:
        raise UsageError("--card is your own card", "hearth emergency card enter types in others'")


def _after_denial(muster: Muster, before: int | None) -> None:
    """A denial says what is not so, and takes the place of one's own word, too."""
    how = "hearth emergency check-in CODE says how you are"
    if before is not None and group(before) is Group.NEEDS:
        muster.session.terminal.warn(
            f"your own {word(before)} does not stand any more either",
            f"hearth emergency check-in {word(before)} says it again",
        )
    else:
        muster.session.terminal.note(f"you are shown as unknown; {how}")


def _often(muster: Muster, lately: int, yes: bool) -> None:
    """Ask somebody who has called for help twice already a moment ago. Where nobody can be asked
    it is not refused: it may be about somebody else."""
    if lately >= 2 and muster.session.terminal.interactive:
        line = (
            f"This device has called for help {lately} times within the last ten minutes."
            " All of it stands; the last one is shown."
        )
        confirm(muster.session, yes, line, question="Once more?")


# who is how


def listed(session: Session) -> int:
    """Print who is how, those first who need help."""
    with mustering(session) as muster:
        people = sorted(
            muster.register.people(muster.place).values(), key=lambda each: _first(muster, each)
        )
        counts = muster.register.counts(muster.place)
        if session.json:
            session.terminal.out_json(
                {
                    "v": 1,
                    "counts": counts._asdict(),
                    "people": [as_json(muster, each) for each in people],
                }
            )
            return Exit.OK
        _print(muster, people)
        company = f" (and {counts.company} more with them)" if counts.company else ""
        guests = f" · {counts.guests} of them no members" if counts.guests else ""
        session.terminal.out(
            f"{counts.safe} safe{company} · {counts.needs} need help · {counts.unknown} unknown"
            + guests
        )
    return Exit.OK


def _first(muster: Muster, person: Person) -> tuple[int, int, str]:
    order = (Group.NEEDS, Group.SAFE, Group.UNKNOWN).index(person.group)
    return order, -severity(-1 if person.code is None else person.code), muster.who(person)


def _print(muster: Muster, people: list[Person]) -> None:
    lines, more = [], dict[bytes, int]()
    cries = dict[bytes, int]()
    for each in people:
        if each.group is Group.NEEDS and not each.own and each.author is not None:
            cries[each.author] = cries.get(each.author, 0) + 1
            if cries[each.author] > CRIES:
                more[each.author] = more.get(each.author, 0) + 1
                continue
        lines.append([each.group.value, cut(muster.who(each), 24), told(muster, each)])
    rows(muster, lines)
    for author, count in more.items():
        muster.session.terminal.out(
            f"and {count:,} more for whom {muster.name(author)} calls for help: --json lists them"
        )
