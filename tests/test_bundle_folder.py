"""A folder that many use: what lies in it, what is written, read again, and cleaned away."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from audience_kit import Neighbour, admit, carry, mix, settle, settled
from bundle_kit import (
    Record,
    all_events,
    bundles,
    copied,
    forged,
    give,
    made,
    replica,
    taken,
    visit,
    want,
    written,
)
from mesh_kit import Clock
from store_kit import noise

from hearth.bundles import folder, known, reading, requests, trading
from hearth.bundles.content import FRAME
from hearth.bundles.level import Level
from hearth.bundles.trading import write
from hearth.store import budget, timely
from hearth.store.disk import Disk, DiskError
from hearth.store.errors import NoSpaceError
from hearth.store.header import Lane, encode
from hearth.sync.blocks_out import BlockWriter
from hearth.sync.bundle import Type
from hearth.sync.intake import MAX_USELESS
from hearth.sync.parcel import PIECE


def stick(tmp_path: Path, name: str = "stick") -> Path:
    path = tmp_path / name
    path.mkdir()
    return path


def level_of(who: Neighbour, other: Neighbour, community: bytes) -> Level:
    found = known.known(who.home.store, other.device, community)
    assert found is not None
    return found


class TestWriting:
    def test_nothing_new_nothing_written(self, tmp_path: Path) -> None:
        (ada, bo), community = settle(tmp_path, "ada", "bo")
        dir = stick(tmp_path)
        ada.say(community)
        assert len(written(visit(ada, dir)[1])) == 1
        assert written(visit(ada, dir)[1]) == []
        visit(bo, dir)
        visit(ada, dir)
        for who in (bo, ada, bo, ada):
            assert written(visit(who, dir)[1]) == []

    def test_only_what_is_new_is_written(self, tmp_path: Path) -> None:
        (ada, _), community = settle(tmp_path, "ada", "bo")
        dir = stick(tmp_path)
        ada.say(community)
        visit(ada, dir)
        ada.say(community, "second")
        _, wrote = visit(ada, dir)
        assert [each.events for each in wrote] == [1]

    def test_a_chain_with_a_gap_is_not_written_again_and_again(self, tmp_path: Path) -> None:
        (ada, bo, cy), community = settle(tmp_path, "ada", "bo", "cy")
        for n in range(6):
            cy.say(community, str(n))
        gapped(ada, cy, community, keep=lambda n: n != 2)
        dir = stick(tmp_path)
        assert len(written(visit(ada, dir)[1])) == 1
        assert written(visit(ada, dir)[1]) == []
        visit(bo, dir)
        assert [each.events for each in visit(ada, dir)[1]] == [0]
        cy.say(community, "and more")
        gapped(ada, cy, community, keep=lambda n: n == 6)
        _, wrote = visit(ada, dir)
        assert [each.events for each in wrote] == [1]
        visit(bo, dir)
        assert all_events(ada, community) == all_events(bo, community)
        carry(cy, bo, community)
        visit(bo, dir)
        visit(ada, dir)
        assert all_events(ada, community) == all_events(cy, community)

    def test_a_forked_chain_is_not_written_again_and_again(self, tmp_path: Path) -> None:
        (ada, bo, cy), community = settle(tmp_path, "ada", "bo", "cy")
        cy.say(community, "before")
        mix([ada, bo, cy], community)
        twin = copied(cy, "twin")
        one, two = cy.say(community, "one way"), twin.say_as_is(community, "another")
        carry(cy, ada, community)
        carry(twin, ada, community)
        assert {one, two} <= set(all_events(ada, community))
        dir = stick(tmp_path)
        assert len(written(visit(ada, dir)[1])) == 1
        assert written(visit(ada, dir)[1]) == []
        visit(bo, dir)
        assert {one, two} <= set(all_events(bo, community))
        assert [each.events for each in visit(ada, dir)[1]] == [0]

    def test_receipts_alone_are_written_and_stay_until_all_have_them(self, tmp_path: Path) -> None:
        (ada, bo), community = settle(tmp_path, "ada", "bo")
        dir = stick(tmp_path)
        ada.tell(ada.pair(bo, community), [bo], b"soup")
        visit(ada, dir)
        visit(bo, dir)  # states a receipt, and nothing else
        there = set(bundles(dir))
        for _ in range(3):
            assert written(visit(bo, dir)[1]) == []
            assert set(bundles(dir)) == there

    def test_whoever_comes_later_finds_what_was_cleaned_away(self, tmp_path: Path) -> None:
        (ada, bo), community = settle(tmp_path, "ada", "bo")
        dir = stick(tmp_path)
        first = ada.say(community, "first")
        visit(ada, dir)
        visit(bo, dir)
        second = ada.say(community, "second")
        visit(ada, dir)  # knows now that bo has the first: that bundle goes
        cy = Neighbour(tmp_path, "cy", ada.clock)
        requests.remember(cy.node, ada.invite(community))
        for who in (cy, ada, cy):
            visit(who, dir)
        assert {first, second} <= set(all_events(cy, community))

    def test_a_bundle_goes_when_all_have_stated_that_they_have_it(self, tmp_path: Path) -> None:
        (ada, bo, cy), community = settle(tmp_path, "ada", "bo", "cy")
        dir = stick(tmp_path)
        ada.say(community)
        [path] = written(visit(ada, dir)[1])
        visit(bo, dir)
        visit(ada, dir)
        assert path.exists()  # nothing is known of cy
        visit(cy, dir)
        visit(ada, dir)
        assert not path.exists()

    @pytest.mark.parametrize("count", [folder.MANY - 1, folder.MANY, folder.MANY + 1])
    def test_many_become_one(self, tmp_path: Path, count: int) -> None:
        (ada, bo), community = settle(tmp_path, "ada", "bo")
        dir = stick(tmp_path)
        for n in range(count):
            ada.say(community, str(n))
            write(ada.node, Disk(), dir)
        expected = count if count <= folder.MANY else 1
        assert len(bundles(dir)) == expected
        visit(bo, dir)
        assert all_events(ada, community) == all_events(bo, community)

    def test_many_do_not_become_one_that_has_less(self, tmp_path: Path) -> None:
        """Writing only some lanes, or with less room, never takes the rest away."""
        (ada, bo), community = settle(tmp_path, "ada", "bo")
        dir = stick(tmp_path)
        for n in range(folder.MANY):
            ada.say(community, str(n))
            write(ada.node, Disk(), dir)
        ada.say(community, "help", Lane.EMERGENCY)
        write(ada.node, Disk(), dir, lanes=lambda lane: lane <= Lane.EMERGENCY)
        assert len(bundles(dir)) == folder.MANY + 1
        visit(bo, dir)
        assert all_events(ada, community) == all_events(bo, community)

    def test_objects_that_do_not_fit_stay_where_they_are(self, tmp_path: Path) -> None:
        (ada, bo), community = settle(tmp_path, "ada", "bo")
        dir = stick(tmp_path)
        [id] = give(ada, community, noise(1, 30_000))
        write(ada.node, Disk(), dir)
        for n in range(folder.MANY):
            ada.say(community, str(n))
            write(ada.node, Disk(), dir, most=100)
        want(bo, id)
        visit(bo, dir)
        assert bo.home.store.has(id)
        assert all_events(ada, community) == all_events(bo, community)

    def test_no_more_objects_than_there_is_room_for(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (ada, bo), community = settle(tmp_path, "ada", "bo")
        dir = stick(tmp_path)
        ids = give(ada, community, *(noise(n, 20_000) for n in range(5)))
        monkeypatch.setattr(trading, "free", lambda path: 45_000)
        _, [wrote] = visit(ada, dir)
        assert (wrote.objects, wrote.left) == (2, 3)
        want(bo, *ids)
        read, _ = visit(bo, dir)
        assert read.taken[0][1].summary.objects_in == 2

    def test_what_was_said_of_objects_is_for_all_communities_together(self, tmp_path: Path) -> None:
        (ada, bo), community = settle(tmp_path, "ada", "bo")
        other = settled([ada, bo])
        dir = stick(tmp_path)
        for n, each in enumerate((community, other)):
            give(ada, each, noise(n, 20_000), noise(n + 2, 30_000))
        first, _ = write(ada.node, Disk(), dir, most=70_000)
        assert [(each.objects, each.left, each.full) for each in first] == [
            (2, 0, False), (1, 1, False),
        ]  # fmt: skip
        again, _ = write(ada.node, Disk(), dir, most=70_000)
        assert [(each.objects, each.left) for each in again] == [(0, 0), (1, 0)]

    def test_parts_each_of_use_alone(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(trading, "PART", 50_000)
        (ada, bo), community = settle(tmp_path, "ada", "bo")
        dir = stick(tmp_path)
        ids = give(ada, community, *(noise(n, 20_000) for n in range(5)))
        said = ada.say(community)
        paths = written(visit(ada, dir)[1])
        assert len(paths) == 3
        looked = [folder.look(ada.node, Disk(), path) for path in paths]
        assert all(each.lists and each.level and not each.level.objects for each in looked)
        heads = [each.taken for each in looked]
        assert [each.header.part for each in heads if each] == [1, 2, 3]
        assert [each.header.more for each in heads if each] == [True, True, False]
        want(bo, *ids)
        for count, path in zip((1, 3, 5), reversed(paths), strict=True):
            part = stick(tmp_path, path.name) / "hearth"
            part.mkdir()
            shutil.copy(path, part)
            trading.read(bo.node, Disk(), part)
            assert sum(bo.home.store.has(id) for id in ids) == count
        assert said in all_events(bo, community)
        paths[0].unlink()  # what the others say does not make up for it
        _, [wrote] = visit(ada, dir)
        assert (wrote.objects, wrote.events > 0) == (2, True)


def gapped(
    who: Neighbour, source: Neighbour, community: bytes, keep: Callable[[int], bool]
) -> None:
    """Let somebody have only some of what the source has said in its chat."""
    events = source.home.store.log.events(community, Lane.CHAT, device=source.device)
    some = [each for n, each in enumerate(events) if keep(n)]
    with who.home.store.batch() as batch, batch.transaction() as tx:
        rows = ((encode(each.header), each.signature, each.payload) for each in some)
        who.home.store.log.import_events(tx, rows, own=who.device)


class TestDamageToOurs:
    @pytest.mark.parametrize("how", ["cut", "flip", "empty"])
    def test_a_bundle_that_is_damaged_is_written_anew(self, tmp_path: Path, how: str) -> None:
        (ada, bo), community = settle(tmp_path, "ada", "bo")
        dir = stick(tmp_path)
        for n in range(10):
            ada.say(community, noise(n, 30_000).hex())
        [path] = written(visit(ada, dir)[1])
        data = path.read_bytes()
        assert len(data) > 4 * PIECE
        at = len(data) - PIECE // 2  # what is at the front is sound
        path.write_bytes({
            "cut": data[:at], "flip": data[:at] + bytes((data[at] ^ 1,)) + data[at + 1 :],
            "empty": b"",
        }[how])  # fmt: skip
        assert len(visit(bo, dir)[0].bad) == 1
        assert len(all_events(ada, community)) > len(all_events(bo, community))
        [again] = written(visit(ada, dir)[1])
        assert again != path
        assert path.exists() == (how == "empty")  # nobody can tell whose that was
        visit(bo, dir)
        assert all_events(ada, community) == all_events(bo, community)

    def test_when_one_of_several_is_taken_away(self, tmp_path: Path) -> None:
        (ada, bo), community = settle(tmp_path, "ada", "bo")
        dir = stick(tmp_path)
        for n in range(3):
            ada.say(community, str(n))
            visit(ada, dir)
        sizes = sorted(bundles(dir), key=lambda path: path.stat().st_mtime_ns)
        sizes[0].unlink()
        assert len(written(visit(ada, dir)[1])) == 1
        visit(bo, dir)
        assert all_events(ada, community) == all_events(bo, community)

    def test_an_emptied_folder_is_filled_again(self, tmp_path: Path) -> None:
        (ada, bo), community = settle(tmp_path, "ada", "bo")
        dir = stick(tmp_path)
        ada.say(community)
        visit(ada, dir)
        shutil.rmtree(dir / "hearth")
        visit(ada, dir)
        visit(bo, dir)
        assert all_events(ada, community) == all_events(bo, community)


class TestReading:
    def test_whatever_the_order_of_names(self, tmp_path: Path) -> None:
        """The bundle that needs what another says is read first, and is made use of."""
        (ada, bo), community = settle(tmp_path, "ada", "bo")
        cy = Neighbour(tmp_path, "cy", ada.clock)
        before = made(ada, community)
        assert before
        admit(ada, cy, community)
        said = cy.say(community, "I am new")
        carry(cy, ada, community)
        control = made(ada, community, lanes=lambda lane: lane == Lane.CONTROL)
        rest = made(ada, community, lanes=lambda lane: lane == Lane.CHAT)
        dir = stick(tmp_path) / "hearth"
        dir.mkdir()
        (dir / "0000000000000000.hearth").write_bytes(rest)
        (dir / "ffffffffffffffff.hearth").write_bytes(control)
        read = trading.read(bo.node, Disk(), dir)
        assert said in all_events(bo, community)
        assert (read.bad, len(read.taken)) == ([], 2)
        assert trading.read(bo.node, Disk(), dir).again == 2

    def test_what_was_not_understood_then_is_read_again_when_it_is(self, tmp_path: Path) -> None:
        (ada, bo), community = settle(tmp_path, "ada", "bo")
        cy = Neighbour(tmp_path, "cy", ada.clock)
        admit(ada, cy, community)
        said = cy.say(community, "I am new")
        carry(cy, ada, community)
        dir = stick(tmp_path) / "hearth"
        dir.mkdir()
        rest = made(ada, community, lanes=lambda lane: lane == Lane.CHAT)
        (dir / "0000000000000000.hearth").write_bytes(rest)
        for again in (0, 1, 1):
            assert trading.read(bo.node, Disk(), dir).again == again
        assert said not in all_events(bo, community)
        taken(bo, made(ada, community, lanes=lambda lane: lane == Lane.CONTROL))
        assert trading.read(bo.node, Disk(), dir).again == 0
        assert said in all_events(bo, community)
        assert trading.read(bo.node, Disk(), dir).again == 1

    def test_an_object_that_is_wanted_only_later(self, tmp_path: Path) -> None:
        (ada, bo), community = settle(tmp_path, "ada", "bo")
        dir = stick(tmp_path)
        one, two = give(ada, community, noise(1, 30_000), noise(2, 20_000))
        visit(ada, dir)
        read, _ = visit(bo, dir)
        assert read.taken[0][1].skipped == 2
        assert not bo.home.store.has(one)
        assert visit(bo, dir)[0].again == 1
        want(bo, one)
        read, _ = visit(bo, dir)
        assert (read.again, read.taken[0][1].summary.objects_in) == (0, 1)
        assert bo.home.store.has(one)
        assert not bo.home.store.has(two)
        assert visit(bo, dir)[0].again == 1

    def test_a_long_bundle_that_is_known_is_read_to_its_end(self, tmp_path: Path) -> None:
        """More records with nothing new than a session would bear; the new ones come last."""
        (ada, bo), community = settle(tmp_path, "ada", "bo")
        ada.say(community)
        known = made(ada, community)
        taken(bo, known)
        said = ada.say(community, "new")

        def repeated(records: list[Record]) -> list[Record]:
            runs = replica(ada, community).chains(community, Lane.CHAT)[0].runs
            spans = [(run.number, run.first, run.last) for run in runs]
            (rows,) = timely.pages(ada.home.store.connection, spans)
            writer = BlockWriter(FRAME)
            blocks = [block for _ in range(MAX_USELESS + 2) for block in writer.write(rows)]
            return [*records, *((Type.EVENTS, bytes((Lane.CHAT,)) + block) for block in blocks)]

        no_chats = made(ada, community, lanes=lambda lane: lane != Lane.CHAT)
        done = taken(bo, forged(ada, no_chats, repeated))
        assert (done.damage, done.summary.events_in) == (None, 1)
        assert said in all_events(bo, community)
        done = taken(bo, forged(ada, no_chats, repeated))
        assert (done.damage, done.summary.events_in) == (None, 0)
        assert done.summary.duplicates > MAX_USELESS

    def test_what_was_read_long_ago_is_forgotten(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (ada, bo), community = settle(tmp_path, "ada", "bo", clock=(clock := Clock()))
        dir = stick(tmp_path)

        def remembered() -> list[tuple[str, object]]:
            sql = "SELECT key, value FROM meta WHERE key LIKE 'bundle read %' ORDER BY value"
            return list(bo.home.store.connection.execute(sql))

        for most in (2, 3):
            monkeypatch.setattr(reading, "REMEMBERED", most)
            for n in range(4):
                clock.now += 3600
                ada.say(community, f"{most} {n}")
                visit(ada, dir)
                assert len(visit(bo, dir)[0].taken) == 1
            assert [value for _, value in remembered()][-1] == clock.now
            assert len(remembered()) == most
            assert visit(bo, dir)[0].taken == []

    def test_what_found_no_room_is_read_again(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (ada, bo), community = settle(tmp_path, "ada", "bo")
        dir = stick(tmp_path)
        said = ada.say(community, "x" * 1000)
        visit(ada, dir)

        def full(*args: object, **options: object) -> None:
            raise budget.OverBudgetError("full, says the test")

        with monkeypatch.context() as patch:
            patch.setattr(type(bo.home.store.log), "import_events", full)
            read = trading.read(bo.node, Disk(), dir)
        [(_, error)] = read.bad
        assert isinstance(error, NoSpaceError)
        assert said not in all_events(bo, community)
        trading.read(bo.node, Disk(), dir)
        assert said in all_events(bo, community)

    def test_the_same_folder_copied_or_renamed(self, tmp_path: Path) -> None:
        (ada, bo), community = settle(tmp_path, "ada", "bo")
        dir = stick(tmp_path)
        ada.say(community)
        visit(ada, dir)
        copy = tmp_path / "copy"
        shutil.copytree(dir, copy)
        visit(bo, dir)
        assert visit(bo, copy)[0].again == 1
        assert all_events(ada, community) == all_events(bo, community)
        dir.rename(tmp_path / "renamed")
        ada.say(community, "later")
        visit(ada, tmp_path / "renamed")
        visit(bo, tmp_path / "renamed")
        assert all_events(ada, community) == all_events(bo, community)


class TestLevels:
    def test_nothing_is_kept_of_who_is_no_member_any_more(self, tmp_path: Path) -> None:
        (ada, bo, cy), community = settle(tmp_path, "ada", "bo", "cy")
        for each in (ada, cy):
            each.say(community)
            taken(bo, made(each, community))
            assert known.known(bo.home.store, each.device, community) is not None
        ada.remove(cy, community)
        taken(bo, made(ada, community))
        assert known.known(bo.home.store, cy.device, community) is None
        assert known.known(bo.home.store, ada.device, community) is not None

    def test_last_years_bundle_does_not_put_anything_back(self, tmp_path: Path) -> None:
        clock = Clock()
        (ada, bo), community = settle(tmp_path, "ada", "bo", clock=clock)
        ada.say(community, "old")
        old = made(ada, community)
        clock.now += 365 * 86_400
        ada.say(community, "new")
        new = made(ada, community)
        taken(bo, new)
        before = level_of(bo, ada, community).chains
        assert taken(bo, old).whole
        assert level_of(bo, ada, community).chains == before
        assert all_events(ada, community) == all_events(bo, community)

    def test_a_clock_that_was_put_back_does_not_stop_anything(self, tmp_path: Path) -> None:
        clock = Clock()
        (ada, bo), community = settle(tmp_path, "ada", "bo", clock=clock)
        ada.say(community, "old")
        taken(bo, made(ada, community))
        before = level_of(bo, ada, community)
        clock.now = 1000  # a Pi without a battery
        ada.say(community, "new")
        taken(bo, made(ada, community))
        after = level_of(bo, ada, community)
        assert after.created == 1000
        assert after.chains != before.chains

    def test_a_level_is_what_its_author_holds(self, tmp_path: Path) -> None:
        (ada, bo), community = settle(tmp_path, "ada", "bo")
        for n in range(3):
            ada.say(community, str(n))
        taken(bo, made(ada, community))
        there = level_of(bo, ada, community)
        chains = bo.node.replica(bo.device, {community: bo.node.access.grant(community)})
        for lane in Lane:
            for chain in chains.chains(community, lane):
                held = there.held(chains, lane, chain)
                assert held == {run.number: [(run.first, run.last)] for run in chain.runs}
        bo.say(community, "not known to ada")
        [mine] = [each for each in chains.chains(community, Lane.CHAT) if each.device == bo.device]
        assert there.held(chains, Lane.CHAT, mine) == {}


class TestNames:
    def test_only_plain_files_of_the_right_name_are_read(self, tmp_path: Path) -> None:
        (ada, bo), community = settle(tmp_path, "ada", "bo")
        dir = stick(tmp_path)
        ada.say(community)
        [path] = written(visit(ada, dir)[1])
        data, place = path.read_bytes(), path.parent
        outside = tmp_path / "outside"
        outside.write_bytes(data)
        path.unlink()
        (place / "0123456789abcdef.hearth").symlink_to(outside)
        (place / "1123456789abcdef.hearth").mkdir()
        os.mkfifo(place / "2123456789abcdef.hearth")
        for name in ("0123456789ABCDEF.hearth", "0123456789abcde.hearth", "x.hearth",
                     "0123456789abcdef0.hearth", ".0123456789abcdef.hearth", "a" * 248 + ".hearth",
                     "0123456789abcdef.hearth.exe", "0123456789abcdef.hearth ", "..hearth",
                     "0123456789abcdef.hearth\n", "\u0661123456789abcdef.hearth", "-rf.hearth",
                     "0123456789abcdef\\..\\x.hearth",
                     "3123456789abcdef.hearth\x1b[2J"):  # fmt: skip
            (place / name).write_bytes(data)
        (place / "3123456789abcdef.hearth").write_bytes(data)
        assert [each.name for each in bundles(dir)] == ["3123456789abcdef.hearth"]
        there = sorted(place.iterdir())
        read, _ = visit(bo, dir)
        assert len(read.taken) == 1
        assert set(there) <= set(place.iterdir())
        assert outside.read_bytes() == data

    def test_a_link_in_place_of_the_folder_is_not_followed(self, tmp_path: Path) -> None:
        (ada, bo), community = settle(tmp_path, "ada", "bo")
        dir, private = stick(tmp_path), tmp_path / "private" / "hearth"
        private.mkdir(parents=True)
        ada.say(community)
        visit(ada, private.parent)
        (private / f".{'0' * 16}.part").write_bytes(b"mine")
        there = sorted(private.iterdir())
        (dir / "hearth").symlink_to(private)
        assert bundles(dir) == []
        assert trading.read(bo.node, Disk(), dir).taken == []
        with pytest.raises(DiskError):
            trading.write(bo.node, Disk(), dir)
        assert sorted(private.iterdir()) == there

    def test_a_file_in_place_of_the_folder(self, tmp_path: Path) -> None:
        (ada, _), _ = settle(tmp_path, "ada", "bo")
        dir = stick(tmp_path)
        (dir / "hearth").write_bytes(b"")
        assert trading.read(ada.node, Disk(), dir).taken == []
        with pytest.raises(DiskError):
            trading.write(ada.node, Disk(), dir)

    def test_no_folder_at_all(self, tmp_path: Path) -> None:
        (ada, _), _ = settle(tmp_path, "ada", "bo")
        assert trading.read(ada.node, Disk(), tmp_path / "gone").taken == []
        with pytest.raises(DiskError):
            trading.write(ada.node, Disk(), tmp_path / "gone")

    def test_what_somebody_is_writing_is_left_alone(self, tmp_path: Path) -> None:
        (ada, _), community = settle(tmp_path, "ada", "bo")
        dir = stick(tmp_path)
        ada.say(community)
        place = folder.made(Disk(), dir)
        theirs, left = place / f".{'1' * 16}.part", place / f".{'2' * 16}.part"
        left.write_bytes(b"left behind")
        with Disk().open(theirs, write=True, exclusive=True) as file:
            assert file.lock(exclusive=True)
            visit(ada, dir)
            assert theirs.exists()
            assert not left.exists()
        visit(ada, dir)
        assert not theirs.exists()

    def test_no_more_files_than_there_may_be(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(folder, "MAX_FILES", 5)
        place = folder.made(Disk(), stick(tmp_path))
        for n in range(7):
            (place / f"{n:016x}.hearth").write_bytes(b"")
            assert len(bundles(place)) == min(n + 1, 5)
