"""At a ticket's door: tickets shown twice, by others or for others, and stewards that lie."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import pytest
from anyio.abc import SocketAttribute, SocketStream
from attack_kit import Person, clean, inside, remove, run
from mesh_kit import Member, members

from hearth.community import ticket as tickets
from hearth.community.commons import State
from hearth.community.records import Role
from hearth.community.ticket import OtherCommunityError, Ticket
from hearth.mesh import joining
from hearth.mesh.node import IdleError
from hearth.mesh.peers import Place
from hearth.mesh.visiting import visit
from hearth.store.header import Lane
from hearth.sync import joining as words
from hearth.sync.connection import CutError
from hearth.sync.driver import Peer, PeerLeftError
from hearth.sync.handshake import Handshake, HandshakeError, Reason
from hearth.sync.joining import SorryError, Type, UnexpectedJoinError, Why
from hearth.sync.opening import Door
from hearth.sync.packing import MessageError, PeerError
from hearth.sync.tcp import Server, connect


async def say(peer: Peer, *bodies: tuple[int, bytes]) -> list[tuple[int, bytes]]:
    """Say these, each after an answer to the one before; the answers."""
    heard: list[tuple[int, bytes]] = []
    for body in bodies:
        await peer.send(*body)
        message = await peer.receive()
        if message is None:
            break
        heard.append((message.type, message.body))
    return heard


KNOCK = (Type.KNOCK, bytes((words.VERSION,)))


async def ask_as(place: Place, ticket: Ticket, who: Person, body: bytes) -> tuple[int, bytes]:
    """What a steward answers to a request with this body, shown by this device."""
    async with inside(place, ticket.door, who.local) as peer:
        return (await say(peer, KNOCK, (Type.REQUEST, body)))[-1]


async def say_all(place: Place, ticket: Ticket, said: list[tuple[int, bytes]]) -> None:
    """Say these and listen until the steward hangs up; raises how."""
    async with inside(place, ticket.door, Person("eve").local) as eve:
        await say(eve, *said)
        while await eve.receive() is not None:
            pass


NOT_GENUINE = (Type.SORRY, bytes((Why.NOT_GENUINE,)))


def test_another_s_certificate_and_a_request_heard_elsewhere(tmp_path: Path) -> None:
    """Of use to nobody but the device that shook hands; and the ticket is not used up by it."""

    async def scenario() -> None:
        with members(tmp_path, "ada") as (ada,):
            community = ada.found()
            otto, eve = Person("otto"), Person("eve")
            async with ada.serving() as place:
                ticket = ada.invite(community)
                told = otto.request(community, ticket)
                before = ada.events(community)
                assert await ask_as(place, ticket, eve, told) == NOT_GENUINE
                hers = eve.request(community, ticket)
                altered = hers[:-9] + bytes((hers[-9] ^ 1,)) + hers[-8:]
                for body in (told[:136] + hers[136:], hers[:136] + told[136:], altered):
                    assert await ask_as(place, ticket, eve, body) == NOT_GENUINE
                assert ada.events(community) == before
                kind, admission = await ask_as(place, ticket, otto, told)
                assert kind == Type.ADMITTED
                again = await ask_as(place, ticket, otto, told)
                assert again == (Type.ADMITTED, admission)
                assert len(ada.events(community)) == len(before) + 1
            clean(ada)

    run(scenario)


def test_a_request_signed_for_another_community_or_ticket(tmp_path: Path) -> None:
    async def scenario() -> None:
        with members(tmp_path, "ada") as (ada,):
            one, other, eve = ada.found("Mill Lane"), ada.found("Elm Street"), Person("eve")
            async with ada.serving() as place:
                right, wrong = ada.invite(one), ada.invite(other)
                for body in (
                    eve.request(other, right),
                    eve.request(one, wrong),
                    eve.request(other, wrong),
                ):
                    assert await ask_as(place, right, eve, body) == NOT_GENUINE
                assert ada.names(one) == ada.names(other) == ["ada"]

    run(scenario)


def test_a_hang_up_after_the_admission_costs_one_use_and_is_made_good(tmp_path: Path) -> None:
    async def scenario() -> None:
        with members(tmp_path, "ada") as (ada,):
            community, otto = ada.found(), Person("otto")
            async with ada.serving() as place:
                ticket = ada.invite(community)
                body = otto.request(community, ticket)
                for _ in range(5):
                    assert (await ask_as(place, ticket, otto, body))[0] == Type.ADMITTED
                assert await ask_as(place, ticket, Person("eve"), Person("eve").request(
                    community, ticket)) == (Type.SORRY, bytes((Why.USED,)))  # fmt: skip
            membership = ada.node.commons.membership(community)
            assert len(membership.members) == 2
            assert len(membership.invitations[0].used) == 1

    run(scenario)


WORDS = {
    "a request first": [(Type.REQUEST, bytes(264))],
    "a knock of nothing": [(Type.KNOCK, b"")],
    "a long knock": [(Type.KNOCK, b"\x01\x01")],
    "an offer": [(Type.OFFER, bytes(80))],
    "a hello": [(1, bytes(3))],
    "two knocks": [KNOCK, KNOCK],
    "a short request": [KNOCK, (Type.REQUEST, bytes(263))],
    "a request of a megabyte": [KNOCK, (Type.REQUEST, bytes(1 << 20))],
    "an admission": [KNOCK, (Type.ADMITTED, bytes(32))],
    "a sorry": [KNOCK, (Type.SORRY, b"\x01")],
}


@pytest.mark.parametrize("said", WORDS.values(), ids=WORDS)
def test_words_out_of_order_end_it(tmp_path: Path, said: list[tuple[int, bytes]]) -> None:
    async def scenario() -> None:
        with members(tmp_path, "ada", "otto") as (ada, otto):
            community = ada.found()
            async with ada.serving() as place:
                ticket = ada.invite(community)
                before = ada.events(community)
                with pytest.raises((PeerLeftError, CutError)):
                    await say_all(place, ticket, said)
                [error] = [each.visit.error for each in ada.served]
                assert isinstance(error, MessageError | UnexpectedJoinError)
                assert ada.events(community) == before
                await otto.join(ticket, place)  # the ticket is as good as it was

    run(scenario)


def test_of_two_who_race_for_one_use_in_two_partitions_one_is_in_everywhere(tmp_path: Path) -> None:
    async def scenario() -> None:
        with members(tmp_path, "ada", "bob", "otto", "eve") as (ada, bob, otto, eve):
            community = ada.found()
            async with ada.serving() as place:
                await bob.join(ada.invite(community, Role.STEWARD), place)
                await visit(bob.node, place)
                ticket = ada.invite(community)
                await visit(bob.node, place)
            async with bob.serving() as place:
                await eve.join(ticket, place)
            async with ada.serving() as place:
                await otto.join(ticket, place)
                await visit(bob.node, place)
            for each in (ada, bob):  # ada's is the senior admission
                found = set(each.node.commons.membership(community).members)
                assert found == {one.home.identity.person for one in (ada, bob, otto)}
            async with ada.serving() as place:
                ada.say(community, "for members")
                outcome = await visit(eve.node, place)
                assert outcome.total("events_in") == 0

    run(scenario)


def test_who_was_removed_does_not_come_back_by_a_ticket_of_that_time(tmp_path: Path) -> None:
    async def scenario() -> None:
        with members(tmp_path, "ada", "otto", "cyd") as (ada, otto, cyd):
            community = ada.found()
            async with ada.serving() as place:
                old = ada.invite(community, uses=9)
                await otto.join(old, place)
                remove(ada, community, otto.home.identity.person)
                with pytest.raises(SorryError) as caught:
                    await otto.join(old, place)
                assert caught.value.why is Why.REVOKED
                assert ada.names(community) == ["ada"]
                await cyd.join(old, place)  # for others it is as good as before
                assert len(ada.node.commons.membership(community).members) == 2
                device = otto.home.identity.device
                assert ada.node.commons.membership(community).person_of(device) is None

    run(scenario)


def test_the_door_that_a_former_steward_keeps_open_leads_nowhere(tmp_path: Path) -> None:
    """Bob, removed, admits on: whoever comes through his door is a stranger to everybody else."""

    async def scenario() -> None:
        with members(tmp_path, "ada", "bob", "otto") as (ada, bob, otto):
            community = ada.found()
            async with ada.serving() as place:
                await bob.join(ada.invite(community, Role.STEWARD), place)
                await visit(bob.node, place)
            ticket = bob.invite(community)
            remove(ada, community, bob.home.identity.person)
            async with bob.serving() as place:
                await otto.join(ticket, place)  # as bob sees it, he may
            async with ada.serving() as place:
                ada.say(community, "for members")
                with pytest.raises(HandshakeError):
                    await otto.join(ticket, place)
                outcome = await visit(otto.node, place)
                assert outcome.total("events_in") == outcome.total("slots_in") == 0
                assert len(ada.node.commons.membership(community).members) == 1
                outcome = await visit(bob.node, place)
                assert outcome.error is not None
                assert outcome.total("events_in") == 0
            assert not list(otto.home.store.log.events(community, Lane.CHAT))

    run(scenario)


def test_a_joiner_that_knocks_and_says_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        monkeypatch.setattr("hearth.mesh.serving.JOINING", 0.3)
        with members(tmp_path, "ada", "otto") as (ada, otto):
            community = ada.found()
            async with ada.serving() as place:
                ticket = ada.invite(community)
                with pytest.raises(PeerLeftError):
                    await say_all(place, ticket, [KNOCK])
                [served] = ada.served
                assert isinstance(served.visit.error, IdleError)
                await otto.join(ticket, place)

    run(scenario)


# the joiner's side


@asynccontextmanager
async def lying(door: bytes, lie: list[tuple[int, bytes]]) -> AsyncIterator[Place]:
    """Somebody who knows a ticket's door, and says these, one after each thing that is heard."""
    mallory = Person("mallory").local

    async def session(peer: Peer) -> None:
        for body in lie:
            await peer.receive()
            await peer.send(*body)
        await anyio.sleep_forever()

    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
    server = Server(
        lambda: Handshake.respond(mallory, [Door(door)]), session, lambda source, error: None
    )
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(server.serve, listener)
        yield Place("127.0.0.1", listener.extra(SocketAttribute.local_port))
        tasks.cancel_scope.cancel()


async def deceived(otto: Member, ticket: Ticket, lie: list[tuple[int, bytes]]) -> Exception:
    async with lying(ticket.door, lie) as place:
        try:
            await otto.join(ticket, place)
        except (PeerError, OtherCommunityError) as error:
            return error
    raise AssertionError("it was believed")


def test_a_steward_that_shows_another_community_or_one_that_cannot_be(tmp_path: Path) -> None:
    async def scenario() -> None:
        with members(tmp_path, "ada", "otto") as (ada, otto):
            ticket, other = ada.invite(ada.found()), ada.found("Elm Street")
            async with lying(ticket.door, []):
                pass
            offer = joining._offer(ada.node, other)
            for lie in (offer, offer._replace(community=ticket.pin + bytes(16))):
                error = await deceived(otto, ticket, [words.offer(lie)])
                assert isinstance(error, OtherCommunityError)
            assert otto.node.commons.all() == []  # nothing was noted, and nothing signed

    run(scenario)


def test_a_steward_that_admits_without_having_written_it(tmp_path: Path) -> None:
    """Or invents an admission: no seat is taken, and no member is made of it."""

    async def scenario() -> None:
        with members(tmp_path, "ada", "otto") as (ada, otto):
            community = ada.found()
            ticket = ada.invite(community)
            offer = words.offer(joining._offer(ada.node, community))
            async with lying(ticket.door, [offer, words.admitted(b"a" * 32), (14, b"")]) as place:
                with pytest.raises(PeerError):
                    await otto.join(ticket, place)
            [noted] = otto.node.commons.all()
            assert noted.state is State.JOINING
            assert otto.events(community) == []

    run(scenario)


@pytest.mark.parametrize("why", [0, 8, 255])
def test_a_sorry_for_no_reason(tmp_path: Path, why: int) -> None:
    async def scenario() -> None:
        with members(tmp_path, "ada", "otto") as (ada, otto):
            ticket = ada.invite(ada.found())
            error = await deceived(otto, ticket, [(Type.SORRY, bytes((why,)))])
            assert isinstance(error, MessageError)

    run(scenario)


def test_a_steward_that_is_there_and_says_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It answers pings for ever: the joiner does not wait for ever."""
    monkeypatch.setattr(joining, "IDLE", 0.3)

    async def scenario() -> None:
        with members(tmp_path, "ada", "otto") as (ada, otto):
            ticket = ada.invite(ada.found())
            async with lying(ticket.door, []) as place:
                handshake = Handshake.initiate(otto.node.local, Door(ticket.door))
                async with connect(place.host, place.port, handshake) as peer:
                    with pytest.raises(IdleError):
                        await joining._hear(peer, words.Joiner())

    run(scenario)


def test_a_ticket_with_another_inviter_or_address_is_none(tmp_path: Path) -> None:
    """Altered after it was signed, it is refused before anybody is called at."""
    with members(tmp_path, "ada", "eve") as (ada, eve):
        ticket = ada.invite(ada.found())
        text = tickets.encode(ticket, ada.home.signer(0))
        assert tickets.decode(text) == ticket
        with pytest.raises(ValueError, match="another device"):
            tickets.encode(ticket, eve.home.signer(0))
        moved = dataclasses.replace(
            ticket, device=eve.home.identity.device, addresses=(tickets.Address("10.0.0.6", 80),)
        )
        signed = tickets.encode(moved, eve.home.signer(0))
        assert tickets.decode(signed).device != ticket.device  # it has another inviter, and says so


def test_an_expired_ticket_and_a_clock_that_was_set_back(tmp_path: Path) -> None:
    """The log's time counts as well, once two persons have reached it."""

    async def scenario() -> None:
        with members(tmp_path, "ada", "otto", "eve") as (ada, otto, eve):
            community = ada.found()
            ticket = ada.invite(community, expires=100)
            ada.clock.now += 1000  # type: ignore[attr-defined]
            async with ada.serving() as place:
                await otto.join(ada.invite(community), place)
                await visit(otto.node, place)
                ada.clock.now -= 365 * 86400  # type: ignore[attr-defined]
                with pytest.raises(HandshakeError) as caught:
                    await eve.join(ticket, place)
                assert caught.value.reason is Reason.CUT
            assert ada.names(community) == ["ada", "otto"]

    run(scenario)


def test_a_steward_s_many_tickets_do_not_take_all_doors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever connects is tried at every door: of one inviter, only the latest are kept open."""
    monkeypatch.setattr("hearth.mesh.node.MAX_DOORS", 3)
    with members(tmp_path, "ada") as (ada,):
        community = ada.found()
        made = [ada.invite(community) for _ in range(6)]
        doors = {door.key for door in ada.node.doors()}
        assert [each.door in doors for each in made] == [False] * 3 + [True] * 3
        assert len(doors) == 2 + 3
        ada.clock.now += 10_000  # type: ignore[attr-defined]
        assert len(ada.node.doors()) == 2


def test_a_ticket_that_leads_to_oneself(tmp_path: Path) -> None:
    """An address of localhost, behind which one's own hearth answers, or something else."""

    async def scenario() -> None:
        with members(tmp_path, "ada", "otto") as (ada, otto):
            own, ticket = otto.found(), ada.invite(ada.found())
            async with otto.serving() as place:
                with pytest.raises(HandshakeError):
                    await otto.join(ticket, place)
                with pytest.raises(HandshakeError) as caught:
                    await otto.join(otto.invite(own), place)
                assert caught.value.reason is Reason.SAME_DEVICE
            listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
            heard: list[bytes] = []

            async def something_else(stream: SocketStream) -> None:
                async with stream:
                    heard.append(await stream.receive())
                    await stream.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")

            async with anyio.create_task_group() as tasks:
                tasks.start_soon(listener.serve, something_else)
                port = listener.extra(SocketAttribute.local_port)
                with pytest.raises(HandshakeError):
                    await otto.join(ticket, Place("127.0.0.1", port))
                tasks.cancel_scope.cancel()
            assert [len(each) for each in heard] == [50]  # nothing in it that anybody chose
            assert otto.node.commons.all()[0].id == own
            assert len(otto.node.commons.all()) == 1

    run(scenario)
