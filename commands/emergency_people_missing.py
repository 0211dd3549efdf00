"""hearth emergency missing: look for somebody, say what is known, say that they are found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from hearth.commands.ask import Words
from hearth.commands.context import Session
from hearth.commands.emergency_missing_lines import BELIEFS, TOLD, as_json, details, line, put
from hearth.commands.options import community_option, json_option, null_option
from hearth.store.errors import Exit, UsageError

if TYPE_CHECKING:
    from hearth.commands.mustering import Muster
    from hearth.people.lookout import Missing
    from hearth.people.reporting import Reporter


@click.group(
    "missing", invoke_without_command=True,
)  # fmt: skip
@null_option
@community_option
@json_option
@click.pass_context
def missing(ctx: click.Context, null: bool) -> int | None:
    """Look for somebody, and say what is known of them. Alone, it lists who is looked for.

    Of a child, all of it is sealed to the stewards; of others, where exactly. When its time is
    over, an id and dates are left. It does not call the police.
    """
    if ctx.invoked_subcommand is None:
        return _listed(ctx.ensure_object(Session), null)
    return None


@missing.command("report", cls=Words)
@click.argument("words", nargs=-1, metavar="NAME...")
@click.option("--description", metavar="TEXT", help="What they look like, what they wore.")
@click.option("--where", "place", metavar="TEXT",
              help="Where they were last, roughly; all can read it.")  # fmt: skip
@click.option("--exact", metavar="TEXT", help="Where exactly; only stewards can read it.")
@click.option("--member", metavar="PERSON", help="The member it is: they may say so themselves.")
@click.option("--child", "minor", is_flag=True, help="Only stewards can read any of it.")
@click.option("--until", default="30d", metavar="TIME", help="How long: 30d unless said.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@community_option
@json_option
@click.pass_obj
def report(
    session: Session, words: tuple[str, ...], description: str | None, place: str | None,
    exact: str | None, member: str | None, minor: bool, until: str, yes: bool,
) -> None:  # fmt: skip
    """Look for somebody: NAME is how they are called, in up to 80 bytes."""
    from hearth.commands.chatting import sentence
    from hearth.commands.marketing import until as parse
    from hearth.commands.mustering import NO_CALL, mustering
    from hearth.people.records import MissingRecord

    name = sentence(words)
    if name is None:
        raise UsageError("whom to look for: a NAME is missing")
    rough, fine = _places(place, exact)
    with mustering(session, writes=True) as muster:
        person = None if member is None else muster.member(member)
        _alike(muster, name, yes)
        _open_to_all(session, name, yes or minor)
        record = MissingRecord(name, parse(session, until), rough, description, person, minor, fine)
        written = _reporter(muster).report(record)
        muster.tell(
            written,
            "told to the stewards, sealed" if minor else "looked for; all members can read it",
        )
        session.terminal.warn(NO_CALL, "report a missing person to the police, too")
        muster.tell_next()


def _places(place: str | None, exact: str | None) -> tuple[str | None, str | None]:
    """What all may read of a place, and what only stewards: degrees are made coarse."""
    from hearth.market import places

    if place is None:
        return None, exact
    from hearth.people.records import MAX_PLACE

    if len(place.encode("utf-8", "replace")) <= places.MAX_NAME:
        where = places.parse(place)
        rough = places.coarse(where).name
        return rough, exact or (place if rough != place.strip() and where.point else None)
    if len(place.encode("utf-8", "replace")) > MAX_PLACE:
        raise UsageError(f"a place has at most {MAX_PLACE} bytes", "--description has room")
    return place, exact


def _alike(muster: Muster, name: str, yes: bool) -> None:
    """Ask whether somebody is reported twice."""
    from hearth.commands.agreeing import confirm
    from hearth.people.lookout import Lookout, State

    found = [
        each
        for each in Lookout(muster.register).search(muster.place, name)
        if each.state is State.OPEN
    ]
    if found:
        lines = [
            f"looked for already: {each.id.hex()[:8]} {line(muster, each)}" for each in found[:3]
        ]
        confirm(muster.session, yes, *lines, question="Report somebody else?")


def _open_to_all(session: Session, name: str, yes: bool) -> None:
    """Ask whoever is there whether all members are meant: of a child only stewards should read, and
    what has gone round is never called back."""
    from hearth.commands.agreeing import confirm

    if session.terminal.interactive:
        line = f'All members will read this of "{name}". Of a child, only stewards: --child.'
        confirm(session, yes, line, question="Tell all members?")


def _reporter(muster: Muster) -> Reporter:
    from hearth.people.reporting import Reporter

    return Reporter(muster.register, muster.place)


@missing.command("sighting", cls=Words)
@click.argument("which", metavar="ID")
@click.argument("words", nargs=-1, metavar="TEXT...")
@click.option("--told", type=click.Choice(list(TOLD)),
              help="What you believe: alive unless said; self: it is you.")  # fmt: skip
@click.option("--where", "place", metavar="TEXT", help="Where, roughly; all can read it.")
@click.option("--exact", metavar="TEXT", help="Where exactly; only stewards can read it.")
@community_option
@json_option
@click.pass_obj
def sighting(
    session: Session, which: str, words: tuple[str, ...], told: str | None, place: str | None,
    exact: str | None,
) -> None:  # fmt: skip
    """Say what you know of somebody who is looked for: seen, heard of, not seen."""
    from hearth.people.records import SightingRecord, Told

    if not (words or told or place or exact):
        raise UsageError(
            "say what you know: a TEXT is missing", "or --told, with one of " + ", ".join(TOLD)
        )
    belief = told or "alive"

    def made(one: Missing, me: bytes, text: str | None) -> SightingRecord:
        rough, fine = _places(place, exact)
        return SightingRecord(one.id, Told[TOLD[belief].upper()], text, rough, exact=fine)

    _say(session, which, words, made, f"told: {BELIEFS.get(belief, f'believed {belief}')}")


@missing.command("found", cls=Words)
@click.argument("which", metavar="ID")
@click.argument("words", nargs=-1, metavar="[TEXT...]")
@click.option("--where", "place", metavar="TEXT", help="Where, roughly; all can read it.")
@community_option
@json_option
@click.pass_obj
def found(session: Session, which: str, words: tuple[str, ...], place: str | None) -> None:
    """Say that somebody is found. It ends the search by the word of who looks for them, of a
    steward, or of the person; by anybody else's it is shown beside it."""
    from hearth.people import reporting
    from hearth.people.errors import FoundError
    from hearth.people.lookout import State
    from hearth.people.records import SightingRecord

    def made(one: Missing, me: bytes, text: str | None) -> SightingRecord:
        if one.state is State.FOUND and text is None and place is None:
            raise FoundError(
                f'"{which}" is found already', "with a TEXT, more is told: where, how they are"
            )
        rough, fine = _places(place, None)
        return reporting.found(one, me, text, rough)._replace(exact=fine)

    _say(session, which, words, made, "said to be found")


def _say(session: Session, which: str, words: tuple[str, ...], made: Any, what: str) -> None:
    from hearth.commands.chatting import sentence
    from hearth.commands.mustering import mustering
    from hearth.people.errors import NotYoursError
    from hearth.people.lookout import Lookout, State

    with mustering(session, writes=True) as muster:
        one = Lookout(muster.register).find(muster.place, which)
        if one.state is State.EXPIRED:
            raise NotYoursError(f'"{which}" is over', "hearth emergency missing report looks anew")
        written = _reporter(muster).sight(one, made(one, muster.square.me, sentence(words)))
        muster.tell(written, what)
        muster.tell_next()


@missing.command("search", cls=Words)
@click.argument("words", nargs=-1, required=True, metavar="WORDS...")
@null_option
@community_option
@json_option
@click.pass_obj
def search(session: Session, words: tuple[str, ...], null: bool) -> int:
    """Find who is looked for by name, description or place; exit code 4 if nobody is."""
    from hearth.commands.chatting import sentence
    from hearth.commands.mustering import mustering
    from hearth.people.lookout import Lookout

    with mustering(session) as muster:
        muster.unseal()
        given = Lookout(muster.register).search(muster.place, sentence(words) or "")
        if session.json:
            session.terminal.out_json(
                {"v": 1, "missing": [as_json(muster, each) for each in given]}
            )
        elif null:
            session.terminal.out_ids(each.id for each in given)
        elif not given:
            session.terminal.out("nobody of that name is looked for here")
        for each in () if session.json or null else given:
            put(muster, each)
        return Exit.OK if given else Exit.NOTHING_FOUND


@missing.command("show")
@click.argument("which", metavar="ID")
@community_option
@json_option
@click.pass_obj
def show(session: Session, which: str) -> int:
    """Show all that is known of somebody who is looked for."""
    from hearth.commands.mustering import mustering
    from hearth.people.lookout import Lookout

    with mustering(session) as muster:
        muster.unseal()
        one = Lookout(muster.register).find(muster.place, which)
        if session.json:
            session.terminal.out_json({"v": 1, **as_json(muster, one)})
        else:
            for line in details(muster, one):
                session.terminal.out(line)
    return Exit.OK


def _listed(session: Session, null: bool) -> int:
    from hearth.commands.mustering import mustering
    from hearth.people import lookout

    with mustering(session) as muster:
        code = muster.unseal()
        every = lookout.Lookout(muster.register).all(muster.place)
        if session.json:
            session.terminal.out_json(
                {"v": 1, "missing": [as_json(muster, each) for each in every]}
            )
            return code
        if null:
            session.terminal.out_ids(each.id for each in every)
            return code
        if not every:
            session.terminal.out("nobody is looked for here")
        shown, more = lookout.heard(every)
        for each in shown:
            put(muster, each)
        for author, count in more.items():
            session.terminal.out(f"and {count:,} more by {muster.name(author)}: --json lists them")
    return code
