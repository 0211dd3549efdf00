"""A hearth brought back by copying an old state of its folder: the program itself, on loopback."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from street_kit import Street


@pytest.fixture
def street(tmp_path: Path) -> Street:
    return Street(tmp_path)


def restore(street: Street, name: str, old: Path) -> None:
    shutil.rmtree(street.path(name))
    shutil.copytree(old, street.path(name))


def share(street: Street, name: str, corpus: str) -> None:
    """Write something in the community: a corpus, shared."""
    assert street(name, "corpus", "create", corpus).code == 0
    assert street(name, "corpus", "share", corpus).code == 0


def sync(street: Street, here: str, there: str) -> None:
    with street.hosting(there) as serve:
        assert street.json(here, "sync", serve.address)["peers"][0]["equal"]


def own_devices(street: Street, name: str) -> dict[str, dict[str, object]]:
    listed = street.json(name, "device")["devices"]
    return {each["device"]: each for each in listed if each["community_name"] == "Mill Lane"}


def test_who_is_restored_and_meets_somebody_first_loses_nothing(street: Street) -> None:
    community = street.settle("ada", "bo")
    sync(street, "ada", "bo")
    shutil.copytree(street.path("ada"), street.folder / "old")
    share(street, "ada", "later")
    sync(street, "ada", "bo")
    before, first = street.log("bo", community), street.device("ada")
    restore(street, "ada", street.folder / "old")
    assert len(street.log("ada", community)) < len(before)

    sync(street, "ada", "bo")
    assert set(before) <= set(street.log("ada", community))
    share(street, "ada", "again")
    assert street.device("ada") != first
    sync(street, "ada", "bo")
    assert street.log("ada", community) == street.log("bo", community)
    assert {"later", "again"} <= {
        each["name"].partition("@")[0] for each in street.json("bo", "corpus")["corpora"]
    }
    assert not any(each["forked"] for each in own_devices(street, "ada").values())


def test_who_is_restored_and_writes_first_forks_and_goes_on(street: Street) -> None:
    community = street.settle("ada", "bo", "cy")
    sync(street, "ada", "bo")
    shutil.copytree(street.path("ada"), street.folder / "old")
    share(street, "ada", "before")
    sync(street, "ada", "bo")
    first = street.device("ada")
    restore(street, "ada", street.folder / "old")
    share(street, "ada", "instead")
    assert street.device("ada") == first  # it could not know

    sync(street, "ada", "bo")
    share(street, "ada", "after")
    second = street.device("ada")
    assert second != first
    retired = street("ada", "device", "revoke", first[:16], "--community", "Mill Lane", "--yes")
    assert retired.code == 0, retired
    for here, there in (("ada", "bo"), ("cy", "bo"), ("cy", "ada")):
        sync(street, here, there)
    logs = [street.log(name, community) for name in ("ada", "bo", "cy")]
    assert logs[0] == logs[1] == logs[2]
    mine = own_devices(street, "ada")
    assert (mine[first]["forked"], mine[first]["retired"]) == (True, True)
    assert mine[second]["current"]
    names = {each["name"].partition("@")[0] for each in street.json("cy", "corpus")["corpora"]}
    assert {"before", "instead", "after"} <= names
    for name in ("ada", "bo", "cy"):
        assert street(name, "fsck").code == 0
