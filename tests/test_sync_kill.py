"""`kill -9` of either side of a large sync, again and again: nothing is lost, nothing starts anew.

One copy is fetched in as many pieces as there are kills: each run is killed, or the node that
serves it, at a random moment, and the next goes on. After some of the kills a copy of what is
there is synced to the end, and must be sent what it lacks and no more.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import apsw
import pytest
from mesh_kit import joined_pair
from program import Hearth

from hearth.store.header import Lane

EVENTS = 50_000
PAYLOAD = 4_000
KILLS = 100
COPIES = 6
FRAME = 4096  # events in a frame, at most


@contextmanager
def serving(hearth: Hearth, path: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    from program import clean_environment

    argv = hearth.command("--hearth", path, "serve", "--listen", "127.0.0.1:0", "--json")
    process = subprocess.Popen(
        argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=clean_environment(hearth.home)
    )
    try:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        yield process, f"127.0.0.1:{ready['port']}"
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        process.stderr.close()


def held(path: Path, community: bytes) -> int:
    connection = apsw.Connection(str(path / "hearth.db"), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        return int(
            connection.execute(
                "SELECT count(*) FROM events e JOIN runs r ON r.number = e.run"
                " JOIN chains c ON c.number = r.chain WHERE c.community = ?",
                (community,),
            ).get
        )
    finally:
        connection.close()


def kill_at_random(
    hearth: Hearth, target: Path, address: str, server: subprocess.Popen[bytes] | None, after: float
) -> None:
    """Begin a sync, and kill it, or the other side, some moments after."""
    from program import clean_environment

    argv = hearth.command("--hearth", target, "pull", address)
    process = subprocess.Popen(
        argv,
        env=clean_environment(hearth.home),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    time.sleep(after)
    if server is None:
        os.kill(process.pid, signal.SIGKILL)
    else:
        os.kill(server.pid, signal.SIGKILL)
        server.wait()
    assert process.wait(timeout=60) in (0, 14, -signal.SIGKILL)


def finish(hearth: Hearth, target: Path, address: str) -> dict[str, Any]:
    done = hearth("--hearth", target, "pull", address, "--json")
    assert done.code == 0, done.err
    [peer] = json.loads(done.out)["peers"]
    found: dict[str, Any] = peer
    return found


def go(hearth: Hearth, folder: Path, events: int, kills: int, copies: int, seed: int) -> None:
    rng = random.Random(seed)
    ada, otto, community = joined_pair(folder)
    ada.say_much(community, events, PAYLOAD, rng)
    total = len(ada.events(community))
    ada.home.close()
    otto.home.close()
    copied = set(rng.sample(range(kills), copies))
    number = 0
    while number < kills:
        with serving(hearth, ada.path) as (server, address):
            while number < kills:
                ours = rng.random() < 0.7
                after = 0.25 + rng.random() * 0.6
                kill_at_random(hearth, otto.path, address, None if ours else server, after)
                number += 1
                if number - 1 in copied:
                    break
                if not ours:
                    break
        if number - 1 in copied:
            copy = folder / "copy"
            shutil.copytree(otto.path, copy)
            before = held(copy, community)
            with serving(hearth, ada.path) as (_, address):
                peer = finish(hearth, copy, address)
            assert peer["events_in"] == total - before
            assert peer["events_repeated"] <= FRAME
            assert held(copy, community) == total
            shutil.rmtree(copy)
    with serving(hearth, ada.path) as (_, address):
        finish(hearth, otto.path, address)
    ada.open()
    otto.open()
    for lane in Lane:
        assert ada.home.store.log.digest(community, lane) == otto.home.store.log.digest(
            community, lane
        )
    assert ada.events(community) == otto.events(community)
    for member in (ada, otto):
        member.home.close()
        assert hearth("--hearth", member.path, "fsck").code == 0


def test_killed_a_few_times(hearth: Hearth, tmp_path: Path) -> None:
    go(hearth, tmp_path, 2_000, 3, 1, seed=1)


@pytest.mark.slow
def test_killed_a_hundred_times(hearth: Hearth, tmp_path: Path) -> None:
    go(hearth, tmp_path, EVENTS, KILLS, COPIES, seed=2)
