"""Models in kits: put in with what runs them, taken in once, whole."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import gguf_kit
import model_kit
import pytest
from kits import core, small_wheel, small_wheels
from program import ROOT, Hearth

from hearth.kit import requirements

QUICK = True
PI = ("--platform", "linux-aarch64", "--python", "3.13")


def embed() -> list[str]:
    said = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    extras = said["project"]["optional-dependencies"]
    return [requirements.parse(each).name for each in extras["embed"]]


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    return small_wheels(tmp_path / "wheels")


@pytest.fixture
def maker(hearth: Hearth) -> Hearth:
    assert hearth("init", "--name", "ada").code == 0
    model_kit.wheel(hearth.home / "tiny.whl")
    gguf_kit.write(hearth.home / "story.gguf")
    assert hearth("model", "add", "tiny.whl", "--name", "tiny").code == 0
    assert hearth("model", "add", "story.gguf", "--name", "story").code == 0
    return hearth


def data(hearth: Hearth, *argv: str, code: int = 0) -> Any:
    run = hearth(*argv, "--json")
    assert run.code == code, run
    return json.loads(run.out)


def test_a_model_goes_in_with_what_runs_it(maker: Hearth, wheels: Path) -> None:
    make = ("kit", "create", "kit", *PI, "--wheels", str(wheels), "--model", "tiny")
    lacking = maker(*make)
    assert lacking.code == 1
    assert "onnxruntime" in lacking.err
    assert not (maker.home / "kit").exists()
    for name in embed():
        small_wheel(wheels, name)
    made = data(maker, *make)
    assert made["models"] == [{"name": "tiny", "kind": "embed", "licence": "apache-2.0"}]
    kit = maker.home / "kit"
    packed = {path.name.split("-")[0].replace("_", "-") for path in (kit / "wheels").iterdir()}
    assert packed >= {*core(), *embed(), "hearth"}
    assert sorted(path.name for path in (kit / "models" / "tiny").iterdir()) == [
        "model", "tokenizer",
    ]  # fmt: skip
    assert "tiny: a model (embed); licence: apache-2.0" in (kit / "README.txt").read_text()
    assert data(maker, "kit", "verify", "kit")["whole"]


def test_taken_in_it_is_the_same_model_once(maker: Hearth, wheels: Path, tmp_path: Path) -> None:
    run = maker("kit", "create", "kit", *PI, "--wheels", str(wheels), "--model", "story")
    assert run.code == 0
    assert "what runs the model" in run.err
    [before] = [each for each in data(maker, "model")["models"] if each["name"] == "story"]
    shutil.move(maker.home / "kit", tmp_path / "kit")
    there = Hearth(tmp_path / "there", quick=True)
    there.home.mkdir()
    assert there("init", "--name", "bo").code == 0
    kit = str(tmp_path / "kit")
    assert data(there, "kit", "take", kit)["models"] == [
        {"name": "story", "new": True, "error": None}
    ]
    [after] = data(there, "model")["models"]
    assert after["id"] == before["id"]
    assert after["complete"]
    assert there("model", "remove", "story").code == 0
    assert data(there, "kit", "take", kit)["models"] == []  # what was removed stays so
    assert data(there, "model")["models"] == []


def test_one_for_meaning_is_put_to_work(maker: Hearth, wheels: Path, tmp_path: Path) -> None:
    """At once; and again, if the first time was cut off."""
    for name in embed():
        small_wheel(wheels, name)
    argv = ("kit", "create", "kit", *PI, "--wheels", str(wheels), "--model", "tiny")
    assert maker(*argv).code == 0
    there = Hearth(tmp_path / "there", quick=True)
    there.home.mkdir()
    assert there("init", "--name", "bo").code == 0
    take = ("kit", "take", str(maker.home / "kit"))
    for _ in range(2):
        assert there(*take, env={"HEARTH_ASK_BACKGROUND": "0"}).code == 0
        assert "passages of the guide are found by meaning, too" in there("status").out
        (there.home / ".cache/hearth/guide.db").unlink()


def test_a_damaged_one_is_left_alone(maker: Hearth, wheels: Path, tmp_path: Path) -> None:
    argv = ("kit", "create", "kit", *PI, "--wheels", str(wheels), "--model", "story")
    assert maker(*argv).code == 0
    path = maker.home / "kit" / "models" / "story" / "model"
    path.write_bytes(path.read_bytes()[:-1])
    there = Hearth(tmp_path / "there", quick=True)
    there.home.mkdir()
    assert there("init", "--name", "bo").code == 0
    [taken] = data(there, "kit", "take", str(maker.home / "kit"), code=13)["models"]
    assert taken["error"]["code"] == "kit-damaged"
    assert data(there, "model")["models"] == []


@pytest.mark.slow
def test_a_bare_laptop_gets_the_same_bits(maker: Hearth, tmp_path: Path) -> None:
    """The real wheels of this installation, unpacked by start.sh; nothing of it is in reach."""
    made = maker("kit", "create", "kit", "--wheels", "installed", "--model", "tiny")
    assert made.code == 0, made
    bare = tmp_path / "bare"
    bare.mkdir()
    environment = {
        "HOME": str(bare), "PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8",
        "PYTHON": os.path.realpath(sys.executable), "HEARTH_SYNC_LAN": "0",
    }  # fmt: skip
    kit = maker.home / "kit"
    subprocess.run(
        ["sh", "start.sh", "is the water safe"], cwd=kit, env=environment, check=True,
        capture_output=True,
    )  # fmt: skip
    [python] = kit.glob("local/*/bin/python")
    script = (
        "import sys; from pathlib import Path; from hearth.home import Home\n"
        "from hearth.models import shelf; from hearth.models.embedding import open_embedder\n"
        "with Home.open(Path(sys.argv[1])) as home:\n"
        "    model = shelf.chosen(home, 'embed')\n"
        "    rows = open_embedder(home, model).embed(['boil the water'])\n"
        "    sys.stdout.buffer.write(rows.tobytes())\n"
    )

    def embed(program: Path | str, home: Path) -> bytes:
        argv = [str(program), "-P", "-c", script, str(home / ".local/share/hearth")]
        done = subprocess.run(argv, env=environment, cwd=bare, capture_output=True, check=True)
        return done.stdout

    here = embed(sys.executable, maker.home)
    assert len(here) == 4 * model_kit.HIDDEN
    assert embed(python, bare) == here


def test_one_that_is_not_there(maker: Hearth, wheels: Path) -> None:
    argv = ("kit", "create", "kit", *PI, "--wheels", str(wheels), "--model", "other")
    assert maker(*argv).code == 4
    assert not (maker.home / "kit").exists()
