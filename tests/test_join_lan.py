"""Joining on a LAN with a ticket that says no address: machines of their own, on a bridge."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from netns_kit import BOUND, Lan, needs_namespaces
from program import Hearth, clean_environment

from hearth.community import ticket


def argv(hearth: Hearth, folder: Path, who: str, *words: str) -> list[str]:
    return [str(each) for each in hearth.command("--hearth", str(folder / who), *words)]


@needs_namespaces
def test_a_ticket_without_an_address_finds_its_steward(hearth: Hearth, tmp_path: Path) -> None:
    environment = clean_environment(hearth.home) | {"HEARTH_SYNC_LAN": "yes"}
    for who in ("ada", "otto"):
        assert hearth("--hearth", str(tmp_path / who), "init", "--name", who).code == 0
    ada = ("--hearth", str(tmp_path / "ada"))
    assert hearth(*ada, "community", "create", "Mill Lane").code == 0
    offered = hearth(*ada, "invite", "--text", prefix=["unshare", "-n"])
    assert ticket.decode(offered.out).addresses == ()

    def on(lan: Lan, machine: int, who: str, *words: str) -> subprocess.CompletedProcess[Any]:
        process = lan.run(
            machine,
            argv(hearth, tmp_path, who, *words),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            env=environment,
            text=True,
        )
        out, err = process.communicate(timeout=2 * BOUND)
        return subprocess.CompletedProcess([], process.returncode, out, err)

    with Lan(2) as lan:
        missed = on(lan, 1, "otto", "join", offered.out.strip())
        assert missed.returncode == 14
        assert "nobody was found on this network" in missed.stderr

        serving = lan.run(
            0,
            argv(hearth, tmp_path, "ada", "serve", "--json"),
            stdout=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            env=environment,
            text=True,
        )
        assert serving.stdout is not None
        assert json.loads(serving.stdout.readline())["event"] == "ready"
        joined = on(lan, 1, "otto", "join", "--json", offered.out.strip())
        assert joined.returncode == 0, joined
        told = json.loads(joined.stdout)
        assert (told["members"], told["address"]) == (2, f"{lan.address(0)}:7411")
        assert told["told"] is True

        # The next ticket says by itself where that hearth serves.
        again = on(lan, 0, "ada", "invite", "--json")
        assert json.loads(again.stdout)["addresses"] == [{"host": lan.address(0), "port": 7411}]
