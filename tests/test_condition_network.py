"""The mode on a real network that is made for it: cables that are pulled, portals, exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from netns_kit import Lan, ip, needs_namespaces
from program import ROOT, clean_environment

pytestmark = [needs_namespaces, pytest.mark.slow]


class Place:
    """A machine with a hearth, and a wide net of two hosts on another."""

    def __init__(self, lan: Lan, folder: Path) -> None:
        self.lan, self.folder = lan, folder
        self.net = folder / "net"
        self.net.write_text("open")
        second = lan.address(1).rsplit(".", 1)[0] + ".77"
        lan.add_address(1, f"{second}/24")
        self.pages = f"http://{lan.address(1)}:8080/ok success; http://{second}:8080/204"
        argv = [sys.executable, str(ROOT / "tests" / "portal.py"), str(self.net)]
        server = lan.run(
            1, [*argv, lan.address(1), "8080", second, "8080"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert server.stdout is not None
        assert server.stdout.readline() == "ready\n"
        self.hearths = 0

    def environment(self, hearth: str, pages: str | None = None) -> dict[str, str]:
        return clean_environment(self.folder) | {
            "HEARTH_DIR": str(self.folder / hearth),
            "HEARTH_EMERGENCY_PROBES": self.pages if pages is None else pages,
        }

    def argv(self, *words: str) -> list[str]:
        return [sys.executable, "-P", "-m", "hearth", *words]

    def fresh(self) -> str:
        """A new hearth, which has seen nothing."""
        self.hearths += 1
        name = f"hearth{self.hearths}"
        self.lan.check(0, self.argv("init", "--name", "x"), env=self.environment(name))
        return name

    def status(self, hearth: str, pages: str | None = None) -> tuple[int, dict[str, Any]]:
        """What a look says, and its exit code."""
        done = subprocess.run(
            ["ip", "netns", "exec", self.lan.name(0),
             *self.argv("emergency", "status", "--exit-code", "--json")],
            capture_output=True, text=True, check=False, timeout=60,
            env=self.environment(hearth, pages),
        )  # fmt: skip
        assert done.stderr == ""
        return done.returncode, json.loads(done.stdout)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with Lan(2) as lan:
        yield Place(lan, tmp_path)


def value(found: dict[str, Any], axis: str) -> str:
    text: str = found["axes"][axis]["value"]
    return text


def test_what_one_look_makes_of_a_network(place: Place) -> None:
    code, found = place.status(place.fresh())
    assert (code, found["mode"], value(found, "wan")) == (0, "normal", "full")
    place.net.write_text("portal")
    code, found = place.status(place.fresh())
    assert (code, found["mode"], value(found, "wan")) == (20, "degraded", "portal")
    place.net.write_text("shut")
    code, found = place.status(place.fresh())
    assert (code, found["mode"], value(found, "wan")) == (21, "island", "none")
    # unless pages are set, nothing is asked, and nothing is known
    code, found = place.status(place.fresh(), pages="")
    assert (code, found["mode"], value(found, "wan")) == (0, "normal", "unknown")
    ip("-n", place.lan.hub, "link", "set", "port0", "down")
    code, found = place.status(place.fresh())
    assert (code, found["mode"], value(found, "link")) == (21, "island", "none")
    assert found["reasons"][0] in ("network: nothing at the other end of eth0",)


def test_a_single_look_changes_no_mode_that_was_believed(place: Place) -> None:
    hearth = place.fresh()
    assert place.status(hearth)[0] == 0
    place.net.write_text("portal")
    code, found = place.status(hearth)
    assert (code, found["mode"], value(found, "wan")) == (0, "normal", "full")
    assert found["axes"]["wan"]["seen"] == "portal"


def test_serve_tells_when_the_cable_is_pulled(place: Place) -> None:
    hearth = place.fresh()
    hook, out = place.folder / "hook", place.folder / "told"
    hook.write_text(f'#!/bin/sh\ncat >> "{out}"\n')
    hook.chmod(0o755)
    env = place.environment(hearth) | {"HEARTH_EMERGENCY_HOOK": str(hook)}
    serve = place.lan.run(
        0, place.argv("serve", "--json"), lifetime=300, env=env, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    assert serve.stdout is not None
    assert json.loads(serve.stdout.readline())["event"] == "ready"
    ip("-n", place.lan.hub, "link", "set", "port0", "down")
    changed = next(each for line in serve.stdout if (each := json.loads(line))["event"] == "mode")
    assert (changed["from"], changed["mode"]) == ("normal", "island")
    code, found = place.status(hearth)
    assert (code, found["mode"]) == (21, "island")
    serve.terminate()
    serve.wait(60)
    assert [json.loads(line)["mode"] for line in out.read_text().splitlines()] == ["island"]
