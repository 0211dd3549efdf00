"""What somebody is called who has left: by the name they said, and nobody's else."""

from __future__ import annotations

from pathlib import Path

import pytest
from attack_kit import remove
from audience_kit import Neighbour, admit
from chat_kit import Talkers
from talk_kit import Talker, carry, street

from hearth.community import acts, naming
from hearth.community.membership import Membership
from hearth.community.records import Left, Profile
from hearth.store.ids import short


def call(who: Neighbour, community: bytes, name: str) -> None:
    with who.home.store.batch() as batch, batch.transaction() as tx:
        acts.write(who.home, tx, community, Profile(name), who.clock())


def of(who: Neighbour, community: bytes) -> Membership:
    return who.node.commons.membership(community)


def go(who: Neighbour, community: bytes) -> None:
    with who.home.store.batch() as batch, batch.transaction() as tx:
        acts.leave(who.home, tx, of(who, community), Left.COMMUNITY, who.clock())


def test_a_newcomer_sees_the_names_of_those_who_have_gone(tmp_path: Path) -> None:
    """Of who left, and of who was put out."""
    (ada, otto, bo), community = street(tmp_path, "ada", "otto", "bo")
    for each in (otto, bo):
        each.write("#street", "hello")
        carry(each, ada, community)
    go(otto, community)
    carry(otto, ada, community)
    remove(ada, community, bo.person)
    eve = Talker(tmp_path, "eve", ada.clock)
    admit(ada, eve, community)
    carry(ada, eve, community)
    names = [each.author_name for each in eve.talk.messages(eve.to("#street"))]
    assert sorted(names) == ["bo (left)", "otto (left)"]
    membership = of(eve, community)
    assert membership.former == {otto.person: "otto", bo.person: "bo"}
    assert naming.former_name(membership, otto.person) == "otto (left)"
    assert naming.former_name(membership, ada.person) is None
    assert naming.former_name(membership, bytes(32)) is None
    for each in (ada, otto, bo, eve):
        each.shut()


@pytest.mark.parametrize("name", ["otto", "OTTO", "ot\u200bto"])
def test_who_takes_the_name_is_told_apart(tmp_path: Path, name: str) -> None:
    """With digits, where a member, or another one who has left, has a name alike."""
    (ada, otto, bo), community = street(tmp_path, "ada", "otto", "bo")
    otto.write("#street", "hello")
    carry(otto, ada, community)
    go(otto, community)
    carry(otto, ada, community)
    call(bo, community, name)
    carry(bo, ada, community)
    shown = f"otto (left, {short(otto.person)})"
    for _ in range(2):  # once as a member, once as one who has left
        assert naming.former_name(of(ada, community), otto.person) == shown
        [message] = ada.talk.messages(ada.to("#street"))
        assert message.author_name == shown
        if bo.person in of(ada, community).members:
            remove(ada, community, bo.person)
    for each in (ada, otto, bo):
        each.shut()


def test_nobody_claims_to_have_left(tmp_path: Path) -> None:
    """A member who is called like one who has gone is shown with digits, and so is whoever of the
    latter said it of themselves."""
    for name in ("you", "YOU", "Otto (left)", "Otto (LEFT)", "Otto (left, 1a2b3c4d)", "Ot (left )"):
        assert naming.poses(name)
    for name in ("Otto", "Otto (leftie) B", "left", "Otto left"):
        assert not naming.poses(name)
    (ada, otto), community = street(tmp_path, "ada", "otto")
    call(otto, community, "Bo (left)")
    go(otto, community)
    carry(otto, ada, community)
    shown = naming.former_name(of(ada, community), otto.person)
    assert shown == f"Bo (left) (left, {short(otto.person)})"
    for each in (ada, otto):
        each.shut()


def test_a_conversation_with_a_member_is_not_taken_for_one_with_whoever_has_left(
    tmp_path: Path,
) -> None:
    (ada, otto, bo), community = street(tmp_path, "ada", "otto", "bo")
    for each in (otto, bo):
        each.write("ada", "hello")
        carry(each, ada, community)
    go(otto, community)
    carry(otto, ada, community)
    call(bo, community, "otto (left)")
    carry(bo, ada, community)
    names = {each.key: each.name for each in ada.talk.conversations() if each.kind == "person"}
    assert names == {otto.person: "otto (left)", bo.person: f"otto (left) ({short(bo.person)})"}
    assert ada.to(names[bo.person]).key == bo.person
    for each in (ada, otto, bo):
        each.shut()


def test_the_name_is_the_last_that_counts(tmp_path: Path) -> None:
    """What somebody calls themselves once they are out is not heard; who comes back is a member."""
    (ada, otto), community = street(tmp_path, "ada", "otto")
    call(otto, community, "Otto of No 7")
    carry(otto, ada, community)
    remove(ada, community, otto.person)
    call(otto, community, "ada")
    carry(otto, ada, community)
    assert of(ada, community).former == {otto.person: "Otto of No 7"}
    for each in (ada, otto):
        each.shut()


def test_the_program_shows_it(tmp_path: Path) -> None:
    street = Talkers(tmp_path)
    street.settle("ada", "bo")
    street.send("bo", "#general", "hello")
    listing = street.json("bo", "market", "post", "offer", "a ladder")["id"]
    street.meet("ada", "bo")
    assert street("bo", "community", "leave", "--yes").code == 0
    street.meet("ada", "bo")
    assert "bo (left)" in street("ada", "chat", "read", "#general").out
    assert "bo (left)" in street("ada", "market", "show", listing).out
