"""Which events about corpora count in a community: the maker's, and those of the maker's writers.

A corpus belongs to the person whose device wrote the event that made it, in the community in which
that happened. Only devices of that person may describe it; its documents may also be stated by
those whom its present description calls writers, persons or the stewards there are now, and by
former writers as far as the description says. All that only in that community, and only as far as
membership has it that the author was a member there. Where the event that made a corpus is not here
yet, nothing said of it counts.

All of this follows from sets of events, so it is the same everywhere, whatever came first; what was
judged is judged anew when the community's control lane, or the description, changes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from hearth.community.graph import ControlEvent
from hearth.corpora.records import Former, Whom
from hearth.store import database
from hearth.store.header import Lane

if TYPE_CHECKING:
    from hearth.community.membership import Membership
    from hearth.store.store import Store

Members = Callable[[bytes], "Membership"]
"""The membership of a community, by its id, as the control lane here has it now."""


def members_of(store: Store) -> Members:
    """Membership straight from the log, folded at most once for each community."""

    @cache
    def members(community: bytes) -> Membership:
        from hearth.community.membership import fold

        return fold(
            community,
            (
                ControlEvent(event.id, event.header, event.payload)
                for event in store.log.events(community, Lane.CONTROL)
            ),
        )

    return members


def control_state(store: Store, community: bytes) -> bytes:
    """Bytes that are others whenever what a community's events are judged by has changed here: the
    control lane, and which event leads to which in chains that have forked."""
    counts = database.one(
        store.connection,
        "SELECT count(*), count(e.payload) FROM chains AS c CROSS JOIN runs AS r"
        " ON r.chain = c.number CROSS JOIN events AS e ON e.run = r.number"
        " WHERE c.community = ? AND c.lane = 0",
        community,
    )
    forked = database.one(
        store.connection,
        "SELECT count(*), coalesce(sum(r.last), 0) FROM chains AS c CROSS JOIN runs AS r"
        " ON r.chain = c.number WHERE c.community = ? AND c.forked IS NOT NULL",
        community,
    )
    heads = b"".join(store.log.heads(community))
    return b"".join(count.to_bytes(8, "big") for count in (*counts, *forked)) + heads


class Writers(NamedTuple):
    """Who may state documents beside the maker; `former` devices up to a sequence."""

    persons: frozenset[bytes]
    stewards: bool
    former: Mapping[bytes, int]

    @classmethod
    def of(cls, named: Whom, former: Former = ()) -> Writers:
        """As a description has them."""
        return cls(frozenset(named.persons), named.stewards, dict(former))


class Judge:
    """Judges the events of one community about corpora."""

    def __init__(self, membership: Membership) -> None:
        self._membership = membership
        self._persons: dict[bytes, frozenset[bytes]] = {}

    def counts(
        self,
        maker: bytes | None,
        device: bytes,
        sequence: int,
        id: bytes,
        writers: Writers | None = None,
    ) -> bool:
        """Whether an event counts that `device` wrote about the corpus that `maker` made, and about
        whose documents these writers may say something, too."""
        from hearth.community.membership import Place, Verdict

        if maker is None:
            return False
        if not self._of(maker) & self._of(device) and (
            writers is None
            or not (self.may_write(device, writers) or sequence <= writers.former.get(device, -1))
        ):
            return False
        place = Place(device, Lane.CORPUS, sequence, id)
        return self._membership.verdict(place) is Verdict.COUNTS

    def may_write(self, device: bytes, writers: Writers) -> bool:
        """Whether somebody behind a device is one of these writers now."""
        return any(
            each in writers.persons or (writers.stewards and self._membership.is_steward(each))
            for each in self._of(device)
        )

    def _of(self, device: bytes) -> frozenset[bytes]:
        if device not in self._persons:
            self._persons[device] = self._membership.persons_of(device)
        return self._persons[device]
