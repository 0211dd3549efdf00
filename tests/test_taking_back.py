"""What a person said on a device that is no more can still be worded anew and taken back."""

from __future__ import annotations

from pathlib import Path

import pytest
from talk_kit import Talker, carry, street
from test_chat_fold import on_disk

from hearth import erasing, taking_back
from hearth.chat import records
from hearth.chat.errors import NotYoursError
from hearth.chat.records import EditRecord
from hearth.community import succession
from hearth.identity import certificate as certificates
from hearth.kinds import DEVICE, EDIT, ERASE
from hearth.store import cbor
from hearth.store.event import Event
from hearth.store.header import Lane, encode

WORD = "zwieback"


def rotate(talker: Talker) -> bytes:
    """Go on as a new device; the one before."""
    old = talker.device
    talker.home.rotate(talker.clock())
    return old


def asked(talker: Talker, community: bytes) -> list[Event]:
    return list(talker.home.store.log.events(community, kind=ERASE))


def bring(talker: Talker, *events: Event) -> None:
    """Give somebody events as they once were."""
    rows = [(encode(each.header), each.signature, each.payload) for each in events]
    with talker.home.store.batch() as batch, batch.transaction() as tx:
        talker.home.store.log.import_events(tx, rows, own=talker.device)


def take_in(talker: Talker) -> None:
    """As after every session."""
    taking_back.take_in(talker.home)


@pytest.mark.parametrize("to", ["bo", "#street"])
def test_what_an_earlier_device_said_is_taken_back_everywhere(tmp_path: Path, to: str) -> None:
    (ada, bo), community = street(tmp_path, "ada", "bo")
    id = ada.write(to, f"the {WORD} one")
    carry(ada, bo, community)
    assert [each.id for each in bo.talk.search(WORD)] == [id]
    rotate(ada)
    ada.talk.edit(id, f"the other {WORD} one", ada.clock())
    carry(ada, bo, community)
    for each in (ada, bo):
        assert each.talk.message(id).text == f"the other {WORD} one"
        assert next(v.text for v in each.talk.history(id)) == f"the {WORD} one"
    rotate(ada)
    assert ada.talk.retract(id, ada.clock()) == 2
    carry(ada, bo, community)
    take_in(bo)
    for each in (ada, bo):
        message = each.talk.message(id)
        assert (message.text, message.retracted, message.expired) == ("", True, False)
        each.shut()
        assert on_disk(each, WORD) == []
        each.afresh()
        assert each.talk.message(id).retracted


def test_the_wish_may_come_before_the_message_and_before_who_asks(tmp_path: Path) -> None:
    (ada, bo), community = street(tmp_path, "ada", "bo")
    id = ada.write("#street", f"the {WORD} one")
    message = ada.home.store.log.get(id)
    rotate(ada)
    ada.talk.retract(id, ada.clock())
    [wish] = asked(ada, community)
    bring(bo, wish)
    take_in(bo)
    bo.talk.update(bo.clock())
    bring(bo, message)
    assert bo.home.store.log.get(id).erased
    assert bo.talk.search(WORD) == []
    bo.shut()
    assert on_disk(bo, WORD) == []


def test_what_says_whose_the_device_was_may_come_last(tmp_path: Path) -> None:
    """A device that nobody has heard of has spoken, and is taken back by the next."""
    (ada, bo), community = street(tmp_path, "ada", "bo")
    rotate(ada)
    id = ada.write("#street", f"the {WORD} one")
    message = ada.home.store.log.get(id)
    rotate(ada)
    ada.talk.retract(id, ada.clock())
    [wish] = asked(ada, community)
    bring(bo, message, wish)
    take_in(bo)
    assert not bo.home.store.log.get(id).erased
    bring(bo, *ada.home.store.log.events(community, Lane.CONTROL))
    assert [each.id for each in bo.talk.search(WORD)] == []
    take_in(bo)
    assert bo.home.store.log.get(id).erased
    bo.shut()
    assert on_disk(bo, WORD) == []


def test_everything_else_is_taken_back_by_erase(tmp_path: Path) -> None:
    """In every lane, and at home; what others wrote goes only here."""
    (ada, bo), community = street(tmp_path, "ada", "bo")
    said = [ada.say(where, WORD, lane)
            for where in (community, ada.home.community)
            for lane in (Lane.EMERGENCY, Lane.MARKET, Lane.CORPUS)]  # fmt: skip
    theirs = bo.say(community, "mine")
    carry(ada, bo, community)
    carry(bo, ada, community)
    rotate(ada)
    events = [ada.home.store.log.get(id) for id in (*said, theirs)]
    done = erasing.erase(ada.home, ada.node.commons, events, [], ada.clock())
    assert [(each.mine, each.asked) for each in done.events] == [(True, True)] * 6 + [
        (False, False)
    ]
    carry(ada, bo, community)
    take_in(bo)
    for id in said[:3]:
        assert bo.home.store.log.get(id).erased
        assert ada.home.store.log.get(id).erased
    assert not bo.home.store.log.get(theirs).erased
    events = [ada.home.store.log.get(id) for id in said]
    again = erasing.erase(ada.home, ada.node.commons, events, [], ada.clock())
    assert not any(each.asked for each in again.events)


def test_a_thief_takes_nothing_back_that_another_device_says(tmp_path: Path) -> None:
    """With the old device's key, whether or not others have heard that it was retired."""
    (ada, bo), community = street(tmp_path, "ada", "bo")
    (old, key), seat = (ada.device, ada.home.signer(0)), _seat(ada, community, ada.device)
    rotate(ada)
    id = ada.write("#street", "new")
    event = ada.home.store.log.get(id)
    new = _seat(ada, community, ada.device)
    with bo.home.store.batch() as batch, batch.transaction() as tx:
        bo.home.store.log.import_events(tx, ada.home.store.log.records(community))
    for where in (seat, new):
        signed = taking_back.LABEL + community + where + id
        payload = cbor.encode({1: where, 2: key.sign(signed)})
        for wish in (payload, None):
            with bo.home.store.batch() as batch, batch.transaction() as tx:
                place = bo.home.store.log.place(tx, old, community, Lane.CHAT)
                assert place
                bo.home.store.log.append(tx, key, community, Lane.CHAT, ERASE, wish, [id], wall=0)
    take_in(bo)
    bo.talk.update(bo.clock())
    assert bo.talk.message(id).text == "new"
    assert not bo.home.store.log.get(event.id).erased


def _seat(talker: Talker, community: bytes, device: bytes) -> bytes:
    found = taking_back._seat(talker.home, community, device)
    assert found is not None
    return found


def test_nobody_takes_back_what_another_person_s_device_said(tmp_path: Path) -> None:
    """Not by certifying that device, as only the device itself says whose it is."""
    (ada, bo), community = street(tmp_path, "ada", "bo")
    id = ada.write("#street", "mine")
    carry(ada, bo, community)
    certificate = certificates.certify(bo.home.person_seed(), ada.device, 0).encode()
    bo_s = bo.home.signer(0)
    log = bo.home.store.log
    with bo.home.store.batch() as batch, batch.transaction() as tx:
        forged = log.append(
            tx, bo_s, community, Lane.CONTROL, DEVICE, cbor.encode({0: bytes(16), 1: certificate}),
            wall=0,
        )  # fmt: skip
    sign = bo.home.person_signer().sign
    seats = [forged.id, _seat(bo, community, bo.device), _seat(ada, community, ada.device), id]
    with bo.home.store.batch() as batch, batch.transaction() as tx:
        for seat in seats:
            payload = cbor.encode({1: seat, 2: sign(taking_back.LABEL + community + seat + id)})
            log.append(tx, bo_s, community, Lane.CHAT, ERASE, payload, [id], wall=0)
    carry(bo, ada, community)
    for each in (ada, bo):
        take_in(each)
        each.talk.update(each.clock())
        assert each.talk.message(id).text == "mine"
    with pytest.raises(NotYoursError):
        bo.talk.retract(id, bo.clock())
    with pytest.raises(NotYoursError):
        bo.talk.edit(id, "his", bo.clock())


def test_a_wish_is_about_what_it_names(tmp_path: Path) -> None:
    """Signed for other events, another community or seat, or in other bytes, it means nothing."""
    (ada,), community = street(tmp_path, "ada")
    old = ada.device
    id, other = ada.write("#street", "one"), ada.write("#street", "two")
    rotate(ada)
    seat, new = _seat(ada, community, old), _seat(ada, community, ada.device)
    sign, log = ada.home.person_signer().sign, ada.home.store.log

    def wish(payload: bytes | None) -> bytes | None:
        with ada.home.store.batch() as batch, batch.transaction() as tx:
            made = log.append(
                tx, ada.home.signer(0), community, Lane.CHAT, ERASE, payload, [id], wall=0
            )
        return taking_back.device_of(ada.home, log.get(made.id))

    def signed(*parts: bytes) -> bytes:
        return sign(b"".join((taking_back.LABEL, *parts)))

    right = signed(community, seat, id)
    assert wish(None) == ada.device
    assert wish(cbor.encode({1: seat, 2: right})) == old
    assert wish(cbor.encode({1: seat, 2: right, 9: 1})) == old  # later versions have room
    assert wish(cbor.encode({1: seat, 2: signed(community, seat, other)})) is None
    assert wish(cbor.encode({1: seat, 2: signed(bytes(32), seat, id)})) is None
    assert wish(cbor.encode({1: seat, 2: signed(community, new, id)})) is None
    assert wish(cbor.encode({1: id, 2: signed(community, id, id)})) is None
    assert wish(cbor.encode({1: bytes(32), 2: right})) is None
    for length in (63, 65):
        assert wish(cbor.encode({1: seat, 2: (right + b"!")[:length]})) is None
    for length in (31, 33):
        assert wish(cbor.encode({1: (seat + b"!")[:length], 2: right})) is None
    for length, takes in ((22, old), (23, old), (24, None)):
        payload = cbor.encode({1: seat, 2: right, 9: bytes(length)})
        assert (len(payload) <= 128) == (takes is not None)
        assert wish(payload) == takes
    assert wish(b"\xff") is None


def test_more_than_one_event_can_name(tmp_path: Path) -> None:
    (ada, bo), community = street(tmp_path, "ada", "bo")
    said = [ada.say(community, str(n)) for n in range(65)]
    carry(ada, bo, community)
    rotate(ada)
    log = ada.home.store.log
    with ada.home.store.batch() as batch, batch.transaction() as tx:
        taking_back.ask(ada.home, tx, map(log.get, said), ada.clock())
    assert [len(each.header.refs) for each in asked(ada, community)] == [64, 1]
    carry(ada, bo, community)
    take_in(bo)
    assert all(bo.home.store.log.get(id).erased for id in said)


def test_what_a_retired_device_words_anew_counts_for_nothing(tmp_path: Path) -> None:
    """Edits are judged by who may speak: whatever comes first, all show the same."""
    (ada, bo, cy), community = street(tmp_path, "ada", "bo", "cy")
    thief, key = ada.device, ada.home.signer(0)
    with ada.home.store.batch() as batch, batch.transaction() as tx:
        tx.must_not_go_on()
    id = ada.write("#street", "new")
    carry(ada, bo, community)
    carry(ada, cy, community)
    edit = records.encode_clear(EditRecord(id, "forged"))
    with bo.home.store.batch() as batch, batch.transaction() as tx:
        bo.home.store.log.append(tx, key, community, Lane.CHAT, EDIT, edit, wall=0)
    assert bo.talk.message(id).text == "forged"  # until it is known that it was stolen
    with ada.home.store.batch() as batch, batch.transaction() as tx:
        membership = ada.node.commons.membership(community)
        succession.retire(ada.home, tx, membership, thief, ada.clock())
    carry(ada, bo, community)
    carry(ada, cy, community)
    carry(bo, cy, community)
    for each in (bo, cy):
        assert each.talk.message(id).text == "new"


def test_a_wish_may_come_without_its_payload(tmp_path: Path) -> None:
    """It is heeded when that comes, also after others that mean nothing."""
    (ada, bo), community = street(tmp_path, "ada", "bo")
    id = ada.write("#street", f"the {WORD} one")
    carry(ada, bo, community)
    rotate(ada)
    ada.talk.retract(id, ada.clock())
    [wish] = asked(ada, community)
    bring(bo, wish._replace(payload=None))
    take_in(bo)
    assert bo.talk.message(id).text == f"the {WORD} one"
    bo.say(community, "more")
    take_in(bo)
    bring(bo, wish)
    bo.say(community, "and more")
    take_in(bo)
    assert bo.talk.message(id).retracted
    bo.shut()
    assert on_disk(bo, WORD) == []


@pytest.mark.parametrize("count", [-1, 0, 1])
def test_so_many_wishes_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    """Of one device the latest; those that can never hold do not."""
    monkeypatch.setattr(taking_back, "MAX_WAITING", 4)
    (ada, bo), community = street(tmp_path, "ada", "bo")
    rotate(ada)
    id = ada.write("#street", "one")
    message = ada.home.store.log.get(id)
    rotate(ada)
    ada.talk.retract(id, ada.clock())
    [wish] = asked(ada, community)
    bring(bo, message, wish)

    def nonsense(seat: bytes) -> None:
        payload = cbor.encode({1: seat, 2: bytes(64)})
        with ada.home.store.batch() as batch, batch.transaction() as tx:
            made = ada.home.store.log.append(
                tx, ada.home.signer(0), community, Lane.CHAT, ERASE, payload, [id], wall=0
            )
        bring(bo, ada.home.store.log.get(made.id))

    for number in range(3 + count):
        nonsense(bytes([number]) * 32)  # no such event is here
        nonsense(_seat(bo, community, bo.device))
    take_in(bo)
    bring(bo, *ada.home.store.log.events(community, Lane.CONTROL))
    take_in(bo)
    assert bo.home.store.log.get(id).erased == (count <= 0)


def test_nobody_s_wishes_keep_out_everybody_else_s(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking_back, "MAX_WAITING", 4)
    (ada, bo), community = street(tmp_path, "ada", "bo")
    rotate(ada)
    id = ada.write("#street", "one")
    message = ada.home.store.log.get(id)
    rotate(ada)
    ada.talk.retract(id, ada.clock())
    [wish] = asked(ada, community)
    bring(bo, message, wish)
    for number in range(9):
        payload = cbor.encode({1: bytes([number]) * 32, 2: bytes(64)})
        with bo.home.store.batch() as batch, batch.transaction() as tx:
            bo.home.store.log.append(
                tx, bo.home.signer(0), community, Lane.CHAT, ERASE, payload, [id], wall=0
            )
        if number % 3 == 0:
            take_in(bo)
    bring(bo, *ada.home.store.log.events(community, Lane.CONTROL))
    take_in(bo)
    assert bo.home.store.log.get(id).erased


def test_where_nothing_is_taken_back_nothing_is_written(tmp_path: Path) -> None:
    """As after nearly every session."""
    (ada,), community = street(tmp_path, "ada")
    ada.say(community, "one")
    connection = ada.home.store.connection
    before = connection.total_changes()
    take_in(ada)
    assert connection.total_changes() == before
    ada.talk.retract(ada.write("#street", "two"), ada.clock())
    before = connection.total_changes()
    take_in(ada)
    assert connection.total_changes() > before
    before = connection.total_changes()
    take_in(ada)
    assert connection.total_changes() == before


@pytest.mark.parametrize(
    ("payload", "waits"),
    [(None, 0), (b"of later versions", 0), (cbor.encode({1: bytes(32), 2: bytes(64)}), 1)],
)
def test_own_words_go_whatever_else_an_event_asks_for(
    tmp_path: Path, payload: bytes | None, waits: int
) -> None:
    """What is erased in the log is not left in cache.db; only what may yet hold waits there."""
    (ada, bo), community = street(tmp_path, "ada", "bo")
    id = ada.write("#street", f"the {WORD} one")
    carry(ada, bo, community)
    assert [each.id for each in bo.talk.search(WORD)] == [id]
    with ada.home.store.batch() as batch, batch.transaction() as tx:
        ada.home.store.log.append(
            tx, ada.home.signer(0), community, Lane.CHAT, ERASE, payload, [id], wall=0
        )
    carry(ada, bo, community)
    take_in(bo)
    assert bo.home.store.log.get(id).erased
    assert bo.talk.message(id).retracted
    assert bo.talk.connection.execute("SELECT count(*) FROM chat_waiting").get == waits
    bo.shut()
    assert on_disk(bo, WORD) == []
