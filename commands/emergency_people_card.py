"""hearth emergency card: print paper check-in cards, and type them in later."""

from __future__ import annotations

import click

from hearth.commands.context import Session
from hearth.commands.mustering import Muster, mustering, past, told
from hearth.commands.new_files import write_out
from hearth.commands.options import community_option, json_option
from hearth.commands.times import moment
from hearth.people import cards
from hearth.people.codes import word
from hearth.store.errors import UsageError

MOST = 200
"""Cards that are printed at once."""


@click.group("card")
def card() -> None:
    """Paper check-in cards: for when a phone is empty, and for who has no hearth.

    Each line of a card has a code. Whoever types it in, on whatever hearth, and however often: the
    person counts once, and what they say themselves stands before it.
    """


@card.command("print")
@click.argument("persons", nargs=-1, metavar="[PERSON...]")
@click.option("--blank", type=click.IntRange(1, MOST), metavar="N",
              help="N cards for whoever comes, with room for a name.")  # fmt: skip
@click.option("--out", metavar="FILE", help="Where to: standard output unless said.")
@community_option
@click.pass_obj
def print_(session: Session, persons: tuple[str, ...], blank: int | None, out: str | None) -> None:
    """Print check-in cards as text, 72 columns wide: one for you, for each PERSON, or blank ones.

    Any printer does, a line printer too: hearth emergency card print | lp
    """
    with mustering(session) as muster:
        pages = _pages(muster, persons, blank)
    if out is None:
        session.terminal.out("\f\n".join(pages), flush=True)
        return
    write_out(session, out, "\f\n".join(pages).encode())


def _pages(muster: Muster, persons: tuple[str, ...], blank: int | None) -> list[str]:
    if len(persons) > MOST:
        raise UsageError(f"at most {MOST} cards at once, not {len(persons)}")
    membership = muster.membership
    community = muster.session.terminal.clean(membership.name or "home")
    if blank is not None:
        if persons:
            raise UsageError("--blank cards are nobody's yet", "leave PERSON out")
        numbers = [cards.new(None, membership.members) for _ in range(blank)]
        return [cards.page(each, community, None) for each in numbers]
    members = [muster.member(each) for each in persons] or [muster.square.me]
    pages = []
    for each in members:
        name = membership.members[each].name if each in membership.members else ""
        shown = muster.session.terminal.clean(name) or each.hex()[:8]
        pages.append(cards.page(cards.new(each), community, shown))
    return pages


@card.command("enter")
@click.argument("signs", nargs=-1, required=True, metavar="CODE...")
@click.option("--name", metavar="NAME", help="Who it is, for a card without a name printed on it.")
@click.option("--at", "when", metavar="TIME", help="When it was filled in: 09:30. Now unless said.")
@click.option("--with", "company", type=click.IntRange(0, 99), default=0, metavar="N",
              help="So many more persons are with them.")  # fmt: skip
@click.option("--note", metavar="TEXT", help="The note on it; all members can read it.")
@community_option
@json_option
@click.pass_obj
def enter(
    session: Session, signs: tuple[str, ...], name: str | None, when: str | None, company: int,
    note: str | None,
) -> None:  # fmt: skip
    """Type in a card: CODE is what stands beside the line that is ticked.

    A sign that was mistyped is found. Say --at: what the person has said since stands before it.
    """
    code = " ".join(signs)
    ticked = cards.read(code)
    at = session.now if when is None else past(session, when)
    with mustering(session, writes=True) as muster:
        person = _owner(muster, cards.owners(ticked.card, muster.membership.members), name, code)
        written = muster.writer().check_in(
            ticked.code, person=person, company=company, note=note, card=ticked.card,
            name=None if person is not None else name, at=at,
        )  # fmt: skip
        who = muster.name(person) if person else session.terminal.clean(name or "")
        said, since = word(ticked.code), moment(at, session.now)
        muster.tell(written, f"from paper of {since}, {who}: {said}", code=said, at=at)
        _stands(muster, person, at)
        muster.tell_next()


def _stands(muster: Muster, person: bytes | None, at: int) -> None:
    """Tell where the person's own later word stands before the card."""
    if person is None:
        return
    muster.register.update()
    known = muster.register.person(muster.place, person)
    if known.own and known.card is None and known.at > at:
        muster.session.terminal.note(
            f"{muster.name(person)} has spoken since, and that stands: {told(muster, known)}"
        )


def _owner(muster: Muster, owners: list[bytes], name: str | None, code: str) -> bytes | None:
    """The member whose card it is; None where it is a guest's."""
    if len(owners) == 1:
        if name is not None and muster.member(name) != owners[0]:
            raise UsageError(
                f'"{code}" is a card of {muster.name(owners[0])}, not of "{name}"',
                "leave --name out if that is right",
            )
        return owners[0]
    if owners:
        if name is None:
            names = " or ".join(muster.name(each) for each in owners)
            raise UsageError(f'"{code}" may be a card of {names}', "--name says of whom")
        return muster.member(name)
    if name is None:
        raise UsageError(
            f'"{code}" is a card without a printed name, or of somebody not known here',
            "--name says whose it is",
        )
    return None
