"""mDNS by hand: packets as they lie on the wire, honest ones and others. Uses no library for it."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address

GROUP, GROUP6, PORT = "224.0.0.251", "ff02::fb", 5353
SERVICE = "_hearth._tcp.local"
A, PTR, TXT, AAAA, SRV, ANY = 1, 12, 16, 28, 33, 255
FLUSH = 0x8001


def labels(name: str | Sequence[bytes]) -> bytes:
    """A domain name without compression; labels given as bytes may hold anything."""
    parts = name.encode().split(b".") if isinstance(name, str) else name
    return b"".join(bytes((len(part),)) + part for part in parts if part) + b"\0"


def record(name: str | Sequence[bytes], kind: int, data: bytes, ttl: int = 120) -> bytes:
    return labels(name) + struct.pack(">HHIH", kind, FLUSH, ttl, len(data)) + data


def answer(records: Iterable[bytes]) -> bytes:
    """A response with these records."""
    found = list(records)
    return struct.pack(">HHHHHH", 0, 0x8400, 0, len(found), 0, 0) + b"".join(found)


def pointer(name: str | Sequence[bytes], ttl: int = 4500) -> bytes:
    return record(SERVICE, PTR, labels(name), ttl)


def address(host: str, at: str) -> bytes:
    parsed: IPv4Address | IPv6Address = ip_address(at)
    return record(host, A if parsed.version == 4 else AAAA, parsed.packed)


def text(said: bytes) -> bytes:
    return bytes((len(said),)) + said


def service(instance: str, port: int, txt: bytes, addresses: Iterable[str]) -> list[bytes]:
    """All records of a service whose host is called like it."""
    name, host = f"{instance}.{SERVICE}", f"{instance}.local"
    return [
        pointer(name),
        record(name, SRV, struct.pack(">HHH", 0, 0, port) + labels(host)),
        record(name, TXT, txt),
        *(address(host, at) for at in addresses),
    ]


def listening() -> list[socket.socket]:
    """Sockets in both multicast groups, on every interface."""
    four = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    four.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    four.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    four.bind(("", PORT))
    joining = socket.inet_aton(GROUP) + socket.inet_aton("0.0.0.0")
    four.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, joining)
    try:
        six = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    except OSError:  # a kernel without IPv6
        return [four]
    six.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    six.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    six.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    six.bind(("::", PORT))
    for index, name in socket.if_nameindex():
        if name != "lo":
            group = socket.inet_pton(socket.AF_INET6, GROUP6) + struct.pack("@I", index)
            six.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, group)
    return [four, six]


def speaking() -> socket.socket:
    """A socket that sends from the port of mDNS to its group, as answers must."""
    out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    out.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    out.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    out.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 255)
    out.bind(("", PORT))
    out.connect((GROUP, PORT))
    return out
