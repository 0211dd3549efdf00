"""Names that others choose: they act on no terminal, and take nobody's place."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from attack_kit import Person, admit
from log_kit import make
from mesh_kit import NOW, Member, members
from program import Hearth
from test_attack_serving import state_places

from hearth.community import records
from hearth.community.access import Standing
from hearth.community.ticket import Address
from hearth.home import Home
from hearth.kinds import DEVICE, PROFILE
from hearth.mesh.peers import Peers, Place
from hearth.store.errors import UsageError
from hearth.store.header import Lane

EVIL = "eve\x1b[2J\x1b]52;c;aGk=\x07\r\u202e\u2066\x9b31m\u200b\n\x08"
HARM = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069]")


def introduce(member: Member, community: bytes, who: Person, name: str) -> None:
    """Admit somebody who then says how to be called."""
    seat = admit(member, community, who)
    sits = records.Device(who.certificate, seat)
    common: dict[str, Any] = {"lane": Lane.CONTROL, "community": community, "acts": (seat,)}
    first = make(who.signer, None, None, sits.encode(), kind=DEVICE, **common)
    payload = records.Profile(name).encode()
    second = make(who.signer, first, None, payload, kind=PROFILE, lane=0, community=community)
    with member.home.store.batch() as batch, batch.transaction() as tx:
        member.home.store.log.import_events(tx, [first.record, second.record])


@pytest.fixture
def evil(tmp_path: Path) -> tuple[Hearth, Path]:
    """A hearth in a community whose name and members' names are hostile."""
    with members(tmp_path, "ada") as (ada,):
        community = ada.found(EVIL)
        introduce(ada, community, eve := Person("eve"), EVIL)
        assert EVIL in ada.names(community)
        state_places(ada, community, eve.signer, [("10.9.9.9", 1)])
        with ada.home.store.batch() as batch, batch.transaction() as tx:
            Peers(ada.home.store).add(tx, Place("10.9.9.8", 1, eve.device, "member"), NOW)
            Peers(ada.home.store).note(
                tx, Place("10.9.9.8", 1), NOW, eve.device, EVIL, f"closed: {EVIL}"
            )
        path = ada.path
    return Hearth(tmp_path), path


@pytest.mark.parametrize(
    "verb", ["status", "peer", "sync --dry-run", "log", "doctor", "community", "member"]
)
def test_no_verb_shows_them_as_they_are(evil: tuple[Hearth, Path], verb: str) -> None:
    hearth, path = evil
    for extra in ((), ("--json",)):
        done = hearth("--hearth", str(path), *verb.split(), *extra)
        assert not HARM.search(done.out), ascii(done.out)
        assert not HARM.search(done.err), ascii(done.err)
        assert "Traceback" not in done.err


def test_they_are_shown_all_the_same(evil: tuple[Hearth, Path]) -> None:
    """Spelled out: two names that differ look different."""
    hearth, path = evil
    assert "eve^[[2J" in hearth("--hearth", str(path), "peer").out
    listed = json.loads(hearth("--hearth", str(path), "peer", "--json").out)
    assert {each["peer"] for each in listed["peers"]} == {EVIL}


def test_a_community_called_like_another_one_s_id_takes_no_place(tmp_path: Path) -> None:
    with members(tmp_path, "ada") as (ada,):
        honest = ada.found("Mill Lane")
        ada.found(honest.hex()[:8])
        with pytest.raises(UsageError):
            ada.node.commons.choose(honest.hex()[:8])
        assert ada.node.commons.choose(honest.hex()[:12]).id == honest
        assert ada.node.commons.choose("Mill Lane").id == honest


def test_nobody_retires_a_device_of_somebody_else(tmp_path: Path) -> None:
    """A member that "retires" a newcomer's device does not have it turned away as one put out."""
    with members(tmp_path, "ada") as (ada,):
        community, newcomer = ada.found(), Person("newcomer")
        from hearth.community import acts, statements

        log, me = ada.home.store.log, ada.home.identity
        with ada.home.store.batch() as batch, batch.transaction() as tx:
            where = (community, me.device, *log.place(tx, me.device, community, Lane.CONTROL))
            sign = ada.home.person_signer().sign
            signature = statements.sign_retires(sign, where, newcomer.device, (), ())
            record = records.RetireDevice(newcomer.device, signature, (), ())
            acts.write(ada.home, tx, community, record, NOW)
        assert newcomer.device in ada.node.commons.membership(community).retired
        assert ada.node.access.standing(community, newcomer.device) is Standing.STRANGER
        admit(ada, community, newcomer)
        assert ada.node.access.standing(community, newcomer.device) is Standing.MEMBER


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "224.0.0.1", "ff02::1", "fe80::1%eth0"])
def test_a_ticket_names_no_address_that_is_none(host: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Address(host, 7411).encode()


def test_a_hearth_that_names_itself_badly_is_not_made(tmp_path: Path) -> None:
    from hearth import home

    with pytest.raises(UsageError):
        home.create(tmp_path / "evil", EVIL, NOW)
    assert not (tmp_path / "evil").exists()
    home.create(tmp_path / "good", "ada", NOW)
    Home.open(tmp_path / "good").close()
