"""Finding each other on a LAN: processes on machines that share nothing but a bridge."""

from __future__ import annotations

import json
import random
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from mdns_kit import SERVICE, answer, labels, pointer, record, service, text
from netns_kit import Lan, needs_namespaces
from sync_kit import seed

from hearth.sync.lan_hint import hint

pytestmark = needs_namespaces
NODE = Path(__file__).parent / "lan_node.py"
NOW = 1_800_000_123
HOUR = NOW // 3600
OURS, HERS = seed("ours"), seed("hers")
HOSTNAME = "annas-kitchen-pi"


def command(**order: Any) -> list[str]:
    return [sys.executable, str(NODE), json.dumps(order)]


class Node:
    """A program on a machine, and the lines between it and us."""

    def __init__(self, lan: Lan, machine: int, *before: str, **order: Any) -> None:
        if "communities" in order:
            order["communities"] = [one.hex() for one in order["communities"]]
        self.process = lan.run(
            machine,
            [*before, *command(**order)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def hear(self) -> Any:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, f"it has ended: {self.process.wait(30)}"
        return json.loads(line)

    def tell(self, *line: Any) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(line) + "\n")
        self.process.stdin.flush()

    def say(self, packets: list[bytes]) -> int:
        """Have a speaker send these, and how many went out."""
        out, _ = self.process.communicate("".join(f"{one.hex()}\n" for one in packets), 120)
        sent: int = json.loads(out.splitlines()[-1])
        return sent

    def places(self) -> list[Any]:
        """What a watcher knows, after what it has found of late."""
        self.tell("places")
        while (line := self.hear())[0] != "places":
            pass
        self.memory = line[2]
        found: list[Any] = line[1]
        return found

    def until(self, least: int, most: int | None = None) -> list[Any]:
        """Ask a watcher until it knows so many places."""
        for _ in range(600):
            if least <= len(found := self.places()) <= (most or least):
                return found
            time.sleep(0.05)
        raise AssertionError(f"not {least}, but {found}")

    def end(self) -> str:
        """End its stdin, and so itself; what it said last."""
        out, _ = self.process.communicate(timeout=30)
        assert self.process.returncode == 0
        return str(out)


@pytest.fixture
def lan() -> Iterator[Lan]:
    with Lan(3) as made:
        yield made


def announcer(lan: Lan, machine: int = 0, *before: str, **order: Any) -> Node:
    fields = {"port": 7711, "now": NOW, "communities": [OURS, HERS], **order}
    return Node(lan, machine, *before, what="announce", **fields)


def watcher(lan: Lan, machine: int = 1, **order: Any) -> Node:
    node = Node(lan, machine, what="watch", **{"now": NOW, "communities": [OURS], **order})
    assert node.hear() == "watching"
    return node


def test_a_member_is_found_and_recognised(lan: Lan) -> None:
    name = announcer(lan).hear()
    found = json.loads(
        lan.check(1, command(what="find", now=NOW + 3600, seconds=2.0, communities=[OURS.hex()]))
    )
    expected = [[lan.address(0), 7711, OURS.hex(), name]]
    if (link := lan.link_local(0)) is not None:
        assert len(found) == 2
        host, scope = found[1].pop(0).split("%")
        assert (host, scope.isdigit()) == (link, True)
        expected.append(expected[0][1:])
    assert found == expected


def test_a_stranger_is_found_and_not_recognised_and_comes_last(lan: Lan) -> None:
    watching = watcher(lan, 1, communities=[HERS])
    announcer(lan, 0, communities=[OURS]).hear()
    assert watching.hear()[3] is None
    name = announcer(lan, 2, communities=[OURS, HERS]).hear()
    per_node = 1 if lan.link_local(0) is None else 2
    found = watching.until(2 * per_node)
    assert [one[2] for one in found] == [HERS.hex()] * per_node + [None] * per_node
    assert found[0][3] == name


def test_ones_own_announcement_is_left_out(lan: Lan) -> None:
    mine, other = announcer(lan, 0).hear(), announcer(lan, 2).hear()
    watching = watcher(lan, 0, own=[mine])
    per_node = 1 if lan.link_local(0) is None else 2
    assert {one[3] for one in watching.until(per_node)} == {other}
    seen = watcher(lan, 0)
    assert {one[3] for one in seen.until(2 * per_node)} == {mine, other}


def test_an_observer_learns_no_name_and_no_id(lan: Lan) -> None:
    capture = Node(lan, 2, what="capture")
    assert capture.hear() == "listening"
    node = announcer(lan, 0, "unshare", "--uts", hostname=HOSTNAME)
    name = node.hear()
    watching = watcher(lan)
    assert watching.hear()[3] == OURS.hex()
    node.tell("stop")
    assert node.hear() == "stopped"
    packets = [bytes.fromhex(one) for one in json.loads(capture.end())]
    assert any(name.encode() in packet for packet in packets)
    assert any(b"\x07_hearth\x04_tcp\x05local" in packet for packet in packets)
    for packet in packets:
        assert HOSTNAME.encode() not in packet
        for community in (OURS, HERS):
            assert community[:8] not in packet
            assert community.hex()[:16].encode() not in packet
    texts = {bytes(packet[at : at + 67]) for packet in packets
             if (at := packet.find(b"\x42h=")) >= 0}  # fmt: skip
    assert len(texts) == 1
    assert hint(OURS, HOUR, name) in texts.pop()


def test_it_says_goodbye(lan: Lan) -> None:
    watching = watcher(lan)
    node = announcer(lan)
    node.hear()
    watching.hear()
    node.tell("stop")
    assert node.hear() == "stopped"
    assert watching.until(0) == []


def test_it_says_goodbye_after_a_failure_which_stays_what_it_is(lan: Lan) -> None:
    watching = watcher(lan)
    node = announcer(lan)
    node.hear()
    watching.hear()
    node.tell("fail")
    assert node.hear() == "failed as told"
    assert watching.until(0) == []


def test_the_hint_is_renewed_when_the_hour_changes(lan: Lan) -> None:
    node = announcer(lan, communities=[OURS])
    node.hear()
    later = watcher(lan, 1, now=NOW + 5 * 3600)
    assert later.hear()[3] is None
    node.tell("now", NOW + 5 * 3600)
    while (known := later.hear()[3]) is None:
        pass
    assert known == OURS.hex()


def test_a_machine_without_any_network(lan: Lan) -> None:
    lan.unplug(0)
    for what in ("announce", "watch", "find"):
        order = command(what=what, now=NOW, port=7711, seconds=0.1, communities=[OURS.hex()])
        assert json.loads(lan.check(0, order, stdin=subprocess.DEVNULL)) == ["no-network", 14]


def test_without_ipv4(lan: Lan) -> None:
    if lan.link_local(0) is None:
        pytest.skip("no IPv6 on this machine")
    for machine in (0, 1):
        lan.without_ipv4(machine)
    watching = watcher(lan)
    announcer(lan).hear()
    assert watching.hear()[1].startswith("fe80::")


def test_an_address_that_comes_later_is_announced(lan: Lan) -> None:
    watching = watcher(lan)
    announcer(lan).hear()
    before = len(watching.until(1 if lan.link_local(0) is None else 2))
    lan.add_address(0, "10.99.0.1/24")
    found = watching.until(before + 1)
    assert "10.99.0.1" in {one[0] for one in found}


def junk(count: int, seeded: random.Random) -> Iterator[bytes]:
    """So many services that nobody offers, ten to a packet."""
    for first in range(0, count, 10):
        records = []
        for number in range(first, first + 10):
            instance = f"{seeded.getrandbits(64):016x}"
            at = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
            txt = text(b"h=" + seeded.randbytes(8))
            records += service(instance, 1 + number % 65535, txt, [at])
        yield answer(records)


@pytest.mark.parametrize("count", [2_000, pytest.param(100_000, marks=pytest.mark.slow)])
def test_a_flood_of_junk_does_not_hide_a_member(lan: Lan, count: int) -> None:
    watching = watcher(lan)
    speaker = Node(lan, 2, what="speak", pause=0.0005)
    name = announcer(lan).hear()
    watching.hear()
    watching.places()
    before = watching.memory
    assert speaker.say(list(junk(count, random.Random(76)))) == count // 10
    found = watching.until(100, 2 * 256)
    assert [one[3] for one in found if one[2]] == [name] * (1 if lan.link_local(0) is None else 2)
    assert found[0][3] == name
    assert watching.memory - before < 64 * 1024  # KiB


def test_find_brings_64_places_at_most(lan: Lan) -> None:
    name = announcer(lan).hear()
    speaker = Node(lan, 2, what="speak", again=True, pause=0.005)
    assert speaker.process.stdin is not None
    speaker.process.stdin.write("".join(f"{one.hex()}\n" for one in junk(2_000, random.Random(77))))
    speaker.process.stdin.close()
    found = Node(lan, 1, what="find", now=NOW, seconds=3.0, communities=[OURS]).hear()
    assert len(found) == 64
    assert found[0][2:] == [OURS.hex(), name]


def hostile() -> dict[str, bytes]:
    """Packets that nobody honest sends. None of them is a place to knock at."""
    good = text(b"h=" + bytes(8))
    instance = "00000000000000%02x"

    def offer(number: int, port: int = 7711, txt: bytes = good, *at: str) -> bytes:
        return answer(service(instance % number, port, txt, at or ["10.1.1.1"]))

    looped = b"\xc0\x0c" + struct.pack(">HHIH", 12, 1, 120, 2) + b"\xc0\x0c"
    bell = [b"\x1b[2J\x07", b"_hearth", b"_tcp", b"local"]
    dotted = [b"0123456789abcd.f", b"_hearth", b"_tcp", b"local"]
    return {
        "port 0": offer(1, 0),
        "loopback": offer(2, 7711, good, "127.0.0.1", "::1"),
        "anywhere": offer(3, 7711, good, "0.0.0.0", "::"),
        "everybody": offer(4, 7711, good, "224.0.0.251", "255.255.255.255", "ff02::1"),
        "loopback in disguise": offer(5, 7711, good, "::ffff:127.0.0.1"),
        "the internet": offer(6, 7711, good, "8.8.8.8", "2606:4700::1111"),
        "no hint": offer(7, 7711, text(b"name=anna")),
        "no text": offer(8, 7711, b"\0"),
        "a long text": offer(9, 7711, 30 * text(b"x" * 200)),
        "a text of 60 kilobytes": offer(10, 7711, 240 * text(b"x" * 249)),
        "an entry beyond the text": offer(11, 7711, b"\xffh=12345678"),
        "only a name": answer([pointer(f"{instance % 12}.{SERVICE}")]),
        "escapes in a name": answer(
            [pointer(bell), record(bell, 33, struct.pack(">HHH", 0, 0, 9) + labels("a.local"))]
        ),
        "a dot in a label": answer([pointer(dotted)]),
        "a name of another service": answer([pointer(f"{instance % 13}._http._tcp.local")]),
        "a name that points at itself": struct.pack(">6H", 0, 0x8400, 0, 1, 0, 0) + looped,
        "cut off": offer(14)[:70],
        "more records than there are": struct.pack(">6H", 0, 0x8400, 0, 9, 9, 9) + offer(15)[12:40],
        "nothing": b"",
        "noise": random.Random(1).randbytes(500),
    }


def test_hostile_packets_are_no_places(lan: Lan) -> None:
    watching = watcher(lan)
    packets = hostile()
    assert Node(lan, 2, what="speak").say(list(packets.values())) == len(packets)
    name = announcer(lan).hear()
    assert watching.hear()[4] == name
    assert {one[3] for one in watching.places()} == {name}


def test_a_claim_to_a_known_name_moves_nothing_but_the_place(lan: Lan) -> None:
    """Who repeats a node's hint from elsewhere is found there, and fails at the handshake."""
    watching = watcher(lan)
    name = announcer(lan).hear()
    watching.hear()
    stolen = answer(service("f" * 16, 9, text(b"h=" + hint(OURS, HOUR, name)), [lan.address(2)]))
    assert Node(lan, 2, what="speak").say([stolen]) == 1
    found = watching.until(2 if lan.link_local(0) is None else 3)
    by_instance = {one[3]: one[2] for one in found}
    assert by_instance == {name: OURS.hex(), "f" * 16: None}


def test_the_kit_leaves_nothing_behind() -> None:
    made = Lan(2)

    def fail() -> None:
        with made:
            made.run(0, ["sleep", "1000"])
            assert made.name(0) in subprocess.check_output(["ip", "netns"], text=True)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert made.running() == 0
    stem = made.name(0).rpartition("-")[0]
    assert stem not in subprocess.check_output(["ip", "netns"], text=True)
