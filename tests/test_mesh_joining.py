"""Joining a community over real connections, and what goes wrong at a ticket's door."""

from __future__ import annotations

from pathlib import Path

import anyio
import pytest
from mesh_kit import members

from hearth.mesh.visiting import visit
from hearth.sync.handshake import HandshakeError
from hearth.sync.joining import SorryError, Why


def run(scenario: object) -> None:
    anyio.run(scenario)  # type: ignore[arg-type]


def test_two_hearths_meet(tmp_path: Path) -> None:
    async def scenario() -> None:
        with members(tmp_path, "ada", "otto") as (ada, otto):
            community = ada.found()
            ada.say(community, "welcome")
            async with ada.serving() as place:
                assert await otto.join(ada.invite(community), place) == community
                outcome = await visit(otto.node, place)
                assert outcome.error is None
                assert outcome.device == ada.home.identity.device
            assert ada.names(community) == otto.names(community) == ["ada", "otto"]
            assert ada.events(community) == otto.events(community)
            [joined] = otto.node.commons.joined()
            assert (joined.name, joined.default) == ("Mill Lane", True)
            home = ada.home.community
            assert not otto.events(home)

    run(scenario)


def test_a_ticket_is_good_once(tmp_path: Path) -> None:
    async def scenario() -> None:
        with members(tmp_path, "ada", "otto", "eve") as (ada, otto, eve):
            community = ada.found()
            async with ada.serving() as place:
                ticket = ada.invite(community)
                await otto.join(ticket, place)
                with pytest.raises(SorryError) as caught:
                    await eve.join(ticket, place)
                assert caught.value.why is Why.USED
                assert not eve.events(community)
                assert await otto.join(ticket, place) == community  # asked again: the same seat
                await visit(otto.node, place)
            assert ada.names(community) == ["ada", "otto"]

    run(scenario)


def test_nobody_answers_at_the_door_of_an_expired_ticket(tmp_path: Path) -> None:
    async def scenario() -> None:
        with members(tmp_path, "ada", "otto") as (ada, otto):
            community = ada.found()
            async with ada.serving() as place:
                ticket = ada.invite(community, expires=10)
                ada.clock.now += 11  # type: ignore[attr-defined]
                with pytest.raises(HandshakeError):
                    await otto.join(ticket, place)
            assert not otto.events(community)

    run(scenario)
