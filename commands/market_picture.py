"""hearth market alone: what is open near you, and what waits for you."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hearth.commands.context import Session
from hearth.commands.market_conflicts import claim_json, tell_loser
from hearth.store.errors import Exit

if TYPE_CHECKING:
    from hearth.commands.marketing import Stall
    from hearth.market.pickups import Clash
    from hearth.market.shapes import Held, Item

_SHOWN = 10
_MOST = 40
_DECIDE = "hearth market accept CLAIM, decline CLAIM, or waitlist CLAIM"
_HAND_OVER = "hearth market handover CLAIM when it is done, no-show CLAIM when nobody came"
_HIDE = (
    "as a steward: hearth market report LISTING REASON --hide, or --show if all is well with it;"
    " the reason is seen by all"
)
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
        stall.tell_unplaced(near, open)
        waiting.print()
        if len(open) <= _SHOWN:
            stall.market.mark_read()
        return Exit.OK


def _print_open(stall: Stall, open: list[Item], read: int) -> None:
    from hearth.commands.market_lines import lines

    terminal = stall.session.terminal
    terminal.out(lines(stall, open[:_SHOWN], read) if open else "nothing is open")
    if not open:
        terminal.note('hearth market post request "drinking water" --qty 20 --unit l')
    elif len(open) > _SHOWN:
        terminal.note("and more: hearth market list")


class _Waiting:
    """What waits for this person: claims to decide, what they have promised, their own claims; and
    for stewards what somebody has complained of."""

    def __init__(self, stall: Stall) -> None:
        from hearth.market.pickups import clashes

        market, community = stall.market, stall.community
        self._stall = stall
        self.decide = self._on(market.claims.to_decide(community, market.me, _MOST))
        self.promised = self._on(market.claims.promised(community, market.me, _MOST))
        self.mine = self._on(market.claims.open_by(community, market.me, _MOST))
        mine = market.claims.pickups_of(market.me)
        self.clashes: list[Clash] = clashes(mine, stall.session.now)
        steward = stall.square.commons.membership(community).is_steward(market.me)
        self.reported = market.reading.reported(community, _SHOWN) if steward else []
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

    def as_json(self) -> dict[str, Any]:
        """What `market --json` prints of it."""
        return {
            "to_decide": [claim_json(self._stall, *each) for each in self.decide],
            "promised": [claim_json(self._stall, *each) for each in self.promised],
            "claims": [claim_json(self._stall, *each, alternatives=True) for each in self.mine],
            "clashes": [[each.id.hex() for each in pair] for pair in self.clashes],
            "conflicts": self.conflicts,
            "reported": [each.id.hex() for each in self.reported],
        }

    def print(self) -> None:
        """Print it, what is to be done about each part, and warnings."""
        from hearth.commands.market_lines import clash_said

        fetched = any(claim.status in ("reserved", "done") for _, claim in self.mine)
        self._part("to decide", self.decide, _DECIDE)
        self._part("promised", self.promised, _HAND_OVER)
        self._part("your claims", self.mine, _FETCH if fetched else "")
        self._print_reported()
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

    def _print_reported(self) -> None:
        stall = self._stall
        if self.reported:
            stall.session.terminal.out("\nreported")
        for item in self.reported:
            found = stall.market.reading.reports(item.id)
            reports = [each for each in found if each.answered_by is None]
            person = stall.name(item.community, reports[-1].person)
            more = f" and {len(reports) - 1} more" if len(reports) > 1 else ""
            said = f'"{stall.clean(reports[-1].reason)}" by {person}{more}'
            stall.session.terminal.out(
                f'{item.id.hex()[:8]}  {said}  of "{stall.clean(item.title)}"'
            )
        if self.reported:
            stall.session.terminal.note(_HIDE)

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
