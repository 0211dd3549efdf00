"""Letting go of old payloads: never early, whatever clocks say, and then everywhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest
from hypothesis import given, settings, strategies as st
from log_kit import Device, make, transaction
from mesh_kit import NOW, Member, members
from session_kit import Talk, converse
from weeks_kit import CHAT, WEEK, street, tend

from hearth import ages as noted, kinds, retention
from hearth.ages import DAY, LEAP, MAX_NOTES, Ages, Note
from hearth.corroborated import are_ahead, believed, stated
from hearth.home import Home
from hearth.store import cbor
from hearth.store.header import Lane
from hearth.sync.messages import Type
from hearth.sync.session import Session

YEAR = 365 * DAY
IN_2031, IN_1970 = 1_940_000_000, 5


def payload(member: Member, id: bytes) -> bytes | None:
    return member.home.store.log.get(id).payload


def meet(here: Member, there: Member, community: bytes) -> Talk:
    """A session in memory, with all that members grant each other."""

    def side(one: Member, other: Member) -> Session:
        device = other.home.identity.device
        return Session(one.node.replica(device, one.node.access.of_member(device)), b"s" * 32)

    return converse(side(here, there), side(there, here))


# what is believed


def test_a_home_alone_and_a_pair_believe_no_clock(tmp_path: Path) -> None:
    with street(tmp_path, "ada", "otto") as pair:
        ada, _ = pair.everybody
        pair.chatter()
        home, commons = ada.home, ada.node.commons
        assert believed(home, commons, home.community, NOW) is None
        assert believed(home, commons, pair.community, NOW) is None
        assert not pair.weeks(9)


def test_the_second_latest_of_the_others_and_never_more_than_our_own(tmp_path: Path) -> None:
    with street(tmp_path, "ada", "otto", "eve", "ivy") as four:
        ada, otto, eve, ivy = four.everybody

        def now(own: int) -> int | None:
            four.spread()
            return believed(ada.home, ada.node.commons, four.community, own)

        four.at(NOW + 10, otto)
        four.at(NOW + 20, eve)
        four.at(NOW + 30, ivy)
        for each in (otto, eve, ivy):
            each.say(four.community)
        assert now(NOW + 25) == NOW + 20
        assert now(NOW + 15) == NOW + 15
        four.at(IN_2031, eve)
        eve.say(four.community)
        assert now(IN_2031) == NOW + 30, "one clock that runs ahead counts for nothing"
        four.at(IN_1970, ivy)
        ivy.say(four.community)
        assert now(IN_2031) == NOW + 10, "what she said before, in another lane, still tells"
        four.at(NOW + 40, eve)
        eve.say(four.community)
        assert now(IN_2031) == NOW + 10
        four.at(NOW + 35, ivy)
        ivy.say(four.community)
        assert now(IN_2031) == NOW + 35, "set right, it is as if it had never been wrong"


def test_who_is_no_member_bears_nothing_out(tmp_path: Path) -> None:
    with street(tmp_path, "ada", "otto") as pair:
        ada, otto = pair.everybody
        strangers = [make(Device(name), community=pair.community, wall=NOW) for name in "xyz"]
        with transaction(ada.home.store) as tx:
            assert ada.home.store.log.import_events(tx, [each.record for each in strangers])
        home, commons = ada.home, ada.node.commons
        assert {*stated(home, commons, pair.community)} == {otto.home.identity.person}
        assert believed(home, commons, pair.community, NOW) is None
        assert are_ahead(home, commons, pair.community, NOW - 1) is None


@pytest.mark.parametrize(("more", "ahead"), [(-1, True), (0, False), (1, False)])
def test_others_are_ahead_from_the_second_on(tmp_path: Path, more: int, ahead: bool) -> None:
    with street(tmp_path, "ada", "otto", "eve") as three:
        ada, otto, eve = three.everybody
        three.at(NOW + 20, otto)
        three.at(NOW + 30, eve)
        for each in (otto, eve):
            each.say(three.community)
        three.spread()
        found = are_ahead(ada.home, ada.node.commons, three.community, NOW + 20 + more)
        assert found == (NOW + 20 if ahead else None)


# ages


def test_ages_by_what_was_here_when() -> None:
    ages = Ages()
    ages.look(NOW, NOW, 10)
    assert ages.older(0) == 10
    assert ages.older(1) == 0
    for day in range(1, 4):
        ages.look(NOW + day * DAY, NOW + day * DAY, 10 + day)
    assert [ages.older(days * DAY) for days in range(5)] == [13, 12, 11, 10, 0]
    assert ages.older(3 * DAY + 1) == 0


@pytest.mark.parametrize("before", [IN_1970, NOW - YEAR])
def test_a_leap_of_the_clock_makes_nothing_old(before: int) -> None:
    ages = Ages()
    ages.look(before, before, 10)
    ages.look(NOW, NOW, 20)
    assert ages.older(LEAP) == 10
    assert ages.older(LEAP + 1) == 0
    for _ in range(50):  # to and fro, as a machine that wakes up without a clock each day
        ages.look(before, before, 30)
        ages.look(NOW, NOW, 30)
    assert ages.older(LEAP + 1) == 0


def test_silence_that_is_caught_up_with_in_leaps_makes_nothing_old() -> None:
    """Others were not heard for a quarter; then their words come, week by week, within days."""
    ages, now = Ages(), NOW + 90 * DAY
    ages.look(NOW, NOW, 10)
    ages.look(NOW, now, 10)
    ages.look(NOW + DAY, now, 20)
    assert ages.notes[-1] == Note(20, DAY, now)
    for week in range(1, 13):
        ages.look(NOW + week * WEEK, now + week * 3600, 20)
    assert ages.passed == 84 * DAY
    assert ages.older(DAY) == 10
    assert ages.older(84 * DAY) == 10


def test_a_clock_that_was_ahead_for_a_while_keeps_nothing_for_ever() -> None:
    ages = Ages()
    ages.look(NOW, NOW, 10)
    ages.look(NOW + DAY, IN_2031, 20)
    for day in range(2, 40):
        ages.look(NOW + day * DAY, NOW + day * DAY, 30)
    assert ages.older(37 * DAY) == 30


def test_notes_are_thinned_and_nothing_looks_older() -> None:
    ages = Ages()
    for day in range(3 * MAX_NOTES):
        ages.look(NOW + day * DAY, NOW + day * DAY, day + 1)
    assert len(ages.notes) <= MAX_NOTES
    last = 3 * MAX_NOTES - 1
    for age in range(0, last, 7):
        assert ages.older(age * DAY) <= last - age + 1


def test_what_has_passed_is_not_taken_back_and_noted_once_a_day() -> None:
    ages = Ages()
    for number, hours in enumerate((0, 23, 24, 10, 30, 47, 48), 1):
        ages.look(NOW + hours * 3600, NOW + hours * 3600, number)
    assert ages.passed == 2 * DAY
    assert [note.arrival for note in ages.notes] == [1, 3, 7]


_HONEST = st.lists(st.tuples(st.integers(0, 40 * DAY), st.integers(0, 400 * DAY)), max_size=60)
_WILD = st.lists(st.tuples(st.integers(0, 2 * NOW), st.integers(0, 2 * NOW)), max_size=60)


@given(_HONEST, st.integers(0, 120 * DAY))
@settings(max_examples=300, deadline=None)
def test_by_a_right_clock_nothing_is_ever_early(looks: list[tuple[int, int]], age: int) -> None:
    """Whatever others say: they only make what is believed lag behind."""
    ages, now, came = Ages(), NOW, {}
    for number, (passing, lag) in enumerate(looks, 1):
        now += passing
        came[number] = now
        ages.look(now - lag, now, number)
    if reached := ages.older(age):
        assert now - came[reached] >= age


@given(_WILD, st.integers(0, 120 * DAY))
@settings(max_examples=300, deadline=None)
def test_by_wild_clocks_a_week_passes_from_look_to_look_at_most(
    looks: list[tuple[int, int]], age: int
) -> None:
    ages = Ages()
    for number, (own, others) in enumerate(looks, 1):
        ages.look(min(own, others), own, number)
    if reached := ages.older(age):
        assert age <= LEAP * (len(looks) - reached)


# letting go


def test_payloads_go_in_time_and_headers_stay(tmp_path: Path) -> None:
    with street(tmp_path, "ada", "otto", "eve") as three:
        ada, otto, _ = three.everybody
        old = [each.say(three.community, "long ago") for each in three.everybody]
        other = otto.say(three.community, "for sale", Lane.MARKET)
        three.spread()
        tend(ada)
        before = ada.events(three.community)
        assert not three.weeks(4), "28 days"
        assert all(payload(ada, id) for id in old)
        assert three.weeks(1)[Lane.CHAT] == 3
        for id in old:
            assert (payload(ada, id), ada.home.store.log.get(id).erased) == (None, True)
            assert payload(otto, id) == b"long ago"
        assert payload(ada, other) == b"for sale"
        assert not ada.home.store.log.erasing()
        assert set(before) <= set(ada.events(three.community))
        lanes = [ada.home.store.log.digest(three.community, lane) for lane in Lane]
        assert lanes == [otto.home.store.log.digest(three.community, lane) for lane in Lane]
        assert tend(ada) == Counter()


def test_sessions_do_not_bring_back_or_ask_for_what_was_let_go(tmp_path: Path) -> None:
    with street(tmp_path, "ada", "otto", "eve", "ivy") as four:
        ada, otto, eve, ivy = four.everybody
        id = otto.say(four.community, "long ago")
        four.everybody = [ada, otto, eve]  # ivy is away
        four.spread()
        tend(ada)
        assert four.weeks(5)[Lane.CHAT] == 1
        assert not meet(ada, otto, four.community).sent(Type.WANT, Type.EVENTS)  # slots may go
        talk = meet(ada, otto, four.community)
        assert talk.round_trips == 1
        assert not talk.sent(Type.WANT, Type.EVENTS)
        talk = meet(ada, ivy, four.community)
        assert ivy.events(four.community) == ada.events(four.community)
        assert payload(ivy, id) is None
        for _ in range(2):
            for other in (ada, otto):
                assert not meet(ivy, other, four.community).sent(Type.WANT, Type.EVENTS)
        with transaction(ada.home.store) as tx:  # whoever brings it again brings it for nothing
            records = otto.home.store.log.records(four.community)
            ada.home.store.log.import_events(tx, records)
        assert payload(ada, id) is None


def test_a_clock_in_2031_or_1970_makes_nobody_let_go_early(tmp_path: Path) -> None:
    with street(tmp_path, "ada", "otto", "eve", "ivy") as four:
        ada, _, eve, _ = four.everybody
        tend(ada)
        ids = []
        for wrong in (IN_2031, IN_1970):
            four.at(wrong, eve)
            ids.append(eve.say(four.community, "by a wrong clock"))
        four.at(IN_2031, eve)
        four.chatter()
        tend(ada)
        assert not four.weeks(4)
        assert all(payload(ada, id) for id in ids)
        assert four.weeks(2)[Lane.CHAT] >= 2
        assert not any(payload(ada, id) for id in ids), "what claims 2031 does not live till then"


def test_two_who_conspire_move_nothing_but_with_our_own_clock_and_then_a_week(
    tmp_path: Path,
) -> None:
    with street(tmp_path, "ada", "otto", "eve", "ivy") as four:
        ada, otto, eve, ivy = four.everybody
        id = otto.say(four.community, "word")
        four.spread()
        tend(ada, {Lane.CHAT: LEAP + DAY})
        four.at(IN_2031, eve, ivy)
        four.chatter()
        policy = {Lane.CHAT: LEAP + DAY}
        for _ in range(5):
            assert not tend(ada, policy)
        four.at(IN_2031, ada)
        for _ in range(5):
            assert not tend(ada, policy)
        assert payload(ada, id) == b"word"


def test_own_documents_home_keys_and_control_are_never_let_go(tmp_path: Path) -> None:
    everything = dict.fromkeys(Lane, DAY)
    with street(tmp_path, "ada", "otto", "eve") as three:
        ada, otto, _ = three.everybody
        own = ada.say(three.community, "mine", Lane.CORPUS)
        other = otto.say(three.community, "theirs", Lane.CORPUS)
        home = ada.say(ada.home.community, "private")
        with transaction(otto.home.store) as tx:
            keys = [
                otto.home.store.log.append(
                    tx, otto.home.signer(NOW), three.community, Lane.CHAT, kind, b"key", wall=NOW
                ).id
                for kind in (kinds.KEY, kinds.GROUP)
            ]
        three.spread()
        tend(ada, everything)
        assert three.weeks(3, policy=everything)[Lane.CONTROL] == 0
        assert (payload(ada, own), payload(ada, other)) == (b"mine", None)
        assert payload(ada, home) == b"private"
        assert [payload(ada, id) for id in keys] == [b"key", b"key"]
        for event in ada.home.store.log.events(three.community, Lane.CONTROL):
            assert event.payload is not None


@pytest.mark.parametrize("number", [1, 2, 3, 7, 255])
def test_an_authors_wish_is_honoured_without_any_setting(tmp_path: Path, number: int) -> None:
    with street(tmp_path, "ada", "otto", "eve") as three:
        ada, otto, _ = three.everybody
        signer = otto.home.signer(NOW)
        with transaction(otto.home.store) as tx:
            event = otto.home.store.log.append(
                tx, signer, three.community, Lane.CHAT, 130, b"for a while", wall=1, expiry=number
            )
        plain = otto.say(three.community, "for ever")
        three.spread()
        tend(ada, {})
        weeks = {1: 1, 2: 1, 3: 5}.get(number, 20)
        assert not three.weeks(weeks - 1, policy={})
        assert payload(ada, event.id) == b"for a while"
        assert three.weeks(1, policy={})[Lane.CHAT] == (number in retention.EXPIRY)
        assert (payload(ada, event.id) is None) == (number in retention.EXPIRY)
        assert payload(ada, plain) == b"for ever"


def test_what_was_let_go_is_in_no_file(tmp_path: Path) -> None:
    from hearth.corpora.cache import translated
    from hearth.corpora.catalogue import Catalogue
    from hearth.corpora.index import Index
    from hearth.corpora.records import CorpusRecord

    secret = "a name that nobody should find"
    policy = {Lane.CORPUS: 20 * DAY}
    with street(tmp_path, "ada", "otto", "eve") as three:
        ada, otto, _ = three.everybody
        with transaction(otto.home.store) as tx:
            record = CorpusRecord(secret, "CC0").encode()
            event = otto.home.store.log.append(
                tx, otto.home.signer(NOW), three.community, Lane.CORPUS, kinds.CORPUS, record,
                wall=NOW,
            )  # fmt: skip
        three.spread()
        with translated(), Index.open(ada.home.cache_path) as index:
            catalogue = Catalogue(index.connection)
            index.update(ada.home)
            assert [each.name for each in catalogue.corpora()] == [secret]
        ada.home.store.seal()
        tend(ada, policy)
        assert found(ada, secret)
        assert three.weeks(4, policy=policy)[Lane.CORPUS] == 1
        assert payload(ada, event.id) is None
        assert not ada.home.store.log.erasing()
        assert not found(ada, secret)


def test_while_somebody_reads_on_in_the_index_nothing_counts_as_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hearth.corpora import cache
    from hearth.store.errors import LockedError

    policy = {Lane.CORPUS: 20 * DAY}
    with street(tmp_path, "ada", "otto", "eve") as three:
        ada, otto, _ = three.everybody
        id = otto.say(three.community, "theirs", Lane.CORPUS)
        three.spread()
        tend(ada, policy)
        three.weeks(2, policy=policy)
        cache.open_cache(ada.home.cache_path).close()
        monkeypatch.setattr(cache, "BUSY_MILLISECONDS", 50)
        reader = cache.open_cache(ada.home.cache_path)
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM sqlite_schema").fetchall()
        with pytest.raises(LockedError):
            three.weeks(2, policy=policy)
        assert payload(ada, id) is None
        reader.execute("COMMIT")
        reader.close()
        assert not tend(ada, policy), "erased already; and now it is done"
        key, ages = int(Lane.CORPUS), noted.read(ada.home, three.community)
        assert ages.done[key] >= ada.home.store.log.get(id).arrival


def found(member: Member, text: str) -> list[Path]:
    files = [path for path in member.path.rglob("*") if path.is_file()]
    return [path for path in files if text.encode() in path.read_bytes()]


def test_it_may_be_stopped_anywhere_and_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "STEP", 3)
    with street(tmp_path, "ada", "otto", "eve") as three:
        ada, otto, _ = three.everybody
        ids = [otto.say(three.community, str(number)) for number in range(10)]
        three.spread()
        tend(ada, {})
        three.weeks(5, policy={})
        steps = retention.tend(ada.home, ada.node.commons, CHAT, ada.clock())
        erased = [next(steps)[Lane.CHAT], next(steps)[Lane.CHAT]]
        steps.close()
        left = sum(payload(ada, id) is not None for id in ids)
        assert 0 < left < 10
        ada.home.close()
        ada.open()
        erased.append(tend(ada)[Lane.CHAT])
        assert sum(erased) == 10
        assert not any(payload(ada, id) for id in ids)


def test_notes_that_cannot_be_read_are_begun_anew(tmp_path: Path) -> None:
    with street(tmp_path, "ada", "otto", "eve") as three:
        ada = three.everybody[0]
        three.chatter()
        tend(ada)
        assert noted.read(ada.home, three.community).notes
        key = f"ages {three.community.hex()}"
        for broken in (b"\xff", cbor.encode([2]), 7):
            with transaction(ada.home.store) as tx:
                tx.connection.execute("UPDATE meta SET value = ? WHERE key = ?", (broken, key))
            assert noted.read(ada.home, three.community) == Ages()
        assert not three.weeks(4), "what it knew of ages is lost, and counted from now on"


def test_a_serving_node_tends_its_hearth_and_survives_what_goes_wrong(tmp_path: Path) -> None:
    from hearth.mesh.serving import Serving
    from hearth.store.errors import NoSpaceError

    calls: list[int] = []

    def upkeep() -> Iterator[object]:
        calls.append(1)
        yield None
        calls.append(2)
        raise NoSpaceError("full")

    async def scenario() -> None:
        with members(tmp_path, "ada") as (ada,):
            serving = Serving(ada.node, ada.served.append, upkeep=upkeep)
            listener = await anyio.create_tcp_listener(local_host="127.0.0.1", local_port=0)
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(serving.run, listener, [])
                with anyio.fail_after(30):
                    while not ada.served:
                        await anyio.sleep(0.01)
                tasks.cancel_scope.cancel()
            assert calls == [1, 2]
            assert isinstance(ada.served[0].visit.error, NoSpaceError)

    anyio.run(scenario)


def test_a_hearth_without_a_community_is_left_alone(tmp_path: Path) -> None:
    from hearth import home as homes
    from hearth.community.commons import Commons

    homes.create(tmp_path / "h", "ada", NOW)
    with Home.open(tmp_path / "h") as home:
        assert not list(retention.tend(home, Commons(home), CHAT, NOW))
