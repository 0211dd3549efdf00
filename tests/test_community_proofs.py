"""What was verified of a control lane is verified once in a hearth, and no byte less."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from audience_kit import Neighbour, carry, settle

from hearth.community import acts, statements
from hearth.community.commons import Commons
from hearth.community.proofs import Proofs
from hearth.community.records import Left


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was verified from here on."""
    found: list[str] = []
    hold = Proofs.hold

    def counting(self: Proofs, what: str, *parts: bytes, check: Callable[[], bool]) -> bool:
        def noting() -> bool:
            found.append(what)
            return check()

        return hold(self, what, *parts, check=noting)

    monkeypatch.setattr(Proofs, "hold", counting)
    return found


def afresh(who: Neighbour, community: bytes) -> object:
    """Who belongs, as another process would see it."""
    return Commons(who.home).membership(community).members


def test_another_process_verifies_nothing_again(tmp_path: Path, counted: list[str]) -> None:
    (ada, bo, cy), community = settle(tmp_path, "ada", "bo", "cy")
    for each in (ada, bo, cy):
        members = each.node.commons.membership(community).members
        counted.clear()
        assert afresh(each, community) == members
        assert counted == []


def test_another_process_verifies_no_leave_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (ada, bo), community = settle(tmp_path, "ada", "bo")
    membership = bo.node.commons.membership(community)
    with bo.home.store.batch() as batch, batch.transaction() as tx:
        acts.leave(bo.home, tx, membership, Left.COMMUNITY, bo.clock())
    carry(bo, ada, community)
    ada.node.settle()
    assert bo.person not in ada.node.commons.membership(community).members
    asked: list[bytes] = []
    leaves = statements.leaves

    def counting(person: bytes, *rest: Any) -> bool:
        asked.append(person)
        return leaves(person, *rest)

    monkeypatch.setattr(statements, "leaves", counting)
    assert bo.person not in Commons(ada.home).membership(community).members
    assert asked == []
    with ada.home.store.batch() as batch, batch.transaction() as tx:
        tx.drop_meta(f"proofs {community.hex()}")
    assert bo.person not in Commons(ada.home).membership(community).members
    assert asked == [bo.person]


@pytest.mark.parametrize("damage", [b"", b"x", None, 7, bytes(32)])
def test_without_a_note_all_is_verified(
    tmp_path: Path, counted: list[str], damage: bytes | int | None
) -> None:
    (ada, _), community = settle(tmp_path, "ada", "bo")
    members = ada.node.commons.membership(community).members
    key = f"proofs {community.hex()}"
    assert ada.home.store.meta(key)
    with ada.home.store.batch() as batch, batch.transaction() as tx:
        if damage is None:
            tx.drop_meta(key)
        else:
            tx.set_meta(key, damage)
    counted.clear()
    assert afresh(ada, community) == members
    assert counted


def test_only_what_is_true_is_noted_and_only_of_these_bytes() -> None:
    asked: list[bool] = []

    def check(answer: bool) -> bool:
        asked.append(answer)
        return answer

    proofs = Proofs()
    for _ in range(2):
        assert proofs.hold("a", b"1", b"2", check=lambda: check(True))
        assert not proofs.hold("a", b"12", b"", check=lambda: check(False))
        assert not proofs.hold("b", b"1", b"2", check=lambda: check(False))
    assert asked == [True, False, False]
    noted = proofs.note()
    assert noted is not None
    assert len(noted) == 32
    assert proofs.note() is None
    again = Proofs(noted)
    assert again.hold("a", b"1", b"2", check=lambda: check(False))
    assert not again.hold("a", b"1", b"3", check=lambda: check(False))
    assert again.note() is None
