"""What fits what, and what somebody could have instead."""

from __future__ import annotations

from pathlib import Path

from market_kit import Trader, carry, street

from hearth.market.matching import alternatives, matches
from hearth.market.words import Sort


def fits(who: Trader, id: bytes) -> dict[bytes, set[str]]:
    """By listing that fits, the kinds of its reasons."""
    with who.market() as market:
        found = matches(market.reading, who.item_in(market, id))
    return {each.other.id: {reason.kind for reason in each.reasons} for each in found}


def instead(who: Trader, id: bytes) -> list[bytes]:
    with who.market() as market:
        return [each.id for each in alternatives(market.reading, who.item_in(market, id))]


def test_by_category_or_words_and_never_ones_own(tmp_path: Path) -> None:
    (ada, bo), community = street(tmp_path, "ada", "bo")
    asked = ada.post(community, sort=Sort.REQUEST, title="a heater", category="he")
    own = ada.post(community, title="a heater", category="he")
    by_category = bo.post(community, title="firewood", category="he")
    by_words = bo.post(community, title="paraffin heater, heaters", category="ot")
    neither = bo.post(community, title="a bed", category="be")
    carry(bo, ada, community)
    found = fits(ada, asked)
    assert set(found) == {by_category, by_words}
    assert "category" in found[by_category]
    assert "words" not in found[by_category]
    assert "words" in found[by_words]
    assert "category" not in found[by_words]
    assert instead(ada, by_category) == [own]
    assert instead(ada, neither) == []


def test_that_both_are_something_else_is_no_reason(tmp_path: Path) -> None:
    (ada, bo), community = street(tmp_path, "ada", "bo")
    asked = ada.post(community, sort=Sort.REQUEST, title="a piano", category="ot")
    offered = bo.post(community, title="a chair", category="ot")
    generator = bo.post(community, title="a generator", category="ot")
    small = bo.post(community, title="small generator", category="pw")
    carry(bo, ada, community)
    assert fits(ada, asked) == {}
    assert instead(ada, offered) == []
    assert instead(ada, generator) == [small]
