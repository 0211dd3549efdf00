"""Trading by a folder, between whole hearths that share no network."""

from __future__ import annotations

from pathlib import Path

from audience_kit import Neighbour, carry, settle
from bundle_kit import all_events, bundles, give, visit, want, written
from mesh_kit import Clock

from hearth.bundles import folder, requests
from hearth.chat import ledger
from hearth.store.disk import Disk
from hearth.store.header import Lane


def test_two_who_never_meet_trade_everything(tmp_path: Path) -> None:
    (ada, bo), community = settle(tmp_path, "ada", "bo")
    stick = tmp_path / "stick"
    stick.mkdir()
    said = [ada.say(community, f"ada {n}") for n in range(20)]
    bo.say(community, "bo")
    visit(ada, stick)
    read, _ = visit(bo, stick)
    assert [taken.summary.events_in for _, taken in read.taken] == [20]
    assert set(said) <= set(all_events(bo, community))
    read, _ = visit(ada, stick)
    assert all_events(ada, community) == all_events(bo, community)
    assert read.bad == []


def test_what_was_read_whole_is_not_read_again(tmp_path: Path) -> None:
    (ada, bo), community = settle(tmp_path, "ada", "bo")
    stick = tmp_path / "stick"
    stick.mkdir()
    ada.say(community)
    visit(ada, stick)
    visit(bo, stick)
    read, wrote = visit(bo, stick)
    assert (read.taken, read.again, read.ours) == ([], 1, 1)
    assert all(not each.paths for each in wrote)


def test_somebody_is_let_in_by_a_ticket_on_paper(tmp_path: Path) -> None:
    clock = Clock()
    ada, bo = (Neighbour(tmp_path, name, clock) for name in ("ada", "bo"))
    community = ada.found()
    ada.keyring.tend(clock())
    ada.say(community, "before you came")
    ticket = ada.invite(community)
    stick = tmp_path / "stick"
    stick.mkdir()
    requests.remember(bo.node, ticket)
    visit(bo, stick)  # leaves the request
    read, _ = visit(ada, stick)
    assert [each.person for each in read.answered] == [bo.person]
    read, _ = visit(bo, stick)
    assert read.joined == [community]
    assert requests.pending(bo.node) == []
    visit(ada, stick)
    assert all_events(ada, community) == all_events(bo, community)
    assert ada.names(community) == bo.names(community) == ["ada", "bo"]


def test_a_receipt_comes_home_by_the_stick(tmp_path: Path) -> None:
    (ada, bo), community = settle(tmp_path, "ada", "bo")
    stick = tmp_path / "stick"
    stick.mkdir()
    id = ada.tell(ada.pair(bo, community), [bo], b"soup").id
    visit(ada, stick)
    event = ada.home.store.log.get(id)
    assert ledger.holders(ada.home, ada.node.commons, event) == []
    visit(bo, stick)
    assert bo.reads(id) == b"soup"
    assert ledger.holders(ada.home, ada.node.commons, event) == []
    visit(ada, stick)
    [holder] = ledger.holders(ada.home, ada.node.commons, event)
    assert (holder.device, holder.via_name) == (bo.device, "directory")


def test_a_third_carries_what_it_cannot_read(tmp_path: Path) -> None:
    (ada, bo, cy), community = settle(tmp_path, "ada", "bo", "cy")
    stick = tmp_path / "stick"
    stick.mkdir()
    id = ada.tell(ada.pair(bo, community), [bo], b"soup").id
    visit(ada, stick)
    visit(cy, stick)
    for path in folder.files(stick):
        if folder.look(cy.node, cy.home.disk, path).taken is not None:
            pass
    assert cy.reads(id) is None
    visit(bo, stick)
    assert bo.reads(id) == b"soup"
    visit(ada, stick)
    visit(cy, stick)
    assert all_events(ada, community) == all_events(bo, community) == all_events(cy, community)


def test_who_was_put_out_finds_nothing_and_brings_nothing(tmp_path: Path) -> None:
    (ada, bo, cy), community = settle(tmp_path, "ada", "bo", "cy")
    stick = tmp_path / "stick"
    stick.mkdir()
    ada.remove(cy, community)
    carry(ada, bo, community)
    later = ada.say(community, "without you")
    visit(ada, stick)
    read, _ = visit(cy, stick)
    assert read.others == 1
    assert later not in all_events(cy, community)
    late = cy.say(community, "still here")
    visit(cy, stick)
    read, _ = visit(ada, stick)
    assert late not in all_events(ada, community)
    assert len(read.bad) + read.others >= 1


def test_objects_that_nobody_wants_any_more_are_not_written_again(tmp_path: Path) -> None:
    """What is cleaned away as everybody has it must not come back with the next visit."""
    (ada, bo), community = settle(tmp_path, "ada", "bo")
    held = give(ada, community, b"a map of the wells", b"a list of the pumps")
    stick = tmp_path / "stick"
    stick.mkdir()
    want(bo, held[0])
    visit(ada, stick)
    visit(bo, stick)
    assert bo.home.store.has(held[0])
    want(bo)
    bo.say(community)
    visit(bo, stick)
    for _ in range(2):
        _, wrote = visit(ada, stick)
        assert [each.objects for each in wrote] == [0]
        _, wrote = visit(bo, stick)
        assert [each.objects for each in wrote] == [0]
    assert not any(_objects(ada, each) for each in bundles(stick))
    want(bo, held[1])  # nothing else is new, and still it is told
    _, wrote = visit(bo, stick)
    assert len(written(wrote)) == 1
    visit(bo, stick)
    _, wrote = visit(ada, stick)
    assert [each.objects for each in wrote] == [1]
    visit(bo, stick)
    assert bo.home.store.has(held[1])


def test_an_object_that_a_new_event_needs_goes_with_it(tmp_path: Path) -> None:
    """Nobody can have asked for it yet."""
    (ada, bo), community = settle(tmp_path, "ada", "bo")
    stick = tmp_path / "stick"
    stick.mkdir()
    for each in (ada, bo, ada, bo):
        each.say(community)
        visit(each, stick)
    held = give(ada, community, b"a picture", b"another one")
    signer, now = ada.home.signer(ada.clock()), ada.clock()
    with ada.home.store.batch() as batch, batch.transaction() as tx:
        ada.home.store.log.append(
            tx, signer, community, Lane.CHAT, 130, b"look", held[:1], wall=now
        )
    _, wrote = visit(ada, stick)
    assert [each.objects for each in wrote] == [1]
    want(bo, held[0])
    visit(bo, stick)
    assert bo.home.store.has(held[0])


def _objects(who: Neighbour, path: Path) -> int:
    found = folder.look(who.node, Disk(), path, lambda taken: True).level
    return 0 if found is None else len(found.objects)
