"""Writing notices into the log: each act is one transaction, or nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from hearth import kinds
from hearth.cap.model import Alert
from hearth.framed import Written
from hearth.notices.drafting import NoticeTextError
from hearth.notices.fold import stated_end
from hearth.notices.records import EndorseRecord, NoticeRecord
from hearth.retention import outlasting
from hearth.store import servable
from hearth.store.errors import HearthError
from hearth.store.header import MAX_PAYLOAD, Lane

if TYPE_CHECKING:
    from hearth.community.commons import Commons
    from hearth.home import Home
    from hearth.store.batch import Transaction

_KEPT: Final = 7 * 86_400
"""Seconds for which a notice is worth keeping when it has ended."""


class NotStewardError(HearthError, code="not-a-steward"):
    """Only a steward can stand for a notice (exit 1)."""


class NotOursError(HearthError, code="not-yours"):
    """A notice of somebody else was to be changed (exit 1)."""


class NotInForceError(HearthError, code="not-in-force"):
    """A notice was to be changed that has ended (exit 1)."""


class OutsiderError(HearthError, code="not-a-member"):
    """This hearth does not belong to the community (exit 1)."""


class Writer:
    """Writes notices as this device, in one community."""

    def __init__(self, home: Home, commons: Commons, community: bytes, now: int) -> None:
        me = home.identity
        membership = commons.membership(community)
        if membership.person_of(me.device) != me.person:
            raise OutsiderError(f'this device does not belong to "{membership.name}"')
        self._home = home
        self._community = community
        self._now = now
        self._steward = membership.is_steward(me.person)
        self._signer = home.signer(now)

    def publish(self, alert: Alert) -> Written:
        """Write one's own alert, update or cancellation. Raises NoticeTextError."""
        payload = encoded(alert, relayed=False)
        with self._home.store.batch() as batch, batch.transaction() as tx:
            return self._append(tx, kinds.NOTICE, payload, (), self._expiry(alert))

    def relay(self, document: bytes, alerts: Sequence[Alert]) -> list[Written]:
        """Hand alerts on, with the document they were received in. Raises NoticeTextError."""
        payloads = [encoded(each, relayed=True) for each in alerts]
        if not payloads:
            return []
        with self._home.store.batch() as batch:
            object = batch.put(document)
            with batch.transaction() as tx:
                written = [
                    self._append(tx, kinds.NOTICE, payload, (object,), self._expiry(alert))
                    for alert, payload in zip(alerts, payloads, strict=True)
                ]
                found = servable.closure(self._home.store, [object])
                servable.allow(tx, self._community, found)
        return written

    def endorse(self, digest: bytes, *, stands: bool) -> Written:
        """Stand for an alert, or do so no longer. Raises NotStewardError."""
        if not self._steward:
            raise NotStewardError("only a steward can stand for a notice")
        payload = EndorseRecord(digest, stands).encode()
        with self._home.store.batch() as batch, batch.transaction() as tx:
            return self._append(tx, kinds.ENDORSE, payload, (), 0)

    def _expiry(self, alert: Alert) -> int:
        """The first class of expiry that outlasts the alert by a week."""
        left = max(0, stated_end(alert) - self._now) + _KEPT
        return outlasting(left)

    def _append(
        self, tx: Transaction, kind: int, payload: bytes, refs: Iterable[bytes], expiry: int
    ) -> Written:
        event = self._home.store.log.append(
            tx, self._signer, self._community, Lane.EMERGENCY, kind, payload, tuple(refs),
            wall=self._now, expiry=expiry,
        )  # fmt: skip
        return Written.of(event)


def encoded(alert: Alert, *, relayed: bool) -> bytes:
    """The payload of an alert. Raises NoticeTextError for one that no event can hold."""
    try:
        payload = NoticeRecord(alert, relayed).encode()
    except ValueError as error:
        raise NoticeTextError(f"too long for a notice: {error}") from None
    if len(payload) > MAX_PAYLOAD:
        raise NoticeTextError(f"too long for a notice: {len(payload):,} bytes")
    return payload
