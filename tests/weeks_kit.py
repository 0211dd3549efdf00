"""A community of hearths whose clocks are set one by one, and weeks that pass there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import permutations
from pathlib import Path

import anyio
from log_kit import transaction
from mesh_kit import Clock, Member, members

from hearth import retention
from hearth.ages import DAY
from hearth.mesh.visiting import visit
from hearth.store.header import Lane

WEEK = 7 * DAY
CHAT = {Lane.CHAT: 30 * DAY}


class Street:
    """Hearths in one community, each with a clock of its own."""

    def __init__(self, everybody: list[Member], community: bytes) -> None:
        self.everybody = everybody
        self.community = community
        for each in everybody:
            each.clock = Clock()
        self.spread()

    def at(self, now: int, *who: Member) -> None:
        for each in who or self.everybody:
            assert isinstance(each.clock, Clock)
            each.clock.now = now

    def spread(self) -> None:
        """Everybody gets everything."""
        for here, there in permutations(self.everybody, 2):
            with transaction(here.home.store) as tx:
                records = there.home.store.log.records(self.community)
                here.home.store.log.import_events(tx, records)

    def chatter(self) -> None:
        """Everybody says something, and it spreads."""
        for each in self.everybody:
            each.say(self.community, f"chatter {each.clock()}")
        self.spread()

    def weeks(
        self, count: int, *silent: Member, policy: Mapping[Lane, int] = CHAT
    ) -> Counter[Lane]:
        """Weeks in which others talk, and the first one tends its hearth; what it erased."""
        first, total = self.everybody[0], Counter[Lane]()
        for _ in range(count):
            for each in self.everybody:
                if isinstance(each.clock, Clock):
                    each.clock.now += WEEK
            self.chatter()
            total += tend(first, policy)
        return total


@contextmanager
def street(folder: Path, *names: str) -> Iterator[Street]:
    with members(folder, *names) as everybody:
        founder = everybody[0]
        community = founder.found()

        async def join() -> None:
            async with founder.serving() as place:
                for each in everybody[1:]:
                    await each.join(founder.invite(community), place)
                    await visit(each.node, place)

        anyio.run(join)
        yield Street(everybody, community)


def tend(member: Member, policy: Mapping[Lane, int] = CHAT) -> Counter[Lane]:
    commons = member.node.commons
    return sum(retention.tend(member.home, commons, policy, member.clock()), Counter())
