"""hearth market claim and what follows: accepting, handing over, confirming."""

from __future__ import annotations

from typing import Any

import click

from hearth.commands import marketing
from hearth.commands.context import Session
from hearth.commands.market_lines import claim_line, clash_said
from hearth.commands.marketing import Stall, trading
from hearth.commands.options import community_option, json_option, time_option
from hearth.market import codes, words
from hearth.market.errors import BadCodeError
from hearth.market.exports import claim_data
from hearth.market.pickups import with_one
from hearth.market.records import Action
from hearth.market.shapes import Item
from hearth.market.words import COUNTED
from hearth.store.errors import Exit, UsageError


@click.command("claim")
@click.argument("listing", required=False)
@click.option("--qty", metavar="N", help="How much: all that is left unless said.")
@click.option("--note", metavar="TEXT", help="A word to the lister; everybody can read it.")
@click.option("--for", "behalf", metavar="PERSON", help="For somebody who has no device.")
@click.option("--code", metavar="CODE", help="The code of a slip from a poster, as one word.")
@community_option
@json_option
@click.pass_obj
def claim(
    session: Session,
    listing: str | None,
    qty: str | None,
    note: str | None,
    behalf: str | None,
    code: str | None,
) -> None:
    """Propose to take some of what is offered, or to give some of what is asked for.

    It is a proposal: the lister, or a delegate, accepts it. With --code, the lister, a delegate or
    a steward types in a slip that somebody brought; the same slip counts once.
    """
    if listing is None and code is None:
        raise UsageError("name a LISTING, or --code CODE", "hearth market list shows them")
    with trading(session, writes=True) as stall:
        named, slip = stall.item(listing) if listing is not None else None, None
        if code is not None:
            item, slip = _slip(stall, code, named)
        elif named is not None:
            item = named
        amount = words.quantity(qty) if qty is not None else _usual(item, slip)
        id = stall.market.decider.claim(item, amount, note, slip, behalf)
        _tell(stall, item, id, "claimed")


def _usual(item: Item, slip: int | None) -> int:
    """How much is claimed unless it is said: one with a slip, else all that is left."""
    if slip is None:
        return item.available or item.quantity
    if item.unit not in COUNTED:
        raise UsageError(f"how much of it? a slip is for no certain number of {item.unit}", "--qty")
    return min(1000, item.quantity)


def _slip(stall: Stall, code: str, named: Item | None) -> tuple[Item, int]:
    """The listing that a slip is of, and its number."""
    slip = codes.read(code)
    reading = stall.market.reading
    found = [item for id in reading.with_mark(slip.mark) if (item := reading.item(id))]
    found = [each for each in found if each.community == stall.community]
    if not found:
        raise BadCodeError(
            f'no listing here has the code "{stall.clean(code)}"', "hearth sync may bring it"
        )
    if named is not None:
        found = [each for each in found if each.id == named.id]
        if not found:
            raise BadCodeError(f'"{stall.clean(code)}" is a slip of another listing')
    if len(found) > 1:  # forged, most likely: ids that begin alike are not made by chance
        ids = ", ".join(each.id.hex()[:12] for each in found)
        raise BadCodeError(
            f'"{stall.clean(code)}" may mean {len(found)} listings: {ids}',
            "hearth market claim LISTING --code CODE names one",
        )
    return found[0], slip.number


_THEN = {
    "accepted": "hearth market handover {} when it changed hands",
    "handed over": "the other's word for it: hearth market confirm {}",
}


def _tell(stall: Stall, item: Item, claim: bytes, what: str) -> None:
    held = stall.market.claims.get(claim)
    now = stall.market.reading.item(item.id)
    assert held is not None
    assert now is not None
    if stall.session.json:
        name = stall.called(held.community, held.person)
        document = {"v": 1, **claim_data(held, now.unit, name)}
        stall.session.terminal.out_json({**document, "standing": now.standing})
        return
    stall.session.terminal.out(f"{what}: {claim_line(stall, now, held)}")
    if held.status == "proposed" and held.person == stall.market.me and held.slip is None:
        lister = stall.name(now.community, now.person)
        decides = "you decide" if now.person == held.person else f"{lister} decides"
        taken = "" if now.available else "all of it is promised now, so it may have to wait; "
        stall.session.terminal.note(f"{taken}{decides}; it travels with the next sync")
    elif what != "claimed":
        then = _THEN.get(what, "").format(held.id.hex()[:8])
        stall.square.tell_next(item.community, then)


@click.command("accept")
@click.argument("claim")
@click.option("--qty", metavar="N", help="How much of what was claimed.")
@time_option("--hold", help="For how long: 2 days unless said.")
@click.option("--at", metavar="TIME", help="When they come for it: 18:00, 3h, or a date.")
@time_option("--takes", help="How long that takes: 1h unless said.")
@click.option("--note", metavar="TEXT", help="A word to the claimant; everybody can read it.")
@click.option("--exact", metavar="TEXT", help="The address, sealed to the claimant.")
@community_option
@json_option
@click.pass_obj
def accept(
    session: Session,
    claim: str,
    qty: str | None,
    hold: int | None,
    at: str | None,
    takes: int | None,
    note: str | None,
    exact: str | None,
) -> int:
    """Reserve something for a claimant, and tell them alone where exactly.

    What was accepted for others is not given twice; a reservation that has lapsed is given up.
    Where two who may decide accept apart from each other, the earlier stands everywhere. Exit 3 if
    they are to fetch something else at the same time. Accepting anew changes what was said.
    """
    if takes is not None and at is None:
        raise UsageError("--takes says how long, and nothing says when", "--at TIME")
    pickup = None
    if at is not None:
        pickup = marketing.until(session, at), takes or 3600
    with marketing.trading(session, writes=True) as stall:
        item, held = stall.claim(claim)
        stall.market.keyring.tend(session.now)
        stall.market.decider.accept(
            item,
            held,
            None if qty is None else words.quantity(qty),
            hold,
            note,
            exact,
            pickup,
        )
        _tell(stall, item, held.id, "accepted")
        if stall.market.claims.exact(item.id, None) is None and exact is None:
            session.terminal.note(
                "no address goes with it; the same with --exact TEXT tells it to them alone"
            )
        return _tell_clashes(stall, held.id)


def _tell_clashes(stall: Stall, id: bytes) -> int:
    """Warn of what the same person fetches elsewhere at the same time."""
    claim = stall.market.claims.get(id)
    assert claim is not None
    found = with_one(claim, stall.market.claims.pickups_of(claim.person), stall.session.now)
    for other in found:
        stall.session.terminal.warn(*clash_said(stall, claim, other))
    return Exit.WARNINGS if found else Exit.OK


def _decision(name: str, action: str, done: str, help: str, more: str = "") -> click.Command:
    """A verb that says one thing of a claim."""

    @click.command(name, short_help=help, help=f"{help}{more}")
    @click.argument("claim")
    @click.option("--note", metavar="TEXT", help="A word with it; everybody can read it.")
    @community_option
    @json_option
    @click.pass_obj
    def verb(session: Session, /, claim: str, note: str | None, **given: Any) -> None:
        qty = given.get("qty")
        with trading(session, writes=True) as stall:
            item, held = stall.claim(claim)
            amount = None if qty is None else words.quantity(qty)
            stall.market.decider.decide(item, held, Action[action], amount, note)
            _tell(stall, item, held.id, done)

    return verb


decline = _decision("decline", "DECLINE", "declined", "Say no to a claim.")
waitlist = _decision(
    "waitlist", "WAITLIST", "on the waiting list", "Put a claim on the waiting list."
)
no_show = _decision(
    "no-show", "NO_SHOW", "given up", "Record that a claimant did not come.",
    "\n\nWhat was reserved for them is free again.",
)  # fmt: skip
confirm = _decision(
    "confirm", "CONFIRM", "confirmed", "Confirm, as the claimant, that it changed hands."
)
cancel = _decision("cancel", "CANCEL", "cancelled", "Take your own claim back.")
handover = _decision(
    "handover", "HANDOVER", "handed over", "Record that something changed hands.",
    "\n\nA recorded hand-over stands, whoever else was accepted meanwhile elsewhere.",
)  # fmt: skip
handover.params.insert(
    1, click.Option(["--qty"], metavar="N", help="How much: all that was accepted unless said.")
)

COMMANDS = (claim, accept, decline, waitlist, handover, confirm, no_show, cancel)
