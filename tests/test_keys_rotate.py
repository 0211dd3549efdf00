"""A new key for this device: the old one is retired everywhere, what it could read stays here."""

from __future__ import annotations

import json
import shutil
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from keys_kit import FAST, NOW, Dead, Dies
from program import Hearth
from street_kit import Street

from hearth import home as homes
from hearth.audience.vault import Vault, sealing_key
from hearth.community import acts
from hearth.community.commons import Commons, State
from hearth.home import RETIRING, Home
from hearth.identity import identity
from hearth.sync.cipher import KeyPair

KEY = bytes(range(32))
QUICK = True


def settled(path: Path) -> bytes:
    """A hearth in a community, with a secret in its vault; the community."""
    homes.create(path, "ada", NOW, passphrase="secret", strength=FAST)
    with opened(path) as home:
        signer = home.signer(NOW)
        with home.store.batch() as batch, batch.transaction() as tx:
            community = acts.found(home, tx, "Mill Lane", NOW)
            Commons(home).note(tx, community, "Mill Lane", State.JOINED)
            vault = Vault(home.store.connection, signer)
            tx.connection.execute(
                "INSERT INTO audience_keys VALUES (?, ?, 0, ?, ?, ?)",
                (KEY, community, community, NOW, vault.seal(KEY, b"k" * 32)),
            )
            vault.add_prekey(tx, KeyPair.generate(), community, 7)
    return community


def opened(path: Path, disk: Dies | None = None) -> Home:
    return Home.open(path, disk, passphrase=lambda: "secret")


def check(path: Path, community: bytes, first: bytes) -> None:
    """One device goes on, the first one is retired everywhere, and the vault opens."""
    with opened(path) as home:
        signer = home.signer(NOW + 9)
        assert home.store.meta(RETIRING) is None
        assert not home.store.log.verify().problems
        for where in (home.community, community):
            membership = Commons(home).membership(where)
            assert first in membership.retired
            assert membership.person_of(signer.device) == home.identity.person
        vault = Vault(home.store.connection, signer)
        assert vault.key(KEY) == b"k" * 32
        old = identity.device_signer(path, first, lambda: "secret")
        publics = {each.pair.public for each in vault.prekeys(community)}
        assert sealing_key(old).public in publics  # what is on its way to the old one
        assert Vault(home.store.connection, old).prekeys(community) == []


def test_rotating(tmp_path: Path) -> None:
    community = settled(tmp_path / "h")
    with opened(tmp_path / "h") as home:
        first = home.identity.device
        assert home.rotate(NOW + 1) == first
        assert home.identity.device != first
        assert home.store.log.own_broken(home.identity.device) is False
    check(tmp_path / "h", community, first)
    second = identity.load(tmp_path / "h").device
    with opened(tmp_path / "h") as home:
        assert home.rotate(NOW + 2) == second
    check(tmp_path / "h", community, second)


def test_killed_anywhere_the_next_signature_finishes_it(tmp_path: Path) -> None:
    community = settled(tmp_path / "h")
    first = identity.load(tmp_path / "h").device
    rotated = 0
    for number in range(1, 80):
        path = tmp_path / f"{number}"
        shutil.copytree(tmp_path / "h", path)
        home = opened(path, Dies(number))
        try:
            home.rotate(NOW + 1)
        except Dead:
            home.close()
        else:
            home.close()
            break
        with opened(path) as again:
            begun = again.store.meta(RETIRING) is not None
            done = identity.load(path).device != first and not again.store.rebuilt
        if begun or done:
            rotated += 1
            check(path, community, first)
        else:
            assert identity.load(path).device == first
    else:
        pytest.fail("it never ends")
    assert rotated > 3


def test_another_process_goes_on_as_the_new_device_too(tmp_path: Path) -> None:
    """A node that serves must not write on with the key that has been retired."""
    settled(tmp_path / "h")
    with opened(tmp_path / "h") as serving, opened(tmp_path / "h") as other:
        first = serving.signer(NOW).device
        other.rotate(NOW + 1)
        assert serving.signer(NOW + 2).device == other.identity.device != first
        assert serving.identity == other.identity
        assert serving.signer(NOW + 3) is serving.signer(NOW + 3)


def test_two_processes_that_must_go_on_become_one_device(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settled(tmp_path / "h")
    renew, others = identity.renew_device, list[Future[bytes]]()
    with opened(tmp_path / "h") as one, ThreadPoolExecutor(1) as beside:

        def meanwhile(*given: Any) -> identity.Identity:
            others.append(beside.submit(in_thread, tmp_path / "h"))  # and it waits for this one
            return renew(*given)

        one.signer(NOW)
        with one.store.batch() as batch, batch.transaction() as tx:
            tx.must_not_go_on()
        monkeypatch.setattr(identity, "renew_device", meanwhile)
        device = one.signer(NOW + 1).device
        assert [each.result() for each in others] == [device]


def in_thread(path: Path) -> bytes:
    with opened(path) as home:
        return home.signer(NOW + 1).device


def test_without_the_passphrase_nothing_is_begun(tmp_path: Path) -> None:
    from hearth.identity.keyfile import KeyLockedError

    settled(tmp_path / "h")
    with Home.open(tmp_path / "h") as home:
        with pytest.raises(KeyLockedError):
            home.rotate(NOW)
        assert home.store.meta(RETIRING) is None


def test_the_program_and_what_the_neighbours_make_of_it(tmp_path: Path) -> None:
    street = Street(tmp_path)
    street.settle("ada", "bo")
    with street.hosting("bo") as serve:
        assert street("ada", "sync", serve.address).code == 0
    first = street.device("ada")
    assert street("ada", "key", "rotate").code == 2  # nobody is there to agree
    said = street.json("ada", "chat", "send", "#general", "before")["id"]
    document = street.json("ada", "key", "rotate", "--yes")
    assert document["old"] == first
    assert document["device"] == street.device("ada") != first
    assert street("ada", "corpus", "create", "later").code == 0
    assert street("ada", "corpus", "share", "later").code == 0
    with street.hosting("bo") as serve:
        assert street.json("ada", "sync", serve.address)["peers"][0]["equal"]
    names = {each["name"].partition("@")[0] for each in street.json("bo", "corpus")["corpora"]}
    assert "later" in names

    def seen(who: str) -> bool:
        return "before" in street(who, "chat", "read", "#general", "--keep-unread").out

    mine = street.json("ada", "device")["devices"]
    assert {each["retired"] for each in mine if each["device"] == first} == {True}
    kinds = [
        json.loads(line)["kind_name"] for line in street("bo", "log", "--json").out.splitlines()
    ]
    assert "retire-device" in kinds
    run = street("ada", "chat", "retract", said)  # what the old key has said
    assert run.code == 0
    assert "held, as far as is known, by bo\n" in run.out
    assert seen("bo")
    with street.hosting("bo") as serve:
        assert street.json("ada", "sync", serve.address)["peers"][0]["equal"]
    assert not seen("bo")
    for who in ("ada", "bo"):  # neither has heard of the other's: they introduce themselves
        street.json(who, "key", "rotate", "--yes")
    with street.hosting("bo") as serve:
        assert street.json("ada", "sync", serve.address)["peers"][0]["equal"]


def test_old_keys_are_shown_as_such(hearth: Hearth) -> None:
    assert hearth("init", "--name", "ada").code == 0
    assert hearth("key", "rotate", "--yes").code == 0
    assert hearth("key").out.count("no longer in use") == 1
