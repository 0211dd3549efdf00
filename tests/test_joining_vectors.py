"""The vectors of joining, as written and as read: docs/membership.md, sections 1 and 10."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from hearth.bundles import requests
from hearth.community import statements, ticket as tickets
from hearth.community.ticket import TicketError
from hearth.sync.joining import Joiner, SorryError, State, Type, read_knock, read_request

FOLDER = Path(__file__).parent / "vectors"
VECTORS: dict[str, Any] = json.loads((FOLDER / "joining.json").read_text(encoding="utf-8"))
DOOR = VECTORS["door"]


def test_the_vectors_are_those_the_script_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a change of the format: `python tests/vectors/generate_joining.py`."""
    monkeypatch.setattr(sys, "path", [str(FOLDER), *sys.path])
    import generate_joining

    written = (FOLDER / "joining.json").read_text(encoding="utf-8")
    assert generate_joining.text(generate_joining.content()) == written


@pytest.mark.parametrize("case", VECTORS["tickets"], ids=lambda case: case["name"])
def test_a_ticket(case: dict[str, Any]) -> None:
    if case["expect"] != "ok":
        with pytest.raises(TicketError) as caught:
            tickets.decode(case["ticket"])
        assert caught.value.code == case["expect"]
        return
    ticket = tickets.decode(case["ticket"])
    for name in ("pin", "device", "seed", "request", "door"):
        assert getattr(ticket, name).hex() == case[name]
    assert ticket.public.hex() == case["key"]
    assert [[each.host, each.port] for each in ticket.addresses] == case["addresses"]
    assert (ticket.expires, ticket.role, ticket.hint) == tuple(
        case[name] for name in ("expires", "role", "hint")
    )


def test_what_is_said_at_a_ticket_s_door() -> None:
    ticket = tickets.decode(VECTORS["tickets"][0]["ticket"])
    knock, offer, request, admitted, *sorries = (
        (type, bytes.fromhex(body)) for type, body in DOOR["messages"]
    )
    assert read_knock(*knock) == 1
    shown = read_request(*request)
    community = bytes.fromhex(DOOR["community"])
    ticket.check_community(community)
    assert statements.holder(ticket.public, community, shown.certificate, shown.holder)
    assert statements.consent(community, ticket.public, shown.certificate, shown.consent)
    joiner = Joiner()
    joiner.receive(*offer)
    joiner.receive(*admitted)
    assert joiner.state is State.ADMITTED
    assert joiner.offer is not None
    assert [each.hex() for each in joiner.offer] == [
        DOOR[name] for name in ("community", "founder", "nonce")
    ]
    for type, body in sorries:
        assert type == Type.SORRY
        with pytest.raises(SorryError) as caught:
            Joiner().receive(type, body)
        assert caught.value.why == body[0]


def test_the_same_request_as_a_file() -> None:
    asked = requests.Request.decode(bytes.fromhex(DOOR["file"]))
    assert [asked.certificate.hex(), asked.holder.hex(), asked.consent.hex()] == [
        DOOR[name] for name in ("certificate", "holder", "consent")
    ]
    assert asked.encode().hex() == DOOR["file"]
