"""Bundles that lie, that are for others, that do harm, and media that fail: with whole hearths."""

from __future__ import annotations

import errno
import os
import shutil
import tracemalloc
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import pytest
from audience_kit import Neighbour, admit, carry, settle
from bundle_format_kit import edges, flipped
from bundle_kit import (
    Record,
    all_events,
    bundles,
    copied,
    forged,
    give,
    made,
    parts,
    replica,
    taken,
    visit,
    want,
    written,
)
from mesh_kit import Clock
from power_cut import Op, Recorder, states
from store_kit import Fault, Seam, SeamDisk, noise
from sync_kit import seed

from hearth.audience import prekeys
from hearth.bundles import folder, front, known, making, opening, trading
from hearth.bundles.folder import UnreadableError
from hearth.bundles.level import Level
from hearth.bundles.opening import NotForUsError
from hearth.bundles.taking import OutError
from hearth.store import streaming
from hearth.store.compress import Compressor
from hearth.store.disk import Disk, DiskError
from hearth.store.errors import CorruptError, HearthError, NoSpaceError
from hearth.store.fsck import check
from hearth.store.header import Lane
from hearth.sync.blocks import Blocks
from hearth.sync.bundle import BundleError, Type
from hearth.sync.delta import Salt
from hearth.sync.packing import PeerError, number
from hearth.sync.parcel import Devices, Sealer
from hearth.sync.parcel_errors import ParcelTooLargeError

FRONTS = (Type.LIST, Type.FRONTIER, Type.LISTING, Type.WANTS, Type.RUNS, Type.BRINGS)


def looked(who: Neighbour, data: bytes) -> tuple[list[Record], HearthError | None]:
    """The records that come of bytes, and why no more, without taking them in."""
    try:
        seen, found = opening.look(who.node, lambda: iter([data]))
        records = list(found)
    except HearthError as error:
        return [], error
    return records, seen.damage


def chat_only(lane: int) -> bool:
    return lane == Lane.CHAT


class TestCutsAndFlips:
    def test_an_open_one_at_every_byte(self, tmp_path: Path) -> None:
        (ada, bo), community = settle(tmp_path, "ada", "bo")
        for n in range(3):
            ada.say(community, f"message {n}")
        data = made(ada, community, lanes=chat_only)
        _, records = parts(data)
        fronts = sum(1 for type, _ in records if type in FRONTS)
        ends = edges(data)

        def expected(at: int) -> int:
            there = sum(1 for end in ends if end <= at)
            return min(there - 2, len(records)) if there >= fronts + 2 else 0

        for at in range(len(data)):
            for bad in (data[:at], flipped(data, at, at % 8)):
                found, error = looked(bo, bad)
                assert error is not None, at
                assert found == records[: expected(at)], at
        assert looked(bo, data) == (records, None)

    @pytest.mark.parametrize("step", [37, pytest.param(1, marks=pytest.mark.slow)])
    def test_a_sealed_one(self, tmp_path: Path, step: int) -> None:
        """One piece: it is there as a whole, or nothing of it is."""
        (ada, bo), community = settle(tmp_path, "ada", "bo")
        ada.say(community)
        data = made(ada, community, sealed=True, lanes=chat_only)
        assert looked(bo, data)[1] is None
        for at in range(0, len(data), step):
            for bad in (data[:at], flipped(data, at, at % 8)):
                found, error = looked(bo, bad)
                assert found == [], at
                assert error is not None, at

    def test_a_sealed_one_of_several_pieces(self, tmp_path: Path) -> None:
        (ada, bo), community = settle(tmp_path, "ada", "bo")
        ids = give(ada, community, *(noise(n, 30_000) for n in range(8)))
        data = made(ada, community, sealed=True, objects=ids)
        records, error = looked(bo, data)
        assert error is None
        counts = []
        for cut in range(374 - 1, len(data), 65_536 // 2):
            found, error = looked(bo, data[:cut])
            assert error is not None
            assert found == records[: len(found)]
            counts.append(len(found))
        assert counts == sorted(counts)
        assert counts[-1] > len(records) // 2

    def test_what_came_before_the_damage_is_taken_in_and_the_rest_later(
        self, tmp_path: Path
    ) -> None:
        (ada, bo), community = settle(tmp_path, "ada", "bo")
        for n in range(40):
            ada.say(community, f"{n} " + noise(n, 1500).hex())
        ada.say(community, "help", Lane.EMERGENCY)
        ids = give(ada, community, noise(1, 5000), noise(2, 20_000))
        want(bo, *ids)
        data = made(ada, community, objects=ids)
        ends = edges(data)
        _, records = parts(data)
        fronts = sum(1 for type, _ in records if type in FRONTS)
        seen = set()
        for edge in ends[fronts + 1 : -1]:
            for at in (edge - 1, edge, edge + 1):
                for bad in (data[:at], flipped(data, at, 3)):
                    twin = copied(bo, "twin")
                    want(twin, *ids)
                    done = taken(twin, bad)
                    assert isinstance(done.damage, BundleError)
                    count = sum(1 for end in ends if end <= at) - 2
                    objects = [body[:32] for type, body in records[:count] if type is Type.OBJECT]
                    assert [id for id in ids if twin.home.store.has(id)] == objects
                    held = [id for id in all_events(ada, community)
                            if twin.home.store.log.has(id)]  # fmt: skip
                    seen.add((len(held), len(objects)))
                    assert taken(twin, data).whole
                    assert all_events(twin, community) == all_events(ada, community)
                    assert all(twin.home.store.has(id) for id in ids)
                    assert check(twin.home.store, now=twin.clock()).sound
                    twin.home.close()
        assert len(seen) >= 4


class TestLies:
    def test_a_list_of_objects_that_lies(self, tmp_path: Path) -> None:
        (ada, bo), community = settle(tmp_path, "ada", "bo")
        one, two = give(ada, community, noise(1, 3000), noise(2, 4000))
        honest = made(ada, community, objects=[one, two])
        lies = [
            b"".join(id + number(1) for id in (one, two)),
            b"".join(id + number(2**53 - 1) for id in (one, two)),
            bytes(32) + number(0),
            (one + number(3000)) * 50,
            b"",
        ]
        for lie in lies:
            twin = copied(bo, "twin")
            want(twin, one, bytes(32))

            def lying(records: list[Record], lie: bytes = lie) -> list[Record]:
                rest = [each for each in records if each[0] is not Type.LIST]
                return [(Type.LIST, lie), *rest]

            done = taken(twin, forged(ada, honest, lying, objects=2**53 - 1, size=2**53 - 1))
            assert (done.whole, done.summary.objects_in, done.skipped) == (True, 1, 1)
            assert twin.home.store.has(one)
            assert not twin.home.store.has(two)
            twin.home.close()

    def test_fronts_that_are_none(self, tmp_path: Path) -> None:
        """A folder with one is read to its end, and nothing is believed of it."""
        (ada, bo), community = settle(tmp_path, "ada", "bo")
        said = ada.say(community)
        honest = made(ada, community)
        place = folder.made(Disk(), tmp_path)
        bad: list[Record] = [
            (Type.LIST, b"short"), (Type.FRONTIER, b"\x09\0\0"), (Type.FRONTIER, b""),
            (Type.FRONTIER, b"\0\2" + number(2**53 - 1)), (Type.LISTING, b"\0\xff"),
            (Type.WANTS, bytes(31)), (Type.WANTS, bytes(32 * 4097)), (Type.RUNS, b""),
            (Type.RUNS, b"\2" + number(1) + bytes(6) + number(9) + number(8) + bytes(4)),
            (Type.RUNS, b"\2" + number(2**52)), (Type.BRINGS, b"\2" + number(1) + number(0)),
            (Type.BRINGS, b"\5" + number(1) + number(0)), (Type.BRINGS, b"\6"),
        ]  # fmt: skip
        for count, one in enumerate(bad):
            data = forged(ada, honest, lambda records, one=one: [one, *records])  # type: ignore[misc]
            (place / f"{count:016x}.hearth").write_bytes(data)
        (place / f"{'f' * 16}.hearth").write_bytes(honest)
        read = trading.read(bo.node, Disk(), tmp_path)
        assert len(read.taken) == 1
        assert {type(error) for _, error in read.bad} == {BundleError}
        assert len(read.bad) == len(bad)
        assert said in all_events(bo, community)
        trading.write(bo.node, Disk(), tmp_path)

    def test_one_who_claims_more_than_they_have_gets_less_and_nobody_else_does(
        self, tmp_path: Path
    ) -> None:
        (ada, bo, cy), community = settle(tmp_path, "ada", "bo", "cy")
        said = ada.say(community, "soup")
        carry(ada, cy, community)
        claimed = made(cy, community)  # what cy holds; said by bo to be his
        lie = forged(bo, claimed)
        taken(ada, lie)
        taken(ada, made(cy, community))
        levels = [known.known(ada.home.store, who.device, community) for who in (bo, cy)]
        assert said not in events_in(made(ada, community, readers=levels))
        dir = tmp_path / "stick"
        dir.mkdir()
        visit(ada, dir)
        visit(bo, dir)
        assert said not in all_events(bo, community)  # his own doing
        taken(ada, made(bo, community))  # the truth cures it
        visit(ada, dir)
        visit(bo, dir)
        assert said in all_events(bo, community)

    def test_a_claim_of_what_nobody_has(self, tmp_path: Path) -> None:
        """Lengths beyond all numbers, for every chain there is."""
        (ada, bo, cy), community = settle(tmp_path, "ada", "bo", "cy")
        said = ada.say(community, "soup")
        honest = made(bo, community)

        def lying(records: list[Record]) -> list[Record]:
            head, _ = parts(honest)
            salt = Salt(head.salt)
            body = b"".join(salt.device(each.device) + number(2**53 - 1) + bytes(4)
                            for each in (ada, bo, cy))  # fmt: skip
            lie = (Type.FRONTIER, bytes((0, Lane.CHAT)) + number(3) + body + number(0))
            return [lie, *(each for each in records if each[0] is not Type.FRONTIER)]

        taken(ada, forged(bo, honest, lying))
        dir = tmp_path / "stick"
        dir.mkdir()
        visit(ada, dir)
        visit(cy, dir)
        assert said in all_events(cy, community)

    def test_an_object_that_is_another(self, tmp_path: Path) -> None:
        (ada, bo), community = settle(tmp_path, "ada", "bo")
        said = ada.say(community)
        one, two = give(ada, community, noise(1, 3000), noise(2, 4000))
        want(bo, one, two)

        def other(records: list[Record]) -> list[Record]:
            return [*records[:-1], (Type.OBJECT, two + noise(3, 4000))]

        done = taken(bo, forged(ada, made(ada, community, objects=[one, two]), other))
        assert isinstance(done.damage, CorruptError)
        assert bo.home.store.has(one)
        assert not bo.home.store.has(two)
        assert said in all_events(bo, community)

    def test_objects_that_nobody_wants_are_not_kept(self, tmp_path: Path) -> None:
        (ada, bo), community = settle(tmp_path, "ada", "bo")
        ids = give(ada, community, *(noise(n, 20_000) for n in range(20)))
        want(bo, ids[7], ids[13])
        done = taken(bo, made(ada, community, objects=ids))
        assert (done.whole, done.skipped, done.summary.objects_in) == (True, 18, 2)
        assert [id for id in ids if bo.home.store.has(id)] == [ids[7], ids[13]]

    def test_what_is_wanted_is_asked_once_however_much_is_not(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (ada, bo), community = settle(tmp_path, "ada", "bo")
        ids = give(ada, community, *(noise(n, 100) for n in range(50)))
        asked = []
        wanted = ids[::2]
        want(bo, *wanted)
        before = bo.node._wants
        bo.node._wants = lambda community: (asked.append(1), before(community))[1]  # type: ignore[func-returns-value]
        done = taken(bo, made(ada, community, objects=ids))
        assert (done.summary.objects_in, done.skipped) == (25, 25)
        assert len(asked) == 1

    def test_records_that_are_no_messages(self, tmp_path: Path) -> None:
        (ada, bo), community = settle(tmp_path, "ada", "bo")
        said = ada.say(community)
        honest = made(ada, community)
        bad: list[Record] = [
            (Type.EVENTS, b""), (Type.EVENTS, b"\2"), (Type.EVENTS, b"\2\xff"),
            (Type.EVENTS, b"\5\0\0\0\0\0\0\0"), (Type.EVENTS, b"\2" + bytes(300_000)),
            (Type.PROOFS, b"\0\1\1x"),
            (Type.PROOFS, b"\xff"), (Type.SLOTS, b"\0\1\1x" + bytes(64)), (Type.SLOTS, b""),
            (Type.OBJECT, b""), (Type.OBJECT, b"x" * 31), (Type.OBJECT, bytes(32)),
        ]  # fmt: skip
        for one in bad:
            twin = copied(bo, "twin")
            done = taken(twin, forged(ada, honest, lambda records, one=one: [*records, one]))  # type: ignore[misc]
            assert isinstance(done.damage, PeerError | CorruptError), one
            assert said in all_events(twin, community)
            assert taken(twin, honest).whole
            twin.home.close()

    def test_what_unpacks_to_more_than_it_may(self, tmp_path: Path) -> None:
        (ada, bo), community = settle(tmp_path, "ada", "bo")
        shorter, stored = Compressor()(bytes(1 << 24))
        assert shorter
        honest = made(ada, community)
        for lie in (number(1 << 24), number(1 << 19), number(3)):
            bomb = number(0) * 3 + lie + number(len(stored)) + stored + number(0) + b"\0"
            data = forged(
                ada, honest, lambda records, bomb=bomb: [(Type.EVENTS, b"\2" + bomb)]  # type: ignore[misc]
            )  # fmt: skip
            tracemalloc.start()
            done = taken(bo, data)
            _, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()
            assert isinstance(done.damage, PeerError)
            assert peak < 8 << 20


def events_in(data: bytes) -> list[bytes]:
    """The ids of all events that an open bundle brings."""
    header, records = parts(data)
    lanes = {lane: Blocks(header.communities[0], lane) for lane in Lane}
    return [
        id
        for type, body in records
        if type is Type.EVENTS
        for id in lanes[Lane(body[0])].read(body[1:]).ids
    ]


class TestWhose:
    def test_by_a_stranger(self, tmp_path: Path) -> None:
        (ada, bo), community = settle(tmp_path, "ada", "bo")
        eve = Neighbour(tmp_path, "eve", Clock())
        eve.found("Elsewhere")
        before = all_events(bo, community)
        ada.say(community)
        stolen = forged(eve, made(ada, community))  # what a member has, under her name
        with pytest.raises(NotForUsError, match="its author is nobody that the community knows"):
            taken(bo, stolen)
        assert all_events(bo, community) == before
        assert known.known(bo.home.store, eve.device, community) is None

    def test_of_another_community(self, tmp_path: Path) -> None:
        (_, bo), _ = settle(tmp_path, "ada", "bo")
        eve = Neighbour(tmp_path, "eve", Clock())
        elsewhere = eve.found("Elsewhere")
        eve.say(elsewhere)
        communities = [each.id for each in bo.node.commons.all()]
        with pytest.raises(NotForUsError):
            taken(bo, made(eve, elsewhere))
        assert all_events(bo, elsewhere) == []
        assert [each.id for each in bo.node.commons.all()] == communities

    def test_events_of_another_community_under_the_name_of_ours(self, tmp_path: Path) -> None:
        (ada, bo), community = settle(tmp_path, "ada", "bo")
        elsewhere = ada.found("Elsewhere")
        said = ada.say(elsewhere)
        done = taken(bo, forged(ada, made(ada, elsewhere), communities=(community,)))
        assert done.damage is not None or done.summary.events_in == 0
        assert not bo.home.store.log.has(said)

    def test_of_several_communities(self, tmp_path: Path) -> None:
        (ada, bo), community = settle(tmp_path, "ada", "bo")
        both = tuple(sorted((community, ada.found("Elsewhere"))))
        said = ada.say(community)
        with pytest.raises(BundleError):
            taken(bo, forged(ada, made(ada, community), communities=both))
        assert not bo.home.store.log.has(said)

    @pytest.mark.parametrize("count", [1024, 1025])
    def test_for_more_than_a_parcel_can_be_sealed_to(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int
    ) -> None:
        (ada, bo), community = settle(tmp_path, "ada", "bo")
        keys = [*making.recipients(ada.node, community), *(seed(f"key {n}") for n in range(2000))]
        monkeypatch.setattr(making, "recipients", lambda *_: keys[:count])
        dir = tmp_path / "stick"
        dir.mkdir()
        said = ada.say(community)
        if count > 1024:
            with pytest.raises(ParcelTooLargeError):
                trading.write(ada.node, Disk(), dir)
            assert list((dir / "hearth").iterdir()) == []
            return
        trading.write(ada.node, Disk(), dir)
        assert trading.read(bo.node, Disk(), dir).bad == []
        assert said in all_events(bo, community)

    def test_for_somebody_else(self, tmp_path: Path) -> None:
        (ada, bo, cy), community = settle(tmp_path, "ada", "bo", "cy")
        ada.say(community)
        only = keys_of(ada, community, bo)
        data = made(ada, community, sealed=True, recipients=only)
        with pytest.raises(NotForUsError):
            taken(cy, data)
        assert taken(bo, data).whole

    def test_sealed_again_by_somebody_else(self, tmp_path: Path) -> None:
        """Who carries a bundle may seal it to others: what it says is its author's still."""
        (ada, bo, cy), community = settle(tmp_path, "ada", "bo", "cy")
        said = ada.say(community)
        plain = made(ada, community)
        done = taken(bo, resealed(cy, community, plain))
        assert (done.header.device, done.whole) == (ada.device, True)
        assert said in all_events(bo, community)

    def test_by_somebody_who_was_put_out(self, tmp_path: Path) -> None:
        (ada, bo, cy), community = settle(tmp_path, "ada", "bo", "cy")
        ada.remove(cy, community)
        late = cy.say(community, "still here")
        control = made(ada, community, lanes=lambda lane: lane == Lane.CONTROL)
        assert taken(bo, control).whole
        with pytest.raises(OutError):
            taken(bo, made(cy, community))
        assert late not in all_events(bo, community)

    def test_who_was_put_out_and_comes_back(self, tmp_path: Path) -> None:
        """The bundle that says so is read before those that were refused without it."""
        clock = Clock()
        (ada, bo, cy), community = settle(tmp_path, "ada", "bo", "cy", clock=clock)
        ada.remove(cy, community)
        carry(ada, bo, community)
        clock.now += 10
        admit(ada, cy, community)
        said = cy.say(community, "here again")
        place = folder.made(Disk(), tmp_path)
        (place / f"{1:016x}.hearth").write_bytes(made(cy, community, lanes=chat_only))
        clock.now += 10
        control = made(ada, community, lanes=lambda lane: lane == Lane.CONTROL)
        (place / f"{2:016x}.hearth").write_bytes(control)
        read = trading.read(bo.node, Disk(), tmp_path)
        assert (read.bad, said in all_events(bo, community)) == ([], True)

    def test_under_a_key_that_is_not_the_communitys(self, tmp_path: Path) -> None:
        (ada, bo), community = settle(tmp_path, "ada", "bo")
        data = made(ada, community, sealed=True, bare=True, key=bytes(32), lanes=chat_only)
        with pytest.raises(NotForUsError):
            taken(bo, data)

    def test_the_control_lane_alone_is_taken_from_somebody_unknown(self, tmp_path: Path) -> None:
        """A device that was admitted while we were away introduces itself."""
        (ada, bo), community = settle(tmp_path, "ada", "bo")
        cy = Neighbour(tmp_path, "cy", ada.clock)
        admit(ada, cy, community)
        said = cy.say(community, "I am new")
        before = len(all_events(bo, community))
        done = taken(bo, made(cy, community))
        assert done.whole
        assert done.summary.events_in == len(all_events(bo, community)) - before > 1
        assert said in all_events(bo, community)
        assert "cy" in bo.names(community)

    def test_a_fork_elsewhere_keeps_nobody_from_introducing_themselves(
        self, tmp_path: Path
    ) -> None:
        """Its proof goes first in a bundle, and is about a lane that is taken of members alone."""
        (ada, bo), community = settle(tmp_path, "ada", "bo")
        twin = copied(bo, "twin")
        one, two = bo.say(community, "one way"), twin.say_as_is(community, "another")
        carry(twin, bo, community)
        carry(bo, ada, community)
        cy = Neighbour(tmp_path, "cy", ada.clock)
        admit(ada, cy, community)
        carry(ada, cy, community)
        said = cy.say(community, "I am new")
        assert len(cy.home.store.log.fork_proofs(community)) == 1
        done = taken(bo, made(cy, community))
        assert done.whole
        assert {one, two, said} <= set(all_events(bo, community))
        assert "cy" in bo.names(community)


def keys_of(who: Neighbour, community: bytes, *others: Neighbour) -> list[bytes]:
    return making.recipients(who.node, community, [each.device for each in others])


def resealed(who: Neighbour, community: bytes, data: bytes) -> bytes:
    to = Devices(making.recipients(who.node, community))
    sealer = Sealer(who.home.signer(who.clock()), to, bytes(16), 20_900)
    ready = [sealer.add(data[at : at + 60_000]) for at in range(0, len(data), 60_000)]
    return b"".join([sealer.head, *ready, *sealer.finish()])


class TestPast:
    def test_events_without_their_past_are_held_and_completed(self, tmp_path: Path) -> None:
        (ada, bo), community = settle(tmp_path, "ada", "bo")
        for n in range(5):
            ada.say(community, str(n))
        taken_level = level_after(ada, community)
        for n in range(5):
            ada.say(community, f"later {n}")
        late = made(ada, community, readers=[taken_level])
        early = made(ada, community)
        done = taken(bo, late)
        assert (done.whole, done.summary.events_in) == (True, 5)
        [chain] = [each for each in chains(bo, community) if each.device == ada.device]
        assert not chain.plain
        assert taken(bo, early).whole
        [chain] = [each for each in chains(bo, community) if each.device == ada.device]
        assert chain.plain
        assert all_events(ada, community) == all_events(bo, community)

    def test_the_same_one_again_and_again(self, tmp_path: Path) -> None:
        (ada, bo), community = settle(tmp_path, "ada", "bo")
        ada.say(community)
        data = made(ada, community, sealed=True)
        first = taken(bo, data)
        for _ in range(3):
            again = taken(bo, data)
            assert (again.whole, again.summary.events_in) == (True, 0)
        assert first.summary.events_in == 1

    def test_last_years_after_a_newer_one(self, tmp_path: Path) -> None:
        clock = Clock()
        (ada, bo), community = settle(tmp_path, "ada", "bo", clock=clock)
        ada.say(community, "old")
        old = made(ada, community, sealed=True)
        clock.now += 366 * 86_400
        ada.say(community, "new")
        taken(bo, made(ada, community, sealed=True))
        there = all_events(bo, community)
        done = taken(bo, old)  # its parcel has expired; what came late is better than nothing
        assert (done.whole, done.summary.events_in) == (True, 0)
        assert all_events(bo, community) == there


def chains(who: Neighbour, community: bytes) -> list[Any]:
    return replica(who, community).chains(community, Lane.CHAT)


def level_after(who: Neighbour, community: bytes) -> Level:
    """What somebody has who has everything that this one has by now."""
    header, records = parts(made(who, community))
    return front.read(header, [each for each in records if each[0] in FRONTS])


# media


class ReadOnly(Seam):
    """A stick with its switch on."""

    CHANGES = frozenset({"write", "truncate", "unlink", "replace", "mkdir", "sync"})

    def disk(self, operation: str, path: Path, function: Callable[..., Any], args: Any) -> Any:
        makes = operation == "open" and args[1] & (os.O_CREAT | os.O_RDWR)
        if operation in self.CHANGES or makes:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))
        return function(*args)


class Rotten(Seam):
    """A stick that gives back something else than was written to it."""

    def __init__(self, at: int) -> None:
        self.at = at

    def disk(self, operation: str, path: Path, function: Callable[..., Any], args: Any) -> Any:
        result = function(*args)
        if operation == "read" and path.suffix in (".part", ".tmp") and result:
            at = min(self.at, len(result) - 1)
            return flipped(bytes(result), at, 0)
        return result


class Yanked(Seam):
    """A stick that is gone from the nth call on."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.calls = 0

    def disk(self, operation: str, path: Path, function: Callable[..., Any], args: Any) -> Any:
        if operation == "close":
            return function(*args)
        self.calls += 1
        if self.calls > self.at:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return function(*args)


class TestMedia:
    def test_a_stick_that_is_read_only(self, tmp_path: Path) -> None:
        (ada, bo), community = settle(tmp_path, "ada", "bo")
        dir = tmp_path / "stick"
        dir.mkdir()
        ada.say(community)
        visit(ada, dir)
        bo.say(community)
        there = {path: path.read_bytes() for path in bundles(dir)}
        with SeamDisk(ReadOnly()) as disk:
            read = trading.read(bo.node, disk, dir)
            assert (len(read.taken), read.bad) == (1, [])
            with pytest.raises(DiskError):
                trading.write(bo.node, disk, dir)
        assert {path: path.read_bytes() for path in (dir / "hearth").iterdir()} == there

    @pytest.mark.parametrize("kind", ["ENOSPC", "EIO", "short"])
    def test_any_call_that_fails_while_writing(self, tmp_path: Path, kind: str) -> None:
        """Nothing is half written, and what was there before is there still, in one or another."""
        (ada, bo), community = settle(tmp_path, "ada", "bo")
        start, dir = tmp_path / "start", tmp_path / "stick"
        start.mkdir()
        old = ada.say(community)
        visit(ada, start)
        new = ada.say(community, noise(1, 5000).hex())
        at = failed = 0
        while True:
            shutil.rmtree(dir, ignore_errors=True)
            shutil.copytree(start, dir)
            fault = Fault(at, kind)
            with SeamDisk(fault) as disk:
                try:
                    trading.write(ada.node, disk, dir)
                    said_safe = True
                except (DiskError, NoSpaceError):
                    failed += 1
                    said_safe = False
            for path in bundles(dir):
                assert looked(bo, path.read_bytes())[1] is None, (at, fault.hit)
            if kind != "EIO":  # removing may fail as well
                assert not [each for each in (dir / "hearth").iterdir() if each.suffix == ".part"]
            twin = copied(bo, "twin")
            assert trading.read(twin.node, Disk(), dir).bad == []
            assert old in all_events(twin, community), fault.hit
            assert new in all_events(twin, community) or not said_safe, fault.hit
            twin.home.close()
            if at >= fault.calls:
                break
            at += 1
        assert failed > 2 or kind == "short"

    def test_what_does_not_read_back(self, tmp_path: Path) -> None:
        (ada, _), community = settle(tmp_path, "ada", "bo")
        dir = tmp_path / "stick"
        dir.mkdir()
        ada.say(community)
        for at in (0, 100, 1 << 20):
            with SeamDisk(Rotten(at)) as disk, pytest.raises(UnreadableError):
                trading.write(ada.node, disk, dir)
            assert list((dir / "hearth").iterdir()) == []
            with SeamDisk(Rotten(at)) as disk, pytest.raises(UnreadableError):
                folder.write_file(disk, dir / "one.hearth", iter([b"a bundle"]))
            assert not (dir / "one.hearth").exists()

    @pytest.mark.parametrize("room", [0, 4, 5])
    def test_a_stick_that_claims_to_be_larger_than_it_is(self, tmp_path: Path, room: int) -> None:
        """It takes everything, and puts what it has no room for over the beginning. Whoever read
        each piece back at once would find nothing wrong. `room`: in pieces; 0 for a true one."""
        data = noise(1, 5 * streaming.PIECE)
        size = room * streaming.PIECE

        class Lying(Seam):
            def disk(
                self, operation: str, path: Path, function: Callable[..., Any], args: Any
            ) -> Any:
                if operation != "write" or not size or args[2] < size:
                    return function(*args)
                function(args[0], args[1], args[2] % size)
                os.ftruncate(args[0], args[2] + len(args[1]))
                return len(args[1])

        with SeamDisk(Lying()) as disk:
            if room == 4:
                with pytest.raises(UnreadableError):
                    folder.write_file(disk, tmp_path / "one.hearth", iter([data]))
                assert list(tmp_path.iterdir()) == []
            else:
                assert folder.write_file(disk, tmp_path / "one.hearth", iter([data])) == len(data)
                assert (tmp_path / "one.hearth").read_bytes() == data

    def test_a_file_is_replaced_only_by_a_whole_one(self, tmp_path: Path) -> None:
        path = tmp_path / "one.hearth"
        path.write_bytes(b"old")

        def torn() -> Any:
            yield b"new"
            raise NoSpaceError("says the test")

        with pytest.raises(NoSpaceError):
            folder.write_file(Disk(), path, torn())
        assert [each.name for each in tmp_path.iterdir()] == ["one.hearth"]
        assert path.read_bytes() == b"old"
        assert folder.write_file(Disk(), path, iter([b"ne", b"w"])) == 3
        assert path.read_bytes() == b"new"

    def test_a_stick_that_is_pulled_out_while_it_is_read(self, tmp_path: Path) -> None:
        (ada, bo), community = settle(tmp_path, "ada", "bo")
        dir = tmp_path / "stick"
        dir.mkdir()
        for n in range(30):
            ada.say(community, noise(n, 30_000).hex())
        visit(ada, dir)
        at = 0
        while True:
            twin = copied(bo, "twin")
            seam = Yanked(at)
            with SeamDisk(seam) as disk:
                read = trading.read(twin.node, disk, dir)
            if seam.calls <= at:
                assert read.bad == []
                break
            assert [isinstance(error, DiskError) for _, error in read.bad] == [True]
            assert check(twin.home.store, now=twin.clock()).sound
            assert trading.read(twin.node, Disk(), dir).bad == []
            assert all_events(twin, community) == all_events(ada, community)
            twin.home.close()
            at += 1
        assert at > 3
        assert all_events(twin, community) == all_events(ada, community)


# the power goes, or the stick


def life(tmp_path: Path, forget: Collection[str] = ()) -> tuple[list[Op], Neighbour]:
    """What is done to a stick in three visits, each told when it is safe to remove."""
    (ada, bo), community = settle(tmp_path, "ada", "bo")
    dir = tmp_path / "stick"
    dir.mkdir()
    recorder = Recorder(dir, forget)
    with SeamDisk(recorder) as disk:
        for n in range(3):
            ada.say(community, noise(n, 25_000).hex())
            trading.write(ada.node, disk, dir)
            recorder.acknowledge(frozenset(path.name for path in bundles(dir)))
        carry(ada, bo, community)
        taken(ada, made(bo, community))
        trading.write(ada.node, disk, dir)  # all have what is there: it goes
        recorder.acknowledge(frozenset())
    assert bundles(dir) == []
    return recorder.trace, bo


def verdicts(tmp_path: Path, forget: Collection[str], count: int, seed: int) -> list[str]:
    """What is wrong after so many cuts: a bundle that is not whole, or not there."""
    trace, bo = life(tmp_path, forget)
    bad = []
    for n, state in enumerate(states(trace, count, seed)):
        root = tmp_path / f"state-{n}"
        state.wreck.write_to(root, tmp_path / "stick")
        there = bundles(root)
        for path in there:
            if looked(bo, path.read_bytes())[1] is not None:
                bad.append(f"{state.how} at {state.cut}: {path.name} is torn")
        safe = (state.acknowledged or frozenset()) & (state.following or frozenset())
        lost = safe - {path.name for path in there}
        if lost:
            bad.append(f"{state.how} at {state.cut}: {lost} are not there")
    return bad


def test_the_power_or_the_stick_goes_at_any_moment(tmp_path: Path) -> None:
    assert verdicts(tmp_path, [], 120, seed=1) == []


def test_it_goes_while_much_is_written_past_the_systems_copies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming, "PIECE", 2 * streaming.PAGE)
    monkeypatch.setattr(streaming, "PAST", streaming.PAGE)
    assert verdicts(tmp_path, [], 120, seed=1) == []
    assert verdicts(tmp_path / "unsynced", ["packs"], 60, seed=1) != []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 6))
def test_it_goes_everywhere(tmp_path: Path, seed: int) -> None:
    assert verdicts(tmp_path, [], 600, seed) == []


@pytest.mark.parametrize("forgotten", ["packs", "names"])
def test_without_its_syncs_the_writer_fails_this_test(tmp_path: Path, forgotten: str) -> None:
    assert verdicts(tmp_path, [forgotten], 120, seed=1) != []


def test_written_from_the_disk_and_read_back_before_it_is_said_to_be_there(tmp_path: Path) -> None:
    """In this order: write, sync, read, rename, and the sync of the folder."""
    (ada, _), community = settle(tmp_path, "ada", "bo")
    ada.say(community)
    did = []

    class Noting(Seam):
        def disk(self, operation: str, path: Path, function: Callable[..., Any], args: Any) -> Any:
            did.append(operation)
            return function(*args)

    folder.made(Disk(), tmp_path)
    with SeamDisk(Noting()) as disk:
        [path] = written(trading.write(ada.node, disk, tmp_path)[0])
    order = [each for each in did if each in ("write", "sync", "replace", "sync-dir")]
    assert order == ["write", "sync", "replace", "sync-dir"]
    assert "read" in did[did.index("sync") : did.index("replace")]
    assert path.exists()


def test_what_is_for_others_is_tried_with_few_keys(tmp_path: Path) -> None:
    """Hundreds of stanzas, a tenth of a millisecond each and for each key: only long-lived ones."""
    clock = Clock()
    (ada, bo), community = settle(tmp_path, "ada", "bo", clock=clock)
    for _ in range(5):
        clock.now += prekeys.RENEWED
        bo.keyring.tend(clock())
    assert len(opening._own(bo.node)) == 1
    said = ada.say(community)
    data = made(ada, community, sealed=True)
    with bo.home.store.batch() as batch, batch.transaction() as tx:
        tx.must_not_go_on()
    bo.home.signer(clock())  # a new device: what is on its way to the old one can be read
    assert len(opening._own(bo.node)) == 2
    taken(bo, data)
    assert bo.home.store.log.has(said)


@pytest.mark.parametrize("first", [0x0F, *range(0x10, 0x14), 0x20, 0x89])
def test_what_is_no_bundle_of_any_version_is_told_how_it_is_read(first: int) -> None:
    """Short frames among them, which are no parcels of version 16."""
    data = bytes((first,)) + bytes(150)
    with pytest.raises(NotForUsError if first < 0x10 else BundleError) as raised:
        opening.look(None, lambda: iter([data]))
    assert any("file:FILE" in hint for hint in raised.value.hints) == (first >= 0x10)
