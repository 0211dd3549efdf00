"""Listing things, changing what was listed, and saying what one thinks of others'.

Only what can stand is written: whoever may not decide, or more than there is, is refused here with
what to do instead. What others write is judged by `state`, not believed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from hearth import kinds
from hearth.market import photos as pictures, records
from hearth.market.ending import KEPT
from hearth.market.errors import BadListingError, ClosedError, NotYoursToDecideError
from hearth.market.pen import Pen
from hearth.market.records import (
    Act,
    ChangeRecord,
    ListingRecord,
    PlaceRecord,
    Record,
    ReportRecord,
    Verdict,
    VouchRecord,
)
from hearth.market.shapes import Item, Report
from hearth.market.wording import checked, line
from hearth.retention import EXPIRY
from hearth.store import servable
from hearth.store.ids import short

if TYPE_CHECKING:
    from hearth.market.market import Market
    from hearth.store.batch import Batch, Transaction


class Actor:
    """Writes listings and opinions as this device. Needs its key."""

    def __init__(self, market: Market) -> None:
        self._market = market
        self._pen = Pen(market)
        self._now = market.now

    # listings

    def post(
        self,
        community: bytes,
        record: ListingRecord,
        photos: Sequence[Path] = (),
        exact: str | None = None,
    ) -> bytes:
        """List something; its id. `exact` is sealed to this person's devices and the delegates."""
        self._pen.check_member(community)
        with self._pen.writing() as batch:
            record = checked(_with_photos(batch, record, photos), self._now)
            with batch.transaction() as tx:
                id = self._append(tx, community, kinds.LISTING, record, record)
                if exact is not None:
                    self._tell(tx, community, id, exact, (self._market.me, *record.delegates))
        return id

    def edit(
        self,
        item: Item,
        record: ListingRecord,
        photos: Sequence[Path] = (),
        exact: str | None = None,
    ) -> bytes:
        """Word one's own listing anew; `photos` and `exact` in the place of those there were.

        Delegates that are named now, and were not, are told where exactly.
        """
        self._check_mine(item)
        if item.withdrawn:
            raise ClosedError(f'"{short(item.id)}" was withdrawn', "hearth market post lists anew")
        told = (self._market.me, *record.delegates)
        if exact is None:
            exact = self._market.claims.exact(item.id, None)
            told = tuple(set(record.delegates) - set(item.record.delegates))
        with self._pen.writing() as batch:
            record = checked(_with_photos(batch, record, photos), self._now)
            change = ChangeRecord(item.id, Act.EDIT, record)
            with batch.transaction() as tx:
                id = self._append(tx, item.community, kinds.CHANGE, change, record)
                if exact is not None:
                    self._tell(tx, item.community, item.id, exact, told)
        return id

    def renew(self, item: Item, until: int) -> bytes:
        """Have one's own listing shown for longer."""
        # whole, so that it outlives the first wording
        return self.edit(item, item.record._replace(until=until))

    def withdraw(self, item: Item) -> None:
        """Take one's own listing back; nothing is written where that was done before."""
        self._check_mine(item)
        if not item.withdrawn:
            change = ChangeRecord(item.id, Act.WITHDRAW)
            self._pen.alone(item.community, kinds.CHANGE, change)

    def _append(
        self, tx: Transaction, community: bytes, kind: int, said: Record, listing: ListingRecord
    ) -> bytes:
        """An event that words a listing: it is kept till some time after the listing's end."""
        refs = tuple(dict.fromkeys(each.object for each in listing.photos))
        expiry = lasting(listing.until - self._now + KEPT)
        id = self._pen.append(tx, community, kind, said, expiry, refs)
        if refs:
            servable.allow(tx, community, servable.closure(self._market.home.store, refs))
        return id

    def _tell(
        self, tx: Transaction, community: bytes, id: bytes, exact: str, persons: Iterable[bytes]
    ) -> None:
        place = PlaceRecord(id, None, line(exact, "an address", records.MAX_EXACT))
        for person in persons:
            self._pen.seal(tx, community, place, person)

    # what others think

    def report(self, item: Item, verdict: Verdict, reason: str) -> bytes:
        """Complain of a listing; as a steward, hide it or show it again. With a reason. A complaint
        that is open already is not written once more; the id is that of the listing then."""
        self._pen.check_member(item.community)
        membership = self._market.commons.membership(item.community)
        if verdict is not Verdict.REPORT and not membership.is_steward(self._market.me):
            raise NotYoursToDecideError(
                "only a steward hides a listing", "hearth market report without --hide tells them"
            )
        said = line(reason, "a reason", records.MAX_REASON)
        mine = Report(self._market.me, said, None, None)
        if verdict is Verdict.REPORT and mine in self._market.reading.reports(item.id):
            return item.id
        record = ReportRecord(item.id, verdict, said)
        return self._pen.alone(item.community, kinds.REPORT, record)

    def vouch(self, community: bytes, person: bytes, text: str | None) -> bytes:
        """Say for somebody that they can be relied on; None takes it back."""
        self._pen.check_member(community)
        if person == self._market.me:
            raise NotYoursToDecideError("nobody vouches for themselves")
        said = None if text is None else line(text, "a vouch", records.MAX_REASON)
        return self._pen.alone(community, kinds.VOUCH, VouchRecord(person, said), 6)

    def _check_mine(self, item: Item) -> None:
        if item.person != self._market.me:
            raise NotYoursToDecideError(f'"{short(item.id)}" is somebody else\'s listing')


def _with_photos(batch: Batch, record: ListingRecord, photos: Sequence[Path]) -> ListingRecord:
    """The record with these photos, if there are any, in the place of its own."""
    if len(photos) > records.MAX_PHOTOS:
        raise BadListingError(f"a listing has at most {records.MAX_PHOTOS} photos")
    put = tuple(pictures.put(batch, each) for each in photos)
    return record._replace(photos=put) if put else record


def lasting(seconds: int) -> int:
    """The shortest expiry class that is as long."""
    return next((each for each in sorted(EXPIRY) if EXPIRY[each] >= seconds), max(EXPIRY))
