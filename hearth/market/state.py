"""What a listing has come to: a pure function of the set of events about it.

* *Whose word counts.* The lister is the person whose device wrote the listing; only they change it.
  The lister, and the delegates named in the version that is in force at a decision's place in the
  order, accept, decline, put on the waiting list, record hand-overs and no-shows. A claim's author
  confirms and cancels. A claim from a paper slip is typed in by who may decide, or by a steward,
  and the same slip counts once.
* *Order* is (Lamport, device, sequence, id); no clock takes part.
* *Who gets it.* What has changed hands is a fact and comes first. Then accepted claims are served
  in the order in which they were accepted, each whole or not at all; who does not fit is
  *displaced*: on the waiting list, and told. So two delegates who accept different claims in two
  partitions have the same one reserved on every node, and a recorded hand-over wins.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from hearth import kinds
from hearth.lanes import Entry
from hearth.market.decoding import decode
from hearth.market.records import (
    BY_CLAIMANT,
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
)
from hearth.market.standing import Claim, Listing, Report, Standing, Status
from hearth.market.words import LONGEST
from hearth.payload import RecordError
from hearth.store import cbor

Read = tuple[Entry, Any]
Versions = list[tuple[Entry, ListingRecord]]
"""What was listed and what it was edited to, each with the event that says so, in their order."""


def judge(
    id: bytes, entries: Sequence[Entry], is_steward: Callable[[bytes], bool]
) -> Listing | None:
    """The listing with this id, from the events about it in their order; None if it is not here, or
    if nothing is left of what it said."""
    if len(entries) == 1:  # most say it once, and nobody has answered yet
        [only] = entries
        record = _read(only)
        if only.id != id or not isinstance(record, ListingRecord):
            return None
        until = min(record.until, only.wall + LONGEST)
        return Listing(only, record, only.body or b"", only, until, available=record.quantity)
    base: Entry | None = None
    versions: Versions = []
    read: list[Read] = []
    for entry in entries:
        record = _read(entry)
        if entry.id == id and entry.kind == kinds.LISTING:
            base = entry
            if isinstance(record, ListingRecord):
                versions.append((entry, record))
        if record is not None:
            read.append((entry, record))
    if base is None:
        return None
    changes = [
        (entry, record)
        for entry, record in read
        if isinstance(record, ChangeRecord) and entry.person == base.person
    ]
    versions += [(entry, change.edited) for entry, change in changes if change.edited]
    if not versions:
        return None
    found = _stated(base, versions, changes)
    _claims(found, read, is_steward)
    _decide(found, read, versions)
    _opinions(found, read, is_steward)
    return _allotted(found)


def _read(entry: Entry) -> Record | None:
    if entry.body is None or (entry.kind == kinds.PLACE) != bool(entry.sealed):
        return None
    try:
        return decode(entry.kind, entry.body)
    except RecordError:
        return None


def _stated(
    base: Entry, versions: Versions, changes: Sequence[tuple[Entry, ChangeRecord]]
) -> Listing:
    """What the lister says of it, after all changes."""
    last, record = versions[-1]
    body = base.body if last is base else cbor.encode(record.fields())
    stated, until, withdrawn = base, versions[0][1].until, False
    for entry, change in changes:
        if change.act is Act.WITHDRAW:
            withdrawn = True
        elif change.until is not None:
            stated, until = entry, change.until
        elif change.edited is not None:
            stated, until = entry, change.edited.until
    until = min(until, stated.wall + LONGEST)  # everything listed ends
    count = len(versions) + (versions[0][0] is not base)
    return Listing(base, record, body or b"", stated, until, count, withdrawn=withdrawn)


def _claims(listing: Listing, read: Sequence[Read], is_steward: Callable[[bytes], bool]) -> None:
    slips: set[int] = set()
    for entry, record in read:
        if not isinstance(record, ClaimRecord):
            continue
        if record.slip is not None:
            typed = listing.may_decide(entry.person) or is_steward(entry.person)
            if not typed or record.slip in slips:
                continue
            slips.add(record.slip)
        elif entry.person == listing.lister and record.behalf is None:
            continue  # nobody claims what is their own
        listing.claims[entry.id] = Claim(entry, record)


def _decide(listing: Listing, read: Sequence[Read], versions: Versions) -> None:
    for entry, record in read:
        if not isinstance(record, DecisionRecord):
            continue
        claim = listing.claims.get(record.claim)
        if claim is None:
            continue
        if record.action in BY_CLAIMANT:
            if entry.person == claim.entry.person:
                _claimant(claim, entry, record)
            continue
        past = [said for since, said in versions if since.order <= entry.order] or [versions[0][1]]
        if entry.person == listing.lister or entry.person in past[-1].delegates:
            _decider(claim, entry, record)


def _claimant(claim: Claim, entry: Entry, record: DecisionRecord) -> None:
    if record.action is Action.CONFIRM:
        claim.confirmed = True
        return
    claim.given_up, claim.decision, claim.note = True, entry, record.note
    if claim.handed:
        claim.accepted = claim.handed  # the rest is free again
    else:
        claim.status, claim.since, claim.accepted = Status.CANCELLED, None, 0


def _decider(claim: Claim, entry: Entry, record: DecisionRecord) -> None:
    amount = min(record.quantity or 0, claim.record.quantity)
    if record.action is Action.HANDOVER:
        if claim.since is None:  # whoever hands it over has accepted it
            claim.accepted = 0 if claim.given_up else claim.record.quantity
            claim.since = entry.order
        claim.status = Status.RESERVED
        claim.handed = min(claim.handed + amount, claim.record.quantity)
        claim.accepted = max(claim.accepted, claim.handed)
        claim.handed_since = claim.handed_since or entry.order
    elif claim.given_up:
        return  # the claimant may claim again
    elif record.action is Action.ACCEPT:
        claim.status, claim.since = Status.RESERVED, claim.since or entry.order
        claim.accepted, claim.until = max(amount, claim.handed), record.until
        claim.pickup = record.pickup
    elif claim.handed:
        claim.accepted = claim.handed  # the rest is free again; what was handed over was
    else:
        claim.status = {
            Action.DECLINE: Status.DECLINED,
            Action.WAITLIST: Status.WAITING,
            Action.NO_SHOW: Status.NO_SHOW,
        }[record.action]
        claim.since, claim.accepted = None, 0
    claim.decision, claim.note = entry, record.note


def _allotted(listing: Listing) -> Listing:
    """It, once what there is has been given to the accepted claims; see the module."""
    stock = left = listing.record.quantity
    if listing.claims:
        left = _serve(listing, stock)
    listing.available = max(0, left)
    if listing.withdrawn:
        listing.standing, listing.available = Standing.WITHDRAWN, 0
    elif listing.delivered >= stock:
        listing.standing = Standing.FULFILLED
    elif not listing.available:
        listing.standing = Standing.RESERVED
    return listing


def _serve(listing: Listing, stock: int) -> int:
    """Serve the accepted claims; what is left."""
    accepted = [each for each in listing.claims.values() if each.status is Status.RESERVED]
    listing.delivered = sum(each.handed for each in accepted)
    left = stock - listing.delivered
    listing.conflict = left < 0
    accepted.sort(key=lambda each: (each.handed_since is None, each.handed_since or each.since))
    for claim in accepted:
        wanted = claim.accepted - claim.handed
        if not wanted:
            claim.status = Status.DONE
        elif listing.withdrawn or wanted > left:
            listing.conflict = listing.conflict or not listing.withdrawn
            claim.accepted = claim.handed
            claim.status = Status.DONE if claim.handed else Status.DISPLACED
        else:
            left -= wanted
    listing.promised = stock - left
    return left


def _opinions(listing: Listing, read: Sequence[Read], is_steward: Callable[[bytes], bool]) -> None:
    for entry, record in read:
        if isinstance(record, PlaceRecord) and listing.may_decide(entry.person):
            listing.places.append((entry, record))
        if not isinstance(record, ReportRecord):
            continue
        if record.verdict is Verdict.REPORT:
            listing.reports.append(Report(entry, record.reason))
        elif is_steward(entry.person):
            said = (entry, record.reason)
            hides = record.verdict is Verdict.HIDE
            listing.hidden = said if hides else None
            if not hides:
                listing.reports = [e._replace(answer=e.answer or said) for e in listing.reports]
