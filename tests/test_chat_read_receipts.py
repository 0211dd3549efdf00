"""Telling others what one has read: nobody, unless that was chosen; sealed, never too much."""

from __future__ import annotations

import os
import random
import shutil
from pathlib import Path

import pytest
from audience_kit import carry
from bundle_kit import visit
from chat_kit import Talkers, Three, ok
from hypothesis import given, settings, strategies as st
from talk_kit import Clock, Talker, mix, street

from hearth import kinds
from hearth.audience import sealing
from hearth.chat import marks, read_codec
from hearth.chat.errors import NotTellableError
from hearth.chat.ledger import Ledger, state
from hearth.chat.marks import Entry, Flag
from hearth.chat.read_codec import MAX_INNER, MAX_KEYS, NOTHING, Told
from hearth.chat.read_statements import LANE, MOST, opened
from hearth.chat.receipt_codec import Mark, Step, encode as page
from hearth.chat.shapes import Gap
from hearth.chat.told import Reader, Readers
from hearth.identity.keyfile import KeyLockedError
from hearth.store.header import Lane, encode as header
from hearth.store.slots import LABEL, Outcome, Slot, encode

NOW = 1_800_000_000


def statements(talker: Talker, community: bytes, of: bytes | None = None) -> list[Slot]:
    """What a device (its own) has told of its reading, as somebody holds it."""
    slots = talker.home.store.slots.all(community, kinds.READ, of or talker.device)
    return list(slots)


def readers(talker: Talker, id: bytes) -> list[Reader]:
    """Who told to have read a message, as somebody may know by now."""
    talk = talker.talk
    message = talk.message(id)
    ledger = Ledger(talker.home, talker.node.commons, message.conversation.community)
    event = talker.home.store.log.get(id)
    return Readers(talk.connection, ledger, talker.person).of(event, message.conversation)


def who(talker: Talker, id: bytes) -> list[bytes]:
    return [each.person for each in readers(talker, id)]


def opened_here(talker: Talker) -> int:
    """How many statements were opened."""
    return len(talker.talk.connection.execute("SELECT id FROM chat_told").fetchall())


def read(talker: Talker, other: Talker | str, up_to: bytes | None = None) -> int:
    return talker.talk.mark_read(talker.to(other), talker.clock(), up_to=up_to)


def turn(talker: Talker, on: bool, other: Talker | str | None = None) -> None:
    talk = talker.talk
    talk.tell_read(None if other is None else talker.to(other), on, talker.clock())


def put(talker: Talker, by: Talker, community: bytes, name: bytes, body: bytes) -> Outcome:
    """A statement as its device would have signed it comes to somebody."""
    slots = talker.home.store.slots
    held = slots.get(community, by.device, kinds.READ, name)
    counter = 1 if held is None else held.counter + 1
    statement = encode(community, by.device, kinds.READ, name, counter, None, body)
    signature = by.home.signer(by.clock()).sign(LABEL + statement)
    with talker.home.store.batch() as batch, batch.transaction() as tx:
        return slots.put(tx, statement, signature)


def lie(by: Talker, other: Talker, inner: bytes) -> bytes:
    """A body with a statement to somebody that the program would not make."""
    community = by.node.commons.choose(None).id
    with by.home.store.batch() as batch, batch.transaction() as tx:
        audience = by.pair(other, community)
        held = by.keyring.ensure(tx, audience, [other.person], by.clock()).held
    carry(by, other, community)
    return held.id + by.keyring.seal(held, by.device, LANE, kinds.READ, inner)


def second(of: Talker, folder: Path, community: bytes) -> Talker:
    """Another device of a person, with keys of its own."""
    of.shut()
    of.home.close()
    shutil.copytree(of.path, folder)
    of.open()
    two: Talker = Talker.of(folder, of.clock)
    with two.home.store.batch() as batch, batch.transaction() as tx:
        tx.must_not_go_on()
        for table in ("audience_keys", "audience_claims", "prekeys"):
            tx.connection.execute(f"DELETE FROM {table}")
    two.keyring.tend(of.clock())
    two.afresh()
    return two


def level(people: list[Talker], community: bytes) -> None:
    """All hold what any holds, and are handed the keys they lack."""
    for _ in range(2):
        mix(people, community)
        for each in people:
            each.keyring.update(each.clock())
            each.keyring.tend(each.clock())
    mix(people, community)


def to_oneself(one: Talker, two: Talker) -> None:
    """What a person's devices tell each other at home."""
    carry(one, two, one.home.community)
    carry(two, one, one.home.community)


# what is told, and when


def test_nobody_is_told_unless_it_was_chosen(tmp_path: Path) -> None:
    (ada, bo, cy), community = street(tmp_path, "ada", "bo", "cy")
    group = ada.talk.create_group("kitchen", [bo.person, cy.person], ada.clock())
    ids = [ada.write(bo, "soup"), ada.write("kitchen", "at six"), ada.write("#hall", "all")]
    mix([ada, bo, cy], community)
    before = {slot.id for slot in bo.home.store.slots.all(community)}
    log = bo.home.store.log.last_arrival()
    for name in (ada, "kitchen", "#hall"):
        assert read(bo, name) == 1
    assert not bo.talk.tells(ada.to(bo).where)
    assert not bo.talk.tells(group)
    assert {slot.id for slot in bo.home.store.slots.all(community)} == before
    assert bo.home.store.log.last_arrival() == log, "not even a key"
    mix([ada, bo, cy], community)
    assert [who(ada, id) for id in ids] == [[], [], []]


def test_what_was_read_is_told_to_whom_one_chose(tmp_path: Path) -> None:
    clock = Clock()
    (ada, bo, cy), community = street(tmp_path, "ada", "bo", "cy", clock=clock)
    first, later = ada.write(bo, "soup at six"), ada.write(bo, "and bread")
    carry(ada, bo, community)
    turn(bo, True, ada)
    assert not statements(bo, community), "to choose is not to read"
    clock.now += 100
    assert read(bo, ada, up_to=first) == 1
    assert len(statements(bo, community)) == 1
    mix([ada, bo, cy], community)
    assert readers(ada, first) == [Reader(bo.person, bo.device, clock.now)]
    assert who(ada, later) == []
    clock.now += 100
    read(bo, ada)
    carry(bo, ada, community)
    assert readers(ada, first) == [Reader(bo.person, bo.device, clock.now - 100)]
    assert readers(ada, later) == [Reader(bo.person, bo.device, clock.now)]
    [slot] = statements(bo, community)
    assert slot.counter == 2
    read(bo, ada)
    assert statements(bo, community) == [slot], "nothing more was read"
    ada.afresh()
    assert len(readers(ada, later)) == 1


def test_a_message_is_read_when_everybody_it_is_for_says_so(tmp_path: Path) -> None:
    (ada, bo, cy), community = street(tmp_path, "ada", "bo", "cy")
    ada.talk.create_group("kitchen", [bo.person, cy.person], ada.clock())
    mix([ada, bo, cy], community)
    id = ada.write("kitchen", "at six")
    mix([ada, bo, cy], community)
    event = ada.home.store.log.get(id)

    def word() -> str:
        ledger = Ledger(ada.home, ada.node.commons, community)
        every = {ada.person, bo.person, cy.person}
        return state(ledger, event, every, read=who(ada, id)).word

    turn(bo, True, "kitchen")
    assert bo.talk.told() == (False, [bo.to("kitchen")])
    read(bo, "kitchen")
    mix([ada, bo, cy], community)
    assert (who(ada, id), word()) == ([bo.person], "queued")
    assert who(cy, id) == [bo.person], "whoever is in the group"
    turn(cy, True, "kitchen")
    read(cy, "kitchen")
    mix([ada, bo, cy], community)
    assert ({*who(ada, id)}, word()) == ({bo.person, cy.person}, "read")


def test_all_persons_but_no_groups_and_nobody_who_is_new(tmp_path: Path) -> None:
    (ada, bo, cy), community = street(tmp_path, "ada", "bo", "cy")
    ada.talk.create_group("kitchen", [bo.person], ada.clock())
    cy.write(bo, "who are you")
    ids = [ada.write(bo, "soup"), ada.write("kitchen", "at six")]
    mix([ada, bo, cy], community)
    turn(bo, True)
    assert bo.talk.told() == (True, [])
    for name in (ada, cy, "kitchen"):
        read(bo, name)
    mix([ada, bo, cy], community)
    assert [who(ada, id) for id in ids] == [[bo.person], []]
    assert len(statements(bo, community)) == 1, "bo never had to do with cy"
    turn(bo, False, ada)
    assert not bo.talk.tells(bo.to(ada))
    turn(bo, True)
    assert not bo.talk.tells(bo.to(ada)), "what was said of one counts"
    bo.talk.accept(bo.to(cy), bo.clock())
    assert bo.talk.tells(bo.to(cy))
    bo.talk.block(bo.to(cy), bo.clock())
    assert not bo.talk.tells(bo.to(cy))
    turn(bo, True, "kitchen")
    turn(bo, False)
    assert not any(map(bo.talk.tells, (bo.to(ada), bo.to(cy), bo.to("kitchen"))))


def test_turned_off_it_says_so_once_and_nothing_more(tmp_path: Path) -> None:
    (ada, bo), community = street(tmp_path, "ada", "bo")
    id = ada.write(bo, "soup")
    carry(ada, bo, community)
    turn(bo, True, ada)
    read(bo, ada)
    carry(bo, ada, community)
    assert who(ada, id) == [bo.person]
    turn(bo, False, ada)
    [slot] = statements(bo, community)
    said = opened(bo.keyring, slot)
    assert said is not None
    assert said[1].inner == NOTHING
    carry(bo, ada, community)
    assert who(ada, id) == []
    ada.write(bo, "and bread")
    carry(ada, bo, community)
    turn(bo, False)
    read(bo, ada)
    assert statements(bo, community) == [slot]
    turn(bo, True, ada)
    assert statements(bo, community) == [slot]


def test_where_nobody_can_be_told(tmp_path: Path) -> None:
    (ada, bo), community = street(tmp_path, "ada", "bo")
    for name in ("#hall", ada):
        with pytest.raises(NotTellableError):
            turn(ada, True, name)
    turn(ada, True)
    ada.write(ada, "a note")
    bo.write("#hall", "all")
    mix([ada, bo], community)
    read(ada, "#hall")
    assert not statements(ada, community)


def test_it_comes_by_stick(tmp_path: Path) -> None:
    (ada, bo), _community = street(tmp_path, "ada", "bo")
    stick = tmp_path / "stick"
    stick.mkdir()
    turn(bo, True)
    id = ada.write(bo, "soup at six")
    visit(ada, stick)
    visit(bo, stick)
    read(bo, ada)
    visit(bo, stick)
    assert who(ada, id) == []
    visit(ada, stick)
    assert who(ada, id) == [bo.person]


# never too much


def test_what_was_passed_over_or_is_missing_is_not_told(tmp_path: Path) -> None:
    (ada, bo), community = street(tmp_path, "ada", "bo")
    turn(bo, True, ada)
    ids = [ada.write(bo, f"m{n}") for n in range(4)]
    every = list(ada.home.store.log.events(community, Lane.CHAT))
    by_id = {each.id: each for each in every}

    def give(*events: bytes) -> None:
        rows = [(header(by_id[id].header), by_id[id].signature, by_id[id].payload) for id in events]
        with bo.home.store.batch() as batch, batch.transaction() as tx:
            bo.home.store.log.import_events(tx, rows, own=bo.device)

    give(*(each.id for each in every if each.id not in ids[1:3]))
    assert read(bo, ada) == 2
    carry(bo, ada, community)
    assert [bool(who(ada, id)) for id in ids] == [True, False, False, True]
    give(ids[1])
    assert bo.unread(ada) == 1
    again = ada.write(bo, "m4")
    carry(ada, bo, community)
    assert bo.unread(ada) == 3
    bo.clock.now += 50  # type: ignore[attr-defined]
    assert read(bo, ada, up_to=ids[1]) == 1
    carry(bo, ada, community)
    assert [bool(who(ada, id)) for id in [*ids, again]] == [True, True, False, True, False]
    read(bo, ada)
    carry(bo, ada, community)
    assert all(who(ada, id) for id in [*ids, again])


def test_what_has_come_and_was_not_looked_at_yet_is_not_told(tmp_path: Path) -> None:
    (ada, bo), community = street(tmp_path, "ada", "bo")
    turn(bo, True, ada)
    ids = [ada.write(bo, f"m{n}") for n in range(3)]
    every = list(ada.home.store.log.events(community, Lane.CHAT))
    rows = [(each.id, (header(each.header), each.signature, each.payload)) for each in every]
    with bo.home.store.batch() as batch, batch.transaction() as tx:
        some = [row for id, row in rows if id != ids[1]]
        bo.home.store.log.import_events(tx, some, own=bo.device)
    read(bo, ada)
    told, talk, where = statements(bo, community), bo.talk, bo.to(ada).where
    number = talk.number(where)
    assert number is not None
    carry(ada, bo, community)
    talk._telling.after_reading(where, number, bo.clock())
    assert statements(bo, community) == told
    carry(bo, ada, community)
    assert [bool(who(ada, id)) for id in ids] == [True, False, True]


def test_what_could_not_be_opened_is_not_told(tmp_path: Path) -> None:
    """A key that comes later opens what was written before what has been read."""
    clock = Clock()
    (ada, bo, cy), community = street(tmp_path, "ada", "bo", "cy", clock=clock)
    ada.talk.create_group("kitchen", [bo.person, cy.person], clock())
    mix([ada, bo, cy], community)
    turn(bo, True, "kitchen")
    cy.talk.send(cy.to("kitchen"), "mine", now=clock())  # cy makes a key that bo has not heard of
    carry(cy, ada, community)
    kept = ada.write("kitchen", "under the key of cy")
    events = [
        each for each in ada.home.store.log.events(community) if each.header.device != cy.device
    ]
    clock.now += 40 * 86400
    shown = ada.write("kitchen", "under a newer key")
    events = [
        each for each in ada.home.store.log.events(community) if each.header.device != cy.device
    ]
    with bo.home.store.batch() as batch, batch.transaction() as tx:
        rows = [(header(each.header), each.signature, each.payload) for each in events]
        bo.home.store.log.import_events(tx, rows, own=bo.device)
    assert bo.sees("kitchen") == ["under a newer key"]
    read(bo, "kitchen")
    carry(bo, ada, community)
    assert (who(ada, kept), who(ada, shown)) == ([], [bo.person])
    carry(cy, bo, community)
    assert bo.unread("kitchen") == 2
    carry(bo, ada, community)
    assert who(ada, kept) == []
    read(bo, "kitchen")
    carry(bo, ada, community)
    assert who(ada, kept) == [bo.person]


@pytest.mark.parametrize("seed", range(3))
def test_whatever_comes_in_what_order_only_what_was_read_is_told(tmp_path: Path, seed: int) -> None:
    """Ada writes to bo, in a group and to others; what comes to bo has holes, which fill later."""
    rng, clock = random.Random(seed), Clock()
    (ada, bo, cy), community = street(tmp_path, "ada", "bo", "cy", clock=clock)
    ada.talk.create_group("kitchen", [bo.person, cy.person], clock())
    mix([ada, bo, cy], community)
    turn(bo, True)
    turn(bo, True, "kitchen")
    written: dict[bytes, Talker | str] = {}
    seen: set[bytes] = set()
    for step in range(30):
        clock.now += rng.choice((60, 60, 86_400, 20 * 86_400))
        for _ in range(rng.randrange(4)):
            to = rng.choice((bo, cy, "kitchen"))
            written[ada.write(to, f"m{step}")] = to
        carry(ada, bo, community, rng if rng.random() < 0.7 else None)
        name = rng.choice((ada, "kitchen"))
        unread = bo.talk.messages(bo.to(name), unread=True)
        some = [each.id for each in unread if not isinstance(each, Gap)]
        if some:
            last = rng.randrange(len(some))
            read(bo, name, up_to=some[last])
            seen |= {*some[: last + 1]}
        carry(bo, ada, community)
        assert {id for id in written if who(ada, id)} <= seen
    carry(ada, bo, community)
    for name in (ada, "kitchen"):
        read(bo, name)
    carry(bo, ada, community)
    told = {id for id in written if who(ada, id)}
    assert told <= {id for id, to in written.items() if to is not cy}
    assert len(told) >= 0.6 * sum(to is not cy for to in written.values())


# who learns what


def test_other_members_read_nothing_and_link_nothing(tmp_path: Path) -> None:
    (ada, bo, cy, di), community = street(tmp_path, "ada", "bo", "cy", "di")
    turn(bo, True)
    for each in (ada, cy):
        each.write(bo, "soup")
        bo.write(each, "yes")
    mix([ada, bo, cy, di], community)
    for each in (ada, cy):
        each.write(bo, "bread")
    mix([ada, bo, cy, di], community)
    read(bo, ada)
    read(bo, cy)
    mix([ada, bo, cy, di], community)
    told = statements(di, community, bo.device)
    assert len(told) == 2
    assert {len(each.name) for each in told} == {16}
    assert len({len(each.body) for each in told}) == 1
    public = {each.person for each in (ada, bo, cy, di)} | {each.device for each in (ada, cy)}
    names = {slot.name for slot in told}
    for slot in told:
        assert opened(di.keyring, slot) is None
        assert sum(opened(one.keyring, slot) is not None for one in (ada, cy)) == 1
        assert not any(one[:8] in slot.name + slot.body for one in public)
        assert not any(name in slot.statement for name in names - {slot.name})
    assert opened_here(di) == 0


def test_nobody_states_it_for_another(tmp_path: Path) -> None:
    (ada, bo, cy), community = street(tmp_path, "ada", "bo", "cy")
    ada.talk.create_group("kitchen", [bo.person, cy.person], ada.clock())
    id, shared = ada.write(bo, "soup"), ada.write("kitchen", "at six")
    mix([ada, bo, cy], community)
    turn(cy, True, "kitchen")
    read(cy, "kitchen")
    [slot] = statements(cy, community)
    told = opened(cy.keyring, slot)
    assert told is not None
    put(ada, bo, community, b"copied", slot.body)
    assert who(ada, shared) == [], "what one device sealed is no other's"
    sequence = ada.home.store.log.get(id).header.sequence
    mark = Mark(ada.device[:4], id[:8], (Step(sequence, NOW, None),))
    keys = [each.id for each in ada.keyring.held(ada.pair(bo, community))]
    put(ada, cy, community, b"forged", lie(cy, ada, read_codec.encode(keys, [mark])))
    assert who(ada, id) == [], "cy can say so of cy alone"
    key = cy.keyring.secret(cy.keyring.held(cy.pair(ada, community))[0].id)
    assert key is not None
    inner = read_codec.encode(keys, [mark])
    sealed = sealing.seal(key, community, bo.device, LANE, kinds.READ, inner)
    id_of = sealing.key_id(cy.pair(ada, community), key)
    put(ada, bo, community, b"another's key", id_of + sealed)
    assert who(ada, id) == [], "nor under a key that somebody else has handed out"
    put(ada, bo, community, b"own", lie(bo, ada, read_codec.encode(keys, [mark])))
    assert who(ada, id) == [bo.person]


def test_it_is_evidence_only_on_the_chain_that_is_here(tmp_path: Path) -> None:
    (ada, bo), community = street(tmp_path, "ada", "bo")
    first, last = ada.write(bo, "soup"), ada.write(bo, "bread")
    carry(ada, bo, community)
    log = ada.home.store.log
    end = log.get(last).header.sequence
    key = log.get(first).header.audience
    assert key is not None

    def told(mark: Mark, keys: list[bytes]) -> tuple[bool, bool]:
        put(ada, bo, community, b"n", lie(bo, ada, read_codec.encode(keys, [mark])))
        return bool(who(ada, first)), bool(who(ada, last))

    mark = Mark(ada.device[:4], last[:8], (Step(end, NOW, None),))
    assert told(mark, [key]) == (True, True)
    assert told(mark, [os.urandom(32)]) == (False, False)
    assert told(mark._replace(head=first[:8]), [key]) == (False, False)
    assert told(mark._replace(steps=(Step(end + 1, NOW, None),)), [key]) == (False, False)
    assert told(mark._replace(chain=bo.device[:4]), [key]) == (False, False)
    assert told(mark._replace(holes=((end - 1, end - 1),)), [key]) == (False, True)
    assert told(mark._replace(first=end), [key]) == (False, True)


def test_an_older_statement_brings_nothing_back(tmp_path: Path) -> None:
    (ada, bo), community = street(tmp_path, "ada", "bo")
    id = ada.write(bo, "soup")
    carry(ada, bo, community)
    turn(bo, True, ada)
    read(bo, ada)
    [old] = statements(bo, community)
    turn(bo, False, ada)
    carry(bo, ada, community)
    with ada.home.store.batch() as batch, batch.transaction() as tx:
        assert ada.home.store.slots.put(tx, old.statement, old.signature) is Outcome.OLDER
    assert who(ada, id) == []


def test_who_was_removed_says_nothing_more(tmp_path: Path) -> None:
    (ada, bo), community = street(tmp_path, "ada", "bo")
    id = ada.write(bo, "soup")
    carry(ada, bo, community)
    turn(bo, True, ada)
    read(bo, ada)
    carry(bo, ada, community)
    assert who(ada, id) == [bo.person]
    ada.remove(bo, community)
    assert who(ada, id) == []
    bo.write(ada, "still here")
    ada.talk.tell_read(None, True, ada.clock())
    carry(bo, ada, community)
    carry(ada, bo, community)
    read(ada, bo)
    assert not statements(ada, community), "nor is anything told to them"


def test_two_devices_of_one_person(tmp_path: Path) -> None:
    clock = Clock()
    (ada, bo), community = street(tmp_path, "ada", "bo", clock=clock)
    two = second(bo, tmp_path / "two", community)
    level([ada, bo, two], community)
    to_oneself(bo, two)
    first = ada.write(bo, "soup")
    level([ada, bo, two], community)
    turn(two, True, ada)
    assert two.talk.tells(two.to(ada))
    assert not bo.talk.tells(bo.to(ada))
    to_oneself(bo, two)
    assert bo.talk.tells(bo.to(ada)), "what was chosen holds on all devices"
    read(bo, ada)
    to_oneself(bo, two)
    carry(bo, ada, community)
    assert [each.device for each in readers(ada, first)] == [bo.device]
    later = ada.write(bo, "bread")
    level([ada, bo, two], community)
    assert read(two, ada) == 1
    to_oneself(bo, two)
    level([ada, bo, two], community)
    assert [each.device for each in readers(ada, later)] == [two.device]
    assert readers(ada, first)[0].person == bo.person
    names = {each.name for one in (bo, two) for each in statements(one, community)}
    assert len(names) == 2, "nor do the names show that it is one conversation"
    turn(bo, False, ada)
    to_oneself(bo, two)
    more = ada.write(bo, "and wine")
    level([ada, bo, two], community)
    read(two, ada)
    level([ada, bo, two], community)
    assert (who(ada, first), who(ada, more)) == ([], []), "each takes back its own"


def test_while_the_key_is_locked_what_was_told_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (ada, bo), community = street(tmp_path, "ada", "bo")
    id = ada.write(bo, "soup")
    carry(ada, bo, community)
    turn(bo, True, ada)
    read(bo, ada)
    carry(bo, ada, community)
    assert ada.talk.find("bo").unread == 0
    ada.afresh()

    def locked(id: bytes) -> bytes:
        raise KeyLockedError("locked")

    monkeypatch.setattr(ada.keyring, "secret", locked)
    assert opened_here(ada) == 0
    assert ada.talk.find("bo").unread == 0
    monkeypatch.undo()
    assert who(ada, id) == [bo.person]


# bodies that are none, and limits


def test_bodies_that_are_none_say_nothing(tmp_path: Path) -> None:
    (ada, bo), community = street(tmp_path, "ada", "bo")
    id = ada.write(bo, "soup")
    carry(ada, bo, community)
    good = read_codec.encode([os.urandom(32)], [])
    bodies = [b"", b"\0", os.urandom(31), os.urandom(32), os.urandom(400), bytes(16_384)]
    for inner in (b"", b"\xff", b"\xa0", good[:-1], good + b"\0", os.urandom(300)):
        bodies.append(lie(bo, ada, inner))
    whole = lie(bo, ada, good)
    bodies += [whole[:-1], whole[:40], whole[:32], whole + b"\0"]
    for number, body in enumerate(bodies):
        put(ada, bo, community, bytes((number,)), body)
    assert who(ada, id) == []
    assert opened_here(ada) == 0


@settings(max_examples=200)
@given(st.binary(max_size=64) | st.binary(max_size=64).map(lambda tail: NOTHING[:8] + tail))
def test_any_bytes_are_a_statement_or_none(data: bytes) -> None:
    told = read_codec.decode(data)
    assert told is None or told.of(bytes(32)) == []


def test_the_bytes_of_a_statement() -> None:
    keys = [bytes([9]) * 32, bytes([1]) * 32]
    mark = Mark(b"devi", b"eventevt", (Step(7, 100, None),), 2, ((3, 4),))
    inner = bytes.fromhex(
        "a3 0001 01 48 01010101 09090909 02 581f"
        "a3 0001 0180 0281 84 44 64657669 48 6576656e74657674 83 07 1864 00 83 02 03 04"
    )
    assert read_codec.encode(keys, [mark]) == inner
    assert read_codec.decode(inner) == Told(inner, frozenset((b"\1" * 4, b"\t" * 4)), page([mark]))
    assert NOTHING.hex() == "a3000101400247a3000101800280"
    assert read_codec.decode(bytes.fromhex("a3000201400247a3000101800280")) is None
    assert read_codec.decode(bytes.fromhex("a300010141ff0247a3000101800280")) is None


def test_a_statement_is_bounded() -> None:
    def mark(number: int) -> Mark:
        steps = tuple(Step(number * 10 + n, NOW + n, None) for n in range(1, 5))
        return Mark(number.to_bytes(4, "big"), number.to_bytes(8, "big"), steps)

    keys = [number.to_bytes(32, "little") for number in range(1000)]
    inner = read_codec.encode(keys, [mark(number) for number in range(1000)])
    told = read_codec.decode(inner)
    assert told is not None
    assert MAX_INNER - 100 < len(inner) <= MAX_INNER
    assert 32 + sealing.sealed_size(len(inner)) <= 16_384
    assert len(told.keys) == MAX_KEYS
    assert told.of(bytes(4) + bytes(28)), "the first ones are kept"
    assert not told.of((999).to_bytes(4, "big") + bytes(28))
    for count in (MAX_KEYS - 1, MAX_KEYS, MAX_KEYS + 1):
        said = read_codec.decode(read_codec.encode(keys[:count]))
        assert said is not None
        assert len(said.keys) == min(count, MAX_KEYS)


@pytest.mark.parametrize(("there", "more"), [(MOST - 1, 1), (MOST, 0)])
def test_so_many_conversations_are_told_of(tmp_path: Path, there: int, more: int) -> None:
    (ada, bo), community = street(tmp_path, "ada", "bo")
    ada.write(bo, "soup")
    carry(ada, bo, community)
    signer = bo.home.signer(bo.clock())
    with bo.home.store.batch() as batch, batch.transaction() as tx:
        for number in range(there):
            name = number.to_bytes(2, "big")
            bo.home.store.slots.state(tx, signer, community, kinds.READ, name, b"")
    turn(bo, True, ada)
    read(bo, ada)
    assert len(statements(bo, community)) == there + more


def test_choices_of_several_devices_and_of_older_ones() -> None:
    silent = Entry(flags=[(0, False), (0, False), (0, False), (1, True)])
    tells = Entry(flags=[(0, False), (0, False), (0, False), (1, False)])
    for one, two in ((silent, tells), (tells, silent)):
        merged = Entry()
        merged.merge(one)
        merged.merge(two)
        assert merged.flags[Flag.SILENT] == (1, True), "in doubt nothing is told"
    entry = Entry()
    assert entry.set(Flag.SILENT, False)
    assert entry.flags[Flag.SILENT] == (1, False)
    assert not entry.set(Flag.SILENT, False)
    short = marks._entry(0, b"", [2, True, 0, False, 0, False])
    assert short is not None
    assert short.flags == [(2, True), *[(0, False)] * 3]
    longer = marks._entry(0, b"", [0, False] * 3 + [1, False, 9, True])
    assert longer is not None
    assert longer.flags[Flag.SILENT] == (1, False)
    assert marks._entry(0, b"", [0, False] * 2) is None
    assert marks._entry(0, b"", [0, False, 0, False, 0, False, 1]) is None


# names that mean nobody


def test_a_name_that_two_bear_is_not_noted_as_known(tmp_path: Path) -> None:
    (ada, bo, cy), community = street(tmp_path, "ada", "bo", "cy")
    from test_chat_names import call

    call(cy, community, "Bo")
    bo.write(ada, "hello")
    mix([ada, bo, cy], community)
    read(ada, bo)
    ada.write(bo, "yes")
    assert not ada.talk.connection.execute("SELECT * FROM chat_names").fetchall()
    ada.talk.accept(ada.to(bo), ada.clock())
    [known] = ada.talk.connection.execute("SELECT name, person FROM chat_names").fetchall()
    assert known == ("bo", bo.person)


# the verbs


@pytest.fixture
def talkers(three: Three, tmp_path: Path) -> Talkers:
    return three.copy(tmp_path / "street")


def test_the_verb(talkers: Talkers) -> None:
    id = talkers.send("ada", "bo", "soup at six")
    talkers.meet("ada", "bo")
    assert ok(talkers("bo", "chat", "receipts")) == "nobody is told what you read\n"
    out = ok(talkers("bo", "chat", "receipts", "on", "ada"))
    assert out == '"ada" (in "Mill Lane") is told what you read\n'
    assert ok(talkers("bo", "chat", "receipts")) == "ada is told\n"
    talkers.meet("ada", "bo")
    assert talkers.state("ada", id)["word"] == "delivered"
    assert talkers.texts("bo", "ada") == ["soup at six"]
    talkers.meet("ada", "bo")
    told = talkers.state("ada", id)
    assert told["word"] == "read"
    [reader] = told["read"]
    assert (reader["name"], reader["person"]) == ("bo", talkers.person("bo"))
    [shown] = talkers.messages("ada", "bo")
    assert shown["state"]["read"] == [reader]
    text = ok(talkers("ada", "chat", "status", id))
    assert "read: bo tells that they have read it" in text
    assert "has read it" in text
    assert "soup at six" in ok(talkers("ada", "chat", "read", "bo"))
    line = ok(talkers("ada", "chat", "read", "bo")).rstrip()
    assert line.split()[-2] == "read"
    assert line[-3] == ":"
    off = talkers("bo", "chat", "receipts", "off", "ada")
    assert off.out == '"ada" (in "Mill Lane") is told nothing of what you read\n'
    assert "what was told stays told" in off.err
    talkers.meet("ada", "bo")
    assert talkers.state("ada", id)["word"] == "delivered"


def test_the_verb_in_a_group_and_where_it_cannot_be(talkers: Talkers) -> None:
    talkers.json("ada", "chat", "group", "create", "kitchen", "bo", "cy")
    id = talkers.send("ada", "kitchen", "at six")
    talkers.meet("ada", "bo", "cy")
    out = ok(talkers("bo", "chat", "receipts", "on", "kitchen"))
    assert out == 'everybody in "kitchen" (in "Mill Lane") is told what you read\n'
    assert talkers.texts("bo", "kitchen") == ["at six"]
    talkers.meet("ada", "bo", "cy")
    assert "delivered to all, read by 1 of 2" in ok(talkers("ada", "chat", "read", "kitchen"))
    assert [each["name"] for each in talkers.state("ada", id)["read"]] == ["bo"]
    talkers.json("cy", "chat", "receipts", "on", "kitchen")
    assert talkers.texts("cy", "kitchen") == ["at six"]
    talkers.meet("ada", "cy")
    assert "read by all" in ok(talkers("ada", "chat", "read", "kitchen"))
    run = talkers("ada", "chat", "receipts", "on", "#hall")
    assert (run.code, "in a channel nobody is told" in run.err) == (2, True)
    assert talkers("ada", "chat", "receipts", "on", "ada").code == 2
    assert talkers("ada", "chat", "receipts", "maybe").code == 2
    assert talkers("ada", "chat", "receipts", "on", "otto").code == 4
    assert ok(talkers("cy", "chat", "receipts", "on")).startswith("all persons but who is new")
    shown = talkers.json("cy", "chat", "receipts")
    assert shown["everybody"]
    assert [(each["name"], each["told"]) for each in shown["conversations"]] == [("kitchen", True)]
    assert ok(talkers("cy", "chat", "receipts", "off")) == "nobody is told what you read\n"


def test_to_add_who_is_in_is_nothing(talkers: Talkers) -> None:
    talkers.json("ada", "chat", "group", "create", "kitchen", "bo")
    run = talkers("ada", "chat", "group", "add", "kitchen", "bo")
    said = 'group "kitchen" (in "Mill Lane"): nothing to do, that member is in it already\n'
    assert (run.code, run.out) == (0, said)
    again = talkers.json("ada", "chat", "group", "add", "kitchen", "bo", "ada")
    assert {each["name"] for each in again["members"]} == {"ada", "bo"}
    assert "now bo, cy, you" in ok(talkers("ada", "chat", "group", "add", "kitchen", "bo", "cy"))
