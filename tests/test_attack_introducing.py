"""Doors of introductions: strangers, former members, thieves, lines that lie, and limits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import islice
from pathlib import Path

import anyio
import pytest
from attack_kit import Person, intruding, remove, run
from audience_kit import Neighbour, carry, settle
from test_attack_serving import house

from hearth.audience import vault
from hearth.community import acts, introducing as judging, statements
from hearth.community.records import RetireDevice
from hearth.identity.identity import device_signer
from hearth.mesh import introducing
from hearth.mesh.node import NotServedError
from hearth.mesh.peers import Place
from hearth.mesh.visiting import StrangersError, visit
from hearth.store.errors import HearthError
from hearth.store.header import Lane
from hearth.sync.cipher import KeyPair
from hearth.sync.driver import Peer
from hearth.sync.errors import TransportError
from hearth.sync.handshake import Local
from hearth.sync.introducing import (
    BOX,
    MAX_STANZAS,
    STANZA,
    Sealed,
    Shown,
    Type,
    UnexpectedIntroductionError,
    door,
    read,
)
from hearth.sync.messages import Flags
from hearth.sync.packing import MessageError, OverLimitError, PeerError

NOTHING = bytes(BOX)


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(introducing, "PAUSE", 0.0)


def rotated(folder: Path, *names: str) -> tuple[list[Neighbour], bytes]:
    """All of these know each other, and the first has gone on as a new device since."""
    made, community = settle(folder, *names)
    made[0].home.rotate(made[0].clock())
    return made, community


def former(member: Neighbour) -> tuple[bytes, KeyPair]:
    """The device that a member has been until now, and its sealing key: what its thief has."""
    signer = member.home.signer(member.clock())
    return signer.device, vault.sealing_key(signer)


def opened(sealed: Sealed, peer: Peer, community: bytes, *keys: KeyPair) -> Shown | None:
    """What somebody with these keys gets out of an introduction."""
    session = peer.session.handshake_hash
    return introducing.unseal(sealed, session, community, peer.device, keys)


def to(peer: Peer, community: bytes, local: Local, public: bytes, shown: Shown) -> Sealed:
    """An introduction sealed to one key, as an honest hearth makes it."""
    session, pair = peer.session.handshake_hash, KeyPair.generate()
    return introducing.seal(shown, session, community, local.signer.device, pair, [public])


def by(who: Person, community: bytes, seat: bytes) -> Shown:
    """What a person's device shows of a seat."""
    joins = statements.sign_joins(who.person.sign, community, seat, who.device)
    return Shown(seat, who.certificate, joins)


async def answers(peer: Peer, count: int = 1) -> list[Sealed | Shown | int]:
    """What is said, so many messages at most: introductions, and the types of all others."""
    found: list[Sealed | Shown | int] = []
    try:
        while (message := await peer.receive()) is not None:
            try:
                found.append(read(message.type, message.body))
            except UnexpectedIntroductionError:
                found.append(message.type)
            if len(found) == count:
                break
    except TransportError:
        pass
    return found


@asynccontextmanager
async def called(
    member: Neighbour, community: bytes, say: Callable[[Peer], Awaitable[object]]
) -> AsyncIterator[Place]:
    """Somebody answers at the doors that a member has: with a stranger's session first."""

    async def answer(peer: Peer) -> None:
        if peer.session.door.key == door(community):
            await say(peer)
        else:
            await member.node.attend(peer)

    async with house(member, answer) as (place, _):
        yield place


# who is told nothing


def test_a_stranger_who_knows_the_community_is_told_nothing(tmp_path: Path) -> None:
    """Whatever it says: sealed things that open for nobody, certificates of no member."""

    async def scenario() -> None:
        (otto, ada), community = rotated(tmp_path, "otto", "ada")
        otto.say(community, "for members")
        eve = Person("eve")
        seat = otto.node.commons.membership(community).members[ada.person].seats[0]
        lies = [
            Sealed(NOTHING, ()).encode(),
            Sealed(NOTHING, (bytes(STANZA),) * MAX_STANZAS).encode(),
            by(eve, community, seat).encode(),
            by(eve, community, bytes(32)).encode(),
            Shown(seat, ada.home.identity.certificate, bytes(64)).encode(),
        ]
        async with otto.serving() as place:
            for lie in lies:
                async with intruding(place, door(community), eve.local) as peer:
                    await peer.send(*lie)
                    await peer.send(*by(eve, community, seat).encode())
                    [said] = await answers(peer, 2)  # and nothing else, to the end
                    assert isinstance(said, Sealed)
                    assert len(said.stanzas) == 2
                    assert not any(
                        each in said.encode()[1] for each in (otto.person, otto.device, ada.device)
                    )
                    assert opened(said, peer, community, KeyPair.generate()) is None
        errors = [each.visit.error for each in otto.served]
        assert all(isinstance(each, UnexpectedIntroductionError) for each in errors)
        assert len(errors) == len(lies)
        ada.home.close()

    run(scenario)


def test_who_was_put_out_is_told_nothing_with_a_new_device(tmp_path: Path) -> None:
    """Not with the keys of the old one, and not by answering in somebody's place."""

    async def scenario() -> None:
        (otto, ada, eve), community = settle(tmp_path, "otto", "ada", "eve")
        _, key = former(eve)
        seat = otto.node.commons.membership(community).members[eve.person].seats[0]
        remove(otto, community, eve.person)
        carry(otto, ada, community)
        otto.home.rotate(otto.clock())
        otto.say(community, "for members")
        eve.home.rotate(eve.clock())  # she has not been told
        own = judging.own(eve.home, community)
        assert own is not None
        assert own.seat == seat
        heard: list[Sealed | Shown | int] = []
        async with otto.serving() as place:
            assert isinstance((await visit(eve.node, place)).error, StrangersError)
            async with intruding(place, door(community), eve.node.local) as peer:
                await peer.send(*own.encode())
                heard += await answers(peer)
                [said] = heard
                assert isinstance(said, Sealed)
                assert opened(said, peer, community, key, *_formers(eve)) is None

        async def listen(peer: Peer) -> None:
            [said] = await answers(peer)
            assert isinstance(said, Sealed)
            assert opened(said, peer, community, key, *_formers(eve)) is None
            heard.append(said)

        async with called(eve, community, listen) as place:
            outcome = await visit(otto.node, place)
        assert isinstance(outcome.error, StrangersError)
        assert len(heard) == 2
        assert not any(e.header.device == otto.device for e in eve.home.store.log.events(community))
        for each in (ada, eve):
            each.home.close()

    run(scenario)


def _formers(member: Neighbour) -> list[KeyPair]:
    signer = member.home.signer(member.clock())
    return vault.Vault(member.home.store.connection, signer).former()


def test_the_thief_of_a_device_that_is_retired_does_not_come_back(tmp_path: Path) -> None:
    """With all that was on it but the person's key; nor is anything sealed to it."""

    async def scenario() -> None:
        (ada, otto), community = settle(tmp_path, "ada", "otto")
        stolen, key = former(otto)
        old = device_signer(otto.path, stolen, lambda: None)
        otto.home.rotate(otto.clock())
        shown = judging.own(otto.home, community)
        carry(otto, ada, community)
        otto.home.rotate(otto.clock())  # once more, which ada has not heard of
        ada.home.rotate(ada.clock())
        assert shown is not None
        thief = Local.certified(old, KeyPair.generate())
        fresh = Person("thief").local
        async with ada.serving() as place:
            async with intruding(place, door(community), thief) as peer:
                assert await answers(peer) == []
            async with intruding(place, door(community), fresh) as peer:
                await peer.send(*shown.encode())
                [said] = await answers(peer)
                assert isinstance(said, Sealed)
                assert opened(said, peer, community, key) is None
            outcome = await visit(otto.node, place)
            assert outcome.error is None
        assert ada.node.commons.membership(community).person_of(otto.device) == otto.person

    run(scenario)


def test_a_device_that_was_retired_before_it_was_heard_of_is_nobody_s(tmp_path: Path) -> None:
    (ada, otto), community = settle(tmp_path, "ada", "otto")
    otto.home.rotate(otto.clock())
    device, shown = otto.device, judging.own(otto.home, community)
    assert shown is not None
    membership = ada.node.commons.membership(community)
    assert judging.person(membership, shown, device) == otto.person
    assert judging.person(membership, shown, ada.device) is None  # another's certificate
    assert judging.person(membership, shown._replace(seat=bytes(32)), device) is None
    assert judging.person(membership, shown._replace(joins=bytes(64)), device) is None
    bad = bytearray(shown.certificate)
    bad[100] ^= 1
    assert judging.person(membership, shown._replace(certificate=bytes(bad)), device) is None
    otto.home.rotate(otto.clock())
    carry(otto, ada, community)
    membership = ada.node.commons.membership(community)
    assert judging.person(membership, shown, device) is None


def test_a_device_of_which_nothing_is_kept_is_nobody_s(tmp_path: Path) -> None:
    """Its DEVICE event counts no more than the rest, so it looks like one that never sat down."""
    (ada, otto), community = settle(tmp_path, "ada", "otto")
    otto.home.rotate(otto.clock())
    device, shown = otto.device, judging.own(otto.home, community)
    assert shown is not None
    with otto.home.store.batch() as batch, batch.transaction() as tx:
        tx.must_not_go_on()
    me = otto.home.signer(otto.clock()).device
    with otto.home.store.batch() as batch, batch.transaction() as tx:
        where = (community, me, *otto.home.store.log.place(tx, me, community, Lane.CONTROL))
        sign = otto.home.person_signer().sign
        signature = statements.sign_retires(sign, where, device, (), ())
        record = RetireDevice(device, signature, (), ())
        acts.write(otto.home, tx, community, record, otto.clock())
    carry(otto, ada, community)
    membership = ada.node.commons.membership(community)
    assert not membership.seated(device)
    assert membership.has_retired(otto.person, device)
    assert not membership.has_retired(ada.person, device)
    assert judging.person(membership, shown, device) is None


def test_who_is_put_out_meanwhile_is_given_no_more(tmp_path: Path) -> None:
    async def scenario() -> None:
        (ada, otto), community = settle(tmp_path, "ada", "otto")
        ada.home.rotate(ada.clock())
        otto.home.rotate(otto.clock())
        errors: list[HearthError] = []

        async def answer(peer: Peer) -> None:
            person = await introducing._introduce(ada.node, peer, community, calling=False)
            assert person == otto.person
            remove(ada, community, otto.person)
            held = introducing._introduce

            async def introduced(*_: object, calling: bool) -> bytes:
                return otto.person

            introducing._introduce = introduced  # type: ignore[assignment]
            try:
                await introducing.meet(
                    ada.node, peer, community, Flags.TAKES | Flags.GIVES, calling=False
                )
            except PeerError as error:
                errors.append(error)
                raise
            finally:
                introducing._introduce = held

        async with called(ada, community, answer) as place:
            outcome = await visit(otto.node, place)
        assert outcome.error is not None
        assert isinstance(errors[0], NotServedError)

    run(scenario)


# lines that lie


def test_an_introduction_means_nothing_on_another_connection(tmp_path: Path) -> None:
    """Whoever passes it on, or answers with it, has what opens for nobody."""

    async def scenario() -> None:
        (ada, otto), community = settle(tmp_path, "ada", "otto")
        _, key = former(otto)
        ada.home.rotate(ada.clock())
        otto.home.rotate(otto.clock())
        overheard: list[Sealed] = []

        async def listen(peer: Peer) -> None:
            [said] = await answers(peer)
            assert isinstance(said, Sealed)
            assert opened(said, peer, community, key) is not None  # it is meant for that device
            overheard.append(said)

        async with called(otto, community, listen) as place:
            await visit(ada.node, place)
        eve = Person("eve")
        async with (
            otto.serving() as place,
            intruding(place, door(community), eve.local) as peer,
        ):
            await peer.send(*overheard[0].encode())
            [said] = await answers(peer)
            assert isinstance(said, Sealed)

    run(scenario)


def test_what_is_sealed_well_and_shows_no_member_is_answered_like_the_rest(tmp_path: Path) -> None:
    async def scenario() -> None:
        (otto, ada), community = settle(tmp_path, "otto", "ada")
        _, key = former(otto)
        otto.home.rotate(otto.clock())
        eve, nobody = Person("eve"), KeyPair.generate().public
        async with otto.serving() as place:
            said = []
            for public in (key.public, nobody):
                async with intruding(place, door(community), local := eve.local) as peer:
                    seal = to(peer, community, local, public, by(eve, community, bytes(32)))
                    await peer.send(*seal.encode())
                    said += await answers(peer)
            assert [type(each) for each in said] == [Sealed, Sealed]
            assert len({len(each.encode()[1]) for each in said if isinstance(each, Sealed)}) == 1
        ada.home.close()

    run(scenario)


def test_the_answer_takes_the_same_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What follows is due a second after the words came, however long looking has taken."""
    clock, due = [5.0], []

    async def sleep_until(deadline: float) -> None:
        due.append(deadline)

    async def slow(*_: object) -> None:
        clock[0] += 0.4

    monkeypatch.setattr(introducing, "PAUSE", 1.0)
    monkeypatch.setattr(introducing, "_opened", slow)
    monkeypatch.setattr(anyio, "current_time", lambda: clock[0])
    monkeypatch.setattr(anyio, "sleep_until", sleep_until)

    async def scenario() -> None:
        (otto, ada), community = rotated(tmp_path, "otto", "ada")
        for heard in (Sealed(NOTHING, ()), Shown(bytes(32), bytes(136), bytes(64))):
            await introducing._judged(otto.node, _Nobody(), community, heard)  # type: ignore[arg-type]
        for each in (otto, ada):
            each.home.close()

    asyncio.run(scenario())
    assert due == [6.0, 6.4]


class _Nobody:
    device = bytes(32)


# limits


@pytest.mark.parametrize("count", [MAX_STANZAS - 1, MAX_STANZAS, MAX_STANZAS + 1])
def test_an_introduction_is_for_so_many_devices(count: int) -> None:
    type, body = Sealed(NOTHING, (bytes(STANZA),) * count).encode()
    if count > MAX_STANZAS:
        with pytest.raises(OverLimitError):
            read(type, body)
    else:
        assert read(type, body) == Sealed(NOTHING, (bytes(STANZA),) * count)


@pytest.mark.parametrize(
    ("type", "body", "error"),
    [
        (Type.SEALED, b"", UnexpectedIntroductionError),
        (Type.SEALED, b"\2" + NOTHING, UnexpectedIntroductionError),
        (Type.SEALED, b"\1" + NOTHING[1:], MessageError),
        (Type.SEALED, b"\1" + NOTHING + b"!", MessageError),
        (Type.SHOWN, b"\1" + bytes(231), MessageError),
        (Type.SHOWN, b"\1" + bytes(233), MessageError),
        (39, b"\1" + NOTHING, UnexpectedIntroductionError),
        (42, b"\1" + bytes(232), UnexpectedIntroductionError),
    ],
)
def test_what_is_no_introduction(type: int, body: bytes, error: type[PeerError]) -> None:
    with pytest.raises(error):
        read(type, body)


def test_no_more_keys_are_tried_than_the_latest(tmp_path: Path) -> None:
    """Four of them, on 128 stanzas at most; the fifth opens nothing any more."""
    (otto, ada), _ = settle(tmp_path, "otto", "ada")
    keys = []
    for _ in range(introducing.FORMER + 1):
        keys.append(former(otto)[1])
        otto.clock.now += 1  # type: ignore[attr-defined]
        otto.home.rotate(otto.clock())
    tried = _formers(otto)[: introducing.FORMER]
    assert {each.public for each in tried} == {each.public for each in keys[1:]}
    ada.home.close()


def test_more_devices_than_may_be_sealed_to_take_turns(tmp_path: Path) -> None:
    made, community = settle(tmp_path, "otto", "ada", "bo", "cy")
    otto = made[0]
    found = set()
    for _ in range(24):
        found |= {*islice(introducing._readers(otto.node, community), 2)}
    assert len(found) == 3  # not to this very device
    for each in made:
        each.home.close()


def test_who_says_nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(introducing, "WORDS", 0.2)

    async def scenario() -> None:
        (otto, ada), community = rotated(tmp_path, "otto", "ada")
        async with (
            otto.serving() as place,
            intruding(place, door(community), Person("eve").local) as peer,
        ):
            assert await answers(peer) == []
            await anyio.sleep(0.05)
        assert isinstance(otto.served[-1].visit.error, UnexpectedIntroductionError)
        ada.home.close()

    run(scenario)
