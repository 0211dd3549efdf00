"""hearth join against hearths that really serve: what is said, what is left behind, kills."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
import pytest
from anyio.abc import SocketAttribute
from mesh_kit import Member
from neighbours_kit import Street, neighbours, real_time
from program import Hearth

from hearth.community import ticket as tickets
from hearth.community.commons import State
from hearth.home import Home
from hearth.mesh import entering, joining
from hearth.mesh.peers import Peers, Place
from hearth.store.header import Lane
from hearth.sync.driver import Peer
from hearth.sync.joining import SorryError, Why
from hearth.sync.tcp import Server

QUICK = True


@pytest.fixture
def street(hearth: Hearth, tmp_path: Path) -> Street:
    return Street(hearth, tmp_path)


def run(scenario: Callable[[], Awaitable[None]]) -> None:
    anyio.run(scenario)


def test_join_and_what_is_said(street: Street) -> None:
    async def scenario() -> None:
        street.init("otto")
        with neighbours(street.folder, "ada") as [ada]:
            community = ada.found()
            ada.say(community, "welcome")
            async with ada.serving() as place:
                ticket = street.ticket("ada", place)
                joined = await street("otto", "join", ticket)
                assert joined.code == 0, joined
                assert joined.out.splitlines() == [
                    'joined "Mill Lane" (2 members, you: member)',
                    "admitted by ada",
                ]
                assert "hearth sync" in joined.err
                # The newcomer's name came with the second call, and nothing else was needed.
                assert ada.names(community) == ["ada", "otto"]
                again = await street("otto", "join", ticket)
                assert again.code == 0
                assert "already" in again.out
            with Home.open(street.folder / "otto") as home:
                assert len(list(home.store.log.events(community))) == len(ada.events(community))
                [known] = Peers(home.store).all()
                assert (known.place.source, known.place.port) == ("ticket", place.port)
                assert known.place.device == ada.home.identity.device
            assert street.run("otto", "join", ticket).code == 0  # and needs nobody

    run(scenario)


@pytest.mark.parametrize("way", ["stdin", "-", "file", "spaces", "upper"])
def test_a_ticket_comes_in_many_ways(street: Street, way: str) -> None:
    async def scenario() -> None:
        street.init("otto")
        with neighbours(street.folder, "ada") as [ada]:
            ada.found()
            async with ada.serving() as place:
                ticket = street.ticket("ada", place)
                broken = "\n".join(ticket[at : at + 40] for at in range(0, len(ticket), 40)) + "\n"
                path = street.folder / "ticket.txt"
                path.write_text(broken)
                argv, stdin = {
                    "stdin": ([], broken),
                    "-": (["-"], broken),
                    "file": (["--file", str(path)], ""),
                    "spaces": (broken.split(), ""),
                    "upper": ([ticket.upper()], ""),
                }[way]
                done = await street("otto", "join", "--json", *argv, stdin=stdin)
                assert done.code == 0, done
                told = json.loads(done.out)
                assert (told["already"], told["role"], told["members"]) == (False, "member", 2)
                assert told["told"] is True
                assert told["address"] == place.address

    run(scenario)


def test_addresses_given_come_first_and_all_that_failed_are_named(street: Street) -> None:
    async def scenario() -> None:
        street.init("otto")
        with neighbours(street.folder, "ada") as [ada]:
            ada.found()
            async with ada.serving() as place:
                dead = Place("127.0.0.1", await _free_port())
                ticket = street.ticket("ada", dead)
                failed = await street("otto", "join", ticket, "--json")
                assert failed.code == 14
                error = json.loads(failed.err)["error"]
                assert error["code"] == "nobody-reached"
                assert f"{dead.address}: nobody answers" in error["message"]
                assert "--by FOLDER" in error["hints"][-1]
                assert street.json("otto", "community")["communities"] == []
                done = await street("otto", "join", ticket, "--address", place.address)
                assert done.code == 0, done

    run(scenario)


async def _free_port() -> int:
    async with await anyio.create_tcp_listener(local_host="127.0.0.1") as listener:
        return int(listener.extra(SocketAttribute.local_port))


def test_somebody_elses_hearth_answers_but_not_for_this_ticket(street: Street) -> None:
    async def scenario() -> None:
        street.init("otto")
        with neighbours(street.folder, "ada", "eve") as [ada, eve]:
            ada.found()
            async with eve.serving() as place:
                ticket = street.ticket("ada", place)
                failed = await street("otto", "join", ticket)
                assert failed.code == 14
                assert f"{place.address}: answers, but not for this ticket" in failed.err

    run(scenario)


def test_a_refusal_is_final(street: Street) -> None:
    async def scenario() -> None:
        street.init("otto", "eve")
        with neighbours(street.folder, "ada") as [ada]:
            ada.found()
            async with ada.serving() as place:
                used = street.ticket("ada", place)
                assert (await street("otto", "join", used)).code == 0
                refused = await street("eve", "join", used, "--json")
                assert refused.code == 1
                assert json.loads(refused.err)["error"]["code"] == "not-admitted"
                revoked = street.ticket("ada", place)
                [listed] = street.json("ada", "invite", "list")["invitations"]
                assert (await street("ada", "invite", "revoke", listed["id"][:8])).code == 0
                closed = await street("eve", "join", revoked)
                assert closed.code == 14  # nobody opens at that door any more
                assert "taken back" in closed.err

    run(scenario)


def test_an_expired_ticket_is_not_even_tried(street: Street) -> None:
    async def scenario() -> None:
        street.init("otto")
        with neighbours(street.folder, "ada") as [ada]:
            community = ada.found()
            async with ada.serving() as place:
                ada.clock = lambda: real_time() - 7200
                assert ada.place == place
                old = _encoded(ada, community)
                done = await street("otto", "join", old, "--json")
                assert done.code == 1
                assert json.loads(done.err)["error"]["code"] == "ticket-expired"
                assert ada.served == []

    run(scenario)


def _encoded(ada: Member, community: bytes) -> str:
    return tickets.encode(ada.invite(community), ada.home.signer(ada.clock()))


@pytest.mark.parametrize(
    ("change", "code", "name"),
    [
        (lambda text: text[:60] + ("0" if text[60] != "0" else "1") + text[61:], 2, "mistyped"),
        (lambda text: text[:-9], 2, "ticket-"),
        (lambda text: "https://example.org/x", 2, "not-a-ticket"),
        (lambda text: "", 2, "usage"),
        (lambda text: "hearth2" + text[7:], 16, "newer"),
    ],
)
def test_what_is_no_ticket(street: Street, change: Any, code: int, name: str) -> None:
    street.init("ada", "otto")
    assert street.run("ada", "community", "create", "Mill Lane").code == 0
    ticket = street.ticket("ada", Place("127.0.0.1", 1))
    done = street.run("otto", "join", "--json", stdin=change(ticket))
    assert done.code == code, done
    assert name in json.loads(done.err)["error"]["code"]


def test_a_forged_ticket_is_told_from_a_mistyped_one(street: Street) -> None:
    """Changed, and its checksum put right: no slip of the pen."""
    street.init("ada", "otto")
    assert street.run("ada", "community", "create", "Mill Lane").code == 0
    text = street.ticket("ada", Place("127.0.0.1", 1)).upper()
    body = bytearray(tickets._from_text(text[len(tickets.PREFIX) :])[:-2])
    body[1] = 1  # a member's ticket, made a steward's
    forged = tickets.PREFIX + tickets._to_text(bytes(body) + tickets._checksum(bytes(body)))
    done = street.run("otto", "join", forged, "--json")
    assert done.code == 13
    assert json.loads(done.err)["error"]["code"] == "ticket-forged"


def test_a_ticket_never_leads_into_another_community(street: Street) -> None:
    """A steward's hearth offers another community than the ticket is for."""

    async def offer_another(member: Member, peer: Peer) -> None:
        from hearth.sync import joining as words

        other = member.node.commons.joined()[1].id
        await peer.receive()
        await peer.send(*words.offer(joining._offer(member.node, other)))
        await peer.receive()

    async def scenario() -> None:
        street.init("otto")
        with neighbours(street.folder, "ada") as [ada]:
            ada.found("Mill Lane")
            ada.found("Choir")
            async with answering(ada, offer_another) as place:
                done = await street("otto", "join", street.ticket("ada", place), "--json")
            assert done.code == 13, done
            assert json.loads(done.err)["error"]["code"] == "other-community"
            assert street.json("otto", "community")["communities"] == []

    run(scenario)


def test_without_a_hearth_it_says_how_to_make_one(hearth: Hearth, street: Street) -> None:
    street.init("ada")
    street.run("ada", "community", "create", "Mill Lane")
    done = hearth("join", street.ticket("ada", Place("127.0.0.1", 1)))
    assert done.code == 10
    assert "hint: hearth init" in done.err


def test_one_source_only(street: Street) -> None:
    street.init("otto")
    done = street.run("otto", "join", "hearth1abc", "--file", "x")
    assert done.code == 2
    assert "once" in done.err
    missing = street.run("otto", "join", "--file", "nowhere")
    assert missing.code == 1
    assert "nowhere" in missing.err


# killed


Answer = Callable[[Member, Peer], Awaitable[None]]


@asynccontextmanager
async def answering(member: Member, *answers: Answer) -> AsyncIterator[Place]:
    """Serve, the first peers in special ways, the rest as always."""
    from hearth.mesh.serving import Serving

    listener = await anyio.create_tcp_listener(local_host="127.0.0.1", local_port=0)
    place = Place("127.0.0.1", listener.extra(SocketAttribute.local_port))
    serving = Serving(member.node, member.served.append)
    special = list(answers)

    async def session(peer: Peer) -> None:
        if special:
            await special.pop(0)(member, peer)
        else:
            await serving.answer(peer)

    server = Server(member.node.respond, session, lambda source, error: None)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(server.serve, listener)
        yield place
        tasks.cancel_scope.cancel()


async def admit_and_hang_up(member: Member, peer: Peer) -> None:
    await joining.welcome(member.node, peer)


def test_a_line_that_breaks_after_the_admission(street: Street) -> None:
    async def scenario() -> None:
        street.init("otto")
        with neighbours(street.folder, "ada") as [ada]:
            community = ada.found()
            async with answering(ada, admit_and_hang_up) as place:
                ticket = street.ticket("ada", place)
                first = await street("otto", "join", ticket)
                assert first.code == 14, first
                assert len(ada.node.commons.membership(community).members) == 2
                assert street.json("otto", "community")["communities"][0]["state"] == "joining"
                [unnamed] = [
                    each for each in street.json("ada", "member")["members"] if not each["you"]
                ]
                assert unnamed["name"] is None  # it has not come yet
                assert f"\n{unnamed['person'][:12]} " in street.run("ada", "member").out
                [used] = street.json("ada", "invite", "list", "--all")["invitations"]
                assert (used["used"], used["state"]) == (1, "used")
                second = await street("otto", "join", ticket)
                assert second.code == 0, second
            assert ada.names(community) == ["ada", "otto"]
            [admission] = ada.node.commons.membership(community).invitations[0].used
            assert admission  # one, though it was asked twice

    run(scenario)


def test_a_joining_that_came_to_nothing_can_be_given_up(street: Street) -> None:
    async def scenario() -> None:
        street.init("otto")
        with neighbours(street.folder, "ada") as [ada]:
            ada.found()
            async with answering(ada, admit_and_hang_up) as place:
                ticket = street.ticket("ada", place)
                assert (await street("otto", "join", ticket)).code == 14
                (found,) = street.json("otto", "community")["communities"]
                assert found["state"] == "joining"
                leave = ("community", "leave", found["name"])
                asked = await street("otto", *leave)
                assert (asked.code, "--yes" in asked.err) == (2, True)
                assert street.json("otto", "community")["communities"] == [found]
                given = await street("otto", *leave, "--yes")
                assert (given.code, given.out) == (0, 'gave up joining "Mill Lane"\n')
                (found,) = street.json("otto", "community")["communities"]
                assert found["state"] == "left"

    run(scenario)


@pytest.mark.parametrize("moment", ["before the request", "after the admission", "at the end"])
def test_killed_it_goes_on(street: Street, moment: str) -> None:
    """SIGKILL, sent by the steward's side at a moment that it can see."""

    async def scenario() -> None:
        street.init("otto")
        with neighbours(street.folder, "ada") as [ada]:
            community = ada.found()
            started: list[subprocess.Popen[bytes]] = []

            async def kill(member: Member, peer: Peer) -> None:
                if moment == "before the request":
                    await peer.receive()
                else:
                    admitted, _ = await joining.welcome(member.node, peer)
                    if moment == "at the end":
                        grants = {admitted: member.node.access.grant(admitted)}
                        await member.node.hold(peer, member.node.session(peer, grants))
                os.kill(started[0].pid, signal.SIGKILL)

            async with answering(ada, kill) as place:
                ticket = street.ticket("ada", place)
                started.append(street.start("otto", "join", ticket))
                out, err = await anyio.to_thread.run_sync(started[0].communicate)
                if moment != "at the end":  # there it may have been done before it was hit
                    assert started[0].returncode == -signal.SIGKILL, (out, err)
                done = await street("otto", "join", ticket)
                assert done.code == 0, done
                if moment == "at the end":
                    with Home.open(street.folder / "otto") as home:
                        seated = home.store.log.events(
                            community, Lane.CONTROL, device=home.identity.device
                        )
                        assert len(list(seated)) == 2  # whose device, and the name: once
                else:
                    assert ada.names(community) == ["ada", "otto"]

    run(scenario)


def test_a_seat_that_was_not_taken_is_taken_without_asking_anybody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        with neighbours(tmp_path, "ada", "otto") as [ada, otto]:
            community = ada.found()
            async with ada.serving() as place:
                ticket = ada.invite(community)

                with monkeypatch.context() as patch:

                    def broken(*_: object) -> None:
                        raise OSError("the power went")

                    patch.setattr(joining, "take_seat", broken)
                    with pytest.raises(OSError, match="power"):
                        await entering.enter(otto.node, ticket, [place])
                assert otto.node.commons.all()[0].state is State.JOINED
                assert otto.names(community) == ["", "ada"]
                done = await entering.enter(otto.node, ticket, [])
                assert (done.already, done.place) == (False, None)
                assert otto.names(community) == ["ada", "otto"]
                assert (await entering.enter(otto.node, ticket, [place])).already

    run(scenario)


def test_where_one_steward_cannot_now_another_is_asked(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(member: Member, peer: Peer) -> None:
        from hearth.sync import joining as words

        await peer.receive()
        await peer.send(*words.sorry(Why.NOT_NOW))
        await peer.receive()

    async def scenario() -> None:
        street.init("otto")
        with neighbours(street.folder, "ada") as [ada]:
            ada.found()
            async with answering(ada, refuse, refuse) as place:
                ticket = street.ticket("ada", place)
                once = await street("otto", "join", ticket)
                assert once.code == 14
                assert "cannot admit anybody at the moment" in once.err
                async with ada.serving() as other:
                    done = await street("otto", "join", ticket, "--address", place.address,
                                        "--address", other.address)  # fmt: skip
                    assert done.code == 0, done

    run(scenario)


def test_why_decides_the_exit_code() -> None:
    codes = {why: int(SorryError(why).exit_code) for why in Why}
    assert codes.pop(Why.NOT_NOW) == 14
    assert set(codes.values()) == {1}


def test_somebody_silent_does_not_hold_it_up_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def silent(member: Member, peer: Peer) -> None:
        await anyio.sleep_forever()

    async def scenario() -> None:
        monkeypatch.setattr(joining, "IDLE", 0.1)
        with neighbours(tmp_path, "ada", "otto") as [ada, otto]:
            community = ada.found()
            async with answering(ada, silent) as place:
                ticket = ada.invite(community)
                with pytest.raises(entering.NotEnteredError, match="said nothing"):
                    await entering.enter(otto.node, ticket, [place])

    run(scenario)


def test_several_addresses_of_a_ticket_are_tried_in_order(tmp_path: Path) -> None:
    async def scenario() -> None:
        with neighbours(tmp_path, "ada", "otto") as [ada, otto]:
            community = ada.found()
            async with ada.serving() as place:
                dead = Place("127.0.0.1", await _free_port())
                tried: list[Place] = []

                async def near(call: object) -> bool:
                    raise AssertionError("somebody has answered: nobody else is looked for")

                done = await entering.enter(
                    otto.node, ada.invite(community), [dead, dead, place], near, tried.append
                )
                assert tried == [dead, place]
                assert [each for each, _ in done.tried] == [dead]
                assert done.visit is not None
                assert done.visit.error is None

    run(scenario)
