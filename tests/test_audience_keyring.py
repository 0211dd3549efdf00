"""Audience keys between whole hearths: who can read what, and who cannot."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest
from audience_kit import Neighbour, admit, carry, mix, settle
from mesh_kit import Clock

from hearth.audience import keyring, prekeys, sealing, stanzas, vault
from hearth.audience.keyring import Held, NobodyError
from hearth.audience.records import Audience, Descriptor, KeyRecord, Prekeys, Scope
from hearth.kinds import KEY, PREKEYS
from hearth.store.event import Event
from hearth.store.header import Lane, encode
from hearth.sync.cipher import KeyPair

DAY = 86_400
GROUP = bytes(range(32))


def test_two_read_what_two_write_and_a_third_carries(tmp_path: Path) -> None:
    (ada, bo, cy), community = settle(tmp_path, "ada", "bo", "cy")
    said = ada.tell(ada.pair(bo, community), [bo], b"soup at six")
    carry(ada, cy, community)
    carry(cy, bo, community)
    assert bo.reads(said) == b"soup at six"
    assert ada.reads(said) == b"soup at six"
    assert cy.home.store.log.has(said.id)
    assert cy.reads(said) is None
    for each in (ada, bo, cy):
        each.reopen()
    assert (ada.reads(said), bo.reads(said), cy.reads(said)) == (b"soup at six",) * 2 + (None,)


def test_one_key_serves_for_a_week_and_then_another(tmp_path: Path) -> None:
    clock = Clock()
    (ada, bo), community = settle(tmp_path, "ada", "bo", clock=clock)
    pair = ada.pair(bo, community)
    keys = [ada.tell(pair, [bo], b"1").header.audience]
    clock.now += 7 * DAY
    keys.append(ada.tell(pair, [bo], b"2").header.audience)
    assert keys[0] == keys[1]
    clock.now += 1
    keys.append(ada.tell(pair, [bo], b"3").header.audience)
    assert keys[2] != keys[0]
    carry(ada, bo, community)
    bo.keyring.update(clock())
    answer = bo.tell(bo.pair(ada, community), [ada], b"4")
    assert answer.header.audience not in keys  # a pair's keys are each device's own


def test_who_is_removed_reads_nothing_that_is_sealed_once_it_is_known(tmp_path: Path) -> None:
    (ada, bo, cy), community = settle(tmp_path, "ada", "bo", "cy")
    group = Audience(community, Scope.GROUP, GROUP)
    everyone = [ada, bo, cy]
    before = ada.tell(group, everyone, b"before")
    mix(everyone, community)
    assert [each.reads(before) for each in everyone] == [b"before"] * 3
    assert _key(ada, before).fallback == frozenset()
    ada.remove(cy, community)
    carry(ada, bo, community)
    for sender in (ada, bo):
        after = sender.tell(group, everyone, b"after")
        mix(everyone, community)
        assert ada.reads(after) == bo.reads(after) == b"after"
        assert cy.reads(after) is None
    assert cy.reads(before) == b"before"
    unaware = cy.tell(group, everyone, b"from outside")
    mix(everyone, community)
    held = ada.keyring.key(unaware.header.audience or b"")
    assert held is None or unaware.header.audience == before.header.audience


def test_nobody_uses_a_key_that_somebody_outside_has_made(tmp_path: Path) -> None:
    """Who was in the group knows its id, and could offer a key that he has himself."""
    (ada, bo, cy), community = settle(tmp_path, "ada", "bo", "cy")
    group = Audience(community, Scope.GROUP, GROUP)
    forged = cy.tell(group, [ada, bo], b"mine")
    mix([ada, bo, cy], community)
    ada.keyring.update(ada.clock())
    said = ada.tell(group, [ada, bo], b"ours")
    assert said.header.audience != forged.header.audience
    mix([ada, bo, cy], community)
    assert cy.reads(said) is None


def test_two_removals_that_cross_end_in_one_key(tmp_path: Path) -> None:
    (ada, bo, cy, di), community = settle(tmp_path, "ada", "bo", "cy", "di")
    group = Audience(community, Scope.GROUP, GROUP)
    ada.tell(group, [ada, bo, cy, di], b"0")
    mix([ada, bo, cy, di], community)
    for each in (bo, cy, di):
        each.keyring.update(each.clock())
    one = ada.tell(group, [ada, bo, di], b"without cy")
    two = bo.tell(group, [ada, bo, cy], b"without di")
    mix([ada, bo, cy, di], community)
    for each in (ada, bo):
        each.keyring.update(each.clock())
    three = ada.tell(group, [ada, bo], b"without both")
    mix([ada, bo], community)
    bo.keyring.update(bo.clock())
    four = bo.tell(group, [ada, bo], b"the same")
    assert three.header.audience == four.header.audience
    assert three.header.audience not in (one.header.audience, two.header.audience)


def test_newcomers_read_the_roster_and_not_what_was_said(tmp_path: Path) -> None:
    (ada, bo, cy), community = settle(tmp_path, "ada", "bo", "cy")
    group = Audience(community, Scope.GROUP, GROUP)
    roster = Audience(community, Scope.ROSTER, GROUP)
    listed = ada.tell(roster, [bo], b"ada, bo")
    said = ada.tell(group, [bo], b"cy is difficult")
    more = ada.tell(roster, [bo, cy], b"ada, bo, cy")
    later = ada.tell(group, [bo, cy], b"welcome")
    carry(ada, cy, community)
    assert cy.reads(listed) == b"ada, bo"
    assert cy.reads(more) == b"ada, bo, cy"
    assert cy.reads(said) is None
    assert cy.reads(later) == b"welcome"
    assert listed.header.audience == more.header.audience


def test_before_anything_of_theirs_has_come_nothing_can_be_sealed(tmp_path: Path) -> None:
    clock = Clock()
    ada, bo = (Neighbour(tmp_path, name, clock) for name in ("ada", "bo"))
    community = ada.found()
    admit(ada, bo, community)
    with pytest.raises(NobodyError):
        ada.tell(ada.pair(bo, community), [bo], b"hello?")
    bo.keyring.tend(clock())
    carry(bo, ada, community)
    assert ada.tell(ada.pair(bo, community), [bo], b"hello")


def test_a_prekey_that_has_expired_gives_way_to_the_long_lived_key(tmp_path: Path) -> None:
    clock = Clock()
    (ada, bo), community = settle(tmp_path, "ada", "bo", clock=clock)
    clock.now += 90 * DAY
    last = ada.tell(ada.pair(bo, community), [bo], b"last day")
    assert _key(ada, last).fallback == frozenset()
    clock.now += 8 * DAY
    later = ada.tell(ada.pair(bo, community), [bo], b"anyway")
    assert _key(ada, later).fallback == {bo.device}  # ada's own is renewed
    carry(ada, bo, community)
    assert bo.reads(last) == b"last day"
    assert bo.reads(later) == b"anyway"


def _key(member: Neighbour, event: Event) -> Held:
    assert event.header.audience is not None
    held = member.keyring.key(event.header.audience)
    assert held is not None
    return held


def test_private_halves_are_replaced_weekly_and_erased_after_ninety_days(tmp_path: Path) -> None:
    clock = Clock()
    (ada, bo), community = settle(tmp_path, "ada", "bo", clock=clock)
    said = ada.tell(ada.pair(bo, community), [bo], b"read me in time")
    first = prekeys.stated(bo.home, community, bo.device)
    for day in range(90):
        clock.now += DAY
        bo.keyring.tend(clock())
        assert len(_publics(bo)) == (day + 1) // 7 + 1
    assert first is not None
    assert prekeys.stated(bo.home, community, bo.device) != first
    clock.now += DAY
    bo.keyring.tend(clock())
    assert first.prekey not in _publics(bo)
    carry(ada, bo, community)
    assert bo.reads(said) is None


def _publics(member: Neighbour) -> set[bytes]:
    return {
        public for (public,) in member.home.store.connection.execute("SELECT public FROM prekeys")
    }


def test_an_erased_private_half_is_in_no_file(tmp_path: Path) -> None:
    clock = Clock()
    (ada,), _ = settle(tmp_path, "ada", clock=clock)
    rows = ada.home.store.connection.execute("SELECT box FROM prekeys").fetchall()
    assert rows
    assert all(_is_on_disk(ada, box) for (box,) in rows)
    for _ in range(14):
        clock.now += 7 * DAY
        ada.keyring.tend(clock())
    assert not any(_is_on_disk(ada, box) for (box,) in rows)


def _is_on_disk(member: Neighbour, data: object) -> bool:
    assert isinstance(data, bytes)
    return any(data in file.read_bytes() for file in member.path.rglob("*") if file.is_file())


@pytest.mark.parametrize(("older", "due"), [(-1, False), (0, False), (1, True)])
def test_a_private_half_that_is_too_old_is_due(tmp_path: Path, older: int, due: bool) -> None:
    (ada,), community = settle(tmp_path, "ada")
    now, store = ada.clock(), ada.home.store
    assert not prekeys.due(ada.home, [community], now)
    made = prekeys.lived(ada.home, now) - prekeys.KEPT - older
    with store.batch() as batch, batch.transaction() as tx:
        chest = vault.Vault(tx.connection, ada.home.signer(now))
        chest.add_prekey(tx, KeyPair.generate(), community, made)
    assert prekeys.due(ada.home, [community], now) == due


@pytest.mark.parametrize("which", [(True, True), (True, False), (False, True)])
def test_nothing_is_sealed_to_a_key_that_anybody_has(
    tmp_path: Path, which: tuple[bool, bool]
) -> None:
    (ada, bo), community = settle(tmp_path, "ada", "bo")
    keys = [KeyPair.generate().public if sound else bytes(32) for sound in which]
    body = Prekeys(keys[0], keys[1], ada.clock(), ada.clock() + DAY).encode()
    with bo.home.store.batch() as batch, batch.transaction() as tx:
        bo.home.store.slots.state(tx, bo.home.signer(bo.clock()), community, PREKEYS, body=body)
    carry(bo, ada, community)
    said = prekeys.stated(ada.home, community, bo.device)
    assert (said is not None) == all(which)


def test_a_clock_that_leaps_erases_nothing(tmp_path: Path) -> None:
    clock = Clock()
    (ada, bo), community = settle(tmp_path, "ada", "bo", clock=clock)
    said = ada.tell(ada.pair(bo, community), [bo], b"on my way")
    for year in (1970, 2031, 1970, 2031):
        clock.now = (year - 1970) * 365 * DAY + 5
        bo.keyring.tend(clock())
    carry(ada, bo, community)
    assert bo.reads(said) == b"on my way"


def test_a_machine_that_starts_in_1970_every_day_keeps_its_private_halves(tmp_path: Path) -> None:
    clock = Clock()
    (ada, bo), community = settle(tmp_path, "ada", "bo", clock=clock)
    said = ada.tell(ada.pair(bo, community), [bo], b"on my way")
    today = clock.now
    for _ in range(30):
        clock.now = 3600
        bo.keyring.tend(clock())
        today += DAY
        clock.now = today
        bo.keyring.tend(clock())
    carry(ada, bo, community)
    assert bo.reads(said) == b"on my way"


def test_a_clock_that_ran_ahead_for_a_day_does_not_stop_the_replacing(tmp_path: Path) -> None:
    clock = Clock()
    (_, bo), community = settle(tmp_path, "ada", "bo", clock=clock)
    today, clock.now = clock.now, 2_147_400_000
    bo.keyring.tend(clock())
    clock.now = today
    for day in range(120):
        clock.now = 3600 if day % 10 == 5 else today + day * DAY
        bo.keyring.tend(clock())
    said = prekeys.stated(bo.home, community, bo.device)
    assert said is not None
    assert today + 112 * DAY <= said.made <= clock.now
    assert 12 <= len(_publics(bo)) <= 14


def test_keys_come_in_any_order_and_more_than_once(tmp_path: Path) -> None:
    (ada, bo), community = settle(tmp_path, "ada", "bo")
    said = [ada.tell(ada.pair(bo, community), [bo], b"%d" % n) for n in range(5)]
    rng = random.Random(7)
    for _ in range(20):
        carry(ada, bo, community, rng)
        bo.keyring.update(bo.clock())
    carry(ada, bo, community)
    assert [bo.reads(each) for each in said] == [b"0", b"1", b"2", b"3", b"4"]


def test_a_key_whose_payload_comes_later_is_taken_in_then(tmp_path: Path) -> None:
    (ada, bo), community = settle(tmp_path, "ada", "bo")
    said = ada.tell(ada.pair(bo, community), [bo], b"soup at six")
    store = bo.home.store
    with store.batch() as batch, batch.transaction() as tx:
        store.log.import_events(
            tx,
            (
                (encode(each.header), each.signature, None if lane is Lane.CHAT else each.payload)
                for lane in Lane
                for each in ada.home.store.log.events(community, lane)
            ),
        )
    assert bo.keyring.update(bo.clock()) == 0
    assert not bo.keyring.waiting()
    carry(ada, bo, community)
    assert bo.keyring.waiting()
    assert bo.keyring.update(bo.clock()) == 1
    assert not bo.keyring.waiting()
    assert bo.reads(said) == b"soup at six"


def test_what_holds_no_key_is_not_looked_through_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (ada,), community = settle(tmp_path, "ada")
    ada.keyring.update(ada.clock())
    store = ada.home.store
    noted = store.meta("audience seen")
    monkeypatch.setattr(keyring, "LAG", store.log.last_arrival() - (noted or 0) + 2)
    ada.forges(community, 200, b"1")
    ada.keyring.update(ada.clock())
    assert store.meta("audience seen") == noted  # one below: not worth a write
    ada.forges(community, 200, b"2")
    ada.keyring.update(ada.clock())
    assert store.meta("audience seen") == store.log.last_arrival()


def test_what_is_sealed_in_a_newer_way_stops_nothing(tmp_path: Path) -> None:
    """A version that is not known, in a key that is handed on and in what is said under one."""
    (ada, bo), community = settle(tmp_path, "ada", "bo")
    said = ada.tell(ada.pair(bo, community), [bo], b"soup at six")
    id = said.header.audience
    assert id is not None
    newer = b"\x02" + bytes(60)
    store, signer = ada.home.store, ada.home.signer(ada.clock())
    handed = next(
        each for each in store.log.events(community, kind=KEY) if each.header.audience == id
    )
    assert handed.payload is not None
    record = KeyRecord.decode(handed.payload)
    with store.batch() as batch, batch.transaction() as tx:
        for kind, payload in ((KEY, record._replace(box=newer).encode()), (129, newer)):
            event = store.log.append(
                tx, signer, community, Lane.CHAT, kind, payload, wall=1, audience=id
            )
    carry(ada, bo, community)
    assert bo.reads(event) is None
    assert bo.reads(said) == b"soup at six"


def test_others_cannot_tell_for_whom_a_key_is(tmp_path: Path) -> None:
    (ada, bo, cy), community = settle(tmp_path, "ada", "bo", "cy")
    ada.tell(ada.pair(bo, community), [bo], b"for bo")
    ada.tell(ada.pair(cy, community), [cy], b"for cy")
    events = [each for each in ada.home.store.log.events(community) if each.header.kind == KEY]
    assert len(events) == 2
    public = {each.device for each in (ada, bo, cy)} | {each.person for each in (ada, bo, cy)}
    for each in (ada, bo, cy):
        stated = prekeys.stated(ada.home, community, each.device)
        assert stated is not None
        public |= {stated.long, stated.prekey}
    for event in events:
        assert event.payload is not None
        assert not any(key in event.payload for key in public)
    sizes = {len(event.payload or b"") for event in events}
    assert len(sizes) == 1


def test_a_second_device_reads_what_the_first_could(tmp_path: Path) -> None:
    """Bo has a second laptop, a new device of the same person."""
    clock = Clock()
    (ada, bo), community = settle(tmp_path, "ada", "bo", clock=clock)
    said = ada.tell(ada.pair(bo, community), [bo], b"soup at six")
    carry(ada, bo, community)
    bo.keyring.update(clock())
    bo.home.close()
    shutil.copytree(bo.path, tmp_path / "second")
    bo.open()
    second = Neighbour.of(tmp_path / "second", clock)
    assert isinstance(second, Neighbour)
    store = second.home.store
    with store.batch() as batch, batch.transaction() as tx:
        tx.must_not_go_on()
        tx.connection.execute("DELETE FROM audience_keys")
        tx.connection.execute("DELETE FROM audience_claims")
        tx.connection.execute("DELETE FROM prekeys")
    assert second.reads(said) is None
    second.keyring.tend(clock())
    assert second.device != bo.device
    carry(second, bo, community)
    bo.keyring.tend(clock())
    before = bo.home.store.log.last_arrival()
    bo.keyring.tend(clock())
    assert bo.home.store.log.last_arrival() == before  # once is enough
    carry(bo, second, community)
    assert second.reads(said) == b"soup at six"
    mix([ada, bo, second], community)
    again = ada.tell(ada.pair(bo, community), [bo], b"and bread")
    assert again.header.audience == said.header.audience
    carry(ada, second, community)
    assert second.reads(again) == b"and bread"


def _second(of: Neighbour, name: str) -> Neighbour:
    """A further device of the same person, which has none of its keys."""
    of.home.close()
    shutil.copytree(of.path, of.path.with_name(name))
    of.open()
    second = Neighbour.of(of.path.with_name(name), of.clock)
    with second.home.store.batch() as batch, batch.transaction() as tx:
        tx.must_not_go_on()
    second.home.signer(of.clock())
    with second.home.store.batch() as batch, batch.transaction() as tx:
        for table in ("audience_keys", "audience_claims", "prekeys"):
            tx.connection.execute(f"DELETE FROM {table}")
        tx.drop_meta("audience seen")
    second.keyring.update(of.clock())
    second.keyring.tend(of.clock())
    return second


def _exchange(members: list[Neighbour], community: bytes) -> None:
    """Everybody has what there is, and has handed on what keys there are."""
    for _ in range(3):
        mix(members, community)
        for each in members:
            each.keyring.update(each.clock())
            each.keyring.tend(each.clock())


def _plant(who: Neighbour, audience: Audience, to: list[Neighbour]) -> bytes:
    """Hand others a key with a low id, and do not say that one has it; its id."""
    signer, community = who.home.signer(who.clock()), audience.community
    keys = (sealing.new_key() for _ in range(500))
    id, key = min((sealing.key_id(audience, key), key) for key in keys)
    devices = tuple(sorted(each.device for each in to))
    said = [prekeys.stated(who.home, community, each) for each in devices]
    static = vault.sealing_key(signer)
    wrapped = [
        stanzas.wrap(key, id, community, signer.device, static, each.prekey)
        for each in said
        if each is not None
    ]
    what = Descriptor(audience.scope, audience.subject, devices).encode()
    box = sealing.seal(key, community, signer.device, Lane.CHAT, KEY, what)
    payload = KeyRecord(tuple(stanzas.hidden(wrapped)), box).encode()
    with who.home.store.batch() as batch, batch.transaction() as tx:
        who.home.store.log.append(
            tx, signer, community, Lane.CHAT, KEY, payload, wall=who.clock(), audience=id
        )
    return id


@pytest.mark.parametrize("kind", ["pair", "notes", "group", "readers"])
def test_a_key_from_outside_is_not_used_though_our_own_devices_passed_it_on(
    tmp_path: Path, kind: str
) -> None:
    """Eve gives one laptop of everybody a key, which they hand on to their second ones."""
    (ada, bo, eve), community = settle(tmp_path, "ada", "bo", "eve")
    audience, persons = {
        "pair": (ada.pair(bo, community), [bo]),
        "notes": (ada.pair(ada, community), [ada]),
        "group": (Audience(community, Scope.GROUP, GROUP), [ada, bo]),
        "readers": (Audience(community, Scope.READERS, GROUP), [ada, bo]),
    }[kind]
    first = [ada, bo]
    everybody = [ada, _second(ada, "ada again"), bo, _second(bo, "bo again"), eve]
    mix(everybody, community)
    planted = _plant(eve, audience, first)
    _exchange(everybody, community)
    for each in everybody[:2]:
        said = each.tell(audience, persons, b"soup at six")
        assert said.header.audience != planted
        mix(everybody, community)
        assert eve.reads(said) is None
        assert all(one.reads(said) for one in (everybody[:2] if kind == "notes" else first))


@pytest.mark.parametrize("came", [True, False])
@pytest.mark.parametrize("scope", [Scope.ROSTER, Scope.GROUP])
def test_a_second_device_uses_no_key_that_somebody_removed_has(
    tmp_path: Path, scope: Scope, came: bool
) -> None:
    """Ada's second laptop has the key by her first one, not by whoever gave it to Cy as well: it
    has looked at that event before, or it never came."""
    (ada, bo, cy), community = settle(tmp_path, "ada", "bo", "cy")
    audience = Audience(community, scope, GROUP)
    first = bo.tell(audience, [ada, bo, cy], b"all three")
    mix([ada, bo, cy] if came else [ada, cy, bo], community)
    ada.keyring.update(ada.clock())
    second = _second(ada, "ada again")
    if not came:
        with second.home.store.batch() as batch, batch.transaction() as tx:
            tx.connection.execute("DELETE FROM audience_shut")
    carry(second, ada, community)
    ada.keyring.tend(ada.clock())
    carry(ada, second, community)
    assert second.reads(first) == b"all three"
    assert (cy.device in _key(second, first).devices) == came
    said = second.tell(audience, [ada, bo], b"cy is out")
    mix([second, ada, bo, cy], community)
    assert (bo.reads(said), cy.reads(said)) == (b"cy is out", None)


def test_a_second_device_sees_what_others_wrote_before_it_was_there(tmp_path: Path) -> None:
    """A message stands in a conversation by whose key it is: that has to be known, too."""
    (ada, bo), community = settle(tmp_path, "ada", "bo")
    said = ada.tell(ada.pair(bo, community), [bo], b"soup at six")
    mix([ada, bo], community)
    bo.keyring.update(bo.clock())
    second = _second(bo, "bo again")
    assert second.reads(said) is None
    carry(second, bo, community)
    bo.keyring.tend(bo.clock())
    carry(bo, second, community)
    assert second.reads(said) == b"soup at six"
    assert _key(second, said).authors == {ada.device, bo.device}
    assert _key(second, said).makers == {ada.device}


def test_after_a_repair_what_was_sealed_to_the_long_lived_key_opens(tmp_path: Path) -> None:
    """A repair loses the tables of keys, and not the key of the device: in all communities."""
    (ada, bo), first = settle(tmp_path, "ada", "bo")
    second = ada.found("Choir")
    admit(ada, bo, second)
    mix([ada, bo], second)
    for each in (ada, bo):
        each.keyring.tend(each.clock())
    mix([ada, bo], second)
    said = [bo.tell(Audience(each, Scope.GROUP, GROUP), [ada], b"sung") for each in (first, second)]
    for community in (first, second):
        carry(bo, ada, community)
    with ada.home.store.batch() as batch, batch.transaction() as tx:
        tx.must_not_go_on()
        for table in ("keys", "claims", "awaited", "shut"):
            tx.connection.execute(f"DELETE FROM audience_{table}")
        tx.connection.execute("DELETE FROM prekeys")
        for key in ("audience seen", "audience life", "audience looked", "vault"):
            tx.drop_meta(key)
    ada.reopen()
    ada.home.signer(ada.clock())
    assert [ada.reads(each) for each in said] == [b"sung", b"sung"]
