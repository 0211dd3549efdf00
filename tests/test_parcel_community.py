"""Parcels between whole hearths: a former member, and a carrier with all that it has, try."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest
from audience_kit import Neighbour, carry, settle
from leak_kit import find_leaks, stretches
from mesh_kit import Clock

from hearth.audience import prekeys, vault
from hearth.audience.records import Audience, Scope
from hearth.store.parcels import Answer, Shelf, read, under
from hearth.sync import parcel_label
from hearth.sync.cipher import KeyPair
from hearth.sync.parcel import Audience as To, Devices, seal
from hearth.sync.parcel_errors import NotOursError
from hearth.sync.parcel_label import audience_mailbox, day_of, device_mailbox, expiry, tag, tags
from hearth.sync.parcel_open import unseal

WORDS = b"the pump in the cellar has stopped"


class Keys(NamedTuple):
    """Every secret that a hearth has by which anything could be opened."""

    own: list[KeyPair]
    audiences: list[bytes]


def all_keys(who: Neighbour, community: bytes) -> Keys:
    """With the passphrase, if there is one: whatever hearth.db and the key files give."""
    who.keyring.update(who.clock())
    signer = who.home.signer(who.clock())
    connection = who.home.store.connection
    chest = vault.Vault(connection, signer)
    own = [each.pair for each in chest.prekeys(community)]
    ids = [id for (id,) in connection.execute("SELECT id FROM audience_keys")]
    found = [chest.key(id) for id in ids]
    return Keys([vault.sealing_key(signer), *own], [key for key in found if key is not None])


def community_key(who: Neighbour, community: bytes, members: Sequence[Neighbour]) -> bytes:
    """The key that who seals with for the whole community now."""
    audience = Audience(community, Scope.COMMUNITY, community)
    with who.home.store.batch() as batch, batch.transaction() as tx:
        ready = who.keyring.ensure(tx, audience, [each.person for each in members], who.clock())
    key = vault.Vault(who.home.store.connection, who.home.signer(who.clock())).key(ready.held.id)
    assert key is not None
    return key


def sealing_keys(who: Neighbour, community: bytes, to: Sequence[Neighbour]) -> list[bytes]:
    """As who has them from their statements."""
    stated = [prekeys.stated(who.home, community, each.device) for each in to]
    return [each.long for each in stated if each is not None]


class Street(NamedTuple):
    ada: Neighbour
    bo: Neighbour
    cy: Neighbour
    community: bytes
    key: bytes
    clock: Clock


@pytest.fixture
def street(tmp_path: Path) -> Iterator[Street]:
    """Three members who all have the community's key."""
    clock = Clock()
    (ada, bo, cy), community = settle(tmp_path, "ada", "bo", "cy", clock=clock)
    key = community_key(ada, community, [ada, bo, cy])
    for each in (bo, cy):
        carry(ada, each, community)
        assert key in all_keys(each, community).audiences
    yield Street(ada, bo, cy, community, key, clock)
    for each in (ada, bo, cy):
        each.home.close()


def made(street: Street, key: bytes, to: list[Neighbour]) -> tuple[bytes, bytes]:
    """What ada seals now: to these devices, and for the whole community."""
    ada, now = street.ada, street.ada.clock()
    signer = ada.home.signer(now)
    publics = sealing_keys(ada, street.community, to)
    assert len(publics) == len(to)
    mark, expires = tag(device_mailbox(key, publics[0]), day_of(now)), expiry(now, 30)
    return (
        seal([WORDS], signer, Devices(publics), mark, expires),
        seal([WORDS], signer, To(key), tag(audience_mailbox(key), day_of(now)), expires),
    )


def test_members_open_both_kinds(street: Street) -> None:
    for parcel in made(street, street.key, [street.bo]):
        found = unseal(parcel, *all_keys(street.bo, street.community))
        assert (found.sender, found.frames) == (street.ada.device, [WORDS])


def test_another_member_opens_what_is_for_all_and_nothing_else(street: Street) -> None:
    to_bo, to_all = made(street, street.key, [street.bo])
    keys = all_keys(street.cy, street.community)
    assert unseal(to_all, *keys).frames == [WORDS]
    with pytest.raises(NotOursError):
        unseal(to_bo, *keys)


def test_who_was_removed_opens_nothing_and_computes_no_tag(street: Street) -> None:
    """With all keys and files, and whatever comes to them still."""
    ada, bo, cy, community, old, _ = street
    before = made(street, old, [bo, cy])
    ada.remove(cy, community)
    carry(ada, bo, community)
    key = community_key(ada, community, [ada, bo, cy])
    assert key != old
    carry(ada, bo, community)
    carry(ada, cy, community)
    keys = all_keys(cy, community)
    now = ada.clock()
    their_tags = {
        each
        for audience in (*keys.audiences, community)
        for mailbox in (
            audience_mailbox(audience),
            *(device_mailbox(audience, public) for public in sealing_keys(cy, community, [bo])),
        )
        for each in tags(mailbox, now)
    }
    for parcel in made(street, key, [bo]):
        assert unseal(parcel, *all_keys(bo, community)).frames == [WORDS]
        with pytest.raises(NotOursError):
            unseal(parcel, *keys)
        assert parcel_label.read(parcel).tag not in their_tags
    for parcel in before:  # what was sealed to them before they can read
        assert unseal(parcel, *keys).frames == [WORDS]
        assert parcel_label.read(parcel).tag in their_tags


def test_a_carrier_outside_reads_nothing_with_all_it_has(street: Street, tmp_path: Path) -> None:
    """A hearth of another community carries it, and looks with every key it has."""
    (stranger,), elsewhere = settle(tmp_path / "elsewhere", "eve")
    community_key(stranger, elsewhere, [stranger])
    ada, bo, cy, community, key, _ = street
    store = stranger.home.store
    parcels = made(street, key, [bo, cy])
    with store.batch() as batch, batch.transaction() as tx:
        shelf = Shelf(store, tx)
        for parcel in parcels:
            label = parcel_label.read(parcel)
            assert shelf.keep(parcel, b"strangers", label.tag, label.expires) is Answer.KEPT
    keys = all_keys(stranger, elsewhere)
    for parcel in parcels:
        with pytest.raises(NotOursError):
            unseal(parcel, *keys)
    ids = [
        community, key, *(each.device for each in (ada, bo, cy)),
        *(each.person for each in (ada, bo, cy)), *sealing_keys(ada, community, [ada, bo, cy]),
    ]  # fmt: skip
    secrets: list[bytes | str] = [
        WORDS,
        "Mill Lane",
        *(part for each in ids for part in stretches(each, 8)),
    ]
    assert not find_leaks(b"".join(parcels), secrets)
    for path in sorted(store.path.rglob("*")):
        if path.is_file():
            assert not find_leaks(path.read_bytes(), [WORDS, *ids]), path
    found = under(
        store.connection,
        tags(device_mailbox(key, sealing_keys(ada, community, [bo])[0]), ada.clock()),
    )
    data = read(store.connection, found[0].id)
    assert data is not None
    assert unseal(data, *all_keys(bo, community)).frames == [WORDS]
    stranger.home.close()


def test_who_takes_an_unlocked_device_opens_what_is_still_carried_to_it(street: Street) -> None:
    """Not promised: parcels are sealed to long-lived keys, so those that somebody kept open."""
    parcels = made(street, street.key, [street.bo])
    taken = all_keys(street.bo, street.community)
    street.clock.now += 400 * 86_400
    street.bo.keyring.tend(street.bo.clock())
    assert len(all_keys(street.bo, street.community).own) <= len(taken.own) + 1
    for parcel in parcels:
        assert unseal(parcel, *all_keys(street.bo, street.community)).frames == [WORDS]
