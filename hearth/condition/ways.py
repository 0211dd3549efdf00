"""Whom to ask about the wide net and the power: what a person has set, read strictly."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

MAX_PROBES: Final = 8
MAX_TEXT: Final = 1024
"""Characters of a page's text."""
NUT_PORT: Final = 3493
_HOST: Final = r"(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]{1,253}))"
_URL: Final = re.compile(rf"http://{_HOST}(?::(\d{{1,5}}))?(/[!-:<-~]*)?", re.ASCII)
_UPS: Final = re.compile(rf"([A-Za-z0-9._-]{{1,64}})@{_HOST}(?::(\d{{1,5}}))?", re.ASCII)
_PAGES: Final = (
    'two or more pages of different hosts, each with its whole text, such as "http://a.example/ok'
    ' success; http://b.example/204"'
)


class Probe(NamedTuple):
    """A page by plain HTTP, and its whole text but for white space around it; "": it answers 204
    and nothing else."""

    host: str
    port: int
    path: str
    text: str


class Ups(NamedTuple):
    """A UPS by its name at a server of NUT."""

    name: str
    host: str
    port: int


class Ways(NamedTuple):
    """Whom else to ask."""

    probes: tuple[Probe, ...] = ()
    ups: Ups | None = None


def ways(pages: str, power: str) -> Ways:
    """What two settings say, which have been accepted."""
    return Ways(probes(pages), ups(power))


def probes(text: str) -> tuple[Probe, ...]:
    """Pages out of `URL TEXT; URL TEXT`; none for an empty text. Raises ValueError.

    HTTPS is not taken: a portal in its way cannot be told from a broken line.
    """
    if not text.strip():
        return ()
    found = []
    for each in text.split(";"):
        url, _, said = each.strip().partition(" ")
        match = _URL.fullmatch(url)
        if match is None or len(said) > MAX_TEXT:
            raise ValueError(_PAGES)
        six, host, port, path = match.groups()
        found.append(Probe(six or host.lower(), _port(port, 80, _PAGES), path or "/", said.strip()))
    if not 2 <= len({each.host for each in found}) <= len(found) <= MAX_PROBES:
        raise ValueError(_PAGES)
    return tuple(found)


def ups(text: str) -> Ups | None:
    """A UPS out of `NAME@HOST[:PORT]`; None for an empty text. Raises ValueError."""
    right = 'a UPS and its server, such as "ups@localhost"'
    if not text.strip():
        return None
    match = _UPS.fullmatch(text.strip())
    if match is None:
        raise ValueError(right)
    name, six, host, port = match.groups()
    return Ups(name, six or host, _port(port, NUT_PORT, right))


def _port(text: str | None, default: int, right: str) -> int:
    port = default if text is None else int(text)
    if not 0 < port <= 0xFFFF:
        raise ValueError(right)
    return port
