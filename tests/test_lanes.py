"""Folding a lane: at once or step by step, by many or by few, comes to the same."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apsw
import pytest
from market_kit import DAY, Clock, Trader, admit, carry, listing, mix, street

from hearth import kinds, lane_following, lanes, retention
from hearth.community import acts
from hearth.community.records import Role
from hearth.corpora.cache import open_cache
from hearth.lane_following import Following
from hearth.market import folding, records, state
from hearth.market.folding import FOLD
from hearth.market.records import (
    Act,
    Action,
    ChangeRecord,
    ClaimRecord,
    DecisionRecord,
    Record,
    ReportRecord,
    Verdict,
    VouchRecord,
)
from hearth.store import said
from hearth.store.event import Event
from hearth.store.header import Lane, encode
from hearth.store.said import Said


def write(trader: Trader, community: bytes, kind: int, record: Record) -> bytes:
    now, store = trader.clock(), trader.home.store
    with store.batch() as batch, batch.transaction() as tx:
        return store.log.append(
            tx, trader.home.signer(now), community, Lane.MARKET, kind, records.encode(record),
            wall=now,
        ).id  # fmt: skip


def folded(trader: Trader) -> apsw.Connection:
    """A cache.db in memory with all there is."""
    connection = open_cache(None)
    lanes.make(connection, FOLD)
    lanes.update(connection, trader.home, trader.node.commons, FOLD, now=trader.clock())
    return connection


def appoint(steward: Trader, other: Trader, community: bytes) -> None:
    """Make somebody a steward."""
    membership = steward.node.commons.membership(community)
    member = membership.members[other.person]
    with steward.home.store.batch() as batch, batch.transaction() as tx:
        acts.set_role(steward.home, tx, membership, member, Role.STEWARD, steward.clock())


def words(connection: apsw.Connection) -> list[Any]:
    """What the full-text index of the market holds: every word with its places."""
    connection.execute(
        "CREATE VIRTUAL TABLE IF NOT EXISTS temp.held USING fts5vocab(main, market_words, instance)"
    )
    return connection.execute("SELECT * FROM temp.held ORDER BY term, doc, col, offset").fetchall()


def rows(connection: apsw.Connection) -> dict[str, list[Any]]:
    """What stands in the tables of the market, and under which names and indices."""
    names = connection.execute(
        "SELECT name, sql FROM sqlite_schema WHERE name LIKE 'market%' ORDER BY name"
    ).fetchall()
    kept = [each for each in FOLD.tables if each != "market_words"]
    tables = [*kept, "market_devices", "market_events", "market_waiting"]
    found = {
        each: connection.execute(f"SELECT * FROM {each} ORDER BY 1, 2").fetchall()
        for each in tables
    }
    found["market_words"] = words(connection)
    # Devices are numbered as they are met, and what counts is whose an event is.
    found["market_devices"] = sorted(row[1:] for row in found["market_devices"])
    found["market_events"] = connection.execute(
        "SELECT arrival, id, device, kind, lamport, sequence, wall, sealed, body, subject, counts"
        " FROM market_events JOIN market_devices ON number = author ORDER BY arrival"
    ).fetchall()
    return {"schema": names, **found}


def busy(folder: Path) -> tuple[list[Trader], bytes]:
    """Two who list, claim, decide and vouch for each other."""
    (ada, bo), community = street(folder, "ada", "bo")
    rng, ids = random.Random(3), []
    for number in range(12):
        title = f"thing {number}"
        ids.append(write(ada, community, kinds.LISTING, listing(ada.clock(), title=title)))
    carry(ada, bo, community)
    for id in rng.sample(ids, 6):
        claim = write(bo, community, kinds.CLAIM, ClaimRecord(id, 1000))
        carry(bo, ada, community)
        write(ada, community, kinds.DECISION, DecisionRecord(id, claim, Action.ACCEPT, 1000))
    write(ada, community, kinds.VOUCH, VouchRecord(bo.person, "kind"))
    mix([ada, bo], community)
    return [ada, bo], community


def test_in_one_go_or_in_many_the_tables_are_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (ada, _), community = busy(tmp_path)
    slow = open_cache(None)
    lanes.make(slow, FOLD)
    fresh = {row[1] for row in rows(slow)["schema"]}
    events = [*ada.home.store.log.events(community)]
    whole, whole_said = ada.home.store.log.events, ada.home.store.log.said
    for last in range(0, len(events) + 1, 5):
        known = events[last - 1].arrival if last else 0

        def some(known: int = known, **how: Any) -> Iterator[Event]:
            return (each for each in whole(**how) if each.arrival <= known)

        def some_said(kinds: tuple[int, ...], after: int = 0, known: int = known) -> Iterator[Said]:
            return (each for each in whole_said(kinds, after) if each.arrival <= known)

        monkeypatch.setattr(ada.home.store.log, "events", some)
        monkeypatch.setattr(ada.home.store.log, "said", some_said)
        monkeypatch.setattr(ada.home.store.log, "last_arrival", lambda known=known: known)
        lanes.update(slow, ada.home, ada.node.commons, FOLD, now=ada.clock())
    monkeypatch.undo()
    lanes.update(slow, ada.home, ada.node.commons, FOLD, now=ada.clock())
    quick = rows(folded(ada))
    assert quick == rows(slow)
    assert {row[1] for row in quick["schema"]} == fresh
    assert len(quick["market_listings"]) == 12
    assert len(quick["market_claims"]) == 6
    monkeypatch.setattr(lane_following, "_PAGE", 2)
    assert rows(folded(ada)) == quick


@pytest.mark.parametrize(("room", "read_back"), [(0, 13), (1, 12), (4000, 9), (32 << 20, 0)])
def test_entries_at_hand_and_entries_read_back_come_to_the_same(
    room: int, read_back: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (ada, _), _ = busy(tmp_path)
    whole, asked = rows(folded(ada)), list[int]()
    read = Following._read

    def counted(self: Following, ids: set[bytes]) -> dict[lanes.Subject, list[lanes.Entry]]:
        asked.append(len(ids))
        return read(self, ids)

    monkeypatch.setattr(Following, "_read", counted)
    monkeypatch.setattr(lane_following, "_AT_HAND", room)
    assert rows(folded(ada)) == whole
    assert sum(asked) == read_back


def test_what_somebody_wrote_after_they_were_put_out_is_void_for_who_begins_anew(
    tmp_path: Path,
) -> None:
    """It is judged only once all of it was taken in."""
    (ada, bo), community = busy(tmp_path)
    ada.remove(bo, community)
    with bo.market() as market:
        (item, *_) = market.reading.decided_by(ada.person)
    late = write(bo, community, kinds.CLAIM, ClaimRecord(item.id, 1000))
    carry(bo, ada, community)
    stepwise = open_cache(None)
    lanes.make(stepwise, FOLD)
    for _ in range(2):
        lanes.update(stepwise, ada.home, ada.node.commons, FOLD, now=ada.clock())
    held = rows(folded(ada))
    assert held == rows(stepwise)
    assert [row[-1] for row in held["market_events"] if row[1] == late] == [0]
    assert late not in {row[0] for row in held["market_claims"]}


def test_what_is_erased_while_it_is_folded_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (ada, _), community = busy(tmp_path)
    log, id = ada.home.store.log, write(ada, community, kinds.LISTING, listing(ada.clock()))
    for number in range(60):  # so that more than one page is read
        write(ada, community, kinds.LISTING, listing(ada.clock(), title=f"later {number}"))
    whole, asked = log.said, list[bytes]()

    def meanwhile(kinds_: tuple[int, ...], after: int = 0) -> Iterator[Said]:
        for each in whole(kinds_, after):
            yield each
            if each.id == id and not asked:
                asked.append(id)
                with ada.home.store.batch() as batch, batch.transaction() as tx:
                    log.append(
                        tx, ada.home.signer(ada.clock()), community, Lane.MARKET, kinds.ERASE, None,
                        [id], wall=ada.clock(),
                    )  # fmt: skip

    monkeypatch.setattr(said, "_PAGE", 16)
    monkeypatch.setattr(log, "said", meanwhile)
    connection = folded(ada)
    assert asked
    held = connection.execute("SELECT body FROM market_events WHERE id = ?", (id,)).fetchall()
    assert held == [(None,)]
    assert not connection.execute("SELECT 1 FROM market_listings WHERE id = ?", (id,)).fetchall()
    assert connection.execute("SELECT count(*) FROM market_listings").get == 12 + 60


def test_a_vouch_that_was_taken_back_is_gone_where_nothing_was_ever_listed(tmp_path: Path) -> None:
    (ada, bo), community = street(tmp_path, "ada", "bo")
    id = write(ada, community, kinds.VOUCH, VouchRecord(bo.person, "kind"))
    with ada.market() as market:
        assert len(market.reading.vouches(community, bo.person)) == 1
    with ada.home.store.batch() as batch, batch.transaction() as tx:
        ada.home.store.log.erase(tx, id)
    retention.forget(ada.home, [], [], [id])
    with ada.market() as market:
        assert market.reading.vouches(community, bo.person) == []


def test_following_asks_nothing_once_for_each_event(tmp_path: Path) -> None:
    (ada, _), community = street(tmp_path, "ada", "bo")
    counts = []
    for more in (20, 200):
        for number in range(more):
            write(ada, community, kinds.LISTING, listing(ada.clock(), title=f"{number}"))
        connection = open_cache(None)
        lanes.make(connection, FOLD)
        asked = list[str]()
        connection.exec_trace = lambda _, sql, __, asked=asked: asked.append(sql) or True
        lanes.update(connection, ada.home, ada.node.commons, FOLD, now=ada.clock())
        # `executemany` is traced once for each row: what counts is what is written but once
        counts.append(sum(not sql.startswith("INSERT") for sql in asked))
    assert counts[0] == counts[1]


def test_what_waits_is_looked_at_again_only_when_it_might_be_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    people, community = street(tmp_path, "ada", "bo", "cy")
    ada, bo, cy = people
    id = ada.post(community, exact="Mill Lane 3")
    mix(people, community)
    claim = bo.claim(id)
    mix(people, community)
    ada.accept(claim)
    mix(people, community)
    with cy.market() as market:
        connection = market.connection
        waiting = connection.execute("SELECT arrival FROM market_waiting").fetchall()
        assert waiting  # for keys that only ada and bo have
        following = lane_following.Following(connection, cy.home, cy.node.commons, FOLD, None)
        assert not following.is_behind()
    taken = list[bytes]()
    take = lane_following.Following._take

    def noted(self: lane_following.Following, said: Said) -> None:
        taken.append(said.id)
        take(self, said)

    monkeypatch.setattr(lane_following.Following, "_take", noted)
    other = write(cy, community, kinds.LISTING, listing(cy.clock()))
    with cy.market() as market:
        assert market.reading.item(other) is not None
        assert market.connection.execute("SELECT arrival FROM market_waiting").fetchall() == waiting
    assert taken == [other]


def test_what_waited_is_taken_once_it_can_be(tmp_path: Path) -> None:
    """For the payload, and for the control event that says whose device wrote it."""
    (ada, bo), community = street(tmp_path, "ada", "bo")
    dee = Trader(tmp_path, "dee", ada.clock)
    admit(ada, dee, community)
    id = write(dee, community, kinds.LISTING, listing(dee.clock()))
    event = dee.home.store.log.get(id)

    def arrives(payload: bytes | None) -> None:
        store = bo.home.store
        with store.batch() as batch, batch.transaction() as tx:
            store.log.import_events(tx, [(encode(event.header), event.signature, payload)])

    def waiting(reason: int) -> bool:
        with bo.market() as market:
            assert market.reading.item(id) is None
            found = market.connection.execute("SELECT why FROM market_waiting").fetchall()
            return found == [(reason,)]

    arrives(None)
    assert waiting(lane_following._UNKNOWN_AUTHOR)
    arrives(event.payload)
    assert waiting(lane_following._UNKNOWN_AUTHOR)
    carry(ada, bo, community)
    assert bo.item(id).person == dee.person
    other = write(dee, community, kinds.LISTING, listing(dee.clock(), title="another"))
    event = dee.home.store.log.get(other)
    id = other
    arrives(None)
    assert waiting(lane_following._NO_PAYLOAD)
    with bo.market() as market:  # and nothing is tried before it is here
        following = lane_following.Following(
            market.connection, bo.home, bo.node.commons, FOLD, None
        )
        assert not following.is_behind()
    arrives(event.payload)
    assert bo.item(other).title == "another"


def test_a_first_fold_that_is_cut_short_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (ada, _), _ = busy(tmp_path)
    connection = open_cache(None)
    lanes.make(connection, FOLD)
    before, judged = rows(connection), list[bytes]()

    def judge(id: bytes, *rest: Any) -> Any:
        judged.append(id)
        if len(judged) == 5:
            raise MemoryError
        return state.judge(id, *rest)

    monkeypatch.setattr(folding, "judge", judge)
    with pytest.raises(MemoryError):
        lanes.update(connection, ada.home, ada.node.commons, FOLD, now=ada.clock())
    assert rows(connection) == before
    lanes.update(connection, ada.home, ada.node.commons, FOLD, now=ada.clock())
    assert rows(connection) == rows(folded(ada))


def test_what_leans_on_stewards_is_judged_anew_when_others_are(tmp_path: Path) -> None:
    people, community = street(tmp_path, "ada", "bo", "cy")
    ada, bo, cy = people
    id = ada.post(community)
    mix(people, community)
    write(bo, community, kinds.REPORT, ReportRecord(id, Verdict.HIDE, "rude"))
    mix(people, community)
    assert cy.item(id).standing == "open"
    made_anew = list[bytes]()
    refold = FOLD.refold

    def noted(
        connection: apsw.Connection, members: lanes.Members, subjects: Any, said: Any
    ) -> None:
        found = [*subjects]
        made_anew.extend(subject for (_, subject), _ in found)
        refold(connection, members, found, said)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(FOLD), "refold", lambda _, *told: noted(*told))
        dee = Trader(tmp_path, "dee", ada.clock)
        admit(ada, dee, community)  # the control lane changes, and no steward
        carry(ada, cy, community)
        assert cy.item(id).standing == "open"
        assert made_anew == []
    appoint(ada, bo, community)
    carry(ada, cy, community)
    assert cy.item(id).standing == "hidden"
    assert cy.item(id).hidden_reason == "rude"


def test_a_claim_writes_no_words_anew(tmp_path: Path) -> None:
    (ada, bo), community = street(tmp_path, "ada", "bo")
    id = ada.post(community)
    other = ada.post(community, title="another")
    mix([ada, bo], community)
    connection = folded(ada)
    bo.claim(id)
    write(ada, community, kinds.CHANGE, ChangeRecord(other, Act.EDIT, listing(0, title="anew")))
    carry(bo, ada, community)
    asked = list[str]()

    def noted(_: object, sql: str, __: object) -> bool:
        asked.append(sql)
        return True

    connection.exec_trace = noted
    lanes.update(connection, ada.home, ada.node.commons, FOLD, now=ada.clock())
    connection.exec_trace = None
    assert sum("INSERT INTO market_words(rowid" in sql for sql in asked) == 1  # of the one edited
    assert rows(connection) == rows(folded(ada))
    found = connection.execute("SELECT rowid FROM market_words WHERE market_words MATCH 'anew'")
    [number] = connection.execute("SELECT number FROM market_listings WHERE id = ?", (other,))
    assert found.fetchall() == [number]
    gone = connection.execute("SELECT 1 FROM market_words WHERE market_words MATCH 'another'")
    assert gone.fetchall() == []


def test_when_things_came_is_noted_also_where_nothing_comes_after(tmp_path: Path) -> None:
    clock = Clock()
    (ada, bo), community = street(tmp_path, "ada", "bo", clock=clock)
    id = ada.post(community, until=clock.now + 2 * DAY)
    clock.now += 20 * DAY  # by a stick that was long on its way
    with bo.market():
        pass
    clock.now += 60
    carry(ada, bo, community)
    assert bo.item(id).standing == "open"  # a minute after the last note
    clock.now += DAY
    assert bo.item(id).standing == "open"
    clock.now += 2 * DAY
    assert bo.item(id).standing == "expired"


def test_a_full_disk_is_told_as_one_and_leaves_what_there_was(tmp_path: Path) -> None:
    (ada, _), community = street(tmp_path, "ada", "bo")
    for number in range(60):
        title = f"{number} {'sacks of sand ' * 8}"
        write(ada, community, kinds.LISTING, listing(ada.clock(), title=title.strip()))
    connection = open_cache(tmp_path / "cache.db")
    lanes.make(connection, FOLD)
    before = rows(connection)
    pages = connection.execute("PRAGMA page_count").get
    connection.execute(f"PRAGMA max_page_count={pages}")
    with pytest.raises(apsw.FullError):
        lanes.update(connection, ada.home, ada.node.commons, FOLD, now=ada.clock())
    assert connection.get_autocommit()
    connection.execute("PRAGMA max_page_count=1073741823")
    assert rows(connection) == before
    lanes.update(connection, ada.home, ada.node.commons, FOLD, now=ada.clock())
    assert rows(connection) == rows(folded(ada))
    connection.close()
