"""Declarations in real logs of several hearths: whose word counts, what ends one, and when."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from contextlib import contextmanager
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from audience_kit import carry, founded, made_once, mix
from mesh_kit import NOW
from notice_kit import Crier

from hearth import kinds, lanes, retention
from hearth.community.commons import Commons
from hearth.condition import looking
from hearth.condition.axes import Clock as Clock_
from hearth.condition.declared import LATE, SHOWN, Declaration, Declared, is_emergency
from hearth.condition.declaring import (
    AlreadyDeclaredError,
    Declarer,
    NothingDeclaredError,
    NotStewardError,
)  # fmt: skip
from hearth.condition.fold import FOLD
from hearth.condition.keeping import Moment
from hearth.condition.known import known
from hearth.condition.records import (
    DEFAULT,
    HOUR,
    LONGEST,
    MAX_ENDS,
    MAX_REASON,
    DeclareRecord,
    Level,
    Status,
)  # fmt: skip
from hearth.corpora.cache import delete_cache
from hearth.framed import Written
from hearth.payload import RecordError
from hearth.store import cbor
from hearth.store.errors import UsageError
from hearth.store.event import Event
from hearth.store.header import encode
from hearth.sync import short
from hearth.sync.fit import Link, measure

VECTORS = json.loads((Path(__file__).parent / "vectors" / "declarations.json").read_text())
DAY = 86_400


class Steward(Crier):
    """A member who declares, with a clock that can be set."""

    @contextmanager
    def declared(self) -> Any:
        with Declared.open(self.home, self.node.commons, self.clock()) as declared:
            yield declared

    def _act(self, community: bytes, act: Callable[[Declarer], Written]) -> Event:
        with self.declared() as declared:
            now = self.clock()
            return act(Declarer(self.home, self.node.commons, declared, community, now)).event

    def declares(
        self, community: bytes, reason: str = "flood", level: Level = Level.EMERGENCY,
        status: Status = Status.ACTUAL, long: int = DEFAULT,
    ) -> Event:  # fmt: skip
        return self._act(community, lambda one: one.declare(level, status, reason, long))

    def renews(self, community: bytes, status: Status = Status.ACTUAL) -> Event:
        return self._act(community, lambda one: one.renew(status))

    def stands_down(self, community: bytes, status: Status = Status.ACTUAL) -> Event:
        return self._act(community, lambda one: one.stand_down(status, "over"))

    def heads(self, community: bytes, status: Status = Status.ACTUAL) -> list[Declaration]:
        with self.declared() as declared:
            found: list[Declaration] = declared.heads(community, status)
            return found

    def level(self, community: bytes, status: Status = Status.ACTUAL) -> Level:
        found = self.heads(community, status)
        return found[0].level if found else Level.OVER


def stewards(
    folder: Path, *names: str, members: tuple[str, ...] = ()
) -> tuple[list[Steward], bytes]:
    """A community of these; all but `members` are its stewards; each has a clock of its own."""
    made, community = made_once(Steward, folder, (*names, *members), None, founded)
    for each in made[1 : len(names)]:
        made[0].promotes(each, community)
    mix(made, community)
    return made, community


# whose word


def test_a_steward_declares_and_everybody_knows(tmp_path: Path) -> None:
    (ada, bo), community = stewards(tmp_path, "ada", members=("bo",))
    event = ada.declares(community, "river over the banks")
    mix([ada, bo], community)
    for each in (ada, bo):
        [found] = each.heads(community)
        assert (found.id, found.person, found.level) == (event.id, ada.person, Level.EMERGENCY)
        assert (found.reason, found.until) == ("river over the banks", NOW + DEFAULT)
        assert is_emergency(each.home, each.node.commons, community, NOW)
        at = Moment(NOW, 5.0, "")
        assert known(each.home, each.node.commons, at).mode.value == "emergency"
    with pytest.raises(NotStewardError):
        bo.declares(community)
    with pytest.raises(NotStewardError):
        bo.stands_down(community)


def test_what_others_declare_or_end_does_nothing(tmp_path: Path) -> None:
    (ada, bo), community = stewards(tmp_path, "ada", members=("bo",))
    bo.forges(
        community,
        kinds.DECLARE,
        DeclareRecord(Level.EMERGENCY, Status.ACTUAL, DEFAULT, "aliens").encode(),
    )
    mix([ada, bo], community)
    assert ada.heads(community) == bo.heads(community) == []
    event = ada.declares(community)
    mix([ada, bo], community)
    over = DeclareRecord(Level.OVER, Status.ACTUAL, 0, "", (event.id,))
    bo.forges(community, kinds.DECLARE, over.encode())
    mix([ada, bo], community)
    assert ada.level(community) is bo.level(community) is Level.EMERGENCY
    # whoever becomes a steward meant it all along; whoever is one no longer never did
    ada.promotes(bo, community)
    mix([ada, bo], community)
    assert ada.level(community) is Level.EMERGENCY  # bo's own stands


def test_a_removed_stewards_emergency_is_over(tmp_path: Path) -> None:
    (ada, bo), community = stewards(tmp_path, "ada", "bo")
    bo.declares(community)
    mix([ada, bo], community)
    assert ada.level(community) is Level.EMERGENCY
    ada.remove(bo, community)
    assert ada.level(community) is Level.OVER


# what ends what


def test_renewing_and_standing_down(tmp_path: Path) -> None:
    (ada, bo), community = stewards(tmp_path, "ada", "bo")
    with pytest.raises(NothingDeclaredError):
        ada.renews(community)
    with pytest.raises(NothingDeclaredError):
        ada.stands_down(community)
    ada.declares(community, "flood")
    mix([ada, bo], community)
    with pytest.raises(AlreadyDeclaredError):
        bo.declares(community, "again")
    bo.clock.now += 20 * HOUR
    bo.renews(community)
    mix([ada, bo], community)
    [found] = ada.heads(community)
    assert (found.person, found.reason) == (bo.person, "flood")
    assert found.until == NOW + 20 * HOUR + DEFAULT
    ada.stands_down(community)
    mix([ada, bo], community)
    assert bo.level(community) is Level.RECOVERY
    assert not is_emergency(bo.home, bo.node.commons, community, bo.clock())
    bo.stands_down(community)
    mix([ada, bo], community)
    assert ada.level(community) is Level.OVER


def test_a_watch_becomes_an_emergency_or_is_over(tmp_path: Path) -> None:
    (ada,), community = stewards(tmp_path, "ada")
    ada.declares(community, "storm", Level.WATCH)
    at = Moment(NOW, 5.0, "")
    assert known(ada.home, ada.node.commons, at).mode.value == "normal"
    assert not is_emergency(ada.home, ada.node.commons, community, NOW)
    ada.declares(community, "storm is here")
    assert [each.level for each in ada.heads(community)] == [Level.EMERGENCY]
    ada.stands_down(community)
    ada.declares(community, "another", Level.WATCH)
    assert ada.level(community) is Level.WATCH
    ada.stands_down(community)
    assert ada.level(community) is Level.OVER


def test_an_end_takes_away_what_its_author_had_seen_and_nothing_else(tmp_path: Path) -> None:
    (ada, bo, cy), community = stewards(tmp_path, "ada", "bo", "cy")
    ada.declares(community, "flood")
    mix([ada, bo, cy], community)
    bo.clock.now += 3600
    bo.renews(community)  # cut off from ada, who ends it
    for _ in range(5):
        ada.says(community, "chatter")
    ada.stands_down(community)
    mix([ada, bo, cy], community)
    for each in (ada, bo, cy):
        assert each.level(community) is Level.EMERGENCY
    cy.stands_down(community)  # who has seen both
    mix([ada, bo, cy], community)
    for each in (ada, bo, cy):
        assert each.level(community) is Level.RECOVERY


def test_the_same_everywhere_whatever_came_first(tmp_path: Path) -> None:
    rng = random.Random(7)
    made, community = stewards(tmp_path, "ada", "bo", "cy")
    for number in range(14):
        who = rng.choice(made)
        try:
            act = rng.choice((who.declares, who.renews, who.stands_down))
            act(community)
        except (AlreadyDeclaredError, NothingDeclaredError):
            who.declares(community, f"watch {number}", Level.WATCH, Status.EXERCISE) if not (
                who.heads(community, Status.EXERCISE)
            ) else who.stands_down(community, Status.EXERCISE)
        carry(rng.choice(made), rng.choice(made), community, rng)
    mix(made, community)
    heads = [[each.id for each in who.heads(community)] for who in made]
    unreal = [[each.id for each in who.heads(community, Status.EXERCISE)] for who in made]
    assert heads[0] == heads[1] == heads[2]
    assert unreal[0] == unreal[1] == unreal[2]
    for who in made:  # and from nothing
        delete_cache(who.home.cache_path)
        assert [each.id for each in who.heads(community)] == heads[0]


def test_every_order_of_five_events(tmp_path: Path) -> None:
    (ada, bo), community = stewards(tmp_path, "ada", "bo")
    ada.declares(community)
    mix([ada, bo], community)
    bo.renews(community)
    ada.stands_down(community)
    ada.declares(community, "exercise", status=Status.EXERCISE)
    mix([ada, bo], community)
    bo.stands_down(community, Status.EXERCISE)
    mix([ada, bo], community)
    assert ada.level(community) is Level.EMERGENCY
    with lanes.opened(ada.home, FOLD) as connection:
        rows = connection.execute("SELECT subject FROM declared_events ORDER BY arrival").fetchall()
    subjects: list[Any] = [row[0] for row in rows]
    assert len(subjects) == 5
    events = {each: ada.home.store.log.get(each) for each in subjects}
    found = set()

    def said(entry: lanes.Entry) -> DeclareRecord:
        return DeclareRecord.decode(entry.body or b"")

    with Declared.open(ada.home, ada.node.commons, NOW) as declared:
        connection = declared._connection
        for order in permutations(subjects):
            with connection:
                for table in FOLD.tables:
                    connection.execute(f"DELETE FROM {table}")
                for number, id in enumerate(order, 1):
                    event = events[id]
                    header = event.header
                    entry = lanes.Entry(
                        number, id, community, header.device,
                        ada.person if header.device == ada.device else bo.person, header.kind,
                        header.lamport, header.sequence, header.wall, 0, event.payload,
                    )  # fmt: skip
                    FOLD.refold(connection, None, [((community, id), [entry])], said)  # type: ignore[arg-type]
            found.add(tuple(each.id for each in declared.heads(community)))
            found.add(tuple(each.id for each in declared.heads(community, Status.EXERCISE)))
    assert len(found) == 2  # bo's renewal; no exercise
    assert () in found


# exercises


@pytest.mark.parametrize("status", [Status.EXERCISE, Status.TEST])
def test_what_is_not_real_changes_no_mode_and_ends_nothing_real(
    tmp_path: Path, status: Status
) -> None:
    (ada, bo), community = stewards(tmp_path, "ada", "bo")
    ada.declares(community, "what if", status=status)
    at = Moment(NOW, 5.0, "")
    found = known(ada.home, ada.node.commons, at)
    assert (found.mode.value, found.declared, len(found.unreal)) == ("normal", (), 1)
    assert int(found.exit_code) == 0
    assert not is_emergency(ada.home, ada.node.commons, community, NOW)
    real = ada.declares(community, "flood")
    ada.stands_down(community, status)
    assert [each.id for each in ada.heads(community)] == [real.id]
    # nor by forging
    mix([ada, bo], community)
    over = DeclareRecord(Level.OVER, status, 0, "", (real.id,))
    bo.forges(community, kinds.DECLARE, over.encode())
    mix([ada, bo], community)
    assert ada.level(community) is Level.EMERGENCY


def test_an_end_of_itself_or_of_what_comes_later_is_none(tmp_path: Path) -> None:
    (ada, bo), community = stewards(tmp_path, "ada", "bo")
    event = ada.declares(community)
    mix([ada, bo], community)
    [head] = ada.heads(community)
    assert head.id == event.id
    over = DeclareRecord(Level.OVER, Status.ACTUAL, 0, "", (bytes(32),))
    ada.forges(community, kinds.DECLARE, over.encode())
    assert ada.level(community) is Level.EMERGENCY
    # Bo is told the id, and has heard nothing of it.
    for _ in range(3):
        ada.renews(community)
    [head] = ada.heads(community)
    over = DeclareRecord(Level.OVER, Status.ACTUAL, 0, "", (head.id,))
    bo.forges(community, kinds.DECLARE, over.encode())
    mix([ada, bo], community)
    assert [each.id for each in ada.heads(community)] == [head.id]


def test_what_others_declare_is_not_even_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (ada, bo), community = stewards(tmp_path, "ada", members=("bo",))
    event = ada.declares(community)
    carry(ada, bo, community)
    ends = (event.id, *(bytes([number]) * 32 for number in range(1, MAX_ENDS)))
    for _ in range(20):
        bo.forges(
            community, kinds.DECLARE, DeclareRecord(Level.OVER, Status.ACTUAL, 0, "", ends).encode()
        )
    carry(bo, ada, community)
    read = list[Any]()
    real = Declared._declaration

    def note(self: Declared, row: Any) -> Declaration:
        read.append(row)
        return real(self, row)

    monkeypatch.setattr(Declared, "_declaration", note)
    assert ada.level(community) is Level.EMERGENCY
    assert [row[0] for row in read] == [event.id]


def test_a_watch_ends_no_emergency(tmp_path: Path) -> None:
    (ada,), community = stewards(tmp_path, "ada")
    ada.declares(community)
    with pytest.raises(AlreadyDeclaredError, match="an emergency is declared already"):
        ada.declares(community, "more rain", Level.WATCH)
    assert ada.level(community) is Level.EMERGENCY
    ada.stands_down(community)
    ada.declares(community, "more rain", Level.WATCH)
    assert ada.level(community) is Level.WATCH


def test_an_end_that_came_long_before_what_it_ends(tmp_path: Path) -> None:
    (ada, bo, cy), community = stewards(tmp_path, "ada", "bo", "cy")
    ada.declares(community)
    carry(ada, bo, community)
    end = bo.stands_down(community)
    with cy.home.store.batch() as batch, batch.transaction() as tx:
        record = encode(end.header), end.signature, end.payload
        cy.home.store.log.import_events(tx, [record], own=cy.home.identity.device)
    assert [each.level for each in cy.heads(community)] == [Level.RECOVERY]
    cy.clock.now += LONGEST + SHOWN + DAY
    cy.says(community, "something")
    assert cy.heads(community) == []
    cy.clock.now += DAY
    carry(ada, cy, community)
    assert cy.heads(community) == []


# time


def test_it_ends_by_itself_and_is_told_of_for_two_days(tmp_path: Path) -> None:
    (ada,), community = stewards(tmp_path, "ada")
    event = ada.declares(community)
    for later, stands in ((DEFAULT - 1, True), (DEFAULT, False), (DEFAULT + 1, False)):
        ada.clock.now = NOW + later
        assert bool(ada.heads(community)) is stands
    with ada.declared() as declared:
        assert declared.of(community).expired.id == event.id
    ada.clock.now = NOW + DEFAULT + SHOWN - 1
    with ada.declared() as declared:
        assert declared.of(community).expired.id == event.id
    ada.clock.now += 1
    with ada.declared() as declared:
        assert declared.of(community).expired is None


@pytest.mark.parametrize(
    ("level", "status"), [(Level.WATCH, Status.ACTUAL), (Level.EMERGENCY, Status.EXERCISE)]
)
def test_what_was_no_real_emergency_is_not_told_of_once_it_is_over(
    tmp_path: Path, level: Level, status: Status
) -> None:
    (ada,), community = stewards(tmp_path, "ada")
    ada.declares(community, level=level, status=status)
    ada.clock.now = NOW + DEFAULT
    assert ada.heads(community, status) == []
    with ada.declared() as declared:
        assert declared.of(community).expired is None


@pytest.mark.parametrize(("wall", "long"), [(DAY * 3, 30 * HOUR), (NOW + 4 * 365 * DAY, DEFAULT)])
def test_a_clock_of_1970_or_of_2031_declares_for_a_day(
    tmp_path: Path, wall: int, long: int
) -> None:
    (ada, bo), community = stewards(tmp_path, "ada", "bo")
    ada.clock.now = wall
    ada.declares(community, long=long)
    ada.clock.now = NOW
    carry(ada, bo, community)
    [found] = bo.heads(community)
    assert found.until == NOW + long
    bo.clock.now = NOW + long
    bo.says(community, "something")  # so that it is noted when it came
    assert bo.heads(community) == []


def test_what_comes_late_stands_for_six_hours_at_least(tmp_path: Path) -> None:
    (ada, bo), community = stewards(tmp_path, "ada", "bo")
    ada.declares(community)
    bo.clock.now = NOW + 5 * DAY
    carry(ada, bo, community)
    [found] = bo.heads(community)
    assert found.until == NOW + 5 * DAY + LATE
    bo.clock.now += LATE
    assert bo.heads(community) == []


# bad input


def test_limits(tmp_path: Path) -> None:
    (ada,), community = stewards(tmp_path, "ada")
    with pytest.raises(UsageError, match="says why"):
        ada.declares(community, "")
    with pytest.raises(UsageError, match="160 bytes"):
        ada.declares(community, "ü" * 80 + "x")
    with pytest.raises(UsageError, match="7 days"):
        ada.declares(community, long=LONGEST + 1)
    ada.declares(community, "ü" * 80, long=LONGEST)
    assert ada.heads(community)[0].until == NOW + LONGEST


def test_many_heads_are_ended_sixteen_at_a_time(tmp_path: Path) -> None:
    (ada,), community = stewards(tmp_path, "ada")
    for number in range(MAX_ENDS + 2):
        record = DeclareRecord(Level.EMERGENCY, Status.ACTUAL, DEFAULT, f"number {number}")
        ada.forges(community, kinds.DECLARE, record.encode())
    ada.stands_down(community)
    assert len(ada.heads(community)) == 3  # the recovery, and what was left over
    ada.stands_down(community)
    assert [each.level for each in ada.heads(community)] == [Level.RECOVERY]


def test_vectors() -> None:
    for each in VECTORS["records"]:
        record = DeclareRecord.decode(bytes.fromhex(each["payload"]))
        assert (record.level.name.lower(), record.status.name.lower()) == (
            each["level"], each["status"],
        )  # fmt: skip
        assert (record.long, record.reason) == (each["seconds"], each["reason"])
        assert [id.hex() for id in record.ends] == each["ends"]
        assert DeclareRecord.decode(record.encode()) == record


@pytest.mark.parametrize("payload", [each["payload"] for each in VECTORS["refused"]])
def test_what_is_no_declaration(tmp_path: Path, payload: str) -> None:
    with pytest.raises(RecordError):
        DeclareRecord.decode(bytes.fromhex(payload))
    assert FOLD.read(kinds.DECLARE, bytes(32), bytes.fromhex(payload), False) is None


def test_what_is_no_declaration_stops_nothing(tmp_path: Path) -> None:
    (ada, bo), community = stewards(tmp_path, "ada", "bo")
    for each in filter(lambda each: each["payload"], VECTORS["refused"]):
        bo.forges(community, kinds.DECLARE, bytes.fromhex(each["payload"]))
    event = bo.declares(community)
    mix([ada, bo], community)
    assert [each.id for each in ada.heads(community)] == [event.id]


def test_a_payload_with_a_bit_flipped_is_refused_or_keeps_to_the_bounds() -> None:
    rng = random.Random(3)
    good = DeclareRecord(Level.WATCH, Status.TEST, 5, "why", (bytes(32),)).encode()
    refused = 0
    for _ in range(2000):
        data = bytearray(good)
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        try:
            record = DeclareRecord.decode(bytes(data))
        except RecordError:
            refused += 1
            continue
        assert DeclareRecord.decode(record.encode()) == record
    assert 0 < refused < 2000


# how much it takes, what is kept


def test_a_declaration_is_a_radio_frame(tmp_path: Path) -> None:
    (ada,), community = stewards(tmp_path, "ada")
    ada.says(community, "before")
    event = ada.declares(community, "river over the banks at the mill")
    assert measure(short.size(event.header), Link.LORA).frames == 1
    assert len(event.payload or b"") <= 64


def test_erased_words_are_gone_from_the_cache(tmp_path: Path) -> None:
    (ada,), community = stewards(tmp_path, "ada")
    event = ada.declares(community, "a word that must go")
    assert ada.heads(community)
    retention.forget(ada.home, [], [], [event.id])
    assert ada.heads(community) == []
    assert b"a word that must go" not in ada.home.cache_path.read_bytes()


def test_a_record_has_salt() -> None:
    record = DeclareRecord(Level.WATCH, Status.ACTUAL, 60, "why")
    one, other = (cbor.decode(record.encode()) for _ in range(2))
    assert isinstance(one, dict)
    assert isinstance(other, dict)
    assert one[0] != other[0]
    assert len(("x" * MAX_REASON).encode()) == MAX_REASON


@pytest.mark.parametrize("boot", [7 * DAY, NOW - 30 * DAY, NOW + 5 * 365 * DAY])
def test_a_clock_that_was_wrong_here_takes_no_emergency_away(tmp_path: Path, boot: int) -> None:
    """A machine without a battery for its clock hears of it before its clock is set."""
    (ada, bo), community = stewards(tmp_path, "ada", "bo")
    assert bo.heads(community) == []
    bo.clock.now = NOW + HOUR
    bo.says(community, "something")
    assert bo.heads(community) == []
    ada.clock.now = NOW + 2 * HOUR
    ada.declares(community)
    bo.clock.now = boot
    carry(ada, bo, community)
    bo.heads(community)
    bo.clock.now = NOW + 3 * HOUR
    [found] = bo.heads(community)
    assert found.until == NOW + 2 * HOUR + DEFAULT
    bo.clock.now = found.until  # and it ends on time
    assert bo.heads(community) == []


def test_a_clock_that_was_wrong_at_both_is_none(tmp_path: Path) -> None:
    (ada, bo), community = stewards(tmp_path, "ada", "bo")
    ada.clock.now = bo.clock.now = 7 * DAY
    ada.declares(community)
    carry(ada, bo, community)
    assert bo.heads(community)
    bo.clock.now = NOW
    assert bo.heads(community)
    bo.clock.now = NOW + DEFAULT
    assert bo.heads(community) == []


# clocks of others, and what is asked for nothing


def test_a_clock_drifts_where_two_others_are_ahead_of_it(tmp_path: Path) -> None:
    (ada, bo, cy), community = stewards(tmp_path, "ada", members=("bo", "cy"))
    commons = ada.node.commons
    for who, seconds, clock in (
        (bo, 3600, Clock_.UNKNOWN),  # one alone may be wrong
        (cy, looking.SLACK, Clock_.UNKNOWN),
        (cy, looking.SLACK + 1, Clock_.DRIFTING),
    ):
        who.clock.now = NOW + seconds
        who.says(community, "something")
        carry(who, ada, community)
        value, why = looking.of_clock(ada.home, commons, NOW)
        assert (value is Clock_.DRIFTING) == (clock is Clock_.DRIFTING), why
    assert why == "others write with clocks 10 min ahead"


def test_who_belongs_is_not_asked_where_nothing_is_declared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (ada, bo), community = stewards(tmp_path, "ada", "bo")
    assert known(ada.home, ada.node.commons, Moment(NOW, 5.0, "")).declared == ()
    commons = Commons(ada.home)
    with monkeypatch.context() as patch:
        patch.setattr(Commons, "membership", lambda *_: pytest.fail("who belongs was asked"))
        asked = looking.Asked()
        assert "clock" in looking.look(ada.home, commons, asked, NOW).readings
        assert known(ada.home, commons, Moment(NOW, 5.0, "")).declared == ()
    bo.declares(community)
    carry(bo, ada, community)
    assert known(ada.home, commons, Moment(NOW, 5.0, "")).declared
