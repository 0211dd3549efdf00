"""hearth emergency status, declare, renew and stand-down."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click

from hearth.commands import condition_hook, conditioning, running
from hearth.commands.agreeing import confirm
from hearth.commands.ask import Words
from hearth.commands.chatting import sentence
from hearth.commands.communities import Square, opened
from hearth.commands.context import Session
from hearth.commands.options import community_option, json_option, status_word, time_option
from hearth.commands.running import clock
from hearth.commands.times import moment
from hearth.condition import keeping
from hearth.condition.records import DEFAULT, DeclareRecord, Level, Status, word
from hearth.corpora.cache import translated
from hearth.store.errors import Exit, UsageError

if TYPE_CHECKING:
    from hearth.condition.declaring import Declarer
    from hearth.condition.keeper import Change
    from hearth.condition.known import Known
    from hearth.framed import Written

F = TypeVar("F", bound=Callable[..., Any])


@click.command("status")
@click.option("--exit-code", is_flag=True, help="Exit with 20 degraded, 21 island, 22 emergency.")
@click.option("--watch", is_flag=True, help="Go on, and print each change.")
@json_option
@click.pass_obj
def status(session: Session, exit_code: bool, watch: bool) -> int:
    """Show the mode here and what it follows from: normal, degraded, island, emergency, recovery.

    Being cut off is never an emergency: stewards declare one. Nobody outside the local network is
    asked, unless emergency.probes says whom. While hearth serve runs, it looks, and this tells what
    it has seen; otherwise this looks once. With --exit-code, recovery exits as what is seen does.
    """
    if exit_code and watch:
        raise UsageError("--exit-code and --watch exclude each other")
    with opened(session, read_only=True, signs=False) as square:
        if watch:
            _watch(session, square)
            return Exit.OK
        known = conditioning.look(session, square)
        _print(session, square, known)
    return known.exit_code if exit_code else Exit.OK


def _print(session: Session, square: Square, known: Known) -> None:
    if session.json:
        data = conditioning.as_json(session, square.commons, known)
        session.terminal.out_json({"v": 1, **data})
        return
    for line in conditioning.lines(session, square.commons, known):
        session.terminal.out(line)


# watching


def _watch(session: Session, square: Square) -> None:
    running.run(_watching, session, square)


async def _watching(session: Session, square: Square) -> None:
    """Print what is known, then each change; look oneself unless another process does."""
    import anyio

    from hearth.condition.keeper import keeping_watch
    from hearth.condition.known import known
    from hearth.condition.watching import watch

    home, commons = square.home, square.commons
    told: list[Known] = []

    def report(found: Known, change: Change | None) -> None:
        what = found._replace(looked=None, notes={}, percent=None)
        if told != [what]:
            first, told[:] = not told, [what]
            session.now = clock()
            if session.json:
                document = conditioning.as_json(session, commons, found)
                session.terminal.out_json({"v": 1, "event": "condition", **document})
            elif first:
                _print(session, square, found)
            else:
                session.terminal.out(conditioning.watched_line(session, found))
            session.terminal.flush()
        if change is not None:
            told_of = condition_hook.document(session, commons, found, change)
            condition_hook.run(session, told_of)

    while True:
        with keeping_watch(home, commons, keeping.moment(clock())) as keeper:
            if keeper is not None:
                ways, failed = conditioning.ways(session), _fail
                await watch(keeper, home.store.log, ways, clock, report, failed)
        report(known(home, commons, keeping.moment(clock())), None)
        await anyio.sleep(1.0)


def _fail(error: Exception) -> None:
    raise error


# declaring


def _unreal(function: F) -> F:
    """The options that say that something is not meant."""
    for option in (
        click.option("--test", is_flag=True, help="A test: marked as not real everywhere."),
        click.option("--exercise", is_flag=True, help="A rehearsal: marked as not real."),
    ):
        function = option(function)
    return function


def _for(default: str) -> Callable[[F], F]:
    return time_option("--for", "long", help=f"For so long, up to 7d (default: {default}).")


@click.command("declare", cls=Words)
@click.argument("words", nargs=-1, metavar="REASON...")
@click.option("--watch", is_flag=True, help="Not yet an emergency: something may be coming.")
@_unreal
@_for("24h")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@community_option
@json_option
@click.pass_obj
def declare(
    session: Session, words: tuple[str, ...], watch: bool, exercise: bool, test: bool,
    long: int | None, yes: bool,
) -> None:  # fmt: skip
    """Declare an emergency in the community, as a steward, and say why.

    It goes first with whoever comes by, and ends by itself after 24 hours unless a steward renews
    it. It does not call the emergency services. --exercise and --test change no mode anywhere.
    """
    kind = Status[status_word(exercise, test)]
    seconds = long or DEFAULT
    with _declaring(session) as (square, declarer):
        level = Level.WATCH if watch else Level.EMERGENCY
        reason = declarer.checked(level, kind, sentence(words) or "", seconds)
        if kind is Status.ACTUAL and not watch:
            line = "Every member's hearth will show an emergency. It calls no emergency services."
            confirm(session, yes, line, question="Declare it?")
        _tell(session, square, declarer.declare(level, kind, reason, seconds), "is declared")


@click.command("renew")
@_unreal
@_for("24h")
@community_option
@json_option
@click.pass_obj
def renew(session: Session, exercise: bool, test: bool, long: int | None) -> None:
    """Say again what is declared in the community, for 24 hours from now, as a steward."""
    kind, seconds = Status[status_word(exercise, test)], long or DEFAULT
    with _declaring(session) as (square, declarer):
        _tell(session, square, declarer.renew(kind, seconds), "is renewed")


@click.command("stand-down", cls=Words)
@click.argument("words", nargs=-1, metavar="[REASON...]")
@_unreal
@_for("24h of recovery")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@community_option
@json_option
@click.pass_obj
def stand_down(
    session: Session, words: tuple[str, ...], exercise: bool, test: bool, long: int | None,
    yes: bool,
) -> None:  # fmt: skip
    """End what is declared in the community, as a steward.

    After an emergency comes recovery, which ends by itself, or with a second stand-down. An
    emergency that another steward declares meanwhile, unseen here, goes on. Whoever sits at a
    terminal is asked before an emergency ends; scripts are not.
    """
    kind, seconds = Status[status_word(exercise, test)], long or DEFAULT
    with _declaring(session) as (square, declarer):
        if declarer.after(kind) is Level.RECOVERY and session.terminal.interactive:
            line = "Every member's hearth will show that the emergency is over."
            confirm(session, yes, line, question="End it?")
        written = declarer.stand_down(kind, sentence(words) or "", seconds)
        _tell(session, square, written, "begins" if _said(written).level else "is over")


@contextmanager
def _declaring(session: Session) -> Iterator[tuple[Square, Declarer]]:
    """Open the community that is meant for declaring; afterwards the mode follows."""
    from hearth.condition.declaring import Declarer

    with opened(session) as square:
        with translated(), _declared(session, square) as declared:
            place = square.place()
            yield square, Declarer(square.home, square.commons, declared, place, session.now)
        conditioning.after(session, square.home, square.commons)


def _declared(session: Session, square: Square) -> Any:
    from hearth.condition.declared import Declared

    opened: Any = Declared.open(square.home, square.commons, session.now)
    return opened


def _said(written: Written) -> DeclareRecord:
    return DeclareRecord.decode(written.event.payload or b"")


def _tell(session: Session, square: Square, written: Written, what: str) -> None:
    record, header = _said(written), written.event.header
    until = None if record.level is Level.OVER else header.wall + record.long
    end = "" if until is None else f" until {moment(until, session.now)}"
    square.tell_written(
        written,
        f"{word(record.level, record.status)} {what}{end}",
        level=record.level.name.lower(),
        status=record.status.name.lower(),
        until=until,
    )
    if not session.json:
        square.tell_next(header.community)
