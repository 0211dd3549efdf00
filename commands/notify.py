"""Telling a person of what has come: a bell, a line, a program of their own.

`chat.notify` names a program (`notify_program`) that gets messages and emergencies as JSON. Names
and texts are cleaned as for a terminal.

In the hours of `chat.quiet` only what is grave is told, and the rest once they are over, or an
emergency is declared in a community of this hearth.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from hearth.commands.context import Session
from hearth.settings import NOTIFY, QUIET
from hearth.store.errors import HearthError

if TYPE_CHECKING:
    from hearth.commands.notify_chat import Letter
    from hearth.commands.notify_news import News, Told
    from hearth.mesh.node import Node
    from hearth.store.store import Store

AGAIN: Final = 300.0
"""Seconds after which it is looked again at what is held back, while serving."""
MOST: Final = 50
"""Messages, and emergencies, told at once; of more, only how many there are."""
LINES: Final = 3
"""Emergencies that are told on a terminal, a line each."""
_TOLD: Final = "chat told"
_GRAVE: Final = "grave told"
_RUNG: Final = "emergencies rung"


class Fresh(NamedTuple):
    """What is to be told; `more`: how many emergencies there are beside those."""

    letters: list[Letter]
    news: list[News]
    more: int = 0


def is_quiet(hours: str, now: int) -> bool:
    """Whether a time lies in these hours of the local clock; the end of them does not."""
    if not hours:
        return False
    first, last = (int(each[:2]) * 60 + int(each[3:]) for each in hours.split("-"))
    local = time.localtime(now)
    minute = local.tm_hour * 60 + local.tm_min
    return first <= minute < last if first <= last else minute >= first or minute < last


def _is_held_back(session: Session, node: Node, now: int) -> bool:
    """Whether what is not grave waits for the end of quiet hours, which no emergency overrides."""
    from hearth.condition.declared import standing
    from hearth.condition.records import Level

    if not is_quiet(session.config.get(QUIET), now):
        return False
    declared = standing(node.home, node.commons, now).actual
    return all(each.level is not Level.EMERGENCY for each in declared)


def after(session: Session, node: Node) -> None:
    """Tell of what has come since this was done last. Raises nothing that is not a signal: what has
    come is here, whoever is told of it."""
    try:
        tell(session, fresh(session, node))
    except HearthError as error:
        _untold(session, error)


def _untold(session: Session, error: HearthError) -> None:
    session.terminal.warn(f"what has come could not be told of: {error.message}", *error.hints)


def fresh(session: Session, node: Node) -> Fresh:
    """What is to be told of now; it counts as told then."""
    from hearth.commands.communities import Square
    from hearth.commands.notify_emergency import news
    from hearth.corpora.cache import translated
    from hearth.store import cbor

    store, now, nothing = node.home.store, node.now(), Fresh([], [])
    last, told = store.log.last_arrival(), _told(store)
    if told.all == told.grave == last:
        return nothing
    square = Square(session, node.home, node.commons)
    held = _is_held_back(session, node, now)
    if held and told.grave == last:
        return nothing
    found: list[News] = []
    more, rung = 0, told.rung
    with translated():
        if _is_urgent(store, told.grave if held else told.all):
            found, more, rung = news(session, square, told, last, now, held=held)
        letters = [] if held else _letters(session, square, node, told.all, last)
    with store.batch() as batch, batch.transaction() as tx:
        if _told(store) != told:
            return nothing  # another process was faster, and tells
        tx.set_meta(_GRAVE, last)
        if rung != told.rung:
            tx.set_meta(_RUNG, cbor.encode([[*each] for each in rung]))
        if not held:
            tx.set_meta(_TOLD, last)
    return Fresh(letters, found, more)


def _told(store: Store) -> Told:
    from hearth.commands.notify_news import Rung, Told
    from hearth.store import cbor

    told, data = store.meta(_TOLD) or 0, store.meta(_RUNG)
    rung: Any = cbor.decode(data) if isinstance(data, bytes) else []
    return Told(told, max(told, store.meta(_GRAVE) or 0), tuple(Rung(*each) for each in rung))


def _is_urgent(store: Store, after: int) -> bool:
    """Whether an event of the lane emergency has come."""
    from hearth.store.header import Lane

    return next(store.log.events(lane=Lane.EMERGENCY, after=after, limit=1), None) is not None


def _letters(session: Session, square: Any, node: Node, told: int, last: int) -> list[Letter]:
    from hearth.chat.talk import Talk
    from hearth.commands.notify_chat import letters

    with Talk.open(node.home, node.commons) as talk:
        talk.update(node.now())
        return list(letters(session, square, talk, told, last))


async def keep_telling(session: Session, node: Node, came: Came) -> None:
    """Tell of what comes, while serving; a program that takes its time keeps nobody waiting."""
    import anyio

    while True:
        try:
            found = fresh(session, node)
            if found.letters or found.news:
                await anyio.to_thread.run_sync(tell, session, found, abandon_on_cancel=True)
        except HearthError as error:
            _untold(session, error)
        with anyio.move_on_after(AGAIN):  # quiet hours may have ended
            await came.wait()


class Came:
    """Set by whoever brings something; `wait` returns once, however often that was."""

    def __init__(self) -> None:
        self._event: Any = None
        self._set = False

    def set(self) -> None:
        """Something has come."""
        self._set = True
        if self._event is not None:
            self._event.set()

    async def wait(self) -> None:
        """Until something has come since this returned last."""
        import anyio

        self._event = anyio.Event()
        if not self._set:
            await self._event.wait()
        self._set, self._event = False, None


def tell(session: Session, found: Fresh) -> None:
    """Ring, say so on a terminal, and run the program."""
    from hearth.commands import notify_program

    if not found.letters and not found.news:
        return
    terminal = session.terminal
    if terminal.stderr.isatty() and not terminal.quiet:
        if not terminal.plain:
            with suppress(OSError, ValueError):
                terminal.stderr.write("\a")
        for line in _lines(session, found):
            terminal.note(line)
    letters, news = found.letters, found.news
    document = {
        "v": 1,
        "messages": [each.data for each in letters[:MOST]],
        "more": max(0, len(letters) - MOST),
        "emergencies": [each.data for each in news[:MOST]],
        "more_emergencies": max(0, len(news) - MOST) + found.more,
    }
    notify_program.call(session, NOTIFY, document)


def _lines(session: Session, found: Fresh) -> Iterator[str]:
    """What a terminal says: emergencies first."""
    from hearth.commands.layout import count

    for each in found.news[:LINES]:
        yield session.terminal.wrap(each.line, hanging="  ")
    if found.news:
        more = max(0, len(found.news) - LINES) + found.more
        [there, *others] = {each.there for each in found.news}
        shows = f"hearth emergency{'' if others else there} shows what to know"
        yield (f"and {more:,} more; " if more else "") + shows
    if found.letters:
        names = list(dict.fromkeys(each.who for each in found.letters))
        rest = f" and {len(names) - 3} more" if len(names) > 3 else ""
        new = count(len(found.letters), "new message")
        yield f"{new}: {', '.join(names[:3])}{rest}; hearth chat read shows them"
