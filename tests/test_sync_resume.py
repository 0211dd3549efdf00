"""Objects over lines that are cut again and again: what has begun to come is gone on with."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from blake3 import blake3
from log_kit import WALL
from session_kit import COMMUNITY, Crash, Node, drain, nodes, sync

from hearth.store import begun, budget, gc, servable
from hearth.store.database import rows, value
from hearth.store.errors import NoSpaceError
from hearth.store.manifest import MAX_OBJECT
from hearth.sync import message_codec, messages as m
from hearth.sync.fetching import BadObjectError
from hearth.sync.messages import Flags, Reason, Type, What
from hearth.sync.replica import Grant

RNG = random.Random(5)
SIZE = 700_000


def holds(*givers: Node, size: int = SIZE) -> tuple[bytes, bytes]:
    """An object that all of these have and may give: its id and bytes."""
    data = RNG.randbytes(size)
    for each in givers:
        each.store.put(data)
        each.grants = {COMMUNITY: Grant(serves=lambda id: True)}
    return blake3(data).digest(), data


def contact(asks: Node, gives: Node, limit: int) -> int:
    """A session on a line that is cut after so many bytes of objects; how many came."""
    salt = RNG.randbytes(32)
    here, there = asks.session(gives.device, salt), gives.session(asks.device, salt)
    came = 0
    while not (here.over and there.over):
        for message in drain(here):
            there.receive(message.type, message.body)
        answer = there.next_message()
        if answer is not None:
            came += len(answer.body) if answer.type == Type.PART else 0
            if came > limit:
                return limit
            here.receive(answer.type, answer.body)
    return came


class Liar:
    """A peer that gives other bytes for what it is asked for, so many, and hangs up."""

    def __init__(self, node: Node) -> None:
        self.node = node

    def meet(self, asks: Node, length: int, limit: int) -> None:
        salt = RNG.randbytes(32)
        here = asks.session(self.node.device, salt)
        there = self.node.session(asks.device, salt)
        sent = 0
        while sent < limit:
            [*said] = drain(here)
            for message in said:
                wants = message_codec.decode(message.type, message.body)
                if isinstance(wants, m.Want | m.Rest):
                    id, at = wants.begun[0] if isinstance(wants, m.Rest) else (wants.ids[0], 0)
                    while sent < limit and at < length:
                        size = min(1 << 14, length - at)
                        part = m.Part(0, What.OBJECT, id, length, at, bytes(size))
                        here.receive(*message_codec.encode(part))
                        sent, at = sent + size, at + size
                else:
                    there.receive(message.type, message.body)
            answers = [] if sent else list(drain(there))
            for message in answers:
                if message.type in (Type.HELLO, Type.END, Type.CHECK):
                    here.receive(message.type, message.body)
            if not said and not answers:
                return


def kept(node: Node) -> int:
    there = value(node.store.connection, "SELECT 1 FROM sqlite_schema WHERE name = 'begun'")
    sizes = "SELECT ifnull(sum(length(data)), 0) FROM begun"
    return int(value(node.store.connection, sizes)) if there else 0


def test_an_object_comes_over_a_line_that_is_cut_again_and_again(tmp_path: Path) -> None:
    with nodes(tmp_path, "a", "b") as (a, b):
        id, data = holds(a)
        b.wanted[COMMUNITY] = [(What.OBJECT, id)]
        came, contacts = 0, 0
        while not b.store.has(id):
            before = kept(b)
            came += contact(b, a, 100_000)
            contacts += 1
            assert b.store.has(id) or before < kept(b) < SIZE
            b.reopen()
        assert b.store.get(id) == data
        assert contacts <= 10
        assert came <= 1.4 * SIZE
        assert kept(b) == 0


def test_who_passes_by_goes_on_with_what_another_began(tmp_path: Path) -> None:
    with nodes(tmp_path, "a", "b", "c", "d") as (a, b, c, d):
        id, data = holds(a, c, d)
        b.wanted[COMMUNITY] = [(What.OBJECT, id)]
        contact(b, a, 300_000)
        began = kept(b)
        contact(b, c, 300_000)
        assert kept(b) >= began + 200_000
        talk = sync(b, d)
        [wants] = talk.sent(Type.REST)
        assert message_codec.decode(wants.type, wants.body) == m.Rest(0, ((id, kept_before(talk)),))
        assert sum(len(each.body) for each in talk.sent(Type.PART)) < SIZE - 400_000
        assert b.store.get(id) == data


def kept_before(talk: object) -> int:
    [first, *_] = talk.sent(Type.PART)  # type: ignore[attr-defined]
    part = message_codec.decode(first.type, first.body)
    assert isinstance(part, m.Part)
    return part.offset


def test_smallest_first_by_what_is_left(tmp_path: Path) -> None:
    with nodes(tmp_path, "a", "b") as (a, b):
        id, _ = holds(a)
        b.wanted[COMMUNITY] = [(What.OBJECT, id)]
        for _ in range(4):
            contact(b, a, 100_000)
        left = SIZE - kept(b)
        less, more = a.store.put(b"l" * (left - 1)), a.store.put(b"m" * (left + 1))
        b.wanted[COMMUNITY] += [(What.OBJECT, less), (What.OBJECT, more), (What.OBJECT, b"n" * 32)]
        parts = [message_codec.decode(each.type, each.body) for each in sync(b, a).sent(Type.PART)]
        ids = [part.id for part in parts if isinstance(part, m.Part)]
        assert list(dict.fromkeys(ids)) == [less, id, more]


@pytest.mark.parametrize("old", ["asks", "gives"])
def test_with_a_peer_of_the_first_version_all_goes_as_before(tmp_path: Path, old: str) -> None:
    with nodes(tmp_path, "a", "b") as (a, b):
        id, data = holds(a)
        b.wanted[COMMUNITY] = [(What.OBJECT, id)]
        contact(b, a, 300_000)
        with pytest.MonkeyPatch.context() as patch:
            first = m.Hello.__new__.__defaults__
            assert first == (m.VERSION,) == (2,)
            asks, gives = b.session(a.device, bytes(32)), a.session(b.device, bytes(32))
            patch.setattr(m.Hello.__new__, "__defaults__", (1,))
            if old == "asks":
                asks = b.session(a.device, bytes(32))
            else:
                gives = a.session(b.device, bytes(32))
        sent: list[int] = []
        while not (asks.over and gives.over):
            for one, other in ((asks, gives), (gives, asks)):
                for message in drain(one):
                    sent.append(message.type)
                    other.receive(message.type, message.body)
        assert Type.REST not in sent
        assert b.store.get(id) == data


def test_a_lie_at_the_beginning_costs_its_bytes_and_no_more(tmp_path: Path) -> None:
    with nodes(tmp_path, "a", "b", "liar") as (a, b, node):
        id, data = holds(a)
        liar = Liar(node)
        b.wanted[COMMUNITY] = [(What.OBJECT, id)]
        liar.meet(b, SIZE, 300_000)
        assert kept(b) > 200_000
        talk = sync(b, a)
        assert b.store.get(id) == data
        wants = [
            message_codec.decode(each.type, each.body) for each in talk.sent(Type.REST, Type.WANT)
        ]
        assert [type(each) for each in wants] == [m.Rest, m.Want]
        assert sum(len(each.body) for each in talk.sent(Type.PART)) < 2 * SIZE
        assert kept(b) == 0


def test_who_lies_holds_up_only_what_they_began_themselves(tmp_path: Path) -> None:
    """On a line on which it never comes whole in one session."""
    with nodes(tmp_path, "a", "b", "liar") as (a, b, node):
        id, data = holds(a, size=600_000)
        liar = Liar(node)
        b.wanted[COMMUNITY] = [(What.OBJECT, id)]
        for _ in range(7):
            liar.meet(b, 600_000, 550_000)
            contact(b, a, 200_000)
            if b.store.has(id):
                break
        assert b.store.get(id) == data


def test_who_lies_about_the_rest_ends_the_session_and_spoils_it_once(tmp_path: Path) -> None:
    with nodes(tmp_path, "a", "b", "liar") as (a, b, node):
        id, data = holds(a, size=600_000)
        b.wanted[COMMUNITY] = [(What.OBJECT, id)]
        contact(b, a, 200_000)
        with pytest.raises(BadObjectError):
            Liar(node).meet(b, 600_000, 1_200_000)
        for _ in range(4):
            contact(b, a, 200_000)
            if not b.store.has(id):
                with pytest.raises(BadObjectError):
                    Liar(node).meet(b, 600_000, 1_200_000)
        assert b.store.get(id) == data


def test_a_beginning_longer_than_the_object_is_answered_from_its_first_byte(tmp_path: Path) -> None:
    with nodes(tmp_path, "a", "b", "liar") as (a, b, node):
        id, data = holds(a, size=100)
        b.wanted[COMMUNITY] = [(What.OBJECT, id)]
        Liar(node).meet(b, MAX_OBJECT, 300_000)
        talk = sync(b, a)
        assert len(talk.sent(Type.PART)) == 1
        assert b.store.get(id) == data
        assert kept(b) == 0


def test_a_beginning_longer_than_the_object_does_not_keep_it_from_coming(tmp_path: Path) -> None:
    """On a line on which it never comes whole in one session."""
    with nodes(tmp_path, "a", "b", "liar") as (a, b, node):
        id, data = holds(a, size=200_000)
        b.wanted[COMMUNITY] = [(What.OBJECT, id)]
        for _ in range(5):
            if not b.store.has(id):
                Liar(node).meet(b, MAX_OBJECT, 300_000)
                contact(b, a, 100_000)
        assert b.store.get(id) == data


def test_what_has_begun_in_one_community_is_not_gone_on_with_in_another(tmp_path: Path) -> None:
    """Whoever knows the hash and the last bytes would have it served there."""
    other = b"o" * 32
    with nodes(tmp_path, "a", "b", "c") as (a, b, c):
        id, _ = holds(a, c)
        b.wanted[COMMUNITY] = [(What.OBJECT, id)]
        contact(b, a, 300_000)
        b.grants, b.wanted = {other: Grant()}, {other: [(What.OBJECT, id)]}
        c.grants = {other: Grant(serves=lambda id: True)}
        [want] = sync(b, c).sent(Type.WANT, Type.REST)
        assert want.type == Type.WANT


def test_a_beginning_that_is_dropped_after_the_rest_was_asked_for_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As by another session, or gc; and none is read before its rest comes."""
    with nodes(tmp_path, "a", "b") as (a, b):
        id, data = holds(a)
        b.wanted[COMMUNITY] = [(What.OBJECT, id)]
        contact(b, a, 300_000)
        read = begun.read
        asked: list[bytes] = []

        def dropped(connection: Any, community: bytes, device: bytes, id: bytes) -> bytes:
            asked.append(id)
            return read(connection, community, device, id)[:1000]

        monkeypatch.setattr(begun, "read", dropped)
        talk = sync(b, a)
        assert asked == [id]
        assert len(talk.sent(Type.REST, Type.WANT)) == 2
        assert b.store.get(id) == data


def test_killed_anywhere_nothing_half_written_counts(tmp_path: Path) -> None:
    with nodes(tmp_path, "a", "b") as (a, b):
        id, data = holds(a)
        b.wanted[COMMUNITY] = [(What.OBJECT, id)]
        for commit in range(1, 8):
            b.commits, b.crash_at = 0, commit
            before = kept(b)
            with pytest.raises(Crash):
                contact(b, a, SIZE // 3)
            b.crash_at = None
            b.reopen()
            assert not b.store.has(id)
            assert kept(b) >= before
        sync(b, a)
        assert b.store.get(id) == data


def test_a_full_disk_keeps_no_beginning_and_says_so(tmp_path: Path) -> None:
    with nodes(tmp_path, "a", "b") as (a, b):
        id, data = holds(a)
        b.wanted[COMMUNITY] = [(What.OBJECT, id)]
        b.full = NoSpaceError("no space left on the disk")
        salt = bytes(32)
        here, there = b.session(a.device, salt), a.session(b.device, salt)
        while not (here.over and there.over):
            for one, two in ((here, there), (there, here)):
                for message in drain(one):
                    two.receive(message.type, message.body)
        assert here.summary.refused is not None
        assert there.summary.refused_by_peer is not None
        assert kept(b) == 0
        b.full = None
        sync(b, a)
        assert b.store.get(id) == data


def test_a_full_disk_does_not_keep_a_lie_from_being_found_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise NoSpaceError("no space left on the disk")

    with nodes(tmp_path, "a", "b", "liar") as (a, b, node):
        id, data = holds(a)
        b.wanted[COMMUNITY] = [(What.OBJECT, id)]
        Liar(node).meet(b, SIZE, 300_000)
        monkeypatch.setattr(begun, "spoil", full)
        sync(b, a)  # to its end: nobody waits for what was asked
        assert b.store.get(id) == data


# what is kept


def put(node: Node, device: bytes, id: bytes, at: int, data: bytes) -> None:
    with node.store.batch() as batch, batch.transaction() as tx:
        begun.keep(node.store, tx, COMMUNITY, device, id, at, data)


def there(node: Node, device: bytes, *ids: bytes) -> dict[bytes, bytes]:
    connection = node.store.connection
    found = {id: begun.read(connection, COMMUNITY, device, id) for id in ids}
    held = {id: data for id, data in found.items() if data}
    lengths = begun.lengths(connection, COMMUNITY, device, ids)
    assert lengths == {id: len(data) for id, data in held.items()}
    return held


def test_pieces_go_on_from_each_other_or_are_not_kept(tmp_path: Path) -> None:
    with nodes(tmp_path, "b") as (b,):
        one, two, id = b"1" * 32, b"2" * 32, b"x" * 32
        put(b, one, id, 1, b"no beginning")
        assert there(b, one, id) == {}
        put(b, one, id, 0, b"abc")
        put(b, two, id, 0, b"abcde")
        put(b, two, id, 0, b"abcd")
        put(b, one, id, 6, b"a gap")
        assert there(b, one, id) == there(b, two, id) == {id: b"abcde"}
        with b.store.batch() as batch, batch.transaction() as tx:
            begun.spoil(tx, COMMUNITY, two, id)
        assert there(b, one, id) == there(b, two, id) == {}
        put(b, one, id, 0, b"of one")
        put(b, two, id, 0, b"of two")
        assert there(b, one, id, b"y" * 32) == {id: b"of one"}
        assert there(b, two, id) == {id: b"of two"}


def test_what_was_gone_on_with_longest_ago_gives_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(begun, "ROOM", 3 * (1000 + begun.OVERHEAD) + begun.OVERHEAD + 1)
    with nodes(tmp_path, "b") as (b,):
        ids = [bytes([n]) * 32 for n in range(3)]
        for id in ids:
            put(b, b"d", id, 0, bytes(1000))
        put(b, b"d", ids[0], 1000, b"+")
        assert set(there(b, b"d", *ids)) == set(ids)  # just so much
        put(b, b"d", ids[0], 1001, b"+")
        assert set(there(b, b"d", *ids)) == {ids[0], ids[2]}


def test_gc_drops_what_was_not_gone_on_with_for_its_grace(tmp_path: Path) -> None:
    with nodes(tmp_path, "b") as (b,):
        old, new = b"o" * 32, b"n" * 32
        put(b, b"d", old, 0, b"abc")
        put(b, b"d", new, 0, b"abc")
        gc.gc(b.store, now=WALL)
        put(b, b"d", new, 3, b"def")
        gc.gc(b.store, now=WALL + gc.GRACE - 1)
        assert set(there(b, b"d", old, new)) == {old, new}
        gc.gc(b.store, now=WALL + gc.GRACE)
        assert there(b, b"d", old, new) == {new: b"abcdef"}


def test_what_a_bundle_brings_whole_leaves_no_beginning(tmp_path: Path) -> None:
    with nodes(tmp_path, "b") as (b,):
        id, other = b"x" * 32, b"y" * 32
        put(b, b"d", id, 0, b"abc")
        put(b, b"d", other, 0, b"abc")
        with b.store.batch() as batch, batch.transaction() as tx:
            servable.allow(tx, b"o" * 32, [id, other])
            servable.allow(tx, COMMUNITY, [id])
        assert there(b, b"d", id, other) == {other: b"abc"}


def test_what_is_given_up_here_leaves_no_beginning(tmp_path: Path) -> None:
    with nodes(tmp_path, "b") as (b,):
        id = b.store.put(b"whole")
        put(b, b"d", id, 0, b"who")
        gc.shed(b.store, [id], overwrite=True)
        assert there(b, b"d", id) == {}
        assert rows(b.store.connection, "SELECT * FROM begun") == []


def test_a_beginning_for_which_the_budget_has_no_room_is_not_kept(tmp_path: Path) -> None:
    with nodes(tmp_path, "b") as (b,):
        used, one, two = budget.usage(b.store).total, b"x" * 32, b"y" * 32
        b.store.budget = used + 200_000
        put(b, b"d", one, 0, bytes(150_000))
        assert budget.usage(b.store).total < used + 50_000  # pages are not all full
        put(b, b"d", two, 0, bytes(100_000))
        assert set(there(b, b"d", one, two)) == {one}


def test_a_hearth_in_which_nothing_ever_begun_needs_no_table(tmp_path: Path) -> None:
    with nodes(tmp_path, "a", "b") as (a, b):
        b.store.connection.execute("DROP TABLE begun")
        id, data = holds(a)
        b.wanted[COMMUNITY] = [(What.OBJECT, id)]
        gc.gc(b.store, now=WALL)
        assert there(b, b"d", id) == {}
        contact(b, a, 300_000)
        assert kept(b) > 200_000
        sync(b, a)
        assert b.store.get(id) == data


def test_gone_leaves_the_beginning_for_the_next(tmp_path: Path) -> None:
    with nodes(tmp_path, "a", "b", "c") as (a, b, c):
        id, _ = holds(a)
        b.wanted[COMMUNITY] = [(What.OBJECT, id)]
        contact(b, a, 300_000)
        before = kept(b)
        [gone] = sync(b, c, theirs={"flags": Flags.GIVES}).sent(Type.GONE)
        assert gone.body[2] == Reason.NOT_HERE
        assert kept(b) == before


def test_what_fits_the_budget_comes_whole_although_it_has_begun(tmp_path: Path) -> None:
    """Its beginning, which goes when it is whole, takes no room from it."""
    with nodes(tmp_path, "a", "b") as (a, b):
        id, data = holds(a)
        b.wanted[COMMUNITY] = [(What.OBJECT, id)]
        b.store.budget = budget.usage(b.store).total + SIZE + 50_000
        contact(b, a, 300_000)
        assert kept(b) > 200_000
        assert sync(b, a).here.summary.refused is None
        assert b.store.get(id) == data
