"""Hearths that find each other on a LAN by themselves: verbs on machines that share a bridge."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from netns_kit import BOUND, Lan, needs_namespaces
from street_kit import Serve, Street, until

pytestmark = needs_namespaces
NAMES = ("ada", "bo", "cy")


class House:
    """A street whose hearths live on machines of a LAN, in the order of their names."""

    def __init__(self, street: Street, lan: Lan) -> None:
        self.street = street
        self.lan = lan

    def _argv(self, *argv: str) -> list[str]:
        return [sys.executable, "-P", "-m", "hearth", *argv]

    def _options(self, name: str) -> dict[str, Any]:
        return {
            "env": self.street.environment(name, {"HEARTH_SYNC_LAN": "1"}),
            "cwd": self.street.home,
        }

    def __call__(self, name: str, *argv: str, codes: tuple[int, ...] = (0,)) -> str:
        """Run a verb on somebody's machine; what it printed."""
        process = self.lan.run(
            NAMES.index(name), self._argv(*argv), stdout=subprocess.PIPE, text=True,
            **self._options(name),
        )  # fmt: skip
        out, _ = process.communicate(timeout=BOUND)
        assert process.returncode in codes, argv
        return str(out)

    def find(self, name: str, *argv: str) -> str:
        """What `peer find` printed; nothing, if nobody was found."""
        return self(name, "peer", "find", *argv, codes=(0, 4))

    def serve(self, name: str, *argv: str) -> Serve:
        """Serve on somebody's machine, until the LAN is taken down."""
        process = self.lan.run(
            NAMES.index(name), self._argv("serve", "--json", *argv), stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, **self._options(name),
        )  # fmt: skip
        return Serve(process)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    street = Street(tmp_path)
    with Lan(3) as lan:
        yield House(street, lan)


def test_they_find_each_other_and_become_equal(house: House) -> None:
    """Nobody names an address: one serves, the others find it and sync."""
    street = house.street
    community = street.settle(*NAMES)
    for name in NAMES:
        street.say(name, community, f"from {name}")
    ada = house.serve("ada")
    assert ada.port == 7411
    address = house.lan.address(0)
    assert [address, 7411] in ada.ready["at"]

    until(lambda: house.find("bo"))
    places = json.loads(house.find("bo", "--json"))["found"]
    assert (address, 7411) in {(each["host"], each["port"]) for each in places}
    assert {each["community"] for each in places} == {community.hex()}
    assert len({each["instance"] for each in places}) == 1
    shown = house.find("bo").splitlines()
    assert shown == [f"{address}:7411  a member of Mill Lane"]

    for name in ("bo", "cy", "bo"):
        told = json.loads(house(name, "sync", "--json"))
        assert told["reached"] == 1
        visits = [visit for visit in told["peers"] if visit["ok"]]
        assert [(visit["peer"], visit["equal"]) for visit in visits] == [("ada", True)]
    assert street.log("ada", community) == street.log("bo", community)
    assert street.log("ada", community) == street.log("cy", community)
    assert len(street.log("ada", community)) == 12
    assert house.find("ada", "--for", "1") == ""  # nobody finds themselves
    alone = json.loads(house("ada", "sync", "--json", codes=(14,)))
    assert alone["peers"] == []


def test_those_who_serve_meet_without_being_told_to(house: House) -> None:
    """Two serve; neither knows an address of the other, and no verb is run."""
    street = house.street
    community = street.settle("ada", "bo")
    street.say("ada", community, "from ada")
    street.say("bo", community, "from bo")
    ada, bo = house.serve("ada"), house.serve("bo")
    ada.next("met", lambda met: met["equal"])
    bo.next("met", lambda met: met["equal"])
    assert street.log("ada", community) == street.log("bo", community)


def test_strangers_on_the_same_network_leave_each_other_alone(house: House) -> None:
    """Another community's hearth is found, not recognised, and learns nothing."""
    street = house.street
    community = street.settle("ada", "bo")
    street.settle("cy", community="Other Street")
    ada = house.serve("ada")
    shown = until(lambda: house.find("cy")).splitlines()
    assert shown == [f"{house.lan.address(0)}:7411  another hearth"]
    assert json.loads(house("cy", "sync", "--json", codes=(14,)))["peers"] == []
    assert ada.next("failed")["error"]["code"] == "handshake-failed"
    assert community.hex() not in street.communities("cy")


def test_no_lan_is_not_found(house: House) -> None:
    street = house.street
    street.settle("ada", "bo")
    house.serve("ada", "--no-lan")
    assert house.find("bo", "--for", "1") == ""
    told = json.loads(house("bo", "sync", house.lan.address(0), "--json"))
    assert [visit["peer"] for visit in told["peers"] if visit["ok"]] == ["ada"]
