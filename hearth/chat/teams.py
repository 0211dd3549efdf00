"""A group as it stands in cache.db, by its last fold."""

from __future__ import annotations

from typing import Final, NamedTuple

from hearth.store import cbor


class Team(NamedTuple):
    """A group as it was folded last; `adder` is who added this person, if in it."""

    name: str
    members: frozenset[bytes]
    outs: dict[bytes, int]
    adder: bytes | None
    heads: tuple[bytes, ...]

    def holds(self, author: bytes, lamport: int) -> bool:
        """Whether what somebody wrote then was written in the group."""
        return author in self.members or lamport <= self.outs.get(author, 0)


NO_TEAM: Final = Team("", frozenset(), {}, None, ())


def team_of(row: tuple[str, bytes, bytes, bytes | None, bytes]) -> Team:
    """A group from its row."""
    name, members, outs, adder, heads = row
    listed = cbor.decode(outs, max_items=1 << 20, max_size=1 << 24)
    assert isinstance(listed, list)
    pairs: dict[bytes, int] = dict(listed)  # type: ignore[arg-type]
    return Team(name, frozenset(_ids(members)), pairs, adder, _ids(heads))


def _ids(joined: bytes) -> tuple[bytes, ...]:
    return tuple(joined[at : at + 32] for at in range(0, len(joined), 32))
