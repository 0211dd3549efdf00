"""Listing things, changing what was listed, and saying what one thinks of others'.

Only what can stand is written: whoever may not decide, or more than there is, is refused here with
what to do instead. What others write is judged by `state`, not believed.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hearth import kinds
from hearth.market import records
from hearth.market.errors import BadListingError, ClosedError, NotYoursToDecideError
from hearth.market.pen import Pen
from hearth.market.records import (
    Act,
    ChangeRecord,
    ListingRecord,
    PlaceRecord,
    ReportRecord,
    Verdict,
    VouchRecord,
)
from hearth.market.wording import checked, line
from hearth.market.words import DAY
from hearth.retention import EXPIRY
from hearth.store.ids import short

if TYPE_CHECKING:
    from hearth.market.market import Market
    from hearth.market.shapes import Item

_AFTER: Final = 14 * DAY
"""How long a listing's words are kept at least after its end."""


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
        from hearth.chat import attachments
        from hearth.store import servable

        self._pen.check_member(community)
        if len(photos) > records.MAX_PHOTOS:
            raise BadListingError(f"a listing has at most {records.MAX_PHOTOS} photos")
        with self._pen.writing() as batch:
            put = tuple(attachments.put(batch, each, sealed=False) for each in photos)
            record = checked(record._replace(photos=put), self._now)
            refs = tuple(dict.fromkeys(each.object for each in put))
            expiry = lasting(record.until - self._now + _AFTER)
            with batch.transaction() as tx:
                id = self._pen.append(tx, community, kinds.LISTING, record, expiry, refs)
                if refs:
                    found = servable.closure(self._market.home.store, refs)
                    servable.allow(tx, community, found)
                if exact is not None:
                    place = PlaceRecord(id, None, line(exact, "an address", records.MAX_EXACT))
                    for person in (self._market.me, *record.delegates):
                        self._pen.seal(tx, community, place, person)
        return id

    def edit(self, item: Item, record: ListingRecord) -> bytes:
        """Word one's own listing anew."""
        self._check_mine(item)
        record = checked(record, self._now)
        change = ChangeRecord(item.id, Act.EDIT, record)
        refs = tuple(dict.fromkeys(each.object for each in record.photos))
        return self._pen.alone(
            item.community, kinds.CHANGE, change, lasting(record.until - self._now + _AFTER), refs
        )

    def renew(self, item: Item, until: int) -> bytes:
        """Have one's own listing shown for longer."""
        self._check_mine(item)
        record = checked(item.record._replace(until=until), self._now)
        if item.standing == "withdrawn":
            raise ClosedError(f'"{short(item.id)}" was withdrawn', "hearth market post lists anew")
        return self.edit(item, record)  # whole, so that it outlives the first wording

    def withdraw(self, item: Item) -> bytes:
        """Take one's own listing back."""
        self._check_mine(item)
        change = ChangeRecord(item.id, Act.WITHDRAW)
        return self._pen.alone(item.community, kinds.CHANGE, change)

    # what others think

    def report(self, item: Item, verdict: Verdict, reason: str) -> bytes:
        """Complain of a listing; as a steward, hide it or show it again. With a reason."""
        self._pen.check_member(item.community)
        membership = self._market.commons.membership(item.community)
        if verdict is not Verdict.REPORT and not membership.is_steward(self._market.me):
            raise NotYoursToDecideError(
                "only a steward hides a listing", "hearth market report without --hide tells them"
            )
        record = ReportRecord(item.id, verdict, line(reason, "a reason", records.MAX_REASON))
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


def lasting(seconds: int) -> int:
    """The shortest expiry class that is as long."""
    return next((each for each in sorted(EXPIRY) if EXPIRY[each] >= seconds), max(EXPIRY))
