"""Folding chat out of the log: the same whatever came first, and again from nothing."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from talk_kit import Clock, Talker, carry, mix, said, street

from hearth import retention
from hearth.audience.records import Audience, Scope
from hearth.chat import folding, records
from hearth.chat.records import EditRecord, GroupRecord, MessageRecord, ReactionRecord
from hearth.chat.shapes import Gap, Message
from hearth.corpora.cache import open_cache
from hearth.identity.keyfile import KeyLockedError
from hearth.kinds import EDIT, ERASE, GROUP, MESSAGE, REACTION
from hearth.store.event import Event
from hearth.store.header import Lane, encode


def view(talker: Talker, *, own: bool = True) -> dict[Any, Any]:
    """All that somebody sees; without what is their own alone."""
    found = {}
    for each in talker.talk.conversations():
        items = [_seen(item, own) for item in talker.talk.messages(each)]
        key = each.where if each.kind != "person" else each.community
        found[key] = (items, each.members, *((each.unread, each.held) if own else ()))
    return found


def _seen(item: Message | Gap, own: bool) -> Any:
    if isinstance(item, Gap):
        return (item.device, item.count)
    mine = (item.unread, item.conversation) if own else ()
    return (item.id, item.author, said(item), item.topic, item.reply, item.reactions, item.edited,
            *mine)  # fmt: skip


def give(source: Talker, target: Talker, *ids: bytes) -> None:
    """Hand these events over, and no others."""
    events = [source.home.store.log.get(id) for id in ids]
    with target.home.store.batch() as batch, batch.transaction() as tx:
        rows = [(encode(e.header), e.signature, e.payload) for e in events]
        target.home.store.log.import_events(tx, rows, own=target.device)


def forge(talker: Talker, kind: int, inner: bytes, to: Talker, community: bytes) -> Event:
    """A sealed event of any content."""
    return talker.tell(talker.pair(to, community), [to], inner, kind)


def chain(talker: Talker, community: bytes) -> list[bytes]:
    """Ids of somebody's own chat chain."""
    log = talker.home.store.log
    return [each.id for each in log.events(community, Lane.CHAT, device=talker.device)]


# from one to another


def test_a_message_is_the_same_for_both_and_nothing_for_who_carries_it(tmp_path: Path) -> None:
    (ada, bo, cy), community = street(tmp_path, "ada", "bo", "cy")
    id = ada.write(bo, "soup at six", topic="soup")
    carry(ada, cy, community)
    carry(cy, bo, community)
    message = bo.talk.message(id)
    assert (message.text, message.topic, message.mine) == ("soup at six", "soup", False)
    assert (message.author, message.author_name) == (ada.person, "ada")
    assert bo.to(ada).where == message.conversation
    assert cy.talk.conversations() == []
    assert cy.talk.search("soup") == []
    assert cy.talk.locked == 0
    bo.write(ada, "yes", reply=id)
    carry(bo, ada, community)
    assert ada.sees(bo) == ["soup at six", "yes"]


def test_everything_again_from_nothing(tmp_path: Path) -> None:
    rng = random.Random(4)
    people, community = street(tmp_path, "ada", "bo", "cy")
    ada, bo, cy = people
    where = ada.talk.create_group("garden", [bo.person, cy.person], ada.clock()).where
    mix(people, community)
    written: dict[Talker, list[bytes]] = {each: [] for each in people}
    for number in range(60):
        who, other = rng.sample(people, 2)
        to = rng.choice(list[Talker | str]([other, "#street", "garden"]))
        if written[who] and rng.random() < 0.4:
            id = rng.choice(written[who])
            what = rng.random()
            if what < 0.4:
                who.talk.edit(id, f"edited {number}", who.clock())
            elif what < 0.6:
                who.talk.retract(id, who.clock())
                written[who].remove(id)
            else:
                who.talk.react(id, rng.choice("👍👎"), who.clock())
        else:
            written[who].append(who.write(to, f"text {number}"))
        if rng.random() < 0.2:
            who.talk.mark_read(who.to(to), who.clock())
        source, target = rng.sample(people, 2)
        carry(source, target, community, rng)
        who.talk.update(who.clock())
    mix(people, community)
    mix(people, community)
    for each in people:
        before = view(each)
        each.afresh()
        assert view(each) == before
    shared = [{key: view(each, own=False)[key] for key in (where,)} for each in people]
    assert shared[0] == shared[1] == shared[2]
    street_seen = [each.sees("#street") for each in people]
    assert street_seen[0] == street_seen[1] == street_seen[2]
    assert len(street_seen[0]) > 5


def test_the_order_is_causal_and_clocks_are_hints(tmp_path: Path) -> None:
    clock = Clock()
    (ada, bo), community = street(tmp_path, "ada", "bo", clock=clock)
    first = ada.write("#street", "first")
    carry(ada, bo, community)
    clock.now = 5  # bo's clock has no battery
    second = bo.write("#street", "second")
    carry(bo, ada, community)
    clock.now = 4_000_000_000
    third = ada.write("#street", "third")
    carry(ada, bo, community)
    for each in (ada, bo):
        assert each.sees("#street") == ["first", "second", "third"]
    assert bo.talk.message(second).wall == 5
    assert bo.talk.message(third).wall == 4_000_000_000
    assert first != second


def test_events_again_and_again_and_backwards_change_nothing(tmp_path: Path) -> None:
    (ada, bo), community = street(tmp_path, "ada", "bo")
    for number in range(5):
        ada.write(bo, f"m{number}")
    for id in reversed(chain(ada, community)):
        give(ada, bo, id)
        bo.talk.update(bo.clock())
        give(ada, bo, id)
    assert bo.sees(ada) == [f"m{number}" for number in range(5)]
    assert bo.unread(ada) == 5


# what waits


def test_a_message_that_comes_before_its_key_is_shown_when_the_key_has_come(
    tmp_path: Path,
) -> None:
    (ada, bo), community = street(tmp_path, "ada", "bo")
    one = ada.write(bo, "one")
    two = ada.write(bo, "two")
    key = chain(ada, community)[0]
    give(ada, bo, two)
    assert bo.talk.conversations() == []
    give(ada, bo, one)
    assert bo.talk.conversations() == []
    give(ada, bo, key)
    assert bo.sees(ada) == ["one", "two"]
    assert bo.unread(ada) == 2


def test_what_was_never_shown_is_unread_though_later_ones_were_read(tmp_path: Path) -> None:
    """Under a new key come two messages; the key is late, and what came after both was read."""
    clock = Clock()
    (ada, bo), community = street(tmp_path, "ada", "bo", clock=clock)
    ada.write(bo, "old")
    carry(ada, bo, community)
    bo.talk.mark_read(bo.to(ada), bo.clock())
    clock.now += 8 * 86_400
    before = len(chain(ada, community))
    late = ada.write(bo, "late")
    key = chain(ada, community)[before]
    clock.now -= 8 * 86_400
    read = ada.write(bo, "read")  # under the old key again
    give(ada, bo, late, read)
    assert bo.sees(ada)[-1] == "read"
    bo.talk.mark_read(bo.to(ada), bo.clock())
    assert bo.unread(ada) == 0
    give(ada, bo, key)
    assert bo.sees(ada) == ["old", "late", "read"]
    assert bo.unread(ada) == 1
    bo.afresh()
    assert bo.unread(ada) == 1
    assert bo.talk.message(late).unread
    bo.talk.mark_read(bo.to(ada), bo.clock())
    bo.afresh()
    assert bo.unread(ada) == 0


def test_while_the_key_is_locked_sealed_events_wait_and_the_rest_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (ada, bo), community = street(tmp_path, "ada", "bo")
    ada.write(bo, "before")
    carry(ada, bo, community)
    assert bo.sees(ada) == ["before"]
    ada.write(bo, "sealed")
    ada.write("#street", "open")
    carry(ada, bo, community)

    def locked(now: int) -> None:
        raise KeyLockedError("locked")

    bo.reopen()
    with monkeypatch.context() as patched:
        patched.setattr(bo.home, "signer", locked)
        assert bo.sees(ada) == ["before"]
        assert bo.sees("#street") == ["open"]
        assert bo.talk.locked == 1
        bo.afresh()
        assert bo.talk.locked == 2
        assert bo.sees("#street") == ["open"]
    assert bo.talk.locked == 0
    assert bo.sees(ada) == ["before", "sealed"]


def test_who_is_not_known_yet_is_heard_when_they_are(tmp_path: Path) -> None:
    (ada, bo), community = street(tmp_path, "ada", "bo")
    id = ada.write("#street", "hello")
    give(ada, bo, id)
    connection = open_cache(None)
    commons = bo.node.commons
    real = commons.membership

    class Blind:
        """Knows nobody."""

        def __getattr__(self, name: str) -> Any:
            return getattr(commons, name)

        def membership(self, community: bytes) -> Any:
            from hearth.community.membership import fold

            return fold(community, [])

    from hearth.chat.cache_tables import make
    from hearth.chat.reading import Reading

    make(connection)
    blind: Any = Blind()
    folding.update(connection, bo.home, blind, bo.keyring)
    assert Reading(bo.home, connection).conversations() == []
    connection.execute("DELETE FROM chat_judged")
    connection.execute("UPDATE chat_state SET value = x'00' WHERE key = 'marks'")
    folding.update(connection, bo.home, commons, bo.keyring)
    assert [each.name for each in Reading(bo.home, connection).conversations()] == ["#street"]
    assert real(community).person_of(ada.device) == ada.person


# what changes, and what is gone


def test_edits_by_the_last_one_whatever_came_first(tmp_path: Path) -> None:
    for number, order in enumerate(([0, 1, 2], [1, 2, 0], [2, 0, 1], [1, 0, 2])):
        (bee, cee), place = street(tmp_path / str(number), "bee", "cee")
        first = bee.write(cee, "one")
        made = [first, *(bee.talk.edit(first, t, bee.clock()).id for t in ("two", "three"))]
        give(bee, cee, chain(bee, place)[0])
        for at in order:
            give(bee, cee, made[at])
            cee.talk.update(cee.clock())
        message = cee.talk.message(first)
        assert (message.text, message.edited) == ("three", True)
        assert [each.text for each in cee.talk.history(first)] == ["one", "two", "three"]
        assert [each.text for each in cee.talk.search("three")] == ["three"]
        assert cee.talk.search("one") == []
        cee.shut()
        cee.home.close()
        bee.shut()
        bee.home.close()


def test_only_who_wrote_it_edits_and_only_where_it_was_written(tmp_path: Path) -> None:
    (ada, bo, cy), community = street(tmp_path, "ada", "bo", "cy")
    private = ada.write(bo, "private")
    public = ada.write("#street", "public")
    mix([ada, bo, cy], community)
    forge(bo, EDIT, records.encode(EditRecord(private, "forged")), ada, community)
    forge(ada, EDIT, records.encode(EditRecord(private, "elsewhere")), cy, community)
    forge(ada, EDIT, records.encode(EditRecord(public, "sealed")), bo, community)
    clear = records.encode_clear(EditRecord(private, "in the open"))
    signer = ada.home.signer(0)
    with ada.home.store.batch() as batch, batch.transaction() as tx:
        ada.home.store.log.append(tx, signer, community, Lane.CHAT, EDIT, clear, wall=0)
    forge(cy, REACTION, records.encode(ReactionRecord(public, "x")), ada, community)
    mix([ada, bo, cy], community)
    for each in (ada, bo):
        assert each.talk.message(private).text == "private"
        assert each.talk.message(public).text == "public"
        assert each.talk.message(public).reactions == ()


def test_reactions_by_person_and_taken_back(tmp_path: Path) -> None:
    (ada, bo, cy), community = street(tmp_path, "ada", "bo", "cy")
    id = ada.write("#street", "hello")
    mix([ada, bo, cy], community)
    bo.talk.react(id, "👍", bo.clock())
    bo.talk.react(id, "👎", bo.clock())
    cy.talk.react(id, "👍", cy.clock())
    mix([ada, bo, cy], community)
    expected = tuple(sorted(((bo.person, "👎"), (cy.person, "👍"))))
    assert ada.talk.message(id).reactions == expected
    bo.talk.react(id, "", bo.clock())
    mix([ada, bo, cy], community)
    assert ada.talk.message(id).reactions == ((cy.person, "👍"),)


WORD = "zyzzyvaquartz"


def on_disk(talker: Talker, word: str) -> list[str]:
    """Which of a hearth's files hold a word."""
    found = []
    for path in sorted(talker.path.rglob("*")):
        if path.is_file() and word.encode() in path.read_bytes():
            found.append(path.name)
    return found


@pytest.mark.parametrize("to", ["bo", "#street"])
def test_what_is_taken_back_is_in_no_file_and_leaves_a_place(tmp_path: Path, to: str) -> None:
    (ada, bo), community = street(tmp_path, "ada", "bo")
    kept = ada.write(to, "kept", topic="soup")
    id = ada.write(to, f"the {WORD} one", topic=f"{WORD}s")
    ada.talk.edit(id, f"the other {WORD} one", ada.clock())
    carry(ada, bo, community)
    assert [each.id for each in bo.talk.search(WORD)] == [id]
    bo._talk.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()  # type: ignore[union-attr]
    assert "cache.db" in on_disk(bo, WORD)
    assert ada.talk.retract(id, ada.clock()) == 2
    carry(ada, bo, community)
    for each in (ada, bo):
        message = each.talk.message(id)
        assert (message.text, message.retracted, message.expired) == ("", True, False)
        assert (message.topic, message.edited) == (None, False)
        assert each.talk.search(WORD) == []
        assert [v.text for v in each.talk.history(id)] == [""]
        each.shut()
        assert on_disk(each, WORD) == []
        before = view(each)
        each.afresh()
        assert view(each) == before
    # the conversation follows from the key; the channel's name is gone with the words
    shown = ["kept", "<retracted>"] if to == "bo" else ["kept"]
    assert bo.unread(ada if to == "bo" else to) == 1, "what is gone is not unread"
    assert bo.sees(ada if to == "bo" else to) == shown
    assert bo.talk.message(kept).topic == "soup"


def test_nobody_takes_back_what_another_wrote(tmp_path: Path) -> None:
    (ada, bo), community = street(tmp_path, "ada", "bo")
    id = ada.write(bo, "mine")
    carry(ada, bo, community)
    with bo.home.store.batch() as batch, batch.transaction() as tx:
        bo.home.store.log.append(
            tx, bo.home.signer(0), community, Lane.CHAT, ERASE, None, [id], wall=0
        )
    carry(bo, ada, community)
    assert ada.sees(bo) == bo.sees(ada) == ["mine"]


def test_a_wish_to_take_back_may_come_first(tmp_path: Path) -> None:
    (ada, bo), community = street(tmp_path, "ada", "bo")
    id = ada.write(bo, "mine")
    ada.talk.retract(id, ada.clock())
    key, message, wish = chain(ada, community)
    give(ada, bo, wish)
    bo.talk.update(bo.clock())
    give(ada, bo, message, key)
    assert bo.sees(ada) == ["<retracted>"]


def test_what_grew_old_leaves_a_place(tmp_path: Path) -> None:
    (ada, bo), community = street(tmp_path, "ada", "bo")
    id = ada.write(bo, f"the {WORD} one", expiry=1)
    carry(ada, bo, community)
    assert bo.talk.message(id).expiry == 1
    assert bo.sees(ada) == [f"the {WORD} one"]
    with bo.home.store.batch() as batch, batch.transaction() as tx:
        bo.home.store.log.erase(tx, id)
    folding.drop(bo.talk.connection, [id])
    assert bo.sees(ada) == ["<expired>"]
    bo.afresh()
    assert bo.sees(ada) == ["<expired>"]
    ada.talk.retract(id, ada.clock())  # she still has it
    carry(ada, bo, community)
    assert bo.sees(ada) == ["<retracted>"]


# what is missing


def test_gaps_are_shown_where_they_are(tmp_path: Path) -> None:
    (ada, bo), community = street(tmp_path, "ada", "bo")
    for number in range(6):
        ada.write(bo, f"m{number}")
    ids = chain(ada, community)
    give(ada, bo, ids[0], ids[1], ids[4], ids[6])
    assert bo.sees(ada) == ["m0", "(2)", "m3", "(1)", "m5"]
    bo.talk.mark_read(bo.to(ada), bo.clock())
    give(ada, bo, ids[5])
    assert bo.sees(ada) == ["m0", "(2)", "m3", "m4", "m5"]
    assert bo.unread(ada) == 1, "what fills a gap was never read"
    give(ada, bo, ids[2], ids[3])
    assert bo.sees(ada) == [f"m{number}" for number in range(6)]
    assert bo.unread(ada) == 3
    bo.afresh()
    assert bo.unread(ada) == 3
    limited = bo.talk.messages(bo.to(ada), limit=2)
    assert [said(each) for each in limited if isinstance(each, Message)] == ["m4", "m5"]


def test_what_is_missing_before_the_first_and_after_the_last(tmp_path: Path) -> None:
    (ada, bo), community = street(tmp_path, "ada", "bo")
    for number in range(3):
        ada.write(bo, f"m{number}")
    ada.write("#street", "later")
    key, m0, m1, m2, later = chain(ada, community)
    give(ada, bo, m1, later)
    assert bo.talk.conversations()[0].name == "#street"
    assert bo.sees("#street") == ["(1)", "later"] or bo.sees("#street")[-1] == "later"
    give(ada, bo, key)
    assert bo.sees(ada) == ["(1)", "m1", "(1)"]
    give(ada, bo, m0, m2)
    assert bo.sees(ada) == ["m0", "m1", "m2"]


# bad input


@pytest.mark.parametrize(
    "inner",
    [b"", b"\xff", b"\xa1\x01\x61\xff", b"\x80", b"\xa0", b"\xa1\x01\x00", b"x" * 40_000],
)
def test_what_is_sealed_and_is_no_message_is_shown_as_unreadable(
    tmp_path: Path, inner: bytes
) -> None:
    (ada, bo), community = street(tmp_path, "ada", "bo")
    for kind in (MESSAGE, EDIT, REACTION, GROUP, 191):
        forge(ada, kind, inner, bo, community)
    carry(ada, bo, community)
    assert bo.sees(ada) == ["<unreadable>"]
    bo.afresh()
    assert bo.sees(ada) == ["<unreadable>"]


def test_bytes_that_their_key_does_not_open_are_unreadable(tmp_path: Path) -> None:
    (ada, bo), community = street(tmp_path, "ada", "bo")
    ada.write(bo, "good")
    held = ada.keyring.held(ada.pair(bo, community))[0]
    with ada.home.store.batch() as batch, batch.transaction() as tx:
        ada.home.store.log.append(
            tx, ada.home.signer(0), community, Lane.CHAT, MESSAGE, b"\x01" + bytes(60),
            wall=0, audience=held.id,
        )  # fmt: skip
    carry(ada, bo, community)
    assert bo.sees(ada) == ["good", "<unreadable>"]


def test_what_is_open_and_no_message_is_nowhere(tmp_path: Path) -> None:
    (ada, bo), community = street(tmp_path, "ada", "bo")
    signer = ada.home.signer(0)
    payloads = [b"\xff", b"hello", b"\xa1\x01\x61x", records.encode(MessageRecord("x", "street"))]
    with ada.home.store.batch() as batch, batch.transaction() as tx:
        for payload in payloads:
            for kind in (MESSAGE, EDIT, REACTION, GROUP):
                ada.home.store.log.append(tx, signer, community, Lane.CHAT, kind, payload, wall=0)
    carry(ada, bo, community)
    assert bo.talk.conversations() == []


def test_a_key_is_good_for_what_it_is_for(tmp_path: Path) -> None:
    """Who got a key may seal with it; what comes of it is not taken for somebody else's."""
    (ada, bo, cy), community = street(tmp_path, "ada", "bo", "cy")
    inner = records.encode(MessageRecord("not what it seems"))
    ada.write(bo, "real")
    mix([ada, bo, cy], community)
    bo.keyring.update(bo.clock())
    with bo.home.store.batch() as batch, batch.transaction() as tx:
        theirs = bo.keyring.held(Audience(community, Scope.PAIR, bo.person))[0]
        bo.keyring.append(tx, theirs, Lane.CHAT, MESSAGE, inner, 0)  # bo with ada's key to bo
    for scope, subject in (
        (Scope.COMMUNITY, community), (Scope.ROSTER, b"g" * 32), (Scope.READERS, b"r" * 32),
        (Scope.PAIR, cy.person),
    ):  # fmt: skip
        ada.tell(Audience(community, scope, subject), [bo], inner)
    mix([ada, bo, cy], community)
    assert ada.sees(bo) == bo.sees(ada) == ["real"]
    assert [each.name for each in bo.talk.conversations()] == ["ada"]
    other = GroupRecord(b"o" * 32, records.Action.LEAVE, parents=(b"p" * 32,))
    ada.tell(Audience(community, Scope.ROSTER, b"g" * 32), [bo], records.encode(other), GROUP)
    mix([ada, bo, cy], community)
    assert [each.name for each in bo.talk.conversations()] == ["ada"]


@pytest.mark.parametrize(
    "text",
    [
        "\x1b]0;owned\x07\x1b[2J\x9b31m",
        "\u202ereversed\u2066\u202c",
        "e" + "\u0301" * 16_000,
        "nul\0inside",
        "x" * records.MAX_TEXT,
        "\ud7ff\ue000\U0010ffff",
    ],
)
def test_any_text_comes_through_as_it_was_written(tmp_path: Path, text: str) -> None:
    (ada, bo), community = street(tmp_path, "ada", "bo")
    forge(ada, MESSAGE, records.encode(MessageRecord(text, topic=text[:10])), bo, community)
    carry(ada, bo, community)
    message = bo.talk.messages(bo.to(ada))[0]
    assert isinstance(message, Message)
    assert (message.text, message.topic) == (text, text[:10])
    bo.talk.search(text[:200])
    bo.afresh()
    assert bo.sees(ada) == [text]


# who counts


def test_who_was_removed_is_heard_to_there_and_no_further(tmp_path: Path) -> None:
    (ada, bo, cy), community = street(tmp_path, "ada", "bo", "cy")
    cy.write("#street", "before")
    mix([ada, bo, cy], community)
    assert bo.sees("#street") == ["before"]
    ada.remove(cy, community)
    cy.write("#street", "unaware")
    mix([ada, bo, cy], community)
    for each in (ada, bo):
        assert each.sees("#street") == ["before"]
        each.afresh()
        assert each.sees("#street") == ["before"]


def test_who_is_put_out_of_a_group_is_heard_to_there(tmp_path: Path) -> None:
    (ada, bo, cy), community = street(tmp_path, "ada", "bo", "cy")
    people = [ada, bo, cy]
    ada.talk.create_group("garden", [bo.person, cy.person], ada.clock())
    mix(people, community)
    cy.write("garden", "before")
    mix(people, community)
    ada.talk.remove(ada.to("garden"), [cy.person], ada.clock())
    ada.write("garden", "after")
    for number in range(3):
        cy.write("garden", f"unaware {number}")
    mix(people, community)
    for each in (ada, bo):
        assert each.sees("garden") == ["before", "unaware 0", "after"] or each.sees("garden") == [
            "before",
            "after",
        ]
        assert "unaware 2" not in each.sees("garden")
        seen = each.sees("garden")
        each.afresh()
        assert each.sees("garden") == seen
    assert "after" not in cy.sees("garden")
    assert cy.to("garden").left


def test_a_device_that_turns_out_to_be_another_persons_has_all_folded_anew(
    tmp_path: Path,
) -> None:
    (ada, bo), community = street(tmp_path, "ada", "bo")
    ada.write(bo, "one")
    carry(ada, bo, community)
    before = view(bo)
    connection = bo.talk.connection
    connection.execute(
        "UPDATE chat_devices SET person = ? WHERE device = ?", (b"x" * 32, ada.device)
    )
    connection.execute("UPDATE chat_messages SET author = ?", (b"x" * 32,))
    connection.execute("DELETE FROM chat_judged")
    ada.write(bo, "two")
    carry(ada, bo, community)
    assert bo.sees(ada) == ["one", "two"]
    assert view(bo).keys() == before.keys()


def test_a_log_that_was_made_anew_is_folded_anew(tmp_path: Path) -> None:
    (ada, bo), community = street(tmp_path, "ada", "bo")
    ada.write(bo, "one")
    carry(ada, bo, community)
    assert bo.sees(ada) == ["one"]
    connection = bo.talk.connection
    connection.execute("UPDATE chat_messages SET author = x'00'")
    connection.execute("UPDATE chat_state SET value = x'00' WHERE key = 'event'")
    assert bo.sees(ada) == ["one"]


def test_an_act_that_its_author_erases_is_undone_and_no_other(tmp_path: Path) -> None:
    (ada, bo, cy), community = street(tmp_path, "ada", "bo", "cy")
    people = [ada, bo, cy]
    ada.talk.create_group("garden", [bo.person, cy.person], 0)
    mix(people, community)
    named = bo.talk.rename(bo.to("garden"), "peas", 0)
    mix(people, community)
    ada.talk.remove(ada.to("peas"), [bo.person], 0)
    mix(people, community)
    with bo.home.store.batch() as batch, batch.transaction() as tx:
        bo.home.store.log.append(
            tx, bo.home.signer(0), community, Lane.CHAT, ERASE, None, [named.id], wall=0
        )
    mix(people, community)
    for each in (ada, cy):
        for _ in range(2):
            assert each.to("garden").members == tuple(sorted((ada.person, cy.person)))
            each.afresh()


def test_what_is_let_go_of_for_its_age_is_in_no_file(tmp_path: Path) -> None:
    (ada, bo), community = street(tmp_path, "ada", "bo")
    id = ada.write(bo, f"the {WORD} one")
    carry(ada, bo, community)
    assert bo.talk.search(WORD)
    bo.shut()
    with bo.home.store.batch() as batch, batch.transaction() as tx:
        bo.home.store.log.erase_all(tx, [id])
    retention.forget(bo.home, [], [id])
    assert on_disk(bo, WORD) == []
    assert bo.sees(ada) == ["<expired>"]
