"""Writing: sealed to whoever it is for, whole or not at all, and once."""

from __future__ import annotations

from pathlib import Path

import pytest
from mesh_kit import NOW, Member
from store_kit import Fault, SeamDisk
from talk_kit import Clock, Talker, admit, carry, mix, street

from hearth.audience.keyring import NobodyError
from hearth.chat import records
from hearth.chat.errors import (
    BadTextError,
    BlockedError,
    NotInGroupError,
    NotMemberError,
    NotYoursError,
    TooLongError,
    UnknownMessageError,
)
from hearth.chat.marks import MAX_DRAFT, MAX_DRAFTS, TooManyDraftsError
from hearth.chat.shapes import Where
from hearth.chat.talk import Talk
from hearth.commands.chatting import EXPIRIES, expiry_class
from hearth.corpora.cache import translated
from hearth.home import Home
from hearth.kinds import KEY, MESSAGE
from hearth.retention import EXPIRY
from hearth.store.errors import HearthError, NoSpaceError
from hearth.store.header import Lane, encode


def events(talker: Talker, community: bytes) -> int:
    return sum(1 for _ in talker.home.store.log.events(community, Lane.CHAT))


def test_what_is_sent_says_to_how_many_it_is_sealed(tmp_path: Path) -> None:
    (ada, bo, cy), _ = street(tmp_path, "ada", "bo", "cy")
    sent = ada.talk.send(ada.to(bo), "soup", now=ada.clock())
    assert (sent.devices, sent.lacking, sent.fallback, sent.renewed) == (1, (), (), True)
    event = ada.home.store.log.get(sent.id)
    assert sent.bytes == len(encode(event.header)) + 64 + len(event.payload or b"")
    assert sent.bytes - len(b"soup") <= 300
    again = ada.talk.send(ada.to(bo), "soup", now=ada.clock())
    assert (again.renewed, again.id != sent.id) == (False, True)
    open_ = ada.talk.send(ada.to("#street"), "soup", now=ada.clock())
    assert (open_.devices, open_.renewed) == (0, False)
    group = ada.talk.create_group("garden", [bo.person, cy.person], ada.clock())
    assert ada.talk.send(group, "peas", now=ada.clock()).devices == 2
    assert b"soup" not in (event.payload or b"")


def test_devices_nothing_is_known_of_are_named(tmp_path: Path) -> None:
    clock = Clock()
    ada, bo = Talker(tmp_path, "ada", clock), Talker(tmp_path, "bo", clock)
    community = ada.found()
    admit(ada, bo, community)
    carry(ada, bo, community)
    carry(bo, ada, community)
    ada.keyring.tend(clock())
    before = events(ada, community)
    with pytest.raises(NobodyError):
        ada.write(bo, "hello")
    assert events(ada, community) == before
    cy = Talker(tmp_path, "cy", clock)
    admit(ada, cy, community)
    cy.keyring.tend(clock())
    mix([ada, cy], community)
    group = ada.talk.create_group("garden", [bo.person, cy.person], clock())
    sent = ada.talk.send(group, "peas", now=clock())
    assert (sent.devices, sent.lacking) == (1, (bo.device,))


def test_text_is_composed_and_bounded(tmp_path: Path) -> None:
    (ada, bo), community = street(tmp_path, "ada", "bo")
    assert ada.talk.message(ada.write(bo, "u\u0308ber")).text == "über"
    before = events(ada, community)
    for text in ("x" * (records.MAX_TEXT + 1), "ü" * (records.MAX_TEXT // 2 + 1), "x" * (1 << 20),
                 "e" + "\u0301" * 100_000):  # fmt: skip
        with pytest.raises(TooLongError):
            ada.write(bo, text)
    for text in ("", " \n\t", "\udc80"):
        with pytest.raises(BadTextError):
            ada.write(bo, text)
    for topic, error in (("t" * 61, TooLongError), (" ", BadTextError), ("a\x1bb", BadTextError)):
        with pytest.raises(error):
            ada.write(bo, "x", topic=topic)
    assert events(ada, community) == before
    for size in (records.MAX_TEXT - 1, records.MAX_TEXT):
        ada.write(bo, "x" * size)
    ada.write(bo, "x", topic="t" * 60)
    with pytest.raises(UnknownMessageError):
        ada.write(bo, "x", reply=bytes(32))
    other = ada.write("#street", "x")
    with pytest.raises(BadTextError):
        ada.write(bo, "x", reply=other)


def test_a_word_for_each_class_of_expiry() -> None:
    days = {"1d": 1, "7d": 7, "30d": 30, "90d": 90, "1y": 365, "5y": 5 * 365}
    assert {word: EXPIRY[expiry_class(word)] for word in EXPIRIES} == {
        word: 86_400 * count for word, count in days.items()
    }


def test_nothing_is_written_to_who_is_no_member_or_in_a_strange_place(tmp_path: Path) -> None:
    (ada, bo, cy), community = street(tmp_path, "ada", "bo", "cy")
    ada.remove(cy, community)
    where = Where("person", community, cy.person)
    with pytest.raises(NotMemberError):
        ada.talk.send(where, "x", now=0)
    assert ada.talk.at(where).left
    carry(ada, cy, community)
    with pytest.raises(NotMemberError):
        cy.talk.send(Where("channel", community, b"street"), "x", now=0)
    with pytest.raises(NotInGroupError):
        ada.talk.send(Where("group", community, bytes(32)), "x", now=0)
    for name in (b"", b"Caps", b"\xff", b"a" * 33):
        with pytest.raises(BadTextError):
            ada.talk.send(Where("channel", community, name), "x", now=0)
    with pytest.raises(NotMemberError):
        ada.talk.create_group("garden", [cy.person], 0)
    assert bo.person in ada.node.commons.membership(community).members


def test_a_note_to_oneself(tmp_path: Path) -> None:
    (ada, bo), community = street(tmp_path, "ada", "bo")
    conversation = ada.to("ada")
    assert conversation.where == Where("person", ada.home.community, ada.person)
    sent = ada.talk.send(conversation, "buy salt", now=0)
    assert (sent.devices, ada.sees("ada")) == (0, ["buy salt"])
    assert ada.talk.at(conversation.where).unread == 0
    assert bo.talk.conversations() == []
    assert community != ada.home.community


def test_groups_change_and_newcomers_read_from_then_on(tmp_path: Path) -> None:
    (ada, bo, cy, di), community = street(tmp_path, "ada", "bo", "cy", "di")
    people = [ada, bo, cy, di]
    ada.talk.create_group("garden", [bo.person], 0)
    ada.write("garden", "peas")
    mix(people, community)
    assert cy.talk.conversations() == []
    assert bo.sees("garden") == ["peas"]
    bo.talk.add(bo.to("garden"), [cy.person], 0)
    mix(people, community)
    cy.talk.rename(cy.to("garden"), "allotment", 0)
    mix(people, community)
    assert cy.to("allotment").members == tuple(sorted((ada.person, bo.person, cy.person)))
    cy.write("allotment", "beans")
    mix(people, community)
    assert (ada.sees("allotment"), cy.sees("allotment")) == (["peas", "beans"], ["beans"])
    ada.talk.remove(ada.to("allotment"), [bo.person], 0)
    mix(people, community)
    assert bo.to("allotment").left
    with pytest.raises(NotInGroupError):
        bo.write("allotment", "x")
    with pytest.raises(NotInGroupError):
        bo.talk.add(bo.to("allotment"), [di.person], 0)
    ada.write("allotment", "secret")
    ada.talk.add(ada.to("allotment"), [di.person], 0)  # under a new key, and all older ones
    mix(people, community)
    assert "secret" not in bo.sees("allotment")
    assert di.to("allotment").members == tuple(sorted((ada.person, cy.person, di.person)))
    di.write("allotment", "leeks")
    mix(people, community)
    assert ada.sees("allotment")[-1] == "leeks"
    di.talk.leave(di.to("allotment"), 0)
    mix(people, community)
    for each in (ada, cy, di):
        assert each.to("allotment").members == tuple(sorted((ada.person, cy.person)))
    for bad in ([], [ada.person]):
        with pytest.raises(BadTextError):
            ada.talk.add(ada.to("allotment"), bad, 0)
    with pytest.raises(NotInGroupError):
        ada.talk.remove(ada.to("allotment"), [bo.person], 0)
    for name, error in (("", BadTextError), ("#x", BadTextError), ("n" * 65, TooLongError)):
        with pytest.raises(error):
            ada.talk.rename(ada.to("allotment"), name, 0)


def test_who_left_the_community_is_not_sealed_to_in_groups(tmp_path: Path) -> None:
    (ada, bo, cy), community = street(tmp_path, "ada", "bo", "cy")
    ada.talk.create_group("garden", [bo.person, cy.person], 0)
    mix([ada, bo, cy], community)
    ada.remove(cy, community)
    sent = ada.talk.send(ada.to("garden"), "peas", now=0)
    assert sent.devices == 1
    mix([ada, bo, cy], community)
    assert (bo.sees("garden"), cy.sees("garden")) == (["peas"], [])


def test_changing_is_for_who_wrote_it(tmp_path: Path) -> None:
    (ada, bo), community = street(tmp_path, "ada", "bo")
    id = ada.write(bo, "mine")
    carry(ada, bo, community)
    for act in (lambda: bo.talk.edit(id, "x", 0), lambda: bo.talk.retract(id, 0)):
        with pytest.raises(NotYoursError):
            act()
    ada.talk.retract(id, 0)
    for act in (lambda: ada.talk.edit(id, "x", 0), lambda: ada.talk.retract(id, 0)):
        with pytest.raises(NotYoursError):
            act()
    for text, error in (("r" * 33, TooLongError), ("a\x1b", BadTextError)):
        with pytest.raises(error):
            bo.talk.react(id, text, 0)
    bo.talk.react(id, "r" * 32, 0)
    with pytest.raises(UnknownMessageError):
        bo.talk.react(bytes(32), "x", 0)


def test_drafts_are_kept_and_go_when_the_message_is_sent(tmp_path: Path) -> None:
    (ada, bo), _ = street(tmp_path, "ada", "bo")
    ada.talk.draft(ada.to(bo), "not yet", 0)
    assert [(each.name, each.draft) for each in ada.talk.conversations()] == [("bo", "not yet")]
    ada.afresh()
    ada.reopen()
    assert ada.to(bo).draft == "not yet"
    ada.write(bo, "now")
    assert ada.to(bo).draft is None
    ada.afresh()
    assert ada.to(bo).draft is None
    ada.talk.draft(ada.to(bo), "d" * MAX_DRAFT, 0)
    with pytest.raises(TooLongError):
        ada.talk.draft(ada.to(bo), "d" * (MAX_DRAFT + 1), 0)
    ada.talk.draft(ada.to(bo), None, 0)
    assert ada.to(bo).draft is None
    for number in range(MAX_DRAFTS):
        ada.talk.draft(ada.to(f"#c{number}"), "x", 0)
    with pytest.raises(TooManyDraftsError):
        ada.talk.draft(ada.to(bo), "x", 0)
    ada.talk.draft(ada.to("#c5"), None, 0)
    ada.talk.draft(ada.to(bo), "x", 0)
    assert ada.to(bo).draft == "x"


def test_who_is_blocked_is_not_written_to(tmp_path: Path) -> None:
    (ada, bo), _ = street(tmp_path, "ada", "bo")
    ada.talk.block(ada.to(bo), 0)
    with pytest.raises(BlockedError):
        ada.write(bo, "x")
    ada.talk.unblock(ada.to(bo), 0)
    ada.write(bo, "x")


def test_a_disk_that_fails_while_sending_leaves_all_or_nothing(tmp_path: Path) -> None:
    """Every write and sync of a send with a file and a new key, one after another, fails."""
    (ada, bo), community = street(tmp_path, "ada", "bo")
    where = ada.to(bo).where
    picture = tmp_path / "picture.bin"
    picture.write_bytes(bytes(range(256)) * 300)
    ada.shut()
    ada.home.close()
    done = False
    for at in range(200):
        fault = Fault(at, "ENOSPC")
        with SeamDisk(fault) as disk:
            done = _sends(ada.path, disk, where, picture)
        with Home.open(ada.path) as home:
            kinds = [each.header.kind for each in home.store.log.events(community, Lane.CHAT)]
            assert kinds in ([], [KEY, MESSAGE])
            assert home.store.log.verify().problems == []
        if kinds:
            break
    assert done
    member = Member.of(ada.path, ada.clock)
    carry(member, bo, community)
    assert len(bo.sees(ada)) == 1
    member.home.close()


def _sends(path: Path, disk: SeamDisk, where: Where, picture: Path) -> bool:
    from hearth.community.commons import Commons

    try:
        with Home.open(path, disk) as home, Talk.open(home, Commons(home)) as talk:
            talk.send(where, "look", attachments=[picture], now=NOW)
    except HearthError:
        return False
    return True


def test_a_full_disk_for_what_is_derived_takes_no_message_back(tmp_path: Path) -> None:
    (ada, bo), _ = street(tmp_path, "ada", "bo")
    ada.write(bo, "short")
    talk = ada.talk
    pages = talk.connection.execute("PRAGMA page_count").get
    talk.connection.execute(f"PRAGMA max_page_count={pages}")
    long = "word " * 6000
    sent = talk.send(ada.to(bo), long, now=ada.clock())
    assert ada.home.store.log.get(sent.id).header.kind == MESSAGE
    with pytest.raises(NoSpaceError), translated():
        talk.update(ada.clock())
    talk.connection.execute("PRAGMA max_page_count=1073741823")
    assert ada.sees(bo) == ["short", long]
