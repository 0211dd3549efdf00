"""What the verbs of the market share: opening it, and what is meant by what people type."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from typing import TYPE_CHECKING

from hearth.commands.context import Session
from hearth.store.errors import UsageError

if TYPE_CHECKING:
    from hearth.commands.communities import Square
    from hearth.market.market import Market
    from hearth.market.places import Where
    from hearth.market.shapes import Held, Item
    from hearth.market.words import Sort
    from hearth.store.locks import Lock

_LOCK = "lock.market"
KINDS = ("offer", "request", "lend", "ride", "skill", "space")


class Stall:
    """The market, opened for one run."""

    def __init__(self, session: Session, square: Square, market: Market) -> None:
        self.session = session
        self.square = square
        self.market = market
        self.clean = session.terminal.clean

    @property
    def community(self) -> bytes:
        """The community that is meant."""
        from hearth.commands.communities import community_of

        return community_of(self.square.home, self.session.community)

    def name(self, community: bytes, person: bytes) -> str:
        """A person's name, safe to print; "you" is nobody else."""
        return self.square.person(community, person)

    def called(self, community: bytes, person: bytes) -> str:
        """A person's name for paper and other programs: one's own, too."""
        from hearth.commands.communities import called

        return called(self.session, self.square.commons.membership(community), person)

    def lister(self, item: Item) -> str:
        """What the lister is called, for paper."""
        return self.called(item.community, item.person)

    def item(self, text: str) -> Item:
        """The listing meant. Raises UnknownId and the like."""
        from hearth.commands.meant import id_hints
        from hearth.store.ids import MalformedId, UnknownId, short

        try:
            id = self.market.reading.resolve(text)
        except MalformedId as error:
            raise MalformedId(
                error.message, *(id_hints(text, self._titles()) or error.hints)
            ) from None
        found = self.market.reading.item(id)
        if found is None:
            raise UnknownId(f'"{short(id)}" ended long ago, and is remembered no more')
        return found

    def _titles(self) -> dict[str, bytes]:
        """The open listings by what they are called."""
        from hearth.market.shapes import Filter

        items = self.market.reading.items(Filter(self.community))
        return {self.clean(each.title): each.id for each in items}

    def claim(self, text: str) -> tuple[Item, Held]:
        """The claim meant, and the listing it is on."""
        from hearth.store.ids import UnknownId

        try:
            claim = self.market.claims.get(self.market.claims.resolve(text))
        except UnknownId as error:
            raise UnknownId(error.message, *(self._claims_on(text) or error.hints)) from None
        assert claim is not None
        item = self.market.reading.item(claim.listing)
        if item is None:
            raise UnknownId("the listing of that claim is not here")
        return item, claim

    def _claims_on(self, text: str) -> list[str]:
        """The claims on a listing whose id was typed for a claim's, as hints."""
        from hearth.commands.market_lines import claim_line
        from hearth.store.ids import AmbiguousId, UnknownId

        with suppress(UnknownId, AmbiguousId):
            item = self.item(text)
            held = self.market.claims.on(item.id)
            if not held and item.person == self.market.me:
                return [f"nobody has claimed it; hearth market withdraw {text} takes it back"]
            return [f"claim {claim_line(self, item, each)}" for each in held[:9]]
        return []

    def near(self, text: str | None) -> Where | None:
        """Where this person is: as said, or by the setting `market.where`."""
        from hearth.market import places

        text = text or self.session.config.get("market.where")
        return places.parse(text) if text else None

    def tell_unplaced(self, text: str | None, items: Sequence[Item]) -> None:
        """Note that from the place that was typed no distance is known: its name says nothing."""
        near = self.near(text)
        if text and near and near.point is None and all(e.distance is None for e in items):
            self.session.terminal.note(
                f'how far it is from "{self.clean(text)}" is not known; LAT,LON or a geohash says'
            )


@contextmanager
def trading(session: Session, *, writes: bool = False) -> Iterator[Stall]:
    """Open the market, brought up to date. With `writes` this device's key is opened first, and
    nobody else of this hearth writes in it meanwhile: what is read is what is decided upon."""
    from hearth.commands.communities import opened
    from hearth.corpora.cache import translated
    from hearth.market.market import Market

    with (
        opened(session, read_only=not writes, signs=writes) as square,
        _alone(square) if writes else nullcontext(),
        translated(),
        Market.open(square.home, square.commons, session.now) as market,
    ):
        yield Stall(session, square, market)


def _alone(square: Square) -> Lock:
    from hearth.store.locks import Lock

    return Lock.take(square.home.disk, square.home.path / _LOCK, exclusive=True)


# what people type


def sorts(words: Sequence[str]) -> list[Sort]:
    """The sorts of listing of these words."""
    from hearth.market.words import Sort

    return [Sort[each.upper()] for each in words]


def until(session: Session, text: str) -> int:
    """A time to come: a length of time, a date, or a time of day, the next there is, as
    `daytime.typed` reads them.

    Raises UsageError. A date may have been; who asks for it says what that means.
    """
    from hearth.commands import daytime
    from hearth.values import parse_duration

    try:
        match daytime.typed(session.now, text):
            case None:
                return session.now + parse_duration(text)
            case None, (hour, minute):
                return daytime.coming(session.now, hour, minute)
            case tuple(day), clock:
                return daytime.at(day, clock or (23, 59), 0 if clock else 59)
    except (ValueError, OverflowError):
        pass
    raise UsageError(
        f'"{text}" is no time',
        'such as 24h, 18:00, sunday, 2026-12-01, or in quotation marks "3 days", "tomorrow 18:00"',
    )
