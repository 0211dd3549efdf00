"""`hearth model`, and how a model gets from one hearth to another, by the real program."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import gguf_kit
import model_kit
import pytest
from program import Hearth
from street_kit import Street
from web_kit import send, serving

from hearth.commands.layout import size

QUICK = True


@pytest.fixture
def street(tmp_path: Path) -> Street:
    return Street(tmp_path)


def met(street: Street) -> Path:
    """Ada and bo have met; a folder beside their hearths, with the tiny wheel in it."""
    street.settle("ada", "bo")
    with street.serving("ada") as ada:
        street.json("bo", "sync", ada.address)
    place = street.path("ada").parent
    model_kit.wheel(place / "tiny.whl")
    street.json("ada", "model", "add", str(place / "tiny.whl"), "--name", "tiny")
    return place


@pytest.fixture
def mine(hearth: Hearth) -> Hearth:
    """A hearth with the tiny wheel beside it."""
    assert hearth("init", "--name", "ada").code == 0
    model_kit.wheel(hearth.home / "tiny-1.0-py3-none-any.whl")
    return hearth


def data(hearth: Hearth, *argv: str, code: int = 0) -> Any:
    run = hearth(*argv, "--json")
    assert run.code == code, run
    return json.loads(run.out)


def test_from_the_wheel_to_nothing(mine: Hearth) -> None:
    added = data(mine, "model", "add", "tiny-1.0-py3-none-any.whl", "--name", "tiny")
    assert added["new"]
    assert added["likeness"]["texts"] >= 64
    assert added["likeness"]["mean"] >= 0.99
    [listed] = data(mine, "model", "list")["models"]
    lying = [each.stat().st_size for each in mine.home.glob(".local/share/hearth/models/*")]
    assert listed.pop("unpacked") == sum(lying) > 0
    assert listed == {key: added[key] for key in listed}
    assert listed["used"]
    assert listed["complete"]
    again = data(mine, "model", "add", "tiny-1.0-py3-none-any.whl", "--name", "tiny")
    assert not again["new"]
    shown = mine("model", "show", "tiny").out
    assert "finds by meaning, used" in shown
    assert "32 numbers; reads 48 tokens" in shown
    assert f"in the store, {size(sum(lying))} unpacked" in shown
    assert data(mine, "model", "show", "tiny")["unpacked"] == sum(lying)
    assert mine("model", "verify").out == "tiny: all good\n"
    assert data(mine, "model", "remove", "tiny")["id"] == added["id"]
    assert data(mine, "model")["models"] == []
    assert mine("model", "show", "tiny").code == 4
    assert not [*(mine.home.glob(".local/share/hearth/models/*.onnx"))]


def test_which_one_is_used(mine: Hearth) -> None:
    for name in ("one", "two"):
        gguf_kit.write(mine.home / f"{name}.gguf", name=name)
        assert mine("model", "add", f"{name}.gguf", "--licence", "mit").code == 0

    def used() -> list[str]:
        return [each["name"] for each in data(mine, "model")["models"] if each["used"]]

    assert used() == ["two"]
    assert data(mine, "model", "use", "one")["kind"] == "chat"
    assert used() == ["one"]
    assert "one" in mine("model").out


def test_what_is_refused_leaves_nothing(mine: Hearth) -> None:
    whole = (mine.home / "tiny-1.0-py3-none-any.whl").read_bytes()
    (mine.home / "cut.whl").write_bytes(whole[: len(whole) // 2])
    cut = gguf_kit.write(mine.home / "cut.gguf")
    cut.write_bytes(cut.read_bytes()[:-1])
    (mine.home / "letter.txt").write_text("Dear neighbour")
    for name, code in (
        ("cut.whl", 13), ("cut.gguf", 13), ("letter.txt", 2), ("nowhere", 4), (".", 2),
    ):  # fmt: skip
        run = mine("model", "add", name)
        assert (run.code, run.out) == (code, ""), run
        assert run.err.startswith("hearth: error: ")
    assert mine("model", "add", "letter.txt", "--name", "a/b").code == 2
    assert data(mine, "model")["models"] == []


def test_a_model_damaged_in_the_store_is_found(mine: Hearth) -> None:
    gguf_kit.write(mine.home / "one.gguf", rows=4000)
    assert mine("model", "add", "one.gguf", "--name", "one").code == 0
    packs = [*(mine.home / ".local/share/hearth/packs").iterdir()]
    pack = max(packs, key=lambda path: path.stat().st_size)
    with pack.open("r+b") as file:
        file.seek(pack.stat().st_size // 2)
        byte = file.read(1)
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte[0] ^ 1]))
    [found] = data(mine, "model", "verify", "one", code=13)["models"]
    assert not found["sound"]
    assert "damaged" in found["error"]


def test_by_its_address(mine: Hearth) -> None:
    """A file on a web server; what was downloaded is not kept twice."""
    data_of = gguf_kit.write(mine.home / "one.gguf").read_bytes()
    with serving(lambda handler: send(handler, data_of)) as (url, asked):
        added = data(mine, "model", "add", url, "--name", "one")
        assert len(asked) == 1
    assert added["source"] == url
    assert added["files"][0]["size"] == len(data_of)
    assert not [*mine.home.glob(".local/share/hearth/models/incoming/*/*")]
    gone = mine("model", "add", url, "--name", "two")
    assert gone.code == 14
    assert "refused" in gone.err


def test_without_a_hearth(hearth: Hearth) -> None:
    assert hearth("model").code == 10
    assert hearth("model", "add", "x.gguf").code == 10


def test_shared_asked_for_and_fetched(street: Street) -> None:
    """Without `get`, nothing of it comes; with it, all of it, and both embed alike."""
    street.settle("ada", "bo")
    model_kit.wheel(street.path("ada").parent / "tiny.whl")
    wheel = str(street.path("ada").parent / "tiny.whl")
    added = street.json("ada", "model", "add", wheel, "--name", "tiny")
    objects = {each["object"] for each in added["files"]}
    with street.serving("ada") as ada:
        street.json("bo", "sync", ada.address)
        assert street.json("bo", "model")["models"] == []
        assert street.json("ada", "model", "share", "tiny")["shared"]
        for _ in range(2):
            [visit] = street.json("bo", "sync", ada.address)["peers"]
            assert visit["objects_in"] == 0
        [listed] = street.json("bo", "model")["models"]
        assert (listed["own"], listed["complete"], listed["used"]) == (False, False, False)
        assert street("bo", "model", "use", "tiny").code == 1
        for id in objects:
            assert street("bo", "cat-object", id).code == 4
        [asked] = street.json("bo", "get", "tiny")["models"]
        assert asked["asked"]
        assert not asked["here"]
        assert "asked for, offered in Mill Lane" in street("bo", "model").out
        assert "by ada in Mill Lane" in street("bo", "model", "show", "tiny").out
        street.json("bo", "sync", ada.address)
        [listed] = street.json("bo", "model")["models"]
        assert (listed["own"], listed["complete"], listed["used"]) == (True, True, True)
        assert listed["id"] == added["id"]
        [asked] = street.json("bo", "get", "model:tiny")["models"]
        assert asked["here"]
        assert street.json("bo", "model", "verify")["models"][0]["sound"]
        assert street.json("ada", "model", "share", "tiny", "--stop")["shared"] is False
        street.json("bo", "sync", ada.address)
        [listed] = street.json("bo", "model")["models"]
        assert listed["complete"]
        assert listed["offers"] == []


@pytest.mark.slow
def test_by_bundle_if_it_is_named_or_wanted(street: Street) -> None:
    place = met(street)
    assert street("ada", "bundle", "create", str(place / "a"), "--what", "model:tiny").code == 4
    street.json("ada", "model", "share", "tiny")

    def make(name: str, *argv: str) -> dict[str, Any]:
        made = street.json("ada", "bundle", "create", str(place / name), "--full", *argv)
        assert street("bo", "bundle", "apply", str(place / name)).code in (0, 3)
        return made

    assert make("plain")["objects"] == 0  # nobody has asked for it
    [listed] = street.json("bo", "model")["models"]
    assert not listed["complete"]
    assert make("named", "--what", "model:tiny")["objects"] >= 2
    [listed] = street.json("bo", "model")["models"]
    assert not listed["complete"]  # bo has not asked
    street.json("bo", "get", "tiny")
    assert street("bo", "bundle", "apply", str(place / "named")).code in (0, 3)
    [listed] = street.json("bo", "model")["models"]
    assert listed["complete"]
    for what in ("model", "model:", "models:tiny", "chat:tiny"):
        run = street("ada", "bundle", "create", str(place / "b"), "--what", what)
        assert run.code == 2, what


@pytest.mark.slow
def test_in_a_folder_it_lies_for_those_who_asked(street: Street) -> None:
    place = met(street)
    street.json("ada", "model", "share", "tiny")
    stick = str(place / "stick")
    (place / "stick").mkdir()
    for who in ("ada", "bo", "ada"):
        assert street(who, "sync", stick).code in (0, 3)
    assert sum(each.stat().st_size for each in (place / "stick").rglob("*")) < 60_000
    street.json("bo", "get", "tiny")
    for who in ("bo", "ada", "bo"):
        assert street(who, "sync", stick).code in (0, 3)
    [listed] = street.json("bo", "model")["models"]
    assert listed["complete"]
