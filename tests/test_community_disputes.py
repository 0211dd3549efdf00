"""What hearth community show says where acts have crossed: nobody may find out by accident."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import anyio
import pytest
from mesh_kit import Member
from neighbours_kit import Street, neighbours
from program import Hearth

from hearth.community import acts
from hearth.community.records import Left, Role
from hearth.mesh.visiting import visit

QUICK = True


@pytest.fixture
def street(hearth: Hearth, tmp_path: Path) -> Street:
    return Street(hearth, tmp_path)


def run(scenario: Callable[[], Awaitable[None]]) -> None:
    anyio.run(scenario)


async def meet(one: Member, *others: Member) -> None:
    """Everybody visits `one`, twice, so that all know what all know."""
    async with one.serving() as place:
        for _ in range(2):
            for other in others:
                assert (await visit(other.node, place)).error is None


def promote(member: Member, community: bytes, whom: Member) -> None:
    membership = member.node.commons.membership(community)
    with member.home.store.batch() as batch, batch.transaction() as tx:
        acts.set_role(
            member.home,
            tx,
            membership,
            membership.members[whom.home.identity.person],
            Role.STEWARD,
            member.clock(),
        )


async def joined(steward: Member, community: bytes, *newcomers: Member) -> None:
    async with steward.serving() as place:
        for newcomer in newcomers:
            await newcomer.join(steward.invite(community), place)


def test_a_removal_that_met_a_promotion(street: Street) -> None:
    """ada makes eve a steward while otto, junior to that, removes her."""

    async def scenario() -> None:
        with neighbours(street.folder, "ada", "zoe", "otto", "eve") as [ada, zoe, otto, eve]:
            community = ada.found()
            await joined(ada, community, zoe, eve)
            promote(ada, community, zoe)
            await meet(ada, zoe, eve)
            await joined(zoe, community, otto)
            promote(zoe, community, otto)  # two steps from the founder
            await meet(ada, zoe, otto, eve)
            promote(ada, community, eve)
            membership = otto.node.commons.membership(community)
            victim = membership.members[eve.home.identity.person]
            with otto.home.store.batch() as batch, batch.transaction() as tx:
                removal = acts.remove(otto.home, tx, membership, victim, otto.clock())
            await meet(ada, otto, eve)
            shown = street.json("ada", "community", "show")
            person = eve.home.identity.person.hex()
            assert shown["contested"] == [{"removal": removal.id.hex(), "person": person}]
            assert person in shown["stewards"]
            told = street.run("eve", "community", "show")
            assert told.code == 0
            assert f'removal {removal.id.hex()[:12]} of "eve" does not hold' in told.err

    run(scenario)


def test_a_community_without_stewards(street: Street) -> None:
    """Both stewards go, neither knowing of the other."""

    async def scenario() -> None:
        with neighbours(street.folder, "ada", "zoe", "eve") as [ada, zoe, eve]:
            community = ada.found()
            await joined(ada, community, zoe, eve)
            promote(ada, community, zoe)
            await meet(ada, zoe, eve)
            for steward in (ada, zoe):
                membership = steward.node.commons.membership(community)
                with steward.home.store.batch() as batch, batch.transaction() as tx:
                    acts.leave(steward.home, tx, membership, Left.STEWARDSHIP, steward.clock())
            await meet(ada, zoe, eve)
            shown = street.json("eve", "community", "show")
            assert (shown["orphaned"], shown["stewards"], shown["members"]) == (True, [], 3)
            told = street.run("eve", "community", "show")
            assert "stewards     nobody" in told.out
            assert "nobody is steward any more" in told.err
            assert street.run("ada", "invite").code == 1

    run(scenario)
