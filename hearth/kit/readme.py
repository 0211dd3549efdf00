"""The page that goes with a kit, to be printed: plain text of 72 columns."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Final, NamedTuple

from hearth.kit.manifest import Corpus, Machines
from hearth.kit.models import Model

WIDTH: Final = 72

_PAGE: Final = """\
              HEARTH: A KIT FOR A LAPTOP WITHOUT INTERNET

This folder turns a laptop into a hearth. It answers questions about
water, food, cold, first aid and more out of documents that lie on it,
with sources; and it trades messages and documents with neighbours.
Nothing of it needs the internet.

START
-----
Open a terminal in this folder, and type:

    sh start.sh "How do I make water safe to drink?"

The first time it unpacks the program, which takes up to some minutes,
and changes nothing on the laptop but files of yours. Afterwards it is
quick. Running it again does no harm.

EVERY DAY
---------
    sh ask.sh your question
        answers from the documents here, with their sources

    sh trade.sh /media/stick
        stick in; takes what neighbours wrote, leaves what is for them;
        stick out when it says "safe to remove"

    sh report.sh all well at number 12, need insulin
        tells the community, or writes a file for somebody to carry;
        it says which

WHAT THE LAPTOP NEEDS
---------------------
{machines}

To see what it has:  python3 --version;  uname -m;  ldd --version
Where this folder cannot be written to, or no program may run from it,
the laptop's own disk needs {room} MB of room.
{invitation}
WHAT IS IN IT
-------------
{contents}

IF IT DOES NOT WORK
-------------------
    PYTHON=/path/to/python3 sh start.sh     a Python that is not found
    XDG_DATA_HOME=/folder sh start.sh       there is no room to write
    sh start.sh --verify                    is anything damaged?

The guide does not replace a doctor or the emergency services where
they can be reached. hearth {program}, free software (Apache-2.0), kit
of {made}; each file in wheels/ carries a licence of its own.

Kit number, as told when it was made: ______-______-______-______

Made by, and where to find them:

________________________________________________________________________
"""
_INVITATION: Final = """
INVITATION
----------
{who}
UNTIL {until}

Whoever holds this kit can use it: do not leave it lying about. start.sh
joins where a steward of the community can be reached; where nobody can,
trade.sh leaves the request on the stick.
"""


class Ticket(NamedTuple):
    """What is said of the invitation."""

    community: str
    until: str
    uses: int


def write(
    *,
    program: str,
    made: str,
    machines: Sequence[Machines],
    corpora: Sequence[Corpus],
    models: Sequence[Model],
    ticket: Ticket | None,
    size: str,
) -> str:
    """The text. Names are clean already; `made` and `until` are times for people."""
    return _PAGE.format(
        program=program, made=made, machines=_machines(machines),
        invitation="" if ticket is None else _invitation(ticket),
        contents=_contents(corpora, models, size), room=500 if models else 200,
    )  # fmt: skip


def _filled(text: str, indent: str = "") -> str:
    return textwrap.fill(
        text, WIDTH, initial_indent=indent, subsequent_indent=indent and indent + "    ",
        break_on_hyphens=False,
    )  # fmt: skip


def _machines(machines: Sequence[Machines]) -> str:
    kinds: dict[tuple[str, str | None], list[str]] = {}
    for each in machines:
        kinds.setdefault((each.target.machine, each.libc), []).append(each.target.python)
    lines = []
    for (machine, libc), pythons in kinds.items():
        newer = f", C library {libc} or newer" if libc else ""
        lines.append(_filled(f"Linux on {machine}, Python {', '.join(pythons)}{newer}", "    "))
    return "\n".join(lines)


def _invitation(ticket: Ticket) -> str:
    who = "one person" if ticket.uses == 1 else f"{ticket.uses} people"
    said = _filled(f"ticket.txt invites {who} to the community {ticket.community},")
    return _INVITATION.format(who=said, until=ticket.until)


def _contents(corpora: Sequence[Corpus], models: Sequence[Model], size: str) -> str:
    more = ", and" if corpora or models else "."
    lines = [_filled(f"{size}: the program and its guide{more}")]
    for each in corpora:
        licence = f"licence: {each.licence}" if each.licence else "licence not stated"
        documents = f"{each.documents:,} document{'s' if each.documents != 1 else ''}"
        lines.append(_filled(f"{each.name}: {documents}; {licence}", "    "))
    for model in models:
        licence = f"licence: {model.licence}" if model.licence else "licence not stated"
        lines.append(_filled(f"{model.name}: a model ({model.kind}); {licence}", "    "))
    return "\n".join(lines)
