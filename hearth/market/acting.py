"""Writing: what is listed, claimed and decided; each act is one transaction, or nothing.

Only what can stand is written: whoever may not decide, or more than there is, is refused here with
what to do instead. What others write is judged by `state`, not believed.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hearth import kinds
from hearth.audience.records import Audience, Scope
from hearth.market import records
from hearth.market.errors import (
    BadListingError,
    ClosedError,
    NothingLeftError,
    NotYoursToDecideError,
)
from hearth.market.records import (
    Act,
    Action,
    ChangeRecord,
    ClaimRecord,
    DecisionRecord,
    ListingRecord,
    PlaceRecord,
    Record,
    ReportRecord,
    Verdict,
    VouchRecord,
)
from hearth.market.words import DAY, LONGEST, told
from hearth.retention import EXPIRY
from hearth.store.header import Lane
from hearth.store.ids import short

if TYPE_CHECKING:
    from hearth.market.market import Market
    from hearth.market.reading import Held, Item
    from hearth.store.batch import Transaction

HOLD: Final = 2 * DAY
"""How long something is reserved unless it is said."""
_REMEMBERED: Final = 5
"""Expiry class of claims and decisions: a year."""
_AFTER: Final = 14 * DAY
"""How long a listing's words are kept at least after its end."""


class Actor:
    """Writes market events as this device. Needs its key."""

    def __init__(self, market: Market) -> None:
        self._market = market
        self._home = market.home
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

        self._check_member(community)
        if len(photos) > records.MAX_PHOTOS:
            raise BadListingError(f"a listing has at most {records.MAX_PHOTOS} photos")
        self._home.signer(self._now)
        with self._home.store.batch() as batch:
            put = tuple(attachments.put(batch, each, sealed=False) for each in photos)
            record = checked(record._replace(photos=put), self._now)
            refs = tuple(dict.fromkeys(each.object for each in put))
            expiry = lasting(record.until - self._now + _AFTER)
            with batch.transaction() as tx:
                id = self._append(tx, community, kinds.LISTING, record, expiry, refs)
                if refs:
                    found = servable.closure(self._home.store, refs)
                    servable.allow(tx, community, found)
                if exact is not None:
                    place = PlaceRecord(id, None, line(exact, "an address", records.MAX_EXACT))
                    for person in (self._market.me, *record.delegates):
                        self._seal(tx, community, place, person)
        self._market.update()
        return id

    def edit(self, item: Item, record: ListingRecord) -> bytes:
        """Word one's own listing anew."""
        self._check_mine(item)
        record = checked(record, self._now)
        change = ChangeRecord(item.id, Act.EDIT, record)
        refs = tuple(dict.fromkeys(each.object for each in record.photos))
        return self._alone(
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
        return self._alone(item.community, kinds.CHANGE, change)

    # claims

    def claim(
        self,
        item: Item,
        quantity: int,
        note: str | None = None,
        slip: int | None = None,
        behalf: str | None = None,
    ) -> bytes:
        """Propose to take some of what is offered, or to give some of what is asked for."""
        self._check_member(item.community)
        self._check_open(item)
        if slip is not None:
            self._check_types(item, slip)
        elif item.person == self._market.me and behalf is None:
            raise NotYoursToDecideError(f'"{short(item.id)}" is your own listing')
        if quantity > item.quantity:
            raise NothingLeftError(
                f"that is more than there is: {told(item.quantity, item.unit)} in all"
            )
        record = ClaimRecord(
            item.id,
            quantity,
            None if note is None else line(note, "a note", records.MAX_NOTE),
            slip,
            None if behalf is None else line(behalf, "a name", records.MAX_TITLE),
        )
        return self._alone(item.community, kinds.CLAIM, record)

    def _check_types(self, item: Item, slip: int) -> None:
        membership = self._market.commons.membership(item.community)
        me = self._market.me
        if not (item.may_decide(me) or membership.is_steward(me)):
            raise NotYoursToDecideError(
                "a slip's code is typed in by the lister, a delegate, or a steward"
            )
        taken = [each for each in self._market.reading.claims(item.id) if each.slip == slip]
        if taken:
            raise ClosedError(
                f"slip {slip} was typed in already: claim {short(taken[0].id)}",
                "the same slip counts once",
            )

    def accept(
        self,
        item: Item,
        claim: Held,
        quantity: int | None = None,
        hold: int = HOLD,
        note: str | None = None,
        exact: str | None = None,
    ) -> bytes:
        """Reserve something for a claimant, and tell them, sealed, where exactly; the event's id.

        Reservations that have lapsed are given up for it, where there is not enough otherwise.
        """
        self._check_decides(item)
        self._check_open(item, also="reserved")
        wanted = claim.quantity if quantity is None else quantity
        if wanted > claim.quantity:
            raise NothingLeftError(f"only {told(claim.quantity, item.unit)} was claimed")
        lapsed = self._room(item, claim, wanted)
        exact = exact or self._market.reading.exact(item.id, None)
        decision = DecisionRecord(
            item.id, claim.id, Action.ACCEPT, wanted, self._now + hold, _note(note)
        )
        self._home.signer(self._now)
        with self._home.store.batch() as batch, batch.transaction() as tx:
            for each in lapsed:
                gone = DecisionRecord(item.id, each.id, Action.NO_SHOW)
                self._append(tx, item.community, kinds.DECISION, gone, _REMEMBERED)
            id = self._append(tx, item.community, kinds.DECISION, decision, _REMEMBERED)
            if exact is not None:
                text = line(exact, "an address", records.MAX_EXACT)
                self._seal(tx, item.community, PlaceRecord(item.id, claim.id, text), claim.person)
        self._market.update()
        return id

    def _room(self, item: Item, claim: Held, wanted: int) -> list[Held]:
        """Lapsed reservations that have to go, so that so much is there."""
        others = [each for each in self._market.reading.claims(item.id) if each.id != claim.id]
        taken = sum(max(each.accepted, each.handed) for each in others if each.status == "reserved")
        taken += sum(each.handed for each in others if each.status != "reserved")
        free, gone = item.quantity - taken, []
        for each in others:
            if free < wanted and each.lapsed:
                free += each.accepted - each.handed
                gone.append(each)
        if free < wanted:
            raise NothingLeftError(
                f"only {told(free, item.unit)} is left" if free > 0 else "nothing is left of it",
                *([f"accept --qty {told(free, '').strip()}"] if free > 0 else []),
                "hearth market waitlist puts the claim on the waiting list",
            )
        return gone

    def decide(
        self,
        item: Item,
        claim: Held,
        action: Action,
        quantity: int | None = None,
        note: str | None = None,
    ) -> bytes:
        """Decline a claim, put it on the waiting list, record a hand-over or that nobody came; or,
        as its author, confirm or cancel it."""
        if action in records.BY_CLAIMANT:
            if claim.person != self._market.me:
                raise NotYoursToDecideError(f'claim "{short(claim.id)}" is not yours')
        else:
            self._check_decides(item)
        if action is Action.HANDOVER:
            quantity = quantity or (claim.accepted or claim.quantity) - claim.handed
            if not 0 < quantity <= claim.quantity - claim.handed:
                left = told(claim.quantity - claim.handed, item.unit)
                raise NothingLeftError(f"of that claim {left} is left to hand over")
        record = DecisionRecord(item.id, claim.id, action, quantity, None, _note(note))
        return self._alone(item.community, kinds.DECISION, record)

    # what others think

    def report(self, item: Item, verdict: Verdict, reason: str) -> bytes:
        """Complain of a listing; as a steward, hide it or show it again. With a reason."""
        self._check_member(item.community)
        membership = self._market.commons.membership(item.community)
        if verdict is not Verdict.REPORT and not membership.is_steward(self._market.me):
            raise NotYoursToDecideError(
                "only a steward hides a listing", "hearth market report without --hide tells them"
            )
        record = ReportRecord(item.id, verdict, line(reason, "a reason", records.MAX_REASON))
        return self._alone(item.community, kinds.REPORT, record)

    def vouch(self, community: bytes, person: bytes, text: str | None) -> bytes:
        """Say for somebody that they can be relied on; None takes it back."""
        self._check_member(community)
        if person == self._market.me:
            raise NotYoursToDecideError("nobody vouches for themselves")
        said = None if text is None else line(text, "a vouch", records.MAX_REASON)
        return self._alone(community, kinds.VOUCH, VouchRecord(person, said), 6)

    # checking

    def _check_member(self, community: bytes) -> None:
        membership = self._market.commons.membership(community)
        me = self._home.identity
        if membership.person_of(me.device) != me.person:
            raise NotYoursToDecideError(f'this device does not belong to "{membership.name}"')

    def _check_mine(self, item: Item) -> None:
        if item.person != self._market.me:
            raise NotYoursToDecideError(f'"{short(item.id)}" is somebody else\'s listing')

    def _check_decides(self, item: Item) -> None:
        if not item.may_decide(self._market.me):
            raise NotYoursToDecideError(
                f'"{short(item.id)}" is decided by its lister and the delegates named in it'
            )

    def _check_open(self, item: Item, also: str | None = None) -> None:
        if item.standing not in ("open", also, "reserved"):
            hints = ["hearth market renew shows it for longer"]
            mine = item.person == self._market.me and item.standing == "expired"
            raise ClosedError(f'"{short(item.id)}" is {item.standing}', *(hints if mine else ()))

    # appending

    def _alone(
        self,
        community: bytes,
        kind: int,
        record: Record,
        expiry: int = _REMEMBERED,
        refs: Iterable[bytes] = (),
    ) -> bytes:
        self._home.signer(self._now)
        with self._home.store.batch() as batch, batch.transaction() as tx:
            id = self._append(tx, community, kind, record, expiry, tuple(refs))
        self._market.update()
        return id

    def _append(
        self,
        tx: Transaction,
        community: bytes,
        kind: int,
        record: Record,
        expiry: int,
        refs: Sequence[bytes] = (),
    ) -> bytes:
        return self._home.store.log.append(
            tx, self._home.signer(self._now), community, Lane.MARKET, kind, records.encode(record),
            refs, wall=self._now, expiry=expiry,
        ).id  # fmt: skip

    def _seal(self, tx: Transaction, community: bytes, place: PlaceRecord, person: bytes) -> None:
        """Tell one person, and their own devices, where it is. Raises NobodyError."""
        audience = Audience(community, Scope.PAIR, person)
        ready = self._market.keyring.ensure(tx, audience, [person], self._now)
        self._market.keyring.append(
            tx, ready.held, Lane.MARKET, kinds.PLACE, records.encode(place), self._now,
            expiry=_REMEMBERED,
        )  # fmt: skip


def lasting(seconds: int) -> int:
    """The shortest expiry class that is as long."""
    return next((each for each in sorted(EXPIRY) if EXPIRY[each] >= seconds), max(EXPIRY))


def checked(record: ListingRecord, now: int) -> ListingRecord:
    """A listing fit to be written. Raises BadListingError."""
    if not 0 < record.until - now <= LONGEST:
        raise BadListingError(
            "a listing ends after now, and within a year", "--until 3d, or --until 2026-12-01"
        )
    if len(record.tags) > records.MAX_TAGS:
        raise BadListingError(f"a listing has at most {records.MAX_TAGS} tags")
    if len(record.delegates) > records.MAX_DELEGATES:
        raise BadListingError(f"a listing has at most {records.MAX_DELEGATES} delegates")
    terms, body, behalf = record.terms, record.body, record.behalf
    return record._replace(
        title=line(record.title, "a title", records.MAX_TITLE),
        tags=tuple(dict.fromkeys(line(each, "a tag", records.MAX_TAG) for each in record.tags)),
        terms=None if terms is None else line(terms, "terms", records.MAX_TERMS),
        body=None if body is None else text(body, "a description", records.MAX_BODY),
        behalf=None if behalf is None else line(behalf, "a name", records.MAX_TITLE),
        delegates=tuple(sorted({*record.delegates})),
    )


def _note(note: str | None) -> str | None:
    return None if note is None else line(note, "a note", records.MAX_NOTE)


def line(value: str, what: str, most: int) -> str:
    """One line of visible text, composed (NFC). Raises BadListingError."""
    value = text(" ".join(value.split()), what, most)
    if not value.isprintable():
        raise BadListingError(f"{what} is one line of visible text")
    return value


def text(value: str, what: str, most: int) -> str:
    """Text that is there, and not too long, composed (NFC). Raises BadListingError."""
    value = unicodedata.normalize("NFC", value.strip())
    try:
        size = len(value.encode())
    except UnicodeEncodeError:
        raise BadListingError(f"{what} is not text: bytes that are no UTF-8") from None
    if size > most:
        raise BadListingError(f"{what} has at most {most:,} bytes, this one {size:,}")
    if not value:
        raise BadListingError(f"{what} says something")
    return value
