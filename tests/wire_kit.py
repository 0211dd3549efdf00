"""Everything that goes over an interface: a program that writes it down, and how it is read.

    python tests/wire_kit.py FILE port0,in port1,in      (as root)

takes every packet of these interfaces (with `,in` only what comes in there: on a bridge's ports and
on `lo`, where each packet passes twice) from a raw AF_PACKET socket into FILE, says "ready", and
stops by itself: when its standard input ends, after `SECONDS`, or at `BYTES`. Its last line counts
what it took, and what the kernel had to drop: a capture with drops proves nothing.

`Capture` reads such a file as a listener would who wants to miss nothing: TCP put together per
direction by sequence number, so that what is cut in two by segments is found; datagrams as they
are; and every packet whole, headers and what is neither included.
"""

from __future__ import annotations

import contextlib
import json
import re
import select
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final, NamedTuple

from leak_kit import Leak, forms, stretches

SECONDS: Final = 600.0
BYTES: Final = 256 << 20
STRETCH: Final = 8
"""Bytes in a row of an id, a key or a text that are found, however little else is."""
_ALL: Final = 3  # ETH_P_ALL
_OUTGOING: Final = 4  # PACKET_OUTGOING
_RECORD: Final = struct.Struct("!dI")


# the program


def record(path: str, *wanted: str) -> None:
    """What the program does."""
    takes = {name: way == "in" for name, _, way in (each.partition(",") for each in wanted)}
    taken, until = 0, time.monotonic() + SECONDS
    with (
        socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ALL)) as line,
        open(path, "wb") as file,
    ):
        line.setsockopt(socket.SOL_SOCKET, 33, 64 << 20)  # SO_RCVBUFFORCE: lose nothing
        line.setblocking(False)
        print("ready", flush=True)
        open_still = True
        while open_still and taken < BYTES and (left := until - time.monotonic()) > 0:
            ready, _, _ = select.select([line, sys.stdin], [], [], left)
            open_still = sys.stdin not in ready
            with contextlib.suppress(BlockingIOError):
                while taken < BYTES:
                    data, (name, _, way, *_) = line.recvfrom(1 << 18)
                    if name in takes and not (takes[name] and way == _OUTGOING):
                        file.write(_RECORD.pack(time.time(), len(data)) + data)
                        taken += len(data)
        counts = line.getsockopt(263, 6, 8)  # SOL_PACKET, PACKET_STATISTICS
    dropped = struct.unpack("II", counts)[1]
    print(json.dumps({"bytes": taken, "dropped": dropped, "whole": not open_still}), flush=True)


class Recorder:
    """The program, running in a namespace; `stop` ends it and gives what it took."""

    def __init__(self, lan: Any, namespace: str, path: Path, *wanted: str) -> None:
        self.path = path
        self.process: subprocess.Popen[str] = lan.run(
            namespace, [sys.executable, "-P", __file__, str(path), *wanted], lifetime=SECONDS,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={"PYTHONPATH": str(Path(__file__).parent)},
        )  # fmt: skip
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "ready\n"

    def stop(self) -> Capture:
        """Raises AssertionError if the kernel dropped anything, or it ended too early."""
        out, _ = self.process.communicate(timeout=60)
        told = json.loads(out)
        assert told["whole"], told
        assert told["dropped"] == 0, told
        return Capture.read(self.path.read_bytes())


# reading


class Place(NamedTuple):
    """An end of a conversation."""

    host: str
    port: int


class Datagram(NamedTuple):
    at: float
    source: Place
    target: Place
    data: bytes


@dataclass
class Flow:
    """One direction of one TCP connection: its bytes in order, and when the first of it came."""

    at: float
    source: Place
    target: Place
    start: int
    """Sequence number of its first byte."""
    segments: int = 0
    data: bytearray = field(default_factory=bytearray)
    _later: dict[int, bytes] = field(default_factory=dict)

    def add(self, sequence: int, data: bytes) -> None:
        """Take a segment, in any order, repeated or overlapping."""
        if not data:
            return
        self.segments += 1
        offset = _apart(sequence, self.start + len(self.data)) + len(self.data)
        if len(data) > len(self._later.get(offset, b"")):
            self._later[offset] = data
        while ready := [at for at in self._later if at <= len(self.data)]:
            for at in sorted(ready):
                piece = self._later.pop(at)
                if at >= 0:
                    self.data += piece[len(self.data) - at :]

    @property
    def missing(self) -> bool:
        """Whether something came whose beginning did not."""
        return bool(self._later)


def _apart(sequence: int, other: int) -> int:
    """How far ahead a sequence number is; they go around at 2^32."""
    return (sequence - other + (1 << 31)) % (1 << 32) - (1 << 31)


class Capture:
    """Packets, and what they amount to."""

    def __init__(self) -> None:
        self.packets: list[bytes] = []
        self.flows: list[Flow] = []
        self.datagrams: list[Datagram] = []
        self._open: dict[tuple[Place, Place], Flow] = {}
        self._fragments: dict[tuple[bytes, ...], dict[int, bytes]] = {}

    @classmethod
    def read(cls, file: bytes) -> Capture:
        """What `record` has written."""
        made, at = cls(), 0
        while at < len(file):
            moment, size = _RECORD.unpack_from(file, at)
            at += _RECORD.size
            made.packet(moment, file[at : at + size])
            at += size
        return made

    def packet(self, at: float, frame: bytes) -> None:
        """Take an Ethernet frame."""
        self.packets.append(frame)
        kind = int.from_bytes(frame[12:14], "big")
        if kind == 0x0800:
            self._ipv4(at, frame[14:])
        elif kind == 0x86DD:
            self._ipv6(at, frame[14:])

    def _ipv4(self, at: float, data: bytes) -> None:
        head = (data[0] & 15) * 4
        length = int.from_bytes(data[2:4], "big") or len(data)
        body, protocol = data[head:length], data[9]
        where = int.from_bytes(data[6:8], "big")
        more, offset = bool(where & 0x2000), (where & 0x1FFF) * 8
        if more or offset:
            parts = self._fragments.setdefault((data[12:20], data[4:6], data[9:10]), {})
            parts[offset] = body
            if not more:
                parts[-1] = (offset + len(body)).to_bytes(4, "big")
            whole = b"".join(parts[each] for each in sorted(parts) if each >= 0)
            if -1 not in parts or len(whole) != int.from_bytes(parts[-1], "big"):
                return
            body = whole
        self._transport(at, protocol, data[12:16], data[16:20], body)

    def _ipv6(self, at: float, data: bytes) -> None:
        protocol, body = data[6], data[40 : 40 + (int.from_bytes(data[4:6], "big") or len(data))]
        while protocol in (0, 43, 60):  # options and routes; fragments are only kept as packets
            protocol, body = body[0], body[8 + body[1] * 8 :]
        self._transport(at, protocol, data[8:24], data[24:40], body)

    def _transport(self, at: float, protocol: int, one: bytes, other: bytes, body: bytes) -> None:
        if protocol not in (6, 17) or len(body) < 8:
            return
        source = Place(str(ip_address(one)), int.from_bytes(body[:2], "big"))
        target = Place(str(ip_address(other)), int.from_bytes(body[2:4], "big"))
        if protocol == 17:
            self.datagrams.append(Datagram(at, source, target, body[8:]))
            return
        sequence, syn = int.from_bytes(body[4:8], "big"), bool(body[13] & 2)
        flow = self._open.get((source, target))
        if flow is None or (syn and flow.start != (sequence + 1) % (1 << 32)):
            start = (sequence + syn) % (1 << 32)
            flow = self._open[source, target] = Flow(at, source, target, start)
            self.flows.append(flow)
        flow.add((sequence + syn) % (1 << 32), body[(body[12] >> 4) * 4 :])

    # what is in it

    @property
    def streams(self) -> list[Flow]:
        """The directions in which anything was said."""
        return [flow for flow in self.flows if flow.data or flow.missing]

    def haystack(self) -> bytes:
        """All of it: streams, datagrams, packets."""
        assert not any(flow.missing for flow in self.flows)
        said = [bytes(flow.data) for flow in self.streams]
        return b"\0\0".join((*said, *(each.data for each in self.datagrams), *self.packets))


# looking for much


def shared(haystack: bytes, material: Iterable[bytes], size: int = STRETCH) -> set[bytes]:
    """Every stretch of so many bytes of anything in `material` that is in the haystack, either way
    around, as it is; but for those of less than five different bytes, which need not be from there.
    """
    wanted: set[bytes] = set()
    for each in material:
        wanted.update(stretches(each, size), stretches(each[::-1], size))
    found: set[bytes] = set()
    for at in range(0, len(haystack), 1 << 18):
        part = haystack[at : at + (1 << 18) + size - 1]
        found |= wanted.intersection(part[n : n + size] for n in range(len(part) - size + 1))
    return {each for each in found if len(set(each)) >= 5}


_SPELT: Final = re.compile(rb"[\t\r\n\x20-\x7e]{8,}|(?:[\x20-\x7e]\0){8,}|(?:\0[\x20-\x7e]){8,}")


def spelt(haystack: bytes) -> bytes:
    """What of it could be text that somebody wrote an id in: every other encoding but the bytes
    themselves is in here, and it is short where the rest is encrypted."""
    return b"\0\0\0".join(_SPELT.findall(haystack))


def find_ids(haystack: bytes, ids: Iterable[bytes], size: int = STRETCH) -> list[Leak]:
    """Any stretch of any of many ids, raw or in any encoding: what `find_leaks` finds with
    `stretches`, and quick for thousands of them. The ids have to be random. (Where bytes are not
    all spelt with equally many letters, what is found is a stretch of average length.)"""
    known = set(ids)
    found = [Leak(each, "raw", haystack.find(each)) for each in shared(haystack, known, size)]
    groups: dict[int, dict[bytes, bytes]] = {}
    for id in known:
        for rest in (id[at:] for at in range(min(4, len(id) - size + 1))):
            for form in forms(rest):
                length = len(form) * size // len(rest) - 1  # whole letters, wherever it begins
                windows = (form[at : at + length] for at in range(len(form) - length + 1))
                groups.setdefault(length, {}).update(dict.fromkeys(windows, id))
    joined = (text := spelt(haystack)).translate(None, b" \t\r\n")
    for view in (text, joined, joined.translate(None, b"-")):
        for length, meant in groups.items():
            windows = (view[at : at + length] for at in range(len(view) - length + 1))
            hits = (each for each in windows if each in meant)
            found += [Leak(meant[each], "spelt", view.find(each)) for each in hits]
    return found


def lengths(stream: bytes) -> Iterator[int]:
    """A listener's view of one direction: the lengths that every part of it is preceded by."""
    at = 0
    while at < len(stream):
        size = int.from_bytes(stream[at : at + 2], "big")
        yield size
        at += 2 + size
    assert at == len(stream)


if __name__ == "__main__":
    record(*sys.argv[1:])
