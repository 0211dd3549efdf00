"""What the verbs of notices share: opening them, where they go, how they are told."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from hearth.cap.model import Alert, Info, Moment
from hearth.commands.communities import Square, community_named, opened
from hearth.commands.context import Session
from hearth.commands.meant import id_hints
from hearth.corpora.cache import translated
from hearth.notices.records import HELP
from hearth.store.ids import MalformedId

if TYPE_CHECKING:
    from hearth.notices.desk import Desk
    from hearth.notices.judging import Notice
    from hearth.notices.writing import Writer

NO_CALL: Final = "a notice among neighbours: it does not call the emergency services"
TIERS: Final = {
    "official-relayed": "OFFICIAL, handed on by {who}; not verified with its sender",
    "community-verified": "verified by stewards: {endorsers}",
    "neighbour": "word of a neighbour: {who}",
    "unverified": "UNVERIFIED: from {who}, of whom it is not",
}


class Board(NamedTuple):
    """Notices, opened for one run."""

    session: Session
    square: Square
    desk: Desk

    def places(self) -> list[bytes]:
        """The communities that are looked at: the one that is named, or all."""
        if (named := community_named(self.session, self.square.home)) is not None:
            return [named]
        joined = [each.id for each in self.square.commons.joined()]
        return [*joined, self.square.home.community]

    def writer(self) -> Writer:
        """For writing in the community that is meant."""
        from hearth.notices.writing import Writer

        return Writer(self.square.home, self.square.commons, self.square.place(), self.session.now)

    def find(self, text: str) -> Notice:
        """The notice that a person means, in the communities that are looked at."""
        try:
            return self.desk.find(text, community_named(self.session, self.square.home))
        except MalformedId as error:
            shown = [each for place in self.places() for each in self.desk.notices(place)]
            titles = {headline(self.session, self.desk.alert(e)): e.first.id for e in shown}
            raise MalformedId(error.message, *(id_hints(text, titles) or error.hints)) from None

    def persons(self, notice: Notice, persons: Any) -> str:
        """Several names, at most three of them."""
        names = list(dict.fromkeys(self.square.person(notice.community, each) for each in persons))
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        return (", ".join(names[:3]) if more else " and ".join(names)) + more

    def tier(self, notice: Notice) -> str:
        """How far a notice can be relied on, in words; always shown."""
        own = [each.person for each in notice.copies if each.own]
        who = self.persons(notice, own or [each.person for each in notice.copies])
        endorsers = self.persons(notice, notice.endorsers)
        text = TIERS[notice.tier.value].format(who=who, endorsers=endorsers)
        if notice.verified and notice.tier.value == "official-relayed":
            text += f"; verified by stewards: {endorsers}"
        return text


@contextmanager
def noticing(session: Session, *, writes: bool = False) -> Iterator[Board]:
    """Open notices, level with what has come. With `writes` this device's key is opened first."""
    from hearth.notices.desk import Desk

    wanted = session.config.get("emergency.endorsements")
    with (
        opened(session, read_only=not writes) as square,
        translated(),
        Desk.open(square.home, square.commons, session.now, wanted) as desk,
    ):
        yield Board(session, square, desk)


def moment_now(session: Session) -> Moment:
    """Now, in the zone of this machine."""
    return Moment(session.now, time.localtime(session.now).tm_gmtoff // 60)


def chosen(session: Session, alert: Alert) -> Info | None:
    """What an alert says in the language of whoever sits here, or first."""
    spoken = next(
        (session.environ[each] for each in ("LC_ALL", "LC_MESSAGES", "LANG")
         if session.environ.get(each)), "",
    )[:2].lower()  # fmt: skip
    fitting = (each for each in alert.infos if (each.language or "en")[:2].lower() == spoken)
    return next(fitting, alert.infos[0] if alert.infos else None)


def headline(session: Session, alert: Alert) -> str:
    """An alert in a line, safe to print."""
    info = chosen(session, alert)
    said = None if info is None else info.headline or info.event
    return session.terminal.line(said or alert.note or alert.kind)


def unreal(status: str) -> str:
    """What is not meant begins with this in every line; "" for what is."""
    return "" if status.upper() == "ACTUAL" else f"{status.upper()}, NOT REAL: "


def asks_help(alert: Alert) -> bool:
    """Whether somebody asks for help."""
    return HELP in alert.codes
