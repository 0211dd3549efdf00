"""Hearths of one community that trade, and exchange what they hold as by files."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from audience_kit import Neighbour, admit, carry, made_once, mix
from mesh_kit import Clock

from hearth.corpora.cache import delete_cache
from hearth.market.market import Market
from hearth.market.records import Action, ListingRecord
from hearth.market.shapes import Held, Item
from hearth.market.words import Sort

__all__ = ["Clock", "Trader", "admit", "carry", "listing", "mix", "street"]

DAY = 86_400


class Trader(Neighbour):
    """A member who trades."""

    @contextmanager
    def market(self) -> Iterator[Market]:
        """The market as this one has it, brought up to date."""
        with Market.open(self.home, self.node.commons, self.clock()) as market:
            yield market

    def post(self, community: bytes, **fields: object) -> bytes:
        exact = fields.pop("exact", None)
        assert exact is None or isinstance(exact, str)
        with self.market() as market:
            return market.actor.post(community, listing(self.clock(), **fields), (), exact)

    def claim(self, id: bytes, quantity: int = 1000, behalf: str | None = None) -> bytes:
        with self.market() as market:
            return market.decider.claim(self.item_in(market, id), quantity, behalf=behalf)

    def accept(self, claim: bytes, quantity: int | None = None) -> bytes:
        with self.market() as market:
            held = market.claims.get(claim)
            assert held is not None
            return market.decider.accept(self.item_in(market, held.listing), held, quantity)

    def decide(self, claim: bytes, action: Action, quantity: int | None = None) -> bytes:
        with self.market() as market:
            held = market.claims.get(claim)
            assert held is not None
            item = self.item_in(market, held.listing)
            return market.decider.decide(item, held, action, quantity)

    @staticmethod
    def item_in(market: Market, id: bytes) -> Item:
        item = market.reading.item(id)
        assert item is not None
        return item

    def item(self, id: bytes) -> Item:
        with self.market() as market:
            return self.item_in(market, id)

    def held(self, claim: bytes) -> Held:
        with self.market() as market:
            held = market.claims.get(claim)
            assert held is not None
            return held

    def statuses(self, id: bytes) -> dict[bytes, str]:
        """By claim, how it stands."""
        with self.market() as market:
            return {each.id: each.status for each in market.claims.on(id)}

    def picture(self, id: bytes) -> tuple[object, ...]:
        """All that stands of a listing, but for when it came here."""
        with self.market() as market:
            item = self.item_in(market, id)
            said = dataclasses.astuple(item)[1:]
            claims = [each._replace(arrival=0) for each in market.claims.on(id)]
            return (*said, *claims)

    def afresh(self) -> None:
        """Lose everything derived."""
        delete_cache(self.home.cache_path)


def listing(now: int, **fields: object) -> ListingRecord:
    """A generator, one, for two weeks; or as said."""
    record = ListingRecord(Sort.OFFER, "a generator", "pw", 1000, "item", now + 14 * DAY)
    return record._replace(**fields)  # type: ignore[arg-type]


def street(folder: Path, *names: str, clock: Clock | None = None) -> tuple[list[Trader], bytes]:
    """A community that the first one has founded, all of whom know each other's keys."""
    return made_once(Trader, folder, names, clock or Clock())
