"""Asking for the pages that are set, all at once, in so many seconds: the driver of `wan`.

Nothing is asked unless somebody has set what. A page is asked for with nothing but its address:
no cookie, no word about who asks; a redirection is an answer, and not followed. What takes longer
than `PATIENCE` has not come (`deadline`).
"""

from __future__ import annotations

import ipaddress
import os
import socket
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

from hearth.condition.deadline import gather, left
from hearth.condition.wan import Came, Nonsense, Page
from hearth.condition.ways import Probe

PATIENCE: Final = 6.0
_LONGEST: Final = 16 * 1024
Resolve = Callable[[str, int], list[Any]]


def is_named(host: str) -> bool:
    """Whether a host is a name, not an address."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return True
    return False


def resolve(host: str, port: int) -> list[Any]:
    """The addresses of a host, by the system's own resolver. Raises OSError."""
    return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)


def look(
    probes: Sequence[Probe], resolver: Resolve = resolve, patience: float = PATIENCE
) -> tuple[list[Page], Nonsense]:
    """Ask for all of them, and for a name that cannot exist; what came within `patience`."""
    until = time.monotonic() + patience
    jobs: list[Callable[[], Any]] = [
        lambda probe=probe: _page(probe, resolver, until)  # type: ignore[misc]
        for probe in probes
    ]
    named = next((each.host for each in probes if is_named(each.host)), None)
    if named is not None:
        jobs.append(lambda: _nonsense(named, resolver))
    came = gather(jobs, until)
    pages = [
        Page(probe.host, came.get(number, Came.NO_NAME if is_named(probe.host) else Came.NO_WAY))
        for number, probe in enumerate(probes)
    ]
    if named is None:
        return pages, Nonsense.SKIPPED
    return pages, came.get(len(probes), Nonsense.LOST)


def _nonsense(host: str, resolver: Resolve) -> Nonsense:
    name = f"x{os.urandom(6).hex()}.{host}"
    try:
        found = resolver(name, 80)
    except socket.gaierror as error:
        none = {getattr(socket, each, None) for each in ("EAI_NONAME", "EAI_NODATA")}
        return Nonsense.NONE if error.errno in none else Nonsense.LOST
    except (OSError, UnicodeError):
        return Nonsense.LOST
    return Nonsense.ANSWERED if found else Nonsense.LOST


def _page(probe: Probe, resolver: Resolve, until: float) -> Came:
    try:
        found = resolver(probe.host, probe.port)
    except (OSError, UnicodeError):
        found = []
    if not found:
        return Came.NO_NAME
    came = Came.NO_WAY
    for family, _, _, _, address in found[:4]:
        try:
            with socket.socket(family, socket.SOCK_STREAM) as line:
                line.settimeout(left(until))
                line.connect(address)
                came = Came.NO_ANSWER
                data = _fetch(line, probe, until)
        except ConnectionRefusedError:
            came = Came.NO_ANSWER
            continue
        except OSError:
            continue
        if is_page(data, probe.text):
            return Came.PAGE
        if is_whole(data):
            return Came.OTHER
    return came


def _fetch(line: socket.socket, probe: Probe, until: float) -> bytes:
    host = probe.host if ":" not in probe.host else f"[{probe.host}]"
    port = "" if probe.port == 80 else f":{probe.port}"
    line.sendall(f"GET {probe.path} HTTP/1.0\r\nHost: {host}{port}\r\n\r\n".encode())
    data = b""
    while len(data) < _LONGEST:
        line.settimeout(left(until))
        more = line.recv(4096)
        if not more:
            break
        data += more
    return data


def is_whole(data: bytes) -> bool:
    """Whether an answer came to its end, as far as it says how long it is; or is none of HTTP."""
    if not data.startswith(b"HTTP/"):
        return bool(data)
    head, gap, body = data.partition(b"\r\n\r\n")
    stated = 0
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length" and value.strip().isdigit():
            digits = value.strip().lstrip(b"0") or b"0"
            stated = max(stated, int(digits) if len(digits) < 9 else _LONGEST)
    return bool(gap) and len(body) >= min(stated, _LONGEST - len(head) - 4)


def is_page(data: bytes, text: str) -> bool:
    """Whether an answer is the page: 200 and exactly this text, or 204 where there is none."""
    head, gap, body = data.partition(b"\r\n\r\n")
    words = head.split(b"\r\n")[0].split()
    if not gap or len(words) < 2 or not words[0].startswith(b"HTTP/1."):
        return False
    if not text:
        return words[1] == b"204"
    return words[1] == b"200" and body.strip() == text.encode()
