"""Claiming, and deciding on claims.

Only what can stand is written: whoever may not decide, or more than there is, is refused here with
what to do instead. What others write is judged by `state`, not believed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hearth import kinds
from hearth.market import records
from hearth.market.errors import (
    BadListingError,
    ClosedError,
    NothingLeftError,
    NotYoursToDecideError,
)
from hearth.market.pen import Pen
from hearth.market.records import Action, ClaimRecord, DecisionRecord, PlaceRecord
from hearth.market.standing import Status
from hearth.market.wording import line, whole
from hearth.market.words import DAY, told
from hearth.store.ids import short

if TYPE_CHECKING:
    from hearth.market.market import Market
    from hearth.market.shapes import Held, Item

HOLD: Final = 2 * DAY
"""Seconds for which something is reserved unless it is said."""


class Decider:
    """Writes claims and decisions as this device. Needs its key."""

    def __init__(self, market: Market) -> None:
        self._market = market
        self._pen = Pen(market)
        self._now = market.now

    def claim(
        self,
        item: Item,
        quantity: int,
        note: str | None = None,
        slip: int | None = None,
        behalf: str | None = None,
    ) -> bytes:
        """Propose to take some of what is offered, or to give some of what is asked for."""
        self._pen.check_member(item.community)
        self._check_open(item)
        if slip is not None:
            self._check_types(item, slip)
        elif item.person == self._market.me and behalf is None:
            raise NotYoursToDecideError(f'"{short(item.id)}" is your own listing')
        else:
            self._check_new(item, behalf)
        if quantity > item.quantity:
            raise NothingLeftError(
                f"that is more than there is: {told(item.quantity, item.unit)} in all"
            )
        record = ClaimRecord(
            item.id,
            whole(quantity, item.unit),
            _note(note),
            slip,
            None if behalf is None else line(behalf, "a name", records.MAX_TITLE),
        )
        return self._pen.alone(item.community, kinds.CLAIM, record)

    def _check_types(self, item: Item, slip: int) -> None:
        membership = self._market.commons.membership(item.community)
        me = self._market.me
        if not (item.may_decide(me) or membership.is_steward(me)):
            raise NotYoursToDecideError(
                "a slip's code is typed in by the lister, a delegate, or a steward"
            )
        taken = [each for each in self._market.claims.on(item.id) if each.slip == slip]
        if taken:
            raise ClosedError(
                f"slip {slip} was typed in already: claim {short(taken[0].id)}",
                "the same slip counts once",
            )

    def _check_new(self, item: Item, behalf: str | None) -> None:
        """Whether this person does not wait for an answer already: a verb may be typed twice."""
        for each in self._market.claims.on(item.id):
            mine = each.person == self._market.me and each.slip is None and each.behalf == behalf
            if mine and each.status in (Status.PROPOSED, Status.WAITING):
                raise ClosedError(
                    f"you have claimed it already, {told(each.quantity, item.unit)} of it:"
                    f" claim {short(each.id)} is {each.status}",
                    f"for more or less, first: hearth market cancel {short(each.id)}",
                )

    def accept(
        self,
        item: Item,
        claim: Held,
        quantity: int | None = None,
        hold: int | None = None,
        note: str | None = None,
        exact: str | None = None,
        pickup: tuple[int, int] | None = None,
    ) -> bytes:
        """Reserve something for a claimant, and tell them, sealed, where exactly; the event's id.

        Reservations that have lapsed are given up for it, where there is not enough otherwise.
        It is held for so many seconds: for `HOLD`, or till the end of the pick-up, unless said.
        """
        self._check_decides(item)
        self._check_open(item)
        self._check_wanted(claim)
        wanted = claim.quantity if quantity is None else whole(quantity, item.unit)
        if wanted > claim.quantity:
            raise NothingLeftError(f"only {told(claim.quantity, item.unit)} was claimed")
        lapsed = self._room(item, claim, wanted)
        exact = exact or self._market.claims.exact(item.id, None)
        until = self._held_until(hold, pickup)
        decision = DecisionRecord(
            item.id, claim.id, Action.ACCEPT, wanted, until, _note(note), pickup
        )
        with self._pen.writing() as batch, batch.transaction() as tx:
            for each in lapsed:
                gone = DecisionRecord(item.id, each.id, Action.NO_SHOW)
                self._pen.append(tx, item.community, kinds.DECISION, gone)
            id = self._pen.append(tx, item.community, kinds.DECISION, decision)
            if exact is not None:
                text = line(exact, "an address", records.MAX_EXACT)
                self._pen.seal(
                    tx, item.community, PlaceRecord(item.id, claim.id, text), claim.person
                )
        return id

    def _held_until(self, hold: int | None, pickup: tuple[int, int] | None) -> int:
        over = 0 if pickup is None else sum(pickup)
        if pickup is not None and over <= self._now:
            raise BadListingError("a pick-up is still to come", "--at 18:00, or --at 3h")
        if pickup is not None and pickup[1] > records.MAX_PICKUP:
            raise BadListingError(f"a pick-up takes at most {records.MAX_PICKUP // DAY} days")
        until = self._now + (HOLD if hold is None else hold)
        if hold is not None and until < over:
            raise BadListingError("it is to be held till the end of the pick-up", "a longer --hold")
        return max(until, over)

    def _room(self, item: Item, claim: Held, wanted: int) -> list[Held]:
        """Lapsed reservations that have to go, so that so much is there."""
        others = [each for each in self._market.claims.on(item.id) if each.id != claim.id]
        free, gone = item.quantity - sum(each.accepted for each in others), []
        for each in others:
            if free < wanted and each.lapsed:
                free += each.accepted - each.handed
                gone.append(each)
        if free < wanted:
            id = short(claim.id)
            raise NothingLeftError(
                f"only {told(free, item.unit)} is left" if free > 0 else "nothing is left of it",
                *([f"hearth market accept {id} --qty {_typed(free)}"] if free > 0 else []),
                f"hearth market waitlist {id} puts the claim on the waiting list",
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
            self._check_claimant(claim, action)
        else:
            self._check_decides(item)
            more = action is Action.HANDOVER and claim.handed < claim.quantity
            if claim.status == "done" and not more:
                raise ClosedError(f'all of claim "{short(claim.id)}" has changed hands')
        if action is Action.HANDOVER:
            whole(quantity or 0, item.unit)
            quantity = quantity or (claim.accepted or claim.quantity) - claim.handed
            if not 0 < quantity <= claim.quantity - claim.handed:
                left = told(claim.quantity - claim.handed, item.unit)
                raise NothingLeftError(f"of that claim {left} is left to hand over")
        record = DecisionRecord(item.id, claim.id, action, quantity, None, _note(note))
        return self._pen.alone(item.community, kinds.DECISION, record)

    def _check_decides(self, item: Item) -> None:
        if not item.may_decide(self._market.me):
            raise NotYoursToDecideError(
                f'"{short(item.id)}" is decided by its lister and the delegates named in it'
            )

    def _check_open(self, item: Item) -> None:
        if item.standing in ("open", "reserved"):
            return
        hints = []
        if item.person == self._market.me and item.standing == "expired":
            hints.append("hearth market renew shows it for longer")
        if item.standing == "hidden":
            hints.append("hearth market show LISTING says by whom, and why")
        raise ClosedError(f'"{short(item.id)}" is {item.standing}', *hints)

    def _check_wanted(self, claim: Held) -> None:
        """Whether its author still wants it: nothing else can be accepted."""
        if claim.status == "cancelled":
            raise ClosedError(f'claim "{short(claim.id)}" was cancelled by whoever made it')
        if claim.status == "done":
            raise ClosedError(f'all of claim "{short(claim.id)}" has changed hands')

    def _check_claimant(self, claim: Held, action: Action) -> None:
        over = ("done",) if action is Action.CANCEL else ()
        refused = () if action is Action.CANCEL else ("declined", "no-show")
        if claim.status in ("cancelled", *over, *refused):
            said = "has changed hands" if claim.status == "done" else f"is {claim.status}"
            raise ClosedError(
                f'claim "{short(claim.id)}" {said}', "hearth market claim LISTING claims anew"
            )


def _typed(amount: int) -> str:
    """An amount as `words.quantity` reads it."""
    return told(amount, "").strip().replace(",", "")


def _note(note: str | None) -> str | None:
    return None if note is None else line(note, "a note", records.MAX_NOTE)
