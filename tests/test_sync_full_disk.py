"""A node whose disk is full: the real store says so at every write, and the session goes on."""

from __future__ import annotations

from pathlib import Path

import pytest
from session_kit import COMMUNITY, fill, nodes, sync

from hearth.store.header import Lane
from hearth.sync.messages import Refusal, What
from hearth.sync.replica import Grant


def test_two_that_have_the_same_end_well(tmp_path: Path) -> None:
    """There is no room even for noting that they agree."""
    with nodes(tmp_path, "a", "b") as (a, b):
        a.write(3)
        sync(a, b)
        a.write(1)
        b.take(list(a.store.log.records(COMMUNITY)))
        fill(b)
        talk = sync(a, b)
        assert talk.here.summary.equal == talk.there.summary.equal == {COMMUNITY}
        assert not b.replica(a.device).marks(COMMUNITY)[1:]


def test_it_goes_on_giving(tmp_path: Path) -> None:
    with nodes(tmp_path, "a", "b") as (a, b):
        a.write(3)
        b.write(3, Lane.MARKET)
        seam = fill(b)
        talk = sync(a, b)
        assert talk.there.summary.refused is not None
        assert talk.there.summary.refused.why is Refusal.NO_SPACE
        assert len(a.ids()) == 6
        assert len(b.ids()) == 3
        seam.full = False
        sync(a, b)
        assert a.picture() == b.picture()


@pytest.mark.parametrize("asks", [True, False], ids=["it asks", "it is asked too"])
def test_objects_that_find_no_room_are_refused(tmp_path: Path, asks: bool) -> None:
    with nodes(tmp_path, "a", "b") as (a, b):
        for node in (a, b):
            node.grants = {COMMUNITY: Grant(serves=lambda id: True)}
        wanted = [a.store.put(bytes([n]) * 200_000) for n in range(5)]
        b.wanted[COMMUNITY] = [(What.OBJECT, id) for id in wanted]
        given = b.store.put(b"of b")
        if not asks:
            a.wanted[COMMUNITY] = [(What.OBJECT, given)]
        seam = fill(b)
        talk = sync(a, b)
        refused = talk.here.summary.refused_by_peer
        assert refused is not None
        assert refused.why is Refusal.NO_SPACE
        assert not any(b.store.has(id) for id in wanted)
        assert a.store.has(given) == (not asks)
        seam.full = False
        sync(a, b)
        assert all(b.store.has(id) for id in wanted)
