"""hearth market alone: what is open near you, and what waits for you; and its conflicts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from hearth.commands.context import Session
from hearth.commands.options import community_option, json_option
from hearth.store.errors import Exit

if TYPE_CHECKING:
    from hearth.commands.marketing import Stall
    from hearth.market.pickups import Clash
    from hearth.market.shapes import Held, Item

_SHOWN = 10
_MOST = 40
_OVER = ("cancelled", "done")
_DECIDE = "hearth market accept CLAIM, decline CLAIM, or waitlist CLAIM"
_HAND_OVER = "hearth market handover CLAIM when it is done, no-show CLAIM when nobody came"
_FETCH = "hearth market show LISTING says where; hearth market confirm CLAIM when it is done"

Pair = tuple["Item", "Held"]


def picture(session: Session, near: str | None) -> int:
    """Show what is open near a place, and what waits for this person."""
    from hearth.commands.market_lines import data
    from hearth.commands.marketing import trading
    from hearth.market.shapes import Filter

    with trading(session) as stall:
        read = stall.market.read
        wanted = Filter(stall.community, near=stall.near(near), limit=_SHOWN + 1)
        open = stall.market.reading.items(wanted)
        waiting = _Waiting(stall)
        if session.json:
            shown = [data(stall, each, read) for each in open[:_SHOWN]]
            session.terminal.out_json({"v": 1, "open": shown, **waiting.as_json()})
            return Exit.OK
        _print_open(stall, open, read)
        waiting.print()
        if len(open) <= _SHOWN:
            stall.market.mark_read()
        return Exit.OK


def _print_open(stall: Stall, open: list[Item], read: int) -> None:
    from hearth.commands.market_lines import lines

    terminal = stall.session.terminal
    terminal.out(lines(stall, open[:_SHOWN], read) if open else "nothing is offered or asked for")
    if not open:
        terminal.note('hearth market post request "drinking water" --qty 20 --unit l')
    elif len(open) > _SHOWN:
        terminal.note("and more: hearth market list")


class _Waiting:
    """What waits for this person: claims to decide, what they have promised, their own claims."""

    def __init__(self, stall: Stall) -> None:
        from hearth.market.pickups import clashes

        market, community = stall.market, stall.community
        self._stall = stall
        self.decide = self._on(market.claims.to_decide(community, market.me, _MOST))
        self.promised = self._on(market.claims.promised(community, market.me, _MOST))
        own = [each for each in market.claims.by(market.me) if each.community == community]
        self.mine = [pair for pair in self._on(own) if self._is_open(*pair)][:_MOST]
        self.clashes: list[Clash] = clashes(own, stall.session.now)
        self.conflicts = len(market.reading.conflicts(community, market.me))

    def _on(self, claims: list[Held]) -> list[Pair]:
        """Claims with their listings, if these are not expired; what is reserved stays."""
        item = self._stall.market.reading.item
        found = [(on, each) for each in claims if (on := item(each.listing)) is not None]
        return [
            (on, each)
            for on, each in found
            if on.standing != "expired" or (each.status == "reserved" and not each.lapsed)
        ]

    def _is_open(self, item: Item, claim: Held) -> bool:
        if item.person == claim.person or claim.slip:
            return False  # it stands among those to decide
        return claim.status not in _OVER or (claim.status == "done" and not claim.confirmed)

    def as_json(self) -> dict[str, Any]:
        """What `market --json` prints of it."""
        return {
            "to_decide": [claim_json(self._stall, *each) for each in self.decide],
            "promised": [claim_json(self._stall, *each) for each in self.promised],
            "claims": [claim_json(self._stall, *each, alternatives=True) for each in self.mine],
            "clashes": [[each.id.hex() for each in pair] for pair in self.clashes],
            "conflicts": self.conflicts,
        }

    def print(self) -> None:
        """Print it, what is to be done about each part, and warnings."""
        fetched = any(claim.status in ("reserved", "done") for _, claim in self.mine)
        self._part("to decide", self.decide, _DECIDE)
        self._part("promised", self.promised, _HAND_OVER)
        self._part("your claims", self.mine, _FETCH if fetched else "")
        for item, claim in self.mine:
            if claim.status == "displaced":
                tell_loser(self._stall, item)
        for one, other in self.clashes:
            self._stall.session.terminal.warn(*clash_said(self._stall, one, other))
        if self.conflicts:
            self._stall.session.terminal.warn(
                "something was promised to more people than there is for",
                "hearth market conflicts says what, and to whom",
            )

    def _part(self, title: str, pairs: list[Pair], next: str) -> None:
        from hearth.commands.market_lines import claim_line

        if not pairs:
            return
        stall = self._stall
        stall.session.terminal.out(f"\n{title}")
        for item, claim in pairs:
            line = claim_line(stall, item, claim)
            over = "" if item.standing in ("open", "reserved") else f", {item.standing}"
            stall.session.terminal.out(f'{line}  on "{stall.clean(item.title)}"{over}')
        if next:
            stall.session.terminal.note(next)


def clash_said(stall: Stall, one: Held, other: Held) -> tuple[str, str]:
    """That two pick-ups overlap, and what can be done."""
    from hearth.commands.market_lines import pickup

    who = "you" if one.person == stall.market.me else stall.name(one.community, one.person)
    if one.behalf:
        who = stall.clean(one.behalf)
    times = f"{one.id.hex()[:8]} {pickup(stall, one)}, {other.id.hex()[:8]} {pickup(stall, other)}"
    return (
        f"two pick-ups of {who} overlap: {times}",
        "hearth market accept CLAIM --at TIME says another time; cancel CLAIM gives one up",
    )


def tell_loser(stall: Stall, item: Item) -> None:
    """Say to whoever was accepted, and gets nothing, why, and what there is instead."""
    from hearth.commands.market_lines import lines
    from hearth.market.matching import alternatives

    title = stall.clean(item.title)
    if item.withdrawn:
        stall.session.terminal.warn(f'"{title}" was accepted for you, and then withdrawn')
    else:
        stall.session.terminal.warn(
            f'"{title}" was accepted for you and for somebody else, and is theirs',
            "you are on the waiting list",
        )
    others = list(alternatives(stall.market.reading, item))
    stall.session.terminal.out("  instead:" if others else "  nothing like it is listed here now")
    if others:
        stall.session.terminal.out(lines(stall, others))


def claim_json(
    stall: Stall, item: Item, claim: Held, *, alternatives: bool = False
) -> dict[str, Any]:
    """A claim with its listing's title, and with what there is instead if it was in vain."""
    from hearth.market import matching
    from hearth.market.exports import claim_data

    found = claim_data(claim, item.unit, stall.name(claim.community, claim.person))
    found["title"] = item.title
    if alternatives and claim.status == "displaced":
        others = matching.alternatives(stall.market.reading, item)
        found["alternatives"] = [each.id.hex() for each in others]
    return found


@click.command("conflicts", short_help="What was promised to more people than there is for.")
@community_option
@json_option
@click.pass_obj
def conflicts(session: Session) -> int:
    """List what was promised to more people than there is for, and who got it.

    Where two who may decide accept apart from each other, the earlier acceptance stands
    everywhere, and a recorded hand-over wins. Those you decide on are listed, and those that were
    accepted for you in vain, with what there is instead. Exit 3 if there are any.
    """
    from hearth.commands.marketing import trading

    with trading(session) as stall:
        found = stall.market.reading.conflicts(stall.community, stall.market.me)
        if session.json:
            session.terminal.out_json({"v": 1, "conflicts": [_as_json(stall, e) for e in found]})
        elif not found:
            session.terminal.note("nothing was promised to more people than there is for")
        else:
            for item in found:
                _print_conflict(stall, item)
        return Exit.WARNINGS if found else Exit.OK


def _as_json(stall: Stall, item: Item) -> dict[str, Any]:
    rivals = stall.market.claims.rivals(item.id)
    return {
        "listing": item.id.hex(),
        "title": item.title,
        "claims": [
            claim_json(stall, item, each, alternatives=each.person == stall.market.me)
            for each in rivals
        ],
    }


def _print_conflict(stall: Stall, item: Item) -> None:
    from hearth.commands.market_lines import claim_line
    from hearth.market.words import told

    out, rivals = stall.session.terminal.out, stall.market.claims.rivals(item.id)
    there = told(item.quantity, item.unit)
    out(f'{item.id.hex()[:8]}  {item.sort.name.lower()} "{stall.clean(item.title)}"  {there}')
    for each in rivals:
        by = "" if each.decided_by is None else stall.name(each.community, each.decided_by)
        out(f"  {claim_line(stall, item, each)}" + (f"  (by {by})" if by else ""))
    if any(each.status == "displaced" and each.person == stall.market.me for each in rivals):
        tell_loser(stall, item)
    if item.may_decide(stall.market.me):
        stall.session.terminal.note(
            "hearth market decline CLAIM, or waitlist CLAIM, settles it"
            if any(each.status == "displaced" for each in rivals)
            else "hearth market edit LISTING --qty N says how much there really was"
        )


COMMANDS = (conflicts,)
