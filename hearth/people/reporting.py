"""Writing about those who are looked for: what everybody may know in the clear, the rest sealed.

Of a child, everything is sealed to the stewards, and so is where exactly somebody was last.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final

from hearth import kinds
from hearth.audience.records import Audience, Scope
from hearth.framed import Written
from hearth.people import records
from hearth.people.errors import PeopleTextError
from hearth.people.records import MissingRecord, Record, SightingRecord, Told
from hearth.people.writing import Writer, optional
from hearth.retention import outlasting
from hearth.store.header import Lane
from hearth.visible import line, size

if TYPE_CHECKING:
    from hearth.people.lookout import Missing
    from hearth.store.batch import Transaction

LONGEST: Final = 90 * 86_400
"""Seconds for which somebody is looked for; it can be said anew."""


class Reporter(Writer):
    """Writes about those who are looked for, as this device."""

    def report(self, record: MissingRecord) -> Written:
        """Look for somebody. Raises PeopleTextError, and NobodyError where it has to be sealed
        and no steward can be sealed to."""
        left = record.until - self._now
        if not 3600 <= left <= LONGEST:
            raise PeopleTextError("somebody is looked for for an hour to 90 days")
        record = record._replace(
            name=line(record.name, "a name", records.MAX_NAME, PeopleTextError),
            place=optional(record.place, "a place", records.MAX_PLACE),
            text=_text(record.text),
            exact=optional(record.exact, "an address", records.MAX_EXACT),
        )
        expiry = outlasting(left)
        with self._home.store.batch() as batch, batch.transaction() as tx:
            if record.minor:
                return self._seal(tx, kinds.MISSING, record, expiry)
            clear = self._append(tx, kinds.MISSING, record._replace(exact=None), expiry=expiry)
            if record.exact is not None:
                where = MissingRecord(about=clear.event.id, exact=record.exact)
                self._seal(tx, kinds.MISSING, where, expiry)
        return clear

    def sight(self, missing: Missing, record: SightingRecord) -> Written:
        """Say what is known of somebody. Raises what `report` raises."""
        record = record._replace(
            text=_text(record.text),
            place=optional(record.place, "a place", records.MAX_PLACE),
            exact=optional(record.exact, "an address", records.MAX_EXACT),
        )
        expiry = outlasting(max(0, missing.until - self._now))
        with self._home.store.batch() as batch, batch.transaction() as tx:
            if missing.sealed:
                return self._seal(tx, kinds.SIGHTING, record, expiry)
            clear = self._append(tx, kinds.SIGHTING, record._replace(exact=None), expiry=expiry)
            if record.exact is not None:
                where = SightingRecord(missing.id, record.told, exact=record.exact)
                self._seal(tx, kinds.SIGHTING, where, expiry)
        return clear

    def _seal(self, tx: Transaction, kind: int, record: Record, expiry: int) -> Written:
        """Tell the stewards. As one of them, hand on what they were told before they were."""
        stewards = self.membership.stewards
        audience = Audience(self.community, Scope.STEWARDS, self.community)
        keyring = self._register.keyring
        keyring.update(self._now)
        ready = keyring.ensure(tx, audience, stewards, self._now)
        if self.me in stewards:
            keyring.hand_on(tx, audience, stewards, self._now)
        event = keyring.append(
            tx, ready.held, Lane.EMERGENCY, kind, records.encode(record, sealed=True), self._now,
            expiry=expiry,
        )  # fmt: skip
        return Written.of(event)


def found(missing: Missing, me: bytes, text: str | None, place: str | None) -> SightingRecord:
    """That somebody is found; by themselves, if it is they who say so."""
    told = Told.IS_NOTE_AUTHOR if missing.person == me else Told.BELIEVED_ALIVE
    return SightingRecord(missing.id, told, text, place, found=True)


def _text(text: str | None) -> str | None:
    if text is None:
        return None
    kept = unicodedata.normalize("NFC", text.strip())
    length = size(kept, "a description", PeopleTextError)
    if not 1 <= length <= records.MAX_TEXT:
        raise PeopleTextError(f"a description has 1 to {records.MAX_TEXT:,} bytes, not {length:,}")
    return kept
