"""The program: a steward states a checkpoint, others drop by it, a lie is told."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager
from pathlib import Path

import anyio
import pytest
from mesh_kit import Member
from neighbours_kit import Street, real_time
from program import Hearth

from hearth.chat.talk import Talk
from hearth.community import acts, records
from hearth.community.records import Head
from hearth.mesh.visiting import visit
from hearth.store.header import Lane

DAY = 86_400
QUICK = True


class Past:
    """The real clock, some days behind."""

    def __init__(self, days: int) -> None:
        self.days = days

    def __call__(self) -> int:
        return real_time() - self.days * DAY


def talking(member: Member) -> AbstractContextManager[Talk]:
    return Talk.open(member.home, member.node.commons)


def write(member: Member, community: bytes, record: records.Record) -> None:
    with member.home.store.batch() as batch, batch.transaction() as tx:
        acts.write(member.home, tx, community, record, member.clock())


@pytest.fixture
def street(hearth: Hearth, tmp_path: Path) -> Street:
    return lived(hearth, tmp_path)


def lived(hearth: Hearth, tmp_path: Path, cook: str = "") -> Street:
    """ada founded Mill Lane 200 days ago and has said 40 things; otto is a member. If there is a
    `cook`, both have said something in a group of that one's, under a key of ada's."""
    clock = Past(200)
    ada, otto = (Member(tmp_path, name, clock) for name in ("ada", "otto"))
    community = ada.found()

    async def live() -> None:
        async with ada.serving() as place:
            await otto.join(ada.invite(community), place)
            if cook:
                await visit(otto.node, place)
                persons = [each.home.identity.person for each in (ada, otto)]
                with talking(ada if cook == "ada" else otto) as talk:
                    talk.create_group("cooks", persons, clock())
                await visit(otto.node, place)
                for each, text in ((ada, "soup at six"), (otto, "I am coming")):
                    with talking(each) as talk:
                        talk.update(clock())
                        [cooks] = [one for one in talk.conversations() if one.name == "cooks"]
                        talk.send(cooks, text, now=clock())
                    await visit(otto.node, place)
            for number in range(40):
                ada.say(community, f"message {number}")
            clock.days = 2
            ada.say(community, "lately")
            for each in (ada, otto):
                write(each, community, records.Profile(each.path.name))
            await visit(otto.node, place)

    anyio.run(live)
    street = Street(hearth, tmp_path)
    try:
        none = street.json("ada", "checkpoint", "create", "--lane", "market")
        assert (none["changed"], none["ids"], none["chains"]) == (False, [], 0)
        made = street.run("ada", "checkpoint", "create")
        assert made.code == 0, made
        assert made.out.startswith("stated where 1 chain stood on ")
        assert "retention.headers" in made.err
        again = street.run("ada", "checkpoint", "create")
        assert again.out == 'there is nothing new to state in "Mill Lane"\n'

        async def tell() -> None:
            async with ada.serving() as place:
                await visit(otto.node, place)

        anyio.run(tell)
    finally:
        for member in (ada, otto):
            member.home.close()
    return street


def test_a_member_drops_by_a_stewards_checkpoint(street: Street) -> None:
    refused = street.run("otto", "checkpoint", "create")
    assert refused.code == 1
    assert "only a steward" in refused.err
    listed = street.json("otto", "checkpoint", "list")["checkpoints"]
    assert [(each["by_name"], each["chains"], each["differ"]) for each in listed] == [("ada", 1, 0)]
    assert listed[0]["in_force"] is True
    assert "ada" in street.run("otto", "checkpoint").out
    assert street.json("otto", "gc")["dropped"] == 0
    assert street.run("otto", "config", "set", "retention.headers", "100 days").code == 0
    assert street.json("otto", "gc")["dropped"] == 39
    told = street.run("otto", "gc")
    assert "dropped" not in told.out
    assert street.run("otto", "fsck").code == 0
    assert street.run("otto", "verify").code == 0
    assert street.run("ada", "config", "set", "retention.headers", "100 days").code == 0
    assert street.json("ada", "gc")["dropped"] == 0  # her own words stay


def texts(street: Street) -> list[str]:
    """What otto is shown of the group."""
    run = street.run("otto", "chat", "read", "cooks", "--json", "--keep-unread")
    assert run.code == 0, run
    said = [json.loads(line) for line in run.out.splitlines()]
    return [each["text"] for each in said if each["event"] == "message"]


def test_a_group_outlives_what_is_dropped(hearth: Hearth, tmp_path: Path) -> None:
    street = lived(hearth, tmp_path, cook="ada")
    assert street.run("otto", "config", "set", "retention.headers", "100 days").code == 0
    street.json("otto", "gc")
    assert street.run("otto", "reindex").code == 0
    assert street.run("otto", "chat", "send", "cooks", "more").code == 0
    assert texts(street)[-2:] == ["I am coming", "more"]


def test_what_is_dropped_is_gone_from_the_cache_too(hearth: Hearth, tmp_path: Path) -> None:
    """What was said under a key whose own event was dropped is shown as before."""
    street = lived(hearth, tmp_path, cook="otto")
    assert texts(street) == ["soup at six", "I am coming"]
    cache = tmp_path / "otto" / "cache.db"
    assert b"soup at six" in cache.read_bytes()
    assert street.run("otto", "config", "set", "retention.headers", "100 days").code == 0
    assert street.json("otto", "gc")["dropped"] >= 39
    assert texts(street) == ["I am coming"]
    assert not [each for each in cache.parent.glob("*.db*") if b"soup at six" in each.read_bytes()]
    assert street.run("otto", "chat", "search", "soup").code == 4
    assert street.run("otto", "reindex").code == 0
    assert texts(street) == ["I am coming"]


def test_after_a_repair_what_was_dropped_is_still_gone(street: Street, tmp_path: Path) -> None:
    assert street.run("otto", "config", "set", "retention.headers", "100 days").code == 0
    assert street.json("otto", "gc")["dropped"] == 39
    (tmp_path / "otto" / "hearth.db").write_bytes(b"nothing")
    assert street.run("otto", "fsck", "--repair").code == 13  # it was damaged
    ada, otto = (Member.of(tmp_path / name, real_time) for name in ("ada", "otto"))
    try:
        community = ada.node.commons.joined()[0].id
        chat = list(otto.home.store.log.events(community, Lane.CHAT))
        assert sorted(event.header.sequence for event in chat) == [40, 41]
        with otto.home.store.batch() as batch, batch.transaction() as tx:
            otto.node.commons.anchor(tx, community)
        ours, theirs = (
            [each.home.store.log.digest(community, lane) for lane in Lane] for each in (otto, ada)
        )
        assert ours == theirs
        assert otto.home.store.log.verify().problems == []
    finally:
        ada.home.close()
        otto.home.close()


def test_a_lie_is_told_and_drops_nothing(street: Street, tmp_path: Path) -> None:
    otto, ada = (Member.of(tmp_path / name, real_time) for name in ("otto", "ada"))
    community = ada.node.commons.joined()[0].id
    lie = Head(ada.home.identity.device, Lane.CHAT, 41, bytes(32))
    write(ada, community, records.Checkpoint((lie,)))

    async def tell() -> None:
        async with ada.serving() as place:
            await visit(otto.node, place)

    anyio.run(tell)
    ada.home.close()
    otto.home.close()
    listed = street.json("otto", "checkpoint", "list")["checkpoints"]
    assert [each["differ"] for each in listed] == [0, 1]
    doctor = street.run("otto", "doctor")
    assert doctor.code == 3
    assert "a checkpoint contradicts what device" in doctor.out
    assert "contradicts what is here of 1 chains" in street.run("otto", "checkpoint").out
    assert street.run("otto", "config", "set", "retention.headers", "100 days").code == 0
    told = street.run("otto", "gc")
    assert told.code == 3
    assert "contradict what is held here of 1 device" in told.err
    assert "39 events dropped" in told.out  # by the true one
