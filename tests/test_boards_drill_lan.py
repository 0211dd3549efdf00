"""A rehearsal over three machines and a stick: who learnt of it, when and how; nothing is left."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from netns_kit import Lan, needs_namespaces
from street_kit import Street
from test_sync_lan_verbs import NAMES, House

pytestmark = [needs_namespaces, pytest.mark.slow]
TEXT = "the dam at Oldmill has burst"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with Lan(3) as lan:
        yield House(Street(tmp_path), lan)


def data(house: House, name: str, *argv: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(house(name, "emergency", *argv, "--json"))
    return found


SCREENS = ((), ("notice", "list", "--all"), ("drill",), ("report",), ("status",), ("board",))


def looks_real(house: House, name: str, screens: Any = SCREENS) -> list[str]:
    """Whatever on somebody's screen has the words of the rehearsal and does not say what it is."""
    found = []
    for argv in screens:
        lines = house(name, "emergency", *argv).splitlines()
        found += [e for e in lines if "Oldmill" in e and "EXERCISE, NOT REAL" not in e]
    return found


def test_three_machines_and_a_stick(house: House, tmp_path: Path) -> None:
    street = house.street
    community = street.settle(*NAMES)
    stick = tmp_path / "stick"
    stick.mkdir()
    house.serve("ada")
    for name in ("bo", "cy", "bo"):  # who can be reached knows of the others
        house(name, "sync")
    house.lan.unplug(2)  # from now on cy hears nothing but what is carried there
    begun = data(house, "ada", "drill", "start", "--yes", *TEXT.split())
    assert begun["real"] is False
    assert json.loads(house("bo", "sync", "--json"))["reached"] == 1
    house("cy", "sync", codes=(14,))
    for name in ("bo", "cy"):
        house(name, "sync", str(stick))
    house("cy", "emergency", "drill", "answer")
    for name in ("cy", "bo"):
        house(name, "sync", str(stick))
    house("bo", "sync")

    (found,) = data(house, "ada", "drill")["drills"]
    assert (found["status"], found["real"], found["running"]) == ("Exercise", False, True)
    assert found["silent"] == []
    learnt = {each["person_name"]: each for each in found["learnt"]}
    assert [learnt[name]["way"] for name in ("bo", "cy")] == ["network", "directory"]
    assert learnt["bo"]["way_told"] == "the network, from you"
    assert (learnt["bo"]["answered"], learnt["cy"]["answered"]) == (False, True)
    assert all(0 <= each["after"] <= each["within"] + 3600 for each in learnt.values())
    told = house("ada", "emergency", "drill")
    assert all(line.startswith(("EXERCISE, NOT REAL: ", "    ")) for line in told.splitlines())

    for name in NAMES:
        assert looks_real(house, name) == []
        picture = data(house, name)
        assert picture["condition"]["mode"] != "emergency"
        assert [each["real"] for each in picture["notices"]] == [False]
        assert data(house, name, "status")["declared"] == []

    house("ada", "emergency", "drill", "end")
    house("bo", "sync")
    for name in ("bo", "cy"):
        house(name, "sync", str(stick))
    for name in NAMES:
        assert not data(house, name, "drill")["drills"][0]["running"]
        assert data(house, name)["notices"] == []
        assert looks_real(house, name, SCREENS[:3]) == []
        assert json.loads(house(name, "emergency", "drill", "erase", "--yes", "--json"))["erased"]
        assert data(house, name, "drill")["drills"] == []
        assert data(house, name, "notice", "list", "--all")["notices"] == []
        assert data(house, name, "board")["community"] == community.hex()
    for name in NAMES:
        held = b"".join(path.read_bytes() for path in street.path(name).glob("*.db*"))
        assert b"Oldmill" not in held
