"""A program on a machine of the test's LAN: announces, watches, finds, listens or speaks.

It speaks JSON, a line at a time, and does what its stdin says; when that ends, so does it.
"""

from __future__ import annotations

import itertools
import json
import os
import resource
import select
import socket
import sys
import time
from collections.abc import AsyncIterator
from typing import Any

import anyio
from mdns_kit import listening, speaking

from hearth.sync.discovery import announced, find, watch
from hearth.sync.lan_network import NoNetworkError
from hearth.sync.lan_services import Found


def say(what: Any) -> None:
    print(json.dumps(what), flush=True)


async def told() -> AsyncIterator[list[Any]]:
    """The lines of stdin. Waits for it without a thread, which could not be left behind."""
    rest = b""
    while True:
        await anyio.wait_readable(0)
        data = os.read(0, 65536)
        if not data:
            return
        *lines, rest = (rest + data).split(b"\n")
        for line in lines:
            yield json.loads(line)


def plain(found: Found) -> list[Any]:
    return [found.host, found.port, found.known.hex() if found.known else None, found.instance]


class Clock:
    def __init__(self, now: int) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now


async def announcing(order: dict[str, Any], communities: list[bytes]) -> None:
    """Announce; `["now", N]` sets the clock, `["stop"]` and `["fail"]` leave the block."""
    clock = Clock(order["now"])
    async with announced(order["port"], communities, clock, tick=0.05) as name:
        say(name)
        async for line in told():
            if line[0] == "stop":
                break
            if line[0] == "fail":
                raise KeyError("as told")
            clock.now = line[1]
    say("stopped")


async def watching(order: dict[str, Any], communities: list[bytes]) -> None:
    """Tell what is found; `["places"]` asks what there is."""
    own = order.get("own", [])
    async with watch(communities, Clock(order["now"]), own=own) as watcher:
        say("watching")

        async def tell() -> None:
            async for found in watcher:
                say(["found", *plain(found)])

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(tell)
            async for line in told():
                if line[0] == "places":
                    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
                    say(["places", [plain(found) for found in watcher.places()], memory])
            tasks.cancel_scope.cancel()


async def finding(order: dict[str, Any], communities: list[bytes]) -> None:
    found = await find(communities, Clock(order["now"]), order["seconds"])
    say([plain(one) for one in found])


def capturing() -> None:
    """Keep every packet of the group; tell them all when stdin ends."""
    sockets = {one.fileno(): one for one in listening()}
    packets: list[str] = []
    say("listening")
    while True:
        ready, _, _ = select.select([0, *sockets], [], [])
        if 0 in ready and not os.read(0, 65536):
            say(packets)
            return
        packets += [sockets[one].recv(65536).hex() for one in ready if one != 0]


def speaks(again: bool, pause: float) -> None:
    """Send what stdin says, in hexadecimal, to the group; once, or until we are killed.

    With a pause after each packet, whoever listens can keep up.
    """
    out = speaking()
    packets = [bytes.fromhex(line) for line in sys.stdin]
    for packet in itertools.cycle(packets) if again else packets:
        out.send(packet)
        if pause:
            time.sleep(pause)
    say(len(packets))


def main() -> None:
    order = json.loads(sys.argv[1])
    communities = [bytes.fromhex(one) for one in order.get("communities", [])]
    if "hostname" in order:
        socket.sethostname(order["hostname"])  # in a UTS namespace of its own
    whats = {"announce": announcing, "watch": watching, "find": finding}
    if order["what"] in whats:
        try:
            anyio.run(whats[order["what"]], order, communities)
        except NoNetworkError as error:
            say([error.code, error.exit_code])
        except KeyError:
            say("failed as told")
    else:
        capturing() if order["what"] == "capture" else speaks(
            order.get("again", False), order.get("pause", 0.0)
        )


if __name__ == "__main__":
    main()
