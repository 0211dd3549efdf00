"""Who meets whom: what follows from two hellos, once, for the whole session.

Both sides conclude the same from the same two hellos: which communities and lanes they share, by
which place each is named, which differ, and which side *leads* where one must (`ranges`): the one
whose hello is lower, byte by byte.
"""

from __future__ import annotations

from collections.abc import Mapping

from hearth.store.header import Lane
from hearth.sync.message_codec import encode
from hearth.sync.messages import Flags, Hello

Key = tuple[int, int]
"""A lane (or `SLOTS`) and the place of a community: what is compared, in the order of priority."""


class Company:
    """Two that have said hello. `tags`: the communities that `ours` names, by their tags."""

    def __init__(self, ours: Hello, theirs: Hello, tags: Mapping[bytes, bytes]) -> None:
        self.ours, self.theirs = ours, theirs
        self.communities: list[bytes] = []
        """By their places."""
        self.lanes: list[frozenset[int]] = []
        """Shared, by the places of communities."""
        self.differ: list[Key] = []
        """Whose digests in the hellos are not the same."""
        self.narrow: set[bytes] = set()
        """Communities of which they give us fewer lanes than we would give them."""
        self.control_only: set[bytes] = set()
        """Communities of which nothing but the control lane is shared."""
        self.apart: set[bytes] = set()
        """Communities of which they show nothing, though we would give them something."""
        self._tokens: list[tuple[bytes, ...]] = []
        mine = {meeting.tag: meeting for meeting in ours.meetings}
        for meeting in sorted(theirs.meetings):
            if meeting.tag in mine:
                here, there = mine[meeting.tag].digests, meeting.digests
                lanes = frozenset(here.keys() & there.keys())
                place = len(self.communities)
                self.differ += [(lane, place) for lane in lanes if here[lane] != there[lane]]
                self.communities.append(tags[meeting.tag])
                self.lanes.append(lanes)
                if lanes == {Lane.CONTROL}:
                    self.control_only.add(tags[meeting.tag])
                if here.keys() - lanes:
                    self.narrow.add(tags[meeting.tag])
                self._tokens.append(meeting.tokens)
        self.apart = {tags[tag] for tag in mine if tag in tags} - {*self.communities}
        self.differ.sort()

    @property
    def leads(self) -> bool:
        """Whether this side leads. If the hellos are the same neither does, and nothing differs."""
        return encode(self.ours) < encode(self.theirs)

    @property
    def version(self) -> int:
        """What both speak."""
        return min(self.ours.version, self.theirs.version)

    @property
    def gives(self) -> bool:
        """Whether events go from here to there."""
        return bool(self.ours.flags & Flags.GIVES and self.theirs.flags & Flags.TAKES)

    @property
    def takes(self) -> bool:
        """Whether events come from there to here."""
        return bool(self.theirs.flags & Flags.GIVES and self.ours.flags & Flags.TAKES)

    @property
    def wants(self) -> bool:
        """Whether either wants objects."""
        return bool((self.ours.flags | self.theirs.flags) & Flags.WANTS)

    def common_mark(self, place: int, marks: Mapping[bytes, int]) -> int | None:
        """Our arrival number at the newest moment that both remember; `marks`: by token, the
        newest first."""
        ours, theirs = list(marks), self._tokens[place]
        common = [(ours.index(each) + theirs.index(each), each) for each in ours if each in theirs]
        return marks[min(common)[1]] if common else None
