"""What is thinned when power is scarce or the net is gone: rounds, calls, heavy work."""

from __future__ import annotations

import json
import random
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import anyio
import model_kit
import pytest
from mesh_kit import NOW, members
from program import Hearth
from test_mesh_gossip import place

from hearth.commands.condition_serve import _Watch, thin
from hearth.condition import keeping, looking, power, probing, thrift
from hearth.condition.axes import Mode, Power, Values
from hearth.condition.known import Known
from hearth.condition.ways import Ways
from hearth.mesh.peers import Known as KnownPeer, Place
from hearth.mesh.serving import ROUND, Serving, partners
from hearth.store.errors import CorruptError, LockedError
from hearth.store.header import Lane


def known(power: Power, mode: Mode = Mode.NORMAL) -> Known:
    values = Values(power=power)
    return Known(mode, mode, None, None, values, values, {}, (), None)


@pytest.mark.parametrize(
    ("power", "every", "resting"),
    [
        (Power.UNKNOWN, ROUND, False),
        (Power.MAINS, ROUND, False),
        (Power.BATTERY, ROUND, False),
        (Power.LOW, ROUND * 4, False),
        (Power.CRITICAL, ROUND * 4, True),
    ],
)
def test_rounds_by_the_battery(tmp_path: Path, power: Power, every: float, resting: bool) -> None:
    with members(tmp_path, "ada") as (ada,):
        serving = Serving(ada.node, ada.served.append)
        thin(serving, known(power))
        assert (serving.every, serving.resting, serving.near_first) == (every, resting, False)
        thin(serving, known(Power.MAINS, Mode.ISLAND))
        assert (serving.every, serving.resting, serving.near_first) == (ROUND, False, True)


def test_who_only_writes_for_long_is_told_of_if_they_still_do_at_the_next_try() -> None:
    said: list[str] = []
    terminal = SimpleNamespace(warn=lambda message, *hints: said.append(message))
    session: Any = SimpleNamespace(terminal=terminal)
    unused: Any = SimpleNamespace()
    watch, busy = _Watch(session, unused, unused), LockedError("another process writes")
    watch.failed(busy)
    watch._report(known(Power.MAINS), None)
    watch.failed(busy)
    assert said == []
    watch.failed(busy)
    watch.failed(busy)
    assert said == ["the mode is not kept up to date: another process writes"]
    watch = _Watch(session, unused, unused)
    watch.failed(CorruptError("the database is damaged"))
    assert said[1:] == ["the mode is not kept up to date: the database is damaged"]


def test_on_the_last_of_the_battery_only_emergencies_are_worth_a_call(tmp_path: Path) -> None:
    async def scenario() -> None:
        with members(tmp_path, "ada", "bo") as (ada, bo):
            community = ada.found()
            async with bo.serving() as bos, ada.serving() as adas:
                await bo.join(ada.invite(community), adas)
            ada.remember(bos)
            calls: list[list[Place]] = []

            class Noting(Serving):
                async def call(self, group: list[Place]) -> None:
                    calls.append(group)

            serving = Noting(ada.node, ada.served.append, every=0.1, resting=True)
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(serving.gossip)
                await anyio.sleep(1.3)
                ada.say(community, "chatter")
                await anyio.sleep(1.3)
                assert calls == []
                ada.say(community, "the dam breaks", Lane.EMERGENCY)
                with anyio.fail_after(30):
                    while not calls:
                        await anyio.sleep(0.05)
                serving.resting = False
                calls.clear()
                with anyio.fail_after(30):
                    while not calls:
                        await anyio.sleep(0.05)
                tasks.cancel_scope.cancel()

    anyio.run(scenario)


def test_what_is_near_comes_first_and_the_others_are_not_forgotten() -> None:
    found = [[place(number, number)] for number in range(1, 9)]
    heard = {
        group[0][:2]: KnownPeer(group[0], 0, NOW - n * 60, NOW - n * 60, None)
        for n, group in enumerate(found)
    }
    near = {(group[0].host, group[0].port) for group in found[:3]}  # met last, all of them
    rng, called, seen = random.Random(1), dict[tuple[str, int], int](), set[int]()
    for now in range(NOW, NOW + 12):
        chosen = partners(found, heard, called, rng, first=near)
        assert [group[0][:2] in near for group in chosen][:2] == [True, True]
        called.update({group[0][:2]: now for group in chosen})
        seen |= {group[0].port for group in chosen}
    assert seen == set(range(1, 9))
    apart = partners(found, heard, {}, rng)
    assert not any(group[0][:2] in near for group in apart)


def test_nobody_outside_is_asked_unless_it_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*arguments: object) -> None:
        raise AssertionError("somebody was asked")

    monkeypatch.setattr(probing, "look", never)
    monkeypatch.setattr(power, "ask", never)
    monkeypatch.setattr("socket.getaddrinfo", never)
    asked = looking.ask(Ways())
    assert asked.ups is None
    assert asked.wan is not None
    assert asked.wan[0].value == "unknown"


# heavy work

HERE = {"HEARTH_ASK_BACKGROUND": "0"}
LOW = {"v": keeping.VERSION, "power": "low", "percent": 22, "mode": "normal"}


def test_vectors_wait_for_the_mains(hearth: Hearth) -> None:
    folder = hearth.home / "notes"
    folder.mkdir()
    (folder / "stove.md").write_text("# The stove\n\nOpen the window when the stove smokes.\n")
    hearth("init")
    model_kit.folder(hearth.home / "tiny")
    assert hearth("model", "add", "tiny", "--name", "tiny", env=HERE).code == 0
    kept = hearth.home / ".local/share/hearth" / keeping.FILE
    kept.write_text(json.dumps({**LOW, "looked": int(time.time())}))
    run = hearth("add", "notes", env=HERE)
    assert run.code == 0
    assert "finding by meaning waits: on battery, 22 % left" in run.err
    run = hearth("sync", env=HERE)  # as from cron
    assert (run.code, run.err) == (14, "")
    kept.write_text(json.dumps({**LOW, "looked": int(time.time())}))  # sync has looked anew
    found = json.loads(hearth("status", "--json").out)["meaning"]
    assert (found["having"], found["passages"]) == (0, 1)
    # in the background it stops as well
    run = hearth("reindex", "--vectors", "--json")
    assert (run.code, json.loads(run.out)["missing"]) == (3, 1)
    kept.write_text(json.dumps({**LOW, "power": "mains", "looked": int(time.time())}))
    assert hearth("reindex", "--vectors").code == 0
    assert json.loads(hearth("status", "--json").out)["meaning"]["having"] == 1


def test_pauses_are_four_times_as_long(tmp_path: Path) -> None:
    nothing = tmp_path / "none"
    assert thrift.slower(tmp_path, NOW, nothing) == 1
    (tmp_path / keeping.FILE).write_text(json.dumps({**LOW, "looked": NOW}))
    assert thrift.slower(tmp_path, NOW, nothing) == 4
