"""Names, strangers, blocks and mutes: keys decide, whatever somebody calls himself."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, strategies as st
from talk_kit import Clock, Talker, carry, mix, street

from hearth.chat import marks, own
from hearth.chat.errors import AmbiguousNameError, UnknownConversationError
from hearth.chat.judging import FREE, FREE_BYTES
from hearth.chat.marks import Entry, Flag, Mark, Own, joined, union
from hearth.chat.shapes import Where
from hearth.community.acts import write as act
from hearth.community.naming import alike
from hearth.community.records import Profile
from hearth.identity.fingerprint import fingerprint
from hearth.store import cbor
from hearth.store.ids import short


def call(talker: Talker, community: bytes, name: str) -> None:
    """Call oneself something else."""
    with talker.home.store.batch() as batch, batch.transaction() as tx:
        act(talker.home, tx, community, Profile(name), 0)


# who is meant


def test_the_ways_to_say_who_is_meant(tmp_path: Path) -> None:
    (ada, bo, _), community = street(tmp_path, "ada", "bo", "cy")
    where = Where("person", community, bo.person)
    for text in ("bo", "BO", " bo ", bo.person.hex(), bo.person.hex()[:6], fingerprint(bo.person)):
        assert ada.talk.find(text).where == where
        assert ada.talk.find(text, community).where == where
    assert ada.talk.find("#Street").where == Where("channel", community, b"street")
    group = ada.talk.create_group("Garden", [bo.person], 0)
    for text in ("garden", "Garden", group.key.hex()[:8]):
        assert ada.talk.find(text).where == group.where
    for text in ("nobody", "#no channel", "#", "", bo.person.hex()[:3], "f" * 64):
        with pytest.raises(UnknownConversationError):
            ada.talk.find(text)


def test_two_of_one_name_are_never_taken_for_each_other(tmp_path: Path) -> None:
    people, community = street(tmp_path, "ada", "bo", "cy", "di")
    ada, bo, cy, di = people
    for each, name in ((bo, "Sam"), (cy, "s\u200bAM"), (di, "Ｓam (1234)")):
        call(each, community, name)
    mix(people, community)
    with pytest.raises(AmbiguousNameError) as caught:
        ada.talk.find("sam")
    said = " ".join(caught.value.hints)
    for each in (bo, cy):
        assert short(each.person) in said
        assert fingerprint(each.person) in said
    assert ada.talk.at(Where("person", community, bo.person)).name == f"Sam ({short(bo.person)})"
    assert ada.talk.find(f"Sam ({short(bo.person)})").key == bo.person
    with pytest.raises(UnknownConversationError):
        ada.talk.find(f"Sam ({short(di.person)})")
    ada.write(bo.person.hex(), "hello")
    mix(people, community)
    assert bo.sees(ada) == ["hello"]
    assert cy.talk.conversations() == di.talk.conversations() == []


def test_a_group_and_a_person_of_one_name(tmp_path: Path) -> None:
    (ada, bo, cy), _ = street(tmp_path, "ada", "bo", "cy")
    group = ada.talk.create_group("bo", [cy.person], 0)
    with pytest.raises(AmbiguousNameError) as caught:
        ada.talk.find("bo")
    assert short(group.key) in " ".join(caught.value.hints)
    other = ada.talk.create_group("peas", [cy.person], 0)
    ada.talk.create_group("peas", [bo.person], 0)
    with pytest.raises(AmbiguousNameError):
        ada.talk.find("peas")
    assert ada.talk.at(other.where).name == f"peas ({short(other.key)})"
    assert ada.talk.find(f"peas ({short(other.key)})").where == other.where


def test_another_key_for_a_known_name_is_shouted_about(tmp_path: Path) -> None:
    (ada, bo, cy), community = street(tmp_path, "ada", "bo", "cy")
    everybody = [ada, bo, cy]
    ada.write(bo, "hello")
    assert ada.to(bo).warning is None
    call(bo, community, "robert")
    call(cy, community, "Bo")
    mix(everybody, community)
    assert ada.to("robert").warning is None
    for _ in range(2):
        warning = ada.to("bo").warning
        assert warning is not None
        assert "HAS CHANGED" in warning
        for each in (bo, cy):
            assert fingerprint(each.person) in warning
        ada.write(cy, "who are you?")  # answering alone does not settle it
        ada.talk.mark_read(ada.to(cy), 0)
        ada.afresh()
    ada.talk.accept(ada.to("bo"), 0)
    assert ada.to("bo").warning is None
    ada.afresh()
    assert ada.to("bo").warning is None


@given(st.text(max_size=30))
def test_names_that_look_the_same_look_the_same_again(name: str) -> None:
    assert alike(alike(name)) == alike(alike(alike(name)))
    assert alike(f" {name}\u200b ") == alike(name)


# strangers


def test_of_somebody_new_so_much_is_shown(tmp_path: Path) -> None:
    """Ada took in both; they have had nothing to do with each other."""
    (ada, bo, cy), community = street(tmp_path, "ada", "bo", "cy")
    everybody = [ada, bo, cy]
    for number in range(FREE):
        cy.write(bo, f"m{number}")
    mix(everybody, community)
    assert (bo.to(cy).new, bo.to(cy).held, bo.unread(cy)) == (True, 0, FREE)
    cy.write(bo, "one more")
    mix(everybody, community)
    assert (bo.to(cy).held, bo.unread(cy)) == (1, FREE)
    assert bo.sees(cy) == [f"m{number}" for number in range(FREE)]
    assert [each.text for each in bo.talk.held(bo.to(cy))] == ["one more"]
    assert bo.talk.search("more") == []
    assert ada.to(bo).new is False
    bo.talk.mark_read(bo.to(cy), 0)
    bo.afresh()
    assert (bo.to(cy).held, bo.unread(cy)) == (1, 0)
    bo.talk.accept(bo.to(cy), 0)
    assert (bo.to(cy).new, bo.to(cy).held, bo.unread(cy)) == (False, 0, 1)
    assert bo.sees(cy)[-1] == "one more"
    bo.afresh()
    assert bo.to(cy).held == 0


@pytest.mark.parametrize(("size", "held"), [(-1, 0), (0, 0), (1, 1)])
def test_so_many_bytes_of_somebody_new_are_shown(tmp_path: Path, size: int, held: int) -> None:
    (_, bo, cy), community = street(tmp_path, "ada", "bo", "cy")
    cy.write(bo, "x" * 10_000)
    cy.write(bo, "x" * (FREE_BYTES - 10_000 + size))
    carry(cy, bo, community)
    assert bo.to(cy).held == held


def test_an_answer_shows_all(tmp_path: Path) -> None:
    (_, bo, cy), community = street(tmp_path, "ada", "bo", "cy")
    for number in range(FREE + 3):
        cy.write(bo, f"m{number}")
    carry(cy, bo, community)
    assert bo.to(cy).held == 3
    bo.write(cy, "who are you?")
    assert (bo.to(cy).held, bo.to(cy).new) == (0, False)
    assert len(bo.sees(cy)) == FREE + 4


@pytest.mark.parametrize("how", ["accepts cy", "accepts the group", "answers there"])
def test_a_group_that_somebody_new_took_one_into_is_held_back_alike(
    tmp_path: Path, how: str
) -> None:
    (ada, bo, cy), community = street(tmp_path, "ada", "bo", "cy")
    cy.talk.create_group("offers", [ada.person, bo.person], 0)
    for number in range(FREE + 2):
        cy.write("offers", f"offer {number}")
    mix([ada, bo, cy], community)
    assert (bo.to("offers").held, bo.to("offers").new) == (2, True)
    assert ada.to("offers").held == 0, "she took cy in herself"
    if how == "answers there":
        bo.write("offers", "no, thank you")
    else:
        bo.talk.accept(bo.to(cy if how == "accepts cy" else "offers"), 0)
    assert bo.to("offers").held == 0
    bo.afresh()
    assert bo.to("offers").held == 0


def test_a_flood_is_held_back_and_costs_one_line(tmp_path: Path) -> None:
    (_, bo, cy), community = street(tmp_path, "ada", "bo", "cy")
    for number in range(100):
        cy.write(bo, f"buy {number}")
    carry(cy, bo, community)
    (only,) = bo.talk.conversations()
    assert (only.unread, only.held) == (FREE, 100 - FREE)


# blocked and muted


def test_who_is_blocked_is_hidden_everywhere_and_counts_nowhere(tmp_path: Path) -> None:
    (ada, bo, cy), community = street(tmp_path, "ada", "bo", "cy")
    everybody = [ada, bo, cy]
    ada.talk.create_group("garden", [bo.person, cy.person], 0)
    mix(everybody, community)
    for to in (ada, "#street", "garden"):
        cy.write(to, "spam")
    mix(everybody, community)
    assert ada.unread("#street") == 1
    ada.talk.block(ada.to(cy), 0)
    for _ in range(2):
        assert ada.sees("#street") == ada.sees("garden") == ada.sees(cy) == []
        assert ada.unread("#street") == ada.unread("garden") == ada.unread(cy) == 0
        assert ada.to(cy).blocked
        assert ada.talk.search("spam") == []
        ada.afresh()
    cy.write("#street", "more spam")
    mix(everybody, community)
    assert ada.sees("#street") == []
    ada.talk.unblock(ada.to(cy), 0)
    assert ada.sees("#street") == ["spam", "more spam"]
    assert ada.unread("#street") == 2


def test_a_channel_can_be_blocked_and_muted(tmp_path: Path) -> None:
    (ada, bo), community = street(tmp_path, "ada", "bo")
    bo.write("#street", "hello")
    carry(bo, ada, community)
    ada.talk.mute(ada.to("#street"), 0)
    assert (ada.to("#street").muted, ada.unread("#street")) == (True, 1)
    ada.talk.block(ada.to("#street"), 0)
    assert (ada.to("#street").blocked, ada.unread("#street")) == (True, 0)
    assert ada.talk.search("hello") == []
    ada.talk.unblock(ada.to("#street"), 0)
    ada.talk.unmute(ada.to("#street"), 0)
    ada.afresh()
    found = ada.to("#street")
    assert (found.muted, found.blocked, found.unread) == (False, False, 1)


# marks

RANGES = st.lists(
    st.tuples(st.integers(1, 40), st.integers(0, 6)).map(lambda r: (r[0], r[0] + r[1])), max_size=4
)
MARKS = st.builds(lambda high, holes: Mark(high, joined(holes)), st.integers(0, 40), RANGES)


def read(mark: Mark) -> set[int]:
    return {n for n in range(1, 50) if mark.covers(n)}


@given(MARKS, MARKS, MARKS)
def test_what_is_read_by_either_is_read(one: Mark, two: Mark, three: Mark) -> None:
    both = union(one, two)
    assert read(both) == read(one) | read(two)
    assert read(both) == read(union(two, one))
    assert read(union(both, three)) == read(union(one, union(two, three)))
    assert read(union(one, one)) == read(one)


def test_only_so_many_holes_are_remembered_the_latest() -> None:
    holes = [(n, n) for n in range(2, 200, 2)]
    kept = joined(holes[: marks.MAX_HOLES])
    assert len(kept) == marks.MAX_HOLES
    kept = joined(holes)
    assert kept == tuple(holes[-marks.MAX_HOLES :])
    assert joined([(1, 2), (3, 4), (8, 9), (5, 6)]) == ((1, 6), (8, 9))


@given(
    st.lists(
        st.tuples(st.sampled_from([b"a" * 16, b"b" * 16]), MARKS, st.integers(0, 9),
                  st.sampled_from(Flag), st.booleans()),
        max_size=6,
    ),
    st.randoms(use_true_random=False),
)  # fmt: skip
def test_views_of_several_devices_become_one_in_any_order(
    acts: list[tuple[bytes, Mark, int, Flag, bool]], rng: object
) -> None:
    def entry(device: bytes, mark: Mark, floor: int, flag: Flag, value: bool) -> Entry:
        made = Entry(floor, {device: mark})
        made.set(flag, value)
        return made

    def merged(order: list[tuple[bytes, Mark, int, Flag, bool]]) -> tuple[object, ...]:
        total = Entry()
        for each in order:
            total.merge(entry(*each))
        reads = {device: read(mark) for device, mark in total.marks.items()}
        return (total.floor, reads, total.flags)

    shuffled = [*acts]
    rng.shuffle(shuffled)  # type: ignore[attr-defined]
    assert merged(shuffled) == merged(acts)


@pytest.mark.parametrize("beyond", [0, 1])
def test_a_mark_at_a_place_that_no_event_has_is_none(beyond: int) -> None:
    place = (cbor.MAX_INT + beyond).to_bytes(8, "big")
    for data in (place + b"\0", bytes(8) + b"\1" + bytes(8) + place):
        entry = marks._entry(0, bytes(16) + data, [0, False] * len(Flag))
        assert (entry is None) == bool(beyond), "cache.db has no room for it"


def test_marks_that_do_not_fit_become_a_floor(tmp_path: Path) -> None:
    (ada, _), _ = street(tmp_path, "ada", "bo")
    tag = b"t" * 16
    many = Own({tag: Entry(3, {n.to_bytes(16, "big"): Mark(n) for n in range(1, 1001)})})
    with ada.home.store.batch() as batch, batch.transaction() as tx:
        marks.write_entries(ada.home, tx, many, [tag], 0, lambda tag, device, high: high * 10)
    stating = own.Stating(ada.home, ada.node.commons, ada.talk.connection)
    found = stating.read().entries[tag]
    assert 400 < len(found.marks) < 660
    lowest = min(mark.high for mark in found.marks.values())
    assert found.floor == (lowest - 1) * 10
    assert max(mark.high for mark in found.marks.values()) == 1000


def test_read_on_one_device_is_read_on_the_other(tmp_path: Path) -> None:
    """A second device of the person, as far as this needs one: what the first has stated."""
    (ada, bo), community = street(tmp_path, "ada", "bo", clock=Clock())
    ids = [bo.write(ada, f"m{n}") for n in range(3)]
    bo.write("#street", "hello")
    carry(bo, ada, community)
    assert ada.talk.mark_read(ada.to(bo), 0, up_to=ids[1]) == 2
    assert ada.unread(bo) == 1
    assert ada.talk.mark_read(ada.to(bo), 0, up_to=ids[0]) == 0
    assert ada.unread("#street") == 1
    slots = list(ada.home.store.slots.all(ada.home.community, kind=6))
    assert slots
    assert all(len(each.body) <= 16_384 for each in slots)
    assert not list(ada.home.store.slots.all(community, kind=6)), "nobody else is told"
    unread = ada.talk.messages(ada.to(bo), unread=True)
    assert [each.id for each in unread if hasattr(each, "id")] == [ids[2]]
    assert ada.talk.mark_read(ada.to(bo), 0) == 1
    assert ada.talk.mark_read(ada.to(bo), 0) == 0


def test_a_new_device_of_the_person_goes_on_with_it(tmp_path: Path) -> None:
    """As after a backup was restored: the old device's slots count, and the new one's beside."""
    (ada, bo), community = street(tmp_path, "ada", "bo")
    bo.write(ada, "m0")
    bo.write(ada, "m1")
    carry(bo, ada, community)
    ada.talk.mark_read(ada.to(bo), 0)
    ada.talk.mute(ada.to("#street"), 0)
    ada.talk.draft(ada.to(bo), "later", 0)
    old = ada.device
    with ada.home.store.batch() as batch, batch.transaction() as tx:
        tx.must_not_go_on()
    ada.home.signer(0)
    assert ada.device != old
    ada.afresh()
    assert (ada.unread(bo), ada.to(bo).draft, ada.to("#street").muted) == (0, "later", True)
    bo.write(ada, "m2")
    carry(bo, ada, community)
    ada.talk.mark_read(ada.to(bo), 0)
    ada.talk.draft(ada.to(bo), None, 0)
    ada.talk.unmute(ada.to("#street"), 0)
    ada.afresh()
    assert (ada.unread(bo), ada.to(bo).draft, ada.to("#street").muted) == (0, None, False)
