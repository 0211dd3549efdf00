"""Writing to the board, and rehearsals: each act is one transaction, or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hearth import kinds
from hearth.boards.drills import LONGEST
from hearth.boards.records import DrillRecord, SiteRecord, What
from hearth.boards.words import MAX_NOTE, line
from hearth.cap.model import Alert, Moment
from hearth.framed import Written
from hearth.notices import drafting, writing as notices
from hearth.notices.drafting import Draft
from hearth.notices.records import sender_of
from hearth.notices.writing import NotStewardError, encoded
from hearth.store.errors import UsageError

if TYPE_CHECKING:
    from hearth.store.batch import Transaction

WEEK: Final = 2
MONTH: Final = 3
"""Classes of expiry (`hearth.retention.EXPIRY`)."""


class Writer(notices.Writer):
    """Writes as this device, in one community; notices, too."""

    def report(self, record: SiteRecord) -> Written:
        """Say how a site is."""
        with self._home.store.batch() as batch, batch.transaction() as tx:
            return self._append(tx, kinds.SITE, record.encode(), (), MONTH)

    def checked(self, text: str, long: int) -> str:
        """The news of a rehearsal as it would be written, if `start` can begin it. Raises
        NotStewardError, UsageError."""
        if not self._steward:
            raise NotStewardError("only a steward can begin a rehearsal")
        if not 60 <= long <= LONGEST:
            raise UsageError("a rehearsal takes a minute to 7 days")
        return line(text, "text", MAX_NOTE)

    def start(self, text: str, long: int, name: str, zone: int) -> tuple[Written, Written]:
        """Begin a rehearsal: the news of it, which is a notice whose status is Exercise, and the
        beginning itself, in one transaction.

        `name`: what this person is called; `zone`: minutes east. Raises NotStewardError.
        """
        text = self.checked(text, long)
        alert = drafting.publish(
            self._home.identity.person, name, Draft(headline=text, event="Exercise", long=long),
            Moment(self._now, zone), status="Exercise",
        )  # fmt: skip
        payload = encoded(alert, relayed=False)
        record = DrillRecord(What.START, until=self._now + long, text=text)
        with self._home.store.batch() as batch, batch.transaction() as tx:
            news = self._append(tx, kinds.NOTICE, payload, (), WEEK)
            begun = self._append(tx, kinds.DRILL, record.encode(), (news.event.id,), WEEK)
        return news, begun

    def end(self, drill: bytes, news: Alert | None, zone: int) -> Written:
        """End a rehearsal, and take back its news if that is this person's own. Raises
        NotStewardError."""
        if not self._steward:
            raise NotStewardError("only a steward can end a rehearsal")
        record = DrillRecord(What.END, drill)
        with self._home.store.batch() as batch, batch.transaction() as tx:
            if news is not None and news.sender == sender_of(self._home.identity.person):
                over = drafting.cancel(news, "the exercise is over", Moment(self._now, zone))
                self._append(tx, kinds.NOTICE, encoded(over, relayed=False), (), WEEK)
            return self._append(tx, kinds.DRILL, record.encode(), (), WEEK)

    def answer(self, drill: bytes) -> Written:
        """Say that this person has learnt of a rehearsal."""
        record = DrillRecord(What.HEARD, drill, answered=True)
        with self._home.store.batch() as batch, batch.transaction() as tx:
            return self._append(tx, kinds.DRILL, record.encode(), (), WEEK)

    def hear(self, tx: Transaction, drill: bytes, way: bytes) -> Written:
        """Say that this hearth holds the news of a rehearsal, and how it came."""
        record = DrillRecord(What.HEARD, drill, way=way)
        return self._append(tx, kinds.DRILL, record.encode(), (), WEEK)
