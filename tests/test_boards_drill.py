"""hearth emergency drill: the real paths, and nothing left that looks real."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from chat_kit import Talkers, Three, ok


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Three:
    return Three(tmp_path_factory.mktemp("drill") / "three")


@pytest.fixture
def street(three: Three, tmp_path: Path) -> Talkers:
    return three.copy(tmp_path)


def drill(street: Talkers, who: str) -> dict[str, Any]:
    found: dict[str, Any] = street.json(who, "emergency", "drill")["drills"][0]
    return found


def test_a_rehearsal_tells_who_learnt_of_it_and_how(street: Talkers, tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    ok(street("ada", "emergency", "drill", "start", "--yes", "flood", "rehearsal"))
    assert {each["person_name"] for each in drill(street, "ada")["silent"]} == {"bo", "cy"}
    street.meet("ada", "bo")  # over the network
    ok(street("bo", "sync", str(stick)))
    ok(street("cy", "sync", str(stick)))  # and on by stick
    ok(street("cy", "emergency", "drill", "answer"))
    ok(street("cy", "sync", str(stick)))
    ok(street("bo", "sync", str(stick)))
    street.meet("ada", "bo")
    found = drill(street, "ada")
    learnt = {each["person_name"]: each for each in found["learnt"]}
    assert found["silent"] == []
    assert learnt["bo"]["way_told"] == "the network, from you"
    assert (learnt["cy"]["way"], learnt["cy"]["answered"]) == ("directory", True)
    assert all(0 <= each["after"] <= each["within"] for each in learnt.values())
    told = ok(street("ada", "emergency", "drill"))
    assert "2 of 2 others" in told
    print(told)
